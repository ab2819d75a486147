"""Reads the JSON of a policy from its text, however it came: keys written twice are seen (FACTS E13, E17). Pure."""

import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any, NoReturn

_ENCODED = re.compile(r"\s*%7b", re.IGNORECASE)
_BYTE = re.compile(rb"%([0-9a-fA-F]{2})")
# What of JSON matters for its depth, and for what some writers take for JSON. Strings are passed over whole.
_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|-?Infinity|NaN|[\[\]{}]', re.DOTALL)
_DEEPEST = 64
"""A policy has 7 levels, and what prints it adds 2."""


class MalformedError(Exception):
    """What is wrong, and where."""

    def __init__(self, place: str, why: str) -> None:
        super().__init__(place, why)
        self.place, self.why = place, why


class JsonObject(dict[str, Any]):
    """A JSON object; ``twice`` has the keys that were written more than once: the last one counts."""

    twice: tuple[str, ...] = ()


class Number(str):
    """A JSON number, as it is written."""

    __slots__ = ()


def refuse(place: str, why: str) -> NoReturn:
    """Say that this is no policy. Raises `MalformedError`."""
    raise MalformedError(place, why)


def document_in(text: str) -> Mapping[str, Any]:
    """Return the policy's object: the text itself, or what is in a role as the CLI or the API shows it.

    Raises `MalformedError`.
    """
    value = _parsed(text)
    if isinstance(value, Mapping) and isinstance(value.get("Role"), Mapping):
        value = value["Role"]
    if isinstance(value, Mapping) and "AssumeRolePolicyDocument" in value:
        value = value["AssumeRolePolicyDocument"]
    if isinstance(value, str):
        value = _parsed(value)
    if not isinstance(value, Mapping):
        refuse("the document", "a policy is a JSON object")
    return value


def twice(value: Any, place: str = "") -> Iterator[str]:  # noqa: ANN401 - whatever JSON holds
    """Yield the place of each key that is written more than once."""
    if isinstance(value, JsonObject):
        yield from (under(place, name) for name in value.twice)
        for name, inner in value.items():
            yield from twice(inner, under(place, name))
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            yield from twice(inner, f"{place}[{number}]")


def under(place: str, name: str) -> str:
    """Return the place of a key."""
    return f"{place}.{name}" if place else name


def _parsed(text: str) -> Any:  # noqa: ANN401 - whatever JSON holds
    text = text.removeprefix("\N{ZERO WIDTH NO-BREAK SPACE}")
    if _ENCODED.match(text):  # as it is on the wire (FACTS E17)
        encoded = text.encode(errors="surrogatepass")
        text = _BYTE.sub(lambda hit: bytes.fromhex(hit[1].decode()), encoded).decode(errors="replace")
    _scan(text)
    try:
        return json.loads(text, object_pairs_hook=_object, parse_int=Number, parse_float=Number)
    except json.JSONDecodeError as error:
        refuse(_place(text, error.pos), f"this is not JSON: {error.msg[:1].lower()}{error.msg[1:]}")


def _scan(text: str) -> None:
    """Refuse what Python's parser would take, or end at."""
    depth = 0
    for token in _TOKEN.finditer(text):
        word = token[0]
        depth += (word in "[{") - (word in "]}")
        if depth > _DEEPEST:
            refuse(_place(text, token.start()), "it is nested too deeply")
        if word in {"NaN", "Infinity", "-Infinity"}:
            refuse(_place(text, token.start()), f"{word} is no JSON")


def _place(text: str, at: int) -> str:
    return f"line {text.count(chr(10), 0, at) + 1}, column {at - text.rfind(chr(10), 0, at)}"


def _object(pairs: list[tuple[str, Any]]) -> JsonObject:
    made = JsonObject(pairs)
    if len(made) < len(pairs):
        times = Counter(name for name, _ in pairs)
        made.twice = tuple(name for name in made if times[name] > 1)
    return made
