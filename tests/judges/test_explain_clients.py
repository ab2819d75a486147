"""What real SDKs print in the lab's pods, read by ``explain``: the verdict is what is wrong with the pod.

The lab stands for AWS: where its host and the pod's directory are printed, the text is given STS's host and the path
of a real pod, as a workload in a cluster would have printed them.
"""

import json
import os
import re
import subprocess
import sys
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from test_awscli import REFUSALS

from parts import compiling_once, needed, program
from sidecar import cli
from sidecar.answers import fault_of
from sidecar.lab.lab import Lab, Pod
from sidecar.lab.plan import Scenario
from sidecar.lab.scenarios import SCENARIOS
from sidecar.lab.scenarios.workload import WORKLOAD

HERE = Path(__file__).parent
PATIENCE = 60
MOUNTED = "/var/run/secrets/eks.amazonaws.com/serviceaccount"

UNREAD: Mapping[str, str] = {
    "token-file-fifo": "hangs as the SDKs do: there is no error to read",
    "token-file-unreadable": "root reads every file",
    "issuer-slow": "STS takes longer than these clients wait for it",
    "global-token-in-opt-in-region": "these clients ask the global endpoint itself, which is not in the lab",
    "pod-identity-agent-silent": "the SDK for JavaScript waits for the agent longer than we wait for it",
    **{scenario.name: "what is wrong is another container's, or an image's" for scenario in WORKLOAD},
}
"""Scenarios that no client is run in, and why."""

WITHOUT_A_WORD_OF_STS = frozenset({
    ("sts-timeout", "aws"),
    ("sts-timeout", "javascript"),
    ("sts-connection-reset", "javascript"),
    ("sts-tls-untrusted", "javascript"),
    ("healthy-in-china", "javascript"),
    ("healthy-openshift", "javascript"),
    ("issuer-bucket-private", "javascript"),
    ("fips-without-region", "javascript"),
    ("pod-identity-elsewhere", "javascript"),
    ("pod-identity-error", "javascript"),
})  # fmt: skip
"""Clients that name neither STS nor its host where the connection fails, or that do not go by the lab's proxy.

There is nothing to tell it by.
"""

_AGENT = ("pod-identity-error", "no-credentials-in-chain")
OTHERWISE: Mapping[str, tuple[str, ...]] = {
    "shadowed-credentials": ("static-credentials-invalid",),
    "shadowed-by-profile": ("static-credentials-invalid",),
    "shadowed-for-some": ("static-credentials-invalid",),
    "caller-identity-refused": ("static-credentials-invalid",),
    "irsa-env-not-injected": ("no-credentials-in-chain",),
    "webidentity-config-incomplete": ("webidentity-config-incomplete", "no-credentials-in-chain"),
    "role-arn-misspelt": ("webidentity-config-incomplete", "no-credentials-in-chain"),
    "pod-identity-in-use": ("pod-identity-error", "no-credentials-in-chain"),
    "sts-endpoint-url-malformed": ("sts-endpoint-setting-invalid",),
    "region-missing": ("proxy-error", "region-missing", "sts-dns"),
    "region-only-for-some": ("region-missing",),
    "sts-dns": ("sts-dns", "sts-refused"),
    "fips-without-region": ("proxy-error",),
    "pod-identity-not-injected": ("no-credentials-in-chain",),
    "pod-identity-token-unusable": ("token-file-missing",),
    "pod-identity-throttled": (*_AGENT, "throttled"),
    **dict.fromkeys(
        (
            "pod-identity-broken",
            "pod-identity-config-invalid",
            "pod-identity-token-expired",
            "pod-identity-elsewhere",
            "pod-identity-token-for-sts",
            "pod-identity-agent-unavailable",
            "pod-identity-association-missing",
            "pod-identity-role-refused",
            "pod-identity-error",
        ),
        _AGENT,
    ),
}
"""What may be said where a client's words only show a consequence, or the cause as the client meets it."""


@dataclass(frozen=True, slots=True)
class Clients:
    """Where the clients are, and where Python may keep what it compiles."""

    aws: Path
    node: Path
    cache: Path

    def texts(self, pod: Pod) -> dict[str, str]:
        """Return what each client prints of its failure in the pod; a client that succeeds is left out."""
        every = {
            "python": (sys.executable, str(HERE / "whoami.py")),
            "aws": (str(self.aws), "sts", "get-caller-identity", "--cli-read-timeout", "2"),
            "javascript": (str(self.node), str(HERE / "javascript" / "whoami.mjs")),
        }
        commands = {
            name: argv for name, argv in every.items() if (pod.scenario.name, name) not in WITHOUT_A_WORD_OF_STS
        }
        with ThreadPoolExecutor(len(commands)) as pool:
            printed = dict(zip(commands, pool.map(lambda argv: self._run(pod, argv), commands.values()), strict=True))
        _, _, python = printed.pop("python").partition("# botocore\n")
        printed["botocore"], _, printed["boto3"] = python.partition("# boto3\n")
        return {name: in_a_cluster(text, pod) for name, text in printed.items() if text.strip()}

    def _run(self, pod: Pod, argv: tuple[str, ...]) -> str:
        environ = {name: value for name, value in pod.environ.items() if not name.startswith("COVERAGE_")}
        trusted = {"NODE_EXTRA_CA_CERTS": pod.environ.get("AWS_CA_BUNDLE", ""), "NODE_NO_WARNINGS": "1"}
        done = subprocess.run(
            argv,
            env=compiling_once(environ, self.cache) | trusted | {"HOME": str(pod.directory), "AWS_MAX_ATTEMPTS": "1"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )
        return done.stderr if done.returncode or "whoami.py" in argv[1] else ""


def in_a_cluster(text: str, pod: Pod) -> str:
    """Return the text with STS's host and a real pod's paths in place of the lab's."""
    endpoint = pod.environ.get("AWS_ENDPOINT_URL_STS", "")
    authority = endpoint.partition("://")[2] or "no endpoint"
    host, _, port = authority.partition(":")
    text = text.replace(authority, "sts.us-west-2.amazonaws.com") if host == "127.0.0.1" else text
    text = re.sub(rf"(address: ')127\.0\.0\.1(',\s+port: ){port}\b", r"\g<1>203.0.113.7\g<2>443", text)
    return text.replace(str(pod.directory / "token"), MOUNTED).replace(str(pod.directory), MOUNTED)


@pytest.fixture(scope="module")
def clients(tmp_path_factory: pytest.TempPathFactory) -> Clients:
    """Return the clients."""
    installed = HERE / "javascript" / "node_modules" / "@aws-sdk" / "client-sts"
    needed(
        "the AWS SDK for JavaScript (npm ci --prefix tests/judges/javascript)",
        installed if installed.is_dir() else None,
    )
    return Clients(
        needed("the AWS CLI (awscli)", program("aws")),
        needed("Node.js (nodejs)", program("node")),
        tmp_path_factory.mktemp("compiled"),
    )


def explained(text: str, file: Path, capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    """Return what ``explain`` says of the text."""
    file.write_text(text, encoding="utf-8")
    assert cli.main(["explain", "--format", "json", str(file)], {"PATH": os.environ["PATH"]}) == 0
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found


def fits(scenario: Scenario, found: Mapping[str, Any]) -> bool:
    """Whether the verdict is the scenario's fault, or what STS said, with that fault among what is also possible."""
    if scenario.name in OTHERWISE:
        return found["verdict"] in OTHERWISE[scenario.name]
    if found["verdict"] == scenario.expects:
        return True
    stated = REFUSALS.get(scenario.name)
    if stated is None or found["verdict"] != fault_of(*stated).name:
        return False
    return scenario.expects in found["also_possible"]


@pytest.mark.parametrize("name", [name for name in SCENARIOS if name not in UNREAD])
def test_clients_errors_are_explained(
    lab: Lab, clients: Clients, name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Of everything that botocore, boto3, the AWS CLI and the SDK for JavaScript print in the scenario's pod."""
    scenario = SCENARIOS[name]
    with lab.pod(scenario) as pod:
        texts = clients.texts(pod)
    answers = {client: explained(text, tmp_path / client, capsys) for client, text in texts.items()}
    wrong = {
        client: (found["verdict"], texts[client]) for client, found in answers.items() if not fits(scenario, found)
    }
    assert wrong == {}
    if name in REFUSALS:  # these refuse everybody who comes as far as STS
        assert {"botocore", "boto3", "aws"} <= texts.keys()
