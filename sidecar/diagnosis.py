"""From facts to a report: run the checks, weigh them by what STS said, and name the one root cause. Pure.

What STS says outranks what was predicted: its answer raises what it confirms to an error, lowers what it
refutes to a warning, and says which faults can be the cause at all.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import NamedTuple

from sidecar import faults
from sidecar.answers import refuses_time
from sidecar.check import Check
from sidecar.explanations import (
    ABOUT_THE_WORKLOAD,
    ALSO_POSSIBLE,
    EXPLANATIONS,
    NOT_ASKED,
    NOT_OF_THIS_CONTAINER,
    OF_SOME_CONTAINER,
    ONLY_AS_ERROR,
    PROVE_THE_AGENTS_TOKEN,
    PROVE_THE_TOKEN,
    REFUTED_BY,
)
from sidecar.facts import (
    Accepted,
    Caller,
    CertificateChain,
    Clock,
    Facts,
    Given,
    Jwks,
    Names,
    Refused,
    Settings,
    Token,
    TokenFile,
)
from sidecar.model import (
    Absent,
    Fail,
    Failed,
    Fault,
    Identity,
    Measurements,
    Pass,
    Report,
    Result,
    RootCause,
    Severity,
    Skip,
    Status,
)
from sidecar.templates import fillings


class _Cause(NamedTuple):
    result: Result
    also_possible: tuple[Fault, ...] = ()


def diagnose(facts: Facts, chain: Sequence[Check], *, version: str, started: float, duration_seconds: float) -> Report:
    """Return the report of one run. ``started`` is in seconds since the epoch."""
    results = _after_agent(facts, [_result(check, facts) for check in chain])
    cause = _cause(facts, results)
    results = _weighed(facts, results, cause)
    broken = any(result.severity is Severity.ERROR or result.status is Status.CRASH for result in results)
    decisive, answer = _decisive(facts)
    passed = any(result.check == decisive and result.status is Status.PASS for result in results)
    healthy = passed and not broken
    return Report(
        version=version,
        started=datetime.fromtimestamp(started, UTC),
        duration_seconds=duration_seconds,
        healthy=healthy,
        overdue=isinstance(answer, Absent) and answer.overdue,
        identity=_identity(facts),
        root_cause=None if healthy else _root_cause(cause, results),
        results=tuple(results),
        measurements=_measurements(facts),
    )


def _decisive(facts: Facts) -> tuple[str, object]:
    """Return the check that shows whether there are credentials, and the fact that it rests on."""
    if facts.expectation.pod_identity:
        return "pod_identity.credentials_given", facts.agent
    return "exchange.accepted", facts.sts


def _result(check: Check, facts: Facts) -> Result:
    try:
        verdict = check(facts)
    except Exception as error:  # noqa: BLE001 - a bug in one check must not hide what the others see
        # The type only: a message may carry data.
        return Result(check.name, check.question, Status.CRASH, f"the check crashed ({type(error).__name__})")
    if isinstance(verdict, Pass):
        return Result(check.name, check.question, Status.PASS, verdict.detail)
    if isinstance(verdict, Skip):
        return Result(check.name, check.question, Status.SKIP, verdict.why)
    fault = verdict.fault
    evidence = _completed(verdict, facts.names)
    found = Result(check.name, check.question, Status.FAIL, fault.title, fault, None, evidence)
    return _of_severity(found, verdict.severity or fault.severity)


def _completed(verdict: Fail, names: Names) -> Mapping[str, str]:
    """Return the evidence, and what else of the pod's names the fault's remedy and commands are filled in with."""
    wanted = fillings(verdict.fault) - verdict.evidence.keys()
    known = {name: value for name, value in names._asdict().items() if value and name in wanted}
    return {**verdict.evidence, **known}


def _of_severity(result: Result, severity: Severity, remark: str = "") -> Result:
    """Return the result with this severity, and the status that goes with it."""
    status = Status.FAIL if severity is Severity.ERROR else Status.WARN
    return result._replace(severity=severity, status=status, detail=result.detail + remark)


def _cause(facts: Facts, results: Sequence[Result]) -> _Cause | None:
    """Return the cause that STS's answer, its silence, or the chain itself names."""
    match facts.sts:
        case Accepted():
            return None
        case Refused():
            return _explained("exchange.accepted", results)
        case Failed():
            return _explained("exchange.reached", results)
        case _:
            return _unasked(_first(results), results)


def _unasked(first: _Cause | None, results: Sequence[Result]) -> _Cause | None:
    """Return what explains that STS was not asked, where the cluster shows it; else the first error itself."""
    stated = first.result.fault if first else None
    proven = _explaining(NOT_ASKED.get(stated.name, ()), results, other_than="") if stated else None
    return _Cause(proven) if proven else first


def _explained(check: str, results: Sequence[Result]) -> _Cause | None:
    """Return the likeliest proven explanation of what STS said, or what it said itself."""
    stated = next((result for result in results if result.check == check and result.fault), None)
    if stated is None or stated.fault is None:
        return _first(results)
    proven = _explaining(EXPLANATIONS.get(stated.fault.name, ()), results, other_than=check)
    if proven:
        return _Cause(proven)
    possible = ALSO_POSSIBLE.get(stated.fault.name, ())
    return _Cause(stated, tuple(fault for fault in possible if not _refuted(fault, results)))


def _explaining(explanations: Sequence[Fault], results: Sequence[Result], other_than: str) -> Result | None:
    """Return the first of these faults that is proven, and refuted by nothing."""
    for explanation in explanations:
        proven = _proven(explanation, results, other_than)
        if proven and not _refuted(explanation, results):
            return proven
    return None


def _refuted(fault: Fault, results: Sequence[Result]) -> bool:
    """Whether what IAM or the policy itself shows excludes the fault."""
    refuting = REFUTED_BY.get(fault.name, ())
    return any(result.check in refuting and result.status is Status.PASS for result in results)


def _elsewhere(result: Result) -> bool:
    """Whether the result is about another container, or about what STS was not asked with."""
    return result.check.startswith(NOT_OF_THIS_CONTAINER)


def _proven(fault: Fault, results: Sequence[Result], other_than: str) -> Result | None:
    for result in results:
        if result.check in (other_than, *OF_SOME_CONTAINER) or _elsewhere(result):
            continue
        if result.fault == fault:
            return None if fault.name in ONLY_AS_ERROR and result.severity is not Severity.ERROR else result
    return None


def _first(results: Sequence[Result]) -> _Cause | None:
    """Return the first error along the chain; Pod Identity alone is the cause although it is a warning.

    What is wrong with that Pod Identity comes before it.
    """
    for result in results:
        if result.fault == faults.POD_IDENTITY_IN_USE and result.check == "environment.injected":
            return _Cause(next((one for one in results if _is_error(one) and _of_pod_identity(one)), result))
        if _is_error(result):
            return _Cause(result)
    return None


def _is_error(result: Result) -> bool:
    return result.severity is Severity.ERROR


def _of_pod_identity(result: Result) -> bool:
    return result.check.startswith("pod_identity.")


def _after_agent(facts: Facts, results: list[Result]) -> list[Result]:
    """Lower what was predicted of the agent's token, where the agent's answer shows that the token was good."""
    proven = any(result.fault and result.fault.name in PROVE_THE_AGENTS_TOKEN for result in results)
    if not (proven or isinstance(facts.agent, Given)):
        return results
    remark = f" (predicted, but {'EKS found the token good' if proven else 'the agent gave credentials'})"
    predicted = faults.POD_IDENTITY_TOKEN_UNUSABLE
    return [_of_severity(one, Severity.WARNING, remark) if one.fault == predicted else one for one in results]


def _weighed(facts: Facts, results: Sequence[Result], cause: _Cause | None) -> list[Result]:
    """Return the results with the severities that STS's answer gives them."""
    if isinstance(facts.sts, Accepted):
        return [_after_success(facts, result) for result in results]
    if not isinstance(facts.sts, Refused | Failed):
        return list(results)
    proves_token = any(result.fault and result.fault.name in PROVE_THE_TOKEN for result in results)
    return [_after_failure(result, cause, proves_token=proves_token) for result in results]


def _after_success(facts: Facts, result: Result) -> Result:
    if result.fault is None:
        return result
    if result.fault == faults.CLOCK_SKEW and isinstance(facts.caller, Refused):
        if refuses_time(facts.caller.code, facts.caller.message):
            return _of_severity(result, Severity.ERROR)
        return result
    if _is_error(result) and _of_pod_identity(result):
        return _of_severity(result, Severity.WARNING, " (but most SDKs take web identity first, and it works)")
    about_the_workload = result.fault.name in ABOUT_THE_WORKLOAD or _elsewhere(result)
    if result.severity is Severity.ERROR and not about_the_workload:
        return _of_severity(result, Severity.WARNING, " (predicted, but STS accepted the token)")
    return result


def _after_failure(result: Result, cause: _Cause | None, *, proves_token: bool) -> Result:
    if result.fault is None:
        return result
    if cause and result.check == cause.result.check:
        return _of_severity(result, Severity.ERROR)
    about_the_token = result.fault.code.startswith(("IRSA2", "IRSA3"))
    if proves_token and about_the_token and not _elsewhere(result) and result.severity is Severity.ERROR:
        return _of_severity(result, Severity.WARNING, " (predicted, but STS found the token good)")
    return result


def _root_cause(cause: _Cause | None, results: Sequence[Result]) -> RootCause | None:
    """Return the root cause with the severity that its result ended up with."""
    found = cause or _first(results)
    for result in results:
        if found and result.check == found.result.check and result.fault and result.severity:
            also = tuple(fault.name for fault in found.also_possible)
            return RootCause(result.fault, result.severity, result.check, result.evidence, also)
    return None


def _identity(facts: Facts) -> Identity:
    token = _token(facts)
    role = facts.settings.role_arn if isinstance(facts.settings, Settings) else None
    return Identity(
        role_arn=role.value if role else None,
        issuer=token.issuer if token else None,
        subject=token.subject if token else None,
        audience=token.audience if token else (),
        assumed_role_arn=_assumed_role(facts),
    )


def _token(facts: Facts) -> Token | None:
    """Return the token for STS; where there is none to be had, the one for Pod Identity's agent."""
    if isinstance(facts.token, Absent) and isinstance(facts.agent_token, Token):
        return facts.agent_token
    return facts.token if isinstance(facts.token, Token) else None


def _assumed_role(facts: Facts) -> str | None:
    if isinstance(facts.sts, Accepted):
        return facts.sts.assumed_role_arn
    return facts.agent_caller.arn if isinstance(facts.sts, Absent) and isinstance(facts.agent_caller, Caller) else None


def _expiry(facts: Facts) -> float | None:
    if isinstance(facts.sts, Accepted):
        return facts.sts.expiry
    return facts.agent.expiry if isinstance(facts.sts, Absent) and isinstance(facts.agent, Given) else None


def _measurements(facts: Facts) -> Measurements:
    token = _token(facts)
    file = facts.agent_file if isinstance(facts.token_file, Absent) else facts.token_file
    chain = facts.chain.certificates if isinstance(facts.chain, CertificateChain) else ()
    return Measurements(
        token_issued=token.issued if token else None,
        token_expiry=token.expires if token else None,
        token_file_modified=file.modified if isinstance(file, TokenFile) else None,
        credentials_expiry=_expiry(facts),
        jwks_keys=len(facts.jwks.keys) if isinstance(facts.jwks, Jwks) else None,
        issuer_certificate_expiry=min((one.not_after for one in chain), default=None),
        clock_skew_seconds=facts.clock.skew_seconds if isinstance(facts.clock, Clock) else None,
        sts_code=_sts_code(facts),
        issuer=facts.timings.issuer,
        jwks=facts.timings.jwks,
        sts=facts.timings.sts,
    )


def _sts_code(facts: Facts) -> str | None:
    """Return ``ok``, STS's code, ``other`` for an answer without one, ``none`` where it was not reached."""
    match facts.sts:
        case Accepted():
            return "ok"
        case Refused():
            return facts.sts.code or "other"
        case Failed():
            return "none"
        case _:
            return None
