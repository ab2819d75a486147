"""The SDKs of the pod's other containers, and what `watch` notes of them so that they are not read again at once.

Judges nothing.
"""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from sidecar.facts import Inventory, Sdk, named
from sidecar.probe.inventory import inventory
from sidecar.probe.kinds import Kinds
from sidecar.probe.processes import Recall, Root, Running


class Found(NamedTuple):
    """The inventory of each root, and the new ones as plain values for JSON, by their keys."""

    of: Mapping[Root, Inventory]
    notes: Mapping[str, object]


def find_inventories(kinds: Kinds, recall: Recall) -> Found:
    """Return the SDKs of each root: those first whose processes have anything of AWS, because they matter most."""
    of: dict[Root, Inventory] = {}
    notes: dict[str, object] = {}
    for root, every in sorted(kinds.roots().items(), key=lambda found: _idle(kinds, found[0])):
        key, whose = _key(root, every), _whose(kinds, every[0])
        known = _read(recall(key), whose)
        if known is not None:
            of[root] = known
            continue
        try:
            with kinds.opened(root, every) as (tree, _):
                of[root] = inventory(tree, whose)
        except OSError:
            kinds.passed_over.add("the files", every[0].pid, "are gone with their process")
            continue
        if of[root].unread is None or not notes:  # what ended early had the whole allowance, and would end so again
            notes[key] = _written(of[root])
    return Found(of, notes)


def _idle(kinds: Kinds, root: Root) -> bool:
    return not any(kind.variables for kind in kinds.of if kind.root == root)


def _key(root: Root, every: Sequence[Running]) -> str:
    """Return under what a root's inventory is noted: another container has another root, or began later."""
    return f"sdks {root.namespace} {root.device}:{root.inode} {every[0].started}"


def _whose(kinds: Kinds, oldest: Running) -> str:
    name = next(kind.name for kind, alike in kinds.of.items() if oldest in alike)
    return f"the container of {named(name, [oldest.pid])}"


def _written(found: Inventory) -> dict[str, object]:
    return {
        "sdks": [[sdk.name, sdk.version, sdk.path, list(sdk.modules)] for sdk in found.sdks],
        "unread": found.unread,
    }


def _read(note: Any, whose: str) -> Inventory | None:  # noqa: ANN401 - whatever the process before this one printed
    """Return the inventory that a note is, None where it is none."""
    try:
        sdks = [Sdk(name, version, path, tuple(modules)) for name, version, path, modules in note["sdks"]]
        return Inventory(whose, tuple(sdks), note["unread"])
    except (KeyError, TypeError, ValueError):
        return None
