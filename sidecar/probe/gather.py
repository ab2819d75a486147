"""One run's facts, gathered by straight-line code, in the order in which each look makes the next possible.

The raw tokens are local variables here: one goes to STS, one to the agent of EKS Pod Identity, and neither into a
fact. A failure to look is itself a fact.
"""

from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from sidecar import jwt
from sidecar.checks.naming import names
from sidecar.config import Config, Iam, Mechanism
from sidecar.facts import (
    NOT_IRSA,
    CertificateChain,
    Clock,
    Endpoint,
    Expectation,
    Facts,
    Jwks,
    Moment,
    Names,
    Process,
    Provider,
    Refused,
    Settings,
    Signature,
    Timings,
    Token,
    TokenFile,
    TrustPolicy,
)
from sidecar.model import Absent, Failed
from sidecar.probe.aside import Aside, overdue, within
from sidecar.probe.asking import Asking, ask_iam
from sidecar.probe.beside import cluster, for_mechanism, identity, neighbours, seen_in_time
from sidecar.probe.exchange import ExchangeReading, exchange
from sidecar.probe.files import read_token
from sidecar.probe.iam import IamReading, unread
from sidecar.probe.issuer import IssuerReading, read_issuer
from sidecar.probe.kubernetes import unread as unread_cluster
from sidecar.probe.masked import unrepeated
from sidecar.probe.pod_identity import AgentReading, Letter, before, read_agent, read_letter, unasked
from sidecar.probe.providers import first_provider, resolve_endpoint
from sidecar.probe.sdk import Session
from sidecar.probe.settings import AwsReading, read_settings
from sidecar.probe.world import Budget, World

if TYPE_CHECKING:
    from sidecar.probe.remembered import Memory

_UNREAD = Absent("the AWS settings cannot be read")


class _Irsa(NamedTuple):
    """The settings as IRSA's checks are to see them, and botocore's session, where both are looked at."""

    settings: Settings | Failed | Absent
    session: Session | None


def gather(world: World, config: Config, policy: TrustPolicy | None = None, memory: "Memory | None" = None) -> Facts:
    """Return all facts of one run, within ``config.deadline`` seconds.

    ``policy`` is the trust policy that the operator gave: it counts in place of the one that IAM shows. ``memory`` is
    what IAM showed to earlier runs; what it shows to this one is added.
    """
    budget = Budget(config.timeout, world.monotonic() + config.deadline, world.monotonic)
    moment = Moment(world.now())
    found = read_settings(world, config)
    aws = _irsas(found, config)
    token_file, raw = _token_file(aws.settings, world)
    token = _token(token_file, raw)
    expectation = _expectation(world, config)
    letter, agents_raw = read_letter(world.environ, world, config)

    who = identity(token, expectation, world)
    inner, began = within(budget, config), world.monotonic()
    agent_side = (
        None if letter.unsent else Aside(lambda: read_agent(letter, agents_raw, found, world=world, budget=inner))
    )
    cluster_side = Aside(lambda: cluster(world, inner, who, memory))
    neighbours_side = Aside(lambda: neighbours(world, inner, memory))
    issuer_side = Aside(lambda: _issuer(token, world, inner, config))
    exchange_side = Aside(lambda: _exchange(aws, raw, world=world, budget=inner, config=config, pod=expectation.pod))
    # While both wait for the network:
    provider, endpoint = _chosen(found, world)
    pod_identity = before(letter.pod_identity, provider)

    answer = exchange_side.result(budget) or _overdue_exchange(config)
    iam = _iam(aws, token, answer, Asking(world, budget, config, memory))
    issuer = _proxy_once(issuer_side.result(budget) or _overdue_issuer(config), answer)
    agent = _agent(agent_side, letter, budget, config)
    in_cluster = cluster_side.result(budget) or unread_cluster(overdue(config))
    seen = seen_in_time(neighbours_side, budget, began, memory)
    return Facts(
        moment=moment,
        expectation=expectation,
        process=Process(world.uid, world.gids),
        workload=_workload(config),
        settings=aws.settings,
        provider=aws.settings if isinstance(aws.settings, Absent) else provider,
        endpoint=aws.settings if isinstance(aws.settings, Absent) else endpoint,
        token_file=token_file,
        token=token,
        discovery=issuer.discovery,
        jwks=issuer.jwks,
        chain=issuer.chain,
        signature=_signature(raw, token, issuer),
        oidc_provider=iam.oidc_provider,
        role=iam.role,
        trust_policy=iam.trust_policy if policy is None or isinstance(aws.settings, Absent) else policy,
        sts=answer.sts,
        caller=answer.caller,
        clock=agent.clock if isinstance(answer.clock, Absent) and isinstance(agent.clock, Clock) else answer.clock,
        names=_names(expectation, found, endpoint, _known(token, letter.token), issuer.chain, config),
        timings=Timings(issuer.discovery_phases, issuer.jwks_phases, answer.phases),
        pod_identity=pod_identity,
        agent_file=letter.file,
        agent_token=letter.token,
        agent=agent.agent,
        agent_caller=agent.caller,
        pod=in_cluster.pod,
        service_account=in_cluster.service_account,
        neighbours=seen.neighbours,
        inventories=for_mechanism(seen.inventories, found.settings, config),
    )


def _irsas(found: AwsReading, config: Config) -> _Irsa:
    """Return the settings as IRSA's checks are to see them: not at all, where the pod is meant for Pod Identity.

    A profile that cannot be read stays: it keeps SDKs from every mechanism.
    """
    if config.mechanism is not Mechanism.POD_IDENTITY or isinstance(found.settings, Failed):
        return _Irsa(found.settings, found.session)
    return _Irsa(Absent(NOT_IRSA), None)


def _agent(side: "Aside[AgentReading] | None", letter: Letter, budget: Budget, config: Config) -> AgentReading:
    """Return what the agent said, or why it was not asked."""
    if side is None:
        return unasked(letter.unsent or _UNREAD)
    return side.result(budget) or unasked(overdue(config))


def _known(token: Token | Failed | Absent, agents: Token | Failed | Absent) -> Token | Failed | Absent:
    """Return the token that says whose the pod is: that for STS, else that for the agent."""
    return agents if isinstance(agents, Token) and not isinstance(token, Token) else token


def _names(
    expectation: Expectation,
    found: AwsReading,
    endpoint: Endpoint | Failed | Absent,
    token: Token | Failed | Absent,
    chain: CertificateChain | Absent,
    config: Config,
) -> Names:
    """Return the names; a role that is IRSA's is none for Pod Identity."""
    settings = found.settings
    if config.mechanism is Mechanism.POD_IDENTITY and isinstance(settings, Settings):
        settings = settings._replace(role_arn=None)
    return names(expectation, settings, endpoint, token, chain)


def _unread(settings: Failed | Absent) -> Absent:
    return settings if isinstance(settings, Absent) else _UNREAD


def _chosen(aws: AwsReading, world: World) -> tuple[Provider | Absent, Endpoint | Failed | Absent]:
    """Return the credential provider and the STS endpoint that botocore would choose."""
    if aws.session is None or not isinstance(aws.settings, Settings):
        return _UNREAD, _UNREAD
    return first_provider(aws.session, aws.settings, world), resolve_endpoint(aws.session, aws.settings)


def _token_file(settings: Settings | Failed | Absent, world: World) -> tuple[TokenFile | Failed | Absent, bytes]:
    if not isinstance(settings, Settings):
        return _unread(settings), b""
    if settings.token_file is None:
        return Absent("no token file is set"), b""
    facts, raw = read_token(settings.token_file.value, world)
    return facts, raw or b""


def _token(token_file: TokenFile | Failed | Absent, raw: bytes) -> Token | Failed | Absent:
    if not isinstance(token_file, TokenFile):
        return Absent(token_file.why)
    if token_file.empty:
        return Absent("the token file is empty")
    return jwt.decode(raw)


def _expectation(world: World, config: Config) -> Expectation:
    """Return what the operator expects, and who the pod is by the downward API or its API token's namespace file."""
    namespace = world.environ.get("POD_NAMESPACE")
    if not namespace:
        try:
            namespace = world.namespace_file.read_text(encoding="utf-8").strip()
        except (OSError, ValueError):
            namespace = None
    return Expectation(
        audience=config.expect_audience,
        subject=config.expect_subject,
        role_arn=config.expect_role_arn,
        thumbprints=config.expect_thumbprint,
        namespace=namespace or None,
        service_account=world.environ.get("POD_SERVICE_ACCOUNT") or None,
        pod=world.environ.get("POD_NAME") or None,
        pod_identity=config.mechanism is Mechanism.POD_IDENTITY,
    )


def _workload(config: Config) -> Process | Absent:
    if config.workload_uid is None:
        return Absent("the workload's user is not given (--workload-uid)")
    return Process(config.workload_uid, frozenset(config.workload_gids))


def _issuer(token: Token | Failed | Absent, world: World, budget: Budget, config: Config) -> IssuerReading:
    if isinstance(token, Token) and token.issuer:
        return read_issuer(token.issuer, world, budget, config.issuer_ca)
    why = Absent("the token names no issuer" if isinstance(token, Token) else token.why)
    return IssuerReading(discovery=why, jwks=why, chain=why)


def _exchange(
    aws: _Irsa, raw: bytes, *, world: World, budget: Budget, config: Config, pod: str | None
) -> ExchangeReading:
    """Make the exchange, or say what is missing for it."""
    missing = _missing(aws.settings, raw)
    if config.no_exchange and not isinstance(aws.settings, Absent):
        missing = "the exchange was not asked for (--no-exchange)"
    if missing or aws.session is None or not isinstance(aws.settings, Settings):
        absent = Absent(missing) if missing else _UNREAD
        return ExchangeReading(sts=absent, caller=absent, clock=absent)
    keep = config.iam is Iam.ON
    answer = exchange(aws.settings, raw, session=aws.session, world=world, budget=budget, pod=pod, keep=keep)
    if not isinstance(answer.sts, Refused):
        return answer
    sts = unrepeated(answer.sts, raw.decode("latin-1"))
    return answer._replace(sts=sts, caller=Absent(sts.why))


def _iam(aws: _Irsa, token: Token | Failed | Absent, answer: ExchangeReading, asking: Asking) -> IamReading:
    if isinstance(aws.settings, Absent):
        return unread(aws.settings)
    return ask_iam(AwsReading(aws.settings, aws.session), token, answer, asking)


def _missing(settings: Settings | Failed | Absent, raw: bytes) -> str | None:
    if not isinstance(settings, Settings):
        return settings.why
    if settings.role_arn is None:
        return "no role ARN is set"
    return None if raw.strip() else "there is no token to exchange"


def _signature(raw: bytes, token: Token | Failed | Absent, issuer: IssuerReading) -> Signature | Absent:
    if not isinstance(token, Token):
        return Absent(token.why)
    if token.algorithm not in jwt.SUPPORTED_ALGORITHMS:
        return Absent(f"a signature by {token.algorithm} is not verified here")
    if not isinstance(issuer.jwks, Jwks):
        return Absent(issuer.jwks.why)
    place = issuer.jwks.position(token.kid)
    if place is None:
        return Absent("the key that signed the token is not published")
    return jwt.verify(raw, token, issuer.keys[place : place + 1])


def _proxy_once(issuer: IssuerReading, answer: ExchangeReading) -> IssuerReading:
    """Say once that the proxy fails: where STS is not reached for it, the issuer's documents were not looked for."""
    if not _by_proxy(answer.sts):
        return issuer
    told = Absent("the proxy fails, which exchange.reached reports")
    return replace(
        issuer,
        discovery=told if _by_proxy(issuer.discovery) else issuer.discovery,
        jwks=told if _by_proxy(issuer.jwks) else issuer.jwks,
    )


def _by_proxy(found: object) -> bool:
    return isinstance(found, Failed) and found.kind == "proxy"


def _overdue_issuer(config: Config) -> IssuerReading:
    return IssuerReading(discovery=overdue(config), jwks=overdue(config), chain=overdue(config))


def _overdue_exchange(config: Config) -> ExchangeReading:
    return ExchangeReading(sts=overdue(config), caller=overdue(config), clock=overdue(config))
