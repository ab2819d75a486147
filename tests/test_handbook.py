"""The handbook: a page for every fault, written and rendered anew."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from cases import CASES
from pasted import taken
from sidecar import faults
from sidecar.explain.recogniser import explain
from sidecar.handbook import PAGES
from sidecar.handbook.page import Page
from sidecar.model import Fault
from sidecar.render.handbook import handbook_markdown, handbook_text

ROOT = Path(__file__).resolve().parent.parent
BY_HAND = {"chronyc", "cut", "date"}
"""Programs that nobody here can ask."""
COMPARED = {"workload-env-differs", "annotation-differs", "pod-older-than-annotation"}
"""Faults that no text tells: their examples are two outputs of kubectl side by side."""


def test_every_fault_has_a_page_and_every_page_a_fault() -> None:
    """None is forgotten, and none is left over."""
    assert PAGES.keys() == faults.BY_NAME.keys()


@pytest.mark.parametrize("page", PAGES.values(), ids=PAGES)
def test_pages_say_something(page: Page) -> None:
    """Sentences, and at least one step to confirm by."""
    assert 60 < len(page.meaning) < 700
    assert 15 < len(page.impact) < 400
    assert page.meaning.endswith(".")
    assert page.impact.endswith(".")
    assert 1 <= len(page.confirm) <= 5
    assert [step for step in page.confirm if step.startswith("$ ")]


def test_pages_differ() -> None:
    """No two faults mean the same."""
    assert len({page.meaning for page in PAGES.values()}) == len(PAGES)


def test_examples_are_where_no_report_is() -> None:
    """A fault that a case shows has the report of that case; every other one has a text on its page."""
    shown = {case.fault.name for case in CASES if case.fault}
    assert {name for name, page in PAGES.items() if page.example} == PAGES.keys() - shown


@pytest.mark.parametrize("name", [name for name, page in PAGES.items() if page.example])
def test_explain_reads_the_examples(name: str) -> None:
    """What a page shows as a fault's text is told as that fault, but for those that two commands show together."""
    verdict = explain(PAGES[name].example.encode()).verdict
    assert verdict == (None if name in COMPARED else faults.BY_NAME[name])


@pytest.mark.parametrize("fault", faults.ALL, ids=lambda fault: fault.name)
def test_pages_are_rendered(fault: Fault) -> None:
    """For a terminal, 100 columns but for commands; and in Markdown with the example."""
    text = handbook_text(fault)
    heading, _, _ = text.partition(f"\n  {fault.severity}: ")
    assert heading.replace("\n   ", "") == f"{fault.code} {fault.name}: {fault.title}"
    assert all(len(line) <= 100 for line in heading.splitlines())
    assert all(len(line) <= 100 or line.startswith("    ") for line in text.splitlines())
    assert [part for part in ("Meaning", "Impact", "Confirm by hand", "Mend") if f"\n{part}\n" not in text] == []
    page = handbook_markdown(fault, "an example", ("a.b",))
    assert page.startswith(f"# {fault.code} {fault.name}\n")
    assert "```text\nan example\n```" in page
    assert "[a.b](../checks.md#ab)" in page
    assert "Named by no check" in handbook_markdown(fault, "an example", ())


@pytest.mark.parametrize("fault", faults.ALL, ids=lambda fault: fault.name)
def test_steps_can_be_pasted(fault: Fault) -> None:
    """Each command by which a fault is confirmed by hand is one that its program takes."""
    for step in PAGES[fault.name].confirm:
        if step.startswith("$ "):
            command = step.removeprefix("$ ").partition(" >")[0]
            assert command.split()[0] in BY_HAND or taken(command)


def test_steps_show_no_secret() -> None:
    """Nobody is told to print a token or a secret key to a terminal or a ticket."""
    steps = [step for page in PAGES.values() for step in page.confirm]
    assert [step for step in steps if re.search(r"-- env$|cat \$AWS|cat TOKEN|create token", step)] == []


def test_other_partitions_are_told_of() -> None:
    """Where IAM is asked, the page says what the command needs elsewhere."""
    assert "--region cn-north-1" in handbook_text(faults.TRUST_POLICY_DENIED)
    assert "--region cn-north-1" not in handbook_text(faults.TOKEN_EMPTY)
    assert "--region cn-north-1" in handbook_markdown(faults.ROLE_ARN_INVALID, "", ())


def test_docs_are_up_to_date() -> None:
    """docs/faults and the reference pages are what the program's tables make of them, and nothing more."""
    command = [sys.executable, str(ROOT / "tools" / "render_docs.py"), "--check"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("fault", faults.ALL, ids=lambda fault: fault.name)
def test_every_page_has_an_example(fault: Fault) -> None:
    """Of a report, or a text that shows it."""
    page = (ROOT / "docs" / "faults" / f"{fault.code}.md").read_text(encoding="utf-8")
    _, _, example = page.partition("## Example\n\n```text\n")
    assert len(example) > 40
