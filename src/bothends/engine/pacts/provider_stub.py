"""Services that a target calls, held to the pacts that name them as provider.

The world's own parts are, so that what stands in for a service can't drift from the contract; and so is the
real service, when its URL is given.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Self
from urllib.parse import urlsplit

from bothends.client import Client
from bothends.errors import TargetError
from bothends.pacts import conditions, with_media_type
from bothends.records import NoAnswer
from bothends.world import INGEST, World

if TYPE_CHECKING:
    from types import TracebackType

    from bothends.clock import Clock
    from bothends.contract import Contract
    from bothends.contract.settings import WorldSettings
    from bothends.pacts import Interaction, Pact
    from bothends.records import Answer, Request

TIME_LIMIT = 5.0
"""Seconds that a part of the world may take to answer."""

_MARK = "anykey"
"""Stands in a path for the key: letters only, which nothing encodes or escapes."""


class ProviderStub:
    """The parts of a world, asked what a pact's verifier asks of a provider.

    The world is one of its own, on free ports: nothing that is asked here is witnessed as something that the
    target did. Use it as an asynchronous context manager.
    """

    def __init__(self, contract: Contract, seed: int, clock: Clock) -> None:
        """Make the world; it does not listen yet."""
        self._contract = contract
        self._clock = clock
        schemas = {name: contract.answer_schema(name) for name in contract.settings.world.upstreams}
        self._world = World(
            _on_free_ports(contract.settings.world),
            answer_schemas=schemas,
            seed=seed,
            clock=clock,
            events=contract.events,
        )

    async def __aenter__(self) -> Self:
        """Let the world listen, or raise HarnessError: no port is free."""
        await self._world.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Listen no longer."""
        await self._world.stop()

    def secrets(self) -> tuple[str, ...]:
        """Return what must not be shown."""
        return self._world.secrets.hidden()

    def url(self, name: str) -> str:
        """Return the base URL of an upstream, or of the `ingest`."""
        parts = urlsplit(self._world.variables()[f"world.{name}"])
        return f"{parts.scheme}://{parts.netloc}"

    async def ask(self, pact: Pact, interaction: Interaction, request: Request) -> Answer | NoAnswer:
        """Send a request to the part that the pact names, in the states that the interaction names.

        An example of a key stands in the pact's path; the key that the world knows takes its place.

        Raises:
            HarnessError: The world failed.
        """
        name, key = pact.provider, self._world.variables().get("world.event_key", "")
        asked = with_key(self._contract, name, with_media_type(interaction, request), key)
        with self._world.state.given(*conditions(pact, interaction, self._contract)):
            # Connected to anew: a connection that is kept would reach a part that refuses all.
            async with Client(self.url(name), clock=self._clock, time_limit=TIME_LIMIT) as client:
                sent = await client.send(asked)
        self._world.take()
        return sent.answer


class RealService:
    """A service that runs elsewhere. What it is asked, it is really asked: an event ends where events end."""

    def __init__(self, contract: Contract, url: str, event_key: str | None, clock: Clock) -> None:
        """Take its address, or raise ContractError: it is no URL. Nothing is connected yet."""
        self._contract = contract  # tells where in a path a key stands
        self._event_key = event_key  # None: the pact's example is sent as it stands
        self._client = Client(url, clock=clock, time_limit=contract.settings.time_limit_ms / 1000)

    async def __aenter__(self) -> Self:
        """Do nothing: a connection is made for each request."""
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close all connections."""
        await self._client.close()

    def secrets(self) -> tuple[str, ...]:
        """Return what must not be shown."""
        return () if self._event_key is None else (self._event_key,)

    def url(self, _name: str) -> str:
        """Return the base URL, whatever it is called."""
        return self._client.base_url

    async def ask(self, pact: Pact, interaction: Interaction, request: Request) -> Answer | NoAnswer:
        """Send a request; no state can be set.

        Raises:
            TargetError: Nothing listens there.
        """
        request = with_media_type(interaction, request)
        if self._event_key is not None:
            request = with_key(self._contract, pact.provider, request, self._event_key)
        sent = await self._client.send(request, fresh=True)
        if isinstance(sent.answer, NoAnswer) and sent.answer.kind == "refused":
            raise TargetError(
                f"The {pact.provider} at {self._client.base_url} can't be reached: {sent.answer.detail}",
                advice="Check whether it is running, and its address",
            )
        return sent.answer


def with_key(contract: Contract, name: str, request: Request, key: str) -> Request:
    """Return a request with a key in the place of the one in the pact; the path of a callback says where that is.

    Args:
        contract: Its callbacks are looked at.
        name: Who is asked; only `ingest` knows keys.
        request: What the pact has as its example.
        key: The key.
    """
    if name != INGEST:
        return request
    for operation in contract.operations:
        for event in operation.events:
            marked = re.escape(event.path_for("", _MARK)).replace(_MARK, "[^/?]+")
            if re.fullmatch(marked, request.target):
                return replace(request, target=event.path_for("", key))
    return request


def _on_free_ports(settings: WorldSettings) -> WorldSettings:
    """Return the settings of a world that can stand beside the one which the target knows."""
    upstreams = {name: replace(upstream, port=None) for name, upstream in settings.upstreams.items()}
    # Pact's library has no authority of ours, and verifies what the ingest says, not its certificate.
    ingests = {name: replace(ingest, port=None, tls=False) for name, ingest in settings.ingests.items()}
    return replace(settings, upstreams=upstreams, ingests=ingests)
