"""Write the reference pages from the tables of the code, or with --check say whether they agree.

docs/checks.md, docs/faults.md, docs/metrics.md, docs/licences.md, and a page for each fault in docs/faults. Examples
are real renderings of the cases that the tests have: they are written by the program, not by hand.
"""

import sys
from datetime import UTC, datetime
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "tests"), str(ROOT / "tools")]

from locked import licences_page  # noqa: E402
from written import write  # noqa: E402

from cases import CASES, Case, healthy  # noqa: E402 - after tests and tools are within reach
from sidecar import faults  # noqa: E402
from sidecar.checks import CHAIN, FAULTS_BY_CHECK  # noqa: E402
from sidecar.checks.naming import names  # noqa: E402
from sidecar.diagnosis import diagnose  # noqa: E402
from sidecar.explain.recogniser import explain  # noqa: E402
from sidecar.handbook import PAGES  # noqa: E402
from sidecar.journal import Ending, Journal, Run  # noqa: E402
from sidecar.model import Absent, Fault, Severity  # noqa: E402
from sidecar.render.explain import explanation_text  # noqa: E402
from sidecar.render.handbook import handbook_markdown  # noqa: E402
from sidecar.render.metrics import METRICS, families  # noqa: E402
from sidecar.render.metrics_reference import metrics_page  # noqa: E402
from sidecar.render.reference import checks_by_fault, checks_page, faults_page  # noqa: E402
from sidecar.render.text import short  # noqa: E402

DOCS = ROOT / "docs"
_NOT_ASKED = Absent("the exchange was not asked for (--no-exchange)")
_NOT_READ = Absent("IAM was not asked (--iam off)")
_STARTED = datetime(2026, 11, 25, 10, tzinfo=UTC).timestamp()


def pages() -> dict[Path, str]:
    """Return each page's text by its path."""
    named = checks_by_fault(FAULTS_BY_CHECK)
    return {
        DOCS / "checks.md": checks_page(CHAIN, FAULTS_BY_CHECK),
        DOCS / "faults.md": faults_page(faults.ALL),
        DOCS / "licences.md": licences_page(),
        DOCS / "metrics.md": metrics_page(METRICS, series_of_a_healthy_pod()),
        **{
            DOCS / "faults" / f"{fault.code}.md": handbook_markdown(fault, example(fault), named.get(fault.code, ()))
            for fault in faults.ALL
        },
    }


def series_of_a_healthy_pod() -> int:
    """Return how many series a scrape of a healthy pod holds."""
    report = diagnose(healthy(), CHAIN, version="0", started=_STARTED, duration_seconds=0.1)
    journal = Journal().after(Run(_STARTED, 0.1, Ending.HEALTHY, report))
    return sum(len(family.samples) for family in families(journal))


def example(fault: Fault) -> str:
    """Return what `check --format short` prints of the fault, or what `explain` makes of a text."""
    case = next((case for case in CASES if case.fault == fault), None)
    return _explained(fault) if case is None else _report(case)


def _report(case: Case) -> str:
    expected = case.facts.expectation._replace(pod="cart-5d69f8c7b4-x2x4z")
    facts = case.facts._replace(expectation=expected, **_not_looked_at(case))  # type: ignore[arg-type] # a kind of each
    token = facts.agent_token if expected.pod_identity else facts.token
    known = names(expected, facts.settings, facts.endpoint, token, facts.chain)
    report = diagnose(facts._replace(names=known), CHAIN, version="0", started=_STARTED, duration_seconds=0.1)
    return short(report, colour=False)


def _not_looked_at(case: Case) -> dict[str, Absent]:
    """Return what the case is not about: IAM, and the exchange where an error comes before it."""
    if case.facts.expectation.pod_identity:
        return {}
    link, severity = case.check.partition(".")[0], case.severity or (case.fault and case.fault.severity)
    by_iam = link in {"provider", "trust"} or case.check == "certificate.thumbprint"
    unread = {} if by_iam else dict.fromkeys(("oidc_provider", "role", "trust_policy"), _NOT_READ)
    before = severity is Severity.ERROR and link not in {"exchange", "clock"}
    return unread | (dict.fromkeys(("sts", "caller", "clock"), _NOT_ASKED) if before else {})


def _explained(fault: Fault) -> str:
    """Return the text of the fault's page and what `explain` says of it; the text alone where that is nothing."""
    text = PAGES[fault.name].example
    found = explain(f"{text}\n".encode())
    if found.verdict is None:
        return text
    return f"$ irsa-doctor explain <<'END'\n{text}\nEND\n{explanation_text(found)}"


def main() -> int:
    """Write the pages; with --check write nothing, and return 1 where one differs or is too many."""
    return write(pages(), __doc__, present=(DOCS / "faults").glob("*"))


if __name__ == "__main__":
    sys.exit(main())
