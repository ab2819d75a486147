"""Every scenario of the lab, by name, in the order of the chain of trust. Data only."""

from collections.abc import Mapping

from sidecar.lab.plan import Scenario
from sidecar.lab.scenarios.environment import ENVIRONMENT
from sidecar.lab.scenarios.exchange import EXCHANGE
from sidecar.lab.scenarios.issuer import ISSUER
from sidecar.lab.scenarios.platforms import PLATFORMS
from sidecar.lab.scenarios.pod_identity import PODS
from sidecar.lab.scenarios.token import TOKEN
from sidecar.lab.scenarios.trust import TRUST
from sidecar.lab.scenarios.workload import WORKLOAD

HEALTHY = Scenario(name="healthy", summary="everything as it should be")

SCENARIOS: Mapping[str, Scenario] = {
    scenario.name: scenario
    for scenario in (HEALTHY, *ENVIRONMENT, *TOKEN, *ISSUER, *TRUST, *EXCHANGE, *PLATFORMS, *PODS, *WORKLOAD)
}
