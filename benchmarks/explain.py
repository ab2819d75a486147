"""Precision, recall, speed and memory of ``irsa-doctor explain``: exit 1 where a target is missed.

Run by ``make bench``. The corpus is tests/explain/corpus.jsonl: the texts that the mechanism was made with, so that the
figures say what works, and not what will. Speed is measured beside plain reading of the same log in the same run.
"""

import subprocess
import sys
import tempfile
import time
import uuid
from pathlib import Path
from random import Random
from resource import RUSAGE_CHILDREN, getrusage

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests" / "explain"))

from corpus import scores, texts

from sidecar.explain.recogniser import explain

MEGABYTES = 100
LEAST_SPEED = 20.0  # MB/s
MOST_MEMORY = 60.0  # MiB
LEAST_PRECISION = 0.98
DENIED = (
    "operation error S3: ListBuckets, get identity: get credentials: failed to refresh cached credentials, operation "
    "error STS: AssumeRoleWithWebIdentity, https response error StatusCode: 403, RequestID: {id}, api error "
    "AccessDenied: Not authorized to perform sts:AssumeRoleWithWebIdentity"
)
SERVED = "http request served path=/api/v1/orders/{number} status=200 duration=3ms trace={id}"


def log(path: Path, every: int) -> None:
    """Write a log of `MEGABYTES`, in which every so many lines one is an error; times and ids differ in each line."""
    chance = Random(1)  # noqa: S311 - the same log each time is what is wanted
    written = number = 0
    with path.open("w", encoding="utf-8") as file:
        while written < MEGABYTES * 1_000_000:
            number += 1
            words = DENIED if number % every == 0 else SERVED
            line = words.format(number=number, id=uuid.UUID(int=chance.getrandbits(128)))
            stamp = f"2026-11-25T{number // 3600 % 24:02}:{number // 60 % 60:02}:{number % 60:02}Z"
            written += file.write(f"{stamp} {'ERROR' if words is DENIED else 'INFO'} {line}\n")


def seconds(*command: str) -> float:
    """Return how long a command takes. Raises where it fails."""
    began = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - began


def speeds() -> list[float]:
    """Print speed beside plain reading, for a log with few errors and one of errors alone; return both in MB/s."""
    found = []
    for name, every in (("few errors", 5000), ("errors alone", 1)):
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "app.log"
            log(path, every)
            read = seconds(sys.executable, "-c", "import sys; [0 for _ in open(sys.argv[1], 'rb')]", str(path))
            took = seconds(sys.executable, "-m", "sidecar", "explain", str(path))
        found.append(MEGABYTES / took)
        print(f"  {name:14} {MEGABYTES / took:6.1f} MB/s, {took / read:5.1f} times as long as reading its lines")
    return found


def main() -> int:
    """Measure, print, and return 1 where a target is missed."""
    corpus = texts()
    said = [(verdict.name if (verdict := explain(one.text.encode()).verdict) else None) for one in corpus]
    every = scores([(one.verdict, name) for one, name in zip(corpus, said, strict=True)])
    print(f"explain: {len(corpus)} texts, {sum(one.verdict is None for one in corpus)} of them about something else")
    for name, score in every.items():
        print(f"  {name:33} precision {score.precision:5.2f}  recall {score.recall:5.2f}  texts {score.right:3}")
    hit = sum(score.hit for score in every.values())
    precision = hit / sum(score.said for score in every.values())
    recall = hit / sum(score.right for score in every.values())
    print(f"  {'all':33} precision {precision:5.3f}  recall {recall:5.3f}")
    slowest = min(speeds())
    memory = getrusage(RUSAGE_CHILDREN).ru_maxrss / 1024
    print(f"  largest process {memory:.1f} MiB, at most {MOST_MEMORY:.0f}")
    print(f"  slowest {slowest:.1f} MB/s, at least {LEAST_SPEED:.0f}")
    return int(precision < LEAST_PRECISION or slowest < LEAST_SPEED or memory > MOST_MEMORY)


if __name__ == "__main__":
    raise SystemExit(main())
