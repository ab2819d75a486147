"""What is served where, from the journal of what was seen."""

import json
import threading
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.openmetrics.parser import text_string_to_metric_families as parsed_openmetrics
from prometheus_client.parser import text_string_to_metric_families as parsed_text

from rawclient import ask, get
from sidecar import faults
from sidecar.journal import Ending, Journal, Run
from sidecar.model import Identity, Measurements, Report, RootCause, Severity
from sidecar.render.json import report_json
from sidecar.serve.http import Server
from sidecar.serve.message import Request, Response
from sidecar.serve.paths import FRESH_SECONDS, HUNG_SECONDS, Surface

PATHS = ("/", "/healthz", "/metrics", "/readyz", "/report", "/startupz")
OPENMETRICS = "application/openmetrics-text;version=1.0.0;q=0.5,text/plain;version=0.0.4;q=0.3"
HEALTHY = Report(
    version="0.1.0",
    started=datetime(2026, 11, 21, 10, 0, tzinfo=UTC),
    duration_seconds=0.3,
    healthy=True,
    overdue=False,
    identity=Identity(),
    root_cause=None,
    results=(),
    measurements=Measurements(),
)
CAUSE = RootCause(faults.TRUST_POLICY_DENIED, Severity.ERROR, "exchange.accepted", {"role_arn": "secret"}, ())
DENIED = HEALTHY._replace(healthy=False, root_cause=CAUSE)


class Shown:
    """A surface with clocks and renderers of the test's own; counts how often the metrics were rendered."""

    def __init__(self) -> None:
        self.time = 0.0
        self.rendered = 0
        self.surface = Surface(lambda: 1000.0, lambda: self.time, 300.0, self._families, self._page)
        self.journal = Journal()

    def after(self, report: Report | None) -> None:
        """Show the journal after a run with this report."""
        ending = Ending.CRASHED if report is None else Ending.HEALTHY if report.healthy else Ending.UNHEALTHY
        self.journal = self.journal.after(Run(100.0, 1.0, ending, report))
        self.surface.show(self.journal)

    def get(self, path: str, accept: str = "") -> Response:
        """Return the answer at a path."""
        return self.surface.answer(Request(path, accept))

    def _families(self, journal: Journal) -> Iterable[Metric]:
        self.rendered += 1
        yield GaugeMetricFamily("irsa_runs", "Runs so far", sum(journal.runs.values()))

    def _page(self, journal: Journal, now: float, interval: float) -> tuple[str, str]:
        return f"<p>{sum(journal.runs.values())} {now} {interval} \udc80", "default-src 'self'"


@pytest.fixture
def shown() -> Shown:
    """Return a surface before the first run."""
    return Shown()


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    """Return the port at which a surface is served after a healthy run."""
    shown = Shown()
    shown.after(HEALTHY)
    with Server("127.0.0.1", 0, shown.surface.answer) as server:
        yield server.port


def said(response: Response) -> tuple[int, str]:
    """Return the status and the sentence of a response in plain text."""
    assert response.content_type == "text/plain; charset=utf-8"
    text = response.body.decode()
    assert text.endswith("\n")
    return response.status, text[:-1]


# ----------------------------------------------------------------------------------------------------- what there is


@pytest.mark.parametrize("path", PATHS)
def test_these_paths_exist(port: int, path: str) -> None:
    """Each path of the contract, with and without a query."""
    assert ask(port, get(path)).status == 200
    assert ask(port, get(f"{path}?x=/&y")).status == 200


@pytest.mark.parametrize(
    "path",
    [
        "//",
        "//metrics",
        "/metrics/",
        "/metrics/..",
        "/./metrics",
        "/../metrics",
        "/Metrics",
        "/%6detrics",
        "/metrics%3Fx",
        "/metrics;x",
        "/debug",
        "/favicon.ico",
        "/etc/passwd",
        "/%2e%2e/%2e%2e/etc/passwd",
    ],
)
def test_no_other_path_exists(port: int, path: str) -> None:
    """What is not exactly one of them is not found, and not repeated either."""
    answer = ask(port, get(path))
    assert (answer.status, answer.body) == (404, b"not found\n")


# ------------------------------------------------------------------------------------------------------------ probes


def test_alive_while_the_loop_turns(shown: Shown) -> None:
    """Whatever the diagnoses say; a beat holds for a minute."""
    assert said(shown.get("/healthz")) == (200, "ok")
    shown.after(DENIED)
    shown.time = HUNG_SECONDS - 1
    assert said(shown.get("/healthz")) == (200, "ok")
    shown.surface.beat()
    shown.time += HUNG_SECONDS - 1
    assert said(shown.get("/healthz")) == (200, "ok")
    shown.time += 1
    assert said(shown.get("/healthz")) == (503, "the loop has not turned for 60 s")


def test_ready_once_there_is_a_report(shown: Shown) -> None:
    """A run without a report makes nothing ready; one that found a fault does."""
    assert said(shown.get("/readyz")) == (503, "no report yet")
    shown.after(None)
    assert said(shown.get("/readyz")) == (503, "no report yet")
    shown.after(DENIED)
    assert said(shown.get("/readyz")) == (200, "ok")
    shown.after(None)
    assert said(shown.get("/readyz")) == (200, "ok")


def test_started_once_a_diagnosis_was_healthy(shown: Shown) -> None:
    """Until then the sentence names the root cause and shows no evidence; afterwards it stays so."""
    assert said(shown.get("/startupz")) == (503, "no report yet")
    shown.after(HEALTHY._replace(healthy=False))
    assert said(shown.get("/startupz")) == (503, "no diagnosis was healthy yet: nothing shows that the exchange works")
    shown.after(DENIED)
    cause = "IRSA606 trust-policy-denied"
    assert said(shown.get("/startupz")) == (503, f"no diagnosis was healthy yet: {cause}")
    shown.after(HEALTHY)
    assert said(shown.get("/startupz")) == (200, "ok")
    shown.after(DENIED)
    assert said(shown.get("/startupz")) == (200, "ok")


# ---------------------------------------------------------------------------------------------------------- readers


def test_the_report_for_programs(shown: Shown) -> None:
    """The last report as JSON v1, as soon as there is one."""
    assert said(shown.get("/report")) == (503, "no report yet")
    shown.after(DENIED)
    response = shown.get("/report")
    assert (response.status, response.content_type) == (200, "application/json")
    assert json.loads(response.body) == json.loads(report_json(DENIED))


def test_the_page_for_people(shown: Shown) -> None:
    """From the first moment, with its own policy; a character that cannot be sent does no harm."""
    assert shown.get("/") == (200, "text/html; charset=utf-8", b"<p>0 1000.0 300.0 ?", "default-src 'self'")
    shown.after(HEALTHY)
    assert shown.get("/").body == b"<p>1 1000.0 300.0 ?"


# ---------------------------------------------------------------------------------------------------------- metrics


def test_metrics_as_text(shown: Shown) -> None:
    """The journal's, the process's and the platform's, each once; not the garbage collector's."""
    response = shown.get("/metrics")
    assert (response.status, response.content_type) == (200, "text/plain; version=0.0.4; charset=utf-8")
    names = [family.name for family in parsed_text(response.body.decode())]
    assert {"irsa_runs", "process_resident_memory_bytes", "process_open_fds", "python_info"} <= set(names)
    assert len(names) == len(set(names))
    assert not [name for name in names if not name.startswith(("irsa_", "process_", "python_info"))]


def test_metrics_as_openmetrics(shown: Shown) -> None:
    """By the Accept header."""
    response = shown.get("/metrics", OPENMETRICS)
    assert response.content_type.startswith("application/openmetrics-text; version=1.0.0; charset=utf-8")
    assert "irsa_runs" in {family.name for family in parsed_openmetrics(response.body.decode())}  # type: ignore[no-untyped-call]  # the library does not say


def test_metrics_are_rendered_once_for_a_second(shown: Shown) -> None:
    """Once for each format, until a second has passed or another journal is shown."""
    for _ in range(3):
        shown.get("/metrics")
        shown.get("/metrics", OPENMETRICS)
        shown.time += FRESH_SECONDS / 4
    assert shown.rendered == 2
    shown.time += FRESH_SECONDS / 4
    shown.get("/metrics")
    assert shown.rendered == 3
    shown.after(HEALTHY)
    assert b"irsa_runs 1.0" in shown.get("/metrics").body
    assert b"irsa_runs 1.0" in shown.get("/metrics", OPENMETRICS).body
    assert shown.rendered == 5


def test_many_who_ask_at_once_have_it_rendered_once(shown: Shown) -> None:
    """The others wait for what one of them makes."""
    together = threading.Barrier(16)

    def one(_number: int) -> bytes:
        together.wait()
        return shown.get("/metrics").body

    with ThreadPoolExecutor(16) as pool:
        assert len(set(pool.map(one, range(16)))) == 1
    assert shown.rendered == 1


def test_what_is_kept_of_formats_is_bounded(shown: Shown) -> None:
    """A client may ask for any number of versions: not all of them are kept."""
    for number in range(1000):
        assert shown.get("/metrics", f"application/openmetrics-text;version={number + 1}").status == 200
    assert len(shown.surface._exposition._encoded) < 10


ACCEPTS = st.lists(
    st.sampled_from(
        [
            "application/openmetrics-text",
            "text/plain",
            ";",
            ",",
            "=",
            "version",
            "escaping",
            "1",
            ".",
            "x",
            "allow-utf-8",
        ]
    )
).map("".join)


@given(st.text() | ACCEPTS)
@example("application/openmetrics-text;version=x")
@example("text/plain;version=" + "9" * 5000)
def test_any_accept_header_gets_metrics(accept: str) -> None:
    """What the header says is never an error."""
    assert b"irsa_runs 0.0" in Shown().get("/metrics", accept).body
