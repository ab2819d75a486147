"""Whom the issuer's TLS is trusted to: a CA file that was named, else the system's, else botocore's own.

Reads certificates only; connects to nothing.
"""

import ssl
import stat
from collections.abc import Mapping
from pathlib import Path

from sidecar.model import Failed

VARIABLES = ("AWS_CA_BUNDLE", "SSL_CERT_FILE")


def trusting(ca: str | None, environ: Mapping[str, str]) -> ssl.SSLContext | Failed:
    """Return a context that verifies chain and host name. Kind ``tls`` where the named CA file is of no use.

    Plain verification on every Python, as botocore's: neither ``VERIFY_X509_STRICT`` nor partial chains.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.hostname_checks_common_name = False
    named = ca or next((environ[name] for name in VARIABLES if environ.get(name)), None)
    if named is None:
        _load_system(context)
        return context
    why = _load(context, named)
    return Failed("tls", f"the CA file {named} {why}") if why else context


def blind() -> ssl.SSLContext:
    """Return a context that verifies nothing: only for looking at a chain that was refused, never for a request."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def _load(context: ssl.SSLContext, name: str) -> str | None:
    """Load the CA file, or say what is wrong with it."""
    try:
        if not stat.S_ISREG(Path(name).stat().st_mode):
            return "is not a regular file"
        context.load_verify_locations(cafile=name)
    except ssl.SSLError:
        return "holds no certificate that can be read"
    except OSError as error:
        return f"cannot be read ({error.strerror})"
    except ValueError:
        return "has no valid name"
    return None


def _load_system(context: ssl.SSLContext) -> None:
    context.load_default_certs()
    if not context.cert_store_stats()["x509_ca"] and not _has_hashed_directory():
        from botocore.httpsession import DEFAULT_CA_BUNDLE

        context.load_verify_locations(cafile=DEFAULT_CA_BUNDLE)


def _has_hashed_directory() -> bool:
    """Whether OpenSSL's directory holds certificates, which it reads one by one when a name is looked for."""
    directory = ssl.get_default_verify_paths().capath
    return bool(directory) and any(Path(directory).glob("*.[0-9]"))
