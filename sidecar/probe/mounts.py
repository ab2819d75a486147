"""Which mount holds a path, read from /proc/self/mountinfo (proc_pid_mountinfo(5)). Judges nothing."""

import re
from pathlib import Path
from typing import NamedTuple

_OCTAL = re.compile(r"\\([0-7]{3})")
_SNAPSHOT = re.compile(r"\.\.\d{4}_")  # the atomic writer's directories: ..2026_11_21_10_00_00.123456789


class Mount(NamedTuple):
    """A mount: ``root`` is the directory (or file) of the file system that is mounted at ``point``."""

    root: str
    point: str

    def holds(self, path: str) -> bool:
        """Whether ``path``, without links, lies at or below the mount point."""
        return path == self.point or path.startswith(self.point.rstrip("/") + "/")

    def pins(self, path: str) -> bool:
        """Whether ``path`` is a subPath mount: the file itself, or one snapshot of the atomic writer's (FACTS C9)."""
        return path == self.point or any(_SNAPSHOT.match(part) for part in self.root.split("/"))


def mount_of(path: str, mountinfo: Path) -> Mount | None:
    """Return the mount that holds ``path``; None where ``mountinfo`` cannot be read. The last mount is on top."""
    try:
        lines = mountinfo.read_bytes().decode("utf-8", "surrogateescape").splitlines()
    except OSError:
        return None
    holding = [mount for mount in map(_mount, lines) if mount is not None and mount.holds(path)]
    return max(reversed(holding), key=lambda mount: len(mount.point), default=None)


def _mount(line: str) -> Mount | None:
    fields = line.split(" ")
    if len(fields) < 5:  # noqa: PLR2004  # id, parent, device, root, mount point
        return None
    return Mount(root=_unescaped(fields[3]), point=_unescaped(fields[4]))


def _unescaped(text: str) -> str:
    """Undo the kernel's octal escapes of white space and backslash."""
    return _OCTAL.sub(lambda found: chr(int(found[1], 8)), text)
