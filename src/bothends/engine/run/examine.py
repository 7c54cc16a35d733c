"""Examines a finding: the least that shows it again, and the smallest request that does."""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

from bothends.contract.requests import SAFE
from bothends.engine.events import Aside, Examining, FindingSettled
from bothends.engine.judge import is_guess, judge_for
from bothends.engine.play import LIMITS, Batch
from bothends.engine.run.minimizing import Original, same, status_of
from bothends.laws import Scope, law_of
from bothends.records import LATER, NO_TIME, Answer, Claim, Step, TiedBy, grouped

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping, Sequence

    from bothends.clock import Clock
    from bothends.contract import Contract, Operation
    from bothends.engine.control import Interruption
    from bothends.engine.emitter import Emitter
    from bothends.engine.judge import Judge, TrackedFinding
    from bothends.engine.play import ExchangeRunner, KnownIds
    from bothends.engine.run.filing import Filing
    from bothends.engine.run.restarts import Restarts
    from bothends.engine.testbed import TestBed
    from bothends.engine.tie import Attributed
    from bothends.launch import Target
    from bothends.records import Breach, Case, Exchange, Finding, NoAnswer


REPEAT = 48
"""Copies of a case in a batch that is to show what only concurrency shows."""

REPEATS = 3
"""Such batches that are tried."""

CONFIRMED = 2
"""How often a minimized request must show its finding again before it stands for it."""


MOST_LINES = 8
"""Lines of the target's log that are kept of a finding."""

_CLIENT_ERRORS = range(400, 500)

_SETTLING = 0.5
"""What a batch takes beside its exchanges, seconds."""


@dataclass(frozen=True, slots=True)
class Examined:
    """What examining a finding has come to.

    Attributes:
        finding: With its smallest case, and whether it reproduces; None: there was no time to know.
        batches: What shows it, in order; the last one shows it.
    """

    finding: Finding
    batches: tuple[Batch, ...]


class Examiner:
    """Plays parts of a run again to learn what a finding depends on."""

    def __init__(  # noqa: PLR0913 -- it combines what a run has
        self,
        exchange_runner: ExchangeRunner,
        judge: Judge,
        clock: Clock,
        controls: Mapping[str, Case],
        *,
        concurrency: int,
        ids: KnownIds | None = None,
        tell: Callable[[Aside], None] | None = None,
        target: Target | None = None,
    ) -> None:
        """Take what a run has, what is told of each exchange, and whose log is looked at; None: nothing is."""
        self._tell = tell
        self._target = target
        self._log: tuple[str, ...] = ()
        self._concurrency = concurrency
        self._ids = ids
        self._exchange_runner = exchange_runner
        self._judge = judge
        self._clock = clock
        self._controls = controls
        self._late = self._anew = self._unsure = False
        self._about = ""
        self._alone = (0, 0)
        self._answered: list[Answer | NoAnswer] = []
        self._played_numbers: set[int] = set()

    @property
    def log(self) -> tuple[str, ...]:
        """The last lines that the target wrote when the finding that was examined last has shown again."""
        return self._log

    async def examine(
        self, tracked: TrackedFinding, operation: Operation, seconds: float, most: float | None = None
    ) -> Examined:
        """Reproduce a finding by ever larger histories, then make its request smaller.

        Only what was tried with all that had shown it, and did not show again, is said not to reproduce. What showed,
        but may have been of another request that is not over, leaves that open.

        Args:
            tracked: The finding and the batch that showed it.
            operation: The operation that its case is about.
            seconds: How long this may take; what there is no time for is left out.
            most: How long the request alone may take, which is tried first; None: no longer than all.
        """
        self._late = _came_late(tracked.finding.breach)
        if _is_alike(tracked.finding.breach):
            await self._exchange_runner.tying.until_over(LIMITS.alone)
        deadline = self._clock.now() + seconds
        until = deadline if most is None else self._clock.now() + max(seconds, most)
        finding, case = tracked.finding, tracked.finding.case
        self._about, self._answered, self._alone, self._log = case.label, [], finding.alone, ()
        begun = tried = self._unsure = False
        for batches, anew in self._tries(tracked):
            self._anew = anew
            limit, until = until, deadline
            if self._clock.now() + self._seconds(batches, tracked) > limit:
                continue  # what comes after a crowd may be quicker than that
            begun = True
            unsure, self._unsure = self._unsure, False
            shown = await self._shows(batches, partial(same, finding=finding))
            known = shown is not None or not self._unsure
            self._unsure = unsure or not known
            alone = sum(len(batch.cases) for batch in batches) == 1
            if alone and not known:
                break  # among more requests, it is known even less
            if alone and not anew:
                self._alone = self._alone[0] + (shown is not None), self._alone[1] + 1
            if shown is not None:
                finding = replace(finding, reproduced=True, alone=self._alone)
                # What is told in raw bytes, or in time, is what the finding is about.
                if len(batches) == 1 and len(batches[0].cases) == 1 and not case.behaviour:
                    # Each try takes as long as the finding itself does, and may be none that shows it.
                    last = deadline - self._seconds(batches, tracked) * (1 + CONFIRMED)
                    usual = self._controls.get(case.operation)
                    original = Original(operation, finding, None if usual is None else usual.request)
                    original.note(shown)
                    return await self._shrink(original, finding, batches[0], last)
                return Examined(self._with_history(finding, batches), batches)
            tried = tried or batches == tracked.whole
        used_up = refused_since(case, finding.breach, self._answered)
        reproduced = False if tried and not used_up and not self._unsure else None
        untried = "" if begun else NO_TIME
        finding = replace(finding, reproduced=reproduced, used_up=used_up, alone=self._alone, untried=untried)
        return Examined(self._with_history(finding, tracked.whole), tracked.whole)

    def _tries(self, tracked: TrackedFinding) -> Iterator[tuple[tuple[Batch, ...], bool]]:
        """Yield histories, and whether each request has a new object: the first one had it, or one used by others."""
        once = self._ids is None or not self._ids.roles.can_be_used_up(tracked.finding.case)
        for batches in self._histories(tracked):
            if not once:
                yield batches, True
            yield batches, False

    def _with_history(self, finding: Finding, batches: tuple[Batch, ...]) -> Finding:
        """Return the finding with what it depends on: of the request alone, nothing more need be said."""
        if finding.reproduced is not False and sum(len(batch.cases) for batch in batches) == 1:
            return finding
        steps: list[Step] = []
        for batch in batches:
            at_once = min(batch.concurrency or self._concurrency, len(batch.cases))
            if steps and (steps[-1].given, steps[-1].at_once) == (batch.given, at_once):
                last = steps.pop()
                families = tuple(dict.fromkeys((*last.families, *batch.families)))
                steps.append(Step(batch.given, families, last.requests + len(batch.cases), at_once))
            else:
                steps.append(Step(batch.given, batch.families, len(batch.cases), at_once))
        return replace(finding, history=tuple(steps))

    def _histories(self, tracked: TrackedFinding) -> Iterator[tuple[Batch, ...]]:
        batch = tracked.batch
        case = batch.as_sent(tracked.finding.case)
        if batch.prelude:
            yield (*batch.prelude, Batch(batch.given, (case,), 1))
            yield tracked.whole
            return
        if tracked.finding.breach.exchange is None:
            yield tracked.whole
            return
        if law_of(tracked.finding.breach.law).builds_up:
            # The target that is examined has it in itself by now; one that is started anew for a replay has not.
            many = Batch((), (self._controls.get(case.operation, case),) * REPEAT)
            yield (*(many,) * REPEATS, Batch(batch.given, (case,), 1))
            yield tracked.whole
            return
        yield (Batch(batch.given, (case,), 1),)
        if case.operation in self._controls:
            yield (Batch((), (self._controls[case.operation],), 1), Batch(batch.given, (case,), 1))
        # What depends on who comes first need not show at once. Of one that takes its time, a crowd is no help.
        for _ in range(0 if case.behaviour else REPEATS):
            yield (Batch(batch.given, (case,) * REPEAT),)
        yield (batch,)
        if tracked.before:
            yield tracked.whole

    def _seconds(self, batches: tuple[Batch, ...], tracked: TrackedFinding) -> float:
        """Return how long batches will take, as far as the exchange that showed the finding tells."""
        exchange = tracked.finding.breach.exchange
        each = 0.0 if exchange is None else exchange.ended - exchange.began
        rounds = sum(-(-len(batch.cases) // (batch.concurrency or self._concurrency)) for batch in batches)
        waited = _came_late(tracked.finding.breach) or any(case.behaviour for batch in batches for case in batch.cases)
        return each * rounds + _SETTLING * waited

    async def _shows(self, batches: tuple[Batch, ...], shows: Callable[[Breach], bool]) -> Breach | None:
        size = 0 if self._target is None else self._target.log_size
        found = await self._shown_by(batches, shows)
        if found is not None and self._target is not None:
            await asyncio.sleep(LIMITS.glance)  # a target may write when it has answered
            self._log = tuple(self._target.log_tail(MOST_LINES, size))
        return found

    async def _shown_by(self, batches: tuple[Batch, ...], shows: Callable[[Breach], bool]) -> Breach | None:
        found = None
        self._exchange_runner.sender.leave_connections()
        for batch in batches:
            found = self._shown(await self.breaches(batch), shows)
        if found is None and self._late:
            # A replay waits at its end as the run did: what comes late needs no batch after it to be seen.
            found = self._shown(self._breaches(await self._exchange_runner.tying.settle()), shows)
        return found

    def _shown(self, breaches: Sequence[Breach], shows: Callable[[Breach], bool]) -> Breach | None:
        """Return the breach that shows what is looked for; what may be another request's is noted, and is none."""
        found = [breach for breach in breaches if shows(breach)]
        sure = next((breach for breach in found if not is_guess(breach) and self._is_of_these(breach)), None)
        self._unsure = self._unsure or (sure is None and bool(found))
        return sure

    def _is_of_these(self, breach: Breach) -> bool:
        """Whether the requests that a breach is true of together are all of those that were played here."""
        return breach.tie is None or self._played_numbers.issuperset(breach.tie.others)

    async def breaches(self, batch: Batch) -> list[Breach]:
        """Play a batch and return all that was broken in it, guesses too."""
        with contextlib.nullcontext() if self._ids is None or not self._anew else self._ids.new_for_each():
            if self._ids is not None:
                await self._ids.stock(batch, self._played)
            played = await self._exchange_runner.play(batch)
        self._played_numbers.update(exchange.number for exchange in played.attributed.exchanges)
        self._aside(played.attributed.exchanges)
        self._answered += [e.answer for e in played.attributed.exchanges if e.case.label == self._about]
        return self._breaches(played.attributed)

    async def _played(self, batch: Batch) -> tuple[Exchange, ...]:
        if self._ids is not None:
            await self._ids.stock(batch, self._played)  # what makes an object may need another one
        exchanges = (await self._exchange_runner.play(batch)).attributed.exchanges
        self._judge.note_steps(exchanges)
        self._aside(exchanges)
        return exchanges

    def _aside(self, exchanges: tuple[Exchange, ...]) -> None:
        if self._tell is not None and exchanges:
            self._tell(Aside(exchanges))

    def _breaches(self, attributed: Attributed) -> list[Breach]:
        if self._judge.certainty is not None:
            # What the run has seen many times is no longer looked at, and would be a guess here.
            self._judge.certainty.look_again()
        judged = list(self._judge.batch(attributed, self._exchange_runner.tying.calls))
        return [breach for one in judged for breach in one.breaches] + self._judge.phantoms(attributed)

    async def _shrink(self, original: Original, finding: Finding, batch: Batch, deadline: float) -> Examined:
        """Make the request smaller, as long as it shows the same thing; what does not show it each time is no use."""
        case, breach = finding.case, finding.breach
        # A generator's own checks know the requests that it made, and no others.
        progress = law_of(finding.breach.law).scope is not Scope.CHECK
        while progress and self._clock.now() < deadline:
            progress = False
            for request in original.candidates(case.request):
                if self._clock.now() > deadline:
                    break
                # The contract must say the same of the smaller request, for the same law to be broken by it.
                if not (original.is_like(request) and original.keeps_usual(case.request, request)):
                    continue
                candidate = replace(case, request=request, origin=None)
                self._forget_taken()
                found = await self._shows((replace(batch, cases=(candidate,)),), original.shows_in)
                if found is not None:
                    case, breach, progress = candidate, found, True
                    break
        least = (replace(batch, cases=(case,)),)
        if case is finding.case or not await self._shows_each_time(least, original):
            return Examined(finding, (replace(batch, cases=(finding.case,)),))
        again = 1 + CONFIRMED
        alone = (finding.alone[0] + again, finding.alone[1] + again)
        return Examined(replace(finding, case=case, breach=breach, smaller=True, alone=alone), least)

    def _forget_taken(self) -> None:
        """Forget which values were accepted: a smaller request has those of one that has succeeded meanwhile.

        Refused for that, it is answered otherwise than the finding's.
        """
        self._judge.forget_taken()

    async def _shows_each_time(self, batches: tuple[Batch, ...], original: Original) -> bool:
        for _ in range(CONFIRMED):
            self._forget_taken()
            if await self._shows(batches, original.shows_in) is None:
                return False
        return True


def _is_alike(breach: Breach) -> bool:
    """Whether an event of a breach has nothing of its own: a request that is not over could have sent it."""
    weak = {TiedBy.ONLY, TiedBy.CLASS, TiedBy.VALUES}
    return breach.tie is not None and breach.tie.by in weak and breach.claim is not Claim.LACKS


def _came_late(breach: Breach) -> bool:
    """Whether an event of its exchange arrived when the exchange was over."""
    exchange = breach.exchange
    return exchange is not None and any(delivery.received > exchange.ended for delivery in exchange.deliveries)


_OF_THE_OBJECT = frozenset({404, 409, 410, 412})
"""By these, an answer tells of the object of a request and of its state (RFC 9110 section 15.5)."""


def refused_since(case: Case, breach: Breach, answers: Sequence[Answer | NoAnswer]) -> str:
    """Return the statuses by which all repeats of a request were refused, as its object has changed; empty: not so.

    The first one may have changed it. Then the repeats have not been under the same conditions, and whether the finding
    shows each time is not known.
    """
    first = status_of(breach)
    changes = case.request.method not in SAFE and any(map(_is_success, case.expect.statuses))
    told = {str(answer.status) if isinstance(answer, Answer) else "" for answer in answers}
    refusals = {str(status) for status in (_CLIENT_ERRORS if changes else _OF_THE_OBJECT)}
    return ",".join(sorted(told)) if told and told <= refusals - {first} else ""


def _is_success(status: int) -> bool:
    return 200 <= status < 300  # noqa: PLR2004 -- the class of successes, RFC 9110 section 15.3


# Examines the findings of a run when all is played: each is reproduced and made smaller, as far as there is time.

EXAMINED = 10
"""Findings that are reproduced and made smaller, of those that are alike; the first of each group is, in any case."""

EACH_SECONDS = 3.0
"""Time for one finding, beyond which what was reached is kept."""

EXAMINING_SECONDS = 15.0
"""Time for all of them."""


def apart_alike(ranked: Sequence[TrackedFinding]) -> tuple[list[TrackedFinding], list[TrackedFinding]]:
    """Return the first finding of each group that a person is told of, and all others, which are alike."""
    first = {one.id for one, *_ in grouped(tracked.finding for tracked in ranked)}
    firsts = [tracked for tracked in ranked if tracked.finding.id in first]
    return firsts, [tracked for tracked in ranked if tracked.finding.id not in first]


class Examination:
    """Examines one finding after the other, within a time."""

    def __init__(  # noqa: PLR0913 -- it combines what a run has
        self,
        contract: Contract,
        *,
        testbed: TestBed,
        exchange_runner: ExchangeRunner,
        judge: Judge,
        filing: Filing,
        emitter: Emitter,
        interruption: Interruption,
        concurrency: int,
        ids: KnownIds,
        restarts: Restarts,
    ) -> None:
        """Take all that it works with."""
        self._ids = ids
        self._restarts = restarts
        self._contract = contract
        self._testbed = testbed
        self._exchange_runner = exchange_runner
        self._judge = judge
        self._filing = filing
        self._emitter = emitter
        self._interruption = interruption
        self._concurrency = concurrency

    async def run(self, controls: Mapping[str, Case], before: Collection[str] = frozenset()) -> frozenset[str]:
        """Examine what was found; return the IDs of the findings.

        Args:
            controls: A good case of each operation, by its ID.
            before: The IDs of those that were examined before.

        Raises:
            HarnessError: A law crashed, or a replay file can't be written.
            Interrupted: A person asked for the end.
        """
        clock = self._testbed.clock
        findings = self._filing.findings
        # A judge of its own: what is tried here is no part of the run, and not counted in it.
        judge = judge_for(self._contract, self._testbed)
        judge.take_unique(self._judge)
        judge.certainty = self._exchange_runner.tying.certainty
        examiner = Examiner(
            self._exchange_runner,
            judge,
            clock,
            controls,
            concurrency=self._concurrency,
            ids=self._ids,
            tell=self._emitter.emit,
            target=self._testbed.target,
        )
        until = clock.now() + EXAMINING_SECONDS
        ranked = findings.ranked()
        new = [tracked for tracked in ranked if tracked.finding.id not in before]
        firsts, others = apart_alike(new)
        for place, tracked in enumerate((*firsts, *others)):
            if not tracked.finding.replayable:
                continue
            # The case that stands for all may not be the one that was seen first.
            self._filing.keep(
                tracked.finding.id, tracked.finding.breach, (*tracked.batch.prelude, *tracked.batch.steps), tracked.only
            )
            left = until - clock.now()
            exchange = tracked.finding.breach.exchange
            if tracked.finding.id in self._restarts.confirmed:
                continue  # it was shown alone already, and would bring the target down for all that come after it
            if exchange is None or tracked.only or self._exchange_runner.timeout_budget.spent:
                continue  # nothing to make smaller: it is another's request, or none; or it would not be answered
            if place >= max(EXAMINED, len(firsts)) or left <= 0:
                findings.leave_untried(tracked.finding, LATER)
                continue
            await self._examine(examiner, tracked, exchange, left)
        return frozenset(tracked.finding.id for tracked in ranked)

    async def _examine(self, examiner: Examiner, tracked: TrackedFinding, exchange: Exchange, left: float) -> None:
        self._emitter.emit(Examining(tracked.finding))
        operation = self._contract.operation(exchange.case.operation)
        # What was seen several times, and takes long each time, is known well enough.
        most = left if tracked.finding.count == 1 else None
        examining = examiner.examine(tracked, operation, min(EACH_SECONDS, left), most)
        examined = await self._interruption.guard(examining)
        finding = self._filing.findings.settle(replace(examined.finding, log=examiner.log))
        self._filing.keep(finding.id, finding.breach, examined.batches)
        self._emitter.emit(FindingSettled(finding))
        await self._restarts.revive()
        await self._emitter.taken()
