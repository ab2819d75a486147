"""The command line, as a process and in process: what a user who errs, interrupts or closes the pipe is told."""

import importlib
import os
import random
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import IO

import pytest

from sidecar import __version__, cli
from sidecar.config import OPTIONS, Config, Format, LogFormat, options_of
from sidecar.values import ListenAddress

PROGRAM = (sys.executable, "-m", "sidecar")
ROOT = Path(__file__).parents[1]
NOWHERE = Path("/dev/full")
ENVIRON = {"HOME": "/"}


def environment(**extra: str) -> dict[str, str]:
    """Return this environment without options, and with what is extra."""
    return {name: value for name, value in os.environ.items() if not name.startswith("IRSA_DOCTOR_")} | extra


def run(*args: str, **extra: str) -> tuple[int, str, str]:
    """Run the program; return its exit code, standard output and standard error."""
    done = subprocess.run([*PROGRAM, *args], env=environment(**extra), capture_output=True, check=False, timeout=60)
    return done.returncode, done.stdout.decode(), done.stderr.decode()


@pytest.fixture(autouse=True)
def _own_handlers(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(threading, "excepthook", threading.excepthook)
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[cli.Request]:
    """Replace every command's run; return the requests that come."""
    requests: list[cli.Request] = []

    def note(request: cli.Request) -> int:
        requests.append(request)
        return 0

    for name in cli.COMMANDS:
        command(monkeypatch, note, name)
    return requests


def command(monkeypatch: pytest.MonkeyPatch, act: Callable[[cli.Request], int], name: str = "check") -> None:
    """Replace what a command does."""
    monkeypatch.setitem(dict_of_commands(), name, cli.COMMANDS[name]._replace(run=act))


def dict_of_commands() -> dict[str, cli.Command]:
    """Return the table of commands, to be patched."""
    assert isinstance(cli.COMMANDS, dict)
    return cli.COMMANDS


# ---------------------------------------------------------------------------------------------------------- help


@pytest.mark.parametrize("args", [("--version",), ("-h",), ("--help",)])
def test_top_options(args: tuple[str, ...]) -> None:
    """Version and help go to standard output, exit code 0, nothing on standard error."""
    code, out, err = run(*args)
    assert (code, err) == (0, "")
    assert out == f"irsa-doctor {__version__}\n" if args == ("--version",) else "usage: irsa-doctor COMMAND" in out


@pytest.mark.parametrize("name", cli.COMMANDS)
def test_help_is_the_same_on_every_terminal(name: str) -> None:
    """A help text is 100 columns wide at most, whatever the terminal, and wins over mistakes beside it."""
    code, out, err = run(name, "--nonsense", "--help", COLUMNS="40", IRSA_DOCTOR_WAIT="nonsense")
    assert (code, err) == (0, "")
    assert out == cli.help_text(name)
    assert max(map(len, out.splitlines())) <= 100
    assert re.search(r"^examples:\n(  (\w.* \| )?irsa-doctor .*\n)+\nexit codes:\n(  \d  .*\n)+\Z", out, re.MULTILINE)


@pytest.mark.parametrize("name", cli.COMMANDS)
def test_help_names_every_option(name: str) -> None:
    """A command's help names each of its options with flag, variable and default, and no other command's."""
    text = " ".join(cli.help_text(name).split())
    for option in options_of(name):
        assert f"{option.flag} " in text
        assert f"{option.variable})" in text
        assert option.shown is None or f"default: {option.shown};" in text
    flags = {option.flag for option in options_of(name)}
    assert not [option.flag for option in OPTIONS if option.flag not in flags and f" {option.flag} [" in text]


def test_top_help_names_every_command() -> None:
    """The help lists the commands."""
    _, out, _ = run("--help")
    assert re.findall(r"^  ([a-z]+) +[a-z]", out, re.MULTILINE)[: len(cli.COMMANDS)] == list(cli.COMMANDS)


# ------------------------------------------------------------------------------------------------------- mistakes


@pytest.mark.parametrize(
    ("args", "expected"),
    [
        (("chekc",), ["irsa-doctor: 'chekc' is no command; did you mean check?"]),
        (("qqq",), ["irsa-doctor: 'qqq' is no command"]),
        (("--format", "json", "check"), ["irsa-doctor: '--format': the command comes first"]),
    ],
)
def test_unknown_command(args: tuple[str, ...], expected: list[str]) -> None:
    """An unknown command is exit 2, with the nearest."""
    assert run(*args) == (2, "", "\n".join([*expected, "Try 'irsa-doctor --help'.", ""]))


@pytest.mark.parametrize("args", [(), ("",)])
def test_no_command(args: tuple[str, ...]) -> None:
    """Without a command the commands are listed, exit 2."""
    code, out, err = run(*args)
    assert (code, out) == (2, "")
    assert all(f"\n  {name} " in err for name in cli.COMMANDS)


def test_every_mistake_at_once() -> None:
    """Unknown flags, missing and bad values, strays and bad variables are one message, a line each."""
    code, out, err = run(
        "check", "--fromat", "json", "--wait", "soon", "--fail-on", "--interval=5s", "stray", "--role-arn=", "-x",
        IRSA_DOCTOR_DEADLINE="0s", IRSA_DOCTOR_FAILON="error",
    )  # fmt: skip
    assert (code, out) == (2, "")
    assert err.splitlines() == [
        "irsa-doctor: warning: 'IRSA_DOCTOR_FAILON' is not a known variable; did you mean IRSA_DOCTOR_FAIL_ON?",
        "irsa-doctor: --fail-on: needs a value (error|warning|never)",
        "irsa-doctor: '--fromat' is no flag of check; did you mean --format?",
        "irsa-doctor: '--interval' is no flag of check",
        "irsa-doctor: '-x' is no flag of check",
        "irsa-doctor: 'stray': an argument too many",
        "irsa-doctor: --wait: 'soon' is not a duration such as 500ms, 30s, 5m, 1h or 1m30s",
        "irsa-doctor: IRSA_DOCTOR_DEADLINE: '0s' must be more than 0s",
        "irsa-doctor: --role-arn: the value is empty",
        "Try 'irsa-doctor check --help'.",
    ]


def test_flags_are_not_abbreviated(capsys: pytest.CaptureFixture[str]) -> None:
    """A flag's beginning is no flag: a later version may have two that begin so."""
    assert cli.main(["check", "--expect-a", "x"], {}) == 2
    assert "'--expect-a' is no flag of check" in capsys.readouterr().err


def test_no_arguments_survive_as_traceback(asked: list[cli.Request]) -> None:
    """Whatever the arguments are, the answer is 0 or 2: argparse never ends the program by itself."""
    pieces = [
        "-",
        "--",
        "-h1",
        "--=",
        "--wait",
        "--wait=",
        "=",
        "-1",
        "--no-exchange",
        "true",
        "--no-exchange=x",
        "a b",
    ]
    pieces += [
        "--list",
        "-wait",
        "--format=json",
        "json",
        "\udcff",
        "--\udcff",
        "5s",
        "--workload-uid",
        "",
        "\n",
        "--f o",
    ]
    chance = random.Random(1)  # noqa: S311 - the same arguments in every run
    for _ in range(300):
        args = chance.choices(pieces, k=chance.randrange(5))
        assert cli.main([chance.choice(list(cli.COMMANDS)), *args], {}) in {0, 2}, args
    assert asked


# ------------------------------------------------------------------------------------------------------- requests


@pytest.mark.parametrize(
    ("args", "environ", "expected"),
    [
        (["check"], {}, Config()),
        (["check", "--wait", "1m", "--no-exchange"], {}, Config(wait=60.0, no_exchange=True)),
        (["check", "--no-exchange=false"], {"IRSA_DOCTOR_NO_EXCHANGE": "true"}, Config()),
        (["check", "--no-exchange", "false"], {"IRSA_DOCTOR_NO_EXCHANGE": "true"}, Config()),
        (["check"], {"IRSA_DOCTOR_NO_EXCHANGE": "true"}, Config(no_exchange=True)),
        (["check", "--format=short"], {"IRSA_DOCTOR_FORMAT": "json"}, Config(format=Format.SHORT)),
        (
            ["check", "--expect-thumbprint", "a" * 40, "--expect-thumbprint", "B" * 40],
            {},
            Config(expect_thumbprint=("a" * 40, "b" * 40)),
        ),
        (["demo", "--list"], {}, Config(list_scenarios=True)),
        (
            ["watch", "--interval", "1m", "--listen=[::1]:80"],
            {"IRSA_DOCTOR_LOG_FORMAT": "json"},
            Config(interval=60.0, listen=ListenAddress("::1", 80), log_format=LogFormat.JSON),
        ),
    ],
)
def test_settings_reach_the_command(
    args: list[str], environ: Mapping[str, str], expected: Config, asked: list[cli.Request]
) -> None:
    """What flags and variables say reaches the command, and the environment as it is."""
    assert cli.main(args, environ) == 0
    assert asked == [cli.Request(expected, environ, None, args[1:])]
    assert asked[0].environ is environ


@pytest.mark.parametrize(
    ("args", "positional", "named"),
    [
        (["check", "--wait", "1s"], (Config(wait=1.0), ENVIRON), {}),
        (["checks", "--format", "json"], (), {"as_json": True}),
        (["checks"], (), {"as_json": False}),
        (["thumbprint", "u", "--format=json"], ("u", Config(format=Format.JSON), ENVIRON), {"as_json": True}),
        (["demo"], (None, ENVIRON), {"list_scenarios": False}),
        (["demo", "s", "--list"], ("s", ENVIRON), {"list_scenarios": True}),
    ],
)
def test_commands_are_called(
    args: list[str], positional: tuple[object, ...], named: dict[str, object], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each command's module is imported when it is asked for, and called with what was asked."""
    calls: list[tuple[tuple[object, ...], dict[str, object]]] = []

    def note(*positional: object, **named: object) -> int:
        calls.append((positional, named))
        return 0

    monkeypatch.setattr(f"sidecar.commands.{args[0]}.run", note)
    assert cli.main(args, ENVIRON) == 0
    assert calls == [(positional, named)]


@pytest.mark.parametrize(
    ("args", "expected"),
    [
        (["thumbprint"], None),
        (["thumbprint", "https://a"], "https://a"),
        (["thumbprint", "--timeout", "1s", "https://a", "--format", "json"], "https://a"),
        (["thumbprint", "--", "-a"], "-a"),
        (["demo", "healthy"], "healthy"),
    ],
)
def test_argument_reaches_the_command(args: list[str], expected: str | None, asked: list[cli.Request]) -> None:
    """A command's one argument may stand before, between or after its flags."""
    assert cli.main(args, {}) == 0
    assert asked[0].argument == expected


def test_the_second_argument_is_too_many(capsys: pytest.CaptureFixture[str]) -> None:
    """A command with one argument refuses two."""
    assert cli.main(["thumbprint", "a", "a"], {}) == 2
    assert "'a': an argument too many" in capsys.readouterr().err


def test_environment_is_the_process_own(asked: list[cli.Request], monkeypatch: pytest.MonkeyPatch) -> None:
    """As a program it reads its own arguments, and hands on os.environ itself: botocore reads no other."""
    monkeypatch.setattr(sys, "argv", ["irsa-doctor", "check"])
    assert cli.main() == 0
    assert asked[0].environ is os.environ


def test_unknown_variable_is_one_warning(asked: list[cli.Request], capsys: pytest.CaptureFixture[str]) -> None:
    """An unknown variable is a line on standard error and no more; a Service's variables are none."""
    environ = {"IRSA_DOCTOR_NEW": "1", "IRSA_DOCTOR_PORT": "tcp://10.0.0.1:9864", "IRSA_DOCTOR_LISTEN": ":1"}
    assert cli.main(["check"], environ) == 0
    assert capsys.readouterr().err == "irsa-doctor: warning: 'IRSA_DOCTOR_NEW' is not a known variable\n"
    assert len(asked) == 1


def test_a_command_loads_only_its_own_modules() -> None:
    """Listing the checks loads no SDK, no other command and, without flags, no argparse."""
    script = (
        "import sys; from sidecar.cli import main; main(['checks'], {});"
        "print([m for m in ('argparse', 'botocore', 'urllib3', 'moto', 'sidecar.probe.gather',"
        " 'sidecar.commands.check', 'sidecar.commands.demo') if m in sys.modules], file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, check=True, env=environment())
    assert done.stderr == b"[]\n"


# -------------------------------------------------------------------------------------------------------- the end


def child(
    act: str,
    after: str = "pass",
    *,
    name: str = "check",
    stdout: int | IO[bytes] = subprocess.PIPE,
    extra: Mapping[str, str] | None = None,
) -> "subprocess.Popen[bytes]":
    """Start the program with a command that does something else; it says `ready` on standard error first."""
    script = f"""
import sys, threading, time
from sidecar import cli
def act(request):
    try:
        print("ready", file=sys.stderr, flush=True)
        {act}
        return 0
    finally:
        {after}
cli.COMMANDS[{name!r}] = cli.COMMANDS[{name!r}]._replace(run=act)
sys.exit(cli.main([{name!r}]))
"""
    return subprocess.Popen(
        [sys.executable, "-c", script],
        bufsize=0,  # `end` reads a line, `communicate` the rest
        env=environment(**(extra or {})),
        stdout=stdout,
        stderr=subprocess.PIPE,
    )


def end(process: "subprocess.Popen[bytes]", number: signal.Signals | None = None) -> tuple[int, str]:
    """Send a signal once the command runs; return the exit code and what was said after `ready`."""
    with process:
        assert process.stderr is not None
        assert process.stderr.readline() == b"ready\n"
        if number is not None:
            process.send_signal(number)
        _, err = process.communicate(timeout=60)
    return process.returncode, err.decode()


STUCK = "threading.Thread(target=time.sleep, args=(300,)).start(); threading.Event().wait()"
TIDY = 'print("tidied", file=sys.stderr)'


@pytest.mark.parametrize(
    ("number", "code", "said"), [(signal.SIGTERM, 143, "terminated"), (signal.SIGINT, 130, "interrupted")]
)
def test_signal_ends_at_once(number: signal.Signals, code: int, said: str) -> None:
    """SIGTERM and SIGINT end the program at once with one sentence, even while a thread is stuck."""
    assert end(child(STUCK), number) == (code, f"irsa-doctor: {said}\n")


@pytest.mark.parametrize(
    ("number", "code", "said"),
    [
        (signal.SIGTERM, 143, "irsa-doctor: terminated\ntidied\n"),
        (signal.SIGINT, 130, "tidied\nirsa-doctor: interrupted\n"),
    ],
)
def test_signal_lets_the_lab_tidy_up(number: signal.Signals, code: int, said: str) -> None:
    """The demo is unwound, so that nothing of the lab is left."""
    assert end(child("threading.Event().wait()", after=TIDY, name="demo"), number) == (code, said)


def test_ignored_signal_stays_ignored(asked: list[cli.Request]) -> None:
    """A SIGINT that nohup or a shell's `&` ignores stays so."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    assert cli.main(["check"], {}) == 0
    assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN
    assert asked


def test_bug_is_one_sentence() -> None:
    """An exception is its type and place, never its message, exit 3; what was printed before is kept."""
    with child("print('so far'); raise ValueError('secret')") as process:
        out, err = process.communicate(timeout=60)
    assert (process.returncode, out) == (3, b"so far\n")
    place = f"a bug in irsa-doctor {__version__}: ValueError at sidecar.cli:{LINE}"
    assert err.decode() == f"ready\nirsa-doctor: {place}; please report it\n"


LINE = next(
    number
    for number, line in enumerate(Path(cli.__file__).read_text(encoding="utf-8").splitlines(), start=1)
    if "return command.run(" in line
)


def test_bug_in_a_thread_is_one_sentence() -> None:
    """An exception that ends a thread is told in the same way."""
    act = "t = threading.Thread(target=int, args=('secret',)); t.start(); t.join()"
    assert end(child(act)) == (0, f"irsa-doctor: a bug in irsa-doctor {__version__}: ValueError; please report it\n")


@pytest.mark.parametrize("act", ["print('x')", "print('x' * 100_000)", "print('x', flush=True)"])
def test_closed_pipe_is_quiet(act: str) -> None:
    """A reader that has gone ends the program without a word."""
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "wb") as closed:
        assert end(child(act, stdout=closed)) == (141, "")


@pytest.mark.parametrize("act", ["print('x')", "print('x' * 100_000)"])
@pytest.mark.skipif(not NOWHERE.exists(), reason="no /dev/full here")
def test_full_disk_is_one_sentence(act: str) -> None:
    """A standard output that cannot be written is one sentence, exit 2."""
    with NOWHERE.open("wb") as full:
        code, said = end(child(act, stdout=full))
    assert (code, said) == (2, "irsa-doctor: standard output cannot be written: No space left on device\n")


@pytest.mark.parametrize("redirection", [">&-", "2>&-", ">&- 2>&-"])
def test_closed_streams(redirection: str) -> None:
    """Without standard output or error the program still works, and writes the one not into the other."""
    script = f'"$@" --version {redirection}; echo $?; "$@" check --nonsense {redirection}; echo $?'
    done = subprocess.run(["sh", "-c", script, "sh", *PROGRAM], capture_output=True, check=True, env=environment())
    lines = done.stdout.decode().splitlines()
    assert [line for line in lines if line.isdigit()] == ["0", "2"]
    assert ("'--nonsense'" in done.stderr.decode()) == ("2>&-" not in redirection)
    assert "--nonsense" not in done.stdout.decode()


@pytest.mark.parametrize(
    "locale", [{"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}, {"PYTHONIOENCODING": "latin-1"}]
)
def test_any_locale(locale: dict[str, str]) -> None:
    """What a locale cannot write is written as an escape."""
    with child(r"print('\u2713 \ud800')", extra=locale) as process:
        out, _ = process.communicate(timeout=60)
    assert process.returncode == 0
    assert out.strip() in {rb"\u2713 \ud800", b"\xe2\x9c\x93 \\ud800"}


def test_interrupt_and_bug_in_process(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """The ends of the program are exit codes, also for whoever calls main."""

    def interrupt(_: cli.Request) -> int:
        raise KeyboardInterrupt

    def broken(_: cli.Request) -> int:
        raise BrokenPipeError

    def bug(_: cli.Request) -> int:
        message = "secret"
        raise RuntimeError(message)

    codes = []
    for act in (interrupt, broken, bug):
        command(monkeypatch, act)
        codes.append(cli.main(["check"], {}))
    assert codes == [130, 141, 3]
    assert "secret" not in capsys.readouterr().err


@pytest.mark.parametrize(("device", "code"), [("pipe", 141), ("disk", 2)])
def test_unwritable_output_in_process(
    device: str, code: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """What is left in the buffer of a standard output that fails is given up, so that the end is quiet."""
    reading, writing = os.pipe()
    os.close(reading)
    if device == "disk":
        full = os.open(NOWHERE, os.O_WRONLY)
        os.dup2(full, writing)
        os.close(full)
    with os.fdopen(writing, "w", encoding="ascii") as failing:
        monkeypatch.setattr(sys, "stdout", failing)
        command(monkeypatch, lambda _: failing.write("\u2713 x") * 0)
        assert cli.main(["check"], {}) == code
    assert capsys.readouterr().err.count("\n") == (device == "disk")


def test_no_streams_in_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """Closed standard streams, which are None in Python, are no bug."""
    monkeypatch.setattr(sys, "stdout", None)
    monkeypatch.setattr(sys, "stderr", None)
    assert cli.main(["--version"], {}) == 0
    assert cli.main(["check", "--nonsense"], {}) == 2


def test_the_module_is_the_program() -> None:
    """`python -m sidecar` and the installed `irsa-doctor` call the same main; importing it runs nothing."""
    assert importlib.import_module("sidecar.__main__").main is cli.main
    scripts = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    assert 'irsa-doctor = "sidecar.cli:main"' in scripts
    assert run("--version")[1].startswith("irsa-doctor ")


def test_a_ca_file_that_is_not_there_is_asked_wrongly(capsys: pytest.CaptureFixture[str]) -> None:
    """--issuer-ca is the operator's own word: a wrong path is exit 2, not a fault of the issuer."""
    assert cli.main(["check", "--issuer-ca", "/nowhere/ca.pem"], {}) == 2
    assert capsys.readouterr().err.startswith("irsa-doctor: --issuer-ca: there is no file '/nowhere/ca.pem'\n")
