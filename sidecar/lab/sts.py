"""STS: a front that judges AssumeRoleWithWebIdentity as AWS does, before moto's IAM and STS.

IAM is behind the same port, and shows what the plan permits.
"""

import io
import json
import re
import threading
import time
import uuid
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from email.utils import formatdate
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

from sidecar.lab import judge, refusals, trust
from sidecar.lab.cloud import Account
from sidecar.lab.fetch import Keys
from sidecar.lab.plan import CloudPlan, Outright, StsPlan
from sidecar.lab.refusals import RefusalError
from sidecar.lab.web import read_body, respond
from sidecar.lab.xml import accepted, refused

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

ROLE_ARN = re.compile(r"arn:(aws[a-z-]*):iam::(\d{12}):role/[\w+=,.@/-]{1,576}", re.ASCII)
SESSION_NAME = re.compile(r"[\w+=,.@-]{2,64}", re.ASCII)
SIGNED_AT = re.compile(r"\d{8}T\d{6}Z")
ACCESS_KEY = re.compile(r"Credential=(\w+)/")
TOKEN_LENGTHS = range(4, 20001)
DURATIONS = range(900, 43201)
SIGNATURE_LEEWAY = 300
_UNSEEN = CloudPlan()

Form = Mapping[str, str]


class Sts:
    """One pod's STS. ``moto`` answers what is not the exchange."""

    def __init__(
        self, plan: StsPlan, account: Account, keys: Keys, moto: "WSGIApplication", cloud: CloudPlan = _UNSEEN
    ) -> None:
        """Judge by the account's providers and roles; ``cloud`` says what its keys may see of IAM."""
        self._plan = plan
        self._cloud = cloud
        self._account = account
        self._keys = keys
        self._moto = moto
        self._ended = threading.Event()

    def close(self) -> None:
        """Let go of whoever waits for a delayed answer."""
        self._ended.set()

    def now(self) -> float:
        """Return STS's own time, seconds since the epoch."""
        return time.time() + self._plan.ahead

    def __call__(self, environ: "WSGIEnvironment", start: "StartResponse") -> Iterable[bytes]:
        """Answer one request."""
        self._ended.wait(self._plan.delay)
        body = read_body(environ)
        form = {name: values[-1] for name, values in parse_qs(body.decode(), keep_blank_values=True).items()}
        request_id = str(uuid.uuid4())
        headers = [
            ("x-amzn-RequestId", request_id),
            ("Content-Type", "text/xml"),
            ("Date", formatdate(self.now(), usegmt=True)),
        ]
        try:
            if form.get("Action") == "AssumeRoleWithWebIdentity":
                return respond(start, 200, headers, accepted(self._exchange(form), request_id))
            self._admit(form.get("Action"), environ)
        except RefusalError as refusal:
            return respond(start, refusal.status, headers, refused(refusal, request_id))
        environ["wsgi.input"] = io.BytesIO(body)
        environ["HTTP_X_MOTO_ACCOUNT_ID"] = self._account.number
        return self._moto(environ, _dated(start, headers[-1]))

    def _exchange(self, form: Form) -> dict[str, Any]:
        _raise(self._plan.exchange)
        role_arn, session, duration = _request(form)
        sent = judge.parse(form["WebIdentityToken"])
        account = _account(role_arn, self._account)
        provider = account.provider(sent.issuer)
        if provider is None:
            raise refusals.no_provider(sent.issuer)
        judge.verify(sent, self._keys.of(sent.issuer, provider.thumbprint_list))
        audience = judge.judge(sent.claims, provider.client_id_list, self.now())
        judge.judge_roles(sent.claims, role_arn)
        _judge_trust(account, role_arn, provider.arn, sent, audience)
        if self._cloud.control:
            raise refusals.denied()
        assumed = account.assume(role_arn, session, duration)
        return {
            "SubjectFromWebIdentityToken": str(sent.claims["sub"]),
            "Audience": audience,
            "AssumedRoleUser": {"Arn": assumed.arn, "AssumedRoleId": assumed.user_id},
            "Credentials": {
                "AccessKeyId": assumed.access_key_id,
                "SecretAccessKey": assumed.secret_access_key,
                "SessionToken": assumed.session_token,
                "Expiration": datetime.fromtimestamp(self.now() + duration, UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            },
            "PackedPolicySize": "25",
            "Provider": provider.arn,
        }

    def _admit(self, action: str | None, environ: "WSGIEnvironment") -> None:
        """Refuse a signature for its time (FACTS H2), a key we did not make, and what is not permitted."""
        signed_at = environ.get("HTTP_X_AMZ_DATE", "")
        if SIGNED_AT.fullmatch(signed_at):
            _judge_signature_time(signed_at, self.now())
        if action == "GetCallerIdentity":
            _raise(self._plan.caller)
        key = ACCESS_KEY.search(environ.get("HTTP_AUTHORIZATION", ""))
        if key is None or not self._account.knows(key[1]):
            raise refusals.unknown_key()
        if action != "GetCallerIdentity" and f"iam:{action}" not in self._cloud.permits:
            raise refusals.not_permitted(action)


def _raise(answer: Outright | None) -> None:
    if answer is not None:
        raise RefusalError(answer.status, answer.code, answer.message)


def _request(form: Form) -> tuple[str, str, int]:
    """Return role ARN, session name and duration of a well-formed request (FACTS A2, A3, A10)."""
    token, session = form.get("WebIdentityToken", ""), form.get("RoleSessionName", "")
    role_arn, duration = form.get("RoleArn", ""), form.get("DurationSeconds", "3600")
    if len(token) not in TOKEN_LENGTHS:
        rule = "Member must have length between 4 and 20000, inclusive"
        raise refusals.bad_parameter(None, "webIdentityToken", rule)  # AWS shows no token either
    if not SESSION_NAME.fullmatch(session):
        rule = r"Member must satisfy regular expression pattern: [\w+=,.@-]*"
        raise refusals.bad_parameter(session, "roleSessionName", rule)
    if not duration.isdecimal() or int(duration) not in DURATIONS:
        rule = "Member must have value between 900 and 43200, inclusive"
        raise refusals.bad_parameter(duration, "durationSeconds", rule)
    if not ROLE_ARN.fullmatch(role_arn):
        raise refusals.bad_role_arn()
    return role_arn, session, int(duration)


def _account(role_arn: str, own: Account) -> Account:
    match = ROLE_ARN.fullmatch(role_arn)
    return Account(match[2], match[1]) if match else own


def _judge_trust(account: Account, role_arn: str, provider_arn: str, sent: judge.Sent, audience: str) -> None:
    """Refuse where the role does not exist or does not trust the token: AWS does not say which."""
    role = account.role(role_arn)
    prefix = sent.issuer.removeprefix("https://")
    context = {f"{prefix}:aud": audience, f"{prefix}:sub": str(sent.claims["sub"])}
    if role is None or not trust.admits(json.loads(role.assume_role_policy_document), provider_arn, context):
        raise refusals.denied()


def _judge_signature_time(signed_at: str, now: float) -> None:
    signed = datetime.strptime(signed_at, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC).timestamp()
    if abs(signed - now) <= SIGNATURE_LEEWAY:
        return
    late = signed < now
    edge = _stamp(now - SIGNATURE_LEEWAY if late else now + SIGNATURE_LEEWAY)
    words = (
        f"Signature expired: {signed_at} is now earlier than {edge} ({_stamp(now)} - 5 min.)"
        if late
        else f"Signature not yet current: {signed_at} is still later than {edge} ({_stamp(now)} + 5 min.)"
    )
    raise RefusalError(403, "SignatureDoesNotMatch", words)


def _stamp(moment: float) -> str:
    return datetime.fromtimestamp(moment, UTC).strftime("%Y%m%dT%H%M%SZ")


def _dated(start: "StartResponse", date: tuple[str, str]) -> "StartResponse":
    """Give moto's answers STS's own time."""

    def dated(status: str, headers: list[tuple[str, str]], _error: object = None) -> Callable[[bytes], object]:
        return start(status, [*(pair for pair in headers if pair[0].lower() != "date"), date])

    return dated
