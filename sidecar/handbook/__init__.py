"""The handbook: a page for every fault, for people who meet it at night. A table. Loaded only when a page is shown."""

from collections.abc import Mapping

from sidecar.handbook import answers, environment, issuer, pod_identity, token, trust, way, workload
from sidecar.handbook.page import Page

PAGES: Mapping[str, Page] = {
    name: page
    for link in (environment, token, issuer, way, answers, trust, workload, pod_identity)
    for name, page in link.PAGES.items()
}
"""The page of each fault, by the fault's name."""
