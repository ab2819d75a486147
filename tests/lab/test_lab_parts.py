"""The lab's small parts: the kubelet's writer, the trust judge, the ports, the end of it all."""

import os
import socket
import stat
import threading
from pathlib import Path
from typing import Any

import pytest

from sidecar.lab import proxy
from sidecar.lab.lab import Lab
from sidecar.lab.listener import Listener, opened
from sidecar.lab.mount import project
from sidecar.lab.plan import Transport
from sidecar.lab.scenarios import SCENARIOS
from sidecar.lab.trust import admits

PROVIDER = "arn:aws:iam::111122220001:oidc-provider/oidc.example.com/id/1"
CONTEXT = {"oidc.example.com/id/1:sub": "system:serviceaccount:a:b", "oidc.example.com/id/1:aud": "sts.amazonaws.com"}


def test_token_is_laid_out_as_the_kubelet_does(tmp_path: Path) -> None:
    """``token`` leads by ``..data`` to a directory named after a time (FACTS C9, K2)."""
    token = project(tmp_path, "first", 0o640)
    assert token.readlink() == Path("..data/token")
    assert str((tmp_path / "..data").readlink()).startswith("..20")
    assert stat.S_IMODE(token.stat().st_mode) == 0o640


def test_rotation_swaps_the_link_and_leaves_nothing_behind(tmp_path: Path) -> None:
    """A new token comes by swapping ``..data``; an open file still shows the old one (FACTS K5)."""
    token = project(tmp_path, "first")
    with token.open(encoding="utf-8") as held:
        project(tmp_path, "second")
        assert (token.read_text(encoding="utf-8"), held.read()) == ("second", "first")
    assert len(list(tmp_path.iterdir())) == 3


def policy(**changed: object) -> dict[str, Any]:
    """Return a trust policy of one statement that admits the context."""
    statement = {
        "Effect": "Allow",
        "Principal": {"Federated": PROVIDER},
        "Action": "sts:AssumeRoleWithWebIdentity",
        "Condition": {"StringEquals": {"oidc.example.com/id/1:sub": "system:serviceaccount:a:b"}},
    }
    return {"Version": "2012-10-17", "Statement": [{**statement, **changed}]}


@pytest.mark.parametrize(
    ("changed", "admitted"),
    [
        ({}, True),
        ({"Action": ["sts:TagSession", "STS:AssumeRoleWithWebIdentity"]}, True),
        ({"Action": "sts:AssumeRole"}, False),
        ({"Principal": {"Federated": PROVIDER + "2"}}, False),
        ({"Principal": {"AWS": "*"}}, False),
        ({"Condition": {"StringEquals": {"OIDC.example.com/id/1:SUB": "system:serviceaccount:a:b"}}}, True),
        ({"Condition": {"StringEquals": {"oidc.example.com/id/1:sub": "system:serviceaccount:a:*"}}}, False),
        ({"Condition": {"StringLike": {"oidc.example.com/id/1:sub": "system:serviceaccount:a:*"}}}, True),
        ({"Condition": {"StringLike": {"oidc.example.com/id/1:sub": "system:serviceaccount:?:[b]"}}}, False),
        ({"Condition": {"StringEquals": {"oidc.example.com/id/2:sub": "system:serviceaccount:a:b"}}}, False),
        ({"Condition": {"StringEquals": {"oidc.example.com/id/1:sub": ["x", "system:serviceaccount:a:b"]}}}, True),
    ],
)
def test_trust_policies_are_judged(changed: dict[str, Any], admitted: bool) -> None:
    """Principal, action and condition must all match (FACTS E2, E7 to E10)."""
    assert admits(policy(**changed), PROVIDER, CONTEXT) is admitted


def test_trust_policies_that_the_lab_does_not_know_are_not_guessed() -> None:
    """The lab's judge says so where it cannot judge."""
    with pytest.raises(NotImplementedError):
        admits(policy(Condition={"ArnLike": {"aws:SourceArn": "*"}}), PROVIDER, CONTEXT)


def test_a_deny_that_speaks_of_the_token_wins() -> None:
    """Whatever else allows it (FACTS E1); one that does not speak of it changes nothing."""
    allow = policy()["Statement"][0]
    other = {"StringEquals": {"oidc.example.com/id/1:sub": "system:serviceaccount:a:other"}}
    for statement, admitted in (({}, False), ({"Condition": other}, True)):
        both = {"Statement": [allow, {**allow, "Effect": "Deny", **statement}]}
        assert admits(both, PROVIDER, CONTEXT) is admitted


def test_ports_misbehave_as_planned() -> None:
    """A refusing port refuses, a resetting one resets, a silent one says nothing until it is closed."""
    refusing, resetting, silent = (
        opened(transport, lambda _: None) for transport in (Transport.REFUSE, Transport.RESET, Transport.SILENT)
    )
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", refusing.port), timeout=5)
    with socket.create_connection(("127.0.0.1", resetting.port), timeout=5) as connection:
        connection.sendall(b"x")
        with pytest.raises(ConnectionResetError):
            connection.recv(1)
    with socket.create_connection(("127.0.0.1", silent.port), timeout=5) as connection:
        silent.close()
        assert connection.recv(1) == b""
    refusing.close()
    resetting.close()


def test_closing_a_port_ends_who_is_being_answered() -> None:
    """A connection in the middle of its answer ends with the port; closing twice is as good as once."""
    entered = threading.Event()

    def wait(connection: socket.socket) -> None:
        entered.set()
        connection.recv(1)

    port = Listener(wait)
    with socket.create_connection(("127.0.0.1", port.port), timeout=5) as connection:
        assert entered.wait(5)
        port.close()
        port.close()
        assert connection.recv(1) == b""


def test_proxy_refuses_and_outlives_a_client_that_leaves() -> None:
    """CONNECT is refused with 403; a client that says nothing is no trouble."""
    port = Listener(proxy.refuse)
    socket.create_connection(("127.0.0.1", port.port), timeout=5).close()
    with socket.create_connection(("127.0.0.1", port.port), timeout=5) as connection:
        connection.sendall(b"CONNECT sts.example.com:443 HTTP/1.1\r\n\r\n")
        assert connection.recv(100).startswith(b"HTTP/1.1 403 ")
    port.close()


def test_tunnel_makes_every_host_the_labs() -> None:
    """HTTPS's own port is STS's; any other leads to itself, and a target that is none to nothing."""
    sts = Listener(lambda connection: connection.sendall(b"I am STS"))
    issuer = Listener(lambda connection: connection.sendall(b"I am an issuer"))
    port = Listener(proxy.tunnel(sts.port))
    for target, words in ((443, b"I am STS"), (issuer.port, b"I am an issuer")):
        with socket.create_connection(("127.0.0.1", port.port), timeout=5) as connection:
            connection.sendall(f"CONNECT any.amazonaws.com:{target} HTTP/1.1\r\n\r\n".encode())
            received = connection.makefile("rb").read()
            assert received == proxy.OPENED + words
    with socket.create_connection(("127.0.0.1", port.port), timeout=5) as connection:
        connection.sendall(b"CONNECT any.amazonaws.com HTTP/1.1\r\n\r\n")
        assert connection.recv(1) == b""
    for one in (port, sts, issuer):
        one.close()


def test_nothing_is_left_of_a_lab(tmp_path: Path) -> None:
    """After a lab has ended no thread and no file of it is left, whoever still waits for it."""
    before = set(threading.enumerate())
    outside = {**os.environ, "TMPDIR": str(tmp_path)}
    with Lab(outside) as lab, lab.pod(SCENARIOS["sts-timeout"]) as pod:
        address = pod.environ["AWS_ENDPOINT_URL_STS"].removeprefix("https://").split(":")
        waiting = socket.create_connection((address[0], int(address[1])), timeout=5)
        directory = pod.directory
    waiting.close()
    assert not directory.exists()
    assert set(threading.enumerate()) <= before


def test_pods_see_only_what_the_webhook_gives_them(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    """A pod's environment is complete and its own: AWS settings from outside do not reach it."""
    monkeypatch.setenv("AWS_PROFILE", "mine")
    with Lab({**os.environ}) as another, another.pod(SCENARIOS["healthy"]) as pod:
        assert "AWS_PROFILE" not in pod.environ
        assert pod.environ["AWS_ROLE_ARN"] == pod.account.role_arn
        assert Path(pod.environ["AWS_WEB_IDENTITY_TOKEN_FILE"]).is_file()
    assert lab is not another


def test_scenarios_are_named_by_their_keys() -> None:
    """A scenario is found under its own name, and says what it is in one line without a full stop."""
    for name, scenario in SCENARIOS.items():
        assert scenario.name == name
        assert scenario.summary
        assert not scenario.summary.endswith(".")
        assert "\n" not in scenario.summary
