"""The report for people, as `kubectl logs` shows it: the last lines are what matters. Pure.

Never wrapped: commands, so that they can be copied, and the last line, so that it can be grepped for.
Nothing from the world reaches the output but through `plain`.
"""

from collections.abc import Callable, Mapping
from datetime import UTC
from itertools import groupby
from textwrap import wrap

from sidecar.facts import ONLY_SCANNED
from sidecar.model import Fault, Report, Result, RootCause, Severity, Status
from sidecar.render.conclusion import concluded, judged, more_of, named, others, seen
from sidecar.render.remedy import commands, fill, plain

_WIDTH = 100
_NARROWEST = 40
# Words in ASCII and not signs: they survive every log pipeline and font, need no legend at 3 a.m., can be
# grepped for (`grep -F '[FAIL]'`), and tell the five apart without colour. Only what is broken is in capitals.
_MARKS = {
    Status.PASS: "[ok]",
    Status.WARN: "[warn]",
    Status.FAIL: "[FAIL]",
    Status.SKIP: "[skip]",
    Status.CRASH: "[CRASH]",
}
_COLOURS = {Status.PASS: "32", Status.WARN: "33", Status.FAIL: "1;31", Status.SKIP: "2", Status.CRASH: "1;35"}
_BOLD = "1"
_MARK_WIDTH = max(map(len, _MARKS.values()))

Paint = Callable[[str, str], str]


def text(report: Report, *, colour: bool) -> str:
    """Return the whole report: every check, every fault with its fix, the root cause, one last line."""
    paint = _painter(colour=colour)
    blocks = [
        _head(report),
        *_links(report, paint),
        *_others(report, paint),
        *_ending(report, paint),
    ]
    return _joined(blocks)


def short(report: Report, *, colour: bool) -> str:
    """Return what is not `pass`, with checks skipped for one reason on one line, the root cause, one last line."""
    paint = _painter(colour=colour)
    found = [result for result in report.results if result.status not in {Status.PASS, Status.SKIP}]
    lines = [line for result in found for line in _line(result, _name_width(found), paint)]
    return _joined([lines + _skipped(report, paint), *_ending(report, paint)])


def cause_text(cause: RootCause) -> str:
    """Return what belongs below a root cause's title: evidence, fix, commands, what else it may be."""
    return _joined([_proof(cause), *_mending(cause)])


def _painter(*, colour: bool) -> Paint:
    return (lambda style, text: f"\x1b[{style}m{text}\x1b[0m") if colour else (lambda _, text: text)


def _joined(blocks: list[list[str]]) -> str:
    return "\n\n".join("\n".join(block) for block in blocks if block)


def _head(report: Report) -> list[str]:
    identity = report.identity
    known = {
        "role": identity.role_arn,
        "issuer": identity.issuer,
        "subject": identity.subject,
        "audience": ", ".join(identity.audience) or None,
    }
    told = {name: plain(value) for name, value in known.items() if value is not None}
    return [f"irsa-doctor {report.version}, {report.started.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}", *_aligned(told)]


def _links(report: Report, paint: Paint) -> list[list[str]]:
    """One block for each link of the chain, as far as the results are in its order; of a scan what it is about."""
    shown = [result for result in report.results if not result.detail.endswith(ONLY_SCANNED)]
    width = _name_width(shown)
    return [
        [paint(_BOLD, link.replace("_", " ")), *(line for result in results for line in _line(result, width, paint))]
        for link, results in groupby(shown, lambda result: result.check.partition(".")[0])
    ]


def _name_width(results: tuple[Result, ...] | list[Result]) -> int:
    return max((len(result.check) for result in results), default=0)


def _line(result: Result, width: int, paint: Paint) -> list[str]:
    mark = _mark(result.status, paint)
    body = judged(result, result.fault) if result.fault else plain(result.detail)
    return _hung(f"{mark}{result.check:{width}}  ", _MARK_WIDTH + width + 5, body)


def _mark(status: Status, paint: Paint) -> str:
    mark = _MARKS[status]
    return f"  {paint(_COLOURS[status], mark)}{' ' * (_MARK_WIDTH - len(mark) + 1)}"


def _skipped(report: Report, paint: Paint) -> list[str]:
    reasons: dict[str, list[str]] = {}
    for result in report.results:
        if result.status is Status.SKIP:
            reasons.setdefault(plain(result.detail), []).append(result.check)
    mark = _mark(Status.SKIP, paint)
    return [
        line for why, checks in reasons.items() for line in _hung(mark, _MARK_WIDTH + 3, f"{', '.join(checks)}: {why}")
    ]


def _others(report: Report, paint: Paint) -> list[list[str]]:
    """One block for each fault that is not the root cause."""
    has_cause = report.root_cause is not None
    return [
        _other(result, fault, paint, mend_first=has_cause and result.status is Status.FAIL)
        for result, fault in others(report)
    ]


def _other(result: Result, fault: Fault, paint: Paint, *, mend_first: bool) -> list[str]:
    # Beside a root cause another error is often the same fault seen from elsewhere: STS's general answer beside
    # what explains it. Two fixes would send the reader two ways.
    fix = "mend the root cause below, then run again." if mend_first else fill(fault.remedy, result.evidence)
    word = "Warning" if result.status is Status.WARN else "Error"
    return [
        *_titled(word, judged(result, fault), _COLOURS[result.status], paint),
        *_aligned(seen(fault, result.evidence)),
        *_hung("  Fix: ", 7, fix),
    ]


def _ending(report: Report, paint: Paint) -> list[list[str]]:
    """The blocks of the root cause, and the last line."""
    blocks = _cause(report.root_cause, paint) if report.root_cause else []
    return [*blocks, [paint(_BOLD, _last(report))]]


def _cause(cause: RootCause, paint: Paint) -> list[list[str]]:
    style = _COLOURS[Status.FAIL if cause.severity is Severity.ERROR else Status.WARN]
    title = _titled("Root cause", named(cause.fault, cause.evidence), style, paint)
    return [[*title, *_proof(cause)], *_mending(cause)]


def _proof(cause: RootCause) -> list[str]:
    return _aligned({"check": cause.check, **seen(cause.fault, cause.evidence), "page": more_of(cause.fault)})


def _mending(cause: RootCause) -> list[list[str]]:
    also = ", ".join(cause.also_possible)
    return [
        _hung("Fix: ", 5, fill(cause.fault.remedy, cause.evidence)),
        [f"    {command}" for command in commands(cause.fault, cause.evidence)],
        _hung("Also possible: ", 15, also) if also else [],
    ]


def _last(report: Report) -> str:
    """``irsa-doctor: `` and ``healthy: ROLE``, ``unhealthy: CODE name`` or ``not healthy: why``."""
    notes = [f"{report.duration_seconds:.2f} s"]
    if report.root_cause is not None:
        conclusion = f"unhealthy: {report.root_cause.fault.code} {report.root_cause.fault.name}"
    else:
        conclusion = concluded(report)
        notes += _warned(report) if report.healthy else []
    return f"irsa-doctor: {conclusion} ({', '.join(notes)})"


def _warned(report: Report) -> list[str]:
    warnings = sum(result.status is Status.WARN for result in report.results)
    return [f"{warnings} warning{'s' * (warnings > 1)}"] if warnings else []


def _titled(word: str, title: str, style: str, paint: Paint) -> list[str]:
    first, *rest = _wrapped(f"{word}: {title}", _WIDTH - 4)
    return [paint(style, first), *(f"    {line}" for line in rest)]


def _aligned(pairs: Mapping[str, str]) -> list[str]:
    width = min(max(map(len, pairs), default=0), _NARROWEST)
    return [line for name, value in pairs.items() for line in _hung(f"  {name:{width}}  ", width + 4, value)]


def _hung(prefix: str, indent: int, body: str) -> list[str]:
    """Wrap the body behind the prefix and beneath it; a word that is too long, like an ARN, stays whole."""
    lines = _wrapped(body, max(_WIDTH - indent, _NARROWEST))
    return [f"{prefix}{lines[0]}".rstrip(), *(f"{' ' * indent}{line}" for line in lines[1:])]


def _wrapped(body: str, width: int) -> list[str]:
    return wrap(body, width, break_long_words=False, break_on_hyphens=False) or [""]
