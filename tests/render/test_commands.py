"""Every command that a report may end in, as the programs take it that it is for: in each partition, for any fault."""

import pytest

from cases import CASES, ISSUER, SUBJECT, Case, chain, expectation, settings, token
from pasted import RefusedError, taken
from sidecar import faults
from sidecar.arns import parse_role_arn
from sidecar.checks import CHAIN
from sidecar.checks.naming import names
from sidecar.diagnosis import diagnose
from sidecar.facts import Endpoint, Names, Setting
from sidecar.model import Fail, Fault
from sidecar.render.remedy import commands

BY_NAME = {check.name: check for check in CHAIN}
FAILING = [case for case in CASES if case.verdict is Fail]
PARTITIONS = {
    "aws": ("eu-west-1", ISSUER),
    "aws-cn": ("cn-northwest-1", "https://oidc.eks.cn-northwest-1.amazonaws.com.cn/id/EXAMPLE"),
    "aws-us-gov": ("us-gov-east-1", "https://oidc.eks.us-gov-east-1.amazonaws.com/id/EXAMPLE"),
}
PATH = "/teams/shop/"


def named(partition: str) -> Names:
    """Return the names of a whole pod in a partition, whose role has a path."""
    region, issuer = PARTITIONS[partition]
    return names(
        expectation(pod="cart-5d69f8c7b4-x2x4z"),
        settings(
            role_arn=Setting(f"arn:{partition}:iam::111122223333:role{PATH}cart", "AWS_ROLE_ARN"),
            region=Setting(region, "AWS_REGION"),
            region_partition=partition,
        ),
        Endpoint(f"https://sts.{region}.amazonaws.com", partition, region),
        token(issuer=issuer),
        chain(),
    )


@pytest.mark.parametrize("partition", PARTITIONS)
@pytest.mark.parametrize("fault", faults.ALL, ids=lambda fault: fault.name)
def test_every_command_is_taken(fault: Fault, partition: str) -> None:
    """Filled in from the pod's names, each command is one that its program takes; IAM's are of the pod's partition."""
    known = named(partition)
    for command in commands(fault, known._asdict()):
        words = taken(command)
        region = f"--region {PARTITIONS[partition][0]}"
        assert partition == "aws" or not command.startswith("aws ") or region in command
        assert partition != "aws" or not command.startswith("aws iam ") or "--region" not in words


@pytest.mark.parametrize("fault", faults.ALL, ids=lambda fault: fault.name)
def test_a_command_is_taken_when_nothing_is_known(fault: Fault) -> None:
    """Words in capitals leave a command whole."""
    for command in (*commands(fault, Names()._asdict()), *commands(fault, {})):
        taken(command)


@pytest.mark.parametrize("case", FAILING, ids=lambda case: case.name)
def test_a_cases_commands_are_taken(case: Case) -> None:
    """What a check's own evidence fills in is taken as well."""
    report = diagnose(case.facts, [BY_NAME[case.check]], version="1", started=0, duration_seconds=0)
    for result in report.results:
        assert result.fault
        for command in commands(result.fault, result.evidence):
            taken(command)


@pytest.mark.parametrize("partition", PARTITIONS)
def test_what_the_trust_policys_command_says(partition: str) -> None:
    """The policy that is put in place names the pod's provider and subject; the role is named without its path."""
    known = named(partition)
    command = taken(commands(faults.TRUST_POLICY_DENIED, known._asdict())[-1])
    assert command[: command.index("--policy-document")] == [
        "aws", "iam", "update-assume-role-policy", "--role-name", "cart",
    ]  # fmt: skip
    assert f'"arn:{partition}:iam::111122223333:oidc-provider/{known.issuer.removeprefix("https://")}"' in command[6]
    assert SUBJECT in command[6]
    assert command[7:] == ([] if partition == "aws" else ["--region", PARTITIONS[partition][0]])


def test_a_role_is_created_with_its_path() -> None:
    """The path is in the command that makes the role, and in its ARN."""
    known = named("aws-cn")
    role = parse_role_arn(known.role_arn)
    assert role
    assert role.path == PATH
    command = commands(faults.ROLE_NOT_FOUND, known._asdict())[-1]
    assert f"create-role --role-name cart --path {PATH} " in command


def test_the_workload_is_named() -> None:
    """A Deployment's pod leads to the Deployment."""
    (command,) = commands(faults.SESSION_NAME_INVALID, named("aws")._asdict())
    assert command == "kubectl --namespace shop set env deployment/cart AWS_ROLE_SESSION_NAME-"


@pytest.mark.parametrize(
    "command",
    [
        "",
        "rm -rf /",
        "aws iam get-role",
        "aws iam get-roles --role-name a",
        "aws iam get-role --role-name a --no-such-option b",
        "aws iam get-role --role-name /teams/a",
        "aws iam get-open-id-connect-provider --open-id-connect-provider-arn arn:aws:iam::1:oidc-provider/a",
        "aws iam attach-role-policy --role-name a --policy-arn arn:aws-cn:iam::aws:policy/ReadOnlyAccess",
        "aws iam attach-role-policy --role-name a --policy-arn arn:aws:iam::aws:policy/a --region cn-north-1",
        "aws iam update-assume-role-policy --role-name a --policy-document '{}'",
        "kubectl --namespace shop no-such-verb a",
        "kubectl --namespace shop set env deployment/a --no-such-flag=b A=b",
        "kubectl --namespace shop set env deployment/a",
        "kubectl --namespace shop set env deployment/a b",
        "kubectl --namespace shop annotate serviceaccount a eks.amazonaws.com/role-arn=a",
        "kubectl --namespace",
        "curl --upload-file a https://a.test",
        "curl --verbose https:///nowhere",
        "irsa-doctor no-such-command",
    ],
)
def test_what_is_not_taken(command: str) -> None:
    """The judges judge: what is wrong is refused."""
    with pytest.raises((RefusedError, ValueError, KeyError)):
        taken(command)
