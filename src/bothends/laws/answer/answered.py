"""A well-framed request gets an HTTP answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bothends.laws.law import Broken, Grounds, Law, Scope
from bothends.laws.registry import register
from bothends.laws.status_cause import STATUS_WORDS, status_cause
from bothends.laws.wording import circumstances
from bothends.records import Cause, NoAnswer

if TYPE_CHECKING:
    from bothends.records import Exchange


def _judge(exchange: Exchange, grounds: Grounds) -> list[Broken] | None:
    if not grounds.answerable(exchange):
        return None
    answer = exchange.answer
    if not isinstance(answer, NoAnswer):
        return []
    if answer.kind == "timeout" or exchange.excuse:
        return None  # the law on time speaks of it; or nobody can know whether the target ever had the request
    return [
        Broken(
            cause=Cause("unanswered", status=answer.kind),
            summary=f"{circumstances(exchange, grounds.operation)} gets no HTTP answer: {answer.kind}.",
            expected="an answer",
            actual=f"{answer.kind}: {answer.detail}" if answer.detail else answer.kind,
        )
    ]


LAW = register(
    Law(
        name="answered",
        demands="A well-framed request of a declared operation gets an HTTP answer.",
        source="RFC 9110 section 15; OpenAPI 3.1 Responses Object",
        judge=_judge,
        scope=Scope.ANSWER,
        cause=status_cause,
        words=STATUS_WORDS,
        explained_by=("right-address", "nothing-dropped"),
        better_told_by=("family-status",),
        yields_to=("drains", "recovers"),
    )
)
