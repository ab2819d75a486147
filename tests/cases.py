"""The table of cases: a healthy pod's facts, and for each check every outcome as a change of them. Plain data."""

import json
from dataclasses import dataclass, replace

from sidecar import faults
from sidecar.facts import (
    BOTOCORE,
    CPP,
    DOTNET,
    GO_1,
    GO_2,
    JAVA_2,
    JAVASCRIPT_3,
    NO_POD_IDENTITY,
    NOT_IRSA,
    Accepted,
    AgentRefused,
    ApiContainer,
    ApiPod,
    Caller,
    Certificate,
    CertificateChain,
    Clock,
    Discovery,
    Endpoint,
    Expectation,
    Facts,
    Given,
    Inventories,
    Inventory,
    Jwks,
    Key,
    Moment,
    Names,
    Neighbour,
    Neighbours,
    NoProvider,
    NoRole,
    OidcProvider,
    PodIdentity,
    Process,
    Profile,
    Provider,
    Refused,
    Role,
    Sdk,
    ServiceAccount,
    Setting,
    Settings,
    Signature,
    Token,
    TokenFile,
    TokenMount,
    TrustPolicy,
)
from sidecar.model import Absent, Fail, Failed, Fault, Pass, Severity, Skip

NOW = 1_790_000_000.0
DAY = 86_400.0
ROLE = "arn:aws:iam::111122223333:role/shop-cart"
ASSUMED = "arn:aws:sts::111122223333:assumed-role/shop-cart/irsa-doctor-cart-7d9f"
ISSUER = "https://oidc.eks.eu-west-1.amazonaws.com/id/EXAMPLED539D4633E53DE1B71EXAMPLE"
HOST = "oidc.eks.eu-west-1.amazonaws.com"
SUBJECT = "system:serviceaccount:shop:cart"
PATH = "/var/run/secrets/eks.amazonaws.com/serviceaccount/token"
PROVIDER = (
    "arn:aws:iam::111122223333:oidc-provider/oidc.eks.eu-west-1.amazonaws.com/id/EXAMPLED539D4633E53DE1B71EXAMPLE"
)
STS = "sts.eu-west-1.amazonaws.com"
POD_IDENTITY = ("AWS_CONTAINER_CREDENTIALS_FULL_URI", "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE")
NOT_LOOKED = Absent("it was not looked for")
KID = "kid-1"
JWKS_URL = f"{ISSUER}/keys"

_SETTINGS = Settings(
    role_arn=Setting(ROLE, "AWS_ROLE_ARN"),
    token_file=Setting(PATH, "AWS_WEB_IDENTITY_TOKEN_FILE"),
    region=Setting("eu-west-1", "AWS_DEFAULT_REGION"),
    region_partition="aws",
)
_FILE = TokenFile(
    path=PATH,
    target="/var/run/secrets/eks.amazonaws.com/serviceaccount/..2026/token",
    links=("..data/token",),
    mode=0o640,
    uid=0,
    gid=65532,
    size=900,
    modified=NOW - 600,
    projected=True,
    subpath=False,
    mount="/var/run/secrets/eks.amazonaws.com/serviceaccount",
    empty=False,
    surrounded=None,
    readers=(("/", 0o755, 0, 0), (PATH, 0o640, 0, 65532)),
)
_TOKEN = Token(
    algorithm="RS256",
    kid=KID,
    crit=(),
    issuer=ISSUER,
    subject=SUBJECT,
    audience=("sts.amazonaws.com",),
    authorized_party=None,
    issued=NOW - 600,
    expires=NOW - 600 + DAY,
    not_before=NOW - 600,
    problems={},
    namespace="shop",
    service_account="cart",
    pod="cart-7d9f",
    length=900,
)
_EXPECTATION = Expectation(audience="sts.amazonaws.com", namespace="shop", service_account="cart", pod="cart-7d9f")
_NAMES = Names(
    namespace="shop",
    service_account="cart",
    pod="cart-7d9f",
    role_arn=ROLE,
    role_name="shop-cart",
    account="111122223333",
    region="eu-west-1",
    issuer=ISSUER,
    subject=SUBJECT,
    audience="sts.amazonaws.com",
    provider_arn=PROVIDER,
    trust_policy='{"Version": "2012-10-17", "Statement": []}',
    thumbprint="b" * 40,
    sts_host=STS,
)
_LEAF = Certificate(
    subject=f"CN={HOST}",
    issuer="CN=Intermediate",
    not_before=NOW - 100 * DAY,
    not_after=NOW + 100 * DAY,
    sha1="a" * 40,
    sha256="a" * 64,
    names=(HOST,),
)
_INTERMEDIATE = Certificate(
    subject="CN=Intermediate",
    issuer="CN=Root",
    not_before=NOW - 1000 * DAY,
    not_after=NOW + 1000 * DAY,
    sha1="b" * 40,
    sha256="b" * 64,
    names=(),
)


def trusting(
    *,
    effect: str = "Allow",
    principal: str = PROVIDER,
    action: str = "sts:AssumeRoleWithWebIdentity",
    operator: str = "StringEquals",
    prefix: str = ISSUER.removeprefix("https://"),
    sub: str | None = SUBJECT,
    aud: str = "sts.amazonaws.com",
) -> str:
    """Return a trust policy of one statement, which admits the healthy pod's token, with these changes."""
    keys = {f"{prefix}:aud": aud} | ({} if sub is None else {f"{prefix}:sub": sub})
    statement = {"Effect": effect, "Principal": {"Federated": principal}, "Action": action}
    return json.dumps({"Version": "2012-10-17", "Statement": [{**statement, "Condition": {operator: keys}}]})


_CHAIN = CertificateChain(HOST, 443, (_LEAF, _INTERMEDIATE), verify_error=None, name_matches=True)
_DISCOVERY = Discovery(f"{ISSUER}/.well-known/openid-configuration", ISSUER, JWKS_URL, 0.05)
_MOUNTS = (TokenMount(PATH.rpartition("/")[0], "sts.amazonaws.com", 86_400, subpath=False),)
POD = ApiPod(
    name="cart-7d9f",
    namespace="shop",
    service_account="cart",
    created=NOW - 3600,
    containers=(
        ApiContainer("irsa-doctor", "native sidecar", True, 65532, 65532, _MOUNTS, True, True),
        ApiContainer("app", "container", True, 1000, 1000, _MOUNTS, False, False),
    ),
    fs_group=65532,
    owner="ReplicaSet",
)
ACCOUNT = ServiceAccount("cart", "shop", ROLE, NOW - 7200, NOW - 7000)
THEIRS = {
    "AWS_ROLE_ARN": ROLE,
    "AWS_WEB_IDENTITY_TOKEN_FILE": PATH,
    "AWS_REGION": "eu-west-1",
    "AWS_DEFAULT_REGION": "eu-west-1",
}
NEIGHBOUR = Neighbour(
    name="python3.11",
    executable="/usr/bin/python3.11",
    pids=(7,),
    process=Process(1000, frozenset({65532})),
    variables=THEIRS,
    token_file=_FILE,
    sdks=(Sdk(BOTOCORE, "1.40.0", "/usr/lib/python3/dist-packages/botocore-1.40.0.dist-info"),),
)
_HEALTHY = Facts(
    moment=Moment(NOW),
    expectation=_EXPECTATION,
    process=Process(65532, frozenset({65532})),
    workload=Process(1000, frozenset({65532})),
    settings=_SETTINGS,
    provider=Provider("assume-role-with-web-identity", "AWS_WEB_IDENTITY_TOKEN_FILE"),
    endpoint=Endpoint(f"https://{STS}", "aws", "eu-west-1"),
    token_file=_FILE,
    token=_TOKEN,
    discovery=_DISCOVERY,
    jwks=Jwks(JWKS_URL, (Key(KID, "RSA", "RS256", None),), 0.04),
    chain=_CHAIN,
    signature=Signature(KID, verified=True),
    oidc_provider=OidcProvider(PROVIDER, ("sts.amazonaws.com",), ("b" * 40,)),
    role=Role(ROLE, 3600),
    trust_policy=TrustPolicy(trusting(), "IAM"),
    sts=Accepted(ASSUMED, PROVIDER, "sts.amazonaws.com", NOW + 3600),
    caller=Caller(ASSUMED, "111122223333"),
    clock=Clock(0.4),
    names=_NAMES,
    neighbours=Neighbours((NEIGHBOUR,)),
    pod=POD,
    service_account=ACCOUNT,
    inventories=Inventories(
        (
            Inventory(
                "another container",
                (
                    Sdk(BOTOCORE, "1.40.0", "/usr/lib/python3/dist-packages/botocore-1.40.0.dist-info"),
                    Sdk(JAVA_2, "2.30.0", "/app.jar!/BOOT-INF/lib/sdk-core-2.30.0.jar", ("sts",)),
                ),
            ),
        )
    ),
)


def healthy(**changes: object) -> Facts:
    """Return the facts of a pod in good order, with these changes."""
    return _HEALTHY._replace(**changes)  # type: ignore[arg-type] # a fact of any kind under any name


def settings(**changes: object) -> Settings:
    """Return the healthy pod's settings, with these changes."""
    return _SETTINGS._replace(**changes)  # type: ignore[arg-type] # as above


def token_file(**changes: object) -> TokenFile:
    """Return the healthy pod's token file, with these changes."""
    return _FILE._replace(**changes)  # type: ignore[arg-type] # as above


def token(**changes: object) -> Token:
    """Return the healthy pod's token, with these changes."""
    return _TOKEN._replace(**changes)  # type: ignore[arg-type] # as above


def expectation(**changes: object) -> Expectation:
    """Return what is expected of the healthy pod, with these changes."""
    return _EXPECTATION._replace(**changes)  # type: ignore[arg-type] # as above


def leaf(**changes: object) -> Certificate:
    """Return the issuer's leaf certificate, with these changes."""
    return _LEAF._replace(**changes)  # type: ignore[arg-type] # as above


def chain(*certificates: Certificate, **changes: object) -> CertificateChain:
    """Return the issuer's chain, of these certificates where some are given, with these changes."""
    return _CHAIN._replace(certificates=certificates or _CHAIN.certificates, **changes)  # type: ignore[arg-type] # as above


def discovery(**changes: object) -> Discovery:
    """Return the issuer's discovery document, with these changes."""
    return _DISCOVERY._replace(**changes)  # type: ignore[arg-type] # as above


def jwks(*keys: Key, seconds: float = 0.04) -> Jwks:
    """Return a key set of these keys."""
    return Jwks(JWKS_URL, keys, seconds)


def key(kid: str | None = KID, kty: str = "RSA", problem: str | None = None) -> Key:
    """Return a published key, as the checks see it."""
    return Key(kid, kty, "RS256", problem)


def refused(code: str, message: str, status: int = 400, request_id: str | None = "request-1") -> Refused:
    """Return an answer by which STS refuses."""
    return Refused(code, message, status, request_id)


AGENT = Setting("http://169.254.170.23/v1/credentials", POD_IDENTITY[0])
AGENTS_FILE = "/var/run/secrets/pods.eks.amazonaws.com/serviceaccount/eks-pod-identity-token"
AGENTS_SESSION = "arn:aws:sts::111122223333:assumed-role/shop-cart/eks-prod-cart-7d9f-0c1d"
AGENTS_TOKEN = _TOKEN._replace(audience=("pods.eks.amazonaws.com",))
_OF_IRSA = (
    "settings", "provider", "endpoint", "token_file", "token", "discovery", "jwks", "chain", "signature",
    "oidc_provider", "role", "trust_policy", "sts", "caller",
)  # fmt: skip


def pod_identity(**changes: object) -> PodIdentity:
    """Return what the variables of a pod with Pod Identity say, with these changes."""
    found = PodIdentity(AGENT, Setting(AGENTS_FILE, POD_IDENTITY[1]))
    return found._replace(**changes)  # type: ignore[arg-type] # as above


def meant_for_it(**changes: object) -> dict[str, object]:
    """Return the facts of a pod that is meant for Pod Identity, and gets its credentials so; nothing of IRSA's."""
    return {
        **dict.fromkeys(_OF_IRSA, Absent(NOT_IRSA)),
        "expectation": expectation(pod_identity=True),
        "pod_identity": pod_identity(),
        "agent_file": token_file(path=AGENTS_FILE),
        "agent_token": AGENTS_TOKEN,
        "agent": Given(AGENT.value, NOW + 6 * 3600),
        "agent_caller": Caller(AGENTS_SESSION, "111122223333"),
        **changes,
    }


def agent_refused(code: str, message: str, status: int = 400, request_id: str | None = "request-2") -> AgentRefused:
    """Return an answer by which the agent refuses."""
    return AgentRefused(code, message, status, request_id)


INTERMEDIATE = _INTERMEDIATE
INVALID = "InvalidIdentityToken"
DENIED = refused("AccessDenied", "Not authorized to perform sts:AssumeRoleWithWebIdentity", 403)
TIME_REFUSED = refused("SignatureDoesNotMatch", "Signature expired: 20260101T000000Z is now earlier than ...", 403)


@dataclass(frozen=True, slots=True)
class Case:
    """What ``check`` must say of ``facts``: the kind of verdict, its fault and severity, words in what it shows."""

    check: str
    facts: Facts
    verdict: type[Pass | Fail | Skip]
    words: tuple[str, ...]
    fault: Fault | None = None
    severity: Severity | None = None

    @property
    def name(self) -> str:
        """The case's name in the list of tests."""
        return f"{self.check}-{self.fault.name if self.fault else self.verdict.__name__.lower()}"


def passes(check: str, *words: str, **changes: object) -> Case:
    """Return a case in which the check's question is answered with yes."""
    return Case(check, healthy(**changes), Pass, words)


def skips(check: str, *words: str, **changes: object) -> Case:
    """Return a case in which the check cannot answer."""
    return Case(check, healthy(**changes), Skip, words)


def fails(check: str, fault: Fault, *words: str, **changes: object) -> Case:
    """Return a case in which the check names ``fault``, with the fault's own severity."""
    return Case(check, healthy(**changes), Fail, words, fault)


def as_error(case: Case) -> Case:
    """Return the case, with the check raising the fault to an error by itself."""
    return replace(case, severity=Severity.ERROR)


def as_warning(case: Case) -> Case:
    """Return the case, with the check lowering the fault to a warning by itself."""
    return replace(case, severity=Severity.WARNING)


def answers(fault: Fault, code: str, message: str, *words: str, status: int = 400) -> Case:
    """Return a case in which STS refuses with this answer, which is shown word by word."""
    shown = (code, message, str(status), *words)
    return fails("exchange.accepted", fault, *shown, sts=refused(code, message, status), caller=NOT_LOOKED)


def distrusted(fault: Fault, *words: str, **changes: str) -> Case:
    """Return a case in which the trust policy, with these changes, does not admit the token."""
    return fails("trust.admits", fault, *words, trust_policy=TrustPolicy(trusting(**changes), "IAM"))


_SAID = {
    "content": "{} does not answer with HTTP that can be read",
    "denied": "{} answered 403",
    "directory": "{} is a directory",
    "dns": "{} does not resolve (Name or service not known)",
    "handshake": "{} does not speak TLS",
    "io": "{} cannot be read: Input/output error",
    "link-local": "{} has the link-local address 169.254.1.1, to which nothing is sent",
    "loop": "{} leads through a loop of symbolic links",
    "not-found": "{} answered 404",
    "permission": "permission denied for uid 65532, groups 65532: refused by {}, mode 0600, owner 0:0",
    "proxy": "the proxy http://proxy.test:3128 answered 403 Forbidden",
    "redirect": "{} redirects elsewhere, to elsewhere.test",
    "refused": "{} refuses connections",
    "reset": "{} closed the connection during the TLS handshake",
    "special": "{} is a FIFO, not a regular file",
    "timeout": "{} did not answer in time",
    "tls": "the certificate of {} is not trusted (unable to get local issuer certificate)",
    "too-large": "{} is larger than 1 MiB",
    "unavailable": "{} answered 503",
}


def said(kind: str, what: str) -> str:
    """Return why a look failed, much as the probe words it."""
    return _SAID[kind].format(what)


def unreached(kind: str, fault: Fault, *words: str, **changes: object) -> Case:
    """Return a case in which STS was asked and did not answer."""
    return fails("exchange.reached", fault, *words, STS, sts=Failed(kind, said(kind, STS)), **changes)


def unfetched(check: str, fact: str, kind: str, fault: Fault, *words: str) -> Case:
    """Return a case in which one of the issuer's documents could not be had."""
    return fails(check, fault, said(kind, HOST), *words, **{fact: Failed(kind, said(kind, HOST))})


ENVIRONMENT = (
    passes("environment.injected", "AWS_ROLE_ARN", "AWS_WEB_IDENTITY_TOKEN_FILE"),
    passes("environment.injected", "profile shop", settings=settings(role_arn=Setting(ROLE, "profile shop"))),
    fails(
        "environment.injected",
        faults.IRSA_ENV_NOT_INJECTED,
        "the environment and the AWS profile",
        settings=settings(role_arn=None, token_file=None),
    ),
    fails(
        "environment.injected",
        faults.WEBIDENTITY_CONFIG_INCOMPLETE,
        "AWS_WEB_IDENTITY_TOKEN_FILE",
        "AWS_ROLE_ARN",
        settings=settings(token_file=None),
    ),
    fails(
        "environment.injected",
        faults.WEBIDENTITY_CONFIG_INCOMPLETE,
        "AWS_IAM_ROLE_ARN (meant: AWS_ROLE_ARN)",
        settings=settings(role_arn=None, near_misses=(("AWS_IAM_ROLE_ARN", "AWS_ROLE_ARN"),)),
    ),
    fails(
        "environment.injected",
        faults.WEBIDENTITY_CONFIG_INCOMPLETE,
        "AWS_ROLE_ARN and AWS_WEB_IDENTITY_TOKEN_FILE",
        "aws_role_arn (meant: AWS_ROLE_ARN)",
        settings=settings(role_arn=None, token_file=None, near_misses=(("aws_role_arn", "AWS_ROLE_ARN"),)),
    ),
    fails(
        "environment.injected",
        faults.POD_IDENTITY_IN_USE,
        *POD_IDENTITY,
        settings=settings(role_arn=None, token_file=None, pod_identity=POD_IDENTITY),
    ),
    fails(
        "environment.injected",
        faults.AWS_PROFILE_INVALID,
        "there is no profile shop",
        settings=Failed("profile-missing", "there is no profile shop"),
    ),
    passes("environment.role_arn", "shop-cart", "111122223333"),
    passes(
        "environment.role_arn",
        "role cart in",
        settings=settings(role_arn=Setting("arn:aws-cn:iam::111122223333:role/teams/shop/cart", "AWS_ROLE_ARN")),
    ),
    skips("environment.role_arn", "no role ARN is set", settings=settings(role_arn=None)),
    fails(
        "environment.role_arn",
        faults.ROLE_ARN_INVALID,
        f"{ROLE}\n",
        "AWS_ROLE_ARN",
        settings=settings(role_arn=Setting(f"{ROLE}\n", "AWS_ROLE_ARN")),
    ),
    passes("environment.role_expected", "expected", expectation=expectation(role_arn=ROLE)),
    skips("environment.role_expected", "--expect-role-arn"),
    skips(
        "environment.role_expected",
        "no role ARN is set",
        expectation=expectation(role_arn=ROLE),
        settings=settings(role_arn=None),
    ),
    fails(
        "environment.role_expected",
        faults.ROLE_ARN_UNEXPECTED,
        ROLE,
        "arn:aws:iam::111122223333:role/other",
        expectation=expectation(role_arn="arn:aws:iam::111122223333:role/other"),
    ),
    passes("environment.region", "eu-west-1 from AWS_DEFAULT_REGION"),
    fails("environment.region", faults.REGION_MISSING, "AWS_REGION", settings=settings(region_everywhere=False)),
    fails(
        "environment.region",
        faults.REGION_MISSING,
        "AWS_DEFAULT_REGION",
        "eu-west-1",
        settings=settings(region=Setting("eu-west-1", "AWS_REGION"), region_everywhere=False),
    ),
    fails(
        "environment.region",
        faults.REGION_MISSING,
        "AWS_REGION and AWS_DEFAULT_REGION",
        settings=settings(region=None, region_partition=None, role_arn=None),
    ),
    fails(
        "environment.region",
        faults.REGION_MISSING,
        "AWS_REGION and AWS_DEFAULT_REGION",
        settings=settings(region=None, region_partition=None),
    ),
    as_error(
        fails(
            "environment.region",
            faults.REGION_MISSING,
            "aws-us-gov",
            settings=settings(
                region=None,
                region_partition=None,
                role_arn=Setting("arn:aws-us-gov:iam::111122223333:role/cart", "AWS_ROLE_ARN"),
            ),
        ),
    ),
    fails(
        "environment.region",
        faults.REGION_INVALID,
        "EU-WEST-1",
        "AWS_DEFAULT_REGION",
        settings=settings(region=Setting("EU-WEST-1", "AWS_DEFAULT_REGION"), region_partition=None),
    ),
    passes("environment.partition", "aws"),
    passes(
        "environment.partition",
        "partition aws-cn",
        settings=settings(role_arn=None, region_partition=None),
        endpoint=Endpoint("https://sts.cn-north-1.amazonaws.com.cn", "aws-cn", "cn-north-1"),
    ),
    skips(
        "environment.partition",
        "no partition is known",
        settings=settings(role_arn=Setting("shop-cart", "AWS_ROLE_ARN"), region_partition=None),
        endpoint=Endpoint("https://sts.example.test", None, None),
    ),
    fails(
        "environment.partition",
        faults.PARTITION_MISMATCH,
        "aws-cn",
        "https://sts.eu-west-1.amazonaws.com",
        settings=settings(role_arn=Setting("arn:aws-cn:iam::111122223333:role/cart", "AWS_ROLE_ARN")),
    ),
    fails(  # a custom endpoint, whose host says where it is
        "environment.partition",
        faults.PARTITION_MISMATCH,
        "aws-cn",
        "https://sts.cn-north-1.amazonaws.com.cn",
        endpoint=Endpoint("https://sts.cn-north-1.amazonaws.com.cn", None, "eu-west-1"),
    ),
    passes(  # a provider may be for an issuer in another partition
        "environment.partition",
        "partition aws-cn; the issuer's host is of aws",
        settings=settings(
            role_arn=Setting("arn:aws-cn:iam::111122223333:role/cart", "AWS_ROLE_ARN"), region=None
        )._replace(region_partition=None),
        endpoint=Endpoint("https://sts.cn-north-1.amazonaws.com.cn", "aws-cn", "cn-north-1"),
    ),
    passes("environment.session_name", "the SDK makes one"),
    passes("environment.session_name", "a@b", settings=settings(session_name=Setting("a@b", "AWS_ROLE_SESSION_NAME"))),
    fails(
        "environment.session_name",
        faults.SESSION_NAME_INVALID,
        "my cart",
        "AWS_ROLE_SESSION_NAME",
        settings=settings(session_name=Setting("my cart", "AWS_ROLE_SESSION_NAME")),
    ),
    fails(
        "environment.session_name",
        faults.SESSION_NAME_INVALID,
        settings=settings(session_name=Setting("a" * 65, "AWS_ROLE_SESSION_NAME")),
    ),
    passes("environment.sts_endpoint", "https://sts.eu-west-1.amazonaws.com"),
    skips("environment.sts_endpoint", "no region", endpoint=Failed("region-missing", "no region is set")),
    skips("environment.sts_endpoint", "no such region", endpoint=Failed("region-invalid", "no such region")),
    fails(
        "environment.sts_endpoint",
        faults.STS_ENDPOINT_SETTING_INVALID,
        "Regional",
        "AWS_STS_REGIONAL_ENDPOINTS",
        settings=settings(sts_regional_endpoints=Setting("Regional", "AWS_STS_REGIONAL_ENDPOINTS")),
        endpoint=Failed("setting", "Regional is neither"),
    ),
    fails(
        "environment.sts_endpoint",
        faults.STS_ENDPOINT_SETTING_INVALID,
        "sts.example.test",
        "AWS_ENDPOINT_URL_STS",
        settings=settings(endpoint_url=Setting("sts.example.test", "AWS_ENDPOINT_URL_STS")),
        endpoint=Failed("url", "it is not a URL"),
    ),
    fails(  # what is valid is not blamed
        "environment.sts_endpoint",
        faults.STS_ENDPOINT_SETTING_INVALID,
        "account_id_endpoint_mode",
        settings=settings(sts_regional_endpoints=Setting("regional", "AWS_STS_REGIONAL_ENDPOINTS")),
        endpoint=Failed("setting", "The provided value of account_id_endpoint_mode is not valid"),
    ),
    fails(
        "environment.sts_endpoint",
        faults.STS_ENDPOINT_SETTING_INVALID,
        "dualstack",
        settings=settings(sts_regional_endpoints=None),
        endpoint=Failed("setting", "dualstack is not supported here"),
    ),
    fails(
        "environment.sts_endpoint",
        faults.STS_ENDPOINT_SETTING_INVALID,
        "AWS_USE_DUALSTACK_ENDPOINT",
        "AWS_USE_DUALSTACK_ENDPOINT=false",
        settings=settings(dualstack=True),
        endpoint=Failed(
            "setting", "Unable to construct a modeled endpoint with the following variant(s) ['dualstack']"
        ),
    ),
    *(
        as_warning(
            fails(
                "environment.sts_endpoint",
                faults.STS_ENDPOINT_SETTING_INVALID,
                host,
                source,
                "AWS_DEFAULT_REGION=eu-west-1",
                settings=settings(region=region and Setting(region, "AWS_DEFAULT_REGION"), fips=fips, dualstack=dual),
                endpoint=Endpoint(f"https://{host}", "aws", region or "aws-global"),
            )
        )
        for host, region, fips, dual, source in (
            ("sts-fips.aws-global.amazonaws.com", None, True, False, "AWS_USE_FIPS_ENDPOINT without a region"),
            ("sts.aws-global.api.aws", None, False, True, "AWS_USE_DUALSTACK_ENDPOINT without a region"),
            (
                "sts-fips.aws-global.api.aws",
                None,
                True,
                True,
                "AWS_USE_FIPS_ENDPOINT and AWS_USE_DUALSTACK_ENDPOINT without a region",
            ),
            ("sts.aws-cn-global.amazonaws.com.cn", "aws-cn-global", False, False, "AWS_DEFAULT_REGION"),
        )
    ),
    passes(
        "environment.sts_endpoint",
        "botocore lists no FIPS endpoint of STS in eu-west-1",
        settings=settings(fips=True),
        endpoint=Endpoint("https://sts-fips.eu-west-1.amazonaws.com", "aws", "eu-west-1"),
    ),
    passes(
        "environment.sts_endpoint",
        "a custom endpoint: AWS_USE_FIPS_ENDPOINT does not change it",
        settings=settings(fips=True, endpoint_url=Setting("https://sts.test", "AWS_ENDPOINT_URL")),
        endpoint=Endpoint("https://sts.test", None, "eu-west-1"),
    ),
    passes("environment.endpoint_fits_region", "eu-west-1 need not be opted into"),
    passes(
        "environment.endpoint_fits_region",
        "sts.me-south-1.amazonaws.com is not the global endpoint",
        settings=settings(region=Setting("me-south-1", "AWS_DEFAULT_REGION")),
        endpoint=Endpoint("https://sts.me-south-1.amazonaws.com", "aws", "me-south-1"),
    ),
    passes(  # whoever reads AWS_REGION or not: all are sent to the custom endpoint
        "environment.endpoint_fits_region",
        "vpce.test is not the global endpoint",
        settings=settings(
            region=Setting("me-south-1", "AWS_REGION"),
            endpoint_url=Setting("https://vpce.test", "AWS_ENDPOINT_URL_STS"),
        ),
        endpoint=Endpoint("https://vpce.test", None, "me-south-1"),
    ),
    skips(
        "environment.endpoint_fits_region",
        "region is not known",
        settings=settings(region=None, region_partition=None),
        names=_NAMES._replace(issuer="https://issuer.test"),
    ),
    *(
        as_warning(
            fails(
                "environment.endpoint_fits_region", faults.GLOBAL_TOKEN_IN_OPT_IN_REGION, "me-south-1", *words, **facts
            )
        )
        for words, facts in (
            (
                ("boto3 and the AWS CLI v1",),
                {
                    "settings": settings(region=Setting("me-south-1", "AWS_REGION"), region_everywhere=False),
                    "endpoint": Endpoint("https://sts.me-south-1.amazonaws.com", "aws", "me-south-1"),
                },
            ),
            (
                ("sts.amazonaws.com", "SDKs in this environment"),
                {
                    "settings": settings(
                        region=Setting("me-south-1", "AWS_DEFAULT_REGION"),
                        endpoint_url=Setting("https://sts.amazonaws.com", "AWS_ENDPOINT_URL_STS"),
                    ),
                    "endpoint": Endpoint("https://sts.amazonaws.com", None, "me-south-1"),
                },
            ),
            (  # the cluster's region, by its issuer's host, where none is set
                ("sts.amazonaws.com",),
                {
                    "settings": settings(region=None, region_partition=None),
                    "endpoint": Endpoint("https://sts.amazonaws.com", "aws", "aws-global"),
                    "names": _NAMES._replace(issuer="https://oidc.eks.me-south-1.amazonaws.com/id/EXAMPLE"),
                },
            ),
        )
    ),
    passes("environment.unshadowed", "web identity first"),
    *(
        skips("environment.unshadowed", "not set up", provider=Provider(method, "somewhere"))
        for method in ("sso", "shared-credentials-file", "custom-process", "container-role", "iam-role", "none")
    ),
    fails(
        "environment.unshadowed",
        faults.SHADOWED_CREDENTIALS,
        "AWS_ACCESS_KEY_ID",
        provider=Provider("env", "AWS_ACCESS_KEY_ID"),
    ),
    fails("environment.unshadowed", faults.SHADOWED_CREDENTIALS, provider=Provider("assume-role", "profile shop")),
    as_warning(
        fails(
            "environment.unshadowed",
            faults.SHADOWED_CREDENTIALS,
            "profile default",
            "Rust, C++",
            provider=Provider(
                "assume-role-with-web-identity",
                "AWS_WEB_IDENTITY_TOKEN_FILE",
                (("Rust", "profile default"), ("C++", "profile default")),
            ),
        ),
    ),
    passes("environment.single_mechanism", "no Pod Identity"),
    skips("environment.single_mechanism", "not complete", settings=settings(role_arn=None)),
    skips("environment.single_mechanism", "not complete", settings=settings(token_file=None)),
    fails(
        "environment.single_mechanism",
        faults.POD_IDENTITY_IN_USE,
        *POD_IDENTITY,
        "by the documented orders",
        settings=settings(pod_identity=POD_IDENTITY),
    ),
)

FILE = (
    passes("token_file.readable", PATH, "0640", "0:65532"),
    fails(
        "token_file.readable",
        faults.TOKEN_FILE_MISSING,
        PATH,
        "AWS_WEB_IDENTITY_TOKEN_FILE",
        token_file=Failed("missing", "there is no such file"),
    ),
    fails("token_file.readable", faults.TOKEN_FILE_MISSING, "gone", token_file=Failed("vanished", "gone meanwhile")),
    *(
        fails(
            "token_file.readable",
            faults.TOKEN_FILE_UNREADABLE,
            PATH,
            said(kind, PATH),
            "65532 with groups 65532",
            token_file=Failed(kind, said(kind, PATH)),
        )
        for kind in ("permission", "directory", "special", "loop", "io")
    ),
    fails(
        "token_file.readable",
        faults.TOKEN_FILE_MISSING,
        settings=settings(token_file=None),
        token_file=Failed("missing", "there is no such file"),
    ),
    passes("token_file.filled", "900 bytes"),
    fails("token_file.filled", faults.TOKEN_EMPTY, PATH, "1 bytes", token_file=token_file(empty=True, size=1)),
    passes("token_file.clean", "nothing around it"),
    skips("token_file.clean", "empty", token_file=token_file(empty=True, size=0)),
    fails(
        "token_file.clean",
        faults.TOKEN_FILE_UNCLEAN,
        "a line break",
        token_file=token_file(surrounded="a line break after the token"),
    ),
    passes("token_file.private", "0640"),
    passes("token_file.private", "0600", token_file=token_file(mode=0o600)),
    fails("token_file.private", faults.TOKEN_FILE_EXPOSED, "0644", PATH, token_file=token_file(mode=0o644)),
    passes("token_file.fresh", "1%"),
    passes("token_file.fresh", "0%", token=token(issued=NOW + 60, expires=NOW + DAY)),
    passes("token_file.fresh", "90%", token=token(issued=NOW - 90, expires=NOW + 10)),
    fails(
        "token_file.fresh",
        faults.TOKEN_FILE_STALE,
        "91%",
        "in a projected volume",
        token=token(issued=NOW - 91, expires=NOW + 9),
    ),
    fails(
        "token_file.fresh",
        faults.TOKEN_FILE_STALE,
        "life is over, not in a projected volume",
        token=token(issued=NOW - 101, expires=NOW - 1),
        token_file=token_file(projected=False),
    ),
    fails("token_file.fresh", faults.TOKEN_FILE_STALE, "100%", token=token(issued=NOW - 100, expires=NOW)),
    fails("token_file.fresh", faults.TOKEN_FILE_STALE, "subPath", token_file=token_file(subpath=True)),
    skips("token_file.fresh", "how long", token=token(issued=None)),
    skips("token_file.fresh", "how long", token=token(expires=None)),
    skips("token_file.fresh", "how long", token=token(issued=NOW, expires=NOW)),
    passes("token_file.workload_readable", "user 1000"),
    skips("token_file.workload_readable", "--workload-uid", workload=Absent("it is not given (--workload-uid)")),
    fails(
        "token_file.workload_readable",
        faults.WORKLOAD_CANNOT_READ_TOKEN,
        "1000",
        "none",
        PATH,
        "0640",
        workload=Process(1000, frozenset()),
    ),
    fails(
        "token_file.workload_readable",
        faults.WORKLOAD_CANNOT_READ_TOKEN,
        "7,1000",
        workload=Process(1000, frozenset({1000, 7})),
    ),
)

TOKEN = (
    passes("token.wellformed", "900 characters"),
    fails(
        "token.wellformed",
        faults.TOKEN_MALFORMED,
        "it has 5 parts",
        token=Failed("malformed", "it has 5 parts between dots where a JWT has 3"),
    ),
    fails("token.wellformed", faults.TOKEN_MALFORMED, "crit", "b64", token=token(crit=("b64",))),
    passes("token.kind", "not the Kubernetes API's"),
    passes("token.kind", "nothing marks it", token=token(audience=("vault",))),
    fails("token.kind", faults.TOKEN_WRONG_KIND, "legacy", token=token(audience=(), legacy=True)),
    fails("token.kind", faults.TOKEN_WRONG_KIND, "warnafter", token=token(audience=("api",), warnafter=True)),
    *(
        fails("token.kind", faults.TOKEN_WRONG_KIND, audience, "sts.amazonaws.com", token=token(audience=(audience,)))
        for audience in (
            "https://kubernetes.default.svc",
            "https://kubernetes.default.svc.cluster.local",
            "kubernetes.default.svc",
            "api",
            ISSUER,
        )
    ),
    fails("token.kind", faults.TOKEN_WRONG_KIND, "api", token=token(issuer=None, audience=("vault", "api"))),
    passes("token.complete", "iss, sub, aud, iat and exp"),
    fails("token.complete", faults.TOKEN_MISSING_CLAIM, "missing", token=token(problems={"exp": "missing"})),
    passes("token.unexpired", "until 2026-"),
    passes("token.unexpired", "until 2026-", token=token(expires=NOW)),
    passes("token.unexpired", "300 s ago", "5 minutes", token=token(expires=NOW - 300)),
    skips("token.unexpired", "no expiry", token=token(expires=None)),
    fails("token.unexpired", faults.TOKEN_EXPIRED, "2026-09-21T14:08:19Z", token=token(expires=NOW - 301)),
    passes("token.started", "since 2026-"),
    passes("token.started", "since 2026-", token=token(issued=NOW + 300, not_before=None)),
    skips("token.started", "does not say", token=token(issued=None, not_before=None)),
    fails("token.started", faults.TOKEN_NOT_YET_VALID, "iat", token=token(issued=NOW + 301)),
    fails("token.started", faults.TOKEN_NOT_YET_VALID, "nbf", token=token(not_before=NOW + 301)),
    fails("token.started", faults.TOKEN_NOT_YET_VALID, "900000000000000", token=token(issued=9e14)),
    passes("token.audience", "aud is sts.amazonaws.com"),
    passes(
        "token.audience",
        "azp is sts.amazonaws.com",
        token=token(audience=("a", "b"), authorized_party="sts.amazonaws.com"),
    ),
    passes(
        "token.audience",
        "aud is openshift",
        token=token(audience=("openshift",)),
        expectation=expectation(audience="openshift"),
    ),
    passes(
        "token.audience",
        "azp is",
        token=token(audience=(), authorized_party="sts.amazonaws.com", problems={"aud": "empty"}),
    ),
    skips("token.audience", "no usable aud", token=token(audience=(), problems={"aud": "missing"})),
    fails("token.audience", faults.AUDIENCE_MISMATCH, "vault", "sts.amazonaws.com", token=token(audience=("vault",))),
    fails(
        "token.audience", faults.AUDIENCE_MISMATCH, "STS.amazonaws.com", token=token(audience=("STS.amazonaws.com",))
    ),
    fails("token.audience", faults.AUDIENCE_MISMATCH, "azp", "vault", token=token(authorized_party="vault")),
    fails("token.audience", faults.AUDIENCE_MISMATCH, "azp", token=token(authorized_party="")),
    fails(
        "token.audience",
        faults.AUDIENCE_MISMATCH,
        "OpenShift",
        "--expect-audience openshift",
        token=token(audience=("openshift",)),
    ),
    fails(
        "token.audience",
        faults.AUDIENCE_MISMATCH,
        "in China, too",
        token=token(audience=("sts.amazonaws.com.cn",)),
    ),
    fails(
        "token.audience",
        faults.AUDIENCE_AMBIGUOUS,
        "openshift, sts.amazonaws.com",
        "STS takes a token for one of them only",
        token=token(audience=("openshift", "sts.amazonaws.com")),
    ),
    fails(
        "token.audience",
        faults.AUDIENCE_AMBIGUOUS,
        "sts.amazonaws.com, vault",
        token=token(audience=("sts.amazonaws.com", "vault")),
    ),
    passes("token.subject", SUBJECT),
    passes("token.subject", SUBJECT, expectation=expectation(namespace=None, service_account=None, subject=SUBJECT)),
    passes("token.subject", "of this namespace", expectation=expectation(service_account=None)),
    skips("token.subject", "no usable sub", token=token(subject=None)),
    skips("token.subject", "POD_NAMESPACE", expectation=expectation(namespace=None)),
    fails(
        "token.subject", faults.SUBJECT_MISMATCH, SUBJECT, "shop:till", expectation=expectation(service_account="till")
    ),
    fails("token.subject", faults.SUBJECT_MISMATCH, "repo:a/b", expectation=expectation(subject="repo:a/b")),
    fails(
        "token.subject",
        faults.SUBJECT_MISMATCH,
        "system:serviceaccount:sho:...",
        expectation=expectation(namespace="sho", service_account=None),
    ),
    *(
        passes("token.algorithm", algorithm, token=token(algorithm=algorithm))
        for algorithm in ("RS256", "RS384", "RS512", "ES256", "ES384", "ES512")
    ),
    *(
        fails("token.algorithm", faults.ALGORITHM_UNSUPPORTED, algorithm, "RS256", token=token(algorithm=algorithm))
        for algorithm in ("none", "HS256", "PS256", "EdDSA", "rs256")
    ),
)

NETWORK_KINDS = ("dns", "refused", "timeout", "reset", "handshake", "proxy", "link-local", "unavailable")
CONTENT_KINDS = ("not-found", "redirect", "too-large", "content")

ISSUERS = (
    passes("issuer.url", f"{ISSUER} (an EKS cluster in eu-west-1)"),
    passes("issuer.url", "looks like OpenShift", token=token(issuer="https://shop-oidc.s3.eu-west-1.amazonaws.com")),
    passes("issuer.url", "HTTPS://issuer.test", token=token(issuer="HTTPS://issuer.test")),
    skips("issuer.url", "no usable iss", token=token(issuer=None)),
    *(
        fails("issuer.url", faults.ISSUER_URL_INVALID, url, reason, token=token(issuer=url))
        for url, reason in (
            ("http://issuer.test", "not an https URL"),
            ("kubernetes/serviceaccount", "not an https URL"),
            ("https://issuer.test/a?b", "a query"),
            ("https://issuer.test/a#b", "a fragment"),
            ("https://me@issuer.test", "a user name"),
            ("https://", "not a whole URL"),
            ("https://issuer.test/a b", "not a whole URL"),
            ("https://issu\N{LATIN SMALL LETTER E WITH ACUTE}.test", "not ASCII"),
            ("https://issuer.test/" + "a" * 300, "longer than 255"),
        )
    ),
    *(
        as_warning(
            fails(
                "issuer.url",
                faults.ISSUER_URL_INVALID,
                url,
                reason,
                token=token(issuer=url),
            )
        )
        for url, reason in (
            ("https://issuer.test:6443", "a port"),
            ("https://issuer.test/", "a slash"),
            ("https://issuer.test/a/", "a slash"),
        )
    ),
    passes("issuer.discovery", "/.well-known/openid-configuration"),
    skips("issuer.discovery", "not trusted", discovery=Failed("tls", "its certificate is not trusted")),
    unfetched("issuer.discovery", "discovery", "denied", faults.ISSUER_ACCESS_DENIED, ISSUER, HOST),
    *(unfetched("issuer.discovery", "discovery", kind, faults.ISSUER_UNREACHABLE, HOST) for kind in NETWORK_KINDS),
    *(
        unfetched("issuer.discovery", "discovery", kind, faults.ISSUER_UNREACHABLE, "com.amazonaws.eu-west-1.oidc-eks")
        for kind in ("dns", "refused", "timeout", "reset")
    ),
    *(unfetched("issuer.discovery", "discovery", kind, faults.DISCOVERY_INVALID, ISSUER) for kind in CONTENT_KINDS),
    fails(
        "issuer.discovery",
        faults.ISSUER_UNREACHABLE,
        token=token(issuer=None),
        discovery=Failed("dns", "it does not resolve"),
    ),
    fails(
        "issuer.discovery",
        faults.ISSUER_UNREACHABLE,
        "not trusted",
        chain=NOT_LOOKED,
        discovery=Failed("tls", "its certificate is not trusted"),
    ),
    passes("issuer.name", "the token's issuer"),
    fails("issuer.name", faults.ISSUER_MISMATCH, ISSUER, f"{ISSUER}/", discovery=discovery(issuer=f"{ISSUER}/")),
    fails("issuer.name", faults.ISSUER_MISMATCH, ISSUER, token=token(issuer=None)),
    passes("issuer.keys", "1 usable key"),
    passes("issuer.keys", "2 usable keys", jwks=jwks(key(), key("kid-2", "EC"), key("kid-3", problem="has key_ops"))),
    passes("issuer.keys", "1 usable key", jwks=jwks(key(problem="has key_ops"), key())),
    passes("issuer.keys", "1 usable key", jwks=jwks(key(None, problem="has no kid"), key()), token=token(kid=None)),
    passes("issuer.keys", "200 usable keys", jwks=jwks(*[key()] * 100, *[key(kty="EC")] * 100)),
    skips("issuer.keys", "not trusted", jwks=Failed("tls", "its certificate is not trusted")),
    fails("issuer.keys", faults.JWKS_UNREACHABLE, "not trusted", chain=NOT_LOOKED, jwks=Failed("tls", "not trusted")),
    unfetched("issuer.keys", "jwks", "denied", faults.ISSUER_ACCESS_DENIED, JWKS_URL),
    *(unfetched("issuer.keys", "jwks", kind, faults.JWKS_UNREACHABLE, JWKS_URL) for kind in NETWORK_KINDS),
    *(unfetched("issuer.keys", "jwks", kind, faults.JWKS_INVALID) for kind in CONTENT_KINDS),
    fails("issuer.keys", faults.JWKS_INVALID, "101 RSA keys", JWKS_URL, jwks=jwks(*[key()] * 101)),
    fails(
        "issuer.keys",
        faults.JWKS_INVALID,
        "101 EC keys",
        jwks=jwks(*[key(kty="EC")] * 101),
        token=token(algorithm="ES256"),
    ),
    passes("issuer.keys", "102 usable keys", jwks=jwks(key(), *[key("kid-2", "EC")] * 101)),
    fails("issuer.keys", faults.JWKS_INVALID, "the set is empty", jwks=jwks()),
    fails(
        "issuer.keys",
        faults.JWKS_INVALID,
        "no usable key (has use enc)",
        jwks=jwks(key("kid-2", problem="has use enc")),
    ),
    fails(
        "issuer.keys",
        faults.JWKS_INVALID,
        "the token's key: has key_ops",
        jwks=jwks(key(problem="has key_ops"), key("kid-2")),
    ),
    fails("issuer.keys", faults.JWKS_INVALID, "the token's key: bad", jwks=jwks(key(), key(problem="bad"))),
    passes("issuer.key_published", KID),
    skips("issuer.key_published", "no usable key", jwks=jwks(key("kid-2", problem="has use enc"))),
    passes("issuer.key_published", "one usable key only", token=token(kid=None)),
    passes(
        "issuer.key_published",
        "one usable key only",
        token=token(kid=None),
        jwks=jwks(key("kid-2", problem="has key_ops"), key("kid-3")),
    ),
    fails(
        "issuer.key_published",
        faults.KEY_NOT_PUBLISHED,
        "2 keys",
        token=token(kid=None),
        jwks=jwks(key(), key("kid-2")),
    ),
    fails("issuer.key_published", faults.KEY_NOT_PUBLISHED, "kid-2", KID, JWKS_URL, jwks=jwks(key("kid-2"))),
    fails("issuer.key_published", faults.KEY_NOT_PUBLISHED, "no key", jwks=jwks(key(None))),
    fails(
        "issuer.key_published",
        faults.KEY_NOT_PUBLISHED,
        "b, c, d, e, f and 2 more",
        jwks=jwks(*(key(kid) for kid in "bcdefgh")),
    ),
    passes("issuer.signature", "it does"),
    fails(
        "issuer.signature",
        faults.SIGNATURE_INVALID,
        "does not fit",
        KID,
        JWKS_URL,
        signature=Signature(KID, verified=False, why="the published key does not fit the signature"),
    ),
    fails(
        "issuer.signature", faults.SIGNATURE_INVALID, "none", signature=Signature(None, verified=False, why="no key")
    ),
    passes("issuer.prompt", "0.05 s"),
    passes("issuer.prompt", "5.00 s", jwks=jwks(key(), seconds=5.0)),
    fails("issuer.prompt", faults.ISSUER_SLOW, "5.1 s", JWKS_URL, jwks=jwks(key(), seconds=5.1)),
    fails("issuer.prompt", faults.ISSUER_SLOW, "7.0 s", "/.well-known/", discovery=discovery(seconds=7.0)),
)

CERTIFICATE = (
    passes("certificate.trusted", "2 certificates", HOST),
    passes("certificate.trusted", HOST, chain=chain(name_matches=False)),
    skips(
        "certificate.trusted",
        "expired",
        chain=chain(leaf(not_after=NOW - 1), verify_error="certificate has expired"),
    ),
    fails(
        "certificate.trusted",
        faults.ISSUER_CERTIFICATE_UNTRUSTED,
        HOST,
        "self-signed certificate",
        "CN=Root",
        chain=chain(verify_error="self-signed certificate in certificate chain"),
    ),
    fails(
        "certificate.trusted",
        faults.ISSUER_CERTIFICATE_UNTRUSTED,
        chain=chain(verify_error="unable to get local issuer certificate", name_matches=False),
    ),
    passes("certificate.unexpired", "all"),
    passes("certificate.unexpired", "all", chain=chain(leaf(not_after=NOW), INTERMEDIATE._replace(not_before=NOW))),
    fails(
        "certificate.unexpired",
        faults.ISSUER_CERTIFICATE_EXPIRED,
        HOST,
        "2026-09-21T14:13:19Z",
        chain=chain(leaf(not_after=NOW - 1), INTERMEDIATE),
    ),
    passes("certificate.unexpired", "all of them", chain=chain(leaf(), INTERMEDIATE._replace(not_before=NOW + 1))),
    passes("certificate.lasting", "the first expires 2026-"),
    passes("certificate.lasting", "2026-10-21", chain=chain(leaf(not_after=NOW + 30 * DAY))),
    skips("certificate.lasting", "has expired", chain=chain(leaf(not_after=NOW - 1))),
    fails(
        "certificate.lasting",
        faults.ISSUER_CERTIFICATE_EXPIRING,
        HOST,
        "2026-10-21T14:13:19Z",
        chain=chain(leaf(not_after=NOW + 30 * DAY - 1)),
    ),
    fails(
        "certificate.lasting",
        faults.ISSUER_CERTIFICATE_EXPIRING,
        "CN=Intermediate",
        chain=chain(leaf(), INTERMEDIATE._replace(not_after=NOW + DAY)),
    ),
    fails("certificate.lasting", faults.ISSUER_CERTIFICATE_EXPIRING, HOST, chain=chain(leaf(not_after=NOW))),
    passes("certificate.name", HOST),
    fails(
        "certificate.name",
        faults.ISSUER_CERTIFICATE_NAME_MISMATCH,
        HOST,
        "*.s3.amazonaws.com",
        chain=chain(leaf(names=("*.s3.amazonaws.com",)), name_matches=False),
    ),
    fails(
        "certificate.name",
        faults.ISSUER_CERTIFICATE_NAME_MISMATCH,
        "no name",
        chain=chain(leaf(names=()), name_matches=False),
    ),
    passes("certificate.order", "2 in order"),
    passes("certificate.order", "1 in order", chain=chain(leaf())),
    fails("certificate.order", faults.ISSUER_CHAIN_DISORDERED, "a duplicate", chain=chain(leaf(), leaf())),
    fails(
        "certificate.order",
        faults.ISSUER_CHAIN_DISORDERED,
        HOST,
        "comes CN=Stranger, not its issuer CN=Intermediate",
        chain=chain(leaf(), INTERMEDIATE._replace(subject="CN=Stranger")),
    ),
    passes("certificate.thumbprint", "b" * 40, expectation=expectation(thumbprints=("a" * 40, "b" * 40))),
    passes("certificate.thumbprint", "b" * 40),
    skips("certificate.thumbprint", "--expect-thumbprint", "b" * 40, oidc_provider=NOT_LOOKED),
    fails(
        "certificate.thumbprint",
        faults.THUMBPRINT_DIFFERS,
        "c" * 40,
        "b" * 40,
        oidc_provider=OidcProvider(PROVIDER, (), ("c" * 40,)),
    ),
    fails(
        "certificate.thumbprint",
        faults.THUMBPRINT_DIFFERS,
        "a" * 40,
        "b" * 40,
        PROVIDER,
        "AWS serves these keys itself",
        expectation=expectation(thumbprints=("a" * 40,)),
    ),
    fails(
        "certificate.thumbprint",
        faults.THUMBPRINT_DIFFERS,
        "issuer.test",
        expectation=expectation(thumbprints=("a" * 40,)),
        chain=chain(host="issuer.test"),
    ),
)

EXCHANGE = (
    passes("provider.registered", PROVIDER),
    skips("provider.registered", "was not looked for", oidc_provider=NOT_LOOKED),
    fails(
        "provider.registered",
        faults.OIDC_PROVIDER_MISSING,
        PROVIDER,
        f"{PROVIDER}-OLD",
        oidc_provider=NoProvider(PROVIDER, f"{PROVIDER}-OLD", 3),
    ),
    fails(
        "provider.registered",
        faults.OIDC_PROVIDER_MISSING,
        "3 for other issuers",
        oidc_provider=NoProvider(PROVIDER, None, 3),
    ),
    fails(
        "provider.registered", faults.OIDC_PROVIDER_MISSING, "none at all", oidc_provider=NoProvider(PROVIDER, None, 0)
    ),
    fails(
        "provider.registered",
        faults.OIDC_PROVIDER_MISSING,
        "iam:ListOpenIDConnectProviders",
        oidc_provider=NoProvider(PROVIDER),
    ),
    passes("provider.audience", "sts.amazonaws.com"),
    skips("provider.audience", "no such provider", oidc_provider=NoProvider(PROVIDER)),
    skips("provider.audience", "not exactly one audience", token=token(audience=("a", "b"))),
    fails(
        "provider.audience",
        faults.PROVIDER_AUDIENCE_MISSING,
        "sts.amazonaws.com",
        "openshift",
        oidc_provider=OidcProvider(PROVIDER, ("openshift",), ()),
    ),
    fails(
        "provider.audience",
        faults.PROVIDER_AUDIENCE_MISSING,
        "none",
        oidc_provider=OidcProvider(PROVIDER, (), ()),
    ),
    passes("trust.role_exists", "3600 s"),
    skips("trust.role_exists", "was not looked for", role=NOT_LOOKED),
    fails("trust.role_exists", faults.ROLE_NOT_FOUND, ROLE, "no role of this name", role=NoRole(ROLE)),
    fails("trust.role_exists", faults.ROLE_NOT_FOUND, f"{ROLE}-old", role=NoRole(ROLE, f"{ROLE}-old")),
    passes("trust.admits", "Statement[0] does", "the policy that IAM shows"),
    passes("trust.admits", "Statement[0] does", "/policy.json", trust_policy=TrustPolicy(trusting(), "/policy.json")),
    skips("trust.admits", "was not looked for", trust_policy=NOT_LOOKED),
    skips("trust.admits", "cannot be read", trust_policy=TrustPolicy("{", "IAM")),
    skips("trust.admits", "names no issuer", token=token(issuer=None)),
    skips("trust.admits", "names no subject", token=token(subject=None)),
    skips(
        "trust.admits",
        "cannot be told from here",
        "aws:SourceIp",
        trust_policy=TrustPolicy(
            trusting().replace(f"{HOST}/id/EXAMPLED539D4633E53DE1B71EXAMPLE:sub", "aws:SourceIp"), "IAM"
        ),
    ),
    passes("trust.admits", "Statement[0]", settings=settings(role_arn=None)),
    passes("trust.admits", "Statement[0]", settings=settings(session_name=Setting("me", "AWS_ROLE_SESSION_NAME"))),
    distrusted(faults.TRUST_PRINCIPAL_MISMATCH, PROVIDER, "OLD", principal=f"{PROVIDER}-OLD"),
    distrusted(faults.TRUST_SUBJECT_MISMATCH, SUBJECT, f"{SUBJECT}s", sub=f"{SUBJECT}s"),
    distrusted(faults.TRUST_AUDIENCE_MISMATCH, "sts.amazonaws.com", SUBJECT, aud=SUBJECT),
    distrusted(faults.TRUST_WILDCARD_LITERAL, SUBJECT, "*", sub="system:serviceaccount:shop:*"),
    distrusted(faults.TRUST_ACTION_MISSING, "sts:AssumeRole", action="sts:AssumeRole"),
    distrusted(faults.TRUST_CONDITION_KEY_WRONG, "https://", prefix=ISSUER),
    distrusted(faults.TRUST_EXPLICIT_DENY, "Deny", effect="Deny"),
    passes("trust.narrow", "it does"),
    skips("trust.narrow", "cannot be read", trust_policy=TrustPolicy("{", "IAM")),
    fails("trust.narrow", faults.TRUST_TOO_OPEN, trust_policy=TrustPolicy(trusting(sub=None), "IAM")),
    passes("trust.unambiguous", "all of them"),
    skips("trust.unambiguous", "was not looked for", trust_policy=NOT_LOOKED),
    fails(
        "trust.unambiguous",
        faults.TRUST_DUPLICATE_KEY,
        "Effect",
        trust_policy=TrustPolicy(trusting().replace('"Effect"', '"Effect": "Deny", "Effect"', 1), "IAM"),
    ),
    passes("exchange.reached", f"{STS} answered"),
    passes("exchange.reached", f"{STS} answered", sts=DENIED),
    unreached("dns", faults.STS_DNS),
    unreached(
        "dns",
        faults.STS_DNS,
        "botocore lists no FIPS endpoint of STS in eu-west-1",
        settings=settings(fips=True),
    ),
    unreached("refused", faults.STS_REFUSED),
    unreached("link-local", faults.STS_REFUSED),
    unreached("timeout", faults.STS_TIMEOUT),
    unreached("reset", faults.STS_CONNECTION_RESET),
    unreached("handshake", faults.STS_CONNECTION_RESET),
    unreached("tls", faults.STS_TLS_UNTRUSTED),
    unreached(
        "proxy",
        faults.PROXY_ERROR,
        "http://proxy.test:3128",
        "https_proxy",
        settings=settings(proxy=Setting("http://proxy.test:3128", "https_proxy")),
    ),
    unreached("proxy", faults.PROXY_ERROR, "HTTPS_PROXY", "unknown"),
    passes("exchange.accepted", ASSUMED),
    passes("exchange.accepted", "without saying", sts=Accepted("", None, None, NOW + 3600)),
    answers(
        faults.OIDC_PROVIDER_MISSING,
        INVALID,
        f"No OpenIDConnect provider found in your account for {ISSUER}",
        "111122223333",
    ),
    answers(
        faults.VERIFICATION_KEY_UNAVAILABLE,
        INVALID,
        "Couldn't retrieve verification key from your identity provider,  please reference ...",
        ISSUER,
    ),
    answers(faults.TOKEN_UNVERIFIABLE, INVALID, "The web identity token provided could not be validated.", PROVIDER),
    answers(faults.AUDIENCE_MISMATCH, INVALID, "Incorrect token audience", PROVIDER, "sts.amazonaws.com"),
    answers(
        faults.AUDIENCE_AMBIGUOUS,
        INVALID,
        "Token audience contains more than one audience while authorized party is not present",
    ),
    answers(faults.TOKEN_MISSING_CLAIM, INVALID, "Missing a required claim: sub"),
    answers(faults.TOKEN_NOT_YET_VALID, INVALID, "Token issued in the future: 1790001000"),
    answers(faults.TOKEN_MALFORMED, INVALID, "The ID Token provided is not a valid JWT. (You may see this ...)"),
    answers(faults.SESSION_TAGS_INVALID, INVALID, "principal_tags passed in claim is not in correct format."),
    answers(
        faults.ROLES_CLAIM_EXCLUDES_ROLE,
        INVALID,
        "The target role ARN is not present in the roles claim of the identity token",
        ROLE,
    ),
    answers(
        faults.THUMBPRINT_MISMATCH,
        INVALID,
        "OpenIDConnect provider's HTTPS certificate doesn't match configured thumbprint",
        "b" * 40,
    ),
    answers(
        faults.DISCOVERY_REJECTED,
        INVALID,
        f"Please check .well-known/openid-configuration of provider: {ISSUER} is valid",
    ),
    answers(
        faults.TOKEN_EXPIRED,
        "ExpiredTokenException",
        "Token expired: current date/time 1 must be before the expiration date/time 0",
        "cart-7d9f",
    ),
    answers(faults.TRUST_POLICY_DENIED, DENIED.code, DENIED.message, "2012-10-17", SUBJECT, ROLE, status=403),
    answers(faults.ROLE_ARN_INVALID, "ValidationError", "Request ARN is invalid", "AWS_ROLE_ARN"),
    answers(
        faults.DURATION_TOO_LONG,
        "ValidationError",
        "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.",
        "shop-cart",
    ),
    answers(faults.REQUEST_INVALID, "ValidationError", "1 validation error detected"),
    answers(faults.THROTTLED, "Throttling", "Rate exceeded"),
    answers(faults.REGION_DISABLED, "RegionDisabledException", "STS is not activated", "eu-west-1", status=403),
    answers(faults.IDP_COMMUNICATION, "IDPCommunicationError", "An error occurred", ISSUER),
    answers(faults.IDP_REJECTED_CLAIM, "IDPRejectedClaim", "rejected", status=403),
    answers(faults.PACKED_POLICY_TOO_LARGE, "PackedPolicyTooLarge", "too large"),
    answers(faults.STS_INTERNAL_FAILURE, "InternalFailure", "Unknown error validating third-party token", status=500),
    answers(faults.STS_REFUSED_UNKNOWN, "TeapotError", "I am short and stout", "request-1", status=418),
    fails(
        "exchange.accepted",
        faults.STS_REFUSED_UNKNOWN,
        "none",
        "502",
        sts=refused("", "", 502, request_id=None),
    ),
    fails(
        "exchange.accepted",
        faults.ROLE_ARN_INVALID,
        "AWS_ROLE_ARN",
        settings=settings(role_arn=None),
        sts=refused("ValidationError", "Request ARN is invalid"),
    ),
    passes("exchange.identity", ASSUMED),
    skips("exchange.identity", "it timed out", caller=Failed("timeout", "it timed out")),
    skips("exchange.identity", "the clock's check", caller=TIME_REFUSED, clock=Clock(-60.1)),
    as_error(fails("exchange.identity", faults.CLOCK_SKEW, caller=TIME_REFUSED, clock=Clock(60.0))),
    fails(
        "exchange.identity",
        faults.CALLER_IDENTITY_REFUSED,
        "InvalidClientTokenId",
        caller=refused("InvalidClientTokenId", "The security token included in the request is invalid", 403),
    ),
    fails("exchange.identity", faults.CALLER_IDENTITY_REFUSED, "none", caller=refused("", "", 500)),
    as_error(fails("exchange.identity", faults.CLOCK_SKEW, "Signature expired", caller=TIME_REFUSED)),
    as_error(
        fails(
            "exchange.identity",
            faults.CLOCK_SKEW,
            caller=TIME_REFUSED,
            clock=Absent("STS's answer has no date"),
        ),
    ),
    passes("clock.synchronised", "within 1 s"),
    passes("clock.synchronised", "within 60 s", clock=Clock(-60.0)),
    fails("clock.synchronised", faults.CLOCK_SKEW, "61 s ahead of STS", clock=Clock(61.0)),
    fails("clock.synchronised", faults.CLOCK_SKEW, "61 s behind STS", clock=Clock(-61.0)),
)


def mine(check: str, *words: str, **changes: object) -> Case:
    """Return a case in which a pod that is meant for Pod Identity passes."""
    return passes(check, *words, **meant_for_it(**changes))


def not_mine(check: str, fault: Fault, *words: str, **changes: object) -> Case:
    """Return a case in which one does not."""
    return fails(check, fault, *words, **meant_for_it(**changes))


def agent_answers(fault: Fault, code: str, message: str, status: int = 400) -> Case:
    """Return a case in which the agent refuses with this answer, which is shown word by word."""
    shown = (code or "none", message, str(status))
    return not_mine("pod_identity.credentials_given", fault, *shown, agent=agent_refused(code, message, status))


_WEB_IDENTITY_FIRST = pod_identity(before=Setting("web identity (IRSA)", "AWS_WEB_IDENTITY_TOKEN_FILE"))
POD_IDENTITIES = (
    mine("pod_identity.configured", AGENT.value, AGENTS_FILE),
    mine(
        "pod_identity.configured", AGENT.value, pod_identity=pod_identity(stray=("AWS_CONTAINER_AUTHORIZATION_TOKEN",))
    ),
    skips("pod_identity.configured", NO_POD_IDENTITY),
    not_mine("pod_identity.configured", faults.POD_IDENTITY_NOT_USED, "no variable", pod_identity=PodIdentity()),
    not_mine(
        "pod_identity.configured",
        faults.POD_IDENTITY_NOT_USED,
        "web identity (IRSA)",
        "AWS_WEB_IDENTITY_TOKEN_FILE",
        pod_identity=_WEB_IDENTITY_FIRST._replace(agent=None, token_file=None),
    ),
    not_mine(
        "pod_identity.configured",
        faults.POD_IDENTITY_CONFIG_INVALID,
        POD_IDENTITY[1],
        AGENT.value,
        "AWS_CONTAINER_AUTHORIZATION_TOKEN",
        pod_identity=pod_identity(token_file=None, stray=("AWS_CONTAINER_AUTHORIZATION_TOKEN",)),
    ),
    not_mine(
        "pod_identity.configured",
        faults.POD_IDENTITY_CONFIG_INVALID,
        POD_IDENTITY[0],
        AGENTS_FILE,
        pod_identity=pod_identity(agent=None),
    ),
    not_mine(
        "pod_identity.configured",
        faults.POD_IDENTITY_CONFIG_INVALID,
        "its host is none of",
        pod_identity=pod_identity(problem="its host is none of the agent's"),
    ),
    not_mine(
        "pod_identity.configured",
        faults.POD_IDENTITY_CONFIG_INVALID,
        "Amazon ECS",
        pod_identity=pod_identity(stray=("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",)),
    ),
    mine("pod_identity.first", "nothing before it"),
    skips("pod_identity.first", "no Pod Identity to come to", **meant_for_it(pod_identity=PodIdentity())),
    skips(
        "pod_identity.first",
        "web identity (IRSA) comes first",
        "--mechanism",
        **meant_for_it(pod_identity=_WEB_IDENTITY_FIRST, expectation=expectation()),
    ),
    not_mine(
        "pod_identity.first",
        faults.POD_IDENTITY_NOT_USED,
        "web identity (IRSA)",
        "by the documented orders",
        pod_identity=_WEB_IDENTITY_FIRST,
    ),
    not_mine(
        "pod_identity.first",
        faults.POD_IDENTITY_NOT_USED,
        "AWS_ACCESS_KEY_ID",
        pod_identity=pod_identity(before=Setting("the keys in the environment", "AWS_ACCESS_KEY_ID")),
    ),
    mine("pod_identity.token_readable", AGENTS_FILE, "0640"),
    *(
        not_mine(
            "pod_identity.token_readable",
            faults.POD_IDENTITY_TOKEN_UNUSABLE,
            said(kind, AGENTS_FILE),
            "65532",
            agent_file=Failed(kind, said(kind, AGENTS_FILE)),
        )
        for kind in ("permission", "directory")
    ),
    not_mine(
        "pod_identity.token_readable",
        faults.POD_IDENTITY_TOKEN_UNUSABLE,
        "an empty file",
        agent_file=token_file(path=AGENTS_FILE, empty=True),
    ),
    not_mine(
        "pod_identity.token_readable",
        faults.POD_IDENTITY_TOKEN_UNUSABLE,
        "a trailing newline around",
        agent_file=token_file(path=AGENTS_FILE, surrounded="a trailing newline"),
    ),
    mine("pod_identity.token_audience", "pods.eks.amazonaws.com"),
    mine("pod_identity.token_audience", agent_token=token(audience=("sts.amazonaws.com", "pods.eks.amazonaws.com"))),
    not_mine(
        "pod_identity.token_audience", faults.POD_IDENTITY_TOKEN_UNUSABLE, "sts.amazonaws.com", agent_token=token()
    ),
    not_mine(
        "pod_identity.token_audience", faults.POD_IDENTITY_TOKEN_UNUSABLE, "no aud", agent_token=token(audience=())
    ),
    not_mine(
        "pod_identity.token_audience",
        faults.POD_IDENTITY_TOKEN_UNUSABLE,
        "it has 1 part",
        agent_token=Failed("malformed", "it has 1 part between dots where a JWT has 3"),
    ),
    mine("pod_identity.token_unexpired", "until 2026"),
    skips("pod_identity.token_unexpired", "no expiry", **meant_for_it(agent_token=token(expires=None))),
    not_mine(
        "pod_identity.token_unexpired", faults.POD_IDENTITY_TOKEN_UNUSABLE, "2026", agent_token=token(expires=NOW)
    ),
    mine("pod_identity.agent_reached", "answered"),
    mine("pod_identity.agent_reached", "answered", agent=agent_refused("", "Too Many Requests", 429)),
    *(
        not_mine(
            "pod_identity.agent_reached",
            fault,
            said(kind, "169.254.170.23"),
            agent=Failed(kind, said(kind, "169.254.170.23")),
        )
        for kind, fault in (
            ("refused", faults.POD_IDENTITY_AGENT_UNAVAILABLE),
            ("timeout", faults.POD_IDENTITY_AGENT_UNAVAILABLE),
            ("reset", faults.POD_IDENTITY_AGENT_UNAVAILABLE),
            ("content", faults.POD_IDENTITY_ERROR),
        )
    ),
    mine("pod_identity.credentials_given", "until 2026"),
    agent_answers(
        faults.POD_IDENTITY_ERROR,
        "AccessDeniedException",
        "User: arn:aws:sts::111122223333:assumed-role/eks-nodes/i-0 is not authorized to perform: "
        "eks-auth:AssumeRoleForPodIdentity",
    ),
    agent_answers(faults.POD_IDENTITY_ERROR, "InvalidParameterException", "The cluster's name is not valid"),
    agent_answers(faults.POD_IDENTITY_ERROR, "InvalidRequestException", "The request is not valid"),
    agent_answers(faults.POD_IDENTITY_ERROR, "", "Access Denied. Called agent through invalid address", 403),
    agent_answers(faults.POD_IDENTITY_ERROR, "", "an answer that is not the agent's (text/html)", 200),
    agent_answers(faults.POD_IDENTITY_TOKEN_UNUSABLE, "ExpiredTokenException", "The token is expired: current ..."),
    agent_answers(faults.POD_IDENTITY_TOKEN_UNUSABLE, "InvalidTokenException", "The token is not valid"),
    agent_answers(
        faults.POD_IDENTITY_TOKEN_UNUSABLE,
        "",
        "Service account token failed basic claim validations: token has invalid claims: token is expired",
    ),
    agent_answers(faults.POD_IDENTITY_TOKEN_UNUSABLE, "", "JWT signature validation failed: no matching key found"),
    agent_answers(faults.POD_IDENTITY_AGENT_UNAVAILABLE, "ThrottlingException", "Rate exceeded", 429),
    agent_answers(faults.POD_IDENTITY_AGENT_UNAVAILABLE, "ServiceUnavailableException", "Back off", 503),
    agent_answers(faults.POD_IDENTITY_AGENT_UNAVAILABLE, "InternalServerException", "A server-side issue", 500),
    agent_answers(faults.POD_IDENTITY_AGENT_UNAVAILABLE, "", "Too Many Requests", 429),
    agent_answers(faults.POD_IDENTITY_AGENT_UNAVAILABLE, "", "[]", 500),
    agent_answers(
        faults.POD_IDENTITY_ASSOCIATION_MISSING, "ResourceNotFoundException", "No association found: shop/cart", 404
    ),
    agent_answers(
        faults.POD_IDENTITY_ROLE_REFUSED,
        "AccessDeniedException",
        "Unauthorized Exception! EKS does not have permissions to assume the associated role.",
    ),
    not_mine(
        "pod_identity.credentials_given",
        faults.POD_IDENTITY_AGENT_UNAVAILABLE,
        agent=agent_refused("", "upstream connect error", 503, request_id=None),
    ),
    mine("pod_identity.identity", AGENTS_SESSION),
    skips("pod_identity.identity", "it timed out", **meant_for_it(agent_caller=Failed("timeout", "it timed out"))),
    as_error(
        not_mine(
            "pod_identity.identity",
            faults.CALLER_IDENTITY_REFUSED,
            "InvalidClientTokenId",
            agent_caller=refused("InvalidClientTokenId", "The security token included in the request is invalid", 403),
        )
    ),
    as_error(
        not_mine("pod_identity.identity", faults.CALLER_IDENTITY_REFUSED, "none", agent_caller=refused("", "", 502))
    ),
    as_error(not_mine("pod_identity.identity", faults.CLOCK_SKEW, "Signature expired", agent_caller=TIME_REFUSED)),
)


def in_cluster(**changes: object) -> dict[str, object]:
    """Return the pod as the Kubernetes API shows it, with these changes."""
    return {"pod": POD._replace(**changes)}  # type: ignore[arg-type] # as above


def containers(*each: dict[str, object], **changes: object) -> dict[str, object]:
    """Return the pod as the Kubernetes API shows it, with changes to each of its containers, the last for the rest."""
    last = len(each) - 1
    changed = [one._replace(**each[min(at, last)]) for at, one in enumerate(POD.containers)]  # type: ignore[arg-type] # as above
    return in_cluster(containers=tuple(changed), **changes)


def without() -> dict[str, object]:
    """Return the change to a container to which the webhook gave nothing."""
    return {"injected": False}


def alone(number: int, pod: dict[str, object], **changes: object) -> dict[str, object]:
    """Return the pod with one of its containers only, with changes to the pod and to the container."""
    changed = POD.containers[number]._replace(**changes)  # type: ignore[arg-type] # as above
    return in_cluster(**pod, containers=(changed,))


def account(**changes: object) -> dict[str, object]:
    """Return the service account as the Kubernetes API shows it, with these changes."""
    return {"service_account": ACCOUNT._replace(**changes)}  # type: ignore[arg-type] # as above


def mounting(**changes: object) -> dict[str, object]:
    """Return the pod as the Kubernetes API shows it, with these changes to how the token is mounted."""
    return containers({"tokens": (_MOUNTS[0]._replace(**changes),)})  # type: ignore[arg-type] # as above


BARE = {"settings": settings(role_arn=None, token_file=None)}
"""Nothing of the webhook's is here."""
CLUSTER = (
    passes("kubernetes.not_skipped", "none is kept from it"),
    passes("kubernetes.not_skipped", **containers(without(), skipped=("other",))),
    passes("kubernetes.not_skipped", "by itself", **in_cluster(skipped=("app",))),
    fails(
        "kubernetes.not_skipped",
        faults.CONTAINER_SKIPPED,
        "app",
        "skip-containers",
        **containers(without(), skipped=("app",)),
    ),
    as_error(
        fails(
            "kubernetes.not_skipped",
            faults.CONTAINER_SKIPPED,
            "irsa-doctor",
            **containers(without(), skipped=("irsa-doctor",)),
            **BARE,
        )
    ),
    fails("kubernetes.not_skipped", faults.CONTAINER_SKIPPED, "app", **containers(without(), skipped=("app",)), **BARE),
    # Which container is ours is not known, but that only the one that is skipped has no settings:
    as_error(
        fails(
            "kubernetes.not_skipped",
            faults.CONTAINER_SKIPPED,
            "app",
            **containers({"ours": False}, {"ours": False, "injected": False}, skipped=("app",)),
            **BARE,
        )
    ),
    fails(
        "kubernetes.not_skipped",
        faults.CONTAINER_SKIPPED,
        "app",
        **containers({"ours": False, "injected": False}, skipped=("app",)),
        **BARE,
    ),
    fails(
        "kubernetes.not_skipped",
        faults.CONTAINER_SKIPPED,
        "irsa-doctor",
        settings=settings(role_arn=None, token_file=None, pod_identity=POD_IDENTITY),
        **containers(without(), skipped=("irsa-doctor",)),
    ),
    as_error(
        fails(
            "kubernetes.not_skipped",
            faults.CONTAINER_SKIPPED,
            "irsa-doctor, app",
            "skip-pod-identity-webhook",
            **containers(without(), webhook_skipped=True),
            **BARE,
        )
    ),
    passes("kubernetes.annotated", ROLE),
    passes("kubernetes.annotated", "from elsewhere", **account(role_arn=None)),
    skips(
        "kubernetes.annotated",
        "Pod Identity needs none",
        settings=settings(pod_identity=POD_IDENTITY),
        **account(role_arn=None),
    ),
    fails(
        "kubernetes.annotated", faults.SERVICE_ACCOUNT_NOT_ANNOTATED, "cart", "shop", **account(role_arn=None), **BARE
    ),
    passes("kubernetes.annotation_same", "the same"),
    skips("kubernetes.annotation_same", "names no role", **account(role_arn=None)),
    skips("kubernetes.annotation_same", "was given no role", **BARE),
    skips("kubernetes.annotation_same", "was given no role", settings=settings(role_arn=Setting(ROLE, "--role-arn"))),
    fails(
        "kubernetes.annotation_same",
        faults.ANNOTATION_DIFFERS,
        f"{ROLE}-new",
        ROLE,
        **account(role_arn=f"{ROLE}-new", annotated=NOW - 60),
    ),
    passes("kubernetes.annotation_same", "the same", **account(role_arn="shop-cart")),
    fails(
        "kubernetes.annotation_same",
        faults.ANNOTATION_DIFFERS,
        f"{ROLE}-new",
        pod=Absent("403"),
        **account(role_arn=f"{ROLE}-new", annotated=NOW - 7000),
    ),
    fails(
        "kubernetes.annotation_same",
        faults.ANNOTATION_DIFFERS,
        f"{ROLE}-new",
        **account(role_arn=f"{ROLE}-new", annotated=None),
    ),
    as_warning(
        fails(
            "kubernetes.annotation_same",
            faults.ANNOTATION_DIFFERS,
            "not changed since before the pod was made",
            **account(role_arn=f"{ROLE}-new", annotated=NOW - 7000),
        )
    ),
    as_warning(
        fails(
            "kubernetes.annotation_same",
            faults.ANNOTATION_DIFFERS,
            "gave the annotation's role to app",
            **account(role_arn=f"{ROLE}-new", annotated=NOW - 60),
            **containers({}, {"role_arn": f"{ROLE}-new"}),
        )
    ),
    as_warning(
        fails(
            "kubernetes.annotation_same",
            faults.ANNOTATION_DIFFERS,
            "profile default",
            settings=settings(role_arn=Setting(f"{ROLE}-own", "profile default")),
        )
    ),
    passes("kubernetes.pod_newer", "has what the webhook gives"),
    skips("kubernetes.pod_newer", "names no role", **account(role_arn=None)),
    passes("kubernetes.pod_newer", "the webhook did not act", "not later than", **BARE),
    skips("kubernetes.pod_newer", "no managed fields", **account(annotated=None), **BARE),
    skips(
        "kubernetes.pod_newer",
        "EKS Pod Identity instead",
        settings=settings(role_arn=None, token_file=None, pod_identity=POD_IDENTITY),
        **account(annotated=NOW - 60),
    ),
    fails(
        "kubernetes.pod_newer",
        faults.POD_OLDER_THAN_ANNOTATION,
        "the annotation may be older",
        **account(annotated=NOW - 60),
        **BARE,
    ),
    fails(
        "kubernetes.pod_newer",
        faults.POD_OLDER_THAN_ANNOTATION,
        "itself is newer",
        **account(annotated=None, created=NOW - 60),
        **BARE,
    ),
    passes("kubernetes.subject", SUBJECT),
    skips("kubernetes.subject", "no usable sub", token=token(subject=None)),
    fails(
        "kubernetes.subject",
        faults.SUBJECT_MISMATCH,
        "system:serviceaccount:shop:other",
        SUBJECT,
        **in_cluster(service_account="other"),
    ),
    passes("kubernetes.token_volume", "audience sts.amazonaws.com, for 86400 s"),
    passes(
        "kubernetes.token_volume",
        "as long as the API server gives",
        **alone(0, {}, tokens=(_MOUNTS[0]._replace(expiration=None),)),
    ),
    passes("kubernetes.token_volume", "longer than EKS gives", **mounting(expiration=90_000)),
    skips("kubernetes.token_volume", "no projected token", **mounting(path="/elsewhere")),
    skips("kubernetes.token_volume", "no projected token", **BARE),
    fails(
        "kubernetes.token_volume", faults.AUDIENCE_MISMATCH, "vault", "sts.amazonaws.com", **mounting(audience="vault")
    ),
    fails("kubernetes.token_volume", faults.AUDIENCE_MISMATCH, "the default", **mounting(audience=None)),
    passes("kubernetes.mount_live", "in irsa-doctor, app"),
    skips("kubernetes.mount_live", "no projected token", **mounting(path="/elsewhere")),
    fails("kubernetes.mount_live", faults.TOKEN_FILE_STALE, "subPath", "app", **mounting(path=PATH, subpath=True)),
    passes("kubernetes.token_readable", "user 1000, 65532"),
    skips("kubernetes.token_readable", "no runAsUser", **containers({"user": None})),
    skips("kubernetes.token_readable", "projected volume", token_file=token_file(projected=False)),
    fails(
        "kubernetes.token_readable",
        faults.WORKLOAD_CANNOT_READ_TOKEN,
        "1000",
        "app",
        "mode 0600, owner 65532:0",
        token_file=token_file(readers=((PATH, 0o600, 65532, 0),)),
    ),
    fails(
        "kubernetes.token_readable",
        faults.WORKLOAD_CANNOT_READ_TOKEN,
        "none",
        token_file=token_file(readers=((PATH, 0o600, 65532, 0),)),
        **alone(1, {"fs_group": None}, group=None),
    ),
    # Its image can put the user into the file's group:
    skips(
        "kubernetes.token_readable",
        "only if the image of app puts user 1000 into group 65532",
        **alone(1, {"fs_group": None, "groups": (2000,)}, group=None),
    ),
    passes("kubernetes.completes", "irsa-doctor: native sidecar"),
    passes("kubernetes.completes", "native sidecar", **in_cluster(owner="Job")),
    passes("kubernetes.completes", "on Fargate, where EKS Pod Identity does not work", **in_cluster(fargate=True)),
    passes("kubernetes.completes", "irsa-doctor: container", **alone(0, {}, place="container")),
    passes("kubernetes.completes", **alone(0, {"owner": "Job"}, place="container", watches=False)),
    passes("kubernetes.completes", "irsa-doctor: native sidecar; app: container", **containers({"ours": True})),
    skips("kubernetes.completes", "no container is irsa-doctor's", **containers({"ours": False})),
    fails(
        "kubernetes.completes",
        faults.SIDECAR_BLOCKS_COMPLETION,
        "irsa-doctor",
        **alone(0, {"owner": "Job"}, place="container"),
    ),
    passes("kubernetes.completes", "init container", **alone(0, {}, place="init container")),
)


def beside(**changes: object) -> dict[str, object]:
    """Return the pod's other process, with these changes."""
    return {"neighbours": Neighbours((NEIGHBOUR._replace(**changes),))}  # type: ignore[arg-type] # as above


def with_theirs(*sdks: Sdk, profile: object = None, **variables: object) -> dict[str, object]:
    """Return the pod's other process, with these SDKs and changes to its variables: None takes one away."""
    found = {name: value for name, value in {**THEIRS, **variables}.items() if value is not None}
    return beside(variables=found, profile=profile, sdks=sdks)


def an_sdk(name: str, version: str | None = None) -> Sdk:
    """Return an SDK that another process would use."""
    return Sdk(name, version, "/opt/sdk")


NOT_SHOWN = Neighbours((), ("nginx (PID 12) runs as user 101, group 101, this container as 65532, 65532",))
KEYS = {"AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": ""}
WORKLOADS = (
    passes("workload.token_readable", "python3.11 (PID 7) of another container: user 1000 may"),
    skips("workload.token_readable", "the pod has no other process", neighbours=Neighbours(())),
    skips("workload.token_readable", "no other process can be looked at: nginx (PID 12) runs as", neighbours=NOT_SHOWN),
    skips("workload.token_readable", "no other process names a token file", **beside(token_file=NOT_LOOKED)),
    skips(
        "workload.token_readable",
        "(nginx (PID 12) runs as user 101",
        neighbours=NOT_SHOWN._replace(all=(NEIGHBOUR._replace(token_file=NOT_LOOKED),)),
    ),
    fails(
        "workload.token_readable",
        faults.WORKLOAD_CANNOT_READ_TOKEN,
        "python3.11 (PID 7)",
        "2000",
        "none",
        "mode 0640, owner 0:65532",
        PATH,
        **beside(process=Process(2000, frozenset())),
    ),
    passes("workload.token_readable", "user 0 may", **beside(process=Process(0, frozenset({0}), privileged=True))),
    fails(
        "workload.token_readable",
        faults.WORKLOAD_CANNOT_READ_TOKEN,
        "0",
        **beside(
            process=Process(0, frozenset({7}), privileged=False),
            token_file=token_file(readers=((PATH, 0o600, 65532, 65532),)),
        ),
    ),
    fails(
        "workload.token_readable",
        faults.TOKEN_FILE_MISSING,
        "is not there",
        PATH,
        **beside(token_file=Failed("missing", "it is not there")),
    ),
    fails(
        "workload.token_readable",
        faults.TOKEN_FILE_UNREADABLE,
        "is a directory",
        **beside(token_file=Failed("directory", "it is a directory")),
    ),
    passes("workload.environment", "python3.11 (PID 7) of another container: as here"),
    skips("workload.environment", "no role and token file to compare", **BARE),
    skips("workload.environment", "no other process has a variable", **beside(variables=None)),
    skips("workload.environment", "no other process has a variable", **beside(variables={}, sdks=())),
    fails("workload.environment", faults.WORKLOAD_ENV_DIFFERS, "AWS_ROLE_ARN is not set", **beside(variables={})),
    fails(
        "workload.environment",
        faults.WORKLOAD_ENV_DIFFERS,
        f"AWS_ROLE_ARN is {ROLE}-old, here {ROLE}",
        "AWS_ROLE_ARN-",
        **with_theirs(AWS_ROLE_ARN=f"{ROLE}-old"),
    ),
    fails(
        "workload.environment",
        faults.WORKLOAD_ENV_DIFFERS,
        "AWS_WEB_IDENTITY_TOKEN_FILE is something that is not shown",
        **with_theirs(AWS_WEB_IDENTITY_TOKEN_FILE=""),
    ),
    passes(
        "workload.environment",
        "as here",
        settings=settings(role_arn=Setting(f"{ROLE}-mine", "--role-arn")),
    ),
    as_warning(
        fails(
            "workload.environment",
            faults.WORKLOAD_ENV_DIFFERS,
            "AWS_CONTAINER_CREDENTIALS_FULL_URI is set instead",
            **with_theirs(
                AWS_ROLE_ARN=None, AWS_WEB_IDENTITY_TOKEN_FILE=None, AWS_CONTAINER_CREDENTIALS_FULL_URI="http://x"
            ),
        )
    ),
    passes(
        "workload.environment",
        "as here",
        **with_theirs(
            profile=Profile("default", ("assume-role-with-web-identity",)),
            AWS_ROLE_ARN=None,
            AWS_WEB_IDENTITY_TOKEN_FILE=None,
        ),
    ),
    *(
        as_warning(fails("workload.environment", faults.WORKLOAD_ENV_DIFFERS, words, **with_theirs(**{name: value})))
        for name, value, words in (
            ("AWS_REGION", "us-east-1", "AWS_REGION is us-east-1, here eu-west-1"),
            ("AWS_DEFAULT_REGION", "", "AWS_DEFAULT_REGION is something that is not shown, here eu-west-1"),
            ("AWS_STS_REGIONAL_ENDPOINTS", "legacy", "AWS_STS_REGIONAL_ENDPOINTS is legacy, here not set"),
            ("AWS_ENDPOINT_URL_STS", "https://sts.test", "AWS_ENDPOINT_URL_STS is https://sts.test, here not set"),
            ("AWS_ENDPOINT_URL", "https://all.test", "AWS_ENDPOINT_URL_STS is https://all.test"),
            ("AWS_USE_FIPS_ENDPOINT", "true", "AWS_USE_FIPS_ENDPOINT is on, here off"),
        )
    ),
    as_warning(
        fails(
            "workload.environment",
            faults.WORKLOAD_ENV_DIFFERS,
            "AWS_STS_REGIONAL_ENDPOINTS is not set, here regional",
            "AWS_USE_DUALSTACK_ENDPOINT is off, here on",
            settings=settings(sts_regional_endpoints=Setting("regional", "AWS_STS_REGIONAL_ENDPOINTS"), dualstack=True),
        )
    ),
    passes(
        "workload.environment",
        "as here",
        **with_theirs(AWS_ENDPOINT_URL_STS="https://sts.test", AWS_IGNORE_CONFIGURED_ENDPOINT_URLS="true"),
    ),
    passes("workload.environment", "as here", settings=settings(region=None)),
    passes(
        "workload.environment",
        "as here",
        settings=settings(
            sts_regional_endpoints=Setting("regional", "AWS_STS_REGIONAL_ENDPOINTS"),
            endpoint_url=Setting("https://sts.test", "profile default"),
            fips=True,
        ),
        **with_theirs(profile=Profile("default", ())),
    ),
    passes("workload.unshadowed", "by botocore 1.40.0"),
    passes("workload.unshadowed", "by whatever SDK it has", **with_theirs()),
    skips("workload.unshadowed", "has web identity's settings", **with_theirs(AWS_ROLE_ARN=None)),
    skips("workload.unshadowed", "has web identity's settings", **beside(variables=None)),
    fails(
        "workload.unshadowed",
        faults.SHADOWED_CREDENTIALS,
        "botocore",
        "the keys in the environment",
        "AWS_ACCESS_KEY_ID-",
        **with_theirs(an_sdk(BOTOCORE), **KEYS),
    ),
    passes("workload.unshadowed", "by AWS SDK for .NET 3.7.0.0", **with_theirs(an_sdk(DOTNET, "3.7.0.0"), **KEYS)),
    as_warning(
        fails(
            "workload.unshadowed",
            faults.SHADOWED_CREDENTIALS,
            "every SDK but AWS SDK for .NET 3",
            "is not known",
            **with_theirs(**KEYS),
        )
    ),
    as_warning(
        fails(
            "workload.unshadowed",
            faults.SHADOWED_CREDENTIALS,
            "aws-sdk for JavaScript v2",
            "the container's credentials",
            **with_theirs(AWS_CONTAINER_CREDENTIALS_FULL_URI="http://x"),
        )
    ),
    *(
        fails(
            "workload.unshadowed",
            faults.SHADOWED_CREDENTIALS,
            words,
            "AWS_PROFILE-",
            **with_theirs(an_sdk(name), **found),
        )
        for name, words, found in (
            (BOTOCORE, "the profile's role", {"profile": Profile("default", ("assume-role",))}),
            (JAVASCRIPT_3, "the profile's credentials", {"profile": Profile("p", ("sso",))}),
            (GO_2, "profile p", {"profile": Profile("p", ("config-file",)), "AWS_PROFILE": "p"}),
            (CPP, "the profile's credentials", {"profile": Profile("p", ("custom-process",))}),
        )
    ),
    *(
        passes("workload.unshadowed", "by ", **with_theirs(an_sdk(name), profile=Profile("default", methods)))
        for name, methods in (
            (BOTOCORE, ("shared-credentials-file",)),
            (JAVASCRIPT_3, ("assume-role-with-web-identity",)),
            (GO_2, ("config-file",)),
            (CPP, ("sso",)),
        )
    ),
    passes("workload.region", "AWS_REGION and AWS_DEFAULT_REGION"),
    passes("workload.region", "AWS_DEFAULT_REGION", **with_theirs(an_sdk(BOTOCORE), AWS_REGION=None)),
    passes(
        "workload.region",
        "from its profile",
        **with_theirs(profile=Profile("default", (), region=True), AWS_REGION=None, AWS_DEFAULT_REGION=None),
    ),
    passes("workload.region", "AWS_REGION and AWS_DEFAULT_REGION", **with_theirs()),
    skips("workload.region", "has a variable of AWS", **beside(variables={}, sdks=())),
    skips("workload.region", "has a variable of AWS", **beside(variables=None)),
    fails(
        "workload.region",
        faults.REGION_MISSING,
        "AWS_DEFAULT_REGION",
        "SDKs that read no other variable",
        **with_theirs(AWS_DEFAULT_REGION=None),
    ),
    fails(
        "workload.region",
        faults.REGION_MISSING,
        "botocore",
        "it asks the global endpoint, unless its code",
        **with_theirs(an_sdk(BOTOCORE), AWS_DEFAULT_REGION=None),
    ),
    fails(
        "workload.region",
        faults.REGION_MISSING,
        "it asks whatever its version does",
        **with_theirs(an_sdk(GO_1), AWS_REGION=None),
    ),
    fails(
        "workload.region",
        faults.REGION_MISSING,
        "AWS_REGION or AWS_DEFAULT_REGION",
        "it fails",
        **with_theirs(an_sdk(BOTOCORE), an_sdk(GO_2), AWS_REGION=None, AWS_DEFAULT_REGION=None),
    ),
    as_error(
        fails(
            "workload.region",
            faults.REGION_MISSING,
            "it fails",
            **with_theirs(
                an_sdk(BOTOCORE), AWS_DEFAULT_REGION=None, AWS_ROLE_ARN=ROLE.replace("arn:aws:", "arn:aws-cn:")
            ),
        )
    ),
    as_warning(
        fails(
            "workload.environment",
            faults.WORKLOAD_ENV_DIFFERS,
            "gunicorn (PIDs 8, 9)",
            "AWS_REGION is us-east-1",
            "python3.11 (PID 7) of another container",
            neighbours=Neighbours(
                (
                    NEIGHBOUR._replace(name="gunicorn", pids=(9, 8), variables={**THEIRS, "AWS_REGION": "us-east-1"}),
                    NEIGHBOUR._replace(variables={**THEIRS, "AWS_REGION": "us-east-2"}),
                    NEIGHBOUR._replace(name="sh"),
                )
            ),
        )
    ),
)

IMAGE = "/unpacked"


def inventory(*found: Sdk, unread: str | None = None, pod_identity: bool = False) -> dict[str, object]:
    """Return the facts of a directory that holds these SDKs."""
    return {"inventories": Inventories((Inventory(IMAGE, found, unread),), pod_identity=pod_identity)}


def boto(version: str | None, path: str = "/usr/lib/python3/dist-packages") -> Sdk:
    """Return a botocore that was found in such a directory."""
    return Sdk(BOTOCORE, version, f"{path}/botocore-{version}.dist-info")


_JAR = Sdk(JAVA_2, "2.20.0", "/app/lib/sdk-core-2.20.0.jar")
_WITH_STS = _JAR._replace(modules=("sts",))
SDKS = (
    skips("sdk.recent", "no AWS SDK was found in /unpacked", **inventory()),
    skips(
        "sdk.recent",
        "no AWS SDK was found in /unpacked; not looked at: /unpacked: /opt (Permission denied)",
        **inventory(unread="/opt (Permission denied)"),
    ),
    skips(
        "sdk.recent",
        "found, and not compared: AWS SDK for Go v2 v1.30.0",
        **inventory(Sdk(GO_2, "v1.30.0", "/app")),
    ),
    skips("sdk.recent", "botocore of no known version at", **inventory(boto(None))),
    passes("sdk.recent", "botocore 1.12.200 at /usr/lib/python3", **inventory(boto("1.12.200"))),
    passes(
        "sdk.recent",
        "botocore 1.40.0 at /a/botocore-1.40.0.dist-info and 1 more",
        "and 1 more",
        **inventory(
            boto("1.40.0", "/a"), boto("1.40.0", "/b"), *(boto(f"1.4{number}.9") for number in range(6)), boto("1.50.0")
        ),
    ),
    fails(
        "sdk.recent",
        faults.SDK_TOO_OLD,
        "botocore 1.12.199 at /usr/lib/python3/dist-packages/botocore-1.12.199.dist-info",
        "botocore 1.12.200",
        "web identity",
        IMAGE,
        **inventory(boto("1.12.199"), Sdk(JAVASCRIPT_3, "3.27.0", "/app/node_modules/@aws-sdk/client-sts")),
    ),
    as_warning(fails("sdk.recent", faults.SDK_TOO_OLD, "1.12.199", **inventory(boto("1.12.199"), boto("1.40.0")))),
    fails(
        "sdk.recent",
        faults.SDK_TOO_OLD,
        "botocore 1.34.41",
        "EKS Pod Identity",
        **inventory(boto("1.34.40"), pod_identity=True),
    ),
    skips("sdk.complete", "needs no module", **inventory(_JAR, pod_identity=True)),
    skips("sdk.complete", "in a module of its own", **inventory(boto("1.40.0"))),
    passes("sdk.complete", "AWS SDK for Java v2 2.20.0 with sts at /app/lib", **inventory(_WITH_STS)),
    fails(
        "sdk.complete",
        faults.SDK_MODULE_MISSING,
        "sts",
        "AWS SDK for Java v2 2.20.0",
        IMAGE,
        **inventory(_JAR),
    ),
    fails(
        "sdk.complete",
        faults.SDK_MODULE_MISSING,
        "AWSSDK.SecurityToken",
        **inventory(_WITH_STS, Sdk(DOTNET, "3.7.100.1", "/app/app.deps.json")),
    ),
    as_warning(
        fails(
            "sdk.complete",
            faults.SDK_MODULE_MISSING,
            "sts",
            **inventory(_WITH_STS, _JAR._replace(path="/other/sdk-core-2.20.0.jar")),
        )
    ),
    skips(
        "sdk.complete",
        "sts was not found, but not everything was looked at",
        **inventory(_JAR, unread="after 256 MB"),
    ),
)

CASES: tuple[Case, ...] = (
    *ENVIRONMENT,
    *FILE,
    *TOKEN,
    *ISSUERS,
    *CERTIFICATE,
    *EXCHANGE,
    *POD_IDENTITIES,
    *CLUSTER,
    *WORKLOADS,
    *SDKS,
)
