"""The last link: this pod's clock, against STS's. Pure."""

from sidecar import faults
from sidecar.check import check
from sidecar.facts import Clock
from sidecar.model import Fail, Pass, Verdict

SKEW_SECONDS = 60.0
"""From here on a difference is worth a warning (FACTS H4)."""


@check("clock.synchronised")
def synchronised(clock: Clock) -> Verdict:
    """Does this pod's clock agree with STS's?"""
    skew = clock.skew_seconds
    if abs(skew) <= SKEW_SECONDS:
        return Pass(f"within {max(abs(skew), 1):.0f} s")
    return Fail(faults.CLOCK_SKEW, {"found": f"{abs(skew):.0f} s {'ahead of' if skew > 0 else 'behind'} STS"})
