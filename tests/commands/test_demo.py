"""The demo: what it shows, what it refuses, and that nothing is left of it."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from sidecar.commands import demo
from sidecar.lab.scenarios import SCENARIOS

COMMAND = [sys.executable, "-m", "sidecar", "demo"]
WITHOUT_PORTS = """
import os, resource, sys
import sidecar.lab.lab, sidecar.lab.scenarios
from sidecar.commands import demo

open_files = len(os.listdir("/proc/self/fd"))
resource.setrlimit(resource.RLIMIT_NOFILE, (open_files, resource.getrlimit(resource.RLIMIT_NOFILE)[1]))
sys.exit(demo.run(None, os.environ, list_scenarios=False))
"""


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the demo to its end."""
    return subprocess.run([*COMMAND, *arguments], capture_output=True, text=True, timeout=120, check=False)


def test_demo_shows_a_healthy_and_a_broken_pod() -> None:
    """Without a name: the healthy report, then a denied one with its diagnosis; exit 0 (issue 2, section 1)."""
    done = run()
    assert (done.returncode, done.stderr) == (0, "")
    healthy, broken = done.stdout.split("# trust-policy-denied: ")
    assert "exit code: 0\ntermination message:\n  healthy: arn:aws:sts::" in healthy
    assert "IRSA606 trust-policy-denied" in broken
    assert "exit code: 1\ntermination message:\n  IRSA606 trust-policy-denied: " in broken


def test_demo_of_a_scenario_shows_report_exit_code_and_termination_message() -> None:
    """With a name: what a user would see of that pod; the demo itself exits 0."""
    done = run("token-file-missing")
    assert (done.returncode, done.stderr) == (0, "")
    assert "exit code: 1\ntermination message:\n  IRSA111 token-file-missing: " in done.stdout


def test_list_aligns_name_outcome_and_summary(capsys: pytest.CaptureFixture[str]) -> None:
    """--list has a line for each scenario, in columns."""
    assert demo.run(None, {}, list_scenarios=True) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == list(SCENARIOS)
    columns = {line.rindex(scenario.summary) for line, scenario in zip(lines, SCENARIOS.values(), strict=True)}
    assert len(columns) == 1


@pytest.mark.parametrize(
    ("name", "hint"),
    [("trust-polcy-denied", "did you mean trust-policy-denied"), ("xyzzy", "--list shows them all")],
)
def test_unknown_scenario_is_one_sentence(name: str, hint: str, capsys: pytest.CaptureFixture[str]) -> None:
    """An unknown name: one sentence with the nearest names, exit 2."""
    assert demo.run(name, {}, list_scenarios=False) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert hint in err
    assert err.count("\n") == 1


@pytest.mark.parametrize("module", ["moto", "trustme", "flask"])
def test_without_the_lab_it_says_how_to_install_it(
    module: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where a package of the lab is missing: one sentence with the command, exit 2."""
    monkeypatch.setitem(sys.modules, module, None)
    assert demo.run(None, {}, list_scenarios=False) == 2
    assert "pip install '.[lab]'" in capsys.readouterr().err


def test_lab_that_gets_no_port_is_one_sentence() -> None:
    """Where no port can be opened: one sentence, exit 2, no traceback."""
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT_PORTS], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 2
    assert done.stderr == "irsa-doctor: the lab could not be started: Too many open files\n"


@pytest.mark.skipif(os.geteuid() != 0, reason="only root cannot run it")
def test_scenario_that_root_would_not_meet_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    """Root may read every file: the scenario would show a healthy pod, so it is refused."""
    assert demo.run("token-file-unreadable", {}, list_scenarios=False) == 2
    assert "as another user" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("number", "word"), [(signal.SIGINT, "interrupted"), (signal.SIGTERM, "terminated"), (signal.SIGHUP, "terminated")]
)
def test_nothing_is_left_of_an_interrupted_demo(number: signal.Signals, word: str, tmp_path: Path) -> None:
    """A signal ends lab and child, with one sentence and 128 + its number; no file and no process is left."""
    with subprocess.Popen(
        [*COMMAND, "issuer-slow"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "TMPDIR": str(tmp_path)},
    ) as running:
        assert running.stdout is not None
        assert "$ irsa-doctor check" in (line[:19] for line in running.stdout)
        running.send_signal(number)
        # Both pipes end only when the child, which inherited them, has ended too.
        _, complaint = running.communicate(timeout=20)
    assert running.returncode == 128 + number
    assert complaint == f"irsa-doctor: {word}\n"
    assert list(tmp_path.iterdir()) == []


def test_reader_that_has_seen_enough_is_no_trouble(tmp_path: Path) -> None:
    """``irsa-doctor demo | head -1`` ends without a word, and nothing is left."""
    with subprocess.Popen(
        COMMAND, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env={**os.environ, "TMPDIR": str(tmp_path)}
    ) as running:
        assert running.stdout is not None
        assert running.stderr is not None
        running.stdout.readline()
        running.stdout.close()
        assert running.stderr.read() == ""
    assert running.returncode == 128 + signal.SIGPIPE
    assert list(tmp_path.iterdir()) == []
