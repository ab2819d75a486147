"""Amazon Resource Names of roles and OIDC providers. Pure."""

import re
from typing import NamedTuple

_ROLE = re.compile(
    r"arn:(?P<partition>aws[a-z0-9-]*):iam::(?P<account>\d{12}):role/(?P<path>(?:[!-.0-~]+/)*)(?P<name>[\w+=,.@-]{1,64})",
    re.ASCII,
)


class RoleArn(NamedTuple):
    """The parts of an IAM role's ARN; ``path`` begins and ends with a slash (FACTS A38, C5)."""

    partition: str
    account: str
    path: str
    name: str


def parse_role_arn(text: str) -> RoleArn | None:
    """Return the parts of a role ARN, or None where the text is none: white space around it counts."""
    match = _ROLE.fullmatch(text)
    if match is None or len(text) > 2048 or len(match["path"]) > 511:  # noqa: PLR2004 - FACTS A2, A38
        return None
    return RoleArn(match["partition"], match["account"], "/" + match["path"], match["name"])


def provider_path(issuer: str) -> str:
    """Return an issuer's URL as IAM and condition keys write it: without the scheme (FACTS A32, A36)."""
    return issuer.removeprefix("https://")


def provider_arn(role: RoleArn, issuer: str) -> str:
    """Return the ARN of the OIDC provider that the role needs: in its own account (FACTS A36)."""
    return f"arn:{role.partition}:iam::{role.account}:oidc-provider/{provider_path(issuer)}"
