"""What a text shows, for people and as JSON. Pure.

The last line is what can be grepped for. Nothing of the text reaches the output but masked, and through `plain`.
"""

import json

from sidecar.explain.recogniser import Explanation, Finding
from sidecar.model import Fault
from sidecar.render.remedy import commands, fill, plain

SCHEMA = "irsa-doctor/explain/v1"


def explanation_json(found: Explanation) -> str:
    """Return CONTRACT's explain/v1 as one JSON object."""
    document = {
        "schema": SCHEMA,
        "verdict": found.verdict.name if found.verdict else None,
        "also_possible": list(found.also_possible),
        "findings": [_document(finding) for finding in found.findings],
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
    """Return the cause, the line that showed it, what mends it, and what else was seen."""
    if found.verdict is None:
        return "irsa-doctor: explain: nothing here is about credentials for AWS"
    first = found.findings[0]
    lines = [
        f"{first.fault.code} {first.fault.name}: {first.fault.title}",
        f"  line {first.line_number}, {first.times} in all: {plain(first.line)}",
        "",
        f"Fix: {fill(first.fault.remedy, first.evidence)}",
        *(f"    {command}" for command in commands(first.fault, first.evidence)),
        "",
        f"irsa-doctor: explain: {first.fault.code} {first.fault.name}",
    ]
    return "\n".join(lines)
