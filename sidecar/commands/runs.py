"""What became of a child of `watch`: what it printed, or how it ended, as a run for the journal.

What a child prints is believed only where it is a report of this version. Of its standard error nothing is repeated but
the sentences of this program.
"""

import json
import signal
import sys
from typing import NamedTuple

from sidecar import PROGRAM
from sidecar.journal import Ending, Run
from sidecar.probe.child import LIMIT, Spoken
from sidecar.reread import NoReportError, read_report

DIAGNOSIS = "_diagnosis"
"""The command that a child is: see `commands.diagnosis`."""
_MISUSE = 2


class Answer(NamedTuple):
    """A run, and what its child leaves: the token file that it read, and what the next child is told.

    ``misuse``: what the tool was asked wrongly, in a sentence.
    """

    run: Run
    token_file: str | None = None
    handed_on: str = ""
    misuse: str | None = None


def interpreter() -> tuple[str, ...]:
    """Return this interpreter and how it was asked to keep apart from its surroundings, for a process of ours.

    ``-m`` alone would look for modules in the working directory, which may be anybody's; where this process was started
    so, it is how a checkout runs.
    """
    flags, as_module = sys.flags, getattr(sys.modules["__main__"], "__spec__", None) is not None
    chosen = {
        "-I": flags.isolated,
        "-E": flags.ignore_environment,
        "-P": flags.safe_path or not as_module,
        "-s": flags.no_user_site,
        "-S": flags.no_site,
    }
    options = [option for option, wanted in chosen.items() if wanted]
    options += [f"-X{name}" if value is True else f"-X{name}={value}" for name, value in sys._xoptions.items()]  # noqa: SLF001 - documented, and the only way
    return sys.executable, *options


def answer(spoken: Spoken, ended: float, seconds: float) -> Answer:
    """Return what a child that has ended said; it ended at ``ended`` and took ``seconds``."""
    why = _broken(spoken)
    if why:
        misuse = _sentence(spoken.noise) if spoken.code == _MISUSE else None
        return Answer(Run(ended, seconds, Ending.CRASHED, why=why), misuse=misuse)
    try:
        found = json.loads(spoken.out)
        report = read_report(found["report"])
        path = found["token_file"]
        handed_on = found["handed_on"]
    except (NoReportError, ValueError, TypeError, KeyError, RecursionError):
        return Answer(Run(ended, seconds, Ending.CRASHED, why="the diagnosis printed no report"))
    ending = Ending.HEALTHY if report.healthy else Ending.UNHEALTHY
    kept = handed_on if isinstance(handed_on, str) else ""
    return Answer(Run(ended, seconds, ending, report), path if isinstance(path, str) else None, kept)


def timed_out(ended: float, seconds: float, limit: float) -> Answer:
    """Return the answer of a child that was ended for taking longer than ``limit`` seconds."""
    why = f"the diagnosis took more than {limit:g} s and was ended"
    return Answer(Run(ended, seconds, Ending.TIMED_OUT, why=why))


def unstarted(ended: float, error: OSError | MemoryError) -> Answer:
    """Return the answer of a child that could not be started."""
    reason = error.strerror if isinstance(error, OSError) else "no memory"
    why = f"no process could be started for the diagnosis: {reason}"
    return Answer(Run(ended, 0.0, Ending.CRASHED, why=why))


def _broken(spoken: Spoken) -> str:
    """Return how a child ended that did not end well, or nothing."""
    if spoken.cut:
        return f"the diagnosis printed more than {LIMIT >> 20} MiB"
    if spoken.code < 0:
        memory = ", as the kernel does where memory is short" if spoken.code == -signal.SIGKILL else ""
        return f"the diagnosis was ended by {_signal(-spoken.code)}{memory}"
    if spoken.code:
        return _sentence(spoken.noise) or f"the diagnosis ended with exit code {spoken.code}"
    return ""


def _signal(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"


def _sentence(noise: bytes) -> str:
    """Return the last sentence of this program's own, without its name."""
    start = f"{PROGRAM}: "
    lines = noise.decode(errors="replace").splitlines()
    return next((line.removeprefix(start) for line in reversed(lines) if line.startswith(start)), "")
