"""AWS's refusals, word for word: code, status, message (FACTS A9, A10). Nothing here judges."""


class RefusalError(Exception):
    """STS says no. Carries the status, the code and the message of its answer."""

    def __init__(self, status: int, code: str, message: str) -> None:
        """Keep what STS says."""
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message


def invalid_token(message: str) -> RefusalError:
    """InvalidIdentityToken with these words."""
    return RefusalError(400, "InvalidIdentityToken", message)


def invalid_request(message: str) -> RefusalError:
    """ValidationError with these words."""
    return RefusalError(400, "ValidationError", message)


def not_a_jwt() -> RefusalError:
    """The token cannot be parsed, or has a ``crit`` header."""
    return invalid_token(
        "The ID Token provided is not a valid JWT. (You may see this error if you sent an Access Token)"
    )


def no_provider(issuer: str) -> RefusalError:
    """The role's account has no provider for exactly this issuer."""
    return invalid_token(f"No OpenIDConnect provider found in your account for {issuer}")


def no_key() -> RefusalError:
    """The key set could not be had, or holds no key for the token. The two spaces are AWS's."""
    return invalid_token(
        "Couldn't retrieve verification key from your identity provider,  "
        "please reference AssumeRoleWithWebIdentity documentation for requirements"
    )


def bad_discovery(issuer: str) -> RefusalError:
    """The discovery document came and is no good."""
    return invalid_token(f"Please check .well-known/openid-configuration of provider: {issuer} is valid")


def bad_thumbprint() -> RefusalError:
    """No public authority vouches for the certificate, and its thumbprint is not the provider's."""
    return invalid_token("OpenIDConnect provider's HTTPS certificate doesn't match configured thumbprint")


def unverifiable() -> RefusalError:
    """The generic text of 2026: audience or signature (FACTS A24)."""
    return invalid_token(
        "The web identity token provided could not be validated. "
        "See the AssumeRoleWithWebIdentity documentation for requirements."
    )


def missing_claim(name: str) -> RefusalError:
    """A required claim is absent."""
    return invalid_token(f"Missing a required claim: {name}")


def expired(now: int, expiry: int) -> RefusalError:
    """The token's life is over; the time printed is already shifted by the leeway (FACTS A28)."""
    return RefusalError(
        400,
        "ExpiredTokenException",
        f"Token expired: current date/time {now} must be before the expiration date/time {expiry}",
    )


def not_yet_valid(now: int, not_before: int) -> RefusalError:
    """The token's life has not begun; the time printed is already shifted by the leeway (FACTS A28)."""
    return invalid_token(
        f"Token not yet valid: current date/time {now} must be after or equal to the not-before date/time {not_before}"
    )


def denied() -> RefusalError:
    """The token is good; role or trust policy refuse it. Says no more than this, on purpose (FACTS A11)."""
    return RefusalError(403, "AccessDenied", "Not authorized to perform sts:AssumeRoleWithWebIdentity")


def internal() -> RefusalError:
    """What STS says of ``sub: null``."""
    return RefusalError(500, "InternalFailure", "Unknown error validating third-party token")


def empty_audience() -> RefusalError:
    """The list of audiences is empty."""
    return invalid_token("Claim is not allowed to be empty: aud")


def ambiguous_audience() -> RefusalError:
    """Several audiences, and no ``azp`` (FACTS A22)."""
    return invalid_token("Token audience contains more than one audience while authorized party is not present")


def issued_in_the_future(issued: int) -> RefusalError:
    """The token was issued later than now and the leeway."""
    return invalid_token(f"Token issued in the future: {issued}")


def bad_time() -> RefusalError:
    """A time that is no whole number (FACTS A26)."""
    return invalid_token("Invalid timestamp in token claims.")


def bad_tags() -> RefusalError:
    """A session tag's value is not a list."""
    return invalid_token("principal_tags passed in claim is not in correct format.")


def role_not_named() -> RefusalError:
    """The token lists roles, and not this one (FACTS A31)."""
    return invalid_token("The target role ARN is not present in the roles claim of the identity token")


def bad_role_arn() -> RefusalError:
    """RoleArn is no role's."""
    return invalid_request("Request ARN is invalid")


def bad_parameter(value: str | None, name: str, constraint: str) -> RefusalError:
    """A parameter breaks its rule."""
    shown = f"Value '{value}'" if value is not None else "Value"
    return invalid_request(
        f"1 validation error detected: {shown} at '{name}' failed to satisfy constraint: {constraint}"
    )


def unknown_key() -> RefusalError:
    """The access key is nobody's."""
    return RefusalError(403, "InvalidClientTokenId", "The security token included in the request is invalid.")


def not_permitted(action: str | None) -> RefusalError:
    """The caller's policies do not allow this action of IAM."""
    words = f"not authorized to perform: iam:{action} because no identity-based policy allows the iam:{action} action"
    return RefusalError(403, "AccessDenied", words)
