"""Write the reference pages from the tables of the code, or with --check say whether they agree.

docs/checks.md, docs/faults.md, and a page for each fault in docs/faults. Examples are real renderings of the cases that
the tests have: they are written by the program, not by hand.
"""

import argparse
import sys
from datetime import UTC, datetime
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests"))

from cases import CASES, Case  # noqa: E402 - after the tests are within reach
from sidecar.checks import CHAIN, FAULTS_BY_CHECK  # noqa: E402
from sidecar.diagnosis import diagnose  # noqa: E402
from sidecar.faults import ALL  # noqa: E402
from sidecar.handbook import PAGES  # noqa: E402
from sidecar.model import Absent, Fault  # noqa: E402
from sidecar.render.handbook import handbook_markdown  # noqa: E402
from sidecar.render.reference import checks_by_fault, checks_page, faults_page  # noqa: E402
from sidecar.render.text import short  # noqa: E402

DOCS = ROOT / "docs"
_NOT_ASKED = Absent("the exchange was not asked for (--no-exchange)")
_STARTED = datetime(2026, 11, 25, 10, tzinfo=UTC).timestamp()


def pages() -> dict[Path, str]:
    """Return each page's text by its path."""
    named = checks_by_fault(FAULTS_BY_CHECK)
    return {
        DOCS / "checks.md": checks_page(CHAIN, FAULTS_BY_CHECK),
        DOCS / "faults.md": faults_page(ALL),
        **{
            DOCS / "faults" / f"{fault.code}.md": handbook_markdown(fault, example(fault), named.get(fault.code, ()))
            for fault in ALL
        },
    }


def example(fault: Fault) -> str:
    """Return what `check --format short` prints of the fault, or a text that shows it where no check names it."""
    case = next((case for case in CASES if case.fault == fault), None)
    if case is not None:
        return _report(case)
    return PAGES[fault.name].example or "No check and no text of this version names this fault yet."


def _report(case: Case) -> str:
    asked = case.check.startswith(("exchange.", "clock."))
    unasked = dict.fromkeys(("sts", "caller", "clock"), _NOT_ASKED)
    facts = case.facts if asked else case.facts._replace(**unasked)  # type: ignore[arg-type] # a kind of each
    return short(diagnose(facts, CHAIN, version="0", started=_STARTED, duration_seconds=0.1), colour=False)


def main() -> int:
    """Write the pages; with --check write nothing, and return 1 where one differs or is too many."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 where a page is not up to date")
    check = parser.parse_args().check
    made = pages()
    stale = [path for path, text in made.items() if not path.is_file() or path.read_text("utf-8") != text]
    strays = [path for path in (DOCS / "faults").glob("*") if path not in made]
    for path in (*stale, *strays):
        if check:
            print(f"{path.relative_to(ROOT)} is not up to date: run make docs", file=sys.stderr)
        elif path in made:
            path.parent.mkdir(exist_ok=True)
            path.write_text(made[path], encoding="utf-8")
        else:
            path.unlink()
    return 1 if check and (stale or strays) else 0


if __name__ == "__main__":
    sys.exit(main())
