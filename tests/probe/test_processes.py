"""Which processes are another container's, and why some are passed over: a /proc of the test's own, and real ones."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from beside import DROP, USER, looked, neighbour, root
from sidecar.model import Absent
from sidecar.probe.kinds import Kinds
from sidecar.probe.processes import Others, Root, other_processes, running
from sidecar.probe.tree import Allowance, SpentError

OWN = 7
NOBODYS = Root("mnt:[1]", 0, 0)


def allowance(entries: int = 1000, ends: float = 60.0) -> Allowance:
    """Return an allowance that ends so many seconds from now."""
    return Allowance(entries=entries, size=10**7, ends=time.monotonic() + ends, monotonic=time.monotonic)


# ------------------------------------------------------------------------------------------------- a /proc of our own


class Proc:
    """A directory laid out as /proc, of few processes; ours is one of them."""

    def __init__(self, folder: Path) -> None:
        """Begin with ours alone, in a root of its own."""
        self.path, self._roots = folder / "proc", folder / "roots"
        self.add(OWN, "irsa-doctor", "ours")
        (self.path / "self").symlink_to(str(OWN))

    def add(self, pid: int, name: str, root: str | None, *, parent: int = 0, kernel: bool = False) -> None:
        """Add a process; one whose root is None may not be looked at, as if it were gone."""
        place = self.path / str(pid)
        (place / "ns").mkdir(parents=True)
        flags = 0x00200000 if kernel else 0x00400000
        rest = " ".join("0" * 12) + " 99"
        (place / "stat").write_text(f"{pid} ({name}) S {parent} {pid} {pid} 0 -1 {flags} {rest} 0 0\n")
        (place / "status").write_text(
            f"Name:\t{name}\nUid:\t1\t1\t1\t1\nGid:\t1\t1\t1\t1\nGroups:\t\nCapPrm:\t0\nCapEff:\t0\n"
        )
        (place / "comm").write_text(f"{name}\n")
        (place / "ns" / "pid").symlink_to("pid:[4026532000]")
        (place / "ns" / "mnt").symlink_to(f"mnt:[{root}]")
        if root is not None:
            (self._roots / root).mkdir(parents=True, exist_ok=True)
            (place / "root").symlink_to(self._roots / root)

    def adopted_by(self, parent: int) -> None:
        """Give our process another parent."""
        stat = self.path / str(OWN) / "stat"
        stat.write_text(stat.read_text().replace(" S 0 ", f" S {parent} "))

    def others(self) -> tuple[int, ...] | str:
        """Return the PIDs of the others, or why there are none to look at."""
        found = other_processes(str(self.path), allowance())
        return found.why if isinstance(found, Absent) else found.pids


@pytest.fixture
def proc(tmp_path: Path) -> Proc:
    """Return a /proc with our process alone."""
    return Proc(tmp_path)


@pytest.mark.parametrize("pause", ["pause", "catatonit"])
def test_what_holds_the_namespaces_is_left_out(proc: Proc, pause: str) -> None:
    """The pause process is PID 1, runs nothing, and belongs to nobody; others are seen, also without their roots."""
    proc.add(1, pause, None)
    proc.add(8, "app", "theirs")
    proc.add(9, "proxy", None)
    assert proc.others() == (8, 9)


def test_a_program_named_pause_elsewhere_is_seen(proc: Proc) -> None:
    """Only the first process is what the name says."""
    proc.add(1, "app", "theirs")
    proc.add(8, "pause", "theirs")
    assert proc.others() == (1, 8)


def test_an_orphan_of_ours_does_not_make_the_pause_ours(proc: Proc) -> None:
    """Whoever loses its parent becomes a child of PID 1: of the pause, where the namespace is shared."""
    proc.add(1, "pause", None)
    proc.add(8, "app", "theirs")
    proc.adopted_by(1)
    assert proc.others() == (8,)


@pytest.mark.parametrize(("root", "parent"), [("ours", 0), (None, 1)])
def test_a_namespace_of_our_own(proc: Proc, root: str | None, parent: int) -> None:
    """PID 1 has our root; or is our ancestor, and may not be looked at, as an init of root's under another user."""
    proc.add(1, "tini", root)
    proc.add(8, "chrooted", "jail")
    proc.adopted_by(parent)
    why = proc.others()
    assert isinstance(why, str)
    assert "shareProcessNamespace" in why


def test_the_ancestors_of_ours_are_left_out(proc: Proc) -> None:
    """A shell of ours, whoever it runs as."""
    proc.add(1, "pause", "pause")
    proc.add(5, "sh", None, parent=0)
    proc.adopted_by(5)
    proc.add(8, "app", "theirs")
    assert proc.others() == (8,)


def test_hidden_processes(proc: Proc) -> None:
    """Where not even PID 1 is listed, nobody knows whether it is shared."""
    assert proc.others() == "/proc hides the processes of other users (hidepid)"


@pytest.mark.parametrize("sign", ["kernel thread", "systemd", "init", "namespace"])
def test_a_whole_machine_is_not_walked(proc: Proc, sign: str) -> None:
    """hostPID: by the kernel's threads, by who is first, or by the namespace, which the kernel numbers always so."""
    proc.add(1, sign if sign in {"systemd", "init"} else "first", "host")
    if sign == "kernel thread":
        proc.add(2, "kthreadd", None, kernel=True)
    if sign == "namespace":
        link = proc.path / str(OWN) / "ns" / "pid"
        link.unlink()
        link.symlink_to("pid:[4026531836]")
    why = proc.others()
    assert isinstance(why, str)
    assert "hostPID" in why


def test_more_processes_than_are_looked_at(proc: Proc) -> None:
    """A list of them counts for as many entries: the look ends, with its reason in words."""
    proc.add(1, "pause", None)
    for pid in range(10, 2010):
        (proc.path / str(pid)).mkdir()
    with pytest.raises(SpentError, match=r"^after 1,000 directory entries$"):
        proc.others()
    others = other_processes(str(proc.path), allowance(entries=3000))
    assert isinstance(others, Others)
    (why,) = Kinds(str(proc.path), others, allowance(entries=500)).passed_over.told()[1:]
    assert why.startswith("what else runs (PIDs 510, 511, ")
    assert why.endswith("was not looked at: looking ended after 500 directory entries")


def test_a_process_of_which_only_the_name_is_known(proc: Proc) -> None:
    """Its status is not what is known of any: it is passed over, and is no fault."""
    proc.add(1, "pause", "pause")
    proc.add(8, "strange", "theirs")
    (proc.path / "8" / "status").write_text("Name:\tstrange\n")
    others = other_processes(str(proc.path), allowance())
    assert isinstance(others, Others)
    kinds = Kinds(str(proc.path), others, allowance())
    assert kinds.passed_over.told() == ("a process (PID 8) ended while it was looked at",)
    assert kinds.of == {}


# ------------------------------------------------------------------------------------------------------- real processes


OVERWRITES = """
import ctypes
stat = open("/proc/self/stat").read()
begins, ends = map(int, stat[stat.rindex(")") + 2 :].split()[47:49])  # env_start, env_end of proc_pid_stat(5)
title = {title}
ctypes.memset(begins, 0, ends - begins)
ctypes.memmove(begins, title, len(title))
"""
"""What a program does that changes its title, beyond the space of its arguments."""


@contextmanager
def waiting(first: str = "", **environ: str) -> Iterator[int]:
    """Start a process that does something first, and waits; it is this machine's, and has our root."""
    waits = f"{first}\nimport sys; print(flush=True); sys.stdin.read()"
    command = [sys.executable, "-I", "-S", "-c", waits]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, env={"HOME": "/", **environ}, stdin=pipe, stdout=pipe) as started:
        assert started.stdout
        started.stdout.readline()
        yield started.pid
        started.terminate()


def sorted_ones(*pids: int, entries: int = 1000) -> Kinds:
    """Sort these processes as if they were another container's: by a root that is nobody's."""
    own = running("/proc", os.getpid())
    return Kinds("/proc", Others(own, NOBODYS, pids), allowance(entries))


def test_one_that_is_gone_is_passed_over() -> None:
    """It ended between the list and the look."""
    with waiting() as pid:
        pass
    kinds = sorted_ones(pid)
    assert kinds.passed_over.told() == (f"a process (PID {pid}) ended while it was looked at",)
    assert kinds.of == {}


@pytest.mark.parametrize(
    ("title", "why"),
    [
        (b"worker process", "has overwritten its environment, as programs that change their title do"),
        (b"", "shows no environment: it was started with none, or has overwritten it"),
    ],
)
def test_an_environment_that_was_overwritten_is_not_judged(title: bytes, why: str) -> None:
    """The process is known, its variables are not, and it is said why."""
    with waiting(OVERWRITES.format(title=title), AWS_SECRET_ACCESS_KEY="wJalrXUtnFEMI", AWS_REGION="eu-west-1") as pid:
        kinds = sorted_ones(pid)
    ((kind, (one,)),) = kinds.of.items()
    assert (one.pid, kind.variables, kind.home) == (pid, None, None)
    assert kinds.passed_over.told() == (f"{kind.name} (PID {pid}) {why}",)


def test_a_zombie_is_passed_over() -> None:
    """It has no files and no environment any more."""
    pid = os.fork()
    if pid == 0:
        os._exit(0)
    os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)
    try:
        (why,) = sorted_ones(pid).passed_over.told()
    finally:
        os.waitpid(pid, 0)
    assert why.endswith(f"(PID {pid}) is a zombie")


def test_roots_of_processes_that_have_ended_are_not_opened() -> None:
    """Not even where the PID is another's by then: the root must be the one that was seen."""
    with waiting(AWS_REGION="eu-west-1") as first, waiting(AWS_REGION="eu-west-1") as second:
        kinds = sorted_ones(first, second)
        ((kind, alike),) = kinds.of.items()
        os.kill(first, signal.SIGKILL)
        os.waitid(os.P_PID, first, os.WEXITED | os.WNOWAIT)
        with kinds.opened(kind.root, alike) as (_, pid):
            assert pid == second
        with pytest.raises(ProcessLookupError), kinds.opened(NOBODYS, alike):
            pass


def test_an_allowance_that_is_used_up_ends_the_look() -> None:
    """Whoever was looked at is known, and of the others it is said why not."""
    with waiting() as first, waiting() as second, waiting() as third:
        kinds = sorted_ones(first, second, third, entries=1)
        assert [one.pid for alike in kinds.of.values() for one in alike] == [first]
        (why,) = kinds.passed_over.told()
    assert why.startswith("what else runs (PIDs ")
    assert why.endswith("was not looked at: looking ended after 1 directory entries")


def test_many_kinds_are_told_of_in_part(roots: Path) -> None:
    """A hundred processes, each with variables of its own: fifty are told of, and how many are not."""
    made = root(roots, {"var/run/token": ""})
    found = looked(roots, *(neighbour(made, AWS_PROFILE=f"p{number}") for number in range(60)))["neighbours"]
    assert len(found["all"]) == 50
    assert found["passed_over"] == ["10 more kinds of processes were not looked at"]


def test_a_large_container_is_looked_through_in_part(roots: Path) -> None:
    """The processes and their token files are known all the same, and the inventory says where it ended."""
    files = {f"srv/{number}": "" for number in range(300)}
    made = root(roots, {"var/run/token": "", **files})
    few = "import sidecar.probe.processes as looked; looked._ENTRIES = 100"
    found = looked(roots, neighbour(made), before=few)
    assert found["neighbours"]["all"][0]["token_file"]["path"]
    assert "after 100 directory entries" in found["inventories"]["of"][0]["unread"]


# ------------------------------------------------------------------------------------------- what the kernel refuses

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can be two users")

CAPABLE = """
import ctypes, signal, struct
child = os.fork()
if child == 0:
    signal.pause()
header = struct.pack("Ii", 0x20080522, 0)
assert ctypes.CDLL(None).capset(header, bytes(24)) == 0
"""
UNDUMPABLE = f"""
import ctypes, signal
ready, done = os.pipe()
if os.fork() == 0:
    os.setgroups([])
    os.setgid({USER})
    os.setuid({USER})
    ctypes.CDLL(None).prctl(4, 0, 0, 0, 0)  # PR_SET_DUMPABLE
    os.write(done, b"1")
    signal.pause()
os.read(ready, 1)
"""
HIDING = """
import ctypes
assert ctypes.CDLL(None).mount(b"proc", b"/proc", b"proc", 0, b"hidepid={how}") == 0
"""


SORTED = """
from sidecar.probe.kinds import Kinds
from sidecar.probe.processes import Others, Root, running
from sidecar.probe.tree import Allowance

others = Others(running("/proc", os.getpid()), Root("mnt:[1]", 0, 0), (2,))
allowance = Allowance(entries=9, size=9, ends=world.monotonic() + 30, monotonic=world.monotonic)
print(json.dumps({"passed_over": Kinds("/proc", others, allowance).passed_over.told()}), flush=True)
os._exit(0)
"""
"""Sorts the first neighbour, and ends: this process is PID 1's child here, which in a pod only orphans are."""


@as_root
def test_capabilities_that_this_container_lacks(roots: Path) -> None:
    """The same user and group are not enough: root with its usual capabilities is not shown to root without."""
    found = looked(roots, before=CAPABLE)["neighbours"]
    (why,) = found["passed_over"]
    assert why.endswith("has capabilities that this container lacks")


@as_root
def test_a_proc_that_hides_others_altogether(roots: Path) -> None:
    """hidepid=2: not even PID 1 is listed."""
    before = HIDING.format(how=2) + DROP.format(1000)
    found = looked(roots, neighbour(root(roots, {})), before=before)
    assert found["neighbours"]["why"] == "/proc hides the processes of other users (hidepid)"


@as_root
def test_a_proc_that_hides_what_others_do(roots: Path) -> None:
    """hidepid=1: the PIDs are listed, and nothing of them is told."""
    before = HIDING.format(how=1) + DROP.format(1000) + SORTED
    found = looked(roots, neighbour(root(roots, {})), before=before)
    assert found["passed_over"] == ["a process (PID 2) is hidden by /proc (hidepid)"]


@as_root
def test_a_process_that_is_not_dumpable(roots: Path) -> None:
    """The same user, group and capabilities are not enough where a process asks not to be looked at."""
    found = looked(roots, before=UNDUMPABLE + DROP.format(USER))["neighbours"]
    (why,) = found["passed_over"]
    assert "does not let itself be looked at" in why


@as_root
def test_a_directory_that_is_shut_hides_the_token_file(roots: Path) -> None:
    """What this container's user may not look at is not judged: the other process may still read it."""
    made = root(roots, {"var/run/token": ""})
    beside = neighbour(made)
    os.chown(made / "var", 0, 0)
    (made / "var").chmod(0o700)
    found = looked(roots, beside, before=DROP.format(USER))["neighbours"]["all"][0]["token_file"]
    assert found["why"] == "/var/run/token: this container's user may not look at /var/run"
