"""Executables of Linux (ELF), as far as what they were built of is written in them: Go, Rust, C++. Pure."""

import re
import struct
from collections.abc import Callable, Iterator
from typing import NamedTuple

from sidecar.facts import CPP, GO_1, GO_2, RUST, Sdk

Read = Callable[[int, int], bytes]
"""Gives so many bytes of the file from an offset on, or fewer."""

HEADER = 64
"""The bytes of a 64-bit ELF header."""
_SECTION = 64
_MOST_SECTIONS = 200
_LONGEST_NAMES = 64 * 1024
_LONGEST_INFO = 4 * 1024 * 1024
_CHUNK = 1024 * 1024
_OVERLAP = 256

_GO_MAGIC = b"\xff Go buildinf:"
_GO_STRINGS, _INLINE, _BIG_ENDIAN = 32, 2, 1
_MARKED = 16  # bytes before and behind the module information, by which the linker knows it
_MODULES = {
    "github.com/aws/aws-sdk-go": GO_1,
    "github.com/aws/aws-sdk-go-v2": GO_2,
}
_STS = "github.com/aws/aws-sdk-go-v2/service/sts"
_GO_FUNCTION = re.compile(rb"github\.com/aws/aws-sdk-go(-v2)?/(service/sts|config|aws/session)[./]")
_GO_TABLES = (".gopclntab", ".data.rel.ro.gopclntab")  # the second where it is independent of its position
_RUST = re.compile(rb"/aws-config-(\d+\.\d+\.\d+)/src/")
_CPP = re.compile(rb"\0(1\.\d+\.\d+)\0(?:GCC|Clang)#\d|\0aws-sdk-cpp/")
"""What stands in the SDK's own version source: its number, and behind it the compiler's; or what it calls itself."""


class Section(NamedTuple):
    """A section: its name, the address it is loaded at, its offset and its size in the file."""

    name: str
    address: int
    offset: int
    size: int


class Elf(NamedTuple):
    """What is read of an executable: its byte order (struct's sign) and its sections."""

    order: str
    sections: tuple[Section, ...]

    def named(self, name: str) -> Section | None:
        """Return the section of this name."""
        return next((one for one in self.sections if one.name == name), None)

    def offset_of(self, address: int) -> int | None:
        """Return where in the file an address is loaded from, None where it is not."""
        for one in self.sections:
            if one.address and one.address <= address < one.address + one.size:
                return one.offset + address - one.address
        return None


def read_elf(read: Read) -> Elf | None:
    """Return a 64-bit executable's or library's sections; None for any other file, or a broken one."""
    try:
        return _read_elf(read)
    except struct.error:
        return None


def _read_elf(read: Read) -> Elf | None:
    header = read(0, HEADER)
    if header[:4] != b"\x7fELF" or header[4:5] != b"\x02" or header[5:6] not in {b"\x01", b"\x02"}:
        return None
    order = "<" if header[5] == 1 else ">"
    (table,) = struct.unpack_from(f"{order}Q", header, 40)
    entry, count, names_at = struct.unpack_from(f"{order}HHH", header, 58)
    if not 0 < count <= _MOST_SECTIONS or entry < _SECTION or names_at >= count:
        return None
    rows = read(table, entry * count)
    fields = [struct.unpack_from(f"{order}IIQQQQ", rows, entry * number) for number in range(count)]
    names = read(fields[names_at][4], min(fields[names_at][5], _LONGEST_NAMES))
    return Elf(order, tuple(Section(_named(names, row[0]), row[3], row[4], row[5]) for row in fields))


def _named(names: bytes, place: int) -> str:
    return names[place : names.find(b"\0", place)].decode("ascii", "replace")


# --------------------------------------------------------------------------------------------------------------- Go


def go_sdks(elf: Elf, read: Read, path: str) -> tuple[Sdk, ...] | None:
    """Return the SDKs in a Go program, by its build information; None where it is no Go program, or tells nothing."""
    section = elf.named(".go.buildinfo")
    if section is None:
        return None
    try:
        modules = _modules(_information(elf, section, read))
    except struct.error:
        return None
    if not modules:
        return tuple(_unversioned(elf, read, path))
    found = {_MODULES[name]: version for name, version in modules.items() if name in _MODULES}
    return tuple(Sdk(name, version, path, ("sts",) if _STS in modules else ()) for name, version in found.items())


def _unversioned(elf: Elf, read: Read, path: str) -> Iterator[Sdk]:
    """Yield the SDKs of a program that was built without modules, as distributions do: by its table of functions."""
    table = next((table for name in _GO_TABLES if (table := elf.named(name))), None)
    if table is None:
        return
    seen = {package for chunk in _chunks(table, read) for package in _GO_FUNCTION.findall(chunk)}
    for mark, name in ((b"-v2", GO_2), (b"", GO_1)):
        packages = [package for version, package in seen if version == mark]
        if packages:
            yield Sdk(name, None, path, ("sts",) if b"service/sts" in packages else ())


def _information(elf: Elf, section: Section, read: Read) -> bytes:
    """Return the module information: since Go 1.18 it follows the header, before that two pointers lead to it."""
    data = read(section.offset, min(section.size, _LONGEST_INFO))
    place = data.find(_GO_MAGIC)
    if place < 0 or len(data) < place + _GO_STRINGS:
        return b""
    width, flags = data[place + 14], data[place + 15]
    if flags & _INLINE:
        behind = _skipped(data, place + _GO_STRINGS)
        length, begins = _varint(data, behind)
        return data[begins : begins + length]
    if width != 8:  # noqa: PLR2004 - bytes of a pointer
        return b""
    order = ">" if flags & _BIG_ENDIAN else "<"
    (pointer,) = struct.unpack_from(f"{order}Q", data, place + 24)
    where = elf.offset_of(pointer)
    if where is None:
        return b""
    address, length = struct.unpack(f"{order}QQ", read(where, 16))
    text = elf.offset_of(address)
    return b"" if text is None else read(text, min(length, _LONGEST_INFO))


def _skipped(data: bytes, place: int) -> int:
    """Return where a string with its length before it ends: the version of Go."""
    length, begins = _varint(data, place)
    return begins + length


def _varint(data: bytes, place: int) -> tuple[int, int]:
    """Return the number in base 128 at a place, and where it ends."""
    value = shift = 0
    for place in range(place, min(place + 5, len(data))):  # noqa: B020, PLR1704 - the place moves on
        value |= (data[place] & 0x7F) << shift
        if data[place] < 0x80:  # noqa: PLR2004 - the bit that says: more follows
            return value, place + 1
        shift += 7
    return 0, len(data)


def _modules(information: bytes) -> dict[str, str]:
    """Return the modules and their versions; what replaces a module is what is built in."""
    text = information[_MARKED:-_MARKED].decode("utf-8", "replace")
    found: dict[str, str] = {}
    last = ""
    for line in text.split("\n"):
        kind, *fields = line.split("\t")
        if kind in {"dep", "mod"} and len(fields) > 1:
            last = fields[0]
            found[last] = fields[1]
        elif kind == "=>" and len(fields) > 1 and last:
            found[last] = fields[1]
    return found


# -------------------------------------------------------------------------------------------------------- Rust, C++


def literal_sdks(elf: Elf, read: Read, path: str) -> tuple[Sdk, ...]:
    """Return the SDKs of which a literal stands in a program or library of Rust or C++.

    In Rust's it is the paths of its sources, which it tells where it panics.
    """
    section = elf.named(".rodata")
    if section is None:
        return ()
    rust: set[bytes] = set()
    cpp: set[bytes] = set()
    for chunk in _chunks(section, read):
        rust.update(_RUST.findall(chunk))
        cpp.update(_CPP.findall(chunk))
    found = [(RUST, version) for version in sorted(rust)]
    found += [(CPP, version) for version in sorted(cpp - {b""} or cpp)]
    return tuple(Sdk(name, version.decode("ascii") or None, path) for name, version in found)


def _chunks(section: Section, read: Read) -> Iterator[bytes]:
    """Yield a section in pieces that overlap."""
    behind = b""
    for offset in range(0, section.size, _CHUNK):
        chunk = read(section.offset + offset, min(_CHUNK, section.size - offset))
        if not chunk:  # the file is shorter than its sections say
            return
        yield behind + chunk
        behind = chunk[-_OVERLAP:]
