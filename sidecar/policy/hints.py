"""Near misses: what a policy probably meant, in a clause. Pure. Empty where nothing is near."""

import re

_CLOSE = 0.9
_SUBJECT = re.compile(r"system:serviceaccount:(?P<namespace>[^:]*):(?P<name>[^:]*)")
_ARN = re.compile(r"arn:(?P<partition>[^:]*):iam::(?P<account>\d*):oidc-provider/(?P<path>.*)")
_SLIP = re.compile(r"oidc\.(?P<region>[a-z0-9-]+)\.eks\.(?P<rest>.*)")
_ID = re.compile(r"(?P<host>oidc[.-]eks\.[^/]+)/id/(?P<id>\w+)")
_WHOLE = "system:serviceaccount:NAMESPACE:NAME is the whole subject"
_SWAPPED = "namespace and name are swapped"
_SLIPS = frozenset({_WHOLE, _SWAPPED})
_NEVER = {
    "amr": "a Kubernetes token has no amr",
    "email": "a Kubernetes token has no email",
    "sts:externalid": "sts:ExternalId is for sts:AssumeRole only",
    "sts:roleauthorizedbyidp": "a Kubernetes token has no claim https://aws.amazon.com/roles: this locks every pod out",
}


def value_hint(wanted: str, found: str) -> str:
    """Return what tells the policy's value from the token's, where they are much alike."""
    return _same_but(wanted, found) or _subject_hint(wanted, found) or _alike(wanted, found)


def away(wanted: str, found: str) -> float:
    """Return how far a value is from the one that is held: 0.5 for a slip, 0.75 where they share something, else 1."""
    subject = _subject_hint(wanted, found)
    if _same_but(wanted, found) or subject in _SLIPS or (not subject and _alike(wanted, found)):
        return 0.5
    return 0.75 if subject else 1


def _same_but(wanted: str, found: str) -> str:
    for clean, what in (
        (str.strip, "white space"),
        (str.lower, "upper and lower case"),
        (lambda text: text.rstrip("/"), "a slash at the end"),
    ):
        if clean(wanted) == clean(found):
            return f"they differ in {what} only"
    return ""


def _subject_hint(wanted: str, found: str) -> str:
    has = _SUBJECT.fullmatch(found)
    wants = _SUBJECT.fullmatch(wanted)
    if has is None or set("*?") & set(wanted):
        return ""
    if wants is None:
        short = {f"{has['namespace']}:{has['name']}", f"{has['namespace']}/{has['name']}", has["name"]}
        return _WHOLE if wanted in short else ""
    if (wants["namespace"], wants["name"]) == (has["name"], has["namespace"]):
        return _SWAPPED
    if wants["name"] == has["name"]:
        return "the same name in another namespace"
    return "another service account of the same namespace" if wants["namespace"] == has["namespace"] else ""


def _alike(wanted: str, found: str) -> str:
    if set("*?") & set(wanted):
        return ""
    from difflib import SequenceMatcher

    matcher = SequenceMatcher(None, wanted, found)
    # The first two are upper bounds that cost next to nothing: a policy may hold ten thousand values.
    alike = all(ratio() >= _CLOSE for ratio in (matcher.real_quick_ratio, matcher.quick_ratio, matcher.ratio))
    return "they are nearly the same: look for a misspelling" if alike else ""


def provider_hint(expected: str, found: str) -> str:
    """Return what tells the provider that the policy names from the token's."""
    wants, has = _ARN.fullmatch(expected), _ARN.fullmatch(found)
    if has is None or wants is None:
        return "this is the issuer, not its provider's ARN" if wants and wants["path"] in found else ""
    if has["path"] == wants["path"] and wants["account"] != "ACCOUNT":
        if has["account"] != wants["account"]:
            return "the provider must be in the role's own account"
        return "the provider must be in the role's own partition"
    return _path_hint(wants["path"], has["path"])


def _path_hint(expected: str, found: str) -> str:
    if found.removeprefix("https://") == expected:
        return "https:// does not belong there"
    if "*" in found or "?" in found:
        return "wildcards are not allowed in a principal"
    return _same_but(found, expected) or _slip(expected, found) or _another_cluster(expected, found)


def _slip(expected: str, found: str) -> str:
    slip = _SLIP.match(found)
    right = f"oidc.eks.{slip['region']}.{slip['rest']}" if slip else ""
    return "the host is written oidc.eks.REGION, not oidc.REGION.eks" if right and right == expected else ""


def _another_cluster(expected: str, found: str) -> str:
    here, there = _ID.match(expected), _ID.match(found)
    if here is None or there is None:
        return ""
    return "the issuer of another cluster, or of this one before it was made anew"


def is_slip(expected: str, found: str) -> bool:
    """Whether the provider that the policy names is this one, misspelt: no other cluster's."""
    hint = provider_hint(expected, found)
    return bool(hint) and "another cluster" not in hint and "wildcards" not in hint


def key_hint(key: str, prefix: str) -> str:
    """Return why no exchange with this issuer carries the key, as far as that can be told."""
    issuer, _, claim = key.rpartition(":")
    lowered = key.lower()
    if lowered in _NEVER:
        return _NEVER[lowered]
    if claim.lower() in _NEVER and issuer.lower() == prefix.lower():
        return _NEVER[claim.lower()]
    if "kubernetes.io" in lowered:
        return "IAM knows none of a token's Kubernetes claims"
    if issuer.startswith("arn:"):
        return f"the key begins with {prefix}, not with the provider's ARN"
    return _issuer_hint(issuer, prefix)


def _issuer_hint(issuer: str, prefix: str) -> str:
    hint = _path_hint(prefix, issuer) if issuer else ""
    if hint:
        return hint
    return f"this issuer's keys are {prefix}:sub and {prefix}:aud" if "/" in issuer or "." in issuer else ""
