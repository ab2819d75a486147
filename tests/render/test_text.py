"""The report for people."""

import re
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sidecar.model import Fault, Identity, Measurements, Report, Result, RootCause, Severity, Status
from sidecar.render.text import short, text

Golden = Callable[[str, str], None]
ANY_TEXT = st.text(st.characters(codec=None, categories=None), max_size=600)
COLOURED = re.compile(r"\x1b\[[0-9;]+m")
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
DENIED = Fault("IRSA606", "denied", Severity.ERROR, "the title", "Ask {who}.", ("run {who}",))


def test_text(name: str, report: Report, golden: Golden) -> None:
    """The whole report reads as its golden."""
    golden(f"{name}.txt", text(report, colour=False))


def test_short(name: str, report: Report, golden: Golden) -> None:
    """The short report reads as its golden."""
    golden(f"{name}.short.txt", short(report, colour=False))


@pytest.mark.parametrize("render", [text, short])
def test_colour_changes_nothing_else(render: Callable[..., str], report: Report) -> None:
    """Without its colours the coloured report is the plain one."""
    coloured = render(report, colour=True)
    assert COLOURED.search(coloured)
    assert COLOURED.sub("", coloured) == render(report, colour=False)


def test_one_line_for_each_check(reports: dict[str, Report]) -> None:
    """Every check has a line with its mark."""
    for report in reports.values():
        lines = text(report, colour=False).splitlines()
        for result in report.results:
            assert [line for line in lines if re.match(rf"  \[\w+\] +{re.escape(result.check)}  ", line)]


def test_width(reports: dict[str, Report]) -> None:
    """No line is wider than 100 columns, but for commands, the last line and words that cannot be broken."""
    for name, report in reports.items():
        for line in text(report, colour=False).splitlines()[:-1]:
            command = line.startswith(("    aws ", "    kubectl "))
            assert len(line) <= 100 or command or max(map(len, line.split())) > 55, (name, line)


@pytest.mark.parametrize(
    ("name", "last"),
    [
        (
            "healthy",
            "irsa-doctor: healthy: arn:aws:sts::111122223333:assumed-role/shop-cart/irsa-doctor-cart-7d9f (0.31 s)",
        ),
        ("denied", "irsa-doctor: unhealthy: IRSA606 trust-policy-denied (0.31 s)"),
        ("no-exchange", "irsa-doctor: not healthy: the exchange was not asked for (--no-exchange) (0.31 s)"),
        ("overdue", "irsa-doctor: not healthy: the exchange was not reached within the deadline (0.31 s)"),
    ],
)
@pytest.mark.parametrize("render", [text, short])
def test_last_line(render: Callable[..., str], name: str, last: str, reports: dict[str, Report]) -> None:
    """The last line alone says how it stands."""
    assert render(reports[name], colour=False).splitlines()[-1] == last


def test_healthy_with_warnings(reports: dict[str, Report]) -> None:
    """The last line of a healthy report counts the warnings."""
    assert text(reports["warnings"], colour=False).endswith(" (0.31 s, 3 warnings)")


def test_one_warning(reports: dict[str, Report]) -> None:
    """One warning is not two."""
    report = reports["warnings"]
    one = report._replace(results=report.results[:5])
    assert text(one, colour=False).endswith(" (0.31 s, 1 warning)")


def test_commands_can_be_copied(reports: dict[str, Report]) -> None:
    """A command stands whole on a line of its own, however long."""
    lines = text(reports["denied"], colour=False).splitlines()
    (command,) = [line for line in lines if "update-assume-role-policy" in line]
    assert command.startswith("    aws iam update-assume-role-policy --role-name shop-cart --policy-document '{")
    assert command.endswith("}]}'")


def test_no_second_fix_beside_the_root_cause(reports: dict[str, Report]) -> None:
    """STS's general answer beside the cause that explains it is shown, but not its fix."""
    shown = text(reports["refined"], colour=False)
    assert "The ID Token provided could not be validated" in shown
    assert "Compare the token's audience" not in shown


def test_a_forged_last_line(reports: dict[str, Report]) -> None:
    """A value cannot begin a line, and so cannot forge the verdict."""
    lines = text(reports["hostile"], colour=False).splitlines()
    assert [line for line in lines if line.startswith("irsa-doctor: ")] == [lines[-1]]


def test_nothing_but_the_verdict(reports: dict[str, Report]) -> None:
    """The short form of a report without a finding is one line."""
    assert len(short(reports["healthy"], colour=False).splitlines()) == 1


def test_an_empty_report(reports: dict[str, Report]) -> None:
    """A report without results renders, and is not called healthy."""
    empty = reports["no-exchange"]._replace(results=(), identity=Identity())
    assert text(empty, colour=False).endswith(
        "irsa-doctor: not healthy: nothing shows that the exchange works (0.31 s)"
    )


def test_no_reason_is_made_up(reports: dict[str, Report]) -> None:
    """Only an exchange that was skipped is said not to have been made."""
    odd = reports["healthy"]._replace(healthy=False)
    assert text(odd, colour=False).endswith("irsa-doctor: not healthy: nothing shows that the exchange works (0.31 s)")


@given(st.dictionaries(ANY_TEXT, ANY_TEXT, max_size=6), ANY_TEXT, st.sampled_from(Status), st.booleans())
def test_any_text_is_safe(evidence: dict[str, str], other: str, status: Status, colour: bool) -> None:
    """Whatever the world says, there is no control character but the line break and, if asked for, colour."""
    fault = DENIED if status in {Status.WARN, Status.FAIL} else None
    results = (
        Result("token.kind", "Is it?", status, other, fault, None, evidence),
        Result("exchange.accepted", "Is it?", Status.SKIP, other),
    )
    cause = RootCause(DENIED, Severity.ERROR, "exchange.accepted", {"who": other, **evidence})
    identity = Identity(other, other, other, (other,), other)
    for root_cause in (None, cause):
        report = REPORT._replace(identity=identity, root_cause=root_cause, results=results)
        for render in (text, short):
            shown = render(report, colour=colour)
            shown = COLOURED.sub("", shown) if colour else shown
            assert shown.replace("\n", "").isprintable()
            assert len([line for line in shown.splitlines() if line.startswith("irsa-doctor: ")]) == 1
