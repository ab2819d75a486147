"""The request to EKS Pod Identity's agent, against real loopback servers that answer well, badly or not at all."""

import json
import socket
import threading
import time
from pathlib import Path

import pytest

from servers import Server, routes
from sidecar.facts import Refused
from sidecar.model import Absent, Failed
from sidecar.probe.agent import AGENTS, Credentials, Where, ask
from sidecar.probe.world import Budget
from stsserver import (
    ACCESS_KEY,
    SECRET_KEY,
    SESSION_TOKEN,
    Answer,
    answering,
    dripping,
    raw,
    resetting,
    serving,
    silent,
)

TOKEN = b"eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJ4In0.c2ln"
GIVEN = {
    "AccessKeyId": ACCESS_KEY,
    "SecretAccessKey": SECRET_KEY,
    "Token": SESSION_TOKEN,
    "AccountId": "111122223333",
    "Expiration": "2026-11-21T11:00:00Z",
}
EXPIRY = 1795258800.0  # 2026-11-21T11:00:00Z
PLAIN = "text/plain; charset=utf-8"


def budget(timeout: float = 5.0, left: float = 60.0) -> Budget:
    """Return a budget that begins now."""
    return Budget(timeout, time.monotonic() + left)


def at(port: int) -> Where:
    """Return the agent's path on this port of loopback."""
    return Where("127.0.0.1", port, "/v1/credentials")


def told(*answers: Answer, timeout: float = 5.0, left: float = 60.0) -> Credentials | Refused | Failed | Absent:
    """Ask a server that answers this."""
    with serving(*answers) as server:
        return ask(at(server.port), TOKEN, budget(timeout, left))


def said(text: str, status: int = 400, content_type: str = PLAIN) -> Refused:
    """Return the refusal that an answer is taken for."""
    found = told(answering(text, status, content_type=content_type))
    assert isinstance(found, Refused)
    return found


def test_credentials_are_given() -> None:
    """A JSON object with three texts and a time."""
    found = told(answering(json.dumps(GIVEN), content_type="application/json"))
    assert isinstance(found, Credentials)
    assert (found.access_key, found.secret_key, found.token, found.expiry) == (
        ACCESS_KEY,
        SECRET_KEY,
        SESSION_TOKEN,
        EXPIRY,
    )
    assert SECRET_KEY not in repr(found)


@pytest.mark.parametrize("expiration", ["2026-11-21T11:00:00.000000001Z", "2026-11-21T12:00:00+01:00"])
def test_the_expiry_is_any_that_go_writes(expiration: str) -> None:
    """RFC 3339 with nanoseconds, or with another zone."""
    found = told(answering(json.dumps({**GIVEN, "Expiration": expiration})))
    assert isinstance(found, Credentials)
    assert found.expiry == EXPIRY


def test_the_request_is_what_an_sdk_sends() -> None:
    """One GET of the path with the token as the whole header, and nothing else of the pod's."""
    with serving(answering(json.dumps(GIVEN))) as server:
        ask(at(server.port), TOKEN, budget())
    (request,) = server.requests
    lines = request.head.lower().split("\n")
    assert request.head.startswith("GET /v1/credentials HTTP/1.1\n")
    assert f"authorization: {TOKEN.decode()}".lower() in lines
    assert {line.partition(":")[0] for line in lines[1:]} == {
        "host",
        "accept",
        "accept-encoding",
        "user-agent",
        "authorization",
    }


def test_no_proxy_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever the variables say: the token is the agent's alone."""
    with Server(lambda *_: None) as proxy, serving(answering(json.dumps(GIVEN))) as server:
        for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.port}")
        assert isinstance(ask(at(server.port), TOKEN, budget()), Credentials)
        assert proxy.connections == 0


@pytest.mark.parametrize(
    ("code", "status", "message"),
    [
        ("AccessDeniedException", 400, "Unauthorized Exception! EKS does not have permissions to assume the ... role."),
        ("ExpiredTokenException", 400, "The token included in the request is expired: current date/time (x), (y)"),
        ("InvalidTokenException", 400, "The token is not valid"),
        ("InvalidParameterException", 400, "cluster name"),
        ("InvalidRequestException", 400, "a request, with a comma"),
        ("ResourceNotFoundException", 404, "No association found for service account: app"),
        ("ServiceUnavailableException", 503, "Back off"),
        ("ThrottlingException", 429, "Rate exceeded"),
        ("InternalServerException", 500, ""),
    ],
)
def test_errors_of_eks_auth_are_taken_apart(code: str, status: int, message: str) -> None:
    """As the agent passes them on: the request's id, the code, the words, and whose fault it is."""
    text = f"[b69b1279-0000-4eee-b7ea-b124286f5aaa]: ({code}): {message}, fault: client\n"
    assert said(text, status) == Refused(code, message, status, "b69b1279-0000-4eee-b7ea-b124286f5aaa")
    assert said(f"({code}): {message}", status) == Refused(code, message, status, None)


@pytest.mark.parametrize(
    ("text", "status"),
    [
        ("Service account token cannot be empty", 400),
        ("Service account token failed basic claim validations: token has invalid claims: token is expired", 400),
        ("Access Denied. Called agent through invalid address, please use either [a b] address not c", 403),
        ("Too Many Requests", 429),
        ("[]", 500),
        ("unable to fetch credentials from EKS Auth: context deadline exceeded", 500),
        ("404 page not found", 404),
    ],
)
def test_the_agents_own_words_are_kept(text: str, status: int) -> None:
    """What it says by itself has no code."""
    assert said(f"{text}\n", status) == Refused("", text, status, None)


def test_words_are_bounded_and_move_no_cursor() -> None:
    """A stranger's text is cut, and what cannot be printed is a question mark."""
    assert said("\x1b[2J" + "x" * 5000).message == "?[2J" + "x" * 496
    assert said("[i]: (SomeException): \x1b" + "y" * 5000).message == "?" + "y" * 499
    assert said("\udcff".encode(errors="surrogateescape").decode("latin-1")).message == "\u00ff"


@pytest.mark.parametrize(
    ("body", "status", "content_type"),
    [
        ("<!DOCTYPE html><title>It works</title>", 200, "text/html"),
        ("<html>Blocked by policy</html>", 403, "text/html"),
        ("", 204, "text/plain"),
        ("", 502, "text/plain"),
        (json.dumps({"message": SECRET_KEY}), 500, "application/json"),
        (json.dumps([GIVEN]), 500, "application/json"),
        ("null", 200, "application/json"),
        ("[" * 100_000, 200, "application/json"),
        (json.dumps({**GIVEN, "Expiration": None}), 200, "application/json"),
        (json.dumps({**GIVEN, "Expiration": "soon"}), 200, "application/json"),
        (json.dumps({**GIVEN, "Expiration": "2026-11-21T11:00:00"}), 200, "application/json"),
        (json.dumps({**GIVEN, "Token": ""}), 200, "application/json"),
        (json.dumps({**GIVEN, "Token": 1}), 200, "application/json"),
        (json.dumps({**GIVEN, "SecretAccessKey": "\u00e9"}), 200, "application/json"),
        (json.dumps({name: GIVEN[name] for name in ("AccessKeyId", "Expiration")}), 200, "application/json"),
    ],
)
def test_what_is_not_the_agents_is_not_shown(body: str, status: int, content_type: str) -> None:
    """Only its kind: it may hold anything, credentials too."""
    found = said(body, status, content_type)
    assert found == Refused("", f"an answer that is not the agent's ({content_type})", status, None)


def test_an_answer_without_a_kind() -> None:
    """A server that does not say what it sends."""
    found = told(raw(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"))
    assert found == Refused("", "an answer that is not the agent's (no content type)", 200, None)


def test_a_redirect_is_not_followed() -> None:
    """The token goes nowhere else, and where it should have gone is not said."""
    with serving(answering(json.dumps(GIVEN))) as other:
        redirect = f"HTTP/1.1 307 Elsewhere\r\nLocation: {other.url}/secret\r\nContent-Length: 0\r\n\r\n".encode()
        found = told(raw(redirect))
        assert other.requests == []
    assert isinstance(found, Refused)
    assert (found.code, found.status) == ("", 307)
    assert "a redirect, which is not followed" in found.message
    assert other.url not in found.message


@pytest.mark.parametrize(
    "answer",
    [
        answering("x" * (2 << 20)),
        raw(b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * (2 << 20)),
        answering("x" * (2 << 20), 500),
    ],
    ids=["declared", "endless", "refusing"],
)
def test_a_huge_answer_is_not_read(answer: Answer) -> None:
    """1 MiB is too much for an agent."""
    found = told(answer)
    assert isinstance(found, Refused)
    assert found.message == "an answer that is not the agent's: the answer is larger than 1 MiB"


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (resetting, "reset"),
        (raw(b""), "reset"),
        (raw(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n{"), "reset"),
        (raw(b"SSH-2.0-OpenSSH_9.2\r\n"), "reset"),
        (silent, "timeout"),
        (dripping, "timeout"),
    ],
    ids=["reset", "closed", "short", "ssh", "silent", "dripping"],
)
def test_no_answer(answer: Answer, kind: str) -> None:
    """A connection that breaks, one that says nothing, and one that never ends saying it."""
    found = told(answer, timeout=0.5)
    assert isinstance(found, Failed)
    assert found.kind == kind or (kind == "reset" and found.kind == "content")
    assert "127.0.0.1" in found.why


def closed_port() -> int:
    """Return a port where nothing listens."""
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        port: int = bound.getsockname()[1]
        return port


def test_nobody_listens() -> None:
    """On loopback, where there is no other family to try."""
    found = ask(at(closed_port()), TOKEN, budget())
    assert isinstance(found, Failed)
    assert found.kind == "refused"
    assert ";" not in found.why


def test_nobody_accepts(full: int) -> None:
    """A connection that is neither taken nor refused."""
    found = ask(at(full), TOKEN, budget(timeout=0.3))
    assert isinstance(found, Failed)
    assert found.kind == "timeout"


def test_the_other_address_is_tried_where_the_first_is_out_of_reach() -> None:
    """It is connected to, and sent nothing: the request goes where the variables say."""
    with Server(routes({})) as other:
        where = Where("127.0.0.2", other.port, "/v1/credentials")
        found = ask(where, TOKEN, budget(), agents=("127.0.0.2", "127.0.0.1"))
        assert isinstance(found, Failed)
        assert found.why.endswith(f"; 127.0.0.1:{other.port} can be connected to")
        assert other.received == b""


def test_the_other_address_is_out_of_reach_as_well() -> None:
    """Both are named, each with its reason."""
    port = closed_port()
    found = ask(at(port), TOKEN, budget(), agents=("127.0.0.1", "::1"))
    assert isinstance(found, Failed)
    assert found.kind == "refused"
    first, second = found.why.split("; ")
    assert f"127.0.0.1:{port} cannot be connected to" in first
    assert f"[::1]:{port} cannot be connected to" in second


def test_the_deadline_excuses(full: int) -> None:
    """What the run's end cut short is no failure of the agent; nothing is asked after it."""
    cut = ask(at(full), TOKEN, budget(left=0.2))
    late = ask(at(full), TOKEN, budget(left=0.0))
    assert isinstance(cut, Absent)
    assert isinstance(late, Absent)
    assert cut.overdue
    assert late.overdue
    assert "the deadline ran out" in cut.why


def test_the_agents_addresses_are_the_documented_ones() -> None:
    """FACTS C20; nothing else but loopback is ever called."""
    assert AGENTS == ("169.254.170.23", "fd00:ec2::23")
    assert Where(AGENTS[0], 80, "/v1/credentials").text == "http://169.254.170.23/v1/credentials"
    assert Where(AGENTS[1], 80, "/x", known=False).text == "http://[fd00:ec2::23]/***"


def test_nothing_is_left_behind() -> None:
    """No thread outlives the request, but the server's own."""
    before = set(threading.enumerate())
    with serving(answering(json.dumps(GIVEN))) as server:
        running = set(threading.enumerate())
        ask(at(server.port), TOKEN, budget())
    assert set(threading.enumerate()) - running - before == set()


def test_the_page_says_who_is_called() -> None:
    """docs/security.md names both addresses."""
    page = (Path(__file__).resolve().parents[2] / "docs" / "security.md").read_text(encoding="utf-8")
    assert [agent for agent in AGENTS if agent not in page] == []
