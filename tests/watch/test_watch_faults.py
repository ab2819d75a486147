"""`watch` while the world around it breaks and heals: no run is lost, no series is wrong, nothing leaks."""

import os
import shutil
import signal
import socket
import threading
import time
from pathlib import Path

import pytest

from sidecar.lab.lab import Pod
from sidecar.lab.listener import opened
from sidecar.lab.plan import Transport
from sidecar.schedule import most
from watching import Gate, Watching, Way, gated, through, until

QUICK = ("--interval", "1s", "--timeout", "500ms", "--deadline", "5s")


def token(pod: Pod) -> Path:
    """Return where the pod's token is."""
    return Path(pod.environ["AWS_WEB_IDENTITY_TOKEN_FILE"])


# ------------------------------------------------------------------------------------------------ the token file


def test_a_new_token_is_looked_at_soon(pod: Pod) -> None:
    """Although the next regular run is an hour away."""
    with Watching(pod) as watching:
        watching.event("healthy")
        pod.renew()
        until(lambda: watching.runs() == 2, "a second run")


def test_a_token_that_goes_and_comes_back(pod: Pod) -> None:
    """Gone, a directory in its place, there again: each is seen without waiting for the interval."""
    with Watching(pod) as watching:
        watching.event("healthy")
        folder = token(pod).parent
        shutil.rmtree(folder)
        assert watching.event("root_cause")["root_cause"]["code"] == "IRSA111"
        assert watching.samples()['irsa_root_cause{code="IRSA111",name="token-file-missing"}'] == 1
        token(pod).mkdir(parents=True)
        assert watching.event("root_cause")["root_cause"]["code"] == "IRSA112"
        shutil.rmtree(folder)
        folder.mkdir()
        pod.renew()
        watching.event("healthy")
        samples = watching.samples()
        assert [name for name in samples if name.startswith(("irsa_root_cause", 'irsa_fault{check="token_file'))] == []
        assert samples["irsa_healthy"] == 1


def test_a_token_rotated_while_it_is_looked_at(pod: Pod, gate: Gate) -> None:
    """The run goes on with the token that it read, and another one follows."""
    gate.way = Way.JAMMED
    with Watching(pod, "--timeout", "2s", variables=through(gate)) as watching:
        until(lambda: gate.passed, "a call to STS")
        pod.renew()
        gate.way = Way.OPEN
        assert watching.event("root_cause")["root_cause"]["code"] == "IRSA503"
        watching.event("healthy")
        until(lambda: watching.runs() >= 2, "the run after it")


def test_a_token_that_flaps(pod: Pod, gate: Gate) -> None:
    """However often it changes, STS is asked no more often than the schedule allows."""
    with Watching(pod, "--interval", "1m", variables=through(gate)) as watching:
        watching.event("healthy")
        began, ended = time.monotonic(), threading.Event()

        def flap() -> None:
            while not ended.wait(0.2):
                pod.renew()

        flapping = threading.Thread(target=flap)
        flapping.start()
        try:
            # A run settles for two seconds first: as many as an allowance has, and then no more.
            until(lambda: watching.runs() >= 4, "early runs")
        finally:
            ended.set()
            flapping.join()
        took = time.monotonic() - began
        assert watching.runs() <= most(60, took)
        assert gate.passed <= 2 * most(60, took)


# -------------------------------------------------------------------------------------------------- the network


@pytest.mark.parametrize(("way", "code"), [(Way.SHUT, "IRSA504"), (Way.JAMMED, "IRSA503")])
def test_sts_goes_and_comes_back(pod: Pod, gate: Gate, way: Way, code: str) -> None:
    """It is a fault while it lasts, and no series is left of it."""
    with Watching(pod, *QUICK, variables=through(gate)) as watching:
        watching.event("healthy")
        gate.way = way
        assert watching.event("root_cause")["root_cause"]["code"] == code
        assert watching.samples()["irsa_healthy"] == 0
        gate.way = Way.OPEN
        watching.event("healthy")
        samples = watching.samples()
        assert samples["irsa_healthy"] == 1
        assert [name for name in samples if "irsa_root_cause" in name or code in name] == []
        assert samples['irsa_sts_requests_total{code="none"}'] >= 1


def test_sts_is_slow(pod: Pod) -> None:
    """Slower than it should be, and yet within the time-out: healthy, and the phase that took long is seen."""
    with gated(pod) as gate:
        gate.way = Way.SLOW
        with Watching(pod, "--interval", "1s", "--timeout", "20s", variables=through(gate)) as watching:
            watching.event("healthy")
            assert watching.samples()['irsa_phase_duration_seconds{phase="tls",target="sts"}'] >= gate.delay


def test_sts_is_slower_than_the_time_out(pod: Pod) -> None:
    """That is the fault, and which phase it was."""
    with gated(pod) as gate:
        gate.delay, gate.way = 60.0, Way.SLOW
        with Watching(pod, *QUICK, variables=through(gate)) as watching:
            cause = watching.event("root_cause")["root_cause"]
            assert (cause["code"], cause["check"]) == ("IRSA503", "exchange.reached")
            gate.way = Way.OPEN
            watching.event("healthy")


@pytest.mark.parametrize("transport", [Transport.RESET, Transport.SILENT])
def test_the_issuer_goes_and_comes_back(pod: Pod, transport: Transport) -> None:
    """It is a warning, since AWS asks it from elsewhere; the exchange goes on."""
    site = pod.issuer._site
    serving = site._answer  # type: ignore[union-attr]  # this one serves
    broken = opened(transport, serving)
    with Watching(pod, *QUICK) as watching:
        watching.event("healthy")
        site._answer = broken._answer  # type: ignore[union-attr]
        watching.event("check", lambda event: event["code"] == "IRSA302")
        assert watching.samples()["irsa_healthy"] in {0, 1}  # STS fetches the same keys, and may have them still
        site._answer = serving  # type: ignore[union-attr]
        watching.event("check", lambda event: (event["check"], event["status"]) == ("issuer.discovery", "pass"))
        assert not [name for name in watching.samples() if "IRSA302" in name]
    broken.close()


# ----------------------------------------------------------------------------------------------------- the child


def test_a_child_that_is_killed(pod: Pod, gate: Gate) -> None:
    """A crashed run: counted, said, and the last report stays with its age."""
    with Watching(
        pod, "--interval", "1s", "--timeout", "30s", "--deadline", "30s", variables=through(gate)
    ) as watching:
        watching.event("healthy")
        before = watching.samples()["irsa_last_run_timestamp_seconds"]
        gate.way = Way.JAMMED
        passed = gate.passed
        until(lambda: gate.passed > passed, "a call to STS")
        os.kill(watching.child(), signal.SIGKILL)
        assert "SIGKILL" in watching.event("no_report")["why"]
        samples = watching.samples()
        assert samples['irsa_runs_total{result="crashed"}'] == 1
        assert samples["irsa_healthy"] == 1
        assert samples["irsa_last_run_timestamp_seconds"] >= before
        assert watching.get("/report").status == 200
        assert "SIGKILL" in watching.get("/").body
        gate.way = Way.OPEN
        watching.event("report")


def test_children_that_are_killed_again_and_again(pod: Pod, gate: Gate) -> None:
    """STS is asked no more often than the schedule allows, whatever becomes of the children."""
    with Watching(
        pod, "--interval", "5s", "--timeout", "30s", "--deadline", "30s", variables=through(gate)
    ) as watching:
        began = time.monotonic()
        gate.way = Way.JAMMED
        for number in range(1, 5):
            _until_passed(gate, number)
            os.kill(watching.child(), signal.SIGKILL)
            _until_crashed(watching, number)
        assert gate.passed <= most(5, time.monotonic() - began)


def _until_passed(gate: Gate, number: int) -> None:
    until(lambda: gate.passed >= number, f"call {number} to STS", 60.0)


def _until_crashed(watching: Watching, number: int) -> None:
    until(lambda: watching.runs("crashed") == number, f"crashed run {number}")


def test_a_child_that_hangs(pod: Pod, gate: Gate) -> None:
    """It is ended when its time is over, and counted; then there is another one."""
    gate.way = Way.JAMMED
    with Watching(pod, "--interval", "1s", "--timeout", "1s", "--deadline", "1s", variables=through(gate)) as watching:
        child = watching.child()
        until(lambda: gate.passed, "a call to STS")
        os.kill(child, signal.SIGSTOP)
        gate.way = Way.OPEN
        assert "took more than 11 s" in watching.event("no_report")["why"]
        assert watching.runs("timed_out") == 1
        watching.event("healthy")


LIMITED = """
import resource, sys
if "_diagnosis" in sys.orig_argv:
    resource.setrlimit(resource.RLIMIT_AS, ({limit}, {limit}))
"""


@pytest.mark.parametrize("limit", [40 << 20, 64 << 20])
def test_a_child_without_memory(pod: Pod, tmp_path: Path, limit: int) -> None:
    """A crashed run, whatever failed first, and the parent goes on."""
    (tmp_path / "sitecustomize.py").write_text(LIMITED.format(limit=limit), encoding="utf-8")
    with Watching(pod, variables={"PYTHONPATH": path(pod, tmp_path)}) as watching:
        assert watching.event("no_report")["result"] == "crashed"
        assert watching.get("/healthz").status == 200
        assert watching.get("/readyz").status == 503
        assert watching.end() == 0


CLOCK = """
import pathlib, time
_time, _step = time.time, pathlib.Path({path!r})
time.time = lambda: _time() + float(_step.read_text() or 0)
"""


def test_a_clock_that_is_stepped(pod: Pod, tmp_path: Path) -> None:
    """Back and forth by a day: runs come as before, and the skew is seen and gone again."""
    step = tmp_path / "step"
    step.write_text("0", encoding="utf-8")
    (tmp_path / "sitecustomize.py").write_text(CLOCK.format(path=str(step)), encoding="utf-8")
    with Watching(pod, *QUICK, variables={"PYTHONPATH": path(pod, tmp_path)}) as watching:
        watching.event("healthy")
        for seconds in (-86_400.0, 86_400.0):
            (tmp_path / "new").write_text(str(seconds), encoding="utf-8")
            (tmp_path / "new").rename(step)
            watching.event("check", lambda event: (event["check"], event["code"]) == ("clock.synchronised", "IRSA901"))
            _until_about(watching, seconds)
            step.write_text("0", encoding="utf-8")
            watching.event("check", lambda event: (event["check"], event["status"]) == ("clock.synchronised", "pass"))
        assert watching.get("/healthz").status == 200


def _until_about(watching: Watching, seconds: float) -> None:
    def seen() -> bool:
        return abs(watching.samples().get("irsa_clock_skew_seconds", 0) - seconds) < 60

    until(seen, "the skew")


def path(pod: Pod, directory: Path) -> str:
    """Return where Python looks for modules, this directory first."""
    return os.pathsep.join(filter(None, (str(directory), pod.environ.get("PYTHONPATH"))))


# -------------------------------------------------------------------------------------------------- all together


def test_ten_thousand_scrapes_while_things_break(pod: Pod, gate: Gate) -> None:
    """Every scrape is answered and whole; every run is counted once; nothing is left open afterwards."""
    with Watching(pod, *QUICK, variables=through(gate)) as watching:
        watching.event("healthy")
        threads, descriptors = watching.threads(), watching.descriptors()
        ended, wrong = threading.Event(), []

        def scrape() -> None:
            with socket.create_connection(("127.0.0.1", watching.port)) as peer:
                stream = peer.makefile("rwb")
                for _ in range(625):
                    problem = _scraped(stream)
                    if problem:
                        wrong.append(problem)
                        return

        scraping = [threading.Thread(target=scrape) for _ in range(16)]
        breaking = threading.Thread(target=_break, args=(pod, gate, ended))
        for thread in (breaking, *scraping):
            thread.start()
        for thread in scraping:
            thread.join()
        ended.set()
        breaking.join()
        assert wrong == []
        gate.way = Way.OPEN
        until(lambda: watching.samples()["irsa_healthy"] == 1, "health")
        until(lambda: watching.threads() <= threads and watching.descriptors() <= descriptors, "what was open, closed")
        samples = watching.samples()
        assert watching.runs() == samples["irsa_run_duration_seconds_count"]
        asked = sum(value for name, value in samples.items() if name.startswith("irsa_sts_requests_total"))
        assert asked == watching.runs("healthy") + watching.runs("unhealthy")
        assert [name for name in samples if name.startswith("irsa_root_cause")] == []
        assert watching.end() == 0
        assert watching.noise == ""


def _break(pod: Pod, gate: Gate, ended: threading.Event) -> None:
    ways = list(Way)
    number = 0
    while not ended.wait(0.3):
        number += 1
        gate.way = ways[number % len(ways)]
        pod.renew()


def _scraped(stream: object) -> str:
    """Scrape once; return what was wrong, or nothing."""
    stream.write(b"GET /metrics HTTP/1.1\r\nHost: a\r\n\r\n")  # type: ignore[attr-defined]
    stream.flush()  # type: ignore[attr-defined]
    status, length = stream.readline(), 0  # type: ignore[attr-defined]
    while line := stream.readline().strip():  # type: ignore[attr-defined]
        name, _, value = line.partition(b":")
        length = int(value) if name.lower() == b"content-length" else length
    body = stream.read(length)  # type: ignore[attr-defined]
    if not status.startswith(b"HTTP/1.1 200 ") or len(body) != length:
        return repr(status)
    causes = body.count(b"\nirsa_root_cause{")
    healthy = b"\nirsa_healthy 1.0\n" in body
    return "" if causes <= 1 and not (causes and healthy) else f"{causes} root causes, healthy {healthy}"
