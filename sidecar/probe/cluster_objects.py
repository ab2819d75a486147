"""What is kept of a pod and of a service account: what checks ask about, and no secret. Judges nothing.

Objects as the API serves them; whatever is missing or of another kind counts as not there.
"""

from datetime import datetime
from typing import Any

from sidecar.facts import ApiContainer, ApiPod, ServiceAccount, TokenMount
from sidecar.model import Absent

_PREFIX = "eks.amazonaws.com/"
_ROLE = f"{_PREFIX}role-arn"
_VARIABLES = ("AWS_ROLE_ARN", "AWS_WEB_IDENTITY_TOKEN_FILE")
_OURS = "irsa-doctor"


def pod_of(found: Any) -> ApiPod | None:  # noqa: ANN401 - decoded JSON
    """Return what is kept of a Pod object, None where it is none."""
    metadata, spec = _map(_map(found).get("metadata")), _map(_map(found).get("spec"))
    name, created = _text(metadata.get("name")), _time(metadata.get("creationTimestamp"))
    if not name or created is None or not spec:
        return None
    labels, annotations = _map(metadata.get("labels")), _map(metadata.get("annotations"))
    owners = [_map(owner) for owner in _list(metadata.get("ownerReferences"))]
    security = _map(spec.get("securityContext"))
    tokens = _token_volumes(spec)
    return ApiPod(
        name=name,
        namespace=_text(metadata.get("namespace")) or "",
        service_account=_text(spec.get("serviceAccountName")) or "default",
        created=created,
        containers=tuple(_containers(spec, security, tokens)),
        fs_group=_number(security.get("fsGroup")),
        groups=tuple(gid for gid in map(_number, _list(security.get("supplementalGroups"))) if gid is not None),
        skipped=tuple(
            part.strip()
            for part in (_text(annotations.get(f"{_PREFIX}skip-containers")) or "").split(",")
            if part.strip()
        ),
        webhook_skipped=f"{_PREFIX}skip-pod-identity-webhook" in labels,
        owner=next((_text(owner.get("kind")) for owner in owners if owner.get("controller")), None),
        fargate=f"{_PREFIX}fargate-profile" in labels or (_text(spec.get("nodeName")) or "").startswith("fargate-"),
    )


def _token_volumes(spec: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Return the projected service account tokens by their volumes' names."""
    found = {}
    for volume in map(_map, _list(spec.get("volumes"))):
        for source in map(_map, _list(_map(volume.get("projected")).get("sources"))):
            if "serviceAccountToken" in source:
                found[_text(volume.get("name")) or ""] = _map(source["serviceAccountToken"])
    return found


def _containers(
    spec: dict[str, Any], security: dict[str, Any], tokens: dict[str, dict[str, Any]]
) -> list[ApiContainer]:
    made = []
    for field, place in (("initContainers", "init container"), ("containers", "container")):
        for one in map(_map, _list(spec.get(field))):
            native = field == "initContainers" and one.get("restartPolicy") == "Always"
            made.append(_container(one, "native sidecar" if native else place, security, tokens))
    return made


def _container(
    one: dict[str, Any], place: str, security: dict[str, Any], tokens: dict[str, dict[str, Any]]
) -> ApiContainer:
    own = _map(one.get("securityContext"))
    variables = {_text(_map(variable).get("name")): _map(variable) for variable in _list(one.get("env"))}
    image = (_text(one.get("image")) or "").rpartition("/")[2]
    words = [*_list(one.get("command")), *_list(one.get("args"))]
    user, group = (own.get(name, security.get(name)) for name in ("runAsUser", "runAsGroup"))
    return ApiContainer(
        name=_text(one.get("name")) or "",
        place=place,
        injected=all(name in variables for name in _VARIABLES),
        user=_number(user),
        group=_number(group),
        tokens=tuple(
            TokenMount(
                _text(mount.get("mountPath")) or "",
                _text(tokens[volume].get("audience")),
                _number(tokens[volume].get("expirationSeconds")),
                subpath=bool(mount.get("subPath") or mount.get("subPathExpr")),
            )
            for mount in map(_map, _list(one.get("volumeMounts")))
            if (volume := _text(mount.get("name")) or "") in tokens
        ),
        ours=_text(one.get("name")) == _OURS or image.partition(":")[0].partition("@")[0] == _OURS,
        watches="watch" in words,
        role_arn=_text(variables.get("AWS_ROLE_ARN", {}).get("value")),
    )


def service_account_of(found: Any) -> ServiceAccount | None:  # noqa: ANN401 - decoded JSON
    """Return what is kept of a ServiceAccount object, None where it is none."""
    metadata = _map(_map(found).get("metadata"))
    name, created = _text(metadata.get("name")), _time(metadata.get("creationTimestamp"))
    if not name or created is None:
        return None
    annotations = _map(metadata.get("annotations"))
    return ServiceAccount(
        name=name,
        namespace=_text(metadata.get("namespace")) or "",
        role_arn=_text(annotations.get(_ROLE)),
        created=created,
        annotated=_annotated(metadata),
    )


def _annotated(metadata: dict[str, Any]) -> float | None:
    """Return when whoever wrote the role's annotation last wrote anything here, None where nothing shows it.

    Managed fields are kept per manager, with the time of that manager's last change to any of its fields. All who own
    a field agree on its value: it is at least as old as the earliest of their times.
    """
    times = [
        _time(entry.get("time"))
        for entry in map(_map, _list(metadata.get("managedFields")))
        if f"f:{_ROLE}" in _map(_map(_map(entry.get("fieldsV1")).get("f:metadata")).get("f:annotations"))
    ]
    return min((time for time in times if time is not None), default=None)


# ------------------------------------------------------------------------------------- from one process to the next


def written(fact: ApiPod | ServiceAccount | Absent) -> dict[str, Any]:
    """Return a fact as plain values for JSON."""
    return {"absent": fact.why} if isinstance(fact, Absent) else fact._asdict()


def pod_read(found: dict[str, Any]) -> ApiPod | Absent:
    """Return the pod that plain values are. Raises TypeError, ValueError or LookupError where they are none."""
    if "absent" in found:
        return Absent(str(found["absent"]))
    containers = tuple(_container_read(*one) for one in found["containers"])
    rest: dict[str, Any] = {name: tuple(value) if isinstance(value, list) else value for name, value in found.items()}
    rest["containers"] = containers
    return ApiPod(**rest)


def _container_read(*fields: Any) -> ApiContainer:  # noqa: ANN401 - decoded JSON
    container = ApiContainer(*fields)
    return container._replace(tokens=tuple(TokenMount(*one) for one in container.tokens))


def service_account_read(found: dict[str, Any]) -> ServiceAccount | Absent:
    """Return the service account that plain values are, as above."""
    return Absent(str(found["absent"])) if "absent" in found else ServiceAccount(**found)


# ------------------------------------------------------------------------------------------------------- plain values


def _map(found: Any) -> dict[str, Any]:  # noqa: ANN401 - decoded JSON
    return found if isinstance(found, dict) else {}


def _list(found: Any) -> list[Any]:  # noqa: ANN401 - decoded JSON
    return found if isinstance(found, list) else []


def _text(found: Any) -> str | None:  # noqa: ANN401 - decoded JSON
    return found if isinstance(found, str) else None


def _number(found: Any) -> int | None:  # noqa: ANN401 - decoded JSON
    return found if isinstance(found, int) and not isinstance(found, bool) else None


def _time(found: Any) -> float | None:  # noqa: ANN401 - decoded JSON
    """Return a moment as the API writes it (RFC 3339, UTC, whole seconds), in seconds since the epoch."""
    try:
        moment = datetime.fromisoformat(found)
    except (TypeError, ValueError):
        return None
    return moment.timestamp() if moment.tzinfo else None
