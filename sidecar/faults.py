"""Every fault this tool can name: a table, no logic.

Codes and names are public and permanent: add, never rename, never reuse. Remedies and commands are
templates over the evidence of the `Fail` that names the fault. Titles are clauses that need no evidence.
"""

from sidecar.model import Fault, Severity

_E, _W = Severity.ERROR, Severity.WARNING

# ---- 1xx: the environment and the token file

IRSA_ENV_NOT_INJECTED = Fault(
    "IRSA101",
    "irsa-env-not-injected",
    _E,
    "the pod has neither AWS_ROLE_ARN nor AWS_WEB_IDENTITY_TOKEN_FILE",
    "Annotate the service account {service_account} in namespace {namespace} with the role's ARN, then recreate the "
    "pod: the webhook acts only when a pod is created. Where the annotation is there, look whether the webhook was "
    "up when the pod started.",
    (
        (
            "kubectl --namespace {namespace} annotate --overwrite serviceaccount {service_account} "
            "eks.amazonaws.com/role-arn={role_arn}"
        ),
        "kubectl --namespace {namespace} delete pod {pod}",
    ),
)
WEBIDENTITY_CONFIG_INCOMPLETE = Fault(
    "IRSA102",
    "webidentity-config-incomplete",
    _E,
    "half of the web identity settings is missing or misspelt",
    "Set {missing}, or give a misspelt one its right name: an SDK uses web identity only when AWS_ROLE_ARN and "
    "AWS_WEB_IDENTITY_TOKEN_FILE are both there. The webhook adds neither to a container that sets one by itself: "
    "take both out of the pod's template, and it adds both, or set both.",
    (
        "kubectl --namespace {namespace} set env {workload} --list",
        "kubectl --namespace {namespace} set env {workload} AWS_ROLE_ARN- AWS_WEB_IDENTITY_TOKEN_FILE-",
    ),
)
ROLE_ARN_INVALID = Fault(
    "IRSA103",
    "role-arn-invalid",
    _E,
    "the role ARN is not the ARN of an IAM role",
    "Correct the value of {source}: it must be arn:PARTITION:iam::ACCOUNT:role/NAME, without quotes or white space. "
    "On EKS it comes from the service account's annotation eks.amazonaws.com/role-arn, and only a new pod gets the "
    "new value.",
    (
        (
            "kubectl --namespace {namespace} annotate --overwrite serviceaccount {service_account} "
            "eks.amazonaws.com/role-arn={corrected}"
        ),
        "kubectl --namespace {namespace} delete pod {pod}",
    ),
)
REGION_MISSING = Fault(
    "IRSA104",
    "region-missing",
    _W,
    "no region is set that every SDK reads",
    "Set both AWS_REGION and AWS_DEFAULT_REGION in the container: boto3 and AWS CLI v1 read only "
    "AWS_DEFAULT_REGION, others, like the SDKs for Java and JavaScript, only AWS_REGION. The webhook adds neither "
    "to a container that sets one by itself.",
    ("kubectl --namespace {namespace} set env {workload} AWS_REGION={region} AWS_DEFAULT_REGION={region}",),
)
REGION_INVALID = Fault(
    "IRSA105",
    "region-invalid",
    _E,
    "the region is not one that AWS has",
    "Correct the value of {source}: a region is written like eu-west-1, in lower case, without white space.",
    ("kubectl --namespace {namespace} set env {workload} AWS_REGION={region} AWS_DEFAULT_REGION={region}",),
)
PARTITION_MISMATCH = Fault(
    "IRSA106",
    "partition-mismatch",
    _E,
    "role, region and STS endpoint are not of one AWS partition",
    "Use a role, a region and an endpoint of the same partition: credentials do not cross partitions. Where the "
    "region is the right one, put the ARN of this partition's role into the annotation eks.amazonaws.com/role-arn. "
    "Where the role is, correct AWS_REGION and AWS_DEFAULT_REGION.",
    (
        (
            "kubectl --namespace {namespace} annotate --overwrite serviceaccount {service_account} "
            "eks.amazonaws.com/role-arn={corrected}"
        ),
        "kubectl --namespace {namespace} delete pod {pod}",
    ),
)
SESSION_NAME_INVALID = Fault(
    "IRSA107",
    "session-name-invalid",
    _E,
    "the session name breaks STS's rule",
    "Correct the value of {source}, or take it away, and the SDK makes a name: 2 to 64 characters, of which only "
    "letters, digits and _ + = , . @ - are allowed.",
    ("kubectl --namespace {namespace} set env {workload} AWS_ROLE_SESSION_NAME-",),
)
STS_ENDPOINT_SETTING_INVALID = Fault(
    "IRSA108",
    "sts-endpoint-setting-invalid",
    _E,
    "the setting of the STS endpoint is not valid",
    "Correct the value of {source}: AWS_STS_REGIONAL_ENDPOINTS is regional or legacy, in lower case; an endpoint "
    "URL is a whole https URL. FIPS and dual-stack endpoints need a region, and not every partition has them.",
    ("kubectl --namespace {namespace} set env {workload} {setting}",),
)
SHADOWED_CREDENTIALS = Fault(
    "IRSA109",
    "shadowed-credentials",
    _E,
    "other credentials would be used before web identity",
    "Remove {source} from the container: {by} would use {used} before web identity. What comes from envFrom or a "
    "mounted file has to be taken out of that Secret, ConfigMap or volume.",
    (
        "kubectl --namespace {namespace} set env {workload} --list",
        "kubectl --namespace {namespace} set env {workload} {setting} AWS_SECRET_ACCESS_KEY- AWS_SESSION_TOKEN-",
    ),
)
POD_IDENTITY_IN_USE = Fault(
    "IRSA110",
    "pod-identity-in-use",
    _W,
    "the pod carries EKS Pod Identity's settings",
    "Decide for one: where the pod is meant for IRSA, delete the Pod Identity association of service account "
    "{service_account} and recreate the pod. Where it is meant for Pod Identity, let --mechanism pod-identity diagnose "
    "that, and take IRSA's variables out of the pod's manifest where they are there.",
    (
        (
            "aws eks list-pod-identity-associations --region {region} --cluster-name CLUSTER --namespace "
            "{namespace} --service-account {service_account}"
        ),
        (
            "aws eks delete-pod-identity-association --region {region} --cluster-name CLUSTER --association-id "
            "ASSOCIATION_ID"
        ),
        "kubectl --namespace {namespace} delete pod {pod}",
    ),
)
TOKEN_FILE_MISSING = Fault(
    "IRSA111",
    "token-file-missing",
    _E,
    "the token file does not exist",
    "Mount the projected token at {path}, or correct {source}. The webhook adds the volume aws-iam-token when the "
    "pod is created; a container that it skips has no mount.",
    (
        "kubectl --namespace {namespace} get pod {pod} --output yaml",
        "kubectl --namespace {namespace} delete pod {pod}",
    ),
)
TOKEN_FILE_UNREADABLE = Fault(
    "IRSA112",
    "token-file-unreadable",
    _E,
    "the token file cannot be read",
    "Where permission is denied: set the pod's securityContext.fsGroup, or one runAsUser for all its containers, so "
    "that this container's user may read {path}. Where it is no regular file: correct {source}.",
    (
        (
            "kubectl --namespace {namespace} patch {workload} --patch "
            """'{{"spec": {{"template": {{"spec": {{"securityContext": {{"fsGroup": 65534}}}}}}}}}}'"""
        ),
    ),
)
TOKEN_EMPTY = Fault(
    "IRSA113",
    "token-empty",
    _E,
    "the token file is empty",
    "Find out what writes {path}: the kubelet never writes an empty token. The pod's volumes say what is mounted "
    "there; use a projected serviceAccountToken volume.",
    ("kubectl --namespace {namespace} get pod {pod} --output yaml",),
)
TOKEN_FILE_EXPOSED = Fault(
    "IRSA114",
    "token-file-exposed",
    _W,
    "every user in the pod can read the token",
    "Set the pod's securityContext.fsGroup, or one runAsUser for all its containers: the kubelet then writes the "
    "token with mode 0640 or 0600.",
    (
        (
            "kubectl --namespace {namespace} patch {workload} --patch "
            """'{{"spec": {{"template": {{"spec": {{"securityContext": {{"fsGroup": 65534}}}}}}}}}}'"""
        ),
    ),
)
TOKEN_FILE_STALE = Fault(
    "IRSA115",
    "token-file-stale",
    _W,
    "the token file is not being rotated",
    "Mount the whole volume, not a subPath and not a copy: only then does the kubelet's new token appear in the "
    "container. It replaces a token after 80 % of its life; where it does not, its log on the node says why.",
    ("kubectl --namespace {namespace} get pod {pod} --output yaml",),
)
TOKEN_FILE_UNCLEAN = Fault(
    "IRSA116",
    "token-file-unclean",
    _W,
    "there is more in the token file than the token",
    "Remove {surrounded} from {path}: SDKs send the file's content as it is.",
    ("kubectl --namespace {namespace} get pod {pod} --output yaml",),
)
ROLE_ARN_UNEXPECTED = Fault(
    "IRSA117",
    "role-arn-unexpected",
    _E,
    "the pod asks for another role than the operator expects",
    "Correct the annotation eks.amazonaws.com/role-arn of the service account and recreate the pod, or correct "
    "--expect-role-arn.",
    (
        (
            "kubectl --namespace {namespace} annotate --overwrite serviceaccount {service_account} "
            "eks.amazonaws.com/role-arn={expected}"
        ),
        "kubectl --namespace {namespace} delete pod {pod}",
    ),
)
AWS_PROFILE_INVALID = Fault(
    "IRSA118",
    "aws-profile-invalid",
    _E,
    "the AWS profile that is asked for cannot be read",
    "Remove AWS_PROFILE from the container, or mount a configuration file that holds this profile.",
    ("kubectl --namespace {namespace} set env {workload} AWS_PROFILE- AWS_DEFAULT_PROFILE-",),
)

# ---- 2xx: the token

TOKEN_MALFORMED = Fault(
    "IRSA201",
    "token-malformed",
    _E,
    "the token is not a JWT that STS can read",
    "Find out what writes the token file: use a projected serviceAccountToken volume with audience "
    "sts.amazonaws.com. On EKS: take both variables out of the pod's template, and the webhook adds that volume.",
    (
        "kubectl --namespace {namespace} get pod {pod} --output yaml",
        "kubectl --namespace {namespace} set env {workload} AWS_ROLE_ARN- AWS_WEB_IDENTITY_TOKEN_FILE-",
    ),
)
TOKEN_WRONG_KIND = Fault(
    "IRSA202",
    "token-wrong-kind",
    _E,
    "the token is for the Kubernetes API, not for STS",
    "Point AWS_WEB_IDENTITY_TOKEN_FILE at a projected serviceAccountToken with audience {expected}, not at the "
    "API's own token. On EKS: take both variables out of the pod's template, and the webhook sets them and mounts "
    "the right token.",
    ("kubectl --namespace {namespace} set env {workload} AWS_ROLE_ARN- AWS_WEB_IDENTITY_TOKEN_FILE-",),
)
TOKEN_MISSING_CLAIM = Fault(
    "IRSA203",
    "token-missing-claim",
    _E,
    "a claim that STS needs is missing, empty or of a wrong type",
    "Let the issuer put iss, sub, aud, iat and exp into the token: times as whole numbers, sub as text. A projected "
    "serviceAccountToken has them all: see which volume the pod mounts instead.",
    ("kubectl --namespace {namespace} get pod {pod} --output yaml",),
)
TOKEN_EXPIRED = Fault(
    "IRSA204",
    "token-expired",
    _E,
    "the token has expired",
    "Find out why the token is not renewed: the kubelet replaces a projected token after 80 % of its life, never one "
    "that is mounted by subPath or copied. Recreating the pod gives it a new token.",
    ("kubectl --namespace {namespace} delete pod {pod}",),
)
TOKEN_NOT_YET_VALID = Fault(
    "IRSA205",
    "token-not-yet-valid",
    _E,
    "the token is not valid yet",
    "Set the clock of the API server's hosts right: it wrote the times into the token, and STS allows 5 minutes. "
    "The Date of the API server's answer shows its clock.",
    ("kubectl get --raw /version --v=8",),
)
AUDIENCE_MISMATCH = Fault(
    "IRSA206",
    "audience-mismatch",
    _E,
    "the token is addressed to an audience that the OIDC provider does not accept",
    "Make the token's audience {expected} (on EKS: the service account's annotation eks.amazonaws.com/audience, then "
    "recreate the pod), or add {found} to the client ids of the IAM OIDC provider.",
    (
        "aws iam get-open-id-connect-provider --open-id-connect-provider-arn {provider_arn}",
        (
            "aws iam add-client-id-to-open-id-connect-provider --open-id-connect-provider-arn {provider_arn} "
            "--client-id {found}"
        ),
    ),
)
AUDIENCE_AMBIGUOUS = Fault(
    "IRSA207",
    "audience-ambiguous",
    _E,
    "the token has not exactly one audience",
    "Ask for a token with the one audience {expected}: STS refuses several without azp, even if it knows them all. "
    "A projected serviceAccountToken has one audience only: see which volume the pod mounts instead.",
    ("kubectl --namespace {namespace} get pod {pod} --output yaml",),
)
SUBJECT_MISMATCH = Fault(
    "IRSA208",
    "subject-mismatch",
    _W,
    "the token is not for this pod's service account",
    "Set the pod's serviceAccountName to the service account that the role trusts, and mount that one's token.",
    ("kubectl --namespace {namespace} set serviceaccount {workload} SERVICE_ACCOUNT",),
)
ALGORITHM_UNSUPPORTED = Fault(
    "IRSA209",
    "algorithm-unsupported",
    _E,
    "the token is signed in a way that STS does not accept",
    "Let the issuer sign with RS256, RS384, RS512, ES256, ES384 or ES512. A Kubernetes API server does so with RSA "
    "and EC keys alike: see its keys, and which volume gives the pod this token.",
    ("kubectl get --raw /openid/v1/jwks",),
)

# ---- 3xx: the issuer and its keys

ISSUER_URL_INVALID = Fault(
    "IRSA301",
    "issuer-url-invalid",
    _E,
    "the issuer's URL is not one that IAM accepts",
    "Set the API server's --service-account-issuer to an https URL without port, query, fragment, user name and "
    "trailing slash. The API server states its issuer in its own discovery document.",
    ("kubectl get --raw /.well-known/openid-configuration",),
)
ISSUER_UNREACHABLE = Fault(
    "IRSA302",
    "issuer-unreachable",
    _W,
    "this pod cannot reach the issuer, or the issuer fails",
    "Look at {host} from outside the cluster: AWS fetches the keys from there, not from your network. Where STS "
    "accepts the token, nothing needs mending for it.",
    ("curl --verbose {url}",),
    transient=True,
)
ISSUER_ACCESS_DENIED = Fault(
    "IRSA303",
    "issuer-access-denied",
    _W,
    "the issuer does not let the public read its documents",
    "Make the discovery document and the key set readable without credentials, because AWS fetches them anonymously: a "
    "public bucket policy for these two objects, or a CDN in front of the private bucket.",
    ("curl --verbose {url}",),
)
DISCOVERY_INVALID = Fault(
    "IRSA304",
    "discovery-invalid",
    _W,
    "the issuer's discovery document is not valid",
    "Let {url} answer with the JSON that the API server gives at /.well-known/openid-configuration.",
    ("kubectl get --raw /.well-known/openid-configuration",),
)
ISSUER_MISMATCH = Fault(
    "IRSA305",
    "issuer-mismatch",
    _W,
    "the discovery document names another issuer than the token",
    "Make both the same text, to the letter: the API server's --service-account-issuer and the issuer in the published "
    "document.",
    ("kubectl get --raw /.well-known/openid-configuration",),
)
JWKS_UNREACHABLE = Fault(
    "IRSA306",
    "jwks-unreachable",
    _W,
    "this pod cannot fetch the issuer's keys",
    "Look at {url} from outside the cluster: AWS fetches it from there, without credentials, within about 5 seconds.",
    ("curl --verbose {url}",),
    transient=True,
)
JWKS_INVALID = Fault(
    "IRSA307",
    "jwks-invalid",
    _W,
    "the issuer's key set holds no key that STS can use",
    "Publish what the API server gives at /openid/v1/jwks: RSA or EC keys with kid, use sig or absent, no key_ops, at "
    "most 100 of a type.",
    ("kubectl get --raw /openid/v1/jwks",),
)
KEY_NOT_PUBLISHED = Fault(
    "IRSA308",
    "key-not-published",
    _W,
    "the key that signed the token is not in the issuer's key set",
    "Publish the API server's current keys at {url}: they were rotated, or the cluster was made anew, and the "
    "published copy was not. A cache in front of it may hold the old one.",
    ("kubectl get --raw /openid/v1/jwks",),
)
SIGNATURE_INVALID = Fault(
    "IRSA309",
    "signature-invalid",
    _W,
    "the published key does not verify the token",
    "Publish the API server's own keys at {url}: the one under this kid is another.",
    ("kubectl get --raw /openid/v1/jwks",),
)
ISSUER_SLOW = Fault(
    "IRSA310",
    "issuer-slow",
    _W,
    "the issuer answers too slowly for STS",
    "Make {url} answer within 5 seconds, also from outside the cluster: STS does not wait longer.",
    ("curl --verbose {url}",),
)

# ---- 4xx: the certificate of the host that serves the keys

ISSUER_CERTIFICATE_UNTRUSTED = Fault(
    "IRSA401",
    "issuer-certificate-untrusted",
    _W,
    "the issuer's certificate is not trusted from here",
    "Serve the whole chain of a public authority at {host}. With a private one: give this tool its root with "
    "--issuer-ca, and IAM its thumbprint.",
    ("irsa-doctor thumbprint {issuer}",),
)
ISSUER_CERTIFICATE_EXPIRED = Fault(
    "IRSA402",
    "issuer-certificate-expired",
    _W,
    "a certificate in the issuer's chain has expired",
    "Renew the certificate of {host}. Where only an intermediate has expired, serve the chain that its authority "
    "gives today.",
    ("irsa-doctor thumbprint {issuer}",),
)
ISSUER_CERTIFICATE_EXPIRING = Fault(
    "IRSA403",
    "issuer-certificate-expiring",
    _W,
    "a certificate in the issuer's chain expires within 30 days",
    "Renew the certificate of {host} before {not_after}.",
    ("irsa-doctor thumbprint {issuer}",),
)
ISSUER_CERTIFICATE_NAME_MISMATCH = Fault(
    "IRSA404",
    "issuer-certificate-name-mismatch",
    _W,
    "the issuer's certificate is for another host name",
    "Serve a certificate that names {host}: a wildcard covers one label only, so a bucket name must not hold dots.",
    ("irsa-doctor thumbprint {issuer}",),
)
ISSUER_CHAIN_DISORDERED = Fault(
    "IRSA405",
    "issuer-chain-disordered",
    _W,
    "the issuer's certificate chain is not in order",
    "Let {host} present the leaf, then each certificate's issuer in turn, with no duplicate and no stranger.",
    ("irsa-doctor thumbprint {issuer}",),
)
THUMBPRINT_DIFFERS = Fault(
    "IRSA406",
    "thumbprint-differs",
    _W,
    "the issuer's thumbprint is not the expected one",
    "Nothing, where a public authority signed the certificate: AWS then uses its own trust store. Else update the "
    "provider's thumbprint.",
    (
        (
            "aws iam update-open-id-connect-provider-thumbprint --open-id-connect-provider-arn {provider_arn} "
            "--thumbprint-list {thumbprint}"
        ),
    ),
)

# ---- 5xx: the way to STS

STS_DNS = Fault(
    "IRSA501",
    "sts-dns",
    _E,
    "the name of the STS endpoint does not resolve",
    "Look at the cluster's DNS and at the region: {host} must resolve in this pod. In a VPC without internet: an "
    "interface endpoint for STS with private DNS.",
    (
        "kubectl --namespace {namespace} debug -it pod/{pod} --image=busybox -- nslookup {host}",
        "aws ec2 describe-vpc-endpoints --region {region} --filters 'Name=service-name,Values=*.'{region}.sts",
    ),
    transient=True,
)
STS_REFUSED = Fault(
    "IRSA502",
    "sts-refused",
    _E,
    "the STS endpoint refuses the connection or cannot be reached",
    "Look at what stands between the pod and {host}: network policies, security groups, routes, and the setting of "
    "the endpoint.",
    (
        "kubectl --namespace {namespace} debug -it pod/{pod} --image=busybox -- nc -zv -w 5 {host} 443",
        "kubectl --namespace {namespace} get networkpolicies",
    ),
    transient=True,
)
STS_TIMEOUT = Fault(
    "IRSA503",
    "sts-timeout",
    _E,
    "STS does not answer in time",
    "Let the pod reach {host} on port 443: look at network policies, security groups (of the VPC endpoint, too), "
    "NAT and proxies. Without internet the VPC needs an interface endpoint for STS.",
    (
        "kubectl --namespace {namespace} debug -it pod/{pod} --image=busybox -- nc -zv -w 5 {host} 443",
        "kubectl --namespace {namespace} get networkpolicies",
        "aws ec2 describe-vpc-endpoints --region {region} --filters 'Name=service-name,Values=*.'{region}.sts",
    ),
    transient=True,
)
STS_CONNECTION_RESET = Fault(
    "IRSA504",
    "sts-connection-reset",
    _E,
    "the connection to STS is cut",
    "Look for a firewall or service mesh that cuts TLS connections to {host}, and let them pass.",
    (
        (
            "kubectl --namespace {namespace} debug -it pod/{pod} --image=curlimages/curl -- curl --verbose "
            "https://{host}/"
        ),
    ),
    transient=True,
)
STS_TLS_UNTRUSTED = Fault(
    "IRSA505",
    "sts-tls-untrusted",
    _E,
    "the certificate of the STS endpoint is not trusted",
    "See who signed the certificate of {host}. Where a proxy inspects TLS: mount its root certificate and set "
    "AWS_CA_BUNDLE to the file. Else see what answers for {host}.",
    (
        (
            "kubectl --namespace {namespace} debug -it pod/{pod} --image=curlimages/curl -- curl --insecure "
            "--verbose https://{host}/"
        ),
        "kubectl --namespace {namespace} set env {workload} AWS_CA_BUNDLE=CA_BUNDLE",
    ),
)
PROXY_ERROR = Fault(
    "IRSA506",
    "proxy-error",
    _E,
    "the proxy that the pod is told to use fails",
    "Correct {source} or the proxy's rules, or add the STS endpoint's host {host} to NO_PROXY.",
    ("kubectl --namespace {namespace} set env {workload} NO_PROXY={no_proxy}",),
    transient=True,
)

# ---- 6xx: what STS answers

OIDC_PROVIDER_MISSING = Fault(
    "IRSA601",
    "oidc-provider-missing",
    _E,
    "IAM has no OIDC provider for this issuer in the role's account",
    "Create the provider for {issuer} in account {account}, the role's own; a cluster that was made anew has a new "
    "issuer. Just created: wait half a minute.",
    (
        "aws iam list-open-id-connect-providers",
        "aws iam create-open-id-connect-provider --url {issuer} --client-id-list {audience}",
    ),
    transient=True,
)
VERIFICATION_KEY_UNAVAILABLE = Fault(
    "IRSA602",
    "verification-key-unavailable",
    _E,
    "STS could not fetch the key that signed the token",
    "This pod found nothing wrong with the keys; AWS, from outside your network, could not get them. Look for "
    "firewalls, address lists and rate limits in front of {issuer}, from outside.",
    ("curl --verbose {issuer}/.well-known/openid-configuration",),
    transient=True,
)
THUMBPRINT_MISMATCH = Fault(
    "IRSA603",
    "thumbprint-mismatch",
    _E,
    "the issuer's certificate does not match the thumbprint that IAM holds",
    "Give the provider the thumbprint that the issuer presents now.",
    (
        (
            "aws iam update-open-id-connect-provider-thumbprint --open-id-connect-provider-arn {provider_arn} "
            "--thumbprint-list {thumbprint}"
        ),
    ),
)
TOKEN_UNVERIFIABLE = Fault(
    "IRSA604",
    "token-unverifiable",
    _E,
    "STS could not validate the token and does not say why",
    "Compare the token's audience {audience} with the provider's client ids; where they agree, compare the published "
    "keys with the API server's.",
    (
        "aws iam get-open-id-connect-provider --open-id-connect-provider-arn {provider_arn}",
        "kubectl get --raw /openid/v1/jwks",
    ),
)
DISCOVERY_REJECTED = Fault(
    "IRSA605",
    "discovery-rejected",
    _E,
    "STS cannot use the issuer's discovery document",
    "Let {issuer}/.well-known/openid-configuration answer the public with the JSON that the API server gives. "
    "Compare the two, the first from outside the cluster.",
    (
        "curl --verbose {issuer}/.well-known/openid-configuration",
        "kubectl get --raw /.well-known/openid-configuration",
    ),
)
TRUST_POLICY_DENIED = Fault(
    "IRSA606",
    "trust-policy-denied",
    _E,
    "the role's trust policy does not admit this token",
    "Let the trust policy of {role_arn} admit subject {subject} with audience {audience} from {issuer}. The first "
    "command shows the policy, the second puts one in its place that admits exactly this token: keep the statements "
    "that others need. A role that does not exist in account {account} is refused with the same words.",
    (
        "aws iam get-role --role-name {role_name} --query Role.AssumeRolePolicyDocument",
        "aws iam update-assume-role-policy --role-name {role_name} --policy-document {trust_policy}",
    ),
    transient=True,
)
ROLE_NOT_FOUND = Fault(
    "IRSA607",
    "role-not-found",
    _E,
    "the role does not exist in its account",
    "Correct the annotation eks.amazonaws.com/role-arn of the service account, or create the role {role_name} in "
    "account {account}, with a trust policy that admits this token.",
    (
        "aws iam get-role --role-name {role_name}",
        ("aws iam create-role --role-name {role_name} --path {role_path} --assume-role-policy-document {trust_policy}"),
    ),
)
THROTTLED = Fault(
    "IRSA608",
    "throttled",
    _E,
    "STS throttles the requests",
    "Spread the starts of pods, use one SDK client per process, and the regional endpoint. The events say which "
    "roles are asked for most often.",
    (
        (
            "aws cloudtrail lookup-events --region {region} --max-results 20 --lookup-attributes "
            "AttributeKey=EventName,AttributeValue=AssumeRoleWithWebIdentity"
        ),
        "kubectl --namespace {namespace} set env {workload} AWS_STS_REGIONAL_ENDPOINTS=regional",
    ),
    transient=True,
)
REGION_DISABLED = Fault(
    "IRSA609",
    "region-disabled",
    _E,
    "STS is not enabled in this region for the role's account",
    "Activate STS for {region} in account {account} (IAM console, account settings), or use the STS endpoint of "
    "another region. A region that has to be opted into must be enabled first: the first command says whether it is.",
    (
        "aws account get-region-opt-status --region-name {region}",
        "aws account enable-region --region-name {region}",
    ),
)
DURATION_TOO_LONG = Fault(
    "IRSA610",
    "duration-too-long",
    _E,
    "the session is asked to last longer than the role allows",
    "Ask for a shorter session, or raise the role's longest session, which is 12 hours at most.",
    (
        "aws iam get-role --role-name {role_name} --query Role.MaxSessionDuration",
        "aws iam update-role --role-name {role_name} --max-session-duration 43200",
    ),
)
IDP_COMMUNICATION = Fault(
    "IRSA611",
    "idp-communication",
    _E,
    "STS could not talk to the issuer",
    "Try again; where it lasts, look at {issuer} from outside the cluster.",
    (
        "curl --verbose {issuer}/.well-known/openid-configuration",
        "irsa-doctor check --wait 2m",
    ),
    transient=True,
)
IDP_REJECTED_CLAIM = Fault(
    "IRSA612",
    "idp-rejected-claim",
    _E,
    "the identity provider rejected the claim",
    "Look at what the issuer {issuer} says of this token: it may have been revoked. A new pod gets a new token.",
    ("kubectl --namespace {namespace} delete pod {pod}",),
)
PACKED_POLICY_TOO_LARGE = Fault(
    "IRSA613",
    "packed-policy-too-large",
    _E,
    "session policies and tags are together too large",
    "Shorten the session policy that the workload asks with, or take session tags out of the token. The event of "
    "the call shows what was sent.",
    (
        (
            "aws cloudtrail lookup-events --region {region} --max-results 20 --lookup-attributes "
            "AttributeKey=EventName,AttributeValue=AssumeRoleWithWebIdentity"
        ),
    ),
)
STS_INTERNAL_FAILURE = Fault(
    "IRSA614",
    "sts-internal-failure",
    _E,
    "STS failed by itself",
    "Try again; where it lasts, look at the AWS Health Dashboard.",
    ("irsa-doctor check --wait 2m",),
    transient=True,
)
REQUEST_INVALID = Fault(
    "IRSA615",
    "request-invalid",
    _E,
    "STS finds the request invalid",
    "Correct what STS's message names: mostly a variable that begins with AWS_.",
    ("kubectl --namespace {namespace} set env {workload} --list",),
)
ROLES_CLAIM_EXCLUDES_ROLE = Fault(
    "IRSA616",
    "roles-claim-excludes-role",
    _E,
    "the token names the roles that it may be used for, and this one is not among them",
    "Let the issuer add {role_arn} to the claim https://aws.amazon.com/roles, or leave the claim out. Kubernetes "
    "never writes it: see which volume gives the pod this token.",
    ("kubectl --namespace {namespace} get pod {pod} --output yaml",),
)
CALLER_IDENTITY_REFUSED = Fault(
    "IRSA617",
    "caller-identity-refused",
    _W,
    "STS gave credentials but refuses to say whose they are",
    "Compare partition and region of endpoint and role; in an opt-in region use the regional STS endpoint.",
    ("kubectl --namespace {namespace} set env {workload} AWS_STS_REGIONAL_ENDPOINTS=regional",),
)
SESSION_TAGS_INVALID = Fault(
    "IRSA618",
    "session-tags-invalid",
    _E,
    "the session tags in the token are not in the form that STS needs",
    "Let the issuer write each value of principal_tags as a list of text. Kubernetes writes no tags: see which "
    "volume gives the pod this token.",
    ("kubectl --namespace {namespace} get pod {pod} --output yaml",),
)
STS_REFUSED_UNKNOWN = Fault(
    "IRSA699",
    "sts-refused-unknown",
    _E,
    "STS refused with an answer that this tool does not know",
    "Read STS's own words above. Where a proxy or another service answers in the place of STS, look at the "
    "endpoint: its certificate says whose it is.",
    (
        (
            "kubectl --namespace {namespace} debug -it pod/{pod} --image=curlimages/curl -- curl --verbose "
            "https://{sts_host}/"
        ),
    ),
)

# ---- 7xx: the trust policy

TRUST_PRINCIPAL_MISMATCH = Fault(
    "IRSA701",
    "trust-principal-mismatch",
    _E,
    "the trust policy names another OIDC provider",
    "Name the provider of this issuer, in the role's own account, as the Federated principal.",
    (
        "aws iam get-role --role-name {role_name} --query Role.AssumeRolePolicyDocument",
        "aws iam update-assume-role-policy --role-name {role_name} --policy-document {trust_policy}",
    ),
)
TRUST_SUBJECT_MISMATCH = Fault(
    "IRSA702",
    "trust-subject-mismatch",
    _E,
    "the trust policy's condition on the subject refuses this service account",
    "Write the token's subject into the condition on :sub.",
    (
        "aws iam get-role --role-name {role_name} --query Role.AssumeRolePolicyDocument",
        "aws iam update-assume-role-policy --role-name {role_name} --policy-document {trust_policy}",
    ),
)
TRUST_AUDIENCE_MISMATCH = Fault(
    "IRSA703",
    "trust-audience-mismatch",
    _E,
    "the trust policy's condition on the audience refuses this token",
    "Write the token's audience into the condition on :aud.",
    (
        "aws iam get-role --role-name {role_name} --query Role.AssumeRolePolicyDocument",
        "aws iam update-assume-role-policy --role-name {role_name} --policy-document {trust_policy}",
    ),
)
TRUST_WILDCARD_LITERAL = Fault(
    "IRSA704",
    "trust-wildcard-literal",
    _E,
    "the trust policy uses a wildcard under StringEquals, where it is no wildcard",
    "Use StringLike for values with * or ?.",
    (
        "aws iam get-role --role-name {role_name} --query Role.AssumeRolePolicyDocument",
        "aws iam update-assume-role-policy --role-name {role_name} --policy-document {trust_policy}",
    ),
)
TRUST_ACTION_MISSING = Fault(
    "IRSA705",
    "trust-action-missing",
    _E,
    "the trust policy does not allow sts:AssumeRoleWithWebIdentity",
    "Allow the action sts:AssumeRoleWithWebIdentity: sts:AssumeRole is another one.",
    (
        "aws iam get-role --role-name {role_name} --query Role.AssumeRolePolicyDocument",
        "aws iam update-assume-role-policy --role-name {role_name} --policy-document {trust_policy}",
    ),
)
TRUST_CONDITION_KEY_WRONG = Fault(
    "IRSA706",
    "trust-condition-key-wrong",
    _E,
    "the trust policy tests a key that this exchange never carries",
    "Use only the issuer's own :aud and :sub, written as the issuer's host and path without https://.",
    (
        "aws iam get-role --role-name {role_name} --query Role.AssumeRolePolicyDocument",
        "aws iam update-assume-role-policy --role-name {role_name} --policy-document {trust_policy}",
    ),
)
TRUST_EXPLICIT_DENY = Fault(
    "IRSA707",
    "trust-explicit-deny",
    _E,
    "a statement of the trust policy denies this token",
    "Change the Deny statement: no Allow outranks it.",
    (
        "aws iam get-role --role-name {role_name} --query Role.AssumeRolePolicyDocument",
        "aws iam update-assume-role-policy --role-name {role_name} --policy-document {trust_policy}",
    ),
)
TRUST_TOO_OPEN = Fault(
    "IRSA708",
    "trust-too-open",
    _W,
    "the trust policy lets every service account of the cluster assume the role",
    "Add a condition on the issuer's :sub.",
    (
        "aws iam get-role --role-name {role_name} --query Role.AssumeRolePolicyDocument",
        "aws iam update-assume-role-policy --role-name {role_name} --policy-document {trust_policy}",
    ),
)
TRUST_DUPLICATE_KEY = Fault(
    "IRSA709",
    "trust-duplicate-key",
    _W,
    "the trust policy holds the same JSON key twice",
    "Merge the two: only the last one counts.",
    (
        "aws iam get-role --role-name {role_name} --query Role.AssumeRolePolicyDocument",
        "aws iam update-assume-role-policy --role-name {role_name} --policy-document {trust_policy}",
    ),
)
PROVIDER_AUDIENCE_MISSING = Fault(
    "IRSA710",
    "provider-audience-missing",
    _E,
    "the OIDC provider's client ids lack the token's audience",
    "Add the audience to the provider's client ids.",
    (
        "aws iam get-open-id-connect-provider --open-id-connect-provider-arn {provider_arn}",
        (
            "aws iam add-client-id-to-open-id-connect-provider --open-id-connect-provider-arn {provider_arn} "
            "--client-id {audience}"
        ),
    ),
)

# ---- 8xx: the workload

WORKLOAD_CANNOT_READ_TOKEN = Fault(
    "IRSA801",
    "workload-cannot-read-token",
    _E,
    "the workload's user may not read the token file",
    "Set the pod's securityContext.fsGroup, or one runAsUser for all its containers: user {uid} with groups {gids} "
    "is refused at {refused}.",
    (
        (
            "kubectl --namespace {namespace} patch {workload} --patch "
            """'{{"spec": {{"template": {{"spec": {{"securityContext": {{"fsGroup": 65534}}}}}}}}}}'"""
        ),
    ),
)
WORKLOAD_ENV_DIFFERS = Fault(
    "IRSA802",
    "workload-env-differs",
    _E,
    "the workload's AWS settings are not this container's",
    "Remove the AWS settings that the workload's container has by itself, and recreate the pod: the webhook gives "
    "AWS_ROLE_ARN and AWS_WEB_IDENTITY_TOKEN_FILE to no container that sets one of them, nor to one that the "
    "annotation eks.amazonaws.com/skip-containers names.",
    (
        "kubectl --namespace {namespace} set env {workload} --list",
        "kubectl --namespace {namespace} set env {workload} {setting}",
    ),
)
SDK_TOO_OLD = Fault(
    "IRSA803",
    "sdk-too-old",
    _E,
    "the workload's AWS SDK is too old for web identity",
    "Build the image with an SDK that knows web identity, and roll it out: botocore 1.12.200, boto3 1.9.220, AWS "
    "CLI 1.16.232, Java 2.10.11 or 1.12.782, Go 1.23.13, JavaScript 3.27.0 or 2.525.0, Ruby aws-sdk-core 3.58.0, "
    "PHP 3.110.7, .NET 3.3.659.1, C++ 1.7.174, or later.",
    ("kubectl --namespace {namespace} set image {workload} CONTAINER=IMAGE",),
)
SDK_MODULE_MISSING = Fault(
    "IRSA804",
    "sdk-module-missing",
    _E,
    "the workload lacks its SDK's STS module",
    "Add the STS module to the image, and roll it out: software.amazon.awssdk:sts, com.amazonaws:aws-java-sdk-sts "
    "or AWSSDK.SecurityToken.",
    ("kubectl --namespace {namespace} set image {workload} CONTAINER=IMAGE",),
)
SERVICE_ACCOUNT_NOT_ANNOTATED = Fault(
    "IRSA805",
    "service-account-not-annotated",
    _E,
    "the service account names no role",
    "Annotate the service account {service_account} in namespace {namespace} with the role's ARN, then recreate the "
    "pod: the webhook acts only when a pod is created.",
    (
        (
            "kubectl --namespace {namespace} annotate --overwrite serviceaccount {service_account} "
            "eks.amazonaws.com/role-arn={role_arn}"
        ),
        "kubectl --namespace {namespace} delete pod {pod}",
    ),
)
ANNOTATION_DIFFERS = Fault(
    "IRSA806",
    "annotation-differs",
    _E,
    "the service account names another role than the pod has",
    "Where the annotation is right, recreate the pod: the webhook reads it only when a pod is created. Where the "
    "pod is right, correct the annotation eks.amazonaws.com/role-arn.",
    (
        "kubectl --namespace {namespace} get serviceaccount {service_account} --output yaml",
        "kubectl --namespace {namespace} delete pod {pod}",
    ),
)
POD_OLDER_THAN_ANNOTATION = Fault(
    "IRSA807",
    "pod-older-than-annotation",
    _E,
    "the pod was made before its service account was annotated",
    "Recreate the pod: the webhook reads the annotation only when a pod is created.",
    ("kubectl --namespace {namespace} delete pod {pod}",),
)
NODE_ROLE_FALLBACK = Fault(
    "IRSA808",
    "node-role-fallback",
    _E,
    "the workload runs as the node's role",
    "Find out why web identity was passed over: the pod lacks its settings, or the exchange failed and the SDK went "
    "on to the node's role. irsa-doctor check in the pod says which.",
    (
        "kubectl --namespace {namespace} exec {pod} --container irsa-doctor -- irsa-doctor check",
        "kubectl --namespace {namespace} get serviceaccount {service_account} --output yaml",
    ),
)
NO_CREDENTIALS_IN_CHAIN = Fault(
    "IRSA809",
    "no-credentials-in-chain",
    _E,
    "the SDK found no credentials at all",
    "Give the pod web identity: annotate service account {service_account} with the role's ARN and recreate the "
    "pod. Where the pod has AWS_ROLE_ARN and AWS_WEB_IDENTITY_TOKEN_FILE already, its SDK is too old or lacks its "
    "STS module.",
    (
        "kubectl --namespace {namespace} get serviceaccount {service_account} --output yaml",
        (
            "kubectl --namespace {namespace} annotate --overwrite serviceaccount {service_account} "
            "eks.amazonaws.com/role-arn={role_arn}"
        ),
        "kubectl --namespace {namespace} delete pod {pod}",
    ),
)
PERMISSIONS_POLICY_DENIED = Fault(
    "IRSA810",
    "permissions-policy-denied",
    _E,
    "the role lacks the permission; IRSA itself works",
    "Allow the action that the error names in a policy of role {role_name}; a permissions boundary or an "
    "organization's policy can deny it as well.",
    (
        "aws iam simulate-principal-policy --policy-source-arn {role_arn} --action-names ACTION",
        "aws iam attach-role-policy --role-name {role_name} --policy-arn POLICY_ARN",
    ),
)
POD_IDENTITY_ERROR = Fault(
    "IRSA811",
    "pod-identity-error",
    _E,
    "EKS Pod Identity gave no credentials",
    "Look whether the Pod Identity agent runs on the pod's node, and whether service account {service_account} in "
    "namespace {namespace} has an association.",
    (
        (
            "kubectl --namespace kube-system get pods --selector app.kubernetes.io/name=eks-pod-identity-agent "
            "--output wide"
        ),
        (
            "aws eks list-pod-identity-associations --region {region} --cluster-name CLUSTER --namespace "
            "{namespace} --service-account {service_account}"
        ),
    ),
)
IMDS_UNREACHABLE = Fault(
    "IRSA812",
    "imds-unreachable",
    _E,
    "the SDK asks the instance metadata service and gets no answer",
    "Give the pod web identity: the SDK got as far as the node's metadata only because it found none. Annotate "
    "service account {service_account} with the role's ARN and recreate the pod.",
    (
        "kubectl --namespace {namespace} get serviceaccount {service_account} --output yaml",
        (
            "kubectl --namespace {namespace} annotate --overwrite serviceaccount {service_account} "
            "eks.amazonaws.com/role-arn={role_arn}"
        ),
        "kubectl --namespace {namespace} delete pod {pod}",
    ),
)
SESSION_CREDENTIALS_EXPIRED = Fault(
    "IRSA813",
    "session-credentials-expired",
    _E,
    "the session's credentials have expired",
    "Let the SDK renew its credentials: make one client and keep it, and do not copy keys out of it into variables, "
    "files or other processes. A restart helps until the next expiry.",
    (
        (
            "kubectl --namespace {namespace} set env {workload} AWS_ACCESS_KEY_ID- AWS_SECRET_ACCESS_KEY- "
            "AWS_SESSION_TOKEN-"
        ),
        "kubectl --namespace {namespace} delete pod {pod}",
    ),
)
STATIC_CREDENTIALS_INVALID = Fault(
    "IRSA814",
    "static-credentials-invalid",
    _E,
    "the keys in use are not valid",
    "Remove the static keys from the container, so that web identity is used: they were deleted, made inactive, or "
    "are of another partition. What comes from envFrom has to be taken out of that Secret.",
    (
        "kubectl --namespace {namespace} set env {workload} --list",
        (
            "kubectl --namespace {namespace} set env {workload} AWS_ACCESS_KEY_ID- AWS_SECRET_ACCESS_KEY- "
            "AWS_SESSION_TOKEN-"
        ),
    ),
)
GLOBAL_TOKEN_IN_OPT_IN_REGION = Fault(
    "IRSA815",
    "global-token-in-opt-in-region",
    _E,
    "credentials of the global endpoint are not valid in an opt-in region",
    "Use the regional STS endpoint: its credentials are valid in every region. Set both region variables, and take "
    "away a custom endpoint URL that names sts.amazonaws.com. An account whose global endpoint gives tokens of "
    "version 2 does not have this fault.",
    (
        (
            "kubectl --namespace {namespace} set env {workload} AWS_STS_REGIONAL_ENDPOINTS=regional "
            "AWS_REGION={region} AWS_DEFAULT_REGION={region}"
        ),
        "aws iam get-account-summary --query SummaryMap.GlobalEndpointTokenVersion",
    ),
)
CREDENTIALS_TIMEOUT = Fault(
    "IRSA816",
    "credentials-timeout",
    _E,
    "getting credentials was cancelled before it ended",
    "Find the hop that is slow: irsa-doctor check in the pod times each. Then give the workload's own deadline more "
    "time, or mend the hop.",
    ("kubectl --namespace {namespace} exec {pod} --container irsa-doctor -- irsa-doctor check",),
)
WEBIDENTITY_FAILED_UNKNOWN = Fault(
    "IRSA817",
    "webidentity-failed-unknown",
    _E,
    "web identity failed and the text hides why",
    "Make the exchange where its answer can be seen: irsa-doctor check in the pod names the cause.",
    ("kubectl --namespace {namespace} exec {pod} --container irsa-doctor -- irsa-doctor check",),
)

CONTAINER_SKIPPED = Fault(
    "IRSA818",
    "container-skipped",
    _W,
    "the pod keeps the EKS webhook from a container",
    "Remove the {by} from the pod's template, where {container} should have IRSA: the webhook passes it over.",
    ("kubectl --namespace {namespace} get pod {pod} --output yaml",),
)
SIDECAR_BLOCKS_COMPLETION = Fault(
    "IRSA819",
    "sidecar-blocks-completion",
    _W,
    "the Job will not complete: irsa-doctor watch runs in it as an ordinary container",
    "Make the container {container} a native sidecar (an init container with restartPolicy: Always; Kubernetes 1.29), "
    "or run check as an init container: a Job completes only when all its ordinary containers have ended.",
    ("kubectl --namespace {namespace} get pod {pod} --output yaml",),
)
POD_IDENTITY_NOT_USED = Fault(
    "IRSA820",
    "pod-identity-not-used",
    _E,
    "the pod is meant for EKS Pod Identity, and SDKs in it would not use that",
    "Give service account {service_account} in namespace {namespace} an association where it has none, take what "
    "comes before Pod Identity out of the pod's manifest, and recreate the pod: the webhook acts only when a pod is "
    "created.",
    (
        (
            "aws eks list-pod-identity-associations --region {region} --cluster-name CLUSTER --namespace "
            "{namespace} --service-account {service_account}"
        ),
        (
            "aws eks create-pod-identity-association --region {region} --cluster-name CLUSTER --namespace {namespace} "
            "--service-account {service_account} --role-arn ROLE_ARN"
        ),
        "kubectl --namespace {namespace} set env {workload} --list",
        "kubectl --namespace {namespace} delete pod {pod}",
    ),
)
POD_IDENTITY_CONFIG_INVALID = Fault(
    "IRSA821",
    "pod-identity-config-invalid",
    _E,
    "the variables of EKS Pod Identity do not lead to its agent",
    "Leave AWS_CONTAINER_CREDENTIALS_FULL_URI and AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE to EKS, which sets both: take "
    "every AWS_CONTAINER_ variable out of the pod's manifest and recreate the pod.",
    (
        "kubectl --namespace {namespace} set env {workload} --list",
        "kubectl --namespace {namespace} delete pod {pod}",
    ),
)
POD_IDENTITY_TOKEN_UNUSABLE = Fault(
    "IRSA822",
    "pod-identity-token-unusable",
    _E,
    "the token for the agent of EKS Pod Identity cannot be used",
    "Recreate the pod, so that EKS mounts the projected volume eks-pod-identity-token anew. Where the user may not "
    "read it, set the pod's securityContext.fsGroup.",
    (
        "kubectl --namespace {namespace} get pod {pod} --output yaml",
        "kubectl --namespace {namespace} delete pod {pod}",
    ),
)
POD_IDENTITY_AGENT_UNAVAILABLE = Fault(
    "IRSA823",
    "pod-identity-agent-unavailable",
    _E,
    "the agent of EKS Pod Identity cannot be reached, or cannot answer now",
    "Look whether the agent runs on the pod's node and reaches EKS Auth: it is an add-on with a DaemonSet, for Linux "
    "on EC2, and built into EKS Auto Mode. Let the pod reach the agent's address on port 80: network policies and the "
    "proxies of a mesh stand in the way.",
    (
        "kubectl --namespace kube-system get daemonset eks-pod-identity-agent",
        (
            "kubectl --namespace kube-system get pods --selector app.kubernetes.io/name=eks-pod-identity-agent "
            "--output wide"
        ),
        "kubectl --namespace kube-system logs --selector app.kubernetes.io/name=eks-pod-identity-agent --tail=50",
        "aws eks describe-addon --region {region} --cluster-name CLUSTER --addon-name eks-pod-identity-agent",
    ),
    transient=True,
)
POD_IDENTITY_ASSOCIATION_MISSING = Fault(
    "IRSA824",
    "pod-identity-association-missing",
    _E,
    "EKS knows no Pod Identity association for the pod's service account",
    "Create the association of service account {service_account} in namespace {namespace}. A new one takes some "
    "seconds to be known.",
    (
        (
            "aws eks list-pod-identity-associations --region {region} --cluster-name CLUSTER --namespace "
            "{namespace} --service-account {service_account}"
        ),
        (
            "aws eks create-pod-identity-association --region {region} --cluster-name CLUSTER --namespace {namespace} "
            "--service-account {service_account} --role-arn ROLE_ARN"
        ),
    ),
    transient=True,
)
POD_IDENTITY_ROLE_REFUSED = Fault(
    "IRSA825",
    "pod-identity-role-refused",
    _E,
    "EKS may not assume the role of the Pod Identity association",
    "Let the role's trust policy allow pods.eks.amazonaws.com both sts:AssumeRole and sts:TagSession. Look at its "
    "conditions on aws:RequestTag, too, and whether the role still exists. The last command replaces the whole policy: "
    "keep the statements that others need.",
    (
        (
            "aws eks list-pod-identity-associations --region {region} --cluster-name CLUSTER --namespace "
            "{namespace} --service-account {service_account}"
        ),
        (
            "aws eks describe-pod-identity-association --region {region} --cluster-name CLUSTER --association-id "
            "ASSOCIATION_ID --query association.roleArn"
        ),
        "aws iam get-role --role-name ROLE_NAME --query Role.AssumeRolePolicyDocument",
        (
            "aws iam update-assume-role-policy --role-name ROLE_NAME --policy-document "
            """\'{{"Version": "2012-10-17", "Statement": [{{"Effect": "Allow", "Principal": {{"Service": """
            """"pods.eks.amazonaws.com"}}, "Action": ["sts:AssumeRole", "sts:TagSession"]}}]}}\'"""
        ),
    ),
    transient=True,
)

# ---- 9xx: the clock

CLOCK_SKEW = Fault(
    "IRSA901",
    "clock-skew",
    _W,
    "this pod's clock differs from STS's",
    "Set the node's clock right (chrony, or Amazon Time Sync): requests are signed with its time. The first command "
    "says which node, the second shows its time.",
    (
        "kubectl --namespace {namespace} get pod {pod} --output wide",
        "kubectl debug node/NODE -it --image=busybox -- date -u",
    ),
)

ALL: tuple[Fault, ...] = tuple(value for value in tuple(vars().values()) if isinstance(value, Fault))
BY_NAME = {fault.name: fault for fault in ALL}

UNREACHED = (STS_DNS, STS_REFUSED, STS_TIMEOUT, STS_CONNECTION_RESET, STS_TLS_UNTRUSTED, PROXY_ERROR)
"""What STS's silence states: it was asked, and not reached."""
