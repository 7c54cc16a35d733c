"""What is no request of the operation sends no event: it is broken, incomplete, or of another path or method."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bothends.laws.event.event_for_success import BY_ONE_ID
from bothends.laws.law import Broken, Grounds, Law, Precedence, Scope
from bothends.laws.registry import register
from bothends.laws.status_cause import area_alone
from bothends.laws.wording import outcome
from bothends.records import Cause

if TYPE_CHECKING:
    from bothends.records import Exchange


def _judge(exchange: Exchange, grounds: Grounds) -> list[Broken] | None:
    expect = exchange.case.expect
    if not grounds.operation.events or not expect.refused or not expect.any_answer:
        return None
    if not any(d.stored and d.event is not None for d in exchange.declared):
        return []
    return [
        Broken(
            cause=Cause("event"),
            summary=f"An event was sent for what must not be executed ({exchange.case.label}).",
            expected=f"no event: {expect.why}",
            actual=f"an event that the ingest stored; the answer: {outcome(exchange.answer)}",
        )
    ]


LAW = register(
    Law(
        name="not-executed",
        demands="A request that is broken, incomplete, or not of the operation sends no event, answered or not.",
        source="RFC 9112 sections 6.3, 7.1 and 8; RFC 9110 section 9.1",
        judge=_judge,
        scope=Scope.EVENT,
        cause=area_alone,
        words={"area": "{about}"},
        precedence=Precedence.LAST,
        by_area=True,
        explained_by=(BY_ONE_ID,),
        needs_tie=True,
        yields_to=("no-event-without-success",),
    )
)
