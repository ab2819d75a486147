"""`irsa-doctor trust` as people meet it: what is printed, the exit codes, what cannot be read."""

import json
import os
import subprocess
import sys
from base64 import urlsafe_b64encode
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from insidepod import Told
from policies import ACTION, AUD, AUDIENCE, EXACT, HOST, ISSUER, PROVIDER, SUB, SUBJECT, policy, statement
from sidecar.lab.lab import Lab
from sidecar.lab.scenarios import SCENARIOS

ROLE = "arn:aws:iam::111122223333:role/team/api"
ASKED = ("--issuer", ISSUER, "--subject", SUBJECT, "--audience", AUDIENCE)
STAGING = policy(statement({"StringEquals": {SUB: "system:serviceaccount:staging:api", AUD: AUDIENCE}}, Sid="Api"))
OPEN = policy(statement({"StringEquals": {AUD: AUDIENCE}}))
UNSEEN = policy(statement({"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}, **EXACT}))
CASES = {
    "allowed": (policy(statement(EXACT)), 0),
    "denied": (STAGING, 1),
    "explicit": (policy(statement(EXACT), statement({"StringLike": {SUB: "*:prod:*"}}, effect="Deny")), 1),
    "open": (OPEN, 0),
    "unknown": (UNSEEN, 4),
    "hostile": (
        policy(statement({"StringEquals": {SUB: "\x1b[31m<script>\n\u202e"}}, Sid="a\x1b]0;b")),
        1,
    ),
}


def trust(*args: str, given: str | None = None, environ: dict[str, str] | None = None) -> Told:
    """Run the program."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("IRSA_DOCTOR_")}
    done = subprocess.run(
        [sys.executable, "-m", "sidecar", "trust", *args],
        env={**kept, **(environ or {})},
        input=given,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return Told(done.returncode, done.stdout, done.stderr)


def judged(text: str, *args: str, role: Sequence[str] = ("--role-arn", ROLE)) -> Told:
    """Run the program on a policy that comes by standard input."""
    return trust("--policy", "-", *ASKED, *role, *args, given=text)


# -------------------------------------------------------------------------------------------------------- printed


@pytest.mark.parametrize("form", ["text", "json"])
@pytest.mark.parametrize("case", CASES)
def test_printed(case: str, form: str, trust_golden: Callable[[str, str], None]) -> None:
    """What is printed is, to the letter, its golden; the exit code says the decision."""
    text, code = CASES[case]
    told = judged(text, "--format", form)
    assert (told.code, told.err) == (code, "")
    trust_golden(f"{case}.{'txt' if form == 'text' else 'json'}", told.out)


@pytest.fixture
def trust_golden(request: pytest.FixtureRequest) -> Callable[[str, str], None]:
    """Compare what is printed with its golden, or write it (``--update-goldens``)."""
    folder = Path(__file__).parent / "goldens"
    update = request.config.getoption("--update-goldens", default=False)

    def compare(name: str, printed: str) -> None:
        path = folder / f"trust.{name}"
        if update:
            folder.mkdir(exist_ok=True)
            path.write_text(printed, encoding="utf-8")
        assert printed == path.read_text(encoding="utf-8")

    return compare


def test_json_has_the_published_keys() -> None:
    """CONTRACT, Trust: decision, statements, findings."""
    found: dict[str, Any] = json.loads(judged(STAGING, "--format", "json").out)
    assert found["schema"] == "irsa-doctor/trust/v1"
    assert found["decision"] == "deny"
    assert found["statements"][0].keys() == {"index", "sid", "effect", "match", "because"}
    assert {"code", "name", "title", "evidence", "remedy"} <= found["findings"][0].keys()
    assert found["findings"][0]["name"] == "trust-subject-mismatch"
    assert json.loads(judged(json.dumps(found["corrected_policy"]), "--format", "json").out)["decision"] == "allow"


def test_without_a_role_any_account_matches_and_it_says_so() -> None:
    """CONTRACT, Trust."""
    told = judged(policy(statement(EXACT, Principal={"Federated": PROVIDER.replace("1111", "4444", 1)})), role=())
    assert told.code == 0
    assert "in whatever account: no role is given" in told.out
    assert "role      not given: of any account" in told.out


def test_the_command_installs_the_corrected_policy() -> None:
    """The role's name has no path; the document is one word of the shell."""
    told = judged(STAGING)
    command = next(line for line in told.out.splitlines() if "update-assume-role-policy" in line)
    assert "--role-name api " in command
    assert f'"{SUB}": ["system:serviceaccount:staging:api", "{SUBJECT}"]' in command


# ---------------------------------------------------------------------------------------------------------- tokens


@pytest.mark.parametrize(("scenario", "code"), [("healthy", 0), ("trust-subject-mismatch", 1)])
def test_the_claims_of_a_token_are_judged(lab: Lab, tmp_path: Path, scenario: str, code: int) -> None:
    """By the role's own policy, as the lab's IAM holds it; the token itself is never shown."""
    with lab.pod(SCENARIOS[scenario]) as pod:
        role = pod.account.role(pod.account.role_arn)
        assert role is not None
        document = json.loads(role.assume_role_policy_document)
        file = tmp_path / "role.json"
        file.write_text(json.dumps({"Role": {"AssumeRolePolicyDocument": document}}))
        token = pod.environ["AWS_WEB_IDENTITY_TOKEN_FILE"]
        told = trust("--policy", str(file), "--token", token, "--role-arn", pod.account.role_arn)
        secret = Path(token).read_text(encoding="utf-8")
    assert told.code == code
    assert pod.issuer.url in told.out
    assert not [part for part in secret.split(".") if part in told.out + told.err]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"nonsense", "cannot be read"),
        (b"", "cannot be read"),
        (None, "is not there"),
    ],
)
def test_a_token_that_cannot_be_read(tmp_path: Path, content: bytes | None, words: str) -> None:
    """One sentence, exit 2."""
    token = tmp_path / "token"
    if content is not None:
        token.write_bytes(content)
    told = trust("--policy", "-", "--token", str(token), given=OPEN)
    assert (told.code, told.out) == (2, "")
    assert words in told.err.splitlines()[0]


@pytest.mark.parametrize("flag", ["--token", "--policy"])
def test_a_token_in_the_place_of_a_file_is_not_said_again(flag: str) -> None:
    """Not even in part: it is a secret."""
    token = (Path(__file__).parents[1] / "recorded" / "token-24h.jwt").read_text(encoding="utf-8").strip()
    told = trust(flag, token, given=OPEN)
    assert (told.code, told.out) == (2, "")
    assert f"{flag}: this is a token itself: give the name of a file that holds it" in told.err
    assert not [part for part in token.split(".") if part[:12] in told.err]


def test_a_token_of_several_audiences(tmp_path: Path) -> None:
    """Which of them STS would take is not known: it takes none (FACTS A22), and that is said."""
    claims = {"iss": ISSUER, "sub": SUBJECT, "aud": ["a", AUDIENCE]}
    encoded = [urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in ({"alg": "RS256"}, claims)]
    token = tmp_path / "token"
    token.write_text(".".join([*encoded, "c2ln"]))
    told = trust("--policy", "-", "--token", str(token), "--role-arn", ROLE, given=policy(statement(EXACT)))
    assert told.code == 4
    assert "\nNote: the token has 2 audiences and no azp: STS refuses it before it reads the policy.\n" in told.out
    assert told.out.endswith(f"irsa-doctor: cannot tell: {AUD} is not known: the token has no single audience\n")


def test_what_else_is_to_be_known() -> None:
    """What the corrected policy still asks, that no account is known, that IAM may not take it."""
    wrong = {"StringEquals": {SUB: [f"system:serviceaccount:prod:job-{number}" for number in range(80)]}}
    told = json.loads(
        judged(policy(statement({**wrong, "IpAddress": {"aws:SourceIp": "1.2.3.4"}})), "--format", "json").out
    )
    assert (
        told["notes"][0] == "the corrected policy still asks what cannot be told here: aws:SourceIp is not known here."
    )
    assert told["notes"][1].endswith(" characters; IAM takes 2048 unless the quota was raised.")
    bare = judged(policy(statement(Principal={"Service": "ec2.amazonaws.com"})), role=())
    assert "Note: no account is known: put the role's in place of ACCOUNT, or give --role-arn." in bare.out


def test_a_token_without_an_issuer(tmp_path: Path) -> None:
    """There is nothing to judge."""
    token = tmp_path / "token"
    token.write_text("eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJhIn0.c2ln")
    told = trust("--policy", "-", "--token", str(token), given=OPEN)
    assert (told.code, told.out) == (2, "")
    assert "names no issuer" in told.err


# ------------------------------------------------------------------------------------------------------- mistakes


@pytest.mark.parametrize(
    ("args", "words"),
    [
        ((), ("--policy is needed", "--token is needed, or --issuer, --subject, --audience")),
        (("--role-arn", "x", "--frmat", "y"), ("--role-arn: 'x'", "mean --format?", "--policy is", "--token is")),
        (("--policy", '{"Version": 1}', *ASKED), ("--policy: this is a document itself",)),
        (("--policy", "-", "--issuer", ISSUER), ("--token is needed, or --subject, --audience",)),
        (("--policy", "-", "--token", "x", "--subject", "y"), ("give one or the other",)),
        (("--policy", "-", *ASKED, "--role-arn", "x"), ("--role-arn: 'x' is not the ARN of an IAM role",)),
        (("--polcy", "-"), ("did you mean --policy?",)),
        (("--format", "short"), ("'short' is none of text, json",)),
    ],
)
def test_mistakes_are_named_at_once(args: tuple[str, ...], words: tuple[str, ...]) -> None:
    """Exit 2, each in a sentence."""
    told = trust(*args, given="{}")
    assert (told.code, told.out) == (2, "")
    assert [word for word in words if word not in told.err] == []


def test_variables_stand_for_flags(tmp_path: Path) -> None:
    """Every option has one."""
    file = tmp_path / "policy.json"
    file.write_text(OPEN)
    names = {"POLICY": str(file), "ISSUER": ISSUER, "SUBJECT": SUBJECT, "AUDIENCE": AUDIENCE, "ROLE_ARN": ROLE}
    told = trust(environ={f"IRSA_DOCTOR_{name}": value for name, value in names.items()})
    assert (told.code, told.err) == (0, "")
    assert told.out.endswith("irsa-doctor: allowed, but IRSA708 trust-too-open\n")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"{", "not a trust policy: line 1, column 2: this is not JSON"),
        (b'{"Statement": [{"Effect": "Allow"}]}', "not a trust policy: Statement[0]: it must have one of"),
        (b"\xff\xfe", "is not UTF-8 text"),
        (b" " * ((1 << 20) + 1), "is larger than 1 MiB"),
        (b"", "not a trust policy: line 1, column 1"),
        (b'{"Id": ' + b"[" * 900 + b"]" * 900 + b', "Statement": []}', "column 71: it is nested too deeply"),
        (b'{"Statement":\n NaN}', "not a trust policy: line 2, column 2: NaN is no JSON"),
    ],
    ids=["cut", "statement", "bytes", "large", "empty", "nested", "number"],  # a name of 1 MiB fits no environment
)
def test_what_is_no_policy(tmp_path: Path, content: bytes, words: str) -> None:
    """The place and the reason, exit 2; `check --trust-policy` says the same."""
    file = tmp_path / "policy.json"
    file.write_bytes(content)
    told = trust("--policy", str(file), *ASKED)
    assert (told.code, told.out) == (2, "")
    assert words in told.err
    command = [sys.executable, "-m", "sidecar", "check", "--no-exchange", "--trust-policy", str(file)]
    checked = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert (checked.returncode, checked.stdout) == (2, "")
    assert f"--trust-policy: {told.err.splitlines()[0].removeprefix('irsa-doctor: ')}" in checked.stderr


def test_what_is_no_file(tmp_path: Path) -> None:
    """A directory, nothing, a name that is none, a FIFO that nobody writes."""
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    for path, words in (
        (str(tmp_path), "is a directory"),
        (str(tmp_path / "x"), "no such file or directory"),
        (f"{tmp_path}/" + "y" * 300, "file name too long"),
        (str(fifo), "is a FIFO"),
    ):
        told = trust("--policy", path, *ASKED)
        assert (told.code, told.out) == (2, "")
        assert words in told.err


def test_a_policy_may_come_by_a_pipe() -> None:
    """As a shell's <(command) gives it."""
    reading, writing = os.pipe()
    os.write(writing, OPEN.encode())
    os.close(writing)
    command = [sys.executable, "-m", "sidecar", "trust", "--policy", f"/dev/fd/{reading}", *ASKED]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False, pass_fds=(reading,))
    os.close(reading)
    assert done.returncode == 0, done.stderr


def test_it_loads_no_sdk_for_claims_that_are_given() -> None:
    """Nothing is asked of AWS: the policy and the claims are all there is."""
    code = (
        "import sys; from sidecar import cli; cli.main(sys.argv[1:]); "
        "print([m for m in ('botocore', 'urllib3', 'ssl') if m in sys.modules], file=sys.stderr)"
    )
    command = [sys.executable, "-c", code, "trust", "--policy", "-", *ASKED]
    done = subprocess.run(command, input=OPEN, capture_output=True, text=True, timeout=60, check=False)
    assert done.stderr.strip() == "[]"


def test_constants_are_those_of_the_policies() -> None:
    """The cases are about the exchange that is asked for."""
    assert ACTION in OPEN
    assert HOST in SUB
