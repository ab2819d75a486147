"""AWS partitions: which one a region or a host is of, and which region IAM is asked in. Pure (FACTS D21, D22)."""

import re
from collections.abc import Mapping

COMMERCIAL = "aws"
"""The partition whose IAM every AWS CLI finds without being told a region."""

_REGIONS: Mapping[str, str] = {
    "aws-cn": r"cn-[a-z]+-\d+",
    "aws-us-gov": r"us-gov-[a-z]+-\d+",
    "aws-iso": r"us-iso-[a-z]+-\d+",
    "aws-iso-b": r"us-isob-[a-z]+-\d+",
    "aws-iso-e": r"eu-isoe-[a-z]+-\d+",
    "aws-iso-f": r"us-isof-[a-z]+-\d+",
    "aws-eusc": r"eusc-[a-z]+-[a-z]+-\d+",
    COMMERCIAL: r"(?:us|eu|ap|sa|ca|me|af|il|mx)-[a-z]+-\d+",
}
_IAM_REGIONS: Mapping[str, str] = {
    COMMERCIAL: "us-east-1",
    "aws-cn": "cn-north-1",
    "aws-us-gov": "us-gov-west-1",
    "aws-iso": "us-iso-east-1",
    "aws-iso-b": "us-isob-east-1",
    "aws-iso-e": "eu-isoe-west-1",
    "aws-iso-f": "us-isof-south-1",
    "aws-eusc": "eusc-de-east-1",
}
_SUFFIXES = (
    ".amazonaws.com", ".api.aws", ".amazonaws.com.cn", ".api.amazonwebservices.com.cn", ".amazonaws.eu",
    ".api.amazonwebservices.eu", ".c2s.ic.gov", ".sc2s.sgov.gov", ".cloud.adc-e.uk", ".csp.hci.ic.gov",
)  # fmt: skip
_REGION = re.compile(rf"(?<![\w-])(?:{'|'.join(_REGIONS.values())})(?![\w-])")


def partition_of(region: str) -> str | None:
    """Return the partition whose regions are written like this one, None where none is."""
    return next((name for name, pattern in _REGIONS.items() if re.fullmatch(pattern, region)), None)


def region_in(url: str) -> str | None:
    """Return the region that the host of an AWS service names, None for any other host."""
    host = url.partition("://")[2].partition("/")[0].lower()
    found = _REGION.search(host) if host.endswith(_SUFFIXES) else None
    return found[0] if found else None


def iam_region(partition: str, region: str) -> str:
    """Return the region that an IAM command must be told: ``region`` where it is of the partition; none for ``aws``."""
    if partition == COMMERCIAL:
        return ""
    return region if partition_of(region) == partition else _IAM_REGIONS.get(partition, region)


def home_region(partition: str) -> str | None:
    """Return a region of the partition by which IAM is asked there, None for a partition that is not known."""
    return _IAM_REGIONS.get(partition)
