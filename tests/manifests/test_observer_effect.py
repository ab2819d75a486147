"""Our container must not change who can read the token: what the kubelet makes of a pod's users, before and after."""

import copy

import pytest
from kustomized import EXAMPLES, MANIFESTS, WORKLOADS, Object, Pod, applied, built, objects, pods, the_pod

TOLD_BY_THE_POD = {"runAsUser", "runAsGroup", "runAsNonRoot", "privileged", "seLinuxOptions", "procMount"}
WAYS = ("init", "sidecar", "sidecar-classic", "sidecar-gate")


def owner(pod: Pod) -> int | None:
    """Return the user that the kubelet gives a projected token to, with mode 0600: the one that all containers run as.

    None where they have none in common, or one of them names none: then the file is root's, with mode 0644, or with an
    fsGroup 0640.
    """
    users = {_user(pod, one) for one in pod.containers}
    return users.pop() if len(users) == 1 else None


def _user(pod: Pod, container: Object) -> int | None:
    mine: int | None = container.get("securityContext", {}).get("runAsUser")
    return mine if mine is not None else pod.spec.get("securityContext", {}).get("runAsUser")


@pytest.mark.parametrize("component", WAYS)
@pytest.mark.parametrize("example", WORKLOADS)
def test_the_tokens_owner_stays(example: str, component: str) -> None:
    """Whether the pod names a user or, as under OpenShift, does not."""
    before = the_pod(applied(example))
    after = the_pod(applied(example, component))
    assert owner(after) == owner(before) == (None if example == "openshift" else 10001)
    assert after.spec.get("securityContext") == before.spec.get("securityContext")


def test_a_user_of_our_own_would_change_it() -> None:
    """Which is why the manifests set none: the workload's 0600 would become everybody's 0644."""
    pod = the_pod(applied("deployment", "sidecar"))
    pod.ours[0]["securityContext"]["runAsUser"] = 65532
    assert owner(pod) is None


def test_a_workload_that_names_its_user_itself() -> None:
    """Where only the workload's containers name a user, ours must be given the same: docs/manifests.md says so."""
    pod = the_pod(applied("classic", "sidecar"))
    pod.spec["securityContext"].pop("runAsUser")
    alone = copy.deepcopy(pod)
    for one in (pod, alone):
        one.spec["containers"][0].setdefault("securityContext", {})["runAsUser"] = 1000
    alone.spec.pop("initContainers")
    assert (owner(alone), owner(pod)) == (1000, None)
    pod.ours[0]["securityContext"]["runAsUser"] = 1000
    assert owner(pod) == 1000


@pytest.mark.parametrize("name", ["base", *(f"examples/{name}" for name in EXAMPLES)])
def test_our_container_is_held_fast(name: str) -> None:
    """It can write nothing, gain nothing, and says nothing of what the pod decides; it is small."""
    for pod in pods(objects(built(MANIFESTS / name))):
        (ours,) = pod.ours
        context = ours["securityContext"]
        assert context == {
            "allowPrivilegeEscalation": False,
            "capabilities": {"drop": ["ALL"]},
            "readOnlyRootFilesystem": True,
            "seccompProfile": {"type": "RuntimeDefault"},
        }
        assert not context.keys() & TOLD_BY_THE_POD
        assert ours["terminationMessagePolicy"] == "FallbackToLogsOnError"
        assert ours["resources"]["requests"].keys() == {"cpu", "memory"}
        assert ours["resources"]["limits"].keys() == {"memory"}


@pytest.mark.parametrize("name", ["base", "examples/openshift", "examples/restricted"])
def test_pod_security_restricted_admits_them(name: str) -> None:
    """By the standard's own words, for every container: restricted-v2 of OpenShift asks for no more."""
    for pod in pods(objects(built(MANIFESTS / name))):
        told = pod.spec["securityContext"]
        assert not {"hostNetwork", "hostPID", "hostIPC"} & pod.spec.keys()
        assert all(volume.keys() & {"emptyDir", "projected", "configMap", "secret"} for volume in pod.spec["volumes"])
        for one in pod.containers:
            context = told | one.get("securityContext", {})
            assert context["runAsNonRoot"] is True
            assert context.get("runAsUser") != 0
            assert context["allowPrivilegeEscalation"] is False
            assert context["capabilities"] == {"drop": ["ALL"]}
            assert context["seccompProfile"]["type"] == "RuntimeDefault"
