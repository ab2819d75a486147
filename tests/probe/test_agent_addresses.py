"""The agent at its own addresses, in a network of the test's own: the program asks exactly where EKS says."""

import json
import subprocess
import sys
from typing import Any

import pytest

from parts import program

FULL_URI = "AWS_CONTAINER_CREDENTIALS_FULL_URI"
IPV4, IPV6 = "169.254.170.23", "fd00:ec2::23"
PATIENCE = 60

NETWORK = """
set -e
ip link set lo up
ip address add 169.254.170.23/32 dev lo
ip -6 address add fd00:ec2::23/128 dev lo nodad
exec "$@"
"""

POD = """
import os, socket, subprocess, sys, threading
from sidecar.lab.lab import Lab
from sidecar.lab.scenarios import SCENARIOS
from sidecar.lab.web import served

address, url = sys.argv[1:]
family = socket.AF_INET6 if ":" in address else socket.AF_INET
with Lab(os.environ) as lab, lab.pod(SCENARIOS["pod-identity-healthy"]) as pod:
    listener = socket.create_server((address, 80), family=family)
    hosts = []

    def answer(environ, start):
        hosts.append(environ["HTTP_HOST"])
        return pod.agent(environ, start)

    def serve():
        while True:
            connection, _ = listener.accept()
            with connection:
                served(answer, None)(connection)

    threading.Thread(target=serve, daemon=True).start()
    command = [sys.executable, "-m", "sidecar", "check", "--format", "json", *pod.arguments]
    environ = {**pod.environ, "AWS_CONTAINER_CREDENTIALS_FULL_URI": url}
    done = subprocess.run(command, env=environ, capture_output=True, text=True, timeout=50)
    sys.stderr.write(" ".join(hosts))
    sys.stdout.write(done.stdout)
"""


def checked(address: str, url: str) -> tuple[dict[str, Any], str]:
    """Return the report of a pod whose agent listens at this address, and by which hosts the agent was called."""
    alone = ["unshare", "--map-root-user", "--net"]
    if not (program("unshare") and program("ip") and subprocess.run([*alone, "true"], check=False).returncode == 0):
        pytest.skip("a network of its own takes unshare, ip, and more rights than these")
    command = [*alone, "sh", "-c", NETWORK, "sh", sys.executable, "-c", POD, address, url]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=PATIENCE)
    assert done.stdout, done.stderr
    report: dict[str, Any] = json.loads(done.stdout)
    return report, done.stderr


@pytest.mark.parametrize(
    ("address", "host"), [(IPV4, IPV4), (IPV6, f"[{IPV6}]")], ids=["IPv4", "IPv6"]
)  # fmt: skip
def test_the_agent_is_asked_at_its_address(address: str, host: str) -> None:
    """By IPv4 and by IPv6, with the Host that the agent insists on."""
    report, hosts = checked(address, f"http://{host}/v1/credentials")
    assert report["root_cause"] is None
    assert report["healthy"] is True
    assert hosts == host


@pytest.mark.parametrize(
    ("address", "host", "other"),
    [(IPV6, IPV4, f"[{IPV6}]"), (IPV4, f"[{IPV6}]", IPV4)],
    ids=["IPv6 only", "IPv4 only"],
)
def test_the_other_address_is_told(address: str, host: str, other: str) -> None:
    """The variable decides; that the agent listens at the other address is evidence, and nothing is asked there."""
    report, hosts = checked(address, f"http://{host}/v1/credentials")
    cause = report["root_cause"]
    assert cause["name"] == "pod-identity-agent-unavailable"
    assert cause["evidence"]["found"].endswith(f"; {other} can be connected to")
    assert hosts == ""
