"""The settings, with botocore itself as the judge of what botocore reads."""

import itertools
from pathlib import Path
from typing import Any

import pytest
from botocore.credentials import create_credential_resolver

from awsworld import IRSA, ROLE, TOKEN_FILE, AwsWorld
from sidecar.config import Config
from sidecar.facts import Setting, Settings
from sidecar.model import Failed
from sidecar.probe.settings import read_settings
from sidecar.probe.world import World

OTHER_ROLE = "arn:aws:iam::444455556666:role/other"


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> AwsWorld:
    """Return an empty AWS environment."""
    return AwsWorld(monkeypatch, tmp_path)


def settings(aws: AwsWorld, role_arn: str | None = None, token_file: str | None = None) -> Settings:
    """Read settings that can be read."""
    found = aws.read(Config(role_arn=role_arn, token_file=token_file)).settings
    assert isinstance(found, Settings)
    return found


def failure(aws: AwsWorld) -> Failed:
    """Read settings that cannot be read."""
    reading = aws.read()
    assert isinstance(reading.settings, Failed)
    assert reading.session is None
    return reading.settings


def test_nothing_is_set(aws: AwsWorld) -> None:
    """An empty environment gives nothing, and nothing fails."""
    assert settings(aws) == Settings(region_everywhere=False)


def test_what_the_webhook_injects(aws: AwsWorld) -> None:
    """The five variables of the EKS webhook are found, each with its name (FACTS C6, K1)."""
    aws.set(**IRSA, AWS_REGION="eu-west-1", AWS_STS_REGIONAL_ENDPOINTS="regional")
    found = settings(aws)
    assert found.role_arn == Setting(ROLE, "AWS_ROLE_ARN")
    assert found.token_file == Setting(TOKEN_FILE, "AWS_WEB_IDENTITY_TOKEN_FILE")
    assert found.region == Setting("eu-west-1", "AWS_DEFAULT_REGION")
    assert found.region_everywhere
    assert found.region_partition == "aws"
    assert found.sts_regional_endpoints == Setting("regional", "AWS_STS_REGIONAL_ENDPOINTS")
    assert found.near_misses == ()


@pytest.mark.parametrize("file", ["credentials_file", "config_file"])
def test_openshifts_secret_is_a_profile(aws: AwsWorld, file: str) -> None:
    """The `credentials` secret gives role and token file, by either variable that may name it (FACTS C22)."""
    getattr(aws, file).write_text(
        f"[default]\nsts_regional_endpoints = regional\nrole_arn = {ROLE}\n"
        "web_identity_token_file = /var/run/secrets/openshift/serviceaccount/token\n"
    )
    found = settings(aws)
    assert found.role_arn == Setting(ROLE, "profile default")
    assert found.token_file == Setting("/var/run/secrets/openshift/serviceaccount/token", "profile default")
    assert found.sts_regional_endpoints == Setting("regional", "profile default")
    assert found.profile is None


VALUES = (None, "", "set")
LINES = ("", "role_arn = P\n", "web_identity_token_file = P\n", "role_arn = P\nweb_identity_token_file = P\n")


@pytest.mark.parametrize(("role", "token", "lines"), [*itertools.product(VALUES, VALUES, LINES)])
def test_role_and_token_file_are_those_of_botocores_provider(
    aws: AwsWorld, role: str | None, token: str | None, lines: str
) -> None:
    """Per key the variable comes before the profile, also an empty one, as botocore's provider has it (FACTS D12)."""
    aws.config_file.write_text(f"[default]\n{lines}role_session_name = from-profile\n")
    for name, value in (("AWS_ROLE_ARN", role), ("AWS_WEB_IDENTITY_TOKEN_FILE", token)):
        if value is not None:
            aws.set(**{name: value})
    reading = aws.read()
    assert isinstance(reading.settings, Settings)
    assert reading.session is not None
    providers = create_credential_resolver(reading.session).providers
    judge: Any = next(one for one in providers if one.METHOD == "assume-role-with-web-identity")
    taken_before = "role_arn" in lines and "web_identity_token_file" not in lines  # by the assume-role provider
    found = reading.settings
    assert (found.token_file.value if found.token_file else None) == (
        judge._get_config("web_identity_token_file") or None
    )
    if not taken_before:
        assert (found.role_arn.value if found.role_arn else None) == (judge._get_config("role_arn") or None)
        assert found.session_name == Setting(judge._get_config("role_session_name"), "profile default")
    else:
        assert found.role_arn == (Setting("set", "AWS_ROLE_ARN") if role else None)
        assert found.session_name is None


def test_options_beat_everything(aws: AwsWorld) -> None:
    """--role-arn and --token-file come before variables and profile."""
    aws.set(**IRSA)
    found = settings(aws, role_arn=OTHER_ROLE, token_file="/here/token")
    assert found.role_arn == Setting(OTHER_ROLE, "--role-arn")
    assert found.token_file == Setting("/here/token", "--token-file")


def test_an_empty_session_name_is_kept(aws: AwsWorld) -> None:
    """An SDK sends an empty AWS_ROLE_SESSION_NAME, which STS refuses: so it is a setting."""
    aws.set(AWS_ROLE_SESSION_NAME="")
    assert settings(aws).session_name == Setting("", "AWS_ROLE_SESSION_NAME")


def test_a_profile_that_does_not_exist(aws: AwsWorld) -> None:
    """The files that were read, or not, and the profiles found there are named."""
    aws.config_file.write_text("[default]\nregion = eu-west-1\n[profile work]\nregion = eu-west-1\n")
    aws.set(AWS_PROFILE="wrok")
    found = failure(aws)
    assert found.kind == "profile-missing"
    assert "'wrok'" in found.why
    assert f"{aws.config_file} (read)" in found.why
    assert f"{aws.credentials_file} (not there)" in found.why
    assert found.why.endswith("profiles found: default, work")


def test_the_default_profile_variable_comes_first(aws: AwsWorld) -> None:
    """In botocore the older name wins: AWS_DEFAULT_PROFILE comes before AWS_PROFILE."""
    aws.config_file.write_text("[profile a]\nregion = eu-west-1\n[profile b]\nregion = eu-west-2\n")
    aws.set(AWS_PROFILE="a", AWS_DEFAULT_PROFILE="b")
    found = settings(aws)
    assert found.profile == "b"
    assert found.region == Setting("eu-west-2", "profile b")


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"role_arn = x\n", "cannot be parsed at line 1 (MissingSectionHeaderError)"),
        (b"[default]\n\nrole_arn\n", "cannot be parsed at line 3 (ParsingError)"),
        (b"\xff\xfe[default]\n", "cannot be parsed (UnicodeDecodeError)"),
        (b"[default]\na=\n  b\n", "cannot be parsed (ValueError)"),
        (b"[a]\n[a]\n", "cannot be parsed at line 2 (DuplicateSectionError)"),
    ],
)
def test_a_file_that_cannot_be_parsed(aws: AwsWorld, content: bytes, why: str) -> None:
    """What botocore cannot parse stops botocore; the file and the line are named."""
    aws.credentials_file.write_bytes(content)
    assert failure(aws) == Failed("config-unreadable", f"{aws.credentials_file} {why}")


def test_a_services_section_that_does_not_exist(aws: AwsWorld) -> None:
    """A profile that names a missing services section stops botocore."""
    aws.config_file.write_text("[default]\nservices = local\n")
    assert failure(aws).kind == "config-unreadable"


@pytest.mark.parametrize("before", ["", "[default]\n"])
def test_no_secret_of_a_bad_file_is_told(aws: AwsWorld, before: str) -> None:
    """The parser quotes the lines it cannot read; we do not."""
    aws.credentials_file.write_text(f"{before}wJalrXUtnFEMI/K7MDENG/SECRET\n")
    assert "wJalr" not in failure(aws).why


@pytest.mark.parametrize(
    ("variables", "profile", "region", "everywhere"),
    [
        ({}, "", None, False),
        ({"AWS_REGION": "eu-west-1"}, "", Setting("eu-west-1", "AWS_REGION"), False),
        ({"AWS_REGION": ""}, "", None, False),
        ({"AWS_DEFAULT_REGION": "eu-west-2"}, "", Setting("eu-west-2", "AWS_DEFAULT_REGION"), False),
        ({"AWS_DEFAULT_REGION": "a"}, "region = b\n", Setting("a", "AWS_DEFAULT_REGION"), True),
        ({"AWS_DEFAULT_REGION": "a", "AWS_REGION": "b"}, "", Setting("a", "AWS_DEFAULT_REGION"), True),
        ({"AWS_DEFAULT_REGION": "", "AWS_REGION": "b"}, "", Setting("", "AWS_DEFAULT_REGION"), True),
        ({}, "region = eu-west-3\n", Setting("eu-west-3", "profile default"), True),
        ({"AWS_REGION": "b"}, "region = eu-west-3\n", Setting("eu-west-3", "profile default"), True),
    ],
)
def test_the_region_is_botocores(
    aws: AwsWorld, variables: dict[str, str], profile: str, region: Setting | None, everywhere: bool
) -> None:
    """AWS_REGION counts only where botocore finds no region; one variable alone is not for every SDK (FACTS D16)."""
    aws.config_file.write_text(f"[default]\n{profile}")
    aws.set(**variables)
    reading = aws.read()
    assert isinstance(reading.settings, Settings)
    assert (reading.settings.region, reading.settings.region_everywhere) == (region, everywhere)
    if region is not None and region.source != "AWS_REGION":
        assert reading.session is not None
        assert region.value == reading.session.get_config_variable("region")


@pytest.mark.parametrize(
    ("region", "partition"),
    [
        ("eu-west-1", "aws"),
        ("eu-west-99", "aws"),
        ("aws-global", "aws"),
        ("cn-north-1", "aws-cn"),
        ("us-gov-west-1", "aws-us-gov"),
        ("us-iso-east-1", "aws-iso"),
        ("us-isob-east-1", "aws-iso-b"),
        ("eusc-de-east-1", "aws-eusc"),
        ("EU-WEST-1", None),
        ("eu-west-1 ", None),
        ("mars-north-1", None),
        ("", None),
    ],
)
def test_the_regions_partition(aws: AwsWorld, region: str, partition: str | None) -> None:
    """A region belongs to the partition that lists it or whose rule it obeys (FACTS D21)."""
    aws.set(AWS_DEFAULT_REGION=region)
    assert settings(aws).region_partition == partition


SERVICES = "services = local\n[services local]\nsts =\n  endpoint_url = http://service.test\n"


@pytest.mark.parametrize(
    ("variables", "profile", "expected"),
    [
        ({"AWS_ENDPOINT_URL_STS": "http://a.test"}, "", Setting("http://a.test", "AWS_ENDPOINT_URL_STS")),
        ({"AWS_ENDPOINT_URL": "http://a.test"}, "", Setting("http://a.test", "AWS_ENDPOINT_URL")),
        (
            {"AWS_ENDPOINT_URL_STS": "http://a.test", "AWS_ENDPOINT_URL": "http://b.test"},
            "endpoint_url = http://c.test\n",
            Setting("http://a.test", "AWS_ENDPOINT_URL_STS"),
        ),
        (
            {"AWS_ENDPOINT_URL_STS": "", "AWS_ENDPOINT_URL": "http://b.test"},
            "",
            Setting("http://b.test", "AWS_ENDPOINT_URL"),
        ),
        ({"AWS_ENDPOINT_URL": ""}, "", None),
        ({}, "endpoint_url = http://c.test\n", Setting("http://c.test", "profile default")),
        ({}, f"endpoint_url = http://c.test\n{SERVICES}", Setting("http://service.test", "services local")),
        ({"AWS_ENDPOINT_URL": "http://b.test"}, SERVICES, Setting("http://b.test", "AWS_ENDPOINT_URL")),
        ({"AWS_ENDPOINT_URL": "http://b.test", "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "true"}, "", None),
        ({"AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "TRUE"}, SERVICES, None),
    ],
)
def test_the_endpoint_url_is_botocores(
    aws: AwsWorld, variables: dict[str, str], profile: str, expected: Setting | None
) -> None:
    """The custom URL is the one that a client of botocore's own making has (FACTS D19)."""
    aws.config_file.write_text(f"[default]\nregion = eu-west-1\n{profile}")
    aws.set(**variables)
    reading = aws.read()
    assert isinstance(reading.settings, Settings)
    assert reading.session is not None
    judge = reading.session.create_client("sts").meta.endpoint_url
    assert reading.settings.endpoint_url == expected
    assert judge == (expected.value if expected else "https://sts.eu-west-1.amazonaws.com")


@pytest.mark.parametrize(
    ("variables", "fips", "dualstack"),
    [
        ({}, False, False),
        ({"AWS_USE_FIPS_ENDPOINT": "true"}, True, False),
        ({"AWS_USE_DUALSTACK_ENDPOINT": "True"}, False, True),
        ({"AWS_USE_FIPS_ENDPOINT": "yes", "AWS_USE_DUALSTACK_ENDPOINT": ""}, False, False),
    ],
)
def test_fips_and_dualstack(aws: AwsWorld, variables: dict[str, str], fips: bool, dualstack: bool) -> None:
    """Only "true", in any case, is true to botocore."""
    aws.set(**variables)
    found = settings(aws)
    assert (found.fips, found.dualstack) == (fips, dualstack)


def test_the_ca_bundle(aws: AwsWorld) -> None:
    """AWS_CA_BUNDLE, then the profile's, then REQUESTS_CA_BUNDLE (FACTS D20)."""
    aws.set(REQUESTS_CA_BUNDLE="/r")
    assert settings(aws).ca_bundle == Setting("/r", "REQUESTS_CA_BUNDLE")
    aws.config_file.write_text("[default]\nca_bundle = /p\n")
    assert settings(aws).ca_bundle == Setting("/p", "profile default")
    aws.set(AWS_CA_BUNDLE="/a")
    assert settings(aws).ca_bundle == Setting("/a", "AWS_CA_BUNDLE")


@pytest.mark.parametrize(
    ("variables", "proxy"),
    [
        ({}, None),
        ({"HTTPS_PROXY": "http://proxy.test:3128"}, Setting("http://proxy.test:3128", "HTTPS_PROXY")),
        ({"HTTPS_PROXY": "http://a.test", "https_proxy": "http://b.test"}, Setting("http://b.test", "https_proxy")),
        ({"HTTPS_PROXY": "http://user:secret@proxy.test"}, Setting("http://proxy.test", "HTTPS_PROXY")),
        ({"HTTPS_PROXY": "user:secret@proxy.test:1"}, Setting("proxy.test:1", "HTTPS_PROXY")),
        ({"HTTP_PROXY": "http://proxy.test"}, None),
        (
            {"HTTP_PROXY": "http://proxy.test", "AWS_ENDPOINT_URL": "http://sts.test"},
            Setting("http://proxy.test", "HTTP_PROXY"),
        ),
        ({"HTTPS_PROXY": "http://proxy.test", "NO_PROXY": ".amazonaws.com"}, None),
        ({"HTTPS_PROXY": "http://proxy.test", "no_proxy": "*"}, None),
        ({"HTTPS_PROXY": "http://proxy.test", "NO_PROXY": "other.test"}, Setting("http://proxy.test", "HTTPS_PROXY")),
    ],
)
def test_the_proxy_is_the_one_for_sts(aws: AwsWorld, variables: dict[str, str], proxy: Setting | None) -> None:
    """The proxy of the endpoint's scheme, unless NO_PROXY covers its host; never a password (FACTS D20)."""
    aws.set(AWS_DEFAULT_REGION="eu-west-1", **variables)
    found = settings(aws)
    assert found.proxy == proxy
    assert found.no_proxy == (variables.get("no_proxy") or variables.get("NO_PROXY"))


def test_no_proxy_is_known_for_an_endpoint_that_is_not(aws: AwsWorld) -> None:
    """Where botocore finds no endpoint there is no proxy to it, and nothing fails here."""
    aws.set(AWS_DEFAULT_REGION="eu west 1", HTTPS_PROXY="http://proxy.test")
    assert settings(aws).proxy is None


def test_pod_identity_and_static_keys_are_named(aws: AwsWorld) -> None:
    """Variables are told by name, their values are not kept."""
    aws.set(
        AWS_CONTAINER_CREDENTIALS_FULL_URI="http://169.254.170.23/v1/credentials",
        AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE="/var/run/secrets/pods.eks.amazonaws.com/token",
        AWS_ACCESS_KEY_ID="AKIAIOSFODNN7EXAMPLE",
        AWS_SECRET_ACCESS_KEY="secret-of-the-keys",
        AWS_SESSION_TOKEN="",
    )
    found = settings(aws)
    assert found.pod_identity == (
        "AWS_CONTAINER_CREDENTIALS_FULL_URI",
        "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE",
    )
    assert found.static_keys == ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")
    assert "AKIA" not in repr(found)
    assert "secret-of-the-keys" not in repr(found)


TOKEN = "AWS_WEB_IDENTITY_TOKEN_FILE"


@pytest.mark.parametrize(
    ("variables", "misses"),
    [
        ({"AWS_IAM_ROLE_ARN": "x"}, (("AWS_IAM_ROLE_ARN", "AWS_ROLE_ARN"),)),
        ({"AWS_ROLE": "x"}, (("AWS_ROLE", "AWS_ROLE_ARN"),)),
        ({"aws_role_arn": "x"}, (("aws_role_arn", "AWS_ROLE_ARN"),)),
        ({"AWS_ROLEARN": "x"}, (("AWS_ROLEARN", "AWS_ROLE_ARN"),)),
        ({"AWS_ROLE_ARN": "x", "AWS_IAM_ROLE_ARN": "x"}, ()),
        ({"AWS_WEB_IDENTITY_TOKEN": "x"}, (("AWS_WEB_IDENTITY_TOKEN", TOKEN),)),
        ({"AWS_WEB_IDENTITY_TOKEN_PATH": "x"}, (("AWS_WEB_IDENTITY_TOKEN_PATH", TOKEN),)),
        ({"AWS_WEBIDENTITY_TOKEN_FILE": "x"}, (("AWS_WEBIDENTITY_TOKEN_FILE", TOKEN),)),
        ({"AWS_WEB_IDENTITY_TOKENFILE": "x"}, (("AWS_WEB_IDENTITY_TOKENFILE", TOKEN),)),
        ({"AWS_WEB_IDENTITY_TOKEN": "", "AWS_ROLE_ARN": "x"}, ()),
        ({"AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE": "x", "AWS_ROLE_SESSION_NAME": "x", "AWS_REGION": "x"}, ()),
        ({"aws_role_session_name": "x", "S3_ROLE_ARN": "x", "AWS_PROFILE_X": "x"}, ()),
    ],
)
def test_near_misses(aws: AwsWorld, variables: dict[str, str], misses: tuple[tuple[str, str], ...]) -> None:
    """A misspelt variable is told with the one that was meant, if that one is absent."""
    aws.set(**variables)
    assert settings(aws).near_misses == misses


def test_userinfo_of_the_endpoint_is_dropped(aws: AwsWorld) -> None:
    """A password in the endpoint's URL is in no fact."""
    aws.set(AWS_ENDPOINT_URL="https://user:secret@sts.test/path", AWS_DEFAULT_REGION="eu-west-1")
    assert settings(aws).endpoint_url == Setting("https://sts.test/path", "AWS_ENDPOINT_URL")


def test_a_shut_file_is_named_where_it_is_needed(aws: AwsWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file is passed over where it may not be read: without role or token file, that is why."""
    aws.credentials_file.write_text(f"[default]\nrole_arn = {ROLE}\n")
    aws.credentials_file.chmod(0)
    monkeypatch.setattr("os.access", lambda _path, _mode: False)  # root may read it all the same
    monkeypatch.setattr("configparser.RawConfigParser.read", lambda _self, _paths: [])
    found = failure(aws)
    assert found.kind == "config-unreadable"
    assert str(aws.credentials_file) in found.why
    aws.set(AWS_PROFILE="x")
    assert "permission denied" in failure(aws).why
    aws.unset("AWS_PROFILE")
    aws.set(**IRSA)
    assert settings(aws).role_arn == Setting(ROLE, "AWS_ROLE_ARN")


def test_no_credentials_are_looked_for(aws: AwsWorld) -> None:
    """The session has nobody's credentials, asks no metadata service and reports to no port."""
    aws.set(AWS_DEFAULTS_MODE="auto", AWS_CSM_ENABLED="true", AWS_ACCESS_KEY_ID="AKIAIOSFODNN7EXAMPLE")
    reading = read_settings(World(environ={}), Config())
    assert reading.session is not None
    held: Any = reading.session.get_credentials()
    assert held.access_key == "irsa-doctor"
    assert reading.session.get_config_variable("csm_enabled") is False
    assert reading.session.get_config_variable("defaults_mode") == "legacy"
