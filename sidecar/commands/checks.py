"""``irsa-doctor checks``: every check, its question and the faults it can name. Looks at nothing of the pod."""

import json

from sidecar.checks import CHAIN, FAULTS_BY_CHECK
from sidecar.model import Fault

SCHEMA = "irsa-doctor/checks/v1"


def run(*, as_json: bool) -> int:
    """Print the checks in the order of the chain of trust; return 0."""
    print(_json() if as_json else _text())
    return 0


def _json() -> str:
    checks = [
        {"check": check.name, "question": check.question, "faults": [_fields(fault) for fault in _faults(check.name)]}
        for check in CHAIN
    ]
    return json.dumps({"schema": SCHEMA, "checks": checks}, indent=2)


def _fields(fault: Fault) -> dict[str, str]:
    return {"code": fault.code, "name": fault.name, "severity": fault.severity, "title": fault.title}


def _text() -> str:
    return "\n\n".join(
        "\n".join([f"{check.name}: {check.question}", *(_line(fault) for fault in _faults(check.name))])
        for check in CHAIN
    )


def _line(fault: Fault) -> str:
    return f"  {fault.code}  {fault.severity:<7}  {fault.name:<33}  {fault.title}"


def _faults(check: str) -> tuple[Fault, ...]:
    return FAULTS_BY_CHECK.get(check, ())
