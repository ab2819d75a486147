"""The journal of runs."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cases import healthy
from sidecar.checks import CHAIN
from sidecar.diagnosis import diagnose
from sidecar.facts import Refused
from sidecar.journal import BUCKETS, REMEMBERED, STS_CODES, Ending, Journal, Past, Run
from sidecar.model import Report

DENIAL = Refused("AccessDenied", "Not authorized to perform sts:AssumeRoleWithWebIdentity", 403, "r-1")


def report(sts: object = None) -> Report:
    """Return a report: healthy, or with this answer of STS."""
    facts = healthy() if sts is None else healthy(sts=sts)
    return diagnose(facts, CHAIN, version="0", started=0.0, duration_seconds=0.1)


WELL, DENIED = report(), report(DENIAL)


def run(ended: float, ending: Ending, found: Report | None = None, seconds: float = 1.0) -> Run:
    """Return a run."""
    return Run(ended, seconds, ending, found, "" if found else "it crashed")


def test_an_empty_journal_knows_nothing() -> None:
    """Nothing was seen, every way to end is counted with 0."""
    journal = Journal()
    assert (journal.report, journal.reported, journal.last_healthy, journal.past) == (None, None, None, ())
    assert dict(journal.runs) == dict.fromkeys(Ending, 0)
    assert dict(journal.sts_requests) == {}


def test_a_report_is_kept() -> None:
    """The last report stands with its time; the healthy time is that of the last healthy one."""
    journal = Journal().after(run(10, Ending.HEALTHY, WELL)).after(run(20, Ending.UNHEALTHY, DENIED))
    assert (journal.report, journal.reported, journal.last_healthy) == (DENIED, 20, 10)
    assert dict(journal.sts_requests) == {"ok": 1, "AccessDenied": 1}
    assert journal.past == (
        Past(20, Ending.UNHEALTHY, "IRSA606 trust-policy-denied"),
        Past(10, Ending.HEALTHY),
    )


@pytest.mark.parametrize("ending", [Ending.CRASHED, Ending.TIMED_OUT])
def test_a_run_without_a_report_leaves_the_last_one(ending: Ending) -> None:
    """It is counted, and says why; a report afterwards takes that back."""
    journal = Journal().after(run(10, Ending.HEALTHY, WELL)).after(run(20, ending))
    assert (journal.report, journal.reported, journal.why) == (WELL, 10, "it crashed")
    assert (journal.runs[ending], journal.past[0]) == (1, Past(20, ending))
    assert journal.after(run(30, Ending.HEALTHY, WELL)).why == ""


@pytest.mark.parametrize(
    ("code", "counted"),
    [
        ("Gibberish", {"other": 1}),
        ("", {"other": 1}),
        ("ok", {"ok": 1}),
        ("none", {"none": 1}),
        ("Throttling", {"Throttling": 1}),
        (None, {}),
    ],
)
def test_requests_are_counted_under_known_codes(code: str | None, counted: dict[str, int]) -> None:
    """What STS may say is bounded: what is not known is `other`."""
    found = WELL._replace(measurements=WELL.measurements._replace(sts_code=code))
    assert dict(Journal().after(run(1, Ending.HEALTHY, found)).sts_requests) == counted


@pytest.mark.parametrize(("seconds", "bucket"), [(0.0, 0), (0.1, 0), (0.11, 1), (60.0, 8), (60.1, 9), (1e9, 9)])
def test_durations_fall_into_buckets(seconds: float, bucket: int) -> None:
    """A bound belongs to its bucket, as Prometheus has it."""
    journal = Journal().after(run(1, Ending.HEALTHY, WELL, seconds))
    assert [number for number, count in enumerate(journal.durations) if count] == [bucket]
    assert journal.duration_sum == seconds


@given(st.lists(st.sampled_from(Ending), max_size=3 * REMEMBERED))
def test_what_is_counted_adds_up(endings: list[Ending]) -> None:
    """Every run is counted once everywhere, and the journal stays small."""
    journal = Journal()
    for number, ending in enumerate(endings):
        found = {Ending.HEALTHY: WELL, Ending.UNHEALTHY: DENIED}.get(ending)
        journal = journal.after(run(float(number), ending, found))
    assert sum(journal.runs.values()) == sum(journal.durations) == len(endings)
    assert len(journal.past) == min(len(endings), REMEMBERED)
    assert set(journal.sts_requests) <= STS_CODES
    assert len(journal.durations) == len(BUCKETS) + 1
