"""What a run plays and judges with once its target is ready."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bothends.cases import GeneratorChecks
from bothends.engine.judge import judge_for
from bothends.engine.play import ExchangeRunner, KnownIds
from bothends.engine.run.batch_runner import BatchRunner
from bothends.engine.tie import Attributed
from bothends.records import Severity

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bothends.engine.judge import Judge
    from bothends.engine.run.shared import Shared
    from bothends.engine.testbed import TestBed
    from bothends.records import Exchange


@dataclass(frozen=True, slots=True)
class Equipment:
    """What a run plays and judges with.

    Attributes:
        testbed: The world, the target and the client.
        exchange_runner: Makes exchanges.
        judge: Judges them.
        batches: Plays one batch after the other, and has what comes of it judged.
        ids: The objects that are known.
    """

    testbed: TestBed
    exchange_runner: ExchangeRunner
    judge: Judge
    batches: BatchRunner
    ids: KnownIds

    def breaks(self, exchanges: Sequence[Exchange]) -> bool:
        """Return whether exchanges that are no part of the run break a law, and that is an error."""
        trial = self.judge.trial(Attributed(tuple(exchanges)), self.exchange_runner.tying.calls)
        return any(breach.severity is Severity.ERROR for breach in trial)


def equipment_on(testbed: TestBed, shared: Shared) -> Equipment:
    """Return what a run plays and judges with on a test bed.

    Args:
        testbed: Its target is ready.
        shared: What the steps of the run share.
    """
    contract = shared.contract
    judge = judge_for(contract, testbed, GeneratorChecks(contract))
    exchange_runner = ExchangeRunner(testbed, shared.options.concurrency, contract.operations, own_keys=shared.own_keys)
    judge.certainty = exchange_runner.tying.certainty
    judge.noted = shared.options.noted
    exchange_runner.witness = judge.note_taken
    batches = BatchRunner(
        contract,
        testbed=testbed,
        exchange_runner=exchange_runner,
        judge=judge,
        filing=shared.filing,
        emitter=shared.emitter,
        interruption=shared.interruption,
    )
    # Objects are made before the batches that need them.
    ids = KnownIds(
        contract,
        testbed.clock.now,
        reads_only=shared.work.reads_only,
        counts=shared.evidence.counts,
        starts=testbed.starts,
        testbed=testbed,
    )
    exchange_runner.sender.ids = ids
    judge.used_up = ids.refused_for_state
    return Equipment(testbed, exchange_runner, judge, batches, ids)
