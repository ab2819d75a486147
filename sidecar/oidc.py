"""What an issuer publishes: its URL, its discovery document, its key set. Pure: takes text and bytes, fetches nothing.

Whatever the bytes are, the answer is a value: no function here raises for what a server sent.
"""

import base64
import ipaddress
import json
import re
from typing import NamedTuple

from sidecar.facts import Key
from sidecar.model import Failed

CURVES = ("P-256", "P-384", "P-521")  # FACTS A16
SECRET_MEMBERS = frozenset({"d", "p", "q", "dp", "dq", "qi", "oth", "k"})  # RFC 7518: of private and symmetric keys

_URL = re.compile(r"(?P<scheme>[^:/?#]*)://(?P<authority>[^/?#]*)(?P<path>[^?#]*)(?P<query>\?[^#]*)?(?P<fragment>#.*)?")
_AUTHORITY = re.compile(r"(?P<host>\[[^\]]*\]|[^:]*)(?::(?P<port>[0-9]{0,5}))?")
_HOST = re.compile(r"[A-Za-z0-9._-]+")
_BASE64URL = re.compile(r"[A-Za-z0-9_-]+={0,2}")
_SHOWN = 60  # characters of a stranger's text in a clause of ours


class Url(NamedTuple):
    """An https URL taken apart: ``host`` in lower case without brackets, ``target`` the path and query to ask for."""

    host: str
    port: int
    path: str
    query: str = ""
    fragment: str = ""

    @property
    def target(self) -> str:
        """What stands in the request line."""
        return (self.path or "/") + self.query

    @property
    def authority(self) -> str:
        """Host and, where it is not 443, port, as they stand in a URL."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == 443 else f"{host}:{self.port}"  # noqa: PLR2004  # the port of https

    @property
    def text(self) -> str:
        """The URL again, without its fragment."""
        return f"https://{self.authority}{self.target}"


class Document(NamedTuple):
    """What a discovery document says that matters to STS; ``keys`` is its ``jwks_uri`` taken apart."""

    issuer: str
    jwks_uri: str
    keys: Url


Jwk = dict[str, object]


class KeySet(NamedTuple):
    """The keys as judged, and their JWKs without any private number, one for one."""

    keys: tuple[Key, ...]
    jwks: tuple[Jwk, ...]


def read_url(text: str) -> Url | Failed:
    """Take an https URL apart, or say what is wrong with it. Kind ``content``."""
    if not (text.isascii() and text.isprintable()) or " " in text:
        return _content("holds white space, control or non-ASCII characters")
    parts = _URL.fullmatch(text)
    if parts is None:
        return _content("is not a URL")
    if parts["scheme"].lower() != "https":
        return _content("does not begin with https://")
    return _read_authority(parts["authority"], parts["path"], parts["query"] or "", parts["fragment"] or "")


def discovery_url(issuer: str) -> Url | Failed:
    """Where the discovery document of ``issuer`` lies (FACTS A15), or why none can be asked for there (FACTS A14)."""
    url = read_url(issuer)
    if isinstance(url, Failed):
        return _content(f"the issuer's URL {url.why}")
    if url.query:
        return _content("the issuer's URL has a query")
    if url.fragment:
        return _content("the issuer's URL has a fragment")
    return url._replace(path=url.path.removesuffix("/") + "/.well-known/openid-configuration")


def unfetchable(issuer: str) -> str | None:
    """Why no discovery document can be asked for at this issuer, or None."""
    url = discovery_url(issuer)
    return url.why if isinstance(url, Failed) else None


def parse_discovery(body: bytes) -> Document | Failed:
    """Read a discovery document. Kind ``content``."""
    found = _object(body, "the discovery document")
    if isinstance(found, Failed):
        return found
    for field in ("issuer", "jwks_uri"):
        if field not in found:
            return _content(f"the discovery document has no {field}")
        if not _is_text(found[field]):
            return _content(f"the discovery document's {field} is not a text")
    issuer, jwks_uri = str(found["issuer"]), str(found["jwks_uri"])
    keys = read_url(jwks_uri)
    if isinstance(keys, Failed):
        return _content(f"the discovery document's jwks_uri {keys.why}")
    return Document(issuer, jwks_uri, keys)


def parse_jwks(body: bytes) -> KeySet | Failed:
    """Read a key set, in its own order: of a kid that stands twice the last counts (FACTS A18). Kind ``content``."""
    found = _object(body, "the key set")
    if isinstance(found, Failed):
        return found
    entries = found.get("keys")
    if not isinstance(entries, list):
        return _content("the key set has no list named keys")
    return KeySet(tuple(map(_key, entries)), tuple(map(_public, entries)))


def _content(why: str) -> Failed:
    return Failed("content", why)


def _read_authority(authority: str, path: str, query: str, fragment: str) -> Url | Failed:
    if "@" in authority:
        return _content("holds a user name")
    parts = _AUTHORITY.fullmatch(authority)
    host = None if parts is None else _host(parts["host"])
    if parts is None or host is None:
        return _content("names no valid host and port")
    port = int(parts["port"] or 443)
    return Url(host, port, path, query, fragment) if 0 < port < 1 << 16 else _content("names no valid port")


def _host(text: str) -> str | None:
    if not text.startswith("["):
        return text.lower() if _HOST.fullmatch(text) else None
    try:
        return str(ipaddress.IPv6Address(text[1:-1]))
    except ValueError:
        return None


def _object(body: bytes, what: str) -> dict[str, object] | Failed:
    """Parse a JSON object; of a name that stands twice the last counts (FACTS A29)."""
    if not body.strip():
        return _content(f"{what} is empty")
    try:
        # Numbers become floats: nothing here counts, and an integer of a million digits is then no trap.
        found = json.loads(body.decode("utf-8-sig"), parse_int=float, parse_constant=_refuse)
    except UnicodeDecodeError:
        return _content(f"{what} is not UTF-8")
    except RecursionError:
        return _content(f"{what} is nested too deeply")
    except ValueError:
        page = body.lstrip().startswith(b"<")
        return _content(f"{what} is a web page or XML, not JSON" if page else f"{what} is not JSON")
    return found if isinstance(found, dict) else _content(f"{what} is not a JSON object")


def _refuse(constant: str) -> float:
    raise ValueError(constant)


def _is_text(value: object) -> bool:
    """Whether this is a string that can be written as UTF-8: JSON may escape half a surrogate pair."""
    return isinstance(value, str) and not any("\ud800" <= character <= "\udfff" for character in value)


def _text(value: object) -> str | None:
    return str(value) if _is_text(value) else None


def _shown(value: object) -> str:
    text = _text(value)
    if text is None:
        return "not a text"
    return "".join(character if character.isprintable() else "?" for character in text[:_SHOWN])


def _public(entry: object) -> Jwk:
    if not isinstance(entry, dict):
        return {}
    return {name: value for name, value in entry.items() if name not in SECRET_MEMBERS}


def _key(entry: object) -> Key:
    if not isinstance(entry, dict):
        return Key(None, "", None, "is not a JSON object")
    kty = _text(entry.get("kty")) or ""
    return Key(_text(entry.get("kid")), kty, _text(entry.get("alg")), _problem(entry))


def _problem(jwk: Jwk) -> str | None:
    """Why STS could not use this key, or None (FACTS A16, A18)."""
    if "kid" not in jwk:
        return "has no kid, so STS ignores it"
    if not _is_text(jwk["kid"]):
        return "has a kid that is not a text"
    if "key_ops" in jwk:
        return "has key_ops, which STS does not accept"
    if "use" in jwk and jwk["use"] != "sig":
        return f"has use {_shown(jwk['use'])}, not sig"
    return _material_problem(jwk)


def _material_problem(jwk: Jwk) -> str | None:
    kty, crv = jwk.get("kty"), jwk.get("crv")
    if kty == "RSA":
        return _numbers(jwk, "n", "e")
    if kty == "EC":
        return _numbers(jwk, "x", "y") if crv in CURVES else f"has crv {_shown(crv)}, none of {', '.join(CURVES)}"
    return f"has kty {_shown(kty)}, neither RSA nor EC" if "kty" in jwk else "has no kty"


def _numbers(jwk: Jwk, *names: str) -> str | None:
    lacking = [name for name in names if not _is_number(jwk.get(name))]
    if not lacking:
        return None
    beside = ", only x5c" if "x5c" in jwk else ""
    return f"has no valid {' and no valid '.join(lacking)}{beside}"


def _is_number(value: object) -> bool:
    """Whether this is base64url of at least one octet, as RFC 7518 writes numbers."""
    if not isinstance(value, str) or _BASE64URL.fullmatch(value) is None:
        return False
    bare = value.rstrip("=")
    return len(bare) % 4 != 1 and bool(base64.urlsafe_b64decode(bare + "=" * (-len(bare) % 4)))
