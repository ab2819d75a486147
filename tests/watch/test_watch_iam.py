"""What `watch` asks of IAM: at most once an hour for each answer of STS, and what it shows stays known meanwhile."""

from collections import Counter

import pytest

from sidecar.lab.lab import Lab
from sidecar.lab.scenarios import SCENARIOS
from sidecar.lab.sts import Sts
from watching import Watching, until

OF_IAM = {"GetRole", "GetOpenIDConnectProvider", "ListOpenIDConnectProviders"}


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """Count what the lab's STS and IAM are asked, by operation."""
    counted: Counter[str] = Counter()
    admit, exchange = Sts._admit, Sts._exchange

    def counting_admit(sts: Sts, action: str | None, environ: object) -> None:
        counted[str(action)] += 1
        admit(sts, action, environ)  # type: ignore[arg-type]  # passed on as it is

    def counting_exchange(sts: Sts, form: object) -> object:
        counted["AssumeRoleWithWebIdentity"] += 1
        return exchange(sts, form)  # type: ignore[arg-type]

    monkeypatch.setattr(Sts, "_admit", counting_admit)
    monkeypatch.setattr(Sts, "_exchange", counting_exchange)
    return counted


def iam(asked: Counter[str]) -> dict[str, int]:
    """Return how often IAM was asked what."""
    return {action: count for action, count in asked.items() if action in OF_IAM}


def test_iam_is_asked_once_for_a_refusal(lab: Lab, asked: Counter[str]) -> None:
    """Every run names what IAM proved, and only the first one asked."""
    with lab.pod(SCENARIOS["trust-subject-mismatch"]) as pod, Watching(pod, "--interval", "1s") as watching:
        assert watching.event("root_cause")["root_cause"]["code"] == "IRSA702"
        until(lambda: watching.runs() >= 4, "more runs")
        assert watching.samples()['irsa_root_cause{code="IRSA702",name="trust-subject-mismatch"}'] == 1
        assert iam(asked) == {"GetRole": 1, "GetOpenIDConnectProvider": 1}
        assert asked["AssumeRoleWithWebIdentity"] >= 4
        assert [event["event"] for event in watching.log()].count("root_cause") == 1


def test_iam_is_asked_once_while_healthy(lab: Lab, asked: Counter[str]) -> None:
    """The same with --iam on, whose credentials are the exchange's."""
    with lab.pod(SCENARIOS["thumbprint-differs-in-iam"]) as pod, Watching(pod, "--interval", "1s") as watching:
        watching.event("healthy")
        until(lambda: watching.runs() >= 3, "more runs")
        assert any('name="thumbprint-differs"' in series for series in watching.samples())
        assert set(iam(asked).values()) == {1}


def test_another_answer_is_asked_about(lab: Lab, asked: Counter[str]) -> None:
    """A provider that vanishes is another root cause."""
    with lab.pod(SCENARIOS["trust-subject-mismatch"]) as pod, Watching(pod, "--interval", "1s") as watching:
        watching.event("root_cause")
        pod.account._iam.delete_open_id_connect_provider(pod.account.provider_arn(pod.issuer.url))
        assert watching.event("root_cause")["root_cause"]["code"] == "IRSA601"
        assert iam(asked)["GetOpenIDConnectProvider"] == 2
