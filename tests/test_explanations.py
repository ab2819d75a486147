"""The tables that say which local faults can explain which answer of STS: held against the design, row by row."""

import pytest

from sidecar import faults
from sidecar.answers import ANSWERS
from sidecar.checks import CHAIN, FAULTS_BY_CHECK
from sidecar.explanations import (
    ABOUT_THE_WORKLOAD,
    ALSO_POSSIBLE,
    EXPLANATIONS,
    ONLY_AS_ERROR,
    PROVE_THE_TOKEN,
    PROVEN_BY_READING,
    REFUTED_BY,
)
from sidecar.model import Fault

_KEYS = (
    "issuer-access-denied",
    "issuer-certificate-name-mismatch",
    "issuer-certificate-expired",
    "discovery-invalid",
    "issuer-mismatch",
    "key-not-published",
    "jwks-invalid",
    "jwks-unreachable",
    "issuer-slow",
    "issuer-certificate-untrusted",
    "issuer-chain-disordered",
    "issuer-unreachable",
    "algorithm-unsupported",
)
_UNVALIDATED = (
    "token-wrong-kind",
    "audience-ambiguous",
    "audience-mismatch",
    "provider-audience-missing",
    "signature-invalid",
    "jwks-invalid",
    "algorithm-unsupported",
)
_DISCOVERY = (
    "issuer-access-denied",
    "issuer-certificate-name-mismatch",
    "issuer-certificate-expired",
    "discovery-invalid",
    "issuer-mismatch",
    "issuer-slow",
    "issuer-certificate-untrusted",
    "issuer-chain-disordered",
    "issuer-unreachable",
)
_UNREACHED = ("region-invalid", "region-missing", "sts-endpoint-setting-invalid", "proxy-error")
DESIGNED = {
    "oidc-provider-missing": ("token-wrong-kind", "partition-mismatch", "issuer-url-invalid", "oidc-provider-missing"),
    "token-missing-claim": ("token-wrong-kind", "token-missing-claim"),
    "verification-key-unavailable": _KEYS,
    "discovery-rejected": _DISCOVERY,
    "idp-communication": _DISCOVERY,
    "token-unverifiable": _UNVALIDATED,
    "audience-mismatch": _UNVALIDATED,
    "audience-ambiguous": ("token-wrong-kind", "audience-ambiguous"),
    "token-malformed": ("token-file-unclean", "token-malformed"),
    "token-expired": ("token-expired",),
    "token-not-yet-valid": ("token-not-yet-valid",),
    "role-arn-invalid": ("role-arn-invalid",),
    "request-invalid": ("session-name-invalid", "token-malformed"),
    "sts-internal-failure": ("token-missing-claim",),
    "trust-policy-denied": (
        "role-not-found",
        "trust-explicit-deny",
        "trust-principal-mismatch",
        "trust-action-missing",
        "trust-condition-key-wrong",
        "trust-wildcard-literal",
        "trust-subject-mismatch",
        "trust-audience-mismatch",
        "partition-mismatch",
    ),
    "sts-dns": _UNREACHED,
    "sts-refused": _UNREACHED,
    "sts-timeout": _UNREACHED,
    "sts-connection-reset": _UNREACHED,
    "sts-tls-untrusted": _UNREACHED,
    "proxy-error": _UNREACHED,
}
"""What each answer, or STS's silence, may be explained by: the likeliest first. A copy, so that a slip is seen."""


def test_table_is_the_designed_one() -> None:
    """Every answer has exactly the explanations that the design gives it, in their order."""
    found = {stated: tuple(fault.name for fault in explanations) for stated, explanations in EXPLANATIONS.items()}
    assert found == DESIGNED


def test_only_what_the_exchange_states_is_explained() -> None:
    """Each key of the tables is a fault that one of the exchange's own checks states."""
    stated = {fault.name for check in ("exchange.reached", "exchange.accepted") for fault in FAULTS_BY_CHECK[check]}
    assert set(EXPLANATIONS) <= stated
    assert set(ALSO_POSSIBLE) <= stated
    assert stated >= PROVE_THE_TOKEN


def test_what_stays_unexplained() -> None:
    """The answers without an explanation are those that say all by themselves."""
    stated = {row.fault.name for row in ANSWERS} | {faults.STS_REFUSED_UNKNOWN.name}
    assert stated - set(EXPLANATIONS) == {
        "duration-too-long",
        "idp-rejected-claim",
        "packed-policy-too-large",
        "region-disabled",
        "roles-claim-excludes-role",
        "session-tags-invalid",
        "sts-refused-unknown",
        "throttled",
        "thumbprint-mismatch",
    }


@pytest.mark.parametrize("explanation", sorted({name for names in DESIGNED.values() for name in names}))
def test_explanations_can_be_found(explanation: str) -> None:
    """What explains is named by a check."""
    assert explanation in {fault.name for check in CHAIN for fault in FAULTS_BY_CHECK[check.name]}


def test_what_refutes_is_what_would_find_it() -> None:
    """A check that passes refutes what it asks about: the faults it can name, and the audience of another provider."""
    for fault, checks in REFUTED_BY.items():
        for check in checks:
            named = {one.name for one in FAULTS_BY_CHECK[check]}
            assert fault in named or (fault, check) == ("audience-mismatch", "provider.audience")
            assert check.startswith(PROVEN_BY_READING)


def test_what_explains_only_as_an_error() -> None:
    """A region that only some SDKs miss, an issuer's port, or a container that was kept out, explains nothing."""
    assert {"region-missing", "issuer-url-invalid", "container-skipped"} == ONLY_AS_ERROR


def test_what_success_does_not_refute() -> None:
    """Our exchange proves nothing about the workload, the expected role, and the clock."""
    about = {fault.name for fault in faults.ALL if fault.code.startswith("IRSA8")}
    assert about | {"shadowed-credentials", "role-arn-unexpected", "clock-skew"} == ABOUT_THE_WORKLOAD


def test_what_proves_the_token() -> None:
    """STS looks at trust policy and roles claim only after it found the token good (FACTS A11)."""
    assert {"trust-policy-denied", "roles-claim-excludes-role"} == PROVE_THE_TOKEN


@pytest.mark.parametrize("also", ALSO_POSSIBLE.values(), ids=ALSO_POSSIBLE)
def test_also_possible_is_worth_reading(also: tuple[Fault, ...]) -> None:
    """What else an answer fits is named once each, and never the answer itself."""
    assert also
    assert len(set(also)) == len(also)
    assert not {fault.name for fault in also} & set(ALSO_POSSIBLE)
