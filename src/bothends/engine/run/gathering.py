"""Cases become batches: what is under way at once, what waits together, and which faults are played side by side."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bothends.engine.play import Keyable, batches_of, grouped, waiting_beside
from bothends.engine.tie import without_queues

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bothends.contract import Contract
    from bothends.engine.play import Batch, OwnKeys
    from bothends.records import Case


def gathered(cases: Iterable[Case], contract: Contract, own_keys: OwnKeys) -> Iterable[Batch]:
    """Return cases as batches, in their order; they are drawn as the batches are."""
    keyable = Keyable(contract)
    batches = batches_of(without_queues(cases, own_keys.singly))
    return grouped(waiting_beside(batches, keyable.wait), keyable.fault)
