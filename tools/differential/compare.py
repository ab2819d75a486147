"""Holds `sidecar.policy` against an independent evaluator, npm's @cloud-copilot/iam-simulate. Development only.

``make differential`` installs the package below build/, makes policies from a fixed seed, has both judge each, and
prints how many agree and every kind of disagreement; docs/trust-policies.md says what AWS's documentation says of each.
"""

import argparse
import json
import random
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from sidecar.arns import parse_role_arn
from sidecar.policy import Decision, Exchange, Malformed, judge, read_policy

HOST = "accounts.google.com"  # an issuer whose keys the other evaluator knows: it drops those of clusters
PROVIDER = f"arn:aws:iam::111122223333:oidc-provider/{HOST}"
ROLE = "arn:aws:iam::111122223333:role/api"
SUBJECT, AUDIENCE = "system:serviceaccount:prod:api", "sts.amazonaws.com"
ACTION = "sts:AssumeRoleWithWebIdentity"
EXCHANGE = Exchange(f"https://{HOST}", SUBJECT, AUDIENCE, (AUDIENCE,), parse_role_arn(ROLE))
CONTEXT = {
    f"{HOST}:sub": SUBJECT,
    f"{HOST}:aud": AUDIENCE,
    "aws:userid": PROVIDER,
    "aws:PrincipalAccount": "111122223333",
}
# The one key whose value may be a number, an address, a time or an ARN's like: the operators for those are held to it.
SESSION = "sts:RoleSessionName"
SESSION_NAMES = ("5", "-2.50", "10.1.2.3", "2026-01-01", "1767225600", "true", "app")

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
TYPED = (
    *(
        f"{kind}{order}"
        for kind in ("Numeric", "Date")
        for order in ("Equals", "NotEquals", "LessThan", "LessThanEquals", "GreaterThan", "GreaterThanEquals")
    ),
    "IpAddress", "NotIpAddress", "Bool", "BoolIfExists", "StringEquals", "StringNotLike", "NumericLessThanIfExists",
)  # fmt: skip
TYPED_VALUES = (
    "5", "5.0", "-2.5", "10.0.0.0/8", "10.1.2.3", "10.1.2.3/32", "11.0.0.0/8", "2026-01-01", "2026-01-01T00:00:00Z",
    "2025-12-31T23:59:59Z", "1767225600", "true", "false", "app",
)  # fmt: skip
ARNS = (
    PROVIDER, f"arn:aws:iam::*:oidc-provider/{HOST}", "arn:aws:iam::111122223333:oidc-provider/*", "arn:aws:iam::*",
    "arn:*:*:*:*:*", "*", f"{PROVIDER}2", SUBJECT,
)  # fmt: skip
ARN_OPERATORS = ("ArnEquals", "ArnLike", "ArnNotEquals", "ArnNotLike", "ArnLikeIfExists", "ForAnyValue:ArnLike")
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
        operator, key, values = chance.choice((_of_texts, _of_texts, _of_types, _of_arns))(chance)
        condition.setdefault(operator, {})[key] = values if chance.randrange(3) else values[0]
    return {**made, "Condition": condition} if condition else made


def _of_texts(chance: random.Random) -> tuple[str, str, list[str]]:
    operator = chance.choice(OPERATORS)
    if operator in {"Null", "Bool"}:
        return operator, chance.choice(KEYS), [chance.choice(("true", "false"))]
    return operator, chance.choice(KEYS), chance.sample(VALUES, chance.randint(1, 3))


def _of_types(chance: random.Random) -> tuple[str, str, list[str]]:
    key = chance.choice((SESSION, SESSION, SESSION, "aws:PrincipalAccount"))
    return chance.choice(TYPED), key, chance.sample(TYPED_VALUES, chance.randint(1, 3))


def _of_arns(chance: random.Random) -> tuple[str, str, list[str]]:
    return chance.choice(ARN_OPERATORS), chance.choice(("aws:userid", f"{HOST}:sub")), chance.sample(ARNS, 2)


class Case(NamedTuple):
    """A policy, and the session name of the exchange that it is held against."""

    policy: dict[str, Any]
    session: str


def cases(seed: int, number: int) -> list[Case]:
    """Return so many policies of one to three statements."""
    chance = random.Random(seed)  # noqa: S311 - the same policies each time are what is wanted
    return [
        Case(
            {
                "Version": chance.choice(("2012-10-17", "2012-10-17", "2008-10-17")),
                "Statement": [statement(chance) for _ in range(chance.randint(1, 3))],
            },
            chance.choice(SESSION_NAMES),
        )
        for _ in range(number)
    ]


def ours(case: Case) -> str:
    """Return our decision. Raises SystemExit where the policy is none."""
    read = read_policy(json.dumps(case.policy))
    if isinstance(read, Malformed):
        raise SystemExit(f"{read}: {case.policy}")  # noqa: EM102 - a development tool's last words
    return judge(read, EXCHANGE._replace(session_name=case.session)).decision.value


def theirs(made: list[Case], installed: Path) -> list[str]:
    """Return the other evaluator's decisions, or its error's name."""
    script = Path(__file__).with_name("evaluate.mjs")
    request = {"principal": PROVIDER, "role": ROLE}
    lines = [{**request, "context": {**CONTEXT, SESSION: case.session}, "policy": case.policy} for case in made]
    done = subprocess.run(
        ["node", str(script), str(installed)],
        input="".join(f"{json.dumps(line)}\n" for line in lines),
        capture_output=True,
        text=True,
        check=True,
    )
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    words = {
        "Allowed": Decision.ALLOW.value,
        "ImplicitlyDenied": Decision.DENY.value,
        "ExplicitlyDenied": Decision.DENY.value,
    }
    return [words.get(answer["decision"], f"error: {json.dumps(answer['errors'])[:200]}") for answer in answers]


# ---------------------------------------------------------------------------------------------------- disagreements

NUMBER = re.compile(r"[+-]?\d+(\.\d+)?")
EPOCH, WRITTEN = re.compile(r"\d+"), re.compile(r"\d{4}-\d\d-\d\d(T\d\d:\d\d:\d\dZ)?")


def old_variable(case: Case) -> bool:
    """Whether a variable stands in a policy that has none: the other evaluator fills it in."""
    return case.policy["Version"] == "2008-10-17" and "${" in json.dumps(case.policy)


def mixed_times(case: Case) -> bool:
    """Whether a time in seconds is compared with a written one, which the other evaluator reads in milliseconds."""
    return any(
        any(map(EPOCH.fullmatch, texts)) and any(map(WRITTEN.fullmatch, texts)) for texts in compared(case, "Date")
    )


def odd_time(case: Case) -> bool:
    """Whether a time is compared with a text that is none, of which the other evaluator makes one: ``-2.5``."""
    texts = [text for texts in compared(case, "Date") for text in texts]
    return not all(EPOCH.fullmatch(text) or WRITTEN.fullmatch(text) for text in texts)


def odd_number(case: Case) -> bool:
    """Whether a number is compared with a text that only begins like one, which the other evaluator reads as one."""
    texts = [text for texts in compared(case, "Numeric") for text in texts]
    return any(re.match(r"[+-]?\d", text) and not NUMBER.fullmatch(text) for text in texts)


def compared(case: Case, kind: str) -> Iterator[list[str]]:
    """Yield what is compared with what by the operators of a kind: the key's value and the policy's."""
    held = {**CONTEXT, SESSION: case.session}
    for one in case.policy["Statement"]:
        for operator, keys in one.get("Condition", {}).items():
            for key, values in keys.items():
                if operator.startswith(kind):
                    yield [held[key], *([values] if isinstance(values, str) else values)]


REASONS: Mapping[str, Callable[[Case], bool]] = {
    "a variable in a policy of Version 2008-10-17": old_variable,
    "seconds compared with a written time": mixed_times,
    "a text that is no time": odd_time,
    "a text that only begins like a number": odd_number,
}


def main() -> int:
    """Compare, print, and return 1 where the two disagree for no reason that is known."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("installed", type=Path, help="the folder that the npm package is installed in")
    options.add_argument("--seed", type=int, default=2026)
    options.add_argument("--number", type=int, default=600)
    asked = options.parse_args()
    made = cases(asked.seed, asked.number)
    pairs = [(ours(case), other, case) for case, other in zip(made, theirs(made, asked.installed), strict=True)]
    alike = Counter(own for own, other, _ in pairs if own == other)
    left = [pair for pair in pairs if pair[0] == Decision.UNKNOWN.value]
    apart = [(own, other, case) for own, other, case in pairs if own not in {other, Decision.UNKNOWN.value}]
    print(f"{len(pairs)} policies, {alike.total()} judged alike: {dict(alike)}")
    print(f"{len(left)} left open here: a negated operator on what it cannot compare")
    whys = [next((why for why, holds in REASONS.items() if holds(case)), "") for _, _, case in apart]
    for why in REASONS:
        print(f"{whys.count(why)} judged otherwise for {why}")
    for why, (own, other, case) in zip(whys, apart, strict=True):
        if not why:
            print(f"  ours {own}, theirs {other}: session {case.session}, {json.dumps(case.policy)}")
    return int("" in whys)


if __name__ == "__main__":
    sys.exit(main())
