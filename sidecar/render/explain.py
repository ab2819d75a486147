"""What a text shows, for people and as JSON. Pure.

The last line is what can be grepped for. Nothing of the text reaches the output but masked, and through `plain`.
"""

import json
from textwrap import wrap

from sidecar.explain.recogniser import Explanation, Finding
from sidecar.model import Fault
from sidecar.render.conclusion import more_of
from sidecar.render.remedy import commands, fill, plain

SCHEMA = "irsa-doctor/explain/v1"
_WIDTH = 100


def explanation_json(found: Explanation) -> str:
    """Return CONTRACT's explain/v1 as one JSON object."""
    document = {
        "schema": SCHEMA,
        "verdict": found.verdict.name if found.verdict else None,
        "also_possible": list(found.also_possible),
        "findings": [_document(finding) for finding in found.findings],
        "unread": found.unread,
    }
    return json.dumps(document, indent=2)


def fault_json(fault: Fault) -> str:
    """Return a fault that was asked for by its name in the same shape: nothing was counted, no line showed it."""
    finding = {**_document(Finding(fault, 0, 0, "", {})), "line": None, "line_number": None}
    return json.dumps({"schema": SCHEMA, "verdict": fault.name, "also_possible": [], "findings": [finding]}, indent=2)


def _document(finding: Finding) -> dict[str, object]:
    fault = finding.fault
    return {
        "code": fault.code,
        "name": fault.name,
        "title": fault.title,
        "count": finding.times,
        "line": plain(finding.line),
        "line_number": finding.line_number,
        "remedy": fill(fault.remedy, finding.evidence),
        "commands": list(commands(fault, finding.evidence)),
    }


def explanation_text(found: Explanation) -> str:
    """Return the cause, the line that showed it, what mends it, what else was seen, and one last line."""
    unread = [_unread(found)] if found.unread else []
    if not found.findings:
        return "\n\n".join([*unread, "irsa-doctor: explain: nothing here is about credentials for AWS"])
    first, *others = found.findings
    blocks = [
        f"{_title(first)}\n  line {first.line_number}, {first.times} in all: {plain(first.line)}",
        "\n".join(_hung("Fix: ", fill(first.fault.remedy, first.evidence))),
        "\n".join(f"    {command}" for command in commands(first.fault, first.evidence)),
        "\n".join(_hung("Also possible: ", ", ".join(found.also_possible))) if found.also_possible else "",
        "\n".join(["Also seen:", *(line for other in others for line in _other(other))]) if others else "",
        *unread,
        f"More: {more_of(first.fault)}",
        f"irsa-doctor: explain: {first.fault.code} {first.fault.name}",
    ]
    return "\n\n".join(block for block in blocks if block)


def _title(finding: Finding) -> str:
    return f"{finding.fault.code} {finding.fault.name}: {finding.fault.title}"


def _other(finding: Finding) -> list[str]:
    return _hung("  ", f"{_title(finding)} (line {finding.line_number}, {finding.times} in all)")


def _unread(found: Explanation) -> str:
    return f"Note: of this many different records {found.unread} were passed over: counts are of the others."


def _hung(prefix: str, body: str) -> list[str]:
    """Wrap the body behind the prefix; a word that is too long, like an ARN, stays whole."""
    lines = wrap(body, _WIDTH - len(prefix), break_long_words=False, break_on_hyphens=False) or [""]
    return [f"{prefix}{lines[0]}", *(f"{' ' * len(prefix)}{line}" for line in lines[1:])]
