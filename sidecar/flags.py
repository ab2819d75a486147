"""A command's flags: how they are read, and the help text that shows them.

Knows what a command's help says of it, not how it is run. Imports argparse only when there is something for it to do.
"""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from sidecar import PROGRAM
from sidecar.config import Config, Option, merge, options_of
from sidecar.values import MisuseError, hint, nearest, quoted

if TYPE_CHECKING:
    import argparse

_WIDTH = 100  # of help texts, whatever the terminal: the README holds them


class Manual(NamedTuple):
    """What is said of a command besides its options. ``argument``: the one it takes, as a word and a clause."""

    name: str
    summary: str
    epilog: str
    argument: tuple[str, str] | None = None


# -------------------------------------------------------------------------------------------------------- reading


def read(manual: Manual, args: Sequence[str], environ: Mapping[str, str]) -> tuple[Config, str | None]:
    """Return the settings and the argument. Raises `MisuseError` with every mistake in flags and variables."""
    flags, argument, mistakes = _parse(manual, args) if args else ({}, None, [])
    try:
        config = Config.from_mapping(merge(manual.name, flags, environ), manual.name)
    except MisuseError as error:
        mistakes.extend(error.mistakes)
    else:
        if not mistakes:
            return config, argument
    raise MisuseError(*mistakes)


def _parse(manual: Manual, args: Sequence[str]) -> tuple[dict[str, list[str]], str | None, list[str]]:
    """Return each flag's values, the argument and the mistakes: argparse alone would end at the first."""
    found, strays = _parser(manual, showing=False).parse_known_args(args)
    flags: dict[str, list[str]] = {}
    mistakes = []
    for option in options_of(manual.name):
        values: list[str | None] = getattr(found, option.name) or []
        flags[option.name] = [value for value in values if value is not None]
        if None in values:
            mistakes.append(f"{option.flag}: needs a value ({option.metavar})")
    unknown, arguments = _sort(strays, args)
    mistakes += [_unknown(manual.name, flag) for flag in unknown]
    argument = arguments.pop(0) if arguments and manual.argument else None
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
    return f"{quoted(flag)} is no flag of {name}{hint(f'--{near}' if near else None)}"


# -------------------------------------------------------------------------------------------------------- showing


def help_text(manual: Manual) -> str:
    """Return a command's help text, 100 columns wide."""
    return _parser(manual, showing=True).format_help()


def _parser(manual: Manual, *, showing: bool) -> "argparse.ArgumentParser":
    """Return a command's parser; ``showing`` makes the one for the help text."""
    import argparse

    word = f"[{manual.argument[0]}] " if manual.argument else ""
    parser = argparse.ArgumentParser(
        usage=f"{PROGRAM} {manual.name} {word}[OPTION...]",
        description=manual.summary[0].upper() + manual.summary[1:] + ".",
        epilog=manual.epilog,
        formatter_class=lambda prog: argparse.RawDescriptionHelpFormatter(prog, max_help_position=36, width=_WIDTH),
        add_help=False,
        allow_abbrev=False,
    )
    groups: dict[str, argparse._ArgumentGroup] = {}
    if showing:
        _add_shown(parser, manual)
    for option in options_of(manual.name):
        group = groups.get(option.group) or groups.setdefault(option.group, parser.add_argument_group(option.group))
        # A value may be missing, so that argparse goes on; a boolean's flag alone says true.
        switch = option.default is False
        group.add_argument(
            option.flag, dest=option.name, action="append", metavar=option.metavar, help=_help_of(option),
            nargs="?" if switch or not showing else None, const="true" if switch else None,
        )  # fmt: skip
    return parser


def _add_shown(parser: "argparse.ArgumentParser", manual: Manual) -> None:
    """Add what is only shown: argparse itself would end at the first mistake around it."""
    if manual.argument:
        parser.add_argument("argument", metavar=manual.argument[0], nargs="?", help=manual.argument[1])
    parser.add_argument("-h", "--help", action="store_true", help="show this text")


def _help_of(option: Option[object]) -> str:
    default = f"default: {option.shown}; " if option.shown else ""
    return f"{option.help} ({default}{option.variable})"
