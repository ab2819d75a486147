"""What the whole suite shares: one lab."""

import os
from collections.abc import Iterator

import pytest
from hypothesis import settings

from sidecar.lab.lab import Lab

# How long an example takes says nothing where tests share two processors.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the switch that writes the goldens."""
    parser.addoption("--update-goldens", action="store_true", help="write the goldens from what is rendered")


@pytest.fixture(scope="session")
def lab() -> Iterator[Lab]:
    """Return a lab that makes pods, one after the other, for the whole run."""
    with Lab(os.environ) as running:
        yield running
