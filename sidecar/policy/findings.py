"""Names what is wrong with a trust policy: of the statement that is nearest to admitting the token. Pure."""

from collections.abc import Iterator, Mapping, Sequence

from sidecar import faults
from sidecar.model import Fault
from sidecar.policy.context import Context, Kind
from sidecar.policy.document import Condition, Policy, Statement
from sidecar.policy.hints import key_hint, provider_hint, value_hint
from sidecar.policy.matching import Part, expected_provider, matched, parts, pattern
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
    yield from _open(policy, context, judged)
    for place in policy.twice:
        told = {"statement": place, "expected": "the key once", "found": "the key twice, of which the last counts"}
        yield Finding(faults.TRUST_DUPLICATE_KEY, told)


def _denying(policy: Policy, judged: Judged) -> Iterator[Finding]:
    for statement, parted in zip(policy.statements, judged, strict=True):
        if statement.effect == "Deny" and matched(parted) is Match.YES:
            found = "; ".join(part.why for part in parted)
            told = {"statement": place_of(statement), "expected": "no Deny that matches", "found": found}
            yield Finding(faults.TRUST_EXPLICIT_DENY, told)


def nearest(policy: Policy, judged: Judged) -> int | None:
    """Return which Allow statement fails in the fewest parts; None where there is no Allow.

    A principal counts twice: what names another provider is meant for other tokens.
    """
    failing = {
        number: sum((part.name == "Principal") + 1 for part in parted if part.match is Match.NO)
        for number, parted in enumerate(judged)
        if policy.statements[number].effect == "Allow"
    }
    return min(failing, key=failing.__getitem__, default=None)


def _refusing(policy: Policy, context: Context, judged: Judged) -> list[Finding]:
    number = nearest(policy, judged)
    if number is None:
        told = {"statement": "Statement", "expected": f"a statement that allows {ACTION}", "found": "none that allows"}
        return [Finding(faults.TRUST_ACTION_MISSING, told)]
    statement = policy.statements[number]
    found = [_finding(statement, part, context) for part in judged[number] if part.match is Match.NO]
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
    expected = expected_provider(context.exchange)
    told = {"expected": expected, "found": ", ".join((*named.federated, *named.others))}
    hints = (provider_hint(expected, arn) for arn in named.federated)
    return Finding(faults.TRUST_PRINCIPAL_MISMATCH, _told(statement, told, next(filter(None, hints), "")))


def _of_condition(statement: Statement, condition: Condition, context: Context) -> Finding:
    held = context.of(condition)
    said = {"condition": f"{condition.written} {condition.key}", "expected": ", ".join(condition.values)}
    kind = context.kind(condition.key)
    if kind not in {Kind.SUBJECT, Kind.AUDIENCE}:
        told = {**said, "found": "the exchange never carries this key" if not held else ", ".join(held)}
        return Finding(
            faults.TRUST_CONDITION_KEY_WRONG, _told(statement, told, key_hint(condition.key, context.prefix))
        )
    told = {**said, "found": ", ".join(held or ()) or "none"}
    if meant_as_wildcard(condition, held or ()):
        hint = f"{condition.written} takes * and ? as they are: StringLike takes them as wildcards"
        return Finding(faults.TRUST_WILDCARD_LITERAL, _told(statement, told, hint))
    hints = (value_hint(wanted, value) for wanted in condition.values for value in held or ())
    hint = next(filter(None, hints), "") if not condition.operator.negated else ""
    return Finding(_FAULTS[kind], _told(statement, told, hint))


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


def _open(policy: Policy, context: Context, judged: Judged) -> Iterator[Finding]:
    """Name the Allow statements that admit the token and everybody else of the cluster."""
    stranger = Context(context.exchange._replace(subject=STRANGER))
    for statement, parted in zip(policy.statements, judged, strict=True):
        admits = statement.effect == "Allow" and matched(parted) is Match.YES
        if admits and matched(parts(statement, stranger, policy.version)) is Match.YES:
            wants = f"{context.prefix}:sub is {context.exchange.subject}"
            told = {"statement": place_of(statement), "expected": wants, "found": "any subject of this issuer"}
            yield Finding(faults.TRUST_TOO_OPEN, told)


def _told(statement: Statement, told: Mapping[str, str], hint: str) -> dict[str, str]:
    return {"statement": place_of(statement), **told, **({"hint": hint} if hint else {})}


def place_of(statement: Statement) -> str:
    """Return where the statement stands, with its Sid where it has one."""
    return f"{statement.place} ({statement.sid})" if statement.sid else statement.place
