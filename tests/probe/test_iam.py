"""What is read from IAM, against real loopback servers that answer as IAM, as a middlebox, or not at all."""

import json
import os
import time
from pathlib import Path
from urllib.parse import quote
from xml.sax.saxutils import escape

import pytest

from awsworld import IRSA, ROLE, AwsWorld
from sidecar.config import Config
from sidecar.facts import NoProvider, NoRole, OidcProvider, Role, Settings, TrustPolicy
from sidecar.model import Absent
from sidecar.probe.iam import IamReading, Subject, read_iam
from sidecar.probe.sts import entrust, held
from sidecar.probe.world import Budget, World
from stsserver import Answer, Server, answering, dripping, raw, resetting, serving, silent

NAMESPACE = "https://iam.amazonaws.com/doc/2010-05-08/"
ACCOUNT = "111122223333"
ISSUER = "https://oidc.eks.eu-west-1.amazonaws.com/id/NEW"
PROVIDER = f"arn:aws:iam::{ACCOUNT}:oidc-provider/oidc.eks.eu-west-1.amazonaws.com/id/NEW"
OTHER = f"arn:aws:iam::{ACCOUNT}:oidc-provider/oidc.eks.eu-west-1.amazonaws.com/id/OLD"
POLICY = '{"Version": "2012-10-17", "Statement": [], "Statement": [{"Sid": "100% so & <so>"}]}'
KEY, SECRET, SESSION = "AKIAIOSFODNN7EXAMPLE", "madeForTheseTestsOnly/+andForNothing", "FwoGZXIvYXdzEXAMPLESESSION"
READS = {"GetRole", "GetOpenIDConnectProvider", "ListOpenIDConnectProviders", "GetCallerIdentity"}
NOBODY = ("irsa-doctor", "irsa-doctor")


def iam(action: str, content: str) -> Answer:
    """Answer as IAM does."""
    body = f"<{action}Result>{content}</{action}Result><ResponseMetadata><RequestId>1</RequestId></ResponseMetadata>"
    return answering(f'<{action}Response xmlns="{NAMESPACE}">{body}</{action}Response>')


def role(arn: str = ROLE, policy: str = POLICY) -> Answer:
    """Answer GetRole, the policy URL-encoded as IAM does (FACTS E17)."""
    return iam(
        "GetRole",
        f"<Role><Path>/</Path><Arn>{arn}</Arn><RoleName>app</RoleName><RoleId>AROA</RoleId>"
        f"<CreateDate>2026-05-08T23:34:01Z</CreateDate><MaxSessionDuration>7200</MaxSessionDuration>"
        f"<AssumeRolePolicyDocument>{quote(policy)}</AssumeRolePolicyDocument></Role>",
    )


def provider() -> Answer:
    """Answer GetOpenIDConnectProvider."""
    return iam(
        "GetOpenIDConnectProvider",
        "<Url>oidc.eks.eu-west-1.amazonaws.com/id/NEW</Url><CreateDate>2026-05-08T23:34:01Z</CreateDate>"
        "<ClientIDList><member>sts.amazonaws.com</member><member>openshift</member></ClientIDList>"
        f"<ThumbprintList><member>{'AB' * 20}</member></ThumbprintList>",
    )


def listed(*arns: str) -> Answer:
    """Answer ListOpenIDConnectProviders."""
    members = "".join(f"<member><Arn>{arn}</Arn></member>" for arn in arns)
    return iam("ListOpenIDConnectProviders", f"<OpenIDConnectProviderList>{members}</OpenIDConnectProviderList>")


def caller(account: str = ACCOUNT) -> Answer:
    """Answer GetCallerIdentity."""
    return iam("GetCallerIdentity", f"<Arn>arn:aws:iam::{account}:user/reader</Arn><Account>{account}</Account>")


def refusing(code: str, message: str = "no", status: int = 403) -> Answer:
    """Answer as IAM refuses."""
    error = f"<Error><Type>Sender</Type><Code>{code}</Code><Message>{escape(message)}</Message></Error>"
    return answering(f'<ErrorResponse xmlns="{NAMESPACE}">{error}<RequestId>1</RequestId></ErrorResponse>', status)


GONE = refusing("NoSuchEntity", "The role with name app cannot be found.", 404)
SHUT = refusing("AccessDenied", f"User: arn:aws:iam::{ACCOUNT}:user/reader is not authorized to perform: iam:GetRole")


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> AwsWorld:
    """Return an IRSA pod's environment."""
    world = AwsWorld(monkeypatch, tmp_path)
    world.set(**IRSA)
    return world


def ask(
    aws: AwsWorld,
    server: Server,
    *,
    given: bool = True,
    role_arn: str = ROLE,
    issuer: str | None = ISSUER,
    timeout: float = 5.0,
    left: float = 60.0,
) -> IamReading:
    """Read from this server; what the session still holds afterwards is nobody's."""
    aws.set(AWS_ENDPOINT_URL_IAM=server.url, AWS_ENDPOINT_URL_STS=server.url)
    reading = aws.read(Config(timeout=timeout))
    assert isinstance(reading.settings, Settings)
    assert reading.session is not None
    if given:
        entrust(reading.session, KEY, SECRET, SESSION)
    found = read_iam(
        Subject(role_arn, issuer),
        given=given,
        settings=reading.settings,
        session=reading.session,
        world=World(environ=os.environ),
        budget=Budget(timeout, time.monotonic() + left),
    )
    assert held(reading.session) == NOBODY
    return found


def told(aws: AwsWorld, *answers: Answer, **options: object) -> tuple[IamReading, Server]:
    """Read from a server that answers this; it is asked for reads only."""
    with serving(*answers) as server:
        found = ask(aws, server, **options)  # type: ignore[arg-type]  # passed on as they are
    assert {request.form["Action"] for request in server.requests} <= READS
    return found, server


def whys(found: IamReading) -> set[str]:
    """Return why nothing was read. Fails where something was."""
    assert all(isinstance(fact, Absent) for fact in found)
    return {fact.why for fact in found if isinstance(fact, Absent)}


# ------------------------------------------------------------------------------------------------- what is there


def test_role_policy_and_provider_are_read(aws: AwsWorld) -> None:
    """Each in one signed call; the policy to the letter, keys written twice and all."""
    found, server = told(aws, role(), provider())
    assert found == IamReading(
        OidcProvider(PROVIDER, ("sts.amazonaws.com", "openshift"), ("ab" * 20,)),
        Role(ROLE, 7200),
        TrustPolicy(POLICY, "IAM"),
    )
    assert [request.form["Action"] for request in server.requests] == ["GetRole", "GetOpenIDConnectProvider"]
    assert [request.form.get("RoleName") for request in server.requests] == ["app", None]
    assert server.requests[1].form["OpenIDConnectProviderArn"] == PROVIDER
    assert all(request.signed and KEY in request.head for request in server.requests)


def test_a_roles_path_is_not_part_of_its_name(aws: AwsWorld) -> None:
    """IAM takes the name alone, and answers with the whole ARN."""
    arn = f"arn:aws:iam::{ACCOUNT}:role/team/a/app"
    found, server = told(aws, role(arn), provider(), role_arn=arn)
    assert found.role == Role(arn, 7200)
    assert server.requests[0].form["RoleName"] == "app"


@pytest.mark.parametrize(
    ("partition", "region"),
    [("aws", "us-east-1"), ("aws-cn", "cn-north-1"), ("aws-us-gov", "us-gov-west-1"), ("aws-eusc", "eusc-de-east-1")],
)
def test_iam_is_asked_in_the_roles_partition(aws: AwsWorld, partition: str, region: str) -> None:
    """Whatever the pod's region: IAM is one for a partition."""
    arn = f"arn:{partition}:iam::{ACCOUNT}:role/app"
    found, server = told(aws, role(arn), provider(), role_arn=arn)
    assert found.role == Role(arn, 7200)
    assert all(f"/{region}/iam/" in request.head for request in server.requests)


# ------------------------------------------------------------------------------------------------ what is missing


def test_a_role_that_is_gone(aws: AwsWorld) -> None:
    """IAM says so, and there is no policy to judge."""
    found, _ = told(aws, GONE, provider())
    assert found.role == NoRole(ROLE)
    assert found.trust_policy == Absent("the role does not exist")
    assert isinstance(found.oidc_provider, OidcProvider)


def test_a_role_under_another_path_is_another_role(aws: AwsWorld) -> None:
    """The name is found, the ARN is not the one that the pod asks for."""
    other = f"arn:aws:iam::{ACCOUNT}:role/team/app"
    found, _ = told(aws, role(other), provider())
    assert found.role == NoRole(ROLE, other)
    assert isinstance(found.trust_policy, Absent)


@pytest.mark.parametrize(
    ("answer", "nearest", "others"),
    [
        (listed(OTHER, f"arn:aws:iam::{ACCOUNT}:oidc-provider/token.actions.githubusercontent.com"), OTHER, 2),
        (listed(f"arn:aws:iam::{ACCOUNT}:oidc-provider/token.actions.githubusercontent.com"), None, 1),
        (listed(), None, 0),
        (SHUT, None, None),
    ],
)
def test_a_provider_that_is_missing(aws: AwsWorld, answer: Answer, nearest: str | None, others: int | None) -> None:
    """The nearest of the others is named, where there is one and they may be listed."""
    found, _ = told(aws, role(), GONE, answer)
    assert found.oidc_provider == NoProvider(PROVIDER, nearest, others)


def test_a_token_without_an_issuer_has_no_provider(aws: AwsWorld) -> None:
    """The role is read all the same."""
    found, server = told(aws, role(), issuer=None)
    assert found.oidc_provider == Absent("the token names no issuer")
    assert len(server.requests) == 1
    assert found.role == Role(ROLE, 7200)


# ------------------------------------------------------------------------------------------------- what is not shown


def test_a_missing_permission_is_named(aws: AwsWorld) -> None:
    """Each read on its own; nothing is said to be missing."""
    found, _ = told(aws, SHUT, SHUT)
    role_shut = Absent(f"these credentials lack the permission iam:GetRole on {ROLE}")
    assert found == IamReading(
        Absent(f"these credentials lack the permission iam:GetOpenIDConnectProvider on {PROVIDER}"),
        role_shut,
        role_shut,
    )


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (refusing("Throttling", "Rate exceeded", 400), "Throttling: Rate exceeded"),
        (raw(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"), "an answer that is not IAM's"),
        (answering("<GetRoleResponse/>"), "an answer that is not IAM's"),
        (iam("GetRole", "<Role><Path>/</Path></Role>"), "an answer that is not IAM's"),
        (answering(b"x" * (50 << 20)), "more than 1 MiB"),
        (resetting, "closed the connection"),
    ],
)
def test_a_bad_answer_is_no_fact(aws: AwsWorld, answer: Answer, words: str) -> None:
    """It says what came, and claims nothing of role and provider."""
    found, _ = told(aws, answer)
    assert all(words in why for why in whys(found))


@pytest.mark.parametrize("answer", [silent, dripping])
def test_a_slow_iam_is_waited_for_within_the_time_out(aws: AwsWorld, answer: Answer) -> None:
    """No answer in time is no fact either."""
    found, _ = told(aws, answer, timeout=0.3)
    assert all("did not answer in time" in why for why in whys(found))


def test_nothing_is_asked_once_the_deadline_is_over(aws: AwsWorld) -> None:
    """What was not reached says so."""
    found, server = told(aws, role(), left=0.0)
    assert server.requests == []
    assert all(isinstance(fact, Absent) and fact.overdue for fact in found)


@pytest.mark.parametrize("arn", ["", "payments", "arn:aws:iam::1:role/x"])
def test_nothing_is_asked_without_a_role(aws: AwsWorld, arn: str) -> None:
    """There is nobody to ask about."""
    found, server = told(aws, role(), role_arn=arn)
    assert server.requests == []
    assert whys(found) == {"IAM is not asked without a valid role ARN"}


def test_an_endpoint_that_is_none_is_no_fact(aws: AwsWorld) -> None:
    """Botocore makes no client then."""
    with serving(role()) as server:
        server.url = "nonsense"
        found = ask(aws, server)
    assert whys(found) == {
        "iam:GetRole: botocore finds no IAM endpoint for these settings",
        "iam:GetOpenIDConnectProvider: botocore finds no IAM endpoint for these settings",
    }


# ------------------------------------------------------------------------------------------------ whose keys


def test_keys_of_the_environment_are_used(aws: AwsWorld) -> None:
    """They are asked whose they are first."""
    aws.set(AWS_ACCESS_KEY_ID=KEY, AWS_SECRET_ACCESS_KEY=SECRET)
    found, server = told(aws, caller(), role(), provider(), given=False)
    assert found.role == Role(ROLE, 7200)
    assert next(request.form["Action"] for request in server.requests) == "GetCallerIdentity"


@pytest.mark.parametrize("file", ["credentials_file", "config_file"])
def test_keys_of_a_profile_are_used(aws: AwsWorld, file: str) -> None:
    """Of either file."""
    path: Path = getattr(aws, file)
    path.write_text(f"[default]\naws_access_key_id = {KEY}\naws_secret_access_key = {SECRET}\n")
    found, server = told(aws, caller(), role(), provider(), given=False)
    assert found.role == Role(ROLE, 7200)
    assert KEY in server.requests[1].head


def test_keys_of_another_account_show_nothing(aws: AwsWorld) -> None:
    """That account may have a role of the same name, or none: both would mislead."""
    aws.set(AWS_ACCESS_KEY_ID=KEY, AWS_SECRET_ACCESS_KEY=SECRET)
    found, server = told(aws, caller("444455556666"), role(), given=False)
    assert whys(found) == {"the keys at hand are of another account, 444455556666"}
    assert len(server.requests) == 1


def test_keys_that_are_not_valid_show_nothing(aws: AwsWorld) -> None:
    """STS's words say why."""
    aws.set(AWS_ACCESS_KEY_ID=KEY, AWS_SECRET_ACCESS_KEY=SECRET)
    bad = refusing("InvalidClientTokenId", "The security token included in the request is invalid.")
    found, _ = told(aws, bad, given=False)
    assert all("not known to STS: InvalidClientTokenId: The security token" in why for why in whys(found))


def test_without_keys_nobody_is_called(aws: AwsWorld, tmp_path: Path) -> None:
    """No process is started, no metadata service, container endpoint or role is asked for keys."""
    mark = tmp_path / "started"
    aws.config_file.write_text(
        f"[default]\ncredential_process = touch {mark}\nsso_account_id = 1\nsso_role_name = a\n"
        "sso_start_url = https://localhost:1\nsso_region = eu-west-1\n"
    )
    with serving(role()) as server:
        aws.set(
            AWS_CONTAINER_CREDENTIALS_FULL_URI=f"{server.url}/creds",
            AWS_EC2_METADATA_SERVICE_ENDPOINT=server.url,
        )
        found = ask(aws, server, given=False)
    assert whys(found) == {"IAM is not asked: neither the environment nor the profile holds keys"}
    assert server.requests == []
    assert not mark.exists()


@pytest.mark.parametrize(
    "variables",
    [
        {"AWS_ACCESS_KEY_ID": KEY},
        {
            "AWS_ACCESS_KEY_ID": KEY,
            "AWS_SECRET_ACCESS_KEY": SECRET,
            "AWS_CREDENTIAL_EXPIRATION": "2020-01-01T00:00:00Z",
        },
    ],
)
def test_half_a_key_and_an_expired_one_are_none(aws: AwsWorld, variables: dict[str, str]) -> None:
    """Botocore refuses them, and so they are not at hand."""
    aws.set(**variables)
    found, server = told(aws, role(), given=False)
    assert whys(found) == {"IAM is not asked: neither the environment nor the profile holds keys"}
    assert server.requests == []


def test_an_iam_that_says_secrets_again_is_not_repeated(aws: AwsWorld) -> None:
    """In a policy, a name or a message: a mask stands there."""
    policy = json.dumps({"Statement": f"{SECRET} {SESSION}"})
    found, _ = told(aws, role(policy=policy), refusing("Odd", f"because of {SECRET}"))
    assert isinstance(found.trust_policy, TrustPolicy)
    assert SECRET not in str(found)
    assert SESSION not in str(found)
    assert "***" in found.trust_policy.text
