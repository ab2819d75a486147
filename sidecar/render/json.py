"""The report as JSON v1, for programs: converted key by key, so that inner types may change. Pure.

Evidence is whole and as it was found; every character outside printable ASCII is a JSON escape.
"""

import json
import math
from datetime import UTC, datetime, timedelta

from sidecar.model import Fault, Identity, Measurements, Phases, Report, Result, RootCause
from sidecar.render.conclusion import page_of
from sidecar.render.remedy import commands, fill

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def report_json(report: Report) -> str:
    """Return the report as one JSON object, indented for people, without a line break at its end."""
    return json.dumps(as_mapping(report), indent=2, allow_nan=False)


def as_mapping(report: Report) -> dict[str, object]:
    """Return JSON v1 as plain dicts, lists and values; every key is there, None where nothing is known."""
    return {
        "schema": "irsa-doctor/report/v1",
        "version": report.version,
        "started": _rfc3339(report.started),
        "duration_seconds": _seconds(report.duration_seconds),
        "healthy": report.healthy,
        "overdue": report.overdue,
        "identity": _identity(report.identity),
        "root_cause": root_cause_mapping(report.root_cause) if report.root_cause else None,
        "checks": [_check(result) for result in report.results],
        "measurements": _measurements(report.measurements),
    }


def _rfc3339(moment: datetime) -> str:
    """Write an aware time in UTC: ``2026-11-21T10:00:00Z``, with microseconds where it has them."""
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _identity(identity: Identity) -> dict[str, object]:
    return {
        "role_arn": identity.role_arn,
        "issuer": identity.issuer,
        "subject": identity.subject,
        "audience": list(identity.audience),
        "assumed_role_arn": identity.assumed_role_arn,
    }


def root_cause_mapping(cause: RootCause) -> dict[str, object]:
    """Return a root cause as JSON v1 has it."""
    return {
        "code": cause.fault.code,
        "name": cause.fault.name,
        "severity": cause.severity.value,
        "title": fill(cause.fault.title, cause.evidence),
        "check": cause.check,
        "evidence": dict(cause.evidence),
        "remedy": fill(cause.fault.remedy, cause.evidence),
        "commands": list(commands(cause.fault, cause.evidence)),
        "also_possible": list(cause.also_possible),
        "page": page_of(cause.fault),
    }


def _check(result: Result) -> dict[str, object]:
    return {
        "check": result.check,
        "question": result.question,
        "status": result.status.value,
        "detail": result.detail,
        **_fault(result, result.fault),
    }


def _fault(result: Result, fault: Fault | None) -> dict[str, object]:
    return {
        "code": fault.code if fault else None,
        "name": fault.name if fault else None,
        "severity": result.severity.value if result.severity else None,
        "evidence": dict(result.evidence),
        "remedy": fill(fault.remedy, result.evidence) if fault else None,
        "commands": list(commands(fault, result.evidence)) if fault else [],
        "page": page_of(fault) if fault else None,
    }


def _measurements(measured: Measurements) -> dict[str, object]:
    return {
        "token_issued": _time(measured.token_issued),
        "token_expiry": _time(measured.token_expiry),
        "token_file_modified": _time(measured.token_file_modified),
        "credentials_expiry": _time(measured.credentials_expiry),
        "jwks_keys": measured.jwks_keys,
        "issuer_certificate_expiry": _time(measured.issuer_certificate_expiry),
        "clock_skew_seconds": _seconds(measured.clock_skew_seconds),
        "sts_code": measured.sts_code,
        "phases": {
            "issuer": _phases(measured.issuer),
            "jwks": _phases(measured.jwks),
            "sts": _phases(measured.sts),
        },
    }


def _phases(phases: Phases) -> dict[str, object]:
    return {
        "resolve": _seconds(phases.resolve),
        "connect": _seconds(phases.connect),
        "tls": _seconds(phases.tls),
        "response": _seconds(phases.response),
    }


def _time(seconds: float | None) -> str | None:
    # A token may claim any number: what is no time of the years 1 to 9999 cannot be written, and is left out.
    if seconds is None:
        return None
    try:
        return _rfc3339(_EPOCH + timedelta(seconds=seconds))
    except (OverflowError, ValueError):
        return None


def _seconds(seconds: float | None) -> float | None:
    return round(seconds, 6) if seconds is not None and math.isfinite(seconds) else None
