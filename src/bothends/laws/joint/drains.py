"""What is in flight at SIGTERM is answered, where the contract promises so."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bothends.contract.promises import DRAINS
from bothends.laws.law import Broken, Grounds, Law, Scope
from bothends.laws.registry import register
from bothends.laws.wording import outcome
from bothends.records import Cause, NoAnswer

if TYPE_CHECKING:
    from bothends.records import Exchange

IN_FLIGHT = "in-flight-at-stop"
"""Family of the requests that the target had begun with when it was asked to end."""


def _judge(exchange: Exchange, grounds: Grounds) -> list[Broken] | None:
    if exchange.case.family != IN_FLIGHT or DRAINS not in grounds.promises or exchange.excuse:
        return None
    if not isinstance(exchange.answer, NoAnswer):
        return []
    return [
        Broken(
            cause=Cause("unanswered"),
            summary="A request that was in flight at SIGTERM is not answered.",
            expected="an answer, as the settings say that the target drains",
            actual=outcome(exchange.answer),
        )
    ]


LAW = register(
    Law(
        name="drains",
        demands="A target that promises to drain answers what is in flight at SIGTERM.",
        source="the contract: drains in the settings file",
        judge=_judge,
        scope=Scope.LIFECYCLE,
        words={"unanswered": "one and the same"},
    )
)
