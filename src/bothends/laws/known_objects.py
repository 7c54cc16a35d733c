"""The law of objects that are there: one that was found before, and is found right after, is not denied in between."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bothends.laws.law import Law, LawContext, Scope, Violation, register
from bothends.records import Answer, Cause

if TYPE_CHECKING:
    from bothends.records import Exchange


# How long an object is there, no RFC says: it may expire, or be removed by another operation. So 404 is wrong only
# between two answers that have found it, and what is gone for good is never an error.


def _judge(exchange: Exchange, context: LawContext) -> list[Violation] | None:
    answer = exchange.answer
    if not exchange.known or not isinstance(answer, Answer) or not context.declared(exchange):
        return None
    if not exchange.there_again:
        return []
    return [
        Violation(
            cause=Cause("denied", status=str(answer.status)),
            summary=f"{context.operation.id} answers {answer.status} for an object that is there.",
            expected=f"the object, whose id {exchange.known} gave: the same request finds it before and after",
            actual=f"{answer.status} {answer.reason}".strip(),
        )
    ]


THERE_ALL_THE_TIME = register(
    Law(
        name="there-all-the-time",
        demands="An object that a request has found, and that the same request finds again, is not answered 404 or 410"
        " in between.",
        source="RFC 9110 sections 15.5.5 and 15.5.11",
        judge=_judge,
        scope=Scope.ANSWER,
        words={"denied": "{status} for an object that is there"},
        yields_to=("answered", "declared-status", "family-status"),
    )
)
