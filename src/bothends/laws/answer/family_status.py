"""The answer has the status that the contract gives for this case."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bothends.laws.law import Broken, Grounds, Law
from bothends.laws.wording import OPEN, circumstances, occasion, statuses
from bothends.records import Answer

if TYPE_CHECKING:
    from bothends.records import Exchange


def _judge(exchange: Exchange, grounds: Grounds) -> list[Broken] | None:
    right = exchange.case.expect.statuses
    answer = exchange.answer
    if not right or not isinstance(answer, Answer) or exchange.case.expect.any_answer:
        return None
    if exchange.case.expect.allows(answer.status):
        return []
    if circumstances(exchange, grounds.operation) == OPEN and grounds.operation.answer_for(answer.status) is None:
        return None  # nothing is asked of it but to be declared: the law on that speaks of it
    undeclared = "" if grounds.operation.answer_for(answer.status) else ", which the contract does not declare"
    return [
        Broken(
            cause=f"{answer.status} for {occasion(exchange, grounds.operation)}",
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
    yields_to=(
        "sign-in-demanded",
        "recovers",
        "redirect-not-followed",
        "event-for-success",
        "nothing-dropped",
        "right-address",
    ),
)
