"""A target that no longer answers is started anew, and the run goes on with what comes next.

A launched target is stopped and started, with its setup. One that is given by its URL is asked again after a pause: it
may be restarted by others, or be well again when something has expired.

What it answered last need not be what has brought it down. So each request of that batch that was not answered is sent
once more, alone. Where the target is gone again after one of them, that is a finding. Else one of them may have been
about an object that was not there: others had removed it, or nobody could make it. Alone, it has one. So each of these
operations is asked for what is not there. Else the target may lose something at each fault, a connection or a permit,
until there is none: so faults are played in turn, again and again. Where that shows nothing either, nothing is told but
that it was seen.

Where several were under way at once, in a world that was well, the target may have come to a deadlock. So these are
played at once again on a target that was just started. Where it has ended again, or takes so long for a good request
after them that it could have answered all of them one after the other, and hardly used a processor meanwhile, that is a
finding. A target that is only slow in a crowd answers that request, or is at work.

To bring a target down costs a run some time limits and a start. Of an operation and a family that have done so twice,
the rest is not played.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING, Protocol

from bothends.cases import about_nothing
from bothends.engine.judge import Delay
from bothends.engine.play import Batch, TargetGoneError, gone, may_be_silent, silent
from bothends.engine.tie import Attributed
from bothends.launch import ProcessorUse, RunningTarget
from bothends.records import Answer, NoAnswer, NotProven, Weight

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable, Sequence

    from bothends.contract import Contract
    from bothends.engine.control import Interruption
    from bothends.engine.play import ExchangeRunner, Played
    from bothends.engine.run.results import Results
    from bothends.engine.testbed import TestBed
    from bothends.records import Case, Exchange

MOST = 2
"""Restarts for one operation and family, after which the rest of it is not played."""

IN_ALL = 12
"""Restarts of a run, after which the rest of it is not played."""

AGAIN = 32
"""How often faults are played again in turn, once in a run: pools of what may leak are mostly of 5 to 25."""

AGAIN_SECONDS = 45.0

_GONE = frozenset({"timeout", "refused"})
"""What comes of a request where nobody is there any more; all else is an answer of a kind."""

PAUSES = (1.0, 3.0, 9.0)
"""Seconds before each time that a target which bothends can't start is asked again."""

_STOPPED = f"The target answered nothing any more, {MOST} times with this family"

SOON_WELL = 3.0
"""Seconds until a target is well again that had several faults at once, before it starts anew."""

LATE_WELL = 30.0
"""The same of one that bothends can't start: a circuit breaker may be open for so long."""

_LOOK_SECONDS = 0.05

LEAST_SILENCE = 30.0
"""Seconds that a good request waits at least after a crowd: it may wait for a lock of its database for as long."""

MOST_SILENCE = 120.0
"""The same at most: where it would have to wait for longer, nobody is accused."""

ASKED = 2
"""Good requests that a target has after a crowd, beside it."""

IDLE = 0.1
"""Part of the time for which a target that waits for something uses a processor, or is ready to, at most."""


class Batches(Protocol):
    """What plays batches, as far as it takes to go on with a target that has started anew."""

    controls: dict[str, Case]
    results: Results

    async def play_whole(self, batch: Batch) -> None:
        """Play a batch, and what comes after a fault."""
        ...

    async def prepare(self, batch: Batch) -> tuple[Exchange, ...]:
        """Play a batch that is no part of the run."""
        ...

    def after(self, batch: Batch, operation: str, crowd: str = "") -> Case:
        """Return the good request that is sent after a batch; `crowd`: what it is called, if not by its cases."""
        ...


class Restarts:
    """Starts a target anew, and finds out what has brought it down.

    Attributes:
        not_proven: Losses that no case has brought about when it was played alone.
        confirmed: The IDs of findings that have shown twice, the second time alone.
    """

    def __init__(
        self,
        contract: Contract,
        batches: Batches,
        *,
        testbed: TestBed,
        exchange_runner: ExchangeRunner,
        interruption: Interruption,
    ) -> None:
        """Begin with none."""
        self._contract = contract
        self._batches = batches
        self._testbed = testbed
        self._exchange_runner = exchange_runner
        self._interruption = interruption
        self._counts: Counter[tuple[str, str]] = Counter()
        self._alone: Counter[tuple[str, str]] = Counter()
        self._count = 0
        self._answered = False
        self._looked_for_leaks = False
        self._probe: Played | None = None
        self._crowds: set[str] = set()
        self._crowd_shown = False
        self._about_nothing: set[str] = set()
        self._longest = 0.0
        self.not_proven: list[NotProven] = []
        self.confirmed: set[str] = set()

    def gives_up(self, case: Case) -> bool:
        """Return whether a case is not played any more."""
        return self._counts[case.operation, case.family] >= MOST

    @property
    def not_played(self) -> str:
        """Why a case is not played any more, in words."""
        return not_played(started=self._starts)

    @property
    def _starts(self) -> bool:
        """Whether it can start the target anew: one that is given by its URL is only asked again."""
        return not isinstance(self._testbed.target, RunningTarget)

    def is_accused(self, case: Case) -> bool:
        """Return whether a case has brought the target down when it was played alone, or was the only suspect twice."""
        return self._alone[case.operation, case.label] >= MOST

    async def gone(self, played: Played) -> TargetGoneError | None:
        """Return what says that the target has gone since a batch was played; None: it has not."""
        self._answered |= any(isinstance(exchange.answer, Answer) for exchange in played.attributed.exchanges)
        well = (e for e in played.attributed.exchanges if not (e.case.behaviour or e.case.of_the_world))
        took = (exchange.ended - exchange.began for exchange in well if isinstance(exchange.answer, Answer))
        self._longest = max(self._longest, *took, 0.0)
        lost = gone(played, self._testbed.target)
        asks = self._answered and bool(self._batches.controls)  # of one that never answers, nothing is new
        if lost is None and asks and may_be_silent(played) and not await self._is_there():
            lost = silent(played, self._testbed.client.time_limit)
            lost.probe = self._probe
        return lost

    @contextlib.asynccontextmanager
    async def going_on(self) -> AsyncIterator[None]:
        """Start a target anew that has gone while the body runs, and play alone what may have brought it down.

        Raises:
            TargetError: It does not start, or has been started often enough, or nothing is known that it must answer.
        """
        budget = self._exchange_runner.timeout_budget
        counted = budget.counted()
        try:
            yield
        except TargetGoneError as lost:
            if not self._batches.controls or not self._answered:
                raise
            await self._start_anew(lost, lost.suspects)
            await self._find_out(lost)
            budget.started_anew(counted)

    async def revive(self) -> None:
        """Start a target anew where it is gone, whatever has brought it down."""
        silent_now = self._testbed.target.died() is not None or self._exchange_runner.timeout_budget.in_row
        if silent_now and self._batches.controls and not await self._is_there():
            await self._start_anew(TargetGoneError("The target no longer answers.", (), advice="See its log"), ())

    async def well_again(self, operation: str) -> None:
        """Wait until a good request succeeds: what others have left behind is no matter of what is played alone.

        A launched target that stays as it is starts anew. It may have a circuit breaker that is open for a minute.

        Raises:
            TargetError: It does not start again.
        """
        ids = self._exchange_runner.sender.ids
        control, clock = self._batches.controls.get(operation), self._testbed.clock
        if control is None:
            return
        for seconds in (SOON_WELL, LATE_WELL):
            until = clock.now() + seconds
            while clock.now() < until and self._testbed.target.died() is None:
                made = await self._batches.prepare(Batch((), (control,), concurrency=1))
                if all(exchange.succeeded for exchange in made):
                    return
                await self._interruption.guard(asyncio.sleep(_LOOK_SECONDS))
            # What is known of ids would be gone with the target.
            if (ids is None or not ids.needed) and self._starts:
                await self._interruption.guard(self._started())
                return

    async def _find_out(self, lost: TargetGoneError) -> None:
        suspects = [*{(case.operation, case.label): case for case in lost.suspects}.values()]
        accused, alone = False, list[Batch]()
        for case in suspects:
            if self.gives_up(case):
                self._batches.results.leave_out([case], self.not_played)
            elif await self._brings_down(case, alone):
                accused, alone = True, []
        accused = accused or await self._nothing_brings_down(suspects, alone)
        accused = accused or await self._crowd_brings_down(lost)
        if not accused and not await self._leaks([case for case in suspects if case.of_the_world]):
            line = not_again(lost, started=self._starts)
            self.not_proven += [line] if line not in self.not_proven else []

    async def _leaks(self, faults: Sequence[Case]) -> bool:
        """Play faults in turn, again and again; return whether the target is gone after that."""
        if not faults or self._looked_for_leaks:
            return False
        self._looked_for_leaks = True
        clock, played = self._testbed.clock, list[Batch]()
        until = clock.now() + AGAIN_SECONDS
        for turn in range(AGAIN):
            if await self._brings_down(faults[turn % len(faults)], played):
                return True
            if clock.now() > until:
                break
        return False

    async def _brings_down(self, case: Case, before: list[Batch]) -> bool:
        """Play a case alone; return whether the target is gone then, and say so.

        Args:
            case: The case.
            before: What was played since the target was started. The case is added.
        """
        alone = Batch(case.of_the_world, (case,), concurrency=1)
        before.append(alone)
        if self._exchange_runner.sender.ids is not None:
            await self._exchange_runner.sender.ids.stock(alone, self._batches.prepare)
        try:
            await self._batches.play_whole(alone)
        except TargetGoneError as again:
            await self._accuse(before, case, again)
            await self._start_anew(again, [case])
            return True
        return False

    async def _nothing_brings_down(self, suspects: Sequence[Case], before: list[Batch]) -> bool:
        """Ask operations alone for what is not there; return whether the target is gone after that, and say so.

        An operation that has done it before is the reason again, and is not played: each time costs a start.

        Args:
            suspects: Cases of the operations.
            before: What was played since the target was started. The cases are added.
        """
        sent = dict.fromkeys((case.operation, case.request.method) for case in suspects)
        found = any(operation in self._about_nothing for operation, _ in sent)
        for operation, method in () if found else sent:
            own = (case for case in about_nothing(self._contract, operation) if case.request.method == method)
            for case in own:
                if not self.gives_up(case) and await self._brings_down(case, before):
                    self._about_nothing.add(operation)
                    found, before = True, []
                    break
        return found

    async def _accuse(self, before: Sequence[Batch], case: Case, lost: TargetGoneError) -> None:
        """Tell that a good request is not answered after cases that were played alone, the last of which is `case`."""
        good = self._batches.after(before[-1], case.operation)
        after = Batch((), (good,), concurrency=1, prelude=tuple(before))
        played = lost.probe
        if played is None:
            played = await self._interruption.guard(self._exchange_runner.play(after))
        # That a connection which was open is closed now is what is to be told, and no excuse.
        made = tuple(replace(exchange, case=good, excuse="") for exchange in played.attributed.exchanges)
        self._batches.results.accuse(Attributed(made), after)

    async def _crowd_brings_down(self, lost: TargetGoneError) -> bool:
        """Play at once what was under way at once when a target went; return whether it has gone again, and say so.

        Once for each family, until one has shown: it costs two starts, and a long wait.
        """
        batch = lost.batch
        if batch is None or not _is_crowd(batch) or not self._starts:
            return False
        if not self._crowds.isdisjoint(batch.families) or any(map(self.gives_up, batch.cases)):
            return False
        if self._crowd_shown or self._count + 2 > IN_ALL:
            return False
        self._crowds.update(batch.families)
        await self._start_anew(lost, ())  # what was sent alone may have left something behind
        if self._exchange_runner.sender.ids is not None:
            await self._exchange_runner.sender.ids.stock(batch, self._batches.prepare)
        played = await self._interruption.guard(self._exchange_runner.play(batch))
        self._batches.results.set_aside(played.attributed.exchanges)
        again = await self.gone(played)
        if again is None:
            return False
        count = _at_once(played)
        shown = await self._stays_away(batch, count) if count > 1 else None
        if shown is not None:
            self._batches.results.accuse(*shown)
            self._crowd_shown = True
        await self._start_anew(again, () if shown is None else batch.cases)
        return shown is not None

    async def _stays_away(self, batch: Batch, count: int) -> tuple[Attributed, Batch] | None:
        """Return a good request that is not answered after a crowd, and its batch; None: that proves nothing.

        Args:
            batch: The crowd.
            count: How many of it were under way at once.
        """
        operations = list(dict.fromkeys(case.operation for case in batch.cases))
        name = f"after {count} requests of {', '.join(operations)} at once"
        good = self._batches.after(batch, operations[0], name)
        after = Batch((), (good,), concurrency=1, prelude=(batch,))
        seconds = max(LEAST_SILENCE, (len(batch.cases) + ASKED) * self._longest)
        if seconds > MOST_SILENCE:
            return None
        clock, died, pid = self._testbed.clock, self._testbed.target.died(), self._testbed.target.pid
        use, began = None if pid is None else ProcessorUse(pid), clock.now()
        self._exchange_runner.timeout_budget.ask_again()
        async with self._testbed.connected_anew(seconds):
            played = await self._interruption.guard(self._exchange_runner.play(after))
        made = tuple(replace(exchange, excuse="") for exchange in played.attributed.exchanges)
        ended, used = clock.now(), None if use is None else use.seconds()
        if died is None:
            ready = self._testbed.machine.waits(began, ended).target
            idle = used is not None and used + ready < IDLE * (ended - began)
            busy = self._batches.results.retries.excuses.accounts_for(Delay(seconds, began, ended))
            if not idle or busy or clock.stepped(began, ended):
                return None
        unanswered = [isinstance(each.answer, NoAnswer) and each.answer.kind in _GONE for each in made]
        return (Attributed(made), after) if unanswered == [True] else None

    async def _start_anew(self, lost: TargetGoneError, cases: Iterable[Case]) -> None:
        if self._count == IN_ALL:
            raise lost
        self._count += 1
        self._counts.update({(case.operation, case.family) for case in cases})
        labels = {(case.operation, case.label) for case in cases}
        self._alone.update(labels if len(labels) == 1 else ())
        if self._starts:
            await self._interruption.guard(self._started())
        else:
            await self._waited_for(lost)
            self._testbed.note_start()
        self._exchange_runner.timeout_budget.in_row = 0
        self._exchange_runner.timeout_budget.ask_again()

    async def _waited_for(self, lost: TargetGoneError) -> None:
        for pause in PAUSES:
            await self._interruption.guard(asyncio.sleep(pause))
            if await self._is_there():
                return
        raise lost

    async def _started(self) -> None:
        await self._testbed.disconnect()
        await self._testbed.target.stop()
        await self._testbed.start()

    async def _is_there(self) -> bool:
        """Return whether somebody takes a good request; what comes of it, laws judge."""
        control = next(iter(self._batches.controls.values()))
        self._exchange_runner.timeout_budget.ask_again(control.family)  # else it may not even be sent
        asked = self._exchange_runner.play(Batch((), (control,), concurrency=1))
        played = await self._interruption.guard(asked)
        self._probe = played
        self._batches.results.set_aside(played.attributed.exchanges)
        answers = [exchange.answer for exchange in played.attributed.exchanges]
        return any(isinstance(answer, Answer) or answer.kind not in _GONE for answer in answers)


def _is_crowd(batch: Batch) -> bool:
    """Return whether several usual clients of a batch are served at once, in a world that is well."""
    usual = not any(case.behaviour or case.of_the_world for case in batch.cases)
    alone = batch.given or batch.prelude or batch.together or batch.own_connection or batch.concurrency == 1
    return usual and not alone and len(batch.cases) > 1


def _at_once(played: Played) -> int:
    """Return how many requests of a batch were under way at once, at most."""
    exchanges = played.attributed.exchanges
    return max((sum(e.began <= one.began < e.ended for e in exchanges) for one in exchanges), default=0)


def not_played(*, started: bool) -> str:
    """Return why the rest of a family is not played, in words; `started`: whether bothends starts the target anew."""
    return f"{_STOPPED}, and had to be started anew." if started else f"{_STOPPED}, until it was asked again later."


def not_again(lost: TargetGoneError, *, started: bool) -> NotProven:
    """Return that nobody knows what a target no longer answered for; `started`: as for `not_played`."""
    families = ", ".join(dict.fromkeys(case.family for case in lost.suspects))
    then = "Started anew" if started else "Asked again after a pause"
    why = f"{lost.problem} {then}, it answered when each request was sent alone, so nothing is accused of it."
    return NotProven(f"a target that is there after {families}", why, weight=Weight.RUN)
