"""Every check answers as the table of cases says."""

import pytest

from cases import (
    CASES,
    HOST,
    ISSUER,
    JWKS_URL,
    KID,
    NOT_LOOKED,
    PROVIDER,
    STS,
    Case,
    chain,
    expectation,
    healthy,
    jwks,
    key,
    leaf,
    refused,
    settings,
    token,
)
from sidecar.check import FACT_KINDS, Check
from sidecar.checks import CHAIN
from sidecar.checks.token import instant
from sidecar.facts import NO_POD_IDENTITY, Clock
from sidecar.model import Absent, Fail, Failed, Pass, Skip, Verdict

BY_NAME = {check.name: check for check in CHAIN}


def shown(verdict: Verdict) -> str:
    """Return all that a verdict says to people."""
    match verdict:
        case Pass(text) | Skip(text):
            return text
        case Fail(_, evidence):
            return "\n".join(evidence.values())


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_check_answers(case: Case) -> None:
    """The verdict's kind, its fault and severity are those of the case, and its words are shown."""
    verdict = BY_NAME[case.check](case.facts)
    assert isinstance(verdict, case.verdict)
    assert [word for word in case.words if word not in shown(verdict)] == []
    if isinstance(verdict, Fail):
        assert (verdict.fault, verdict.severity) == (case.fault, case.severity)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_check_shows_text_only(case: Case) -> None:
    """What a check shows is text, and nothing of it is empty but what was found so."""
    verdict = BY_NAME[case.check](case.facts)
    if isinstance(verdict, Fail):
        assert all(isinstance(text, str) for pair in verdict.evidence.items() for text in pair)
        assert all(verdict.evidence)
    else:
        assert shown(verdict)


@pytest.mark.parametrize(
    ("check", "changes", "text"),
    [
        ("issuer.keys", {}, "1 usable key"),
        ("issuer.keys", {"jwks": jwks(key(), key("kid-2"))}, "2 usable keys"),
        ("certificate.name", {"chain": chain(leaf(names=tuple("abcdefg")))}, "a, b, c, d, e"),
        ("clock.synchronised", {"clock": Clock(0.0)}, "within 1 s"),
    ],
)
def test_what_passing_says(check: str, changes: dict[str, object], text: str) -> None:
    """What a check says when it passes is short, and in good English."""
    assert shown(BY_NAME[check](healthy(**changes))) == text


@pytest.mark.parametrize(
    ("check", "changes", "evidence"),
    [
        (
            "environment.injected",
            {"settings": settings(role_arn=None)},
            {"missing": "AWS_ROLE_ARN", "found": "AWS_WEB_IDENTITY_TOKEN_FILE"},
        ),
        (
            "environment.injected",
            {"settings": settings(role_arn=None, token_file=None, near_misses=(("AWS_ROLE", "AWS_ROLE_ARN"),))},
            {
                "missing": "AWS_ROLE_ARN and AWS_WEB_IDENTITY_TOKEN_FILE",
                "misspelt": "AWS_ROLE (meant: AWS_ROLE_ARN)",
            },
        ),
        (
            "exchange.reached",
            {"sts": Failed("dns", "it does not resolve")},
            {"host": STS, "found": "it does not resolve", "namespace": "shop", "pod": "cart-7d9f"},
        ),
        (
            "exchange.accepted",
            {"sts": refused("Throttling", "Rate exceeded", request_id=None)},
            {
                "code": "Throttling",
                "message": "Rate exceeded",
                "status": "400",
                "region": "eu-west-1",
                "namespace": "shop",
                "workload": "WORKLOAD",
            },
        ),
        (
            "issuer.discovery",
            {"discovery": Failed("dns", "it does not resolve")},
            {
                "url": f"{ISSUER}/.well-known/openid-configuration",
                "host": HOST,
                "found": "it does not resolve",
                "note": "a VPC without internet, or with an EKS interface endpoint, has a way to this host only by the "
                "PrivateLink service com.amazonaws.eu-west-1.oidc-eks; STS needs none",
            },
        ),
        (
            "issuer.discovery",
            {"discovery": Failed("denied", "it answered 403"), "token": token(issuer="https://issuer.test")},
            {
                "url": "https://issuer.test/.well-known/openid-configuration",
                "host": "issuer.test",
                "found": "it answered 403",
            },
        ),
        (
            "certificate.thumbprint",
            {"chain": chain(host="issuer.test"), "expectation": expectation(thumbprints=("a" * 40,))},
            {"expected": "a" * 40, "found": "b" * 40, "host": "issuer.test", "provider_arn": PROVIDER},
        ),
        (
            "issuer.key_published",
            {"jwks": jwks(*(key(kid) for kid in "abcde"))},
            {"expected": KID, "found": "a, b, c, d, e", "url": JWKS_URL},
        ),
        (
            "issuer.key_published",
            {"jwks": jwks(*(key(kid) for kid in "abcdef"))},
            {"expected": KID, "found": "a, b, c, d, e and 1 more", "url": JWKS_URL},
        ),
    ],
)
def test_what_failing_shows(check: str, changes: dict[str, object], evidence: dict[str, str]) -> None:
    """The evidence is what was seen, and what the remedy names: nothing else."""
    verdict = BY_NAME[check](healthy(**changes))
    assert isinstance(verdict, Fail)
    assert verdict.evidence == evidence


@pytest.mark.parametrize("check", CHAIN, ids=lambda check: check.name)
def test_a_healthy_pod_fails_no_check(check: Check) -> None:
    """The facts that all cases start from are healthy: each check passes, or skips for want of what it is about."""
    verdict = check(healthy())
    without = ("--expect", NO_POD_IDENTITY)
    assert isinstance(verdict, Pass) or (isinstance(verdict, Skip) and any(why in verdict.why for why in without))


@pytest.mark.parametrize(
    ("check", "fact", "missing"),
    [
        pytest.param(check, fact, missing, id=f"{check.name}-{fact}-{type(missing).__name__}")
        for check in CHAIN
        for fact, kinds in check.accepts
        for missing in (NOT_LOOKED, Failed("some-kind", "the world said no"))
        if type(missing) in FACT_KINDS[fact] and type(missing) not in kinds
    ],
)
def test_check_skips_without_its_facts(check: Check, fact: str, missing: Absent | Failed) -> None:
    """A check whose fact is missing says why it is, and judges nothing."""
    verdict = check(healthy(**{fact: missing}))
    assert isinstance(verdict, Skip)
    assert verdict.why == missing.why


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.0, "1970-01-01T00:00:00Z"),
        (1_790_000_000.9, "2026-09-21T14:13:20Z"),
        (9e14, "900000000000000"),
        (-9e14, "-900000000000000"),
    ],
)
def test_instant(seconds: float, text: str) -> None:
    """Times are RFC 3339 in UTC, and beyond the calendar the number itself."""
    assert instant(seconds) == text
