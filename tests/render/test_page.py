"""The page of watch: what it says, and that nothing of the world gets out of its place."""

from base64 import b64encode
from collections.abc import Callable
from datetime import UTC, datetime
from hashlib import sha256
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports import DENIED, HEALTHY, REPORTS, journal
from sidecar import HOME, faults
from sidecar.journal import REMEMBERED, Ending, Journal, Past, Run
from sidecar.model import Fault, Identity, Measurements, Report, Result, RootCause, Severity, Status
from sidecar.render.conclusion import address_of
from sidecar.render.page import POLICY, page
from sidecar.render.page.style import STYLE
from sidecar.render.page.words import clock, span
from sidecar.render.remedy import commands

Golden = Callable[[str, str], None]
STARTED = HEALTHY.started.timestamp()
NOW, INTERVAL = STARTED + 240, 300.0
CRASHED = Run(STARTED + 300, 1.0, Ending.CRASHED, None, "the diagnosis ended with code 3")
TIMED_OUT = Run(STARTED + 600, 35.0, Ending.TIMED_OUT, None, "the diagnosis took longer than 35 s")
VOID = {"meta"}
ANY_TEXT = st.text(st.characters(codec=None, categories=None), min_size=1, max_size=60)
# A name that is known is explained, and evidence that is its own name is left out: neither is a matter of markup.
OTHER_SHAPES = {*faults.BY_NAME, "A NAME"}
MARKUP = st.sampled_from(["<script>", "</style>", "'\"><img src=x onerror=y>", "&lt;", "<!--", "]]>", "\x00", "\u202e"])


class Parsed(HTMLParser):
    """A document as html.parser reads it: its tags, what opens and what ends, and the text of each element."""

    def __init__(self, document: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str]]] = []
        self.texts: list[tuple[str, str]] = []
        self.open: list[str] = []
        self.feed(document)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note a tag, and its place where it has an end."""
        assert len(dict(attrs)) == len(attrs)
        self.tags.append((tag, {name: value or "" for name, value in attrs}))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        """Hold the end against what is open."""
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        """Note text with the element it stands in."""
        self.texts.append((self.open[-1] if self.open else "", data))

    def values(self, name: str) -> list[str]:
        """Return all values of an attribute."""
        return [attributes[name] for _, attributes in self.tags if name in attributes]

    def text(self, tag: str) -> list[str]:
        """Return the texts that stand in such elements themselves."""
        return [data for within, data in self.texts if within == tag]

    def shape(self) -> list[tuple[str, tuple[str, ...]]]:
        """Return the tags with the names of their attributes."""
        return [(tag, tuple(attributes)) for tag, attributes in self.tags]


def shown(made: Journal, now: float = NOW) -> str:
    """Return the text of a page as it reads, blanks as they come."""
    parsed = Parsed(page(made, now, INTERVAL))
    return " ".join("".join(data for tag, data in parsed.texts if tag != "style").split())


def without_style(document: str) -> str:
    """Return a page without its style sheet, which every golden would repeat."""
    assert STYLE in document
    return document.replace(STYLE, "...").removesuffix("\n")


# ---- what it says


def test_page(name: str, report: Report, golden: Golden) -> None:
    """The page of each report reads as its golden."""
    golden(f"{name}.html", without_style(page(journal(report), NOW, INTERVAL)))


@pytest.mark.parametrize(
    ("name", "made", "now"),
    [
        ("no-report", Journal(), NOW),
        ("never-a-report", Journal().after(CRASHED).after(TIMED_OUT), STARTED + 700),
        ("stale", journal(HEALTHY).after(CRASHED).after(TIMED_OUT), STARTED + 2500),
    ],
)
def test_page_of_a_journal(name: str, made: Journal, now: float, golden: Golden) -> None:
    """The page reads as its golden where there is no report, or none that is new."""
    golden(f"{name}.html", without_style(page(made, now, INTERVAL)))


@pytest.mark.parametrize(
    ("made", "now", "title"),
    [
        (Journal(), NOW, "No report yet"),
        (journal(HEALTHY), NOW, "Healthy"),
        (journal(HEALTHY), STARTED + 601, "Stale: Healthy"),
        (journal(REPORTS["denied"]()), NOW, "Unhealthy: IRSA606 trust-policy-denied"),
        (journal(REPORTS["denied"]()), STARTED + 601, "Stale: Unhealthy: IRSA606 trust-policy-denied"),
        (journal(REPORTS["no-exchange"]()), NOW, "Not healthy"),
    ],
)
def test_the_title_says_the_verdict(made: Journal, now: float, title: str) -> None:
    """A tab that is not looked at says how it stands."""
    assert Parsed(page(made, now, INTERVAL)).text("title") == [f"{title} - irsa-doctor"]


@pytest.mark.parametrize(
    ("age", "stale"), [(0, False), (600, False), (600.3, False), (600.4, True), (86400, True), (-60, False)]
)
def test_a_report_is_stale_after_two_intervals(age: float, *, stale: bool) -> None:
    """A report older than two intervals and its own run says so, and no longer that the pod gets credentials."""
    text = shown(journal(HEALTHY), STARTED + age)
    assert ("Stale." in text) is stale
    assert ("This pod got credentials" in text) is stale
    assert ("Healthy at that time" in text) is stale


def test_a_stale_failure_stays_one() -> None:
    """What was broken is shown as broken, however old."""
    assert 'class="verdict fail"' in page(journal(REPORTS["denied"]()), STARTED + 9000, INTERVAL)


@pytest.mark.parametrize(
    ("made", "told"),
    [
        (journal(HEALTHY).after(CRASHED), "No new report. The last run made none: the diagnosis ended with code 3."),
        (
            journal(HEALTHY).after(CRASHED).after(TIMED_OUT),
            "No new report. The last 2 runs made none: the diagnosis took",
        ),
        (Journal().after(TIMED_OUT), "No report. The last run made none: the diagnosis took longer than 35 s."),
    ],
)
def test_runs_without_a_report_are_told(made: Journal, told: str) -> None:
    """A page says that the last runs made no report, how many, and why."""
    assert told in shown(made)
    assert "made none" not in shown(journal(HEALTHY))


def test_the_last_healthy_run_is_told() -> None:
    """A page of a broken pod says when it was last well, or that it never was."""
    denied = REPORTS["denied"]()
    assert "Last healthy 14 min ago, 2026-11-21 09:50:00 UTC" in shown(journal(denied))
    never = Journal().after(Run(STARTED, 0.3, Ending.UNHEALTHY, denied))
    assert "No run was healthy since irsa-doctor started" in shown(never)
    assert "ast healthy" not in shown(journal(HEALTHY))


def test_a_report_of_unknown_age_is_shown() -> None:
    """A report without its time is shown without it, and is not stale."""
    text = shown(Journal(report=HEALTHY), STARTED + 9000)
    assert "This pod gets credentials" in text
    assert "Report of" not in text


def test_a_role_that_is_not_known_is_said_to_be() -> None:
    """STS may accept without saying for which role."""
    report = HEALTHY._replace(identity=Identity())
    text = shown(journal(report))
    assert "The role is not known." in text
    assert "This pod " not in text.replace("This pod gets", "")


def test_commands_are_whole() -> None:
    """Each command stands in a box of its own, whole, however long."""
    report = REPORTS["denied"]()
    assert report.root_cause is not None
    expected = list(commands(report.root_cause.fault, report.root_cause.evidence))
    code = Parsed(page(journal(report), NOW, INTERVAL)).text("code")
    assert [text for text in code if text.startswith("aws ")] == expected


def test_what_else_is_possible_is_explained() -> None:
    """Other possible causes are named with what they mean, and lead to their pages; an unknown name stands alone."""
    report = REPORTS["denied"]()
    assert report.root_cause is not None
    cause = report.root_cause._replace(also_possible=("role-not-found", "a-name-of-tomorrow"))
    document = page(journal(report._replace(root_cause=cause)), NOW, INTERVAL)
    fault = faults.BY_NAME["role-not-found"]
    assert f'<li><a href="{address_of(fault)}" rel="noreferrer">{fault.code} role-not-found</a>: ' in document
    assert "<li>a-name-of-tomorrow</li>" in document


@pytest.mark.parametrize("name", sorted(REPORTS))
def test_every_fault_leads_to_its_page(name: str) -> None:
    """Beside each fault stand the address of its page and the command that prints it offline."""
    report = REPORTS[name]()
    parsed = Parsed(page(journal(report), NOW, INTERVAL))
    for fault in {result.fault for result in report.results if result.fault}:
        assert address_of(fault) in parsed.values("href")
        assert f"irsa-doctor explain {fault.code}" in parsed.text("code")


def test_pages_are_where_their_addresses_say() -> None:
    """An address is that of a file of this repository below the home of the documentation."""
    root = Path(__file__).resolve().parents[2]
    assert address_of(faults.TRUST_POLICY_DENIED) == "https://irsa-doctor.dev/docs/faults/IRSA606.md"
    assert [
        fault.code for fault in faults.ALL if not (root / address_of(fault).removeprefix(f"{HOME}/")).is_file()
    ] == []


def test_the_chain_says_each_links_state() -> None:
    """Each link has its state in words and of how many checks; what went well is folded away."""
    report = REPORTS["warnings"]()
    crashed = report.results[0]._replace(status=Status.CRASH)
    skipped = [result._replace(status=Status.SKIP) for result in report.results[-3:]]
    made = report._replace(results=(crashed, *report.results[1:-3], *skipped))
    text = shown(journal(made))
    assert "Environment crashed 1 of 2 checks" in text
    assert "Token file warning 1 of 2 checks" in text
    assert "Issuer ok 1 check" in text
    assert "Exchange skipped 2 checks" in text
    only = report._replace(results=(report.results[0], report.results[1]._replace(status=Status.SKIP)))
    assert "Environment ok 1 of 2 checks, 1 skipped" in shown(journal(only))
    assert page(journal(made), NOW, INTERVAL).count('<details open="">') == 4


@pytest.mark.parametrize(
    ("measured", "told", "bars"),
    [
        ({"token_issued": STARTED, "token_expiry": NOW + 83400}, "Token expires in 23 h 10 min issued", 1),
        ({"token_issued": STARTED - 9e3, "token_expiry": NOW - 7200}, "Token expired 2 h ago issued", 1),
        ({"token_issued": NOW + 60, "token_expiry": NOW + 120}, "Token expires in 2 min issued", 1),
        ({"token_issued": NOW, "token_expiry": NOW}, "Token expired just now", 0),
        ({"token_expiry": NOW + 61}, "Token expires in 1 min 1 s", 0),
        ({"token_issued": -float("inf"), "token_expiry": NOW + 5}, "Token expires in 5 s", 0),
        ({"token_issued": STARTED, "token_expiry": 1e300}, "Token no end that a calendar holds", 0),
        ({"token_expiry": float("inf")}, "Token no end that a calendar holds", 0),
        ({"token_expiry": float("nan")}, "Token no end that a calendar holds", 0),
        ({"credentials_expiry": STARTED + 3600}, "Credentials expire in 56 min given 2026-11-21 10:00 until", 1),
        ({"issuer_certificate_expiry": NOW + 86400}, "Certificate expires in 1 d last 30 days from 2026-10-23", 1),
    ],
)
def test_lifetimes(measured: dict[str, float], told: str, bars: int) -> None:
    """What ends some day has its time in words, and a bar where its beginning is known."""
    report = HEALTHY._replace(measurements=Measurements(**measured))  # type: ignore[arg-type] # times only
    assert told in shown(journal(report))
    assert page(journal(report), NOW, INTERVAL).count("whole-life") - STYLE.count("whole-life") == bars


def test_now_is_marked_within_a_life_only() -> None:
    """What begins only later has no mark for now."""
    measured = Measurements(token_issued=NOW + 60, token_expiry=NOW + 120)
    assert 'class="now"' not in page(journal(HEALTHY._replace(measurements=measured)), NOW, INTERVAL)
    assert 'class="now"' in page(journal(HEALTHY), NOW, INTERVAL)


@pytest.mark.parametrize(
    ("skew", "told"),
    [
        (0.04, "this pod's agrees with STS's"),
        (0.2, "this pod's is 0.2 s ahead of STS's"),
        (-412.0, "this pod's is 6 min 52 s behind STS's"),
    ],
)
def test_the_clock(skew: float, told: str) -> None:
    """The clock's skew is told in words, with its direction."""
    assert told in shown(journal(HEALTHY._replace(measurements=Measurements(clock_skew_seconds=skew))))


def test_what_is_no_number_is_not_told() -> None:
    """Where nothing that can be told was measured, there is no part for it."""
    nothing = Measurements(clock_skew_seconds=float("nan"), token_file_modified=float("inf"))
    assert "Lifetimes" not in shown(journal(HEALTHY._replace(measurements=nothing)))


def test_the_history_is_newest_first_and_whole() -> None:
    """Every remembered run has a row with its time and verdict, the newest first, the older ones folded."""
    past = tuple(Past(STARTED - 60 * place, Ending.HEALTHY) for place in range(REMEMBERED))
    parsed = Parsed(page(journal(HEALTHY)._replace(past=past), NOW, INTERVAL))
    times = [time for time in parsed.values("datetime") if time.endswith("Z")][-REMEMBERED:]
    assert times == sorted(times, reverse=True)
    assert len(parsed.text("td")) == REMEMBERED
    assert f"{REMEMBERED - 8} older runs" in parsed.text("summary")


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "0 s"),
        (59.9, "59 s"),
        (60, "1 min"),
        (61, "1 min 1 s"),
        (600, "10 min"),
        (659, "10 min"),
        (7200, "2 h"),
        (83400, "23 h 10 min"),
        (86400 * 3 + 3600 * 4 + 59, "3 d 4 h"),
        (86400 * 400, "400 d"),
    ],
)
def test_durations(seconds: float, words: str) -> None:
    """A duration is told in its two largest units."""
    assert span(seconds) == words


def test_times() -> None:
    """A time stands there for people and for programs; what no calendar holds is said to be so."""
    assert clock(1.5) == '<time datetime="1970-01-01T00:00:01Z">1970-01-01 00:00:01 UTC</time>'
    assert clock(float("nan")) == "<span>no time that a calendar holds</span>"
    year = datetime(7, 1, 1, tzinfo=UTC).timestamp()
    assert 'datetime="0007-01-01T00:00:00Z"' in clock(year)


# ---- what it is made of


@pytest.mark.parametrize("name", ["none", *sorted(REPORTS)])
def test_the_document_is_valid(name: str) -> None:
    """Tags are balanced, ids unique, headings in order; what is referred to is there; tables name their headers."""
    parsed = Parsed(page(Journal() if name == "none" else journal(REPORTS[name]()), NOW, INTERVAL))
    ids, tags = parsed.values("id"), [tag for tag, _ in parsed.tags]
    assert parsed.open == []
    assert len(ids) == len(set(ids))
    levels = [int(tag[1]) for tag in tags if tag in {"h1", "h2", "h3", "h4", "h5", "h6"}]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))
    inner = {href.removeprefix("#") for href in parsed.values("href") if href.startswith("#")}
    assert inner | set(parsed.values("aria-labelledby")) <= set(ids)
    assert [attributes for tag, attributes in parsed.tags if tag == "th" and "scope" not in attributes] == []
    assert {"html", "title", "header", "nav", "main", "footer", "h1"} <= set(tags)
    assert parsed.tags[0] == ("html", {"lang": "en"})


@pytest.mark.parametrize("name", sorted(REPORTS))
def test_nothing_is_loaded_and_nothing_runs(name: str) -> None:
    """There is no script, handler, style attribute or resource; links lead to the documentation and to watch itself."""
    parsed = Parsed(page(journal(REPORTS[name]()), NOW, INTERVAL))
    assert {"script", "link", "img", "iframe", "object", "form", "base"}.isdisjoint(tag for tag, _ in parsed.tags)
    names = {name for _, attributes in parsed.tags for name in attributes}
    assert {"style", "src", "srcset", "xlink:href", "action", "http-equiv"}.isdisjoint(names)
    assert [name for name in names if name.startswith("on")] == []
    assert "url(" not in STYLE
    assert "@import" not in STYLE
    hrefs = parsed.values("href")
    assert [
        href for href in hrefs if not href.startswith(("#", f"{HOME}/docs/")) and href not in {"report", "metrics"}
    ] == []


def test_the_policy_admits_the_one_style_sheet() -> None:
    """The policy holds the hash of the style sheet as it stands in the page, and lets nothing else in."""
    sheets = Parsed(page(Journal(), NOW, INTERVAL)).text("style")
    digest = b64encode(sha256("".join(sheets).encode()).digest()).decode()
    assert len([tag for tag, _ in Parsed(page(Journal(), NOW, INTERVAL)).tags if tag == "style"]) == 1
    assert (
        f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ) == POLICY


def made_of(text: str) -> Journal:
    """Return a journal with the text in every field that can hold one."""
    fault = Fault(text, text, Severity.ERROR, text, text, (text,))
    other = fault._replace(severity=Severity.WARNING)
    evidence = {"a name": text, f"a {text}": "value"}
    report = Report(
        version=text,
        started=HEALTHY.started,
        duration_seconds=0.1,
        healthy=False,
        overdue=False,
        identity=Identity(text, text, text, (text, text), text),
        root_cause=RootCause(fault, Severity.ERROR, text, evidence, (text,)),
        results=(
            Result(text, text, Status.FAIL, text, fault, Severity.ERROR, evidence),
            Result(text, text, Status.WARN, text, other, Severity.WARNING, evidence),
            Result(text, text, Status.CRASH, text),
        ),
        measurements=Measurements(sts_code=text),
    )
    return (
        Journal()
        .after(Run(STARTED, 0.1, Ending.UNHEALTHY, report))
        .after(Run(STARTED + 1, 0.1, Ending.CRASHED, None, text))
    )


@given(st.lists(ANY_TEXT | MARKUP, min_size=1, max_size=4).map("".join).filter(lambda text: text not in OTHER_SHAPES))
def test_no_text_becomes_markup(text: str) -> None:
    """Whatever stands in any field, the page's tags are those of a harmless text."""
    document = page(made_of(text), NOW, INTERVAL)
    assert Parsed(document).shape() == HARMLESS
    assert document.isascii() or document.replace("\n", "").isprintable()
    document.encode()


@given(ANY_TEXT | MARKUP)
def test_no_healthy_text_becomes_markup(text: str) -> None:
    """Nor does what STS says of a healthy pod."""
    said = HEALTHY._replace(identity=HEALTHY.identity._replace(assumed_role_arn=text))
    assert Parsed(page(journal(said), NOW, INTERVAL)).shape() == Parsed(page(journal(HEALTHY), NOW, INTERVAL)).shape()


def test_hostile_text_is_shown_as_text() -> None:
    """What a hostile answer says can be read, and is text."""
    document = page(journal(REPORTS["hostile"]()), NOW, INTERVAL)
    assert "&lt;script&gt;x&lt;/script&gt;" in document
    assert "\\u202egnihtemos\\u202c" in document
    assert document.count("<script") == 0
    assert DENIED.code in document


HARMLESS = Parsed(page(made_of("text"), NOW, INTERVAL)).shape()
