#!/usr/bin/env python3
"""Hold the help texts in README.md equal to the program's.

A help text is a fenced block whose first line is the command, such as ``$ irsa-doctor check --help``.
Without an option the blocks are rewritten in place; with ``--check`` nothing is written, and a block that
differs, or a command without one, is exit 1.
"""

import argparse
import os
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
BLOCK = re.compile(
    r"^(?P<opening>```[^\n`]*\n\$ irsa-doctor(?P<command>(?: [a-z]+)?) --help\n)(?P<text>.*?)^```$",
    re.MULTILINE | re.DOTALL,
)


def main() -> int:
    """Rewrite or check; return 0, or 1 where something is not as it should be."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="write nothing, exit 1 on a difference")
    parser.add_argument("readme", nargs="?", type=Path, default=ROOT / "README.md", help="default: README.md")
    arguments = parser.parse_args()
    before = arguments.readme.read_text(encoding="utf-8")
    texts = {command: help_text(command) for command in commands()}
    after = rewritten(before, texts)
    complaints = [f"no block for: irsa-doctor {command} --help" for command in missing(before, texts)]
    if arguments.check and after != before:
        complaints.append("a help text is not the program's; to mend it: python tools/readme_help.py")
    elif after != before:
        arguments.readme.write_text(after, encoding="utf-8")
    for complaint in complaints:
        print(f"{arguments.readme.name}: {complaint}", file=sys.stderr)
    return 1 if complaints else 0


def commands() -> list[str]:
    """Return the commands as the program's own help lists them, after none: the help of the program itself."""
    listed = re.search(r"^commands:\n((?:  [a-z]+ .*\n)+)", help_text(""), re.MULTILINE)
    return ["", *(line.split()[0] for line in listed[1].splitlines())] if listed else [""]


def help_text(command: str) -> str:
    """Return what the program answers to ``--help``."""
    search = os.pathsep.join(filter(None, (str(ROOT), os.environ.get("PYTHONPATH"))))
    done = subprocess.run(
        [sys.executable, "-m", "sidecar", *command.split(), "--help"],
        capture_output=True,
        check=True,
        encoding="utf-8",
        env=os.environ | {"PYTHONPATH": search},
    )
    return done.stdout


def rewritten(readme: str, texts: dict[str, str]) -> str:
    """Return the README with the program's help texts in its blocks; a stranger's block stays as it is."""
    return BLOCK.sub(lambda block: f"{block['opening']}{texts.get(block['command'].strip(), block['text'])}```", readme)


def missing(readme: str, texts: dict[str, str]) -> list[str]:
    """Return the commands whose help text has no block; the program's own may be left out."""
    found = {block["command"].strip() for block in BLOCK.finditer(readme)}
    return [command for command in texts if command and command not in found]


if __name__ == "__main__":
    sys.exit(main())
