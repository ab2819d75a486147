"""The image's size, and the speed of ``check`` in a small pod's limits: exit 1 where a target is missed.

Run by ``make bench``. The AWS CLI runs in the same limits, on the same base, compiled in the same way. Times are the
containers' own, from start to end.
"""

import argparse
import json
import statistics
import sys
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))

import os

from check import verdict

from containers import CannotError, Image, built, lacking, make_image
from sidecar.lab.lab import Lab, Pod
from sidecar.lab.scenarios import HEALTHY

LIMITS = ("--cpus", "0.1")  # of memory, 96 MiB
HOME = "/tmp"  # noqa: S108 - the container's own
AT_HOME = ("--tmpfs", HOME, "--env", f"HOME={HOME}")  # the AWS CLI does not start where it cannot write
MOST_MEGABYTES = 45
MOST_OF_THE_CLI = 0.7
OPPONENT = """
FROM {build} AS made
COPY requirements/dev.txt tools/image_tree.py /
RUN python3 -m venv /venv \\
    && python3 /image_tree.py lock /dev.txt --only awscli botocore colorama docutils jmespath pyasn1 python-dateutil \\
        pyyaml rsa s3transfer six urllib3 >/aws.txt \\
    && /venv/bin/pip install --no-deps --only-binary :all: --require-hashes --requirement /aws.txt --target /packages
RUN cp -r /usr/lib/python3.11 /stdlib && find /packages /stdlib -name __pycache__ -prune -exec rm -r {{}} + \\
    && python3 -m compileall -q -x '/(lib2to3|test)/' --invalidation-mode unchecked-hash /packages /stdlib
FROM {base}
COPY --from=made /packages /usr/local/lib/python3.11/dist-packages
COPY --from=made /stdlib /usr/lib/python3.11
ENTRYPOINT ["/usr/bin/python3.11", "-I", "-c", "import sys; from awscli.clidriver import main; sys.exit(main())"]
CMD ["sts", "get-caller-identity"]
"""


def seconds(image: Image, pod: Pod, arguments: Sequence[str], options: Sequence[str]) -> float:
    """Run a container to its end, and return how long it ran. Raises SystemExit where it failed."""
    started = image.started(pod, options=(*LIMITS, *options))
    begun = [argument for argument in started[1:] if argument != "--rm"]
    name = image.podman("create", *begun, *arguments).out.strip()
    try:
        done = image.podman("start", "--attach", name, check=False)
        state = json.loads(image.podman("container", "inspect", name).out)[0]["State"]
    finally:
        image.podman("rm", "--force", name, check=False)
    if state["ExitCode"]:
        message = f"{image.name} ended with {state['ExitCode']}: {done.err[-500:]}"
        raise SystemExit(message)
    return (moment(state["FinishedAt"]) - moment(state["StartedAt"])).total_seconds()


def moment(text: str) -> datetime:
    """Return podman's time."""
    return datetime.fromisoformat(text)


def main() -> int:
    """Measure, print, and return 1 where a target is missed."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--rounds", type=int, default=5)
    rounds = options.parse_args().rounds
    reason = lacking()
    try:
        return measured(rounds) if reason is None else skipped(reason)
    except CannotError as error:
        return skipped(str(error))


def skipped(reason: str) -> int:
    """Say why nothing is measured: where containers cannot run, that is no miss."""
    print(f"The image is not measured here: {reason}.")
    return 0


def measured(rounds: int) -> int:
    """Build both images and run them in turn."""
    with built() as image, Lab(os.environ) as lab, lab.pod(HEALTHY) as pod:
        opponent = image._replace(name=f"{image.name}-aws")
        make_image(image, opponent.name, OPPONENT.format(build=image.build, base=image.base))
        pairs = [
            (seconds(image, pod, ("check", *pod.arguments), ()), seconds(opponent, pod, (), AT_HOME))
            for _ in range(rounds)
        ]
        size = image.added() / 1e6
    ours, cli = (statistics.median(times) for times in zip(*pairs, strict=True))
    print(f"In the image, --cpus 0.1 --memory 96m, medians of {rounds}")
    print(f"  {'irsa-doctor check':30} {ours:7.3f} s")
    print(f"  {'aws sts get-caller-identity':30} {cli:7.3f} s")
    print(f"  {'the image adds to its base':30} {size:7.1f} MB uncompressed")
    missed = [
        verdict("wall time against the AWS CLI", ours / cli, MOST_OF_THE_CLI),
        verdict("megabytes against the most there may be", size / MOST_MEGABYTES, 1.0),
    ]
    return int(any(missed))


if __name__ == "__main__":
    raise SystemExit(main())
