"""What the whole suite shares: one lab."""

import os
from collections.abc import Iterator

import pytest

from sidecar.lab.lab import Lab


@pytest.fixture(scope="session")
def lab() -> Iterator[Lab]:
    """Return a lab that makes pods, one after the other, for the whole run."""
    with Lab(os.environ) as running:
        yield running
