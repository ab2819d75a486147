"""The help texts in README.md are the program's, and the tool that keeps them so works."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from sidecar.cli import COMMANDS

ROOT = Path(__file__).parents[1]
README = ROOT / "README.md"
TOOL = ROOT / "tools" / "readme_help.py"


def blocks(readme: str) -> dict[str, str]:
    """Return the text of each fenced block that shows a command and what it prints."""
    fenced = re.findall(r"^```\w*\n\$ (irsa-doctor[^\n]* --help)\n(.*?)^```$", readme, re.MULTILINE | re.DOTALL)
    return dict(fenced)


def printed(command: str) -> str:
    """Return what the program prints."""
    arguments = [sys.executable, "-m", "sidecar", *command.split()[1:]]
    return subprocess.run(arguments, capture_output=True, check=True, encoding="utf-8").stdout


def tool(*arguments: str | Path) -> "subprocess.CompletedProcess[str]":
    """Run the tool."""
    return subprocess.run([sys.executable, TOOL, *arguments], capture_output=True, check=False, encoding="utf-8")


@pytest.mark.parametrize("name", COMMANDS)
def test_readme_holds_the_help_text(name: str) -> None:
    """README.md shows every command's help text as it is (to mend it: python tools/readme_help.py)."""
    command = f"irsa-doctor {name} --help"
    assert blocks(README.read_text(encoding="utf-8")).get(command) == printed(command)


def test_readme_shows_no_other_command() -> None:
    """Every help text in README.md is of a command that exists."""
    shown = set(blocks(README.read_text(encoding="utf-8"))) - {"irsa-doctor --help"}
    assert shown <= {f"irsa-doctor {name} --help" for name in COMMANDS}


@pytest.fixture
def stale(tmp_path: Path) -> Path:
    """Return a README with a stale block for every command."""
    text = "".join(f"# {name}\n\n```console\n$ irsa-doctor {name} --help\nstale\n```\n\n" for name in COMMANDS)
    path = tmp_path / "README.md"
    path.write_text(f"before\n\n```\n$ irsa-doctor --help\n```\n\n{text}```\n$ irsa-doctor check\nkept\n```\n")
    return path


def test_tool_rewrites(stale: Path) -> None:
    """The tool puts the program's texts into the blocks and leaves everything else alone; then all is well."""
    assert tool(stale).returncode == 0
    text = stale.read_text(encoding="utf-8")
    assert {command: text for command, text in blocks(text).items() if text != printed(command)} == {}
    assert len(blocks(text)) == len(COMMANDS) + 1
    assert text.startswith("before\n")
    assert text.endswith("```\n$ irsa-doctor check\nkept\n```\n")
    assert tool("--check", stale).returncode == 0


def test_tool_checks(stale: Path) -> None:
    """With --check a stale text is exit 1 and nothing is written."""
    before = stale.read_bytes(), stale.stat().st_mtime_ns
    done = tool("--check", stale)
    assert (done.returncode, done.stdout) == (1, "")
    assert "a help text is not the program's" in done.stderr
    assert (stale.read_bytes(), stale.stat().st_mtime_ns) == before


def test_tool_misses_a_command(stale: Path) -> None:
    """A command without a block is named, exit 1."""
    tool(stale)
    stale.write_text(stale.read_text(encoding="utf-8").replace("$ irsa-doctor demo --help", "$ irsa-doctor demo"))
    done = tool("--check", stale)
    assert (done.returncode, done.stderr) == (1, "README.md: no block for: irsa-doctor demo --help\n")
