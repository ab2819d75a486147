"""The last link: will the pod's other processes, as /proc shows them, get the credentials that this one got? Pure."""

from collections.abc import Callable, Iterable, Mapping

from sidecar import faults
from sidecar.arns import parse_role_arn
from sidecar.check import check
from sidecar.checks.differing import REGION, ROLE, TOKEN_FILE, essential, secondary
from sidecar.checks.shadowing import CONTAINERS, DOCUMENTED, shadow_of
from sidecar.checks.token_file import unreadable
from sidecar.facts import Neighbour, Neighbours, Sdk, Settings, TokenFile
from sidecar.model import Absent, Fail, Failed, Pass, Severity, Skip, Verdict
from sidecar.partitions import COMMERCIAL
from sidecar.permissions import may_read
from sidecar.sdks import GLOBAL, ways

_SHOWN = 3

_Judge = Callable[[Neighbour], Fail | str | None]
"""Judges one neighbour: a fault, what is right about it, or None where the question is not its own."""


@check("workload.token_readable")
def token_readable(neighbours: Neighbours) -> Verdict:
    """Can the other processes of the pod read the token file that their environment names?"""
    return _judged(neighbours, _token_file, "names a token file that this container may look at")


@check("workload.environment")
def environment(neighbours: Neighbours, settings: Settings) -> Verdict:
    """Do the other processes of the pod have the AWS settings that this container has?"""
    if not (settings.role_arn and settings.token_file):
        return Skip("this container has no role and token file to compare theirs with")
    return _judged(neighbours, lambda one: _settings(one, settings), "has a variable of AWS or an SDK")


@check("workload.unshadowed")
def unshadowed(neighbours: Neighbours) -> Verdict:
    """Would the SDKs of the other processes use web identity before other credentials?"""
    return _judged(neighbours, _shadowed, "has web identity's settings")


@check("workload.region")
def region(neighbours: Neighbours) -> Verdict:
    """Do the SDKs of the other processes find a region?"""
    return _judged(neighbours, _region, "has a variable of AWS or an SDK")


def _judged(neighbours: Neighbours, judge: _Judge, concerned: str) -> Verdict:
    """Judge each of them: the worst is told, with the names of the others like it."""
    judged = [(one, verdict) for one in neighbours.all if (verdict := judge(one)) is not None]
    failed = [(one, verdict) for one, verdict in judged if isinstance(verdict, Fail)]
    failed.sort(key=lambda found: _severity(found[1]) is not Severity.ERROR)  # stable: else in the order of PIDs
    if failed:
        one, worst = failed[0]
        also = {"also": ", ".join(other.title for other, _ in failed[1 : _SHOWN + 1])} if failed[1:] else {}
        return worst._replace(evidence={"process": one.title, **worst.evidence, **also})
    if judged:
        return Pass("; ".join(f"{one.title}: {verdict}" for one, verdict in judged[:_SHOWN]))
    return Skip(_unjudged(neighbours, concerned))


def _severity(fail: Fail) -> Severity:
    return fail.severity or fail.fault.severity


def _unjudged(neighbours: Neighbours, concerned: str) -> str:
    passed_over = "; ".join(neighbours.passed_over[:_SHOWN])
    if neighbours.all:
        return f"no other process {concerned}" + (f" ({passed_over})" if passed_over else "")
    return f"no other process can be looked at: {passed_over}" if passed_over else "the pod has no other process"


# ------------------------------------------------------------------------------------------------------ the token file


def _token_file(one: Neighbour) -> Fail | str | None:
    found = one.token_file
    if isinstance(found, Absent):
        return None
    path = (one.variables or {}).get(TOKEN_FILE, "PATH")
    if isinstance(found, Failed):
        fault = faults.TOKEN_FILE_MISSING if found.kind == "missing" else faults.TOKEN_FILE_UNREADABLE
        return Fail(fault, {"path": path, "source": TOKEN_FILE, "found": found.why})
    return _readable(one, found)


def _readable(one: Neighbour, found: TokenFile) -> Fail | str:
    refused = may_read(found.readers, one.process)
    if refused is None:
        return f"user {one.process.uid} may"
    return unreadable(found, one.process, refused)


# -------------------------------------------------------------------------------------------------------- the settings


def _settings(one: Neighbour, settings: Settings) -> Fail | str | None:
    if one.variables is None or not (one.variables or one.sdks):
        return None
    found = essential(one, settings)
    if not found:
        found = secondary(one, settings)
        return _differs(found, one.variables, Severity.WARNING) if found else "as here"
    instead = next((name for name in CONTAINERS if name in one.variables), None)
    if instead and not one.variables.keys() & {ROLE, TOKEN_FILE}:
        # It is given credentials, though not by web identity.
        return _differs((*found, f"{instead} is set instead"), one.variables, Severity.WARNING)
    return _differs(found, one.variables)


def _differs(found: tuple[str, ...], theirs: Mapping[str, str], severity: Severity | None = None) -> Fail:
    names = [words.partition(" ")[0] for words in found]
    setting = next((name for name in names if name in theirs), names[0])
    return Fail(faults.WORKLOAD_ENV_DIFFERS, {"found": "; ".join(found), "setting": f"{setting}-"}, severity)


# -------------------------------------------------------------------------------------------------- other credentials


def _shadowed(one: Neighbour) -> Fail | str | None:
    if one.variables is None or not one.variables.keys() >= {ROLE, TOKEN_FILE}:
        return None
    sdks = one.sdks or DOCUMENTED
    shadows = {sdk: shadow for sdk in sdks if (shadow := shadow_of(sdk, one))}
    if not shadows:
        return f"by {_sdks(sdks)}" if one.sdks else "by whatever SDK it has"
    found = next(iter(shadows.values()))._asdict()
    if one.sdks:
        return Fail(faults.SHADOWED_CREDENTIALS, {"by": _sdks(shadows), **found})
    others = [sdk for sdk in DOCUMENTED if sdk not in shadows]
    by = f"every SDK but {_sdks(others)}" if len(others) < len(shadows) else _sdks(shadows)
    evidence = {"by": by if others else "every SDK", **found, "sdk": "which one it has is not known"}
    return Fail(faults.SHADOWED_CREDENTIALS, evidence, Severity.WARNING if others else None)


def _sdks(sdks: Iterable[Sdk]) -> str:
    return ", ".join(dict.fromkeys(map(_sdk, sdks)))


def _sdk(sdk: Sdk) -> str:
    return f"{sdk.name} {sdk.version}" if sdk.version else sdk.name


# ---------------------------------------------------------------------------------------------------------- the region


def _region(one: Neighbour) -> Fail | str | None:
    if one.variables is None or not (one.variables or one.sdks):
        return None
    if one.profile and one.profile.region:
        return "from its profile"
    present = [name for name in REGION if name in one.variables]
    without = [sdk for sdk in one.sdks if not any(name in one.variables for name in ways(sdk).region)]
    if without:
        return _without_region(without, one.variables)
    if one.sdks or len(present) == len(REGION):
        return " and ".join(present)
    missing = " and ".join(name for name in REGION if name not in present)
    return Fail(faults.REGION_MISSING, {"missing": missing, "by": "SDKs that read no other variable"})


def _without_region(sdks: list[Sdk], variables: Mapping[str, str]) -> Fail:
    """Return what becomes of SDKs that find no region, the worst of them first (FACTS D16, D17).

    A program may name one in its code, which nobody sees: an error only where there is no global endpoint either.
    """
    role = parse_role_arn(variables.get(ROLE, ""))
    elsewhere = role is not None and role.partition != COMMERCIAL
    failing = [sdk for sdk in sdks if ways(sdk).without.fails or (elsewhere and ways(sdk).without == GLOBAL)]
    worst = (failing or sdks)[0]
    does = "it fails" if failing else f"it asks {ways(worst).without.instead or 'whatever its version does'}"
    evidence = {
        "missing": " or ".join(ways(worst).region),
        "by": _sdk(worst),
        "without": f"{does}, unless its code names a region",
    }
    return Fail(faults.REGION_MISSING, evidence, Severity.ERROR if failing and elsewhere else None)
