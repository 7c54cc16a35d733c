"""A mock: what it is made of, how it starts, and how it ends without losing what it owes."""

from __future__ import annotations

import logging
import os
import secrets
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Self

from bothends.contract.settings import NEEDS_ALL, settings_location
from bothends.errors import ContractError
from bothends.mock.answers import problem
from bothends.mock.credentials import Gate, Unmet, unmet
from bothends.mock.delivery import Deliveries
from bothends.mock.destinations import Destinations
from bothends.mock.issuing import Issuer
from bothends.mock.journal import Attempt, Journal
from bothends.mock.learning import Surroundings
from bothends.mock.sending import Outgoing
from bothends.mock.server import Server
from bothends.mock.service import Service
from bothends.mock.upstreams import Upstreams

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, Sequence

    from bothends.contract import Contract
    from bothends.world import Received, Reply

_LOG = logging.getLogger("bothends.mock")


def _logged(attempt: Attempt) -> None:
    """Write into the log what was not sent."""
    if not attempt.sent:
        _LOG.warning("%s: %s", attempt.callback, attempt.said)


@dataclass(frozen=True, slots=True)
class Options:
    """How a mock is set up.

    Attributes:
        host: Where it listens.
        port: Its port; 0: a free one.
        seed: Values follow from it; empty: from a new one.
        environment: The variables that `[target.env]` gives names to; None: those of the process.
        given: What else is known of the world, by name: `world.hooks`.
        send_to: Where it may send besides this machine: hosts, networks, origins.
        told: Is called with each attempt to deliver an event; absent: what is not sent goes into the log.
        failed: Is called with what should not happen.
    """

    host: str = "127.0.0.1"
    port: int = 0
    seed: str = ""
    environment: Mapping[str, str] | None = None
    given: Mapping[str, str] = field(default_factory=dict)
    send_to: Sequence[str] = ()
    told: Callable[[Attempt], None] = _logged
    failed: Callable[[BaseException], None] | None = None


class Mock:
    """Serves a contract; an async context manager.

    Args:
        contract: The contract, loaded in detail.
        options: How it is set up.

    Attributes:
        contract: The contract that is served.
        surroundings: What is known of the world.
        journal: What was sent.
        destinations: Where it may send.

    Raises:
        ContractError: The settings guarantee a start only with all variables, and one is not set; or what is named to
            be sent to is nowhere.
    """

    def __init__(self, contract: Contract, options: Options | None = None) -> None:
        chosen = Options() if options is None else options
        self.contract = contract
        self._options = chosen
        self._environment = os.environ if chosen.environment is None else chosen.environment
        _check_environment(contract, self._environment)
        self.surroundings = Surroundings(contract.settings, self._environment, chosen.given)
        self._seed = chosen.seed or secrets.token_hex(8)
        self.destinations = Destinations(
            chosen.send_to, lambda: self.surroundings.given, lambda: self.surroundings.host
        )
        self._client = Outgoing(self.destinations, self.surroundings.get("world.ca"))
        self.journal = Journal(chosen.told, self.secrets)
        self._deliveries = Deliveries(self._client, self.journal, lambda: self._upstreams.seconds)
        self._upstreams, self._service = self._made()
        self._server = Server(self._answer, problem, chosen.failed or self._failed)
        self._issuer = Issuer(contract, self._seed)

    @property
    def url(self) -> str:
        """The base URL."""
        return self._server.url

    @property
    def unmet(self) -> tuple[Unmet, ...]:
        """The security schemes that nobody can meet, with the operations that let nobody in."""
        return unmet(self.contract.operations)

    @property
    def sends_to(self) -> tuple[str, ...]:
        """Where it may send besides this machine, as the user names it, and as the settings or the environment do."""
        return self.destinations.elsewhere

    @property
    def reached_by_others(self) -> bool:
        """Whether other machines can reach it."""
        return self._server.reached_by_others

    @property
    def issues(self) -> bool:
        """Whether it makes what callers show itself, as it was told of no world."""
        return self._service.issuer is not None

    async def start(self) -> None:
        """Listen; a host that is not this machine's is a `ContractError`, a port in use a `HarnessError`."""
        await self._server.start(self._options.host, self._options.port)
        self._begin()
        self._issuer.begin(self.url, self.surroundings)
        self._service.issuer = self._issuer if self._issuer.made else None

    def take(self, contract: Contract) -> None:
        """Serve another contract from now on, at the same address.

        What was created, sent and learned stays. What is under way ends as it began.

        Args:
            contract: The contract, loaded in detail.

        Raises:
            ContractError: The settings guarantee a start only with all variables, and one is not set.
        """
        _check_environment(contract, self._environment)
        before, service = self.surroundings, self._service
        surroundings = Surroundings(contract.settings, self._environment, self._options.given)
        if self._issuer.take(contract):
            surroundings.take_over(before)
        else:
            surroundings.take_over(before, self._issuer.made)
            self._issuer = Issuer(contract, self._seed)
            self._issuer.begin(self.url, surroundings)
        self.contract, self.surroundings = contract, surroundings
        self._upstreams, self._service = self._made()
        self._service.take_over(service)
        self._service.issuer = self._issuer if self._issuer.made else None
        self._begin()

    def _made(self) -> tuple[Upstreams, Service]:
        upstreams = Upstreams(self.contract, self.surroundings, self._client)
        gate = Gate(self._of_session, self._client, upstreams.seconds)
        service = Service(self.contract, self.surroundings, upstreams, self._deliveries, gate, self._seed)
        return upstreams, service

    def _begin(self) -> None:
        self._service.events.base_url = f"{self.url}{self._service.base_path}"

    def _answer(self, message: Received) -> Awaitable[Reply]:
        return self._service.answer(message)

    async def end(self) -> int:
        """Answer what has begun, deliver what is owed, and stop; return how many events were not delivered."""
        await self._server.end()
        left = await self._deliveries.end()
        await self._client.close()
        return left

    def reset(self) -> None:
        """Forget what was created, and what was sent."""
        self._service.reset()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.end()

    def secrets(self) -> tuple[str, ...]:
        """Return what must not be shown: keys of ingests, and what signs."""
        found = []
        for name, table in self.contract.settings.world.ingests.items():
            found += [
                self.surroundings.get(f"world.{name}.event_key"),
                *self.surroundings.numbered(f"world.{name}.secret"),
            ]
            if table.signature is not None:
                found += table.signature.hidden
        found += [self.surroundings.get("world.event_key")]
        return tuple(dict.fromkeys(filter(None, found)))

    def _of_session(self, scheme: str, key: str) -> str:
        if key.startswith("setup."):
            return self.surroundings.get(key)
        return self.surroundings.get(f"world.{scheme}.{key}") or self.surroundings.get(f"world.session_{key}")

    @staticmethod
    def _failed(error: BaseException) -> None:
        _LOG.error("the mock failed", exc_info=error)


def _check_environment(contract: Contract, environment: Mapping[str, str]) -> None:
    settings = contract.settings
    needed = {name: template for name, template in settings.target.env.items() if "{world." in template}
    # Where none is set, there is no world: the mock stands for itself.
    if NEEDS_ALL not in settings.target.guarantees or not any(environment.get(name) for name in needed):
        return
    for name, template in needed.items():
        if not environment.get(name):
            raise ContractError(
                f"{name} is not set, and the settings guarantee `{NEEDS_ALL}`.",
                where=settings_location(settings.file, f"target.env.{name}"),
                expected=f"a value for {template}",
                advice="`bothends world` shows all of them.",
            )
