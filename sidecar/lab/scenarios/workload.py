"""Pods whose own container is in good order, and another container is not: IRSA8xx and what else it meets. Data only."""

from sidecar.lab.plan import MountPlan, NeighbourPlan, Scenario, Shape

WORKLOAD: tuple[Scenario, ...] = (
    Scenario(
        name="two-containers",
        summary="another container beside this one, as it should be",
        neighbours=(NeighbourPlan(),),
    ),
    Scenario(
        name="workload-cannot-read-token",
        summary="another container's user may not read its token file",
        expects="workload-cannot-read-token",
        neighbours=(NeighbourPlan(mount=MountPlan(mode=0o000)),),
    ),
    Scenario(
        name="workload-token-file-missing",
        summary="another container has web identity's variables, and no mount",
        expects="token-file-missing",
        neighbours=(NeighbourPlan(mount=MountPlan(shape=Shape.MISSING)),),
    ),
    Scenario(
        name="workload-token-file-unreadable",
        summary="a directory where another container's token should be",
        expects="token-file-unreadable",
        neighbours=(NeighbourPlan(mount=MountPlan(shape=Shape.DIRECTORY)),),
    ),
    Scenario(
        name="workload-env-differs",
        summary="another container sets a role of its own",
        expects="workload-env-differs",
        neighbours=(NeighbourPlan(), NeighbourPlan(environ={"AWS_ROLE_ARN": "arn:aws:iam::$account:role/other"})),
    ),
    Scenario(
        name="workload-without-env",
        summary="the webhook passed over another container that uses AWS",
        expects="workload-env-differs",
        neighbours=(NeighbourPlan(environ={"AWS_ROLE_ARN": None, "AWS_WEB_IDENTITY_TOKEN_FILE": None}),),
    ),
    Scenario(
        name="workload-other-region",
        summary="another container sets regions of its own",
        warns=("workload-env-differs",),
        neighbours=(NeighbourPlan(environ={"AWS_REGION": "us-east-1", "AWS_DEFAULT_REGION": "us-east-1"}),),
    ),
    Scenario(
        name="workload-region-missing",
        summary="another container has no variable that names a region",
        warns=("region-missing",),
        neighbours=(NeighbourPlan(environ={"AWS_REGION": None, "AWS_DEFAULT_REGION": None}),),
    ),
    Scenario(
        name="workload-keys",
        summary="keys in another container's environment, which most SDKs use first",
        warns=("shadowed-credentials",),
        neighbours=(
            NeighbourPlan(
                environ={
                    "AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE",
                    "AWS_SECRET_ACCESS_KEY": "not-a-secret-of-anybody",
                }
            ),
        ),
    ),
)
