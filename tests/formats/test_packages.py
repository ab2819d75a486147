"""What packages say of themselves, by tables and by whatever bytes."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sidecar.facts import (
    AIOBOTOCORE,
    AWSCLI_1,
    AWSCLI_2,
    BOTO3,
    BOTOCORE,
    CPP,
    DOTNET,
    JAVASCRIPT_2,
    JAVASCRIPT_3,
    PHP,
    RUBY,
    Sdk,
)
from sidecar.formats import packages

LIB = "/usr/lib/python3/dist-packages"


@pytest.mark.parametrize(
    ("path", "found"),
    [
        (f"{LIB}/botocore-1.29.27.egg-info", (BOTOCORE, "1.29.27")),
        (f"{LIB}/boto3-1.9.219.dist-info", (BOTO3, "1.9.219")),
        (f"{LIB}/boto3-1.26.27-py3.11.egg-info", (BOTO3, "1.26.27")),
        (f"{LIB}/aiobotocore-2.5.0.dist-info", (AIOBOTOCORE, "2.5.0")),
        (f"{LIB}/awscli-1.45.11.dist-info", (AWSCLI_1, "1.45.11")),
        (f"{LIB}/awscli-2.13.0.dist-info", (AWSCLI_2, "2.13.0")),
        (f"{LIB}/botocore.egg-info", None),
        (f"{LIB}/botocore_stubs-1.29.27.dist-info", None),
        (f"{LIB}/my-boto3-1.0.dist-info", None),
    ],
)
def test_python_by_name(path: str, found: tuple[str, str] | None) -> None:
    """A directory's name tells name and version."""
    assert packages.python_by_name(path) == (Sdk(*found, path) if found else None)


@pytest.mark.parametrize(
    ("path", "is_one"),
    [
        (f"{LIB}/botocore.egg-info/PKG-INFO", True),
        (f"{LIB}/botocore-1.0.dist-info/METADATA", False),
        (f"{LIB}/requests.egg-info/PKG-INFO", False),
        (f"{LIB}/botocore.egg-info/SOURCES.txt", False),
    ],
)
def test_python_metadata_is_read_where_the_name_does_not_tell(path: str, *, is_one: bool) -> None:
    """Of an editable installation, for one."""
    assert packages.python_metadata_file(path) is is_one


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (b"Metadata-Version: 2.1\r\nName: botocore\r\nVersion: 1.2.3\r\n\r\nVersion: 9", (BOTOCORE, "1.2.3")),
        (b"Name: boto3\nSummary: no version\n\nVersion: 1.2.3\n", None),
        (b"Name: requests\nVersion: 1.2.3\n", None),
        (b"Name: \xff\nVersion: 1\n", None),
    ],
)
def test_python_metadata(text: bytes, found: tuple[str, str] | None) -> None:
    """Only the head counts: what follows is a description."""
    assert packages.python_metadata(text, "/x") == (Sdk(*found, "/x") if found else None)


@pytest.mark.parametrize(
    ("path", "sdk"),
    [
        ("/usr/local/aws-cli/v2/2.1.39/dist/aws", (AWSCLI_2, "2.1.39")),
        ("/usr/local/aws-cli/v2/current/dist/aws", None),
        ("/usr/bin/aws", None),
    ],
)
def test_cli_by_name(path: str, sdk: tuple[str, str] | None) -> None:
    """Where its installer puts it."""
    assert packages.cli_by_name(path) == (Sdk(*sdk, path) if sdk else None)


@pytest.mark.parametrize(
    ("path", "version"),
    [
        ("/usr/share/rubygems-integration/all/specifications/aws-sdk-core-3.168.4.gemspec", "3.168.4"),
        ("/app/vendor/bundle/ruby/3.1.0/specifications/aws-sdk-core-3.57.0.gemspec", "3.57.0"),
        ("/app/specifications/aws-sdk-s3-1.0.0.gemspec", None),
        ("/app/aws-sdk-core-3.57.0.gemspec", None),
    ],
)
def test_gem_by_name(path: str, version: str | None) -> None:
    """The specification's name tells."""
    assert packages.gem_by_name(path) == (Sdk(RUBY, version, path) if version else None)


@pytest.mark.parametrize(
    ("path", "version"),
    [
        ("/usr/lib/ruby/gems/2.0.0/specifications/aws-sdk-1.67.0.gemspec", "1.67.0"),
        ("/app/vendor/bundle/ruby/2.7.0/specifications/aws-sdk-v1-1.66.0.gemspec", "1.66.0"),
        ("/app/vendor/bundle/ruby/2.7.0/specifications/aws-sdk-3.1.0.gemspec", None),
    ],
)
def test_the_first_gem(path: str, version: str | None) -> None:
    """Version 1 was one gem; the later one of that name is only a list."""
    assert packages.gem_by_name(path) == (Sdk(RUBY, version, path) if version else None)


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("aws-sdk-npm-2.1044.0-8f359c3c18-a17e6d2bd5.zip", (JAVASCRIPT_2, "2.1044.0")),
        ("@aws-sdk-client-sts-npm-3.26.0-8f359c3c18-10c0.zip", (JAVASCRIPT_3, "3.26.0")),
        ("@aws-sdk-types-npm-3.26.0-8f359c3c18-10c0.zip", None),
        ("aws-sdk-mock-npm-5.0.0-8f359c3c18-10c0.zip", None),
        ("aws-sdk.zip", None),
    ],
)
def test_yarn_by_name(name: str, found: tuple[str, str] | None) -> None:
    """Plug'n'Play's cache, in which nothing is unpacked."""
    path = f"/app/.yarn/cache/{name}"
    assert packages.yarn_by_name(path) == (Sdk(*found, path) if found else None)


@pytest.mark.parametrize(
    ("path", "is_one"),
    [
        ("/app/node_modules/aws-sdk/package.json", True),
        ("/app/node_modules/@aws-sdk/client-s3/package.json", True),
        ("/app/node_modules/.pnpm/@aws-sdk+client-s3@3.1.0/node_modules/@aws-sdk/client-s3/package.json", True),
        ("/app/node_modules/a/node_modules/@aws-sdk/credential-provider-node/package.json", True),
        ("/app/node_modules/@aws-sdk/types/package.json", False),
        ("/app/node_modules/aws-sdk/dist/package.json", False),
        ("/app/node_modules/aws-sdk-mock/package.json", False),
        ("/app/node_modules/other/package.json", False),
    ],
)
def test_node_package_file(path: str, *, is_one: bool) -> None:
    """Only packages that are numbered as the SDK is."""
    assert packages.node_package_file(path) is is_one


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (b'{"name": "aws-sdk", "version": "2.524.0"}', (JAVASCRIPT_2, "2.524.0")),
        (b'{"name": "@aws-sdk/client-sts", "version": "3.26.0"}', (JAVASCRIPT_3, "3.26.0")),
        (b'{"name": "@aws-sdk/types", "version": "3.26.0"}', None),
        (b'{"name": "aws-sdk"}', None),
        (b'{"name": ["aws-sdk"], "version": 2}', None),
        (b"[" * 100_000, None),
        (b"\xff", None),
    ],
)
def test_node_package(text: bytes, found: tuple[str, str] | None) -> None:
    """What npm wrote, or anything."""
    assert packages.node_package(text, "/x") == (Sdk(*found, "/x") if found else None)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (b'VERSION:"2.524.0",Signers:{}', [(JAVASCRIPT_2, "2.524.0")]),
        (b"VERSION: '2.1550.0',\n\n  /**\n   * @api private\n   */\n  Signers: {},", [(JAVASCRIPT_2, "2.1550.0")]),
        (b'name:"@aws-sdk/client-sts",version:"3.26.0"', [(JAVASCRIPT_3, "3.26.0")]),
        (
            b'name: "@aws-sdk/client-s3",\n description: "AWS SDK for JavaScript S3 Client",\n version: "3.500.0"',
            [(JAVASCRIPT_3, "3.500.0")],
        ),
        (b'{name:"@aws-sdk/nested-clients",version:"3.998.4",' * 2, [(JAVASCRIPT_3, "3.998.4")]),
        (b'gi({serviceId:i.serviceId,clientVersion:"3.998.4"}),http', [(JAVASCRIPT_3, "3.998.4")]),
        (b'serviceId: x, clientVersion: "4.0.0"', []),
        (b'clientVersion:"3.998.4"', []),
        (b'VERSION:"2.524.0"', []),
        (b'name:"other",version:"3.26.0"', []),
    ],
)
def test_bundled(text: bytes, found: list[tuple[str, str]]) -> None:
    """Literals that bundlers keep, minified or not; each once."""
    assert packages.bundled(text, "/x") == tuple(Sdk(*one, "/x") for one in found)


@pytest.mark.parametrize(
    ("found", "version"),
    [
        ({"packages": [{"name": "other/one"}, {"name": "aws/aws-sdk-php", "version": "3.110.6"}]}, "3.110.6"),
        ([{"name": "aws/aws-sdk-php", "version": "3.200.0"}], "3.200.0"),
        ([{"name": "aws/aws-sdk-php"}], None),
    ],
)
def test_composer(found: object, version: str | None) -> None:
    """As Composer 2 and Composer 1 write it."""
    assert packages.composer(json.dumps(found).encode(), "/x") == Sdk(PHP, version, "/x")


@pytest.mark.parametrize("text", [b"{}", b"[]", b'{"packages": 1}', b"[1, null]", b"no", b'[{"name": "other"}]'])
def test_composer_without_the_sdk(text: bytes) -> None:
    """Or no list of packages at all."""
    assert packages.composer(text, "/x") is None
    assert packages.composer_file("/app/vendor/composer/installed.json")
    assert not packages.composer_file("/app/installed.json")


@pytest.mark.parametrize(
    ("text", "sdk"),
    [
        (b'{"libraries": {"AWSSDK.Core/3.7.1.2": {}}}', Sdk(DOTNET, "3.7.1.2", "/x")),
        (
            b'{"libraries": {"AWSSDK.Core/4.0.0": {}, "AWSSDK.SecurityToken/4.0.0": {}}}',
            Sdk(DOTNET, "4.0.0", "/x", ("AWSSDK.SecurityToken",)),
        ),
        (b'{"libraries": {"Newtonsoft.Json/13.0.1": {}}}', None),
        (b'{"libraries": []}', None),
        (b"null", None),
    ],
)
def test_dotnet(text: bytes, sdk: Sdk | None) -> None:
    """The core, and the module that web identity needs."""
    assert packages.dotnet(text, "/x") == sdk


@pytest.mark.parametrize(
    ("text", "version"),
    [
        (b"Name: aws-cpp-sdk-core\nDescription: x\nVersion: 1.7.173\n", "1.7.173"),
        (b'set(PACKAGE_VERSION "1.11.263")\n', "1.11.263"),
        (b"Version: none\n", None),
    ],
)
def test_cpp(text: bytes, version: str | None) -> None:
    """What pkg-config or CMake are told."""
    assert packages.cpp(text, "/x") == (Sdk(CPP, version, "/x") if version else None)
    assert packages.cpp_file("/usr/lib/pkgconfig/aws-cpp-sdk-core.pc")
    assert not packages.cpp_file("/usr/lib/pkgconfig/zlib.pc")


def test_cpp_library() -> None:
    """The library alone tells that it is there."""
    path = "/usr/local/lib/libaws-cpp-sdk-core.so"
    assert packages.cpp_library(path) == Sdk(CPP, None, path)
    assert packages.cpp_library("/usr/local/lib/libaws-cpp-sdk-s3.so") is None


PARSERS = (
    packages.python_metadata, packages.node_package, packages.bundled, packages.composer, packages.dotnet, packages.cpp,
)  # fmt: skip
JSON = st.recursive(
    st.none() | st.integers() | st.sampled_from(["aws-sdk", "aws/aws-sdk-php", "AWSSDK.Core/1"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["name", "version", "packages", "libraries", "AWSSDK.Core/1"]), inner)
    ),
)


@given(st.binary(max_size=200) | JSON.map(lambda found: json.dumps(found).encode()))
def test_no_bytes_make_a_parser_raise(text: bytes) -> None:
    """Anybody may have written them."""
    for parse in PARSERS:
        parse(text, "/x")


@given(st.text(max_size=80))
def test_no_name_makes_a_parser_raise(path: str) -> None:
    """Nor any path."""
    names = (packages.python_by_name, packages.cli_by_name, packages.gem_by_name, packages.yarn_by_name)
    for parse in (*names, packages.cpp_library):
        parse(path)
    for applies in (packages.python_metadata_file, packages.node_package_file, packages.cpp_file):
        applies(path)
