"""The bill of materials and the list of licences tell what the lock pins, and what the packages say of themselves."""

import json
import subprocess
import sys
from importlib.metadata import distribution, version
from pathlib import Path
from typing import Any

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tools"))

import sbom  # noqa: E402 - after the tools are within reach
from locked import LOCK, Locked, installed, licence, licences_page, locked, requirements  # noqa: E402

SECONDS = 1_795_600_800
DIRECT = {"boto3", "botocore", "cryptography", "prometheus-client", "pyjwt", "urllib3"}


@pytest.fixture(scope="module")
def bill() -> dict[str, Any]:
    """Return the bill of materials of a version."""
    found: dict[str, Any] = json.loads(sbom.bill("1.2.3", SECONDS))
    return found


def test_it_is_valid(bill: dict[str, Any]) -> None:
    """It is CycloneDX 1.6 by the format's own schema, which a component without a type is not."""
    judge = JsonStrictValidator(SchemaVersion.V1_6)
    assert (bill["bomFormat"], bill["specVersion"]) == ("CycloneDX", "1.6")
    assert judge.validate_str(json.dumps(bill)) is None
    assert judge.validate_str(json.dumps(bill | {"components": [{"name": "x"}]})) is not None


def test_what_is_not_valid_is_not_written(monkeypatch: pytest.MonkeyPatch) -> None:
    """A bill that the schema refuses ends the release."""
    other = '{"bomFormat": "Other"}'
    monkeypatch.setattr("cyclonedx.output.json.JsonV1Dot6.output_as_string", lambda *_, **__: other)
    with pytest.raises(SystemExit, match=r"^The bill of materials is not valid CycloneDX 1\.6: "):
        sbom.bill("1.2.3", SECONDS)


def test_it_lists_what_the_lock_pins(bill: dict[str, Any]) -> None:
    """Each package stands in it once, at its version, with its package URL and every hash of the lock."""
    lines = [line.strip(" \\") for line in LOCK.read_text(encoding="utf-8").splitlines() if not line.startswith("#")]
    pinned = [line.partition(" ;")[0] for line in lines if "==" in line]
    listed = bill["components"]
    assert [f"{one['name']}=={one['version']}" for one in listed] == pinned
    assert [one["purl"] for one in listed] == [f"pkg:pypi/{pin.replace('==', '@')}" for pin in pinned]
    hashes = [file["content"] for one in listed for file in one["externalReferences"][0]["hashes"]]
    assert sorted(hashes) == sorted(line.removeprefix("--hash=sha256:") for line in lines if "--hash" in line)


def test_it_tells_the_licences(bill: dict[str, Any]) -> None:
    """Each licence is an SPDX id or expression where the package gives one, and its own words otherwise."""
    stated = {one["name"]: one["licenses"] for one in bill["components"]}
    assert stated["boto3"] == [{"license": {"id": "Apache-2.0"}}]
    assert stated["cryptography"] == [{"expression": "Apache-2.0 OR BSD-3-Clause"}]
    assert stated["python-dateutil"] == [{"license": {"name": "BSD License; Apache Software License"}}]
    assert all(stated.values())
    assert bill["metadata"]["component"]["licenses"] == [{"license": {"id": "Apache-2.0"}}]


def test_it_tells_who_requires_whom(bill: dict[str, Any]) -> None:
    """The graph begins at the program, reaches every package, and leads to none that is not listed."""
    edges = {one["ref"]: set(one.get("dependsOn", ())) for one in bill["dependencies"]}
    assert edges["irsa-doctor"] == DIRECT
    assert edges["cryptography"] == {"cffi"}
    assert edges["pyjwt"] == set()  # cryptography is an extra's
    reached = {"irsa-doctor"}
    while more := set().union(*(edges[name] for name in reached)) - reached:
        reached |= more
    assert reached == set(edges) == {one["bom-ref"] for one in bill["components"]} | {"irsa-doctor"}


def test_it_is_of_a_version_and_a_moment(bill: dict[str, Any]) -> None:
    """It says of what it is, and when that was made; nothing in it is by chance."""
    whole = bill["metadata"]["component"]
    assert (whole["name"], whole["version"], whole["purl"]) == ("irsa-doctor", "1.2.3", "pkg:pypi/irsa-doctor@1.2.3")
    assert bill["metadata"]["timestamp"] == "2026-11-25T10:00:00+00:00"
    assert json.loads(sbom.bill("1.2.3", SECONDS)) == bill
    assert json.loads(sbom.bill("1.2.4", SECONDS))["serialNumber"] != bill["serialNumber"]


def test_the_tool_writes_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`make sbom` writes a file, of the moment it is given; the same one each time."""
    monkeypatch.setenv("SOURCE_DATE_EPOCH", str(SECONDS))
    command = [sys.executable, str(ROOT / "tools" / "sbom.py"), str(tmp_path / "new")]
    first, again = (subprocess.run(command, capture_output=True, check=True, text=True).stdout.strip() for _ in "12")
    assert first == again == str(tmp_path / "new" / f"irsa-doctor-{version('irsa-doctor')}.cdx.json")
    assert json.loads(Path(first).read_text())["metadata"]["timestamp"] == "2026-11-25T10:00:00+00:00"


def test_without_a_given_moment_it_is_the_commits(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Two clones of a commit give one moment."""
    monkeypatch.delenv("SOURCE_DATE_EPOCH", raising=False)
    monkeypatch.setattr(sbom, "ROOT", tmp_path)
    commit = ["git", "-c", "user.name=x", "-c", "user.email=x", "commit", "--quiet", "--allow-empty", "--message=x"]
    subprocess.run(["git", "init", "--quiet"], cwd=tmp_path, check=True)
    monkeypatch.setenv("GIT_COMMITTER_DATE", f"{SECONDS} +0100")
    subprocess.run(commit, cwd=tmp_path, check=True)
    assert sbom.moment() == SECONDS


def test_what_is_not_installed_as_locked_is_not_listed() -> None:
    """The licence of another version is not taken for the lock's."""
    with pytest.raises(SystemExit, match=r"^six \S+ is installed, and the lock pins 0\.1: run make venv\.$"):
        licence(Locked("six", "0.1", ()))


@pytest.mark.parametrize(
    ("stated", "expected"),
    [
        ("License-Expression: MIT\nLicense: Other\n", "MIT"),
        ("License: MIT\nClassifier: License :: OSI Approved :: Other\n", "MIT"),
        ("License: Dual\nClassifier: License :: OSI Approved :: A\nClassifier: License :: OSI Approved :: B\n", "A; B"),
        ("Classifier: License :: OSI Approved :: A\nClassifier: Topic :: B\n", "A"),
    ],
)
def test_a_licence_is_what_the_package_states(
    stated: str, expected: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An expression before the old field, and classifiers where that says nothing."""
    write_package(tmp_path, stated)
    monkeypatch.syspath_prepend(str(tmp_path))
    assert licence(Locked("stranger", "1.0", ())) == expected


def test_a_package_without_a_licence_is_not_shipped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A package that states no licence ends the release."""
    write_package(tmp_path, "")
    monkeypatch.syspath_prepend(str(tmp_path))
    with pytest.raises(SystemExit, match=r"^stranger states no licence"):
        licence(Locked("stranger", "1.0", ()))


def test_requirements_are_those_of_the_lock(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What only an extra, or an interpreter that is not ours, requires is left out."""
    write_package(
        tmp_path,
        'Requires-Dist: Six>=1\nRequires-Dist: boto3; extra == "aws"\nRequires-Dist: tomli; python_version < "3.11"\n',
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    assert requirements(Locked("stranger", "1.0", ()), {"six", "boto3"}) == ["six"]


def test_the_page_lists_each_package() -> None:
    """docs/licences.md has a row for each package of the lock; that it is up to date is held by make docs-check."""
    page = (ROOT / "docs" / "licences.md").read_text(encoding="utf-8")
    assert page == licences_page()
    assert page.count("\n| ") == len(locked()) + 1


def test_every_packages_licence_text_is_installed_with_it() -> None:
    """The page says that a licence's text lies in the package's folder: so it does."""
    for package in locked():
        names = [path.name.lower() for path in installed(package).files or () if ".dist-info" in str(path)]
        assert [name for name in names if name.startswith(("licen", "copying"))], package.name
    assert distribution("boto3").version == next(one.version for one in locked() if one.name == "boto3")


def write_package(folder: Path, stated: str) -> None:
    """Install a package of which there is nothing but what it states of itself."""
    described = folder / "stranger-1.0.dist-info"
    described.mkdir()
    (described / "METADATA").write_text(f"Metadata-Version: 2.4\nName: stranger\nVersion: 1.0\n{stated}")
