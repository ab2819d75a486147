"""Whatever a token, a file, a variable, an issuer, STS or the command line holds: a named fault or a plain refusal.

Every attack is a process of the real program. No traceback, no crash, no bug's exit code, no hanging, no flood of
memory, nothing that moves a cursor. A name that resolves to a link-local address is out of reach here: that is
tested in probe/test_http.py. So is an argument of more than 128 KiB, which Linux hands to no program.
"""

import gzip
import json
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import pytest

from attacks import (
    ALONE,
    HEALTHY,
    PASSWORD,
    PATIENCE,
    Asked,
    Attack,
    Ground,
    Outcome,
    Step,
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
from servers import Authority, Behaviour, drip, flood, once, response
from sidecar.lab.lab import Lab
from sidecar.lab.plan import IssuerPlan, Page
from sidecar.model import Failed
from sidecar.probe.files import read_token
from sidecar.probe.sts import without_userinfo
from sidecar.probe.world import World
from stsserver import ACCEPTED, CALLER, Answer, answering, dripping, raw, refusal, serving

ESCAPE = "\x1b[2J\x1b]0;owned\x07\r\x85\u202e"
EXTRA = 64 * 1024
"""KiB of memory that an attack may cost more than a healthy pod: expat lets an XML bomb take 43 of them."""
SNOWMAN = "\N{SNOWMAN}"
NO_ATTACK = Attack("no attack", ())

# -------------------------------------------------------------------------------------------------------- tokens

MALFORMED, CLAIM, UNSUPPORTED = "token-malformed", "token-missing-claim", "algorithm-unsupported"
URL, UNREACHABLE = "issuer-url-invalid", "issuer-unreachable"
NESTED = "[" * 6_000 + "]" * 6_000
GOOD = {"iss": "https://127.0.0.1:1", "sub": "s", "aud": "sts.amazonaws.com", "iat": 1, "exp": 9_000_000_000}


def payload(**changed: object) -> str:
    """Return a complete payload, as JSON."""
    return json.dumps(GOOD | changed)


def numbered(claim: str, digits: str) -> str:
    """Return a complete payload in which a claim is a number as Python cannot write it."""
    return payload(**{claim: "NUMBER"}).replace('"NUMBER"', digits)


HEADER_ONLY = b"eyJhbGciOiJSUzI1NiJ9"
TOKENS = [
    Attack("empty", (token(b""),), "token-empty"),
    Attack("white space only", (token(b" \t\r\n \n"),), "token-empty"),
    Attack("binary", (token(bytes(range(256)) * 8),), MALFORMED),
    Attack("zeros", (token(b"\0" * 4096),), MALFORMED),
    Attack("64 KiB", (token(b"a" * (1 << 16)), ALONE), MALFORMED, says="20000 characters"),
    Attack("1 MB", (token(b"a" * 1_000_000),), MALFORMED, says="20000 characters"),
    Attack("1 MB of white space first", (token(b" " * 1_000_000 + b"a.b.c"),), "token-empty"),
    Attack("1 segment", (token(HEADER_ONLY),), MALFORMED, says="1 part "),
    Attack("2 segments", (token(HEADER_ONLY + b".e30"),), MALFORMED, says="2 parts"),
    Attack("5 segments", (token(HEADER_ONLY + b".e30" * 4),), MALFORMED, says="5 parts"),
    Attack("dots only", (token(b"." * 19_000),), MALFORMED, says="19001 parts"),
    Attack("two tokens", (token((HEADER_ONLY + b".e30.e30\n") * 2),), "token-file-unclean", (MALFORMED,)),
    Attack("nested header", (encoded(payload(), f'{{"alg":{NESTED}}}'), ALONE), MALFORMED),
    Attack("nested payload", (encoded(f'{{"iss":{NESTED}}}'), ALONE), MALFORMED),
    Attack("exp 1e400", (encoded(numbered("exp", "1e400")), ALONE), CLAIM),
    Attack("exp of 4000 digits", (encoded(numbered("exp", "9" * 4000)), ALONE), CLAIM),
    Attack("exp of 5000 digits", (encoded(numbered("exp", "9" * 5000)), ALONE), MALFORMED),
    Attack("exp NaN", (encoded(payload(exp=float("nan"))), ALONE), CLAIM),
    Attack("exp a list", (encoded(payload(exp=[1])), ALONE), CLAIM),
    Attack("exp in the year 300000", (encoded(payload(exp=9_400_000_000_000)), ALONE)),
    Attack("exp the first second", (encoded(payload(exp=0)), ALONE), "token-expired"),
    Attack("duplicate keys", (encoded('{"iss":"https://a","iss":7,"sub":"s","sub":null}'), ALONE), CLAIM),
    Attack("alg none", (encoded(payload(), '{"alg":"none"}'), ALONE), UNSUPPORTED),
    Attack("alg a list", (encoded(payload(), '{"alg":["RS256"]}'), ALONE), UNSUPPORTED),
    Attack("alg missing", (encoded(payload(), "{}"), ALONE), UNSUPPORTED),
    Attack("kid a number", (encoded(payload(), '{"alg":"RS256","kid":7}'), ALONE), MALFORMED),
    Attack("crit", (encoded(payload(), '{"alg":"RS256","crit":["\\u001b[2J"]}'), ALONE), MALFORMED),
    Attack("b64 false", (encoded(payload(), '{"alg":"RS256","b64":false}'), ALONE), MALFORMED),
    Attack("payload not UTF-8", (encoded(b'{"iss":"\xff\xfe"}'), ALONE), MALFORMED),
    Attack("header not UTF-8", (encoded(payload(), b'{"alg":"\xff\xfe"}'), ALONE), MALFORMED),
    Attack("header a list", (encoded(payload(), "[1]"), ALONE), MALFORMED),
    Attack("header null", (encoded(payload(), "null"), ALONE), MALFORMED),
    Attack("payload a list", (encoded("[1]"), ALONE), MALFORMED),
    Attack("payload empty", (encoded("{}"), ALONE), CLAIM),
    Attack("claims null", (encoded('{"iss":null,"sub":null,"aud":null,"iat":null,"exp":null}'), ALONE), CLAIM),
    Attack("aud nested", (encoded(payload(aud=[["sts.amazonaws.com"]])), ALONE), CLAIM),
    Attack("aud of 1000", (encoded(payload(aud=[f"a{i}" for i in range(1000)])), ALONE), "audience-ambiguous"),
    Attack("kid of 10 kB", (claims({"kid": "k" * 10_000}), ALONE), None, ("key-not-published",)),
    Attack("kid with escapes", (claims({"kid": ESCAPE}), ALONE), None, ("key-not-published",)),
    Attack("half surrogates", (claims({"kid": "\ud800"}, iss="https://\ud800", sub="\udfff"), ALONE), URL),
    Attack("sub of 300 characters", (claims(sub="s" * 300),), "trust-policy-denied", ("subject-mismatch",)),
    Attack("sub unicode", (claims(sub=f"système:{SNOWMAN}"),), "trust-policy-denied", ("subject-mismatch",)),
    Attack("kubernetes.io a list", (claims(None, **{"kubernetes.io": ["x"]}),)),
    Attack(
        "kubernetes.io odd", (claims(None, **{"kubernetes.io": {"pod": [], "serviceaccount": 7, "namespace": {}}}),)
    ),
    Attack("iss with escapes", (encoded(payload(iss=f"https://a{ESCAPE}")), ALONE), URL),
    Attack("iss with userinfo", (encoded(payload(iss="https://user:pw@127.0.0.1")), ALONE), URL, says="user name"),
    Attack("iss of 10 kB", (encoded(payload(iss="https://" + "a" * 10_000)), ALONE), URL, (UNREACHABLE,)),
    Attack("iss http", (encoded(payload(iss="http://127.0.0.1")), ALONE), URL),
    Attack("iss ftp", (encoded(payload(iss="ftp://127.0.0.1")), ALONE), URL),
    Attack("iss file", (encoded(payload(iss="file:///etc/passwd")), ALONE), URL),
    Attack("iss without a host", (encoded(payload(iss="https://")), ALONE), URL),
    Attack("iss with half a bracket", (encoded(payload(iss="https://[::1")), ALONE), URL),
    Attack("iss with port 99999", (encoded(payload(iss="https://localhost:99999")), ALONE), None, (URL,)),
    Attack("iss with port -1", (encoded(payload(iss="https://localhost:-1")), ALONE), URL),
    Attack("iss two dots", (encoded(payload(iss="https://a..b")), ALONE), None, (UNREACHABLE,)),
    *(
        Attack(f"iss {host}", (encoded(payload(iss=f"https://{host}")), ALONE), None, (UNREACHABLE,), "link-local")
        for host in ("169.254.169.254", "2852039166", "0xa9fea9fe", "0251.0376.0251.0376", "169.254.43518")
    ),
    *(
        Attack(f"iss {host}", (encoded(payload(iss=f"https://{host}")), ALONE), URL, (UNREACHABLE,), "link-local")
        for host in ("[fe80::1]", "[::ffff:169.254.169.254]", "[::ffff:a9fe:a9fe]", "[fd00:ec2::254]")
    ),
]

# --------------------------------------------------------------------------------------------------------- files

FILE = "AWS_WEB_IDENTITY_TOKEN_FILE"
UNREADABLE, MISSING = "token-file-unreadable", "token-file-missing"


def _fifo(path: Path) -> None:
    os.mkfifo(path)


def _loop(path: Path) -> None:
    path.with_name("other").symlink_to(path)
    path.symlink_to(path.with_name("other"))


def _many_links(path: Path) -> None:
    path.with_name("0").write_bytes(b"x")
    for number in range(1, 60):
        path.with_name(f"{number}").symlink_to(f"{number - 1}")
    path.symlink_to("59")


def _socket(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as one:
        one.bind(f"/proc/self/cwd/{os.path.relpath(path)}")


def _shut(path: Path) -> None:
    path.write_bytes(b"x")
    path.chmod(0)


def _behind(path: Path) -> None:
    path.mkdir()
    _shut(path / "token")
    path.chmod(0)


def _link(target: str) -> Callable[[Path], None]:
    return lambda path: path.symlink_to(target)


def at(path: str | bytes) -> Step:
    """Let the variable name this path."""
    return variables(**{FILE: path})


def _nearby(asked: Asked, _ground: Ground, _stack: object) -> None:
    """Let the variable name the attack's folder, as seen from where the program is started."""
    asked.environ[FILE] = os.path.relpath(asked.folder)


FILES = [
    Attack("directory", (lies(Path.mkdir),), UNREADABLE, says="is a directory"),
    Attack("FIFO", (lies(_fifo),), UNREADABLE, says="is a FIFO"),
    Attack("socket", (lies(_socket),), UNREADABLE, says="is a socket"),
    Attack("dangling link", (lies(_link("/nowhere/at/all")),), MISSING, says="leads nowhere"),
    Attack("loop of links", (lies(_loop),), UNREADABLE, says="a loop of symbolic links"),
    Attack("60 links", (lies(_many_links),), UNREADABLE),
    Attack("link to a FIFO", (lies(_fifo, "fifo"), lies(_link("fifo"))), UNREADABLE, says="is a FIFO"),
    Attack("/dev/zero", (at("/dev/zero"),), UNREADABLE, says="is a device"),
    Attack("/dev/null", (at("/dev/null"),), UNREADABLE, says="is a device"),
    Attack("/dev/stdin", (at("/dev/stdin"),), UNREADABLE, says="is a device"),
    Attack("link to /dev/zero", (lies(_link("/dev/zero")),), UNREADABLE, says="is a device"),
    Attack("/proc/self/mem", (at("/proc/self/mem"),), UNREADABLE),
    Attack("/proc/self/environ", (at("/proc/self/environ"), ALONE), MALFORMED),
    Attack("unreadable", (without_roots_rights, lies(_shut)), UNREADABLE, says="permission denied"),
    Attack("shut in", (without_roots_rights, lies(_behind, "shut"), at("$directory/shut/token")), UNREADABLE),
    Attack("path with escapes", (at(f"$directory/{ESCAPE}\nx"),), MISSING),
    Attack("directory with escapes", (lies(Path.mkdir, "\x1b[2J\n"),), UNREADABLE),
    Attack("path not UTF-8", (at(b"/tmp/\xff\xfe"),), MISSING),
    Attack("relative", (_nearby,), UNREADABLE, says="is a directory"),
    Attack("relative to nowhere", (at("token/of/nobody"),), MISSING),
    Attack("empty variable", (at(""),), "webidentity-config-incomplete"),
    Attack("both empty", (variables(AWS_ROLE_ARN="", **{FILE: ""}),), "irsa-env-not-injected"),
    Attack("blank variable", (at(" "),), MISSING),
    Attack("a home's", (at("~/token"),), MISSING),
    Attack("through a file", (at("/etc/passwd/token"),), MISSING, says="is not a directory"),
    Attack("slash behind a file", (at("/etc/passwd/"),), MISSING, says="is not a directory"),
    Attack("5000 characters", (at("/" + "a" * 5000),), UNREADABLE, says="File name too long"),
    Attack("5000 characters of directories", (at("/a" * 2500),), MISSING),
    Attack("a URL", (at("https://example.test/token"),), MISSING),
    Attack("--token-file a directory", (flags("--token-file", "/"),), UNREADABLE),
    Attack("--token-file -", (flags("--token-file", "-"),), MISSING),
]

# --------------------------------------------------------------------------------------------------- environment

ENDPOINT, PROFILE, PROXY, REGION = (
    "sts-endpoint-setting-invalid",
    "aws-profile-invalid",
    "proxy-error",
    "region-invalid",
)
UNTRUSTED, REFUSED = "sts-tls-untrusted", "sts-refused"


def config(content: bytes, **values: str | None) -> tuple[Step, ...]:
    """Write AWS's configuration file, and set variables."""
    return writes("config", content), variables(AWS_CONFIG_FILE="$directory/config", **values)


def pipe(variable: str, **values: str | None) -> tuple[Step, ...]:
    """Let a variable name a FIFO that nobody writes to."""

    def step(asked: Asked, _ground: Ground, _stack: object) -> None:
        os.mkfifo(asked.folder / "pipe")

    return step, variables(**{variable: "$directory/pipe"}, **values)


def bundle(content: bytes) -> tuple[Step, ...]:
    """Let the CA bundle hold this."""
    return writes("ca", content), variables(AWS_CA_BUNDLE="$directory/ca")


def region(value: str | None, *, endpoint: bool = True) -> tuple[Step, ...]:
    """Set the region, with or without a custom endpoint."""
    values = variables(AWS_REGION=value, AWS_DEFAULT_REGION=value)
    return (values,) if endpoint else (values, variables(AWS_ENDPOINT_URL_STS=None), ALONE)


MAPS = b"[default]\n" + b"".join(
    name + b" =\n  a = b\n"
    for name in (
        b"sts_regional_endpoints",
        b"endpoint_url",
        b"ca_bundle",
        b"role_session_name",
        b"retry_mode",
        b"region",
    )
)
MAP_OF_IRSA = b"[default]\nrole_arn =\n  a = b\nweb_identity_token_file =\n  a = b\n"
NUL_IN_PATH = b"[default]\nrole_arn = arn:aws:iam::111122223333:role/x\nweb_identity_token_file = /a\0b\n"
NO_IRSA: dict[str, str | None] = {"AWS_ROLE_ARN": None, FILE: None}
NONSENSE = dict.fromkeys(
    (
        "AWS_MAX_ATTEMPTS",
        "AWS_DEFAULTS_MODE",
        "AWS_RETRY_MODE",
        "AWS_USE_FIPS_ENDPOINT",
        "AWS_CSM_PORT",
        "AWS_DATA_PATH",
        "AWS_USE_DUALSTACK_ENDPOINT",
        "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS",
        "AWS_DISABLE_REQUEST_COMPRESSION",
        "AWS_SIGV4A_SIGNING_REGION_SET",
        "AWS_AUTH_SCHEME_PREFERENCE",
        "AWS_EC2_METADATA_V1_DISABLED",
        "TZ",
        "LC_ALL",
    ),
    "nonsense",
)
ASCII_ONLY = variables(LANG="C", LC_ALL="C", PYTHONUTF8="0", PYTHONCOERCECLOCALE="0")
ENVIRONMENT = [
    Attack("config a directory", (variables(AWS_CONFIG_FILE="/etc"),)),
    Attack("config binary", config(bytes(range(256)) * 9), PROFILE),
    Attack("config of 10 MB", config(b"[default]\n" + b"k = v\n" * 1_700_000), PROFILE),
    Attack("config of 10 MB in one line", config(b"[default]\nk = " + b"v" * 10_000_000)),
    Attack("config a FIFO", pipe("AWS_CONFIG_FILE")),
    Attack("config /dev/zero", (variables(AWS_CONFIG_FILE="/dev/zero"),)),
    Attack("config of one section twice", config(b"[default]\na = 1\n[default]\nb = 2\n"), PROFILE, says="line 3"),
    Attack("config of broken lines", config(b"[default]\ns3 =\n  x\n y = = =\nregion\n[profile\n"), PROFILE),
    Attack("config with escapes", config(f"[profile {ESCAPE}]\n".encode(), AWS_PROFILE="x"), PROFILE),
    Attack("config of services that are none", config(b"[default]\nservices = x\n[services x]\nsts = y\n")),
    Attack("config of maps", config(MAPS, AWS_STS_REGIONAL_ENDPOINTS=None, AWS_REGION=None), ENDPOINT),
    Attack("config of maps for IRSA", config(MAP_OF_IRSA, **NO_IRSA), "irsa-env-not-injected"),
    Attack("config with NUL in a path", config(NUL_IN_PATH, **NO_IRSA), MISSING),
    Attack("credentials a FIFO", pipe("AWS_SHARED_CREDENTIALS_FILE")),
    Attack("BOTO_CONFIG a FIFO", pipe("BOTO_CONFIG", **{FILE: None}), "webidentity-config-incomplete"),
    Attack("AWS_CREDENTIAL_FILE a FIFO", pipe("AWS_CREDENTIAL_FILE", **NO_IRSA), "irsa-env-not-injected", late=True),
    Attack(
        "AWS_CREDENTIAL_FILE binary",
        (writes("old", b"\xff\xfe\0" * 9), variables(AWS_CREDENTIAL_FILE="$directory/old", **NO_IRSA)),
        "irsa-env-not-injected",
    ),
    *(
        Attack(f"profile {value!r:.20}", (variables(AWS_PROFILE=value),), PROFILE)
        for value in ("", "a b", "[x]\n", ESCAPE, "x" * 3000, SNOWMAN)
    ),
    Attack("CA missing", (variables(AWS_CA_BUNDLE="/nowhere.pem"),), UNTRUSTED, says="No such file"),
    Attack("CA empty", bundle(b""), UNTRUSTED, ("issuer-certificate-untrusted",)),
    Attack("CA garbage", bundle(b"\xff\0-----BEGIN CERTIFICATE-----\nMIIB"), UNTRUSTED),
    Attack("CA a directory", (variables(AWS_CA_BUNDLE="/etc"),), UNTRUSTED),
    Attack("CA /dev/zero", (variables(AWS_CA_BUNDLE="/dev/zero"),), UNTRUSTED),
    Attack("CA a FIFO", pipe("AWS_CA_BUNDLE"), None, ("issuer-certificate-untrusted",), "deadline", late=True),
    Attack("CA set to nothing", (variables(AWS_CA_BUNDLE=""),), UNTRUSTED),
    Attack("SSL_CERT_FILE missing", (variables(AWS_CA_BUNDLE=None, SSL_CERT_FILE="/nowhere.pem"),), UNTRUSTED),
    Attack("SSLKEYLOGFILE nowhere", (variables(SSLKEYLOGFILE="/nowhere/at/all"),), ENDPOINT),
    *(
        Attack(f"endpoint {value!r:.30}", (variables(AWS_ENDPOINT_URL_STS=value), ALONE), ENDPOINT)
        for value in (
            "http://",
            "javascript:alert(1)",
            "sts.amazonaws.com",
            "https://a b/",
            "https://localhost:99999",
            "https://[::1",
            "ftp://a/",
            f"https://a{ESCAPE}/",
            f"https://{SNOWMAN}.test/",
            "https://a..b/",
            "https://localhost:0",
            "//",
        )
    ),
    Attack("endpoint with a password", (variables(AWS_ENDPOINT_URL_STS=f"https://u:{PASSWORD}@127.0.0.1:1"),), REFUSED),
    Attack("endpoint, a bad password", (variables(AWS_ENDPOINT_URL_STS=f"https:/u:{PASSWORD}@[::1"), ALONE), ENDPOINT),
    *(
        Attack(f"proxy {value!r:.60}", (variables(HTTPS_PROXY=value),), PROXY)
        for value in (
            "http://",
            "http://a b",
            " ",
            "http://127.0.0.1:99999",
            "http://[::1",
            f"http://u:{PASSWORD}@127.0.0.1:1",
            "\n",
            "socks5://127.0.0.1:1",
            f"http://a{ESCAPE}:1",
            f"http://{SNOWMAN}.test:1",
            f"http://u:{PASSWORD}/@127.0.0.1:1",
            f"http:/u:{PASSWORD}@127.0.0.1:1",
            f"u:{PASSWORD}@127.0.0.1:1",
            f"http://u:{PASSWORD}@[::1",
            f"://u:{PASSWORD}@",
        )
    ),
    Attack("NO_PROXY odd", (variables(NO_PROXY=",,[::1," + ESCAPE + "a" * 10_000),)),
    Attack("AWS_STS_REGIONAL_ENDPOINTS odd", (variables(AWS_STS_REGIONAL_ENDPOINTS=f"Regional{ESCAPE}"),), ENDPOINT),
    Attack("region with a newline", region("us-west-2\n"), None, (REGION,)),
    Attack("region with a newline, no endpoint", region("us-west-2\n", endpoint=False), REGION),
    Attack("region empty, no endpoint", region("", endpoint=False), REGION),
    Attack("region a URL", region("https://x/"), REGION),
    Attack("region of 3000 characters", region("a" * 3000), REGION),
    Attack("region with escapes", region(ESCAPE), REGION),
    Attack("no region", region(None), None, ("region-missing",)),
    Attack("unknown mode", (variables(AWS_ACCOUNT_ID_ENDPOINT_MODE="x"), ALONE), ENDPOINT, says="endpoint_mode"),
    *(
        Attack(f"role {value!r:.45}", (variables(AWS_ROLE_ARN=value),), "role-arn-invalid")
        for value in (
            '"arn:aws:iam::111122223333:role/x"',
            "arn:aws:iam::111122223333:role/x\n",
            " ",
            "x",
            ESCAPE,
            "$(id)",
            "arn:aws:iam::111122223333:role/" + "x" * 3000,
            b"arn:aws:iam::111122223333:role/\xff",
        )
    ),
    *(
        Attack(f"session {value!r:.20} {len(value)}", (variables(AWS_ROLE_SESSION_NAME=value),), "session-name-invalid")
        for value in ("x", "x" * 65, "a b", "\n", "", f"{SNOWMAN}x", "x" * 100_000)
    ),
    Attack("pod with escapes", (variables(POD_NAME=ESCAPE, POD_NAMESPACE=ESCAPE),), None, ("subject-mismatch",)),
    Attack("pod of 10 kB", (variables(POD_NAME="x" * 10_000, HOSTNAME="x" * 10_000),)),
    Attack("pod not UTF-8", (variables(POD_NAME=b"\xff"),)),
    Attack("nonsense everywhere", (variables(**NONSENSE),)),
    Attack("empty everywhere", (variables(**dict.fromkeys(NONSENSE, "")),)),
    *(
        Attack(f"{name}={value}", (variables(**{name: value}),))
        for name, value in (
            ("AWS_METADATA_SERVICE_TIMEOUT", "abc"),
            ("AWS_METADATA_SERVICE_NUM_ATTEMPTS", "abc"),
            ("AWS_EC2_METADATA_SERVICE_ENDPOINT", "nonsense"),
        )
    ),
    Attack("headers smuggled", (variables(AWS_SDK_UA_APP_ID="a\r\nX: 1", AWS_EXECUTION_ENV=f"\r\nX: 1{SNOWMAN}"),)),
    Attack("no HOME, no PATH", (variables(HOME=None, PATH=None, AWS_CONFIG_FILE=None),)),
    Attack("variables not UTF-8", (variables(NONSENSE=b"\xff", AWS_NONSENSE=b"\xff", **{"AWS_ROLE_ARN\x1b": "x"}),)),
    Attack("LANG=C", (ASCII_ONLY, claims(sub=SNOWMAN)), "trust-policy-denied"),
]

# -------------------------------------------------------------------------------------------------------- issuers

DISCOVERY, KEYS, LATE_KEYS = "discovery-invalid", "jwks-invalid", "jwks-unreachable"
OK = b"HTTP/1.1 200 OK\r\n"
BLANK = b" " * 50_000
KEY_SET = json.dumps({"keys": [{"kty": "RSA", "kid": f"{i:x}", "n": "AQAB" * 12, "e": "AQAB"} for i in range(10_000)]})


def documents(discovery: str | None = None, jwks: str | None = None) -> tuple[Step, ...]:
    """Run in a pod whose issuer publishes this."""
    return (scene(IssuerPlan(discovery=Page(body=discovery), jwks=Page(body=jwks))),)


def redirected(location: str) -> tuple[Step, ...]:
    """Run in a pod whose issuer redirects there."""
    return (scene(IssuerPlan(discovery=Page(status=302, redirect=location))),)


def keys_at(uri: object) -> tuple[Step, ...]:
    """Run in a pod whose issuer names its keys so."""
    return (scene(IssuerPlan(discovery=Page(put={"jwks_uri": uri}))),)


def site(name: str, behave: Behaviour, finds: str = DISCOVERY, *, late: bool = False) -> Attack:
    """Return an attack by the server of the discovery document."""
    return Attack(name, (issuer(behave),), None, (finds,), late=late)


def keys(name: str, behave: Behaviour, finds: str = KEYS, *, late: bool = False) -> Attack:
    """Return an attack by the server of the key set."""
    return Attack(name, (issuer(jwks=behave),), None, (finds,), late=late)


def bomb() -> bytes:
    """Return 50 MB that are sent as 50 kB."""
    return response(gzip.compress(b" " * 50_000_000, 9), headers={"Content-Encoding": "gzip"})


LOOP = response(status="302 Found", headers={"Location": "/.well-known/openid-configuration"})
CHUNKED = OK + b"Transfer-Encoding: chunked\r\n\r\n"
CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"
ISSUERS = [
    *(
        Attack(f"discovery {body!r:.30}", documents(discovery=body), DISCOVERY)
        for body in (
            "",
            "no",
            "[]",
            "null",
            "7",
            "NaN",
            "{}",
            "<html>no</html>",
            NESTED,
            '{"issuer": 7, "jwks_uri": 7}',
        )
    ),
    *(
        Attack(f"keys {body!r:.40}", documents(jwks=body), KEYS)
        for body in (
            "",
            "[]",
            "null",
            '{"keys": null}',
            '{"keys": "x"}',
            '{"keys": [1, null, "x", [], {}]}',
            f'{{"keys": {NESTED}}}',
            "<html>no</html>",
            '{"keys": [{"kty": "RSA", "kid": "k"}]}',
            '{"keys": [{"kty": 7, "kid": 7, "n": 7, "e": 7}]}',
            '{"keys": [{"kty": "RSA", "kid": "k", "e": "AQAB", "n": ' + "9" * 5000 + "}]}",
            '{"keys": [{"kty": "\\u001b[2J", "kid": "\\u001b[2J"}]}',
            '{"keys": [{"kty": "EC", "kid": "\\ud800"}]}',
        )
    ),
    Attack("10,000 keys", documents(jwks=KEY_SET), "key-not-published", (KEYS,)),
    Attack("redirect to http", redirected("http://127.0.0.1/"), DISCOVERY, says="does not begin with https"),
    Attack("redirect to link-local", redirected("https://169.254.169.254/"), DISCOVERY, says="redirects elsewhere"),
    Attack("redirect with a password", redirected(f"https://u:{PASSWORD}@localhost/"), DISCOVERY),
    Attack("redirect to no URL", redirected("https://[::1"), DISCOVERY),
    Attack("redirect with escapes", redirected("\x1b[2Jx"), DISCOVERY),
    Attack("jwks_uri http", keys_at("http://127.0.0.1/"), DISCOVERY),
    Attack("jwks_uri with a password", keys_at(f"https://u:{PASSWORD}@localhost/"), DISCOVERY, says="user name"),
    Attack("jwks_uri a list", keys_at(["https://localhost/"]), DISCOVERY),
    Attack("jwks_uri with escapes", keys_at(ESCAPE), DISCOVERY),
    Attack("jwks_uri link-local", keys_at("https://169.254.169.254/"), LATE_KEYS, says="link-local"),
    Attack("jwks_uri link-local as a number", keys_at("https://2852039166/"), LATE_KEYS, says="link-local"),
    Attack("jwks_uri of another host", keys_at("https://127.0.0.1:1/"), LATE_KEYS),
    site("50 MB of discovery", flood(OK + b"\r\n", BLANK, 1000)),
    keys("50 MB of keys", flood(OK + b"\r\n", BLANK, 1000)),
    keys("50 MB announced", flood(OK + b"Content-Length: 50000000\r\n\r\n", BLANK, 1000)),
    site("50 MB of headers", flood(OK, b"X: " + BLANK + b"\r\n", 1000)),
    site("50 MB of one header", flood(OK + b"X: ", BLANK, 1000)),
    site("50 MB of status line", flood(b"HTTP/1.1 200 ", BLANK, 1000)),
    site("endless 100 Continue", flood(b"", CONTINUE * 2000, 1000), UNREACHABLE, late=True),
    site("endless small chunks", flood(CHUNKED, b"1\r\n \r\n" * 8000, 1000), UNREACHABLE, late=True),
    site("a gzip bomb", once(bomb())),
    keys("a gzip bomb of keys", once(bomb())),
    site("gzip that is none", once(response(b"{}", headers={"Content-Encoding": "gzip"}))),
    site("brotli", once(response(b"{}", headers={"Content-Encoding": "br"}))),
    site("dripping headers", drip(OK + b"X: " + b"a" * 9000), UNREACHABLE, late=True),
    site("dripping body", drip(OK + b"\r\n" + b" " * 9000, len(OK) + 2), UNREACHABLE, late=True),
    keys("dripping keys", drip(OK + b"\r\n" + b" " * 9000, len(OK) + 2), LATE_KEYS, late=True),
    site("a redirect loop", once(LOOP)),
    site("not HTTP", once(b"220 mail.test ESMTP\r\n")),
    site("HTTP/2", once(b"HTTP/2 200\r\n\r\n{}")),
    site("nothing", once(b""), UNREACHABLE),
    site("half a body", once(OK + b"Content-Length: 100\r\n\r\n{"), UNREACHABLE),
    site("a bad chunk", once(CHUNKED + b"xyz\r\n"), UNREACHABLE),
    site("a negative length", once(OK + b"Content-Length: -1\r\n\r\n{}")),
    site("two lengths", once(OK + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\n{}")),
    site("a length of 5000 digits", once(OK + b"Content-Length: " + b"9" * 5000 + b"\r\n\r\n{}")),
    site("headers that are none", once(OK + b"\0\xff\xfe\r\n: x\r\n\r\n{}")),
    site("escapes in the status", once(f"HTTP/1.1 500 {ESCAPE}\r\n\r\n{{}}".encode()), UNREACHABLE),
]

# ------------------------------------------------------------------------------------------------------------ STS

UNKNOWN, RESET, TIMEOUT = "sts-refused-unknown", "sts-connection-reset", "sts-timeout"
ENTITIES = "".join(f'<!ENTITY {b} "{f"&{a};" * 10}">' for a, b in zip("abcdefgh", "bcdefghi", strict=True))
XML_BOMB = f'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">{ENTITIES}]><x>&i;</x>'
OUTSIDE = '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><ErrorResponse><Error><Code>&a;</Code></Error></ErrorResponse>'
IDENTITY = "caller-identity-refused"


def flooding(head: bytes, piece: bytes) -> Answer:
    """Answer STS's client with 50 MB."""

    def write(connection: socket.socket) -> bool:
        connection.sendall(head)
        for _ in range(1000):
            connection.sendall(piece)
        return False

    return write


def changed(old: str, new: str) -> tuple[Step, ...]:
    """Let STS accept, with an answer that was tampered with."""
    return (sts(answering(ACCEPTED.replace(old, new)), answering(CALLER)),)


STS = [
    Attack(
        "HTML 200", (sts(answering("<html>Welcome<br></html>", content_type="text/html")),), UNKNOWN, says="text/html"
    ),
    Attack("HTML 502", (sts(answering("<html>Bad Gateway</html>", 502)),), UNKNOWN, says="502"),
    Attack("empty 200", (sts(answering("")),), UNKNOWN),
    Attack("empty 403", (sts(answering("", 403)),), UNKNOWN),
    Attack("JSON", (sts(answering('{"message": "no"}', 403)),), UNKNOWN),
    Attack("STS binary", (sts(answering(bytes(range(256)))),), UNKNOWN),
    Attack("truncated XML", (sts(answering(ACCEPTED[:300])),), UNKNOWN),
    Attack("half a body from STS", (sts(raw(OK + b"Content-Length: 9999\r\n\r\n" + ACCEPTED.encode())),), RESET),
    Attack("XML bomb", (sts(answering(XML_BOMB)),), UNKNOWN),
    Attack("XML bomb as a refusal", (sts(answering(XML_BOMB, 400)),), UNKNOWN),
    Attack("external entity", (sts(answering(OUTSIDE, 400)),), UNKNOWN),
    Attack("XML 100,000 deep", (sts(answering("<a>" * 100_000 + "</a>" * 100_000)),), UNKNOWN),
    Attack("50 MB from STS", (sts(flooding(OK + b"\r\n", BLANK)),), UNKNOWN, says="more than 1 MiB"),
    Attack("50 MB announced by STS", (sts(flooding(OK + b"Content-Length: 50000000\r\n\r\n", BLANK)),), UNKNOWN),
    Attack("50 MB of STS's headers", (sts(flooding(OK, b"X: " + BLANK + b"\r\n")),), RESET),
    Attack("endless 100 Continue from STS", (sts(flooding(b"", CONTINUE * 2000)),), TIMEOUT, late=True),
    Attack("gzip bomb from STS", (sts(raw(bomb())),), UNKNOWN),
    Attack("drip", (sts(dripping),), TIMEOUT, late=True),
    Attack("STS not HTTP", (sts(raw(b"220 mail.test ESMTP\r\n")),), RESET),
    Attack("STS says nothing", (sts(raw(b"")),), RESET),
    Attack("redirect from STS", (sts(raw(b"HTTP/1.1 302 Found\r\nLocation: https://127.0.0.1:1/\r\n\r\n")),), UNKNOWN),
    Attack("escapes", (sts(answering(refusal("Nonsense", ESCAPE), 400)),), UNKNOWN),
    Attack(
        "escapes that XML allows", (sts(answering(refusal("Nonsense\u202e\x85", "\x85\u202e\u2028"), 400)),), UNKNOWN
    ),
    Attack("unknown code", (sts(answering(refusal("Nonsense", "a new word"), 400)),), UNKNOWN, says="a new word"),
    Attack("no code", (sts(answering(refusal("", ""), 400)),), UNKNOWN),
    Attack("code of 100 kB", (sts(answering(refusal("x" * 100_000, "y" * 100_000), 400)),), UNKNOWN),
    Attack("code nested", (sts(answering(refusal("<a><b>c</b></a>", "<a>m</a>"), 400)),), UNKNOWN),
    Attack("code twice", (sts(answering(refusal("A</Code><Code>B", "c</Message><Message>d"), 400)),), UNKNOWN),
    Attack("a refusal with 200", (sts(answering(refusal("AccessDenied", "no"))),), UNKNOWN),
    Attack("no credentials", changed("Credentials>", "Nothing>"), UNKNOWN),
    Attack("no access key", changed("AccessKeyId>", "Nothing>"), UNKNOWN),
    *(
        Attack(f"expiry {text!r:.20}", changed("2026-11-21T11:00:00Z", text), UNKNOWN)
        for text in ("soon", "", "99999-01-01T00:00:00Z", "nan", "1e400", "9" * 400)
    ),
    Attack("expiry in the year 1", changed("2026-11-21T11:00:00Z", "0001-01-01T00:00:00Z")),
    Attack("caller HTML", (sts(answering(ACCEPTED), answering("<html/>")),), None, (IDENTITY,)),
    Attack("caller 50 MB", (sts(answering(ACCEPTED), flooding(OK + b"\r\n", BLANK)),), None, (IDENTITY,)),
    Attack("caller drip", (sts(answering(ACCEPTED), dripping),), says="did not answer in time", late=True),
    *(
        Attack(f"date {text!r:.20}", (sts(answering(ACCEPTED, date=text), answering(CALLER)),))
        for text in (None, "nonsense", "Sat, 01 Jan 0001 00:00:00 +1400", "9" * 5000)
    ),
]

# --------------------------------------------------------------------------------------------------- command line

COMMAND_LINE = [
    Attack(
        "--issuer-ca garbage",
        (writes("ca", b"\xff\0"), flags("--issuer-ca", "$directory/ca")),
        None,
        ("issuer-certificate-untrusted",),
    ),
    Attack("a long value", (flags("--role-arn", "x" * 100_000),), "role-arn-invalid"),
    Attack("--expect-audience with escapes", (flags("--expect-audience", ESCAPE),), None, ("audience-mismatch",)),
    Attack("a tiny deadline", (flags("--deadline", "1ms"),), None, says="the deadline ran out"),
]
TABLES = {
    "token": TOKENS, "file": FILES, "environment": ENVIRONMENT, "issuer": ISSUERS, "sts": STS, "line": COMMAND_LINE
}  # fmt: skip

# ---------------------------------------------------------------------------------------------------------- runs

Runs = Callable[[Attack, str], Outcome]


@pytest.fixture(scope="module")
def ground(lab: Lab, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ground]:
    """Return what all attacks share; both of the lab's keys exist before two threads want them."""
    assert lab.key is not lab.stranger
    with lab.pod(HEALTHY) as pod:
        yield Ground(lab, pod, Authority(tmp_path_factory.mktemp("authority")), threading.Lock())


@pytest.fixture(scope="module")
def runs(ground: Ground, request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Runs]:
    """Return what runs an attack. All that were selected run side by side, but not where tests themselves do."""

    def run(attack: Attack, form: str) -> Outcome:
        return perform(ground, tmp_path_factory.mktemp("pod"), attack, form)

    pool = ThreadPoolExecutor(2 * (os.cpu_count() or 1))
    begun: dict[tuple[str, str], Future[Outcome]] = {}
    if "PYTEST_XDIST_WORKER" not in os.environ:
        for attack, form in _selected(request):
            begun[attack.name, form] = pool.submit(run, attack, form)

    def outcome(attack: Attack, form: str) -> Outcome:
        future = begun.get((attack.name, form))
        return run(attack, form) if future is None else future.result()

    yield outcome
    pool.shutdown(cancel_futures=True)


def _selected(request: pytest.FixtureRequest) -> Iterator[tuple[Attack, str]]:
    for item in request.session.items:
        params = getattr(getattr(item, "callspec", None), "params", {})
        if item.path == request.path and isinstance(params.get("attack"), Attack):
            yield params["attack"], params.get("form", "json")


@pytest.fixture(scope="module")
def usual(runs: Runs) -> Outcome:
    """Return what becomes of the healthy pod."""
    return runs(NO_ATTACK, "json")


def test_the_pod_is_healthy_without_an_attack(usual: Outcome) -> None:
    """What the attacks find is the attacks' doing."""
    report = json.loads(usual.out)
    assert (usual.code, usual.err, report["healthy"]) == (0, "", True)
    assert usual.peak


def test_the_names_of_attacks_are_unique() -> None:
    """An outcome is found by the attack's name."""
    names = [attack.name for table in TABLES.values() for attack in table]
    assert sorted(set(names)) == sorted(names)


def _listed(*tables: list[Attack]) -> list[object]:
    """Return pytest's parameters for the attacks of the tables."""
    return [pytest.param(attack, id=attack.name) for table in tables for attack in table]


@pytest.mark.parametrize("attack", _listed(*TABLES.values()))
def test_an_attack_ends_in_its_own_fault(runs: Runs, usual: Outcome, attack: Attack) -> None:
    """A report with the expected root cause and findings, the exit code that goes with it, and nothing else."""
    done = runs(attack, "json")
    assert done.err == ""
    report = json.loads(done.out)
    found = {check["name"] for check in report["checks"]} - {None}
    cause = report["root_cause"]
    assert (cause and cause["name"]) == attack.cause
    assert set(attack.finds) <= found
    assert attack.says in done.out
    assert "crash" not in {check["status"] for check in report["checks"]}
    overdue = any("the deadline" in check["detail"] for check in report["checks"])
    assert done.code == int(attack.cause is not None or overdue)
    _assert_harmless(done, usual)


def _assert_harmless(done: Outcome, usual: Outcome) -> None:
    """No secret, no control character, no more memory, and a termination message of the size that is allowed."""
    assert PASSWORD not in done.out + done.err + done.message
    assert all(character.isprintable() or character == "\n" for character in done.out + done.err + done.message)
    assert 0 < len(done.message.encode()) <= 4096
    assert done.peak < usual.peak + EXTRA


SHOWN = [
    attack
    for attack in (*TOKENS, *FILES, *ENVIRONMENT, *ISSUERS, *STS)
    if attack.name
    in {
        "kid with escapes",
        "iss with escapes",
        "path with escapes",
        "region with escapes",
        "jwks_uri with escapes",
        "escapes that XML allows",
        "half surrogates",
    }
]


@pytest.mark.parametrize("form", ["text", "short"])
@pytest.mark.parametrize("attack", _listed(SHOWN))
def test_people_are_shown_nothing_that_moves_a_cursor(runs: Runs, usual: Outcome, attack: Attack, form: str) -> None:
    """A stranger's text is harmless in what a terminal shows, and the conclusion still is the last line."""
    done = runs(attack, form)
    assert done.err == ""
    assert done.out.splitlines()[-1].startswith("irsa-doctor: ")
    _assert_harmless(done, usual)


# --------------------------------------------------------------------------------------- what is no table's row


def _run(ground: Ground, *args: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "sidecar", "check", *args],
        env=ground.pod.environ,
        capture_output=True,
        check=False,
        text=True,
        timeout=PATIENCE,
    )


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (["extra"], ["'extra': an argument too many"]),
        (["--nonsense"], ["'--nonsense' is no flag of check"]),
        (["x" * 100_000], ["...': an argument too many"]),
        ([ESCAPE], ["': an argument too many"]),
        (["--timeout", "1e400", "--deadline", "-1s"], ["'1e400' is not a duration", "--deadline: "]),
        (["--timeout", "9" * 5000 + "s"], ["is not a duration"]),
        (["--format", SNOWMAN, "--fail-on", "\n"], ["--format: ", "--fail-on: "]),
        (["--workload-uid", "99999999999", "--expect-thumbprint", "x"], ["--workload-uid: ", "--expect-thumbprint: "]),
        (["--workload-gids", ",".join(["x"] * 1000)], ["--workload-gids: "]),
        (["--token-file", ""], ["--token-file: the value is empty"]),
        (["--issuer-ca", "/nowhere"], ["--issuer-ca: "]),
        (["--issuer-ca", "/etc"], ["--issuer-ca: "]),
        (["--issuer-ca", "/dev/zero"], ["--issuer-ca: "]),
        (["--issuer-ca", f"/{ESCAPE}"], ["--issuer-ca: "]),
    ],
)
def test_a_wrong_question_is_refused(ground: Ground, args: list[str], words: list[str]) -> None:
    """Exit 2, nothing on standard output, every mistake named, in short lines that move no cursor."""
    done = _run(ground, *args)
    assert (done.returncode, done.stdout) == (2, "")
    assert all(word in done.stderr for word in words)
    assert all(len(line) < 300 for line in done.stderr.splitlines())
    assert all(character.isprintable() or character == "\n" for character in done.stderr)


@pytest.mark.parametrize("where", ["a directory", "nowhere", "full", "a FIFO"])
def test_a_termination_log_that_cannot_be_written(ground: Ground, tmp_path: Path, where: str) -> None:
    """One sentence, and neither the report nor the exit code suffers; a FIFO that nobody reads is not waited for."""
    os.mkfifo(tmp_path / "pipe")
    paths = {"a directory": tmp_path, "nowhere": tmp_path / "a" / "b", "full": "/dev/full", "a FIFO": tmp_path / "pipe"}
    done = _run(ground, "--termination-log", str(paths[where]), "--no-exchange")
    assert done.returncode == 0
    assert done.stderr.startswith("irsa-doctor: the termination message was not written: ")
    assert done.stderr.count("\n") == 1


def test_a_path_with_nul_is_missing() -> None:
    """No program can be given such an argument, but a configuration file can hold it."""
    found, content = read_token("/a\0b", World({}))
    assert isinstance(found, Failed)
    assert (found.kind, content) == ("missing", None)


def test_a_file_that_comes_and_goes(ground: Ground, tmp_path: Path) -> None:
    """Whatever is seen of it, it is a fault of its own or none."""
    path, away, over = tmp_path / "token", tmp_path / "away", threading.Event()
    path.write_text((ground.pod.directory / "token" / "token").read_text())
    path.chmod(0o600)

    def flicker() -> None:
        while not over.wait(0.001):
            with suppress(OSError):
                path.rename(away)
            with suppress(OSError):
                away.rename(path)

    thread = threading.Thread(target=flicker)
    thread.start()
    done = _run(ground, "--token-file", str(path), "--format", "json")
    over.set()
    thread.join()
    assert done.stderr == ""
    report = json.loads(done.stdout)
    assert report["healthy"] or report["root_cause"]["name"] == MISSING


@pytest.mark.parametrize(("number", "word"), [(signal.SIGTERM, "terminated"), (signal.SIGINT, "interrupted")])
def test_a_signal_in_the_middle(ground: Ground, number: signal.Signals, word: str) -> None:
    """A run that waits for STS ends at once with one word, as shells count signals."""
    asked = threading.Event()

    def wait(connection: socket.socket) -> bool:
        asked.set()
        connection.settimeout(None)
        return bool(connection.recv(1))

    with serving(wait) as server:
        environ = {**ground.pod.environ, "AWS_ENDPOINT_URL_STS": server.url}
        command = [sys.executable, "-m", "sidecar", "check", "--timeout", "1h", "--deadline", "1h"]
        with subprocess.Popen(command, env=environ, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
            try:
                assert asked.wait(PATIENCE)
                process.send_signal(number)
                out, err = process.communicate(timeout=PATIENCE)
            finally:
                process.kill()
    assert (process.returncode, out, err.decode()) == (128 + number, b"", f"irsa-doctor: {word}\n")


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        (f"https://u:{PASSWORD}@h/x", "https://h/x"),
        (f"u:{PASSWORD}@h:1", "h:1"),
        (f"//u:{PASSWORD}@h", "//h"),
        (f"http:/u:{PASSWORD}@h:1", "http:/h:1"),
        (f"http://u:{PASSWORD}/@h:1", "http://h:1"),
        (f"http://u:{PASSWORD}//@h:1", "http://h:1"),
        (f"http://u:{PASSWORD}#?@h:1", "http://h:1"),
        (f"http://u@{PASSWORD}@[::1", "http://[::1"),
        (f"https://{PASSWORD}/u@h", f"https://{PASSWORD}/***"),
    ],
)
def test_a_password_is_cut_out_of_any_url(url: str, expected: str) -> None:
    """However badly the URL is written; an @ in a path is no user name's."""
    assert without_userinfo(url) == expected
