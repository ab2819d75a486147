"""The names that remedies and commands are filled in with. Pure."""

import json

from sidecar.arns import parse_role_arn, provider_arn, provider_path
from sidecar.facts import CertificateChain, Endpoint, Expectation, Names, Settings, Token
from sidecar.model import Absent, Failed


def names(
    expectation: Expectation,
    settings: Settings | Failed,
    endpoint: Endpoint | Failed | Absent,
    token: Token | Failed | Absent,
    chain: CertificateChain | Absent,
) -> Names:
    """Return what is known of the pod's names; the rest are words in capitals that show what to put there."""
    claims = _claims(token)
    known = {
        "namespace": expectation.namespace or claims.get("namespace"),
        "service_account": expectation.service_account or claims.get("service_account"),
        "pod": expectation.pod or claims.get("pod"),
        "audience": (token.effective_audience if isinstance(token, Token) else None) or expectation.audience,
        "thumbprint": chain.thumbprint if isinstance(chain, CertificateChain) else None,
        "sts_host": endpoint.host if isinstance(endpoint, Endpoint) else None,
        **{name: claims.get(name) for name in ("issuer", "subject")},
        **_role_names(settings),
    }
    found = Names(**{name: value for name, value in known.items() if value})
    return _with_provider(found)


def _claims(token: Token | Failed | Absent) -> dict[str, str | None]:
    if not isinstance(token, Token):
        return {}
    of_pod = {"namespace": token.namespace, "service_account": token.service_account, "pod": token.pod}
    return {"issuer": token.issuer, "subject": token.subject, **of_pod}


def _role_names(settings: Settings | Failed) -> dict[str, str | None]:
    if isinstance(settings, Failed):
        return {}
    region = settings.region.value if settings.region else None
    text = settings.role_arn.value if settings.role_arn else ""
    role = parse_role_arn(text)
    return {
        "region": region,
        "role_arn": text,
        "role_name": role.name if role else None,
        "account": role.account if role else None,
    }


def _with_provider(found: Names) -> Names:
    """Add the provider's ARN and the admitting trust policy, which are made of other names."""
    role = parse_role_arn(found.role_arn)
    arn = (
        provider_arn(role, found.issuer)
        if role
        else f"arn:aws:iam::{found.account}:oidc-provider/{provider_path(found.issuer)}"
    )
    policy = _admitting_policy(arn, found.issuer, found.subject, found.audience)
    return found._replace(provider_arn=arn, trust_policy=policy)


def _admitting_policy(arn: str, issuer: str, subject: str, audience: str) -> str:
    prefix = provider_path(issuer)
    statement = {
        "Effect": "Allow",
        "Principal": {"Federated": arn},
        "Action": "sts:AssumeRoleWithWebIdentity",
        "Condition": {"StringEquals": {f"{prefix}:aud": audience, f"{prefix}:sub": subject}},
    }
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})
