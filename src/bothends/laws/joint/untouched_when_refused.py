"""A request that is refused calls nothing upstream."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bothends.contract.promises import REFUSES_FIRST
from bothends.laws.law import Broken, Grounds, Law
from bothends.records import Answer, Severity

if TYPE_CHECKING:
    from bothends.records import Exchange


def called_for_nothing(exchange: Exchange) -> list[Broken] | None:
    """Return what was called for a request that is refused; None for one that is not, or is not answered."""
    answer = exchange.answer
    if not exchange.case.expect.refused or not isinstance(answer, Answer) or answer.success:
        return None
    called = sorted({c.upstream for c in exchange.calls} | ({"the ingest"} if exchange.deliveries else set()))
    if not called:
        return []
    return [
        Broken(
            cause=f"{', '.join(called)} for {exchange.case.family}",
            summary=f"A request that is refused ({exchange.case.family}) has called {', '.join(called)}.",
            expected="no call upstream",
            actual=f"{', '.join(called)} was called",
        )
    ]


def _judge(exchange: Exchange, grounds: Grounds) -> list[Broken] | None:
    return None if REFUSES_FIRST in grounds.promises else called_for_nothing(exchange)


LAW = Law(
    name="untouched-when-refused",
    demands="A request that the contract refuses calls nothing upstream.",
    source="OWASP API4:2023, unrestricted resource consumption",
    judge=_judge,
    severity=Severity.WARNING,
    yields_to=("no-event-without-success",),
)
