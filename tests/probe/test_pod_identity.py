"""Pod Identity's variables, its token, whose credentials they are: real files, real servers."""

import json
import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from awsworld import AwsWorld
from sidecar.config import Config, Mechanism
from sidecar.facts import (
    NO_POD_IDENTITY,
    AgentRefused,
    Caller,
    Clock,
    Given,
    PodIdentity,
    Provider,
    Refused,
    Setting,
    Token,
    TokenFile,
)
from sidecar.lab.keys import SigningKey, rsa_key
from sidecar.lab.tokens import signed
from sidecar.model import Absent, Failed
from sidecar.probe.pod_identity import AgentReading, Letter, before, read_agent, read_letter
from sidecar.probe.world import Budget
from stsserver import (
    ACCESS_KEY,
    ASSUMED_ROLE,
    CALLER,
    SECRET_KEY,
    SESSION_TOKEN,
    Answer,
    Server,
    answering,
    refusal,
    resetting,
    serving,
)

FULL_URI = "AWS_CONTAINER_CREDENTIALS_FULL_URI"
RELATIVE_URI = "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"
TOKEN = "AWS_CONTAINER_AUTHORIZATION_TOKEN"
TOKEN_FILE = "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"
AGENT = "http://169.254.170.23/v1/credentials"
DATE_SECONDS = 1795255200.0  # 2026-11-21T10:00:00Z, which the servers say it is
GIVEN = {
    "AccessKeyId": ACCESS_KEY,
    "SecretAccessKey": SECRET_KEY,
    "Token": SESSION_TOKEN,
    "Expiration": "2026-11-21T16:00:00Z",
}


@pytest.fixture(scope="module")
def key() -> SigningKey:
    """Return a key that signs tokens."""
    return rsa_key()


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> AwsWorld:
    """Return an environment without anything of AWS but a region."""
    world = AwsWorld(monkeypatch, tmp_path)
    world.set(AWS_DEFAULT_REGION="eu-west-1")
    return world


@pytest.fixture
def token(tmp_path: Path, key: SigningKey) -> Path:
    """Return the path of a token for the agent."""
    claims = {"aud": ["pods.eks.amazonaws.com"], "exp": 1, "iat": 0, "iss": "https://oidc.test", "sub": "s"}
    path = tmp_path / "eks-pod-identity-token"
    path.write_text(signed(claims, key, "RS256", {}), encoding="ascii")
    return path


def letter(aws: AwsWorld, mechanism: Mechanism = Mechanism.AUTO, *, no_exchange: bool = False) -> Letter:
    """Read what is there."""
    found, raw = read_letter(os.environ, aws.world, Config(mechanism=mechanism, no_exchange=no_exchange))
    assert raw == b"" or raw.decode("latin-1") not in repr(found)
    return found


def variables(aws: AwsWorld, mechanism: Mechanism = Mechanism.AUTO) -> PodIdentity:
    """Return what the variables say."""
    found = letter(aws, mechanism).pod_identity
    assert isinstance(found, PodIdentity)
    return found


# ----------------------------------------------------------------------------------------------- what is looked at


@pytest.mark.parametrize(
    ("environ", "why"),
    [
        ({}, NO_POD_IDENTITY),
        ({FULL_URI: "", TOKEN_FILE: "", RELATIVE_URI: ""}, NO_POD_IDENTITY),
        ({TOKEN: "secret"}, NO_POD_IDENTITY),
        ({RELATIVE_URI: "/v2/credentials"}, "not EKS Pod Identity's"),
        ({FULL_URI: "http://localhost:1338/creds", TOKEN: "secret"}, "not EKS Pod Identity's"),
        ({FULL_URI: "http://[::1"}, "not EKS Pod Identity's"),
    ],
)
def test_others_container_credentials_are_not_looked_at(aws: AwsWorld, environ: dict[str, str], why: str) -> None:
    """Amazon ECS and other agents use the same variables; only the agent's address or its token's file are EKS's."""
    aws.set(**environ)
    found = letter(aws)
    assert {type(one) for one in (found.pod_identity, found.file, found.token, found.unsent)} == {Absent}
    assert isinstance(found.pod_identity, Absent)
    assert why in found.pod_identity.why


def test_a_pod_that_is_meant_for_irsa_is_not_looked_at(aws: AwsWorld, token: Path) -> None:
    """With ``--mechanism irsa`` the token is not even read."""
    aws.set(**{FULL_URI: AGENT, TOKEN_FILE: str(token)})
    why = Absent("--mechanism irsa")
    assert letter(aws, Mechanism.IRSA) == Letter(why, why, why, unsent=why)


def test_a_pod_that_is_meant_for_it_is_looked_at(aws: AwsWorld) -> None:
    """Also where there is nothing."""
    found = letter(aws, Mechanism.POD_IDENTITY)
    assert found.pod_identity == PodIdentity()
    assert found.unsent == Absent(f"{TOKEN_FILE} is not set")


def test_the_agents_address_is_enough(aws: AwsWorld) -> None:
    """Also where the other variable is missing: somebody has to say so."""
    aws.set(**{FULL_URI: AGENT})
    assert variables(aws) == PodIdentity(agent=Setting(AGENT, FULL_URI))


# ------------------------------------------------------------------------------------------------- the variables


@pytest.mark.parametrize(
    ("url", "shown", "problem"),
    [
        (AGENT, AGENT, None),
        ("http://[fd00:ec2::23]/v1/credentials", "http://[fd00:ec2::23]/v1/credentials", None),
        ("http://127.0.0.1:8080/v1/credentials", "http://127.0.0.1:8080/v1/credentials", None),
        ("http://[::1]:8080/my-secret", "http://[::1]:8080/***", None),
        ("http://169.254.170.23", "http://169.254.170.23/***", None),
        ("http://169.254.170.2/v2/credentials", "http://169.254.170.2", "its host is none of"),
        ("http://169.254.169.254/latest/meta-data", "http://169.254.169.254", "its host is none of"),
        ("http://[fd00:ec2::254]/latest", "http://[fd00:ec2::254]", "its host is none of"),
        ("http://localhost/v1/credentials", "http://localhost", "its host is none of"),
        ("http://169.254.170.23.evil.test/v1/credentials", "http://169.254.170.23.evil.test", "its host is none of"),
        ("http://0xa9feaa17/v1/credentials", "http://0xa9feaa17", "its host is none of"),
        ("http://[::ffff:169.254.170.2]/v1/credentials", "http://[::ffff:169.254.170.2]", "its host is none of"),
        ("https://169.254.170.23/v1/credentials", "https://169.254.170.23", "no http URL"),
        ("http://a:secret@169.254.170.23/v1/credentials", "http://169.254.170.23", "more in it"),
        ("http://@169.254.170.23/v1/credentials", "http://169.254.170.23", "more in it"),
        ("http://169.254.170.23/v1/credentials?secret", "http://169.254.170.23", "more in it"),
        ("http://169.254.170.23/v1/credentials#secret", "http://169.254.170.23", "more in it"),
        ("http://169.254.170.23:0/v1/credentials", "http://169.254.170.23", "more in it"),
        ("http://169.254.170.23:99999/v1/credentials", "http://169.254.170.23", "no URL"),
        ("http://169.254.170.23:secret/v1/credentials", "http://169.254.170.23", "no URL"),
        ("169.254.170.23/v1/credentials", "what is no URL", "no http URL"),
        ("http://[::1", "what is no URL", "no URL"),
        ("/v1/credentials", "what is no URL", "no http URL"),
    ],
)
def test_the_agents_url(aws: AwsWorld, token: Path, url: str, shown: str, problem: str | None) -> None:
    """Only the agent's two addresses and loopback are called, by number; of others no more than the host is shown."""
    aws.set(**{FULL_URI: url, TOKEN_FILE: str(token)})
    found = letter(aws)
    assert isinstance(found.pod_identity, PodIdentity)
    assert found.pod_identity.agent == Setting(shown, FULL_URI)
    assert (found.pod_identity.problem is None) is (problem is None) is (found.where is not None)
    assert (problem or "") in (found.pod_identity.problem or "")
    assert (found.unsent is None) is (problem is None)


def test_stray_variables_are_named(aws: AwsWorld, token: Path) -> None:
    """By name: one holds a secret, the other comes first for SDKs, so that nothing is asked."""
    aws.set(**{FULL_URI: AGENT, TOKEN_FILE: str(token), RELATIVE_URI: "/v2", TOKEN: "secret"})
    found = letter(aws)
    assert variables(aws).stray == (RELATIVE_URI, TOKEN)
    assert found.unsent == Absent(f"{RELATIVE_URI} is set, which SDKs take first")
    assert "secret" not in repr(found.pod_identity)


def test_a_token_where_its_path_belongs_is_not_said(aws: AwsWorld, token: Path) -> None:
    """It is a mistake that must not put the token into a report."""
    text = token.read_text(encoding="ascii")
    aws.set(**{FULL_URI: AGENT, TOKEN_FILE: text})
    found = letter(aws)
    assert isinstance(found.file, Failed)
    assert "a token instead of a path" in found.file.why
    assert text not in repr((found.pod_identity, found.file, found.token, found.unsent))


# ----------------------------------------------------------------------------------------------------- the token


def test_the_token_is_read_and_decoded(aws: AwsWorld, token: Path) -> None:
    """It is another token in another file than IRSA's, and looked at in the same way."""
    aws.set(**{FULL_URI: AGENT, TOKEN_FILE: str(token)})
    found = letter(aws)
    assert isinstance(found.file, TokenFile)
    assert isinstance(found.token, Token)
    assert (found.file.path, found.token.audience) == (str(token), ("pods.eks.amazonaws.com",))
    assert found.unsent is None


def test_a_file_that_is_not_there(aws: AwsWorld, tmp_path: Path) -> None:
    """A failure to read is the file's fact, and why nothing else is known."""
    aws.set(**{FULL_URI: AGENT, TOKEN_FILE: str(tmp_path / "nothing")})
    found = letter(aws)
    assert isinstance(found.file, Failed)
    assert found.token == found.unsent == Absent(found.file.why)


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "empty"),
        (b" \n", "empty"),
        (b"a.b.c\n", "cannot be sent"),
        (b"a.b.c\r", "cannot be sent"),
        ("a.b.\u00e9".encode(), "cannot be sent"),
        (b"a.b.c\x00", "cannot be sent"),
    ],
)
def test_a_token_that_no_header_can_hold_is_not_sent(aws: AwsWorld, token: Path, content: bytes, why: str) -> None:
    """SDKs refuse a line break; what they would send otherwise is sent as it is."""
    token.write_bytes(content)
    aws.set(**{FULL_URI: AGENT, TOKEN_FILE: str(token)})
    found = letter(aws)
    assert found.unsent is not None
    assert why in found.unsent.why


def test_no_exchange_is_no_request(aws: AwsWorld, token: Path) -> None:
    """The agent's answer would be an exchange, too."""
    aws.set(**{FULL_URI: AGENT, TOKEN_FILE: str(token)})
    found = letter(aws, no_exchange=True)
    assert isinstance(found.token, Token)
    assert found.unsent == Absent("the agent is not to be asked (--no-exchange)")


# -------------------------------------------------------------------------------------------- what comes before it


@pytest.mark.parametrize(
    ("provider", "found"),
    [
        (Provider("container-role", FULL_URI), None),
        (Provider("iam-role", "the instance metadata service"), None),
        (Provider("none", "AWS_EC2_METADATA_DISABLED"), None),
        (Provider("env", "AWS_ACCESS_KEY_ID"), Setting("the keys in the environment", "AWS_ACCESS_KEY_ID")),
        (Provider("assume-role-with-web-identity", "a"), Setting("web identity (IRSA)", "a")),
        (Provider("sso", "b"), Setting("sso", "b")),
        (Absent("unknown"), None),
    ],
)
def test_what_comes_before(provider: Provider | Absent, found: Setting | None) -> None:
    """By botocore's own order."""
    assert before(PodIdentity(), provider) == PodIdentity(before=found)


def test_what_is_not_looked_at_has_nothing_before_it() -> None:
    """A pod without Pod Identity stays so."""
    assert before(Absent("no"), Provider("env", "a")) == Absent("no")


# ------------------------------------------------------------------------------------------ the agent, then STS


@pytest.fixture
def sts(aws: AwsWorld) -> Iterator[Server]:
    """Return an STS that says whose the credentials are."""
    with serving(answering(CALLER)) as server:
        aws.set(AWS_ENDPOINT_URL_STS=server.url)
        yield server


def asked(aws: AwsWorld, token: Path, *answers: Answer, left: float = 60.0) -> AgentReading:
    """Ask an agent that answers this."""
    with serving(*answers) as agent:
        aws.set(**{FULL_URI: f"http://127.0.0.1:{agent.port}/v1/credentials", TOKEN_FILE: str(token)})
        found, raw = read_letter(os.environ, aws.world, Config())
        return read_agent(found, raw, aws.read(), world=aws.world, budget=Budget(5.0, time.monotonic() + left))


WELL = answering(json.dumps(GIVEN), content_type="application/json")


def test_credentials_and_whose_they_are(aws: AwsWorld, token: Path, sts: Server) -> None:
    """The agent gives them, STS says whose they are and what time it is; both are asked once."""
    found = asked(aws, token, WELL)
    assert isinstance(found.agent, Given)
    assert found.agent.expiry == DATE_SECONDS + 6 * 3600
    assert found.caller == Caller(ASSUMED_ROLE, "111122223333")
    assert isinstance(found.clock, Clock)
    (request,) = sts.requests
    assert request.form["Action"] == "GetCallerIdentity"
    assert f"Credential={ACCESS_KEY}/" in request.head
    assert SESSION_TOKEN in request.head
    assert not {SECRET_KEY, SESSION_TOKEN, ACCESS_KEY} & set(repr(found).split("'"))


def test_a_refusal_asks_nobody_else(aws: AwsWorld, token: Path, sts: Server) -> None:
    """What the agent says is told without the token."""
    text = token.read_text(encoding="ascii")
    found = asked(aws, token, answering(f"[i]: (InvalidTokenException): what is {text}?, fault: client", 400))
    assert found.agent == AgentRefused("InvalidTokenException", "what is ***", 400, "i")
    assert found.caller == found.clock == Absent("the agent refused with InvalidTokenException")
    assert sts.requests == []


def test_silence_asks_nobody_else(aws: AwsWorld, token: Path, sts: Server) -> None:
    """A failure is the agent's alone."""
    found = asked(aws, token, resetting)
    assert isinstance(found.agent, Failed)
    assert found.caller == found.clock == Absent(found.agent.why)
    assert sts.requests == []


@pytest.mark.usefixtures("sts")
def test_a_deadline_that_is_over(aws: AwsWorld, token: Path) -> None:
    """It is told as such of both."""
    found = asked(aws, token, WELL, left=0.0)
    assert isinstance(found.agent, Absent)
    assert found.agent.overdue
    assert isinstance(found.caller, Absent)
    assert found.caller.overdue


def test_an_sts_that_refuses_and_repeats(aws: AwsWorld, token: Path) -> None:
    """What it says is told without the credentials."""
    words = f"the canonical request had {SESSION_TOKEN} and {SECRET_KEY}"
    with serving(answering(refusal("SignatureDoesNotMatch", words), 403)) as server:
        aws.set(AWS_ENDPOINT_URL_STS=server.url)
        found = asked(aws, token, WELL)
    assert isinstance(found.agent, Given)
    assert isinstance(found.caller, Refused)
    assert found.caller.code == "SignatureDoesNotMatch"
    assert SESSION_TOKEN not in found.caller.message
    assert SECRET_KEY not in found.caller.message
    assert isinstance(found.clock, Clock)


def test_an_sts_that_is_out_of_reach(aws: AwsWorld, token: Path) -> None:
    """The agent has given credentials all the same."""
    aws.set(AWS_ENDPOINT_URL_STS="http://127.0.0.1:1")
    found = asked(aws, token, WELL)
    assert isinstance(found.agent, Given)
    assert isinstance(found.caller, Failed)
    assert isinstance(found.clock, Absent)


@pytest.mark.parametrize(
    ("variable", "value", "why"),
    [
        ("AWS_PROFILE", "missing", "cannot be read"),
        ("AWS_CA_BUNDLE", " ", "CA bundle"),
        ("AWS_ENDPOINT_URL_STS", "no URL", "no STS endpoint"),
    ],
)
def test_settings_that_lead_to_no_sts(aws: AwsWorld, token: Path, variable: str, value: str, why: str) -> None:
    """Whose the credentials are is then not known, and why."""
    aws.set(**{variable: value})
    found = asked(aws, token, WELL)
    assert isinstance(found.agent, Given)
    assert isinstance(found.caller, Absent)
    assert why in found.caller.why


def test_nothing_to_ask(aws: AwsWorld) -> None:
    """Without variables nobody is asked."""
    why = Absent(NO_POD_IDENTITY)
    found = read_agent(letter(aws), b"", aws.read(), world=aws.world, budget=Budget(5.0, time.monotonic() + 5))
    assert found == AgentReading(why, why, why)
