"""Pods whose own container is in good order, and another is not: IRSA8xx and what else it meets. Data only."""

from sidecar.lab.plan import MountPlan, NeighbourPlan, Scenario, Shape

_SITE = "usr/lib/python3/dist-packages"
_DOTNET = '{"libraries": {"AWSSDK.Core/3.7.400.1": {"type": "package"}}}'

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
    Scenario(
        name="sdk-too-old",
        summary="another container's SDK does not know web identity",
        expects="sdk-too-old",
        neighbours=(NeighbourPlan(files={f"{_SITE}/botocore-1.12.199.dist-info/METADATA": "Name: botocore\n"}),),
    ),
    Scenario(
        name="sdk-module-missing",
        summary="another container's SDK lacks its module for STS",
        expects="sdk-module-missing",
        neighbours=(NeighbourPlan(files={"app/app.deps.json": _DOTNET}),),
    ),
    Scenario(
        name="image-sdk-too-old",
        summary="an unpacked image with an SDK that does not know web identity",
        expects="sdk-too-old",
        files={f"image/{_SITE}/boto3-1.9.219.dist-info/METADATA": "Name: boto3\n"},
        flags=("--scan", "$directory/image"),
    ),
    Scenario(
        name="image-sdk-module-missing",
        summary="an unpacked image whose SDK lacks its module for STS",
        expects="sdk-module-missing",
        files={"image/app/app.deps.json": _DOTNET},
        flags=("--scan", "$directory/image"),
    ),
)
