"""What the AWS SDKs do, by name and version: a table of documented facts. Pure.

The first versions that know web identity and EKS Pod Identity (FACTS D14, D15), the order in which credentials are
looked for (D1 to D11), where a region comes from and what happens without one (D16, D17), and who uses which.
"""

import re
from collections.abc import Sequence
from typing import NamedTuple

from sidecar.facts import (
    AIOBOTOCORE,
    AWSCLI_1,
    AWSCLI_2,
    BOTO3,
    BOTOCORE,
    CPP,
    DOTNET,
    GO_1,
    GO_2,
    JAVA_1,
    JAVA_2,
    JAVASCRIPT_2,
    JAVASCRIPT_3,
    PHP,
    RUBY,
    RUST,
    Sdk,
)

ENV, NAMED_PROFILE, PROFILE_ROLE, WEB_IDENTITY, PROFILE, CONTAINER, IMDS = (
    "env", "named profile", "profile's role", "web identity", "profile", "container", "imds",
)  # fmt: skip
"""Where an SDK looks for credentials: keys in the environment; the profile that AWS_PROFILE names; a profile with
role_arn and a source for it; web identity by the environment; any other profile; a container's endpoint; the node."""

_FRONT = (ENV, WEB_IDENTITY, PROFILE, CONTAINER, IMDS)
_LATE = (ENV, PROFILE, WEB_IDENTITY, CONTAINER, IMDS)
_BOTOCORE = (ENV, PROFILE_ROLE, WEB_IDENTITY, PROFILE, CONTAINER, IMDS)
_BOTH = ("AWS_REGION", "AWS_DEFAULT_REGION")


class Without(NamedTuple):
    """What an SDK does without a region: ``fails``, or where it sends its requests to STS instead; None: not known."""

    fails: bool
    instead: str | None = None


GLOBAL, US_EAST_1 = Without(fails=False, instead="the global endpoint"), Without(fails=False, instead="us-east-1")
FAILS, UNKNOWN = Without(fails=True), Without(fails=False)


class Ways(NamedTuple):
    """An SDK's ways. ``web_identity`` and ``pod_identity`` are the first versions that know it.

    None: any version, or none that could be compared. ``order`` is where it looks for credentials, the first to be
    used; ``region`` the variables in which it looks for a region. ``module`` is what web identity needs besides.
    """

    order: tuple[str, ...]
    region: tuple[str, ...]
    without: Without
    web_identity: str | None = None
    pod_identity: str | None = None
    module: str | None = None


_PYTHON_REGION = ("AWS_DEFAULT_REGION",)  # FACTS D16: AWS_REGION alone is not read

WAYS = {
    BOTO3: Ways(_BOTOCORE, _PYTHON_REGION, GLOBAL, "1.9.220", "1.34.41"),
    BOTOCORE: Ways(_BOTOCORE, _PYTHON_REGION, GLOBAL, "1.12.200", "1.34.41"),
    AIOBOTOCORE: Ways(_BOTOCORE, _PYTHON_REGION, GLOBAL),  # its botocore is beside it, and is judged
    AWSCLI_1: Ways(_BOTOCORE, _PYTHON_REGION, GLOBAL, "1.16.232", "1.30.0"),
    AWSCLI_2: Ways(_BOTOCORE, _BOTH, GLOBAL, None, "2.15.0"),
    JAVASCRIPT_2: Ways((ENV, PROFILE, CONTAINER, WEB_IDENTITY, IMDS), ("AWS_REGION",), UNKNOWN, "2.525.0", "2.1550.0"),
    JAVASCRIPT_3: Ways(_LATE, ("AWS_REGION",), US_EAST_1, "3.27.0", "3.458.0"),
    # The page of 2024 names 1.11.704, the one of 2026 1.12.782: the first that knows web identity is the older one.
    JAVA_1: Ways(_FRONT, ("AWS_REGION",), UNKNOWN, "1.11.704", "1.12.746", "sts"),
    JAVA_2: Ways(_FRONT, ("AWS_REGION",), GLOBAL, "2.10.11", "2.21.30", "sts"),
    GO_1: Ways((NAMED_PROFILE, *_FRONT), ("AWS_REGION",), UNKNOWN, "1.23.13", "1.47.11"),
    # D15 names a day and no version for Go v2 and for Rust: not compared.
    GO_2: Ways((NAMED_PROFILE, *_FRONT), _BOTH, FAILS),
    RUBY: Ways(_FRONT, _BOTH, FAILS, "3.58.0", "3.188.0"),
    PHP: Ways(_FRONT, ("AWS_REGION",), FAILS, "3.110.7", "3.289.0"),
    DOTNET: Ways(_FRONT, ("AWS_REGION",), US_EAST_1, "3.3.659.1", "3.7.734.0", "AWSSDK.SecurityToken"),
    RUST: Ways(_LATE, _BOTH, FAILS),
    CPP: Ways(_LATE, _BOTH, US_EAST_1, "1.7.174", "1.11.263"),
}
"""Every SDK that is known, by `Sdk.name`. Where an order is abridged in FACTS, so it is here."""

_DOTNET_3 = WAYS[DOTNET]._replace(order=(WEB_IDENTITY, ENV, PROFILE, CONTAINER, IMDS), without=UNKNOWN)  # FACTS D7, D8

_INTERPRETERS = (
    (r"(?:python|pypy)[\d.]*|uwsgi|gunicorn", (BOTO3, BOTOCORE, AIOBOTOCORE, AWSCLI_1)),
    (r"node|nodejs|bun|deno", (JAVASCRIPT_2, JAVASCRIPT_3)),
    (r"java", (JAVA_1, JAVA_2)),
    (r"(?:j?ruby|puma)[\d.]*", (RUBY, JAVA_1, JAVA_2)),
    (r"php(?:-fpm|-cgi)?[\d.]*|apache2|httpd|frankenphp", (PHP,)),
    (r"dotnet", (DOTNET,)),
    (r"aws|aws_completer", (AWSCLI_1, AWSCLI_2)),
    (r"(?:ba|da|a|z|k|fi)?sh|busybox", (AWSCLI_1, AWSCLI_2)),
)
"""What runs programs that are not in the executable itself, and whose SDKs those use. A shell's is the AWS CLI."""

_NUMBERS = re.compile(r"[vV]?(\d+(?:\.\d+)*)")


def ways(sdk: Sdk) -> Ways:
    """Return an SDK's ways."""
    if sdk.name == DOTNET and (number(sdk.version) or (4,))[0] < 4:  # noqa: PLR2004 - .NET's major version
        return _DOTNET_3
    return WAYS[sdk.name]


def used_by(executable: str, sdks: Sequence[Sdk]) -> tuple[Sdk, ...]:
    """Return those of a container's SDKs that a process with this executable (a path) would use.

    An interpreter's, by its name; of any other executable those that were found in that very file, or in what lies
    beside it under the same name (.NET's).
    """
    name = executable.rpartition("/")[2]
    for pattern, names in _INTERPRETERS:
        if re.fullmatch(pattern, name, re.ASCII):
            return tuple(sdk for sdk in sdks if sdk.name in names)
    return tuple(sdk for sdk in sdks if sdk.path == executable or sdk.path == f"{executable}.deps.json")


def number(version: str | None) -> tuple[int, ...] | None:
    """Return a version's leading numbers, None where it has none. What follows them (``-rc1``, a day) is left out."""
    found = _NUMBERS.match(version or "")
    return tuple(map(int, found[1].split("."))) if found and len(found[1]) < 60 else None  # noqa: PLR2004 - a bound


def older(version: str | None, minimum: str | None) -> bool | None:
    """Return whether a version is older than another, None where that cannot be said."""
    here, there = number(version), number(minimum)
    if here is None or there is None:
        return None
    width = max(len(here), len(there))
    return here + (0,) * (width - len(here)) < there + (0,) * (width - len(there))


def lacking(sdk: Sdk) -> str | None:
    """Return the module that this SDK needs for web identity and that was not found, None where it has all."""
    module = ways(sdk).module
    return module if module and module not in sdk.modules else None
