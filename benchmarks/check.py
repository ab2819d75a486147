"""Speed and size of ``irsa-doctor check`` against the lab: exit 1 where a target is missed.

Run by ``make bench``. All commands do the same exchange and identity call over loopback TLS with the same Python.
"""

import argparse
import os
import platform
import shutil
import sys
from dataclasses import replace
from pathlib import Path

from measure import Command, peak_mebibytes, wall_seconds

from sidecar.lab.lab import Lab, Pod
from sidecar.lab.plan import Page, Scenario
from sidecar.lab.scenarios import HEALTHY

_HERE = Path(__file__).parent
_DELAY_SECONDS = 0.2


def commands(pod: Pod) -> tuple[Command, Command, Command]:
    """Return ours, the AWS CLI's and the baseline, for one pod."""
    ours = [sys.executable, installed("irsa-doctor"), "check", *pod.arguments]
    cli = [sys.executable, installed("aws"), "sts", "get-caller-identity"]
    return (
        Command("irsa-doctor check", ours, pod.environ),
        Command("aws sts get-caller-identity", cli, pod.environ),
        Command("botocore baseline", [sys.executable, str(_HERE / "baseline.py")], pod.environ),
    )


def installed(program: str) -> str:
    """Return the path of a program of this environment. Raises SystemExit where there is none."""
    path = shutil.which(program)
    if path is None:
        message = f"{program} is not installed here: run make bench"
        raise SystemExit(message)
    return path


def main() -> int:
    """Measure, print, and return 1 where a target is missed."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--rounds", type=int, default=11)
    rounds = options.parse_args().rounds
    print(f"Python {platform.python_version()}, {os.cpu_count()} processors, medians of {rounds}")
    with Lab(os.environ) as lab:
        with lab.pod(HEALTHY) as pod:
            ours, cli, baseline = commands(pod)
            wall = wall_seconds((ours, cli, baseline), rounds)
            memory = peak_mebibytes((ours, cli, baseline), max(3, rounds // 3))
        with lab.pod(delayed(HEALTHY)) as pod:
            ours_slow, _, exchange = commands(pod)
            issuer = Command("issuer alone", [*ours_slow.argv, "--no-exchange"], pod.environ)
            slow = wall_seconds((ours_slow, issuer, exchange), max(3, rounds // 3))
    for name in wall:
        print(f"  {name:30} {wall[name]:7.3f} s {memory[name]:8.1f} MiB")
    longer = max(slow[issuer.name], slow[exchange.name])
    missed = [
        verdict("wall time against the AWS CLI", wall[ours.name] / wall[cli.name], 0.80),
        verdict("wall time against the baseline", wall[ours.name] / wall[baseline.name], 1.20),
        verdict("memory against the AWS CLI", memory[ours.name] / memory[cli.name], 1.0),
        verdict("memory against the baseline", memory[ours.name] / memory[baseline.name], 1.3),
        verdict("both paths, 200 ms late, against the longer", slow[ours_slow.name] / longer, 1.20),
    ]
    return int(any(missed))


def delayed(scenario: Scenario) -> Scenario:
    """Return the scenario with every answer 200 ms late."""
    late = Page(delay=_DELAY_SECONDS)
    issuer = replace(scenario.issuer, discovery=late, jwks=late)
    return replace(scenario, issuer=issuer, sts=replace(scenario.sts, delay=_DELAY_SECONDS))


def verdict(what: str, ratio: float, limit: float) -> bool:
    """Print a ratio beside its limit; return whether it is missed."""
    missed = ratio > limit
    print(f"  {what:45} {ratio:5.2f}  at most {limit:.2f}  {'MISSED' if missed else 'ok'}")
    return missed


if __name__ == "__main__":
    raise SystemExit(main())
