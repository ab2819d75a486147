"""What a reader's shell, the AWS CLI, kubectl and this program make of the commands in a report. No network.

Words in capitals stand for what a report cannot know: each is replaced by something of its kind first, and one that is
not listed here is an error.
"""

import argparse
import json
import re
import shlex
import subprocess
from collections.abc import Callable, Mapping
from functools import cache, partial
from itertools import pairwise
from typing import Any
from urllib.parse import urlsplit

from awscli.clidriver import (  # type: ignore[import-untyped] # it has no types
    CLIDriver,
    CLIOperationCaller,
    create_clidriver,
)
from botocore.validate import ParamValidator

from parts import needed, program
from sidecar.arns import parse_role_arn
from sidecar.cli import COMMANDS
from sidecar.flags import read
from sidecar.partitions import partition_of

STAND_INS: Mapping[str, str] = {
    "ACCOUNT": "111122223333",
    "ACTION": "s3:GetObject",
    "ASSOCIATION_ID": "a-abcdefgh12345678",
    "CA_BUNDLE": "/etc/ssl/corporate.pem",
    "CLUSTER": "prod",
    "CONTAINER": "app",
    "HOST": "sts.eu-west-1.amazonaws.com",
    "IMAGE": "registry.test/app:2",
    "ISSUER": "oidc.test",
    "NAME": "AWS_SDK_UA_APP_ID",
    "NAMESPACE": "shop",
    "NODE": "ip-10-0-0-1.ec2.internal",
    "POD": "cart-0",
    "POLICY_ARN": "arn:aws:iam::111122223333:policy/shop",
    "PROVIDER_ARN": "arn:aws:iam::111122223333:oidc-provider/oidc.test",
    "PROXY": "http://proxy.test:3128",
    "REGION": "eu-west-1",
    "ROLE_ARN": "arn:aws:iam::111122223333:role/shop",
    "ROLE_NAME": "shop",
    "SERVICE_ACCOUNT": "cart",
    "THUMBPRINT": "b" * 40,
    "TRUST_POLICY": '{"Version": "2012-10-17", "Statement": []}',
    "URL": "https://oidc.test/keys",
    "VALUE": "shop",
    "WORKLOAD": "deployment/cart",
    # What only a check's own evidence says.
    "CORRECTED": "arn:aws:iam::111122223333:role/shop",
    "EXPECTED": "arn:aws:iam::111122223333:role/shop",
    "FOUND": "vault",
    "NO_PROXY": "sts.eu-west-1.amazonaws.com",
    "SETTING": "AWS_STS_REGIONAL_ENDPOINTS=regional",
    "STS_HOST": "sts.eu-west-1.amazonaws.com",
}
_CAPITALS = re.compile(r"(?<![\w.-])[A-Z][A-Z_]+(?![\w=.-])")
_PROVIDER = re.compile(r"arn:(aws[a-z-]*):iam::\d{12}:oidc-provider/[a-z0-9.:-]+(?:/[\w/.-]+)?", re.IGNORECASE)
_POLICY = re.compile(r"arn:aws[a-z-]*:iam::(?:\d{12}|aws):policy/[\w/+=,.@-]+")
_ASSIGNMENT = re.compile(r"[A-Za-z_]\w*(?:=.+|-)")
_DOCUMENTS = {"--policy-document", "--assume-role-policy-document"}
_CURL_FLAGS = {"--verbose": 0, "--insecure": 0, "--proxy": 1, "--output": 1, "--write-out": 1}
"""How many words follow each option."""
_NEWER = {"--show-managed-fields"}
"""Flags that kubectl has since 1.21; Debian 12 has 1.20."""
_PATIENCE = 60


class RefusedError(AssertionError):
    """A command that its program would not take."""


def taken(command: str) -> list[str]:
    """Return a command's words as its program takes them, stand-ins replaced. Raises `RefusedError`."""
    words = shlex.split(command)
    found = (partition_of(value) for option, value in pairwise(words) if option == "--region")
    stand_in = partial(_stand_in, next(found, None) or "aws")
    words = [_CAPITALS.sub(stand_in, word) for word in words]
    if not words or words[0] not in _PROGRAMS:
        message = f"nobody knows this program: {command}"
        raise RefusedError(message)
    _PROGRAMS[words[0]](words[1:])
    return words


def _stand_in(partition: str, match: re.Match[str]) -> str:
    return STAND_INS.get(match[0], match[0]).replace("arn:aws:", f"arn:{partition}:")


def _require(held: object, why: str) -> None:
    if not held:
        raise RefusedError(why)


# ------------------------------------------------------------------------------------------------------------ aws


@cache
def _driver() -> CLIDriver:
    """Return the AWS CLI, without this machine's settings: as version 2, it loads no value that is a URL."""
    driver = create_clidriver()
    driver.session._config = {"profiles": {"default": {"cli_follow_urlparam": "false"}}}
    driver.session.set_config_variable("profile", "default")
    return driver


def _by_aws(words: list[str]) -> None:
    """Let the AWS CLI parse the words, and stop where it would send the request."""
    calls: list[tuple[str, str, dict[str, Any]]] = []

    def note(_: CLIOperationCaller, service: str, operation: str, parameters: dict[str, Any], _options: object) -> int:
        calls.append((service, operation, parameters))
        return 0

    sent, CLIOperationCaller.invoke = CLIOperationCaller.invoke, note
    try:
        code = _driver().main(words)
    except (SystemExit, argparse.ArgumentError) as error:
        message = f"aws does not take {words}: {error}"
        raise RefusedError(message) from None
    finally:
        CLIOperationCaller.invoke = sent
    _require(code == 0 and len(calls) == 1, f"aws does not take {words}")
    service, operation, parameters = calls[0]
    model = _driver().session.get_service_model(service).operation_model(operation)
    if model.input_shape is not None:
        report = ParamValidator().validate(parameters, model.input_shape)
        _require(not report.has_errors(), report.generate_report())
    _judge_values(words)


def _judge_values(words: list[str]) -> None:
    """Hold what the AWS CLI passes on as it is: ARNs, policies, the region and its partition."""
    partitions = {word.split(":")[1] for word in words if word.startswith("arn:")}
    for option, value in pairwise(words):
        if option in _DOCUMENTS:
            _require("Statement" in json.loads(value), f"no policy: {value}")
            partitions |= set(re.findall(r"arn:(aws[a-z-]*):iam", value))
        if option == "--region":
            partitions.add(partition_of(value) or value)
    _require(len(partitions) <= 1, f"of several partitions: {words}")
    _require(partitions <= {"aws"} or "--region" in words, f"no region outside aws: {words}")
    for word in words:
        _require(not word.startswith("arn:") or well_formed(word), f"no ARN: {word}")
    if "--role-name" in words:
        _require("/" not in words[words.index("--role-name") + 1], f"a path is no part of a role's name: {words}")


def well_formed(arn: str) -> bool:
    """Whether a text is the ARN of a role, an OIDC provider or a policy."""
    return bool(parse_role_arn(arn) or _PROVIDER.fullmatch(arn) or _POLICY.fullmatch(arn))


# -------------------------------------------------------------------------------------------------------- kubectl


@cache
def _kubectl(*words: str) -> str:
    command = [str(needed("kubectl", program("kubectl"))), *words]
    done = subprocess.run(command, capture_output=True, text=True, timeout=_PATIENCE, check=False)
    _require(done.returncode == 0, done.stderr)
    return done.stdout


def _by_kubectl(words: list[str]) -> None:
    """Hold the words against kubectl's own help: the command exists, and has each of the flags."""
    own = words[: words.index("--")] if "--" in words else words
    positional, flags = _sorted(own)
    verb = positional[:2] if positional[0] in {"set", "create"} else positional[:1]
    shown = _kubectl(*verb, "--help") + _kubectl("options")
    _require("kubectl controls the Kubernetes cluster manager" not in shown, f"kubectl knows no {verb}")
    for flag in set(flags) - _NEWER:
        name = flag.partition("=")[0]
        known = re.search(rf"^\s+(?:-\w, )?{re.escape(name)}=", shown, re.MULTILINE) or (
            not name.startswith("--") and all(re.search(rf"^\s+-{one}, --", shown, re.MULTILINE) for one in name[1:])
        )
        _require(known, f"kubectl {' '.join(verb)} has no {flag}")
    _judge_objects(verb, positional[len(verb) :], own)


def _sorted(words: list[str]) -> tuple[list[str], list[str]]:
    """Return what stands by itself, and the flags; a flag's value follows it after a blank, but for -it and --list."""
    alone = {"-it", "--list", "--overwrite", "--raw", "--show-managed-fields"}
    positional, flags, rest = [], [], list(words)
    while rest:
        word = rest.pop(0)
        if not word.startswith("-"):
            positional.append(word)
            continue
        flags.append(word)
        if "=" not in word and word not in alone:
            _require(rest and not rest[0].startswith("-"), f"{word} has no value")
            rest.pop(0)
    return positional, flags


def _judge_objects(verb: list[str], objects: list[str], words: list[str]) -> None:
    """Hold names and values: an object is named, a variable is set or taken away, a patch is JSON, a URL a path."""
    if verb == ["set", "env"]:
        _require("/" in objects[0], f"no object: {words}")
        _require(objects[1:] or "--list" in words, f"nothing is set: {words}")
        _require(all(_ASSIGNMENT.fullmatch(word) for word in objects[1:]), f"neither set nor taken away: {words}")
    if verb == ["patch"]:
        _require(json.loads(words[words.index("--patch") + 1])["spec"], f"no patch: {words}")
    if verb == ["annotate"]:
        _require(re.fullmatch(r"eks\.amazonaws\.com/role-arn=arn:.+", objects[-1]), f"no annotation: {words}")
        _require(well_formed(objects[-1].partition("=")[2]), f"no ARN: {words}")
    if "--raw" in words:
        _require(objects[0].startswith("/"), f"no path: {words}")


# --------------------------------------------------------------------------------------------- curl, irsa-doctor


def _by_curl(words: list[str]) -> None:
    *rest, url = words
    while rest:
        option = rest.pop(0)
        _require(option in _CURL_FLAGS and len(rest) >= _CURL_FLAGS[option], f"curl is given {option}")
        del rest[: _CURL_FLAGS[option]]
    _require(urlsplit(url if "://" in url else f"https://{url}").hostname, f"no URL: {url}")


def _by_us(words: list[str]) -> None:
    name, *rest = words
    _require(name in COMMANDS, f"irsa-doctor has no command {name}")
    read(COMMANDS[name].manual, rest, {})


_PROGRAMS: Mapping[str, Callable[[list[str]], None]] = {
    "aws": _by_aws,
    "curl": _by_curl,
    "irsa-doctor": _by_us,
    "kubectl": _by_kubectl,
}
