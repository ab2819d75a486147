"""`irsa-doctor check` where EKS Pod Identity is in use: exit codes, waiting, the termination message."""

import json
import re
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from insidepod import CHECK, PATIENCE, Told, checked
from sidecar.lab.lab import Lab
from sidecar.lab.plan import AgentPlan, Scenario, StsPlan, Transport
from sidecar.lab.scenarios import SCENARIOS
from watching import Watching

HEALTHY = SCENARIOS["pod-identity-healthy"]
SILENT = replace(HEALTHY, agent=AgentPlan(transport=Transport.SILENT))
NO_ASSOCIATION = SCENARIOS["pod-identity-association-missing"]


def run(lab: Lab, scenario: Scenario | str, *arguments: str) -> Told:
    """Run the program in a pod of this scenario."""
    with lab.pod(SCENARIOS[scenario] if isinstance(scenario, str) else scenario) as pod:
        return checked(pod, *arguments)


def report(told: Told) -> dict[str, Any]:
    """Return the report on standard output."""
    found: dict[str, Any] = json.loads(told.out)
    return found


def test_the_variable_is_as_good_as_the_flag(lab: Lab) -> None:
    """A manifest needs no shell."""
    with lab.pod(replace(HEALTHY, flags=())) as pod:
        assert checked(pod, IRSA_DOCTOR_MECHANISM="pod-identity").code == 0
        told = checked(pod, IRSA_DOCTOR_MECHANISM="podidentity")
    assert told.code == 2
    assert "IRSA_DOCTOR_MECHANISM" in told.err
    assert "pod-identity" in told.err


def test_healthy_says_whose_the_credentials_are(lab: Lab, tmp_path: Path) -> None:
    """On the last line, in the report and in the termination message."""
    log = tmp_path / "termination-log"
    told = run(lab, HEALTHY, "--termination-log", str(log))
    assert told.code == 0
    assert re.match(r"healthy: arn:aws:sts::\d{12}:assumed-role/payments-app/eks-lab-app-0-", log.read_text())


@pytest.mark.parametrize("fail_on", ["error", "warning"])
def test_a_pod_meant_for_it_has_no_warning(lab: Lab, fail_on: str) -> None:
    """IRSA110 is for pods of which nobody says so."""
    assert run(lab, HEALTHY, "--fail-on", fail_on).code == 0


def test_without_the_exchange_the_agent_is_not_asked(lab: Lab) -> None:
    """Nothing is proven: not healthy, no cause, exit 0, and why."""
    told = run(lab, HEALTHY, "--no-exchange")
    assert told.code == 0
    assert "not healthy: the agent is not to be asked (--no-exchange)" in told.out


def test_an_agent_that_is_late_is_exit_1(lab: Lab) -> None:
    """The deadline was over before it answered."""
    told = run(lab, SILENT, "--deadline", "500ms", "--timeout", "30s", "--format", "json")
    found = report(told)
    assert (told.code, found["overdue"], found["root_cause"]) == (1, True, None)


def test_an_sts_that_is_out_of_reach_is_no_fault_of_it(lab: Lab) -> None:
    """Its credentials are given without STS."""
    told = run(lab, replace(HEALTHY, sts=StsPlan(transport=Transport.REFUSE)), "--format", "json")
    found = report(told)
    assert (told.code, found["healthy"], found["identity"]["assumed_role_arn"]) == (0, True, None)


def test_wait_ends_when_there_is_an_association(lab: Lab) -> None:
    """A new association takes some seconds to be known: waiting is what an init container does."""
    with lab.pod(NO_ASSOCIATION) as pod:
        command = [*CHECK, *pod.arguments, "--wait", "60s", "--format", "json"]
        with subprocess.Popen(
            command, env=pod.environ, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        ) as running:
            assert running.stderr is not None
            assert "IRSA824 pod-identity-association-missing" in running.stderr.readline()
            pod.agent.plan = AgentPlan()
            out, _ = running.communicate(timeout=PATIENCE)
    assert running.returncode == 0
    assert json.loads(out)["healthy"] is True


@pytest.mark.parametrize(
    "scenario",
    ["pod-identity-not-injected", "pod-identity-token-unusable", "pod-identity-error", "pod-identity-in-use"],
)
def test_wait_ends_at_once_where_time_cures_nothing(lab: Lab, scenario: str) -> None:
    """A pod that was made without its variables never gets them."""
    told = run(lab, scenario, "--wait", "1h", "--format", "json")
    assert told.err == ""
    assert report(told)["root_cause"]["name"] == SCENARIOS[scenario].expects


def test_watch_serves_it(lab: Lab) -> None:
    """Its metrics are those of any pod; a rotated token for the agent brings a run forward."""
    with lab.pod(HEALTHY) as pod, Watching(pod) as watching:
        assert watching.event("healthy")
        samples = watching.samples()
        assert samples["irsa_healthy"] == 1
        assert samples['irsa_check_passed{check="pod_identity.credentials_given"}'] == 1
        assert not [name for name in samples if "exchange." in name or ("irsa_sts_requests" in name and samples[name])]
        assert samples["irsa_credentials_expiry_timestamp_seconds"] > samples["irsa_last_run_timestamp_seconds"]
        path = pod.environ["AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"]
        Path(path).resolve().unlink()
        assert watching.event("root_cause")["root_cause"]["code"] == "IRSA822"
        assert watching.end() == 0
