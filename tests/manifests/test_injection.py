"""Injection by label: what the admission policies and Kyverno's rules would do with a pod.

No API server runs here. CEL is evaluated by cel-python, with the types that the API server gives it: an object's type
must be the path of the field that it stands in, as the API server demands. Of Kyverno only the questions that its rules
ask are evaluated, and what they merge is compared: Kyverno itself is not asked.
"""

import copy
import re
from collections.abc import Iterator
from typing import Any

import celpy
import celpy.adapter
import jmespath  # type: ignore[import-untyped] # it has no types
import kubernetes_validate  # type: ignore[import-untyped] # it has no types
import pytest
from celpy import celtypes
from kustomized import MANIFESTS, MODE, NAME, WORKLOADS, Object, applied, built, objects, the_pod

MODES = ("init", "sidecar")
_TYPE = re.compile(r"\b(?:Object|JSONPatch)\b[\w.]*(?=\{)")


class Message(celtypes.MapType):
    """An object that an expression makes: its fields. It cannot be told apart from a map afterwards."""

    kind = ""

    def __init__(self, fields: celtypes.MapType | None) -> None:
        """Take the fields; None where there are none."""
        super().__init__(fields or {})
        for name, value in self.items():
            self._hold(str(name), value)

    def _hold(self, name: str, value: object) -> None:
        """Refuse an object of another type than the path of its field, as the API server does."""
        for one in value if isinstance(value, list) else [value]:
            if isinstance(one, Message) and self.kind != "JSONPatch":
                assert one.kind == f"{self.kind}.{name}"


def policies() -> dict[str, Object]:
    """Return the policies of both modes by their names."""
    made = objects(built(MANIFESTS / "inject" / "admission-policy"))
    return {one["metadata"]["name"]: one for one in made if one["kind"] == "MutatingAdmissionPolicy"}


def evaluated(expression: str, **names: Any) -> Any:  # noqa: ANN401 - whatever the expression is
    """Return what an expression says, as plain data."""
    # cel-python knows no type whose name is another's beginning: it is given them without their dots.
    types = {word: type("Message", (Message,), {"kind": word}) for word in _TYPE.findall(expression)}
    flat = _TYPE.sub(lambda word: word[0].replace(".", "_"), expression)
    environment = celpy.Environment(annotations={word.replace(".", "_"): made for word, made in types.items()})
    program = environment.program(environment.compile(flat))
    return plain(program.evaluate({name: celpy.adapter.json_to_cel(value) for name, value in names.items()}))


def plain(value: Any) -> Any:  # noqa: ANN401 - whatever CEL made
    """Return CEL's data as Python's."""
    if isinstance(value, dict):
        return {str(name): plain(one) for name, one in value.items()}
    if isinstance(value, list):
        return [plain(one) for one in value]
    if isinstance(value, celtypes.BoolType):
        return bool(value)
    assert isinstance(value, celtypes.IntType | celtypes.StringType), value  # an error is a value, too
    return int(value) if isinstance(value, celtypes.IntType) else str(value)


def pod_of(example: str, mode: str | None) -> Object:
    """Return the pod that an example's workload makes, with a label or without."""
    template = the_pod(applied(example))
    labels = {**template.metadata.get("labels", {}), **({MODE: mode} if mode else {})}
    metadata = {"name": "app-0", "namespace": "payments", "labels": labels}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": copy.deepcopy(template.spec)}


def admitted(pod: Object, policy: Object) -> Object:
    """Return a pod after a policy."""
    spec = policy["spec"]
    wanted = spec["matchConstraints"]["objectSelector"]["matchLabels"]
    if not wanted.items() <= pod["metadata"]["labels"].items():
        return pod
    if not all(evaluated(one["expression"], object=pod) for one in spec["matchConditions"]):
        return pod
    variables = {one["name"]: evaluated(one["expression"]) for one in spec["variables"]}
    (mutation,) = spec["mutations"]
    patched = copy.deepcopy(pod)
    for operation in evaluated(mutation["jsonPatch"]["expression"], object=pod, variables=variables):
        patch(patched, **operation)
    return patched


def patch(target: Any, *, op: str, path: str, value: Any) -> None:  # noqa: ANN401 - JSON
    """Add a value as RFC 6902 says; the policies do nothing else."""
    assert op == "add"
    *ways, last = path.removeprefix("/").split("/")
    for way in ways:
        target = target[way]
    if isinstance(target, list):
        target.insert(len(target) if last == "-" else int(last), value)
    else:
        target[last] = value


def component(mode: str) -> Object:
    """Return a component's container."""
    (container,) = the_pod(applied("deployment", mode)).ours
    return container


@pytest.fixture(params=MODES)
def mode(request: pytest.FixtureRequest) -> str:
    """Each mode that the label can name."""
    return str(request.param)


@pytest.mark.parametrize("example", WORKLOADS)
def test_a_labelled_pod_gets_the_components_container(example: str, mode: str) -> None:
    """Field for field, before the pod's own init containers, with its volume; the rest of the pod is as it was."""
    pod = pod_of(example, mode)
    after = admitted(pod, policies()[f"{NAME}-{mode}"])
    first, *others = after["spec"]["initContainers"]
    *kept, volume = after["spec"]["volumes"]
    assert first == component(mode)
    assert (others, kept) == (pod["spec"].get("initContainers", []), pod["spec"].get("volumes", []))
    assert volume == {"name": first["volumeMounts"][0]["name"], "emptyDir": {}}
    for name in ("initContainers", "volumes"):
        after["spec"].pop(name)
        pod["spec"].pop(name, None)
    assert after == pod
    kubernetes_validate.validate(admitted(pod, policies()[f"{NAME}-{mode}"]), "1.37", strict=True)


def test_it_is_never_injected_twice(mode: str) -> None:
    """Not by the same policy again, not by the other one, not into a pod that has a component."""
    once = admitted(pod_of("deployment", mode), policies()[f"{NAME}-{mode}"])
    for policy in policies().values():
        assert admitted(once, policy) == once
    for name in ("init", "sidecar", "sidecar-classic", "sidecar-gate"):
        template = the_pod(applied("deployment", name))
        pod = {"metadata": {"labels": {MODE: mode}}, "spec": template.spec}
        assert admitted(pod, policies()[f"{NAME}-{mode}"]) == pod


@pytest.mark.parametrize("label", [None, "", "off"])
def test_a_pod_without_the_label_is_not_touched(label: str | None) -> None:
    """The API server does not even ask the policy: objectSelector."""
    pod = pod_of("deployment", label)
    for policy in policies().values():
        assert admitted(pod, policy) == pod


def test_policies_are_bound_and_cannot_stop_a_pod() -> None:
    """A binding for each; where an expression fails the pod goes on without."""
    made = objects(built(MANIFESTS / "inject" / "admission-policy"))
    bound = {one["spec"]["policyName"] for one in made if one["kind"] == "MutatingAdmissionPolicyBinding"}
    assert bound == policies().keys() == {f"{NAME}-{mode}" for mode in MODES}
    for policy in policies().values():
        assert policy["spec"]["failurePolicy"] == "Ignore"
        (rule,) = policy["spec"]["matchConstraints"]["resourceRules"]
        assert (rule["operations"], rule["resources"]) == (["CREATE"], ["pods"])


def test_a_type_that_is_not_its_fields_path_is_refused() -> None:
    """The judge sees what the API server would refuse."""
    with pytest.raises(AssertionError):
        evaluated('Object.spec{volumes: [Object.spec.volume{name: "x"}]}')


# -------------------------------------------------------------------------------------------------------- Kyverno


def rules() -> Iterator[tuple[str, Object]]:
    """Yield Kyverno's rules by the label that they look for."""
    (policy,) = objects(built(MANIFESTS / "inject" / "kyverno"))
    assert policy["metadata"]["annotations"] == {"pod-policies.kyverno.io/autogen-controllers": "none"}
    assert policy["spec"]["failurePolicy"] == "Ignore"
    for rule in policy["spec"]["rules"]:
        (match,) = rule["match"]["all"]
        assert (match["resources"]["kinds"], match["resources"]["operations"]) == (["Pod"], ["CREATE"])
        yield match["resources"]["selector"]["matchLabels"][MODE], rule


def asks(rule: Object, pod: Object) -> bool:
    """Return whether a rule's question is answered as it wants: JMESPath within braces, compared with a number."""
    (question,) = rule["preconditions"]["all"]
    assert question["operator"] == "Equals"
    path = question["key"].removeprefix("{{").removesuffix("}}").strip()
    return bool(jmespath.search(path, {"request": {"object": pod}}) == question["value"])


def test_kyverno_merges_the_components_container() -> None:
    """The same container and volume for both modes, and nothing else."""
    found = dict(rules())
    assert found.keys() == set(MODES)
    for mode, rule in found.items():
        spec = rule["mutate"]["patchStrategicMerge"]["spec"]
        assert spec["initContainers"] == [component(mode)]
        assert spec["volumes"] == [{"name": "irsa-doctor-api-access", "emptyDir": {}}]
        assert spec.keys() == {"initContainers", "volumes"}


@pytest.mark.parametrize("example", ["deployment", "job"])
def test_kyverno_asks_whether_it_is_there(example: str) -> None:
    """With init containers and without: a pod that has the container, whichever way, is left alone."""
    for _, rule in rules():
        assert asks(rule, pod_of(example, "sidecar"))
        for name in ("init", "sidecar", "sidecar-classic"):
            template = the_pod(applied("deployment", name))
            assert not asks(rule, {"spec": template.spec})
