"""What SDKs, and tools built on them, say when credentials for AWS fail: a table of wordings. Pure.

The words are matched in folded text: lower case, white space folded, escapes undone. ``company`` is what must stand
near them before they count, where the words alone could be about anything.
"""

import re
from typing import NamedTuple

from sidecar import faults
from sidecar.model import Fault


class Wording(NamedTuple):
    """A row: text that holds ``words``, and near them ``company`` if that is given, shows ``fault``."""

    fault: Fault
    words: re.Pattern[str]
    company: re.Pattern[str] | None = None


NEAR_AWS: re.Pattern[str] = re.compile(
    r"amazon|api\.aws\b|\baws|botocore|boto3|\barn:|\bsts\b|\bs3a?\b|\bec2|\beks\b|awssdk|webidentity|imds\b|smithy|"
    r"operation error|api error|when calling the|assumerole|\becr\b|dynamodb|route ?53|mountpoint|sigv4|signv4|kinesis|"
    r"status code: \d{3}, (?:request|host) id|cloudwatch|\bsqs\b|\bsns\b|secretsmanager|irsa\b|terraform|packer"
)
"""What makes a text one about AWS."""


def _rows(fault: Fault, company: str | re.Pattern[str] | None, *words: str) -> Wording:
    near = re.compile(company) if isinstance(company, str) else company
    return Wording(fault, re.compile("|".join(words)), near)


# ------------------------------------------------------------------------------------------------------------ files

_GAP = r".{0,120}?"
# Where a web identity token is mounted: the webhook's path, OpenShift's, and names that say so.
_MOUNT = (
    r"(?<!pods\.)(?:eks\.amazonaws\.com|openshift|sts\.amazonaws\.com|(?<![\w.])aws[\w.-]*|[\w.-]*web-?identity[\w.-]*|"
    r"irsa[\w.-]*)/(?:serviceaccount|[\w./-]{0,40}token\b)"
)
_ANY_TOKEN = r"/[\w./@-]{0,120}token[\w-]*"
_OF_WEB_IDENTITY = (
    r"web.?identity|tokenfile|token file|irsa|assumerole|assume_role|credential-provider-web|jwt from provide|"
    r"aws_role_arn"
)
_GONE = (
    r"(?:no such file or directory|\benoent\b|could not find (?:file|a part of the path)|cannot find the (?:file|path)|"
    r"does not exist|filenotfound\w*|nosuchfileexception|not found|doesn't exist)"
)
_SHUT = (
    r"(?:permission denied|\beacces\b|access to the path|accessdeniedexception: /|is a directory|\beisdir\b|"
    r"operation not permitted|\beperm\b|not a regular file|access is denied|access denied \(\"java\.io\.filepermission|"
    r"too many (?:levels of )?symbolic links|\beloop\b|unauthorizedaccessexception|not readable|unreadable)"
)

_FILES = (
    _rows(
        faults.TOKEN_FILE_MISSING,
        None,
        rf"{_MOUNT}{_GAP}{_GONE}",
        rf"{_GONE}{_GAP}{_MOUNT}",
        r"unable to locate specified web identity token file",
        r"web.?identity.?token.?file\S* (?:does not exist|not found|doesn't exist)",
        r"failed to read webidentitytoken from",
    ),
    _rows(
        faults.TOKEN_FILE_MISSING,
        _OF_WEB_IDENTITY,
        rf"{_GONE}{_GAP}{_ANY_TOKEN}",
        rf"{_ANY_TOKEN}\S*{_GAP}{_GONE}",
    ),
    _rows(
        faults.TOKEN_FILE_MISSING,
        None,
        r"web_?identity_?token(?:file)?\b(?:(?!caused|operation error).){0,120}no such file or directory",
    ),
    _rows(
        faults.TOKEN_FILE_UNREADABLE,
        None,
        rf"{_MOUNT}{_GAP}{_SHUT}",
        rf"{_SHUT}{_GAP}{_MOUNT}",
        r"unreadable tokenfile",
        r"unable to read (?:a |the )?web identity token",
        r"(?:can't|can ?not|could not|unable to|failed to) (?:open|read) (?:the )?(?:web ?identi(?:ty|fy) ?)?token ?file",
        r"error reading webidentitytokenfile",
        r"\[webidentitytoken\] must be a string .{0,80}found bool\(false\)",
        r"web_?identity_?token(?:file)?\b(?:(?!caused|operation error).){0,120}(?:permission denied|is a directory)",
    ),
    _rows(
        faults.TOKEN_FILE_UNREADABLE,
        _OF_WEB_IDENTITY,
        rf"{_SHUT}{_GAP}{_ANY_TOKEN}",
        rf"{_ANY_TOKEN}\S*{_GAP}{_SHUT}",
        r"\beisdir\b",
    ),
    _rows(
        faults.TOKEN_EMPTY,
        None,
        r"(?:invalid length|minimum field size of \d+).{0,40}webidentitytoken, value: 0",
        r"minimum field size of \d+, \w*\.?webidentitytoken",
        r"value (?:at |'' at )'webidentitytoken' failed to satisfy constraint: member must have length (?:greater|between)",
        r"web ?identity ?token ?(?:file)?\S* (?:is|was) empty",
        r"empty (?:web identity )?token file",
    ),
    _rows(
        faults.TOKEN_EMPTY,
        _OF_WEB_IDENTITY + "|" + _MOUNT,
        r"\btoken(?: file)?\S* (?:is|was) empty",
        r"file is empty\b",
    ),
)  # fmt: skip

# --------------------------------------------------------------------------------------------------------- settings

_SETTINGS = (
    _rows(
        faults.WEBIDENTITY_CONFIG_INCOMPLETE,
        None,
        r"configured to assume role with web identity but has no role arn",
        r"\brole arn is not set\b",
        r"\btoken file path is not set\b",
        r"credential type web_identity_token_file requires role_arn",
        r"aws_role_arn\W{0,3} (?:environment variable )?must be set",
        r"environment variables? aws_role_arn (?:must be|is not) set",
        r"role_?arn (?:is required|must be specified|must be set|is missing|required) .{0,40}web.?identity",
        r"rolearn must be specified to use sts assumerole web identity",
        r"assume_role_with_web_identity[\w.]*\.0\.(?:web_identity_token_file|role_arn)\S* ?:? ?(?:one of|.{0,60}required)",
        r"both aws_role_arn and aws_web_identity_token_file",
        r"partial credentials found in (?:[\w-]*web-identity|assume-role)",
        r"web.?identity (?:configuration|config|settings) (?:is |are )?incomplete",
        r"invalid length for parameter rolearn, value: 0",
        r"role arn must be specified\. \(parameter 'rolearn'\)",
        r"the role ?arn must be specified.{0,120}webidentity",
    ),
    _rows(
        faults.WEBIDENTITY_CONFIG_INCOMPLETE,
        r"^(?!.*failed to resolve aws credentials)(?!.*exception \d of \d)",
        r"the webidentitytokenfile must be an absolute path",
    ),
    _rows(
        faults.AWS_PROFILE_INVALID,
        None,
        r"the config profile \([^)]{0,100}\) could not be found",
        r"failed to get (?:shared config )?profile, \w",
        r"sharedconfigprofilenotexist",
        r"unable to parse config file",
        r"sharedconfigload(?:error)?: failed to load config file",
        r"failed to load shared config",
        r"the source_?profile .{0,80}(?:must have credentials|does not exist)",
        r"infinite loop in credential configuration",
        r"could not resolve credentials using profile",
        r"no aws profile named",
        r"nosuchprofileerror",
        r"the specified config file \([^)]{0,100}\) could not be found",
    ),
    _rows(
        faults.AWS_PROFILE_INVALID,
        NEAR_AWS,
        r"profile \W?(?!default\b)[\w.-]+\W{0,3}(?: could not be found| was not found| not found| does not exist| is not configured)",
        r"could not find (?:the )?(?:aws )?profile \W?(?!default\b)\w",
        r"unable to (?:find|load) (?:the )?(?:aws )?\W?(?!default\b)[\w.-]+\W? profile",
        r"(?:unable|failed) to parse (?:the )?(?:aws )?(?:shared )?(?:config|credentials)(?:uration)? file",
        r"configparseerror",
    ),
    _rows(
        faults.STS_ENDPOINT_SETTING_INVALID,
        None,
        r"sts regional endpoints option",
        r"invalidstsregionalendpoints",
        r"(?:resolve the value of )?stsregionalendpoint for ",
        r"sts_?regional_?endpoints?\b.{0,60}(?:invalid|must be|expected|unknown|not valid|unrecogni[sz]ed)",
        r"(?:invalid|unknown|unrecogni[sz]ed) (?:value|configuration|setting|option).{0,40}sts_?regional_?endpoint",
        r"invalid endpoint: (?!\S*\.\.amazonaws)\S*\bsts\b",
        r"aws_endpoint_url(?:_sts)?\S* .{0,40}(?:invalid|malformed|not a valid)",
        r"credential should be scoped to a valid region",
    ),
    _rows(faults.STS_ENDPOINT_SETTING_INVALID, r"\bsts\b|web.?identity", r"err_invalid_url|typeerror.{0,10}: invalid url"),
    _rows(
        faults.REGION_INVALID,
        None,
        r"provided region_name .{0,80}doesn't match a supported format",
        r"region not accepted: region=",
        r"invalid aws region",
        r"not a valid aws region",
        r"not a valid region: \S",
        r"invalid configuration: (?:the )?region\b.{0,60}(?:invalid|not valid)",
    ),
    _rows(
        faults.REGION_INVALID,
        NEAR_AWS,
        r"invalidregion(?:error)?\b",
        r"unknown region: \S+",
        r"invalid region(?: name| provided| specified)?:? ['\"`]?[\w.-]+",
        r"region .{0,40}is not a valid (?:hostname component|host label|region|dns)",
        r"\bis not a valid region\b",
        r"malformed region",
        r"the (?:provided|specified) region .{0,40} (?:invalid|not valid|does not exist)",
        r"invalid value for region",
        r"input region .{0,60} is not a valid",
    ),
    _rows(
        faults.REGION_MISSING,
        None,
        r"\byou must specify a region\b",
        r"missingregion(?:error)?\b",
        r"could not find region configuration",
        r"an aws region is required, but was not found",
        r"unable to (?:load|find) (?:a |an aws )?region (?:from|via|information)",
        r"error: (?:region is missing|missing region in config)",
        r"invalid configuration: missing region",
        r"no region ?endpoint or service ?url configured",
        r"missing (?:required )?(?:keyword|option):? :?region",
        r"missing required client configuration options: region",
        r"\"region\" configuration value is required",
        r"region: ?\"\", known",
        r"a region must be set when sending requests",
        r"\bnoregionerror\b",
        r"must provide an explicit region",
        r"invalid endpoint: https?://[\w-]+\.\.amazonaws",
        r"missing region; use :region option",
        r"input required and not supplied: aws-region",
    ),
    _rows(
        faults.REGION_MISSING,
        NEAR_AWS,
        r"region is missing",
        r"missing region in config",
        r"(?:a |aws |the )?region must be (?:specified|set|provided|configured)",
        r"no (?:aws )?region (?:was |is |has been )?(?:set|configured|found|specified|provided|given)",
        r"failed to (?:get|load|find|determine|resolve) (?:the )?(?:aws )?region(?! from imds)\b",
        r"region (?:is )?(?:required|not set|not specified|not configured|not provided)\b",
        r"the argument \"region\" is required",
        r"(?:unable to|could not|couldn't|cannot) (?:determine|resolve|load|find|detect) (?:the |an? )?(?:aws )?region\b",
        r"region cannot be (?:empty|null|blank)",
    ),
    _rows(faults.REGION_DISABLED, None, r"sts is not activated in this region"),
    _rows(faults.PROXY_ERROR, None, r"failed to connect to proxy url"),
    _rows(
        faults.IRSA_ENV_NOT_INJECTED,
        None,
        r"either the environment variable aws_web_identity_token_file .{0,80}must be set",
        r"you must specify a value for rolearn and rolesessionname",
        r"missing :?web_identity_token_file parameter",
        r"missingwebidentitytokenfile",
        r"aws_web_identity_token_file\W{1,3}(?:environment variable )?(?:(?:was|is) (?:not set|missing|empty|unset)|must be set)",
        r"environment variable aws_web_identity_token_file (?:(?:is|was) not set|missing|required)",
        r"required field \W?(?:rolearn|webidentitytokenfilepath)\W? could not be automatically inferred",
        r"token file must be specified to use sts assumerole web identity",
        r"web identity configuration not specified",
        r"failed to resolve token_?path either from env",
    ),
    _rows(
        faults.SERVICE_ACCOUNT_NOT_ANNOTATED,
        None,
        r"iam role must be associated with service account",
        r"(?:service ?account|\bsa\b) .{0,80}(?:has no|does not have|missing|without|lacks|is not annotated with|not annotated).{0,40}"
        r"(?:eks\.amazonaws\.com/role-arn|iam role|role-arn|role arn)",
        r"no (?:iam )?role (?:arn )?(?:annotation|associated|annotated).{0,40}service ?account",
        r"annotation eks\.amazonaws\.com/role-arn (?:is )?(?:missing|not found|not set)",
    ),
)  # fmt: skip

# ------------------------------------------------------------------------------------------------------------- SDKs

_SDKS = (
    _rows(
        faults.SDK_MODULE_MISSING,
        None,
        r"(?:service )?module must be on the class ?path",
        r"assembly awssdk\.securitytoken could not be",
        r"could not load file or assembly '?awssdk\.securitytoken",
        r"(?:noclassdeffounderror|classnotfoundexception):? \S*(?:services[./]sts|securitytoken)",
        r"cannot find (?:module|package) '@?(?:aws-sdk/(?:client-)?sts|aws-sdk/credential-provider-web-identity)",
        r"awssdk\.(?:securitytoken|sso\w*) (?:assembly|nuget|package)?.{0,40}(?:missing|not found|not be found|required)",
    ),
    _rows(
        faults.SDK_TOO_OLD,
        None,
        r"minimum version of the (?:\w+ )?(?:aws )?sdk",
        r"(?:does not|doesn't|do not) (?:support|know|recogni[sz]e) (?:assumerolewithwebidentity|web.?identity|"
        r"iam roles for service accounts|irsa\b|aws_web_identity_token_file)",
        r"(?:sdk|boto3|botocore|aws[- ]cli|version)\b.{0,80}(?:too old|older than|below|predates|outdated|before support).{0,80}"
        r"(?:web.?identity|irsa\b|iam roles for service accounts)",
        r"(?:web.?identity|irsa\b|iam roles for service accounts)\b.{0,80}(?:requires?|needs?|supported (?:since|from|starting)|"
        r"not supported (?:by|in|until)|unsupported).{0,50}(?:version|sdk|boto|cli|newer|or later|\d+\.\d+)",
        r"(?:unsupported|unknown|unrecogni[sz]ed) (?:config(?:uration)? )?(?:key|option|parameter|property):? .{0,10}web_identity_token_file",
        r"has no attribute 'assume_role_with_web_identity'",
        r"assumerolewithwebidentity is not a function",
        r"undefined method `?assume_role_with_web_identity",
    ),
)  # fmt: skip

# ------------------------------------------------------------------------------------------- the credentials in use

_NOT_AUTHORIZED = r"(?:is|are) not authori[sz]ed to perform:?"
_NODE = r":assumed-role/[\w+=,.@-]+/i-[0-9a-f]{6,}\b"
_OPT_IN = r"(?:af-south|ap-east|ap-south-2|ap-southeast-[3-7]|ca-west|eu-central-2|eu-south|il-central|\bme-(?:south|central)|mx-central)"

_IN_USE = (
    _rows(faults.TRUST_POLICY_DENIED, None, rf"{_NOT_AUTHORIZED} sts:assumerolewithweb"),
    _rows(
        faults.NODE_ROLE_FALLBACK,
        None,
        rf"{_NODE}.{{0,60}}?{_NOT_AUTHORIZED}",
        rf"\"userid\": ?\"\w+:i-[0-9a-f]{{6,}}\".{{0,160}}\"arn\": ?\"[^\"]{{0,160}}{_NODE}",
        r"(?:caller identity|get-?caller-?identity|running as|current identity|using identity|identity:|identity is|whoami)"
        rf".{{0,120}}?{_NODE}",
    ),
    _rows(
        faults.PERMISSIONS_POLICY_DENIED,
        None,
        rf"\barn:[\w-]+:(?:sts|iam)::\d*\**:(?:assumed-role/[\w+=,.@/-]+|user/\S+|federated-user/\S+|root)\W{{1,4}}{_NOT_AUTHORIZED} [\w-]+:",
    ),
    _rows(
        faults.PERMISSIONS_POLICY_DENIED,
        NEAR_AWS,
        r"unauthorizedoperation\b",
        r"you are not authorized to perform this operation",
        r"(?:accessdenied(?:exception)?|authorizationerror(?:exception)?)\) when calling the (?!assumerolewith)\w+ operation",
        r"an error occurred \((?:403|forbidden)\) when calling the",
        r"statuscode: 403, .{0,160}?(?:accessdenied(?:exception)?|forbidden|authorizationerror)\b",
        r"error code: (?:accessdenied(?:exception)?|403 forbidden)\b",
        r"aws::(?!sts)\w+::errors::(?:accessdenied|forbidden|http403)",
        r"aws error access_denied during",
        r"accessdenied(?:exception)? \(client\)",
        r"no identity-based policy allows",
        r"failed to call [\w-]+:\w+ due to missing permissions",
        r"explicit deny in an? [\w-]+ policy",
        r"(?:services|amazon)\.(?!sts|securitytoken)\w+\.(?:model\.)?\w*exception: (?:access denied|user: arn:|forbidden)",
        r"accessdenied(?:exception)?: (?:access denied|user: arn)",
        r"not authori[sz]ed to perform: (?!sts:assumerolewith)[\w-]+:\w+",
        r"server\W{1,6}amazons3.{0,400}?status: 403",
        r"status: 403.{0,400}?server\W{1,6}amazons3",
        r"<code> ?accessdenied ?</code> ?<message> ?access denied",
        r"kms\b.{0,60}accessdeniedexception",
    ),
    _rows(faults.TOKEN_EXPIRED, None, r"token expired: current date/time", r"\btoken too old: \d"),
    _rows(
        faults.SESSION_CREDENTIALS_EXPIRED,
        None,
        r"security token included in the request is expired",
        r"the provided token has expired",
        r"refreshed credentials are still expired",
        r"expiredtoken(?:exception)?\) when calling the (?!assumerolewithweb)",
        r"the sso session .{0,80}has expired",
        r"aws.?expired.?token",
    ),
    _rows(
        faults.SESSION_CREDENTIALS_EXPIRED,
        NEAR_AWS,
        r"requestexpired\b",
        r"(?<![\w-])request has expired",
        r"(?:temporary |session |aws |profile's )credentials (?:have|are|has) expired",
        r"session token .{0,30}expired",
        r"sso.{0,30}token has expired",
    ),
    _rows(
        faults.CLOCK_SKEW,
        None,
        r"signature expired: ",
        r"signature not yet current",
        r"requesttimetooskewed",
        r"difference between the request time and the (?:current|server'?s?) time is too large",
    ),
    _rows(faults.GLOBAL_TOKEN_IN_OPT_IN_REGION, _OPT_IN, r"provided token is malformed or otherwise invalid"),
    _rows(
        faults.STATIC_CREDENTIALS_INVALID,
        None,
        r"security token included in the request is invalid",
        r"invalidclienttokenid",
        r"unrecognizedclientexception",
        r"aws access key id you provided does not exist",
        r"not able to validate the provided access credentials",
        r"provided token is malformed or otherwise invalid",
        r"partial credentials found in (?:env|shared|config)",
    ),
    _rows(
        faults.STATIC_CREDENTIALS_INVALID,
        NEAR_AWS,
        r"\bauthfailure\b",
        r"invalidaccesskeyid",
        r"signaturedoesnotmatch",
        r"request signature we calculated does not match",
        r"incompletesignature",
    ),
    _rows(
        faults.ROLE_NOT_FOUND,
        None,
        r"role with name \S+ (?:can ?not|could not) be found",
        r"nosuchentity\w*\b.{0,80}\brole\b.{0,60}(?:not|cannot) be? ?(?:found|exist)",
    ),
)  # fmt: skip

# ---------------------------------------------------------------------------------------- the other ways, and no way

_FAILED = (
    r"\berr(?:or)?s?\b|fail|denied|refused|exception|unable|invalid|unauthori|not found|could ?n(?:o|')t|timed? ?-?out|"
    r"no such|not refer|expired|not allowed|rejected|unexpected|is not a valid|status code [45]\d\d|only loopback|only host"
)

_OTHER_WAYS = (
    _rows(
        faults.POD_IDENTITY_ERROR,
        _FAILED,
        r"169\.254\.170\.23\b",
        r"fd00:ec2::23\b",
        r"pods\.eks\.amazonaws\.com",
        r"\beks-auth\b",
        r"\beks ?auth\b",
        r"assumeroleforpodidentity",
        r"pod[ -]identity[ -]agent",
        r"eks-pod-identity",
    ),
    _rows(
        faults.POD_IDENTITY_ERROR,
        None,
        r"eks does not have permissions to assume the associated role",
        r"no association found for service ?account",
        r"failed to load credentials, : \[[\w-]+\]: \(",
        r"pod identity association .{0,60}(?:not found|does not exist|missing)",
        r"retrieving credentials from container-role",
        r"response \d+ from container metadata",
    ),
    _rows(
        faults.IMDS_UNREACHABLE,
        None,
        r"ec2 ?(?:instance )?metadata (?:service )?is (?:not available|unavailable|unreachable)",
        r"failed to make ec2metadata request.{0,20}status code: 40[13]",
        r"ec2 metadata (?:token|rolename) request returned error",
        r"(?:could not|unable to|failed to) communicate with imds",
        r"instance profile metadata (?:service|server)\.? \(?curl error (?:7|28)\b",
        r"error performing (?:put|get) http://169\.254\.169\.254",
    ),
)  # fmt: skip

_NOTHING = (
    _rows(
        faults.NO_CREDENTIALS_IN_CHAIN,
        None,
        r"unable to locate credentials",
        r"\bnocredentialserror\b",
        r"nocredentialproviders(?::|$| deprecated)",
        r"no valid providers in chain",
        r"no valid credential sources? (?:for|found)",
        r"could not load credentials from any providers",
        r"unable to (?:load|find) (?:aws )?credentials from any (?:of the )?provider",
        r"missing credentials in config",
        r"no ec2 (?:imds|instance) role found",
        r"empty ?ec2(?: imds)? ?role ?list",
        r"access disabled to ec2 imds",
        r"no aws credentials (?:provided|found|available|configured)",
        r"unable to sign request without credentials",
        r"missingcredentialserror",
        r"failed to resolve aws credentials",
        r"no identity could be resolved",
        r"no credentials in the property bag",
        r"failed to load credentials from imds",
        r"unable to get iam security credentials",
        r"error retrieving credentials from the instance profile",
        r"no providers? in (?:the )?chain provided credentials",
        r"error response received from instance metadata service",
        r"aws_auth_signing_no_credentials|sign an http request without credentials",
        r"no credentials specified or obtained from persisted/shell defaults",
        r"static credentials are empty",
        r"aws provider credentials not found",
        r"valid credentials could not be sourced",
        r"request is missing authentication token",
        r"aws_auth_credentials_provider\w*_(?:source_failure|invalid_environment)",
        r"failed to find aws iam credentials",
        r"requested metadata is not found at http://169\.254\.169\.254",
    ),
    _rows(
        faults.NO_CREDENTIALS_IN_CHAIN,
        NEAR_AWS,
        r"unable to (?:find|get|load|obtain|retrieve|resolve|locate) (?:any |valid |aws |the )*(?:security )?credentials",
        r"(?:no|missing) (?:valid )?(?:signing |aws |iam )?credentials (?:were |was |have been |has been )?(?:found|available|provided|configured)",
        r"missingcredentials\b",
        r"provider returned no credentials",
        r"could(?: not|n't) (?:find|get|load|locate|retrieve|resolve|obtain) (?:any |valid |aws |the )*credentials",
        r"(?:cannot|can't|failed to) (?:find|get|load|locate|source|obtain|retrieve|resolve) (?:any |valid |aws |iam )*credentials",
        r"no (?:aws )?credential providers?\b",
        r"cannot read credentials from",
        r"credential_?provider.{0,40}(?:failed to) (?:provide|return|source) credentials",
    ),
    _rows(
        faults.WEBIDENTITY_FAILED_UNKNOWN,
        None,
        r"webidentityerr\b",
        r"failed to assume role from web identity",
        r"operation error sts: assumerolewithwebidentity",
        r"error executing \"assumerolewithwebidentity\"",
        r"could not assume role with oidc",
        r"error (?:assuming role from|retrieving) web identity credentials",
        r"credentials could not be sourced by the sts web identity",
        r"credentials_provider_sts_web_identity_source_failure",
        r"cannot be assumed with web identity",
        r"(?:failed|unable|error|could not|couldn't|cannot) .{0,40}(?:assum\w+ (?:the )?(?:iam )?role (?:with|via|using|from) (?:a )?web ?identity|"
        r"assumerolewithwebidentity|web identity (?:credentials|provider))",
        r"assumerolewithwebidentity .{0,30}(?:failed|error)",
        r"retrieving credentials from assume-role-with-web-identity",
        r"stsassumerolewithwebidentity\w* .{0,60}(?:failed|error)",
        r"stsassumerolewebidentity\w* .{0,40}failed to get credentials from sts",
        r"provider failed to provide credentials provider=webidentitytoken",
    ),
    _rows(
        faults.CREDENTIALS_TIMEOUT,
        None,
        r"credentials? ?provider timed out",
        r"identity resolver timed out",
        r"timed out (?:while )?(?:getting|loading|retrieving|fetching|resolving) (?:aws )?credentials",
        r"time-?out .{0,30}(?:resolving|loading|getting|fetching) .{0,20}(?:credentials|identity)",
    ),
    _rows(
        faults.CREDENTIALS_TIMEOUT,
        r"get credentials|get identity|(?:retriev|request|fetch|refresh|getting|warming)\w*(?: new| cached| iam| aws)* credentials|"
        r"credentials? .{0,30}(?:request|retriev)|operation error sts|assumerole|failed to sign request",
        r"context deadline exceeded",
        r"context cancell?ed",
    ),
)  # fmt: skip

_SAID_BY_STS = (
    _rows(faults.STS_INTERNAL_FAILURE, None, r"unknown error validating third-party token"),
    _rows(
        faults.PACKED_POLICY_TOO_LARGE,
        None,
        r"serialized token too large for session",
        r"packed (?:policy )?size of (?:the )?session (?:policies|tags)",
        r"packed policy consumes",
    ),
    _rows(
        faults.IDP_COMMUNICATION,
        None,
        r"could ?n(?:o|')t communicate with (?:the )?identity provider",
        r"identity provider could not be reached",
    ),
    _rows(faults.IDP_REJECTED_CLAIM, None, r"identity provider reported that authentication failed"),
    _rows(faults.DURATION_TOO_LONG, None, r"durationseconds exceeds the 1 hour session limit"),
    _rows(
        faults.ROLE_ARN_INVALID,
        None,
        r"invalid length for parameter rolearn, value: [1-9]",
        r"at 'rolearn' failed to satisfy constraint",
        r"minimum field size of 20, assumerole\w*input\.rolearn",
    ),
    _rows(
        faults.THROTTLED,
        None,
        r"rate exceeded \(service: (?:sts|awssecuritytokenservice)\b",
    ),
    _rows(
        faults.SESSION_NAME_INVALID,
        None,
        r"invalid length for parameter rolesessionname",
        r"at 'rolesessionname' failed to satisfy constraint",
        r"minimum field size of 2, assumerole\w*input\.rolesessionname",
        r"\(parameter 'rolesessionname'\)",
    ),
    _rows(
        faults.REQUEST_INVALID,
        r"\bsts\b|securitytoken|assumerole",
        r"at '(?:providerid|policy|policyarns\S*|durationseconds|tags\S*)' failed to satisfy constraint",
    ),
    _rows(
        faults.STS_ENDPOINT_SETTING_INVALID,
        r"\bsts\b",
        r"unsupported protocol scheme",
        r"credential should be scoped to a valid region",
    ),
)

WORDINGS: tuple[Wording, ...] = (*_FILES, *_SETTINGS, *_SDKS, *_IN_USE, *_OTHER_WAYS, *_NOTHING, *_SAID_BY_STS)
"""Every row is tried; which of the faults that are shown is the cause is not decided here."""
