"""Pods whose role, trust policy or provider IAM shows: IRSA406, 601, 607, 70x, 710. Data only.

IAM shows it to the keys of a profile, which lie at hand, or to the role itself (``--iam on``).
"""

import json
from collections.abc import Mapping

from sidecar.lab.plan import AUDIENCE, NAMESPACE, READS, SERVICE_ACCOUNT, SUBJECT, TRUSTED, CloudPlan, Scenario

KEYS: Mapping[str, str] = {
    "credentials": "[default]\naws_access_key_id = $reader_key\naws_secret_access_key = $reader_secret\n"
}
"""A profile with a user's keys: web identity comes first for botocore, so that the workload does not see them."""
EXCHANGE = "sts:AssumeRoleWithWebIdentity"


def _shown(name: str, summary: str, cloud: CloudPlan) -> Scenario:
    """Return a pod that STS refuses, beside keys that may read IAM."""
    return Scenario(name=name, summary=summary, expects=name, files=KEYS, cloud=cloud)


def _by(conditions: Mapping[str, Mapping[str, str]]) -> CloudPlan:
    return CloudPlan(conditions=conditions, permits=READS)


def _statement(effect: str = "Allow", **parts: object) -> dict[str, object]:
    return {"Effect": effect, "Principal": {"Federated": "$provider_arn"}, "Action": EXCHANGE, **parts}


def _policy(*statements: Mapping[str, object]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": statements})


_ADMITTING = _statement(Condition=TRUSTED)
_TWICE = (
    '{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Principal": {"Federated": "$provider_arn"}, '
    f'"Action": "{EXCHANGE}", "Condition": {{"StringEquals": {{"$provider:sub": "system:serviceaccount:other:app"}}, '
    f'"StringEquals": {{"$provider:sub": "{SUBJECT}", "$provider:aud": "{AUDIENCE}"}}}}}}}}'
)

TRUST: tuple[Scenario, ...] = (
    _shown(
        "trust-principal-mismatch",
        "the trust policy names the provider of a cluster that is gone",
        CloudPlan(
            principal="arn:aws:iam::$account:oidc-provider/oidc.eks.us-west-2.amazonaws.com/id/OLD", permits=READS
        ),
    ),
    _shown(
        "trust-subject-mismatch",
        "the trust policy names a misspelt service account",
        _by({"StringEquals": {"$provider:aud": AUDIENCE, "$provider:sub": SUBJECT + "s"}}),
    ),
    _shown(
        "trust-audience-mismatch",
        "the condition on the audience holds the subject",
        _by({"StringEquals": {"$provider:aud": SUBJECT, "$provider:sub": SUBJECT}}),
    ),
    _shown(
        "trust-wildcard-literal",
        "a wildcard under StringEquals, where it stands for itself",
        _by({"StringEquals": {"$provider:aud": AUDIENCE, "$provider:sub": f"system:serviceaccount:{NAMESPACE}:*"}}),
    ),
    _shown(
        "trust-action-missing",
        "the trust policy allows sts:AssumeRole, which is not enough",
        CloudPlan(action="sts:AssumeRole", permits=READS),
    ),
    _shown(
        "trust-condition-key-wrong",
        "the condition's keys begin with https://, which no exchange carries",
        _by({"StringEquals": {"https://$provider:aud": AUDIENCE, "https://$provider:sub": SUBJECT}}),
    ),
    _shown(
        "trust-explicit-deny",
        "one statement allows the token, another denies it",
        CloudPlan(
            policy=_policy(
                _ADMITTING,
                _statement("Deny", Condition={"StringLike": {"$provider:sub": f"system:serviceaccount:{NAMESPACE}:*"}}),
            ),
            permits=READS,
        ),
    ),
    Scenario(
        name="trust-too-open",
        summary="every service account of the cluster may assume the role",
        warns=("trust-too-open",),
        cloud=_by({"StringEquals": {"$provider:aud": AUDIENCE}}),
        flags=("--iam", "on"),
    ),
    Scenario(
        name="trust-duplicate-key",
        summary="the trust policy holds StringEquals twice, and only the last counts",
        warns=("trust-duplicate-key",),
        cloud=CloudPlan(policy=_TWICE, permits=READS),
        flags=("--iam", "on"),
    ),
    _shown(
        "provider-audience-missing",
        "the provider's client ids lack the audience, as IAM shows",
        CloudPlan(client_ids=("another.example.com",), permits=READS),
    ),
    _shown("role-not-found", "the role does not exist, as IAM shows", CloudPlan(role=False, permits=READS)),
    Scenario(
        name="role-under-another-path",
        summary="the role exists, but under another path than the pod asks for",
        expects="role-not-found",
        environ={"AWS_ROLE_ARN": "arn:aws:iam::$account:role/team/payments-app"},
        files=KEYS,
        cloud=CloudPlan(permits=READS),
    ),
    Scenario(
        name="oidc-provider-of-another-cluster",
        summary="IAM has a provider, but for the cluster as it was before it was made anew",
        expects="oidc-provider-missing",
        files=KEYS,
        cloud=CloudPlan(provider=False, strangers=("${issuer}-old",), permits=READS),
    ),
    Scenario(
        name="iam-not-permitted",
        summary="keys lie at hand that may not read IAM",
        expects="trust-policy-denied",
        files=KEYS,
        cloud=CloudPlan(role=False),
    ),
    Scenario(
        name="trust-policy-admits",
        summary="the trust policy admits the token, and STS refuses it all the same",
        expects="trust-policy-denied",
        files=KEYS,
        cloud=CloudPlan(permits=READS, control=True),
    ),
    Scenario(
        name="trust-policy-file",
        summary="a trust policy in a file, without an exchange",
        expects="trust-subject-mismatch",
        files={
            "trust.json": _policy(
                _statement(
                    Condition={"StringEquals": {"$provider:sub": f"system:serviceaccount:other:{SERVICE_ACCOUNT}"}}
                )
            )
        },
        flags=("--no-exchange", "--trust-policy", "$directory/trust.json"),
    ),
    Scenario(
        name="thumbprint-differs-in-iam",
        summary="the provider's thumbprint is another, which AWS does not look at where it trusts the certificate",
        warns=("thumbprint-differs",),
        cloud=CloudPlan(thumbprint=False, permits=READS),
        flags=("--iam", "on"),
    ),
)
