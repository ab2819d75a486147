"""What a scenario makes of each part of the lab: plain data, healthy by default. Does nothing.

Texts may hold ``$placeholders``: ``$issuer`` (the URL), ``$provider`` (its host and path), ``$provider_arn``,
``$role_arn``, ``$account``, ``$directory``, ``$token_file``, ``$sts``, ``$proxy``, ``$nowhere`` (a host
and port where nothing listens), ``$reader_key`` and ``$reader_secret`` (an IAM user's access key). Times are seconds
relative to the moment at which the pod is made.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum

AUDIENCE = "sts.amazonaws.com"
NAMESPACE = "payments"
SERVICE_ACCOUNT = "app"
POD_NAME = "app-0"
SUBJECT = f"system:serviceaccount:{NAMESPACE}:{SERVICE_ACCOUNT}"


class Seen(Enum):
    """Who meets a breakage: everybody, only STS (a firewall lets the pod pass), or only the pod."""

    ALL = "all"
    STS = "sts"
    POD = "pod"


class Transport(Enum):
    """How a port behaves: it serves, stays silent after accepting, resets, or refuses."""

    SERVE = "serve"
    SILENT = "silent"
    RESET = "reset"
    REFUSE = "refuse"


class Certificate(Enum):
    """The certificate chain that a port presents."""

    GOOD = "good"
    WITH_ROOT = "with root"
    EXPIRED = "expired"
    EXPIRING = "expiring"
    WRONG_NAME = "wrong name"
    DISORDERED = "disordered"
    DUPLICATED = "duplicated"
    STRANGER = "a stranger in the chain"
    UNTRUSTED = "untrusted"


class Published(Enum):
    """What the key set holds (FACTS A17, A18)."""

    RIGHT = "right"
    NONE = "none"
    OTHER = "other"
    WRONG = "wrong"
    MANY = "many"
    KEY_OPS = "key_ops"
    ENCRYPTION = "encryption"
    NAMELESS = "nameless"


class Shape(Enum):
    """What lies at the token file's path."""

    KUBELET = "kubelet"
    COPY = "copy"
    MISSING = "missing"
    DIRECTORY = "directory"
    FIFO = "fifo"
    LOOP = "loop"


@dataclass(frozen=True, slots=True)
class Page:
    """How the issuer answers one path. ``body`` replaces the document, ``drop`` and ``put`` change its fields.

    ``size`` pads the body with blanks to that many bytes; ``delay`` is seconds before the answer.
    """

    status: int = 200
    body: str | None = None
    content_type: str = "application/json"
    redirect: str | None = None
    drop: tuple[str, ...] = ()
    put: Mapping[str, object] = field(default_factory=dict)
    size: int = 0
    delay: float = 0.0
    seen: Seen = Seen.ALL


@dataclass(frozen=True, slots=True)
class IssuerPlan:
    """The issuer. ``certificate`` is the JWKS host's; ``suffix`` is added to the issuer's URL."""

    host: str = "localhost"
    suffix: str = ""
    discovery: Page = Page()
    jwks: Page = Page()
    published: Published = Published.RIGHT
    transport: Transport = Transport.SERVE
    jwks_transport: Transport = Transport.SERVE
    certificate: Certificate = Certificate.GOOD
    issuer_certificate: Certificate = Certificate.GOOD


@dataclass(frozen=True, slots=True)
class TokenPlan:
    """The token. ``raw`` replaces it whole, ``tail`` is written after it."""

    algorithm: str = "RS256"
    header: Mapping[str, object] = field(default_factory=dict)
    claims: Mapping[str, object] = field(default_factory=dict)
    times: Mapping[str, float] = field(default_factory=dict)
    drop: tuple[str, ...] = ()
    raw: str | None = None
    tail: str = ""


@dataclass(frozen=True, slots=True)
class MountPlan:
    """The token file: its shape, permission bits, and age (seconds before now)."""

    shape: Shape = Shape.KUBELET
    mode: int = 0o600
    age: float = 0.0


@dataclass(frozen=True, slots=True)
class NeighbourPlan:
    """Another container of the pod, with one process and a root of its own, in a process namespace that all share.

    ``environ`` changes the variables that the pod's own container has (None takes one away), ``files`` are written
    below its root, ``mount`` is its token file. ``user`` is who it runs as, and who has its files, where the lab is
    root; else it is the lab's own user.
    """

    environ: Mapping[str, str | None] = field(default_factory=dict)
    files: Mapping[str, str] = field(default_factory=dict)
    mount: MountPlan = MountPlan()
    user: int = 65532


TRUSTED: Mapping[str, Mapping[str, str]] = {
    "StringEquals": {"$provider:aud": AUDIENCE, "$provider:sub": SUBJECT},
}


READS = ("iam:GetRole", "iam:GetOpenIDConnectProvider", "iam:ListOpenIDConnectProviders")
"""All that irsa-doctor ever asks IAM."""


@dataclass(frozen=True, slots=True)
class CloudPlan:
    """What IAM holds. ``thumbprint`` says whether the provider's is the issuer's.

    ``policy`` is the text of the whole trust policy, in place of the one statement that the other fields make.
    ``permits`` are the actions of IAM that the account's users and roles may call; ``strangers`` are the issuers of
    other providers. ``control``: a policy of the organization refuses every exchange, which the trust policy does not
    show (FACTS E18).
    """

    provider: bool = True
    client_ids: tuple[str, ...] = (AUDIENCE,)
    thumbprint: bool = True
    role: bool = True
    principal: str = "$provider_arn"
    action: str = "sts:AssumeRoleWithWebIdentity"
    conditions: Mapping[str, Mapping[str, str]] = field(default_factory=lambda: TRUSTED)
    policy: str | None = None
    permits: tuple[str, ...] = ()
    strangers: tuple[str, ...] = ()
    control: bool = False


@dataclass(frozen=True, slots=True)
class Outright:
    """An answer that STS gives whatever it was asked."""

    status: int
    code: str
    message: str


@dataclass(frozen=True, slots=True)
class StsPlan:
    """STS. ``ahead`` is what its clock is ahead of ours, ``delay`` what every answer waits, in seconds."""

    exchange: Outright | None = None
    caller: Outright | None = None
    delay: float = 0.0
    ahead: float = 0.0
    transport: Transport = Transport.SERVE
    certificate: Certificate = Certificate.GOOD


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """A pod and its world: ``expects`` is the root cause's name (None: healthy), ``warns`` what is also seen.

    ``environ`` adds to the pod's variables (None takes one away), ``files`` are written into its directory,
    ``flags`` are for ``check``. ``neighbours`` are the pod's other containers. ``unprivileged``: root would not meet
    this fault.
    """

    name: str
    summary: str
    expects: str | None = None
    warns: tuple[str, ...] = ()
    environ: Mapping[str, str | None] = field(default_factory=dict)
    files: Mapping[str, str] = field(default_factory=dict)
    flags: tuple[str, ...] = ()
    token: TokenPlan = TokenPlan()
    mount: MountPlan = MountPlan()
    issuer: IssuerPlan = IssuerPlan()
    cloud: CloudPlan = CloudPlan()
    sts: StsPlan = StsPlan()
    neighbours: tuple[NeighbourPlan, ...] = ()
    unprivileged: bool = False
