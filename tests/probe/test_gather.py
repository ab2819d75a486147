"""Gathering: what is looked at although something else is missing, what is not, and when it has to end."""

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from awsworld import AwsWorld
from cluster import answering, context, mounted
from cluster import variables as kubernetes_variables
from insidepod import PATIENCE, inside, settled
from servers import Authority, Server
from servers import silent as never
from sidecar.config import Config
from sidecar.facts import (
    NO_POD_IDENTITY,
    NOT_IRSA,
    Accepted,
    ApiPod,
    Caller,
    Clock,
    Discovery,
    Endpoint,
    Facts,
    Given,
    Jwks,
    OidcProvider,
    PodIdentity,
    Process,
    Refused,
    Role,
    ServiceAccount,
    Signature,
    Token,
    TokenFile,
    TrustPolicy,
)
from sidecar.lab.issuer import Issuer
from sidecar.lab.keys import rsa_key
from sidecar.lab.lab import Lab, Pod
from sidecar.lab.listener import LOOPBACK
from sidecar.lab.plan import AgentPlan, IssuerPlan, Page, Scenario, Seen, StsPlan, TokenPlan, Transport
from sidecar.lab.scenarios import HEALTHY, SCENARIOS
from sidecar.lab.sts import Form, Sts
from sidecar.model import Absent, Failed
from sidecar.probe import gather as gathering
from sidecar.probe.gather import gather
from sidecar.probe.world import World
from stsserver import serving, silent

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIEnvironment

UNREADABLE = "the AWS settings cannot be read"
NO_FILE = "no token file is set"
OF_POD_IDENTITY = ("pod_identity", "agent_file", "agent_token", "agent", "agent_caller")
OF_THE_WORKLOAD = ("neighbours", "inventories", "pod", "service_account")
"""What is only seen in a pod whose containers share their processes, or by the Kubernetes API."""
OF_IRSA = (
    "settings", "provider", "endpoint", "token_file", "token", "discovery", "jwks", "chain", "signature",
    "oidc_provider", "role", "trust_policy", "sts", "caller",
)  # fmt: skip


def seen(lab: Lab, scenario: Scenario | str, *arguments: str, **variables: str) -> Facts:
    """Return the facts of a pod of this scenario."""
    chosen = SCENARIOS[scenario] if isinstance(scenario, str) else scenario
    with lab.pod(chosen) as pod, inside(pod, *arguments, **variables) as here:
        return gather(here.world, here.config)


def why(facts: Facts, *names: str) -> set[str]:
    """Return why these facts are absent. Fails where one is not."""
    found = {name: getattr(facts, name) for name in names}
    assert {name: type(fact) for name, fact in found.items()} == dict.fromkeys(names, Absent)
    return {fact.why for fact in found.values()}


def overdue(facts: Facts) -> set[str]:
    """Return the names of the facts that were not reached in time."""
    return {name for name, fact in facts._asdict().items() if isinstance(fact, Absent) and fact.overdue}


# ------------------------------------------------------------------------------------------ order, independence


def test_a_healthy_pod_leaves_no_fact_out(lab: Lab) -> None:
    """Everything is found in one run but the workload's user, which nobody named, and what IAM was not asked."""
    facts = seen(lab, HEALTHY)
    absent = [name for name, fact in facts._asdict().items() if isinstance(fact, Absent | Failed)]
    assert absent == ["workload", "oidc_provider", "role", "trust_policy", *OF_POD_IDENTITY, *OF_THE_WORKLOAD]
    assert why(facts, *absent[1:4]) == {"IAM is asked only where STS refused the exchange (--iam auto)"}
    assert why(facts, *OF_POD_IDENTITY) == {NO_POD_IDENTITY}
    assert facts.process == Process(os.geteuid(), frozenset({os.getegid(), *os.getgroups()}))
    assert facts.names.service_account == "app"
    assert None not in (facts.timings.issuer.response, facts.timings.jwks.response, facts.timings.sts.response)


# ---------------------------------------------------------------------------------------------- the Kubernetes API


@pytest.mark.parametrize(
    ("scenario", "variables", "name"),
    [
        (HEALTHY, {}, "app-0"),
        (HEALTHY, {"POD_NAME": "told", "HOSTNAME": "host"}, "told"),
        (HEALTHY, {"POD_NAME": "", "HOSTNAME": "host"}, "app-0"),
        ("irsa-env-not-injected", {"POD_NAME": "", "HOSTNAME": "host"}, "host"),
    ],
)
def test_the_api_is_asked_about_this_pod(
    lab: Lab, tmp_path: Path, scenario: Scenario | str, variables: dict[str, str], name: str
) -> None:
    """As the downward API names it, else the token, else its host."""
    authority = Authority(tmp_path)
    namespace = mounted(tmp_path / "serviceaccount", authority)
    chosen = SCENARIOS[scenario] if isinstance(scenario, str) else scenario
    with Server(answering(), context(authority)) as server, lab.pod(chosen) as pod:
        with inside(pod, **variables, **kubernetes_variables(server)) as here:
            facts = gather(replace(here.world, namespace_file=namespace), here.config)
        assert f"/namespaces/payments/pods/{name} ".encode() in server.received
    assert isinstance(facts.service_account, ServiceAccount)
    assert isinstance(facts.pod, ApiPod if name == "app-0" else Absent)


def test_an_api_that_is_slow_loses_nothing_else(lab: Lab, tmp_path: Path) -> None:
    """It is asked beside the rest, and the run's deadline ends it too."""
    authority = Authority(tmp_path)
    namespace = mounted(tmp_path / "serviceaccount", authority)
    with (
        lab.pod(HEALTHY) as pod,
        settled(),
        Server(never, context(authority)) as server,
        inside(pod, "--deadline", "1500ms", **kubernetes_variables(server)) as here,
    ):
        facts = gather(replace(here.world, namespace_file=namespace), here.config)
    assert isinstance(facts.sts, Accepted)
    assert overdue(facts) == {"pod", "service_account"}


# ------------------------------------------------------------------------------------------------------------- IAM


def test_iam_is_read_after_a_healthy_exchange_where_that_is_asked_for(lab: Lab) -> None:
    """With the exchange's own credentials, which the session has forgotten afterwards."""
    facts = seen(lab, "trust-too-open")
    assert isinstance(facts.sts, Accepted)
    assert isinstance(facts.oidc_provider, OidcProvider)
    assert isinstance(facts.role, Role)
    assert isinstance(facts.trust_policy, TrustPolicy)


@pytest.mark.parametrize(
    ("scenario", "flag", "reason"),
    [
        ("trust-subject-mismatch", "off", "IAM is not asked (--iam off)"),
        ("healthy", "auto", "IAM is asked only where STS refused the exchange (--iam auto)"),
        ("trust-policy-denied", "on", "IAM is not asked: neither the environment nor the profile holds keys"),
        ("irsa-env-not-injected", "on", "IAM is not asked without a valid role ARN"),
    ],
)
def test_iam_is_not_asked(lab: Lab, scenario: str, flag: str, reason: str) -> None:
    """Each time with the reason why not."""
    facts = seen(lab, scenario, "--iam", flag)
    assert why(facts, "oidc_provider", "role", "trust_policy") == {reason}


def test_a_slow_iam_does_not_lose_what_sts_said(lab: Lab) -> None:
    """The deadline ends IAM's reads; the exchange's answer stays."""
    with serving(silent) as iam:
        variables = {"AWS_ENDPOINT_URL_IAM": iam.url}
        facts = seen(lab, "trust-subject-mismatch", "--deadline", "4s", "--timeout", "1m", **variables)
    assert isinstance(facts.sts, Refused)
    assert overdue(facts) == {"oidc_provider", "role", "trust_policy"}


def test_a_policy_that_is_given_counts_in_place_of_iams(lab: Lab) -> None:
    """What the operator gives is judged."""
    given = TrustPolicy("{}", "policy.json")
    with lab.pod(SCENARIOS["trust-subject-mismatch"]) as pod, inside(pod) as here:
        assert gather(here.world, here.config, given).trust_policy == given


def test_without_any_setting_nothing_else_is_looked_at(lab: Lab) -> None:
    """Without a token file there is no token, no issuer, no signature; without a role no exchange: each says why."""
    facts = seen(lab, "irsa-env-not-injected")
    assert why(facts, "token_file", "token", "discovery", "jwks", "chain", "signature") == {NO_FILE}
    assert why(facts, "sts", "caller", "clock") == {"no role ARN is set"}
    assert isinstance(facts.endpoint, Endpoint)


def test_without_a_role_the_token_and_its_issuer_are_looked_at(lab: Lab) -> None:
    """Only the exchange needs the role."""
    facts = seen(lab, "webidentity-config-incomplete")
    assert why(facts, "sts", "caller", "clock") == {"no role ARN is set"}
    assert isinstance(facts.jwks, Jwks)
    assert isinstance(facts.signature, Signature)
    assert facts.signature.verified


def test_unreadable_settings_hide_everything_that_needs_them(lab: Lab) -> None:
    """A missing profile is one Failed; what would have come from it is Absent."""
    facts = seen(lab, "aws-profile-invalid")
    assert isinstance(facts.settings, Failed)
    assert why(facts, "provider", "endpoint", "token_file", "token", "discovery", "jwks", "chain", "signature") == {
        UNREADABLE
    }
    assert why(facts, "sts", "caller", "clock") == {facts.settings.why}


def test_missing_token_file_leaves_the_settings(lab: Lab) -> None:
    """The file is the one Failed; the token, the issuer and the exchange are Absent."""
    facts = seen(lab, "token-file-missing")
    assert isinstance(facts.token_file, Failed)
    assert why(facts, "token", "discovery", "jwks", "chain", "signature") == {facts.token_file.why}
    assert why(facts, "sts", "caller", "clock") == {"there is no token to exchange"}
    assert isinstance(facts.endpoint, Endpoint)


def test_an_empty_token_file_is_a_file_without_a_token(lab: Lab) -> None:
    """The file's facts are there; STS is not asked about nothing."""
    facts = seen(lab, "token-empty")
    assert isinstance(facts.token_file, TokenFile)
    assert why(facts, "token", "discovery", "jwks", "chain", "signature") == {"the token file is empty"}
    assert why(facts, "sts") == {"there is no token to exchange"}


def test_a_malformed_token_is_sent_all_the_same(lab: Lab) -> None:
    """STS's word outranks ours, so it is asked; an issuer nobody can name is not."""
    facts = seen(lab, "token-malformed")
    assert isinstance(facts.token, Failed)
    assert why(facts, "discovery", "jwks", "chain", "signature") == {facts.token.why}
    assert isinstance(facts.sts, Refused)


def test_a_token_without_an_issuer_leads_to_none(lab: Lab) -> None:
    """A token that names no issuer is a token; there is nobody to fetch from."""
    facts = seen(lab, replace(HEALTHY, token=TokenPlan(drop=("iss",))))
    assert isinstance(facts.token, Token)
    assert why(facts, "discovery", "jwks", "chain", "signature") == {"the token names no issuer"}


def test_without_exchange_everything_else_is_looked_at(lab: Lab) -> None:
    """--no-exchange leaves out STS alone."""
    facts = seen(lab, HEALTHY, "--no-exchange")
    assert why(facts, "sts", "caller", "clock") == {"the exchange was not asked for (--no-exchange)"}
    assert isinstance(facts.jwks, Jwks)


def test_a_dead_issuer_does_not_keep_from_the_exchange(lab: Lab) -> None:
    """STS is asked whatever the issuer does, and the other way round."""
    assert isinstance(seen(lab, "issuer-refused").sts, Refused)
    facts = seen(lab, "sts-refused")
    assert isinstance(facts.sts, Failed)
    assert isinstance(facts.discovery, Discovery)


@pytest.mark.parametrize(
    ("scenario", "reason"),
    [
        ("algorithm-none", "a signature by none is not verified here"),
        ("algorithm-unsupported", "a signature by HS256 is not verified here"),
        ("key-not-published", "the key that signed the token is not published"),
    ],
)
def test_a_signature_that_cannot_be_verified_says_why(lab: Lab, scenario: str, reason: str) -> None:
    """Without a usable algorithm or the key there is no signature to judge."""
    assert why(seen(lab, scenario), "signature") == {reason}


def test_a_signature_by_another_key_is_not_verified(lab: Lab) -> None:
    """What is published under the token's kid does not verify it."""
    signature = seen(lab, "signature-invalid").signature
    assert isinstance(signature, Signature)
    assert not signature.verified


def test_the_workload_is_who_the_operator_says(lab: Lab) -> None:
    """--workload-uid and --workload-gids become a fact of their own."""
    facts = seen(lab, HEALTHY, "--no-exchange", "--workload-uid", "1000", "--workload-gids", "7,8")
    assert facts.workload == Process(1000, frozenset({7, 8}))


# ------------------------------------------------------------------------------------------------------ the pod


@pytest.mark.parametrize(
    ("content", "variable", "namespace"),
    [
        (b"payments\n", None, "payments"),
        (b"payments\n", "orders", "orders"),
        (b"payments\n", "", "payments"),
        (b"\n", None, None),
        (b"\xff\xfe", None, None),
        (None, None, None),
        (None, "orders", "orders"),
    ],
)
def test_namespace_by_the_downward_api_else_by_its_file(
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    content: bytes | None,
    variable: str | None,
    namespace: str | None,
) -> None:
    """POD_NAMESPACE, else the API token's namespace file, else nothing: whatever is in that file."""
    aws = AwsWorld(monkeypatch, tmp_path)
    aws.unset("POD_NAMESPACE", "POD_SERVICE_ACCOUNT", "POD_NAME")
    if variable is not None:
        aws.set(POD_NAMESPACE=variable)
    if content is not None:
        (tmp_path / "namespace").write_bytes(content)
    facts = gather(World(os.environ, namespace_file=tmp_path / "namespace"), Config())
    assert facts.expectation.namespace == namespace
    assert (facts.expectation.pod, facts.expectation.service_account) == (None, None)
    assert facts.names.namespace == (namespace or "NAMESPACE")


# ------------------------------------------------------------------------------------------------- the deadline


def test_both_sides_are_overdue_where_nobody_answers(lab: Lab) -> None:
    """A deadline shorter than a silent STS and a silent issuer: both are said to be overdue, neither to be broken."""
    silent = replace(HEALTHY, sts=StsPlan(transport=Transport.SILENT), issuer=IssuerPlan(transport=Transport.SILENT))
    with lab.pod(silent) as pod, inside(pod, "--deadline", "500ms", "--timeout", "25s") as here:
        facts = gather(here.world, here.config)
        # Were the deadline not kept, this would come from the time-out, or from the lab's patience: a Failed each.
    assert overdue(facts) >= {"discovery", "jwks", "sts"}
    assert isinstance(facts.token, Token)
    assert isinstance(facts.endpoint, Endpoint)


SLOW_FOR_THE_POD = IssuerPlan(discovery=Page(delay=PATIENCE, seen=Seen.POD))
REFUSING_ISSUER = IssuerPlan(transport=Transport.REFUSE)


@pytest.mark.parametrize(
    ("sts", "issuer", "late", "other", "kind"),
    [
        (Transport.SILENT, IssuerPlan(), "sts", "discovery", Discovery),
        (Transport.SILENT, REFUSING_ISSUER, "sts", "discovery", Failed),
        (Transport.SERVE, SLOW_FOR_THE_POD, "discovery", "sts", Accepted),
        (Transport.REFUSE, SLOW_FOR_THE_POD, "discovery", "sts", Failed),
    ],
)
def test_one_side_overdue_leaves_the_other_as_found(
    lab: Lab, sts: Transport, issuer: IssuerPlan, late: str, other: str, kind: type[object]
) -> None:
    """The deadline takes nothing away from what was reached, or failed, before."""
    facts = seen(
        lab, replace(HEALTHY, sts=StsPlan(transport=sts), issuer=issuer), "--deadline", "2s", "--timeout", "25s"
    )
    assert late in overdue(facts)
    assert isinstance(getattr(facts, other), kind)


@pytest.mark.parametrize(
    ("side", "late"), [("exchange", {"sts", "caller", "clock"}), ("read_issuer", {"discovery", "jwks", "chain"})]
)
def test_a_side_that_nothing_can_end_is_abandoned(
    lab: Lab, monkeypatch: pytest.MonkeyPatch, side: str, late: set[str]
) -> None:
    """What does not even keep its own budget, as a resolver may, is left behind at the deadline."""
    released, ended = threading.Event(), threading.Event()

    def stuck(*_: object, **__: object) -> None:
        released.wait(PATIENCE)
        ended.set()

    monkeypatch.setattr(gathering, side, stuck)
    with lab.pod(HEALTHY) as pod, inside(pod, "--deadline", "500ms") as here:
        facts = gather(here.world, here.config)
        assert not ended.is_set()
        released.set()
        assert ended.wait(PATIENCE)
    assert overdue(facts) >= late
    assert why(facts, *late) == {"not reached within the deadline of 0.5 s"}


# ---------------------------------------------------------------------------------------------------- the proxy


@pytest.mark.parametrize("scenario", ["proxy-error", "proxy-unreachable"])
def test_a_proxy_that_fails_is_told_once(lab: Lab, scenario: str) -> None:
    """Where STS is not reached for the proxy, the issuer's documents were not looked for."""
    facts = seen(lab, scenario)
    assert isinstance(facts.sts, Failed)
    assert facts.sts.kind == "proxy"
    assert why(facts, "discovery") == {"the proxy fails, which exchange.reached reports"}
    assert isinstance(facts.jwks, Absent)
    assert isinstance(facts.chain, Absent)


def test_a_proxy_that_fails_for_the_issuer_alone_is_told_there(lab: Lab) -> None:
    """Where STS is reached past the proxy, the issuer's failure stands."""
    scenario = replace(HEALTHY, environ={"HTTPS_PROXY": "$proxy", "NO_PROXY": LOOPBACK})
    facts = seen(lab, scenario)
    assert isinstance(facts.sts, Accepted)
    assert isinstance(facts.discovery, Failed)
    assert facts.discovery.kind == "proxy"


# -------------------------------------------------------------------------------------------------- side by side


def test_issuer_and_exchange_run_side_by_side(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each server answers only once the other was asked too: one after the other, none would ever answer."""
    asked = {"issuer": threading.Event(), "sts": threading.Event()}
    met: list[bool] = []

    def meet(mine: str, other: str) -> None:
        asked[mine].set()
        met.append(asked[other].wait(PATIENCE))

    serve, answer = Issuer._serve_discovery, Sts.__call__

    def discovery(self: Issuer, environ: "WSGIEnvironment", start: "StartResponse") -> object:
        meet("issuer", "sts")
        return serve(self, environ, start)

    def sts(self: Sts, environ: "WSGIEnvironment", start: "StartResponse") -> object:
        meet("sts", "issuer")
        return answer(self, environ, start)

    monkeypatch.setattr(Issuer, "_serve_discovery", discovery)
    monkeypatch.setattr(Sts, "__call__", sts)
    facts = seen(lab, HEALTHY, "--timeout", "60s", "--deadline", "60s")
    assert isinstance(facts.sts, Accepted)
    assert isinstance(facts.discovery, Discovery)
    assert all(met)


@pytest.mark.parametrize("error", [LookupError, SystemExit])
@pytest.mark.parametrize(
    "collaborator",
    ["read_settings", "read_token", "read_issuer", "exchange", "first_provider", "resolve_endpoint", "names"],
)
def test_an_exception_reaches_the_caller(
    lab: Lab, monkeypatch: pytest.MonkeyPatch, collaborator: str, error: type[BaseException]
) -> None:
    """A bug is raised to whoever asked for the facts, also one in a thread; it never becomes a fact."""

    def raising(*_: object, **__: object) -> None:
        raise error(collaborator)

    monkeypatch.setattr(gathering, collaborator, raising)
    with lab.pod(HEALTHY) as pod, settled(), inside(pod) as here, pytest.raises(error, match=collaborator):
        gather(here.world, here.config)


# ------------------------------------------------------------------------------------------------- the rotation


@contextmanager
def rotating(lab: Lab, monkeypatch: pytest.MonkeyPatch, *, keep: bool) -> Iterator[tuple[Pod, list[str]]]:
    """Make a pod whose key and token are renewed when STS is first asked, before its issuer answers.

    Yields the pod and the tokens that STS is sent.
    """
    renewed = threading.Event()
    pods: list[Pod] = []
    sent: list[str] = []
    exchange, serve = Sts._exchange, Issuer._serve_discovery

    def first(self: Sts, form: Form) -> object:
        sent.append(form["WebIdentityToken"])
        pods[0].issuer.rotate(rsa_key(), keep=keep)
        pods[0].renew()
        renewed.set()
        return exchange(self, form)

    def second(self: Issuer, environ: "WSGIEnvironment", start: "StartResponse") -> object:
        assert renewed.wait(PATIENCE)
        return serve(self, environ, start)

    monkeypatch.setattr(Sts, "_exchange", first)
    monkeypatch.setattr(Issuer, "_serve_discovery", second)
    with lab.pod(HEALTHY) as pod:
        pods.append(pod)
        yield pod, sent


@pytest.mark.parametrize("keep", [True, False])
def test_a_rotation_in_the_middle_of_a_run_mixes_nothing(lab: Lab, monkeypatch: pytest.MonkeyPatch, keep: bool) -> None:
    """Facts, exchange and signature are of the one token that was read, whatever is in its file by then."""
    with rotating(lab, monkeypatch, keep=keep) as (pod, sent), inside(pod, "--timeout", "20s") as here:
        token_file = Path(pod.environ["AWS_WEB_IDENTITY_TOKEN_FILE"])
        old, kid = token_file.read_text(encoding="ascii"), pod.issuer.key.kid
        facts = gather(here.world, here.config)
        assert token_file.read_text(encoding="ascii") != old
        assert pod.issuer.key.kid != kid
    assert sent == [old]
    assert isinstance(facts.token, Token)
    assert facts.token.kid == kid
    if keep:
        assert facts.signature == Signature(kid, verified=True)
        assert isinstance(facts.sts, Accepted)
    else:
        assert why(facts, "signature") == {"the key that signed the token is not published"}
        assert isinstance(facts.sts, Refused)


# --------------------------------------------------------------------------------------------------- Pod Identity


def test_a_pod_that_is_meant_for_pod_identity(lab: Lab) -> None:
    """Nothing of IRSA is looked at, also where it is there; the clock is compared with STS's all the same."""
    scenario = SCENARIOS["pod-identity-behind-irsa"]
    facts = seen(lab, scenario, "--iam", "on", "--no-exchange=false")
    assert why(facts, *OF_IRSA) == {NOT_IRSA}
    assert isinstance(facts.pod_identity, PodIdentity)
    assert isinstance(facts.agent, Given)
    assert isinstance(facts.agent_caller, Caller)
    assert isinstance(facts.clock, Clock)
    assert facts.expectation.pod_identity
    assert (facts.names.service_account, facts.names.namespace) == ("app", "payments")
    assert facts.names.role_arn == "ROLE_ARN"


def test_a_given_trust_policy_is_not_judged_for_pod_identity(lab: Lab) -> None:
    """It would be judged with the claims of another token."""
    with lab.pod(SCENARIOS["pod-identity-healthy"]) as pod, inside(pod) as here:
        facts = gather(here.world, here.config, TrustPolicy("{}", "a file"))
    assert why(facts, "trust_policy") == {NOT_IRSA}


def test_a_profile_that_is_missing_is_told_whatever_the_mechanism(lab: Lab) -> None:
    """SDKs stop there before they come to anything."""
    facts = seen(lab, "pod-identity-healthy", AWS_PROFILE="missing")
    assert isinstance(facts.settings, Failed)
    assert isinstance(facts.agent, Given)
    assert isinstance(facts.agent_caller, Absent)


def test_both_mechanisms_are_looked_at(lab: Lab) -> None:
    """With their credentials apart from each other; what botocore would take first is known."""
    facts = seen(lab, "pod-identity-and-irsa")
    assert isinstance(facts.sts, Accepted)
    assert isinstance(facts.caller, Caller)
    assert isinstance(facts.agent_caller, Caller)
    assert facts.caller.arn.rpartition("/")[2] == "irsa-doctor-app-0"
    assert facts.agent_caller.arn.rpartition("/")[2].startswith("eks-lab-app-0")
    assert isinstance(facts.pod_identity, PodIdentity)
    assert facts.pod_identity.before is not None
    assert facts.pod_identity.before.source == "AWS_WEB_IDENTITY_TOKEN_FILE"
    assert isinstance(facts.token, Token)
    assert facts.names.audience == "sts.amazonaws.com"


def test_alone_the_agents_token_tells_whose_the_pod_is(lab: Lab) -> None:
    """Where nobody gave the pod's names by the downward API."""
    facts = seen(lab, "pod-identity-in-use", POD_NAMESPACE="", POD_SERVICE_ACCOUNT="", POD_NAME="")
    assert (facts.names.namespace, facts.names.service_account, facts.names.pod) == ("payments", "app", "app-0")


def test_the_agent_is_never_asked_where_the_pod_is_meant_for_irsa(lab: Lab) -> None:
    """Its variables are told, and nothing else of it."""
    facts = seen(lab, "pod-identity-and-irsa", "--mechanism", "irsa")
    assert why(facts, *OF_POD_IDENTITY) == {"--mechanism irsa"}
    assert isinstance(facts.sts, Accepted)


def test_an_agent_that_is_too_slow(lab: Lab) -> None:
    """The deadline ends it, and nothing else is lost."""
    slow = replace(SCENARIOS["pod-identity-and-irsa"], agent=AgentPlan(transport=Transport.SILENT))
    with settled():
        facts = seen(lab, slow, "--deadline", "2s", "--timeout", "30s")
    assert overdue(facts) >= {"agent"}
    assert isinstance(facts.sts, Accepted)
