"""The lab: makes a pod of a scenario, with an issuer, an IAM and an STS of its own, and ends them with it."""

import itertools
import os
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from string import Template
from types import TracebackType
from typing import Self, TypeVar

from sidecar.lab import proxy, together
from sidecar.lab.agent import PATH, Agent
from sidecar.lab.certificates import Authority
from sidecar.lab.cloud import Account, moto_app
from sidecar.lab.fetch import Keys
from sidecar.lab.issuer import Issuer
from sidecar.lab.keys import SigningKey, ec_key, rsa_key
from sidecar.lab.listener import LOOPBACK, Listener, Refusing, opened
from sidecar.lab.mount import lay_out, project
from sidecar.lab.plan import (
    NAMESPACE,
    POD_AUDIENCE,
    POD_NAME,
    SERVICE_ACCOUNT,
    NeighbourPlan,
    Published,
    Scenario,
)
from sidecar.lab.sts import Sts
from sidecar.lab.tokens import minted
from sidecar.lab.web import served

REGION = "us-west-2"
FIRST_ACCOUNT = 111122220001
ESSENTIAL = frozenset({"PATH", "HOME", "TMPDIR", "LANG", "LC_ALL", "TZ", "VIRTUAL_ENV", "LD_LIBRARY_PATH"})
ESSENTIAL_FAMILIES = ("PYTHON", "COVERAGE_")
"""What a pod takes over from outside, by name and by family: what a child cannot do without."""
NEIGHBOURS = "neighbours.json"
Kept = TypeVar("Kept", Issuer, Listener, Refusing)
STRANGERS = frozenset({Published.OTHER, Published.WRONG, Published.MANY})


@dataclass(frozen=True, slots=True)
class Pod:
    """A pod: the complete environment of its processes, flags for ``check``, and what it was made of."""

    environ: Mapping[str, str]
    arguments: tuple[str, ...]
    directory: Path
    scenario: Scenario
    issuer: Issuer
    account: Account
    fill: Callable[[str], str]
    agent: Agent

    def command(self, interpreter: Sequence[str], *arguments: str) -> list[str]:
        """Return how this pod's container runs ``irsa-doctor`` with these arguments: beside its neighbours, if any."""
        program = [*interpreter, "-m", "sidecar", *arguments]
        neighbours = self.directory / NEIGHBOURS
        return [*interpreter, *together.before(neighbours), *program] if neighbours.exists() else program

    def renew(self) -> None:
        """Replace the token as the kubelet does: a new one, signed with the issuer's present key."""
        text = minted(self.scenario.token, self.issuer.key, time.time(), self.fill)
        project(self.directory / "token", text, self.scenario.mount.mode)


class Lab:
    """A context that makes pods, one after the other. Everything it started has ended when it is left.

    ``outside`` is the environment it runs in: only what a child process cannot do without is handed on.
    """

    def __init__(self, outside: Mapping[str, str]) -> None:
        """Make authorities and what all pods share; no port is open before the context is entered."""
        self._outside = {
            name: value for name, value in outside.items() if name in ESSENTIAL or name.startswith(ESSENTIAL_FAMILIES)
        }
        self._authority = Authority()
        self._moto = moto_app()
        self._accounts = itertools.count(FIRST_ACCOUNT)
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        """Open the ports that all pods share. Raises OSError where none can be bound."""
        with ExitStack() as stack:
            self._refused = _kept(stack, Refusing())
            self._proxy = _kept(stack, Listener(proxy.refuse))
            self._stack = stack.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Free the shared ports."""
        self._stack.close()

    @property
    def bundle(self) -> str:
        """The root that pods trust, as PEM."""
        return self._authority.bundle

    @cached_property
    def key(self) -> SigningKey:
        """The RSA key that signs the tokens of most pods."""
        return rsa_key()

    @cached_property
    def stranger(self) -> SigningKey:
        """An RSA key that signs no token."""
        return rsa_key()

    @contextmanager
    def pod(self, scenario: Scenario) -> Iterator[Pod]:
        """Make the scenario's pod. Its issuer, STS and files are gone when the context is left."""
        with ExitStack() as stack:
            directory = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="irsa-doctor-lab-")))
            account = Account(str(next(self._accounts)), scenario.cloud.partition)
            stack.callback(account.forget)
            issuer = _kept(stack, self._issuer(scenario))
            sts = self._serve_sts(stack, scenario, account)
            tunnel = _kept(stack, Listener(proxy.tunnel(sts.port)))
            values = self._values(directory, account, issuer, sts.port) | {"tunnel": _url("http", tunnel.port)}
            agent = Agent(scenario.agent, account)
            values["agent"] = _serve_agent(stack, agent)

            def fill(text: str) -> str:
                return Template(text).safe_substitute(values)

            thumbprint = self._authority.thumbprint(scenario.issuer.certificate)
            account.furnish(scenario.cloud, issuer.url, thumbprint, fill)
            environ = self._environ(scenario, fill)
            self._write(scenario, directory, issuer, fill)
            self._settle(scenario, directory, issuer, fill)
            arguments = tuple(fill(flag) for flag in scenario.flags)
            yield Pod(environ, arguments, directory, scenario, issuer, account, fill, agent)

    def _issuer(self, scenario: Scenario) -> Issuer:
        key = ec_key() if scenario.token.algorithm.startswith("ES") else self.key
        other = self.stranger if scenario.issuer.published in STRANGERS else ec_key()
        return Issuer(scenario.issuer, self._authority, key, other)

    def _serve_sts(self, stack: ExitStack, scenario: Scenario, account: Account) -> Listener | Refusing:
        sts = Sts(scenario.sts, account, Keys(self.bundle), self._moto, scenario.cloud)
        names = dict.fromkeys((scenario.sts.host, "localhost", LOOPBACK))
        context = self._authority.context(scenario.sts.certificate, *names)
        port = opened(scenario.sts.transport, served(sts, context))
        stack.callback(port.close)
        stack.callback(sts.close)
        return port

    def _values(self, directory: Path, account: Account, issuer: Issuer, sts: int) -> dict[str, str]:
        key, secret = account.reader()
        return {
            "account": account.number,
            "agent_token_file": str(directory / "agent" / "token"),
            "bundle": str(directory / "ca.pem"),
            "directory": str(directory),
            "issuer": issuer.url,
            "provider": issuer.url.removeprefix("https://"),
            "provider_arn": account.provider_arn(issuer.url),
            "proxy": _url("http", self._proxy.port),
            "nowhere": f"{LOOPBACK}:{self._refused.port}",
            "reader_key": key,
            "reader_secret": secret,
            "role_arn": account.role_arn,
            "sts": _url("https", sts),
            "token_file": str(directory / "token" / "token"),
        }

    def _environ(self, scenario: Scenario, fill: Callable[[str], str]) -> dict[str, str]:
        """Return the variables of the pod's own container, and what a child process cannot do without."""
        return self._outside | _injected(scenario.environ, fill)

    def _write(self, scenario: Scenario, directory: Path, issuer: Issuer, fill: Callable[[str], str]) -> None:
        (directory / "ca.pem").write_text(self.bundle, encoding="ascii")
        (directory / "private-ca.pem").write_text(self.bundle + self._authority.foreign_bundle, encoding="ascii")
        _fill_in(directory, scenario.files, fill)
        now = time.time()
        lay_out(scenario.mount, directory / "token", minted(scenario.token, issuer.key, now, fill), now)
        plan = scenario.agent.token
        plan = replace(plan, claims={"aud": [POD_AUDIENCE], **plan.claims})
        lay_out(scenario.agent.mount, directory / "agent", minted(plan, self.key, now, fill), now)

    def _settle(self, scenario: Scenario, directory: Path, issuer: Issuer, fill: Callable[[str], str]) -> None:
        """Make the roots of the pod's other containers, and say in a file what runs in them."""
        neighbours = []
        for number, plan in enumerate(scenario.neighbours, 1):
            root = directory / f"container-{number}"
            root.mkdir()
            _fill_in(root, plan.files, fill)
            now = time.time()
            place = root / fill("$token_file").lstrip("/")
            lay_out(plan.mount, place.parent, minted(scenario.token, issuer.key, now, fill), now)
            neighbours.append(
                together.Neighbour(str(root), _injected({**scenario.environ, **plan.environ}, fill), _given(root, plan))
            )
        if neighbours:
            (directory / NEIGHBOURS).write_text(together.written(neighbours), encoding="utf-8")


def _serve_agent(stack: ExitStack, agent: Agent) -> str:
    """Serve EKS Pod Identity's agent, plainly as the real one; return its URL."""
    port = opened(agent.plan.transport, served(agent, None))
    stack.callback(port.close)
    stack.callback(agent.close)
    return _url("http", port.port) + PATH


def _injected(changes: Mapping[str, str | None], fill: Callable[[str], str]) -> dict[str, str]:
    """Return what the webhook injects (FACTS C6, K1), the downward API, and where the lab is; then the changes."""
    injected: dict[str, str | None] = {
        "AWS_ROLE_ARN": "$role_arn",
        "AWS_WEB_IDENTITY_TOKEN_FILE": "$token_file",
        "AWS_STS_REGIONAL_ENDPOINTS": "regional",
        "AWS_DEFAULT_REGION": REGION,
        "AWS_REGION": REGION,
        "AWS_ENDPOINT_URL_STS": "$sts",
        "AWS_ENDPOINT_URL_IAM": "$sts",
        "AWS_CA_BUNDLE": "$bundle",
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_CONFIG_FILE": "$directory/config",
        "AWS_SHARED_CREDENTIALS_FILE": "$directory/credentials",
        "POD_NAME": POD_NAME,
        "POD_NAMESPACE": NAMESPACE,
        "POD_SERVICE_ACCOUNT": SERVICE_ACCOUNT,
        **changes,
    }
    return {name: fill(value) for name, value in injected.items() if value is not None}


def _fill_in(directory: Path, files: Mapping[str, str], fill: Callable[[str], str]) -> None:
    for name, text in files.items():
        path = directory / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(fill(text), encoding="utf-8")


def _given(root: Path, plan: NeighbourPlan) -> int:
    """Give the files of a neighbour to its user, where we are root; return that user, 0 for our own."""
    if os.geteuid() != 0:
        return 0
    for path in (root, *root.rglob("*")):
        os.chown(path, plan.user, plan.user, follow_symlinks=False)
    return plan.user


def _url(scheme: str, port: int) -> str:
    return f"{scheme}://{LOOPBACK}:{port}"


def _kept(stack: ExitStack, thing: Kept) -> Kept:
    stack.callback(thing.close)
    return thing
