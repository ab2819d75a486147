"""ZIP archives, as far as their list of members goes (APPNOTE.TXT 4.3). Pure.

The standard library's zipfile makes an object of half a kilobyte of each member, and reads the list whole, however
long it is: beside a workload there is not the memory for it. Encrypted members are passed over, and the content of
those behind the first 4 GB.
"""

import struct
import zlib
from collections.abc import Generator
from typing import NamedTuple

TAIL = 22 + 65_535
"""How many bytes of an archive's end its last record is in: itself, and the longest comment."""

LOCAL_HEADER = 30
"""The bytes before a member's name in the archive."""

_END, _END_64, _ENTRY, _LOCAL = b"PK\x05\x06", b"PK\x06\x06", b"PK\x01\x02", b"PK\x03\x04"
_LOCATOR_64 = b"PK\x06\x07"
_STORED, _DEFLATED = 0, 8


class Member(NamedTuple):
    """A member: its path, where its local header is, how many bytes it takes there, and how it is compressed."""

    name: str
    offset: int
    size: int
    method: int


class Listing(NamedTuple):
    """Where the list of members is in the file, its size, and ``shift``: what precedes the archive in its file."""

    offset: int
    size: int
    shift: int


def listing(tail: bytes, size: int) -> Listing | None:
    """Return where the list is, by the last bytes of an archive of ``size`` bytes; None where it is none.

    What precedes the archive in its file (a shell script that starts it) is allowed for.
    """
    place = tail.rfind(_END)
    if place < 0 or place + 22 > len(tail):
        return None
    length, offset = struct.unpack_from("<II", tail, place + 12)
    if tail[:place][-20:].startswith(_LOCATOR_64):  # ZIP64: of more than 65,535 members, or of more than 4 GB
        place = tail.rfind(_END_64, 0, max(place - 72, 0))  # 56 bytes at least, and the locator
        if place < 0:
            return None
        length, offset = struct.unpack_from("<QQ", tail, place + 40)
    begins = size - len(tail) + place - length
    if begins < offset:
        return None
    return Listing(begins, length, begins - offset)


def members(entries: bytes, shift: int = 0) -> Generator[Member, None, int]:
    """Yield the members in a piece of the list, and return how long those are: what follows is cut off, or broken.

    ``shift`` is what precedes the archive in its file.
    """
    place = 0
    while entries[place : place + 4] == _ENTRY and place + 46 <= len(entries):
        flags, method = struct.unpack_from("<HH", entries, place + 8)
        (size,) = struct.unpack_from("<I", entries, place + 20)
        name, extra, comment = struct.unpack_from("<HHH", entries, place + 28)
        (offset,) = struct.unpack_from("<I", entries, place + 42)
        ends = place + 46 + int(name) + int(extra) + int(comment)
        if ends > len(entries):
            break
        text = entries[place + 46 : place + 46 + name].decode("utf-8", "replace")
        if not flags & 1:  # else it is encrypted
            yield Member(text, offset + shift, size, method)
        place = ends
    return place


def content_begins(header: bytes) -> int | None:
    """Return how far behind the begin of its local header a member's content is, None where that is none."""
    if len(header) < LOCAL_HEADER or not header.startswith(_LOCAL):
        return None
    name, extra = struct.unpack_from("<HH", header, 26)
    return LOCAL_HEADER + int(name) + int(extra)


def unpacked(content: bytes, method: int, limit: int) -> bytes:
    """Return a member's first ``limit`` bytes; nothing where it is broken, or packed in a way that is not known."""
    if method == _STORED:
        return content[:limit]
    if method != _DEFLATED:
        return b""
    try:
        return zlib.decompressobj(-zlib.MAX_WBITS).decompress(content, limit)
    except zlib.error:
        return b""
