"""Files that are made of others: written, or with --check held against what they would be."""

import argparse
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def write(files: Mapping[Path, str], description: str | None, present: Iterable[Path] = ()) -> int:
    """Do what the command line says: write each file whose text is another; with --check only tell, and return 1.

    ``present`` are files of which those that are not made any more go.
    """
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 where a file is not up to date")
    check = parser.parse_args().check
    stale = [path for path, text in files.items() if not path.is_file() or path.read_text("utf-8") != text]
    strays = [path for path in present if path not in files]
    for path in (*stale, *strays):
        if check:
            print(f"{path.relative_to(ROOT)} is not up to date: run make docs", file=sys.stderr)
        elif path in files:
            path.parent.mkdir(exist_ok=True)
            path.write_text(files[path], encoding="utf-8")
        else:
            path.unlink()
    return 1 if check and (stale or strays) else 0
