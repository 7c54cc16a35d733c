"""A verification: the contract is loaded, the stage is set, the run is made, and summed up."""

from __future__ import annotations

import asyncio
import secrets
from contextlib import aclosing, nullcontext
from typing import TYPE_CHECKING

from bothends.cases import GENERATED, START_AND_STOP, Selector, plan
from bothends.contract import load
from bothends.contract.known_file import read_known
from bothends.engine.callback_tallies import CallbackTallies, uncalled
from bothends.engine.coverage import CoverageMeter, short_of
from bothends.engine.crash import record_crash
from bothends.engine.events import ExchangeJudged, RunFinished, RunStarted
from bothends.engine.examine import CROWDS
from bothends.engine.findings import Findings
from bothends.engine.interruption import Interrupted, Interruption
from bothends.engine.judge import Judge, LawCrashedError
from bothends.engine.known import Known
from bothends.engine.ledger import Ledger
from bothends.engine.lifecycle import QUICK, SCENARIOS, LifecyclePhase
from bothends.engine.pact_selection import PactSelection
from bothends.engine.player import SETTLE_SECONDS, Player
from bothends.engine.run import Run
from bothends.engine.stage import judge_for, staged, target_settings
from bothends.engine.ties import untied, why_slower
from bothends.engine.waves import Wave, gather
from bothends.errors import ContractError, HarnessError, TargetError
from bothends.laws import all_laws
from bothends.laws.situation import Terrain
from bothends.records import NotProven, Summary

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator, Sequence
    from contextlib import AbstractAsyncContextManager

    from bothends.cases import Plan
    from bothends.contract import Contract
    from bothends.engine.events import Event, InteractionVerified, ScenarioPlayed
    from bothends.engine.lifecycle import Scenario
    from bothends.engine.options import Options
    from bothends.engine.pact_phase import PactPhase
    from bothends.engine.stage import Stage
    from bothends.records import LawTally

SEED_BITS = 32


class Verification:
    """One run of one contract against one target."""

    def __init__(self, options: Options, waves: Sequence[Wave] | None = None, *, replayed: str = "") -> None:
        """Load the contract and plan the cases.

        Args:
            options: What the caller chose.
            waves: What is played, and nothing else, pacts neither; None: all that the contract asks for.
            replayed: ID of the finding that is replayed; empty: none is.

        Raises:
            ContractError: The contract or the call is wrong.
        """
        self.seed = options.seed if options.seed is not None else secrets.randbits(SEED_BITS)
        self._options = options
        self._contract = load(options.config)
        self._target = target_settings(self._contract, options)
        self._chosen = waves
        self._replayed = replayed
        self._whole = options.only is None and waves is None
        self._only = None if options.only is None else Selector.parse(options.only)
        self._pacts = PactSelection(self._contract, self._only) if waves is None else None
        self._scenarios = self._asked_scenarios() if waves is None else ()
        self._plan: Plan | None = None
        if self._only is None or self._only.takes_cases:
            self._plan = plan(
                self._contract,
                seed=self.seed,
                max_examples=options.max_examples,
                only=self._only,
                profile=options.profile,
                cache_folder=options.state_folder / "cases",
            )
        self._known = Known(
            read_known(self._contract.settings, [law.name for law in all_laws()]) if options.live_with_known else ()
        )
        self._findings = Findings(
            self._contract.digest,
            self._known.lived_with,
            terrain=Terrain.of(self._contract),
            replayed=replayed,
        )
        self._coverage = CoverageMeter(self._contract.operations)
        self._callbacks = CallbackTallies(self._contract)
        self._player: Player | None = None
        self._ledger = Ledger(self._contract.operations)
        self._interruption = Interruption()
        self._judge: Judge | None = None
        self._phase: PactPhase | None = None
        self._lifecycle: LifecyclePhase | None = None
        self._log: tuple[str, ...] = ()
        self._secrets: tuple[str, ...] = ()

    @property
    def contract(self) -> Contract:
        """What is verified."""
        return self._contract

    def secrets(self) -> tuple[str, ...]:
        """Return what no report may show: the world's session secret and event key; empty before it stands."""
        return self._secrets

    def interrupt(self) -> None:
        """Ask for an orderly end: `RunFinished` follows soon, with what was found so far."""
        self._interruption.ask()

    async def events(self) -> AsyncIterator[Event]:
        """Run, and tell what happens; the last event is always `RunFinished`.

        Raises:
            ContractError: A name or a case that the call asks for is not there.
        """
        clock = asyncio.get_running_loop().time
        began = clock()
        target_failure = harness_failure = ""
        interrupted = False
        try:
            async with self._staged() as stage:
                try:
                    async for event in self._on(stage):
                        yield event
                finally:
                    self._log = tuple(stage.target.log_tail())
        except ContractError:
            raise  # the call is wrong, and the user can mend it: there is no run to sum up
        except Interrupted:
            interrupted = True
        except TargetError as error:
            target_failure = str(error)
        except (HarnessError, LawCrashedError) as error:
            harness_failure = str(error)
        except Exception as error:  # noqa: BLE001 -- whatever it is, what was found so far is kept
            harness_failure = record_crash(self._options.state_folder, error)
        failed = bool(target_failure or harness_failure)
        cut = failed or interrupted
        findings = tuple(held.finding for held in self._findings.held())
        yield RunFinished(
            Summary(
                seed=self.seed,
                exchanges=self._ledger.exchanges,
                seconds=clock() - began,
                answers=tuple(tally for tally in self._ledger.answers() if self._whole or tally.cases or tally.seen),
                laws=tuple(tally for tally in self._laws() if self._whole or tally.judged),
                findings=findings,
                not_proven=self._not_proven(cut=cut),
                target_failure=target_failure,
                harness_failure=harness_failure,
                interrupted=interrupted,
                pacts=self._phase.tallies() if self._phase else (),
                log=self._log if failed or self._findings.broken else (),
                coverage=self._coverage.coverage(),
                known=self._known.tallies(findings, whole=self._ran_whole(cut=cut)),
                whole=self._ran_whole(cut=cut),
                notes=why_slower(self._contract),
            )
        )

    def _staged(self) -> AbstractAsyncContextManager[Stage]:
        generated = self._chosen is None and (self._only is None or any(map(self._only.takes, GENERATED)))
        return staged(self._contract, self._options, self.seed, self._interruption, generated=generated)

    async def _on(self, stage: Stage) -> AsyncIterator[Event]:
        self._secrets = stage.world.secrets()
        self._player = player = Player(
            stage,
            self._options.concurrency,
            self._contract.operations,
            one_at_a_time=untied(self._contract),
        )
        self._judge = judge_for(self._contract, stage)
        run = Run(
            self._contract,
            self._options,
            stage=stage,
            player=player,
            judge=self._judge,
            ledger=self._ledger,
            findings=self._findings,
            interruption=self._interruption,
        )
        yield RunStarted(
            seed=self.seed,
            spec=str(self._contract.settings.spec),
            operations=tuple(f"{o.method} {o.path}" for o in self._contract.operations),
            target=stage.target.base_url,
            launched=() if self._target.url is not None else self._target.command,
        )
        self._lifecycle = LifecyclePhase(self._contract, self._options, self.seed, self._interruption, self._judge)
        async with self._lifecycle.begun(self._scenarios), self._ahead() as made:
            async for event in run.events(self._waves(stage, made), self._parts(stage, player), whole=self._whole):
                if isinstance(event, ExchangeJudged):
                    self._coverage.note(event.exchange)
                    self._callbacks.note(event.exchange)
                yield event

    async def _parts(self, stage: Stage, player: Player) -> AsyncGenerator[InteractionVerified | ScenarioPlayed, None]:
        async with aclosing(self._interactions(stage, player)) as interactions:
            async for verified in interactions:
                yield verified
        if self._lifecycle is not None:
            async for played in self._lifecycle.events():
                yield played

    async def _interactions(self, stage: Stage, player: Player) -> AsyncGenerator[InteractionVerified, None]:
        if self._pacts is None or not self._pacts.pacts:
            return
        from bothends.engine.pact_phase import PactPhase  # noqa: PLC0415 -- Pact's library is loaded for pacts only

        self._phase = PactPhase(self._contract, stage, player, self._interruption)
        async with aclosing(self._phase.events(self._pacts.pacts)) as events:
            async for verified in events:
                yield verified

    def _ahead(self) -> AbstractAsyncContextManager[asyncio.Task[None] | None]:
        return nullcontext() if self._plan is None else self._plan.ahead()

    async def _waves(self, stage: Stage, made: asyncio.Task[None] | None) -> AsyncGenerator[Wave, None]:
        """Yield what is played.

        Args:
            stage: Knows which states are the world's.
            made: Is over when the generated cases can be read at once; None: they are made as they are drawn.
        """
        if self._chosen is not None:
            for wave in self._chosen:
                yield wave
            async for wave in self._once_more(stage, self._chosen):
                yield wave
            return
        if not self._whole:
            # What succeeds nowhere proves nothing: a good request comes before the chosen ones.
            for wave in gather(stage.control(self._contract), stage.states_of):
                yield wave
        if self._plan is None:
            return
        plain, others = self._plan.parts()
        for wave in gather(plain, stage.states_of):
            yield wave
        if made is not None:
            await self._interruption.guard(_over(made))
        for wave in gather(others, stage.states_of):
            yield wave

    async def _once_more(self, stage: Stage, waves: Sequence[Wave]) -> AsyncGenerator[Wave, None]:
        """Yield what is replayed once more, after a good request, where it has not shown its finding.

        The target that showed it had a past. One that was just launched has none: nothing is stale in an empty cache.
        And what shows only when several are under way at once need not show each time.
        """
        if self._shown_again():
            return
        await self._interruption.guard(asyncio.sleep(SETTLE_SECONDS))
        yield Wave((), ())  # it tells what came late
        if self._shown_again():
            return
        for wave in gather(stage.control(self._contract), stage.states_of):
            yield wave
        crowded = any(len(wave.cases) > 1 and wave.concurrency != 1 for wave in waves)
        for _ in range(CROWDS if crowded else 1):
            for wave in waves:
                yield wave
            if self._shown_again():
                return

    def _shown_again(self) -> bool:
        """Whether the finding that is replayed has shown; or none is, or a past can't be made up for."""
        launched = self._target.url is None
        shown = {held.finding.id for held in self._findings.held()}
        return not launched or not self._replayed or self._replayed in shown

    def _asked_scenarios(self) -> tuple[Scenario, ...]:
        """Return the scenarios that are asked for: of a launched target; in a quick run, few.

        Raises:
            ContractError: One was asked for that there is not.
        """
        only = self._only
        if self._target.url is not None:
            return ()
        if only is None and self._options.profile == "quick":
            return QUICK
        if only is None or not only.takes(START_AND_STOP):
            return SCENARIOS if only is None else ()
        chosen = tuple(s for s in SCENARIOS if only.case in (None, s.name))
        if not chosen:
            raise only.unmatched([s.name for s in SCENARIOS])
        return chosen

    def _laws(self) -> tuple[LawTally, ...]:
        return self._judge.tallies() if self._judge else ()

    def _not_proven(self, *, cut: bool) -> tuple[NotProven, ...]:
        if self._chosen is not None:
            return () if self._ledger.exchanges else (NotProven("anything", "No exchange was made."),)
        parts = (self._pacts, self._phase, self._lifecycle)
        missing = [item for part in parts if part is not None for item in part.not_proven]
        whole = self._ran_whole(cut=cut)
        threshold = self._options.coverage_threshold
        if threshold is None and whole:
            threshold = self._contract.settings.coverage_threshold
        self._callbacks.unexplained = self._ledger.unexplained
        missing += self._callbacks.not_proven(whole=whole)
        if whole and self._player is not None:
            missing += uncalled(self._contract, self._player.called)
        short = [] if cut else short_of(self._coverage.coverage(), threshold)
        found = (*self._ledger.not_proven(whole=whole, silent=self._callbacks.silent), *missing, *short)
        return tuple(sorted(found, key=lambda item: item.weight))

    def _ran_whole(self, *, cut: bool) -> bool:
        """Whether all cases were played: else an answer that was not seen is no omission."""
        stopped = cut or (self._options.fail_fast and self._findings.broken)
        return self._whole and not stopped


async def _over(made: asyncio.Task[None]) -> None:
    await asyncio.shield(made)
