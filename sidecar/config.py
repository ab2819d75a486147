"""The settings: every option, and `Config`, made of flags and ``IRSA_DOCTOR_*`` variables.

Pure: reads neither argv nor the environment and prints nothing. All mistakes are found at once;
each names the flag or variable it came from, the value, and what is right.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from enum import StrEnum
from typing import Generic, NamedTuple, Self, TypeVar

from sidecar.arns import parse_role_arn
from sidecar.facts import Setting

PREFIX = "IRSA_DOCTOR_"

# Options of commands and versions that this one does not have: their variables are known all the same (roll-backs).
ELSEWHERE = frozenset({
    "audience", "iam", "interval", "issuer", "listen", "log-format", "policy", "subject", "token", "trust-policy",
})  # fmt: skip

# What Kubernetes injects for each Service whose name is `irsa-doctor` or begins so:
# https://kubernetes.io/docs/concepts/services-networking/service/#environment-variables
_SERVICE_LINK = re.compile(
    rf"{PREFIX}(?:\w+_)?(?:SERVICE_HOST|SERVICE_PORT(?:_\w+)?|PORT(?:_\d+_(?:TCP|UDP|SCTP)(?:_(?:PROTO|PORT|ADDR))?)?)",
    re.ASCII,
)
_DURATION = re.compile(r"(?:\d{1,9}(?:ms|s|m|h))+", re.ASCII)
_DURATION_PART = re.compile(r"(\d+)(ms|s|m|h)", re.ASCII)
_MILLISECONDS = {"ms": 1, "s": 1_000, "m": 60_000, "h": 3_600_000}
_LONGEST = 168 * 3_600.0  # seconds; a socket's time-out must fit into 2**31 ms
_UID = re.compile(r"\d{1,10}", re.ASCII)
_GREATEST_UID = 2**32 - 1
_THUMBPRINT = re.compile(r"[0-9a-f]{40}|[0-9a-f]{2}(?::[0-9a-f]{2}){19}", re.ASCII | re.IGNORECASE)
_QUOTED = 60  # characters of a bad value that are shown: never a whole token, should one be put in the wrong place

_T = TypeVar("_T")
_T_co = TypeVar("_T_co", covariant=True)
_E = TypeVar("_E", bound=StrEnum)


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


class MisuseError(Exception):
    """The tool was asked wrongly; ``mistakes`` has a clause for each mistake."""

    def __init__(self, *mistakes: str) -> None:
        super().__init__(*mistakes)
        self.mistakes = mistakes


# -------------------------------------------------------------------------------------------------------- values


def quoted(text: str) -> str:
    """Return text in quotes, cut to 60 characters, with what cannot be printed escaped."""
    cut = text if len(text) <= _QUOTED else text[: _QUOTED - 3] + "..."
    return "'" + "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in cut) + "'"


def nearest(word: str, names: Iterable[str]) -> str | None:
    """Return the name most like a word, whatever its case; None where none is much like it."""
    from difflib import get_close_matches

    known = {name.lower(): name for name in names}
    return next((known[match] for match in get_close_matches(word.lower(), known, n=1)), None)


def _hint(near: str | None) -> str:
    return f"; did you mean {near}?" if near else ""


def _text(value: str) -> str:
    if not value:
        message = "the value is empty"
        raise MisuseError(message)
    return value


def _boolean(value: str) -> bool:
    if value not in {"true", "false"}:
        message = f"{quoted(value)} is neither true nor false{_hint(nearest(value, ('true', 'false')))}"
        raise MisuseError(message)
    return value == "true"


def _one_of(*choices: _E) -> Callable[[str], _E]:
    def parse(value: str) -> _E:
        for choice in choices:
            if value == choice:
                return choice
        message = f"{quoted(value)} is none of {', '.join(choices)}{_hint(nearest(value, choices))}"
        raise MisuseError(message)

    return parse


def _duration(value: str) -> float:
    """Return seconds."""
    if not _DURATION.fullmatch(value):
        near = f"{value}s" if _UID.fullmatch(value) else None
        message = f"{quoted(value)} is not a duration such as 500ms, 30s, 5m, 1h or 1m30s{_hint(near)}"
        raise MisuseError(message)
    seconds = sum(int(number) * _MILLISECONDS[unit] for number, unit in _DURATION_PART.findall(value)) / 1000
    if seconds > _LONGEST:
        message = f"{quoted(value)} is more than 168h"
        raise MisuseError(message)
    return seconds


def _some_time(value: str) -> float:
    """Return seconds, more than none."""
    seconds = _duration(value)
    if not seconds:
        message = f"{quoted(value)} must be more than 0s"
        raise MisuseError(message)
    return seconds


def _role_arn(value: str) -> str:
    if parse_role_arn(value) is None:
        message = f"{quoted(value)} is not the ARN of an IAM role such as arn:aws:iam::123456789012:role/NAME"
        raise MisuseError(message)
    return value


def _thumbprint(value: str) -> str:
    if not _THUMBPRINT.fullmatch(value):
        message = f"{quoted(value)} is not a SHA-1 thumbprint: 40 hexadecimal digits, with or without colons"
        raise MisuseError(message)
    return value.replace(":", "").lower()


def _id(value: str) -> int:
    if not _UID.fullmatch(value) or int(value) > _GREATEST_UID:
        message = f"{quoted(value)} is not a whole number from 0 to {_GREATEST_UID}"
        raise MisuseError(message)
    return int(value)


def _list(parse: Callable[[str], _T]) -> Callable[[str], tuple[_T, ...]]:
    def parse_all(value: str) -> tuple[_T, ...]:
        items: list[_T] = []
        mistakes: list[str] = []
        for item in value.split(","):
            try:
                items.append(parse(item.strip()))
            except MisuseError as error:
                mistakes.extend(error.mistakes)
        if mistakes:
            raise MisuseError(*mistakes)
        return tuple(items)

    return parse_all


# ------------------------------------------------------------------------------------------------------- options


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
    commands: tuple[str, ...] = ("check",)
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
    name="format", group=_OUTPUT, metavar="text|json|short", parse=_one_of(*Format), default=Format.TEXT, shown="text",
    help="how the report is written; short leaves out what is in order",
)  # fmt: skip
PLAIN_FORMAT = Option(
    name="format", group=_OUTPUT, metavar="text|json", parse=_one_of(Format.TEXT, Format.JSON), default=Format.TEXT,
    shown="text", help="how the answer is written", commands=("checks", "thumbprint"),
)  # fmt: skip
FAIL_ON = Option(
    name="fail-on", group=_OUTPUT, metavar="error|warning|never", parse=_one_of(*FailOn), default=FailOn.ERROR,
    shown="error", help="the least severity that makes exit code 1",
)  # fmt: skip
TERMINATION_LOG: Option[str | None] = Option(
    name="termination-log", group=_OUTPUT, metavar="PATH", parse=_text, default=None,
    shown="/dev/termination-log, if that file exists", help="where the termination message is written",
)  # fmt: skip
WAIT = Option(
    name="wait", group=_TIME, metavar="DURATION", parse=_duration, default=0.0, shown="0s",
    help="try again for so long, with backoff, while time can cure the root cause",
)  # fmt: skip
TIMEOUT = Option(
    name="timeout", group=_TIME, metavar="DURATION", parse=_some_time, default=5.0, shown="5s",
    help="for each network operation", commands=("check", "thumbprint"),
)  # fmt: skip
DEADLINE = Option(
    name="deadline", group=_TIME, metavar="DURATION", parse=_some_time, default=30.0, shown="30s",
    help="for one whole diagnosis; what was not reached by then is reported as such",
)  # fmt: skip
TOKEN_FILE: Option[str | None] = Option(
    name="token-file", group=_LOOK, metavar="FILE", parse=_text, default=None,
    shown="from the environment or the AWS profile", help="the projected token", commands=("check", "thumbprint"),
)  # fmt: skip
ROLE_ARN: Option[str | None] = Option(
    name="role-arn", group=_LOOK, metavar="ARN", parse=_text, default=None,
    shown="from the environment or the AWS profile", help="the role to assume", commands=("check", "thumbprint"),
)  # fmt: skip
ISSUER_CA: Option[str | None] = Option(
    name="issuer-ca", group=_LOOK, metavar="FILE", parse=_text, default=None,
    shown="AWS_CA_BUNDLE, else SSL_CERT_FILE, else the system's", commands=("check", "thumbprint"),
    help="the certificates trusted for the issuer's TLS",
)  # fmt: skip
NO_EXCHANGE = Option(
    name="no-exchange", group=_LOOK, metavar="true|false", parse=_boolean, default=False, shown="false",
    help="do not call STS",
)  # fmt: skip
EXPECT_AUDIENCE = Option(
    name="expect-audience", group=_EXPECT, metavar="A", parse=_text, default="sts.amazonaws.com",
    shown="sts.amazonaws.com", help="the token's audience",
)  # fmt: skip
EXPECT_SUBJECT: Option[str | None] = Option(
    name="expect-subject", group=_EXPECT, metavar="S", parse=_text, default=None, shown="the pod's own",
    help="the token's subject, system:serviceaccount:NAMESPACE:NAME",
)  # fmt: skip
EXPECT_ROLE_ARN: Option[str | None] = Option(
    name="expect-role-arn", group=_EXPECT, metavar="R", parse=_role_arn, default=None, help="the role's ARN",
)  # fmt: skip
EXPECT_THUMBPRINT: Option[tuple[str, ...]] = Option(
    name="expect-thumbprint", group=_EXPECT, metavar="T", parse=_list(_thumbprint), default=(), repeatable=True,
    help="a thumbprint that the IAM OIDC provider has; repeatable", commands=("check", "thumbprint"),
)  # fmt: skip
WORKLOAD_UID: Option[int | None] = Option(
    name="workload-uid", group=_EXPECT, metavar="N", parse=_id, default=None,
    help="could a process of this user read the token file?",
)  # fmt: skip
WORKLOAD_GIDS: Option[tuple[int, ...]] = Option(
    name="workload-gids", group=_EXPECT, metavar="N,N", parse=_list(_id), default=(),
    help="that process's groups; needs --workload-uid", repeatable=True,
)  # fmt: skip
LIST = Option(
    name="list", group=_OUTPUT, metavar="true|false", parse=_boolean, default=False, shown="false",
    help="list the scenarios instead of running one", commands=("demo",),
)  # fmt: skip

# In the order of the help texts.
OPTIONS: tuple[Option[object], ...] = (
    FORMAT, PLAIN_FORMAT, FAIL_ON, TERMINATION_LOG, LIST, WAIT, TIMEOUT, DEADLINE, TOKEN_FILE, ROLE_ARN, ISSUER_CA,
    NO_EXCHANGE, EXPECT_AUDIENCE, EXPECT_SUBJECT, EXPECT_ROLE_ARN, EXPECT_THUMBPRINT, WORKLOAD_UID, WORKLOAD_GIDS,
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
    known = {option.variable for option in OPTIONS} | {PREFIX + name.upper().replace("-", "_") for name in ELSEWHERE}
    strangers = (name for name in sorted(names) if name.startswith(PREFIX) and name not in known)
    return tuple(_warning(name, known) for name in strangers if not _SERVICE_LINK.fullmatch(name))


def _warning(name: str, known: Iterable[str]) -> str:
    # Without what all have in common, or everything would be near.
    near = nearest(name.removeprefix(PREFIX), (variable.removeprefix(PREFIX) for variable in known))
    return f"{quoted(name)} is not a known variable{_hint(PREFIX + near if near else None)}"


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
    termination_log: str | None = TERMINATION_LOG.default
    list_scenarios: bool = LIST.default

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
            role_arn=read(ROLE_ARN),
            issuer_ca=read(ISSUER_CA),
            expect_audience=read(EXPECT_AUDIENCE),
            expect_subject=read(EXPECT_SUBJECT),
            expect_role_arn=read(EXPECT_ROLE_ARN),
            expect_thumbprint=read(EXPECT_THUMBPRINT),
            workload_uid=read(WORKLOAD_UID),
            workload_gids=read(WORKLOAD_GIDS),
            no_exchange=read(NO_EXCHANGE),
            termination_log=read(TERMINATION_LOG),
            list_scenarios=read(LIST),
        )
        reader.require(WORKLOAD_GIDS, WORKLOAD_UID)
        if reader.mistakes:
            raise MisuseError(*reader.mistakes)
        return config
