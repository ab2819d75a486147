"""The third link: the token's header and claims, unverified. Pure."""

from datetime import UTC, datetime

from sidecar import faults
from sidecar.check import check
from sidecar.facts import Expectation, Moment, Names, Token
from sidecar.jwt import SUPPORTED_ALGORITHMS
from sidecar.model import Fail, Failed, Pass, Skip, Verdict

LEEWAY_SECONDS = 300
"""What STS allows on exp, nbf and iat (FACTS A27, A28)."""

_OPENSHIFT = "openshift"
_NOTES = {
    _OPENSHIFT: (
        "OpenShift's tools make the provider with openshift and sts.amazonaws.com as client ids: if this one has "
        "openshift, nothing is wrong, and --expect-audience openshift says so"
    ),
    "sts.amazonaws.com.cn": (
        "the EKS webhook asks for sts.amazonaws.com in China, too: the client ids show which of them this provider has"
    ),
}
"""What is known of other audiences that are met (FACTS C1, C22, D22)."""
_BOTH_OF_OPENSHIFT = (
    "OpenShift's provider takes openshift and sts.amazonaws.com, but STS takes a token for one of them only: let the "
    "volume, or whatever asks for the token, name one"
)
_API_AUDIENCES = ("https://kubernetes.default.svc", "kubernetes.default.svc", "api")


@check("token.wellformed")
def wellformed(token: Token | Failed) -> Verdict:
    """Is the token a JWT that STS can read?"""
    if isinstance(token, Failed):
        return Fail(faults.TOKEN_MALFORMED, {"found": token.why})
    if token.crit:
        return Fail(faults.TOKEN_MALFORMED, {"found": f"a crit header, which STS refuses: {', '.join(token.crit)}"})
    return Pass(f"a JWT of {token.length} characters")


@check("token.kind")
def kind(token: Token, expectation: Expectation) -> Verdict:
    """Is the token meant for STS and not for the Kubernetes API?"""
    if token.effective_audience == expectation.audience:
        return Pass("it is not the Kubernetes API's")
    found = _api_token(token)
    if found:
        return Fail(faults.TOKEN_WRONG_KIND, {"found": found, "expected": expectation.audience})
    return Pass("nothing marks it as the Kubernetes API's")


@check("token.complete")
def complete(token: Token) -> Verdict:
    """Does the token carry every claim that STS needs?"""
    if token.problems:
        return Fail(faults.TOKEN_MISSING_CLAIM, dict(token.problems))
    return Pass("iss, sub, aud, iat and exp are there")


@check("token.unexpired")
def unexpired(token: Token, moment: Moment, names: Names) -> Verdict:
    """Is the token's expiry still to come?"""
    if token.expires is None:
        return Skip("the token has no expiry")
    left = token.expires - moment.now
    if left >= 0:
        return Pass(f"until {instant(token.expires)}")
    if left >= -LEEWAY_SECONDS:
        return Pass(f"expired {-left:.0f} s ago, within the 5 minutes that STS allows")
    times = {"expired": instant(token.expires), "now": instant(moment.now)}
    return Fail(faults.TOKEN_EXPIRED, {**times, "namespace": names.namespace, "pod": names.pod})


@check("token.started")
def started(token: Token, moment: Moment) -> Verdict:
    """Has the token's life begun?"""
    times = {"iat": token.issued, "nbf": token.not_before}
    known = {claim: time for claim, time in times.items() if time is not None}
    if not known:
        return Skip("the token does not say when its life begins")
    claim = max(known, key=known.__getitem__)
    if known[claim] > moment.now + LEEWAY_SECONDS:
        evidence = {"claim": claim, "valid_from": instant(known[claim]), "now": instant(moment.now)}
        return Fail(faults.TOKEN_NOT_YET_VALID, evidence)
    return Pass(f"since {instant(known[claim])}")


@check("token.audience")
def audience(token: Token, expectation: Expectation, names: Names) -> Verdict:
    """Is the token addressed to STS?"""
    if "aud" in token.problems and token.authorized_party is None:
        return Skip("the token has no usable aud")
    found = token.effective_audience
    if found is None:
        evidence = {"expected": expectation.audience, "found": ", ".join(token.audience)}
        both = {"note": _BOTH_OF_OPENSHIFT} if _OPENSHIFT in token.audience else {}
        return Fail(faults.AUDIENCE_AMBIGUOUS, {**evidence, **both})
    claim = "aud" if token.authorized_party is None else "azp"
    if found == expectation.audience:
        return Pass(f"{claim} is {found}")
    evidence = {"claim": claim, "expected": expectation.audience, "found": found}
    note = _NOTES.get(found)
    return Fail(
        faults.AUDIENCE_MISMATCH,
        {**evidence, **({"note": note} if note else {}), "provider_arn": names.provider_arn},
    )


@check("token.subject")
def subject(token: Token, expectation: Expectation) -> Verdict:
    """Is the token for this pod's service account?"""
    if token.subject is None:
        return Skip("the token has no usable sub")
    expected = expectation.subject or _own_subject(expectation)
    if expected is None:
        return _own_namespace(token.subject, expectation.namespace)
    if token.subject == expected:
        return Pass(token.subject)
    return Fail(faults.SUBJECT_MISMATCH, {"expected": expected, "found": token.subject})


@check("token.algorithm")
def algorithm(token: Token) -> Verdict:
    """Is the token signed in a way that STS accepts?"""
    if token.algorithm in SUPPORTED_ALGORITHMS:
        return Pass(token.algorithm)
    return Fail(faults.ALGORITHM_UNSUPPORTED, {"found": token.algorithm, "expected": ", ".join(SUPPORTED_ALGORITHMS)})


def instant(seconds: float) -> str:
    """Return a time as RFC 3339 in UTC, whole seconds; out of the calendar's range, the number itself."""
    try:
        return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    except (OverflowError, ValueError, OSError):
        return f"{seconds:.0f}"


def _api_token(token: Token) -> str | None:
    if token.legacy:
        return "a legacy Secret token of the Kubernetes API"
    if token.warnafter:
        return "the Kubernetes API's own token (it carries warnafter)"
    known = {*_API_AUDIENCES, *([token.issuer] if token.issuer else [])}
    api = [one for one in token.audience if one in known or one.startswith("https://kubernetes.default.svc.")]
    return f"a token for the Kubernetes API (aud is {api[0]})" if api else None


def _own_subject(expectation: Expectation) -> str | None:
    if expectation.namespace and expectation.service_account:
        return f"system:serviceaccount:{expectation.namespace}:{expectation.service_account}"
    return None


def _own_namespace(found: str, namespace: str | None) -> Verdict:
    """Judge by the namespace alone, where the pod does not know its service account."""
    if namespace is None:
        return Skip("the pod's service account is not known (POD_NAMESPACE, POD_SERVICE_ACCOUNT)")
    expected = f"system:serviceaccount:{namespace}:"
    if found.startswith(expected):
        return Pass(f"{found} is of this namespace")
    return Fail(faults.SUBJECT_MISMATCH, {"expected": f"{expected}...", "found": found})
