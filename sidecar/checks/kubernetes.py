"""The pod and its service account, as the Kubernetes API shows them: what the webhook saw, and would see now. Pure."""

from sidecar import faults
from sidecar.check import check
from sidecar.checks.token import instant
from sidecar.facts import (
    ApiContainer,
    ApiPod,
    Expectation,
    Names,
    Process,
    ServiceAccount,
    Settings,
    Token,
    TokenFile,
    TokenMount,
)
from sidecar.model import Fail, Pass, Severity, Skip, Verdict
from sidecar.permissions import may_read

_SERVICE_ACCOUNT = "system:serviceaccount"
_LONGEST_SECONDS = 86_400  # EKS's own limit (FACTS C1)


@check("kubernetes.not_skipped")
def not_skipped(pod: ApiPod, settings: Settings) -> Verdict:
    """Is no container of the pod kept from the webhook?"""
    skipped = [one.name for one in pod.containers if one.name in pod.skipped]
    if not pod.webhook_skipped and not skipped:
        return Pass("neither its label nor its annotation is there")
    by = (
        "label eks.amazonaws.com/skip-pod-identity-webhook"
        if pod.webhook_skipped
        else ("annotation eks.amazonaws.com/skip-containers")
    )
    whom = "every container" if pod.webhook_skipped else ", ".join(skipped)
    # Whoever wrote it meant it: an error only where this container has gone without.
    ours = _ours(pod)
    missing = not _complete(settings) and (pod.webhook_skipped or ours is None or ours.name in skipped)
    return Fail(faults.CONTAINER_SKIPPED, {"container": whom, "by": by}, Severity.ERROR if missing else None)


@check("kubernetes.annotated")
def annotated(service_account: ServiceAccount, settings: Settings, names: Names) -> Verdict:
    """Does the service account name a role?"""
    if service_account.role_arn:
        return Pass(service_account.role_arn)
    if settings.pod_identity:
        return Skip("no role is named, and EKS Pod Identity needs none there")
    if _complete(settings):
        return Pass("none is named: the pod has its settings from elsewhere")
    evidence = {"service_account": service_account.name, "namespace": service_account.namespace}
    return Fail(faults.SERVICE_ACCOUNT_NOT_ANNOTATED, {**evidence, "role_arn": names.role_arn})


@check("kubernetes.annotation_same")
def annotation_same(service_account: ServiceAccount, settings: Settings) -> Verdict:
    """Is the service account's role the one that this container has?"""
    if service_account.role_arn is None:
        return Skip("the service account names no role")
    role = settings.role_arn
    if role is None or role.source.startswith("--"):
        return Skip("this container was given no role")
    if role.value == service_account.role_arn:
        return Pass("both are the same")
    evidence = {"annotation": service_account.role_arn, "found": role.value, "source": role.source}
    # A profile is somebody's choice beside the webhook's, and no old state of the annotation.
    return Fail(faults.ANNOTATION_DIFFERS, evidence, None if role.source == "AWS_ROLE_ARN" else Severity.WARNING)


@check("kubernetes.pod_newer")
def pod_newer(pod: ApiPod, service_account: ServiceAccount, settings: Settings) -> Verdict:
    """Was the pod made after its service account was annotated?"""
    if service_account.role_arn is None:
        return Skip("the service account names no role")
    if _complete(settings):
        return Pass("this container has what the webhook gives")
    known = service_account.annotated
    since = service_account.created if known is None else known
    if pod.created >= since:
        when = f"not later than {instant(since)}" if known else "at a time that nothing shows"
        return Pass(f"annotated {when}, the pod was made at {instant(pod.created)}: the webhook did not act")
    how = (
        "by its manager's last change to the service account: the annotation itself may be older"
        if known
        else "the service account itself is newer than the pod"
    )
    evidence = {"pod_made": instant(pod.created), "annotated": instant(since), "how_sure": how}
    return Fail(faults.POD_OLDER_THAN_ANNOTATION, evidence)


@check("kubernetes.subject")
def subject(pod: ApiPod, token: Token) -> Verdict:
    """Is the token for the service account that the pod names?"""
    if token.subject is None:
        return Skip("the token has no usable sub")
    expected = f"{_SERVICE_ACCOUNT}:{pod.namespace}:{pod.service_account}"
    if token.subject == expected:
        return Pass(token.subject)
    return Fail(faults.SUBJECT_MISMATCH, {"expected": expected, "found": token.subject})


@check("kubernetes.token_volume")
def token_volume(pod: ApiPod, settings: Settings, expectation: Expectation, names: Names) -> Verdict:
    """Does the pod's token volume ask for a token for STS?"""
    mounts = _mounts(pod, settings)
    if not mounts:
        return Skip("no projected token is mounted where the token file is")
    wrong = [mount for _, mount in mounts if mount.audience != expectation.audience]
    if wrong:
        found = wrong[0].audience or "the API server's own, which is the default"
        evidence = {"claim": "the volume's audience", "expected": expectation.audience, "found": found}
        return Fail(faults.AUDIENCE_MISMATCH, {**evidence, "provider_arn": names.provider_arn})
    seconds = mounts[0][1].expiration
    asked = f"{seconds} s" if seconds else "as long as the API server gives"
    late = ", longer than EKS gives" if seconds and seconds > _LONGEST_SECONDS else ""
    where = ", on Fargate" if pod.fargate else ""
    return Pass(f"audience {expectation.audience}, for {asked}{late}{where}")


@check("kubernetes.mount_live")
def mount_live(pod: ApiPod, settings: Settings) -> Verdict:
    """Does every container mount the token's volume whole, so that new tokens reach it?"""
    mounts = _mounts(pod, settings)
    if not mounts:
        return Skip("no projected token is mounted where the token file is")
    dead = [container.name for container, mount in mounts if mount.subpath]
    if dead:
        return Fail(faults.TOKEN_FILE_STALE, {"found": f"a subPath mount in {', '.join(dead)}: it never changes"})
    return Pass(f"in {', '.join(container.name for container, _ in mounts)}")


@check("kubernetes.token_readable")
def token_readable(pod: ApiPod, settings: Settings, token_file: TokenFile) -> Verdict:
    """May the users that the pod names for its containers read the token file?"""
    if not token_file.projected:
        return Skip("the token file is not in a projected volume: other containers may have another")
    users = [
        (container, Process(container.user, _gids(pod, container)))
        for container, _ in _mounts(pod, settings)
        if container.user is not None
    ]
    if not users:
        return Skip("no runAsUser is set: the images decide, and the API does not show them")
    for container, process in users:
        refused = may_read(token_file.readers[-1:], process)  # the directories before it are each container's own
        if refused:
            gids = ",".join(map(str, sorted(process.gids))) or "none"
            evidence = {"uid": str(process.uid), "gids": gids, "refused": refused, "path": token_file.path}
            return Fail(faults.WORKLOAD_CANNOT_READ_TOKEN, {**evidence, "container": container.name})
    return Pass(f"user {', '.join(sorted({str(process.uid) for _, process in users}))}")


@check("kubernetes.completes")
def completes(pod: ApiPod) -> Verdict:
    """Does irsa-doctor's container let the pod come to its end?"""
    ours = _ours(pod)
    if ours is None:
        return Skip("it is not certain which container is irsa-doctor's")
    if pod.owner == "Job" and ours.place == "container" and ours.watches:
        return Fail(faults.SIDECAR_BLOCKS_COMPLETION, {"container": ours.name, "owner": pod.owner})
    return Pass(f"{ours.name} is a{'n' if ours.place.startswith('i') else ''} {ours.place}")


def _complete(settings: Settings) -> bool:
    return settings.role_arn is not None and settings.token_file is not None


def _ours(pod: ApiPod) -> ApiContainer | None:
    found = [container for container in pod.containers if container.ours]
    return found[0] if len(found) == 1 else None


def _mounts(pod: ApiPod, settings: Settings) -> list[tuple[ApiContainer, TokenMount]]:
    """Return the mounts in which the token file is, with their containers."""
    path = settings.token_file.value if settings.token_file else ""
    return [
        (container, mount)
        for container in pod.containers
        for mount in container.tokens
        if path == mount.path or path.startswith(f"{mount.path.rstrip('/')}/")
    ]


def _gids(pod: ApiPod, container: ApiContainer) -> frozenset[int]:
    """Return the groups that the pod gives a container; one that names none runs in root's (gid 0)."""
    named = (pod.fs_group, 0 if container.group is None else container.group, *pod.groups)
    return frozenset(gid for gid in named if gid is not None)
