"""Pages of the token: IRSA2xx. A table."""

from collections.abc import Mapping

from sidecar.handbook.page import Page

_CLAIMS = "$ kubectl --namespace NAMESPACE exec POD -- sh -c 'cut -d. -f2 $AWS_WEB_IDENTITY_TOKEN_FILE | tr _- /+ | base64 -d'"

PAGES: Mapping[str, Page] = {
    "token-malformed": Page(
        "What is in the file is no JWT: three parts in base64url, of which the first two are JSON. STS was seen to "
        "refuse a token whose header has crit, too.",
        "STS answers that the ID Token provided is not a valid JWT. No exchange works until the file holds a token.",
        ("Can the claims be decoded?", _CLAIMS),
    ),
    "token-wrong-kind": Page(
        "The token is a Kubernetes API token or one of a legacy Secret. Neither was made for STS: the first is addressed "
        "to the API server, the second has no audience and no end.",
        "STS refuses it: its issuer or its audience is not one that the provider knows.",
        ("Look at iss and aud:", _CLAIMS),
    ),
    "token-missing-claim": Page(
        "STS needs iss, sub, aud, iat and exp: times as whole numbers, an audience that is not empty. The kubelet's "
        "tokens have them all, so this one comes from elsewhere.",
        "STS was seen to answer Missing a required claim, or that a claim is not allowed to be empty. No exchange works.",
        ("Which of the five is missing?", _CLAIMS),
    ),
    "token-expired": Page(
        "The token's exp is past, beyond the five minutes that STS allows. The kubelet renews a projected token after 80 "
        "% of its life: this file is not renewed.",
        "No new exchange works; pods that have credentials go on until these expire. The time that STS's message calls "
        "current was seen to be five minutes early: do not read its clock from it.",
        ("Compare exp with now:", _CLAIMS, "$ date +%s"),
    ),
    "token-not-yet-valid": Page(
        "iat or nbf lies in the future, beyond the five minutes that STS was seen to allow. The API server writes these "
        "times: its clock is ahead. This pod's own clock does not count in the exchange.",
        "STS refuses every fresh token until its own clock has come as far.",
        ("Compare iat with now, by a clock that is right:", _CLAIMS, "$ date +%s"),
    ),
    "audience-mismatch": Page(
        "The provider in IAM has a list of client ids, and the token's audience (azp where it has one, else aud) is not "
        "in it. The webhook asks for sts.amazonaws.com, unless the service account says otherwise. OpenShift's tokens are for "
        "openshift, and its own tools give the provider both.",
        "STS refuses the token; since 2026 it was seen to say only that it could not be validated.",
        (
            "Compare aud with the client ids:",
            _CLAIMS,
            "$ aws iam get-open-id-connect-provider --open-id-connect-provider-arn PROVIDER_ARN",
        ),
    ),
    "audience-ambiguous": Page(
        "The token has several audiences, or none, and no azp. STS was seen to refuse that even where the provider knows "
        "all of them, as OpenShift's provider knows openshift and sts.amazonaws.com.",
        "STS was seen to answer that the token contains more than one audience. No exchange works with it.",
        ("How many are in aud?", _CLAIMS),
    ),
    "subject-mismatch": Page(
        "The token names another namespace or service account than this pod's. It was copied, or mounted from a volume "
        "that another service account made.",
        "The role's trust policy sees the token's subject, not the pod's: it may admit or refuse the wrong one.",
        ("Compare sub with the pod's service account:", _CLAIMS),
    ),
    "algorithm-unsupported": Page(
        "STS verifies RS256, RS384, RS512, ES256, ES384 and ES512. Tokens without a signature, with a shared secret "
        "(HS), PS or EdDSA are none of these.",
        "STS cannot verify the token, whatever keys are published.",
        (
            "Look at alg in the header:",
            "$ kubectl --namespace NAMESPACE exec POD -- sh -c 'cut -d. -f1 $AWS_WEB_IDENTITY_TOKEN_FILE | tr _- /+ | base64 -d'",
        ),
    ),
}
