"""The answer has a status that the operation declares."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bothends.laws.law import Broken, Grounds, Law
from bothends.laws.wording import occasion
from bothends.records import Answer

if TYPE_CHECKING:
    from bothends.records import Exchange


def _judge(exchange: Exchange, grounds: Grounds) -> list[Broken] | None:
    answer = exchange.answer
    if not isinstance(answer, Answer) or not grounds.answerable(exchange):
        return None
    if grounds.operation.answer_for(answer.status) is not None:
        return []
    declared = ", ".join(a.status for a in grounds.operation.answers)
    return [
        Broken(
            cause=f"{answer.status} for {occasion(exchange, grounds.operation)}",
            summary=f"The answer {answer.status} is not among those that the contract declares.",
            expected=f"one of {declared}",
            actual=f"{answer.status} {answer.reason}".strip(),
        )
    ]


LAW = Law(
    name="declared-status",
    demands="An operation answers with a status that it declares.",
    source="OpenAPI 3.1 Responses Object",
    judge=_judge,
    yields_to=("family-status", "recovers"),
)
