"""The command line: argv and environment in, a command's exit code out.

The only reader of ``sys.argv`` and ``os.environ``. Imports a command only when it is asked for. No traceback leaves it.
"""

import gc
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from types import FrameType
from typing import NamedTuple, NoReturn

from sidecar import PROGRAM, __version__, flags
from sidecar.config import Config, Format, unknown_variables
from sidecar.ending import (
    MISUSE,
    conclude,
    ended_by,
    leave,
    on_signals,
    say,
    soften_stdout,
    stop,
    tell,
    unwind,
    watch_threads,
)
from sidecar.flags import Manual
from sidecar.values import MisuseError, hint, nearest, quoted

_HELP = frozenset({"-h", "--help"})


class Request(NamedTuple):
    """What a command was asked: its settings, the environment, its one argument, and all of that as it was given."""

    config: Config
    environ: Mapping[str, str]
    argument: str | None
    args: Sequence[str]


# ------------------------------------------------------------------------------------------------------ commands


def _check(request: Request) -> int:
    # A diagnosis makes much and frees nothing before it ends: collecting cycles costs a seventh of its time.
    gc.disable()
    from sidecar.commands import check

    return check.run(request.config, request.environ)


def _watch(request: Request) -> int:
    from sidecar.commands import watch

    return watch.run(request.config, request.environ, request.args)


def _diagnosis(request: Request) -> int:
    gc.disable()
    from sidecar.commands import diagnosis

    return diagnosis.run(request.config, request.environ)


def _checks(request: Request) -> int:
    from sidecar.commands import checks

    return checks.run(as_json=request.config.format is Format.JSON)


def _thumbprint(request: Request) -> int:
    from sidecar.commands import thumbprint

    as_json = request.config.format is Format.JSON
    return thumbprint.run(request.argument, request.config, request.environ, as_json=as_json)


def _trust(request: Request) -> int:
    from sidecar.commands import trust

    return trust.run(request.config, request.environ, as_json=request.config.format is Format.JSON)


def _demo(request: Request) -> int:
    from sidecar.commands import demo

    return demo.run(request.argument, request.environ, list_scenarios=request.config.list_scenarios)


def _explain(request: Request) -> int:
    from sidecar.commands import explain

    return explain.run(request.argument, as_json=request.config.format is Format.JSON)


class Command(NamedTuple):
    """A command: what is said of it, how it is run, and what a signal does where it does not see to that itself."""

    manual: Manual
    run: Callable[[Request], int]
    at_signal: Callable[[int, FrameType | None], NoReturn] = stop


_TABLE = (
    Command(
        Manual(
            "check",
            "diagnose once: walk the chain of trust and name the link that is broken",
            "examples:\n"
            "  irsa-doctor check\n"
            "  irsa-doctor check --wait 2m --fail-on warning\n"
            "  irsa-doctor check --format json --no-exchange\n"
            "\n"
            "exit codes:\n"
            "  0  healthy, or no fault at or above --fail-on\n"
            "  1  a fault at or above --fail-on, or the exchange was not reached within the deadline\n"
            "  2  asked wrongly: an unknown flag, a bad value of a flag or a variable\n"
            "  3  a bug in irsa-doctor",
        ),
        _check,
    ),
    Command(
        Manual(
            "watch",
            "diagnose on a schedule; serve metrics, probes and a page; log what changes",
            "Serves /metrics, /healthz, /readyz, /startupz, /report and, for people, /.\n"
            "SIGTERM or Ctrl-C ends it.\n"
            "\n"
            "examples:\n"
            "  irsa-doctor watch\n"
            "  irsa-doctor watch --interval 10m --listen 127.0.0.1:9864 --log-format json\n"
            "\n"
            "exit codes:\n"
            "  0  ended by a signal, whatever was found\n"
            "  2  asked wrongly: an unknown flag, a bad value, an address that cannot be listened on\n"
            "  3  a bug in irsa-doctor",
        ),
        _watch,
        at_signal=leave,
    ),
    Command(
        Manual(
            "trust",
            "judge a trust policy: would it admit this token, and if not, which line of it refuses",
            "examples:\n"
            "  aws iam get-role --role-name app | irsa-doctor trust --policy - --token token\n"
            "  irsa-doctor trust --policy role.json --issuer URL --subject S --audience sts.amazonaws.com\n"
            "\n"
            "exit codes:\n"
            "  0  allowed\n"
            "  1  denied\n"
            "  2  asked wrongly, or the file holds no trust policy\n"
            "  3  a bug in irsa-doctor\n"
            "  4  cannot tell: the policy tests what only AWS knows",
        ),
        _trust,
    ),
    Command(
        Manual(
            "thumbprint",
            "show the certificate chain that an issuer serves, and its thumbprint by AWS's rule",
            "examples:\n"
            "  irsa-doctor thumbprint\n"
            "  irsa-doctor thumbprint https://oidc.example.com/id/1 --format json\n"
            "\n"
            "exit codes:\n"
            "  0  the thumbprint was found\n"
            "  1  it was not, or it is none of --expect-thumbprint\n"
            "  2  asked wrongly\n"
            "  3  a bug in irsa-doctor",
            argument=("URL", "the issuer (default: the token's)"),
        ),
        _thumbprint,
    ),
    Command(
        Manual(
            "explain",
            "name the cause in an SDK's error text, or show what a fault's code or name means",
            "The argument is taken as a code, else a name, else a file; - or none is standard input.\n"
            "Ctrl-C ends the input, and what was found is printed. Nothing is asked of AWS.\n"
            "\n"
            "examples:\n"
            "  kubectl logs deploy/app | irsa-doctor explain\n"
            "  irsa-doctor explain app.log --format json\n"
            "  irsa-doctor explain IRSA606\n"
            "\n"
            "exit codes:\n"
            "  0  explained, whether or not there is a cause\n"
            "  2  asked wrongly: no such code, name or file, or it cannot be read\n"
            "  3  a bug in irsa-doctor",
            argument=("CODE|NAME|FILE|-", "what to explain (default: standard input)"),
        ),
        _explain,
        at_signal=unwind,
    ),
    Command(
        Manual(
            "checks",
            "list every check, its question and the faults it can name",
            "examples:\n"
            "  irsa-doctor checks\n"
            "  irsa-doctor checks --format json\n"
            "\n"
            "exit codes:\n"
            "  0  listed\n"
            "  2  asked wrongly\n"
            "  3  a bug in irsa-doctor",
        ),
        _checks,
    ),
    Command(
        Manual(
            "demo",
            "run the same diagnosis against an embedded lab, healthy or broken in a named way",
            "examples:\n"
            "  irsa-doctor demo\n"
            "  irsa-doctor demo --list\n"
            "  irsa-doctor demo trust-policy-denied\n"
            "\n"
            "exit codes:\n"
            "  0  shown\n"
            "  2  asked wrongly, or the lab cannot be started\n"
            "  3  a bug in irsa-doctor",
            argument=("SCENARIO", "one of --list (default: a healthy pod, then a broken one)"),
        ),
        _demo,
        at_signal=unwind,
    ),
)
COMMANDS: Mapping[str, Command] = {command.manual.name: command for command in _TABLE}
_CHILD = "_diagnosis"  # watch's own: one diagnosis, by watch's flags and variables; in no list and no help text

_USAGE = f"usage: {PROGRAM} COMMAND [OPTION...]\n\ncommands:\n" + "".join(
    f"  {name:<12}{command.manual.summary}\n" for name, command in COMMANDS.items()
)
_TOP_HELP = f"""{_USAGE}
options:
  -h, --help  show this text, or with a command the command's
  --version   show the version

Every option of a command has an environment variable: --fail-on is IRSA_DOCTOR_FAIL_ON.
A flag beats its variable, an empty variable is unset. A DURATION is 500ms, 30s, 5m, 1h or 1m30s.

examples:
  irsa-doctor check
  irsa-doctor check --help

exit codes:
  0  healthy
  1  a fault
  2  asked wrongly: an unknown flag, a bad value of a flag or a variable
  3  a bug in irsa-doctor
"""

# ---------------------------------------------------------------------------------------------------------- main


def main(argv: Sequence[str] | None = None, environ: Mapping[str, str] | None = None) -> int:
    """Run the program; return its exit code (CONTRACT: 0 healthy, 1 a fault, 2 asked wrongly, 3 a bug)."""
    soften_stdout()
    on_signals(stop)
    sentence = ""
    try:
        code = _dispatch(sys.argv[1:] if argv is None else argv, os.environ if environ is None else environ)
    except (Exception, KeyboardInterrupt) as error:  # noqa: BLE001 - the last resort: a traceback may hold a secret
        code, sentence = ended_by(error)
    return conclude(code, sentence)


def _dispatch(args: Sequence[str], environ: Mapping[str, str]) -> int:
    name, *rest = args or ("",)
    if name in COMMANDS:
        return _serve(name, rest, environ)
    if name in _HELP:
        print(_TOP_HELP, end="")
    elif name == "--version":
        print(PROGRAM, __version__)
    elif name == _CHILD:
        watch_threads()
        config, _ = flags.read(COMMANDS["watch"].manual, rest, environ)
        return _diagnosis(Request(config, environ, None, rest))
    else:
        return _refuse_name(name)
    return 0


def _refuse_name(name: str) -> int:
    if not name:
        tell(_USAGE)
    elif name.startswith("-"):
        say(f"{quoted(name)}: the command comes first")
    else:
        say(f"{quoted(name)} is no command{hint(nearest(name, COMMANDS))}")
    _say_try("")
    return MISUSE


def _serve(name: str, args: Sequence[str], environ: Mapping[str, str]) -> int:
    if not _HELP.isdisjoint(args):
        print(help_text(name), end="")
        return 0
    command = COMMANDS[name]
    for warning in unknown_variables(environ):
        say(f"warning: {warning}")
    try:
        config, argument = _asked(command, args, environ)
    except MisuseError as error:
        for mistake in error.mistakes:
            say(mistake)
        _say_try(f" {name}")
        return MISUSE
    watch_threads()
    on_signals(command.at_signal)
    return command.run(Request(config, environ, argument, args))


def _asked(command: Command, args: Sequence[str], environ: Mapping[str, str]) -> tuple[Config, str | None]:
    """Return the settings and the argument. Raises `MisuseError` for what is not right about them."""
    config, argument = flags.read(command.manual, args, environ)
    ca = config.issuer_ca
    if ca is not None and not os.path.isfile(ca):  # noqa: PTH113 - pathlib is not loaded yet
        mistake = f"--issuer-ca: there is no file {quoted(ca)}"
        raise MisuseError(mistake)
    return config, argument


def help_text(name: str) -> str:
    """Return a command's help text, 100 columns wide."""
    return flags.help_text(COMMANDS[name].manual)


def _say_try(command: str) -> None:
    tell(f"Try '{PROGRAM}{command} --help'.")
