"""A 405 says what is allowed."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

from bothends.laws.law import Broken, Grounds, Law, Scope
from bothends.laws.registry import register
from bothends.records import Answer, Cause, Severity

if TYPE_CHECKING:
    from bothends.records import Exchange


def _judge(exchange: Exchange, grounds: Grounds) -> list[Broken] | None:
    answer = exchange.answer
    if not isinstance(answer, Answer) or answer.status != HTTPStatus.METHOD_NOT_ALLOWED:
        return None
    allowed = answer.header("allow")
    if allowed is not None:
        return []
    return [
        Broken(
            cause=Cause("no-allow", status=str(answer.status)),
            summary="The answer 405 does not say which methods are allowed.",
            expected=f"Allow: {grounds.operation.method}, and what else there is",
            actual="no Allow header",
        )
    ]


LAW = register(
    Law(
        name="allow-told",
        demands="An answer 405 has an Allow header.",
        source="RFC 9110 section 15.5.6",
        judge=_judge,
        scope=Scope.ANSWER,
        words={"no-allow": "{status} without Allow"},
        severity=Severity.WARNING,
    )
)
