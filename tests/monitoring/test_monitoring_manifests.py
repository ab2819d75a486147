"""The manifests of monitoring: what stands twice is the same, and they build."""

import subprocess
import sys

import yaml
from rulebook import MONITORING, ROOT, dashboard, resource

from parts import needed, program


def test_the_prometheusrule_is_the_rule_file() -> None:
    """One set of rules, with the operator and without it."""
    made = resource("prometheusrule.yaml")
    assert (made["apiVersion"], made["kind"]) == ("monitoring.coreos.com/v1", "PrometheusRule")
    assert made["spec"] == resource("rules.yaml")


def test_the_configmap_holds_the_dashboard() -> None:
    """Grafana's sidecar finds it by its label, and it is the file to import, byte for byte."""
    made = resource("dashboard-configmap.yaml")
    assert made["metadata"]["labels"]["grafana_dashboard"] == "1"
    assert made["data"] == {"irsa-doctor.json": (MONITORING / "dashboard.json").read_text(encoding="utf-8")}


def test_made_files_are_up_to_date() -> None:
    """They are what `make docs` makes of their sources."""
    command = [sys.executable, str(ROOT / "tools" / "render_monitoring.py"), "--check"]
    done = subprocess.run(command, capture_output=True, check=False, text=True)
    assert (done.returncode, done.stderr) == (0, "")


def test_kustomize_builds_them() -> None:
    """`kubectl kustomize` needs no cluster; it finds all three resources, in one namespace."""
    kubectl = needed("kubectl", program("kubectl"))
    done = subprocess.run([str(kubectl), "kustomize", str(MONITORING)], capture_output=True, check=True, text=True)
    built = list(yaml.safe_load_all(done.stdout))
    assert sorted(one["kind"] for one in built) == ["ConfigMap", "PodMonitor", "PrometheusRule"]
    assert {one["metadata"]["namespace"] for one in built} == {"monitoring"}


def test_panels_do_not_overlap() -> None:
    """Every panel has its own place on the grid of 24 columns, and its own number."""
    taken: set[tuple[int, int]] = set()
    panels = dashboard()["panels"]
    for panel in panels:
        place = panel["gridPos"]
        cells = {
            (x, y)
            for x in range(place["x"], place["x"] + place["w"])
            for y in range(place["y"], place["y"] + place["h"])
        }
        assert not cells & taken, panel["title"]
        assert place["x"] + place["w"] <= 24
        taken |= cells
    assert [panel["id"] for panel in panels] == list(range(1, len(panels) + 1))


def test_the_dashboard_can_be_narrowed_down() -> None:
    """By Prometheus, namespace and pod; every query of a panel heeds them."""
    assert [variable["name"] for variable in dashboard()["templating"]["list"]] == ["datasource", "namespace", "pod"]
    for panel in dashboard()["panels"]:
        for target in panel.get("targets", []):
            assert 'namespace=~"$namespace",pod=~"$pod"' in target["expr"]
            assert target["datasource"]["uid"] == "${datasource}"
