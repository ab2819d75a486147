"""The certificate chain that a host presents, read whether or not it is trusted. Judges no chain but its names.

Where verification fails, one more connection, or two, sends nothing but the handshake.
"""

import hashlib
import ipaddress
import warnings
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import TypeVar

from cryptography import x509

from sidecar.facts import Certificate, CertificateChain
from sidecar.model import Absent, Failed
from sidecar.oidc import Url
from sidecar.probe.dial import Dialer, Line
from sidecar.probe.failures import Distrust, printable
from sidecar.probe.trust import blind, trusting

NAME_CODES = frozenset({62, 64})  # X509_V_ERR_HOSTNAME_MISMATCH, X509_V_ERR_IP_ADDRESS_MISMATCH
UNREADABLE = "(a certificate that cannot be read)"
_UNREADABLE = (ValueError, TypeError, x509.InvalidVersion, x509.DuplicateExtension, x509.UnsupportedGeneralNameType)
_MOST = 500  # characters of a name
NEVER = 253402300799.0  # RFC 5280's 99991231235959Z: the certificate says no other end

Part = TypeVar("Part")


def read_chain(where: Url, dialer: Dialer) -> CertificateChain | Failed | Absent:
    """Connect, verifying, and return the chain; where it is not trusted, look at it without trust."""
    line = dialer.dial(where)
    if isinstance(line, Line):
        line.close()
        return chain_of(line)
    return read_distrusted(where, dialer, line) if isinstance(line, Distrust) else line


def read_distrusted(where: Url, dialer: Dialer, distrust: Distrust) -> CertificateChain | Failed | Absent:
    """Return the chain of a host that was just distrusted, with OpenSSL's reason.

    OpenSSL names a wrong host name before an expired certificate, and then nothing else: so where the name was the
    reason, the chain is verified once more without it.
    """
    reason = _reason_but_for_the_name(where, dialer) if distrust.code in NAME_CODES else distrust.reason
    line = dialer.dial(where, blind())
    if isinstance(line, Line):
        line.close()
        return chain_of(line, reason)
    return Failed("tls", line.why) if isinstance(line, Distrust) else line


def _reason_but_for_the_name(where: Url, dialer: Dialer) -> str | None:
    """Return why the chain is not trusted whatever host it names, None where it is."""
    context = trusting(dialer.ca, dialer.world.environ)
    if isinstance(context, Failed):
        return context.why
    context.check_hostname = False
    line = dialer.dial(where, context)
    if isinstance(line, Line):
        line.close()
    return line.reason if isinstance(line, Distrust) else None


def chain_of(line: Line, verify_error: str | None = None) -> CertificateChain:
    """Return the chain that this connection presented."""
    certificates = tuple(certificate_of(der) for der in line.presented)
    names = certificates[0].names if certificates else ()
    where = line.where
    return CertificateChain(where.host, where.port, certificates, verify_error, name_matches(names, where.host))


def certificate_of(der: bytes) -> Certificate:
    """Read a certificate. What cannot be read of it is left out; its hashes always are right."""
    sha1 = hashlib.sha1(der, usedforsecurity=False).hexdigest()
    sha256 = hashlib.sha256(der).hexdigest()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # cryptography warns of odd serial numbers and the like: no concern of ours
        try:
            parsed = x509.load_der_x509_certificate(der)
        except _UNREADABLE:
            return Certificate(UNREADABLE, UNREADABLE, 0.0, NEVER, sha1, sha256, ())
        return Certificate(
            subject=_read(lambda: printable(parsed.subject.rfc4514_string(), _MOST), UNREADABLE),
            issuer=_read(lambda: printable(parsed.issuer.rfc4514_string(), _MOST), UNREADABLE),
            not_before=_read(lambda: _seconds(parsed.not_valid_before_utc), 0.0),
            not_after=_read(lambda: _seconds(parsed.not_valid_after_utc), NEVER),
            sha1=sha1,
            sha256=sha256,
            names=_read(lambda: _names(parsed), ()),
        )


def name_matches(names: Iterable[str], host: str) -> bool:
    """Whether a certificate with these alternative names is one for ``host`` (RFC 6125).

    A wildcard is the whole first label and stands for one label; an address matches only itself.
    """
    address = _address(host)
    if address is not None:
        return any(_address(name) == address for name in names)
    wanted = host.rstrip(".").lower()
    parent = wanted.partition(".")[2]
    return any(name.lower() == wanted or ("." in parent and name.lower() == f"*.{parent}") for name in names)


def _read(read: Callable[[], Part], otherwise: Part) -> Part:
    try:
        return read()
    except _UNREADABLE:
        return otherwise


def _seconds(moment: datetime) -> float:
    return moment.timestamp()


def _names(parsed: x509.Certificate) -> tuple[str, ...]:
    try:
        found = parsed.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return ()
    hosts = found.get_values_for_type(x509.DNSName)
    addresses = found.get_values_for_type(x509.IPAddress)
    return tuple(printable(name, _MOST) for name in (*hosts, *map(str, addresses)))


def _address(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(text)
    except ValueError:
        return None
