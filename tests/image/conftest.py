"""One image for all tests of this folder, which one worker makes."""

from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from containers import CannotError, Image, built, lacking
from parts import unasked


@pytest.fixture(scope="session")
def image() -> Iterator[Image]:
    """Build the image; where this machine cannot, skip, and in CI fail."""
    reason = lacking()
    if reason is not None:
        unasked(f"the image cannot be built here: {reason}")
    with ExitStack() as stack:
        try:
            made = stack.enter_context(built())
        except CannotError as error:
            unasked(str(error))
        yield made
