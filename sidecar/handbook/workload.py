"""Pages of the workload: IRSA8xx. A table. Most are told by a text, as ``explain`` reads it."""

from collections.abc import Mapping

from sidecar.handbook.page import Page

_ENV = "$ kubectl --namespace NAMESPACE exec POD -- sh -c 'env | grep ^AWS_ | grep -v -e SECRET -e TOKEN='"
_WHO = "$ kubectl --namespace NAMESPACE exec POD -- aws sts get-caller-identity"
_CHECK = "$ irsa-doctor check --format short"
_ACCOUNT = "$ kubectl --namespace NAMESPACE get serviceaccount SERVICE_ACCOUNT --output yaml"
_WRITTEN = _ACCOUNT + " --show-managed-fields"
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
        "The workload's container has other AWS settings than this one. To a container that sets AWS_ROLE_ARN or "
        "AWS_WEB_IDENTITY_TOKEN_FILE by itself the webhook adds neither; to one that sets a region, no region. What "
        "comes by envFrom it does not look at.",
        "What works here does not work there: the workload asks for another role, in another region, or not at all.",
        (
            "Compare the two containers' variables:",
            "$ kubectl --namespace NAMESPACE exec POD --container CONTAINER -- sh -c 'env | grep ^AWS_ | grep -v -e SECRET -e TOKEN='",
            "$ kubectl --namespace NAMESPACE exec POD --container irsa-doctor -- sh -c 'env | grep ^AWS_ | grep -v -e SECRET -e TOKEN='",
        ),
    ),
    "sdk-too-old": Page(
        "The SDK is older than web identity. It does not know the two variables and passes over them. A vendored or "
        "pinned copy inside another package counts as well: it is the one that is used.",
        "The workload runs as the node's role, or without credentials, mostly without a word about it.",
        (
            (
                "Compare the version with the first that knows web identity: boto3 1.9.220, botocore 1.12.200, AWS SDK "
                "for Go 1.23.13, for Java 2.10.11 or 1.12.782, for JavaScript 2.525.0 or 3.27.0. For Python:"
            ),
            "$ kubectl --namespace NAMESPACE exec POD -- python -c 'import botocore; print(botocore.__version__)'",
        ),
    ),
    "sdk-module-missing": Page(
        "Some SDKs keep STS in a module of its own, and web identity needs it at run time: Java's sts, .NET's "
        "AWSSDK.SecurityToken. A build that leaves out what is not referred to may drop it.",
        "The web identity provider fails. Java's chain goes on without it, to the node's role or to no credentials.",
        (
            "Is the module in the image? For Java, and for .NET:",
            "$ kubectl --namespace NAMESPACE exec POD -- find / -name '*sts*.jar'",
            "$ kubectl --namespace NAMESPACE exec POD -- find / -name AWSSDK.SecurityToken.dll",
        ),
    ),
    "service-account-not-annotated": Page(
        "The pod's service account has no annotation eks.amazonaws.com/role-arn, so that nobody knows which role is "
        "meant. The pod may also run under another service account than the one that was annotated, such as default.",
        "The webhook adds nothing to its pods: they go on to the node's role, or have no credentials.",
        ("Look at the annotations:", _ACCOUNT),
    ),
    "annotation-differs": Page(
        "The service account names another role than the pod has: the annotation was changed after the pod was made, or "
        "the container sets AWS_ROLE_ARN by itself. The webhook reads the annotation only when a pod is created. It is a "
        "warning where the times, or another container of the pod, show that the container's role is its own.",
        "The pod goes on with the old role until it is made anew.",
        ("Compare the annotation with AWS_ROLE_ARN:", _ACCOUNT, _ENV),
    ),
    "pod-older-than-annotation": Page(
        "The pod was made before its service account was annotated. The webhook acts when a pod is created, never later.",
        "The pod has no web identity, although the service account looks right. It goes on so until it is made anew.",
        ("Compare the pod's creationTimestamp with the time in the service account's managedFields:", _POD, _WRITTEN),
    ),
    "container-skipped": Page(
        "The annotation eks.amazonaws.com/skip-containers names a container of the pod, or the label "
        "eks.amazonaws.com/skip-pod-identity-webhook is on it: the webhook then gives the container, or the pod, nothing.",
        "The container has neither the variables nor the token. That is right where somebody meant it.",
        ("Look at the pod's annotations and labels:", _POD),
    ),
    "sidecar-blocks-completion": Page(
        "A Job is complete when all its ordinary containers have ended. watch never ends by itself.",
        "The workload ends, and its pod goes on running: the Job never completes, and a CronJob may start no other.",
        ("Look at where the container stands, under containers or initContainers:", _POD),
    ),
    "node-role-fallback": Page(
        "The caller is the node's instance role: its session is named after an instance, i-.... The SDK did not use web "
        "identity, or passed over its failure without a word, and asked the metadata service.",
        "The workload has the node's permissions: too few for its work, and too many for its safety.",
        ("Who is the caller?", _WHO, "Why was web identity passed over?", _CHECK),
        "User: arn:aws:sts::111122223333:assumed-role/eks-nodes/i-0123456789abcdef0 is not authorized to perform: s3:GetObject",
    ),
    "no-credentials-in-chain": Page(
        "The SDK went through all its providers and none gave credentials. What it says of each is often only that a "
        "variable is not set.",
        "No AWS call works.",
        ("Does the pod have web identity's variables?", _ENV, "And does the exchange work?", _CHECK),
        'Unable to locate credentials. You can configure credentials by running "aws configure".',
    ),
    "permissions-policy-denied": Page(
        "The right role asks for something that its policies do not allow. Web identity works: this is not a fault of "
        "IRSA.",
        "The one call fails; others may work.",
        ("Which policies does the role have?", "$ aws iam list-attached-role-policies --role-name ROLE_NAME"),
        "User: arn:aws:sts::111122223333:assumed-role/shop-cart/session is not authorized to perform: s3:PutObject",
    ),
    "pod-identity-error": Page(
        "EKS Pod Identity gave no credentials, and what was seen does not say more: a text names it, the agent gave an "
        "answer that is not known here, the node's role may not ask EKS Auth, or something else answers in the agent's "
        "place. The agent is a DaemonSet, and for Linux on EC2 only.",
        "A pod that is meant for Pod Identity gets nothing. A pod meant for IRSA should not ask there.",
        (
            "Is the agent up, and is there an association?",
            "$ kubectl --namespace kube-system get pods --selector app.kubernetes.io/name=eks-pod-identity-agent",
            "What does it say here?",
            "$ irsa-doctor check --mechanism pod-identity --format short",
        ),
    ),
    "imds-unreachable": Page(
        "The SDK asks the instance metadata service and gets no answer. It is the last provider of the chain: it comes so "
        "far only because none before it gave credentials. From a pod it is often out of reach by a hop limit of 1.",
        "Starts are slow, and end without credentials.",
        ("Why did web identity give none?", _CHECK),
        "no EC2 IMDS role found, operation error ec2imds: GetMetadata, request canceled, context deadline exceeded",
    ),
    "session-credentials-expired": Page(
        "The session's credentials have expired, not the token. An SDK renews them in time; credentials that were copied "
        "out of it into a variable, a cache or another client are not renewed.",
        "Calls begin to fail an hour after the start, or after whatever the session lasted.",
        (
            "Does it begin a fixed time after the start, does a restart help, and are there keys in the environment?",
            _ENV,
        ),
        "ExpiredToken: The security token included in the request is expired",
    ),
    "static-credentials-invalid": Page(
        "The keys in use are not valid: deleted, or of another partition. They are static ones, mostly from the "
        "environment or a mounted file, and not what web identity gives.",
        "Every call fails, whatever the role would allow, because these keys come before web identity.",
        ("Where do the keys come from?", _ENV),
        "InvalidClientTokenId: The security token included in the request is invalid.",
    ),
    "global-token-in-opt-in-region": Page(
        "Credentials of the global STS endpoint are of version 1 unless the account says otherwise, and are not valid in "
        "regions that must be opted into. Regional endpoints always give version 2. boto3 and AWS CLI v1 ask the global one "
        "where AWS_DEFAULT_REGION is not set, AWS_REGION or not, unless the code itself names the region.",
        "Calls work in some regions and fail in others.",
        (
            "Which endpoint is used, and which version does the account give?",
            "$ aws iam get-account-summary --query SummaryMap.GlobalEndpointTokenVersion",
        ),
    ),
    "credentials-timeout": Page(
        "Getting credentials was cancelled before it ended. The text does not say which hop was slow: STS, the "
        "metadata service, a proxy, DNS.",
        "The call fails, and often works when it is tried again.",
        ("Which hop is slow?", _CHECK),
        "failed to refresh cached credentials, context deadline exceeded",
    ),
    "webidentity-failed-unknown": Page(
        "Web identity was tried and failed. The text hides why: a wrapper without its cause, or a line that was cut.",
        "The workload gets no credentials from it; some SDKs go on to the node's role.",
        ("Ask for more of the log, or for the cause itself:", _CHECK),
        "WebIdentityErr: failed to retrieve credentials",
    ),
}
