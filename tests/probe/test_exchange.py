"""The exchange, against real loopback servers that answer as STS, as a middlebox, or not at all."""

import importlib
import io
import logging
import os
import socket
import ssl
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from botocore.awsrequest import AWSPreparedRequest

from awsworld import IRSA, ROLE, AwsWorld
from servers import Authority
from sidecar.config import Config
from sidecar.facts import Accepted, Caller, Clock, Refused, Settings
from sidecar.model import Absent, Failed, Phases
from sidecar.probe.exchange import ExchangeReading, exchange, session_name
from sidecar.probe.sdk import kept_out
from sidecar.probe.world import Budget, World
from stsserver import (
    ACCEPTED,
    ACCESS_KEY,
    ASSUMED_ROLE,
    CALLER,
    REQUEST_ID,
    SECRET_KEY,
    SESSION_TOKEN,
    Answer,
    answering,
    dripping,
    raw,
    refusal,
    resetting,
    serving,
    silent,
)

TOKEN = b"eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJ4In0.c2ln"
DENIED = answering(refusal("AccessDenied", "Not authorized to perform sts:AssumeRoleWithWebIdentity"), 403)
WELL = (answering(ACCEPTED), answering(CALLER))
SECRETS = (TOKEN.decode(), ACCESS_KEY, SECRET_KEY, SESSION_TOKEN)
DATE_SECONDS = 1795255200.0  # 2026-11-21T10:00:00Z


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> AwsWorld:
    """Return an IRSA pod's environment."""
    world = AwsWorld(monkeypatch, tmp_path)
    world.set(**IRSA)
    return world


def asked(
    aws: AwsWorld,
    token: bytes = TOKEN,
    *,
    timeout: float = 5.0,
    left: float = 60.0,
    now: float = DATE_SECONDS,
    pod: str | None = "app-0",
) -> ExchangeReading:
    """Make the exchange in this environment."""
    reading = aws.read(Config(timeout=timeout))
    assert isinstance(reading.settings, Settings)
    assert reading.session is not None
    return exchange(
        reading.settings,
        token,
        session=reading.session,
        world=World(environ=os.environ, now=lambda: now),
        budget=Budget(timeout, time.monotonic() + left),
        pod=pod,
    )


def told(
    aws: AwsWorld,
    *answers: Answer,
    token: bytes = TOKEN,
    timeout: float = 5.0,
    left: float = 60.0,
    now: float = DATE_SECONDS,
) -> ExchangeReading:
    """Make the exchange with a server in the clear that answers this."""
    with serving(*answers) as server:
        aws.set(AWS_ENDPOINT_URL_STS=server.url)
        return asked(aws, token, timeout=timeout, left=left, now=now)


@pytest.fixture
def trusted(aws: AwsWorld, authority: Authority) -> ssl.SSLContext:
    """Return a server's TLS context that the environment trusts."""
    aws.set(AWS_CA_BUNDLE=str(authority.bundle))
    return authority.context("localhost")


def test_credentials_are_given_and_are_the_roles(aws: AwsWorld, trusted: ssl.SSLContext) -> None:
    """A good token gives an accepted exchange, its expiry, the caller, the clock and the phases."""
    with serving(*WELL, context=trusted) as server:
        aws.set(AWS_ENDPOINT_URL_STS=server.url)
        found = asked(aws, now=DATE_SECONDS + 90)
    assert found.sts == Accepted(
        assumed_role_arn=ASSUMED_ROLE,
        provider="arn:aws:iam::111122223333:oidc-provider/oidc.test",
        audience="sts.amazonaws.com",
        expiry=DATE_SECONDS + 3600,
    )
    assert found.caller == Caller(ASSUMED_ROLE, "111122223333")
    assert isinstance(found.clock, Clock)
    assert found.clock.skew_seconds == pytest.approx(90, abs=5)


def test_the_request_is_what_botocore_sends_for_a_workload(aws: AwsWorld) -> None:
    """Role, session name and token are in an unsigned form; the identity call is signed with what was given."""
    with serving(*WELL) as server:
        aws.set(AWS_ENDPOINT_URL_STS=server.url)
        asked(aws)
    first, second = server.requests
    assert first.form == {
        "Action": "AssumeRoleWithWebIdentity",
        "Version": "2011-06-15",
        "RoleArn": ROLE,
        "RoleSessionName": "irsa-doctor-app-0",
        "WebIdentityToken": TOKEN.decode(),
    }
    assert not first.signed
    assert "irsa-doctor" not in first.head.lower().partition("authorization")[2]
    assert second.form["Action"] == "GetCallerIdentity"
    assert second.signed
    assert f"Credential={ACCESS_KEY}/" in second.head
    assert f"X-Amz-Security-Token: {SESSION_TOKEN}" in second.head


def test_both_calls_share_one_connection(aws: AwsWorld, trusted: ssl.SSLContext) -> None:
    """One TLS handshake serves both, where the server keeps the connection; else a second is made."""
    with serving(*WELL, context=trusted) as server:
        aws.set(AWS_ENDPOINT_URL_STS=server.url)
        asked(aws)
        assert [request.connection for request in server.requests] == [1, 1]
    with serving(answering(ACCEPTED, keep=False), WELL[1], context=trusted) as server:
        aws.set(AWS_ENDPOINT_URL_STS=server.url)
        assert isinstance(asked(aws).caller, Caller)
        assert [request.connection for request in server.requests] == [1, 2]


@pytest.mark.parametrize("region", ["eu-west-1", None])
@pytest.mark.parametrize("variables", [{}, {"AWS_STS_REGIONAL_ENDPOINTS": "legacy"}, {"AWS_USE_FIPS_ENDPOINT": "true"}])
def test_the_exchange_is_never_signed(
    aws: AwsWorld, monkeypatch: pytest.MonkeyPatch, region: str | None, variables: dict[str, str]
) -> None:
    """Whatever the endpoint rules say about signing, the exchange bears no signature (FACTS A1)."""
    heads: list[dict[str, str]] = []

    def caught(_session: object, request: AWSPreparedRequest) -> None:
        heads.append({name.lower(): value for name, value in request.headers.items()})
        raise KeyboardInterrupt

    monkeypatch.setattr("botocore.httpsession.URLLib3Session.send", caught)
    if region is None:
        aws.unset("AWS_DEFAULT_REGION")
    aws.set(**variables)
    with pytest.raises(KeyboardInterrupt):
        asked(aws)
    assert len(heads) == 1
    assert not {"authorization", "x-amz-security-token", "x-amz-date"} & heads[0].keys()


@pytest.mark.parametrize(
    ("content", "sent"),
    [
        (TOKEN + b"\n", TOKEN.decode() + "\n"),
        (b" " + TOKEN, " " + TOKEN.decode()),
        (b"\xef\xbb\xbf" + TOKEN, "\ufeff" + TOKEN.decode()),
        (TOKEN + b"\r\n", TOKEN.decode() + "\n"),
        ("häßlich".encode(), "häßlich"),
    ],
)
def test_the_token_is_sent_as_botocore_reads_it(aws: AwsWorld, tmp_path: Path, content: bytes, sent: str) -> None:
    """Nothing is stripped (FACTS C14); line ends are those of a file that Python opens as text."""
    (tmp_path / "token").write_bytes(content)
    with (tmp_path / "token").open() as opened:  # as botocore does
        assert opened.read() == sent
    with serving(DENIED) as server:
        aws.set(AWS_ENDPOINT_URL_STS=server.url)
        asked(aws, token=content)
    assert server.requests[0].form["WebIdentityToken"] == sent


def test_the_configured_session_name_is_used(aws: AwsWorld) -> None:
    """AWS_ROLE_SESSION_NAME comes before the name that we make."""
    aws.set(AWS_ROLE_SESSION_NAME="workload")
    with serving(DENIED) as server:
        aws.set(AWS_ENDPOINT_URL_STS=server.url)
        asked(aws)
    assert server.requests[0].form["RoleSessionName"] == "workload"


@pytest.mark.parametrize(
    ("pod", "name"),
    [
        ("app-0", "irsa-doctor-app-0"),
        (None, "irsa-doctor"),
        ("", "irsa-doctor"),
        ("a" * 52, "irsa-doctor-" + "a" * 52),
        ("a" * 40 + "-7d4b9c6f5d-x2x9z12", "irsa-doctor-" + "a" * 32 + "-7d4b9c6f5d-x2x9z12".rjust(20, "a")),
        ("web.example", "irsa-doctor-web.example"),
        ("pod name/ü:1", "irsa-doctor-pod-name---1"),
    ],
)
def test_the_session_name_shows_the_pod(pod: str | None, name: str) -> None:
    """At most 64 characters that STS takes, cut in the middle, the pod's last 20 kept (FACTS A2)."""
    assert session_name(pod) == name
    assert len(name) <= 64
    if pod and len(pod) > 52:
        assert name.endswith(pod[-20:])


def test_without_a_pod_the_host_names_the_session(aws: AwsWorld) -> None:
    """HOSTNAME is the pod's name where the downward API gives none."""
    aws.set(HOSTNAME="app-7")
    with serving(DENIED) as server:
        aws.set(AWS_ENDPOINT_URL_STS=server.url)
        asked(aws, pod=None)
    assert server.requests[0].form["RoleSessionName"] == "irsa-doctor-app-7"


@pytest.mark.parametrize(
    ("code", "message", "status"),
    [
        ("AccessDenied", "Not authorized to perform sts:AssumeRoleWithWebIdentity", 403),
        ("InvalidIdentityToken", "Couldn't retrieve key,  please reference https://x", 400),
        ("ExpiredTokenException", "Token expired: current date/time 1 must be before 2", 400),
        ("RegionDisabledException", "STS is not activated in this region", 403),
        ("Throttling", "Rate exceeded", 400),
        ("InternalFailure", "", 500),
        ("SomethingNew", "Ünheard of", 418),
    ],
)
def test_stss_answer_is_kept_word_for_word(aws: AwsWorld, code: str, message: str, status: int) -> None:
    """Code, message with its white space, status and request id are STS's own; there is no caller then."""
    found = told(aws, answering(refusal(code, message), status))
    assert found.sts == Refused(code, message, status, REQUEST_ID)
    assert found.caller == Absent(f"STS refused the exchange with {code}")
    assert isinstance(found.clock, Clock)
    assert found.clock.skew_seconds == pytest.approx(0, abs=5)


def test_an_error_is_asked_for_only_once(aws: AwsWorld) -> None:
    """There is no retry, whatever the environment asks for: the first answer counts."""
    aws.set(AWS_MAX_ATTEMPTS="5", AWS_RETRY_MODE="adaptive")
    with serving(answering(refusal("IDPCommunicationError", "x"), 400)) as server:
        aws.set(AWS_ENDPOINT_URL_STS=server.url)
        asked(aws)
    assert len(server.requests) == 1


HTML = "<html><head><title>Sign in</title></head><body>Portal</body></html>"


@pytest.mark.parametrize(
    ("answer", "status"),
    [
        (answering(HTML, 200, content_type="text/html"), 200),
        (answering(f"<!DOCTYPE html>{HTML}<br>", 200, content_type="text/html"), 200),
        (answering(HTML, 502, content_type="text/html"), 502),
        (answering(HTML, 403, content_type="text/html"), 403),
        (answering("", 503), 503),
        (answering("", 200), 200),
        (answering("", 302), 302),
        (answering("no XML", 400, content_type="text/plain"), 400),
        (answering("<ErrorResponse><Error>x</Error></ErrorResponse>", 400), 400),
        (answering("<Error><Code></Code></Error>", 400), 400),
        (answering(b"\x00\xff\xfe", 200), 200),
        (answering(CALLER, 200), 200),
        (answering("<a/>", 200), 200),
        (answering(ACCEPTED.replace("Credentials>", "Nothing>"), 200), 200),
        (answering(ACCEPTED.replace("2026-11-21T11", "yesterday"), 200), 200),
        (answering(ACCEPTED.replace("AccessKeyId>", "X>"), 200), 200),
        (answering(b" " * (2 << 20), 200), 200),
    ],
)
def test_an_answer_that_is_not_stss(aws: AwsWorld, answer: Answer, status: int) -> None:
    """A middlebox's answer has a status and no code; nothing of its body is told, and it sets no clock."""
    found = told(aws, answer)
    assert isinstance(found.sts, Refused)
    assert (found.sts.code, found.sts.status) == ("", status)
    assert "not STS's" in found.sts.message
    assert "Portal" not in repr(found)
    assert isinstance(found.caller, Absent)
    assert isinstance(found.clock, Absent)


def test_an_sts_that_does_not_say_whose_the_credentials_are(aws: AwsWorld) -> None:
    """Credentials alone are an accepted exchange: GetCallerIdentity says whose they are."""
    found = told(aws, answering(ACCEPTED.replace("AssumedRoleUser>", "Unsaid>")), WELL[1])
    assert isinstance(found.sts, Accepted)
    assert found.sts.assumed_role_arn == ASSUMED_ROLE
    silent_too = told(aws, answering(ACCEPTED.replace("AssumedRoleUser>", "Unsaid>")), DENIED)
    assert isinstance(silent_too.sts, Accepted)
    assert silent_too.sts.assumed_role_arn == ""


def test_a_caller_that_is_refused(aws: AwsWorld) -> None:
    """The identity call's refusal is a fact of its own; the exchange stays accepted."""
    late = answering(refusal("SignatureDoesNotMatch", "Signature expired: x is now earlier than y"), 403)
    found = told(aws, WELL[0], late)
    assert isinstance(found.sts, Accepted)
    assert found.caller == Refused(
        "SignatureDoesNotMatch", "Signature expired: x is now earlier than y", 403, REQUEST_ID
    )


@pytest.mark.parametrize(
    ("answer", "kind"), [(resetting, "reset"), (raw(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nx"), "reset")]
)
def test_a_caller_that_is_not_reached(aws: AwsWorld, answer: Answer, kind: str) -> None:
    """A network failure after the exchange is the caller's, not the exchange's."""
    found = told(aws, WELL[0], answer)
    assert isinstance(found.sts, Accepted)
    assert isinstance(found.caller, Failed)
    assert found.caller.kind == kind


def test_a_caller_that_is_not_understood(aws: AwsWorld) -> None:
    """An identity call that gives no identity is refused, without a code."""
    found = told(aws, WELL[0], answering(CALLER.replace("Arn>", "X>")))
    assert isinstance(found.caller, Refused)
    assert found.caller.code == ""


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (resetting, "closed the connection"),
        (raw(b""), "closed the connection"),
        (raw(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n<a/>"), "before its answer was whole"),
        (raw(b"SSH-2.0-OpenSSH\r\n"), "does not answer with HTTP"),
    ],
)
def test_a_connection_that_breaks(aws: AwsWorld, answer: Answer, words: str) -> None:
    """A reset, a close, half an answer, another protocol: nothing of it is an answer of STS's."""
    found = told(aws, answer)
    assert isinstance(found.sts, Failed)
    assert found.sts.kind == "reset"
    assert words in found.sts.why
    assert found.caller == Absent(found.sts.why)


@pytest.mark.parametrize("answer", [silent, dripping])
def test_a_server_that_does_not_come_to_an_end(aws: AwsWorld, answer: Answer) -> None:
    """Silence and an endless answer both end after the time-out of one operation."""
    found = told(aws, answer, timeout=0.3)
    assert isinstance(found.sts, Failed)
    assert found.sts.kind == "timeout"


@pytest.mark.parametrize("answer", [silent, dripping])
def test_what_the_deadline_cuts_short_proves_nothing(aws: AwsWorld, answer: Answer) -> None:
    """Where less than a whole time-out was left, the exchange was not reached, and so did not fail."""
    found = told(aws, answer, timeout=30, left=0.4)
    assert isinstance(found.sts, Absent)
    assert found.sts.overdue


def test_nothing_is_sent_after_the_deadline(aws: AwsWorld) -> None:
    """With no time left STS is not asked."""
    with serving(*WELL) as server:
        aws.set(AWS_ENDPOINT_URL_STS=server.url)
        found = asked(aws, left=0)
    assert found.sts == Absent("the deadline ran out before STS could be asked", overdue=True)
    assert server.requests == []


def test_nobody_listens(aws: AwsWorld) -> None:
    """A refused connection is refused."""
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        aws.set(AWS_ENDPOINT_URL_STS=f"http://localhost:{bound.getsockname()[1]}")
        found = asked(aws)
    assert isinstance(found.sts, Failed)
    assert found.sts.kind == "refused"


def test_an_address_that_cannot_be_connected_to(aws: AwsWorld) -> None:
    """What the kernel itself refuses counts as refused, with its words."""
    aws.set(AWS_ENDPOINT_URL_STS="http://255.255.255.255:81")  # TCP knows no broadcast
    found = asked(aws)
    assert isinstance(found.sts, Failed)
    assert found.sts.kind == "refused"
    assert found.sts.why.startswith("255.255.255.255:81 cannot be connected to (")


def test_a_host_that_does_not_resolve(aws: AwsWorld) -> None:
    """A name without an address is told with the resolver's words."""
    aws.set(AWS_ENDPOINT_URL_STS="https://sts.nowhere.invalid")
    found = asked(aws)
    assert isinstance(found.sts, Failed)
    assert found.sts.kind == "dns"
    assert found.sts.why.startswith("sts.nowhere.invalid does not resolve (")
    assert found.phases.resolve is None


def test_a_certificate_that_is_not_trusted(aws: AwsWorld, authority: Authority, tmp_path: Path) -> None:
    """A chain that leads to a stranger, and a name that is not the host's, are both tls."""
    stranger = Authority(tmp_path)
    with serving(*WELL, context=authority.context("localhost")) as server:
        aws.set(AWS_ENDPOINT_URL_STS=server.url, AWS_CA_BUNDLE=str(stranger.bundle))
        untrusted = asked(aws).sts
    with serving(*WELL, context=authority.context("other.test")) as server:
        aws.set(AWS_ENDPOINT_URL_STS=server.url, AWS_CA_BUNDLE=str(authority.bundle))
        misnamed = asked(aws).sts
    for found in (untrusted, misnamed):
        assert isinstance(found, Failed)
        assert found.kind == "tls"
        assert "is not trusted" in found.why
    assert server.requests == []


@pytest.mark.parametrize(
    ("bundle", "words"), [("nothing", "No such file"), ("empty", "it holds no certificate"), ("", "to nothing")]
)
def test_a_ca_bundle_that_is_of_no_use(
    aws: AwsWorld, authority: Authority, tmp_path: Path, bundle: str, words: str
) -> None:
    """Where nobody can be trusted the certificate is not verified, and the bundle is named."""
    (tmp_path / "empty").write_text("no certificate")
    with serving(*WELL, context=authority.context("localhost")) as server:
        aws.set(AWS_ENDPOINT_URL_STS=server.url, AWS_CA_BUNDLE=str(tmp_path / bundle) if bundle else " ")
        found = asked(aws).sts
    assert isinstance(found, Failed)
    assert found.kind == "tls"
    assert words in found.why
    assert server.requests == []


def test_a_server_that_speaks_no_tls(aws: AwsWorld) -> None:
    """A failure of TLS itself, without a certificate, is a handshake's."""
    with serving(raw(b"HTTP/1.1 400 Bad Request\r\n\r\n")) as server:
        aws.set(AWS_ENDPOINT_URL_STS=server.url.replace("http:", "https:"))
        # The client's greeting has no blank line, so the server answers only when it is gone: speak first.
        found = greeted(aws, b"HTTP/1.1 400 Bad Request\r\n\r\n")
    assert isinstance(found, Failed)
    assert found.kind == "handshake"


def test_a_server_that_closes_during_the_handshake(aws: AwsWorld) -> None:
    """Hanging up on the greeting is a reset, not a question of certificates."""
    found = greeted(aws, b"")
    assert isinstance(found, Failed)
    assert found.kind == "reset"


def greeted(aws: AwsWorld, greeting: bytes) -> object:
    """Make the exchange with a server that greets whoever connects, and hangs up."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        aws.set(AWS_ENDPOINT_URL_STS=f"https://localhost:{listener.getsockname()[1]}")

        def greet() -> None:
            connection, _ = listener.accept()
            with connection:
                connection.recv(4096)
                connection.sendall(greeting)

        thread = threading.Thread(target=greet)
        thread.start()
        found = asked(aws).sts
        thread.join()
    return found


@pytest.mark.parametrize(
    ("proxy", "words"),
    [
        ("http://user:password@localhost:{closed}", "Connection refused"),
        ("http://user:password@proxy.nowhere.invalid:3128", "does not resolve"),
        ("http://user:password@localhost:{refusing}", "refused the connection (407"),
        ("http://user:password@localhost:{silent}", "did not answer in time"),
        ("http://[::1", "cannot be used"),
    ],
)
def test_a_proxy_that_fails(aws: AwsWorld, proxy: str, words: str) -> None:
    """The proxy is named, with the variable, without its password."""
    with (
        serving(raw(b"HTTP/1.1 407 Proxy Authentication Required\r\n\r\n")) as refusing,
        serving(silent) as mute,
        socket.socket() as bound,
    ):
        bound.bind(("127.0.0.1", 0))
        ports = {"closed": bound.getsockname()[1], "refusing": refusing.port, "silent": mute.port}
        aws.set(AWS_ENDPOINT_URL_STS="https://sts.test", HTTPS_PROXY=proxy.format_map(ports))
        found = asked(aws, timeout=0.5)
    assert isinstance(found.sts, Failed)
    assert found.sts.kind == "proxy"
    assert words in found.sts.why
    assert "(HTTPS_PROXY)" in found.sts.why
    assert "password" not in repr(found)


@pytest.mark.parametrize(
    ("variables", "words"),
    [
        ({"AWS_ROLE_ARN": "short"}, "RoleArn"),
        ({"AWS_ROLE_SESSION_NAME": "x"}, "RoleSessionName"),
        ({"AWS_ROLE_SESSION_NAME": ""}, "RoleSessionName"),
        ({"AWS_STS_REGIONAL_ENDPOINTS": "Regional"}, "no STS endpoint"),
        ({"AWS_DEFAULT_REGION": "eu west 1"}, "no STS endpoint"),
        ({"AWS_ENDPOINT_URL_STS": "sts"}, "no STS endpoint"),
        ({"AWS_ENDPOINT_URL_STS": "ftp://sts.test"}, "no STS endpoint"),
        ({"AWS_ROLE_ARN": ""}, "no role ARN"),
    ],
)
def test_what_botocore_would_not_send_was_not_asked(aws: AwsWorld, variables: dict[str, str], words: str) -> None:
    """Where the SDK itself refuses, STS said nothing: the exchange is absent."""
    with serving(*WELL) as server:
        aws.set(**({"AWS_ENDPOINT_URL_STS": server.url} | variables))
        found = asked(aws)
    assert isinstance(found.sts, Absent)
    assert words in found.sts.why
    assert server.requests == []


@pytest.mark.parametrize(
    ("token", "words"), [(b"\xff\xfe\x00", "not text"), (b"x" * 70_000, "too large"), (b"abc", "WebIdentityToken")]
)
def test_a_token_that_no_sdk_sends(aws: AwsWorld, token: bytes, words: str) -> None:
    """Neither binary nor half of a huge file is sent."""
    found = told(aws, *WELL, token=token)
    assert isinstance(found.sts, Absent)
    assert words in found.sts.why


def test_without_a_region_the_caller_of_a_custom_endpoint_is_not_asked(aws: AwsWorld) -> None:
    """The exchange needs no region, a signature does: botocore refuses to sign."""
    aws.unset("AWS_DEFAULT_REGION")
    found = told(aws, *WELL)
    assert isinstance(found.sts, Accepted)
    assert isinstance(found.caller, Absent)
    assert "region" in found.caller.why


@pytest.mark.parametrize("date", [None, "yesterday", ""])
def test_an_answer_without_a_date_sets_no_clock(aws: AwsWorld, date: str | None) -> None:
    """Without a Date that can be read, the clocks cannot be compared."""
    found = told(aws, answering(refusal("AccessDenied", "x"), 403, date=date))
    assert found.clock == Absent("STS's answer bears no Date that can be read")


@pytest.mark.parametrize("skew", [0.0, 3600.0, -3600.0])
def test_the_clock_is_ours_minus_theirs(aws: AwsWorld, skew: float) -> None:
    """A pod whose clock is ahead has a positive skew, also by a refusal's Date (FACTS H4)."""
    found = told(aws, DENIED, now=DATE_SECONDS + skew)
    assert isinstance(found.clock, Clock)
    assert found.clock.skew_seconds == pytest.approx(skew, abs=5)


def test_phases_are_timed_apart(aws: AwsWorld, trusted: ssl.SSLContext) -> None:
    """Our classes are in botocore's pools. When this fails, botocore has moved them: see sidecar/probe/pools.py."""
    with serving(*WELL, context=trusted) as server:
        aws.set(AWS_ENDPOINT_URL_STS=server.url)
        phases = asked(aws).phases
    assert None not in (phases.resolve, phases.connect, phases.tls, phases.response)
    in_clear = told(aws, *WELL).phases
    assert in_clear.tls is None
    assert in_clear.response is not None


def test_a_botocore_without_those_pools_still_exchanges(aws: AwsWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    """Phases are then unknown, and nothing else is."""
    monkeypatch.setattr("sidecar.probe.pools._POOLS", "_moved_elsewhere")
    found = told(aws, *WELL)
    assert isinstance(found.caller, Caller)
    assert isinstance(found.clock, Clock)
    assert found.phases == Phases()


LEFTOVERS = """
import gc, os, sys, time
from pathlib import Path
from sidecar.config import Config
from sidecar.probe.exchange import exchange
from sidecar.probe.settings import read_settings
from sidecar.probe.world import Budget, World

def texts(thing):
    if isinstance(thing, dict):
        yield from thing.keys()
        yield from thing.values()
    elif isinstance(thing, (list, tuple, set, frozenset)):
        yield from thing
    else:
        for name in getattr(type(thing), "__slots__", ()):
            yield getattr(thing, name, None)

world = World(environ=os.environ)
reading = read_settings(world, Config())
budget = Budget(5, time.monotonic() + 60)
token = Path(os.environ["AWS_WEB_IDENTITY_TOKEN_FILE"])
found = exchange(reading.settings, token.read_bytes(), session=reading.session, world=world, budget=budget, pod=None)
print(type(found.sts).__name__, type(found.caller).__name__)
gc.collect()
held = [text for thing in gc.get_objects() for text in texts(thing) if isinstance(text, (str, bytes))]
for backwards in sys.argv[1:]:
    secret = backwards[::-1]
    for text in held:
        if (secret if isinstance(text, str) else secret.encode()) in text:
            print("LEFT", text[:300])
"""


@pytest.mark.parametrize(
    ("answers", "kinds"),
    [
        (WELL, "Accepted Caller"),
        ((DENIED,), "Refused Absent"),
        ((resetting,), "Failed Absent"),
        ((WELL[0], resetting), "Accepted Failed"),
        ((answering(ACCEPTED.replace("AccessKeyId>", "X>")),), "Refused Absent"),
    ],
)
def test_credentials_and_token_are_gone_afterwards(
    aws: AwsWorld, tmp_path: Path, answers: tuple[Answer, ...], kinds: str
) -> None:
    """No object that is left in the process holds a key, the session token or the web identity token."""
    (tmp_path / "token").write_bytes(TOKEN)
    aws.set(AWS_WEB_IDENTITY_TOKEN_FILE=str(tmp_path / "token"))
    secrets = [secret[::-1] for secret in (*SECRETS, TOKEN.decode().rpartition(".")[0])]  # not themselves in argv
    with serving(*answers) as server:
        aws.set(AWS_ENDPOINT_URL_STS=server.url)
        done = subprocess.run([sys.executable, "-c", LEFTOVERS, *secrets], check=True, capture_output=True, text=True)
    assert done.stdout == f"{kinds}\n"


@pytest.mark.parametrize(
    "answers",
    [WELL, (DENIED,), (resetting,), (answering(ACCEPTED.replace("</Credentials>", "")),), (WELL[0], resetting)],
)
def test_no_secret_is_told_or_logged(
    aws: AwsWorld, answers: tuple[Answer, ...], capfd: pytest.CaptureFixture[str]
) -> None:
    """Neither the facts nor what botocore logs without being configured shows token or credentials."""
    log = io.StringIO()
    handler = logging.StreamHandler(log)
    handler.setLevel(logging.INFO)
    logging.getLogger().addHandler(handler)
    try:
        found = told(aws, *answers)
    finally:
        logging.getLogger().removeHandler(handler)
    captured = capfd.readouterr()
    for secret in SECRETS:
        assert secret not in repr(found) + log.getvalue() + captured.out + captured.err


def test_what_is_loaded_already_is_not_kept_out() -> None:
    """Keeping a module out does not take it from those who have it, and lasts no longer than the block."""
    with kept_out("json"):
        assert sys.modules["json"] is not None
    with kept_out("urllib3.contrib.pyopenssl"), pytest.raises(ModuleNotFoundError):
        importlib.import_module("urllib3.contrib.pyopenssl")
    assert "urllib3.contrib.pyopenssl" not in sys.modules


def test_nothing_heavy_is_loaded_for_the_exchange() -> None:
    """PyOpenSSL stays out even where it is installed, and no service's model but STS's is read."""
    program = (
        "import sys, types\n"
        "fake = types.ModuleType('OpenSSL')\n"
        "fake.__path__ = []\n"
        "sys.modules['OpenSSL'] = fake\n"
        "import sidecar.probe.exchange, sidecar.probe.providers, sidecar.probe.settings\n"
        "print('urllib3.contrib.pyopenssl' in sys.modules, 'boto3' in sys.modules)\n"
    )
    done = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True)
    assert done.stdout == "False False\n"
