"""``irsa-doctor check``: one diagnosis, its report, its exit code."""

import gc
import math
import os
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from sidecar import __version__
from sidecar.checks import CHAIN
from sidecar.config import Config, FailOn, Format
from sidecar.diagnosis import diagnose
from sidecar.explanations import PROVEN_BY_READING
from sidecar.facts import Facts, TrustPolicy
from sidecar.model import Failed, Report, Severity, Status
from sidecar.policy import Malformed, read_policy
from sidecar.probe.gather import gather
from sidecar.probe.world import World
from sidecar.render.remedy import plain

if TYPE_CHECKING:
    from sidecar.probe.remembered import Memory

HEALTHY, UNHEALTHY, MISUSE, BUG = 0, 1, 2, 3
_DEFAULT_TERMINATION_LOG = Path("/dev/termination-log")
_LONGEST_PAUSE_SECONDS = 10.0
_SHORTEST_PAUSE_SECONDS = 0.05


def run(config: Config, environ: Mapping[str, str]) -> int:
    """Diagnose, print the report, write the termination message; return the exit code."""
    policy = given(config.trust_policy) if config.trust_policy else None
    if isinstance(policy, str):
        _say(f"--trust-policy: {plain(policy)}")
        return MISUSE
    world = World(environ)
    try:
        report = _waited(config, world, lambda: examine(world, config, policy).report)
    except ScanError as error:
        _say(str(error))
        return MISUSE
    print(rendering(report, config.format, colour=_wants_colour(environ)), flush=True)
    _leave_termination_message(report, config)
    return exit_code(report, config.fail_on)


def given(path: str) -> TrustPolicy | str:
    """Return the trust policy that the operator gives, or a clause about what is wrong with it."""
    from sidecar.probe.policy_file import read_policy_file

    text = read_policy_file(path)
    if isinstance(text, Failed):
        return text.why
    policy = read_policy(text)
    return (
        f"not a trust policy: {policy.place}: {policy.why}"
        if isinstance(policy, Malformed)
        else TrustPolicy(text, path)
    )


class ScanError(Exception):
    """The directory to scan is none: a sentence for people."""


class Examined(NamedTuple):
    """One diagnosis: the report, and the facts that it was made of."""

    report: Report
    facts: Facts


def examine(
    world: World, config: Config, policy: TrustPolicy | None = None, memory: "Memory | None" = None
) -> Examined:
    """Make one diagnosis; ``policy`` and ``memory`` are `gather`'s."""
    started, began = world.now(), world.monotonic()
    facts = gather(world, config, policy, memory) if config.scan is None else _scanned(config.scan, world, config)
    took = world.monotonic() - began
    return Examined(diagnose(facts, CHAIN, version=__version__, started=started, duration_seconds=took), facts)


def _scanned(directory: str, world: World, config: Config) -> Facts:
    """Return a directory's facts. Raises `ScanError`."""
    from sidecar.probe.scan import scan

    try:
        return scan(directory, world, config)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "no directory has such a name"
        message = f"--scan: {plain(directory)}: {reason}"
        raise ScanError(message) from error


def exit_code(report: Report, fail_on: FailOn) -> int:
    """Return 0 healthy, 1 a fault at or above ``fail_on`` or out of time, 3 where only a crash was found."""
    crashed = any(result.status is Status.CRASH for result in report.results)
    counting = {
        FailOn.ERROR: {Severity.ERROR},
        FailOn.WARNING: {Severity.ERROR, Severity.WARNING},
        FailOn.NEVER: set[Severity](),
    }[fail_on]
    if any(result.severity in counting for result in report.results):
        return UNHEALTHY
    if crashed and not any(result.severity is Severity.ERROR for result in report.results):
        return BUG
    return UNHEALTHY if report.overdue and fail_on is not FailOn.NEVER else HEALTHY


def rendering(report: Report, form: Format, *, colour: bool) -> str:
    """Return the report in the form that was asked for; only the renderer that is needed is loaded."""
    if form is Format.JSON:
        from sidecar.render.json import report_json

        return report_json(report)
    from sidecar.render.text import short, text

    return (short if form is Format.SHORT else text)(report, colour=colour)


def transient(report: Report) -> bool:
    """Whether time alone can cure what was found: not what a policy or IAM itself shows."""
    cause = report.root_cause
    return cause.fault.transient and not cause.check.startswith(PROVEN_BY_READING) if cause else report.overdue


def _waited(config: Config, world: World, diagnosis: Callable[[], Report]) -> Report:
    """Diagnose until healthy, until the cause is one that time does not cure, or until ``--wait`` is over."""
    ends = world.monotonic() + config.wait
    told = ""
    for pause in _pauses():
        report = diagnosis()
        left = ends - world.monotonic()
        spare = left - report.duration_seconds  # the next one may take as long
        if spare < _SHORTEST_PAUSE_SECONDS or not transient(report):
            return report
        state = _state(report)
        if state != told:
            _say(f"waiting up to {math.ceil(left)} s: {state}")
            told = state
        gc.collect()  # not by itself during a diagnosis: see the command line
        time.sleep(min(pause, spare))
    raise AssertionError  # the pauses never end


def _pauses() -> Iterator[float]:
    pause = 0.5
    while True:
        yield pause
        pause = min(pause * 2, _LONGEST_PAUSE_SECONDS)


def _state(report: Report) -> str:
    """Return one line for the state of the world: the root cause, without what changes from run to run."""
    cause = report.root_cause
    return f"{cause.fault.code} {cause.fault.name}: {cause.fault.title}" if cause else "the deadline was too short"


def _wants_colour(environ: Mapping[str, str]) -> bool:
    terminal = sys.stdout is not None and sys.stdout.isatty()  # None: it was closed from the start
    return terminal and not environ.get("NO_COLOR") and environ.get("TERM") != "dumb"


def _leave_termination_message(report: Report, config: Config) -> None:
    """Write the termination message: where the operator says, else where the kubelet made the file."""
    path = Path(config.termination_log) if config.termination_log else _DEFAULT_TERMINATION_LOG
    try:
        if not config.termination_log and not path.is_file():
            return
        from sidecar.render.termination import termination

        _write(path, termination(report))
    except OSError as error:
        _say(f"the termination message was not written: {path}: {error.strerror}")


def _write(path: Path, text: str) -> None:
    """Write the file without waiting: a FIFO that nobody reads is an error, not a hang. Raises OSError."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NONBLOCK | os.O_CLOEXEC, 0o644)
    with open(descriptor, "w", encoding="utf-8") as file:  # noqa: PTH123 - pathlib opens no descriptor
        file.write(text)


def _say(sentence: str) -> None:
    """Tell people, as far as standard error takes it: what it does not take changes no exit code."""
    if sys.stderr is not None:  # else it is closed, and print would take standard output
        with suppress(OSError):
            print(f"irsa-doctor: {sentence}", file=sys.stderr, flush=True)
