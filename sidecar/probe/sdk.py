"""botocore, loaded once and lean: the only module that imports it, so that nothing loads it otherwise.

botocore would load pyOpenSSL where it is installed, only to take the standard library's SSLContext from it:
10 MiB for nothing. It is kept out here.
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def kept_out(module: str) -> Iterator[None]:
    """Make ``import module`` fail as if it were not installed, unless it is loaded already."""
    if module in sys.modules:
        yield
        return
    sys.modules[module] = None  # type: ignore[assignment]  # how the import system says "not there"
    try:
        yield
    finally:
        del sys.modules[module]


with kept_out("urllib3.contrib.pyopenssl"):
    from botocore import exceptions
    from botocore.awsrequest import AWSHTTPConnectionPool, AWSHTTPSConnectionPool
    from botocore.client import BaseClient
    from botocore.config import Config
    from botocore.configloader import load_config, raw_config_parse
    from botocore.credentials import create_credential_resolver
    from botocore.handlers import json_decode_policies
    from botocore.loaders import JSONFileLoader, Loader
    from botocore.parsers import ResponseParserError
    from botocore.session import Session
    from botocore.utils import get_environ_proxies, parse_key_val_file

__all__ = [
    "AWSHTTPConnectionPool",
    "AWSHTTPSConnectionPool",
    "BaseClient",
    "Config",
    "JSONFileLoader",
    "Loader",
    "ResponseParserError",
    "Session",
    "create_credential_resolver",
    "exceptions",
    "get_environ_proxies",
    "json_decode_policies",
    "load_config",
    "parse_key_val_file",
    "raw_config_parse",
]
