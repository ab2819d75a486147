"""Groups of tests that must run in one process do."""

import pytest

seen: list[int] = []


@pytest.mark.parametrize("number", range(4))
@pytest.mark.xdist_group("together")
def test_a_group_stays_together(number: int) -> None:
    """Each sees the ones before it: with `--dist loadgroup` they share a process, without xdist they do anyway."""
    assert seen == list(range(number))
    seen.append(number)
