"""The phase of a run in which launched targets are started and ended, in each way that the table has."""

from __future__ import annotations

import asyncio
import contextlib
import secrets
from dataclasses import replace
from typing import TYPE_CHECKING

from bothends.cases import START_AND_STOP
from bothends.engine.events import ScenarioPlayed
from bothends.engine.exchanges import ExchangeRunner
from bothends.engine.lifecycle.context import IN_FLIGHT_LIMIT, Probe, Scenario, ScenarioContext, probes, telling
from bothends.engine.retries import TRIES, too_busy
from bothends.engine.testbed import law_contexts, open_testbed, target_settings
from bothends.records import Case, NotProven

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping, Sequence

    from bothends.contract import Contract
    from bothends.engine.control import Interruption, Options
    from bothends.engine.findings.judge import Judge


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
"""Scenarios that are played at once, each with a world and a target of its own: most of their time is waiting."""


class LifecyclePhase:
    """Plays scenarios, each on a test bed of its own.

    Attributes:
        not_proven: What never came to pass.
        secrets: What the worlds of the scenarios keep secret, so far.
    """

    def __init__(
        self, contract: Contract, options: Options, seed: int, interruption: Interruption, judge: Judge
    ) -> None:
        """Take what a run has.

        Args:
            contract: What is verified.
            options: What the caller chose.
            seed: The run's.
            interruption: Ends the run at a person's wish.
            judge: The run's; its counts go on.
        """
        self._judge = judge
        self._contract = contract
        self._options = options
        self._seed = seed
        self._interruption = interruption
        self._tasks: list[asyncio.Task[ScenarioPlayed]] = []
        self.not_proven: list[NotProven] = []
        self.secrets: set[str] = set()

    @contextlib.asynccontextmanager
    async def begun(self, scenarios: Sequence[Scenario]) -> AsyncIterator[None]:
        """Begin with scenarios: they are played beside whatever else is done, until `outcome` is asked for.

        Each has a world and a target of its own, and is mostly waiting.
        """
        known = probes(self._contract.operations)
        if not known and scenarios:
            shut = any(operation.security.unplayable for operation in self._contract.operations)
            why = "Sign-in is not possible." if shut else "No request is known that an operation must accept."
            self.not_proven.append(NotProven(START_AND_STOP, why))
        elif known:
            gate = asyncio.Semaphore(AT_ONCE)
            self._tasks = [asyncio.ensure_future(self._gated(gate, scenario, known)) for scenario in scenarios]
        try:
            yield
        finally:
            for task in self._tasks:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)

    @property
    def scenarios(self) -> tuple[asyncio.Task[ScenarioPlayed], ...]:
        """The scenarios that were begun, in the order of the table."""
        return tuple(self._tasks)

    async def outcome(self, scenario: asyncio.Task[ScenarioPlayed]) -> ScenarioPlayed:
        """Return what came of a scenario, when it is over.

        Raises:
            ContractError: The target's settings are wrong.
            HarnessError: A port could not be had.
            Interrupted: A person asked for the end.
            TargetError: The target could not be started, where it must.
        """
        return await self._interruption.guard(_result(scenario))

    async def _gated(self, gate: asyncio.Semaphore, scenario: Scenario, known: Sequence[Probe]) -> ScenarioPlayed:
        async with gate:
            return await self._played(scenario, known)

    async def _played(self, scenario: Scenario, known: Sequence[Probe]) -> ScenarioPlayed:
        chosen = telling(known, scenario.without)
        probe = chosen or known[0]
        case = Case(probe.operation.id, START_AND_STOP, scenario.name, probe.request)
        lacking = self._lacking(scenario.without)
        promised = not scenario.promise or scenario.promise in self._contract.settings.target.guarantees
        part = self._part(scenario, probe)
        if scenario.unprepared and self._contract.settings.target.setup:
            # Before setup, a target may know neither its callers nor where its events go.
            return ScenarioPlayed(case, (), ())
        if chosen is None or not promised or (scenario.without and not lacking) or bool(part) != bool(scenario.part):
            # The target gets no such thing from the world, or has no use for it: it may well do without.
            return ScenarioPlayed(case, (), ())
        contract = ingest_address_variant(self._contract) if scenario.ingest_address_variant else self._contract
        context = await self._play(contract, scenario, probe, lacking, part)
        for _ in range(TRIES - 1):
            if context.breaches or not context.excused:
                break
            context = await self._play(contract, scenario, probe, lacking, part)
        self.not_proven.extend(context.not_proven or ([too_busy(context.excused)] if context.excused else []))
        judge = self._judge.with_contexts(law_contexts(contract, context.testbed))
        return ScenarioPlayed(case, tuple(context.breaches), tuple(context.judged(judge)))

    async def _play(
        self, contract: Contract, scenario: Scenario, probe: Probe, lacking: Mapping[str, str], part: str
    ) -> ScenarioContext:
        options = replace(self._options, env={**self._options.env, **lacking})
        log = f"target-{scenario.name}.log"
        opened = open_testbed(contract, options, self._seed, self._interruption, start=scenario.starts, log=log)
        async with opened as testbed:
            limit = contract.settings.judged_time_limit_ms / 1000
            exchange_runner = ExchangeRunner(
                testbed, IN_FLIGHT_LIMIT, contract.operations, behind=limit, first_wait=limit
            )
            context = ScenarioContext(contract, testbed, exchange_runner, scenario, probe, part)
            await scenario.play(context)
            self.secrets.update(testbed.world.secrets() if testbed.prepared else ())
            context.excuse()
            return context

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


async def _result(task: asyncio.Task[ScenarioPlayed]) -> ScenarioPlayed:
    return await asyncio.shield(task)
