"""The processes that /proc shows, and which of them are other containers' of this pod. Judges nothing.

Of every process /proc tells its name, user and groups. Its environment, root and executable it shows to whoever has the
same user and the same group, and at least its capabilities, unless it made itself undumpable (ptrace(2),
PTRACE_MODE_READ_FSCREDS). No privilege is used, and none is needed.
"""

import os
from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import NamedTuple

from sidecar.facts import Inventories, Neighbours, Process
from sidecar.model import Absent
from sidecar.probe.tree import Allowance, SpentError
from sidecar.probe.world import World

SECONDS = 2.0
"""How long the pod's other containers are looked at, at most."""

_ENTRIES = 200_000
_BYTES = 256_000_000

_PAUSE = frozenset({"pause", "catatonit"})
"""What holds a pod's namespaces and runs nothing: PID 1 of a shared one, by containerd, CRI-O and podman."""
_INIT = frozenset({"systemd", "init"})
_HOST_NAMESPACE = "pid:[4026531836]"  # the kernel's PROC_PID_INIT_INO
_KERNEL_THREAD = 0x00200000  # PF_KTHREAD, among the flags of proc_pid_stat(5)
_READS_ALL = 1 << 1 | 1 << 2  # CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH (capabilities(7))


class Running(NamedTuple):
    """A process; ``started`` is in clock ticks since the boot, so that with the PID it names one process only."""

    pid: int
    parent: int
    started: int
    name: str
    zombie: bool
    kernel: bool
    process: Process
    gid: int
    capabilities: int


class Root(NamedTuple):
    """What makes one container's root another than another's."""

    namespace: str
    device: int
    inode: int


class Others(NamedTuple):
    """The processes that may be other containers', and this one, by which they are told apart."""

    own: Running
    own_root: Root
    pids: tuple[int, ...]


class Seen(NamedTuple):
    """What was seen of the pod's other containers, and what of it is worth to be remembered, by key."""

    neighbours: Neighbours | Absent
    inventories: Inventories | Absent
    notes: Mapping[str, object] = MappingProxyType({})


Recall = Callable[[str], object | None]
"""Returns what an earlier look noted under a key, or None."""


def unseen(why: str) -> Seen:
    """Return that nothing was seen, and why."""
    return Seen(Absent(why), Absent(why))


def see_neighbours(world: World, ends: float, recall: Recall) -> Seen:
    """Look at the pod's other containers where their processes are shown, until ``ends`` (monotonic) at most."""
    ends = min(ends, world.monotonic() + SECONDS)
    allowance = Allowance(entries=_ENTRIES, size=_BYTES, ends=ends, monotonic=world.monotonic)
    try:
        others = other_processes(str(world.proc), allowance)
    except SpentError as error:
        others = Absent(f"looking at the pod's processes ended {error}")
    if isinstance(others, Absent):
        return unseen(others.why)
    from sidecar.probe.neighbours import look_into  # most pods share no processes

    return look_into(str(world.proc), others, allowance, recall)


def other_processes(proc: str, allowance: Allowance) -> Others | Absent:
    """Return the processes that are not of this container, or why there are none to look at. Raises `SpentError`."""
    try:
        own = running(proc, int(os.readlink(f"{proc}/self")))  # noqa: PTH115  # a PID, no path
        own_root = root_of(proc, own.pid)
        pids = _listed(proc)
    except (OSError, ValueError) as error:
        return Absent(f"{proc} does not show this process ({type(error).__name__})")
    if 1 not in pids:
        return Absent("/proc hides the processes of other users (hidepid)")
    ours = {own.pid, *_ancestors(proc, own)}
    pause = _name(proc, 1) in _PAUSE
    if _is_ours(proc, own_root, descended=1 in ours and not pause):
        return Absent("the pod's containers do not share their processes (shareProcessNamespace)")
    if _whole_machine(proc, own.pid):
        return Absent("this container sees every process of its node (hostPID): which are the pod's is not known")
    allowance.spend(entries=len(pids))
    others = (pid for pid in pids if pid not in ours and not (pid == 1 and pause))
    return Others(own, own_root, tuple(others))


def running(proc: str, pid: int) -> Running:
    """Return what /proc tells of any process. Raises OSError, and ValueError where that is nothing known."""
    stat, status = _text(f"{proc}/{pid}/stat"), _text(f"{proc}/{pid}/status")
    try:
        return _running(pid, stat, dict(line.partition(":")[::2] for line in status.splitlines()))
    except LookupError as error:
        raise ValueError from error


def _running(pid: int, stat: str, status: Mapping[str, str]) -> Running:
    """Read proc_pid_stat(5) and proc_pid_status(5). Raises LookupError and ValueError."""
    state, parent, *rest = stat[stat.rindex(")") + 2 :].split()
    gid = int(status["Gid"].split()[3])
    groups = frozenset({gid, *map(int, status["Groups"].split())})
    privileged = bool(int(status["CapEff"], 16) & _READS_ALL)
    return Running(
        pid=pid,
        parent=int(parent),
        started=int(rest[17]),
        name=stat[stat.index("(") + 1 : stat.rindex(")")],
        zombie=state in {"Z", "X"},
        kernel=bool(int(rest[4]) & _KERNEL_THREAD),
        process=Process(int(status["Uid"].split()[3]), groups, privileged),
        gid=gid,
        capabilities=int(status["CapPrm"], 16),
    )


def root_of(proc: str, pid: int) -> Root:
    """Return what a process's root is told by. Raises OSError: PermissionError where it may not be looked at."""
    found = os.stat(f"{proc}/{pid}/root")  # noqa: PTH116  # many a time, and no path is made of it
    return Root(os.readlink(f"{proc}/{pid}/ns/mnt"), found.st_dev, found.st_ino)  # noqa: PTH115  # no path


def executable(proc: str, pid: int) -> str:
    """Return the path of what a process runs, below its own root. Raises OSError."""
    path, root = os.readlink(f"{proc}/{pid}/exe"), os.readlink(f"{proc}/{pid}/root")  # noqa: PTH115  # " (deleted)"
    return below(path.removesuffix(" (deleted)"), root)


def below(path: str, root: str) -> str:
    """Return a path as it is below a root: containers' roots are ``/`` to everybody, a chroot's is not."""
    inside = path.removeprefix(root.rstrip("/")) or "/"
    return inside if inside.startswith("/") else path


def refusal(other: Running, own: Running) -> str:
    """Say why /proc does not show a process to this one."""
    theirs, ours = (other.process.uid, other.gid), (own.process.uid, own.gid)
    if theirs != ours:
        return f"runs as user {theirs[0]}, group {theirs[1]}, this container as {ours[0]}, {ours[1]}"
    if other.capabilities & ~own.capabilities:
        return "has capabilities that this container lacks"
    return "does not let itself be looked at (it is not dumpable, or a security module forbids it)"


def _listed(proc: str) -> list[int]:
    return sorted(int(name) for name in os.listdir(proc) if name.isdecimal())  # noqa: PTH208  # names, not paths


def _ancestors(proc: str, own: Running) -> Iterator[int]:
    """Yield this process's ancestors, as far as /proc shows them: a shell, an init of the container's own."""
    parent = own.parent
    while parent > 0:
        yield parent
        try:
            parent = running(proc, parent).parent
        except (OSError, ValueError):
            return


def _is_ours(proc: str, own_root: Root, *, descended: bool) -> bool:
    """Whether PID 1 is of this container: what may not be looked at is, where this process descends from it."""
    try:
        return root_of(proc, 1) == own_root
    except OSError:
        return descended


def _whole_machine(proc: str, own: int) -> bool:
    """Whether these are all processes of a machine, not of a pod: by its PID namespace, kernel threads or init."""
    try:
        if os.readlink(f"{proc}/{own}/ns/pid") == _HOST_NAMESPACE:  # noqa: PTH115  # no path
            return True
        return running(proc, 2).kernel or _name(proc, 1) in _INIT
    except (OSError, ValueError):
        return _name(proc, 1) in _INIT


def _name(proc: str, pid: int) -> str:
    try:
        return _text(f"{proc}/{pid}/comm").strip()
    except OSError:
        return ""


def _text(path: str) -> str:
    with open(path, encoding="utf-8", errors="backslashreplace") as file:  # noqa: PTH123  # many a time
        return file.read()
