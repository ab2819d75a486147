"""A judgement on a trust policy, for people and as JSON v1. Pure.

Nothing that a policy or a token says reaches the output but through `plain`, or quoted in a command.
"""

import json
from collections.abc import Mapping
from textwrap import wrap
from typing import NamedTuple, cast

from sidecar import faults
from sidecar.model import Fault
from sidecar.policy import Decision, Exchange, Finding, Judgement, Match, Policy, Ruling, judge, read_policy
from sidecar.render.remedy import commands, fill, plain

SCHEMA = "irsa-doctor/trust/v1"
_WIDTH = 100
_QUOTA = 2048  # FACTS A38; white space is not counted
_SAYS = {Match.YES: "matches", Match.NO: "does not match", Match.UNKNOWN: "cannot be told"}
_WORDS = {Decision.ALLOW: "allowed", Decision.DENY: "denied", Decision.UNKNOWN: "cannot tell"}
_FILLINGS = frozenset({"role_name", "role_arn", "trust_policy", "provider_arn", "iam_region", "account"})


class Trust(NamedTuple):
    """What was judged. ``corrected`` is the policy that admits the token; ``names`` fill the commands in."""

    exchange: Exchange
    judgement: Judgement
    corrected: str
    names: Mapping[str, str]


def trust_json(trust: Trust) -> str:
    """Return the judgement as one JSON object (CONTRACT, Trust)."""
    judgement = trust.judgement
    document = {
        "schema": SCHEMA,
        "decision": judgement.decision.value,
        "statements": [_statement(ruling) for ruling in judgement.statements],
        "findings": [_finding(finding, trust) for finding in judgement.findings],
        "notes": notes(trust),
        "corrected_policy": json.loads(trust.corrected) if judgement.findings else None,
        "command": _install(trust) if judgement.findings else None,
    }
    return json.dumps(document, indent=2)


def _statement(ruling: Ruling) -> dict[str, object]:
    return {
        "index": ruling.position,
        "sid": ruling.sid,
        "effect": ruling.effect,
        "match": ruling.match.value,
        "because": list(ruling.because),
    }


def _finding(finding: Finding, trust: Trust) -> dict[str, object]:
    fault, evidence = finding.fault, _evidence(finding, trust)
    return {
        "code": fault.code,
        "name": fault.name,
        "title": fault.title,
        "severity": fault.severity.value,
        "evidence": dict(finding.evidence),
        "remedy": fill(fault.remedy, evidence),
        "commands": list(commands(fault, evidence)),
    }


def _evidence(finding: Finding, trust: Trust) -> dict[str, str]:
    return {**trust.names, "trust_policy": trust.corrected, **finding.evidence}


def trust_text(trust: Trust) -> str:
    """Return the judgement: every statement with its reasons, each fault, the corrected policy, one last line."""
    judgement = trust.judgement
    blocks = [
        _head(trust.exchange),
        *(_ruling(ruling) for ruling in judgement.statements),
        *(_fault(finding, trust) for finding in judgement.findings),
        *_correction(trust),
        [line for note in notes(trust) for line in _hung("Note: ", plain(note))],
        [f"irsa-doctor: {conclusion(judgement)}"],
    ]
    return "\n\n".join("\n".join(block) for block in blocks if block)


def notes(trust: Trust) -> list[str]:
    """Return what else is to be known, a sentence each: of the token, and of the corrected policy."""
    exchange, judgement = trust.exchange, trust.judgement
    told = []
    if exchange.audience is None:
        told.append(
            f"the token has {len(exchange.audiences)} audiences and no azp: STS refuses it before it reads the policy."
        )
    if not judgement.findings:
        return told
    mended = judge(cast("Policy", read_policy(trust.corrected)), exchange)
    untold = dict.fromkeys(clause for ruling in mended.statements for clause in ruling.untold)
    if mended.decision is Decision.UNKNOWN:
        told.append(f"the corrected policy still asks what cannot be told here: {'; '.join(untold)}.")
    if "::ACCOUNT:" in trust.corrected:
        told.append("no account is known: put the role's in place of ACCOUNT, or give --role-arn.")
    size = sum(not character.isspace() for character in trust.corrected)
    if size > _QUOTA:
        told.append(f"the corrected policy has {size} characters; IAM takes {_QUOTA} unless the quota was raised.")
    return told


def conclusion(judgement: Judgement) -> str:
    """Return the last line: ``denied: IRSA702 trust-subject-mismatch``, ``allowed``, ``cannot tell: why``."""
    word = _WORDS[judgement.decision]
    if judgement.decision is Decision.UNKNOWN:
        return f"{word}: {plain(next(why for ruling in judgement.statements for why in ruling.untold))}"
    named = [f"{finding.fault.code} {finding.fault.name}" for finding in judgement.findings]
    if judgement.decision is Decision.ALLOW:
        return f"{word}{f', but {named[0]}' if named else ''}"
    return f"{word}: {named[0]}"


def _head(exchange: Exchange) -> list[str]:
    role = exchange.role
    arn = role.text if role else "not given: of any account"
    known = {"issuer": exchange.issuer, "subject": exchange.subject, "audience": exchange.audience or "not exactly one"}
    return _aligned({**known, "role": arn})


def _ruling(ruling: Ruling) -> list[str]:
    sid = f" ({plain(ruling.sid)})" if ruling.sid else ""
    title = f"Statement[{ruling.position}]{sid}: {ruling.effect}, {_SAYS[ruling.match]}"
    return [title, *(line for why in ruling.because for line in _hung("  - ", plain(why)))]


def _fault(finding: Finding, trust: Trust) -> list[str]:
    fault, evidence = finding.fault, _evidence(finding, trust)
    told = {name: value for name, value in finding.evidence.items() if name not in _FILLINGS}
    return [
        f"{fault.code} {fault.name}: {fill(fault.title, evidence)}",
        *_aligned(_asked(fault, told)),
        *_hung("Fix: ", fill(fault.remedy, evidence)),
    ]


def _asked(fault: Fault, told: Mapping[str, str]) -> dict[str, str]:
    """Name expected and found by who wants and who says so, where a condition is held against the token."""
    if "condition" not in told:
        return dict(told)
    words = {"expected": "policy wants", "found": "token says"}
    return {words.get(name, name): value for name, value in told.items()} if fault.code != "IRSA707" else dict(told)


def _correction(trust: Trust) -> list[list[str]]:
    if not trust.judgement.findings:
        return []
    pretty = json.dumps(json.loads(trust.corrected), indent=2)
    return [["The policy corrected:", pretty], ["To install it:", f"    {_install(trust)}"]]


def _install(trust: Trust) -> str:
    """Return the command that puts the corrected policy in the place of the one there is."""
    return commands(faults.TRUST_POLICY_DENIED, {**trust.names, "trust_policy": trust.corrected})[-1]


def _aligned(pairs: Mapping[str, str]) -> list[str]:
    width = max(map(len, pairs), default=0)
    return [line for name, value in pairs.items() for line in _hung(f"  {name:{width}}  ", plain(value))]


def _hung(prefix: str, body: str) -> list[str]:
    lines = wrap(body, _WIDTH - len(prefix), break_long_words=False, break_on_hyphens=False) or [""]
    return [f"{prefix}{lines[0]}".rstrip(), *(f"{' ' * len(prefix)}{line}" for line in lines[1:])]
