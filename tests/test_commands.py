"""Every command that a report shows is one that a reader can paste: known to the program that it calls."""

import json
import re
import shlex
import subprocess
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import pytest
from awscli.clidriver import CLIDriver, create_clidriver  # type: ignore[import-untyped]  # it has no types

from cases import CASES, Case
from parts import needed, program
from sidecar import cli, faults
from sidecar.check import Check
from sidecar.checks import CHAIN
from sidecar.checks.naming import filled
from sidecar.config import options_of
from sidecar.facts import Names
from sidecar.model import Fail, Fault
from sidecar.render.remedy import commands

BY_NAME: Mapping[str, Check] = {check.name: check for check in CHAIN}
FAILING = [case for case in CASES if case.verdict is Fail]
ARN = re.compile(r"arn:(aws[a-z-]*):iam::(\d{12}|ACCOUNT):(oidc-provider|role|policy)/\S+")
CURL = {"--verbose", "--insecure", "--output", "--write-out"}
PARTITIONS = {"aws": "eu-west-1", "aws-cn": "cn-north-1", "aws-us-gov": "us-gov-west-1"}


def names_in(partition: str) -> Names:
    """Return the names of a pod of this partition; the role has a path, which its name has not."""
    provider = f"arn:{partition}:iam::111122223333:oidc-provider/oidc.example.com/id/1"
    return Names(
        namespace="shop",
        service_account="cart",
        pod="cart-0",
        role_arn=f"arn:{partition}:iam::111122223333:role/team/shop-cart",
        role_name="shop-cart",
        role_path="/team/",
        account="111122223333",
        region=PARTITIONS[partition],
        issuer="https://oidc.example.com/id/1",
        subject="system:serviceaccount:shop:cart",
        provider_arn=provider,
        trust_policy=json.dumps({"Version": "2012-10-17", "Statement": []}),
        thumbprint="a" * 40,
        sts_host="sts.example.com",
        workload="statefulset/cart",
        iam_region="" if partition == "aws" else PARTITIONS[partition],
    )


@lru_cache
def driver() -> CLIDriver:
    """Return the AWS CLI's own driver: its parsers need no network."""
    made: CLIDriver = create_clidriver()
    return made


@lru_cache
def operation(service: str, name: str) -> dict[str, Any]:
    """Return the arguments of an operation of the AWS CLI, by their names. Fails where there is none."""
    table = driver()._get_command_table()
    assert service in table, service
    operations = table[service]._get_command_table()
    assert name in operations, f"{service} {name}"
    return dict(operations[name].arg_table)


@lru_cache
def kubectl_flags(verb: str) -> frozenset[str]:
    """Return the flags of a verb of kubectl."""
    kubectl = needed("kubectl (kubernetes-client)", program("kubectl"))
    help_text = subprocess.run([kubectl, *verb.split(), "--help"], capture_output=True, text=True, check=True).stdout
    common = subprocess.run([kubectl, "options"], capture_output=True, text=True, check=True).stdout
    return frozenset(re.findall(r"--[a-z][a-z0-9-]*", help_text + common))


def flags(words: list[str]) -> dict[str, list[str]]:
    """Return each flag with the words that follow it."""
    found: dict[str, list[str]] = {}
    last = ""
    for word in words:
        if word.startswith("--") and len(word) > len("--"):
            last, _, value = word.partition("=")
            found[last] = [value] if value else []
        elif last:
            found[last].append(word)
    return found


def judge_aws(words: list[str]) -> None:
    """Hold an AWS CLI command against the CLI's own tables: service, operation, flags, and what is required."""
    service, name, *rest = words
    known = operation(service, name)
    given = flags(rest)
    common = {"--region", "--query", "--output"}
    assert {flag.removeprefix("--") for flag in given} - {flag.removeprefix("--") for flag in common} <= known.keys()
    required = {argument for argument, value in known.items() if value.required}
    assert {f"--{argument}" for argument in required} <= given.keys(), words
    assert all(values for values in given.values()), words
    for flag, values in given.items():
        if flag.endswith("policy-document") and values[0] != "TRUST_POLICY":
            json.loads(values[0])
        if flag.endswith("-provider-arn") and not values[0].isupper():
            assert ARN.fullmatch(values[0]), values
        if flag == "--role-name":
            assert "/" not in values[0]


def judge_kubectl(words: list[str]) -> None:
    """Hold a kubectl command against its own help."""
    own = words[: words.index("--")] if "--" in words else words
    plain = [word for place, word in enumerate(own) if not word.startswith("-") and own[place - 1] != "--namespace"]
    verb = " ".join(plain[:2]) if plain[0] == "set" else plain[0]
    assert flags(own).keys() <= kubectl_flags(verb), words
    of_cluster = "--raw" in words or any(word.startswith("node/") for word in words)
    assert "--namespace" in words or of_cluster, words


def judge_ours(words: list[str]) -> None:
    """Hold a command of ours against our own commands and options."""
    name, *rest = words
    assert name in cli.COMMANDS
    assert flags(rest).keys() <= {option.flag for option in options_of(name)}


def judge(command: str) -> None:
    """Fail where the command is not one that its program takes."""
    name, *words = shlex.split(command)
    if name == "aws":
        judge_aws(words)
    elif name == "kubectl":
        judge_kubectl(words)
    elif name == "irsa-doctor":
        judge_ours(words)
    else:
        assert name == "curl", command
        assert {word for word in words if word.startswith("-")} <= CURL
        assert words[-1].startswith("https://") or words[-1].isupper() or "/.well-known/" in words[-1], command


@pytest.mark.parametrize("partition", PARTITIONS)
@pytest.mark.parametrize("fault", faults.ALL, ids=lambda fault: fault.name)
def test_every_faults_commands_are_right(fault: Fault, partition: str) -> None:
    """In each partition; IAM's commands name a region where the CLI would not find IAM without one."""
    names = names_in(partition)
    for command in commands(fault, filled(fault, {}, names)):
        judge(command)
        if command.startswith("aws iam "):
            assert ("--region" in command) is (partition != "aws")
        assert partition == "aws" or "arn:aws:" not in command


@pytest.mark.parametrize("case", FAILING, ids=lambda case: case.name)
def test_every_reports_commands_are_right(case: Case) -> None:
    """As the checks fill them in."""
    verdict = BY_NAME[case.check](case.facts)
    assert isinstance(verdict, Fail)
    for command in commands(verdict.fault, filled(verdict.fault, verdict.evidence, case.facts.names)):
        judge(command)


@pytest.mark.parametrize("fault", [fault for fault in faults.ALL if fault.severity == "error"], ids=lambda f: f.name)
def test_every_error_ends_in_commands(fault: Fault) -> None:
    """What mends it, or what shows the next fact."""
    assert fault.commands
