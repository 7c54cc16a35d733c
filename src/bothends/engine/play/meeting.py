"""What a run hands to those that meet the runs beside it before anything is played."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Coroutine, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from bothends.contract import Contract, Operation
    from bothends.engine.play.batches import Batch
    from bothends.engine.play.known_ids import KnownIds
    from bothends.records import Exchange
    from bothends.world import World


@dataclass(frozen=True, slots=True)
class Place:
    """What lanes that meet may use of a run that has not begun to play.

    Attributes:
        contract: The contract.
        world: The world.
        base_url: Where the target is.
        prepare: Plays a batch that is no part of the run, and returns its exchanges.
        ids: The objects that are known.
        meanwhile: Does what takes the process a while, when it has nothing to do but wait.
        breaks: Tells whether exchanges break a law, and that is an error.
    """

    contract: Contract
    world: World
    base_url: str
    prepare: Callable[[Batch], Awaitable[tuple[Exchange, ...]]]
    ids: KnownIds
    meanwhile: Callable[[], None]
    breaks: Callable[[Sequence[Exchange]], bool]

    @property
    def operations(self) -> tuple[Operation, ...]:
        """The operations under test."""
        return self.contract.operations


Meeting = Callable[[Place], Coroutine[Any, Any, None]]
"""Meets other lanes before a run plays; it returns when the run may go on."""
