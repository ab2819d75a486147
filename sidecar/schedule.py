"""When the next run is due. Pure: times are seconds of a monotonic clock, ``chance`` is a number from 0 to 1.

Regular runs come once an interval. A failed run and a changed token file bring an early one, as long as the allowance
lasts: `BURST` of them at once, and one more each interval. So whatever happens to a pod, it makes no more than `most`
runs in any stretch of time. What this makes of a fleet is simulated in docs/fleet.md.
"""

from math import sqrt
from typing import NamedTuple, Self

JITTER = 0.1
"""How far an interval may be from the one that was asked for, as a part of it: so that no fleet keeps step."""

BURST = 6
"""Early runs that may follow one another before the allowance has to grow again."""

FIRST_RETRY = 10.0
"""Seconds from a failed run to the next; each further failure doubles them, until only regular runs are left."""

SETTLING = 2.0
"""Seconds from a change of the token file to the run that looks at it: what is being written gets finished."""

ROUTINE = 0.8
"""What is left of the wait, at least, when a token was rotated in time: what started at once is rotated at once."""


class Schedule(NamedTuple):
    """When the next run is ``due``, and when the next ``regular`` one; early runs spend the ``allowance``.

    ``allowance`` is what it was when it was ``counted``. ``first``: no run has begun yet.
    """

    interval: float
    due: float
    regular: float
    allowance: float = BURST
    counted: float = 0.0
    failures: int = 0
    first: bool = True

    @classmethod
    def beginning(cls, interval: float, now: float) -> Self:
        """Return the schedule of a process that starts: a run is due at once."""
        return cls(interval, due=now, regular=now, counted=now)

    def begun(self, now: float, chance: float) -> Self:
        """A run begins: the next regular one is an interval away.

        An early one leaves the regular ones' times as they are: a fleet that was moved together would stay together.
        """
        if now < self.regular:
            regular = self.regular + self.interval if now >= self._close else self.regular
            return self._replace(due=regular, regular=regular, allowance=self._allowed(now) - 1, counted=now)
        regular = now + self.interval * (_remaining(chance) if self.first else _jittered(chance))
        return self._replace(due=regular, regular=regular, first=False)

    def ended(self, now: float, *, healthy: bool, chance: float) -> Self:
        """A run ended: after a failure the next comes sooner, with backoff up to the interval."""
        if healthy:
            return self._replace(failures=0)
        pause = FIRST_RETRY * 2.0 ** min(self.failures, 30)
        schedule = self if pause >= self.interval else self._early(now, now + pause * _jittered(chance))
        return schedule._replace(failures=self.failures + 1)

    def changed(self, now: float, *, routine: bool) -> Self:
        """The token file changed. ``routine``: the token was rotated in time, so that nothing is likely to be wrong."""
        if routine:
            return self._early(now, max(now + (self.regular - now) * ROUTINE, self._close))
        return self._early(now, now + min(SETTLING, self.interval))

    @property
    def _close(self) -> float:
        """From when on an early run takes the place of the regular one."""
        return self.regular - self.interval * JITTER

    def _early(self, now: float, due: float) -> Self:
        """Return the schedule with an early run, where it is one and the allowance holds one."""
        return self if due >= self.due or self._allowed(now) < 1 else self._replace(due=due)

    def _allowed(self, now: float) -> float:
        return min(BURST, self.allowance + (now - self.counted) / self.interval)


def most(interval: float, seconds: float) -> float:
    """Return how many runs can begin within so many seconds, whatever happens meanwhile; the first one is counted."""
    regular = 2 + seconds / (interval * (1 - JITTER))
    return regular + BURST + seconds / interval


def _jittered(chance: float) -> float:
    """Return a wait, in intervals."""
    return 1 - JITTER + 2 * JITTER * chance


def _remaining(chance: float) -> float:
    """Return what is left of a wait, in intervals, for who comes upon it at any moment.

    After such a first wait runs are spread evenly from the beginning, so that what starts together does not go on
    together. It is the equilibrium distribution of `_jittered` as a renewal process.
    """
    return chance if chance < 1 - JITTER else 1 + JITTER - 2 * sqrt(JITTER * (1 - chance))
