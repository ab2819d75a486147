"""The goldens themselves."""

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
    assert goldens == {f"{name}.{kind}" for name in reports for kind in RENDERINGS} | OTHERS
