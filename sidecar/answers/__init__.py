"""STS's wordings and the faults they state: one table. Pure.

Codes are compared as they are, messages with white space folded and case ignored, old and new wordings alike
(FACTS A10). What stands in no row is `STS_REFUSED_UNKNOWN`: an unknown answer is shown, never guessed.
"""

import re
from typing import NamedTuple

from sidecar import faults
from sidecar.model import Fault


class Answer(NamedTuple):
    """A row: an answer with one of ``codes`` whose message holds ``words`` (None: any message) states ``fault``.

    ``telling``: nobody but STS says these words, so that they count in a log without the code.
    """

    codes: frozenset[str]
    words: re.Pattern[str] | None
    fault: Fault
    telling: bool = True


def _row(codes: str, words: str | None, fault: Fault, *, telling: bool = True) -> Answer:
    return Answer(frozenset(codes.split()), None if words is None else re.compile(words), fault, telling)


_TOKEN = "InvalidIdentityToken InvalidIdentityTokenException"
_INVALID = "ValidationError ValidationException"
_APOSTROPHE = "['\N{RIGHT SINGLE QUOTATION MARK}]?"

ANSWERS: tuple[Answer, ...] = (
    _row(_TOKEN, r"no openidconnect provider found in your account", faults.OIDC_PROVIDER_MISSING),
    _row(_TOKEN, rf"couldn{_APOSTROPHE}t retrieve verification key", faults.VERIFICATION_KEY_UNAVAILABLE),
    _row(_TOKEN, r"could not be validated", faults.TOKEN_UNVERIFIABLE, telling=False),
    _row(_TOKEN, r"incorrect token audience", faults.AUDIENCE_MISMATCH),
    _row(_TOKEN, r"contains more than one audience", faults.AUDIENCE_AMBIGUOUS, telling=False),
    _row(_TOKEN, r"missing a required claim", faults.TOKEN_MISSING_CLAIM, telling=False),
    _row(_TOKEN, r"claim is not allowed to be empty", faults.TOKEN_MISSING_CLAIM, telling=False),
    _row(_TOKEN, r"invalid timestamp in token claims", faults.TOKEN_MISSING_CLAIM),
    _row(_TOKEN, r"token issued in the future", faults.TOKEN_NOT_YET_VALID, telling=False),
    _row(_TOKEN, r"token not yet valid", faults.TOKEN_NOT_YET_VALID, telling=False),
    _row(_TOKEN, r"not a valid jwt", faults.TOKEN_MALFORMED, telling=False),
    _row(_TOKEN, r"principal_tags passed in claim", faults.SESSION_TAGS_INVALID),
    _row(_TOKEN, r"not present in the roles claim", faults.ROLES_CLAIM_EXCLUDES_ROLE),
    _row(_TOKEN, rf"certificate doesn{_APOSTROPHE}t match configured thumbprint", faults.THUMBPRINT_MISMATCH),
    _row(_TOKEN, r"please check \.well-known/openid-configuration", faults.DISCOVERY_REJECTED),
    # The code says it all: the message only adds times, and other implementations word it otherwise (FACTS K7).
    _row("ExpiredTokenException ExpiredToken", None, faults.TOKEN_EXPIRED),
    _row(
        "AccessDenied AccessDeniedException",
        r"not authorized to perform sts:assumerolewithwebidentity",
        faults.TRUST_POLICY_DENIED,
    ),
    _row(_INVALID, r"request arn is invalid", faults.ROLE_ARN_INVALID),
    _row(_INVALID, r"durationseconds exceeds the maxsessionduration", faults.DURATION_TOO_LONG),
    _row(_INVALID, None, faults.REQUEST_INVALID),
    _row("Throttling ThrottlingException ThrottledException RequestLimitExceeded", None, faults.THROTTLED),
    _row("RegionDisabledException RegionDisabled", None, faults.REGION_DISABLED),
    _row("IDPCommunicationError IDPCommunicationErrorException", None, faults.IDP_COMMUNICATION),
    _row("IDPRejectedClaim IDPRejectedClaimException", None, faults.IDP_REJECTED_CLAIM),
    _row("PackedPolicyTooLarge PackedPolicyTooLargeException", None, faults.PACKED_POLICY_TOO_LARGE),
    _row("InternalFailure InternalError ServiceUnavailable", None, faults.STS_INTERNAL_FAILURE),
)

_TIME_REFUSED = re.compile(r"signature expired|signature not yet current|request has expired|requesttimetooskewed")


def folded(text: str) -> str:
    """Return the text with white space folded and in lower case: one real message holds two spaces (FACTS A10)."""
    return " ".join(text.split()).lower()


def fault_of(code: str, message: str) -> Fault:
    """Return the fault that STS's answer states; `STS_REFUSED_UNKNOWN` where no row fits."""
    words = folded(message)
    for row in ANSWERS:
        if code in row.codes and (row.words is None or row.words.search(words)):
            return row.fault
    return faults.STS_REFUSED_UNKNOWN


def refuses_time(code: str, message: str) -> bool:
    """Whether an answer refuses a signature for its time (FACTS H2)."""
    return bool(_TIME_REFUSED.search(folded(f"{code} {message}")))
