"""What a real cluster has made, recorded in tests/recorded (FACTS K): tokens, keys, discovery, a webhook's pod.

Kubernetes 1.36's API server signed the tokens; the EKS pod identity webhook wrote the environments of the pod.
"""

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from cases import STS, expectation, healthy
from sidecar.checks import CHAIN
from sidecar.config import Config
from sidecar.diagnosis import diagnose
from sidecar.facts import Discovery, Facts, Jwks, Moment, Setting, Settings, Token
from sidecar.jwt import decode, verify
from sidecar.model import Absent, Failed, Result, Severity, Status
from sidecar.oidc import Document, parse_discovery, parse_jwks
from sidecar.probe.providers import first_provider, resolve_endpoint
from sidecar.probe.settings import AwsReading, read_settings
from sidecar.probe.world import World

RECORDED = Path(__file__).parent / "recorded"
ISSUED = 1_795_305_792.0
KID = "dvfd7Uw90gCv-JPwMovKbdta-GEs47oTO7Ex4QD43dQ"
GOOD = ("token-24h.jwt", "token-podbound.jwt")
ALL = (*GOOD, "token-badaud.jwt")
NOBODY = Absent("it was not looked for")
ROLE = "arn:aws:iam::123456789012:role/app-role"
PATH = "/var/run/secrets/eks.amazonaws.com/serviceaccount/token"


def raw_token(name: str) -> bytes:
    """Return a recorded token."""
    return (RECORDED / name).read_bytes()


def token_of(name: str) -> Token:
    """Return a recorded token, decoded."""
    token = decode(raw_token(name))
    assert isinstance(token, Token)
    return token


def facts_of(name: str, now: float = ISSUED + 60) -> Facts:
    """Return the facts of a pod with a recorded token, the clock set to its time, and the recorded keys."""
    token = token_of(name)
    key_set = parse_jwks((RECORDED / "jwks.json").read_bytes())
    document = parse_discovery((RECORDED / "openid-configuration.json").read_bytes())
    assert isinstance(document, Document)
    assert not isinstance(key_set, Failed)
    keys, jwks = key_set
    return healthy(
        moment=Moment(now),
        expectation=expectation(namespace="payments", service_account="app", pod="app-0"),
        token=token,
        discovery=Discovery(
            f"{token.issuer}/.well-known/openid-configuration", document.issuer, document.jwks_uri, 0.1
        ),
        jwks=Jwks(document.jwks_uri, keys, 0.1),
        signature=verify(raw_token(name), token, jwks),
        sts=NOBODY,
        caller=NOBODY,
        clock=NOBODY,
        chain=NOBODY,
    )


def results_of(facts: Facts) -> dict[str, Result]:
    """Return each check's line in the report on these facts."""
    report = diagnose(facts, CHAIN, version="1", started=facts.moment.now, duration_seconds=0.0)
    return {result.check: result for result in report.results}


def named(facts: Facts, link: str) -> dict[str, str]:
    """Return the faults that the checks of a link name, and none of them may be skipped."""
    results = {name: result for name, result in results_of(facts).items() if name.startswith(f"{link}.")}
    assert {result.status for result in results.values()} <= {Status.PASS, Status.WARN, Status.FAIL}
    return {name: result.fault.name for name, result in results.items() if result.fault}


# ---- Tokens and keys


@pytest.mark.parametrize("name", ALL)
def test_recorded_tokens_are_decoded(name: str) -> None:
    """An API server's token has no typ, a list as aud, and whole seconds (FACTS K3)."""
    token = token_of(name)
    assert (token.algorithm, token.kid, token.crit) == ("RS256", KID, ())
    assert (token.issuer, token.subject) == ("https://localhost:6443", "system:serviceaccount:payments:app")
    assert (token.namespace, token.service_account) == ("payments", "app")
    assert (token.issued, token.not_before) == (ISSUED, ISSUED)
    assert (token.problems, token.legacy, token.warnafter, token.roles) == ({}, False, False, None)


def test_what_differs_between_recorded_tokens() -> None:
    """Audience, life and pod are each token's own; only a bound one names its pod."""
    assert [token_of(name).effective_audience for name in ALL] == [*["sts.amazonaws.com"] * 2, "wrong.example"]
    assert [token_of(name).expires for name in ALL] == [ISSUED + 86_400, ISSUED + 86_400, ISSUED + 3_600]
    assert [token_of(name).pod for name in ALL] == [None, "app-0", None]


@pytest.mark.parametrize("name", ALL)
def test_the_recorded_key_verifies(name: str) -> None:
    """The key set that the API server published verifies what it signed."""
    facts = facts_of(name)
    assert named(facts, "issuer") == {"issuer.url": "issuer-url-invalid"}
    assert results_of(facts)["issuer.url"].severity is Severity.WARNING  # a port, of a cluster on one machine
    assert results_of(facts)["issuer.signature"].detail == "it does"


@pytest.mark.parametrize("name", ALL)
def test_a_changed_token_is_not_verified(name: str) -> None:
    """The claims of one recorded token under the signature of another are not verified."""
    head = raw_token(name).strip().rpartition(b".")[0]
    tail = raw_token("token-24h.jwt" if name != "token-24h.jwt" else "token-badaud.jwt").strip().rpartition(b".")[2]
    keys = json.loads((RECORDED / "jwks.json").read_bytes())["keys"]
    found = verify(head + b"." + tail, token_of(name), keys)
    assert found.why == "the published key does not fit the signature"


@pytest.mark.parametrize("name", GOOD)
@pytest.mark.parametrize("now", [ISSUED - 300, ISSUED, ISSUED + 86_400, ISSUED + 86_700])
def test_recorded_tokens_are_good_in_their_time(name: str, now: float) -> None:
    """From five minutes before their life until five minutes after it the recorded tokens are good."""
    assert named(facts_of(name, now), "token") == {}


@pytest.mark.parametrize(
    ("now", "check", "fault"),
    [
        (ISSUED - 301, "token.started", "token-not-yet-valid"),
        (ISSUED + 86_701, "token.unexpired", "token-expired"),
    ],
)
def test_recorded_tokens_have_their_time(now: float, check: str, fault: str) -> None:
    """Outside of it each names its own fault."""
    assert named(facts_of("token-podbound.jwt", now), "token") == {check: fault}


def test_recorded_token_for_another_audience() -> None:
    """A token for another audience is good in all but that."""
    facts = facts_of("token-badaud.jwt")
    assert named(facts, "token") == {"token.audience": "audience-mismatch"}
    found = results_of(facts)["token.audience"]
    assert (found.evidence["found"], found.evidence["expected"]) == ("wrong.example", "sts.amazonaws.com")


def test_recorded_token_of_another_service_account() -> None:
    """A token of another service account than the pod's is told by its subject."""
    facts = facts_of("token-24h.jwt")._replace(expectation=expectation(namespace="payments", service_account="till"))
    assert named(facts, "token") == {"token.subject": "subject-mismatch"}


def test_recorded_discovery() -> None:
    """A discovery document may name keys at another host than the issuer's (FACTS K4)."""
    document = parse_discovery((RECORDED / "openid-configuration.json").read_bytes())
    assert isinstance(document, Document)
    assert document.issuer == token_of("token-24h.jwt").issuer == "https://localhost:6443"
    assert document.jwks_uri == "https://127.0.0.1:6443/openid/v1/jwks"


# ---- The pod that the webhook has changed


def environments() -> dict[str, dict[str, str]]:
    """Return the environment of each container of the recorded pod."""
    pod = yaml.safe_load((RECORDED / "pod-mutated.yaml").read_text(encoding="utf-8"))
    containers = [*pod["spec"]["initContainers"], *pod["spec"]["containers"]]
    return {one["name"]: {entry["name"]: entry["value"] for entry in one["env"]} for one in containers}


@pytest.fixture
def reading(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[[str], AwsReading]:
    """Return a function that reads the AWS settings of one of the pod's containers, and nothing of this machine's."""

    def read(container: str) -> AwsReading:
        for name in list(os.environ):
            if name.upper().startswith(("AWS", "BOTO")) or name.lower().endswith("_proxy"):
                monkeypatch.delenv(name)
        for name, value in {**environments()[container], "HOME": str(tmp_path)}.items():
            monkeypatch.setenv(name, value)
        return read_settings(World(environ=os.environ), Config())

    return read


def pod_facts(aws: AwsReading) -> Facts:
    """Return a healthy pod's facts, but for what the environment says."""
    assert isinstance(aws.settings, Settings)
    assert aws.session
    world = World(environ=os.environ)
    return healthy(
        settings=aws.settings,
        provider=first_provider(aws.session, aws.settings, world),
        endpoint=resolve_endpoint(aws.session, aws.settings),
    )


@pytest.mark.parametrize("container", ["irsa-init", "irsa-sidecar", "app"])
def test_the_webhooks_environment_is_in_order(container: str, reading: Callable[[str], AwsReading]) -> None:
    """What the webhook gives to init containers, native sidecars and containers names no fault (FACTS K1)."""
    facts = pod_facts(reading(container))
    results = [result for name, result in results_of(facts).items() if name.startswith("environment.")]
    assert {result.check for result in results if result.status is not Status.PASS} == {"environment.role_expected"}
    assert isinstance(facts.settings, Settings)
    assert facts.settings.role_arn == Setting(ROLE, "AWS_ROLE_ARN")
    assert facts.settings.token_file == Setting(PATH, "AWS_WEB_IDENTITY_TOKEN_FILE")
    assert facts.settings.region == Setting("us-west-2", "AWS_DEFAULT_REGION")
    assert results_of(facts)["environment.sts_endpoint"].detail == f"https://{STS.replace('eu-west-1', 'us-west-2')}"


def test_a_container_with_a_region_of_its_own(reading: Callable[[str], AwsReading]) -> None:
    """A container that sets AWS_REGION gets no AWS_DEFAULT_REGION: a warning, and all else in order (FACTS K1, C4)."""
    facts = pod_facts(reading("has-own"))
    assert isinstance(facts.settings, Settings)
    assert facts.settings.region == Setting("eu-central-1", "AWS_REGION")
    found = {name: result for name, result in results_of(facts).items() if name.startswith("environment.")}
    assert {name: result.fault.name for name, result in found.items() if result.fault} == {
        "environment.region": "region-missing",
    }
    assert found["environment.region"].severity is Severity.WARNING
    assert found["environment.region"].evidence["missing"] == "AWS_DEFAULT_REGION"
    assert found["environment.sts_endpoint"].detail == "https://sts.eu-central-1.amazonaws.com"


def test_the_recorded_pod_is_whole() -> None:
    """All four containers were recorded, each with the role and the token file."""
    assert environments().keys() == {"irsa-init", "irsa-sidecar", "app", "has-own"}
    assert all(environment["AWS_ROLE_ARN"] == ROLE for environment in environments().values())
