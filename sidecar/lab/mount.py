"""Token files as the kubelet's atomic writer lays them out (FACTS C9, C10, K2), or wrongly."""

import os
import uuid
from datetime import UTC, datetime
from pathlib import Path

from sidecar.lab.plan import MountPlan, Shape


def project(directory: Path, text: str, mode: int = 0o600) -> Path:
    """Write or replace the token as the kubelet does: ``token -> ..data/token``, ``..data -> ..<timestamp>``.

    Replacing is atomic: ``..data`` is swapped by a rename. Returns the token's path.
    """
    data = directory / "..data"
    old = data.resolve() if data.is_symlink() else None
    stamp = datetime.now(UTC).strftime("..%Y_%m_%d_%H_%M_%S.") + uuid.uuid4().hex[:10]
    _write(directory / stamp / "token", text, mode)
    new = directory / "..data_tmp"
    new.symlink_to(stamp)
    new.rename(data)
    token = directory / "token"
    if not token.is_symlink():
        token.symlink_to("..data/token")
    if old is not None:
        _remove(old)
    return token


def lay_out(plan: MountPlan, directory: Path, text: str, now: float) -> Path:
    """Make what the plan says of the token file in ``directory`` and return the token's path."""
    directory.mkdir(parents=True, exist_ok=True)
    path = directory / "token"
    match plan.shape:
        case Shape.KUBELET:
            project(directory, text, plan.mode)
        case Shape.COPY:
            _write(path, text, plan.mode)
        case Shape.DIRECTORY:
            path.mkdir()
        case Shape.FIFO:
            os.mkfifo(path, plan.mode)
        case Shape.LOOP:
            path.symlink_to("token")
        case Shape.MISSING:
            pass
    if plan.age and path.is_file():
        os.utime(path, (now - plan.age, now - plan.age))
    return path


def _write(path: Path, text: str, mode: int) -> None:
    path.parent.mkdir(exist_ok=True)
    path.write_text(text, encoding="utf-8")
    path.chmod(mode)


def _remove(directory: Path) -> None:
    for path in directory.iterdir():
        path.unlink()
    directory.rmdir()
