"""docs/install.md: its kustomizations build, and what it names is there."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

from parts import needed, program

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "install.md").read_text(encoding="utf-8")


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """Return a folder that holds a clone's manifests, as the page has it."""
    shutil.copytree(ROOT / "manifests", tmp_path / "irsa-doctor" / "manifests")
    return tmp_path


def built(folder: Path) -> list[dict[str, object]]:
    """Build a kustomization."""
    kubectl = needed("kubectl", program("kubectl"))
    done = subprocess.run([kubectl, "kustomize", folder], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return [found for found in yaml.safe_load_all(done.stdout) if found]


def test_the_first_kustomization_builds(clone: Path) -> None:
    """The Job, of one's own image, with the workload's service account."""
    block = re.search(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
    assert block
    (clone / "kustomization.yaml").write_text(block[1], encoding="utf-8")
    (job,) = built(clone)
    text = yaml.safe_dump(job)
    assert "image: registry.example.com/irsa-doctor:0.1.0" in text
    assert "serviceAccountName: app" in text


@pytest.mark.parametrize("component", sorted(set(re.findall(r"\[irsa-doctor/(manifests/components/[\w-]+)\]", PAGE))))
def test_each_line_is_a_component(component: str) -> None:
    """It is where the page says."""
    assert (ROOT / component / "kustomization.yaml").is_file()


def test_what_is_applied_and_deleted_is_there(clone: Path) -> None:
    """Every --kustomize of a folder of the clone builds."""
    folders = set(re.findall(r"--kustomize (irsa-doctor/\S+)", PAGE))
    assert len(folders) >= 2
    for folder in folders:
        assert built(clone / folder)
