"""The page as a browser shows it: Chromium, by the policy it is served with, wide and narrow, light and dark."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from browser import Browser, Tab
from parts import needed, program
from reports import HEALTHY, REPORTS, journal
from sidecar import HOME
from sidecar.journal import REMEMBERED, Ending, Journal, Past, Run
from sidecar.render.conclusion import address_of
from sidecar.render.page import POLICY, page
from sidecar.render.remedy import commands

pytestmark = pytest.mark.xdist_group("chromium")  # one browser is enough

STARTED = HEALTHY.started.timestamp()
CRASHED = Run(STARTED + 300, 1.0, Ending.CRASHED, None, "the diagnosis ended with code 3")
LONG_PAST = tuple(
    Past(STARTED - 300 * place, list(Ending)[place % 4], "IRSA606 trust-policy-denied" if place % 4 == 1 else None)
    for place in range(REMEMBERED)
)
PAGES = {
    **{name: page(journal(make()), STARTED + 240, 300) for name, make in REPORTS.items()},
    "crashed": page(Journal().after(CRASHED), STARTED + 360, 300),
    "long": page(journal(REPORTS["denied"]())._replace(past=LONG_PAST), STARTED + 240, 300),
    "none": page(Journal(), STARTED, 300),
    "stale": page(journal(HEALTHY).after(CRASHED), STARTED + 9000, 300),
}
TAB_KEY = 9
# What a user can reach by the keyboard, as far as it is shown: a closed details hides what is in it.
REACHED = """[...document.querySelectorAll("a[href], summary, pre[tabindex='0']")]
  .filter(one => one.checkVisibility()).map(one => one.outerHTML)"""
# The contrast of each text with what is behind it, by WCAG 2: the least of them, and where.
CONTRAST = """(() => {
  const channels = colour => colour.match(/[\\d.]+/g).map(Number);
  const light = colour => {
    const [r, g, b] = channels(colour).slice(0, 3).map(c => c / 255)
      .map(c => c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const behind = one => {
    while (one) {
      const colour = getComputedStyle(one).backgroundColor;
      if ((channels(colour)[3] ?? 1) === 1) return colour;
      one = one.parentElement;
    }
    return "rgb(0, 0, 0)";
  };
  const found = [];
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    const one = texts.currentNode.parentElement;
    if (!texts.currentNode.data.trim()) continue;
    const [a, b] = [light(getComputedStyle(one).color), light(behind(one))];
    found.push([(Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05), texts.currentNode.data]);
  }
  return found.sort((a, b) => a[0] - b[0])[0];
})()"""


class Handler(BaseHTTPRequestHandler):
    """Serves the pages as watch does, by name, and notes what was asked for."""

    asked: list[str]

    def do_GET(self) -> None:
        """Answer with a page."""
        self.asked.append(self.path)
        document = PAGES.get(self.path.removeprefix("/"))
        self.send_response(404 if document is None else 200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Security-Policy", POLICY)
        self.end_headers()
        self.wfile.write((document or "").encode())

    def log_message(self, *_: object) -> None:
        """Write no log."""


class Shown:
    """A tab, and the server whose pages it shows."""

    def __init__(self, tab: Tab, address: str, asked: list[str]) -> None:
        self.tab, self.asked, self._address = tab, asked, address

    def see(self, name: str, *, width: int = 1280, scheme: str = "light") -> Tab:
        """Show a page."""
        self.asked.clear()
        self.tab.look(width=width, scheme=scheme)
        self.tab.goto(f"{self._address}/{name}")
        return self.tab


@contextmanager
def serving(asked: list[str]) -> Iterator[str]:
    """Serve the pages from this machine to itself; return the address."""
    handler = type("Noting", (Handler,), {"asked": asked})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shown]:
    """One browser for all tests here."""
    chromium = needed("chromium", program("chromium"))
    asked: list[str] = []
    with serving(asked) as address, Browser(chromium, tmp_path_factory.mktemp("profile")) as browser:
        yield Shown(browser.tab(), address, asked)


def named(nodes: list[dict[str, Any]], role: str) -> list[str]:
    """Return the names of the nodes of the accessibility tree that have a role."""
    return [
        node.get("name", {}).get("value", "")
        for node in nodes
        if not node["ignored"] and node.get("role", {}).get("value") == role
    ]


@pytest.mark.parametrize("name", sorted(PAGES))
def test_the_page_loads_itself_and_nothing_else(shown: Shown, name: str) -> None:
    """The policy blocks nothing of ours, nothing else is asked for, and nothing is complained about."""
    tab = shown.see(name)
    heard = tab.heard(
        [
            "Audits.issueAdded",
            "Log.entryAdded",
            "Network.loadingFailed",
            "Runtime.consoleAPICalled",
            "Runtime.exceptionThrown",
        ]
    )
    assert heard == []
    requests = tab.heard(["Network.requestWillBeSent"])
    assert [request["request"]["url"].rpartition("/")[2] for request in requests] == [name]
    assert set(shown.asked) <= {f"/{name}", "/favicon.ico"}  # browsers with a window look for one
    assert tab.run("getComputedStyle(document.querySelector('main')).display") == "grid"  # the style sheet is in force
    assert tab.run("document.compatMode") == "CSS1Compat"


@pytest.mark.parametrize("name", sorted(PAGES))
def test_nothing_overflows_a_narrow_window(shown: Shown, name: str) -> None:
    """At 400 and at 320 pixels nothing has to be scrolled sideways but commands, folded or unfolded."""
    for width in (400, 320):
        tab = shown.see(name, width=width)
        tab.run("for (const one of document.querySelectorAll('details')) one.open = true")
        assert tab.run("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_all_text_can_be_read(shown: Shown, scheme: str) -> None:
    """Every text has a contrast of at least 4.5 with what is behind it; the two schemes differ."""
    for name in PAGES:
        tab = shown.see(name, scheme=scheme)
        contrast, text = tab.run(CONTRAST)
        assert contrast >= 4.5, (name, text)
        light = tab.run("getComputedStyle(document.body).backgroundColor") == "rgb(245, 245, 243)"
        assert light is (scheme == "light")


def test_the_page_says_what_is_wrong_and_what_to_do(shown: Shown) -> None:
    """What is shown, without anything unfolded, is the verdict, the cause, the fix, its commands and the lifetimes."""
    report = REPORTS["denied"]()
    assert report.root_cause is not None
    tab = shown.see("denied")
    text = tab.run("document.body.innerText")
    cause = report.root_cause
    wanted = [
        "Unhealthy",
        "The role's trust policy does not admit this token",
        "Root cause: IRSA606 trust-policy-denied",
        "Report of 4 min ago",
        *commands(cause.fault, cause.evidence),
        "Not authorized to perform sts:AssumeRoleWithWebIdentity",
        "role-not-found",
        "irsa-doctor explain IRSA606",
        "expires in 23 h 56 min",
        "IRSA114 token-file-exposed",
    ]
    assert [words for words in wanted if words not in text] == []
    assert "Has the pod been given a role" not in text  # all is well there: folded
    assert tab.run("document.title") == "Unhealthy: IRSA606 trust-policy-denied - irsa-doctor"
    assert address_of(cause.fault) in tab.run("[...document.links].map(link => link.href)")


def test_hostile_text_stays_text(shown: Shown) -> None:
    """What a hostile answer holds is shown as text, and none of it is an element."""
    tab = shown.see("hostile")
    assert "<script>x</script>" in tab.run("document.body.innerText")
    assert tab.run("document.scripts.length") == 0
    assert tab.run("document.querySelectorAll('[style], img, link, iframe').length") == 0


@pytest.mark.parametrize("width", [1280, 400])
def test_a_click_selects_the_whole_command(shown: Shown, width: int) -> None:
    """One click on a command selects it from its first to its last character, and nothing around it."""
    report = REPORTS["denied"]()
    assert report.root_cause is not None
    tab = shown.see("denied", width=width)
    for place, command in enumerate(commands(report.root_cause.fault, report.root_cause.evidence)):
        tab.run(f"document.querySelectorAll('pre')[{place}].scrollIntoView({{block: 'center'}})")
        box = tab.run(f"document.querySelectorAll('pre')[{place}].getBoundingClientRect().toJSON()")
        tab.click(box["left"] + 60, box["top"] + 20)
        assert tab.run("getSelection().toString()") == command


def test_everything_is_reached_by_the_keyboard(shown: Shown) -> None:
    """The tab key leads through every link, fold and command in the order of the page; each shows that it has focus."""
    tab = shown.see("denied")
    reachable = tab.run(REACHED)
    assert sum(one.startswith("<pre") for one in reachable) == 2
    reached = []
    for _ in reachable:
        tab.press("Tab", TAB_KEY)
        reached.append(tab.run("document.activeElement.outerHTML"))
        assert tab.run("getComputedStyle(document.activeElement).outlineStyle") == "solid"
    assert reached == reachable


def test_the_skip_link_shows_when_it_is_reached(shown: Shown) -> None:
    """The first thing that the keyboard reaches leads past the header, and is seen then."""
    tab = shown.see("healthy")
    where = "document.querySelector('.skip-link').getBoundingClientRect().left"
    assert tab.run(where) < 0
    tab.press("Tab", TAB_KEY)
    assert tab.run(where) >= 0


@pytest.mark.parametrize("name", ["denied", "none", "warnings"])
def test_a_screen_reader_finds_its_way(shown: Shown, name: str) -> None:
    """Landmarks are there, and everything that can be acted on or jumped to has a name."""
    tab = shown.see(name)
    nodes = tab.ask("Accessibility.getFullAXTree")["nodes"]
    for landmark in ("banner", "main", "contentinfo", "navigation"):
        assert len(named(nodes, landmark)) == 1, landmark
    for role in ("link", "heading", "region", "article", "DisclosureTriangle", "columnheader", "rowheader"):
        assert "" not in [one.strip() for one in named(nodes, role)], role
    assert named(nodes, "RootWebArea") == [tab.run("document.title")]
    assert named(nodes, "image") == []


def test_a_screen_reader_hears_each_links_state(shown: Shown) -> None:
    """A fold's name says the link, its state and of how many checks; a command's box says which one it is."""
    nodes = shown.see("denied").ask("Accessibility.getFullAXTree")["nodes"]
    folds = named(nodes, "DisclosureTriangle")
    assert [" ".join(fold.split()) for fold in folds if "Token file" in fold] == ["Token file warning 1 of 2 checks"]
    assert {"Command 1 of 2", "Command 2 of 2"} <= set(named(nodes, "group"))
    assert "Unhealthy The role's trust policy does not admit this token" in [
        " ".join(heading.split()) for heading in named(nodes, "heading")
    ]


def test_it_is_the_same_without_scripts(shown: Shown) -> None:
    """With scripts switched off nothing is missing."""
    tab = shown.see("denied")
    text = tab.run("document.body.innerText")
    tab.ask("Emulation.setScriptExecutionDisabled", value=True)
    try:
        assert shown.see("denied").run("document.body.innerText") == text
    finally:
        tab.ask("Emulation.setScriptExecutionDisabled", value=False)


def test_links_lead_to_the_documentation_or_stay(shown: Shown) -> None:
    """No link leads anywhere but to the documentation, to watch's own answers, or to a place in the page."""
    links = shown.see("long").run("[...document.links].map(link => link.href)")
    own = shown.tab.run("location.origin")
    assert links
    assert [link for link in links if not link.startswith((f"{HOME}/docs/faults/", f"{own}/"))] == []
