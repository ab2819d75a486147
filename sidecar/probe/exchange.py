"""The exchange: botocore calls AssumeRoleWithWebIdentity once, then GetCallerIdentity with what STS gave.

The token is sent as the file has it. The credentials are forgotten before this returns: no fact, message or
exception holds them or the token. Judges nothing.
"""

import io
import re
from collections.abc import Callable, Mapping
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Any, NamedTuple

from sidecar.facts import Accepted, Caller, Clock, Refused, Settings
from sidecar.model import Absent, Failed, Phases
from sidecar.probe.dial import Allowance
from sidecar.probe.failures import printable
from sidecar.probe.files import TOKEN_LIMIT
from sidecar.probe.masked import unrepeated
from sidecar.probe.pools import ANSWER_LIMIT, TooLargeError, timing
from sidecar.probe.sdk import BaseClient, ResponseParserError, Session, exceptions
from sidecar.probe.sts import REFUSALS, entrust, forget, held, hurried, is_blank, sts_of
from sidecar.probe.timed import Stopwatch
from sidecar.probe.unreached import UNREACHED, failure_of
from sidecar.probe.world import Budget, World

Answer = Mapping[str, Any]
Silence = Refused | Failed | Absent

_NAME_LIMIT = 64  # characters (FACTS A2)
_NAME_TAIL = 20  # of the pod's name: what tells the pods of one Deployment apart
_NOT_IN_NAMES = re.compile(r"[^\w+=,.@-]", re.ASCII)
# What botocore's parsers raise, besides their own error, for an answer that is XML but not STS's.
_MISREAD = (ResponseParserError, LookupError, ValueError, TypeError, AttributeError, RuntimeError, OverflowError)


class ExchangeReading(NamedTuple):
    """What STS answered, who the credentials are, how far the clocks are apart, and the exchange's phases."""

    sts: Accepted | Refused | Failed | Absent
    caller: Caller | Refused | Failed | Absent
    clock: Clock | Absent
    phases: Phases = Phases()


def exchange(
    settings: Settings, token: bytes, *, session: Session, world: World, budget: Budget, pod: str | None
) -> ExchangeReading:
    """Exchange the token for credentials, ask whose they are, and forget them.

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
        call = _Call(_Asked(client, sts.url, settings, world.now), allowance, watch)
        try:
            return _exchange(call, prepared, session)
        finally:
            forget(session)


def _exchange(call: "_Call", parameters: dict[str, str], session: Session) -> ExchangeReading:
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


class _Reply(NamedTuple):
    """What is known of an HTTP answer before botocore understands it. ``received`` is by this pod's clock."""

    status: int
    headers: Mapping[str, str]
    received: float


class _Asked(NamedTuple):
    """Whom the calls go to, and what is needed to say what became of them."""

    client: BaseClient
    url: str
    settings: Settings
    now: Callable[[], float]


class _Call:
    """Calls STS, and turns what happens into facts. ``reply`` is the last answer's, None where none came."""

    def __init__(self, asked: _Asked, allowance: Allowance, watch: Stopwatch) -> None:
        self.asked = asked
        self.allowance = allowance
        self.watch = watch
        self.reply: _Reply | None = None

    def make(self, operation: str, **parameters: str) -> Answer | Silence:
        """Make one request, without a retry."""
        self.reply = None
        self.allowance()  # so that it knows whether the deadline curtails resolving and connecting
        self.asked.client.meta.events.register("before-parse.sts", self._note, unique_id="irsa-doctor")
        try:
            answer: Answer = getattr(self.asked.client, operation)(**parameters)
        except exceptions.ClientError as error:
            return self._refused(error)
        except UNREACHED as error:
            return self._unreached(error)
        except (exceptions.BotoCoreError, *_MISREAD) as error:
            return self._stopped(error)
        return answer

    def _stopped(self, error: Exception) -> Refused | Absent:
        """Tell an answer that botocore cannot read from a request that it would not send."""
        if self.reply is not None:
            return self.misread()
        # Its words hold names and lengths here, and no values.
        return Absent(f"botocore did not ask STS: {printable(' '.join(str(error).split()))}")

    def again(self) -> None:
        """Time another request, which finds the connection open."""
        self.watch.restart()
        self.watch.enter("response")

    def _note(self, response_dict: Mapping[str, Any], **_: object) -> None:
        self.reply = _Reply(response_dict["status_code"], response_dict["headers"], self.asked.now())

    def _refused(self, error: exceptions.ClientError) -> Refused:
        response: Answer = error.response  # which may lack what the stub promises
        told = response.get("Error") or {}
        metadata = response.get("ResponseMetadata") or {}
        status = metadata.get("HTTPStatusCode", 0)
        code = told.get("Code") or ""
        if code in {"", str(status)}:  # botocore's own makeshift, for an answer without a code
            return self.misread()
        request_id = metadata.get("RequestId") or metadata.get("HTTPHeaders", {}).get("x-amzn-requestid")
        return Refused(code, told.get("Message") or "", status, request_id)

    def _unreached(self, error: Exception) -> Silence:
        cause = getattr(error, "kwargs", {}).get("error")
        if isinstance(cause, TooLargeError):
            return Refused("", f"an answer of more than {ANSWER_LIMIT >> 20} MiB, not STS's", cause.status, None)
        return self.allowance.excuse(failure_of(error, self.asked.url, self.asked.settings, self.watch))

    def misread(self) -> Refused:
        """Return what to say of an answer that is not what STS answers; nothing of its body is shown."""
        reply = self.reply or _Reply(0, {}, 0.0)
        kind = printable(reply.headers.get("Content-Type") or "no content type")
        return Refused("", f"an answer that is not STS's ({kind})", reply.status, None)


def _accepted(answer: Answer | Silence, call: _Call, session: Session) -> Accepted | Silence:
    """Return the fact, and leave the credentials with the session. Not every STS says whose they are."""
    if isinstance(answer, Refused | Failed | Absent):
        return answer
    try:
        given = answer["Credentials"]
        expiry: datetime = given["Expiration"]
        role = answer.get("AssumedRoleUser", {}).get("Arn", "")
        fact = Accepted(role, answer.get("Provider"), answer.get("Audience"), expiry.timestamp())
        entrust(session, given["AccessKeyId"], given["SecretAccessKey"], given["SessionToken"])
    except _MISREAD:
        return call.misread()
    return fact


def _caller(answer: Answer | Silence, call: _Call) -> Caller | Silence:
    if isinstance(answer, Refused | Failed | Absent):
        return answer
    try:
        return Caller(answer["Arn"], answer["Account"])
    except _MISREAD:
        return call.misread()


def _clock(answer: Accepted | Silence, call: _Call) -> Clock | Absent:
    """Compare STS's Date with the middle of the time in which it answered (FACTS H4)."""
    if call.reply is None or not (isinstance(answer, Accepted) or (isinstance(answer, Refused) and answer.code)):
        return Absent("STS gave no answer to read the time from")
    try:
        theirs = parsedate_to_datetime(call.reply.headers.get("Date", "")).timestamp()
    except (ValueError, TypeError):
        return Absent("STS's answer bears no Date that can be read")
    return Clock(call.reply.received - (call.watch.phases.response or 0.0) / 2 - theirs)
