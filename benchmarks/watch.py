"""What ``irsa-doctor watch`` costs a pod: exit 1 where a target is missed.

Run by ``make bench``. The process is the real one; where diagnoses follow one another at once, only its schedule is
replaced. Latency is measured with clients that ask again as soon as they are answered.
"""

import argparse
import os
import platform
import statistics
import subprocess
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))

from sidecar.lab.lab import Lab, Pod
from sidecar.lab.scenarios import HEALTHY
from watching import Watching, until

HERE = Path(__file__).parent
MEBIBYTE = 1024.0  # KiB
MOST_MEMORY, MOST_GROWTH = 30.0, 1.0  # MiB
MOST_CPU_AT_REST = 0.1  # per cent of a core
MOST_CPU = 1.2  # of the baseline's
MOST_LATENCY, MOST_LATENCY_BUSY = 5.0, 25.0  # ms, 99th percentile
CLIENTS = 16

AT_ONCE = """
import sys
from sidecar import cli
from sidecar.commands import watch

class AtOnce:
    due = 0.0
    beginning = classmethod(lambda cls, interval, now: cls())
    begun = lambda self, now, chance: self
    ended = lambda self, now, *, healthy, chance: self
    changed = lambda self, now, *, routine: self

watch.Schedule = AtOnce
sys.exit(cli.main())
"""
"""`watch` with a diagnosis after the other."""


def main() -> int:
    """Measure, print, and return 1 where a target is missed."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--rounds", type=int, default=11, help="of the diagnosis beside the baseline")
    options.add_argument("--diagnoses", type=int, default=2000, help="of the memory's growth")
    options.add_argument("--seconds", type=float, default=30.0, help="at rest, and of scraping")
    asked = options.parse_args()
    print(f"watch: Python {platform.python_version()}, {os.cpu_count()} processors")
    with Lab(os.environ) as lab, lab.pod(HEALTHY) as pod:
        missed = [
            diagnosis(pod, asked.rounds),
            *rest(pod, asked.seconds),
            *busy(pod, asked.seconds, asked.diagnoses),
        ]
    return int(any(missed))


def diagnosis(pod: Pod, rounds: int) -> bool:
    """Compare the processor time of a diagnosis with that of the baseline, in turn."""
    ours = [sys.executable, "-m", "sidecar", "_diagnosis"]
    least = [sys.executable, str(HERE / "baseline.py")]
    times: dict[str, list[float]] = {"ours": [], "least": []}
    for turn in range(rounds + 1):
        for name, command in (("ours", ours), ("least", least)):
            took = processor_seconds(command, pod)
            if turn:
                times[name].append(took)
    ratio = statistics.median(times["ours"]) / statistics.median(times["least"])
    return verdict("processor time of a diagnosis, of the baseline's", ratio, MOST_CPU, "")


def processor_seconds(command: list[str], pod: Pod) -> float:
    """Run a command to its end; return the processor time that it took. Raises where it fails."""
    process = subprocess.Popen(command, env=dict(pod.environ), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{command} ended with {process.returncode}")  # noqa: EM102 - said once
    return usage.ru_utime + usage.ru_stime


def rest(pod: Pod, seconds: float) -> list[bool]:
    """Measure a process that has nothing to do: its memory, its processor time, and how it answers."""
    with Watching(pod) as watching:
        watching.event("healthy")
        for path in ("/metrics", "/report", "/healthz"):
            watching.get(path)
        unseen = memory(watching, "Rss")
        shared = memory(watching, "Pss")
        watching.get("/")
        seen = memory(watching, "Rss")
        print(f"  resident {unseen:.1f} MiB (proportional {shared:.1f}), once the page was looked at {seen:.1f}")
        before = ticks(watching)
        time.sleep(seconds)
        share = 100 * (ticks(watching) - before) / os.sysconf("SC_CLK_TCK") / seconds
        latency = ninety_ninth(scrape(watching, seconds / 3))
        scraped = memory(watching, "Rss")
    return [
        verdict("resident memory at rest", unseen, MOST_MEMORY, "MiB"),
        verdict("the same, looked at and scraped", max(seen, scraped), MOST_MEMORY, "MiB"),
        verdict("processor time at rest", share, MOST_CPU_AT_REST, "% of a core"),
        verdict(f"a scrape, {CLIENTS} clients, 99th percentile", latency, MOST_LATENCY, "ms"),
    ]


def busy(pod: Pod, seconds: float, diagnoses: int) -> list[bool]:
    """Measure a process that diagnoses without a pause: how it answers meanwhile, and how its memory grows."""
    with Watching(pod, program=("-c", AT_ONCE)) as watching:
        latency = ninety_ninth(scrape(watching, seconds / 3))
        early = after(watching, 50)
        late = after(watching, diagnoses)
        print(f"  resident after 50 diagnoses {early:.2f} MiB, after {diagnoses} {late:.2f} MiB")
    return [
        verdict("a scrape during a diagnosis, 99th percentile", latency, MOST_LATENCY_BUSY, "ms"),
        verdict(f"growth from 50 to {diagnoses} diagnoses", late - early, MOST_GROWTH, "MiB"),
    ]


def after(watching: Watching, diagnoses: int) -> float:
    """Wait until so many diagnoses are done; return the resident memory."""
    until(lambda: watching.runs() >= diagnoses, f"{diagnoses} diagnoses", 7200.0, 0.5)
    return memory(watching, "Rss")


def scrape(watching: Watching, seconds: float) -> list[float]:
    """Scrape with all clients; return how long each scrape took, in ms."""
    command = [sys.executable, str(HERE / "scrape.py"), str(watching.port), str(CLIENTS), str(seconds)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    took = [float(line) for line in done.stdout.split()]
    rate, median = len(took) / seconds, statistics.median(took)
    print(f"  {rate:6.0f} scrapes a second, median {median:.2f} ms, worst {max(took):.1f} ms")
    return took


def ninety_ninth(values: list[float]) -> float:
    """Return the 99th percentile."""
    return statistics.quantiles(values, n=100)[98]


def memory(watching: Watching, kind: str) -> float:
    """Return the resident (``Rss``) or proportional (``Pss``) memory in MiB."""
    lines = Path(f"/proc/{watching.process.pid}/smaps_rollup").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(f"{kind}:")) / MEBIBYTE


def ticks(watching: Watching) -> int:
    """Return the processor time that the process itself has taken, in the kernel's ticks."""
    fields = Path(f"/proc/{watching.process.pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return int(fields[11]) + int(fields[12])


def verdict(what: str, value: float, limit: float, unit: str) -> bool:
    """Print a value beside its limit; return whether it is missed."""
    missed = value > limit
    print(f"  {what:50} {value:6.2f}  at most {limit:g} {unit}  {'MISSED' if missed else 'ok'}")
    return missed


if __name__ == "__main__":
    raise SystemExit(main())
