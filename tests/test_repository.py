"""The repository keeps its own rules: what is in its files, what is shipped, what is locked."""

import ast
import re
import subprocess
import sys
import tomllib
from importlib.metadata import distribution, version
from itertools import pairwise
from pathlib import Path

import pytest

import sidecar

ROOT = Path(__file__).resolve().parent.parent
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
LOCKS = ("run", "demo", "dev")
ACTS = {"__init__", "__main__", "cli", "commands", "ending", "flags", "lab", "probe", "serve"}
"""What looks or acts; every other module of the package is pure."""

in_built = pytest.mark.skipif(not sys.prefix.endswith("-built"), reason="the checkout is tested, not the wheel")


def repository_files() -> list[Path]:
    """Return the files that git tracks, or would: all but what .gitignore names. Without git, the source folders'."""
    command = ["git", "-c", "safe.directory=*", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    git = subprocess.run(command, cwd=ROOT, capture_output=True, check=False, text=True)
    if git.returncode == 0:
        paths = [ROOT / name for name in git.stdout.split("\0") if name]
    else:
        folders = [ROOT / name for name in ("sidecar", "tests", "tools", "docs", "benchmarks", ".ci", "requirements")]
        paths = [*ROOT.glob("[!.]*"), *(path for folder in folders for path in folder.rglob("*"))]
    return [path for path in paths if path.is_file() and "__pycache__" not in path.parts]


def pins(lock: str) -> set[tuple[str, str]]:
    """Return what a lock pins: names with their versions (more than one where they depend on the interpreter)."""
    text = (ROOT / "requirements" / f"{lock}.txt").read_text(encoding="utf-8")
    return set(re.findall(r"^([a-z0-9-]+)(?:\[[a-z,]+\])?==(\S+)", text, re.MULTILINE))


@pytest.mark.parametrize(
    "unwanted",
    ["/tm" + r"p/w\b", "/wor" + r"k/", "/roo" + r"t/", r"\bTO" + r"DO\b", r"\bFIX" + r"ME\b"],
)
def test_files_hold_nothing_of_a_workshop(unwanted: str) -> None:
    """No file names a path of a developer's machine or puts work off."""
    pattern = re.compile(unwanted.encode())
    files = repository_files()
    assert ROOT / "pyproject.toml" in files
    assert [str(path.relative_to(ROOT)) for path in files if pattern.search(path.read_bytes())] == []


def test_no_two_test_files_have_one_name() -> None:
    """Test files stand in no packages: of two with one name pytest refuses the second."""
    names = [path.name for path in repository_files() if path.name.startswith("test_") and path.suffix == ".py"]
    assert sorted(name for name in set(names) if names.count(name) > 1) == []


def test_every_module_says_what_it_is_for() -> None:
    """Every Python file begins with a docstring."""
    modules = [path for path in repository_files() if path.suffix == ".py"]
    assert [path for path in modules if not ast.get_docstring(ast.parse(path.read_bytes()))] == []


def test_version_is_in_one_place() -> None:
    """The distribution's version is the package's, and pyproject.toml has none of its own."""
    assert version("irsa-doctor") == sidecar.__version__
    assert "version" not in PYPROJECT["project"]


def test_every_lint_exception_has_its_reason() -> None:
    """Each rule that ruff is told to ignore is followed by the reason."""
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    _, _, lint = text.partition("[tool.ruff.lint]\n")
    lint, _, _ = lint.partition("[tool.ruff.lint.flake8-bugbear]")
    exceptions = re.findall(r'^  "[A-Z].*', lint, re.MULTILINE)
    assert exceptions
    assert [line for line in exceptions if "  # " not in line] == []


def test_every_module_is_pure_or_known_to_act() -> None:
    """A new module must be put under the import contract `pure`, or be named here among those that act."""
    contracts = PYPROJECT["tool"]["importlinter"]["contracts"]
    pure = next(contract["source_modules"] for contract in contracts if contract["id"] == "pure")
    package = ROOT / "sidecar"
    modules = {path.stem for path in package.iterdir() if path.suffix == ".py" or (path / "__init__.py").is_file()}
    assert {name.removeprefix("sidecar.") for name in pure} == modules - ACTS


@pytest.mark.parametrize("lock", LOCKS)
def test_locks_name_no_place(lock: str) -> None:
    """A lock resolves anywhere: it names no index, host, path or option, and has a hash for each package."""
    lines = (ROOT / "requirements" / f"{lock}.txt").read_text(encoding="utf-8").splitlines()
    assert [line for line in lines if "://" in line or "@" in line or line.startswith(("-", "/", "."))] == []
    pinned = [following for line, following in pairwise(lines) if "==" in line]
    assert pinned
    assert [line for line in pinned if not line.startswith("    --hash=sha256:")] == []


@pytest.mark.parametrize("lock", ["run", "demo"])
def test_locks_agree(lock: str) -> None:
    """What is tested is what is shipped: the smaller locks pin the versions of the largest."""
    assert pins(lock)
    assert pins(lock) <= pins("dev")


def test_run_lock_holds_every_dependency() -> None:
    """Every dependency of the package is locked for the image, and nothing of the lab is."""
    needed = {re.split(r"[\[<>=!~ ]", requirement)[0].lower() for requirement in PYPROJECT["project"]["dependencies"]}
    locked = {name for name, _ in pins("run")}
    assert needed <= locked
    assert not {"moto", "trustme", "pytest"} & locked


@in_built
def test_the_wheel_is_what_is_tested() -> None:
    """The package under test comes from site-packages, here and in processes started from the checkout."""
    expected = str(Path(sidecar.__file__).resolve())
    assert Path(expected).is_relative_to(Path(sys.prefix).resolve())
    command = [sys.executable, "-c", "import sidecar; print(sidecar.__file__)"]
    started = subprocess.run(command, cwd=ROOT, capture_output=True, check=True, text=True)
    assert started.stdout.strip() == expected


@in_built
def test_the_wheel_holds_the_package_only() -> None:
    """The wheel ships the package, its metadata and the command; no test, no tool."""
    files = distribution("irsa-doctor").files or []
    assert {path.parts[0] for path in files if not path.parts[0].endswith(".dist-info")} == {"sidecar", ".."}
    assert {path.name for path in files if path.parts[0] == ".."} == {"irsa-doctor"}
    shipped = {Path(path) for path in files if path.parts[0] == "sidecar" and path.suffix == ".py"}
    assert shipped == {path.relative_to(ROOT) for path in (ROOT / "sidecar").rglob("*.py")}
