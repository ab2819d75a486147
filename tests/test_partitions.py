"""Partitions: which one a region or a host is of, and where IAM is asked."""

import pytest

from sidecar.partitions import home_region, iam_region, partition_of, region_in


@pytest.mark.parametrize(
    ("region", "partition"),
    [
        ("eu-west-1", "aws"),
        ("cn-north-1", "aws-cn"),
        ("us-gov-west-1", "aws-us-gov"),
        ("us-iso-east-1", "aws-iso"),
        ("us-isob-east-1", "aws-iso-b"),
        ("eu-isoe-west-1", "aws-iso-e"),
        ("us-isof-south-1", "aws-iso-f"),
        ("eusc-de-east-1", "aws-eusc"),
        ("EU-WEST-1", None),
        ("nowhere", None),
        ("", None),
    ],
)
def test_partitions_of_regions(region: str, partition: str | None) -> None:
    """By how the region is written (FACTS D21)."""
    assert partition_of(region) == partition


@pytest.mark.parametrize(
    ("url", "region"),
    [
        ("https://oidc.eks.eu-west-1.amazonaws.com/id/1", "eu-west-1"),
        ("https://oidc-eks.cn-north-1.api.amazonwebservices.com.cn/id/1", "cn-north-1"),
        ("https://sts.amazonaws.com", None),
        ("https://eu-west-1.example.com", None),
        ("nonsense", None),
    ],
)
def test_regions_in_hosts(url: str, region: str | None) -> None:
    """Of AWS's own hosts only."""
    assert region_in(url) == region


@pytest.mark.parametrize(
    ("partition", "region", "told"),
    [
        ("aws", "eu-west-1", ""),
        ("aws-cn", "cn-northwest-1", "cn-northwest-1"),
        ("aws-cn", "eu-west-1", "cn-north-1"),
        ("aws-us-gov", "", "us-gov-west-1"),
        ("aws-new", "xx-new-1", "xx-new-1"),
    ],
)
def test_what_iam_commands_are_told(partition: str, region: str, told: str) -> None:
    """Nothing in the partition aws; elsewhere the pod's region, or one of the partition."""
    assert iam_region(partition, region) == told


def test_home_regions() -> None:
    """Every partition has one, and it is of the partition."""
    assert partition_of(home_region("aws-us-gov") or "") == "aws-us-gov"
    assert home_region("aws") == "us-east-1"
    assert home_region("aws-new") is None
