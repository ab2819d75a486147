"""Pages of EKS Pod Identity: IRSA82x. A table."""

from collections.abc import Mapping

from sidecar.handbook.page import Page

_POD = "$ kubectl --namespace NAMESPACE get pod POD --output yaml"
_ENV = "$ kubectl --namespace NAMESPACE exec POD -- sh -c 'env | grep ^AWS_ | grep -v -e SECRET -e TOKEN='"
_ASSOCIATIONS = "$ aws eks list-pod-identity-associations --cluster-name CLUSTER --namespace NAMESPACE"
_AGENTS = "$ kubectl --namespace kube-system get pods --selector app.kubernetes.io/name=eks-pod-identity-agent"
_LOGS = "$ kubectl --namespace kube-system logs --selector app.kubernetes.io/name=eks-pod-identity-agent --tail=50"

PAGES: Mapping[str, Page] = {
    "pod-identity-not-used": Page(
        "The operator says that the pod is meant for EKS Pod Identity (--mechanism pod-identity). Either it was not given "
        "its variables: there was no association when it was made, or it was made within seconds of one. Or SDKs come to "
        "something else first: web identity's variables, static keys, a profile.",
        "The workload has no credentials, or those of another role.",
        ("Which variables does the pod have, and is there an association?", _ENV, _ASSOCIATIONS),
    ),
    "pod-identity-config-invalid": Page(
        "One of the two variables of EKS Pod Identity is missing, or the URL is not that of its agent. EKS sets both, the "
        "webhook when the pod is made: whoever sets one by hand, or by envFrom, breaks the pair. irsa-doctor sends "
        "nothing to any other host.",
        "SDKs refuse the URL, or ask somebody else for credentials.",
        ("Which variables does the pod have, and where do they come from?", _ENV, _POD),
    ),
    "pod-identity-token-unusable": Page(
        "The token that the pod shows to the agent is missing, unreadable for this user, no JWT, addressed to another "
        "audience than pods.eks.amazonaws.com, or expired. It is another token than IRSA's, in a volume of its own. The "
        "agent gives its expiry no leeway.",
        "The agent refuses every request, and SDKs go on to the node's role or fail.",
        ("Is the volume eks-pod-identity-token there, and mounted in this container?", _POD),
    ),
    "pod-identity-agent-unavailable": Page(
        "The agent on the pod's node does not answer, or says that it cannot now: it is not installed or not running, a "
        "network policy or a mesh's proxy keeps the pod from it, or it does not reach EKS Auth itself. It listens on "
        "169.254.170.23 and on [fd00:ec2::23], port 80; where nodes have no IPv6 it must be told so, or it does not start.",
        "New credentials cannot be had on this node. SDKs go on with the ones they have until these expire.",
        ("Does the agent run on the pod's node, and what does it say?", f"{_AGENTS} --output wide", _LOGS),
    ),
    "pod-identity-association-missing": Page(
        "The agent asked EKS Auth, and that knows no association for the token's service account in this cluster. It was "
        "deleted, is for another namespace or cluster, or was made only seconds ago.",
        "The pod has the variables and gets no credentials.",
        ("Which associations are there?", _ASSOCIATIONS),
    ),
    "pod-identity-role-refused": Page(
        "There is an association, and EKS may not assume its role. The role's trust policy must let the service "
        "pods.eks.amazonaws.com do sts:AssumeRole and sts:TagSession; without the second it fails just the same. A "
        "condition on a request tag (the cluster, the namespace, the service account), a deleted role or a policy of "
        "the organization look alike: EKS does not say which.",
        "The pod gets no credentials. A role that works by IRSA does not work here until its trust policy names both.",
        (
            "What does the role's trust policy say?",
            "$ aws iam get-role --role-name ROLE_NAME --query Role.AssumeRolePolicyDocument",
            "And what did STS tell EKS?",
            "$ aws cloudtrail lookup-events --lookup-attributes AttributeKey=EventName,AttributeValue=AssumeRole",
        ),
    ),
}
