"""Every text of the corpus gets the verdict that is right, whatever it is wrapped in."""

import json
import re
from collections import Counter

import pytest
from corpus import Text, scores, texts

from sidecar import faults
from sidecar.explain.recogniser import explain

CORPUS = texts()
RIGHT = [one for one in CORPUS if one.missed is None]
SAMPLE = RIGHT[::5]


def verdict(text: str) -> str | None:
    """Return the name of what a text is said to show."""
    found = explain(text.encode())
    return found.verdict.name if found.verdict else None


def shown(one: Text) -> str:
    """Return a test's name for a text."""
    return f"{one.sdk}-{one.verdict}"


@pytest.mark.parametrize("one", CORPUS, ids=shown)
def test_verdicts(one: Text) -> None:
    """The verdict is right; what is known to be missed is said to be."""
    wanted = one.verdict if one.missed is None else None if one.missed == "nothing" else one.missed
    assert verdict(one.text) == wanted


def test_the_corpus_is_large_and_wide() -> None:
    """Texts of all SDKs and causes, and many that are about something else."""
    assert len(CORPUS) >= 150
    assert sum(one.verdict is None for one in CORPUS) >= 40
    assert len({one.text for one in CORPUS}) == len(CORPUS)
    assert len({one.verdict for one in CORPUS}) >= 50
    families = Counter(re.split(r"[ (]", one.sdk)[0] for one in CORPUS)
    assert {
        "go1",
        "go2",
        "botocore",
        "aws-cli",
        "java1",
        "java2",
        "js2",
        "js3",
        "dotnet3",
        "ruby",
        "php",
    } <= families.keys()
    assert {"rust", "cpp", "crt", "kotlin", "terraform", "raw-xml", "github-action"} <= families.keys()
    assert {one.verdict for one in CORPUS} - {None} <= faults.BY_NAME.keys()


def test_a_wrong_cause_is_rare() -> None:
    """Precision matters more than recall: a wrong cause costs an hour."""
    said = [(one.verdict, verdict(one.text)) for one in CORPUS]
    every = scores(said)
    assert sum(score.hit for score in every.values()) / sum(score.said for score in every.values()) > 0.98
    assert not [pair for pair in said if pair[0] is None and pair[1] is not None]


@pytest.mark.parametrize("one", SAMPLE, ids=shown)
def test_a_message_in_a_json_log_is_the_same_message(one: Text) -> None:
    """Escaped as JSON loggers do, in a field, with others around it."""
    record = {"level": "error", "ts": "2026-11-25T09:12:03Z", "msg": "it failed", "error": one.text}
    assert verdict(json.dumps(record)) == one.verdict


@pytest.mark.parametrize("one", SAMPLE, ids=shown)
def test_repetition_changes_counts_only(one: Text) -> None:
    """A thousand times the same is the same."""
    once = explain(one.text.encode() + b"\n")
    often = explain((one.text.encode() + b"\n") * 40)
    assert often.verdict == once.verdict
    assert {finding.fault.name for finding in often.findings} == {finding.fault.name for finding in once.findings}
    assert all(finding.times >= 1 for finding in often.findings)


@pytest.mark.parametrize("one", SAMPLE, ids=shown)
def test_chunks_do_not_matter(one: Text) -> None:
    """However the bytes come."""
    from sidecar.explain.recogniser import Recogniser

    data = one.text.encode()
    for size in (1, 7, 64):
        recogniser = Recogniser()
        for start in range(0, len(data), size):
            recogniser.feed(data[start : start + size])
        assert recogniser.finish() == explain(data)


@pytest.mark.parametrize("one", [one for one in RIGHT if one.verdict == "trust-policy-denied"][::2], ids=shown)
def test_a_cause_is_found_in_a_long_log(one: Text) -> None:
    """Among ordinary lines, and before what follows from it."""
    chatter = "".join(f"2026-11-25T09:{minute:02}:00Z INFO served /healthz in 3 ms\n" for minute in range(60))
    follows = "2026-11-25T10:00:00Z ERROR Unable to locate credentials\n"
    found = explain(f"{chatter}{one.text}\n{chatter}{follows}".encode())
    assert found.verdict == faults.TRUST_POLICY_DENIED
