"""The AWS_* variables that another process was started with, as /proc/PID/environ shows them. Judges nothing.

Values are kept of names that are known to hold no secret; of all others it is only known that they are set. What looks
like a token, or repeats a value that is not kept, is not kept whatever its name.
"""

import os
import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from sidecar.probe.sts import without_userinfo
from sidecar.probe.tree import Allowance

WITHHELD = ""
"""In the place of a value that is not kept. What is set to nothing is left out, so that this stands for a value."""

_SAFE = frozenset({
    "AWS_CA_BUNDLE", "AWS_CONFIG_FILE", "AWS_DEFAULT_PROFILE", "AWS_DEFAULT_REGION", "AWS_EC2_METADATA_DISABLED",
    "AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_STS", "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "AWS_PROFILE", "AWS_REGION",
    "AWS_ROLE_ARN", "AWS_ROLE_SESSION_NAME", "AWS_SDK_LOAD_CONFIG", "AWS_SHARED_CREDENTIALS_FILE",
    "AWS_STS_REGIONAL_ENDPOINTS", "AWS_USE_DUALSTACK_ENDPOINT", "AWS_USE_FIPS_ENDPOINT", "AWS_WEB_IDENTITY_TOKEN_FILE",
})  # fmt: skip
_NAME = re.compile(r"AWS_[A-Za-z0-9_]{1,80}", re.ASCII)
_SECRET = re.compile(r"(?:KEY|KEY_ID|SECRET|TOKEN|PASSWORD)$", re.ASCII)
_TOKEN = re.compile(r"eyJ[\w-]+\.|(?:AKIA|ASIA)[A-Z0-9]{12}", re.ASCII)
_LIMIT = 2 * 1024 * 1024  # of arguments and environment together, unless the stack was given more (execve(2))
_LONGEST = 4096
_MOST = 100
_SHORTEST_SECRET = 8


class Environ(NamedTuple):
    """What a process was started with: its AWS_*, and its home, which its profile files are below."""

    variables: Mapping[str, str]
    home: str | None


def read_environ(proc: str, pid: int, allowance: Allowance) -> Environ | str:
    """Return a process's variables, or why they are not to be seen. Raises OSError, and `SpentError`."""
    with open(f"{proc}/{pid}/environ", "rb", buffering=0) as file:  # noqa: PTH123  # many a time
        content = b"".join(_pieces(file.fileno(), allowance))
    return environ_of(content)


def environ_of(content: bytes) -> Environ | str:
    """Return the variables in the content of /proc/PID/environ, or why there are none to be seen."""
    entries = [part for part in content.decode("utf-8", "replace").split("\0") if part]
    if not entries:
        return "shows no environment: it was started with none, or has overwritten it"
    if any("=" not in entry for entry in entries):
        return "has overwritten its environment, as programs that change their title do"
    found = dict(entry.split("=", 1) for entry in reversed(entries))  # the first of a name counts, as for getenv(3)
    aws = {name: value for name, value in found.items() if value and _NAME.fullmatch(name)}
    secrets = [value for name, value in aws.items() if _SECRET.search(name) and len(value) >= _SHORTEST_SECRET]
    kept = {name: _kept(name, aws[name], secrets) for name in sorted(aws)[:_MOST]}
    return Environ(kept, found.get("HOME") or None)


def _kept(name: str, value: str, secrets: list[str]) -> str:
    if name not in _SAFE or len(value) > _LONGEST or _TOKEN.search(value):
        return WITHHELD
    if any(secret in value for secret in secrets):
        return WITHHELD
    return without_userinfo(value) if "ENDPOINT_URL" in name else value


def _pieces(descriptor: int, allowance: Allowance) -> Iterator[bytes]:
    left = _LIMIT
    while left and (piece := os.read(descriptor, min(left, 65536))):
        allowance.spend(size=len(piece))
        left -= len(piece)
        yield piece
