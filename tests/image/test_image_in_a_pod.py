"""The init container in a real pod: the workload starts where the diagnosis is healthy, and else does not.

`podman kube play` runs the pod. What it does not know (a Job, the downward API, projected tokens) is put in its place.
"""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import yaml

from containers import ROOT, Image, handed_over, injected
from insidepod import Told
from parts import needed, program
from sidecar.lab.lab import Lab, Pod
from sidecar.lab.scenarios import SCENARIOS
from watching import until

pytestmark = pytest.mark.xdist_group("image")
EXAMPLE = ROOT / "manifests" / "examples" / "job"
RUNS = "the workload runs"
PLAIN: dict[str, Any] = {
    "securityContext": {"runAsNonRoot": True, "runAsUser": 10001},
    "initContainers": [
        {
            "name": "irsa-doctor",
            "args": ["check", "--wait", "60s"],
            "securityContext": {
                "allowPrivilegeEscalation": False,
                "capabilities": {"drop": ["ALL"]},
                "readOnlyRootFilesystem": True,
            },
            "resources": {"limits": {"memory": "128Mi"}},
        }
    ],
    "containers": [{"name": "workload"}],
    "restartPolicy": "Never",
}
"""A pod's spec, for as long as there is no example."""


def example() -> dict[str, Any]:
    """Return the pod's spec in the example, as kubectl renders it."""
    if not EXAMPLE.is_dir():
        return PLAIN
    kubectl = needed("kubectl", program("kubectl"))
    done = subprocess.run([kubectl, "kustomize", EXAMPLE], capture_output=True, check=True, text=True)
    job = next(found for found in yaml.safe_load_all(done.stdout) if found["kind"] == "Job")
    spec: dict[str, Any] = job["spec"]["template"]["spec"]
    return spec


def adapted(spec: dict[str, Any], image: Image, pod: Pod, name: str) -> dict[str, Any]:
    """Return a manifest that podman knows to run, with what the webhook, the kubelet and the lab give to the pod."""
    variables = [{"name": variable, "value": value} for variable, value in injected(pod).items()]
    mount = {"name": "lab", "mountPath": str(pod.directory), "readOnly": True}
    volume = {"name": "lab", "hostPath": {"path": str(pod.directory), "type": "Directory"}}
    init = [
        {
            **container,
            "image": image.name,
            "imagePullPolicy": "Never",
            "env": variables,
            "volumeMounts": [*container.get("volumeMounts", ()), mount],
        }
        for container in spec["initContainers"]
    ]
    says = ["/usr/bin/python3.11", "-c", f"print({RUNS!r})"]
    workload = {"name": spec["containers"][0]["name"], "image": image.base, "imagePullPolicy": "Never", "command": says}
    changed = {
        "hostNetwork": True,
        "initContainers": init,
        "containers": [workload],
        "volumes": [*spec.get("volumes", ()), volume],
    }
    spec = {field: value for field, value in spec.items() if field != "serviceAccountName"} | changed
    metadata = {"name": name, "annotations": {"io.podman.annotations.init.container.type": "always"}}  # its log is kept
    return {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": spec}


class Played:
    """A pod that was played: what podman said of it, and its containers' logs."""

    def __init__(self, image: Image, manifest: dict[str, Any], said: Told) -> None:
        """Keep what is asked for later."""
        self._image, self._name, self.said = image, manifest["metadata"]["name"], said
        spec = manifest["spec"]
        self.init, self.workload = spec["initContainers"][0]["name"], spec["containers"][0]["name"]

    def log(self, container: str) -> str:
        """Return all that a container wrote."""
        found = self._image.podman("logs", f"{self._name}-{container}", check=False)
        return found.out + found.err

    def state(self, container: str) -> tuple[str, int]:
        """Return a container's state and its exit code."""
        form = "{{.State.Status}} {{.State.ExitCode}}"
        status, code = self._image.podman(
            "container", "inspect", "--format", form, f"{self._name}-{container}"
        ).out.split()
        return status, int(code)


@contextmanager
def played(image: Image, pod: Pod, folder: Path) -> Iterator[Played]:
    """Run the example in the lab's pod; it is gone when the context is left."""
    spec = example()
    handed_over(pod, f"{spec['securityContext']['runAsUser']}:0")
    manifest = adapted(spec, image, pod, f"irsa-doctor-{pod.account.number}")
    file = folder / "pod.yaml"
    file.write_text(yaml.safe_dump(manifest))
    try:
        yield Played(image, manifest, image.podman("kube", "play", str(file), check=False))
    finally:
        image.podman("pod", "rm", "--force", "--time", "1", manifest["metadata"]["name"], check=False)


def test_the_workload_starts_where_it_is_healthy(lab: Lab, image: Image, tmp_path: Path) -> None:
    """The init container ends with 0, and the workload runs."""
    with lab.pod(SCENARIOS["healthy"]) as pod, played(image, pod, tmp_path) as ran:
        until(lambda: ran.state(ran.workload) == ("exited", 0), "the workload's end")
        assert RUNS in ran.log(ran.workload)
        assert ran.state(ran.init) == ("exited", 0)
        assert "irsa-doctor: healthy: " in ran.log(ran.init)


def test_the_workload_does_not_start_where_it_is_not(lab: Lab, image: Image, tmp_path: Path) -> None:
    """The init container ends with 1, the workload was never started, and the log says why."""
    with lab.pod(SCENARIOS["irsa-env-not-injected"]) as pod, played(image, pod, tmp_path) as ran:
        assert ran.said.code != 0
        assert ran.state(ran.workload)[0] in {"created", "configured"}
        assert RUNS not in ran.log(ran.workload)
        assert ran.state(ran.init) == ("exited", 1)
        assert "Root cause: IRSA101 irsa-env-not-injected" in ran.log(ran.init)
        assert "kubectl --namespace" in ran.log(ran.init)
