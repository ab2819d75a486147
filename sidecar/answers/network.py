"""How the failure of a connection is worded in every language, and which hosts matter: tables. Pure."""

import re
from collections.abc import Mapping

from sidecar import faults
from sidecar.model import Fault

PROXY, TLS, DNS, REFUSED, RESET, TIMEOUT, VAGUE = "proxy", "tls", "dns", "refused", "reset", "timeout", "vague"

FAILURES: Mapping[str, re.Pattern[str]] = {
    PROXY: re.compile(
        r"proxyconnect|proxy authentication required|tunnel(?:ing)? (?:connection failed|socket could not be established)|"
        r"proxyconnectionerror|(?:connect|connection) to (?:the )?proxy\b|(?:received )?http code \d+ from proxy|"
        r"proxyerror|status: 407|statuscode[:=] ?407|proxy (?:responded|returned|refused|connection)|"
        r"unable to tunnel|through proxy\b.{0,30}(?:failed|error|\")|407 proxy|proxy tunnel|"
        r"aws_io_\w*proxy\w*|aws_error_http_proxy_connect_failed|failed to connect to proxy|"
        r"unexpected status from proxy|unexpected response code for connect|"
        r"(?:post|get|put|head) \"?https://[^\s\"]+\"?: (?:forbidden|bad gateway|service unavailable|gateway time-?out|method not allowed|"
        r"not found|bad request|access denied|unauthorized)\b"
    ),
    TLS: re.compile(
        r"x509:|unknown authority|pkix path|certificate[_ ]verify[_ ]failed|certificate validation|unable_to_verify_leaf|"
        r"unable to verify the first certificate|self[-_ ]signed[-_ ]cert|unable[_ ]to[_ ]get[_ ](?:local[_ ])?issuer[_ ]cert|"
        r"remote certificate (?:is invalid|was rejected)|ssl certificate problem|"
        r"invalid peer certificate|unknownissuer|unknown issuer|tls: failed to verify|ssl validation failed|"
        r"unable to find valid certification path|bad certificate|certificate has expired|cert_has_expired|"
        r"no subject alternative|hostname .{0,80}(?:doesn't match|mismatch)|authenticationexception: .{0,40}certificate|"
        r"aws_io_tls_error_\w*|aws_error_tls\w*|trust anchor|"
        r"peer certificate cannot be authenticated|ssl peer certificate|certificate is not (?:trusted|valid)|certificate unknown|err_tls_cert"
    ),
    DNS: re.compile(
        r"no such host|\benotfound\b|eai_again|eai_noname|eai_fail|unknown ?host ?exception|unknownhost|name or service not known|name resolution|"
        r"nodename nor servname|failed to resolve (?!aws credentials|service endpoint|token)|could ?n(?:o|')t resolve|getaddrinfo|"
        r"failed to lookup address|dns error|nxdomain|server misbehaving|aws_io_dns_\w+|no address associated with|"
        r"name does not resolve|nameresolutionerror|dial tcp: lookup|\blookup [\w.-]+(?: on [\d.:\[\]a-f]+)?: |"
        r"failed to parse the host|resolving timed out|dns lookup|dns resolution|inaccessible host|nosuchendpointerror|"
        r"encountered a \W?socketerror|resource temporarily unavailable \(|no such device or address|name has no usable address|"
        r"curl\w*[: ](?: ?returned| ?error| ?code)*:? ?6\b"
    ),
    REFUSED: re.compile(
        r"connection refused|econnrefused|no route to host|ehostunreach|enetunreach|network is unreachable|host is down|"
        r"host is unreachable|actively refused|unreachable network|noroutetohost|aws_io_socket_connection_refused|"
        r"aws_io_socket_no_route_to_host|connection_refused|couldn't connect to server|ehostdown|network unreachable|"
        r"connectionrefused|\beinval\b|curl\w*[: ](?: ?returned| ?error| ?code)*:? ?7\b"
    ),
    RESET: re.compile(
        r"connection reset|econnreset|broken pipe|\bepipe\b|(?::|\") eof\b|unexpected[ _]eof|socket hang up|"
        r"handshake[ _](?:failure|failed|error)|connection aborted|remote ?disconnected|remote host (?:closed|terminated)|"
        r"connection was closed|broken connection|socket disconnected|forcibly closed|closed before|connection closed|"
        r"server closed|failed to respond|no_?http_?response|nohttpresponse|aws_io_socket_closed|connectionreset|ssl_error_syscall|"
        r"connection terminated|incomplete message|unexpected end of (?:file|stream)|empty reply from server|"
        r"aws_error_http_connection_closed|aws_io_broken_pipe|curl\w*[: ](?: ?returned| ?error| ?code)*:? ?(?:35|52|56)\b|"
        r"protocol error|peer closed connection|connection was forcibly"
    ),
    TIMEOUT: re.compile(
        r"i/o timeout|etimedout|timed out|timeouterror|connect ?timeout(?!=)|read ?timeout(?!=)|deadline exceeded|client\.timeout|"
        r"handshake timeout|timedout|connecttimeoutexception|sockettimeout|timeoutexception|request timeout|connection timeout|"
        r"aws_io_socket_timeout|operation timeout|timeout (?:was )?(?:reached|expired|exceeded|of \d+ ?ms)|execution expired|execution did not complete|"
        r"net::opentimeout|net::readtimeout|opentimeout|curl\w*[: ](?: ?returned| ?error| ?code)*:? ?28\b|did not properly respond after a period|timeout awaiting|(?:connect|read|http|socket|connection) time-?out|timed-out"
    ),
    VAGUE: re.compile(
        r"could not connect to the endpoint url|endpointconnectionerror|failed to (?:open (?:tcp|socket)|connect)|ssl connection could not be established|can ?not retrieve (?:resource|credentials)|connection failed|"
        r"unable to connect|cannot connect|connect error|couldn't connect|error trying to connect|not reachable|unreachable|"
        r"error sending request|max retries exceeded|after \d+ retries|failed to fetch resource"
    ),
}
"""Kind of failure -> its words, the most telling kind first."""

STS, IMDS, POD_IDENTITY, ISSUER, KEYS, OTHER = "sts", "imds", "pod-identity", "issuer", "keys", "other"

_SUFFIX = (
    r"(?:amazonaws\.com(?:\.cn)?|amazonaws\.eu|api\.aws|api\.amazonwebservices\.(?:com\.cn|eu)|c2s\.ic\.gov|"
    r"sc2s\.sgov\.gov|cloud\.adc-e\.uk|csp\.hci\.ic\.gov)"
)
HOSTS: tuple[tuple[str, re.Pattern[str]], ...] = (
    (
        POD_IDENTITY,
        re.compile(
            r"169\.254\.170\.23\b|fd00:ec2::23\b|pods\.eks\.amazonaws\.com|\beks-auth\b|\beks auth\b|eksauth|"
            r"assumeroleforpodidentity|pod[ -]identity[ -]agent|eks-pod-identity"
        ),
    ),
    (
        IMDS,
        re.compile(
            r"169\.254\.169\.254\b(?!\S{0,6}/metadata/)|fd00:ec2::254\b|ec2 ?imds|\bimds\b|instance[ -]profile metadata|"
            r"(?:ec2 )?instance metadata|ec2 ?metadata|instanceprofilecredentialsprovider|ec2instancemetadata|"
            r"metadata_?service|latest/api/token|latest/meta-data|instance-identity/document|ec2rolerequesterror|instancemetadata|ec2_metadata"
        ),
    ),
    (
        KEYS,
        re.compile(
            rf"(?<![\w.-])oidc[.-]eks\.[\w.-]+{_SUFFIX}(?::\d+)?/id/\w+/keys\b|/openid/v1/jwks|/\.well-known/jwks|"
            r"[\w.-]+-oidc\.s3[\w.-]*/(?:[\w.-]+/)*(?:keys\.json|jwks)\b"
        ),
    ),
    (
        ISSUER,
        re.compile(
            rf"(?<![\w.-])oidc[.-]eks\.[\w.-]+\.(?:{_SUFFIX})|(?<![\w.-])oidc\.[\w.-]+\.\w+|[\w.-]+-oidc\.s3[\w.-]*|"
            r"https://[\w.:/-]+/\.well-known/openid-configuration"
        ),
    ),
    (
        STS,
        re.compile(
            rf"(?<![\w.-])(?:vpce-[\w-]+\.)?sts(?:-fips)?(?:\.[\w-]+)*?\.{{1,2}}(?:vpce\.)?{_SUFFIX}|(?<![\w.@-])sts\.[\w-]+\.invalid\b"
        ),
    ),
    (
        OTHER,
        re.compile(
            r"https?://[\w.\[\]:-]+|\bhost(?:name)?['\"]?[:=] ?['\"][\w.-]+|"
            r"(?<![\w.@/-])[\w-]+(?:\.[\w-]+)+\.(?:com|net|org|io|internal|local|invalid|svc|cn|aws|dev|cloud|example|test|eu|corp|lan)\b(?![\w.(-])"
        ),
    ),
)
"""Whose host it is -> how it is written. Of two that match at one place the first listed counts."""

STS_AT_WORK: re.Pattern[str] = re.compile(
    r"assume_?role_?with_?web_?identity|operation error sts|stsclient|securitytoken(?:service)?|awssecuritytokenservice|"
    r"getcalleridentity|get_caller_identity|assumerole\b|assume_role\b|aws::sts|client-sts|stsassumerole|services\.sts\b|sts failed to assume|failed to assume role from web identity|provider=webidentitytoken|credential-provider-web-identity|submodules/sts/"
)
"""What shows, where no host is named, that it was STS that was asked."""

FAULTS: Mapping[tuple[str, str], Fault] = {
    (STS, PROXY): faults.PROXY_ERROR,
    (STS, TLS): faults.STS_TLS_UNTRUSTED,
    (STS, DNS): faults.STS_DNS,
    (STS, REFUSED): faults.STS_REFUSED,
    (STS, RESET): faults.STS_CONNECTION_RESET,
    (STS, TIMEOUT): faults.STS_TIMEOUT,
    (STS, VAGUE): faults.STS_REFUSED,
    **{(POD_IDENTITY, kind): faults.POD_IDENTITY_ERROR for kind in FAILURES},
    **{(IMDS, kind): faults.IMDS_UNREACHABLE for kind in FAILURES},
    **{(ISSUER, kind): faults.ISSUER_UNREACHABLE for kind in FAILURES},
    **{(KEYS, kind): faults.JWKS_UNREACHABLE for kind in FAILURES},
    (ISSUER, TLS): faults.ISSUER_CERTIFICATE_UNTRUSTED,
    (KEYS, TLS): faults.ISSUER_CERTIFICATE_UNTRUSTED,
}
"""Whose host, and how it failed -> the fault."""
