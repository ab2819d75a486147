"""How the AWS settings of another process differ from this container's. Pure."""

from collections.abc import Iterator, Mapping

from sidecar.facts import Neighbour, Setting, Settings

ROLE, TOKEN_FILE = "AWS_ROLE_ARN", "AWS_WEB_IDENTITY_TOKEN_FILE"  # variables' names
REGION = ("AWS_REGION", "AWS_DEFAULT_REGION")
BY_PROFILE = "assume-role-with-web-identity"
"""How a profile gives web identity, by botocore's name."""

_ENDPOINT_URLS = ("AWS_ENDPOINT_URL_STS", "AWS_ENDPOINT_URL")
_SWITCHES = ("AWS_USE_FIPS_ENDPOINT", "AWS_USE_DUALSTACK_ENDPOINT")
_UNSHOWN = "something that is not shown"


def essential(one: Neighbour, settings: Settings) -> tuple[str, ...]:
    """Return how role and token file differ: without them, or with others, it gets other credentials or none."""
    theirs = one.variables or {}
    by_profile = one.profile is not None and BY_PROFILE in one.profile.methods
    ours = {ROLE: settings.role_arn, TOKEN_FILE: settings.token_file}
    names = [name for name in ours if name in theirs or not by_profile]
    return tuple(filter(None, (_difference(name, theirs.get(name), ours[name]) for name in names)))


def secondary(one: Neighbour, settings: Settings) -> tuple[str, ...]:
    """Return how region and endpoint differ, where variables say it: what a profile says of them is not kept."""
    theirs = one.variables or {}
    return (*_regions(theirs, settings), *_endpoints(theirs, settings, profile=one.profile is not None))


def _difference(name: str, theirs: str | None, ours: Setting | None) -> str | None:
    """Say how a variable differs. An option of ours is nothing that another process would see."""
    if theirs is None:
        return f"{name} is not set"
    if ours is None or theirs == ours.value or ours.source.startswith("--"):
        return None
    return f"{name} is {theirs or _UNSHOWN}, here {ours.value}"


def _regions(theirs: Mapping[str, str], settings: Settings) -> Iterator[str]:
    for name in REGION if settings.region else ():
        if settings.region and theirs.get(name, settings.region.value) != settings.region.value:
            yield f"{name} is {theirs[name] or _UNSHOWN}, here {settings.region.value}"


def _endpoints(theirs: Mapping[str, str], settings: Settings, *, profile: bool) -> Iterator[str]:
    urls = () if _on(theirs, "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS") else _ENDPOINT_URLS
    url = next((theirs[name] for name in urls if name in theirs), None)
    endpoints = theirs.get("AWS_STS_REGIONAL_ENDPOINTS")
    compared = (
        ("AWS_STS_REGIONAL_ENDPOINTS", endpoints, settings.sts_regional_endpoints),
        ("AWS_ENDPOINT_URL_STS", url, settings.endpoint_url),
    )
    for name, value, ours in compared:
        by_variable = ours is None or ours.source.startswith("AWS_")
        if by_variable and value != (ours.value if ours else None) and not (profile and value is None):
            yield f"{name} is {_shown(value)}, here {ours.value if ours else 'not set'}"
    for name, here in zip(_SWITCHES, (settings.fips, settings.dualstack), strict=True):
        if not profile and _on(theirs, name) is not here:
            yield f"{name} is {'off' if here else 'on'}, here {'on' if here else 'off'}"


def _on(variables: Mapping[str, str], name: str) -> bool:
    return variables.get(name, "").lower() == "true"


def _shown(value: str | None) -> str:
    return "not set" if value is None else value or _UNSHOWN
