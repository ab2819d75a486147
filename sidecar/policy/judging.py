"""Judges a trust policy: a ruling for every statement, the decision, and what is wrong with it. Pure.

An explicit Deny outranks every Allow, and what is unknown never outranks an explicit Deny (FACTS E1, E14).
"""

from sidecar.policy.context import Context
from sidecar.policy.document import Policy
from sidecar.policy.findings import findings
from sidecar.policy.matching import Part, matched, parts
from sidecar.policy.terms import Decision, Exchange, Judgement, Match, Ruling


def judge(policy: Policy, exchange: Exchange) -> Judgement:
    """Return what the policy says of the exchange, and why."""
    context = Context(exchange)
    judged = tuple(parts(statement, context, policy.version) for statement in policy.statements)
    rulings = tuple(_ruling(policy, number, one) for number, one in enumerate(judged))
    decision = _decision(rulings)
    return Judgement(decision, rulings, tuple(findings(policy, context, judged, decision)))


def _ruling(policy: Policy, position: int, judged: tuple[Part, ...]) -> Ruling:
    statement = policy.statements[position]
    match, because = matched(judged), tuple(part.why for part in judged)
    untold = tuple(part.untold for part in judged if part.match is Match.UNKNOWN and match is Match.UNKNOWN)
    return Ruling(position, statement.sid, statement.effect, match, because, untold)


def _decision(rulings: tuple[Ruling, ...]) -> Decision:
    denying = {ruling.match for ruling in rulings if ruling.effect == "Deny"}
    allowing = {ruling.match for ruling in rulings if ruling.effect == "Allow"}
    if Match.YES in denying or not allowing - {Match.NO}:
        return Decision.DENY
    return Decision.ALLOW if Match.YES in allowing and Match.UNKNOWN not in denying else Decision.UNKNOWN
