"""What a journal is served as, in both formats, by the client library as `watch` uses it."""

from collections.abc import Iterator

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import Metric
from prometheus_client.openmetrics import exposition as openmetrics
from prometheus_client.openmetrics.parser import text_string_to_metric_families

from sidecar.journal import Journal
from sidecar.render.metrics import families

JOURNALS = {
    "before-the-first-run": (),
    "healthy": ("healthy",),
    "denied": ("denied",),
    "cured": ("denied", "refined", "healthy"),
    "standing": ("warnings", "CRASHED", "TIMED_OUT"),
    "crashed-from-the-start": ("CRASHED",),
    "a-check-crashed": ("crash",),
    "hostile": ("hostile",),
    "not-injected": ("not-injected",),
}
"""Journals to render. Each is told by the reports that its runs gave; an ending in capitals is a run that gave none."""


class Served:
    """Serves one journal, as a collector of the client library."""

    def __init__(self, journal: Journal) -> None:
        self.journal = journal

    def collect(self) -> Iterator[Metric]:
        """Yield the families."""
        return families(self.journal)


def registry(journal: Journal) -> CollectorRegistry:
    """Return a registry that holds nothing else."""
    made = CollectorRegistry()
    made.register(Served(journal))
    return made


def text(journal: Journal) -> str:
    """Return what is served as Prometheus' text format."""
    return generate_latest(registry(journal)).decode()


def open_metrics(journal: Journal) -> str:
    """Return what is served as OpenMetrics 1.0."""
    return bytes(openmetrics.generate_latest(registry(journal))).decode()  # type: ignore[no-untyped-call]


def read_open_metrics(exposed: str) -> list[Metric]:
    """Return what the client library's own parser reads of OpenMetrics; it refuses what is not."""
    return list(text_string_to_metric_families(exposed))  # type: ignore[no-untyped-call]


FORMATS = {"prom": text, "openmetrics": open_metrics}
"""What a journal is rendered as, by the ending of its golden."""
