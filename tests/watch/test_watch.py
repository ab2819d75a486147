"""`watch` as a process, against the lab: what it serves, logs and does when it is told to end."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from insidepod import PATIENCE
from sidecar.commands.watch import Log
from sidecar.config import LogFormat
from sidecar.lab.lab import Lab, Pod
from sidecar.lab.scenarios import SCENARIOS
from sidecar.render.log import Event
from watching import Gate, Watching, Way, alive, through, until


@pytest.fixture
def denied(lab: Lab) -> Iterator[Pod]:
    """Return a pod whose role refuses it."""
    with lab.pod(SCENARIOS["trust-policy-denied"]) as refused:
        yield refused


def refused(pod: Pod, *arguments: str) -> tuple[int, str, str]:
    """Run `watch` where it ends by itself."""
    command = [sys.executable, "-m", "sidecar", "watch", *arguments]
    done = subprocess.run(command, env=pod.environ, capture_output=True, text=True, check=False, timeout=PATIENCE)
    return done.returncode, done.stdout, done.stderr


# ------------------------------------------------------------------------------------------------ what it serves


def test_a_healthy_pod(pod: Pod) -> None:
    """Every path of the contract, once the first diagnosis has ended."""
    with Watching(pod) as watching:
        watching.event("healthy")
        paths = ("/healthz", "/readyz", "/startupz", "/", "/metrics")
        assert {path: watching.get(path).status for path in paths} == dict.fromkeys(paths, 200)
        report = json.loads(watching.get("/report").body)
        assert (report["schema"], report["healthy"]) == ("irsa-doctor/report/v1", True)
        samples = watching.samples()
        assert samples["irsa_healthy"] == 1
        assert samples['irsa_runs_total{result="healthy"}'] == 1
        assert samples['irsa_sts_requests_total{code="ok"}'] == 1
        assert watching.end() == 0
        assert watching.noise == ""


def test_a_broken_pod(denied: Pod) -> None:
    """It is alive and ready, holds the workload back, and says why everywhere."""
    with Watching(denied) as watching:
        cause = watching.event("root_cause")["root_cause"]
        assert (cause["code"], bool(cause["commands"])) == ("IRSA606", True)
        assert [watching.get(path).status for path in ("/healthz", "/readyz", "/startupz")] == [200, 200, 503]
        assert "IRSA606 trust-policy-denied" in watching.get("/startupz").body
        assert "trust-policy-denied" in watching.get("/").body
        assert json.loads(watching.get("/report").body)["root_cause"]["code"] == "IRSA606"
        assert watching.samples()['irsa_root_cause{code="IRSA606",name="trust-policy-denied"}'] == 1
        assert watching.end() == 0


def test_before_the_first_report(pod: Pod, gate: Gate) -> None:
    """It is alive, not ready, and has no series about health."""
    gate.way = Way.JAMMED
    with Watching(pod, variables=through(gate)) as watching:
        watching.child()
        assert [watching.get(path).status for path in ("/healthz", "/readyz", "/startupz", "/report", "/")] == [
            200, 503, 503, 503, 200,
        ]  # fmt: skip
        assert "irsa_healthy" not in watching.samples()


def test_what_is_not_there(pod: Pod) -> None:
    """No other path, no other method, no way to make it work more."""
    with Watching(pod) as watching:
        watching.event("healthy")
        assert [watching.get(path).status for path in ("/-/run", "/-/reload", "/debug", "//metrics")] == [404] * 4
        with socket.create_connection(("127.0.0.1", watching.port)) as peer:
            peer.sendall(b"POST /-/run HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n")
            assert peer.recv(65536).startswith(b"HTTP/1.1 405 ")
        watching.process.send_signal(signal.SIGHUP)
        assert watching.get("/healthz").status == 200
        assert watching.runs() == 1
        assert watching.end() == 0


@pytest.mark.parametrize("address", ["[::1]:0", ":0", "127.0.0.1:0"])
def test_addresses(pod: Pod, address: str) -> None:
    """Of either family, and all at once."""
    if "::1" in address and not socket.has_dualstack_ipv6():
        pytest.skip("no IPv6 here")
    with Watching(pod, "--listen", address) as watching:
        host = "::1" if "::1" in address else "127.0.0.1"
        with socket.create_connection((host, watching.port)) as peer:
            peer.sendall(b"GET /healthz HTTP/1.0\r\n\r\n")
            assert b" 200 " in peer.recv(65536)


# ------------------------------------------------------------------------------------------------- how it is asked


def test_a_taken_port(pod: Pod) -> None:
    """One sentence, exit code 2."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        code, out, err = refused(pod, "--listen", f"127.0.0.1:{port}")
    assert (code, out, err) == (
        2,
        "",
        f"irsa-doctor: --listen: 127.0.0.1:{port}: Address already in use; choose another one\n",
    )


def test_an_address_of_nobody_here(pod: Pod) -> None:
    """The same."""
    code, _, err = refused(pod, "--listen", "192.0.2.1:9864")
    assert (code, err.count("\n")) == (2, 1)
    assert err.startswith("irsa-doctor: --listen: 192.0.2.1:9864: ")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--interval", "999ms"), "--interval: '999ms' must be at least 1s"),
        (("--listen", "9864"), "--listen: '9864' is not an address such as :9864"),
        (("--wait", "1s"), "'--wait' is no flag of watch"),
        (("--termination-log", "/x"), "'--termination-log' is no flag of watch"),
    ],
)
def test_asked_wrongly(pod: Pod, arguments: tuple[str, ...], words: str) -> None:
    """What is wrong is named, and nothing is started."""
    code, out, err = refused(pod, *arguments)
    assert (code, out) == (2, "")
    assert words in err


def test_a_trust_policy_that_is_none(pod: Pod, tmp_path: Path) -> None:
    """What only the diagnosis reads is a mistake of the command line, too."""
    (tmp_path / "policy.json").write_text("{}", encoding="utf-8")
    code, _, err = refused(pod, "--listen", "127.0.0.1:0", "--trust-policy", str(tmp_path / "policy.json"))
    assert code == 2
    assert err.startswith("irsa-doctor: --trust-policy: not a trust policy: ")


@pytest.mark.parametrize("name", ["-", "/dev/stdin", "/proc/self/fd/0"])
def test_a_trust_policy_that_can_be_read_once(pod: Pod, name: str) -> None:
    """Each diagnosis reads it: it must be a file."""
    code, _, err = refused(pod, "--trust-policy", name)
    assert (code, err.count("\n")) == (2, 1)
    assert "give the name of a file" in err


def test_flags_reach_the_diagnosis(denied: Pod) -> None:
    """What is asked of `watch` is asked of its children: here, not to call STS."""
    with Watching(denied, "--no-exchange", "--expect-subject", "system:serviceaccount:a:b") as watching:
        watching.event("check", lambda event: event["code"] == "IRSA208")
        assert "--no-exchange" in watching.event("unproven")["message"]


def test_the_log_as_text(denied: Pod) -> None:
    """A line for each change, the root cause whole below its own."""
    with Watching(denied) as watching:
        watching.event("root_cause")
    command = [sys.executable, "-m", "sidecar", "watch", "--listen", "127.0.0.1:0", *denied.arguments]
    with subprocess.Popen(command, env=dict(denied.environ), stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        lines = []
        for line in process.stdout:
            lines.append(line)
            if "trust-audience-mismatch" in line:  # the last of what else is possible
                break
        process.terminate()
        assert process.wait(PATIENCE) == 0
    assert any(" error   root cause: IRSA606 trust-policy-denied: " in line for line in lines)
    assert any(line.startswith("      aws iam get-role ") for line in lines)


# ---------------------------------------------------------------------------------------------------- how it ends


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_and_its_child(pod: Pod, gate: Gate, number: int) -> None:
    """Within two seconds, whatever the diagnosis waits for."""
    gate.way = Way.JAMMED
    with Watching(pod, variables=through(gate)) as watching:
        child = watching.child()
        until(lambda: gate.passed, "a call to STS")
        began = time.monotonic()
        assert watching.end(number) == 0
        assert time.monotonic() - began < 2
        assert not alive(child)
        with pytest.raises(OSError, match="refused"):
            watching.get("/healthz")


def test_a_log_that_nobody_reads_does_not_hold_it(denied: Pod) -> None:
    """Standard output is full: it diagnoses and serves, and the end comes as ever."""
    reading, writing = os.pipe()
    os.set_blocking(writing, False)
    with suppress(BlockingIOError):
        while True:
            os.write(writing, b"x" * 4096)
    os.set_blocking(writing, True)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "sidecar", "watch", "--listen", f"127.0.0.1:{port}", *denied.arguments]
    with subprocess.Popen(command, env=dict(denied.environ), stdout=writing, stderr=subprocess.PIPE) as process:
        until(lambda: _ready(port), "the first report")
        process.terminate()
        assert process.wait(PATIENCE) == 0
    os.close(reading)
    os.close(writing)


def _ready(port: int) -> bool:
    if not _serves(port):
        return False
    with socket.create_connection(("127.0.0.1", port)) as peer:
        peer.sendall(b"GET /readyz HTTP/1.0\r\n\r\n")
        return b" 200 " in peer.recv(65536)


def test_a_log_that_is_torn_goes_on_with_a_new_line() -> None:
    """What was begun cannot be ended: what comes after it is whole."""
    reading, writing = os.pipe()
    os.set_blocking(writing, False)
    with suppress(BlockingIOError):
        while True:
            os.write(writing, b"x" * 4096)
    os.read(reading, 4096)  # room for a piece
    before = os.dup(1)
    os.dup2(writing, 1)
    try:
        log = Log(LogFormat.TEXT)
        log(Event("info", "long", "y" * 10_000))
        os.set_blocking(reading, False)
        said = _drained(reading)
        log(Event("info", "short", "z"))
        said += _drained(reading)
    finally:
        os.dup2(before, 1)
        for descriptor in (before, reading, writing):
            os.close(descriptor)
    torn, whole = said[-5000:].decode().strip().split("\n")
    assert torn.endswith("y" * 100)
    assert whole.endswith(" info    z")


def _drained(descriptor: int) -> bytes:
    found = b""
    with suppress(BlockingIOError):
        while piece := os.read(descriptor, 65536):
            found += piece
    return found


@pytest.mark.parametrize("target", ["/dev/full", None])
def test_a_log_that_cannot_be_written(pod: Pod, target: str | None) -> None:
    """A full disk, or no standard output at all: it serves on, and ends well."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    redirected = f">{target}" if target else ">&-"
    command = ["sh", "-c", f'exec "$0" -m sidecar watch --listen 127.0.0.1:{port} {redirected}', sys.executable]
    with subprocess.Popen(command, env=dict(pod.environ), stderr=subprocess.PIPE, text=True) as process:
        until(lambda: _serves(port), "its port")
        process.terminate()
        _, noise = process.communicate(timeout=PATIENCE)
    assert (process.returncode, noise) == (0, "")


def _serves(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port)).close()
    except OSError:
        return False
    return True
