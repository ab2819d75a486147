"""One call to an AWS service through botocore, once, and what became of it as a fact. Judges nothing.

No fact, message or exception of it holds what was sent.
"""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from sidecar.facts import Refused, Settings
from sidecar.model import Absent, Failed
from sidecar.probe.dial import Allowance
from sidecar.probe.failures import printable
from sidecar.probe.pools import ANSWER_LIMIT, TooLargeError
from sidecar.probe.sdk import BaseClient, ResponseParserError, exceptions
from sidecar.probe.timed import Stopwatch
from sidecar.probe.unreached import UNREACHED, failure_of

Answer = Mapping[str, Any]
Silence = Refused | Failed | Absent

MISREAD = (ResponseParserError, LookupError, ValueError, TypeError, AttributeError, RuntimeError, OverflowError)
"""What botocore's parsers raise, besides their own error, for an answer that is XML but not AWS's."""


class Reply(NamedTuple):
    """What is known of an HTTP answer before botocore understands it. ``received`` is by this pod's clock."""

    status: int
    headers: Mapping[str, str]
    received: float


class Asked(NamedTuple):
    """Whom the calls go to, and what is needed to say what became of them. ``service`` is its name for people."""

    service: str
    client: BaseClient
    url: str
    settings: Settings
    now: Callable[[], float]


class Call:
    """Calls a service, and turns what happens into facts. ``reply`` is the last answer's, None where none came."""

    def __init__(self, asked: Asked, allowance: Allowance, watch: Stopwatch) -> None:
        self.asked = asked
        self.allowance = allowance
        self.watch = watch
        self.reply: Reply | None = None

    def make(self, operation: str, **parameters: str) -> Answer | Silence:
        """Make one request, without a retry."""
        self.reply = None
        self.allowance()  # so that it knows whether the deadline curtails resolving and connecting
        self.asked.client.meta.events.register(
            f"before-parse.{self.asked.service.lower()}", self._note, unique_id="irsa-doctor"
        )
        try:
            answer: Answer = getattr(self.asked.client, operation)(**parameters)
        except exceptions.ClientError as error:
            return self._refused(error)
        except UNREACHED as error:
            return self._unreached(error)
        except (exceptions.BotoCoreError, *MISREAD) as error:
            return self._stopped(error)
        return answer

    def _stopped(self, error: Exception) -> Refused | Absent:
        """Tell an answer that botocore cannot read from a request that it would not send."""
        if self.reply is not None:
            return self.misread()
        # Its words hold names and lengths here, and no values.
        return Absent(f"botocore did not ask {self.asked.service}: {printable(' '.join(str(error).split()))}")

    def again(self) -> None:
        """Time another request, which finds the connection open."""
        self.watch.restart()
        self.watch.enter("response")

    def _note(self, response_dict: Mapping[str, Any], **_: object) -> None:
        self.reply = Reply(response_dict["status_code"], response_dict["headers"], self.asked.now())

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
            return Refused(
                "", f"an answer of more than {ANSWER_LIMIT >> 20} MiB, not {self.asked.service}'s", cause.status, None
            )
        return self.allowance.excuse(failure_of(error, self.asked.url, self.asked.settings, self.watch))

    def misread(self) -> Refused:
        """Return what to say of an answer that is not what the service answers; nothing of its body is shown."""
        reply = self.reply or Reply(0, {}, 0.0)
        kind = printable(reply.headers.get("Content-Type") or "no content type")
        return Refused("", f"an answer that is not {self.asked.service}'s ({kind})", reply.status, None)
