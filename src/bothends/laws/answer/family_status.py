"""The answer has the status that the contract gives for this case."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bothends.laws.law import Broken, Grounds, Law
from bothends.laws.wording import circumstances, statuses
from bothends.records import Answer

if TYPE_CHECKING:
    from bothends.records import Exchange


def _judge(exchange: Exchange, grounds: Grounds) -> list[Broken] | None:
    right = exchange.case.expect.statuses
    answer = exchange.answer
    if not right or not isinstance(answer, Answer):
        return None
    if answer.status in right:
        return []
    undeclared = "" if grounds.operation.answer_for(answer.status) else ", which the contract does not declare"
    return [
        Broken(
            cause=f"{answer.status} for {circumstances(exchange, grounds.operation)}",
            summary=f"{circumstances(exchange, grounds.operation)} is answered {answer.status}, not {statuses(right)}.",
            expected=f"{statuses(right)}{f' ({exchange.case.expect.why})' if exchange.case.expect.why else ''}",
            actual=f"{answer.status}{undeclared}",
        )
    ]


LAW = Law(
    name="family-status",
    demands="Each family of conditions brings about the status that names it in its `x-given`.",
    source="the contract: x-given of the response; OpenAPI 3.1 Responses Object",
    judge=_judge,
    yields_to=("recovers", "event-for-success", "nothing-dropped", "right-address"),
)
