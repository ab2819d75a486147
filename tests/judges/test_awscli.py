"""The AWS CLI takes the lab's STS for AWS's: it reads the answers, and shows the refusals as AWS would word them.

The wordings are written out here (FACTS A10, A28, H2), and not taken from the lab, so that an error is not in both.
"""

import json
import re
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from parts import compiling_once, needed, program
from sidecar.lab.cloud import ROLE_NAME
from sidecar.lab.lab import Lab, Pod
from sidecar.lab.plan import AUDIENCE, SUBJECT
from sidecar.lab.scenarios import SCENARIOS
from sidecar.lab.scenarios.workload import WORKLOAD

PATIENCE = 60
"""Seconds that the AWS CLI may take; half a second is usual, and six where the issuer is slow."""

INVALID = "InvalidIdentityToken"
NO_PROVIDER = (INVALID, "No OpenIDConnect provider found in your account for {issuer}")
NO_KEY = (
    INVALID,
    (
        "Couldn't retrieve verification key from your identity provider,  "
        "please reference AssumeRoleWithWebIdentity documentation for requirements"
    ),
)
UNVERIFIABLE = (
    INVALID,
    (
        "The web identity token provided could not be validated. "
        "See the AssumeRoleWithWebIdentity documentation for requirements."
    ),
)
AMBIGUOUS = (INVALID, "Token audience contains more than one audience while authorized party is not present")
NOT_A_JWT = (INVALID, "The ID Token provided is not a valid JWT. (You may see this error if you sent an Access Token)")
BAD_DISCOVERY = (INVALID, "Please check .well-known/openid-configuration of provider: {issuer} is valid")
BAD_ROLE = ("ValidationError", "Request ARN is invalid")
DENIED = ("AccessDenied", "Not authorized to perform sts:AssumeRoleWithWebIdentity")

REFUSALS: Mapping[str, tuple[str, str]] = {
    "role-arn-invalid": BAD_ROLE,
    "role-arn-quoted": BAD_ROLE,
    "partition-mismatch": NO_PROVIDER,
    "session-name-invalid": (
        "ValidationError",
        (
            "1 validation error detected: Value 'payments app' at 'roleSessionName' failed to satisfy constraint: "
            r"Member must satisfy regular expression pattern: [\w+=,.@-]*"
        ),
    ),
    "token-file-unclean": NOT_A_JWT,
    "token-malformed": NOT_A_JWT,
    "token-critical-header": NOT_A_JWT,
    "token-wrong-kind": UNVERIFIABLE,
    "token-legacy": (INVALID, "No OpenIDConnect provider found in your account for kubernetes/serviceaccount"),
    "token-missing-claim": (INVALID, "Missing a required claim: sub"),
    "token-null-subject": ("InternalFailure", "Unknown error validating third-party token"),
    "token-empty-audience": (INVALID, "Claim is not allowed to be empty: aud"),
    "token-fractional-time": (INVALID, "Invalid timestamp in token claims."),
    "token-expired": (
        "ExpiredTokenException",
        "Token expired: current date/time {number} must be before the expiration date/time {number}",
    ),
    "token-not-yet-valid": (
        INVALID,
        "Token not yet valid: current date/time {number} must be after or equal to the not-before date/time {number}",
    ),
    "token-from-the-future": (INVALID, "Token issued in the future: {number}"),
    "audience-mismatch": UNVERIFIABLE,
    "audience-of-openshift": UNVERIFIABLE,
    "authorized-party-mismatch": UNVERIFIABLE,
    "audience-ambiguous": AMBIGUOUS,
    "both-audiences-of-openshift": AMBIGUOUS,
    "algorithm-unsupported": UNVERIFIABLE,
    "algorithm-none": UNVERIFIABLE,
    "issuer-url-invalid": NO_PROVIDER,
    "issuer-unreachable": NO_KEY,
    "issuer-refused": NO_KEY,
    "issuer-access-denied": NO_KEY,
    "issuer-bucket-private": NO_KEY,
    "jwks-access-denied": NO_KEY,
    "discovery-missing": NO_KEY,
    "discovery-invalid": BAD_DISCOVERY,
    "discovery-incomplete": BAD_DISCOVERY,
    "discovery-huge": NO_KEY,
    "discovery-redirected": NO_KEY,
    "issuer-mismatch": BAD_DISCOVERY,
    "jwks-unreachable": NO_KEY,
    "jwks-invalid": NO_KEY,
    "jwks-missing": NO_KEY,
    "jwks-too-many-keys": NO_KEY,
    "jwks-key-ops": UNVERIFIABLE,
    "jwks-for-encryption": NO_KEY,
    "key-not-published": NO_KEY,
    "signature-invalid": UNVERIFIABLE,
    "issuer-slow": NO_KEY,
    "issuer-certificate-expired": NO_KEY,
    "issuer-certificate-name-mismatch": NO_KEY,
    "issuer-chain-disordered": NO_KEY,
    "issuer-chain-duplicated": NO_KEY,
    "issuer-chain-stranger": NO_KEY,
    "verification-key-unavailable": NO_KEY,
    "discovery-rejected": BAD_DISCOVERY,
    "thumbprint-mismatch": (
        INVALID,
        "OpenIDConnect provider's HTTPS certificate doesn't match configured thumbprint",
    ),
    "oidc-provider-missing": NO_PROVIDER,
    "token-unverifiable": UNVERIFIABLE,
    "trust-policy-denied": DENIED,
    "trust-wildcard-literal": DENIED,
    "trust-action-missing": DENIED,
    "trust-principal-mismatch": DENIED,
    "trust-subject-mismatch": DENIED,
    "trust-audience-mismatch": DENIED,
    "trust-condition-key-wrong": DENIED,
    "trust-explicit-deny": DENIED,
    "trust-policy-admits": DENIED,
    "iam-not-permitted": DENIED,
    "provider-audience-missing": UNVERIFIABLE,
    "oidc-provider-of-another-cluster": NO_PROVIDER,
    "role-not-found": DENIED,
    "role-under-another-path": DENIED,
    "throttled": ("Throttling", "Rate exceeded"),
    "region-disabled": (
        "RegionDisabledException",
        (
            "STS is not activated in this region for account: {number}. Your account administrator can activate STS in "
            "this region using the IAM Console."
        ),
    ),
    "duration-too-long": (
        "ValidationError",
        "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.",
    ),
    "idp-communication": ("IDPCommunicationError", "The identity provider could not be reached"),
    "idp-rejected-claim": ("IDPRejectedClaim", "The identity provider reported that authentication failed"),
    "packed-policy-too-large": (
        "PackedPolicyTooLarge",
        "Packed size of session tags consumes {number}% of allotted space.",
    ),
    "sts-internal-failure": (
        "InternalFailure",
        "The request processing has failed because of an unknown error, exception or failure.",
    ),
    "request-invalid": (
        "ValidationError",
        (
            "1 validation error detected: Value at 'policyArns' failed to satisfy constraint: Member must have length "
            "less than or equal to 10"
        ),
    ),
    "roles-claim-excludes-role": (
        INVALID,
        "The target role ARN is not present in the roles claim of the identity token",
    ),
    "session-tags-invalid": (INVALID, "principal_tags passed in claim is not in correct format."),
    "sts-refused-unknown": ("TokenTooShiny", "The token is too shiny to be true."),
}
"""What STS says in each scenario in which it refuses the exchange: the code and the message."""

CALLER_REFUSALS: Mapping[str, tuple[str, str]] = {
    "caller-identity-refused": ("InvalidClientTokenId", "The security token included in the request is invalid."),
    "clock-skew": (
        "SignatureDoesNotMatch",
        "Signature expired: {stamp} is now earlier than {stamp} ({stamp} - 5 min.)",
    ),
}
"""What STS says where it gives credentials, and then does not take them."""

NOT_ASKED = frozenset(
    {
        "aws-profile-invalid",
        "fips-without-region",
        "irsa-env-not-injected",
        "pod-identity-agent-silent",
        "pod-identity-agent-unavailable",
        "pod-identity-association-missing",
        "pod-identity-broken",
        "pod-identity-config-invalid",
        "pod-identity-elsewhere",
        "pod-identity-error",
        "pod-identity-in-use",
        "pod-identity-in-use-meant-for-irsa",
        "pod-identity-not-injected",
        "pod-identity-role-refused",
        "pod-identity-throttled",
        "pod-identity-token-expired",
        "pod-identity-token-for-sts",
        "pod-identity-token-unusable",
        "proxy-error",
        "proxy-unreachable",
        "region-invalid",
        "region-missing",
        "role-arn-misspelt",
        "shadowed-credentials",
        "sts-connection-reset",
        "sts-dns",
        "sts-endpoint-setting-invalid",
        "sts-endpoint-url-malformed",
        "sts-refused",
        "sts-timeout",
        "sts-tls-untrusted",
        "token-empty",
        "token-file-directory",
        "token-file-fifo",
        "token-file-loop",
        "token-file-missing",
        "token-file-unreadable",
        "webidentity-config-incomplete",
    }
)
"""The AWS CLI does not get so far as to have a token judged: not our STS's answer is shown, but its own words."""

ACCEPTED_ALL_THE_SAME = frozenset(
    {
        "irsa-instead-of-pod-identity",
        "pod-identity-behind-irsa",
        "role-arn-unexpected",
        "shadowed-by-profile",
        "trust-policy-file",
        *(scenario.name for scenario in WORKLOAD if scenario.expects),
    }
)
"""What is wrong here is not wrong for STS."""

ACCEPTED = (
    "healthy",
    "healthy-by-profile",
    "healthy-es256",
    "healthy-by-wildcard",
    "healthy-in-china",
    "healthy-openshift",
    "token-in-leeway",
)

ERROR = re.compile(
    r"An error occurred \((?P<code>\w+)\) when calling the (?P<operation>\w+) operation"
    r"(?: \(reached max retries: \d+\))?: (?P<message>.*)",
    re.DOTALL,
)
PLACEHOLDERS = {r"\{number\}": r"\d+", r"\{stamp\}": r"\d{8}T\d{6}Z"}


@dataclass(frozen=True, slots=True)
class Cli:
    """The AWS CLI at its path, and where it may keep what it compiles."""

    path: Path
    cache: Path

    def sts(self, pod: Pod, *arguments: str) -> "subprocess.CompletedProcess[str]":
        """Run ``aws sts`` in the pod's environment, with the pod's directory for its home and one attempt."""
        environ = {name: value for name, value in pod.environ.items() if not name.startswith("COVERAGE_")}
        return subprocess.run(
            [self.path, "sts", *arguments],
            env=compiling_once(environ, self.cache) | {"HOME": str(pod.directory), "AWS_MAX_ATTEMPTS": "1"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )

    def answer(self, pod: Pod, *arguments: str) -> dict[str, Any]:
        """Return what the CLI prints of a good answer."""
        done = self.sts(pod, *arguments, "--output", "json")
        assert (done.returncode, done.stderr) == (0, "")
        answer: dict[str, Any] = json.loads(done.stdout)
        return answer

    def error(self, pod: Pod, *arguments: str) -> dict[str, str]:
        """Return code, operation and message of the refusal that the CLI prints."""
        done = self.sts(pod, *arguments)
        shown = ERROR.search(done.stderr.strip())
        assert shown, done.stderr
        assert done.stdout == ""
        return shown.groupdict()


@pytest.fixture(scope="module")
def cli(tmp_path_factory: pytest.TempPathFactory) -> Cli:
    """Return the AWS CLI."""
    return Cli(needed("the AWS CLI (awscli)", program("aws")), tmp_path_factory.mktemp("compiled"))


def by_hand(pod: Pod) -> tuple[str, ...]:
    """Return the arguments by which the exchange is asked for, instead of being made on the way."""
    token = Path(pod.environ["AWS_WEB_IDENTITY_TOKEN_FILE"])
    values = {"role-arn": pod.account.role_arn, "role-session-name": "by-hand", "web-identity-token": f"file://{token}"}
    return ("assume-role-with-web-identity", *(part for name, value in values.items() for part in (f"--{name}", value)))


def worded(words: str, pod: Pod) -> "re.Pattern[str]":
    """Return the pattern of a message whose placeholders stand for the pod's issuer, a number or a time."""
    pattern = re.escape(words.replace("{issuer}", pod.issuer.url))
    for placeholder, meaning in PLACEHOLDERS.items():
        pattern = pattern.replace(placeholder, meaning)
    return re.compile(pattern)


def test_every_refusal_has_a_row() -> None:
    """A scenario that is not healthy is in the table, or said not to be one in which STS refuses."""
    broken = {name for name, scenario in SCENARIOS.items() if scenario.expects is not None}
    told = REFUSALS.keys() | CALLER_REFUSALS.keys() | NOT_ASKED | ACCEPTED_ALL_THE_SAME
    assert broken - told == set()
    assert told - SCENARIOS.keys() == set()


@pytest.mark.parametrize("name", ACCEPTED)
def test_the_cli_is_the_role(lab: Lab, cli: Cli, name: str) -> None:
    """With web identity in the environment or the profile the CLI gets credentials, and STS says whose they are."""
    with lab.pod(SCENARIOS[name]) as pod:
        answer = cli.answer(pod, "get-caller-identity")
        account, partition = pod.account.number, pod.account.partition
    assert answer["Account"] == account
    assert answer["Arn"].startswith(f"arn:{partition}:sts::{account}:assumed-role/{ROLE_NAME}/botocore-session-")


def test_the_cli_reads_the_whole_answer(lab: Lab, cli: Cli) -> None:
    """The exchange's answer holds all that AWS's does for an IAM OIDC provider (FACTS A6)."""
    with lab.pod(SCENARIOS["healthy"]) as pod:
        answer = cli.answer(pod, *by_hand(pod))
        account, provider = pod.account.number, pod.account.provider_arn(pod.issuer.url)
    assert answer["AssumedRoleUser"]["Arn"] == f"arn:aws:sts::{account}:assumed-role/{ROLE_NAME}/by-hand"
    assert answer["AssumedRoleUser"]["AssumedRoleId"].endswith(":by-hand")
    assert (answer["Provider"], answer["Audience"]) == (provider, AUDIENCE)
    assert answer["SubjectFromWebIdentityToken"] == SUBJECT
    assert answer["Credentials"].keys() == {"AccessKeyId", "SecretAccessKey", "SessionToken", "Expiration"}


def test_the_cli_asks_the_global_endpoint_where_only_others_find_a_region(lab: Lab, cli: Cli) -> None:
    """With AWS_REGION alone it goes where the warning says, and to the region's own STS where it is told the region."""
    with lab.pod(SCENARIOS["global-token-in-opt-in-region"]) as pod:
        astray = cli.sts(pod, "get-caller-identity")
        told = cli.answer(pod, "get-caller-identity", "--region", "me-south-1")
        account = pod.account.number
    assert "https://sts.amazonaws.com/" in astray.stderr
    assert told["Account"] == account


@pytest.mark.parametrize("name", REFUSALS)
def test_the_cli_shows_a_refusal_as_awss(lab: Lab, cli: Cli, name: str) -> None:
    """The CLI finds code and message in our STS's refusal, and they are those that AWS gives for what is broken."""
    code, words = REFUSALS[name]
    with lab.pod(SCENARIOS[name]) as pod:
        error = cli.error(pod, "get-caller-identity")
        expected = worded(words, pod)
    assert (error["code"], error["operation"]) == (code, "AssumeRoleWithWebIdentity")
    assert expected.fullmatch(error["message"]), error["message"]


@pytest.mark.parametrize("name", ["trust-policy-denied", "token-expired"])
def test_the_exchange_by_hand_is_refused_alike(lab: Lab, cli: Cli, name: str) -> None:
    """The same refusal is shown where the exchange is the command, and not made on the way to another."""
    code, words = REFUSALS[name]
    with lab.pod(SCENARIOS[name]) as pod:
        error = cli.error(pod, *by_hand(pod))
        expected = worded(words, pod)
    assert (error["code"], error["operation"]) == (code, "AssumeRoleWithWebIdentity")
    assert expected.fullmatch(error["message"]), error["message"]


@pytest.mark.parametrize("name", CALLER_REFUSALS)
def test_the_cli_shows_that_the_credentials_are_refused(lab: Lab, cli: Cli, name: str) -> None:
    """Where the exchange was good and the credentials are not taken, the CLI names the second call."""
    code, words = CALLER_REFUSALS[name]
    with lab.pod(SCENARIOS[name]) as pod:
        error = cli.error(pod, "get-caller-identity")
        expected = worded(words, pod)
    assert (error["code"], error["operation"]) == (code, "GetCallerIdentity")
    assert expected.fullmatch(error["message"]), error["message"]
