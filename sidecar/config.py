"""The settings: every option, and `Config`, made of flags and ``IRSA_DOCTOR_*`` variables.

Pure: reads neither argv nor the environment and prints nothing. All mistakes are found at once;
each names the flag or variable it came from, the value, and what is right.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from enum import StrEnum
from typing import Generic, NamedTuple, Self, TypeVar

from sidecar.facts import Setting
from sidecar.values import (
    ListenAddress,
    MisuseError,
    boolean,
    duration,
    file_path,
    hint,
    interval,
    list_of,
    listen_address,
    nearest,
    numeric_id,
    one_of,
    quoted,
    role_arn,
    some_text,
    some_time,
    thumbprint,
)

PREFIX = "IRSA_DOCTOR_"

# What Kubernetes injects for each Service whose name is `irsa-doctor` or begins so:
# https://kubernetes.io/docs/concepts/services-networking/service/#environment-variables
# Compiled where it is used: most runs see no stranger.
_SERVICE_LINK = (
    rf"{PREFIX}(?:\w+_)?(?:SERVICE_HOST|SERVICE_PORT(?:_\w+)?|PORT(?:_\d+_(?:TCP|UDP|SCTP)(?:_(?:PROTO|PORT|ADDR))?)?)"
)

_T = TypeVar("_T")
_T_co = TypeVar("_T_co", covariant=True)


class Format(StrEnum):
    """How the answer is written; ``short`` prints only what is not ``pass``."""

    TEXT = "text"
    JSON = "json"
    SHORT = "short"


class FailOn(StrEnum):
    """The least severity that makes exit code 1."""

    ERROR = "error"
    WARNING = "warning"
    NEVER = "never"


class LogFormat(StrEnum):
    """How `watch` writes its log."""

    TEXT = "text"
    JSON = "json"


class Iam(StrEnum):
    """When role and provider are read from IAM."""

    OFF = "off"
    AUTO = "auto"
    ON = "on"


class Mechanism(StrEnum):
    """How the pod is meant to get credentials; ``auto``: as its variables say."""

    AUTO = "auto"
    IRSA = "irsa"
    POD_IDENTITY = "pod-identity"


# ------------------------------------------------------------------------------------------------------- options


DIAGNOSING = ("check", "watch")
"""The commands that make a diagnosis."""


class Option(NamedTuple, Generic[_T_co]):
    """A setting: a flag and a variable. ``shown`` is the default in words, None where there is none.

    ``parse`` raises `MisuseError`. A ``repeatable`` flag adds up; of any other the last one counts.
    """

    name: str
    group: str
    metavar: str
    help: str
    parse: Callable[[str], _T_co]
    default: _T_co
    shown: str | None = None
    commands: tuple[str, ...] = DIAGNOSING
    repeatable: bool = False

    @property
    def flag(self) -> str:
        """The option on the command line."""
        return f"--{self.name}"

    @property
    def variable(self) -> str:
        """The option in the environment."""
        return PREFIX + self.name.upper().replace("-", "_")


_OUTPUT, _TIME, _LOOK, _EXPECT = "output", "time", "what is looked at", "what should be so"

FORMAT = Option(
    name="format", group=_OUTPUT, metavar="text|json|short", parse=one_of(*Format), default=Format.TEXT, shown="text",
    help="how check writes the report; short leaves out what is in order",
)  # fmt: skip
PLAIN_FORMAT = Option(
    name="format", group=_OUTPUT, metavar="text|json", parse=one_of(Format.TEXT, Format.JSON), default=Format.TEXT,
    shown="text", help="how the answer is written", commands=("checks", "explain", "thumbprint", "trust"),
)  # fmt: skip
FAIL_ON = Option(
    name="fail-on", group=_OUTPUT, metavar="error|warning|never", parse=one_of(*FailOn), default=FailOn.ERROR,
    shown="error", help="the least severity that makes check's exit code 1",
)  # fmt: skip
TERMINATION_LOG: Option[str | None] = Option(
    name="termination-log", group=_OUTPUT, metavar="PATH", parse=some_text, default=None,
    shown="/dev/termination-log, if that file exists", help="where the termination message is written",
    commands=("check",),
)  # fmt: skip
WAIT = Option(
    name="wait", group=_TIME, metavar="DURATION", parse=duration, default=0.0, shown="0s",
    help="try again for so long, with backoff, while time can cure the root cause", commands=("check",),
)  # fmt: skip
TIMEOUT = Option(
    name="timeout", group=_TIME, metavar="DURATION", parse=some_time, default=5.0, shown="5s",
    help="for each network operation", commands=(*DIAGNOSING, "thumbprint"),
)  # fmt: skip
DEADLINE = Option(
    name="deadline", group=_TIME, metavar="DURATION", parse=some_time, default=30.0, shown="30s",
    help="for one whole diagnosis; what was not reached by then is reported as such",
)  # fmt: skip
INTERVAL = Option(
    name="interval", group=_TIME, metavar="DURATION", parse=interval, default=300.0, shown="5m", commands=("watch",),
    help="from one diagnosis to the next, within a tenth; a changed token file or a failed diagnosis brings it forward",
)  # fmt: skip
LISTEN = Option(
    name="listen", group=_OUTPUT, metavar="ADDR:PORT", parse=listen_address, default=ListenAddress("", 9864),
    shown=":9864", commands=("watch",), help="where metrics, probes and the page are served; [::1]:9864 is IPv6's form",
)  # fmt: skip
LOG_FORMAT = Option(
    name="log-format", group=_OUTPUT, metavar="text|json", parse=one_of(*LogFormat), default=LogFormat.TEXT,
    shown="text", commands=("watch",), help="how the log on standard output is written",
)  # fmt: skip
TOKEN_FILE: Option[str | None] = Option(
    name="token-file", group=_LOOK, metavar="FILE", parse=file_path, default=None,
    shown="from the environment or the AWS profile", help="the projected token", commands=(*DIAGNOSING, "thumbprint"),
)  # fmt: skip
ROLE_ARN: Option[str | None] = Option(
    name="role-arn", group=_LOOK, metavar="ARN", parse=some_text, default=None,
    shown="from the environment or the AWS profile", help="the role to assume", commands=(*DIAGNOSING, "thumbprint"),
)  # fmt: skip
ISSUER_CA: Option[str | None] = Option(
    name="issuer-ca", group=_LOOK, metavar="FILE", parse=some_text, default=None,
    shown="AWS_CA_BUNDLE, else SSL_CERT_FILE, else the system's", commands=(*DIAGNOSING, "thumbprint"),
    help="the certificates trusted for the issuer's TLS",
)  # fmt: skip
MECHANISM = Option(
    name="mechanism", group=_LOOK, metavar="auto|irsa|pod-identity", parse=one_of(*Mechanism), default=Mechanism.AUTO,
    shown="auto", help="how the pod is meant to get credentials; auto: IRSA, and EKS Pod Identity where its variables "
    "are there; pod-identity: nothing of IRSA is looked at",
)  # fmt: skip
NO_EXCHANGE = Option(
    name="no-exchange", group=_LOOK, metavar="true|false", parse=boolean, default=False, shown="false",
    help="do not call STS, nor the agent of EKS Pod Identity",
)  # fmt: skip
TRUST_POLICY: Option[str | None] = Option(
    name="trust-policy", group=_LOOK, metavar="FILE", parse=file_path, default=None,
    help="judge this trust policy with the token's claims: the role's own, as aws iam get-role prints it",
)  # fmt: skip
IAM = Option(
    name="iam", group=_LOOK, metavar="off|auto|on", parse=one_of(*Iam), default=Iam.AUTO, shown="auto",
    help="read the role and the OIDC provider from IAM, never write; auto: where STS refused and the environment or a "
    "profile holds keys; on: also after a healthy exchange, with its credentials",
)  # fmt: skip
SCAN: Option[str | None] = Option(
    name="scan", group=_LOOK, metavar="DIR", parse=some_text, default=None, commands=("check",),
    help="look at this directory in place of the pod, an unpacked image: are its AWS SDKs recent and complete?",
)  # fmt: skip
EXPECT_AUDIENCE = Option(
    name="expect-audience", group=_EXPECT, metavar="A", parse=some_text, default="sts.amazonaws.com",
    shown="sts.amazonaws.com", help="the token's audience",
)  # fmt: skip
EXPECT_SUBJECT: Option[str | None] = Option(
    name="expect-subject", group=_EXPECT, metavar="S", parse=some_text, default=None, shown="the pod's own",
    help="the token's subject, system:serviceaccount:NAMESPACE:NAME",
)  # fmt: skip
EXPECT_ROLE_ARN: Option[str | None] = Option(
    name="expect-role-arn", group=_EXPECT, metavar="R", parse=role_arn, default=None, help="the role's ARN",
)  # fmt: skip
EXPECT_THUMBPRINT: Option[tuple[str, ...]] = Option(
    name="expect-thumbprint", group=_EXPECT, metavar="T", parse=list_of(thumbprint), default=(), repeatable=True,
    help="a thumbprint that the IAM OIDC provider has; repeatable", commands=(*DIAGNOSING, "thumbprint"),
)  # fmt: skip
WORKLOAD_UID: Option[int | None] = Option(
    name="workload-uid", group=_EXPECT, metavar="N", parse=numeric_id, default=None,
    help="could a process of this user read the token file?",
)  # fmt: skip
WORKLOAD_GIDS: Option[tuple[int, ...]] = Option(
    name="workload-gids", group=_EXPECT, metavar="N,N", parse=list_of(numeric_id), default=(),
    help="that process's groups; needs --workload-uid", repeatable=True,
)  # fmt: skip
POLICY: Option[str | None] = Option(
    name="policy", group=_LOOK, metavar="FILE", parse=file_path, default=None, commands=("trust",),
    help="the role's trust policy, or what aws iam get-role prints; - is standard input",
)  # fmt: skip
TOKEN: Option[str | None] = Option(
    name="token", group=_LOOK, metavar="FILE", parse=file_path, default=None, commands=("trust",),
    help="the projected token: issuer, subject and audience are taken from it",
)  # fmt: skip
ISSUER: Option[str | None] = Option(
    name="issuer", group=_LOOK, metavar="URL", parse=some_text, default=None, commands=("trust",),
    help="the token's issuer, in place of --token",
)  # fmt: skip
SUBJECT: Option[str | None] = Option(
    name="subject", group=_LOOK, metavar="S", parse=some_text, default=None, commands=("trust",),
    help="the token's subject, system:serviceaccount:NAMESPACE:NAME",
)  # fmt: skip
AUDIENCE: Option[str | None] = Option(
    name="audience", group=_LOOK, metavar="A", parse=some_text, default=None, commands=("trust",),
    help="the token's audience",
)  # fmt: skip
TRUSTING_ROLE: Option[str | None] = Option(
    name="role-arn", group=_LOOK, metavar="ARN", parse=role_arn, default=None, commands=("trust",),
    help="the role whose policy it is; without it any account in the provider's ARN matches",
)  # fmt: skip
LIST = Option(
    name="list", group=_OUTPUT, metavar="true|false", parse=boolean, default=False, shown="false",
    help="list the scenarios instead of running one", commands=("demo",),
)  # fmt: skip

# In the order of the help texts.
OPTIONS: tuple[Option[object], ...] = (
    FORMAT, PLAIN_FORMAT, FAIL_ON, LOG_FORMAT, LISTEN, TERMINATION_LOG, LIST, INTERVAL, WAIT, TIMEOUT, DEADLINE,
    TOKEN_FILE, ROLE_ARN, ISSUER_CA, POLICY, TOKEN, ISSUER, SUBJECT, AUDIENCE, TRUSTING_ROLE, TRUST_POLICY, IAM,
    MECHANISM, NO_EXCHANGE, SCAN, EXPECT_AUDIENCE, EXPECT_SUBJECT, EXPECT_ROLE_ARN, EXPECT_THUMBPRINT, WORKLOAD_UID,
    WORKLOAD_GIDS,
)  # fmt: skip


def options_of(command: str) -> tuple[Option[object], ...]:
    """Return the options that a command takes."""
    return tuple(option for option in OPTIONS if command in option.commands)


# -------------------------------------------------------------------------------------------- flags and variables


def merge(command: str, flags: Mapping[str, Sequence[str]], environ: Mapping[str, str]) -> dict[str, Setting]:
    """Return a command's settings by option name, each with its source: a flag beats its variable.

    ``flags`` holds each flag's values in the order given. An empty variable is unset.
    """
    settings = {}
    for option in options_of(command):
        values, value = flags.get(option.name), environ.get(option.variable)
        if values:
            settings[option.name] = Setting(",".join(values) if option.repeatable else values[-1], option.flag)
        elif value and not (option is PLAIN_FORMAT and value == Format.SHORT):  # which is check's, and no mistake
            settings[option.name] = Setting(value, option.variable)
    return settings


def unknown_variables(names: Iterable[str]) -> tuple[str, ...]:
    """Return a warning for each ``IRSA_DOCTOR_*`` variable that is no option's and no Service link."""
    known = {option.variable for option in OPTIONS}
    strangers = (name for name in sorted(names) if name.startswith(PREFIX) and name not in known)
    return tuple(_warning(name, known) for name in strangers if not is_service_link(name))


def is_service_link(variable: str) -> bool:
    """Return whether Kubernetes injects a variable of this name for a Service named like the program."""
    return bool(re.fullmatch(_SERVICE_LINK, variable, re.ASCII))


def _warning(name: str, known: Iterable[str]) -> str:
    # Without what all have in common, or everything would be near.
    near = nearest(name.removeprefix(PREFIX), (variable.removeprefix(PREFIX) for variable in known))
    return f"{quoted(name)} is not a known variable{hint(PREFIX + near if near else None)}"


# -------------------------------------------------------------------------------------------------------- config


class _Reader:
    """Reads options one by one, and keeps the mistakes."""

    def __init__(self, settings: Mapping[str, Setting]) -> None:
        self.settings = settings
        self.mistakes: list[str] = []

    def read(self, option: Option[_T]) -> _T:
        setting = self.settings.get(option.name)
        if setting is None:
            return option.default
        try:
            return option.parse(setting.value)
        except MisuseError as error:
            self.mistakes.extend(f"{setting.source}: {mistake}" for mistake in error.mistakes)
            return option.default

    def require(self, option: Option[object], needed: Option[object]) -> None:
        """Note a mistake where an option is given without the one that gives it a meaning."""
        if option.name in self.settings and needed.name not in self.settings:
            self.mistakes.append(f"{self.settings[option.name].source}: needs {needed.flag} or {needed.variable}")

    def refuse(self, option: Option[object], other: Option[object]) -> None:
        """Note a mistake where an option is given beside another that leaves it without a meaning."""
        if option.name in self.settings and other.name in self.settings:
            self.mistakes.append(f"{self.settings[option.name].source}: has no meaning with {other.flag}")


def _unasked(settings: Mapping[str, Setting]) -> list[str]:
    """Return what a judgement on a trust policy cannot do without, and what it is given twice."""
    claims = (ISSUER, SUBJECT, AUDIENCE)
    missing = [option.flag for option in claims if option.name not in settings]
    mistakes = [] if POLICY.name in settings else [f"{POLICY.flag} is needed: the file of the trust policy"]
    if TOKEN.name in settings and len(missing) < len(claims):
        mistakes.append(f"{TOKEN.flag} stands for issuer, subject and audience: give one or the other")
    elif TOKEN.name not in settings and missing:
        mistakes.append(f"{TOKEN.flag} is needed, or {', '.join(missing)}")
    return mistakes


class Config(NamedTuple):
    """Every setting of every command; durations are seconds, thumbprints lower case without colons."""

    format: Format = FORMAT.default
    fail_on: FailOn = FAIL_ON.default
    wait: float = WAIT.default
    timeout: float = TIMEOUT.default
    deadline: float = DEADLINE.default
    token_file: str | None = TOKEN_FILE.default
    role_arn: str | None = ROLE_ARN.default
    issuer_ca: str | None = ISSUER_CA.default
    expect_audience: str = EXPECT_AUDIENCE.default
    expect_subject: str | None = EXPECT_SUBJECT.default
    expect_role_arn: str | None = EXPECT_ROLE_ARN.default
    expect_thumbprint: tuple[str, ...] = EXPECT_THUMBPRINT.default
    workload_uid: int | None = WORKLOAD_UID.default
    workload_gids: tuple[int, ...] = WORKLOAD_GIDS.default
    no_exchange: bool = NO_EXCHANGE.default
    scan: str | None = SCAN.default
    trust_policy: str | None = TRUST_POLICY.default
    iam: Iam = IAM.default
    termination_log: str | None = TERMINATION_LOG.default
    interval: float = INTERVAL.default
    listen: ListenAddress = LISTEN.default
    log_format: LogFormat = LOG_FORMAT.default
    list_scenarios: bool = LIST.default
    policy: str | None = POLICY.default
    token: str | None = TOKEN.default
    issuer: str | None = ISSUER.default
    subject: str | None = SUBJECT.default
    audience: str | None = AUDIENCE.default
    mechanism: Mechanism = MECHANISM.default

    @classmethod
    def from_mapping(cls, settings: Mapping[str, Setting], command: str = "check") -> Self:
        """Make a config of what `merge` returned. Raises `MisuseError` with every mistake in it."""
        reader = _Reader(settings)
        read = reader.read
        config = cls(
            format=read(FORMAT if command in FORMAT.commands else PLAIN_FORMAT),
            fail_on=read(FAIL_ON),
            wait=read(WAIT),
            timeout=read(TIMEOUT),
            deadline=read(DEADLINE),
            token_file=read(TOKEN_FILE),
            role_arn=read(ROLE_ARN if command in ROLE_ARN.commands else TRUSTING_ROLE),
            issuer_ca=read(ISSUER_CA),
            expect_audience=read(EXPECT_AUDIENCE),
            expect_subject=read(EXPECT_SUBJECT),
            expect_role_arn=read(EXPECT_ROLE_ARN),
            expect_thumbprint=read(EXPECT_THUMBPRINT),
            workload_uid=read(WORKLOAD_UID),
            workload_gids=read(WORKLOAD_GIDS),
            no_exchange=read(NO_EXCHANGE),
            scan=read(SCAN),
            trust_policy=read(TRUST_POLICY),
            iam=read(IAM),
            termination_log=read(TERMINATION_LOG),
            interval=read(INTERVAL),
            listen=read(LISTEN),
            log_format=read(LOG_FORMAT),
            list_scenarios=read(LIST),
            policy=read(POLICY),
            token=read(TOKEN),
            issuer=read(ISSUER),
            subject=read(SUBJECT),
            audience=read(AUDIENCE),
            mechanism=read(MECHANISM),
        )
        reader.require(WORKLOAD_GIDS, WORKLOAD_UID)
        reader.refuse(WAIT, SCAN)
        if command in POLICY.commands:
            reader.mistakes += _unasked(settings)
        if reader.mistakes:
            raise MisuseError(*reader.mistakes)
        return config
