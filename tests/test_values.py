"""The values of flags and variables: what each kind may be, and what is said of what it may not."""

from collections.abc import Callable
from enum import StrEnum

import pytest

from sidecar.values import (
    MisuseError,
    boolean,
    duration,
    file_path,
    hint,
    list_of,
    nearest,
    numeric_id,
    one_of,
    quoted,
    role_arn,
    some_text,
    some_time,
    thumbprint,
)

ROLE = "arn:aws:iam::123456789012:role/app"
PRINT = "9e99a48a9960b14926bb7f3b02e22da2b0ab7280"
COLONS = ":".join(PRINT[i : i + 2] for i in range(0, 40, 2))
NO_DURATION = "is not a duration such as 500ms, 30s, 5m, 1h or 1m30s"
NO_PRINT = "is not a SHA-1 thumbprint: 40 hexadecimal digits, with or without colons"


class Colour(StrEnum):
    """Words to choose from."""

    RED = "red"
    GREEN = "green"


@pytest.mark.parametrize(
    ("parse", "value", "expected"),
    [
        (some_text, "anything", "anything"),
        (some_text, " ", " "),
        (file_path, "eyJ/a.b.c", "eyJ/a.b.c"),
        (file_path, "-", "-"),
        (boolean, "true", True),
        (boolean, "false", False),
        (one_of(*Colour), "red", Colour.RED),
        (one_of(*Colour), "green", Colour.GREEN),
        (duration, "0s", 0.0),
        (duration, "1ms", 0.001),
        (duration, "500ms", 0.5),
        (duration, "30s", 30.0),
        (duration, "5m", 300.0),
        (duration, "1h", 3600.0),
        (duration, "1m30s", 90.0),
        (duration, "1h30m5s250ms", 5405.25),
        (duration, "168h", 604800.0),
        (some_time, "1ms", 0.001),
        (some_time, "1m30s", 90.0),
        (role_arn, ROLE, ROLE),
        (thumbprint, PRINT, PRINT),
        (thumbprint, PRINT.upper(), PRINT),
        (thumbprint, COLONS, PRINT),
        (thumbprint, COLONS.upper(), PRINT),
        (numeric_id, "0", 0),
        (numeric_id, "4294967295", 2**32 - 1),
        (list_of(numeric_id), "1", (1,)),
        (list_of(numeric_id), "2, 3 ,2", (2, 3, 2)),
    ],
)
def test_good_value(parse: Callable[[str], object], value: str, expected: object) -> None:
    """A good value is what it says: seconds, a number, a thumbprint in the one way we write it."""
    assert parse(value) == expected


@pytest.mark.parametrize(
    ("parse", "value", "expected"),
    [
        (some_text, "", "the value is empty"),
        (file_path, "", "the value is empty"),
        (file_path, " eyJh.eyJi.c-_ ", "this is a token itself: give the name of a file that holds it"),
        (file_path, " {}", "this is a document itself: give the name of a file that holds it"),
        (boolean, "True", "'True' is neither true nor false; did you mean true?"),
        (boolean, "1", "'1' is neither true nor false"),
        (boolean, "", "'' is neither true nor false"),
        (one_of(*Colour), "blue", "'blue' is none of red, green"),
        (one_of(*Colour), "GREEN", "'GREEN' is none of red, green; did you mean green?"),
        (one_of(Colour.RED), "green", "'green' is none of red"),
        (duration, "30", f"'30' {NO_DURATION}; did you mean 30s?"),
        (duration, "-5s", f"'-5s' {NO_DURATION}"),
        (duration, "1.5s", f"'1.5s' {NO_DURATION}"),
        (duration, "\u0663s", f"'\u0663s' {NO_DURATION}"),
        (duration, " 30s", f"' 30s' {NO_DURATION}"),
        (duration, "", f"'' {NO_DURATION}"),
        (duration, "168h1ms", "'168h1ms' is more than 168h"),
        (duration, "9" * 5000 + "s", f"'{'9' * 57}...' {NO_DURATION}"),
        (some_time, "0s", "'0s' must be more than 0s"),
        (some_time, "0h0ms", "'0h0ms' must be more than 0s"),
        (some_time, "soon", f"'soon' {NO_DURATION}"),
        (role_arn, "app", "'app' is not the ARN of an IAM role such as arn:aws:iam::123456789012:role/NAME"),
        (thumbprint, PRINT + "00", f"'{PRINT}00' {NO_PRINT}"),
        (thumbprint, f"{PRINT[:2]}:{PRINT[2:]}", f"'{PRINT[:2]}:{PRINT[2:]}' {NO_PRINT}"),
        (thumbprint, "g" * 40, f"'{'g' * 40}' {NO_PRINT}"),
        (numeric_id, "-1", "'-1' is not a whole number from 0 to 4294967295"),
        (numeric_id, "4294967296", "'4294967296' is not a whole number from 0 to 4294967295"),
        (numeric_id, "root", "'root' is not a whole number from 0 to 4294967295"),
        (numeric_id, "\u0663", "'\u0663' is not a whole number from 0 to 4294967295"),
    ],
)
def test_bad_value(parse: Callable[[str], object], value: str, expected: str) -> None:
    """A bad value is quoted, with what is right and, where something is near, what was meant."""
    with pytest.raises(MisuseError) as caught:
        parse(value)
    assert caught.value.mistakes == (expected,)


def test_every_bad_item_of_a_list() -> None:
    """Of a list every bad item is named by itself; an empty one is bad."""
    with pytest.raises(MisuseError) as caught:
        list_of(some_time)("soon,1s,,0s")
    assert caught.value.mistakes == (f"'soon' {NO_DURATION}", f"'' {NO_DURATION}", "'0s' must be more than 0s")


def test_quoted_shows_no_control_and_no_whole_token() -> None:
    """What is shown of a value is short and printable."""
    assert quoted("a\nb\x1b\udcff") == r"'a\nb\x1b\udcff'"
    assert quoted("x" * 60) == f"'{'x' * 60}'"
    assert quoted("x" * 61) == f"'{'x' * 57}...'"


def test_nearest() -> None:
    """The nearest name is found in any case; what is not near is not named."""
    assert nearest("CHEKC", ["check", "checks", "demo"]) == "check"
    assert nearest("zzz", ["check"]) is None


def test_hint() -> None:
    """What may have been meant ends a sentence; where nothing is near, nothing does."""
    assert hint("check") == "; did you mean check?"
    assert hint(None) == ""
