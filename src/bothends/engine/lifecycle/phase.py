"""The phase of a run in which launched targets are started and ended, in each way that the table has.

To start a target costs more than all that a scenario does with it. A scenario about a start leaves one that runs, and
one about an end needs one: so where both are asked for, the second may follow the first on one target. It does where
the first has left the target clean: nothing was found, its last request has succeeded, nothing came late, and the
target holds no more threads, connections and memory than when it was ready.

What follows proves only that nothing is wrong. Whatever else comes of it - a broken law, a state that never came to
pass, an excuse for a busy machine - is dropped, and the scenario is played on a target of its own. So what is found is
what is found by that scenario alone, and its replay shows it.
"""

from __future__ import annotations

import asyncio
import contextlib
import secrets
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from bothends.cases import START_AND_STOP
from bothends.engine.events import ScenarioPlayed
from bothends.engine.judge import TRIES, law_contexts, too_busy
from bothends.engine.lifecycle.context import IN_FLIGHT_COUNT, IN_FLIGHT_LIMIT, ScenarioContext
from bothends.engine.lifecycle.probe import Probe, fit_for, lasting, probes, telling
from bothends.engine.play import ExchangeRunner, KnownIds
from bothends.engine.testbed import open_testbed, target_settings
from bothends.errors import TargetError
from bothends.records import Breach, Case, NotProven

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence

    from bothends.contract import Contract
    from bothends.engine.control import Interruption
    from bothends.engine.judge import Judge, Judged
    from bothends.engine.lifecycle.scenario import Scenario
    from bothends.engine.options import Options
    from bothends.engine.play import Batch
    from bothends.launch import TargetLock


# Gives the ingest an address of another form: behind a path, with a key that must be encoded.

_PATH = "/behind/a-path"
_RESERVED = "/?#%&=+ ~"
"""What ends a segment, or means something else, unless it is percent-encoded (RFC 3986 section 2.2)."""


def ingest_address_variant(contract: Contract) -> Contract:
    """Return a contract whose ingest has such an address; the same where there is none."""
    world = contract.settings.world
    key = f"{secrets.token_hex(8)}{_RESERVED}{secrets.token_hex(8)}"
    ingests = {name: replace(ingest, path=_PATH, event_key=key) for name, ingest in world.ingests.items()}
    return replace(contract, settings=replace(contract.settings, world=replace(world, ingests=ingests)))


AT_ONCE = 2
"""Scenarios that are played at once, each with a world and a target of its own: most of their time is waiting.

Those that wait for their targets to end are not counted: these may wait for connections that are kept open.
"""


@dataclass(frozen=True, slots=True)
class _Prepared:
    """A scenario with what it is played with.

    Attributes:
        scenario: The scenario.
        probe: What the target is asked.
        case: Names it.
        lacking: Variables of the target that are emptied.
        part: Name of the part of the world that its requests wait for; empty: they wait for none.
        applies: Whether it has anything to show of this target; else it is passed over.
    """

    scenario: Scenario
    probe: Probe
    case: Case
    lacking: Mapping[str, str]
    part: str
    applies: bool


_Outcomes = tuple["ScenarioPlayed | TargetError", ...]
"""What came of each scenario of a chain."""


def _chains(prepared: Sequence[_Prepared]) -> list[tuple[_Prepared, ...]]:
    """Return the scenarios, each one that leaves a running target with one that may end it, as far as these reach."""
    followers = iter([one for one in prepared if one.applies and one.scenario.may_follow])
    after = {
        one.scenario.name: follower
        for one, follower in zip(
            (one for one in prepared if one.applies and one.scenario.leaves_running), followers, strict=False
        )
    }
    follow = {follower.scenario.name for follower in after.values()}
    return [
        (one, after[one.scenario.name]) if one.scenario.name in after else (one,)
        for one in prepared
        if one.scenario.name not in follow
    ]


class LifecyclePhase:
    """Plays scenarios, each on a test bed of its own, or on that which another one has left.

    Attributes:
        not_proven: What never came to pass.
        secrets: What the worlds of the scenarios keep secret, so far.
    """

    def __init__(  # noqa: PLR0913, PLR0917 -- what a run has
        self,
        contract: Contract,
        options: Options,
        seed: int,
        interruption: Interruption,
        judge: Judge,
        lock: TargetLock | None = None,
    ) -> None:
        """Take what a run has.

        Args:
            contract: What is verified.
            options: What the caller chose.
            seed: The run's.
            interruption: Ends the run at a person's wish.
            judge: The run's; its counts go on.
            lock: What the run holds, whose target is stopped before the first scenario begins: there is one process
                of the target at a time; None: there may be several.
        """
        self._lock = lock
        self._judge = judge
        self._contract = contract
        self._options = options
        self._seed = seed
        self._interruption = interruption
        self._first: Callable[[], Awaitable[None]] | None = None
        self._chains: list[asyncio.Task[_Outcomes]] = []
        self._tasks: list[asyncio.Task[ScenarioPlayed]] = []
        self._gate = asyncio.Semaphore(AT_ONCE if lock is None else 1)
        self._most = IN_FLIGHT_COUNT
        self.not_proven: list[NotProven] = []
        self.secrets: set[str] = set()

    @contextlib.asynccontextmanager
    async def begun(
        self, scenarios: Sequence[Scenario], first: Callable[[], Awaitable[None]] | None = None
    ) -> AsyncIterator[None]:
        """Begin with scenarios: they are played until `outcome` is asked for, beside whatever else is done.

        Each has a world and a target of its own, or follows another one there, and is mostly waiting. With a lock,
        there is no other target meanwhile, and one scenario follows the other.

        Args:
            scenarios: The scenarios.
            first: What is waited for before one is played; None: nothing.
        """
        self._first = first
        known = probes(self._contract.operations)
        if not known and scenarios:
            shut = any(operation.security.unplayable for operation in self._contract.operations)
            why = "Sign-in is not possible." if shut else "No request is known that an operation must accept."
            self.not_proven.append(NotProven(START_AND_STOP, why))
        elif known:
            self._begin([self._prepared(scenario, known) for scenario in scenarios])
        try:
            yield
        finally:
            tasks = (*self._chains, *self._tasks)
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    @property
    def scenarios(self) -> tuple[asyncio.Task[ScenarioPlayed], ...]:
        """The scenarios that were begun, in the order of the table."""
        return tuple(self._tasks)

    async def outcome(self, scenario: asyncio.Task[ScenarioPlayed]) -> ScenarioPlayed:
        """Return what came of a scenario, when it is over, or raise what kept it from being played."""
        return await self._interruption.guard(_result(scenario))

    def _begin(self, prepared: Sequence[_Prepared]) -> None:
        place: dict[str, tuple[asyncio.Task[_Outcomes], int]] = {}
        for chain in _chains(prepared):
            task = asyncio.ensure_future(self._gated(chain))
            self._chains.append(task)
            place |= {one.scenario.name: (task, number) for number, one in enumerate(chain)}
        self._tasks = [asyncio.ensure_future(_of(*place[one.scenario.name])) for one in prepared]

    @contextlib.asynccontextmanager
    async def _aside(self) -> AsyncIterator[None]:
        """Let another scenario be played while this one waits for its target to end, if there may be two targets."""
        if self._lock is not None:
            yield
            return
        self._gate.release()
        try:
            yield
        finally:
            await self._gate.acquire()

    async def _gated(self, chain: Sequence[_Prepared]) -> _Outcomes:
        async with self._gate:
            if self._first is not None:
                await self._first()
            first, *others = chain
            if not first.applies:
                return (ScenarioPlayed(first.case, (), ()),)
            after = others[0] if others else None
            outcome: ScenarioPlayed | TargetError
            followed: ScenarioPlayed | None = None
            try:
                outcome, followed = await self._tried(first, after)
            except TargetError as error:
                outcome = error  # what is to follow does not depend on it
            if after is None:
                return (outcome,)
            return outcome, followed or (await self._tried(after))[0]

    def _prepared(self, scenario: Scenario, known: Sequence[Probe]) -> _Prepared:
        fitting = fit_for(known, between_attempts=scenario.between_attempts, early=scenario.unprepared)
        chosen = telling(fitting or known, scenario.without)
        probe = chosen or known[0]
        lacking = self._lacking(scenario.without)
        part = self._part(scenario, probe)
        return _Prepared(
            scenario=scenario,
            probe=probe,
            case=Case(probe.operation.id, START_AND_STOP, scenario.name, probe.request),
            lacking=lacking,
            part=part,
            applies=chosen is not None and self._applies(scenario, probe, lacking, part),
        )

    def _applies(self, scenario: Scenario, probe: Probe, lacking: Mapping[str, str], part: str) -> bool:
        """Whether a scenario has anything to show of the target, by what the settings say."""
        target = self._contract.settings.target
        if scenario.unprepared and target.setup:
            return False  # before setup, a target may know neither its callers nor where its events go
        if scenario.behind and all(event.delivery.answer == "after" for event in probe.operation.events):
            return False
        if scenario.between_attempts and not any(map(lasting, probe.operation.events)):
            return False
        if scenario.promise and scenario.promise not in target.guarantees:
            return False
        # The target gets no such thing from the world, or has no use for it: it may well do without.
        return (not scenario.without or bool(lacking)) and bool(part) == bool(scenario.part)

    async def _tried(
        self, prepared: _Prepared, after: _Prepared | None = None
    ) -> tuple[ScenarioPlayed, ScenarioPlayed | None]:
        """Play a scenario, and again for as long as the machine was too busy; then the one that follows it, if it may.

        Returns:
            What came of both; None where the second did not follow, or something came of it that it is to show alone.
        """
        tries = 0
        while True:
            context, followed = await self._play(prepared, after)
            results = context.results
            if results.excused:
                tries += 1
            elif 0 < context.fewer < context.count:
                # It takes so many at a time; what waits in a queue is not under way.
                self._most = min(self._most, context.fewer)
                continue
            if results.breaches or not results.excused or tries == TRIES:
                break
        # What never came to pass on a busy machine is told with that reason.
        self.not_proven.extend([too_busy(results.excused)] if results.excused else results.not_proven)
        return self._outcome(prepared, context), followed

    async def _play(
        self, prepared: _Prepared, after: _Prepared | None
    ) -> tuple[ScenarioContext, ScenarioPlayed | None]:
        scenario = prepared.scenario
        contract = ingest_address_variant(self._contract) if scenario.ingest_address_variant else self._contract
        options = replace(self._options, env={**self._options.env, **prepared.lacking})
        log = f"target-{scenario.name}.log"
        opened = open_testbed(
            contract,
            options,
            self._seed,
            self._interruption,
            start=scenario.starts,
            log=log,
            lock=self._lock,
            again=True,
        )
        async with opened as testbed, contextlib.AsyncExitStack() as stack:
            limit = contract.settings.judged_time_limit_ms / 1000
            exchange_runner = ExchangeRunner(
                testbed, IN_FLIGHT_LIMIT, contract.operations, behind=limit, first_wait=limit
            )
            ids = exchange_runner.sender.ids = KnownIds(contract, testbed.clock.now, starts=testbed.starts)
            args = contract, testbed, exchange_runner, scenario.name, prepared.probe, prepared.part
            context = ScenarioContext(*args, self._aside, self._most)
            # What uses up its object is not known here.
            stack.enter_context(ids.new_for_each())
            await scenario.play(context)
            self.secrets.update(testbed.world.secrets.hidden() if testbed.prepared else ())
            context.results.excuse()
            if after is None or self._finds(context) or not await context.left_clean():
                return context, None
            return context, await self._followed(after, context, exchange_runner)

    async def _followed(
        self, prepared: _Prepared, before: ScenarioContext, exchange_runner: ExchangeRunner
    ) -> ScenarioPlayed | None:
        """Play a scenario on the target that another one has left; return None where it is to be played alone."""
        scenario = prepared.scenario
        args = before.contract, before.testbed, exchange_runner, scenario.name, prepared.probe, prepared.part
        context = ScenarioContext(*args, self._aside, self._most)
        try:
            await scenario.play(context)
        except TargetError:
            return None
        context.results.excuse()
        return None if context.disturbed or self._finds(context) else self._outcome(prepared, context)

    def _finds(self, context: ScenarioContext) -> bool:
        """Whether there is anything to tell of what was played."""
        judged = self._judged(context, counts=False)
        return not context.results.is_clean or any(isinstance(one, Breach) or one.breaches for _, one in judged)

    def _outcome(self, prepared: _Prepared, context: ScenarioContext) -> ScenarioPlayed:
        return ScenarioPlayed(prepared.case, tuple(context.results.breaches), tuple(self._judged(context)))

    def _judged(self, context: ScenarioContext, *, counts: bool = True) -> Iterator[tuple[Batch, Judged | Breach]]:
        """Judge all that was played; `counts`: whether that is counted."""
        contexts = law_contexts(context.contract, context.testbed)
        certainty, starts = context.tying.certainty, context.testbed.starts
        judge = self._judge.with_contexts(contexts, counts=counts, certainty=certainty, starts=starts)
        return context.results.judged(judge, context.tying.calls, context.process.signalled)

    def _part(self, scenario: Scenario, probe: Probe) -> str:
        """Return the name of the part of the world that a scenario's requests wait for; empty: there is none."""
        world = self._contract.settings.world
        named = (event.ingest for event in probe.operation.events if event.ingest in world.ingests)
        ingest = next(named, "")
        parts = {"": "", "ingest": ingest, "upstream": next(iter(world.upstreams), ingest)}
        return parts[scenario.part]

    def _lacking(self, name: str) -> dict[str, str]:
        """Return the variables through which the world tells the target of something, emptied."""
        if not name:
            return {}
        env = target_settings(self._contract, self._options).env
        return {key: "" for key, value in env.items() if f"{{{name}}}" in value}


async def _of(chain: asyncio.Task[_Outcomes], number: int) -> ScenarioPlayed:
    """Return what came of one scenario of a chain, when all are over, or raise what kept its target from starting."""
    outcome = (await asyncio.shield(chain))[number]
    if isinstance(outcome, TargetError):
        raise outcome
    return outcome


async def _result(task: asyncio.Task[ScenarioPlayed]) -> ScenarioPlayed:
    return await asyncio.shield(task)
