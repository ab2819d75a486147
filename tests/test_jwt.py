"""Tokens, good and bad: decoded for showing, verified with published keys, never kept."""

import base64
import json
import sys
import warnings
from collections.abc import Iterator, Mapping
from functools import cache

import jwt as pyjwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from hypothesis import given, settings
from hypothesis import strategies as st

from sidecar.facts import Signature, Token
from sidecar.jwt import MOST_CHARACTERS, SUPPORTED_ALGORITHMS, decode, verify
from sidecar.model import Failed

HEADER = {"alg": "RS256", "kid": "kid-1"}
CLAIMS: dict[str, object] = {
    "iss": "https://issuer.test",
    "sub": "system:serviceaccount:shop:cart",
    "aud": ["sts.amazonaws.com"],
    "iat": 1_790_000_000,
    "nbf": 1_790_000_001,
    "exp": 1_790_086_400,
    "jti": "1cf9a6ce",
    "kubernetes.io": {
        "namespace": "shop",
        "node": {"name": "node-1", "uid": "1"},
        "pod": {"name": "cart-7d9f", "uid": "2"},
        "serviceaccount": {"name": "cart", "uid": "3"},
    },
}
CURVES = {"ES256": ("P-256", ec.SECP256R1()), "ES384": ("P-384", ec.SECP384R1()), "ES512": ("P-521", ec.SECP521R1())}


@pytest.fixture(autouse=True)
def no_warning() -> Iterator[None]:
    """Let no test end in which a library has warned: a warning would stand in the middle of a report."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        yield
    assert [str(warning.message) for warning in caught] == []


def part(content: object) -> bytes:
    """Return a part of a token: bytes as they are, anything else as JSON."""
    raw = content if isinstance(content, bytes) else json.dumps(content).encode()
    return base64.urlsafe_b64encode(raw).rstrip(b"=")


def made(
    header: object = HEADER, payload: object = CLAIMS, signature: bytes = b"a signature that fits nothing"
) -> bytes:
    """Return a token of these parts."""
    return b".".join((part(header), part(payload), part(signature)))


def decoded(raw: bytes) -> Token:
    """Return the token that ``raw`` is decoded to."""
    token = decode(raw)
    assert isinstance(token, Token)
    return token


def refusal(raw: bytes) -> Failed:
    """Return why ``raw`` cannot be decoded."""
    failed = decode(raw)
    assert isinstance(failed, Failed)
    return failed


def claiming(**claims: object) -> Token:
    """Return a token that has these claims changed; None as a value is JSON's null, ``...`` leaves the claim out."""
    return decoded(made(payload={name: value for name, value in {**CLAIMS, **claims}.items() if value is not ...}))


# ---- Decoding


def test_a_kubelets_token() -> None:
    """All that a report shows of a token is taken from header and claims."""
    raw = made()
    assert decoded(raw) == Token(
        algorithm="RS256",
        kid="kid-1",
        crit=(),
        issuer="https://issuer.test",
        subject="system:serviceaccount:shop:cart",
        audience=("sts.amazonaws.com",),
        authorized_party=None,
        issued=1_790_000_000.0,
        expires=1_790_086_400.0,
        not_before=1_790_000_001.0,
        problems={},
        namespace="shop",
        service_account="cart",
        pod="cart-7d9f",
        length=len(raw),
    )


@pytest.mark.parametrize(
    "raw",
    [made() + b"\n", b" \t" + made() + b"\r\n", b"\xef\xbb\xbf" + made()],
    ids=["line break", "white space", "byte order mark"],
)
def test_what_stands_around_a_token_is_passed_over(raw: bytes) -> None:
    """White space and a byte order mark are a fault of the file; the token is decoded all the same."""
    assert decoded(raw) == decoded(made())


@pytest.mark.parametrize(
    ("raw", "why"),
    [
        (b"", "it has 1 part between dots where a JWT has 3"),
        (b"not-a-token", "it has 1 part between dots where a JWT has 3"),
        (part(HEADER) + b"." + part(CLAIMS), "it has 2 parts between dots where a JWT has 3"),
        (made() + b".a.b", "it has 5 parts between dots where a JWT has 3"),
        (b"..", "a part of it is empty or not base64url"),
        (b"." + part(CLAIMS) + b".c2ln", "a part of it is empty or not base64url"),
        (bytes(range(256)), "it has 2 parts between dots where a JWT has 3"),
        (b"\xff\xfe.\x00.\x01", "a part of it is empty or not base64url"),
        (made().replace(b".", b" ."), "a part of it is empty or not base64url"),
        (made() + b"=", "a part of it is empty or not base64url"),
        (b'{"alg": "none"}.{}.', "a part of it is empty or not base64url"),
        (b"a.a.a", "it cannot be decoded (invalid header padding)"),
        (made(b"{"), "it cannot be decoded (invalid header string)"),
        (made(b"\xff\xfe\xfd"), "it cannot be decoded (invalid header string)"),
        (made([]), "it cannot be decoded (invalid header string)"),
        (made("RS256"), "it cannot be decoded (invalid header string)"),
        (made(payload=b"\xff{}"), "it cannot be decoded (invalid payload string)"),
        (made(payload=b'{"iss": "caf\xe9"}'), "it cannot be decoded (invalid payload string)"),
        (made(payload=b"{"), "it cannot be decoded (invalid payload string)"),
        (made(payload=b""), "a part of it is empty or not base64url"),
        (made(payload=[CLAIMS]), "it cannot be decoded (invalid payload string)"),
        (made(payload="text"), "it cannot be decoded (invalid payload string)"),
        (made(payload=None), "it cannot be decoded (invalid payload string)"),
        (made(HEADER | {"kid": 5}), "it cannot be decoded (key ID header parameter must be a string)"),
        (made(HEADER | {"kid": None}), "it cannot be decoded (key ID header parameter must be a string)"),
        (made(HEADER | {"crit": ["exp"], "exp": 1}), "it cannot be decoded (unsupported critical extension)"),
        (made(HEADER | {"crit": "exp"}), "it cannot be decoded (invalid 'crit' header)"),
        (made(HEADER | {"crit": []}), "it cannot be decoded (invalid 'crit' header)"),
    ],
)
def test_what_is_no_token(raw: bytes, why: str) -> None:
    """What is not a JWT is malformed, with a reason that quotes nothing of it."""
    assert refusal(raw) == Failed("malformed", why)


def test_a_detached_payload_is_none() -> None:
    """A token whose header says that its claims are elsewhere is malformed."""
    assert refusal(made(HEADER | {"crit": ["b64"], "b64": False})).kind == "malformed"
    assert refusal(made(HEADER | {"b64": False})).kind == "malformed"


@pytest.mark.parametrize(
    "payload",
    [b"[" * 14_000, b'{"a":' * 2_000 + b"1" + b"}" * 2_000, b'{"exp": ' + b"9" * 14_000 + b"}"],
    ids=["lists", "objects", "number"],
)
def test_json_beyond_all_measure(payload: bytes) -> None:
    """Nesting and numbers that no parser takes are malformed, at once."""
    before = sys.getrecursionlimit()
    sys.setrecursionlimit(1000)  # the interpreter's own: a library of other tests raises it
    try:
        assert refusal(made(payload=payload)).kind == "malformed"
        assert refusal(made(header=payload)).kind == "malformed"
    finally:
        sys.setrecursionlimit(before)


@pytest.mark.parametrize("size", [MOST_CHARACTERS + 1, 65_536])
def test_too_long(size: int) -> None:
    """STS takes no token over 20000 characters (FACTS A2)."""
    raw = made().ljust(size, b"A")
    assert refusal(raw) == Failed("too-large", "it is longer than the 20000 characters that STS takes")


def test_as_long_as_sts_takes() -> None:
    """A token of just 20000 characters is decoded."""
    head = b".".join((part(HEADER), part(CLAIMS))) + b"."
    assert decoded(head.ljust(MOST_CHARACTERS, b"A")).length == MOST_CHARACTERS


def test_unsigned() -> None:
    """A token of alg none has an empty third part, and is decoded so that its fault can be named."""
    token = decoded(made({"alg": "none"}, signature=b""))
    assert (token.algorithm, token.kid) == ("none", None)


@pytest.mark.parametrize(
    ("alg", "shown"),
    [
        ({}, "no alg"),
        ({"alg": None}, "no alg"),
        ({"alg": 256}, "no alg"),
        ({"alg": ""}, "no alg"),
        ({"alg": "HS256"}, "HS256"),
    ],
)
def test_algorithm_is_shown_as_it_is(alg: dict[str, object], shown: str) -> None:
    """What the header says of the algorithm is shown where it is text; none of these is one that STS takes."""
    token = decoded(made({"kid": "kid-1"} | alg))
    assert token.algorithm == shown
    assert token.algorithm not in SUPPORTED_ALGORITHMS


def test_crit_that_the_library_knows() -> None:
    """A crit header is kept where decoding gets by it: STS refuses any (FACTS A10)."""
    assert decoded(made(HEADER | {"crit": ["b64"], "b64": True})).crit == ("b64",)


@pytest.mark.parametrize("claim", ["iss", "sub", "aud", "iat", "exp"])
def test_a_required_claim_is_missing(claim: str) -> None:
    """STS needs iss, sub, aud, iat and exp (FACTS A20)."""
    assert claiming(**{claim: ...}).problems == {claim: "missing"}


@pytest.mark.parametrize("claim", ["nbf", "jti", "kubernetes.io", "azp"])
def test_an_optional_claim_is_missing(claim: str) -> None:
    """Nothing else is needed (FACTS A20)."""
    assert claiming(**{claim: ...}).problems == {}


@pytest.mark.parametrize(
    ("claim", "value", "problem"),
    [
        ("iss", None, "of a wrong type"),
        ("iss", 5, "of a wrong type"),
        ("iss", ["https://issuer.test"], "of a wrong type"),
        ("iss", "", "empty"),
        ("sub", None, "of a wrong type"),
        ("sub", True, "of a wrong type"),
        ("sub", ["a"], "of a wrong type"),
        ("sub", {}, "of a wrong type"),
        ("aud", [], "empty"),
        ("aud", "", "empty"),
        ("aud", None, "of a wrong type"),
        ("aud", 5, "of a wrong type"),
        ("aud", {"a": 1}, "of a wrong type"),
        ("aud", ["a", 5], "of a wrong type"),
        ("iat", None, "not a whole number of seconds"),
        ("iat", 1.5, "not a whole number of seconds"),
        ("iat", "1.5", "not a whole number of seconds"),
        ("iat", "soon", "not a whole number of seconds"),
        ("iat", "", "not a whole number of seconds"),
        ("iat", True, "not a whole number of seconds"),
        ("iat", [1], "not a whole number of seconds"),
        ("exp", None, "not a whole number of seconds"),
        ("exp", float("inf"), "not a whole number of seconds"),
        ("exp", float("nan"), "not a whole number of seconds"),
        ("exp", 10**400, "not a whole number of seconds"),
        ("exp", "9" * 400, "not a whole number of seconds"),
        ("exp", "\N{ARABIC-INDIC DIGIT ONE}", "not a whole number of seconds"),
        ("nbf", None, "not a whole number of seconds"),
        ("nbf", 0.5, "not a whole number of seconds"),
    ],
)
def test_a_claim_of_a_wrong_kind(claim: str, value: object, problem: str) -> None:
    """A claim that STS cannot take is named, with what is wrong with it (FACTS A10, A22, A26)."""
    assert claiming(**{claim: value}).problems == {claim: problem}


def test_a_claim_of_a_wrong_kind_has_no_value() -> None:
    """What is wrong with a claim is said; its value is then not there."""
    token = claiming(iss=5, sub=None, aud=None, iat="a", exp=None, nbf=[], azp=5)
    assert token[3:10] == (None, None, (), None, None, None, None)
    assert token.problems.keys() == {"iss", "sub", "aud", "iat", "exp", "nbf"}


@pytest.mark.parametrize(
    ("sub", "shown"),
    [("", ""), ("a", "a"), ("a" * 300, "a" * 300), (12345, "12345"), (1.5, "1.5")],
)
def test_subjects(sub: object, shown: str) -> None:
    """A subject is text of any length, or a number (FACTS A25)."""
    token = claiming(sub=sub)
    assert (token.subject, token.problems) == (shown, {})


@pytest.mark.parametrize(
    ("aud", "azp", "audience", "effective"),
    [
        ("sts.amazonaws.com", ..., ("sts.amazonaws.com",), "sts.amazonaws.com"),
        (["sts.amazonaws.com"], ..., ("sts.amazonaws.com",), "sts.amazonaws.com"),
        (["a", "b"], ..., ("a", "b"), None),
        (["a", "b"], "c", ("a", "b"), "c"),
        (["a"], "", ("a",), ""),
        (["a"], None, ("a",), "a"),
    ],
)
def test_audiences(aud: object, azp: object, audience: tuple[str, ...], effective: str | None) -> None:
    """Aud is text or a list of it; azp, where it is text, is what counts (FACTS A21, A22)."""
    token = claiming(aud=aud, azp=azp)
    assert (token.audience, token.effective_audience, token.problems) == (audience, effective, {})


@pytest.mark.parametrize(("value", "seconds"), [(0, 0.0), (5, 5.0), ("5", 5.0), (5.0, 5.0), (1e3, 1000.0), (-1, -1.0)])
def test_times(value: object, seconds: float) -> None:
    """Times are whole numbers, or their decimal digits as text (FACTS A26)."""
    token = claiming(iat=value, nbf=value, exp=value)
    assert (token.issued, token.not_before, token.expires, token.problems) == (seconds, seconds, seconds, {})


def test_the_last_of_duplicate_claims_counts() -> None:
    """Where a claim stands twice the last value is the claim's (FACTS A29)."""
    payload = json.dumps(CLAIMS).replace('"sub":', '"sub": "first", "sub": "second", "sub":').encode()
    assert decoded(made(payload=payload)).subject == CLAIMS["sub"]
    header = b'{"alg": "none", "kid": "a", "alg": "RS256", "kid": "b"}'
    assert decoded(made(header))[:2] == ("RS256", "b")


def test_legacy_secret_tokens() -> None:
    """A legacy Secret token is known by its issuer, and has neither times nor audience (FACTS C12)."""
    payload = {
        "iss": "kubernetes/serviceaccount",
        "kubernetes.io/serviceaccount/namespace": "shop",
        "sub": "system:serviceaccount:shop:cart",
    }
    token = decoded(made(payload=payload))
    assert token.legacy
    assert token.problems == {"aud": "missing", "iat": "missing", "exp": "missing"}
    assert not claiming().legacy


def test_the_apis_own_tokens() -> None:
    """Only the API's own token carries warnafter (FACTS C11)."""
    assert claiming(**{"kubernetes.io": {"namespace": "shop", "warnafter": 1_790_003_607}}).warnafter
    assert not claiming().warnafter


@pytest.mark.parametrize(
    "kubernetes",
    [None, "text", 5, [], {"namespace": 5, "pod": "cart", "serviceaccount": {"name": ["cart"]}}],
)
def test_kubernetes_claims_of_a_wrong_shape(kubernetes: object) -> None:
    """What Kubernetes claims is only for showing: of a wrong shape it is nothing, and no fault."""
    token = claiming(**{"kubernetes.io": kubernetes})
    assert (token.namespace, token.service_account, token.pod, token.problems) == (None, None, None, {})


@pytest.mark.parametrize(
    ("claim", "roles"),
    [(..., None), ("arn:a", ("arn:a",)), ("arn:a;arn:b", ("arn:a", "arn:b")), (["arn:a", 5], ("arn:a",)), (5, None)],
)
def test_roles_claim(claim: object, roles: tuple[str, ...] | None) -> None:
    """The roles claim is one ARN, several with semicolons, or a list (FACTS A31)."""
    assert claiming(**{"https://aws.amazon.com/roles": claim}).roles == roles


# ---- Verifying


@cache
def rsa_key(name: str, bits: int = 2048) -> rsa.RSAPrivateKey:
    """Return an RSA key, the same for the same name."""
    assert name
    return rsa.generate_private_key(65537, bits)


@cache
def ec_key(algorithm: str, name: str) -> ec.EllipticCurvePrivateKey:
    """Return a key of the curve that the algorithm wants, the same for the same name."""
    assert name
    return ec.generate_private_key(CURVES[algorithm][1])


def private_key(algorithm: str, name: str = "own") -> rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey:
    """Return a key for the algorithm, the same for the same name."""
    return ec_key(algorithm, name) if algorithm in CURVES else rsa_key(name)


def number(value: int, size: int) -> str:
    """Return a number as RFC 7518 writes it."""
    return part(value.to_bytes(size, "big")).decode()


def published(algorithm: str, name: str = "own", kid: str | None = "kid-1") -> dict[str, object]:
    """Return a key as a key set holds it; written here by RFC 7518, not by the library under test."""
    jwk: dict[str, object] = {} if kid is None else {"kid": kid, "use": "sig"}
    key = private_key(algorithm, name).public_key()
    if isinstance(key, rsa.RSAPublicKey):
        numbers = key.public_numbers()
        return jwk | {"kty": "RSA", "n": number(numbers.n, 256), "e": "AQAB"}
    point, size = key.public_numbers(), (key.key_size + 7) // 8
    return jwk | {"kty": "EC", "crv": CURVES[algorithm][0], "x": number(point.x, size), "y": number(point.y, size)}


def signed(algorithm: str = "RS256", kid: str | None = "kid-1", name: str = "own") -> bytes:
    """Return a token that this key has signed."""
    headers = {} if kid is None else {"kid": kid}
    return pyjwt.encode(CLAIMS, private_key(algorithm, name), algorithm=algorithm, headers=headers).encode()


def verified(raw: bytes, *keys: Mapping[str, object]) -> Signature:
    """Return what verifying says of a token that was decoded before."""
    return verify(raw, decoded(raw), keys)


@pytest.mark.parametrize("algorithm", SUPPORTED_ALGORITHMS)
def test_a_published_key_verifies(algorithm: str) -> None:
    """Each algorithm that STS takes is verified with the key of the token's kid (FACTS A16)."""
    others = [published("RS256", "other", "kid-0"), published("ES256", "other", "kid-2")]
    raw = signed(algorithm)
    assert verified(raw, others[0], published(algorithm), others[1]) == Signature("kid-1", verified=True)
    assert verified(b"\xef\xbb\xbf" + raw + b"\n", published(algorithm)).verified


@pytest.mark.parametrize("algorithm", SUPPORTED_ALGORITHMS)
def test_another_key_does_not_verify(algorithm: str) -> None:
    """Another key under the token's kid does not fit the signature."""
    found = verified(signed(algorithm), published(algorithm, "other"))
    assert found == Signature("kid-1", verified=False, why="the published key does not fit the signature")


@pytest.mark.parametrize("algorithm", SUPPORTED_ALGORITHMS)
def test_a_changed_token_does_not_verify(algorithm: str) -> None:
    """Other claims under the same signature are not verified."""
    header, _, signature = signed(algorithm).split(b".")
    forged = b".".join((header, part({**CLAIMS, "sub": "another"}), signature))
    assert not verified(forged, published(algorithm)).verified


@pytest.mark.parametrize(
    ("algorithm", "other"),
    [("RS256", "ES256"), ("ES256", "RS256"), ("ES256", "ES384"), ("ES384", "ES512"), ("ES512", "ES256")],
)
def test_a_key_of_another_type(algorithm: str, other: str) -> None:
    """A key of another type or curve is no key for the token's algorithm, or does not fit."""
    found = verified(signed(algorithm), published(other))
    assert not found.verified
    assert found.why


def test_of_duplicate_kids_the_last_counts() -> None:
    """Where a kid stands twice the last key is the one (FACTS A18)."""
    own, other = published("RS256"), published("RS256", "other")
    assert verified(signed(), other, own).verified
    assert not verified(signed(), own, other).verified


def test_a_token_without_kid() -> None:
    """A token without kid is verified with the one key there is (FACTS A18)."""
    assert verified(signed(kid=None), published("RS256")) == Signature(None, verified=True)
    assert not verified(signed(kid=None), published("RS256", "other")).verified


def test_the_key_is_not_there() -> None:
    """Without a key of the token's kid nothing is verified; a key without kid is none."""
    why = "no published key has the token's kid"
    for keys in [], [published("RS256", kid="kid-2")], [published("RS256", kid=None)]:
        assert verified(signed(), *keys) == Signature("kid-1", verified=False, why=why)


@pytest.mark.parametrize("label", ["RS512", "ES256", "HS256", "none", 5])
def test_the_keys_own_algorithm_is_not_enforced(label: object) -> None:
    """The label alg of a published key does not count (FACTS A18)."""
    assert verified(signed(), published("RS256") | {"alg": label}).verified


@pytest.mark.parametrize("algorithm", ["none", "HS256", "PS256", "EdDSA", "rs256"])
def test_other_algorithms_are_not_verified(algorithm: str) -> None:
    """What STS does not take is not verified, whatever the key (FACTS A16)."""
    found = verified(made({"alg": algorithm, "kid": "kid-1"}), published("RS256"))
    assert found == Signature("kid-1", verified=False, why=f"{algorithm} is not verified here")


def test_a_symmetric_signature_with_the_public_key() -> None:
    """A token signed by HS256 with the public key as the secret is not verified."""
    jwk = published("RS256")
    raw = pyjwt.encode(CLAIMS, str(jwk["n"]), algorithm="HS256", headers={"kid": "kid-1"}).encode()
    assert not verified(raw, jwk, jwk | {"kty": "oct", "k": jwk["n"]}).verified


def test_short_keys_are_verified_without_a_word() -> None:
    """A short RSA key verifies what it signed, and no library warns on standard error."""
    key = rsa_key("short", 1024)
    raw = made(signature=b"")[:-1]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the library's, for signing with it
        raw = pyjwt.encode(CLAIMS, key, algorithm="RS256", headers={"kid": "kid-1"}).encode()
    jwk = {"kid": "kid-1", "kty": "RSA", "n": number(key.public_key().public_numbers().n, 128), "e": "AQAB"}
    assert verified(raw, jwk).verified


@pytest.mark.parametrize(
    "jwk",
    [
        {},
        {"kty": None},
        {"kty": ["RSA"]},
        {"kty": "oct", "k": "AAAA"},
        {"kty": "OKP", "crv": "Ed25519", "x": "AAAA"},
        {"kty": "RSA"},
        {"kty": "RSA", "n": "AAAA"},
        {"kty": "RSA", "n": 5, "e": "AQAB"},
        {"kty": "RSA", "n": None, "e": None},
        {"kty": "RSA", "n": [], "e": {}},
        {"kty": "RSA", "n": "", "e": ""},
        {"kty": "RSA", "n": "A", "e": "AQAB"},
        {"kty": "RSA", "n": "AAAA", "e": "AAAA"},
        {"kty": "RSA", "n": "caf\N{LATIN SMALL LETTER E WITH ACUTE}", "e": "AQAB"},
        {"kty": "RSA", "n": "_" * 400, "e": "_" * 400},
        {"kty": "EC"},
        {"kty": "EC", "crv": "P-256", "x": "AAAA", "y": "AAAA"},
        {"kty": "EC", "crv": "P-256", "x": "A" * 43, "y": "A" * 43},
        {"kty": "EC", "crv": "secp256k1", "x": "A" * 43, "y": "A" * 43},
        {"kty": "EC", "crv": 5, "x": "A" * 43, "y": "A" * 43},
    ],
)
@pytest.mark.parametrize("algorithm", ["RS256", "ES256"])
def test_keys_that_are_none(algorithm: str, jwk: dict[str, object]) -> None:
    """A published key that cannot be read verifies nothing, and says so."""
    found = verified(signed(algorithm), {"kid": "kid-1", **jwk})
    assert found == Signature("kid-1", verified=False, why=f"the published key is no key for {algorithm}")


# ---- Any input

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=10,
)
KNOWN_HEADERS = st.dictionaries(st.sampled_from(["alg", "kid", "crit", "b64", "typ"]), JSON)
KNOWN_CLAIMS = st.dictionaries(
    st.sampled_from([*CLAIMS, "azp", "https://aws.amazon.com/roles"]),
    JSON,
)
PARTS = st.binary(max_size=64) | st.sampled_from([part(HEADER), part(CLAIMS), b"", b"."])
JWKS = st.lists(
    st.fixed_dictionaries(
        {"kid": st.sampled_from(["kid-1", "kid-2", None])},
        optional={
            "kty": st.sampled_from(["RSA", "EC", "oct", "OKP"]) | JSON,
            "crv": st.sampled_from(["P-256", "P-384", "P-521", "secp256k1"]) | JSON,
            **{name: st.text(max_size=90) | JSON for name in ("n", "e", "x", "y", "alg", "use", "x5c")},
        },
    ),
    max_size=3,
)


unhurried = settings(deadline=None)  # keys are made on the way, and the machine may be busy


def holds_part_of(signature: bytes, shown: str) -> bool:
    """Whether any 16 characters of the token's third part are in what is shown."""
    text = part(signature).decode()
    return any(text[place : place + 16] in shown for place in range(len(text) - 15))


@unhurried
@given(raw=st.binary() | st.lists(PARTS, min_size=1, max_size=6).map(b".".join))
def test_any_bytes_are_answered(raw: bytes) -> None:
    """No bytes make decoding raise, and a malformed token is not quoted."""
    found = decode(raw)
    assert isinstance(found, Token | Failed)
    if isinstance(found, Failed):
        assert found.kind in {"malformed", "too-large"}
        assert found.why.isprintable()


@unhurried
@given(
    header=JSON | KNOWN_HEADERS | KNOWN_HEADERS.map(lambda header: HEADER | header),
    payload=JSON | KNOWN_CLAIMS | KNOWN_CLAIMS.map(lambda claims: CLAIMS | claims),
    signature=st.binary(min_size=12, max_size=64),
    keys=JWKS,
)
def test_any_json_is_answered(header: object, payload: object, signature: bytes, keys: list[dict[str, object]]) -> None:
    """No header, claims and keys make decoding or verifying raise, and nothing of the signature is kept."""
    raw = made(header, payload, signature)
    token = decode(raw)
    shown = repr(token)
    if isinstance(token, Token):
        found = verify(raw, token, keys)
        assert isinstance(found.verified, bool)
        shown += repr(found)
    assert not holds_part_of(signature, shown)


@unhurried
@given(keys=JWKS, algorithm=st.sampled_from(SUPPORTED_ALGORITHMS))
def test_any_keys_are_answered(keys: list[dict[str, object]], algorithm: str) -> None:
    """No key set makes verifying a good token raise, or succeed without its key."""
    assert not verified(signed(algorithm), *keys).verified
    assert verified(signed(algorithm), *keys, published(algorithm)).verified


def test_the_result_keeps_nothing_of_the_token() -> None:
    """Neither the decoded token nor what verifying says holds any 16 characters of the signature."""
    raw = signed()
    signature = base64.urlsafe_b64decode(raw.rpartition(b".")[2] + b"==")
    for keys in [published("RS256")], [published("RS256", "other")], [{"kid": "kid-1"}]:
        assert not holds_part_of(signature, repr(decode(raw)) + repr(verified(raw, *keys)))
    assert holds_part_of(signature, raw.decode())
