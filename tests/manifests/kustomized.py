"""The manifests as kustomize builds them, and what their objects hold."""

import os
import subprocess
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

import yaml

from parts import needed, program

ROOT = Path(__file__).resolve().parents[2]
MANIFESTS = ROOT / "manifests"
NAME = "irsa-doctor"
MODE = "irsa-doctor.dev/mode"

Object = dict[str, Any]

COMPONENTS = tuple(sorted(path.name for path in (MANIFESTS / "components").iterdir()))
EXAMPLES = tuple(sorted(path.name for path in (MANIFESTS / "examples").iterdir()))
WORKLOADS = tuple(name for name in EXAMPLES if (MANIFESTS / "examples" / name / "workload.yaml").is_file())
KUSTOMIZATIONS = tuple(
    str(path.parent.relative_to(MANIFESTS))
    for path in sorted(MANIFESTS.rglob("kustomization.yaml"))
    if path.parent.parent.name != "components"
)


class Pod(NamedTuple):
    """A pod, or the template of one: where it stands, its metadata and its spec."""

    owner: str
    metadata: Object
    spec: Object

    @property
    def containers(self) -> list[Object]:
        """All containers in the order in which they start."""
        return [*self.spec.get("initContainers", []), *self.spec["containers"]]

    @property
    def ours(self) -> list[Object]:
        """The containers of irsa-doctor."""
        return [one for one in self.containers if one["name"] == NAME]


@cache
def built(folder: Path, *options: str) -> str:
    """Return what kustomize makes of a folder, which does not change."""
    kubectl = needed("kubectl", program("kubectl"))
    done = subprocess.run(
        [str(kubectl), "kustomize", str(folder), *options], capture_output=True, check=False, text=True
    )
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def objects(text: str) -> list[Object]:
    """Return the objects of a text."""
    return [one for one in yaml.safe_load_all(text) if one]


@cache
def applied(example: str, *components: str) -> str:
    """Return an example's workload with components of a test's choice."""
    with TemporaryDirectory() as name:
        folder = Path(name).resolve()
        kustomization = {
            "apiVersion": "kustomize.config.k8s.io/v1beta1",
            "kind": "Kustomization",
            "resources": [os.path.relpath(MANIFESTS / "examples" / example / "workload.yaml", folder)],
            "components": [os.path.relpath(MANIFESTS / "components" / one, folder) for one in components],
        }
        (folder / "kustomization.yaml").write_text(yaml.safe_dump(kustomization), encoding="utf-8")
        return built(folder, "--load-restrictor", "LoadRestrictionsNone")  # kustomize takes no absolute paths


def pods(made: Iterable[Object]) -> Iterator[Pod]:
    """Yield every pod's template among objects."""
    for one in made:
        spec = one.get("spec", {})
        if one["kind"] == "CronJob":
            spec = spec["jobTemplate"]["spec"]
        if "template" in spec:
            template = spec["template"]
            yield Pod(f"{one['kind']}/{one['metadata']['name']}", template.get("metadata", {}), template["spec"])


def the_pod(text: str) -> Pod:
    """Return the one pod's template of a text."""
    (pod,) = pods(objects(text))
    return pod
