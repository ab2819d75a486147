"""What facts say of themselves."""

import pytest

from cases import ASSUMED, DENIED, chain, refused, token
from sidecar.facts import Accepted, Endpoint, Given, Provider


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("https://sts.eu-west-1.amazonaws.com", "sts.eu-west-1.amazonaws.com"),
        ("https://sts.eu-west-1.amazonaws.com/", "sts.eu-west-1.amazonaws.com"),
        ("https://127.0.0.1:8443/path:1", "127.0.0.1"),
        ("https://[::1]:8443/", "[::1]"),
        ("https://me:secret@sts.test:1/", "sts.test"),
    ],
)
def test_endpoint_host(url: str, host: str) -> None:
    """The endpoint's host is shown without port, path and user."""
    assert Endpoint(url, None, None).host == host


@pytest.mark.parametrize(
    ("audience", "authorized_party", "effective"),
    [
        (("a",), None, "a"),
        (("a",), "b", "b"),
        (("a", "b"), "a", "a"),
        (("a", "b"), None, None),
        ((), None, None),
        (("a",), "", ""),
    ],
)
def test_effective_audience(audience: tuple[str, ...], authorized_party: str | None, effective: str | None) -> None:
    """The audience is azp wherever it is present, else the single aud (FACTS A21, A22)."""
    assert token(audience=audience, authorized_party=authorized_party).effective_audience == effective


def test_thumbprint_is_that_of_the_last_certificate() -> None:
    """The thumbprint is the SHA-1 of the last certificate presented (FACTS B1)."""
    assert chain().thumbprint == "b" * 40


def test_provider_knows_web_identity() -> None:
    """Only botocore's own name for web identity is web identity."""
    assert Provider("assume-role-with-web-identity", "the environment").web_identity
    assert not Provider("assume-role", "a profile").web_identity


def test_answers_say_why_a_check_is_skipped() -> None:
    """STS's answers can be the reason of a skip; one without a code is told by its status."""
    assert Accepted(ASSUMED, None, None, 0.0).why == "STS accepted the token"
    assert DENIED.why == "STS refused the exchange with AccessDenied"
    assert refused("", "", 502).why == "STS refused the exchange with HTTP 502"
    assert Given("http://169.254.170.23/v1/credentials", 0.0).why == "the agent gave credentials"
