"""One image for all tests of this folder, which one worker makes."""

from collections.abc import Iterator

import pytest

from containers import Image, built, lacking
from parts import unasked


@pytest.fixture(scope="session")
def image() -> Iterator[Image]:
    """Build the image; where this machine cannot, skip, and in CI fail."""
    reason = lacking()
    if reason is not None:
        unasked(f"the image cannot be built here: {reason}")
    with built() as made:
        yield made
