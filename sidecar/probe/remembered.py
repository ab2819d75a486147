"""What was seen lately, and is not looked at again within the hour.

`watch` asks IAM at most once per answer of STS and hour (CONTRACT, ``--iam``); notes are what else is not worth more.

Each diagnosis is a process of its own, so the memory is handed from one to the next as JSON. It holds what a report may
hold, too, and no credential. Moments are seconds of the machine's monotonic clock, which all its processes share.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple, Self, TypeVar

from sidecar.answers import fault_of
from sidecar.facts import NoProvider, NoRole, OidcProvider, Refused, Role, TrustPolicy
from sidecar.model import Absent
from sidecar.probe.exchange import ExchangeReading
from sidecar.probe.iam import IamReading, Subject, unread

FRESH_SECONDS = 3600.0
"""For how long what was seen counts."""

_KINDS = {kind.__name__: kind for kind in (OidcProvider, NoProvider, Role, NoRole, TrustPolicy, Absent)}
_OTHERWISE = Absent("IAM was asked less than an hour ago, for another role or issuer")


class _Asked(NamedTuple):
    """When IAM was asked, about whom, and what it showed."""

    moment: float
    subject: Subject
    reading: IamReading


class _Note(NamedTuple):
    """When something was seen, and what, as plain values for JSON."""

    moment: float
    value: object


_Moment = TypeVar("_Moment", _Asked, _Note)


class Memory:
    """What was seen within the last hour: what IAM showed, by what STS had answered, and notes by their keys."""

    def __init__(self, asked: Mapping[str, _Asked], notes: Mapping[str, _Note] | None = None) -> None:
        """Make a memory; `read` makes one of what an earlier process handed on."""
        self._asked = dict(asked)
        self._notes = dict(notes or {})

    @classmethod
    def read(cls, found: Any, now: float) -> Self:  # noqa: ANN401 - whatever the process before this one printed
        """Return the memory that decoded JSON is; what is an hour old, or no memory, is forgotten."""
        try:
            asked = {str(cause): _read(one) for cause, one in found["iam"].items()}
            notes = {str(key): _Note(float(one["moment"]), one["value"]) for key, one in found["notes"].items()}
        except (AttributeError, KeyError, TypeError, ValueError):
            return cls({})
        return cls(_fresh(asked, now), _fresh(notes, now))

    def recall(self, answer: ExchangeReading, subject: Subject, now: float) -> IamReading | None:
        """Return what is known already, or None where IAM may be asked. What was not shown is told with its age."""
        asked = self._asked.get(_cause(answer))
        if asked is None:
            return None
        if asked.subject != subject:
            return unread(_OTHERWISE)
        return IamReading(*(aged(fact, now - asked.moment) for fact in asked.reading))

    def keep(self, answer: ExchangeReading, subject: Subject, reading: IamReading, now: float) -> None:
        """Remember what IAM showed."""
        self._asked[_cause(answer)] = _Asked(now, subject, reading)

    def recall_note(self, key: str, now: float) -> object | None:
        """Return the note of this key, None where there is none that is fresh."""
        note = self._notes.get(key)
        return note.value if note and _is_fresh(note, now) else None

    def keep_note(self, key: str, value: object, now: float) -> None:
        """Note a value that JSON can hold."""
        self._notes[key] = _Note(now, value)

    def written(self) -> dict[str, object]:
        """Return the memory as plain values for JSON."""
        iam = {cause: _written(one) for cause, one in self._asked.items()}
        notes = tuple(self._notes.items())  # at once: a look that was not waited for may still note something
        return {"iam": iam, "notes": {key: note._asdict() for key, note in notes}}


def _fresh(found: Mapping[str, _Moment], now: float) -> dict[str, _Moment]:
    return {key: one for key, one in found.items() if _is_fresh(one, now)}


def _is_fresh(one: _Asked | _Note, now: float) -> bool:
    return 0 <= now - one.moment < FRESH_SECONDS


def aged(fact: Any, seconds: float) -> Any:  # noqa: ANN401 - any of the kinds, and the same one
    """Return a fact that was seen so long ago: what could not be seen then says when that was."""
    if not isinstance(fact, Absent):
        return fact
    return Absent(f"{fact.why} (asked {seconds / 60:.0f} min ago; at most once an hour)")


def _cause(answer: ExchangeReading) -> str:
    """Return under what a reading is kept: the fault that STS's answer states, or that there is none."""
    return fault_of(answer.sts.code, answer.sts.message).name if isinstance(answer.sts, Refused) else "healthy"


def _written(asked: _Asked) -> dict[str, object]:
    facts = {name: {"kind": type(fact).__name__, **fact._asdict()} for name, fact in asked.reading._asdict().items()}
    return {"moment": asked.moment, "subject": asked.subject._asdict(), "reading": facts}


def _read(found: Mapping[str, Any]) -> _Asked:
    reading = IamReading(**{name: _fact(dict(fact)) for name, fact in found["reading"].items()})
    return _Asked(float(found["moment"]), Subject(**found["subject"]), reading)


def _fact(found: dict[str, Any]) -> Any:  # noqa: ANN401 - any of the kinds
    kind: Any = _KINDS[found.pop("kind")]
    return kind(**{name: tuple(value) if isinstance(value, list) else value for name, value in found.items()})
