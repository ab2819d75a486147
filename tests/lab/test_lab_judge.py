"""The lab's judge of tokens, case by case: what AWS was seen to do (FACTS A16 to A31)."""

import base64
import json

import jwt
import pytest

from sidecar.lab import judge
from sidecar.lab.keys import SigningKey, ec_key
from sidecar.lab.refusals import RefusalError
from sidecar.lab.tokens import signed

NOW = 1795305792.0
CLAIMS = {"iss": "https://oidc.example.com", "sub": "s", "aud": ["a"], "iat": NOW, "exp": NOW + 600}
CLAIMS = {name: int(value) if isinstance(value, float) else value for name, value in CLAIMS.items()}
UNVERIFIABLE = "could not be validated"
NO_KEY = "retrieve verification key"


@pytest.fixture(scope="module")
def key() -> SigningKey:
    """Return a key that signs."""
    return ec_key()


def segment(text: bytes) -> str:
    """Return base64url without padding."""
    return base64.urlsafe_b64encode(text).rstrip(b"=").decode()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a.b",
        "a.b.c.d",
        f"{segment(b'{}')}.{segment(b'[]')}.",
        f"{segment(b'{}')}.{segment(b'not json')}.x",
        f"{segment(b'{}')}.{segment(bytes([0xFF]))}.x",
        f"{segment(b'{}')}.{segment(b'{}')}.x\n",
        f" {segment(b'{}')}.{segment(b'{}')}.x",
        f"{segment(json.dumps({'crit': []}).encode())}.{segment(b'{}')}.x",
    ],
)
def test_what_is_no_token_is_refused_as_none(text: str) -> None:
    """Bad segments, base64 or JSON, white space and ``crit`` are all 'not a valid JWT'."""
    with pytest.raises(RefusalError, match="not a valid JWT"):
        judge.parse(text)


def test_token_without_issuer_lacks_a_claim() -> None:
    """Without ``iss`` no provider can be looked up."""
    with pytest.raises(RefusalError, match="Missing a required claim: iss"):
        _ = judge.parse(f"{segment(b'{}')}.{segment(b'{}')}.x").issuer


@pytest.mark.parametrize(
    ("claims", "words"),
    [
        ({"sub": ...}, "Missing a required claim: sub"),
        ({"aud": ...}, "Missing a required claim: aud"),
        ({"iat": ...}, "Missing a required claim: iat"),
        ({"exp": ...}, "Missing a required claim: exp"),
        ({"aud": []}, "Claim is not allowed to be empty: aud"),
        ({"aud": ["a", "b"]}, "more than one audience"),
        ({"aud": "c"}, UNVERIFIABLE),
        ({"azp": ""}, UNVERIFIABLE),
        ({"azp": "c"}, UNVERIFIABLE),
        ({"exp": None}, "Invalid timestamp"),
        ({"exp": NOW + 0.5}, "Invalid timestamp"),
        ({"iat": True}, "Invalid timestamp"),
        ({"iat": int(NOW) + 301}, "Token issued in the future: "),
        ({"nbf": int(NOW) + 301}, f"current date/time {int(NOW) + 300} must be after"),
        ({"exp": int(NOW) - 301}, f"current date/time {int(NOW) - 300} must be before"),
        ({"sub": None}, "Unknown error validating third-party token"),
        ({judge.TAGS: "x"}, "principal_tags"),
    ],
)
def test_claims_that_aws_refuses(claims: dict[str, object], words: str) -> None:
    """Each bad claim is refused in AWS's words; the times printed are shifted by the leeway (FACTS A28)."""
    changed = {name: value for name, value in {**CLAIMS, **claims}.items() if value is not ...}
    with pytest.raises(RefusalError, match=words):
        judge.judge(changed, ["a", "b"], NOW)


@pytest.mark.parametrize(
    ("claims", "audience"),
    [
        ({}, "a"),
        ({"aud": "b"}, "b"),
        ({"aud": ["c"], "azp": "b"}, "b"),
        ({"aud": ["a", "c"], "azp": "a"}, "a"),
        ({"exp": int(NOW) - 299}, "a"),
        ({"iat": int(NOW) + 299, "nbf": int(NOW) + 299}, "a"),
        ({"exp": str(int(NOW))}, "a"),
        ({"sub": ""}, "a"),
        ({judge.TAGS: {"principal_tags": {"team": ["payments"]}}}, "a"),
    ],
)
def test_claims_that_aws_takes(claims: dict[str, object], audience: str) -> None:
    """The effective audience is ``azp``, else the single ``aud`` (FACTS A21, A26 to A28)."""
    assert judge.judge({**CLAIMS, **claims}, ["a", "b"], NOW) == audience


@pytest.mark.parametrize(
    ("roles", "taken"),
    [("one;two", True), (["one"], True), ("one", True), ("two", False), ([], False), (["oneself"], False)],
)
def test_roles_claim_must_name_the_role(roles: object, taken: bool) -> None:
    """A string, a list, or one string with semicolons; the match is exact (FACTS A31)."""
    if taken:
        judge.judge_roles({judge.ROLES: roles}, "one")
    else:
        with pytest.raises(RefusalError, match="not present in the roles claim"):
            judge.judge_roles({judge.ROLES: roles}, "one")


def test_duplicate_kid_means_the_last_key(key: SigningKey) -> None:
    """Of two keys with one kid the last is used (FACTS A18)."""
    sent = judge.parse(signed(CLAIMS, key, "ES256", {}))
    wrong = {**ec_key().jwk(), "kid": key.kid}
    judge.verify(sent, [wrong, key.jwk()])
    with pytest.raises(RefusalError, match=UNVERIFIABLE):
        judge.verify(sent, [key.jwk(), wrong])


def test_token_without_kid_needs_a_lone_key(key: SigningKey) -> None:
    """A token without kid is verified with the only usable key, and with none of two (FACTS A18)."""
    sent = judge.parse(jwt.PyJWS().encode(json.dumps(CLAIMS).encode(), key.private, "ES256", {"typ": ""}))
    assert "kid" not in sent.header
    judge.verify(sent, [key.jwk()])
    with pytest.raises(RefusalError, match=NO_KEY):
        judge.verify(sent, [key.jwk(), ec_key().jwk()])


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"kid": ...}, NO_KEY),
        ({"use": "enc"}, NO_KEY),
        ({"key_ops": ["verify"]}, UNVERIFIABLE),
        ({"kty": "RSA"}, NO_KEY),
        ({"alg": "RS512"}, None),
        ({"use": ...}, None),
    ],
)
def test_keys_that_sts_does_not_use(key: SigningKey, changed: dict[str, object], words: str | None) -> None:
    """A nameless key and one for encryption are passed over, key_ops breaks it, ``alg`` is not looked at."""
    sent = judge.parse(signed(CLAIMS, key, "ES256", {}))
    published = {name: value for name, value in {**key.jwk(), **changed}.items() if value is not ...}
    if words is None:
        judge.verify(sent, [published])
    else:
        with pytest.raises(RefusalError, match=words):
            judge.verify(sent, [published])


@pytest.mark.parametrize("algorithm", ["none", "HS256"])
def test_algorithms_that_aws_does_not_know(key: SigningKey, algorithm: str) -> None:
    """Only RS and ES of 256, 384 and 512 bits are verified (FACTS A16)."""
    with pytest.raises(RefusalError, match=UNVERIFIABLE):
        judge.verify(judge.parse(signed(CLAIMS, key, algorithm, {})), [key.jwk()])
