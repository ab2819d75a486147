"""Amazon Resource Names."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sidecar.arns import RoleArn, parse_role_arn, provider_arn, provider_path

CART = RoleArn("aws", "111122223333", "/", "cart")


@pytest.mark.parametrize(
    ("text", "role"),
    [
        ("arn:aws:iam::111122223333:role/cart", CART),
        ("arn:aws-cn:iam::111122223333:role/cart", RoleArn("aws-cn", "111122223333", "/", "cart")),
        ("arn:aws-iso-b:iam::111122223333:role/a", RoleArn("aws-iso-b", "111122223333", "/", "a")),
        ("arn:aws:iam::111122223333:role/teams/shop/cart", RoleArn("aws", "111122223333", "/teams/shop/", "cart")),
        ("arn:aws:iam::111122223333:role/a+=,.@-_Z9", RoleArn("aws", "111122223333", "/", "a+=,.@-_Z9")),
        (f"arn:aws:iam::111122223333:role/{'a' * 64}", RoleArn("aws", "111122223333", "/", "a" * 64)),
        (
            f"arn:aws:iam::111122223333:role/{'p' * 510}/cart",
            RoleArn("aws", "111122223333", f"/{'p' * 510}/", "cart"),
        ),
    ],
)
def test_role_arns(text: str, role: RoleArn) -> None:
    """An IAM role's ARN is taken apart, whatever its partition and path."""
    assert parse_role_arn(text) == role


@pytest.mark.parametrize(
    "text",
    [
        "",
        "cart",
        " arn:aws:iam::111122223333:role/cart",
        "arn:aws:iam::111122223333:role/cart ",
        "arn:aws:iam::111122223333:role/cart\n",
        '"arn:aws:iam::111122223333:role/cart"',
        "arn:aws:iam::111122223333:role/",
        "arn:aws:iam::111122223333:role//cart",
        "arn:aws:iam::111122223333:role/my cart",
        "arn:aws:iam::111122223333:role/caf\N{LATIN SMALL LETTER E WITH ACUTE}",
        "arn:aws:iam::111122223333:role/cart/",
        "arn:aws:iam::11112222333:role/cart",
        "arn:aws:iam::\N{ARABIC-INDIC DIGIT ONE}11122223333:role/cart",
        "arn:aws:iam::1111-2222-3333:role/cart",
        "arn:aws:iam:eu-west-1:111122223333:role/cart",
        "arn:aws:iam::111122223333:policy/cart",
        "arn:aws:iam::111122223333:user/cart",
        "arn:aws:sts::111122223333:assumed-role/cart/session",
        "arn:gcp:iam::111122223333:role/cart",
        "ARN:aws:iam::111122223333:role/cart",
        f"arn:aws:iam::111122223333:role/{'a' * 65}",
        f"arn:aws:iam::111122223333:role/{'p' * 511}/cart",
        f"arn:aws{'-x' * 1024}:iam::111122223333:role/cart",
    ],
)
def test_what_is_no_role_arn(text: str) -> None:
    """What STS would refuse as a role's ARN is none: other kinds, white space, quotes, what is too long."""
    assert parse_role_arn(text) is None


@pytest.mark.parametrize(("length", "known"), [(2048, True), (2049, False)])
def test_as_long_as_sts_takes(length: int, *, known: bool) -> None:
    """A role ARN has at most 2048 characters (FACTS A2)."""
    tail = ":iam::111122223333:role/cart"
    text = "arn:aws".ljust(length - len(tail), "x") + tail
    assert len(text) == length
    assert (parse_role_arn(text) is not None) is known


@given(st.text())
def test_any_text_has_an_answer(text: str) -> None:
    """No text makes the parser fail, and what it takes apart is the whole text."""
    role = parse_role_arn(f"arn:aws:iam::111122223333:role/{text}")
    assert role is None or f"/{text}" == role.path + role.name


def test_long_text_is_answered_at_once() -> None:
    """A path of a million characters, refused at its end, takes no more than one look."""
    assert parse_role_arn("arn:aws:iam::111122223333:role/" + "a/" * 500_000 + "\n") is None


def test_provider_arn() -> None:
    """The provider's ARN is the issuer without its scheme, in the role's account and partition (FACTS A36)."""
    issuer = "https://oidc.eks.cn-north-1.amazonaws.com.cn/id/ABC"
    assert provider_path(issuer) == "oidc.eks.cn-north-1.amazonaws.com.cn/id/ABC"
    role = RoleArn("aws-cn", "111122223333", "/", "cart")
    assert provider_arn(role, issuer) == (
        "arn:aws-cn:iam::111122223333:oidc-provider/oidc.eks.cn-north-1.amazonaws.com.cn/id/ABC"
    )
