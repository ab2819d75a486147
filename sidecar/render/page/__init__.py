"""The page for people that `watch` serves: one journal as one document, without scripts and outside hosts. Pure.

The order is that of an incident: the verdict, the fix, then why it is so. A report says it in the same words as text.
Nothing refreshes by itself: who is about to copy a command must not lose it.
"""

from base64 import b64encode
from hashlib import sha256

from sidecar import PROGRAM, __version__
from sidecar.journal import Journal
from sidecar.model import Report
from sidecar.render.page.chain import chain, faults
from sidecar.render.page.history import history
from sidecar.render.page.lifetimes import identity, lifetimes
from sidecar.render.page.markup import NOTHING, Markup, block, element
from sidecar.render.page.style import STYLE
from sidecar.render.page.verdict import cause, title, verdict

POLICY = "; ".join((
    "default-src 'none'",
    f"style-src 'sha256-{b64encode(sha256(STYLE.encode()).digest()).decode()}'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
))  # fmt: skip
"""The Content-Security-Policy that the page is served with: it may show itself, and nothing else."""

_META = Markup(
    '<meta charset="utf-8">\n'
    '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
    '<meta name="color-scheme" content="light dark">\n'
    '<meta name="referrer" content="no-referrer">'
)


def page(journal: Journal, now: float, interval: float) -> str:
    """Return the document. ``now`` is seconds since the epoch, ``interval`` the seconds from run to run."""
    head = block(
        "head",
        _META,
        element("title", f"{title(journal, now, interval)} - {PROGRAM}"),
        element("style", Markup(STYLE)),
    )
    skip = element("a", "Skip to the verdict", href="#main", class_="skip-link")
    body = block("body", skip, _header(), _main(journal, now, interval), _footer())
    return f"<!doctype html>\n{block('html', head, body, lang='en')}\n"


def _header() -> Markup:
    # Relative, so that they lead to the right place behind a proxy that puts a path before them.
    links = [
        element("li", element("a", name, href=href))
        for name, href in (("Report as JSON", "report"), ("Metrics", "metrics"))
    ]
    name = element("p", element("strong", PROGRAM), f" {__version__}")
    return block("header", name, element("nav", element("ul", *links), aria_label="Other forms"))


def _main(journal: Journal, now: float, interval: float) -> Markup:
    report = journal.report
    return block(
        "main",
        verdict(journal, now, interval),
        cause(report.root_cause) if report and report.root_cause else NOTHING,
        _columns(report, journal, now) if report else history(journal),
        id="main",
    )


def _columns(report: Report, journal: Journal, now: float) -> Markup:
    wide = block("div", chain(report), faults(report))
    narrow = block("div", identity(report), lifetimes(report, now), class_="side")
    return block("div", wide, narrow, history(journal), class_="columns")


def _footer() -> Markup:
    told = "Times are UTC. Only links to the documentation leave this pod: all else here is its own."
    return element("footer", element("p", told))
