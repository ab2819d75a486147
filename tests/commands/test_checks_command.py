"""`irsa-doctor checks`: every check, its question and the faults it can name."""

import json

import pytest

from sidecar.checks import CHAIN, FAULTS_BY_CHECK
from sidecar.commands.checks import SCHEMA, run
from sidecar.faults import AUDIENCE_AMBIGUOUS, AUDIENCE_MISMATCH


def test_json_is_the_tables(capsys: pytest.CaptureFixture[str]) -> None:
    """The JSON holds every check in the order of the chain, with its faults, and nothing else."""
    assert run(as_json=True) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["schema"] == SCHEMA == "irsa-doctor/checks/v1"
    assert [(check["check"], check["question"]) for check in document["checks"]] == [
        (check.name, check.question) for check in CHAIN
    ]
    named = {check["check"]: [fault["code"] for fault in check["faults"]] for check in document["checks"]}
    assert named == {check.name: [fault.code for fault in FAULTS_BY_CHECK[check.name]] for check in CHAIN}


def test_json_of_one_check(capsys: pytest.CaptureFixture[str]) -> None:
    """A check's faults have code, name, severity and title."""
    run(as_json=True)
    checks = {check["check"]: check for check in json.loads(capsys.readouterr().out)["checks"]}
    assert checks["token.audience"] == {
        "check": "token.audience",
        "question": "Is the token addressed to STS?",
        "faults": [
            {"code": fault.code, "name": fault.name, "severity": "error", "title": fault.title}
            for fault in (AUDIENCE_MISMATCH, AUDIENCE_AMBIGUOUS)
        ],
    }


def test_text(capsys: pytest.CaptureFixture[str]) -> None:
    """The text has a paragraph for each check: its name and question, then a line for each fault."""
    assert run(as_json=False) == 0
    paragraphs = capsys.readouterr().out.rstrip("\n").split("\n\n")
    assert len(paragraphs) == len(CHAIN)
    expected = [
        "token.audience: Is the token addressed to STS?",
        f"  IRSA206  error    audience-mismatch                  {AUDIENCE_MISMATCH.title}",
        f"  IRSA207  error    audience-ambiguous                 {AUDIENCE_AMBIGUOUS.title}",
    ]
    assert [lines.splitlines() for lines in paragraphs if lines.startswith("token.audience:")] == [expected]


def test_every_fault_stands_in_its_column(capsys: pytest.CaptureFixture[str]) -> None:
    """Titles begin in one column: no fault's name is longer than its column."""
    run(as_json=False)
    lines = [line for line in capsys.readouterr().out.splitlines() if line.startswith("  ")]
    titles = {fault.title for faults in FAULTS_BY_CHECK.values() for fault in faults}
    assert lines
    assert {line[55:] for line in lines} <= titles
