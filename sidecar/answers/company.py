"""In whose company a wording stands: the operation that was called, and other people's credentials. Tables. Pure."""

import re

WEB, ASSUME, CALLER, SAML, STRANGER = "web", "assume", "caller", "saml", "stranger"

OPERATIONS: re.Pattern[str] = re.compile(
    r"(?P<saml>assume_?role_?with_?saml|using saml|samlassertion)"
    r"|(?P<web>assume_?role_?with_?web_?identity|webidentityerr|web identity token|webidentitytoken|could not assume role with oidc|assuming role with oidc|openidconnect|credential-provider-web-identity|fromtokenfile|fromwebtoken|tokenfilewebidentity)"
    r"|(?P<assume>(?<![\w])assume_?role\b(?! policy)|sts:assumerole\b|assumerole(?:operation|request|response|credentials)|"
    r"operation error sts\b|service: (?:amazon)?(?:aws)?(?:securitytokenservice|sts)\b|services\.sts\b|aws::sts\b|securitytoken\.model|doc/2011-06-15|submodules/sts/|stsserviceexception|amazon\.securitytoken)"
    r"|(?P<caller>get_?caller_?identity|checking aws sts access)"
    r"|(?P<stranger>operation error (?!sts:)[\w ]{2,40}: \w+|when calling the (?!assumerole|getcalleridentity)\w+ operation|"
    r"service: (?!sts\b|aws ?securitytoken)[\w ]+[;,]|"
    r"services\.(?!sts|securitytoken)\w+\.model|aws::(?!sts)\w+::errors|from [\w-]+/[a-z]\w+|client-(?!sts)[a-z]\w+[/\\]|"
    r"error executing \"(?!assumerole|getcalleridentity)\w+\"|cognito\w*|getcredentialsforidentity|amazon\.(?!runtime|securitytoken)\w+\.model|during \w+ operation)"
)
"""Every mention of an operation or a service; the nearest one owns a code."""

NOT_AWS: re.Pattern[str] = re.compile(
    r"arn:minio|samlassertion|server: ?minio|stserrorresponse|<type></type>|https?://(?:[\w-]+\.)*minio\b|\bminio[\w.-]*:9\d\d\d|\bminio\.|"
    r"\bceph\b|radosgw|\brgw\b|cognito-identity|getcredentialsforidentity|aliyun|alibaba|oss-cn-|"
    r"digitaloceanspaces|backblaze|wasabisys|r2\.cloudflarestorage|storage\.googleapis"
)
"""What speaks AWS's language without being AWS, or is another federation: nothing near it counts."""

OTHERS_CREDENTIALS: re.Pattern[str] = re.compile(
    r"aadsts|microsoftonline|azure|managedidentity|metadata/(?:identity|instance\?)|msi_endpoint|"
    r"googleapis|google[.-]?(?:auth|cloud)|googlecloud|iam\.serviceaccounts|metadata\.google|computemetadata|gcloud|"
    r"hvac|/v1/auth/|vault token|vault\.\w|x-vault|kubernetes\.io/serviceaccount|"
    r"cannot (?:get|list|watch|create|update|patch|delete) resource|keycloak|\bdex\b|oauth2|"
    r"docker\.io|ghcr\.io|\bnpm\b|\bpypi\b|cognito|\bldap|kerberos"
)
"""Credentials for something else: what is worded vaguely does not count near them."""
