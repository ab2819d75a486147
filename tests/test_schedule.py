"""When the next run is due: each rule by a table, and what is promised by arbitrary lives of a pod."""

from collections.abc import Iterator
from itertools import combinations
from random import Random
from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sidecar.schedule import BURST, FIRST_RETRY, JITTER, ROUTINE, SETTLING, Schedule, most

INTERVAL = 300.0
LONGEST = 168 * 3600.0
MEAN = 0.5
"""The chance that makes a jittered time the one that was asked for."""


def regular(interval: float = INTERVAL) -> Schedule:
    """Return the schedule after a healthy run at second 0, with the next regular run an interval away."""
    return Schedule(interval, due=interval, regular=interval, first=False)


class TestRegularRuns:
    """Once an interval, more or less."""

    def test_the_first_is_due_at_once(self) -> None:
        """A process that starts makes a run before anything else."""
        assert Schedule.beginning(INTERVAL, 1000.0).due == 1000.0

    @pytest.mark.parametrize(
        ("chance", "wait"), [(0.0, 0.0), (0.3, 0.3), (0.89, 0.89), (0.9, 0.9), (0.975, 1.0), (1.0, 1.1)]
    )
    def test_the_second_is_anywhere_within_an_interval(self, chance: float, wait: float) -> None:
        """The first wait is what is left of one for who comes upon it at any moment."""
        schedule = Schedule.beginning(INTERVAL, 1000.0).begun(1000.0, chance)
        assert schedule.due == pytest.approx(1000 + INTERVAL * wait)
        assert not schedule.first

    @pytest.mark.parametrize(("chance", "wait"), [(0.0, 270.0), (0.5, 300.0), (1.0, 330.0)])
    def test_the_others_are_jittered(self, chance: float, wait: float) -> None:
        """Each wait is the interval, give or take a tenth; it begins when the run does, however late that was."""
        assert regular().begun(340.0, chance).due == pytest.approx(340 + wait)

    def test_starting_together_is_not_going_on_together(self) -> None:
        """Of what started at once the same number runs in each tenth of the second and the third interval."""
        chance, counts = seeded(), [0] * 30
        for pod in range(5000):
            schedule = Schedule.beginning(INTERVAL, 0.0).begun(0.0, (pod + 0.5) / 5000)
            while schedule.due < 3 * INTERVAL:
                counts[int(schedule.due / 30)] += 1
                schedule = schedule.begun(schedule.due, chance.random())
        assert min(counts) > 500 * 0.85
        assert max(counts) < 500 * 1.15


class TestFailedRuns:
    """A failure brings the next run forward, less and less."""

    @pytest.mark.parametrize(("failures", "pause"), [(0, 10.0), (1, 20.0), (2, 40.0), (3, 80.0), (4, 160.0)])
    def test_backoff_doubles(self, failures: int, pause: float) -> None:
        """Each failure in a row doubles the pause, which is jittered as everything is."""
        schedule = regular()._replace(failures=failures)
        for chance, factor in ((0.0, 1 - JITTER), (MEAN, 1.0), (1.0, 1 + JITTER)):
            ended = schedule.ended(1.0, healthy=False, chance=chance)
            assert ended.due == pytest.approx(1 + pause * factor)
            assert (ended.failures, ended.regular) == (failures + 1, INTERVAL)

    @pytest.mark.parametrize(
        ("interval", "failures"), [(INTERVAL, 5), (INTERVAL, 5000), (FIRST_RETRY, 0), (1.0, 0), (LONGEST, 16)]
    )
    def test_backoff_ends_in_regular_runs(self, interval: float, failures: int) -> None:
        """A pause as long as the interval is no early run: the regular one is the next."""
        ended = regular(interval)._replace(failures=failures).ended(0.5, healthy=False, chance=0.0)
        assert (ended.due, ended.allowance, ended.failures) == (interval, BURST, failures + 1)

    def test_health_ends_backoff(self) -> None:
        """After a healthy run a failure counts as the first; nothing else changes."""
        schedule = regular()._replace(failures=4)
        assert schedule.ended(1.0, healthy=True, chance=MEAN) == regular()

    def test_persistent_failure_costs_no_more_than_health(self) -> None:
        """A pod that fails for a day makes a burst of runs, and one an interval from then on."""
        begun = list(lived(INTERVAL, [Event(0.0, fails=True), Event(86400.0)], seeded()))
        late = [moment for moment in begun if moment > 3600]
        assert len(late) <= (86400 - 3600) / (INTERVAL * (1 - JITTER)) + 1
        assert len(late) == pytest.approx((86400 - 3600) / INTERVAL, rel=0.05)


class TestChanges:
    """A changed token file brings the next run forward."""

    @pytest.mark.parametrize(("interval", "wait"), [(INTERVAL, SETTLING), (LONGEST, SETTLING), (1.0, 1.0)])
    def test_a_sudden_one_is_looked_at_within_seconds(self, interval: float, wait: float) -> None:
        """A healthy pod whose token changes out of time gets a run as soon as the file has settled."""
        assert regular(interval).changed(0.0, routine=False).due == pytest.approx(wait)

    @pytest.mark.parametrize(("now", "due"), [(0.0, 270.0), (150.0, 270.0), (200.0, 280.0), (250.0, 290.0)])
    def test_a_routine_one_is_looked_at_a_little_sooner(self, now: float, due: float) -> None:
        """A part of the wait is left, and never more than a tenth of an interval is taken away."""
        schedule = regular().changed(now, routine=True)
        assert schedule.due == pytest.approx(due)
        assert due >= now + (INTERVAL - now) * ROUTINE - 1e-9

    def test_a_routine_one_takes_the_place_of_the_regular_run(self) -> None:
        """The run after it comes when it would have come anyway: no fleet is moved together."""
        schedule = regular().changed(0.0, routine=True)
        begun = schedule.begun(schedule.due, MEAN)
        assert (begun.due, begun.regular) == (2 * INTERVAL, 2 * INTERVAL)
        assert begun.allowance == BURST - 1

    def test_an_early_run_leaves_the_regular_one(self) -> None:
        """Long before the regular run an early one is besides it."""
        schedule = regular().changed(0.0, routine=False)
        begun = schedule.begun(schedule.due, MEAN)
        assert (begun.due, begun.regular) == (INTERVAL, INTERVAL)

    def test_an_early_run_close_to_the_regular_one_is_enough(self) -> None:
        """Within a tenth of an interval before the regular run an early one replaces it."""
        schedule = regular().changed(280.0, routine=False)
        assert schedule.begun(schedule.due, MEAN).due == 2 * INTERVAL

    @pytest.mark.parametrize("routine", [True, False])
    @pytest.mark.parametrize("now", [0.0, 299.0, 300.0, 1000.0])
    def test_a_due_run_is_not_postponed(self, now: float, routine: bool) -> None:
        """What is due, or overdue, stays so."""
        schedule = regular()._replace(due=1.0)
        assert schedule.changed(now, routine=routine) == schedule


class TestAllowance:
    """Early runs are bounded."""

    @pytest.mark.parametrize(("allowance", "now", "due"), [(0.0, 0.0, 300.0), (0.5, 149.0, 300.0), (0.5, 150.0, 152.0)])
    def test_it_must_hold_a_whole_run(self, allowance: float, now: float, due: float) -> None:
        """It grows by one each interval; what is less than one is not enough."""
        assert regular()._replace(allowance=allowance).changed(now, routine=False).due == due

    def test_it_never_holds_more_than_a_burst(self) -> None:
        """However long nothing happens, what is saved is bounded."""
        schedule = regular().changed(1e6, routine=False)._replace(regular=1e7)
        assert schedule.begun(1e6, MEAN).allowance == BURST - 1

    def test_the_bound_is_nearly_reached(self) -> None:
        """A token file that changes every second gets nearly as many runs as `most` says, and no more."""
        begun = list(lived(INTERVAL, [Event(1.0, changes=True)] * 3600, Fixed(MEAN)))
        assert most(INTERVAL, 3600) * 0.85 < len(begun) <= most(INTERVAL, 3600)


class Fixed(Random):
    """Chance that is always the same."""

    def __init__(self, chance: float) -> None:
        super().__init__()
        self.chance = chance

    def random(self) -> float:
        """Return the one number."""
        return self.chance


def seeded() -> Random:
    """Return chance that is the same each time."""
    return Random(1)  # noqa: S311 - no secret is made of it


class Event(NamedTuple):
    """What happens after a wait of so many seconds; ``takes`` is how long runs take from then on."""

    wait: float
    changes: bool = False
    routine: bool = False
    fails: bool = False
    takes: float = 0.3


def lived(interval: float, events: list[Event], random: Random) -> Iterator[float]:
    """Yield when each run begins in the life of a pod, holding every schedule on the way to what is promised."""
    schedule, now, free, last = Schedule.beginning(interval, 0.0), 0.0, 0.0, 0.0
    running, health = False, Event(0.0)
    for event in events:
        until = now + event.wait
        while (moment := free if running else max(schedule.due, now)) <= until:
            now = moment
            if running:
                following = schedule.ended(now, healthy=not health.fails, chance=random.random())
                assert following.due <= schedule.due
            else:
                yield now
                following, last, free = schedule.begun(now, random.random()), now, now + health.takes
                assert following.due >= now
            running = not running
            hold(schedule, following, now, last)
            schedule = following
        now, health = until, event
        if event.changes:
            following = schedule.changed(now, routine=event.routine)
            assert following.due <= schedule.due
            hold(schedule, following, now, last)
            schedule = following


def hold(before: Schedule, after: Schedule, now: float, last: float) -> None:
    """Assert what is promised of every step; ``last`` is when the last run began."""
    near = 1e-9 * (now + after.interval)
    assert after.due <= after.regular
    assert after.due == before.due or after.due >= now
    assert after.due <= last + after.interval * (1 + JITTER) + near
    assert 0 <= after.allowance <= BURST


INTERVALS = st.sampled_from([1.0, 2.0, 10.0, 30.0, INTERVAL, 3600.0, LONGEST]) | st.floats(1.0, LONGEST)


@st.composite
def lives(draw: st.DrawFn) -> tuple[float, list[Event]]:
    """Draw an interval and what happens to a pod; waits and runs are of seconds, or of intervals."""
    interval = draw(INTERVALS)
    waits = st.floats(0, 20) | st.floats(0, 2 * interval)
    takes = st.sampled_from([0.0, 0.3, 30.0]) | st.floats(0, 2 * interval)
    events = st.builds(Event, waits, st.booleans(), st.booleans(), st.booleans(), takes)
    return interval, draw(st.lists(events, max_size=40))


def hold_windows(interval: float, begun: list[float]) -> None:
    """Assert that of all windows that begin and end with a run none holds more runs than promised."""
    for (i, first), (j, last) in combinations(enumerate(begun), 2):
        assert j - i + 1 <= most(interval, last - first) + 1e-6


@given(lives(), st.randoms(use_true_random=False))
def test_promises(life: tuple[float, list[Event]], random: Random) -> None:
    """Whatever happens to a pod, every schedule and every window of its runs is as promised."""
    interval, events = life
    hold_windows(interval, list(lived(interval, events, random)))


@pytest.mark.parametrize("chance", [0.0, 1.0])
@given(life=lives())
def test_promises_by_extreme_chances(chance: float, life: tuple[float, list[Event]]) -> None:
    """The same where chance is always the least, or the greatest."""
    interval, events = life
    hold_windows(interval, list(lived(interval, events, Fixed(chance))))


@pytest.mark.parametrize(("seconds", "runs"), [(0, 8), (3600, 33), (86400, 616)])
def test_most_in_numbers(seconds: float, runs: int) -> None:
    """What the default interval comes to at the very most: at once, in an hour, in a day."""
    assert int(most(INTERVAL, seconds)) == runs
