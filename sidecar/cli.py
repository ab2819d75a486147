"""The command line: argv and environment in, a command's exit code out.

The only reader of ``sys.argv`` and ``os.environ``. Imports a command, and argparse, only when they are needed.
No traceback leaves it.
"""

import errno
import gc
import os
import signal
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from types import FrameType
from typing import TYPE_CHECKING, NamedTuple, NoReturn

from sidecar import __version__
from sidecar.config import Config, Format, MisuseError, Option, merge, nearest, options_of, quoted, unknown_variables

if TYPE_CHECKING:
    import argparse

PROGRAM = "irsa-doctor"
MISUSE = 2
BUG = 3
_SIGNAL = 128  # added to a signal's number, as shells do
_UNWRITABLE = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO})  # what only a file can answer
_HELP = frozenset({"-h", "--help"})
_WIDTH = 100  # of help texts, whatever the terminal: the README holds them


class Request(NamedTuple):
    """What a command was asked: its settings, the environment and its one argument."""

    config: Config
    environ: Mapping[str, str]
    argument: str | None


# ------------------------------------------------------------------------------------------------------ commands


def _check(request: Request) -> int:
    # A diagnosis makes much and frees nothing before it ends: collecting cycles costs a seventh of its time.
    gc.disable()
    from sidecar.commands import check

    return check.run(request.config, request.environ)


def _checks(request: Request) -> int:
    from sidecar.commands import checks

    return checks.run(as_json=request.config.format is Format.JSON)


def _thumbprint(request: Request) -> int:
    from sidecar.commands import thumbprint

    as_json = request.config.format is Format.JSON
    return thumbprint.run(request.argument, request.config, request.environ, as_json=as_json)


def _demo(request: Request) -> int:
    from sidecar.commands import demo

    return demo.run(request.argument, request.environ, list_scenarios=request.config.list_scenarios)


class Command(NamedTuple):
    """A command: what it is for, how it is run. ``unwinds``: it has something to tidy up when it is stopped."""

    summary: str
    run: Callable[[Request], int]
    epilog: str
    argument: tuple[str, str] | None = None
    unwinds: bool = False


COMMANDS: Mapping[str, Command] = {
    "check": Command(
        "diagnose once: walk the chain of trust and name the link that is broken",
        _check,
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
    "thumbprint": Command(
        "show the certificate chain that an issuer serves, and its thumbprint by AWS's rule",
        _thumbprint,
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
    "checks": Command(
        "list every check, its question and the faults it can name",
        _checks,
        "examples:\n"
        "  irsa-doctor checks\n"
        "  irsa-doctor checks --format json\n"
        "\n"
        "exit codes:\n"
        "  0  listed\n"
        "  2  asked wrongly\n"
        "  3  a bug in irsa-doctor",
    ),
    "demo": Command(
        "run the same diagnosis against an embedded lab, healthy or broken in a named way",
        _demo,
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
        unwinds=True,
    ),
}  # fmt: skip

_USAGE = f"usage: {PROGRAM} COMMAND [OPTION...]\n\ncommands:\n" + "".join(
    f"  {name:<12}{command.summary}\n" for name, command in COMMANDS.items()
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
    _soften_stdout()
    _on_signals(_stop)
    sentence = ""
    try:
        code = _dispatch(sys.argv[1:] if argv is None else argv, os.environ if environ is None else environ)
    except KeyboardInterrupt:
        code, sentence = _SIGNAL + signal.SIGINT, _word(signal.SIGINT)
    except Exception as error:  # noqa: BLE001 - the last resort: a message or a traceback may hold a secret
        code, sentence = _verdict(error)
    return _conclude(code, sentence)


def _dispatch(args: Sequence[str], environ: Mapping[str, str]) -> int:
    name, *rest = args or ("",)
    if name in COMMANDS:
        return _serve(name, rest, environ)
    if name in _HELP:
        print(_TOP_HELP, end="")
    elif name == "--version":
        print(PROGRAM, __version__)
    else:
        return _refuse_name(name)
    return 0


def _refuse_name(name: str) -> int:
    near = nearest(name, COMMANDS)
    if not name:
        _tell(_USAGE)
    elif name.startswith("-"):
        _say(f"{quoted(name)}: the command comes first")
    else:
        _say(f"{quoted(name)} is no command" + (f"; did you mean {near}?" if near else ""))
    _say_try("")
    return MISUSE


def _serve(name: str, args: Sequence[str], environ: Mapping[str, str]) -> int:
    if not _HELP.isdisjoint(args):
        print(help_text(name), end="")
        return 0
    command = COMMANDS[name]
    for warning in unknown_variables(environ):
        _say(f"warning: {warning}")
    try:
        config, argument = _read(name, args, environ)
    except MisuseError as error:
        for mistake in error.mistakes:
            _say(mistake)
        _say_try(f" {name}")
        return MISUSE
    threading.excepthook = _on_thread_error
    _on_signals(_unwind if command.unwinds else _stop)
    return command.run(Request(config, environ, argument))


# --------------------------------------------------------------------------------------------------------- flags


def _read(name: str, args: Sequence[str], environ: Mapping[str, str]) -> tuple[Config, str | None]:
    """Return the settings and the argument. Raises `MisuseError` with every mistake in flags and variables."""
    flags, argument, mistakes = _parse(name, args) if args else ({}, None, [])
    try:
        config = Config.from_mapping(merge(name, flags, environ), name)
    except MisuseError as error:
        mistakes.extend(error.mistakes)
    else:
        if not mistakes:
            return config, argument
    raise MisuseError(*mistakes)


def _parse(name: str, args: Sequence[str]) -> tuple[dict[str, list[str]], str | None, list[str]]:
    """Return each flag's values, the argument and the mistakes: argparse alone would end at the first."""
    found, strays = _parser(name, showing=False).parse_known_args(args)
    flags: dict[str, list[str]] = {}
    mistakes = []
    for option in options_of(name):
        values: list[str | None] = getattr(found, option.name) or []
        flags[option.name] = [value for value in values if value is not None]
        if None in values:
            mistakes.append(f"{option.flag}: needs a value ({option.metavar})")
    unknown, arguments = _sort(strays, args)
    mistakes += [_unknown(name, flag) for flag in unknown]
    argument = arguments.pop(0) if arguments and COMMANDS[name].argument else None
    mistakes += [f"{quoted(stray)}: an argument too many" for stray in arguments]
    return flags, argument, mistakes


def _sort(strays: Sequence[str], args: Sequence[str]) -> tuple[list[str], list[str]]:
    """Return unknown flags and arguments: what follows an unknown flag is taken for its value."""
    flags: list[str] = []
    arguments: list[str] = []
    position = 0
    for stray in strays:
        position = args.index(stray, position)
        before = args[position - 1] if position else ""
        if "--" in args[:position]:
            arguments.append(stray)
        elif stray.startswith("-") and stray not in {"-", "--"}:
            flags.append(stray)
        elif stray != "--" and (before not in flags or "=" in before):
            arguments.append(stray)
    return flags, arguments


def _unknown(name: str, flag: str) -> str:
    flag = flag.partition("=")[0]
    near = nearest(flag.lstrip("-"), (option.name for option in options_of(name)))
    return f"{quoted(flag)} is no flag of {name}" + (f"; did you mean --{near}?" if near else "")


def _parser(name: str, *, showing: bool) -> "argparse.ArgumentParser":
    """Return a command's parser; ``showing`` makes the one for the help text."""
    import argparse

    command = COMMANDS[name]
    word = f"[{command.argument[0]}] " if command.argument else ""
    parser = argparse.ArgumentParser(
        usage=f"{PROGRAM} {name} {word}[OPTION...]",
        description=command.summary[0].upper() + command.summary[1:] + ".",
        epilog=command.epilog,
        formatter_class=lambda prog: argparse.RawDescriptionHelpFormatter(prog, max_help_position=36, width=_WIDTH),
        add_help=False,
        allow_abbrev=False,
    )
    groups: dict[str, argparse._ArgumentGroup] = {}
    if showing:
        _add_shown(parser, command)
    for option in options_of(name):
        group = groups.get(option.group) or groups.setdefault(option.group, parser.add_argument_group(option.group))
        # A value may be missing, so that argparse goes on; a boolean's flag alone says true.
        switch = option.default is False
        group.add_argument(
            option.flag, dest=option.name, action="append", metavar=option.metavar, help=_help_of(option),
            nargs="?" if switch or not showing else None, const="true" if switch else None,
        )  # fmt: skip
    return parser


def _add_shown(parser: "argparse.ArgumentParser", command: Command) -> None:
    """Add what is only shown: argparse itself would end at the first mistake around it."""
    if command.argument:
        parser.add_argument("argument", metavar=command.argument[0], nargs="?", help=command.argument[1])
    parser.add_argument("-h", "--help", action="store_true", help="show this text")


def _help_of(option: Option[object]) -> str:
    default = f"default: {option.shown}; " if option.shown else ""
    return f"{option.help} ({default}{option.variable})"


def help_text(name: str) -> str:
    """Return a command's help text, 100 columns wide."""
    return _parser(name, showing=True).format_help()


# ------------------------------------------------------------------------------------------------------- the end


def _conclude(code: int, sentence: str) -> int:
    """Write what is left, say the sentence if there is one, return the exit code."""
    _on_signals(_stop)
    try:
        if sys.stdout is not None:  # None: it was closed from the start
            sys.stdout.flush()
    except OSError as error:
        _abandon_stdout()
        code, sentence = _verdict(error)
    if sentence:
        _say(sentence)
    return code


def _verdict(error: Exception) -> tuple[int, str]:
    """Return the exit code and the sentence for what ended a command."""
    if isinstance(error, BrokenPipeError):  # the reader has seen enough: `irsa-doctor checks | head`
        return _SIGNAL + signal.SIGPIPE, ""
    if isinstance(error, OSError) and error.errno in _UNWRITABLE:
        return MISUSE, f"standard output cannot be written: {os.strerror(error.errno)}"
    return BUG, _bug(error)


def _on_signals(act: Callable[[int, FrameType | None], NoReturn]) -> None:
    """Act on SIGTERM, which process 1 of a container would otherwise not see, and on SIGINT."""
    for number in (signal.SIGINT, signal.SIGTERM):
        if signal.getsignal(number) is not signal.SIG_IGN:  # as nohup and a shell's `&` want it
            signal.signal(number, act)


def _stop(number: int, _frame: FrameType | None) -> NoReturn:
    """End at once, whatever threads are waiting for."""
    _cry(number)
    os._exit(_SIGNAL + number)


def _unwind(number: int, _frame: FrameType | None) -> NoReturn:
    """End by way of every `with` and `finally`: for what must tidy up."""
    if number == signal.SIGINT:
        raise KeyboardInterrupt
    _cry(number)
    raise SystemExit(_SIGNAL + number)


def _cry(number: int) -> None:
    with suppress(OSError):
        os.write(2, f"{PROGRAM}: {_word(number)}\n".encode())  # not print: it may be what was interrupted


def _word(number: int) -> str:
    return "interrupted" if number == signal.SIGINT else "terminated"


def _say(sentence: str) -> None:
    _tell(f"{PROGRAM}: {sentence}")


def _tell(text: str) -> None:
    if sys.stderr is not None:  # else it is closed, and print would take standard output
        with suppress(OSError):
            print(text, file=sys.stderr)


def _say_try(command: str) -> None:
    _tell(f"Try '{PROGRAM}{command} --help'.")


def _on_thread_error(failure: threading.ExceptHookArgs) -> None:
    if failure.exc_value is not None:
        _say(_bug(failure.exc_value))


def _bug(error: BaseException) -> str:
    """Return a sentence with an exception's type and the place in this program it came from, never its message."""
    place, trace = "", error.__traceback__
    while trace:
        module = str(trace.tb_frame.f_globals.get("__name__"))
        if module.startswith("sidecar."):
            place = f" at {module}:{trace.tb_lineno}"
        trace = trace.tb_next
    return f"a bug in {PROGRAM} {__version__}: {type(error).__name__}{place}; please report it"


def _soften_stdout() -> None:
    """Let standard output take any text, in whatever locale."""
    reconfigure = getattr(sys.stdout, "reconfigure", None)
    if reconfigure:
        reconfigure(errors="backslashreplace")


def _abandon_stdout() -> None:
    """Keep the interpreter from writing what is left to a standard output that fails."""
    with suppress(OSError, ValueError, AttributeError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)
