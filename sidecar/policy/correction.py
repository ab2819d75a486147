"""The policy that admits the token: the smallest change of the one there is, other statements kept. Pure."""

import copy
import json
from collections.abc import Mapping
from typing import Any, cast

from sidecar.policy.context import Context, Kind
from sidecar.policy.document import Condition, Policy, read_policy
from sidecar.policy.findings import STRANGER, meant_as_wildcard, nearest
from sidecar.policy.hints import is_slip
from sidecar.policy.matching import Part, expected_provider, matched, parts
from sidecar.policy.terms import ACTION, Exchange, Match

_WILDCARDED = {"stringequals": "StringLike", "stringequalsignorecase": "StringLike"}


def corrected(policy: Policy, exchange: Exchange) -> str:
    """Return the policy's JSON with the statement that is nearest to admitting the token mended, or with one added.

    A Deny that matches is given an exception for the token's subject; a statement that admits the whole cluster is
    narrowed to it. Where the policy needs neither, it is returned as it is.
    """
    context = Context(exchange)
    document: dict[str, Any] = copy.deepcopy(dict(policy.document))
    statements = _listed(document)
    for number, statement in enumerate(policy.statements):
        if statement.effect == "Deny" and _judged(policy, number, context) is Match.YES:
            _except(statements[number], context)
    if not any(_admits(policy, number, context) is not Match.NO for number in range(len(policy.statements))):
        _admit(policy, statements, context)
    return _narrowed(document, context)


def admitting(exchange: Exchange) -> dict[str, Any]:
    """Return the statement that admits exactly this token (FACTS A32, A36)."""
    context = Context(exchange)
    equals = {f"{context.prefix}:sub": exchange.subject}
    if exchange.audience is not None:
        equals = {f"{context.prefix}:aud": exchange.audience, **equals}
    principal = {"Federated": expected_provider(exchange)}
    return {"Effect": "Allow", "Principal": principal, "Action": ACTION, "Condition": {"StringEquals": equals}}


def _read(document: Mapping[str, Any]) -> Policy:
    """Read a document again that was read before, and to which only what is well formed was added."""
    return cast("Policy", read_policy(json.dumps(document)))


def _listed(document: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the document's statements, to be changed in place."""
    found = document["Statement"]
    document["Statement"] = found if isinstance(found, list) else [found]
    made: list[dict[str, Any]] = document["Statement"]
    return made


def _judged(policy: Policy, number: int, context: Context) -> Match:
    return matched(parts(policy.statements[number], context, policy.version))


def _admits(policy: Policy, number: int, context: Context) -> Match:
    return _judged(policy, number, context) if policy.statements[number].effect == "Allow" else Match.NO


def _except(statement: dict[str, Any], context: Context) -> None:
    """Take the token's subject out of what a Deny is about."""
    condition = statement.setdefault("Condition", {})
    operator = next((name for name in condition if name.lower() == "stringnotequals"), "StringNotEquals")
    keys = condition.setdefault(operator, {})
    key = next((name for name in keys if context.kind(name) is Kind.SUBJECT), f"{context.prefix}:sub")
    keys[key] = _with(keys.get(key, []), context.exchange.subject)


def _with(values: Any, value: str) -> Any:  # noqa: ANN401 - one value or a list of them
    values = values if isinstance(values, list) else [values]
    found = [*values, value] if value not in values else values
    return found[0] if len(found) == 1 else found


# ----------------------------------------------------------------------------------------------------- admitting


def _admit(policy: Policy, statements: list[dict[str, Any]], context: Context) -> None:
    """Mend the nearest Allow where it is about the token's provider; add a statement where none is."""
    judged = [parts(statement, context, policy.version) for statement in policy.statements]
    number = nearest(policy, judged)
    if number is not None:
        mended = copy.deepcopy(statements[number])
        if all(_mend(mended, part, context) for part in judged[number] if part.match is Match.NO):
            statements[number] = mended
            return
    statements.append(admitting(context.exchange))


def _mend(statement: dict[str, Any], part: Part, context: Context) -> bool:
    """Mend one part that refuses; return whether that could be done."""
    if part.condition is not None:
        return _mend_condition(statement, part.condition, context)
    if part.name == "Action":
        statement["Action"] = _with(statement["Action"], ACTION)
        return True
    return part.name == "Principal" and _mend_principal(statement, context)


def _mend_principal(statement: dict[str, Any], context: Context) -> bool:
    """Put the right provider in the place of a misspelt one; another cluster's stays."""
    expected = expected_provider(context.exchange)
    named = statement["Principal"].get("Federated", [])
    arns = named if isinstance(named, list) else [named]
    slips = [arn for arn in arns if is_slip(expected, arn)]
    if not slips:
        return False
    kept = [expected if arn == slips[0] else arn for arn in arns]
    statement["Principal"]["Federated"] = kept[0] if len(kept) == 1 else kept
    return True


def _mend_condition(statement: dict[str, Any], condition: Condition, context: Context) -> bool:
    kind = context.kind(condition.key)
    held = context.of(condition) or ()
    keys = statement["Condition"][condition.written]
    values = keys.pop(condition.key)
    if not keys:
        del statement["Condition"][condition.written]
    if kind in {Kind.SUBJECT, Kind.AUDIENCE} and held:
        if condition.operator.compare is None or condition.operator.negated:
            return True  # what is left out refuses no longer; the subject is seen to afterwards
        operator = condition.written if condition.operator.name.startswith("string") else "StringEquals"
        wild = meant_as_wildcard(condition, held)
        _require(
            statement, "StringLike" if wild else operator, condition.key, values if wild else _with(values, held[0])
        )
        return True
    _rename(statement, condition, values, context)
    return True


def _rename(statement: dict[str, Any], condition: Condition, values: Any, context: Context) -> None:  # noqa: ANN401
    """Write a key of the wrong issuer's as this issuer's; a key that no exchange carries is left out."""
    claim = condition.key.rpartition(":")[2].lower()
    held = {"sub": context.exchange.subject, "aud": context.exchange.audience}.get(claim)
    if held is not None and context.kind(condition.key) is Kind.FOREIGN and not condition.operator.negated:
        key = f"{context.prefix}:{claim}"
        again = condition._replace(key=key)
        operator = condition.written if condition.operator.name.startswith("string") else "StringEquals"
        if meant_as_wildcard(again, (held,)):
            operator = "StringLike"
        _require(statement, operator, key, values if _holds(operator, values, held) else _with(values, held))


def _holds(operator: str, values: Any, held: str) -> bool:  # noqa: ANN401 - one value or a list of them
    listed = values if isinstance(values, list) else [values]
    return held in listed or (operator.lower().endswith("like") and any("*" in str(one) for one in listed))


def _require(statement: dict[str, Any], operator: str, key: str, values: Any) -> None:  # noqa: ANN401
    statement.setdefault("Condition", {}).setdefault(operator, {})[key] = values


# ------------------------------------------------------------------------------------------------------ narrowing


def _narrowed(document: dict[str, Any], context: Context) -> str:
    """Return the document's JSON, with a condition on the subject where a statement admits the whole cluster."""
    again = _read(document)
    stranger = Context(context.exchange._replace(subject=STRANGER))
    for number, statement in enumerate(document["Statement"]):
        admits = _admits(again, number, context) is Match.YES
        if admits and _admits(again, number, stranger) is Match.YES:
            _narrow(statement, context)
    return json.dumps(document)


def _narrow(statement: dict[str, Any], context: Context) -> None:
    condition = statement.setdefault("Condition", {})
    operator = next((name for name in condition if name.lower() == "stringequals"), "StringEquals")
    keys = condition.setdefault(operator, {})
    own = [name for name in keys if context.kind(name) is Kind.SUBJECT]
    keys[own[0] if own else f"{context.prefix}:sub"] = context.exchange.subject
