"""Executables: made to the letter of the format, and any bytes; real ones are in the tests of the inventory."""

import struct
from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from executables import BASE, program
from sidecar.facts import CPP, GO_1, GO_2, RUST, Sdk
from sidecar.formats import elf

MARK = bytes(range(16))


def information(*lines: str) -> bytes:
    """Return Go's module information, between its marks."""
    return MARK + "".join(f"{line}\n" for line in lines).encode() + MARK[::-1]


def varint(number: int) -> bytes:
    """Return a number in base 128."""
    made = bytearray()
    while number >= 0x80:
        made.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*made, number])


def inline(text: bytes) -> bytes:
    """Return a section as Go 1.18 and later write it."""
    head = b"\xff Go buildinf:" + bytes([8, 2])
    version = b"go1.20.1"
    return head.ljust(32, b"\0") + varint(len(version)) + version + varint(len(text)) + text


def pointed(text: bytes, order: str = "<", width: int = 8) -> dict[str, bytes]:
    """Return the sections of an older Go: the header has pointers to strings elsewhere."""
    flags = 0 if order == "<" else 1
    address = BASE + 0x2000
    header = b"\xff Go buildinf:" + bytes([width, flags]) + struct.pack(f"{order}QQ", 0, address)
    strings = struct.pack(f"{order}QQ", address + 16, len(text)) + text
    return {".go.buildinfo": header, ".data": strings}


def go(data: bytes) -> tuple[Sdk, ...] | None:
    """Return the SDKs that are found in a Go program's bytes."""
    found = elf.read_elf(reader(data))
    assert found is not None
    return elf.go_sdks(found, reader(data), "/app")


def reader(data: bytes) -> elf.Read:
    """Return what reads bytes by offset and size."""
    return lambda offset, size: data[offset : offset + size]


V1 = information("path\tcommand", "mod\texample.com/app\t(devel)\t", "dep\tgithub.com/aws/aws-sdk-go\tv1.23.12\th1:x=")


@pytest.mark.parametrize("order", ["<", ">"])
def test_go_of_before_1_18(order: str) -> None:
    """By pointers, in both byte orders."""
    assert go(program(pointed(V1, order), order)) == (Sdk(GO_1, "v1.23.12", "/app"),)


def test_go_of_1_18_and_later() -> None:
    """By what follows the header."""
    assert go(program({".text": b"x", ".go.buildinfo": inline(V1)})) == (Sdk(GO_1, "v1.23.12", "/app"),)


def test_what_replaces_a_module_is_what_is_built_in() -> None:
    """The line that begins with an arrow."""
    text = information(
        "dep\tgithub.com/aws/aws-sdk-go-v2\tv1.30.0",
        "=>\tgithub.com/fork/aws-sdk-go-v2\tv1.36.0\th1:y=",
        "dep\tgithub.com/aws/aws-sdk-go-v2/service/sts\tv1.1.0\th1:z=",
        "=>\t./local",
        "build\tCGO_ENABLED=0",
    )
    assert go(program({".go.buildinfo": inline(text)})) == (Sdk(GO_2, "v1.36.0", "/app", ("sts",)),)


@pytest.mark.parametrize(
    "sections",
    [
        {".go.buildinfo": b"nothing of the kind"},
        {".go.buildinfo": inline(b"")},
        pointed(V1, width=4),
        {".go.buildinfo": pointed(V1)[".go.buildinfo"]},
        {".go.buildinfo": pointed(V1)[".go.buildinfo"], ".data": struct.pack("<QQ", 1, 5)},
        {".go.buildinfo": (b"\xff Go buildinf:" + bytes([8, 2])).ljust(32, b"\0") + b"\xff" * 20},
    ],
)
def test_a_go_program_may_tell_nothing(sections: Mapping[str, bytes]) -> None:
    """It is one all the same: nobody looks for Rust in it."""
    assert go(program(sections)) == ()


def test_a_broken_go_program_tells_nothing() -> None:
    """Its pointer leads to what a section promises behind the file's end."""
    header = pointed(V1)[".go.buildinfo"]
    sections = (elf.Section(".go.buildinfo", 0, 0, len(header)), elf.Section(".data", BASE + 0x2000, 10**6, 99))
    assert elf.go_sdks(elf.Elf("<", sections), reader(header), "/app") is None
    assert elf.go_sdks(elf.Elf("<", sections[:1]), reader(header), "/app") == ()


def test_a_go_program_without_modules_is_told_by_its_functions() -> None:
    """There is no version then."""
    functions = b"\0github.com/aws/aws-sdk-go/aws/session.NewSession\0github.com/aws/aws-sdk-go-v2/service/sts.New\0"
    sections = {".go.buildinfo": inline(information("path\tcommand")), ".gopclntab": functions}
    assert go(program(sections)) == (Sdk(GO_2, None, "/app", ("sts",)), Sdk(GO_1, None, "/app"))
    for name in (".gopclntab", ".data.rel.ro.gopclntab"):
        functions = b"github.com/aws/aws-sdk-go-v2/config.LoadDefaultConfig"
        sections = {".go.buildinfo": inline(information("path\tcommand")), name: functions}
        assert go(program(sections)) == (Sdk(GO_2, None, "/app"),)


def test_other_programs_are_no_go() -> None:
    """They have no such section."""
    assert go(program({".text": b"x"})) is None


def test_rust_by_the_paths_of_its_sources() -> None:
    """Wherever in the section, also where two pieces that are read meet."""
    path = b"/home/me/.cargo/registry/src/index.crates.io-1949cf8c6b5b557f/aws-config-1.1.8/src/lib.rs"
    for before in (0, elf._CHUNK - 40, elf._CHUNK):
        data = program({".rodata": bytes(before) + path + bytes(9)})
        found = elf.read_elf(reader(data))
        assert found is not None
        assert elf.literal_sdks(found, reader(data), "/app") == (Sdk(RUST, "1.1.8", "/app"),)


@pytest.mark.parametrize(
    ("literals", "versions"),
    [
        (b"aws-global\x001.11.285\0GCC#12.2.1\0C++11\0", ["1.11.285"]),
        (b"ClientConfiguration\0aws-sdk-cpp/\0ua/2.0 \x001.7.173\0Clang#9.0\0", ["1.7.173"]),
        (b"ClientConfiguration\0aws-sdk-cpp/\0ua/2.0 \0", [None]),
        (b"\x001.2.13\0zlib\0GCC: (Debian 12.2.0-14)\0", []),
    ],
)
def test_cpp_by_its_version_beside_the_compilers(literals: bytes, versions: list[str | None]) -> None:
    """As they stand in libarrow.so of pyarrow 17.0.0; other libraries' numbers are not taken for it."""
    data = program({".rodata": b"x" + literals})
    found = elf.read_elf(reader(data))
    assert found is not None
    assert elf.literal_sdks(found, reader(data), "/app") == tuple(Sdk(CPP, version, "/app") for version in versions)


def test_literals_need_their_section() -> None:
    """And a file that is as long as its sections say."""
    data = program({".text": b"x"})
    found = elf.read_elf(reader(data))
    assert found is not None
    assert elf.literal_sdks(found, reader(data), "/app") == ()
    short = elf.Elf("<", (elf.Section(".rodata", 0, 10**6, 5),))
    assert elf.literal_sdks(short, reader(data), "/app") == ()


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"#!/bin/sh\n",
        b"\x7fELF\x01\x01" + bytes(99),
        b"\x7fELF\x02\x03" + bytes(99),
        b"\x7fELF\x02\x01",
        b"\x7fELF\x02\x01" + bytes(99),
        program({".text": b"x"})[:-70],
    ],
    ids=["empty", "script", "32 bits", "no byte order", "cut off", "no sections", "half its sections"],
)
def test_no_executable_is_none(data: bytes) -> None:
    """Scripts, other classes, what is cut off."""
    assert elf.read_elf(reader(data)) is None


@given(st.binary(max_size=400))
def test_no_bytes_make_it_raise(noise: bytes) -> None:
    """Neither as a file, nor behind a good begin, nor within a section."""
    good = program({".go.buildinfo": inline(V1), ".rodata": b"/aws-config-1.0.0/src/"})
    for data in (noise, b"\x7fELF\x02\x01" + noise, good[:40] + noise, program({".go.buildinfo": noise})):
        found = elf.read_elf(reader(data))
        if found:
            elf.go_sdks(found, reader(data), "/x")
            elf.literal_sdks(found, reader(data), "/x")
    for head in (inline(V1)[:32], inline(V1)[:14]):
        go(program({".go.buildinfo": head + noise}))
