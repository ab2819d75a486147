"""The image beside another container, in one process namespace, as with shareProcessNamespace: two real containers."""

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from containers import AS_KUBERNETES, OWN, Image, handed_over, injected
from sidecar.lab.lab import Lab, Pod
from sidecar.lab.scenarios import SCENARIOS
from watching import until

pytestmark = pytest.mark.xdist_group("image")
PACKAGES = "/usr/local/lib/python3.11/dist-packages"
WAITS = "import signal; print('ready', flush=True); signal.pause()"


@contextmanager
def workload(image: Image, pod: Pod, packages: Path, user: str, changes: Mapping[str, str]) -> Iterator[str]:
    """Run Debian's Python with the pod's settings, these changes and these packages; return the container's name."""
    handed_over(pod, OWN)
    name = f"irsa-doctor-workload-{os.getpid()}"
    variables = [f"--env={key}={value}" for key, value in {**injected(pod), **changes}.items()]
    mounts = [f"--volume={pod.directory}:{pod.directory}:ro", f"--volume={packages}:{PACKAGES}:ro"]
    options = ["--detach", "--name", name, *AS_KUBERNETES, "--user", user, *mounts, *variables]
    image.podman("run", *options, image.build, "/usr/bin/python3.11", "-c", WAITS)
    try:
        until(lambda: "ready" in image.podman("logs", name).out, "the workload")
        yield name
    finally:
        image.podman("rm", "--force", "--time", "0", name, check=False)


def checked(
    lab: Lab, image: Image, packages: Path, *sdks: str, user: str = OWN, **changes: str
) -> tuple[int, dict[str, Any]]:
    """Return exit code and report of the image's check beside such a workload."""
    packages.chmod(0o755)
    for sdk in sdks:
        (packages / f"{sdk}.dist-info").mkdir()
    with lab.pod(SCENARIOS["healthy"]) as pod, workload(image, pod, packages, user, changes) as name:
        done = image.run(pod, "check", "--format", "json", *pod.arguments, options=("--pid", f"container:{name}"))
    assert done.out, done.err
    report: dict[str, Any] = json.loads(done.out)
    return done.code, report


def of(report: Mapping[str, Any], check: str) -> dict[str, Any]:
    """Return a check's result."""
    found: dict[str, Any] = next(one for one in report["checks"] if one["check"] == check)
    return found


def test_a_workload_of_the_same_user_is_seen(lab: Lab, image: Image, tmp_path: Path) -> None:
    """Without any capability, on a read-only file system, within 96 MiB."""
    code, report = checked(lab, image, tmp_path, "botocore-1.40.0")
    assert (code, report["healthy"]) == (0, True)
    seen = {name: of(report, f"workload.{name}") for name in ("token_readable", "environment", "unshadowed", "region")}
    assert {one["status"] for one in seen.values()} == {"pass"}
    assert "python3.11 (PID 1) of another container: user 65532 may" in seen["token_readable"]["detail"]
    assert of(report, "sdk.recent")["detail"] == f"botocore 1.40.0 at {PACKAGES}/botocore-1.40.0.dist-info"


def test_what_is_wrong_with_the_workload_is_the_root_cause(lab: Lab, image: Image, tmp_path: Path) -> None:
    """The exchange works, and the workload's SDK knows nothing of it."""
    code, report = checked(lab, image, tmp_path, "botocore-1.12.0", AWS_REGION="us-east-1")
    assert (code, report["root_cause"]["name"]) == (1, "sdk-too-old")
    assert of(report, "exchange.accepted")["status"] == "pass"
    assert of(report, "workload.environment")["name"] == "workload-env-differs"


def test_a_workload_of_another_user_is_passed_over(lab: Lab, image: Image, tmp_path: Path) -> None:
    """Which is no fault, and says who runs as whom."""
    code, report = checked(lab, image, tmp_path, "botocore-1.12.0", user="1000:1000")
    assert (code, report["healthy"]) == (0, True)
    assert of(report, "workload.environment")["detail"].endswith(
        "runs as user 1000, group 1000, this container as 65532, 65532"
    )
