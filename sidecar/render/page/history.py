"""The last runs: a strip of them, and a table, newest first. Pure."""

from collections.abc import Sequence

from sidecar.journal import Ending, Journal, Past
from sidecar.model import Status
from sidecar.render.page.markup import NOTHING, Markup, block, element
from sidecar.render.page.words import clock, number
from sidecar.render.remedy import plain

_SHOWN = 8
_LEAST = 60
"""The strip has room for so many runs at least, so that the first few do not look like many."""

_CLASSES = {
    Ending.HEALTHY: Status.PASS,
    Ending.UNHEALTHY: Status.FAIL,
    Ending.CRASHED: Status.CRASH,
    Ending.TIMED_OUT: Status.CRASH,
}
# Of 12: told apart by height as well as by colour.
_HEIGHTS = {Ending.HEALTHY: 5, Ending.UNHEALTHY: 12, Ending.CRASHED: 9, Ending.TIMED_OUT: 9}


def history(journal: Journal) -> Markup:
    """Return the runs that the journal remembers; nothing where there was none."""
    if not journal.past:
        return NOTHING
    counted = ", ".join(f"{count} {_word(ending)}" for ending, count in journal.runs.items() if count)
    older = journal.past[_SHOWN:]
    return block(
        "section",
        element("h2", "Runs", id="runs"),
        _strip(journal.past) if len(journal.past) > 1 else NOTHING,
        element("p", f"Since the start: {counted}.", class_="soft"),
        _table(journal.past[:_SHOWN], "The last runs, newest first"),
        block("details", element("summary", f"{number(len(older), 'older run')}"), _table(older, "Older runs"))
        if older
        else NOTHING,
        class_="panel",
        aria_labelledby="runs",
    )


def _word(ending: Ending) -> str:
    return ending.value.replace("_", " ")


def _strip(past: Sequence[Past]) -> Markup:
    """Draw a line for each run, the newest at the right: one path for each ending."""
    room = max(len(past), _LEAST)
    paths = [
        element("path", class_=_CLASSES[ending].value, d="".join(_line(room, ending, places)))
        for ending in Ending
        if (places := [place for place, run in enumerate(past) if run.ending is ending])
    ]
    return element(
        "svg",
        *paths,
        class_="strip",
        viewBox=f"0 0 {room} 12",
        preserveAspectRatio="none",
        width="100%",
        height="28",
        aria_hidden="true",
    )


def _line(room: int, ending: Ending, places: Sequence[int]) -> list[str]:
    return [f"M{room - place - 0.5} 12v-{_HEIGHTS[ending]}" for place in places]


def _table(runs: Sequence[Past], caption: str) -> Markup:
    head = element("tr", element("th", "Ended (UTC)", scope="col"), element("th", "Verdict", scope="col"))
    return block(
        "table",
        element("caption", caption, class_="unseen"),
        element("thead", head),
        block("tbody", *map(_row, runs)),
    )


def _row(run: Past) -> Markup:
    verdict = plain(run.cause) if run.cause else _word(run.ending)
    ended = element("th", clock(run.ended, "%Y-%m-%d %H:%M:%S"), scope="row")
    return element("tr", ended, element("td", verdict, class_=_CLASSES[run.ending].value))
