"""What ends some day, against now: token, credentials, certificate; and the clock that all of it is judged by. Pure."""

import math
from typing import NamedTuple

from sidecar.model import Measurements, Report
from sidecar.render.page.markup import NOTHING, Markup, block, element, joined
from sidecar.render.page.words import MINUTE, ago, clock, moment, number, pairs, span
from sidecar.render.remedy import plain

_MONTH = 30 * 86400.0


class _Lifetime(NamedTuple):
    """What begins and ends; ``since`` says what its beginning is, ``form`` is that of both times.

    Times are seconds since the epoch.
    """

    name: str
    begins: float | None
    since: str
    ends: float | None
    form: str = "%Y-%m-%d %H:%M"


def lifetimes(report: Report, now: float) -> Markup:
    """Return how long token, credentials and certificate last, and the clock; nothing where nothing was measured."""
    measured = report.measurements
    bars = [_bar(one, one.ends, now) for one in _lives(report) if one.ends is not None]
    noted = _noted(measured, now)
    if not bars and not noted:
        return NOTHING
    return block(
        "section",
        element("h2", "Lifetimes and clock", id="lifetimes"),
        *bars,
        pairs(noted),
        class_="panel",
        aria_labelledby="lifetimes",
    )


def identity(report: Report) -> Markup:
    """Return who the pod says it is, and who STS says it is; nothing where neither is known."""
    who = report.identity
    known = {
        "role": who.role_arn,
        "assumed as": who.assumed_role_arn,
        "issuer": who.issuer,
        "subject": who.subject,
        "audience": ", ".join(who.audience) or None,
    }
    told = {name: plain(value) for name, value in known.items() if value is not None}
    if not told:
        return NOTHING
    heading = element("h2", "This pod", id="identity")
    return block("section", heading, pairs(told), class_="panel", aria_labelledby="identity")


def _lives(report: Report) -> tuple[_Lifetime, ...]:
    measured, expiry = report.measurements, report.measurements.issuer_certificate_expiry
    return (
        _Lifetime("Token", measured.token_issued, "issued", measured.token_expiry),
        _Lifetime("Credentials", report.started.timestamp(), "given", measured.credentials_expiry),
        # When it began is not measured: what counts is the month in which it is to be renewed.
        _Lifetime("Certificate", expiry and expiry - _MONTH, "last 30 days from", expiry, "%Y-%m-%d"),
    )


def _bar(life: _Lifetime, ends: float, now: float) -> Markup:
    return block(
        "div",
        element("h3", life.name),
        element("p", _words(life.name, ends, now), class_="words"),
        *([] if life.begins is None else _drawn(life, life.begins, ends, now)),
        class_="life over" if ends <= now else "life",
    )


def _words(name: str, ends: float, now: float) -> str:
    if moment(ends) is None:
        return "no end that a calendar holds"
    if ends <= now:
        return f"expired {ago(ends, now)}"
    return f"{'expire' if name.endswith('s') else 'expires'} in {span(ends - now)}"


def _drawn(life: _Lifetime, begins: float, ends: float, now: float) -> list[Markup]:
    """Draw what is gone, now, and what is left; the words beside it say all of it, too."""
    if moment(begins) is None or moment(ends) is None or begins >= ends:
        return []
    gone = min(max((now - begins) / (ends - begins), 0.0), 1.0) * 100
    bar = element(
        "svg",
        element("rect", class_="whole-life", y="4", width="100%", height="6", rx="3"),
        element("rect", class_="left", x=f"{gone:.1f}%", y="4", width=f"{100 - gone:.1f}%", height="6", rx="3"),
        # The bar's own width keeps it within. What has not begun has no place for it.
        element("rect", class_="now", x=f"{gone * 0.99:.1f}%", width="3", height="14", rx="1.5")
        if begins <= now
        else NOTHING,
        width="100%",
        height="14",
        aria_hidden="true",
    )
    from_when = element("span", f"{life.since} ", clock(begins, life.form))
    until = element("span", "until ", clock(ends, life.form))
    return [bar, element("p", from_when, " ", until, class_="ends")]


def _noted(measured: Measurements, now: float) -> dict[str, str]:
    noted: dict[str, str] = {}
    skew, written = measured.clock_skew_seconds, measured.token_file_modified
    if skew is not None and math.isfinite(skew):
        noted["clock"] = _skew(skew)
    if written is not None and moment(written) is not None:
        noted["token file"] = joined("written ", clock(written), f", {ago(written, now)}")
    if measured.jwks_keys is not None:
        noted["issuer"] = f"publishes {number(measured.jwks_keys, 'key')}"
    return noted


def _skew(seconds: float) -> str:
    size = abs(seconds)
    if round(size, 1) == 0:
        return "this pod's agrees with STS's"
    told = f"{size:.1f} s" if size < MINUTE else span(size)
    return f"this pod's is {told} {'ahead of' if seconds > 0 else 'behind'} STS's"
