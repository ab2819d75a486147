"""The words of a judgement on a trust policy, and the logic of three values (FACTS E1 to E3). Pure data."""

from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import NamedTuple

from sidecar.arns import RoleArn
from sidecar.model import Fault

ACTION = "sts:AssumeRoleWithWebIdentity"


class Match(StrEnum):
    """Whether something matches: ``unknown`` where only AWS knows."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"


class Decision(StrEnum):
    """What the policy says of the exchange."""

    ALLOW = "allow"
    DENY = "deny"
    UNKNOWN = "unknown"


class Exchange(NamedTuple):
    """What is known of the request. ``audience`` is the effective one (FACTS A21), ``audiences`` all of ``aud``.

    ``role`` is None where any account will do, ``session_name`` None where it is not known. ``roles_claimed``: the
    token lists the roles that it may be used for (FACTS A31).
    """

    issuer: str
    subject: str
    audience: str | None
    audiences: tuple[str, ...] = ()
    role: RoleArn | None = None
    roles_claimed: bool = False
    session_name: str | None = None


class Ruling(NamedTuple):
    """What one statement says: ``position`` counts from 0, ``because`` has a clause for each of its parts.

    ``untold`` says what is not known here, where that decides.
    """

    position: int
    sid: str | None
    effect: str
    match: Match
    because: tuple[str, ...]
    untold: tuple[str, ...] = ()


class Finding(NamedTuple):
    """A fault of the policy and what shows it: ``statement``, ``expected``, ``found``, and ``hint`` for a near miss."""

    fault: Fault
    evidence: Mapping[str, str]


class Judgement(NamedTuple):
    """The decision, a ruling for every statement, and what is wrong: the most telling first."""

    decision: Decision
    statements: tuple[Ruling, ...]
    findings: tuple[Finding, ...]


def negated(match: Match) -> Match:
    """Return the opposite; what is unknown stays so."""
    return {Match.YES: Match.NO, Match.NO: Match.YES}.get(match, match)


def all_of(matches: Iterable[Match]) -> Match:
    """Return NO where one is, else UNKNOWN where one is; YES for none."""
    return negated(any_of(negated(match) for match in matches))


def any_of(matches: Iterable[Match]) -> Match:
    """Return YES where one is, else UNKNOWN where one is; NO for none."""
    seen = set(matches)
    return next((match for match in (Match.YES, Match.UNKNOWN) if match in seen), Match.NO)


def known(truth: bool) -> Match:  # noqa: FBT001 - the value itself is what is turned into a match
    """Return the match that a plain truth is."""
    return Match.YES if truth else Match.NO
