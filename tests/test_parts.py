"""A judge that is not installed stops its test: aloud in CI, else with the reason."""

from pathlib import Path

import pytest

from parts import needed, program


def test_what_is_there_is_returned(monkeypatch: pytest.MonkeyPatch) -> None:
    """A part that was found is handed on, in CI as elsewhere."""
    monkeypatch.setenv("CI", "true")
    assert needed("the judge", Path("judge")) == Path("judge")


@pytest.mark.parametrize(
    ("ci", "outcome"), [("", pytest.skip.Exception), ("false", pytest.skip.Exception), ("true", pytest.fail.Exception)]
)
def test_what_is_missing_stops_the_test(monkeypatch: pytest.MonkeyPatch, ci: str, outcome: type[BaseException]) -> None:
    """A missing part skips the test, and fails it in CI."""
    monkeypatch.setenv("CI", ci)
    with pytest.raises(outcome, match="the judge is not installed"):
        needed("the judge", None)


def test_a_program_is_found_on_the_path(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """What the environment does not bring may be on the PATH; what is nowhere is None."""
    judge = tmp_path / "irsa-doctors-judge"
    judge.touch(0o755)
    assert program(judge.name) is None
    monkeypatch.setenv("PATH", str(tmp_path))
    assert program(judge.name) == judge
