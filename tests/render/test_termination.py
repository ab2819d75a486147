"""The termination message."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sidecar.model import Fault, Identity, Measurements, Report, RootCause, Severity
from sidecar.render.termination import termination

ANY_TEXT = st.text(st.characters(codec=None, categories=None), max_size=3000)
CRASHED = "the check crashed (KeyError)"
REPORT = Report(
    version="0.1.0",
    started=datetime(2026, 11, 21, 10, 0, tzinfo=UTC),
    duration_seconds=0.1,
    healthy=False,
    overdue=False,
    identity=Identity(),
    root_cause=None,
    results=(),
    measurements=Measurements(),
)


def message(fault: Fault, evidence: dict[str, str], *also: str) -> str:
    """Render a report with this root cause."""
    return termination(
        REPORT._replace(root_cause=RootCause(fault, fault.severity, "exchange.accepted", evidence, also))
    )


def fault(remedy: str, *commands: str, title: str = "the title") -> Fault:
    """Return a fault with this remedy and these commands."""
    return Fault("IRSA606", "denied", Severity.ERROR, title, remedy, commands)


def test_termination(name: str, report: Report, golden: Callable[[str, str], None]) -> None:
    """The message reads as its golden, and fits."""
    rendered = termination(report)
    assert len(rendered.encode()) <= 4096
    golden(f"{name}.termination.txt", rendered)


SEE = "See docs/faults/IRSA606.md, or: irsa-doctor explain IRSA606"


@pytest.mark.parametrize(
    ("name", "first"),
    [
        ("crash", f"not healthy: a bug in irsa-doctor: token.unexpired: {CRASHED}, token.audience: {CRASHED}"),
        ("healthy", "healthy: arn:aws:sts::111122223333:assumed-role/shop-cart/irsa-doctor-cart-7d9f"),
        ("denied", "IRSA606 trust-policy-denied: the role's trust policy does not admit this token"),
        ("no-exchange", "not healthy: the exchange was not asked for (--no-exchange)"),
        ("overdue", "not healthy: the exchange was not reached within the deadline"),
    ],
)
def test_first_line(name: str, first: str, reports: dict[str, Report]) -> None:
    """The first line alone says how it stands."""
    assert termination(reports[name]).splitlines()[0] == first


def test_crash_and_deadline(reports: dict[str, Report]) -> None:
    """Where both happened, both are said."""
    first = termination(reports["crash"]._replace(overdue=True)).splitlines()[0]
    assert "token.audience: the check crashed (KeyError)" in first
    assert first.endswith("; the exchange was not reached within the deadline")


def test_short_message_is_whole() -> None:
    """What fits is there, in the order evidence, fix, commands, other causes."""
    rendered = message(fault("Ask {who}.", "run {who}", "stop"), {"who": "me", "why": "so"}, "other")
    assert rendered.splitlines() == [
        "IRSA606 denied: the title",
        "who: me",
        "why: so",
        "Fix: Ask me.",
        "  run me",
        "  stop",
        "Also possible: other",
        SEE,
    ]


def test_evidence_goes_first() -> None:
    """Where not all fits, evidence is left out, and how much; fix, commands and other causes stay."""
    evidence = {f"e{number}": "x" * 400 for number in range(12)}
    rendered = message(fault("Ask.", "run", "stop"), evidence, "other")
    lines = rendered.splitlines()
    kept = [line for line in lines if line.startswith("e")]
    assert 5 < len(kept) < 12
    assert lines[len(kept) + 1 : -1] == ["Fix: Ask.", "  run", "  stop", "Also possible: other", SEE]
    assert lines[-1] == f"(lines left out: {12 - len(kept)}; the container's log has them)"
    assert len(rendered.encode()) <= 4096


def test_other_causes_outlive_evidence() -> None:
    """Small lines of evidence, however many, take no room from what ranks above them."""
    evidence = {f"e{number}": "x" * 8 for number in range(1000)}
    lines = message(fault("Ask.", "run"), evidence, "other").splitlines()
    assert lines[-5:-1] == ["Fix: Ask.", "  run", "Also possible: other", SEE]


@pytest.mark.parametrize("length", range(380, 415))
def test_room_is_used(length: int) -> None:
    """Where all fits, all is there; the last byte is never one too many."""
    evidence = {f"e{number}": "x" * length for number in range(10)}
    whole = "\n".join(["IRSA606 denied: the title", *(f"{n}: {v}" for n, v in evidence.items()), "Fix: Ask.", SEE])
    rendered = message(fault("Ask."), evidence)
    assert len(rendered) <= 4096
    assert (rendered == whole) == (len(whole) <= 4096)


def test_every_size_fits() -> None:
    """However the lines' lengths fall, the message fits with its note."""
    for length in range(1, 120):
        evidence = {f"e{number}": "x" * length for number in range(4500 // (length + 6) + 1)}
        rendered = message(fault("Ask.", "run"), evidence)
        assert 4096 - 90 - length < len(rendered) <= 4096


def test_the_fix_outlives_the_first_command() -> None:
    """Where not both fit, the fix stays, whole."""
    rendered = message(fault("Ask {a} {a}.", "run {b}"), {"a": "a" * 490, "b": "b" * 3200})
    assert f"Fix: Ask {'a' * 490} {'a' * 490}." in rendered
    assert "run" not in rendered


def test_first_command_stays() -> None:
    """The first command outlives the second; one that does not fit is left out whole, never cut."""
    rendered = message(fault("Ask.", "run {short}", "run {long}"), {"short": "a" * 1400, "long": "b" * 4000})
    assert f"  run {'a' * 1400}\n" in rendered
    assert "b" * 300 + "\n" not in rendered
    assert "run b" not in rendered


def test_long_fix_is_cut() -> None:
    """A fix that is long itself leaves room for the first command."""
    rendered = message(fault("Ask {a} {a} {a} {a} {a} {a} {a} {a}.", "run"), {"a": "é" * 490})
    assert "\nFix: Ask é" in rendered
    assert "é...\n  run" in rendered
    (fix,) = [line for line in rendered.splitlines() if line.startswith("Fix: ")]
    assert 1490 < len(fix.encode()) <= 1500


@given(st.dictionaries(ANY_TEXT, ANY_TEXT, max_size=12), ANY_TEXT, ANY_TEXT)
def test_any_evidence_fits(evidence: dict[str, str], who: str, other: str) -> None:
    """Whatever was found, the message is at most 4096 bytes of UTF-8, with its fix, free of control characters."""
    found = fault("Ask {who} {other}.", "run", "run {who}", title="for {other} {who} {other}")
    rendered = message(found, {**evidence, "who": who, "other": other})
    assert len(rendered.encode()) <= 4096
    assert rendered.replace("\n", "").isprintable()
    assert rendered.startswith("IRSA606 denied: for ")
    assert "\nFix: Ask " in rendered
    assert "\n  run" in rendered
