"""Which local faults can explain which answer of STS: tables, no logic.

What STS says comes first: it says which stage refused. These tables say what, seen from the pod, can be the reason.
"""

from collections.abc import Mapping

from sidecar import faults
from sidecar.model import Fault

_ISSUER = (
    faults.ISSUER_ACCESS_DENIED,
    faults.ISSUER_CERTIFICATE_NAME_MISMATCH,
    faults.ISSUER_CERTIFICATE_EXPIRED,
    faults.DISCOVERY_INVALID,
    faults.ISSUER_MISMATCH,
    faults.KEY_NOT_PUBLISHED,
    faults.JWKS_INVALID,
    faults.JWKS_UNREACHABLE,
    faults.ISSUER_SLOW,
    faults.ISSUER_CERTIFICATE_UNTRUSTED,
    faults.ISSUER_CHAIN_DISORDERED,
    faults.ISSUER_UNREACHABLE,
    faults.ALGORITHM_UNSUPPORTED,
)
_DISCOVERY = (
    faults.ISSUER_ACCESS_DENIED,
    faults.ISSUER_CERTIFICATE_NAME_MISMATCH,
    faults.ISSUER_CERTIFICATE_EXPIRED,
    faults.DISCOVERY_INVALID,
    faults.ISSUER_MISMATCH,
    faults.ISSUER_SLOW,
    faults.ISSUER_CERTIFICATE_UNTRUSTED,
    faults.ISSUER_CHAIN_DISORDERED,
    faults.ISSUER_UNREACHABLE,
)
_UNVERIFIED = (
    faults.TOKEN_WRONG_KIND,
    faults.AUDIENCE_AMBIGUOUS,
    faults.AUDIENCE_MISMATCH,
    faults.PROVIDER_AUDIENCE_MISSING,
    faults.SIGNATURE_INVALID,
    faults.JWKS_INVALID,
    faults.ALGORITHM_UNSUPPORTED,
)
_TRUST_POLICY = (
    faults.ROLE_NOT_FOUND,
    faults.TRUST_EXPLICIT_DENY,
    faults.TRUST_PRINCIPAL_MISMATCH,
    faults.TRUST_ACTION_MISSING,
    faults.TRUST_CONDITION_KEY_WRONG,
    faults.TRUST_WILDCARD_LITERAL,
    faults.TRUST_SUBJECT_MISMATCH,
    faults.TRUST_AUDIENCE_MISMATCH,
)

EXPLANATIONS: Mapping[str, tuple[Fault, ...]] = {
    faults.OIDC_PROVIDER_MISSING.name: (
        faults.TOKEN_WRONG_KIND,
        faults.PARTITION_MISMATCH,
        faults.ISSUER_URL_INVALID,
        faults.OIDC_PROVIDER_MISSING,
    ),
    faults.TOKEN_MISSING_CLAIM.name: (faults.TOKEN_WRONG_KIND, faults.TOKEN_MISSING_CLAIM),
    faults.VERIFICATION_KEY_UNAVAILABLE.name: _ISSUER,
    faults.DISCOVERY_REJECTED.name: _DISCOVERY,
    faults.IDP_COMMUNICATION.name: _DISCOVERY,
    faults.TOKEN_UNVERIFIABLE.name: _UNVERIFIED,
    faults.AUDIENCE_MISMATCH.name: _UNVERIFIED,
    faults.AUDIENCE_AMBIGUOUS.name: (faults.TOKEN_WRONG_KIND, faults.AUDIENCE_AMBIGUOUS),
    faults.TOKEN_MALFORMED.name: (faults.TOKEN_FILE_UNCLEAN, faults.TOKEN_MALFORMED),
    faults.TOKEN_EXPIRED.name: (faults.TOKEN_EXPIRED,),
    faults.TOKEN_NOT_YET_VALID.name: (faults.TOKEN_NOT_YET_VALID,),
    faults.ROLE_ARN_INVALID.name: (faults.ROLE_ARN_INVALID,),
    # A token that is too long is the request's fault for STS (FACTS A2).
    faults.REQUEST_INVALID.name: (faults.SESSION_NAME_INVALID, faults.TOKEN_MALFORMED),
    # STS answers a null sub with an internal failure (FACTS A10).
    faults.STS_INTERNAL_FAILURE.name: (faults.TOKEN_MISSING_CLAIM,),
    faults.TRUST_POLICY_DENIED.name: (*_TRUST_POLICY, faults.PARTITION_MISMATCH),
    # STS not reached: a prediction about the token never beats what was observed on the wire.
    **{
        unreached.name: (
            faults.REGION_INVALID,
            faults.REGION_MISSING,
            faults.STS_ENDPOINT_SETTING_INVALID,
            faults.PROXY_ERROR,
        )
        for unreached in faults.UNREACHED
    },
}
"""For each fault that STS's answer or silence states: the local faults that can explain it, the likeliest first."""

NOT_ASKED: Mapping[str, tuple[Fault, ...]] = {
    faults.IRSA_ENV_NOT_INJECTED.name: (
        faults.CONTAINER_SKIPPED,
        faults.SERVICE_ACCOUNT_NOT_ANNOTATED,
        faults.POD_OLDER_THAN_ANNOTATION,
    ),
}
"""The same, for what keeps STS from being asked at all."""

ONLY_AS_ERROR = frozenset({
    faults.REGION_MISSING.name, faults.ISSUER_URL_INVALID.name, faults.CONTAINER_SKIPPED.name,
})  # fmt: skip
"""Faults that explain only where they were errors by themselves: a trailing slash is matched exactly (FACTS A14)."""

REFUTED_BY: Mapping[str, tuple[str, ...]] = {
    faults.AUDIENCE_MISMATCH.name: ("provider.audience",),
    faults.PROVIDER_AUDIENCE_MISSING.name: ("provider.audience",),
    faults.OIDC_PROVIDER_MISSING.name: ("provider.registered",),
    faults.ROLE_NOT_FOUND.name: ("trust.role_exists",),
    **{fault.name: ("trust.admits",) for fault in _TRUST_POLICY if fault is not faults.ROLE_NOT_FOUND},
}
"""For each fault: the checks that read from IAM, or from the policy itself, that it cannot be."""

PROVEN_BY_READING = ("provider.", "trust.")
"""The links whose faults time does not cure: a policy or IAM itself shows them."""

ALSO_POSSIBLE: Mapping[str, tuple[Fault, ...]] = {
    faults.TRUST_POLICY_DENIED.name: _TRUST_POLICY,
    faults.TOKEN_UNVERIFIABLE.name: (
        faults.AUDIENCE_MISMATCH,
        faults.PROVIDER_AUDIENCE_MISSING,
        faults.OIDC_PROVIDER_MISSING,
    ),
    faults.VERIFICATION_KEY_UNAVAILABLE.name: (faults.ISSUER_ACCESS_DENIED, faults.ISSUER_SLOW),
}
"""What else an answer fits when nothing seen from here explains it (FACTS A10 to A12)."""

PROVE_THE_TOKEN = frozenset({faults.TRUST_POLICY_DENIED.name, faults.ROLES_CLAIM_EXCLUDES_ROLE.name})
"""Answers that STS gives only after it found provider, keys, signature, audience and times good (FACTS A11)."""

PROVE_THE_AGENTS_TOKEN = frozenset({
    faults.POD_IDENTITY_ASSOCIATION_MISSING.name, faults.POD_IDENTITY_ROLE_REFUSED.name,
})  # fmt: skip
"""What EKS Auth can say only once it knows whose the token is: an inference, which ranks causes and no more."""

ABOUT_THE_WORKLOAD = frozenset({
    fault.name
    for fault in faults.ALL
    if fault.code.startswith("IRSA8")
    or fault in (faults.SHADOWED_CREDENTIALS, faults.ROLE_ARN_UNEXPECTED, faults.CLOCK_SKEW)
})  # fmt: skip
"""Faults that the success of *our* exchange does not refute."""

NOT_OF_THIS_CONTAINER = ("pod_identity.", "workload.")
"""The links that judge something else than what this container gave to STS: STS's answer says nothing about them."""

OF_SOME_CONTAINER = ("kubernetes.token_volume",)
"""Checks that cannot explain STS's answer: our own token shows the same by itself, so they add only others' mounts."""
