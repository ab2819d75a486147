"""A fault's page: for a terminal, and in Markdown for docs/faults. Pure."""

from collections.abc import Sequence
from textwrap import wrap

from sidecar.handbook import PAGES
from sidecar.handbook.page import Page
from sidecar.model import Fault, Severity
from sidecar.render.reference import SEVERITIES, literal
from sidecar.render.remedy import commands, fill
from sidecar.templates import asks_globally

_WIDTH = 100
_ELSEWHERE = (
    "Outside the partition aws, add a region of the partition to commands for IAM and the account, such as "
    "--region cn-north-1 or --region us-gov-west-1; a report has it already."
)
_MADE = "<!-- Written by tools/render_docs.py: change the code, not this page. -->"


def handbook_text(fault: Fault) -> str:
    """Return the page as `irsa-doctor explain CODE` prints it: 100 columns, commands never wrapped."""
    page = PAGES[fault.name]
    blocks = [
        [*_heading(fault), f"  {SEVERITIES[fault.severity]}"],
        ["Meaning", *_wrapped(page.meaning)],
        ["Impact", *_wrapped(page.impact)],
        ["Confirm by hand", *(line for step in page.confirm for line in _step(step))],
        ["Mend", *_wrapped(fill(fault.remedy, {})), *(f"    {command}" for command in commands(fault, {}))],
        _wrapped(_ELSEWHERE) if _asks_globally(fault, page) else [],
    ]
    return "\n\n".join("\n".join(block) for block in blocks if block)


def handbook_markdown(fault: Fault, example: str, checks: Sequence[str]) -> str:
    """Return the page as docs/faults/CODE.md; ``example`` is a report, or a text where no check names the fault."""
    page = PAGES[fault.name]
    named = ", ".join(f"[{check}](../checks.md#{check.replace('.', '')})" for check in checks)
    told = f"Named by {named}." if named else "Named by no check of this version, but by a text or by hand, as below."
    cure = " Time can cure it: `check --wait` tries again." if fault.transient else ""
    parts = [
        f"# {fault.code} {fault.name}",
        _MADE,
        f"{literal(fault.title[0].upper() + fault.title[1:])}. {_severity(fault.severity)} {told}{cure}",
        "## Meaning",
        literal(page.meaning),
        "## Impact",
        literal(page.impact),
        "## Confirm by hand",
        *(_shown(step) for step in page.confirm),
        "## Mend",
        literal(fill(fault.remedy, {})),
        *([_block(commands(fault, {}), "sh")] if fault.commands else []),
        *([_ELSEWHERE] if _asks_globally(fault, page) else []),
        "## Example",
        _block(example.splitlines(), "text"),
    ]
    return "\n\n".join(parts) + "\n"


def _asks_globally(fault: Fault, page: Page) -> bool:
    """Whether a command of the page asks IAM, which needs a region outside the partition ``aws``."""
    return any(asks_globally(command.removeprefix("$ ")) for command in (*fault.commands, *page.confirm))


def _heading(fault: Fault) -> list[str]:
    return wrap(
        f"{fault.code} {fault.name}: {fault.title}",
        _WIDTH,
        subsequent_indent="    ",
        break_long_words=False,
        break_on_hyphens=False,
    )


def _severity(severity: Severity) -> str:
    told = SEVERITIES[severity]
    return f"{told[0].upper()}{told[1:]}."


def _shown(step: str) -> str:
    return _block([step.removeprefix("$ ")], "sh") if step.startswith("$ ") else literal(step)


def _block(lines: Sequence[str], language: str) -> str:
    return "\n".join([f"```{language}", *lines, "```"])


def _step(step: str) -> list[str]:
    return [f"    {step.removeprefix('$ ')}"] if step.startswith("$ ") else _wrapped(step)


def _wrapped(text: str) -> list[str]:
    return [f"  {line}" for line in wrap(text, _WIDTH - 2, break_long_words=False, break_on_hyphens=False)]
