"""The token file: the links that lead to it, who may read it, what mounts it, and its content, read once.

The facts are those of the file whose content is returned, also while the kubelet swaps it. Judges nothing; the
content never becomes part of a fact or of a message.
"""

import errno
import os
import re
import stat
from collections.abc import Iterator

from sidecar.facts import Process, TokenFile
from sidecar.model import Failed
from sidecar.permissions import Seen, may_read, may_search
from sidecar.probe.mounts import Mount, mount_of
from sidecar.probe.world import World

TOKEN_LIMIT = 64 * 1024
"""Bytes. One more is returned of a longer file, so that the caller sees that it is longer."""

_LINK_LIMIT = 40  # the kernel's own (path_resolution(7))
_ATTEMPTS = 5  # the kubelet swaps the directory once in a token's life, not five times in a row
_DATA_LINK = "..data"  # the atomic writer's (FACTS C9)
_BOM = b"\xef\xbb\xbf"
_WHITE = b" \t\r\n\v\f"
_JWT = re.compile(rb"[A-Za-z0-9_.-]+")
_JWT_BEGINS = b"eyJ"  # base64 of {" (RFC 7519 3.1)


class _Way:
    """What was met on the way to a file: links followed, directories searched with their stat."""

    def __init__(self) -> None:
        self.target = "/"
        self.links: list[str] = []
        self.directories: dict[str, os.stat_result] = {}


def read_token(path: str, world: World) -> tuple[TokenFile | Failed, bytes | None]:
    """Return the token file's facts and its first 64 KiB + 1 bytes; the bytes are None where it cannot be read.

    `Failed.kind` is missing, permission, directory, special, loop, vanished or io.
    """
    seen = False
    lost = None
    for _ in range(_ATTEMPTS):
        way = _Way()
        try:
            _follow(path, way)
            seen = True
            return _read(path, way, world)
        except FileNotFoundError as error:
            if not seen and error.filename == lost:  # nothing moves here: it was never there
                return _failed(error, way, path, world), None
            lost = error.filename
        except (OSError, ValueError) as error:
            return _failed(error, way, path, world), None
    return Failed("vanished", f"{path} disappeared while it was being read"), None


def _follow(path: str, way: _Way) -> None:
    """Walk to the end of ``path`` as the kernel does, noting the way. Raises OSError."""
    left = _parts(os.path.join(os.getcwd(), path))  # noqa: PTH109, PTH118  # pathlib would fold `..`
    way.target = "/"
    while left:
        _search(way)
        part = left.pop(0)
        if part == "..":
            way.target = os.path.dirname(way.target)  # noqa: PTH120  # plain text, as above
            continue
        step = f"{way.target.rstrip('/')}/{part}"
        if stat.S_ISLNK(os.lstat(step).st_mode):
            left = _through(step, way) + left
        else:
            way.target = step
    if path.endswith("/"):
        _search(way)


def _search(way: _Way) -> None:
    """Note the directory that the walk has come to."""
    found = os.lstat(way.target)
    if not stat.S_ISDIR(found.st_mode):
        raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), way.target)
    way.directories[way.target] = found


def _through(link: str, way: _Way) -> list[str]:
    """Follow one link: return the parts it stands for."""
    if len(way.links) == _LINK_LIMIT:
        raise OSError(errno.ELOOP, os.strerror(errno.ELOOP), link)
    way.links.append(link)
    leads_to = os.readlink(link)  # noqa: PTH115  # pathlib would fold `.` and `//`
    if leads_to.startswith("/"):
        way.target = "/"
    return _parts(leads_to)


def _parts(path: str) -> list[str]:
    return [part for part in path.split("/") if part not in {"", "."}]


def _read(path: str, way: _Way, world: World) -> tuple[TokenFile | Failed, bytes | None]:
    """Open, look and read by one descriptor. Raises OSError."""
    unfit = _unfit(path, os.lstat(way.target).st_mode)  # before opening: that alone can wake a device
    if unfit is not None:
        return unfit, None
    # Neither a link nor a FIFO put there in the meantime is followed or waited for.
    descriptor = os.open(way.target, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOFOLLOW)
    try:
        status = os.fstat(descriptor)
        unfit = _unfit(path, status.st_mode)
        if unfit is not None:
            return unfit, None
        content = b"".join(_pieces(descriptor))
    finally:
        os.close(descriptor)
    return _token_file(path, way, status, content, mount_of(way.target, world.mountinfo)), content


def _pieces(descriptor: int) -> Iterator[bytes]:
    left = TOKEN_LIMIT + 1
    while left and (piece := os.read(descriptor, left)):
        left -= len(piece)
        yield piece


def _unfit(path: str, mode: int) -> Failed | None:
    """Say why a file of this mode holds no token, None where it may."""
    if stat.S_ISREG(mode):
        return None
    if stat.S_ISDIR(mode):
        return Failed("directory", f"{path} is a directory")
    kinds = {stat.S_IFIFO: "a FIFO", stat.S_IFSOCK: "a socket", stat.S_IFCHR: "a device", stat.S_IFBLK: "a device"}
    return Failed("special", f"{path} is {kinds.get(stat.S_IFMT(mode), 'a special file')}, not a regular file")


def _token_file(path: str, way: _Way, status: os.stat_result, content: bytes, mount: Mount | None) -> TokenFile:
    return TokenFile(
        path=path,
        target=way.target,
        links=tuple(way.links),
        mode=stat.S_IMODE(status.st_mode),
        uid=status.st_uid,
        gid=status.st_gid,
        size=status.st_size,
        modified=status.st_mtime,
        projected=any(link.endswith(f"/{_DATA_LINK}") for link in way.links),
        subpath=mount is not None and mount.pins(way.target),
        mount=mount.point if mount else None,
        empty=not content.strip(_WHITE),
        surrounded=surroundings(content),
        readers=(*_directories(way), _seen(way.target, status)),
    )


def _directories(way: _Way) -> tuple[Seen, ...]:
    return tuple(_seen(path, status) for path, status in way.directories.items())


def _seen(path: str, status: os.stat_result) -> Seen:
    return path, stat.S_IMODE(status.st_mode), status.st_uid, status.st_gid


def surroundings(content: bytes) -> str | None:
    """Say what surrounds the token in its file; None where nothing does, or where there is no token."""
    core = content.removeprefix(_BOM).strip(_WHITE)
    if not core:
        return None
    return " and ".join(_found_around(content, core)) or None


def _found_around(content: bytes, core: bytes) -> Iterator[str]:
    if content.startswith(_BOM):
        yield "a UTF-8 byte order mark"
    bare = content.removeprefix(_BOM)
    if bare.lstrip(_WHITE) != bare:
        yield "leading white space"
    behind = bare[len(bare.rstrip(_WHITE)) :]
    if behind in {b"\n", b"\r\n"}:
        yield "a trailing newline"
    elif behind:
        yield "trailing white space"
    if not _JWT.fullmatch(core) and _JWT_BEGINS in core and _has_stranger(core):
        yield "other text"


def _has_stranger(core: bytes) -> bool:
    """Whether something else than a token is next to it: before it, after white space, or as a last character."""
    return not core.startswith(_JWT_BEGINS) or len(core.split()) > 1 or not _JWT.fullmatch(core[-1:])


def _failed(error: OSError | ValueError, way: _Way, path: str, world: World) -> Failed:
    """Put a failure to open or read into words. ValueError is Python's, for a path that no file can have."""
    match error.errno if isinstance(error, OSError) else errno.ENOENT:
        case errno.ENOENT:
            return Failed("missing", _missing(way, path))
        case errno.ENOTDIR:
            return Failed("missing", f"{path} is not there: {way.target} is not a directory")
        case errno.EACCES | errno.EPERM:
            return Failed("permission", _denied(way, world))
        case errno.ELOOP:
            return Failed("loop", f"{path} leads through a loop of symbolic links")
        case number:
            return Failed("io", f"{path} cannot be read: {os.strerror(number or errno.EIO)}")


def _missing(way: _Way, path: str) -> str:
    if way.links:
        return f"{path} leads nowhere: what the link {way.links[-1]} points to is not there"
    return f"{path} is not there (up to {way.target} it is)"


def _denied(way: _Way, world: World) -> str:
    """Name the path that refuses this process, by mode bits where they explain it."""
    process = Process(world.uid, world.gids)
    groups = ",".join(str(gid) for gid in sorted(process.gids))
    refusing = _refusing(way, process)
    reason = f"refused by {refusing}" if refusing else f"at {way.target}, though its mode allows it"
    return f"permission denied for uid {process.uid}, groups {groups}: {reason}"


def _refusing(way: _Way, process: Process) -> str | None:
    if way.target in way.directories:
        return may_search(_directories(way), process)
    try:
        return may_read((*_directories(way), _seen(way.target, os.lstat(way.target))), process)
    except OSError:
        return None  # gone meanwhile: only the refusal itself is known
