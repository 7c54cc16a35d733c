"""The run itself: wave after wave is played and judged, then each finding is examined."""

from __future__ import annotations

from collections import deque
from contextlib import aclosing
from dataclasses import replace
from typing import TYPE_CHECKING

from bothends.cases.families.expectations import success
from bothends.engine.events import (
    Examining,
    ExchangeJudged,
    FindingFound,
    FindingSettled,
    InteractionVerified,
    ScenarioPlayed,
    WaveFinished,
    WaveStarted,
)
from bothends.engine.examine import Examiner
from bothends.engine.last_moment import LastMoment
from bothends.engine.replay_file import Replay, target_of, write
from bothends.engine.second_chance import CHANCES, Chances, busy
from bothends.engine.stage import judge_for
from bothends.engine.waves import Wave
from bothends.errors import TargetError
from bothends.laws import cause_in_words
from bothends.laws.joint.recovers import FAMILY as RECOVERED
from bothends.records import Answer, Breach, NoAnswer

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator, Iterable, Iterator

    from bothends.contract import Contract
    from bothends.engine.attribution import Attributed
    from bothends.engine.events import Event
    from bothends.engine.findings import Findings
    from bothends.engine.interruption import Interruption
    from bothends.engine.judge import Judge
    from bothends.engine.ledger import Ledger
    from bothends.engine.options import Options
    from bothends.engine.player import Played, Player
    from bothends.engine.stage import Stage
    from bothends.records import Case

EXAMINED = 10
"""Findings that are reproduced and made smaller; a person reads no more of them in one sitting."""

EACH_SECONDS = 3.0
"""Time for one finding, beyond which what was reached is kept."""

EXAMINING_SECONDS = 15.0
"""Time for all of them."""

BEFORE = 64
"""Requests that are remembered, as a finding that does not show again may depend on them."""

AFTERMATH = Wave((), ())
"""What comes when all waves are over: late events, and what the whole of the run shows."""


class Run:
    """Plays waves on a stage, and gathers what they show."""

    def __init__(  # noqa: PLR0913 -- a run brings all parts together
        self,
        contract: Contract,
        options: Options,
        *,
        stage: Stage,
        player: Player,
        judge: Judge,
        ledger: Ledger,
        findings: Findings,
        interruption: Interruption,
    ) -> None:
        """Take all that a run works with.

        Args:
            contract: What is verified.
            options: What the caller chose.
            stage: The world and the target.
            player: Makes the exchanges.
            judge: Judges them.
            ledger: Counts them.
            findings: Gathers what is broken.
            interruption: Ends the run at a person's wish.
        """
        self._contract = contract
        self._options = options
        self._stage = stage
        self._player = player
        self._judge = judge
        self._ledger = ledger
        self._findings = findings
        self._interruption = interruption
        self._controls: dict[str, Case] = {}
        self._waves = 0
        self._before: deque[Wave] = deque()
        self._chances = CHANCES
        self._last_moment = LastMoment()

    async def events(
        self,
        waves: AsyncGenerator[Wave, None],
        parts: AsyncGenerator[InteractionVerified | ScenarioPlayed, None],
        *,
        whole: bool,
    ) -> AsyncIterator[Event]:
        """Play waves, verify pacts, then examine what was found.

        Args:
            waves: What is played, each when the one before is over.
            parts: Interactions of pacts, and scenarios of starting and stopping, each tried when it is drawn.
            whole: Whether they hold all the cases there are.

        Raises:
            HarnessError: A law crashed, or a replay file can't be written.
            Interrupted: A person asked for the end.
            TargetError: The target has gone.
        """
        async with aclosing(waves):
            async for wave in waves:
                good = (case for case in wave.cases if case.family == "success")
                self._controls = {case.operation: case for case in good} | self._controls
                async for event in self._whole(wave):
                    yield event
                if self._enough():
                    break
        async with aclosing(parts):
            while not self._enough() and (part := await anext(parts, None)) is not None:
                for event in self._verified(part) if isinstance(part, InteractionVerified) else self._scenario(part):
                    yield event
        for event in self._told(await self._interruption.guard(self._player.settle()), AFTERMATH):
            yield event
        for event in self._found(self._ledger.unreachable() if whole else (), AFTERMATH):
            yield event
        async for event in self._examined():
            yield event

    def _enough(self) -> bool:
        """Whether the first error was to end the run, and is found."""
        return self._options.fail_fast and self._findings.broken

    async def play(self, wave: Wave, chances: Chances | None = None) -> AsyncIterator[Event]:
        """Play one wave and judge it.

        Args:
            wave: What is played.
            chances: What came of it when it was played before; None: it was not.
        """
        patience = self._contract.settings.world.upstream_timeout_ms / 1000
        chances = chances or Chances(self._contract.operation, patience)
        self._waves += 1
        yield WaveStarted(self._waves, wave.given, len(wave.cases), wave.families)
        played = await self._interruption.guard(self._player.play(wave))
        self._ledger.note_faults(played)
        await self._last_moment.over(played, self._stage.target)
        for event in self._seen(self._excused(played, chances), wave):
            yield event
        self._remember(wave)
        yield WaveFinished(self._waves, self._player.exchanges)
        if chances.again:
            async for event in self.play(wave, chances):
                yield event

    def _remember(self, wave: Wave) -> None:
        """Keep what was played of late while all was well: a finding may depend on it."""
        if wave.given or any(case.manner for case in wave.cases):
            return  # what it left behind is for the wave that is played after it to show
        self._before.append(replace(wave, prelude=()))
        while sum(len(one.cases) for one in self._before) > BEFORE:
            self._before.popleft()

    def _excused(self, played: Played, chances: Chances) -> Played:
        """Return what was played, with those excused that ran out of time on a busy machine."""
        if not busy():
            chances.again = False
            return played
        exchanges, unknown = chances.take(played.attributed.exchanges, self._chances)
        self._chances -= chances.again
        self._ledger.out_of_time += unknown
        return replace(played, attributed=replace(played.attributed, exchanges=exchanges))

    async def _whole(self, wave: Wave) -> AsyncIterator[Event]:
        """Play a wave, and what its end asks for: whether the target is well again, whether it is there at all.

        Raises:
            TargetError: It is not, or the run has waited for it long enough.
        """
        for step in (wave, *self._recovery(wave)):
            async for event in self.play(step):
                yield event
        patience = self._player.patience
        if patience.tired and not patience.spent and self._controls:
            control = self._controls.get(wave.cases[-1].operation, next(iter(self._controls.values())))
            async for event in self.play(Wave((), (control,), concurrency=1)):
                yield event
        if patience.tired or patience.spent:
            waits = f"{patience.in_row} times in a row" if patience.tired else f"{patience.in_all} times in all"
            raise TargetError(
                f"The target does not answer: {waits}, nothing came within {self._stage.client.time_limit:g} s.",
                advice="the rest of the run was not tried; see what it waits for",
            )

    def _verified(self, verified: InteractionVerified) -> Iterator[Event]:
        yield verified
        only = verified.case.label
        for played in verified.played:
            if verified.provider not in self._stage.upstreams:  # else the part answers as promised, and plays no fault
                self._ledger.note_faults(played)
            yield from self._seen(played, played.wave, only)
        yield from self._found(verified.breaches, Wave((), (verified.case,)), only)

    def _scenario(self, scenario: ScenarioPlayed) -> Iterator[Event]:
        yield scenario
        only = scenario.case.label
        for wave, judged in scenario.judged:
            if isinstance(judged, Breach):
                yield from self._found([judged], wave, only)
                continue
            if not judged.late:
                self._ledger.note(judged.exchange)
            yield ExchangeJudged(judged.exchange, judged.breaches)
            yield from self._found(judged.breaches, wave, only)
        yield from self._found(scenario.breaches, Wave((), (scenario.case,)), only)

    def _recovery(self, wave: Wave) -> Iterator[Wave]:
        if not wave.given:
            return
        # Whoever calls nothing that was at fault shows nothing by being well: each operation is asked itself.
        for name in dict.fromkeys(case.operation for case in wave.cases if case.operation in self._controls):
            after = replace(
                self._controls[name],
                family=RECOVERED,
                name=f"after {', '.join(wave.given)}",
                expect=replace(success(self._contract.operation(name)), why="the fault is over"),
                origin=None,
            )
            fault = next(case for case in wave.cases if case.operation == name)
            yield Wave((), (after,), concurrency=1, prelude=wave.relay or (replace(wave, cases=(fault,)),))

    def _seen(self, played: Played, wave: Wave, only: str = "") -> Iterator[Event]:
        """Judge what was played; of a target that has gone meanwhile, only what it had answered.

        Raises:
            TargetError: It has gone.
        """
        gone = self._gone(played)
        if gone is None:
            yield from self._told(played.attributed, wave, only)
            if played.dropped:
                raise TargetError(
                    f"The target sends more than bothends keeps: {played.dropped} events and calls too many "
                    f"during {', '.join(played.wave.families)}.",
                    advice="see whether it sends in an endless loop",
                )
            return
        answered = tuple(e for e in played.attributed.exchanges if isinstance(e.answer, Answer))
        yield from self._told(replace(played.attributed, exchanges=answered, swapped={}), wave, only)
        raise gone

    def _told(self, attributed: Attributed, wave: Wave, only: str = "") -> Iterator[Event]:
        for judged in self._judge.wave(attributed, self._player.calls):
            if not judged.late:
                self._ledger.note(judged.exchange)
            yield ExchangeJudged(judged.exchange, judged.breaches)
            yield from self._found(judged.breaches, wave.around(judged.exchange.case), "" if judged.late else only)
        self._ledger.unexplained += len(attributed.unexplained)
        yield from self._found(self._judge.phantoms(attributed), wave, only)

    def _found(self, breaches: Iterable[Breach], wave: Wave, only: str = "") -> Iterator[Event]:
        for breach in breaches:
            finding = self._findings.add(breach, wave, only, self._before)
            if finding is not None:
                self._keep(finding.id, breach, (*wave.prelude, *wave.steps), only)
                yield FindingFound(finding)

    def _keep(self, finding_id: str, breach: Breach, waves: tuple[Wave, ...], only: str = "") -> None:
        replay = Replay(
            id=finding_id,
            law=breach.law,
            cause=cause_in_words(breach),
            seed=self._stage.world.seed,
            waves=waves,
            target=target_of(self._options),
            only=only,
        )
        write(self._options.state_folder, replay)

    async def _examined(self) -> AsyncIterator[Event]:
        if not self._options.examine:
            return
        # A judge of its own: what is tried here is no part of the run, and not counted in it.
        clock = self._stage.clock
        examiner = Examiner(
            self._player,
            judge_for(self._contract, self._stage),
            clock,
            self._controls,
            concurrency=self._options.concurrency,
        )
        until = clock.now() + EXAMINING_SECONDS
        for place, held in enumerate(self._findings.held()):
            exchange, left = held.finding.breach.exchange, until - clock.now()
            tired = self._player.patience.spent  # what is left would be waited for once more
            # The case that stands for all may not be the one that was seen first.
            self._keep(held.finding.id, held.finding.breach, (*held.wave.prelude, *held.wave.steps), held.only)
            if exchange is None or held.only or place >= EXAMINED or left <= 0 or tired:
                continue  # nothing to make smaller: the request is another's, or there is none; or no time
            yield Examining(held.finding)
            operation = self._contract.operation(exchange.case.operation)
            examining = examiner.examine(held, operation, min(EACH_SECONDS, left), left)
            examined = await self._interruption.guard(examining)
            finding = self._findings.settle(examined.finding)
            self._keep(finding.id, finding.breach, examined.waves)
            yield FindingSettled(finding)

    def _gone(self, played: Played) -> TargetError | None:
        code = self._stage.target.died()
        if code is not None:
            last = ", ".join(played.wave.families)
            return TargetError(
                f"The target has ended by itself, with exit code {code}, during {last}.",
                advice="its log is in the state folder, target.log",
            )
        answers = [exchange.answer for exchange in played.attributed.exchanges]
        if answers and all(isinstance(a, NoAnswer) and a.kind == "refused" for a in answers):
            return TargetError(
                f"The target at {self._stage.target.base_url} no longer accepts connections.",
                advice="see whether it is still running, and what it logged",
            )
        return None
