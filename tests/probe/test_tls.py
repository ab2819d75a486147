"""Chains as presented, trusted or not."""

import ipaddress
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from hypothesis import given
from hypothesis import strategies as st

from servers import LONG_AGO, Authority, Server, once, response, silent, tunnel
from sidecar.facts import CertificateChain
from sidecar.model import Absent, Failed
from sidecar.oidc import Url, read_url
from sidecar.probe.dial import Dialer
from sidecar.probe.failures import Distrust
from sidecar.probe.tls import NEVER, UNREADABLE, certificate_of, name_matches, read_chain, read_distrusted

MakeDialer = Callable[..., Dialer]


def url(text: str) -> Url:
    """Return a URL taken apart."""
    parsed = read_url(text)
    assert isinstance(parsed, Url)
    return parsed


def certificate(*names: x509.GeneralName) -> bytes:
    """Return the DER of a certificate with these alternative names."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "a, b\x1b")])
    builder = x509.CertificateBuilder(name, name, key.public_key(), 7, datetime(2020, 1, 1), datetime(2030, 1, 1))  # noqa: DTZ001 - as the library wants it
    if names:
        builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
    return builder.sign(key, hashes.SHA256()).public_bytes(Encoding.DER)


def test_a_trusted_chain_is_read_as_presented(authority: Authority, dialer: MakeDialer) -> None:
    """Leaf first, then what the server sends after it; the root stays at home."""
    with Server(silent, authority.context()) as server:
        chain = read_chain(url(server.url), dialer())
    assert isinstance(chain, CertificateChain)
    leaf, intermediate = chain.certificates
    assert (chain.host, chain.verify_error, chain.name_matches) == ("localhost", None, True)
    assert leaf.names == ("localhost",)
    assert leaf.issuer == intermediate.subject
    assert chain.thumbprint == intermediate.sha1


@pytest.mark.parametrize(
    ("names", "expired", "trusted", "error", "named", "connections"),
    [
        (("localhost",), False, False, "unable to get local issuer certificate", True, 2),
        (("localhost",), True, True, "certificate has expired", True, 2),
        (("other.example",), False, True, None, False, 3),
        (("other.example",), True, True, "certificate has expired", False, 3),
        (("other.example",), False, False, "unable to get local issuer certificate", False, 2),
    ],
)
def test_a_chain_that_is_not_trusted_is_read_all_the_same(
    authority: Authority,
    dialer: MakeDialer,
    *,
    names: tuple[str, ...],
    expired: bool,
    trusted: bool,
    error: str | None,
    named: bool,
    connections: int,
) -> None:
    """With OpenSSL's reason, which a wrong name does not hide; nothing is sent but handshakes."""
    context = authority.context(*names, not_after=LONG_AGO if expired else None)
    with Server(silent, context) as server:
        chain = read_chain(url(server.url), dialer(ca=authority.bundle if trusted else None))
        assert server.connections == connections
    assert isinstance(chain, CertificateChain)
    assert (chain.verify_error, chain.name_matches) == (error, named)
    assert len(chain.certificates) == 2


def test_a_chain_is_read_through_a_proxy(authority: Authority, dialer: MakeDialer) -> None:
    """The proxy is used for the second look too."""
    with Server(silent, authority.context("other.example")) as server, Server(tunnel) as proxy:
        chain = read_chain(url(server.url), dialer(ca=None, HTTPS_PROXY=f"http://127.0.0.1:{proxy.port}"))
        assert proxy.connections == server.connections == 2
    assert isinstance(chain, CertificateChain)
    assert not chain.name_matches


def test_a_chain_without_a_usable_ca_file_is_read_unverified(authority: Authority, dialer: MakeDialer) -> None:
    """The file is the reason why it is not trusted."""
    with Server(silent, authority.context()) as server:
        chain = read_chain(url(server.url), dialer(ca=authority.bundle.with_name("missing.pem")))
        assert server.connections == 1
    assert isinstance(chain, CertificateChain)
    assert chain.verify_error is not None
    assert "missing.pem" in chain.verify_error


def test_where_nothing_presents_a_chain_the_failure_says_so(dialer: MakeDialer) -> None:
    """A port without TLS has no chain, verified or not."""
    with Server(once(response(b"")), None) as server:
        found = read_chain(url(server.url), dialer(timeout=0.5))
    assert isinstance(found, Failed)


def test_a_second_look_can_fail_where_the_first_did_not(authority: Authority, dialer: MakeDialer) -> None:
    """The deadline may come between them: then there is no chain, and that proves nothing."""
    with Server(silent, authority.context()) as server:
        distrust = dialer(ca=None).dial(url(server.url))
        assert isinstance(distrust, Distrust)
        found = read_distrusted(url(server.url), dialer(ca=None, ends=0.0), distrust)
    assert isinstance(found, Absent)
    assert found.overdue


def test_a_ca_file_that_vanishes_is_the_reason(authority: Authority, dialer: MakeDialer, tmp_path: Path) -> None:
    """Where the name was wrong the file is read once more; the chain is shown all the same."""
    bundle = tmp_path / "root.pem"
    bundle.write_bytes(authority.bundle.read_bytes())
    dialing = dialer(ca=bundle)
    with Server(silent, authority.context("other.example")) as server:
        distrust = dialing.dial(url(server.url))
        assert isinstance(distrust, Distrust)
        bundle.unlink()
        chain = read_distrusted(url(server.url), dialing, distrust)
    assert isinstance(chain, CertificateChain)
    assert chain.verify_error is not None
    assert "cannot be read" in chain.verify_error


@pytest.mark.parametrize(
    ("names", "host", "matches"),
    [
        (("a.example",), "a.example", True),
        (("A.Example",), "a.exAMPLE", True),
        (("a.example",), "a.example.", True),
        (("a.example",), "b.example", False),
        (("*.example.com",), "a.example.com", True),
        (("*.example.com",), "example.com", False),
        (("*.example.com",), "a.b.example.com", False),
        (("*.s3.amazonaws.com",), "my.dotted.bucket.s3.amazonaws.com", False),
        (("a*.example.com",), "ab.example.com", False),
        (("*",), "localhost", False),
        (("*.com",), "a.com", False),
        (("127.0.0.1",), "127.0.0.1", True),
        (("::1",), "0:0:0:0:0:0:0:1", True),
        (("*.0.0.1",), "127.0.0.1", False),
        (("127.0.0.1",), "127.0.0.2", False),
        ((), "a.example", False),
    ],
)
def test_a_name_covers_a_host_as_rfc_6125_has_it(names: tuple[str, ...], host: str, *, matches: bool) -> None:
    """A wildcard stands for one whole label; an address is only itself."""
    assert name_matches(names, host) is matches


def test_a_certificate_is_read_into_words() -> None:
    """Names as RFC 4514 writes them, without control characters; DNS and IP alternatives."""
    der = certificate(x509.DNSName("a.example"), x509.IPAddress(ipaddress.ip_address("::1")), x509.RFC822Name("a@b"))
    found = certificate_of(der)
    assert found.subject == "CN=a\\, b?"
    assert found.not_before == datetime(2020, 1, 1, tzinfo=UTC).timestamp()
    assert found.names == ("a.example", "::1")
    assert certificate_of(certificate()).names == ()


def test_a_certificate_that_cannot_be_read_keeps_its_hashes() -> None:
    """What openssl would print for it stays right."""
    found = certificate_of(b"no certificate")
    assert (found.subject, found.not_after, found.names) == (UNREADABLE, NEVER, ())
    assert len(found.sha1) == 40


def test_a_certificate_that_can_be_read_in_part_is() -> None:
    """A broken extension costs the names, not the rest."""
    der = certificate(x509.DNSName("a.example"))
    found = certificate_of(der.replace(b"\x82\x09a.example", b"\x9f\x09a.example"))
    assert found.names == ()
    assert found.subject == "CN=a\\, b?"


@given(st.binary())
def test_no_bytes_make_the_reader_raise(der: bytes) -> None:
    """Whatever a server presents."""
    assert certificate_of(der).subject == UNREADABLE


@given(st.integers(0, 300), st.binary(min_size=1, max_size=4))
def test_no_damage_makes_the_reader_raise(at: int, damage: bytes) -> None:
    """A real certificate with some bytes replaced is read as far as it can be."""
    found = certificate_of(DAMAGED[:at] + damage + DAMAGED[at + len(damage) :])
    assert len(found.sha256) == 64


DAMAGED = certificate(x509.DNSName("a.example"))
