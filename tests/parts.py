"""The judges that a test needs besides Python: programs that may not be installed here.

Where one is missing the test is skipped, and fails in CI: there a judge that is not asked would go unnoticed.
"""

import os
import shutil
import sysconfig
from collections.abc import Mapping
from pathlib import Path
from typing import NoReturn

import pytest


def program(name: str) -> Path | None:
    """Return where a program is: the environment's own, else one on the PATH."""
    found = shutil.which(name, path=os.pathsep.join((sysconfig.get_path("scripts"), os.environ.get("PATH", ""))))
    return Path(found) if found else None


def compiling_once(environ: Mapping[str, str], cache: Path) -> dict[str, str]:
    """Return an environment in which Python keeps what it compiles in ``cache``.

    For what is started again and again: where nothing compiled is kept, most of its time goes into compiling.
    """
    kept = {name: value for name, value in environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return {**kept, "PYTHONPYCACHEPREFIX": str(cache)}


def needed(part: str, found: Path | None) -> Path:
    """Return what was found. Skips the test where nothing was; fails it where CI=true. ``part`` is for people."""
    if found is None:
        unasked(f"{part} is not installed")
    return found


def unasked(reason: str) -> NoReturn:
    """Skip the test, which cannot be made here; fail it where CI=true."""
    if os.environ.get("CI") == "true":
        pytest.fail(reason)
    pytest.skip(reason)
