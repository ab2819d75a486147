"""A tag names the version or the release ends; so does it where the changelog is not ready."""

import subprocess
import sys
from pathlib import Path

import pytest

import sidecar

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tools"))

import versions  # noqa: E402 - after the tools are within reach

DATED = """\
# Changelog

## [Unreleased]

## [1.2.3] - 2026-11-25

### Added

- Something.

## [1.2.2] - 2026-11-01

- Old.
"""


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """Return a tree that holds what the tool reads, at version 1.2.3."""
    for folder in ("sidecar", "tools"):
        (tmp_path / folder).mkdir()
    (tmp_path / "sidecar" / "__init__.py").write_text('"""A package."""\n\nimport os\n\n__version__ = "1.2.3"\n')
    (tmp_path / "tools" / "versions.py").write_bytes((ROOT / "tools" / "versions.py").read_bytes())
    (tmp_path / "CHANGELOG.md").write_text(DATED)
    return tmp_path


def asked(checkout: Path, tag: str) -> "subprocess.CompletedProcess[str]":
    """Ask whether a tag is the version's, as the workflow does: without any package."""
    command = [sys.executable, "-I", "-S", str(checkout / "tools" / "versions.py"), tag]
    return subprocess.run(command, capture_output=True, check=False, text=True)


def test_the_version_is_the_packages() -> None:
    """The version that is read without importing is the one that importing gives."""
    assert versions.version() == sidecar.__version__


def test_the_right_tag(checkout: Path) -> None:
    """The tag of the version is right."""
    done = asked(checkout, "v1.2.3")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == "The tag v1.2.3 names this version, and CHANGELOG.md has its section.\n"


@pytest.mark.parametrize("tag", ["v1.2.4", "1.2.3", "v1.2", "V1.2.3", "v1.2.3 ", "v1.2.3-rc1", "$(id)", ""])
def test_a_wrong_tag(checkout: Path, tag: str) -> None:
    """Any other tag is refused."""
    done = asked(checkout, tag)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == f"The tag {tag} is not v1.2.3, the version in sidecar/__init__.py.\n"


def test_what_changed(checkout: Path) -> None:
    """What the changelog says of a version is its section and nothing of the next."""
    assert versions.changes("1.2.3", checkout) == "### Added\n\n- Something.\n"
    assert versions.changes("1.2.2", checkout) == "- Old.\n"


@pytest.mark.parametrize(
    ("right", "wrong", "said"),
    [
        ("## [1.2.3] - 2026-11-25", "## [1.2.3]", "The section of 1.2.3 in CHANGELOG.md has no date"),
        ("## [1.2.3] - 2026-11-25", "## [1.2.3] - soon", "The section of 1.2.3 in CHANGELOG.md has no date"),
        ("[1.2.3]", "[1.2.30]", "CHANGELOG.md has no section for 1.2.3: write '## [1.2.3] - YYYY-MM-DD'"),
        ("### Added\n\n- Something.\n", "\n", "The section of 1.2.3 in CHANGELOG.md is empty."),
    ],
)
def test_a_changelog_that_is_not_ready(checkout: Path, right: str, wrong: str, said: str) -> None:
    """Without a section, its date or its text there is no release."""
    (checkout / "CHANGELOG.md").write_text(DATED.replace(right, wrong))
    done = asked(checkout, "v1.2.3")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith(said)


def test_a_package_without_a_version(checkout: Path) -> None:
    """A package that names no version is said to name none."""
    (checkout / "sidecar" / "__init__.py").write_text('"""A package."""\n')
    done = asked(checkout, "v1.2.3")
    assert (done.returncode, done.stderr) == (1, "sidecar/__init__.py names no __version__.\n")
