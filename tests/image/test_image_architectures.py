"""The lock holds wheels for both processors that the image is for."""

import re
import subprocess
import sys
from importlib.metadata import distribution
from pathlib import Path

import pytest

from parts import needed, program, unasked

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tools"))

import image_tree as tool  # noqa: E402 - after the tools are within reach

LOCK = (ROOT / "requirements" / "run.txt").read_text(encoding="utf-8")
LOCKED = re.findall(r"^([a-z0-9-]+)==", LOCK, re.MULTILINE)
UNREACHED = ("Failed to fetch", "error sending request", "dns error", "timed out")
PURE = re.compile(r"^Tag: py3-none-any$|^Tag: py2-none-any$", re.MULTILINE)


def compiled() -> list[str]:
    """Return the locked packages whose wheels are for one processor; the others' are for all of them."""
    return [name for name in LOCKED if not PURE.search(distribution(name).read_text("WHEEL") or "")]


def test_something_is_compiled() -> None:
    """Two packages are, as far as is known: where there are more, this says only that somebody should know."""
    assert compiled() == ["cffi", "cryptography"]


@pytest.mark.parametrize("processor", ["x86_64", "aarch64"])
def test_wheels_for(processor: str, tmp_path: Path) -> None:
    """Of each compiled package the index has a wheel, by a locked hash, for Debian 12's Python and C library."""
    uv = needed("uv", program("uv"))
    part = tmp_path / "part.txt"
    part.write_text(tool.chosen(LOCK, compiled(), ()))
    wheels = ("--require-hashes", "--no-deps", "--only-binary", ":all:", "--python-version", "3.11")
    place = ("--python-platform", f"{processor}-manylinux_2_28", "--target", str(tmp_path / "packages"))
    command = [
        str(uv),
        "pip",
        "install",
        "--cache-dir",
        str(tmp_path / "cache"),
        *wheels,
        *place,
        "--requirement",
        str(part),
    ]
    done = subprocess.run(command, capture_output=True, check=False, text=True)
    if done.returncode and any(sign in done.stderr for sign in UNREACHED):
        unasked("the package index cannot be reached")
    assert done.returncode == 0, done.stderr
    libraries = [path for path in (tmp_path / "packages").rglob("*.so") if processor.encode() in path.name.encode()]
    assert any(path.name.startswith("_cffi_backend") for path in libraries)
