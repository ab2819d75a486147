"""Every scenario of the lab, through the real program: the diagnosis names what was broken."""

import json
import os
import subprocess
import sys
from typing import Any

import pytest

from pasted import taken
from sidecar import faults
from sidecar.lab.lab import Lab
from sidecar.lab.plan import Scenario
from sidecar.lab.scenarios import SCENARIOS
from sidecar.model import Severity

ELSEWHERE = frozenset({"7", "8"})
"""Hundreds that only explain, trust, IAM, the Kubernetes API or /proc show (FAULTS.md)."""
ONLY_SHOWN_BY_IAM = frozenset({faults.ROLE_NOT_FOUND})


WITHOUT_ROOTS_RIGHTS = """
import ctypes, os, sys

library = ctypes.CDLL(None, use_errno=True)
for capability in (1, 2):  # CAP_DAC_OVERRIDE and CAP_DAC_READ_SEARCH, by which root reads every file
    if library.prctl(24, capability, 0, 0, 0) != 0:  # PR_CAPBSET_DROP
        sys.exit("cannot give up root's rights")
os.execv(sys.executable, [sys.executable, *sys.argv[1:]])
"""


def interpreter(scenario: Scenario) -> list[str]:
    """Return how Python is started: without root's right to read every file where the scenario would not work."""
    if scenario.unprivileged and os.geteuid() == 0:
        return [sys.executable, "-c", WITHOUT_ROOTS_RIGHTS]
    return [sys.executable]


def diagnosed(lab: Lab, scenario: Scenario) -> tuple[dict[str, Any], int]:
    """Return the report of `check` in the scenario's pod, and the exit code."""
    with lab.pod(scenario) as pod:
        done = subprocess.run(
            pod.command(interpreter(scenario), "check", "--format", "json", *pod.arguments),
            env=pod.environ,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
    assert done.stderr == ""
    report: dict[str, Any] = json.loads(done.stdout)
    return report, done.returncode


@pytest.mark.parametrize("scenario", SCENARIOS.values(), ids=SCENARIOS)
def test_scenario_ends_in_the_fault_it_is_made_for(lab: Lab, scenario: Scenario) -> None:
    """The root cause is the scenario's, its warnings are seen, nothing crashes, and the exit code says so.

    Each command in the report is taken by the program that it is for.
    """
    report, code = diagnosed(lab, scenario)
    cause = report["root_cause"]
    warnings = {check["name"] for check in report["checks"] if check["status"] == "warn"}
    assert (cause and cause["name"]) == scenario.expects
    assert report["healthy"] is (scenario.expects is None)
    assert set(scenario.warns) <= warnings
    assert "crash" not in {check["status"] for check in report["checks"]}
    assert code == int(cause is not None and cause["severity"] == "error")
    assert cause is None or cause["commands"]
    for command in dict.fromkeys(command for check in report["checks"] for command in check["commands"]):
        taken(command)


def test_scenarios_expect_faults_that_exist() -> None:
    """Every expected fault and warning is in the table of faults."""
    for scenario in SCENARIOS.values():
        assert {scenario.expects, *scenario.warns} - {None} <= set(faults.BY_NAME)


def test_every_error_that_can_be_provoked_has_a_scenario() -> None:
    """Every E fault of 1xx to 6xx has a scenario that ends in it (DESIGN.md, closure 9)."""
    provoked = {scenario.expects for scenario in SCENARIOS.values()}
    wanted = {
        fault.name
        for fault in faults.ALL
        if fault.severity is Severity.ERROR
        and fault.code.removeprefix("IRSA")[0] not in ELSEWHERE
        and fault not in ONLY_SHOWN_BY_IAM
    }
    assert wanted - provoked == set()


def test_every_warning_about_issuer_and_certificates_has_a_scenario() -> None:
    """Every W fault of 3xx and 4xx is met by a scenario, as its root cause or beside it."""
    met = {name for scenario in SCENARIOS.values() for name in (scenario.expects, *scenario.warns)}
    wanted = {fault.name for fault in faults.ALL if fault.code.startswith(("IRSA3", "IRSA4"))}
    assert wanted - met == set()
