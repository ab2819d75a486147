"""The one STS client of a run, as botocore makes it, and where its requests go. Sends nothing.

One client makes both calls: AssumeRoleWithWebIdentity is never signed, whatever credentials the client has
(FACTS A1), and GetCallerIdentity is signed with those that the exchange has put into the session. So models,
endpoint rules, TLS context and connection are paid for once.
"""

import re
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from sidecar.facts import Settings
from sidecar.probe.masked import MASK
from sidecar.probe.models import lean_loader
from sidecar.probe.sdk import BaseClient, Config, Session, exceptions

REFUSALS = (exceptions.BotoCoreError, ValueError, TypeError, AttributeError, LookupError, OSError)
"""What botocore raises for settings that it cannot work with.

ValueError for a URL that is none; the built-in others where a profile nests what must be a text, and for files that
TLS cannot open (SSLKEYLOGFILE).
"""

_SCHEME = re.compile(r"(?:[\w+.-]*:)?/+", re.ASCII)
_HOST_AND_PORT = re.compile(r"(?:\[[^]@]*\]|[^:@/?#]*)(?::\d{0,5})?(?=[/?#]|$)")
_COMPONENT = "irsa-doctor.sts"
_NOBODY = "irsa-doctor"  # in place of keys, until there are some


class Sts(NamedTuple):
    """The client, and the URL its requests go to, without userinfo."""

    client: BaseClient
    url: str


def new_session(timeout: float) -> Session:
    """Return a session whose clients try once, wait ``timeout`` seconds at most and look for no credentials.

    What would send something elsewhere is off: asking the metadata service for the region
    (AWS_DEFAULTS_MODE=auto), and telling a local port about each call, keys included (AWS_CSM_ENABLED).
    """
    session = Session()
    # Later, because the path may come from a profile that is missing: which is for `read_settings` to say.
    session.lazy_register_component("data_loader", lambda: lean_loader(session.get_config_variable("data_path")))
    session.set_default_client_config(_client_config(timeout))
    session.set_config_variable("csm_enabled", value=False)
    session.set_config_variable("defaults_mode", "legacy")
    session.set_credentials(_NOBODY, _NOBODY)
    return session


def entrust(session: Session, access_key: str, secret_key: str, token: str | None) -> None:
    """Give these credentials to the session, and so to the clients it has made."""
    held: Any = session.get_credentials()  # never None: `new_session` has set some
    held.access_key, held.secret_key, held.token = access_key, secret_key, token


def held(session: Session) -> tuple[str, ...]:
    """Return the secrets that the session holds: what no answer may repeat."""
    held: Any = session.get_credentials()
    return tuple(filter(None, (held.access_key, held.secret_key, held.token)))


def forget(session: Session) -> None:
    """Take the credentials out of the session and its clients."""
    entrust(session, _NOBODY, _NOBODY, None)


def sts_of(session: Session, settings: Settings) -> Sts:
    """Return the session's STS client, made at the first call. Raises `REFUSALS`."""
    try:
        sts: Sts = session.get_component(_COMPONENT)
    except ValueError:  # botocore's way to say that there is none yet
        client = _new_client(session, settings, "sts", None)
        sts = Sts(client, _endpoint_url(client, settings))
        session.register_component(_COMPONENT, sts)
    return sts


def hurried(client: BaseClient, session: Session, settings: Settings, timeout: float) -> BaseClient:
    """Return a client that waits no longer than ``timeout`` seconds: this one, if it does not. Raises `REFUSALS`."""
    configured: Any = client.meta.config  # the stub knows none of Config's fields
    return client if configured.read_timeout <= timeout else new_client(session, settings, "sts", None, timeout)


def new_client(session: Session, settings: Settings, service: str, region: str | None, timeout: float) -> BaseClient:
    """Return a client that waits ``timeout`` seconds at most, in the settings' region or this. Raises `REFUSALS`."""
    return _new_client(session, settings, service, _client_config(timeout), region)


def without_userinfo(url: str) -> str:
    """Return the URL without a user's name and password, however badly it is written."""
    scheme = _SCHEME.match(url)
    begin = scheme.end() if scheme else 0
    rest = url[begin:]
    while "@" in rest:
        host = _HOST_AND_PORT.match(rest)
        if host:  # the @ is the path's, or ends a password with a slash in it: who could tell
            return f"{url[:begin]}{host[0]}/{MASK}"
        rest = rest.partition("@")[2]
    return url[:begin] + rest


def partition_of_region(session: Session, region: str | None) -> str | None:
    """Return the partition that lists the region or whose rule it obeys (FACTS D21), None where none does."""
    if not region:
        return None
    partitions = session.get_data("partitions")["partitions"]
    listing = (partition["id"] for partition in partitions if region in partition["regions"])
    ruling = (partition["id"] for partition in partitions if re.fullmatch(partition["regionRegex"], region))
    return next(listing, None) or next(ruling, None)


def _endpoint_url(client: BaseClient, settings: Settings) -> str:
    """Ask for the URL, by signing one that nobody will fetch.

    The client's ``meta.endpoint_url`` comes from an older table than the rules that requests obey, and differs from
    them (us-iso-east-1, dual-stack). A custom URL is used as it is.
    """
    if settings.endpoint_url is not None:
        return _http_url(without_userinfo(client.meta.endpoint_url))
    signing: Any = client  # the stub has only what is common to all services
    parts = urlsplit(signing.generate_presigned_url("get_caller_identity"))
    return f"{parts.scheme}://{parts.netloc}"


def _http_url(url: str) -> str:
    """Return the URL. Raises ValueError where requests to it would fail for its form, which botocore sees too late."""
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or parts.port == 0:  # `port` raises for what is no number
        message = f"{url} is no http or https URL"
        raise ValueError(message)
    return url


def _client_config(timeout: float) -> Config:
    return Config(
        connect_timeout=timeout,
        read_timeout=timeout,
        retries={"total_max_attempts": 1, "mode": "standard"},
    )


def _new_client(
    session: Session, settings: Settings, service: str, config: Config | None, region: str | None = None
) -> BaseClient:
    own = None if settings.region is None else settings.region.value
    # botocore refuses a blank CA bundle. The endpoint is known all the same, and the exchange refuses it too.
    verify = True if is_blank(settings) else None
    made: Any = session  # the stub knows no service by a variable name
    client: BaseClient = made.create_client(service, region_name=region or own, config=config, verify=verify)
    return client


def is_blank(settings: Settings) -> bool:
    """Whether a CA bundle is set, but to nothing."""
    return settings.ca_bundle is not None and not settings.ca_bundle.value.strip()
