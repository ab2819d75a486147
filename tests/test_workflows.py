"""The workflows and the updates' configuration hold what can be held without GitHub.

They parse, pin what they use, ask for the least permissions, start only what exists, and put nothing that a stranger
writes into a shell. zizmor, an independent judge, finds nothing either.
"""

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from parts import needed, program

ROOT = Path(__file__).resolve().parents[1]
GITHUB = ROOT / ".github"
WORKFLOWS = sorted((GITHUB / "workflows").glob("*.yml"))
FULL_VERSION = re.compile(r"[\w.-]+/[\w./-]+@(?:[0-9a-f]{40} # v\d+\.\d+\.\d+|v\d+\.\d+\.\d+)")
READ, WRITE = "read", "write"
PERMISSIONS = {
    ("ci", "test"): {"contents": READ},
    ("release", "tag"): {"contents": READ},
    ("release", "test"): {"contents": READ},
    ("release", "build"): {"contents": READ},
    ("release", "image"): {"contents": READ, "packages": WRITE, "id-token": WRITE, "attestations": WRITE},
    ("release", "sign"): {"id-token": WRITE, "attestations": WRITE},
    ("release", "pypi"): {"id-token": WRITE},
    ("release", "github"): {"contents": WRITE},
}
"""What each job may do: a new permission is a decision, and is written here, too."""


def read(path: Path) -> dict[Any, Any]:
    """Return a file of YAML; the key ``on`` is True there."""
    found: dict[Any, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return found


def jobs() -> dict[tuple[str, str], dict[str, Any]]:
    """Return every job by its workflow's and its own name."""
    return {(path.stem, name): job for path in WORKFLOWS for name, job in read(path)["jobs"].items()}


def steps() -> Iterator[dict[str, Any]]:
    """Yield every step of every job."""
    for job in jobs().values():
        yield from job.get("steps", [])


def scripts() -> list[str]:
    """Return what the steps run."""
    return [step["run"] for step in steps() if "run" in step]


def before(name: str) -> set[str]:
    """Return the release's jobs that must have succeeded before this one begins."""
    needs = jobs()["release", name].get("needs", [])
    direct = {needs} if isinstance(needs, str) else set(needs)
    return direct.union(*map(before, direct))


def test_the_workflows_are_these() -> None:
    """One for changes, on pull requests and main; one for releases, on a tag."""
    triggers = {path.stem: read(path)[True] for path in WORKFLOWS}
    assert set(triggers["ci"]) == {"pull_request", "push", "workflow_call"}
    assert triggers["ci"]["push"] == {"branches": ["main"]}
    assert triggers["release"] == {"push": {"tags": ["v*"]}}
    assert set(triggers) == {"ci", "release"}


def test_what_is_used_is_named_by_its_full_version() -> None:
    """Every action is pinned: to a commit with its version beside it, or to a full version; or is our own file."""
    lines = [line for path in WORKFLOWS for line in path.read_text("utf-8").splitlines() if "uses:" in line]
    used = [line.partition("uses:")[2].strip() for line in lines]
    assert len(used) == sum("uses" in step for step in (*steps(), *jobs().values()))
    ours = [name for name in used if name.startswith("$/")]
    assert [name for name in used if name not in ours and not FULL_VERSION.fullmatch(name)] == []
    assert [name for name in ours if not (ROOT / name.removeprefix("$/")).is_file()] == []


def test_an_action_is_used_at_one_version() -> None:
    """No action is pinned in one place, and forgotten in another."""
    used = {step["uses"] for step in steps() if "uses" in step}
    assert len(used) == len({name.partition("@")[0] for name in used})


def test_each_job_has_its_permissions_and_no_more() -> None:
    """Nothing is permitted by default, and each job names what it needs."""
    assert [path.name for path in WORKFLOWS if read(path)["permissions"] != {}] == []
    assert {name: job["permissions"] for name, job in jobs().items()} == PERMISSIONS


def test_no_checkout_leaves_its_token_behind() -> None:
    """What runs after a checkout finds no credentials in the clone."""
    checkouts = [step for step in steps() if step.get("uses", "").startswith("actions/checkout@")]
    assert checkouts
    assert [step for step in checkouts if step.get("with", {}).get("persist-credentials") is not False] == []


def test_no_shell_is_given_an_expression() -> None:
    """A script takes values from variables only: an expression in it would be pasted before the shell reads it."""
    assert scripts()
    assert [script for script in scripts() if "${{" in script] == []
    assert [script for script in scripts() if "github.event" in script] == []


def test_scripts_are_shell() -> None:
    """Every script is one that bash can read."""
    for script in scripts():
        subprocess.run(["bash", "-n"], input=script, check=True, text=True)


def test_what_scripts_start_of_ours_exists() -> None:
    """Every target of make and every file of the repository that a script names is there."""
    everything = "\n".join(scripts())
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = re.findall(r"\bmake ([a-z-]+)", everything)
    assert "release" in targets
    assert [target for target in targets if not re.search(rf"^{target}:", makefile, re.MULTILINE)] == []
    files = re.findall(r"(?<![\w/.])((?:tools|\.ci)/[\w./-]+)", everything)
    assert set(files) >= {".ci/run", "tools/versions.py"}
    assert [name for name in files if not (ROOT / name).is_file()] == []


def test_every_job_ends() -> None:
    """No job that runs on a machine may hang for GitHub's six hours."""
    assert [name for name, job in jobs().items() if "runs-on" in job and "timeout-minutes" not in job] == []


def test_nothing_is_published_untested() -> None:
    """What a stranger could get is made after the tag was checked, the tests have passed and the files are built."""
    for name, job in jobs().items():
        if name[0] == "release" and WRITE in job["permissions"].values():
            assert before(name[1]) >= {"tag", "test", "build"}
    assert before("github") == {"tag", "test", "build", "image", "sign", "pypi"}


def test_what_may_publish_waits_for_people() -> None:
    """A job that may write is in an environment, so that who may start it is the repository's setting."""
    writing = {name for name, job in jobs().items() if WRITE in job["permissions"].values()}
    assert {name for name, job in jobs().items() if "environment" in job} == writing


def test_updates_are_looked_for_wherever_something_is_pinned() -> None:
    """Python, actions, the image's base and the JavaScript judge are kept current, each where its file lies."""
    found = {update["package-ecosystem"]: update for update in read(GITHUB / "dependabot.yml")["updates"]}
    places = {name: update["directory"] for name, update in found.items()}
    assert places == {
        "pip": "/requirements",
        "github-actions": "/",
        "docker": "/",
        "npm": "/tests/judges/javascript",
    }
    assert [place for place in places.values() if not (ROOT / place.strip("/")).is_dir()] == []
    assert [name for name, update in found.items() if "schedule" not in update] == []


@pytest.mark.parametrize("persona", ["regular", "auditor"])
def test_zizmor_finds_nothing(persona: str) -> None:
    """An independent judge of workflows, asked offline, has nothing to say."""
    zizmor = str(needed("zizmor", program("zizmor")))
    command = [
        zizmor,
        "--offline",
        "--no-progress",
        "--no-config",
        f"--persona={persona}",
        "--format=plain",
        str(GITHUB),
    ]
    done = subprocess.run(command, capture_output=True, check=False, text=True)
    assert done.returncode == 0, done.stdout
