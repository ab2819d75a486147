"""Undoes what loggers do to a message: escapes, colours, borders, entities. Pure.

What is left is one folded line of text that remembers on which line of the input each part of it stood.
"""

import re
from bisect import bisect_right
from collections.abc import Sequence
from typing import NamedTuple

_ANSI = re.compile(r"(?:\x1b|\\x1b|\\u001b|\\033|#033)\[[0-9;?]{0,20}[A-Za-z]")
_WINDOWS_PATH = re.compile(r"\b[A-Za-z]:(?:\\{1,4}[\w.\-]{1,64}){1,12}")
_BREAK = re.compile(r"\\{1,8}n|\r?\n")
_BLANK = re.compile(r"\\{1,8}[rt]|[\x00-\x08\x0b-\x1f\x7f]|[│╷╵┃]")
_CODED = re.compile(
    r"\\{1,8}u00(?P<hex>3[cCeE]|2[2-9]|3[dD])|\\{1,8}(?P<kept>[\"'`/])|&(?:amp;)?(?P<name>lt|gt|quot|apos|amp|#39|#34|#x27);"
)
_APOSTROPHES = str.maketrans({"\u2018": "'", "\u2019": "'", "\u201c": '"', "\u201d": '"', "\xa0": " ", "\ufeff": " "})
_NAMED = {"lt": "<", "gt": ">", "quot": '"', "apos": "'", "amp": "&", "#39": "'", "#34": '"', "#x27": "'"}
_FRAME = re.compile(r'\s*(?:at [\w$.<>/@\[ ]{3,}|File "|from /|#\d+ |\.\.\. \d+ (?:more|common)|[\w./-]+\.rb:\d+:in )')
_TELLING_FRAME = re.compile(
    r"(?<![A-Za-z])(?i:sts)(?![a-z])|Sts|(?i:credential|imds|metadata|assume_?role|web_?identity|securitytoken|cognito|saml|keycloak|"
    r"azure|minio|google)"
)
_AWS_FRAME = re.compile(r"amazonaws|awssdk|aws-sdk|smithy|botocore|boto3|Amazon\.|aws_sdk")
_LOWER = {code: code + 32 for code in range(ord("A"), ord("Z") + 1)}


class Unwrapped(NamedTuple):
    """Text as it was meant: ``low`` in lower case, ``starts`` where each part begins, ``lines`` whose part it is.

    ``of_aws``: a stack frame of an AWS SDK was left out.
    """

    text: str
    low: str
    starts: tuple[int, ...]
    lines: tuple[int, ...]
    of_aws: bool

    def part(self, position: int) -> int:
        """Return which part a position is in."""
        return bisect_right(self.starts, position) - 1

    def line(self, position: int) -> int:
        """Return the index of the input's line that a position came from."""
        return self.lines[self.part(position)]


def unwrapped(lines: Sequence[str]) -> Unwrapped:
    """Return lines as one text, in parts: what was a line, or a line within an escaped message."""
    parts: list[str] = []
    starts: list[int] = []
    owners: list[int] = []
    length, of_aws = 0, False
    for index, line in enumerate(lines):
        for piece in _BREAK.split(plainly(line)):
            folded = " ".join(piece.split())
            if _is_noise(piece):
                of_aws = of_aws or bool(_AWS_FRAME.search(piece))
            elif folded:
                parts.append(folded)
                starts.append(length)
                owners.append(index)
                length += len(folded) + 1
    text = " ".join(parts)
    return Unwrapped(text, text.translate(_LOWER), tuple(starts) or (0,), tuple(owners) or (0,), of_aws)


def plainly(line: str) -> str:
    """Return a line without colours, borders and the escapes of quotes and entities; line breaks stay escaped."""
    if "[" in line:
        line = _ANSI.sub("", line)
    line = line.translate(_APOSTROPHES) if not line.isascii() else line
    if "\\" in line:
        line = _WINDOWS_PATH.sub(lambda path: re.sub(r"\\+", "/", path[0]), line)
    if "\\" in line or "&" in line:
        line = _CODED.sub(_decoded, line)
    return _BLANK.sub(" ", line)


def _decoded(match: re.Match[str]) -> str:
    if match["hex"]:
        return chr(int(match["hex"], 16))
    return match["kept"] or _NAMED[match["name"]]


def _is_noise(piece: str) -> bool:
    return bool(_FRAME.match(piece)) and not _TELLING_FRAME.search(piece)
