"""A real Prometheus scrapes what is served, in both formats, and raises our alerts from it.

Its parser of OpenMetrics is the judge that `promtool check metrics` cannot be (see test_promtool.py).
"""

from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest
from prometheus_client.exposition import choose_encoder
from prometheus_server import Prometheus, hurried, prometheus
from rulebook import MONITORING, panels

from cases import CASES, DENIED, healthy
from exposition import registry
from parts import needed, program
from sidecar.checks import CHAIN
from sidecar.diagnosis import diagnose
from sidecar.facts import Facts, Timings
from sidecar.journal import Ending, Journal, Run
from sidecar.model import Phases
from sidecar.render.metrics import METRICS

TEXT = "text/plain; version=0.0.4; charset=utf-8"


class Toy:
    """A target on the loopback interface that serves one journal, which a test may change, at two paths.

    /metrics is by what Prometheus accepts, which is OpenMetrics; /text is always the old text format.
    """

    def __init__(self, journal: Journal) -> None:
        self.journal = journal
        self.served: set[str] = set()

    @contextmanager
    def listening(self) -> Iterator[str]:
        """Serve, and return the address."""
        toy = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                accepted = TEXT if self.path == "/text" else self.headers["Accept"]
                encode, kind = choose_encoder(accepted)
                body = encode(registry(toy.journal))
                toy.served.add(kind.partition(";")[0])
                self.send_response(200)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                pass

        with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
            thread = Thread(target=server.serve_forever, daemon=True)
            thread.start()
            try:
                yield f"127.0.0.1:{server.server_port}"
            finally:
                server.shutdown()
                thread.join()


def run(facts: Facts, number: int = 1) -> Run:
    """Return a run that diagnosed the facts."""
    report = diagnose(facts, CHAIN, version="0", started=1_790_000_000, duration_seconds=0.1)
    return Run(1_790_000_000.0 + number, 0.1, Ending.HEALTHY if report.healthy else Ending.UNHEALTHY, report)


def targets(address: str) -> list[dict[str, object]]:
    """Return the toy as two pods of a namespace, one for each path."""
    return [
        {"targets": [address], "labels": {"namespace": "shop", "pod": pod, "__metrics_path__": path}}
        for pod, path in {"open": "/metrics", "text": "/text"}.items()
    ]


@pytest.fixture
def toy() -> Toy:
    """A pod whose role denies it, after runs that met every fault there is."""
    journal = Journal()
    for number, case in enumerate(CASES[::8]):
        journal = journal.after(run(case.facts, number))
    journal = journal.after(run(healthy())).after(Run(1_790_000_001.0, 31.0, Ending.TIMED_OUT))
    return Toy(journal.after(run(healthy(sts=DENIED, timings=Timings(sts=Phases(response=0.1))))))


@pytest.fixture
def scraping(toy: Toy, tmp_path: Path) -> Iterator[Prometheus]:
    """A Prometheus that scrapes the toy and hurries with our rules."""
    binary = needed("prometheus", program("prometheus"))
    rules = hurried(MONITORING / "rules.yaml", tmp_path)
    with toy.listening() as address, prometheus(binary, tmp_path, targets(address), [rules]) as server:
        yield server


def test_prometheus_reads_what_is_served(toy: Toy, scraping: Prometheus) -> None:
    """Both formats give the same series; a cause becomes an alert, and neither outlives its cure.

    The hurried rules wait a second: what is looked at is that metrics, rules and alerts fit together in earnest.
    """
    scraping.until(lambda: sum(scraping.query("up").values()) == 2)
    scraping.until(lambda: len(scraping.query("irsa_healthy")) == 2)
    assert toy.served == {"application/openmetrics-text", "text/plain"}
    unseen = {"irsa_check_crashed", "irsa_credentials_expiry_timestamp_seconds"}
    for row in METRICS:
        name = f"{row.name}_bucket" if row.kind == "histogram" else row.name
        by_pod = [
            {frozenset(set(labels) - {("pod", pod)}): value for labels, value in found.items()}
            for pod in ("open", "text")
            for found in [scraping.query(f'{name}{{pod="{pod}"}}')]
        ]
        assert by_pod[0] == by_pod[1], name
        assert bool(by_pod[0]) is (name not in unseen), name

    def firing() -> dict[str, str]:
        return {alert["labels"]["alertname"]: alert["state"] for alert in scraping.alerts()}

    def told() -> str:
        return str([alert["annotations"]["description"] for alert in scraping.alerts()])

    scraping.until(lambda: firing().get("IrsaExchangeFailing") == "firing" and "shop: 2 of 2" in told())
    assert "IRSA606 trust-policy-denied" in told()

    toy.journal = toy.journal.after(run(healthy()))
    scraping.until(lambda: not scraping.query("irsa_root_cause"))
    scraping.until(lambda: "IrsaExchangeFailing" not in firing())
    assert set(scraping.query("irsa_healthy").values()) == {1.0}


def test_every_panel_shows_something(scraping: Prometheus) -> None:
    """The dashboard's queries can be evaluated, which is more than that they are valid, and few of them find nothing.

    Those are about what this pod does not have: a crashed check, credentials, the client library's own metrics.
    """
    scraping.until(lambda: len(scraping.query("irsa_healthy")) == 2)
    scraping.until(lambda: scraping.query("rate(irsa_runs_total[1h])"))
    empty = {title for title, exprs in panels().items() for expr in exprs if not scraping.query(expr)}
    assert empty == {"Crashed checks", "Credentials: session length", "Memory of sidecars"}
