"""Write docs/checks.md and docs/faults.md from the tables of the code, or with --check say whether they agree."""

import argparse
import sys
from pathlib import Path

from sidecar.checks import CHAIN, FAULTS_BY_CHECK
from sidecar.faults import ALL
from sidecar.render.reference import checks_by_fault, checks_page, faults_page

DOCS = Path(__file__).resolve().parent.parent / "docs"


def pages() -> dict[Path, str]:
    """Return each page's text by its path."""
    return {
        DOCS / "checks.md": checks_page(CHAIN, FAULTS_BY_CHECK),
        DOCS / "faults.md": faults_page(ALL, checks_by_fault(FAULTS_BY_CHECK)),
    }


def main() -> int:
    """Write the pages; with --check write nothing, and return 1 where one differs."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 where a page is not up to date")
    check = parser.parse_args().check
    stale = {path: text for path, text in pages().items() if not path.is_file() or path.read_text("utf-8") != text}
    for path, text in stale.items():
        if check:
            print(f"{path.name} is not up to date: run python tools/render_docs.py", file=sys.stderr)
        else:
            path.parent.mkdir(exist_ok=True)
            path.write_text(text, encoding="utf-8")
            print(f"wrote {path.name}")
    return 1 if check and stale else 0


if __name__ == "__main__":
    sys.exit(main())
