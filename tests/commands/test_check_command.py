"""`irsa-doctor check` as init containers and people meet it: exit codes, waiting, what is written where."""

import json
import os
import re
import signal
import subprocess
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from insidepod import CHECK, Told, checked, inside
from sidecar import faults
from sidecar.check import check as make_check
from sidecar.checks import CHAIN
from sidecar.commands import check
from sidecar.config import Config, FailOn, Format
from sidecar.facts import Moment
from sidecar.lab.lab import Lab, Pod
from sidecar.lab.plan import Certificate, CloudPlan, Scenario, StsPlan, Transport
from sidecar.lab.scenarios import HEALTHY, SCENARIOS
from sidecar.model import Fault, Identity, Measurements, Report, Result, RootCause, Severity, Status, Verdict
from sidecar.probe.world import World

WITHOUT_PROVIDER = replace(HEALTHY, cloud=CloudPlan(provider=False))
SILENT = replace(HEALTHY, sts=StsPlan(transport=Transport.SILENT))
IMPATIENT = ("--deadline", "500ms", "--timeout", "30s")
WAITING = "irsa-doctor: waiting up to 60 s: IRSA601 oidc-provider-missing: "


def run(lab: Lab, scenario: Scenario | str, *arguments: str) -> Told:
    """Run the program in a pod of this scenario."""
    with lab.pod(SCENARIOS[scenario] if isinstance(scenario, str) else scenario) as pod:
        return checked(pod, *arguments)


def run_inside(pod: Pod, *arguments: str) -> int:
    """Run the command in this process; return its exit code."""
    with inside(pod, *arguments) as here:
        return check.run(here.config, here.world.environ)


def found(told: Told) -> dict[str, Any]:
    """Return the one JSON object on standard output. Raises where there is more than that."""
    report: dict[str, Any] = json.loads(told.out)
    assert told.out.count("\n") == 1 + told.out.rstrip("\n").count("\n")
    return report


def furnish(lab: Lab, pod: Pod, plan: CloudPlan) -> None:
    """Create in the pod's account what the plan wants, as somebody does who mends it."""
    pod.account.furnish(plan, pod.issuer.url, lab._authority.thumbprint(Certificate.GOOD), pod.fill)


@make_check("clock.crashing")
def crashing(moment: Moment) -> Verdict:
    """Does this check crash?"""
    message = f"at {moment.now}"
    raise LookupError(message)


# ---------------------------------------------------------------------------------------------------- exit codes


@pytest.mark.parametrize(
    ("scenario", "arguments", "code"),
    [
        ("healthy", (), 0),
        ("healthy", ("--no-exchange",), 0),
        ("trust-policy-denied", (), 1),
        ("trust-policy-denied", ("--fail-on", "warning"), 1),
        ("trust-policy-denied", ("--fail-on", "never"), 0),
        ("token-file-exposed", (), 0),
        ("token-file-exposed", ("--fail-on", "warning"), 1),
        ("token-file-exposed", ("--fail-on", "never"), 0),
        ("token-expired", ("--no-exchange",), 1),
        ("token-expired", ("--no-exchange", "--fail-on", "never"), 0),
        ("token-file-exposed", ("--no-exchange",), 0),
        ("token-file-exposed", ("--no-exchange", "--fail-on", "warning"), 1),
        ("pod-identity-in-use", (), 0),
        ("pod-identity-in-use", ("--fail-on", "warning"), 1),
        ("pod-identity-in-use", ("--fail-on", "never"), 0),
        ("aws-profile-invalid", (), 1),
    ],
)
def test_exit_code(lab: Lab, scenario: str, arguments: tuple[str, ...], code: int) -> None:
    """0 healthy or nothing as bad as --fail-on, 1 a fault at or above it; never: 0 (CONTRACT, Exit codes)."""
    with lab.pod(SCENARIOS[scenario]) as pod:
        assert run_inside(pod, *arguments) == code


@pytest.mark.parametrize(
    ("scenario", "arguments", "code"),
    [("healthy", (), 0), ("trust-policy-denied", (), 1), ("trust-policy-denied", ("--fail-on", "never"), 0)],
)
def test_exit_code_of_the_process(lab: Lab, scenario: str, arguments: tuple[str, ...], code: int) -> None:
    """The command's exit code is the process's, and standard error is empty."""
    told = run(lab, scenario, *arguments)
    assert (told.code, told.err) == (code, "")


@pytest.mark.parametrize("fail_on", FailOn)
def test_a_wrong_question_is_exit_2(lab: Lab, fail_on: FailOn) -> None:
    """A bad value is exit 2 whatever --fail-on says, and nothing is diagnosed."""
    told = run(lab, "healthy", "--fail-on", fail_on, "--wait", "soon")
    assert (told.code, told.out) == (2, "")


def test_without_an_exchange_nothing_is_proven(lab: Lab) -> None:
    """--no-exchange without a fault: exit 0, but neither healthy nor a root cause."""
    told = run(lab, "healthy", "--no-exchange", "--format", "json")
    report = found(told)
    assert (told.code, report["healthy"], report["root_cause"]) == (0, False, None)


@pytest.mark.parametrize(("fail_on", "code"), [("error", 1), ("warning", 1), ("never", 0)])
def test_an_exchange_not_reached_in_time_is_exit_1(lab: Lab, fail_on: str, code: int) -> None:
    """Where --deadline ends the run before STS has answered there is no fault, and still exit 1."""
    told = run(lab, SILENT, *IMPATIENT, "--fail-on", fail_on, "--format", "json")
    report = found(told)
    assert (told.code, told.err) == (code, "")
    assert (report["healthy"], report["root_cause"]) == (False, None)
    reached = next(one for one in report["checks"] if one["check"] == "exchange.reached")
    assert reached["status"] == "skip"
    assert "deadline" in reached["detail"]


@pytest.mark.parametrize(
    ("scenario", "fail_on", "code"),
    [
        ("healthy", "error", 3),
        ("healthy", "never", 3),
        ("trust-policy-denied", "error", 1),
        ("token-file-exposed", "warning", 1),
        ("token-file-exposed", "error", 3),
    ],
)
def test_a_crash_is_exit_3_where_no_fault_counts(
    lab: Lab,
    scenario: str,
    fail_on: str,
    code: int,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """A check that crashes hides nothing: a fault that counts is exit 1; without one it is exit 3, never 0."""
    monkeypatch.setattr(check, "CHAIN", (*CHAIN, crashing))
    with lab.pod(SCENARIOS[scenario]) as pod:
        assert run_inside(pod, "--fail-on", fail_on, "--format", "json") == code
    report = json.loads(capsys.readouterr().out)
    assert report["healthy"] is False
    assert report["checks"][-1]["detail"] == "the check crashed (LookupError)"


CRASH = Result("clock.crashing", "?", Status.CRASH, "it crashed")


@pytest.mark.parametrize("fail_on", FailOn)
def test_exit_code_of_nothing_and_of_a_crash_alone(fail_on: FailOn) -> None:
    """Nothing found is 0 and a crash alone is 3, also where the deadline was too short, whatever --fail-on says."""
    well, late = reported(), reported(overdue=True)
    assert check.exit_code(well, fail_on) == 0
    assert {check.exit_code(one._replace(results=(CRASH,)), fail_on) for one in (well, late)} == {3}


# ------------------------------------------------------------------------------------ Pod Identity, the workload


def test_pod_identity_alone_is_the_root_cause(lab: Lab) -> None:
    """Pod Identity without IRSA is a warning, and the root cause all the same."""
    told = run(lab, "pod-identity-in-use", "--format", "json")
    report = found(told)
    assert (told.code, report["healthy"]) == (0, False)
    assert (report["root_cause"]["name"], report["root_cause"]["severity"]) == ("pod-identity-in-use", "warning")


def test_a_workload_that_cannot_read_the_token_is_a_fault_although_sts_accepts_it(lab: Lab) -> None:
    """IRSA801 keeps its severity: the exchange was ours, not the workload's."""
    stranger = str(os.getuid() + 1)
    told = run(lab, "healthy", "--workload-uid", stranger, "--workload-gids", "4242,4243", "--format", "json")
    report = found(told)
    assert (told.code, report["healthy"]) == (1, False)
    cause = report["root_cause"]
    assert (cause["code"], cause["name"], cause["severity"]) == ("IRSA801", "workload-cannot-read-token", "error")
    assert (cause["evidence"]["uid"], cause["evidence"]["gids"]) == (stranger, "4242,4243")
    assert report["identity"]["assumed_role_arn"].startswith("arn:aws:sts::")


def test_a_workload_that_can_read_the_token_passes(lab: Lab) -> None:
    """The file's owner may read it."""
    told = run(lab, "healthy", "--workload-uid", str(os.getuid()), "--format", "json")
    verdicts = {one["check"]: one["status"] for one in found(told)["checks"]}
    assert (told.code, verdicts["token_file.workload_readable"]) == (0, "pass")


# ---------------------------------------------------------------------------------------------------- JSON, text


@pytest.mark.parametrize("scenario", ["healthy", "trust-policy-denied", "irsa-env-not-injected"])
def test_json_is_one_object_with_every_check(lab: Lab, scenario: str) -> None:
    """--format json: one object on standard output, nothing else there or on standard error, every check every time."""
    told = run(lab, scenario, "--format", "json")
    report = found(told)
    assert report["schema"] == "irsa-doctor/report/v1"
    assert [one["check"] for one in report["checks"]] == [one.name for one in CHAIN]
    assert told.err == ""


def test_short_is_shorter(lab: Lab) -> None:
    """--format short leaves out what passed and ends in the same line."""
    with lab.pod(SCENARIOS["trust-policy-denied"]) as pod:
        whole, short = checked(pod).out, checked(pod, "--format", "short").out
    assert "[ok]" in whole
    assert "[ok]" not in short
    assert "IRSA606" in short.splitlines()[-1]


def on_terminal(pod: Pod, **variables: str) -> str:
    """Return what the program writes on a terminal."""
    master, slave = os.openpty()
    with subprocess.Popen([*CHECK, *pod.arguments], env={**pod.environ, **variables}, stdout=slave) as running:
        os.close(slave)
        said = b"".join(pieces(master))
    os.close(master)
    assert running.returncode == 1
    return said.decode()


def pieces(descriptor: int) -> Iterator[bytes]:
    """Read a terminal to its end, which Linux tells by an error."""
    try:
        while piece := os.read(descriptor, 65536):
            yield piece
    except OSError:
        return


@pytest.mark.parametrize(
    ("variables", "coloured"),
    [
        ({"TERM": "xterm"}, True),
        ({"TERM": "xterm", "NO_COLOR": ""}, True),
        ({"TERM": "xterm", "NO_COLOR": "1"}, False),
        ({"TERM": "dumb"}, False),
    ],
)
def test_colour_on_a_terminal(lab: Lab, variables: Mapping[str, str], coloured: bool) -> None:
    """A terminal gets colour unless NO_COLOR is filled or TERM is dumb."""
    with lab.pod(SCENARIOS["token-file-missing"]) as pod:
        assert ("\x1b[" in on_terminal(pod, **variables)) is coloured


def test_no_colour_elsewhere(lab: Lab) -> None:
    """A pipe, as `kubectl logs` is one, gets none."""
    with lab.pod(SCENARIOS["token-file-missing"]) as pod:
        assert "\x1b" not in checked(pod, TERM="xterm").out


# -------------------------------------------------------------------------------------------------------- waiting


def started(pod: Pod, *arguments: str) -> subprocess.Popen[str]:
    """Start the program and return it running."""
    return subprocess.Popen(
        [*CHECK, *pod.arguments, *arguments],
        env=pod.environ,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_wait_ends_healthy_when_the_cause_is_gone(lab: Lab) -> None:
    """--wait goes on while the cause is transient, and ends with 0 once it is mended; the JSON is the last report."""
    with lab.pod(WITHOUT_PROVIDER) as pod, started(pod, "--wait", "60s", "--format", "json") as running:
        assert running.stderr is not None
        assert running.stderr.readline().startswith(WAITING)
        furnish(lab, pod, CloudPlan(role=False))
        out, err = running.communicate(timeout=60)
    assert (running.returncode, err) == (0, "")
    assert found(Told(0, out, err))["healthy"] is True


@pytest.mark.parametrize("scenario", ["irsa-env-not-injected", "token-expired", "pod-identity-in-use"])
def test_wait_ends_at_once_where_time_cures_nothing(lab: Lab, scenario: str) -> None:
    """A cause that is not transient ends the waiting before it began, without a word."""
    told = run(lab, scenario, "--wait", "1h", "--format", "json")
    assert told.err == ""
    assert found(told)["root_cause"]["name"] == scenario


@pytest.mark.parametrize(
    ("scenario", "name"),
    [
        ("oidc-provider-of-another-cluster", "oidc-provider-missing"),
        ("trust-subject-mismatch", "trust-subject-mismatch"),
        ("role-not-found", "role-not-found"),
    ],
)
def test_wait_ends_at_once_where_iam_proves_the_cause(lab: Lab, scenario: str, name: str) -> None:
    """What may pass as STS tells it, does not pass where IAM shows why."""
    told = run(lab, scenario, "--wait", "1h", "--format", "json")
    assert told.err == ""
    assert found(told)["root_cause"]["name"] == name


def test_wait_goes_on_where_iam_shows_no_reason(lab: Lab) -> None:
    """The policy admits the token: IAM's changes take a while to spread (FACTS A13)."""
    told = run(lab, "trust-policy-admits", "--wait", "5s", "--format", "json")
    assert re.match(r"irsa-doctor: waiting up to \d s: IRSA606 trust-policy-denied: ", told.err)
    assert found(told)["root_cause"]["also_possible"] == []


def test_wait_ends_at_once_where_it_is_healthy(lab: Lab) -> None:
    """What is healthy is not waited for, whatever warnings there are."""
    told = run(lab, "token-file-exposed", "--wait", "1h")
    assert (told.code, told.err) == (0, "")


def test_wait_that_is_over_ends_with_the_last_report(lab: Lab) -> None:
    """When the time is over the last report is the answer: exit 1, one line on standard error, one JSON object."""
    told = run(lab, WITHOUT_PROVIDER, "--wait", "800ms", "--format", "json")
    assert told.code == 1
    assert found(told)["root_cause"]["name"] == "oidc-provider-missing"
    assert told.err.count("\n") == 1
    assert told.err.startswith("irsa-doctor: waiting up to ")


def test_wait_is_ended_by_sigterm_at_once(lab: Lab) -> None:
    """SIGTERM in the middle of waiting: one sentence, 143, no report."""
    with lab.pod(WITHOUT_PROVIDER) as pod, started(pod, "--wait", "1h") as running:
        assert running.stderr is not None
        assert "waiting" in running.stderr.readline()
        running.send_signal(signal.SIGTERM)
        out, err = running.communicate(timeout=60)
    assert (running.returncode, out, err) == (128 + signal.SIGTERM, "", "irsa-doctor: terminated\n")


def test_wait_says_each_state_once(
    lab: Lab, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """One line for each change of state, not for each attempt."""
    remedies: dict[int, CloudPlan] = {3: CloudPlan(role=False), 6: CloudPlan(provider=False)}
    pauses = []
    with lab.pod(replace(HEALTHY, cloud=CloudPlan(provider=False, role=False))) as pod:

        def pause(seconds: float) -> None:
            pauses.append(seconds)
            if len(pauses) in remedies:
                furnish(lab, pod, remedies[len(pauses)])

        monkeypatch.setattr(check, "time", SimpleNamespace(sleep=pause))
        assert run_inside(pod, "--wait", "10m") == 0
    names = [line.split()[7] for line in capsys.readouterr().err.splitlines()]
    assert names == ["oidc-provider-missing:", "trust-policy-denied:"]
    assert len(pauses) == 6


def reported(cause: Fault | None = None, *, overdue: bool = False) -> Report:
    """Return a report with this root cause; healthy without one, unless it is overdue."""
    root = RootCause(cause, Severity.ERROR, "exchange.accepted", {}) if cause else None
    healthy = cause is None and not overdue
    now = datetime(2026, 11, 21, tzinfo=UTC)
    return Report("0", now, 0.1, healthy, overdue, Identity(), root, (), Measurements())


def waited(
    monkeypatch: pytest.MonkeyPatch, wait: float, diagnosis: Callable[[], Report]
) -> tuple[Report, list[float], float]:
    """Wait by a clock that only pausing moves; return the report, the pauses and the time at the end."""
    pauses: list[float] = []
    monkeypatch.setattr(check, "time", SimpleNamespace(sleep=pauses.append))
    world = World({}, monotonic=lambda: sum(pauses))
    return check._waited(Config(wait=wait), world, diagnosis), pauses, sum(pauses)


def test_pauses_grow_to_ten_seconds_and_end_on_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """The pauses double up to ten seconds; the last one leaves time for a diagnosis that takes as long as the last."""
    _, pauses, end = waited(monkeypatch, 45.0, lambda: reported(faults.STS_DNS))
    assert pauses[:8] == pytest.approx([0.5, 1, 2, 4, 8, 10, 10, 9.4])
    assert end == pytest.approx(44.9)


def test_after_the_last_pause_it_is_tried_once_more(monkeypatch: pytest.MonkeyPatch) -> None:
    """What was mended in the last pause is seen."""
    reports = [reported(faults.STS_DNS), reported(faults.STS_DNS), reported()]
    report, pauses, _ = waited(monkeypatch, 1.0, lambda: reports.pop(0))
    assert report.healthy
    assert pauses == pytest.approx([0.5, 0.4])


def test_a_state_that_returns_is_said_again(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Lines follow the changes: there and back are two; a short deadline is a state as well."""
    states = [faults.STS_DNS, faults.STS_DNS, faults.THROTTLED, faults.STS_DNS, None, None]
    reports = [reported(state, overdue=state is None) for state in states]
    waited(monkeypatch, 60.0, lambda: reports.pop(0) if reports else reported())
    lines = [line.partition(" s: ")[2] for line in capsys.readouterr().err.splitlines()]
    assert [line.partition(":")[0] for line in lines] == [
        "IRSA501 sts-dns",
        "IRSA608 throttled",
        "IRSA501 sts-dns",
        "the deadline was too short",
    ]


@pytest.mark.parametrize("wait", [0.0, 60.0])
def test_a_cause_that_was_transient_and_is_not_any_more_ends_it(monkeypatch: pytest.MonkeyPatch, wait: float) -> None:
    """Without --wait the first report counts; with it, waiting ends where the cause has become a lasting one."""
    reports = [reported(faults.STS_DNS), reported(faults.TOKEN_EXPIRED)]
    report, pauses, _ = waited(monkeypatch, wait, lambda: reports.pop(0))
    cause = report.root_cause
    assert cause is not None
    assert (cause.fault, len(pauses)) == ((faults.TOKEN_EXPIRED, 1) if wait else (faults.STS_DNS, 0))


# -------------------------------------------------------------------------------------------- termination message


@pytest.mark.parametrize(
    ("scenario", "code", "head"),
    [("healthy", 0, "healthy: arn:aws:sts::"), ("trust-policy-denied", 1, "IRSA606 trust-policy-denied: ")],
)
def test_termination_message_is_written_where_the_operator_says(
    lab: Lab, tmp_path: Path, scenario: str, code: int, head: str
) -> None:
    """--termination-log: written on success too, the file made where there is none, what was in it replaced."""
    logs = [tmp_path / "new", tmp_path / "old"]
    logs[1].write_text("of the last run " * 1000, encoding="utf-8")
    with lab.pod(SCENARIOS[scenario]) as pod:
        for log in logs:
            told = checked(pod, "--termination-log", str(log))
            assert (told.code, told.err) == (code, "")
            message = log.read_text(encoding="utf-8")
            assert message.startswith(head)
            assert "of the last run" not in message
            assert len(message.encode()) <= 4096


@pytest.mark.parametrize("there", [True, False])
def test_termination_message_is_written_where_the_kubelet_made_the_file(
    lab: Lab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, there: bool
) -> None:
    """Without the option the default path is written only if the file is there already; it is never made."""
    log = tmp_path / "termination-log"
    if there:
        log.touch()
    monkeypatch.setattr(check, "_DEFAULT_TERMINATION_LOG", log)
    with lab.pod(HEALTHY) as pod:
        assert run_inside(pod) == 0
    assert log.exists() is there
    assert not there or log.read_text(encoding="utf-8").startswith("healthy: ")


def test_default_path_is_the_kubelets() -> None:
    """The default is what `terminationMessagePath` is by default."""
    assert Path("/dev/termination-log") == check._DEFAULT_TERMINATION_LOG


def test_a_directory_at_the_default_path_is_passed_over(
    lab: Lab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """What the kubelet did not make is left alone, without a word."""
    monkeypatch.setattr(check, "_DEFAULT_TERMINATION_LOG", tmp_path)
    with lab.pod(HEALTHY) as pod:
        assert run_inside(pod) == 0
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize("scenario", ["healthy", "trust-policy-denied"])
@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("$directory", "Is a directory"),
        ("$directory/nothing/log", "No such file or directory"),
        ("$directory/ca.pem/log", "Not a directory"),
        ("/dev/full", "No space left on device"),
        ("/proc/sys/kernel/version", "(Permission denied|Read-only file system)"),
    ],
)
def test_termination_message_that_cannot_be_written_is_one_sentence(
    lab: Lab, capsys: pytest.CaptureFixture[str], scenario: str, path: str, reason: str
) -> None:
    """A directory, a way that is not there, a full disk, no permission: one sentence, the exit code unchanged."""
    with lab.pod(SCENARIOS[scenario]) as pod:
        place = pod.fill(path)
        code = run_inside(pod, "--termination-log", place)
    out, err = capsys.readouterr()
    assert code == (scenario != "healthy")
    assert out.splitlines()[-1].startswith("irsa-doctor: ")
    start, _, why = err.rpartition(": ")
    assert start == f"irsa-doctor: the termination message was not written: {place}"
    assert why.endswith("\n")
    assert why[:-1] in reason


# ------------------------------------------------------------------------------------------------- closed outputs


def test_a_reader_that_has_seen_enough_is_no_trouble(lab: Lab) -> None:
    """``irsa-doctor check | head -1``: the pipe's signal as exit code, not a word."""
    with lab.pod(HEALTHY) as pod, started(pod) as running:
        assert running.stdout is not None
        assert running.stderr is not None
        running.stdout.close()
        assert running.stderr.read() == ""
    assert running.returncode == 128 + signal.SIGPIPE


@pytest.mark.parametrize(("scenario", "code"), [("healthy", 0), ("trust-policy-denied", 1)])
def test_closed_standard_output_changes_nothing_else(lab: Lab, tmp_path: Path, scenario: str, code: int) -> None:
    """``irsa-doctor check >&-``: the exit code and the termination message are what they are."""
    log = tmp_path / "log"
    with lab.pod(SCENARIOS[scenario]) as pod:
        told = redirected(pod, ">&-", "--termination-log", str(log))
    assert (told.code, told.out, told.err) == (code, "", "")
    assert log.stat().st_size > 0


@pytest.mark.parametrize("closing", ["2>&-", "2>/dev/full"])
def test_standard_error_that_takes_nothing_is_no_trouble(lab: Lab, closing: str) -> None:
    """Where standard error is closed or full, what belongs there is on no account written to standard output."""
    with lab.pod(WITHOUT_PROVIDER) as pod:
        told = redirected(pod, closing, "--wait", "300ms", "--format", "json", "--termination-log", str(pod.directory))
    assert told.code == 1
    assert found(told)["root_cause"]["name"] == "oidc-provider-missing"


def redirected(pod: Pod, redirection: str, *arguments: str) -> Told:
    """Run the program with a shell's redirection."""
    done = subprocess.run(
        ["sh", "-c", f'exec "$@" {redirection}', "sh", *CHECK, *pod.arguments, *arguments],
        env=pod.environ,
        capture_output=True,
        check=False,
        text=True,
        timeout=60,
    )
    return Told(done.returncode, done.stdout, done.stderr)


def test_forms_of_a_report() -> None:
    """JSON, text and short are three forms of one report; JSON is never coloured."""
    report = reported(faults.STS_DNS)
    forms = {form: check.rendering(report, form, colour=True) for form in Format}
    assert len(set(forms.values())) == len(Format)
    assert "\x1b" in forms[Format.TEXT]
    assert "\x1b" not in forms[Format.JSON]
