"""What a journal is served as, in both formats, by the client library as `watch` uses it."""

from collections.abc import Iterator

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import Metric
from prometheus_client.openmetrics import exposition as openmetrics

from sidecar.journal import Journal
from sidecar.render.metrics import families


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
    return bytes(openmetrics.generate_latest(registry(journal))).decode()
