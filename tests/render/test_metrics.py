"""The metrics: what is served of a journal, in both formats, and that it stays within its bounds."""

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client.parser import text_string_to_metric_families as read_text

from exposition import FORMATS, JOURNALS, open_metrics, read_open_metrics, text
from sidecar import __version__, faults
from sidecar.checks import CHAIN, FAULTS_BY_CHECK
from sidecar.journal import BUCKETS, Ending, Journal, Run
from sidecar.model import Identity, Measurements, Phases, Report, Result, RootCause, Severity, Status
from sidecar.render.metrics import METRICS, families
from sidecar.render.metrics_reference import metrics_page

Reports = Mapping[str, Report]
ENDED = 1_795_255_300.5


def journal(names: tuple[str, ...], reports: Reports) -> Journal:
    """Return the journal of runs that are five minutes apart; the n-th took n times 0.3 seconds."""
    made = Journal()
    for number, name in enumerate(names):
        report = None if name.isupper() else reports[name]
        ending = Ending[name] if report is None else Ending.HEALTHY if report.healthy else Ending.UNHEALTHY
        made = made.after(Run(ENDED + 300 * number, 0.3 * (number + 1), ending, report, "" if report else "it fell"))
    return made


def series(made: Journal) -> dict[tuple[str, ...], float]:
    """Return the value of each series by its name and its labels' values."""
    return {
        (sample.name, *sample.labels.values()): sample.value for family in families(made) for sample in family.samples
    }


def named(made: Journal, name: str) -> dict[tuple[str, ...], float]:
    """Return the values of one metric's series by their labels' values."""
    return {
        labels: value for (found, *labels_), value in series(made).items() if found == name for labels in [(*labels_,)]
    }


# ---- goldens


@pytest.mark.parametrize("kind", FORMATS)
@pytest.mark.parametrize("case", JOURNALS)
def test_formats(case: str, kind: str, reports: Reports, golden: Callable[[str, str], None]) -> None:
    """What is scraped reads as its golden."""
    served = FORMATS[kind](journal(JOURNALS[case], reports))
    golden(f"metrics.{case}.{kind}", served.replace(f'"{__version__}"', '"VERSION"').removesuffix("\n"))


@pytest.mark.parametrize("case", JOURNALS)
def test_both_formats_say_the_same(case: str, reports: Reports) -> None:
    """The client library's own parsers read the same samples out of both formats."""
    made = journal(JOURNALS[case], reports)
    read = [
        [(sample.name, sample.labels, sample.value) for family in found for sample in family.samples]
        for found in (read_text(text(made)), read_open_metrics(open_metrics(made)))
    ]
    assert read[0] == read[1]
    assert len(read[0]) == len(series(made))


# ---- what the contract says


def test_before_the_first_report() -> None:
    """Nothing is said of a pod that was not looked at; runs are counted from nought."""
    assert {family.name for family in families(Journal())} == {
        "irsa_runs",
        "irsa_run_duration_seconds",
        "irsa_build_info",
    }
    assert named(Journal(), "irsa_runs_total") == {
        ("healthy",): 0,
        ("unhealthy",): 0,
        ("crashed",): 0,
        ("timed_out",): 0,
    }


def test_a_check_is_one_nought_or_not_there(reports: Reports) -> None:
    """1 is pass, 0 is warn or fail; what was skipped has no sample."""
    passed = named(journal(("timeout",), reports), "irsa_check_passed")
    assert passed["exchange.reached",] == 0
    assert passed["token.audience",] == 1
    assert ("exchange.accepted",) not in passed
    assert named(journal(("warnings",), reports), "irsa_check_passed")["token.audience",] == 0


def test_a_crashed_check_has_a_series_of_its_own(reports: Reports) -> None:
    """A crash is neither passed nor failed."""
    made = journal(("crash",), reports)
    crashed = named(made, "irsa_check_crashed")
    assert set(crashed.values()) == {1.0}
    assert len(crashed) == 2
    assert not crashed.keys() & named(made, "irsa_check_passed").keys()
    assert named(made, "irsa_healthy") == {(): 0}


def test_a_cured_fault_leaves_no_series(reports: Reports) -> None:
    """After a healthy run there are the series of a pod that never was ill; only counters remember."""
    cured, healthy = (series(journal(names, reports)) for names in (("denied", "healthy"), ("healthy",)))
    assert cured.keys() == healthy.keys()
    assert not named(journal(("denied", "healthy"), reports), "irsa_fault")
    assert not named(journal(("denied", "healthy"), reports), "irsa_root_cause")


def test_a_run_without_a_report_leaves_the_last_one_standing(reports: Reports) -> None:
    """It is counted, and when the last report was made tells how old the rest is."""
    before, after = (journal(names, reports) for names in (("denied",), ("denied", "CRASHED", "TIMED_OUT")))
    changed = {key for key in series(after) if series(after)[key] != series(before).get(key)}
    assert {name for name, *_ in changed} == {
        "irsa_runs_total",
        "irsa_run_duration_seconds_bucket",
        "irsa_run_duration_seconds_count",
        "irsa_run_duration_seconds_sum",
    }
    assert named(after, "irsa_last_run_timestamp_seconds") == {(): ENDED}
    assert named(after, "irsa_runs_total") == {("healthy",): 0, ("unhealthy",): 1, ("crashed",): 1, ("timed_out",): 1}


def test_times_of_the_last_runs(reports: Reports) -> None:
    """The last healthy run is remembered through later ones that are not."""
    made = journal(("healthy", "denied"), reports)
    assert named(made, "irsa_last_healthy_timestamp_seconds") == {(): ENDED}
    assert named(made, "irsa_last_run_timestamp_seconds") == {(): ENDED + 300}
    assert not named(journal(("denied",), reports), "irsa_last_healthy_timestamp_seconds")


def test_what_was_not_measured_has_no_sample(reports: Reports) -> None:
    """Nought is a measurement, nothing is not."""
    nothing = reports["healthy"]._replace(measurements=Measurements(clock_skew_seconds=0.0, jwks_keys=0))
    made = Journal().after(Run(ENDED, 1, Ending.HEALTHY, nothing))
    assert named(made, "irsa_clock_skew_seconds") == named(made, "irsa_jwks_keys") == {(): 0}
    for name in ("token_issued", "token_expiry", "token_file_modified", "credentials_expiry"):
        assert not named(made, f"irsa_{name}_timestamp_seconds")
    assert not named(made, "irsa_phase_duration_seconds")
    assert not named(made, "irsa_sts_requests_total")


def test_durations_are_cumulated() -> None:
    """A bucket counts what took at most its bound, the last one everything."""
    made = Journal()
    for seconds in (0.1, 0.2, 7.0, 100.0):
        made = made.after(Run(ENDED, seconds, Ending.CRASHED))
    counts = named(made, "irsa_run_duration_seconds_bucket")
    assert [counts[str(bound),] for bound in BUCKETS] == [1, 2, 2, 2, 2, 2, 3, 3, 3]
    assert counts["+Inf",] == named(made, "irsa_run_duration_seconds_count")[()] == 4
    assert named(made, "irsa_run_duration_seconds_sum") == {(): pytest.approx(107.3)}


# ---- properties

BLANK = Report(
    version="",
    started=datetime(2026, 11, 21, 10, 0, tzinfo=UTC),
    duration_seconds=0.0,
    healthy=False,
    overdue=False,
    identity=Identity(),
    root_cause=None,
    results=(),
    measurements=Measurements(),
)
CHECKS = tuple(check.name for check in CHAIN)
ANY = st.text(max_size=40)
FAULTS = st.sampled_from(faults.ALL) | st.builds(
    faults.TOKEN_EMPTY._replace, code=ANY, name=ANY, title=ANY, severity=st.sampled_from(Severity)
)
RESULTS = st.builds(
    Result,
    check=st.sampled_from(CHECKS) | ANY,
    question=ANY,
    status=st.sampled_from(Status),
    detail=ANY,
    fault=st.none() | FAULTS,
    severity=st.none() | st.sampled_from(Severity),
)
NUMBERS = st.none() | st.floats(allow_nan=False, allow_infinity=False)
CODES = st.none() | st.sampled_from(["ok", "AccessDenied", "other", "none"]) | ANY


@st.composite
def hostile_reports(draw: st.DrawFn) -> Report:
    """Make a report of anything; a check stands in it once, as in every report that is read back."""
    fault, severity = draw(st.none() | FAULTS), draw(st.sampled_from(Severity))
    return BLANK._replace(
        version=draw(ANY),
        healthy=draw(st.booleans()),
        identity=Identity(draw(ANY), draw(ANY), draw(ANY), (draw(ANY),), draw(ANY)),
        root_cause=None if fault is None else RootCause(fault, severity, draw(ANY), {}),
        results=tuple(draw(st.lists(RESULTS, max_size=60, unique_by=lambda result: result.check))),
        measurements=Measurements(token_expiry=draw(NUMBERS), clock_skew_seconds=draw(NUMBERS), sts_code=draw(CODES)),
    )


def dreadful(status: Status, severity: Severity) -> Report:
    """Make the report that has the most series: every check fails, or crashes."""
    results = tuple(
        Result(check, "?", status, "", *((named[0], severity) if status is Status.FAIL else ()))
        for check, named in FAULTS_BY_CHECK.items()
    )
    cause = RootCause(faults.TRUST_POLICY_DENIED, severity, "exchange.accepted", {})
    phases = Phases(1.0, 1.0, 1.0, 1.0)
    measured = Measurements(1.0, 1.0, 1.0, 1.0, 1, 1.0, 1.0, "ok", phases, phases, phases)
    return BLANK._replace(results=results, root_cause=cause, measurements=measured)


@given(st.lists(hostile_reports(), min_size=1, max_size=4))
def test_labels_come_from_closed_sets(made: list[Report]) -> None:
    """Whatever reports say: every label's value is one that the table lists, and the bounds hold."""
    grown = Journal()
    for report in made:
        grown = grown.after(Run(ENDED, 1.0, Ending.HEALTHY if report.healthy else Ending.UNHEALTHY, report))
    rows = {row.name: row for row in METRICS}
    for family in families(grown):
        row = rows.get(family.name) or rows[f"{family.name}_total"]
        assert len(family.samples) <= row.bound_at_once
        for sample in family.samples:
            assert not sample.labels or tuple(sample.labels.values()) in row.possible
    assert read_open_metrics(open_metrics(grown))


def test_bounds_are_reached() -> None:
    """The bound at one time is no more than a pod can have: with every check failing, all but the crashes."""
    failing = Journal().after(Run(ENDED, 1.0, Ending.UNHEALTHY, dreadful(Status.FAIL, Severity.ERROR)))
    crashing = Journal().after(Run(ENDED, 1.0, Ending.UNHEALTHY, dreadful(Status.CRASH, Severity.ERROR)))
    for row in METRICS:
        most = max(len(named_all(failing, row.name)), len(named_all(crashing, row.name)))
        if row.name not in {"irsa_sts_requests_total", "irsa_last_healthy_timestamp_seconds"}:
            assert most == row.bound_at_once, row.name


def named_all(made: Journal, name: str) -> set[tuple[str, ...]]:
    """Return a metric's series, a histogram's wholly."""
    return {key for key in series(made) if re.fullmatch(f"{name}(_bucket|_sum|_count)?", key[0])}


# ---- the table and its page


def test_the_contract_is_kept() -> None:
    """Names, kinds and labels are public: they are extended, never changed."""
    assert {row.name: (row.kind, row.labels) for row in METRICS} == {
        "irsa_healthy": ("gauge", ()),
        "irsa_check_passed": ("gauge", ("check",)),
        "irsa_fault": ("gauge", ("check", "code", "name", "severity")),
        "irsa_root_cause": ("gauge", ("code", "name")),
        "irsa_check_crashed": ("gauge", ("check",)),
        "irsa_runs_total": ("counter", ("result",)),
        "irsa_last_run_timestamp_seconds": ("gauge", ()),
        "irsa_last_healthy_timestamp_seconds": ("gauge", ()),
        "irsa_run_duration_seconds": ("histogram", ("le",)),
        "irsa_phase_duration_seconds": ("gauge", ("target", "phase")),
        "irsa_sts_requests_total": ("counter", ("code",)),
        "irsa_token_issued_timestamp_seconds": ("gauge", ()),
        "irsa_token_expiry_timestamp_seconds": ("gauge", ()),
        "irsa_token_file_modified_timestamp_seconds": ("gauge", ()),
        "irsa_credentials_expiry_timestamp_seconds": ("gauge", ()),
        "irsa_jwks_keys": ("gauge", ()),
        "irsa_issuer_certificate_expiry_timestamp_seconds": ("gauge", ()),
        "irsa_clock_skew_seconds": ("gauge", ()),
        "irsa_build_info": ("gauge", ("version",)),
    }


def test_the_page_tells_of_every_metric() -> None:
    """Each has its heading, its labels, an example that names it, and its bounds; the sums are right."""
    page = metrics_page(METRICS, 99)
    for row in METRICS:
        assert f"\n## {row.name}\n\n{row.kind.capitalize()}, " in page
        assert row.name in row.query
        assert f"| `{row.name}` | {row.bound} | {row.bound_at_once} |" in page
    assert f"| **{sum(row.bound for row in METRICS)}** | **{sum(row.bound_at_once for row in METRICS)}** |" in page
    assert "about 99" in page
