"""What the agent of EKS Pod Identity says, beside what STS says: the rules by which the root cause is named."""

import pytest

from cases import (
    AGENTS_SESSION,
    ASSUMED,
    DAY,
    DENIED,
    NOT_LOOKED,
    NOW,
    POD_IDENTITY,
    TIME_REFUSED,
    agent_refused,
    healthy,
    meant_for_it,
    pod_identity,
    refused,
    settings,
    token,
)
from sidecar.checks import CHAIN
from sidecar.diagnosis import diagnose
from sidecar.facts import Clock, Facts, Moment, PodIdentity, Setting
from sidecar.model import Absent, Failed, Report, Severity, Status
from sidecar.render.conclusion import unproven
from sidecar.render.termination import termination
from test_diagnosis import cause, found, result_of

NO_ASSOCIATION = agent_refused("ResourceNotFoundException", "No association found", 404)
NOT_TRUSTED = agent_refused(
    "AccessDeniedException", "Unauthorized Exception! EKS does not have permissions to assume the associated role."
)
UNKNOWN = agent_refused("TeapotException", "I am short and stout", 418)
UNREACHED = Failed("refused", "169.254.170.23 cannot be connected to (Connection refused)")
LATE = Absent("not reached within the deadline of 30 s", overdue=True)
WEB_IDENTITY_FIRST = pod_identity(before=Setting("web identity (IRSA)", "AWS_WEB_IDENTITY_TOKEN_FILE"))
EXPIRED = {"moment": Moment(NOW + 2 * DAY)}
WRONG_AUDIENCE = {"agent_token": token()}


def diagnosed(facts: Facts) -> Report:
    """Return the report on these facts."""
    return diagnose(facts, CHAIN, version="1.2.3", started=NOW, duration_seconds=0.25)


def meant(**changes: object) -> Report:
    """Return the report on a pod that is meant for Pod Identity, with these changes."""
    return diagnosed(healthy(**meant_for_it(**changes)))


def unanswered(agent: object, **changes: object) -> Report:
    """Return the report on such a pod to which the agent gave no credentials."""
    return meant(agent=agent, agent_caller=NOT_LOOKED, **changes)


def alone(agent: object = None, **changes: object) -> Report:
    """Return the report on a pod that has Pod Identity alone, and of which nobody says what it is meant for."""
    absent = Absent("no token file is set")
    given = {} if agent is None else {"agent": agent, "agent_caller": NOT_LOOKED}
    theirs = {
        **{name: fact for name, fact in meant_for_it().items() if name.startswith(("pod_identity", "agent"))},
        "settings": settings(role_arn=None, token_file=None, pod_identity=POD_IDENTITY),
        **dict.fromkeys(("provider", "token_file", "token", "sts", "caller"), absent),
        **given,
        **changes,
    }
    return diagnosed(healthy(**theirs))


def both(agent: object = None, **changes: object) -> Report:
    """Return the report on a pod that has both mechanisms; IRSA's exchange succeeds."""
    given = {} if agent is None else {"agent": agent, "agent_caller": NOT_LOOKED}
    theirs = {name: fact for name, fact in meant_for_it().items() if name.startswith("agent")}
    mixed = {"settings": settings(pod_identity=POD_IDENTITY), "pod_identity": WEB_IDENTITY_FIRST}
    return diagnosed(healthy(**{**theirs, **mixed, **given, **changes}))


# ---- meant for Pod Identity


def test_its_credentials_are_health() -> None:
    """The agent gave credentials, and they are somebody's: identity and measurements are theirs."""
    report = meant()
    assert (report.healthy, report.root_cause, report.overdue) == (True, None, False)
    assert report.identity.assumed_role_arn == AGENTS_SESSION
    assert report.identity.role_arn is None
    assert report.identity.audience == ("pods.eks.amazonaws.com",)
    assert report.measurements.credentials_expiry == NOW + 6 * 3600
    assert report.measurements.token_expiry == NOW - 600 + DAY
    assert report.measurements.token_file_modified == NOW - 600
    assert report.measurements.sts_code is None
    assert termination(report) == f"healthy: {AGENTS_SESSION}"


def test_nothing_of_irsa_is_judged() -> None:
    """Every check of it is skipped, with the option as the reason; the clock is no mechanism's."""
    others = ("pod_identity.", "clock.", "kubernetes.", "workload.", "sdk.")
    of_irsa = [one for one in meant().results if not one.check.startswith(others)]
    assert {(one.status, one.detail) for one in of_irsa} == {(Status.SKIP, "--mechanism pod-identity")}
    assert result_of(meant(), "clock.synchronised").status is Status.PASS


@pytest.mark.parametrize(
    ("changes", "name", "check"),
    [
        ({"pod_identity": PodIdentity()}, "pod-identity-not-used", "configured"),
        ({"pod_identity": WEB_IDENTITY_FIRST}, "pod-identity-not-used", "first"),
        ({"pod_identity": pod_identity(agent=None)}, "pod-identity-config-invalid", "configured"),
        ({"agent_file": Failed("missing", "it is not there")}, "pod-identity-token-unusable", "token_readable"),
    ],
)
def test_what_keeps_it_from_the_agent(changes: dict[str, object], name: str, check: str) -> None:
    """The first error along the chain."""
    report = unanswered(NOT_LOOKED, **changes)
    assert not report.healthy
    assert cause(report) == (name, f"pod_identity.{check}", Severity.ERROR)


def test_credentials_that_no_sdk_would_come_to_are_not_healthy() -> None:
    """The agent gives them to us; SDKs take others first."""
    report = meant(pod_identity=WEB_IDENTITY_FIRST)
    assert not report.healthy
    assert cause(report) == ("pod-identity-not-used", "pod_identity.first", Severity.ERROR)


@pytest.mark.parametrize(
    ("agent", "name", "check"),
    [
        (UNREACHED, "pod-identity-agent-unavailable", "agent_reached"),
        (NO_ASSOCIATION, "pod-identity-association-missing", "credentials_given"),
        (NOT_TRUSTED, "pod-identity-role-refused", "credentials_given"),
        (UNKNOWN, "pod-identity-error", "credentials_given"),
    ],
)
def test_what_the_agent_says_is_the_cause(agent: object, name: str, check: str) -> None:
    """Its answer, or that there is none."""
    report = unanswered(agent)
    assert not report.healthy
    assert cause(report) == (name, f"pod_identity.{check}", Severity.ERROR)


@pytest.mark.parametrize("predicted", [EXPIRED, WRONG_AUDIENCE], ids=["expired", "audience"])
def test_an_answer_outranks_what_was_predicted_of_the_token(predicted: dict[str, object]) -> None:
    """Credentials, and what EKS can say only of a good token, make it a warning; silence and the rest do not."""
    assert meant(**predicted).healthy
    assert "the agent gave credentials" in str(meant(**predicted).results)
    for agent in (NO_ASSOCIATION, NOT_TRUSTED):
        report = unanswered(agent, **predicted)
        assert report.root_cause is not None
        assert report.root_cause.check == "pod_identity.credentials_given"
        assert "EKS found the token good" in str(report.results)
    for other in (UNREACHED, UNKNOWN):
        report = unanswered(other, **predicted)
        assert report.root_cause is not None
        assert report.root_cause.fault.name == "pod-identity-token-unusable"


@pytest.mark.parametrize(
    ("caller", "name"),
    [
        (refused("InvalidClientTokenId", "The security token ... is invalid", 403), "caller-identity-refused"),
        (TIME_REFUSED, "clock-skew"),
    ],
)  # fmt: skip
def test_credentials_that_sts_does_not_know_are_not_healthy(caller: object, name: str) -> None:
    """They do not work: an error, where IRSA's own would be a warning."""
    report = meant(agent_caller=caller, clock=Clock(400.0))
    assert not report.healthy
    assert cause(report) == (name, "pod_identity.identity", Severity.ERROR)


def test_an_sts_that_is_out_of_reach_changes_nothing() -> None:
    """A workload that needs no STS has its credentials; whose they are is then not known."""
    report = meant(agent_caller=Failed("timeout", "STS did not answer in time"), clock=NOT_LOOKED)
    assert report.healthy
    assert termination(report) == "healthy: the role is not known"


def test_an_agent_that_came_too_late() -> None:
    """The run says that its deadline was over, and by what."""
    report = unanswered(LATE)
    assert (report.healthy, report.root_cause, report.overdue) == (False, None, True)
    assert unproven(report) == "Pod Identity's agent was not reached within the deadline"


def test_an_agent_that_was_not_to_be_asked() -> None:
    """Not healthy, and no cause: why it was not asked is said."""
    report = unanswered(Absent("the agent is not to be asked (--no-exchange)"))
    assert (report.healthy, report.root_cause, report.overdue) == (False, None, False)
    assert unproven(report) == "the agent is not to be asked (--no-exchange)"


# ---- alone, and nobody says what the pod is meant for


def test_alone_it_is_the_root_cause_although_it_works() -> None:
    """The pod is no IRSA pod: a warning (FAULTS); whose credentials it gets is told."""
    report = alone()
    assert not report.healthy
    assert cause(report) == ("pod-identity-in-use", "environment.injected", Severity.WARNING)
    assert report.identity.assumed_role_arn == AGENTS_SESSION
    assert report.measurements.credentials_expiry == NOW + 6 * 3600


@pytest.mark.parametrize("agent", [UNREACHED, NO_ASSOCIATION, UNKNOWN])
def test_alone_its_error_comes_before_it(agent: object) -> None:
    """The workload gets no credentials, which is more than that it is no IRSA pod."""
    report = alone(agent)
    assert cause(report) is not None
    assert report.root_cause is not None
    assert report.root_cause.severity is Severity.ERROR
    assert report.root_cause.check.startswith("pod_identity.")


def test_alone_another_error_does_not_come_before_it() -> None:
    """What is wrong with IRSA's settings does not matter in a pod without IRSA."""
    wrong = settings(role_arn=None, token_file=None, pod_identity=POD_IDENTITY, region_partition=None)
    report = alone(settings=wrong)
    assert result_of(report, "environment.region").severity is Severity.ERROR
    assert cause(report) == ("pod-identity-in-use", "environment.injected", Severity.WARNING)


def test_alone_and_late_is_not_overdue() -> None:
    """It is IRSA's exchange that the exit code is about, where nobody says otherwise."""
    assert not alone(LATE).overdue


# ---- both


def test_both_that_work_are_healthy() -> None:
    """With the warning that there are two, and who takes which; the identity is IRSA's."""
    report = both()
    assert report.healthy
    assert found(report) == {"environment.single_mechanism": Status.WARN}
    evidence = result_of(report, "environment.single_mechanism").evidence["who_wins"]
    assert "web identity for most SDKs" in evidence
    assert "Pod Identity for JavaScript v2" in evidence
    assert report.identity.assumed_role_arn == ASSUMED
    assert report.measurements.credentials_expiry == NOW + 3600


@pytest.mark.parametrize("agent", [UNREACHED, NO_ASSOCIATION, UNKNOWN])
def test_a_broken_agent_beside_irsa_is_a_warning(agent: object) -> None:
    """Most SDKs never come to it."""
    report = both(agent)
    assert report.healthy
    broken = [one for one in report.results if one.check.startswith("pod_identity.") and one.fault]
    assert [(one.status, one.detail.endswith("and it works)")) for one in broken] == [(Status.WARN, True)]


def test_a_refusal_of_irsas_exchange_is_the_cause_of_both() -> None:
    """Most SDKs stop at web identity, whatever the agent would give."""
    report = both(sts=DENIED, caller=NOT_LOOKED)
    assert not report.healthy
    assert report.root_cause is not None
    assert report.root_cause.check in {"exchange.accepted", "trust.admits"} or report.root_cause.fault.code < "IRSA8"
    assert report.identity.assumed_role_arn is None
    assert report.measurements.credentials_expiry is None
