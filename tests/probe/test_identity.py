"""Which file a path leads to."""

import os
from pathlib import Path

import pytest

from sidecar.lab.mount import project
from sidecar.probe.identity import identity


def test_the_same_file_is_the_same(tmp_path: Path) -> None:
    """However often it is looked at."""
    path = str(project(tmp_path, "a"))
    assert identity(path) == identity(path) != ()


def test_a_rotated_token_is_another(tmp_path: Path) -> None:
    """The link stays, what it leads to does not (FACTS K2)."""
    path = str(project(tmp_path, "a"))
    before = identity(path)
    project(tmp_path, "a")
    assert identity(path) != before


def test_a_file_that_was_written_again_is_another(tmp_path: Path) -> None:
    """In place, as a copy is."""
    (tmp_path / "token").write_text("a", encoding="utf-8")
    before = identity(str(tmp_path / "token"))
    os.utime(tmp_path / "token", ns=(0, 1))
    assert identity(str(tmp_path / "token")) != before


@pytest.mark.parametrize("path", [None, "a\0b", "nowhere", "/dev/null/token"])
def test_what_leads_nowhere_is_the_same_nothing(path: str | None) -> None:
    """And is no file's identity: that it appears is a change."""
    assert identity(path) == identity(path)
    assert identity(path) != identity("/dev/null")


def test_why_it_leads_nowhere_counts(tmp_path: Path) -> None:
    """A file that is gone is not one that may not be reached."""
    assert identity(str(tmp_path / "gone")) != identity("/dev/null/token")
