"""One fetch against servers that behave and servers that attack."""

import gzip
import ipaddress
import socket
import ssl
import zlib
from collections.abc import Callable

import pytest

from servers import (
    LONG_AGO,
    Authority,
    Behaviour,
    Server,
    close,
    drip,
    flood,
    once,
    reset,
    reset_at_once,
    response,
    routes,
    silent,
    tunnel,
)
from sidecar.model import Absent, Failed, Phases
from sidecar.oidc import Url, read_url
from sidecar.probe import dial
from sidecar.probe.dial import Dialer, is_refused
from sidecar.probe.failures import Distrust
from sidecar.probe.http import Fetcher, Nothing, Reply
from sidecar.probe.trust import blind

MakeDialer = Callable[..., Dialer]
BODY = b'{"issuer": "x"}'
GZIPPED = {"Content-Encoding": "gzip"}
BOMB = gzip.compress(bytes(50 << 20))
SLOW = 0.5
"""Seconds for an operation, where a server means to take ten times as long and then answers well."""


def url(text: str) -> Url:
    """Return a URL taken apart."""
    parsed = read_url(text)
    assert isinstance(parsed, Url)
    return parsed


def fetch(dialer: Dialer, text: str) -> Reply | Nothing:
    """Return what one GET gives."""
    with Fetcher(dialer) as fetcher:
        return fetcher.get(url(text))


def serve(authority: Authority, behave: Behaviour, dialer: Dialer) -> Reply | Nothing:
    """Return what one GET of a server's root gives."""
    with Server(behave, authority.context()) as server:
        return fetch(dialer, server.url)


def test_a_document_is_fetched_with_its_phases_apart(authority: Authority, dialer: MakeDialer) -> None:
    """Body, duration, and the seconds of each phase, which are no more than the whole."""
    with Server(routes({"/a?b=1": response(BODY)}), authority.context()) as server, Fetcher(dialer()) as fetcher:
        reply = fetcher.get(url(f"{server.url}/a?b=1"))
        phases = fetcher.phases
    assert isinstance(reply, Reply)
    assert reply.body == BODY
    taken = [phases.resolve, phases.connect, phases.tls, phases.response]
    assert sum(seconds for seconds in taken if seconds is not None) <= reply.seconds
    assert None not in taken


def test_a_request_carries_nothing_but_what_it_takes(authority: Authority, dialer: MakeDialer) -> None:
    """No credentials, no cookies, no invitation to compress."""
    with Server(routes({"/": response(BODY)}), authority.context()) as server:
        fetch(dialer(HTTPS_PROXY="http://user:secret@proxy.invalid", NO_PROXY="localhost"), server.url)
        head = server.received.decode().lower()
    assert head.startswith("get / http/1.1\r\nhost: localhost:")
    assert "accept-encoding: identity\r\n" in head
    assert "secret" not in head
    assert "authorization" not in head


def test_the_connection_is_used_again_where_the_host_keeps_it(authority: Authority, dialer: MakeDialer) -> None:
    """The second document costs one connection less, and its phases say so."""
    with (
        Server(routes({"/1": response(b"1"), "/2": response(b"2")}), authority.context()) as server,
        Fetcher(dialer()) as fetcher,
    ):
        replies = [fetcher.get(url(f"{server.url}/{number}")) for number in (1, 2)]
        assert [reply.body for reply in replies if isinstance(reply, Reply)] == [b"1", b"2"]
        assert server.connections == 1
        assert fetcher.phases == Phases(response=fetcher.phases.response)


def test_a_connection_that_was_not_kept_is_opened_again(authority: Authority, dialer: MakeDialer) -> None:
    """A host may close after each answer: that is no fault."""
    with Server(once(response(BODY)), authority.context()) as server, Fetcher(dialer()) as fetcher:
        for _ in range(3):
            assert isinstance(fetcher.get(url(server.url)), Reply)
        assert server.connections == 3


def test_a_kept_connection_that_dies_at_the_second_request_is_opened_again(
    authority: Authority, dialer: MakeDialer
) -> None:
    """The host gave it up while the request was on its way: asked again, on a new connection, and only then."""

    def behave(connection: socket.socket, server: Server) -> None:
        server.read_head(connection)
        connection.sendall(response(BODY))
        server.read_head(connection)

    with Server(behave, authority.context()) as server, Fetcher(dialer()) as fetcher:
        assert isinstance(fetcher.get(url(server.url)), Reply)
        assert isinstance(fetcher.get(url(server.url)), Reply)
        assert server.connections == 2


def test_a_kept_connection_that_falls_silent_times_out(authority: Authority, dialer: MakeDialer) -> None:
    """What is not answered on a kept connection is not asked again."""

    def behave(connection: socket.socket, server: Server) -> None:
        server.read_head(connection)
        connection.sendall(response(BODY))
        server.ended.wait()

    with Server(behave, authority.context()) as server, Fetcher(dialer(timeout=SLOW)) as fetcher:
        assert isinstance(fetcher.get(url(server.url)), Reply)
        answer = fetcher.get(url(server.url))
        assert isinstance(answer, Failed)
        assert answer.kind == "timeout"
        assert server.connections == 1


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        ("401 Unauthorized", "denied"),
        ("403 Forbidden", "denied"),
        ("404 Not Found", "not-found"),
        ("410 Gone", "not-found"),
        ("429 Too Many Requests", "unavailable"),
        ("500 Oops", "unavailable"),
        ("503 Slow Down", "unavailable"),
        ("204 No Content", "content"),
        ("418 Teapot", "content"),
        ("304 Not Modified", "content"),
        ("302 Found", "content"),
    ],
)
def test_a_status_other_than_200_is_a_failure_of_its_kind(
    authority: Authority, dialer: MakeDialer, status: str, kind: str
) -> None:
    """The failure names the URL and the status, and shows nothing of the body. A 302 here leads nowhere."""
    answer = serve(authority, once(response(b"secret", status)), dialer())
    assert isinstance(answer, Failed)
    assert answer.kind == kind
    assert answer.why.endswith(f"answers with HTTP status {status[:3]}")


ATTACKS = {
    "50 MB": (flood(b"HTTP/1.1 200 OK\r\n\r\n", b" " * 65536, 800), "too-large"),
    "50 MB announced": (flood(b"HTTP/1.1 200 OK\r\nContent-Length: 52428800\r\n\r\n", b" " * 65536, 800), "too-large"),
    "a length of 5000 digits": (once(response(BODY, headers={"Content-Length": "9" * 5000})), "too-large"),
    "chunks without end": (
        flood(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"10000\r\n" + b" " * 65536 + b"\r\n", 800),
        "too-large",
    ),
    "a gzip bomb": (once(response(BOMB, headers={"Content-Encoding": "gzip"})), "too-large"),
    "a deflate bomb": (
        once(response(zlib.compress(bytes(50 << 20)), headers={"Content-Encoding": "deflate"})),
        "too-large",
    ),
    "gzip that is none": (once(response(BODY, headers={"Content-Encoding": "gzip"})), "content"),
    "half of a gzip": (
        once(response(gzip.compress(BODY, mtime=0)[:-9], headers={"Content-Encoding": "gzip"})),
        "content",
    ),
    "more than one gzip": (
        once(response(gzip.compress(BODY, mtime=0) * 2, headers={"Content-Encoding": "gzip"})),
        "content",
    ),
    "an encoding nobody asked for": (once(response(BODY, headers={"Content-Encoding": "br"})), "content"),
    "half of a body": (once(response(BODY, headers={"Content-Length": "9999"})), "reset"),
    "half of a chunk": (once(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nff\r\nhalf"), "reset"),
    "no head": (once(b""), "reset"),
    "not HTTP": (once(b"220 smtp.example ESMTP\r\n"), "content"),
    "a header of 1 MB": (once(b"HTTP/1.1 200 OK\r\nA: " + b"a" * (1 << 20)), "content"),
    "1000 headers": (once(b"HTTP/1.1 200 OK\r\n" + b"A: a\r\n" * 1000 + b"\r\n"), "content"),
    "a redirect to itself": (routes({"/": response(b"", "302 Found", {"Location": "/"})}), "redirect"),
    "a redirect elsewhere": (once(response(b"", "302 Found", {"Location": "https://b.example/?t=secret"})), "redirect"),
    "a redirect to http": (once(response(b"", "301 Moved", {"Location": "http://localhost/"})), "redirect"),
    "a redirect to a file": (once(response(b"", "307 Moved", {"Location": "file:///etc/passwd"})), "redirect"),
    "a redirect to no URL": (once(response(b"", "308 Moved", {"Location": "https://[x/"})), "redirect"),
    "a redirect with userinfo": (
        once(response(b"", "303 Moved", {"Location": "https://u:secret@localhost/"})),
        "redirect",
    ),
    "a huge redirect": (flood(b"HTTP/1.1 302 Found\r\nLocation: /b\r\n\r\n", b" " * 65536, 800), "too-large"),
    "a reset": (reset, "reset"),
}


@pytest.mark.parametrize("attack", ATTACKS)
def test_an_attack_ends_in_its_own_kind(authority: Authority, dialer: MakeDialer, attack: str) -> None:
    """Every way to answer badly has a kind, and no exception; no secret of a location is shown."""
    behave, kind = ATTACKS[attack]
    answer = serve(authority, behave, dialer())
    assert isinstance(answer, Failed)
    assert (answer.kind, "secret" in answer.why) == (kind, False)


@pytest.mark.parametrize(
    "behave",
    [
        silent,
        drip(response(b" " * 200)),
        drip(response(b" " * 200), at_once=60),
        drip(b"HTTP/1.1 100 Continue\r\n\r\n" * 9),
    ],
    ids=["silence", "slow head", "slow body", "continue and continue"],
)
def test_a_slow_answer_is_cut_after_the_time_for_an_operation(
    authority: Authority, dialer: MakeDialer, behave: Behaviour
) -> None:
    """The time counts for the whole answer: a byte now and then does not buy more. Uncut, these answers come whole."""
    answer = serve(authority, behave, dialer(timeout=SLOW))
    assert isinstance(answer, Failed)
    assert answer.kind == "timeout"


def test_a_run_s_deadline_is_no_failure_of_the_server(authority: Authority, dialer: MakeDialer) -> None:
    """What the deadline cut short proves nothing: absent, and overdue."""
    answer = serve(authority, silent, dialer(ends=0.3))
    assert isinstance(answer, Absent)
    assert answer.overdue


def test_nothing_is_asked_after_the_deadline(authority: Authority, dialer: MakeDialer) -> None:
    """No connection is made any more."""
    with Server(silent, authority.context()) as server:
        answer = fetch(dialer(ends=0.0), server.url)
        assert isinstance(answer, Absent)
        assert answer.overdue
        assert server.connections == 0


def test_redirects_within_the_origin_are_followed_three_times(authority: Authority, dialer: MakeDialer) -> None:
    """Three are followed, a fourth is not."""
    steps = {f"/{step}": response(b"", "302 Found", {"Location": f"/{step + 1}"}) for step in range(1, 5)}
    with Server(routes({**steps, "/5": response(BODY)}), authority.context()) as server, Fetcher(dialer()) as fetcher:
        reply = fetcher.get(url(f"{server.url}/2"))
        assert isinstance(reply, Reply)
        assert reply.body == BODY
        answer = fetcher.get(url(f"{server.url}/1"))
        assert isinstance(answer, Failed)
        assert answer.kind == "redirect"


@pytest.mark.parametrize(
    ("encoding", "compressed"),
    [
        ("gzip", gzip.compress(BODY, mtime=0)),
        ("x-gzip", gzip.compress(BODY, mtime=0)),
        ("deflate", zlib.compress(BODY)),
        ("", BODY),
        ("Identity", BODY),
    ],
)
def test_a_compressed_body_is_read_though_not_asked_for(
    authority: Authority, dialer: MakeDialer, encoding: str, compressed: bytes
) -> None:
    """Some hosts compress whatever the client says."""
    reply = serve(authority, once(response(compressed, headers={"Content-Encoding": encoding})), dialer())
    assert isinstance(reply, Reply)
    assert reply.body == BODY


def test_a_body_of_exactly_one_mebibyte_is_read(authority: Authority, dialer: MakeDialer) -> None:
    """The bound itself is allowed, one byte more is not."""
    assert isinstance(serve(authority, once(response(b" " * (1 << 20))), dialer()), Reply)
    answer = serve(authority, once(response(b" " * ((1 << 20) + 1))), dialer())
    assert isinstance(answer, Failed)
    assert answer.kind == "too-large"


# ------------------------------------------------------------------------------------------------------ the way there


def test_a_name_that_does_not_resolve_says_so(dialer: MakeDialer) -> None:
    """With the system's own words."""
    answer = fetch(dialer(), "https://nowhere.invalid/")
    assert isinstance(answer, Failed)
    assert answer.kind == "dns"
    assert answer.why.startswith("nowhere.invalid does not resolve (")


def test_a_name_that_no_resolver_can_be_asked_for_does_not_resolve(dialer: MakeDialer) -> None:
    """A label of 64 characters is no host's."""
    answer = fetch(dialer(), f"https://{'a' * 64}.example/")
    assert isinstance(answer, Failed)
    assert answer.kind == "dns"


def test_a_port_where_nobody_listens_refuses(dialer: MakeDialer) -> None:
    """With the system's own words."""
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    answer = fetch(dialer(), f"https://127.0.0.1:{port}/")
    assert answer == Failed("refused", f"127.0.0.1:{port} cannot be connected to (Connection refused)")


def test_a_port_that_takes_no_connection_times_out(dialer: MakeDialer, full: int) -> None:
    """Neither taken nor refused: a firewall's black hole."""
    answer = fetch(dialer(timeout=SLOW), f"https://127.0.0.1:{full}/")
    assert answer == Failed("timeout", f"127.0.0.1:{full} did not accept a connection in time")


def test_a_server_that_wants_a_client_s_certificate_fails_tls(authority: Authority, dialer: MakeDialer) -> None:
    """With TLS 1.3 it says so only after the handshake."""
    context = authority.context()
    context.load_verify_locations(authority.bundle)
    context.verify_mode = ssl.CERT_REQUIRED
    with Server(once(response(BODY)), context) as server:
        answer = fetch(dialer(), server.url)
    assert isinstance(answer, Failed)
    assert answer.kind in {"handshake", "reset"}  # the alert may come after the connection's end


def babble(connection: socket.socket, _server: Server) -> None:
    """Answer a handshake as a plain HTTP server does."""
    connection.recv(1)
    connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")
    connection.recv(65536)


# Where the reset comes before the handshake, the standard library itself forgets to close the socket that it made.
@pytest.mark.filterwarnings("ignore:Exception ignored in. <ssl.SSLSocket:pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize(
    ("behave", "kind"),
    [(babble, "handshake"), (silent, "timeout"), (close, "reset"), (reset_at_once, "reset")],
)
def test_a_port_without_tls_says_what_happened(dialer: MakeDialer, behave: Behaviour, kind: str) -> None:
    """Nothing of the document was asked for."""
    with Server(behave) as server:
        answer = fetch(dialer(timeout=SLOW), server.url)
    assert isinstance(answer, Failed)
    assert answer.kind == kind


def test_a_server_without_a_common_protocol_fails_the_handshake(authority: Authority, dialer: MakeDialer) -> None:
    """OpenSSL's reason is told."""
    old = authority.context()
    old.set_ciphers("ECDHE-RSA-NULL-SHA:eNULL:@SECLEVEL=0")
    old.maximum_version = ssl.TLSVersion.TLSv1_2
    with Server(silent, old) as server:
        answer = fetch(dialer(), server.url)
    assert isinstance(answer, Failed)
    assert answer.kind == "handshake"
    assert "handshake" in answer.why


@pytest.mark.parametrize(
    ("names", "expired", "trusted", "reason"),
    [
        (("localhost",), False, False, "unable to get local issuer certificate"),
        (("localhost",), True, True, "certificate has expired"),
        (("other.example",), False, True, "Hostname mismatch"),
    ],
)
def test_a_certificate_that_is_not_good_is_distrusted_with_openssl_s_reason(
    authority: Authority, dialer: MakeDialer, *, names: tuple[str, ...], expired: bool, trusted: bool, reason: str
) -> None:
    """And no request is sent."""
    context = authority.context(*names, not_after=LONG_AGO if expired else None)
    with Server(silent, context) as server:
        answer = fetch(dialer(ca=authority.bundle if trusted else None), server.url)
        assert server.received == b""
    assert isinstance(answer, Distrust)
    assert answer.reason.startswith(reason)


LINK_LOCAL = [
    "169.254.169.254",
    "169.254.170.23",
    "2852039166",
    "0xa9fea9fe",
    "169.16689662",
    "[fe80::1]",
    "[fe80::1%1]",
    "[fd00:ec2::254]",
    "[::ffff:169.254.169.254]",
    "[64:ff9b::169.254.169.254]",
]


@pytest.mark.parametrize("host", LINK_LOCAL)
def test_a_link_local_host_is_refused_however_it_is_written(dialer: MakeDialer, host: str) -> None:
    """An instance's metadata service is never asked, nor is a proxy asked to ask it."""
    with Server(tunnel) as proxy:
        for environ in ({}, {"HTTPS_PROXY": f"http://127.0.0.1:{proxy.port}"}):
            answer = fetch(dialer(timeout=SLOW, **environ), f"https://{host}/")
            assert isinstance(answer, Failed)
            assert answer.kind == "link-local"
        assert proxy.connections == 0


def test_a_name_that_leads_to_a_refused_address_is_refused(
    authority: Authority, dialer: MakeDialer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What counts is where the name leads; nothing is sent there."""
    networks = tuple(ipaddress.ip_network(network) for network in ("127.0.0.0/8", "::1/128"))
    monkeypatch.setattr(dial, "REFUSED_NETWORKS", networks)
    with Server(silent, authority.context()) as server:
        answer = fetch(dialer(), server.url)
        assert server.connections == 0
    assert isinstance(answer, Failed)
    assert answer.kind == "link-local"


@pytest.mark.parametrize(
    ("address", "refused"),
    [
        ("169.253.255.255", False),
        ("169.254.0.0", True),
        ("127.0.0.1", False),
        ("fd00:ec3::1", False),
        ("fec0::1", False),
    ],
)
def test_only_link_local_addresses_are_refused(address: str, *, refused: bool) -> None:
    """A private issuer, at home or in the VPC, is a good issuer."""
    assert is_refused(address) is refused


def test_a_ca_file_that_is_of_no_use_is_named(authority: Authority, dialer: MakeDialer) -> None:
    """Nothing is sent without trust."""
    with Server(silent, authority.context()) as server:
        answer = fetch(dialer(ca=authority.bundle.with_name("missing.pem")), server.url)
        assert server.connections == 0
    assert isinstance(answer, Distrust)
    assert "missing.pem cannot be read (No such file or directory)" in answer.why


# ------------------------------------------------------------------------------------------------------------ proxies


def test_a_proxy_is_used_and_given_its_password(authority: Authority, dialer: MakeDialer) -> None:
    """The target's name is not resolved here, and TLS is with the target."""
    with Server(once(response(BODY)), authority.context()) as server, Server(tunnel) as proxy:
        environ = {"HTTPS_PROXY": f"http://user:pass%20word@127.0.0.1:{proxy.port}"}
        reply = fetch(dialer(**environ), server.url)
        assert isinstance(reply, Reply)
        assert f"CONNECT localhost:{server.port} ".encode() in proxy.received
        assert b"Proxy-Authorization: Basic dXNlcjpwYXNzIHdvcmQ=" in proxy.received
        assert b"Proxy" not in server.received


def test_a_proxy_that_speaks_tls_is_verified(authority: Authority, dialer: MakeDialer) -> None:
    """TLS within TLS, both to be trusted; with another authority it is the proxy that fails."""
    with (
        Server(once(response(BODY)), authority.context()) as server,
        Server(tunnel, authority.context()) as proxy,
    ):
        environ = {"https_proxy": f"https://localhost:{proxy.port}"}
        reply = fetch(dialer(**environ), server.url)
        assert isinstance(reply, Reply)
        assert len(reply.line.presented) == 2
        answer = fetch(dialer(ca=None, **environ), server.url)
        assert isinstance(answer, Failed)
        assert answer.kind == "proxy"
        assert "unable to get local issuer certificate" in answer.why


@pytest.mark.parametrize(
    ("behave", "why"),
    [
        (
            once(b"HTTP/1.1 407 Proxy Authentication Required\r\n\r\n"),
            "refused the connection (407 Proxy Authentication",
        ),
        (once(b"HTTP/1.1 403 \x1b[2JForbidden\r\n\r\n"), "refused the connection (403 ?[2JForbidden)"),
        (once(b"HTTP/1.1 502 Bad Gateway\r\n\r\n"), "refused the connection (502 Bad Gateway)"),
        (once(b"nonsense\r\n\r\n"), "cannot be used"),
        (once(b""), "cannot be used (connection closed)"),
        (reset, "cannot be used (Connection reset by peer)"),
        (silent, "did not answer in time"),
        (drip(b"HTTP/1.1 200 OK\r\nA: " + b"a" * 300), "did not answer in time"),
    ],
)
def test_a_proxy_that_fails_is_what_failed(dialer: MakeDialer, behave: Behaviour, why: str) -> None:
    """The proxy is named, its password is not."""
    with Server(behave) as proxy:
        environ = {"HTTPS_PROXY": f"http://user:secret@localhost:{proxy.port}"}
        answer = fetch(dialer(timeout=SLOW, **environ), "https://a.example/")
    assert isinstance(answer, Failed)
    assert answer.kind == "proxy"
    assert answer.why.startswith(f"the proxy http://localhost:{proxy.port} {why}")
    assert "secret" not in answer.why


@pytest.mark.parametrize(
    ("setting", "why"),
    [
        ("http://user:secret@nowhere.invalid:3128", "the proxy http://nowhere.invalid:3128 does not resolve ("),
        ("http://127.0.0.1:1", "the proxy http://127.0.0.1:1 cannot be used (Connection refused)"),
        ("socks5://user:secret@a.example", "the proxy named by HTTPS_PROXY is not an http or https URL"),
        ("http://user:secret@a.example:port", "the proxy named by HTTPS_PROXY is not an http or https URL"),
    ],
)
def test_a_proxy_that_cannot_be_reached_is_what_failed(dialer: MakeDialer, setting: str, why: str) -> None:
    """Neither the target nor a password is blamed, or shown."""
    answer = fetch(dialer(HTTPS_PROXY=setting), "https://a.example/")
    assert isinstance(answer, Failed)
    assert answer.kind == "proxy"
    assert answer.why.startswith(why)
    assert "secret" not in answer.why


def test_a_password_is_not_sent_to_a_proxy_that_cannot_be_verified(authority: Authority, dialer: MakeDialer) -> None:
    """Not even to look at a chain that nothing can verify."""
    with Server(tunnel, authority.context()) as proxy:
        environ = {"HTTPS_PROXY": f"https://user:secret@localhost:{proxy.port}"}
        unusable = dialer(ca=authority.bundle.with_name("missing.pem"), **environ)
        answer = unusable.dial(url("https://a.example/"), blind())
        assert isinstance(answer, Failed)
        assert answer.kind == "proxy"
        assert proxy.connections == 0


def test_a_target_that_fails_behind_a_proxy_is_not_the_proxy(authority: Authority, dialer: MakeDialer) -> None:
    """Once the tunnel stands, TLS is the target's own."""
    with Server(silent, authority.context("other.example")) as server, Server(tunnel) as proxy:
        answer = fetch(dialer(HTTPS_PROXY=f"http://127.0.0.1:{proxy.port}"), server.url)
    assert isinstance(answer, Distrust)
