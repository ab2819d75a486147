"""What the tests of the probe share: an authority, a dialer that trusts it, and where containers' roots can be."""

import socket
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from servers import Authority
from sidecar.probe.dial import Dialer
from sidecar.probe.world import Budget, World


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    """Return an authority for the whole run."""
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture
def dialer(authority: Authority) -> Callable[..., Dialer]:
    """Return what makes a dialer that trusts the authority, in an environment, with a time-out for each operation."""

    def make(timeout: float = 10.0, ca: Path | None = authority.bundle, ends: float = 60.0, **environ: str) -> Dialer:
        world = World(environ)
        budget = Budget(timeout, time.monotonic() + ends)
        return Dialer(world, budget, None if ca is None else str(ca))

    return make


@pytest.fixture
def full() -> Iterator[int]:
    """Return the port of a listener that takes no more connections: attempts are neither taken nor refused."""
    with socket.create_server(("127.0.0.1", 0), backlog=0) as listener:
        port = listener.getsockname()[1]
        filling = [socket.socket() for _ in range(4)]
        for one in filling:
            one.setblocking(False)
            one.connect_ex(("127.0.0.1", port))
        yield port
        for one in filling:
            one.close()


@pytest.fixture
def roots(tmp_path: Path) -> Path:
    """Return a directory that other users may pass, for containers' roots."""
    for folder in (tmp_path, *tmp_path.parents[:2]):
        folder.chmod(0o755)
    return tmp_path
