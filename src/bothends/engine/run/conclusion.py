"""What a run has come to: it is summed up once, from what each step has seen, whatever ended the run."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING

from bothends.engine.events import RunFinished
from bothends.engine.evidence import Facts
from bothends.engine.tie import told
from bothends.errors import HarnessError, MachineError

if TYPE_CHECKING:
    from bothends.engine.control import Outcome
    from bothends.engine.judge import Known
    from bothends.engine.run.equipment import Equipment
    from bothends.engine.run.interactions import Interactions
    from bothends.engine.run.planned import PlannedBatches
    from bothends.engine.run.replaying import Replaying
    from bothends.engine.run.shared import Shared
    from bothends.engine.run.start_and_stop import StartAndStop
    from bothends.engine.testbed import TestBed


class Conclusion:
    """Sums up a run, and tells it.

    Attributes:
        facts: What the run has come to besides its counts and its findings; there when it is over.
        notes: What else the summary says.
        equipment: What it was played with; None: its target was never ready.
    """

    facts: Facts

    def __init__(  # noqa: PLR0913 -- each step has something to say
        self,
        shared: Shared,
        known: Known,
        outcome: Outcome,
        *,
        planned: PlannedBatches,
        replaying: Replaying,
        interactions: Interactions,
        scenarios: StartAndStop,
    ) -> None:
        """Take the steps that have something to say in the end.

        Args:
            shared: What the steps share.
            known: Findings that are accepted.
            outcome: What kept the run from its end.
            planned: What was not played of the plan.
            replaying: Whether a finding has shown again.
            interactions: How pacts have fared.
            scenarios: What never came to pass.
        """
        self._shared = shared
        self._known = known
        self._outcome = outcome
        self._planned = planned
        self._replaying = replaying
        self._interactions = interactions
        self._scenarios = scenarios
        self.notes: list[str] = []
        self.equipment: Equipment | None = None
        self._begun = 0.0
        self._log: tuple[str, ...] = ()
        self._is_told = False

    def begin(self) -> None:
        """Note that the run begins now."""
        self._begun = asyncio.get_running_loop().time()

    def take_log(self, testbed: TestBed) -> None:
        """Take the end of the target's log."""
        self._log = tuple(testbed.target.log_tail())

    def tell_all(self, equipment: Equipment) -> None:
        """Sum up what was seen: who reads it need not wait until the target has ended."""
        equipment.batches.results.let_go()
        self.take_log(equipment.testbed)
        self._tell()

    def tell_what_failed(self) -> None:
        """Sum up what was seen before a run was ended; where all is told already, raise what could not be cleared."""
        if not self._is_told:
            self._tell()
        elif self._outcome.harness_failure:
            raise (MachineError if self._outcome.by_machine else HarnessError)(self._outcome.harness_failure)

    @property
    def plan(self) -> str:
        """What tells the plan from others; empty: it was not gone through to its end."""
        dealer = self._shared.dealer
        lists = 0 if self._shared.work.plan is None else 3  # plain, generated and last
        return "" if self.facts.cut or self.facts.enough or dealer.dealt < lists else dealer.digest

    def _tell(self) -> None:
        shared = self._shared
        if self.equipment is not None and self._outcome.target_failure:
            self._planned.tell_left_out()
        facts = self._facts(asyncio.get_running_loop().time() - self._begun)
        self.facts = facts if self.equipment is None else _with_what_was_seen(facts, self.equipment)
        summary = shared.evidence.summary(
            self.facts,
            shared.filing.findings,
            self._known,
            threshold=shared.options.coverage_threshold,
            replay=self._replaying.outcome,
            batches=bool(shared.work.batches),
        )
        if self.equipment is not None:
            certainty = self.equipment.exchange_runner.tying.certainty
            told.write(shared.options.run_folder, certainty, summary.findings)
        shared.emitter.emit(RunFinished(summary))
        self._is_told = True

    def _facts(self, seconds: float) -> Facts:
        """Return what the run has come to, but for what was seen of the target."""
        work, outcome = self._shared.work, self._outcome
        return Facts(
            seed=self._shared.seed,
            seconds=seconds,
            whole=work.whole,
            reads_only=work.reads_only,
            enough=self._shared.filing.enough,
            target_failure=outcome.target_failure,
            harness_failure=outcome.harness_failure,
            by_machine=outcome.by_machine,
            interrupted=outcome.interrupted,
            untried=outcome.interrupted and self._shared.options.examine,
            log=self._log,
            pacts=self._interactions.tallies,
            not_proven=(
                *self._interactions.not_proven,
                *self._scenarios.not_proven,
                *(() if work.plan is None else work.plan.unmade),
            ),
            notes=(
                *self.notes,
                *(() if work.pacts is None else work.pacts.notes),
                *self._shared.own_keys.notes(),
            ),
        )


def _with_what_was_seen(facts: Facts, equipment: Equipment) -> Facts:
    """Return the facts of a run with what was seen of a target that was ready."""
    judge, tying, results = equipment.judge, equipment.exchange_runner.tying, equipment.batches.results
    return replace(
        facts,
        began=True,
        laws=judge.tallies(),
        unjudged=judge.unjudged(),
        called=tying.called,
        unexplained=tying.unexplained,
        busy=tuple(results.retries.unknown),
        not_proven=(
            *facts.not_proven,
            *equipment.batches.restarts.not_proven,
            *equipment.ids.not_proven(),
            *results.not_proven(),
            *results.clock_steps.not_proven(),
            *results.leftovers.not_proven(),
        ),
        beside=equipment.batches.keying.told,
        notes=(*facts.notes, *results.clock_steps.notes()),
    )
