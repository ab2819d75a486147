"""The policy that admits the token: the smallest change of the one there is, other statements kept. Pure.

Nobody else loses by it, but who came in with the whole cluster; others gain only what the mended statement itself
names.
"""

import copy
import json
import re
from collections.abc import Mapping
from typing import Any, cast

from sidecar.policy.context import Context, Kind
from sidecar.policy.document import Policy, read_policy
from sidecar.policy.findings import is_open, nearest
from sidecar.policy.matching import Part, matched, parts
from sidecar.policy.mending import literal, mended, named_like, with_value
from sidecar.policy.terms import ACTION, Exchange, Match

_HOME = re.compile(r"arn:aws[a-z-]*:iam::\d{12}:oidc-provider/", re.ASCII)


def corrected(policy: Policy, exchange: Exchange) -> str:
    """Return the policy's JSON with the statement that is nearest to admitting the token mended, or with one added.

    A Deny that matches is given an exception for the token's subject; a statement that admits the whole cluster is
    narrowed to it. Where the policy needs neither, it is returned as it is. It is judged ``allow``, or ``unknown``
    where a condition or a Deny on what is not known here stands: that is kept, as it was meant.
    """
    context = Context(exchange)
    if exchange.role is None:
        context.provider = _provider_in(policy, context)
    document: dict[str, Any] = copy.deepcopy(dict(policy.document))
    statements = _listed(document)
    for number, statement in enumerate(policy.statements):
        if statement.effect == "Deny" and matched(_parts(policy, number, context)) is Match.YES:
            _except(statements[number], context, policy.version)
    if not any(_may_admit(policy, number, context) for number in range(len(policy.statements))):
        _admit(policy, document, context)
    return _narrowed(document, context)


def admitting(context: Context, version: str) -> dict[str, Any]:
    """Return the statement that admits exactly this token (FACTS A32, A36)."""
    exchange = context.exchange
    equals = {f"{context.prefix}:sub": literal(exchange.subject, version)}
    if exchange.audience is not None:
        equals = {f"{context.prefix}:aud": literal(exchange.audience, version), **equals}
    principal = {"Federated": context.provider}
    return {"Effect": "Allow", "Principal": principal, "Action": ACTION, "Condition": {"StringEquals": equals}}


def _provider_in(policy: Policy, context: Context) -> str:
    """Return the provider's ARN in the account of the providers that the policy names: the role's own (FACTS A36)."""
    arns = (arn for statement in policy.statements for arn in statement.principals.federated)
    known = next(filter(None, map(_HOME.match, arns)), None)
    return f"{known[0]}{context.prefix}" if known else context.provider


def _read(document: Mapping[str, Any]) -> Policy:
    """Read a document again that was read before, and to which only what is well formed was added."""
    return cast("Policy", read_policy(json.dumps(document)))


def _listed(document: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the document's statements, to be changed in place."""
    found = document["Statement"]
    document["Statement"] = found if isinstance(found, list) else [found]
    made: list[dict[str, Any]] = document["Statement"]
    return made


def _parts(policy: Policy, number: int, context: Context) -> tuple[Part, ...]:
    return parts(policy.statements[number], context, policy.version)


def _may_admit(policy: Policy, number: int, context: Context) -> bool:
    """Whether an Allow admits the token as far as is known; whom it is about must be certain."""
    if policy.statements[number].effect != "Allow":
        return False
    judged = _parts(policy, number, context)
    uncertain = any(part.match is Match.UNKNOWN for part in judged if part.condition is None)
    return matched(judged) is not Match.NO and not uncertain


def _except(statement: dict[str, Any], context: Context, version: str) -> None:
    """Take the token's subject out of what a Deny is about."""
    condition = statement.setdefault("Condition", {})
    keys = condition.setdefault(named_like(condition, "StringNotEquals"), {})
    key = named_like(keys, f"{context.prefix}:sub")
    keys[key] = with_value(keys.get(key, []), literal(context.exchange.subject, version))


def _admit(policy: Policy, document: dict[str, Any], context: Context) -> None:
    """Mend the nearest Allow where that admits this token and no crowd; else add a statement."""
    statements = document["Statement"]
    judged = [_parts(policy, number, context) for number in range(len(policy.statements))]
    number = nearest(policy, context, judged)
    if number is not None:
        mend = mended(statements[number], judged[number], context, policy.version)
        tried = _read({**document, "Statement": [mend]}) if mend else None
        if mend and tried and _may_admit(tried, 0, context) and not is_open(tried, 0, context):
            statements[number] = mend
            return
    statements.append(admitting(context, policy.version))


def _narrowed(document: dict[str, Any], context: Context) -> str:
    """Return the document's JSON, with a condition on the subject where a statement admits the whole cluster."""
    again = _read(document)
    for number, statement in enumerate(document["Statement"]):
        if is_open(again, number, context):
            _narrow(statement, context, again.version)
    return json.dumps(document)


def _narrow(statement: dict[str, Any], context: Context, version: str) -> None:
    condition = statement.setdefault("Condition", {})
    keys = condition.setdefault(named_like(condition, "StringEquals"), {})
    own = [name for name in keys if context.kind(name) is Kind.SUBJECT]
    keys[own[0] if own else f"{context.prefix}:sub"] = literal(context.exchange.subject, version)
