"""What `watch` writes on standard output: what changed from one run to the next, as text or as JSON lines. Pure.

One line for each change of a check's status and of the root cause; the root cause itself is written whole when it
changes. What stays as it was is not written, but for a summary now and then.
"""

import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import NamedTuple

from sidecar.journal import Journal
from sidecar.model import Report, Result, RootCause, Status
from sidecar.render.conclusion import judged, named, unproven
from sidecar.render.json import root_cause_mapping
from sidecar.render.remedy import plain
from sidecar.render.text import cause_text

_LEVELS = {
    Status.PASS: "info",
    Status.SKIP: "info",
    Status.WARN: "warning",
    Status.FAIL: "error",
    Status.CRASH: "error",
}
_AT_FIRST = frozenset({Status.WARN, Status.FAIL, Status.CRASH})  # what the first report says in lines of its own


class Event(NamedTuple):
    """Something worth a line. ``more`` is text below it; ``fields`` are what JSON has besides level and message."""

    level: str
    name: str
    message: str
    more: str = ""
    fields: Mapping[str, object] = {}


def changes(before: Journal, after: Journal) -> Iterator[Event]:
    """Return what a run changed."""
    if after.why:
        if after.why != before.why:
            fields = {"result": after.past[0].ending.value, "why": after.why}
            yield Event("error", "no_report", f"no report: {plain(after.why)}", fields=fields)
        return
    if before.why:
        yield Event("info", "report", "there is a report again")
    if after.report is not None:
        yield from _checks(before.report, after.report)
        yield from _conclusions(before.report, after.report)


def summary(journal: Journal, now: float) -> Event:
    """Return how things stand, for a log in which nothing has changed for long."""
    counts = ", ".join(f"{count} {ending.value.replace('_', ' ')}" for ending, count in journal.runs.items() if count)
    message = f"{_standing(journal)}; runs so far: {counts or 'none'}"
    fields: dict[str, object] = {
        "runs": {ending.value: count for ending, count in journal.runs.items()},
        "report_age_seconds": None,
    }
    if journal.reported is not None:
        age = max(0.0, now - journal.reported)
        message += f"; the report is {age:.0f} s old"
        fields["report_age_seconds"] = round(age, 3)
    well = journal.report is not None and journal.report.healthy and not journal.why
    return Event("info" if well else "error", "summary", message, fields=fields)


def as_text(event: Event, now: float) -> str:
    """Return the event as a line of text, what is below it indented."""
    line = f"{_moment(now)} {event.level:7} {event.message}"
    return "\n".join((line, *(f"  {below}".rstrip() for below in event.more.splitlines())))


def as_json(event: Event, now: float) -> str:
    """Return the event as one JSON object on one line."""
    head = {"time": _moment(now), "level": event.level, "event": event.name, "message": event.message}
    return json.dumps({**head, **event.fields}, allow_nan=False)


def _checks(before: Report | None, after: Report) -> Iterator[Event]:
    """Return each check whose status, or whose fault, is another than before; of a first report what is not well."""
    known = {result.check: result for result in before.results} if before else {}
    for result in after.results:
        was = known.get(result.check)
        if was is None:
            if result.status in _AT_FIRST:
                yield _check(result, None)
        elif (was.status, was.fault) != (result.status, result.fault):
            yield _check(result, was)


def _check(result: Result, was: Result | None) -> Event:
    change = f"{was.status} -> {result.status}" if was else result.status.value
    words = judged(result, result.fault) if result.fault else plain(result.detail)
    fields = {
        "check": result.check,
        "status": result.status.value,
        "was": was.status.value if was else None,
        "code": result.fault.code if result.fault else None,
        "name": result.fault.name if result.fault else None,
        "detail": result.detail,
    }
    return Event(_LEVELS[result.status], "check", f"{result.check}: {change}: {words}", fields=fields)


def _conclusions(before: Report | None, after: Report) -> Iterator[Event]:
    """Return the root cause where it is another than before, or what came in its place."""
    if before is not None and _conclusion(before) == _conclusion(after):
        return
    cause = after.root_cause
    if cause is not None:
        title = f"root cause: {named(cause.fault, cause.evidence)}"
        yield Event(
            cause.severity.value, "root_cause", title, cause_text(cause), {"root_cause": root_cause_mapping(cause)}
        )
    elif after.healthy:
        mended = before.root_cause if before else None
        yield Event("info", "healthy", _healthy(after, mended), fields={"root_cause": None})
    else:
        yield Event("error", "unproven", f"not healthy: {unproven(after)}", fields={"root_cause": None})


def _conclusion(report: Report) -> tuple[object, ...]:
    cause = report.root_cause
    return (report.healthy, cause.fault.code, cause.check) if cause else (report.healthy, unproven(report))


def _healthy(report: Report, mended: RootCause | None) -> str:
    was = f", no longer {mended.fault.code} {mended.fault.name}" if mended else ""
    return f"healthy{was}: {plain(report.identity.assumed_role_arn or 'the role is not known')}"


def _standing(journal: Journal) -> str:
    if journal.why:
        return f"no report: {plain(journal.why)}"
    if journal.report is None:
        return "no report yet"
    if journal.report.healthy:
        return "healthy"
    cause = journal.report.root_cause
    return f"unhealthy: {cause.fault.code} {cause.fault.name}" if cause else f"not healthy: {unproven(journal.report)}"


def _moment(now: float) -> str:
    return f"{datetime.fromtimestamp(now, UTC):%Y-%m-%dT%H:%M:%SZ}"
