"""EKS Pod Identity: its variables, its token, and one request to its agent (FACTS C20). Judges nothing.

Nothing is ever sent but to the agent's two link-local addresses and to loopback: not through a proxy, not where a
redirect leads. The token goes to the agent and into no fact; the credentials live in a botocore session of their own
until GetCallerIdentity has answered.
"""

import ipaddress
from collections.abc import Mapping
from typing import NamedTuple
from urllib.parse import urlsplit

from sidecar import jwt
from sidecar.checks.pod_identity import WEB_IDENTITY
from sidecar.config import Config, Mechanism
from sidecar.facts import (
    NO_POD_IDENTITY,
    AgentRefused,
    Caller,
    Clock,
    Given,
    PodIdentity,
    Provider,
    Refused,
    Setting,
    Settings,
    Token,
    TokenFile,
)
from sidecar.model import Absent, Failed
from sidecar.probe.agent import AGENTS, Credentials, Where, ask
from sidecar.probe.exchange import whose
from sidecar.probe.files import read_token
from sidecar.probe.masked import unrepeated
from sidecar.probe.settings import AwsReading, path_only
from sidecar.probe.world import Budget, World

_FULL_URI = "AWS_CONTAINER_CREDENTIALS_FULL_URI"
_RELATIVE_URI = "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"
_TOKEN = "AWS_CONTAINER_AUTHORIZATION_TOKEN"  # a variable's name
_TOKEN_FILE = "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"  # another's
_PATH = "/v1/credentials"
_HTTP_PORT = 80

_AFTER_CONTAINERS = frozenset({"container-role", "iam-role", "none"})
_WORDS = {
    "assume-role-with-web-identity": WEB_IDENTITY,
    "env": "the keys in the environment",
    "assume-role": "the profile's role",
}
"""What comes before container credentials in botocore's order (FACTS D1), in people's words."""


class Letter(NamedTuple):
    """What is known before the agent is asked: its variables, the token's file, the token's claims, where it would go.

    ``unsent`` says why the agent is not to be asked.
    """

    pod_identity: PodIdentity | Absent
    file: TokenFile | Failed | Absent
    token: Token | Failed | Absent
    where: Where | None = None
    unsent: Absent | None = None


class AgentReading(NamedTuple):
    """What the agent answered, whose the credentials are, and the clock against STS's."""

    agent: Given | AgentRefused | Failed | Absent
    caller: Caller | Refused | Failed | Absent
    clock: Clock | Absent


def unasked(why: Absent) -> AgentReading:
    """Return the reading of an agent that was not asked."""
    return AgentReading(why, why, why)


def read_letter(environ: Mapping[str, str], world: World, config: Config) -> tuple[Letter, bytes]:
    """Read the variables and the token's file, where they are to be looked at. Returns the token itself apart."""
    unwanted = _unwanted(environ, config.mechanism)
    if unwanted is not None:
        return Letter(unwanted, unwanted, unwanted, unsent=unwanted), b""
    found, where = _variables(environ)
    if found.token_file is None:
        absent = Absent(f"{_TOKEN_FILE} is not set")
        return Letter(found, absent, absent, unsent=absent), b""
    file, raw = read_token(found.token_file.value, world)
    if raw is None or not isinstance(file, TokenFile) or file.empty:
        absent = Absent(file.why if isinstance(file, Failed) else "the file of the agent's token is empty")
        return Letter(found, file, absent, unsent=absent), b""
    return Letter(found, file, jwt.decode(raw), where, _unsendable(found, where, raw, config)), raw


def _unwanted(environ: Mapping[str, str], mechanism: Mechanism) -> Absent | None:
    """Return why Pod Identity is not looked at: others use the container variables, too (Amazon ECS, other agents)."""
    if mechanism is Mechanism.IRSA:
        return Absent("--mechanism irsa")
    if mechanism is Mechanism.POD_IDENTITY or environ.get(_TOKEN_FILE):
        return None
    if _host(environ.get(_FULL_URI, "")) in AGENTS:
        return None
    others = any(environ.get(name) for name in (_FULL_URI, _RELATIVE_URI))
    return Absent("the container credentials that are set are not EKS Pod Identity's" if others else NO_POD_IDENTITY)


def _variables(environ: Mapping[str, str]) -> tuple[PodIdentity, Where | None]:
    url = environ.get(_FULL_URI, "")
    where, problem = _taken_apart(url) if url else (None, None)
    return PodIdentity(
        agent=Setting(where.text if where else _shown(url), _FULL_URI) if url else None,
        token_file=path_only(Setting(environ[_TOKEN_FILE], _TOKEN_FILE)) if environ.get(_TOKEN_FILE) else None,
        stray=tuple(name for name in (_RELATIVE_URI, _TOKEN) if name in environ),
        problem=problem,
    ), where


def _host(url: str) -> str | None:
    try:
        return urlsplit(url).hostname
    except ValueError:
        return None


def _shown(url: str) -> str:
    """Return no more of a URL that is not called than scheme and host: the rest may hold a secret."""
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
    except ValueError:
        return "what is no URL"
    return f"{parts.scheme}://{f'[{host}]' if ':' in host else host}" if parts.scheme and host else "what is no URL"


def _taken_apart(url: str) -> tuple[Where | None, str | None]:
    """Return where the request goes, or why it goes nowhere."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return None, "it is no URL"
    if parts.scheme != "http":
        return None, "it is no http URL"
    if host not in AGENTS and not _is_loopback(host):
        return None, f"its host is none of {', '.join(AGENTS)}, to which alone anything is sent"
    if "@" in parts.netloc or parts.query or parts.fragment or port == 0:
        return None, "there is more in it than host, port and path"
    return Where(host, _HTTP_PORT if port is None else port, parts.path or "/", known=parts.path == _PATH), None


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _unsendable(found: PodIdentity, where: Where | None, raw: bytes, config: Config) -> Absent | None:
    if config.no_exchange:
        return Absent("the agent is not to be asked (--no-exchange)")
    if where is None:
        return Absent(f"{_FULL_URI} does not lead to the agent")
    if _RELATIVE_URI in found.stray:
        return Absent(f"{_RELATIVE_URI} is set, which SDKs take first")
    if not raw.isascii() or not raw.decode("ascii").isprintable():  # botocore, too, refuses what breaks a header
        return Absent("the token cannot be sent as it stands in its file")
    return None


def before(found: PodIdentity | Absent, provider: Provider | Absent) -> PodIdentity | Absent:
    """Add what botocore's own order comes to before container credentials."""
    if not isinstance(found, PodIdentity) or not isinstance(provider, Provider) or provider.method in _AFTER_CONTAINERS:
        return found
    return found._replace(before=Setting(_WORDS.get(provider.method, provider.method), provider.source))


def read_agent(letter: Letter, token: bytes, aws: AwsReading, *, world: World, budget: Budget) -> AgentReading:
    """Ask the agent once for credentials, then STS whose they are; forget them."""
    if letter.unsent is not None or letter.where is None:
        return unasked(letter.unsent or Absent("there is no agent to ask"))
    answer = ask(letter.where, token, budget)
    if not isinstance(answer, Credentials):
        said = _without_token(answer, token) if isinstance(answer, Refused) else answer
        why = Absent(said.why, overdue=isinstance(said, Absent) and said.overdue)
        return AgentReading(said, why, why)
    given = Given(letter.where.text, answer.expiry)
    if not isinstance(aws.settings, Settings):
        absent = Absent("the AWS settings cannot be read")
        return AgentReading(given, absent, absent)
    caller, clock = whose(answer.access_key, answer.secret_key, answer.token, aws.settings, world=world, budget=budget)
    return AgentReading(given, caller, clock)


def _without_token(answer: Refused, token: bytes) -> AgentRefused:
    masked = unrepeated(answer, token.decode("latin-1"))
    return AgentRefused(masked.code, masked.message, masked.status, masked.request_id)
