"""A child process: what it says is read within bounds, and it never outlives its time."""

import os
import select
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from insidepod import PATIENCE
from sidecar.probe.child import LIMIT, Child, Spoken


def child(program: str, told: bytes = b"") -> Child:
    """Start a Python program."""
    return Child([sys.executable, "-I", "-S", "-c", program], os.environ, told)


def heard(started: Child) -> Spoken:
    """Read a child to its end. Fails where it does not come."""
    ends = time.monotonic() + PATIENCE
    while not started.read():
        assert time.monotonic() < ends
        select.select(started.descriptors, [], [], PATIENCE)
    return started.end()


def descriptors() -> int:
    """Return how many descriptors this process has."""
    return len(list(Path("/proc/self/fd").iterdir()))


def test_what_is_told_and_said() -> None:
    """Standard input is what it is told; output, noise and code are what it said."""
    program = "import sys; print(sys.stdin.read()[::-1], end=''); print('noise', file=sys.stderr); sys.exit(3)"
    assert heard(child(program, b"abc")) == Spoken(3, b"cba", b"noise\n", cut=False)


def test_more_than_a_pipe_holds() -> None:
    """Much is told and said, and neither waits for the other."""
    told = os.urandom(300_000)
    program = "import sys; sys.stdout.buffer.write(sys.stdin.buffer.read())"
    assert heard(child(program, told)).out == told


def test_nothing_is_left_open() -> None:
    """Neither a descriptor nor a process is left of a child."""
    before = descriptors()
    for _ in range(3):
        heard(child("print(1)"))
    assert descriptors() == before
    with pytest.raises(ChildProcessError):
        os.waitpid(-1, os.WNOHANG)


def test_output_without_an_end_is_cut() -> None:
    """A child that prints on and on is ended."""
    said = heard(child("import sys\nwhile True: sys.stdout.write('x' * 65536)"))
    assert (said.cut, len(said.out), said.code) == (True, LIMIT, -signal.SIGKILL)


def test_noise_without_an_end_is_dropped() -> None:
    """What a child writes on standard error is not kept beyond a little, and does not hold it up."""
    said = heard(child("import sys\nfor _ in range(100): sys.stderr.write('x' * 65536)\nprint('done')"))
    assert (said.out, said.cut) == (b"done\n", False)
    assert len(said.noise) < 1 << 18


def test_a_child_that_is_killed() -> None:
    """By us or by somebody else: the code is the signal."""
    started = child("import signal; signal.pause()")
    started.kill()
    assert heard(started).code == -signal.SIGKILL


def test_ending_does_not_wait_for_one_that_says_nothing() -> None:
    """The end of a child that ignores everything is its death."""
    program = "import signal\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\nprint('here', flush=True)\nsignal.pause()"
    started = child(program)
    select.select(started.descriptors, [], [], PATIENCE)
    started.read()
    assert started.end() == Spoken(-signal.SIGKILL, b"here\n", b"", cut=False)


def test_one_that_closes_its_output_and_stays() -> None:
    """It has said all that it will, and is ended."""
    assert heard(child("import os, signal\nos.close(1)\nos.close(2)\nsignal.pause()")).code == -signal.SIGKILL


def test_a_terminals_signals_do_not_reach_it() -> None:
    """It is in a process group of its own."""
    group = heard(child("import os; print(os.getpgrp() == os.getpid())")).out
    assert group == b"True\n"


def test_what_cannot_be_started(tmp_path: Path) -> None:
    """An OSError, and nothing is left open."""
    before = descriptors()
    with pytest.raises(OSError, match="No such file"):
        Child([str(tmp_path / "nothing")], {}, b"")
    assert descriptors() == before


def test_a_system_without_memory_files(monkeypatch: pytest.MonkeyPatch) -> None:
    """A child is told nothing then, and runs."""
    monkeypatch.delattr(os, "memfd_create")
    assert heard(child("import sys; print(sys.stdin.read() == '')", b"abc")).out == b"True\n"


def test_its_environment_is_the_one_given() -> None:
    """No variable of this process but what is handed on."""
    started = Child([sys.executable, "-I", "-S", "-c", "import os; print(os.environ.get('A'))"], {"A": "b"}, b"")
    assert heard(started).out == b"b\n"
    assert subprocess.run(["true"], check=True).returncode == 0  # children of others can still be waited for
