"""The tables close: each check, fault and fact is where it must be, and nothing is in a table alone.

The record of published faults is held in test_faults.py.
"""

import importlib
import pkgutil
import re
from itertools import groupby

import pytest

import sidecar.checks
from cases import CASES, Case
from sidecar import faults
from sidecar.check import FACT_KINDS, Check
from sidecar.checks import CHAIN, FAULTS_BY_CHECK
from sidecar.diagnosis import diagnose
from sidecar.facts import Names
from sidecar.model import Fail, Failed, Fault, Pass, Severity, Skip
from test_faults import placeholders, recorded

LINKS = (
    "environment",
    "token_file",
    "token",
    "issuer",
    "certificate",
    "provider",
    "trust",
    "exchange",
    "clock",
    "pod_identity",
    "kubernetes",
    "workload",
    "sdk",
)
BY_NAME = {check.name: check for check in CHAIN}
FAILING = [case for case in CASES if case.verdict is Fail]


def defined() -> dict[str, Check]:
    """Return every check that a module of sidecar.checks defines, by module and variable."""
    modules = [
        importlib.import_module(f"sidecar.checks.{module.name}")
        for module in pkgutil.iter_modules(sidecar.checks.__path__)
    ]
    return {
        f"{module.__name__.removeprefix('sidecar.checks.')}.{variable}": value
        for module in modules
        for variable, value in vars(module).items()
        if isinstance(value, Check)
    }


# ---- checks


def test_every_check_is_in_the_chain_once() -> None:
    """What is defined is asked, and asked once; a check is named after its module and its function."""
    assert {name: check.name for name, check in defined().items()} == {name: name for name in BY_NAME}
    assert len(CHAIN) == len(BY_NAME)
    assert all(defined()[check.name] is check for check in CHAIN)


def test_the_chain_is_the_chain_of_trust() -> None:
    """The checks stand in the order of the links."""
    assert tuple(link for link, _ in groupby(CHAIN, lambda check: check.name.partition(".")[0])) == LINKS


@pytest.mark.parametrize("check", CHAIN, ids=lambda check: check.name)
def test_every_check_asks_one_question(check: Check) -> None:
    """A check's name reads as true when it passes, and its question is one sentence."""
    assert re.fullmatch(r"[a-z_]+\.[a-z_]+", check.name)
    assert re.fullmatch(r"[A-Z][^?]+\?", check.question)
    assert check.accepts


def test_questions_differ() -> None:
    """No two checks ask the same."""
    assert len({check.question for check in CHAIN}) == len(CHAIN)


# ---- faults and cases


def test_every_check_lists_the_faults_that_its_cases_show() -> None:
    """What a check is said to name is exactly what it is seen to name."""
    shown: dict[str, set[str]] = {check.name: set() for check in CHAIN}
    for case in CASES:
        shown[case.check] |= {case.fault.name} if case.fault else set()
    assert shown == {check: {fault.name for fault in named} for check, named in FAULTS_BY_CHECK.items()}


def test_faults_are_listed_once_and_in_the_chains_order() -> None:
    """The list of faults has a line for every check, in order, and names no fault twice in it."""
    assert tuple(FAULTS_BY_CHECK) == tuple(BY_NAME)
    assert all(len(set(named)) == len(named) > 0 for named in FAULTS_BY_CHECK.values())


def test_every_fault_that_can_be_seen_has_a_case() -> None:
    """Every fault but those told only from texts, policies and APIs is shown in the table of cases."""
    shown = {case.fault.name for case in CASES if case.fault}
    seen = {row["name"] for row in recorded() if row["seen"] == "yes"}
    assert seen - shown == set()
    # The workload's view of the token file is told by its mode bits as well as by the workload itself; role, provider
    # and trust policy by IAM, where it may be read.
    by_iam = {name for name, fault in faults.BY_NAME.items() if fault.code.startswith("IRSA7")} | {"role-not-found"}
    by_files = {"workload-cannot-read-token", "workload-env-differs", "sdk-too-old", "sdk-module-missing"}
    by_cluster = {
        "service-account-not-annotated", "annotation-differs", "pod-older-than-annotation", "container-skipped",
        "sidecar-blocks-completion",
    }  # fmt: skip
    assert shown - seen == {*by_files, *by_cluster, *by_iam}


@pytest.mark.parametrize("check", CHAIN, ids=lambda check: check.name)
def test_every_check_can_pass(check: Check) -> None:
    """No check only ever fails."""
    assert any(case.check == check.name and case.verdict is Pass for case in CASES)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_cases_name_what_exists(case: Case) -> None:
    """A case is about a check of the chain and, where it fails, a fault of the table."""
    assert case.check in BY_NAME
    assert (case.fault in faults.ALL) if case.verdict is Fail else (case.fault is None and case.severity is None)
    assert case.verdict in {Pass, Fail, Skip}


@pytest.mark.parametrize("case", [case for case in CASES if case.severity], ids=lambda case: case.name)
def test_severity_is_overridden_only_to_another(case: Case) -> None:
    """Where a check weighs a fault by itself, it is because the fault's own weight does not fit."""
    assert case.fault
    assert case.severity is not case.fault.severity


# ---- facts


@pytest.mark.parametrize("fact", [fact for fact, kinds in FACT_KINDS.items() if Failed in kinds])
def test_every_failure_is_reported_by_one_check(fact: str) -> None:
    """A fact that can be `Failed` is accepted so by exactly one check: one cause gives one failure."""
    assert len([check for check in CHAIN if Failed in dict(check.accepts).get(fact, ())]) == 1


def test_facts_that_can_fail() -> None:
    """These are the looks that the world can refuse."""
    assert {fact for fact, kinds in FACT_KINDS.items() if Failed in kinds} == {
        "settings",
        "endpoint",
        "token_file",
        "token",
        "discovery",
        "jwks",
        "sts",
        "caller",
        "agent_file",
        "agent_token",
        "agent",
        "agent_caller",
    }


def test_every_fact_is_judged() -> None:
    """No fact is gathered for nothing; timings are only measured."""
    assert {fact for check in CHAIN for fact, _ in check.accepts} == set(FACT_KINDS) - {"timings"}


# ---- remedies


@pytest.mark.parametrize("case", FAILING, ids=lambda case: case.name)
def test_remedies_can_be_filled_in(case: Case) -> None:
    """Every placeholder of a fault's remedy and commands is in the evidence of each failure in a report."""
    report = diagnose(case.facts, [BY_NAME[case.check]], version="1", started=0, duration_seconds=0)
    (result,) = report.results
    assert result.fault
    wanted = {name for text in (result.fault.remedy, *result.fault.commands) for name in placeholders(text)}
    assert wanted - set(result.evidence) == set()


@pytest.mark.parametrize("fault", faults.ALL, ids=lambda fault: fault.name)
def test_every_error_ends_in_a_command(fault: Fault) -> None:
    """What keeps a workload from its credentials names what to paste next."""
    assert fault.commands or fault.severity is Severity.WARNING


def test_unseen_faults_need_only_names() -> None:
    """What no check names yet can be filled in with the pod's names alone."""
    shown = {fault for named in FAULTS_BY_CHECK.values() for fault in named}
    for fault in set(faults.ALL) - shown:
        wanted = {name for text in (fault.remedy, *fault.commands) for name in placeholders(text)}
        assert wanted <= set(Names._fields), fault.name
