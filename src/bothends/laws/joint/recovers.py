"""The request after a fault is healthy again."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from bothends.laws.law import Broken, Grounds, Law
from bothends.laws.wording import outcome
from bothends.records import Answer

if TYPE_CHECKING:
    from bothends.records import Exchange

FAMILY = "recovered"


# After whichever fault of an upstream it is, it is one cause.
_UPSTREAM = re.compile(r"the (\S+) ")


def _cause(name: str) -> str:
    return f"after a fault of the {' and the '.join(dict.fromkeys(_UPSTREAM.findall(name)))}"


def _judge(exchange: Exchange, _grounds: Grounds) -> list[Broken] | None:
    if exchange.case.family != FAMILY:
        return None
    answer = exchange.answer
    if isinstance(answer, Answer) and exchange.case.expect.allows(answer.status):
        return []
    return [
        Broken(
            cause=_cause(exchange.case.name),
            summary=f"A good request {exchange.case.name} is not answered as one.",
            expected="success, as the fault is over",
            actual=outcome(answer),
        )
    ]


LAW = Law(
    name="recovers",
    demands="When an upstream is well again, the next request succeeds.",
    source="the contract: nothing but the state of the world is given as a reason for a 5xx",
    judge=_judge,
    yields_to=("nothing-dropped", "right-address", "event-for-success"),
)
