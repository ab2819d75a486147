"""What the renderings for people say alike: the name of a fault, what was seen, why nothing is proven. Pure."""

from collections.abc import Mapping

from sidecar import HOME
from sidecar.facts import NOT_IRSA, ONLY_SCANNED
from sidecar.model import Fault, Report, Result, Status
from sidecar.render.remedy import fill, plain

_EXCHANGE = "exchange.accepted"
_AGENT = "pod_identity.credentials_given"
_FILLINGS = frozenset({
    "namespace", "service_account", "pod", "role_name", "account", "region", "provider_arn", "trust_policy", "sts_host",
    "corrected", "setting", "no_proxy",
})  # fmt: skip
_UNTOLD = frozenset({"iam_region", "role_path", "workload"})  # only ever there to fill commands in


def page_of(fault: Fault) -> str:
    """Return where the fault's page is, in the project's documentation."""
    return f"docs/faults/{fault.code}.md"


def address_of(fault: Fault) -> str:
    """Return the address of the fault's page, where the documentation is published."""
    return f"{HOME}/{page_of(fault)}"


def more_of(fault: Fault) -> str:
    """Return where to read more: the page, and the command that prints it where there is no documentation at hand."""
    return f"{page_of(fault)}, or: irsa-doctor explain {fault.code}"


def named(fault: Fault, evidence: Mapping[str, str]) -> str:
    """Return ``CODE name: title``, one line."""
    return f"{fault.code} {fault.name}: {fill(fault.title, evidence)}"


def judged(result: Result, fault: Fault) -> str:
    """Return ``CODE name: ...`` in the result's own words: they say where STS's answer refuted the fault."""
    return f"{fault.code} {fault.name}: {plain(result.detail)}"


def seen(fault: Fault, evidence: Mapping[str, str]) -> dict[str, str]:
    """Return the evidence worth showing, safe for a terminal, with blanks made visible.

    Left out: a name nobody knows, where its stand-in in capitals says nothing (``pod``: ``POD``), and what is
    only there to fill in the remedy and the commands, where it stands already.
    """
    return {
        plain(name): _bounded(value)
        for name, value in evidence.items()
        if value != name.upper() and name not in _UNTOLD and not (name in _FILLINGS and _in_a_template(name, fault))
    }


def others(report: Report) -> list[tuple[Result, Fault]]:
    """Return the results that name a fault which is not the root cause, each with its fault."""
    cause = report.root_cause
    named_cause = (cause.check, cause.fault) if cause else None
    return [
        (result, result.fault)
        for result in report.results
        if result.fault is not None and (result.check, result.fault) != named_cause
    ]


def concluded(report: Report) -> str:
    """Return what is to be said in the end of a report without a root cause: healthy or not, or what a scan found."""
    if report.healthy:
        return f"healthy: {plain(report.identity.assumed_role_arn or 'the role is not known')}"
    scanned = plain(_skipped(report).get(_EXCHANGE, ""))
    if not scanned.endswith(ONLY_SCANNED) or any(one.status is Status.CRASH for one in report.results):
        return f"not healthy: {unproven(report)}"
    if report.overdue:
        return f"not finished: {scanned}, and not all of it"
    return f"nothing wrong: {scanned}"


def unproven(report: Report) -> str:
    """Return why a report without a root cause is not healthy: a crash, the deadline, no exchange."""
    crashed = [f"{one.check}: {plain(one.detail)}" for one in report.results if one.status is Status.CRASH]
    reasons = [f"a bug in irsa-doctor: {', '.join(crashed)}"] if crashed else []
    if report.overdue:
        decisive = "Pod Identity's agent" if _skipped(report).get(_EXCHANGE) == NOT_IRSA else "the exchange"
        reasons.append(f"{decisive} was not reached within the deadline")
    return "; ".join(reasons) or _not_made(report)


def _not_made(report: Report) -> str:
    skipped = _skipped(report)
    if skipped.get(_EXCHANGE) == NOT_IRSA:
        return plain(skipped.get(_AGENT, "nothing shows that Pod Identity works"))
    return plain(skipped.get(_EXCHANGE, "nothing shows that the exchange works"))


def _skipped(report: Report) -> dict[str, str]:
    return {result.check: result.detail for result in report.results if result.status is Status.SKIP}


def _in_a_template(name: str, fault: Fault) -> bool:
    return any(f"{{{name}}}" in template for template in (fault.remedy, *fault.commands))


def _bounded(value: str) -> str:
    if not value:
        return "(empty)"
    return plain(value) if value == value.strip(" ") else f'"{plain(value)}"'
