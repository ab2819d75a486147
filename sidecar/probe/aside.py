"""Pieces of gathering that run beside each other, each in a thread of its own, within one deadline. Judges nothing."""

import threading
from collections.abc import Callable
from dataclasses import replace
from typing import Generic, TypeVar

from sidecar.config import Config
from sidecar.model import Absent
from sidecar.probe.world import Budget

_T = TypeVar("_T")
_NAP_SECONDS = 0.1  # Python acts on a signal that comes just before a wait only after it: so no wait is long
_RESERVE_SECONDS = 0.1  # of the deadline, so that an operation that it cuts short can still say so


class Aside(Generic[_T]):
    """A piece of gathering in a thread of its own, abandoned when the deadline comes first."""

    def __init__(self, work: Callable[[], _T]) -> None:
        """Begin."""
        self._work = work
        self._done: _T | None = None
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        try:
            self._done = self._work()
        except BaseException as error:  # noqa: BLE001 - raised again where it can be told
            self._error = error

    def result(self, budget: Budget) -> _T | None:
        """Return what the work returned, or None once the deadline is over. Raises what the work raised."""
        while self._thread.is_alive() and budget.left > 0:
            self._thread.join(min(budget.left, _NAP_SECONDS))
        if self._error is not None:
            raise self._error
        return self._done


def within(budget: Budget, config: Config) -> Budget:
    """Return the budget of what runs aside: it ends a little before the run's own."""
    return replace(budget, ends=budget.ends - min(_RESERVE_SECONDS, config.deadline / 10))


def overdue(config: Config) -> Absent:
    """Return that something was not reached in time."""
    return Absent(f"not reached within the deadline of {config.deadline:g} s", overdue=True)
