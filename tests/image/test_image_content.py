"""What the image is: its settings, what it adds to its base, and that it is the same whenever it is built."""

import json
import os

import pytest

import sidecar
from containers import EPOCH, Image, make_image

pytestmark = pytest.mark.xdist_group("image")
MOST_BYTES = 45_000_000
PACKAGES = "/usr/local/lib/python3.11/dist-packages"
EVERYTHING = """
import importlib, json, os, pkgutil, sys
import sidecar
for module in pkgutil.walk_packages(sidecar.__path__, "sidecar."):
    if module.name != "sidecar.__main__":
        importlib.import_module(module.name)
files = {name: module.__spec__ for name, module in sys.modules.items() if getattr(module, "__spec__", None)}
print(json.dumps({
    "uncompiled": [n for n, s in files.items() if s.has_location and s.cached and not os.path.exists(s.cached)],
    "modules": sorted(files),
    "path": sys.path,
}))
"""


def added(image: Image) -> list[str]:
    """Return the paths of what the image adds to its base."""
    return [line[2:] for line in image.podman("diff", image.name).out.splitlines() if line.startswith("A ")]


def python(image: Image, code: str) -> str:
    """Run Python in the image, as the program is run; return what it printed."""
    return image.podman(
        "run", "--rm", "--read-only", "--entrypoint", "/usr/bin/python3.11", image.name, "-Ic", code
    ).out


@pytest.mark.skipif("PYTEST_XDIST_WORKER" not in os.environ, reason="tests run one after the other")
def test_one_worker_makes_the_image(request: pytest.FixtureRequest) -> None:
    """Groups are heeded: where they are not, each worker would build an image of its own, and nothing would say so."""
    assert request.node.nodeid.endswith("@image")


def test_how_it_is_run(image: Image) -> None:
    """Nobody's user, the program, and a diagnosis where nothing else is asked."""
    config = image.inspected()["Config"]
    assert (config["User"], config["Entrypoint"], config["Cmd"]) == ("65532:65532", ["irsa-doctor"], ["check"])


def test_labels(image: Image) -> None:
    """The labels say what it is, and of which version."""
    labels = {name.rpartition(".")[2]: value for name, value in image.inspected()["Labels"].items()}
    assert labels["title"] == "irsa-doctor"
    assert labels["licenses"] == "Apache-2.0"
    assert labels["version"] == sidecar.__version__
    assert {"description", "revision"} <= set(labels)


def test_it_is_small(image: Image) -> None:
    """What is added to the base has its limit, uncompressed."""
    assert 0 < image.added() <= MOST_BYTES


def test_it_adds_a_program_packages_and_byte_code(image: Image) -> None:
    """Nothing else is added: no shell, no pip, no test, no lab, no trace of the build."""
    paths = added(image)
    folders = {"/usr/local/bin/irsa-doctor", PACKAGES}
    strange = [path for path in paths if not path.startswith((*folders, "/usr/lib/python3.11/"))]
    assert [path for path in strange if not any(folder.startswith(path) for folder in folders)] == []
    names = {path.removeprefix(f"{PACKAGES}/").split("/")[0].split("-")[0] for path in paths if PACKAGES in path}
    assert {"sidecar", "botocore", "cryptography", "irsa_doctor"} <= names
    assert not {"pip", "setuptools", "hatchling", "boto3", "moto", "bin"} & names
    assert [path for path in paths if "/tests/" in path or "/sidecar/lab" in path or "direct_url" in path] == []
    services = {path.split("/botocore/data/")[1].split("/")[0] for path in paths if "/botocore/data/" in path}
    assert {name for name in services if "." not in name} == {"iam", "sts"}


def test_there_is_no_shell(image: Image) -> None:
    """Neither the base nor what is added to it has one."""
    for shell in ("/bin/sh", "/bin/bash"):
        assert image.podman("run", "--rm", "--entrypoint", shell, image.name, "-c", "true", check=False).code == 127


def test_everything_is_compiled(image: Image) -> None:
    """Every module that any command could load, the standard library's too, has byte code at hand."""
    found = json.loads(python(image, EVERYTHING))
    assert {"sidecar.probe.sdk", "cryptography.x509", "prometheus_client", "ssl"} <= set(found["modules"])
    assert found["uncompiled"] == []
    assert PACKAGES in found["path"]


def test_byte_code_is_never_compared_with_its_source(image: Image) -> None:
    """Its flags say so (PEP 552): neither times nor contents are looked at."""
    code = "import importlib, sys\nfor n in ('json', 'botocore.session'):\n"
    code += " print(int.from_bytes(open(importlib.import_module(n).__spec__.cached, 'rb').read(8)[4:], 'little'))"
    assert python(image, code).split() == ["1", "1"]


def test_it_has_one_time(image: Image) -> None:
    """Files have the time that the build was told."""
    code = "import os, sidecar; print(int(os.stat(sidecar.__file__).st_mtime))"
    assert python(image, code).strip() == EPOCH


def test_it_is_reproducible(image: Image) -> None:
    """Built anew, with nothing kept, the one layer that is added has the same digest, and so has the image."""
    again = f"{image.name}-again"
    make_image(image, again)
    assert image.layers(again) == image.layers()
    assert len(image.layers()) == 1
    assert image.inspected(again)["Digest"] == image.inspected()["Digest"]
