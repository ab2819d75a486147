"""Reading an issuer as far as it can be read."""

import base64
import json
import time
from collections.abc import Callable

import pytest

from servers import LONG_AGO, Authority, Behaviour, Server, reset, response, routes, silent
from sidecar.facts import CertificateChain, Discovery, Jwks
from sidecar.model import Absent, Failed, Phases
from sidecar.probe.issuer import IssuerReading, read_issuer
from sidecar.probe.world import Budget, World

N = base64.urlsafe_b64encode(b"\x01" * 256).decode().rstrip("=")
KEY = {"kty": "RSA", "kid": "one", "use": "sig", "alg": "RS256", "n": N, "e": "AQAB"}
KEYS = response(json.dumps({"keys": [KEY]}).encode())
DISCOVERY = "/.well-known/openid-configuration"
Read = Callable[..., IssuerReading]


def document(jwks_uri: str) -> bytes:
    """Return an answer with a discovery document."""
    return response(json.dumps({"issuer": "https://issuer.example", "jwks_uri": jwks_uri}).encode())


def issuing(jwks_uri: str) -> Behaviour:
    """Serve a discovery document that names this key set."""
    return routes({DISCOVERY: document(jwks_uri)})


@pytest.fixture
def read(authority: Authority) -> Read:
    """Return what reads an issuer, trusting the authority."""

    def make(issuer: str, *, trusted: bool = True, timeout: float = 10.0, ends: float = 60.0) -> IssuerReading:
        budget = Budget(timeout, time.monotonic() + ends)
        return read_issuer(issuer, World({}), budget, str(authority.bundle) if trusted else None)

    return make


def test_a_good_issuer_is_read_whole(authority: Authority, read: Read) -> None:
    """Document, keys, chain and the phases of both fetches; one host, one connection."""
    answers: dict[str, bytes] = {"/id/keys": KEYS}
    with Server(routes(answers), authority.context()) as server:
        answers["/id" + DISCOVERY] = document(f"{server.url}/id/keys")
        reading = read(f"{server.url}/id/")
        assert server.connections == 1
    assert isinstance(reading.discovery, Discovery)
    assert reading.discovery.url == f"{server.url}/id{DISCOVERY}"
    assert reading.discovery.issuer == "https://issuer.example"
    assert isinstance(reading.jwks, Jwks)
    assert [key.kid for key in reading.jwks.keys] == ["one"]
    assert reading.keys == (KEY,)
    assert isinstance(reading.chain, CertificateChain)
    assert (reading.chain.verify_error, reading.chain.name_matches) == (None, True)
    assert None not in tuple(reading.discovery_phases)
    assert reading.jwks_phases == Phases(response=reading.jwks_phases.response)


def test_the_chain_is_the_jwks_host_s(authority: Authority, read: Read) -> None:
    """Not the issuer's (FACTS B1, K4); even where the keys cannot be had there."""
    with (
        Server(routes({}), authority.context("127.0.0.1")) as keys,
        Server(issuing(f"https://127.0.0.1:{keys.port}/keys"), authority.context()) as server,
    ):
        reading = read(server.url)
    assert isinstance(reading.discovery, Discovery)
    assert isinstance(reading.jwks, Failed)
    assert reading.jwks.kind == "not-found"
    assert isinstance(reading.chain, CertificateChain)
    assert (reading.chain.host, reading.chain.port) == ("127.0.0.1", keys.port)
    assert reading.chain.certificates[0].names == ("127.0.0.1",)


def test_a_jwks_host_that_is_not_trusted_shows_its_chain_all_the_same(authority: Authority, read: Read) -> None:
    """The keys are refused, the chain is judged."""
    with (
        Server(silent, authority.context(not_after=LONG_AGO)) as keys,
        Server(issuing(f"{keys.url}/keys"), authority.context()) as server,
    ):
        reading = read(server.url)
    assert isinstance(reading.discovery, Discovery)
    assert isinstance(reading.jwks, Failed)
    assert reading.jwks.kind == "tls"
    assert isinstance(reading.chain, CertificateChain)
    assert (reading.chain.port, reading.chain.verify_error) == (keys.port, "certificate has expired")


def test_an_issuer_that_is_not_trusted_shows_its_own_chain(authority: Authority, read: Read) -> None:
    """No JWKS host is known then; nothing is asked of it."""
    with Server(silent, authority.context()) as server:
        reading = read(server.url, trusted=False)
        assert server.received == b""
    assert isinstance(reading.discovery, Failed)
    assert reading.discovery.kind == "tls"
    assert reading.jwks == Absent(reading.discovery.why)
    assert isinstance(reading.chain, CertificateChain)
    assert (reading.chain.port, reading.chain.verify_error) == (server.port, "unable to get local issuer certificate")


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (response(b"<html>"), "content"),
        (response(b"{}"), "content"),
        (response(b"", "403 Forbidden"), "denied"),
        (response(b"", "503 Slow Down"), "unavailable"),
        (response(b"", "302 Found", {"Location": "https://other.example/"}), "redirect"),
    ],
)
def test_without_a_document_there_is_neither_key_set_nor_chain(
    authority: Authority, read: Read, answer: bytes, kind: str
) -> None:
    """The document's failure is the reason of both."""
    with Server(routes({DISCOVERY: answer}), authority.context()) as server:
        reading = read(server.url)
    assert isinstance(reading.discovery, Failed)
    assert reading.discovery.kind == kind
    assert reading.jwks == reading.chain == Absent(reading.discovery.why)
    assert reading.keys == ()


def test_a_key_set_that_is_none_is_a_failure(authority: Authority, read: Read) -> None:
    """Its host's chain stands."""
    answers = {"/keys": response(b"[]")}
    with Server(routes(answers), authority.context()) as server:
        answers[DISCOVERY] = document(f"{server.url}/keys")
        reading = read(server.url)
    assert reading.jwks == Failed("content", "the key set is not a JSON object")
    assert isinstance(reading.chain, CertificateChain)


def test_a_jwks_host_that_resets_keeps_its_chain(authority: Authority, read: Read) -> None:
    """TLS stood before the connection broke."""
    with (
        Server(reset, authority.context()) as keys,
        Server(issuing(f"{keys.url}/keys"), authority.context()) as server,
    ):
        reading = read(server.url)
    assert isinstance(reading.jwks, Failed)
    assert reading.jwks.kind == "reset"
    assert isinstance(reading.chain, CertificateChain)


def test_a_jwks_host_that_cannot_be_found_has_no_chain(authority: Authority, read: Read) -> None:
    """The key set's failure is the reason."""
    with Server(issuing("https://nowhere.invalid/keys"), authority.context()) as server:
        reading = read(server.url)
    assert isinstance(reading.jwks, Failed)
    assert reading.jwks.kind == "dns"
    assert reading.chain == Absent(reading.jwks.why)


def test_a_jwks_host_without_tls_has_no_chain(authority: Authority, read: Read) -> None:
    """Where the handshake fails there is no certificate to show."""
    with (
        Server(lambda connection, _: connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")) as keys,
        Server(issuing(f"{keys.url}/keys"), authority.context()) as server,
    ):
        reading = read(server.url)
    assert isinstance(reading.jwks, Failed)
    assert reading.jwks.kind in {"handshake", "reset"}
    assert isinstance(reading.chain, Absent)


@pytest.mark.parametrize(
    "issuer", ["", "http://localhost", "https://u:secret@localhost", "https://localhost/?a", "kubernetes/x"]
)
def test_an_issuer_that_cannot_be_asked_is_never_looked_for(read: Read, issuer: str) -> None:
    """Its URL is another check's to judge; nothing of a password is told."""
    reading = read(issuer)
    assert isinstance(reading.discovery, Absent)
    assert reading.jwks == reading.chain == reading.discovery
    assert "secret" not in reading.discovery.why


def test_a_link_local_issuer_is_refused(read: Read) -> None:
    """Before anything is sent."""
    reading = read("https://169.254.169.254/latest")
    assert isinstance(reading.discovery, Failed)
    assert reading.discovery.kind == "link-local"


def test_a_link_local_jwks_host_is_refused(authority: Authority, read: Read) -> None:
    """A document cannot send us there either."""
    with Server(issuing("https://[fd00:ec2::254]/latest"), authority.context()) as server:
        reading = read(server.url)
    assert isinstance(reading.jwks, Failed)
    assert reading.jwks.kind == "link-local"


def test_a_deadline_in_the_document_leaves_everything_overdue(authority: Authority, read: Read) -> None:
    """Nothing is known then, and nobody is to blame."""
    with Server(silent, authority.context()) as server:
        reading = read(server.url, ends=0.3)
    for fact in (reading.discovery, reading.jwks, reading.chain):
        assert isinstance(fact, Absent)
        assert fact.overdue


def test_a_deadline_in_the_key_set_leaves_that_overdue(authority: Authority, read: Read) -> None:
    """What was read before stands."""
    with (
        Server(silent, authority.context()) as keys,
        Server(issuing(f"{keys.url}/keys"), authority.context()) as server,
    ):
        reading = read(server.url, ends=1.0)
    assert isinstance(reading.discovery, Discovery)
    assert isinstance(reading.jwks, Absent)
    assert reading.jwks.overdue
    assert isinstance(reading.chain, CertificateChain)
