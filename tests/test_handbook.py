"""The handbook: a page for every fault, written and rendered anew."""

import subprocess
import sys
from pathlib import Path

import pytest

from pasted import taken
from sidecar import faults
from sidecar.handbook import PAGES
from sidecar.handbook.page import Page
from sidecar.model import Fault
from sidecar.render.handbook import handbook_markdown, handbook_text

UNNAMED = (faults.WORKLOAD_ENV_DIFFERS, faults.ANNOTATION_DIFFERS, faults.POD_OLDER_THAN_ANNOTATION)
"""What only the Kubernetes API and /proc show."""
BY_HAND = {"cut", "date", "mvn"}
"""Programs that nobody here can ask."""
ROOT = Path(__file__).resolve().parent.parent


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


def test_pages_differ() -> None:
    """No two faults mean the same."""
    assert len({page.meaning for page in PAGES.values()}) == len(PAGES)


@pytest.mark.parametrize("fault", faults.ALL, ids=lambda fault: fault.name)
def test_pages_are_rendered(fault: Fault) -> None:
    """For a terminal, 100 columns but for commands; and in Markdown with the example."""
    text = handbook_text(fault)
    assert text.startswith(f"{fault.code} {fault.name}: {fault.title}\n")
    assert all(len(line) <= 100 or line.startswith("    ") for line in text.splitlines()[1:])
    assert [part for part in ("Meaning", "Impact", "Confirm by hand", "Mend") if f"\n{part}\n" not in text] == []
    page = handbook_markdown(fault, "an example", ("a.b",))
    assert page.startswith(f"# {fault.code} {fault.name}\n")
    assert "```text\nan example\n```" in page
    assert "[a.b](../checks.md#ab)" in page
    assert "Told by texts" in handbook_markdown(fault, "an example", ())
    assert "## Example" not in handbook_markdown(fault, "", ())


def test_docs_are_up_to_date() -> None:
    """docs/faults and the reference pages are what the program's tables make of them, and nothing more."""
    command = [sys.executable, str(ROOT / "tools" / "render_docs.py"), "--check"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("fault", faults.ALL, ids=lambda fault: fault.name)
def test_every_page_has_an_example(fault: Fault) -> None:
    """Printed by the program, and about this fault; a page without one says that nothing names the fault."""
    page = (ROOT / "docs" / "faults" / f"{fault.code}.md").read_text(encoding="utf-8")
    _, _, example = page.partition("## Example\n\n```text\n")
    assert f"{fault.code} {fault.name}" in example or (fault in UNNAMED and "Named by no check and no text" in page)


@pytest.mark.parametrize("fault", faults.ALL, ids=lambda fault: fault.name)
def test_steps_can_be_pasted(fault: Fault) -> None:
    """Each command by which a fault is confirmed by hand is one that its program takes."""
    for step in PAGES[fault.name].confirm:
        if step.startswith("$ "):
            command = step.removeprefix("$ ").partition(" >")[0]
            assert command.split()[0] in BY_HAND or taken(command)


def test_other_partitions_are_told_of() -> None:
    """Where IAM is asked, the page says what the command needs elsewhere."""
    assert "--region cn-north-1" in handbook_text(faults.TRUST_POLICY_DENIED)
    assert "--region cn-north-1" not in handbook_text(faults.TOKEN_EMPTY)
    assert "--region cn-north-1" in handbook_markdown(faults.ROLE_ARN_INVALID, "", ())
