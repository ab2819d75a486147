"""The agent of EKS Pod Identity, and EKS Auth behind it: they answer as EKS's do, statuses and words (FACTS C20).

Of the agent's own words and its form for EKS Auth's errors: aws/eks-pod-identity-agent, pkg and internal/validation.
"""

import json
import threading
import time
import uuid
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from sidecar.lab import judge
from sidecar.lab.cloud import Account
from sidecar.lab.plan import POD_AUDIENCE, POD_NAME, SUBJECT, AgentPlan, Outright
from sidecar.lab.refusals import RefusalError
from sidecar.lab.web import respond

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIEnvironment

PATH = "/v1/credentials"
SESSION_SECONDS = 6 * 3600
"""How long the credentials of Pod Identity last."""
SERVER_ERROR = 500

NO_ASSOCIATION = Outright(404, "ResourceNotFoundException", f"No association found for service account: {SUBJECT}")
MAY_NOT_ASSUME = Outright(
    400,
    "AccessDeniedException",
    "Unauthorized Exception! EKS does not have permissions to assume the associated role.",
)


class AgentRefusalError(Exception):
    """The agent says no by itself. Carries the status and the text of its answer."""

    def __init__(self, status: int, text: str) -> None:
        """Keep what the agent says."""
        super().__init__(text)
        self.status = status
        self.text = text


class Agent:
    """One pod's agent; ``account`` holds the role of the association. ``plan`` may be changed at any time."""

    def __init__(self, plan: AgentPlan, account: Account) -> None:
        """Answer by the plan."""
        self.plan = plan
        self._account = account
        self._ended = threading.Event()

    def close(self) -> None:
        """Let go of whoever waits for a delayed answer."""
        self._ended.set()

    def __call__(self, environ: "WSGIEnvironment", start: "StartResponse") -> Iterable[bytes]:
        """Answer one request."""
        self._ended.wait(self.plan.delay)
        if self.plan.page is not None:
            page = self.plan.page
            headers = [("Content-Type", page.content_type), *([("Location", page.redirect)] if page.redirect else [])]
            return respond(start, page.status, headers, (page.body or "").encode().ljust(page.size))
        try:
            credentials = self._credentials(environ)
        except AgentRefusalError as refusal:
            return _said(start, refusal.status, refusal.text)
        return respond(start, 200, [("Content-Type", "application/json")], json.dumps(credentials).encode())

    def _credentials(self, environ: "WSGIEnvironment") -> dict[str, str]:
        if environ["PATH_INFO"] != PATH:
            raise AgentRefusalError(404, "404 page not found")
        _judge_token(environ.get("HTTP_AUTHORIZATION", ""))
        answer = self.plan.answer or (None if self.plan.association else NO_ASSOCIATION)
        answer = answer or (None if self.plan.trusted else MAY_NOT_ASSUME)
        if answer is not None:
            raise _passed_on(answer)
        session = f"eks-lab-{POD_NAME}-{uuid.uuid4()}"[:64]
        role = self._account.assume(self._account.role_arn, session, SESSION_SECONDS)
        expiry = datetime.fromtimestamp(time.time() + SESSION_SECONDS, UTC)
        return {
            "AccessKeyId": role.access_key_id,
            "SecretAccessKey": role.secret_access_key,
            "Token": role.session_token,
            "AccountId": self._account.number,
            "Expiration": expiry.strftime("%Y-%m-%dT%H:%M:%SZ"),
        }


def _judge_token(text: str) -> None:
    """Refuse what the agent refuses before it asks EKS Auth: it gives the expiry no leeway."""
    if not text:
        raise AgentRefusalError(400, "Service account token cannot be empty")
    try:
        claims = judge.parse(text).claims
    except RefusalError:
        words = (
            "Service account token cannot be parsed: token is malformed: token contains an invalid number of segments"
        )
        raise AgentRefusalError(400, words) from None
    if time.time() >= float(claims.get("exp", 0)):
        words = "Service account token failed basic claim validations: token has invalid claims: token is expired"
        raise AgentRefusalError(400, words)
    audience = claims.get("aud")
    if POD_AUDIENCE not in (audience if isinstance(audience, list) else [audience]):
        words = f"Service account token failed claim validations: invalid audience: expected {POD_AUDIENCE}"
        raise AgentRefusalError(400, words)


def _passed_on(answer: Outright) -> AgentRefusalError:
    """Return EKS Auth's error as the agent passes it on."""
    blame = "server" if answer.status >= SERVER_ERROR else "client"
    return AgentRefusalError(answer.status, f"[{uuid.uuid4()}]: ({answer.code}): {answer.message}, fault: {blame}")


def _said(start: "StartResponse", status: int, text: str) -> Iterable[bytes]:
    headers = [("Content-Type", "text/plain; charset=utf-8"), ("X-Content-Type-Options", "nosniff")]
    return respond(start, status, headers, f"{text}\n".encode())
