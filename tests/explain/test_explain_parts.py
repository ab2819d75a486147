"""The parts of the recogniser: long lines, many records, what is not read closely, escapes, the cause among several."""

import pytest

from sidecar import faults
from sidecar.explain import recogniser
from sidecar.explain.lines import LONGEST, Lines
from sidecar.explain.recogniser import Explanation, explain
from sidecar.explain.unwrap import unwrapped
from sidecar.render.explain import explanation_text
from sidecar.render.remedy import commands

DENIED = "AccessDenied: Not authorized to perform sts:AssumeRoleWithWebIdentity"


@pytest.mark.parametrize("ends", [b"\n", b""])
@pytest.mark.parametrize("mark", [b"},{", b"}{", b"\\n", b" ", b"x"])
def test_long_lines_are_cut_where_they_may_be(mark: bytes, ends: bytes) -> None:
    """Into pieces of the longest that is judged, the same however the bytes come; nothing is lost."""
    content = mark.join([b"y" * 3000] * 9)
    lines = Lines()
    whole = [*lines.feed(content + ends), *lines.finish()]
    assert b"".join(line.content for line in whole) == content
    assert all(len(line.content) <= LONGEST for line in whole)
    assert [line.whole for line in whole] == [True] + [False] * (len(whole) - 1)
    assert {line.number for line in whole} == {1}
    again = Lines()
    pieces = [line for start in range(0, len(content), 1000) for line in again.feed(content[start : start + 1000])]
    assert [*pieces, *again.feed(ends), *again.finish()] == whole


def test_a_log_of_which_every_record_is_new_is_read_in_part(monkeypatch: pytest.MonkeyPatch) -> None:
    """What was passed over is counted and told; what speaks of web identity is read the longer."""
    monkeypatch.setattr("sidecar.explain.budget._FREE", 2000)
    words = (chr(97 + one % 26) * (1 + one // 26) for one in range(400))
    records = "".join(f"2026-11-25T10:00:00Z ERROR AWS region {word} has no credentials of {word}\n" for word in words)
    found = explain(f"{records}2026-11-25T10:00:00Z ERROR {DENIED}\n".encode())
    assert found.verdict == faults.TRUST_POLICY_DENIED
    assert found.unread > 100
    assert f"{found.unread} were passed over" in explanation_text(found)
    assert "passed over" in explanation_text(Explanation(None, (), (), 3))


def test_what_is_remembered_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Shapes are forgotten once there are too many, and judged again."""
    monkeypatch.setattr(recogniser, "_REMEMBERED", 3)
    words = ("alpha", "beta", "gamma", "delta", "epsilon")
    text = "".join(f"2026-11-25T10:00:00Z ERROR {word} {DENIED}\n" for word in words * 2)
    assert [(one.fault, one.times) for one in explain(text.encode()).findings] == [(faults.TRUST_POLICY_DENIED, 10)]


def test_what_passed_is_not_the_cause_beside_what_lasts() -> None:
    """Throttled once, and then for hours refused for its keys."""
    once = "An error occurred (Throttling) when calling the AssumeRoleWithWebIdentity operation: Rate exceeded"
    lasting = "InvalidClientTokenId: The security token included in the request is invalid."
    text = f"2026-11-25T10:00:00Z {once}\n" + f"2026-11-25T10:00:01Z {lasting}\n" * 40
    found = explain(text.encode())
    assert [one.fault for one in found.findings] == [faults.STATIC_CREDENTIALS_INVALID, faults.THROTTLED]


@pytest.mark.parametrize(
    "text",
    [
        "jwt: token not yet valid",
        "operation error STS: GetCallerIdentity, https response error StatusCode: 0, RequestID: 1, requestError: x: no",
        "https://eu.example.com/id/1 could not be validated",
    ],
)
def test_words_that_others_say_too_count_only_beside_sts(text: str) -> None:
    """And a code that is the SDK's own is no answer of STS's."""
    found = explain(text.encode())
    assert faults.STS_REFUSED_UNKNOWN not in {one.fault for one in found.findings}
    assert found.verdict is None


def test_one_message_that_says_the_same_very_often_is_read_in_part() -> None:
    """More sightings of one wording say nothing new."""
    assert explain(f"{DENIED} ".encode() * 100).verdict == faults.TRUST_POLICY_DENIED


@pytest.mark.parametrize(
    ("line", "plain"),
    [
        ("a \\u003cb\\u003e c", "a <b> c"),
        ('say \\"yes\\"', 'say "yes"'),
        ("&lt;Code&gt;X&amp;quot;", '<Code>X"'),
        ("\x1b[31mred\x1b[0m \u2502 edge", "red edge"),
        ("couldn\u2019t", "couldn't"),
        ("C:\\\\var\\\\run\\\\token", "C:/var/run/token"),
    ],
)
def test_escapes_are_undone(line: str, plain: str) -> None:
    """Of loggers, of JSON in JSON, of HTML and terminals."""
    assert unwrapped([line]).text == plain


def test_a_token_that_is_too_long_is_not_empty() -> None:
    """Both are constraints of its length."""
    sentence = (
        "ValidationError: 1 validation error detected: Value at 'webIdentityToken' failed to satisfy constraint: "
    )
    called = "An error occurred when calling the AssumeRoleWithWebIdentity operation: "
    long = explain(f"{called}{sentence}Member must have length less than or equal to 20000".encode())
    empty = explain(f"{called}{sentence}Member must have length greater than or equal to 4".encode())
    assert (long.verdict, empty.verdict) == (faults.REQUEST_INVALID, faults.TOKEN_EMPTY)


def test_a_role_in_another_partition() -> None:
    """Commands for IAM name the role without its path, and a region of the role's own partition."""
    (finding,) = explain(
        b"AssumeRoleWithWebIdentity of arn:aws-cn:iam::111122223333:role/teams/cart in cn-northwest-1: AccessDenied: "
        b"Not authorized to perform sts:AssumeRoleWithWebIdentity\n"
    ).findings
    shown = commands(finding.fault, finding.evidence)
    assert shown[0].startswith("aws iam get-role --role-name cart ")
    assert shown[0].endswith(" --region cn-northwest-1")


@pytest.mark.parametrize(
    "host",
    [
        "oidc-eks.eu-west-1.api.aws",
        "oidc-eks.cn-north-1.api.amazonwebservices.com.cn",
        "oidc.eks.cn-north-1.amazonaws.com.cn",
        "sts.eusc-de-east-1.api.amazonwebservices.eu",
    ],
)
def test_hosts_of_every_partition_are_found(host: str) -> None:
    """A text that names a host of AWS, with IPv6 or in another partition, gives it to the remedy whole."""
    (finding,) = explain(f"dial tcp: lookup {host} on 10.0.0.10:53: no such host\n".encode()).findings
    assert finding.evidence["host"] == host
