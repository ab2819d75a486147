"""What was seen is remembered for an hour, from one process to the next: what IAM showed, and notes."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sidecar.facts import Accepted, NoProvider, NoRole, OidcProvider, Refused, Role, TrustPolicy
from sidecar.model import Absent
from sidecar.probe.exchange import ExchangeReading
from sidecar.probe.iam import IamReading, Subject
from sidecar.probe.remembered import FRESH_SECONDS, Memory

ROLE = "arn:aws:iam::111122223333:role/app"
SUBJECT = Subject(ROLE, "https://issuer.example.com")
NOT = Absent("not looked for")
DENIED = ExchangeReading(
    Refused("AccessDenied", "Not authorized to perform sts:AssumeRoleWithWebIdentity", 403, "1"), NOT, NOT
)
EXPIRED = ExchangeReading(Refused("ExpiredTokenException", "Token expired", 400, "2"), NOT, NOT)
WELL = ExchangeReading(Accepted("arn:aws:sts::111122223333:assumed-role/app/x", None, None, 0.0), NOT, NOT)
READINGS = [
    IamReading(
        OidcProvider("arn:p", ("a", "b"), ("c" * 40,)), Role(ROLE, 3600), TrustPolicy('{"a": "\\u00e9"}', "IAM")
    ),
    IamReading(NoProvider("arn:p", "arn:q", 3), NoRole(ROLE, "arn:r"), Absent("the role does not exist")),
    IamReading(Absent("no permission", overdue=True), Absent("a"), Absent("b")),
]


def handed_on(memory: Memory, now: float) -> Memory:
    """Hand a memory on to the next process."""
    return Memory.read(json.loads(json.dumps(memory.written())), now)


def aged(reading: IamReading, minutes: int) -> IamReading:
    """Return a reading as it is told later: what was not shown says when that was."""
    age = f" (asked {minutes} min ago; at most once an hour)"
    facts = [Absent(fact.why + age) if isinstance(fact, Absent) else fact for fact in reading]
    return IamReading(*facts)  # type: ignore[arg-type]  # of the same kinds


@pytest.mark.parametrize("reading", READINGS)
def test_what_was_shown_is_known(reading: IamReading) -> None:
    """To the letter, and of the same kinds."""
    memory = Memory({})
    memory.keep(DENIED, SUBJECT, reading, 100.0)
    known = handed_on(handed_on(memory, 101.0), 102.0).recall(DENIED, SUBJECT, 340.0)
    assert known is not None
    assert known == aged(reading, 4)
    assert [type(fact) for fact in known] == [type(fact) for fact in reading]


def test_each_answer_has_its_own_hour() -> None:
    """Another refusal, or success, is another root cause: IAM may be asked."""
    memory = Memory({})
    memory.keep(DENIED, SUBJECT, READINGS[0], 100.0)
    memory.keep(WELL, SUBJECT, READINGS[1], 200.0)
    memory = handed_on(memory, 300.0)
    assert (memory.recall(DENIED, SUBJECT, 300.0), memory.recall(WELL, SUBJECT, 300.0)) == (
        READINGS[0],
        aged(READINGS[1], 2),
    )
    assert memory.recall(EXPIRED, SUBJECT, 300.0) is None


@pytest.mark.parametrize(
    ("later", "known"), [(0.0, True), (FRESH_SECONDS - 1, True), (FRESH_SECONDS, False), (-1.0, False)]
)
def test_an_hour_is_all(later: float, *, known: bool) -> None:
    """What is older is forgotten, and what comes from the future of this machine is not believed."""
    memory = Memory({})
    memory.keep(DENIED, SUBJECT, READINGS[0], 5000.0)
    assert (handed_on(memory, 5000.0 + later).recall(DENIED, SUBJECT, 300.0) is not None) is known


def test_another_role_is_not_asked_about() -> None:
    """The hour counts for the pod, whatever its token says meanwhile."""
    memory = Memory({})
    memory.keep(DENIED, SUBJECT, READINGS[0], 100.0)
    known = memory.recall(DENIED, Subject(ROLE, "https://another.example.com"), 300.0)
    assert known is not None
    assert isinstance(known.role, Absent)
    assert known.role.why == "IAM was asked less than an hour ago, for another role or issuer"


@given(
    st.recursive(
        st.none() | st.booleans() | st.floats() | st.text(max_size=9),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner, max_size=3),
    )
)
def test_what_is_no_memory_is_none(found: object) -> None:
    """Whatever was handed on, the next process starts."""
    assert Memory.read(found, 0.0).recall(DENIED, SUBJECT, 300.0) is None
    assert Memory.read({"iam": found, "notes": found}, 0.0).recall_note("a", 300.0) is None


@pytest.mark.parametrize(
    ("later", "known"), [(0.0, True), (FRESH_SECONDS - 1, True), (FRESH_SECONDS, False), (-1.0, False)]
)
def test_a_note_is_known_for_an_hour(later: float, *, known: bool) -> None:
    """By its key, beside what IAM showed, and in the process that made it, too."""
    memory = Memory({})
    memory.keep(DENIED, SUBJECT, READINGS[0], 5000.0)
    memory.keep_note("a", {"b": [1, None]}, 5000.0)
    memory.keep_note("c", "d", 5000.0)
    expected = ({"b": [1, None]}, "d") if known else (None, None)
    for one in (memory, handed_on(memory, 5000.0 + later)):
        assert (one.recall_note("a", 5000.0 + later), one.recall_note("c", 5000.0 + later)) == expected
    assert memory.recall_note("e", 5000.0) is None
