"""A pod's other containers in the lab: real processes, in a namespace that holds nothing else."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from sidecar.lab import together
from sidecar.lab.lab import Lab
from sidecar.lab.plan import MountPlan, NeighbourPlan, Scenario

LOOKS = """
import json, os
found = {}
for name in filter(str.isdigit, os.listdir("/proc")):
    variables = open(f"/proc/{name}/environ", "rb").read() if name != "1" else b""
    found[name] = {"user": os.stat(f"/proc/{name}").st_uid, "root": os.readlink(f"/proc/{name}/root"),
                   "variables": dict(one.split("=", 1) for one in variables.decode().split("\\0") if one)}
print(json.dumps({"own": os.getpid(), "found": found}))
"""
BROKEN = Scenario(
    name="two-containers",
    summary="two other containers",
    neighbours=(
        NeighbourPlan(environ={"AWS_REGION": None, "EXTRA": "$account"}, files={"opt/app/file": "$account"}),
        NeighbourPlan(mount=MountPlan(mode=0o400), user=1234),
    ),
)


def test_neighbours_are_processes_with_a_root_of_their_own(lab: Lab) -> None:
    """The first process, one for each container, and the command: nothing else is seen."""
    with lab.pod(BROKEN) as pod:
        command = [*pod.command([sys.executable])[:-2], "-c", LOOKS]
        done = subprocess.run(command, env=pod.environ, capture_output=True, check=True, text=True, timeout=60)
        root = pod.directory / "container-1"
        assert (root / "opt/app/file").read_text() == pod.account.number
        assert (root / pod.environ["AWS_WEB_IDENTITY_TOKEN_FILE"].lstrip("/")).read_text().startswith("eyJ")
        account = pod.account.number
    seen = json.loads(done.stdout)
    assert list(map(int, seen["found"])) == [1, 2, 3, seen["own"]]
    first, second = seen["found"]["2"], seen["found"]["3"]
    assert first["root"] == str(root)
    assert first["variables"]["EXTRA"] == account
    assert "AWS_REGION" not in first["variables"]
    assert "PATH" not in first["variables"]
    assert second["variables"].keys() - first["variables"].keys() == {"AWS_REGION"}
    users = (65532, 1234) if os.geteuid() == 0 else (os.geteuid(), os.geteuid())
    assert (first["user"], second["user"]) == users


@pytest.mark.parametrize("code", [0, 3])
def test_the_commands_exit_code_is_handed_on(tmp_path: Path, code: int) -> None:
    """Neighbours end with it."""
    file = tmp_path / "neighbours"
    file.write_text(together.written([together.Neighbour(str(tmp_path), {}, 0)]))
    command = [sys.executable, *together.before(file), sys.executable, "-c", f"raise SystemExit({code})"]
    assert subprocess.run(command, check=False, timeout=60).returncode == code


def test_a_root_that_is_none_is_told(tmp_path: Path) -> None:
    """In one sentence behind the neighbour's own, and an exit code of its own."""
    file = tmp_path / "neighbours"
    file.write_text(together.written([together.Neighbour(str(tmp_path / "none"), {}, 0)]))
    command = [sys.executable, *together.before(file), sys.executable, "-c", ""]
    done = subprocess.run(command, capture_output=True, check=False, text=True, timeout=60)
    assert done.returncode == together.CANNOT
    assert done.stderr.endswith("irsa-doctor: a neighbour did not start\n")
