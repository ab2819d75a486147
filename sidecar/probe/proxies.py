"""Which proxy a URL is fetched through: botocore's own rules, applied to a mapping and not to the process's own.

The lower-case name wins, NO_PROXY holds suffixes and no CIDR (FACTS D20). Connects to nothing.
"""

import base64
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import SplitResult, unquote, urlsplit
from urllib.request import proxy_bypass

from sidecar.model import Failed

DEFAULT_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class Proxy:
    """A proxy; ``headers`` may hold its password, so they are in no representation."""

    scheme: str
    host: str
    port: int
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)

    @property
    def shown(self) -> str:
        """Its URL without user name and password."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.scheme}://{host}:{self.port}"


def proxy_for(authority: str, environ: Mapping[str, str]) -> Proxy | Failed | None:
    """Return the proxy for an https URL with this ``host:port``, None for none. Kind ``proxy``."""
    proxies = _settings(environ)
    setting = proxies.get("https")
    if not setting or proxy_bypass(authority, proxies):
        return None
    # Never the setting itself in a message: it may hold a password.
    malformed = Failed("proxy", "the proxy named by HTTPS_PROXY is not an http or https URL with a host and a port")
    if "://" in setting and not setting.startswith(("http://", "https://")):
        return malformed
    try:
        parts = urlsplit(_with_scheme(setting))
        host, port = parts.hostname, parts.port
    except ValueError:
        return malformed
    if not host or not host.isascii():
        return malformed
    return Proxy(parts.scheme, host, port or DEFAULT_PORTS[parts.scheme], _credentials(parts))


def _settings(environ: Mapping[str, str]) -> dict[str, str]:
    """Return ``https``, ``no`` and so on, as urllib.request finds them: an empty lower-case name unsets."""
    proxies = {name.lower()[:-6]: value for name, value in environ.items() if value and name.lower().endswith("_proxy")}
    for name, value in environ.items():
        if name.endswith("_proxy"):
            proxies[name.lower()[:-6]] = value
    return {scheme: value for scheme, value in proxies.items() if value}


def _with_scheme(setting: str) -> str:
    if setting.startswith(("http:", "https:")):
        return setting
    return f"http:{setting}" if setting.startswith("//") else f"http://{setting}"


def _credentials(parts: SplitResult) -> dict[str, str]:
    if not parts.username or not parts.password:
        return {}
    pair = f"{unquote(parts.username)}:{unquote(parts.password)}".encode()
    return {"Proxy-Authorization": f"Basic {base64.b64encode(pair).decode()}"}
