"""What another process has that its SDK would use before web identity, by that SDK's own order. Pure."""

from typing import NamedTuple

from sidecar.checks.differing import BY_PROFILE
from sidecar.facts import CPP, DOTNET, Neighbour, Sdk
from sidecar.sdks import CONTAINER, ENV, NAMED_PROFILE, PROFILE, PROFILE_ROLE, WAYS, WEB_IDENTITY, ways

CONTAINERS = ("AWS_CONTAINER_CREDENTIALS_FULL_URI", "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI")

_KEYS_OR_PROCESS = frozenset({"shared-credentials-file", "config-file", "custom-process"})  # what C++ reads (FACTS D11)

DOCUMENTED = (*(Sdk(name, None, "") for name in WAYS), Sdk(DOTNET, "3", ""))
"""An SDK of each order that is documented (FACTS D1 to D11): .NET has two, by its version."""


class Shadow(NamedTuple):
    """What would be used before web identity: in words, where it is set, and what kubectl is told to drop."""

    used: str
    source: str
    setting: str


def shadow_of(sdk: Sdk, one: Neighbour) -> Shadow | None:
    """Return what this SDK would come to before web identity in that process, None where there is nothing."""
    order = ways(sdk).order
    before = order[: order.index(WEB_IDENTITY)]
    return next(filter(None, (_at(step, sdk, one) for step in before)), None)


def _at(step: str, sdk: Sdk, one: Neighbour) -> Shadow | None:
    """Return what the process has where an SDK looks for credentials, None where it has nothing there."""
    variables = one.variables or {}
    container = next((name for name in CONTAINERS if name in variables), None)
    if step == ENV and "AWS_ACCESS_KEY_ID" in variables:
        return Shadow("the keys in the environment", "AWS_ACCESS_KEY_ID", "AWS_ACCESS_KEY_ID-")
    if step == CONTAINER and container:
        return Shadow("the container's credentials", container, f"{container}-")
    if step == PROFILE_ROLE and one.profile and "assume-role" in one.profile.methods:
        return Shadow("the profile's role", f"profile {one.profile.name}", "AWS_PROFILE-")
    looks = step == PROFILE or (step == NAMED_PROFILE and "AWS_PROFILE" in variables)
    if looks and one.profile and _usable(one.profile.methods, sdk):
        return Shadow("the profile's credentials", f"profile {one.profile.name}", "AWS_PROFILE-")
    return None


def _usable(methods: tuple[str, ...], sdk: Sdk) -> bool:
    """Whether a profile gives an SDK credentials without web identity."""
    return bool(_KEYS_OR_PROCESS & set(methods) if sdk.name == CPP else set(methods) - {BY_PROFILE})
