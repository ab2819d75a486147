"""Executables made to the letter of the format, for the tests of what reads them."""

import struct
from collections.abc import Mapping

BASE = 0x400000
"""The address that the first of a made program's sections is loaded a page behind."""


def program(sections: Mapping[str, bytes], order: str = "<") -> bytes:
    """Return a 64-bit ELF file with these sections, loaded one behind the other."""
    names = b"\0" + b"".join(name.encode() + b"\0" for name in (*sections, ".shstrtab"))
    body = bytearray(64)
    rows = [bytes(64)]
    for number, (name, content) in enumerate({**sections, ".shstrtab": names}.items(), 1):
        place = names.index(name.encode() + b"\0")
        address = BASE + 0x1000 * number
        rows.append(struct.pack(f"{order}IIQQQQ", place, 1, 0, address, len(body), len(content)).ljust(64, b"\0"))
        body += content
    table = len(body)
    data = bytes(body) + b"".join(rows)
    header = b"\x7fELF\x02" + (b"\x01" if order == "<" else b"\x02") + bytes(34)
    header += struct.pack(f"{order}Q", table) + bytes(10) + struct.pack(f"{order}HHH", 64, len(rows), len(rows) - 1)
    return header + data[64:]
