"""Rules of pacts: where a pact and the contract say different things."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bothends.errors import ContractError, Location
from bothends.lint.rule import Level, rule
from bothends.pacts import EXPRESSION_ADVICE, disagreements, read_pacts, wrong_expressions

if TYPE_CHECKING:
    from bothends.lint.rule import Found, Subject


@rule(
    "pact-contradicts",
    Level.ERROR,
    asks="Each pact agrees with the spec.",
    why="A target can keep one of them only.",
)
def pact_contradicts(subject: Subject) -> Found:
    """Yield each place of a pact that the spec contradicts."""
    folder = subject.contract.settings.pacts
    if folder is None:
        return
    try:
        pacts = read_pacts(folder)
    except ContractError as error:
        yield error.where or Location(folder), error.problem, error.advice
        return
    for pact in pacts:
        for each in disagreements(pact, subject.contract):
            yield each.pact, each.summary, f"Expected: {each.expected}. The pact says: {each.actual}."


@rule(
    "pact-expression",
    Level.ERROR,
    asks="Each regular expression of a pact is one.",
    why="Pact's library takes a value for wrong whose expression it can't compile: the target would be blamed.",
)
def pact_expression(subject: Subject) -> Found:
    """Yield each regular expression of a matcher that Pact's own library can't compile."""
    folder = subject.contract.settings.pacts
    try:
        pacts = () if folder is None else read_pacts(folder)
    except ContractError:
        return  # told by the other rule
    for where, text in wrong_expressions(pacts):
        yield where, f"{text!r} is no regular expression.", EXPRESSION_ADVICE
