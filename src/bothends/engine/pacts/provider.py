"""A service that the target calls, held to the pacts that name it as provider.

It is the world's own part, in the states that the pacts name; or the real service, whose states nobody here
can set: what needs one is not proven.
"""

from __future__ import annotations

import asyncio
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from bothends.cases import PACT
from bothends.clock import Clock
from bothends.conditions import sentences
from bothends.contract import load
from bothends.engine.control import Interruption, Outcome
from bothends.engine.emitter import EventQueue
from bothends.engine.events import FindingFound, InteractionVerified, RunFinished, RunStarted
from bothends.engine.judge import Findings
from bothends.engine.pacts.breaches import provider_stub_breach, service_breach
from bothends.engine.pacts.cases import label, nothing_in
from bothends.engine.pacts.phase import PactTallies
from bothends.engine.pacts.provider_stub import ProviderStub, RealService
from bothends.engine.play import Batch
from bothends.errors import ContractError, Location, did_you_mean, one_of
from bothends.pacts import PactNotProven, Verifying, check_expressions, conditions, read_pacts, request_of
from bothends.records import Case, NotProven, Severity, Summary
from bothends.state_folder import state_folder_of
from bothends.world import INGEST

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from bothends.contract import Contract
    from bothends.engine.events import Event
    from bothends.pacts import Interaction, Pact
    from bothends.records import Answer, Breach, Condition, NoAnswer, Request

_SEED_BITS = 32


@dataclass(frozen=True, slots=True)
class ProviderOptions:
    """What the caller may choose.

    Attributes:
        name: The service: an upstream's name, or `ingest`.
        config: The settings file.
        url: Base URL of the real service; None: the world's own part.
        event_key: The key that the real ingest knows; None: that of the settings, else the pact's example.
        seed: What the world's answers are made from; None: a random one, which the run tells.
    """

    name: str
    config: Path = Path("bothends.toml")
    url: str | None = None
    event_key: str | None = None
    seed: int | None = None


class ProviderVerification:
    """One run of the pacts of one provider. It tells the events that a verification tells."""

    def __init__(self, options: ProviderOptions) -> None:
        """Load the contract and read the pacts.

        Raises:
            ContractError: The contract or the call is wrong.
        """
        self.seed = options.seed if options.seed is not None else secrets.randbits(_SEED_BITS)
        self._options = options
        self._contract = load(options.config)
        _check(self._contract, options)
        folder = self._contract.settings.pacts
        found = () if folder is None else read_pacts(folder)
        check_expressions(found)
        self._pacts = [pact for pact in found if pact.provider == options.name]
        self._parts = self._contract.settings.world.parts
        self._given = {
            (pact.file, i.pointer): conditions(pact, i, self._contract)
            for pact in self._pacts
            for i in pact.interactions
        }
        self._service = self._made()
        self._findings = Findings()
        self._tallies = PactTallies()
        self._tallies.open(self._pacts)
        self._interruption = Interruption()
        self._queue = EventQueue()
        self._not_proven = [nothing_in(pact) for pact in self._pacts if not pact.interactions]
        if not self._pacts:
            self._not_proven = [NotProven(f"provider {options.name}", f"No pact in {folder} names it as its provider.")]
        self._asked = 0

    def secrets(self) -> tuple[str, ...]:
        """Return what no report may show: the event key, and the world's session secret."""
        return self._service.secrets()

    def interrupt(self) -> None:
        """Ask for an orderly end: `RunFinished` follows soon, with what was found so far."""
        self._interruption.ask()

    def events(self) -> AsyncIterator[Event]:
        """Run, and yield what happens; the last event is always `RunFinished`.

        Raises:
            ContractError: Pact's library can't read an interaction.
        """
        return self._queue.read(self._run)

    async def _run(self) -> None:
        clock = asyncio.get_running_loop().time
        began = clock()
        outcome = Outcome()
        with outcome.caught(state_folder_of(self._options.config)):
            await self._verify_all()
        self._queue.emit(
            RunFinished(
                Summary(
                    seed=self.seed,
                    exchanges=self._asked,
                    seconds=clock() - began,
                    answers=(),
                    laws=(),
                    findings=tuple(tracked.finding for tracked in self._findings.ranked()),
                    not_proven=tuple(self._not_proven),
                    target_failure=outcome.target_failure,
                    harness_failure=outcome.harness_failure,
                    by_machine=outcome.by_machine,
                    interrupted=outcome.interrupted,
                    pacts=self._tallies.result(),
                )
            )
        )

    async def _verify_all(self) -> None:
        async with self._service, Verifying() as verifying:
            self._queue.emit(
                RunStarted(
                    seed=self.seed,
                    spec=self._contract.settings.spec_named,
                    operations=(f"the {self._options.name}",),
                    target=self._service.url(self._options.name),
                    launched=(),
                )
            )
            for pact in self._pacts:
                for interaction in pact.interactions:
                    verified = await self._interruption.guard(self._verified(verifying, pact, interaction))
                    self._queue.emit(verified)
                    for breach in verified.breaches:
                        finding = self._findings.add(breach, Batch((), (verified.case,)))
                        if finding is not None:
                            self._queue.emit(FindingFound(finding))
                    await self._queue.taken()

    async def _verified(self, verifying: Verifying, pact: Pact, interaction: Interaction) -> InteractionVerified:
        given = self._given[pact.file, interaction.pointer]
        breaches: list[Breach] = []
        try:
            self._check_within_reach(interaction, given)
            breaches = await self._breaches(verifying, pact, interaction)
            self._tallies.note(pact, held=all(b.severity is Severity.WARNING for b in breaches))
        except PactNotProven as error:
            self._not_proven.append(NotProven(f"pact {pact.file.name}: {interaction.description}", str(error)))
        case = Case("", PACT, label(pact, interaction), request_of(interaction), given)
        return InteractionVerified(case, pact.consumer, pact.provider, tuple(breaches))

    async def _breaches(self, verifying: Verifying, pact: Pact, interaction: Interaction) -> list[Breach]:
        async def ask(request: Request) -> Answer | NoAnswer:
            self._asked += 1
            return await self._service.ask(pact, interaction, request)

        mismatches = await verifying.verify_http(pact, interaction, ask)
        if not mismatches:
            return []
        if self._options.url is None:
            return [provider_stub_breach(pact, interaction, mismatches)]
        return [service_breach(pact, interaction, mismatches, self._options.url)]

    def _check_within_reach(self, interaction: Interaction, given: tuple[Condition, ...]) -> None:
        """Check that the interaction can be triggered here.

        Raises:
            PactNotProven: It can't.
        """
        if interaction.kind == "message":
            raise PactNotProven("The target sends a message: `bothends verify` verifies it.")
        faults = [condition for condition in given if condition.subject]
        if self._options.url is not None and faults:
            states = ", ".join(f"`{sentence}`" for sentence in sentences(faults))
            raise PactNotProven(f"bothends can't put the service at {self._options.url} into the state {states}.")

    def _made(self) -> ProviderStub | RealService:
        options, world = self._options, self._contract.settings.world
        clock = Clock()
        if options.url is None:
            return ProviderStub(self._contract, self.seed, clock)
        known = world.ingests[options.name].event_key if options.name in world.ingests else None
        return RealService(self._contract, options.url, options.event_key or known, clock)


def _check(contract: Contract, options: ProviderOptions) -> None:
    """Check that the call makes sense.

    Raises:
        ContractError: There is no such service, no folder of pacts, or the key is for nobody.
    """
    settings = contract.settings
    known = settings.world.parts
    if options.name not in known:
        raise ContractError(
            f"The target calls no service {options.name!r}.",
            where=Location(settings.file, "world"),
            expected=one_of(known),
            advice=did_you_mean(options.name, known),
        )
    if settings.pacts is None:
        raise ContractError(
            "The settings name no folder of pacts.",
            where=Location(settings.file, "pacts"),
            expected="`pacts`, the folder with the pacts",
        )
    if options.event_key is not None and (options.url is None or options.name != INGEST):
        raise ContractError(
            "An event key is only for a real ingest, and the call names none.",
            expected=f"bothends provider {INGEST} --url URL --event-key KEY",
        )
