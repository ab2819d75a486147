"""How the program ends: the handlers by themselves. The ends of whole runs are in test_cli.py."""

import os
import signal
import threading
from collections.abc import Callable

import pytest

from sidecar import __version__, ending


def test_thread_without_exception_is_silent(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Where a thread's exception is gone already there is nothing to say."""
    monkeypatch.setattr(threading, "excepthook", threading.excepthook)
    ending.watch_threads()
    threading.excepthook(threading.ExceptHookArgs((ValueError, None, None, None)))
    threading.excepthook(threading.ExceptHookArgs((ValueError, ValueError("secret"), None, None)))
    assert capsys.readouterr().err == f"irsa-doctor: a bug in irsa-doctor {__version__}: ValueError; please report it\n"


def test_handlers(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> None:
    """One handler ends the process, the other unwinds it."""
    ended: list[int] = []
    monkeypatch.setattr(os, "_exit", ended.append)
    stop: Callable[[int, None], object] = ending.stop
    stop(signal.SIGTERM, None)
    with pytest.raises(SystemExit) as caught:
        ending.unwind(signal.SIGTERM, None)
    with pytest.raises(KeyboardInterrupt):
        ending.unwind(signal.SIGINT, None)
    assert (ended, caught.value.code) == ([143], 143)
    assert capfd.readouterr().err == "irsa-doctor: terminated\n" * 2
