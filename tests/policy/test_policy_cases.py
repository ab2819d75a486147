"""The rules of trust policies as cases: FACTS E1 to E16, A12, A31 to A36, and the outcomes of published captures."""

import json
from collections.abc import Mapping
from typing import Any

import pytest

from policies import (
    ACTION,
    AUD,
    AUDIENCE,
    EXACT,
    EXCHANGE,
    HOST,
    ISSUER,
    PROVIDER,
    SUB,
    SUBJECT,
    judged,
    names,
    policy,
    read,
    statement,
)
from sidecar.policy import Decision, Match, corrected

ALLOW, DENY, UNKNOWN = Decision.ALLOW, Decision.DENY, Decision.UNKNOWN
OTHER = PROVIDER.replace("AAA", "BBB")
UNSEEN = {"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}


def equal(**keys: object) -> Mapping[str, object]:
    """Return StringEquals on the issuer's own keys, by claim."""
    return {"StringEquals": {f"{HOST}:{claim}": value for claim, value in keys.items()}}


def both(*conditions: Mapping[str, Any]) -> Mapping[str, object]:
    """Return the conditions of all of these, each under operators of its own."""
    return {operator: keys for condition in conditions for operator, keys in condition.items()}


CASES: dict[str, tuple[str, Decision, tuple[str, ...]]] = {
    "exact": (policy(statement(EXACT)), ALLOW, ()),
    "one statement, not in a list": (json.dumps({"Version": "2012-10-17", "Statement": statement(EXACT)}), ALLOW, ()),
    "one of several providers": (policy(statement(EXACT, Principal={"Federated": [OTHER, PROVIDER]})), ALLOW, ()),
    "another cluster": (policy(statement(EXACT, Principal={"Federated": OTHER})), DENY, ("trust-principal-mismatch",)),
    "provider in another account": (
        policy(statement(EXACT, Principal={"Federated": PROVIDER.replace("111122223333", "444455556666")})),
        DENY,
        ("trust-principal-mismatch",),
    ),
    "provider in capitals": (
        policy(statement(EXACT, Principal={"Federated": PROVIDER.replace("eks", "EKS")})),
        DENY,
        ("trust-principal-mismatch",),
    ),
    "captured: AWS star": (policy(statement(EXACT, Principal={"AWS": "*"})), DENY, ("trust-principal-mismatch",)),
    "star": (policy(statement(EXACT, Principal="*")), UNKNOWN, ()),
    "federated star": (policy(statement(EXACT, Principal={"Federated": "*"})), UNKNOWN, ()),
    "EC2's policy": (
        policy(statement(Principal={"Service": "ec2.amazonaws.com"}, Action="sts:AssumeRole")),
        DENY,
        ("trust-principal-mismatch", "trust-action-missing"),
    ),
    "AssumeRole": (policy(statement(EXACT, Action="sts:AssumeRole")), DENY, ("trust-action-missing",)),
    "AssumeRole*": (policy(statement(EXACT, Action="sts:AssumeRole*")), ALLOW, ()),
    "sts in capitals": (policy(statement(EXACT, Action="STS:*")), ALLOW, ()),
    "star action": (policy(statement(EXACT, Action="*")), ALLOW, ()),
    "one of several actions": (policy(statement(EXACT, Action=["sts:TagSession", ACTION.lower()])), ALLOW, ()),
    "NotAction of another": (policy(statement(EXACT, Action=None, NotAction="sts:AssumeRole")), ALLOW, ()),
    "NotAction of this": (policy(statement(EXACT, Action=None, NotAction="sts:*")), DENY, ("trust-action-missing",)),
    "NotPrincipal in an Allow": (
        policy(statement(EXACT, Principal=None, NotPrincipal={"Federated": OTHER})),
        UNKNOWN,
        (),
    ),
    "NotPrincipal spares the provider": (
        policy(statement(EXACT), statement(effect="Deny", Principal=None, NotPrincipal={"Federated": PROVIDER})),
        UNKNOWN,
        (),
    ),
    "a tag of the session": (
        policy(statement({"StringEquals": {"aws:RequestTag/team": "a", SUB: SUBJECT}})),
        UNKNOWN,
        (),
    ),
    "a tag of the role": (
        policy(statement({"StringNotEquals": {"aws:ResourceTag/team": "a"}, "StringEquals": {SUB: SUBJECT}})),
        UNKNOWN,
        (),
    ),
    "the provider's own key, of one report only": (
        policy(statement({"StringEquals": {"aws:FederatedProvider": PROVIDER, SUB: SUBJECT}})),
        UNKNOWN,
        (),
    ),
    "not a number, and not that it is not": (
        policy(statement(both(EXACT, {"NumericNotEquals": {AUD: "5"}}))),
        UNKNOWN,
        (),
    ),
    "no ARN, and not that it is not": (policy(statement(both(EXACT, {"ArnNotLike": {SUB: PROVIDER}}))), UNKNOWN, ()),
    "no variables in a number": (
        policy(statement(both(EXACT, {"NumericEquals": {"aws:PrincipalAccount": "${aws:PrincipalAccount}"}}))),
        DENY,
        ("trust-condition-key-wrong",),
    ),
    "no number": (
        policy(statement(both(EXACT, {"NumericEquals": {AUD: "nan"}}))),
        DENY,
        ("trust-audience-mismatch",),
    ),
    "NotPrincipal spares another": (
        policy(statement(EXACT), statement(effect="Deny", Principal=None, NotPrincipal={"Federated": OTHER})),
        UNKNOWN,
        (),
    ),
    "no Allow at all": (policy(statement(UNSEEN, effect="Deny")), DENY, ("trust-action-missing",)),
    "a Deny wins": (policy(statement(EXACT), statement(effect="Deny")), DENY, ("trust-explicit-deny",)),
    "a Deny of another": (policy(statement(EXACT), statement(equal(sub="x"), effect="Deny")), ALLOW, ()),
    "a Deny of all others": (
        policy(statement(EXACT), statement({"StringNotEquals": {SUB: SUBJECT}}, effect="Deny")),
        ALLOW,
        (),
    ),
    "a Deny on a missing key": (
        policy(statement(EXACT), statement({"StringNotEquals": {"sts:ExternalId": "x"}}, effect="Deny")),
        DENY,
        ("trust-explicit-deny",),
    ),
    "a Deny if it exists": (
        policy(statement(EXACT), statement({"StringNotEqualsIfExists": {"sts:ExternalId": "x"}}, effect="Deny")),
        DENY,
        ("trust-explicit-deny",),
    ),
    "a Deny that only AWS can tell": (policy(statement(EXACT), statement(UNSEEN, effect="Deny")), UNKNOWN, ()),
    "a Deny wins over what only AWS can tell": (
        policy(statement(UNSEEN), statement(UNSEEN, effect="Deny"), statement(effect="Deny")),
        DENY,
        ("trust-explicit-deny",),
    ),
    "one of several subjects": (policy(statement(equal(sub=["x", SUBJECT]))), ALLOW, ()),
    "another namespace": (
        policy(statement(equal(sub="system:serviceaccount:staging:api"))),
        DENY,
        ("trust-subject-mismatch",),
    ),
    "another case": (policy(statement(equal(sub=SUBJECT.replace("api", "API")))), DENY, ("trust-subject-mismatch",)),
    "ignoring case": (policy(statement({"StringEqualsIgnoreCase": {SUB: SUBJECT.upper()}})), ALLOW, ()),
    "key in capitals": (policy(statement({"StringEquals": {SUB.upper(): SUBJECT}})), ALLOW, ()),
    "operator in small letters": (policy(statement({"stringequals": {SUB: SUBJECT}})), ALLOW, ()),
    "like": (policy(statement({"StringLike": {SUB: "system:serviceaccount:prod:*"}})), ALLOW, ()),
    "like one character": (policy(statement({"StringLike": {SUB: "system:serviceaccount:prod:ap?"}})), ALLOW, ()),
    "like, in another case": (
        policy(statement({"StringLike": {SUB: "system:serviceaccount:PROD:*"}})),
        DENY,
        ("trust-subject-mismatch",),
    ),
    "captured: star under StringEquals": (
        policy(statement(equal(sub="system:serviceaccount:prod:*"))),
        DENY,
        ("trust-wildcard-literal",),
    ),
    "star of another namespace under StringEquals": (
        policy(statement(equal(sub="system:serviceaccount:staging:*"))),
        DENY,
        ("trust-subject-mismatch",),
    ),
    "not like": (
        policy(statement(both(equal(sub=SUBJECT), {"StringNotLike": {AUD: "*.example.com"}}))),
        ALLOW,
        (),
    ),
    "not the subject": (policy(statement({"StringNotEquals": {SUB: SUBJECT}})), DENY, ("trust-subject-mismatch",)),
    "ARN operator on a subject": (policy(statement({"ArnLike": {SUB: SUBJECT}})), DENY, ("trust-subject-mismatch",)),
    "wrong audience": (policy(statement(equal(sub=SUBJECT, aud="openshift"))), DENY, ("trust-audience-mismatch",)),
    "audience holds the subject": (policy(statement(equal(aud=SUBJECT))), DENY, ("trust-audience-mismatch",)),
    "the original audience": (policy(statement(equal(sub=SUBJECT, oaud=AUDIENCE))), ALLOW, ()),
    "subject and audience both wrong": (
        policy(statement(equal(sub="x", aud="y"))),
        DENY,
        ("trust-subject-mismatch", "trust-audience-mismatch"),
    ),
    "if it exists, and does not": (
        policy(statement(both(EXACT, {"StringEqualsIfExists": {"sts:ExternalId": "x"}}))),
        ALLOW,
        (),
    ),
    "if it exists, and differs": (
        policy(statement({"StringEqualsIfExists": {SUB: "x"}})),
        DENY,
        ("trust-subject-mismatch",),
    ),
    "must be absent, and is": (policy(statement(both(EXACT, {"Null": {f"{HOST}:amr": "true"}}))), ALLOW, ()),
    "must be there, and is": (policy(statement(both(EXACT, {"Null": {SUB: False}}))), ALLOW, ()),
    "must be absent, and is not": (policy(statement({"Null": {SUB: "true"}})), DENY, ("trust-subject-mismatch",)),
    "must be there, and is not": (
        policy(statement(both(EXACT, {"Null": {"sts:ExternalId": "false"}}))),
        DENY,
        ("trust-condition-key-wrong",),
    ),
    "for all values": (policy(statement({"ForAllValues:StringEquals": {SUB: SUBJECT}})), ALLOW, ()),
    "for all values of a missing key": (
        policy(statement(both(EXACT, {"ForAllValues:StringEquals": {f"{HOST}:amr": "x"}}))),
        ALLOW,
        (),
    ),
    "for any value": (policy(statement({"ForAnyValue:StringEquals": {SUB: [SUBJECT]}})), ALLOW, ()),
    "for any value of a missing key": (
        policy(statement(both(EXACT, {"ForAnyValue:StringLike": {f"{HOST}:amr": "*"}}))),
        DENY,
        ("trust-condition-key-wrong",),
    ),
    "for any value of a missing key, negated": (
        policy(statement(both(EXACT, {"ForAnyValue:StringNotEquals": {f"{HOST}:amr": "x"}}))),
        DENY,
        ("trust-condition-key-wrong",),
    ),
    "https in the key": (
        policy(statement({"StringEquals": {f"{ISSUER}:sub": SUBJECT}})),
        DENY,
        ("trust-condition-key-wrong",),
    ),
    "the provider's ARN in the key": (
        policy(statement({"StringEquals": {f"{PROVIDER}:sub": SUBJECT}})),
        DENY,
        ("trust-condition-key-wrong",),
    ),
    "another issuer's key": (
        policy(statement({"StringEquals": {SUB.replace("AAA", "BBB"): SUBJECT}})),
        DENY,
        ("trust-condition-key-wrong",),
    ),
    "a Kubernetes claim": (
        policy(statement(both(EXACT, {"StringLike": {f"{HOST}:kubernetes.io/namespace": "prod"}}))),
        DENY,
        ("trust-condition-key-wrong",),
    ),
    "an external id": (
        policy(statement({"StringEquals": {"sts:ExternalId": "x", SUB: SUBJECT}})),
        DENY,
        ("trust-condition-key-wrong",),
    ),
    "authorized by the issuer": (
        policy(statement(both(EXACT, {"Bool": {"sts:RoleAuthorizedByIdp": "true"}}))),
        DENY,
        ("trust-condition-key-wrong",),
    ),
    "not authorized by the issuer": (
        policy(statement(both(EXACT, {"Bool": {"sts:RoleAuthorizedByIdp": "false"}}))),
        UNKNOWN,
        (),
    ),
    "the caller's organization": (
        policy(statement({"StringEquals": {"aws:PrincipalOrgID": "o-1", SUB: SUBJECT}})),
        DENY,
        ("trust-condition-key-wrong",),
    ),
    "the role's account": (
        policy(statement({"StringEquals": {"aws:PrincipalAccount": "111122223333", SUB: SUBJECT}})),
        ALLOW,
        (),
    ),
    "another account": (
        policy(statement({"StringEquals": {"aws:PrincipalAccount": "444455556666", SUB: SUBJECT}})),
        DENY,
        ("trust-condition-key-wrong",),
    ),
    "a kind of caller": (
        policy(statement({"StringEquals": {"aws:PrincipalType": "User", "aws:userid": PROVIDER, SUB: SUBJECT}})),
        ALLOW,
        (),
    ),
    "an address": (policy(statement(both(EXACT, UNSEEN))), UNKNOWN, ()),
    "an address, and a wrong subject": (
        policy(statement(both(equal(sub="x"), UNSEEN))),
        DENY,
        ("trust-subject-mismatch",),
    ),
    "an address in one statement, this token in another": (
        policy(statement(UNSEEN), statement(EXACT)),
        ALLOW,
        (),
    ),
    "a session name": (policy(statement(both(EXACT, {"StringLike": {"sts:RoleSessionName": "x*"}}))), UNKNOWN, ()),
    "a time": (
        policy(statement(both(EXACT, {"DateGreaterThan": {"aws:CurrentTime": "2020-01-01T00:00:00Z"}}))),
        UNKNOWN,
        (),
    ),
    "a variable": (
        policy(statement({"StringLike": {SUB: "${" + AUD + "}", AUD: AUDIENCE}})),
        DENY,
        ("trust-subject-mismatch",),
    ),
    "a variable of its own": (policy(statement({"StringEquals": {AUD: "${" + AUD + "}", SUB: SUBJECT}})), ALLOW, ()),
    "a variable that only AWS knows": (
        policy(statement({"StringEquals": {AUD: "${aws:SourceIp}", SUB: SUBJECT}})),
        UNKNOWN,
        (),
    ),
    "a variable of a key that is never carried": (
        policy(statement({"StringNotEquals": {AUD: "${sts:ExternalId}"}, "StringEquals": {SUB: SUBJECT}})),
        UNKNOWN,
        (),
    ),
    "a variable's default": (
        policy(statement({"StringEquals": {SUB: "${sts:ExternalId, '" + SUBJECT + "'}"}})),
        ALLOW,
        (),
    ),
    "a literal star": (
        policy(statement({"StringLike": {SUB: "system:serviceaccount:prod:${*}"}})),
        DENY,
        ("trust-subject-mismatch",),
    ),
    "no variables in 2008": (
        policy(statement({"StringEquals": {AUD: "${" + AUD + "}", SUB: SUBJECT}}), version="2008-10-17"),
        DENY,
        ("trust-audience-mismatch",),
    ),
    "no version is 2008": (
        policy(statement({"StringEquals": {AUD: "${" + AUD + "}", SUB: SUBJECT}}), version=None),
        DENY,
        ("trust-audience-mismatch",),
    ),
    "no condition": (policy(statement()), ALLOW, ("trust-too-open",)),
    "an audience alone": (policy(statement(equal(aud=AUDIENCE))), ALLOW, ("trust-too-open",)),
    "any subject": (policy(statement({"StringLike": {SUB: "*"}})), ALLOW, ("trust-too-open",)),
    "any namespace": (
        policy(statement({"StringLike": {SUB: "system:serviceaccount:*:*"}})),
        ALLOW,
        ("trust-too-open",),
    ),
    "all but one": (policy(statement({"StringNotEquals": {SUB: "x"}})), ALLOW, ("trust-too-open",)),
    "another cluster, by its own keys": (
        policy(statement({"StringEquals": {SUB.replace("AAA", "BBB"): "x"}}, Principal={"Federated": OTHER})),
        DENY,
        ("trust-principal-mismatch",),
    ),
    "another cluster is nearer than another kind of caller": (
        policy(
            statement(Principal={"Service": "ec2.amazonaws.com"}, Action="sts:AssumeRole"),
            statement({"StringEquals": {SUB.replace("AAA", "BBB"): "x"}}, Principal={"Federated": OTHER}),
        ),
        DENY,
        ("trust-principal-mismatch",),
    ),
    "a slip is nearer than another service account": (
        policy(
            statement(equal(sub="system:serviceaccount:prod:web")),
            statement(equal(sub="system:serviceaccount:other:job")),
            statement(equal(sub="system:serviceaccount:prod:*")),
        ),
        DENY,
        ("trust-wildcard-literal",),
    ),
    "the nearest of several": (
        policy(
            statement(EXACT, Principal={"Federated": OTHER}),
            statement(equal(sub="system:serviceaccount:prod:ap", aud=AUDIENCE)),
            statement(Principal={"Service": "ec2.amazonaws.com"}, Action="sts:AssumeRole"),
        ),
        DENY,
        ("trust-subject-mismatch",),
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_policies_are_judged(case: str) -> None:
    """Decision and faults are those of the facts; a refused policy always has a fault."""
    text, decision, faults = CASES[case]
    found = judged(text)
    assert (found.decision, tuple(names(found))) == (decision, faults)
    assert bool(found.findings) or found.decision is not DENY


@pytest.mark.parametrize("case", CASES)
def test_corrected_policies_admit_the_token(case: str) -> None:
    """Nothing that can be told refuses any more, no statement is too open, and none is lost."""
    text, _, _ = CASES[case]
    before = read(text)
    after = read(corrected(before, EXCHANGE))
    found = judged(corrected(before, EXCHANGE))
    assert found.decision is not DENY
    assert "trust-too-open" not in names(found)
    assert len(after.statements) >= len(before.statements)
    if not any(why for one in found.statements for why in one.untold):
        assert found.decision is ALLOW


def test_a_policy_that_admits_is_left_as_it_is() -> None:
    """There is nothing to correct."""
    text = policy(statement(EXACT))
    assert json.loads(corrected(read(text), EXCHANGE)) == json.loads(text)


def test_duplicate_keys_are_judged_by_the_last_and_named() -> None:
    """At each depth; the last counts, as for other parsers (FACTS E13)."""
    inner = f'"Condition": {{"StringEquals": {{"{SUB}": "x"}}, "StringEquals": {{"{SUB}": "{SUBJECT}"}}}}'
    text = policy(statement(EXACT)).replace(f'"Condition": {json.dumps(EXACT)}', inner)
    found = judged(text.replace('"Version"', '"Version": "2008-10-17", "Version"'))
    assert found.decision is ALLOW
    assert [(one.fault.name, one.evidence["statement"]) for one in found.findings] == [
        ("trust-duplicate-key", "Version"),
        ("trust-duplicate-key", "Statement[0].Condition.StringEquals"),
    ]


def test_every_part_says_why() -> None:
    """A ruling names what each part wants and what the token says, and what only AWS can tell."""
    found = judged(policy({**statement(both(equal(sub="x"), UNSEEN)), "Sid": "Api"}, statement(UNSEEN)))
    first, second = found.statements
    assert (first.position, first.sid, first.effect, first.match, first.untold) == (0, "Api", "Allow", Match.NO, ())
    assert len(first.because) == 4
    assert f"StringEquals {SUB} wants x, the token says {SUBJECT}: does not hold" in first.because
    assert second.match is Match.UNKNOWN
    assert second.untold == ("aws:SourceIp is not known here",)
    assert "IpAddress aws:SourceIp wants 10.0.0.0/8: aws:SourceIp is not known here" in second.because


def test_without_a_role_any_account_will_do() -> None:
    """And the reason says so."""
    text = policy(statement(EXACT, Principal={"Federated": PROVIDER.replace("1111", "4444", 1)}))
    found = judged(text, EXCHANGE._replace(role=None))
    assert found.decision is ALLOW
    assert "no role is given" in found.statements[0].because[0]
    other = judged(policy(statement(EXACT, Principal={"Federated": OTHER})), EXCHANGE._replace(role=None))
    assert other.findings[0].evidence["expected"] == f"arn:aws:iam::ACCOUNT:oidc-provider/{HOST}"


def test_what_is_known_of_the_request_is_used() -> None:
    """A session name that is given, a roles claim, and a token without exactly one audience."""
    named = policy(statement(both(EXACT, {"StringLike": {"sts:RoleSessionName": "x*"}})))
    assert judged(named, EXCHANGE._replace(session_name="xyz")).decision is ALLOW
    assert names(judged(named, EXCHANGE._replace(session_name="abc"))) == ["trust-condition-key-wrong"]
    authorized = policy(statement(both(EXACT, {"Bool": {"sts:RoleAuthorizedByIdp": "true"}})))
    assert judged(authorized, EXCHANGE._replace(roles_claimed=True)).decision is ALLOW
    ambiguous = judged(policy(statement(EXACT)), EXCHANGE._replace(audience=None, audiences=("a", "b")))
    assert ambiguous.decision is UNKNOWN
    assert ambiguous.statements[0].untold == (f"{AUD} is not known: the token has no single audience",)


def test_a_slip_of_the_issuer_is_one_finding_and_mended_throughout() -> None:
    """The keys are as wrong as the principal, and no more: they are mended with it."""
    slip = HOST.replace("oidc.eks.eu-west-1", "oidc.eu-west-1.eks")
    conditions = {"StringEquals": {f"{slip}:sub": SUBJECT, f"{slip}:aud": AUDIENCE}}
    text = policy(statement(conditions, Principal={"Federated": PROVIDER.replace(HOST, slip)}))
    found = judged(text)
    assert [finding.evidence["hint"] for finding in found.findings] == [
        "the host is written oidc.eks.REGION, not oidc.REGION.eks"
    ]
    assert json.loads(corrected(read(text), EXCHANGE))["Statement"] == [statement(EXACT)]


def test_a_key_with_another_value_is_not_said_to_be_missing() -> None:
    """It is what the role's owner asks for besides: the statement stays as it is."""
    before = statement({"StringEquals": {"aws:PrincipalAccount": "444455556666", SUB: SUBJECT}})
    (finding,) = judged(policy(before)).findings
    assert finding.evidence["found"] == "111122223333"
    assert finding.evidence["hint"] == "the exchange carries this key, but with another value"
    assert json.loads(corrected(read(policy(before)), EXCHANGE))["Statement"][0] == before


@pytest.mark.parametrize(
    ("operator", "audiences", "wanted", "match"),
    [
        ("StringEquals", ("a", "b"), "a", Match.UNKNOWN),
        ("StringEquals", ("a", "b"), "x", Match.NO),
        ("StringNotEquals", ("a", "b"), "x", Match.YES),
        ("StringNotEquals", ("a", "b"), "a", Match.UNKNOWN),
        ("ForAnyValue:StringEquals", ("a", "b"), "a", Match.YES),
        ("ForAllValues:StringEquals", ("a", "b"), "a", Match.NO),
        ("ForAllValues:StringEquals", ("a", ""), "a", Match.YES),
        ("ForAllValues:StringEquals", ("",), "a", Match.YES),
        ("ForAnyValue:StringEquals", ("",), "", Match.NO),
        ("StringEquals", ("",), "", Match.YES),
    ],
)
def test_several_values_and_none(operator: str, audiences: tuple[str, ...], wanted: str, match: Match) -> None:
    """Without a set operator only what every reading agrees on is told; what is empty is none to a set operator."""
    text = policy(statement({operator: {f"{HOST}:oaud": wanted}}))
    assert judged(text, EXCHANGE._replace(audiences=audiences)).statements[0].match is match


def test_an_operator_in_another_case_is_said() -> None:
    """It is taken as it was meant (FACTS E8)."""
    because = judged(policy(statement({"foranyvalue:stringlikeifexists": {SUB: SUBJECT}}))).statements[0].because
    assert because[2].startswith(f"foranyvalue:stringlikeifexists (meant: ForAnyValue:StringLikeIfExists) {SUB} wants")
