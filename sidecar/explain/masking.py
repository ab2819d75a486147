"""Shows a part of a text without what is secret in it. Pure."""

import re

from sidecar.explain.unwrap import Unwrapped

MASK = "***"
_REACH = 360  # characters shown around a wording, at most

_SECRETS = (
    re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)", re.DOTALL),
    re.compile(r"\bey[A-Za-z0-9_-]{8,}(?:[.%][A-Za-z0-9_.=%-]*)*"),  # a JWT, whole or in part
    re.compile(r"\b[A-Za-z0-9_-]{16,}\.[A-Za-z0-9_-]{16,}\.[A-Za-z0-9_-]{16,}"),
    re.compile(r"\b(?:FwoGZXIvYXdz|IQoJb3JpZ2lu|FQoGZXIvYXdz|AQo[DE]YXdz)[A-Za-z0-9+/=%_-]*"),  # session tokens
)
_NAMED = re.compile(
    r"(?P<name>\b[\w.-]{0,40}(?:secret[_-]?access[_-]?key|secretaccesskey|secret[_-]?key|session[_-]?token|security[_-]?token|sessiontoken|"
    r"x-amz-signature|x-amz-credential|webidentitytoken|web_identity_token|(?<!\w)signature|password|passwd|authorization|id_token|"
    r"client_secret|access_token|refresh_token|client_assertion|assertion|api[_-]?key|credential)"
    r"['\"\\]{0,3}\s{0,2}(?:=>|[=:])\s{0,2}['\"\\]{0,3})(?:(?:bearer|basic|aws4-hmac-sha256)\s+)?(?P<value>[^\s,;&'\"<>{}\])]{4,})",
    re.IGNORECASE,
)
_XML = re.compile(r"(<(?:SecretAccessKey|SessionToken|WebIdentityToken)>)[^<]*", re.IGNORECASE)
_BEARER = re.compile(r"\b(bearer|basic)\s+[A-Za-z0-9._~+/=-]{8,}", re.IGNORECASE)
_AUTHORITY = re.compile(r"(\w+://)[^\s/@:]*:[^\s/@]*@")
_ACCESS_KEY = re.compile(r"\b(AKIA|ASIA)[A-Z0-9]{12,}")
_LONG = re.compile(
    r"(?<![\w/+=.-])(?=[A-Za-z0-9/+=]*[a-z])(?=[A-Za-z0-9/+=]*[A-Z])(?=[A-Za-z0-9/+=]*[0-9])[A-Za-z0-9/+=]{40,}(?![\w.-])"
)


def masked(text: str) -> str:
    """Return text with a mask for each secret."""
    for pattern in _SECRETS:
        text = pattern.sub(MASK, text)
    text = _XML.sub(rf"\1{MASK}", text)
    text = _NAMED.sub(lambda match: match["name"] + MASK, text)
    text = _BEARER.sub(rf"\1 {MASK}", text)
    text = _AUTHORITY.sub(rf"\1{MASK}@", text)
    text = _ACCESS_KEY.sub(rf"\1{MASK}", text)
    return _LONG.sub(MASK, text)


def excerpt(text: Unwrapped, position: int) -> str:
    """Return what stood on the input's line around a position: bounded, and without secrets."""
    part = text.part(position)
    first = last = part
    while first > 0 and text.lines[first - 1] == text.lines[part]:
        first -= 1
    while last + 1 < len(text.starts) and text.lines[last + 1] == text.lines[part]:
        last += 1
    begin = text.starts[first]
    end = text.starts[last + 1] - 1 if last + 1 < len(text.starts) else len(text.text)
    # Masked before it is cut: what is left of a secret that was cut might not look like one.
    before, after = masked(text.text[begin:position]), masked(text.text[begin:end])
    return _cut(after, min(len(before), len(after)))


def _cut(line: str, position: int) -> str:
    if len(line) <= _REACH:
        return line
    begin = max(0, min(position - _REACH // 3, len(line) - _REACH))
    end = begin + _REACH
    return ("..." if begin else "") + line[begin:end].strip() + ("..." if end < len(line) else "")
