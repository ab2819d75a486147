"""A report that is written as JSON and read again is the same; what is no report is refused."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cases import CASES, Case, healthy
from sidecar import __version__
from sidecar.checks import CHAIN
from sidecar.diagnosis import diagnose
from sidecar.facts import Facts
from sidecar.model import Report
from sidecar.render.json import report_json
from sidecar.reread import NoReportError, read_report

JSON: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=True) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10), inner, max_size=3),
    max_leaves=5,
)


def report(facts: Facts) -> Report:
    """Return the report on these facts."""
    return diagnose(facts, CHAIN, version=__version__, started=1_790_000_000.25, duration_seconds=0.25)


WELL: dict[str, Any] = json.loads(report_json(report(healthy())))


def paths(found: object, place: tuple[object, ...] = ()) -> list[tuple[object, ...]]:
    """Return the place of every value within decoded JSON."""
    if isinstance(found, dict):
        inner: list[tuple[object, object]] = list(found.items())
    else:
        inner = list(enumerate(found)) if isinstance(found, list) else []
    return [place, *(path for key, value in inner for path in paths(value, (*place, key)))]


def edited(place: tuple[object, ...], act: Callable[[Any, Any], object]) -> object:
    """Return a healthy report's JSON after ``act`` on the container and key of a place."""
    found: Any = {"root": json.loads(json.dumps(WELL))}
    inner: Any = found
    *way, last = ("root", *place)
    for key in way:
        inner = inner[key]
    act(inner, last)
    return found.get("root")


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_what_is_written_is_read(case: Case) -> None:
    """Every case's report, whatever it found."""
    made = report(case.facts)
    again = read_report(json.loads(report_json(made)))
    assert report_json(again) == report_json(made)
    assert again.root_cause == made.root_cause
    assert again.results == tuple(result._replace(evidence=dict(result.evidence)) for result in made.results)


@given(JSON)
def test_no_value_but_a_report_is_one(found: object) -> None:
    """Whatever is decoded, the answer is one kind of error."""
    with pytest.raises(NoReportError):
        read_report(found)


@given(st.sampled_from([path for path in paths(WELL) if path]), JSON)
def test_a_report_with_another_value_is_refused_or_read(place: tuple[object, ...], value: object) -> None:
    """No value in a report's place does more than that."""
    found = edited(place, lambda inner, key: inner.__setitem__(key, value))
    try:
        read = read_report(found)
    except NoReportError:
        return
    assert [result.check for result in read.results] == [check.name for check in CHAIN]
    report_json(read)


@pytest.mark.parametrize("key", list(WELL))
def test_a_report_without_a_key_is_refused(key: str) -> None:
    """Every key, every time."""
    with pytest.raises(NoReportError):
        read_report({name: value for name, value in WELL.items() if name != key})


@pytest.mark.parametrize(
    ("place", "value"),
    [
        (("schema",), "irsa-doctor/report/v2"),
        (("version",), "9.9.9"),
        (("healthy",), 1),
        (("started",), "yesterday"),
        (("duration_seconds",), "soon"),
        (("checks", 0, "check"), "my.check"),
        (("checks", 0, "status"), "well"),
        (("checks", 0, "code"), "IRSA000"),
        (("checks", 0, "detail"), None),
        (("checks", 0, "evidence"), {"a": 1}),
        (("measurements", "jwks_keys"), 1.5),
        (("measurements", "clock_skew_seconds"), float("inf")),
        (("identity", "audience"), [1]),
        (("checks",), []),
    ],
)
def test_what_no_report_says(place: tuple[object, ...], value: object) -> None:
    """Another version, another check, a word for a number."""
    with pytest.raises(NoReportError):
        read_report(edited(place, lambda inner, key: inner.__setitem__(key, value)))
