"""The chain of trust, link by link, and the faults that are not the root cause. Pure."""

from itertools import groupby

from sidecar.model import Fault, Report, Result, Status
from sidecar.render.conclusion import others
from sidecar.render.page.markup import NOTHING, Markup, block, element, joined
from sidecar.render.page.words import STATES, evidence, more, number, pasted, sentence, sign
from sidecar.render.remedy import commands, fill, plain

_WORST_FIRST = (Status.CRASH, Status.FAIL, Status.WARN, Status.PASS, Status.SKIP)
_OPEN = frozenset({Status.CRASH, Status.FAIL, Status.WARN})


def chain(report: Report) -> Markup:
    """Return the links in their order, each with its state; those with something to say are open."""
    places = {id(result): f"fault-{place}" for place, (result, _) in enumerate(others(report), 1)}
    links = [
        _link(link, list(results), places)
        for link, results in groupby(report.results, lambda result: result.check.partition(".")[0])
    ]
    return block(
        "section",
        element("h2", "Chain of trust", id="chain"),
        block("ol", *links, class_="chain"),
        class_="panel",
        aria_labelledby="chain",
    )


def faults(report: Report) -> Markup:
    """Return the faults that are not the root cause, each with its fix; nothing where there are none."""
    found = others(report)
    if not found:
        return NOTHING
    has_cause = report.root_cause is not None
    return block(
        "section",
        element("h2", "Other faults" if has_cause else "Faults", id="faults"),
        *(
            _fault(result, fault, f"fault-{place}", mend_first=has_cause and result.status is Status.FAIL)
            for place, (result, fault) in enumerate(found, 1)
        ),
        class_="panel",
        aria_labelledby="faults",
    )


def _link(name: str, results: list[Result], places: dict[int, str]) -> Markup:
    statuses = [result.status for result in results]
    state = next(status for status in _WORST_FIRST if status in statuses)
    label = joined(
        element("span", plain(sentence(name.replace("_", " "))), class_="name"),
        " ",
        element("b", STATES[state], class_="state"),
        " ",
        element("span", _counted(state, statuses), class_="soft"),
    )
    summary = element("summary", sign(state), element("span", label, class_="label"))
    checks = block("ul", *(_check(result, places) for result in results))
    # An attribute without a value: it is the only one, and as good with an empty one.
    opened = {"open": ""} if state in _OPEN else {}
    return element("li", block("details", summary, checks, **opened), class_=state.value)


def _counted(state: Status, statuses: list[Status]) -> str:
    """Return of how many checks the link's state is that of, and how many were not made."""
    same, skipped = statuses.count(state), statuses.count(Status.SKIP)
    every = number(len(statuses), "check")
    counted = every if same == len(statuses) else f"{same} of {every}"
    return f"{counted}, {skipped} skipped" if skipped and state is not Status.SKIP else counted


def _check(result: Result, places: dict[int, str]) -> Markup:
    question = joined(plain(result.question), " ", element("code", plain(result.check)))
    told = joined(_reference(result.fault, places.get(id(result), "verdict")), plain(result.detail))
    return element(
        "li",
        element("b", STATES[result.status], class_="state"),
        element("div", element("p", question, class_="question"), element("p", told)),
        class_=result.status.value,
    )


def _reference(fault: Fault | None, place: str) -> Markup:
    """Return the fault's name, which leads to its fix further up or down."""
    return joined(element("a", f"{fault.code} {fault.name}", href=f"#{place}"), ": ") if fault else NOTHING


def _fault(result: Result, fault: Fault, place: str, *, mend_first: bool) -> Markup:
    # As in the text: beside a root cause another error is often the same fault seen from elsewhere.
    fix = (
        "Mend the root cause above first, then see what is left." if mend_first else fill(fault.remedy, result.evidence)
    )
    heading = element(
        "h3", element("b", STATES[result.status], class_="state"), f" {fault.code} {fault.name}", id=place
    )
    return block(
        "article",
        heading,
        element("p", sentence(plain(result.detail)), class_="told"),
        element("p", element("strong", "Fix: "), fix, class_="fix"),
        NOTHING if mend_first else pasted(commands(fault, result.evidence)),
        evidence(result.check, fault, result.evidence),
        more(fault),
        class_=result.status.value,
        aria_labelledby=place,
    )
