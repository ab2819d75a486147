"""Who may read a file, by mode bits."""

import pytest

from sidecar.facts import Process
from sidecar.permissions import may_read, may_search

OPEN = ("/run", 0o755, 0, 0)


def process(uid: int, *gids: int) -> Process:
    """Return a process."""
    return Process(uid, frozenset(gids))


@pytest.mark.parametrize(
    ("mode", "who", "readable"),
    [
        (0o600, process(1000), True),
        (0o600, process(1001), False),
        (0o640, process(1001, 2000), True),
        (0o640, process(1001, 2001), False),
        (0o644, process(1001), True),
        (0o044, process(1000, 2000), False),
        (0o604, process(1001, 2000), False),
        (0o400, process(1000), True),
        (0o000, process(0), True),
        (0o333, process(1000, 2000), False),
    ],
)
def test_only_the_first_class_that_fits_counts(mode: int, who: Process, readable: bool) -> None:
    """The owner's bits count for the owner, the group's for members, the others' for the rest; root reads all."""
    refused = may_read((OPEN, ("/run/token", mode, 1000, 2000)), who)
    assert (refused is None) is readable


def test_every_directory_must_be_searchable() -> None:
    """A directory on the way refuses before the file does; reading it is not needed, searching it is."""
    readers = (OPEN, ("/run/a", 0o700, 0, 0), ("/run/a/token", 0o600, 0, 0))
    assert may_read(readers, process(1000)) == "/run/a (mode 0700, owner 0:0)"
    assert may_read((("/run", 0o711, 0, 0), ("/run/token", 0o644, 0, 0)), process(1000)) is None
    assert may_read((("/run", 0o744, 0, 0), ("/run/token", 0o644, 0, 0)), process(1000)) is not None


def test_the_refusal_names_path_mode_and_owner() -> None:
    """What refuses is said so that it can be mended."""
    assert may_read((OPEN, ("/run/token", 0o640, 65532, 2000)), process(7)) == (
        "/run/token (mode 0640, owner 65532:2000)"
    )


def test_directories_alone() -> None:
    """Passing through directories needs the search bit of each."""
    assert may_search((OPEN, ("/run/a", 0o710, 0, 5)), process(9, 5)) is None
    assert may_search((OPEN, ("/run/a", 0o740, 0, 5)), process(9, 5)) == "/run/a (mode 0740, owner 0:5)"
    assert may_search((), process(9)) is None
