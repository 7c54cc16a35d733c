"""A request that is odd, slow or broken off is no reason for a server error."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

from bothends.laws.law import Broken, Grounds, Law, Scope
from bothends.laws.registry import register
from bothends.laws.status_cause import AREA_WORDS, status_and_area
from bothends.laws.wording import circumstances
from bothends.records import Answer, Cause

if TYPE_CHECKING:
    from bothends.records import Exchange

# These two say that it is the client who asks for what there is not (RFC 9110, sections 15.6.2 and 15.6.6).
_OF_THE_CLIENT = (HTTPStatus.NOT_IMPLEMENTED, HTTPStatus.HTTP_VERSION_NOT_SUPPORTED)


def erred(exchange: Exchange) -> bool:
    """Whether the server says that it has erred, and not its client."""
    answer = exchange.answer
    if not isinstance(answer, Answer) or answer.status in _OF_THE_CLIENT:
        return False
    return answer.status >= HTTPStatus.INTERNAL_SERVER_ERROR


def _judge(exchange: Exchange, grounds: Grounds) -> list[Broken] | None:
    answer, expect = exchange.answer, exchange.case.expect
    # Of other requests, the law on the family's status speaks.
    if not expect.any_answer or expect.server_error or not grounds.declared(exchange):
        return None
    # What is told in raw bytes is the HTTP library's to read, and may be its error: it is warned of elsewhere.
    if not isinstance(answer, Answer) or exchange.case.request.raw is not None:
        return None
    if not erred(exchange):
        return []
    return [
        Broken(
            cause=Cause("status", status=str(answer.status)),
            summary=f"A request that is sent oddly ({circumstances(exchange, grounds.operation)}) is a server error.",
            expected="any answer that is no 5xx, or none",
            actual=f"{answer.status} {answer.reason}".strip(),
        )
    ]


LAW = register(
    Law(
        name="no-server-error",
        demands="What is sent oddly, slowly or in part is no server error, whatever else it is.",
        source="RFC 9110 section 15.6: the server is aware that it has erred",
        judge=_judge,
        scope=Scope.ANSWER,
        cause=status_and_area,
        words=AREA_WORDS,
        explained_by=("right-address", "nothing-dropped"),
        better_told_by=("recovers",),
    )
)
