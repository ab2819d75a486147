"""What the Dockerfile's build stage does besides pip: choose from a lock, and make the tree that the image adds.

``lock LOCK [--only NAME...] [--without NAME...]`` prints a part of a lock, hashes and all. ``tree PACKAGES STDLIB
TARGET`` prunes installed packages, byte-compiles them and the base image's standard library, and settles what would
differ from build to build. Both fail where something that they are told of is not there. Needs no package.
"""

import argparse
import compileall
import os
import re
import shutil
import sys
from collections.abc import Collection, Sequence
from pathlib import Path
from py_compile import PycInvalidationMode

DATA = ("_retry.json", "endpoints.json", "iam", "partitions.json", "sdk-default-configuration.json", "sts")
"""What is kept of botocore's data, without ``.gz``: retries, endpoints, partitions, and the two services."""
UNUSED = (
    "bin",
    "boto3*",
    "pip*",
    "s3transfer*",
    "setuptools*",
    "sidecar/lab",
    "**/tests",
    "**/*.pyi",
    "**/__pycache__",
    "botocore/data/*/*/examples-1.json*",
    "*.dist-info/RECORD",  # of what was installed, no more of what is there
    "*.dist-info/REQUESTED",
    "*.dist-info/direct_url.json",  # where the wheel lay
)
"""Patterns of what no command of the image reads."""
UNCOMPILED = frozenset({"__pycache__", "distutils", "ensurepip", "idlelib", "lib2to3", "pydoc_data", "test", "tkinter"})
"""Folders of the standard library that no command reads from, besides those with a dash in their name and ``tests``."""
_TO_RUN, _TO_READ = 0o755, 0o644


class WrongError(Exception):
    """What was to be there is not; in a sentence."""


# ------------------------------------------------------------------------------------------------------- a lock's part


def chosen(text: str, only: Collection[str], without: Collection[str]) -> str:
    """Return a lock's entries: ``only`` these, where any are named, and all but those ``without``."""
    entries = {entry[0]: entry[1] for entry in _entries(text)}
    if unknown := {*only, *without} - entries.keys():
        message = f"the lock does not hold {', '.join(sorted(unknown))}"
        raise WrongError(message)
    return "".join(entry for name, entry in entries.items() if name not in without and (not only or name in only))


def _entries(text: str) -> list[tuple[str, str]]:
    pieces = re.split(r"^(?=[a-z0-9])", text, flags=re.MULTILINE)
    return [(re.split(r"[\[=]", piece)[0], piece) for piece in pieces if "==" in piece]


# ------------------------------------------------------------------------------------------------------------- the tree


def pruned(packages: Path) -> list[Path]:
    """Remove what no command reads, and return it. Raises `WrongError` where something to be kept is not there."""
    data = packages / "botocore" / "data"
    kept = {path for name in DATA for path in (data / name, data / f"{name}.gz") if path.exists()}
    if missing := {name for name in DATA if not {data / name, data / f"{name}.gz"} & kept}:
        message = f"botocore's data has no {', '.join(sorted(missing))}"
        raise WrongError(message)
    unused = {path for pattern in UNUSED for path in packages.glob(pattern)}
    removed = sorted((set(data.iterdir()) - kept) | unused)
    for path in removed:
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)  # it may have lain in a folder that is gone
    return removed


def compiled(folder: Path, place: str) -> None:
    """Compile what lies in a folder, which will lie at ``place``: never to be compared with its source again."""
    mode = PycInvalidationMode.UNCHECKED_HASH
    if not compileall.compile_dir(
        folder, stripdir=folder, prependdir=place, quiet=1, force=True, invalidation_mode=mode
    ):
        message = f"not all of {place} can be compiled"
        raise WrongError(message)


def standard(stdlib: Path, target: Path) -> None:
    """Compile the base's standard library, and put into ``target`` what came of it, not what it was made of.

    The interpreter that does this must be of the base's minor version: another's byte code would be passed over.
    """
    if stdlib.name != f"python{sys.version_info.major}.{sys.version_info.minor}":
        message = f"{stdlib.name} cannot be compiled by Python {sys.version_info.major}.{sys.version_info.minor}"
        raise WrongError(message)
    shutil.copytree(stdlib, target, ignore=_uncompiled, symlinks=True)
    compiled(target, f"/usr/lib/{stdlib.name}")
    for path in sorted(target.rglob("*"), reverse=True):  # a folder comes after what is in it
        if path.is_symlink() or (path.is_file() and path.suffix != ".pyc"):
            path.unlink()
        elif path.is_dir() and not any(path.iterdir()):
            path.rmdir()


def _uncompiled(_: str, names: Sequence[str]) -> set[str]:
    return {name for name in names if name in UNCOMPILED or name == "tests" or "-" in name}


def settled(target: Path, epoch: int) -> None:
    """Give everything one time and the modes that let any user read it."""
    for path in (target, *target.rglob("*")):
        if not path.is_symlink():
            path.chmod(_TO_RUN if path.is_dir() or path.parent.name == "bin" else _TO_READ)
        os.utime(path, (epoch, epoch), follow_symlinks=False)


def tree(packages: Path, stdlib: Path, target: Path, epoch: int) -> list[Path]:
    """Make all that the image adds to its base in ``target``; return what was left out of the packages."""
    place = f"/usr/local/lib/{stdlib.name}/dist-packages"
    removed = pruned(packages)
    installed = target / place.lstrip("/")
    shutil.copytree(packages, installed, symlinks=True)
    compiled(installed, place)
    standard(stdlib, target / "usr/lib" / stdlib.name)
    program = target / "usr/local/bin/irsa-doctor"
    program.parent.mkdir(parents=True)
    program.write_text(f"#!/usr/bin/{stdlib.name} -I\nimport sys\n\nfrom sidecar.cli import main\n\nsys.exit(main())\n")
    settled(target, epoch)
    return removed


def main(argv: Sequence[str] | None = None) -> int:
    """Do what the command line says. Raises SystemExit with a sentence where it cannot be done."""
    parser = argparse.ArgumentParser(description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    lock = commands.add_parser("lock")
    lock.add_argument("lock", type=Path)
    lock.add_argument("--only", nargs="+", default=())
    lock.add_argument("--without", nargs="+", default=())
    grown = commands.add_parser("tree")
    for name in ("packages", "stdlib", "target"):
        grown.add_argument(name, type=Path)
    options = parser.parse_args(argv)
    try:
        if options.command == "lock":
            print(chosen(options.lock.read_text(encoding="utf-8"), options.only, options.without), end="")
        else:
            epoch = int(os.environ.get("SOURCE_DATE_EPOCH") or 0)
            for path in tree(options.packages, options.stdlib, options.target, epoch):
                print(f"left out: {path.relative_to(options.packages)}")
    except WrongError as error:
        message = f"tools/image_tree.py: {error}"
        raise SystemExit(message) from None
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
