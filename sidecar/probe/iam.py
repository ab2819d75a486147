"""What IAM shows of the role and its OIDC provider: reads only, each made once, and never a write. Judges nothing.

The keys are those that the exchange gave, or that lie at hand as keys: no process is started, no metadata service,
container endpoint, SSO or login is called, no role assumed for them. No fact, message or exception holds them.
"""

import re
from collections.abc import Mapping
from typing import Any, NamedTuple
from urllib.parse import unquote

from sidecar.arns import RoleArn, parse_role_arn, provider_arn
from sidecar.facts import NoProvider, NoRole, OidcProvider, Refused, Role, Settings, TrustPolicy
from sidecar.model import Absent, Failed
from sidecar.partitions import home_region
from sidecar.probe.calls import MISREAD, Answer, Asked, Call, Silence
from sidecar.probe.dial import Allowance
from sidecar.probe.failures import printable
from sidecar.probe.masked import masked
from sidecar.probe.pools import timing
from sidecar.probe.sdk import Session, create_credential_resolver, exceptions, json_decode_policies
from sidecar.probe.sts import REFUSALS, entrust, forget, held, new_client
from sidecar.probe.timed import Stopwatch
from sidecar.probe.world import Budget, World

_AT_HAND = frozenset({"env", "shared-credentials-file", "config-file"})
"""botocore's providers that hold keys: the others would have to call somebody."""

PERMISSIONS = {
    "get_role": "iam:GetRole",
    "get_open_id_connect_provider": "iam:GetOpenIDConnectProvider",
    "list_open_id_connect_providers": "iam:ListOpenIDConnectProviders",
}
"""What each of IAM's operations needs: these are all that are called."""

_REFUSED = re.compile(r"AccessDenied(?:Exception)?|UnauthorizedOperation|AuthorizationError")
_MISSING = "NoSuchEntity"
_LIKE = 0.75  # how much alike two providers' ARNs must be for one to be the other's near miss


class IamReading(NamedTuple):
    """What IAM shows, or why it shows nothing."""

    oidc_provider: OidcProvider | NoProvider | Absent
    role: Role | NoRole | Absent
    trust_policy: TrustPolicy | Absent


class Subject(NamedTuple):
    """Whom IAM is asked about: the role, and the token's issuer where there is one."""

    role_arn: str
    issuer: str | None


def unread(why: Absent) -> IamReading:
    """Return the reading of an IAM that was not asked."""
    return IamReading(why, why, why)


def read_iam(
    subject: Subject, *, given: bool, settings: Settings, session: Session, world: World, budget: Budget
) -> IamReading:
    """Read role, trust policy and provider from IAM.

    ``given``: with the credentials that the exchange left in the session; else with the keys at hand, if any. The
    session has forgotten them when this returns.
    """
    try:
        role = parse_role_arn(subject.role_arn)
        if role is None:
            return unread(Absent("IAM is not asked without a valid role ARN"))
        if not given and not _entrusted(session):
            return unread(Absent("IAM is not asked: neither the environment nor the profile holds keys"))
        found = _Iam(settings, session, world, budget).read(role, subject, own=given)
        return _unrepeated(found, held(session))
    except MISREAD:
        return unread(Absent("an answer that is not IAM's"))
    finally:
        forget(session)


def _entrusted(session: Session) -> bool:
    """Give the session the keys of the first provider that holds some; return whether there is one."""
    try:
        providers = create_credential_resolver(session).providers
        loaded = (provider.load() for provider in providers if provider.METHOD in _AT_HAND)
        keys: Any = next(filter(None, loaded), None)
        if keys is not None:
            entrust(session, keys.access_key, keys.secret_key, keys.token)
    except (exceptions.BotoCoreError, RuntimeError, ValueError, OSError):  # half a key, expired, or not to be read
        return False
    return keys is not None


class _Iam:
    """Reads one role and one provider, with what the session holds."""

    def __init__(self, settings: Settings, session: Session, world: World, budget: Budget) -> None:
        self._settings = settings
        self._session = session
        self._world = world
        self._budget = budget

    def read(self, role: RoleArn, subject: Subject, *, own: bool) -> IamReading:
        """Read all three; ``own``: the credentials are the role's, so that their account need not be asked."""
        stranger = None if own else self._stranger(role)
        if stranger is not None:
            return unread(stranger)
        found, policy = self._role(role, subject.role_arn)
        return IamReading(self._provider(role, subject.issuer), found, policy)

    def _stranger(self, role: RoleArn) -> Absent | None:
        """Return why these keys cannot show the role: IAM answers for their own account only."""
        caller = self._ask("STS", role, "get_caller_identity")
        if not isinstance(caller, Mapping):
            return Absent(f"the keys at hand are not known to STS: {_reason(caller)}")
        account = str(caller.get("Account"))
        return None if account == role.account else Absent(f"the keys at hand are of another account, {account}")

    def _role(self, role: RoleArn, arn: str) -> tuple[Role | NoRole | Absent, TrustPolicy | Absent]:
        answer = self._ask("IAM", role, "get_role", RoleName=role.name)
        if isinstance(answer, Refused) and answer.code == _MISSING:
            gone = NoRole(arn)
            return gone, Absent(gone.why)
        if not isinstance(answer, Mapping):
            shut = _shut(answer, "get_role", arn)
            return shut, shut
        shown = answer["Role"]
        if shown["Arn"] != arn:  # names are unique in an account, whatever the path
            other = NoRole(arn, str(shown["Arn"]))
            return other, Absent(other.why)
        policy = TrustPolicy(unquote(shown.get("AssumeRolePolicyDocument", "")), "IAM")
        return Role(arn, int(shown.get("MaxSessionDuration", 3600))), policy

    def _provider(self, role: RoleArn, issuer: str | None) -> OidcProvider | NoProvider | Absent:
        if issuer is None:
            return Absent("the token names no issuer")
        arn = provider_arn(role, issuer)
        answer = self._ask("IAM", role, "get_open_id_connect_provider", OpenIDConnectProviderArn=arn)
        if isinstance(answer, Refused) and answer.code == _MISSING:
            return self._nearest(role, arn)
        if not isinstance(answer, Mapping):
            return _shut(answer, "get_open_id_connect_provider", arn)
        marks = tuple(str(mark).lower() for mark in answer.get("ThumbprintList", ()))
        return OidcProvider(arn, tuple(map(str, answer.get("ClientIDList", ()))), marks)

    def _nearest(self, role: RoleArn, arn: str) -> NoProvider:
        answer = self._ask("IAM", role, "list_open_id_connect_providers")
        if not isinstance(answer, Mapping):
            return NoProvider(arn)
        from difflib import get_close_matches  # seldom needed

        arns = [str(one.get("Arn")) for one in answer.get("OpenIDConnectProviderList", ())]
        return NoProvider(arn, next(iter(get_close_matches(arn, arns, n=1, cutoff=_LIKE)), None), len(arns))

    def _ask(self, service: str, role: RoleArn, operation: str, **parameters: str) -> Answer | Silence:
        """Make one call, on a connection of its own."""
        if self._budget.left <= 0:
            return Absent("the deadline ran out before IAM could be asked", overdue=True)
        region = home_region(role.partition) if service == "IAM" else None
        try:
            client = new_client(self._session, self._settings, service.lower(), region, self._budget.operation)
        except REFUSALS:
            return Absent(f"botocore finds no {service} endpoint for these settings")
        client.meta.events.unregister("after-call.iam", json_decode_policies)  # a dict hides keys written twice
        allowance = Allowance(self._budget)
        with Stopwatch(self._budget.monotonic, allowance) as watch, timing(client, watch):
            asked = Asked(service, client, client.meta.endpoint_url, self._settings, self._world.now)
            return Call(asked, allowance, watch).make(operation, **parameters)


def _shut(answer: Silence, operation: str, arn: str) -> Absent:
    """Return why there is nothing to see; a missing permission is named."""
    permission = PERMISSIONS[operation]
    if isinstance(answer, Refused) and _REFUSED.fullmatch(answer.code):
        return Absent(f"these credentials lack the permission {permission} on {arn}")
    return Absent(f"{permission}: {_reason(answer)}", overdue=isinstance(answer, Absent) and answer.overdue)


def _reason(answer: Answer | Silence) -> str:
    if isinstance(answer, Refused):
        return printable(f"{answer.code or f'HTTP {answer.status}'}: {answer.message}")
    return answer.why if isinstance(answer, Failed | Absent) else ""


def _unrepeated(found: IamReading, secrets: tuple[str, ...]) -> IamReading:
    """Return the reading without the secrets: an endpoint that is not AWS's may say them again."""
    return IamReading(*(_masked(fact, secrets) for fact in found))


def _masked(fact: Any, secrets: tuple[str, ...]) -> Any:  # noqa: ANN401 - any of the facts, and the same kind of it
    for secret in secrets:
        changed = {name: masked(value, secret) for name, value in fact._asdict().items() if isinstance(value, str)}
        fact = fact._replace(**changed)
    return fact
