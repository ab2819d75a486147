"""Takes a secret out of what others say, before that becomes a fact. Judges nothing."""

import re

from sidecar.facts import Refused

MASK = "***"
"""Stands for a secret."""

_PIECE = 12  # characters of a secret that are too many to show
_WORD = re.compile(rf"[\w.+/-]{{{_PIECE},}}", re.ASCII)  # what tokens and credentials are written with


def masked(said: str, secret: str) -> str:
    """Return what was said with a mask for each word that holds twelve characters of the secret."""
    pieces = frozenset(_pieces(secret))
    return _WORD.sub(lambda word: word[0] if pieces.isdisjoint(_pieces(word[0])) else MASK, said)


def unrepeated(answer: Refused, *secrets: str) -> Refused:
    """Return the answer without the secrets, which not every STS keeps to itself when it refuses them."""
    for secret in secrets:
        answer = answer._replace(
            code=masked(answer.code, secret),
            message=masked(answer.message, secret),
            request_id=answer.request_id and masked(answer.request_id, secret),
        )
    return answer


def _pieces(text: str) -> list[str]:
    return [text[start : start + _PIECE] for start in range(len(text) - _PIECE + 1)]
