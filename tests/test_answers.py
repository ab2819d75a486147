"""STS's wordings, word for word, and the faults they state."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sidecar import faults
from sidecar.answers import ANSWERS, Answer, fault_of, folded, refuses_time
from sidecar.model import Fault

INVALID = "InvalidIdentityToken"
DOCUMENTED = (
    ("AccessDenied", "Not authorized to perform sts:AssumeRoleWithWebIdentity", faults.TRUST_POLICY_DENIED),
    (
        INVALID,
        "No OpenIDConnect provider found in your account for https://oidc.eks.eu-west-1.amazonaws.com/id/ABC",
        faults.OIDC_PROVIDER_MISSING,
    ),
    (
        INVALID,
        "Couldn't retrieve verification key from your identity provider,  please reference the documentation",
        faults.VERIFICATION_KEY_UNAVAILABLE,
    ),
    (
        INVALID,
        "The web identity token provided could not be validated. See the AssumeRoleWithWebIdentity documentation",
        faults.TOKEN_UNVERIFIABLE,
    ),
    (INVALID, "Incorrect token audience", faults.AUDIENCE_MISMATCH),
    (
        INVALID,
        "Token audience contains more than one audience while authorized party is not present",
        faults.AUDIENCE_AMBIGUOUS,
    ),
    *(
        (INVALID, f"Missing a required claim: {claim}", faults.TOKEN_MISSING_CLAIM)
        for claim in ("iss", "sub", "aud", "iat", "exp")
    ),
    (INVALID, "Claim is not allowed to be empty: aud", faults.TOKEN_MISSING_CLAIM),
    (INVALID, "Invalid timestamp in token claims.", faults.TOKEN_MISSING_CLAIM),
    (INVALID, "Token issued in the future: 1789124026", faults.TOKEN_NOT_YET_VALID),
    (
        INVALID,
        (
            "Token not yet valid: current date/time 1789124026 must be after or equal to the not-before date/time "
            "1789127326"
        ),
        faults.TOKEN_NOT_YET_VALID,
    ),
    (
        "ExpiredTokenException",
        "Token expired: current date/time 1789123421 must be before the expiration date/time 1789123397",
        faults.TOKEN_EXPIRED,
    ),
    ("ExpiredTokenException", "Token too old: 86401", faults.TOKEN_EXPIRED),
    (
        INVALID,
        "The ID Token provided is not a valid JWT. (You may see this error if you sent an Access Token)",
        faults.TOKEN_MALFORMED,
    ),
    (INVALID, "principal_tags passed in claim is not in correct format.", faults.SESSION_TAGS_INVALID),
    (
        INVALID,
        "The target role ARN is not present in the roles claim of the identity token",
        faults.ROLES_CLAIM_EXCLUDES_ROLE,
    ),
    (
        INVALID,
        "OpenIDConnect provider's HTTPS certificate doesn't match configured thumbprint",
        faults.THUMBPRINT_MISMATCH,
    ),
    (
        INVALID,
        "Please check .well-known/openid-configuration of provider: https://issuer.test is valid",
        faults.DISCOVERY_REJECTED,
    ),
    ("InternalFailure", "Unknown error validating third-party token", faults.STS_INTERNAL_FAILURE),
    ("ValidationError", "Request ARN is invalid", faults.ROLE_ARN_INVALID),
    ("Throttling", "Rate exceeded", faults.THROTTLED),
    # FACTS A4 and A9
    (
        "ValidationError",
        "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.",
        faults.DURATION_TOO_LONG,
    ),
    (
        "ValidationError",
        "1 validation error detected: Value 'a' at 'roleSessionName' failed to satisfy constraint",
        faults.REQUEST_INVALID,
    ),
    (
        "PackedPolicyTooLarge",
        "Packed size of session tags consumes 120% of allotted space.",
        faults.PACKED_POLICY_TOO_LARGE,
    ),
    ("IDPRejectedClaim", "The identity provider rejected the claim", faults.IDP_REJECTED_CLAIM),
    ("IDPCommunicationError", "An error occurred calling the identity provider", faults.IDP_COMMUNICATION),
    ("RegionDisabledException", "STS is not activated in this region for account:111122223333", faults.REGION_DISABLED),
)
"""Every row of FACTS A10, and what A4 and A9 add."""


def answering(code: str, message: str) -> Answer | None:
    """Return the first row that fits an answer."""
    words = folded(message)
    fits = (row for row in ANSWERS if code in row.codes and (row.words is None or row.words.search(words)))
    return next(fits, None)


by_row = pytest.mark.parametrize(("code", "message", "fault"), DOCUMENTED, ids=lambda value: str(value)[:40])


@by_row
def test_answer_states_its_fault(code: str, message: str, fault: Fault) -> None:
    """Each answer that AWS is known to give is known."""
    assert fault_of(code, message) is fault


@by_row
def test_white_space_and_case_do_not_count(code: str, message: str, fault: Fault) -> None:
    """The same words in other white space and case are the same answer."""
    assert fault_of(code, message.upper()) is fault
    assert fault_of(code, f"\n {message.lower()} ".replace(" ", " \t\n ")) is fault


@by_row
def test_typographic_apostrophes_are_apostrophes(code: str, message: str, fault: Fault) -> None:
    """An apostrophe that a log or page has made typographic, or lost, changes nothing."""
    assert fault_of(code, message.replace("n't", "n\N{RIGHT SINGLE QUOTATION MARK}t")) is fault
    assert fault_of(code, message.replace("n't", "nt")) is fault


@by_row
def test_words_alone_prove_nothing(code: str, message: str, fault: Fault) -> None:
    """The words under another code, or the code in another case, are an answer that is not known."""
    assert fault is not faults.STS_REFUSED_UNKNOWN
    assert fault_of("SomethingElse", message) is faults.STS_REFUSED_UNKNOWN
    assert fault_of(code.lower(), message) is faults.STS_REFUSED_UNKNOWN


def test_every_row_is_documented() -> None:
    """Each row is reached by an answer of the documents: no wording is invented, none is hidden by a row before it."""
    reached = {(min(row.codes), row.words) for code, message, _ in DOCUMENTED if (row := answering(code, message))}
    assert reached == {(min(row.codes), row.words) for row in ANSWERS}


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("", ""),
        ("AccessDenied", "User: anonymous is not authorized to perform: sts:GetCallerIdentity"),
        ("AccessDenied", "Not authorized to perform sts:AssumeRole"),
        ("AccessDenied", "Request has expired"),
        (INVALID, "Provided Token is not a Login With Amazon token"),
        (INVALID, ""),
        ("InvalidIdentityTokenExtended", "Incorrect token audience"),
        ("InvalidClientTokenId", "The security token included in the request is invalid"),
        ("SignatureDoesNotMatch", "Credential should be scoped to a valid region"),
        ("MalformedPolicyDocument", "Syntax errors in policy."),
        ("502", "Bad Gateway"),
        ("Unknown", "Not authorized to perform sts:AssumeRoleWithWebIdentity"),
    ],
)
def test_unknown_answers_are_not_guessed(code: str, message: str) -> None:
    """What stands in no row is unknown: other actions' refusals, other words under a known code, other codes."""
    assert fault_of(code, message) is faults.STS_REFUSED_UNKNOWN


@given(st.text(), st.text())
def test_any_answer_has_a_fault(code: str, message: str) -> None:
    """No answer makes the table fail."""
    assert fault_of(code, message) in faults.ALL
    assert isinstance(refuses_time(code, message), bool)


def test_folded() -> None:
    """White space is folded, case is ignored."""
    assert folded("  Couldn't  retrieve\n\tKEY ") == "couldn't retrieve key"


@pytest.mark.parametrize(
    ("code", "message", "expected"),
    [
        ("SignatureDoesNotMatch", "Signature expired: 20260101T000000Z is now earlier than 20260101T010000Z", True),
        ("SignatureDoesNotMatch", "Signature not yet current: 20260101T020000Z is still later than ...", True),
        ("RequestExpired", "Request has expired.", True),
        ("RequestTimeTooSkewed", "The difference between the request time and the current time is too large.", True),
        ("SignatureDoesNotMatch", "The request signature we calculated does not match", False),
        ("ExpiredToken", "The security token included in the request is expired", False),
        ("", "", False),
    ],
)
def test_refused_for_its_time(code: str, message: str, *, expected: bool) -> None:
    """A refusal for the signature's time is told from other refusals (FACTS H2)."""
    assert refuses_time(code, message) is expected
