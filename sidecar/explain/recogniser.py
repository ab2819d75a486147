"""From a stream of bytes to the cause that it states, in constant memory. Pure: others read, it is fed."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from sidecar.explain.also import also_possible
from sidecar.explain.budget import Budget, hopeless
from sidecar.explain.events import Event, Events
from sidecar.explain.evidence import evidence
from sidecar.explain.judge import judge
from sidecar.explain.lines import Lines
from sidecar.explain.masking import excerpt
from sidecar.explain.ranks import RANKS, consequence
from sidecar.explain.unwrap import Unwrapped, unwrapped
from sidecar.model import Fault

_REMEMBERED = 8192  # shapes of events whose judgement is kept
_RARE = 20  # a transient fault is not the cause where another is so many times as frequent


class Finding(NamedTuple):
    """A fault that a text shows: how often, first on which line, and what the text says around it."""

    fault: Fault
    times: int
    line_number: int
    line: str
    evidence: Mapping[str, str]


class Explanation(NamedTuple):
    """What a text shows, the cause first; ``verdict`` is None where nothing is about credentials for AWS.

    ``unread`` counts the records that were not read closely: a long log of which every line is new.
    """

    verdict: Fault | None
    also_possible: tuple[str, ...]
    findings: tuple[Finding, ...]
    unread: int = 0


class _Tally:
    """A fault's first sighting, and how many lines showed it."""

    def __init__(self, finding: Finding) -> None:
        self.first = finding
        self.count = 0


_Shown = tuple[tuple[Fault, int], ...]


class Recogniser:
    """Is fed with chunks of a text; knows at any time what was found so far."""

    def __init__(self) -> None:
        self._lines = Lines()
        self._events = Events()
        self._tallies: dict[str, _Tally] = {}
        self._judged: dict[tuple[tuple[bytes, ...], ...], _Shown] = {}
        self._budget = Budget()

    def feed(self, chunk: bytes) -> None:
        """Take the next bytes."""
        for line in self._lines.feed(chunk):
            self._count(self._events.feed(line))

    def finish(self) -> Explanation:
        """Return what the whole text shows."""
        for line in self._lines.finish():
            self._count(self._events.feed(line))
        self._count(self._events.finish())
        return self._explanation()

    def _count(self, events: Iterable[Event]) -> None:
        for event in events:
            shown = self._judged.get(event.shapes)
            self._budget.seen(event)
            if shown is None:
                shown = self._looked_at(event)
            for fault, index in shown:
                self._tallies[fault.name].count += event.counts[index]

    def _looked_at(self, event: Event) -> _Shown:
        if hopeless(event):
            return self._remember(event, ())
        return self._remember(event, self._judge(event)) if self._budget.admits(event) else ()

    def _remember(self, event: Event, shown: _Shown) -> _Shown:
        if len(self._judged) >= _REMEMBERED:
            self._judged.clear()
        self._judged[event.shapes] = shown
        return shown

    def _judge(self, event: Event) -> _Shown:
        text = unwrapped([line.content.decode("utf-8", "replace") for line in event.lines])
        shown: dict[tuple[Fault, int], None] = {}
        for fault, position in judge(text):
            index = text.line(position)
            shown[fault, index] = None
            if fault.name not in self._tallies:
                self._tallies[fault.name] = _Tally(_finding(fault, event, text, position))
        return tuple(shown)

    def _explanation(self) -> Explanation:
        ranked = sorted(self._tallies.values(), key=_rank)
        ranked = _weighed(ranked)
        findings = tuple(tally.first._replace(times=tally.count) for tally in ranked)
        if not findings:
            return Explanation(None, (), (), self._budget.unread)
        verdict = findings[0].fault
        return Explanation(verdict, also_possible(verdict), findings, self._budget.unread)


def explain(text: bytes) -> Explanation:
    """Return what a text shows."""
    recogniser = Recogniser()
    recogniser.feed(text)
    return recogniser.finish()


def _finding(fault: Fault, event: Event, text: Unwrapped, position: int) -> Finding:
    line = event.lines[text.line(position)]
    return Finding(fault, 0, line.number, excerpt(text, position), evidence(fault, text, position))


def _rank(tally: _Tally) -> tuple[int, int, int]:
    return RANKS[tally.first.fault.name], -tally.count, tally.first.line_number


def _weighed(ranked: list[_Tally]) -> list[_Tally]:
    """Return the likeliest cause first: not what happened a few times and passed, beside what always happens."""
    lasting = [tally for tally in ranked if not tally.first.fault.transient and not consequence(tally.first.fault)]
    for tally in ranked[:1]:
        if tally.first.fault.transient and lasting and lasting[0].count >= tally.count * _RARE:
            return [lasting[0], *(other for other in ranked if other is not lasting[0])]
    return ranked
