"""The SDKs for Java by names of jars, and archives by their lists: real ones of zipfile's, and any bytes."""

import io
import struct
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sidecar.facts import JAVA_1, JAVA_2, Sdk
from sidecar.formats import archive, java


@pytest.mark.parametrize(
    ("path", "artifact", "version"),
    [
        ("/app/lib/aws-java-sdk-core-1.11.707.jar", "aws-java-sdk-core", "1.11.707"),
        ("/app/lib/aws-java-sdk-bundle-1.12.262.jar", "aws-java-sdk-bundle", "1.12.262"),
        ("/app.jar!/BOOT-INF/lib/sdk-core-2.20.0.jar", "sdk-core", "2.20.0"),
        ("/app/lib/sts-2.20.0-PREVIEW.jar", "sts", "2.20.0-PREVIEW"),
        ("/app/lib/sts-1.0.0.jar", None, None),
        ("/app/lib/sdk-core.jar", None, None),
        ("/app/lib/guava-31.1.jar", None, None),
        ("/app/lib/aws-java-sdk-core-2.0.0.jar", None, None),
        pytest.param("a-1.1-" * 11_000 + "/.jar", None, None, id="long"),
        pytest.param("/" + "a-1.1" * 13_000 + "!.jar", None, None, id="long name"),
    ],
)
def test_by_name(path: str, artifact: str | None, version: str | None) -> None:
    """Names that are everybody's count only with the SDK's own numbers."""
    part = java.by_name(path, "/app/lib")
    assert part == (java.Part("/app/lib", artifact, version, path) if artifact else None)


@pytest.mark.parametrize(
    ("name", "artifact"),
    [
        ("META-INF/maven/software.amazon.awssdk/sdk-core/pom.properties", "sdk-core"),
        ("META-INF/maven/com.amazonaws/aws-java-sdk-sts/pom.properties", "aws-java-sdk-sts"),
        ("META-INF/maven/com.amazonaws/aws-java-sdk-s3/pom.properties", None),
        ("META-INF/maven/org.example/sdk-core/pom.properties", None),
        pytest.param("META-INF/maven/software.amazon.awssdk/" + "a" * 60_000 + "/pom.properties", None, id="long"),
    ],
)
def test_pom_of(name: str, artifact: str | None) -> None:
    """What Maven writes into a jar, and what shading keeps of it."""
    assert java.pom_of(name) == artifact


def test_by_pom() -> None:
    """With its version, if it is there."""
    text = b"#Created by Apache Maven 3.8.6\ngroupId=software.amazon.awssdk\nversion=2.20.0\n"
    assert java.by_pom(text, "sdk-core", "/app.jar") == java.Part("/app.jar", "sdk-core", "2.20.0", "/app.jar")
    assert java.by_pom(b"", "sdk-core", "/app.jar").version is None


def test_a_module_counts_in_its_place() -> None:
    """Each core with what lies beside it; a part that is told of twice is one."""
    parts = [
        java.Part("/a", "sdk-core", "2.20.0", "/a/sdk-core-2.20.0.jar"),
        java.Part("/a", "sts", "2.20.0", "/a/sts-2.20.0.jar"),
        java.Part("/a", "aws-java-sdk-core", "1.12.1", "/a/aws-java-sdk-core-1.12.1.jar"),
        java.Part("/b", "sdk-core", "2.20.0", "/b/sdk-core-2.20.0.jar"),
        java.Part("/b", "sdk-core", "2.20.0", "/b/sdk-core-2.20.0.jar"),
        java.Part("/c", "aws-java-sdk-bundle", "1.12.1", "/c/aws-java-sdk-bundle-1.12.1.jar"),
    ]
    assert java.sdks(parts) == [
        Sdk(JAVA_2, "2.20.0", "/a/sdk-core-2.20.0.jar", ("sts",)),
        Sdk(JAVA_1, "1.12.1", "/a/aws-java-sdk-core-1.12.1.jar"),
        Sdk(JAVA_2, "2.20.0", "/b/sdk-core-2.20.0.jar"),
        Sdk(JAVA_1, "1.12.1", "/c/aws-java-sdk-bundle-1.12.1.jar", ("sts",)),
    ]


def test_a_module_without_a_core_counts_for_all_of_its_kind() -> None:
    """Each jar of a local repository lies in a directory of its own."""
    parts = [
        java.Part("/m2/sdk-core/2.20.0", "sdk-core", "2.20.0", "/m2/sdk-core/2.20.0/sdk-core-2.20.0.jar"),
        java.Part("/m2/sts/2.20.0", "sts", "2.20.0", "/m2/sts/2.20.0/sts-2.20.0.jar"),
        java.Part("/a", "aws-java-sdk-core", "1.12.1", "/a/aws-java-sdk-core-1.12.1.jar"),
    ]
    assert [sdk.modules for sdk in java.sdks(parts)] == [("sts",), ()]


@pytest.mark.parametrize(
    ("name", "artifact"),
    [
        ("software/amazon/awssdk/services/sts/StsClient.class", "sts"),
        ("shaded/software/amazon/awssdk/services/sts/StsClient.class", "sts"),
        ("com/amazonaws/services/securitytoken/AWSSecurityTokenService.class", "aws-java-sdk-sts"),
        ("software/amazon/awssdk/services/s3/S3Client.class", None),
    ],
)
def test_module_of(name: str, artifact: str | None) -> None:
    """By its main class, wherever shading moved it."""
    assert java.module_of(name) == artifact


@pytest.mark.parametrize(("version", "found"), [("1.8.11", True), ("1.11.5", False), (None, False)])
def test_before_1_9_there_was_one_jar(version: str | None, found: bool) -> None:
    """With all in it; since then the jar of this name is empty, and its parts tell."""
    part = java.Part("/a", "aws-java-sdk", version, "/a/x.jar")
    assert java.sdks([part]) == ([Sdk(JAVA_1, version, "/a/x.jar", ("sts",))] if found else [])


def packed(files: dict[str, bytes], method: int, before: bytes = b"", comment: bytes = b"") -> bytes:
    """Return an archive of zipfile's, perhaps behind something else."""
    made = io.BytesIO(before)
    made.seek(0, io.SEEK_END)
    with zipfile.ZipFile(made, "a", method) as zipped:
        for name, content in files.items():
            zipped.writestr(name, content)
        zipped.comment = comment
    return made.getvalue()


def read(data: bytes) -> dict[str, bytes]:
    """Return an archive's files as our own reader sees them."""
    found = archive.listing(data[-archive.TAIL :], len(data))
    if found is None:
        return {}
    files = {}
    for member in archive.members(data[found.offset : found.offset + found.size], found.shift):
        begins = archive.content_begins(data[member.offset : member.offset + archive.LOCAL_HEADER])
        assert begins is not None
        content = data[member.offset + begins : member.offset + begins + member.size]
        files[member.name] = archive.unpacked(content, member.method, 10_000)
    return files


FILES = {"a/b.txt": b"short", "long": b"abc" * 2000, "empty": b"", "é": b"x"}


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
@pytest.mark.parametrize("comment", [b"", b"PK" * 9])
def test_archives_are_read(method: int, comment: bytes) -> None:
    """Stored or deflated, with a comment behind."""
    assert read(packed(FILES, method, comment=comment)) == FILES


def test_an_archive_may_begin_later() -> None:
    """Spring Boot's executable jars begin with a script: offsets count from behind it, or from the file's begin."""
    plain = packed(FILES, zipfile.ZIP_DEFLATED)
    assert read(b"#!/bin/bash\nexec java -jar $0\n" + plain) == FILES
    assert read(packed(FILES, zipfile.ZIP_DEFLATED, before=b"#!/bin/bash\n")) == FILES


def test_what_is_packed_otherwise_is_empty() -> None:
    """Another method, or broken content."""
    assert archive.unpacked(b"x", 12, 10) == b""
    assert archive.unpacked(b"\xff\xff", 8, 10) == b""
    assert archive.content_begins(b"no header") is None
    assert archive.content_begins(b"x" * archive.LOCAL_HEADER) is None


def test_a_bomb_is_read_to_its_limit() -> None:
    """A thousand times as much behind it."""
    data = packed({"bomb": bytes(10_000_000)}, zipfile.ZIP_DEFLATED)
    assert len(data) < 20_000
    assert read(data) == {"bomb": bytes(10_000)}


def test_a_list_is_read_in_pieces() -> None:
    """A member that is cut off is not told of, and how far the whole ones go is returned."""
    data = packed(FILES, zipfile.ZIP_STORED)
    listing = archive.listing(data, len(data))
    assert listing is not None
    entries = data[listing.offset : listing.offset + listing.size]
    for cut in range(len(entries) + 1):
        names, place = [], 0
        for piece_ends in (cut, len(entries)):
            reading = archive.members(entries[place:piece_ends])
            while True:
                try:
                    names.append(next(reading).name)
                except StopIteration as end:
                    place += end.value
                    break
        assert (names, place) == (list(FILES), len(entries))


def zip64(data: bytes) -> bytes:
    """Return an archive with ZIP64's records before its last one, which tells nothing then."""
    end = data.rfind(b"PK\x05\x06")
    count, length, offset = struct.unpack_from("<HII", data, end + 10)
    record = b"PK\x06\x06" + struct.pack("<QHHIIQQQQ", 44, 45, 45, 0, 0, count, count, length, offset)
    locator = b"PK\x06\x07" + struct.pack("<IQI", 0, end, 1)
    return data[:end] + record + locator + data[end : end + 8] + b"\xff" * 12 + data[end + 20 :]


def test_zip64() -> None:
    """As zipfile itself reads it, also behind a script; without its record it is none."""
    data = zip64(packed(FILES, zipfile.ZIP_DEFLATED))
    with zipfile.ZipFile(io.BytesIO(data)) as zipped:
        assert {name: zipped.read(name) for name in zipped.namelist()} == FILES
    assert read(data) == read(b"#!/bin/bash\nexec java -jar $0\n" + data) == FILES
    assert read(data.replace(b"PK\x06\x06", b"PK\x06\x00")) == {}


def test_wrong_offsets_and_encrypted_members_are_passed_over() -> None:
    """They are not read wrongly."""
    data = bytearray(packed(FILES, zipfile.ZIP_STORED))
    end = data.rfind(b"PK\x05\x06")
    flagged = bytearray(data)
    flagged[flagged.find(b"PK\x01\x02") + 8] |= 1
    assert set(read(bytes(flagged))) == set(FILES) - {"a/b.txt"}
    data[end + 16 : end + 20] = b"\xff" * 4
    assert read(bytes(data)) == {}


def test_a_locator_that_leads_to_nothing_is_no_archive() -> None:
    """Of ZIP64: the record that it is about is not there."""
    tail = b"PK\x06\x07" + bytes(16) + b"PK\x05\x06" + bytes(18)
    assert archive.listing(tail, len(tail)) is None


@given(st.binary(max_size=300), st.integers(0, 1000))
def test_no_bytes_make_it_raise(data: bytes, size: int) -> None:
    """Neither as a tail nor as a list."""
    for tail in (
        data,
        data + b"PK\x05\x06" + data,
        b"PK\x06\x06" + data + b"PK\x06\x07" + data[:16].ljust(16) + b"PK\x05\x06" + data,
    ):
        archive.listing(tail, len(tail) + size)
    for entries in (data, b"PK\x01\x02" + data):
        list(archive.members(entries))
    archive.content_begins(b"PK\x03\x04" + data)
    archive.unpacked(data, 8, 100)
