"""The reference page docs/metrics.md, in Markdown, from the table of metrics. Pure."""

from collections.abc import Iterable

from sidecar.render.metrics import Row
from sidecar.render.reference import literal

_INTRODUCTION = (
    "`irsa-doctor watch` serves these at `/metrics`, on port 9864 by default, as Prometheus' text format or as "
    "OpenMetrics. All of them tell of one pod; namespace, pod and job are labels that the PodMonitor, or your own "
    "relabelling, adds."
)
_RULES = (
    "- **A cured fault leaves no series.** What comes from the last report is made anew for every scrape, and what the "
    "report does not say has no sample.\n"
    "- **Labels come from closed sets.** No ARN, issuer, key id, path or message is ever a label, so the number of "
    "series has the bounds below.\n"
    "- **A run without a report** (`crashed`, `timed_out`) leaves the last report's values standing: look at "
    "`irsa_last_run_timestamp_seconds` to see how old they are.\n"
    "- **Next to these** stand `process_*` and `python_info` of Prometheus' client library for Python, of irsa-doctor "
    "itself."
)
_FEW = 5
_BOUNDS = (
    "*Ever* counts every series that the code of this version can make, for one pod: what a pod with every fault in "
    "turn leaves in Prometheus' storage. *At one time* is the most that one scrape can hold: a check names one fault, "
    "and a report one root cause. A healthy pod has about {healthy}."
)


def metrics_page(rows: Iterable[Row], healthy: int) -> str:
    """Return docs/metrics.md. ``healthy`` is the number of series of a healthy pod."""
    rows = tuple(rows)
    parts = [
        "# Metrics",
        "<!-- Written by tools/render_docs.py: change the code, not this page. -->",
        _INTRODUCTION,
        _RULES,
        *(part for row in rows for part in _metric(row)),
        "## How many series",
        _BOUNDS.format(healthy=healthy),
        _bounds(rows),
    ]
    return "\n\n".join(parts) + "\n"


def _metric(row: Row) -> list[str]:
    return [f"## {row.name}", f"{row.kind.capitalize()}{_labels(row)}.", literal(row.meaning), _example(row.query)]


def _labels(row: Row) -> str:
    named = [f"`{label}` ({_values(row, place)})" for place, label in enumerate(row.labels)]
    return f", by {', '.join(named)}" if named else ", without labels"


def _values(row: Row, place: int) -> str:
    """Name the values that a label can have where they are few, else count them."""
    values = dict.fromkeys(labels[place] for labels in sorted(row.possible))
    return ", ".join(values) if 1 < len(values) <= _FEW else f"one of {len(values)}"


def _example(query: str) -> str:
    return f"```promql\n{query}\n```"


def _bounds(rows: tuple[Row, ...]) -> str:
    lines = [f"| `{row.name}` | {row.bound} | {row.bound_at_once} |" for row in rows]
    ever, at_once = (sum(counts) for counts in zip(*((row.bound, row.bound_at_once) for row in rows), strict=True))
    head = ["| metric | series ever | series at one time |", "|---|---|---|"]
    return "\n".join([*head, *lines, f"| **all** | **{ever}** | **{at_once}** |"])
