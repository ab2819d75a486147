"""What an issuer publishes, judged without looking."""

import base64
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sidecar import oidc
from sidecar.facts import Key
from sidecar.model import Failed

N = base64.urlsafe_b64encode(b"\x01" * 256).rstrip(b"=").decode()
RSA = {"kty": "RSA", "kid": "one", "use": "sig", "alg": "RS256", "n": N, "e": "AQAB"}
EC = {"kty": "EC", "kid": "two", "crv": "P-256", "x": "AQAB", "y": "AQAB"}
DOCUMENT = {"issuer": "https://localhost:6443", "jwks_uri": "https://127.0.0.1:6443/openid/v1/jwks"}  # FACTS K4

any_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)
any_jwk = st.dictionaries(
    st.sampled_from(["kty", "kid", "use", "alg", "key_ops", "n", "e", "crv", "x", "y", "x5c", "d"]),
    any_json | st.sampled_from(["RSA", "EC", "P-256", "sig", "enc", N, "AQAB", "A", "=", "\ud800"]),
)


def written(value: object) -> bytes:
    """Return a document's bytes."""
    return json.dumps(value).encode()


@pytest.mark.parametrize(
    ("issuer", "url"),
    [
        ("https://a.example", "https://a.example/.well-known/openid-configuration"),
        ("https://a.example/", "https://a.example/.well-known/openid-configuration"),
        ("https://A.Example/id/X", "https://a.example/id/X/.well-known/openid-configuration"),
        ("https://a.example:443/id", "https://a.example/id/.well-known/openid-configuration"),
        ("https://a.example:8443", "https://a.example:8443/.well-known/openid-configuration"),
        ("https://a.example:/id", "https://a.example/id/.well-known/openid-configuration"),
        ("https://[2001:DB8::1]:6443/id", "https://[2001:db8::1]:6443/id/.well-known/openid-configuration"),
    ],
)
def test_discovery_lies_below_the_issuer(issuer: str, url: str) -> None:
    """The document's URL is the issuer's with the well-known path behind it."""
    found = oidc.discovery_url(issuer)
    assert isinstance(found, oidc.Url)
    assert found.text == url
    assert oidc.unfetchable(issuer) is None


@pytest.mark.parametrize(
    ("issuer", "why"),
    [
        ("", "is not a URL"),
        ("kubernetes/serviceaccount", "is not a URL"),
        ("http://a.example", "does not begin with https://"),
        ("ftp://a.example", "does not begin with https://"),
        ("https://user:secret@a.example", "holds a user name"),
        ("https://@a.example", "holds a user name"),
        ("https://", "names no valid host and port"),
        ("https://:443/", "names no valid host and port"),
        ("https://a%2eexample/", "names no valid host and port"),
        ("https://a.example:port/", "names no valid host and port"),
        ("https://a.example:123456/", "names no valid host and port"),
        ("https://[fe80::zz]/", "names no valid host and port"),
        ("https://[::1/", "names no valid host and port"),
        ("https://a.example:0/", "names no valid port"),
        ("https://a.example:65536/", "names no valid port"),
        ("https://a.example/?x=1", "has a query"),
        ("https://a.example/#x", "has a fragment"),
        (" https://a.example", "white space, control or non-ASCII"),
        ("https://a.example/\r\nHost: b", "white space, control or non-ASCII"),
        ("https://\u00e4.example/", "white space, control or non-ASCII"),
    ],
)
def test_an_issuer_that_cannot_be_asked_is_refused_with_a_reason(issuer: str, why: str) -> None:
    """Nothing is asked of such an issuer, and the reason shows none of it."""
    found = oidc.unfetchable(issuer)
    assert found is not None
    assert why in found
    assert "secret" not in found


def test_a_url_is_asked_for_with_its_query_and_without_its_fragment() -> None:
    """A jwks_uri may have a query; the target of a request without a path is the root."""
    found = oidc.read_url("https://a.example?x=1#top")
    assert found == oidc.Url("a.example", 443, "", "?x=1", "#top")
    assert isinstance(found, oidc.Url)
    assert found.target == "/?x=1"
    assert found.text == "https://a.example/?x=1"


@given(st.text() | st.text(alphabet="https:/@[]?#.0a%").map("https://".__add__))
def test_no_text_makes_the_url_reader_raise(text: str) -> None:
    """Any text is a URL or has a reason, and a URL that was read reads the same again."""
    found = oidc.read_url(text)
    if isinstance(found, oidc.Url):
        again = oidc.read_url(found.text)
        assert isinstance(again, oidc.Url)
        assert again.text == found.text
    else:
        assert found.why


def test_a_real_discovery_document_is_read() -> None:
    """A document as a Kubernetes API server publishes it; more fields and a byte order mark do no harm."""
    for body in (written({**DOCUMENT, "response_types_supported": ["id_token"]}), b"\xef\xbb\xbf" + written(DOCUMENT)):
        found = oidc.parse_discovery(body)
        assert isinstance(found, oidc.Document)
        assert found.issuer == "https://localhost:6443"
        assert found.jwks_uri == "https://127.0.0.1:6443/openid/v1/jwks"
        assert found.keys.authority == "127.0.0.1:6443"


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b"", "is empty"),
        (b" \r\n", "is empty"),
        (b"<html><body>Log in</body></html>", "is a web page or XML, not JSON"),
        (b"\n<?xml version='1.0'?>", "is a web page or XML, not JSON"),
        (b"not json", "is not JSON"),
        (b'{"issuer": NaN}', "is not JSON"),
        (b'{"issuer": "\xff"}', "is not UTF-8"),
        (b'{"issuer": ' + b"[" * 200_000, "is nested too deeply"),
        (b"[]", "is not a JSON object"),
        (b'"text"', "is not a JSON object"),
        (b"9" * 10_000, "is not a JSON object"),
        (b"{}", "has no issuer"),
        (written({"issuer": "https://a"}), "has no jwks_uri"),
        (written({**DOCUMENT, "issuer": 5}), "issuer is not a text"),
        (written({**DOCUMENT, "issuer": "\ud800"}), "issuer is not a text"),
        (written({**DOCUMENT, "jwks_uri": None}), "jwks_uri is not a text"),
        (written({**DOCUMENT, "jwks_uri": "http://a.example/keys"}), "jwks_uri does not begin with https://"),
        (written({**DOCUMENT, "jwks_uri": "https://u:p@a.example/keys"}), "jwks_uri holds a user name"),
        (written({**DOCUMENT, "jwks_uri": "/keys"}), "jwks_uri is not a URL"),
    ],
)
def test_a_discovery_document_that_is_none_says_why(body: bytes, why: str) -> None:
    """Each thing that can be wrong with the document has its own words."""
    found = oidc.parse_discovery(body)
    assert isinstance(found, Failed)
    assert found.kind == "content"
    assert found.why.endswith(why)


def test_of_a_duplicate_name_the_last_counts() -> None:
    """As every JSON parser in the chain has it (FACTS A29)."""
    found = oidc.parse_discovery(b'{"issuer": "a", "jwks_uri": "http://b", "issuer": "c", "jwks_uri": "https://d"}')
    assert isinstance(found, oidc.Document)
    assert (found.issuer, found.jwks_uri) == ("c", "https://d")


def test_a_key_set_is_read_in_its_order() -> None:
    """Usable keys have no problem, and each JWK stands beside its key."""
    found = oidc.parse_jwks(written({"keys": [RSA, EC]}))
    assert isinstance(found, oidc.KeySet)
    assert found.keys == (Key("one", "RSA", "RS256", None), Key("two", "EC", None, None))
    assert found.jwks == (RSA, EC)


@pytest.mark.parametrize(
    ("jwk", "problem"),
    [
        ({**RSA, "kid": ...}, "has no kid, so STS ignores it"),
        ({**RSA, "kid": 7}, "has a kid that is not a text"),
        ({**RSA, "kid": "\ud800"}, "has a kid that is not a text"),
        ({**RSA, "key_ops": ["verify"]}, "has key_ops, which STS does not accept"),
        ({**RSA, "key_ops": None}, "has key_ops, which STS does not accept"),
        ({**RSA, "use": "enc"}, "has use enc, not sig"),
        ({**RSA, "use": None}, "has use not a text, not sig"),
        ({**RSA, "use": "\x1b[2J"}, "has use ?[2J, not sig"),
        ({**RSA, "use": ...}, None),
        ({**RSA, "alg": "RS512"}, None),
        ({**RSA, "kty": ...}, "has no kty"),
        ({**RSA, "kty": "oct"}, "has kty oct, neither RSA nor EC"),
        ({**RSA, "kty": ["RSA"]}, "has kty not a text, neither RSA nor EC"),
        ({**RSA, "n": ...}, "has no valid n"),
        ({**RSA, "n": ..., "e": ...}, "has no valid n and no valid e"),
        ({**RSA, "n": ..., "e": ..., "x5c": ["MIIB"]}, "has no valid n and no valid e, only x5c"),
        ({**RSA, "n": 65537}, "has no valid n"),
        ({**RSA, "n": "a+b/"}, "has no valid n"),
        ({**RSA, "n": "A"}, "has no valid n"),
        ({**RSA, "n": ""}, "has no valid n"),
        ({**RSA, "e": "AQA="}, None),
        ({**EC, "crv": "secp256k1"}, "has crv secp256k1, none of P-256, P-384, P-521"),
        ({**EC, "crv": ...}, "has crv not a text, none of P-256, P-384, P-521"),
        ({**EC, "crv": {}}, "has crv not a text, none of P-256, P-384, P-521"),
        ({**EC, "crv": "P-521"}, None),
        ({**EC, "y": ...}, "has no valid y"),
    ],
)
def test_a_key_that_sts_cannot_use_has_its_problem(jwk: dict[str, object], problem: str | None) -> None:
    """FACTS A16 to A18, a row for each; ``...`` stands for a member that is missing."""
    present = {name: value for name, value in jwk.items() if value is not ...}
    found = oidc.parse_jwks(written({"keys": [present]}))
    assert isinstance(found, oidc.KeySet)
    assert found.keys[0].problem == problem


def test_an_entry_that_is_no_object_is_a_key_with_a_problem() -> None:
    """The keys beside it stay usable, and stay beside their JWKs."""
    found = oidc.parse_jwks(written({"keys": [None, RSA]}))
    assert isinstance(found, oidc.KeySet)
    assert [key.problem for key in found.keys] == ["is not a JSON object", None]
    assert found.jwks == ({}, RSA)


def test_no_private_number_is_kept() -> None:
    """An issuer that publishes its private key by mistake does not make us hold it."""
    secret = {"d": "d", "p": "p", "q": "q", "dp": "dp", "dq": "dq", "qi": "qi", "oth": [], "k": "k"}
    found = oidc.parse_jwks(written({"keys": [{**RSA, **secret}]}))
    assert isinstance(found, oidc.KeySet)
    assert found.jwks == (RSA,)


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b"<html>", "the key set is a web page or XML, not JSON"),
        (b"{}", "the key set has no list named keys"),
        (b'{"keys": {}}', "the key set has no list named keys"),
    ],
)
def test_a_key_set_that_is_none_says_why(body: bytes, why: str) -> None:
    """Each thing that can be wrong with the set has its own words."""
    assert oidc.parse_jwks(body) == Failed("content", why)


@given(
    st.binary()
    | any_json.map(written)
    | st.builds(
        lambda found: written({**DOCUMENT, **found}), st.dictionaries(st.sampled_from(["issuer", "jwks_uri"]), any_json)
    )
)
def test_no_bytes_make_the_discovery_reader_raise(body: bytes) -> None:
    """Any bytes are a document or a failure with a reason that can be written."""
    found = oidc.parse_discovery(body)
    assert isinstance(found, oidc.Document) or (found.kind == "content" and found.why.encode())


@given(st.binary() | any_json.map(written) | st.lists(any_jwk | any_json).map(lambda keys: written({"keys": keys})))
def test_no_bytes_make_the_key_set_reader_raise(body: bytes) -> None:
    """Any bytes are a key set, each key with its JWK, or a failure; every word of it can be written."""
    found = oidc.parse_jwks(body)
    if isinstance(found, Failed):
        assert found.why.encode()
        return
    assert len(found.keys) == len(found.jwks)
    for key in found.keys:
        assert f"{key.kid} {key.kty} {key.algorithm} {key.problem}".encode()
