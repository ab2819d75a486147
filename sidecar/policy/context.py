"""The condition keys of an exchange: which it carries, which it never does, which only AWS knows. Pure."""

from enum import StrEnum

from sidecar.arns import provider_arn, provider_path
from sidecar.policy.document import Condition
from sidecar.policy.terms import Exchange

Values = tuple[str, ...]
"""What a key holds; empty where the exchange never carries it."""

_SERVICES = frozenset({"aws", "sts", "iam", "saml", "s3", "ec2", "kms"})
_PARTITIONS = (("aws-cn", ".cn"), ("aws-us-gov", ".us-gov-"), ("aws", ""))  # by what the issuer's host holds (C16)
_AUTHORIZED = "sts:roleauthorizedbyidp"

# Keys that an exchange with a Kubernetes token never carries (FACTS A30, A34, A35). Tags are not among them: an issuer
# of another make may put session tags into its tokens, and the role's own tags are not looked at.
_NEVER = frozenset({"sts:externalid", "sts:sourceidentity", "aws:principalarn", "aws:principalorgid"})
_NEVER_FAMILIES = ("saml:",)


class Kind(StrEnum):
    """What a condition key is about."""

    SUBJECT = "sub"
    AUDIENCE = "aud"
    FOREIGN = "foreign"
    AWS = "aws"


class Context:
    """What an exchange's condition keys hold; keys are compared whatever their case (FACTS E8)."""

    def __init__(self, exchange: Exchange) -> None:
        """Fill in what the token and the role say."""
        self.exchange = exchange
        self.prefix = provider_path(exchange.issuer)
        self.provider = self._provider()
        self._known = self._carried()

    def _provider(self) -> str:
        """Return the ARN of the token's provider, with a word in capitals where the account is not known."""
        role, host = self.exchange.role, self.prefix.partition("/")[0]
        if role:
            return provider_arn(role, self.exchange.issuer)
        partition = next(partition for partition, mark in _PARTITIONS if mark in host)
        return f"arn:{partition}:iam::ACCOUNT:oidc-provider/{self.prefix}"

    def _carried(self) -> dict[str, Values]:
        exchange, own = self.exchange, self.prefix.lower()
        carried: dict[str, Values] = {
            f"{own}:sub": (exchange.subject,),
            "aws:principaltype": ("User",),  # FACTS A35
            "aws:securetransport": ("true",),
        }
        if exchange.audience is not None:
            carried[f"{own}:aud"] = (exchange.audience,)
            carried[f"{own}:oaud"] = exchange.audiences or (exchange.audience,)
        if exchange.role:
            carried["aws:principalaccount"] = (exchange.role.account,)
            carried["aws:userid"] = (self.provider,)
        if exchange.session_name is not None:
            carried["sts:rolesessionname"] = (exchange.session_name,)
        if exchange.roles_claimed:
            carried[_AUTHORIZED] = ("true",)  # or STS would have refused before (FACTS A31)
        return carried

    def values(self, key: str) -> Values | None:
        """Return what the key holds, nothing where it is never carried, None where only AWS knows."""
        name = key.lower()
        if name in self._known:
            return self._known[name]
        never = name in _NEVER or name.startswith(_NEVER_FAMILIES) or self.kind(key) is Kind.FOREIGN
        return () if never else None

    def untold(self, key: str) -> str:
        """Return why it is not known here what a key holds."""
        if self.kind(key) is Kind.AUDIENCE:
            return f"{key} is not known: the token has no single audience"
        return f"{key} is not known here"

    def of(self, condition: Condition) -> Values | None:
        """Return what a condition's key holds for it.

        A token without the roles claim is not authorized by its issuer; whether the key is then false or absent is
        not known, which makes no difference to who wants it to be true (FACTS A31).
        """
        if condition.key.lower() == _AUTHORIZED and not self.exchange.roles_claimed:
            wants_true = condition.operator.name == "bool" and set(condition.values) == {"true"}
            return () if wants_true and not condition.operator.if_exists else None
        return self.values(condition.key)

    def kind(self, key: str) -> Kind:
        """Return what the key is about: FOREIGN where it is no key of this issuer's, and none of AWS's."""
        name, own = key.lower(), self.prefix.lower()
        if name.startswith(f"{own}:"):
            claim = name.removeprefix(f"{own}:")
            return {"sub": Kind.SUBJECT, "aud": Kind.AUDIENCE, "oaud": Kind.AUDIENCE}.get(claim, Kind.FOREIGN)
        return Kind.AWS if name.partition(":")[0] in _SERVICES else Kind.FOREIGN
