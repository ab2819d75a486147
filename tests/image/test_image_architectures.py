"""The lock holds wheels for both processors that the image is for."""

import subprocess
from pathlib import Path

import pytest

from parts import needed, program, unasked

ROOT = Path(__file__).resolve().parents[2]
UNREACHED = ("Failed to fetch", "error sending request", "dns error", "Could not connect", "timed out")


@pytest.mark.parametrize("platform", ["x86_64-manylinux_2_28", "aarch64-manylinux_2_28"])
def test_wheels_for(platform: str, tmp_path: Path) -> None:
    """Of each locked package the index has a wheel, by a locked hash, for Debian 12's Python and C library."""
    uv = needed("uv", program("uv"))
    of_ours = ("--require-hashes", "--no-deps", "--only-binary", ":all:", "--python-version", "3.11", "--dry-run")
    command = [uv, "pip", "install", *of_ours, "--python-platform", platform, "--target", tmp_path / "packages"]
    done = subprocess.run(
        [*command, "--requirement", ROOT / "requirements" / "run.txt"], capture_output=True, check=False, text=True
    )
    if done.returncode and any(sign in done.stderr for sign in UNREACHED):
        unasked("the package index cannot be reached")
    assert done.returncode == 0, done.stderr
    assert "Would install" in done.stderr
