"""Write irsa-doctor's container into the manifests that hold it, or with --check say whether they agree.

The container stands once, in manifests/container. YAML is indented, not read and written anew, so that comments are
kept; CEL is made of what the YAML says.
"""

import sys
from collections.abc import Mapping
from itertools import dropwhile
from pathlib import Path
from textwrap import indent
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tools"))

from written import write  # noqa: E402 - after it is within reach, with PYTHONSAFEPATH, too

MANIFESTS = ROOT / "manifests"
_CONTAINER = MANIFESTS / "container"
_MADE = "# Written by tools/render_manifests.py: change manifests/container, not this file.\n"
_VOLUME = "- name: irsa-doctor-api-access\n  emptyDir: {}\n"
_MAPS = ("requests", "limits")
"""Fields that are maps for CEL; every other mapping is an object with a type."""

_JOB = """\
apiVersion: batch/v1
kind: Job
metadata:
  name: irsa-doctor
spec:
  backoffLimit: 0
  activeDeadlineSeconds: 300
  template:
    metadata:
      labels:
        irsa-doctor.dev/mode: init
    spec:
      # The service account whose role is diagnosed.
      serviceAccountName: default
      restartPolicy: Never
      securityContext:
        runAsNonRoot: true
      containers:
{containers}
      volumes:
{volumes}"""

_TEMPLATE = """\
apiVersion: apps/v1
kind: Deployment  # and whatever else the target in kustomization.yaml names
metadata:
  name: any
spec:
{template}"""

_CRONJOB = """\
apiVersion: batch/v1
kind: CronJob
metadata:
  name: any
spec:
  jobTemplate:
    spec:
{template}"""

_POD = """\
template:
  metadata:
    labels:
      irsa-doctor.dev/mode: {mode}
  spec:
{containers}    volumes:
{volumes}"""

# The container comes first, as the components put it: into a list that may not be there yet.
_POLICY = """\
apiVersion: admissionregistration.k8s.io/v1
kind: MutatingAdmissionPolicy
metadata:
  name: irsa-doctor-{mode}
spec:
  failurePolicy: Ignore
  reinvocationPolicy: IfNeeded
  matchConstraints:
    objectSelector:
      matchLabels:
        irsa-doctor.dev/mode: {mode}
    resourceRules:
      - apiGroups: [""]
        apiVersions: [v1]
        operations: [CREATE]
        resources: [pods]
  matchConditions:
    - name: not-there-yet
      expression: >-
        !object.spec.containers.exists(c, c.name == "irsa-doctor")
        && !(has(object.spec.initContainers) && object.spec.initContainers.exists(c, c.name == "irsa-doctor"))
  variables:
    - name: image
      expression: '"{image}"'
    - name: imagePullPolicy
      expression: '"{pull}"'
  mutations:
    - patchType: JSONPatch
      jsonPatch:
        expression: |
          (has(object.spec.initContainers) ? [] : [JSONPatch{{op: "add", path: "/spec/initContainers", value: []}}])
          + (has(object.spec.volumes) ? [] : [JSONPatch{{op: "add", path: "/spec/volumes", value: []}}])
          + [
            JSONPatch{{op: "add", path: "/spec/initContainers/0", value:
{container}
            }},
            JSONPatch{{op: "add", path: "/spec/volumes/-", value:
{volume}
            }}
          ]
---
apiVersion: admissionregistration.k8s.io/v1
kind: MutatingAdmissionPolicyBinding
metadata:
  name: irsa-doctor-{mode}
spec:
  policyName: irsa-doctor-{mode}
"""

_KYVERNO = """\
apiVersion: kyverno.io/v1
kind: ClusterPolicy
metadata:
  name: irsa-doctor
  annotations:
    # Pods only: whoever wrote a Deployment finds it as it was written.
    pod-policies.kyverno.io/autogen-controllers: none
spec:
  background: false
  failurePolicy: Ignore
  rules:
{rules}"""

_RULE = """\
- name: {mode}
  match:
    all:
      - resources:
          kinds: [Pod]
          operations: [CREATE]
          selector:
            matchLabels:
              irsa-doctor.dev/mode: {mode}
  preconditions:
    all:
      - key: "{{{{ length(request.object.spec.[containers, initContainers][] | [?name == 'irsa-doctor']) }}}}"
        operator: Equals
        value: 0
  mutate:
    patchStrategicMerge:
      spec:
        initContainers:
{containers}
        volumes:
{volumes}"""


def container_text(mode: str) -> str:
    """Return a mode's container as YAML, comments and all, but for the comment that heads the source."""
    lines = (_CONTAINER / "common.yaml").read_text(encoding="utf-8").splitlines(keepends=True)
    common = dropwhile(lambda line: line.startswith("#"), lines)
    return "".join(common) + (_CONTAINER / f"{mode}.yaml").read_text(encoding="utf-8")


def container(mode: str) -> dict[str, Any]:
    """Return a mode's container."""
    made: dict[str, Any] = yaml.safe_load(container_text(mode))
    return made


def files() -> dict[Path, str]:
    """Return each file's text by its path."""
    components, inject = MANIFESTS / "components", MANIFESTS / "inject"
    texts = {
        MANIFESTS / "base" / "job.yaml": _JOB.format(containers=_item("init", 8), volumes=indent(_VOLUME, " " * 8)),
        components / "sidecar-classic" / "append.yaml": _append(),
        inject / "kyverno" / "policy.yaml": _KYVERNO.format(rules="".join(map(_rule, ("init", "sidecar")))),
    }
    for mode in ("init", "sidecar", "sidecar-classic"):
        texts[components / mode / "template.yaml"] = _TEMPLATE.format(template=indent(_pod(mode), " " * 2))
    for mode in ("init", "sidecar"):
        texts[components / mode / "cronjob.yaml"] = _CRONJOB.format(template=indent(_pod(mode), " " * 6))
        texts[inject / "admission-policy" / f"{mode}.yaml"] = _policy(mode)
    return {path: _MADE + text for path, text in texts.items()}


def _item(mode: str, depth: int) -> str:
    """Return the container as an item of a list, without the last line's end."""
    text = indent(container_text(mode), "  ").rstrip("\n")
    return indent("- " + text.removeprefix("  "), " " * depth)


def _pod(mode: str) -> str:
    """Return what is merged into a pod's template; a classic sidecar's container is appended instead."""
    containers = "" if mode == "sidecar-classic" else f"    initContainers:\n{_item(mode, 6)}\n"
    label = mode.removesuffix("-classic")
    return _POD.format(mode=label, containers=containers, volumes=indent(_VOLUME, " " * 6))


def _append() -> str:
    """Return the patch that puts a classic sidecar last: `kubectl logs` and `exec` take a pod's first container."""
    value = indent(container_text("sidecar-classic"), " " * 4)
    return f"- op: add\n  path: /spec/template/spec/containers/-\n  value:\n{value}"


def _rule(mode: str) -> str:
    rule = _RULE.format(mode=mode, containers=_item(mode, 10), volumes=indent(_VOLUME, " " * 10))
    return indent(rule, " " * 4)


def _policy(mode: str) -> str:
    made = container(mode)
    variables = {name: f"variables.{name}" for name in ("image", "imagePullPolicy")}
    return _POLICY.format(
        mode=mode,
        image=made["image"],
        pull=made["imagePullPolicy"],
        container=indent(cel(made, "Object.spec.initContainers", variables), " " * 14),
        volume=indent(cel(yaml.safe_load(_VOLUME)[0], "Object.spec.volumes"), " " * 14),
    )


def cel(value: object, kind: str, variables: Mapping[str, str] | None = None) -> str:
    """Return a value as CEL. ``kind`` is its type if it is an object; ``variables`` stand for fields of it."""
    match value:
        case dict() if kind.rpartition(".")[2] in _MAPS:
            return _bracketed([f"{cel(name, '')}: {cel(one, '')}" for name, one in value.items()], "{}")
        case dict():
            given = variables or {}
            fields = [f"{name}: {given.get(name) or cel(one, f'{kind}.{name}')}" for name, one in value.items()]
            return kind + _bracketed(fields, "{}")
        case list():
            return _bracketed([cel(one, kind) for one in value], "[]")
        case bool():
            return str(value).lower()
        case int():
            return str(value)
        case _:
            return f'"{value}"'


def _bracketed(parts: list[str], brackets: str) -> str:
    """Return parts within brackets: on one line where that is short, else one a line."""
    line = ", ".join(parts)
    if len(line) <= 60 and "\n" not in line:  # noqa: PLR2004 - a matter of looks
        return f"{brackets[0]}{line}{brackets[1]}"
    lines = indent(",\n".join(parts), "  ")
    return f"{brackets[0]}\n{lines}\n{brackets[1]}"


def main() -> int:
    """Write the files; with --check write nothing, and return 1 where one differs."""
    return write(files(), __doc__)


if __name__ == "__main__":
    sys.exit(main())
