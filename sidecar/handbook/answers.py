"""Pages of what STS answers: IRSA6xx. A table."""

from collections.abc import Mapping

from sidecar.handbook.page import Page

_PROVIDERS = "$ aws iam list-open-id-connect-providers"
_PROVIDER = "$ aws iam get-open-id-connect-provider --open-id-connect-provider-arn PROVIDER_ARN"
_ROLE = "$ aws iam get-role --role-name ROLE_NAME"
_DISCOVERY = "$ curl --verbose ISSUER/.well-known/openid-configuration"
_CURL = "$ kubectl --namespace NAMESPACE debug -it pod/POD --image=curlimages/curl -- curl --verbose https://STS_HOST/"
_TRAIL = (
    "$ aws cloudtrail lookup-events --lookup-attributes AttributeKey=EventName,AttributeValue=AssumeRoleWithWebIdentity"
)

PAGES: Mapping[str, Page] = {
    "oidc-provider-missing": Page(
        "The role's account has no IAM OIDC provider for exactly this issuer. A cluster that was made anew has a new "
        "issuer; a role in another account needs a provider there.",
        "No pod of the cluster can assume a role in that account.",
        ("Is the issuer among the account's providers, to the letter?", _PROVIDERS),
    ),
    "verification-key-unavailable": Page(
        "AWS could not get a key for this token: the issuer or its keys could not be fetched from outside, or no key "
        "with the token's kid is among them. Nothing seen from this pod says which.",
        "Every exchange of the issuer fails, or of the tokens with that kid.",
        ("Fetch both documents from outside your network:", _DISCOVERY, "$ curl --verbose JWKS_URI"),
    ),
    "thumbprint-mismatch": Page(
        "AWS did not trust the issuer's certificate by its own store, and the provider's thumbprint is another "
        "certificate's. Thumbprints count only then: for a private authority, or a host that takes nothing but TLS 1.3. "
        "The one that counts is of the last certificate that the host of jwks_uri serves.",
        "No exchange works until the provider has the thumbprint that is served now.",
        ("Compare the two:", "$ irsa-doctor thumbprint ISSUER", _PROVIDER),
    ),
    "token-unverifiable": Page(
        "STS could not validate the token, and says no more. It was seen to say so of an audience that is not among the "
        "client ids, and of a signature that does not fit.",
        "Every exchange with such a token fails.",
        (
            "Is the audience among the client ids?",
            _PROVIDER,
            "Are the published keys the API server's?",
            "$ kubectl get --raw /openid/v1/jwks",
        ),
    ),
    "discovery-rejected": Page(
        "STS asks to check the issuer's .well-known/openid-configuration: AWS cannot use what it got there. A field may be "
        "missing, or it may name another issuer; AWS asks from outside, and may have got another answer than you do.",
        "No token of the issuer is accepted. Pods that have credentials go on until these expire.",
        ("Compare it with the API server's own:", _DISCOVERY, "$ kubectl get --raw /.well-known/openid-configuration"),
    ),
    "trust-policy-denied": Page(
        "STS does not admit this token to this role, and does not say why on purpose. It was seen to look at the trust "
        "policy last: provider, keys, signature, audience and times were good. The role may also not exist, a resource "
        "control policy or a VPC endpoint policy may refuse, or a change of the last minute has not spread yet.",
        "The workload gets no credentials. Pods that have some go on until these expire.",
        (
            "Which statement refuses?",
            "$ aws iam get-role --role-name ROLE_NAME >role.json",
            "$ irsa-doctor trust --policy role.json --token TOKEN_FILE",
        ),
    ),
    "role-not-found": Page(
        "IAM has no role of this ARN: it was deleted, its name is misspelt, it is in another account, or it exists under "
        "another path. STS does not tell this from a refusal.",
        "Every exchange is refused with the words of a denied trust policy.",
        ("Ask in the role's own account, and compare the whole ARN:", _ROLE),
    ),
    "throttled": Page(
        "STS answers Rate exceeded: too many requests at a time. AWS publishes no number for this call.",
        "Some exchanges fail; SDKs retry with growing pauses.",
        ("How many are made, and by whom?", _TRAIL),
    ),
    "region-disabled": Page(
        "STS is not active in this region for the role's account. A region that must be opted into is not enabled there, "
        "or STS was deactivated in it. It is the role's account that counts, not the cluster's.",
        "Exchanges at this region's endpoint fail for every role of the account.",
        ("Ask in the role's account:", "$ aws account get-region-opt-status --region-name REGION"),
    ),
    "duration-too-long": Page(
        "The request asks for a longer session than the role's MaxSessionDuration, which is one hour unless it was "
        "raised. A session by role chaining never lasts longer than an hour.",
        "The exchange is refused, although token and policy are good.",
        ("Compare what is asked for with the role's limit:", _ROLE),
    ),
    "idp-communication": Page(
        "STS had trouble talking to the issuer. AWS calls it transient and asks for a limited number of retries.",
        "Some exchanges fail; SDKs try again.",
        ("Does the issuer answer from outside, each time?", _DISCOVERY),
    ),
    "idp-rejected-claim": Page(
        "STS answers that the identity provider reported a failed authentication. The token may have been revoked, or have "
        "expired at the issuer.",
        "This token is of no more use; a fresh one may be.",
        (
            "Does a fresh token fare better? Where the pod has an owner, that makes a new one:",
            "$ kubectl --namespace NAMESPACE delete pod POD",
        ),
    ),
    "packed-policy-too-large": Page(
        "Session policy and session tags together take more room than a session has, after AWS packed them. The policy is "
        "the application's, the tags are the token's, and Kubernetes writes none into a token.",
        "The exchange is refused for what is sent with it, not for the token.",
        ("What does the application pass as policy, and as which role?", _TRAIL),
    ),
    "sts-internal-failure": Page(
        "STS failed by itself, with a status of 500. It was also seen to answer so to a token whose sub is null.",
        "Retries help, unless it is the token.",
        ("Is there an event in this region?", "$ aws health describe-events --region us-east-1"),
    ),
    "request-invalid": Page(
        "STS finds a parameter of the request against its rules, and mostly names it. It may be a session name of another "
        "form than 2 to 64 characters, a token of more than 20000, or more than ten policies.",
        "Every request with that parameter fails, whatever token is sent.",
        (
            "Read which parameter the message names, and find where it is set:",
            "$ kubectl --namespace NAMESPACE exec POD -- sh -c 'env | grep ^AWS_ | grep -v -e SECRET -e TOKEN='",
        ),
    ),
    "roles-claim-excludes-role": Page(
        "The token carries the claim https://aws.amazon.com/roles, and this role is not in it. Kubernetes makes no such "
        "claim: another issuer did.",
        "STS refuses, whatever the trust policy says. A token without the claim is not refused for it.",
        ("Look at the claim in the token:", "$ cut -d. -f2 TOKEN_FILE | tr _- /+ | base64 -d"),
    ),
    "caller-identity-refused": Page(
        "STS gave credentials and then refused to say whose they are. GetCallerIdentity needs no permission, so it is "
        "the credentials that this endpoint does not know: another partition's or, in an opt-in region, the global "
        "endpoint's.",
        "Other calls in the same region will most likely be refused as well.",
        (
            "Compare the endpoint's region with the role's partition:",
            "$ kubectl --namespace NAMESPACE exec POD -- sh -c 'env | grep ^AWS_ | grep -v -e SECRET -e TOKEN='",
        ),
    ),
    "session-tags-invalid": Page(
        "The token carries session tags, and not in the form that STS needs: a value of principal_tags that is no list was "
        "seen to be refused. Kubernetes tokens carry none: another issuer made this one.",
        "The exchange is refused, whatever the trust policy says.",
        ("Look at the claim in the token:", "$ cut -d. -f2 TOKEN_FILE | tr _- /+ | base64 -d"),
    ),
    "sts-refused-unknown": Page(
        "Something answered in place of STS, or STS said what this tool has never seen. Its words are shown as they are "
        "and not guessed at.",
        "The exchange fails. Whether time or a retry cures it is not known.",
        ("Whose certificate is it? Ask from the pod's network:", _CURL),
    ),
}
