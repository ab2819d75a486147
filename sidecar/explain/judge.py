"""What one event of a log shows: wordings, refusals, failed connections, each judged in its company. Pure."""

import re
from collections.abc import Iterator
from typing import NamedTuple

from sidecar import faults
from sidecar.answers import ANSWERS, company, network, sdk
from sidecar.explain.ranks import RANKS, consequence
from sidecar.explain.unwrap import Unwrapped
from sidecar.model import Fault

_NEAR = 500  # characters around a wording in which its company is looked for
_FAR = 1500  # characters between a failure and the host it is about
_ANOTHER_PART = 150  # what a line's end adds to a distance
_AT_WORK = 300  # what is added to the distance of an operation: a host that is named says more
_OFTEN = 40  # sightings of one wording in one event: more say nothing new


class Sighting(NamedTuple):
    """A fault that a text shows, and where."""

    fault: Fault
    position: int


_HIDDEN = (faults.WEBIDENTITY_FAILED_UNKNOWN, faults.CREDENTIALS_TIMEOUT)  # no news where the cause is known


def judge(event: Unwrapped) -> tuple[Sighting, ...]:
    """Return what an event shows, the likeliest cause first."""
    seen = [*_answers(event), *_wordings(event), *_failures(event)]
    nodes = [one.position for one in seen if one.fault is faults.NODE_ROLE_FALLBACK]
    seen = [one for one in seen if one.fault is not faults.PERMISSIONS_POLICY_DENIED or not _is_near(one, nodes)]
    kept = {sighting for sighting in seen if not _vetoed(event, sighting)}
    if all(consequence(sighting.fault) for sighting in kept):
        kept |= {sighting for sighting in _unknown(event) if not _vetoed(event, sighting)}
    if not all(consequence(sighting.fault) for sighting in kept):
        kept = {sighting for sighting in kept if sighting.fault not in _HIDDEN}
    return tuple(sorted(kept, key=lambda sighting: (RANKS[sighting.fault.name], sighting.position)))


def _is_near(sighting: Sighting, positions: list[int]) -> bool:
    """Whether it is seen where something else is, that says it better."""
    return any(abs(sighting.position - position) < _NEAR for position in positions)


# ------------------------------------------------------------------------------------------------ STS's own answers

_STSISH = re.compile(
    r"invalididentitytoken|\bsts\b|web.?identity|assume_?role|assume role|securitytoken|oidc|<errorresponse"
)
_OF_STS = frozenset({company.WEB, company.ASSUME, company.CALLER})


def _answers(event: Unwrapped) -> Iterator[Sighting]:
    for row in ANSWERS:
        if row.words is not None:
            for match in _all(row.words, event.low):
                if row.telling or _STSISH.search(_around(event, match.start(), _NEAR)):
                    yield Sighting(row.fault, match.start())
        else:
            yield from _by_code(event, row.codes, row.fault)
    for match in _all(re.compile(r"(?<!file\.)\baccessdenied(?:exception)?\b(?!: s3a?://)"), event.low):
        if _owner(event, match.start()) == company.WEB:
            words = _around(event, match.start(), 200)
            if "not authorized to perform:" not in words and "access denied" not in words:
                yield Sighting(faults.TRUST_POLICY_DENIED, match.start())


def _by_code(event: Unwrapped, codes: frozenset[str], fault: Fault) -> Iterator[Sighting]:
    pattern = re.compile(rf"\b(?:{'|'.join(codes)})\b".lower())
    for match in _all(pattern, event.low):
        quoted = event.low[match.start() - 1 : match.start()] == "`"
        stated = None if quoted else _stated(event, match.start(), fault)
        if stated is not None:
            yield Sighting(stated, match.start())


def _stated(event: Unwrapped, position: int, fault: Fault) -> Fault | None:
    """Return what a code says in the company it stands in: of several services only STS's counts."""
    owner, near = _owner(event, position), _around(event, position, 200)
    if fault is faults.TOKEN_EXPIRED:
        if owner == company.WEB and "included in the request" not in near:
            return fault
        of_session = owner in _OF_STS and "token expired: current" not in near
        return faults.SESSION_CREDENTIALS_EXPIRED if of_session else None
    if fault is faults.REQUEST_INVALID:
        more_is_said = re.search(r"durationseconds exceeds|request arn is", near)
        return fault if owner in _OF_STS and not more_is_said else None
    return fault if owner in _OF_STS or (owner is None and fault in _UNIQUE) else None


_UNIQUE = (faults.IDP_COMMUNICATION, faults.IDP_REJECTED_CLAIM, faults.PACKED_POLICY_TOO_LARGE, faults.REGION_DISABLED)


_REFUSED = (
    re.compile(r"an error occurred \((?P<code>\w+)\) when calling the (?:assumerole\w*|getcalleridentity) operation"),
    re.compile(
        r"operation error sts: (?!assumerolewithsaml)\w+, .{0,200}?"
        r"requestid: [\w-]*, (?:api error )?(?P<code>[a-z]\w+): "
    ),
    re.compile(
        r"credential-provider-web-identity.{0,600}?\bcode: '(?!e[a-z]+'|err_|cert|self_|unable_|depth_)(?P<code>\w+)'"
    ),
    re.compile(r"stsexception: .{0,200}?\(service: sts, status code: (?P<code>4\d\d)\b"),
    re.compile(r"webidentityerr: .{0,120}?caused by: (?P<code>\w+): .{0,300}?status code: [45]\d\d"),
    re.compile(r"\(service: (?:awssecuritytokenservice|sts)[;,] .{0,40}?error code: (?P<code>\w+)"),
    re.compile(r"doc/2011-06-15.{0,120}?<code> ?(?P<code>\w+) ?</code>"),
    re.compile(r"aws::sts::errors::(?P<code>\w+)"),
    re.compile(r"error executing \"assumerolewithwebidentity\".{0,800}? (?P<code>\w+) \((?:client|server)\)"),
)
_NO_CODE = frozenset({"requesterror", "requestcanceled", "serializationerror", "unknownerror", "null", "403", "error"})


def _unknown(event: Unwrapped) -> Iterator[Sighting]:
    for pattern in _REFUSED:
        for match in _all(pattern, event.low):
            if match["code"] not in _NO_CODE:
                yield Sighting(faults.STS_REFUSED_UNKNOWN, match.start())


def _owner(event: Unwrapped, position: int) -> str | None:
    """Return whose code it is: the operation that is named nearest."""
    best, least = None, _NEAR
    start = max(0, position - _NEAR)
    for match in company.OPERATIONS.finditer(event.low, start, position + _NEAR):
        distance = _distance(event, position, match)
        if distance < least:
            best, least = match.lastgroup, distance
    return best


# --------------------------------------------------------------------------------------------------- SDKs' wordings

_HOP = re.compile(
    "|".join(pattern.pattern for whose, pattern in network.HOSTS if whose in {network.IMDS, network.POD_IDENTITY})
)


def _wordings(event: Unwrapped) -> Iterator[Sighting]:
    for fault, words, near in sdk.WORDINGS:
        for match in _all(words, event.low):
            around = _around(event, match.start(), _NEAR)
            fits = near is None or near.search(around) or (event.of_aws and near is sdk.NEAR_AWS)
            if fits and not _elsewhere(event, fault, match):
                yield Sighting(fault, match.start())


_POD_IDENTITYS = re.compile(r"pods\.eks|pod-identity")
_GONE = re.compile(r"no such file or directory|\benoent\b|does not exist|os error 2\b")
_TOKEN_FILES = (faults.TOKEN_FILE_MISSING, faults.TOKEN_FILE_UNREADABLE, faults.TOKEN_EMPTY)


def _elsewhere(event: Unwrapped, fault: Fault, match: re.Match[str]) -> bool:
    """Whether what is near says that the wording is about another thing, which has its own fault."""
    near = _around(event, match.start(), 200)
    if fault is faults.CREDENTIALS_TIMEOUT:
        return bool(_HOP.search(near))
    if fault is faults.TOKEN_FILE_UNREADABLE and _GONE.search(event.low, match.end(), match.end() + 160):
        return True
    return fault in _TOKEN_FILES and bool(_POD_IDENTITYS.search(near))


# ------------------------------------------------------------------------------------------------ failed connections


_ISSUERS = re.compile(
    sdk.NEAR_AWS.pattern + "|failed to fetch certificates|tls_certificate|thumbprint|connecting to issuer oidc"
)


def _failures(event: Unwrapped) -> Iterator[Sighting]:
    found: list[tuple[int, int, str]] = []
    for order, (kind, words) in enumerate(network.FAILURES.items()):
        found += [(match.start(), order, kind) for match in _all(words, event.low)]
    if not found:
        return
    targets = _targets(event)
    best: dict[str, tuple[int, int, str]] = {}
    for position, order, kind in found:
        whose = _nearest(event, position, targets, kind)
        if whose is not None and (whose not in best or (order, position) < best[whose][:2]):
            best[whose] = (order, position, kind)
    for whose, (_, position, kind) in best.items():
        fault = _failed(event, position, whose, kind)
        if fault is not None:
            yield Sighting(fault, position)


def _failed(event: Unwrapped, position: int, whose: str, kind: str) -> Fault | None:
    """Return the fault that a failed connection to such a host is; an issuer counts in AWS's company only."""
    if whose in {network.ISSUER, network.KEYS} and not _ISSUERS.search(_around(event, position, _NEAR)):
        return None
    fault = network.FAULTS.get((whose, kind))
    if fault is faults.ISSUER_CERTIFICATE_UNTRUSTED and "has expired" in _around(event, position, 200):
        return faults.ISSUER_CERTIFICATE_EXPIRED
    return fault


def _targets(event: Unwrapped) -> list[tuple[int, int, str, int]]:
    taken: list[tuple[int, int]] = []
    targets = []
    for whose, pattern in network.HOSTS:
        for match in _all(pattern, event.low):
            if not any(start < match.end() and match.start() < end for start, end in taken):
                taken.append(match.span())
                targets.append((match.start(), match.end(), whose, 0))
    targets += [(m.start(), m.end(), network.STS, _AT_WORK) for m in _all(network.STS_AT_WORK, event.low)]
    return targets


def _nearest(event: Unwrapped, position: int, targets: list[tuple[int, int, str, int]], kind: str) -> str | None:
    best, least = None, _FAR
    for start, end, whose, handicap in targets:
        gap = position - end if end <= position else max(0, start - position)
        gap += handicap
        if event.part(start) != event.part(position):
            gap += _ANOTHER_PART
        if kind == network.PROXY and whose == network.OTHER:
            continue
        if gap < least:
            best, least = whose, gap
    return best


# ---------------------------------------------------------------------------------------------------------- company

_VAGUE = frozenset({
    fault.name
    for fault in (
        faults.NO_CREDENTIALS_IN_CHAIN, faults.TOKEN_FILE_MISSING, faults.TOKEN_FILE_UNREADABLE,
        faults.PERMISSIONS_POLICY_DENIED, faults.CREDENTIALS_TIMEOUT, faults.IMDS_UNREACHABLE, faults.REGION_MISSING,
        faults.SESSION_CREDENTIALS_EXPIRED, faults.ISSUER_UNREACHABLE, faults.ISSUER_CERTIFICATE_UNTRUSTED,
        faults.AWS_PROFILE_INVALID, faults.TOKEN_EMPTY, faults.REGION_INVALID,
    )
})  # fmt: skip


def _vetoed(event: Unwrapped, sighting: Sighting) -> bool:
    near = _around(event, sighting.position, 300)
    if company.NOT_AWS.search(near) or _owner(event, sighting.position) == company.SAML:
        return True
    if sighting.fault is faults.STS_REFUSED_UNKNOWN and "saml" in near:
        return True
    if sighting.fault in _TOKEN_FILES and _WEB_IDENTITYS.search(near):
        return False
    return sighting.fault.name in _VAGUE and bool(company.OTHERS_CREDENTIALS.search(near))


_WEB_IDENTITYS = re.compile(r"web_?identity|jwt from provide|tokenfile")


def _around(event: Unwrapped, position: int, reach: int) -> str:
    return event.low[max(0, position - reach) : position + reach]


def _distance(event: Unwrapped, position: int, match: re.Match[str]) -> int:
    gap = position - match.end() if match.end() <= position else max(0, match.start() - position)
    return gap + (_ANOTHER_PART if event.part(match.start()) != event.part(position) else 0)


def _all(pattern: re.Pattern[str], text: str) -> Iterator[re.Match[str]]:
    for count, match in enumerate(pattern.finditer(text)):
        if count == _OFTEN:
            return
        yield match
