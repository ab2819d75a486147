"""A tree of files is looked at below its root only, and no further than the allowance goes."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from rights import nobody
from sidecar.probe.tree import Allowance, SpentError, Tree

SECRET = "outside"


def allowance(entries: int = 1000, size: int = 1_000_000, ends: float = 1.0, now: float = 0.0) -> Allowance:
    """Return an allowance by a clock that stands still."""
    return Allowance(entries=entries, size=size, ends=ends, monotonic=lambda: now)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Return a root with files, and something outside that no path may lead to."""
    (tmp_path / "secret").write_text(SECRET)
    root = tmp_path / "root"
    (root / "opt" / "app").mkdir(parents=True)
    (root / "opt" / "app" / "version").write_text("1.2.3")
    (root / "secret").write_text("inside")
    return root


@pytest.fixture
def tree(root: Path) -> Iterator[Tree]:
    """Return the tree of that root."""
    with Tree(str(root), allowance()) as tree:
        yield tree


@pytest.mark.parametrize(
    ("link", "target", "path"),
    [
        ("absolute", "/opt/app", "/absolute/version"),
        ("relative", "opt/app/version", "/relative"),
        ("up", "../../../../../opt/app/version", "/up"),
        ("opt/app/beside", "../app/../app/version", "/opt/app/beside"),
        ("chain", "/absolute-2", "/chain/version"),
        ("here", ".", "/here/here/opt//app/./version"),
    ],
)
def test_links_are_followed_below_the_root(tree: Tree, root: Path, link: str, target: str, path: str) -> None:
    """An absolute link begins at the root, and so does one that goes up further than that."""
    (root / "absolute-2").symlink_to("/opt/app")
    (root / link).symlink_to(target)
    assert tree.read(path, 100) == b"1.2.3"
    assert tree.way(path).target == "/opt/app/version"
    assert tree.way(path).links[0] == f"/{link}"


@pytest.mark.parametrize("target", ["/secret", "../secret", "../../secret", "{outside}", "/opt/../../secret"])
def test_no_link_leads_outside(tree: Tree, root: Path, target: str) -> None:
    """What is outside is never read, by whatever path."""
    (root / "way").symlink_to(target.format(outside=root.parent / "secret"))
    try:
        found = tree.read("/way", 100)
    except FileNotFoundError:
        found = b""
    assert SECRET.encode() not in found


def test_magic_links_of_proc_are_texts(root: Path) -> None:
    """/proc/self/root below a root is a path below that root, not the root of whoever looks."""
    (root / "proc").mkdir()
    (root / "proc" / "root").symlink_to("/")
    with Tree("/", allowance()) as everything:
        assert everything.way("/proc/self/root" + "/proc/self/stat").links[:2] == (
            "/proc/self",
            f"/proc/{os.getpid()}/root",
        )
    with Tree(str(root), allowance()) as tree:
        assert tree.read("/proc/root" + "/secret", 100) == b"inside"


def test_the_way_says_who_may_pass(tree: Tree, root: Path) -> None:
    """Each directory on the way with its mode, in order, and the file last."""
    (root / "opt").chmod(0o711)
    (root / "opt" / "app" / "version").chmod(0o640)
    modes = {path: mode for path, mode, _, _ in tree.way("/opt/app/version").readers}
    assert list(modes) == ["/", "/opt", "/opt/app", "/opt/app/version"]
    assert (modes["/opt"], modes["/opt/app/version"]) == (0o711, 0o640)


@pytest.mark.parametrize(
    ("path", "error", "where"),
    [
        ("/opt/none/version", FileNotFoundError, "/opt/none"),
        ("/secret/x", NotADirectoryError, "/secret"),
        ("/", IsADirectoryError, "/"),
        ("/opt", IsADirectoryError, "/opt"),
        ("/opt/..", IsADirectoryError, "/opt/.."),
        ("/loop", OSError, "/loop"),
        ("/home", IsADirectoryError, "/home"),
        ("/pipe", OSError, "/pipe"),
    ],
)
def test_what_is_no_file_says_so(tree: Tree, root: Path, path: str, error: type[OSError], where: str) -> None:
    """The error names how far the walk came; a FIFO is not waited for."""
    (root / "loop").symlink_to("loop")
    (root / "home").symlink_to("/")
    os.mkfifo(root / "pipe")
    with pytest.raises(error) as raised:
        tree.read(path, 100)
    assert raised.value.filename == where


def test_entries_are_listed_files_first(tree: Tree, root: Path) -> None:
    """Everything but what lies behind a link and in pseudo file systems."""
    (root / "proc" / "1").mkdir(parents=True)
    (root / "opt" / "proc").mkdir()
    (root / "opt" / "proc" / "file").touch()
    (root / "around").symlink_to("/")
    found = [entry.path for entry in tree.entries()]
    assert sorted(found) == sorted([
        "/around", "/opt", "/proc", "/secret", "/opt/app", "/opt/proc", "/opt/proc/file", "/opt/app/version",
    ])  # fmt: skip
    assert found.index("/secret") < found.index("/opt/app")
    assert tree.unread == []


def test_listing_ends_where_it_is_too_deep(tmp_path: Path) -> None:
    """Descriptors are not without end: what lies deeper is noted, and the rest goes on."""
    deepest = tmp_path.joinpath(*["d"] * 80)
    deepest.mkdir(parents=True)
    with Tree(str(tmp_path), allowance()) as tree:
        assert sum(1 for _ in tree.entries()) < 80
        assert tree.unread[0].endswith("(nested too deeply)")


def test_what_cannot_be_listed_is_noted(tree: Tree, root: Path) -> None:
    """A directory that refuses is named, and the rest goes on. The way through it ends there, too."""
    (root / "closed" / "inner").mkdir(parents=True)
    (root / "closed").chmod(0)
    with nobody():
        assert "/opt/app/version" in [entry.path for entry in tree.entries()]
        assert tree.unread == ["/closed (Permission denied)"]
        with pytest.raises(PermissionError) as raised:
            tree.way("/closed/inner/file")
    assert raised.value.filename == "/closed/inner"


def test_what_its_own_user_may_not_read_is_not_missed(root: Path) -> None:
    """Where the tree is a process's of the same user: nor could that one read it."""
    (root / "closed").mkdir(mode=0)
    with Tree(str(root), allowance(), refusals=False) as tree, nobody():
        assert "/opt/app/version" in [entry.path for entry in tree.entries()]
        assert tree.unread == []


def test_what_goes_while_it_is_listed_is_noted(tree: Tree, root: Path) -> None:
    """A directory that is gone, or a link by now, when its turn comes."""
    for entry in tree.entries():
        if entry.path == "/secret":
            (root / "opt").rename(root.parent / "opt")
            (root / "opt").symlink_to("..")
        assert entry.path in {"/secret", "/opt"}
    assert tree.unread in (["/opt (Not a directory)"], ["/opt (Too many levels of symbolic links)"])


def test_what_is_gone_meanwhile_is_not_missed(tree: Tree, root: Path) -> None:
    """There is nothing in it any more that somebody could have looked at."""
    for entry in tree.entries():
        if entry.path == "/secret":
            (root / "opt").rename(root.parent / "opt")
    assert tree.unread == []


@pytest.mark.parametrize(
    ("spent", "said"),
    [
        (allowance(entries=3), "after 3 directory entries"),
        (allowance(now=1.0), "when its time was over"),
    ],
)
def test_listing_ends_with_the_allowance(root: Path, spent: Allowance, said: str) -> None:
    """Of entries, or of time."""
    with Tree(str(root), spent) as tree, pytest.raises(SpentError, match=said):
        list(tree.entries())


def test_a_quarter_of_the_time_is_for_reading(root: Path) -> None:
    """What was listed until then is still read; in the end nothing is."""
    now = [0.0]
    spent = Allowance(entries=1000, size=1000, ends=4.0, monotonic=lambda: now[0])
    with Tree(str(root), spent) as tree:
        now[0] = 3.0
        with pytest.raises(SpentError, match="its time was over"):
            list(tree.entries())
        assert tree.read("/secret", 100) == b"inside"
        now[0] = 4.0
        with pytest.raises(SpentError, match="its time was over"):
            tree.read("/secret", 100)


def test_what_a_distribution_brings_comes_later(tmp_path: Path) -> None:
    """Of the root's directories, and of /usr's: applications are elsewhere."""
    for name in ("usr/share", "usr/local", "var", "app", "etc"):
        (tmp_path / name).mkdir(parents=True)
    with Tree(str(tmp_path), allowance()) as tree:
        (tmp_path / "app/one").write_text("")
        (tmp_path / "usr/local/two").write_text("")
        (tmp_path / "usr/share/three").write_text("")
        files = [entry.path for entry in tree.entries() if not entry.directory]
    assert files == ["/app/one", "/usr/local/two", "/usr/share/three"]


def test_reading_ends_with_the_allowance(root: Path) -> None:
    """Bytes are counted over all files of all trees; a limit of one read takes no more than the file has."""
    (root / "large").write_bytes(b"x" * 1_500_000)
    spent = allowance(size=1_000_000)
    with Tree(str(root), spent) as one, Tree(str(root), spent) as other:
        assert one.read("/large", 600_000) == b"x" * 600_000
        assert other.read("/secret", 600_000) == b"inside"
        with pytest.raises(SpentError, match="after 1 MB"):
            other.read("/large", 600_000)


def test_parts_of_a_file_are_read_by_offset(tree: Tree) -> None:
    """From the middle, up to its end."""
    with tree.opened("/opt/app/version") as descriptor:
        assert tree.taken(descriptor, 2, 100) == b"2.3"
        assert tree.taken(descriptor, 99, 100) == b""


def test_one_root_is_one_root(root: Path) -> None:
    """However it is named."""
    with Tree(str(root), allowance()) as one, Tree(f"{root}/opt/..", allowance()) as same:
        assert one.identity() == same.identity()
    with Tree(str(root / "opt"), allowance()) as other:
        assert other.identity() != one_identity(root)


def one_identity(root: Path) -> tuple[int, int]:
    """Return what stat says of a directory."""
    status = root.stat()
    return status.st_dev, status.st_ino
