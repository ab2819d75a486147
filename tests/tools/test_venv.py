"""`make demo` on machines that lack something: one sentence, and no half-made environment."""

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PASS_ON = f'exec "{sys.executable}" "$@"\n'


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """Copy what `make demo` needs before it can start the program."""
    copy = tmp_path / "checkout"
    for name in ("Makefile", "pyproject.toml", "README.md", "LICENSE", "tools/venv.sh", "requirements/demo.txt"):
        (copy / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, copy / name)
    shutil.copy(copy / "requirements/demo.txt", copy / "requirements/dev.txt")
    return copy


def stub(checkout: Path, text: str) -> str:
    """Write an interpreter that is a shell script; return its path."""
    path = checkout.parent / "python"
    path.write_text(f"#!/bin/sh\n{text}")
    path.chmod(0o755)
    return str(path)


def start(checkout: Path, python: str, **settings: str) -> subprocess.Popen[str]:
    """Start `make demo` in a process group of its own, without the settings of this machine's pip and make."""
    environ = {name: value for name, value in os.environ.items() if not name.startswith(("PIP_", "MAKE", "MFLAGS"))}
    return subprocess.Popen(
        ["make", "demo", f"PYTHON={python}", "VENV=.venv"],
        cwd=checkout,
        env={**environ, "PIP_CONFIG_FILE": os.devnull, **settings},
        start_new_session=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def sentences(make: subprocess.Popen[str]) -> list[str]:
    """Wait for make's end, which must be a failure; return what was said besides make's own words."""
    output, errors = make.communicate(timeout=60)
    assert make.returncode != 0
    assert output == ""
    return [line for line in errors.splitlines() if not line.startswith(("make:", "Making .venv"))]


def test_no_python(checkout: Path) -> None:
    """Where there is no such interpreter, that is said."""
    assert sentences(start(checkout, "no-such-python")) == [
        "There is no 'no-such-python' here: install Python 3.11 or newer, or name one, as in make PYTHON=python3.12 ..."
    ]


def test_old_python(checkout: Path) -> None:
    """Where the interpreter is too old, its version is said."""
    python = stub(checkout, "echo 3.9.18\nexit 1\n")
    [sentence] = sentences(start(checkout, python))
    assert sentence == (
        f"irsa-doctor needs Python 3.11 or newer, and '{python}' is 3.9.18: name another, "
        "as in make PYTHON=python3.12 ..."
    )


def test_no_venv_module(checkout: Path) -> None:
    """Where the venv module cannot work (Debian without python3-venv), the missing package is named."""
    python = stub(checkout, f'[ "$2" != venv ] || {{ mkdir -p "$3"; exit 1; }}\n{PASS_ON}')
    [sentence] = sentences(start(checkout, python))
    assert sentence == (
        f"'{python}' cannot make virtual environments, for its venv or ensurepip module is missing: "
        "on Debian and Ubuntu, apt-get install python3-venv."
    )
    assert not (checkout / ".venv").exists()


def test_no_index(checkout: Path) -> None:
    """Where pip reaches no index, that is said, and the environment is not left behind."""
    [sentence] = sentences(start(checkout, sys.executable, PIP_INDEX_URL="http://127.0.0.1:9/", PIP_RETRIES="0"))
    assert sentence == (
        "pip cannot get the packages of requirements/demo.txt: it needs a package index that it can reach "
        "(look at the network, HTTPS_PROXY and 'pip config list')."
    )
    assert not (checkout / ".venv").exists()


def test_something_in_the_way(checkout: Path) -> None:
    """A directory that is no virtual environment is never removed."""
    precious = checkout / ".venv" / "precious"
    precious.parent.mkdir()
    precious.touch()
    assert sentences(start(checkout, sys.executable)) == [
        ".venv is in the way, and is no virtual environment: move it elsewhere."
    ]
    assert precious.exists()


def test_half_made_environment_is_not_taken_for_complete(checkout: Path) -> None:
    """An environment without its mark is made anew, not used."""
    (checkout / ".venv" / "bin").mkdir(parents=True)
    (checkout / ".venv" / "pyvenv.cfg").touch()
    (checkout / ".venv" / "bin" / "python").symlink_to(sys.executable)
    [sentence] = sentences(start(checkout, stub(checkout, f'[ "$2" != venv ] || exit 1\n{PASS_ON}')))
    assert "cannot make virtual environments" in sentence


@pytest.mark.parametrize("signals", [signal.SIGINT, signal.SIGTERM])
def test_interrupted(checkout: Path, signals: signal.Signals) -> None:
    """Ctrl-C while the environment is made: one sentence, and the half-made environment is gone."""
    ready = checkout.parent / "ready"
    os.mkfifo(ready)
    python = stub(checkout, f'[ "$2" != venv ] || {{ mkdir -p "$3"; echo >"{ready}"; exec sleep 60; }}\n{PASS_ON}')
    make = start(checkout, python)
    ready.read_text()
    os.killpg(make.pid, signals)
    assert sentences(make) == ["Interrupted: .venv was not complete, and is removed."]
    assert not (checkout / ".venv").exists()
