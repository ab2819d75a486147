"""Which records of a long log are read closely: all of a short one, of a long one what may matter. Pure.

Reading a record closely costs a thousand times what passing over it does. A log repeats itself, and what was judged
once is remembered by its shape; what is new each time is what this bounds.
"""

from sidecar.explain.events import Event

_FREE = 128 << 10  # bytes that are read closely whatever the log's length
_SHARE = 1000  # of so many more bytes one is
_STRONG = 4  # how much more may be read of what speaks of web identity

# Without any of these a record is not about credentials for AWS.
_HINTS = (
    b"aws", b"amazon", b"arn:", b"sts", b"credential", b"assume", b"identity", b"169.254.", b"fd00:ec2", b"imds",
    b"oidc", b"openid", b"access", b"authoriz", b"authoris", b"signature", b"region", b"token", b"expired", b"claim",
    b"session", b"profile", b"skew", b" arn ", b"time is too", b"role", b"keys", b"metadata", b"sdk", b"proxy",
)  # fmt: skip
_TELLING = (b"webidentity", b"web identity", b"web_identity", b"invalididentitytoken", b"assumerole", b"assume_role")


def hopeless(event: Event) -> bool:
    """Whether a record cannot be about credentials for AWS, whatever it says."""
    text = _text(event)
    return not any(hint in text for hint in _HINTS)


def _text(event: Event) -> bytes:
    return b"\n".join(line.content for line in event.lines).lower()


class Budget:
    """How many bytes were seen and read closely, and how many records were left unread."""

    def __init__(self) -> None:
        self.unread = 0
        self._seen = 0
        self._read = 0

    def seen(self, event: Event) -> None:
        """Count a record that went by."""
        self._seen += sum(len(line.content) for line in event.lines)

    def admits(self, event: Event) -> bool:
        """Whether a record of a shape that is new is to be read closely."""
        text = _text(event)
        allowed = _FREE + self._seen // _SHARE
        if any(word in text for word in _TELLING):
            allowed *= _STRONG
        if self._read + len(text) > allowed:
            self.unread += 1
            return False
        self._read += len(text)
        return True
