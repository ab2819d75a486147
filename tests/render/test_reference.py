"""The reference pages."""

import re
from collections.abc import Callable
from pathlib import Path

from sidecar.check import check
from sidecar.facts import Expectation, Names, Token, TokenFile
from sidecar.model import Fault, Pass, Severity, Verdict
from sidecar.render.reference import checks_by_fault, checks_page, faults_page

MISMATCH = Fault(
    "IRSA206",
    "audience-mismatch",
    Severity.ERROR,
    "the token is addressed to *another* <audience>",
    "Make the token's audience {expected}, or add {client_id} to sts:*.",
    ("aws iam add-client-id --arn {provider_arn} --client-id {client_id}", "aws iam list"),
)
EXPOSED = Fault("IRSA114", "token-file-exposed", Severity.WARNING, "every user can read it", "Set fsGroup.")
DENIED = Fault("IRSA606", "trust-policy-denied", Severity.ERROR, "not admitted", "Mend it.", transient=True)
FAULTS = (DENIED, MISMATCH, EXPOSED)


@check("token_file.private")
def private(token_file: TokenFile) -> Verdict:
    """Is the token file kept from other users?"""
    return Pass(token_file.path)


@check("token.audience")
def audience(token: Token, expectation: Expectation, names: Names) -> Verdict:
    """Is the token addressed to STS?"""
    return Pass(f"{token.audience} {expectation.audience} {names.pod}")


@check("token.kind")
def kind(token: Token) -> Verdict:
    """Is the token [one] for STS?"""
    return Pass(token.algorithm)


CHAIN = (private, audience, kind)
BY_CHECK = {"token_file.private": (EXPOSED,), "token.audience": (MISMATCH,), "token.kind": ()}


def test_checks_page(golden: Callable[[str, str], None]) -> None:
    """The page of checks reads as its golden."""
    golden("checks.md", checks_page(CHAIN, BY_CHECK).removesuffix("\n"))


def test_faults_page(golden: Callable[[str, str], None]) -> None:
    """The page of faults reads as its golden."""
    golden("faults.md", faults_page(FAULTS).removesuffix("\n"))


def test_links_lead_somewhere() -> None:
    """Every link of a page leads to the page of a fault."""
    docs = Path(__file__).resolve().parents[2] / "docs"
    links = 0
    for page in (checks_page(iter(CHAIN), BY_CHECK), faults_page(iter(FAULTS))):
        for target in re.findall(r"\]\(([^)]+)\)", page):
            assert (docs / target).is_file()
            links += 1
    assert links == 2 + 3


def test_sorted_by_code() -> None:
    """Faults stand in the order of their codes, whatever order they come in."""
    codes = re.findall(r"^\| \[(IRSA\d+)", faults_page(FAULTS), re.MULTILINE)
    assert codes == ["IRSA114", "IRSA206", "IRSA606"]


def test_pages_end_with_one_line_break() -> None:
    """A page is a text file."""
    for page in (checks_page(CHAIN, BY_CHECK), faults_page(FAULTS)):
        assert page.endswith("\n")
        assert not page.endswith("\n\n")


def test_checks_by_fault() -> None:
    """The table is turned around, and a fault that two checks name has both, in order."""
    assert checks_by_fault({"a.b": (DENIED, EXPOSED), "c.d": (DENIED,)}) == {
        "IRSA606": ("a.b", "c.d"),
        "IRSA114": ("a.b",),
    }
