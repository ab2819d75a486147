"""One run's facts, gathered by straight-line code, in the order in which each look makes the next possible.

The raw tokens are local variables here: one goes to STS, one to the agent of EKS Pod Identity, and neither into a
fact. A failure to look is itself a fact.
"""

import threading
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Generic, NamedTuple, TypeVar

from sidecar import jwt
from sidecar.checks.naming import names
from sidecar.config import Config, Iam, Mechanism
from sidecar.facts import (
    NOT_IRSA,
    Accepted,
    CertificateChain,
    Clock,
    Endpoint,
    Expectation,
    Facts,
    Inventories,
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
from sidecar.probe.exchange import ExchangeReading, exchange
from sidecar.probe.files import read_token
from sidecar.probe.iam import IamReading, Subject, read_iam, unread
from sidecar.probe.issuer import IssuerReading, read_issuer
from sidecar.probe.kubernetes import ClusterReading, Identity, read_cluster
from sidecar.probe.kubernetes import unread as unread_cluster
from sidecar.probe.masked import unrepeated
from sidecar.probe.pod_identity import AgentReading, Letter, before, read_agent, read_letter, unasked
from sidecar.probe.processes import SECONDS, Seen, see_neighbours, unseen
from sidecar.probe.providers import first_provider, resolve_endpoint
from sidecar.probe.sdk import Session
from sidecar.probe.settings import AwsReading, read_settings
from sidecar.probe.world import Budget, World

if TYPE_CHECKING:
    from sidecar.probe.remembered import Memory

_T = TypeVar("_T")
_UNREAD = Absent("the AWS settings cannot be read")
_NAP_SECONDS = 0.1  # Python acts on a signal that comes just before a wait only after it: so no wait is long
_GRACE_SECONDS = 0.5  # for what is in hand when the time of a look is over
_RESERVE_SECONDS = 0.1  # of the deadline, so that an operation that it cuts short can still say so


class _Irsa(NamedTuple):
    """The settings as IRSA's checks are to see them, and botocore's session, where both are looked at."""

    settings: Settings | Failed | Absent
    session: Session | None


class Asking(NamedTuple):
    """With what IAM is asked, and what it showed to earlier runs."""

    world: World
    budget: Budget
    config: Config
    memory: "Memory | None"


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
    own = token.service_account if isinstance(token, Token) else None
    who = Identity(expectation.namespace, _pod_name(token, expectation, world), expectation.service_account or own)

    inner = _within(budget, config)
    agent_side = (
        None if letter.unsent else _Aside(lambda: read_agent(letter, agents_raw, found, world=world, budget=inner))
    )
    cluster_side = _Aside(lambda: _cluster(world, inner, who, memory))
    neighbours_side = _Aside(lambda: _neighbours(world, inner, memory))
    look_ends = min(budget.ends, world.monotonic() + SECONDS + _GRACE_SECONDS)
    issuer_side = _Aside(lambda: _issuer(token, world, inner, config))
    exchange_side = _Aside(lambda: _exchange(aws, raw, world=world, budget=inner, config=config, pod=expectation.pod))
    # While both wait for the network:
    provider, endpoint = _chosen(found, world)
    pod_identity = before(letter.pod_identity, provider)

    answer = exchange_side.result(budget) or _overdue_exchange(config)
    iam = _iam(aws, token, answer, Asking(world, budget, config, memory))
    issuer = _proxy_once(issuer_side.result(budget) or _overdue_issuer(config), answer)
    agent = _agent(agent_side, letter, budget, config)
    cluster = cluster_side.result(budget) or unread_cluster(_overdue(config))
    seen = _seen(neighbours_side, replace(budget, ends=look_ends), memory)
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
        pod=cluster.pod,
        service_account=cluster.service_account,
        neighbours=seen.neighbours,
        inventories=_for_mechanism(seen.inventories, found.settings, config),
    )


def _pod_name(token: Token | Failed | Absent, expectation: Expectation, world: World) -> str | None:
    """Return the pod's name: as it is told, else as the kubelet wrote it into the token, else its host's."""
    told = token.pod if isinstance(token, Token) else None
    return expectation.pod or told or world.environ.get("HOSTNAME") or None


def _irsas(found: AwsReading, config: Config) -> _Irsa:
    """Return the settings as IRSA's checks are to see them: not at all, where the pod is meant for Pod Identity.

    A profile that cannot be read stays: it keeps SDKs from every mechanism.
    """
    if config.mechanism is not Mechanism.POD_IDENTITY or isinstance(found.settings, Failed):
        return _Irsa(found.settings, found.session)
    return _Irsa(Absent(NOT_IRSA), None)


def _within(budget: Budget, config: Config) -> Budget:
    """Return the budget of what runs aside: it ends a little before the run's own."""
    return replace(budget, ends=budget.ends - min(_RESERVE_SECONDS, config.deadline / 10))


class _Aside(Generic[_T]):
    """A piece of gathering in a thread of its own, abandoned when the deadline comes first."""

    def __init__(self, work: Callable[[], _T]) -> None:
        self._work = work
        self._done: _T | None = None
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        try:
            self._done = self._work()
        except BaseException as error:  # noqa: BLE001 - raised again where it can be told
            self._error = error

    def result(self, budget: Budget) -> _T | None:
        """Return what the work returned, or None once the deadline is over. Raises what the work raised."""
        while self._thread.is_alive() and budget.left > 0:
            self._thread.join(min(budget.left, _NAP_SECONDS))
        if self._error is not None:
            raise self._error
        return self._done


def _agent(side: "_Aside[AgentReading] | None", letter: Letter, budget: Budget, config: Config) -> AgentReading:
    """Return what the agent said, or why it was not asked."""
    if side is None:
        return unasked(letter.unsent or _UNREAD)
    return side.result(budget) or unasked(_overdue(config))


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


def _cluster(world: World, budget: Budget, who: Identity, memory: "Memory | None") -> ClusterReading:
    """Ask the Kubernetes API: whatever it answers, the pod's own diagnosis is not lost to it."""
    try:
        return read_cluster(world, budget, who, memory)
    except Exception as error:  # noqa: BLE001 - a bug here must not hide the rest
        return unread_cluster(Absent(f"asking the Kubernetes API crashed ({type(error).__name__}): this is a bug"))


def _for_mechanism(
    found: Inventories | Absent, settings: Settings | Failed | Absent, config: Config
) -> Inventories | Absent:
    """Say which mechanism the SDKs must know: that which the operator names, else that which the pod was given."""
    if isinstance(found, Absent):
        return found
    given = isinstance(settings, Settings) and bool(settings.pod_identity) and settings.role_arn is None
    alone = config.mechanism is Mechanism.AUTO and given
    return found._replace(pod_identity=alone or config.mechanism is Mechanism.POD_IDENTITY)


def _neighbours(world: World, budget: Budget, memory: "Memory | None") -> Seen:
    """Look at the pod's other containers; what was noted of them lately is not read again."""
    now = world.monotonic()
    try:
        return see_neighbours(world, budget.ends, lambda key: memory.recall_note(key, now) if memory else None)
    except Exception as error:  # noqa: BLE001 - their files are anybody's: the pod's own diagnosis is not lost to them
        return unseen(f"looking at the pod's processes crashed ({type(error).__name__}): this is a bug")


def _seen(side: _Aside[Seen], budget: Budget, memory: "Memory | None") -> Seen:
    """Return what was seen of the other containers: a look that hangs, on a dead file system, is not waited for."""
    seen = side.result(budget) or unseen(f"looking at the pod's processes did not end within {SECONDS:g} s")
    if memory:
        for key, note in seen.notes.items():
            memory.keep_note(key, note, budget.monotonic())
    return seen


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
    """Return role and provider as IAM shows them, where that is wanted; what was shown lately is not asked again."""
    unwanted = aws.settings.why if isinstance(aws.settings, Absent) else _unwanted(asking.config.iam, answer)
    if unwanted or aws.session is None or not isinstance(aws.settings, Settings):
        return unread(Absent(unwanted) if unwanted else _UNREAD)
    role = aws.settings.role_arn
    subject = Subject(role.value if role else "", token.issuer if isinstance(token, Token) else None)
    memory = asking.memory
    known = memory.recall(answer, subject, asking.world.monotonic()) if memory else None
    if known is not None:
        return known
    reading = _asked_iam(aws.settings, aws.session, subject, given=isinstance(answer.sts, Accepted), asking=asking)
    if memory:
        memory.keep(answer, subject, reading, asking.world.monotonic())
    return reading


def _asked_iam(settings: Settings, session: Session, subject: Subject, *, given: bool, asking: Asking) -> IamReading:
    inner = _within(asking.budget, asking.config)
    reading = _Aside(
        lambda: read_iam(subject, given=given, settings=settings, session=session, world=asking.world, budget=inner)
    )
    return reading.result(asking.budget) or unread(_overdue(asking.config))


def _unwanted(iam: Iam, answer: ExchangeReading) -> str | None:
    """Return why IAM is not to be asked."""
    if iam is Iam.OFF:
        return "IAM is not asked (--iam off)"
    if iam is Iam.AUTO and not isinstance(answer.sts, Refused):
        return "IAM is asked only where STS refused the exchange (--iam auto)"
    return None


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


def _overdue(config: Config) -> Absent:
    return Absent(f"not reached within the deadline of {config.deadline:g} s", overdue=True)


def _overdue_issuer(config: Config) -> IssuerReading:
    return IssuerReading(discovery=_overdue(config), jwks=_overdue(config), chain=_overdue(config))


def _overdue_exchange(config: Config) -> ExchangeReading:
    return ExchangeReading(sts=_overdue(config), caller=_overdue(config), clock=_overdue(config))
