"""The lab's STS answers as AWS's: asked by botocore, over TLS."""

from pathlib import Path
from typing import Any

import botocore.session
import pytest
from botocore import UNSIGNED
from botocore.config import Config
from botocore.exceptions import ClientError

from sidecar.lab.lab import Lab, Pod
from sidecar.lab.plan import IssuerPlan, Page, Scenario
from sidecar.lab.scenarios import SCENARIOS

NO_PROVIDER = "No OpenIDConnect provider found in your account for "
NO_KEY = (
    "Couldn't retrieve verification key from your identity provider,  "
    "please reference AssumeRoleWithWebIdentity documentation for requirements"
)
UNVERIFIABLE = "The web identity token provided could not be validated."
NO_JWT = "The ID Token provided is not a valid JWT. (You may see this error if you sent an Access Token)"
CERTIFICATE = "OpenIDConnect provider's HTTPS certificate doesn't match configured thumbprint"
BAD_DISCOVERY = "Please check .well-known/openid-configuration of provider: https://localhost:"
DENIED = "Not authorized to perform sts:AssumeRoleWithWebIdentity"
INVALID = "InvalidIdentityToken"

ANSWERS = [
    ("role-arn-invalid", "ValidationError", 400, "Request ARN is invalid"),
    ("role-arn-quoted", "ValidationError", 400, "Request ARN is invalid"),
    ("partition-mismatch", INVALID, 400, NO_PROVIDER),
    ("token-file-unclean", INVALID, 400, NO_JWT),
    ("token-malformed", INVALID, 400, NO_JWT),
    ("token-critical-header", INVALID, 400, NO_JWT),
    ("token-wrong-kind", INVALID, 400, UNVERIFIABLE),
    ("token-legacy", INVALID, 400, NO_PROVIDER + "kubernetes/serviceaccount"),
    ("token-missing-claim", INVALID, 400, "Missing a required claim: sub"),
    ("token-null-subject", "InternalFailure", 500, "Unknown error validating third-party token"),
    ("token-empty-audience", INVALID, 400, "Claim is not allowed to be empty: aud"),
    ("token-fractional-time", INVALID, 400, "Invalid timestamp in token claims."),
    ("token-expired", "ExpiredTokenException", 400, "Token expired: current date/time "),
    ("token-not-yet-valid", INVALID, 400, "Token not yet valid: current date/time "),
    ("token-from-the-future", INVALID, 400, "Token issued in the future: "),
    ("audience-mismatch", INVALID, 400, UNVERIFIABLE),
    ("authorized-party-mismatch", INVALID, 400, UNVERIFIABLE),
    (
        "audience-ambiguous",
        INVALID,
        400,
        "Token audience contains more than one audience while authorized party is not present",
    ),
    ("algorithm-unsupported", INVALID, 400, UNVERIFIABLE),
    ("algorithm-none", INVALID, 400, UNVERIFIABLE),
    ("issuer-url-invalid", INVALID, 400, NO_PROVIDER + "https://localhost:"),
    ("issuer-unreachable", INVALID, 400, NO_KEY),
    ("issuer-refused", INVALID, 400, NO_KEY),
    ("issuer-access-denied", INVALID, 400, NO_KEY),
    ("jwks-access-denied", INVALID, 400, NO_KEY),
    ("discovery-missing", INVALID, 400, NO_KEY),
    ("discovery-invalid", INVALID, 400, BAD_DISCOVERY),
    ("discovery-incomplete", INVALID, 400, BAD_DISCOVERY),
    ("discovery-huge", INVALID, 400, NO_KEY),
    ("discovery-redirected", INVALID, 400, NO_KEY),
    ("issuer-mismatch", INVALID, 400, BAD_DISCOVERY),
    ("jwks-unreachable", INVALID, 400, NO_KEY),
    ("jwks-invalid", INVALID, 400, NO_KEY),
    ("jwks-missing", INVALID, 400, NO_KEY),
    ("jwks-too-many-keys", INVALID, 400, NO_KEY),
    ("jwks-key-ops", INVALID, 400, UNVERIFIABLE),
    ("jwks-for-encryption", INVALID, 400, NO_KEY),
    ("key-not-published", INVALID, 400, NO_KEY),
    ("signature-invalid", INVALID, 400, UNVERIFIABLE),
    ("issuer-certificate-expired", INVALID, 400, NO_KEY),
    ("issuer-certificate-name-mismatch", INVALID, 400, NO_KEY),
    ("issuer-chain-disordered", INVALID, 400, NO_KEY),
    ("issuer-chain-duplicated", INVALID, 400, NO_KEY),
    ("issuer-chain-stranger", INVALID, 400, NO_KEY),
    ("verification-key-unavailable", INVALID, 400, NO_KEY),
    ("discovery-rejected", INVALID, 400, BAD_DISCOVERY),
    ("thumbprint-mismatch", INVALID, 400, CERTIFICATE),
    ("oidc-provider-missing", INVALID, 400, NO_PROVIDER + "https://localhost:"),
    ("token-unverifiable", INVALID, 400, UNVERIFIABLE),
    ("trust-policy-denied", "AccessDenied", 403, DENIED),
    ("trust-wildcard-literal", "AccessDenied", 403, DENIED),
    ("trust-action-missing", "AccessDenied", 403, DENIED),
    ("trust-principal-mismatch", "AccessDenied", 403, DENIED),
    ("trust-subject-mismatch", "AccessDenied", 403, DENIED),
    ("trust-audience-mismatch", "AccessDenied", 403, DENIED),
    ("trust-condition-key-wrong", "AccessDenied", 403, DENIED),
    ("trust-explicit-deny", "AccessDenied", 403, DENIED),
    ("trust-policy-admits", "AccessDenied", 403, DENIED),
    ("provider-audience-missing", INVALID, 400, UNVERIFIABLE),
    ("oidc-provider-of-another-cluster", INVALID, 400, NO_PROVIDER + "https://localhost:"),
    ("role-not-found", "AccessDenied", 403, DENIED),
    ("role-under-another-path", "AccessDenied", 403, DENIED),
    ("throttled", "Throttling", 400, "Rate exceeded"),
    ("region-disabled", "RegionDisabledException", 403, "STS is not activated in this region"),
    ("sts-internal-failure", "InternalFailure", 500, "The request processing has failed"),
    (
        "roles-claim-excludes-role",
        INVALID,
        400,
        "The target role ARN is not present in the roles claim of the identity token",
    ),
    ("session-tags-invalid", INVALID, 400, "principal_tags passed in claim is not in correct format."),
    ("sts-refused-unknown", "TokenTooShiny", 400, "The token is too shiny to be true."),
]

ACCEPTED = [
    "healthy",
    "healthy-es256",
    "healthy-by-wildcard",
    "token-in-leeway",
    "subject-mismatch",
    "issuer-unresolvable-here",
    "issuer-certificate-untrusted",
    "issuer-certificate-expiring",
    "clock-skew-slight",
]


def call(pod: Pod, service: str, operation: str, parameters: dict[str, Any], keys: dict[str, Any]) -> dict[str, Any]:
    """Call the pod's STS or IAM with botocore, once; without ``keys`` unsigned."""
    client: Any = botocore.session.Session().create_client(
        service,
        region_name=pod.environ["AWS_REGION"],
        endpoint_url=pod.environ["AWS_ENDPOINT_URL_STS"],
        verify=pod.environ["AWS_CA_BUNDLE"],
        config=Config(retries={"total_max_attempts": 1}, signature_version=None if keys else UNSIGNED),
        **keys,
    )
    try:
        answer: dict[str, Any] = client._make_api_call(operation, parameters)
        return answer
    finally:
        client.close()


def exchange(pod: Pod, **changed: object) -> dict[str, Any]:
    """Ask the pod's STS for credentials as an SDK does."""
    parameters = {
        "RoleArn": pod.environ["AWS_ROLE_ARN"],
        "RoleSessionName": "a-session",
        "WebIdentityToken": Path(pod.environ["AWS_WEB_IDENTITY_TOKEN_FILE"]).read_text(encoding="utf-8"),
    }
    return call(pod, "sts", "AssumeRoleWithWebIdentity", {**parameters, **changed}, {})


def identify(pod: Pod, credentials: dict[str, str]) -> dict[str, Any]:
    """Ask the pod's STS who has these credentials."""
    keys = {
        "aws_access_key_id": credentials["AccessKeyId"],
        "aws_secret_access_key": credentials["SecretAccessKey"],
        "aws_session_token": credentials["SessionToken"],
    }
    return call(pod, "sts", "GetCallerIdentity", {}, keys)


def test_good_exchange_names_provider_audience_and_subject(lab: Lab) -> None:
    """Provider is the provider's ARN, Audience the effective one, and the role is the pod's (FACTS A6)."""
    with lab.pod(SCENARIOS["healthy"]) as pod:
        answer = exchange(pod)
    assert answer["Provider"] == pod.account.provider_arn(pod.issuer.url)
    assert answer["Audience"] == "sts.amazonaws.com"
    assert answer["SubjectFromWebIdentityToken"] == "system:serviceaccount:payments:app"
    assert answer["AssumedRoleUser"]["Arn"].endswith(":assumed-role/payments-app/a-session")
    assert answer["ResponseMetadata"]["RequestId"] == answer["ResponseMetadata"]["HTTPHeaders"]["x-amzn-requestid"]


def test_new_credentials_are_the_assumed_role(lab: Lab) -> None:
    """GetCallerIdentity with the new credentials returns the assumed role's ARN (FACTS G1)."""
    with lab.pod(SCENARIOS["healthy"]) as pod:
        answer = exchange(pod)
        caller = identify(pod, answer["Credentials"])
    assert caller["Arn"] == answer["AssumedRoleUser"]["Arn"]
    assert caller["Account"] == pod.account.number


@pytest.mark.parametrize("name", ACCEPTED)
def test_what_aws_takes_is_taken(lab: Lab, name: str) -> None:
    """A pod that AWS would serve gets credentials."""
    with lab.pod(SCENARIOS[name]) as pod:
        assert exchange(pod)["Credentials"]["AccessKeyId"].startswith("ASIA")


@pytest.mark.parametrize(("name", "code", "status", "words"), ANSWERS, ids=[row[0] for row in ANSWERS])
def test_refusals_have_codes_statuses_and_words_of_aws(lab: Lab, name: str, code: str, status: int, words: str) -> None:
    """Each refusal has AWS's code, HTTP status and words (FACTS A10)."""
    with lab.pod(SCENARIOS[name]) as pod, pytest.raises(ClientError) as caught:
        exchange(pod)
    error = caught.value.response
    assert (error["Error"]["Code"], error["ResponseMetadata"]["HTTPStatusCode"]) == (code, status)
    assert error["Error"]["Message"].startswith(words)


def test_a_key_set_of_a_wrong_shape_is_no_key_set(lab: Lab) -> None:
    """A key set that is a list, not an object, leaves STS without a key."""
    scenario = Scenario(name="list", summary="", issuer=IssuerPlan(jwks=Page(body="[]")))
    with lab.pod(scenario) as pod, pytest.raises(ClientError, match="retrieve verification key"):
        exchange(pod)


@pytest.mark.parametrize(
    ("parameters", "words"),
    [
        ({"RoleSessionName": "payments app"}, "at 'roleSessionName' failed to satisfy constraint"),
        ({"DurationSeconds": 43201}, "at 'durationSeconds' failed to satisfy constraint"),
        ({"RoleArn": "arn:aws:iam::123456789012:policy/x"}, "Request ARN is invalid"),
    ],
)
def test_malformed_requests_are_refused_before_the_token_is_read(
    lab: Lab, parameters: dict[str, Any], words: str
) -> None:
    """A bad parameter is a ValidationError even where the token is bad too."""
    with lab.pod(SCENARIOS["token-malformed"]) as pod, pytest.raises(ClientError) as caught:
        exchange(pod, **parameters)
    assert caught.value.response["Error"]["Code"] == "ValidationError"
    assert words in caught.value.response["Error"]["Message"]


def test_expiry_error_prints_the_time_less_the_leeway(lab: Lab) -> None:
    """The time printed is STS's minus 300 s (FACTS A28)."""
    with lab.pod(SCENARIOS["token-expired"]) as pod, pytest.raises(ClientError) as caught:
        exchange(pod)
    words = caught.value.response["Error"]["Message"].split()
    printed, expiry = int(words[4]), int(words[-1])
    assert printed - expiry == pytest.approx(3600 - 300, abs=30)


def test_a_new_key_signs_after_a_rotation_and_old_tokens_stay_good(lab: Lab) -> None:
    """After a rotation the old token is taken while its key is published, and the new one too (FACTS C15)."""
    with lab.pod(SCENARIOS["healthy"]) as pod:
        pod.issuer.rotate(lab.stranger)
        exchange(pod)
        pod.renew()
        exchange(pod)


def test_an_old_token_is_refused_once_its_key_is_withdrawn(lab: Lab) -> None:
    """A rotation that does not keep the old key leaves old tokens without a verification key."""
    with lab.pod(SCENARIOS["healthy"]) as pod:
        pod.issuer.rotate(lab.stranger, keep=False)
        with pytest.raises(ClientError, match="retrieve verification key"):
            exchange(pod)


@pytest.mark.parametrize(
    ("name", "code", "words"),
    [
        ("caller-identity-refused", "InvalidClientTokenId", "security token included in the request is invalid"),
        ("clock-skew", "SignatureDoesNotMatch", "Signature expired: "),
    ],
)
def test_get_caller_identity_can_be_refused(lab: Lab, name: str, code: str, words: str) -> None:
    """The exchange succeeds, and the identity call is refused with AWS's code and words (FACTS H2)."""
    with lab.pod(SCENARIOS[name]) as pod:
        credentials = exchange(pod)["Credentials"]
        with pytest.raises(ClientError) as caught:
            identify(pod, credentials)
    assert caught.value.response["Error"]["Code"] == code
    assert words in caught.value.response["Error"]["Message"]


def test_unknown_keys_are_refused(lab: Lab) -> None:
    """Credentials that this STS never made are no credentials."""
    unknown = {"AccessKeyId": "ASIAIOSFODNN7EXAMPLE", "SecretAccessKey": "none", "SessionToken": "none"}
    with lab.pod(SCENARIOS["healthy"]) as pod, pytest.raises(ClientError, match="InvalidClientTokenId"):
        identify(pod, unknown)


def reader(pod: Pod) -> dict[str, str]:
    """Return the keys that lie at hand in the pod's account."""
    key, secret = pod.fill("$reader_key"), pod.fill("$reader_secret")
    return {"aws_access_key_id": key, "aws_secret_access_key": secret}


def test_iam_shows_role_and_provider(lab: Lab) -> None:
    """IAM is moto's own: GetRole and GetOpenIDConnectProvider show what the pod's account holds."""
    with lab.pod(SCENARIOS["trust-policy-admits"]) as pod:
        arn = pod.account.provider_arn(pod.issuer.url)
        role = call(pod, "iam", "GetRole", {"RoleName": "payments-app"}, reader(pod))["Role"]
        provider = call(pod, "iam", "GetOpenIDConnectProvider", {"OpenIDConnectProviderArn": arn}, reader(pod))
        listed = call(pod, "iam", "ListOpenIDConnectProviders", {}, reader(pod))
    assert role["Arn"] == pod.environ["AWS_ROLE_ARN"]
    assert provider["ClientIDList"] == ["sts.amazonaws.com"]
    assert [one["Arn"] for one in listed["OpenIDConnectProviderList"]] == [arn]


@pytest.mark.parametrize(
    ("scenario", "operation", "parameters"),
    [
        ("healthy", "GetRole", {"RoleName": "payments-app"}),
        ("trust-policy-admits", "DeleteRole", {"RoleName": "payments-app"}),
        ("trust-policy-admits", "UpdateAssumeRolePolicy", {"RoleName": "payments-app", "PolicyDocument": "{}"}),
    ],
)
def test_iam_shows_only_what_is_permitted(lab: Lab, scenario: str, operation: str, parameters: dict[str, str]) -> None:
    """What is not permitted is refused, and a write never is permitted."""
    with lab.pod(SCENARIOS[scenario]) as pod, pytest.raises(ClientError, match="not authorized to perform: iam:"):
        call(pod, "iam", operation, parameters, reader(pod))


def test_iam_knows_its_keys(lab: Lab) -> None:
    """A key that nobody made opens nothing."""
    keys = {"aws_access_key_id": "AKIAIOSFODNN7EXAMPLE", "aws_secret_access_key": "none"}
    with (
        lab.pod(SCENARIOS["trust-policy-admits"]) as pod,
        pytest.raises(ClientError, match="The security token included in the request is invalid"),
    ):
        call(pod, "iam", "GetRole", {"RoleName": "payments-app"}, keys)
