"""The pacts of a contract, verified against what the target really answers and sends.

Whose words are tried at which end follows from who provides:

- The target provides, over HTTP: Pact's own verifier asks it; each request is a real exchange.
- The target provides a message: a request is sent, and the delivery *as a consumer would receive it
  from the ingest* is the message that Pact's verifier gets.
- A part of the world provides: it answers in the words of the pact, and what the target sent is held
  against the pact's request. The part itself is held to the pact too, so that it can't drift from it.
"""

from __future__ import annotations

import contextlib
import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from bothends.contract.tables import INGESTS
from bothends.engine.events import InteractionVerified
from bothends.engine.judge import TRIES, Excuses, too_busy
from bothends.engine.pacts.breaches import Agreement, provider_stub_breach, target_breach
from bothends.engine.pacts.cases import PactCases, asks_a_part, beside_others, promised
from bothends.engine.pacts.provider_stub import ProviderStub, with_key
from bothends.engine.play import Batch
from bothends.pacts import Mismatch, PactNotProven, Verifying, operation_of, request_of
from bothends.records import NotProven, PactTally, Severity

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable, Sequence
    from pathlib import Path

    from bothends.contract import Contract
    from bothends.engine.control import Interruption
    from bothends.engine.pacts.cases import Chosen
    from bothends.engine.play import ExchangeRunner, Played
    from bothends.engine.testbed import TestBed
    from bothends.pacts import Interaction, Pact
    from bothends.records import Answer, Breach, Case, Delivery, Exchange, NoAnswer, Request


# How the pacts of a run fare: interactions that were verified, and those of them that held.


@dataclass(slots=True)
class _Count:
    pact: Pact
    verified: int = 0
    held: int = 0


class PactTallies:
    """Counts the interactions of pacts."""

    def __init__(self) -> None:
        """Count from nought."""
        self._counts: dict[Path, _Count] = {}

    def open(self, pacts: Iterable[Pact]) -> None:
        """Open an account for each pact, in this order, so that one without interactions is seen too."""
        for pact in pacts:
            self._counts.setdefault(pact.file, _Count(pact))

    def note(self, pact: Pact, *, held: bool) -> None:
        """Count an interaction that was verified."""
        count = self._counts[pact.file]
        count.verified += 1
        count.held += held

    def result(self) -> tuple[PactTally, ...]:
        """Return how each pact has fared."""
        return tuple(
            PactTally(c.pact.file.name, c.pact.consumer, c.pact.provider, c.verified, c.held)
            for c in self._counts.values()
        )


class PactPhase:
    """Verifies pacts on a test bed.

    Attributes:
        not_proven: What was to be verified, and could not be.
    """

    def __init__(
        self, contract: Contract, testbed: TestBed, exchange_runner: ExchangeRunner, interruption: Interruption
    ) -> None:
        """Take what a run has."""
        self._contract = contract
        self._testbed = testbed
        self._exchange_runner = exchange_runner
        self._interruption = interruption
        self._cases = PactCases(contract)
        self._excuses = Excuses(contract, testbed.machine)
        self._tallies = PactTallies()
        self.not_proven: list[NotProven] = []

    def tallies(self) -> tuple[PactTally, ...]:
        """Return how each pact has fared, in the order in which they were verified."""
        return self._tallies.result()

    @contextlib.asynccontextmanager
    async def begun(self, pacts: Sequence[Chosen]) -> AsyncIterator[tuple[Trial, ...]]:
        """Begin with pacts: return what is to be verified of them, each of which `verify` takes.

        Raises:
            HarnessError: Pact's library, or the world, failed.
        """
        self._tallies.open(chosen.pact for chosen in pacts)
        if not any(chosen.interactions for chosen in pacts):
            yield ()
            return
        provider_stub = ProviderStub(self._contract, self._testbed.world.seed, self._testbed.clock)
        limit = self._contract.settings.judged_time_limit_ms / 1000
        async with Verifying() as verifying, provider_stub:
            agreements = {chosen.pact.file: Agreement(chosen.pact, self._contract) for chosen in pacts}
            with self._exchange_runner.tying.waiting_behind(limit):
                yield tuple(
                    Trial(chosen.pact, interaction, case, agreements[chosen.pact.file], verifying, provider_stub)
                    for chosen in pacts
                    for interaction, case in chosen.interactions
                )

    async def verify(self, trial: Trial) -> InteractionVerified:
        """Verify an interaction, or raise ContractError: Pact's library can't read it."""
        return await self._interruption.guard(self._verified(trial, trial.interaction, trial.case))

    async def _verified(self, trial: Trial, interaction: Interaction, case: Case) -> InteractionVerified:
        pact = trial.pact
        played: list[Played] = []
        breaches = trial.agreement.breaches(interaction)
        try:
            if asks_a_part(pact, interaction, self._contract):
                breaches = [*await self._by_consumer(trial, interaction, case, played), *breaches]
            elif interaction.kind == "message":
                breaches = [*await self._by_sender(trial, interaction, case, played), *breaches]
            else:
                breaches = [*await self._by_provider(trial, interaction, played), *breaches]
            self._tallies.note(pact, held=all(b.severity is Severity.WARNING for b in breaches))
        except PactNotProven as error:
            self.not_proven.append(NotProven(f"pact {pact.file.name}: {interaction.description}", str(error)))
        by_part = pact.provider in self._testbed.upstreams
        return InteractionVerified(case, pact.consumer, pact.provider, tuple(breaches), tuple(played), by_part)

    async def _by_provider(self, trial: Trial, interaction: Interaction, played: list[Played]) -> list[Breach]:
        """Let Pact's verifier ask the target."""
        asked: list[Exchange] = []

        async def ask(request: Request) -> Answer | NoAnswer:
            made = await self._play(self._cases.case(trial.pact, interaction, request))
            asked.extend(made.attributed.exchanges)
            # Laws judge by the operation. Of what the spec does not have, only the pact says what is right.
            played.extend([made] if operation_of(self._contract, interaction) else [])
            return asked[-1].answer

        mismatches = await trial.verifying.verify_http(trial.pact, interaction, ask)
        return [target_breach(trial.pact, interaction, mismatches, asked[-1])] if mismatches else []

    async def _by_sender(
        self, trial: Trial, interaction: Interaction, case: Case, played: list[Played]
    ) -> list[Breach]:
        """Trigger the event, and check what a consumer receives against the message."""
        played.append(await self._play(case))
        exchange = played[-1].attributed.exchanges[0]
        received = next((d for d in exchange.deliveries if d.consumed is not None), None)
        if received is None:
            mismatches = [_nothing("message", "an event", _not_received(exchange))]
        else:
            headers = received.headers if self._hands_on_headers(received) else ()
            message, beside = json.dumps(received.consumed).encode(), beside_others(interaction, headers)
            mismatches = await trial.verifying.verify_message(trial.pact, interaction, message, *beside)
        return [target_breach(trial.pact, interaction, mismatches, exchange)] if mismatches else []

    def _hands_on_headers(self, delivery: Delivery) -> bool:
        ingest = self._contract.settings.world.ingests.get(delivery.ingest)
        return ingest is None or INGESTS.get(ingest.kind).hands_on_headers

    async def _by_consumer(
        self, trial: Trial, interaction: Interaction, case: Case, played: list[Played]
    ) -> list[Breach]:
        """Give the answer that the pact promises, and check what the target sent, and the part itself, against it."""
        pact = trial.pact
        with self._testbed.world.state.promised(pact.provider, promised(interaction)):
            made = await self._play(case)
        exchange = made.attributed.exchanges[0]
        key = self._testbed.world.variables().get("world.event_key", "")
        example = with_key(self._contract, pact.provider, request_of(interaction), key)
        # The key of a run is a fresh one: where it stands for the pact's, the path is as promised.
        sent = [
            replace(request, target=interaction.target) if request.target == example.target else request
            for request in self._cases.sent(pact, exchange)
        ]
        mismatches = [m for r in sent for m in await trial.verifying.match_request(pact, interaction, r)]
        if not sent:
            mismatches = [_nothing("request", f"{interaction.method} {interaction.path}", "no request")]
        breaches = [target_breach(pact, interaction, mismatches, exchange)] if mismatches else []
        own = await trial.verifying.verify_http(
            pact, interaction, lambda r: trial.provider_stub.ask(pact, interaction, r)
        )
        # Laws judge what a target does in a world that is right. Where the pact promises what no such part
        # answers, only the pact can say what is right.
        played.extend([] if own or trial.agreement.breaches(interaction) else [made])
        return [*breaches, provider_stub_breach(pact, interaction, own)] if own else breaches

    async def _play(self, case: Case) -> Played:
        # In the batch's state; a part that promises an answer gives it whatever state it is in.
        batch = Batch(case.of_the_world, (case,), concurrency=1)
        for _ in range(TRIES):
            played, late = self._excuses.among(await self._exchange_runner.play(batch))
            if not late.now:
                return played
        raise PactNotProven(too_busy([case.label]).why)


@dataclass(frozen=True, slots=True)
class Trial:
    """One interaction of a pact, and what it is verified with."""

    pact: Pact
    interaction: Interaction
    case: Case
    agreement: Agreement
    verifying: Verifying
    provider_stub: ProviderStub


def _nothing(kind: str, expected: str, seen: str) -> Mismatch:
    return Mismatch(kind, "", expected, seen, seen)


def _not_received(exchange: Exchange) -> str:
    refused = next((d.refusal for d in exchange.deliveries if d.refusal), "")
    if refused:
        return f"no event reached a consumer: the ingest refused it ({refused})"
    return "no event reached a consumer" if exchange.deliveries else "no event was sent"
