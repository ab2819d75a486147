"""Which proxy is used: as botocore itself decides."""

import pytest
from botocore.httpsession import ProxyConfiguration
from botocore.utils import get_environ_proxies

from sidecar.model import Failed
from sidecar.probe.proxies import Proxy, proxy_for

ENVIRONMENTS = [
    {},
    {"HTTPS_PROXY": "http://p.example:3128"},
    {"HTTP_PROXY": "http://p.example:3128"},
    {"ALL_PROXY": "http://p.example:3128"},
    {"HTTPS_PROXY": "http://upper.example:1", "https_proxy": "http://lower.example:2"},
    {"HTTPS_PROXY": "http://upper.example:1", "https_proxy": ""},
    {"Https_Proxy": "http://mixed.example:1"},
    {"HTTPS_PROXY": "p.example:3128"},
    {"HTTPS_PROXY": "//p.example:3128"},
    {"HTTPS_PROXY": "https://p.example"},
    {"HTTPS_PROXY": "http://p.example"},
    {"HTTPS_PROXY": "http://[::1]:3128"},
    {"HTTPS_PROXY": "http://us%65r:p%40ss@p.example:3128"},
    {"HTTPS_PROXY": "http://user@p.example:3128"},
    *(
        {"HTTPS_PROXY": "http://p.example:3128", "NO_PROXY": value}
        for value in (
            "*", "a.example", ".a.example", "example", "xa.example", "a.example:8443", "a.example:443", "b, a.example",
            "10.0.0.0/8", "10.1.2.3", "10.", "[::1]", "::1", "A.EXAMPLE", "",
        )
    ),
    {"HTTPS_PROXY": "http://p.example:3128", "NO_PROXY": "*", "no_proxy": "b.example"},
]  # fmt: skip
AUTHORITIES = ["a.example", "sub.a.example", "a.example:8443", "10.1.2.3", "[::1]", "[::1]:8443"]


@pytest.mark.parametrize("authority", AUTHORITIES)
@pytest.mark.parametrize("environ", ENVIRONMENTS, ids=str)
def test_the_proxy_is_the_one_that_botocore_would_use(
    environ: dict[str, str], authority: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Same URL, same headers, for every way to name a proxy, and for every way not to use it."""
    for name in ("HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    url = f"https://{authority}/"
    botocore = ProxyConfiguration(get_environ_proxies(url))
    expected = botocore.proxy_url_for(url)
    found = proxy_for(authority, environ)
    if not expected:
        assert found is None
        return
    assert isinstance(found, Proxy)
    assert found.headers == botocore.proxy_headers_for(expected)
    scheme, _, rest = expected.partition("://")
    bare = rest.rpartition("@")[2]
    assert found.shown in {f"{scheme}://{bare}", f"{scheme}://{bare}:{443 if scheme == 'https' else 80}"}


@pytest.mark.parametrize(
    "setting",
    [
        "socks5://user:secret@p.example:1080",
        "HTTP://user:secret@p.example",
        "http://user:secret@p.example:port",
        "http://user:secret@p.example:99999",
        "http://user:secret@[p.example",
        "http://user:secret@",
        "http://user:secret@\u00e4.example",
    ],
)
def test_a_proxy_that_cannot_be_one_is_refused_without_its_password(setting: str) -> None:
    """The variable is named, its value is not."""
    found = proxy_for("a.example", {"HTTPS_PROXY": setting})
    assert isinstance(found, Failed)
    assert found.kind == "proxy"
    assert "HTTPS_PROXY" in found.why
    assert "secret" not in found.why


def test_a_proxy_s_password_is_in_no_representation() -> None:
    """Nor, base64 being no secrecy, is its header."""
    found = proxy_for("a.example", {"HTTPS_PROXY": "http://user:secret@p.example:3128"})
    assert isinstance(found, Proxy)
    assert "Proxy-Authorization" in found.headers
    assert "Basic" not in repr(found)
    assert "secret" not in repr(found) + found.shown
