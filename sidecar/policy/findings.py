"""Names what is wrong with a trust policy: of the statement that is nearest to admitting the token. Pure."""

from collections.abc import Iterator, Mapping, Sequence

from sidecar import faults
from sidecar.model import Fault
from sidecar.policy.context import Context, Kind
from sidecar.policy.document import Condition, Policy, Statement
from sidecar.policy.hints import away, is_slip, key_hint, provider_hint, value_hint
from sidecar.policy.matching import Part, matched, parts, pattern
from sidecar.policy.operators import like
from sidecar.policy.terms import ACTION, Decision, Finding, Match

_ORDER = (
    faults.TRUST_PRINCIPAL_MISMATCH,
    faults.TRUST_ACTION_MISSING,
    faults.TRUST_CONDITION_KEY_WRONG,
    faults.TRUST_WILDCARD_LITERAL,
    faults.TRUST_SUBJECT_MISMATCH,
    faults.TRUST_AUDIENCE_MISMATCH,
)
STRANGER = "system:serviceaccount:irsa-doctor-nobody:irsa-doctor-nobody"
"""A subject that no policy means: one that admits it admits everybody."""

Judged = Sequence[tuple[Part, ...]]


def findings(policy: Policy, context: Context, judged: Judged, decision: Decision) -> Iterator[Finding]:
    """Yield what is wrong, the most telling first: what denies, then what is too open or written twice."""
    if decision is Decision.DENY:
        denying = list(_denying(policy, judged))
        yield from denying or _refusing(policy, context, judged)
    yield from _open(policy, context)
    for place in policy.twice:
        told = {"statement": place, "expected": "the key once", "found": "the key twice, of which the last counts"}
        yield Finding(faults.TRUST_DUPLICATE_KEY, told)


def _denying(policy: Policy, judged: Judged) -> Iterator[Finding]:
    for statement, parted in zip(policy.statements, judged, strict=True):
        if statement.effect == "Deny" and matched(parted) is Match.YES:
            found = "; ".join(part.why for part in parted)
            told = {"statement": place_of(statement), "expected": "no Deny that matches", "found": found}
            yield Finding(faults.TRUST_EXPLICIT_DENY, told)


def nearest(policy: Policy, context: Context, judged: Judged) -> int | None:
    """Return which Allow statement is the least away from admitting the token; None where there is no Allow."""
    away = {
        number: sum(_away(policy.statements[number], part, context) for part in telling(policy, number, judged))
        for number, _ in enumerate(judged)
        if policy.statements[number].effect == "Allow"
    }
    return min(away, key=away.__getitem__, default=None)


def _away(statement: Statement, part: Part, context: Context) -> float:
    """Return how far a part that refuses is from what was meant: a slip is near, another kind of caller is far."""
    if part.condition is not None:
        return _condition_away(part.condition, context)
    if part.name != "Principal":
        return 1
    expected = context.provider
    if any(is_slip(expected, arn) for arn in statement.principals.federated):
        return 0.5
    return 3 if any(":oidc-provider/" in arn for arn in statement.principals.federated) else 5


def _condition_away(condition: Condition, context: Context) -> float:
    held = context.of(condition) or ()
    if meant_as_wildcard(condition, held):
        return 0.5
    return min((away(wanted, value) for wanted in condition.values for value in held), default=1)


def telling(policy: Policy, number: int, judged: Judged) -> list[Part]:
    """Return the parts of a statement that refuse, but for keys that are as wrong as its principal, and no more."""
    refusing = [part for part in judged[number] if part.match is Match.NO]
    if not any(part.name == "Principal" for part in refusing):
        return refusing
    arns = [arn.lower() for arn in policy.statements[number].principals.federated]

    def follows(condition: Condition) -> bool:
        issuer = condition.key.rpartition(":")[0].lower()
        return any(arn.endswith(f":oidc-provider/{issuer}") for arn in arns)

    return [part for part in refusing if part.condition is None or not follows(part.condition)]


def _refusing(policy: Policy, context: Context, judged: Judged) -> list[Finding]:
    number = nearest(policy, context, judged)
    if number is None:
        told = {"statement": "Statement", "expected": f"a statement that allows {ACTION}", "found": "none that allows"}
        return [Finding(faults.TRUST_ACTION_MISSING, told)]
    statement = policy.statements[number]
    found = [_finding(statement, part, context) for part in telling(policy, number, judged)]
    return sorted(found, key=lambda finding: _ORDER.index(finding.fault))


def _finding(statement: Statement, part: Part, context: Context) -> Finding:
    if part.condition is not None:
        return _of_condition(statement, part.condition, context)
    if "Action" in part.name:
        told = {"expected": ACTION, "found": f"{part.name} {', '.join(statement.actions)}"}
        return Finding(faults.TRUST_ACTION_MISSING, {"statement": place_of(statement), **told})
    return _of_principal(statement, context)


def _of_principal(statement: Statement, context: Context) -> Finding:
    named = statement.principals
    expected = context.provider
    told = {"expected": expected, "found": ", ".join((*named.federated, *named.others))}
    hints = (provider_hint(expected, arn) for arn in named.federated)
    return Finding(faults.TRUST_PRINCIPAL_MISMATCH, _told(statement, told, next(filter(None, hints), "")))


def _of_condition(statement: Statement, condition: Condition, context: Context) -> Finding:
    held = context.of(condition)
    said = {"condition": f"{condition.written} {condition.key}", "expected": ", ".join(condition.values)}
    kind = context.kind(condition.key)
    if kind not in {Kind.SUBJECT, Kind.AUDIENCE}:
        told = {**said, "found": ", ".join(held) if held else "the exchange never carries this key"}
        other = "the exchange carries this key, but with another value"
        hint = other if held else key_hint(condition.key, context.prefix)
        return Finding(faults.TRUST_CONDITION_KEY_WRONG, _told(statement, told, hint))
    told = {**said, "found": ", ".join(held or ()) or "none"}
    if meant_as_wildcard(condition, held or ()):
        hint = f"{condition.written} takes * and ? as they are: StringLike takes them as wildcards"
        return Finding(faults.TRUST_WILDCARD_LITERAL, _told(statement, told, hint))
    return Finding(_FAULTS[kind], _told(statement, told, _value_hint(condition, held or ())))


def _value_hint(condition: Condition, held: Sequence[str]) -> str:
    """Return the hint about the value that is the most like the token's."""
    if condition.operator.negated:
        return ""
    pairs = [(wanted, value) for wanted in condition.values for value in held]
    hint = value_hint(*min(pairs, key=lambda pair: away(*pair))) if pairs else ""
    if condition.operator.name.startswith("arn") and condition.key.lower().endswith(":sub"):
        return "; ".join(filter(None, (hint, f"{condition.operator.spelt} compares ARNs, and a subject is none")))
    return hint


_FAULTS: Mapping[Kind, Fault] = {
    Kind.SUBJECT: faults.TRUST_SUBJECT_MISMATCH,
    Kind.AUDIENCE: faults.TRUST_AUDIENCE_MISMATCH,
}


def meant_as_wildcard(condition: Condition, held: Sequence[str]) -> bool:
    """Whether the condition would hold if its ``*`` and ``?`` were wildcards, which they are not."""
    if not condition.operator.literal:
        return False
    wild = [wanted for wanted in condition.values if "*" in wanted or "?" in wanted]
    return any(like(value, pattern(wanted)) for value in held for wanted in wild)


def is_open(policy: Policy, number: int, context: Context) -> bool:
    """Whether a statement admits the token, and would admit a service account that nobody has."""
    statement, stranger = policy.statements[number], Context(context.exchange._replace(subject=STRANGER))
    return statement.effect == "Allow" and all(
        matched(parts(statement, one, policy.version)) is Match.YES for one in (context, stranger)
    )


def _open(policy: Policy, context: Context) -> Iterator[Finding]:
    """Name the Allow statements that admit the token and everybody else of the cluster."""
    for number, statement in enumerate(policy.statements):
        if is_open(policy, number, context):
            wants = f"{context.prefix}:sub is {context.exchange.subject}"
            told = {"statement": place_of(statement), "expected": wants, "found": "any subject of this issuer"}
            yield Finding(faults.TRUST_TOO_OPEN, told)


def _told(statement: Statement, told: Mapping[str, str], hint: str) -> dict[str, str]:
    return {"statement": place_of(statement), **told, **({"hint": hint} if hint else {})}


def place_of(statement: Statement) -> str:
    """Return where the statement stands, with its Sid where it has one."""
    return f"{statement.place} ({statement.sid})" if statement.sid else statement.place
