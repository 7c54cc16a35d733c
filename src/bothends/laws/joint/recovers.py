"""The request after a fault is healthy again."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from bothends.laws.law import Broken, Grounds, Law, Scope
from bothends.laws.registry import register
from bothends.laws.wording import outcome
from bothends.records import Answer, Cause

if TYPE_CHECKING:
    from bothends.laws.law import Evidence
    from bothends.laws.situation import Situation
    from bothends.records import Exchange

FAMILY = "recovered"


def _judge(exchange: Exchange, _grounds: Grounds) -> list[Broken] | None:
    answer = exchange.answer
    if exchange.case.family != FAMILY or (exchange.excuse and not isinstance(answer, Answer)):
        return None
    if isinstance(answer, Answer) and exchange.case.expect.allows(answer.status):
        return []
    return [
        Broken(
            cause=Cause("after-a-fault"),
            summary=f"A good request {exchange.case.name} is not answered as one.",
            expected="success, as the fault is over",
            actual=outcome(answer),
        )
    ]


def _cause(broken: Broken, seen: Situation) -> Cause:
    # After whichever fault of an upstream it is, it is one cause.
    return replace(broken.cause, status=seen.outcome)


def _explains(one: Evidence, other: Evidence) -> bool:
    """Whether what is answered otherwise is answered alike: by a target that a fault has left unwell."""
    return other.law.tells_status and other.outcomes <= one.outcomes


LAW = register(
    Law(
        name="recovers",
        demands="When an upstream is well again, the next request succeeds.",
        source="the contract: nothing but the state of the world is given as a reason for a 5xx",
        judge=_judge,
        scope=Scope.EXCHANGE,
        cause=_cause,
        words={"after-a-fault": "{status}"},
        explains=_explains,
        better_told_by=("declared-status",),
        blames_fault=True,
        yields_to=("nothing-dropped", "right-address", "event-for-success"),
    )
)
