"""Processes beside a pod's other containers: real ones, in a process namespace of their own."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sidecar.lab import together

LOOKS = """
import json, os, sys, time
from pathlib import Path
from sidecar.model import Absent
from sidecar.probe.processes import see_neighbours
from sidecar.probe.remembered import Memory
from sidecar.probe.world import World

wish = json.loads(sys.argv[1])
world = World(os.environ, proc=Path(wish.get("proc", "/proc")))
exec(wish.get("before", ""))
memory = Memory(notes={}, asked={})
for key, note in wish.get("notes", {}).items():
    memory.keep_note(key, note, world.monotonic())
ends = world.monotonic() + wish.get("seconds", 30)
seen = see_neighbours(world, ends, lambda key: memory.recall_note(key, world.monotonic()))

def plain(found):
    if hasattr(found, "_asdict"):
        return {name: plain(value) for name, value in found._asdict().items()}
    if isinstance(found, (tuple, list, frozenset)):
        return [plain(one) for one in found]
    if isinstance(found, dict) or hasattr(found, "items"):
        return {name: plain(value) for name, value in found.items()}
    return found

print(json.dumps(plain(seen)))
"""
"""Looks at the pod from beside them, and prints what it sees; ``before`` is run first, in the same process."""
TOKEN_FILE = "/var/run/token"  # a path
USER = 65532
THEIRS = {"AWS_ROLE_ARN": "arn:aws:iam::111122223333:role/app", "AWS_WEB_IDENTITY_TOKEN_FILE": TOKEN_FILE}
DROP = """
os.setgroups([])
os.setgid({0})
os.setuid({0})
"""
"""Makes the process another user."""


def root(folder: Path, files: Mapping[str, str], name: str = "one") -> Path:
    """Make a container's root with these files, all its own user's."""
    made = folder / name
    made.mkdir()
    for path, text in files.items():
        place = made / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text)
    return made


def handed_over(made: Path) -> None:
    """Give a root's files to the neighbours' user, where that is possible."""
    if os.geteuid() == 0:
        for path in (made, *made.rglob("*")):
            os.chown(path, USER, USER, follow_symlinks=False)


def looked(folder: Path, *neighbours: together.Neighbour, **wish: object) -> dict[str, Any]:
    """Look at these neighbours from a process beside them."""
    file = folder / "neighbours.json"
    file.write_text(together.written(neighbours))
    command = [sys.executable, *together.before(file), sys.executable, "-c", LOOKS, json.dumps(wish)]
    done = subprocess.run(command, capture_output=True, check=False, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def neighbour(made: Path, **environ: str) -> together.Neighbour:
    """Return a neighbour with this root and these variables, as a user that has the root's files."""
    handed_over(made)
    return together.Neighbour(str(made), {**THEIRS, **environ}, USER)
