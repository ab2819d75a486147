"""One diagnosis for `watch`, in the process that it makes for it: not a command for people.

Standard input is what the process before this one handed on, standard output one JSON object: ``report`` (JSON v1),
``token_file`` (the path that was read, or null) and ``handed_on`` for the next one.
"""

import json
import sys
from collections.abc import Mapping

from sidecar.commands.check import examine, given
from sidecar.config import Config
from sidecar.facts import Facts, PodIdentity, Settings
from sidecar.probe.remembered import Memory
from sidecar.probe.world import World
from sidecar.render.json import as_mapping
from sidecar.render.remedy import plain

DONE, MISUSE = 0, 2


def run(config: Config, environ: Mapping[str, str]) -> int:
    """Diagnose, print the object; return 0 whatever was found, 2 where the trust policy given is none."""
    policy = given(config.trust_policy) if config.trust_policy else None
    if isinstance(policy, str):
        print(f"irsa-doctor: --trust-policy: {plain(policy)}", file=sys.stderr)
        return MISUSE
    world = World(environ)
    memory = Memory.read(_handed_on(), world.monotonic())
    examined = examine(world, config, policy, memory)
    found = {
        "report": as_mapping(examined.report),
        "token_file": _read(examined.facts),
        "handed_on": json.dumps(memory.written()),
    }
    print(json.dumps(found, allow_nan=False), flush=True)
    return DONE


def _read(facts: Facts) -> str | None:
    """Return the path of the token for STS, or else of that for Pod Identity's agent."""
    for settings in (facts.settings, facts.pod_identity):
        if isinstance(settings, Settings | PodIdentity) and settings.token_file:
            return settings.token_file.value
    return None


def _handed_on() -> object:
    try:
        return json.loads(sys.stdin.buffer.read())
    except (ValueError, AttributeError):  # nothing, or standard input is closed
        return None
