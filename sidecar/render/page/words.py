"""Times, durations and states in words, and what several parts of the page are made of. Pure."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from itertools import pairwise

from sidecar.model import Fault, Status
from sidecar.render.conclusion import address_of, seen
from sidecar.render.page.markup import NOTHING, Markup, block, element, joined
from sidecar.render.remedy import plain

STATES = {
    Status.PASS: "ok",
    Status.WARN: "warning",
    Status.FAIL: "failed",
    Status.SKIP: "skipped",
    Status.CRASH: "crashed",
}
"""The word of each state; its class in the style sheet is the state's own name."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MINUTE = 60
"""In seconds."""

_EXACT = 10
_UNITS = (("d", 86400), ("h", 3600), ("min", 60), ("s", 1))
# On a canvas of 16 by 16; with a round line of 2.
_SIGNS = {
    Status.PASS: "M3.5 8.5l3 3 6-7",
    Status.WARN: "M8 3v6M8 12.8v.2",
    Status.FAIL: "M4 4l8 8M12 4l-8 8",
    Status.SKIP: "M4 8h8",
    Status.CRASH: "M9 2L5.5 8.5h5L7 14",
}


def span(seconds: float) -> str:
    """Return a duration in its two largest units: ``23 h 10 min``; from ten minutes on without seconds."""
    left = int(seconds)
    for (unit, size), (smaller, part) in pairwise(_UNITS):
        if left >= size:
            count, rest = divmod(left, size)
            more_of_it = rest // part if size > MINUTE or count < _EXACT else 0
            return f"{count} {unit} {more_of_it} {smaller}" if more_of_it else f"{count} {unit}"
    return f"{left} s"


def ago(moment: float, now: float) -> str:
    """Return how long ago a moment was; what a clock that was set back puts into the future is just now."""
    seconds = now - moment
    return f"{span(seconds)} ago" if seconds >= 1 else "just now"


def moment(seconds: float) -> datetime | None:
    """Return a time in UTC; None for what no calendar holds: a token may claim any number."""
    try:
        return _EPOCH + timedelta(seconds=seconds)
    except (OverflowError, ValueError):
        return None


def clock(seconds: float, form: str = "%Y-%m-%d %H:%M:%S UTC") -> Markup:
    """Return a time for people and for programs."""
    when = moment(seconds)
    if when is None:
        return element("span", "no time that a calendar holds")
    # Not by strftime, whose years before 1000 have fewer than four digits.
    machine = f"{when.replace(microsecond=0, tzinfo=None).isoformat()}Z"
    return element("time", when.strftime(form), datetime=machine)


def number(count: int, thing: str) -> str:
    """Return ``1 check``, ``2 checks``."""
    return f"{count} {thing}" if count == 1 else f"{count} {thing}s"


def sentence(clause: str) -> str:
    """Return a clause with a capital at its beginning."""
    return clause[:1].upper() + clause[1:]


def sign(state: Status) -> Markup:
    """Return a state's sign: beside its word, never alone."""
    path = element("path", d=_SIGNS[state])
    return element("svg", path, class_="sign", viewBox="0 0 16 16", width="16", height="16", aria_hidden="true")


def pairs(told: Mapping[str, str]) -> Markup:
    """Return names with what is known under each; nothing where there are none."""
    rows = [element("div", element("dt", name), element("dd", value)) for name, value in told.items()]
    return block("dl", *rows) if rows else NOTHING


def evidence(check: str, fault: Fault, found: Mapping[str, str]) -> Markup:
    """Return which check found a fault, and what it saw."""
    told = {name.replace("_", " "): value for name, value in seen(fault, found).items()}
    return pairs({"found by": element("code", plain(check)), **told})


def pasted(commands: tuple[str, ...]) -> Markup:
    """Return commands to be copied: one click selects a command, whole and nothing else."""
    boxes = [
        element(
            "li",
            element(
                "pre",
                element("code", command),
                tabindex="0",
                role="group",
                aria_label=f"Command {place} of {len(commands)}",
            ),
        )
        for place, command in enumerate(commands, 1)
    ]
    return block("ol", *boxes, class_="commands") if boxes else NOTHING


def more(fault: Fault) -> Markup:
    """Return where to read more about a fault: its page, and the command that prints it offline."""
    link = element("a", f"Documentation of {fault.code}", href=address_of(fault), rel="noreferrer")
    return element(
        "p",
        joined(link, ", or offline: "),
        element("code", f"irsa-doctor explain {fault.code}", class_="whole"),
        class_="more",
    )
