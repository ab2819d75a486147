"""Asks STS who this process is, with botocore and with boto3: each one's traceback follows a line that names it.

A process of its own, as a workload is: what is written on standard error is what a log would hold.
"""

import sys
import traceback
from collections.abc import Callable
from typing import Any

import boto3
import botocore.session
from botocore.config import Config

SECONDS = 2
"""For a server that stays silent."""


def session() -> botocore.session.Session:
    """Return a session that waits no longer than `SECONDS`, and tries once."""
    made = botocore.session.Session()
    quick = Config(connect_timeout=SECONDS, read_timeout=SECONDS, retries={"total_max_attempts": 1})
    made.set_default_client_config(quick)
    return made


def with_botocore() -> object:
    """Ask with botocore alone."""
    client: Any = session().create_client("sts")
    return client.get_caller_identity()


CLIENTS: dict[str, Callable[[], object]] = {
    "botocore": with_botocore,
    "boto3": lambda: boto3.Session(botocore_session=session()).client("sts").get_caller_identity(),
}

for name, ask in CLIENTS.items():
    sys.stderr.write(f"# {name}\n")
    try:
        ask()
    except Exception:  # noqa: BLE001 - whatever it is, it is what a workload would print
        traceback.print_exc()
