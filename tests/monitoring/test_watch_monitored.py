"""A real Prometheus over real sidecars while the lab breaks and heals: every alert fires and resolves again.

Two pods of a namespace share a world that breaks; two more, of other namespaces, share another. Waiting times of the
rules are shortened (`hastened`): what is looked at is that pods, metrics, rules and alerts fit together in earnest.
Every query of the dashboard must have had data by the end.
"""

import os
import re
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import NamedTuple

import pytest
import yaml
from prometheus_server import Prometheus, prometheus
from rulebook import MONITORING, alerts, panels

from parts import needed, program
from sidecar.lab.lab import Lab, Pod
from sidecar.lab.listener import LOOPBACK
from sidecar.lab.mount import project
from sidecar.lab.plan import Certificate, Outright, Scenario, TokenPlan
from sidecar.lab.scenarios import SCENARIOS
from sidecar.lab.sts import Sts
from sidecar.lab.tokens import minted
from sidecar.lab.web import served
from watching import Gate, Watching, Way, gated, through, until

pytestmark = pytest.mark.xdist_group("monitored")  # one stage, and the queries' data are of all that happened on it

HASTE = {
    r"(?m)^( +for:) \d+m$": r"\1 1s",
    r"\b1200\b": "6",
    r"\[30m\]": "[15s]",
    r"\[10m\]": "[4s]",
}
"""What is shorter here than in earnest: waiting times, the age of a stale report, how far back rules look."""
LONG = 90.0  # seconds that an alert may take on a busy machine
CRASHING = """
import pathlib, sys
if "_diagnosis" in sys.orig_argv and pathlib.Path({path!r}).exists():
    from sidecar import check
    asked = check.Check.__call__
    def call(self, facts):
        if self.name == "clock.synchronised":
            raise LookupError
        return asked(self, facts)
    check.Check.__call__ = call
"""


@dataclass
class World:
    """A pod of the lab, what breaks it, and the sidecars that watch it, by their names as pods."""

    pod: Pod
    sts: Sts
    gate: Gate
    flag: Path
    sidecars: dict[str, Watching] = field(default_factory=dict)


@dataclass
class Stage:
    """Two worlds, the Prometheus that looks at them, and which of the dashboard's queries have had data."""

    lab: Lab
    shop: World
    others: World
    server: Prometheus
    answered: set[str] = field(default_factory=set)

    def firing(self) -> set[tuple[str, str]]:
        """Return the alerts that fire, each with its namespace, if it has one."""
        return {
            (alert["labels"]["alertname"], alert["labels"].get("namespace", ""))
            for alert in self.server.alerts()
            if alert["state"] == "firing"
        }

    def look(self) -> None:
        """Ask all queries of the dashboard that had no data yet."""
        for expr in {expr for exprs in panels().values() for expr in exprs} - self.answered:
            if self.server.query(expr.replace("$__rate_interval", "10s").replace("$__range", "1m")):
                self.answered.add(expr)


def hastened(directory: Path) -> Path:
    """Return a copy of the rules that loses less time."""
    text = (MONITORING / "rules.yaml").read_text(encoding="utf-8")
    for pattern, shorter in HASTE.items():
        text = re.sub(pattern, shorter, text)
    copy = directory / "hastened.yaml"
    copy.write_text(text, encoding="utf-8")
    return copy


@contextmanager
def world(lab: Lab, made: list[Sts], directory: Path, sidecars: dict[str, tuple[str, ...]]) -> Iterator[World]:
    """Make a healthy pod with a gate before its STS, and sidecars with these flags."""
    directory.mkdir()
    flag = directory / "crash"
    (directory / "sitecustomize.py").write_text(CRASHING.format(path=str(flag)), encoding="utf-8")
    healthy: Scenario = SCENARIOS["healthy"]
    print_ = lab._authority.thumbprint(Certificate.GOOD)
    with lab.pod(healthy) as pod, gated(pod) as gate, ExitStack() as stack:
        path = os.pathsep.join(filter(None, (str(directory), pod.environ.get("PYTHONPATH"))))
        variables = {**through(gate), "PYTHONPATH": path, "IRSA_DOCTOR_EXPECT_THUMBPRINT": print_}
        found = World(pod, made[-1], gate, flag)
        for name, flags in sidecars.items():
            watching = Watching(pod, "--interval", "2s", *flags, variables=variables)
            found.sidecars[name] = stack.enter_context(watching)
        yield found


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """Set the stage: everything is healthy, and Prometheus knows it."""
    binary = needed("prometheus", program("prometheus"))
    directory = tmp_path_factory.mktemp("monitored")
    made: list[Sts] = []
    making = Sts.__init__

    def noted(sts: Sts, *args: object, **kwargs: object) -> None:
        making(sts, *args, **kwargs)  # type: ignore[arg-type]  # passed on as they are
        made.append(sts)

    brief, patient = ("--timeout", "1s", "--deadline", "10s"), ("--timeout", "20s", "--deadline", "2s")
    with pytest.MonkeyPatch.context() as patch, Lab(os.environ) as lab:
        patch.setattr(Sts, "__init__", noted)
        with (
            world(lab, made, directory / "shop", {"shop-0": brief, "shop-1": brief}) as shop,
            world(lab, made, directory / "others", {"ops-0": brief, "web-0": patient}) as others,
        ):
            every = {**shop.sidecars, **others.sidecars}
            targets = [
                {"targets": [f"{LOOPBACK}:{one.port}"], "labels": {"namespace": name.partition("-")[0], "pod": name}}
                for name, one in every.items()
            ]
            with prometheus(binary, directory, targets, [hastened(directory)]) as server:
                set_ = Stage(lab, shop, others, server)
                server.until(partial(_healthy, set_, len(every)), LONG)
                yield set_


def _healthy(stage: Stage, count: float) -> bool:
    stage.look()
    return list(stage.server.query("sum(irsa_healthy)").values()) == [count] and not stage.firing()


# ------------------------------------------------------------------------------------------------------ incidents


@contextmanager
def refused(stage: Stage) -> Iterator[None]:
    """STS denies the pods of one namespace."""
    with _answering(stage.shop.sts, Outright(403, "AccessDenied", _DENIAL)):
        yield


@contextmanager
def refused_everywhere(stage: Stage) -> Iterator[None]:
    """STS denies all pods, in three namespaces."""
    outright = Outright(403, "AccessDenied", _DENIAL)
    with _answering(stage.shop.sts, outright), _answering(stage.others.sts, outright):
        yield


@contextmanager
def throttled(stage: Stage) -> Iterator[None]:
    """STS throttles the pods of one namespace."""
    with _answering(stage.shop.sts, Outright(400, "Throttling", "Rate exceeded")):
        yield


@contextmanager
def overdue(stage: Stage) -> Iterator[None]:
    """STS is silent for longer than a pod's deadline: no cause is known."""
    with _way(stage.others.gate, Way.JAMMED):
        yield


@contextmanager
def skewed(stage: Stage) -> Iterator[None]:
    """STS's clock is two minutes ahead."""
    plan = stage.shop.sts._plan
    stage.shop.sts._plan = replace(plan, ahead=120.0)
    try:
        yield
    finally:
        stage.shop.sts._plan = plan


@contextmanager
def unrotated(stage: Stage) -> Iterator[None]:
    """The token is near its end, and there it stays."""
    pod = stage.shop.pod
    old = TokenPlan(times={"iat": -86_400, "nbf": -86_400, "exp": 3600})
    project(pod.directory / "token", minted(old, pod.issuer.key, time.time(), pod.fill))
    try:
        yield
    finally:
        pod.renew()


@contextmanager
def certified(stage: Stage, kind: Certificate) -> Iterator[None]:
    """The host of the issuer's keys presents another certificate."""
    issuer = stage.shop.pod.issuer
    port = issuer._jwks
    before = port._answer  # type: ignore[union-attr]  # this one serves
    context = stage.lab._authority.context(kind, "localhost", LOOPBACK)
    port._answer = served(issuer._serve_jwks, context)  # type: ignore[union-attr]
    try:
        yield
    finally:
        port._answer = before  # type: ignore[union-attr]


@contextmanager
def killed(stage: Stage) -> Iterator[None]:
    """Two diagnoses of a pod are killed."""
    sidecar = stage.shop.sidecars["shop-0"]
    for number in (1, 2):
        with _way(stage.shop.gate, Way.JAMMED):
            crashed = sidecar.runs("crashed")
            until(partial(_kill, sidecar), f"child {number}")
            until(partial(_more, sidecar, crashed), "a crashed run")
    yield


@contextmanager
def crashing(stage: Stage) -> Iterator[None]:
    """A check has a bug."""
    stage.shop.flag.touch()
    try:
        yield
    finally:
        stage.shop.flag.unlink()


@contextmanager
def stale(stage: Stage) -> Iterator[None]:
    """A pod's diagnosis hangs, and it answers Prometheus all the same."""
    sidecar = stage.shop.sidecars["shop-0"]
    until(partial(_stop, sidecar), "a child")
    try:
        yield
    finally:
        for child in sidecar.children():
            os.kill(child, signal.SIGCONT)


@contextmanager
def stopped(stage: Stage) -> Iterator[None]:
    """A sidecar does not answer any more."""
    process = stage.shop.sidecars["shop-1"].process
    process.send_signal(signal.SIGSTOP)
    try:
        yield
    finally:
        process.send_signal(signal.SIGCONT)


@contextmanager
def forgotten(stage: Stage) -> Iterator[None]:
    """Prometheus is told of no sidecar any more."""
    path = stage.server._log.with_name("prometheus.yml")
    before = path.read_text(encoding="utf-8")
    config = yaml.safe_load(before)
    config["scrape_configs"] = []
    path.write_text(yaml.safe_dump(config), encoding="utf-8")
    stage.server._process.send_signal(signal.SIGHUP)
    try:
        yield
    finally:
        path.write_text(before, encoding="utf-8")
        stage.server._process.send_signal(signal.SIGHUP)


class Incident(NamedTuple):
    """What breaks, the alert that must fire, and its namespace where it has one; ``quiet`` must keep still."""

    breaking: Callable[[Stage], object]
    alert: str
    namespace: str = ""
    quiet: tuple[str, ...] = ()


INCIDENTS = (
    Incident(refused, "IrsaExchangeFailing", "shop", ("IrsaExchangeFailingWidely",)),
    Incident(refused_everywhere, "IrsaExchangeFailingWidely", quiet=("IrsaExchangeFailing",)),
    Incident(throttled, "IrsaStsThrottled", "shop", ("IrsaExchangeFailing",)),
    Incident(overdue, "IrsaUnhealthy", "web"),
    Incident(unrotated, "IrsaTokenNotRotated", "shop"),
    Incident(partial(certified, kind=Certificate.EXPIRING), "IrsaIssuerCertificateExpiring"),
    Incident(partial(certified, kind=Certificate.EXPIRED), "IrsaIssuerCertificateExpiringSoon"),
    Incident(partial(certified, kind=Certificate.UNTRUSTED), "IrsaThumbprintChanged"),
    Incident(skewed, "IrsaClockSkew"),
    Incident(killed, "IrsaDiagnosisFailing"),
    Incident(crashing, "IrsaCheckCrashed"),
    Incident(stale, "IrsaReportStale"),
    Incident(stopped, "IrsaDoctorUnreachable", "shop"),
    Incident(forgotten, "IrsaDoctorAbsent"),
)


def test_every_alert_has_its_incident() -> None:
    """What no incident sets off is not known to work."""
    assert {incident.alert for incident in INCIDENTS} == set(alerts())


@pytest.mark.parametrize("incident", INCIDENTS, ids=lambda incident: incident.alert)
def test_an_alert_fires_and_resolves(stage: Stage, incident: Incident) -> None:
    """From the pod to the pager and back."""
    with incident.breaking(stage):  # type: ignore[attr-defined]  # a context manager
        stage.server.until(partial(_fires, stage, incident), LONG)
    stage.server.until(partial(_healthy, stage, 4.0), LONG)


def _fires(stage: Stage, incident: Incident) -> bool:
    stage.look()
    firing = stage.firing()
    quiet = not {name for name, _ in firing} & set(incident.quiet)
    return (incident.alert, incident.namespace) in firing and quiet


def test_every_query_of_the_dashboard_had_data(stage: Stage) -> None:
    """Over all that has happened, and while more does: a panel that is always empty shows nothing."""
    with refused(stage), crashing(stage):
        stage.server.until(partial(_all_answered, stage), LONG)


def _all_answered(stage: Stage) -> bool:
    stage.look()
    return stage.answered == {expr for exprs in panels().values() for expr in exprs}


# -------------------------------------------------------------------------------------------------- what breaks it

_DENIAL = "Not authorized to perform sts:AssumeRoleWithWebIdentity"


@contextmanager
def _answering(sts: Sts, outright: Outright) -> Iterator[None]:
    plan = sts._plan
    sts._plan = replace(plan, exchange=outright)
    try:
        yield
    finally:
        sts._plan = plan


@contextmanager
def _way(gate: Gate, way: Way) -> Iterator[None]:
    gate.way = way
    try:
        yield
    finally:
        gate.way = Way.OPEN


def _kill(sidecar: Watching) -> bool:
    with suppress(ProcessLookupError):
        for child in sidecar.children():
            os.kill(child, signal.SIGKILL)
            return True
    return False


def _stop(sidecar: Watching) -> bool:
    with suppress(ProcessLookupError):
        for child in sidecar.children():
            os.kill(child, signal.SIGSTOP)
            return True
    return False


def _more(sidecar: Watching, crashed: float) -> bool:
    return sidecar.runs("crashed") > crashed
