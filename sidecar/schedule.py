"""When the next run is due. Pure: times are seconds of a monotonic clock, ``chance`` is a number from 0 to 1.

Regular runs come once an interval. A failed run and a changed token file bring an early one, as long as the allowance
lasts: `BURST` of them at once, and one more each interval. So whatever happens to a pod, it makes no more than `most`
runs in any stretch of time.
"""

from typing import NamedTuple, Self

JITTER = 0.1
"""How far an interval may be from the one that was asked for, as a part of it: so that no fleet keeps step."""

BURST = 6
"""Early runs that may follow one another before the allowance has to grow again."""

FIRST_RETRY = 10.0
"""Seconds from a failed run to the next; each further failure doubles them, up to the interval."""

SETTLING = 2.0
"""Seconds from a change of the token file to the run that looks at it: what is being written gets finished."""

ROUTINE = 0.7
"""What is left of the wait when a token was rotated in time: a fleet that started at once is rotated at once."""


class Schedule(NamedTuple):
    """When the next run is ``due``, and when the next ``regular`` one; early runs spend the ``allowance``.

    ``first``: no run has begun yet. ``skips``: the early run that is due takes the place of the regular one.
    """

    interval: float
    due: float
    regular: float
    allowance: float = BURST
    counted: float = 0.0
    failures: int = 0
    first: bool = True
    skips: bool = False

    @classmethod
    def beginning(cls, interval: float, now: float) -> Self:
        """Return the schedule of a process that starts: a run is due at once."""
        return cls(interval, due=now, regular=now, counted=now)

    def begun(self, now: float, chance: float) -> Self:
        """A run begins: the next regular one is an interval away.

        From the first one it is anywhere within an interval, so that what starts together does not go on together.
        """
        if now < self.regular:
            regular = self._after(self.regular, chance) if self.skips else self.regular
            return self._spent(now)._replace(due=regular, regular=regular, skips=False)
        regular = now + self.interval * chance if self.first else self._after(now, chance)
        return self._replace(due=regular, regular=regular, first=False, skips=False)

    def ended(self, now: float, *, healthy: bool, chance: float) -> Self:
        """A run ended: after a failure the next comes sooner, with backoff up to the interval."""
        if healthy:
            return self._replace(failures=0)
        pause = min(self.interval, FIRST_RETRY * 2.0 ** min(self.failures, 30))
        return self._early(now, now + pause * _jittered(chance))._replace(failures=self.failures + 1)

    def changed(self, now: float, *, routine: bool) -> Self:
        """The token file changed. ``routine``: the token was rotated in time, so that nothing is likely to be wrong."""
        if routine:
            return self._early(now, now + (self.regular - now) * ROUTINE, skips=True)
        return self._early(now, now + min(SETTLING, self.interval))

    def _early(self, now: float, due: float, *, skips: bool = False) -> Self:
        """Return the schedule with an early run, where it is one and the allowance holds one."""
        if due >= self.due or self._allowed(now) < 1:
            return self
        return self._replace(due=due, skips=skips)

    def _spent(self, now: float) -> Self:
        return self._replace(allowance=self._allowed(now) - 1, counted=now)

    def _allowed(self, now: float) -> float:
        return min(BURST, self.allowance + (now - self.counted) / self.interval)

    def _after(self, moment: float, chance: float) -> float:
        return moment + self.interval * _jittered(chance)


def most(interval: float, seconds: float) -> float:
    """Return how many runs can begin within so many seconds, whatever happens meanwhile; the first one is counted."""
    regular = 2 + seconds / (interval * (1 - JITTER))
    return regular + BURST + seconds / interval


def _jittered(chance: float) -> float:
    return 1 - JITTER + 2 * JITTER * chance
