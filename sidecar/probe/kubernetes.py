"""The pod and its service account, as the Kubernetes API shows them where RBAC allows: two GETs.

Asked with the mounted token, which goes to the API server only: by TLS that ca.crt trusts, without a proxy, following
no redirect. What is not permitted or not reached is `Absent`, never a fault, and names the rule that would permit it.
"""

import json
import re
import ssl
from collections.abc import Callable
from http.client import HTTPException
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import quote

from urllib3.exceptions import HTTPError

from sidecar.facts import ApiPod, ServiceAccount
from sidecar.model import Absent, Failed
from sidecar.oidc import Url
from sidecar.probe.body import read_body
from sidecar.probe.cluster_objects import pod_of, pod_read, service_account_of, service_account_read, written
from sidecar.probe.dial import Allowance, Connection
from sidecar.probe.failures import connect_failure, response_failure
from sidecar.probe.http import HEADERS
from sidecar.probe.timed import Stopwatch
from sidecar.probe.world import Budget, World

if TYPE_CHECKING:
    from sidecar.probe.remembered import Memory

_SECONDS = 2.0  # for each GET
_TOKEN_LIMIT = 64 * 1024  # bytes
_BODY_LIMIT = 4 << 20  # bytes: etcd holds 1.5 MiB, and the API writes it at more length
_HOST = re.compile(r"[A-Za-z0-9._-]+|\[?[0-9A-Fa-f:.]+\]?")
_PORT = re.compile(r"[0-9]{1,5}")
_LAST_PORT = 65535
_OK = 200
_NOTE = "kubernetes"
_UNREACHED, _ANSWERED = "the Kubernetes API: ", "the Kubernetes API answered "
_RULE = "a Role with get on pods and serviceaccounts permits it (manifests/components/rbac)"


class ClusterReading(NamedTuple):
    """What the API showed of this pod and of its service account."""

    pod: ApiPod | Absent
    service_account: ServiceAccount | Absent


class Identity(NamedTuple):
    """Who asks about whom: names as far as the pod knows them by itself."""

    namespace: str | None
    pod: str | None
    service_account: str | None


class _Api(NamedTuple):
    """Where the API is, whom TLS is trusted to, and the token that nobody else may see."""

    where: Url
    trust: ssl.SSLContext
    token: str
    budget: Budget

    def __repr__(self) -> str:
        """Show nothing."""
        return "_Api(...)"


def unread(why: Absent) -> ClusterReading:
    """Return the reading of an API that was not asked."""
    return ClusterReading(why, why)


def read_cluster(world: World, budget: Budget, who: Identity, memory: "Memory | None" = None) -> ClusterReading:
    """Return both objects; what was shown within the hour to an earlier run is not asked for again."""
    now = world.monotonic()
    known = memory.recall_note(_NOTE, now) if memory else None
    if isinstance(known, dict):
        return _remembered(known, now)
    api = _api(world, budget)
    if isinstance(api, Absent):
        return unread(api)
    reading = _asked(api, who)
    if memory and not any(map(_passes, reading)):
        memory.keep_note(_NOTE, {"asked": now} | {name: written(fact) for name, fact in reading._asdict().items()}, now)
    return reading


def _passes(fact: ApiPod | ServiceAccount | Absent) -> bool:
    """Whether the next look may show more: the API was not reached in time, or was in trouble."""
    return isinstance(fact, Absent) and (fact.overdue or fact.why.startswith((_UNREACHED, _ANSWERED)))


def _remembered(known: dict[str, Any], now: float) -> ClusterReading:
    from sidecar.probe.remembered import aged  # which only `watch` has

    try:
        reading = ClusterReading(pod_read(known["pod"]), service_account_read(known["service_account"]))
        seconds = now - float(known["asked"])
    except (LookupError, TypeError, ValueError):
        return unread(Absent("what was remembered of the Kubernetes API cannot be read"))
    return ClusterReading(*(aged(fact, seconds) for fact in reading))


def _api(world: World, budget: Budget) -> _Api | Absent:
    """Return what it takes to ask, or why nobody is asked."""
    host = world.environ.get("KUBERNETES_SERVICE_HOST", "")
    port = world.environ.get("KUBERNETES_SERVICE_PORT", "443")
    if not host:
        return Absent("no Kubernetes API is known here (KUBERNETES_SERVICE_HOST)")
    folder = world.namespace_file.parent
    token = _token(folder / "token")
    if token is None:
        return Absent(f"no token for the Kubernetes API is mounted: mount one, and {_RULE}")
    try:
        trust = _trusting(folder / "ca.crt")
    except (OSError, ValueError):
        return Absent("the Kubernetes API's certificate authority (ca.crt) cannot be used")
    if not (_HOST.fullmatch(host) and _PORT.fullmatch(port) and 0 < int(port) <= _LAST_PORT):
        return Absent("the Kubernetes API's address is none (KUBERNETES_SERVICE_HOST, KUBERNETES_SERVICE_PORT)")
    return _Api(Url(host.strip("[]"), int(port), "/"), trust, token, budget)


def _trusting(authority: Path) -> ssl.SSLContext:
    """Return a context that trusts this authority only, and verifies chain and host name.

    Without ``VERIFY_X509_STRICT``, which Python 3.13's default context has: EKS's authorities have no key identifiers,
    and would be refused (github.com/kubernetes-client/python/issues/2394).
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.hostname_checks_common_name = False
    context.load_verify_locations(cafile=str(authority))
    return context


def _token(path: Path) -> str | None:
    try:
        with path.open("rb") as file:
            text = file.read(_TOKEN_LIMIT).decode("ascii").strip()
    except (OSError, ValueError):
        return None
    return text if text.isprintable() and text else None


def _asked(api: _Api, who: Identity) -> ClusterReading:
    if not who.namespace or not who.pod:
        return unread(Absent("the pod's name or namespace is not known (POD_NAME, POD_NAMESPACE)"))
    pod = _got(api, who.namespace, "pods", who.pod, pod_of)
    if isinstance(pod, Absent) and pod.why.startswith(_UNREACHED):  # nor would the second be answered
        return unread(pod)
    account = pod.service_account if isinstance(pod, ApiPod) else who.service_account
    if not account:
        return ClusterReading(pod, Absent("the pod's service account is not known (POD_SERVICE_ACCOUNT)"))
    return ClusterReading(pod, _got(api, who.namespace, "serviceaccounts", account, service_account_of))


def _got(api: _Api, namespace: str, kind: str, name: str, parse: Callable[[Any], Any]) -> Any:  # noqa: ANN401 - parse's
    """GET one object, once, and return what is kept of it, or why there is nothing."""
    path = f"/api/v1/namespaces/{quote(namespace, safe='')}/{kind}/{quote(name, safe='')}"
    answer = _get(api, path)
    if isinstance(answer, Absent):
        return answer
    status, body = answer
    if status == _OK:
        found = parse(_decoded(body))
        return (
            found if found is not None else Absent(f"the Kubernetes API's answer about {kind}/{name} is no such object")
        )
    return Absent(_refusal(status, kind, name, namespace))


def _refusal(status: int, kind: str, name: str, namespace: str) -> str:
    """Put a status into words; the body is not shown: it names who asked."""
    if status == 401:  # noqa: PLR2004 - HTTP
        return f"the Kubernetes API does not take the mounted token (401): it needs a valid one, and {_RULE}"
    if status == 403:  # noqa: PLR2004 - HTTP
        return f"the Kubernetes API does not let this pod get {kind}/{name} in {namespace} (403): {_RULE}"
    if status == 404:  # noqa: PLR2004 - HTTP
        return f"the Kubernetes API knows no {kind}/{name} in {namespace} (404): set POD_NAME and POD_NAMESPACE"
    return f"{_ANSWERED}{status}"


def _decoded(body: bytes) -> Any:  # noqa: ANN401 - whatever was answered
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None


def _get(api: _Api, path: str) -> tuple[int, bytes] | Absent:
    """Return status and body of one GET."""
    clock = api.budget.monotonic
    budget = Budget(_SECONDS, min(api.budget.ends, clock() + _SECONDS), clock)
    if budget.left <= 0:
        return Absent("the deadline ran out before the Kubernetes API could be asked", overdue=True)
    with Stopwatch(clock, Allowance(budget)) as watch:
        connection = Connection(api.where.host, api.where.port, timeout=budget.operation, ssl_context=api.trust)
        connection.watch = watch
        try:
            return _answer(connection, api, path)
        except (OSError, HTTPError, HTTPException, ValueError) as error:
            return Absent(_failure(error, api.where, watch), overdue=api.budget.left <= 0)
        finally:
            connection.close()


def _answer(connection: Connection, api: _Api, path: str) -> tuple[int, bytes] | Absent:
    connection.connect()
    headers = {**HEADERS, "Authorization": f"Bearer {api.token}"}
    connection.request("GET", path, headers=headers, preload_content=False)
    with connection.getresponse() as response:
        body = read_body(response, "the Kubernetes API's answer", _BODY_LIMIT)
        status = response.status
    if connection.watch.expired:  # asked before the phase ends: a failure is told by its phase
        raise TimeoutError
    connection.watch.stop()
    return Absent(body.why) if isinstance(body, Failed) else (status, body)


def _failure(error: Exception, where: Url, watch: Stopwatch) -> str:
    if watch.phase == "response":
        return f"{_UNREACHED}{response_failure(error, where, expired=watch.expired).why}"
    return f"{_UNREACHED}{connect_failure(error, where, None, watch).why}"
