"""Pages of the issuer, its keys and its certificate: IRSA3xx, 4xx. A table."""

from collections.abc import Mapping

from sidecar.handbook.page import Page

_DISCOVERY = "$ curl --verbose ISSUER/.well-known/openid-configuration"
_KEYS = "$ kubectl get --raw /openid/v1/jwks"
_CHAIN = "$ irsa-doctor thumbprint ISSUER"
_OUTSIDE = "Ask from outside the cluster's network, as AWS does:"

PAGES: Mapping[str, Page] = {
    "issuer-url-invalid": Page(
        "IAM takes an issuer that is an https URL without port and query. It compares the URL with the token's iss to the "
        "letter, with its case and a slash at the end. The API server writes what --service-account-issuer says.",
        "IAM cannot hold a provider for such an issuer, or one that differs by a slash: STS finds none, for every pod.",
        ("What does the API server call itself?", "$ kubectl get --raw /.well-known/openid-configuration"),
    ),
    "issuer-unreachable": Page(
        "This pod cannot reach the issuer: its name does not resolve, nothing answers, or it fails. AWS fetches the "
        "documents from its own networks. In a VPC with an EKS endpoint the name may not resolve although all is well: the "
        "PrivateLink service oidc-eks of the region would lead there.",
        "None by itself: where STS accepts the token, there is nothing to mend.",
        (_OUTSIDE, _DISCOVERY),
    ),
    "issuer-access-denied": Page(
        "The issuer answers 401 or 403: its documents are not public. AWS reads them without credentials, so a private "
        "bucket needs a policy for these two objects, or a CDN in front of it. S3 and CloudFront answer 403 also where there "
        "is no such object.",
        "STS cannot get the keys, and refuses every token of this issuer.",
        (_OUTSIDE, _DISCOVERY),
    ),
    "discovery-invalid": Page(
        "What stands at /.well-known/openid-configuration is not the document: not JSON, too large, without a field "
        "that must be there, not found, or somewhere else. A published copy should be what the API server gives itself.",
        "STS cannot find the keys, and says so in one of several ways. No pod of this issuer gets credentials.",
        (_OUTSIDE, _DISCOVERY, "$ kubectl get --raw /.well-known/openid-configuration"),
    ),
    "issuer-mismatch": Page(
        "The published document names another issuer than the token's iss. The two must be the same text, to the letter.",
        "STS probably refuses the provider's documents, and with them every token of this issuer.",
        ("Compare issuer in the document with iss in the token:", _DISCOVERY),
    ),
    "jwks-unreachable": Page(
        "The discovery document came, the keys did not. They may be on another host than the issuer's: jwks_uri says "
        "which.",
        "Where AWS cannot fetch them either, STS could not retrieve the verification key.",
        (_OUTSIDE, _DISCOVERY, "$ curl --verbose JWKS_URI"),
    ),
    "jwks-invalid": Page(
        "No published key is one that STS uses. It takes RSA and EC keys, at most 100 of a type; a key without kid, with "
        "a use other than sig, or with key_ops was seen not to be taken.",
        "STS cannot verify any token of this issuer: no exchange works.",
        ("Compare what is published with the API server's own keys:", "$ curl JWKS_URI", _KEYS),
    ),
    "key-not-published": Page(
        "The token's kid is not among the published keys. The API server signs with a key that the published copy does "
        "not have: keys were rotated, or the cluster was made anew.",
        "STS could not retrieve the verification key. Tokens of an older key go on until they expire.",
        ("Which kids are published, and which does the API server have?", "$ curl JWKS_URI", _KEYS),
    ),
    "signature-invalid": Page(
        "A key of the token's kid is published, and it does not verify the token. Either another key stands under the "
        "same name, as after a cluster was made anew or a copy was mixed up, or the token was changed.",
        "STS refuses the token, and was seen to say only that it could not be validated.",
        ("Compare the key's numbers with the API server's:", "$ curl JWKS_URI", _KEYS),
    ),
    "issuer-slow": Page(
        "AWS waits about five seconds for the issuer's documents. This one took longer, seen from here.",
        "Exchanges fail now and then, whenever AWS has to fetch the keys again.",
        (_OUTSIDE, "$ curl --output /dev/null --write-out %{time_total} ISSUER/.well-known/openid-configuration"),
    ),
    "issuer-certificate-untrusted": Page(
        "The certificate of the host that serves the keys is not trusted from here: a private authority, an incomplete "
        "chain, or a proxy that inspects TLS. AWS has a trust store of its own; where that does not cover the chain, the "
        "provider's thumbprint counts.",
        "None by itself, where AWS sees another chain than this pod does.",
        ("Who signed it?", _CHAIN),
    ),
    "issuer-certificate-expired": Page(
        "A certificate of the chain is past its end: the leaf, or an intermediate that is still served. AWS fetches the "
        "keys from this host over TLS.",
        "AWS probably cannot fetch the keys, and every exchange of the cluster fails. Credentials that pods have last on.",
        ("Look at each certificate's times:", _CHAIN),
    ),
    "issuer-certificate-expiring": Page(
        "A certificate of the chain ends within 30 days: the leaf, or an intermediate that is served with it. Whatever "
        "renews it has not done so, or the host has not loaded the new one.",
        "None yet. From that day on AWS probably cannot fetch the keys, and every exchange of the cluster fails at once.",
        ("Look at each certificate's times:", _CHAIN),
    ),
    "issuer-certificate-name-mismatch": Page(
        "The certificate names other hosts than the one that serves the keys. A wildcard covers one label: a bucket with "
        "dots in its name is not under *.s3.amazonaws.com.",
        "AWS probably refuses the connection; STS then answers that it couldn't retrieve the verification key.",
        ("Compare the names with the host of jwks_uri:", _CHAIN),
    ),
    "issuer-chain-disordered": Page(
        "The chain must go from the leaf over the intermediates towards the root, each certificate followed by its "
        "issuer, without duplicates and strangers. Browsers forgive what AWS's documentation does not.",
        "STS may fail to verify tokens, although the certificate itself is good.",
        ("Read the chain in the order in which it is served:", _CHAIN),
    ),
    "thumbprint-differs": Page(
        "The SHA-1 of the last certificate served is not the configured one. AWS looks at it only where its own trust "
        "store does not cover the chain, or where the host takes nothing but TLS 1.3: most likely never, where EKS, S3 or "
        "CloudFront serves the keys.",
        "Mostly none. For an issuer behind a private authority every exchange fails.",
        (
            "Compare with the provider's list:",
            _CHAIN,
            "$ aws iam get-open-id-connect-provider --open-id-connect-provider-arn PROVIDER_ARN",
        ),
    ),
}
