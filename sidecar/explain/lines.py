"""Cuts a stream of bytes into lines, whatever its chunks; a line that is too long is cut into pieces. Pure."""

from collections.abc import Iterator
from typing import NamedTuple

LONGEST = 8192  # bytes of a line that are judged at once
_SHORTEST = LONGEST // 4
_MARKS = ((rb"\n", 2), (b"},{", 2), (b"}{", 1), (b"} {", 1), (b" ", 1))
"""Where a long line is cut, and behind how many bytes: an escaped line's end, between two objects, else a blank."""


class Line(NamedTuple):
    """A line, or a piece of a long one: ``number`` is the input's, from 1; ``whole`` whether nothing precedes it."""

    number: int
    content: bytes
    whole: bool = True


class Lines:
    """Turns chunks into lines: what is left of one chunk is the beginning of the next."""

    def __init__(self) -> None:
        self._number = 1
        self._rest = b""
        self._begun = False

    def feed(self, chunk: bytes) -> Iterator[Line]:
        """Yield the lines that end in this chunk."""
        *whole, self._rest = (self._rest + chunk).split(b"\n")
        for content in whole:
            yield from self._ended(content)
        while len(self._rest) > LONGEST:
            piece = self._cut()
            yield Line(self._number, piece, not self._begun)
            self._begun = True

    def finish(self) -> Iterator[Line]:
        """Yield the last line, which nothing ends."""
        if self._rest:
            yield from self._ended(self._rest)
        self._rest = b""

    def _ended(self, content: bytes) -> Iterator[Line]:
        while len(content) > LONGEST:
            end = _end(content)
            yield Line(self._number, content[:end], not self._begun)
            self._begun, content = True, content[end:]
        yield Line(self._number, content, not self._begun)
        self._number += 1
        self._begun = False

    def _cut(self) -> bytes:
        end = _end(self._rest)
        piece, self._rest = self._rest[:end], self._rest[end:]
        return piece


def _end(content: bytes) -> int:
    """Return where the first piece of a long line ends: the same place, however much of the line is known."""
    head = content[:LONGEST]
    for mark, after in _MARKS:
        at = head.rfind(mark)
        if at >= _SHORTEST:
            return at + after
    return LONGEST
