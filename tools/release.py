#!/usr/bin/env python3
"""Make a release in dist, publish nothing, use no network: build, check, and say what was done.

Each step that is not as it should be ends with one sentence and exit 1. Only the image's step, which is make image's,
may need what is not on this machine: its base.
"""

import hashlib
import os
import re
import shutil
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NoReturn

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tools"))

from locked import installed, locked  # noqa: E402 - after it is within reach
from packaging.metadata import Metadata  # noqa: E402
from sbom import bill, moment  # noqa: E402
from versions import changes, version  # noqa: E402

DIST = ROOT / "dist"


def main() -> None:
    """Make the release, step by step; dist is replaced only when all are done."""
    require_clean()
    number, seconds = version(), moment()
    notes = changes(number)
    with TemporaryDirectory() as scratch:
        made = Path(scratch) / "dist"
        build(made, seconds)
        check(made, number)
        (made / "CHANGES.md").write_text(notes, encoding="utf-8")
        (made / f"irsa-doctor-{number}.cdx.json").write_text(bill(number, seconds), encoding="utf-8")
        write_checksums(made)
        of_image = image(number)
        shutil.rmtree(DIST, ignore_errors=True)
        shutil.move(made, DIST)
    print(f"irsa-doctor {number} of commit {git('rev-parse', 'HEAD')}: built twice with the same bytes, and checked.")
    print(*(f"  {path.relative_to(ROOT)}" for path in sorted(DIST.iterdir())), of_image, sep="\n")
    print("Nothing was published.")


def require_clean() -> None:
    """End where the tree holds what the commit does not: a release is of a commit."""
    if changed := git("status", "--porcelain", "--untracked-files=normal"):
        refuse(f"The tree is not clean, and a release is made of a commit:\n{changed}")


def build(folder: Path, seconds: int) -> None:
    """Build sdist and wheel into a new folder, and again elsewhere; end where the bytes differ."""
    with TemporaryDirectory() as scratch:
        again = Path(scratch) / "again"
        build_commit(folder, seconds, TZ="UTC", PYTHONHASHSEED="1")
        build_commit(again, seconds, TZ="Asia/Kathmandu", PYTHONHASHSEED="2")
        compare(folder, again)


def build_commit(folder: Path, seconds: int, **settings: str) -> None:
    """Build sdist, and of it the wheel, of the commit in a fresh folder, where nothing lies that git does not track."""
    with TemporaryDirectory() as scratch:
        archive = Path(scratch) / "commit.tar"
        git("archive", "--output", str(archive), "HEAD")
        with tarfile.open(archive) as tar:
            tar.extractall(Path(scratch) / "commit", filter="data")
        command = [sys.executable, "-m", "build", "--no-isolation", "--outdir", str(folder), "."]
        run(command, Path(scratch) / "commit", SOURCE_DATE_EPOCH=str(seconds), **settings)


def compare(first: Path, second: Path) -> None:
    """End where two folders do not hold the same files with the same bytes."""
    ours, theirs = ({path.name: path.read_bytes() for path in folder.iterdir()} for folder in (first, second))
    if different := sorted(name for name in ours | theirs if ours.get(name) != theirs.get(name)):
        refuse(f"Not reproducible: built twice, these differ: {', '.join(different)}.")


def check(folder: Path, number: str) -> None:
    """End where the wheel or the sdist is not fit to be released."""
    [wheel], [sdist] = folder.glob("*.whl"), folder.glob("*.tar.gz")
    check_wheel(wheel, number)
    check_sdist(sdist, number)
    check_installed(wheel, number)


def check_wheel(wheel: Path, number: str) -> None:
    """End where the wheel holds anything but the package, lacks a file of it, or has metadata that an index refuses."""
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
        described = f"irsa_doctor-{number}.dist-info"
        try:
            metadata = Metadata.from_email(archive.read(f"{described}/METADATA"), validate=True)
        except KeyError:
            refuse(f"The wheel is not of version {number}: it has no {described}.")
        except ExceptionGroup as invalid:
            refuse(f"The wheel's metadata is not valid: {'; '.join(map(str, invalid.exceptions))}.")
    package = {name for name in names if not name.startswith(f"{described}/")}
    if wrong := sorted(package ^ set(git("ls-files", "sidecar").splitlines())):
        refuse(f"The wheel is not the package that git tracks; in only one of them: {', '.join(wrong)}.")
    check_metadata(metadata, number)


def check_metadata(metadata: Metadata, number: str) -> None:
    """End where the metadata is of another version, or does not show README.md as what it is."""
    shown = (metadata.description or "").strip(), metadata.description_content_type
    if str(metadata.version) != number:
        refuse(f"The wheel's metadata is of version {metadata.version}, not {number}.")
    if shown != ((ROOT / "README.md").read_text(encoding="utf-8").strip(), "text/markdown"):
        refuse("The wheel's description is not README.md as text/markdown.")


def check_sdist(sdist: Path, number: str) -> None:
    """End where the sdist lacks what a build or a reader needs."""
    with tarfile.open(sdist) as archive:
        names = set(archive.getnames())
    needed = ["PKG-INFO", "LICENSE", "README.md", "CHANGELOG.md", "pyproject.toml", "sidecar/__init__.py"]
    if missing := [name for name in needed if f"irsa_doctor-{number}/{name}" not in names]:
        refuse(f"The sdist lacks: {', '.join(missing)}.")


def check_installed(wheel: Path, number: str) -> None:
    """End where the wheel does not start, or lacks something, beside exactly what the lock for the image pins."""
    with TemporaryDirectory() as scratch:
        fresh = Path(scratch) / "fresh"
        run([sys.executable, "-m", "venv", "--without-pip", str(fresh)], Path(scratch))
        pip = [sys.executable, "-m", "pip", "--python", str(fresh / "bin" / "python"), "--disable-pip-version-check"]
        run([*pip, "install", "--quiet", "--no-deps", "--no-index", str(wheel)], Path(scratch))
        link_locked(next(fresh.glob("lib/python*/site-packages")))
        run([*pip, "check"], Path(scratch))
        said = run([str(fresh / "bin" / "irsa-doctor"), "--version"], Path(scratch)).strip()
        if said != f"irsa-doctor {number}":
            refuse(f"The installed program says that it is '{said}', not 'irsa-doctor {number}'.")


def link_locked(site: Path) -> None:
    """Put the packages of the run lock, as they are installed here, into another environment: no index is asked."""
    for package in locked():
        found = installed(package)
        tops = {path.parts[0] for path in found.files or ()} - {"..", "__pycache__"}
        for top in tops:
            (site / top).symlink_to(str(found.locate_file(top)))


def write_checksums(folder: Path) -> None:
    """Write SHA256SUMS, which ``sha256sum --check`` reads, over everything else in the folder."""
    lines = [f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.name}\n" for path in sorted(folder.iterdir())]
    (folder / "SHA256SUMS").write_text("".join(lines), encoding="utf-8")


def image(number: str) -> str:
    """Build the image by ``make image`` where that can be done; return what to say of it. In CI it must be done."""
    name = f"irsa-doctor:{number}"
    if lacking := image_lacks():
        sentence = f"The image was not built: {lacking}."
        if os.environ.get("CI") == "true":
            refuse(sentence)
        return sentence
    run(["make", "image", f"IMAGE={name}"], ROOT)
    return f"  image {name}"


def image_lacks() -> str:
    """Return what keeps the image from being built; nothing where nothing does."""
    if not re.search(r"^image:", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE):
        return "the Makefile has no target 'image'"
    return "" if shutil.which("buildah") or shutil.which("podman") else "neither buildah nor podman is installed"


def git(*words: str) -> str:
    """Return what git says, without the last line's end."""
    return run(["git", "-c", "safe.directory=*", *words], ROOT).rstrip("\n")


def run(command: list[str], folder: Path, **settings: str) -> str:
    """Return what a command prints. Ends with its words where it fails, or cannot be started."""
    environ = os.environ | settings
    try:
        done = subprocess.run(command, cwd=folder, capture_output=True, check=False, encoding="utf-8", env=environ)
    except FileNotFoundError:
        refuse(f"There is no '{command[0]}' here.")
    if done.returncode:
        refuse(f"This failed: {' '.join(command)}\n{done.stdout}{done.stderr}".rstrip())
    return done.stdout


def refuse(sentence: str) -> NoReturn:
    """End the program: there is no release."""
    sys.exit(f"No release: {sentence}")


if __name__ == "__main__":
    main()
