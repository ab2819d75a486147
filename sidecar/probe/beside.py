"""What lies beside the exchange: the pod's other containers, and what the Kubernetes API shows. Judges nothing.

Whatever becomes of these looks, the pod's own diagnosis is not lost to them.
"""

from dataclasses import replace
from typing import TYPE_CHECKING

from sidecar.config import Config, Mechanism
from sidecar.facts import Expectation, Inventories, Settings, Token
from sidecar.model import Absent, Failed
from sidecar.probe.aside import Aside
from sidecar.probe.kubernetes import ClusterReading, Identity, read_cluster, unread
from sidecar.probe.processes import SECONDS, Seen, see_neighbours, unseen
from sidecar.probe.world import Budget, World

if TYPE_CHECKING:
    from sidecar.probe.remembered import Memory

_GRACE_SECONDS = 0.5  # for what is in hand when the time of a look is over


def identity(token: Token | Failed | Absent, expectation: Expectation, world: World) -> Identity:
    """Return about whom the API is asked: as the pod is told, else by the token's claims, else by its host's name."""
    pod, account = (token.pod, token.service_account) if isinstance(token, Token) else (None, None)
    name = expectation.pod or pod or world.environ.get("HOSTNAME") or None
    return Identity(expectation.namespace, name, expectation.service_account or account)


def cluster(world: World, budget: Budget, who: Identity, memory: "Memory | None") -> ClusterReading:
    """Ask the Kubernetes API: whatever it answers, the pod's own diagnosis is not lost to it."""
    try:
        return read_cluster(world, budget, who, memory)
    except Exception as error:  # noqa: BLE001 - a bug here must not hide the rest
        return unread(Absent(f"asking the Kubernetes API crashed ({type(error).__name__}): this is a bug"))


def for_mechanism(
    found: Inventories | Absent, settings: Settings | Failed | Absent, config: Config
) -> Inventories | Absent:
    """Say which mechanism the SDKs must know: that which the operator names, else that which the pod was given."""
    if isinstance(found, Absent):
        return found
    given = isinstance(settings, Settings) and bool(settings.pod_identity) and settings.role_arn is None
    alone = config.mechanism is Mechanism.AUTO and given
    return found._replace(pod_identity=alone or config.mechanism is Mechanism.POD_IDENTITY)


def neighbours(world: World, budget: Budget, memory: "Memory | None") -> Seen:
    """Look at the pod's other containers; what was noted of them lately is not read again."""
    now = world.monotonic()
    try:
        return see_neighbours(world, budget.ends, lambda key: memory.recall_note(key, now) if memory else None)
    except Exception as error:  # noqa: BLE001 - their files are anybody's: the pod's own diagnosis is not lost to them
        return unseen(f"looking at the pod's processes crashed ({type(error).__name__}): this is a bug")


def seen_in_time(side: Aside[Seen], budget: Budget, began: float, memory: "Memory | None") -> Seen:
    """Return what was seen of the other containers: a look that hangs, on a dead file system, is not waited for."""
    budget = replace(budget, ends=min(budget.ends, began + SECONDS + _GRACE_SECONDS))
    seen = side.result(budget) or unseen(f"looking at the pod's processes did not end within {SECONDS:g} s")
    if memory:
        for key, note in seen.notes.items():
            memory.keep_note(key, note, budget.monotonic())
    return seen
