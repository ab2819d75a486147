"""The token file, with real files, links, FIFOs and modes."""

import errno
import os
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from sidecar.facts import TokenFile
from sidecar.model import Failed
from sidecar.probe.files import TOKEN_LIMIT, read_token, surroundings
from sidecar.probe.mounts import Mount, mount_of
from sidecar.probe.world import World

TOKEN = b"eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJ4In0.c2ln"


@pytest.fixture
def world(tmp_path: Path) -> World:
    """Return a world whose mounts are listed in a file of the test's."""
    mounts = tmp_path / "mountinfo"
    mounts.write_text("22 1 0:1 / / rw - ext4 /dev/sda rw\n")
    return World(environ={}, mountinfo=mounts)


@pytest.fixture
def projected(tmp_path: Path) -> Path:
    """Return the token's path in a directory laid out as the kubelet does (FACTS C9)."""
    directory = tmp_path / "serviceaccount"
    snapshot = directory / "..2026_11_21_10_00_00.123456789"
    snapshot.mkdir(parents=True)
    (snapshot / "token").write_bytes(TOKEN)
    (snapshot / "token").chmod(0o640)
    (directory / "..data").symlink_to(snapshot.name)
    (directory / "token").symlink_to("..data/token")
    return directory / "token"


def facts(path: Path | str, world: World) -> TokenFile:
    """Read a file that can be read."""
    found, _ = read_token(str(path), world)
    assert isinstance(found, TokenFile)
    return found


def failure(path: Path | str, world: World) -> Failed:
    """Read a file that cannot be read."""
    found, content = read_token(str(path), world)
    assert isinstance(found, Failed)
    assert content is None
    return found


def test_a_projected_token_is_followed_to_its_snapshot(projected: Path, world: World) -> None:
    """The links are named in order, and the facts are the file's own."""
    found, content = read_token(str(projected), world)
    snapshot = projected.parent / "..2026_11_21_10_00_00.123456789"
    status = (snapshot / "token").stat()
    assert content == TOKEN
    assert isinstance(found, TokenFile)
    assert found.path == str(projected)
    assert found.target == str(snapshot / "token")
    assert found.links == (str(projected), str(projected.parent / "..data"))
    assert (found.mode, found.uid, found.gid) == (0o640, status.st_uid, status.st_gid)
    assert (found.size, found.modified) == (len(TOKEN), status.st_mtime)
    assert found.projected
    assert not found.subpath
    assert not found.empty
    assert found.surrounded is None


def test_readers_are_the_directories_on_the_way_and_the_file(projected: Path, world: World) -> None:
    """Every directory that a reader must pass is there, root first, the file last."""
    found = facts(projected, world)
    paths = [path for path, _, _, _ in found.readers]
    assert paths[0] == "/"
    assert paths[-3:] == [str(projected.parent), str(Path(found.target).parent), found.target]
    assert found.readers[-1][1] == 0o640


def test_a_plain_copy_is_not_projected(tmp_path: Path, world: World) -> None:
    """Without the atomic writer's links the file is a copy that nobody rotates."""
    (tmp_path / "token").write_bytes(TOKEN)
    found = facts(tmp_path / "token", world)
    assert not found.projected
    assert found.links == ()


def test_a_relative_path_is_taken_from_the_working_directory(
    tmp_path: Path, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The path is opened as it stands, as botocore opens it: no ~ is expanded."""
    (tmp_path / "~").mkdir()
    (tmp_path / "~" / "token").write_bytes(TOKEN)
    monkeypatch.chdir(tmp_path)
    assert facts("~/../~/./token", world).target == str(tmp_path / "~" / "token")


def test_dots_are_resolved_behind_links(tmp_path: Path, world: World) -> None:
    """``..`` behind a link leads out of the directory that the link leads to, as the kernel has it."""
    (tmp_path / "deep" / "er").mkdir(parents=True)
    (tmp_path / "deep" / "token").write_bytes(TOKEN)
    (tmp_path / "link").symlink_to(tmp_path / "deep" / "er")
    assert facts(f"{tmp_path}/link/../token", world).target == str(tmp_path / "deep" / "token")


@pytest.mark.parametrize("path", ["nothing", "nothing/token", "file/token", "dangling", "nul\0byte"])
def test_what_is_not_there_is_missing(tmp_path: Path, world: World, path: str) -> None:
    """A missing file, a missing directory, a file in place of a directory, a dangling link, an impossible name."""
    (tmp_path / "file").write_bytes(b"")
    (tmp_path / "dangling").symlink_to("gone")
    found = failure(f"{tmp_path}/{path}", world)
    assert found.kind == "missing"
    assert str(tmp_path) in found.why


def test_a_dangling_link_is_named(tmp_path: Path, world: World) -> None:
    """Where links lead to nothing, the last link is named: it is what must be mended."""
    (tmp_path / "dangling").symlink_to("gone")
    assert f"the link {tmp_path}/dangling points to" in failure(tmp_path / "dangling", world).why


def test_a_directory_is_no_token(tmp_path: Path, world: World) -> None:
    """A directory is said to be one."""
    assert failure(tmp_path, world) == Failed("directory", f"{tmp_path} is a directory")


def test_a_fifo_does_not_hang(tmp_path: Path, world: World) -> None:
    """A FIFO without a writer is named at once."""
    os.mkfifo(tmp_path / "fifo")
    assert failure(tmp_path / "fifo", world).kind == "special"


def test_sockets_and_devices_are_special(tmp_path: Path, world: World) -> None:
    """Neither a socket nor a device is opened."""
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(tmp_path / "socket"))
        assert failure(tmp_path / "socket", world) == Failed(
            "special", f"{tmp_path}/socket is a socket, not a regular file"
        )
    assert failure("/dev/null", world) == Failed("special", "/dev/null is a device, not a regular file")


@pytest.mark.parametrize("links", [{"a": "a"}, {"a": "b", "b": "a"}, {"a": "a/x"}])
def test_a_loop_of_links_ends(tmp_path: Path, world: World, links: dict[str, str]) -> None:
    """Links that lead to each other are a loop, as the kernel says."""
    for name, target in links.items():
        (tmp_path / name).symlink_to(target)
    assert failure(tmp_path / "a", world).kind == "loop"


def test_forty_links_are_followed_and_no_more(tmp_path: Path, world: World) -> None:
    """The kernel's limit is ours."""
    (tmp_path / "0").write_bytes(TOKEN)
    for number in range(1, 42):
        (tmp_path / str(number)).symlink_to(str(number - 1))
    assert len(facts(tmp_path / "40", world).links) == 40
    assert (tmp_path / "40").read_bytes() == TOKEN
    assert failure(tmp_path / "41", world).kind == "loop"
    with pytest.raises(OSError, match="symbolic links"):
        (tmp_path / "41").read_bytes()


def test_a_name_that_is_too_long_is_told_in_the_systems_words(world: World) -> None:
    """What no other kind covers is io, with the system's reason."""
    found = failure("/" + "x" * 300, world)
    assert found.kind == "io"
    assert found.why.endswith("File name too long")


def test_at_most_64_kib_and_a_byte_are_read(tmp_path: Path, world: World) -> None:
    """A huge file costs no more than its head; its size is told."""
    with (tmp_path / "huge").open("wb") as huge:
        huge.truncate(1 << 40)
    found, content = read_token(str(tmp_path / "huge"), world)
    assert content is not None
    assert len(content) == TOKEN_LIMIT + 1
    assert isinstance(found, TokenFile)
    assert found.size == 1 << 40


def read_as(path: Path, world: World, uid: int, gid: int) -> str:
    """Return what this process finds while it is that user, in that group alone, as text."""
    groups, gid_before = os.getgroups(), os.getegid()
    os.setgroups([])
    os.setegid(gid)
    os.seteuid(uid)
    try:
        found, _ = read_token(str(path), World(environ={}, mountinfo=world.mountinfo))
    finally:
        os.seteuid(0)
        os.setegid(gid_before)
        os.setgroups(groups)
    return f"{found.kind}: {found.why}" if isinstance(found, Failed) else "read"


@pytest.fixture
def public(tmp_path: Path) -> Iterator[Path]:
    """Return a directory that everybody may pass through; only root can be somebody else for a while."""
    if os.geteuid() != 0:
        pytest.skip("needs root, to be another user for a while")
    shut = [parent for parent in tmp_path.parents if not parent.stat().st_mode & 0o001]
    modes = {parent: parent.stat().st_mode for parent in [tmp_path, *shut]}
    for parent in modes:
        parent.chmod(0o755)
    yield tmp_path
    for parent, mode in modes.items():
        parent.chmod(mode)


def test_a_file_of_another_user_is_refused_by_its_mode(public: Path, world: World) -> None:
    """The refusal says which path refuses whom."""
    (public / "token").write_bytes(TOKEN)
    (public / "token").chmod(0o640)
    os.chown(public / "token", 65532, 2000)
    assert read_as(public / "token", world, 65532, 7) == "read"
    assert read_as(public / "token", world, 1000, 2000) == "read"
    assert read_as(public / "token", world, 1000, 7) == (
        f"permission: permission denied for uid 1000, groups 7: refused by {public}/token (mode 0640, owner 65532:2000)"
    )


def test_a_shut_directory_is_named(public: Path, world: World) -> None:
    """Where a directory on the way may not be searched, it is the one that refuses."""
    (public / "shut").mkdir(mode=0o700)
    (public / "shut" / "token").write_bytes(TOKEN)
    told = read_as(public / "shut" / "token", world, 1000, 7)
    assert told.startswith("permission: ")
    assert told.endswith(f"refused by {public}/shut (mode 0700, owner 0:0)")


def test_a_refusal_that_no_mode_explains(tmp_path: Path, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where a security module refuses what the mode allows, it is said so."""
    (tmp_path / "token").write_bytes(TOKEN)

    def refused(path: str, flags: int) -> int:
        raise PermissionError(errno.EACCES, "Permission denied", path, flags)

    monkeypatch.setattr(os, "open", refused)
    me = World(environ={}, mountinfo=world.mountinfo)
    assert failure(tmp_path / "token", me).why.endswith(f"at {tmp_path}/token, though its mode allows it")


def test_a_refusal_by_a_file_that_is_gone(tmp_path: Path, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """What refused may be gone when it is looked at: the refusal is told all the same."""
    (tmp_path / "token").write_bytes(TOKEN)

    def refused(path: str, flags: int) -> int:
        (tmp_path / "token").unlink()
        raise PermissionError(errno.EACCES, "Permission denied", path, flags)

    monkeypatch.setattr(os, "open", refused)
    assert failure(tmp_path / "token", world).kind == "permission"


def test_a_rotation_never_mixes_tokens(projected: Path, world: World) -> None:
    """While the writer swaps snapshots, content, size and target are always of one of them."""
    directory = projected.parent
    done = threading.Event()

    def rotate() -> None:
        current = directory / (directory / "..data").readlink()
        for turn in range(150):
            fresh = directory / f"..2026_11_21_10_00_{turn:04d}"
            fresh.mkdir()
            (fresh / "token").write_bytes(b"eyJ." + str(turn).encode() * (turn + 1) + b".x")
            (directory / "..data_tmp").symlink_to(fresh.name)
            (directory / "..data_tmp").replace(directory / "..data")
            (current / "token").unlink()
            current.rmdir()
            current = fresh
        done.set()

    thread = threading.Thread(target=rotate)
    thread.start()
    seen = 0
    while not done.is_set() or seen == 0:
        found, content = read_token(str(projected), world)
        if isinstance(found, Failed):
            assert found.kind == "vanished"
            continue
        assert content is not None
        seen += 1
        assert found.size == len(content)
        if content != TOKEN:
            turn = int(found.target.split("/")[-2].rpartition("_")[2])
            assert content == b"eyJ." + str(turn).encode() * (turn + 1) + b".x"
    thread.join()


def test_a_file_that_vanishes_between_stat_and_open_has_vanished(
    tmp_path: Path, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file that was there at first, and cannot be opened or found again, has vanished."""
    target = tmp_path / "token"
    target.write_bytes(TOKEN)
    opening = os.open

    def too_late(path: str, flags: int) -> int:
        target.unlink()
        return opening(path, flags)

    monkeypatch.setattr(os, "open", too_late)
    assert failure(target, world).kind == "vanished"


def test_a_fifo_put_in_place_meanwhile_is_not_waited_for(
    tmp_path: Path, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is opened is looked at again: a FIFO that took the file's place does not hang."""
    target = tmp_path / "token"
    target.write_bytes(TOKEN)
    opening = os.open

    def swapped(path: str, flags: int) -> int:
        target.unlink()
        os.mkfifo(target)
        return opening(path, flags)

    monkeypatch.setattr(os, "open", swapped)
    assert failure(target, world).kind == "special"


@pytest.mark.parametrize(
    ("content", "found"),
    [
        (TOKEN, None),
        (b"", None),
        (b" \n", None),
        (TOKEN + b"\n", "a trailing newline"),
        (TOKEN + b"\r\n", "a trailing newline"),
        (TOKEN + b"\n\n", "trailing white space"),
        (TOKEN + b" ", "trailing white space"),
        (b"\t" + TOKEN, "leading white space"),
        (b" " + TOKEN + b"\n", "leading white space and a trailing newline"),
        (b"\xef\xbb\xbf" + TOKEN, "a UTF-8 byte order mark"),
        (b"\xef\xbb\xbf" + TOKEN + b"\n", "a UTF-8 byte order mark and a trailing newline"),
        (b'"' + TOKEN + b'"', "other text"),
        (b"token=" + TOKEN, "other text"),
        (b"Bearer " + TOKEN, "other text"),
        (TOKEN + b"\n2026-11-21 INFO wrote token\n", "a trailing newline and other text"),
        (b"not a token at all", None),
        (b"eyJ.$$.x", None),
        (b"a" * TOKEN_LIMIT, None),
    ],
)
def test_what_surrounds_the_token_is_said(content: bytes, found: str | None) -> None:
    """SDKs send the file as it is, so whatever is around the token matters (FACTS C14)."""
    assert surroundings(content) == found


@pytest.mark.parametrize(("content", "empty"), [(b"", True), (b" \n\t", True), (TOKEN, False)])
def test_white_space_alone_is_empty(tmp_path: Path, world: World, content: bytes, empty: bool) -> None:
    """A file of white space holds no token."""
    (tmp_path / "token").write_bytes(content)
    assert facts(tmp_path / "token", world).empty is empty


MOUNTS = r"""
22 1 0:1 / / rw shared:1 - ext4 /dev/sda rw
30 22 0:2 / /run rw - tmpfs tmpfs rw
31 30 0:3 / /run/secrets/sa rw - tmpfs tmpfs rw
32 30 0:4 /..2026_11_21_10_00_00.123/token /run/secrets/one/token ro - tmpfs tmpfs rw
33 30 0:4 /..2026_11_21_10_00_00.123 /run/secrets/two ro - tmpfs tmpfs rw
34 30 0:5 / /run/with\040space\134s rw - tmpfs tmpfs rw
35 31 0:6 /volumes/sa /run/secrets/sa rw - ext4 /dev/sdb rw
truncated line
""".strip("\n")


@pytest.mark.parametrize(
    ("path", "point", "subpath"),
    [
        ("/etc/token", "/", False),
        ("/running/token", "/", False),
        ("/run/secrets/sa/..2026_1/token", "/run/secrets/sa", False),
        ("/run/secrets/one/token", "/run/secrets/one/token", True),
        ("/run/secrets/two/token", "/run/secrets/two", True),
        ("/run/with space\\s/token", "/run/with space\\s", False),
    ],
)
def test_the_mount_that_holds_the_token(tmp_path: Path, path: str, point: str, subpath: bool) -> None:
    """The longest mount point wins, the last of equals; a file or a snapshot that is mounted never rotates."""
    (tmp_path / "mountinfo").write_text(MOUNTS)
    mount = mount_of(path, tmp_path / "mountinfo")
    assert mount is not None
    assert (mount.point, mount.pins(path)) == (point, subpath)


def test_the_upper_mount_hides_the_lower(tmp_path: Path) -> None:
    """Of two mounts at one place the later is on top."""
    (tmp_path / "mountinfo").write_text(MOUNTS)
    assert mount_of("/run/secrets/sa/token", tmp_path / "mountinfo") == Mount("/volumes/sa", "/run/secrets/sa")


def test_a_subpath_mount_is_told_in_the_facts(tmp_path: Path, world: World) -> None:
    """A token file that is a mount point of its own is a subPath mount (FACTS C9)."""
    (tmp_path / "token").write_bytes(TOKEN)
    with world.mountinfo.open("a") as mounts:
        mounts.write(f"40 22 0:9 /..2026_11_21/token {tmp_path}/token ro - tmpfs tmpfs rw\n")
    found = facts(tmp_path / "token", world)
    assert found.subpath
    assert found.mount == f"{tmp_path}/token"


def test_without_mountinfo_the_mount_is_unknown(tmp_path: Path) -> None:
    """A system without /proc still has its token read."""
    (tmp_path / "token").write_bytes(TOKEN)
    found = facts(tmp_path / "token", World(environ={}, mountinfo=tmp_path / "nothing"))
    assert found.mount is None
    assert not found.subpath


def test_the_real_mountinfo_is_understood() -> None:
    """The kernel's own file names a mount for every path."""
    mount = mount_of("/proc/self/mountinfo", World(environ={}).mountinfo)
    assert mount is not None
    assert mount.point == "/proc"
