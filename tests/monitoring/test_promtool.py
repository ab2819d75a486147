"""Prometheus' own tool judges metrics, rules and queries."""

import subprocess
from pathlib import Path

import pytest
import yaml
from prometheus_client import CollectorRegistry, PlatformCollector, ProcessCollector, generate_latest
from rulebook import MONITORING, ROOT, alerts, queries

from cases import CASES, healthy
from exposition import open_metrics, read_open_metrics, registry
from parts import needed, program
from sidecar.checks import CHAIN
from sidecar.diagnosis import diagnose
from sidecar.journal import Ending, Journal, Run
from sidecar.model import Status

RULE_TESTS = sorted(Path(__file__).parent.glob("*_test.yaml"))


@pytest.fixture
def promtool() -> Path:
    """Return where promtool is."""
    return needed("promtool", program("promtool"))


def judged(promtool: Path, *arguments: str | Path, told: bytes = b"") -> tuple[int, str]:
    """Return what promtool says, and its exit code."""
    done = subprocess.run([promtool, *arguments], input=told, capture_output=True, check=False)
    return done.returncode, (done.stdout + done.stderr).decode()


def everything() -> Journal:
    """Return a journal of a run for every case, of which the last found a fault, with a check that crashed."""
    journal = Journal()
    for case in (*CASES, next(case for case in CASES if case.name.startswith("exchange.accepted") and case.fault)):
        report = diagnose(case.facts, CHAIN, version="0", started=1_790_000_000, duration_seconds=0.1)
        crashed = report.results[-1]._replace(status=Status.CRASH, fault=None, severity=None)
        report = report._replace(results=(*report.results[:-1], crashed))
        journal = journal.after(Run(1_790_000_000.0, 0.1, Ending.UNHEALTHY, report))
    return journal


def well() -> Journal:
    """Return the journal of a healthy run."""
    report = diagnose(healthy(), CHAIN, version="0", started=1_790_000_000, duration_seconds=0.1)
    return Journal().after(Run(1_790_000_000.0, 0.1, Ending.HEALTHY, report))


JOURNALS = {"new": Journal, "healthy": well, "everything": everything}


def whole(journal: Journal) -> CollectorRegistry:
    """Return what `watch` serves: ours, and the client library's about the process and the interpreter."""
    made = registry(journal)
    ProcessCollector(registry=made)
    PlatformCollector(registry=made)
    return made


@pytest.mark.parametrize("name", JOURNALS)
def test_promtool_has_no_complaint_about_the_text_format(promtool: Path, name: str) -> None:
    """Names, types, units and help texts are as Prometheus' conventions want them, the client library's included."""
    exposed = generate_latest(whole(JOURNALS[name]()))
    assert b"process_resident_memory_bytes" in exposed
    assert b"python_info" in exposed
    assert judged(promtool, "check", "metrics", told=exposed) == (0, "")


@pytest.mark.parametrize("name", JOURNALS)
def test_promtool_reads_open_metrics_as_text(promtool: Path, name: str) -> None:
    """Debian's promtool (2.42) has no parser of OpenMetrics: `check metrics` reads everything as text format 0.0.4.

    ``# EOF`` is a comment to it, and it misses the help of counters, whose family is named without ``_total`` there; it
    would refuse a type that only OpenMetrics has. So it says nothing more about OpenMetrics, which is judged by the
    client library's parser instead, and by a real Prometheus that scrapes it (test_prometheus.py).
    """
    exposed = open_metrics(JOURNALS[name]())
    assert read_open_metrics(exposed)
    _, said = judged(promtool, "check", "metrics", told=exposed.encode())
    counters = ("irsa_runs_total", "irsa_sts_requests_total")
    assert set(said.splitlines()) <= {f"{counter} no help text" for counter in counters}


@pytest.mark.parametrize("file", ["rules.yaml"])
def test_promtool_has_no_complaint_about_the_rules(promtool: Path, file: str) -> None:
    """Every expression is valid, and none is there twice."""
    code, said = judged(promtool, "check", "rules", "--lint=all", "--lint-fatal", MONITORING / file)
    assert (code, "SUCCESS" in said) == (0, True), said


@pytest.mark.parametrize("file", RULE_TESTS, ids=lambda path: path.stem)
def test_rules_do_what_they_say(promtool: Path, file: Path) -> None:
    """Each alert fires when it should, keeps still when it should, and says what it should."""
    code, said = judged(promtool, "test", "rules", file)
    assert (code, "SUCCESS" in said) == (0, True), said


def test_every_alert_is_tested_both_ways() -> None:
    """Each alert is seen to fire, with what it then says, and none to be even pending for pods that are well."""
    cases = {
        path.stem: [
            case
            for test in yaml.safe_load(path.read_text(encoding="utf-8"))["tests"]
            for case in (*test.get("promql_expr_test", []), *test.get("alert_rule_test", []))
        ]
        for path in RULE_TESTS
    }
    shown = [f"{case['expr']} {case['exp_samples']}" for case in cases["rules_test"] if case["exp_samples"]]
    assert [name for name in alerts() if not any(f'"{name}"' in one for one in shown)] == []
    assert {case["alertname"] for case in cases["pager_test"] if case["exp_alerts"]} == set(alerts())
    assert "max_over_time(ALERTS[2h])" in {case["expr"] for case in cases["rules_test"] if not case["exp_samples"]}


def test_every_query_is_valid(promtool: Path, tmp_path: Path) -> None:
    """Queries of the dashboard, the docs and the texts of alerts are valid: each is checked as a recording rule's."""
    made = [{"record": f"query:{number}", "expr": expr} for number, (_, expr) in enumerate(queries())]
    file = tmp_path / "queries.yaml"
    file.write_text(yaml.safe_dump({"groups": [{"name": "queries", "rules": made}]}), encoding="utf-8")
    code, said = judged(promtool, "check", "rules", "--lint=none", file)
    assert code == 0, said
    assert f"{len(made)} rules found" in said


def test_ci_installs_promtool() -> None:
    """Where promtool is missing, CI installs the package that has it."""
    script = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    assert "promtool" in script
    assert "package=prometheus" in script
