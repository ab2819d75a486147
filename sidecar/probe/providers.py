"""Which credentials botocore would use in this environment, and where it would send its STS requests.

Found by looking at configuration alone: no process is started, no metadata service, container endpoint, SSO or
login is called, no role assumed, and no key is kept. Judges nothing.
"""

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from sidecar.facts import Endpoint, Provider, Settings
from sidecar.model import Absent, Failed
from sidecar.probe.sdk import (
    Session,
    create_credential_resolver,
    exceptions,
    load_config,
    parse_key_val_file,
    raw_config_parse,
)
from sidecar.probe.sts import REFUSALS, partition_of_region, sts_of
from sidecar.probe.world import World

_KEY = "aws_access_key_id"
_OLD_FILE = "AWS_CREDENTIAL_FILE"
_CONTAINER = ("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "AWS_CONTAINER_CREDENTIALS_FULL_URI")


class _Ground(NamedTuple):
    """What the predicates look at. ``profile`` is merged from both files, as botocore does."""

    session: Session
    settings: Settings
    environ: Mapping[str, str]
    profile: Mapping[str, object]

    @property
    def name(self) -> str:
        """The profile's name."""
        return self.settings.profile or "default"


def first_provider(session: Session, settings: Settings, world: World) -> Provider | Absent:
    """Return the first provider in botocore's own order that is configured here.

    Absent where botocore cannot even set the order up, for a setting of the metadata service that it refuses.

    A provider that is configured wrongly counts: botocore stops there with an error. One that this program does
    not know is passed over, and named in ``source``. ``method`` is "none" where nothing is left to ask.
    """
    ground = _Ground(session, settings, world.environ, session.get_scoped_config())
    unknown: list[str] = []
    try:
        order = create_credential_resolver(session).providers
    except (exceptions.BotoCoreError, ValueError, OSError) as error:
        return Absent(f"botocore cannot set up its credential providers ({type(error).__name__})")
    for provider in order:
        method = str(provider.METHOD)
        if method not in _PREDICATES:
            unknown.append(method)
            continue
        source = _PREDICATES[method](ground)
        if source is not None:
            return Provider(method, _behind(source, unknown), tuple(_other_sdks(ground)))
    return Provider("none", _behind("AWS_EC2_METADATA_DISABLED", unknown))


def _behind(source: str, unknown: list[str]) -> str:
    return f"{source}, unless botocore's {' or '.join(unknown)} comes first" if unknown else source


def _env(ground: _Ground) -> str | None:
    return "AWS_ACCESS_KEY_ID" if ground.environ.get("AWS_ACCESS_KEY_ID") else None


def _assume_role(ground: _Ground) -> str | None:
    if "role_arn" not in ground.profile or "web_identity_token_file" in ground.profile:
        return None
    return f"role_arn of profile {ground.name}"


def _web_identity(ground: _Ground) -> str | None:
    token_file = ground.settings.token_file
    # An option of ours is nothing that an SDK in this pod would see.
    return None if token_file is None or token_file.source.startswith("--") else token_file.source


def _sso(ground: _Ground) -> str | None:
    return _of_profile(ground, "sso_role_name") or _of_profile(ground, "sso_account_id")


def _shared_credentials_file(ground: _Ground) -> str | None:
    path = ground.session.get_config_variable("credentials_file")
    return _holds_key(ground, path, _sections(path))


def _login(ground: _Ground) -> str | None:
    return _of_profile(ground, "login_session")


def _custom_process(ground: _Ground) -> str | None:
    return _of_profile(ground, "credential_process")


def _config_file(ground: _Ground) -> str | None:
    path = ground.session.get_config_variable("config_file")
    try:
        return _holds_key(ground, path, load_config(path)["profiles"])
    except exceptions.ConfigNotFound:
        return None


def _ec2_credentials_file(ground: _Ground) -> str | None:
    if _OLD_FILE not in ground.environ:
        return None
    path = ground.environ[_OLD_FILE]
    if not Path(path).is_file():  # reading anything else might wait for ever
        return f"{_OLD_FILE}, which names no file"  # botocore stops here
    try:
        return _OLD_FILE if "AWSAccessKeyId" in parse_key_val_file(path) else None
    except (exceptions.ConfigNotFound, OSError, ValueError):
        return f"{_OLD_FILE}, which cannot be read"  # here, too


def _boto_config(ground: _Ground) -> str | None:
    named = ground.environ.get("BOTO_CONFIG")
    for path in ("/etc/boto.cfg", "~/.boto") if named is None else (named,):
        if _KEY in _sections(path).get("Credentials", {}):
            return path
    return None


def _container_role(ground: _Ground) -> str | None:
    return next((name for name in _CONTAINER if name in ground.environ), None)


def _iam_role(ground: _Ground) -> str | None:
    disabled = ground.environ.get("AWS_EC2_METADATA_DISABLED", "").lower() == "true"
    return None if disabled else "the instance metadata service"


_PREDICATES: Mapping[str, Callable[[_Ground], str | None]] = {
    "env": _env,
    "assume-role": _assume_role,
    "assume-role-with-web-identity": _web_identity,
    "sso": _sso,
    "shared-credentials-file": _shared_credentials_file,
    "login": _login,
    "custom-process": _custom_process,
    "config-file": _config_file,
    "ec2-credentials-file": _ec2_credentials_file,
    "boto-config": _boto_config,
    "container-role": _container_role,
    "iam-role": _iam_role,
}
"""By botocore's name of the provider: where its settings are, None where it has none (FACTS D1)."""


def _of_profile(ground: _Ground, key: str) -> str | None:
    return f"{key} of profile {ground.name}" if key in ground.profile else None


def _sections(path: str) -> Mapping[str, Mapping[str, object]]:
    try:
        sections: Mapping[str, Mapping[str, object]] = (
            raw_config_parse(path) if Path(path).expanduser().is_file() else {}
        )
    except (exceptions.ConfigNotFound, exceptions.ConfigParseError, OSError):
        return {}
    return sections


def _holds_key(ground: _Ground, path: str, profiles: Mapping[str, Mapping[str, object]]) -> str | None:
    return f"profile {ground.name} in {path}" if _KEY in profiles.get(ground.name, {}) else None


def _other_sdks(ground: _Ground) -> Iterator[tuple[str, str]]:
    """Yield the SDKs that would take something else before web identity, and what (FACTS D2, D5, D6, D10, D11)."""
    if _web_identity(ground) is None:
        return
    own = _own_credentials(ground)
    if own is not None:
        if ground.settings.profile is not None:
            yield "Go", own
        yield "JavaScript v3", own
        yield "Rust", own
        if _KEY in ground.profile or "credential_process" in ground.profile:
            yield "C++", own
    container = _container_role(ground)
    if container is not None:
        yield "JavaScript v2", container


def _own_credentials(ground: _Ground) -> str | None:
    """Return what the profile holds that gives credentials without web identity."""
    if _KEY in ground.profile:
        return f"static keys of profile {ground.name}"
    if "role_arn" in ground.profile and {"source_profile", "credential_source"} & ground.profile.keys():
        return _assume_role(ground)
    return _custom_process(ground) or _sso(ground)


def resolve_endpoint(session: Session, settings: Settings) -> Endpoint | Failed:
    """Return the STS endpoint as botocore resolves it (FACTS D16 to D21).

    `Failed.kind` is region-missing, region-invalid, setting or url.
    """
    try:
        sts = sts_of(session, settings)
    except REFUSALS as error:
        return _unresolved(error, settings)
    region = sts.client.meta.region_name
    return Endpoint(sts.url, None if settings.endpoint_url else partition_of_region(session, region), region)


def _unresolved(error: Exception, settings: Settings) -> Failed:
    """Say what botocore refused. ValueError is its answer to an endpoint URL that is none."""
    region = settings.region
    if region is not None and (isinstance(error, exceptions.InvalidRegionError) or not region.value):
        return Failed("region-invalid", f"{region.source} is {region.value!r}, which botocore refuses")
    if isinstance(error, exceptions.NoRegionError):
        return Failed("region-missing", "botocore needs a region for this endpoint")
    if isinstance(error, exceptions.InvalidSTSRegionalEndpointsConfigError):
        value = settings.sts_regional_endpoints.value if settings.sts_regional_endpoints else ""
        return Failed("setting", f"AWS_STS_REGIONAL_ENDPOINTS is {value!r}, neither legacy nor regional")
    if settings.endpoint_url is not None and isinstance(error, ValueError):
        source, value = settings.endpoint_url.source, settings.endpoint_url.value
        return Failed("url", f"{source} is {value!r}, which is no http or https URL")
    return Failed("setting", " ".join(str(error).split()))
