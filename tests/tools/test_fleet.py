"""The simulated fleet: peaks within the limit, pages and pictures that are up to date."""

import sys
from itertools import islice, pairwise
from pathlib import Path
from random import Random
from xml.etree import ElementTree as ET

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tools"))

import fleet  # noqa: E402 - after the tools are within reach
import fleet_page  # noqa: E402
from fleet_model import SCENARIOS, Life, Result, Scenario, Trouble, at_once, rotations, runs, simulated  # noqa: E402
from fleet_page import SMALL_BIN, SMALL_PODS, SMALL_SECONDS, results_table, small_fleet, starts  # noqa: E402
from fleet_plot import Rule, plot  # noqa: E402

from sidecar import schedule  # noqa: E402

HELD = [scenario for scenario in SCENARIOS if scenario.judged]
PAGE = ROOT / "docs" / "fleet.md"
NAMES = {f"{scenario.name}.svg" for scenario in SCENARIOS}


@pytest.fixture(scope="module")
def small() -> list[Result]:
    """Return every scenario, played by the fleet that tests can afford."""
    return small_fleet()


@pytest.fixture
def small_only(small: list[Result], monkeypatch: pytest.MonkeyPatch) -> list[Result]:
    """Let the tool play the small fleet in place of the large one."""
    monkeypatch.setattr(fleet_page, "small_fleet", lambda: small)
    monkeypatch.setattr(fleet, "small_fleet", lambda: small)
    monkeypatch.setattr(fleet, "simulated", lambda scenario: small[SCENARIOS.index(scenario)])
    monkeypatch.setattr(fleet, "BIN", SMALL_BIN)
    return small


def test_peaks_are_within_the_limit(small: list[Result]) -> None:
    """What is held is held by a small fleet, too, in bins large enough that chance is small (400 runs each)."""
    ratios = {result.scenario.name: result.ratio(SMALL_BIN) for result in small if result.scenario.judged}
    assert set(ratios) == {"restart", "rotation", "drains"}
    assert max(ratios.values()) < fleet.LIMIT


@pytest.mark.parametrize("interval", [60.0, 300.0, 2880.0])
def test_rotation_brings_no_fleet_into_step(interval: float) -> None:
    """Not even where an interval is as long as tokens are kept: peaks do not grow from rotation to rotation."""
    rotation = next(scenario for scenario in SCENARIOS if scenario.name == "rotation")
    result = simulated(rotation, 1000, int(12 * max(interval, 3600)), interval)
    assert result.ratio(int(max(interval / 5, 60))) < fleet.LIMIT


def test_the_page_is_up_to_date(small: list[Result]) -> None:
    """What the page says of the constants, of bounds, intervals and of a small fleet is what the code does."""
    text = PAGE.read_text(encoding="utf-8")
    made = [fleet_page.constants(), fleet_page.intervals(), fleet_page.bounds(), fleet_page.restarts()]
    stale = [part for part in (*made, results_table(small, SMALL_BIN)) if part not in text]
    assert stale == [], "run make fleet"


def test_every_scenario_has_its_picture() -> None:
    """The pictures are those of the scenarios, and well formed."""
    assert {path.name for path in (ROOT / "docs" / "fleet").iterdir()} == NAMES
    for name in NAMES:
        assert f"(fleet/{name})" in PAGE.read_text(encoding="utf-8")
        assert ET.parse(ROOT / "docs" / "fleet" / name).getroot().tag.endswith("svg")  # noqa: S314 - a file of our own


@pytest.mark.usefixtures("small_only")
def test_tool_writes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """Without options the page and every picture are written."""
    monkeypatch.setattr(fleet, "DOCS", tmp_path)
    assert fleet.main([]) == 0
    assert {path.name for path in (tmp_path / "fleet").iterdir()} == NAMES
    assert fleet_page.constants() in (tmp_path / "fleet.md").read_text(encoding="utf-8")
    assert capsys.readouterr().out.count("at most 1.5  ok") == len(HELD)


@pytest.mark.usefixtures("small_only")
@pytest.mark.parametrize(("option", "lines"), [("--check", len(HELD) + 1), ("--small", len(SCENARIOS))])
def test_tool_checks(option: str, lines: int, capsys: pytest.CaptureFixture[str]) -> None:
    """With an option nothing is written, and a line is printed for each scenario."""
    before = PAGE.stat().st_mtime_ns
    assert fleet.main([option]) == 0
    assert len(capsys.readouterr().out.splitlines()) == lines
    assert PAGE.stat().st_mtime_ns == before


def test_a_peak_is_found(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """A schedule that lets a fleet go on together is missed, and the tool fails."""
    monkeypatch.setattr(schedule, "_remaining", lambda chance: 0.3 * chance)
    played = [simulated(HELD[0], SMALL_PODS, SMALL_SECONDS)]
    assert fleet.judged(played, SMALL_BIN)
    assert "MISSED" in capsys.readouterr().out


def test_the_kubelet_rotates_in_time() -> None:
    """A token is replaced after 80 % of its life, a few seconds before at the earliest, a look later at the latest."""
    chance = Random(1).random  # noqa: S311 - the same each time is what is wanted
    moments = [0.0, *islice(rotations(0.0, 600.0, chance), 500)]
    ages = [later - earlier for earlier, later in pairwise(moments)]
    assert min(ages) >= 480 - 9
    assert max(ages) <= 480 + 90


def test_runs_of_a_pod_in_trouble() -> None:
    """While a pod fails each run makes one call, and takes its time; before and after each makes two."""
    scenario = Scenario("", "", at_once, trouble=Trouble(600, 1200, 1, 5.0))
    made = list(runs(Life(0, 0.0, 3600.0), scenario, 300.0, lambda: 0.5))
    assert {calls for began, calls in made if 600 <= began < 1200} == {1}
    assert {calls for began, calls in made if not 600 <= began < 1200} == {2}
    assert min(later - earlier for (earlier, _), (later, _) in pairwise(made)) >= 5.0
    untouched = runs(Life(1, 0.0, 3600.0), scenario, 300.0, lambda: 0.5)
    assert {calls for _, calls in untouched} == {2}


@pytest.mark.parametrize(("seconds", "expected"), [(310, 7), (609, 7), (610, 8), (3600, 17)])
def test_starts(seconds: int, expected: int) -> None:
    """How often the kubelet starts a container that ends at once: at 0, 0, 10, 30, 70, 150, 310, 610 s and so on."""
    assert starts(seconds) == expected


def test_plot_cuts_off_what_is_too_high() -> None:
    """Every point is within the picture, and each rule is written beside its line."""
    text = plot("calls", [4000.0, 10.0, 20.0], 1800, [Rule(15.0, "mean 15", "grey")], 20.0)
    line = ET.fromstring(text).find("{*}polyline")  # noqa: S314 - a picture of our own
    assert line is not None
    heights = [float(point.split(",")[1]) for point in line.attrib["points"].split()]
    assert heights[0] < heights[2] < heights[1]
    assert min(heights) >= 0
    assert ">mean 15<" in text
