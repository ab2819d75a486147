"""The image as Kubernetes runs it: read-only, without a capability, as nobody, within limits; against the lab."""

import json
import os
import re
import signal
import subprocess

import pytest

from containers import ARBITRARY, OWN, Image, watching_program
from sidecar.cli import COMMANDS
from sidecar.lab.lab import Lab, Pod
from sidecar.lab.scenarios import SCENARIOS
from watching import Gate, Watching, Way, gated, through, until

pytestmark = pytest.mark.xdist_group("image")
SLOW = ("--cpus", "0.1")
"""A tenth of a processor: what a small pod may get."""
WRONG = {
    "trust-policy-denied": "IRSA606",
    "trust-subject-mismatch": "IRSA702",
    "irsa-env-not-injected": "IRSA101",
}
"""A refusal, one whose reason IAM shows, and one that is seen without asking anybody."""


@pytest.mark.parametrize("user", [OWN, ARBITRARY])
def test_healthy(lab: Lab, image: Image, user: str) -> None:
    """A tenth of a processor and 96 MiB are enough, for its own user and for any other."""
    with lab.pod(SCENARIOS["healthy"]) as pod:
        done = image.run(pod, "check", "--format", "json", *pod.arguments, user=user, options=SLOW)
    assert done.code == 0, done.err
    assert json.loads(done.out)["healthy"] is True


@pytest.mark.parametrize(("scenario", "code"), WRONG.items())
def test_what_is_wrong_is_named(lab: Lab, image: Image, scenario: str, code: str) -> None:
    """The exit code says that there is a fault, the report which."""
    with lab.pod(SCENARIOS[scenario]) as pod:
        done = image.run(pod, "check", "--format", "json", *pod.arguments)
    assert done.code == 1, done.err
    assert json.loads(done.out)["root_cause"]["code"] == code


def test_check_is_what_is_run(lab: Lab, image: Image) -> None:
    """Without a command it diagnoses."""
    with lab.pod(SCENARIOS["healthy"]) as pod:
        done = image.run(pod)
    assert (done.code, done.err) == (0, "")
    assert "irsa-doctor: healthy: " in done.out


def test_the_token_must_be_readable(lab: Lab, image: Image) -> None:
    """A token that belongs to another user is the fault, and no crash."""
    with lab.pod(SCENARIOS["healthy"]) as pod:
        command = image.started(pod, OWN)
        token = next(path for path in (pod.directory / "token").rglob("token") if not path.is_symlink())
        os.chown(token, 0, 0)
        done = subprocess.run(
            ["podman", *command, "check", "--format", "json"], env=dict(image.environ), capture_output=True, check=False
        )
    assert done.returncode == 1
    assert json.loads(done.stdout)["root_cause"]["check"] == "token_file.readable"


def test_with_keys_it_reads_iam(lab: Lab, image: Image) -> None:
    """What is left of botocore's data is what the calls to IAM need."""
    with lab.pod(SCENARIOS["thumbprint-differs-in-iam"]) as pod:
        done = image.run(pod, "check", "--format", "json", *pod.arguments)
    assert done.code == 0, done.err
    passed = {check["check"]: check["status"] for check in json.loads(done.out)["checks"]}
    assert (passed["provider.registered"], passed["trust.role_exists"]) == ("pass", "pass")


# -------------------------------------------------------------------------------------------------- waiting, and ending


def waiting(image: Image, pod: Pod, gate: Gate) -> subprocess.Popen[str]:
    """Start a check that waits for an STS that does not answer yet; return it when it has asked once."""
    variables = [f"--env={name}={value}" for name, value in through(gate).items()]
    command = ["podman", *image.started(pod, options=variables), "check", "--wait", "90s", *pod.arguments]
    process = subprocess.Popen(
        command, env=dict(image.environ), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    until(lambda: gate.passed or process.poll() is not None, "a first attempt")
    return process


def test_it_waits_for_sts(lab: Lab, image: Image) -> None:
    """An init container goes on as soon as the network is there."""
    with lab.pod(SCENARIOS["healthy"]) as pod, gated(pod) as gate:
        gate.way = Way.SHUT
        with waiting(image, pod, gate) as process:
            gate.way = Way.OPEN
            out, err = process.communicate(timeout=90)
    assert process.returncode == 0, err
    assert "irsa-doctor: healthy: " in out


def test_sigterm_ends_the_waiting(lab: Lab, image: Image) -> None:
    """As process 1 of its container, too, which the kernel sends no signal that it does not handle."""
    with lab.pod(SCENARIOS["healthy"]) as pod, gated(pod) as gate:
        gate.way = Way.SHUT
        with waiting(image, pod, gate) as process:
            process.send_signal(signal.SIGTERM)
            process.communicate(timeout=60)
    assert process.returncode == 128 + signal.SIGTERM


# --------------------------------------------------------------------------------------------------------------- watch


def watching(image: Image, pod: Pod, user: str = OWN) -> Watching:
    """Return `watch` in the image, as a context."""
    settings = {"CONTAINERS_CONF": image.environ["CONTAINERS_CONF"]}
    return Watching(pod, program=watching_program(image, pod, user), variables=settings)


@pytest.mark.parametrize("user", [OWN, ARBITRARY])
def test_watch(lab: Lab, image: Image, user: str) -> None:
    """It diagnoses, serves its page, report and metrics, and ends well when it is told to."""
    with lab.pod(SCENARIOS["healthy"]) as pod, watching(image, pod, user) as running:
        running.event("healthy")
        assert running.samples()["irsa_healthy"] == 1
        assert json.loads(running.get("/report").body)["healthy"] is True
        assert "<svg" in running.get("/").body
        assert [running.get(path).status for path in ("/healthz", "/readyz", "/startupz")] == [200, 200, 200]
        assert running.end() == 0


def test_watch_sees_a_fault(lab: Lab, image: Image) -> None:
    """Its children are the image's own, and name what is wrong."""
    with lab.pod(SCENARIOS["trust-subject-mismatch"]) as pod, watching(image, pod) as running:
        assert running.event("root_cause")["root_cause"]["code"] == "IRSA702"
        assert running.get("/startupz").status == 503
        assert running.end() == 0


# ------------------------------------------------------------------------------------------------------- other commands

OTHERS: dict[str, tuple[tuple[str, ...], int, str]] = {
    "trust": (("--policy", "$directory/role.json", "--token", "$token_file"), 0, "irsa-doctor: allowed"),
    "thumbprint": ((), 0, "[0-9a-f]{40}"),
    "explain": (("IRSA606",), 0, "trust-policy-denied"),
    "checks": ((), 0, "exchange.accepted"),
    "demo": ((), 2, "the lab is not installed"),
}


def test_every_command_is_tried() -> None:
    """A new command gets its try in the image."""
    assert set(OTHERS) == set(COMMANDS) - {"check", "watch"}


@pytest.mark.parametrize("command", OTHERS)
def test_other_commands(lab: Lab, image: Image, command: str) -> None:
    """Each finds what it needs in the image."""
    arguments, code, says = OTHERS[command]
    with lab.pod(SCENARIOS["healthy"]) as pod:
        role = pod.account.role(pod.account.role_arn)
        assert role is not None
        (pod.directory / "role.json").write_text(role.assume_role_policy_document)
        done = image.run(pod, command, *(pod.fill(argument) for argument in arguments))
    assert done.code == code, done.err
    assert re.search(says, done.out + done.err)
