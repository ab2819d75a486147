"""The cluster's issuer: discovery and key set over TLS, on two ports, with every way of breaking them."""

import json
import ssl
import threading
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from sidecar.lab.certificates import Authority
from sidecar.lab.keys import SigningKey, published
from sidecar.lab.listener import LOOPBACK, Listener, Refusing, opened
from sidecar.lab.plan import IssuerPlan, Page, Seen, Transport
from sidecar.lab.web import respond, served

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

STS_AGENT = "irsa-doctor-lab-sts"
"""How the lab's STS names itself, so that a page can break for it alone."""

DISCOVERY = "/.well-known/openid-configuration"
JWKS = "/keys"


class Issuer:
    """An issuer whose key set lives on another host than its discovery document (FACTS K4).

    ``other`` is a key that signs nothing: a stranger for the broken key sets, and the next one of `rotate`.
    """

    def __init__(self, plan: IssuerPlan, authority: Authority, key: SigningKey, other: SigningKey) -> None:
        """Open both ports and serve."""
        self._plan = plan
        self._key = key
        self._other = other
        self._retired: list[SigningKey] = []
        self._ended = threading.Event()
        names = tuple(dict.fromkeys((plan.host, "localhost", LOOPBACK)))
        self._jwks = _port(plan.jwks_transport, self._serve_jwks, authority.context(plan.certificate, *names))
        self._site = _port(plan.transport, self._serve_discovery, authority.context(plan.issuer_certificate, *names))
        self._base = f"https://{plan.host}:{self._site.port}"
        self._path = f"/id/{key.kid[:16]}"
        self.url = f"{self._base}{self._path}{plan.suffix}"
        self.jwks_url = f"https://{LOOPBACK}:{self._jwks.port}{self._path}{JWKS}"

    @property
    def key(self) -> SigningKey:
        """The key that signs tokens now."""
        return self._key

    def rotate(self, key: SigningKey, *, keep: bool = True) -> None:
        """Sign with ``key`` from now on; the old key stays published where ``keep`` (FACTS C15)."""
        if keep:
            self._retired.append(self._key)
        self._key = key

    def close(self) -> None:
        """End both ports and whoever waits for a slow page."""
        self._ended.set()
        self._site.close()
        self._jwks.close()

    def _serve_discovery(self, environ: "WSGIEnvironment", start: "StartResponse") -> Iterable[bytes]:
        if not environ["PATH_INFO"].endswith(DISCOVERY):
            return respond(start, 404, [("Content-Type", "text/plain")], b"not found\n")
        document = {
            "issuer": self.url,
            "jwks_uri": self.jwks_url,
            "response_types_supported": ["id_token"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["RS256"],
        }
        return self._serve(self._plan.discovery, document, environ, start)

    def _serve_jwks(self, environ: "WSGIEnvironment", start: "StartResponse") -> Iterable[bytes]:
        keys = published(self._plan.published, self._key, self._other)
        document = {"keys": [*keys, *(key.jwk() for key in self._retired)]}
        return self._serve(self._plan.jwks, document, environ, start)

    def _serve(
        self, page: Page, document: dict[str, Any], environ: "WSGIEnvironment", start: "StartResponse"
    ) -> Iterable[bytes]:
        who = Seen.STS if environ.get("HTTP_USER_AGENT") == STS_AGENT else Seen.POD
        if page.seen not in (Seen.ALL, who):
            page = Page()
        self._ended.wait(page.delay)
        headers = [("Content-Type", page.content_type), ("Cache-Control", "max-age=3600")]
        if page.redirect is not None:
            headers.append(("Location", page.redirect))
        changed = {name: value for name, value in {**document, **page.put}.items() if name not in page.drop}
        body = json.dumps(changed) if page.body is None else page.body
        return respond(start, page.status, headers, body.encode().ljust(page.size))


def _port(transport: Transport, app: "WSGIApplication", context: ssl.SSLContext) -> Listener | Refusing:
    return opened(transport, served(app, context))
