"""Trust policies for tests: the pieces of one, and the exchange that they are held against."""

import json
from typing import Any

from sidecar.arns import parse_role_arn
from sidecar.policy import Exchange, Judgement, Malformed, Policy, judge, read_policy

HOST = "oidc.eks.eu-west-1.amazonaws.com/id/AAA"
ISSUER = f"https://{HOST}"
PROVIDER = f"arn:aws:iam::111122223333:oidc-provider/{HOST}"
SUBJECT = "system:serviceaccount:prod:api"
AUDIENCE = "sts.amazonaws.com"
ACTION = "sts:AssumeRoleWithWebIdentity"
SUB, AUD = f"{HOST}:sub", f"{HOST}:aud"
EXACT = {"StringEquals": {SUB: SUBJECT, AUD: AUDIENCE}}
EXCHANGE = Exchange(
    issuer=ISSUER,
    subject=SUBJECT,
    audience=AUDIENCE,
    audiences=(AUDIENCE,),
    role=parse_role_arn("arn:aws:iam::111122223333:role/team/api"),
)


def statement(condition: object = None, effect: str = "Allow", **parts: object) -> dict[str, Any]:
    """Return a statement about the token's provider, with these parts in place of its own."""
    whole = {"Effect": effect, "Principal": {"Federated": PROVIDER}, "Action": ACTION, **parts}
    kept = {name: part for name, part in whole.items() if part is not None}
    return kept if condition is None else {**kept, "Condition": condition}


def policy(*statements: object, version: str | None = "2012-10-17") -> str:
    """Return the text of a policy of these statements."""
    return json.dumps({**({"Version": version} if version else {}), "Statement": list(statements)})


def read(text: str) -> Policy:
    """Return the policy. Fails where it is none."""
    found = read_policy(text)
    assert not isinstance(found, Malformed), found
    return found


def judged(text: str, exchange: Exchange = EXCHANGE) -> Judgement:
    """Return what the policy says of the exchange."""
    return judge(read(text), exchange)


def names(judgement: Judgement) -> list[str]:
    """Return the names of the faults found, in their order."""
    return [finding.fault.name for finding in judgement.findings]
