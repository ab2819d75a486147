"""Pages of the trust policy and the provider: IRSA7xx. A table."""

from collections.abc import Mapping

from sidecar.handbook.page import Page

_POLICY = "$ aws iam get-role --role-name ROLE_NAME --query Role.AssumeRolePolicyDocument"
_DENIED = "STS refuses with Not authorized to perform sts:AssumeRoleWithWebIdentity, and says no more."

PAGES: Mapping[str, Page] = {
    "trust-principal-mismatch": Page(
        "The Federated principal is another provider than the token's. It must be the provider's ARN, to the letter and "
        "in the role's own account: without https://, without a slash at the end, without wildcards.",
        _DENIED + " After a cluster was made anew this is so for every role that names the old one.",
        ("Compare the principal with the account's providers:", _POLICY, "$ aws iam list-open-id-connect-providers"),
    ),
    "trust-subject-mismatch": Page(
        "The condition on the issuer's :sub wants another subject. A subject is "
        "system:serviceaccount:NAMESPACE:NAME, compared with its case; namespace and name are easily swapped.",
        _DENIED,
        ("Compare the condition with the pod's namespace and service account:", _POLICY),
    ),
    "trust-audience-mismatch": Page(
        "The condition on the issuer's :aud wants another audience than the token's. The subject written under :aud is "
        "a slip that is often made. OpenShift's own policies have no such condition, and need none: the provider's client "
        "ids are asked first.",
        _DENIED,
        ("The value is mostly sts.amazonaws.com:", _POLICY),
    ),
    "trust-wildcard-literal": Page(
        "A value with * or ? stands under StringEquals, which takes both as they are. Only StringLike takes them as "
        "wildcards.",
        _DENIED + " It looks right, which is why it takes long to find.",
        ("Look for * under StringEquals:", _POLICY),
    ),
    "trust-action-missing": Page(
        "No statement for this provider allows sts:AssumeRoleWithWebIdentity. sts:AssumeRole is another action, for "
        "callers that have AWS credentials already.",
        _DENIED,
        ("Look at Action:", _POLICY),
    ),
    "trust-condition-key-wrong": Page(
        "A condition tests a key that this exchange never carries: the issuer with https://, the provider's whole ARN, "
        "another issuer's prefix, oidc.REGION.eks for oidc.eks.REGION, a Kubernetes claim, sts:ExternalId. A positive "
        "condition on a missing key never holds.",
        _DENIED,
        ("Compare each key with the issuer's host and path:", _POLICY),
    ),
    "trust-explicit-deny": Page(
        "A Deny statement matches this token. No Allow outranks it. A negated operator matches where its key is missing, "
        "which makes many a Deny wider than it was meant.",
        _DENIED,
        ("Read each Deny against the token's claims:", _POLICY),
    ),
    "trust-too-open": Page(
        "The policy admits the token without asking for its subject: every service account of the cluster, in any "
        "namespace, may assume the role. IAM accepts that for a cluster's issuer.",
        "Nothing fails. Whoever may create a pod anywhere in the cluster has this role's permissions.",
        ("Is there a condition on the issuer's :sub?", _POLICY),
    ),
    "trust-duplicate-key": Page(
        "A JSON key is written twice in one object, such as two StringEquals in one Condition. Parsers keep the last and "
        "drop the first without a word.",
        "The policy says less than it seems to: a condition that was meant is not there.",
        ("Read the raw text: most tools show the parsed one.", _POLICY),
    ),
    "provider-audience-missing": Page(
        "The provider's client ids do not hold the token's audience, as IAM shows. The audience that counts is azp where "
        "the token has one, else its single aud.",
        "STS refuses the token, whatever the trust policy says. It was seen to say only that it could not be validated.",
        (
            "Compare ClientIDList with the token's aud:",
            "$ aws iam get-open-id-connect-provider --open-id-connect-provider-arn PROVIDER_ARN",
        ),
    ),
}
