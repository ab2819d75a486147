"""``irsa-doctor thumbprint``, against a server and against openssl."""

import base64
import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from servers import LONG_AGO, Authority, Server, response, routes, silent
from sidecar.commands.thumbprint import run
from sidecar.config import Config

DISCOVERY = "/.well-known/openid-configuration"
ROLE = "arn:aws-us-gov:iam::123456789012:role/app"
PEM = re.compile(rb"-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----", re.DOTALL)

needs_openssl = pytest.mark.skipif(
    shutil.which("openssl") is None and os.environ.get("CI") != "true", reason="openssl is not installed"
)


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    """Return an authority for these tests."""
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture
def issuer(authority: Authority) -> Iterator[Server]:
    """Return an issuer whose keys are at another host name than its own."""
    answers = {"/keys": response(b'{"keys": []}')}
    with Server(routes(answers), authority.context("localhost", "127.0.0.1")) as server:
        found = {"issuer": server.url, "jwks_uri": f"https://127.0.0.1:{server.port}/keys"}
        answers["/id" + DISCOVERY] = response(json.dumps(found).encode())
        yield server


@pytest.fixture
def config(authority: Authority) -> Config:
    """Return settings that trust the authority."""
    return Config(issuer_ca=str(authority.bundle))


def token_file(folder: Path, claims: dict[str, object]) -> str:
    """Write a token with these claims; return its path."""
    parts = [{"alg": "RS256", "kid": "one"}, claims]
    encoded = [base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in parts]
    path = folder / "token"
    path.write_text(".".join([*encoded, "c2VjcmV0"]))
    return str(path)


def openssl(port: int, digest: str) -> str:
    """Return what openssl makes of the last certificate that a server presents."""
    shown = subprocess.run(
        ["openssl", "s_client", "-connect", f"127.0.0.1:{port}", "-servername", "localhost", "-showcerts"],
        input=b"", capture_output=True, timeout=20, check=False,
    )  # fmt: skip
    last: bytes = PEM.findall(shown.stdout)[-1]
    command = ["openssl", "x509", "-noout", "-fingerprint", f"-{digest}"]
    printed: bytes = subprocess.run(command, input=last, capture_output=True, timeout=20, check=True).stdout
    return printed.decode().strip().rpartition("=")[2].replace(":", "").lower()


@needs_openssl
def test_the_thumbprint_is_openssl_s(issuer: Server, config: Config, capsys: pytest.CaptureFixture[str]) -> None:
    """`openssl s_client -showcerts | openssl x509 -fingerprint`, of the last certificate presented."""
    assert run(f"{issuer.url}/id", config, {}, as_json=True) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["thumbprint"] == openssl(issuer.port, "sha1")
    assert told["certificates"][-1]["sha256"] == openssl(issuer.port, "sha256")


def test_the_chain_of_the_jwks_host_is_shown(
    issuer: Server, config: Config, capsys: pytest.CaptureFixture[str]
) -> None:
    """With every certificate, and the command for the provider in the role's account."""
    assert run(f"{issuer.url}/id/", config, {"AWS_ROLE_ARN": ROLE}, as_json=False) == 0
    told = capsys.readouterr().out
    thumbprint = told.strip().rpartition(" ")[2]
    assert re.fullmatch("[0-9a-f]{40}", thumbprint)
    assert f"chain of  127.0.0.1:{issuer.port}\n" in told
    assert "certificate 2 of 2" in told
    assert (
        "aws iam update-open-id-connect-provider-thumbprint --open-id-connect-provider-arn "
        f"arn:aws-us-gov:iam::123456789012:oidc-provider/localhost:{issuer.port}/id --thumbprint-list {thumbprint} "
        "--region us-gov-west-1\n"
    ) in told
    assert "ACCOUNT_ID" not in told


def test_without_a_url_the_issuer_is_the_token_s(
    issuer: Server, config: Config, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The environment names the token and the role."""
    monkeypatch.setenv("AWS_WEB_IDENTITY_TOKEN_FILE", token_file(tmp_path, {"iss": f"{issuer.url}/id"}))
    monkeypatch.setenv("AWS_ROLE_ARN", ROLE)
    assert run(None, config, os.environ, as_json=True) == 0
    told = capsys.readouterr()
    assert json.loads(told.out)["issuer"] == f"{issuer.url}/id"
    assert "123456789012" in json.loads(told.out)["command"]
    assert "c2VjcmV0" not in told.out + told.err


@pytest.mark.parametrize("expected", [("a" * 40,), ("a" * 40, "THUMBPRINT")])
def test_an_expected_thumbprint_is_compared(
    issuer: Server, config: Config, capsys: pytest.CaptureFixture[str], expected: tuple[str, ...]
) -> None:
    """One that matches is enough; none is exit code 1."""
    run(f"{issuer.url}/id", config, {}, as_json=True)
    thumbprint = json.loads(capsys.readouterr().out)["thumbprint"]
    known = tuple(one.replace("THUMBPRINT", thumbprint) for one in expected)
    code = run(f"{issuer.url}/id", Config(issuer_ca=config.issuer_ca, expect_thumbprint=known), {}, as_json=False)
    assert code == (0 if thumbprint in known else 1)
    assert ("none of those expected" in capsys.readouterr().out) is (code == 1)


def test_a_host_without_a_document_shows_its_own_chain(
    issuer: Server, config: Config, capsys: pytest.CaptureFixture[str]
) -> None:
    """As `openssl s_client` would, and it says that this may not be the chain that counts."""
    assert run(f"localhost:{issuer.port}", config, {}, as_json=True) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["jwks_uri"] is None
    assert (told["host"], told["verified"]) == ("localhost", True)
    assert any("404" in note for note in told["notes"])


def test_a_chain_that_is_not_trusted_is_shown_with_the_reason(
    authority: Authority, config: Config, capsys: pytest.CaptureFixture[str]
) -> None:
    """Expired: the thumbprint is still what IAM would be given."""
    with Server(silent, authority.context(not_after=LONG_AGO)) as server:
        assert run(server.url, config, {}, as_json=True) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["verified"], told["verify_error"]) == (False, "certificate has expired")
    assert len(told["certificates"]) == 2


def test_a_chain_that_cannot_be_read_is_one_sentence(config: Config, capsys: pytest.CaptureFixture[str]) -> None:
    """On standard error, and exit code 1; standard output stays empty."""
    assert run("https://nowhere.invalid", config, {}, as_json=True) == 1
    told = capsys.readouterr()
    assert told.out == ""
    assert told.err.startswith("irsa-doctor: nowhere.invalid does not resolve")
    assert told.err.count("\n") == 1


@pytest.mark.parametrize("url", ["http://a.example", "https://u:secret@a.example", "https://", "", "a b", "\x1b[2J"])
def test_a_url_that_is_none_is_asked_wrongly(config: Config, capsys: pytest.CaptureFixture[str], url: str) -> None:
    """Exit code 2 and a reason without the password."""
    assert run(url, config, {}, as_json=False) == 2
    told = capsys.readouterr().err
    assert told.startswith("irsa-doctor: the issuer's URL ")
    assert "secret" not in told


@pytest.mark.parametrize(
    ("content", "code", "why"),
    [
        (None, 1, "token"),
        ("not a token", 1, "cannot be read"),
        ({}, 1, "the token names no issuer"),
        ({"iss": "http://a.example"}, 1, "does not begin with https://"),
    ],
)
def test_a_token_that_names_no_issuer_is_one_sentence(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    content: dict[str, object] | str | None,
    code: int,
    why: str,
) -> None:
    """Nothing was asked wrongly: the pod is at fault."""
    path = str(tmp_path / "token")
    if isinstance(content, dict):
        path = token_file(tmp_path, content)
    elif content:
        Path(path).write_text(content)
    assert run(None, Config(token_file=path), {}, as_json=False) == code
    assert why in capsys.readouterr().err


def test_without_a_url_and_a_token_it_is_asked_wrongly(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Exit code 2: there is nothing to look at."""
    monkeypatch.delenv("AWS_WEB_IDENTITY_TOKEN_FILE", raising=False)
    assert run(None, Config(), os.environ, as_json=False) == 2
    assert "no URL is given" in capsys.readouterr().err


def test_a_profile_that_is_missing_is_one_sentence(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The settings themselves may be unreadable."""
    monkeypatch.setenv("AWS_PROFILE", "no-such-profile")
    assert run(None, Config(), os.environ, as_json=False) == 1
    assert "no-such-profile" in capsys.readouterr().err
