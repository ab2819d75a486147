"""Pages of what STS answers: IRSA6xx. A table."""

from collections.abc import Mapping

from sidecar.handbook.page import Page

_PROVIDERS = "$ aws iam list-open-id-connect-providers"
_PROVIDER = "$ aws iam get-open-id-connect-provider --open-id-connect-provider-arn PROVIDER_ARN"
_ROLE = "$ aws iam get-role --role-name ROLE_NAME"
_DISCOVERY = "$ curl --verbose ISSUER/.well-known/openid-configuration"
_TRAIL = (
    "$ aws cloudtrail lookup-events --lookup-attributes AttributeKey=EventName,AttributeValue=AssumeRoleWithWebIdentity"
)

PAGES: Mapping[str, Page] = {
    "oidc-provider-missing": Page(
        "The role's account has no IAM OIDC provider for exactly this issuer. A cluster that was made anew has a new "
        "issuer; a role in another account needs a provider there.",
        "No pod of the cluster can assume a role in that account; those that have a session go on until it ends.",
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
        "certificate's.",
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
        "AWS fetched the discovery document and cannot use it: a field is missing, or it names another issuer.",
        "No token of the issuer is accepted.",
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
        "STS answers Rate exceeded: too many requests from this account. AWS publishes no number for this call.",
        "Some exchanges fail; SDKs retry with growing pauses.",
        ("How many are made, and by whom?", _TRAIL),
    ),
    "region-disabled": Page(
        "STS is not active in this region for the role's account: a region that must be opted into is not enabled there, "
        "or STS was deactivated in it.",
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
        "The identity provider reported that the authentication failed: the token may have been revoked.",
        "This token is of no more use; a fresh one may be.",
        (
            "Does a new token help?",
            "$ kubectl --namespace NAMESPACE delete pod POD",
            "If not, the issuer's own log says why it refused.",
        ),
    ),
    "packed-policy-too-large": Page(
        "Session policy and session tags together take more room than a session has, after AWS packed them.",
        "The exchange is refused for what is sent with it, not for the token.",
        ("What was sent? Policy and tags are among the event's requestParameters:", _TRAIL),
    ),
    "sts-internal-failure": Page(
        "STS failed by itself, with a status of 500. It was also seen to answer so to a token whose sub is null.",
        "Retries help, unless it is the token.",
        (
            "Does it last?",
            "$ irsa-doctor check --wait 2m",
            "Is there an event? (The API needs a support plan; the AWS Health Dashboard does not.)",
            "$ aws health describe-events --region us-east-1",
        ),
    ),
    "request-invalid": Page(
        "STS finds a parameter of the request against its rules, and names it: a name that is too long, a token that is "
        "too large, too many policies.",
        "Every request with that parameter fails.",
        (
            "The message names the parameter. Which variable sets it?",
            "$ kubectl --namespace NAMESPACE set env WORKLOAD --list",
        ),
    ),
    "roles-claim-excludes-role": Page(
        "The token carries the claim https://aws.amazon.com/roles, and this role is not in it. Kubernetes makes no such "
        "claim: another issuer did.",
        "STS refuses, whatever the trust policy says.",
        ("Look at the claim in the token:", "$ cut -d. -f2 TOKEN_FILE | tr _- /+ | base64 -d"),
    ),
    "caller-identity-refused": Page(
        "STS gave credentials and then refused to say whose they are. GetCallerIdentity needs no permission, so it is "
        "the credentials that this endpoint does not know: another partition's or, in an opt-in region, the global "
        "endpoint's.",
        "Other calls in the same region will most likely be refused as well.",
        (
            "Compare the endpoint's region with the role's partition; in aws, see which tokens the global endpoint gives:",
            "$ aws iam get-account-summary --query SummaryMap.GlobalEndpointTokenVersion",
        ),
    ),
    "session-tags-invalid": Page(
        "The token carries session tags, and not in the form that STS needs: each value of principal_tags must be a list. "
        "Kubernetes tokens carry none.",
        "The exchange is refused.",
        ("Look at the claim in the token:", "$ cut -d. -f2 TOKEN_FILE | tr _- /+ | base64 -d"),
    ),
    "sts-refused-unknown": Page(
        "Something answered in place of STS, or STS said what this tool has never seen. Its words are shown as they are "
        "and not guessed at.",
        "The exchange fails.",
        ("Whose certificate is it?", "$ curl --verbose https://STS_HOST/"),
    ),
}
