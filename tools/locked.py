"""What the lock for the image pins, and what the installed packages say of themselves: licences, requirements.

docs/licences.md is made of it by tools/render_docs.py, the bill of materials by tools/sbom.py.
"""

import re
from importlib.metadata import Distribution, distribution
from pathlib import Path
from typing import NamedTuple

LOCK = Path(__file__).resolve().parents[1] / "requirements" / "run.txt"
_PIN = re.compile(
    r"^(?P<name>[a-z0-9-]+)==(?P<version>\S+)[^\\\n]*(?P<hashes>(?: \\\n    --hash=sha256:[0-9a-f]{64})+)$",
    re.MULTILINE,
)
_CLASSIFIER = "License :: OSI Approved :: "
_PAGE = """\
# Licences

irsa-doctor's own is Apache-2.0: [LICENSE](../LICENSE). These packages run with it, at the versions that the image
holds, each under the licence that it states itself; its text lies in the package's `.dist-info` folder. The extra `lab`
and the development tools are not shipped. `make sbom` writes the same as a bill of materials, CycloneDX 1.6, with
hashes and with who requires whom.

| package | version | licence |
|---|---|---|
"""


class Locked(NamedTuple):
    """A package that the lock pins; ``hashes`` are the SHA-256 of every file by which an index may offer it."""

    name: str
    version: str
    hashes: tuple[str, ...]


def locked(lock: Path = LOCK) -> list[Locked]:
    """Return what a lock pins, in its order, which is that of the names."""
    text = lock.read_text(encoding="utf-8")
    return [
        Locked(pin["name"], pin["version"], tuple(re.findall(r"sha256:(\w+)", pin["hashes"])))
        for pin in _PIN.finditer(text)
    ]


def installed(package: Locked) -> Distribution:
    """Return the installed package. Ends the program where it is another version than the lock's."""
    found = distribution(package.name)
    if found.version != package.version:
        message = f"{package.name} {found.version} is installed, and the lock pins {package.version}: run make venv."
        raise SystemExit(message)
    return found


def licence(package: Locked) -> str:
    """Return the licence as the package states it: an SPDX expression where it gives one, else its own words."""
    stated = installed(package).metadata
    classifiers = [name.removeprefix(_CLASSIFIER) for name in stated.get_all("Classifier", []) if _CLASSIFIER in name]
    # Of two licences the old field says only that there are two.
    field = [] if len(classifiers) > 1 else stated.get_all("License", [])
    found = "; ".join(stated.get_all("License-Expression", []) or field or classifiers)
    if not found:
        message = f"{package.name} states no licence: look at it before it is shipped."
        raise SystemExit(message)
    return found


def requirements(package: Locked, names: set[str]) -> list[str]:
    """Return which of the lock's packages this one requires, whatever the interpreter; extras are not asked for."""
    stated = installed(package).requires or []
    return sorted({required(text) for text in stated if "extra ==" not in text} & names)


def required(requirement: str) -> str:
    """Return the name in a requirement, as a lock spells it."""
    return re.split(r"[^A-Za-z0-9._-]", requirement)[0].lower()


def licences_page(lock: Path = LOCK) -> str:
    """Return docs/licences.md."""
    rows = [f"| {package.name} | {package.version} | {licence(package)} |\n" for package in locked(lock)]
    return _PAGE + "".join(rows)
