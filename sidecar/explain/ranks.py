"""Which of several faults is the cause: what is nearer the credentials outranks what follows from it. A table. Pure."""

from sidecar import faults
from sidecar.model import Fault

_UNKNOWN_REFUSAL, _UNREACHED, _POD_IDENTITY, _ISSUER, _IN_USE, _FALLBACK, _CONSEQUENCE = 11, 12, 20, 25, 30, 32, 40

_SPECIAL = {
    faults.STS_REFUSED_UNKNOWN.name: _UNKNOWN_REFUSAL,
    faults.REQUEST_INVALID.name: _UNKNOWN_REFUSAL,
    faults.SDK_TOO_OLD.name: _UNKNOWN_REFUSAL,
    **{fault.name: _UNREACHED for fault in faults.UNREACHED},
    faults.POD_IDENTITY_ERROR.name: _POD_IDENTITY,
    faults.ISSUER_UNREACHABLE.name: _ISSUER,
    faults.JWKS_UNREACHABLE.name: _ISSUER,
    faults.ISSUER_CERTIFICATE_EXPIRED.name: _ISSUER,
    faults.ISSUER_CERTIFICATE_UNTRUSTED.name: _ISSUER + 1,
    faults.ROLE_NOT_FOUND.name: _ISSUER,
    faults.CLOCK_SKEW.name: _IN_USE,
    faults.SESSION_CREDENTIALS_EXPIRED.name: _IN_USE + 1,
    faults.GLOBAL_TOKEN_IN_OPT_IN_REGION.name: _IN_USE,
    faults.STATIC_CREDENTIALS_INVALID.name: _IN_USE + 1,
    faults.NODE_ROLE_FALLBACK.name: _FALLBACK,
    faults.PERMISSIONS_POLICY_DENIED.name: _FALLBACK + 1,
    faults.IRSA_ENV_NOT_INJECTED.name: _CONSEQUENCE + 4,
    faults.IMDS_UNREACHABLE.name: _CONSEQUENCE + 2,
    faults.WEBIDENTITY_FAILED_UNKNOWN.name: _CONSEQUENCE + 1,
    faults.CREDENTIALS_TIMEOUT.name: _CONSEQUENCE,
    faults.NO_CREDENTIALS_IN_CHAIN.name: _CONSEQUENCE + 3,
}
RANKS = {fault.name: _SPECIAL.get(fault.name, 10) for fault in faults.ALL}
"""Fault -> its rank: of two that a text shows, the lower one is the cause."""


def consequence(fault: Fault) -> bool:
    """Whether a fault merely follows from another one."""
    return RANKS[fault.name] >= _CONSEQUENCE
