#!/usr/bin/env python3
"""Write the bill of materials of what runs: CycloneDX 1.6 as JSON, of what requirements/run.txt pins.

The same commit gives the same bytes: the time is SOURCE_DATE_EPOCH or the commit's, the serial number is derived.
"""

import argparse
import os
import subprocess
import sys
import tomllib
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_URL, uuid5

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tools"))

from cyclonedx.contrib.license.factories import LicenseFactory  # noqa: E402 - as the next
from cyclonedx.model import ExternalReference, ExternalReferenceType, HashAlgorithm, HashType, XsUri  # noqa: E402
from cyclonedx.model.bom import Bom, BomMetaData  # noqa: E402
from cyclonedx.model.component import Component, ComponentType  # noqa: E402
from cyclonedx.output.json import JsonV1Dot6  # noqa: E402
from cyclonedx.schema import SchemaVersion  # noqa: E402
from cyclonedx.validation.json import JsonStrictValidator  # noqa: E402
from locked import LOCK, Locked, licence, locked, required, requirements  # noqa: E402 - after it is within reach
from packageurl import PackageURL  # noqa: E402
from versions import version  # noqa: E402

_LICENCES = LicenseFactory()


def moment() -> int:
    """Return the time of what is released, in seconds: SOURCE_DATE_EPOCH, else the commit's."""
    given = os.environ.get("SOURCE_DATE_EPOCH")
    if given is None:
        command = ["git", "-c", "safe.directory=*", "log", "-1", "--format=%ct"]
        given = subprocess.run(command, cwd=ROOT, capture_output=True, check=True, text=True).stdout
    return int(given)


def bill(number: str, seconds: int) -> str:
    """Return the bill of materials of a version, held against the format's schema."""
    packages = locked()
    components = {package.name: _component(package) for package in packages}
    whole = _whole(number)
    bom = Bom(
        serial_number=uuid5(NAMESPACE_URL, f"{whole.purl}#{LOCK.read_text(encoding='utf-8')}"),
        metadata=BomMetaData(component=whole, timestamp=datetime.fromtimestamp(seconds, UTC)),
        components=components.values(),
    )
    bom.register_dependency(whole, [components[required(text)] for text in _project()["dependencies"]])
    for package in packages:
        bom.register_dependency(
            components[package.name], [components[name] for name in requirements(package, set(components))]
        )
    text = JsonV1Dot6(bom).output_as_string(indent=2) + "\n"
    if wrong := JsonStrictValidator(SchemaVersion.V1_6).validate_str(text):
        message = f"The bill of materials is not valid CycloneDX 1.6: {wrong}"
        raise SystemExit(message)
    return text


def _whole(number: str) -> Component:
    name = "irsa-doctor"
    return Component(
        name=name,
        version=number,
        type=ComponentType.APPLICATION,
        licenses=[_LICENCES.make_from_string(_project()["license"])],
        purl=PackageURL("pypi", name=name, version=number),
        bom_ref=name,
    )


def _component(package: Locked) -> Component:
    # A hash is of one file that the index offers, and never of the package as such: so it belongs to the reference.
    files = ExternalReference(
        type=ExternalReferenceType.DISTRIBUTION,
        url=XsUri(f"https://pypi.org/simple/{package.name}/"),
        hashes=[HashType(alg=HashAlgorithm.SHA_256, content=digest) for digest in package.hashes],
    )
    return Component(
        name=package.name,
        version=package.version,
        type=ComponentType.LIBRARY,
        licenses=[_LICENCES.make_from_string(licence(package))],
        purl=PackageURL("pypi", name=package.name, version=package.version),
        bom_ref=package.name,
        external_references=[files],
    )


def _project() -> dict[str, Any]:
    project: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return project


def main() -> None:
    """Write the bill into the folder, and say where it lies."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", nargs="?", type=Path, default=ROOT / "dist", help="default: dist")
    folder = parser.parse_args().folder
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"irsa-doctor-{version()}.cdx.json"
    path.write_text(bill(version(), moment()), encoding="utf-8")
    print(path)


if __name__ == "__main__":
    main()
