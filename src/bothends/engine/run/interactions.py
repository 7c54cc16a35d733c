"""The interactions of pacts, verified one after the other."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bothends.engine.pacts import Chosen, PactPhase
    from bothends.engine.run.equipment import Equipment
    from bothends.engine.run.replaying import Replaying
    from bothends.engine.run.shared import Shared
    from bothends.records import NotProven, PactTally


class Interactions:
    """Verifies the pacts that a run is asked for, as far as they are this part's."""

    def __init__(self, shared: Shared, replaying: Replaying) -> None:
        self._shared = shared
        self._replaying = replaying  # counts a try where what is replayed shows
        self._phase: PactPhase | None = None

    async def verify(self, equipment: Equipment) -> None:
        """Verify the pacts.

        Raises:
            ContractError: Pact's library can't read one.
            HarnessError: The library, or the world, failed.
            Interrupted: A person asked for the end.
            TargetError: The target has gone.
        """
        shared, chosen = self._shared, self._dealt()
        if not chosen or shared.filing.enough:
            return
        from bothends.engine.pacts import PactPhase  # noqa: PLC0415 -- Pact's library is loaded for pacts only

        shared.progress.begin_interactions()
        self._replaying.note_try()
        self._phase = PactPhase(shared.contract, equipment.testbed, equipment.exchange_runner, shared.interruption)
        async with self._phase.begun(chosen) as trials:
            for trial in trials:
                if shared.filing.enough:
                    return
                equipment.batches.results.take_interaction(await self._phase.verify(trial))
                await shared.emitter.taken()

    def _dealt(self) -> tuple[Chosen, ...]:
        """Return the pacts, each with those of its interactions that are this part's."""
        pacts, own = self._shared.work.pacts, self._shared.dealer.interactions
        return tuple(
            replace(one, interactions=tuple(own(one.interactions, lambda pair: pair[1].label)))
            for one in (() if pacts is None else pacts.pacts)
        )

    @property
    def tallies(self) -> tuple[PactTally, ...]:
        """How each pact has fared."""
        return () if self._phase is None else self._phase.tallies()

    @property
    def not_proven(self) -> Sequence[NotProven]:
        """What of the pacts could not be read, and what of them could not be verified."""
        pacts = self._shared.work.pacts
        return (*(() if pacts is None else pacts.not_proven), *(() if self._phase is None else self._phase.not_proven))
