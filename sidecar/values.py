"""The values that flags and variables may have: each parser returns one, or says what is right.

Pure: knows no option by name. A parser raises `MisuseError` with a clause that quotes the bad value.
"""

import re
from collections.abc import Callable, Iterable
from enum import StrEnum
from typing import NamedTuple, TypeVar

from sidecar.arns import parse_role_arn

# Patterns, compiled where they are used: most runs read no value at all.
_DURATION = r"(?:\d{1,9}(?:ms|s|m|h))+"
_DURATION_PART = r"(\d+)(ms|s|m|h)"
_MILLISECONDS = {"ms": 1, "s": 1_000, "m": 60_000, "h": 3_600_000}
_LONGEST = 168 * 3_600.0  # seconds; a socket's time-out must fit into 2**31 ms
_ID = r"\d{1,10}"
_GREATEST_ID = 2**32 - 1
_PORT = r"\d{1,5}"
_GREATEST_PORT = 65_535
_THUMBPRINT = r"[0-9a-fA-F]{40}|[0-9a-fA-F]{2}(?::[0-9a-fA-F]{2}){19}"
_TOKEN = r"eyJ[\w-]*\.[\w-]+\.[\w-]*"  # base64 of {" and two more parts (RFC 7519)
_QUOTED = 60  # characters of a bad value that are shown: never a whole token, should one be put in the wrong place

_T = TypeVar("_T")
_E = TypeVar("_E", bound=StrEnum)


class MisuseError(Exception):
    """The tool was asked wrongly; ``mistakes`` has a clause for each mistake."""

    def __init__(self, *mistakes: str) -> None:
        super().__init__(*mistakes)
        self.mistakes = mistakes


# ------------------------------------------------------------------------------------------- what is said of them


def quoted(text: str) -> str:
    """Return text in quotes, cut to 60 characters, with what cannot be printed escaped."""
    cut = text if len(text) <= _QUOTED else text[: _QUOTED - 3] + "..."
    return "'" + "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in cut) + "'"


def nearest(word: str, names: Iterable[str]) -> str | None:
    """Return the name most like a word, whatever its case; None where none is much like it."""
    from difflib import get_close_matches

    known = {name.lower(): name for name in names}
    return next((known[match] for match in get_close_matches(word.lower(), known, n=1)), None)


def hint(near: str | None) -> str:
    """Return the end of a sentence about what was not understood: what may have been meant, or nothing."""
    return f"; did you mean {near}?" if near else ""


# -------------------------------------------------------------------------------------------------------- parsers


def _is(pattern: str, value: str) -> bool:
    return bool(re.fullmatch(pattern, value, re.ASCII))


def some_text(value: str) -> str:
    """Return any text but the empty one."""
    if not value:
        message = "the value is empty"
        raise MisuseError(message)
    return value


def file_path(value: str) -> str:
    """Return the name of a file; what is the content of one itself is not shown again: it may be a token."""
    if re.fullmatch(_TOKEN, value.strip(), re.ASCII):
        message = "this is a token itself: give the name of a file that holds it"
        raise MisuseError(message)
    if value.lstrip().startswith("{"):
        message = "this is a document itself: give the name of a file that holds it"
        raise MisuseError(message)
    return some_text(value)


def boolean(value: str) -> bool:
    """Return what ``true`` or ``false`` says."""
    if value not in {"true", "false"}:
        message = f"{quoted(value)} is neither true nor false{hint(nearest(value, ('true', 'false')))}"
        raise MisuseError(message)
    return value == "true"


def one_of(*choices: _E) -> Callable[[str], _E]:
    """Return the parser of one of these words."""

    def parse(value: str) -> _E:
        for choice in choices:
            if value == choice:
                return choice
        message = f"{quoted(value)} is none of {', '.join(choices)}{hint(nearest(value, choices))}"
        raise MisuseError(message)

    return parse


def duration(value: str) -> float:
    """Return the seconds of a duration such as 500ms, 30s, 5m, 1h or 1m30s, a week's at most."""
    if not _is(_DURATION, value):
        near = f"{value}s" if _is(_ID, value) else None
        message = f"{quoted(value)} is not a duration such as 500ms, 30s, 5m, 1h or 1m30s{hint(near)}"
        raise MisuseError(message)
    parts = re.findall(_DURATION_PART, value, re.ASCII)
    seconds = sum(int(number) * _MILLISECONDS[unit] for number, unit in parts) / 1000
    if seconds > _LONGEST:
        message = f"{quoted(value)} is more than 168h"
        raise MisuseError(message)
    return seconds


def some_time(value: str) -> float:
    """Return the seconds of a duration that is more than none."""
    seconds = duration(value)
    if not seconds:
        message = f"{quoted(value)} must be more than 0s"
        raise MisuseError(message)
    return seconds


def interval(value: str) -> float:
    """Return the seconds of a duration of a second or more."""
    seconds = duration(value)
    if seconds < 1:
        message = f"{quoted(value)} must be at least 1s"
        raise MisuseError(message)
    return seconds


class ListenAddress(NamedTuple):
    """Where a server listens: a host name or IP address, empty for every address; port 0 is any free one."""

    host: str
    port: int


def listen_address(value: str) -> ListenAddress:
    """Return what ``ADDR:PORT``, ``:PORT`` or ``[IPV6]:PORT`` says."""
    host, colon, port = value.rpartition(":")
    bracketed = host.startswith("[") and host.endswith("]")
    bare = host[1:-1] if bracketed else host
    if not colon or not _is(_PORT, port) or int(port) > _GREATEST_PORT or (":" in bare) != bracketed:
        near = f":{value}" if _is(_PORT, value) else None
        message = f"{quoted(value)} is not an address such as :9864, 127.0.0.1:9864 or [::1]:9864{hint(near)}"
        raise MisuseError(message)
    return ListenAddress(bare, int(port))


def role_arn(value: str) -> str:
    """Return the ARN of an IAM role as it is."""
    if parse_role_arn(value) is None:
        message = f"{quoted(value)} is not the ARN of an IAM role such as arn:aws:iam::123456789012:role/NAME"
        raise MisuseError(message)
    return value


def thumbprint(value: str) -> str:
    """Return a SHA-1 thumbprint in lower case, without colons."""
    if not _is(_THUMBPRINT, value):
        message = f"{quoted(value)} is not a SHA-1 thumbprint: 40 hexadecimal digits, with or without colons"
        raise MisuseError(message)
    return value.replace(":", "").lower()


def numeric_id(value: str) -> int:
    """Return the number of a user or a group."""
    if not _is(_ID, value) or int(value) > _GREATEST_ID:
        message = f"{quoted(value)} is not a whole number from 0 to {_GREATEST_ID}"
        raise MisuseError(message)
    return int(value)


def list_of(parse: Callable[[str], _T]) -> Callable[[str], tuple[_T, ...]]:
    """Return the parser of a list, separated by commas, which finds the mistakes of all its items."""

    def parse_all(value: str) -> tuple[_T, ...]:
        items: list[_T] = []
        mistakes: list[str] = []
        for item in value.split(","):
            try:
                items.append(parse(item.strip()))
            except MisuseError as error:
                mistakes.extend(error.mistakes)
        if mistakes:
            raise MisuseError(*mistakes)
        return tuple(items)

    return parse_all
