"""The answer comes within T_max."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bothends.laws.law import Broken, Grounds, Law, Precedence, Scope
from bothends.laws.registry import register
from bothends.laws.status_cause import area_alone
from bothends.laws.wording import circumstances
from bothends.records import Cause, NoAnswer

if TYPE_CHECKING:
    from bothends.records import Exchange


def _judge(exchange: Exchange, grounds: Grounds) -> list[Broken] | None:
    answer = exchange.answer
    if not grounds.answerable(exchange) or exchange.excuse:
        return None
    absent = isinstance(answer, NoAnswer)
    if isinstance(answer, NoAnswer) and answer.kind != "timeout":
        return None  # the law on answers speaks of it
    took = exchange.ended - exchange.began
    if not absent and took <= grounds.time_limit:
        return []
    about = circumstances(exchange, grounds.operation)
    return [
        Broken(
            cause=Cause("late"),
            summary=f"{about} is {'not answered' if absent else 'answered too late'}.",
            expected=f"an answer within {grounds.time_limit:g} s",
            actual=f"nothing after {took:.1f} s" if absent else f"an answer after {took:.1f} s",
        )
    ]


LAW = register(
    Law(
        name="answered-in-time",
        demands="An answer comes within the time limit, whatever the upstreams do.",
        source="the contract: time_limit_ms; without it 4 times upstream_timeout_ms and a second, and never under 10 s",
        judge=_judge,
        scope=Scope.ANSWER,
        cause=area_alone,
        words={"area": "{about}"},
        precedence=Precedence.FIRST,
        by_area=True,
        yields_to=("recovers",),
    )
)
