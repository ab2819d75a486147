"""The words and tables of docs/fleet.md. What needs no large simulation is a function of its own, for the tests."""

from collections.abc import Iterable, Sequence
from pathlib import Path

from fleet_model import HEALTHY_RUN, INTERVAL, NODE, PODS, SCENARIOS, SECONDS, SEED, STS_SILENT, Result, simulated

from sidecar.schedule import BURST, FIRST_RETRY, JITTER, ROUTINE, SETTLING, most

SMALL_PODS, SMALL_SECONDS, SMALL_BIN = 2000, 5400, 60
QUOTA = 600
"""Signed STS calls per second, account and region, by AWS' documentation."""

LEAST_SHARE = 0.1  # per cent

FLEETS = (500, 2000, 5000, 10_000, 20_000, 50_000)
INTERVALS = {"1m": 60, "5m": 300, "10m": 600, "15m": 900, "30m": 1800, "1h": 3600}
RESTARTS, LONGEST_RESTART = (0, 10, 20, 40, 80, 160), 300
"""Seconds that the kubelet waits before each restart of a container; after these always the longest."""

TEXT = Path(__file__).with_name("fleet.txt")


def page(results: Sequence[Result]) -> str:
    """Return docs/fleet.md."""
    return TEXT.read_text(encoding="utf-8").format(
        constants=constants(),
        results=results_table(results),
        pictures="\n\n".join(_picture(result) for result in results),
        small=results_table(small_fleet(), SMALL_BIN),
        small_pods=f"{SMALL_PODS:,}",
        small_minutes=SMALL_SECONDS // 60,
        first=f"{results[0].calls[0]:,}",
        interval=f"{INTERVAL:g}",
        pods=f"{PODS:,}",
        hours=SECONDS // 3600,
        seed=SEED,
        node=NODE,
        healthy=HEALTHY_RUN,
        silent=STS_SILENT,
        quota=QUOTA,
        intervals=intervals(),
        bounds=bounds(),
        restarts=restarts(),
        at_once=int(most(INTERVAL, 0)),
        burst=BURST,
    )


def _picture(result: Result) -> str:
    return f"### {result.scenario.title}\n\n![{result.scenario.title}](fleet/{result.scenario.name}.svg)"


def small_fleet() -> list[Result]:
    """Play every scenario with the fleet that the tests can afford."""
    return [simulated(scenario, SMALL_PODS, SMALL_SECONDS) for scenario in SCENARIOS]


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table; the first column is text, the others are numbers."""
    lines = [head, ["---", *["--:"] * (len(head) - 1)], *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def constants() -> str:
    """Return the numbers of sidecar/schedule.py."""
    named = {"JITTER": JITTER, "BURST": BURST, "FIRST_RETRY": FIRST_RETRY, "SETTLING": SETTLING, "ROUTINE": ROUTINE}
    return table(("in sidecar/schedule.py", "value"), [(f"`{name}`", f"{value:g}") for name, value in named.items()])


def results_table(results: Iterable[Result], *bins: int) -> str:
    """Return mean and peaks, in calls per second, and their ratios."""
    bins = bins or (10, 1)
    heads = [head for seconds in bins for head in (f"peak, {seconds} s", f"ratio, {seconds} s")]
    return table(["scenario", "mean", *heads], [_result(result, bins) for result in results])


def _result(result: Result, bins: Iterable[int]) -> list[str]:
    measured = [text for seconds in bins for text in (f"{result.peak(seconds):.1f}", f"{result.ratio(seconds):.2f}")]
    return [f"{result.scenario.title}{' (held)' if result.scenario.judged else ''}", f"{result.mean:.1f}", *measured]


def intervals() -> str:
    """Return calls per second and the share of the quota, by the size of the fleet and the interval."""
    rows = [[f"{pods:,}", *(_load(pods, seconds) for seconds in INTERVALS.values())] for pods in FLEETS]
    return table(["pods", *(f"`{interval}`" for interval in INTERVALS)], rows)


def _load(pods: int, seconds: int) -> str:
    share = 100 * pods / seconds / QUOTA
    return f"{2 * pods / seconds:.1f} ({f'{share:.1f}' if share >= LEAST_SHARE else f'< {LEAST_SHARE}'} %)"


def bounds() -> str:
    """Return what a pod makes at the very most, and when nothing happens."""
    spans = {"at once": 0, "in an hour": 3600, "in a day": 86400}
    rows = [(words, f"{_usual(span)}", str(int(most(INTERVAL, span)))) for words, span in spans.items()]
    return table(("runs of a pod", "when nothing happens", "at the very most"), rows)


def _usual(span: int) -> int:
    return max(1, int(span / INTERVAL))


def restarts() -> str:
    """Return how often a container starts that always ends at once."""
    rows = [("in the first hour", str(starts(3600))), ("in each hour after it", str(3600 // LONGEST_RESTART))]
    return table(("starts, each with one run", "times"), rows)


def starts(seconds: float) -> int:
    """Return how often a container starts within so many seconds when it ends at once each time."""
    return 1 + len(RESTARTS) + int((seconds - sum(RESTARTS)) // LONGEST_RESTART)
