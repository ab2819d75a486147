"""SeaweedFS as an STS: one process on loopback that trusts the issuers it is told of, and nobody else.

It verifies tokens by itself: keys over HTTPS by discovery, signature, audience, times, and a trust policy on the
subject (FACTS K7). Nothing is kept: the process is killed and its files are gone with the context.
"""

import base64
import contextlib
import json
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

LOOPBACK = "127.0.0.1"
SERVERS = ("master", "filer", "s3")
PATIENCE = 20.0
"""Seconds that it may take to start; two or three are usual."""
TRIES = 3
"""A port that was free may be taken before SeaweedFS opens it: then it ends at once, and others are tried."""

Policy = Mapping[str, Any]


class NotStartedError(Exception):
    """SeaweedFS ended, or did not open its port in time; the message is the end of its log."""


def trusting(providers: Sequence[str], operator: str, subject: str) -> Policy:
    """Return a trust policy for tokens of these providers and of this subject.

    SeaweedFS knows the subject as ``oidc:sub``, whatever the issuer, where AWS has the issuer before ``:sub``.
    """
    statement = {
        "Effect": "Allow",
        "Principal": {"Federated": list(providers)},
        "Action": ["sts:AssumeRoleWithWebIdentity"],
        "Condition": {operator: {"oidc:sub": subject}},
    }
    return {"Version": "2012-10-17", "Statement": [statement]}


@contextmanager
def serving(
    weed: Path, directory: Path, *, bundle: str, issuers: Mapping[str, str], audience: str, roles: Mapping[str, Policy]
) -> Iterator[str]:
    """Serve at a free port and return the URL.

    ``issuers`` are URLs by the provider's name, by which trust policies call it; ``roles`` are trust policies by
    the role's name; ``bundle`` (PEM) is all that is trusted in TLS. Raises NotStartedError.
    """
    (directory / "ca.pem").write_text(bundle, encoding="ascii")
    (directory / "iam.json").write_text(json.dumps(_configuration(issuers, audience, roles)), encoding="utf-8")
    with ExitStack() as stack:
        port = _started(stack, weed, directory)
        yield f"http://{LOOPBACK}:{port}"


def _started(stack: ExitStack, weed: Path, directory: Path) -> int:
    for _ in range(TRIES - 1):
        with contextlib.suppress(NotStartedError):
            return stack.enter_context(_running(weed, directory))
    return stack.enter_context(_running(weed, directory))


def _configuration(issuers: Mapping[str, str], audience: str, roles: Mapping[str, Policy]) -> dict[str, Any]:
    providers = [
        {"name": name, "type": "oidc", "enabled": True, "config": {"issuer": issuer, "clientId": audience}}
        for name, issuer in issuers.items()
    ]
    allowed = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}
    return {
        "sts": {
            "tokenDuration": "1h",
            "maxSessionLength": "12h",
            "issuer": "seaweedfs-sts",
            "signingKey": base64.b64encode(b"signs sessions of one test, only").decode(),
            "providers": providers,
        },
        "policy": {"defaultEffect": "Deny", "storeType": "memory"},
        "roleStore": {"storeType": "memory"},
        "roles": [
            {
                "roleName": name,
                "roleArn": f"arn:aws:iam::role/{name}",
                "trustPolicy": policy,
                "attachedPolicies": ["read"],
            }
            for name, policy in roles.items()
        ],
        "policies": [{"name": "read", "document": {"Version": "2012-10-17", "Statement": [allowed]}}],
    }


@contextmanager
def _running(weed: Path, directory: Path) -> Iterator[int]:
    """Run the process and return the port at which it answers."""
    ports = dict(zip(_openings(), _free_ports(2 * len(SERVERS)), strict=True))
    log = directory / "log"
    environ = {"HOME": str(directory), "SSL_CERT_FILE": str(directory / "ca.pem"), "SSL_CERT_DIR": str(directory)}
    with log.open("wb") as output:
        process = subprocess.Popen(
            [weed, *_flags(directory, ports)], cwd=directory, env=environ, stdout=output, stderr=subprocess.STDOUT
        )
    try:
        if not _answers(process, ports["s3.port"]):
            raise NotStartedError(log.read_text(encoding="utf-8", errors="replace")[-2000:])
        yield ports["s3.port"]
    finally:
        process.kill()  # it takes over ten seconds to end by itself
        process.wait()
        for server in SERVERS:  # which it puts there whatever it is told
            socket_path = f"/tmp/seaweedfs-{server}-grpc-{ports[f'{server}.port.grpc']}.sock"  # noqa: S108
            Path(socket_path).unlink(missing_ok=True)


def _openings() -> list[str]:
    return [f"{server}.{kind}" for server in SERVERS for kind in ("port", "port.grpc")]


def _flags(directory: Path, ports: Mapping[str, int]) -> list[str]:
    return [
        "server",
        f"-ip={LOOPBACK}",
        f"-ip.bind={LOOPBACK}",
        f"-dir={directory}",
        "-master.telemetry=false",  # no other network
        "-master.peers=none",
        "-volume=false",
        "-filer",
        f"-filer.localSocket={directory / 'filer.sock'}",
        "-s3",
        f"-s3.localSocket={directory / 's3.sock'}",
        "-s3.port.iceberg=0",
        "-s3.port.lance=0",
        f"-s3.iam.config={directory / 'iam.json'}",
        *(f"-{opening}={port}" for opening, port in ports.items()),
    ]


def _free_ports(count: int) -> list[int]:
    with ExitStack() as stack:
        held = [stack.enter_context(socket.create_server((LOOPBACK, 0))) for _ in range(count)]
        return [port.getsockname()[1] for port in held]


def _answers(process: subprocess.Popen[bytes], port: int) -> bool:
    """Wait until the port is open; whether it is, and the process still there."""
    ends = time.monotonic() + PATIENCE
    while time.monotonic() < ends:
        try:
            process.wait(0.05)
        except subprocess.TimeoutExpired:
            if _is_open(port):
                return process.poll() is None
        else:
            return False
    return False


def _is_open(port: int) -> bool:
    try:
        socket.create_connection((LOOPBACK, port), timeout=1).close()
    except OSError:
        return False
    return True
