"""The workload's SDKs: do they know how its pod gets credentials? Pure. What cannot be compared is not judged."""

from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import NamedTuple

from sidecar import faults, sdks
from sidecar.check import check
from sidecar.facts import Inventories, Inventory, Sdk
from sidecar.model import Fail, Pass, Severity, Skip, Verdict

_SHOWN = 6


class _Old(NamedTuple):
    sdk: Sdk
    minimum: str


@check("sdk.recent")
def recent(inventories: Inventories) -> Verdict:
    """Does the workload carry an AWS SDK that knows how its pod gets credentials?"""
    judged = [(inventory, _judged(inventory, pod_identity=inventories.pod_identity)) for inventory in inventories.of]
    old = {inventory.whose: found for inventory, (found, _) in judged if found}
    if not old:
        fine = [sdk for _, (_, found) in judged for sdk in found]
        return Pass(_listed(fine) + _unread(inventories)) if fine else Skip(_unjudged(inventories))
    # An image may carry a copy that nothing uses: only where there is no other of the same kind it is certain.
    certain = any(_all_of_a_kind(found, fine) for _, (found, fine) in judged)
    needed = sorted({f"{one.sdk.name} {one.minimum}" for found in old.values() for one in found})
    evidence = {
        "whose": ", ".join(old),
        "found": _listed([one.sdk for found in old.values() for one in found]),
        "needed": ", ".join(needed),
        "for": "EKS Pod Identity" if inventories.pod_identity else "web identity",
    }
    return Fail(faults.SDK_TOO_OLD, evidence, None if certain else Severity.WARNING)


@check("sdk.complete")
def complete(inventories: Inventories) -> Verdict:
    """Does the workload carry the module that its SDK needs for web identity?"""
    if inventories.pod_identity:
        return Skip("EKS Pod Identity needs no module")
    found = [(inventory, sdk) for inventory in inventories.of for sdk in inventory.sdks if sdks.ways(sdk).module]
    if not found:
        return Skip("no SDK was found that keeps web identity in a module of its own")
    lacking = [(inventory, sdk) for inventory, sdk in found if sdks.lacking(sdk)]
    if not lacking:
        return Pass(_listed([sdk for _, sdk in found], modules=True) + _unread(inventories))
    # A second application in the image may have what the first lacks: then nothing says which of them runs.
    kinds = {(inventory.whose, sdk.name) for inventory, sdk in lacking}
    whole = {(inventory.whose, sdk.name) for inventory, sdk in found if not sdks.lacking(sdk)}
    unread = any(inventory.unread for inventory, _ in lacking)
    evidence = {
        "whose": ", ".join(dict.fromkeys(inventory.whose for inventory, _ in lacking)),
        "found": _listed([sdk for _, sdk in lacking]),
        "missing": ", ".join(sorted({str(sdks.lacking(sdk)) for _, sdk in lacking})),
    }
    if unread:
        return Skip(f"{evidence['missing']} was not found, but not everything was looked at")
    return Fail(faults.SDK_MODULE_MISSING, evidence, None if kinds - whole else Severity.WARNING)


def _judged(inventory: Inventory, *, pod_identity: bool) -> tuple[list[_Old], list[Sdk]]:
    """Return the SDKs that are too old, and those that are not; those that cannot be compared are in neither."""
    old, fine = [], []
    for sdk in inventory.sdks:
        way = sdks.ways(sdk)
        minimum = way.pod_identity if pod_identity else way.web_identity
        match sdks.older(sdk.version, minimum):
            case True:
                old.append(_Old(sdk, minimum or ""))
            case False:
                fine.append(sdk)
            case _:
                pass
    return old, fine


def _all_of_a_kind(old: Sequence[_Old], fine: Sequence[Sdk]) -> bool:
    """Whether one of the SDKs is only there in versions that are too old."""
    return bool({one.sdk.name for one in old} - {sdk.name for sdk in fine})


def _unjudged(inventories: Inventories) -> str:
    found = [sdk for inventory in inventories.of for sdk in inventory.sdks]
    if found:
        return f"found, and not compared: {_listed(found)}{_unread(inventories)}"
    where = ", ".join(inventory.whose for inventory in inventories.of)
    return f"no AWS SDK was found in {where}{_unread(inventories)}"


def _unread(inventories: Inventories) -> str:
    """Return a clause about what was not looked at, so that nobody takes a part for the whole."""
    unread = [f"{inventory.whose}: {inventory.unread}" for inventory in inventories.of if inventory.unread]
    return f"; not looked at: {'; '.join(unread)}" if unread else ""


def _listed(found: Iterable[Sdk], *, modules: bool = False) -> str:
    """Name SDKs with their versions, and where they are; one of them once."""
    texts = []
    for (name, version), copies in groupby(
        sorted(found, key=lambda sdk: (sdk.name, sdk.version or "")), lambda sdk: sdk[:2]
    ):
        places = list(copies)
        more = f" and {len(places) - 1} more" if len(places) > 1 else ""
        parts = f" with {', '.join(places[0].modules)}" if modules and places[0].modules else ""
        texts.append(f"{name} {version or 'of no known version'}{parts} at {places[0].path}{more}")
    rest = len(texts) - _SHOWN
    return "; ".join(texts[:_SHOWN]) + (f"; and {rest} more" if rest > 0 else "")
