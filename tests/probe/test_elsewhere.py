"""What another container's variables name below its root: any token file, and any profile, by real files."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rights import nobody
from sidecar.facts import Profile, TokenFile
from sidecar.model import Absent, Failed
from sidecar.probe.elsewhere import Place, profile_of, token_file_of
from sidecar.probe.tree import Allowance, SpentError, Tree

HOME = Place("/", "/home/app", 1000)
KEYS = "aws_access_key_id = AKIAIOSFODNN7EXAMPLE\naws_secret_access_key = wJalrXUtnFEMIK7MDENGbPxRfiCYEXAMPLEKEY\n"
READS = """
import sys
from sidecar.probe.elsewhere import Place, profile_of
from sidecar.probe.tree import Allowance, Tree

with Tree(sys.argv[1], Allowance(entries=9, size=10**8, ends=1.0, monotonic=lambda: 0.0)) as tree:
    print(profile_of(tree, {"AWS_CONFIG_FILE": "/config"}, Place("/", "/", 0)))
"""
"""Reads a profile in a process that can be ended, whatever it waits for."""


def tree(root: Path, entries: int = 1000) -> Tree:
    """Open a root; the clock stands still."""
    return Tree(str(root), Allowance(entries=entries, size=10**8, ends=1.0, monotonic=lambda: 0.0))


def written(root: Path, path: str, text: str) -> None:
    """Write a file below a root."""
    place = root / path
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_text(text)


def profile(root: Path, place: Place = HOME, **variables: str) -> Profile | None:
    """Return the profile below a root, by these variables."""
    with tree(root) as opened:
        return profile_of(opened, variables, place)


def token_file(root: Path, text: str, place: Place = HOME, mounts: str = "") -> TokenFile | Failed | Absent:
    """Return the token file below a root, of a process with these mounts."""
    mountinfo = root.parent / "mountinfo"
    mountinfo.write_text(mounts)
    with tree(root) as opened:
        return token_file_of(opened, text, place, mountinfo)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Return a container's root, empty."""
    made = tmp_path / "root"
    made.mkdir()
    return made


# ------------------------------------------------------------------------------------------------------------- profiles


@pytest.mark.parametrize(
    ("config", "credentials", "methods"),
    [
        (KEYS, "", ("config-file",)),
        ("", KEYS, ("shared-credentials-file",)),
        (KEYS, KEYS, ("shared-credentials-file", "config-file")),
        ("aws_secret_access_key = x\n", "aws_secret_access_key = x\n", ()),
        ("role_arn = x\ncredential_source = Environment\n", "", ("assume-role",)),
        ("", "role_arn = x\nsource_profile = y\n", ("assume-role",)),
        ("role_arn = x\n", "web_identity_token_file = y\n", ("assume-role-with-web-identity",)),
        ("web_identity_token_file = y\n", "", ()),
        ("sso_role_name = x\n", "", ("sso",)),
        ("sso_session = x\nsso_account_id = 1\nsso_role_name = y\n", "", ("sso",)),
        ("CREDENTIAL_PROCESS = /bin/x\n", "", ("custom-process",)),
        ("login_session = x\n", "", ("login",)),
        (
            f"role_arn = x\nsso_account_id = 1\nlogin_session = x\ncredential_process = x\n{KEYS}",
            KEYS,
            ("assume-role", "sso", "shared-credentials-file", "login", "custom-process", "config-file"),
        ),
        ("s3 =\n  role_arn = x\n", "", ()),
    ],
)
def test_each_kind_of_profile(root: Path, config: str, credentials: str, methods: tuple[str, ...]) -> None:
    """By the names of its keys, in either file, in botocore's order; no value is kept."""
    for name, text in (("config", config), ("credentials", credentials)):
        written(root, f"home/app/.aws/{name}", f"[default]\n{text}" if text else "")
    assert profile(root) == Profile("default", methods)


@pytest.mark.parametrize(
    ("section", "variables", "name"),
    [
        ("profile work", {"AWS_PROFILE": "work"}, "work"),
        ("profile \t work", {"AWS_PROFILE": "work"}, "work"),
        ("profile work", {"AWS_DEFAULT_PROFILE": "work"}, "work"),
        ("profile work", {"AWS_PROFILE": "work", "AWS_DEFAULT_PROFILE": "other"}, "work"),
        ("work", {"AWS_PROFILE": "work"}, None),
        ("profile default", {}, "default"),
        ("default", {}, "default"),
        ("profile other", {"AWS_PROFILE": "work"}, None),
    ],
)
def test_the_profile_is_the_one_that_is_named(
    root: Path, section: str, variables: dict[str, str], name: str | None
) -> None:
    """In the configuration file every section but the default one says that it is a profile."""
    written(root, "home/app/.aws/config", f"[{section}]\nregion = eu-west-1\n")
    assert profile(root, HOME, **variables) == (name and Profile(name, (), region=True))


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("/srv/files/config", HOME),
        ("files/config", Place("/srv", None, 1000)),
        ("../srv/files/config", Place("/home", None, 1000)),
        ("../../../srv/files/config", Place("/home", None, 1000)),
        ("srv/files/config", Place(None, None, 1000)),
        ("~/files/config", Place("/", "/srv", 1000)),
        ("~/files/config", Place("/srv", ".", 1000)),
    ],
)
def test_where_a_profile_file_is(root: Path, text: str, place: Place) -> None:
    """A relative path begins where the process is, ``~`` is its home, and ``..`` never leaves the root."""
    written(root, "srv/files/config", "[default]\nregion = eu-west-1\n")
    (root / "home").mkdir()
    assert profile(root, place, AWS_CONFIG_FILE=text) == Profile("default", (), region=True)


@pytest.mark.parametrize(
    ("passwd", "seen"),
    [
        ("app:x:1000:1000::/srv:/bin/sh\n", True),
        ("x\n::::\napp:x:1000:1000::/srv:/bin/sh\n", True),
        ("app:x:1000:1000::/srv", True),
        ("app:x:1000:1000::\n", False),
        ("app:x:10000:1000::/srv:/bin/sh\n", False),
        ("\0\x80", False),
    ],
)
def test_the_home_of_a_process_without_one(root: Path, passwd: str, seen: bool) -> None:
    """That of its user, as the container's own passwd has it; the root where that says nothing."""
    written(root, "etc/passwd", passwd)
    written(root, "srv/.aws/config", "[default]\nregion = eu-west-1\n")
    assert (profile(root, Place("/", None, 1000)) is not None) is seen


def test_files_that_are_no_profiles(root: Path) -> None:
    """A FIFO that nobody writes to, a directory, what is not INI, what is not text, a path that is none."""
    os.mkfifo(root / "fifo")
    written(root, "repeated", "[default]\nregion = x\nregion = y\n")
    written(root, "twice", "[default]\nregion = x\n[default]\n")
    written(root, "none", "region = x\n")
    (root / "bytes").write_bytes(b"[default]\nregion = \xff\n")
    for text in ("/fifo", "/", "/repeated", "/twice", "/none", "/bytes", "/no\0path", "/not-there", "/none/x"):
        assert profile(root, AWS_CONFIG_FILE=text, AWS_SHARED_CREDENTIALS_FILE=text) is None


def test_a_link_to_a_profile_outside_leads_below_the_root(root: Path) -> None:
    """Absolute, upwards, and through /proc: the file outside is not read, that of the same path inside is."""
    written(root.parent, "outside", "[default]\nregion = eu-west-1\n")
    (root / "up").symlink_to("../../outside")
    (root / "absolute").symlink_to(root.parent / "outside")
    (root / "proc").symlink_to(f"/proc/{os.getpid()}/root{root.parent}")
    for text in ("/up", "/absolute", "/proc/outside"):
        assert profile(root, AWS_CONFIG_FILE=text) is None
    written(root, "outside", "[default]\nrole_arn = x\n")
    assert profile(root, AWS_CONFIG_FILE="/up") == Profile("default", ("assume-role",))


def test_a_line_of_white_space_ends_no_diagnosis(root: Path) -> None:
    """One of configparser's expressions takes its square in time, in which no other thread runs: half an hour here."""
    written(root, "config", f"[default]\nx{' ' * 500_000}y\t= z\nregion\t = eu-west-1\n")
    command = [sys.executable, "-c", READS, str(root)]
    done = subprocess.run(command, capture_output=True, check=True, text=True, timeout=60)
    assert done.stdout == "Profile(name='default', methods=(), region=True)\n"


def test_what_is_behind_the_longest_that_is_read_is_not_seen(root: Path) -> None:
    """Somebody else's file may be of any length."""
    comments = f"#{'x' * 998}\n" * 1000
    written(root, "home/app/.aws/config", f"[default]\nregion = x\n{comments}role_arn = x\n")
    assert profile(root) == Profile("default", (), region=True)


@given(st.text("[]=: \t\n\r#;~\\%$profiledefault\0\x85\u2028", max_size=200))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_text_is_a_profile_or_none(tmp_path: Path, text: str) -> None:
    """Anybody may have written it."""
    with open(tmp_path / "config", "w", encoding="utf-8", newline="") as file:  # noqa: PTH123  # newline as it is
        file.write(f"[default]\n{text}")
    profile(tmp_path, AWS_CONFIG_FILE="/config")


# ---------------------------------------------------------------------------------------------------------- token files


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("/run/token", HOME),
        ("token", Place("/run", None, 0)),
        ("./../run//token", Place("/run", None, 0)),
        ("run/token", Place(None, None, 0)),
        ("/../../run/token", HOME),
    ],
)
def test_where_a_token_file_is(root: Path, text: str, place: Place) -> None:
    """The path is told as the variable has it, and where it leads as the container has it."""
    written(root, "run/token", "eyJ")
    found = token_file(root, text, place)
    assert isinstance(found, TokenFile)
    assert (found.path, found.target, found.links, found.size) == (text, "/run/token", (), 3)
    assert (found.empty, found.projected, found.subpath, found.mount) == (False, False, False, None)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("/none", Failed("missing", "/none is not there (at /none the way ends)")),
        ("/none/token", Failed("missing", "/none/token is not there (at /none the way ends)")),
        ("/file/token", Failed("missing", "/file/token is not there (at /file the way ends)")),
        ("/outside", Failed("missing", "/outside is not there (at /file-outside the way ends)")),
        ("/run", Failed("directory", "/run is a directory")),
        ("/run/..", Failed("directory", "/run/.. is a directory")),
        ("/", Failed("directory", "/ is a directory")),
        ("/root", Failed("directory", "/root is a directory")),
        ("/fifo", Failed("special", "/fifo is not a regular file")),
        ("/loop", Failed("loop", "/loop leads through a loop of symbolic links")),
        ("/no\0path", Failed("missing", "/no\0path is no path that a file can have")),
        (f"/{'x' * 300}", Failed("missing", f"/{'x' * 300} is no path that a file can have")),
    ],
)
def test_a_token_file_that_is_none(root: Path, text: str, found: Failed) -> None:
    """Each for what it is, in words; nothing outside the root counts."""
    written(root, "file", "")
    written(root.parent, "file-outside", "")
    (root / "run").mkdir()
    (root / "outside").symlink_to("../file-outside")
    (root / "root").symlink_to("/")
    (root / "loop").symlink_to("loop")
    os.mkfifo(root / "fifo")
    assert token_file(root, text) == found


def test_a_token_file_that_is_mounted_by_a_subpath(root: Path) -> None:
    """By the process's own list of mounts, by which the kubelet's later tokens never come; and it is empty."""
    written(root, "run/token", "")
    mount = "30 1 0:5 /..2026/token /run/token ro - tmpfs tmpfs rw\n"
    found = token_file(root, "/run/token", mounts=mount)
    assert isinstance(found, TokenFile)
    assert (found.mount, found.subpath, found.empty) == ("/run/token", True, True)


def test_a_directory_that_is_not_for_us_is_no_fault(root: Path) -> None:
    """The other process may still read it."""
    written(root, "run/inner/token", "")
    root.chmod(0o755)
    (root / "run").chmod(0)
    try:
        with tree(root) as opened, nobody():
            found = token_file_of(opened, "/run/inner/token", HOME, Path("/proc/self/mountinfo"))
    finally:
        (root / "run").chmod(0o700)
    assert found == Absent("/run/inner/token: this container's user may not look at /run/inner")


def test_a_look_costs_its_share(root: Path) -> None:
    """The allowance is that of all containers together."""
    written(root, "token", "")
    with tree(root, entries=0) as opened, pytest.raises(SpentError):
        token_file_of(opened, "/token", HOME, Path("/proc/self/mountinfo"))
