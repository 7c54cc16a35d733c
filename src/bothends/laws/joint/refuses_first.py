"""A target that promises to refuse first calls nothing upstream for a request that it refuses."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bothends.contract.promises import REFUSES_FIRST
from bothends.laws.event.event_for_success import BY_ONE_ID
from bothends.laws.joint.untouched_when_refused import called_for_nothing
from bothends.laws.law import Broken, Grounds, Law, Scope
from bothends.laws.registry import register

if TYPE_CHECKING:
    from bothends.records import Exchange


def _judge(exchange: Exchange, grounds: Grounds) -> list[Broken] | None:
    return called_for_nothing(exchange) if REFUSES_FIRST in grounds.promises else None


LAW = register(
    Law(
        name="refuses-first",
        demands="A target that promises to refuse first calls nothing upstream for a request that it refuses.",
        source="the contract: refuses_first in the settings file",
        judge=_judge,
        scope=Scope.EXCHANGE,
        words={"called": "{parts}"},
        explained_by=(BY_ONE_ID,),
        needs_tie=True,
        yields_to=("no-event-without-success",),
    )
)
