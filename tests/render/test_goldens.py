"""The goldens themselves."""

from exposition import FORMATS, JOURNALS
from sidecar.model import Report

RENDERINGS = ("html", "json", "log", "short.txt", "termination.txt", "txt")
OTHERS = {
    "checks.md",
    "faults.md",
    "incident.jsonl",
    "incident.log",
    "never-a-report.html",
    "no-report.html",
    "stale.html",
}


def test_no_golden_is_forgotten(reports: dict[str, Report], goldens: set[str]) -> None:
    """Every golden belongs to a rendering: one that nothing compares proves nothing."""
    metrics = {f"metrics.{name}.{kind}" for name in JOURNALS for kind in FORMATS}
    rendered = {f"{name}.{kind}" for name in reports for kind in RENDERINGS}
    assert goldens == rendered | metrics | OTHERS
