"""``irsa-doctor demo``: the same diagnosis against an embedded lab, healthy or broken in a named way.

The only module outside the lab that imports it. What is shown is what the real program, run as a child in the
pod's environment, writes.
"""

import difflib
import os
import shlex
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib.util import find_spec
from typing import TYPE_CHECKING

from sidecar.commands.runs import interpreter

if TYPE_CHECKING:
    from sidecar.lab.lab import Lab, Pod
    from sidecar.lab.plan import Scenario

MISUSE = 2
NEEDED = ("flask", "flask_cors", "moto", "trustme")
"""The modules that only the lab needs."""
SHOWN = ("healthy", "trust-policy-denied")
"""The scenarios of a demo that names none."""


def run(name: str | None, environ: Mapping[str, str], *, list_scenarios: bool) -> int:
    """Show one scenario, or a healthy and a broken pod, or the list; return 0, or 2 where that cannot be done."""
    if any(find_spec(module) is None for module in NEEDED):
        return _refuse("the lab is not installed; to install it, in a clone: pip install '.[lab]'")
    from sidecar.lab.scenarios import SCENARIOS

    if list_scenarios:
        _list(SCENARIOS)
        return 0
    if name is not None and name not in SCENARIOS:
        near = difflib.get_close_matches(name, SCENARIOS, n=3, cutoff=0.4)
        hint = f"; did you mean {' or '.join(near)}?" if near else "; --list shows them all"
        return _refuse(f"no scenario is called {name!r}{hint}")
    if name is not None and SCENARIOS[name].unprivileged and os.geteuid() == 0:
        return _refuse(f"root may read every file: run {name} as another user")
    try:
        _show([SCENARIOS[shown] for shown in (SHOWN if name is None else (name,))], environ)
    except BrokenPipeError:
        raise  # the reader has seen enough, which is not the lab's fault
    except OSError as error:
        return _refuse(f"the lab could not be started: {error.strerror or type(error).__name__}")
    return 0


def _refuse(sentence: str) -> int:
    print(f"irsa-doctor: {sentence}", file=sys.stderr)
    return MISUSE


def _list(scenarios: Mapping[str, "Scenario"]) -> None:
    wide = max(map(len, scenarios))
    faults = {name: _outcome(scenario) for name, scenario in scenarios.items()}
    deep = max(map(len, faults.values()))
    for name, scenario in scenarios.items():
        print(f"{name:<{wide}}  {faults[name]:<{deep}}  {scenario.summary}")


def _outcome(scenario: "Scenario") -> str:
    if scenario.expects is not None:
        return scenario.expects
    return f"healthy, {' '.join(scenario.warns)}" if scenario.warns else "healthy"


def _show(scenarios: "list[Scenario]", environ: Mapping[str, str]) -> None:
    from sidecar.lab.lab import Lab

    print("# The lab's issuer has a port, which IAM would not take: hence the warning issuer-url-invalid.\n")
    with Lab(environ) as lab:
        for number, scenario in enumerate(scenarios):
            print("\n" * bool(number) + f"# {scenario.name}: {scenario.summary}")
            _show_one(lab, scenario)


def _show_one(lab: "Lab", scenario: "Scenario") -> None:
    with lab.pod(scenario) as pod:
        print(f"$ {shlex.join(('irsa-doctor', 'check', *pod.arguments))}", flush=True)
        log = pod.directory / "termination-log"
        log.touch()
        code = _check(pod, str(log))
        print(f"\nexit code: {code}\ntermination message:")
        for line in log.read_text(encoding="utf-8").splitlines():
            print(f"  {line}".rstrip())


def _check(pod: "Pod", log: str) -> int:
    """Run the program in the pod's environment, ending it where we are ended."""
    command = pod.command(interpreter(), "check", *pod.arguments, "--termination-log", log)
    child = None
    try:
        with _signals_held():
            # In a process group of its own Ctrl-C does not reach the child: the one sentence about it is ours.
            child = subprocess.Popen(command, env=dict(pod.environ), process_group=0)  # noqa: S603 - our own program
        return child.wait()
    except BaseException:
        if child is not None:
            child.kill()
            child.wait()
        raise


@contextmanager
def _signals_held() -> Iterator[None]:
    """Hold back the signals that end us: one that comes while a child is being made would leave it running."""
    came: list[int] = []
    handlers = {
        number: signal.signal(number, lambda number, _frame: came.append(number))
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    }
    try:
        yield
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler)
        if came:
            signal.raise_signal(came[0])
