"""Which provider comes first and where STS is, with botocore itself as the judge."""

import subprocess
import urllib.request
from pathlib import Path
from typing import Any

import pytest
from botocore.awsrequest import AWSPreparedRequest
from botocore.client import BaseClient
from botocore.config import Config
from botocore.credentials import CredentialResolver, create_credential_resolver
from botocore.exceptions import BotoCoreError, NoRegionError
from botocore.session import Session

from awsworld import IRSA, ROLE, AwsWorld
from sidecar.facts import Endpoint, Provider, Setting, Settings
from sidecar.model import Failed
from sidecar.probe.providers import first_provider, resolve_endpoint

KEYS = "aws_access_key_id = AKIAIOSFODNN7EXAMPLE\naws_secret_access_key = secret\n"
SSO = "sso_role_name = r\nsso_account_id = 1\nsso_start_url = https://x.test\nsso_region = eu-west-1\n"
SOURCE = f"role_arn = {ROLE}\nsource_profile = base\n[profile base]\n{KEYS}"


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> AwsWorld:
    """Return an empty AWS environment in which nothing may be started or called."""

    def forbidden(*_: object, **__: object) -> None:
        pytest.fail("a provider was executed")

    monkeypatch.setattr(subprocess, "Popen", forbidden)
    monkeypatch.setattr(urllib.request, "urlopen", forbidden)
    monkeypatch.setattr("botocore.httpsession.URLLib3Session.send", forbidden)
    return AwsWorld(monkeypatch, tmp_path)


def provider(aws: AwsWorld) -> Provider:
    """Find the first provider."""
    reading = aws.read()
    assert isinstance(reading.settings, Settings)
    assert reading.session is not None
    found = first_provider(reading.session, reading.settings, aws.world)
    assert isinstance(found, Provider)
    return found


def judged(aws: AwsWorld) -> str:
    """Return the METHOD of the provider at which botocore itself, loading for real, stops."""
    reading = aws.read()
    assert reading.session is not None
    for one in create_credential_resolver(reading.session).providers:
        try:
            if one.load() is not None:
                return str(one.METHOD)
        except BotoCoreError:
            return str(one.METHOD)
    return "none"


@pytest.mark.parametrize(
    ("variables", "config", "credentials", "method", "source"),
    [
        (IRSA, "", "", "assume-role-with-web-identity", "AWS_WEB_IDENTITY_TOKEN_FILE"),
        ({"AWS_WEB_IDENTITY_TOKEN_FILE": "/t"}, "", "", "assume-role-with-web-identity", "AWS_WEB_IDENTITY_TOKEN_FILE"),
        (
            {},
            "",
            f"[default]\nrole_arn = {ROLE}\nweb_identity_token_file = /t\n",
            "assume-role-with-web-identity",
            "profile default",
        ),
        ({**IRSA, "AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "b"}, "", "", "env", "AWS_ACCESS_KEY_ID"),
        ({**IRSA, "AWS_ACCESS_KEY_ID": "a"}, "", "", "env", "AWS_ACCESS_KEY_ID"),
        ({**IRSA, "AWS_ACCESS_KEY_ID": ""}, "", "", "assume-role-with-web-identity", "AWS_WEB_IDENTITY_TOKEN_FILE"),
        (IRSA, f"[default]\n{SOURCE}", "", "assume-role", "role_arn of profile default"),
        (IRSA, f"[default]\nrole_arn = {ROLE}\n", "", "assume-role", "role_arn of profile default"),
        (IRSA, "", f"[default]\n{KEYS}", "assume-role-with-web-identity", "AWS_WEB_IDENTITY_TOKEN_FILE"),
        ({}, f"[default]\n{SSO}", "", "sso", "sso_role_name of profile default"),
        ({}, "[default]\nsso_account_id = 1\n", "", "sso", "sso_account_id of profile default"),
        ({}, "", f"[default]\n{KEYS}", "shared-credentials-file", "profile default in {credentials}"),
        ({"AWS_PROFILE": "x"}, "", f"[x]\n{KEYS}", "shared-credentials-file", "profile x in {credentials}"),
        ({}, f"[default]\n{KEYS}", "", "config-file", "profile default in {config}"),
        ({"AWS_PROFILE": "x"}, f"[default]\n{KEYS}[profile x]\n", "", "iam-role", None),
        ({}, "[default]\nlogin_session = arn\n", "", "login", "login_session of profile default"),
        (
            {"AWS_CREDENTIAL_FILE": "/nothing"},
            "",
            "",
            "ec2-credentials-file",
            "AWS_CREDENTIAL_FILE, which names no file",
        ),
        ({"AWS_CREDENTIAL_FILE": "{old}"}, "", "", "ec2-credentials-file", "AWS_CREDENTIAL_FILE"),
        ({"BOTO_CONFIG": "{boto}"}, "", "", "boto-config", "{boto}"),
        ({"BOTO_CONFIG": "/nothing"}, "", "", "iam-role", None),
        ({"AWS_EC2_METADATA_DISABLED": "TRUE"}, "", "", "none", "AWS_EC2_METADATA_DISABLED"),
    ],
)
def test_the_first_provider_is_botocores(
    aws: AwsWorld,
    *,
    tmp_path: Path,
    variables: dict[str, str],
    config: str,
    credentials: str,
    method: str,
    source: str | None,
) -> None:
    """The provider found by looking is the one that botocore comes to by loading."""
    places = {
        "old": tmp_path / "old",
        "boto": tmp_path / "boto",
        "config": aws.config_file,
        "credentials": aws.credentials_file,
    }
    places["old"].write_text("AWSAccessKeyId=a\nAWSSecretKey=b\n")
    places["boto"].write_text(f"[Credentials]\n{KEYS}")
    if config:
        aws.config_file.write_text(config)
    if credentials:
        aws.credentials_file.write_text(credentials)
    aws.set(**{name: value.format_map(places) for name, value in variables.items()})
    found = provider(aws)
    assert found.method == method
    assert found.source == (source.format_map(places) if source else "the instance metadata service")
    aws.set(AWS_EC2_METADATA_DISABLED="true")  # so that the judge does not ask it
    assert judged(aws) == (method if method != "iam-role" else "none")


def test_a_process_is_found_and_not_started(aws: AwsWorld) -> None:
    """credential_process is named, not executed."""
    aws.config_file.write_text("[default]\ncredential_process = /bin/false\n")
    assert provider(aws) == Provider("custom-process", "credential_process of profile default")


@pytest.mark.parametrize("name", ["AWS_CONTAINER_CREDENTIALS_FULL_URI", "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"])
def test_the_container_endpoint_is_found_and_not_called(aws: AwsWorld, name: str) -> None:
    """Pod Identity's variables are enough: nothing is asked of the agent."""
    aws.set(**{name: "http://169.254.170.23/v1/credentials"})
    assert provider(aws) == Provider("container-role", name)


def test_the_metadata_service_is_found_and_not_called(aws: AwsWorld) -> None:
    """Where nothing else is configured botocore asks the instance, and we do not."""
    assert provider(aws) == Provider("iam-role", "the instance metadata service")


def test_a_token_file_by_option_is_nothing_an_sdk_would_see(aws: AwsWorld) -> None:
    """What the operator named with --token-file is ours alone: an SDK in this pod has no web identity."""
    reading = aws.read()
    assert reading.session is not None
    settings = Settings(token_file=Setting("/t", "--token-file"))
    found = first_provider(reading.session, settings, aws.world)
    assert isinstance(found, Provider)
    assert not found.web_identity


def test_every_provider_of_botocore_is_known(aws: AwsWorld) -> None:
    """There is provider of botocore's that this program does not know; when there is one, this test says so."""
    reading = aws.read()
    assert reading.session is not None
    methods = [one.METHOD for one in create_credential_resolver(reading.session).providers]
    assert methods == [
        "env",
        "assume-role",
        "assume-role-with-web-identity",
        "sso",
        "shared-credentials-file",
        "login",
        "custom-process",
        "config-file",
        "ec2-credentials-file",
        "boto-config",
        "container-role",
        "iam-role",
    ]


def test_an_unknown_provider_is_named(aws: AwsWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    """A provider whose settings we cannot judge is passed over, and the source says that it may come first."""

    class Stranger:
        METHOD = "stranger"

    def with_stranger(session: Session) -> CredentialResolver:
        resolver = create_credential_resolver(session)
        resolver.providers.insert(1, Stranger())  # type: ignore[arg-type]  # it has all that is looked at
        return resolver

    monkeypatch.setattr("sidecar.probe.providers.create_credential_resolver", with_stranger)
    aws.set(**IRSA)
    found = provider(aws)
    assert found.web_identity
    assert found.source == "AWS_WEB_IDENTITY_TOKEN_FILE, unless botocore's stranger comes first"


@pytest.mark.parametrize(
    ("variables", "config", "others"),
    [
        ({}, "", {}),
        ({}, f"[default]\n{KEYS}", dict.fromkeys(("JavaScript v3", "Rust", "C++"), "static keys of profile default")),
        (
            {"AWS_PROFILE": "x"},
            f"[profile x]\n{KEYS}",
            dict.fromkeys(("Go", "JavaScript v3", "Rust", "C++"), "static keys of profile x"),
        ),
        ({"AWS_PROFILE": "x"}, f"[default]\n{KEYS}[profile x]\nregion = eu-west-1\n", {}),
        (
            {},
            "[default]\ncredential_process = p\n",
            dict.fromkeys(("JavaScript v3", "Rust", "C++"), "credential_process of profile default"),
        ),
        ({}, f"[default]\n{SSO}", dict.fromkeys(("JavaScript v3", "Rust"), "sso_role_name of profile default")),
        ({}, f"[default]\n{SOURCE}", dict.fromkeys(("JavaScript v3", "Rust"), "role_arn of profile default")),
        ({}, f"[default]\nrole_arn = {ROLE}\nweb_identity_token_file = /t\n", {}),
        ({}, "[default]\nregion = eu-west-1\n", {}),
        (
            {"AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://x.test"},
            "",
            {"JavaScript v2": "AWS_CONTAINER_CREDENTIALS_FULL_URI"},
        ),
    ],
)
def test_other_sdks(aws: AwsWorld, variables: dict[str, str], config: str, others: dict[str, str]) -> None:
    """SDKs whose order takes a usable profile, or the container, before web identity (FACTS D2 D5 D6 D10 D11)."""
    aws.config_file.write_text(config)
    aws.set(**IRSA, **variables)
    assert dict(provider(aws).other_sdks) == others


def test_without_web_identity_no_sdk_is_shadowed(aws: AwsWorld) -> None:
    """What would come before web identity matters only where there is web identity."""
    aws.config_file.write_text(f"[default]\n{KEYS}")
    assert provider(aws).other_sdks == ()


def test_no_key_is_in_the_fact(aws: AwsWorld) -> None:
    """The fact names places, never what is there."""
    aws.config_file.write_text(f"[default]\n{KEYS}")
    aws.set(**IRSA)
    assert "AKIA" not in repr(provider(aws))


def endpoint(aws: AwsWorld) -> Endpoint | Failed:
    """Resolve the endpoint."""
    reading = aws.read()
    assert isinstance(reading.settings, Settings)
    assert reading.session is not None
    return resolve_endpoint(reading.session, reading.settings)


FIPS = {"AWS_USE_FIPS_ENDPOINT": "true"}
DUAL = {"AWS_USE_DUALSTACK_ENDPOINT": "true"}
LEGACY = {"AWS_STS_REGIONAL_ENDPOINTS": "legacy"}


@pytest.mark.parametrize(
    ("region", "variables", "url", "partition"),
    [
        ("eu-west-1", {}, "https://sts.eu-west-1.amazonaws.com", "aws"),
        (None, {}, "https://sts.amazonaws.com", "aws"),
        ("eu-west-1", LEGACY, "https://sts.amazonaws.com", "aws"),
        ("af-south-1", LEGACY, "https://sts.af-south-1.amazonaws.com", "aws"),
        ("eu-west-1", FIPS, "https://sts-fips.eu-west-1.amazonaws.com", "aws"),
        ("eu-west-1", DUAL, "https://sts.eu-west-1.api.aws", "aws"),
        ("eu-west-1", FIPS | DUAL, "https://sts-fips.eu-west-1.api.aws", "aws"),
        ("cn-north-1", {}, "https://sts.cn-north-1.amazonaws.com.cn", "aws-cn"),
        ("cn-north-1", DUAL, "https://sts.cn-north-1.api.amazonwebservices.com.cn", "aws-cn"),
        ("us-gov-west-1", {}, "https://sts.us-gov-west-1.amazonaws.com", "aws-us-gov"),
        ("us-gov-west-1", FIPS, "https://sts.us-gov-west-1.amazonaws.com", "aws-us-gov"),
        ("us-iso-east-1", {}, "https://sts.us-iso-east-1.c2s.ic.gov", "aws-iso"),
        ("us-iso-east-1", DUAL, "https://sts.us-iso-east-1.api.aws.ic.gov", "aws-iso"),
        ("eusc-de-east-1", {}, "https://sts.eusc-de-east-1.amazonaws.eu", "aws-eusc"),
        ("fips-us-gov-west-1", {}, "https://sts.us-gov-west-1.amazonaws.com", "aws-us-gov"),
        ("aws-global", {}, "https://sts.amazonaws.com", "aws"),
        ("EU-WEST-1", {}, "https://sts.EU-WEST-1.amazonaws.com", None),
        ("mars-north-1", {}, "https://sts.mars-north-1.amazonaws.com", None),
        ("eu-west-1", {"AWS_CA_BUNDLE": ""}, "https://sts.eu-west-1.amazonaws.com", "aws"),
    ],
)
def test_the_endpoint_is_where_botocore_sends_its_requests(
    aws: AwsWorld,
    monkeypatch: pytest.MonkeyPatch,
    region: str | None,
    variables: dict[str, str],
    url: str,
    partition: str | None,
) -> None:
    """The URL told is the one in the request that a client would send (FACTS D18, D19, D21)."""
    if region is not None:
        aws.set(AWS_DEFAULT_REGION=region)
    aws.set(**variables)
    found = endpoint(aws)
    assert isinstance(found, Endpoint)
    assert (found.url, found.partition) == (url, partition)
    if variables.get("AWS_CA_BUNDLE") == "":
        return  # with which botocore makes no client
    sent: list[str] = []

    def caught(_session: object, request: AWSPreparedRequest) -> None:
        sent.append(request.url)
        raise KeyboardInterrupt

    monkeypatch.setattr("botocore.httpsession.URLLib3Session.send", caught)
    reading = aws.read()
    assert reading.session is not None
    client: Any = reading.session.create_client("sts")
    with pytest.raises(KeyboardInterrupt):
        client.assume_role_with_web_identity(RoleArn=ROLE, RoleSessionName="judge", WebIdentityToken="eyJ.x.y")
    assert sent == [f"{url}/"]


@pytest.mark.parametrize("region", [None, "eu-west-1"])
def test_a_custom_endpoint_has_no_partition(aws: AwsWorld, region: str | None) -> None:
    """Whose partition a custom URL is in nobody can know; no userinfo is told."""
    aws.set(AWS_ENDPOINT_URL_STS="https://user:secret@sts.test:8443/path", **FIPS)
    if region is not None:
        aws.set(AWS_DEFAULT_REGION=region)
    assert endpoint(aws) == Endpoint("https://sts.test:8443/path", None, region)


def test_only_aws_region_is_used_by_the_probe(aws: AwsWorld) -> None:
    """Where botocore would fall back to the global endpoint, the probe goes where most SDKs go (FACTS D16)."""
    aws.set(AWS_REGION="eu-west-1")
    assert endpoint(aws) == Endpoint("https://sts.eu-west-1.amazonaws.com", "aws", "eu-west-1")


@pytest.mark.parametrize(
    ("variables", "kind", "words"),
    [
        ({"AWS_DEFAULT_REGION": "eu-west-1 "}, "region-invalid", "'eu-west-1 '"),
        ({"AWS_DEFAULT_REGION": "eu west 1"}, "region-invalid", "'eu west 1'"),
        ({"AWS_DEFAULT_REGION": ""}, "region-invalid", "''"),
        ({"AWS_STS_REGIONAL_ENDPOINTS": "Regional"}, "setting", "'Regional'"),
        ({"AWS_STS_REGIONAL_ENDPOINTS": "global"}, "setting", "'global'"),
        ({"AWS_ENDPOINT_URL": "localhost:4566"}, "url", "AWS_ENDPOINT_URL is 'localhost:4566'"),
        ({"AWS_ENDPOINT_URL_STS": "https://"}, "url", "AWS_ENDPOINT_URL_STS is 'https://'"),
        ({"AWS_ENDPOINT_URL_STS": "https://a b/"}, "url", "'https://a b/'"),
        ({"AWS_ENDPOINT_URL_STS": "https://host:port/"}, "url", "'https://host:port/'"),
        ({"AWS_ENDPOINT_URL_STS": "https://[::1/"}, "url", "'https://[::1/'"),
        ({"AWS_ENDPOINT_URL_STS": "ftp://sts.test"}, "url", "ftp://sts.test"),
        ({"AWS_DEFAULT_REGION": "us-isof-south-1", **FIPS, **DUAL}, "setting", "dualstack"),
    ],
)
def test_what_makes_botocore_refuse(aws: AwsWorld, variables: dict[str, str], kind: str, words: str) -> None:
    """Each setting that botocore cannot work with has its kind, and is named."""
    aws.set(**({"AWS_DEFAULT_REGION": "eu-west-1"} | variables))
    found = endpoint(aws)
    assert isinstance(found, Failed)
    assert found.kind == kind
    assert words in found.why


def test_a_missing_region_that_botocore_needs(aws: AwsWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where botocore itself asks for a region, it is missing."""

    def needing(_session: object, _settings: object) -> None:
        raise NoRegionError

    reading = aws.read()
    assert reading.session is not None
    monkeypatch.setattr("sidecar.probe.providers.sts_of", needing)
    found = resolve_endpoint(reading.session, Settings())
    assert isinstance(found, Failed)
    assert found.kind == "region-missing"


def test_the_client_is_made_once(aws: AwsWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    """Reading, resolving and exchanging share one client: it is most of what a run costs."""
    made: list[str] = []
    real = Session.create_client

    def counted(
        session: Session, service: str, region_name: str | None, config: Config, verify: bool | None
    ) -> BaseClient:
        made.append(service)
        return real(session, service, region_name=region_name, config=config, verify=verify)

    monkeypatch.setattr(Session, "create_client", counted)
    aws.set(**IRSA)
    endpoint(aws)
    assert made == ["sts"]
