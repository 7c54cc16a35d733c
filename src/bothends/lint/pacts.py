"""Rules of pacts: where a pact and the contract say different things."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bothends.errors import ContractError, Location
from bothends.lint.rule import Level, rule
from bothends.pacts import disagreements, read_pacts

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
