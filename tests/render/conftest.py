"""The reports made by hand as fixtures, and the goldens they must render to.

``pytest tests/render --update-goldens`` writes the goldens: read them before you accept them.
"""

from collections.abc import Callable
from pathlib import Path

import pytest

from reports import REPORTS
from sidecar.model import Report

GOLDENS = Path(__file__).parent / "goldens"


@pytest.fixture(params=sorted(REPORTS))
def name(request: pytest.FixtureRequest) -> str:
    """The name of each report made by hand."""
    return str(request.param)


@pytest.fixture
def report(name: str) -> Report:
    """Each report made by hand."""
    return REPORTS[name]()


@pytest.fixture
def reports() -> dict[str, Report]:
    """All reports made by hand."""
    return {name: make() for name, make in REPORTS.items()}


@pytest.fixture
def goldens() -> set[str]:
    """The names of the goldens that there are."""
    return {path.name for path in GOLDENS.iterdir()}


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Callable[[str, str], None]:
    """Compare a rendering with its golden, or write it."""
    # Where this file is not loaded at the start (plain `pytest`), the option is unknown: then it is off.
    update = request.config.getoption("--update-goldens", default=False)

    def compare(file: str, rendered: str) -> None:
        path = GOLDENS / file
        if update:
            path.parent.mkdir(exist_ok=True)
            path.write_text(rendered + "\n", encoding="utf-8")
        assert rendered + "\n" == path.read_text(encoding="utf-8")

    return compare
