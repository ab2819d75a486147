"""The log of watch: what changed, as text and as JSON."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from sidecar.journal import Ending, Journal, Run
from sidecar.model import Report
from sidecar.render.log import as_json, as_text, changes, summary

Golden = Callable[[str, str], None]
NOW = 1_795_255_200.0


def journal(*runs: Report | str, begun: Journal | None = None) -> Journal:
    """Return a journal of runs: a report each, or why there was none."""
    found = begun or Journal()
    for number, run in enumerate(runs):
        ended = NOW + 300 * number
        if isinstance(run, str):
            found = found.after(Run(ended, 1.0, Ending.CRASHED, why=run))
        else:
            found = found.after(Run(ended, 1.0, Ending.HEALTHY if run.healthy else Ending.UNHEALTHY, run))
    return found


def lines(before: Journal, after: Journal) -> list[str]:
    """Return the log's lines about a change, without time and level."""
    return [event.message for event in changes(before, after)]


def story(reports: dict[str, Report]) -> list[Report | str]:
    """Return an incident: healthy, denied twice, a crash, denied still, healthy again with warnings."""
    denied = reports["denied"]
    return [reports["healthy"], denied, denied, "the diagnosis printed no report", denied, reports["warnings"]]


@pytest.mark.parametrize("render", [as_text, as_json])
def test_an_incident(render: Callable[..., str], reports: dict[str, Report], golden: Golden) -> None:
    """From its beginning to its end, as it is read afterwards."""
    told, before = [], Journal()
    for number, run in enumerate(story(reports)):
        after = journal(run, begun=before)
        told += [render(event, NOW + 300 * number) for event in changes(before, after)]
        before = after
    told.append(render(summary(before, NOW + 5400), NOW + 5400))
    golden(f"incident.{'log' if render is as_text else 'jsonl'}", "\n".join(told))


def test_each_first_report(name: str, report: Report, golden: Golden) -> None:
    """What is not well, and the root cause whole."""
    golden(f"{name}.log", "\n".join(as_text(event, NOW) for event in changes(Journal(), journal(report))))


def test_nothing_is_said_of_what_stays(report: Report) -> None:
    """The same report again, with other times: no line."""
    once = journal(report)
    assert lines(once, journal(report._replace(duration_seconds=9.0), begun=once)) == []


def test_nothing_is_said_of_nothing() -> None:
    """Before the first run."""
    assert lines(Journal(), Journal()) == []


def test_no_value_ends_a_line(reports: dict[str, Report]) -> None:
    """Whatever the world says: an event begins at a line's start, and nothing else does."""
    for form in (as_text, as_json):
        for event in changes(Journal(), journal(reports["hostile"])):
            first, *below = form(event, NOW).split("\n")
            assert first.isprintable()
            assert all(line.isprintable() and line[:2] in {"", "  "} for line in below)


def test_json_is_an_object_a_line(reports: dict[str, Report]) -> None:
    """With what a program asks for: time, level, event, and the root cause as JSON v1 has it."""
    told = [json.loads(as_json(event, NOW)) for event in changes(Journal(), journal(reports["denied"]))]
    assert {tuple(one) >= ("time", "level", "event", "message") for one in told} == {True}
    cause = told[-1]
    assert (cause["event"], cause["level"], cause["time"]) == ("root_cause", "error", "2026-11-21T10:00:00Z")
    assert cause["root_cause"]["code"] == "IRSA606"
    assert cause["root_cause"]["commands"]


def test_a_run_without_a_report_is_said_once(reports: dict[str, Report]) -> None:
    """Until it ends otherwise, or there is a report again."""
    well = journal(reports["healthy"])
    crashed = journal("it crashed", begun=well)
    assert lines(well, crashed) == ["no report: it crashed"]
    assert lines(crashed, journal("it crashed", begun=crashed)) == []
    assert lines(crashed, journal("it froze", begun=crashed)) == ["no report: it froze"]
    assert lines(crashed, journal(reports["healthy"], begun=crashed)) == ["there is a report again"]


@pytest.mark.parametrize(
    ("runs", "level", "words"),
    [
        ([], "error", "no report yet; runs so far: none"),
        (["healthy"], "info", "healthy; runs so far: 1 healthy; the report is 60 s old"),
        (
            ["denied"],
            "error",
            "unhealthy: IRSA606 trust-policy-denied; runs so far: 1 unhealthy; the report is 60 s old",
        ),
        (
            ["overdue"],
            "error",
            "not healthy: the exchange was not reached within the deadline; runs so far: 1 unhealthy",
        ),
        (["crash"], "error", "not healthy: a bug in irsa-doctor"),
        (
            ["healthy", None],
            "error",
            "no report: it crashed; runs so far: 1 healthy, 1 crashed; the report is 60 s old",
        ),
    ],
)
def test_summary(runs: list[str | None], level: str, words: str, reports: dict[str, Report]) -> None:
    """How things stand, and since when nothing was seen."""
    event = summary(journal(*(reports[name] if name else "it crashed" for name in runs)), NOW + 60)
    assert event.level == level
    assert event.message.startswith(words)


def test_a_clock_that_was_set_back(reports: dict[str, Report]) -> None:
    """No age is negative."""
    assert "0 s old" in summary(journal(reports["healthy"]), NOW - 3600).message


def test_goldens_of_the_log_are_read_as_they_are_written() -> None:
    """No trailing blanks, which editors take away."""
    for path in (Path(__file__).parent / "goldens").glob("*.log"):
        assert not [line for line in path.read_text(encoding="utf-8").splitlines() if line != line.rstrip()]
