"""The world as one run sees it: environment, clocks, user. Made once, at the edge; tests make their own."""

import os
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True, slots=True)
class World:
    """The side effects that gathering may use, besides sockets and the files it is told to read.

    botocore reads ``os.environ`` by itself: ``environ`` must be that very mapping, or a copy of it.
    """

    environ: Mapping[str, str]
    uid: int = field(default_factory=os.geteuid)
    gids: frozenset[int] = field(default_factory=lambda: frozenset({os.getegid(), *os.getgroups()}))
    now: Callable[[], float] = time.time
    monotonic: Callable[[], float] = time.monotonic
    mountinfo: Path = Path("/proc/self/mountinfo")
    proc: Path = Path("/proc")
    namespace_file: Path = Path("/var/run/secrets/kubernetes.io/serviceaccount/namespace")


@dataclass(frozen=True, slots=True)
class Budget:
    """How long a run may take: ``timeout`` seconds for one operation, until ``ends`` (monotonic) for all."""

    timeout: float
    ends: float
    monotonic: Callable[[], float] = time.monotonic

    @property
    def left(self) -> float:
        """Seconds left of the deadline, never negative."""
        return max(0.0, self.ends - self.monotonic())

    @property
    def operation(self) -> float:
        """Seconds that the next operation may take."""
        return min(self.timeout, self.left)

    @property
    def curtailed(self) -> bool:
        """Whether the deadline leaves an operation less than its own time-out: its failure then proves nothing."""
        return self.left < self.timeout
