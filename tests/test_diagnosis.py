"""What STS says outranks what was predicted: the rules by which the root cause is named."""

from datetime import UTC, datetime

import pytest

from cases import (
    ACCOUNT,
    ASSUMED,
    DAY,
    DENIED,
    ISSUER,
    NEIGHBOUR,
    NOT_LOOKED,
    NOW,
    POD,
    POD_IDENTITY,
    ROLE,
    STS,
    SUBJECT,
    TIME_REFUSED,
    chain,
    discovery,
    expectation,
    healthy,
    in_cluster,
    jwks,
    key,
    mounting,
    refused,
    settings,
    token,
    token_file,
)
from sidecar import faults
from sidecar.check import Check
from sidecar.checks import CHAIN
from sidecar.diagnosis import diagnose
from sidecar.explanations import ALSO_POSSIBLE, EXPLANATIONS
from sidecar.facts import (
    BOTOCORE,
    Clock,
    Facts,
    Inventories,
    Inventory,
    Moment,
    Neighbours,
    OidcProvider,
    Process,
    Provider,
    Sdk,
    Setting,
    Signature,
    Timings,
)
from sidecar.model import (
    Absent,
    Fail,
    Failed,
    Fault,
    Measurements,
    Pass,
    Phases,
    Report,
    Result,
    RootCause,
    Severity,
    Status,
    Verdict,
)

INVALID = "InvalidIdentityToken"
NO_PROVIDER = refused(INVALID, f"No OpenIDConnect provider found in your account for {ISSUER}")
NO_CLAIM = refused(INVALID, "Missing a required claim: aud")
NO_KEY = refused(INVALID, "Couldn't retrieve verification key from your identity provider,  please reference ...")
NOT_VALIDATED = refused(INVALID, "The web identity token provided could not be validated.")
WRONG_AUDIENCE = refused(INVALID, "Incorrect token audience")
NO_JWT = refused(INVALID, "The ID Token provided is not a valid JWT.")
BAD_ARN = refused("ValidationError", "Request ARN is invalid")
PREDICTED = "(predicted, but STS accepted the token)"
FOUND_GOOD = "(predicted, but STS found the token good)"

SHADOWED = Provider("env", "AWS_ACCESS_KEY_ID")
UNTRUSTED = chain(verify_error="self-signed certificate")
BAD_ROLE = settings(role_arn=Setting("cart", "AWS_ROLE_ARN"))
OTHER_PARTITION = settings(role_arn=Setting("arn:aws-cn:iam::111122223333:role/cart", "AWS_ROLE_ARN"))
BAD_REGION = settings(region=Setting("EU-WEST-1", "AWS_DEFAULT_REGION"), region_partition=None)
NO_REGION = settings(region=None, region_partition=None)
ONLY_AWS_REGION = settings(region=Setting("eu-west-1", "AWS_REGION"), region_everywhere=False)
NOT_FITTING = Signature("kid-1", verified=False, why="the published key does not fit the signature")


def report_of(facts: Facts, checks: tuple[Check, ...] = CHAIN) -> Report:
    """Return the report on these facts."""
    return diagnose(facts, checks, version="1.2.3", started=NOW, duration_seconds=0.25)


def diagnosed(**changes: object) -> Report:
    """Return the report on a healthy pod with these changes."""
    return report_of(healthy(**changes))


def answered(sts: object, **changes: object) -> Report:
    """Return the report on a pod to which STS gave this answer, so that there is no caller to ask for."""
    return diagnosed(sts=sts, caller=NOT_LOOKED, **changes)


UNSHOWN: dict[str, object] = dict.fromkeys(("oidc_provider", "role", "trust_policy"), NOT_LOOKED)
"""What nobody may read of IAM."""


def cause(report: Report) -> tuple[str, str, Severity] | None:
    """Return the root cause's name, the check that found it, and its severity."""
    root = report.root_cause
    return (root.fault.name, root.check, root.severity) if root else None


def result_of(report: Report, check: str) -> Result:
    """Return a check's line."""
    return next(result for result in report.results if result.check == check)


def found(report: Report) -> dict[str, Status]:
    """Return the checks that named a fault, and what became of them."""
    return {result.check: result.status for result in report.results if result.fault}


def stub(name: str, verdict: Verdict) -> Check:
    """Return a check that answers the same whatever the facts."""
    return Check(name, "Is it so?", (), lambda: verdict)


def failing(fault: Fault, name: str | None = None, severity: Severity | None = None) -> Check:
    """Return a check that names this fault, as one of the links before the exchange would."""
    return stub(name or f"local.{fault.name}", Fail(fault, {"of": fault.name}, severity))


def stating(fault: Fault) -> tuple[Check, Facts]:
    """Return the exchange's check that states this fault, and facts in which STS has answered so, or not at all."""
    silent = fault.code.startswith("IRSA5")
    check = failing(fault, "exchange.reached" if silent else "exchange.accepted")
    return check, healthy(sts=Failed("dns", "it does not resolve") if silent else DENIED, caller=NOT_LOOKED)


def judged(stated: Fault, *local: Check) -> Report:
    """Return the report of a run in which these checks failed and STS's answer stated this fault."""
    check, facts = stating(stated)
    return report_of(facts, (*local, check))


ROWS = [
    pytest.param(faults.BY_NAME[stated], explanation, id=f"{stated}-{explanation.name}")
    for stated, explanations in EXPLANATIONS.items()
    for explanation in explanations
]
PAIRS = [
    pytest.param(faults.BY_NAME[stated], first, later, id=f"{stated}-{first.name}-{later.name}")
    for stated, explanations in EXPLANATIONS.items()
    for place, first in enumerate(explanations)
    for later in explanations[place + 1 :]
]
STATED = [pytest.param(faults.BY_NAME[stated], id=stated) for stated in EXPLANATIONS]


@pytest.mark.parametrize(("stated", "explanation"), ROWS)
def test_an_explanation_alone_is_the_root_cause(stated: Fault, explanation: Fault) -> None:
    """A local fault that can explain STS's answer is the root cause, raised to an error, by the check that found it."""
    report = judged(stated, failing(explanation, severity=Severity.ERROR))
    assert cause(report) == (explanation.name, f"local.{explanation.name}", Severity.ERROR)
    assert report.root_cause
    assert report.root_cause.evidence["of"] == explanation.name
    assert report.root_cause.also_possible == ()
    assert set(found(report).values()) == {Status.FAIL}


@pytest.mark.parametrize(("stated", "explanation"), ROWS)
def test_an_explanation_counts_as_a_warning_too(stated: Fault, explanation: Fault) -> None:
    """What was only a warning by itself explains just as well, but for what explains only as an error."""
    report = judged(stated, failing(explanation, severity=Severity.WARNING))
    if explanation in (faults.REGION_MISSING, faults.ISSUER_URL_INVALID):
        assert report.root_cause
        assert report.root_cause.fault == stated
        assert result_of(report, f"local.{explanation.name}").status is Status.WARN
    else:
        assert cause(report) == (explanation.name, f"local.{explanation.name}", Severity.ERROR)


@pytest.mark.parametrize(("stated", "first", "later"), PAIRS)
def test_the_first_listed_explanation_wins(stated: Fault, first: Fault, later: Fault) -> None:
    """Of several explanations the first of the table is the root cause, wherever it stands in the chain."""
    checks = failing(later, severity=Severity.ERROR), failing(first, severity=Severity.ERROR)
    assert cause(judged(stated, *checks)) == (first.name, f"local.{first.name}", Severity.ERROR)
    assert cause(judged(stated, *reversed(checks))) == (first.name, f"local.{first.name}", Severity.ERROR)


@pytest.mark.parametrize("stated", STATED)
def test_what_cannot_explain_is_never_the_root_cause(stated: Fault) -> None:
    """Every other fault stays in the report, as a result and not as the cause; then the answer itself is the cause."""
    strangers = [fault for fault in faults.ALL if fault not in (*EXPLANATIONS[stated.name], stated)]
    report = judged(stated, *map(failing, strangers))
    assert report.root_cause
    assert report.root_cause.fault == stated
    assert report.root_cause.check.startswith("exchange.")
    assert report.root_cause.also_possible == tuple(fault.name for fault in ALSO_POSSIBLE.get(stated.name, ()))
    assert {f"local.{fault.name}" for fault in strangers} < found(report).keys()


@pytest.mark.parametrize(
    "stated",
    [fault for fault in faults.ALL if fault.code.startswith("IRSA6") and fault.name not in EXPLANATIONS],
    ids=lambda fault: fault.name,
)
def test_answers_without_explanations_are_the_cause(stated: Fault) -> None:
    """An answer that says all by itself is the root cause, whatever else was found."""
    report = judged(stated, *map(failing, (faults.TOKEN_EXPIRED, faults.ROLE_ARN_INVALID, faults.JWKS_INVALID)))
    assert cause(report) == (stated.name, "exchange.accepted", Severity.ERROR)


@pytest.mark.parametrize(
    ("answer", "changes", "name", "check"),
    [
        (NO_PROVIDER, {"token": token(audience=("api",))}, "token-wrong-kind", "token.kind"),
        (NO_PROVIDER, {"settings": OTHER_PARTITION}, "partition-mismatch", "environment.partition"),
        (NO_PROVIDER, {"token": token(issuer="https://a.test/?b")}, "issuer-url-invalid", "issuer.url"),
        (NO_PROVIDER, {"token": token(issuer="https://a.test/")}, "oidc-provider-missing", "exchange.accepted"),
        (NO_PROVIDER, {}, "oidc-provider-missing", "exchange.accepted"),
        (NO_CLAIM, {"token": token(legacy=True, audience=())}, "token-wrong-kind", "token.kind"),
        (NO_CLAIM, {"token": token(problems={"exp": "missing"})}, "token-missing-claim", "token.complete"),
        (NO_CLAIM, {}, "token-missing-claim", "exchange.accepted"),
        (NO_KEY, {"discovery": Failed("denied", "403")}, "issuer-access-denied", "issuer.discovery"),
        (NO_KEY, {"jwks": Failed("denied", "403")}, "issuer-access-denied", "issuer.keys"),
        (NO_KEY, {"chain": chain(name_matches=False)}, "issuer-certificate-name-mismatch", "certificate.name"),
        (NO_KEY, {"moment": Moment(NOW + 99 * DAY)}, "verification-key-unavailable", "exchange.accepted"),
        (NO_KEY, {"moment": Moment(NOW + 101 * DAY)}, "issuer-certificate-expired", "certificate.unexpired"),
        (NO_KEY, {"discovery": Failed("content", "not JSON")}, "discovery-invalid", "issuer.discovery"),
        (NO_KEY, {"discovery": discovery(issuer="https://a.test")}, "issuer-mismatch", "issuer.name"),
        (NO_KEY, {"jwks": jwks(key("kid-2"))}, "key-not-published", "issuer.key_published"),
        (NO_KEY, {"jwks": jwks(key(problem="has key_ops"))}, "jwks-invalid", "issuer.keys"),
        (NO_KEY, {"jwks": Failed("timeout", "no answer")}, "jwks-unreachable", "issuer.keys"),
        (NO_KEY, {"jwks": jwks(key(), seconds=6.0)}, "issuer-slow", "issuer.prompt"),
        (NO_KEY, {"chain": UNTRUSTED}, "issuer-certificate-untrusted", "certificate.trusted"),
        (NO_KEY, {"discovery": Failed("dns", "it does not resolve")}, "issuer-unreachable", "issuer.discovery"),
        (NO_KEY, {"token": token(algorithm="HS256")}, "algorithm-unsupported", "token.algorithm"),
        (NO_KEY, {"signature": NOT_FITTING}, "verification-key-unavailable", "exchange.accepted"),
        (NOT_VALIDATED, {"token": token(warnafter=True, audience=("b",))}, "token-wrong-kind", "token.kind"),
        (NOT_VALIDATED, {"token": token(audience=("a", "b"))}, "audience-ambiguous", "token.audience"),
        (NOT_VALIDATED, {"token": token(audience=("vault",))}, "audience-mismatch", "token.audience"),
        (NOT_VALIDATED, {"signature": NOT_FITTING}, "signature-invalid", "issuer.signature"),
        (NOT_VALIDATED, {"jwks": jwks(key(problem="has key_ops"))}, "jwks-invalid", "issuer.keys"),
        (NOT_VALIDATED, {"jwks": Failed("timeout", "no answer")}, "token-unverifiable", "exchange.accepted"),
        (WRONG_AUDIENCE, {"token": token(audience=("vault",))}, "audience-mismatch", "token.audience"),
        (WRONG_AUDIENCE, {}, "audience-mismatch", "exchange.accepted"),
        (NO_JWT, {"token_file": token_file(surrounded="a line break")}, "token-file-unclean", "token_file.clean"),
        (NO_JWT, {"token": Failed("malformed", "it has 5 parts")}, "token-malformed", "token.wellformed"),
        (BAD_ARN, {"settings": BAD_ROLE}, "role-arn-invalid", "environment.role_arn"),
        (BAD_ARN, {}, "role-arn-invalid", "exchange.accepted"),
        (DENIED, {"settings": OTHER_PARTITION}, "partition-mismatch", "environment.partition"),
        (DENIED, {}, "trust-policy-denied", "exchange.accepted"),
        (refused("ExpiredToken", ""), {"token": token(expires=NOW - DAY)}, "token-expired", "token.unexpired"),
        (
            refused("TeapotError", "short"),
            {"token": token(expires=NOW - DAY)},
            "sts-refused-unknown",
            "exchange.accepted",
        ),
        (refused("", "", 502), {"settings": BAD_ROLE}, "sts-refused-unknown", "exchange.accepted"),
        (refused("Throttling", "Rate exceeded"), {"settings": BAD_ROLE}, "throttled", "exchange.accepted"),
    ],
)
def test_answers_and_what_was_seen(answer: object, changes: dict[str, object], name: str, check: str) -> None:
    """The real chain, on real facts, names what explains STS's answer, or what it says itself."""
    report = answered(answer, **UNSHOWN, **changes)
    assert cause(report) == (name, check, Severity.ERROR)
    assert not report.healthy
    assert result_of(report, "exchange.accepted").status is Status.FAIL


def test_unexplained_denial_names_what_else_it_may_be() -> None:
    """A denial that nothing explains carries the policy that would admit the token, and the other causes."""
    report = answered(DENIED, **UNSHOWN)
    assert report.root_cause == RootCause(
        faults.TRUST_POLICY_DENIED,
        Severity.ERROR,
        "exchange.accepted",
        result_of(report, "exchange.accepted").evidence,
        (
            "role-not-found",
            "trust-explicit-deny",
            "trust-principal-mismatch",
            "trust-action-missing",
            "trust-condition-key-wrong",
            "trust-wildcard-literal",
            "trust-subject-mismatch",
            "trust-audience-mismatch",
        ),
    )
    assert report.root_cause.evidence["trust_policy"].startswith('{"Version": "2012-10-17"')
    assert report.root_cause.evidence["message"] == DENIED.message


def test_a_denial_that_the_policy_does_not_explain() -> None:
    """Where role and policy are seen and admit the token, neither of them is possible any more."""
    report = answered(DENIED)
    assert cause(report) == ("trust-policy-denied", "exchange.accepted", Severity.ERROR)
    assert report.root_cause
    assert report.root_cause.also_possible == ()


def test_a_token_that_the_provider_accepts_has_no_wrong_audience() -> None:
    """The provider's client ids outrank what the operator expects by default."""
    own = {"token": token(audience=("openshift",)), "oidc_provider": OidcProvider("its ARN", ("openshift",), ())}
    report = answered(refused(INVALID, "The web identity token provided could not be validated."), **own)
    assert cause(report) == ("token-unverifiable", "exchange.accepted", Severity.ERROR)


# ---- 1. The exchange succeeded


def test_a_mount_for_another_audience_does_not_explain_a_refusal() -> None:
    """What STS refused is our own token, and that has the right audience."""
    report = answered(NOT_VALIDATED, **UNSHOWN, **mounting(audience="vault"))
    assert cause(report) == ("token-unverifiable", "exchange.accepted", Severity.ERROR)
    assert result_of(report, "kubernetes.token_volume").evidence["container"] == "irsa-doctor"


def test_a_healthy_pod() -> None:
    """Without any fault the report is healthy, and has no root cause."""
    report = diagnosed()
    assert report.healthy
    assert (report.root_cause, report.overdue, found(report)) == (None, False, {})
    assert [result.check for result in report.results] == [check.name for check in CHAIN]
    assert [result.question for result in report.results] == [check.question for check in CHAIN]
    assert result_of(report, "exchange.accepted").detail == ASSUMED
    assert (report.version, report.duration_seconds) == ("1.2.3", 0.25)
    assert report.started == datetime(2026, 9, 21, 14, 13, 20, tzinfo=UTC)


ALONE: dict[str, object] = {"service_account": NOT_LOOKED, "neighbours": NOT_LOOKED}
"""Nobody has another role than this container's."""


@pytest.mark.parametrize(
    ("changes", "check"),
    [
        ({"token": token(audience=("vault",))}, "token.audience"),
        ({"token": token(expires=NOW - DAY)}, "token.unexpired"),
        ({"token": token(issuer="https://a.test/?b")}, "issuer.url"),
        ({"settings": BAD_ROLE, **ALONE}, "environment.role_arn"),
        ({"settings": OTHER_PARTITION, **ALONE}, "environment.partition"),
        ({"token_file": Failed("permission", "it is not for this user")}, "token_file.readable"),
    ],
)
def test_success_lowers_what_was_predicted(changes: dict[str, object], check: str) -> None:
    """What predicted that the exchange would fail becomes a warning: STS has accepted the token."""
    report = diagnosed(**changes)
    assert report.healthy
    assert report.root_cause is None
    assert result_of(report, check).status is Status.WARN
    assert result_of(report, check).severity is Severity.WARNING
    assert result_of(report, check).detail.endswith(PREDICTED)


def test_success_leaves_warnings_as_they_are() -> None:
    """What was a warning anyhow predicted nothing, and a pod in good order but for warnings is healthy."""
    report = diagnosed(jwks=Failed("dns", "it does not resolve"), token_file=token_file(mode=0o644), clock=Clock(90.0))
    assert report.healthy
    assert found(report) == dict.fromkeys(("token_file.private", "issuer.keys", "clock.synchronised"), Status.WARN)
    assert not any(PREDICTED in result.detail for result in report.results)


@pytest.mark.parametrize(
    ("changes", "name", "check"),
    [
        ({"provider": SHADOWED}, "shadowed-credentials", "environment.unshadowed"),
        (
            {"workload": Process(1000, frozenset())},
            "workload-cannot-read-token",
            "token_file.workload_readable",
        ),
        (
            {"expectation": expectation(role_arn=f"{ROLE}-2")},
            "role-arn-unexpected",
            "environment.role_expected",
        ),
    ],
)
def test_success_proves_nothing_about_the_workload(changes: dict[str, object], name: str, check: str) -> None:
    """The exchange was ours: what is wrong for the workload stays an error, and is the root cause."""
    report = diagnosed(**changes)
    assert not report.healthy
    assert cause(report) == (name, check, Severity.ERROR)
    assert result_of(report, "exchange.accepted").status is Status.PASS


def test_the_first_error_that_remains_is_the_root_cause() -> None:
    """Of the errors that success leaves, the first along the chain is the root cause; lowered ones are passed over."""
    report = diagnosed(settings=BAD_ROLE, provider=SHADOWED, workload=Process(1000, frozenset()))
    assert cause(report) == ("shadowed-credentials", "environment.unshadowed", Severity.ERROR)
    assert result_of(report, "environment.role_arn").status is Status.WARN
    assert result_of(report, "token_file.workload_readable").status is Status.FAIL


def test_other_sdks_orders_are_a_warning() -> None:
    """Where only other SDKs' orders would take something else, the pod is healthy."""
    provider = Provider("assume-role-with-web-identity", "the environment", (("Rust", "profile default"),))
    report = diagnosed(provider=provider)
    assert report.healthy
    assert found(report) == {"environment.unshadowed": Status.WARN}


def test_identity_refused_for_its_time_raises_the_clock() -> None:
    """Where GetCallerIdentity is refused for its time, the clock that is seen to differ is an error and the cause."""
    report = diagnosed(caller=TIME_REFUSED, clock=Clock(-3600.0))
    assert not report.healthy
    assert cause(report) == ("clock-skew", "clock.synchronised", Severity.ERROR)
    assert result_of(report, "exchange.identity").status is Status.SKIP


def test_identity_refused_for_its_time_without_a_clock_to_show() -> None:
    """Where no difference was measured, the refusal itself names the clock, as an error."""
    report = diagnosed(caller=TIME_REFUSED, clock=NOT_LOOKED)
    assert not report.healthy
    assert cause(report) == ("clock-skew", "exchange.identity", Severity.ERROR)


def test_identity_refused_otherwise_is_a_warning() -> None:
    """Another refusal of GetCallerIdentity is a warning, and leaves the clock's as it is."""
    report = diagnosed(caller=refused("InvalidClientTokenId", "invalid", 403), clock=Clock(3600.0))
    assert report.healthy
    assert found(report) == {"exchange.identity": Status.WARN, "clock.synchronised": Status.WARN}


def test_identity_not_reached_changes_nothing() -> None:
    """A network failure of GetCallerIdentity leaves the pod as healthy as it was."""
    report = diagnosed(caller=Failed("timeout", "no answer within 5 s"))
    assert report.healthy
    assert result_of(report, "exchange.identity").status is Status.SKIP
    assert found(report) == {}


# ---- 2. STS answered with an error


@pytest.mark.parametrize(
    ("changes", "check"),
    [
        ({"token": token(audience=("vault",))}, "token.audience"),
        ({"token": token(audience=("api",))}, "token.kind"),
        ({"token": token(expires=NOW - DAY)}, "token.unexpired"),
        ({"token": token(issued=NOW + DAY)}, "token.started"),
        ({"token": token(algorithm="HS256")}, "token.algorithm"),
        ({"token": token(problems={"exp": "missing"})}, "token.complete"),
        ({"token": token(issuer="http://a.test")}, "issuer.url"),
    ],
)
@pytest.mark.parametrize(
    "answer",
    [DENIED, refused(INVALID, "The target role ARN is not present in the roles claim of the identity token")],
    ids=["denied", "roles"],
)
def test_a_late_refusal_lowers_what_it_refutes(answer: object, changes: dict[str, object], check: str) -> None:
    """STS asks trust policy and roles claim last: what it says of them proves that the token was good (FACTS A11)."""
    report = answered(answer, **UNSHOWN, **changes)
    assert report.root_cause
    assert report.root_cause.check == "exchange.accepted"
    assert result_of(report, check).status is Status.WARN
    assert result_of(report, check).detail.endswith(FOUND_GOOD)


def test_a_late_refusal_leaves_the_rest() -> None:
    """A denial says nothing about the workload, and its own warnings stay warnings."""
    report = answered(DENIED, provider=SHADOWED, jwks=Failed("dns", "it does not resolve"))
    assert found(report) == {
        "environment.unshadowed": Status.FAIL,
        "issuer.keys": Status.WARN,
        "exchange.accepted": Status.FAIL,
    }
    assert not any(FOUND_GOOD in result.detail for result in report.results)


def test_an_early_refusal_refutes_nothing() -> None:
    """An answer that STS gives before it looks at the token leaves what was predicted."""
    report = answered(NO_PROVIDER, token=token(expires=NOW - 301))
    assert found(report) == {
        "token_file.fresh": Status.WARN,
        "token.unexpired": Status.FAIL,
        "exchange.accepted": Status.FAIL,
    }
    assert cause(report) == ("oidc-provider-missing", "exchange.accepted", Severity.ERROR)


def test_an_explaining_warning_becomes_an_error() -> None:
    """What STS's answer confirms is raised to an error, in its result too; other warnings stay."""
    report = answered(NO_KEY, jwks=Failed("denied", "403"), token_file=token_file(mode=0o644))
    assert found(report) == {
        "token_file.private": Status.WARN,
        "issuer.keys": Status.FAIL,
        "exchange.accepted": Status.FAIL,
    }
    assert result_of(report, "issuer.keys").severity is Severity.ERROR


def test_a_clock_does_not_explain_a_refusal() -> None:
    """The exchange is not signed: this pod's clock is nothing to STS (FACTS H1)."""
    report = answered(refused("ExpiredTokenException", "Token expired"), clock=Clock(9000.0))
    assert cause(report) == ("token-expired", "exchange.accepted", Severity.ERROR)
    assert result_of(report, "clock.synchronised").status is Status.WARN


# ---- 3. STS was asked and not reached


@pytest.mark.parametrize(
    ("changes", "name", "check"),
    [
        ({}, "sts-dns", "exchange.reached"),
        ({"settings": BAD_REGION}, "region-invalid", "environment.region"),
        ({"settings": ONLY_AWS_REGION}, "sts-dns", "exchange.reached"),
        ({"settings": NO_REGION}, "sts-dns", "exchange.reached"),
        (
            {
                "settings": NO_REGION._replace(
                    role_arn=Setting("arn:aws-cn:iam::111122223333:role/cart", "AWS_ROLE_ARN")
                )
            },
            "region-missing",
            "environment.region",
        ),
        (
            {
                "settings": settings(endpoint_url=Setting("sts.test", "AWS_ENDPOINT_URL_STS")),
                "endpoint": Failed("url", "it is not a URL"),
            },
            "sts-endpoint-setting-invalid",
            "environment.sts_endpoint",
        ),
        ({"token": token(expires=NOW - DAY)}, "sts-dns", "exchange.reached"),
        ({"settings": BAD_ROLE}, "sts-dns", "exchange.reached"),
        ({"provider": SHADOWED}, "sts-dns", "exchange.reached"),
        ({"jwks": Failed("denied", "403")}, "sts-dns", "exchange.reached"),
    ],
)
def test_what_was_seen_on_the_wire_outranks_predictions(changes: dict[str, object], name: str, check: str) -> None:
    """STS not reached is the cause, unless region or endpoint explain it; never what was predicted of the token."""
    report = answered(Failed("dns", f"{STS} does not resolve"), **changes)
    assert cause(report) == (name, check, Severity.ERROR)
    assert not report.healthy
    assert result_of(report, "exchange.accepted").status is Status.SKIP
    assert result_of(report, "exchange.reached").status is Status.FAIL


def test_a_proxys_failure_is_the_cause_itself() -> None:
    """A proxy that fails is found by the exchange, and explains itself."""
    report = answered(Failed("proxy", "the proxy answers 407"))
    assert cause(report) == ("proxy-error", "exchange.reached", Severity.ERROR)


# ---- 4. STS was not asked


def test_the_first_error_along_the_chain() -> None:
    """Where STS was not asked the first error of the chain is the root cause, past any warning."""
    report = answered(
        Absent("there is no token to exchange"),
        settings=ONLY_AWS_REGION,
        token_file=Failed("missing", "there is no such file"),
        token=NOT_LOOKED,
        provider=SHADOWED,
    )
    assert cause(report) == ("shadowed-credentials", "environment.unshadowed", Severity.ERROR)
    assert found(report) == {
        "environment.region": Status.WARN,
        "environment.unshadowed": Status.FAIL,
        "token_file.readable": Status.FAIL,
    }


def test_a_pod_without_irsa_fails() -> None:
    """A pod without the variables is broken, never "nothing to check"."""
    nothing = settings(role_arn=None, token_file=None)
    absent = Absent("no token file is set")
    report = answered(Absent("no role ARN is set"), settings=nothing, token_file=absent, token=absent)
    assert not report.healthy
    assert cause(report) == ("irsa-env-not-injected", "environment.injected", Severity.ERROR)


BARE = tuple(one._replace(injected=False) for one in POD.containers)
"""The pod's containers, without the webhook's settings."""


@pytest.mark.parametrize(
    ("changes", "name", "check"),
    [
        ({"service_account": ACCOUNT._replace(role_arn=None)}, "service-account-not-annotated", "kubernetes.annotated"),
        ({"service_account": ACCOUNT._replace(annotated=NOW)}, "pod-older-than-annotation", "kubernetes.pod_newer"),
        (in_cluster(skipped=("irsa-doctor",), containers=BARE), "container-skipped", "kubernetes.not_skipped"),
        (
            {**in_cluster(webhook_skipped=True, containers=BARE), "service_account": ACCOUNT._replace(role_arn=None)},
            "container-skipped",
            "kubernetes.not_skipped",
        ),
        (in_cluster(skipped=("app",), containers=BARE), "irsa-env-not-injected", "environment.injected"),
    ],
)
def test_what_the_cluster_shows_explains_a_pod_without_irsa(changes: dict[str, object], name: str, check: str) -> None:
    """Why the webhook gave nothing is the root cause, and not that it gave nothing."""
    nothing = settings(role_arn=None, token_file=None)
    absent = Absent("no token file is set")
    report = answered(Absent("no role ARN is set"), settings=nothing, token_file=absent, token=absent, **changes)
    assert cause(report) == (name, check, Severity.ERROR)


@pytest.mark.parametrize(
    "changes",
    [
        {"neighbours": Neighbours((NEIGHBOUR._replace(process=Process(7, frozenset())),))},
        {"service_account": ACCOUNT._replace(role_arn=f"{ROLE}-new", annotated=NOW)},
        {"inventories": Inventories((Inventory("it", (Sdk(BOTOCORE, "1.12.0", "/x"),)),))},
    ],
)
def test_success_says_nothing_about_the_workload(changes: dict[str, object]) -> None:
    """The exchange was ours: what is wrong with the workload stays an error, and is the root cause."""
    report = diagnosed(**changes)
    assert not report.healthy
    assert report.root_cause is not None
    assert (report.root_cause.severity, report.root_cause.fault.code[:5]) == (Severity.ERROR, "IRSA8")


def test_pod_identity_alone_is_the_root_cause_although_a_warning() -> None:
    """A pod that has Pod Identity's variables only is no IRSA pod: that is said first, and stays a warning."""
    only = settings(role_arn=None, token_file=None, pod_identity=POD_IDENTITY)
    absent = Absent("no token file is set")
    report = answered(
        Absent("no role ARN is set"),
        settings=only,
        token_file=absent,
        token=absent,
        provider=Provider("container-role", "AWS_CONTAINER_CREDENTIALS_FULL_URI"),
    )
    assert not report.healthy
    assert cause(report) == ("pod-identity-in-use", "environment.injected", Severity.WARNING)
    assert found(report) == {"environment.injected": Status.WARN}


def test_pod_identity_beside_irsa_is_no_root_cause() -> None:
    """With IRSA's variables beside them, Pod Identity's are a warning like others."""
    both = settings(pod_identity=POD_IDENTITY)
    assert cause(answered(NOT_LOOKED, settings=both)) is None
    assert cause(diagnosed(settings=both)) is None
    assert diagnosed(settings=both).healthy


def test_without_the_exchange_nothing_is_healthy() -> None:
    """A run that did not ask STS is not healthy; where no error was found there is no root cause either."""
    report = answered(Absent("the exchange was not asked for (--no-exchange)"), token_file=token_file(mode=0o644))
    assert (report.healthy, report.root_cause, report.overdue) == (False, None, False)
    assert found(report) == {"token_file.private": Status.WARN}


def test_without_the_exchange_errors_are_still_the_cause() -> None:
    """What was found without asking STS is the root cause, with its own severity."""
    report = answered(NOT_LOOKED, token=token(audience=("vault",)))
    assert cause(report) == ("audience-mismatch", "token.audience", Severity.ERROR)


def test_an_exchange_that_came_too_late() -> None:
    """A run whose deadline was over before the exchange says so, and is not healthy."""
    report = answered(Absent("not reached within the deadline of 30 s", overdue=True))
    assert (report.healthy, report.root_cause, report.overdue) == (False, None, True)
    assert result_of(report, "exchange.reached").detail == "not reached within the deadline of 30 s"


# ---- A bug in a check


def crashing(name: str) -> Check:
    """Return a check that raises, with data in its message."""

    def crash() -> Verdict:
        message = "eyJhbGciOiJSUzI1NiJ9"
        raise KeyError(message)

    return Check(name, "Is it so?", (), crash)


def test_a_crash_is_told_by_its_type_only() -> None:
    """A check that raises is in the report as a crash, without the exception's words, and the others go on."""
    report = report_of(healthy(), (crashing("a.bug"), *CHAIN))
    assert result_of(report, "a.bug") == Result("a.bug", "Is it so?", Status.CRASH, "the check crashed (KeyError)")
    assert [result.status for result in report.results[1:]] == [result.status for result in diagnosed().results]
    assert "eyJhbGciOiJSUzI1NiJ9" not in repr(report)


def test_a_crash_is_not_healthy() -> None:
    """A run in which a check crashed is not healthy, and has no root cause of its own."""
    report = report_of(healthy(), (crashing("a.bug"), *CHAIN))
    assert (report.healthy, report.root_cause) == (False, None)


@pytest.mark.parametrize(
    ("crashed", "sts"),
    [("exchange.accepted", DENIED), ("exchange.reached", Failed("dns", "it does not resolve"))],
)
def test_a_crash_of_the_exchanges_own_check(crashed: str, sts: object) -> None:
    """Where the check that reads STS's answer crashes, the first error along the chain is the cause."""
    checks = tuple(crashing(crashed) if check.name == crashed else check for check in CHAIN)
    assert report_of(healthy(sts=sts, caller=NOT_LOOKED), checks).root_cause is None
    report = report_of(healthy(sts=sts, caller=NOT_LOOKED, settings=BAD_ROLE), checks)
    assert cause(report) == ("role-arn-invalid", "environment.role_arn", Severity.ERROR)


def test_success_needs_its_check() -> None:
    """Without a check that saw the exchange pass, no report is healthy."""
    report = report_of(healthy(), (stub("some.check", Pass("it is so")),))
    assert (report.healthy, report.root_cause) == (False, None)


# ---- Identity and measurements


def test_identity() -> None:
    """The report says who the pod says it is, and who STS says it is."""
    identity = diagnosed().identity
    assert (identity.role_arn, identity.issuer, identity.subject) == (ROLE, ISSUER, SUBJECT)
    assert (identity.audience, identity.assumed_role_arn) == (("sts.amazonaws.com",), ASSUMED)
    assert answered(DENIED).identity == identity._replace(assumed_role_arn=None)


def test_measurements() -> None:
    """The report carries what was measured on the way."""
    timings = Timings(Phases(resolve=0.1), Phases(connect=0.2), Phases(tls=0.3, response=0.4))
    assert diagnosed(timings=timings).measurements == Measurements(
        token_issued=NOW - 600,
        token_expiry=NOW - 600 + DAY,
        token_file_modified=NOW - 600,
        credentials_expiry=NOW + 3600,
        jwks_keys=1,
        issuer_certificate_expiry=NOW + 100 * DAY,
        clock_skew_seconds=0.4,
        sts_code="ok",
        issuer=Phases(resolve=0.1),
        jwks=Phases(connect=0.2),
        sts=Phases(tls=0.3, response=0.4),
    )


def test_nothing_was_measured() -> None:
    """Where nothing could be seen, identity and measurements are empty."""
    unseen = dict.fromkeys(
        (
            "provider",
            "endpoint",
            "token_file",
            "token",
            "discovery",
            "jwks",
            "chain",
            "signature",
            "sts",
            "caller",
            "clock",
        ),
        NOT_LOOKED,
    )
    report = diagnosed(settings=Failed("profile-missing", "there is no profile shop"), **unseen)
    assert report.measurements == Measurements()
    assert report.identity == report.identity._replace(role_arn=None, issuer=None, subject=None, audience=())
    assert cause(report) == ("aws-profile-invalid", "environment.injected", Severity.ERROR)


def test_no_role_no_identity() -> None:
    """A pod without a role ARN has none in its identity."""
    assert diagnosed(settings=settings(role_arn=None)).identity.role_arn is None


@pytest.mark.parametrize(
    ("sts", "code"),
    [
        (DENIED, "AccessDenied"),
        (refused("", "", 502), "other"),
        (Failed("dns", "it does not resolve"), "none"),
        (NOT_LOOKED, None),
    ],
)
def test_sts_code(sts: object, code: str | None) -> None:
    """STS's code is told as it is; an answer without one, silence, and no question are told apart."""
    assert answered(sts).measurements.sts_code == code
