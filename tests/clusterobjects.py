"""A pod and its service account as a real cluster's API serves them: recorded, or completed where nothing was.

The pod is tests/recorded/pod-mutated.yaml, which kubectl printed. The service account is of the same names, in the form
that the API gives an object that was made by one manager and annotated by another.
"""

from pathlib import Path
from typing import Any

import yaml

RECORDED = Path(__file__).parent / "recorded"
ROLE = "arn:aws:iam::123456789012:role/app-role"
POD_PATH = "/api/v1/namespaces/payments/pods/app-0"
ACCOUNT_PATH = "/api/v1/namespaces/payments/serviceaccounts/app"


def pod(**spec: object) -> dict[str, Any]:
    """Return the recorded pod, with changes to its specification."""
    found: dict[str, Any] = yaml.safe_load((RECORDED / "pod-mutated.yaml").read_text())
    return {**found, "spec": {**found["spec"], **spec}}


def service_account(role: str | None = ROLE, annotated: str = "2026-11-22T00:01:00Z") -> dict[str, Any]:
    """Return the pod's service account, annotated at that time where it names a role."""
    annotations = {} if role is None else {"eks.amazonaws.com/role-arn": role}
    owned: dict[str, Any] = {"f:metadata": {"f:annotations": {".": {}, "f:eks.amazonaws.com/role-arn": {}}}}
    fields = [
        {"manager": "kubectl-create", "operation": "Update", "apiVersion": "v1", "time": "2026-11-21T23:59:00Z"},
        {
            "manager": "kubectl-annotate",
            "operation": "Update",
            "apiVersion": "v1",
            "time": annotated,
            "fieldsType": "FieldsV1",
            "fieldsV1": owned,
        },
    ]
    return {
        "kind": "ServiceAccount",
        "apiVersion": "v1",
        "metadata": {
            "name": "app",
            "namespace": "payments",
            "uid": "0f2b4fbd-6a39-4c5f-8d0e-2f6f5a8f3c11",
            "resourceVersion": "201",
            "creationTimestamp": "2026-11-21T23:59:00Z",
            "annotations": annotations,
            "managedFields": fields if role else fields[:1],
        },
    }


def status(code: int, reason: str) -> dict[str, Any]:
    """Return the body with which the API refuses."""
    message = f'pods "app-0" is forbidden: User "system:serviceaccount:payments:app" cannot get resource "{reason}"'
    return {
        "kind": "Status",
        "apiVersion": "v1",
        "status": "Failure",
        "message": message,
        "reason": reason,
        "code": code,
    }
