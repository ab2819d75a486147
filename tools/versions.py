#!/usr/bin/env python3
"""The version, and what CHANGELOG.md says of it; as a script: does a tag name this version?

Needs the standard library only: the release workflow asks before anything is installed.
"""

import argparse
import ast
import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
_SECTION = re.compile(r"^## \[(?P<name>[^]\n]+)\](?P<rest>[^\n]*)\n(?P<text>.*?)(?=^## |\Z)", re.MULTILINE | re.DOTALL)


def version(root: Path = ROOT) -> str:
    """Return the version that stands in the package: of this checkout, whichever is installed."""
    module = ast.parse((root / "sidecar" / "__init__.py").read_text(encoding="utf-8"))
    for node in module.body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__version__":
            return str(ast.literal_eval(node.value))
    message = "sidecar/__init__.py names no __version__."
    raise SystemExit(message)


def changes(number: str, root: Path = ROOT) -> str:
    """Return what the changelog says of a version. Ends the program where that has no section, no date or no text."""
    sections = {
        found["name"]: found for found in _SECTION.finditer((root / "CHANGELOG.md").read_text(encoding="utf-8"))
    }
    if number not in sections:
        message = f"CHANGELOG.md has no section for {number}: write '## [{number}] - YYYY-MM-DD' under [Unreleased]."
    elif not re.fullmatch(r" - \d{4}-\d{2}-\d{2}", sections[number]["rest"]):
        message = f"The section of {number} in CHANGELOG.md has no date: write '## [{number}] - YYYY-MM-DD'."
    elif not sections[number]["text"].strip():
        message = f"The section of {number} in CHANGELOG.md is empty."
    else:
        return sections[number]["text"].strip() + "\n"
    raise SystemExit(message)


def main() -> None:
    """Say whether the tag is the version's; where it is not, or the changelog is not ready, that is exit 1."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("tag", help="such as v1.2.3")
    tag = parser.parse_args().tag
    number = version()
    if tag != f"v{number}":
        sys.exit(f"The tag {tag} is not v{number}, the version in sidecar/__init__.py.")
    changes(number)
    print(f"The tag {tag} names this version, and CHANGELOG.md has its section.")


if __name__ == "__main__":
    main()
