"""The processes of other containers, sorted: by root, by what they run, as whom, and with which AWS_*. Judges nothing.

A process that may not be looked at, or ends meanwhile, is passed over with the reason. This container's own are left
out.
"""

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import NamedTuple

from sidecar.facts import Process, named
from sidecar.probe.environs import read_environ
from sidecar.probe.processes import Others, Root, Running, executable, refusal, root_of, running
from sidecar.probe.tree import Allowance, SpentError, Tree

ENDED = "ended while it was looked at"

_MOST = 50
"""Reasons that are told: a pod has a handful."""
_LONGEST_NAME = 64
_STRANGE = re.compile(r"[^\w .+:/@-]", re.ASCII)


class Kind(NamedTuple):
    """What processes have in common that are told of as one; ``variables`` and ``home`` are those of `Environ`."""

    root: Root
    executable: str
    process: Process
    variables: tuple[tuple[str, str], ...] | None
    home: str | None

    @property
    def name(self) -> str:
        """What people call it."""
        return plain(self.executable.rpartition("/")[2])


class PassedOver:
    """Why processes were not looked at: each reason once, with its PIDs."""

    def __init__(self) -> None:
        """Begin with none."""
        self._of: dict[tuple[str, str], list[int]] = {}

    def add(self, name: str, pid: int, why: str) -> None:
        """Note why a process was passed over: a clause that goes on where its name ends."""
        self._of.setdefault((name, why), []).append(pid)

    def told(self) -> tuple[str, ...]:
        """Return the reasons in words."""
        told = [f"{named(name, pids)} {why}" for (name, why), pids in self._of.items()]
        return (*told[:_MOST], f"and {len(told) - _MOST} more") if len(told) > _MOST else tuple(told)


class Kinds:
    """The processes that could be looked at, by kind."""

    def __init__(self, proc: str, others: Others, allowance: Allowance) -> None:
        """Sort those processes of ``proc``, as far as the allowance goes."""
        self.proc, self.allowance = proc, allowance
        self.passed_over = PassedOver()
        self.of: dict[Kind, list[Running]] = {}
        for place, pid in enumerate(others.pids):
            try:
                allowance.spend(entries=1)
                self._sort(pid, others)
            except SpentError as error:
                for left in others.pids[place:]:
                    self.passed_over.add("what else runs", left, f"was not looked at: looking ended {error}")
                break

    def roots(self) -> dict[Root, list[Running]]:
        """Return the processes of each root, the oldest first."""
        found: dict[Root, list[Running]] = {}
        for kind, alike in self.of.items():
            found.setdefault(kind.root, []).extend(alike)
        return {root: sorted(every, key=lambda one: (one.started, one.pid)) for root, every in found.items()}

    @contextmanager
    def opened(self, root: Root, alike: Sequence[Running]) -> Iterator[tuple[Tree, int]]:
        """Open a root by the first of its processes that still runs. Raises ProcessLookupError where none does."""
        for one in alike:
            try:
                tree = Tree(f"{self.proc}/{one.pid}/root", self.allowance, refusals=False)
            except OSError:
                continue
            with tree:
                if tree.identity() == (root.device, root.inode):  # else the PID is another's by now
                    yield tree, one.pid
                    return
        raise ProcessLookupError

    def _sort(self, pid: int, others: Others) -> None:
        try:
            found = running(self.proc, pid)
        except PermissionError:
            self.passed_over.add("a process", pid, "is hidden by /proc (hidepid)")
            return
        except (OSError, ValueError):
            self.passed_over.add("a process", pid, ENDED)
            return
        try:
            self._sort_running(found, others.own_root)
        except PermissionError:
            self.passed_over.add(plain(found.name), pid, refusal(found, others.own))
        except (OSError, ValueError):
            self.passed_over.add(plain(found.name), pid, ENDED)

    def _sort_running(self, found: Running, own_root: Root) -> None:
        if found.zombie or found.kernel:
            self.passed_over.add(plain(found.name), found.pid, "is a zombie" if found.zombie else "is the kernel's")
            return
        root = root_of(self.proc, found.pid)
        if root == own_root:
            return
        path = executable(self.proc, found.pid)
        environ = read_environ(self.proc, found.pid, self.allowance)
        if running(self.proc, found.pid).started != found.started:  # the PID is another's by now
            raise ProcessLookupError
        if isinstance(environ, str):
            kind = Kind(root, path, found.process, None, None)
            self.passed_over.add(kind.name, found.pid, environ)
        else:
            kind = Kind(root, path, found.process, tuple(sorted(environ.variables.items())), environ.home)
        self.of.setdefault(kind, []).append(found)


def plain(name: str) -> str:
    """Return a name that anybody may have given to a process, fit to be shown."""
    return _STRANGE.sub("?", name)[:_LONGEST_NAME] or "?"
