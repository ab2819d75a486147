"""What else a text's verdict may mean: a table. Pure."""

from collections.abc import Mapping

from sidecar import faults
from sidecar.explanations import ALSO_POSSIBLE, EXPLANATIONS
from sidecar.model import Fault

_UNSET = (faults.IRSA_ENV_NOT_INJECTED, faults.SERVICE_ACCOUNT_NOT_ANNOTATED, faults.POD_OLDER_THAN_ANNOTATION)
_ALSO: Mapping[str, tuple[Fault, ...]] = {
    faults.NO_CREDENTIALS_IN_CHAIN.name: (*_UNSET, faults.SDK_TOO_OLD),
    faults.IMDS_UNREACHABLE.name: _UNSET,
    faults.NODE_ROLE_FALLBACK.name: (*_UNSET, faults.SDK_TOO_OLD, faults.SDK_MODULE_MISSING),
    faults.AUDIENCE_MISMATCH.name: (faults.PROVIDER_AUDIENCE_MISSING,),
    faults.TOKEN_FILE_UNREADABLE.name: (faults.WORKLOAD_CANNOT_READ_TOKEN,),
    faults.TOKEN_EXPIRED.name: (faults.TOKEN_FILE_STALE,),
    faults.STS_DNS.name: (faults.REGION_INVALID, faults.STS_ENDPOINT_SETTING_INVALID),
    faults.STS_REFUSED.name: (
        faults.STS_DNS,
        faults.STS_ENDPOINT_SETTING_INVALID,
    ),
    faults.STATIC_CREDENTIALS_INVALID.name: (faults.SHADOWED_CREDENTIALS, faults.GLOBAL_TOKEN_IN_OPT_IN_REGION),
    faults.GLOBAL_TOKEN_IN_OPT_IN_REGION.name: (faults.STATIC_CREDENTIALS_INVALID,),
    faults.WEBIDENTITY_FAILED_UNKNOWN.name: (faults.TRUST_POLICY_DENIED, faults.OIDC_PROVIDER_MISSING),
    faults.CREDENTIALS_TIMEOUT.name: (faults.STS_TIMEOUT, faults.IMDS_UNREACHABLE),
    faults.OIDC_PROVIDER_MISSING.name: (faults.TOKEN_WRONG_KIND, faults.PARTITION_MISMATCH),
    faults.STS_INTERNAL_FAILURE.name: (faults.TOKEN_MISSING_CLAIM,),
    faults.POD_IDENTITY_ERROR.name: (faults.POD_IDENTITY_IN_USE,),
    faults.SDK_MODULE_MISSING.name: (faults.SDK_TOO_OLD,),
    faults.TOKEN_MALFORMED.name: (faults.TOKEN_FILE_UNCLEAN, faults.TOKEN_WRONG_KIND),
}


def also_possible(verdict: Fault) -> tuple[str, ...]:
    """Return the names of what else fits what the text states: what can explain STS's answer, and what is alike."""
    others = (*ALSO_POSSIBLE.get(verdict.name, ()), *_ALSO.get(verdict.name, ()), *EXPLANATIONS.get(verdict.name, ()))
    return tuple(dict.fromkeys(fault.name for fault in others if fault != verdict))
