"""Plays faults side by side, and alone what does not show all that it should; `beside.py` says what comes of it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Protocol

from bothends.engine.play import Batch, Played, silenced
from bothends.engine.run.results import AFTERMATH
from bothends.engine.tie import LEAST_SEEN, Attributed

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from bothends.engine.control import Interruption
    from bothends.engine.play import ExchangeRunner
    from bothends.engine.run.beside import Beside, Keying
    from bothends.engine.run.filing import Filing
    from bothends.engine.run.restarts import Restarts
    from bothends.engine.run.results import Results
    from bothends.engine.testbed import TestBed
    from bothends.records import Case, Exchange


class Batches(Protocol):
    """What plays batches, as far as it takes to play alone what must be, and to take what came side by side."""

    controls: dict[str, Case]
    restarts: Restarts

    async def run(self, batch: Batch) -> None:
        """Run a batch, and what its end asks for."""
        ...

    async def prepare(self, batch: Batch) -> tuple[Exchange, ...]:
        """Play a batch that is no part of the run."""
        ...

    async def wait_for_pending(self) -> None:
        """Wait for events that are owed and that no answer waits for."""
        ...

    async def take_beside(self, played: Played, batch: Batch) -> None:
        """Take what came of a batch that was played beside others."""
        ...

    async def ask_whether_anyone_is_there(self, batch: Batch) -> None:
        """Send a good request where nothing was answered for long."""
        ...

    def without_hopeless(self, batch: Batch) -> Batch | None:
        """Return a batch without the cases that will not be answered; None: nothing is left."""
        ...

    def recovery(self, batch: Batch) -> Iterator[Batch]:
        """Return the good requests that are sent after a fault."""
        ...


class SideBySide:
    """Plays the faults of a group at once, each for its own exchange alone."""

    def __init__(  # noqa: PLR0913 -- it combines what a run has
        self,
        batches: Batches,
        *,
        testbed: TestBed,
        exchange_runner: ExchangeRunner,
        results: Results,
        filing: Filing,
        keying: Keying,
        interruption: Interruption,
    ) -> None:
        """Take all that it works with; `batches`: plays alone what must be."""
        self._batches = batches
        self._testbed = testbed
        self._exchange_runner = exchange_runner
        self._results = results
        self._filing = filing
        self._keying = keying
        self._interruption = interruption

    async def play(self, group: Batch) -> None:
        """Play the faults of a group side by side, and alone what does not show all that it should."""
        async with self._batches.restarts.going_on():
            await self._side_by_side(group)

    async def _side_by_side(self, group: Batch) -> None:
        steps = [kept for step in group.steps if (kept := self._batches.without_hopeless(step)) is not None]
        told_by = self._upstream_of(group)
        if self._keying.at_once == 1 or len(steps) <= 1 or not await self._told(told_by):
            for step in steps:
                await self._batches.run(step)
            return
        await self._batches.wait_for_pending()  # as in `run`
        rows = [(step, *self._batches.recovery(step)) for step in steps]
        runner = self._exchange_runner
        calls = told_by is not None
        came = await self._interruption.guard(runner.play_side_by_side(rows, self._keying.at_once, calls=calls))
        suspects = self._keying.suspects(came, self._results.broken_by, self._results.was_late)
        every = Attributed(tuple(e for row in came.rows for one in row.played for e in one.attributed.exchanges))
        together = Played(group, every, {})
        lost = await self._batches.restarts.gone(together)
        if lost is not None:
            lost.suspects = tuple(batch.cases[0] for batch, row in zip(steps, came.rows, strict=True) if silenced(row))
            self._results.judge_unless_gone(together, group, lost=lost)
        # What nobody can have caused shows again, or nobody is accused of it.
        self._results.hand_on_later(replace(came.rest, phantoms=()))
        taken: list[Batch] = []
        undecided: dict[int, set[str]] = {}
        only_beside, at_once = len(self._keying.only_beside), self._keying.at_once
        for place, (row, batches) in enumerate(zip(came.rows, rows, strict=True)):
            beside = suspects.get(place)
            # What has shown alone is a finding already.
            if beside is not None and not (beside.known and beside.broken <= self._results.shown):
                alone = await self.alone(steps[place], beside)
                if beside.excused and self._keying.isolates:
                    undecided[place] = alone
                continue
            taken.append(steps[place])
            for played, batch in zip(row.played, batches, strict=True):
                await self._batches.take_beside(played, batch)
            self._keying.remember(steps[place], row)
        await self._beside_again(rows, undecided, at_once, calls=calls)
        self._keying.played_again(len(steps) - len(taken), came, told_by)
        if len(self._keying.only_beside) > only_beside:
            # What one fault has left behind, another one's exchange may have met.
            for step in taken:
                await self._batches.run(step)
        await self._batches.ask_whether_anyone_is_there(group)

    def _upstream_of(self, group: Batch) -> tuple[str, str] | None:
        """Return the operation and the upstream that a group of faults is about; None: they are of an ingest."""
        subject = group.given[0].subject
        return None if subject in self._testbed.world.services.ingests else (group.cases[0].operation, subject)

    async def _told(self, by: tuple[str, str] | None) -> bool:
        """Return whether calls to an upstream tell their exchanges, as good requests have shown; deliveries do."""
        if by is None:
            return True
        tells, control = self._keying.tells, self._batches.controls.get(by[0])
        if control is None:
            return False
        if by not in tells:
            good = Batch((), (control,) * LEAST_SEEN, concurrency=LEAST_SEEN)
            tells[by] = await self._exchange_runner.calls_tell(good, by[1], self._batches.prepare)
        return tells[by]

    async def _beside_again(
        self, rows: Sequence[Sequence[Batch]], undecided: dict[int, set[str]], at_once: int, *, calls: bool
    ) -> None:
        """Play faults beside others again of which a busy machine excused what they showed there.

        Args:
            rows: The faults that were played side by side, each with what comes after it.
            undecided: The places of those that were excused, each with the laws that it breaks alone.
            at_once: How many were under way at once.
            calls: Whether the faults are of an upstream, whose calls tell their exchanges.
        """
        while undecided and self._keying.may_try_again():
            came = await self._interruption.guard(self._exchange_runner.play_side_by_side(rows, at_once, calls=calls))
            self._results.hand_on_later(replace(came.rest, phantoms=()))
            suspects = self._keying.suspects(came, self._results.broken_by, self._results.was_late)
            for place in list(undecided):
                beside = suspects.get(place)
                if beside is None or not beside.excused:
                    alone = undecided.pop(place)
                    self._filing.add([] if beside is None else self._keying.compare(beside, alone), AFTERMATH)
        self._keying.unknown.update((rows[place][0].cases[0].label, None) for place in undecided)

    async def alone(self, step: Batch, beside: Beside) -> set[str]:
        """Play a fault alone that was played beside others, note what it does not show then; return what it breaks."""
        await self._batches.restarts.well_again(step.cases[0].operation)
        with self._results.anew() as shown:
            await self._batches.run(step)
            alone = {law for law, _ in shown}
        self._filing.add(self._keying.compare(beside, alone), AFTERMATH)
        return alone
