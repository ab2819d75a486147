"""Reads a trust policy: every element in its place, one value or a list of them (FACTS E13). Pure."""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from sidecar.policy.operators import Operator, parse_operator
from sidecar.policy.text import MalformedError, Number, document_in, refuse, twice, under

_VERSIONS = ("2008-10-17", "2012-10-17")
_TOP = ("Version", "Id", "Statement")
_PARTS = ("Sid", "Effect", "Principal", "NotPrincipal", "Action", "NotAction", "Condition")
_KINDS = ("AWS", "Federated", "Service", "CanonicalUser")


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


def read_policy(text: str) -> Policy | Malformed:
    """Return the policy in the text, or what is wrong with it.

    The text is the policy itself, or what ``aws iam get-role`` prints of a role, with the policy in it.
    """
    try:
        document = document_in(text)
        statements = tuple(_statements(document))
    except MalformedError as error:
        return Malformed(error.place, error.why)
    version = document.get("Version", _VERSIONS[0])
    return Policy(str(version), statements, tuple(twice(document)), document)


# ------------------------------------------------------------------------------------------------------- statements


def _statements(document: Mapping[str, Any]) -> Iterator[Statement]:
    _known(document, _TOP, "")
    _text(document, "Id", "")
    if document.get("Version", _VERSIONS[0]) not in _VERSIONS:
        refuse("Version", f"it is neither {' nor '.join(_VERSIONS)}")
    found = document.get("Statement")
    if isinstance(found, Mapping):
        yield _statement(found, "Statement")
    elif isinstance(found, list) and found:
        for number, one in enumerate(found):
            yield _statement(one, f"Statement[{number}]")
    else:
        refuse("Statement", "there is none" if found is None or found == [] else "it is neither an object nor a list")


def _statement(found: Any, place: str) -> Statement:  # noqa: ANN401 - whatever JSON holds
    if not isinstance(found, Mapping):
        refuse(place, "a statement is a JSON object")
    _known(found, _PARTS, place)
    if found.get("Effect") not in ("Allow", "Deny"):  # a list: what stands there may be no hashable thing
        refuse(f"{place}.Effect", "it must be Allow or Deny")
    sid = _text(found, "Sid", place)
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


def _text(found: Mapping[str, Any], name: str, place: str) -> str | None:
    text = found.get(name)
    if text is not None and (not isinstance(text, str) or isinstance(text, Number)):
        refuse(under(place, name), "it must be a text")
    return text


def _known(found: Mapping[str, Any], names: tuple[str, ...], place: str) -> None:
    for name in found:
        if name in {"Resource", "NotResource"}:
            refuse(under(place, name), "a trust policy has no resource: it belongs to its role")
        if name not in names:
            near = next((one for one in names if one.lower() == name.lower()), None)
            hint = f"; did you mean {near}?" if near else f"; known are {', '.join(names)}"
            refuse(under(place, name), f"there is no such element{hint}")


def _one_of(found: Mapping[str, Any], names: tuple[str, str], place: str) -> str:
    there = [name for name in names if name in found]
    if len(there) != 1:
        refuse(place, f"it must have one of {' and '.join(names)}{', not both' if there else ''}")
    return there[0]


def _principals(found: Any, place: str) -> Principals:  # noqa: ANN401 - whatever JSON holds
    if found == "*":
        return Principals(everyone=True)
    if not isinstance(found, Mapping) or not found:
        refuse(place, 'it must be "*" or an object such as {"Federated": "ARN"}')
    _known(found, _KINDS, place)
    named = {kind: _texts(values, f"{place}.{kind}") for kind, values in found.items()}
    others = tuple(f"{kind} {value}" for kind, values in named.items() if kind != "Federated" for value in values)
    return Principals(federated=named.get("Federated", ()), others=others)


def _conditions(found: Any, place: str) -> Iterator[Condition]:  # noqa: ANN401 - whatever JSON holds
    if not isinstance(found, Mapping):
        refuse(place, "it must be an object of operators")
    for written, keys in found.items():
        operator = parse_operator(written)
        if isinstance(operator, str):
            refuse(f"{place}.{written}", operator)
        if not isinstance(keys, Mapping) or not keys:
            refuse(f"{place}.{written}", "it must be an object of condition keys")
        for key, values in keys.items():
            yield Condition(written, operator, key, _scalars(values, f"{place}.{written}.{key}"))


def _texts(found: Any, place: str) -> tuple[str, ...]:  # noqa: ANN401 - whatever JSON holds
    values = found if isinstance(found, list) else [found]
    if not values or not all(isinstance(one, str) and not isinstance(one, Number) for one in values):
        refuse(place, "it must be a text or a list of texts")
    return tuple(map(str, values))


def _scalars(found: Any, place: str) -> tuple[str, ...]:  # noqa: ANN401 - whatever JSON holds
    values = found if isinstance(found, list) else [found]
    if not values or not all(isinstance(one, str | bool) for one in values):
        refuse(place, "it must be a text, a number, true or false, or a list of them")
    return tuple(str(one).lower() if isinstance(one, bool) else str(one) for one in values)
