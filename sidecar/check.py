"""What a check is: a pure function of named facts, with one question.

A parameter's name says which fact the check needs, its annotation which kinds of it the check accepts.
Both are verified when the module is imported. Nothing here judges.
"""

from collections.abc import Callable
from types import UnionType
from typing import NamedTuple, get_args, get_type_hints

from sidecar.facts import Facts
from sidecar.model import Skip, Verdict


class Check(NamedTuple):
    """A question with a name (``link.claim``) and the function that answers it."""

    name: str
    question: str
    accepts: tuple[tuple[str, tuple[type, ...]], ...]
    answer: Callable[..., Verdict]

    def __call__(self, facts: Facts) -> Verdict:
        """Answer, or skip with the reason of the first fact that is of a kind not accepted."""
        needed = {}
        for name, kinds in self.accepts:
            fact = getattr(facts, name)
            if not isinstance(fact, kinds):
                return Skip(fact.why)
            needed[name] = fact
        return self.answer(**needed)


def check(name: str) -> Callable[[Callable[..., Verdict]], Check]:
    """Make a check of a function. Raises TypeError where a parameter is no fact or of no kind of it."""

    def bind(answer: Callable[..., Verdict]) -> Check:
        hints = get_type_hints(answer)
        hints.pop("return", None)
        accepts = tuple((fact, _kinds(name, fact, hint)) for fact, hint in hints.items())
        question = (answer.__doc__ or "").strip().partition("\n")[0]
        if not question.endswith("?"):
            message = f"{name}: the docstring must begin with the check's question"
            raise TypeError(message)
        return Check(name, question, accepts, answer)

    return bind


def kinds_of(hint: object) -> tuple[type, ...]:
    """Return the classes of an annotation: ``A`` or ``A | B``."""
    return get_args(hint) if isinstance(hint, UnionType) else (hint,)


FACT_KINDS = {fact: kinds_of(hint) for fact, hint in get_type_hints(Facts).items()}


def _kinds(name: str, fact: str, hint: object) -> tuple[type, ...]:
    kinds = kinds_of(hint)
    known = FACT_KINDS.get(fact, ())
    if not set(kinds) <= set(known):
        message = f"{name}: {fact}: {hint} is not among the facts"
        raise TypeError(message)
    return kinds
