"""The manifests build, the API takes what they make, and what they name exists."""

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import kubernetes_validate  # type: ignore[import-untyped] # it has no types
import pytest
import yaml
from kustomized import COMPONENTS, EXAMPLES, KUSTOMIZATIONS, MANIFESTS, NAME, ROOT, Object, built, objects, pods

import sidecar
from sidecar import flags
from sidecar.cli import COMMANDS
from sidecar.config import LISTEN, options_of
from sidecar.serve.message import Request
from sidecar.serve.paths import Surface

NEWEST = "1.37"
OLDEST = "1.25"
"""The oldest version whose schema the validator has."""
NATIVE = "1.29"
"""The oldest that runs a native sidecar by itself."""
POLICY = "1.36"
"""The oldest that has MutatingAdmissionPolicy v1."""
NEEDS_NEWER = {"inject/admission-policy": POLICY, "base": OLDEST}
WITHOUT_SIDECAR = {"base", "examples/classic", "examples/cronjob", "examples/job", "examples/network-policy"}
NO_SCHEMA = {"monitoring.coreos.com/v1": {"PodMonitor", "PrometheusRule"}, "kyverno.io/v1": {"ClusterPolicy"}}
"""What is not of Kubernetes itself: the validator cannot judge it."""
DOWNWARD = {"POD_NAME", "POD_NAMESPACE", "POD_SERVICE_ACCOUNT"}


def oldest(kustomization: str) -> str:
    """Return the oldest version that a kustomization is for."""
    if kustomization in NEEDS_NEWER:
        return NEEDS_NEWER[kustomization]
    return OLDEST if kustomization in WITHOUT_SIDECAR else NATIVE


def validate(made: list[Object], version: str) -> int:
    """Judge objects by a version's schema, strictly: no field that it does not know. Return how many were judged."""
    judged = [one for one in made if one["kind"] not in NO_SCHEMA.get(one["apiVersion"], ())]
    for one in judged:
        kubernetes_validate.validate(one, version, strict=True)
    return len(judged)


@pytest.mark.parametrize("kustomization", KUSTOMIZATIONS)
def test_the_api_takes_what_is_built(kustomization: str) -> None:
    """Every kustomization builds; every object is valid in the oldest version that it is for, and in the newest."""
    made = objects(built(MANIFESTS / kustomization))
    assert made
    judged = [validate(made, version) for version in (oldest(kustomization), NEWEST)]
    assert judged == [0, 0] if kustomization == "inject/kyverno" else min(judged) > 0


def test_the_validator_is_strict() -> None:
    """A field that is misspelt is refused, and a native sidecar where there was none yet."""
    made = objects(built(MANIFESTS / "examples" / "deployment"))
    (pod,) = pods(made)
    with pytest.raises(kubernetes_validate.ValidationError, match="restartPolicy"):
        validate(made, OLDEST)
    pod.ours[0]["imagePullPolice"] = "Always"
    with pytest.raises(kubernetes_validate.ValidationError, match="imagePullPolice"):
        validate(made, NEWEST)


@pytest.mark.parametrize("version", ["1.34", "1.35"])
def test_the_policy_is_valid_as_v1beta1(version: str) -> None:
    """Where MutatingAdmissionPolicy is not v1 yet, only the version has to be another one."""
    text = built(MANIFESTS / "inject" / "admission-policy")
    assert validate(objects(text.replace("k8s.io/v1\n", "k8s.io/v1beta1\n")), version) == 4


def test_made_files_are_up_to_date() -> None:
    """They hold the container as manifests/container has it."""
    command = [sys.executable, str(ROOT / "tools" / "render_manifests.py"), "--check"]
    done = subprocess.run(command, capture_output=True, check=False, text=True)
    assert (done.returncode, done.stderr) == (0, "")


def all_containers() -> list[Object]:
    """Return every container of irsa-doctor that is built, and those that Kyverno adds."""
    made = [one for name in KUSTOMIZATIONS for one in objects(built(MANIFESTS / name))]
    rules = [rule for one in made if one["kind"] == "ClusterPolicy" for rule in one["spec"]["rules"]]
    kyverno = [rule["mutate"]["patchStrategicMerge"]["spec"]["initContainers"][0] for rule in rules]
    return [*kyverno, *(one for pod in pods(made) for one in pod.ours)]


def test_the_image_is_this_version_and_stands_once() -> None:
    """One source names the image; a kustomization of one's own can name another for all."""
    source = yaml.safe_load((MANIFESTS / "container" / "common.yaml").read_text(encoding="utf-8"))
    assert source["image"] == f"ghcr.io/irsa-doctor/irsa-doctor:{sidecar.__version__}"
    mirror = f"111122223333.dkr.ecr.cn-north-1.amazonaws.com.cn/irsa-doctor:{sidecar.__version__}"
    assert {one["image"] for one in all_containers()} == {source["image"], mirror}
    assert {one["imagePullPolicy"] for one in all_containers()} == {source["imagePullPolicy"]}


def test_arguments_and_variables_are_settings() -> None:
    """Each container names a command, flags of it and variables of it, with values that it takes."""
    containers = all_containers()
    assert len(containers) >= len(EXAMPLES)
    for one in containers:
        command, *args = one["args"]
        given = {variable["name"]: variable.get("value", "") for variable in one["env"]}
        assert given.keys() >= DOWNWARD
        assert given.keys() - DOWNWARD <= {option.variable for option in options_of(command)}
        flags.read(COMMANDS[command].manual, args, given)


def test_paths_and_ports_are_served() -> None:
    """Every probe, scrape and network rule meets what `watch` serves by default."""
    surface = Surface(lambda: 0.0, lambda: 0.0, 300.0, lambda _: [], lambda *_: ("", ""))
    for one in all_containers():
        ports = {port["name"]: port["containerPort"] for port in one.get("ports", [])}
        assert set(ports.values()) <= {LISTEN.default.port}
        for probe in (one[name]["httpGet"] for name in one if name.endswith("Probe")):
            assert ports[probe["port"]] == LISTEN.default.port
            assert surface.answer(Request(probe["path"], "")).status != 404
    monitor = _only("monitoring", "PodMonitor")["spec"]["podMetricsEndpoints"]
    assert [(one["port"], one["path"]) for one in monitor] == [(NAME, "/metrics")]
    rules = _only("examples/network-policy", "NetworkPolicy")["spec"]
    assert [port["port"] for rule in rules["ingress"] for port in rule["ports"]] == [LISTEN.default.port]
    assert {port["port"] for rule in rules["egress"] for port in rule["ports"]} == {53, 443}


def test_monitoring_selects_what_the_components_label() -> None:
    """A pod with a sidecar is scraped, one with the init container is not."""
    wanted = _only("monitoring", "PodMonitor")["spec"]["selector"]["matchLabels"]
    for name in (name for name in KUSTOMIZATIONS if name.startswith(("base", "examples/"))):
        for pod in pods(objects(built(MANIFESTS / name))):
            serves = any("ports" in one for one in pod.ours)
            assert (wanted.items() <= pod.metadata["labels"].items()) == serves, name


def test_the_component_of_monitoring_is_monitoring(tmp_path: Path) -> None:
    """One line brings all that manifests/monitoring holds."""
    (tmp_path / "kustomization.yaml").write_text(
        f"components: [{'../' * len(tmp_path.parts)}{MANIFESTS.relative_to('/')}/components/monitoring]\n",
        encoding="utf-8",
    )
    assert objects(built(tmp_path)) == objects(built(MANIFESTS / "monitoring"))


def test_the_page_tells_of_everything() -> None:
    """docs/manifests.md names every component and every example, and no other."""
    page = (ROOT / "docs" / "manifests.md").read_text(encoding="utf-8")
    assert set(re.findall(r"^\| `components/([a-z-]+)`", page, re.MULTILINE)) == set(COMPONENTS)
    assert set(re.findall(r"\(\.\./manifests/examples/([a-z-]+)/?\)", page)) == set(EXAMPLES)


def _only(kustomization: str, kind: str) -> dict[str, Any]:
    (one,) = (one for one in objects(built(MANIFESTS / kustomization)) if one["kind"] == kind)
    return one
