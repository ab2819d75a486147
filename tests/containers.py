"""The image, built on a stand-in of its base and run as Kubernetes would run it; nothing is fetched from a registry.

The stand-in is Debian, made by debootstrap. As a base it has no shell and no byte code, as the real one.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from insidepod import Told
from parts import program
from sidecar.lab.lab import ESSENTIAL, ESSENTIAL_FAMILIES, Pod

ROOT = Path(__file__).resolve().parent.parent
STAND_IN = ROOT / "build" / "stand-in.tar"
SUITE = "bookworm"
PROGRAMS = ("podman", "buildah", "runc", "debootstrap", "make")
SHELLS = ("bash", "dash", "sh", "rbash")
CERTIFICATES = Path("/etc/ssl/certs/ca-certificates.crt")
EPOCH = "1767225600"
AS_KUBERNETES = (
    *("--network", "host"),  # where the lab listens
    *("--read-only", "--read-only-tmpfs=false"),
    *("--cap-drop", "all"),
    *("--security-opt", "no-new-privileges"),
    *("--memory", "96m"),
)
OWN = "65532:65532"
ARBITRARY = "1000680000:0"
"""A user as OpenShift chooses it: of no name, in root's group."""
_CONF = """
[containers]
default_ulimits = ["nofile=16384:16384", "nproc=16384:16384"]
[engine]
runtime = "runc"
cgroup_manager = "cgroupfs"
events_logger = "file"
"""
_PIP = ("extra-index-url", "index-url", "trusted-host")
_PATIENCE = 240


class CannotError(Exception):
    """This machine has the programs, and still cannot do it; in a sentence."""


def lacking() -> str | None:
    """Return what this machine lacks to build and run the image, None where it has all of it."""
    if missing := [name for name in PROGRAMS if program(name) is None]:
        return f"{', '.join(missing)}: not installed"
    return None if os.geteuid() == 0 else "containers are run by root only"


class Image(NamedTuple):
    """What was built: its name, its base's, and the variables of whoever runs a container of it."""

    name: str
    base: str
    build: str
    environ: Mapping[str, str]

    def podman(self, *arguments: str, check: bool = True) -> Told:
        """Run podman to its end. Raises AssertionError where it fails, with what it said."""
        return told(["podman", *arguments], self.environ, check=check)

    def inspected(self, name: str | None = None) -> dict[str, Any]:
        """Return what podman knows of an image: this one, or another."""
        found: dict[str, Any] = json.loads(self.podman("image", "inspect", name or self.name).out)[0]
        return found

    def layers(self, name: str | None = None) -> list[str]:
        """Return the digests of what an image adds to its base, uncompressed."""
        beneath: list[str] = self.inspected(self.base)["RootFS"]["Layers"]
        every: list[str] = self.inspected(name)["RootFS"]["Layers"]
        assert every[: len(beneath)] == beneath
        return every[len(beneath) :]

    def added(self, name: str | None = None) -> int:
        """Return the bytes that an image adds to its base."""
        return int(self.inspected(name)["Size"]) - int(self.inspected(self.base)["Size"])

    def run(self, pod: Pod, *arguments: str, user: str = OWN, options: Sequence[str] = ()) -> Told:
        """Run the program in a container in the lab's pod, to its end."""
        return told(["podman", *self.started(pod, user, options), *arguments], self.environ, check=False)

    def started(self, pod: Pod, user: str = OWN, options: Sequence[str] = ()) -> list[str]:
        """Return podman's arguments for a container of this image in the lab's pod, all but the program's own."""
        handed_over(pod, user)
        variables = [f"--env={name}={value}" for name, value in injected(pod).items()]
        mounted = f"--volume={pod.directory}:{pod.directory}:ro"
        return ["run", "--rm", *AS_KUBERNETES, "--user", user, mounted, *variables, *options, self.name]


def told(command: Sequence[str], environ: Mapping[str, str], *, check: bool) -> Told:
    """Run a program to its end and return what it said."""
    done = subprocess.run(command, env=dict(environ), capture_output=True, check=False, text=True, timeout=_PATIENCE)
    assert not check or done.returncode == 0, f"{command[:2]}: {done.stdout[-1500:]}{done.stderr[-1500:]}"
    return Told(done.returncode, done.stdout, done.stderr)


def injected(pod: Pod) -> dict[str, str]:
    """Return the pod's own variables, without those of the process that made it."""
    return {
        name: value
        for name, value in pod.environ.items()
        if name not in ESSENTIAL and not name.startswith(ESSENTIAL_FAMILIES)
    }


def handed_over(pod: Pod, user: str) -> None:
    """Give the pod's files to a user, as the kubelet gives the token to whoever the pod runs as (FACTS K2)."""
    uid, gid = map(int, user.split(":"))
    for path in (pod.directory, *pod.directory.rglob("*")):
        os.chown(path, uid, gid, follow_symlinks=False)


# ------------------------------------------------------------------------------------------------------- how it is made


@contextmanager
def built() -> Iterator[Image]:
    """Build the image on a stand-in of its base; all that was made of it has gone with the context.

    Raises `CannotError` where no Debian can be fetched or no container started.
    """
    with tempfile.TemporaryDirectory(prefix="irsa-doctor-image-") as made:
        settings = Path(made) / "containers.conf"
        settings.write_text(_CONF)
        environ = {name: value for name, value in os.environ.items() if not name.startswith(("MAKE", "MFLAGS"))}
        mark = f"localhost/irsa-doctor-{os.getpid()}"
        image = Image(f"{mark}:tested", f"{mark}:base", f"{mark}:build", {**environ, "CONTAINERS_CONF": str(settings)})
        try:
            _stand_in(image, Path(made))
            make_image(image, image.name)
            yield image
        finally:
            _forget(image, mark)


def _forget(image: Image, mark: str) -> None:
    """Take away all images of this mark, by name: what they are made of may be another's, too."""
    form = "{{.Repository}}:{{.Tag}}"
    names = image.podman("images", "--format", form, "--filter", f"reference={mark}", check=False).out.split()
    if names:
        image.podman("rmi", "--force", *names, check=False)


def make_image(image: Image, name: str, containerfile: str | None = None) -> None:
    """Run `make image` under this name, on the stand-in; or build what a Containerfile of a test says."""
    with tempfile.TemporaryDirectory() as made:
        flags = ["--network", "host", "--no-cache", *_reaching_out(Path(made))]
        if containerfile is None:
            settings = (f"IMAGE={name}", f"BASE_IMAGE={image.base}", f"BUILD_IMAGE={image.build}")
            command = ["make", "image", *settings, f"SOURCE_DATE_EPOCH={EPOCH}", f"IMAGE_FLAGS={' '.join(flags)}"]
        else:
            (Path(made) / "Containerfile").write_text(containerfile)
            command = ["buildah", "build", *flags, "--file", f"{made}/Containerfile", "--tag", name, str(ROOT)]
        told(["env", "--chdir", str(ROOT), *command], image.environ, check=True)


def _reaching_out(made: Path) -> list[str]:
    """Return how pip reaches its index while the image is built, as it does here; nothing of it is kept."""
    listed = told([sys.executable, "-m", "pip", "config", "list"], os.environ, check=True).out
    settings = (line.removeprefix("global.").partition("=") for line in listed.splitlines())
    remote = {name: value.strip("'") for name, _, value in settings if name in _PIP and "file:" not in value}
    lines = [f"{name} = {value}" for name, value in remote.items()]
    flags = []
    if CERTIFICATES.is_file():
        lines.append(f"cert = {CERTIFICATES}")
        flags += ["-v", f"{CERTIFICATES}:{CERTIFICATES}:ro"]
    (made / "pip.conf").write_text("\n".join(("[global]", *lines, "")))
    return [*flags, "-v", f"{made}/pip.conf:/etc/pip.conf:ro"]


def _stand_in(image: Image, made: Path) -> None:
    if not STAND_IN.is_file():
        _debian(made / "debian", image.environ)
    image.podman("import", str(STAND_IN), image.build)
    bare = made / "bare.tar"
    shutil.copy(STAND_IN, bare)
    told(["tar", "--delete", "--file", str(bare), *(f"./usr/bin/{name}" for name in SHELLS)], image.environ, check=True)
    image.podman("import", str(bare), image.base)
    bare.unlink()
    tried = image.podman("run", "--rm", *AS_KUBERNETES, image.base, "/usr/bin/python3.11", "-c", "", check=False)
    if tried.code:
        message = f"no container can be started: {tried.err.strip()[-200:]}"
        raise CannotError(message)


def _debian(folder: Path, environ: Mapping[str, str]) -> None:
    """Make a small Debian with Python, once: debootstrap takes a minute."""
    extra = "--include=python3,python3-venv,ca-certificates"
    made = told(["debootstrap", "--variant=minbase", extra, SUITE, str(folder)], environ, check=False)
    if made.code:
        message = f"debootstrap failed: {(made.err or made.out).strip()[-200:]}"
        raise CannotError(message)
    for pattern in ("usr/share/doc", "usr/share/locale", "var/cache/apt", "var/lib/apt/lists", "**/__pycache__"):
        for path in list(folder.glob(pattern)):
            shutil.rmtree(path)
    STAND_IN.parent.mkdir(exist_ok=True)
    unfinished = STAND_IN.with_suffix(f".{os.getpid()}")
    told(["tar", "--directory", str(folder), "--create", "--file", str(unfinished), "."], environ, check=True)
    unfinished.rename(STAND_IN)


def watching_program(image: Image, pod: Pod, user: str = OWN) -> tuple[str, ...]:
    """Return what Python runs to become podman, which runs the image in the pod."""
    become = "import os, sys; os.execvp(sys.argv[1], sys.argv[1:])"
    return ("-c", become, "podman", *image.started(pod, user))
