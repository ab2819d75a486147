"""Hostile and unlucky pods: each attack is a name, what it does to a healthy pod, and what must come of it.

An attack is run through the real program, as a process, in the pod's environment. Nothing here asserts.
"""

import base64
import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import NamedTuple

from servers import Authority, Behaviour, Server, response, routes
from sidecar.lab.lab import Lab, Pod
from sidecar.lab.plan import IssuerPlan, Scenario, TokenPlan
from sidecar.lab.tokens import minted
from stsserver import Answer, serving

PASSWORD = "correct-horse-battery"  # in every URL with a user name: it must never be shown
HEALTHY = Scenario(name="healthy", summary="")
CALM = ("--timeout", "5s", "--deadline", "20s")
QUICK = ("--timeout", "1s", "--deadline", "5s")
"""For attacks that answer too late, or never."""
PATIENCE = 60
"""Seconds after which a process hangs: no measure of anything else."""

WITHOUT_ROOTS_RIGHTS = """
import ctypes, os, sys
library = ctypes.CDLL(None, use_errno=True)
for capability in (1, 2):  # CAP_DAC_OVERRIDE and CAP_DAC_READ_SEARCH, by which root reads every file
    if library.prctl(24, capability, 0, 0, 0) != 0:  # PR_CAPBSET_DROP
        sys.exit("cannot give up root's rights")
os.execv(sys.executable, [sys.executable, *sys.argv[1:]])
"""
WITH_PEAK = """
import atexit, re, runpy, sys
peak = sys.argv.pop(1)
most = lambda: re.search(r"VmHWM:\\s*(\\d+)", open("/proc/self/status").read())[1]
atexit.register(lambda: open(peak, "w").write(most()))
runpy.run_module("sidecar", run_name="__main__", alter_sys=True)
"""


@dataclass
class Asked:
    """How ``check`` is run: in which environment, with which flags, by which interpreter's arguments."""

    environ: dict[str, str | bytes]
    folder: Path
    flags: list[str] = field(default_factory=list)
    start: list[str] = field(default_factory=lambda: ["-c", WITH_PEAK])


class Ground(NamedTuple):
    """What attacks share: a lab, one healthy pod in it, and another authority for servers that misbehave."""

    lab: Lab
    pod: Pod
    authority: Authority
    lock: threading.Lock

    def token(self, plan: TokenPlan, issuer: str | None = None) -> bytes:
        """Return a token made after the plan, of the pod's issuer or another."""
        fill = self.pod.fill if issuer is None else lambda text: text.replace("$issuer", issuer)
        return minted(plan, self.lab.key, time.time(), fill).encode()


Step = Callable[[Asked, Ground, ExitStack], None]


class Attack(NamedTuple):
    """A hostile input: ``cause`` is the root cause's name, ``finds`` what else is named, ``says`` words of the report.

    ``late``: it answers too late, or never.
    """

    name: str
    steps: tuple[Step, ...]
    cause: str | None = None
    finds: tuple[str, ...] = ()
    says: str = ""
    late: bool = False


class Outcome(NamedTuple):
    """What became of a run: ``message`` is the termination message, ``peak`` KiB of memory."""

    code: int
    out: str
    err: str
    message: str
    peak: int


def perform(ground: Ground, folder: Path, attack: Attack, form: str = "json") -> Outcome:
    """Run ``check`` in the healthy pod, as the attack has changed it."""
    asked = Asked(dict(ground.pod.environ), folder)
    with ExitStack() as stack:
        for step in attack.steps:
            step(asked, ground, stack)
        log, peak = folder / "termination-log", folder / "peak"
        start = [*asked.start, str(peak)] if asked.start[-1] == WITH_PEAK else asked.start
        options = ["--format", form, "--termination-log", str(log), *(QUICK if attack.late else CALM)]
        done = subprocess.run(
            [sys.executable, *start, "check", *options, *asked.flags],
            env=asked.environ,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
            timeout=PATIENCE,
        )
    message = log.read_bytes().decode() if log.is_file() else ""
    used = int(peak.read_text()) if peak.is_file() else 0
    return Outcome(done.returncode, done.stdout.decode(), done.stderr.decode(), message, used)


# -------------------------------------------------------------------------------------------------------- steps


def variables(**values: str | bytes | None) -> Step:
    """Set variables, or take them away (None); ``$directory`` is the attack's own folder."""

    def step(asked: Asked, _ground: Ground, _stack: ExitStack) -> None:
        for name, value in values.items():
            if value is None:
                asked.environ.pop(name, None)
            elif isinstance(value, bytes):
                asked.environ[name] = value
            else:
                asked.environ[name] = value.replace("$directory", str(asked.folder))

    return step


def flags(*args: str) -> Step:
    """Add flags; ``$directory`` is the attack's own folder."""

    def step(asked: Asked, _ground: Ground, _stack: ExitStack) -> None:
        asked.flags += [arg.replace("$directory", str(asked.folder)) for arg in args]

    return step


ALONE = flags("--no-exchange")


def without_roots_rights(asked: Asked, _ground: Ground, _stack: ExitStack) -> None:
    """Run without root's right to read every file."""
    if os.geteuid() == 0:
        asked.start = ["-c", WITHOUT_ROOTS_RIGHTS, "-m", "sidecar"]


def lies(make: Callable[[Path], object], name: str = "token") -> Step:
    """Put something at the token file's path."""

    def step(asked: Asked, _ground: Ground, _stack: ExitStack) -> None:
        path = asked.folder / name
        make(path)
        asked.environ["AWS_WEB_IDENTITY_TOKEN_FILE"] = str(path)

    return step


def writes(name: str, content: bytes) -> Step:
    """Write a file into the attack's folder."""

    def step(asked: Asked, _ground: Ground, _stack: ExitStack) -> None:
        (asked.folder / name).write_bytes(content)

    return step


def token(content: bytes) -> Step:
    """Let the token file hold these bytes."""

    def make(path: Path) -> None:
        path.write_bytes(content)
        path.chmod(0o600)

    return lies(make)


def claims(header: Mapping[str, object] | None = None, **values: object) -> Step:
    """Let the token be a good one with other claims, signed by the pod's issuer."""

    def step(asked: Asked, ground: Ground, stack: ExitStack) -> None:
        token(ground.token(TokenPlan(claims=values, header=header or {})))(asked, ground, stack)

    return step


def encoded(payload: bytes | str, header: bytes | str = '{"alg":"RS256","kid":"k"}') -> Step:
    """Let the token be made of this header and payload, whatever they are, with a signature that is none."""
    parts = (header, payload, b"signature")
    whole = b".".join(base64.urlsafe_b64encode(_bytes(part)).rstrip(b"=") for part in parts)
    return token(whole)


def _bytes(text: bytes | str) -> bytes:
    return text.encode() if isinstance(text, str) else text


def scene(issuer: IssuerPlan) -> Step:
    """Run in a pod of its own, whose issuer is after this plan."""

    def step(asked: Asked, ground: Ground, stack: ExitStack) -> None:
        with ground.lock:
            pod = stack.enter_context(ground.lab.pod(replace(HEALTHY, issuer=issuer)))
        asked.environ = dict(pod.environ)

    return step


def issuer(discovery: Behaviour | None = None, jwks: Behaviour | None = None, **document: object) -> Step:
    """Let the token's issuer be a server that behaves so; what is not given is right. STS is not asked."""

    def step(asked: Asked, ground: Ground, stack: ExitStack) -> None:
        answers: dict[str, bytes] = {}
        context = ground.authority.context()
        site = stack.enter_context(Server(discovery or routes(answers), context))
        keys = stack.enter_context(Server(jwks or routes(answers), context))
        whole = {"issuer": site.url, "jwks_uri": f"{keys.url}/keys", **document}
        answers["/.well-known/openid-configuration"] = response(json.dumps(whole).encode())
        answers["/keys"] = response(json.dumps({"keys": [ground.lab.key.jwk()]}).encode())
        token(ground.token(TokenPlan(), site.url))(asked, ground, stack)
        asked.flags += ["--no-exchange", "--issuer-ca", str(ground.authority.bundle)]

    return step


def sts(*answers: Answer) -> Step:
    """Let STS be a server that gives these answers, without TLS; no issuer is looked at."""

    def step(asked: Asked, ground: Ground, stack: ExitStack) -> None:
        asked.environ["AWS_ENDPOINT_URL_STS"] = stack.enter_context(serving(*answers)).url
        token(ground.token(TokenPlan(), "https://127.0.0.1:1"))(asked, ground, stack)

    return step
