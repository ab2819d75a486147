"""What a check is: a function whose parameters say what it needs."""

import pytest

from cases import ASSUMED, DENIED, NOT_LOOKED, healthy
from sidecar.check import Check, check, kinds_of
from sidecar.facts import Accepted, Moment, Refused, Settings, Token, TokenFile
from sidecar.model import Absent, Failed, Pass, Skip, Verdict


@check("engine.plain")
def plain(token: Token, moment: Moment) -> Verdict:
    """Is it so?

    Only the first line is the question.
    """
    return Pass(f"{token.algorithm} {moment.now}")


@check("engine.sees_failure")
def sees_failure(token: Token | Failed) -> Verdict:
    """Is it seen?"""
    return Pass(type(token).__name__)


@check("engine.refusal")
def refusal(sts: Refused) -> Verdict:
    """Was it refused?"""
    return Pass(sts.code)


@check("engine.success")
def success(sts: Accepted) -> Verdict:
    """Was it accepted?"""
    return Pass(sts.assumed_role_arn)


def told(verdict: Verdict) -> tuple[type, str]:
    """Return a verdict's kind beside its words: the kinds compare as tuples."""
    return type(verdict), str(verdict[0])


def test_a_check_has_name_and_question() -> None:
    """A check's question is its docstring's first line, its needs are its parameters."""
    assert (plain.name, plain.question) == ("engine.plain", "Is it so?")
    assert plain.accepts == (("token", (Token,)), ("moment", (Moment,)))


def test_a_check_is_given_its_facts() -> None:
    """Facts are handed over by their names."""
    assert told(plain(healthy()._replace(moment=Moment(5.0)))) == (Pass, "RS256 5.0")


@pytest.mark.parametrize("fact", [Failed("kind", "the world said no"), NOT_LOOKED])
def test_a_check_is_skipped_with_the_facts_why(fact: Failed | Absent) -> None:
    """A fact of a kind that the check does not accept skips it, and says why."""
    assert told(plain(healthy(token=fact))) == (Skip, fact.why)


def test_a_check_may_ask_to_see_a_failure() -> None:
    """A check that accepts `Failed` is asked, and is still skipped where nothing was looked for."""
    assert told(sees_failure(healthy(token=Failed("kind", "why")))) == (Pass, "Failed")
    assert told(sees_failure(healthy(token=NOT_LOOKED))) == (Skip, NOT_LOOKED.why)


def test_a_check_of_one_answer_is_skipped_by_the_other() -> None:
    """STS's answers say why a check that is about the other one is skipped."""
    assert told(refusal(healthy())) == (Skip, "STS accepted the token")
    assert told(success(healthy())) == (Pass, ASSUMED)
    assert told(success(healthy(sts=DENIED))) == (Skip, "STS refused the exchange with AccessDenied")
    assert told(refusal(healthy(sts=DENIED))) == (Pass, "AccessDenied")


def unknown_fact(weather: Moment) -> Verdict:
    """Is there such a fact?"""
    return Pass(str(weather))


def wrong_kind(token: TokenFile) -> Verdict:
    """Can the fact be of that kind?"""
    return Pass(token.path)


def never_failed(token_file: TokenFile, moment: Moment | Failed) -> Verdict:
    """Can the moment fail?"""
    return Pass(f"{token_file} {moment}")


def not_a_class(settings: Settings | None) -> Verdict:
    """Can a fact be None?"""
    return Pass(str(settings))


@pytest.mark.parametrize("function", [unknown_fact, wrong_kind, never_failed, not_a_class])
def test_a_check_of_no_such_fact_is_refused(function: object) -> None:
    """A parameter that is no fact, or of a kind that the fact never is, is refused when the module is imported."""
    with pytest.raises(TypeError, match=r"engine\.wrong: (weather|token|moment|settings): .* is not among the facts"):
        check("engine.wrong")(function)  # type: ignore[arg-type] # wrong by intent


def test_a_check_must_ask() -> None:
    """A docstring that asks nothing is refused, and so is a missing one."""

    def tells(token: Token) -> Verdict:
        """Tell something."""
        return Pass(token.algorithm)

    with pytest.raises(TypeError, match="begin with the check's question"):
        check("engine.tells")(tells)
    tells.__doc__ = None
    with pytest.raises(TypeError, match="begin with the check's question"):
        check("engine.tells")(tells)


def test_kinds_of_an_annotation() -> None:
    """An annotation is one class or several."""
    assert kinds_of(Token) == (Token,)
    assert kinds_of(Token | Failed) == (Token, Failed)
    assert isinstance(plain, Check)
