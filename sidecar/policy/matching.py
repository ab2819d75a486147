"""Does a statement speak of an exchange? Each of its parts is judged and says why (FACTS E2 to E14). Pure."""

import re
from collections.abc import Sequence
from typing import NamedTuple

from sidecar.arns import provider_arn, provider_path
from sidecar.policy.context import Context, Values
from sidecar.policy.document import Condition, Principals, Statement
from sidecar.policy.operators import Every, Pattern, like
from sidecar.policy.terms import ACTION, Exchange, Match, all_of, any_of, known, negated

_VARIABLE = re.compile(r"\$\{(?P<literal>[*?$])\}|\$\{(?P<key>[^},]+?)\s*(?:,\s*'(?P<default>[^']*)')?\s*\}")
WITH_VARIABLES = "2012-10-17"  # FACTS E12


class Part(NamedTuple):
    """A part of a statement, whether it matches, and why. ``condition`` is None for principal and action.

    ``untold`` says in a clause what is not known here, where the match is unknown.
    """

    name: str
    match: Match
    why: str
    condition: Condition | None = None
    untold: str = ""


def parts(statement: Statement, context: Context, version: str) -> tuple[Part, ...]:
    """Judge principal, action and every condition of the statement."""
    return (
        _principal(statement, context),
        _action(statement),
        *(_condition(condition, context, version) for condition in statement.conditions),
    )


def matched(judged: Sequence[Part]) -> Match:
    """Return whether all parts match."""
    return all_of(part.match for part in judged)


# ------------------------------------------------------------------------------------------- principal and action


def _principal(statement: Statement, context: Context) -> Part:
    """Judge whom the statement names. NotPrincipal is not guessed at: it asks for the account, too (FACTS E15)."""
    if statement.not_principal:
        told = "what NotPrincipal means for a web identity is not documented"
        return Part("NotPrincipal", Match.UNKNOWN, told, untold=told)
    match, why = _named(statement.principals, context)
    return Part("Principal", match, why, untold=why)


def _named(principals: Principals, context: Context) -> tuple[Match, str]:
    """Return whether the token's provider is named: to the letter, in the role's own account (FACTS E10, A36)."""
    if principals.everyone or "*" in principals.federated:
        return Match.UNKNOWN, 'whether "*" admits a web identity is not documented'
    exchange = context.exchange
    if any(is_provider(arn, exchange) for arn in principals.federated):
        whose = "" if exchange.role else ", in whatever account: no role is given"
        return Match.YES, f"Principal names the token's provider{whose}"
    named = ", ".join((*principals.federated, *principals.others))
    return Match.NO, f"Principal is {named}, not {context.provider}"


def is_provider(arn: str, exchange: Exchange) -> bool:
    """Whether this is the ARN of the token's provider, in the role's account or, without a role, in any."""
    if exchange.role:
        return arn == provider_arn(exchange.role, exchange.issuer)
    path = re.escape(provider_path(exchange.issuer))
    return bool(re.fullmatch(rf"arn:aws[a-z-]*:iam::\d{{12}}:oidc-provider/{path}", arn, re.ASCII))


def _action(statement: Statement) -> Part:
    named = any(like(ACTION.lower(), pattern(action.lower())) for action in statement.actions)
    name = "NotAction" if statement.not_action else "Action"
    covers = named is not statement.not_action
    told = "covers" if covers else "does not cover"
    return Part(name, known(covers), f"{name} {', '.join(statement.actions)} {told} {ACTION}")


def pattern(text: str) -> Pattern:
    """Return the pattern of a text without variables."""
    return tuple((character, character in "*?") for character in text)


# ------------------------------------------------------------------------------------------------------ conditions


def _condition(condition: Condition, context: Context, version: str) -> Part:
    held = context.of(condition)
    match = holds(condition, context, version)
    untold = context.untold(condition.key) if held is None else f"a value of {condition.key} cannot be compared here"
    return Part("Condition", match, _why(condition, held, match, untold), condition, untold)


def holds(condition: Condition, context: Context, version: str) -> Match:
    """Return whether a condition holds in an exchange."""
    held, operator = context.of(condition), condition.operator
    if held is None:
        return Match.UNKNOWN
    if operator.compare is None:
        wanted = {"true": not held, "false": bool(held)}
        return known(any(wanted.get(value.lower(), False) for value in condition.values))
    if not held:
        absent = operator.if_exists or operator.every is Every.ALL
        return known(absent or (operator.negated and operator.every is Every.NONE))
    # What is empty counts for none under a set operator (FACTS E6).
    each = [_one(condition, value, context, version) for value in held if value or operator.every is Every.NONE]
    if operator.every is not Every.NONE:
        return all_of(each) if operator.every is Every.ALL else any_of(each)
    # Several values without a set operator: documented is only that there should be one.
    both = {all_of(each), any_of(each)}
    return both.pop() if len(both) == 1 else Match.UNKNOWN


def _one(condition: Condition, value: str, context: Context, version: str) -> Match:
    """Hold one value of the key against all values of the condition."""
    found = any_of(_compared(condition, value, wanted, context, version) for wanted in condition.values)
    return negated(found) if condition.operator.negated else found


def _compared(condition: Condition, value: str, wanted: str, context: Context, version: str) -> Match:
    filled = filled_in(wanted, context, version) if condition.operator.fills_in else tuple(pattern(wanted))
    if not isinstance(filled, tuple):
        # What AWS makes of a statement with a variable that it cannot fill in is not said: no match, or no statement.
        return Match.UNKNOWN if condition.operator.negated else filled
    compare = condition.operator.compare
    alike = compare(value, filled) if compare else False
    if alike is None:  # no number, no time, no ARN: that such a value counts as another is not said either
        return Match.UNKNOWN if condition.operator.negated else Match.NO
    return known(alike)


def filled_in(wanted: str, context: Context, version: str) -> tuple[tuple[str, bool], ...] | Match:
    """Return the pattern of a policy's value with its variables filled in, as they stand for text (FACTS E12).

    NO where a variable's key is never carried, UNKNOWN where only AWS knows it.
    """
    if version != WITH_VARIABLES or "${" not in wanted:
        return tuple(pattern(wanted))
    made: list[tuple[str, bool]] = []
    at = 0
    for variable in _VARIABLE.finditer(wanted):
        made += pattern(wanted[at : variable.start()])
        at = variable.end()
        held = (variable["literal"],) if variable["literal"] else context.values(variable["key"])
        if held == () and variable["default"] is not None:
            held = (variable["default"],)
        if not held:
            return Match.NO if held == () else Match.UNKNOWN
        made += [(character, False) for character in held[0]]
    return (*made, *pattern(wanted[at:]))


def _why(condition: Condition, held: Values | None, match: Match, untold: str) -> str:
    wants = ", ".join(condition.values)
    said = f"{condition.written} {condition.key}"
    if condition.operator.spelt != condition.written:
        said = f"{condition.written} (meant: {condition.operator.spelt}) {condition.key}"
    if held is None:
        return f"{said} wants {wants}: {untold}"
    if not held:
        return f"{said} wants {wants}, and the exchange never carries {condition.key}"
    told = "holds" if match is Match.YES else "does not hold" if match is Match.NO else "cannot be told"
    return f"{said} wants {wants}, the token says {', '.join(held)}: {told}"
