"""A component changes only what it should: the goldens are diffs of what kustomize builds without and with it."""

from collections.abc import Callable
from difflib import unified_diff
from pathlib import Path

import pytest
from kustomized import COMPONENTS, MANIFESTS, NAME, WORKLOADS, Object, Pod, applied, built, objects, pods, the_pod

GOLDENS = Path(__file__).parent / "goldens"
SIDECARS = ("sidecar", "sidecar-classic", "sidecar-gate")
CHANGING = tuple(sorted({"init", *SIDECARS, "rbac", "shared-process-namespace"}))
BEFORE = {"rbac": ("sidecar",), "shared-process-namespace": ("sidecar",)}
"""What stands before a component that is nothing by itself."""


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Callable[[str, str], None]:
    """Compare a diff with its golden, or with --update-goldens write it."""
    update = request.config.getoption("--update-goldens", default=False)

    def compare(file: str, made: str) -> None:
        path = GOLDENS / file
        if update:
            path.write_text(made, encoding="utf-8")
        assert made == path.read_text(encoding="utf-8")

    return compare


def diff(before: str, after: str) -> str:
    """Return what changed, with a line around it to show where; without the numbers of lines."""
    lines = unified_diff(before.splitlines(), after.splitlines(), n=1, lineterm="")
    shown = ["@@" if line.startswith("@@") else line for line in lines][2:]
    return "".join(f"{line}\n" for line in shown)


def changes(text: str) -> list[str]:
    """Return a diff's changed lines, wherever they stand and however deep, sorted."""
    return sorted(line[0] + line[1:].strip(" -") for line in text.splitlines() if line[0] in "+-")


def difference(example: str, component: str) -> str:
    """Return what a component changes in an example's workload."""
    before = BEFORE.get(component, ())
    return diff(applied(example, *before), applied(example, *before, component))


def test_every_component_is_looked_at() -> None:
    """All but monitoring, which adds objects and changes none."""
    assert {*CHANGING, "monitoring"} == set(COMPONENTS)


@pytest.mark.parametrize("component", CHANGING)
def test_a_component_changes_only_this(component: str, golden: Callable[[str, str], None]) -> None:
    """Of a Deployment with an init container of its own."""
    golden(f"deployment+{component}.diff", difference("deployment", component))


@pytest.mark.parametrize("component", CHANGING)
def test_it_is_the_same_for_every_workload(component: str) -> None:
    """Every kind of workload gets the same lines, and loses none but an empty volume that rbac fills."""
    expected = _added(difference("deployment", component))
    for example in WORKLOADS:
        if component == "sidecar-classic" and example in {"job", "cronjob"}:
            continue
        made = _added(difference(example, component))
        account = _account(example)
        theirs = {"+api": f"+{account}", "+name: api": f"+name: {account}"}
        assert made == sorted(theirs.get(line, line) for line in expected), example


@pytest.mark.parametrize("example", WORKLOADS)
def test_an_example_is_its_workload_and_components(example: str, golden: Callable[[str, str], None]) -> None:
    """Each example, against its workload alone: namespace, components, and the patches that it shows."""
    after = built(MANIFESTS / "examples" / example)
    golden(f"{example}.diff", diff(applied(example), after))


def test_no_golden_is_forgotten() -> None:
    """Every golden belongs to a test."""
    names = {path.name for path in GOLDENS.iterdir()}
    assert names == {f"deployment+{name}.diff" for name in CHANGING} | {f"{name}.diff" for name in WORKLOADS}


@pytest.mark.parametrize("component", ["init", "sidecar", "sidecar-gate"])
def test_it_comes_before_the_workloads_init_containers(component: str) -> None:
    """One of them may need AWS: irsa-doctor must have spoken before it fails."""
    pod = the_pod(applied("deployment", component))
    assert [one["name"] for one in pod.spec["initContainers"]] == [NAME, "migrate"]
    assert [one["name"] for one in pod.spec["containers"]] == ["api"]


def test_a_classic_sidecar_comes_last() -> None:
    """`kubectl logs` and `exec` go on to take the workload's container."""
    pod = the_pod(applied("deployment", "sidecar-classic"))
    assert [one["name"] for one in pod.spec["containers"]] == ["api", NAME]


def test_a_job_gets_no_classic_sidecar() -> None:
    """It would never complete."""
    assert the_pod(applied("job", "sidecar-classic")).ours == []


@pytest.mark.parametrize("component", ["init", *SIDECARS])
def test_no_api_token_but_with_rbac(component: str) -> None:
    """Our container's is hidden by an empty directory, the workload's is left as it is."""
    without = the_pod(applied("deployment", component))
    granted = applied("deployment", component, "rbac")
    (pod,) = pods(objects(granted))
    assert _api_access(without) == {"emptyDir": {}}
    assert "serviceAccountToken" in _api_access(pod)["projected"]["sources"][0]
    assert "emptyDir" not in _api_access(pod)
    for one in (without, pod):
        assert "automountServiceAccountToken" not in one.spec
        (mount,) = one.ours[0]["volumeMounts"]
        assert mount["mountPath"] == "/var/run/secrets/kubernetes.io/serviceaccount"


def test_rbac_is_for_the_workloads_service_account() -> None:
    """The one ServiceAccount of the kustomization is bound, and may be read; nothing is cluster-wide."""
    made = {one["kind"]: one for one in objects(applied("job", "init", "rbac"))}
    assert made["RoleBinding"]["subjects"] == [{"kind": "ServiceAccount", "name": "settle"}]
    rules = made["Role"]["rules"]
    assert [rule["verbs"] for rule in rules] == [["get"], ["get"]]
    assert rules[1]["resourceNames"] == ["settle"]
    assert not made.keys() & {"ClusterRole", "ClusterRoleBinding"}


def _added(text: str) -> list[str]:
    """Return the changed lines but for heads of lists and maps, which a workload may have already."""
    heads = ("labels:", "metadata:", "initContainers:", "volumes:")
    return [line for line in changes(text) if line[1:] not in heads]


def _account(example: str) -> str:
    (pod,) = pods(objects((MANIFESTS / "examples" / example / "workload.yaml").read_text(encoding="utf-8")))
    return str(pod.spec["serviceAccountName"])


def _api_access(pod: Pod) -> Object:
    (volume,) = (one for one in pod.spec["volumes"] if one["name"] == "irsa-doctor-api-access")
    return {key: value for key, value in volume.items() if key != "name"}
