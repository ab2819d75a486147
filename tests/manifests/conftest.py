"""What the tests of the manifests share: goldens."""

from collections.abc import Callable
from pathlib import Path

import pytest

GOLDENS = Path(__file__).parent / "goldens"


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Callable[[str, str], None]:
    """Compare a diff with its golden, or with --update-goldens write it."""
    update = request.config.getoption("--update-goldens", default=False)

    def compare(file: str, made: str) -> None:
        path = GOLDENS / file
        if update:
            path.write_text(made, encoding="utf-8")
        assert made == path.read_text(encoding="utf-8")

    return compare
