"""Declared answers that no case brings about."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bothends.cases.families import success
from bothends.records import NotProven

if TYPE_CHECKING:
    from collections.abc import Collection

    from bothends.contract.model import DeclaredAnswer, Operation


def uncovered(operation: Operation, families_with_cases: Collection[str]) -> list[NotProven]:
    """Return the declared answers that nothing can bring about.

    Args:
        operation: The operation.
        families_with_cases: The families that have a case for it.
    """
    found = []
    for answer in operation.answers:
        why = _why(answer, families_with_cases)
        if why:
            found.append(NotProven(f"answer {answer.status} of {operation.id}", why))
    return found


def _why(answer: DeclaredAnswer, families: Collection[str]) -> str:
    """Return why nothing brings an answer about; empty when something does."""
    if answer.given is not None:
        family = answer.given.family
        return "" if family in families else f"no case of the family {family}; it is declared at {answer.pointer}"
    if answer.status.startswith("2"):
        return "" if success.family in families else f"no request is known that the contract admits; {answer.pointer}"
    if answer.status == "default":
        return ""
    return f"nothing says what brings it about: give it an x-given; it is declared at {answer.pointer}"
