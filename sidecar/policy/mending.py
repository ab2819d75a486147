"""Mends the parts of a statement that refuse a token, so that others are held to what they were held to. Pure.

What cannot be mended so is left: the statement then stays as it is, and another one admits the token.
"""

import copy
from collections.abc import Iterable, Sequence
from typing import Any

from sidecar.policy.context import Context, Kind
from sidecar.policy.document import Condition
from sidecar.policy.findings import meant_as_wildcard
from sidecar.policy.hints import is_slip
from sidecar.policy.matching import WITH_VARIABLES, Part, holds, pattern
from sidecar.policy.operators import like
from sidecar.policy.terms import ACTION, Match

Json = Any
"""One value of a condition, or a list of them."""


def mended(
    statement: dict[str, Json], judged: Sequence[Part], context: Context, version: str
) -> dict[str, Json] | None:
    """Return the statement with each part mended that refuses; None where one cannot be."""
    made = copy.deepcopy(statement)
    refusing = [part for part in judged if part.match is Match.NO]
    return made if all(_mend(made, part, context, version) for part in refusing) else None


def with_value(values: Json, value: str) -> Json:
    """Return the values with one more, which stands alone where it is the only one."""
    listed = _list(values)
    found = listed if value in listed else [*listed, value]
    return found[0] if len(found) == 1 else found


def named_like(names: Iterable[str], name: str) -> str:
    """Return the one of the names that is this one, whatever its case (FACTS E8); this one where none is."""
    return next((one for one in names if one.lower() == name.lower()), name)


def literal(text: str, version: str, *, wildcards: bool = False) -> str:
    """Return a text as a policy's value stands for it; ``wildcards``: where ``*`` and ``?`` are some (FACTS E12)."""
    if version != WITH_VARIABLES:
        return text
    special = "*?$" if wildcards else "$"
    return "".join(f"${{{one}}}" if one in special and _special(one, text) else one for one in text)


def _special(character: str, text: str) -> bool:
    return character != "$" or "${" in text


def _list(values: Json) -> list[Json]:
    return values if isinstance(values, list) else [values]


def _mend(statement: dict[str, Json], part: Part, context: Context, version: str) -> bool:
    """Mend one part that refuses; return whether that could be done."""
    if part.condition is not None:
        return _mend_condition(statement, part.condition, context, version)
    if part.name == "Action":
        statement["Action"] = with_value(statement["Action"], ACTION)
        return True
    return part.name == "Principal" and _mend_principal(statement, context)


def _mend_principal(statement: dict[str, Json], context: Context) -> bool:
    """Put the right provider in the place of a misspelt one; another cluster's stays."""
    expected = context.provider
    arns = _list(statement["Principal"].get("Federated", []))
    slips = [arn for arn in arns if is_slip(expected, arn)]
    if not slips:
        return False
    kept = [expected if arn == slips[0] else arn for arn in arns]
    statement["Principal"]["Federated"] = kept[0] if len(kept) == 1 else kept
    return True


# ------------------------------------------------------------------------------------------------------ conditions


def _mend_condition(statement: dict[str, Json], condition: Condition, context: Context, version: str) -> bool:
    kind, held = context.kind(condition.key), context.of(condition)
    if not held:
        return _rename(statement, condition, context, version)
    if kind is Kind.AWS:
        return False  # what the role's owner asks for besides is no slip
    if condition.operator.compare is None:
        _drop(statement, condition)  # Null: the key is there in every exchange
        return True
    if condition.operator.negated:
        return _spare(statement, condition, held[0], version)
    if condition.operator.name.startswith("string"):
        return _widen(statement, condition, held[0], version)
    return _as_text(statement, condition, held[0], version)


def _widen(statement: dict[str, Json], condition: Condition, held: str, version: str) -> bool:
    """Let a positive condition hold for the token, too."""
    if meant_as_wildcard(condition, (held,)):
        return _put(statement, "StringLike", condition.key, _drop(statement, condition))
    value = literal(held, version, wildcards=condition.operator.name == "stringlike")
    keys = statement["Condition"][condition.written]
    keys[condition.key] = with_value(keys[condition.key], value)
    return True


def _as_text(statement: dict[str, Json], condition: Condition, held: str, version: str) -> bool:
    """Compare as a text what is no ARN, no number and no truth."""
    values = _drop(statement, condition)
    if not condition.operator.name.startswith("arn"):
        return _put(statement, "StringEquals", condition.key, literal(held, version))
    if any(like(held, pattern(wanted)) for wanted in condition.values):
        wild = any(set("*?") & set(wanted) for wanted in condition.values)
        return _put(statement, "StringLike" if wild else "StringEquals", condition.key, values)
    return _put(statement, "StringEquals", condition.key, with_value(values, literal(held, version)))


def _spare(statement: dict[str, Json], condition: Condition, held: str, version: str) -> bool:
    """Take the token's own value out of those that are refused; one that refuses others, too, stays."""
    values = _drop(statement, condition)
    kept = [value for value in _list(values) if value not in {held, literal(held, version)}]
    if len(kept) == len(_list(values)):
        return False
    return not kept or _put(statement, condition.written, condition.key, kept[0] if len(kept) == 1 else kept)


def _rename(statement: dict[str, Json], condition: Condition, context: Context, version: str) -> bool:
    """Write a key of the wrong issuer's as this issuer's; a key that no exchange carries is left out."""
    values = _drop(statement, condition)
    claim = condition.key.rpartition(":")[2].lower()
    held = {"sub": context.exchange.subject, "aud": context.exchange.audience}.get(claim)
    if held is None or context.kind(condition.key) is not Kind.FOREIGN:
        return True
    written = named_like(statement.get("Condition", {}), condition.written)
    again = condition._replace(key=f"{context.prefix}:{claim}", written=written)
    if not _put(statement, again.written, again.key, values):
        return False
    return holds(again, context, version) is not Match.NO or _mend_condition(statement, again, context, version)


def _drop(statement: dict[str, Json], condition: Condition) -> Json:
    """Take a condition out, and return its values."""
    keys = statement["Condition"][condition.written]
    values = keys.pop(condition.key)
    if not keys:
        del statement["Condition"][condition.written]
    return values


def _put(statement: dict[str, Json], written: str, key: str, values: Json) -> bool:
    """Put a condition in; return False where there is one already, which would be lost."""
    condition = statement.setdefault("Condition", {})
    keys = condition.setdefault(named_like(condition, written), {})
    taken = named_like(keys, key) in keys
    keys.update({} if taken else {key: values})
    return not taken
