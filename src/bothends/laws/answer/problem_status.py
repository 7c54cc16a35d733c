"""Problem details tell the same status as the HTTP answer that carries them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bothends.laws.json_text import read_json
from bothends.laws.law import Broken, Grounds, Law, Scope
from bothends.laws.registry import register
from bothends.laws.wording import shown
from bothends.records import Answer, Cause

if TYPE_CHECKING:
    from bothends.records import Exchange


def _judge(exchange: Exchange, grounds: Grounds) -> list[Broken] | None:
    answer = exchange.answer
    if not isinstance(answer, Answer) or not grounds.answerable(exchange):
        return None
    if answer.media_type != "application/problem+json":
        return None
    try:
        value = read_json(answer.body)
    except ValueError:
        return None  # the law on the schema speaks of it
    told = value.get("status") if isinstance(value, dict) else None
    if told is None or told == answer.status:
        return []
    return [
        Broken(
            cause=Cause("other-status"),
            summary=f"Problem details say status {shown(told)} in an answer {answer.status}.",
            expected=f"status {answer.status}",
            actual=f"status {shown(told)}",
        )
    ]


LAW = register(
    Law(
        name="problem-status",
        demands="The `status` of problem details equals the HTTP status.",
        source="RFC 9457 section 3.1.2",
        judge=_judge,
        scope=Scope.ANSWER,
        words={"other-status": "one and the same"},
    )
)
