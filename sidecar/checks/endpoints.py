"""What an STS endpoint's host and the settings that led to it tell together. Pure (FACTS D16 to D24).

Judges nothing by itself: checks of the environment and of the exchange say it.
"""

from sidecar.facts import Endpoint, Names, Setting, Settings
from sidecar.model import Failed
from sidecar.partitions import GLOBAL_STS, lists_fips, partition_in, partition_of, region_in

_STS_REGIONAL_ENDPOINTS = frozenset({"legacy", "regional"})  # FACTS D17
_OLD_READERS = "boto3 and the AWS CLI v1, which do not read AWS_REGION, where they are not told a region otherwise"


def partition(endpoint: Endpoint) -> str | None:
    """Return the endpoint's partition: of a custom one as far as its host is AWS's and shows it."""
    return endpoint.partition or partition_in(endpoint.url)


def remark(endpoint: Endpoint, settings: Settings) -> str:
    """Return what of the settings does not do what it seems to, in brackets; empty where all does (FACTS D19)."""
    asked = _variants(settings)
    if asked and settings.endpoint_url is not None:
        return f" (a custom endpoint: {asked} does not change it)"
    unlisted = unlisted_fips(settings)
    return f" ({unlisted})" if unlisted and endpoint.host != GLOBAL_STS else ""


def unlisted_fips(settings: Settings) -> str:
    """Return a clause where botocore makes up a FIPS host of STS that its own data does not list; else nothing."""
    region = settings.region.value if settings.region else ""
    if not settings.fips or settings.endpoint_url is not None or partition_of(region) is None or lists_fips(region):
        return ""
    return f"botocore lists no FIPS endpoint of STS in {region}: there may be none"


def of_no_region(endpoint: Endpoint, settings: Settings) -> str:
    """Return which setting leads to a host of no region, as FIPS without a region does; empty where none does.

    Regions whose name ends in -global are not places: of their hosts only the global STS endpoint exists (FACTS D22).
    """
    if settings.endpoint_url is not None or "-global." not in endpoint.host:
        return ""
    if settings.region is None:
        return f"{_variants(settings)} without a region"
    return settings.region.source


def workload_region(settings: Settings, names: Names) -> str | None:
    """Return the region that the workload is in: the one that is set, else the cluster's, by its issuer's host."""
    configured = settings.region.value if settings.region else ""
    return configured if partition_of(configured) else region_in(names.issuer)


def global_users(settings: Settings, endpoint: Endpoint) -> str | None:
    """Return who would ask the global endpoint, None where nobody would (FACTS D16, D18)."""
    if endpoint.host == GLOBAL_STS:
        return "SDKs in this environment"
    alone = settings.region is not None and settings.region.source == "AWS_REGION"
    return _OLD_READERS if alone and settings.endpoint_url is None and not _variants(settings) else None


def foreign_issuer(own: str, issuer: str) -> str:
    """Return a remark on an issuer in another partition, which is no fault: a provider is for any URL (FACTS A14)."""
    other = partition_in(issuer)
    if other is None or other == own:
        return ""
    return f"; the issuer's host is of {other}: its provider must be in {own} all the same, in the role's account"


def refused_setting(endpoint: Failed, settings: Settings) -> tuple[Setting, str]:
    """Return the setting that botocore refuses, and what `kubectl set env` is told to mend it."""
    if settings.dualstack and "dualstack" in endpoint.why:
        return Setting(endpoint.why, "AWS_USE_DUALSTACK_ENDPOINT"), "AWS_USE_DUALSTACK_ENDPOINT=false"
    culprit = settings.endpoint_url if endpoint.kind == "url" else settings.sts_regional_endpoints
    if culprit is None or culprit.value in _STS_REGIONAL_ENDPOINTS:  # another setting is to blame: botocore's words
        return Setting(endpoint.why, "what botocore refuses"), "NAME=VALUE"
    return culprit, _without(culprit) if endpoint.kind == "url" else "AWS_STS_REGIONAL_ENDPOINTS=regional"


def _without(endpoint: Setting) -> str:
    """Return what `kubectl set env` is told to drop an endpoint URL: its variable, or the profile's (FACTS D19)."""
    variable = endpoint.source.startswith("AWS_")
    return f"{endpoint.source}-" if variable else "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS=true"


def _variants(settings: Settings) -> str:
    asked = {"AWS_USE_FIPS_ENDPOINT": settings.fips, "AWS_USE_DUALSTACK_ENDPOINT": settings.dualstack}
    return " and ".join(name for name, is_set in asked.items() if is_set)
