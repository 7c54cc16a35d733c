"""The pacts of a contract, verified against what the target really answers and sends.

Whose words are tried at which end follows from who provides:

- The target provides, over HTTP: Pact's own verifier asks it; each request is a real exchange.
- The target provides a message: a request is sent, and the delivery *as a consumer would receive it
  from the ingest* is the message that Pact's verifier gets.
- A part of the world provides: it answers in the words of the pact, and what the target sent is held
  against the pact's request. The part itself is held to the pact too, so that it can't drift from it.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bothends.engine.events import InteractionVerified
from bothends.engine.pact_cases import PactCases, promised
from bothends.engine.pact_laws import AGREEMENT_LAW, PACT_LAW, STAND_IN_LAW
from bothends.engine.stand_in import StandIn
from bothends.engine.waves import Wave
from bothends.pacts import disagreements
from bothends.pacts.outcome import Mismatch, PactNotProven
from bothends.pacts.verifying import Verifying
from bothends.records import Answer, Breach, NoAnswer, NotProven, PactTally, Severity

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from bothends.contract import Contract
    from bothends.engine.interruption import Interruption
    from bothends.engine.player import Played, Player
    from bothends.engine.stage import Stage
    from bothends.pacts import Interaction, Pact
    from bothends.records import Case, Exchange, Request


@dataclass(slots=True)
class _Count:
    verified: int = 0
    held: int = 0


class PactPhase:
    """Verifies pacts on a stage."""

    def __init__(self, contract: Contract, stage: Stage, player: Player, interruption: Interruption) -> None:
        """Take what a run has.

        Args:
            contract: What is verified.
            stage: The world and the target.
            player: Makes the exchanges.
            interruption: Ends the run at a person's wish.
        """
        self._contract = contract
        self._stage = stage
        self._player = player
        self._interruption = interruption
        self._cases = PactCases(contract, stage.upstreams)
        self._stand_in = StandIn(contract, stage.world, stage.clock)
        self._counts: dict[tuple[str, str, str], _Count] = {}
        self.not_proven: list[NotProven] = []
        self._played: list[Played] = []

    def tallies(self) -> tuple[PactTally, ...]:
        """Return how each pact has fared, in the order in which they were verified."""
        return tuple(
            PactTally(file, consumer, provider, count.verified, count.held)
            for (file, consumer, provider), count in self._counts.items()
        )

    async def events(self, pacts: Sequence[tuple[Pact, Sequence[Interaction]]]) -> AsyncIterator[InteractionVerified]:
        """Verify interactions, one after the other.

        Args:
            pacts: Each pact with those of its interactions that are asked for.

        Raises:
            ContractError: A state of a pact is unknown, or can't be told of.
            HarnessError: The library, or the world, failed.
            Interrupted: A person asked for the end.
        """
        for pact, _ in pacts:
            if not pact.interactions:
                self.not_proven.append(
                    NotProven(f"pact {pact.file.name}", "It has no interaction, so it says nothing.")
                )
            self._counts.setdefault((pact.file.name, pact.consumer, pact.provider), _Count())
        # All is read before anything is tried: what can't be understood is told at once.
        planned = [(p, i, self._cases.case(p, i)) for p, interactions in pacts for i in interactions]
        if not planned:
            return
        async with Verifying() as verifying:
            for pact, interaction, case in planned:
                work = self._verified(verifying, pact, interaction, case)
                yield await self._interruption.guard(work)

    async def _verified(
        self, verifying: Verifying, pact: Pact, interaction: Interaction, case: Case
    ) -> InteractionVerified:
        count = self._counts[pact.file.name, pact.consumer, pact.provider]
        self._played = []
        breaches: list[Breach] = []
        try:
            if pact.provider in self._stage.upstreams:
                breaches += await self._by_consumer(verifying, pact, interaction, case)
            else:
                breaches += await self._by_provider(verifying, pact, interaction, case)
            count.verified += 1
        except PactNotProven as error:
            self.not_proven.append(NotProven(f"pact {pact.file.name}: {interaction.description}", str(error)))
        count.held += not breaches
        breaches += [
            Breach(
                law=AGREEMENT_LAW,
                severity=Severity.ERROR,
                cause=f"{pact.file.name} {d.pact.pointer}",
                summary=f"{d.summary} The pact: {d.pact}. The spec: {d.spec}.",
                expected=d.expected,
                actual=d.actual,
                exchange=None,
            )
            for d in disagreements(pact, self._contract)
            if d.pact.pointer.startswith(f"{interaction.pointer}/")
        ]
        return InteractionVerified(
            case=case,
            consumer=pact.consumer,
            provider=pact.provider,
            breaches=tuple(breaches),
            played=tuple(self._played),
        )

    async def _by_provider(
        self, verifying: Verifying, pact: Pact, interaction: Interaction, case: Case
    ) -> list[Breach]:
        if interaction.kind == "message":
            exchange = (await self._play(case)).attributed.exchanges[0]
            consumed = next((d.consumed for d in exchange.deliveries if d.consumed is not None), None)
            if consumed is None:
                nothing = Mismatch("message", "", "the event", "no event reached a consumer", "no event was sent")
                return [self._breach(pact, interaction, [nothing], exchange)]
            body = json.dumps(consumed, ensure_ascii=False).encode("utf-8", "surrogatepass")
            mismatches = await verifying.verify_message(pact, interaction, body, "application/json", {})
            return [self._breach(pact, interaction, mismatches, exchange)] if mismatches else []
        asked: list[Exchange] = []

        async def ask(request: Request) -> Answer | NoAnswer:
            played = await self._play(self._cases.case(pact, interaction, request))
            asked.extend(played.attributed.exchanges)
            return asked[-1].answer

        mismatches = await verifying.verify_http(pact, interaction, ask)
        return [self._breach(pact, interaction, mismatches, asked[-1])] if mismatches else []

    async def _by_consumer(
        self, verifying: Verifying, pact: Pact, interaction: Interaction, case: Case
    ) -> list[Breach]:
        with self._stage.world.promised(pact.provider, promised(interaction)):
            exchange = (await self._play(case)).attributed.exchanges[0]
        sent = self._cases.sent(pact, exchange)
        if sent is None:
            nothing = Mismatch(
                "request", "", f"{interaction.method} {interaction.path}", "no request", "nothing was sent"
            )
            breaches = [self._breach(pact, interaction, [nothing], exchange)]
        else:
            mismatches = await verifying.match_request(pact, interaction, sent)
            breaches = [self._breach(pact, interaction, mismatches, exchange)] if mismatches else []
        own = await verifying.verify_http(
            pact, interaction, lambda request: self._stand_in.ask(pact, interaction, request)
        )
        if own:
            breaches.append(self._breach(pact, interaction, own, None, law=STAND_IN_LAW))
        return breaches

    async def _play(self, case: Case) -> Played:
        # In the wave's state; a part that promises an answer gives it whatever state it is in.
        played = await self._player.play(Wave(self._stage.states_of(case), (case,), concurrency=1))
        self._played.append(played)
        return played

    @staticmethod
    def _breach(
        pact: Pact,
        interaction: Interaction,
        mismatches: Sequence[Mismatch],
        exchange: Exchange | None,
        law: str = PACT_LAW,
    ) -> Breach:
        first = mismatches[0]
        where = pact.location(interaction.pointer)
        who = f"{pact.provider}, as bothends plays it," if law == STAND_IN_LAW else "the target"
        return Breach(
            law=law,
            severity=Severity.ERROR,
            cause=f"{pact.file.name}: {interaction.description}: {first.where or first.kind}",
            summary=f"{who} does not keep the pact of {pact.consumer} with {pact.provider}, "
            f"“{interaction.description}” ({where}).",
            expected="\n".join(f"{m.where} {m.expected}".strip() for m in mismatches),
            actual="\n".join(f"{m.where} {m.actual}".strip() for m in mismatches),
            exchange=exchange,
        )
