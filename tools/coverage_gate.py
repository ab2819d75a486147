"""Hold measured coverage against its thresholds: all of what is pure, nearly all of the rest.

Reads `.coverage` in the working directory. What is pure is what the import contract `pure` of
pyproject.toml names: there is no second list.
"""

import sys
import tomllib
from pathlib import Path

from coverage import Coverage

ROOT = Path(__file__).resolve().parent.parent
PURE, ALL = 100.0, 95.0  # per cent, of lines and branches together


def pure_files(pyproject: Path) -> list[str]:
    """Return the patterns of the files that the contract `pure` names, each module's and package's."""
    contracts = tomllib.loads(pyproject.read_text(encoding="utf-8"))["tool"]["importlinter"]["contracts"]
    modules = next(contract["source_modules"] for contract in contracts if contract["id"] == "pure")
    paths = [module.replace(".", "/") for module in modules]
    return [pattern for path in paths for pattern in (f"{path}.py", f"{path}/*.py")]


def gate(title: str, threshold: float, include: list[str]) -> bool:
    """Print the report of the files that match ``include``; return whether it reaches ``threshold``."""
    coverage = Coverage()
    coverage.load()
    print(f"Coverage of {title}, at least {threshold:g} %:")
    reached = coverage.report(include=include)
    if reached < threshold:
        print(f"Coverage of {title} is {reached:.2f} %: at least {threshold:g} % is asked for.", file=sys.stderr)
    return reached >= threshold


def main() -> int:
    """Hold both thresholds; return the exit code."""
    passed = [
        gate("what is pure", PURE, pure_files(ROOT / "pyproject.toml")),
        gate("everything", ALL, ["sidecar/*"]),
    ]
    return 0 if all(passed) else 1


if __name__ == "__main__":
    sys.exit(main())
