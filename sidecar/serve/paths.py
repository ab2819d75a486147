"""What is where: each path of `watch` made from the journal of what it has seen.

Neither listens nor diagnoses. The loop of `watch` shows each new journal and says that it is alive; clients ask from
many threads at once.
"""

import threading
from collections.abc import Callable, Iterable
from http import HTTPStatus
from typing import NamedTuple

from prometheus_client.core import CollectorRegistry, Metric
from prometheus_client.exposition import choose_encoder
from prometheus_client.platform_collector import PlatformCollector
from prometheus_client.process_collector import ProcessCollector

from sidecar.journal import Journal
from sidecar.model import Report
from sidecar.render.conclusion import unproven
from sidecar.serve.message import PLAIN, Request, Response

HUNG_SECONDS = 60.0
"""A loop that has not turned for so long does not work any more."""
FRESH_SECONDS = 1.0
"""How long an exposition is served again: the process's own numbers may be so old."""

_HTML = "text/html; charset=utf-8"

Families = Callable[[Journal], Iterable[Metric]]
"""The metrics of a journal."""
Page = Callable[[Journal, float, float], tuple[str, str]]
"""The page of a journal, at a time and for an interval, both in seconds; and its Content-Security-Policy."""


class Surface:
    """What `watch` serves: `answer` is what an `http.Server` asks.

    ``now`` and ``monotonic`` are clocks, ``interval`` the seconds between runs.
    """

    def __init__(
        self, now: Callable[[], float], monotonic: Callable[[], float], interval: float, families: Families, page: Page
    ) -> None:
        self._now = now
        self._monotonic = monotonic
        self._interval = interval
        self._page = page
        self._journal = Journal()
        self._beaten = monotonic()
        self._exposition = _Exposition(monotonic, families)
        self._answers = {
            "/": self._people,
            "/healthz": self._alive,
            "/readyz": self._ready,
            "/report": self._programs,
            "/startupz": self._started,
        }

    def show(self, journal: Journal) -> None:
        """Serve this journal from now on."""
        self._journal = journal

    def beat(self) -> None:
        """Say that the loop still turns."""
        self._beaten = self._monotonic()

    def answer(self, request: Request) -> Response:
        """Return what is at a path: only exactly these exist."""
        journal = self._journal
        if request.path == "/metrics":
            return self._exposition.answer(journal, request.accept)
        answer = self._answers.get(request.path)
        return _said(HTTPStatus.NOT_FOUND, "not found") if answer is None else answer(journal)

    def _alive(self, _journal: Journal) -> Response:
        if self._monotonic() - self._beaten < HUNG_SECONDS:
            return _OK
        return _said(HTTPStatus.SERVICE_UNAVAILABLE, f"the loop has not turned for {HUNG_SECONDS:g} s")

    def _ready(self, journal: Journal) -> Response:
        return _OK if journal.report else _NO_REPORT

    def _started(self, journal: Journal) -> Response:
        if journal.last_healthy is not None:
            return _OK
        if journal.report is None:
            return _NO_REPORT
        return _said(HTTPStatus.SERVICE_UNAVAILABLE, f"no diagnosis was healthy yet: {_because(journal.report)}")

    def _programs(self, journal: Journal) -> Response:
        if journal.report is None:
            return _NO_REPORT
        from sidecar.render.json import report_json

        return Response(HTTPStatus.OK, "application/json", f"{report_json(journal.report)}\n".encode())

    def _people(self, journal: Journal) -> Response:
        page, policy = self._page(journal, self._now(), self._interval)
        return Response(HTTPStatus.OK, _HTML, page.encode(errors="replace"), policy)


class _Encoded(NamedTuple):
    """An exposition of a journal in one format, and when it was made."""

    journal: Journal
    made: float
    body: bytes


class _Exposition:
    """The metrics of the present journal and of this process, in each format that is asked for."""

    def __init__(self, monotonic: Callable[[], float], families: Families) -> None:
        self._monotonic = monotonic
        self._families = families
        self._journal = Journal()
        self._lock = threading.Lock()
        self._encoded: dict[str, _Encoded] = {}
        self._registry = CollectorRegistry()
        self._registry.register(self)
        ProcessCollector(registry=self._registry)
        PlatformCollector(registry=self._registry)

    def collect(self) -> Iterable[Metric]:
        """Return the journal's metrics: what the registry asks while `answer` holds the lock."""
        return self._families(self._journal)

    def answer(self, journal: Journal, accept: str) -> Response:
        """Return the exposition in the format that the client prefers; of many who ask at once one makes it."""
        encode, content_type = _chosen(accept)
        with self._lock:
            found = self._encoded.get(content_type)
            if found is None or found.journal is not journal or self._monotonic() - found.made >= FRESH_SECONDS:
                found = self._made(journal, encode)
                self._encoded[content_type] = found
        return Response(HTTPStatus.OK, content_type, found.body)

    def _made(self, journal: Journal, encode: Callable[[CollectorRegistry], bytes]) -> _Encoded:
        self._journal = journal
        return _Encoded(journal, self._monotonic(), encode(self._registry))


_TEXT, _OPEN = choose_encoder(""), choose_encoder("application/openmetrics-text; version=1.0.0")


def _chosen(accept: str) -> tuple[Callable[[CollectorRegistry], bytes], str]:
    """Return one of two formats: a client may name any version, and would have one made for it each time."""
    try:
        return _OPEN if choose_encoder(accept)[1].startswith("application/openmetrics-text") else _TEXT
    except TypeError:  # how the library takes a version that is not made of numbers
        return _TEXT


def _said(status: HTTPStatus, sentence: str) -> Response:
    return Response(status, PLAIN, f"{sentence}\n".encode())


def _because(report: Report) -> str:
    cause = report.root_cause
    return unproven(report) if cause is None else f"{cause.fault.code} {cause.fault.name}"


_OK = _said(HTTPStatus.OK, "ok")
_NO_REPORT = _said(HTTPStatus.SERVICE_UNAVAILABLE, "no report yet")
