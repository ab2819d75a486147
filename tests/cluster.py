"""A server that speaks the Kubernetes API, as far as two GETs go, and what a pod has mounted for it.

The pod is a real cluster's (tests/recorded, FACTS K1). The service account has the form in which the API serves one
that ``kubectl create`` made and ``kubectl annotate`` changed; refusals are Status objects, word for word.
"""

import copy
import json
import ssl
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from parts import program, unasked
from servers import Authority, Behaviour, Server, response, routes
from sidecar.probe.world import World

ROLE = "arn:aws:iam::123456789012:role/app-role"
ROLE_ARN = "eks.amazonaws.com/role-arn"
API_TOKEN = "eyJhbGciOiJSUzI1NiJ9.the-pods-own-token-for-the-api.c2lnbmF0dXJl"
POD_PATH = "/api/v1/namespaces/payments/pods/app-0"
ACCOUNT_PATH = "/api/v1/namespaces/payments/serviceaccounts/app"
MADE = "2026-11-22T00:02:30Z"
"""When the service account was made and annotated: six seconds before the pod."""
_ALONE = ("unshare", "--map-root-user", "--mount")
_MOUNT = """
set -e
mount -t tmpfs tmpfs /run
mkdir -p /var/run/secrets/kubernetes.io
cp -R "$1" /var/run/secrets/kubernetes.io/serviceaccount
shift
exec "$@"
"""
_JSON = {"Content-Type": "application/json"}
_RECORDED: dict[str, Any] = yaml.safe_load((Path(__file__).parent / "recorded" / "pod-mutated.yaml").read_text())


def pod_object() -> dict[str, Any]:
    """Return the recorded pod as the API serves it, to be changed at will."""
    return copy.deepcopy(_RECORDED)


def account_object(role: str | None = ROLE, annotated: str | None = MADE, created: str = MADE) -> dict[str, Any]:
    """Return the pod's service account; ``annotated`` is None where managed fields were taken away."""
    made = {
        "manager": "kubectl-create",
        "operation": "Update",
        "apiVersion": "v1",
        "time": created,
        "fieldsType": "FieldsV1",
        "fieldsV1": {"f:metadata": {"f:labels": {".": {}, "f:team": {}}}},
    }
    fields: dict[str, Any] = {"f:metadata": {"f:annotations": {".": {}, f"f:{ROLE_ARN}": {}}}}
    annotate = {**made, "manager": "kubectl-annotate", "time": annotated, "fieldsV1": fields}
    metadata: dict[str, Any] = {
        "name": "app",
        "namespace": "payments",
        "uid": "8a0c0f3e-5b0a-4c5e-9a0f-0d7a3d2b9f11",
        "resourceVersion": "221",
        "creationTimestamp": created,
        "labels": {"team": "payments"},
    }
    if role:
        metadata["annotations"] = {ROLE_ARN: role}
    if annotated:
        metadata["managedFields"] = [made, annotate] if role else [made]
    return {"kind": "ServiceAccount", "apiVersion": "v1", "metadata": metadata}


def served(found: object) -> bytes:
    """Return the API's answer with an object."""
    return response(json.dumps(found).encode(), headers=_JSON)


def forbidden(kind: str, name: str) -> bytes:
    """Return the API's answer where RBAC does not permit a GET."""
    message = (
        f'{kind} "{name}" is forbidden: User "system:serviceaccount:payments:app" cannot get resource "{kind}" in API '
        'group "" in the namespace "payments"'
    )
    return _status(403, "Forbidden", message, {"name": name, "kind": kind})


def unauthorized() -> bytes:
    """Return the API's answer to a token that it does not take."""
    return _status(401, "Unauthorized", "Unauthorized")


def unknown(kind: str, name: str) -> bytes:
    """Return the API's answer about what there is not."""
    return _status(404, "NotFound", f'{kind} "{name}" not found', {"name": name, "kind": kind})


def _status(code: int, reason: str, message: str, details: Mapping[str, str] | None = None) -> bytes:
    status: dict[str, Any] = {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure"}
    status |= {"message": message, "reason": reason, **({"details": details} if details else {}), "code": code}
    return response(json.dumps(status).encode(), f"{code} {reason}", _JSON)


def answering(pod: bytes | None = None, account: bytes | None = None) -> Behaviour:
    """Answer with these where the two objects are; by default with both as they are."""
    return routes({POD_PATH: pod or served(pod_object()), ACCOUNT_PATH: account or served(account_object())})


def mounted(folder: Path, authority: Authority) -> Path:
    """Lay out what the kubelet mounts for the API, and return the namespace's file."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "token").write_text(API_TOKEN)
    (folder / "ca.crt").write_bytes(authority.bundle.read_bytes())
    namespace = folder / "namespace"
    namespace.write_text("payments")
    return namespace


def variables(server: Server, host: str = "127.0.0.1") -> dict[str, str]:
    """Return what Kubernetes sets in every container."""
    return {"KUBERNETES_SERVICE_HOST": host, "KUBERNETES_SERVICE_PORT": str(server.port)}


def world(server: Server, namespace: Path, host: str = "127.0.0.1", **environ: str) -> World:
    """Return the world of a container in which this server is the API."""
    return World({**variables(server, host), **environ}, namespace_file=namespace)


def context(authority: Authority, *names: str) -> ssl.SSLContext:
    """Return the context of an API server with these names."""
    return authority.context(*(names or ("127.0.0.1", "kubernetes.default.svc")))


def with_mount(folder: Path, command: Sequence[str]) -> list[str]:
    """Return the command that has this folder where Kubernetes mounts the API's token: in a file system of its own."""
    if not program("unshare") or subprocess.run([*_ALONE, "true"], check=False, capture_output=True).returncode:
        unasked("a file system of its own takes unshare, and more rights than these")
    return [*_ALONE, "sh", "-c", _MOUNT, "sh", str(folder), *command]
