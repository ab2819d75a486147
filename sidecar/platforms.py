"""Which platform issued a token, as far as its issuer's URL shows. Pure (FACTS C16, C17, C22, C23).

Nothing in a URL proves a platform but the names that AWS and Red Hat keep to themselves: all else "looks like" one.
"""

import re
from enum import StrEnum
from typing import NamedTuple

from sidecar.partitions import COMMERCIAL, PARTITIONS, Partition, host_of, partition_of, region_in

_S3 = r"(?:(?P<bucket>[\w.-]+)\.)?s3(?:\.dualstack)?[.-](?P<region>[a-z]+(?:-[a-z]+)+-\d+)\.(?P<suffix>[\w.-]+)"
_LONGEST_HOST = 253  # characters that DNS takes
_DOCUMENTED = frozenset({COMMERCIAL, "aws-us-gov", "aws-cn"})
"""Partitions whose EKS issuers have a documented form; others follow the same rule, as far as anybody knows."""


class Kind(StrEnum):
    """Where an issuer's documents are served, which is what its platform depends on."""

    EKS = "eks"
    S3 = "s3"
    CLOUDFRONT = "cloudfront"
    ROSA = "rosa"
    OTHER = "other"


class Platform(NamedTuple):
    """What an issuer is, ``words`` a clause for people, empty where nothing is known; ``region`` where it names one."""

    kind: Kind
    words: str = ""
    region: str | None = None

    @property
    def in_aws(self) -> bool:
        """Whether AWS serves its documents, with a certificate that AWS's own trust store knows (FACTS B6)."""
        return self.kind in {Kind.EKS, Kind.S3, Kind.CLOUDFRONT}


def platform_of(issuer: str) -> Platform:
    """Return what the issuer's URL shows of the platform that issued the token."""
    host = host_of(issuer)
    if len(host) > _LONGEST_HOST:
        return Platform(Kind.OTHER)
    if host.endswith((".cloudfront.net", ".cloudfront.cn")):
        return Platform(Kind.CLOUDFRONT, "looks like OpenShift or ROSA: a private bucket behind CloudFront")
    if host.endswith(".openshiftapps.com"):
        return Platform(Kind.ROSA, "ROSA, whose issuer Red Hat hosts")
    return _eks(host, region_in(issuer)) or _bucket(host, issuer) or Platform(Kind.OTHER)


def _eks(host: str, region: str | None) -> Platform | None:
    partition = partition_of(region or "")
    if region is None or partition is None:
        return None
    forms = _eks_hosts(PARTITIONS[partition], region)
    if host not in forms:
        return None
    certainly = "" if partition in _DOCUMENTED else "looks like "
    return Platform(Kind.EKS, f"{certainly}{forms[host]} in {region}", region)


def _eks_hosts(partition: Partition, region: str) -> dict[str, str]:
    return {
        f"oidc.eks.{region}.{partition.suffix}": "an EKS cluster",
        f"oidc-eks.{region}.{partition.dualstack}": "an EKS cluster with IPv6",
    }


def _bucket(host: str, issuer: str) -> Platform | None:
    """Return an issuer whose documents are in a bucket: only OpenShift's tool has a form of its own for its name."""
    match = re.fullmatch(_S3, host)
    if match is None:
        old = host == "s3.amazonaws.com" or host.endswith(".s3.amazonaws.com")
        return Platform(Kind.S3, "looks like kOps or a self-managed cluster: an S3 bucket") if old else None
    region = match["region"]
    partition = PARTITIONS.get(partition_of(region) or "")
    if partition is None or match["suffix"] != partition.suffix:
        return None
    bare = issuer.partition("://")[2].rstrip("/").lower() == host
    named = (match["bucket"] or "").endswith("-oidc")
    who = "OpenShift" if bare and named else "kOps, OpenShift or a self-managed cluster"
    return Platform(Kind.S3, f"looks like {who}: an S3 bucket in {region}", region)
