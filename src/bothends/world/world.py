"""The world: all services around the target, which bothends runs itself."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, Self

from bothends.contract.requests import own_url
from bothends.errors import ContractError, HarnessError
from bothends.records import mint
from bothends.world.faults import INGEST
from bothends.world.own_faults import OwnFaults
from bothends.world.present_state import PresentState
from bothends.world.secret_values import SecretValues
from bothends.world.service import Place, Recorder
from bothends.world.services import Services, placed
from bothends.world.sessions import Callers
from bothends.world.setup_values import SetupValues
from bothends.world.states import made_together

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Mapping, Sequence

    from bothends.clock import Clock
    from bothends.contract import EventContract
    from bothends.contract.requests import RequestAddress
    from bothends.contract.settings import WorldSettings
    from bothends.contract.terms import Security
    from bothends.records import Condition, Credential, Delivery, UpstreamCall
    from bothends.world.http.authority import Authority


class World:
    """Runs sessions, upstreams and the ingest, and records what the target sends to them.

    Start and stop it in its event loop: `async with World(…) as world`.

    Args:
        settings: The `[world]` table.
        answer_schemas: By upstream, the JSON Schema of its answers, self-contained.
        seed: Users, answers and ids follow from it; ports, fresh secrets and sealed tokens do not.
        clock: The run's clock.
        events: Those that arrive here.

    Attributes:
        services: What listens.
        state: Which faults they have.
        own_faults: Which of them are for single exchanges.
        recorder: What was seen of the target.
        setup: What the target's setup has yielded.
        secrets: What must not show.

    Raises:
        ContractError: The settings have an unknown name, or an upstream has no schema.
    """

    def __init__(
        self,
        settings: WorldSettings,
        *,
        answer_schemas: Mapping[str, Any],
        seed: int,
        clock: Clock,
        events: Sequence[EventContract] = (),
    ) -> None:
        self.settings = settings
        self.seed = seed
        self._clock = clock
        self._callers = Callers(settings, seed)
        self.recorder = Recorder()
        self.services = Services(
            settings,
            Place(settings.host, None, seed, clock, self.recorder),
            sessions=self._callers.services,
            answer_schemas=answer_schemas,
            events=events,
        )
        self.state = PresentState(self.services.by_name)
        self.own_faults = OwnFaults(self.services)
        self.secrets = SecretValues(settings, self.services.ingests, self._callers)
        self.setup = SetupValues(settings, events, self.services.ingests, self._callers, self.secrets)
        self._authority: Authority | None = None

    async def start(self) -> None:
        """Take all ports and listen.

        Raises:
            ContractError: The host is no address of this machine.
            HarnessError: A port is in use.
        """
        services = self.services
        try:
            if any(table.tls for table in self.settings.ingests.values()):
                from bothends.world.http.authority import Authority  # noqa: PLC0415 -- certificates: for TLS only

                self._authority = Authority(self.settings.host)
                for name, ingest in services.ingests.items():
                    ingest.listener.tls = self._authority.context if self.settings.ingests[name].tls else None
            for stub in services:
                stub.listener.start()
            for name, session in self._callers.services.items():
                session.addresses.home = services.sessions[name].listener.url
                session.addresses.elsewhere = f"{services.canary.listener.url}/keys"
        except HarnessError:
            await self.stop()
            raise
        except ContractError as error:
            await self.stop()
            raise placed(error, self.settings, "host") from error

    async def stop(self) -> None:
        """End all connections, those that hang too, and give the ports back."""
        for stub in self.services:
            await stub.stop()
        if self._authority is not None:
            self._authority.close()
            self._authority = None

    @asynccontextmanager
    async def aside(self) -> AsyncIterator[None]:
        """Give the ports that the settings name to another world while the body runs; nobody may call this one then.

        Raises:
            HarnessError: A port is in use when the body is over.
        """
        fixed = [stub for stub in self.services if stub.listener.port.fixed]
        for stub in fixed:
            await stub.listener.stop()
        try:
            yield
        finally:
            for stub in fixed:
                stub.listener.start()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    def variables(self) -> dict[str, str]:
        """Return what a target's environment can be made of: `world.settings` and so on."""
        named = {
            "world.host": self.settings.host,
            "world.upstream_timeout_ms": str(self.settings.upstream_timeout_ms),
            **{f"world.{name}": upstream.url for name, upstream in self.services.upstreams.items()},
        }
        if self._authority is not None:
            named["world.ca"] = str(self._authority.file)
        for name, stub in self.services.ingests.items():
            named[f"world.{name}"] = stub.base_url
            named |= {f"world.{name}.{key}": value for key, value in stub.ingest.variables.items()}
            signature = self.settings.ingests[name].signature
            if signature is not None:
                named |= {f"world.{name}.{key}": value for key, value in signature.variables().items()}
            if name == INGEST:
                named |= {f"world.{key}": value for key, value in stub.ingest.variables.items()}
        return {**self._callers.variables(), **named}

    def urls(self, places: Sequence[RequestAddress], number: int) -> dict[str, str]:
        """Return the URL of each mark in a request: a path of its own for each exchange, unless the settings fix it."""
        ingests = self.services.ingests
        return own_urls(self.seed, self.settings, lambda name: ingests[name].base_url, places, number)

    def sign_in(
        self,
        number: int,
        conditions: Sequence[Condition] = (),
        user: Mapping[str, Any] | None = None,
        security: Security | None = None,
    ) -> Credential:
        """Return the credentials of a caller: all those of one alternative together.

        Each exchange has a user of its own, or callers take turns; a user has `name`, `email`, `image`, and no claim
        for an absent one. Without `security`, it is that of `[world.session]`. States of upstreams are left alone.

        Raises:
            ContractError: Two states are about the session, or nothing plays it; or as `set`.
        """
        state, _ = made_together(conditions, self.services.by_name) if conditions else (None, {})
        return self._callers.sign_in(number, self._clock.system(), state, user=user, security=security)

    def take(self) -> tuple[list[Delivery], list[UpstreamCall]]:
        """Return what was recorded since the last time, in the order in which it was settled.

        Raises:
            HarnessError: The world itself has failed.
            TargetError: The target has overrun it.
        """
        self.services.check()
        return self.recorder.take()


def own_urls(
    seed: int,
    settings: WorldSettings,
    base_url: Callable[[str], str],
    places: Sequence[RequestAddress],
    number: int,
) -> dict[str, str]:
    """Return the URL of each mark in a request.

    Args:
        seed: The run's.
        settings: The `[world]` table.
        base_url: Returns the base URL of an ingest by its name.
        places: Where the requests of the operation say to which URL an event is to go.
        number: The exchange's number.
    """
    token = mint(seed, "c", number)
    return {
        place.mark: own_url(
            base_url(place.ingest),
            place.slot,
            "fixed" if settings.ingests[place.ingest].callback_path == "fixed" and not place.aside else token,
            len(place.mark),
            aside=place.aside,
        )
        for place in places
    }
