"""The AWS SDKs for Java, by the names of jars and by what Maven writes into them. Pure."""

import re
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from sidecar.facts import JAVA_1, JAVA_2, Sdk

_LONGEST_NAME = 255  # of a file; a longer one in an archive would only cost time
_JAR = r"(?P<artifact>[A-Za-z][\w.-]*?)-(?P<version>\d+(?:\.\d+)+[\w.-]*)\.jar"
_POM = r"META-INF/maven/(?P<group>com\.amazonaws|software\.amazon\.awssdk)/(?P<artifact>[\w.-]+)/pom\.properties"
_PARTS: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "aws-java-sdk-core": (JAVA_1, ()),
    "aws-java-sdk-sts": (JAVA_1, ("sts",)),
    "aws-java-sdk-bundle": (JAVA_1, ("sts",)),
    "aws-java-sdk": (JAVA_1, ("sts",)),
    "sdk-core": (JAVA_2, ()),
    "sts": (JAVA_2, ("sts",)),
    "bundle": (JAVA_2, ("sts",)),
}
"""What each artifact brings: an SDK, and its module. Since 1.9 `aws-java-sdk` is only a list of all others."""
_CORES = frozenset({"aws-java-sdk-core", "aws-java-sdk-bundle", "sdk-core", "bundle"})


_MODULES = (
    ("awssdk/services/sts/StsClient.class", "sts"),
    ("amazonaws/services/securitytoken/AWSSecurityTokenService.class", "aws-java-sdk-sts"),
)
"""The class by which a module is there, also where shading dropped what Maven wrote, or moved the packages."""


class Part(NamedTuple):
    """An artifact of an SDK: in a directory or an archive (``place``), by a path there."""

    place: str
    artifact: str
    version: str | None
    path: str


def by_name(path: str, place: str) -> Part | None:
    """Return the part that a jar of this path is. Version 2's names are everybody's: there its number tells."""
    name = path[-_LONGEST_NAME:].rpartition("/")[2]
    found = re.fullmatch(_JAR, name, re.ASCII)
    if found is None or found["artifact"] not in _PARTS:
        return None
    sdk, _ = _PARTS[found["artifact"]]
    if not found["version"].startswith("2." if sdk == JAVA_2 else "1."):
        return None
    return Part(place, found["artifact"], found["version"], path)


def pom_of(name: str) -> str | None:
    """Return the artifact whose pom.properties a member of a jar is, None for any other member."""
    promising = len(name) <= _LONGEST_NAME and name.endswith("/pom.properties")
    found = re.fullmatch(_POM, name, re.ASCII) if promising else None
    return found["artifact"] if found and found["artifact"] in _PARTS else None


def module_of(name: str) -> str | None:
    """Return the artifact of the module for STS of which a member of a jar is the main class, None for any other."""
    return next((artifact for ending, artifact in _MODULES if name.endswith(ending)), None)


def by_pom(text: bytes, artifact: str, place: str) -> Part:
    """Return the part that a pom.properties in a jar tells of: itself, or what was shaded into it."""
    found = re.search(rb"^version=(\S+)", text, re.MULTILINE)
    return Part(place, artifact, found[1].decode("ascii", "replace") if found else None, place)


def sdks(parts: Iterable[Part]) -> list[Sdk]:
    """Return the SDKs that parts make, one for each place and core; a module counts for all in its place.

    One that lies without a core counts for every place: each jar of a local repository has a directory of its own,
    a jar renamed to one without its version is a place by itself, and a server's libraries are apart from the
    application's. Nothing says then that it is not on the class path.
    """
    found = list(dict.fromkeys(parts))
    cores = {(part.place, _PARTS[part.artifact][0]) for part in found if _is_core(part)}
    brought: dict[tuple[str | None, str], set[str]] = {}
    for part in found:
        name, modules = _PARTS[part.artifact]
        place = part.place if (part.place, name) in cores else None
        brought.setdefault((place, name), set()).update(modules)
    made = []
    for part in found:
        name, _ = _PARTS[part.artifact]
        if _is_core(part):
            modules = (*brought[part.place, name], *brought.get((None, name), ()))
            made.append(Sdk(name, part.version, part.path, tuple(sorted(set(modules)))))
    return made


def _is_core(part: Part) -> bool:
    """Whether a part is an SDK by itself: before 1.9 there was one jar, with all in it."""
    whole = part.artifact == "aws-java-sdk" and re.match(r"1\.[0-8]\.", part.version or "", re.ASCII)
    return part.artifact in _CORES or bool(whole)
