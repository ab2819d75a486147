"""The exchange: botocore calls AssumeRoleWithWebIdentity once, then GetCallerIdentity with what STS gave.

The token is sent as the file has it. The credentials are forgotten before this returns, but where they are to be
kept for IAM's reads, in the session; no fact, message or exception holds them or the token. Judges nothing.
"""

import io
import re
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import NamedTuple

from sidecar.facts import Accepted, Caller, Clock, Refused, Settings
from sidecar.model import Absent, Failed, Phases
from sidecar.probe.calls import MISREAD, Answer, Asked, Call, Silence
from sidecar.probe.dial import Allowance
from sidecar.probe.files import TOKEN_LIMIT
from sidecar.probe.masked import unrepeated
from sidecar.probe.pools import timing
from sidecar.probe.sdk import Session
from sidecar.probe.sts import REFUSALS, entrust, forget, held, hurried, is_blank, new_session, sts_of
from sidecar.probe.timed import Stopwatch
from sidecar.probe.world import Budget, World

_NAME_LIMIT = 64  # characters (FACTS A2)
_NAME_TAIL = 20  # of the pod's name: what tells the pods of one Deployment apart
_NOT_IN_NAMES = re.compile(r"[^\w+=,.@-]", re.ASCII)


class ExchangeReading(NamedTuple):
    """What STS answered, who the credentials are, how far the clocks are apart, and the exchange's phases."""

    sts: Accepted | Refused | Failed | Absent
    caller: Caller | Refused | Failed | Absent
    clock: Clock | Absent
    phases: Phases = Phases()


def exchange(  # noqa: PLR0913 - what the world is, what to call, and what to do with the answer
    settings: Settings,
    token: bytes,
    *,
    session: Session,
    world: World,
    budget: Budget,
    pod: str | None,
    keep: bool = False,
) -> ExchangeReading:
    """Exchange the token for credentials, ask whose they are, and forget them, or ``keep`` them in the session.

    ``pod`` is the pod's name, for the session's. `Failed.kind` is one of the network's kinds.
    """
    prepared = _prepared(settings, token, pod or world.environ.get("HOSTNAME"))
    if not isinstance(prepared, dict):
        return _unasked(prepared)
    if budget.left <= 0:
        return _unasked(Absent("the deadline ran out before STS could be asked", overdue=True))
    try:
        sts = sts_of(session, settings)
        client = hurried(sts.client, session, settings, budget.operation)
    except REFUSALS:
        return _unasked(Absent("botocore finds no STS endpoint for these settings"))
    allowance = Allowance(budget)
    with Stopwatch(budget.monotonic, allowance) as watch, timing(client, watch):
        call = Call(Asked("STS", client, sts.url, settings, world.now), allowance, watch)
        try:
            return _exchange(call, prepared, session)
        finally:
            if not keep:
                forget(session)


def _exchange(call: Call, parameters: dict[str, str], session: Session) -> ExchangeReading:
    answer = call.make("assume_role_with_web_identity", **parameters)
    accepted = _accepted(answer, call, session)
    phases, clock = call.watch.phases, _clock(accepted, call)
    if not isinstance(accepted, Accepted):
        return ExchangeReading(accepted, Absent(accepted.why), clock, phases)
    call.again()
    caller = _caller(call.make("get_caller_identity"), call)
    if isinstance(caller, Refused):
        caller = unrepeated(caller, *held(session))
    if isinstance(caller, Caller) and not accepted.assumed_role_arn:
        accepted = accepted._replace(assumed_role_arn=caller.arn)
    return ExchangeReading(accepted, caller, clock, phases)


def whose(
    access_key: str, secret_key: str, token: str, settings: Settings, *, world: World, budget: Budget
) -> tuple[Caller | Silence, Clock | Absent]:
    """Ask STS once whose credentials from elsewhere are, in a session of their own, and forget them."""
    if is_blank(settings):
        return _unknown(Absent("the CA bundle is set, but to nothing: botocore refuses to go on"))
    if budget.left <= 0:
        return _unknown(Absent("the deadline ran out before STS could be asked", overdue=True))
    session = new_session(budget.operation)
    try:
        sts = sts_of(session, settings)
    except REFUSALS:
        return _unknown(Absent("botocore finds no STS endpoint for these settings"))
    entrust(session, access_key, secret_key, token)
    allowance = Allowance(budget)
    with Stopwatch(budget.monotonic, allowance) as watch, timing(sts.client, watch):
        call = Call(Asked("STS", sts.client, sts.url, settings, world.now), allowance, watch)
        try:
            caller = _caller(call.make("get_caller_identity"), call)
            if isinstance(caller, Refused):
                caller = unrepeated(caller, *held(session))
            return caller, _clock(caller, call)
        finally:
            forget(session)


def _unknown(why: Absent) -> tuple[Absent, Absent]:
    return why, Absent(why.why)


def _unasked(why: Failed | Absent) -> ExchangeReading:
    return ExchangeReading(why, Absent(why.why), Absent(why.why))


def session_name(pod: str | None) -> str:
    """Return the session name by which CloudTrail shows who called: the pod's, cut in the middle to 64 characters."""
    name = _NOT_IN_NAMES.sub("-", f"irsa-doctor-{pod}" if pod else "irsa-doctor")
    if len(name) <= _NAME_LIMIT:
        return name
    return name[: _NAME_LIMIT - _NAME_TAIL] + name[-_NAME_TAIL:]


def _prepared(settings: Settings, token: bytes, pod: str | None) -> dict[str, str] | Failed | Absent:
    """Return the request's parameters, or why there can be no request."""
    if settings.role_arn is None:
        return Absent("no role ARN is set")
    if is_blank(settings):
        return Failed("tls", "the CA bundle is set, but to nothing: botocore refuses to go on")
    if len(token) > TOKEN_LIMIT:
        return Absent("the token file is too large to be a token's")
    text = _text(token)
    if text is None:
        return Absent("the token file is not text: SDKs fail to read it")
    name = settings.session_name.value if settings.session_name else session_name(pod)
    return {"RoleArn": settings.role_arn.value, "RoleSessionName": name, "WebIdentityToken": text}


def _text(token: bytes) -> str | None:
    """Return the token as botocore reads it from its file: as text in the locale's encoding (FACTS C14)."""
    try:
        return io.TextIOWrapper(io.BytesIO(token)).read()
    except UnicodeDecodeError:
        return None


def _accepted(answer: Answer | Silence, call: Call, session: Session) -> Accepted | Silence:
    """Return the fact, and leave the credentials with the session. Not every STS says whose they are."""
    if isinstance(answer, Refused | Failed | Absent):
        return answer
    try:
        given = answer["Credentials"]
        expiry: datetime = given["Expiration"]
        role = answer.get("AssumedRoleUser", {}).get("Arn", "")
        fact = Accepted(role, answer.get("Provider"), answer.get("Audience"), expiry.timestamp())
        entrust(session, given["AccessKeyId"], given["SecretAccessKey"], given["SessionToken"])
    except MISREAD:
        return call.misread()
    return fact


def _caller(answer: Answer | Silence, call: Call) -> Caller | Silence:
    if isinstance(answer, Refused | Failed | Absent):
        return answer
    try:
        return Caller(answer["Arn"], answer["Account"])
    except MISREAD:
        return call.misread()


def _clock(answer: Accepted | Caller | Silence, call: Call) -> Clock | Absent:
    """Compare STS's Date with the middle of the time in which it answered (FACTS H4)."""
    if call.reply is None or not (
        isinstance(answer, Accepted | Caller) or (isinstance(answer, Refused) and answer.code)
    ):
        return Absent("STS gave no answer to read the time from")
    try:
        theirs = parsedate_to_datetime(call.reply.headers.get("Date", "")).timestamp()
    except (ValueError, TypeError):
        return Absent("STS's answer bears no Date that can be read")
    return Clock(call.reply.received - (call.watch.phases.response or 0.0) / 2 - theirs)
