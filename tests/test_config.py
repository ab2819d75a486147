"""Settings: what flags and variables mean, and what is said of those that mean nothing."""

import pytest

from sidecar.config import (
    OPTIONS,
    PREFIX,
    Config,
    FailOn,
    Format,
    LogFormat,
    Option,
    is_service_link,
    merge,
    options_of,
    unknown_variables,
)
from sidecar.facts import Setting
from sidecar.values import ListenAddress, MisuseError

ROLE = "arn:aws:iam::123456789012:role/app"
PRINT = "9e99a48a9960b14926bb7f3b02e22da2b0ab7280"
COLONS = ":".join(PRINT[i : i + 2] for i in range(0, 40, 2))


def config(command: str = "check", flags: dict[str, list[str]] | None = None, /, **variables: str) -> Config:
    """Return the config of flags and of variables without their prefix."""
    environ = {PREFIX + name: value for name, value in variables.items()}
    return Config.from_mapping(merge(command, flags or {}, environ), command)


def mistakes(command: str = "check", flags: dict[str, list[str]] | None = None, /, **variables: str) -> list[str]:
    """Return the mistakes that are found."""
    with pytest.raises(MisuseError) as caught:
        config(command, flags, **variables)
    return list(caught.value.mistakes)


def command_of(name: str) -> str:
    """Return a command that knows a variable: `check` where it does."""
    option = next(option for option in OPTIONS if option.variable == PREFIX + name)
    return "check" if "check" in option.commands else option.commands[0]


def test_defaults() -> None:
    """Without flags and variables every setting has the contract's default."""
    assert config() == Config()
    assert Config() == Config(
        format=Format.TEXT,
        fail_on=FailOn.ERROR,
        wait=0.0,
        timeout=5.0,
        deadline=30.0,
        token_file=None,
        role_arn=None,
        issuer_ca=None,
        expect_audience="sts.amazonaws.com",
        expect_subject=None,
        expect_role_arn=None,
        expect_thumbprint=(),
        workload_uid=None,
        workload_gids=(),
        no_exchange=False,
        termination_log=None,
        list_scenarios=False,
    )


@pytest.mark.parametrize("option", [option for option in OPTIONS if option.shown and option.default is not None])
def test_default_is_what_help_says(option: Option[object]) -> None:
    """Where the help text's default is a value, it is the value of the default."""
    assert option.parse(option.shown or "") == option.default


def test_every_option_sets_one_field() -> None:
    """Every option is a field of the config and every field an option."""
    names = {"list_scenarios" if option.name == "list" else option.name.replace("-", "_") for option in OPTIONS}
    assert names == set(Config._fields)


@pytest.mark.parametrize(
    ("name", "value", "field", "expected"),
    [
        ("FORMAT", "json", "format", Format.JSON),
        ("FORMAT", "short", "format", Format.SHORT),
        ("FAIL_ON", "never", "fail_on", FailOn.NEVER),
        ("WAIT", "0s", "wait", 0.0),
        ("TIMEOUT", "1ms", "timeout", 0.001),
        ("DEADLINE", "1m30s", "deadline", 90.0),
        ("TOKEN_FILE", "/t", "token_file", "/t"),
        ("ROLE_ARN", "anything", "role_arn", "anything"),
        ("ISSUER_CA", "/ca", "issuer_ca", "/ca"),
        ("EXPECT_AUDIENCE", "a", "expect_audience", "a"),
        ("EXPECT_SUBJECT", "s", "expect_subject", "s"),
        ("EXPECT_ROLE_ARN", ROLE, "expect_role_arn", ROLE),
        ("EXPECT_THUMBPRINT", PRINT, "expect_thumbprint", (PRINT,)),
        ("EXPECT_THUMBPRINT", f"{COLONS.upper()}, {PRINT}", "expect_thumbprint", (PRINT, PRINT)),
        ("WORKLOAD_UID", "0", "workload_uid", 0),
        ("NO_EXCHANGE", "true", "no_exchange", True),
        ("NO_EXCHANGE", "false", "no_exchange", False),
        ("TERMINATION_LOG", "/log", "termination_log", "/log"),
        ("INTERVAL", "1s", "interval", 1.0),
        ("LOG_FORMAT", "json", "log_format", LogFormat.JSON),
        ("LISTEN", ":80", "listen", ListenAddress("", 80)),
        ("LISTEN", "localhost:0", "listen", ListenAddress("localhost", 0)),
        ("LISTEN", "[fe80::1]:65535", "listen", ListenAddress("fe80::1", 65535)),
    ],
)
def test_good_value(name: str, value: str, field: str, expected: object) -> None:
    """A good value of a variable sets its field."""
    assert getattr(config(command_of(name), **{name: value}), field) == expected


def test_gids_are_a_list() -> None:
    """A list is separated by commas; white space around its items does not count."""
    assert config(WORKLOAD_UID="1", WORKLOAD_GIDS="2, 3").workload_gids == (2, 3)


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("FORMAT", "yaml", "'yaml' is none of text, json, short"),
        ("FORMAT", "JSON", "'JSON' is none of text, json, short; did you mean json?"),
        ("FAIL_ON", "warn", "'warn' is none of error, warning, never; did you mean warning?"),
        ("WAIT", "soon", "'soon' is not a duration such as 500ms, 30s, 5m, 1h or 1m30s"),
        ("TIMEOUT", "0s", "'0s' must be more than 0s"),
        ("DEADLINE", "0h0ms", "'0h0ms' must be more than 0s"),
        ("NO_EXCHANGE", "1", "'1' is neither true nor false"),
        (
            "EXPECT_ROLE_ARN",
            "app",
            "'app' is not the ARN of an IAM role such as arn:aws:iam::123456789012:role/NAME",
        ),
        (
            "EXPECT_THUMBPRINT",
            f"{PRINT}, {PRINT}00",
            f"'{PRINT}00' is not a SHA-1 thumbprint: 40 hexadecimal digits, with or without colons",
        ),
        ("INTERVAL", "999ms", "'999ms' must be at least 1s"),
        ("LOG_FORMAT", "short", "'short' is none of text, json"),
        ("LISTEN", "80", "'80' is not an address such as :9864, 127.0.0.1:9864 or [::1]:9864; did you mean :80?"),
        ("LISTEN", ":65536", "':65536' is not an address such as :9864, 127.0.0.1:9864 or [::1]:9864"),
        ("LISTEN", "::1:80", "'::1:80' is not an address such as :9864, 127.0.0.1:9864 or [::1]:9864"),
        ("LISTEN", "a:b", "'a:b' is not an address such as :9864, 127.0.0.1:9864 or [::1]:9864"),
        ("WORKLOAD_UID", "root", "'root' is not a whole number from 0 to 4294967295"),
    ],
)
def test_bad_value(name: str, value: str, expected: str) -> None:
    """A bad value of a variable is named with the variable."""
    assert mistakes(command_of(name), **{name: value}) == [f"{PREFIX}{name}: {expected}"]


def test_all_mistakes_at_once() -> None:
    """Every bad value of flags and variables is named, each item of a list by itself."""
    found = mistakes(
        "check",
        {"wait": ["soon"], "expect-thumbprint": ["a", "b"]},
        TIMEOUT="0s",
        WORKLOAD_UID="x",
        WORKLOAD_GIDS="y,z",
    )
    assert [mistake.split(" ")[:2] for mistake in found] == [
        ["--wait:", "'soon'"],
        ["IRSA_DOCTOR_TIMEOUT:", "'0s'"],
        ["--expect-thumbprint:", "'a'"],
        ["--expect-thumbprint:", "'b'"],
        ["IRSA_DOCTOR_WORKLOAD_UID:", "'x'"],
        ["IRSA_DOCTOR_WORKLOAD_GIDS:", "'y'"],
        ["IRSA_DOCTOR_WORKLOAD_GIDS:", "'z'"],
    ]


@pytest.mark.parametrize(
    ("flags", "variables", "source"),
    [({"workload-gids": ["1"]}, {}, "--workload-gids"), ({}, {"WORKLOAD_GIDS": "1"}, "IRSA_DOCTOR_WORKLOAD_GIDS")],
)
def test_gids_need_a_uid(flags: dict[str, list[str]], variables: dict[str, str], source: str) -> None:
    """Groups without a user are a mistake of where the groups came from."""
    assert mistakes("check", flags, **variables) == [f"{source}: needs --workload-uid or IRSA_DOCTOR_WORKLOAD_UID"]


def test_flag_beats_variable() -> None:
    """A flag beats its variable, even one with a bad value; other variables still count."""
    found = config("check", {"wait": ["1s"]}, WAIT="nonsense", TIMEOUT="2s")
    assert (found.wait, found.timeout) == (1.0, 2.0)


def test_last_flag_counts() -> None:
    """Of a flag given twice the last one counts, unless it adds up."""
    found = config("check", {"wait": ["1s", "2s"], "expect-thumbprint": [PRINT, COLONS]})
    assert (found.wait, found.expect_thumbprint) == (2.0, (PRINT, PRINT))


def test_empty_variable_is_unset() -> None:
    """An empty variable is unset: manifests have them."""
    assert config(**{option.variable.removeprefix(PREFIX): "" for option in OPTIONS}) == Config()


def test_empty_flag_is_a_mistake() -> None:
    """An empty flag is a mistake: a shell's variable was not set."""
    found = mistakes("check", {option.name: [""] for option in options_of("check")})
    assert {mistake.partition(":")[0] for mistake in found} == {option.flag for option in options_of("check")}
    assert "--token-file: the value is empty" in found


def test_only_the_commands_own_options() -> None:
    """Another command's variable is neither read nor judged."""
    assert config("checks", WAIT="nonsense", FORMAT="json") == Config(format=Format.JSON)


def test_short_is_for_check_alone() -> None:
    """A pod's IRSA_DOCTOR_FORMAT=short does not spoil the other commands; their flag knows no short."""
    assert config("checks", FORMAT="short") == Config()
    assert mistakes("checks", {"format": ["short"]}) == ["--format: 'short' is none of text, json"]


def test_known_variables_are_no_strangers() -> None:
    """Options of every command, and what is not ours, are passed over."""
    names = [option.variable for option in OPTIONS]
    assert unknown_variables([*names, "PATH", "IRSA_DOCTORS", "XIRSA_DOCTOR_A"]) == ()


@pytest.mark.parametrize("service", ["", "FOO_", "FOO_BAR2_"])
@pytest.mark.parametrize(
    "shape",
    [
        "SERVICE_HOST",
        "SERVICE_PORT",
        "SERVICE_PORT_METRICS",
        "SERVICE_PORT_HTTP_2",
        "PORT",
        "PORT_9864_TCP",
        "PORT_53_UDP",
        "PORT_9_SCTP",
        "PORT_9864_TCP_PROTO",
        "PORT_9864_TCP_PORT",
        "PORT_9864_TCP_ADDR",
    ],
)
def test_service_links_are_no_strangers(service: str, shape: str) -> None:
    """What Kubernetes injects for a Service named irsa-doctor, or irsa-doctor-foo, is passed over."""
    assert unknown_variables([PREFIX + service + shape]) == ()


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("FAILON", "; did you mean IRSA_DOCTOR_FAIL_ON?"),
        ("fail_on", "; did you mean IRSA_DOCTOR_FAIL_ON?"),
        ("INTERVALS", "; did you mean IRSA_DOCTOR_INTERVAL?"),
        ("XPORT", ""),
        ("PORTS", ""),
        ("PORT_80_TCPX", ""),
        ("QQQ", ""),
        ("", ""),
    ],
)
def test_stranger_is_named(name: str, expected: str) -> None:
    """An unknown variable is named with the nearest one, which what all names share does not make near."""
    assert unknown_variables([PREFIX + name]) == (f"'{PREFIX}{name}' is not a known variable{expected}",)


def test_no_option_looks_like_a_service_link() -> None:
    """No option's variable has the shape of what Kubernetes injects: a Service could set it."""
    assert not [option.variable for option in OPTIONS if is_service_link(option.variable)]


def test_sources_are_kept() -> None:
    """A merged setting says where it came from."""
    assert merge("check", {"wait": ["1s"]}, {"IRSA_DOCTOR_TIMEOUT": "2s"}) == {
        "wait": Setting("1s", "--wait"),
        "timeout": Setting("2s", "IRSA_DOCTOR_TIMEOUT"),
    }
