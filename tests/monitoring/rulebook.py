"""What is in manifests/monitoring, read as its readers read it: rules, alerts, and every query that stands anywhere."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[2]
MONITORING = ROOT / "manifests" / "monitoring"
DOCS = ROOT / "docs"


def resource(name: str) -> Any:  # noqa: ANN401 - whatever YAML holds
    """Return what a file of manifests/monitoring holds."""
    return yaml.safe_load((MONITORING / name).read_text(encoding="utf-8"))


def rules() -> list[dict[str, Any]]:
    """Return all rules in their order."""
    return [rule for group in resource("rules.yaml")["groups"] for rule in group["rules"]]


def alerts() -> dict[str, dict[str, Any]]:
    """Return the alert rules by their names."""
    return {rule["alert"]: rule for rule in rules() if "alert" in rule}


def records() -> dict[str, dict[str, Any]]:
    """Return the recording rules by the names that they record."""
    return {rule["record"]: rule for rule in rules() if "record" in rule}


def dashboard() -> dict[str, Any]:
    """Return the dashboard as Grafana imports it."""
    made = json.loads((MONITORING / "dashboard.json").read_text(encoding="utf-8"))
    assert isinstance(made, dict)
    return made


def panels() -> dict[str, list[str]]:
    """Return the queries of each panel by its title; the chosen namespaces and pods are all."""
    return {
        panel["title"]: [
            target["expr"].replace("$namespace", ".*").replace("$pod", ".*") for target in panel["targets"]
        ]
        for panel in dashboard()["panels"]
        if "targets" in panel
    }


def queries() -> Iterator[tuple[str, str]]:
    """Yield every query that stands in rules, dashboard and docs, with where it stands."""
    for name, rule in (records() | alerts()).items():
        yield name, rule["expr"]
        yield from _in_templates(name, rule)
    for title, exprs in panels().items():
        yield from ((title, expr) for expr in exprs)
    for variable in dashboard()["templating"]["list"][1:]:
        yield variable["name"], variable["query"]["query"].partition("(")[2].rpartition(",")[0]
    for page in sorted(DOCS.glob("*.md")):
        yield from ((page.name, block) for block in _promql(page.read_text(encoding="utf-8")))


def _in_templates(name: str, rule: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield the queries that an alert's texts make while they are filled in."""
    for text in rule.get("annotations", {}).values():
        for quoted in re.findall(r'query "([^"]+)"', text):
            yield name, quoted
        for printed in re.findall(r'printf "([^"]+)"', text):
            yield name, printed.replace("%q", '"x"')


def _promql(text: str) -> list[str]:
    return re.findall(r"```promql\n(.*?)\n```", text, re.DOTALL)
