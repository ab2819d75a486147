"""How the program ends, and what it says on standard error: signals, exit codes, a standard output that fails.

Prints nothing on standard output. No traceback leaves it, and of an exception never the message: it may hold a secret.
"""

import errno
import os
import signal
import sys
from collections.abc import Callable
from contextlib import suppress
from types import FrameType
from typing import TYPE_CHECKING, NoReturn

from sidecar import PROGRAM, __version__

if TYPE_CHECKING:
    import threading

MISUSE = 2
"""The exit code of a program that was asked wrongly."""
BUG = 3
"""The exit code of a bug of ours."""
_SIGNAL = 128  # added to a signal's number, as shells do
_UNWRITABLE = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO})  # what only a file can answer


# ------------------------------------------------------------------------------------------------- standard error


def say(sentence: str) -> None:
    """Say a sentence about this run on standard error, after the program's name."""
    tell(f"{PROGRAM}: {sentence}")


def tell(text: str) -> None:
    """Write a line on standard error; where that cannot be done there is nothing left to do."""
    if sys.stderr is not None:  # it was closed from the start
        with suppress(OSError):
            sys.stderr.write(f"{text}\n")


# -------------------------------------------------------------------------------------------------------- signals


def on_signals(act: Callable[[int, FrameType | None], NoReturn]) -> None:
    """Act on SIGTERM, which process 1 of a container would otherwise not see, on SIGINT and on SIGHUP."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) is not signal.SIG_IGN:  # as nohup and a shell's `&` want it
            signal.signal(number, act)


def stop(number: int, _frame: FrameType | None) -> NoReturn:
    """End at once, whatever threads are waiting for."""
    _cry(number)
    os._exit(_SIGNAL + number)


def leave(_number: int, _frame: FrameType | None) -> NoReturn:
    """End at once and well: for what runs until it is ended."""
    os._exit(0)


def unwind(number: int, _frame: FrameType | None) -> NoReturn:
    """End by way of every `with` and `finally`: for what must tidy up."""
    if number == signal.SIGINT:
        raise KeyboardInterrupt
    _cry(number)
    raise SystemExit(_SIGNAL + number)


def _cry(number: int) -> None:
    with suppress(OSError):
        os.write(2, f"{PROGRAM}: {_word(number)}\n".encode())  # not print: it may be what was interrupted


def _word(number: int) -> str:
    return "interrupted" if number == signal.SIGINT else "terminated"


# -------------------------------------------------------------------------------------------------------- the end


def conclude(code: int, sentence: str) -> int:
    """Write what is left, say the sentence if there is one, return the exit code."""
    on_signals(stop)
    try:
        if sys.stdout is not None:  # None: it was closed from the start
            sys.stdout.flush()
    except OSError as error:
        _abandon_stdout()
        code, sentence = ended_by(error)
    if sentence:
        say(sentence)
    return code


def ended_by(error: BaseException) -> tuple[int, str]:
    """Return the exit code and the sentence for what ended a command."""
    if isinstance(error, KeyboardInterrupt):
        return _SIGNAL + signal.SIGINT, _word(signal.SIGINT)
    if isinstance(error, BrokenPipeError):  # the reader has seen enough: `irsa-doctor checks | head`
        return _SIGNAL + signal.SIGPIPE, ""
    if isinstance(error, OSError) and error.errno in _UNWRITABLE:
        return MISUSE, f"standard output cannot be written: {os.strerror(error.errno)}"
    return BUG, _bug(error)


def watch_threads() -> None:
    """Say what ends a thread in the same words."""
    import threading  # for a command only: neither version nor help pays for it

    threading.excepthook = _on_thread_error


def _on_thread_error(failure: "threading.ExceptHookArgs") -> None:
    if failure.exc_value is not None:
        say(_bug(failure.exc_value))


def _bug(error: BaseException) -> str:
    """Return a sentence with an exception's type and the place in this program it came from, never its message."""
    place, trace = "", error.__traceback__
    while trace:
        module = str(trace.tb_frame.f_globals.get("__name__"))
        if module.startswith("sidecar."):
            place = f" at {module}:{trace.tb_lineno}"
        trace = trace.tb_next
    return f"a bug in {PROGRAM} {__version__}: {type(error).__name__}{place}; please report it"


# ------------------------------------------------------------------------------------------------ standard output


def soften_stdout() -> None:
    """Let standard output take any text, in whatever locale."""
    reconfigure = getattr(sys.stdout, "reconfigure", None)
    if reconfigure:
        reconfigure(errors="backslashreplace")


def _abandon_stdout() -> None:
    """Keep the interpreter from writing what is left to a standard output that fails."""
    with suppress(OSError, ValueError, AttributeError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)
