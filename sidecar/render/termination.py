"""The termination message: what `kubectl describe pod` shows of a check that has ended. Pure.

Kubernetes keeps 4096 bytes of it. What does not fit is left out by lines, the evidence first: the fix and
its first command are what a person needs there.
"""

from sidecar.model import Report, RootCause, Status
from sidecar.render.conclusion import concluded, judged, more_of, named, seen
from sidecar.render.remedy import commands, fill

_LIMIT = 4096
_HEAD_LIMIT = 1000
_FIX_LIMIT = 1500
_NOTE = "(lines left out: {lines}; the container's log has them)"
# Ranks: what is kept first.
_HEAD, _FIX, _COMMAND, _MORE, _EVIDENCE = range(5)


def termination(report: Report) -> str:
    """Return at most 4096 bytes of UTF-8, without a line break at the end."""
    if report.root_cause is not None:
        return _fitted(_cause(report.root_cause))
    return _fitted([(_HEAD, _cut(concluded(report), _HEAD_LIMIT)), *_warnings(report)])


def _warnings(report: Report) -> list[tuple[int, str]]:
    return [
        (_MORE, f"warning: {judged(result, result.fault)}")
        for result in report.results
        if result.status is Status.WARN and result.fault is not None
    ]


def _cause(cause: RootCause) -> list[tuple[int, str]]:
    fix = f"Fix: {fill(cause.fault.remedy, cause.evidence)}"
    lines = [(_HEAD, _cut(named(cause.fault, cause.evidence), _HEAD_LIMIT))]
    lines += [(_EVIDENCE, f"{name}: {value}") for name, value in seen(cause.fault, cause.evidence).items()]
    lines += [(_FIX, _cut(fix, _FIX_LIMIT))]
    lines += [(_COMMAND, f"  {command}") for command in commands(cause.fault, cause.evidence)]
    if cause.also_possible:
        lines += [(_MORE, f"Also possible: {', '.join(cause.also_possible)}")]
    return [*lines, (_MORE, f"See {more_of(cause.fault)}")]


def _fitted(lines: list[tuple[int, str]]) -> str:
    """Keep what fits, by rank and then in the order written; a line is kept whole or not at all."""
    whole = "\n".join(line for _, line in lines)
    if len(whole.encode()) <= _LIMIT:
        return whole
    left = _LIMIT - len(_NOTE.format(lines=len(lines)))
    kept = set()
    for place in sorted(range(len(lines)), key=lambda place: lines[place][0]):
        size = len(lines[place][1].encode()) + 1
        if size <= left:
            kept.add(place)
            left -= size
    shown = [lines[place][1] for place in sorted(kept)]
    return "\n".join([*shown, _NOTE.format(lines=len(lines) - len(shown))])


def _cut(text: str, limit: int) -> str:
    """Cut text to a number of bytes, never within a character."""
    data = text.encode()
    return text if len(data) <= limit else data[: limit - 3].decode(errors="ignore") + "..."
