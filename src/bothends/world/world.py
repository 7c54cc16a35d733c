"""The world: all services around the target, which bothends runs itself."""

from __future__ import annotations

import asyncio
import secrets
from contextlib import asynccontextmanager, contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Self

from bothends.contract.requests import own_url
from bothends.contract.settings import settings_location
from bothends.contract.tables import INGESTS, SETUP, fill, setup_names
from bothends.errors import BothendsError, ContractError, HarnessError
from bothends.records import CANARY, json_equal, mint
from bothends.world.answers import Answers
from bothends.world.faults import INGEST
from bothends.world.ingests import Ingest, IngestStub
from bothends.world.service import Armed, Place, Recorder, StubService
from bothends.world.sessions import Callers
from bothends.world.sessions.service import SessionStub
from bothends.world.states import made_together
from bothends.world.upstream import Canary, Upstream

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping, Sequence

    from bothends.clock import Clock
    from bothends.contract import EventContract
    from bothends.contract.requests import RequestAddress
    from bothends.contract.settings import WorldSettings
    from bothends.contract.terms import Security
    from bothends.records import Condition, Credential, Delivery, UpstreamCall
    from bothends.world.http import Reply
    from bothends.world.http.authority import Authority
    from bothends.world.ingests.service import Teller
    from bothends.world.upstream import CallTeller

_LOOK_SECONDS = 0.02
_RESERVED_NAMES = frozenset({INGEST, CANARY, "ca", "event_key", "host", "session_secret", "upstream_timeout_ms"})


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
        changes: How often it was put into a state since the start.
        setup_history: All that the target's setup has yielded, each value by its name: once for each start.

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
        self._events = tuple(events)
        self._recorder = Recorder()
        place = Place(settings.host, None, seed, clock, self._recorder)
        self._canary = Canary(place)
        place = replace(place, elsewhere=self._canary.listener)
        self._upstreams = [
            Upstream(table, self._answers(name, answer_schemas), replace(place, port=table.port))
            for name, table in settings.upstreams.items()
        ]
        self._stubs: dict[str, StubService] = {upstream.name: upstream for upstream in self._upstreams}
        self._ingests = {name: self._ingest(name, place, events) for name in settings.ingests}
        self._stubs |= self._ingests
        self._callers = Callers(settings, seed)
        self._session_stubs = {
            name: SessionStub(name, session, replace(place, port=session.port))
            for name, session in self._callers.services.items()
        }
        if taken := self._session_stubs.keys() & self._stubs.keys():
            name = min(taken)
            raise ContractError(f"A session and another service are both named `{name}`", expected="names of their own")
        self._stubs |= self._session_stubs
        self._conditions: tuple[Condition, ...] = ()
        self.changes = 0
        self._more_secrets: tuple[str, ...] = ()
        self._past_secrets: tuple[str, ...] = ()
        self._setup: dict[str, Any] = {}
        self.setup_history: dict[str, list[Any]] = {}
        self._authority: Authority | None = None

    async def start(self) -> None:
        """Take all ports and listen.

        Raises:
            ContractError: The host is no address of this machine.
            HarnessError: A port is in use.
        """
        try:
            if any(table.tls for table in self.settings.ingests.values()):
                from bothends.world.http.authority import Authority  # noqa: PLC0415 -- certificates: for TLS only

                self._authority = Authority(self.settings.host)
                for name, ingest in self._ingests.items():
                    ingest.listener.tls = self._authority.context if self.settings.ingests[name].tls else None
            for stub in self._all():
                stub.listener.start()
            for name, session in self._callers.services.items():
                session.addresses.home = self._session_stubs[name].listener.url
                session.addresses.elsewhere = f"{self._canary.listener.url}/keys"
        except HarnessError:
            await self.stop()
            raise
        except ContractError as error:
            await self.stop()
            raise _placed(error, self.settings, "host") from error

    async def stop(self) -> None:
        """End all connections, those that hang too, and give the ports back."""
        for stub in self._all():
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
        fixed = [stub for stub in self._all() if stub.listener.port.fixed]
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
            **{f"world.{upstream.name}": upstream.url for upstream in self._upstreams},
        }
        if self._authority is not None:
            named["world.ca"] = str(self._authority.file)
        for name, stub in self._ingests.items():
            named[f"world.{name}"] = stub.base_url
            named |= {f"world.{name}.{key}": value for key, value in stub.ingest.variables.items()}
            signature = self.settings.ingests[name].signature
            if signature is not None:
                named |= {f"world.{name}.{key}": value for key, value in signature.variables().items()}
            if name == INGEST:
                named |= {f"world.{key}": value for key, value in stub.ingest.variables.items()}
        return {**self._callers.variables(), **named}

    @property
    def setup_names(self) -> tuple[str, ...]:
        """The names of the setup values that callers and ingests use."""
        single = self.settings.session
        sessions = ([] if single is None else [single]) + list(self.settings.sessions.values())
        tables = [dict(session.values) for session in sessions]
        return setup_names([*tables, *(dict(table.own) for table in self.settings.ingests.values())])

    @property
    def setup(self) -> Mapping[str, Any]:
        """What the target's setup has yielded last, by name."""
        return self._setup

    def set_up(self, values: Mapping[str, Any], secrets: Sequence[str] = ()) -> None:
        """Take what the target's setup has yielded: callers show it, and requests and events have it.

        Args:
            values: By name: `token`.
            secrets: More values that must never show.

        Raises:
            ContractError: A value is wrong where the settings use it.
        """
        self._past_secrets = self.secrets()
        self._setup = dict(values)
        for name, value in values.items():
            known = self.setup_history.setdefault(name, [])
            if not any(json_equal(value, each) for each in known):
                known.append(value)
        self._more_secrets = tuple(dict.fromkeys((*self._more_secrets, *secrets)))
        named = {f"{SETUP}{name}": value for name, value in values.items()}
        self._callers.set_up(named)
        for name, table in self.settings.ingests.items():
            if setup_names(dict(table.own)):
                own = [event for event in self._events if event.ingest == name]
                stub = self._ingests[name]
                filled = replace(table, own=fill(dict(table.own), named))
                stub.ingest = type(stub.ingest)(name, filled, own, stub.ingest.event_key)

    def target_secrets(self) -> tuple[str, ...]:
        """Return what the target keeps to itself: it must never show in an answer, an event or a report."""
        of_ingests = (one for stub in self._ingests.values() for one in stub.ingest.secrets)
        every = (*of_ingests, *self.signing_secrets(), *self._callers.secrets(), *self._more_secrets)
        return tuple(dict.fromkeys(secret for secret in every if secret and not setup_names(secret)))

    def signing_secrets(self) -> tuple[str, ...]:
        """Return what the target signs deliveries with: its place is in no delivery, but for a scheme that says so."""
        signatures = (ingest.signature for ingest in self.settings.ingests.values())
        return tuple(secret for signature in signatures if signature is not None for secret in signature.hidden)

    def target_started(self) -> None:
        """Note that the target starts anew: the identities of its events may begin anew as well."""
        for stub in self._ingests.values():
            stub.signed.forget()
            stub.starts.begin()

    def secrets(self) -> tuple[str, ...]:
        """Return what must never show in a report: that, and what callers show whom the settings give."""
        every = (*self.target_secrets(), *self._callers.caller_secrets(), *self._past_secrets)
        return tuple(dict.fromkeys(secret for secret in every if not setup_names(secret)))

    def urls(self, places: Sequence[RequestAddress], number: int) -> dict[str, str]:
        """Return the URL of each mark in a request: a path of its own for each exchange, unless the settings fix it.

        Args:
            places: Where the requests of the operation say to which URL an event is to go.
            number: The exchange's number.
        """
        return own_urls(self.seed, self.settings, self.base_url, places, number)

    def base_url(self, ingest: str) -> str:
        """Return the base URL of an ingest.

        Raises:
            KeyError: There is none of that name.
        """
        return self._ingests[ingest].base_url

    def event_key(self, ingest: str) -> str:
        """Return the key of an ingest; empty where its kind has none.

        Raises:
            KeyError: There is none of that name.
        """
        return self._ingests[ingest].ingest.event_key

    @property
    def ingests(self) -> tuple[str, ...]:
        """The names of the ingests."""
        return tuple(self._ingests)

    @property
    def parts(self) -> tuple[str, ...]:
        """The names of what can be put into a state: the upstreams and the ingests."""
        return tuple(self._stubs)

    def set(self, conditions: Iterable[Condition]) -> None:
        """Put every upstream into exactly these states, healthy where none is named; `fired` starts anew.

        Args:
            conditions: The states; those of the session are checked and otherwise left alone.

        Raises:
            ContractError: One names an unknown upstream, or two are about the same thing.
        """
        conditions = tuple(conditions)
        _, faults = made_together(conditions, self._stubs)
        for name, stub in self._stubs.items():
            stub.set(*faults.get(name, (None, None)))
        self._conditions = conditions
        self.changes += 1

    @contextmanager
    def given(self, *conditions: Condition) -> Iterator[None]:
        """Put the world into states for the length of a `with` block, then back into those before.

        Raises:
            ContractError: As `set`.
        """
        before = self._conditions
        self.set(conditions)
        try:
            yield
        finally:
            self.set(before)

    @contextmanager
    def keyed(self, teller: Teller, calls: CallTeller | None = None) -> Iterator[None]:
        """Let faults be for single exchanges for the length of a `with` block; those that are left are taken away.

        Args:
            teller: Tells which exchange a delivery is of.
            calls: Tells which exchange a call to an upstream is of; None: nobody asks.
        """
        for stub in self._ingests.values():
            stub.teller, stub.untold = teller, 0
        for upstream in self._upstreams:
            upstream.teller = calls
        try:
            yield
        finally:
            for stub in self._ingests.values():
                stub.teller = None
            for upstream in self._upstreams:
                upstream.teller = None
            for each in self._stubs.values():
                for number in tuple(each.armed):
                    self._disarm(each, number)

    def arm(self, number: int, condition: Condition) -> None:
        """Put a part of the world into a state for the requests of one exchange alone, whatever it is for others.

        Args:
            number: The exchange's number.
            condition: The state.

        Raises:
            ContractError: It names an unknown part.
        """
        _, faults = made_together((condition,), self._stubs)
        for name, (_, fault) in faults.items():
            self._stubs[name].armed[number] = Armed(condition, fault, number)

    def met(self, numbers: Iterable[int]) -> frozenset[int]:
        """Return which of some exchanges have met a fault that is theirs alone."""
        armed = [stub.armed for stub in self._stubs.values()]
        return frozenset(number for number in numbers if any(number in one and one[number].fired for one in armed))

    def disarm(self, number: int) -> dict[Condition, int]:
        """Let the world be well for an exchange again; return how often each of its states was met."""
        armed = [self._disarm(stub, number) for stub in self._stubs.values() if number in stub.armed]
        return {one.condition: one.fired for one in armed}

    @staticmethod
    def _disarm(stub: StubService, number: int) -> Armed:
        armed = stub.armed.pop(number)
        armed.fault.end()
        return armed

    @property
    def untold(self) -> int:
        """How many deliveries told no single exchange, since faults are for single exchanges."""
        return sum(stub.untold for stub in self._ingests.values())

    @contextmanager
    def promised(self, name: str, reply: Reply) -> Iterator[None]:
        """Let an upstream, or the ingest, give this answer for the length of a `with` block.

        Args:
            name: The upstream's name, or `ingest`.
            reply: What it answers; with a success, the ingest stores what it would store.

        Raises:
            KeyError: There is no such upstream.
        """
        stub = self._stubs[name]
        stub.promise(reply)
        try:
            yield
        finally:
            stub.promise(None)

    def fired(self) -> dict[Condition, int]:
        """Return, for each fault that is set, how often it was met since then.

        A refused connection can't be counted: `… is unreachable` counts 1 while a connection is in fact refused.
        """
        return {stub.condition: stub.fired for stub in self._stubs.values() if stub.condition is not None}

    def sign_in(
        self,
        number: int,
        conditions: Sequence[Condition] = (),
        user: Mapping[str, Any] | None = None,
        security: Security | None = None,
    ) -> Credential:
        """Return the credentials of a caller: all those of one alternative together.

        Args:
            number: The exchange's number: each has a user of its own, or callers take turns.
            conditions: States; those of upstreams are left alone.
            user: The user; None: the number's own. `name`, `email`, `image`; an absent one gets no claim.
            security: What the operation asks for; None: what `[world.session]` plays.

        Raises:
            ContractError: Two are about the session, or nothing plays it; or as `set`.
        """
        state, _ = made_together(conditions, self._stubs) if conditions else (None, {})
        return self._callers.sign_in(number, self._clock.system(), state, user=user, security=security)

    def take(self) -> tuple[list[Delivery], list[UpstreamCall]]:
        """Return what was recorded since the last time, in the order in which it was settled.

        Raises:
            HarnessError: The world itself has failed.
            TargetError: The target has overrun it.
        """
        for stub in self._all():
            if stub.listener.failures:
                failure = stub.listener.failures[0]
                stub.listener.failures.clear()
                if isinstance(failure, ContractError) and failure.where is None:
                    key = "ingest" if stub.name == INGEST else f"ingests.{stub.name}"
                    raise _placed(failure, self.settings, key) from failure
                if isinstance(failure, BothendsError):
                    raise failure
                raise HarnessError(f"The world's {stub.name} failed: {failure!r}") from failure
        return self._recorder.take()

    @property
    def dropped(self) -> int:
        """How many records of what was witnessed there was no room for, since the start."""
        return self._recorder.dropped

    @property
    def arrived(self) -> int:
        """How many requests reached an ingest since the start, and how many it met before they could be read."""
        return self._recorder.posts + sum(stub.met for stub in self._ingests.values())

    def arrivals(self) -> dict[str, int]:
        """Return, for each ingest, how many events reached it since the start, and what it met before it was read.

        Attempts at one event count once, as far as they can be told.
        """
        return {name: stub.first_attempts + stub.met for name, stub in self._ingests.items()}

    @property
    def witnessed(self) -> int:
        """How many deliveries were settled since the last `take`."""
        return self._recorder.waiting

    @property
    def witnessed_at_a_callback(self) -> int:
        """How many of these came to the address of a callback, or are of one wherever they came."""
        return self._recorder.waiting_at_a_callback

    def in_progress(self, name: str) -> int:
        """Return how many requests an upstream, or the ingest, has read and not yet answered.

        Args:
            name: The upstream's name, or `ingest`.

        Raises:
            KeyError: There is no such upstream.
        """
        return self._stubs[name].listener.connections.in_progress

    @property
    def lets_deliveries_hang(self) -> bool:
        """Whether the target still waits for the acknowledgement of a delivery that an ingest has let hang."""
        return any(stub.listener.connections.hangs for stub in self._ingests.values())

    async def quiet(self, timeout: float) -> bool:  # noqa: ASYNC109 -- the answer is whether it was in time, not an error
        """Wait until no request is in progress; one that hangs counts until the target gives up.

        Args:
            timeout: Seconds to wait at most.

        Returns:
            Whether all was quiet in time.
        """
        for _ in range(2):  # what has arrived already is read first
            await asyncio.sleep(0)
        services = [stub.listener.connections for stub in self._all()]
        try:
            async with asyncio.timeout(timeout):
                while any(each.busy for each in services):
                    for each in services:
                        await each.idle()
        except TimeoutError:
            return False
        return True

    async def followed(self, timeout: float) -> None:  # noqa: ASYNC109 -- what is not followed in time is no error
        """Wait until the target has called each address that a redirect of an ingest has told it.

        Args:
            timeout: Seconds to wait at most: a target that follows none calls nobody.
        """
        clock = asyncio.get_running_loop().time
        until = clock() + timeout
        while self._recorder.followable and clock() < until:  # noqa: ASYNC110 -- nothing tells that no call will come
            await asyncio.sleep(_LOOK_SECONDS)
        self._recorder.forget_redirects()

    @property
    def redirected(self) -> bool:
        """Whether a redirect of an ingest has told the target an address, since calls to such were waited for."""
        return self._recorder.redirects

    def _all(self) -> tuple[StubService, ...]:
        return (*self._stubs.values(), self._canary)

    def _ingest(self, name: str, place: Place, events: Sequence[EventContract]) -> IngestStub:
        table = self.settings.ingests[name]
        kind = INGESTS.get(table.kind)
        if not issubclass(kind, Ingest):
            raise HarnessError(f"{kind.__name__} is no subclass of `bothends.kinds.Ingest`")
        own = [event for event in events if event.ingest == name]
        # hex: safe in a URL's path, in a header and in an environment variable
        ingest = kind(name, table, own, table.event_key or secrets.token_hex(16))
        for event in own:
            ingest.check(event)
        return IngestStub(ingest, replace(place, port=table.port))

    def _answers(self, name: str, schemas: Mapping[str, Any]) -> Answers:
        if name in _RESERVED_NAMES:
            raise ContractError(
                f"An upstream can't be named `{name}`", expected="a name that bothends does not use itself"
            )
        if name not in schemas:
            raise ContractError(f"The answers of the upstream `{name}` have no schema")
        return Answers(name, schemas[name], self.seed)


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
            "fixed" if settings.ingests[place.ingest].callback_path == "fixed" else token,
            len(place.mark),
        )
        for place in places
    }


def _placed(error: ContractError, settings: WorldSettings, key: str) -> ContractError:
    """Return an error with the place in the settings file that it is about."""
    where = None if settings.file is None else settings_location(settings.file, f"world.{key}")
    return ContractError(error.problem, where=where, expected=error.expected, advice=error.advice)
