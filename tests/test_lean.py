"""What each command loads and reads: nothing that it does not use. Each is a process of the real program."""

import json
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

import pytest

from attacks import HEALTHY
from sidecar.cli import COMMANDS
from sidecar.lab.lab import Lab, Pod
from sidecar.lab.scenarios import SCENARIOS
from watching import Watching

WATCHED = """
import atexit, json, runpy, sys
notes, before, opened = sys.argv.pop(1), set(sys.modules), []

def note():
    found = {"modules": sorted(set(sys.modules) - before), "files": [str(path) for path in opened]}
    with open(notes, "w") as file:
        json.dump(found, file)

atexit.register(note)
sys.addaudithook(lambda event, args: opened.append(args[0]) if event == "open" else None)
runpy.run_module("sidecar", run_name="__main__", alter_sys=True)
"""
NEVER = {"boto3", "s3transfer", "OpenSSL", "moto", "trustme", "flask", "prometheus_client", "sidecar.lab"}
"""What no command loads but `demo`."""
HANDBOOK = {"sidecar.handbook", "sidecar.render.handbook"}
"""What only a page needs: a report names it, and does not read it."""
HEAVY = {"botocore", "urllib3", "cryptography", "jwt", "ssl", "socket", "asyncio"}
NOWHERE = "https://127.0.0.1:1"


class Load(NamedTuple):
    """What a run loaded and opened."""

    modules: frozenset[str]
    files: tuple[str, ...]

    def of(self, *packages: str) -> set[str]:
        """Return which of these packages, or anything in them, is loaded."""
        return {
            name for name in packages if any(module == name or module.startswith(f"{name}.") for module in self.modules)
        }


@pytest.fixture(scope="module")
def pod(lab: Lab) -> Iterator[Pod]:
    """Return a healthy pod."""
    with lab.pod(HEALTHY) as running:
        yield running


def load(notes: Path, environ: Mapping[str, str], *args: str, code: int = 0) -> Load:
    """Run the program to its end, and return what it loaded and opened."""
    command = [sys.executable, "-c", WATCHED, str(notes), *args]
    done = subprocess.run(command, env=environ, capture_output=True, check=False, text=True, timeout=60)
    assert done.returncode == code, done.stderr
    found = json.loads(notes.read_text())
    return Load(frozenset(found["modules"]), tuple(found["files"]))


@pytest.fixture(scope="module")
def checked(pod: Pod, tmp_path_factory: pytest.TempPathFactory) -> Load:
    """Return what `check` without a flag loads in a healthy pod, exchange and all."""
    return load(tmp_path_factory.mktemp("check") / "notes", pod.environ, "check")


def test_check_loads_only_what_it_uses(checked: Load) -> None:
    """No boto3, no pyOpenSSL, no metrics, no lab, no handbook, no other command."""
    others = {f"sidecar.commands.{name}" for name in COMMANDS if name != "check"}
    assert checked.of(*NEVER, *others, *HANDBOOK, "urllib3.contrib.pyopenssl", "requests", "asyncio") == set()


def test_check_loads_what_it_uses(checked: Load) -> None:
    """What the other tests find missing would be found here: the watch works."""
    parts = {"botocore", "urllib3", "jwt", "cryptography", "sidecar.commands.check"}
    assert checked.of(*parts) == parts


def test_check_reads_no_service_model_but_sts(checked: Load) -> None:
    """Of botocore's 400 services one is read, and of STS's versions and files no more than one client needs."""
    data = [Path(file).parts for file in checked.files if "/botocore/data/" in file]
    below = [parts[parts.index("data") + 1 :] for parts in data]
    services = {parts[0] for parts in below if len(parts) > 1}
    assert services == {"sts"}
    assert len(below) == len(set(below))  # nothing twice


def test_a_refusal_without_keys_at_hand_loads_nothing_of_iam(lab: Lab, tmp_path: Path) -> None:
    """IAM's model is large: it is read only where IAM is asked."""
    with lab.pod(SCENARIOS["trust-policy-denied"]) as denied:
        found = load(tmp_path / "notes", denied.environ, "check", code=1)
    assert not [file for file in found.files if "/botocore/data/iam/" in file]
    assert found.of("difflib", *HANDBOOK) == set()


def test_check_opens_no_file_of_the_lab_or_the_tests(checked: Load) -> None:
    """The program under test is the program alone."""
    assert not [file for file in checked.files if "/sidecar/lab/" in file or "/tests/" in file]


@pytest.mark.parametrize(
    ("form", "renderers"),
    [
        ("text", {"sidecar.render.text"}),
        ("short", {"sidecar.render.text"}),
        ("json", {"sidecar.render.json"}),
    ],
)
def test_check_loads_the_chosen_renderer_only(pod: Pod, tmp_path: Path, form: str, renderers: set[str]) -> None:
    """Neither the other renderers nor the termination message's, where there is no file for it; argparse by a flag."""
    found = load(tmp_path / "notes", pod.environ, "check", "--no-exchange", "--format", form)
    known = {f"sidecar.render.{name}" for name in ("text", "json", "termination", "reference", "thumbprint")}
    assert found.of(*known) == renderers
    assert found.of("argparse") == {"argparse"}


def test_variables_need_no_argparse(pod: Pod, tmp_path: Path) -> None:
    """A manifest sets variables: the parser of flags is not loaded for them."""
    environ = {**pod.environ, "IRSA_DOCTOR_FORMAT": "json", "IRSA_DOCTOR_NO_EXCHANGE": "true"}
    found = load(tmp_path / "notes", environ, "check")
    assert found.of("argparse", "gettext", "sidecar.render.json") == {"sidecar.render.json"}


def test_pyopenssl_stays_out_where_it_is_installed(pod: Pod, tmp_path: Path) -> None:
    """Loaded by botocore, it would only give the standard library's SSLContext back."""
    package = tmp_path / "OpenSSL"
    package.mkdir()
    (package / "__init__.py").write_text("from . import SSL, crypto\n")
    for name in ("SSL", "crypto"):
        (package / f"{name}.py").touch()
    path = ":".join(filter(None, (str(tmp_path), pod.environ.get("PYTHONPATH"))))
    environ = {**pod.environ, "PYTHONPATH": path}
    seen = subprocess.run(
        [sys.executable, "-c", "import OpenSSL"], env=environ, check=False, capture_output=True, timeout=60
    )
    assert seen.returncode == 0  # it could be loaded
    found = load(tmp_path / "notes", environ, "check")
    assert found.of("OpenSSL", "urllib3.contrib.pyopenssl") == set()


@pytest.mark.parametrize("form", ["text", "json"])
def test_checks_loads_nothing_heavy(pod: Pod, tmp_path: Path, form: str) -> None:
    """The list of checks needs no botocore, no network, no cryptography."""
    environ = {**pod.environ, "IRSA_DOCTOR_FORMAT": form}
    found = load(tmp_path / "notes", environ, "checks")
    assert found.of(*NEVER, *HEAVY, "argparse", "sidecar.probe", "sidecar.render", "sidecar.diagnosis") == set()
    assert found.of("sidecar.commands.checks") == {"sidecar.commands.checks"}


@pytest.mark.parametrize("args", [["--version"], ["--help"]])
def test_version_and_help_load_no_command(pod: Pod, tmp_path: Path, args: list[str]) -> None:
    """Neither a command nor what the commands stand on, nor argparse."""
    found = load(tmp_path / "notes", pod.environ, *args)
    assert found.of(*NEVER, *HEAVY, "argparse", "sidecar.commands", "sidecar.checks", "sidecar.probe") == set()


@pytest.mark.parametrize("name", COMMANDS)
def test_help_and_mistakes_load_no_command(pod: Pod, tmp_path: Path, name: str) -> None:
    """A command's help, and a refusal, cost argparse at most."""
    assert load(tmp_path / "help", pod.environ, name, "--help").of(*NEVER, *HEAVY, "sidecar.commands") == set()
    refused = load(tmp_path / "refused", pod.environ, name, "--nonsense", code=2)
    assert refused.of(*NEVER, *HEAVY, "sidecar.commands") == set()


def test_thumbprint_of_a_url_loads_no_botocore(pod: Pod, tmp_path: Path) -> None:
    """Neither an SDK nor PyJWT, where no token and no profile are looked at."""
    found = load(tmp_path / "notes", pod.environ, "thumbprint", NOWHERE, code=1)
    assert found.of(*NEVER, "botocore", "jwt", "sidecar.commands.check", "sidecar.diagnosis") == set()
    assert found.of("urllib3", "cryptography") == {"urllib3", "cryptography"}


def test_thumbprint_of_the_token_loads_no_boto3(pod: Pod, tmp_path: Path) -> None:
    """The token file is found by botocore, which reads no model of any service but STS."""
    found = load(tmp_path / "notes", pod.environ, "thumbprint")
    assert found.of(*NEVER, "urllib3.contrib.pyopenssl", "sidecar.commands.check", "sidecar.render.text") == set()
    services = {
        file.partition("/botocore/data/")[2].partition("/")[0] for file in found.files if "/botocore/data/" in file
    }
    assert {name for name in services if not name.endswith((".json", ".gz"))} <= {"sts"}


def test_watch_holds_no_sdk(pod: Pod, tmp_path: Path) -> None:
    """Neither at rest nor after everything was asked of it: no SDK, no cryptography, no diagnosis."""
    notes = tmp_path / "notes"
    with Watching(pod, program=("-c", WATCHED, str(notes))) as watching:
        watching.event("healthy")
        for path in ("/metrics", "/report", "/healthz", "/readyz", "/startupz", "/"):
            assert watching.get(path).status == 200
        assert watching.end() == 0
    found = json.loads(notes.read_text())
    loaded = Load(frozenset(found["modules"]), tuple(found["files"]))
    unwanted = NEVER - {"prometheus_client"} | HANDBOOK | {"botocore", "urllib3", "cryptography", "jwt", "asyncio"}
    assert loaded.of(*unwanted, "sidecar.diagnosis", "sidecar.probe.gather", "sidecar.lab") == set()
    assert loaded.of("prometheus_client", "sidecar.serve", "sidecar.checks") == {
        "prometheus_client",
        "sidecar.serve",
        "sidecar.checks",
    }
    assert not [file for file in loaded.files if file == pod.environ["AWS_WEB_IDENTITY_TOKEN_FILE"]]
