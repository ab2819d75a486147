"""The pod and its service account, as the Kubernetes API shows them: what the webhook saw, and would see now. Pure."""

from sidecar import faults
from sidecar.check import check
from sidecar.checks.token import instant
from sidecar.checks.token_file import unreadable
from sidecar.facts import (
    ApiContainer,
    ApiPod,
    Expectation,
    Names,
    Process,
    ServiceAccount,
    Setting,
    Settings,
    Token,
    TokenFile,
    TokenMount,
)
from sidecar.model import Absent, Fail, Pass, Severity, Skip, Verdict
from sidecar.permissions import may_read

_SERVICE_ACCOUNT = "system:serviceaccount"
_SKIP_POD = "eks.amazonaws.com/skip-pod-identity-webhook"
_SKIP_CONTAINERS = "eks.amazonaws.com/skip-containers"
_LONGEST_SECONDS = 86_400  # EKS's own limit (FACTS C1)


@check("kubernetes.not_skipped")
def not_skipped(pod: ApiPod, settings: Settings) -> Verdict:
    """Does the pod keep no container from the webhook, and so without its settings?"""
    skipped = [one for one in pod.containers if (pod.webhook_skipped or one.name in pod.skipped) and not one.injected]
    if not skipped:
        return Pass("none is kept from it, or it has the settings by itself")
    by = f"label {_SKIP_POD}" if pod.webhook_skipped else f"annotation {_SKIP_CONTAINERS}"
    # Whoever wrote it meant it: an error only where this container has gone without, and certainly for it.
    without = not (_complete(settings) or settings.pod_identity)
    certain = without and {one.name for one in _candidates(pod)} <= {one.name for one in skipped}
    evidence = {"container": ", ".join(one.name for one in skipped), "by": by}
    return Fail(faults.CONTAINER_SKIPPED, evidence, Severity.ERROR if certain else None)


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
def annotation_same(service_account: ServiceAccount, pod: ApiPod | Absent, settings: Settings) -> Verdict:
    """Is the service account's role the one that this container has?"""
    if service_account.role_arn is None:
        return Skip("the service account names no role")
    role = settings.role_arn
    if role is None or role.source.startswith("--"):
        return Skip("this container was given no role")
    if _same_role(service_account.role_arn, role.value):
        return Pass("both are the same")
    evidence = {"annotation": service_account.role_arn, "found": role.value, "source": role.source}
    chosen = _chosen(service_account, pod, role)
    if chosen:
        return Fail(faults.ANNOTATION_DIFFERS, {**evidence, "how_sure": chosen}, Severity.WARNING)
    return Fail(faults.ANNOTATION_DIFFERS, evidence)


def _same_role(annotation: str, role: str) -> bool:
    """Whether both are one role: a webhook of one's own can be told to complete a name that is no ARN."""
    return annotation == role or (":" not in annotation and role.endswith(f":role/{annotation}"))


def _chosen(service_account: ServiceAccount, pod: ApiPod | Absent, role: Setting) -> str | None:
    """Return what shows that the other role is this container's own, and no old state of the annotation."""
    if role.source != "AWS_ROLE_ARN":
        return "a profile names the role, beside the webhook"
    if isinstance(pod, Absent):
        return None
    given = [
        one.name for one in pod.containers if one.role_arn and _same_role(service_account.role_arn or "", one.role_arn)
    ]
    if given:
        return (
            f"the webhook gave the annotation's role to {given[0]}: this container's is set in the pod's own template"
        )
    if service_account.annotated is not None and service_account.annotated < pod.created:
        return "the annotation has not changed since before the pod was made: its role is set in the pod's own template"
    return None


@check("kubernetes.pod_newer")
def pod_newer(pod: ApiPod, service_account: ServiceAccount, settings: Settings) -> Verdict:
    """Was the pod made after its service account was annotated?"""
    if service_account.role_arn is None:
        return Skip("the service account names no role")
    if _complete(settings):
        return Pass("this container has what the webhook gives")
    if settings.pod_identity:
        return Skip("the webhook gave EKS Pod Identity instead")
    known = service_account.annotated
    since = service_account.created if known is None else known
    if pod.created >= since:
        if known is None:
            return Skip("nothing shows when the service account was annotated (no managed fields)")
        made = instant(pod.created)
        return Pass(f"annotated not later than {instant(since)}, the pod was made at {made}: the webhook did not act")
    how = (
        "the annotation may be older: this is when its manager last changed the service account"
        if service_account.created <= pod.created
        else "certain: the service account itself is newer than the pod"
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
    wrong = [(container, mount) for container, mount in mounts if mount.audience != expectation.audience]
    if wrong:
        container, mount = wrong[0]
        found = mount.audience or "the API server's own, which is the default"
        evidence = {"claim": "the volume's audience", "expected": expectation.audience, "found": found}
        return Fail(
            faults.AUDIENCE_MISMATCH, {**evidence, "container": container.name, "provider_arn": names.provider_arn}
        )
    seconds = mounts[0][1].expiration
    asked = f"{seconds} s" if seconds else "as long as the API server gives"
    late = ", longer than EKS gives" if seconds and seconds > _LONGEST_SECONDS else ""
    return Pass(f"audience {expectation.audience}, for {asked}{late}")


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
    file = token_file.readers[-1:]  # the directories before it are each container's own
    refused = [(container, process, why) for container, process in users if (why := may_read(file, process))]
    # An image can add groups of its own (/etc/group): only what the file's group could not read either is certain.
    certain = [one for one in refused if may_read(file, one[1]._replace(gids=frozenset({file[0][3]})))]
    if certain:
        container, process, why = certain[0]
        return unreadable(token_file, process, why, container=container.name)
    if refused:
        return Skip(f"only if the image of {refused[0][0].name} puts user {refused[0][1].uid} into group {file[0][3]}")
    return Pass(f"user {', '.join(sorted({str(process.uid) for _, process in users}))}")


@check("kubernetes.completes")
def completes(pod: ApiPod) -> Verdict:
    """Does irsa-doctor's container let the pod come to its end?"""
    ours = [container for container in pod.containers if container.ours]
    if not ours:
        return Skip("no container is irsa-doctor's by its name or image")
    blocking = next((one for one in ours if pod.owner == "Job" and one.place == "container" and one.watches), None)
    if blocking:
        return Fail(faults.SIDECAR_BLOCKS_COMPLETION, {"container": blocking.name, "owner": "Job"})
    where = ", on Fargate, where EKS Pod Identity does not work" if pod.fargate else ""  # FACTS C20
    return Pass("; ".join(f"{one.name}: {one.place}" for one in ours) + where)


def _complete(settings: Settings) -> bool:
    return settings.role_arn is not None and settings.token_file is not None


def _candidates(pod: ApiPod) -> list[ApiContainer]:
    """Return the containers that this one can be, which has no settings: the one that is ours, or any without them."""
    ours = [container for container in pod.containers if container.ours]
    return ours if len(ours) == 1 else [one for one in pod.containers if not one.injected] or list(pod.containers)


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
    """Return the groups that the pod gives a container."""
    return frozenset(gid for gid in (pod.fs_group, container.group, *pod.groups) if gid is not None)
