"""Joins lines into events: an error and what it drags behind itself, stack frames, causes, fields. Pure."""

import re
from collections.abc import Iterator
from typing import NamedTuple

from sidecar.explain.lines import Line
from sidecar.explain.shapes import shape

_MOST_LINES, _MOST_BYTES = 300, 24_000  # of an event, repetitions not counted

# How a record begins, behind what `kubectl logs --prefix`, stern and compose put before it.
_BEGINS = re.compile(
    rb"^.{0,80}?(?:"
    rb"\d{4}[-/.]\d\d[-/.]\d\d[T _]\d\d:\d\d|"  # 2024-03-06T10:18
    rb"\b[IWEF]\d{4} \d\d:\d\d:\d\d|"  # klog
    rb"\{\"|\b(?:time|ts|t|level|lvl|timestamp)=|"  # JSON, logfmt
    rb"^\[?\d\d:\d\d:\d\d|^[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d|"  # 13:16:46, syslog
    rb"\d\d/[A-Z][a-z]{2}/\d{4}[: ]\d\d:\d\d|"  # access logs
    rb"^\d\d/\d\d/\d\d \d\d:\d\d:\d\d|"  # Spark
    rb"^(?:DEBUG|INFO|WARN|WARNING|ERROR|FATAL|CRITICAL)\b"
    rb")"
)
# What is a record's continuation although a time stands in it.
_CONTINUES = re.compile(rb"^(?:[\s}\])|>]|\xe2\x94|at |Caused by|caused by|\.\.\. )")


class Event(NamedTuple):
    """Lines that belong together; ``counts`` is how often each came, ``shapes`` what they look like."""

    lines: tuple[Line, ...]
    counts: tuple[int, ...]
    shapes: tuple[tuple[bytes, ...], ...]


class Events:
    """Turns lines into events."""

    def __init__(self) -> None:
        self._lines: list[Line] = []
        self._counts: list[int] = []
        self._known: dict[tuple[bytes, ...], int] = {}
        self._size = 0

    def feed(self, line: Line) -> Iterator[Event]:
        """Yield the event that this line ends, if it ends one."""
        if self._lines and self._is_over(line):
            yield self._taken()
        known = shape(line.content)
        index = self._known.get(known)
        if index is None:
            self._known[known] = len(self._lines)
            self._lines.append(line)
            self._counts.append(1)
            self._size += len(line.content)
        else:
            self._counts[index] += 1

    def finish(self) -> Iterator[Event]:
        """Yield what is left."""
        if self._lines:
            yield self._taken()

    def _is_over(self, line: Line) -> bool:
        if self._size > _MOST_BYTES or len(self._lines) >= _MOST_LINES:
            return True
        return line.whole and begins(line.content)

    def _taken(self) -> Event:
        event = Event(tuple(self._lines), tuple(self._counts), tuple(self._known))
        self._lines, self._counts, self._known, self._size = [], [], {}, 0
        return event


def begins(content: bytes) -> bool:
    """Whether a record begins with this line."""
    return bool(_BEGINS.search(content, 0, 160)) and not _CONTINUES.match(content)
