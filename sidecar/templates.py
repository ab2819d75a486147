"""Which names a fault's remedy and commands are filled in with. Pure: fills nothing in."""

import re

from sidecar.model import Fault

PLACEHOLDER = re.compile(r"\{\{|\}\}|\{(\w+)\}")
"""What is replaced in a template: a name in braces, and a doubled brace by a single one."""

_GLOBAL = ("aws iam ", "aws account ")


def asks_globally(command: str) -> bool:
    """Whether a command asks a service that is one for its whole partition.

    Outside ``aws`` the AWS CLI finds such a service only by a region of the partition (FACTS D21, D22).
    """
    return command.startswith(_GLOBAL)


def fillings(fault: Fault) -> frozenset[str]:
    """Return the names in the fault's remedy and commands; ``iam_region`` where a command would need it elsewhere."""
    names = {name for text in (fault.remedy, *fault.commands) for name in PLACEHOLDER.findall(text) if name}
    return frozenset(names | {"iam_region"} if any(map(asks_globally, fault.commands)) else names)
