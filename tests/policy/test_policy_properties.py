"""What must hold for every trust policy: Deny, order, values, the unknown, the correction."""

import json
from random import Random
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from policies import ACTION, AUD, AUDIENCE, EXCHANGE, HOST, ISSUER, PROVIDER, SUB, SUBJECT, judged, names, policy, read
from sidecar.policy import Decision, Malformed, Match, corrected, judge, read_policy
from sidecar.policy.findings import STRANGER

VALUES = st.sampled_from([
    SUBJECT, AUDIENCE, "system:serviceaccount:prod:*", "system:serviceaccount:*:*", "*", "?", "", "x", SUBJECT.upper(),
    "${" + SUB + "}", "${aws:SourceIp}", "true", "10.0.0.0/8", "openshift", "${*}", PROVIDER,
])  # fmt: skip
KEYS = st.sampled_from([
    SUB, AUD, f"{HOST}:oaud", f"{HOST}:amr", f"{ISSUER}:sub", SUB.replace("AAA", "BBB"), "aws:SourceIp",
    "sts:ExternalId", "aws:PrincipalType", "sts:RoleSessionName", "sts:RoleAuthorizedByIdp", SUB.upper(),
])  # fmt: skip
POSITIVE = st.sampled_from(["StringEquals", "StringLike", "StringEqualsIgnoreCase", "ArnLike", "Bool", "IpAddress"])
OPERATORS = st.one_of(
    POSITIVE,
    st.sampled_from([
        "StringNotEquals", "StringNotLike", "StringEqualsIfExists", "StringNotEqualsIfExists", "Null",
        "ForAllValues:StringLike", "ForAnyValue:StringEquals", "ForAnyValue:StringNotEquals", "ArnNotLike",
        "NotIpAddress", "NumericLessThan", "DateGreaterThan", "BoolIfExists",
    ]),
)  # fmt: skip
CONDITIONS = st.dictionaries(
    OPERATORS, st.dictionaries(KEYS, st.lists(VALUES, min_size=1, max_size=3), min_size=1, max_size=2), max_size=2
)
STATEMENTS = st.fixed_dictionaries({
    "Effect": st.sampled_from(["Allow", "Allow", "Deny"]),
    "Principal": st.sampled_from([
        {"Federated": PROVIDER}, {"Federated": PROVIDER}, {"Federated": [PROVIDER + "/", "x"]}, {"AWS": "*"}, "*",
        {"Service": "ec2.amazonaws.com"}, {"Federated": PROVIDER.replace("AAA", "BBB")},
    ]),
    "Action": st.sampled_from([ACTION, "sts:*", "sts:AssumeRole", [ACTION, "sts:TagSession"]]),
    "Condition": CONDITIONS,
})  # fmt: skip
POLICIES = st.lists(STATEMENTS, min_size=1, max_size=4)


def decision(statements: list[dict[str, Any]]) -> Decision:
    """Return what a policy of these statements says."""
    return judged(policy(*statements)).decision


@given(POLICIES, STATEMENTS)
def test_adding_a_deny_never_allows(statements: list[dict[str, Any]], more: dict[str, Any]) -> None:
    """What was not allowed before is not allowed after."""
    if decision(statements) is not Decision.ALLOW:
        assert decision([*statements, {**more, "Effect": "Deny"}]) is not Decision.ALLOW


@given(POLICIES, st.randoms())
def test_order_does_not_matter(statements: list[dict[str, Any]], chance: Random) -> None:
    """Statements are judged each by itself."""
    shuffled = list(statements)
    chance.shuffle(shuffled)
    assert decision(shuffled) is decision(statements)


@given(POLICIES)
def test_unknown_never_beats_an_explicit_deny(statements: list[dict[str, Any]]) -> None:
    """A Deny that matches is the end of it."""
    found = judged(policy(*statements))
    if any(one.effect == "Deny" and one.match is Match.YES for one in found.statements):
        assert found.decision is Decision.DENY
        assert names(found)[0] == "trust-explicit-deny"


@given(POSITIVE, KEYS, st.lists(VALUES, min_size=1, max_size=3), VALUES)
def test_more_values_of_a_positive_operator_never_match_less(
    operator: str, key: str, held: list[str], more: str
) -> None:
    """Values are alternatives."""

    def match(values: list[str]) -> Match:
        one = {"Effect": "Allow", "Principal": {"Federated": PROVIDER}, "Action": ACTION}
        return judged(policy({**one, "Condition": {operator: {key: values}}})).statements[0].match

    if match(held) is Match.YES:
        assert match([*held, more]) is Match.YES


@given(POLICIES)
def test_every_decision_is_explained(statements: list[dict[str, Any]]) -> None:
    """A denial has a fault, what is unknown has a reason, and every statement a clause for each part."""
    found = judged(policy(*statements))
    assert found.findings or found.decision is not Decision.DENY
    assert any(one.untold for one in found.statements) or found.decision is not Decision.UNKNOWN
    assert all(len(one.because) >= 2 for one in found.statements)
    assert all({"statement", "expected", "found"} <= one.evidence.keys() for one in found.findings)


@given(POLICIES)
def test_the_correction_admits_the_token(statements: list[dict[str, Any]]) -> None:
    """It is a policy, admits the token, is not too open, keeps every statement, and correcting it changes nothing.

    Where it cannot be told, that is for a condition or a Deny on what is not known here: those are kept.
    """
    before = read(policy(*statements))
    text = corrected(before, EXCHANGE)
    found = judged(text)
    assert found.decision is not Decision.DENY
    assert found.decision is Decision.ALLOW or any(one.untold for one in found.statements)
    assert "trust-too-open" not in names(found)
    assert len(read(text).statements) >= len(before.statements)
    assert json.loads(corrected(read(text), EXCHANGE)) == json.loads(text)


@given(POLICIES, st.sampled_from(["system:serviceaccount:prod:web", "x", "", SUBJECT.upper(), AUDIENCE]))
def test_the_correction_takes_nothing_from_others(statements: list[dict[str, Any]], other: str) -> None:
    """Who was admitted still is, but for who came in with the whole cluster; no stranger comes in."""
    before = read(policy(*statements))
    after = read(corrected(before, EXCHANGE))
    whole = "trust-too-open" in names(judge(before, EXCHANGE))
    whose = EXCHANGE._replace(subject=other)
    if not whole and judge(before, whose).decision is Decision.ALLOW:
        assert judge(after, whose).decision is Decision.ALLOW
    nobody = EXCHANGE._replace(subject=STRANGER)
    if judge(before, nobody).decision is not Decision.ALLOW:
        assert judge(after, nobody).decision is not Decision.ALLOW


@given(st.text())
def test_any_text_is_read_or_refused_with_a_reason(text: str) -> None:
    """Nothing raises."""
    found = read_policy(text)
    assert not isinstance(found, Malformed) or (found.place and found.why)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(["Statement", "Effect", "Principal", "a"]), inner),
)


@given(JSON)
def test_any_json_is_read_or_refused_with_a_reason(document: object) -> None:
    """Nothing raises, whatever stands where."""
    for text in (
        json.dumps(document),
        json.dumps({"Statement": document}),
        json.dumps(
            {"Statement": [{"Effect": "Allow", "Principal": document, "Action": document, "Condition": document}]}
        ),
    ):
        found = read_policy(text)
        assert not isinstance(found, Malformed) or (found.place and found.why)
