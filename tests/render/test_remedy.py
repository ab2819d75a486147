"""Remedies, commands and text made safe."""

import shlex
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sidecar.model import Fault, Severity
from sidecar.render.remedy import commands, escape, fill, plain

ANY_TEXT = st.text(st.characters(codec=None, categories=None), max_size=700)


def fault(*templates: str) -> Fault:
    """Return a fault with these commands."""
    return Fault("IRSA999", "test", Severity.ERROR, "title", "remedy", templates)


@pytest.mark.parametrize(
    ("template", "filled"),
    [
        ("Look at {host}.", "Look at a.test."),
        ("{host} and {host}", "a.test and a.test"),
        ("Ask {nobody_knows}.", "Ask NOBODY_KNOWS."),
        ('{{"a": 1}}', '{"a": 1}'),
        ("{braces}", "{host}"),
        ("{odd!r} { } {", "{odd!r} { } {"),
        ("{lines}", r"one\ntwo"),
    ],
)
def test_fill(template: str, filled: str) -> None:
    """A template is filled as str.format would, once, and never raises."""
    assert fill(template, {"host": "a.test", "braces": "{host}", "lines": "one\ntwo"}) == filled


def test_fill_cuts_a_long_value() -> None:
    """A remedy stays readable whatever a value's length."""
    assert len(fill("{value}", {"value": "x" * 10_000})) < 600


@pytest.mark.parametrize(
    ("value", "word"),
    [
        ("shop-cart", "shop-cart"),
        ("$(reboot)", "'$(reboot)'"),
        ("a'b", """'a'"'"'b'"""),
        ("a\nb", r"'a\nb'"),
        ("", "VALUE"),
        ("--output=/etc/passwd", "VALUE"),
        ("file:///etc/passwd", "VALUE"),
        ("fileb:///etc/passwd", "VALUE"),
    ],
)
def test_commands_quote(value: str, word: str) -> None:
    """A value is one word to the shell, and neither an option nor the name of a local file to the program."""
    assert commands(fault("run {value} now"), {"value": value}) == (f"run {word} now",)


def test_commands_without_the_value() -> None:
    """Where a value is not known, its name in capitals stands in the command."""
    assert commands(fault("run {role_name}", "stop"), {}) == ("run ROLE_NAME", "stop")


def test_commands_keep_a_long_value_whole() -> None:
    """A command is never cut: cut, it would be another command."""
    assert commands(fault("run {value}"), {"value": "x" * 10_000}) == ("run " + "x" * 10_000,)


@given(ANY_TEXT)
def test_any_value_is_one_word(value: str) -> None:
    """Whatever the value, the shell sees three words."""
    (command,) = commands(fault("run {value} now"), {"value": value})
    words = shlex.split(command)
    assert (words[0], words[2:]) == ("run", ["now"])
    assert words[1] in {escape(value), "VALUE"}


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain text", "plain text"),
        ("鍵 Ключ é", "鍵 Ключ é"),
        ("\x1b[31m", r"\x1b[31m"),
        ("a\r\n\tb", r"a\r\n\tb"),
        ("\x7f\x9b", r"\x7f\x9b"),
        ("\xa0", r"\xa0"),
        ("\u202e\u2066\u2028\ufeff", r"\u202e\u2066\u2028\ufeff"),
        ("\U000e0001", r"\U000e0001"),
        ("\udc80", r"\udc80"),
    ],
)
def test_plain(text: str, shown: str) -> None:
    """What cannot be seen is shown as an escape, everything else as it is."""
    assert plain(text) == shown


def test_plain_keeps_500_characters() -> None:
    """The longest text that is not cut has 500 characters."""
    assert plain("x" * 500) == "x" * 500


def test_plain_cuts_the_middle() -> None:
    """A longer text keeps its two ends and says how much is not there."""
    shown = plain("a" * 300 + "b" * 9_400 + "c" * 300)
    assert shown == "a" * 230 + " ...(9540 characters left out)... " + "c" * 230


@given(ANY_TEXT)
def test_plain_is_safe(text: str) -> None:
    """No control, format or separator character is left, and the result is valid UTF-8."""
    shown = plain(text)
    assert not [character for character in shown if unicodedata.category(character) in {"Cc", "Cf", "Cs", "Zl", "Zp"}]
    assert shown.encode().decode() == shown
