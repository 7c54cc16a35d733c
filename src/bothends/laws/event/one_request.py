"""One request is never taken for two."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bothends.laws.law import Broken, Grounds, Law, Scope
from bothends.laws.registry import register
from bothends.laws.status_cause import area_alone
from bothends.records import Cause

if TYPE_CHECKING:
    from bothends.records import Exchange


def _judge(exchange: Exchange, _grounds: Grounds) -> list[Broken] | None:
    if not (exchange.further or exchange.case.request.raw):
        return None
    # What follows a request that was refused may be refused as well: that executes nothing.
    executed = [answer for answer in exchange.further if answer.success]
    if not executed:
        return []
    return [
        Broken(
            cause=Cause("several"),
            summary=f"One request was taken for {1 + len(executed)} ({exchange.case.label}).",
            expected="one request",
            actual=f"{', '.join(str(answer.status) for answer in exchange.further)} as well over the same connection",
        )
    ]


LAW = register(
    Law(
        name="one-request",
        demands="What is one request to one reader is never two to another: "
        "no part of a body is executed as a request.",
        source="RFC 9112 section 11.2 (request smuggling); RFC 9112 section 6.1",
        judge=_judge,
        scope=Scope.EVENT,
        cause=area_alone,
        words={"area": "{about}"},
        by_area=True,
    )
)
