"""A run: all cases of a contract, played on a stage, judged, and told as events."""

from __future__ import annotations

import asyncio
import contextlib
import secrets
from dataclasses import replace
from typing import TYPE_CHECKING

from bothends.cases import Selector, generator_checks, plan
from bothends.contract import load
from bothends.engine.crash import record_crash
from bothends.engine.events import (
    ExchangeJudged,
    Examining,
    FindingFound,
    FindingSettled,
    RunFinished,
    RunStarted,
    WaveFinished,
    WaveStarted,
)
from bothends.engine.examine import Examiner
from bothends.engine.findings import Findings
from bothends.engine.judge import Judge
from bothends.engine.ledger import Ledger
from bothends.engine.player import Player
from bothends.engine.replay_file import Replay, target_of, write
from bothends.engine.stage import staged, target_settings
from bothends.engine.waves import Wave, gather
from bothends.errors import HarnessError, TargetError
from bothends.laws import Grounds
from bothends.laws.joint.recovers import FAMILY as RECOVERED
from bothends.records import Expectation, NoAnswer, Summary
from bothends.world import world_states

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable, Iterator

    from bothends.engine.events import Event
    from bothends.engine.options import Options
    from bothends.engine.player import Played
    from bothends.engine.stage import Stage
    from bothends.records import Breach, Case

EXAMINED = 10
"""Findings that are reproduced and made smaller; a person reads no more of them in one sitting."""

EXAMINING_SECONDS = 3.0
"""Time for one finding, beyond which what was reached is kept."""

SEED_BITS = 32


class Interrupted(Exception):  # noqa: N818 -- no error: a person's wish
    """A person asked for the end of the run."""


class Verification:
    """One run of one contract against one target."""

    def __init__(self, options: Options) -> None:
        """Load the contract and plan the cases.

        Args:
            options: What the caller chose.

        Raises:
            ContractError: The contract or the call is wrong.
        """
        self._options = options
        self._contract = load(options.config)
        target_settings(self._contract, options)
        self.seed = options.seed if options.seed is not None else secrets.randbits(SEED_BITS)
        only = None if options.only is None else Selector.parse(options.only)
        self._whole = only is None
        self._plan = plan(
            self._contract,
            seed=self.seed,
            max_examples=options.max_examples,
            only=only,
            profile=options.profile,
            cache_folder=options.state_folder / "cases",
        )
        self._findings = Findings(self._contract.digest)
        self._ledger = Ledger(self._contract.operations)
        self._judge: Judge | None = None
        self._stopping = asyncio.Event()
        self._trouble: dict[str, str] = {}
        self._log: tuple[str, ...] = ()

    def interrupt(self) -> None:
        """Ask for an orderly end: `RunFinished` follows soon, with what was found so far."""
        self._stopping.set()

    async def events(self) -> AsyncIterator[Event]:
        """Run, and tell what happens; the last event is always `RunFinished`."""
        loop = asyncio.get_running_loop()
        began = loop.time()
        interrupted = False
        stage: Stage | None = None
        try:
            async with staged(self._contract, self._options, self.seed) as stage:
                try:
                    async for event in self._run(stage):
                        yield event
                finally:
                    self._keep_log(stage)
        except Interrupted:
            interrupted = True
        except TargetError as error:
            self._trouble["target"] = str(error)
        except HarnessError as error:
            self._trouble["harness"] = str(error)
        except Exception as error:  # noqa: BLE001 -- whatever it is, what was found so far is kept
            self._trouble["harness"] = record_crash(self._options.state_folder, error)
        yield RunFinished(self._summary(loop.time() - began, interrupted=interrupted))

    async def _run(self, stage: Stage) -> AsyncIterator[Event]:
        player = Player(stage, self._options.concurrency)
        self._judge = judge = Judge(self._grounds(stage), generator_checks(self._contract))
        yield RunStarted(
            seed=self.seed,
            spec=str(self._contract.settings.spec),
            operations=tuple(f"{o.method} {o.path}" for o in self._contract.operations),
            target=stage.target.base_url,
            launched=() if self._options.url else target_settings(self._contract, self._options).command,
        )
        control: Case | None = None
        number = 0
        for wave in self._waves():
            control = control or next((c for c in wave.cases if c.family == "success"), None)
            for step in self._with_recovery(wave, control):
                number += 1
                yield WaveStarted(number, step.given, len(step.cases), step.families)
                played = await self._interruptible(player.play(step))
                for event in self._judged(played, judge, player):
                    yield event
                yield WaveFinished(number, player.exchanges)
                self._alive(stage, played)
            if self._options.fail_fast and self._findings.broken:
                break
        last = await self._interruptible(player.settle())
        for event in self._told(last, Wave((), ()), judge, player):
            yield event
        for breach in self._ledger.unreachable() if self._whole else []:
            self._findings.add(breach, Wave((), ()))
        async for event in self._examine(stage, player, judge, control):
            yield event

    def _grounds(self, stage: Stage) -> Grounds:
        return Grounds(
            operation=self._contract.operations[0],
            seed=self.seed,
            secrets=stage.world.secrets(),
            places=stage.places,
            time_limit=self._contract.settings.time_limit_ms / 1000,
        )

    def _waves(self) -> Iterator[Wave]:
        return gather(self._plan, world_states)

    def _with_recovery(self, wave: Wave, control: Case | None) -> Iterator[Wave]:
        yield wave
        if wave.given and control is not None:
            success = next(o for o in self._contract.operations if o.id == control.operation).success_statuses
            after = replace(
                control,
                family=RECOVERED,
                name=f"after {', '.join(wave.given)}",
                expect=Expectation(statuses=success, why="the fault is over"),
                origin=None,
            )
            yield Wave((), (after,), concurrency=1, prelude=(replace(wave, cases=wave.cases[:1]),))

    def _judged(self, played: Played, judge: Judge, player: Player) -> Iterator[Event]:
        self._ledger.note_faults(played)
        yield from self._told(played.attributed, played.wave, judge, player)

    def _told(self, attributed, wave: Wave, judge: Judge, player: Player) -> Iterator[Event]:
        for judged in judge.wave(attributed, player.calls):
            if judged.exchange in attributed.exchanges:
                self._ledger.note(judged.exchange)
            yield ExchangeJudged(judged.exchange, judged.breaches)
            yield from self._found(judged.breaches, wave)
        yield from self._found(judge.phantoms(attributed), wave)

    def _found(self, breaches: Iterable[Breach], wave: Wave) -> Iterator[Event]:
        for breach in breaches:
            finding = self._findings.add(breach, wave)
            if finding is not None:
                self._write(finding.id, breach, (*wave.prelude, wave))
                yield FindingFound(finding)

    def _write(self, finding_id: str, breach: Breach, waves: tuple[Wave, ...]) -> None:
        replay = Replay(finding_id, breach.law, breach.cause, self.seed, waves, target_of(self._options))
        write(self._options.state_folder, replay)

    async def _examine(
        self, stage: Stage, player: Player, judge: Judge, control: Case | None
    ) -> AsyncIterator[Event]:
        examiner = Examiner(player, judge, stage, control)
        for held in self._findings.held()[:EXAMINED]:
            if held.finding.breach.exchange is None:
                continue
            yield Examining(held.finding)
            operation = self._contract.operation(held.finding.case.operation)
            examined = await self._interruptible(examiner.examine(held, operation, EXAMINING_SECONDS))
            finding = self._findings.settle(examined.finding)
            self._write(finding.id, finding.breach, examined.waves)
            yield FindingSettled(finding)

    def _alive(self, stage: Stage, played: Played) -> None:
        code = stage.target.died()
        if code is not None:
            raise TargetError(f"The target has ended by itself, with exit code {code}, after {played.wave.families}.")
        answers = [e.answer for e in played.attributed.exchanges]
        if answers and all(isinstance(a, NoAnswer) and a.kind == "refused" for a in answers):
            raise TargetError(f"The target at {stage.target.base_url} refuses connections: it has gone.")

    async def _interruptible(self, work):
        task = asyncio.ensure_future(work)
        stopping = asyncio.ensure_future(self._stopping.wait())
        try:
            await asyncio.wait({task, stopping}, return_when=asyncio.FIRST_COMPLETED)
            if not task.done():
                raise Interrupted
            return task.result()
        finally:
            for pending in (task, stopping):
                pending.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                if not task.done():
                    await task

    def _keep_log(self, stage: Stage) -> None:
        self._log = tuple(stage.target.log_tail())

    def _summary(self, seconds: float, *, interrupted: bool) -> Summary:
        failed = bool(self._trouble) or self._findings.broken
        return Summary(
            seed=self.seed,
            exchanges=self._ledger.exchanges,
            seconds=seconds,
            answers=self._ledger.answers(),
            laws=self._judge.tallies() if self._judge else (),
            findings=tuple(h.finding for h in self._findings.held()),
            not_proven=tuple(self._ledger.not_proven(whole=self._whole and not self._trouble and not interrupted)),
            target_failure=self._trouble.get("target", ""),
            harness_failure=self._trouble.get("harness", ""),
            interrupted=interrupted,
            log=self._log if failed else (),
        )
