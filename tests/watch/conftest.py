"""What the tests of watch share: a healthy pod, and a gate before its STS."""

from collections.abc import Iterator

import pytest

from sidecar.lab.lab import Lab, Pod
from sidecar.lab.scenarios import SCENARIOS
from watching import Gate, gated


@pytest.fixture
def pod(lab: Lab) -> Iterator[Pod]:
    """Return a healthy pod."""
    with lab.pod(SCENARIOS["healthy"]) as healthy:
        yield healthy


@pytest.fixture
def gate(pod: Pod) -> Iterator[Gate]:
    """Return a gate before the healthy pod's STS."""
    with gated(pod) as standing:
        yield standing
