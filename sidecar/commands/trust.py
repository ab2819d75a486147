"""``irsa-doctor trust``: would this trust policy admit this token, and if not, which line of it refuses?"""

import sys
from collections.abc import Mapping

from sidecar import jwt
from sidecar.arns import parse_role_arn, provider_arn
from sidecar.config import Config
from sidecar.facts import Names, Token
from sidecar.model import Failed
from sidecar.partitions import iam_region, region_in
from sidecar.policy import Decision, Exchange, Malformed, corrected, judge, read_policy
from sidecar.probe.files import read_token
from sidecar.probe.policy_file import read_policy_file
from sidecar.probe.world import World
from sidecar.render.remedy import plain
from sidecar.render.trust import Trust, trust_json, trust_text

CODES = {Decision.ALLOW: 0, Decision.DENY: 1, Decision.UNKNOWN: 4}
MISUSE = 2


def run(config: Config, environ: Mapping[str, str], *, as_json: bool) -> int:
    """Judge and print; return 0 allowed, 1 denied, 4 cannot tell, 2 asked wrongly or not a policy."""
    text = read_policy_file(config.policy or "-")  # a policy there is: `Config` sees to that
    policy = text if isinstance(text, Failed) else read_policy(text)
    exchange = _exchange(config, environ)
    wrong = [one for one in (_wrong(policy), exchange if isinstance(exchange, str) else "") if one]
    if wrong or isinstance(policy, Failed | Malformed) or isinstance(exchange, str):
        return _refuse(*wrong)
    judgement = judge(policy, exchange)
    trust = Trust(exchange, judgement, corrected(policy, exchange), _names(exchange))
    print((trust_json if as_json else trust_text)(trust), flush=True)
    return CODES[judgement.decision]


def _wrong(policy: object) -> str:
    if isinstance(policy, Failed):
        return policy.why
    return f"not a trust policy: {policy.place}: {policy.why}" if isinstance(policy, Malformed) else ""


def _exchange(config: Config, environ: Mapping[str, str]) -> Exchange | str:
    """Return what is judged, or what is wrong with the token."""
    role = parse_role_arn(config.role_arn) if config.role_arn else None
    if config.token is None:
        audience = config.audience or ""
        return Exchange(config.issuer or "", config.subject or "", audience, (audience,), role)
    token = _token(config.token, environ)
    if isinstance(token, str):
        return token
    if token.issuer is None or token.subject is None:
        return f"the token in {config.token} names no {'issuer' if token.issuer is None else 'subject'}"
    claimed = token.roles is not None
    return Exchange(token.issuer, token.subject, token.effective_audience, token.audience, role, claimed)


def _token(path: str, environ: Mapping[str, str]) -> Token | str:
    file, raw = read_token(path, World(environ))
    if isinstance(file, Failed):
        return file.why
    token = jwt.decode(raw or b"")
    return f"the token in {path} cannot be read: {token.why}" if isinstance(token, Failed) else token


def _names(exchange: Exchange) -> dict[str, str]:
    """Return what commands are filled in with: words in capitals where no role is given."""
    names = Names(issuer=exchange.issuer, subject=exchange.subject, audience=exchange.audience or Names().audience)
    role = exchange.role
    if role is not None:
        provider = provider_arn(role, exchange.issuer)
        region = iam_region(role.partition, region_in(exchange.issuer) or names.region)
        names = names._replace(
            role_name=role.name, role_path=role.path, role_arn=role.text, account=role.account, provider_arn=provider,
            iam_region=region,
        )  # fmt: skip
    return {name: str(value) for name, value in names._asdict().items()}


def _refuse(*mistakes: str) -> int:
    for mistake in mistakes:
        print(f"irsa-doctor: {plain(mistake)}", file=sys.stderr, flush=True)
    print("Try 'irsa-doctor trust --help'.", file=sys.stderr, flush=True)
    return MISUSE
