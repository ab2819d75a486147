"""The AWS SDKs below one root, by their files alone: nothing is run, and nothing is kept but names and versions.

One pass over all names, which tell most of it; then the files that promise more are opened, the small ones first, so
that an allowance that runs out costs what is least likely. Judges nothing.
"""

import errno
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import NamedTuple

from sidecar.facts import Inventory, Sdk
from sidecar.formats import archive, elf, java, packages
from sidecar.probe.tree import Entry, SpentError, Tree

_MOST = 500  # SDKs that are told: `watch` hands them on, and no image is made of more
_SMALL = 1024 * 1024  # bytes of a file that lists packages
_LISTS = 3 * 1024 * 1024  # of one that lists all packages of an application: as JSON it can take 30 times that
_PIECE = 1024 * 1024  # bytes of an archive's list, or of a script, that are in memory at a time
_OVERLAP = 2048  # bytes of a script: more than any literal that is looked for
_POM = 64 * 1024
_ARCHIVES = (".jar", ".war", ".ear")
_SCRIPTS = (".js", ".mjs", ".cjs")
# Where programs are not: files without an ending that only cost time.
_NO_PROGRAMS = ("/usr/share/", "/usr/include/", "/etc/", "/var/lib/dpkg/", "/var/lib/apt/", "/usr/src/")
_NOT_IN = (
    "/node_modules/",
    "/site-packages/",
    "/dist-packages/",
    "/.git/",
    "/__pycache__/",
    "/terminfo/",
    "/zoneinfo/",
)

_PROGRAM = re.compile(r"[^.]+|(?!.*\.so\.).+(?:\.\d[^.]*|\.bin|[._-](?:amd64|arm64|x86_64|aarch64))", re.ASCII)
"""A program's name: without an ending, or with a version or a processor in its place."""
_VERSION = re.compile("[!-~]{1,64}")
_LONGEST_PATH = 4096  # the kernel's own
_NO_FILE = {errno.ENOENT, errno.ENOTDIR, errno.ELOOP, errno.EINVAL, errno.EISDIR}
"""It is gone meanwhile, or it is a link to nothing, to a directory or to a device."""

_BY_NAME: Mapping[str, tuple[Callable[[str], bool], Callable[[bytes, str], Sdk | None], int]] = {
    "METADATA": (packages.python_metadata_file, packages.python_metadata, _SMALL),
    "PKG-INFO": (packages.python_metadata_file, packages.python_metadata, _SMALL),
    "package.json": (packages.node_package_file, packages.node_package, _SMALL),
    "installed.json": (packages.composer_file, packages.composer, _LISTS),
    "aws-cpp-sdk-core.pc": (packages.cpp_file, packages.cpp, _SMALL),
    "aws-cpp-sdk-core-config-version.cmake": (packages.cpp_file, packages.cpp, _SMALL),
}
"""By a file's name: whether its path is right, too, what reads it, and how much of it."""


class _Look(NamedTuple):
    """A file to open: how dear that is (the cheapest first), its path, and what finds SDKs in it."""

    rank: int
    path: str
    find: Callable[[str], Iterable[Sdk]]


def inventory(tree: Tree, whose: str) -> Inventory:
    """Return the SDKs below a root. What could not be looked at, and why, is in ``unread``; nothing is raised."""
    search = _Search(tree)
    spent: list[str] = []
    for step in (search.names, search.files):
        try:
            step()
        except SpentError as error:
            spent.append(str(error))
    told = (*_told(search.found), *java.sdks(search.parts))
    found = tuple(dict.fromkeys(_short(sdk) for sdk in told))
    unread = [f"it ended {reason}" for reason in dict.fromkeys(spent)]
    if tree.unread:
        unread.append(", ".join(tree.unread))
    if len(found) > _MOST:
        unread.append(f"of {len(found):,} SDKs only {_MOST} are told")
    return Inventory(whose, found[:_MOST], "; ".join(unread) or None)


def _short(sdk: Sdk) -> Sdk:
    """Return it as a report can show it: a file may say anything in a version's place, an archive in a name's."""
    version = sdk.version if sdk.version and _VERSION.fullmatch(sdk.version) else None
    return sdk._replace(version=version, path=sdk.path[:_LONGEST_PATH])


def _told(found: list[Sdk]) -> Iterator[Sdk]:
    """Yield what was found, but not without a version what a second look told the version of."""
    versioned = {(sdk.name, sdk.path) for sdk in found if sdk.version}
    for sdk in found:
        if sdk.version or (sdk.name, sdk.path) not in versioned:
            yield sdk


class _Search:
    """What was found so far in one tree, and which files are still to be opened."""

    def __init__(self, tree: Tree) -> None:
        self.tree = tree
        self.found: list[Sdk] = []
        self.parts: list[java.Part] = []
        self.looks: list[_Look] = []

    def names(self) -> None:
        """Go over all names. Raises `SpentError`."""
        for entry in self.tree.entries():
            self._named(entry)

    def _named(self, entry: Entry) -> None:
        """Take what a name tells. Most names tell nothing: what is cheap to see is looked at first."""
        path, name = entry.path, entry.name
        if name.endswith("-info"):
            sdk = packages.python_by_name(path)
        elif entry.directory:
            return
        elif name.endswith((".gemspec", ".zip")):
            sdk = packages.gem_by_name(path) or packages.yarn_by_name(path)
        elif name == "aws":
            sdk = packages.cli_by_name(path)
        elif name.startswith("libaws-cpp-sdk-core.so"):
            sdk = packages.cpp_library(path)
            self._look(2, path, self._in_program)  # whose name does not tell its version
        else:
            sdk = None
        if sdk:
            self.found.append(sdk)
        elif not entry.directory:
            self._promising(path, name)

    def _promising(self, path: str, name: str) -> None:
        """Note a file whose name promises that an SDK is told of in it."""
        if name in _BY_NAME:
            self._by_name(path, name)
        elif name.endswith(_ARCHIVES):
            self._archive(path)
        elif name.endswith(".deps.json"):
            self._look(0, path, self._of(packages.dotnet, _LISTS))
        elif name.endswith(_SCRIPTS):
            if not any(part in path for part in _NOT_IN):
                self._look(3, path, self._in_script)
        elif _PROGRAM.fullmatch(name) and _may_be_program(path):
            self._look(2, path, self._in_program)

    def _by_name(self, path: str, name: str) -> None:
        applies, parse, limit = _BY_NAME[name]
        if applies(path):
            self._look(0, path, self._of(parse, limit))

    def _look(self, rank: int, path: str, find: Callable[[str], Iterable[Sdk]]) -> None:
        self.looks.append(_Look(rank, path, find))

    def files(self) -> None:
        """Open what promises something. Raises `SpentError`."""
        for look in sorted(self.looks, key=lambda look: look.rank):
            try:
                self.found.extend(look.find(look.path))
            except OSError as error:
                if error.errno not in _NO_FILE:
                    self.tree.note(look.path, error)

    def _of(self, parse: Callable[[bytes, str], Sdk | None], limit: int = _SMALL) -> Callable[[str], Iterator[Sdk]]:
        def find(path: str) -> Iterator[Sdk]:
            text = self.tree.read(path, limit + 1)
            if len(text) > limit:
                raise OSError(errno.EFBIG, f"is longer than {limit // 1024} KiB")
            sdk = parse(text, path)
            if sdk:
                yield sdk

        return find

    # ---------------------------------------------------------------------------------------------------- archives

    def _archive(self, path: str) -> None:
        """Take a jar by its name; one that is no part by its name may hold some."""
        part = java.by_name(path, path.rpartition("/")[0])
        if part:
            self.parts.append(part)
        else:
            self._look(1, path, self._in_archive)

    def _in_archive(self, path: str) -> Iterable[Sdk]:
        """Note the parts in an archive, by the names of jars in it and by what Maven left of those shaded into it."""
        with self.tree.opened(path) as descriptor:
            for member in self._members(descriptor):
                inner = f"{path}!/{member.name}"
                part = java.by_name(inner, path) if member.name.endswith(".jar") else None
                artifact, module = java.pom_of(member.name), java.module_of(member.name)
                if part:
                    self.parts.append(part)
                elif artifact:
                    self.parts.append(java.by_pom(self._content(descriptor, member), artifact, path))
                elif module:
                    self.parts.append(java.Part(path, module, None, path))
        return ()  # parts make an SDK only together

    def _members(self, descriptor: int) -> Iterator[archive.Member]:
        size = self.tree.size(descriptor)
        tail_at = max(size - archive.TAIL, 0)
        tail = self.tree.taken(descriptor, tail_at, archive.TAIL)
        listing = archive.listing(tail, size)
        offset, ends = (listing.offset, listing.offset + listing.size) if listing else (0, 0)
        while listing and offset < ends:
            entries = self.tree.taken(descriptor, offset, min(_PIECE, ends - offset))
            whole = yield from archive.members(entries, listing.shift)
            offset += whole or ends  # nothing whole in a piece: it is broken

    def _content(self, descriptor: int, member: archive.Member) -> bytes:
        begins = archive.content_begins(self.tree.taken(descriptor, member.offset, archive.LOCAL_HEADER))
        if begins is None:
            return b""
        packed = self.tree.taken(descriptor, member.offset + begins, min(member.size, _POM))
        return archive.unpacked(packed, member.method, _POM)

    # ---------------------------------------------------------------------------------------------------- programs

    def _in_program(self, path: str) -> Iterator[Sdk]:
        with self.tree.opened(path) as descriptor:

            def read(offset: int, size: int) -> bytes:
                return self.tree.taken(descriptor, offset, size)

            if read(0, 4) != b"\x7fELF":
                return
            program = elf.read_elf(read)
            if program is None:
                return
            go = elf.go_sdks(program, read, path)
            yield from elf.literal_sdks(program, read, path) if go is None else go

    def _in_script(self, path: str) -> Iterator[Sdk]:
        with self.tree.opened(path) as descriptor:
            behind = b""
            for offset in range(0, self.tree.size(descriptor), _PIECE):
                piece = self.tree.taken(descriptor, offset, _PIECE)
                yield from packages.bundled(behind + piece, path)
                behind = piece[-_OVERLAP:]


def _may_be_program(path: str) -> bool:
    return not path.startswith(_NO_PROGRAMS) and not any(part in path for part in _NOT_IN)
