"""Would a role's trust policy admit a token, and if not, which line of it refuses? Three-valued. Pure."""

from sidecar.policy.correction import corrected
from sidecar.policy.document import Malformed, Policy, read_policy
from sidecar.policy.judging import judge
from sidecar.policy.terms import Decision, Exchange, Finding, Judgement, Match, Ruling

__all__ = [
    "Decision",
    "Exchange",
    "Finding",
    "Judgement",
    "Malformed",
    "Match",
    "Policy",
    "Ruling",
    "corrected",
    "judge",
    "read_policy",
]
