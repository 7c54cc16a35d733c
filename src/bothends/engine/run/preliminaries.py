"""What is sent before the plan is played, which each part of the plan must see for itself.

It shows which values of requests the target's events repeat, and that a good request succeeds, before cases that a
person has chosen. The first part counts it; in any other, it is no part of the run.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bothends.engine.events import ExchangeJudged
from bothends.engine.play import Batch
from bothends.engine.run.gathering import gathered

if TYPE_CHECKING:
    from bothends.engine.events import Event
    from bothends.engine.run.batch_runner import BatchRunner
    from bothends.engine.run.equipment import Equipment
    from bothends.engine.run.shared import Shared
    from bothends.records import Exchange


class Preliminaries:
    """Sends what each part of a plan must see for itself."""

    def __init__(self, shared: Shared) -> None:
        """Take what the steps of a run share."""
        self._shared = shared

    async def learn_keys(self, equipment: Equipment) -> None:
        """Send requests one at a time, each with values of its own, and see which of these its events repeat.

        Only of operations whose events name no caller, where several requests are to run at once.

        Raises:
            HarnessError: The world failed, or a law crashed.
            Interrupted: A person asked for the end.
            TargetError: The target has gone.
        """
        work, emitter, own_keys = self._shared.work, self._shared.emitter, self._shared.own_keys
        crowds = [batch for batch in work.batches if len(batch.cases) > 1 and batch.concurrency != 1]
        if (work.batches and not crowds) or (not work.batches and work.plan is None):
            return
        asked = {case.operation for batch in crowds for case in batch.cases} or {
            o.id for o in self._shared.contract.operations
        }
        seen: dict[int, Exchange] = {}

        def note(event: Event) -> None:
            if isinstance(event, ExchangeJudged):
                seen[event.exchange.number] = event.exchange

        emitter.listeners.append(note)
        try:
            silent: set[str] = set()
            for case in own_keys.probes(asked):
                if self._shared.filing.enough:
                    return
                if case.operation not in silent:
                    before = equipment.exchange_runner.sender.exchanges
                    seen |= await self._run(Batch((), (case,), concurrency=1), equipment.batches)
                    came = any(number > before and exchange.declared for number, exchange in seen.items())
                    silent |= set() if came else {case.operation}
        finally:
            emitter.listeners.remove(note)
        own_keys.learn(exchange for exchange in seen.values() if not exchange.guessed)

    async def control(self, equipment: Equipment) -> None:
        """Send a good request before cases that were chosen: what succeeds nowhere proves nothing.

        Its events show how late events are: a fault that is over before they come would never be met.
        """
        contract = self._shared.contract
        if not self._shared.work.whole and not self._shared.work.batches:
            for batch in gathered(equipment.testbed.control(contract), contract, self._shared.own_keys):
                await self._run(batch, equipment.batches)

    async def _run(self, batch: Batch, batches: BatchRunner) -> dict[int, Exchange]:
        """Run a batch that each part of the plan must see, and the first counts; return what is counted by none."""
        if self._shared.dealer.is_first:
            await batches.run(batch)
            await batches.wait_for_pending()
            return {}
        return {exchange.number: exchange for exchange in await batches.prepare_good(batch)}
