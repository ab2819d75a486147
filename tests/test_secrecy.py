"""Nothing secret leaves the program: no token or part of one, no credential, no password, in any output."""

import base64
import gc
import json
import os
import signal
import threading
import warnings
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import replace
from typing import NoReturn

import pytest
from moto.sts.models import AssumedRole

from insidepod import checked, inside, settled
from servers import Server, tunnel
from sidecar import cli, diagnosis, jwt
from sidecar.commands import check
from sidecar.config import Format
from sidecar.diagnosis import diagnose
from sidecar.facts import Accepted, AgentRefused, Facts, Given
from sidecar.lab.cloud import Account
from sidecar.lab.lab import Lab, Pod
from sidecar.lab.plan import AgentPlan, Outright, Page, Scenario, StsPlan, TokenPlan
from sidecar.lab.refusals import RefusalError
from sidecar.lab.scenarios import HEALTHY, SCENARIOS
from sidecar.lab.sts import Sts
from sidecar.model import Failed, Report
from sidecar.probe import gather as gathering
from sidecar.render import termination as render_termination
from sidecar.render import text as render_text

PIECE = 12
"""Characters of a secret that must nowhere stand together."""
SECRET = "Sw0rdf1sh-0f-the-deep-2026"
ACCESS_KEY = "AKIAQ7SECRECYTEST234"
TOKEN_PARTS = 3
RAW = f"eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJodHRwczovL29pZGMuaW52YWxpZCJ9.{SECRET}"
"""A token that nobody signed."""


def pieces(text: str) -> set[str]:
    """Return every stretch of `PIECE` characters of a text; the text itself where it is shorter."""
    return {text[start : start + PIECE] for start in range(max(1, len(text) - PIECE + 1))}


def leaked(secrets: Collection[str], said: str) -> set[str]:
    """Return the pieces of secrets that stand in what was said."""
    spoken = pieces(said)
    short = {secret for secret in secrets if len(secret) < PIECE and secret in said}
    return short.union(*(pieces(secret) & spoken for secret in secrets))


def token_of(pod: Pod, volume: str = "token") -> str:
    """Return the text in the pod's token file, empty where there is none; or in that of another volume."""
    path = pod.directory / volume / "token"
    return path.read_text(encoding="utf-8").strip() if path.is_file() else ""


def secrets_of(pod: Pod, given: Collection[str]) -> set[str]:
    """Return what must not be said of this pod: its tokens, the credentials it was given, the keys that lie at hand."""
    token, agents = token_of(pod), token_of(pod, "agent")
    tokens = {secret for secret in (token, agents, *given) if len(secret.split(".")) == TOKEN_PARTS or secret in given}
    return tokens | {pod.fill("$reader_secret")}


@pytest.fixture
def given(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return the credentials that the lab's STS gives, as it gives them."""
    handed_out: list[str] = []
    assume = Account.assume

    def noting(self: Account, role_arn: str, session: str, duration: int) -> AssumedRole:
        role = assume(self, role_arn, session, duration)
        handed_out.extend((role.access_key_id, role.secret_access_key, role.session_token))
        return role

    monkeypatch.setattr(Account, "assume", noting)
    return handed_out


@pytest.fixture
def outer(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Put back what the program sets for its whole process."""
    monkeypatch.setattr(threading, "excepthook", threading.excepthook)
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    yield
    gc.enable()
    for number, handler in before.items():
        signal.signal(number, handler)


def observed(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """Keep the facts and the report of each run that follows."""
    kept: list[object] = []

    def diagnosed(facts: Facts, *arguments: object, **more: object) -> Report:
        kept.append(facts)
        kept.append(report := diagnose(facts, *arguments, **more))  # type: ignore[arg-type]  # handed on as they came
        return report

    monkeypatch.setattr(check, "diagnose", diagnosed)
    return kept


def said_in(pod: Pod, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> tuple[Facts, str]:
    """Run the command in the pod; return the facts and all that it said or could have said of them."""
    kept = observed(monkeypatch)
    log = pod.directory / "termination-log"
    with inside(pod, "--termination-log", str(log)) as here:
        check.run(here.config, here.world.environ)
    facts, report = kept
    assert isinstance(facts, Facts)
    assert isinstance(report, Report)
    forms = [check.rendering(report, form, colour=colour) for form in Format for colour in (True, False)]
    written = log.read_text(encoding="utf-8")
    return facts, "\n".join((*capfd.readouterr(), *forms, written, str(facts), repr(facts), str(report), repr(report)))


# --------------------------------------------------------------------------------------------- the search itself


def test_the_search_finds_what_it_is_for() -> None:
    """Twelve characters of a secret are found, eleven are not; a short secret is found whole."""
    token = "eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJ4In0.AbCdEfGhIjKlMnOpQrSt"
    assert leaked({token}, f"see {token[-12:]}!") == {token[-12:]}
    assert leaked({token}, f"see {token[:20]}!")
    assert not leaked({token}, f"see {token[-11:]}!")
    assert leaked({"hunter2"}, "the password is hunter2") == {"hunter2"}


# ------------------------------------------------------------------------------------------------- the scenarios


@pytest.mark.parametrize("scenario", SCENARIOS.values(), ids=SCENARIOS)
def test_no_scenario_says_a_secret(
    lab: Lab,
    scenario: Scenario,
    given: list[str],
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    """No output, no fact and no report of any scenario holds 12 characters of a token or of what STS gave."""
    with lab.pod(scenario) as pod, warnings.catch_warnings():
        warnings.simplefilter("default")
        facts, said = said_in(pod, monkeypatch, capfd)
        secrets = secrets_of(pod, given)
    assert "irsa-doctor" in said
    assert bool(given) is (isinstance(facts.sts, Accepted) or isinstance(facts.agent, Given))
    assert not leaked(secrets, said)


TALKATIVE = (
    "pod-identity-healthy",
    "pod-identity-and-irsa",
    "pod-identity-broken",
    "healthy",
    "healthy-by-profile",
    "token-file-unclean",
    "trust-policy-denied",
    "sts-timeout",
    "proxy-error",
)


@pytest.mark.parametrize("form", Format)
@pytest.mark.parametrize("scenario", TALKATIVE)
def test_no_process_says_a_secret(lab: Lab, scenario: str, form: Format, given: list[str]) -> None:
    """Nor does the process, in Python's development mode and with every warning on; it has nothing to warn of."""
    with lab.pod(SCENARIOS[scenario]) as pod:
        log = pod.directory / "termination-log"
        arguments = ("--format", form, "--termination-log", str(log))
        told = checked(pod, *arguments, python=("-X", "dev"), PYTHONWARNINGS="default")
        said = told.out + told.err + log.read_text(encoding="utf-8")
        secrets = secrets_of(pod, given)
    assert told.code in {0, 1}
    assert told.err == ""
    assert secrets
    assert not leaked(secrets, said)


LOGGING = """
import json, logging, os, sys
from sidecar import cli

code = cli.main(sys.argv[3:], os.environ)  # behind -m sidecar
names = [name for name in logging.root.manager.loggerDict if name.split(".")[0] in ("sidecar", "irsa-doctor")]
loggers = [logging.root, *(one for one in logging.root.manager.loggerDict.values() if isinstance(one, logging.Logger))]
speaking = [str(one) for logger in loggers for one in logger.handlers if type(one) is not logging.NullHandler]
set_up = [logger.name for logger in loggers[1:] if logger.level not in (logging.NOTSET, logging.WARNING)]
print(json.dumps([code, names, speaking, set_up, logging.root.level]), file=sys.stderr)
"""


def test_the_program_sets_up_no_logging(lab: Lab) -> None:
    """No logger of its own, no handler that writes, no level that lets botocore tell what it sends."""
    with lab.pod(HEALTHY) as pod:
        told = checked(pod, python=("-c", LOGGING))
    code, names, speaking, set_up, level = json.loads(told.err)
    assert (code, names, speaking, set_up, level) == (0, [], [], [], 30)


# ------------------------------------------------------------------------------------- environment and profiles

KEYS = f"aws_access_key_id = {ACCESS_KEY}\naws_secret_access_key = {SECRET}\naws_session_token = {SECRET}+token\n"
WITH_PASSWORD = f"user:{SECRET}@"
HOLDING: Mapping[str, Scenario] = {
    scenario.name: scenario
    for scenario in (
        Scenario(
            name="proxy unreachable",
            summary="a proxy that nothing listens at",
            environ={
                "HTTPS_PROXY": f"http://{WITH_PASSWORD}$nowhere",
                "https_proxy": f"http://{WITH_PASSWORD}$nowhere",
            },
        ),
        Scenario(
            name="proxy for the issuer",
            summary="the same, but not for STS",
            environ={"HTTPS_PROXY": f"http://{WITH_PASSWORD}$nowhere", "NO_PROXY": "127.0.0.1"},
        ),
        Scenario(
            name="proxy without scheme",
            summary="a proxy by its host alone",
            environ={"HTTPS_PROXY": f"{WITH_PASSWORD}$nowhere"},
        ),
        Scenario(
            name="proxy of no kind",
            summary="a proxy of a scheme that nobody speaks",
            environ={"HTTPS_PROXY": f"socks9://{WITH_PASSWORD}$nowhere"},
        ),
        Scenario(
            name="proxy with an unescaped password",
            summary="a password with characters that end a URL's authority",
            environ={"HTTPS_PROXY": f"http://user:/#?@{SECRET}@$nowhere", "ALL_PROXY": f"http://a:{SECRET}/@$nowhere"},
        ),
        Scenario(
            name="proxy with an unescaped slash",
            summary="a password that begins what looks like a path",
            environ={"HTTPS_PROXY": f"http://user:7/{SECRET}@$nowhere"},
        ),
        Scenario(
            name="endpoint",
            summary="a password in the endpoint's URL",
            environ={"AWS_ENDPOINT_URL_STS": f"https://{WITH_PASSWORD}$nowhere"},
        ),
        Scenario(
            name="endpoint without scheme",
            summary="the same, malformed",
            environ={"AWS_ENDPOINT_URL_STS": f"{WITH_PASSWORD}sts.example.test"},
        ),
        Scenario(
            name="endpoint with a bad port",
            summary="the same, otherwise malformed",
            environ={"AWS_ENDPOINT_URL_STS": f"https://{WITH_PASSWORD}sts.example.test:port"},
        ),
        Scenario(
            name="endpoint with an unescaped slash",
            summary="the same, the password with a slash",
            environ={"AWS_ENDPOINT_URL_STS": f"https://user:7/{SECRET}@127.0.0.1:1"},
        ),
        Scenario(
            name="endpoint of a profile",
            summary="a password in the profile's URL",
            environ={"AWS_ENDPOINT_URL_STS": None},
            files={"config": f"[default]\nendpoint_url = https://{WITH_PASSWORD}127.0.0.1:1\n"},
        ),
        Scenario(
            name="endpoint of a service",
            summary="a password in the URL of the profile's service",
            environ={"AWS_ENDPOINT_URL_STS": None},
            files={
                "config": "[default]\nservices = lab\n[services lab]\nsts =\n"
                f"  endpoint_url = https://{WITH_PASSWORD}127.0.0.1:1\n"
            },
        ),
        Scenario(
            name="static keys",
            summary="keys in the environment",
            environ={
                "AWS_ACCESS_KEY_ID": ACCESS_KEY,
                "AWS_SECRET_ACCESS_KEY": SECRET,
                "AWS_SESSION_TOKEN": f"{SECRET}+token",
            },
        ),
        Scenario(
            name="keys of the default profile", summary="keys in a file", files={"credentials": f"[default]\n{KEYS}"}
        ),
        Scenario(
            name="keys in the config file", summary="keys in the other file", files={"config": f"[default]\n{KEYS}"}
        ),
        Scenario(
            name="keys that are misspelt",
            summary="a line that is none, beside keys",
            files={"credentials": f"[default]\n{KEYS}{SECRET}\n"},
        ),
        Scenario(
            name="keys without a section",
            summary="a file that cannot be parsed",
            files={"credentials": KEYS},
        ),
        Scenario(
            name="keys twice",
            summary="an option that stands there twice",
            files={"credentials": f"[default]\n{KEYS}{KEYS}"},
        ),
        Scenario(
            name="keys in bytes that are no text",
            summary="a file of another encoding",
            files={"credentials": f"[default]\n{KEYS}[\udcff]\n".replace("\udcff", "\ufffd")},
        ),
        Scenario(
            name="source profile",
            summary="a role by way of another profile's keys",
            environ={"AWS_PROFILE": "chained"},
            files={
                "config": "[profile chained]\nrole_arn = $role_arn\nsource_profile = keys\n",
                "credentials": f"[keys]\n{KEYS}",
            },
        ),
        Scenario(
            name="credential process",
            summary="a password on a command line",
            environ={"AWS_PROFILE": "tool"},
            files={"config": f"[profile tool]\ncredential_process = /bin/false --password {SECRET}\n"},
        ),
        Scenario(
            name="Pod Identity",
            summary="an authorization token in the environment",
            environ={
                "AWS_CONTAINER_CREDENTIALS_FULL_URI": f"http://{WITH_PASSWORD}127.0.0.1:1/{SECRET}",
                "AWS_CONTAINER_AUTHORIZATION_TOKEN": SECRET,
            },
        ),
        Scenario(
            name="Pod Identity elsewhere",
            summary="secrets in the URL of a pod that is meant for Pod Identity",
            environ={
                "AWS_CONTAINER_CREDENTIALS_FULL_URI": f"http://{WITH_PASSWORD}169.254.170.23/{SECRET}",
                "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI": f"/{SECRET}",
                "AWS_CONTAINER_AUTHORIZATION_TOKEN": SECRET,
                "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE": "$agent_token_file",
            },
            flags=("--mechanism", "pod-identity"),
        ),
        Scenario(
            name="Pod Identity on loopback",
            summary="a secret path, which is asked for and not shown",
            environ={
                "AWS_CONTAINER_CREDENTIALS_FULL_URI": f"http://$nowhere/{SECRET}",
                "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE": "$agent_token_file",
            },
        ),
        Scenario(
            name="a token in a variable",
            summary="the token where its file's name belongs, in a variable that nobody reads",
            environ={
                "AWS_WEB_IDENTITY_TOKEN_FILE": None,
                "AWS_WEB_IDENTITY_TOKEN": f"eyJhbGciOiJub25lIn0.e30.{SECRET}",
            },
        ),
    )
}


@pytest.mark.parametrize("scenario", HOLDING.values(), ids=HOLDING)
def test_no_setting_gives_its_secret_away(
    lab: Lab,
    scenario: Scenario,
    given: list[str],
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    """Passwords in URLs, keys in variables and files, also where they are malformed, are never said."""
    with lab.pod(scenario) as pod:
        _, said = said_in(pod, monkeypatch, capfd)
        secrets = secrets_of(pod, given)
    assert not leaked(secrets | {SECRET, ACCESS_KEY}, said)


def test_a_proxy_that_is_used_keeps_its_password(
    lab: Lab, given: list[str], monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """The proxy gets the password, nobody else does."""
    with Server(tunnel) as proxy:
        variable = f"http://user:{SECRET}@127.0.0.1:{proxy.port}"
        with lab.pod(replace(HEALTHY, environ={"HTTPS_PROXY": variable})) as pod:
            facts, said = said_in(pod, monkeypatch, capfd)
            secrets = secrets_of(pod, given)
        credential = base64.b64encode(f"user:{SECRET}".encode()).decode()
        assert credential.encode() in proxy.received
    assert isinstance(facts.sts, Accepted)
    assert not leaked(secrets | {SECRET, credential}, said)


def test_a_token_in_place_of_its_files_name_is_not_said(
    lab: Lab, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """AWS_WEB_IDENTITY_TOKEN_FILE with the token itself in it: a mistake that must not put it into a log."""
    with lab.pod(HEALTHY) as pod:
        token = token_of(pod)
        mistaken = replace(pod, environ={**pod.environ, "AWS_WEB_IDENTITY_TOKEN_FILE": token})
        facts, said = said_in(mistaken, monkeypatch, capfd)
    assert isinstance(facts.token_file, Failed)
    assert "a token instead of a path" in facts.token_file.why
    assert not leaked({token}, said)


@pytest.mark.parametrize(
    "content",
    ["Bearer {}", '{{"token": "{}"}}', "'{}'", "{0} {0}", "{}.more", "x{}", "\ufeff{}", "token\n{}\n", "{}\x00"],
)
def test_a_token_that_is_wrapped_in_something_is_not_said(
    lab: Lab, content: str, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """What stands around the token, or makes it unreadable, is told without it."""
    with lab.pod(replace(HEALTHY, token=TokenPlan(raw=content.format(RAW)))) as pod:
        _, said = said_in(pod, monkeypatch, capfd)
    assert not leaked({RAW}, said)


@pytest.mark.usefixtures("outer")
def test_an_argument_that_is_a_token_is_not_said(lab: Lab, capfd: pytest.CaptureFixture[str]) -> None:
    """Of a token typed as an argument or as a value no more is repeated than its header, which names alg and kid."""
    with lab.pod(HEALTHY) as pod:
        token = token_of(pod)
    _, payload, signature = token.split(".")
    typed = ((token,), ("--token", token), (f"--token={token}",), ("--wait", token), ("--workload-uid", token))
    for arguments in typed:
        assert cli.main(["check", *arguments], {}) == 2
        said = "".join(capfd.readouterr())
        assert payload not in said
        assert not leaked({signature}, said)


# ------------------------------------------------------------------------------------------------- what STS says


@pytest.mark.parametrize(
    "outright",
    [
        Outright(400, "ValidationError", f"1 validation error: Value '{RAW}' at 'webIdentityToken' failed"),
        Outright(400, "InvalidIdentityToken", f"cannot verify {RAW.rpartition('.')[2]}"),
        Outright(400, RAW, "who would do that"),
        Outright(500, "InternalFailure", f"WebIdentityToken={RAW}&Version=2011-06-15"),
    ],
    ids=["message", "signature", "code", "form"],
)
def test_an_sts_that_repeats_the_token_is_not_repeated(
    lab: Lab, outright: Outright, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """STS's words are shown verbatim, but for a token in them: other implementations may well answer with it."""
    scenario = replace(HEALTHY, token=TokenPlan(raw=RAW), sts=StsPlan(exchange=outright))
    with lab.pod(scenario) as pod:
        _, said = said_in(pod, monkeypatch, capfd)
    assert not leaked({RAW}, said)


def test_an_sts_that_repeats_the_session_token_is_not_repeated(
    lab: Lab, given: list[str], monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """AWS answers SignatureDoesNotMatch with the canonical request, the session token's header in it."""

    def refuse(_self: Sts, action: str | None, environ: Mapping[str, object]) -> None:
        assert action == "GetCallerIdentity"
        header = f"x-amz-security-token:{environ['HTTP_X_AMZ_SECURITY_TOKEN']}"
        message = f"The Canonical String for this request should have been 'POST / {header} {given[0]} {given[1]}'"
        raise RefusalError(403, "SignatureDoesNotMatch", message)

    monkeypatch.setattr(Sts, "_admit", refuse)
    with lab.pod(HEALTHY) as pod:
        facts, said = said_in(pod, monkeypatch, capfd)
        secrets = secrets_of(pod, given)
    assert "SignatureDoesNotMatch" in str(facts.caller)
    assert not leaked(secrets, said)


# ------------------------------------------------------------------------------------- Pod Identity and its agent

MEANT = SCENARIOS["pod-identity-healthy"]


@pytest.mark.parametrize(
    ("status", "content_type", "body"),
    [
        (200, "application/json", '{"AccessKeyId": "KEY", "SecretAccessKey": "KEY"}'),
        (200, "text/html", "<html>KEY TOKEN</html>"),
        (500, "application/json", '{"Token": "KEY", "Authorization": "TOKEN"}'),
        (400, "text/plain", "Service account token cannot be parsed: TOKEN"),
        (400, "text/plain", "[TOKEN]: (InvalidTokenException): TOKEN is no token, fault: client"),
        (400, "text/plain", "[i]: (TOKEN): what, fault: client"),
        (302, "text/plain", "TOKEN"),
    ],
)
def test_an_agent_that_repeats_what_it_must_not(
    lab: Lab,
    status: int,
    content_type: str,
    body: str,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    """Of an answer that is no refusal of the agent's nothing is shown; of a refusal, all but the token in it."""
    token = TokenPlan(raw=RAW)
    redirect = f"http://127.0.0.1:1/{RAW}" if status == 302 else None
    page = Page(status, body.replace("KEY", SECRET).replace("TOKEN", RAW), content_type, redirect)
    with lab.pod(replace(MEANT, agent=AgentPlan(page=page, token=token))) as pod:
        facts, said = said_in(pod, monkeypatch, capfd)
    assert isinstance(facts.agent, AgentRefused)
    assert not leaked({RAW, SECRET}, said)


def test_an_sts_that_repeats_the_agents_credentials_is_not_repeated(
    lab: Lab, given: list[str], monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """AWS answers SignatureDoesNotMatch with the canonical request, the session token's header in it."""

    def refuse(_self: Sts, _action: str | None, environ: Mapping[str, object]) -> None:
        raise RefusalError(
            403, "SignatureDoesNotMatch", f"{environ['HTTP_X_AMZ_SECURITY_TOKEN']} {given[0]} {given[1]}"
        )

    monkeypatch.setattr(Sts, "_admit", refuse)
    with lab.pod(MEANT) as pod:
        facts, said = said_in(pod, monkeypatch, capfd)
        secrets = secrets_of(pod, given)
    assert "SignatureDoesNotMatch" in str(facts.agent_caller)
    assert given
    assert not leaked(secrets, said)


def test_the_agents_token_in_place_of_its_files_name_is_not_said(
    lab: Lab, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE with the token itself in it."""
    with lab.pod(MEANT) as pod:
        token = token_of(pod, "agent")
        mistaken = replace(pod, environ={**pod.environ, "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE": token})
        facts, said = said_in(mistaken, monkeypatch, capfd)
    assert isinstance(facts.agent_file, Failed)
    assert not leaked({token}, said)


# ---------------------------------------------------------------------------------------------------- exceptions


def broken_by(error: Callable[[str], Exception], secret: str) -> Callable[..., NoReturn]:
    """Return what raises an error that holds the secret, whatever it is called with."""

    def broken(*_: object, **__: object) -> NoReturn:
        raise error(secret)

    return broken


ERRORS: Mapping[str, Callable[[str], Exception]] = {
    "value": ValueError,
    "key": KeyError,
    "file": lambda secret: OSError(2, "No such file or directory", secret),
    "decoding": lambda secret: UnicodeDecodeError("utf-8", secret.encode(), 0, 1, secret),
}
COLLABORATORS = [
    (gathering, "read_settings"),
    (gathering, "read_token"),
    (gathering, "read_letter"),
    (gathering, "read_issuer"),
    (gathering, "exchange"),
    (gathering, "first_provider"),
    (gathering, "resolve_endpoint"),
    (gathering, "names"),
    (jwt, "decode"),
    (jwt, "verify"),
    (check, "gather"),
    (check, "diagnose"),
    (diagnosis, "_cause"),
    (render_text, "text"),
    (render_termination, "termination"),
]


@pytest.mark.usefixtures("outer")
@pytest.mark.parametrize("error", ERRORS)
@pytest.mark.parametrize(("module", "name"), COLLABORATORS, ids=[name for _, name in COLLABORATORS])
def test_no_exception_says_a_secret(
    lab: Lab,
    module: object,
    name: str,
    error: str,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    """A bug anywhere whose message holds the token ends in one sentence without it, exit 3."""
    with lab.pod(HEALTHY) as pod, settled(), inside(pod):
        token = token_of(pod)
        monkeypatch.setattr(module, name, broken_by(ERRORS[error], token))
        log = pod.directory / "termination-log"
        code = cli.main(["check", "--termination-log", str(log)], os.environ)
        written = log.read_text(encoding="utf-8") if log.exists() else ""
    out, err = capfd.readouterr()
    assert not leaked({token}, out + err + written)
    assert err.count("\n") == 1
    assert code == 3 or (name, error) == ("termination", "file")
