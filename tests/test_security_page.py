"""docs/security.md says what the code does: names, numbers and networks are held against it."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from sidecar.probe.body import LIMIT
from sidecar.probe.dial import REFUSED_NETWORKS
from sidecar.probe.files import TOKEN_LIMIT
from sidecar.probe.http import REDIRECTS
from sidecar.probe.iam import PERMISSIONS
from sidecar.serve.http import CONNECTIONS, PATIENCE
from sidecar.serve.message import HEAD_BYTES, HEADERS

ROOT = Path(__file__).resolve().parents[1]
PAGE = (ROOT / "docs" / "security.md").read_text(encoding="utf-8")
WORDS = " ".join(PAGE.split())
VARIABLE = re.compile(r'"((?:AWS_|POD_)[A-Z_]+|HOSTNAME|[A-Z_]+_CA_BUNDLE|SSL_[A-Z_]+|BOTO_[A-Z]+|NO_[A-Z]+|TERM)"')
MISSPELT = {"AWS_IAM_ROLE_ARN", "AWS_ROLE", "AWS_WEB_IDENTITY_TOKEN", "AWS_WEB_IDENTITY_TOKEN_PATH"}
"""Names that are looked for because nothing reads them; the page has one sentence for all of these."""

DEAF = """
import os, sys

def refuse(event, _):
    if event in ("socket.connect", "socket.getaddrinfo", "socket.gethostbyname", "socket.sendto", "socket.sendmsg"):
        os.write(2, event.encode())
        os._exit(99)

sys.addaudithook(refuse)
from sidecar import cli
sys.exit(cli.main(sys.argv[1:], os.environ))
"""
"""A program that ends when it begins to look for, or to speak to, anybody."""


def test_every_variable_is_named() -> None:
    """A variable that the code reads by name stands on the page."""
    sources = [path for path in (ROOT / "sidecar").rglob("*.py") if "lab" not in path.parts]
    read = {name for path in sources for name in VARIABLE.findall(path.read_text(encoding="utf-8"))}
    assert {"AWS_ROLE_ARN", "POD_NAME", "SSL_CERT_FILE"} <= read
    assert sorted(name for name in read - MISSPELT if f"`{name}`" not in PAGE) == []


@pytest.mark.parametrize("network", REFUSED_NETWORKS, ids=str)
def test_the_networks_that_nothing_is_sent_to_are_named(network: object) -> None:
    """Each refused network stands on the page, and no fifth does."""
    given = re.search(r"resolves to: (.+?)\. Redirects", WORDS)
    assert given is not None
    assert str(network) in re.split(r", | and ", given[1])
    assert len(re.split(r", | and ", given[1])) == len(REFUSED_NETWORKS)


def test_the_bounds_are_the_codes() -> None:
    """Every number on the page is the one that the code holds to."""
    assert f"token file, {TOKEN_LIMIT >> 10} KiB at most" in WORDS
    assert f"read up to {LIMIT >> 20} MiB" in WORDS
    assert {3: "within one origin, three times at most"}[REDIRECTS] in WORDS
    assert f"a head of {HEAD_BYTES >> 10} KiB and {HEADERS} headers at most" in WORDS
    assert f"{CONNECTIONS} connections, {PATIENCE:g} seconds for a request" in WORDS


def test_the_permissions_are_the_codes() -> None:
    """What IAM is asked, and nothing else, is named as a permission."""
    assert set(re.findall(r"iam:\w+", PAGE)) == set(PERMISSIONS.values())


def test_what_the_page_names_is_there() -> None:
    """Each file and folder of this repository that the page leads to exists."""
    links = {(ROOT / "docs" / name).resolve() for name in re.findall(r"\]\(([^):]+)\)", PAGE)}
    named = {ROOT / name for name in re.findall(r"`((?:tests|sidecar|requirements)/[\w./]*)`", PAGE)}
    assert ROOT / "SECURITY.md" in links
    assert ROOT / "tests" / "test_secrecy.py" in named
    assert sorted(path for path in links | named if not path.exists()) == []


def test_the_network_policy_is_one() -> None:
    """The example parses, and lets only some reach the port of `watch`."""
    found = re.search(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
    assert found is not None
    policy = yaml.safe_load(found[1])
    rules = {rule["ports"][0]["port"]: rule for rule in policy["spec"]["ingress"]}
    assert policy["kind"] == "NetworkPolicy"
    assert set(rules) == {8080, 9864}
    assert "from" in rules[9864]


def test_who_is_to_be_verified_is_the_releases_workflow() -> None:
    """The commands that verify a release name the workflow that signs it."""
    assert (ROOT / ".github" / "workflows" / "release.yml").is_file()
    assert PAGE.count(r"/\.github/workflows/release\.yml@refs/tags/v'") == PAGE.count("cosign verify")
    for line in re.findall(r"```sh\n(.*?)```", PAGE, re.DOTALL):
        subprocess.run(["bash", "-n"], input=line, check=True, text=True)


@pytest.mark.parametrize(
    "command",
    [
        ["checks"],
        ["explain", "IRSA606"],
        ["explain", "-"],
        ["trust", "--policy", "-", "--issuer", "https://issuer.example.com", "--subject", "s", "--audience", "a"],
        ["check", "--no-exchange", "--token-file", "/nowhere"],
    ],
    ids=" ".join,
)
def test_what_sends_nothing_looks_for_nobody(command: list[str]) -> None:
    """What is said to send nothing does not even resolve a name; nor does `check` that has nobody to ask."""
    statement = '{"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}'
    policy = f'{{"Version": "2012-10-17", "Statement": [{statement}]}}'
    done = subprocess.run(
        [sys.executable, "-c", DEAF, *command], capture_output=True, check=False, text=True, input=policy, env={}
    )
    assert done.returncode in {0, 1}, done.stderr


def test_it_would_be_noticed() -> None:
    """The program that ends when it looks for somebody does end."""
    done = subprocess.run(
        [sys.executable, "-c", DEAF, "thumbprint", "127.0.0.1:9"], capture_output=True, check=False, text=True, env={}
    )
    assert done.returncode == 99, done.stderr


def test_a_vulnerability_is_reported_privately() -> None:
    """SECURITY.md leads to GitHub's form, and names no person and no address."""
    text = (ROOT / "SECURITY.md").read_text(encoding="utf-8")
    assert "Report a vulnerability" in text
    assert "@" not in text
