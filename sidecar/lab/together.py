"""A pod whose containers share one process namespace: a command beside neighbours, which are real processes.

Each neighbour has a root directory, variables and, where we are root, a user of its own, and waits. In the namespace
there is nothing else. Run as a program: ``python -m sidecar.lab.together FILE COMMAND...``, where FILE holds what
`written` makes. Linux only; without root it takes a user namespace, which not every machine permits.
"""

import ctypes
import json
import os
import signal
import struct
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

CANNOT = 125
"""The exit code where this machine cannot do it: one sentence on standard error says why."""

_NEW_USER, _NEW_PROCESSES, _NEW_MOUNTS = 0x10000000, 0x20000000, 0x00020000  # unshare(2)
_RECURSIVELY_PRIVATE = 0x4000 | 0x40000  # mount(2): MS_REC, MS_PRIVATE
_DIE_WITH_PARENT, _SET_NAME, _AMBIENT, _RAISE = 1, 15, 47, 2  # prctl(2)
_MAY_CHROOT = 18  # capabilities(7)
_CAPABILITIES = struct.pack("Ii", 0x20080522, 0)  # capset(2): version 3, this process

# Without site: the interpreter of a test would measure itself, below a root where it cannot write.
_WAITS = """
import ctypes, os, sys
root, user = sys.argv[1], int(sys.argv[2])
library = ctypes.CDLL(None)
os.chroot(root)
os.chdir("/")
if user:
    os.setgroups([])
    os.setgid(user)
    os.setuid(user)
    library.prctl(4, 1, 0, 0, 0)  # PR_SET_DUMPABLE: as a program is that was started by its user
else:
    library.capset(bytes.fromhex(sys.argv[3]), bytes(24))
print("ready", flush=True)
sys.stdin.read()
"""


class Neighbour(NamedTuple):
    """A container's one process: its root directory, its whole environment, and the user that root gives it."""

    root: str
    environ: Mapping[str, str]
    user: int


def written(neighbours: Sequence[Neighbour]) -> str:
    """Return what a file says for this program."""
    return json.dumps([neighbour._asdict() for neighbour in neighbours])


def before(file: Path) -> tuple[str, ...]:
    """Return what an interpreter is told, before a whole command that is to run beside the neighbours of a file."""
    return ("-m", __name__, str(file))


def main(arguments: Sequence[str]) -> int:
    """Run the command in a namespace with the neighbours, and return its exit code."""
    neighbours = [Neighbour(**one) for one in json.loads(Path(arguments[0]).read_text(encoding="utf-8"))]
    try:
        _unshare()
    except OSError as error:
        return _refuse(f"this machine gives no process namespace: {error.strerror}")
    first = os.fork()
    if first == 0:
        os._exit(_inside(neighbours, arguments[1:]))
    return os.waitstatus_to_exitcode(os.waitpid(first, 0)[1])


def _unshare() -> None:
    """Take a process namespace and a mount namespace for the child; without root, of a user namespace of ours."""
    user, group = os.geteuid(), os.getegid()
    _call("unshare", (_NEW_USER if user else 0) | _NEW_PROCESSES | _NEW_MOUNTS)
    if user:
        for name, line in (("setgroups", "deny"), ("uid_map", f"{user} {user} 1"), ("gid_map", f"{group} {group} 1")):
            Path("/proc/self", name).write_text(line, encoding="ascii")


def _inside(neighbours: Sequence[Neighbour], command: Sequence[str]) -> int:
    """Be the namespace's first process: when it ends, the kernel ends all others."""
    try:
        _call("prctl", _DIE_WITH_PARENT, signal.SIGKILL, 0, 0, 0)
        _call("mount", b"none", b"/", None, _RECURSIVELY_PRIVATE, None)
        _call("mount", b"proc", b"/proc", b"proc", 0, None)
        started = [_started(neighbour) for neighbour in neighbours]
    except OSError as error:
        return _refuse(f"this machine lets no process be a neighbour: {error.strerror}")
    if not all(one.stdout and one.stdout.readline() for one in started):
        return _refuse("a neighbour did not start")
    return _beside(command)


def _beside(command: Sequence[str]) -> int:
    """Run the command, and be meanwhile what a pod's first process is: ``pause``, in a root of its own."""
    wait, go = os.pipe()
    program = os.fork()
    if program == 0:
        os.close(go)
        os.read(wait, 1)
        os.execvp(command[0], list(command))  # noqa: S606 - our own program
    with tempfile.TemporaryDirectory() as root:
        os.chroot(root)
        os.chdir("/")
        _call("prctl", _SET_NAME, b"pause", 0, 0, 0)
        os.close(go)
        return os.waitstatus_to_exitcode(os.waitpid(program, 0)[1])


def _refuse(sentence: str) -> int:
    sys.stderr.write(f"irsa-doctor: {sentence}\n")
    return CANNOT


def _started(neighbour: Neighbour) -> subprocess.Popen[bytes]:
    user = 0 if os.geteuid() else neighbour.user
    command = [sys.executable, "-I", "-S", "-c", _WAITS, neighbour.root, str(user), _CAPABILITIES.hex()]
    return subprocess.Popen(  # noqa: S603 - our own program
        command,
        env=dict(neighbour.environ),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        preexec_fn=_keep_chroot if os.geteuid() else None,  # noqa: PLW1509 - no thread is here yet
    )


def _keep_chroot() -> None:
    """Keep the one right that is needed behind exec, which takes all others of a user namespace's maker."""
    right = 1 << _MAY_CHROOT
    _call("capset", _CAPABILITIES, struct.pack("6I", right, right, right, 0, 0, 0))
    _call("prctl", _AMBIENT, _RAISE, _MAY_CHROOT, 0, 0)


def _call(name: str, *arguments: object) -> None:
    """Call the C library. Raises OSError."""
    library = ctypes.CDLL(None, use_errno=True)
    if getattr(library, name)(*arguments) != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
