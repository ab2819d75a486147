"""The reference pages docs/checks.md and docs/faults.md, in Markdown, from the tables of the code. Pure."""

from collections.abc import Iterable, Mapping
from itertools import groupby

from sidecar.check import Check
from sidecar.model import Fault, Severity

_MADE = "<!-- Written by tools/render_docs.py: change the code, not this page. -->"
_CHECKS_INTRODUCTION = (
    "`irsa-doctor check` asks these questions, in this order: the order in which a pod comes by its credentials. "
    "A check whose facts could not be had is skipped, and says why."
)
_FAULTS_INTRODUCTION = (
    "Codes and names are permanent. The severity is the default: what STS's answer confirms becomes an error, "
    "what it refutes a warning. Each has a page, which `irsa-doctor explain CODE` prints, too."
)
SEVERITIES = {
    Severity.ERROR: "error: the workload cannot get credentials",
    Severity.WARNING: "warning: the workload gets credentials today, or this pod cannot tell",
}
# The fact that only fills remedies in: no check judges by it.
_NOT_LOOKED_AT = "names"
_LINKS = {
    "1": "Environment and token file",
    "2": "Token",
    "3": "Issuer and its keys",
    "4": "Certificate of the issuer",
    "5": "The way to STS",
    "6": "What STS answers",
    "7": "Trust policy",
    "8": "Workload",
    "9": "Clock",
}


def checks_page(chain: Iterable[Check], faults_by_check: Mapping[str, tuple[Fault, ...]]) -> str:
    """Return docs/checks.md: every check in the order of the chain, and the faults that it can name."""
    parts = [
        "# Checks",
        _MADE,
        _CHECKS_INTRODUCTION,
    ]
    for link, checks in groupby(chain, lambda check: check.name.partition(".")[0]):
        parts.append(f"## {link.replace('_', ' ').capitalize()}")
        for check in checks:
            parts += _check(check, faults_by_check.get(check.name, ()))
    return _page(parts)


def faults_page(faults: Iterable[Fault]) -> str:
    """Return docs/faults.md: every fault by its code, with its severity, what is wrong, and its page."""
    ordered = sorted(faults, key=lambda fault: fault.code)
    parts = [
        "# Faults",
        _MADE,
        _FAULTS_INTRODUCTION,
    ]
    for hundred, linked in groupby(ordered, lambda fault: fault.code.removeprefix("IRSA")[:1]):
        rows = [f"| {_link(fault, 'faults/')} | {fault.severity} | {literal(fault.title)} |" for fault in linked]
        table = "\n".join(["| fault | severity | what is wrong |", "|---|---|---|", *rows])
        parts += [f"## {_LINKS[hundred]}", table]
    return _page(parts)


def checks_by_fault(faults_by_check: Mapping[str, tuple[Fault, ...]]) -> dict[str, tuple[str, ...]]:
    """Turn the table around: from a fault's code to the checks that name it, in their order."""
    turned: dict[str, tuple[str, ...]] = {}
    for check, faults in faults_by_check.items():
        for fault in faults:
            turned[fault.code] = (*turned.get(fault.code, ()), check)
    return turned


def _check(check: Check, faults: tuple[Fault, ...]) -> list[str]:
    facts = ", ".join(name.replace("_", " ") for name, _ in check.accepts if name != _NOT_LOOKED_AT)
    rows = [f"| {_link(fault, 'faults/')} | {fault.severity} | {literal(fault.title)} |" for fault in faults]
    table = "\n".join(["| fault | severity | what is wrong |", "|---|---|---|", *rows])
    return [f"### {check.name}", literal(check.question), f"Looks at: {facts}.", *([table] if rows else [])]


def _heading(fault: Fault) -> str:
    return f"{fault.code} {fault.name}"


def _link(fault: Fault, folder: str) -> str:
    return f"[{_heading(fault)}]({folder}{fault.code}.md)"


def literal(text: str) -> str:
    """Return the text escaped: keep Markdown from reading our text as markup."""
    for mark in "\\*<|[]":
        text = text.replace(mark, f"\\{mark}")
    return text


def _page(parts: list[str]) -> str:
    return "\n\n".join(parts) + "\n"
