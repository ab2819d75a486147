"""The names that remedies and commands are filled in with."""

import json

import pytest

from cases import ISSUER, NOT_LOOKED, PROVIDER, ROLE, STS, SUBJECT, chain, expectation, settings, token
from sidecar.checks.naming import names
from sidecar.facts import Endpoint, Expectation, Names, Setting
from sidecar.model import Failed

ENDPOINT = Endpoint(f"https://{STS}:443/", "aws", "eu-west-1")
NOBODY = Expectation(audience="sts.amazonaws.com")
FAILED = Failed("some-kind", "the world said no")


def test_all_names_are_found() -> None:
    """Of a whole pod every name is known."""
    known = names(expectation(), settings(), ENDPOINT, token(), chain())
    assert known == Names(
        namespace="shop",
        service_account="cart",
        pod="cart-7d9f",
        role_arn=ROLE,
        role_name="shop-cart",
        account="111122223333",
        region="eu-west-1",
        issuer=ISSUER,
        subject=SUBJECT,
        audience="sts.amazonaws.com",
        provider_arn=PROVIDER,
        trust_policy=known.trust_policy,
        thumbprint="b" * 40,
        sts_host=STS,
    )


def test_nothing_is_known() -> None:
    """What is not known stays a word in capitals that shows what to put there."""
    known = names(NOBODY, FAILED, FAILED, FAILED, NOT_LOOKED)
    assert known == Names(
        audience="sts.amazonaws.com",
        provider_arn="arn:aws:iam::ACCOUNT:oidc-provider/ISSUER",
        trust_policy=known.trust_policy,
    )


def test_settings_may_be_empty() -> None:
    """Settings without role and region give no names."""
    known = names(NOBODY, settings(role_arn=None, region=None), NOT_LOOKED, NOT_LOOKED, NOT_LOOKED)
    assert (known.role_arn, known.role_name, known.account, known.region) == (
        "ROLE_ARN",
        "ROLE_NAME",
        "ACCOUNT",
        "REGION",
    )


def test_the_pod_is_named_by_its_token_too() -> None:
    """Where the downward API says nothing, the token's own claims name the pod; where it speaks, it counts."""
    known = names(NOBODY, settings(), ENDPOINT, token(), chain())
    assert (known.namespace, known.service_account, known.pod) == ("shop", "cart", "cart-7d9f")
    known = names(expectation(namespace="till"), settings(), ENDPOINT, token(), chain())
    assert known.namespace == "till"


def test_a_role_arn_that_is_none_is_shown_as_it_is() -> None:
    """Of a role ARN that cannot be taken apart the text is known, not the account."""
    wrong = settings(role_arn=Setting("shop-cart", "AWS_ROLE_ARN"))
    known = names(expectation(), wrong, ENDPOINT, token(), chain())
    assert (known.role_arn, known.role_name, known.account) == ("shop-cart", "ROLE_NAME", "ACCOUNT")
    assert known.provider_arn == PROVIDER.replace("111122223333", "ACCOUNT")


def test_the_trust_policy_admits_exactly_this_token() -> None:
    """The policy names the role account's provider, and the token's own subject and audience (FACTS A32, A36)."""
    known = names(expectation(), settings(), ENDPOINT, token(audience=("openshift",)), chain())
    host = ISSUER.removeprefix("https://")
    assert json.loads(known.trust_policy) == {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"Federated": PROVIDER},
                "Action": "sts:AssumeRoleWithWebIdentity",
                "Condition": {"StringEquals": {f"{host}:aud": "openshift", f"{host}:sub": SUBJECT}},
            },
        ],
    }


def test_the_audience_is_the_tokens_own() -> None:
    """Remedies name the audience that STS judged, azp before aud; without exactly one, the expected one."""
    vault = token(audience=("a", "b"), authorized_party="vault")
    assert names(expectation(), settings(), ENDPOINT, vault, chain()).audience == "vault"
    several = token(audience=("a", "b"))
    assert names(expectation(), settings(), ENDPOINT, several, chain()).audience == "sts.amazonaws.com"


@pytest.mark.parametrize(
    ("pod", "workload"),
    [
        ("cart-7d9f8b6c5d-x2x4z", "deployment/cart"),
        ("a-b-7d9f8b6c5d-x2x4z", "deployment/a-b"),
        ("cart-0", "statefulset/cart"),
        ("cart", "WORKLOAD"),
        ("cart-abc", "WORKLOAD"),
        ("x" * 52 + "-7d9f8b6c5d-x2x4z", "WORKLOAD"),
    ],
)
def test_what_makes_a_pod_is_guessed_by_its_name(pod: str, workload: str) -> None:
    """By the form that Deployments and StatefulSets give; a name that was cut tells nothing."""
    known = names(expectation(pod=pod), settings(), ENDPOINT, token(), chain())
    assert known.workload == workload


@pytest.mark.parametrize(
    ("configured", "partition", "issuer", "region"),
    [
        ("eu-west-1", "aws", ISSUER, "eu-west-1"),
        (" EU-West-2 ", None, ISSUER, "eu-west-2"),
        ("nowhere", None, "https://oidc.eks.us-west-2.amazonaws.com/id/1", "us-west-2"),
        ("nowhere", None, "https://oidc.example.com", "REGION"),
    ],
)
def test_a_region_that_is_none_is_not_repeated(
    configured: str, partition: str | None, issuer: str, region: str
) -> None:
    """What it may be meant to be, else the cluster's own."""
    given = settings(region=Setting(configured, "AWS_REGION"), region_partition=partition)
    assert names(expectation(), given, ENDPOINT, token(issuer=issuer), chain()).region == region
