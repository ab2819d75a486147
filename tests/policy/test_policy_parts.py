"""The parts of the evaluator: operators, near misses, documents, corrections."""

import json
from time import perf_counter

import pytest

from policies import (
    ACTION,
    AUD,
    AUDIENCE,
    EXACT,
    EXCHANGE,
    HOST,
    PROVIDER,
    SUB,
    SUBJECT,
    judged,
    policy,
    read,
    statement,
)
from sidecar.policy import Decision, Malformed, corrected, read_policy
from sidecar.policy.hints import is_slip, key_hint, provider_hint, value_hint
from sidecar.policy.matching import pattern
from sidecar.policy.operators import Operator, parse_operator

OTHER = PROVIDER.replace("AAA", "BBB")


@pytest.mark.parametrize(
    ("operator", "value", "wanted", "holds"),
    [
        ("StringEquals", "a", "a", True),
        ("StringEquals", "a", "A", False),
        ("StringNotEquals", "a", "A", False),
        ("StringEqualsIgnoreCase", "a", "A", True),
        ("StringNotEqualsIgnoreCase", "a", "A", True),
        ("StringLike", "abc", "a*", True),
        ("StringLike", "abc", "*b*", True),
        ("StringLike", "abc", "a?", False),
        ("StringLike", "", "*", True),
        ("StringLike", "", "?", False),
        ("StringLike", "abab", "*ab", True),
        ("StringLike", "a[b]", "a[b]", True),
        ("StringLike", "ab\nc", "ab*", True),
        ("StringNotLike", "abc", "a*", True),
        ("ArnEquals", "arn:aws:iam::1:role/x", "arn:aws:iam::*:role/?", True),
        ("ArnLike", "arn:aws:iam::1:role/a:b", "arn:aws:iam::1:role/*", True),
        ("ArnLike", "arn:aws:iam::1:role/x", "arn:*", None),
        ("ArnLike", "no", "no", None),
        ("ArnNotEquals", "arn:aws:iam::1:role/x", "arn:aws:iam::2:role/x", False),
        ("Bool", "true", "True", True),
        ("Bool", "true", "false", False),
        ("Bool", "x", "x", None),
        ("BinaryEquals", "YQ==", "YQ==", True),
        ("IpAddress", "10.1.2.3", "10.0.0.0/8", True),
        ("IpAddress", "10.1.2.3", "10.1.2.3", True),
        ("IpAddress", "2001:db8::1", "2001:db8::/32", True),
        ("IpAddress", "x", "10.0.0.0/8", None),
        ("IpAddress", "10.1.2.3", "10.0.0.0/99", None),
        ("NotIpAddress", "11.1.2.3", "10.0.0.0/8", False),
        ("NumericEquals", "5", "5.0", True),
        ("NumericNotEquals", "5", "5", True),
        ("NumericLessThan", "5", "6", True),
        ("NumericLessThanEquals", "6", "6", True),
        ("NumericGreaterThan", "6", "6", False),
        ("NumericGreaterThanEquals", "6", "6", True),
        ("NumericEquals", "five", "5", None),
        ("NumericEquals", "5", "1_0", None),
        ("NumericEquals", "inf", "inf", None),
        ("DateEquals", "2026-01-01T00:00:00Z", "1767225600", True),
        ("DateLessThan", "2026-01-01", "2026-01-02T00:00:00", True),
        ("DateGreaterThan", "soon", "2026-01-02", None),
        ("DateNotEquals", "2026-01-01T00:00:00Z", "1767225600", True),
    ],
)
def test_comparisons(operator: str, value: str, wanted: str, holds: bool | None) -> None:
    """One value and one pattern, None for what cannot be compared; of a negated operator the positive is shown."""
    parsed = parse_operator(operator)
    assert isinstance(parsed, Operator)
    assert parsed.compare is not None
    assert parsed.compare(value, pattern(wanted)) is holds
    assert parsed.negated is ("Not" in operator)


def test_a_pattern_of_many_stars_takes_no_time_to_speak_of() -> None:
    """In steps that grow with the product of the lengths: this would never end with backtracking."""
    parsed = parse_operator("StringLike")
    assert isinstance(parsed, Operator)
    assert parsed.compare is not None
    assert parsed.compare("a" * 300, pattern("*a" * 200 + "b")) is False


@pytest.mark.parametrize("written", ["StringMatches", "", "ForAllValues:", "ForSomeValues:StringEquals", "IfExists"])
def test_what_is_no_operator(written: str) -> None:
    """It is said so."""
    assert parse_operator(written) == "this is no condition operator"


@pytest.mark.parametrize("written", ["NullIfExists", "ForAnyValue:Null"])
def test_null_stands_alone(written: str) -> None:
    """It takes neither IfExists nor a set operator (FACTS E5)."""
    assert parse_operator(written) == "Null takes neither IfExists nor a set operator"


# ------------------------------------------------------------------------------------------------- near misses


@pytest.mark.parametrize(
    ("wanted", "hint"),
    [
        ("system:serviceaccount:staging:api", "the same name in another namespace"),
        ("system:serviceaccount:*:api", ""),
        ("system:serviceaccount:prod:web", "another service account of the same namespace"),
        ("system:serviceaccount:api:prod", "namespace and name are swapped"),
        ("system:serviceaccount:prod:API", "they differ in upper and lower case only"),
        (f"{SUBJECT} ", "they differ in white space only"),
        (f"{SUBJECT}/", "they differ in a slash at the end only"),
        ("prod:api", "system:serviceaccount:NAMESPACE:NAME is the whole subject"),
        ("api", "system:serviceaccount:NAMESPACE:NAME is the whole subject"),
        ("system.serviceaccount:prod:api", "they are nearly the same: look for a misspelling"),
        ("system:serviceaccount:other:web", ""),
        ("openshift", ""),
    ],
)
def test_near_misses_of_values(wanted: str, hint: str) -> None:
    """What tells the policy's subject from the token's."""
    assert value_hint(wanted, SUBJECT) == hint


@pytest.mark.parametrize(
    ("found", "hint"),
    [
        (PROVIDER.replace("111122223333", "444455556666"), "the provider must be in the role's own account"),
        (PROVIDER.replace("arn:aws:", "arn:aws-cn:"), "the provider must be in the role's own partition"),
        (PROVIDER.replace("oidc.eks", "https://oidc.eks"), "https:// does not belong there"),
        (f"{PROVIDER}/", "they differ in a slash at the end only"),
        (PROVIDER.replace("AAA", "aaa"), "they differ in upper and lower case only"),
        (PROVIDER.replace("AAA", "*"), "wildcards are not allowed in a principal"),
        (
            PROVIDER.replace("oidc.eks.eu-west-1", "oidc.eu-west-1.eks"),
            "the host is written oidc.eks.REGION, not oidc.REGION.eks",
        ),
        (OTHER, "the issuer of another cluster, or of this one before it was made anew"),
        (f"https://{HOST}", "this is the issuer, not its provider's ARN"),
        ("arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com", ""),
        ("cognito-identity.amazonaws.com", ""),
    ],
)
def test_near_misses_of_providers(found: str, hint: str) -> None:
    """What tells the provider that the policy names from the token's; only a misspelling is one of its own."""
    assert provider_hint(PROVIDER, found) == hint
    assert is_slip(PROVIDER, found) is bool(hint and "cluster" not in hint and "wildcards" not in hint)


@pytest.mark.parametrize(
    ("key", "words"),
    [
        (f"https://{SUB}", "https:// does not belong there"),
        (f"{PROVIDER}:sub", f"the key begins with {HOST}, not with the provider's ARN"),
        (f"{HOST}/:sub", "a slash at the end"),
        (SUB.replace("AAA", "BBB"), "another cluster"),
        (SUB.replace("oidc.eks.eu-west-1", "oidc.eu-west-1.eks"), "not oidc.REGION.eks"),
        (f"{HOST}:amr", "has no amr"),
        (f"{HOST}:email", "has no email"),
        (f"{HOST}:kubernetes.io/namespace", "Kubernetes claims"),
        ("sts:ExternalId", "sts:AssumeRole only"),
        ("sts:RoleAuthorizedByIdp", "locks every pod out"),
        ("token.actions.githubusercontent.com:sub", f"{HOST}:sub and {HOST}:aud"),
        ("sub", ""),
        ("aws:PrincipalOrgID", ""),
    ],
)
def test_near_misses_of_keys(key: str, words: str) -> None:
    """Why no exchange carries the key."""
    hint = key_hint(key, HOST)
    assert words in hint
    assert bool(words) is bool(hint)


# ---------------------------------------------------------------------------------------------------- documents

GOOD = policy(statement(EXACT))


@pytest.mark.parametrize(
    "text",
    [
        f"\N{ZERO WIDTH NO-BREAK SPACE}{GOOD}",
        json.dumps({"Role": {"RoleName": "api", "AssumeRolePolicyDocument": json.loads(GOOD)}}),
        json.dumps({"AssumeRolePolicyDocument": GOOD}),
        json.dumps(
            {"Role": {"AssumeRolePolicyDocument": GOOD.replace("{", "%7B").replace('"', "%22").replace(" ", "%20")}}
        ),
        GOOD.replace('"Version"', '"Id": "x", "Version"'),
    ],
)
def test_what_users_have_is_read(text: str) -> None:
    """The policy itself, or what the AWS CLI and the API print of the role."""
    assert judged(text).decision is Decision.ALLOW


def broken(old: str, new: str) -> str:
    """Return the good policy with a part replaced."""
    assert old in GOOD
    return GOOD.replace(old, new, 1)


@pytest.mark.parametrize(
    ("text", "place", "words"),
    [
        ("", "line 1, column 1", "not JSON"),
        ('{"Statement": [\n{"Effect": }]}', "line 2, column 12", "not JSON"),
        ("[]", "the document", "JSON object"),
        ('{"Statement":\n NaN}', "line 2, column 2", "NaN"),
        ('{"Id": "NaN", "Statement": [-Infinity]}', "line 1, column 29", "-Infinity is no JSON"),
        ("[" * 100_000, "line 1, column 65", "nested too deeply"),
        (broken('"Version"', f'"Id": {"[" * 900}{"]" * 900}, "Version"'), "line 1, column 71", "nested too deeply"),
        (broken('"Version"', '"Id": 5, "Version"'), "Id", "a text"),
        (broken('"Effect"', '"Sid": 5, "Effect"'), "Statement[0].Sid", "a text"),
        ('{"AssumeRolePolicyDocument": "nonsense"}', "line 1, column 1", "not JSON"),
        ("{}", "Statement", "there is none"),
        ('{"Statement": []}', "Statement", "there is none"),
        ('{"Statement": 3}', "Statement", "neither an object nor a list"),
        ('{"Statement": [3]}', "Statement[0]", "JSON object"),
        (broken("2012-10-17", "2012-10-18"), "Version", "neither 2008-10-17 nor 2012-10-17"),
        (broken('"Statement"', '"statement"'), "statement", "did you mean Statement?"),
        (broken('"Effect"', '"effect"'), "Statement[0].effect", "did you mean Effect?"),
        (broken('"Effect"', '"Resource": "*", "Effect"'), "Statement[0].Resource", "has no resource"),
        (broken('"Effect"', '"Else": "*", "Effect"'), "Statement[0].Else", "known are Sid, "),
        (broken('"Allow"', '"allow"'), "Statement[0].Effect", "Allow or Deny"),
        (broken('"Effect"', '"Sid": [], "Effect"'), "Statement[0].Sid", "a text"),
        (broken('"Action"', '"NotAction": "x", "Action"'), "Statement[0]", "Action and NotAction, not both"),
        (policy(statement(Principal=None)), "Statement[0]", "one of Principal and NotPrincipal"),
        (policy(statement(Principal="x")), "Statement[0].Principal", '"*" or an object'),
        (policy(statement(Principal={})), "Statement[0].Principal", '"*" or an object'),
        (policy(statement(Principal={"federated": "x"})), "Statement[0].Principal.federated", "Federated?"),
        (policy(statement(Principal={"Federated": 3})), "Statement[0].Principal.Federated", "a list of texts"),
        (policy(statement(Action=[])), "Statement[0].Action", "a list of texts"),
        (policy(statement([])), "Statement[0].Condition", "an object of operators"),
        (policy(statement({"StringIs": {SUB: "x"}})), "Statement[0].Condition.StringIs", "no condition operator"),
        (policy(statement({"StringEquals": {}})), "Statement[0].Condition.StringEquals", "condition keys"),
        (policy(statement({"StringEquals": {SUB: {}}})), f"Statement[0].Condition.StringEquals.{SUB}", "a number"),
        (policy(statement({"StringEquals": {SUB: []}})), f"Statement[0].Condition.StringEquals.{SUB}", "a number"),
    ],
)
def test_malformed_documents_say_where_and_why(text: str, place: str, words: str) -> None:
    """The place and the reason."""
    found = read_policy(text)
    assert isinstance(found, Malformed)
    assert found.place == place
    assert words in found.why


def test_values_may_be_numbers_and_booleans() -> None:
    """As they are written (FACTS E13)."""
    text = policy(statement({"NumericEquals": {"aws:x": 1.50}, "Bool": {"aws:SecureTransport": [True]}}))
    conditions = read(text.replace("1.5", "1.50")).statements[0].conditions
    assert [condition.values for condition in conditions] == [("1.50",), ("true",)]


# -------------------------------------------------------------------------------------------------- corrections


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (
            statement({"StringEquals": {SUB: "x", AUD: AUDIENCE}}),
            statement({"StringEquals": {AUD: AUDIENCE, SUB: ["x", SUBJECT]}}),
        ),
        (
            statement({"StringEquals": {SUB: "system:serviceaccount:prod:*"}}),
            statement({"StringLike": {SUB: "system:serviceaccount:prod:*"}}),
        ),
        (
            statement(EXACT, Action="sts:AssumeRole"),
            statement(EXACT, Action=["sts:AssumeRole", ACTION]),
        ),
        (
            statement(EXACT, Principal={"Federated": f"{PROVIDER}/"}),
            statement(EXACT),
        ),
        (
            statement(EXACT, Principal={"Federated": ["x", f"{PROVIDER}/"]}),
            statement(EXACT, Principal={"Federated": ["x", PROVIDER]}),
        ),
        (
            statement({"StringEquals": {f"https://{SUB}": SUBJECT, f"https://{AUD}": AUDIENCE}}),
            statement({"StringEquals": {SUB: SUBJECT, AUD: AUDIENCE}}),
        ),
        (
            statement({"StringEquals": {f"https://{SUB}": "system:serviceaccount:prod:*"}}),
            statement({"StringLike": {SUB: "system:serviceaccount:prod:*"}}),
        ),
        (
            statement({"StringLike": {f"https://{SUB}": "system:serviceaccount:prod:*"}}),
            statement({"StringLike": {SUB: "system:serviceaccount:prod:*"}}),
        ),
        (
            statement({"StringEquals": {SUB: SUBJECT, "sts:ExternalId": "x"}}),
            statement({"StringEquals": {SUB: SUBJECT}}),
        ),
        (
            statement({"ArnLike": {SUB: SUBJECT}}),
            statement({"StringEquals": {SUB: SUBJECT}}),
        ),
        (
            statement({"ArnLike": {SUB: "system:serviceaccount:prod:*"}}),
            statement({"StringLike": {SUB: "system:serviceaccount:prod:*"}}),
        ),
        (
            statement({"ArnEquals": {SUB: "system:serviceaccount:prod:web"}}),
            statement({"StringEquals": {SUB: ["system:serviceaccount:prod:web", SUBJECT]}}),
        ),
        (
            statement({"NumericEquals": {SUB: "5"}}),
            statement({"StringEquals": {SUB: SUBJECT}}),
        ),
        (
            statement({"StringLike": {SUB: "*:prod:*"}, "StringNotEquals": {SUB: ["x", SUBJECT, "y"]}}),
            statement({"StringLike": {SUB: "*:prod:*"}, "StringNotEquals": {SUB: ["x", "y"]}}),
        ),
        (
            statement({"StringLike": {SUB: "*:prod:*"}, "StringNotEquals": {SUB: ["x", SUBJECT]}}),
            statement({"StringLike": {SUB: "*:prod:*"}, "StringNotEquals": {SUB: "x"}}),
        ),
        (
            statement({"StringLike": {SUB: "*:prod:*"}, "StringNotEquals": {SUB: SUBJECT}}),
            statement({"StringLike": {SUB: "*:prod:*"}}),
        ),
        (
            statement({"StringEquals": {AUD: AUDIENCE}, "stringequals": {f"https://{SUB}": "x"}}),
            statement({"StringEquals": {AUD: AUDIENCE, SUB: ["x", SUBJECT]}}),
        ),
        (
            statement({"Null": {SUB: "true"}, "StringEquals": {SUB: SUBJECT}}),
            statement({"StringEquals": {SUB: SUBJECT}}),
        ),
        (
            statement(),
            statement({"StringEquals": {SUB: SUBJECT}}),
        ),
    ],
)
def test_the_statement_is_mended_where_it_stands(before: dict[str, object], after: dict[str, object]) -> None:
    """The smallest change of the one statement."""
    assert json.loads(corrected(read(policy(before)), EXCHANGE))["Statement"] == [after]


@pytest.mark.parametrize(
    "before",
    [
        statement({"StringNotEquals": {SUB: SUBJECT}}),
        statement({"StringNotLike": {SUB: "*:prod:*"}}),
        statement({"StringEquals": {SUB: "system:serviceaccount:prod:*"}, "StringLike": {SUB: "*:api"}}),
        statement({"StringEquals": {f"https://{SUB}": "x", SUB: SUBJECT}}),
        statement({"ArnLike": {SUB: "x"}, "StringEquals": {SUB: SUBJECT}}),
        statement({"StringEquals": {f"{HOST}:amr": "x"}}),
        statement({"StringEquals": {SUB: "x"}}, Principal="*"),
        statement(EXACT, Principal="*"),
        statement(EXACT, Principal={"Federated": OTHER}),
        statement(Principal={"Service": "ec2.amazonaws.com"}, Action="sts:AssumeRole"),
        statement(EXACT, Action=None, NotAction="sts:*"),
        statement(effect="Deny", Principal={"AWS": "*"}),
    ],
)
def test_what_is_meant_for_others_is_left_alone(before: dict[str, object]) -> None:
    """No condition that others are held to is loosened, no crowd let in: a statement is added for this token."""
    found = json.loads(corrected(read(policy(before)), EXCHANGE))["Statement"]
    assert found[0] == before
    assert found[1] == statement({"StringEquals": {AUD: AUDIENCE, SUB: SUBJECT}})


def test_a_token_without_one_audience_gets_no_condition_on_it() -> None:
    """There is none to name."""
    exchange = EXCHANGE._replace(audience=None)
    text = policy(statement(EXACT, Principal={"Federated": OTHER}))
    found = json.loads(corrected(read(text), exchange))["Statement"]
    assert found[1]["Condition"] == {"StringEquals": {SUB: SUBJECT}}


@pytest.mark.parametrize(
    ("subject", "version", "written"),
    [
        ("a${b}", "2012-10-17", "a${$}{b}"),
        ("a$b", "2012-10-17", "a$b"),
        ("a${b}", "2008-10-17", "a${b}"),
        ("a*?", "2012-10-17", "a*?"),
    ],
)
def test_a_subject_is_written_so_that_it_stands_for_itself(subject: str, version: str, written: str) -> None:
    """Whatever is in it, and whatever the policy's version makes of that (FACTS E12)."""
    exchange = EXCHANGE._replace(subject=subject)
    before = read(policy(statement({"StringEquals": {SUB: "x"}}), version=version))
    text = corrected(before, exchange)
    assert json.loads(text)["Statement"][0]["Condition"]["StringEquals"][SUB] == ["x", written]
    assert judged(text, exchange).decision is Decision.ALLOW


def test_wildcards_of_a_subject_are_none_in_a_pattern() -> None:
    """Or another subject would be admitted, too."""
    text = corrected(read(policy(statement({"StringLike": {SUB: "x"}}))), EXCHANGE._replace(subject="a*"))
    assert json.loads(text)["Statement"][0]["Condition"] == {"StringLike": {SUB: ["x", "a${*}"]}}


@pytest.mark.parametrize(
    ("host", "named", "begins", "decision"),
    [
        (HOST, "arn:aws:iam::444455556666:oidc-provider/x", "arn:aws:iam::444455556666:", Decision.ALLOW),
        (HOST, "arn:aws-cn:iam::444455556666:oidc-provider/x", "arn:aws-cn:iam::444455556666:", Decision.ALLOW),
        (HOST, "x", "arn:aws:iam::ACCOUNT:", Decision.DENY),
        ("oidc.eks.cn-north-1.amazonaws.com.cn/id/A", "x", "arn:aws-cn:iam::ACCOUNT:", Decision.DENY),
        ("oidc.eks.us-gov-west-1.amazonaws.com/id/A", "x", "arn:aws-us-gov:iam::ACCOUNT:", Decision.DENY),
    ],
)
def test_without_a_role_the_account_is_that_of_the_providers_named(
    host: str, named: str, begins: str, decision: Decision
) -> None:
    """They are in the role's own (FACTS A36); where there is none, a word stands for it."""
    exchange = EXCHANGE._replace(issuer=f"https://{host}", role=None)
    text = corrected(read(policy(statement(EXACT, Principal={"Federated": named}))), exchange)
    assert json.loads(text)["Statement"][1]["Principal"] == {"Federated": f"{begins}oidc-provider/{host}"}
    assert judged(text, exchange).decision is decision


def test_many_values_take_little_time() -> None:
    """A file of a megabyte is judged in about the time that it takes to read."""
    values = [f"system:serviceaccount:prod:api-{number}" for number in range(20_000)]
    began = perf_counter()
    assert judged(policy(statement({"StringEquals": {SUB: values}}))).decision is Decision.DENY
    assert perf_counter() - began < 10


def test_a_deny_is_given_an_exception() -> None:
    """For this subject only; one that has an exception already is given another."""
    deny = statement({"StringLike": {SUB: "*"}, "StringNotEquals": {SUB: "x"}}, effect="Deny")
    found = json.loads(corrected(read(policy(statement(EXACT), deny)), EXCHANGE))["Statement"]
    assert found[1]["Condition"] == {"StringLike": {SUB: "*"}, "StringNotEquals": {SUB: ["x", SUBJECT]}}
    bare = json.loads(corrected(read(policy(statement(EXACT), statement(effect="Deny"))), EXCHANGE))["Statement"]
    assert bare[1]["Condition"] == {"StringNotEquals": {SUB: SUBJECT}}
