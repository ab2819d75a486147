"""The coverage gate holds both thresholds."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

GATE = Path(__file__).resolve().parents[2] / "tools" / "coverage_gate.py"
COVERED = "x = 1\n" * 10
HALF = "def covered():\n    return 1\n\n\ndef never():\n    return 2\n\n\ncovered()\n"


def measure_and_gate(directory: Path, model: str, cli: str) -> subprocess.CompletedProcess[str]:
    """Measure a package of a pure module and one that acts, both imported once; run the gate on that."""
    package = directory / "sidecar"
    package.mkdir()
    for name, text in {"__init__": "", "model": model, "cli": cli}.items():
        (package / f"{name}.py").write_text(text)
    (directory / "run.py").write_text("import sidecar.model, sidecar.cli\n")
    environ = {name: value for name, value in os.environ.items() if not name.startswith(("COVERAGE", "PYTHONSAFE"))}
    command = [sys.executable, "-m", "coverage", "run", "--branch", "--source=sidecar", "run.py"]
    subprocess.run(command, cwd=directory, check=True, env=environ)
    return subprocess.run(
        [sys.executable, str(GATE)], cwd=directory, capture_output=True, check=False, text=True, env=environ
    )


@pytest.mark.parametrize(
    ("model", "cli", "code", "complaint"),
    [
        (COVERED, COVERED, 0, ""),
        (COVERED + HALF, COVERED * 10, 1, "Coverage of what is pure is 93.33 %: at least 100 % is asked for.\n"),
        (COVERED, HALF, 1, "Coverage of everything is 93.33 %: at least 95 % is asked for.\n"),
        (COVERED, COVERED * 4 + HALF, 0, ""),
    ],
)
def test_thresholds(tmp_path: Path, model: str, cli: str, code: int, complaint: str) -> None:
    """What is pure must be covered wholly, all together nearly; what is missed is said."""
    gate = measure_and_gate(tmp_path, model, cli)
    assert (gate.returncode, gate.stderr) == (code, complaint)
