"""A refusal that is right, and that the contract does not declare, is told once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bothends.laws.law import Broken, Grounds, Law, Precedence, Scope
from bothends.laws.registry import register
from bothends.records import Answer, Cause, Severity

if TYPE_CHECKING:
    from bothends.records import Exchange


def _judge(exchange: Exchange, grounds: Grounds) -> list[Broken] | None:
    answer = exchange.answer
    if not isinstance(answer, Answer) or exchange.case.expect.any_answer or not grounds.rightly_refused(exchange):
        return None
    if grounds.operation.answer_for(answer.status) is not None:
        return None  # the HTTP library's own words for it
    return [
        Broken(
            cause=Cause("status", status=str(answer.status)),
            summary=f"A refusal is answered {answer.status}, which the contract does not declare.",
            expected="declared, it could be held to its schema; `strict_statuses = true` in the settings demands it",
            actual=f"{answer.status} {answer.reason}".strip(),
        )
    ]


LAW = register(
    Law(
        name="refused-undeclared",
        demands="A refusal that any server may give has a status that the contract declares.",
        source="RFC 9110 section 15.5: a client treats a status that it does not know as the 400 of its class",
        judge=_judge,
        severity=Severity.WARNING,
        scope=Scope.ANSWER,
        words={"status": "{status}"},
        precedence=Precedence.LAST,
    )
)
