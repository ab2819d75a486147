"""A fleet of pods, each with the real schedule of `irsa-doctor watch`, and the calls that STS gets by the second.

Pods do not know of each other: each one's life is played by itself. The kubelet is as in Kubernetes' source, in
pkg/kubelet/token/token_manager.go and pod_workers.go with the default syncFrequency of a minute: it looks at a pod
every 60 to 90 s, and gets a new token once the old one is older than 80 % of its life, less 0 to 9 s by chance.
"""

from collections.abc import Callable, Iterator
from random import Random
from typing import NamedTuple

from sidecar.schedule import Schedule

INTERVAL = 300.0
PODS = 20_000
SECONDS = 3 * 3600
SEED = 1
TOKEN_LIFE = 3600.0
NODE = 50
"""Pods on a node."""

DRAIN_EVERY, DRAIN_FROM, DRAIN_TAKES = 120.0, 600.0, 20.0
"""Seconds between two nodes' drains, before the first one, and within which a node's pods start elsewhere."""

HEALTHY_RUN, STS_SILENT = 0.3, 5.0
"""Seconds that a run takes; without an answer it is the default time-out."""

Chance = Callable[[], float]


class Life(NamedTuple):
    """A sidecar from its start to its end, in seconds; ``pod`` is a number."""

    pod: int
    start: float
    end: float


class Trouble(NamedTuple):
    """From when until when runs fail, in how many pods, and how long such a run takes."""

    since: float
    until: float
    pods: int
    takes: float


class Scenario(NamedTuple):
    """What happens to a fleet. ``judged``: the peak is held against the limit."""

    name: str
    title: str
    lives: Callable[[int, float, Chance], Iterator[Life]]
    judged: bool = False
    token_life: float = TOKEN_LIFE
    trouble: Trouble | None = None


class Result(NamedTuple):
    """The calls in each second."""

    scenario: Scenario
    calls: list[int]
    interval: float = INTERVAL

    def rates(self, seconds: int) -> list[float]:
        """Return the calls per second in each bin of so many seconds."""
        return [sum(self.calls[at : at + seconds]) / seconds for at in range(0, len(self.calls), seconds)]

    @property
    def mean(self) -> float:
        """Calls per second after the first interval."""
        settled = self.calls[int(self.interval) :]
        return sum(settled) / len(settled)

    def peak(self, seconds: int) -> float:
        """Return the most calls per second after the first interval, in bins of so many seconds."""
        return max(self.rates(seconds)[int(self.interval) // seconds :])

    def ratio(self, seconds: int) -> float:
        """Return the peak as a multiple of the mean."""
        return self.peak(seconds) / self.mean


def at_once(pods: int, end: float, _chance: Chance) -> Iterator[Life]:
    """Start every pod at second 0."""
    return (Life(pod, 0.0, end) for pod in range(pods))


def drained(pods: int, end: float, chance: Chance) -> Iterator[Life]:
    """Start every pod at second 0; then node after node is drained, and its pods start elsewhere."""
    for pod in range(pods):
        drain = DRAIN_FROM + pod // NODE * DRAIN_EVERY
        yield Life(pod, 0.0, min(drain, end))
        yield Life(pod, drain + DRAIN_TAKES * chance(), end)


def rolled(pods: int, end: float, _chance: Chance) -> Iterator[Life]:
    """Start every pod at second 0, and again within half an hour, one after the other."""
    for pod in range(pods):
        again = 3600 + 1800 * pod / pods
        yield Life(pod, 0.0, min(again, end))
        yield Life(pod, again, end)


SCENARIOS = (
    Scenario("restart", "All restarted at once, tokens of a day", at_once, judged=True, token_life=86400.0),
    Scenario("rotation", "All restarted at once, tokens of an hour", at_once, judged=True),
    Scenario("drains", "The same, and nodes drained one after another", drained, judged=True),
    Scenario("rolling", "All restarted again within half an hour", rolled),
    Scenario("trust", "500 pods' trust policy is broken for an hour", at_once, trouble=Trouble(3600, 7200, 500, 0.3)),
    Scenario("outage", "STS is silent for ten minutes", at_once, trouble=Trouble(4500, 5100, PODS, STS_SILENT)),
)


def simulated(scenario: Scenario, pods: int = PODS, seconds: int = SECONDS, interval: float = INTERVAL) -> Result:
    """Play the scenario; the same each time."""
    chance = Random(SEED).random  # noqa: S311 - the same each time is what is wanted
    calls = [0] * seconds
    for life in scenario.lives(pods, seconds, chance):
        for began, made in runs(life, scenario, interval, chance):
            calls[int(began)] += made
    return Result(scenario, calls, interval)


def runs(life: Life, scenario: Scenario, interval: float, chance: Chance) -> Iterator[tuple[float, int]]:
    """Yield when each run begins, and how many calls it makes: GetCallerIdentity only after a healthy exchange."""
    changes = rotations(life.start, scenario.token_life, chance)
    change = next(changes)
    schedule, free = Schedule.beginning(interval, life.start), life.start
    while min(change, max(schedule.due, free)) < life.end:
        if change < max(schedule.due, free):
            schedule = schedule.changed(change, routine=True)
            change = next(changes)
            continue
        now = max(schedule.due, free)
        taken = failing(scenario.trouble, life.pod, now)
        yield now, 2 if taken is None else 1
        schedule = schedule.begun(now, chance())
        free = now + (taken or HEALTHY_RUN)
        schedule = schedule.ended(free, healthy=taken is None, chance=chance())


def failing(trouble: Trouble | None, pod: int, now: float) -> float | None:
    """Return how long a run takes that fails now; None where it does not fail."""
    fails = trouble is not None and pod < trouble.pods and trouble.since <= now < trouble.until
    return trouble.takes if trouble is not None and fails else None


def rotations(start: float, token_life: float, chance: Chance) -> Iterator[float]:
    """Yield when the kubelet writes new tokens. The first is as old as the pod."""
    issued = now = start
    while True:
        now += 60 * (1 + 0.5 * chance())
        if now - issued > 0.8 * token_life - int(10 * chance()):
            issued = now
            yield now
