"""Time whole commands side by side, and the peak memory of their process trees. Ratios, never absolute limits."""

import statistics
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

_POLL_SECONDS = 0.002


@dataclass(frozen=True, slots=True)
class Command:
    """A command under measurement; ``codes`` are the exit codes that count as done."""

    name: str
    argv: Sequence[str]
    environ: Mapping[str, str]
    codes: tuple[int, ...] = (0,)


def wall_seconds(commands: Sequence[Command], rounds: int) -> dict[str, float]:
    """Return the median wall time of each command, run in turn ``rounds`` times after one warm-up."""
    times: dict[str, list[float]] = {command.name: [] for command in commands}
    for turn in range(rounds + 1):
        for command in commands:
            began = time.perf_counter()
            _done(command, subprocess.run(command.argv, env=dict(command.environ), capture_output=True, check=False))
            if turn:
                times[command.name].append(time.perf_counter() - began)
    return {name: statistics.median(values) for name, values in times.items()}


def peak_mebibytes(commands: Sequence[Command], rounds: int) -> dict[str, float]:
    """Return the median peak resident memory of each command, summed over its process tree."""
    return {command.name: statistics.median(_peak(command) for _ in range(rounds)) for command in commands}


def _peak(command: Command) -> float:
    process = subprocess.Popen(
        command.argv, env=dict(command.environ), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    highest = 0
    while process.poll() is None:
        highest = max(highest, sum(_high_water(pid) for pid in _tree(process.pid)))
        time.sleep(_POLL_SECONDS)
    if process.returncode not in command.codes:
        message = f"{command.name} ended with {process.returncode}"
        raise SystemExit(message)
    return highest / 1024


def _tree(pid: int) -> list[int]:
    try:
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()
    except OSError:
        return []
    return [pid, *(member for child in children for member in _tree(int(child)))]


def _high_water(pid: int) -> int:
    """Return the most KiB that the process ever had resident: so a short peak between two looks counts, too."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text(encoding="utf-8").splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith("VmHWM:")), 0)


def _done(command: Command, process: "subprocess.CompletedProcess[bytes]") -> None:
    if process.returncode not in command.codes:
        message = f"{command.name} ended with {process.returncode}: {process.stderr.decode(errors='replace')[-500:]}"
        raise SystemExit(message)
