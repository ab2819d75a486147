"""Partitions: which one a region or a host is of, and where IAM is asked."""

import pytest

from sidecar.partitions import (
    home_region,
    host_of,
    iam_region,
    lists_fips,
    must_be_opted_into,
    partition_in,
    partition_of,
    region_in,
)


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
        ("https://sts.us-iso-east-1.api.aws.ic.gov", "us-iso-east-1"),
        ("https://sts.eu-isoe-west-1.cloud.adc-e.uk:443/", "eu-isoe-west-1"),
        ("https://vpce-0a1b-2c3d.sts.eu-west-1.vpce.amazonaws.com", "eu-west-1"),
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


@pytest.mark.parametrize(
    ("url", "partition"),
    [
        ("https://sts.amazonaws.com", "aws"),
        ("https://STS.amazonaws.com:443", "aws"),
        ("https://sts.us-gov-west-1.amazonaws.com", "aws-us-gov"),
        ("https://sts.cn-north-1.amazonaws.com.cn", "aws-cn"),
        ("https://oidc-eks.eusc-de-east-1.api.amazonwebservices.eu/id/1", "aws-eusc"),
        ("https://bucket.s3.amazonaws.com", None),
        ("https://sts.cn-north-1.example.com", None),
        ("", None),
    ],
)
def test_partitions_of_hosts(url: str, partition: str | None) -> None:
    """By the region that the host names, and by the name of the one global endpoint."""
    assert partition_in(url) == partition


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("https://A.test/x", "a.test"),
        ("https://user@a.test:1/x", "a.test"),
        ("a.test", ""),
        ("", ""),
    ],
)
def test_hosts_of_urls(url: str, host: str) -> None:
    """In lower case, without user and port."""
    assert host_of(url) == host


@pytest.mark.parametrize(
    ("region", "opted"),
    [
        ("us-east-1", False),
        ("ap-northeast-3", False),
        ("me-south-1", True),
        ("ap-east-1", True),
        ("mx-central-1", True),
        ("cn-north-1", False),
        ("us-gov-west-1", False),
        ("aws-global", False),
    ],
)
def test_regions_that_must_be_opted_into(region: str, opted: bool) -> None:
    """Of the partition aws, all that are not there by default (FACTS D24)."""
    assert must_be_opted_into(region) is opted


def test_regions_with_fips() -> None:
    """The United States only, their government's among them."""
    assert lists_fips("us-west-2")
    assert lists_fips("us-gov-east-1")
    assert not lists_fips("eu-west-1")
