"""Examines the findings of a run when all is played: each is reproduced and made smaller, as far as there is time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bothends.engine.events import Examining, FindingSettled
from bothends.engine.examine import Examiner
from bothends.engine.stage import judge_for

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bothends.contract import Contract
    from bothends.engine.emitter import Emitter
    from bothends.engine.filing import Filing
    from bothends.engine.findings import Held
    from bothends.engine.interruption import Interruption
    from bothends.engine.player import Player
    from bothends.engine.stage import Stage
    from bothends.records import Case

EXAMINED = 10
"""Findings that are reproduced and made smaller; a person reads no more of them in one sitting."""

EACH_SECONDS = 3.0
"""Time for one finding, beyond which what was reached is kept."""

EXAMINING_SECONDS = 15.0
"""Time for all of them."""


class Examination:
    """Examines one finding after the other, within a time."""

    def __init__(  # noqa: PLR0913 -- it brings together what a run has
        self,
        contract: Contract,
        *,
        stage: Stage,
        player: Player,
        filing: Filing,
        emitter: Emitter,
        interruption: Interruption,
        concurrency: int,
    ) -> None:
        """Take all that it works with.

        Args:
            contract: What is verified.
            stage: The world and the target.
            player: Makes the exchanges.
            filing: Has the findings.
            emitter: Takes the events.
            interruption: Ends the run at a person's wish.
            concurrency: How many exchanges of a batch are under way at once.
        """
        self._contract = contract
        self._stage = stage
        self._player = player
        self._filing = filing
        self._emitter = emitter
        self._interruption = interruption
        self._concurrency = concurrency

    async def run(self, controls: Mapping[str, Case]) -> None:
        """Examine what was found.

        Args:
            controls: A good case of each operation, to stand before a bad one.

        Raises:
            HarnessError: A law crashed, or a replay file can't be written.
            Interrupted: A person asked for the end.
        """
        clock = self._stage.clock
        findings = self._filing.findings
        # A judge of its own: what is tried here is no part of the run, and not counted in it.
        judge = judge_for(self._contract, self._stage)
        examiner = Examiner(self._player, judge, clock, controls, concurrency=self._concurrency)
        until = clock.now() + EXAMINING_SECONDS
        for place, held in enumerate(findings.held()):
            if not held.finding.replayable:
                continue
            # The case that stands for all may not be the one that was seen first.
            self._filing.keep(held.finding.id, held.finding.breach, (*held.wave.prelude, *held.wave.steps), held.only)
            left = until - clock.now()
            if place < EXAMINED and left > 0:
                await self._examine(examiner, held, left)

    async def _examine(self, examiner: Examiner, held: Held, left: float) -> None:
        exchange = held.finding.breach.exchange
        if exchange is None or held.only or self._player.patience.spent:
            return  # nothing to make smaller: the request is another's, or there is none; or it would not be answered
        self._emitter.emit(Examining(held.finding))
        operation = self._contract.operation(exchange.case.operation)
        examining = examiner.examine(held, operation, min(EACH_SECONDS, left), left)
        examined = await self._interruption.guard(examining)
        finding = self._filing.findings.settle(examined.finding)
        self._filing.keep(finding.id, finding.breach, examined.waves)
        self._emitter.emit(FindingSettled(finding))
        await self._emitter.taken()
