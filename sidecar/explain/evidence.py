"""What a text itself says of the things that a remedy names: roles, issuers, accounts, hosts, paths. Pure."""

import re
from collections.abc import Mapping

from sidecar.arns import parse_role_arn, provider_arn
from sidecar.explain.masking import masked
from sidecar.explain.unwrap import Unwrapped
from sidecar.model import Fault
from sidecar.partitions import iam_region, region_in

_REACH = 2000  # characters around a wording in which its names are looked for

_PATTERNS: Mapping[str, re.Pattern[str]] = {
    "role_arn": re.compile(r"(arn:[\w-]+:iam::\d{12}:role/[\w+=,.@/-]+)"),
    "issuer": re.compile(
        r"(?:found in your account for|configuration of provider:) (https?://[^\s\"'<>,)]+)|(https://oidc[.-]eks\.[\w.-]+/id/\w+)"
    ),
    "host": re.compile(
        r"(?<![\w.-])((?:sts|oidc[.-]eks)[\w.-]*\.(?:amazonaws\.com(?:\.cn)?|api\.aws|amazonaws\.eu|api\.amazonwebservices\.(?:com\.cn|eu)))"
    ),
    "path": re.compile(r"((?:[A-Za-z]:)?(?:/[\w.@-]+)+/[\w.-]*token[\w.-]*)"),
    "region": re.compile(
        r"\b((?:us|eu|ap|sa|ca|me|af|il|mx|cn|us-gov)-(?:north|south|east|west|central|northeast|southeast|northwest)-\d)\b"
    ),
    "account": re.compile(r"(?:account: ?|iam::|sts::)(\d{12})\b"),
    "action": re.compile(r"(?:authori[sz]ed to perform:? )([\w-]+:\w+)"),
    "resource": re.compile(r"on resource: \"?(arn:[^\s\"',]+)"),
    "principal": re.compile(r"(?:user: |User: )(arn:[^\s\"',]+)"),
}


def evidence(fault: Fault, text: Unwrapped, position: int) -> Mapping[str, str]:
    """Return what the text says around a wording, by the placeholder's name; nothing that is secret."""
    del fault
    near = masked(text.text[max(0, position - _REACH) : position + _REACH])
    found = {}
    for name, pattern in _PATTERNS.items():
        match = pattern.search(near)
        if match:
            found[name] = next(group for group in match.groups() if group).rstrip(".:")
    return found | _of_role(found)


def _of_role(found: Mapping[str, str]) -> dict[str, str]:
    """Return what a role's ARN says besides: IAM takes the name without its path, and needs a region outside aws."""
    role = parse_role_arn(found.get("role_arn", ""))
    if role is None:
        return {}
    region = found.get("region") or region_in(found.get("issuer", "")) or ""
    of_role = {"role_name": role.name, "role_path": role.path, "account": role.account}
    provider = {"provider_arn": provider_arn(role, found["issuer"])} if "issuer" in found else {}
    return {**of_role, **provider, "iam_region": iam_region(role.partition, region)}
