"""Pages of the environment and the token file: IRSA1xx. A table."""

from collections.abc import Mapping

from sidecar.handbook.page import Page

_ENV = "$ kubectl --namespace NAMESPACE exec POD -- sh -c 'env | grep ^AWS_ | grep -v -e SECRET -e TOKEN='"
_POD = "$ kubectl --namespace NAMESPACE get pod POD --output yaml"
_ACCOUNT = "$ kubectl --namespace NAMESPACE get serviceaccount SERVICE_ACCOUNT --output yaml"

PAGES: Mapping[str, Page] = {
    "irsa-env-not-injected": Page(
        "The EKS webhook adds AWS_ROLE_ARN and AWS_WEB_IDENTITY_TOKEN_FILE when a pod is created, if its service account "
        "carries the annotation eks.amazonaws.com/role-arn. It never changes a running pod, and where it is down the pod "
        "starts without them: its failure policy is Ignore.",
        "The SDK finds no web identity. It goes on to the node's role, or ends with no credentials at all.",
        (
            "Neither variable is there:",
            _ENV,
            "The service account has the annotation, and its managedFields say that it is older than the pod:",
            _ACCOUNT + " --show-managed-fields",
        ),
    ),
    "webidentity-config-incomplete": Page(
        "An SDK uses web identity only with both a role's ARN and a token file. The webhook adds neither to a container "
        "that sets one of the two by itself, and a misspelt name, such as AWS_IAM_ROLE_ARN, is no name to an SDK.",
        "Where only the token file is named, botocore stops with an error. Else web identity is passed over, mostly "
        "without a word, and the pod goes on to the node's role or to no credentials.",
        ("Look at the names that begin with AWS_:", _ENV),
    ),
    "role-arn-invalid": Page(
        "The value is not the ARN of an IAM role: a policy's ARN, a name alone, or one with a quote, a blank or a line "
        "break around it. The webhook only logs a warning about a malformed annotation and injects it as it is.",
        "STS answers ValidationError: Request ARN is invalid. Every exchange fails.",
        (
            "Compare the annotation with the role's ARN, to the letter:",
            _ACCOUNT,
            "$ aws iam get-role --role-name ROLE_NAME",
        ),
    ),
    "region-missing": Page(
        "SDKs read different variables: boto3 and AWS CLI v1 only AWS_DEFAULT_REGION, most others only AWS_REGION. The "
        "webhook adds neither to a container that sets one of them.",
        "What an SDK does without a region differs: some use the global endpoint or us-east-1, some fail. A partition "
        "without a global endpoint, such as aws-cn, has nothing to fall back to.",
        ("Are both variables there?", _ENV),
    ),
    "region-invalid": Page(
        "The region holds capitals or white space, or no partition has one like it. botocore refuses white space at "
        "once; a name that only looks like a region passes and fails later, when its host does not resolve.",
        "No AWS call works, the exchange included.",
        (
            "Print the value with what cannot be seen:",
            "$ kubectl --namespace NAMESPACE exec POD -- sh -c 'env | cat -A'",
        ),
    ),
    "partition-mismatch": Page(
        "The role's ARN, the region and the STS endpoint are not all of one partition: aws, aws-cn, aws-us-gov and the "
        "others share no accounts, credentials or endpoints. A role's ARN or a region that was copied from a set-up in "
        "another partition brings this about. An issuer elsewhere does not: a provider may be for any public URL.",
        "STS cannot know the role or its provider: no exchange works.",
        ("The second field of the ARN is the partition; cn- and us-gov- regions have their own:", _ENV),
    ),
    "session-name-invalid": Page(
        "A session name has 2 to 64 characters: letters, digits and _ + = , . @ -. One that is made of a pod's or a "
        "user's name can break that rule.",
        "STS refuses the request with ValidationError, whatever token is sent.",
        ("Look at AWS_ROLE_SESSION_NAME, or role_session_name of the profile:", _ENV),
    ),
    "sts-endpoint-setting-invalid": Page(
        "AWS_STS_REGIONAL_ENDPOINTS must be regional or legacy, in lower case; an endpoint URL must be whole, with its "
        "scheme. botocore refuses anything else, and dual-stack where a partition has none. Without a region FIPS and "
        "dual-stack lead it to a host of no region, such as sts-fips.aws-global.amazonaws.com, which is not there.",
        "The SDK ends with an error before it calls anybody, or calls a host that does not resolve.",
        ("Look at AWS_STS_REGIONAL_ENDPOINTS, AWS_ENDPOINT_URL(_STS) and AWS_USE_FIPS_ENDPOINT:", _ENV),
    ),
    "shadowed-credentials": Page(
        "SDKs look for credentials in an order of their own. Static keys in the environment come before web identity "
        "for most; a default profile does for JavaScript v3, Rust and C++.",
        "The workload runs with other credentials than the role's, and nothing says so until a permission is missing.",
        (
            "Whose credentials are they?",
            "$ kubectl --namespace NAMESPACE exec POD -- aws sts get-caller-identity",
            _ENV,
        ),
    ),
    "pod-identity-in-use": Page(
        "The pod carries the variables of EKS Pod Identity. Where an association exists for the service account, the "
        "webhook injects those in place of web identity.",
        "Alone, the pod is no IRSA pod. With both, most SDKs take web identity and JavaScript v2 takes Pod Identity, by "
        "the orders that they document.",
        (
            "Is there an association?",
            "$ aws eks list-pod-identity-associations --cluster-name CLUSTER --namespace NAMESPACE",
        ),
    ),
    "token-file-missing": Page(
        "Nothing is at the path of the token. The webhook adds the volume when the pod is created; a container that is "
        "skipped, or that sets the variable by itself, has the path without the mount. On OpenShift the pod mounts it by "
        "itself, at /var/run/secrets/openshift/serviceaccount/token.",
        "Every SDK that comes to web identity fails to read the file.",
        ("Is the volume aws-iam-token there, and mounted in this container?", _POD),
    ),
    "token-file-unreadable": Page(
        "This user may not read the token, or what lies at the path is no regular file. The kubelet gives the file to "
        "the pod's user or to its fsGroup; containers of several users without an fsGroup cannot all read it.",
        "The SDK ends with permission denied, although everything in AWS is right.",
        (
            "Compare the user with the file's owner and mode:",
            "$ kubectl --namespace NAMESPACE exec POD -- sh -c 'id; ls -lLn $AWS_WEB_IDENTITY_TOKEN_FILE'",
        ),
    ),
    "token-empty": Page(
        "The token file holds nothing. The kubelet never writes an empty token: something else owns this path, such as "
        "a script, a Secret or an emptyDir.",
        "SDKs send an empty token or refuse it themselves; STS wants at least four characters.",
        ("What is mounted at the path?", _POD),
    ),
    "token-file-exposed": Page(
        "Every user in the pod may read the token. Without an fsGroup, and without one runAsUser for all containers, the "
        "kubelet writes it with mode 0644.",
        "Nothing fails. Any process of the pod can become the role.",
        (
            "Look at the mode:",
            "$ kubectl --namespace NAMESPACE exec POD -- sh -c 'ls -lL $AWS_WEB_IDENTITY_TOKEN_FILE'",
        ),
    ),
    "token-file-stale": Page(
        "The kubelet replaces a projected token after 80 % of its life, by swapping a link. A mount by subPath, or a "
        "copy, keeps the old file for ever; so does a kubelet that cannot reach the API server.",
        "It works today. Once the token has expired every new exchange fails; credentials in use last out their hour.",
        ("Is it a subPath mount, and how old is the token?", _POD),
    ),
    "token-file-unclean": Page(
        "There is white space or other text around the token. botocore sends the file's content as it is, a line break "
        "at its end included. Lines of a log were seen in such files: something besides the kubelet writes there.",
        "STS probably answers that the ID Token provided is not a valid JWT, and no exchange works.",
        (
            "Look at the first and last bytes, not at the whole:",
            "$ kubectl --namespace NAMESPACE exec POD -- sh -c 'tail -c 3 $AWS_WEB_IDENTITY_TOKEN_FILE | od -c'",
        ),
    ),
    "role-arn-unexpected": Page(
        "The pod asks for another role than the operator named with --expect-role-arn. Either the annotation was changed, "
        "or the expectation is old; a pod keeps the role it was created with.",
        "The exchange may work, and the workload has another role's permissions.",
        ("Compare the annotation, and what the pod has, with what is expected:", _ACCOUNT, _ENV),
    ),
    "aws-profile-invalid": Page(
        "The configuration names a profile that no file has, or a file that cannot be parsed or read. botocore stops "
        "there, whatever the environment says besides.",
        "boto3 and the AWS CLI fail before they look for credentials; other SDKs may pass over the profile.",
        ("Look at AWS_PROFILE, AWS_CONFIG_FILE and the files they lead to:", _ENV),
    ),
}
