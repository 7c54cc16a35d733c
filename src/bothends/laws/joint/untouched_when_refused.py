"""A request that is refused calls nothing upstream."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bothends.contract.promises import REFUSES_FIRST
from bothends.laws.law import Broken, Grounds, Law, Scope
from bothends.laws.registry import register
from bothends.laws.wording import part
from bothends.records import INGEST, Answer, Cause, Severity

if TYPE_CHECKING:
    from bothends.records import Exchange


def called_for_nothing(exchange: Exchange) -> list[Broken] | None:
    """Return what was called for a request that is refused; None for one that is not, or is not answered."""
    answer = exchange.answer
    if not exchange.case.expect.refused or not isinstance(answer, Answer) or answer.success:
        return None
    called = sorted({c.upstream for c in exchange.calls}) + [INGEST] * bool(exchange.deliveries)
    if not called:
        return []
    told = ", ".join(map(part, called))
    return [
        Broken(
            cause=Cause("called", upstream=",".join(called)),
            summary=f"A request that is refused ({exchange.case.family}) has called {told}.",
            expected="no call upstream",
            actual=f"{told} was called",
        )
    ]


def _judge(exchange: Exchange, grounds: Grounds) -> list[Broken] | None:
    return None if REFUSES_FIRST in grounds.promises else called_for_nothing(exchange)


LAW = register(
    Law(
        name="untouched-when-refused",
        demands="A request that the contract refuses calls nothing upstream.",
        source="OWASP API4:2023, unrestricted resource consumption",
        judge=_judge,
        scope=Scope.EXCHANGE,
        words={"called": "{parts}"},
        severity=Severity.WARNING,
        yields_to=("no-event-without-success",),
    )
)
