"""What a child's end means."""

import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from cases import healthy
from sidecar import __version__
from sidecar.checks import CHAIN
from sidecar.commands.runs import answer, timed_out, unstarted
from sidecar.diagnosis import diagnose
from sidecar.facts import Refused
from sidecar.journal import Ending
from sidecar.probe.child import Spoken
from sidecar.render.json import as_mapping

WELL = diagnose(healthy(), CHAIN, version=__version__, started=0.0, duration_seconds=0.1)
DENIED = diagnose(
    healthy(sts=Refused("AccessDenied", "Not authorized to perform sts:AssumeRoleWithWebIdentity", 403, None)),
    CHAIN,
    version=__version__,
    started=0.0,
    duration_seconds=0.1,
)
SECRET = "eyJhbGciOiJSUzI1NiJ9.e30.c2lnbmF0dXJl"


def spoken(out: object = None, code: int = 0, noise: bytes = b"", *, cut: bool = False) -> Spoken:
    """Return what a child said: bytes as they are, anything else as JSON."""
    return Spoken(code, out if isinstance(out, bytes) else json.dumps(out).encode(), noise, cut)


@pytest.mark.parametrize(("report", "ending"), [(WELL, Ending.HEALTHY), (DENIED, Ending.UNHEALTHY)])
def test_a_report_is_a_run(report: object, ending: Ending) -> None:
    """With the token file's path and what the next child is told."""
    out = {"report": as_mapping(report), "token_file": "/t", "handed_on": "{}"}  # type: ignore[arg-type]
    found = answer(spoken(out), 5.0, 2.0)
    assert (found.run.ended, found.run.seconds, found.run.ending, found.run.why) == (5.0, 2.0, ending, "")
    assert found.run.report is not None
    assert as_mapping(found.run.report) == as_mapping(report)  # type: ignore[arg-type]
    assert (found.token_file, found.handed_on, found.misuse) == ("/t", "{}", None)


def test_no_token_file() -> None:
    """There may be none."""
    out = {"report": as_mapping(WELL), "token_file": None, "handed_on": None}
    assert answer(spoken(out), 0, 0).token_file is None


@pytest.mark.parametrize(
    ("said", "why"),
    [
        (spoken(b""), "the diagnosis printed no report"),
        (spoken(b"\xff\xfe{"), "the diagnosis printed no report"),
        (spoken(b"[" * 100_000), "the diagnosis printed no report"),
        (spoken([]), "the diagnosis printed no report"),
        (spoken({"report": {}}), "the diagnosis printed no report"),
        (spoken({"report": as_mapping(WELL)}), "the diagnosis printed no report"),
        (spoken(code=-signal.SIGSEGV), "the diagnosis was ended by SIGSEGV"),
        (
            spoken(code=-signal.SIGKILL),
            "the diagnosis was ended by SIGKILL, as the kernel does where memory is short",
        ),
        (spoken(code=-64), "the diagnosis was ended by SIGRTMAX"),
        (spoken(code=-99), "the diagnosis was ended by signal 99"),
        (spoken(cut=True, code=-9), "the diagnosis printed more than 4 MiB"),
        (spoken(code=1), "the diagnosis ended with exit code 1"),
        (
            spoken(code=3, noise=b"irsa-doctor: warning: a\nirsa-doctor: a bug in irsa-doctor 0.1.0\n"),
            "a bug in irsa-doctor 0.1.0",
        ),
        (spoken(code=1, noise=f"Traceback\nValueError: {SECRET}\n".encode()), "the diagnosis ended with exit code 1"),
    ],
)
def test_what_is_no_report_is_a_crash(said: Spoken, why: str) -> None:
    """How it ended is said, and of its noise only our own sentences."""
    found = answer(said, 5.0, 2.0)
    assert (found.run.ending, found.run.report, found.run.why) == (Ending.CRASHED, None, why)
    assert found.misuse is None


def test_a_child_that_was_asked_wrongly() -> None:
    """Its sentence says what, once."""
    found = answer(spoken(code=2, noise=b"irsa-doctor: --trust-policy: not a trust policy\n"), 0, 0)
    assert found.misuse == found.run.why == "--trust-policy: not a trust policy"


def test_a_child_that_took_too_long() -> None:
    """It is counted as that."""
    found = timed_out(5.0, 40.2, 40.0)
    assert found.run.ending is Ending.TIMED_OUT
    assert found.run.why == "the diagnosis took more than 40 s and was ended"


def test_a_child_that_could_not_be_started() -> None:
    """It is a crashed run with the reason."""
    found = unstarted(5.0, OSError(11, "Resource temporarily unavailable"))
    assert found.run.ending is Ending.CRASHED
    assert found.run.why.endswith("for the diagnosis: Resource temporarily unavailable")


def test_a_child_without_memory_to_start() -> None:
    """The same."""
    assert unstarted(5.0, MemoryError()).run.why.endswith("for the diagnosis: no memory")


def test_what_is_handed_on_is_text() -> None:
    """Anything else is nothing."""
    out = {"report": as_mapping(WELL), "token_file": None, "handed_on": {"a": 1}}
    assert answer(spoken(out), 0, 0).handed_on == ""


@pytest.mark.parametrize("option", ["-E", "-I", "-P", "-s", "-S", "-Xutf8", "-Xfrozen_modules=off"])
def test_the_interpreter_keeps_apart_as_it_was_asked(option: str) -> None:
    """A process of ours is started as this one was."""
    program = f"import sys; sys.path.insert(0, {str(Path.cwd())!r}); from sidecar.commands.runs import interpreter"
    site = [path for path in sys.path if path.endswith("site-packages")]
    code = f"import sys; sys.path += {site!r}; {program}; print(interpreter())"
    done = subprocess.run([sys.executable, option, "-c", code], capture_output=True, text=True, check=True)
    assert option in done.stdout
    assert "'-P'" in done.stdout  # `-c` is no `-m`: the working directory is nobody's


def test_a_package_in_the_working_directory_is_not_ours(tmp_path: Path) -> None:
    """The installed command runs nothing that lies where it is started."""
    planted = tmp_path / "sidecar"
    planted.mkdir()
    (planted / "__init__.py").write_text("raise SystemExit('planted')", encoding="utf-8")
    command = [str(Path(sys.executable).with_name("irsa-doctor")), "watch", "--listen", "127.0.0.1:0", "--no-exchange"]
    with subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        lines = [process.stdout.readline() for _ in range(2)]
        process.terminate()
    assert "no report" not in lines[1]
