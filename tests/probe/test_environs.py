"""What is kept of another process's variables: by tables."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sidecar.facts import Process
from sidecar.probe.environs import Environ, environ_of
from sidecar.probe.processes import Running, below, refusal

ROLE = "arn:aws:iam::111122223333:role/app"


@pytest.mark.parametrize(
    ("entries", "variables", "home"),
    [
        ([f"AWS_ROLE_ARN={ROLE}", "HOME=/home/app", "PATH=/bin"], {"AWS_ROLE_ARN": ROLE}, "/home/app"),
        (["AWS_REGION=first", "AWS_REGION=second"], {"AWS_REGION": "first"}, None),
        (["AWS_REGION=", "HOME="], {}, None),
        (["AWS_SECRET_ACCESS_KEY=abcdefghij"], {"AWS_SECRET_ACCESS_KEY": ""}, None),
        (["AWS_NEW_SETTING=of-tomorrow"], {"AWS_NEW_SETTING": ""}, None),
        (["AWS_REGION=eyJhbGciOiJSUzI1NiJ9.eyJp"], {"AWS_REGION": ""}, None),
        (["AWS_PROFILE=AKIAIOSFODNN7EXAMPLE"], {"AWS_PROFILE": ""}, None),
        (["AWS_REGION=x" + "y" * 5000], {"AWS_REGION": ""}, None),
        (
            ["AWS_SECRET_ACCESS_KEY=abcdefghij", "AWS_PROFILE=has-abcdefghij-in-it"],
            {"AWS_PROFILE": "", "AWS_SECRET_ACCESS_KEY": ""},
            None,
        ),
        (["AWS_ENDPOINT_URL=https://me:secret@sts.test/"], {"AWS_ENDPOINT_URL": "https://sts.test/"}, None),
        (["AWSX=1", "aws_region=x", "AWS_=", "AWS_A B=1"], {}, None),
    ],
)
def test_values_are_kept_where_they_are_no_secret(
    entries: list[str], variables: dict[str, str], home: str | None
) -> None:
    """Of names that are known to hold none, and only where the value looks like none."""
    content = "\0".join([*entries, ""]).encode()
    assert environ_of(content) == Environ(variables, home)


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "shows no environment"),
        (b"\0\0\0", "shows no environment"),
        (b"nginx: worker process\0\0\0", "has overwritten its environment"),
    ],
)
def test_an_environment_that_is_none(content: bytes, why: str) -> None:
    """Programs that change their title write over it."""
    found = environ_of(content)
    assert isinstance(found, str)
    assert found.startswith(why)


@given(st.binary(max_size=300))
def test_any_content_is_an_environment_or_none(content: bytes) -> None:
    """Anybody may have written it."""
    environ_of(content)
    environ_of(b"AWS_REGION=" + content)


@pytest.mark.parametrize(
    ("path", "root", "inside"),
    [
        ("/usr/bin/python3", "/", "/usr/bin/python3"),
        ("/roots/one/usr/bin/app", "/roots/one", "/usr/bin/app"),
        ("/", "/", "/"),
        ("/roots/one", "/roots/one", "/"),
        ("/usr/bin/python3", "/roots/one", "/usr/bin/python3"),
        ("/roots/one-more/app", "/roots/one", "/roots/one-more/app"),
    ],
)
def test_below(path: str, root: str, inside: str) -> None:
    """A path as the container itself has it."""
    assert below(path, root) == inside


def process(uid: int, gid: int = 1, capabilities: int = 0) -> Running:
    """Return a process of this user."""
    return Running(9, 1, 1, "app", False, False, Process(uid, frozenset({gid})), gid, capabilities)


@pytest.mark.parametrize(
    ("other", "own", "words"),
    [
        (process(1), process(2), "runs as user 1, group 1, this container as 2, 1"),
        (process(1, 5), process(1, 6), "runs as user 1, group 5, this container as 1, 6"),
        (process(1, capabilities=3), process(1, capabilities=1), "has capabilities that this container lacks"),
        (process(1), process(1), "does not let itself be looked at"),
    ],
)
def test_a_refusal_has_its_reason(other: Running, own: Running, words: str) -> None:
    """As far as /proc shows it (ptrace(2))."""
    assert words in refusal(other, own)
