"""The metrics of `watch`, made anew from the journal for every scrape. Pure.

Nothing is kept from one scrape to the next, so a cured fault leaves no series. `METRICS` is the one table of names,
labels and meanings: docs/metrics.md is made of it, and alerts and dashboard are held against it. What a row does not
list as possible is never served, whatever a report says: so the number of series has a bound that can be computed.
"""

from collections.abc import Callable, Iterator, Mapping
from itertools import accumulate, product
from typing import Literal, NamedTuple

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric

from sidecar import __version__
from sidecar.checks import CHAIN, FAULTS_BY_CHECK
from sidecar.journal import BUCKETS, STS_CODES, Ending, Journal
from sidecar.model import Phases, Report, Severity, Status

Labels = tuple[str, ...]
Samples = Mapping[Labels, float]

_CHECKS = frozenset((check.name,) for check in CHAIN)
_NAMED = [(check, fault) for check, faults in FAULTS_BY_CHECK.items() for fault in faults]
_FAULTS = frozenset((check, fault.code, fault.name, severity.value) for check, fault in _NAMED for severity in Severity)
_CAUSES = frozenset((fault.code, fault.name) for _, fault in _NAMED)
_TARGETS = ("issuer", "jwks", "sts")
_PASSED = {Status.PASS: 1.0, Status.WARN: 0.0, Status.FAIL: 0.0}
_NONE: frozenset[Labels] = frozenset({()})
_LE = (*map(str, BUCKETS), "+Inf")


class Row(NamedTuple):
    """A metric: what it is called and means, an example of its use, and where its samples come from.

    ``possible`` holds the values that its ``labels`` can have together. ``at_once`` is how many of them a pod can have
    at one time, where that is fewer.
    """

    name: str
    kind: Literal["gauge", "counter", "histogram"]
    labels: tuple[str, ...]
    possible: frozenset[Labels]
    samples: Callable[[Journal], Samples]
    meaning: str
    query: str
    at_once: int | None = None

    @property
    def bound(self) -> int:
        """How many series a pod can ever have of it; a histogram has a sum and a count besides its buckets."""
        return len(self.possible) + 2 * (self.kind == "histogram")

    @property
    def bound_at_once(self) -> int:
        """How many series a pod can have of it at one time."""
        return self.bound if self.at_once is None else self.at_once


# ---- where samples come from


def _reported(samples: Callable[[Report], Samples]) -> Callable[[Journal], Samples]:
    """Take samples from the last report; before the first there are none."""
    return lambda journal: {} if journal.report is None else samples(journal.report)


def _single(value: float | None) -> Samples:
    return {} if value is None else {(): float(value)}


def _measured(name: str) -> Callable[[Journal], Samples]:
    return _reported(lambda report: _single(getattr(report.measurements, name)))


def _passed(report: Report) -> Samples:
    return {(result.check,): _PASSED[result.status] for result in report.results if result.status in _PASSED}


def _crashed(report: Report) -> Samples:
    return {(result.check,): 1.0 for result in report.results if result.status is Status.CRASH}


def _faults(report: Report) -> Samples:
    return {
        (result.check, result.fault.code, result.fault.name, result.severity.value): 1.0
        for result in report.results
        if result.fault is not None and result.severity is not None
    }


def _cause(report: Report) -> Samples:
    cause = report.root_cause
    return {} if cause is None else {(cause.fault.code, cause.fault.name): 1.0}


def _phases(report: Report) -> Samples:
    seconds = {
        (target, phase): getattr(getattr(report.measurements, target), phase)
        for target, phase in product(_TARGETS, Phases._fields)
    }
    return {labels: value for labels, value in seconds.items() if value is not None}


def _runs(journal: Journal) -> Samples:
    return {(ending.value,): float(journal.runs[ending]) for ending in Ending}


def _requests(journal: Journal) -> Samples:
    return {(code,): float(count) for code, count in journal.sts_requests.items()}


def _durations(journal: Journal) -> Samples:
    return {(le,): float(count) for le, count in zip(_LE, accumulate(journal.durations), strict=True)}


# ---- the table

METRICS: tuple[Row, ...] = (
    Row(
        "irsa_healthy",
        "gauge",
        (),
        _NONE,
        _reported(lambda report: _single(report.healthy)),
        "1 where the last diagnosis found that this pod can get AWS credentials by IRSA, else 0; "
        "with --mechanism pod-identity, by EKS Pod Identity. "
        "Absent until the first diagnosis has ended.",
        "sum by (namespace) (irsa_healthy) / count by (namespace) (irsa_healthy)",
    ),
    Row(
        "irsa_root_cause",
        "gauge",
        ("code", "name"),
        _CAUSES,
        _reported(_cause),
        "1 for the one fault to mend first, by the last diagnosis. Gone when it is cured.",
        "count by (code, name) (irsa_root_cause)",
        at_once=1,
    ),
    Row(
        "irsa_fault",
        "gauge",
        ("check", "code", "name", "severity"),
        _FAULTS,
        _reported(_faults),
        "1 for each fault that the last diagnosis found. Severity error: the workload cannot get credentials; "
        "warning: today it can, or this pod cannot tell. Gone when it is cured.",
        'count by (code, name) (irsa_fault{severity="warning"})',
        at_once=len(FAULTS_BY_CHECK),
    ),
    Row(
        "irsa_check_passed",
        "gauge",
        ("check",),
        _CHECKS,
        _reported(_passed),
        "1 where the check passed in the last diagnosis, 0 where it found a fault. "
        "No sample for a check that was skipped or crashed.",
        'count by (namespace) (irsa_check_passed{check="exchange.accepted"} == 0)',
    ),
    Row(
        "irsa_check_crashed",
        "gauge",
        ("check",),
        _CHECKS,
        _reported(_crashed),
        "1 for each check that crashed in the last diagnosis: a bug in irsa-doctor, not a fault of the pod.",
        "count by (check) (irsa_check_crashed)",
    ),
    Row(
        "irsa_runs_total",
        "counter",
        ("result",),
        frozenset((ending.value,) for ending in Ending),
        _runs,
        "Diagnoses that have ended, by result. Those that crashed or timed out gave no report: "
        "what is told of the last report stands as it was.",
        'sum by (result) (increase(irsa_runs_total{result=~"crashed|timed_out"}[1h]))',
    ),
    Row(
        "irsa_last_run_timestamp_seconds",
        "gauge",
        (),
        _NONE,
        lambda journal: _single(journal.reported),
        "When the last diagnosis that gave a report ended, in seconds since the epoch. "
        "Everything that comes from the report is as old as this.",
        "time() - irsa_last_run_timestamp_seconds > 1200",
    ),
    Row(
        "irsa_last_healthy_timestamp_seconds",
        "gauge",
        (),
        _NONE,
        lambda journal: _single(journal.last_healthy),
        "When the last healthy diagnosis ended, in seconds since the epoch. Absent until there was one.",
        "time() - irsa_last_healthy_timestamp_seconds",
    ),
    Row(
        "irsa_run_duration_seconds",
        "histogram",
        ("le",),
        frozenset((le,) for le in _LE),
        _durations,
        "How long diagnoses took, whatever became of them.",
        "histogram_quantile(0.9, sum by (le) (rate(irsa_run_duration_seconds_bucket[1h])))",
    ),
    Row(
        "irsa_phase_duration_seconds",
        "gauge",
        ("target", "phase"),
        frozenset(product(_TARGETS, Phases._fields)),
        _reported(_phases),
        "Seconds that a phase of a request took in the last diagnosis: the issuer's discovery document, its keys "
        "(jwks), STS. No sample where the phase did not happen.",
        "max by (target, phase) (irsa_phase_duration_seconds)",
    ),
    Row(
        "irsa_sts_requests_total",
        "counter",
        ("code",),
        frozenset((code,) for code in STS_CODES),
        _requests,
        "AssumeRoleWithWebIdentity requests of the diagnoses that gave a report, by the code of STS's answer: ok, "
        "STS's error code, "
        "other for one that is not known, none where STS was not reached.",
        "sum by (code) (rate(irsa_sts_requests_total[1h]))",
    ),
    Row(
        "irsa_token_issued_timestamp_seconds",
        "gauge",
        (),
        _NONE,
        _measured("token_issued"),
        "When the token in the token file was issued (its claim iat), in seconds since the epoch.",
        "time() - irsa_token_issued_timestamp_seconds",
    ),
    Row(
        "irsa_token_expiry_timestamp_seconds",
        "gauge",
        (),
        _NONE,
        _measured("token_expiry"),
        "When the token in the token file expires (its claim exp), in seconds since the epoch.",
        "irsa_token_expiry_timestamp_seconds - time() < 600",
    ),
    Row(
        "irsa_token_file_modified_timestamp_seconds",
        "gauge",
        (),
        _NONE,
        _measured("token_file_modified"),
        "When the token file was last written, in seconds since the epoch: when the kubelet last rotated the token.",
        "time() - irsa_token_file_modified_timestamp_seconds",
    ),
    Row(
        "irsa_credentials_expiry_timestamp_seconds",
        "gauge",
        (),
        _NONE,
        _measured("credentials_expiry"),
        "When the credentials that STS, or the agent of EKS Pod Identity, gave in the last diagnosis expire, in "
        "seconds since the epoch. "
        "They are irsa-doctor's own, thrown away at once; the workload's session is another.",
        "irsa_credentials_expiry_timestamp_seconds - irsa_last_run_timestamp_seconds",
    ),
    Row(
        "irsa_jwks_keys",
        "gauge",
        (),
        _NONE,
        _measured("jwks_keys"),
        "How many keys the issuer publishes.",
        "min(irsa_jwks_keys)",
    ),
    Row(
        "irsa_issuer_certificate_expiry_timestamp_seconds",
        "gauge",
        (),
        _NONE,
        _measured("issuer_certificate_expiry"),
        "When the first certificate in the chain of the host that serves the issuer's keys expires, in seconds since "
        "the epoch.",
        "(min(irsa_issuer_certificate_expiry_timestamp_seconds) - time()) / 86400",
    ),
    Row(
        "irsa_clock_skew_seconds",
        "gauge",
        (),
        _NONE,
        _measured("clock_skew_seconds"),
        "This pod's clock minus STS's clock, in seconds: more than 0 where the pod's is ahead.",
        "max(abs(irsa_clock_skew_seconds))",
    ),
    Row(
        "irsa_build_info",
        "gauge",
        ("version",),
        frozenset({(__version__,)}),
        lambda _: {(__version__,): 1.0},
        "Always 1; the version of irsa-doctor is in the label.",
        "count by (version) (irsa_build_info)",
    ),
)


def families(journal: Journal) -> Iterator[Metric]:
    """Yield what is to be served: each metric that has samples now."""
    for row in METRICS:
        samples = {labels: value for labels, value in row.samples(journal).items() if labels in row.possible}
        if samples:
            yield _family(row, samples, journal.duration_sum)


def _family(row: Row, samples: Samples, total: float) -> Metric:
    if row.kind == "histogram":
        buckets = [(le, count) for (le,), count in samples.items()]
        return HistogramMetricFamily(row.name, row.meaning, buckets=buckets, sum_value=total)
    make = CounterMetricFamily if row.kind == "counter" else GaugeMetricFamily
    family = make(row.name, row.meaning, labels=row.labels)
    for labels, value in samples.items():
        family.add_metric(labels, value)
    return family
