"""``check --scan DIR``: an image is judged by the SDKs in it, as a process, and nobody is asked anything."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from insidepod import Told

PYTHON_PACKAGES = "usr/lib/python3/dist-packages"


def scanned(directory: Path | str, *arguments: str, **variables: str) -> Told:
    """Run ``irsa-doctor check --scan``, in an environment that knows nothing of AWS."""
    environ = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "IRSA_DOCTOR_"))}
    command = [sys.executable, "-m", "sidecar", "check", "--scan", str(directory), *arguments]
    done = subprocess.run(
        command, env={**environ, **variables}, capture_output=True, check=False, text=True, timeout=120
    )
    return Told(done.returncode, done.stdout, done.stderr)


def report_of(directory: Path, *arguments: str) -> dict[str, Any]:
    """Return the report as JSON."""
    told = scanned(directory, "--format", "json", *arguments)
    assert told.err == ""
    found: dict[str, Any] = json.loads(told.out)
    return found


def checks(report: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Return the results by check."""
    return {one["check"]: one for one in report["checks"]}


def python_package(root: Path, name: str, version: str) -> None:
    """Write what pip leaves of a package, as far as it is read."""
    folder = root / PYTHON_PACKAGES / f"{name}-{version}.dist-info"
    folder.mkdir(parents=True)
    (folder / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n\nAn SDK.\n")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Return an unpacked image with a recent SDK for Python."""
    root = tmp_path / "image"
    python_package(root, "botocore", "1.40.0")
    return root


def test_a_recent_sdk_is_in_order(root: Path) -> None:
    """Exit code 0: not healthy, because nothing was exchanged, and nothing wrong."""
    told = scanned(root)
    assert (told.code, told.err) == (0, "")
    assert [line.split()[0] for line in told.out.splitlines() if line.startswith("  [")] == ["[ok]", "[skip]"]
    assert told.out.splitlines()[-1].startswith(f"irsa-doctor: nothing wrong: only {root} was looked at (--scan) (")
    report = report_of(root)
    assert (report["healthy"], report["root_cause"]) == (False, None)
    answered = {name: one["status"] for name, one in checks(report).items() if one["status"] != "skip"}
    assert answered == {"sdk.recent": "pass"}
    others = {name: one["detail"] for name, one in checks(report).items() if not name.startswith("sdk.")}
    assert {name: why for name, why in others.items() if why != f"only {root} was looked at (--scan)"} == {}


def test_an_old_sdk_fails_the_build(root: Path) -> None:
    """Exit code 1, unless the operator says never; a copy beside it makes it a warning."""
    python_package(root, "boto3", "1.9.219")
    report = report_of(root)
    assert report["root_cause"]["name"] == "sdk-too-old"
    assert report["root_cause"]["evidence"]["found"].startswith("boto3 1.9.219 at /usr/lib/python3/dist-packages/boto3")
    assert scanned(root).code == 1
    assert scanned(root, "--fail-on", "never").code == 0
    python_package(root / "venv", "boto3", "1.40.0")
    assert scanned(root).code == 0
    assert scanned(root, "--fail-on", "warning").code == 1


def test_a_missing_module_fails_the_build(root: Path) -> None:
    """As .NET's build writes it down."""
    libraries = {"AWSSDK.Core/3.7.400.1": {"type": "package"}, "app/1.0.0": {"type": "project"}}
    (root / "app").mkdir()
    (root / "app" / "app.deps.json").write_text(json.dumps({"runtimeTarget": {}, "libraries": libraries}))
    assert report_of(root)["root_cause"]["name"] == "sdk-module-missing"
    libraries["AWSSDK.SecurityToken/3.7.400.1"] = {"type": "package"}
    (root / "app" / "app.deps.json").write_text(json.dumps({"runtimeTarget": {}, "libraries": libraries}))
    assert checks(report_of(root))["sdk.complete"]["status"] == "pass"


def test_pod_identity_needs_later_versions(tmp_path: Path) -> None:
    """By --mechanism (FACTS D15)."""
    python_package(tmp_path, "botocore", "1.34.40")
    assert scanned(tmp_path).code == 0
    assert scanned(tmp_path, "--mechanism", "pod-identity").code == 1


def test_an_image_without_an_sdk_says_so(tmp_path: Path) -> None:
    """Which is no fault."""
    told = scanned(tmp_path)
    assert told.code == 0
    assert f"no AWS SDK was found in {tmp_path}" in " ".join(told.out.split())


def test_the_termination_message_says_it_too(root: Path, tmp_path: Path) -> None:
    """In the same words."""
    log = tmp_path / "log"
    assert scanned(root, "--termination-log", str(log)).code == 0
    assert log.read_text() == f"nothing wrong: only {root} was looked at (--scan)"


def test_what_was_not_looked_at_is_no_pass(root: Path) -> None:
    """Where the deadline ends it first: exit code 1, and the words say that it is not finished."""
    (root / "many").mkdir()
    for number in range(20_000):
        (root / "many" / str(number)).touch()
    told = scanned(root, "--deadline", "1ms")
    assert told.code == 1
    assert f"irsa-doctor: not finished: only {root} was looked at (--scan), and not all of it (" in told.out
    assert f"not looked at: {root}: it ended when its time was over" in " ".join(told.out.split())


def test_what_cannot_be_read_is_no_pass(root: Path) -> None:
    """The check says what it was, beside what was found."""
    (root / "app.deps.json").write_bytes(b" " * 4_000_000)
    told = scanned(root)
    assert told.code == 1
    assert f"not looked at: {root}: /app.deps.json (is longer than 3072 KiB)" in " ".join(told.out.split())
    assert scanned(root, "--fail-on", "never").code == 0


@pytest.mark.parametrize(
    ("directory", "said"),
    [("none", "No such file or directory"), ("file", "Not a directory"), ("loop", "Too many levels of symbolic links")],
)
def test_what_is_no_directory_is_misuse(tmp_path: Path, directory: str, said: str) -> None:
    """One sentence, exit code 2, and no report."""
    (tmp_path / "file").touch()
    (tmp_path / "loop").symlink_to("loop")
    told = scanned(tmp_path / directory)
    assert (told.code, told.out) == (2, "")
    assert told.err == f"irsa-doctor: --scan: {tmp_path / directory}: {said}\n"


def test_waiting_for_a_directory_is_misuse(root: Path) -> None:
    """Time changes nothing in it."""
    told = scanned(root, "--wait", "1s")
    assert (told.code, told.out) == (2, "")
    assert "--wait: has no meaning with --scan" in told.err


def test_the_variable_is_the_flag(root: Path, tmp_path: Path) -> None:
    """IRSA_DOCTOR_SCAN, and the flag beats it."""
    told = scanned(root, IRSA_DOCTOR_SCAN=str(tmp_path / "none"))
    assert told.code == 0
