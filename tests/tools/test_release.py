"""`make release` makes a whole release without a network, and none at all where something is not as it should be."""

import errno
import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

import sidecar
from test_repository import repository_files

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tools"))

import release  # noqa: E402 - after the tools are within reach
from locked import locked  # noqa: E402

pytestmark = pytest.mark.xdist_group("release")  # one release is made for all of them

NUMBER = sidecar.__version__
WHEEL, SDIST, BILL = (
    f"irsa_doctor-{NUMBER}-py3-none-any.whl",
    f"irsa_doctor-{NUMBER}.tar.gz",
    f"irsa-doctor-{NUMBER}.cdx.json",
)
FILES = ["CHANGES.md", "SHA256SUMS", BILL, WHEEL, SDIST]
GIT = ["git", "-c", "user.name=x", "-c", "user.email=x", "-c", "init.defaultBranch=x", "-c", "safe.directory=*"]
DATE = "2026-11-25T10:00:00+01:00"


def git(folder: Path, *words: str) -> str:
    """Return what git says in a folder."""
    environ = os.environ | {"GIT_AUTHOR_DATE": DATE, "GIT_COMMITTER_DATE": DATE}
    done = subprocess.run([*GIT, *words], cwd=folder, capture_output=True, check=True, text=True, env=environ)
    return done.stdout.strip()


def dated(changelog: str) -> str:
    """Return a changelog in which what is not released yet is this version's."""
    once = changelog.replace(f"## [{NUMBER}]", "## [0.0.0]")
    return once.replace("## [Unreleased]\n", f"## [Unreleased]\n\n## [{NUMBER}] - 2026-11-25\n\n- Ready.\n", 1)


@pytest.fixture(scope="module")
def ready(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a repository of this checkout's files in which all is ready for a release."""
    folder = tmp_path_factory.mktemp("ready") / "clone"
    for path in repository_files():
        (folder / path.relative_to(ROOT)).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, folder / path.relative_to(ROOT))
    changelog = folder / "CHANGELOG.md"
    changelog.write_text(dated(changelog.read_text(encoding="utf-8")), encoding="utf-8")
    with (folder / "Makefile").open("a", encoding="utf-8") as makefile:
        makefile.write("\nimage:\n\t@true\n")
    git(folder, "init", "--quiet")
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--message=ready")
    return folder


@pytest.fixture
def clone(ready: Path, tmp_path: Path) -> Path:
    """Return a clone to spoil."""
    git(tmp_path, "clone", "--quiet", str(ready), "clone")
    return tmp_path / "clone"


@pytest.fixture(scope="module")
def stubs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder of programs that only note how they were called: what builds images needs more than this."""
    folder = tmp_path_factory.mktemp("stubs")
    for name in ("make", "buildah"):
        path = folder / name
        path.write_text(f'#!/bin/sh\necho "{name} $*" >>"{folder}/calls"\n')
        path.chmod(0o755)
    return folder


def start(folder: Path, *before: str, **settings: str) -> "subprocess.CompletedProcess[str]":
    """Run the tool in a repository, as `make release` does."""
    environ = {name: value for name, value in os.environ.items() if name != "CI"} | settings
    command = [*before, sys.executable, "tools/release.py"]
    return subprocess.run(command, cwd=folder, capture_output=True, check=False, text=True, env=environ)


def unplugged() -> list[str]:
    """Return the words before a command that take its network away; none where that takes more rights than these."""
    command = ["unshare", "--net"]
    try:
        subprocess.run([*command, "true"], check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        return []
    return command


@pytest.fixture(scope="module")
def released(ready: Path, stubs: Path) -> tuple[Path, str]:
    """Return where a release was made, without a network where that can be had, and what was said."""
    (ready / "dist").mkdir()
    (ready / "dist" / "old").touch()
    done = start(ready, *unplugged(), PATH=f"{stubs}{os.pathsep}{os.environ['PATH']}")
    assert (done.returncode, done.stderr) == (0, "")
    return ready / "dist", done.stdout


def test_it_says_what_it_did(released: tuple[Path, str], ready: Path, stubs: Path) -> None:
    """It names the version, the commit, each file and the image, and that nothing was published."""
    first, *middle, last = released[1].splitlines()
    commit = git(ready, "rev-parse", "HEAD")
    assert first == f"irsa-doctor {NUMBER} of commit {commit}: built twice with the same bytes, and checked."
    assert middle == [*(f"  dist/{name}" for name in FILES), f"  image irsa-doctor:{NUMBER}"]
    assert last == "Nothing was published."
    assert (stubs / "calls").read_text().splitlines() == [f"make image IMAGE=irsa-doctor:{NUMBER}"]


def test_it_uses_no_network(released: tuple[Path, str]) -> None:
    """It was made in a network namespace in which not even this machine can be reached."""
    if not (words := unplugged()):
        pytest.skip("a network namespace cannot be made here")
    asked = "import socket; print(socket.socket().connect_ex(('127.0.0.1', 9)))"
    done = subprocess.run([*words, sys.executable, "-c", asked], capture_output=True, check=True, text=True)
    assert int(done.stdout) == errno.ENETUNREACH
    assert released[0].is_dir()


def test_it_leaves_these_files(released: tuple[Path, str]) -> None:
    """What lay in dist before is gone; each file's checksum is right, by the judge that people ask."""
    folder, _ = released
    assert sorted(path.name for path in folder.iterdir()) == FILES
    judged = subprocess.run(
        ["sha256sum", "--check", "--strict", "SHA256SUMS"], cwd=folder, capture_output=True, check=True
    )
    assert judged.stdout.decode().splitlines() == [f"{name}: OK" for name in FILES if name != "SHA256SUMS"]
    assert (folder / "CHANGES.md").read_text(encoding="utf-8").startswith("- Ready.\n")


def test_everything_is_of_the_commits_moment(released: tuple[Path, str]) -> None:
    """The time in wheel, sdist and bill of materials is the commit's, so that anybody can make the same bytes."""
    folder, _ = released
    with zipfile.ZipFile(folder / WHEEL) as wheel:
        assert {entry.date_time for entry in wheel.infolist()} == {(2026, 11, 25, 9, 0, 0)}
    with tarfile.open(folder / SDIST) as sdist:
        assert {entry.mtime for entry in sdist.getmembers()} == {1_795_597_200}
    assert json.loads((folder / BILL).read_text())["metadata"]["timestamp"] == "2026-11-25T09:00:00+00:00"


def test_another_build_gives_the_same_bytes(released: tuple[Path, str], clone: Path, tmp_path: Path) -> None:
    """A stranger's plain build of the commit, in its own checkout, is the release byte for byte."""
    folder, _ = released
    command = [sys.executable, "-m", "build", "--no-isolation", "--outdir", str(tmp_path / "built"), str(clone)]
    moment = git(clone, "log", "-1", "--format=%ct")
    subprocess.run(command, check=True, capture_output=True, env=os.environ | {"SOURCE_DATE_EPOCH": moment})
    for name in (WHEEL, SDIST):
        assert (tmp_path / "built" / name).read_bytes() == (folder / name).read_bytes()


def uncommitted(clone: Path) -> None:
    """Change what git tracks."""
    (clone / "README.md").write_text("Other.\n")


def untracked(clone: Path) -> None:
    """Add what git does not know."""
    (clone / "sidecar" / "new.py").touch()


def undated(clone: Path) -> None:
    """Commit a changelog with no section for the version."""
    (clone / "CHANGELOG.md").write_text("# Changelog\n\n## [Unreleased]\n\n- Something.\n")
    git(clone, "commit", "--quiet", "--all", "--message=undated")


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (uncommitted, "No release: The tree is not clean, and a release is made of a commit:\n M README.md\n"),
        (untracked, "No release: The tree is not clean, and a release is made of a commit:\n?? sidecar/new.py\n"),
        (
            undated,
            f"CHANGELOG.md has no section for {NUMBER}: write '## [{NUMBER}] - YYYY-MM-DD' under [Unreleased].\n",
        ),
    ],
)
def test_what_is_not_ready_is_not_released(clone: Path, spoil: Callable[[Path], None], said: str) -> None:
    """It ends with one sentence, and what lay in dist stays there."""
    (clone / "dist").mkdir()
    (clone / "dist" / "old").touch()
    spoil(clone)
    done = start(clone)
    assert (done.returncode, done.stdout, done.stderr) == (1, "", said)
    assert [path.name for path in (clone / "dist").iterdir()] == ["old"]


def refused(act: Callable[[], object]) -> str:
    """Return the sentence with which something ends."""
    with pytest.raises(SystemExit) as ended:
        act()
    return str(ended.value)


def test_builds_that_differ_are_named(tmp_path: Path) -> None:
    """Files with other bytes, and files that only one build made, are named; the same ones are not."""
    for folder, texts in {"a": {"same": "1", "other": "1", "one": "1"}, "b": {"same": "1", "other": "2"}}.items():
        (tmp_path / folder).mkdir()
        for name, text in texts.items():
            (tmp_path / folder / name).write_text(text)
    said = refused(lambda: release.compare(tmp_path / "a", tmp_path / "b"))
    assert said == "No release: Not reproducible: built twice, these differ: one, other."


def rewritten(wheel: Path, folder: Path, change: Callable[[dict[str, bytes]], None]) -> Path:
    """Return a copy of a wheel whose content was changed."""
    with zipfile.ZipFile(wheel) as archive:
        content = {name: archive.read(name) for name in archive.namelist()}
    change(content)
    with zipfile.ZipFile(folder / wheel.name, "w") as archive:
        for name, data in content.items():
            archive.writestr(name, data)
    return folder / wheel.name


METADATA = f"irsa_doctor-{NUMBER}.dist-info/METADATA"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda content: content.update({"tests/x.py": b""}), "only one of them: tests/x.py."),
        (lambda content: content.pop("sidecar/jwt.py"), "only one of them: sidecar/jwt.py."),
        (lambda content: content.pop(METADATA), f"The wheel is not of version {NUMBER}: it has no irsa_doctor-"),
        (
            lambda content: content.update(
                {METADATA: content[METADATA].replace(b"Requires-Dist: ", b"Requires-Dist: ;")}
            ),
            "The wheel's metadata is not valid: ",
        ),
        (
            lambda content: content.update({METADATA: re.sub(rb"\nVersion: .*", b"\nVersion: 99", content[METADATA])}),
            f"The wheel's metadata is of version 99, not {NUMBER}.",
        ),
        (
            lambda content: content.update({METADATA: content[METADATA].replace(b"text/markdown", b"text/plain")}),
            "The wheel's description is not README.md as text/markdown.",
        ),
    ],
)
def test_a_wheel_that_is_not_the_package_is_refused(
    released: tuple[Path, str],
    ready: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    change: Callable[[dict[str, bytes]], None],
    said: str,
) -> None:
    """What is too much, too little, or not as an index wants it, is named."""
    monkeypatch.setattr(release, "ROOT", ready)
    release.check_wheel(released[0] / WHEEL, NUMBER)
    spoilt = rewritten(released[0] / WHEEL, tmp_path, change)
    assert said in refused(lambda: release.check_wheel(spoilt, NUMBER))


def test_an_sdist_that_lacks_something_is_refused(tmp_path: Path) -> None:
    """What a build or a reader needs is named where it is missing."""
    with tarfile.open(tmp_path / SDIST, "w:gz") as archive:
        archive.add(ROOT / "LICENSE", f"irsa_doctor-{NUMBER}/LICENSE")
    said = refused(lambda: release.check_sdist(tmp_path / SDIST, NUMBER))
    assert said == (
        "No release: The sdist lacks: PKG-INFO, README.md, CHANGELOG.md, pyproject.toml, sidecar/__init__.py."
    )


def test_a_wheel_that_says_another_version_is_refused(released: tuple[Path, str]) -> None:
    """What the installed program says of itself must be the release's version."""
    said = refused(lambda: release.check_installed(released[0] / WHEEL, "99"))
    assert said == f"No release: The installed program says that it is 'irsa-doctor {NUMBER}', not 'irsa-doctor 99'."


def test_a_wheel_that_needs_what_is_not_locked_is_refused(
    released: tuple[Path, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A dependency that the image's lock does not hold would be missing there."""
    without = [package for package in locked() if package.name != "pyjwt"]
    monkeypatch.setattr("release.locked", lambda: without)
    said = refused(lambda: release.check_installed(released[0] / WHEEL, NUMBER))
    assert said.startswith("No release: This failed: ")
    assert "requires pyjwt, which is not installed" in said


@pytest.mark.parametrize(
    ("makefile", "programs", "lacking"),
    [
        ("all:\n", ["buildah"], "the Makefile has no target 'image'"),
        ("image: x\n", [], "neither buildah nor podman is installed"),
        ("image: x\n", ["buildah"], ""),
        ("image: x\n", ["podman"], ""),
    ],
)
def test_the_image_is_built_where_it_can_be(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, makefile: str, programs: list[str], lacking: str
) -> None:
    """Where it cannot be built that is said, and in CI there is no release without it."""
    (tmp_path / "Makefile").write_text(makefile)
    for name in ("make", *programs):
        (tmp_path / name).write_text("#!/bin/sh\n")
        (tmp_path / name).chmod(0o755)
    monkeypatch.setattr(release, "ROOT", tmp_path)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("CI", raising=False)
    said = f"The image was not built: {lacking}." if lacking else "  image irsa-doctor:1.2.3"
    assert release.image("1.2.3") == said
    monkeypatch.setenv("CI", "true")
    if lacking:
        assert refused(lambda: release.image("1.2.3")) == f"No release: {said}"
    else:
        assert release.image("1.2.3") == said


def test_what_fails_says_why(tmp_path: Path) -> None:
    """A step's own words are shown where it fails; a program that is missing is named."""
    said = refused(lambda: release.run(["sh", "-c", "echo out; echo why >&2; exit 3"], tmp_path))
    assert said == "No release: This failed: sh -c echo out; echo why >&2; exit 3\nout\nwhy"
    assert (
        refused(lambda: release.run(["no-such-program"], tmp_path)) == "No release: There is no 'no-such-program' here."
    )


@pytest.mark.parametrize("target", ["release", "sbom"])
def test_make_starts_the_tool(target: str) -> None:
    """The targets start the tools, after the environment is there."""
    command = ["make", "--dry-run", "--no-print-directory", target, "VENV=.venv"]
    environ = {name: value for name, value in os.environ.items() if not name.startswith(("MAKE", "MFLAGS"))}
    done = subprocess.run(command, cwd=ROOT, capture_output=True, check=True, text=True, env=environ)
    assert done.stdout.splitlines() == [
        "tools/venv.sh .venv requirements/dev.txt",
        f".venv/bin/python tools/{target}.py",
    ]
