"""Reads a trust policy from its text: every element in its place, keys written twice seen (FACTS E13). Pure."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple, NoReturn

from sidecar.policy.operators import Operator, parse_operator

_VERSIONS = ("2008-10-17", "2012-10-17")
_TOP = ("Version", "Id", "Statement")
_PARTS = ("Sid", "Effect", "Principal", "NotPrincipal", "Action", "NotAction", "Condition")
_KINDS = ("AWS", "Federated", "Service", "CanonicalUser")
_ENCODED = re.compile(r"\s*%7b", re.IGNORECASE)


class Malformed(NamedTuple):
    """The text is no trust policy: ``place`` is like ``Statement[1].Condition`` or ``line 3, column 7``."""

    place: str
    why: str


class Principals(NamedTuple):
    """Whom a statement is about. ``everyone``: the bare ``"*"``; ``others``: kinds besides Federated."""

    everyone: bool = False
    federated: tuple[str, ...] = ()
    others: tuple[str, ...] = ()


class Condition(NamedTuple):
    """One key under one operator, and the values it is held against. ``written`` is the operator as written."""

    written: str
    operator: Operator
    key: str
    values: tuple[str, ...]


class Statement(NamedTuple):
    """One statement. ``not_principal`` and ``not_action``: the element is NotPrincipal, NotAction."""

    place: str
    sid: str | None
    effect: str
    principals: Principals
    not_principal: bool
    actions: tuple[str, ...]
    not_action: bool
    conditions: tuple[Condition, ...]


class Policy(NamedTuple):
    """A trust policy. ``twice`` has the place of each key that is written twice; ``document`` is the JSON itself."""

    version: str
    statements: tuple[Statement, ...]
    twice: tuple[str, ...]
    document: Mapping[str, Any]


class _Object(dict[str, Any]):
    """A JSON object; ``twice`` has the keys that were written more than once: the last one counts."""

    twice: tuple[str, ...] = ()


class _Number(str):
    """A JSON number, as it is written."""

    __slots__ = ()


class _MalformedError(Exception):
    """What is wrong, and where."""

    def __init__(self, place: str, why: str) -> None:
        super().__init__(place, why)
        self.place, self.why = place, why


def read_policy(text: str) -> Policy | Malformed:
    """Return the policy in the text, or what is wrong with it.

    The text is the policy itself, or what ``aws iam get-role`` prints of a role, with the policy in it.
    """
    try:
        document, around = _unwrapped(_parsed(text))
        statements = tuple(_statements(document))
    except _MalformedError as error:
        return Malformed(error.place, error.why)
    version = document.get("Version", _VERSIONS[0])
    return Policy(str(version), statements, tuple(_twice(around)), document)


def _refuse(place: str, why: str) -> NoReturn:
    raise _MalformedError(place, why)


# ------------------------------------------------------------------------------------------------------------ JSON


def _parsed(text: str) -> Any:  # noqa: ANN401 - whatever JSON holds
    text = text.removeprefix("\N{ZERO WIDTH NO-BREAK SPACE}")
    if _ENCODED.match(text):  # as it is on the wire (FACTS E17)
        text = re.sub(rb"%([0-9a-fA-F]{2})", lambda hit: bytes.fromhex(hit[1].decode()), text.encode()).decode(
            errors="replace"
        )
    try:
        return json.loads(text, object_pairs_hook=_object, parse_int=_Number, parse_float=_Number, parse_constant=_no)
    except json.JSONDecodeError as error:
        _refuse(
            f"line {error.lineno}, column {error.colno}", f"this is not JSON: {error.msg[:1].lower()}{error.msg[1:]}"
        )
    except RecursionError:
        _refuse("the document", "it is nested too deeply")


def _object(pairs: list[tuple[str, Any]]) -> _Object:
    made = _Object(pairs)
    names = [name for name, _ in pairs]
    made.twice = tuple(dict.fromkeys(name for name in names if names.count(name) > 1))
    return made


def _no(name: str) -> NoReturn:
    _refuse("the document", f"{name} is no JSON")


def _twice(value: Any, place: str = "") -> Iterator[str]:  # noqa: ANN401 - whatever JSON holds
    if isinstance(value, _Object):
        yield from (_under(place, name) for name in value.twice)
        for name, inner in value.items():
            yield from _twice(inner, _under(place, name))
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            yield from _twice(inner, f"{place}[{number}]")


def _under(place: str, name: str) -> str:
    return f"{place}.{name}" if place else name


def _unwrapped(value: Any) -> tuple[Mapping[str, Any], Any]:  # noqa: ANN401 - whatever JSON holds
    """Return the policy's object and what to look through for keys written twice."""
    if isinstance(value, Mapping) and isinstance(value.get("Role"), Mapping):
        value = value["Role"]
    if isinstance(value, Mapping) and "AssumeRolePolicyDocument" in value:
        value = value["AssumeRolePolicyDocument"]
    if isinstance(value, str):
        value = _parsed(value)
    if not isinstance(value, Mapping):
        _refuse("the document", "a policy is a JSON object")
    return value, value


# ------------------------------------------------------------------------------------------------------- statements


def _statements(document: Mapping[str, Any]) -> Iterator[Statement]:
    _known(document, _TOP, "")
    if document.get("Version", _VERSIONS[0]) not in _VERSIONS:
        _refuse("Version", f"it is neither {' nor '.join(_VERSIONS)}")
    found = document.get("Statement")
    if isinstance(found, Mapping):
        yield _statement(found, "Statement")
    elif isinstance(found, list) and found:
        for number, one in enumerate(found):
            yield _statement(one, f"Statement[{number}]")
    else:
        _refuse("Statement", "there is none" if found is None or found == [] else "it is neither an object nor a list")


def _statement(found: Any, place: str) -> Statement:  # noqa: ANN401 - whatever JSON holds
    if not isinstance(found, Mapping):
        _refuse(place, "a statement is a JSON object")
    _known(found, _PARTS, place)
    if found.get("Effect") not in ("Allow", "Deny"):  # a list: what stands there may be no hashable thing
        _refuse(f"{place}.Effect", "it must be Allow or Deny")
    sid = found.get("Sid")
    if sid is not None and not isinstance(sid, str):
        _refuse(f"{place}.Sid", "it must be a text")
    whom, what = _one_of(found, ("Principal", "NotPrincipal"), place), _one_of(found, ("Action", "NotAction"), place)
    return Statement(
        place,
        sid,
        found["Effect"],
        _principals(found[whom], f"{place}.{whom}"),
        whom == "NotPrincipal",
        _texts(found[what], f"{place}.{what}"),
        what == "NotAction",
        tuple(_conditions(found.get("Condition", {}), f"{place}.Condition")),
    )


def _known(found: Mapping[str, Any], names: tuple[str, ...], place: str) -> None:
    for name in found:
        if name in {"Resource", "NotResource"}:
            _refuse(_under(place, name), "a trust policy has no resource: it belongs to its role")
        if name not in names:
            near = next((one for one in names if one.lower() == name.lower()), None)
            hint = f"; did you mean {near}?" if near else f"; known are {', '.join(names)}"
            _refuse(_under(place, name), f"there is no such element{hint}")


def _one_of(found: Mapping[str, Any], names: tuple[str, str], place: str) -> str:
    there = [name for name in names if name in found]
    if len(there) != 1:
        _refuse(place, f"it must have one of {' and '.join(names)}{', not both' if there else ''}")
    return there[0]


def _principals(found: Any, place: str) -> Principals:  # noqa: ANN401 - whatever JSON holds
    if found == "*":
        return Principals(everyone=True)
    if not isinstance(found, Mapping) or not found:
        _refuse(place, 'it must be "*" or an object such as {"Federated": "ARN"}')
    _known(found, _KINDS, place)
    named = {kind: _texts(values, f"{place}.{kind}") for kind, values in found.items()}
    others = tuple(f"{kind} {value}" for kind, values in named.items() if kind != "Federated" for value in values)
    return Principals(federated=named.get("Federated", ()), others=others)


def _conditions(found: Any, place: str) -> Iterator[Condition]:  # noqa: ANN401 - whatever JSON holds
    if not isinstance(found, Mapping):
        _refuse(place, "it must be an object of operators")
    for written, keys in found.items():
        operator = parse_operator(written)
        if isinstance(operator, str):
            _refuse(f"{place}.{written}", operator)
        if not isinstance(keys, Mapping) or not keys:
            _refuse(f"{place}.{written}", "it must be an object of condition keys")
        for key, values in keys.items():
            yield Condition(written, operator, key, _scalars(values, f"{place}.{written}.{key}"))


def _texts(found: Any, place: str) -> tuple[str, ...]:  # noqa: ANN401 - whatever JSON holds
    values = found if isinstance(found, list) else [found]
    if not values or not all(isinstance(one, str) and not isinstance(one, _Number) for one in values):
        _refuse(place, "it must be a text or a list of texts")
    return tuple(map(str, values))


def _scalars(found: Any, place: str) -> tuple[str, ...]:  # noqa: ANN401 - whatever JSON holds
    values = found if isinstance(found, list) else [found]
    if not values or not all(isinstance(one, str | bool) for one in values):
        _refuse(place, "it must be a text, a number, true or false, or a list of them")
    return tuple(str(one).lower() if isinstance(one, bool) else str(one) for one in values)
