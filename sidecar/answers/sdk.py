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


def _row(fault: Fault, words: str, company: str | None = None) -> Wording:
    return Wording(fault, re.compile(words), None if company is None else re.compile(company))


AWS = (
    r"amazonaws|api\.aws\b|\baws|botocore|boto3|\barn:|amazon|\bsts\b|\bs3a?\b|\bec2|\beks\b|awssdk|webidentity|"
    r"operation error|api error|when calling the|assumerole|ecr\.|dynamodb|route ?53"
)
NEAR_AWS = re.compile(AWS)
"""What makes a text one about AWS."""
_WEB = (
    r"web.?identity|assume_?role_?with|invalididentitytoken|\bsts\b|assume role|oidc|"
    r"securitytoken|idp|aws_role_arn|aws\.amazon|rolearn|assuming role"
)
_NO_PERMISSION = r"(?:is|are) not authori[sz]ed to perform:?"
_TOKEN_PATH = (
    r"(?<!pods\.)(?:eks\.amazonaws\.com|openshift|sts\.amazonaws\.com|(?<![\w.])aws[\w.-]*|[\w.-]*web-?identity[\w.-]*|irsa[\w.-]*)"
    r"/(?:serviceaccount|[\w./-]{0,40}token\b)"
)
_OTHER_FILE = (
    r"web.?identity|awswebidentity|tokenfile|token file|irsa|aws_|assumerole|_web_identity_token|"
    r"credential-provider-web|jwt from provide"
)
_GONE = (
    r"no such file or directory|\benoent\b|could not find (?:file|a part of the path)|cannot find the (?:file|path)|"
    r"does not exist|filenotfound|nosuchfileexception|not found"
)
_SHUT = (
    r"permission denied|\beacces\b|access to the path|accessdeniedexception: /|is a directory|\beisdir\b|"
    r"operation not permitted|\beperm\b|not a regular file|access is denied|access denied \(\"java\.io\.filepermission|file permission denied|too many (?:levels of )?symbolic links|\beloop\b|unauthorizedaccessexception"
)
_GAP = r"[^\n]{0,240}?"
_CLOSE = r"[^\n]{0,120}?"

IDENTITY: tuple[Wording, ...] = (
    # ---- files
    _row(faults.TOKEN_FILE_MISSING, rf"(?:{_TOKEN_PATH}){_CLOSE}(?:{_GONE})"),
    _row(faults.TOKEN_FILE_MISSING, rf"(?:{_GONE}){_CLOSE}(?:{_TOKEN_PATH})"),
    _row(
        faults.TOKEN_FILE_MISSING,
        r"unable to locate specified web identity token file|web identity token file (?:does not exist|not found)|"
        r"web_?identity_?token_?file\S* (?:does not exist|not found)|unable to read web identity token file: not found",
    ),
    _row(faults.TOKEN_FILE_MISSING, rf"(?:{_GONE}){_CLOSE}/[\w./-]*token", _OTHER_FILE),
    _row(faults.TOKEN_FILE_MISSING, rf"/[\w./-]*token\S*{_CLOSE}(?:{_GONE})", _OTHER_FILE),
    _row(faults.TOKEN_FILE_UNREADABLE, rf"(?:{_TOKEN_PATH}){_CLOSE}(?:{_SHUT})"),
    _row(faults.TOKEN_FILE_UNREADABLE, rf"(?:{_SHUT}){_CLOSE}(?:{_TOKEN_PATH})"),
    _row(faults.TOKEN_FILE_UNREADABLE, rf"(?:{_SHUT}){_CLOSE}/[\w./-]*token", _OTHER_FILE),
    _row(faults.TOKEN_FILE_UNREADABLE, rf"/[\w./-]*token\S*{_CLOSE}(?:{_SHUT})", _OTHER_FILE),
    _row(faults.TOKEN_FILE_UNREADABLE, r"\beisdir\b", r"web.?identity|tokenfile|fromtokenfile"),
    _row(
        faults.TOKEN_FILE_UNREADABLE,
        r"unreadable tokenfile|can't open token file|unable to open token file|cannot open token file",
    ),
    _row(
        faults.TOKEN_EMPTY,
        r"invalid length for parameter webidentitytoken, value: 0|"
        r"(?:web.?identity )?token(?: file)?\S* (?:is|was) empty\b|empty (?:web identity )?token file",
        r"web.?identity|tokenfile|token file|eks\.amazonaws",
    ),
    _row(
        faults.TOKEN_EMPTY,
        r"value (?:at|'' at) 'webidentitytoken' failed to satisfy constraint: member must have length greater",
    ),
    # ---- settings
    _row(
        faults.WEBIDENTITY_CONFIG_INCOMPLETE,
        r"configured to assume role with web identity but has no role arn|webidentityerr: role arn is not set|"
        r"\brole arn is not set\b|token file path is not set|webidentityerr: (?:token|web identity)[\w ]* not set|"
        r"web_identity_token_file[\w.` ]*(?:must be|is) (?:specified|set) (?:when|if|together)|"
        r"environment variables? aws_role_arn (?:must be|is not) set when|"
        r"webidentity configuration incomplete|no role_arn (?:is )?specified|"
        r"web_identity_token_file specified without|role_arn is required (?:when|with) web|"
        r"missing required .{0,20}\brole_?arn\b|"
        r"assume_role_with_web_identity[\w.]*(?:\.0\.web_identity_token_file|\.0\.role_arn)\S* ?:? ?(?:one of|.{0,60}required)|"
        r"both aws_role_arn and aws_web_identity_token_file|"
        r"partial credentials found in [\w-]*web-identity|"
        r"incomplete .{0,30}web.?identity",
    ),
    _row(
        faults.WEBIDENTITY_CONFIG_INCOMPLETE,
        r"^(?:(?!failed to resolve aws credentials).)*?the webidentitytokenfile must be an absolute path|"
        r"partial credentials found in assume-role",
    ),
    _row(
        faults.AWS_PROFILE_INVALID,
        r"the config profile \([^)]*\) could not be found|failed to get (?:shared config )?profile, |"
        r"sharedconfigprofilenotexist|unable to parse config file|failed to load shared config|sharedconfigloaderror|"
        r"profile \[?['\"`]?[\w.-]+['\"`]?\]? (?:could not be found|was not found|not found|does not exist)(?= .{0,40}"
        r"(?:credentials|config|aws|shared))|no aws profile named|could not find profile named|"
        r"configparseerror|the source profile .{0,80} must have credentials|"
        r"the source_profile .{0,80}does not exist|infinite loop in credential configuration|"
        r"could not resolve credentials using profile|profile .{0,60} is not configured|"
        r"unable to parse (?:the )?(?:aws )?(?:shared )?(?:config|credentials)(?:uration)? file|"
        r"(?:the )?aws_?profile .{0,60}(?:not found|does not exist)",
    ),
    _row(
        faults.STS_ENDPOINT_SETTING_INVALID,
        r"sts regional endpoints option|invalidstsregionalendpoints|stsregionalendpoint for |"
        r"unable to resolve the value of stsregionalendpoint|invalid (?:value|configuration).{0,40}sts_?regional_?endpoints|"
        r"sts_regional_endpoints.{0,60}(?:invalid|must be|expected|unknown|not valid)|"
        r"stsregionalendpoints.{0,60}(?:invalid|must be|expected|unknown|not valid)|"
        r"invalid endpoint: \S*sts|aws_endpoint_url(?:_sts)?\S* .{0,40}(?:invalid|malformed|not a valid)",
    ),
    _row(faults.STS_ENDPOINT_SETTING_INVALID, r"err_invalid_url|typeerror.{0,10}: invalid url", r"sts|web.?identity"),
    _row(
        faults.REGION_INVALID,
        r"invalidregion(?:error)?\b|"
        r"invalid aws region|unknown region: \S+|invalid region(?: name)?:? ['\"]?[\w.-]+|"
        r"\S+ is not a valid aws region|invalid configuration: .{0,40}region .{0,30}not valid|"
        r"invalid configuration: region|region .{0,40}is not a valid (?:hostname component|host label)|"
        r"malformed region|is not a valid region|the provided region .{0,40} (?:invalid|not valid)|"
        r"invalid value for region|input region .{0,60} is not a valid",
        AWS,
    ),
    _row(
        faults.REGION_INVALID,
        r"provided region_name .{0,80}doesn't match a supported format|region not accepted: region=",
    ),
    _row(faults.STS_ENDPOINT_SETTING_INVALID, r"credential should be scoped to a valid region"),
    _row(faults.PROXY_ERROR, r"failed to connect to proxy url"),
    _row(
        faults.IRSA_ENV_NOT_INJECTED,
        r"either the environment variable aws_web_identity_token_file .{0,80}must be set|"
        r"you must specify a value for rolearn and rolesessionname|"
        r"missing :?web_identity_token_file parameter|missingwebidentitytokenfile|"
        r"aws_web_identity_token_file\W{1,3}(?:environment variable )?(?:was |is |must be )(?:not )?(?:set|missing|empty)|"
        r"environment variable aws_web_identity_token_file (?:is |was )?(?:not set|missing|required)|"
        r"required field `?(?:rolearn|webidentitytokenfilepath)`? could not be automatically inferred",
    ),
    _row(faults.REGION_DISABLED, r"sts is not activated in this region"),
    _row(faults.STS_INTERNAL_FAILURE, r"unknown error validating third-party token"),
    _row(
        faults.PACKED_POLICY_TOO_LARGE,
        r"serialized token too large for session|packed (?:policy )?size of (?:the )?session (?:policies|tags)|packed policy consumes",
    ),
    _row(faults.IDP_COMMUNICATION, r"could ?n(?:o|')t communicate with (?:the )?identity provider|identity provider could not be reached"),
    _row(
        faults.REGION_MISSING,
        r"you must specify a region|missingregion\b|could not find region configuration|"
        r"unable to (?:load|find) (?:a |an aws )?region (?:from|via|information)|region is missing|"
        r"invalid configuration: missing region|missing region in config|configerror: missing region|"
        r"no region ?endpoint or serviceurl configured|no regionendpoint or serviceurl|"
        r"missing required option :region|missing required client configuration options: region|"
        r'region: ?"", known|a region must be set when sending requests|region must be (?:specified|set|provided)|'
        r"missing_region|no region (?:was |is )?(?:set|configured|found|specified|provided)|failed to (?:get|load|find|determine) (?:aws )?region(?! from imds)|"
        r"region (?:is )?(?:required|not set|not specified|not configured|not found)\b|"
        r"missing required argument.{0,60}region|aws::errors::missingregionerror|noregionerror|"
        r"unable to (?:determine|resolve|load|find) (?:the |an? )?(?:aws )?region|"
        r"a region must be specified|must provide an explicit region|region cannot be (?:empty|null|blank)|"
        r"could not (?:determine|resolve|load|find) (?:the |an? )?(?:aws )?region",
        AWS,
    ),
    # ---- SDKs
    _row(
        faults.SDK_MODULE_MISSING,
        r"service module must be on the class ?path|sts module must be on the class ?path|"
        r"assembly awssdk\.securitytoken could not be|could not load file or assembly 'awssdk\.securitytoken|"
        r"(?:noclassdeffounderror|classnotfoundexception):? \S*(?:services[./]sts|securitytoken)|"
        r"cannot find module '@?(?:aws-sdk/(?:client-)?sts|aws-sdk/credential-provider-web-identity)|"
        r"awssdk\.securitytoken (?:assembly|nuget|package) .{0,40}(?:missing|not found|required|could not)|"
        r"awssdk\.sso\w* (?:assembly|nuget|package)? ?could not be found",
    ),
    _row(
        faults.SDK_TOO_OLD,
        r"minimum version of the (?:\w+ )?(?:aws )?sdk|does not (?:support|know|recogni[sz]e) (?:assumerolewithwebidentity|web identity|"
        r"iam roles for service accounts|irsa|aws_web_identity_token_file)|"
        r"(?:sdk|boto3|botocore|aws[- ]cli|version)\b.{0,80}(?:too old|older than|below|predates|outdated|before support).{0,80}(?:web ?identity|irsa|iam roles for service accounts)|"
        r"(?:web ?identity|irsa|iam roles for service accounts)\b.{0,80}(?:requires?|needs?|supported (?:since|from|starting)|not supported (?:by|in|until)).{0,50}(?:version|sdk|boto|cli|newer|or later|\d+\.\d+)|"
        r"(?:unsupported|unknown|unrecogni[sz]ed) (?:config(?:uration)? )?(?:key|option|parameter|property):? .{0,10}web_identity_token_file|"
        r"(?:'sts'|sts)' object has no attribute 'assume_role_with_web_identity",
    ),
    _row(
        faults.SERVICE_ACCOUNT_NOT_ANNOTATED,
        r"an iam role must be associated with service account|"
        r"(?:service ?account|sa) .{0,80}(?:has no|does not have|missing|without|lacks|is not annotated with|not annotated).{0,40}"
        r"(?:eks\.amazonaws\.com/role-arn|iam role|role-arn|role arn)|"
        r"no (?:iam )?role (?:arn )?(?:annotation|associated|annotated).{0,40}service ?account",
    ),
    # ---- the identity in use
    _row(faults.TRUST_POLICY_DENIED, rf"{_NO_PERMISSION} sts:assumerolewithweb"),
    _row(faults.NODE_ROLE_FALLBACK, rf":assumed-role/[\w+=,.@-]+/i-[0-9a-f]{{6,}}\b.{{0,60}}?{_NO_PERMISSION}"),
    _row(faults.NODE_ROLE_FALLBACK, r'"userid": ?"[\w]+:i-[0-9a-f]{6,}".{0,120}"arn": ?"[^"]*:assumed-role/'),
    _row(
        faults.NODE_ROLE_FALLBACK,
        r"(?:caller identity|get-?caller-?identity|running as|current identity|using identity|identity:|assumed)"
        r".{0,120}:assumed-role/[\w+=,.@-]+/i-[0-9a-f]{6,}",
    ),
    _row(
        faults.PERMISSIONS_POLICY_DENIED,
        rf"\barn:[\w-]+:(?:sts|iam)::\d*\**:(?:assumed-role/[\w+=,.@/-]+|user/\S+|federated-user/\S+|root)\W{{1,4}}{_NO_PERMISSION} [\w-]+:",
    ),
    _row(
        faults.PERMISSIONS_POLICY_DENIED,
        r"unauthorizedoperation\b|you are not authorized to perform this operation|"
        r"(?:accessdenied(?:exception)?|authorizationerror(?:exception)?|notauthorized)\) when calling the (?!assumerolewith)\w+ operation|"
        r"an error occurred \((?:403|forbidden)\) when calling the|"
        r"statuscode: 403, .{0,160}?(?:api error )?(?:accessdenied(?:exception)?|forbidden|authorizationerror)\b|"
        r"error code: accessdenied(?:exception)?\b|aws::\w+::errors::(?:accessdenied|forbidden|http403)|"
        r"aws error access_denied during|accessdenied(?:exception)? \(client\)|"
        r"no identity-based policy allows|explicit deny in an? [\w-]+ policy|"
        r"services\.\w+\.model\.\w*exception: (?:access denied|user: arn:)|"
        r"amazon\.\w+\.\w*exception: access denied|"
        r"accessdenied(?:exception)?: (?:access denied|user: arn)|"
        r"not authori[sz]ed to perform: (?!sts:assumerolewith)[\w-]+:\w+|"
        r"server\W{1,6}amazons3.{0,400}?status: 403|status: 403.{0,400}?server\W{1,6}amazons3|"
        r"kms\W.{0,60}accessdeniedexception|<code> ?accessdenied ?</code> ?<message> ?access denied",
        AWS,
    ),
    _row(
        faults.SESSION_CREDENTIALS_EXPIRED,
        r"security token included in the request is expired|(?<!access )(?<!refresh )provided token has expired",
    ),
    _row(faults.TOKEN_EXPIRED, r"token expired: current date/time|token too old: \d"),
    _row(
        faults.SESSION_CREDENTIALS_EXPIRED,
        r"refreshed credentials are still expired|session token .{0,30}(?:has )?expired|"
        r"requestexpired\b|(?<![\w-])request has expired|expiredtoken(?:exception)?\) when calling the (?!assumerolewith)|"
        r"the (?:sso|aws) session .{0,60}(?:has )?expired|(?:temporary |session |aws )credentials (?:have|are|has) expired|"
        r"awsexpiredtoken|the source profile's credentials (?:have|are) expired|expiredtokenexception: the security token",
        AWS,
    ),
    _row(
        faults.CLOCK_SKEW,
        r"signature expired|signature not yet current|requesttimetooskewed|"
        r"difference between the request time and the (?:current|server'?s?) time is too large|"
        r"clock(?:s)? (?:is |are )?(?:skew|out of sync).{0,60}(?:aws|sts|sign)",
    ),
    _row(
        faults.GLOBAL_TOKEN_IN_OPT_IN_REGION,
        r"provided token is malformed or otherwise invalid",
        r"(?:af-south|ap-east|ap-south-2|ap-southeast-[3-7]|ca-west|eu-central-2|eu-south|il-central|me-|mx-)",
    ),
    _row(
        faults.STATIC_CREDENTIALS_INVALID,
        r"security token included in the request is invalid|invalidclienttokenid|unrecognizedclientexception|"
        r"aws access key id you provided does not exist|not able to validate the provided access credentials|"
        r"access key id .{0,30}(?:is not valid|does not exist in our records)|"
        r"provided token is malformed or otherwise invalid",
    ),
    _row(
        faults.STATIC_CREDENTIALS_INVALID,
        r"\bauthfailure\b|invalidaccesskeyid|signaturedoesnotmatch|request signature we calculated does not match|"
        r"incompletesignature|missingauthenticationtoken",
        AWS,
    ),
    # ---- the other ways to credentials
    _row(
        faults.POD_IDENTITY_ERROR,
        r"169\.254\.170\.23\b|fd00:ec2::23\b|pods\.eks\.amazonaws\.com|\beks-auth\b|\beks auth\b|eksauth|assumeroleforpodidentity|"
        r"pod[ -]identity[ -]agent|eks-pod-identity",
        r"\berr(?:or)?s?\b|fail|denied|refused|exception|unable|invalid|unauthori|not found|could ?n(?:o|')t|timed? ?-?out|"
        r"no such|not refer|expired|not allowed|rejected|unexpected|status code [45]\d\d|only loopback",
    ),
    _row(
        faults.POD_IDENTITY_ERROR,
        r"eks does not have permissions to assume the associated role|no association found for service ?account|"
        r"retrieving credentials from container-role|"
        r"failed to load credentials, : \[[\w-]+\]: \(|pod identity association .{0,60}(?:not found|does not exist|missing)",
    ),
    _row(
        faults.IMDS_UNREACHABLE,
        r"ec2 instance metadata is not available|ec2metadata is not available|(?:ec2 |instance )?metadata service is (?:not available|unavailable|unreachable)|"
        r"(?:unable|failed|could not) to (?:contact|reach|connect to) (?:the )?(?:ec2 )?(?:instance )?metadata(?! service\.\])",
    ),
    # ---- nothing found, or hidden
    _row(
        faults.NO_CREDENTIALS_IN_CHAIN,
        r"unable to locate credentials|nocredentialsproviders?\b|nocredentialproviders(?::|$| *\n)|no valid providers in chain|"
        r"no valid credential sources? (?:for|found)|could not load credentials from any providers|"
        r"unable to (?:load|find) (?:aws )?credentials from any (?:of the )?provider|missing credentials in config|"
        r"no ec2 imds role found|no aws credentials (?:provided|found|available|configured)|unable to sign request without credentials|"
        r"aws::errors::missingcredentialserror|failed to resolve aws credentials|"
        r"unable to (?:find|get|load|obtain|retrieve|resolve) (?:valid |any |iam |aws )*(?:security )?credentials|"
        r"(?:no|missing) (?:signing |aws )credentials (?:found|available|provided)|missingcredentials\b|no identity could be resolved|"
        r"no credentials in the property bag|"
        r"failed to load credentials from imds|error retrieving credentials from the instance profile|"
        r"provider returned no credentials|could not resolve credentials|failed to find (?:aws )?(?:iam )?credentials|"
        r"no providers? in (?:the )?chain provided credentials|cannot get credentials|"
        r"cannot load (?:the )?credentials from|could not (?:find|get|load|locate|retrieve) (?:aws |valid )?credentials|"
        r"failed to (?:load|get|obtain|retrieve) (?:aws |iam )credentials|no credentials? (?:was|were|have been|has been )?(?:found|available)|"
        r"static credentials are empty|unable to resolve (?:aws )?credentials|no (?:aws )?credential providers?\b|"
        r"credential_?provider.{0,40}failed to (?:provide|return|source) credentials|"
        r"aws_auth_credentials_provider\w*_(?:source_)?failure|credentialsnotloaded|"
        r"aws provider credentials not found|credentials could not be sourced|cannot find credentials|failed to source credentials|credentials ?provider returned no credentials",
        AWS + r"|credential|imds|provider",
    ),
    _row(
        faults.WEBIDENTITY_FAILED_UNKNOWN,
        r"webidentityerr\b|failed to assume role from web identity|stsprovider failed|"
        r"failed to retrieve (?:new )?credentials, operation error sts: assumerolewithwebidentity|"
        r"operation error sts: assumerolewithwebidentity|"
        r"error executing \"assumerolewithwebidentity\"|could not assume role with oidc|"
        r"(?:failed|unable|error|could not|couldn't) .{0,40}(?:assum\w+ (?:the )?role with web ?identity|assumerolewithwebidentity|web identity credentials)|"
        r"assumerolewithwebidentity .{0,30}(?:failed|error)",
    ),
    _row(
        faults.CREDENTIALS_TIMEOUT,
        r"credentials provider timed out|identity resolver timed out|timed out (?:while )?(?:getting|loading|retrieving|fetching) (?:aws )?credentials|"
        r"provide(?:_|d? ?)credentials.{0,60}timed out|time-?out .{0,30}(?:resolving|loading|getting|fetching) .{0,20}(?:credentials|identity)",
    ),
    _row(
        faults.CREDENTIALS_TIMEOUT,
        r"context deadline exceeded|context cancell?ed",
        r"get credentials|get identity|(?:retriev|request|fetch|refresh|getting|warming)\w*(?: new| cached| iam| aws)* credentials|"
        r"credentials? .{0,30}(?:request|retriev)|operation error sts|assumerole|failed to sign request",
    ),
    _row(
        faults.ROLE_NOT_FOUND,
        r"the role with name \S+ cannot be found|role with name \S+ (?:can ?not|could not) be found|"
        r"nosuchentity\w*\b.{0,80}\brole\b.{0,60}(?:not|cannot) be? ?(?:found|exist)",
    ),
)
"""Every row is tried; which of the faults that are shown is the cause is not decided here."""
