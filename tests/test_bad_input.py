"""Whatever a token, a file, a variable, an issuer, STS or the command line holds: a named fault or a plain refusal.

Every attack runs the real program as a process. No traceback, no crash, no bug's exit code, no hanging.
"""

import gzip
import json
import os
import socket
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from attacks import (
    ALONE,
    HEALTHY,
    PASSWORD,
    Attack,
    Ground,
    claims,
    encoded,
    flags,
    issuer,
    lies,
    perform,
    scene,
    sts,
    token,
    variables,
    without_roots_rights,
    writes,
)
from servers import Authority, drip, flood, once, response
from sidecar.lab.lab import Lab
from sidecar.lab.plan import IssuerPlan, Page
from stsserver import ACCEPTED, CALLER, Answer, answering, dripping, raw, refusal

MALFORMED, MISSING_CLAIM = "token-malformed", "token-missing-claim"
NESTED = "[" * 10_000 + "]" * 10_000
ESCAPE = "\x1b[2J\x1b]0;owned\x07\r\x85\u202e"
RSA_KEY = {
    "kty": "RSA",
    "use": "sig",
    "n": "u1SU1LfVLPHCozMxH2Mo4lgOEePzNm0tRgeLezV6ffAt0gunVTLw7onLRnrq0",
    "e": "AQAB",
}


def payload(**changed: object) -> str:
    """Return a complete payload of its own issuer, as JSON."""
    whole = {"iss": "https://localhost:1", "sub": "s", "aud": "sts.amazonaws.com", "iat": 1, "exp": 2}
    return json.dumps(whole | changed)


TOKENS = [
    Attack("empty", (token(b""),), "token-empty"),
    Attack("white space only", (token(b" \t\r\n \n"),), "token-empty"),
    Attack("binary", (token(bytes(range(256)) * 8),), MALFORMED),
    Attack("zero bytes", (token(b"\0" * 4096),), MALFORMED),
    Attack("64 KiB", (token(b"a" * (1 << 16)),), MALFORMED),
    Attack("1 MB", (token(b"a" * 1_000_000),), MALFORMED),
    Attack("1 MB of white space before a token", (token(b" " * 1_000_000 + b"a.b.c"),), "token-empty"),
    Attack("1 segment", (token(b"eyJhbGciOiJSUzI1NiJ9"),), MALFORMED),
    Attack("2 segments", (token(b"eyJhbGciOiJSUzI1NiJ9.e30"),), MALFORMED),
    Attack("5 segments", (token(b"eyJhbGciOiJSUzI1NiJ9.e30.e30.e30.e30"),), MALFORMED),
    Attack("dots only", (token(b"...."),), MALFORMED),
    Attack("20000 segments", (token(b"." * 20_000),), MALFORMED),
    Attack("two tokens", (token(b"eyJhbGciOiJSUzI1NiJ9.e30.e30\neyJhbGciOiJSUzI1NiJ9.e30.e30"),), MALFORMED),
    Attack("nested header", (encoded(payload(), f'{{"alg":{NESTED[3000:-3000]}}}'), ALONE), MALFORMED),
    Attack("nested payload", (encoded(f'{{"iss":{NESTED[3000:-3000]}}}'), ALONE), MALFORMED),
    Attack("exp 1e400", (encoded(payload().replace('"exp": 2', '"exp": 1e400')), ALONE), MISSING_CLAIM),
    Attack("exp -1e400", (encoded(payload().replace('"exp": 2', '"exp": -1e400')), ALONE), MISSING_CLAIM),
    Attack(
        "exp of 4000 digits", (encoded(payload().replace('"exp": 2', f'"exp": {"9" * 4000}')), ALONE), MISSING_CLAIM
    ),
    Attack("exp of 5000 digits", (encoded(payload().replace('"exp": 2', f'"exp": {"9" * 5000}')), ALONE), MALFORMED),
    Attack("exp NaN", (encoded(payload(exp=float("nan"))), ALONE), MISSING_CLAIM),
    Attack("exp in the year 300000", (encoded(payload(exp=9_400_000_000_000, iat=1)), ALONE)),
    Attack("exp a list", (encoded(payload(exp=[1])), ALONE), MISSING_CLAIM),
    Attack("sub of 5000 digits", (encoded(payload().replace('"sub": "s"', f'"sub": {"9" * 5000}')), ALONE), MALFORMED),
    Attack("sub 1e400", (encoded(payload().replace('"sub": "s"', '"sub": 1e400')), ALONE), MISSING_CLAIM),
    Attack("duplicate keys", (encoded('{"iss":"https://a","iss":7,"sub":"s","sub":null}'), ALONE), MISSING_CLAIM),
    Attack("alg none", (encoded(payload(), '{"alg":"none"}'), ALONE), "algorithm-unsupported"),
    Attack("alg a list", (encoded(payload(), '{"alg":["RS256"]}'), ALONE), "algorithm-unsupported"),
    Attack("alg null", (encoded(payload(), '{"alg":null}'), ALONE), "algorithm-unsupported"),
    Attack("crit", (encoded(payload(), '{"alg":"RS256","crit":["\\u001b[2J"]}'), ALONE), MALFORMED),
    Attack("b64 false", (encoded(payload(), '{"alg":"RS256","b64":false}'), ALONE), MALFORMED),
    Attack("payload not UTF-8", (encoded(b'{"iss":"\xff\xfe"}'), ALONE), MALFORMED),
    Attack("header not UTF-8", (encoded(payload(), b'{"alg":"\xff\xfe"}'), ALONE), MALFORMED),
    Attack("payload UTF-16", (encoded(payload().encode("utf-16")), ALONE), MALFORMED),
    Attack("header a list", (encoded(payload(), "[1]"), ALONE), MALFORMED),
    Attack("header null", (encoded(payload(), "null"), ALONE), MALFORMED),
    Attack("payload a list", (encoded("[1]"), ALONE), MALFORMED),
    Attack("payload a text", (encoded('"x"'), ALONE), MALFORMED),
    Attack("payload empty", (encoded("{}"), ALONE), MISSING_CLAIM),
    Attack(
        "every claim null", (encoded('{"iss":null,"sub":null,"aud":null,"iat":null,"exp":null}'), ALONE), MISSING_CLAIM
    ),
    Attack("kid of 10 kB", (claims({"kid": "k" * 10_000}), ALONE)),
    Attack("kid a number", (encoded(payload(), '{"alg":"RS256","kid":7}'), ALONE)),
    Attack("kid with escapes", (claims({"kid": ESCAPE}), ALONE)),
    Attack(
        "half a surrogate everywhere",
        (claims({"kid": "\ud800"}, iss="https://\ud800", sub="\udfff", aud="\udead"), ALONE),
    ),
    Attack("iss with escapes", (claims(iss=f"https://a{ESCAPE}"), ALONE), "issuer-url-invalid"),
    Attack("iss of 10 kB", (claims(iss="https://" + "a" * 10_000), ALONE)),
    Attack("iss with userinfo", (claims(iss=f"https://user:{PASSWORD}@127.0.0.1"), ALONE), "issuer-url-invalid"),
    Attack("iss http", (claims(iss="http://127.0.0.1"), ALONE), "issuer-url-invalid"),
    Attack("iss ftp", (claims(iss="ftp://127.0.0.1"), ALONE), "issuer-url-invalid"),
    Attack("iss file", (claims(iss="file:///etc/passwd"), ALONE), "issuer-url-invalid"),
    Attack("iss no URL", (claims(iss="https://"), ALONE), "issuer-url-invalid"),
    Attack("iss bad brackets", (claims(iss="https://[::1"), ALONE), "issuer-url-invalid"),
    *(
        Attack(f"iss {host}", (claims(iss=f"https://{host}/"), ALONE))
        for host in (
            "169.254.169.254",
            "[fe80::1]",
            "[::ffff:169.254.169.254]",
            "2852039166",
            "0xa9fea9fe",
            "0251.0376.0251.0376",
            "169.254.43518",
            "[fd00:ec2::254]",
            "[::ffff:a9fe:a9fe]",
            "[64:ff9b::a9fe:a9fe]",
            "localhost:99999",
            "localhost:0",
            "localhost:-1",
            "localhost:",
            "0",
            ".",
            "..",
            "-",
            "a..b",
            "a" * 64 + ".test",
            "xn--0",
            "[::]",
            "[fe80::1%25lo]",
        )
    ),  # fmt: skip
    Attack("sub of 300 characters", (claims(sub="s" * 300),)),
    Attack("unicode", (claims(sub="système:\N{SNOWMAN}\N{PILE OF POO}", aud="sts.amazonaws.com"),)),
    Attack("aud of 1000", (claims(aud=[f"a{i}" for i in range(1000)]), ALONE)),
    Attack("aud nested", (claims(aud=[["sts.amazonaws.com"]]), ALONE)),
    Attack("kubernetes.io a list", (claims(**{"kubernetes.io": ["x"]}),)),
    Attack("kubernetes.io of lists", (claims(**{"kubernetes.io": {"pod": [], "serviceaccount": 7, "namespace": {}}}),)),
]


def _fifo(path: Path) -> None:
    os.mkfifo(path)


def _loop(path: Path) -> None:
    (path.parent / "other").symlink_to(path)
    path.symlink_to(path.parent / "other")


def _many_links(path: Path) -> None:
    (path.parent / "link0").write_bytes(b"x")
    for number in range(1, 60):
        (path.parent / f"link{number}").symlink_to(f"link{number - 1}")
    path.symlink_to("link59")


def _socket(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as one:
        one.bind(str(path))


def _shut(path: Path) -> None:
    path.write_bytes(b"x")
    path.chmod(0)


def _behind(path: Path) -> None:
    path.mkdir()
    (path / "token").write_bytes(b"x")
    path.chmod(0)


def leads_to(target: str) -> Callable[[Path], None]:
    """Return what makes a link to this."""
    return lambda path: path.symlink_to(target)


FILE = "AWS_WEB_IDENTITY_TOKEN_FILE"
UNREADABLE, MISSING = "token-file-unreadable", "token-file-missing"
FILES = [
    Attack("a directory", (lies(Path.mkdir),), UNREADABLE),
    Attack("a FIFO", (lies(_fifo),), UNREADABLE),
    Attack("a socket", (lies(_socket),), UNREADABLE),
    Attack("a dangling link", (lies(leads_to("/nowhere/at/all")),), MISSING),
    Attack("a loop of links", (lies(_loop),), UNREADABLE),
    Attack("60 links", (lies(_many_links),), UNREADABLE),
    Attack("a link to a FIFO", (lies(_fifo, "fifo"), lies(leads_to("fifo"))), UNREADABLE),
    Attack("/dev/zero", (variables(**{FILE: "/dev/zero"}),), UNREADABLE),
    Attack("/dev/null", (variables(**{FILE: "/dev/null"}),), UNREADABLE),
    Attack("/dev/stdin", (variables(**{FILE: "/dev/stdin"}),), UNREADABLE),
    Attack("/dev/tty", (variables(**{FILE: "/dev/tty"}),), UNREADABLE),
    Attack("a link to /dev/zero", (lies(leads_to("/dev/zero")),), UNREADABLE),
    Attack("/proc/self/mem", (variables(**{FILE: "/proc/self/mem"}),), UNREADABLE),
    Attack("/proc/self/environ", (variables(**{FILE: "/proc/self/environ"}),), MALFORMED),
    Attack("/proc/kmsg", (without_roots_rights, variables(**{FILE: "/proc/kmsg"})), UNREADABLE),
    Attack("unreadable", (without_roots_rights, lies(_shut)), UNREADABLE),
    Attack(
        "behind a shut directory",
        (without_roots_rights, lies(_behind, "shut"), variables(**{FILE: "$directory/shut/token"})),
        UNREADABLE,
    ),
    Attack("newline and ANSI", (variables(**{FILE: f"$directory/{ESCAPE}\nx"}),), MISSING),
    Attack("newline and ANSI, there", (lies(Path.mkdir, "\x1b[2J\n"),), UNREADABLE),
    Attack("bytes that are not UTF-8", (variables(**{FILE: b"/tmp/\xff\xfe"}),), MISSING),
    Attack("relative", (variables(**{FILE: "token/of/nobody"}),), MISSING),
    Attack("empty variable", (variables(**{FILE: ""}),), "webidentity-config-incomplete"),
    Attack("both empty", (variables(AWS_ROLE_ARN="", **{FILE: ""}),), "irsa-env-not-injected"),
    Attack("blank variable", (variables(**{FILE: " "}),), MISSING),
    Attack("a home's", (variables(**{FILE: "~/token"}),), MISSING),
    Attack("through a file", (variables(**{FILE: "/etc/passwd/token"}),), MISSING),
    Attack("a file as a directory", (variables(**{FILE: "/etc/passwd/"}),), MISSING),
    Attack("5000 characters", (variables(**{FILE: "/" + "a" * 5000}),), UNREADABLE),
    Attack("5000 characters of directories", (variables(**{FILE: "/a" * 2500}),), MISSING),
    Attack("many dots", (variables(**{FILE: "/.." * 1500 + "/nowhere"}),), MISSING),
    Attack("a URL", (variables(**{FILE: "https://example.test/token"}),), MISSING),
    Attack("--token-file a directory", (flags("--token-file", "/"),), UNREADABLE),
    Attack("--token-file -", (flags("--token-file", "-"),), MISSING),
]

CONFIG = "AWS_CONFIG_FILE"
ENDPOINT = "sts-endpoint-setting-invalid"


def setting(name: str, value: str | bytes | None) -> tuple[str, tuple[Any, ...]]:
    """Return an attack's name and step: one variable."""
    shown = value if isinstance(value, str) and len(value) < 30 else repr(value)[:20]
    return f"{name}={shown}", (variables(**{name: value}),)


ENVIRONMENT = [
    Attack("config a directory", (variables(AWS_CONFIG_FILE="/etc"),)),
    Attack("config binary", (writes("config", bytes(range(256)) * 9), variables(AWS_CONFIG_FILE="$directory/config"))),
    Attack(
        "config of 10 MB",
        (writes("config", b"[default]\n" + b"k = v\n" * 1_700_000), variables(AWS_CONFIG_FILE="$directory/config")),
    ),
    Attack(
        "config of 10 MB, one line",
        (writes("config", b"[default]\nk = " + b"v" * 10_000_000), variables(AWS_CONFIG_FILE="$directory/config")),
    ),
    Attack(
        "config a FIFO",
        (lambda a, g, s: os.mkfifo(a.folder / "config"), variables(AWS_CONFIG_FILE="$directory/config")),
    ),
    Attack("config /dev/zero", (variables(AWS_CONFIG_FILE="/dev/zero"),)),
    Attack(
        "credentials a FIFO",
        (lambda a, g, s: os.mkfifo(a.folder / "config"), variables(AWS_SHARED_CREDENTIALS_FILE="$directory/config")),
    ),
    Attack(
        "BOTO_CONFIG a FIFO",
        (lambda a, g, s: os.mkfifo(a.folder / "config"), variables(BOTO_CONFIG="$directory/config")),
    ),
    Attack(
        "AWS_CREDENTIAL_FILE a FIFO",
        (
            lambda a, g, s: os.mkfifo(a.folder / "config"),
            variables(AWS_CREDENTIAL_FILE="$directory/config", AWS_WEB_IDENTITY_TOKEN_FILE=None),
        ),
    ),
    Attack("BOTO_CONFIG binary", (writes("config", bytes(range(256)) * 9), variables(BOTO_CONFIG="$directory/config"))),
    Attack(
        "AWS_CREDENTIAL_FILE binary",
        (
            writes("config", bytes(range(256)) * 9),
            variables(AWS_CREDENTIAL_FILE="$directory/config", AWS_WEB_IDENTITY_TOKEN_FILE=None),
        ),
    ),
    Attack(
        "config section twice",
        (writes("config", b"[default]\na = 1\n[default]\nb = 2\n"), variables(AWS_CONFIG_FILE="$directory/config")),
    ),
    Attack(
        "config nested badly",
        (writes("config", b"[default]\ns3 =\n  x\n y = = =\nregion\n"), variables(AWS_CONFIG_FILE="$directory/config")),
    ),
    Attack(
        "config percent",
        (writes("config", b'[default]\nregion = %(x)s%\n[profile "\n'), variables(AWS_CONFIG_FILE="$directory/config")),
    ),
    Attack(
        "config services a text",
        (
            writes("config", b"[default]\nservices = x\n[services x]\nsts = y\n"),
            variables(AWS_CONFIG_FILE="$directory/config"),
        ),
    ),
    Attack(
        "config region a map",
        (
            writes(
                "config", b"[default]\nregion =\n  a = b\nrole_arn =\n  a = b\nweb_identity_token_file =\n  a = b\n"
            ),
            variables(
                AWS_CONFIG_FILE="$directory/config",
                AWS_REGION=None,
                AWS_DEFAULT_REGION=None,
                AWS_ROLE_ARN=None,
                AWS_WEB_IDENTITY_TOKEN_FILE=None,
            ),
        ),
    ),
    Attack(
        "config maps everywhere",
        (
            writes(
                "config",
                b"".join(
                    b"[default]\n" if not k else k + b" =\n  a = b\n"
                    for k in (
                        b"",
                        b"sts_regional_endpoints",
                        b"endpoint_url",
                        b"ca_bundle",
                        b"role_session_name",
                        b"use_fips_endpoint",
                        b"retry_mode",
                        b"max_attempts",
                        b"defaults_mode",
                        b"services",
                        b"credential_process",
                        b"sso_session",
                        b"source_profile",
                    )
                ),
            ),
            variables(AWS_CONFIG_FILE="$directory/config", AWS_STS_REGIONAL_ENDPOINTS=None),
        ),
    ),
    Attack(
        "config escapes",
        (
            writes("config", f"[profile {ESCAPE}]\n".encode()),
            variables(AWS_CONFIG_FILE="$directory/config", AWS_PROFILE="x"),
        ),
    ),
    *(
        Attack(*setting("AWS_PROFILE", value))
        for value in ("", " ", "a b", "[x]", "\n", ESCAPE, "'", "x" * 3000, "\N{SNOWMAN}", "default")
    ),
    *(Attack(*setting("AWS_DEFAULT_PROFILE", value)) for value in ("nobody",)),
    Attack("CA missing", (variables(AWS_CA_BUNDLE="/nowhere.pem"),)),
    Attack("CA empty file", (writes("ca", b""), variables(AWS_CA_BUNDLE="$directory/ca"))),
    Attack("CA garbage", (writes("ca", b"\xff\0garbage"), variables(AWS_CA_BUNDLE="$directory/ca"))),
    Attack(
        "CA half a certificate",
        (writes("ca", b"-----BEGIN CERTIFICATE-----\nMIIB"), variables(AWS_CA_BUNDLE="$directory/ca")),
    ),
    Attack("CA a directory", (variables(AWS_CA_BUNDLE="/etc"),)),
    Attack("CA a FIFO", (lambda a, g, s: os.mkfifo(a.folder / "ca"), variables(AWS_CA_BUNDLE="$directory/ca"))),
    Attack("CA /dev/zero", (variables(AWS_CA_BUNDLE="/dev/zero"),)),
    Attack("CA empty", (variables(AWS_CA_BUNDLE=""),)),
    Attack("CA blank", (variables(AWS_CA_BUNDLE=" "),)),
    Attack("SSL_CERT_FILE missing", (variables(AWS_CA_BUNDLE=None, SSL_CERT_FILE="/nowhere.pem"),)),
    Attack(
        "SSL_CERT_FILE a FIFO",
        (lambda a, g, s: os.mkfifo(a.folder / "ca"), variables(AWS_CA_BUNDLE=None, SSL_CERT_FILE="$directory/ca")),
    ),
    Attack("REQUESTS_CA_BUNDLE missing", (variables(AWS_CA_BUNDLE=None, REQUESTS_CA_BUNDLE="/nowhere.pem"),)),
    *(
        Attack(*setting("AWS_ENDPOINT_URL_STS", value))
        for value in (
            "http://",
            "https://",
            "javascript:alert(1)",
            "sts.amazonaws.com",
            "https://a b/",
            " https://localhost:1",
            "https://localhost:99999",
            "https://localhost:x",
            "https://[::1",
            f"https://u:{PASSWORD}@localhost:1",
            "//",
            "ftp://a/",
            "https://localhost:1/" + "a" * 3000,
            "https://localhost:1\n",
            f"https://a{ESCAPE}/",
            "https://\N{SNOWMAN}.test/",
            "file:///etc/passwd",
            "https://169.254.169.254/",
            "https://localhost:1?x=y#z",
            "https://-/",
            "https://a..b/",
            "https://{region}.test/",
            "https://" + "a" * 64 + ".test/",
            "https://%00/",
            "https://localhost:0",
        )
    ),  # fmt: skip
    *(
        Attack(*setting("HTTPS_PROXY", value))
        for value in (
            "http://",
            "127.0.0.1:1",
            "ftp://127.0.0.1:1",
            "http://a b",
            "http://127.0.0.1:99999",
            "http://[::1",
            f"http://u:{PASSWORD}@127.0.0.1:1",
            "socks5://127.0.0.1:1",
            "\n",
            " ",
            "http://127.0.0.1:x",
            f"http://a{ESCAPE}:1",
            "http://\N{SNOWMAN}.test:1",
            f"://u:{PASSWORD}@",
            f"u:{PASSWORD}@127.0.0.1:1",
            f"http://u:{PASSWORD}@[::1",
            f"http://u:{PASSWORD}@127.0.0.1:99999",
            f"http://u:{PASSWORD}/@127.0.0.1:1",
            f"http://u:{PASSWORD}#@127.0.0.1:1",
            f"http:/u:{PASSWORD}@127.0.0.1:1",
        )
    ),  # fmt: skip
    *(Attack(*setting("NO_PROXY", value)) for value in ("*", ",,,", "[::1", ESCAPE, "a" * 10_000)),
    *(Attack(*setting("AWS_STS_REGIONAL_ENDPOINTS", value)) for value in ("Regional", "x\n", ESCAPE, "", " ")),
    *(
        Attack(name, (variables(AWS_REGION=value, AWS_DEFAULT_REGION=value),))
        for name, value in (
            ("region with newline", "us-west-2\n"),
            ("region with space", " us-west-2"),
            ("region empty", ""),
            ("region a URL", "https://x/"),
            ("region long", "a" * 3000),
            ("region escapes", ESCAPE),
            ("region unicode", "\N{SNOWMAN}"),
            ("region at", f"u:{PASSWORD}@x"),
            ("region of nobody", "xx-nowhere-9"),
            ("region none", None),
        )
    ),
    *(
        Attack(name, (variables(AWS_REGION=value, AWS_DEFAULT_REGION=value, AWS_ENDPOINT_URL_STS=None), ALONE))
        for name, value in (
            ("region with newline, no endpoint", "us-west-2\n"),
            ("region empty, no endpoint", ""),
            ("region a URL, no endpoint", "https://x/"),
            ("region long, no endpoint", "a" * 3000),
            ("region escapes, no endpoint", ESCAPE),
            ("region unicode, no endpoint", "\N{SNOWMAN}"),
        )
    ),
    *(
        Attack(*setting("AWS_ROLE_ARN", value))
        for value in (
            '"arn:aws:iam::111122223333:role/x"',
            "arn:aws:iam::111122223333:role/x\n",
            "arn:aws:iam::111122223333:role/" + "x" * 3000,
            " ",
            "x",
            "arn:aws:iam::1:role/x",
            ESCAPE,
            "arn:aws:iam::111122223333:role/\N{SNOWMAN}",
            b"arn:aws:iam::111122223333:role/\xff",
            "$(id)",
            "arn:aws:sts::111122223333:assumed-role/x/y",
        )
    ),
    *(
        Attack(*setting("AWS_ROLE_SESSION_NAME", value))
        for value in ("x", "x" * 65, "x" * 64, "a b", "\n", ESCAPE, "", "\N{SNOWMAN}x", "x" * 100_000)
    ),
    *(Attack(*setting("POD_NAME", value)) for value in ("", "x" * 10_000, ESCAPE, "\N{SNOWMAN}", b"\xff")),
    *(Attack(*setting("POD_NAMESPACE", value)) for value in (ESCAPE, "$(reboot)", "a b; rm -rf /")),
    *(Attack(*setting("POD_SERVICE_ACCOUNT", value)) for value in (ESCAPE, "x; rm -rf /")),
    *(Attack(*setting("HOSTNAME", value)) for value in ("x" * 10_000,)),
    *(Attack(*setting("AWS_MAX_ATTEMPTS", value)) for value in ("abc", "-1", "", "9" * 5000)),
    *(Attack(*setting("AWS_DEFAULTS_MODE", value)) for value in ("nonsense", "auto", "")),
    *(Attack(*setting("AWS_RETRY_MODE", value)) for value in ("nonsense", "")),
    *(Attack(*setting("AWS_USE_FIPS_ENDPOINT", value)) for value in ("maybe", "", "TRUE")),
    *(Attack(*setting("AWS_USE_DUALSTACK_ENDPOINT", value)) for value in ("maybe",)),
    *(Attack(*setting("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", value)) for value in ("maybe",)),
    *(Attack(*setting("AWS_METADATA_SERVICE_TIMEOUT", value)) for value in ("abc", "-1", "nan")),
    *(Attack(*setting("AWS_METADATA_SERVICE_NUM_ATTEMPTS", value)) for value in ("abc",)),
    *(Attack(*setting("AWS_EC2_METADATA_SERVICE_ENDPOINT", value)) for value in ("nonsense",)),
    *(Attack(*setting("AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE", value)) for value in ("nonsense",)),
    *(Attack(*setting("AWS_DATA_PATH", value)) for value in ("/nowhere:/dev/null", "/etc", "~nobody/x", b"\xff")),
    *(Attack(*setting("AWS_SDK_UA_APP_ID", value)) for value in ("x" * 100, ESCAPE, "\N{SNOWMAN}", "a\r\nX-Evil: 1")),
    *(Attack(*setting("AWS_ACCOUNT_ID_ENDPOINT_MODE", value)) for value in ("nonsense",)),
    *(Attack(*setting("AWS_REQUEST_CHECKSUM_CALCULATION", value)) for value in ("nonsense",)),
    *(Attack(*setting("AWS_RESPONSE_CHECKSUM_VALIDATION", value)) for value in ("nonsense",)),
    *(Attack(*setting("AWS_REQUEST_MIN_COMPRESSION_SIZE_BYTES", value)) for value in ("abc", "-1")),
    *(Attack(*setting("AWS_DISABLE_REQUEST_COMPRESSION", value)) for value in ("maybe",)),
    *(Attack(*setting("AWS_SIGV4A_SIGNING_REGION_SET", value)) for value in ("x",)),
    *(Attack(*setting("AWS_AUTH_SCHEME_PREFERENCE", value)) for value in ("nonsense",)),
    *(Attack(*setting("AWS_CSM_PORT", value)) for value in ("abc",)),
    *(Attack(*setting("AWS_CSM_ENABLED", value)) for value in ("true",)),
    *(Attack(*setting("AWS_EXECUTION_ENV", value)) for value in ("\r\nX-Evil: 1", "\N{SNOWMAN}")),
    *(Attack(*setting("AWS_EC2_METADATA_DISABLED", value)) for value in ("maybe",)),
    Attack("AWS_EC2_METADATA_V1_DISABLED=maybe", (variables(AWS_EC2_METADATA_V1_DISABLED="maybe"),)),
    Attack("no HOME", (variables(HOME=None),)),
    Attack("HOME nowhere", (variables(HOME="/nowhere", AWS_CONFIG_FILE=None, AWS_SHARED_CREDENTIALS_FILE=None),)),
    Attack("HOME empty", (variables(HOME="", AWS_CONFIG_FILE=None),)),
    Attack("not UTF-8", (variables(NONSENSE=b"\xff\xfe", AWS_NONSENSE=b"\xff"),)),
    Attack("non UTF-8 known", (variables(IRSA_DOCTOR_NONSENSE=b"\xff\xfe"),)),
    Attack("LANG=C", (variables(LANG="C", LC_ALL="C"), claims(sub="\N{SNOWMAN}"))),
    Attack(
        "LANG=C, ASCII only",
        (variables(LANG="C", LC_ALL="C", PYTHONUTF8="0", PYTHONCOERCECLOCALE="0"), claims(sub="\N{SNOWMAN}")),
    ),
    Attack("LC_ALL nonsense", (variables(LC_ALL="xx_YY.nonsense"),)),
    Attack("TZ nonsense", (variables(TZ="../../nonsense"),)),
    Attack("SSLKEYLOGFILE nowhere", (variables(SSLKEYLOGFILE="/nowhere/at/all"),)),
    Attack("no PATH", (variables(PATH=None),)),
    Attack("OPENSSL_CONF garbage", (writes("conf", b"\xff[garbage"), variables(OPENSSL_CONF="$directory/conf"))),
    Attack("near misses", (variables(AWS_ROLE_ARN=None, **{"AWS_ROLE_ARN\x1b[2J": "x", "AWS_ROLE_ARNN": "y"}),)),
]

DISCOVERY = "discovery-invalid"


def page(**page: Any) -> tuple[Any, ...]:
    """Return the step: a pod whose issuer's discovery document is this page."""
    return (scene(IssuerPlan(discovery=Page(**page))),)


def keys(**page: Any) -> tuple[Any, ...]:
    """Return the step: a pod whose issuer's key set is this page."""
    return (scene(IssuerPlan(jwks=Page(**page))),)


def bomb() -> bytes:
    """Return 50 MB that compress to 50 kB."""
    body = gzip.compress(b" " * 50_000_000, 9)
    return response(body, headers={"Content-Encoding": "gzip"})


HEAD = b"HTTP/1.1 200 OK\r\n\r\n"
KEYS_10000 = json.dumps(
    {"keys": [{"kty": "RSA", "kid": f"{i:04x}", "n": "AQAB" * 12, "e": "AQAB"} for i in range(10_000)]},
    separators=(",", ":"),
)
assert len(KEYS_10000) < 1 << 20

ISSUERS = [
    *(
        Attack(f"discovery {body[:20]!r}", page(body=body), DISCOVERY)
        for body in (
            "",
            "nonsense",
            "[]",
            "null",
            "7",
            "NaN",
            '"x"',
            "{}",
            "<html>no</html>",
            NESTED,
            '{"a":' * 9000,
            "9" * 5000,
            '{"issuer": 7, "jwks_uri": 7}',
            '{"issuer": null}',
            "\ufeff{}",
            '{"issuer": "\\ud800", "jwks_uri": "\\ud800"}',
        )
    ),
    *(
        Attack(f"keys {body[:20]!r}", keys(body=body), "jwks-invalid")
        for body in (
            "",
            "nonsense",
            "[]",
            "null",
            "7",
            '{"keys": null}',
            '{"keys": {}}',
            '{"keys": 7}',
            '{"keys": "x"}',
            '{"keys": []}',
            '{"keys": [1, null, "x", [], {}]}',
            NESTED,
            f'{{"keys": {NESTED}}}',
            "<html>no</html>",
            '{"keys": [{"kty": "RSA", "kid": "k"}]}',
            '{"keys": [{"kty": 7, "kid": 7, "n": 7, "e": 7}]}',
            '{"keys": [{"kty": "RSA", "kid": "k", "n": 9' + "9" * 5000 + "}]}",
            '{"keys": [{"kty": "EC", "kid": "k", "crv": "P-256", "x": "", "y": ""}]}',
            '{"keys": [{"kty": "\\u001b[2J", "kid": "\\u001b[2J"}]}',
            '{"keys": [{"kty": {"a": []}, "kid": ["x"]}]}',
        )
    ),
    Attack("10,000 keys", keys(body=KEYS_10000), "jwks-invalid"),
    *(
        Attack(f"discovery status {status}", page(status=status))
        for status in (100, 204, 304, 400, 401, 403, 404, 418, 429, 500, 503, 600, 999)
    ),
    *(
        Attack(f"redirect to {to[:30]}", page(status=302, redirect=to))
        for to in (
            "http://127.0.0.1/",
            "https://169.254.169.254/",
            "/",
            "",
            "//",
            "https://[::1",
            f"https://u:{PASSWORD}@localhost/",
            "javascript:x",
            "\x1b[2J",
            "https://elsewhere.test/",
            "?",
            "#",
            "a" * 9000,
        )
    ),
    *(
        Attack(f"jwks_uri {to!r:.40}", page(put={"jwks_uri": to}))
        for to in (
            "http://127.0.0.1/",
            "https://169.254.169.254/",
            "https://[fe80::1]/",
            f"https://u:{PASSWORD}@localhost/",
            "https://elsewhere.test/",
            "",
            "x",
            None,
            7,
            ["x"],
            ESCAPE,
            "https://" + "a" * 9000,
            "https://localhost:99999/",
            "https://2852039166/",
        )
    ),
    *(Attack(f"issuer {to!r:.40}", page(put={"issuer": to})) for to in ("", None, 7, ESCAPE, "x" * 9000)),
    Attack("50 MB of discovery", (issuer(flood(HEAD, b" " * 50_000, 1000)),), None, (DISCOVERY,), 0),
    Attack("50 MB of keys", (issuer(jwks=flood(HEAD, b" " * 50_000, 1000)),), None, ("jwks-invalid",), 0),
    Attack(
        "50 MB of keys, announced",
        (issuer(jwks=flood(HEAD[:-2] + b"Content-Length: 50000000\r\n\r\n", b" " * 50_000, 1000)),),
        None,
        ("jwks-invalid",),
        0,
    ),
    Attack(
        "50 MB of headers", (issuer(flood(HEAD[:-2], b"X-A: " + b"a" * 50_000 + b"\r\n", 1000)),), None, (DISCOVERY,), 0
    ),
    Attack("50 MB of one header", (issuer(flood(HEAD[:-2] + b"X-A: ", b"a" * 50_000, 1000)),), None, (DISCOVERY,), 0),
    Attack("50 MB of status line", (issuer(flood(b"HTTP/1.1 200 ", b"a" * 50_000, 1000)),), None, (DISCOVERY,), 0),
    Attack(
        "50 MB of 100 Continue",
        (issuer(flood(b"", b"HTTP/1.1 100 Continue\r\n\r\n" * 2000, 1000)),),
        None,
        (DISCOVERY,),
        0,
    ),
    Attack(
        "50 MB of small chunks",
        (issuer(flood(HEAD[:-2] + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\n \r\n" * 8000, 1000)),),
        None,
        (DISCOVERY,),
        0,
    ),
    Attack(
        "a chunk without an end",
        (issuer(flood(HEAD[:-2] + b"Transfer-Encoding: chunked\r\n\r\n", b"f" * 50_000, 1000)),),
        None,
        (DISCOVERY,),
        0,
    ),
    Attack("negative length", (issuer(once(HEAD[:-2] + b"Content-Length: -1\r\n\r\n{}")),), None, (DISCOVERY,), 0),
    Attack(
        "two lengths",
        (issuer(once(HEAD[:-2] + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\n{}")),),
        None,
        (DISCOVERY,),
        0,
    ),
    Attack("length a word", (issuer(once(HEAD[:-2] + b"Content-Length: x\r\n\r\n{}")),), None, (DISCOVERY,), 0),
    Attack(
        "length of 5000 digits",
        (issuer(once(HEAD[:-2] + b"Content-Length: " + b"9" * 5000 + b"\r\n\r\n{}")),),
        None,
        (DISCOVERY,),
        0,
    ),
    Attack(
        "bad chunk", (issuer(once(HEAD[:-2] + b"Transfer-Encoding: chunked\r\n\r\nxyz\r\n")),), None, (DISCOVERY,), 0
    ),
    Attack("dripping headers", (issuer(drip(HEAD[:-2] + b"X-A: " + b"a" * 9000)),), None, ("issuer-unreachable",), 0),
    Attack("dripping body", (issuer(drip(HEAD + b" " * 9000, len(HEAD))),), None, ("issuer-unreachable",), 0),
    Attack("dripping keys", (issuer(jwks=drip(HEAD + b" " * 9000, len(HEAD))),), None, ("jwks-unreachable",), 0),
    Attack(
        "a redirect loop",
        (issuer(once(response(status="302 Found", headers={"Location": "/.well-known/openid-configuration"}))),),
        None,
        (DISCOVERY,),
        0,
    ),
    Attack("a gzip bomb", (issuer(once(bomb())),), None, (DISCOVERY,), 0),
    Attack("a gzip bomb of keys", (issuer(jwks=once(bomb())),), None, ("jwks-invalid",), 0),
    Attack(
        "gzip that is none",
        (issuer(once(response(b"{}", headers={"Content-Encoding": "gzip"}))),),
        None,
        (DISCOVERY,),
        0,
    ),
    Attack("brotli", (issuer(once(response(b"{}", headers={"Content-Encoding": "br"}))),), None, (DISCOVERY,), 0),
    Attack(
        "gzip seven times",
        (issuer(once(response(b"{}", headers={"Content-Encoding": "gzip, " * 7}))),),
        None,
        (DISCOVERY,),
        0,
    ),
    Attack("not HTTP", (issuer(once(b"220 mail.test ESMTP\r\n")),), None, (DISCOVERY,), 0),
    Attack("HTTP/0.9", (issuer(once(b"{}")),), None, (DISCOVERY,), 0),
    Attack("HTTP/2", (issuer(once(b"HTTP/2 200\r\n\r\n{}")),), None, (DISCOVERY,), 0),
    Attack("nothing", (issuer(once(b"")),), None, ("issuer-unreachable",), 0),
    Attack("half a head", (issuer(once(b"HTTP/1.1 200 OK\r\nX")),), None, ("issuer-unreachable",), 0),
    Attack(
        "half a body", (issuer(once(HEAD[:-2] + b"Content-Length: 100\r\n\r\n{")),), None, ("issuer-unreachable",), 0
    ),
    Attack("status of letters", (issuer(once(b"HTTP/1.1 abc OK\r\n\r\n{}")),), None, (DISCOVERY,), 0),
    Attack("escapes in the status", (issuer(once(f"HTTP/1.1 500 {ESCAPE}\r\n\r\n{{}}".encode())),), None, (), 0),
    Attack(
        "headers that are none",
        (issuer(once(b"HTTP/1.1 200 OK\r\n\0\xff\xfe\r\n: x\r\n\r\n{}")),),
        None,
        (DISCOVERY,),
        0,
    ),
]


def flooding(head: bytes, piece: bytes, times: int) -> Answer:
    """Answer STS's client without an end."""

    def write(connection: socket.socket) -> bool:
        connection.sendall(head)
        for _ in range(times):
            connection.sendall(piece)
        return False

    return write


UNKNOWN = "sts-refused-unknown"
BOMB = (
    '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">'
    + "".join(f'<!ENTITY {b} "{f"&{a};" * 10}">' for a, b in zip("abcdefgh", "bcdefghi", strict=True))
    + "]><x>&i;</x>"
)
STS = [
    Attack("HTML 200", (sts(answering("<html><body>Welcome</body></html>", content_type="text/html")),), UNKNOWN),
    Attack("HTML, badly formed", (sts(answering("<html><br>Wel&nbsp;come", content_type="text/html")),), UNKNOWN),
    Attack("HTML 502", (sts(answering("<html>Bad Gateway</html>", 502)),), UNKNOWN),
    Attack("HTML 403", (sts(answering("<html>Forbidden</html>", 403)),), UNKNOWN),
    Attack("empty 200", (sts(answering("")),), UNKNOWN),
    Attack("empty 403", (sts(answering("", 403)),), UNKNOWN),
    Attack("empty 500", (sts(answering("", 500)),), UNKNOWN),
    Attack("JSON", (sts(answering('{"message": "no"}', 403)),), UNKNOWN),
    Attack("binary", (sts(answering(bytes(range(256)))),), UNKNOWN),
    Attack("truncated", (sts(answering(ACCEPTED[:300])),), UNKNOWN),
    Attack("half of the body", (sts(raw(b"HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n" + ACCEPTED.encode())),)),
    Attack("XML bomb", (sts(answering(BOMB)),), UNKNOWN),
    Attack("XML bomb 400", (sts(answering(BOMB, 400)),), UNKNOWN),
    Attack(
        "external entity",
        (
            sts(
                answering(
                    '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><ErrorResponse><Error><Code>&a;</Code></Error></ErrorResponse>',
                    400,
                )
            ),
        ),
        UNKNOWN,
    ),
    Attack("deep XML", (sts(answering("<a>" * 100_000 + "</a>" * 100_000)),), UNKNOWN),
    Attack("50 MB", (sts(flooding(HEAD, b" " * 50_000, 1000)),), UNKNOWN),
    Attack(
        "50 MB announced",
        (sts(flooding(HEAD[:-2] + b"Content-Length: 50000000\r\n\r\n", b" " * 50_000, 1000)),),
        UNKNOWN,
    ),
    Attack("50 MB of headers", (sts(flooding(HEAD[:-2], b"X-A: " + b"a" * 50_000 + b"\r\n", 1000)),)),
    Attack("50 MB of 100 Continue", (sts(flooding(b"", b"HTTP/1.1 100 Continue\r\n\r\n" * 2000, 1000)),)),
    Attack("gzip bomb", (sts(raw(bomb())),)),
    Attack("drip", (sts(dripping),), "sts-timeout"),
    Attack("not HTTP", (sts(raw(b"220 mail.test ESMTP\r\n")),)),
    Attack("nothing", (sts(raw(b"")),), "sts-connection-reset"),
    Attack(
        "redirect",
        (sts(raw(b"HTTP/1.1 302 Found\r\nLocation: https://169.254.169.254/\r\nContent-Length: 0\r\n\r\n")),),
    ),
    Attack("redirect to itself", (sts(raw(b"HTTP/1.1 307 Temporary\r\nLocation: /\r\nContent-Length: 0\r\n\r\n")),)),
    Attack("escapes", (sts(answering(refusal("Nonsense", "&#27;[2J\x1b]0;owned\x07 you are root"), 400)),), UNKNOWN),
    Attack(
        "escapes, well formed",
        (sts(answering(refusal("Nonsense\u202e\x85", "\x85\u202e\u2028 you are root"), 400)),),
        UNKNOWN,
    ),
    Attack("code unknown", (sts(answering(refusal("Nonsense", "no"), 400)),), UNKNOWN),
    Attack("code empty", (sts(answering(refusal("", ""), 400)),), UNKNOWN),
    Attack("code of 100 kB", (sts(answering(refusal("x" * 100_000, "y" * 100_000), 400)),), UNKNOWN),
    Attack("code nested", (sts(answering(refusal("<a><b>c</b></a>", "<a>m</a>"), 400)),), UNKNOWN),
    Attack("code twice", (sts(answering(refusal("A</Code><Code>B", "c</Message><Message>d"), 400)),), UNKNOWN),
    Attack("an error with 200", (sts(answering(refusal("AccessDenied", "no"))),), UNKNOWN),
    Attack("status 999", (sts(answering(refusal("Nonsense", "no"), 999)),), UNKNOWN),
    Attack("no credentials", (sts(answering(ACCEPTED.replace("Credentials>", "Nothing>"))),), UNKNOWN),
    Attack("no access key", (sts(answering(ACCEPTED.replace("AccessKeyId>", "Nothing>"))),), UNKNOWN),
    Attack(
        "empty keys",
        (
            sts(
                answering(
                    "<a><AssumeRoleWithWebIdentityResult><AssumedRoleUser><Arn/></AssumedRoleUser><Credentials><AccessKeyId/><SecretAccessKey/><SessionToken/><Expiration>2026-11-21T11:00:00Z</Expiration></Credentials></AssumeRoleWithWebIdentityResult></a>"
                )
            ),
        ),
    ),
    Attack(
        "keys with newlines",
        (sts(answering(ACCEPTED.replace("<SessionToken>", "<SessionToken>a&#10;X-Evil: 1&#13;")), answering(CALLER)),),
    ),
    Attack("no user", (sts(answering(ACCEPTED.replace("AssumedRoleUser>", "Nothing>"))),), UNKNOWN),
    *(
        Attack(
            f"Expiration {text[:20]!r}",
            (sts(answering(ACCEPTED.replace("2026-11-21T11:00:00Z", text)), answering(CALLER)),),
            UNKNOWN,
        )
        for text in (
            "soon",
            "",
            "99999-01-01T00:00:00Z",
            "1e400",
            "9" * 400,
            "0",
            "-1",
            "9999-12-31T23:59:59+14:00",
            "0001-01-01T00:00:00Z",
            "nan",
        )
    ),
    *(
        Attack(f"caller {n}", (sts(answering(ACCEPTED), second),))
        for n, second in (
            ("HTML", answering("<html/>")),
            ("empty", answering("")),
            ("bomb", answering(BOMB)),
            ("drip", dripping),
            ("50 MB", flooding(HEAD, b" " * 50_000, 1000)),
            ("nothing", raw(b"")),
            ("refused", answering(refusal("Nonsense", ESCAPE.replace("\x1b", "")), 403)),
        )
    ),
    *(
        Attack(f"Date {text[:20]!r}", (sts(answering(ACCEPTED, date=text), answering(CALLER)),))
        for text in (
            "",
            "nonsense",
            "Sat, 99 Nov 2026 10:00:00 GMT",
            "Sat, 21 Nov 99999 10:00:00 GMT",
            "Sat, 01 Jan 0001 00:00:00 +1400",
            "Mon, 01 Jan 1900 00:00:00 GMT",
            "9" * 5000,
        )
    ),
    Attack("no Date", (sts(answering(ACCEPTED, date=None), answering(CALLER)),)),
]

COMMAND_LINE = [
    Attack("issuer-ca missing", (flags("--issuer-ca", "/nowhere"),)),
    Attack("issuer-ca garbage", (writes("ca", b"\xff\0"), flags("--issuer-ca", "$directory/ca"))),
    Attack("issuer-ca a directory", (flags("--issuer-ca", "/etc"),)),
    Attack("issuer-ca /dev/zero", (flags("--issuer-ca", "/dev/zero"),)),
    Attack("issuer-ca escapes", (flags("--issuer-ca", f"/{ESCAPE}"),)),
    Attack("termination log a directory", (flags("--termination-log", "/etc"),)),
    Attack("termination log nowhere", (flags("--termination-log", "/nowhere/x"),)),
    Attack("termination log /dev/full", (flags("--termination-log", "/dev/full"),)),
    Attack(
        "termination log FIFO",
        (lambda a, g, s: os.mkfifo(a.folder / "log"), flags("--termination-log", "$directory/log")),
    ),
    Attack("extra", (flags("extra"),), None, (), 2),
    Attack("unknown", (flags("--nonsense"),), None, (), 2),
    Attack("a long argument", (flags("x" * 100_000),), None, (), 2),
    Attack("a long value", (flags("--role-arn", "x" * 100_000),)),
    Attack("a long subject", (flags("--expect-subject", "x" * 100_000),)),
    Attack("audience with escapes", (flags("--expect-audience", ESCAPE),)),
    Attack("uid too large", (flags("--workload-uid", "99999999999"),), None, (), 2),
    Attack("many gids", (flags("--workload-uid", "1", "--workload-gids", ",".join(map(str, range(10_000)))),)),
    Attack("tiny deadline", (flags("--deadline", "1ms"),)),
    Attack("tiny timeout", (flags("--timeout", "1ms"),)),
    Attack("role arn flag", (flags("--role-arn", "arn:aws:iam::111122223333:role/x\n"),)),
    Attack("token-file NUL", (variables(IRSA_DOCTOR_TOKEN_FILE="x"),)),
]
TABLES = {
    "token": TOKENS,
    "file": FILES,
    "environment": ENVIRONMENT,
    "issuer": ISSUERS,
    "sts": STS,
    "command": COMMAND_LINE,
}


if __name__ == "__main__":
    import sys
    import tempfile
    import time

    only = sys.argv[1:]
    with Lab(os.environ) as lab, lab.pod(HEALTHY) as pod, tempfile.TemporaryDirectory() as name:
        ground = Ground(lab, pod, Authority(Path(name)), threading.Lock())
        lab.key, lab.stranger

        def one(number, table, attack):
            began = time.monotonic()
            try:
                got = perform(ground, Path(name) / f"{number}", attack.steps)
            except Exception as error:
                return table, attack, repr(error)[:300], None, time.monotonic() - began
            return table, attack, None, got, time.monotonic() - began

        with ThreadPoolExecutor(5) as pool:
            jobs = [
                pool.submit(one, f"{t}{i}", t, a)
                for t, table in TABLES.items()
                if not only or t in only
                for i, a in enumerate(table)
            ]
            for job in jobs:
                table, attack, error, got, took = job.result()
                if got is None:
                    print(f"!!!! {table} | {attack.name!r} | {error}")
                    continue
                problem = ""
                try:
                    report = json.loads(got.out)
                    cause = report["root_cause"] and report["root_cause"]["name"]
                    named = [
                        f"{c['status']}:{c['name'] or c['check']}"
                        for c in report["checks"]
                        if c["status"] in ("warn", "fail", "crash")
                    ]
                    details = [
                        str(c["evidence"] or c["detail"])[:330]
                        for c in report["checks"]
                        if c["status"] in ("warn", "fail", "crash")
                        and c["check"] not in ("issuer.url", "token_file.private")
                    ]
                except Exception as e:
                    report, cause, named, details = {}, repr(e), [], []
                if (
                    got.code not in (0, 1, 2)
                    or "Traceback" in got.err
                    or "crash" in str(named)
                    or (got.err and got.code != 2)
                ):
                    problem += "BUG "
                if PASSWORD in got.out + got.err + got.message:
                    problem += "LEAK "
                if any(not c.isprintable() and c != "\n" for c in got.message + got.err):
                    problem += "CONTROL "
                if len(got.message.encode()) > 4096 or (not got.message and got.code != 2):
                    problem += "MESSAGE "
                if got.peak > 90_000:
                    problem += f"PEAK {got.peak} "
                if took > 6.5:
                    problem += "SLOW "
                if (
                    attack.cause != cause
                    or not set(attack.finds) <= {n.partition(":")[2] for n in named}
                    or attack.code != got.code
                ):
                    problem += "EXP "
                print(
                    f"{problem or 'ok'} | {table} | {attack.name!r:.60} | code {got.code} {took:.1f}s {got.peak // 1024}M | cause {cause} | {' '.join(named)} | {details} | {got.err[:300]!r}"
                )
