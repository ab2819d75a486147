"""Packages that tell their version by a name or by a small file: Python, Node.js, Ruby, PHP, .NET, C++. Pure."""

import json
import re
from typing import Any

from sidecar.facts import (
    AIOBOTOCORE,
    AWSCLI_1,
    AWSCLI_2,
    BOTO3,
    BOTOCORE,
    CPP,
    DOTNET,
    JAVASCRIPT_2,
    JAVASCRIPT_3,
    PHP,
    RUBY,
    Sdk,
)

_PYTHON = {"boto3": BOTO3, "botocore": BOTOCORE, "aiobotocore": AIOBOTOCORE}
_METADATA = r"(?P<name>boto3|botocore|aiobotocore|awscli)(?:-(?P<version>[\w.!+]+?))?(?:-py[\d.]+)?\.(?:dist|egg)-info"
_CLI_2 = r"(?P<path>.*/v2/(?P<version>2\.\d+\.\d+))/dist/aws"
_GEM = r".*/specifications/aws-sdk-(?:core-(?P<version>\d[\w.]*)|(?:v1-)?(?P<first>1\.[\w.]+))\.gemspec"
"""Version 1 was one gem; since then `aws-sdk` is but a list of all others."""
_YARN = (
    r".*/(?P<name>aws-sdk|@aws-sdk-(?:client-[\w-]+?|credential-provider-node|credential-providers))"
    r"-npm-(?P<version>\d+\.\d+\.\d+[\w.]*)-[\w-]+\.zip"
)
"""Yarn's Plug'n'Play unpacks nothing: its cache holds an archive for each package."""
_NODE = r".*/node_modules/(?P<name>aws-sdk|@aws-sdk/[\w.-]+)/package\.json"
_TELLING = re.compile(r"@aws-sdk/(?:client-[\w-]+|credential-provider-node|credential-providers)")
"""The packages of JavaScript's version 3 that are numbered alike, and of which a program has one at least."""

# Bundlers keep the literal by which each version tells a service who asks.
_LITERAL_2 = re.compile(
    rb"""VERSION\s{0,9}:\s{0,9}["'](2\.\d+\.\d+)["']\s{0,9},\s{0,99}(?:/\*.{0,99}?\*/\s{0,99})?Signers\s{0,9}:""",
    re.DOTALL,
)
_LITERAL_3 = re.compile(
    rb"""["']?name["']?\s{0,9}:\s{0,9}["']@aws-sdk/(?:client-[\w-]{1,99}|nested-clients)["']\s{0,9},"""
    rb"""(?:\s{0,99}["']?description["']?\s{0,9}:\s{0,9}["'][^"']{0,200}["']\s{0,9},)?"""
    rb"""\s{0,99}["']?version["']?\s{0,9}:\s{0,9}["'](3\.\d+\.\d+)["']"""
)


_LITERAL_3_ALONE = re.compile(
    rb"""serviceId\s{0,9}:[^,{}]{1,99},\s{0,99}clientVersion\s{0,9}:\s{0,9}["'](3\.\d+\.\d+)["']"""
)
"""webpack leaves nothing of a package.json but its version, where a client tells it."""


def python_by_name(path: str) -> Sdk | None:
    """Return the SDK whose metadata a file or directory of this path is, by its name alone (PEP 376, PEP 627)."""
    found = re.fullmatch(_METADATA, path.rpartition("/")[2], re.ASCII)
    return _python(found["name"], found["version"], path) if found and found["version"] else None


def python_metadata_file(path: str) -> bool:
    """Whether a file holds the version of an SDK whose directory's name does not tell it."""
    folder, _, name = path.rpartition("/")
    found = re.fullmatch(_METADATA, folder.rpartition("/")[2], re.ASCII)
    return bool(found and not found["version"] and name in {"METADATA", "PKG-INFO"})


def python_metadata(text: bytes, path: str) -> Sdk | None:
    """Return the SDK that a METADATA or PKG-INFO file is about."""
    head, _, _ = text.replace(b"\r\n", b"\n").partition(b"\n\n")
    fields = dict(re.findall(rb"^(Name|Version):[ \t]*(\S+)", head, re.MULTILINE))
    name, version = fields.get(b"Name", b""), fields.get(b"Version", b"")
    return _python(_text(name).lower(), _text(version), path) if version else None


def _python(name: str, version: str, path: str) -> Sdk | None:
    if name == "awscli":
        return Sdk(AWSCLI_2 if version.startswith("2.") else AWSCLI_1, version, path)
    return Sdk(_PYTHON[name], version, path) if name in _PYTHON else None


def cli_by_name(path: str) -> Sdk | None:
    """Return the AWS CLI v2 whose program has this path: its installer puts the version into it."""
    found = re.fullmatch(_CLI_2, path, re.ASCII)
    return Sdk(AWSCLI_2, found["version"], path) if found else None


def gem_by_name(path: str) -> Sdk | None:
    """Return the SDK for Ruby whose gem's specification has this path."""
    found = re.fullmatch(_GEM, path, re.ASCII)
    return Sdk(RUBY, found["version"] or found["first"], path) if found else None


def yarn_by_name(path: str) -> Sdk | None:
    """Return the SDK for JavaScript whose archive in Yarn's cache has this path."""
    found = re.fullmatch(_YARN, path, re.ASCII)
    if found is None:
        return None
    return Sdk(JAVASCRIPT_2 if found["name"] == "aws-sdk" else JAVASCRIPT_3, found["version"], path)


def node_package_file(path: str) -> bool:
    """Whether a file is the package.json of the SDK for JavaScript, of a part that tells its version."""
    if "aws-sdk" not in path:  # in a tree of a hundred thousand of them
        return False
    found = re.fullmatch(_NODE, path, re.ASCII)
    return bool(found and (found["name"] == "aws-sdk" or _TELLING.fullmatch(found["name"])))


def node_package(text: bytes, path: str) -> Sdk | None:
    """Return the SDK that a package.json is of."""
    found = _json(text)
    name, version = (found.get("name"), found.get("version")) if isinstance(found, dict) else (None, None)
    if not isinstance(name, str) or not isinstance(version, str):
        return None
    if name == "aws-sdk":
        return Sdk(JAVASCRIPT_2, version, path)
    return Sdk(JAVASCRIPT_3, version, path) if _TELLING.fullmatch(name) else None


def bundled(text: bytes, path: str) -> tuple[Sdk, ...]:
    """Return the SDKs for JavaScript of which a bundler put a version's literal into a file."""
    found = [Sdk(JAVASCRIPT_2, _text(version), path) for version in _LITERAL_2.findall(text)]
    for literal in (_LITERAL_3, _LITERAL_3_ALONE):
        found += [Sdk(JAVASCRIPT_3, _text(version), path) for version in literal.findall(text)]
    return tuple(dict.fromkeys(found))


def composer_file(path: str) -> bool:
    """Whether a file is Composer's list of what it installed."""
    return path.endswith("/composer/installed.json")


def composer(text: bytes, path: str) -> Sdk | None:
    """Return the SDK for PHP that Composer's installed.json lists: an object since Composer 2, a list before."""
    found = _json(text)
    packages = found.get("packages") if isinstance(found, dict) else found
    for package in packages if isinstance(packages, list) else ():
        if isinstance(package, dict) and package.get("name") == "aws/aws-sdk-php":
            version = package.get("version")
            return Sdk(PHP, version if isinstance(version, str) else None, path)
    return None


def dotnet(text: bytes, path: str) -> Sdk | None:
    """Return the SDK for .NET that an application's deps.json lists, with its module for STS."""
    found = _json(text)
    libraries = found.get("libraries") if isinstance(found, dict) else None
    names = [name.partition("/") for name in libraries] if isinstance(libraries, dict) else []
    versions = {name: version for name, _, version in names}
    if "AWSSDK.Core" not in versions:
        return None
    modules = ("AWSSDK.SecurityToken",) if "AWSSDK.SecurityToken" in versions else ()
    return Sdk(DOTNET, versions["AWSSDK.Core"], path, modules)


def cpp_file(path: str) -> bool:
    """Whether a file tells of the SDK for C++: pkg-config's, or CMake's."""
    return path.endswith(("/aws-cpp-sdk-core.pc", "/aws-cpp-sdk-core-config-version.cmake"))


def cpp(text: bytes, path: str) -> Sdk | None:
    """Return the SDK for C++ that such a file tells of."""
    found = re.search(rb'^\s*(?:Version:\s*|set\(PACKAGE_VERSION "?)(\d[\d.]*)', text, re.MULTILINE)
    return Sdk(CPP, _text(found[1]), path) if found else None


def cpp_library(path: str) -> Sdk | None:
    """Return the SDK for C++ whose core library has this path: its version is not in its name."""
    return Sdk(CPP, None, path) if re.fullmatch(r".*/libaws-cpp-sdk-core\.so[\d.]*", path, re.ASCII) else None


def _json(text: bytes) -> Any:  # noqa: ANN401 - whatever somebody wrote
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _text(found: bytes) -> str:
    return found.decode("ascii", "replace")
