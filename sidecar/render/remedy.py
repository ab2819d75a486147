"""Remedies and commands filled in, and text made safe to show. Pure: knows faults and evidence, no report.

The values come from tokens, documents and answers that anybody may have written: none is trusted.
"""

import re
import shlex
from collections.abc import Callable, Mapping

from sidecar.checks.naming import GLOBAL
from sidecar.model import Fault

_PLACEHOLDER = re.compile(r"\{\{|\}\}|\{(\w+)\}")
_LIMIT = 500
# What a command would take for an option, and what the AWS CLI would replace by a local file's content.
_MISLEADING = ("-", "file://", "fileb://")


def fill(template: str, evidence: Mapping[str, str]) -> str:
    """Fill a title or a remedy in, each value `plain`; a value that is missing is its name in capitals."""
    return _replace(template, lambda name: plain(evidence[name]) if name in evidence else name.upper())


def commands(fault: Fault, evidence: Mapping[str, str]) -> tuple[str, ...]:
    """Fill the fault's commands in, each value whole and as one word of a POSIX shell.

    IAM's commands get the evidence's ``iam_region``, where there is one: no template has to name it.
    """
    return tuple(
        _replace(_of_partition(template, evidence), lambda name: _word(name, evidence)) for template in fault.commands
    )


def plain(text: str) -> str:
    """Make text safe for a terminal and a line of a log.

    What cannot be seen (control characters, ANSI and bidi sequences, line breaks, odd white space, lone
    surrogates) is shown as an escape; of more than 500 characters the middle is left out, and how much.
    """
    if len(text) <= _LIMIT:
        return escape(text)
    kept = _LIMIT // 2 - 20
    return f"{escape(text[:kept])} ...({len(text) - 2 * kept} characters left out)... {escape(text[-kept:])}"


def escape(text: str) -> str:
    r"""Show what cannot be seen as Python does: ``\n``, ``\xNN``, ``\uNNNN``, ``\UNNNNNNNN``; cut nothing."""
    return text if text.isprintable() else "".join(map(_visible, text))


def _visible(character: str) -> str:
    return character if character.isprintable() else character.encode("unicode_escape").decode("ascii")


def _of_partition(template: str, evidence: Mapping[str, str]) -> str:
    elsewhere = evidence.get("iam_region") and template.startswith(GLOBAL)
    return f"{template} --region {{iam_region}}" if elsewhere else template


def _word(name: str, evidence: Mapping[str, str]) -> str:
    value = evidence.get(name)
    if value is None or value.startswith(_MISLEADING):
        return name.upper()
    return shlex.quote(escape(value))


def _replace(template: str, value_of: Callable[[str], str]) -> str:
    # One pass, so that braces in a value are never read as a placeholder; unlike str.format it cannot raise.
    def value(match: re.Match[str]) -> str:
        name: str | None = match[1]
        return match[0][0] if name is None else value_of(name)

    return _PLACEHOLDER.sub(value, template)
