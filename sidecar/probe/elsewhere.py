"""The token file and the profile files of another container, below its root. Judges nothing.

The token's content is never read. Of profiles it is kept which credentials they would give, and no value of them.
"""

import configparser
import errno
import os
import re
import stat
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from sidecar.facts import Profile, TokenFile
from sidecar.model import Absent, Failed
from sidecar.probe.mounts import mount_of
from sidecar.probe.tree import Tree, Way

_ATTEMPTS = 3  # the kubelet swaps the directory once in a token's life
_DATA_LINK = "/..data"  # the atomic writer's (FACTS C9)
_LONGEST = 1_000_000  # bytes of a profile file
_KEY = "aws_access_key_id"
_GAP = re.compile(r"(?<=\S)[^\S\n]+")
"""White space within a line: configparser takes the square of its length in time, and nobody else runs meanwhile."""


class Place(NamedTuple):
    """Where a process's relative paths and ``~`` lead, below its root; None where that is not known."""

    cwd: str | None
    home: str | None
    uid: int

    def path(self, text: str) -> str:
        """Return the path from the root. A relative one, where nobody knows to what, is taken as the root's."""
        return os.path.join("/", self.cwd or "", text)  # noqa: PTH118  # pathlib would fold `..`


def token_file_of(tree: Tree, text: str, place: Place, mountinfo: Path) -> TokenFile | Failed | Absent:
    """Return the token file of another container, by what stat says. Raises `SpentError`.

    `Failed.kind` is missing, directory, special or loop; Absent where this process may not look, or looking fails.
    """
    path = place.path(text)
    for attempt in range(_ATTEMPTS):
        tree.allowance.spend(entries=1)
        try:
            return _token_file(text, tree.way(path), mountinfo)
        except (FileNotFoundError, NotADirectoryError) as error:
            if attempt == _ATTEMPTS - 1:
                return Failed("missing", f"{text} is not there (at {error.filename or path} the way ends)")
        except PermissionError as error:
            return Absent(f"{text}: this container's user may not look at {error.filename or path}")
        except IsADirectoryError:
            return Failed("directory", f"{text} is a directory")
        except (OSError, ValueError) as error:
            return _unusual(text, error)
    raise AssertionError  # the last attempt returns


def profile_of(tree: Tree, variables: Mapping[str, str], place: Place) -> Profile | None:
    """Return what the process's AWS profile would give; None where there is none to be seen. Raises `SpentError`."""
    name = variables.get("AWS_PROFILE") or variables.get("AWS_DEFAULT_PROFILE") or "default"
    home = place.home or _home(tree, place.uid)
    config = _sections(tree, place, _named(variables, "AWS_CONFIG_FILE", home, "config"))
    credentials = _sections(tree, place, _named(variables, "AWS_SHARED_CREDENTIALS_FILE", home, "credentials"))
    first = frozenset(config.get(f"profile {name}", ())) or frozenset(config.get(name, ()) if name == "default" else ())
    second = frozenset(credentials.get(name, ()))
    if not first | second:
        return None
    return Profile(name, tuple(_methods(first, second)), region="region" in first | second)


def _methods(config: frozenset[str], credentials: frozenset[str]) -> Iterator[str]:
    """Yield botocore's names of the providers that the keys of a profile set up, in its order (FACTS D1)."""
    keys = config | credentials
    web_identity = "web_identity_token_file" in keys
    if "role_arn" in keys:
        yield "assume-role-with-web-identity" if web_identity else "assume-role"
    if keys & {"sso_account_id", "sso_role_name"}:
        yield "sso"
    if _KEY in credentials:
        yield "shared-credentials-file"
    if "login_session" in keys:
        yield "login"
    if "credential_process" in keys:
        yield "custom-process"
    if _KEY in config:
        yield "config-file"


def _sections(tree: Tree, place: Place, text: str) -> Mapping[str, tuple[str, ...]]:
    """Return the names of the keys of each section of an INI file: no value leaves this function."""
    parser = configparser.RawConfigParser(default_section="")  # as botocore's, but that wants None
    try:
        parser.read_string(_GAP.sub(" ", tree.read(place.path(text), _LONGEST).decode()))
        return {" ".join(section.split()): tuple(parser[section]) for section in parser.sections()}
    except (OSError, ValueError, configparser.Error):  # whose text may hold a line of the file
        return {}


def _named(variables: Mapping[str, str], variable: str, home: str, name: str) -> str:
    text = variables.get(variable) or f"~/.aws/{name}"
    return home + text[1:] if text.startswith("~/") else text


def _home(tree: Tree, uid: int) -> str:
    """Return the home of a user of the other container, by its passwd(5)."""
    try:
        lines = tree.read("/etc/passwd", _LONGEST).decode("utf-8", "replace").splitlines()
    except (OSError, ValueError):
        return "/"
    entries = (line.split(":") for line in lines)
    return next((entry[5] for entry in entries if len(entry) > 5 and entry[2] == str(uid)), "") or "/"  # noqa: PLR2004


def _token_file(text: str, way: Way, mountinfo: Path) -> TokenFile | Failed:
    status = way.status
    if stat.S_ISDIR(status.st_mode):
        return Failed("directory", f"{text} is a directory")
    if not stat.S_ISREG(status.st_mode):
        return Failed("special", f"{text} is not a regular file")
    mount = mount_of(way.target, mountinfo)
    return TokenFile(
        path=text,
        target=way.target,
        links=way.links,
        mode=stat.S_IMODE(status.st_mode),
        uid=status.st_uid,
        gid=status.st_gid,
        size=status.st_size,
        modified=status.st_mtime,
        projected=any(link.endswith(_DATA_LINK) for link in way.links),
        subpath=mount is not None and mount.pins(way.target),
        mount=mount.point if mount else None,
        empty=status.st_size == 0,
        surrounded=None,
        readers=way.readers,
    )


def _unusual(text: str, error: OSError | ValueError) -> Failed | Absent:
    """Say what else became of the way. ValueError is Python's, for a path that no file can have."""
    number = error.errno if isinstance(error, OSError) else errno.ENOENT
    if number == errno.ELOOP:
        return Failed("loop", f"{text} leads through a loop of symbolic links")
    if number in {errno.ENOENT, errno.ENAMETOOLONG}:
        return Failed("missing", f"{text} is no path that a file can have")
    return Absent(f"{text} cannot be looked at ({os.strerror(number or errno.EIO)})")
