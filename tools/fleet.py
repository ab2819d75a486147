"""Write docs/fleet.md and its pictures from a simulation; with --check hold the peaks against their limit.

What a fleet's calls are is said by `fleet_model`, which plays the real schedule; here they are judged and shown.
"""

import argparse
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

from fleet_model import INTERVAL, PODS, SCENARIOS, SECONDS, Result, simulated
from fleet_page import SMALL_BIN, page, small_fleet
from fleet_plot import GREY, RED, Rule, plot

DOCS = Path(__file__).resolve().parent.parent / "docs"
LIMIT, BIN = 1.5, 10


def judged(results: Iterable[Result], seconds: int) -> bool:
    """Print each peak as a multiple of its mean; return whether one of those that are judged is too high."""
    missed = False
    for result in results:
        over = result.scenario.judged and result.ratio(seconds) > LIMIT
        verdict = f"at most {LIMIT}  {'MISSED' if over else 'ok'}" if result.scenario.judged else ""
        print(f"  {result.scenario.title:48} {result.mean:6.1f} calls/s, peak {result.ratio(seconds):5.2f}  {verdict}")
        missed |= over
    return missed


def picture(result: Result) -> str:
    """Return the scenario's picture: calls per second, their mean, and the limit of those that are judged."""
    rules = [Rule(result.mean, f"mean {result.mean:.0f}", GREY)]
    if result.scenario.judged:
        rules.append(Rule(LIMIT * result.mean, f"{LIMIT} x mean {LIMIT * result.mean:.0f}", RED))
    return plot(result.scenario.title, result.rates(BIN), BIN, rules, result.peak(BIN))


def written(results: Sequence[Result]) -> None:
    """Write the page and a picture for each scenario."""
    (DOCS / "fleet").mkdir(exist_ok=True)
    for result in results:
        (DOCS / "fleet" / f"{result.scenario.name}.svg").write_text(picture(result), encoding="utf-8")
    (DOCS / "fleet.md").write_text(page(results), encoding="utf-8")


def main(arguments: Sequence[str] | None = None) -> int:
    """Simulate, and write or check. Return 1 where a peak is too high."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; play only what is judged")
    parser.add_argument("--small", action="store_true", help="the fleet that the tests play, in bins of a minute")
    options = parser.parse_args(arguments)
    if options.small:
        return int(judged(small_fleet(), SMALL_BIN))
    print(f"fleet: {PODS} pods, an interval of {INTERVAL:g} s, {SECONDS / 3600:g} h, bins of {BIN} s")
    results = [simulated(scenario) for scenario in SCENARIOS if scenario.judged or not options.check]
    if not options.check:
        written(results)
    return int(judged(results, BIN))


if __name__ == "__main__":
    sys.exit(main())
