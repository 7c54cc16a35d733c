"""The answer has a media type that the contract declares for its status."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bothends.contract.media_types import best_match
from bothends.laws.law import Broken, Grounds, Law, Scope
from bothends.laws.registry import register
from bothends.records import Answer, Cause

if TYPE_CHECKING:
    from bothends.records import Exchange


def _judge(exchange: Exchange, grounds: Grounds) -> list[Broken] | None:
    answer = exchange.answer
    if not isinstance(answer, Answer) or not grounds.answerable(exchange):
        return None
    declared = grounds.operation.answer_for(answer.status)
    # An answer to HEAD may leave out what describes a body (RFC 9110, section 9.3.2).
    if declared is None or not declared.content or grounds.operation.method == "HEAD":
        return None
    media_type = answer.media_type
    if media_type is not None and best_match(media_type, declared.content):
        return []
    return [
        Broken(
            cause=Cause("media-type", location=media_type or "None"),
            summary=f"The answer {answer.status} is {media_type or 'of no media type'}.",
            expected=" or ".join(declared.content),
            actual=answer.header("content-type") or "no Content-Type",
        )
    ]


LAW = register(
    Law(
        name="declared-media-type",
        demands="An answer has a media type that the contract declares for its status.",
        source="OpenAPI 3.1 Response Object; RFC 9110 section 8.3",
        judge=_judge,
        scope=Scope.ANSWER,
        words={"media-type": "{location}"},
        yields_to=("family-status", "declared-status"),
    )
)
