"""The first link: does the environment lead an SDK to web identity, this role, and an STS endpoint? Pure."""

import re

from sidecar import faults
from sidecar.arns import parse_role_arn
from sidecar.check import check
from sidecar.checks import endpoints
from sidecar.facts import Endpoint, Expectation, Names, Provider, Settings
from sidecar.model import Fail, Failed, Pass, Severity, Skip, Verdict
from sidecar.partitions import COMMERCIAL, GLOBAL_STS, must_be_opted_into, region_in

_SESSION_NAME = re.compile(r"[\w+=,.@-]{2,64}", re.ASCII)

# What botocore would come to only after web identity (FACTS D1): then web identity is not configured at all,
# which environment.injected says.
_AFTER_WEB_IDENTITY = frozenset({
    "sso", "shared-credentials-file", "login", "custom-process", "config-file", "ec2-credentials-file", "boto-config",
    "container-role", "iam-role", "none",
})  # fmt: skip

_USED = {"env": "the keys in the environment", "assume-role": "the profile's role"}
"""What comes before web identity in botocore's order, in people's words."""


_WHO_WINS = (
    "by the documented orders: web identity for most SDKs (boto3 and the AWS CLI, Go, Java, JavaScript v3, .NET, Ruby, "
    "PHP, Rust, C++), Pod Identity for JavaScript v2"
)
"""FACTS C21, which is inferred from D1 to D11: nobody documents it for a pod that has both."""


@check("environment.injected")
def injected(settings: Settings | Failed, names: Names) -> Verdict:
    """Does the environment name a role and a token file?"""
    if isinstance(settings, Failed):
        return Fail(faults.AWS_PROFILE_INVALID, {"found": settings.why})
    if settings.role_arn and settings.token_file:
        return Pass(f"role from {settings.role_arn.source}, token file from {settings.token_file.source}")
    if settings.role_arn or settings.token_file or settings.near_misses:
        return Fail(faults.WEBIDENTITY_CONFIG_INCOMPLETE, _half(settings))
    if settings.pod_identity:
        evidence = {"found": ", ".join(settings.pod_identity), **_of_pod(names)}
        return Fail(faults.POD_IDENTITY_IN_USE, evidence)
    return Fail(faults.IRSA_ENV_NOT_INJECTED, {"looked_at": "the environment and the AWS profile", **_of_pod(names)})


@check("environment.role_arn")
def role_arn(settings: Settings, names: Names) -> Verdict:
    """Is the role ARN the ARN of an IAM role?"""
    if settings.role_arn is None:
        return Skip("no role ARN is set")
    role = parse_role_arn(settings.role_arn.value)
    if role:
        return Pass(f"role {role.name} in account {role.account}")
    source = {"found": settings.role_arn.value, "source": settings.role_arn.source}
    return Fail(faults.ROLE_ARN_INVALID, {**source, **_of_pod(names), "corrected": _tidied(settings.role_arn.value)})


@check("environment.role_expected")
def role_expected(settings: Settings, expectation: Expectation, names: Names) -> Verdict:
    """Is the role the one that the operator expects?"""
    if expectation.role_arn is None:
        return Skip("no role is expected (--expect-role-arn)")
    if settings.role_arn is None:
        return Skip("no role ARN is set")
    if settings.role_arn.value == expectation.role_arn:
        return Pass("it is the expected one")
    differing = {"expected": expectation.role_arn, "found": settings.role_arn.value}
    return Fail(faults.ROLE_ARN_UNEXPECTED, {**differing, **_of_pod(names)})


@check("environment.region")
def region(settings: Settings) -> Verdict:
    """Is a region set that AWS has and every SDK reads?"""
    if settings.region is None:
        return _no_region(settings)
    found = {"found": settings.region.value, "source": settings.region.source}
    if settings.region_partition is None:
        return Fail(faults.REGION_INVALID, found)
    if not settings.region_everywhere:
        other = "AWS_DEFAULT_REGION" if settings.region.source == "AWS_REGION" else "AWS_REGION"
        return Fail(faults.REGION_MISSING, {**found, "missing": other}, _without_region(settings))
    return Pass(f"{settings.region.value} from {settings.region.source}")


@check("environment.partition")
def partition(settings: Settings, endpoint: Endpoint, names: Names) -> Verdict:
    """Are role, region and STS endpoint of one partition?"""
    role = parse_role_arn(settings.role_arn.value) if settings.role_arn else None
    found = {
        "role": role.partition if role else None,
        "region": settings.region_partition,
        "endpoint": endpoints.partition(endpoint),
    }
    known = {what: name for what, name in found.items() if name}
    if len(set(known.values())) > 1:
        other = found["region"] or found["endpoint"]
        corrected = role._replace(partition=other).text if role and other else names.role_arn
        return Fail(faults.PARTITION_MISMATCH, {**known, "endpoint_url": endpoint.url, "corrected": corrected})
    if not known:
        return Skip("no partition is known")
    own = next(iter(known.values()))
    return Pass(f"partition {own}{endpoints.foreign_issuer(own, names.issuer)}")


@check("environment.session_name")
def session_name(settings: Settings) -> Verdict:
    """Would STS take the session name?"""
    if settings.session_name is None:
        return Pass("none is set: the SDK makes one")
    if _SESSION_NAME.fullmatch(settings.session_name.value):
        return Pass(settings.session_name.value)
    found = {"found": settings.session_name.value, "source": settings.session_name.source}
    return Fail(faults.SESSION_NAME_INVALID, found)


@check("environment.sts_endpoint")
def sts_endpoint(endpoint: Endpoint | Failed, settings: Settings, names: Names) -> Verdict:
    """Do the settings lead to an STS endpoint?"""
    if isinstance(endpoint, Endpoint):
        return _resolved(endpoint, settings, names)
    if endpoint.kind not in {"setting", "url"}:
        return Skip(endpoint.why)
    culprit, mended = endpoints.refused_setting(endpoint, settings)
    found = {"found": culprit.value, "source": culprit.source, "setting": mended}
    return Fail(faults.STS_ENDPOINT_SETTING_INVALID, found)


@check("environment.endpoint_fits_region")
def endpoint_fits_region(settings: Settings, endpoint: Endpoint, names: Names) -> Verdict:
    """Are the STS endpoint's credentials valid in the workload's region?"""
    region = endpoints.workload_region(settings, names)
    if region is None:
        return Skip("the workload's region is not known")
    if not must_be_opted_into(region):
        return Pass(f"{region} need not be opted into")
    users = endpoints.global_users(settings, endpoint)
    if users is None:
        return Pass(f"{endpoint.host} is not the global endpoint")
    evidence = {"region": region, "found": f"{GLOBAL_STS}, asked by {users}"}
    return Fail(faults.GLOBAL_TOKEN_IN_OPT_IN_REGION, evidence, Severity.WARNING)


@check("environment.unshadowed")
def unshadowed(provider: Provider) -> Verdict:
    """Would an SDK in this environment use web identity before other credentials?"""
    if provider.method in _AFTER_WEB_IDENTITY:
        return Skip("web identity is not set up in the environment")
    if not provider.web_identity:
        used = _USED.get(provider.method, provider.method)
        setting = "AWS_PROFILE-" if provider.source.startswith("profile ") else "AWS_ACCESS_KEY_ID-"
        evidence = {"by": "botocore (boto3, the AWS CLI)", "used": used, "source": provider.source, "setting": setting}
        return Fail(faults.SHADOWED_CREDENTIALS, evidence)
    if provider.other_sdks:
        sdks = ", ".join(sdk for sdk, _ in provider.other_sdks)
        evidence = {"by": sdks, "used": "them", "source": provider.other_sdks[0][1], "setting": "AWS_ACCESS_KEY_ID-"}
        return Fail(faults.SHADOWED_CREDENTIALS, evidence, Severity.WARNING)
    return Pass("botocore's order comes to web identity first")


@check("environment.single_mechanism")
def single_mechanism(settings: Settings, names: Names) -> Verdict:
    """Is IRSA the only mechanism that the pod was given?"""
    if not (settings.role_arn and settings.token_file):
        return Skip("IRSA's settings are not complete")
    if not settings.pod_identity:
        return Pass("no Pod Identity variables")
    evidence = {"found": ", ".join(settings.pod_identity), "who_wins": _WHO_WINS, **_of_pod(names)}
    return Fail(faults.POD_IDENTITY_IN_USE, evidence)


def _half(settings: Settings) -> dict[str, str]:
    """Return what is there of the two settings, what is missing, and what looks like a misspelling of it."""
    halves = {"AWS_ROLE_ARN": settings.role_arn, "AWS_WEB_IDENTITY_TOKEN_FILE": settings.token_file}
    evidence = {"missing": " and ".join(name for name, setting in halves.items() if setting is None)}
    found = [f"{setting.source}" for setting in halves.values() if setting]
    if found:
        evidence["found"] = ", ".join(found)
    if settings.near_misses:
        pairs = (f"{found} (meant: {meant})" for found, meant in settings.near_misses)
        evidence["misspelt"] = ", ".join(pairs)
    return evidence


def _no_region(settings: Settings) -> Fail:
    evidence = {"missing": "AWS_REGION and AWS_DEFAULT_REGION"}
    role = parse_role_arn(settings.role_arn.value) if settings.role_arn else None
    if role:
        evidence["partition"] = role.partition
    return Fail(faults.REGION_MISSING, evidence, _without_region(settings))


def _without_region(settings: Settings) -> Severity | None:
    """Return error where there is no global endpoint to fall back to, else the fault's own severity (FACTS D22)."""
    role = parse_role_arn(settings.role_arn.value) if settings.role_arn else None
    return Severity.ERROR if role is not None and role.partition != COMMERCIAL else None


def _resolved(endpoint: Endpoint, settings: Settings, names: Names) -> Verdict:
    """Judge a host that botocore resolved: it makes one of any region's name, whether there is such a place or not."""
    culprit = endpoints.of_no_region(endpoint, settings)
    if not culprit:
        return Pass(endpoint.url + endpoints.remark(endpoint, settings))
    region = region_in(names.issuer) or Names().region
    found = {"found": endpoint.host, "source": culprit, "setting": f"AWS_DEFAULT_REGION={region}"}
    return Fail(faults.STS_ENDPOINT_SETTING_INVALID, found, Severity.WARNING)


def _tidied(text: str) -> str:
    """Return the ARN that is left without quotes and white space around it; ROLE_ARN where that is none."""
    bare = text.strip(" \t\r\n\"'")
    return bare if parse_role_arn(bare) else Names().role_arn


def _of_pod(names: Names) -> dict[str, str]:
    return {"namespace": names.namespace, "service_account": names.service_account, "pod": names.pod}
