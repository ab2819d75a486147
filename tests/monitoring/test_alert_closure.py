"""Alerts, dashboard and docs close with the code: metrics and labels that exist, pages that are there."""

import re
from collections.abc import Iterator

import pytest
from rulebook import DOCS, ROOT, alerts, dashboard, panels, queries, records, resource

from sidecar import HOME, faults
from sidecar.checks import FAULTS_BY_CHECK
from sidecar.checks.clock import SKEW_SECONDS
from sidecar.journal import STS_CODES
from sidecar.model import Fault
from sidecar.render.conclusion import address_of, page_of
from sidecar.render.metrics import METRICS

ROWS = {row.name: row for row in METRICS}
BY_CODE = {fault.code: fault for fault in faults.ALL}
TARGET = {"namespace", "pod", "instance", "job"}
"""The labels that Prometheus adds to whatever it scrapes."""

OTHERS = {
    "up": TARGET,
    "ALERTS": {"alertname", "alertstate", "namespace", "code", "name"},
    "process_resident_memory_bytes": TARGET,
}
"""What the queries use besides our own metrics."""

METRIC = re.compile(r"\b(?:[a-z_]+:[a-z_]+:[a-z]+|irsa_\w+|process_\w+|ALERTS|up(?=[{\[]))(?!\w*\s*\()")
SELECTOR = re.compile(r"([\w:]+)\{([^{}]*)\}")
CLAUSE = re.compile(r"\b(?:by|on|without|ignoring|group_left|group_right)\s*\(([^()]*)\)")
ALL_QUERIES = list(queries())


def labels_of(metric: str) -> set[str]:
    """Return the labels that a metric's series have once Prometheus has scraped it, or recorded it."""
    if metric in OTHERS:
        return OTHERS[metric]
    if metric in records():
        by = re.match(r"(?:count|sum)(?: by \(([^()]*)\))?", records()[metric]["expr"])
        assert by, f"{metric} is no count or sum by labels"
        return {label.strip() for label in (by[1] or "").split(",") if label}
    row = ROWS.get(metric) or ROWS[re.sub(r"_(bucket|sum|count)$", "", metric)]
    return {*row.labels, *TARGET}


def metrics_in(expr: str) -> set[str]:
    """Return the metrics that a query names, outside of the strings in it and the labels it groups by."""
    return set(METRIC.findall(CLAUSE.sub("", re.sub(r'"[^"]*"', '""', expr))))


def selectors(expr: str) -> Iterator[tuple[str, str, str, str]]:
    """Yield metric, label, operator and value of each condition in a query."""
    for metric, inside in SELECTOR.findall(expr):
        for label, operator, value in re.findall(r'(\w+)\s*(=~|!~|!=|=)\s*"([^"]*)"', inside):
            yield metric, label, operator, value


def test_there_are_queries() -> None:
    """Each kind of place is looked into."""
    places = {place for place, _ in ALL_QUERIES}
    assert {"IrsaExchangeFailing", "namespace:irsa_healthy:sum", "Root causes", "metrics.md", "namespace"} <= places
    assert all(metrics_in(expr) for _, expr in ALL_QUERIES)


@pytest.mark.parametrize(("place", "expr"), ALL_QUERIES)
def test_queries_name_metrics_that_exist(place: str, expr: str) -> None:
    """What is neither ours, nor recorded by a rule, nor known by name is a slip."""
    for metric in metrics_in(expr):
        assert labels_of(metric) is not None, place


@pytest.mark.parametrize(("place", "expr"), ALL_QUERIES)
def test_queries_select_by_labels_that_exist(place: str, expr: str) -> None:
    """A selector names labels of its metric; a clause labels that one of the query's metrics has."""
    for metric, label, _, _ in selectors(expr):
        assert label in labels_of(metric), (place, metric, label)
    known = set().union(*(labels_of(metric) for metric in metrics_in(expr)))
    for clause in CLAUSE.findall(expr):
        assert {label.strip() for label in clause.split(",") if label.strip()} <= known, place


@pytest.mark.parametrize(("place", "expr"), ALL_QUERIES)
def test_queries_select_values_that_exist(place: str, expr: str) -> None:
    """A value that is asked for is one that the label can have."""
    for metric, label, operator, value in selectors(expr):
        row = ROWS.get(metric)
        if row is not None and label in row.labels and operator in {"=", "=~"}:
            possible = {values[row.labels.index(label)] for values in row.possible}
            asked = value.split("|") if operator == "=~" else [value]
            assert set(asked) <= possible, place
        if label == "alertname":
            assert all(name in alerts() for name in value.split("|")), place


def test_metrics_in_prose_exist() -> None:
    """Texts of alerts, descriptions of panels and docs name only what there is."""
    pages = {path.name: path.read_text(encoding="utf-8") for path in (*DOCS.glob("*.md"), ROOT / "README.md")}
    rules = (ROOT / "manifests" / "monitoring" / "rules.yaml").read_text(encoding="utf-8")
    for place, text in (pages | {"rules.yaml": rules, "dashboard.json": str(dashboard())}).items():
        for recorded in re.findall(r"\b[a-z_]+:irsa_\w+:[a-z]+", text):
            assert recorded in records(), place
        for metric in re.findall(r"(?<![\w:])irsa_\w+(?![\w:*])", text):
            assert labels_of(metric) is not None, (place, metric)


# ---- alerts


@pytest.mark.parametrize("name", alerts())
def test_every_alert_says_what_a_pager_needs(name: str) -> None:
    """A severity to route by, a summary in a line, a description with a number and a first step, and a runbook."""
    rule = alerts()[name]
    assert rule["labels"]["severity"] in {"critical", "warning"}
    assert set(rule["annotations"]) == {"summary", "description", "runbook_url"}
    assert "\n" not in rule["annotations"]["summary"]
    assert "$value" in rule["annotations"]["description"]
    assert " First: " in rule["annotations"]["description"]


@pytest.mark.parametrize("name", alerts())
def test_every_alert_outlasts_one_bad_run(name: str) -> None:
    """The next run comes after at most 5.5 minutes."""
    assert int(alerts()[name]["for"].removesuffix("m")) >= 6


@pytest.mark.parametrize("name", alerts())
def test_every_runbook_is_there(name: str) -> None:
    """Each alert leads to a page in docs/, of the fault where one fits; whatever the code is, where that is a label."""
    address = alerts()[name]["annotations"]["runbook_url"]
    codes = {fault.code for named in FAULTS_BY_CHECK.values() for fault in named} if "{{" in address else {""}
    for code in codes:
        path, _, anchor = re.sub(r"\{\{ \$labels\.code \}\}", code, address).partition("#")
        assert path.startswith(f"{HOME}/docs/")
        page = (ROOT / path.removeprefix(f"{HOME}/")).read_text(encoding="utf-8")
        assert not anchor or anchor in {heading.lower() for heading in re.findall(r"^## (\w+)$", page, re.MULTILINE)}


@pytest.mark.parametrize("fault", faults.ALL, ids=lambda fault: fault.name)
def test_addresses_are_those_of_pages(fault: Fault) -> None:
    """The address of a fault is its page's, where docs/ is published, as the alerts write it."""
    assert address_of(fault) == f"https://irsa-doctor.dev/{page_of(fault)}"
    assert address_of(fault) == f"https://irsa-doctor.dev/docs/faults/{fault.code}.md"


def test_the_page_of_alerts_tells_of_each() -> None:
    """docs/alerts.md has a section for each alert, in order, with the severity and the waiting time of the rule."""
    page = (DOCS / "alerts.md").read_text(encoding="utf-8")
    sections = re.findall(r"^## (Irsa\w+)\n\n`(\w+)`, after (\w+)\.\n", page, re.MULTILINE)
    assert sections == [(name, rule["labels"]["severity"], rule["for"]) for name, rule in alerts().items()]
    for part in ("Meaning", "Impact", "First", "Computed"):
        assert page.count(f"- **{part}:** ") == len(alerts())


def test_links_of_the_pages_lead_somewhere() -> None:
    """What the pages about monitoring link is there."""
    for name in ("alerts.md", "metrics.md"):
        for target in re.findall(r"\]\((?!http)([^)#]+)", (DOCS / name).read_text(encoding="utf-8")):
            assert (DOCS / target).is_file()


def test_codes_in_rules_are_of_the_faults_they_mean() -> None:
    """A code says nothing to a reader: here is what each means."""
    text = (ROOT / "manifests" / "monitoring" / "rules.yaml").read_text(encoding="utf-8")
    assert {code: BY_CODE[code].name for code in re.findall(r"IRSA\d{3}", text)} == {
        "IRSA115": "token-file-stale",
        "IRSA402": "issuer-certificate-expired",
        "IRSA403": "issuer-certificate-expiring",
        "IRSA406": "thumbprint-differs",
        "IRSA608": "throttled",
        "IRSA901": "clock-skew",
    }


def test_thresholds_agree_with_the_code() -> None:
    """The alert on clocks begins where the check does; a request that was not answered has a code of its own."""
    assert f"> {SKEW_SECONDS:g}" in alerts()["IrsaClockSkew"]["expr"]
    assert "none" in STS_CODES


def test_panels_and_rules_know_targets_by_one_job() -> None:
    """podmonitor.yaml gives all targets the job that the queries ask for, by the label and port of the contract."""
    monitor = resource("podmonitor.yaml")["spec"]
    assert monitor["selector"]["matchLabels"] == {"irsa-doctor.dev/mode": "sidecar"}
    assert monitor["namespaceSelector"] == {"any": True}
    (endpoint,) = monitor["podMetricsEndpoints"]
    assert (endpoint["port"], endpoint["path"]) == ("irsa-doctor", "/metrics")
    (job,) = endpoint["relabelings"]
    asked = {value for _, expr in ALL_QUERIES for metric, label, _, value in selectors(expr) if label == "job"}
    assert (job["targetLabel"], {job["replacement"]}) == ("job", asked)


def test_the_dashboard_shows_what_there_is() -> None:
    """Every metric of the last report, of runs and of requests is on it; no two panels have one title."""
    shown = set().union(*(metrics_in(expr) for exprs in panels().values() for expr in exprs))
    unshown = {row.name for row in METRICS if not any(re.sub(r"_bucket$", "", name) == row.name for name in shown)}
    assert unshown == {"irsa_check_passed", "irsa_last_healthy_timestamp_seconds"}
    titles = [panel["title"] for panel in dashboard()["panels"]]
    assert len(set(titles)) == len(titles)
