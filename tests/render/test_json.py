"""The report as JSON v1."""

import json
import math
from collections.abc import Callable
from datetime import datetime, timedelta, timezone

import pytest

from sidecar.model import Phases, Report
from sidecar.render.json import as_mapping, report_json


def part(mapping: dict[str, object], key: str) -> dict[str, object]:
    """Return the object at a key."""
    value = mapping[key]
    assert isinstance(value, dict)
    return value


def parts(mapping: dict[str, object], key: str) -> list[dict[str, object]]:
    """Return the list of objects at a key."""
    value = mapping[key]
    assert isinstance(value, list)
    return value


def test_json(name: str, report: Report, golden: Callable[[str, str], None]) -> None:
    """The report is, to the letter, its golden."""
    golden(f"{name}.json", report_json(report))


def test_json_is_the_mapping(report: Report) -> None:
    """The text is one JSON object, in printable ASCII, and equals the mapping."""
    rendered = report_json(report)
    assert json.loads(rendered) == as_mapping(report)
    assert rendered.replace("\n", "").isascii()
    assert rendered.replace("\n", "").isprintable()


def test_every_key_every_time(reports: dict[str, Report]) -> None:
    """The keys are those of the contract, whatever was found."""
    root_causes = set()
    for report in reports.values():
        mapping = as_mapping(report)
        assert list(mapping) == [
            "schema", "version", "started", "duration_seconds", "healthy", "overdue", "identity", "root_cause",
            "checks", "measurements",
        ]  # fmt: skip
        assert list(part(mapping, "identity")) == ["role_arn", "issuer", "subject", "audience", "assumed_role_arn"]
        for check in parts(mapping, "checks"):
            assert list(check) == [
                "check", "question", "status", "detail", "code", "name", "severity", "evidence", "remedy",
                "commands", "page",
            ]  # fmt: skip
        if mapping["root_cause"] is not None:
            root_causes.add(tuple(part(mapping, "root_cause")))
        measured = part(mapping, "measurements")
        assert list(measured) == [
            "token_issued", "token_expiry", "token_file_modified", "credentials_expiry", "jwks_keys",
            "issuer_certificate_expiry", "clock_skew_seconds", "sts_code", "phases",
        ]  # fmt: skip
        for target in ("issuer", "jwks", "sts"):
            assert list(part(part(measured, "phases"), target)) == ["resolve", "connect", "tls", "response"]
    assert root_causes == {
        ("code", "name", "severity", "title", "check", "evidence", "remedy", "commands", "also_possible", "page")
    }


def test_all_checks_in_order(report: Report) -> None:
    """Every check is there, in the order of the chain."""
    assert [check["check"] for check in parts(as_mapping(report), "checks")] == [r.check for r in report.results]


def test_times(reports: dict[str, Report]) -> None:
    """Times are RFC 3339 in UTC with Z; a fraction only where there is one."""
    measured = part(as_mapping(reports["healthy"]), "measurements")
    assert measured["token_issued"] == "2026-11-21T10:00:00Z"
    assert measured["token_file_modified"] == "2026-11-21T10:00:00.250000Z"


def test_started_in_another_zone(reports: dict[str, Report]) -> None:
    """The start is in UTC whatever zone it was given in."""
    started = datetime(2026, 11, 21, 12, 0, tzinfo=timezone(timedelta(hours=2)))
    assert as_mapping(reports["healthy"]._replace(started=started))["started"] == "2026-11-21T10:00:00Z"


@pytest.mark.parametrize("seconds", [1e20, -1e20, math.inf, -math.inf, math.nan])
def test_what_is_no_time(seconds: float, reports: dict[str, Report]) -> None:
    """A number that is no time, as a token may claim, is null; the JSON stays valid."""
    healthy = reports["healthy"]
    report = healthy._replace(measurements=healthy.measurements._replace(token_expiry=seconds))
    assert part(json.loads(report_json(report)), "measurements")["token_expiry"] is None


def test_durations(reports: dict[str, Report]) -> None:
    """Durations are seconds, rounded to microseconds; what is no number is null."""
    healthy = reports["healthy"]
    measured = healthy.measurements._replace(jwks=Phases(tls=math.nan), clock_skew_seconds=-61.0000004)
    mapping = as_mapping(healthy._replace(measurements=measured))
    assert mapping["duration_seconds"] == 0.312346
    assert part(mapping, "measurements")["clock_skew_seconds"] == -61.0
    phases = part(part(mapping, "measurements"), "phases")
    assert part(phases, "issuer")["tls"] == 0.008333
    assert part(phases, "jwks") == {"resolve": None, "connect": None, "tls": None, "response": None}


def test_commands_are_filled_in(reports: dict[str, Report]) -> None:
    """Remedy and commands of a root cause are ready to use, and equal those of its check."""
    mapping = as_mapping(reports["denied"])
    cause = part(mapping, "root_cause")
    (check,) = [check for check in parts(mapping, "checks") if check["check"] == cause["check"]]
    assert str(cause["remedy"]).endswith("account 111122223333.")
    assert "--role-name shop-cart " in str(cause["commands"])
    assert (check["remedy"], check["commands"]) == (cause["remedy"], cause["commands"])


def test_evidence_is_whole(reports: dict[str, Report]) -> None:
    """Evidence is for programs: neither cut nor escaped."""
    report = reports["hostile"]
    assert report.root_cause is not None
    assert part(part(json.loads(report_json(report)), "root_cause"), "evidence") == report.root_cause.evidence
