"""EKS Pod Identity: its variables, its token, its agent and what that gives. Pure.

Asked only in pods that have its variables, or of which the operator says that they should (``--mechanism``).
"""

from collections.abc import Mapping

from sidecar import faults
from sidecar.answers import refuses_time
from sidecar.check import check
from sidecar.checks.token import instant
from sidecar.facts import (
    AgentRefused,
    Caller,
    Expectation,
    Given,
    Moment,
    PodIdentity,
    Process,
    Refused,
    Token,
    TokenFile,
)
from sidecar.model import Fail, Failed, Fault, Pass, Severity, Skip, Verdict

AUDIENCE = "pods.eks.amazonaws.com"
"""Whom the agent's token is for (FACTS C20)."""

WEB_IDENTITY = "web identity (IRSA)"
"""How it is told that IRSA comes before Pod Identity."""

_ELSEWHERE = "content"
"""The one kind of failure by which something answered, and not the agent."""

# EKS Auth's errors [S: botocore's model of eks-auth; the agent passes code, words and status on]. What they mean for
# the pod is [D] in that model, but for two: that a missing association is ResourceNotFoundException, and that these
# words are about the role's trust policy, is reported by several people [R].
_BY_CODE: Mapping[str, Fault] = {
    "ResourceNotFoundException": faults.POD_IDENTITY_ASSOCIATION_MISSING,
    "ExpiredTokenException": faults.POD_IDENTITY_TOKEN_UNUSABLE,
    "InvalidTokenException": faults.POD_IDENTITY_TOKEN_UNUSABLE,
    "ThrottlingException": faults.POD_IDENTITY_AGENT_UNAVAILABLE,
    "ServiceUnavailableException": faults.POD_IDENTITY_AGENT_UNAVAILABLE,
    "InternalServerException": faults.POD_IDENTITY_AGENT_UNAVAILABLE,
}
_ROLE_REFUSED = "permissions to assume the associated role"
_ABOUT_THE_TOKEN = "Service account token"  # the agent's own words begin so [S]
_SIGNATURE = "JWT signature validation failed"  # and so, where it verifies the token itself
_TOO_MANY = 429
_SERVER_ERROR = 500


@check("pod_identity.configured")
def configured(pod_identity: PodIdentity) -> Verdict:
    """Do the variables of EKS Pod Identity lead to its agent?"""
    agent, token_file = pod_identity.agent, pod_identity.token_file
    if agent is None and token_file is None:
        return Fail(faults.POD_IDENTITY_NOT_USED, _instead(pod_identity))
    evidence = {setting.source: setting.value for setting in (agent, token_file) if setting}
    if pod_identity.stray:
        evidence["besides"] = ", ".join(pod_identity.stray)
    if agent is None or token_file is None:
        missing = "AWS_CONTAINER_CREDENTIALS_FULL_URI" if agent is None else "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"
        return Fail(faults.POD_IDENTITY_CONFIG_INVALID, {**evidence, "missing": missing})
    if pod_identity.problem:
        return Fail(faults.POD_IDENTITY_CONFIG_INVALID, {**evidence, "found": pod_identity.problem})
    if "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI" in pod_identity.stray:
        found = "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI is set, too, which SDKs take first: it is Amazon ECS's"
        return Fail(faults.POD_IDENTITY_CONFIG_INVALID, {**evidence, "found": found})
    return Pass(f"{agent.value} with {token_file.value}")


@check("pod_identity.first")
def first(pod_identity: PodIdentity, expectation: Expectation) -> Verdict:
    """Would an SDK in this pod come to Pod Identity before other credentials?"""
    if pod_identity.agent is None:
        return Skip("there is no Pod Identity to come to")
    if pod_identity.before is None:
        return Pass("botocore's order comes to nothing before it")
    if not expectation.pod_identity:
        return Skip(f"{pod_identity.before.value} comes first, and nothing says which is meant (--mechanism)")
    return Fail(faults.POD_IDENTITY_NOT_USED, _instead(pod_identity))


@check("pod_identity.token_readable")
def token_readable(agent_file: TokenFile | Failed, process: Process) -> Verdict:
    """Can this container read the token for the agent, and send it as it is?"""
    if isinstance(agent_file, Failed):
        user = f"{process.uid} with groups {','.join(map(str, sorted(process.gids)))}"
        return Fail(faults.POD_IDENTITY_TOKEN_UNUSABLE, {"found": agent_file.why, "user": user})
    if agent_file.empty:
        return Fail(faults.POD_IDENTITY_TOKEN_UNUSABLE, {"path": agent_file.path, "found": "an empty file"})
    if agent_file.surrounded:
        found = f"{agent_file.surrounded} around the token: SDKs send that as it is, or refuse to"
        return Fail(faults.POD_IDENTITY_TOKEN_UNUSABLE, {"path": agent_file.path, "found": found})
    return Pass(f"{agent_file.path}, mode {agent_file.mode:04o}, owner {agent_file.uid}:{agent_file.gid}")


@check("pod_identity.token_audience")
def token_audience(agent_token: Token | Failed) -> Verdict:
    """Is the agent's token a JWT for EKS Pod Identity?"""
    if isinstance(agent_token, Failed):
        return Fail(faults.POD_IDENTITY_TOKEN_UNUSABLE, {"found": agent_token.why})
    if AUDIENCE in agent_token.audience:
        return Pass(f"aud is {AUDIENCE}")
    found = ", ".join(agent_token.audience) or "no aud"
    return Fail(faults.POD_IDENTITY_TOKEN_UNUSABLE, {"expected": AUDIENCE, "found": found})


@check("pod_identity.token_unexpired")
def token_unexpired(agent_token: Token, moment: Moment) -> Verdict:
    """Is the expiry of the agent's token still to come?"""
    if agent_token.expires is None:
        return Skip("the token has no expiry")
    if agent_token.expires > moment.now:  # by the node's clock, without a leeway, as the agent judges
        return Pass(f"until {instant(agent_token.expires)}")
    times = {"expired": instant(agent_token.expires), "now": instant(moment.now)}
    return Fail(faults.POD_IDENTITY_TOKEN_UNUSABLE, times)


@check("pod_identity.agent_reached")
def agent_reached(agent: Given | AgentRefused | Failed) -> Verdict:
    """Does the agent of EKS Pod Identity answer?"""
    if not isinstance(agent, Failed):
        return Pass("it answered")
    fault = faults.POD_IDENTITY_ERROR if agent.kind == _ELSEWHERE else faults.POD_IDENTITY_AGENT_UNAVAILABLE
    return Fail(fault, {"found": agent.why})


@check("pod_identity.credentials_given")
def credentials_given(agent: Given | AgentRefused) -> Verdict:
    """Does the agent give credentials for its token?"""
    if isinstance(agent, Given):
        return Pass(f"until {instant(agent.expiry)}")
    answer = {"code": agent.code or "none", "message": agent.message, "status": str(agent.status)}
    if agent.request_id:
        answer["request_id"] = agent.request_id
    return Fail(_meant(agent), answer)


@check("pod_identity.identity")
def identity(agent_caller: Caller | Refused | Failed) -> Verdict:
    """Does STS say whose the agent's credentials are?"""
    if isinstance(agent_caller, Caller):
        return Pass(agent_caller.arn)
    if isinstance(agent_caller, Failed):
        return Skip(agent_caller.why)  # a workload that needs no STS has its credentials all the same
    answer = {"code": agent_caller.code or "none", "message": agent_caller.message, "status": str(agent_caller.status)}
    late = refuses_time(agent_caller.code, agent_caller.message)
    return Fail(faults.CLOCK_SKEW if late else faults.CALLER_IDENTITY_REFUSED, answer, Severity.ERROR)


def _instead(found: PodIdentity) -> dict[str, str]:
    """Return what SDKs would use in its place. What others than botocore do is inferred from their orders (C21)."""
    if found.before is None:
        return {"found": "no variable of EKS Pod Identity"}
    others = ", and by the documented orders most SDKs but JavaScript v2" if found.before.value == WEB_IDENTITY else ""
    return {
        "used": found.before.value,
        "source": found.before.source,
        "by": f"botocore (boto3, the AWS CLI){others}",
    }


def _meant(answer: AgentRefused) -> Fault:
    """Return what the agent's answer means; what is not known is told as it is."""
    if answer.code in _BY_CODE:
        return _BY_CODE[answer.code]
    if answer.code:
        return faults.POD_IDENTITY_ROLE_REFUSED if _ROLE_REFUSED in answer.message else faults.POD_IDENTITY_ERROR
    if answer.message.startswith((_ABOUT_THE_TOKEN, _SIGNATURE)):
        return faults.POD_IDENTITY_TOKEN_UNUSABLE
    if answer.status == _TOO_MANY or answer.status >= _SERVER_ERROR:
        return faults.POD_IDENTITY_AGENT_UNAVAILABLE
    return faults.POD_IDENTITY_ERROR
