"""What `watch` has seen so far: the last report, counts, and the last runs' verdicts. Pure.

A journal never changes: each run that has ended makes a new one. Its size is bounded: of what is past only
`REMEMBERED` lines are kept. All that is served, scraped or logged is a rendering of it.
"""

from bisect import bisect_left
from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import NamedTuple, Self

from sidecar.answers import ANSWERS
from sidecar.model import Report

REMEMBERED = 100
"""How many past runs the journal holds."""

BUCKETS = (0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)
"""Upper bounds of how long runs take, in seconds; the last bucket, without a bound, is not among them."""

STS_CODES: frozenset[str] = frozenset({"ok", "other", "none"}).union(*(row.codes for row in ANSWERS))
"""All that a request's outcome is counted under: ``none`` was not answered, ``other`` is no code known here."""


class Ending(StrEnum):
    """How a run ended: with a report, healthy or not; without one, crashed or ended for taking too long."""

    HEALTHY = "healthy"
    UNHEALTHY = "unhealthy"
    CRASHED = "crashed"
    TIMED_OUT = "timed_out"


class Run(NamedTuple):
    """A run that has ended. Times are seconds since the epoch, ``seconds`` is how long it took.

    ``report`` is None where there is none; ``why`` then says in a clause what happened.
    """

    ended: float
    seconds: float
    ending: Ending
    report: Report | None = None
    why: str = ""


class Past(NamedTuple):
    """A line about a past run: when it ended, how, and with which root cause (``IRSA606 trust-policy-denied``)."""

    ended: float
    ending: Ending
    cause: str | None = None


class Journal(NamedTuple):
    """What was seen so far. Times are seconds since the epoch; None where it has not happened yet.

    ``report`` is the last one, made at ``reported``; ``why`` says why the runs since then made none, else it is
    empty. ``durations`` counts runs by `BUCKETS`, not cumulated, the last for what took longer. ``past`` begins with
    the newest run.
    """

    report: Report | None = None
    reported: float | None = None
    last_healthy: float | None = None
    why: str = ""
    runs: Mapping[Ending, int] = MappingProxyType(dict.fromkeys(Ending, 0))
    sts_requests: Mapping[str, int] = MappingProxyType({})
    durations: tuple[int, ...] = (0,) * (len(BUCKETS) + 1)
    duration_sum: float = 0.0
    past: tuple[Past, ...] = ()

    def after(self, run: Run) -> Self:
        """Return the journal after one more run; a run without a report leaves the last report standing."""
        counted = self._replace(
            why=run.why,
            runs=MappingProxyType({**self.runs, run.ending: self.runs[run.ending] + 1}),
            durations=_counted(self.durations, run.seconds),
            duration_sum=self.duration_sum + run.seconds,
            past=(Past(run.ended, run.ending, _cause(run.report)), *self.past)[:REMEMBERED],
        )
        if run.report is None:
            return counted
        return counted._replace(
            report=run.report,
            reported=run.ended,
            last_healthy=run.ended if run.report.healthy else self.last_healthy,
            sts_requests=_requests(self.sts_requests, run.report.measurements.sts_code),
        )


def _counted(durations: tuple[int, ...], seconds: float) -> tuple[int, ...]:
    place = bisect_left(BUCKETS, seconds)
    return tuple(count + (number == place) for number, count in enumerate(durations))


def _cause(report: Report | None) -> str | None:
    if report is None or report.root_cause is None:
        return None
    return f"{report.root_cause.fault.code} {report.root_cause.fault.name}"


def _requests(counts: Mapping[str, int], code: str | None) -> Mapping[str, int]:
    """Count one request under its code; None: there was no request. A code that is not known is ``other``."""
    if code is None:
        return counts
    known = code if code in STS_CODES else "other"
    return MappingProxyType({**counts, known: counts.get(known, 0) + 1})
