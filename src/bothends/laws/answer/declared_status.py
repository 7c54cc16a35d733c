"""The answer has a status that the operation declares."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bothends.laws.law import Broken, Grounds, Law, Scope
from bothends.laws.registry import register
from bothends.laws.status_cause import AREA_WORDS, status_and_area
from bothends.records import Answer, Cause

if TYPE_CHECKING:
    from bothends.records import Exchange


def _judge(exchange: Exchange, grounds: Grounds) -> list[Broken] | None:
    answer = exchange.answer
    if not isinstance(answer, Answer) or not grounds.answerable(exchange):
        return None
    if grounds.operation.answer_for(answer.status) is not None or answer.status in exchange.case.expect.absent:
        return []
    declared = ", ".join(a.status for a in grounds.operation.answers)
    return [
        Broken(
            cause=Cause("status", status=str(answer.status)),
            summary=f"The answer {answer.status} is not among those that the contract declares.",
            expected=f"one of {declared}",
            actual=f"{answer.status} {answer.reason}".strip(),
        )
    ]


LAW = register(
    Law(
        name="declared-status",
        demands="An operation answers with a status that it declares.",
        source="OpenAPI 3.1 Responses Object",
        judge=_judge,
        scope=Scope.ANSWER,
        cause=status_and_area,
        words=AREA_WORDS,
        explained_by=("right-address", "nothing-dropped"),
        better_told_by=("answered",),
        yields_to=("family-status", "recovers"),
    )
)
