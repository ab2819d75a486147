"""The table of faults: public, permanent, and fit to be read."""

import csv
import re
from pathlib import Path
from string import Formatter

import pytest

from sidecar import faults
from sidecar.model import Fault

RECORD = Path(__file__).parent / "recorded" / "faults.tsv"
"""Each fault ever published. ``seen``: a check can name it; the others are named from texts, policies and APIs only."""


def recorded() -> list[dict[str, str]]:
    """Return the rows of the record: code, name, severity, transient, seen."""
    with RECORD.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines, delimiter="\t"))


def placeholders(template: str) -> set[str]:
    """Return the names that a remedy or command is filled in with."""
    return {name for _, name, _, _ in Formatter().parse(template) if name is not None}


@pytest.mark.parametrize("row", recorded(), ids=lambda row: row["name"])
def test_published_faults_stay(row: dict[str, str]) -> None:
    """No fault is ever renamed, renumbered, weighed anew or taken away."""
    fault = faults.BY_NAME[row["name"]]
    assert (fault.code, fault.severity, fault.transient) == (row["code"], row["severity"], row["transient"] == "yes")


def test_record_is_whole() -> None:
    """A new fault is recorded: from then on it is public."""
    assert {fault.name for fault in faults.ALL} == {row["name"] for row in recorded()}


def test_codes_and_names_are_unique() -> None:
    """No two faults share a code or a name."""
    assert len({fault.code for fault in faults.ALL}) == len(faults.ALL)
    assert len(faults.BY_NAME) == len(faults.ALL)


@pytest.mark.parametrize("fault", faults.ALL, ids=lambda fault: fault.name)
def test_fault_is_well_formed(fault: Fault) -> None:
    """A code is IRSA and three digits, a name kebab-case, its constant the name in capitals."""
    assert re.fullmatch(r"IRSA[1-9]\d\d", fault.code)
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", fault.name)
    assert getattr(faults, fault.name.upper().replace("-", "_")) is fault


@pytest.mark.parametrize("fault", faults.ALL, ids=lambda fault: fault.name)
def test_texts_keep_their_form(fault: Fault) -> None:
    """A title is a clause without a full stop that needs no evidence, a remedy one or more whole sentences."""
    first = fault.title.split()[0]
    assert first in {"STS", "IAM", "EKS"} or first == first.lower()
    assert not fault.title.endswith(".")
    assert placeholders(fault.title) == set()
    assert fault.remedy[0].isupper()
    assert re.search(r"[^.]\.$", fault.remedy)
    assert "  " not in fault.remedy + fault.title


@pytest.mark.parametrize(
    "command",
    [pytest.param(command, id=fault.name) for fault in faults.ALL for command in fault.commands],
)
def test_commands_leave_quoting_to_the_renderer(command: str) -> None:
    """Each placeholder of a command stands outside quotes: it is quoted when it is filled in."""
    bare = re.sub(r"'[^']*'", "", command)
    assert not {"'", '"', "`", "$", "\\", ";", "|", "*", "{{"} & {*bare, *re.findall(r"\{\{", bare)}
    assert placeholders(command) == placeholders(bare)
    assert command == " ".join(command.split())
    assert command.split(maxsplit=1)[0] in {"aws", "curl", "irsa-doctor", "kubectl"}


def test_order_is_that_of_the_codes() -> None:
    """The table is in the order of the codes, so that a reader finds a fault and a free code."""
    codes = [fault.code for fault in faults.ALL]
    assert codes == sorted(codes)
