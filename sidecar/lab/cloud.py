"""IAM's state and STS's credentials: moto's, an account for each pod."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from moto.iam.models import IAMBackend, OpenIDConnectProvider, Role, iam_backends
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from moto.sts.models import AssumedRole, sts_backends

from sidecar.lab.plan import CloudPlan

if TYPE_CHECKING:
    from wsgiref.types import WSGIApplication

ROLE_NAME = "payments-app"
READER = "reader"
"""The user whose keys lie at hand in some pods."""


def moto_app() -> "WSGIApplication":
    """Return moto's own application for IAM and STS."""
    app: WSGIApplication = DomainDispatcherApplication(create_backend_app)
    return app


@dataclass(frozen=True, slots=True)
class Account:
    """An AWS account of moto's, by its number."""

    number: str
    partition: str = "aws"

    @property
    def role_arn(self) -> str:
        """The ARN of the pod's role, whether it exists or not."""
        return f"arn:{self.partition}:iam::{self.number}:role/{ROLE_NAME}"

    def provider_arn(self, issuer: str) -> str:
        """Return the ARN of the provider for an issuer."""
        return f"arn:{self.partition}:iam::{self.number}:oidc-provider/{issuer.removeprefix('https://')}"

    def furnish(self, plan: CloudPlan, issuer: str, thumbprint: str, fill: Callable[[str], str]) -> None:
        """Create the provider and the role that the plan wants."""
        if plan.provider:
            mark = thumbprint if plan.thumbprint else "0" * 40
            self._iam.create_open_id_connect_provider(issuer, [mark], list(plan.client_ids), [])
        for stranger in plan.strangers:
            self._iam.create_open_id_connect_provider(fill(stranger), ["0" * 40], list(plan.client_ids), [])
        if plan.role:
            policy = json.dumps(_trust_policy(plan, fill)) if plan.policy is None else fill(plan.policy)
            self._iam.create_role(ROLE_NAME, policy, "/", None, "", [], "3600")

    def reader(self) -> tuple[str, str]:
        """Create a user with an access key; return the key's id and its secret."""
        self._iam.create_user("us-east-1", READER)
        key = self._iam.create_access_key(READER)
        return key.access_key_id, key.secret_access_key

    def provider(self, issuer: str) -> OpenIDConnectProvider | None:
        """Return the provider for exactly this issuer, if any."""
        providers: dict[str, OpenIDConnectProvider] = self._iam.open_id_providers
        return providers.get(self.provider_arn(issuer))

    def role(self, arn: str) -> Role | None:
        """Return the role with this ARN, if any."""
        return next((role for role in self._iam.get_roles() if role.arn == arn), None)

    def assume(self, role_arn: str, session: str, duration: int) -> AssumedRole:
        """Make credentials, so that GetCallerIdentity knows them afterwards."""
        region = {"aws-cn": "cn-north-1", "aws-us-gov": "us-gov-west-1"}.get(self.partition, "us-east-1")
        backend = sts_backends[self.number][self.partition]
        return backend.assume_role(region, session, role_arn, "", duration, "")

    def knows(self, access_key: str) -> bool:
        """Whether this account made that access key."""
        return access_key in self._iam.access_keys

    def forget(self) -> None:
        """Drop everything that was made in this account."""
        self._iam.reset()
        sts_backends[self.number][self.partition].reset()

    @property
    def _iam(self) -> IAMBackend:
        return iam_backends[self.number][self.partition]


def _trust_policy(plan: CloudPlan, fill: Callable[[str], str]) -> dict[str, Any]:
    conditions = {
        operator: {fill(name): fill(value) for name, value in keys.items()}
        for operator, keys in plan.conditions.items()
    }
    statement = {"Effect": "Allow", "Principal": {"Federated": fill(plan.principal)}, "Action": plan.action}
    return {"Version": "2012-10-17", "Statement": [{**statement, "Condition": conditions}]}
