"""`irsa-doctor check` as a process of a pod that may ask the Kubernetes API: what it then finds.

The API's token lies where Kubernetes mounts it, in a file system of the test's own.
"""

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from cluster import (
    API_TOKEN,
    account_object,
    answering,
    context,
    forbidden,
    mounted,
    pod_object,
    served,
    unauthorized,
    variables,
    with_mount,
)
from insidepod import PATIENCE
from servers import Authority, Behaviour, Server
from sidecar.lab.lab import Lab
from sidecar.lab.scenarios import SCENARIOS

LATER = "2026-11-22T09:00:00Z"
"""When the recorded pod was there already."""
Check = Callable[..., dict[str, Any]]


@pytest.fixture
def check(lab: Lab, tmp_path: Path) -> Iterator[Check]:
    """Return what runs ``check`` in a pod of a scenario, with an API made for its role, and returns the report."""
    authority = Authority(tmp_path)
    folder = mounted(tmp_path / "serviceaccount", authority).parent
    with ExitStack() as stack:

        def run(scenario: str, api: Callable[[str], Behaviour]) -> dict[str, Any]:
            pod = stack.enter_context(lab.pod(SCENARIOS[scenario]))
            behave = api(pod.environ.get("AWS_ROLE_ARN", ""))
            server = stack.enter_context(Server(behave, context(authority)))
            command = [sys.executable, "-m", "sidecar", "check", "--format", "json", *pod.arguments]
            done = subprocess.run(
                with_mount(folder, command),
                env={**pod.environ, **variables(server)},
                capture_output=True,
                check=False,
                text=True,
                timeout=PATIENCE,
            )
            assert server.connections == 2
            assert API_TOKEN not in done.stdout + done.stderr
            found: dict[str, Any] = json.loads(done.stdout)
            return found

        yield run


def bare(**annotations: str) -> dict[str, Any]:
    """Return the recorded pod as it is where the webhook did nothing."""
    found = pod_object()
    for one in (*found["spec"]["initContainers"], *found["spec"]["containers"]):
        one["env"] = []
        one["volumeMounts"] = one["volumeMounts"][:1]
    found["metadata"]["annotations"] |= {f"eks.amazonaws.com/{name}": value for name, value in annotations.items()}
    return found


def asked(report: dict[str, Any], check: str) -> dict[str, Any]:
    """Return this check's line."""
    (line,) = [line for line in report["checks"] if line["check"] == check]
    found: dict[str, Any] = line
    return found


@pytest.mark.parametrize(
    ("pod", "account", "cause"),
    [
        (bare(), account_object(role=None), "service-account-not-annotated"),
        (bare(), account_object(annotated=LATER), "pod-older-than-annotation"),
        (bare(), account_object(), "irsa-env-not-injected"),
        (bare(), account_object(annotated=None), "irsa-env-not-injected"),
        (
            bare(**{"skip-containers": "irsa-init,irsa-sidecar,app,has-own"}),
            account_object(),
            "container-skipped",
        ),
    ],
)
def test_why_the_webhook_did_nothing(check: Check, pod: object, account: object, cause: str) -> None:
    """What the cluster shows is the root cause; where it shows nothing, that there are no settings is."""
    report = check("irsa-env-not-injected", lambda _: answering(served(pod), served(account)))
    assert report["root_cause"]["name"] == cause
    assert report["root_cause"]["severity"] == "error"
    assert asked(report, "environment.injected")["status"] == "fail"


def test_a_role_that_was_changed_since(check: Check) -> None:
    """STS accepts the pod's role: it is the wrong one all the same, until the pod is made anew."""
    role = "arn:aws:iam::111122220001:role/payments-app-new"
    report = check("healthy", lambda _: answering(account=served(account_object(role, LATER))))
    assert (report["healthy"], report["root_cause"]["name"]) == (False, "annotation-differs")
    assert report["root_cause"]["evidence"]["annotation"] == role


def test_a_healthy_pod_stays_so(check: Check) -> None:
    """And what could be seen of it is said."""
    report = check("healthy", lambda role: answering(account=served(account_object(role))))
    assert report["healthy"]
    assert asked(report, "kubernetes.annotated")["detail"] == report["identity"]["role_arn"]
    assert asked(report, "kubernetes.annotation_same")["status"] == "pass"


@pytest.mark.parametrize(
    ("pod", "account"),
    [(forbidden("pods", "app-0"), forbidden("serviceaccounts", "app")), (unauthorized(), unauthorized())],
)
def test_without_the_right_nothing_changes(check: Check, pod: bytes, account: bytes) -> None:
    """Each check of it is skipped, with the rule that it takes."""
    report = check("healthy", lambda _: answering(pod, account))
    assert report["healthy"]
    lines = [line for line in report["checks"] if line["check"].startswith("kubernetes.")]
    assert {line["status"] for line in lines} == {"skip"}
    assert [line for line in lines if "a Role with get on pods and serviceaccounts" not in line["detail"]] == []
