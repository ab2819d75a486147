"""A rate over time as a small SVG, in colours that are legible on a dark page and on a light one."""

from collections.abc import Sequence
from typing import NamedTuple

WIDTH, HEIGHT = 760, 240
LEFT, RIGHT, TOP, BOTTOM = 52, 116, 26, 40
GREY, BLUE, RED = "#808893", "#3b82d6", "#d9534f"
STYLE = f'font-family="sans-serif" font-size="12" fill="{GREY}"'


class Rule(NamedTuple):
    """A level line and what is written at its end."""

    value: float
    words: str
    colour: str


class Frame(NamedTuple):
    """Where a second and a rate are in the picture; what is above the ``top`` is cut off there."""

    seconds: float
    top: float

    def x(self, second: float) -> float:
        """Return how far from the left a second is."""
        return LEFT + (WIDTH - LEFT - RIGHT) * second / self.seconds

    def y(self, rate: float) -> float:
        """Return how far down a rate is."""
        return HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * min(rate, self.top) / self.top


def plot(title: str, rates: Sequence[float], seconds: int, rules: Sequence[Rule], highest: float) -> str:
    """Return the picture of rates in bins of so many seconds, as high as ``highest`` and every rule need."""
    frame = Frame(len(rates) * seconds, 1.1 * max(highest, *(rule.value for rule in rules)))
    points = " ".join(f"{frame.x(at * seconds):.1f},{frame.y(rate):.1f}" for at, rate in enumerate(rates))
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" {STYLE}>',
        f"<title>{title}</title>",
        *(_levels(frame)),
        *(_hours(frame)),
        f'<polyline fill="none" stroke="{BLUE}" stroke-width="1" points="{points}"/>',
        *(_rule(frame, rule) for rule in rules),
        _text(LEFT, 14, "STS calls per second"),
        _text((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 4, "time in hours", "middle"),
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def _levels(frame: Frame) -> list[str]:
    step = next(step for step in (5, 10, 25, 50, 100, 250, 500, 1000) if frame.top / step <= 6)  # noqa: PLR2004 - lines
    levels = range(0, int(frame.top) + 1, step)
    return [
        line
        for level in levels
        for line in (
            f'<path d="M{LEFT} {frame.y(level):.1f}H{WIDTH - RIGHT}" stroke="{GREY}" stroke-opacity="0.3"/>',
            _text(LEFT - 6, frame.y(level) + 4, str(level), "end"),
        )
    ]


def _hours(frame: Frame) -> list[str]:
    halves = range(int(frame.seconds // 1800) + 1)
    return [_text(frame.x(half * 1800), HEIGHT - BOTTOM + 16, f"{half / 2:g}", "middle") for half in halves]


def _rule(frame: Frame, rule: Rule) -> str:
    y = frame.y(rule.value)
    line = f'<path d="M{LEFT} {y:.1f}H{WIDTH - RIGHT}" stroke="{rule.colour}" stroke-dasharray="5 3"/>'
    return f"{line}\n{_text(WIDTH - RIGHT + 6, y + 4, rule.words)}"


def _text(x: float, y: float, words: str, anchor: str = "start") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{words}</text>'
