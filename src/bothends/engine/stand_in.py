"""The world's parts, held to the pacts that name them as provider: the stand-in can't drift from the contract.

The same is asked of a real service, when its URL is given.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from bothends.pacts import sentence
from bothends.target import Client
from bothends.world import INGEST

if TYPE_CHECKING:
    from bothends.clock import Clock
    from bothends.contract import Contract
    from bothends.pacts import Interaction, Pact
    from bothends.records import Answer, NoAnswer, Request
    from bothends.world import World

TIME_LIMIT = 5.0
"""Seconds that a part may take to answer."""


_MARK = "anykey"
"""Stands in a path for the key: letters only, which nothing encodes or escapes."""


class StandIn:
    """Asks the world's parts what a pact's verifier asks of a provider."""

    def __init__(self, contract: Contract, world: World, clock: Clock) -> None:
        """Take the world.

        Args:
            contract: Tells where events go.
            world: Its parts are asked, over their sockets.
            clock: The run's.
        """
        self._contract = contract
        self._world = world
        self._clock = clock

    async def ask(self, pact: Pact, interaction: Interaction, request: Request) -> Answer | NoAnswer:
        """Send a request of the verifier's to the part that the pact names.

        An example of a key stands in the pact's path; the key that the world gave out takes its place.
        What the world witnesses of it belongs to no exchange, and is forgotten.
        """
        variables = self._world.variables()
        parts = urlsplit(variables[f"world.{pact.provider}"])
        if pact.provider == INGEST:
            request = replace(request, target=self._with_key(request.target, variables["world.event_key"]))
        client = Client(f"{parts.scheme}://{parts.netloc}", clock=self._clock, time_limit=TIME_LIMIT)
        try:
            with self._world.given(*(sentence(state) for state in interaction.states)):
                sent = await client.send(request)
                await self._world.quiet(TIME_LIMIT)
        finally:
            await client.close()
            self._world.take()
        return sent.answer

    def _with_key(self, target: str, key: str) -> str:
        """Return the target with the world's key in the place of the one in the pact."""
        for operation in self._contract.operations:
            for event in operation.events:
                marked = re.escape(event.path_for("", _MARK)).replace(_MARK, "[^/?]+")
                if re.fullmatch(marked, target):
                    return event.path_for("", key)
        return target
