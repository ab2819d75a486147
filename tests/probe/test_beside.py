"""What lies beside the exchange is noted for the next process, and not waited for."""

import threading
import time

from sidecar.facts import Inventories, Neighbours
from sidecar.model import Absent
from sidecar.probe.aside import Aside
from sidecar.probe.beside import seen_in_time
from sidecar.probe.processes import Seen
from sidecar.probe.remembered import Memory
from sidecar.probe.world import Budget

NOTED = Seen(Neighbours(()), Inventories(()), {"sdks mnt:[1] 1:2 3": {"sdks": [], "unread": None}})


def test_what_is_worth_it_is_noted() -> None:
    """The container's SDKs, by the key that the look gave; without a memory nothing is."""
    memory, budget = Memory({}), Budget(5.0, time.monotonic() + 30)
    assert seen_in_time(Aside(lambda: NOTED), budget, time.monotonic(), memory) is NOTED
    assert memory.recall_note("sdks mnt:[1] 1:2 3", time.monotonic()) == {"sdks": [], "unread": None}
    assert seen_in_time(Aside(lambda: NOTED), budget, time.monotonic(), None) is NOTED


def test_a_look_that_hangs_is_not_waited_for() -> None:
    """However long the run itself may still take: it began more than its time ago."""
    ended = threading.Event()

    def hangs() -> Seen:
        ended.wait()
        return NOTED

    seen = seen_in_time(Aside(hangs), Budget(5.0, time.monotonic() + 30), time.monotonic() - 60, None)
    ended.set()
    assert isinstance(seen.neighbours, Absent)
    assert seen.neighbours.why == "looking at the pod's processes did not end within 2 s"
