"""The AWS CLI, which is not ours, takes the lab's STS for AWS's."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from sidecar.lab.lab import Lab
from sidecar.lab.scenarios import SCENARIOS

AWS = shutil.which("aws", path=os.pathsep.join((str(Path(sys.executable).parent), os.environ.get("PATH", ""))))

pytestmark = pytest.mark.skipif(AWS is None, reason="the AWS CLI is not installed")


def get_caller_identity(lab: Lab, name: str) -> "subprocess.CompletedProcess[str]":
    """Run `aws sts get-caller-identity` in the scenario's pod; HOME is the pod's, so that nothing is cached."""
    assert AWS is not None
    with lab.pod(SCENARIOS[name]) as pod:
        environ = {**pod.environ, "HOME": str(pod.directory), "AWS_MAX_ATTEMPTS": "1"}
        return subprocess.run(
            [AWS, "sts", "get-caller-identity", "--output", "json"],
            env=environ,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )


def test_cli_becomes_the_assumed_role(lab: Lab) -> None:
    """With web identity in the environment the CLI gets credentials, uses them, and is the role."""
    done = get_caller_identity(lab, "healthy")
    assert done.returncode == 0, done.stderr
    assert ":assumed-role/payments-app/" in json.loads(done.stdout)["Arn"]


@pytest.mark.parametrize(
    ("name", "words"),
    [
        (
            "trust-policy-denied",
            "(AccessDenied) when calling the AssumeRoleWithWebIdentity operation: Not authorized to perform sts:Assume",
        ),
        ("oidc-provider-missing", "(InvalidIdentityToken) when calling the AssumeRoleWithWebIdentity operation: No "),
        ("token-expired", "(ExpiredTokenException) when calling the AssumeRoleWithWebIdentity operation: Token exp"),
        ("role-arn-invalid", "(ValidationError) when calling the AssumeRoleWithWebIdentity operation: Request ARN is"),
        ("clock-skew", "(SignatureDoesNotMatch) when calling the GetCallerIdentity operation: Signature expired: "),
    ],
)
def test_cli_reads_refusals_as_awss(lab: Lab, name: str, words: str) -> None:
    """The CLI finds code, operation and message of a refusal where AWS puts them."""
    done = get_caller_identity(lab, name)
    assert done.returncode != 0
    assert f"An error occurred {words}" in done.stderr
