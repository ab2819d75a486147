"""tools/image_tree.py: what it takes out of a lock and of the packages, and what it refuses to do without."""

import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tools"))

import image_tree as tool  # noqa: E402 - after the tools are within reach

LOCK = """# made by
a==1 \\
    --hash=sha256:1
b-c[d]==2 ; python_version < '3' \\
    --hash=sha256:2
    --hash=sha256:3
"""
STDLIB = f"python{sys.version_info.major}.{sys.version_info.minor}"
EPOCH = 1767225600
KEPT = {
    "botocore/data/_retry.json",
    "botocore/data/endpoints.json",
    "botocore/data/partitions.json",
    "botocore/data/sdk-default-configuration.json",
    "botocore/data/iam/1/service-2.json.gz",
    "botocore/data/sts/1/service-2.json.gz",
    "sidecar/__init__.py",
    "x.dist-info/METADATA",
}
LEFT_OUT = {
    "botocore/data/ec2/1/service-2.json.gz",
    "botocore/data/sts/1/examples-1.json",
    "sidecar/lab/lab.py",
    "x/tests/test_x.py",
    "x.dist-info/RECORD",
    "bin/x",
}


@pytest.fixture
def packages(tmp_path: Path) -> Path:
    """Return a folder of packages, some of which the image needs."""
    return laid(tmp_path / "packages", KEPT | LEFT_OUT)


@pytest.fixture
def stdlib(tmp_path: Path) -> Path:
    """Return a small standard library."""
    folder = laid(tmp_path / STDLIB, {"a.py", "b/c.py", "test/d.py", "lib-dynload/e.so", "config-3/f.py"})
    (folder / "sitecustomize.py").symlink_to("/nowhere/sitecustomize.py")  # as Debian's is, seen from another image
    return folder


def laid(folder: Path, paths: set[str]) -> Path:
    """Write empty files."""
    for path in paths:
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).touch()
    return folder


def files(folder: Path) -> set[str]:
    """Return the files below a folder."""
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize(
    ("only", "without", "begins"),
    [((), (), ["a==1", "b-c[d]==2"]), (("b-c",), (), ["b-c[d]==2"]), ((), ("b-c",), ["a==1"])],
)
def test_a_part_of_a_lock(only: tuple[str, ...], without: tuple[str, ...], begins: list[str]) -> None:
    """An entry is taken or left with all its hashes."""
    part = tool.chosen(LOCK, only, without)
    assert [line.split()[0] for line in part.splitlines() if "==" in line] == begins
    assert part.count("--hash") == (("a==1" in begins) + 2 * ("b-c[d]==2" in begins))


@pytest.mark.parametrize(("only", "without"), [(("z",), ()), ((), ("z",))])
def test_what_is_not_locked(only: tuple[str, ...], without: tuple[str, ...]) -> None:
    """A name that the lock does not hold is an error: it may be misspelt."""
    with pytest.raises(tool.WrongError, match="the lock does not hold z"):
        tool.chosen(LOCK, only, without)


def test_pruning(packages: Path) -> None:
    """What is used stays, and what goes is told."""
    removed = {str(path.relative_to(packages)) for path in tool.pruned(packages)}
    assert files(packages) == KEPT
    assert {"botocore/data/ec2", "sidecar/lab", "x/tests", "x.dist-info/RECORD", "bin"} <= removed


@pytest.mark.parametrize("gone", ["endpoints.json", "sts"])
def test_what_is_to_be_kept_must_be_there(packages: Path, gone: str) -> None:
    """Where botocore's data was laid out anew, the build stops before anything is removed."""
    (packages / "botocore/data" / gone).rename(packages / "elsewhere")
    with pytest.raises(tool.WrongError, match=f"botocore's data has no {gone}"):
        tool.pruned(packages)
    assert (packages / "botocore/data/ec2").exists()


def test_data_may_be_packed(packages: Path) -> None:
    """A file of botocore's may be packed, or not."""
    data = packages / "botocore/data"
    (data / "endpoints.json").rename(data / "endpoints.json.gz")
    tool.pruned(packages)
    assert (data / "endpoints.json.gz").exists()


def test_the_tree(packages: Path, stdlib: Path, tmp_path: Path) -> None:
    """The program, the packages and byte code, of one time; of the standard library byte code only."""
    target = tmp_path / "target"
    tool.tree(packages, stdlib, target, EPOCH)
    tag = sys.implementation.cache_tag
    library = {path for path in files(target) if path.startswith(f"usr/lib/{STDLIB}")}
    assert {path.removeprefix(f"usr/lib/{STDLIB}/") for path in library} == {
        f"__pycache__/a.{tag}.pyc",
        f"b/__pycache__/c.{tag}.pyc",
    }
    assert f"usr/local/lib/{STDLIB}/dist-packages/sidecar/__pycache__/__init__.{tag}.pyc" in files(target)
    program = target / "usr/local/bin/irsa-doctor"
    assert program.read_text().startswith(f"#!/usr/bin/{STDLIB} -I\n")
    assert {path.stat().st_mtime for path in target.rglob("*")} == {EPOCH}
    assert {oct(path.stat().st_mode & 0o777) for path in target.rglob("*") if path.is_file() and path != program} == {
        "0o644"
    }
    assert {oct(path.stat().st_mode & 0o777) for path in (program, *program.parents[:2])} == {"0o755"}


def test_another_pythons_library(packages: Path, stdlib: Path, tmp_path: Path) -> None:
    """Byte code of another version would be passed over: it is refused."""
    with pytest.raises(tool.WrongError, match=r"python2.7 cannot be compiled by Python"):
        tool.tree(packages, stdlib.rename(tmp_path / "python2.7"), tmp_path / "target", EPOCH)


def test_what_cannot_be_compiled(
    packages: Path, stdlib: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A module that is no Python stops the build."""
    (packages / "sidecar/__init__.py").write_text("?")
    with pytest.raises(tool.WrongError, match=r"not all of /usr/local/lib/.* can be compiled"):
        tool.tree(packages, stdlib, tmp_path / "target", EPOCH)
    assert "SyntaxError" in capsys.readouterr().out


def test_as_a_program(capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Prints a part of a lock, or what it left out; a refusal is one sentence."""
    run = ROOT / "requirements" / "run.txt"
    assert tool.main(["lock", str(run), "--without", "boto3"]) == 0
    assert "\nbotocore==" in f"\n{capsys.readouterr().out}"
    monkeypatch.setenv("SOURCE_DATE_EPOCH", str(EPOCH))
    arguments = [
        str(laid(tmp_path / "p", KEPT | LEFT_OUT)),
        str(laid(tmp_path / STDLIB, {"a.py"})),
        str(tmp_path / "t"),
    ]
    assert tool.main(["tree", *arguments]) == 0
    assert "left out: sidecar/lab\n" in capsys.readouterr().out
    with pytest.raises(SystemExit, match=r"^tools/image_tree.py: the lock does not hold z$"):
        tool.main(["lock", str(run), "--only", "z"])


def test_the_dockerfile_takes_what_is_locked() -> None:
    """What it names of the locks is in them, and what the program imports is not left out."""
    text = (ROOT / "Dockerfile").read_text()
    without = next(line for line in text.splitlines() if "--without" in line).partition("--without ")[2].split(" >")[0]
    left = tool.chosen((ROOT / "requirements/run.txt").read_text(), (), without.split())
    assert all(f"\n{name}==" in f"\n{left}" for name in ("botocore", "cryptography", "urllib3", "pyjwt"))
