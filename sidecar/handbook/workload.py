"""Pages of the workload: IRSA8xx. A table. Most are told by a text, as ``explain`` reads it."""

from collections.abc import Mapping

from sidecar.handbook.page import Page

_ENV = "$ kubectl --namespace NAMESPACE exec POD -- sh -c 'env | grep ^AWS_ | grep -v -e SECRET -e TOKEN='"
_WHO = "$ kubectl --namespace NAMESPACE exec POD -- aws sts get-caller-identity"
_CHECK = "$ irsa-doctor check --format short"
_ACCOUNT = "$ kubectl --namespace NAMESPACE get serviceaccount SERVICE_ACCOUNT --output yaml"
_POD = "$ kubectl --namespace NAMESPACE get pod POD --output yaml"

PAGES: Mapping[str, Page] = {
    "workload-cannot-read-token": Page(
        "The user that the workload runs as may not read the token, by its mode, owner and group. This container may, "
        "which is why the exchange works here.",
        "The workload fails with permission denied while every check in AWS is good.",
        (
            "Compare the workload's user with the file:",
            "$ kubectl --namespace NAMESPACE exec POD -- sh -c 'id; ls -lLn $AWS_WEB_IDENTITY_TOKEN_FILE'",
        ),
    ),
    "workload-env-differs": Page(
        "The workload's container has other AWS settings than this one. The webhook adds nothing to a container that sets "
        "AWS_ROLE_ARN, AWS_WEB_IDENTITY_TOKEN_FILE or a region by itself.",
        "What works here does not work there.",
        ("Compare the two containers' variables:", _POD),
    ),
    "sdk-too-old": Page(
        "The SDK is older than web identity. It does not know the two variables and passes over them.",
        "The workload runs as the node's role, or without credentials.",
        (
            "Which version is in the image, and is it at least the one under Mend? For Python:",
            "$ kubectl --namespace NAMESPACE exec POD -- pip show botocore",
        ),
    ),
    "sdk-module-missing": Page(
        "Some SDKs keep STS in a module of its own, and web identity needs it: Java's sts, .NET's AWSSDK.SecurityToken.",
        "The web identity provider is tried and fails, and the chain goes on without it.",
        (
            "Is the module among the dependencies? For Java:",
            "$ mvn dependency:tree -Dincludes=software.amazon.awssdk:sts",
        ),
    ),
    "service-account-not-annotated": Page(
        "The pod's service account has no annotation eks.amazonaws.com/role-arn, so that nobody knows which role is "
        "meant.",
        "The webhook adds nothing to its pods.",
        ("Look at the annotations:", _ACCOUNT),
    ),
    "annotation-differs": Page(
        "The service account names another role than the pod has: the annotation was changed after the pod was made.",
        "The pod goes on with the old role until it is made anew.",
        ("Compare the annotation with AWS_ROLE_ARN:", _ACCOUNT, _ENV),
    ),
    "pod-older-than-annotation": Page(
        "The pod was made before its service account was annotated. The webhook acts when a pod is created, never later.",
        "The pod has no web identity, although the service account looks right.",
        ("Compare the pod's creation time with the annotation's:", _POD),
    ),
    "node-role-fallback": Page(
        "The caller is the node's instance role: its session is named after an instance, i-.... The SDK did not use web "
        "identity, or passed over its failure without a word, and asked the metadata service.",
        "The workload has the node's permissions: too few for its work, and too many for its safety.",
        ("Who is the caller?", _WHO, "Why was web identity passed over?", _CHECK),
    ),
    "no-credentials-in-chain": Page(
        "The SDK went through all its providers and none gave credentials. What it says of each is often only that a "
        "variable is not set.",
        "No AWS call works.",
        ("Does the pod have web identity's variables?", _ENV, "And does the exchange work?", _CHECK),
    ),
    "permissions-policy-denied": Page(
        "The right role asks for something that its policies do not allow. Web identity works: this is not a fault of "
        "IRSA.",
        "The one call fails; others may work.",
        ("Which policies does the role have?", "$ aws iam list-attached-role-policies --role-name ROLE_NAME"),
    ),
    "pod-identity-error": Page(
        "EKS Pod Identity gave no credentials: its agent on the node cannot be reached or refused, or no association fits.",
        "A pod that is meant for Pod Identity gets nothing. A pod meant for IRSA should not ask there.",
        (
            "Is the agent up, and is there an association?",
            "$ kubectl --namespace kube-system get pods --selector app.kubernetes.io/name=eks-pod-identity-agent",
        ),
    ),
    "imds-unreachable": Page(
        "The SDK asks the instance metadata service and gets no answer. It is the last provider of the chain: it comes so "
        "far only because none before it gave credentials. From a pod it is often out of reach by a hop limit of 1.",
        "Starts are slow, and end without credentials.",
        ("Why did web identity give none?", _CHECK),
    ),
    "session-credentials-expired": Page(
        "The session's credentials have expired, not the token. An SDK renews them in time; credentials that were copied "
        "out of it into a variable, a cache or another client are not renewed.",
        "Calls begin to fail an hour after the start, or after whatever the session lasted.",
        (
            "Does it begin a fixed time after the start, and does a restart help?",
            "$ kubectl --namespace NAMESPACE delete pod POD",
            "Are session keys in the environment, where nothing renews them?",
            _ENV,
        ),
    ),
    "static-credentials-invalid": Page(
        "The keys in use are not valid: deleted, of another partition, or a secret that does not belong to the key id.",
        "Every call fails, whatever the role would allow, because these keys come before web identity.",
        ("Where do the keys come from?", _ENV),
    ),
    "global-token-in-opt-in-region": Page(
        "Credentials of the global STS endpoint are of version 1 unless the account says otherwise, and are not valid in "
        "regions that must be opted into. Regional endpoints always give version 2.",
        "Calls work in some regions and fail in others.",
        (
            "Which endpoint is used, and which version does the account give?",
            "$ aws iam get-account-summary --query SummaryMap.GlobalEndpointTokenVersion",
        ),
    ),
    "credentials-timeout": Page(
        "Getting credentials was cancelled before it ended, and the text does not say which hop was slow: STS, the "
        "metadata service, a proxy, DNS.",
        "The call fails, and often works when it is tried again.",
        ("Which hop is slow?", _CHECK),
    ),
    "webidentity-failed-unknown": Page(
        "Web identity was tried and failed, and the text hides why: a wrapper without its cause, or a line that was cut.",
        "The workload gets no credentials from it.",
        ("Ask for more of the log, or for the cause itself:", _CHECK),
    ),
}
