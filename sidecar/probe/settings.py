"""What environment and AWS profile say, as botocore reads them (FACTS D12, D16 to D20).

botocore's own session answers wherever it has an answer; this module adds where each value came from.
Judges nothing, and keeps no secret: of static keys it takes the names, of URLs not the userinfo.
"""

import os
import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple
from urllib.parse import urlsplit

from sidecar.config import Config
from sidecar.facts import Setting, Settings
from sidecar.model import Failed
from sidecar.probe.sdk import Session, exceptions, get_environ_proxies
from sidecar.probe.sts import REFUSALS, new_session, partition_of_region, sts_of, without_userinfo
from sidecar.probe.world import World

_TOKEN = re.compile(r"\s*eyJ[\w-]+\.[\w-]+\.[\w-]*\s*", re.ASCII)
_ROLE_ARN = "AWS_ROLE_ARN"
_TOKEN_FILE = "AWS_WEB_IDENTITY_TOKEN_FILE"  # a variable's name
_STATIC_KEYS = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_SECURITY_TOKEN")
_POD_IDENTITY = (
    "AWS_CONTAINER_CREDENTIALS_FULL_URI",
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
    "AWS_CONTAINER_AUTHORIZATION_TOKEN",
    "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE",
)
_KNOWN_MISSES = {
    "AWS_IAM_ROLE_ARN": _ROLE_ARN,
    "AWS_ROLE": _ROLE_ARN,
    "AWS_WEB_IDENTITY_TOKEN": _TOKEN_FILE,
    "AWS_WEB_IDENTITY_TOKEN_PATH": _TOKEN_FILE,
}
_RIGHT_NAMES = {_ROLE_ARN, _TOKEN_FILE, "AWS_ROLE_SESSION_NAME", *_STATIC_KEYS, *_POD_IDENTITY}
_CLOSE = 0.88  # of 1: AWS_WEBIDENTITY_TOKEN_FILE is close, AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE is not


class AwsReading(NamedTuple):
    """The settings, and botocore's session that read them; there is none where it could not."""

    settings: Settings | Failed
    session: Session | None


def read_settings(world: World, config: Config) -> AwsReading:
    """Read every setting. `Failed.kind` is profile-missing or config-unreadable."""
    session = new_session(config.timeout)
    try:
        source = _Source(session, world.environ, session.get_scoped_config())
        settings = _settings(source, config)
    except exceptions.ProfileNotFound:
        return AwsReading(Failed("profile-missing", _missing_profile(session)), None)
    except exceptions.ConfigParseError as error:
        return AwsReading(Failed("config-unreadable", _unparsed(error)), None)
    except exceptions.InvalidConfigError as error:
        return AwsReading(Failed("config-unreadable", str(error)), None)
    shut = None if settings.role_arn and settings.token_file else _shut_file(session, world.environ)
    if shut is not None:
        return AwsReading(Failed("config-unreadable", shut), None)
    return AwsReading(settings._replace(proxy=_proxy(session, settings, world.environ)), session)


class _Source(NamedTuple):
    """Where botocore's session takes its values from."""

    session: Session
    environ: Mapping[str, str]
    profile: Mapping[str, object]

    @property
    def name(self) -> str:
        """How a setting's source names the profile."""
        return f"profile {self.session.get_config_variable('profile') or 'default'}"

    def first(self, variables: tuple[str, ...], key: str) -> Setting | None:
        """Return the value of the first variable there is, else the profile's; an empty variable counts."""
        for variable in variables:
            if variable in self.environ:
                return Setting(self.environ[variable], variable)
        value = self.profile.get(key)
        return Setting(value, self.name) if isinstance(value, str) else None

    def flag(self, logical_name: str) -> bool:
        """Return a boolean as botocore reads it."""
        return bool(self.session.get_config_variable(logical_name))


def path_only(setting: Setting | None) -> Setting | None:
    """Return the setting of a token file, with words in place of a token that stands where its path belongs."""
    if setting is None or not _TOKEN.fullmatch(setting.value):
        return setting
    return setting._replace(value="a token instead of a path")


def _settings(source: _Source, config: Config) -> Settings:
    region, everywhere = _region(source)
    return Settings(
        role_arn=_option(config.role_arn, "--role-arn") or _role_arn(source),
        token_file=path_only(_option(config.token_file, "--token-file") or _filled(_token_file(source))),
        session_name=_session_name(source),
        region=region,
        region_partition=partition_of_region(source.session, region.value if region else None),
        region_everywhere=everywhere,
        profile=source.session.get_config_variable("profile"),
        sts_regional_endpoints=_filled(source.first(("AWS_STS_REGIONAL_ENDPOINTS",), "sts_regional_endpoints")),
        endpoint_url=_endpoint_url(source),
        fips=source.flag("use_fips_endpoint"),
        dualstack=source.flag("use_dualstack_endpoint"),
        ca_bundle=_ca_bundle(source),
        no_proxy=source.environ.get("no_proxy") or source.environ.get("NO_PROXY"),
        pod_identity=tuple(name for name in _POD_IDENTITY if name in source.environ),
        static_keys=tuple(name for name in _STATIC_KEYS if source.environ.get(name)),
        near_misses=tuple(_near_misses(source.environ)),
    )


def _option(value: str | None, name: str) -> Setting | None:
    return None if value is None else Setting(value, name)


def _filled(setting: Setting | None) -> Setting | None:
    """Return the setting unless it is empty: an empty variable hides the profile's value (FACTS D12)."""
    return setting if setting is not None and setting.value else None


def _token_file(source: _Source) -> Setting | None:
    return source.first((_TOKEN_FILE,), "web_identity_token_file")


def _role_arn(source: _Source) -> Setting | None:
    """Return the role for web identity; the role of a profile without a token file is for another provider."""
    key = "role_arn" if "web_identity_token_file" in source.profile else ""
    return _filled(source.first((_ROLE_ARN,), key))


def _session_name(source: _Source) -> Setting | None:
    assume_role = "role_arn" in source.profile and "web_identity_token_file" not in source.profile
    return source.first(("AWS_ROLE_SESSION_NAME",), "" if assume_role else "role_session_name")


def _region(source: _Source) -> tuple[Setting | None, bool]:
    """Return the region and whether every SDK finds one.

    botocore does not read AWS_REGION, most others not AWS_DEFAULT_REGION; all read a profile (FACTS D16).
    """
    region = source.first(("AWS_DEFAULT_REGION",), "region")
    if region is None:
        return _filled(source.first(("AWS_REGION",), "")), False
    return region, bool(source.environ.get("AWS_REGION") or source.profile.get("region"))


def _endpoint_url(source: _Source) -> Setting | None:
    """Return the custom STS URL, as `ConfiguredEndpointProvider` of botocore finds it (FACTS D19)."""
    if source.flag("ignore_configured_endpoint_urls"):
        return None
    found = next(filter(None, _endpoint_urls(source)), None)
    return None if found is None else Setting(without_userinfo(found.value), found.source)


def _endpoint_urls(source: _Source) -> Iterator[Setting | None]:
    yield _filled(source.first(("AWS_ENDPOINT_URL_STS",), ""))
    yield _filled(source.first(("AWS_ENDPOINT_URL",), ""))
    yield _filled(_services_url(source))
    yield _filled(source.first((), "endpoint_url"))


def _services_url(source: _Source) -> Setting | None:
    """Return the URL from the ``services`` section that the profile names. Raises InvalidConfigError."""
    name = source.profile.get("services")
    if name is None:
        return None
    section = source.session.full_config.get("services", {}).get(name)
    if not section:
        message = f"{source.name} names the services section {name}, which does not exist"
        raise exceptions.InvalidConfigError(error_msg=message)
    sts = section.get("sts", {})
    value = sts.get("endpoint_url") if isinstance(sts, Mapping) else None
    return Setting(value, f"services {name}") if isinstance(value, str) else None


def _ca_bundle(source: _Source) -> Setting | None:
    bundle = source.first(("AWS_CA_BUNDLE",), "ca_bundle")
    return bundle or source.first(("REQUESTS_CA_BUNDLE",), "")


def _near_misses(environ: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Pair each variable that looks like a missing one with that one."""
    missing = tuple(right for right in (_ROLE_ARN, _TOKEN_FILE) if right not in environ)
    for name in sorted(environ) if missing else ():
        meant = _meant(name.upper(), missing)
        if meant is not None and name not in _RIGHT_NAMES and environ[name]:
            yield name, meant


def _meant(name: str, missing: tuple[str, ...]) -> str | None:
    """Return which of the missing variables ``name``, in capitals, is probably a misspelling of."""
    if not name.startswith("AWS") or name in _RIGHT_NAMES.difference(missing):
        return None
    if name in _KNOWN_MISSES:
        return _KNOWN_MISSES[name] if _KNOWN_MISSES[name] in missing else None
    from difflib import SequenceMatcher  # seldom needed

    likeness = {right: SequenceMatcher(None, name, right).ratio() for right in missing}
    meant = max(likeness, key=likeness.__getitem__)
    return meant if likeness[meant] >= _CLOSE else None


def _proxy(session: Session, settings: Settings, environ: Mapping[str, str]) -> Setting | None:
    """Return the proxy that botocore would take to the STS endpoint; None also where the endpoint is unknown."""
    try:
        url = sts_of(session, settings).url
    except REFUSALS:
        return None
    variable = f"{urlsplit(url).scheme}_proxy"
    value = get_environ_proxies(url).get(variable.removesuffix("_proxy"))
    if not value:
        return None
    spelt = sorted((name for name in environ if name.lower() == variable), key=str.islower)
    return Setting(without_userinfo(value), spelt[-1] if spelt else variable)


def _files(session: Session) -> Iterator[tuple[str, str]]:
    """Yield the variable and the path of each file that botocore reads profiles from, there or not."""
    for variable, name in (("AWS_CONFIG_FILE", "config_file"), ("AWS_SHARED_CREDENTIALS_FILE", "credentials_file")):
        yield variable, os.path.expanduser(os.path.expandvars(session.get_config_variable(name)))  # noqa: PTH111  # as botocore


def _unparsed(error: exceptions.ConfigParseError) -> str:
    """Say which file, and where it went wrong: never the line itself, which may hold a key."""
    details: Mapping[str, object] = error.kwargs
    cause = details.get("error")
    line = getattr(cause, "lineno", None) or next((number for number, _ in getattr(cause, "errors", ())), None)
    where = f" at line {line}" if line else ""
    return f"{details.get('path')} cannot be parsed{where} ({type(cause).__name__})"


def _missing_profile(session: Session) -> str:
    """Say which profile is missing from which files, and what is there instead."""
    found = ", ".join(sorted(session.full_config["profiles"])) or "none"
    files = " and ".join(f"{path} ({_state(path)})" for _, path in _files(session))
    return f"profile '{session.get_config_variable('profile')}' is in neither {files}; profiles found: {found}"


def _state(path: str) -> str:
    if not os.path.isfile(path):  # noqa: PTH113  # pathlib raises where a directory on the way is shut
        return "not there"
    return "read" if os.access(path, os.R_OK) else "permission denied"


def _shut_file(session: Session, environ: Mapping[str, str]) -> str | None:
    """Name a configured file that botocore passes over in silence, because this process may not read it."""
    for variable, path in _files(session):
        if variable in environ and _state(path) == "permission denied":
            return f"{variable} names {path}, which this process may not read: botocore passes over it"
    return None
