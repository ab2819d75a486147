"""Pages of the way to STS and of the clock: IRSA5xx, 9xx. A table."""

from collections.abc import Mapping

from sidecar.handbook.page import Page

_ENV = "$ kubectl --namespace NAMESPACE exec POD -- sh -c 'env | grep ^AWS_ | grep -v -e SECRET -e TOKEN='"
_NSLOOKUP = "$ kubectl --namespace NAMESPACE debug -it pod/POD --image=busybox -- nslookup STS_HOST"
_CURL = "$ kubectl --namespace NAMESPACE debug -it pod/POD --image=curlimages/curl -- curl --verbose https://STS_HOST/"
_PROXIED = _CURL + " --proxy PROXY_URL"

PAGES: Mapping[str, Page] = {
    "sts-dns": Page(
        "The name of the STS endpoint does not resolve in the pod. The cluster's DNS fails, a network policy keeps the pod "
        "from it, the region is misspelt, or a VPC without internet has no interface endpoint with private DNS.",
        "SDKs retry and then fail; many print only that they could not connect to the endpoint.",
        ("Does the name resolve in the pod?", _NSLOOKUP),
    ),
    "sts-refused": Page(
        "The connection to STS is refused, or there is no way to its network. A policy rejects it, a custom endpoint "
        "(AWS_ENDPOINT_URL, AWS_ENDPOINT_URL_STS) leads to a place where nothing listens, or a route is missing.",
        "The exchange fails at once. Pods that have credentials go on until these expire.",
        ("Can the port be reached?", _CURL),
    ),
    "sts-timeout": Page(
        "STS does not answer in time. Packets that are dropped on the way look like this: network policies, security "
        "groups (of the VPC endpoint, too), a missing NAT.",
        "The workload hangs for the SDK's time-out, several times over, before it fails.",
        ("Does the connection stand still before or after it is made?", _CURL),
    ),
    "sts-connection-reset": Page(
        "The connection is made, and cut before an answer came, often during TLS. What cuts it is in between: a firewall "
        "that dislikes the server's name, a service mesh, a middlebox.",
        "Every exchange fails, or some of them where only some paths are cut.",
        ("Where is it cut?", _CURL),
    ),
    "sts-tls-untrusted": Page(
        "The certificate of the STS endpoint is not trusted in the pod. Either a proxy inspects TLS with an authority "
        "that the pod does not know, or the CA bundle is wrong.",
        "SDKs refuse to send the token, and that is right.",
        ("Who signed the certificate?", _CURL),
    ),
    "proxy-error": Page(
        "HTTPS_PROXY is set, and the proxy cannot be reached or refuses to connect to STS. NO_PROXY knows no address "
        "ranges in botocore.",
        "No AWS call works that goes through the proxy.",
        ("Which proxy is it? Ask it for the way to STS:", _ENV, _PROXIED),
    ),
    "clock-skew": Page(
        "This pod's clock, which is its node's, differs from STS's. The exchange does not need it; every signed request "
        "afterwards does, and AWS mostly allows about five minutes.",
        "Credentials are given, and then calls fail with Signature expired or RequestTimeTooSkewed.",
        ("Compare with a clock that is right, on the node:", "$ chronyc tracking"),
    ),
}
