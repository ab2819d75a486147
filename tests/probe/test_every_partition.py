"""Every partition under every setting of the STS endpoint: botocore's own resolver and data are the judge."""

import json
from collections.abc import Iterator
from functools import cache
from itertools import product
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import botocore
import pytest
from botocore.exceptions import BotoCoreError
from botocore.session import Session

from awsworld import TOKEN_FILE, AwsWorld
from cases import healthy
from sidecar import faults
from sidecar.checks import CHAIN
from sidecar.facts import Endpoint, Facts, Names, Settings
from sidecar.model import Fail, Failed, Fault, Pass, Severity, Verdict
from sidecar.partitions import (
    GLOBAL_STS,
    PARTITIONS,
    home_region,
    lists_fips,
    must_be_opted_into,
    partition_in,
    partition_of,
    region_in,
)
from sidecar.probe.models import PlainFiles, lean_loader
from sidecar.probe.providers import resolve_endpoint

DATA = Path(botocore.__file__).parent / "data"
BOTOCORE = {one["id"]: one for one in json.loads((DATA / "partitions.json").read_text("utf-8"))["partitions"]}
STS = {
    one["partition"]: one["services"]["sts"]
    for one in json.loads((DATA / "endpoints.json").read_text("utf-8"))["partitions"]
}
CUSTOM = "https://sts.test:8443"
REGIONS = (*(one.home for one in PARTITIONS.values()), "me-south-1")
"""A region of every partition, and of aws another that must be opted into."""
FLAGS = ("AWS_USE_FIPS_ENDPOINT", "AWS_USE_DUALSTACK_ENDPOINT")
READERS = ((), ("AWS_REGION",), ("AWS_DEFAULT_REGION",), ("AWS_REGION", "AWS_DEFAULT_REGION"))
MODES = (None, "legacy", "regional")
LOADER = lean_loader(None)
READ = cache(PlainFiles().load_file)
BY_NAME = {check.name: check for check in CHAIN}


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> AwsWorld:
    """Return an environment without any setting of AWS. botocore's data is read once: each pod would read all of it."""
    monkeypatch.setattr(PlainFiles, "load_file", lambda _self, path: READ(path))
    return AwsWorld(monkeypatch, tmp_path)


class SentError(Exception):
    """In place of a request that would have been sent."""


class Row(NamedTuple):
    """One pod's settings; ``readers`` are the variables that hold the region, ``custom`` those of a custom endpoint."""

    region: str
    readers: tuple[str, ...]
    flags: tuple[str, ...]
    mode: str | None
    custom: tuple[tuple[str, str], ...] = ()

    @property
    def partition(self) -> str:
        """The partition of role and region."""
        return partition_of(self.region) or ""

    @property
    def variables(self) -> dict[str, str]:
        """What the pod has in its environment."""
        mode = {} if self.mode is None else {"AWS_STS_REGIONAL_ENDPOINTS": self.mode}
        return {
            "AWS_ROLE_ARN": f"arn:{self.partition}:iam::111122223333:role/cart",
            "AWS_WEB_IDENTITY_TOKEN_FILE": TOKEN_FILE,
            **dict.fromkeys(self.readers, self.region),
            **dict.fromkeys(self.flags, "true"),
            **mode,
            **dict(self.custom),
        }


def rows(region: str) -> Iterator[Row]:
    """Yield every setting for pods of a region."""
    flags = ((), FLAGS[:1], FLAGS[1:], FLAGS)
    for readers, asked, mode in product(READERS, flags, MODES):
        yield Row(region, readers, asked, mode)
    custom = ("AWS_ENDPOINT_URL_STS", CUSTOM)
    ignored = ("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "true")
    for readers, asked, extra in product(READERS[::2], flags, ((custom,), (custom, ignored))):
        yield Row(region, readers, asked, "regional", extra)


def sent_to(region: str | None) -> str | None:
    """Return where botocore sends the exchange in this environment, None where it makes no client."""
    session = Session()
    session.register_component("data_loader", LOADER)
    try:
        client: Any = session.create_client("sts", region_name=region)
    except BotoCoreError:
        return None
    urls: list[str] = []

    def caught(request: Any, **_: object) -> None:  # noqa: ANN401 - botocore's own
        urls.append(request.url)
        raise SentError

    client.meta.events.register("before-send", caught)
    with pytest.raises(SentError):
        client.assume_role_with_web_identity(RoleArn="a" * 20, RoleSessionName="judge", WebIdentityToken="eyJ.x.y")
    parts = urlsplit(urls[0])
    return f"{parts.scheme}://{parts.netloc}"


def facts_of(aws: AwsWorld) -> Facts:
    """Return a pod's facts with its settings and endpoint as the probe reads them."""
    reading = aws.read()
    assert isinstance(reading.settings, Settings)
    assert reading.session is not None
    return healthy(settings=reading.settings, endpoint=resolve_endpoint(reading.session, reading.settings))


def named(verdict: Verdict) -> tuple[Fault, Severity] | None:
    """Return the fault of a verdict and what it weighs, None for any other."""
    return (verdict.fault, verdict.severity or verdict.fault.severity) if isinstance(verdict, Fail) else None


def expected_of_endpoint(row: Row, url: str | None) -> tuple[Fault, Severity] | None:
    """Return what the setting of the endpoint is worth, by where botocore goes."""
    if url is None:
        return faults.STS_ENDPOINT_SETTING_INVALID, Severity.ERROR
    nowhere = not row.readers and row.flags and url != CUSTOM
    return (faults.STS_ENDPOINT_SETTING_INVALID, Severity.WARNING) if nowhere else None


@pytest.mark.parametrize("region", REGIONS)
def test_every_setting_is_judged_as_botocore_goes(aws: AwsWorld, region: str) -> None:
    """The endpoint is botocore's to the letter, and the faults are those of where that leads."""
    cluster = PARTITIONS[partition_of(region) or ""]
    names = Names(issuer=f"https://oidc.eks.{region}.{cluster.suffix}/id/1", region=region)
    for row in rows(region):
        aws.unset(*FLAGS, "AWS_STS_REGIONAL_ENDPOINTS", "AWS_REGION", "AWS_DEFAULT_REGION")
        aws.unset("AWS_ENDPOINT_URL_STS", "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS")
        aws.set(**row.variables)
        url = sent_to(region if row.readers else None)
        facts = facts_of(aws)._replace(names=names)
        verdict = {name: BY_NAME[f"environment.{name}"](facts) for name in ("region", "partition", "sts_endpoint")}
        assert named(verdict["sts_endpoint"]) == expected_of_endpoint(row, url), row
        check_resolved(row, url, facts)
        check_region(row, verdict["region"])
        check_partition(row, url, verdict["partition"])
        check_remark(row, url, verdict["sts_endpoint"])
        fits = BY_NAME["environment.endpoint_fits_region"](facts)
        astray = must_be_opted_into(region) and sent_to(None) == f"https://{GLOBAL_STS}"
        warned = (faults.GLOBAL_TOKEN_IN_OPT_IN_REGION, Severity.WARNING)
        assert named(fits) == (warned if astray and url is not None else None), row


def check_resolved(row: Row, url: str | None, facts: Facts) -> None:
    """Hold the endpoint that was resolved against botocore's, and our table against both."""
    endpoint = facts.endpoint
    if url is None:
        assert isinstance(endpoint, Failed), row
        assert (endpoint.kind, "dualstack" in endpoint.why) == ("setting", True)
        return
    assert isinstance(endpoint, Endpoint), row
    partition = None if url == CUSTOM else row.partition if row.readers else "aws"
    assert (endpoint.url, endpoint.partition) == (url, partition), row
    if url == CUSTOM or not row.readers:
        return
    assert endpoint.region == row.region
    assert partition_in(url) == row.partition
    if endpoint.host != GLOBAL_STS:
        table = PARTITIONS[row.partition]
        assert endpoint.host.endswith(f".{row.region}.{table.dualstack if FLAGS[1] in row.flags else table.suffix}")
        assert region_in(url) == row.region


def check_region(row: Row, verdict: Verdict) -> None:
    """A region that not every SDK reads, or none, is a warning, and an error where there is no global endpoint."""
    if len(row.readers) == len(READERS[-1]):
        assert isinstance(verdict, Pass), row
        return
    weight = Severity.WARNING if row.partition == "aws" else Severity.ERROR
    assert named(verdict) == (faults.REGION_MISSING, weight), row


def check_partition(row: Row, url: str | None, verdict: Verdict) -> None:
    """Without a region botocore asks the partition aws, whosever the role is; else all are of one partition."""
    astray = url not in {None, CUSTOM} and not row.readers and row.partition != "aws"
    assert named(verdict) == ((faults.PARTITION_MISMATCH, Severity.ERROR) if astray else None), row


def check_remark(row: Row, url: str | None, verdict: Verdict) -> None:
    """Where a setting does not do what it seems to, the endpoint's check says so."""
    if not isinstance(verdict, Pass):
        return
    assert ("does not change it" in verdict.detail) is (url == CUSTOM and bool(row.flags)), row
    unlisted = FLAGS[0] in row.flags and url != CUSTOM and not lists_fips(row.region)
    assert ("lists no FIPS" in verdict.detail) is unlisted, row


@pytest.mark.parametrize(
    "pseudo", [region for one in BOTOCORE.values() for region in one["regions"] if region.endswith("-global")]
)
def test_regions_that_are_no_places(aws: AwsWorld, pseudo: str) -> None:
    """Botocore's pseudo region of aws is the global endpoint; those of the others lead to hosts that are not there."""
    aws.set(AWS_REGION=pseudo, AWS_DEFAULT_REGION=pseudo)
    url = sent_to(None)
    facts = facts_of(aws)
    assert isinstance(facts.endpoint, Endpoint)
    assert facts.endpoint.url == url
    astray = (faults.STS_ENDPOINT_SETTING_INVALID, Severity.WARNING)
    verdict = BY_NAME["environment.sts_endpoint"](facts)
    assert named(verdict) == (None if url == f"https://{GLOBAL_STS}" else astray)


# ---- the table itself


def test_partitions_are_botocores() -> None:
    """The same partitions, with the same suffixes; where IAM is asked is a region that botocore lists."""
    ours = {name: (one.suffix, one.dualstack) for name, one in PARTITIONS.items()}
    theirs = {
        name: (one["outputs"]["dnsSuffix"], one["outputs"]["dualStackDnsSuffix"]) for name, one in BOTOCORE.items()
    }
    assert ours == theirs
    assert all(home_region(name) in one["regions"] for name, one in BOTOCORE.items())


@pytest.mark.parametrize("name", PARTITIONS)
def test_regions_are_botocores(name: str) -> None:
    """Every region that botocore lists is of that partition here, but for the pseudo regions that are no places."""
    regions = [region for region in BOTOCORE[name]["regions"] if not region.endswith("-global")]
    assert {partition_of(region) for region in regions} == {name}


def test_only_one_partition_has_a_global_endpoint() -> None:
    """What the other checks rest on (FACTS D22)."""
    assert {name for name, sts in STS.items() if sts.get("partitionEndpoint")} == {"aws"}
    assert STS["aws"]["endpoints"]["aws-global"]["hostname"] == GLOBAL_STS


def test_fips_endpoints_are_botocores() -> None:
    """Where botocore's data lists a FIPS endpoint of STS, and nowhere else."""
    listed = {
        region
        for sts in STS.values()
        for region, one in sts["endpoints"].items()
        if any(variant["tags"] == ["fips"] for variant in one.get("variants", ()))
    }
    assert listed == {region for sts in STS.values() for region in sts["endpoints"] if lists_fips(region)}


def test_regions_by_default_are_botocores() -> None:
    """17 of botocore's regions need no opting in: among them all that legacy sends to the global endpoint."""
    regions = [region for region in BOTOCORE["aws"]["regions"] if region != "aws-global"]
    default = [region for region in regions if not must_be_opted_into(region)]
    assert len(default) == 17
    rules = json.dumps(LOADER.load_service_model("sts", "endpoint-rule-set-1"))
    legacy = {name for name in regions if f'"{name}"' in rules}
    assert legacy
    assert legacy <= set(default)
