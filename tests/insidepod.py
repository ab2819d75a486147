"""A pod of the lab from inside: its environment is this process's own for a while, as botocore needs it."""

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import NamedTuple
from unittest import mock

from sidecar import cli, flags
from sidecar.config import Config
from sidecar.lab.lab import Pod
from sidecar.probe.world import World

CHECK = (sys.executable, "-m", "sidecar", "check")

PATIENCE = 30.0
"""Seconds that a test waits for what must come; it fails after that."""


class Inside(NamedTuple):
    """What `check` is made of in a pod: the world, and the settings by the pod's flags and variables."""

    world: World
    config: Config


@contextmanager
def inside(pod: Pod, *arguments: str, **variables: str) -> Iterator[Inside]:
    """Enter the pod, with more flags and variables."""
    with mock.patch.dict(os.environ, {**pod.environ, **variables}, clear=True):
        config, _ = flags.read(cli.COMMANDS["check"].manual, (*pod.arguments, *arguments), os.environ)
        yield Inside(World(os.environ), config)


@contextmanager
def settled() -> Iterator[None]:
    """Wait at the end for the threads that were started meanwhile, so that the pod outlives what talks to it."""
    before = set(threading.enumerate())
    try:
        yield
    finally:
        while started := set(threading.enumerate()) - before:
            for thread in started:
                with suppress(RuntimeError):  # it is only about to start
                    thread.join(PATIENCE)
                    assert not thread.is_alive()


class Told(NamedTuple):
    """What a process said: its exit code, standard output and standard error."""

    code: int
    out: str
    err: str


def checked(pod: Pod, *arguments: str, python: tuple[str, ...] = (), **variables: str) -> Told:
    """Run ``irsa-doctor check`` as a process of the pod; ``python`` are the interpreter's own options."""
    done = subprocess.run(
        [sys.executable, *python, *CHECK[1:], *pod.arguments, *arguments],
        env={**pod.environ, **variables},
        capture_output=True,
        check=False,
        text=True,
        timeout=60,
    )
    return Told(done.returncode, done.stdout, done.stderr)
