"""Pages of the way to STS and of the clock: IRSA5xx, 9xx. A table."""

from collections.abc import Mapping

from sidecar.handbook.page import Page

_NSLOOKUP = "$ kubectl --namespace NAMESPACE debug -it pod/POD --image=busybox -- nslookup STS_HOST"
_CURL = "$ kubectl --namespace NAMESPACE debug -it pod/POD --image=curlimages/curl -- curl --verbose https://STS_HOST/"

PAGES: Mapping[str, Page] = {
    "sts-dns": Page(
        "The name of the STS endpoint does not resolve in the pod: the cluster's DNS fails, the region is misspelt, or a "
        "VPC without internet has no interface endpoint with private DNS.",
        "SDKs retry and then fail; many print only that they could not connect to the endpoint.",
        ("Does the name resolve in the pod?", _NSLOOKUP),
    ),
    "sts-refused": Page(
        "The connection to STS is refused, or there is no way to its network: a policy that rejects, a wrong custom "
        "endpoint, a missing route.",
        "The exchange fails at once; SDKs try a few times more. Sessions that exist go on until they end.",
        ("Can the port be reached?", _CURL),
    ),
    "sts-timeout": Page(
        "STS does not answer in time. Packets that are dropped on the way look like this: network policies, security "
        "groups (of the VPC endpoint, too), a missing NAT.",
        "The workload hangs for the SDK's time-out, several times over, before it fails.",
        ("Does the connection stand still before or after it is made?", _CURL),
    ),
    "sts-connection-reset": Page(
        "The connection is cut before an answer came, often during TLS: a firewall that dislikes the server's name, a "
        "service mesh, a middlebox.",
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
        ("Ask through the proxy, from a machine that has curl:", "$ curl --verbose --proxy PROXY https://STS_HOST/"),
    ),
    "clock-skew": Page(
        "This pod's clock, which is its node's, differs from STS's. The exchange does not need it; every signed request "
        "afterwards does, and AWS allows about five minutes.",
        "Credentials are given all the same. Beyond the allowance every call after them fails with Signature expired or "
        "RequestTimeTooSkewed, in pods that run as well as in new ones.",
        (
            "Compare with a clock that is right, on the node:",
            "$ kubectl --namespace NAMESPACE get pod POD --output wide",
            "$ kubectl debug node/NODE -it --image=busybox -- date -u",
        ),
    ),
}
