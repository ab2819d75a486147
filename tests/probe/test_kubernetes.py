"""The pod and its service account, asked of a server that speaks the Kubernetes API, by real TLS."""

import json
import os
import ssl
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from unittest import mock

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from hypothesis import given
from hypothesis import strategies as st

from cluster import (
    ACCOUNT_PATH,
    API_TOKEN,
    POD_PATH,
    ROLE,
    account_object,
    answering,
    context,
    forbidden,
    mounted,
    pod_object,
    served,
    unauthorized,
    unknown,
    world,
)
from servers import Authority, Behaviour, Server, close, drip, flood, once, reset, response, silent
from sidecar.facts import ApiPod, ServiceAccount
from sidecar.model import Absent
from sidecar.probe.cluster_objects import pod_of, service_account_of
from sidecar.probe.kubernetes import ClusterReading, Identity, read_cluster
from sidecar.probe.remembered import FRESH_SECONDS, Memory
from sidecar.probe.world import Budget, World

WHO = Identity("payments", "app-0", "app")
POD_ONLY = WHO._replace(service_account=None)
RULE = "a Role with get on pods and serviceaccounts permits it"
Serve = Callable[..., Server]


@pytest.fixture
def namespace(tmp_path: Path, authority: Authority) -> Path:
    """Return the file in what is mounted for the API."""
    return mounted(tmp_path / "serviceaccount", authority)


@pytest.fixture
def serve(authority: Authority) -> Iterator[Serve]:
    """Return what starts an API server that behaves so."""
    with ExitStack() as stack:

        def start(behave: Behaviour | None = None, *names: str, host: str = "127.0.0.1") -> Server:
            return stack.enter_context(Server(behave or answering(), context(authority, *names), host))

        yield start


def read(seen: World, who: Identity = WHO, memory: Memory | None = None, ends: float = 60.0) -> ClusterReading:
    """Ask, within a budget."""
    return read_cluster(seen, Budget(5.0, time.monotonic() + ends), who, memory)


def why(fact: object) -> str:
    """Return why there is nothing; the token is never in it."""
    assert isinstance(fact, Absent)
    assert API_TOKEN not in fact.why
    return fact.why


def test_both_objects_are_read(serve: Serve, namespace: Path) -> None:
    """Two GETs with the mounted token; of what comes, only what checks ask about is kept."""
    server = serve()
    reading = read(world(server, namespace))
    assert isinstance(reading.pod, ApiPod)
    assert isinstance(reading.service_account, ServiceAccount)
    assert (reading.pod.name, reading.pod.service_account, reading.pod.fs_group) == ("app-0", "app", 65532)
    assert [(one.name, one.place, one.injected, one.role_arn) for one in reading.pod.containers] == [
        ("irsa-init", "init container", True, ROLE),
        ("irsa-sidecar", "native sidecar", True, ROLE),
        ("app", "container", True, ROLE),
        ("has-own", "container", True, ROLE),
    ]
    assert reading.service_account.role_arn == ROLE
    assert reading.service_account.annotated == reading.service_account.created
    heads = server.received.decode().split("\r\n\r\n")[:-1]
    assert [head.splitlines()[0] for head in heads] == [f"GET {POD_PATH} HTTP/1.1", f"GET {ACCOUNT_PATH} HTTP/1.1"]
    assert all(f"Authorization: Bearer {API_TOKEN}" in head for head in heads)
    assert API_TOKEN not in repr(reading)


def test_the_pod_says_which_service_account(serve: Serve, namespace: Path) -> None:
    """What a variable says of it counts only where the pod is not shown."""
    server = serve()
    assert isinstance(
        read(world(server, namespace), WHO._replace(service_account="other")).service_account, ServiceAccount
    )
    server = serve(answering(pod=forbidden("pods", "app-0")))
    assert isinstance(read(world(server, namespace)).service_account, ServiceAccount)
    assert "POD_SERVICE_ACCOUNT" in why(read(world(server, namespace), POD_ONLY).service_account)


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (forbidden("pods", "app-0"), ("does not let this pod get pods/app-0", "(403)", RULE)),
        (unauthorized(), ("does not take the mounted token (401)", RULE)),
        (unknown("pods", "app-0"), ("knows no pods/app-0 in payments (404)", "POD_NAME")),
        (response(b"no", "503 Service Unavailable"), ("answered 503",)),
        (response(b"[]"), ("no such object",)),
        (response(b"<html>"), ("no such object",)),
        (response(b"[" * 100_000), ("no such object",)),
        (served({"kind": "Pod", "metadata": {"name": "app-0"}}), ("no such object",)),
        (response(b"x", headers={"Content-Length": "5000000"}), ("larger than 4 MiB",)),
        (response(b"x", headers={"Content-Encoding": "br"}), ("content encoding",)),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n{", ("before its answer was whole",)),
        (b"SSH-2.0-OpenSSH_9.2\r\n", ("the Kubernetes API",)),
    ],
    ids=lambda value: None if isinstance(value, bytes) else str(value[0])[:20].replace(" ", "-"),
)
def test_what_is_not_shown_is_absent(serve: Serve, namespace: Path, answer: bytes, words: tuple[str, ...]) -> None:
    """A reason, which names the rule to add where one would help, and no fault."""
    reason = why(read(world(serve(once(answer)), namespace), POD_ONLY).pod)
    assert [word for word in words if word not in reason] == []


def test_each_object_has_its_own_answer(serve: Serve, namespace: Path) -> None:
    """RBAC may permit one and not the other."""
    reading = read(world(serve(answering(account=forbidden("serviceaccounts", "app"))), namespace))
    assert isinstance(reading.pod, ApiPod)
    assert "serviceaccounts/app in payments (403)" in why(reading.service_account)


def test_no_redirect_is_followed(serve: Serve, namespace: Path) -> None:
    """The token goes to the API and nowhere else."""
    elsewhere = serve()
    moved = response(b"", "302 Found", {"Location": f"https://127.0.0.1:{elsewhere.port}{POD_PATH}"})
    assert "answered 302" in why(read(world(serve(once(moved)), namespace), POD_ONLY).pod)
    assert elsewhere.connections == 0


def test_no_proxy_is_asked(serve: Serve, namespace: Path) -> None:
    """Whatever the environment says."""
    proxy = serve()
    url = f"http://127.0.0.1:{proxy.port}"
    with mock.patch.dict(os.environ, {"HTTPS_PROXY": url, "https_proxy": url, "ALL_PROXY": url}):
        reading = read(world(serve(), namespace, HTTPS_PROXY=url, ALL_PROXY=url))
    assert isinstance(reading.pod, ApiPod)
    assert proxy.connections == 0


@pytest.mark.parametrize("host", ["::1", "[::1]"])
def test_ipv6(serve: Serve, namespace: Path, host: str) -> None:
    """The host stands in brackets in what is sent."""
    server = serve(None, "::1", host="::1")
    assert isinstance(read(world(server, namespace, host)).pod, ApiPod)
    assert f"Host: [::1]:{server.port}".encode() in server.received


# ------------------------------------------------------------------------------------------------------------- nobody


@pytest.mark.parametrize(
    ("environ", "words"),
    [
        ({"KUBERNETES_SERVICE_HOST": ""}, "no Kubernetes API is known here"),
        ({"KUBERNETES_SERVICE_PORT": "https"}, "KUBERNETES_SERVICE_PORT"),
        ({"KUBERNETES_SERVICE_PORT": "65536"}, "KUBERNETES_SERVICE_PORT"),
        ({"KUBERNETES_SERVICE_PORT": "0"}, "KUBERNETES_SERVICE_PORT"),
        ({"KUBERNETES_SERVICE_HOST": "no such host"}, "KUBERNETES_SERVICE_HOST"),
        ({"KUBERNETES_SERVICE_PORT": "\u00b2"}, "KUBERNETES_SERVICE_PORT"),
        ({"KUBERNETES_SERVICE_HOST": f"{'x' * 64}.svc"}, "does not resolve"),
        ({"KUBERNETES_SERVICE_HOST": "api.invalid"}, "does not resolve"),
    ],
)
def test_where_no_api_is(serve: Serve, namespace: Path, environ: dict[str, str], words: str) -> None:
    """Outside a cluster, or where the variables are not Kubernetes' own."""
    server = serve()
    assert words in why(read(world(server, namespace, **environ)).pod)
    assert server.connections == 0


@pytest.mark.parametrize(
    ("file", "content", "words"),
    [
        ("token", None, f"no token for the Kubernetes API is mounted: mount one, and {RULE}"),
        ("token", b"", "no token for the Kubernetes API is mounted"),
        ("token", b"a\r\nHost: b", "no token for the Kubernetes API is mounted"),
        ("token", b"\xff\xfe", "no token for the Kubernetes API is mounted"),
        ("ca.crt", None, "ca.crt"),
        ("ca.crt", b"not a certificate", "ca.crt"),
    ],
)
def test_what_is_not_mounted(serve: Serve, namespace: Path, file: str, content: bytes | None, words: str) -> None:
    """automountServiceAccountToken: false is a setting of many pods, and no fault."""
    path = namespace.parent / file
    path.unlink()
    if content is not None:
        path.write_bytes(content)
    server = serve()
    reading = read(world(server, namespace))
    assert words in why(reading.pod)
    assert reading.pod == reading.service_account
    assert server.connections == 0


@pytest.mark.parametrize("who", [WHO._replace(pod=None), WHO._replace(namespace=None)])
def test_who_the_pod_is_must_be_known(serve: Serve, namespace: Path, who: Identity) -> None:
    """Nothing is guessed."""
    assert "POD_NAME, POD_NAMESPACE" in why(read(world(serve(), namespace), who).pod)


# --------------------------------------------------------------------------------------------------------------- trust


def test_only_the_mounted_authority_is_trusted(
    serve: Serve, namespace: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """The token is not sent to anybody else."""
    server = serve()
    other = mounted(tmp_path_factory.mktemp("other"), Authority(tmp_path_factory.mktemp("stranger")))
    assert "is not trusted" in why(read(world(server, other), POD_ONLY).pod)
    assert "is not trusted" in why(read(world(serve(None, "localhost"), namespace), POD_ONLY).pod)
    assert server.received == b""


def test_an_authority_without_key_identifiers_is_trusted(tmp_path: Path, authority: Authority) -> None:
    """EKS's own is one; Python 3.13's default context refuses it."""
    namespace = mounted(tmp_path / "serviceaccount", authority)
    certificate, key = bare_authority()
    (namespace.parent / "ca.crt").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    with Server(answering(), bare_server(certificate, key, tmp_path)) as server:
        assert isinstance(read(world(server, namespace)).pod, ApiPod)


def bare_authority() -> tuple[x509.Certificate, ec.EllipticCurvePrivateKey]:
    """Return an authority whose only extension is that it is one."""
    key = ec.generate_private_key(ec.SECP256R1())
    constraints = x509.BasicConstraints(ca=True, path_length=None)
    return certified("kubernetes", key).add_extension(constraints, critical=True).sign(key, hashes.SHA256()), key


def bare_server(authority: x509.Certificate, key: ec.EllipticCurvePrivateKey, folder: Path) -> ssl.SSLContext:
    """Return the context of a server of 127.0.0.1 that this authority certifies."""
    own = ec.generate_private_key(ec.SECP256R1())
    name = x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))])
    leaf = certified("kube-apiserver", own).add_extension(name, critical=False).sign(key, hashes.SHA256())
    assert leaf.issuer == authority.subject
    pem, private = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    (folder / "server.pem").write_bytes(
        own.private_bytes(pem, private, serialization.NoEncryption()) + leaf.public_bytes(pem)
    )
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    made.load_cert_chain(folder / "server.pem")
    return made


def certified(name: str, key: ec.EllipticCurvePrivateKey) -> x509.CertificateBuilder:
    """Return a certificate for today, not signed yet."""
    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]))
        .issuer_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "kubernetes")]))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
    )


# ---------------------------------------------------------------------------------------------------------------- time


@pytest.mark.parametrize("behave", [silent, drip(response(b" " * 10_000), at_once=20)])
def test_a_slow_api_is_waited_for_only_so_long(serve: Serve, namespace: Path, behave: Behaviour) -> None:
    """Two seconds, whatever the time-out for the rest; its reason says so."""
    reason = why(read(world(serve(behave), namespace), POD_ONLY).pod)
    assert "in time" in reason


def test_a_flood_is_cut(serve: Serve, namespace: Path) -> None:
    """What has no end is not read to its end."""
    endless = flood(b"HTTP/1.1 200 OK\r\n\r\n", b" " * 65536, 1000)
    assert "larger than 4 MiB" in why(read(world(serve(endless), namespace), POD_ONLY).pod)


@pytest.mark.parametrize("behave", [reset, close])
def test_an_api_that_hangs_up(serve: Serve, namespace: Path, behave: Behaviour) -> None:
    """One attempt, and why it failed."""
    server = serve(behave)
    assert "the Kubernetes API: " in why(read(world(server, namespace), POD_ONLY).pod)
    assert server.connections == 1


def test_nothing_listens(namespace: Path) -> None:
    """Refused."""
    with Server(close) as gone:
        seen = world(gone, namespace)
    assert "cannot be connected to" in why(read(seen, POD_ONLY).pod)


@pytest.mark.parametrize("ends", [0.0, 0.3])
def test_the_runs_deadline_comes_first(serve: Serve, namespace: Path, ends: float) -> None:
    """It says nothing of the API, and so it is not remembered."""
    memory = Memory({})
    reading = read(world(serve(silent), namespace), memory=memory, ends=ends)
    assert isinstance(reading.pod, Absent)
    assert reading.pod.overdue
    assert memory.written() == Memory({}).written()


# -------------------------------------------------------------------------------------------------------------- memory


def handed_on(memory: Memory, later: float) -> Memory:
    """Return the memory as the next process reads it, so many seconds later."""
    return Memory.read(json.loads(json.dumps(memory.written())), time.monotonic() + later)


def test_what_was_shown_is_not_asked_again(serve: Serve, namespace: Path) -> None:
    """Within the hour, in the next process too; the memory holds no token."""
    server, memory = serve(), Memory({})
    first = read(world(server, namespace), memory=memory)
    assert API_TOKEN not in json.dumps(memory.written())
    assert read(world(server, namespace), memory=memory) == first
    assert read(world(server, namespace), memory=handed_on(memory, 60)) == first
    assert server.connections == 2
    assert read(world(server, namespace), memory=handed_on(memory, FRESH_SECONDS + 1)) == first
    assert server.connections == 4


def test_a_refusal_is_remembered_with_its_age(serve: Serve, namespace: Path) -> None:
    """So that who adds the rule knows why it is not seen yet."""
    server, memory = serve(answering(pod=forbidden("pods", "app-0"))), Memory({})
    read(world(server, namespace), memory=memory)
    seen = replace(world(server, namespace), monotonic=lambda: time.monotonic() + 600)
    reading = read_cluster(seen, Budget(5.0, time.monotonic() + 60), WHO, memory)
    assert why(reading.pod).endswith("(asked 10 min ago; at most once an hour)")
    assert isinstance(reading.service_account, ServiceAccount)


def test_one_that_cannot_be_reached_is_asked_once(serve: Serve, namespace: Path) -> None:
    """The second question would wait as long, and for nothing."""
    server = serve(reset)
    reading = read(world(server, namespace))
    assert why(reading.pod) == why(reading.service_account)
    assert server.connections == 1


@pytest.mark.parametrize("answer", [response(b"", "503 Service Unavailable"), b"\x00 no HTTP"])
def test_trouble_that_passes_is_not_remembered(serve: Serve, namespace: Path, answer: bytes) -> None:
    """The next diagnosis asks again."""
    server, memory = serve(answering(account=answer)), Memory({})
    assert isinstance(read(world(server, namespace), memory=memory).service_account, Absent)
    assert memory.written()["notes"] == {}
    assert isinstance(read(world(serve(), namespace), memory=memory).service_account, ServiceAccount)


@pytest.mark.parametrize("note", [{}, {"pod": 1}, {"pod": {"absent": "x"}, "service_account": {"a": 1}, "asked": 0}])
def test_a_memory_that_is_none(serve: Serve, namespace: Path, note: dict[str, object]) -> None:
    """Another version's, perhaps: a reason, and no crash."""
    memory = Memory({})
    memory.keep_note("kubernetes", note, time.monotonic())
    assert "cannot be read" in why(read(world(serve(), namespace), memory=memory).pod)


# ------------------------------------------------------------------------------------------------------------- objects


def pod_read(serve: Serve, namespace: Path, changed: dict[str, object]) -> ApiPod:
    """Return what is kept of such a pod."""
    found = read(world(serve(answering(pod=served(changed))), namespace)).pod
    assert isinstance(found, ApiPod)
    return found


def test_what_the_webhook_reads_is_kept(serve: Serve, namespace: Path) -> None:
    """Its annotation and its label, what controls the pod, and where it runs."""
    changed = pod_object()
    changed["metadata"]["annotations"]["eks.amazonaws.com/skip-containers"] = "has-own, other,"
    changed["metadata"]["labels"] = {"eks.amazonaws.com/skip-pod-identity-webhook": "false"}
    changed["metadata"]["ownerReferences"] = [{"kind": "Thing"}, {"kind": "Job", "name": "app", "controller": True}]
    changed["spec"]["nodeName"] = "fargate-ip-10-0-1-2.eu-west-1.compute.internal"
    found = pod_read(serve, namespace, changed)
    assert (found.skipped, found.webhook_skipped) == (("has-own", "other"), True)
    assert (found.owner, found.fargate) == ("Job", True)


def test_how_the_token_is_mounted_is_kept(serve: Serve, namespace: Path) -> None:
    """By each container; the API's own token is one of them."""
    changed = pod_object()
    changed["spec"]["containers"][0]["volumeMounts"][1]["subPath"] = "token"
    app = next(one for one in pod_read(serve, namespace, changed).containers if one.name == "app")
    assert [(one.audience, one.expiration, one.subpath) for one in app.tokens] == [
        (None, 3607, False),
        ("sts.amazonaws.com", 86400, True),
    ]


def test_the_users_are_kept(serve: Serve, namespace: Path) -> None:
    """A container's own before the pod's."""
    changed = pod_object()
    changed["spec"]["containers"][0]["securityContext"] = {"runAsUser": 1000, "runAsGroup": True}
    changed["spec"]["securityContext"] |= {"supplementalGroups": [4, "5", 6]}
    found = pod_read(serve, namespace, changed)
    assert [(one.name, one.user, one.group) for one in found.containers[-2:]] == [
        ("app", 1000, None),
        ("has-own", 65532, 65532),
    ]
    assert found.groups == (4, 6)


def test_our_own_container_is_told_by_name_or_image(serve: Serve, namespace: Path) -> None:
    """And what it runs by its words."""
    changed = pod_object()
    changed["spec"]["initContainers"][1] |= {"name": "irsa-doctor", "command": ["irsa-doctor"], "args": ["watch"]}
    changed["spec"]["containers"][0]["image"] = "registry.example:5000/tools/irsa-doctor:0.1.0"
    changed["spec"]["containers"][1]["image"] = f"registry.example/irsa-doctor@sha256:{'0' * 64}"
    found = pod_read(serve, namespace, changed)
    assert [(one.ours, one.watches) for one in found.containers] == [
        (False, False),
        (True, True),
        (True, False),
        (True, False),
    ]


def test_hostile_objects_are_taken_as_far_as_they_go(serve: Serve, namespace: Path) -> None:
    """Whatever is of another kind counts as not there."""
    changed = pod_object()
    changed["metadata"] |= {"labels": [], "annotations": "x", "ownerReferences": [1, {"controller": True}]}
    changed["spec"] = {"containers": [1, {"env": [2], "volumeMounts": [3, {"name": 4}], "image": 5}], "volumes": [6]}
    found = pod_read(serve, namespace, changed)
    assert (found.service_account, found.owner, len(found.containers)) == ("default", None, 2)


def account_read(serve: Serve, namespace: Path, changed: object) -> ServiceAccount | Absent:
    """Return what is kept of such a service account."""
    return read(world(serve(answering(account=served(changed))), namespace)).service_account


def test_the_annotation_is_as_old_as_its_oldest_manager(serve: Serve, namespace: Path) -> None:
    """All who own a field agree on it; who owns other fields says nothing."""
    changed = account_object(annotated="2026-11-22T09:00:00Z")
    fields = changed["metadata"]["managedFields"]
    fields += [{**fields[1], "time": "2026-11-22T08:00:00Z"}, {**fields[1], "time": "soon"}, "x", {"fieldsV1": []}]
    found = account_read(serve, namespace, changed)
    assert isinstance(found, ServiceAccount)
    assert found.annotated == datetime(2026, 11, 22, 8, tzinfo=UTC).timestamp()


@pytest.mark.parametrize("changed", [account_object(annotated=None), account_object(role=None)])
def test_nothing_says_when_it_was_annotated(serve: Serve, namespace: Path, changed: object) -> None:
    """Managed fields can be taken away."""
    found = account_read(serve, namespace, changed)
    assert isinstance(found, ServiceAccount)
    assert found.annotated is None


@pytest.mark.parametrize("created", [None, 5, "", "yesterday", "2026-11-22T00:02:30"])
def test_an_account_without_its_time_is_none(serve: Serve, namespace: Path, created: object) -> None:
    """Every object of the API has one, in UTC."""
    changed = account_object()
    changed["metadata"]["creationTimestamp"] = created
    assert "no such object" in why(account_read(serve, namespace, changed))


NAMES = st.sampled_from([
    "metadata", "spec", "name", "creationTimestamp", "containers", "env", "volumes", "projected", "sources",
    "serviceAccountToken", "volumeMounts", "managedFields", "fieldsV1", "annotations", "time", "ownerReferences",
])  # fmt: skip
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.sampled_from(["2026-11-22T00:02:36Z", "app", ""]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=5),
    max_leaves=30,
)


@given(ANYTHING, ANYTHING)
def test_any_answer_is_an_object_or_none(metadata: object, spec: object) -> None:
    """Whoever answers in the API's place."""
    for found in (metadata, {"metadata": metadata, "spec": spec}, {**pod_object(), "spec": spec}):
        pod_of(found)
        service_account_of(found)
