"""The facts of one run: what was observed, immutable, never secret.

Pure data. A field's type in `Facts` lists the kinds a fact can turn out to be: the thing itself,
`Failed` (the world said no) or `Absent` (never looked for). Times are seconds since the epoch.
"""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from sidecar.model import Absent, Failed, Phases

NO_POD_IDENTITY = "the pod has no variables of EKS Pod Identity"
"""Why nothing of Pod Identity is looked for, in most pods."""

ONLY_SCANNED = "(--scan)"
"""How the reason ends why nothing is asked but what a directory shows."""

NOT_IRSA = "--mechanism pod-identity"
"""Why nothing of IRSA is looked for, where the operator says so."""

_SHOWN_PIDS = 5


class Moment(NamedTuple):
    """When the run looked, by this pod's clock."""

    now: float


class Setting(NamedTuple):
    """A setting's value and where it came from: a variable's name, ``profile NAME`` or an option."""

    value: str
    source: str


class Settings(NamedTuple):
    """What environment and AWS profile say, as botocore reads them (FACTS D12, D16 to D20).

    ``region`` is the one the exchange uses; ``region_everywhere`` whether every SDK would find one
    (FACTS D16). ``region_partition`` is None where no partition knows the region (FACTS D21).
    ``session_name`` is only what was configured. ``proxy`` is without its password.
    ``near_misses`` pairs a variable found with the one that was meant.
    """

    role_arn: Setting | None = None
    token_file: Setting | None = None
    session_name: Setting | None = None
    region: Setting | None = None
    region_partition: str | None = None
    region_everywhere: bool = True
    profile: str | None = None
    sts_regional_endpoints: Setting | None = None
    endpoint_url: Setting | None = None
    fips: bool = False
    dualstack: bool = False
    ca_bundle: Setting | None = None
    proxy: Setting | None = None
    no_proxy: str | None = None
    pod_identity: tuple[str, ...] = ()
    static_keys: tuple[str, ...] = ()
    near_misses: tuple[tuple[str, str], ...] = ()


class Provider(NamedTuple):
    """The provider that botocore's own order would use first, found without calling it.

    ``method`` is botocore's name for it; ``source`` says where its settings are.
    ``other_sdks`` are those whose order would take something else before web identity (FACTS D2, D5,
    D10, D11): each a pair of the SDK's name and what it would take.
    """

    method: str
    source: str
    other_sdks: tuple[tuple[str, str], ...] = ()

    @property
    def web_identity(self) -> bool:
        """Whether that provider is web identity."""
        return self.method == "assume-role-with-web-identity"


class Endpoint(NamedTuple):
    """The STS endpoint as botocore resolves it; ``partition`` is None for a custom one."""

    url: str
    partition: str | None
    region: str | None

    @property
    def host(self) -> str:
        """The host of ``url``, without its port."""
        authority = self.url.partition("://")[2].partition("/")[0].rpartition("@")[2]
        return authority.partition("]")[0] + "]" if authority.startswith("[") else authority.partition(":")[0]


class Process(NamedTuple):
    """A process's user and groups: this one's, or the workload's as the operator named them or /proc shows them.

    ``privileged`` says whether its capabilities let it read every file; None where only its user is known.
    """

    uid: int
    gids: frozenset[int]
    privileged: bool | None = None

    @property
    def reads_all(self) -> bool:
        """Whether mode bits do not bind it: root's usual capabilities are taken for granted (path_resolution(7))."""
        return self.uid == 0 if self.privileged is None else self.privileged


class TokenFile(NamedTuple):
    """The token file as found; ``path`` as configured, ``links`` the links followed to ``target``.

    ``mode`` holds the permission bits. ``projected``: it lies in an atomic writer's layout.
    ``subpath``: it is a mount of its own, which never rotates (FACTS C9).
    ``readers`` are the directories on the way: (path, permission bits, uid, gid), the file last.
    """

    path: str
    target: str
    links: tuple[str, ...]
    mode: int
    uid: int
    gid: int
    size: int
    modified: float
    projected: bool
    subpath: bool
    mount: str | None
    empty: bool
    surrounded: str | None
    readers: tuple[tuple[str, int, int, int], ...]


class Token(NamedTuple):
    """The token's header and claims, unverified. ``problems`` maps a claim to what is wrong with it.

    Only what is safe to show is here: never the token or its signature.
    """

    algorithm: str
    kid: str | None
    crit: tuple[str, ...]
    issuer: str | None
    subject: str | None
    audience: tuple[str, ...]
    authorized_party: str | None
    issued: float | None
    expires: float | None
    not_before: float | None
    problems: Mapping[str, str]
    namespace: str | None = None
    service_account: str | None = None
    pod: str | None = None
    legacy: bool = False
    warnafter: bool = False
    roles: tuple[str, ...] | None = None
    length: int = 0

    @property
    def effective_audience(self) -> str | None:
        """``azp`` where present, else the single ``aud``, else None (FACTS A21, A22)."""
        if self.authorized_party is not None:
            return self.authorized_party
        return self.audience[0] if len(self.audience) == 1 else None


class Expectation(NamedTuple):
    """What should be so: by the operator's word, or by the downward API.

    ``namespace`` and ``service_account`` are this pod's own where known, ``subject`` the operator's.
    ``pod_identity``: the operator says that the pod is meant for EKS Pod Identity, and not for IRSA.
    """

    audience: str
    subject: str | None = None
    role_arn: str | None = None
    thumbprints: tuple[str, ...] = ()
    namespace: str | None = None
    service_account: str | None = None
    pod: str | None = None
    pod_identity: bool = False


class Names(NamedTuple):
    """What remedies and commands are filled in with: a word in capitals where a name is not known.

    ``trust_policy`` is the JSON text of the policy that admits exactly this token (FACTS A32, A36). ``role_name`` is
    without the path, as IAM's API takes it. ``workload`` is what makes the pod, as kubectl names it: guessed by the
    form of the pod's name. ``iam_region`` is the region that IAM commands must be told: empty in the partition
    ``aws``, where they need none. ``region`` is one that AWS has, where the configured one is not.
    """

    namespace: str = "NAMESPACE"
    service_account: str = "SERVICE_ACCOUNT"
    pod: str = "POD"
    role_arn: str = "ROLE_ARN"
    role_name: str = "ROLE_NAME"
    role_path: str = "/"
    account: str = "ACCOUNT"
    region: str = "REGION"
    issuer: str = "https://ISSUER"
    subject: str = "SUBJECT"
    audience: str = "AUDIENCE"
    provider_arn: str = "PROVIDER_ARN"
    trust_policy: str = "TRUST_POLICY"
    thumbprint: str = "THUMBPRINT"
    sts_host: str = "STS_HOST"
    workload: str = "WORKLOAD"
    iam_region: str = ""


class Discovery(NamedTuple):
    """The discovery document: ``issuer`` and ``jwks_uri`` as published; ``seconds`` the whole fetch took."""

    url: str
    issuer: str
    jwks_uri: str
    seconds: float


class Key(NamedTuple):
    """A published key, without its numbers; ``problem`` says why STS could not use it (FACTS A18)."""

    kid: str | None
    kty: str
    algorithm: str | None
    problem: str | None


class Jwks(NamedTuple):
    """The published key set; ``seconds`` the whole fetch took."""

    url: str
    keys: tuple[Key, ...]
    seconds: float

    def position(self, kid: str | None) -> int | None:
        """Return where the key stands that STS takes for this kid, None where there is none (FACTS A18).

        The last of several with the kid; without a kid the only usable one.
        """
        if kid is None:
            usable = [place for place, key in enumerate(self.keys) if key.problem is None]
            return usable[0] if len(usable) == 1 else None
        return max((place for place, key in enumerate(self.keys) if key.kid == kid), default=None)


class Certificate(NamedTuple):
    """One certificate of a chain. ``names`` are its DNS and IP subject alternative names."""

    subject: str
    issuer: str
    not_before: float
    not_after: float
    sha1: str
    sha256: str
    names: tuple[str, ...]


class CertificateChain(NamedTuple):
    """The chain as presented, leaf first. ``verify_error`` is OpenSSL's reason where trust failed.

    ``name_matches`` says whether the leaf's names cover ``host``.
    """

    host: str
    port: int
    certificates: tuple[Certificate, ...]
    verify_error: str | None
    name_matches: bool

    @property
    def thumbprint(self) -> str:
        """SHA-1 of the last certificate presented, 40 lower-case hex digits (FACTS B1)."""
        return self.certificates[-1].sha1


class Signature(NamedTuple):
    """Whether the published key verifies the token; ``why`` where it does not."""

    kid: str | None
    verified: bool
    why: str = ""


class Accepted(NamedTuple):
    """STS gave credentials; they are not here. ``expiry`` is theirs."""

    assumed_role_arn: str
    provider: str | None
    audience: str | None
    expiry: float

    @property
    def why(self) -> str:
        """A clause for checks that ask about a refusal."""
        return "STS accepted the token"


class Refused(NamedTuple):
    """STS's answer, verbatim: ``code`` and ``message`` are empty where the answer was not STS's."""

    code: str
    message: str
    status: int
    request_id: str | None

    @property
    def why(self) -> str:
        """A clause for checks that need an accepted exchange."""
        return f"STS refused the exchange with {self.code or f'HTTP {self.status}'}"


class Caller(NamedTuple):
    """What GetCallerIdentity said with the new credentials."""

    arn: str
    account: str


class OidcProvider(NamedTuple):
    """The IAM OIDC provider for the token's issuer, as IAM shows it. ``thumbprints`` are lower case."""

    arn: str
    client_ids: tuple[str, ...]
    thumbprints: tuple[str, ...]


class NoProvider(NamedTuple):
    """IAM has no OIDC provider of this ARN; ``nearest`` is the ARN most like it, where one is much like it.

    ``others`` counts the account's providers, None where IAM does not let them be listed.
    """

    arn: str
    nearest: str | None = None
    others: int | None = None

    @property
    def why(self) -> str:
        """A clause for checks that need the provider."""
        return "IAM has no such provider"


class Role(NamedTuple):
    """The role, as IAM shows it; ``longest`` is its MaxSessionDuration in seconds (FACTS A4)."""

    arn: str
    longest: int


class NoRole(NamedTuple):
    """IAM has no role of this ARN; ``other`` is the one of the same name under another path, if there is one."""

    arn: str
    other: str | None = None

    @property
    def why(self) -> str:
        """A clause for checks that need the role."""
        return "the role does not exist"


class TrustPolicy(NamedTuple):
    """The role's trust policy as it is written, JSON, and where it was read: a file's path, or ``IAM``."""

    text: str
    source: str


class Clock(NamedTuple):
    """This pod's clock minus STS's, in seconds (FACTS H4)."""

    skew_seconds: float


class PodIdentity(NamedTuple):
    """What EKS Pod Identity's variables say (FACTS C20): ``agent`` is the URL of its agent, as far as it may be shown.

    ``token_file`` is the path of the token for the agent. ``stray`` are the other container variables that are set,
    by name: one of them can hold a secret. ``problem`` says why the agent's URL is not one that is called.
    ``before`` is what botocore's own order comes to before Pod Identity, and where that stands; None: nothing.
    """

    agent: Setting | None = None
    token_file: Setting | None = None
    stray: tuple[str, ...] = ()
    problem: str | None = None
    before: Setting | None = None


class Given(NamedTuple):
    """The agent gave credentials; they are not here. ``expiry`` is theirs."""

    url: str
    expiry: float

    @property
    def why(self) -> str:
        """A clause for checks that ask about a refusal."""
        return "the agent gave credentials"


class AgentRefused(NamedTuple):
    """The agent's answer: ``code`` is EKS Auth's, empty where the agent itself refused or something else answered."""

    code: str
    message: str
    status: int
    request_id: str | None

    @property
    def why(self) -> str:
        """A clause for checks that need credentials."""
        return f"the agent refused with {self.code or f'HTTP {self.status}'}"


class Timings(NamedTuple):
    """The phases of the three requests."""

    issuer: Phases = Phases()
    jwks: Phases = Phases()
    sts: Phases = Phases()


BOTO3, BOTOCORE, AIOBOTOCORE = "boto3", "botocore", "aiobotocore"
AWSCLI_1, AWSCLI_2 = "awscli 1", "awscli 2"
JAVASCRIPT_2, JAVASCRIPT_3 = "aws-sdk for JavaScript v2", "aws-sdk for JavaScript v3"
JAVA_1, JAVA_2 = "AWS SDK for Java v1", "AWS SDK for Java v2"
GO_1, GO_2 = "AWS SDK for Go v1", "AWS SDK for Go v2"
RUBY, PHP, DOTNET = "AWS SDK for Ruby", "AWS SDK for PHP", "AWS SDK for .NET"
RUST, CPP = "AWS SDK for Rust", "AWS SDK for C++"


class Sdk(NamedTuple):
    """An AWS SDK that was found, by its files alone: nothing was run.

    ``name`` is one of the above; ``version`` is None where none can be read; ``path`` where it was found, below
    the root that was looked at; ``modules`` the parts of it that were found and matter: the STS module's name.
    """

    name: str
    version: str | None
    path: str
    modules: tuple[str, ...] = ()


class Inventory(NamedTuple):
    """The SDKs under one root. ``whose`` says what was looked at; ``unread`` why not everything was, or None."""

    whose: str
    sdks: tuple[Sdk, ...]
    unread: str | None = None


class Inventories(NamedTuple):
    """The SDKs of every root that was looked at: of each other container in the pod, or of one directory.

    ``pod_identity``: they must know EKS Pod Identity, and not web identity alone.
    """

    of: tuple[Inventory, ...]
    pod_identity: bool = False


def named(name: str, pids: Iterable[int]) -> str:
    """Return how people are told of processes: by what they run, and by at most a few PIDs."""
    every = sorted(pids)
    shown = ", ".join(map(str, every[:_SHOWN_PIDS])) + (", ..." if len(every) > _SHOWN_PIDS else "")
    return f"{name} (PID{'s' if len(every) > 1 else ''} {shown})"


class Profile(NamedTuple):
    """What an AWS profile of another container would give, without any value of it.

    ``methods`` are botocore's names of the providers that it sets up; ``region`` says whether it names a region.
    """

    name: str
    methods: tuple[str, ...]
    region: bool = False


class Neighbour(NamedTuple):
    """The processes of another container that run one executable in one way, as /proc shows them.

    ``executable`` is its path below the container's root; ``process`` its user and groups. ``variables`` are the AWS_*
    that it was started with and that are not empty, with values only where these are not secret (else empty); None
    where they cannot be read. ``token_file`` is what its AWS_WEB_IDENTITY_TOKEN_FILE leads to below its root.
    ``sdks`` are those that the executable would use, out of its container's inventory.
    """

    name: str
    executable: str
    pids: tuple[int, ...]
    process: Process
    variables: Mapping[str, str] | None
    token_file: TokenFile | Failed | Absent
    profile: Profile | None = None
    sdks: tuple[Sdk, ...] = ()

    @property
    def title(self) -> str:
        """How people are told of it."""
        return f"{named(self.name, self.pids)} of another container"


class Neighbours(NamedTuple):
    """The processes of the pod's other containers; ``passed_over`` says of some why they were not looked at."""

    all: tuple[Neighbour, ...]
    passed_over: tuple[str, ...] = ()


class TokenMount(NamedTuple):
    """A projected service account token as a container mounts it; ``expiration`` is in seconds, None by default."""

    path: str
    audience: str | None
    expiration: int | None
    subpath: bool


class ApiContainer(NamedTuple):
    """A container of the pod, as the API shows it: ``place`` is init container, native sidecar or container.

    ``injected``: it has the variables of web identity, ``role_arn`` is its own AWS_ROLE_ARN where that is written out.
    ``user`` and ``group`` are None where its image decides.
    ``ours``: it is irsa-doctor by its name or image; ``watches``: its arguments say ``watch``.
    """

    name: str
    place: str
    injected: bool
    user: int | None
    group: int | None
    tokens: tuple[TokenMount, ...]
    ours: bool
    watches: bool
    role_arn: str | None = None


class ApiPod(NamedTuple):
    """This pod, as the Kubernetes API shows it. ``created`` is in seconds since the epoch.

    ``skipped`` are the containers that an annotation keeps from the webhook, ``webhook_skipped`` says that a label
    keeps the whole pod from it (FACTS C2). ``owner`` is the kind of what controls the pod.
    """

    name: str
    namespace: str
    service_account: str
    created: float
    containers: tuple[ApiContainer, ...]
    fs_group: int | None = None
    groups: tuple[int, ...] = ()
    skipped: tuple[str, ...] = ()
    webhook_skipped: bool = False
    owner: str | None = None
    fargate: bool = False


class ServiceAccount(NamedTuple):
    """The pod's service account, as the Kubernetes API shows it.

    ``annotated`` is when whoever wrote the role's annotation last wrote anything here: the annotation may be older.
    None where nothing shows it.
    """

    name: str
    namespace: str
    role_arn: str | None
    created: float
    annotated: float | None = None


class Facts(NamedTuple):
    """All facts of one run. A check names the ones it needs as its parameters."""

    moment: Moment
    expectation: Expectation
    process: Process
    workload: Process | Absent
    settings: Settings | Failed | Absent
    provider: Provider | Absent
    endpoint: Endpoint | Failed | Absent
    token_file: TokenFile | Failed | Absent
    token: Token | Failed | Absent
    discovery: Discovery | Failed | Absent
    jwks: Jwks | Failed | Absent
    chain: CertificateChain | Absent
    signature: Signature | Absent
    oidc_provider: OidcProvider | NoProvider | Absent
    role: Role | NoRole | Absent
    trust_policy: TrustPolicy | Absent
    sts: Accepted | Refused | Failed | Absent
    caller: Caller | Refused | Failed | Absent
    clock: Clock | Absent
    names: Names = Names()
    timings: Timings = Timings()
    pod_identity: PodIdentity | Absent = Absent(NO_POD_IDENTITY)
    agent_file: TokenFile | Failed | Absent = Absent(NO_POD_IDENTITY)
    agent_token: Token | Failed | Absent = Absent(NO_POD_IDENTITY)
    agent: Given | AgentRefused | Failed | Absent = Absent(NO_POD_IDENTITY)
    agent_caller: Caller | Refused | Failed | Absent = Absent(NO_POD_IDENTITY)
    neighbours: Neighbours | Absent = Absent("the pod's other processes were not looked at")
    inventories: Inventories | Absent = Absent("no SDK was looked for")
    pod: ApiPod | Absent = Absent("the Kubernetes API was not asked")
    service_account: ServiceAccount | Absent = Absent("the Kubernetes API was not asked")
