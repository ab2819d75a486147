"""The top of the page: the verdict, how old it is, the root cause and its fix. Pure."""

from itertools import takewhile

from sidecar.faults import BY_NAME
from sidecar.journal import Ending, Journal
from sidecar.model import Report, RootCause, Severity, Status
from sidecar.render.conclusion import address_of, unproven
from sidecar.render.page.markup import NOTHING, Markup, block, element, joined
from sidecar.render.page.words import ago, clock, evidence, more, number, pasted, sentence, sign, span
from sidecar.render.remedy import commands, fill, plain

_LATE = 2
"""A report is stale when it is older than so many intervals."""


def stale(journal: Journal, now: float, interval: float) -> bool:
    """Whether newer runs should have made a report by now; how long the last one took is allowed for."""
    if journal.report is None or journal.reported is None:
        return False
    return now - journal.reported > _LATE * interval + journal.report.duration_seconds


def title(journal: Journal, now: float, interval: float) -> str:
    """Return the verdict in a few words, as a tab or a window shows it."""
    report = journal.report
    late = "Stale: " if stale(journal, now, interval) else ""
    if report is None:
        return "No report yet"
    if report.root_cause is None:
        return f"{late}{_word(report)}"
    return f"{late}{_word(report)}: {report.root_cause.fault.code} {report.root_cause.fault.name}"


def verdict(journal: Journal, now: float, interval: float) -> Markup:
    """Return the verdict: one word, one sentence, and how far it can be relied on."""
    report, late = journal.report, stale(journal, now, interval)
    verb = "got" if late else "gets"
    state, word, told = _judged(report, verb) if report else (Status.SKIP, "No report yet", _waiting(journal))
    if late:
        # What was well is not known to be so now.
        state, word = Status.WARN if state is Status.PASS else state, f"{word} at that time"
    badge = element("span", sign(state), element("span", word), class_="badge")
    return block(
        "section",
        *_warnings(journal, now, interval),
        element("h1", badge, element("span", told, class_="told"), id="verdict"),
        _who(report) if report else NOTHING,
        _age(journal, now, interval),
        class_=f"verdict {state.value}",
        aria_labelledby="verdict",
    )


def cause(found: RootCause) -> Markup:
    """Return the root cause: what was seen, its fix, the commands to paste, what else it can be."""
    pasteable = commands(found.fault, found.evidence)
    return block(
        "section",
        element("h2", "Fix", id="fix"),
        element("p", fill(found.fault.remedy, found.evidence), class_="fix"),
        pasted(pasteable),
        element("p", "One click on a command selects all of it.", class_="soft") if pasteable else NOTHING,
        element("h2", "Evidence"),
        evidence(found.check, found.fault, found.evidence),
        *_also(found),
        more(found.fault),
        class_="panel",
        aria_labelledby="fix",
    )


def _also(found: RootCause) -> list[Markup]:
    if not found.also_possible:
        return []
    return [element("h2", "Also possible"), block("ul", *map(_possible, found.also_possible), class_="also")]


def _possible(name: str) -> Markup:
    fault = BY_NAME.get(name)
    if fault is None:
        return element("li", plain(name))
    link = element("a", f"{fault.code} {fault.name}", href=address_of(fault), rel="noreferrer")
    return element("li", link, f": {fault.title}")


def _judged(report: Report, verb: str) -> tuple[Status, str, str]:
    """Return the state, the word and the sentence of a report's verdict."""
    found = report.root_cause
    if found is not None:
        state = Status.FAIL if found.severity is Severity.ERROR else Status.WARN
        return state, _word(report), sentence(fill(found.fault.title, found.evidence))
    if not report.healthy:
        return Status.SKIP, _word(report), sentence(unproven(report))
    count = sum(result.status is Status.WARN for result in report.results)
    told = f"This pod {verb} credentials from AWS"
    return Status.PASS, _word(report), f"{told}, with {number(count, 'warning')}" if count else told


def _word(report: Report) -> str:
    if report.root_cause is not None:
        return "Unhealthy"
    return "Healthy" if report.healthy else "Not healthy"


def _waiting(journal: Journal) -> str:
    return "No run has made a report" if journal.past else "The first run has not ended"


def _who(report: Report) -> Markup:
    found = report.root_cause
    if found is not None:
        return element("p", "Root cause: ", element("strong", f"{found.fault.code} {found.fault.name}"), class_="who")
    if report.healthy:
        return element("p", plain(report.identity.assumed_role_arn or "The role is not known."), class_="who")
    return NOTHING


def _warnings(journal: Journal, now: float, interval: float) -> list[Markup]:
    """Return what stands against the report: it is stale, runs since then made none."""
    notices = []
    if stale(journal, now, interval) and journal.reported is not None:
        age, due = span(now - journal.reported), span(interval)
        notices.append(
            ("Stale. ", f"This report is {age} old, though a run is due every {due}: all here is as of then.")
        )
    if journal.why:
        notices.append(("No new report. " if journal.report else "No report. ", _without(journal)))
    return [
        element("p", sign(Status.WARN), element("span", element("strong", head), told), class_="notice")
        for head, told in notices
    ]


def _without(journal: Journal) -> str:
    """Return how many runs in a row made no report, and why the last did not."""
    missed = sum(1 for _ in takewhile(lambda run: run.ending in {Ending.CRASHED, Ending.TIMED_OUT}, journal.past))
    runs = "The last run made none" if missed == 1 else f"The last {missed} runs made none"
    return f"{runs}: {plain(journal.why)}."


def _age(journal: Journal, now: float, interval: float) -> Markup:
    """Return how old the report is and when the next is due; that nothing here changes by itself."""
    told = [] if journal.report is None else _reported(journal, journal.report, now)
    told += [joined(f"A run is due every {span(interval)}")]
    told += [joined("Page made at ", clock(now), ": reload it for the newest")]
    return block("ul", *(element("li", one) for one in told), class_="soft age")


def _reported(journal: Journal, report: Report, now: float) -> list[Markup]:
    told = []
    if journal.reported is not None:
        took = f", made in {report.duration_seconds:.2f} s"
        told.append(joined(f"Report of {ago(journal.reported, now)}, ", clock(journal.reported), took))
    if journal.last_healthy is not None and not report.healthy:
        told.append(joined(f"Last healthy {ago(journal.last_healthy, now)}, ", clock(journal.last_healthy)))
    elif not report.healthy:
        told.append(joined("No run was healthy since irsa-doctor started"))
    return told
