"""The names that remedies and commands are filled in with. Pure."""

import json
import re

from sidecar.arns import RoleArn, parse_role_arn, provider_arn, provider_path
from sidecar.facts import CertificateChain, Endpoint, Expectation, Names, Settings, Token
from sidecar.model import Absent, Failed
from sidecar.partitions import COMMERCIAL, iam_region, partition_of, region_in

# What Kubernetes makes the ends of pods' names of: no vowel, no 0, 1 or 3.
_RANDOM = "[bcdfghjklmnpqrstvwxz2456789]"
_OF_DEPLOYMENT = re.compile(rf"(?P<owner>.+)-{_RANDOM}{{7,10}}-{_RANDOM}{{5}}")
_OF_STATEFUL_SET = re.compile(r"(?P<owner>.+)-\d+")
_LONGEST_NAME = 63  # of a longer one only the beginning is in the pod's name


def names(
    expectation: Expectation,
    settings: Settings | Failed | Absent,
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
        "region": _region(settings, claims.get("issuer")),
    }
    found = Names(**{name: value for name, value in known.items() if value})
    partition = _partition(settings, found)
    found = found._replace(workload=_workload(found.pod), iam_region=iam_region(partition, found.region))
    return _with_provider(found, partition)


def _claims(token: Token | Failed | Absent) -> dict[str, str | None]:
    if not isinstance(token, Token):
        return {}
    of_pod = {"namespace": token.namespace, "service_account": token.service_account, "pod": token.pod}
    return {"issuer": token.issuer, "subject": token.subject, **of_pod}


def _role_names(settings: Settings | Failed | Absent) -> dict[str, str | None]:
    if not isinstance(settings, Settings):
        return {}
    text = settings.role_arn.value if settings.role_arn else ""
    role = parse_role_arn(text)
    return {
        "role_arn": text,
        "role_name": role.name if role else None,
        "role_path": role.path if role else None,
        "account": role.account if role else None,
    }


def _region(settings: Settings | Failed | Absent, issuer: str | None) -> str | None:
    """Return the configured region; where AWS has none like it, what it may be meant to be, else the cluster's."""
    configured = settings.region if isinstance(settings, Settings) else None
    if configured and isinstance(settings, Settings) and settings.region_partition:
        return configured.value
    tidied = configured.value.strip().lower() if configured else ""
    return tidied if partition_of(tidied) else region_in(issuer or "")


def _partition(settings: Settings | Failed | Absent, found: Names) -> str:
    """Return the partition of the role, else of the region, else of the issuer's host, else ``aws``."""
    role = parse_role_arn(found.role_arn)
    configured = settings.region_partition if isinstance(settings, Settings) else None
    of_region = configured or partition_of(found.region)
    return role.partition if role else of_region or partition_of(region_in(found.issuer) or "") or COMMERCIAL


def _workload(pod: str) -> str:
    """Return what makes a pod of this name, where the name has a Deployment's or a StatefulSet's form."""
    deployed = _OF_DEPLOYMENT.fullmatch(pod) if len(pod) < _LONGEST_NAME else None
    if deployed:
        return f"deployment/{deployed['owner']}"
    stateful = _OF_STATEFUL_SET.fullmatch(pod)
    return f"statefulset/{stateful['owner']}" if stateful else Names().workload


def _with_provider(found: Names, partition: str) -> Names:
    """Add the provider's ARN and the admitting trust policy, which are made of other names."""
    arn = provider_arn(RoleArn(partition, found.account, "/", found.role_name), found.issuer)
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
