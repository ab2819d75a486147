"""AWS partitions: their regions and hosts, and which one a region or a host is of. Pure (FACTS D21, D22, D24).

botocore's own tables are the judge of these (tests/probe/test_every_partition.py). Patterns are compiled where they
are first used: `watch` loads this module and asks it nothing.
"""

import re
from collections.abc import Mapping
from typing import NamedTuple

COMMERCIAL = "aws"
"""The partition whose IAM every AWS CLI finds without being told a region, and the only one with a global STS."""
GLOBAL_STS = "sts.amazonaws.com"
"""The host of the global endpoint. The audience that the EKS webhook asks for is written alike (FACTS C1, D22)."""


class Partition(NamedTuple):
    """How its regions are written, how its hosts end (those with IPv6 in ``dualstack``), where its IAM is asked."""

    regions: str
    suffix: str
    dualstack: str
    home: str


PARTITIONS: Mapping[str, Partition] = {
    "aws-cn": Partition(r"cn-[a-z]+-\d+", "amazonaws.com.cn", "api.amazonwebservices.com.cn", "cn-north-1"),
    "aws-us-gov": Partition(r"us-gov-[a-z]+-\d+", "amazonaws.com", "api.aws", "us-gov-west-1"),
    "aws-iso": Partition(r"us-iso-[a-z]+-\d+", "c2s.ic.gov", "api.aws.ic.gov", "us-iso-east-1"),
    "aws-iso-b": Partition(r"us-isob-[a-z]+-\d+", "sc2s.sgov.gov", "api.aws.scloud", "us-isob-east-1"),
    "aws-iso-e": Partition(r"eu-isoe-[a-z]+-\d+", "cloud.adc-e.uk", "api.cloud-aws.adc-e.uk", "eu-isoe-west-1"),
    "aws-iso-f": Partition(r"us-isof-[a-z]+-\d+", "csp.hci.ic.gov", "api.aws.hci.ic.gov", "us-isof-south-1"),
    "aws-eusc": Partition(r"eusc-[a-z]+-[a-z]+-\d+", "amazonaws.eu", "api.amazonwebservices.eu", "eusc-de-east-1"),
    COMMERCIAL: Partition(r"(?:us|eu|ap|sa|ca|me|af|il|mx)-[a-z]+-\d+", "amazonaws.com", "api.aws", "us-east-1"),
}

_ENABLED_BY_DEFAULT = frozenset({
    "ap-northeast-1", "ap-northeast-2", "ap-northeast-3", "ap-south-1", "ap-southeast-1", "ap-southeast-2",
    "ca-central-1", "eu-central-1", "eu-north-1", "eu-west-1", "eu-west-2", "eu-west-3", "sa-east-1",
    "us-east-1", "us-east-2", "us-west-1", "us-west-2",
})  # fmt: skip
"""Regions that were there before 20 March 2019: every later one of this partition must be opted into."""
_STS_WITH_FIPS = frozenset({"us-east-1", "us-east-2", "us-west-1", "us-west-2", "us-gov-east-1", "us-gov-west-1"})


def partition_of(region: str) -> str | None:
    """Return the partition whose regions are written like this one, None where none is."""
    return next((name for name, one in PARTITIONS.items() if re.fullmatch(one.regions, region)), None)


def host_of(url: str) -> str:
    """Return the URL's host in lower case, without its port; empty where there is none."""
    authority = url.partition("://")[2].partition("/")[0].rpartition("@")[2]
    return authority.partition(":")[0].lower()


def region_in(url: str) -> str | None:
    """Return the region that the host of an AWS service names, None for any other host."""
    host = host_of(url)
    endings = tuple(f".{suffix}" for one in PARTITIONS.values() for suffix in (one.suffix, one.dualstack))
    if not host.endswith(endings):
        return None
    found = re.search(rf"(?<![\w-])(?:{'|'.join(one.regions for one in PARTITIONS.values())})(?![\w-])", host)
    return found[0] if found else None


def partition_in(url: str) -> str | None:
    """Return the partition that the host of an AWS service is of, None where the host does not show it.

    aws and aws-us-gov end alike: it is the region that tells.
    """
    if host_of(url) == GLOBAL_STS:
        return COMMERCIAL
    return partition_of(region_in(url) or "")


def must_be_opted_into(region: str) -> bool:
    """Whether an account has the region only once somebody has enabled it (FACTS D24)."""
    return partition_of(region) == COMMERCIAL and region not in _ENABLED_BY_DEFAULT


def lists_fips(region: str) -> bool:
    """Whether botocore's data lists a FIPS endpoint of STS there; elsewhere it only makes up a name (FACTS D19)."""
    return region in _STS_WITH_FIPS


def iam_region(partition: str, region: str) -> str:
    """Return the region that an IAM command must be told: ``region`` where it is of the partition; none for ``aws``."""
    if partition == COMMERCIAL:
        return ""
    return region if partition_of(region) == partition else home_region(partition) or region


def home_region(partition: str) -> str | None:
    """Return a region of the partition by which IAM is asked there, None for a partition that is not known."""
    known = PARTITIONS.get(partition)
    return known.home if known else None
