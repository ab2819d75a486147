"""A chain and its thumbprint, as people and programs read them."""

import json
import shlex

import pytest

from sidecar.arns import RoleArn
from sidecar.facts import Certificate, CertificateChain
from sidecar.render.thumbprint import Thumbprint, command, distrust, notes, provider, thumbprint_json, thumbprint_text

LEAF = Certificate("CN=a.example", "CN=ca", 0.0, 1_893_456_000.0, "1" * 40, "2" * 64, ("a.example",))
TOP = Certificate("CN=ca\x1b[2J", "CN=root", 0.0, 1_893_456_000.0, "3" * 40, "4" * 64, ())
CHAIN = CertificateChain("keys.example", 443, (LEAF, TOP), None, name_matches=True)
ROLE = RoleArn("aws", "123456789012", "/", "app")
FOUND = Thumbprint("https://a.example/id/X", CHAIN, "https://keys.example/keys", role=ROLE)
CALL = (
    "aws iam update-open-id-connect-provider-thumbprint --open-id-connect-provider-arn "
    "arn:aws:iam::123456789012:oidc-provider/a.example/id/X --thumbprint-list " + "3" * 40
)


def test_the_text_is_made_to_be_read_and_copied() -> None:
    """Golden: chain, notes, command, and a last line to grep for. No control character gets through."""
    assert (
        thumbprint_text(FOUND)
        == f"""\
  issuer    https://a.example/id/X
  JWKS      https://keys.example/keys
  chain of  keys.example:443

certificate 1 of 2
  subject  CN=a.example
  issuer   CN=ca
  valid    1970-01-01T00:00:00Z to 2030-01-01T00:00:00Z
  SHA-1    {"1" * 40}
  SHA-256  {"2" * 64}

certificate 2 of 2
  subject  CN=ca\\x1b[2J
  issuer   CN=root
  valid    1970-01-01T00:00:00Z to 2030-01-01T00:00:00Z
  SHA-1    {"3" * 40}
  SHA-256  {"4" * 64}

Note: AWS looks at the thumbprint only where its own trust store does not cover the chain, or where the host takes \
nothing but TLS 1.3: for the certificate of a public authority another value is mostly no fault.

To install it:
    {CALL}

irsa-doctor: thumbprint: {"3" * 40}"""
    )


def test_the_json_has_every_key() -> None:
    """The whole document."""
    certificate = {"not_before": "1970-01-01T00:00:00Z", "not_after": "2030-01-01T00:00:00Z"}
    assert json.loads(thumbprint_json(FOUND)) == {
        "schema": "irsa-doctor/thumbprint/v1",
        "issuer": "https://a.example/id/X",
        "jwks_uri": "https://keys.example/keys",
        "host": "keys.example",
        "port": 443,
        "thumbprint": "3" * 40,
        "expected": [],
        "verified": True,
        "verify_error": None,
        "certificates": [
            {"subject": "CN=a.example", "issuer": "CN=ca", **certificate, "sha1": "1" * 40, "sha256": "2" * 64,
             "names": ["a.example"]},
            {"subject": "CN=ca\x1b[2J", "issuer": "CN=root", **certificate, "sha1": "3" * 40, "sha256": "4" * 64,
             "names": []},
        ],
        "notes": notes(FOUND),
        "command": CALL,
    }  # fmt: skip


def test_what_is_not_in_order_is_noted() -> None:
    """No document, no trust, no role: a note each."""
    chain = CertificateChain("a.example", 443, (LEAF,), "certificate has expired", name_matches=False)
    told = "\n".join(notes(Thumbprint("https://a.example", chain, None, unread="it answers with HTTP status 404")))
    assert "HTTP status 404" in told
    assert "certificate has expired" in told
    assert "ACCOUNT_ID" in told


def test_a_wrong_name_alone_is_distrust() -> None:
    """OpenSSL has nothing against the chain, but it is not this host's."""
    assert distrust(CHAIN) is None
    assert distrust(CHAIN._replace(name_matches=False)) == "the certificate does not name keys.example"


@pytest.mark.parametrize(
    ("issuer", "arn"),
    [
        ("https://a.example/id/", "arn:aws:iam::ACCOUNT_ID:oidc-provider/a.example/id"),
        ("https://oidc.eks.cn-north-1.amazonaws.com.cn/id/X",
         "arn:aws-cn:iam::ACCOUNT_ID:oidc-provider/oidc.eks.cn-north-1.amazonaws.com.cn/id/X"),
        ("https://oidc.eks.us-gov-west-1.amazonaws.com/id/X",
         "arn:aws-us-gov:iam::ACCOUNT_ID:oidc-provider/oidc.eks.us-gov-west-1.amazonaws.com/id/X"),
    ],
)  # fmt: skip
def test_without_a_role_the_partition_is_the_issuer_s(issuer: str, arn: str) -> None:
    """The account is left to be filled in."""
    assert provider(Thumbprint(issuer, CHAIN, None)) == arn


def test_the_command_quotes_what_a_shell_would_take_apart() -> None:
    """An issuer is a stranger's text."""
    words = shlex.split(command(Thumbprint("https://a.example/$(reboot);'x", CHAIN, None, role=ROLE)))
    assert words[4] == "arn:aws:iam::123456789012:oidc-provider/a.example/$(reboot);'x"
    assert len(words) == 7


@pytest.mark.parametrize(
    ("expected", "unexpected"), [((), False), (("3" * 40,), False), (("1" * 40,), True), (("1" * 40, "3" * 40), False)]
)
def test_an_expected_thumbprint_is_one_of_several(expected: tuple[str, ...], *, unexpected: bool) -> None:
    """IAM may hold up to five; one that matches is enough."""
    found = Thumbprint("https://a.example", CHAIN, None, expected=expected)
    assert found.unexpected is unexpected
    assert thumbprint_text(found).endswith("none of those expected") is unexpected
