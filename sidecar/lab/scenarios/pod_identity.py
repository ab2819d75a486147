"""Pods with EKS Pod Identity, alone or beside IRSA: IRSA110, 811, 82x. Data only."""

from sidecar.lab.plan import AgentPlan, MountPlan, Outright, Page, Scenario, Shape, TokenPlan, Transport

NO_IRSA: dict[str, str | None] = {"AWS_ROLE_ARN": None, "AWS_WEB_IDENTITY_TOKEN_FILE": None}
POD_IDENTITY: dict[str, str | None] = {
    "AWS_CONTAINER_CREDENTIALS_FULL_URI": "$agent",
    "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE": "$agent_token_file",
}
ALONE = {**NO_IRSA, **POD_IDENTITY}
MEANT = ("--mechanism", "pod-identity")

EXPIRED = TokenPlan(times={"iat": -90000, "nbf": -90000, "exp": -3600})
PAGE_OF_A_PROXY = "<!DOCTYPE html><html><body><h1>It works</h1></body></html>"

PODS: tuple[Scenario, ...] = (
    Scenario(
        name="pod-identity-healthy",
        summary="EKS Pod Identity alone, and the pod is meant for it",
        environ=ALONE,
        flags=MEANT,
    ),
    Scenario(
        name="pod-identity-in-use",
        summary="EKS Pod Identity's variables, and none of IRSA's",
        expects="pod-identity-in-use",
        environ=ALONE,
    ),
    Scenario(
        name="pod-identity-in-use-meant-for-irsa",
        summary="a pod that is meant for IRSA and got EKS Pod Identity",
        expects="pod-identity-in-use",
        environ=ALONE,
        flags=("--mechanism", "irsa"),
    ),
    Scenario(
        name="pod-identity-and-irsa",
        summary="both mechanisms at once",
        warns=("pod-identity-in-use",),
        environ=POD_IDENTITY,
    ),
    Scenario(
        name="pod-identity-broken-beside-irsa",
        summary="both mechanisms at once, and no association for one of them",
        warns=("pod-identity-in-use", "pod-identity-association-missing"),
        environ=POD_IDENTITY,
        agent=AgentPlan(association=False),
    ),
    Scenario(
        name="pod-identity-broken",
        summary="EKS Pod Identity alone, and no association for it",
        expects="pod-identity-association-missing",
        warns=("pod-identity-in-use",),
        environ=ALONE,
        agent=AgentPlan(association=False),
    ),
    Scenario(
        name="pod-identity-not-injected",
        summary="a pod that is meant for EKS Pod Identity and got nothing",
        expects="pod-identity-not-used",
        environ=NO_IRSA,
        flags=MEANT,
    ),
    Scenario(
        name="irsa-instead-of-pod-identity",
        summary="a pod that is meant for EKS Pod Identity and got IRSA",
        expects="pod-identity-not-used",
        flags=MEANT,
    ),
    Scenario(
        name="pod-identity-behind-irsa",
        summary="a pod that is meant for EKS Pod Identity, with IRSA's variables beside it",
        expects="pod-identity-not-used",
        environ=POD_IDENTITY,
        flags=MEANT,
    ),
    Scenario(
        name="pod-identity-config-invalid",
        summary="the agent's URL without the token's file",
        expects="pod-identity-config-invalid",
        environ={**ALONE, "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE": None},
        flags=MEANT,
    ),
    Scenario(
        name="pod-identity-elsewhere",
        summary="a URL that is not the agent's, to which nothing is sent",
        expects="pod-identity-config-invalid",
        environ={**ALONE, "AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://169.254.170.2/v2/credentials"},
        flags=MEANT,
    ),
    Scenario(
        name="pod-identity-token-unusable",
        summary="nothing at the path of the agent's token",
        expects="pod-identity-token-unusable",
        environ=ALONE,
        flags=MEANT,
        agent=AgentPlan(mount=MountPlan(shape=Shape.MISSING)),
    ),
    Scenario(
        name="pod-identity-token-expired",
        summary="a token for the agent that has expired",
        expects="pod-identity-token-unusable",
        environ=ALONE,
        flags=MEANT,
        agent=AgentPlan(token=EXPIRED),
    ),
    Scenario(
        name="pod-identity-token-for-sts",
        summary="IRSA's token where the agent's should be",
        expects="pod-identity-token-unusable",
        environ={**ALONE, "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE": "$token_file"},
        flags=MEANT,
    ),
    Scenario(
        name="pod-identity-agent-unavailable",
        summary="no agent on the node",
        expects="pod-identity-agent-unavailable",
        environ=ALONE,
        flags=MEANT,
        agent=AgentPlan(transport=Transport.REFUSE),
    ),
    Scenario(
        name="pod-identity-agent-silent",
        summary="an agent that accepts and never answers",
        expects="pod-identity-agent-unavailable",
        environ=ALONE,
        flags=(*MEANT, "--timeout", "500ms"),
        agent=AgentPlan(transport=Transport.SILENT),
    ),
    Scenario(
        name="pod-identity-throttled",
        summary="EKS Auth throttles the agent",
        expects="pod-identity-agent-unavailable",
        environ=ALONE,
        flags=MEANT,
        agent=AgentPlan(answer=Outright(429, "ThrottlingException", "Rate exceeded")),
    ),
    Scenario(
        name="pod-identity-association-missing",
        summary="no association for the pod's service account",
        expects="pod-identity-association-missing",
        environ=ALONE,
        flags=MEANT,
        agent=AgentPlan(association=False),
    ),
    Scenario(
        name="pod-identity-role-refused",
        summary="a role whose trust policy does not name pods.eks.amazonaws.com",
        expects="pod-identity-role-refused",
        environ=ALONE,
        flags=MEANT,
        agent=AgentPlan(trusted=False),
    ),
    Scenario(
        name="pod-identity-error",
        summary="something else answers at the agent's address",
        expects="pod-identity-error",
        environ=ALONE,
        flags=MEANT,
        agent=AgentPlan(page=Page(body=PAGE_OF_A_PROXY, content_type="text/html")),
    ),
)
