"""The test bed of a run: the world listens, the target is ready, and the client is connected."""

from __future__ import annotations

import asyncio
import contextlib
import tempfile
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from bothends.cases import calling_nobody, plain_cases
from bothends.client import Client
from bothends.clock import Clock
from bothends.contract.messages import EVENT_KEY
from bothends.contract.settings import settings_location
from bothends.contract.tables import setup_names
from bothends.engine.testbed.machine import Machine
from bothends.engine.testbed.preparation import Preparation
from bothends.engine.tie import Address
from bothends.errors import ContractError, Location
from bothends.launch import (
    LANE,
    LANE_FOLDER,
    REACH_LIMIT,
    START_LIMIT,
    STATE_FOLDER,
    LaunchedTarget,
    RunningTarget,
    TargetLock,
    in_words,
    lock_file,
    templates_of,
)
from bothends.state_folder import make_state_folder
from bothends.world import World

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence

    from bothends.contract import Contract
    from bothends.contract.settings import TargetSettings
    from bothends.engine.control import Interruption
    from bothends.engine.options import Options
    from bothends.launch import Target
    from bothends.records import Case, Request

MEANWHILE_AFTER = 0.05
"""Until the target's process is there and does its own loading, seconds."""


class TestBed:
    """All that stands while a run goes on.

    Attributes:
        starts: When the target was started, each time; by the clock, seconds. Whoever remembers what requests have made
            looks here: one that starts anew may have forgotten it.
    """

    def __init__(  # noqa: PLR0913, PLR0917 -- all that stands
        self,
        world: World,
        target: Target,
        clock: Clock,
        upstreams: tuple[str, ...],
        time_limit: float,
        answer_limit: int,
        machine: Machine,
        preparation: Preparation | None = None,
        lock: TargetLock | None = None,
    ) -> None:
        self.lock = lock  # held while the target is there; None: others may be launched beside it
        self._preparation = preparation
        self.machine = machine
        self.world = world
        self.target = target
        self.clock = clock
        self.upstreams = upstreams  # names of the world's parts, `ingest` among them
        self.starts: list[float] = []
        self._time_limit = time_limit  # seconds until an answer must be whole
        self._answer_limit = answer_limit  # most bytes of an answer's body that are read
        self._client: Client | None = None
        self._places: tuple[str, ...] | None = None

    @property
    def client(self) -> Client:
        """The client of the target that runs now."""
        if self._client is None:
            raise RuntimeError("start the target first")
        return self._client

    @property
    def time_limit(self) -> float:
        """How long an answer is waited for, seconds."""
        return self._time_limit

    def connect(self) -> None:
        """Make a client for where the target listens now."""
        self._client = Client(
            self.target.base_url, clock=self.clock, time_limit=self._time_limit, body_limit=self._answer_limit
        )

    async def disconnect(self) -> None:
        """Close the client's connections."""
        if self._client is not None:
            await self._client.close()

    @contextlib.asynccontextmanager
    async def connected_anew(self, time_limit: float | None = None) -> AsyncIterator[None]:
        """Send while the body runs over new connections, which are closed then.

        Args:
            time_limit: How long an answer is waited for meanwhile, seconds; None: as long as ever.
        """
        before, limit = self._client, self._time_limit
        self._time_limit = limit if time_limit is None else time_limit
        self.connect()
        try:
            yield
        finally:
            await self.disconnect()
            self._client, self._time_limit = before, limit

    def note_start(self) -> None:
        """Note that the target starts anew, or that others have started it: all that must know are told by this."""
        self.world.services.target_started()
        self.starts.append(self.clock.now())

    async def launch(self) -> None:
        """Start the target and wait until it is ready, without setup."""
        self.note_start()
        await self.target.start()

    async def start(self) -> None:
        """Start the target, wait until it is ready, prepare it, and make a client for it.

        Raises:
            ContractError: Its settings are wrong.
            TargetError: It could not be started or reached, or its setup fails.
        """
        await self.launch()
        await self.prepare()
        await self.disconnect()
        self.connect()

    async def start_again(self) -> None:
        """Start a target that has ended, and that has kept what it had: nobody forgets what it was asked.

        Raises:
            TargetError: It could not be started.
        """
        self.world.services.target_goes_on()
        await self.target.start()
        await self.prepare()
        await self.disconnect()
        self.connect()

    @contextlib.asynccontextmanager
    async def aside(self) -> AsyncIterator[None]:
        """Stop the target, and let another test bed launch it while the body runs; `start` starts it again."""
        await self.disconnect()
        await self.target.stop()
        async with self.world.aside():
            yield

    @property
    def prepared(self) -> bool:
        """Whether something is done each time the target is ready, before any case."""
        return self._preparation is not None and self._preparation.is_some

    @property
    def setup_windows(self) -> Sequence[tuple[float, float]]:
        """When setup ran, and its events came to rest; by the clock, seconds."""
        return () if self._preparation is None else self._preparation.windows

    @property
    def setup_requests(self) -> Sequence[Request]:
        """The requests of setup that the target has taken; what later ones are may be added to it."""
        return () if self._preparation is None else self._preparation.requests

    async def prepare(self) -> None:
        """Run setup on a target that is ready, and wait until its events have come to rest."""
        if self._preparation is not None:
            await self._preparation.run(self.target)
            self._places = None  # values of setup are part of the world's variables

    async def renew(self) -> None:
        """Renew credentials that do not last, where they are too old."""
        if self._preparation is not None:
            await self._preparation.renew(self.target)
            self._places = None  # values of setup are part of the world's variables

    @property
    def addresses(self) -> dict[str, Address]:
        """Where each ingest is."""
        ingests = self.world.services.ingests
        tables = self.world.settings.ingests
        return {
            name: Address(stub.base_url, stub.ingest.event_key, tables[name].stands_for)
            for name, stub in ingests.items()
        }

    @property
    def places(self) -> tuple[str, ...]:
        """`host:port` of all services of the world."""
        if self._places is None:  # each request asks
            addresses = (v for k, v in self.world.variables().items() if k.startswith("world.") and "://" in v)
            self._places = tuple(dict.fromkeys(urlsplit(address).netloc for address in addresses))
        return self._places

    def control(self, contract: Contract) -> list[Case]:
        """Return one case that must succeed, to stand before cases that a person has chosen."""
        return list(islice(calling_nobody(contract, plain_cases(contract, "success")), 1))

    def controls(self, contract: Contract) -> list[Case]:
        """Return one case that must succeed of each operation that has such, in the contract's order."""
        first: dict[str, Case] = {}
        for case in calling_nobody(contract, plain_cases(contract, "success")):
            first.setdefault(case.operation, case)
        return [first[operation.id] for operation in contract.operations if operation.id in first]


def target_settings(contract: Contract, options: Options) -> TargetSettings:
    """Return the `[target]` table with what the caller chose over it.

    Raises:
        ContractError: There is no target, or one that runs already can't know where the world will be.
    """
    chosen = contract.settings.target
    if options.url is not None:
        chosen = replace(chosen, url=options.url)
    if options.command is not None:
        chosen = replace(chosen, command=options.command, url=options.url)
    if options.env:
        chosen = replace(chosen, env={**chosen.env, **options.env}, env_of_call=frozenset(options.env))
    if not chosen.command and chosen.url is None:
        raise ContractError(
            "There is no target: neither a command nor a URL",
            where=Location(contract.settings.file, "target"),
            expected="`command` or `url` under [target], or --command or --url",
            advice="bothends verify --url http://127.0.0.1:3000",
        )
    if chosen.url is not None:
        _check_known_to_a_running_target(contract)
        if not urlsplit(chosen.url).path.strip("/"):
            chosen = replace(chosen, url=f"{chosen.url.rstrip('/')}{chosen.base_path or ''}")
    return chosen


def copies_apart(contract: Contract, settings: TargetSettings) -> bool:
    """Return whether several processes of a target may run at once: they share nothing, nor do their worlds."""
    return settings.isolated and not contract.settings.world.named_ports


def target_lock(contract: Contract, options: Options, *, group: str = "") -> TargetLock | None:
    """Return the lock of a run that launches its target; None: it runs already, or others may be beside it.

    Those of one group wait for each other; empty: who comes second is refused.
    """
    settings = target_settings(contract, options)
    if settings.url is not None or copies_apart(contract, settings):
        return None
    make_state_folder(options.state_folder)
    return TargetLock(lock_file(options.state_folder, options.config, settings.command), group=group)


def _check_known_to_a_running_target(contract: Contract) -> None:
    world = contract.settings.world
    missing = [f"[world.upstreams.{name}] port" for name, upstream in world.upstreams.items() if upstream.port is None]
    told = {event.url.ingest for event in contract.events if event.url.ingest}
    keyed = {event.url.ingest for event in contract.events if EVENT_KEY in event.url.names}
    for name, ingest in world.ingests.items():
        table = "[world.ingest]" if name == "ingest" else f"[world.ingests.{name}]"
        # Of a URL that comes with the request, a running target need not have been told before.
        missing += [f"{table} port"] if ingest.port is None and name in told else []
        missing += [f"{table} event_key"] if ingest.event_key is None and name in keyed else []
        made = ingest.signature is not None and ingest.signature.made
        missing += [f"{table[:-1]}.signature] secret"] if made else []
        if ingest.tls:
            raise ContractError(
                f"{table} has `tls`, but a running target can't trust an authority that is made for each run",
                where=settings_location(contract.settings.file, f"{table[1:-1]}.tls"),
                expected="a target that bothends launches, which gets {world.ca}",
                advice="Remove tls, or let bothends launch the target with --command",
            )
    single = {} if world.session is None else {"[world.session]": world.session}
    others = {f"[world.sessions.{name}]": each for name, each in world.sessions_by_scheme.items()}
    missing += [f"{table} {key}" for table, each in (single | others).items() for key in each.not_known]
    if missing:
        raise ContractError(
            f"A running target already has the addresses and secrets of the world, but the settings do not: "
            f"{', '.join(missing)}",
            where=Location(contract.settings.file, "world"),
            expected="the ports, the secret and the key that the running target uses",
            advice="Add them, or let bothends launch the target with --command",
        )


@contextlib.contextmanager
def lane_variables(options: Options, settings: TargetSettings) -> Iterator[dict[str, str]]:
    """Return what `{lane}`, `{lane.dir}` and `{target.state}` stand for; folders are fresh, and gone in the end.

    Args:
        options: What the caller chose.
        settings: The `[target]` table; a folder that it does not name, there is not.
    """
    named = [
        each for each in (LANE_FOLDER, STATE_FOLDER) if any(f"{{{each}}}" in one for one in templates_of(settings))
    ]
    with contextlib.ExitStack() as stack:
        folders = {
            name: stack.enter_context(
                tempfile.TemporaryDirectory(
                    prefix=f"{name.partition('.')[0]}-", dir=options.run_folder.absolute(), ignore_cleanup_errors=True
                )
            )
            for name in named
        }
        yield {LANE: str(options.lane or 1), **folders}


@contextlib.asynccontextmanager
async def open_testbed(  # noqa: PLR0913 -- as many as there are ways to set a test bed
    contract: Contract,
    options: Options,
    seed: int,
    interruption: Interruption,
    *,
    meanwhile: Callable[[], Awaitable[None]] | None = None,
    start: bool = True,
    log: str = "target.log",
    lock: TargetLock | None = None,
    again: bool = False,
) -> AsyncIterator[TestBed]:
    """Set the test bed, and clear it in the end whatever happened.

    Args:
        contract: What is verified.
        options: What the caller chose.
        seed: The run's.
        interruption: Ends the waiting for the target at a person's wish.
        meanwhile: Does what takes the process a while, when the target has begun to start; it is over in the end.
        start: Whether the target is started, and waited for; else the owner of the test bed does so.
        log: Name of the target's log in the run's folder.
        lock: What the caller holds for all of its test beds; None: this one gets a lock, if it needs one.
        again: Whether the run has prepared the target in another world before.

    Raises:
        ContractError: There is no target, or its environment names what there is not; or another run has the target.
        HarnessError: A port of the world's is in use.
        Interrupted: A person asked for the end before the target was ready.
        TargetError: The target could not be started or reached.
    """
    clock = Clock()
    make_state_folder(options.state_folder)
    options.run_folder.mkdir(parents=True, exist_ok=True)
    settings = target_settings(contract, options)
    schemas = {name: contract.answer_schema(name) for name in contract.settings.world.upstreams}
    async with contextlib.AsyncExitStack() as stack:
        if lock is None and (lock := target_lock(contract, options)) is not None:
            stack.callback(lock.release)
            await interruption.guard(lock.acquire())
        lane = stack.enter_context(lane_variables(options, settings))
        settings = replace(settings, cwd=Path(in_words(str(settings.cwd), lane)))
        world = World(contract.settings.world, answer_schemas=schemas, seed=seed, clock=clock, events=contract.events)
        await world.start()
        stack.push_async_callback(world.stop)
        target: Target
        if settings.url is not None:
            limit = settings.start_within_s or REACH_LIMIT
            target = RunningTarget(settings.url, ready=settings.ready, start_limit=limit)
        else:
            target = LaunchedTarget(
                settings,
                variables={**world.variables(), **lane},
                host=contract.settings.world.host,
                log_file=options.run_folder / log,
                start_limit=settings.start_within_s or START_LIMIT,
                hide=world.secrets.hidden(),
                lock=lock,
            )
        stack.push_async_callback(target.stop)
        working = None if meanwhile is None else asyncio.ensure_future(_soon(meanwhile))
        if working is not None:
            stack.callback(working.cancel)
        upstreams = contract.settings.world.parts
        limits = contract.settings.time_limit_ms / 1000, settings.answer_limit_bytes
        machine = Machine(clock, lambda: target.pid)
        await stack.enter_async_context(machine.watching())
        needed = contract.setup_names.union(setup_names(contract.settings.spec_headers))
        preparation = Preparation(settings, world, clock, needed=needed, again=again)
        testbed = TestBed(world, target, clock, upstreams, *limits, machine, preparation, lock)
        stack.push_async_callback(testbed.disconnect)
        if start:
            await interruption.guard(testbed.start())
        if working is not None:
            # What comes next loads modules itself. Where two threads do, Python ends the deadlock of modules that
            # import each other by showing one of them a module half made.
            await interruption.guard(_over(working))
        yield testbed


async def _soon(work: Callable[[], Awaitable[None]]) -> None:
    await asyncio.sleep(MEANWHILE_AFTER)
    await work()


async def _over(work: asyncio.Future[None]) -> None:
    await work
