"""The seventh link: the role and its trust policy, where IAM or the operator shows them. Pure."""

from collections.abc import Mapping

from sidecar import faults
from sidecar.arns import parse_role_arn
from sidecar.check import check
from sidecar.facts import Names, NoRole, Role, Settings, Token, TrustPolicy
from sidecar.model import Fail, Fault, Pass, Skip, Verdict
from sidecar.policy import Decision, Exchange, Judgement, Malformed, Match, corrected, judge, read_policy


@check("trust.role_exists")
def role_exists(role: Role | NoRole, names: Names) -> Verdict:
    """Does the role exist?"""
    if isinstance(role, Role):
        return Pass(f"it does; its sessions last {role.longest} s at most")
    known = {"role_arn": role.arn, "role_name": names.role_name, "account": names.account}
    of_pod = {"namespace": names.namespace, "service_account": names.service_account, "pod": names.pod}
    found = {"expected": role.arn, "found": role.other or "no role of this name"}
    return Fail(faults.ROLE_NOT_FOUND, {**found, **known, **of_pod})


@check("trust.admits")
def admits(trust_policy: TrustPolicy, token: Token, settings: Settings, names: Names) -> Verdict:
    """Does the role's trust policy admit the token?"""
    judged = _judged(trust_policy, token, settings)
    if isinstance(judged, Skip):
        return judged
    judgement, mended = judged
    if judgement.decision is Decision.ALLOW:
        allowing = next(one for one in judgement.statements if one.match is Match.YES)
        return Pass(f"Statement[{allowing.position}] does, by {_told(trust_policy)}")
    if judgement.decision is Decision.UNKNOWN:
        return Skip(_untold(judgement))
    finding = judgement.findings[0]  # the most telling: warnings come last
    return Fail(finding.fault, {**finding.evidence, **_fillings(names, mended), "read_from": trust_policy.source})


@check("trust.narrow")
def narrow(trust_policy: TrustPolicy, token: Token, settings: Settings, names: Names) -> Verdict:
    """Does the trust policy name the service accounts that it admits?"""
    return _warned(faults.TRUST_TOO_OPEN, (trust_policy, token, settings), names, "it does")


@check("trust.unambiguous")
def unambiguous(trust_policy: TrustPolicy, token: Token, settings: Settings, names: Names) -> Verdict:
    """Is every key of the trust policy written once?"""
    return _warned(faults.TRUST_DUPLICATE_KEY, (trust_policy, token, settings), names, "all of them")


def _warned(fault: Fault, seen: tuple[TrustPolicy, Token, Settings], names: Names, good: str) -> Verdict:
    judged = _judged(*seen)
    if isinstance(judged, Skip):
        return judged
    judgement, mended = judged
    finding = next((one for one in judgement.findings if one.fault == fault), None)
    return Pass(good) if finding is None else Fail(fault, {**finding.evidence, **_fillings(names, mended)})


def _judged(trust_policy: TrustPolicy, token: Token, settings: Settings) -> tuple[Judgement, str] | Skip:
    """Return what the policy says of the token, and the policy that admits it."""
    policy = read_policy(trust_policy.text)
    if isinstance(policy, Malformed):
        return Skip(f"{_told(trust_policy)} cannot be read: {policy.place}: {policy.why}")
    if token.issuer is None or token.subject is None:
        return Skip(f"the token names no {'issuer' if token.issuer is None else 'subject'}")
    exchange = Exchange(
        issuer=token.issuer,
        subject=token.subject,
        audience=token.effective_audience,
        audiences=token.audience,
        role=parse_role_arn(settings.role_arn.value) if settings.role_arn else None,
        roles_claimed=token.roles is not None,
        session_name=settings.session_name.value if settings.session_name else None,
    )
    return judge(policy, exchange), corrected(policy, exchange)


def _told(trust_policy: TrustPolicy) -> str:
    return "the policy that IAM shows" if trust_policy.source == "IAM" else trust_policy.source


def _untold(judgement: Judgement) -> str:
    """Return why it cannot be told whether the policy admits the token."""
    return f"cannot be told from here: {next(why for one in judgement.statements for why in one.untold)}"


def _fillings(names: Names, mended: str) -> Mapping[str, str]:
    """Return what the commands of these faults are filled in with; ``mended`` is the policy that admits the token."""
    return {"role_name": names.role_name, "role_arn": names.role_arn, "trust_policy": mended}
