"""The services of a world: which there are, and what goes on at them."""

from __future__ import annotations

import asyncio
import secrets
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from bothends.contract.settings import settings_location
from bothends.contract.tables import INGESTS
from bothends.errors import BothendsError, ContractError, HarnessError, one_of
from bothends.records import CANARY
from bothends.world.answers import Answers
from bothends.world.faults import INGEST
from bothends.world.ingests import Ingest, IngestStub
from bothends.world.sessions.service import SessionStub
from bothends.world.upstream import Canary, Upstream, gaps_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from bothends.contract import EventContract
    from bothends.contract.settings import IngestSettings, UpstreamSettings, WorldSettings
    from bothends.world.service import Place, StubService
    from bothends.world.sessions import Session

_RESERVED_NAMES = frozenset({INGEST, CANARY, "ca", "event_key", "host", "session_secret", "upstream_timeout_ms"})


class Services:
    """Upstreams, ingests and what sessions serve, with the one address that only a redirect leads to.

    Args:
        settings: The `[world]` table.
        place: Where they stand; each has a port of its own.
        sessions: The sessions with a service of their own, by its name.
        answer_schemas: By upstream, the JSON Schema of its answers, self-contained.
        events: Those that arrive here.

    Attributes:
        canary: That address.
        upstreams: By their names.
        ingests: By their names.
        sessions: What sessions serve, by their names.
        by_name: All that can be put into a state: upstreams, ingests, what sessions serve.

    Raises:
        ContractError: The settings have an unknown name, or an upstream has no schema.
    """

    def __init__(
        self,
        settings: WorldSettings,
        place: Place,
        *,
        sessions: Mapping[str, Session],
        answer_schemas: Mapping[str, Any],
        events: Sequence[EventContract],
    ) -> None:
        self._settings = settings
        self._recorder = place.recorder
        self.canary = Canary(place)
        place = replace(place, elsewhere=self.canary.listener)
        self.upstreams = {
            name: self._upstream(table, answer_schemas, replace(place, port=table.port), events)
            for name, table in settings.upstreams.items()
        }
        self.ingests = {name: _ingest(name, table, place, events) for name, table in settings.ingests.items()}
        self.sessions = {
            name: SessionStub(name, session, replace(place, port=session.port)) for name, session in sessions.items()
        }
        self.by_name: dict[str, StubService] = {**self.upstreams, **self.ingests}
        if taken := self.sessions.keys() & self.by_name.keys():
            name = min(taken)
            raise ContractError(f"A session and another service are both named `{name}`", expected="names of their own")
        self.by_name |= self.sessions

    def __iter__(self) -> Iterator[StubService]:
        """Yield all of them, the canary last."""
        yield from self.by_name.values()
        yield self.canary

    def _upstream(
        self, table: UpstreamSettings, schemas: Mapping[str, Any], place: Place, events: Sequence[EventContract]
    ) -> Upstream:
        """Return an upstream, in whose answers are the addresses that callbacks read there."""
        values: dict[str, str] = {}
        for event in events:
            told, ingest = event.url.told, self._settings.ingests.get(event.ingest)
            if told is not None and told.upstream == table.name and ingest is not None:
                values[told.name] = f"{ingest.stands_for or f'{{world.{event.ingest}}}'}/{{call}}"
        values |= table.values
        known = {f"world.{name}" for name in self._settings.parts}
        for gap in gaps_of(table.values.values()):
            if gap.startswith("world.") and gap not in known:
                key = f"upstreams.{table.name}.values"
                problem = f"An answer of `{table.name}` is to contain {{{gap}}}, and there is no such service"
                expected = one_of([f"{{{name}}}" for name in sorted(known)])
                raise placed(ContractError(problem, expected=expected), self._settings, key)
        answers = _answers(table.name, schemas, place.seed, values)
        return Upstream(table, answers, place, values, self._address)

    def _address(self, name: str) -> str:
        """Return where a service is, by the name of its variable: `world.hooks`."""
        stub = self.by_name[name.removeprefix("world.")]
        return stub.base_url if isinstance(stub, IngestStub) else stub.url if isinstance(stub, Upstream) else ""

    def target_started(self) -> None:
        """Note that the target starts anew: the identities of its events may begin anew as well."""
        for stub in self.ingests.values():
            stub.signed.forget()
            stub.starts.begin()

    def target_goes_on(self) -> None:
        """Note that the target starts again with what it had: what it has sent before, it may send once more."""
        for stub in self.ingests.values():
            stub.memory.expect_again()

    def check(self) -> None:
        """Look whether one of them has failed; each failure is told once.

        Raises:
            HarnessError: The world itself has failed.
            TargetError: The target has overrun it.
        """
        for stub in self:
            if stub.listener.failures:
                failure = stub.listener.failures[0]
                stub.listener.failures.clear()
                if isinstance(failure, ContractError) and failure.where is None:
                    key = "ingest" if stub.name == INGEST else f"ingests.{stub.name}"
                    key = f"upstreams.{stub.name}" if stub.name in self.upstreams else key
                    raise placed(failure, self._settings, key) from failure
                if isinstance(failure, BothendsError):
                    raise failure
                raise HarnessError(f"The world's {stub.name} failed: {failure!r}") from failure

    @property
    def arrived(self) -> int:
        """How many requests reached an ingest since the start, and how many it met before they could be read."""
        return self._recorder.posts + sum(stub.met for stub in self.ingests.values())

    def arrivals(self) -> dict[str, int]:
        """Return, for each ingest, how many events reached it since the start, and what it met before it was read.

        Attempts at one event count once, as far as they can be told.
        """
        return {name: stub.first_attempts + stub.met for name, stub in self.ingests.items()}

    def in_progress(self, name: str) -> int:
        """Return how many requests an upstream, or the `ingest`, has read and not yet answered."""
        return self.by_name[name].listener.connections.in_progress

    @property
    def lets_deliveries_hang(self) -> bool:
        """Whether the target still waits for the acknowledgement of a delivery that an ingest has let hang."""
        return any(stub.listener.connections.hangs for stub in self.ingests.values())

    async def quiet(self, timeout: float) -> bool:  # noqa: ASYNC109 -- the answer is whether it was in time, not an error
        """Wait until no request is in progress; one that hangs counts until the target gives up.

        Args:
            timeout: Seconds to wait at most.

        Returns:
            Whether all was quiet in time.
        """
        for _ in range(2):  # what has arrived already is read first
            await asyncio.sleep(0)
        services = [stub.listener.connections for stub in self]
        try:
            async with asyncio.timeout(timeout):
                while any(each.busy for each in services):
                    for each in services:
                        await each.idle()
        except TimeoutError:
            return False
        return True


def _ingest(name: str, table: IngestSettings, place: Place, events: Sequence[EventContract]) -> IngestStub:
    kind = INGESTS.get(table.kind)
    if not issubclass(kind, Ingest):
        raise HarnessError(f"{kind.__name__} is no subclass of `bothends.kinds.Ingest`")
    own = [event for event in events if event.ingest == name]
    # hex: safe in a URL's path, in a header and in an environment variable
    ingest = kind(name, table, own, table.event_key or secrets.token_hex(16))
    for event in own:
        ingest.check(event)
    return IngestStub(ingest, replace(place, port=table.port))


def _answers(name: str, schemas: Mapping[str, Any], seed: int, given: Collection[str]) -> Answers:
    if name in _RESERVED_NAMES:
        raise ContractError(f"An upstream can't be named `{name}`", expected="a name that bothends does not use itself")
    if name not in schemas:
        raise ContractError(f"The answers of the upstream `{name}` have no schema")
    return Answers(name, schemas[name], seed, given)


def placed(error: ContractError, settings: WorldSettings, key: str) -> ContractError:
    """Return an error with the place in the settings file of a key of `[world]`."""
    where = None if settings.file is None else settings_location(settings.file, f"world.{key}")
    return ContractError(error.problem, where=where, expected=error.expected, advice=error.advice)
