"""Platforms: what an issuer's URL shows of the cluster that issued a token, and what checks make of it."""

from pathlib import Path

import pytest

from cases import discovery, healthy, token
from sidecar.checks import CHAIN
from sidecar.facts import Facts
from sidecar.model import Fail, Failed, Pass
from sidecar.partitions import GLOBAL_STS, PARTITIONS
from sidecar.platforms import Kind, Platform, platform_of

PAGE = (Path(__file__).resolve().parent.parent / "docs" / "platforms.md").read_text(encoding="utf-8")
BY_NAME = {check.name: check for check in CHAIN}
SOMEBODY = "looks like kOps, OpenShift or a self-managed cluster: an S3 bucket in"
NOBODY = Platform(Kind.OTHER)


@pytest.mark.parametrize(
    ("issuer", "platform"),
    [
        # EKS (FACTS C16): certain where the form of the host is documented.
        ("https://oidc.eks.eu-west-1.amazonaws.com/id/1",
         Platform(Kind.EKS, "an EKS cluster in eu-west-1", "eu-west-1")),
        ("https://OIDC.eks.us-gov-west-1.amazonaws.com/id/1",
         Platform(Kind.EKS, "an EKS cluster in us-gov-west-1", "us-gov-west-1")),
        ("https://oidc.eks.cn-north-1.amazonaws.com.cn/id/1",
         Platform(Kind.EKS, "an EKS cluster in cn-north-1", "cn-north-1")),
        ("https://oidc.eks.us-iso-east-1.c2s.ic.gov/id/1",
         Platform(Kind.EKS, "looks like an EKS cluster in us-iso-east-1", "us-iso-east-1")),
        ("https://oidc.eks.eusc-de-east-1.amazonaws.eu/id/1",
         Platform(Kind.EKS, "looks like an EKS cluster in eusc-de-east-1", "eusc-de-east-1")),
        ("https://oidc-eks.eu-west-1.api.aws/id/1",
         Platform(Kind.EKS, "an EKS cluster with IPv6 in eu-west-1", "eu-west-1")),
        ("https://oidc-eks.cn-northwest-1.api.amazonwebservices.com.cn/id/1",
         Platform(Kind.EKS, "an EKS cluster with IPv6 in cn-northwest-1", "cn-northwest-1")),
        # What only resembles EKS: the slip of FACTS A12, another partition's suffix, somebody's own host.
        ("https://oidc.eu-west-1.eks.amazonaws.com/id/1", NOBODY),
        ("https://oidc.eks.cn-north-1.amazonaws.com/id/1", NOBODY),
        ("https://oidc.eks.eu-west-1.api.aws/id/1", NOBODY),
        ("https://oidc.eks.eu-west-1.amazonaws.com.example.com/id/1", NOBODY),
        # Buckets (FACTS C23): OpenShift's tool names them NAME-oidc, without a path; kOps and others as they like.
        ("https://shop-oidc.s3.eu-west-1.amazonaws.com",
         Platform(Kind.S3, "looks like OpenShift: an S3 bucket in eu-west-1", "eu-west-1")),
        ("https://shop-oidc.s3.cn-north-1.amazonaws.com.cn",
         Platform(Kind.S3, "looks like OpenShift: an S3 bucket in cn-north-1", "cn-north-1")),
        ("https://shop-oidc.s3.eu-west-1.amazonaws.com/cluster",
         Platform(Kind.S3, f"{SOMEBODY} eu-west-1", "eu-west-1")),
        ("https://store.s3.us-east-1.amazonaws.com/minimal.example.com/discovery/minimal.example.com",
         Platform(Kind.S3, f"{SOMEBODY} us-east-1", "us-east-1")),
        ("https://store.s3.dualstack.us-east-1.amazonaws.com", Platform(Kind.S3, f"{SOMEBODY} us-east-1", "us-east-1")),
        ("https://s3.us-gov-west-1.amazonaws.com/store/cluster",
         Platform(Kind.S3, f"{SOMEBODY} us-gov-west-1", "us-gov-west-1")),
        ("https://s3-us-west-2.amazonaws.com/store", Platform(Kind.S3, f"{SOMEBODY} us-west-2", "us-west-2")),
        ("https://store.s3.amazonaws.com",
         Platform(Kind.S3, "looks like kOps or a self-managed cluster: an S3 bucket")),
        ("https://s3.amazonaws.com/store",
         Platform(Kind.S3, "looks like kOps or a self-managed cluster: an S3 bucket")),
        ("https://store.s3.eu-west-1.amazonaws.com.cn", NOBODY),
        ("https://store.s3.mars-north-1.amazonaws.com", NOBODY),
        # A distribution, and Red Hat's own host.
        ("https://d1234.cloudfront.net",
         Platform(Kind.CLOUDFRONT, "looks like OpenShift or ROSA: a private bucket behind CloudFront")),
        ("https://d1234.cloudfront.net/23ab",
         Platform(Kind.CLOUDFRONT, "looks like OpenShift or ROSA: a private bucket behind CloudFront")),
        ("https://oidc.op1.openshiftapps.com/23ab", Platform(Kind.ROSA, "ROSA, whose issuer Red Hat hosts")),
        # Anybody's.
        ("https://api.minimal.example.com", NOBODY),
        ("https://kubernetes.default.svc.cluster.local", NOBODY),
        ("https://notcloudfront.net", NOBODY),
        ("kubernetes/serviceaccount", NOBODY),
        ("", NOBODY),
        (f"https://{'s3.a-1.' * 100}!", NOBODY),
    ],
)  # fmt: skip
def test_platform(issuer: str, platform: Platform) -> None:
    """Only names that AWS and Red Hat keep to themselves are told as a fact."""
    assert platform_of(issuer) == platform


def test_what_aws_serves() -> None:
    """AWS's own hosts have certificates that its trust store knows; what Red Hat and others serve it may not."""
    assert {kind for kind in Kind if Platform(kind).in_aws} == {Kind.EKS, Kind.S3, Kind.CLOUDFRONT}


def test_others_are_not_named() -> None:
    """Where nothing is known of an issuer, its URL stands alone."""
    assert BY_NAME["issuer.url"](healthy(token=token(issuer="https://a.test"))) == Pass("https://a.test")


def note(check: str, facts: Facts) -> str:
    """Return the note with which the check fails, empty where it has none."""
    verdict = BY_NAME[check](facts)
    assert isinstance(verdict, Fail)
    return verdict.evidence.get("note", "")


@pytest.mark.parametrize(
    ("issuer", "kind", "words"),
    [
        ("https://oidc-eks.us-gov-west-1.api.aws/id/1", "dns", "com.amazonaws.us-gov-west-1.oidc-eks"),
        ("https://oidc.eks.cn-north-1.amazonaws.com.cn/id/1", "timeout", "PrivateLink service oidc-eks;"),
        ("https://oidc.eks.eu-west-1.amazonaws.com/id/1", "unavailable", ""),
        ("https://oidc.eks.eu-west-1.amazonaws.com/id/1", "denied", ""),
        ("https://shop-oidc.s3.eu-west-1.amazonaws.com", "denied", "block public access"),
        ("https://shop-oidc.s3.eu-west-1.amazonaws.com", "dns", ""),
        ("https://d1234.cloudfront.net", "denied", "does not let it read there"),
        ("https://issuer.test", "denied", ""),
        ("https://issuer.test", "dns", ""),
    ],
)
def test_notes_on_what_could_not_be_fetched(issuer: str, kind: str, words: str) -> None:
    """What such a failure mostly means where the document is served, and nothing where nothing is known."""
    for check, facts in (
        ("issuer.discovery", healthy(token=token(issuer=issuer), discovery=Failed(kind, "why"))),
        ("issuer.keys", healthy(discovery=discovery(jwks_uri=f"{issuer}/keys.json"), jwks=Failed(kind, "why"))),
    ):
        found = note(check, facts)
        assert words in found
        assert bool(words) is bool(found)


# ---- docs/platforms.md


def table(heading: str) -> list[list[str]]:
    """Return the cells of the first table under a heading of the page, without its head."""
    _, _, section = PAGE.partition(f"\n## {heading}\n")
    rows = [line for line in section.partition("\n## ")[0].splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in row.strip("|").split(" | ")] for row in rows[2:]]


def test_the_page_knows_the_partitions() -> None:
    """Each partition with its suffixes, and who has a global endpoint."""
    told = {row[0]: (row[2], row[3], row[4]) for row in table("Partitions")}
    assert told == {
        f"`{name}`": (f"`{one.suffix}`", f"`{one.dualstack}`", f"`{GLOBAL_STS}`" if name == "aws" else "none")
        for name, one in PARTITIONS.items()
    }


def test_the_page_tells_issuers_as_the_program_does() -> None:
    """Each host of the page's table is told as the page says."""
    checked = 0
    for hosts, words, *_ in table("What the issuer's URL shows"):
        for host in hosts.split("`")[1::2]:
            region = "cn-north-1" if host.endswith(".cn") else "eu-west-1"
            told = platform_of(f"https://{host.replace('NAME', 'shop').replace('REGION', region)}").words
            assert told.startswith(words.partition(",")[0]), host
            checked += 1
    assert checked == 7
