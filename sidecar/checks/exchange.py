"""The sixth link: the way to STS and its answer. Pure."""

from collections.abc import Mapping

from sidecar import faults
from sidecar.answers import fault_of, refuses_time
from sidecar.check import check
from sidecar.checks.clock import SKEW_SECONDS
from sidecar.checks.endpoints import unlisted_fips
from sidecar.facts import Accepted, Caller, Clock, Expectation, Names, Refused, Settings
from sidecar.model import Absent, Fail, Failed, Fault, Pass, Severity, Skip, Verdict

_UNREACHED = {
    "dns": faults.STS_DNS,
    "refused": faults.STS_REFUSED,
    "timeout": faults.STS_TIMEOUT,
    "reset": faults.STS_CONNECTION_RESET,
    "handshake": faults.STS_CONNECTION_RESET,
    "tls": faults.STS_TLS_UNTRUSTED,
    "proxy": faults.PROXY_ERROR,
}


@check("exchange.reached")
def reached(sts: Accepted | Refused | Failed, settings: Settings, names: Names) -> Verdict:
    """Does STS answer?"""
    if not isinstance(sts, Failed):
        return Pass(f"{names.sts_host} answered")
    evidence = {"host": names.sts_host, "found": sts.why, "namespace": names.namespace, "pod": names.pod}
    if sts.kind == "proxy":
        proxy = settings.proxy
        evidence |= {"proxy": proxy.value if proxy else "unknown", "source": proxy.source if proxy else "HTTPS_PROXY"}
        evidence["no_proxy"] = ",".join(filter(None, (settings.no_proxy, names.sts_host)))
    if unlisted_fips(settings):
        evidence["note"] = unlisted_fips(settings)
    return Fail(_UNREACHED.get(sts.kind, faults.STS_REFUSED), evidence)


@check("exchange.accepted")
def accepted(sts: Accepted | Refused, settings: Settings, expectation: Expectation, names: Names) -> Verdict:
    """Does STS give credentials for the token?"""
    if isinstance(sts, Accepted):
        return Pass(sts.assumed_role_arn or "it does, without saying for which role")
    answer = {"code": sts.code or "none", "message": sts.message, "status": str(sts.status)}
    if sts.request_id:
        answer["request_id"] = sts.request_id
    fault = fault_of(sts.code, sts.message)
    known = {name: getattr(names, name) for name in Names._fields}
    source = settings.role_arn.source if settings.role_arn else "AWS_ROLE_ARN"
    known |= {
        "expected": expectation.audience,
        "found": names.audience,
        "source": source,
        "corrected": Names().role_arn,
    }
    return Fail(fault, answer | _named_in(fault, known))


@check("exchange.identity")
def identity(caller: Caller | Refused | Failed, clock: Clock | Absent) -> Verdict:
    """Does STS say whose the new credentials are?"""
    if isinstance(caller, Caller):
        return Pass(caller.arn)
    if isinstance(caller, Failed):
        return Skip(caller.why)
    answer = {"code": caller.code or "none", "message": caller.message, "status": str(caller.status)}
    if not refuses_time(caller.code, caller.message):
        return Fail(faults.CALLER_IDENTITY_REFUSED, answer)
    if isinstance(clock, Clock) and abs(clock.skew_seconds) > SKEW_SECONDS:
        return Skip("STS refuses the signature's time, which the clock's check explains")
    return Fail(faults.CLOCK_SKEW, answer, Severity.ERROR)


def _named_in(fault: Fault, known: Mapping[str, str]) -> dict[str, str]:
    """Return what the fault's remedy and commands are filled in with."""
    templates = " ".join((fault.remedy, *fault.commands))
    return {name: value for name, value in known.items() if f"{{{name}}}" in templates}
