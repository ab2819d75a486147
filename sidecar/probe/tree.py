"""A tree of files that belongs to somebody else: looked at below its root only, and only so far.

Another container's root, or an unpacked image: its links may point anywhere and may change while we look. Every path
is walked component by component from the root's descriptor, no link is ever left to the kernel, and a link's text is
taken as a path below the root: what openat2's RESOLVE_IN_ROOT does, which seccomp profiles and gVisor do not all
permit. Nothing is executed, nothing is written. Judges nothing.
"""

import errno
import os
import stat
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from typing import NamedTuple, Self

from sidecar.permissions import Seen

_LINK_LIMIT = 40  # the kernel's own (path_resolution(7))
_DEPTH_LIMIT = 60  # directories that are open at a time while a tree is listed
_SEARCH = os.O_PATH | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_LIST = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK
_READ = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_LATER = frozenset({"/etc", "/lib", "/tmp", "/usr", "/usr/include", "/usr/share", "/usr/src", "/var"})  # noqa: S108
_LISTING = 0.75  # of the time: what is found by listing is to be opened, too
_PSEUDO = frozenset({"proc", "sys", "dev"})  # no files of an image's


class SpentError(Exception):
    """The allowance is used up: what was found so far is all there is. Its text says of what there was no more."""


class Allowance:
    """What may be spent on looking, over all trees together: directory entries, bytes read, and time."""

    def __init__(self, *, entries: int, size: int, ends: float, monotonic: Callable[[], float]) -> None:
        """Allow so many entries and bytes, until ``ends`` (seconds of ``monotonic``); to list, 3/4 of that."""
        self._entries, self._entry_limit = entries, entries
        self._bytes, self._byte_limit = size, size
        self._ends = ends
        self._listing_ends = monotonic() + _LISTING * (ends - monotonic())
        self._monotonic = monotonic

    def spend(self, *, entries: int = 0, size: int = 0) -> None:
        """Take so much. Raises `SpentError` where there is not so much left."""
        self._entries -= entries
        self._bytes -= size
        if entries and self._entries < 0:  # what was listed may still be read
            message = f"after {self._entry_limit:,} directory entries"
            raise SpentError(message)
        if size and self._bytes < 0:
            message = f"after {self._byte_limit // 1_000_000} MB"
            raise SpentError(message)
        if self._monotonic() >= (self._listing_ends if entries else self._ends):
            message = "when its time was over"
            raise SpentError(message)


class Entry(NamedTuple):
    """A file or directory of a tree; ``path`` begins with the root's ``/``."""

    path: str
    name: str
    directory: bool


class Way(NamedTuple):
    """The way to a file: links followed, directories passed (each `Seen`), the file's path and what stat says of it."""

    target: str
    links: tuple[str, ...]
    directories: tuple[Seen, ...]
    status: os.stat_result

    @property
    def readers(self) -> tuple[Seen, ...]:
        """What decides who may read the file: the directories and the file last (see `TokenFile.readers`)."""
        return (*self.directories, _seen(self.target, self.status))


class Tree:
    """Files below one root. A context: the root's descriptor is closed when it is left."""

    def __init__(self, root: str, allowance: Allowance, *, refusals: bool = True) -> None:
        """Open the root, a directory: ``/proc/PID/root`` is one. Raises OSError where it cannot be.

        ``refusals``: what this process may not read counts as not read. It does not where the tree is another
        process's of the same user, who may not read it either.
        """
        # Not NOFOLLOW: /proc/PID/root is itself a link, and who names a root means what is there.
        self._root = os.open(root, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
        self.allowance = allowance
        self._refusals = refusals
        self.unread: list[str] = []
        """Directories that could not be listed, files that could not be read: at most a few, for words."""

    def __enter__(self) -> Self:
        """Enter the context."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close the root."""
        os.close(self._root)

    def identity(self) -> tuple[int, int]:
        """Return what makes this root another one than another: device and inode."""
        status = os.fstat(self._root)
        return status.st_dev, status.st_ino

    # ------------------------------------------------------------------------------------------------ one file

    def way(self, path: str) -> Way:
        """Walk to a file and say what was met. Raises OSError, with ``filename`` as far as the walk came."""
        with self._walked(path) as (_, _, way):
            return way

    def read(self, path: str, limit: int) -> bytes:
        """Return a regular file's first ``limit`` bytes. Raises OSError, or `SpentError`."""
        with self.opened(path) as descriptor:
            return self.taken(descriptor, 0, limit)

    def size(self, descriptor: int) -> int:
        """Return an opened file's size in bytes. Raises OSError."""
        return os.fstat(descriptor).st_size

    def taken(self, descriptor: int, offset: int, size: int) -> bytes:
        """Return so many bytes of an opened file from an offset on, fewer at its end. Raises OSError, `SpentError`."""
        size = min(size, max(self.size(descriptor) - offset, 0))
        self.allowance.spend(size=size)
        parts = []
        while size and (part := os.pread(descriptor, size, offset)):
            parts.append(part)
            size -= len(part)
            offset += len(part)
        return b"".join(parts)

    @contextmanager
    def opened(self, path: str) -> Iterator[int]:
        """Open a regular file for reading. Raises OSError: IsADirectoryError, or EINVAL for what else is no file."""
        with self._walked(path) as (parent, name, way):
            _regular(way.status, way.target)  # before opening: that alone can wake a device
            descriptor = os.open(name, _READ, dir_fd=parent)
            try:
                _regular(os.fstat(descriptor), way.target)
                yield descriptor
            finally:
                os.close(descriptor)

    @contextmanager
    def _walked(self, path: str) -> Iterator[tuple[int, str, Way]]:
        """Walk to a path's end: yield its directory's descriptor, its name there, and the way."""
        with ExitStack() as stack:
            walk = _Walk(self._root, stack)
            yield walk.to(path)

    # ------------------------------------------------------------------------------------------------ all of them

    def entries(self) -> Iterator[Entry]:
        """Yield everything below the root, depth first, the files of a directory before its directories.

        What a distribution brings comes after the rest: applications are elsewhere.
        Links are not followed, pseudo file systems at the root are left out, and what cannot be listed is noted in
        ``unread``. Raises `SpentError`.
        """
        yield from self._below(self._root, "", 0)

    def _below(self, parent: int, path: str, depth: int) -> Iterator[Entry]:
        try:
            descriptor = os.open(".", _LIST, dir_fd=parent)
        except OSError as error:
            self.note(path or "/", error)
            return
        try:
            directories = []
            for entry in self._listed(descriptor, path):
                yield entry
                if entry.directory and (path or entry.name not in _PSEUDO):
                    directories.append(entry)
            for entry in sorted(directories, key=lambda entry: entry.path in _LATER):
                yield from self._inside(descriptor, entry, depth)
        finally:
            os.close(descriptor)

    def _inside(self, descriptor: int, entry: Entry, depth: int) -> Iterator[Entry]:
        if depth == _DEPTH_LIMIT:
            self.note(entry.path, OSError(errno.ENAMETOOLONG, "nested too deeply"))
            return
        try:
            inner = os.open(entry.name, _SEARCH, dir_fd=descriptor)
        except FileNotFoundError:  # gone meanwhile: there is nothing left to look at
            return
        except OSError as error:  # not for us, or exchanged for something else
            self.note(entry.path, error)
            return
        try:
            yield from self._below(inner, entry.path, depth + 1)
        finally:
            os.close(inner)

    def _listed(self, descriptor: int, path: str) -> Iterator[Entry]:
        with os.scandir(descriptor) as found:
            for entry in found:
                self.allowance.spend(entries=1)
                with suppress(OSError):  # gone meanwhile
                    yield Entry(f"{path}/{entry.name}", entry.name, entry.is_dir(follow_symlinks=False))

    def note(self, path: str, error: OSError) -> None:
        """Note in ``unread`` what could not be read, as far as words need it."""
        if isinstance(error, PermissionError) and not self._refusals:
            return
        if len(self.unread) < 3:  # noqa: PLR2004 - for words
            self.unread.append(f"{path} ({error.strerror})")


class _Walk:
    """A walk from the root: the directories passed are a stack of descriptors, so that ``..`` asks nobody."""

    def __init__(self, root: int, stack: ExitStack) -> None:
        self._open = stack
        self._passed: list[tuple[str, int]] = [("", root)]
        self._links: list[str] = []
        self._seen: dict[str, Seen] = {}

    def to(self, path: str) -> tuple[int, str, Way]:
        """Return the descriptor of the directory that the path ends in, the name there, and the way."""
        left = _parts(path)
        if not left:
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), "/")
        while True:
            name, parent = left.pop(0), self._passed[-1][1]
            self._note()
            if name == "..":
                self._passed = self._passed[:-1] or self._passed
                if not left:
                    raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), path)
                continue
            here = f"{self._passed[-1][0]}/{name}"
            status = self._status(name, parent, here)
            if stat.S_ISLNK(status.st_mode):
                left = self._through(name, parent, here) + left
                if not left:
                    raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), here)
            elif left:
                self._enter(name, parent, here)
            else:
                return parent, name, Way(here, tuple(self._links), tuple(self._seen.values()), status)

    def _note(self) -> None:
        path, descriptor = self._passed[-1]
        status = os.fstat(descriptor)
        self._seen[path or "/"] = _seen(path or "/", status)

    def _status(self, name: str, parent: int, here: str) -> os.stat_result:
        try:
            return os.stat(name, dir_fd=parent, follow_symlinks=False)
        except OSError as error:
            error.filename = here
            raise

    def _through(self, name: str, parent: int, here: str) -> list[str]:
        if len(self._links) == _LINK_LIMIT:
            raise OSError(errno.ELOOP, os.strerror(errno.ELOOP), here)
        self._links.append(here)
        leads_to = os.readlink(name, dir_fd=parent)
        if leads_to.startswith("/"):
            self._passed = self._passed[:1]
        return _parts(leads_to)

    def _enter(self, name: str, parent: int, here: str) -> None:
        try:
            descriptor = os.open(name, _SEARCH, dir_fd=parent)
        except OSError as error:
            error.filename = here
            raise
        self._open.callback(os.close, descriptor)
        self._passed.append((here, descriptor))


def _parts(path: str) -> list[str]:
    return [part for part in path.split("/") if part not in {"", "."}]


def _regular(status: os.stat_result, path: str) -> None:
    if stat.S_ISDIR(status.st_mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), path)
    if not stat.S_ISREG(status.st_mode):
        raise OSError(errno.EINVAL, "is no regular file", path)


def _seen(path: str, status: os.stat_result) -> Seen:
    return path, stat.S_IMODE(status.st_mode), status.st_uid, status.st_gid
