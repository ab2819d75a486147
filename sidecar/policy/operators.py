"""Condition operators: how they are written, how each compares a value with a pattern (FACTS E3 to E7). Pure."""

import ipaddress
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from enum import StrEnum
from typing import NamedTuple

_ARN_PARTS = 6
Pattern = Sequence[tuple[str, bool]]
"""The characters of a value, each with whether it is a wildcard: ``*`` any run, ``?`` exactly one."""


class Every(StrEnum):
    """The set operator before an operator."""

    NONE = ""
    ALL = "ForAllValues:"
    ANY = "ForAnyValue:"


class Operator(NamedTuple):
    """An operator taken apart. ``compare`` is the positive comparison: ``negated`` turns it round. Null has none."""

    name: str
    compare: Callable[[str, Pattern], bool] | None
    negated: bool = False
    every: Every = Every.NONE
    if_exists: bool = False

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


def _arn_like(value: str, pattern: Pattern) -> bool:
    """Compare the six components one by one; what is no ARN matches none (FACTS E7)."""
    parts, wanted = value.split(":", _ARN_PARTS - 1), _split(pattern)
    if len(parts) != _ARN_PARTS or len(wanted) != _ARN_PARTS:
        return False
    return all(like(part, want) for part, want in zip(parts, wanted, strict=True))


def _split(pattern: Pattern) -> list[Pattern]:
    parts: list[list[tuple[str, bool]]] = [[]]
    for part in pattern:
        if part == (":", False) and len(parts) < _ARN_PARTS:
            parts.append([])
        else:
            parts[-1].append(part)
    return list(parts)


def _bool(value: str, pattern: Pattern) -> bool:
    return value.lower() == plain(pattern).lower()


def _in_network(value: str, pattern: Pattern) -> bool:
    try:
        return ipaddress.ip_address(value) in ipaddress.ip_network(plain(pattern), strict=False)
    except ValueError:
        return False


def _number(text: str) -> float:
    return float(text)


def _date(text: str) -> float:
    """Return the seconds of an ISO 8601 time or of a number of seconds. Raises ValueError."""
    try:
        return float(text)
    except ValueError:
        moment = datetime.fromisoformat(text)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def _compared(read: Callable[[str], float], holds: Callable[[float, float], bool]) -> Callable[[str, Pattern], bool]:
    def compare(value: str, pattern: Pattern) -> bool:
        try:
            return holds(read(value), read(plain(pattern)))
        except (ValueError, OverflowError):
            return False

    return compare


_ORDERS: Mapping[str, Callable[[float, float], bool]] = {
    "equals": lambda a, b: a == b,
    "lessthan": lambda a, b: a < b,
    "lessthanequals": lambda a, b: a <= b,
    "greaterthan": lambda a, b: a > b,
    "greaterthanequals": lambda a, b: a >= b,
}
_POSITIVE: Mapping[str, Callable[[str, Pattern], bool]] = {
    "stringequals": _equals,
    "stringequalsignorecase": _equals_ignoring_case,
    "stringlike": like,
    "arnequals": _arn_like,
    "arnlike": _arn_like,
    "bool": _bool,
    "binaryequals": _equals,
    "ipaddress": _in_network,
    **{f"numeric{name}": _compared(_number, holds) for name, holds in _ORDERS.items()},
    **{f"date{name}": _compared(_date, holds) for name, holds in _ORDERS.items()},
}
_NEGATIVE = {
    "stringnotequals": "stringequals",
    "stringnotequalsignorecase": "stringequalsignorecase",
    "stringnotlike": "stringlike",
    "arnnotequals": "arnequals",
    "arnnotlike": "arnlike",
    "notipaddress": "ipaddress",
    "numericnotequals": "numericequals",
    "datenotequals": "dateequals",
}


def parse_operator(written: str) -> Operator | str:
    """Take an operator apart, whatever its case; return a clause where it is none."""
    name, every = written.lower(), Every.NONE
    for one in (Every.ALL, Every.ANY):
        if name.startswith(one.lower()):
            name, every = name.removeprefix(one.lower()), one
    if_exists = name.endswith("ifexists")
    name = name.removesuffix("ifexists")
    if name == "null":
        return "Null takes neither IfExists nor a set operator" if if_exists or every else Operator(name, None)
    positive = _NEGATIVE.get(name, name)
    if positive not in _POSITIVE:
        return "this is no condition operator"
    return Operator(name, _POSITIVE[positive], name in _NEGATIVE, every, if_exists)
