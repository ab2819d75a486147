"""A directory in place of a pod: the SDKs in it are the only facts, and nobody is asked anything."""

from sidecar.config import Config, Mechanism
from sidecar.facts import ONLY_SCANNED, Expectation, Facts, Inventories, Moment, Process
from sidecar.model import Absent
from sidecar.probe.inventory import inventory
from sidecar.probe.tree import Allowance, Tree
from sidecar.probe.world import World

_ENTRIES = 2_000_000
_BYTES = 2_560_000_000
"""Ten times what is looked at beside a running workload: here somebody waits for the answer."""


def scan(directory: str, world: World, config: Config) -> Facts:
    """Return the facts of a directory, an unpacked image. Raises OSError where it cannot be opened as one.

    What is not looked at within ``config.deadline`` seconds and the bounds is as if the exchange were overdue.
    """
    ends = world.monotonic() + config.deadline
    allowance = Allowance(entries=_ENTRIES, size=_BYTES, ends=ends, monotonic=world.monotonic)
    with Tree(directory, allowance) as tree:
        found = inventory(tree, directory)
    pod_identity = config.mechanism is Mechanism.POD_IDENTITY
    absent = Absent(f"only {directory} was looked at {ONLY_SCANNED}")
    unfinished = Absent(absent.why, overdue=found.unread is not None)
    return Facts(
        moment=Moment(world.now()),
        expectation=Expectation(config.expect_audience, pod_identity=pod_identity),
        process=Process(world.uid, world.gids),
        workload=absent,
        settings=absent,
        provider=absent,
        endpoint=absent,
        token_file=absent,
        token=absent,
        discovery=absent,
        jwks=absent,
        chain=absent,
        signature=absent,
        oidc_provider=absent,
        role=absent,
        trust_policy=absent,
        sts=unfinished,
        caller=absent,
        clock=absent,
        pod_identity=absent,
        agent_file=absent,
        agent_token=absent,
        agent=unfinished,
        agent_caller=absent,
        neighbours=absent,
        inventories=Inventories((found,), pod_identity=pod_identity),
        pod=absent,
        service_account=absent,
    )
