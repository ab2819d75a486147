"""The lab's agent of EKS Pod Identity, asked as SDKs do: by botocore's own provider of container credentials."""

import os
from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from unittest import mock

import botocore.session
import pytest
from botocore.credentials import ContainerMetadataFetcher, ContainerProvider
from botocore.exceptions import ClientError, CredentialRetrievalError

from sidecar.lab.agent import Agent
from sidecar.lab.cloud import Account
from sidecar.lab.lab import Lab, Pod
from sidecar.lab.plan import AgentPlan, Page, Scenario, TokenPlan
from sidecar.lab.scenarios import SCENARIOS

HEALTHY = SCENARIOS["pod-identity-healthy"]


def credentials(environ: Mapping[str, str]) -> dict[str, str]:
    """Return what botocore gets in this environment. Raises what it raises, without its pauses."""
    fetcher: Any = ContainerMetadataFetcher(sleep=lambda _: None)  # the stub takes it for another
    loaded = ContainerProvider(dict(environ), fetcher).load()
    assert loaded is not None
    frozen = loaded.get_frozen_credentials()
    return {name: getattr(frozen, name) for name in ("access_key", "secret_key", "token")}


def whose(pod: Pod) -> str:
    """Return who the credentials are, by the pod's STS."""
    given = credentials(pod.environ)
    with mock.patch.dict(os.environ, dict(pod.environ), clear=True):
        session = botocore.session.Session()
        session.set_credentials(given["access_key"], given["secret_key"], given["token"])
        sts: Any = session.create_client("sts")
        arn: str = sts.get_caller_identity()["Arn"]
    return arn


def refusal(lab: Lab, scenario: Scenario) -> str:
    """Return what botocore says of the agent's refusal."""
    with lab.pod(scenario) as pod, pytest.raises(CredentialRetrievalError) as raised:
        credentials(pod.environ)
    return str(raised.value)


def test_an_sdk_gets_credentials_of_the_role(lab: Lab) -> None:
    """As by EKS: the session is named after cluster and pod."""
    with lab.pod(HEALTHY) as pod:
        assert whose(pod).startswith(f"arn:aws:sts::{pod.account.number}:assumed-role/payments-app/eks-lab-app-0-")


@pytest.mark.parametrize(
    ("scenario", "status", "words"),
    [
        ("pod-identity-association-missing", 404, "(ResourceNotFoundException): No association found"),
        ("pod-identity-role-refused", 400, "(AccessDeniedException): Unauthorized Exception! EKS does not have"),
        ("pod-identity-throttled", 429, "(ThrottlingException): Rate exceeded, fault: client"),
        ("pod-identity-token-expired", 400, "basic claim validations: token has invalid claims: token is expired"),
        ("pod-identity-token-for-sts", 400, "invalid audience: expected pods.eks.amazonaws.com"),
    ],
)
def test_an_sdk_is_refused(lab: Lab, scenario: str, status: int, words: str) -> None:
    """With the agent's statuses and words."""
    said = refusal(lab, SCENARIOS[scenario])
    assert f"Received non 200 response {status} from container metadata: " in said
    assert words in said


def test_a_token_that_is_none(lab: Lab) -> None:
    """The agent parses before it asks."""
    assert "cannot be parsed" in refusal(lab, replace(HEALTHY, agent=AgentPlan(token=TokenPlan(raw="no-jwt"))))
    assert "cannot be empty" in refusal(lab, replace(HEALTHY, agent=AgentPlan(token=TokenPlan(raw=""))))


def test_another_path(lab: Lab) -> None:
    """The agent knows one."""
    with lab.pod(HEALTHY) as pod:
        url = pod.environ["AWS_CONTAINER_CREDENTIALS_FULL_URI"].replace("/v1/", "/v2/")
        with pytest.raises(CredentialRetrievalError, match="404 page not found"):
            credentials({**pod.environ, "AWS_CONTAINER_CREDENTIALS_FULL_URI": url})


def test_a_page_in_its_place(lab: Lab) -> None:
    """Whatever else may listen there."""
    page = Page(status=503, body="upstream connect error", content_type="text/plain", redirect="http://elsewhere.test")
    assert "response 503" in refusal(lab, replace(HEALTHY, agent=AgentPlan(page=page)))


def test_an_association_that_is_made(lab: Lab) -> None:
    """A pod that was refused gets credentials once somebody mends it."""
    with lab.pod(SCENARIOS["pod-identity-association-missing"]) as pod:
        with pytest.raises(CredentialRetrievalError):
            credentials(pod.environ)
        pod.agent.plan = AgentPlan()
        assert whose(pod)


def test_credentials_are_another_pods(lab: Lab) -> None:
    """STS knows only the keys of its own account."""
    with lab.pod(HEALTHY) as one, lab.pod(HEALTHY) as other:
        stranger = replace(one, environ={**one.environ, "AWS_ENDPOINT_URL_STS": other.environ["AWS_ENDPOINT_URL_STS"]})
        with pytest.raises(ClientError, match="InvalidClientTokenId"):
            whose(stranger)


def test_ending_lets_go_of_who_waits() -> None:
    """A delayed answer comes at once when the agent is closed."""
    agent = Agent(AgentPlan(delay=3600, page=Page(body="x")), Account("111122220001"))
    agent.close()
    assert agent({"PATH_INFO": "/"}, lambda *_: lambda _: None) == [b"x"]
