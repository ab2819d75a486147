"""What is known of the AWS SDKs, by tables: versions, who uses which, orders, regions."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sidecar import sdks
from sidecar.facts import (
    AIOBOTOCORE,
    AWSCLI_1,
    AWSCLI_2,
    BOTO3,
    BOTOCORE,
    DOTNET,
    GO_2,
    JAVA_2,
    JAVASCRIPT_2,
    JAVASCRIPT_3,
    PHP,
    RUBY,
    RUST,
    Sdk,
)


@pytest.mark.parametrize(
    ("version", "minimum", "expected"),
    [
        ("1.12.199", "1.12.200", True),
        ("1.12.200", "1.12.200", False),
        ("1.9.220", "1.12.200", True),
        ("2", "1.12.200", False),
        ("1.12", "1.12.0", False),
        ("3.3.659.0", "3.3.659.1", True),
        ("3.3.659", "3.3.659.1", True),
        ("v1.23.13", "1.23.13", False),
        ("V1.23.12+incompatible", "1.23.13", True),
        ("v1.23.13-0.20200101000000-abcdefabcdef", "1.23.13", False),
        ("1.12.200rc1", "1.12.200", False),
        ("(devel)", "1.23.13", None),
        ("", "1.0", None),
        (None, "1.0", None),
        ("1.0", None, None),
        ("9" * 70, "1.0", None),
    ],
)
def test_versions_are_compared_by_their_numbers(version: str | None, minimum: str | None, *, expected: bool) -> None:
    """Part by part, as far as both have numbers; what has none is not compared."""
    assert sdks.older(version, minimum) is expected


@given(st.text(max_size=80))
def test_any_text_is_a_version_or_none(text: str) -> None:
    """Whatever a file says."""
    assert sdks.older(text, "1.0") in {True, False, None}


def found(*names: str) -> list[Sdk]:
    """Return SDKs of these names, of one container."""
    return [Sdk(name, "1", f"/opt/{name}") for name in names]


EVERY = found(*sdks.WAYS)


@pytest.mark.parametrize(
    ("executable", "names"),
    [
        ("/usr/bin/python3.11", {BOTO3, BOTOCORE, AIOBOTOCORE, AWSCLI_1}),
        ("/usr/local/bin/node", {JAVASCRIPT_2, JAVASCRIPT_3}),
        ("/opt/java/openjdk/bin/java", {"AWS SDK for Java v1", JAVA_2}),
        ("/usr/bin/ruby3.1", {RUBY, "AWS SDK for Java v1", JAVA_2}),
        ("/usr/sbin/php-fpm8.2", {PHP}),
        ("/usr/share/dotnet/dotnet", {DOTNET}),
        ("/bin/bash", {AWSCLI_1, AWSCLI_2}),
        ("/usr/local/aws-cli/v2/2.1.0/dist/aws", {AWSCLI_1, AWSCLI_2}),
        ("/usr/bin/nginx", set()),
    ],
)
def test_an_interpreter_uses_its_languages(executable: str, names: set[str]) -> None:
    """By the name of the executable."""
    assert {sdk.name for sdk in sdks.used_by(executable, EVERY)} == names


def test_an_executable_uses_what_is_in_it() -> None:
    """Go's and Rust's in that very file, .NET's beside it."""
    go, rust, net = (
        Sdk(GO_2, "1", "/app/server"),
        Sdk(RUST, "1", "/app/other"),
        Sdk(DOTNET, "1", "/app/server.deps.json"),
    )
    assert sdks.used_by("/app/server", [go, rust, net]) == (go, net)


def test_every_order_has_web_identity_once() -> None:
    """And everything once; keys in the environment come before the node."""
    for name, way in sdks.WAYS.items():
        assert len(set(way.order)) == len(way.order), name
        assert way.order.index(sdks.ENV) < way.order.index(sdks.IMDS)
        assert sdks.WEB_IDENTITY in way.order


@pytest.mark.parametrize(
    ("version", "first"), [("3.7.100.1", sdks.WEB_IDENTITY), ("4.0.1", sdks.ENV), (None, sdks.ENV)]
)
def test_dotnet_has_two_orders(version: str | None, first: str) -> None:
    """Version 3 comes to web identity first (FACTS D7, D8)."""
    assert sdks.ways(Sdk(DOTNET, version, "/app")).order[0] == first


@pytest.mark.parametrize(
    ("sdk", "module"),
    [
        (Sdk(JAVA_2, "2.20.0", "/a"), "sts"),
        (Sdk(JAVA_2, "2.20.0", "/a", ("sts",)), None),
        (Sdk(DOTNET, "3.7.0.0", "/a"), "AWSSDK.SecurityToken"),
        (Sdk(BOTOCORE, "1.40.0", "/a"), None),
    ],
)
def test_what_is_lacking(sdk: Sdk, module: str | None) -> None:
    """The module that web identity needs, where it is apart."""
    assert sdks.lacking(sdk) == module
