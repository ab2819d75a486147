"""What a text itself says of the things that a remedy names: roles, issuers, accounts, hosts, paths. Pure."""

import re
from collections.abc import Mapping

from sidecar.explain.masking import masked
from sidecar.explain.unwrap import Unwrapped
from sidecar.model import Fault

_REACH = 2000  # characters around a wording in which its names are looked for

_PATTERNS: Mapping[str, re.Pattern[str]] = {
    "role_arn": re.compile(r"(arn:[\w-]+:iam::\d{12}:role/[\w+=,.@/-]+)"),
    "issuer": re.compile(
        r"(?:found in your account for|configuration of provider:) (https?://[^\s\"'<>,)]+)|(https://oidc[.-]eks\.[\w.-]+/id/\w+)"
    ),
    "host": re.compile(r"(?<![\w.-])((?:sts|oidc[.-]eks)[\w.-]*\.(?:amazonaws\.com(?:\.cn)?|api\.aws|amazonaws\.eu))"),
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
    if "role_arn" in found:
        found["role_name"] = found["role_arn"].rpartition("/")[2]
    return found
