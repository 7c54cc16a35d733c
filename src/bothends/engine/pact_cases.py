"""Cases that verify an interaction: the request that is sent, the state of the world, what is expected."""

from __future__ import annotations

import json
from dataclasses import replace
from http import HTTPStatus
from typing import TYPE_CHECKING

from bothends.cases import PACT
from bothends.cases.families.bodies import admitted_request
from bothends.engine.by_hand import case_by_hand
from bothends.errors import ContractError
from bothends.pacts import sentence
from bothends.records import MISSING, Request
from bothends.world import INGEST, Reply, parse_states

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bothends.contract import Contract, Operation
    from bothends.pacts import Interaction, Pact
    from bothends.records import Case, Exchange


class PactCases:
    """Makes the cases of a contract's pacts."""

    def __init__(self, contract: Contract, upstreams: tuple[str, ...]) -> None:
        """Take the contract.

        Args:
            contract: What is verified.
            upstreams: Names of the world's parts, `ingest` among them.
        """
        self._contract = contract
        self._upstreams = upstreams

    def case(self, pact: Pact, interaction: Interaction, request: Request | None = None) -> Case:
        """Return the case of an interaction.

        Args:
            pact: The pact.
            interaction: One of its interactions.
            request: What is sent; None: the pact's own, or what brings an event about.

        Raises:
            ContractError: A state is unknown, or it can't be told what brings the interaction about.
        """
        given = [self._sentence(pact, interaction, index) for index in range(len(interaction.states))]
        provided = pact.provider not in self._upstreams
        if provided and interaction.kind == "http":
            operation = self._asked(interaction) or self._contract.operations[0]
            request = request or Request(interaction.method, interaction.target)
        else:
            operation = self._triggering(pact, interaction)
            request = admitted_request(operation)
            if request is None:
                raise ContractError(
                    f"no request is known that {operation.id} must accept, so nothing brings about "
                    f"{interaction.description!r}",
                    where=pact.location(interaction.pointer),
                    advice="give the request's body an example in the spec",
                )
        if not provided:
            given = self._promising(pact, interaction, given)
        case = case_by_hand(operation, request, given, self._upstreams)
        return replace(case, family=PACT, name=f"{pact.file.stem}/{interaction.description}")

    def sent(self, pact: Pact, exchange: Exchange) -> Request | None:
        """Return what the target sent to the pact's provider in an exchange; None: nothing."""
        if pact.provider == INGEST:
            delivery = next(iter(exchange.deliveries), None)
            if delivery is None:
                return None
            body = b"" if delivery.payload is None else json.dumps(delivery.payload, ensure_ascii=False).encode()
            return Request(delivery.method, delivery.path, delivery.headers, body)
        call = next((c for c in exchange.calls if c.upstream == pact.provider), None)
        if call is None:
            return None
        method, _, target = call.request_line.partition(" ")
        return Request(method, target, call.headers)

    def _sentence(self, pact: Pact, interaction: Interaction, index: int) -> str:
        state = interaction.states[index]
        text = sentence(state)
        try:
            parse_states([text], self._upstreams)
        except ContractError as error:
            raise ContractError(
                error.problem,
                where=pact.location(state.pointer or interaction.pointer),
                expected=error.expected,
                advice=error.advice,
            ) from error
        return text

    def _promising(self, pact: Pact, interaction: Interaction, given: list[str]) -> list[str]:
        """Take the provider's own state out, and put in what its promised answer amounts to."""
        others = [text for text in given if pact.provider not in parse_states([text], self._upstreams)[1]]
        if interaction.status >= HTTPStatus.BAD_REQUEST:
            others.append(f"the {pact.provider} answers {interaction.status}")
        return others

    def _asked(self, interaction: Interaction) -> Operation | None:
        found = (o for o in self._contract.operations if (o.method, o.path) == (interaction.method, interaction.path))
        return next(found, None)

    def _triggering(self, pact: Pact, interaction: Interaction) -> Operation:
        """Return the operation whose request brings the interaction about.

        With several that send events, the description names one by its ID.
        """
        sending = [o for o in self._contract.operations if o.events] or list(self._contract.operations)
        named = sending if len(sending) == 1 else [o for o in sending if o.id in interaction.description]
        if len(named) != 1:
            raise ContractError(
                f"nothing tells which operation brings about {interaction.description!r}",
                where=pact.location(interaction.pointer),
                expected=f"one of {', '.join(o.id for o in sending)} in its description",
            )
        return named[0]


def promised(interaction: Interaction) -> Reply:
    """Return the answer that an interaction promises, as a part of the world gives it."""
    body = interaction.response_body
    if body is MISSING:
        payload = b""
    elif isinstance(body, bytes):
        payload = body
    elif isinstance(body, str) and not _is_json(interaction.response_media_type):
        payload = body.encode()
    else:
        payload = json.dumps(body, ensure_ascii=False).encode()
    headers: Mapping[str, str] = {name.lower(): value for name, value in interaction.response_headers}
    media_type = interaction.response_media_type
    if media_type is not None and "content-type" not in headers:
        headers = {**headers, "content-type": media_type}
    framing = {"content-length", "transfer-encoding", "connection"}
    return Reply(interaction.status, tuple(pair for pair in headers.items() if pair[0] not in framing), payload)


def _is_json(media_type: str | None) -> bool:
    return media_type is not None and media_type.partition(";")[0].strip().endswith("json")
