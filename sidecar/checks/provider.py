"""The sixth link: the IAM OIDC provider for the issuer, where IAM shows it. Pure."""

from sidecar import faults
from sidecar.check import check
from sidecar.facts import Names, NoProvider, OidcProvider, Token
from sidecar.model import Fail, Pass, Skip, Verdict


@check("provider.registered")
def registered(oidc_provider: OidcProvider | NoProvider, names: Names) -> Verdict:
    """Does IAM have an OIDC provider for the token's issuer in the role's account?"""
    if isinstance(oidc_provider, OidcProvider):
        return Pass(oidc_provider.arn)
    needed = {"issuer": names.issuer, "account": names.account, "audience": names.audience}
    evidence = {**needed, "expected": oidc_provider.arn, "found": oidc_provider.nearest or _count(oidc_provider.others)}
    return Fail(faults.OIDC_PROVIDER_MISSING, evidence)


@check("provider.audience")
def audience(oidc_provider: OidcProvider, token: Token) -> Verdict:
    """Is the token's audience among the provider's client ids?"""
    wanted = token.effective_audience
    if wanted is None:
        return Skip("the token has not exactly one audience")
    if wanted in oidc_provider.client_ids:
        return Pass(wanted)
    found = ", ".join(oidc_provider.client_ids) or "none"
    evidence = {"expected": wanted, "found": found, "audience": wanted, "provider_arn": oidc_provider.arn}
    return Fail(faults.PROVIDER_AUDIENCE_MISSING, evidence)


def _count(others: int | None) -> str:
    if others is None:
        return "not this one; the others may not be listed without iam:ListOpenIDConnectProviders"
    return f"not this one; {others} for other issuers" if others else "none at all"
