"""The lab's own judge of trust policies. It knows StringEquals and StringLike, nothing else, on purpose."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

ACTIONS = frozenset({"sts:assumerolewithwebidentity", "sts:assumerole*", "sts:*", "*"})
OPERATORS = frozenset({"StringEquals", "StringLike"})


def admits(policy: Mapping[str, Any], provider_arn: str, context: Mapping[str, str]) -> bool:
    """Whether a statement allows this provider's token and none denies it; ``context`` maps keys to values.

    Raises NotImplementedError for what this judge does not know.
    """
    speaking = [one["Effect"] for one in _list(policy["Statement"]) if _speaks(one, provider_arn, context)]
    return "Allow" in speaking and "Deny" not in speaking


def _speaks(statement: Mapping[str, Any], provider_arn: str, context: Mapping[str, str]) -> bool:
    """Whether the statement is about this token."""
    return (
        provider_arn in _list(statement["Principal"].get("Federated", ()))
        and any(action.lower() in ACTIONS for action in _list(statement["Action"]))
        and all(_holds(operator, keys, context) for operator, keys in statement.get("Condition", {}).items())
    )


def _holds(operator: str, keys: Mapping[str, Any], context: Mapping[str, str]) -> bool:
    if operator not in OPERATORS:
        message = f"the lab does not judge {operator}"
        raise NotImplementedError(message)
    found = {name.lower(): value for name, value in context.items()}
    return all(
        name.lower() in found and any(_matches(operator, pattern, found[name.lower()]) for pattern in _list(patterns))
        for name, patterns in keys.items()
    )


def _matches(operator: str, pattern: str, value: str) -> bool:
    if operator == "StringEquals":
        return pattern == value
    parts = {"*": ".*", "?": "."}
    return bool(re.fullmatch("".join(parts.get(char, re.escape(char)) for char in pattern), value, re.DOTALL))


def _list(value: str | Mapping[str, Any] | Sequence[Any]) -> Sequence[Any]:
    return [value] if isinstance(value, str | Mapping) else list(value)
