"""The Kubernetes API is asked by real TLS on loopback, with recorded objects; whatever it answers is no fault."""

import json
import os
import time
from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clusterobjects import ACCOUNT_PATH, POD_PATH, ROLE, pod, service_account, status
from servers import Authority, Behaviour, Server, once, response, routes, silent
from sidecar.facts import ApiPod, ServiceAccount, TokenMount
from sidecar.model import Absent
from sidecar.probe.cluster_objects import pod_of, service_account_of
from sidecar.probe.kubernetes import ClusterReading, Identity, read_cluster
from sidecar.probe.remembered import Memory
from sidecar.probe.world import Budget, World

TOKEN = "eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJrOHMifQ.c2lnbmF0dXJlLW9mLXRoZS1hcGk"
WHO = Identity("payments", "app-0", None)
WELL = {POD_PATH: response(json.dumps(pod()).encode()), ACCOUNT_PATH: response(json.dumps(service_account()).encode())}


@pytest.fixture
def mounted(tmp_path: Path, authority: Authority) -> Path:
    """Return the directory of the API's token, as the kubelet mounts it."""
    (tmp_path / "namespace").write_text("payments")
    (tmp_path / "token").write_text(f"{TOKEN}\n")
    (tmp_path / "ca.crt").write_bytes(authority.bundle.read_bytes())
    return tmp_path


def world(mounted: Path, server: Server | None = None, **environ: str) -> World:
    """Return a pod's world in which the API is that server."""
    where = {"KUBERNETES_SERVICE_HOST": "127.0.0.1", "KUBERNETES_SERVICE_PORT": str(server.port)} if server else {}
    return World({**where, **environ}, namespace_file=mounted / "namespace")


def asked(mounted: Path, server: Server, who: Identity = WHO, seconds: float = 30.0, **environ: str) -> ClusterReading:
    """Ask a server."""
    budget = Budget(5.0, time.monotonic() + seconds, time.monotonic)
    return read_cluster(world(mounted, server, **environ), budget, who)


def told(authority: Authority, mounted: Path, behave: Behaviour, seconds: float = 30.0) -> ClusterReading:
    """Ask a server that behaves so."""
    with Server(behave, authority.context("127.0.0.1")) as server:
        reading = asked(mounted, server, seconds=seconds)
    assert TOKEN not in repr(reading)
    return reading


def refused(code: int, words: str, reason: str = "pods") -> bytes:
    """Return an answer by which the API refuses."""
    return response(json.dumps(status(code, reason)).encode(), f"{code} {words}")


def why(reading: ClusterReading) -> str:
    """Return why neither object is known."""
    assert isinstance(reading.pod, Absent)
    assert isinstance(reading.service_account, Absent)
    return reading.pod.why


def test_both_objects(authority: Authority, mounted: Path) -> None:
    """What checks need is kept of them, and the token goes by a header to this server only."""
    with Server(routes(WELL), authority.context("127.0.0.1")) as server:
        found = asked(mounted, server, HTTPS_PROXY="http://127.0.0.1:1", https_proxy="http://127.0.0.1:1")
        assert server.received.count(f"Authorization: Bearer {TOKEN}\r\n".encode()) == 2
    assert isinstance(found.pod, ApiPod)
    assert isinstance(found.service_account, ServiceAccount)
    assert (found.pod.name, found.pod.namespace, found.pod.service_account) == ("app-0", "payments", "app")
    assert (found.pod.fs_group, found.pod.created) == (65532, 1795305756.0)
    assert [(one.name, one.place, one.injected) for one in found.pod.containers] == [
        ("irsa-init", "init container", True),
        ("irsa-sidecar", "native sidecar", True),
        ("app", "container", True),
        ("has-own", "container", True),
    ]
    mount = TokenMount("/var/run/secrets/eks.amazonaws.com/serviceaccount", "sts.amazonaws.com", 86400, subpath=False)
    assert mount in found.pod.containers[2].tokens
    assert (found.pod.containers[2].user, found.pod.containers[2].group) == (65532, 65532)
    assert (found.service_account.role_arn, found.service_account.annotated) == (ROLE, 1795305660.0)


def test_by_ipv6(authority: Authority, mounted: Path) -> None:
    """As its variable has it: without brackets."""
    with Server(routes(WELL), authority.context("::1"), host="::1") as server:
        found = asked(mounted, server, KUBERNETES_SERVICE_HOST="::1")
        assert f"Host: [::1]:{server.port}\r\n".encode() in server.received
    assert isinstance(found.pod, ApiPod)


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (refused(401, "Unauthorized"), "does not know the mounted token (401)"),
        (refused(403, "Forbidden"), "may not get pods in payments (403): manifests/components/rbac has the Role"),
        (refused(404, "Not Found"), "knows no pods/app-0 in payments (404)"),
        (response(b"", "503 Service Unavailable"), "answered 503"),
        (response(b"", "302 Found", {"Location": "https://127.0.0.1:1/"}), "answered 302"),
        (response(b"<html>"), "answer about pods/app-0 is none"),
        (response(b"[" * 200_000), "answer about pods/app-0 is none"),
        (response(b'{"kind": "Pod"}'), "answer about pods/app-0 is none"),
        (response(b" " * (2 << 20)), "larger than 1 MiB"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{", "the Kubernetes API"),
        (b"\x15\x03\x01", "the Kubernetes API"),
    ],
)
def test_what_it_answers_instead_is_no_fault(authority: Authority, mounted: Path, answer: bytes, words: str) -> None:
    """Each is a reason for people, and the second question is only asked where the first told about whom."""
    assert words in why(told(authority, mounted, once(answer)))


def test_one_may_be_permitted_and_not_the_other(authority: Authority, mounted: Path) -> None:
    """Each has its own reason."""
    answers = {**WELL, ACCOUNT_PATH: refused(403, "Forbidden", "serviceaccounts")}
    found = told(authority, mounted, routes(answers))
    assert isinstance(found.pod, ApiPod)
    assert isinstance(found.service_account, Absent)
    assert "may not get serviceaccounts in payments (403)" in found.service_account.why


def test_the_service_account_is_known_without_the_pod(authority: Authority, mounted: Path) -> None:
    """By the downward API, or by the token's own claims."""
    with Server(routes({ACCOUNT_PATH: WELL[ACCOUNT_PATH]}), authority.context("127.0.0.1")) as server:
        found = asked(mounted, server, WHO._replace(service_account="app"))
    assert isinstance(found.pod, Absent)
    assert isinstance(found.service_account, ServiceAccount)


def test_one_that_is_silent_is_not_waited_for(authority: Authority, mounted: Path) -> None:
    """The deadline ends it."""
    reading = told(authority, mounted, silent, seconds=0.3)
    assert "the Kubernetes API" in why(reading)


def test_nothing_is_asked_after_the_deadline(authority: Authority, mounted: Path) -> None:
    """And that is said."""
    with Server(routes(WELL), authority.context("127.0.0.1")) as server:
        reading = asked(mounted, server, seconds=0.0)
        assert server.connections == 0
    assert "deadline" in why(reading)


def test_a_certificate_of_somebody_else_gets_no_token(mounted: Path, tmp_path: Path) -> None:
    """TLS is trusted to the cluster's own authority only."""
    other = tmp_path / "other"
    other.mkdir()
    with Server(routes(WELL), Authority(other).context("127.0.0.1")) as server:
        reading = asked(mounted, server)
        assert server.received == b""
    assert "certificate" in why(reading)


def test_a_port_where_nobody_listens(mounted: Path) -> None:
    """It refuses."""
    with Server(routes(WELL)) as server:
        port = server.port
    environ = {"KUBERNETES_SERVICE_HOST": "127.0.0.1", "KUBERNETES_SERVICE_PORT": str(port)}
    found = read_cluster(
        World(environ, namespace_file=mounted / "namespace"), Budget(5.0, time.monotonic() + 30, time.monotonic), WHO
    )
    assert "cannot be connected to (Connection refused)" in why(found)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"token": None}, "no token for the Kubernetes API is mounted: manifests/components/rbac"),
        ({"token": b""}, "no token"),
        ({"token": b"\xff\x00"}, "no token"),
        ({"ca.crt": None}, "certificate authority"),
        ({"ca.crt": b"no certificate"}, "certificate authority"),
    ],
)
def test_what_is_not_mounted_right(
    authority: Authority, mounted: Path, change: Mapping[str, bytes | None], words: str
) -> None:
    """Nobody is asked."""
    for name, content in change.items():
        (mounted / name).unlink()
        if content is not None:
            (mounted / name).write_bytes(content)
    with Server(routes(WELL), authority.context("127.0.0.1")) as server:
        reading = asked(mounted, server)
        assert server.connections == 0
    assert words in why(reading)


@pytest.mark.parametrize(
    ("environ", "who", "words"),
    [
        ({}, WHO, "KUBERNETES_SERVICE_HOST"),
        ({"KUBERNETES_SERVICE_HOST": "127.0.0.1", "KUBERNETES_SERVICE_PORT": "tcp"}, WHO, "port cannot be used"),
        ({"KUBERNETES_SERVICE_HOST": "127.0.0.1"}, Identity("payments", None, None), "POD_NAME"),
        ({"KUBERNETES_SERVICE_HOST": "127.0.0.1"}, Identity(None, "app-0", None), "POD_NAMESPACE"),
    ],
)
def test_who_does_not_know_whom_to_ask(mounted: Path, environ: dict[str, str], who: Identity, words: str) -> None:
    """Outside a cluster, or without the names."""
    budget = Budget(5.0, time.monotonic() + 30, time.monotonic)
    assert words in why(read_cluster(World(environ, namespace_file=mounted / "namespace"), budget, who))


# ------------------------------------------------------------------------------------------------------- once an hour


@pytest.mark.parametrize("answers", [WELL, {}])
def test_it_is_asked_once_an_hour(authority: Authority, mounted: Path, answers: dict[str, bytes]) -> None:
    """The next process knows what this one was shown, also that it was refused; nothing of the token is handed on."""
    memory = Memory({})
    budget = Budget(5.0, time.monotonic() + 30, time.monotonic)
    with Server(routes(answers), authority.context("127.0.0.1")) as server:
        first = read_cluster(world(mounted, server), budget, WHO, memory)
        handed_on = json.dumps(memory.written())
        connections = server.connections
        later = Memory.read(json.loads(handed_on), time.monotonic())
        assert read_cluster(world(mounted, server), budget, WHO, later) == first
        assert server.connections == connections
    assert TOKEN not in handed_on


@pytest.mark.parametrize("note", [{}, {"pod": 1}, {"pod": {"absent": "x"}, "service_account": {}}, {"pod": {"a": 1}}])
def test_a_note_that_is_none_is_told(mounted: Path, note: object) -> None:
    """Whatever the process before this one printed."""
    memory = Memory({})
    memory.keep_note("kubernetes", note, time.monotonic())
    budget = Budget(5.0, time.monotonic() + 30, time.monotonic)
    assert "cannot be read" in why(read_cluster(world(mounted), budget, WHO, memory))


# --------------------------------------------------------------------------------------------------------- the objects


def test_other_shapes_of_a_pod() -> None:
    """Of a Job on Fargate, whose containers have users, groups and mounts of their own."""
    volume = {"name": "t", "projected": {"sources": [{"serviceAccountToken": {"path": "token"}}, {"configMap": {}}]}}
    found = pod(
        containers=[
            {
                "name": "watcher",
                "image": "registry.example.com:5000/tools/irsa-doctor:0.1.0@sha256:0",
                "args": ["watch"],
                "securityContext": {"runAsUser": 1, "runAsGroup": 2},
                "volumeMounts": [
                    {"name": "t", "mountPath": "/t", "subPath": "token"},
                    {"name": "x", "mountPath": "/x"},
                ],
            }
        ],
        initContainers=[],
        volumes=[volume, {"name": "x", "emptyDir": {}}],
        securityContext={"supplementalGroups": [7, "no"]},
    )
    found["metadata"]["labels"] = {
        "eks.amazonaws.com/fargate-profile": "p",
        "eks.amazonaws.com/skip-pod-identity-webhook": "",
    }
    found["metadata"]["annotations"]["eks.amazonaws.com/skip-containers"] = "a, watcher,"
    found["metadata"]["ownerReferences"] = [{"kind": "Other"}, {"kind": "Job", "controller": True}]
    seen = pod_of(found)
    assert seen is not None
    (one,) = seen.containers
    assert (one.ours, one.watches, one.injected, one.user, one.group) == (True, True, False, 1, 2)
    assert one.tokens == (TokenMount("/t", None, None, subpath=True),)
    assert (seen.skipped, seen.webhook_skipped, seen.fargate) == (("a", "watcher"), True, True)
    assert (seen.owner, seen.fs_group, seen.groups) == ("Job", None, (7,))


def test_a_service_account_without_managed_fields() -> None:
    """They can be stripped: then nothing shows when it was annotated."""
    found = service_account()
    del found["metadata"]["managedFields"]
    seen = service_account_of(found)
    assert seen is not None
    assert (seen.role_arn, seen.annotated) == (ROLE, None)
    bare = service_account_of(service_account(role=None))
    assert bare is not None
    assert (bare.role_arn, bare.annotated) == (None, None)


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
    for found in (metadata, {"metadata": metadata, "spec": spec}, {**pod(), "spec": spec}):
        pod_of(found)
        service_account_of(found)


def test_this_machines_variables_are_not_used() -> None:
    """The tests ask their own servers only."""
    assert "KUBERNETES_SERVICE_HOST" not in os.environ
