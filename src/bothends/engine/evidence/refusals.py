"""Counts what came of requests that a contract refuses where it declares no refusal: nothing can be asked of these."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bothends.engine.counts import counted
from bothends.records import count_of, were

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bothends.contract import Contract, Operation
    from bothends.engine.counts import Counts
    from bothends.records import Exchange

_REFUSED = counted("unpromised refusals", "operation")
_ACCEPTED = counted("unpromised refusals accepted", "operation")
_EXAMPLE = counted("unpromised refusals, such as", "operation", "case")


def note(counts: Counts, operation: Operation, exchange: Exchange) -> None:
    """Count an exchange."""
    if not exchange.case.expect.unpromised:
        return
    counts.add(_REFUSED, operation.id)
    if exchange.succeeded:
        counts.add(_ACCEPTED, operation.id)
        if not counts.under(_EXAMPLE, operation.id):
            counts.add(_EXAMPLE, operation.id, exchange.case.label)


def notes(counts: Counts, contract: Contract) -> Iterator[str]:
    """Yield, for a person, how many requests were accepted though the contract refuses them."""
    for operation in () if contract.settings.strict_statuses else contract.operations:
        if accepted := counts.number(_ACCEPTED, operation.id):
            sent, example = counts.number(_REFUSED, operation.id), counts.words(_EXAMPLE, operation.id)[0]
            yield (
                f"{accepted:,} of {count_of(sent, 'request')} to {operation.id} that the contract "
                f"refuses {were(accepted)} answered 2xx, such as {example}; it declares no answer that "
                "refuses one (add a 4xx to its responses)"
            )
