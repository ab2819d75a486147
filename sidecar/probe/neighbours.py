"""The pod's other containers, looked into through their processes. Judges nothing.

One allowance is over all of it. Nothing is executed, no link is left to the kernel, and of what is read only what the
facts hold is kept.
"""

import os
from pathlib import Path

from sidecar.facts import Inventories, Inventory, Neighbour, Neighbours
from sidecar.model import Absent
from sidecar.probe.elsewhere import Place, profile_of, token_file_of
from sidecar.probe.inventories import find_inventories
from sidecar.probe.kinds import ENDED, Kind, Kinds
from sidecar.probe.processes import Others, Recall, Running, Seen, below
from sidecar.probe.tree import Allowance, SpentError, Tree
from sidecar.sdks import used_by

_MOST = 50
"""Neighbours that are told of: a pod has a handful."""
_NO_ENVIRON = Absent("its environment cannot be read")
_NO_TOKEN_FILE = Absent("its environment names no token file")


def look_into(proc: str, others: Others, allowance: Allowance, recall: Recall) -> Seen:
    """Return what is seen: the processes first, because the inventories may take all the time that there is."""
    kinds = Kinds(proc, others, allowance)
    neighbours = {kind: _neighbour(kinds, kind, alike) for kind, alike in tuple(kinds.of.items())[:_MOST]}
    found = find_inventories(kinds, recall)
    told = tuple(_with_sdks(one, found.of.get(kind.root)) for kind, one in neighbours.items())
    untold = len(kinds.of) - len(told)
    more = (f"{untold} more kinds of processes were not looked at",) if untold else ()
    facts = Neighbours(told, (*kinds.passed_over.told(), *more))
    nowhere = Absent("this container may look into no other container of the pod")
    return Seen(facts, Inventories(tuple(found.of.values())) if found.of else nowhere, found.notes)


def _neighbour(kinds: Kinds, kind: Kind, alike: list[Running]) -> Neighbour:
    variables = None if kind.variables is None else dict(kind.variables)
    neighbour = Neighbour(
        name=kind.name,
        executable=kind.executable,
        pids=tuple(one.pid for one in alike),
        process=kind.process,
        variables=variables,
        token_file=_NO_ENVIRON if variables is None else _NO_TOKEN_FILE,
    )
    try:
        with kinds.opened(kind.root, alike) as (tree, pid):
            return neighbour if variables is None else _looked(kinds.proc, kind, neighbour, tree, pid)
    except OSError:
        return neighbour._replace(token_file=Absent(f"the process {ENDED}"))
    except SpentError as error:
        return neighbour._replace(token_file=Absent(f"looking at the pod's processes ended {error}"))


def _looked(proc: str, kind: Kind, neighbour: Neighbour, tree: Tree, pid: int) -> Neighbour:
    """Add what lies below the process's root. Raises `SpentError`."""
    variables = neighbour.variables or {}
    place = Place(_cwd(proc, pid), kind.home, kind.process.uid)
    path = variables.get("AWS_WEB_IDENTITY_TOKEN_FILE")
    if path:
        mountinfo = Path(proc, str(pid), "mountinfo")
        neighbour = neighbour._replace(token_file=token_file_of(tree, path, place, mountinfo))
    return neighbour._replace(profile=profile_of(tree, variables, place))


def _cwd(proc: str, pid: int) -> str | None:
    """Return where the process's relative paths begin."""
    try:
        cwd, root = os.readlink(f"{proc}/{pid}/cwd"), os.readlink(f"{proc}/{pid}/root")  # noqa: PTH115  # as they are
    except OSError:
        return None
    return below(cwd, root)


def _with_sdks(neighbour: Neighbour, found: Inventory | None) -> Neighbour:
    return neighbour._replace(sdks=tuple(used_by(neighbour.executable, found.sdks))) if found else neighbour
