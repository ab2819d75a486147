"""`irsa-doctor explain` as people meet it: what is read, what is printed, the exit codes, what never comes out."""

import json
import os
import pty
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from insidepod import Told
from sidecar import faults

COMMAND = [sys.executable, "-m", "sidecar", "explain"]
DENIED = (
    "An error occurred (AccessDenied) when calling the AssumeRoleWithWebIdentity operation: Not authorized to perform "
    "sts:AssumeRoleWithWebIdentity"
)
NODE = (
    "User: arn:aws:sts::111122223333:assumed-role/eks-nodes/i-0123456789abcdef0 is not authorized to perform: "
    "s3:GetObject on resource: arn:aws:s3:::shop/cart"
)
LACKING = (
    "botocore.exceptions.ClientError: An error occurred (AccessDenied) when calling the PutObject operation: User: "
    "arn:aws:sts::111122223333:assumed-role/shop-cart/botocore-session-1 is not authorized to perform: s3:PutObject"
)
NOTHING = "irsa-doctor: explain: nothing here is about credentials for AWS\n"
SECRET = "Sw0rdf1shOfTheDeep2026AndMore"


def explain(*args: str, given: bytes = b"", code: int = 0) -> Told:
    """Run the program on what standard input gives it."""
    done = subprocess.run([*COMMAND, *args], input=given, capture_output=True, timeout=60, check=False)
    assert done.returncode == code, done.stderr
    return Told(done.returncode, done.stdout.decode(), done.stderr.decode())


def found(text: str | bytes) -> dict[str, Any]:
    """Return the JSON about a text."""
    data = text.encode() if isinstance(text, str) else text
    document: dict[str, Any] = json.loads(explain("--format", "json", given=data).out)
    return document


# ---------------------------------------------------------------------------------------------------- what is printed


def test_a_line_is_explained() -> None:
    """The cause, the line that shows it, what mends it, and a last line to grep for."""
    told = explain(given=DENIED.encode())
    lines = told.out.splitlines()
    assert lines[0] == f"IRSA606 trust-policy-denied: {faults.TRUST_POLICY_DENIED.title}"
    assert lines[1] == f"  line 1, 1 in all: {DENIED}"
    assert any(line.startswith("Fix: ") for line in lines)
    assert any(line.startswith("    aws iam get-role ") for line in lines)
    assert any(line.startswith("Also possible: role-not-found") for line in lines)
    assert lines[-1] == "irsa-doctor: explain: IRSA606 trust-policy-denied"
    assert told.err == ""


def test_json_has_the_published_keys() -> None:
    """CONTRACT, Explain."""
    document = found(f"all is well\n{DENIED}\n{DENIED}\n{NODE}\n")
    assert document["schema"] == "irsa-doctor/explain/v1"
    assert document["verdict"] == "trust-policy-denied"
    assert "role-not-found" in document["also_possible"]
    first, second = document["findings"]
    assert {"code", "name", "title", "count", "line", "remedy", "commands"} <= first.keys()
    assert (first["name"], first["count"], first["line_number"]) == ("trust-policy-denied", 2, 2)
    assert first["line"] == DENIED
    assert second["name"] == "node-role-fallback"


def test_nothing_about_credentials_has_no_verdict() -> None:
    """Exit 0, and a sentence."""
    assert explain(given=b"listening on :8080\n").out == NOTHING
    assert found("listening on :8080\n")["verdict"] is None
    assert explain(given=b"").out == NOTHING


def test_what_is_no_fault_of_irsas_says_so() -> None:
    """The role works, and lacks a permission."""
    told = explain(given=LACKING.encode())
    assert "IRSA810 permissions-policy-denied" in told.out
    assert "IRSA itself works" in told.out


def test_several_causes_are_all_listed() -> None:
    """The verdict first."""
    told = explain(given=f"{NODE}\n{DENIED}\n".encode())
    assert told.out.startswith("IRSA606 trust-policy-denied")
    assert "IRSA808 node-role-fallback" in told.out


# ------------------------------------------------------------------------------------------------- codes and names


@pytest.mark.parametrize("word", ["IRSA606", "irsa606", "trust-policy-denied"])
def test_a_fault_is_shown_by_code_and_name(word: str) -> None:
    """Like a page of documentation."""
    told = explain(word)
    assert told.out.startswith("IRSA606 trust-policy-denied")
    assert "aws iam get-role" in told.out


def test_every_fault_can_be_shown() -> None:
    """As text and as JSON, by its code."""
    from sidecar.commands.explain import named
    from sidecar.render.handbook import handbook_text

    for fault in faults.ALL:
        assert named(fault.code.lower()) == named(fault.name) == fault
        assert handbook_text(fault).startswith(f"{fault.code} {fault.name}")


def test_a_fault_as_json() -> None:
    """The same shape as a text's; nothing was counted."""
    document = json.loads(explain("IRSA606", "--format", "json").out)
    assert document["verdict"] == "trust-policy-denied"
    assert document["findings"][0]["line"] is None


@pytest.mark.parametrize(
    ("word", "words"),
    [
        ("IRSA999", "is the code of no fault; did you mean IRSA"),
        ("trust-policy-denid", "did you mean trust-policy-denied?"),
        ("/no/such/file.log", "cannot be read: No such file or directory"),
        ("/", "cannot be read: Is a directory"),
    ],
)
def test_what_is_neither(word: str, words: str) -> None:
    """Exit 2, and one sentence with the nearest name."""
    told = explain(word, code=2)
    assert told.out == ""
    assert words in told.err
    assert told.err.count("\n") == 1


# ----------------------------------------------------------------------------------------------------- what is read


def test_a_file_is_read(tmp_path: Path) -> None:
    """As standard input is."""
    log = tmp_path / "app.log"
    log.write_text(f"{DENIED}\n")
    assert explain(str(log)).out == explain("-", given=log.read_bytes()).out


def test_on_a_terminal_there_is_nothing_to_explain() -> None:
    """Exit 2, instead of waiting for somebody who types."""
    main, terminal = pty.openpty()
    done = subprocess.run(COMMAND, stdin=terminal, capture_output=True, text=True, timeout=60, check=False)
    os.close(main)
    os.close(terminal)
    assert (done.returncode, done.stdout) == (2, "")
    assert "nothing to explain: name a code, a fault or a file" in done.stderr


@pytest.mark.parametrize(
    "data",
    [
        b"\xff\xfe\x00" + DENIED.encode() + b"\x00\n",
        b"x" * 10_000_000 + b" " + DENIED.encode(),
        b"\n" * 100_000 + DENIED.encode(),
        DENIED.encode() + b" " + b"\xe2\x80" * 3,
        b"\r\n".join([b"", DENIED.encode(), b""]),
    ],
    ids=["nul", "long-line", "many-lines", "cut-utf8", "crlf"],
)
def test_odd_input_is_read(data: bytes) -> None:
    """Invalid UTF-8, NULs, a line of 10 MB, many lines: the cause is found all the same."""
    assert found(data)["verdict"] == "trust-policy-denied"


def test_random_bytes_are_about_nothing() -> None:
    """And no failure."""
    chance = __import__("random").Random(7)
    assert found(chance.randbytes(300_000))["verdict"] is None


def test_an_interrupted_log_is_explained_as_far_as_it_came() -> None:
    """Ctrl-C ends `kubectl logs -f | irsa-doctor explain`: what was found is printed."""
    # Not measured: an exception out of a signal's handler can leave coverage's tracer with its lock held, for ever.
    environ = {name: value for name, value in os.environ.items() if not name.startswith("COVERAGE_")}
    pipe = subprocess.PIPE
    with subprocess.Popen(COMMAND, env=environ, stdin=pipe, stdout=pipe, stderr=pipe) as running:
        assert running.stdin is not None
        for _ in range(3):  # more than one chunk, so that it has been read when the pipe has taken the last one
            running.stdin.write((DENIED.encode() + b"\n") * 2000)
        running.stdin.flush()
        running.send_signal(signal.SIGINT)
        out, _ = running.communicate(timeout=60)
    assert running.returncode == 130
    assert out.decode().endswith("irsa-doctor: explain: IRSA606 trust-policy-denied\n")


def test_a_reader_that_has_seen_enough_is_no_trouble() -> None:
    """`| head -1` ends it without a word."""
    command = f"{sys.executable} -m sidecar explain IRSA606 | head -c 1"
    done = subprocess.run(["sh", "-c", command], capture_output=True, timeout=60, check=False)
    assert (done.stdout, done.stderr) == (b"I", b"")


# ------------------------------------------------------------------------------------------------------- secrets

JWT = f"eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJodHRwczovL29pZGMuaW52YWxpZCJ9.{SECRET}"


@pytest.mark.parametrize(
    "around",
    [
        f"token={JWT} {DENIED}",
        f"{DENIED} WebIdentityToken: {JWT}",
        f"{DENIED} aws_secret_access_key = {SECRET}",
        f'{DENIED} {{"SecretAccessKey": "{SECRET}", "SessionToken": "{SECRET}"}}',
        f"{DENIED} <SecretAccessKey>{SECRET}</SecretAccessKey><SessionToken>{SECRET}</SessionToken>",
        f"{DENIED} Authorization: Bearer {SECRET}",
        f"{DENIED} Authorization: AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20261125, Signature={SECRET}",
        f"{DENIED} https://bucket.s3.amazonaws.com/x?X-Amz-Credential={SECRET}&X-Amz-Signature={SECRET}",
        f"{DENIED} https://user:{SECRET}@proxy.example.com:3128",
        f"{DENIED} password={SECRET}",
        f"-----BEGIN RSA PRIVATE KEY----- {SECRET} -----END RSA PRIVATE KEY----- {DENIED}",
        f"{DENIED} export AWS_SESSION_TOKEN='{SECRET}'",
    ],
)
@pytest.mark.parametrize("form", ["text", "json"])
def test_no_secret_of_the_input_comes_out(around: str, form: str) -> None:
    """Tokens, keys, signatures, passwords: a mask stands in their place, in either form."""
    told = explain("--format", form, given=around.encode())
    assert "trust-policy-denied" in told.out
    assert SECRET not in told.out + told.err
    assert SECRET[:12] not in told.out
    assert "***" in told.out


def test_what_the_text_says_is_made_safe_for_a_terminal() -> None:
    """No escape of the input reaches it."""
    told = explain(given=f"\x1b]0;x\x07\x1b[31m{DENIED}\u202e".encode())
    assert "\x1b" not in told.out
    assert "\u202e" not in told.out
