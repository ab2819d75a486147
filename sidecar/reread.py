"""A report read back from JSON v1, as `watch` gets it from the process that made it: `render.json` turned round. Pure.

Nothing is believed: what is not exactly such a report is refused, so that what a process that went wrong printed never
becomes a report, a metric or a page.
"""

import math
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sidecar import __version__, faults
from sidecar.checks import CHAIN
from sidecar.model import Fault, Identity, Measurements, Phases, Report, Result, RootCause, Severity, Status

_BY_CODE: Mapping[str, Fault] = {fault.code: fault for fault in faults.ALL}
_CHECKS = tuple(check.name for check in CHAIN)


class NoReportError(ValueError):
    """What was read is no report of this version. The message holds nothing of it: it may be anything."""


def read_report(found: object) -> Report:
    """Return the report that a decoded JSON v1 value is. Raises `NoReportError`."""
    try:
        return _report(_mapping(found))
    except (ValueError, TypeError, KeyError, OverflowError) as error:
        message = f"not a report of {__version__} ({type(error).__name__})"
        raise NoReportError(message) from None


def _report(found: Mapping[str, Any]) -> Report:
    _held(found["schema"] == "irsa-doctor/report/v1" and found["version"] == __version__)
    results = tuple(_result(_mapping(one)) for one in found["checks"])
    _held(tuple(result.check for result in results) == _CHECKS)
    cause = found["root_cause"]
    return Report(
        version=__version__,
        started=datetime.fromisoformat(_text(found["started"])),
        duration_seconds=_number(found["duration_seconds"]) or 0.0,
        healthy=_boolean(found["healthy"]),
        overdue=_boolean(found["overdue"]),
        identity=_identity(_mapping(found["identity"])),
        root_cause=None if cause is None else _root_cause(_mapping(cause)),
        results=results,
        measurements=_measurements(_mapping(found["measurements"])),
    )


def _result(found: Mapping[str, Any]) -> Result:
    code, severity = found["code"], found["severity"]
    return Result(
        check=_text(found["check"]),
        question=_text(found["question"]),
        status=Status(found["status"]),
        detail=_text(found["detail"]),
        fault=None if code is None else _BY_CODE[code],
        severity=None if severity is None else Severity(severity),
        evidence=_texts(found["evidence"]),
    )


def _root_cause(found: Mapping[str, Any]) -> RootCause:
    _held(found["check"] in _CHECKS)
    return RootCause(
        fault=_BY_CODE[found["code"]],
        severity=Severity(found["severity"]),
        check=found["check"],
        evidence=_texts(found["evidence"]),
        also_possible=tuple(faults.BY_NAME[name].name for name in found["also_possible"]),
    )


def _identity(found: Mapping[str, Any]) -> Identity:
    return Identity(
        role_arn=_optional(found["role_arn"]),
        issuer=_optional(found["issuer"]),
        subject=_optional(found["subject"]),
        audience=tuple(_text(one) for one in found["audience"]),
        assumed_role_arn=_optional(found["assumed_role_arn"]),
    )


def _measurements(found: Mapping[str, Any]) -> Measurements:
    keys, phases = found["jwks_keys"], _mapping(found["phases"])
    _held(keys is None or type(keys) is int)
    return Measurements(
        token_issued=_time(found["token_issued"]),
        token_expiry=_time(found["token_expiry"]),
        token_file_modified=_time(found["token_file_modified"]),
        credentials_expiry=_time(found["credentials_expiry"]),
        jwks_keys=keys,
        issuer_certificate_expiry=_time(found["issuer_certificate_expiry"]),
        clock_skew_seconds=_number(found["clock_skew_seconds"]),
        sts_code=_optional(found["sts_code"]),
        **{target: _phases(_mapping(phases[target])) for target in ("issuer", "jwks", "sts")},
    )


def _phases(found: Mapping[str, Any]) -> Phases:
    return Phases(**{phase: _number(found[phase]) for phase in Phases._fields})


def _time(found: object) -> float | None:
    """Return the seconds since the epoch of a time as it is written in JSON v1."""
    return None if found is None else datetime.fromisoformat(_text(found)).timestamp()


def _number(found: object) -> float | None:
    if found is None:
        return None
    _held(type(found) in {int, float} and math.isfinite(found))  # type: ignore[arg-type]
    return float(found)  # type: ignore[arg-type]


def _boolean(found: object) -> bool:
    _held(type(found) is bool)
    return found is True


def _optional(found: object) -> str | None:
    return None if found is None else _text(found)


def _text(found: object) -> str:
    if not isinstance(found, str):
        raise TypeError
    return found


def _texts(found: object) -> Mapping[str, str]:
    return {name: _text(value) for name, value in _mapping(found).items()}


def _mapping(found: object) -> Mapping[str, Any]:
    if not isinstance(found, dict):
        raise TypeError
    return found


def _held(condition: bool) -> None:  # noqa: FBT001 - what must be so
    if not condition:
        raise ValueError
