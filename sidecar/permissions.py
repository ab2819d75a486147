"""Who may read a file, by mode bits alone. Pure; knows no access lists and no security modules."""

from collections.abc import Sequence

from sidecar.facts import Process

SEARCH = 0o1
READ = 0o4


Seen = tuple[str, int, int, int]
"""A path, its permission bits, its owner and its group."""


def may_read(readers: Sequence[Seen], process: Process) -> str | None:
    """Return None where ``process`` may read the last of ``readers`` (see `TokenFile.readers`).

    Otherwise the first path that refuses, with its mode and owner. The directories before the file must be
    searchable. Only the first class that fits counts: an owner whom the owner's bits refuse is refused, whatever
    the others' bits say. Whoever has root's capabilities reads all (path_resolution(7)).
    """
    return may_search(readers[:-1], process) or _refusal(readers[-1:], READ, process)


def may_search(directories: Sequence[Seen], process: Process) -> str | None:
    """Return None where ``process`` may pass through all of ``directories``, else the first that refuses."""
    return _refusal(directories, SEARCH, process)


def _refusal(places: Sequence[Seen], needed: int, process: Process) -> str | None:
    for path, mode, uid, gid in places:
        if not process.reads_all and not _bits(mode, uid, gid, process) & needed:
            return f"{path} (mode {mode:04o}, owner {uid}:{gid})"
    return None


def _bits(mode: int, uid: int, gid: int, process: Process) -> int:
    """Return the three bits, read, write and search, that ``mode`` gives the process."""
    if process.uid == uid:
        return mode >> 6 & 0o7
    if gid in process.gids:
        return mode >> 3 & 0o7
    return mode & 0o7
