"""Whom TLS is trusted to."""

import os
import ssl
from pathlib import Path

import pytest

from servers import Authority
from sidecar.model import Failed
from sidecar.probe.trust import blind, trusting


def authorities(context: ssl.SSLContext | Failed) -> int:
    """Return how many authorities a context has loaded."""
    assert isinstance(context, ssl.SSLContext)
    assert context.verify_mode is ssl.CERT_REQUIRED
    assert context.check_hostname
    return context.cert_store_stats()["x509_ca"]


@pytest.mark.parametrize(
    ("ca", "environ"),
    [
        ("BUNDLE", {"AWS_CA_BUNDLE": "missing", "SSL_CERT_FILE": "missing"}),
        (None, {"AWS_CA_BUNDLE": "BUNDLE", "SSL_CERT_FILE": "missing"}),
        (None, {"AWS_CA_BUNDLE": "", "SSL_CERT_FILE": "BUNDLE"}),
    ],
)
def test_the_first_ca_file_that_is_named_counts(authority: Authority, ca: str | None, environ: dict[str, str]) -> None:
    """The option, else AWS_CA_BUNDLE, else SSL_CERT_FILE; what comes later is not even opened."""
    where = str(authority.bundle)
    named = {name: value.replace("BUNDLE", where) for name, value in environ.items()}
    assert authorities(trusting(ca and where, named)) == 1


def test_without_a_ca_file_the_system_is_trusted(monkeypatch: pytest.MonkeyPatch, authority: Authority) -> None:
    """OpenSSL's own default."""
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.bundle))
    assert authorities(trusting(None, {})) == 1


def test_without_a_system_s_store_botocore_s_is_trusted(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A distroless image may have no store at all."""
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("SSL_CERT_DIR", str(tmp_path))
    assert authorities(trusting(None, {})) > 50


def test_a_hashed_directory_is_a_store(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """OpenSSL reads such a directory when it needs to: nothing is loaded beforehand."""
    (tmp_path / "0123abcd.0").touch()
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("SSL_CERT_DIR", str(tmp_path))
    assert authorities(trusting(None, {})) == 0


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("missing", "cannot be read (No such file or directory)"),
        ("folder", "is not a regular file"),
        ("pipe", "is not a regular file"),
        ("empty", "holds no certificate that can be read"),
        ("text", "holds no certificate that can be read"),
        ("broken", "holds no certificate that can be read"),
        ("loop", "cannot be read (Too many levels of symbolic links)"),
        ("nul\0", "has no valid name"),
    ],
)
def test_a_ca_file_of_no_use_is_named_with_its_reason(tmp_path: Path, name: str, why: str) -> None:
    """No fallback to another trust, no hanging on a pipe."""
    (tmp_path / "folder").mkdir()
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "empty").touch()
    (tmp_path / "text").write_text("no certificate")
    (tmp_path / "broken").write_text("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n")
    (tmp_path / "loop").symlink_to("loop")
    path = f"{tmp_path}/{name}"
    assert trusting(path, {}) == Failed("tls", f"the CA file {path} {why}")


def test_looking_blindly_verifies_nothing() -> None:
    """Only for chains that were refused already."""
    assert blind().verify_mode is ssl.CERT_NONE
