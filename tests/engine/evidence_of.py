"""What is seen of some exchanges, as a run counts it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bothends.engine.events import ExchangeJudged
from bothends.engine.evidence.evidence import Evidence

if TYPE_CHECKING:
    from bothends.contract import Contract
    from bothends.engine.counts import Counts
    from bothends.records import Exchange


def seen(contract: Contract, *exchanges: Exchange) -> Counts:
    """Return the counts of exchanges of a contract, each judged once."""
    evidence = Evidence(contract)
    for exchange in exchanges:
        evidence.handle(ExchangeJudged(exchange, ()))
    return evidence.counts
