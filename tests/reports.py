"""Reports made by hand, one for each thing a reader may meet, and the journal that ends in one. Plain data."""

from collections.abc import Callable
from datetime import UTC, datetime

from sidecar.journal import Ending, Journal, Run
from sidecar.model import (
    Fault,
    Identity,
    Measurements,
    Phases,
    Report,
    Result,
    RootCause,
    Severity,
    Status,
)

ERROR, WARNING = Severity.ERROR, Severity.WARNING

ROLE = "arn:aws:iam::111122223333:role/shop-cart"
ASSUMED = "arn:aws:sts::111122223333:assumed-role/shop-cart/irsa-doctor-cart-7d9f"
ISSUER = "https://oidc.eks.eu-west-1.amazonaws.com/id/EXAMPLED539D4633E53DE1B71EXAMPLE"
TOKEN_PATH = "/var/run/secrets/eks.amazonaws.com/serviceaccount/token"
POLICY = (
    '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"Federated": '
    '"arn:aws:iam::111122223333:oidc-provider/oidc.eks.eu-west-1.amazonaws.com/id/EXAMPLED539D4633E53DE1B71EXAMPLE"}, '
    '"Action": "sts:AssumeRoleWithWebIdentity", "Condition": {"StringEquals": {'
    '"oidc.eks.eu-west-1.amazonaws.com/id/EXAMPLED539D4633E53DE1B71EXAMPLE:aud": "sts.amazonaws.com", '
    '"oidc.eks.eu-west-1.amazonaws.com/id/EXAMPLED539D4633E53DE1B71EXAMPLE:sub": "system:serviceaccount:shop:cart"}}}]}'
)

DENIED = Fault(
    "IRSA606",
    "trust-policy-denied",
    ERROR,
    "the role's trust policy does not admit this token",
    "Compare the role's trust policy with the one below, which admits exactly this token. The second command replaces "
    "the whole policy: keep the statements that others need. Also look whether the role exists in account {account}.",
    (
        "aws iam get-role --role-name {role_name} --query Role.AssumeRolePolicyDocument",
        "aws iam update-assume-role-policy --role-name {role_name} --policy-document {trust_policy}",
    ),
    transient=True,
)
NOT_INJECTED = Fault(
    "IRSA101",
    "irsa-env-not-injected",
    ERROR,
    "the pod has neither AWS_ROLE_ARN nor AWS_WEB_IDENTITY_TOKEN_FILE",
    "Annotate the service account {service_account} in namespace {namespace} with the role's ARN, then recreate the "
    "pod: the webhook acts only when a pod is created.",
    (
        "kubectl --namespace {namespace} annotate serviceaccount {service_account} eks.amazonaws.com/role-arn=ROLE_ARN",
        "kubectl --namespace {namespace} delete pod {pod}",
    ),
)
POD_IDENTITY = Fault(
    "IRSA110",
    "pod-identity-in-use",
    WARNING,
    "the pod carries EKS Pod Identity's settings",
    "Decide for one of the two.",
)
EXPOSED = Fault(
    "IRSA114",
    "token-file-exposed",
    WARNING,
    "every user in the pod can read the token",
    "Set the pod's securityContext.fsGroup, or one runAsUser for all its containers: the kubelet then writes the token "
    "with mode 0640 or 0600.",
)
AUDIENCE = Fault(
    "IRSA206",
    "audience-mismatch",
    ERROR,
    "the token is addressed to an audience that the OIDC provider does not accept",
    "Make the token's audience {expected}, or add {found} to the client ids of the IAM OIDC provider.",
    (
        "aws iam get-open-id-connect-provider --open-id-connect-provider-arn {provider_arn}",
        "aws iam add-client-id --open-id-connect-provider-arn {provider_arn} --client-id {found}",
    ),
)
CERTIFICATE_EXPIRING = Fault(
    "IRSA403",
    "issuer-certificate-expiring",
    WARNING,
    "a certificate in the issuer's chain expires within 30 days",
    "Renew the certificate of {host} before {not_after}.",
)
TIMEOUT = Fault(
    "IRSA503",
    "sts-timeout",
    ERROR,
    "STS does not answer in time",
    "Let the pod reach {host} on port 443: look at network policies, security groups (of the VPC endpoint, too), NAT "
    "and proxies. Without internet the VPC needs an interface endpoint for STS.",
    transient=True,
)
UNVERIFIABLE = Fault(
    "IRSA604",
    "token-unverifiable",
    ERROR,
    "STS could not validate the token and does not say why",
    "Compare the token's audience {audience} with the provider's client ids.",
)

CHAIN = (
    ("environment.injected", "Has the pod been given a role and a token file?", "by AWS_ROLE_ARN and its file"),
    ("environment.role_arn", "Is the role's ARN that of an IAM role?", ROLE),
    ("token_file.readable", "Can this container read the token file?", TOKEN_PATH),
    ("token_file.private", "Is the token file kept from other users?", "mode 0640"),
    ("token.unexpired", "Is the token still valid?", "until 2026-11-21T22:00:00Z"),
    ("token.audience", "Is the token addressed to STS?", "the audience is sts.amazonaws.com"),
    ("issuer.discovery", "Does the issuer publish a valid discovery document?", "answered in 0.08 s"),
    ("certificate.lasting", "Will the issuer's certificate last?", "until 2027-03-01T00:00:00Z"),
    ("exchange.reached", "Does STS answer?", "in 0.09 s"),
    ("exchange.accepted", "Does STS give credentials for the token?", ASSUMED),
    ("clock.synchronised", "Is this pod's clock right?", "0.2 s from STS's"),
)

HEALTHY = Report(
    version="0.1.0",
    started=datetime(2026, 11, 21, 10, 0, tzinfo=UTC),
    duration_seconds=0.3123456789,
    healthy=True,
    overdue=False,
    identity=Identity(ROLE, ISSUER, "system:serviceaccount:shop:cart", ("sts.amazonaws.com",), ASSUMED),
    root_cause=None,
    results=tuple(Result(check, question, Status.PASS, detail) for check, question, detail in CHAIN),
    measurements=Measurements(
        token_issued=1795255200,
        token_expiry=1795341600.0,
        token_file_modified=1795255200.25,
        credentials_expiry=1795345200,
        jwks_keys=2,
        issuer_certificate_expiry=1803945600,
        clock_skew_seconds=0.2000000004,
        sts_code="ok",
        issuer=Phases(0.001, 0.002, 0.0083333333, 0.07),
        jwks=Phases(response=0.05),
        sts=Phases(0.001, 0.004, 0.011, 0.09),
    ),
)


def changed(report: Report, *results: Result) -> Report:
    """Put results in the place of those of the same name."""
    new = {result.check: result for result in results}
    return report._replace(results=tuple(new.get(result.check, result) for result in report.results))


def found(
    check: str, fault: Fault, evidence: dict[str, str], detail: str = "", severity: Severity | None = None
) -> Result:
    """Return the result of a check that names a fault."""
    question = next(question for name, question, _ in CHAIN if name == check)
    judged = severity or fault.severity
    status = Status.FAIL if judged is ERROR else Status.WARN
    return Result(check, question, status, detail or fault.title, fault, judged, evidence)


def skipped(report: Report, why: str, *checks: str) -> Report:
    """Let the named checks be skipped."""
    results = [result for result in report.results if result.check in checks]
    return changed(report, *(result._replace(status=Status.SKIP, detail=why) for result in results))


def broken(report: Report, result: Result, *also_possible: str) -> Report:
    """Make the result of a check the root cause of a report."""
    assert result.fault is not None
    assert result.severity is not None
    cause = RootCause(result.fault, result.severity, result.check, result.evidence, also_possible)
    identity = report.identity._replace(assumed_role_arn=None)
    return changed(report, result)._replace(healthy=False, root_cause=cause, identity=identity)


def _warnings() -> Report:
    refuted = f"{AUDIENCE.title} (predicted, but STS accepted the token)"
    evidence = {"expected": "sts.amazonaws.com", "found": "https://kubernetes.default.svc", "provider_arn": "P"}
    return changed(
        HEALTHY,
        found("token_file.private", EXPOSED, {"path": TOKEN_PATH, "mode": "0644"}),
        found("token.audience", AUDIENCE, evidence, refuted, WARNING),
        found("certificate.lasting", CERTIFICATE_EXPIRING, {"host": "oidc.example.test", "not_after": "2026-12-01"}),
    )


def _denied() -> Report:
    evidence = {
        "code": "AccessDenied",
        "message": "Not authorized to perform sts:AssumeRoleWithWebIdentity",
        "request_id": "6f1b0a6e-0000-4000-8000-0123456789ab",
        "role_arn": ROLE,
        "role_name": "shop-cart",
        "account": "111122223333",
        "trust_policy": POLICY,
    }
    report = broken(HEALTHY, found("exchange.accepted", DENIED, evidence), "role-not-found", "partition-mismatch")
    return changed(report, found("token_file.private", EXPOSED, {"path": TOKEN_PATH, "mode": "0644"}))


def _refined() -> Report:
    arn = f"arn:aws:iam::111122223333:oidc-provider/{ISSUER.removeprefix('https://')}"
    evidence = {"expected": "sts.amazonaws.com", "found": "https://kubernetes.default.svc", "provider_arn": arn}
    said = {"code": "InvalidIdentityToken", "message": "The ID Token provided could not be validated", "audience": "x"}
    report = broken(HEALTHY, found("token.audience", AUDIENCE, evidence))
    return changed(report, found("exchange.accepted", UNVERIFIABLE, said))


def _timeout() -> Report:
    host = "sts.eu-west-1.amazonaws.com"
    why = f"{host} did not answer within 5 s"
    report = skipped(HEALTHY, why, "exchange.accepted", "clock.synchronised")
    return broken(report, found("exchange.reached", TIMEOUT, {"host": host, "phase": "connect"}, why))


def _not_injected() -> Report:
    names = {"namespace": "shop", "service_account": "cart", "pod": "POD"}
    report = HEALTHY._replace(identity=Identity(), measurements=Measurements(), duration_seconds=0.01)
    later = [check for check, _, _ in CHAIN if not check.startswith("environment.")]
    report = skipped(report, "no token file is named", *later)
    report = skipped(report, "no role is named", "environment.role_arn", "exchange.reached", "exchange.accepted")
    return broken(report, found("environment.injected", NOT_INJECTED, {"variables": "", **names}))


def _unreached(*, overdue: bool, why: str) -> Report:
    report = skipped(HEALTHY, why, "exchange.reached", "exchange.accepted", "clock.synchronised")
    identity = report.identity._replace(assumed_role_arn=None)
    return report._replace(healthy=False, overdue=overdue, identity=identity)


def _crash() -> Report:
    crashed = [
        result._replace(status=Status.CRASH, detail="the check crashed (KeyError)") for result in HEALTHY.results[4:6]
    ]
    return changed(HEALTHY, *crashed)._replace(healthy=False)


def _hostile() -> Report:
    evil = {
        "code": "\x1b[2J\x1b[31mAccessDenied\x07",
        "message": "line one\nirsa-doctor: healthy: arn:aws:sts::1:role\r\n\u202egnihtemos\u202c <script>x</script>",
        "role_arn": " " + ROLE + " ",
        "role_name": "$(reboot)`id`'; rm -rf /; '\"\n\x00",
        "account": "--endpoint-url=http://evil.test",
        "trust_policy": "{account} " + "x" * 10_000,
        "subject": "Ключ 鍵 \U000e0001 \udc80",
        "long": "0123456789" * 1000,
        "empty": "",
    }
    report = broken(HEALTHY, found("exchange.accepted", DENIED, evil, "said \x1b[2J\n" + "z" * 1000))
    return report._replace(identity=report.identity._replace(subject="a\nb\x1b[0m", issuer="https://" + "i" * 10_000))


REPORTS: dict[str, Callable[[], Report]] = {
    "crash": _crash,
    "denied": _denied,
    "healthy": lambda: HEALTHY,
    "hostile": _hostile,
    "no-exchange": lambda: _unreached(overdue=False, why="the exchange was not asked for (--no-exchange)"),
    "not-injected": _not_injected,
    "overdue": lambda: _unreached(overdue=True, why="the deadline passed"),
    "pod-identity": lambda: broken(
        _not_injected(), found("environment.injected", POD_IDENTITY, {"found": "AWS_CONTAINER_CREDENTIALS_FULL_URI"})
    ),
    "refined": _refined,
    "timeout": _timeout,
    "warnings": _warnings,
}


def journal(report: Report) -> Journal:
    """Return the journal of a process whose last run made this report, after a healthy one and one that crashed."""
    ended = report.started.timestamp()
    ending = Ending.HEALTHY if report.healthy else Ending.UNHEALTHY
    return (
        Journal()
        .after(Run(ended - 600, 0.3, Ending.HEALTHY, HEALTHY))
        .after(Run(ended - 300, 1.0, Ending.CRASHED, None, "the diagnosis ended with code 3"))
        .after(Run(ended, report.duration_seconds, ending, report))
    )
