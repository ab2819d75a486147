"""Holds `sidecar.policy` against an independent evaluator, npm's @cloud-copilot/iam-simulate. Development only.

``make differential`` installs the package below build/, makes policies from a fixed seed, has both judge each, and
prints how many agree and every kind of disagreement; docs/trust-policies.md says what AWS's documentation says of each.
"""

import argparse
import json
import random
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

from sidecar.arns import parse_role_arn
from sidecar.policy import Decision, Exchange, Malformed, judge, read_policy

HOST = "accounts.google.com"  # an issuer whose keys the other evaluator knows: it drops those of clusters
PROVIDER = f"arn:aws:iam::111122223333:oidc-provider/{HOST}"
ROLE = "arn:aws:iam::111122223333:role/api"
SUBJECT, AUDIENCE = "system:serviceaccount:prod:api", "sts.amazonaws.com"
ACTION = "sts:AssumeRoleWithWebIdentity"
EXCHANGE = Exchange(f"https://{HOST}", SUBJECT, AUDIENCE, (AUDIENCE,), parse_role_arn(ROLE))
CONTEXT = {f"{HOST}:sub": SUBJECT, f"{HOST}:aud": AUDIENCE}

KEYS = (
    f"{HOST}:sub",
    f"{HOST}:sub",
    f"{HOST}:aud",
    f"{HOST}:SUB",
    f"{HOST}:amr",
    "sts:ExternalId",
    "other.example.com:sub",
)
VALUES = (
    SUBJECT, AUDIENCE, "system:serviceaccount:prod:*", "system:serviceaccount:*:api", "*",
    "system:serviceaccount:prod:ap?",
    "system:serviceaccount:prod:API", "openshift", "true", "false", "${" + HOST + ":sub}", "${*}", "x",
)  # fmt: skip
OPERATORS = (
    "StringEquals", "StringEquals", "StringLike", "StringLike", "StringNotEquals", "StringNotLike",
    "StringEqualsIgnoreCase", "StringNotEqualsIgnoreCase", "StringEqualsIfExists", "StringLikeIfExists",
    "StringNotEqualsIfExists", "ForAllValues:StringEquals", "ForAnyValue:StringEquals", "ForAllValues:StringLike",
    "ForAnyValue:StringNotEquals", "Null", "Bool", "ArnLike", "stringequals",
)  # fmt: skip
PRINCIPALS: tuple[Any, ...] = (
    {"Federated": PROVIDER}, {"Federated": PROVIDER}, {"Federated": PROVIDER},
    {"Federated": [PROVIDER, f"{PROVIDER}2"]}, {"Federated": f"{PROVIDER}2"}, {"Service": "ec2.amazonaws.com"},
)  # fmt: skip
ACTIONS: tuple[Any, ...] = (
    ACTION,
    ACTION,
    "sts:*",
    "sts:AssumeRole",
    "sts:AssumeRole*",
    [ACTION, "sts:TagSession"],
    "*",
)


def statement(chance: random.Random) -> dict[str, Any]:
    """Return a statement of known operators, keys and values."""
    made: dict[str, Any] = {
        "Effect": chance.choice(("Allow", "Allow", "Allow", "Deny")),
        "Principal": chance.choice(PRINCIPALS),
        chance.choice(("Action",) * 9 + ("NotAction",)): chance.choice(ACTIONS),
    }
    condition: dict[str, Any] = {}
    for _ in range(chance.randrange(3)):
        operator = chance.choice(OPERATORS)
        values = (
            chance.sample(("true", "false"), 1)
            if operator in {"Null", "Bool"}
            else chance.sample(VALUES, chance.randint(1, 3))
        )
        condition.setdefault(operator, {})[chance.choice(KEYS)] = values if chance.randrange(3) else values[0]
    return {**made, "Condition": condition} if condition else made


def policies(seed: int, number: int) -> list[dict[str, Any]]:
    """Return so many policies of one to three statements."""
    chance = random.Random(seed)  # noqa: S311 - the same policies each time are what is wanted
    return [
        {
            "Version": chance.choice(("2012-10-17", "2012-10-17", "2008-10-17")),
            "Statement": [statement(chance) for _ in range(chance.randint(1, 3))],
        }
        for _ in range(number)
    ]


def ours(policy: dict[str, Any]) -> str:
    """Return our decision. Raises SystemExit where the policy is none."""
    read = read_policy(json.dumps(policy))
    if isinstance(read, Malformed):
        raise SystemExit(f"{read}: {policy}")  # noqa: EM102 - a development tool's last words
    return judge(read, EXCHANGE).decision.value


def theirs(made: list[dict[str, Any]], installed: Path) -> list[str]:
    """Return the other evaluator's decisions, or its error's name."""
    script = Path(__file__).with_name("evaluate.mjs")
    cases = [{"principal": PROVIDER, "role": ROLE, "context": CONTEXT, "policy": policy} for policy in made]
    lines = "".join(f"{json.dumps(case)}\n" for case in cases)
    done = subprocess.run(
        ["node", str(script), str(installed)], input=lines, capture_output=True, text=True, check=True
    )
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    words = {
        "Allowed": Decision.ALLOW.value,
        "ImplicitlyDenied": Decision.DENY.value,
        "ExplicitlyDenied": Decision.DENY.value,
    }
    return [words.get(answer["decision"], f"error: {json.dumps(answer['errors'])[:200]}") for answer in answers]


def resolved(policy: dict[str, Any]) -> bool:
    """Whether the other evaluator fills in variables where AWS takes them for text: before Version 2012-10-17."""
    return policy["Version"] == "2008-10-17" and "${" in json.dumps(policy)


def main() -> int:
    """Compare, print, and return 1 where the two disagree for no reason that is known."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("installed", type=Path, help="the folder that the npm package is installed in")
    options.add_argument("--seed", type=int, default=2026)
    options.add_argument("--number", type=int, default=600)
    asked = options.parse_args()
    made = policies(asked.seed, asked.number)
    pairs = [(ours(policy), other, policy) for policy, other in zip(made, theirs(made, asked.installed), strict=True)]
    unlike = [(own, other, policy) for own, other, policy in pairs if own != other]
    apart = [pair for pair in unlike if not resolved(pair[2])]
    print(
        f"{len(pairs)} policies, {len(pairs) - len(unlike)} judged alike: {dict(Counter(own for own, _, _ in pairs))}"
    )
    print(f"{len(unlike) - len(apart)} judged otherwise for a variable in a policy of Version 2008-10-17")
    for own, other, policy in apart:
        print(f"  ours {own}, theirs {other}: {json.dumps(policy)}")
    return int(bool(apart))


if __name__ == "__main__":
    sys.exit(main())
