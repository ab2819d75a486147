"""Condition operators: how they are written, how each compares a value with a pattern (FACTS E3 to E7). Pure."""

import ipaddress
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from enum import StrEnum
from typing import NamedTuple

_ARN_PARTS = 6
_EPOCH = re.compile(r"\d{1,15}", re.ASCII)
_NUMBER = re.compile(r"[+-]?\d{1,300}(?:\.\d{1,300})?", re.ASCII)
Pattern = Sequence[tuple[str, bool]]
"""The characters of a value, each with whether it is a wildcard: ``*`` any run, ``?`` exactly one."""


Compare = Callable[[str, Pattern], bool | None]
"""Whether a value is what is wanted; None where one of the two cannot be compared so."""


class Every(StrEnum):
    """The set operator before an operator."""

    NONE = ""
    ALL = "ForAllValues:"
    ANY = "ForAnyValue:"


class Operator(NamedTuple):
    """An operator taken apart. ``compare`` is the positive comparison: ``negated`` turns it round. Null has none.

    ``spelt`` is the whole operator as AWS writes it (FACTS E8).
    """

    name: str
    spelt: str
    compare: Compare | None
    negated: bool = False
    every: Every = Every.NONE
    if_exists: bool = False

    @property
    def fills_in(self) -> bool:
        """Whether variables are filled in: not for numbers, times, addresses and bytes, says AWS."""
        return self.name.startswith(("string", "arn", "bool"))

    @property
    def literal(self) -> bool:
        """Whether wildcards stand for themselves although another operator would take them for such."""
        return self.name in {"stringequals", "stringequalsignorecase"}


def plain(pattern: Pattern) -> str:
    """Return the characters of a pattern, wildcards among them."""
    return "".join(character for character, _ in pattern)


def like(value: str, pattern: Pattern) -> bool:
    """Whether the value matches, case-sensitively; in steps that grow with the product of both lengths at most."""
    at, place, star, tried = 0, 0, -1, 0
    while at < len(value):
        if place < len(pattern) and pattern[place] == ("*", True):
            star, tried = place, at
            place += 1
        elif place < len(pattern) and (pattern[place] == ("?", True) or pattern[place] == (value[at], False)):
            at, place = at + 1, place + 1
        elif star >= 0:
            tried += 1
            at, place = tried, star + 1
        else:
            return False
    return all(part == ("*", True) for part in pattern[place:])


def _equals(value: str, pattern: Pattern) -> bool:
    return value == plain(pattern)


def _equals_ignoring_case(value: str, pattern: Pattern) -> bool:
    return value.lower() == plain(pattern).lower()


def _arn_like(value: str, pattern: Pattern) -> bool | None:
    """Compare the six components one by one; what has not six is no ARN (FACTS E7)."""
    parts, wanted = value.split(":", _ARN_PARTS - 1), _split(pattern)
    if len(parts) != _ARN_PARTS or len(wanted) != _ARN_PARTS:
        return None
    return all(like(part, want) for part, want in zip(parts, wanted, strict=True))


def _split(pattern: Pattern) -> list[Pattern]:
    parts: list[list[tuple[str, bool]]] = [[]]
    for part in pattern:
        if part == (":", False) and len(parts) < _ARN_PARTS:
            parts.append([])
        else:
            parts[-1].append(part)
    return list(parts)


def _bool(value: str, pattern: Pattern) -> bool | None:
    found, wanted = value.lower(), plain(pattern).lower()
    return found == wanted if {found, wanted} <= {"true", "false"} else None


def _in_network(value: str, pattern: Pattern) -> bool | None:
    try:
        return ipaddress.ip_address(value) in ipaddress.ip_network(plain(pattern), strict=False)
    except ValueError:
        return None


def _number(text: str) -> float:
    """Return an integer or a decimal number. Raises ValueError."""
    if not _NUMBER.fullmatch(text):
        raise ValueError
    return float(text)


def _date(text: str) -> float:
    """Return the seconds of an ISO 8601 time or of a whole number of seconds. Raises ValueError."""
    if _EPOCH.fullmatch(text):
        return float(text)
    moment = datetime.fromisoformat(text)
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def _compared(read: Callable[[str], float], holds: Callable[[float, float], bool]) -> Compare:
    def compare(value: str, pattern: Pattern) -> bool | None:
        try:
            return holds(read(value), read(plain(pattern)))
        except (ValueError, OverflowError):
            return None

    return compare


_ORDERS: Mapping[str, Callable[[float, float], bool]] = {
    "Equals": lambda a, b: a == b,
    "LessThan": lambda a, b: a < b,
    "LessThanEquals": lambda a, b: a <= b,
    "GreaterThan": lambda a, b: a > b,
    "GreaterThanEquals": lambda a, b: a >= b,
}
_POSITIVE: Mapping[str, Compare] = {
    "StringEquals": _equals,
    "StringEqualsIgnoreCase": _equals_ignoring_case,
    "StringLike": like,
    "ArnEquals": _arn_like,
    "ArnLike": _arn_like,
    "Bool": _bool,
    "BinaryEquals": _equals,
    "IpAddress": _in_network,
    **{f"Numeric{name}": _compared(_number, holds) for name, holds in _ORDERS.items()},
    **{f"Date{name}": _compared(_date, holds) for name, holds in _ORDERS.items()},
}
_NEGATIVE = {
    "StringNotEquals": "StringEquals",
    "StringNotEqualsIgnoreCase": "StringEqualsIgnoreCase",
    "StringNotLike": "StringLike",
    "ArnNotEquals": "ArnEquals",
    "ArnNotLike": "ArnLike",
    "NotIpAddress": "IpAddress",
    "NumericNotEquals": "NumericEquals",
    "DateNotEquals": "DateEquals",
}
_SPELT = {name.lower(): name for name in (*_POSITIVE, *_NEGATIVE, "Null")}


def parse_operator(written: str) -> Operator | str:
    """Take an operator apart, whatever its case; return a clause where it is none."""
    name, every = written.lower(), Every.NONE
    for one in (Every.ALL, Every.ANY):
        if name.startswith(one.lower()):
            name, every = name.removeprefix(one.lower()), one
    if_exists = name.endswith("ifexists")
    name = name.removesuffix("ifexists")
    spelt = _SPELT.get(name)
    if spelt is None:
        return "this is no condition operator"
    if spelt == "Null":
        return "Null takes neither IfExists nor a set operator" if if_exists or every else Operator(name, spelt, None)
    compare = _POSITIVE[_NEGATIVE.get(spelt, spelt)]
    whole = f"{every}{spelt}{'IfExists' if if_exists else ''}"
    return Operator(name, whole, compare, spelt in _NEGATIVE, every, if_exists)
