"""A workbench: one contract, its world and its target, to send a request and look at the exchange.

For notebooks and tests. It is synchronous, so that it works where an event loop runs already: the
world and the client live in a thread of their own.
"""

from __future__ import annotations

import asyncio
import contextlib
import json as json_text
import secrets
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self, TypeVar

from bothends.contract import load
from bothends.display import Breaches, Telling, show_records
from bothends.engine import Interruption, Options
from bothends.engine.judge import judge_for
from bothends.engine.play import (
    LIMITS,
    Batch,
    ExchangeRunner,
    Observer,
    Pending,
    manual_case,
    of_no_operation,
)
from bothends.engine.testbed import open_testbed, target_lock
from bothends.engine.tie import Attributed
from bothends.errors import ContractError, HarnessError
from bothends.records import Request
from bothends.workbench.background import Background, waited_for
from bothends.workbench.late import Late, stored
from bothends.workbench.users import checked_user
from bothends.world import read

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Coroutine, Iterator, Mapping
    from concurrent.futures import Future

    import httpx

    from bothends.contract import Contract, Operation
    from bothends.engine.judge import Judge
    from bothends.engine.testbed import TestBed
    from bothends.launch import TargetLock
    from bothends.records import Condition, Exchange
    from bothends.workbench.clients import Caller, Clients

T = TypeVar("T")

_NOTHING: Any = object()
_CLOSED = "Open the workbench first, or use it in a `with` block."


class Workbench:
    """A contract with its world and its target, standing from `open` to `close`.

    Attributes:
        contract: What is verified.
        options: What was chosen beside it.
        seed: What the world's users and answers are made from.
    """

    def __init__(  # noqa: PLR0913 -- as many as there are things to choose
        self,
        config: Path | str = "bothends.toml",
        *,
        url: str | None = None,
        command: tuple[str, ...] | None = None,
        env: Mapping[str, str] | None = None,
        seed: int | None = None,
        log: str = "target.log",
        turns: str = "",
    ) -> None:
        """Load a contract.

        Args:
            config: The settings file.
            url: Base URL of a running target; overrides the file.
            command: Command to launch; overrides the file.
            env: Environment variables of the launched target, over those of the file.
            seed: What the world's users and answers are made from; None: a random one.
            log: Name of the target's log in the state folder.
            turns: What the workbenches have in common that wait for each other, where there is one process of the
                target at a time; empty: this one is refused where another has the target.

        Raises:
            ContractError: The contract is wrong.
        """
        self._turns = turns
        self.options = Options(config=Path(config), url=url, command=command, env=env or {})
        self.contract: Contract = load(self.options.config)
        self.seed = secrets.randbits(32) if seed is None else seed
        self._log = log
        self._given: tuple[str, ...] = ()
        self._late = Late()
        self._clients: Clients | None = None
        self._observer: Observer | None = None
        self._background: Background | None = None
        self._testbed: TestBed | None = None
        self._judge: Judge | None = None

    def __enter__(self) -> Self:
        """Open it for the length of a `with` block."""
        self.open()
        return self

    def __exit__(self, *_: object) -> None:
        """Close it."""
        self.close()

    def open(self) -> None:
        """Start the world, then the target.

        Raises:
            ContractError: Somebody else has a process of the target, and there is one at a time.
            HarnessError: A port of the world's is in use.
            TargetError: The target could not be started or reached.
        """
        self._background = Background()
        try:
            lock = target_lock(self.contract, self.options, group=self._turns) if self._turns else None
            self._testbed = self._background.enter(self._opened(lock))
        except BaseException:
            self.close()
            raise
        self._judge = judge_for(self.contract, self._testbed)
        limit = self.contract.settings.judged_time_limit_ms / 1000
        self._exchange_runner = ExchangeRunner(self._testbed, 1, self.contract.operations, settle=0.0, behind=limit)
        show_records(self.telling)

    @contextlib.asynccontextmanager
    async def _opened(self, lock: TargetLock | None) -> AsyncIterator[TestBed]:
        """Have the test bed, and hold the lock from before the target is launched to its end."""
        if lock is not None:
            await lock.acquire()
        try:
            opened = open_testbed(self.contract, self.options, self.seed, Interruption(), log=self._log, lock=lock)
            async with opened as testbed:
                yield testbed
        finally:
            if lock is not None:
                lock.release()

    def close(self) -> None:
        """Stop the target, then the world."""
        background, self._background = self._background, None
        self._testbed = self._judge = self._observer = None
        self._late = Late()
        if background is not None:
            background.end()

    @property
    def testbed(self) -> TestBed:
        """The world, the target and the client; they belong to the thread of `run`.

        Raises:
            RuntimeError: The workbench is not open.
        """
        if self._testbed is None:
            raise RuntimeError(_CLOSED)
        return self._testbed

    @property
    def telling(self) -> Telling:
        """What is needed to tell of what was made here.

        Raises:
            RuntimeError: The workbench is not open.
        """
        testbed = self.testbed
        return Telling(frozenset(testbed.world.secrets()), testbed.target.base_url, self.options.config)

    @property
    def judge(self) -> Judge:
        """Who judges exchanges here.

        Raises:
            RuntimeError: The workbench is not open.
        """
        if self._judge is None:
            raise RuntimeError(_CLOSED)
        return self._judge

    @property
    def exchange_runner(self) -> ExchangeRunner:
        """Who makes exchanges here, and numbers them: there can be but one.

        Raises:
            RuntimeError: The workbench is not open.
        """
        if self._testbed is None:
            raise RuntimeError(_CLOSED)
        return self._exchange_runner

    @property
    def observer(self) -> Observer:
        """Who sees what clients of this workbench send, in the thread of `run`.

        Raises:
            RuntimeError: The workbench is not open.
        """
        if self._observer is None:
            self._observer = Observer(self.testbed, self.exchange_runner)
        return self._observer

    @property
    def conditions(self) -> tuple[Condition, ...]:
        """What is given now.

        Raises:
            ContractError: A state's sentence is unknown.
            RuntimeError: The workbench is not open.
        """
        testbed = self.testbed
        return read(self._given, testbed.upstreams, testbed.world.settings.ingests)

    @property
    def addresses(self) -> dict[str, str]:
        """Where the world listens: `settings` and so on, and `target`."""
        testbed = self.testbed
        known = {k.removeprefix("world."): v for k, v in testbed.world.variables().items() if "://" in v}
        return {"target": testbed.target.base_url, **known}

    @property
    def setup(self) -> dict[str, Any]:
        """What the target's setup has yielded, by name."""
        return dict(self.testbed.world.setup)

    @contextlib.contextmanager
    def given(self, *sentences: str) -> Iterator[None]:
        """Put the world into a state, and the sessions of what is sent meanwhile.

        Args:
            sentences: Such as `the ingest is unreachable`; `bothends states` lists them.
        """
        before = self._given
        self._given = (*before, *sentences)
        try:
            yield
        finally:
            self._given = before

    def reset(self) -> None:
        """Let the world be well again, whatever was given and not taken back."""
        self._given = ()

    def send(
        self, request: Request, *, as_user: Mapping[str, Any] | None = None, operation: str | None = None
    ) -> Exchange:
        """Send a request, and return all that was witnessed of it.

        Args:
            request: What is sent.
            as_user: Who signs in, `name`, `email`, `image`; None: a user who was not there before.
            operation: `operationId` of the operation that it is of; None: the contract's first.

        Raises:
            ContractError: A state's sentence is unknown, there is no such operation, or `as_user` is no user.
            HarnessError: The world failed.
            RuntimeError: Requests of a client are under way, or the workbench is not open.
        """
        chosen = self._operation(operation)
        case = manual_case(chosen, request, self.conditions, self.testbed.upstreams)
        batch = Batch(case.of_the_world, (case,), concurrency=1, user=checked_user(as_user))
        attributed = self.run(self.observer.play(batch)).attributed
        if attributed.late or attributed.phantoms:
            self._late.take([replace(attributed, exchanges=())])
        return self._late.made(attributed.exchanges[0])

    def post(  # noqa: PLR0913 -- as many as there are parts to a request
        self,
        *,
        json: Any = _NOTHING,
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        as_user: Mapping[str, Any] | None = None,
        operation: str | None = None,
        path: str | None = None,
    ) -> Exchange:
        """Send a request of an operation of the contract.

        Args:
            json: Its body as a JSON value.
            body: Its body as bytes; with neither, there is none.
            headers: Its headers; with `json`, the media type is `application/json` unless they say otherwise.
            as_user: Who signs in, `name`, `email`, `image`; None: a user who was not there before.
            operation: `operationId` of the operation; None: the contract's first.
            path: Path and query as they are sent, where the operation's own has parameters in it.

        Raises:
            ContractError: As `send`.
            HarnessError: The world failed.
        """
        chosen = self._operation(operation)
        fields = dict(headers or {})
        if json is not _NOTHING:
            body = json_text.dumps(json).encode()
            fields = {"Content-Type": "application/json", **fields}
        request = Request(chosen.method, path or chosen.path, tuple(fields.items()), body)
        return self.send(request, as_user=as_user, operation=chosen.id)

    def client(
        self,
        *,
        as_user: Mapping[str, Any] | None = None,
        signed_out: bool = False,
        own_users: bool = False,
        **options: Any,
    ) -> httpx.Client:
        """Return a client of the target, for `with bench.client() as client: client.post("/api/route", json={})`.

        All of its requests are of one caller, who was not there before unless one is named. Each is sent in the state
        that is given at that time. `exchange` returns what was seen of it at both ends.

        Args:
            as_user: Who signs in, `name`, `email`, `image`; None: a user who was not there before.
            signed_out: Whether nobody signs in.
            own_users: Whether each request is of a user of its own: what requests at the same time cause is told apart
                by their users then.
            options: What `httpx.Client` takes beside: `timeout` (default: the target's time limit), `headers`,
                `follow_redirects` and so on.

        Raises:
            ContractError: `as_user` is no user, or is given beside `own_users`.
            HarnessError: httpx is not installed.
            TypeError: An option is one that the workbench itself gives: `base_url`, `transport`.
            RuntimeError: The workbench is not open.
        """
        return self._of_httpx.client(self._caller(as_user, signed_out=signed_out, own_users=own_users), options)

    def async_client(
        self,
        *,
        as_user: Mapping[str, Any] | None = None,
        signed_out: bool = False,
        own_users: bool = False,
        **options: Any,
    ) -> httpx.AsyncClient:
        """Return the like of `client` for `async with` and `await`, in any event loop of asyncio."""
        return self._of_httpx.async_client(self._caller(as_user, signed_out=signed_out, own_users=own_users), options)

    def _caller(self, user: Mapping[str, Any] | None, *, signed_out: bool, own_users: bool) -> Caller:
        if user is not None and own_users:
            raise ContractError("as_user names one user, and own_users asks for many.", expected="one of the two")
        return self._of_httpx.caller(checked_user(user), signed_out=signed_out, own_users=own_users)

    def exchange(self, of: httpx.Response | httpx.Request | httpx.RequestError) -> Exchange:
        """Return the exchange of a response: the answer, the event deliveries and the upstream calls.

        Args:
            of: What a client of this workbench has returned, or the error that it has raised.

        Raises:
            ValueError: It is of no request that a client of this workbench has sent to the target.
        """
        return self._late.made(self._of_httpx.exchange(of))

    def latest(self, exchange: Exchange) -> Exchange:
        """Return an exchange with what was seen for it since: by `settle`, `wait_for_events` or a later request."""
        return self._late.latest(exchange)

    def wait_for_events(self, exchange: Exchange, count: int, *, within: float | None = None) -> Exchange:
        """Wait for events behind the answer, and return the exchange with all that has come for it.

        Args:
            exchange: The exchange.
            count: How many events a consumer must have, each counted once; with fewer when the time is up, the
                exchange is returned as it is then.
            within: Seconds from now; None: the time limit of the target.

        Raises:
            HarnessError: The world failed.
            RuntimeError: The workbench is not open.
        """
        seconds = self.testbed.time_limit if within is None else within

        def have_come() -> bool:
            return len(stored(self.latest(exchange))) >= count

        self.run(self._until(have_come, seconds))
        return self.latest(exchange)

    def check(self, exchange: Exchange) -> Breaches:
        """Return the laws that an exchange has broken; none when it has kept the contract.

        An event that no answer waits for is lost when it had its time: until then it is waited for.

        Raises:
            ContractError: It is of a path that the contract does not have.
            HarnessError: The world failed.
        """
        judge = self.judge
        if not exchange.case.operation:
            raise of_no_operation(exchange.case.request, self.contract)
        whole = self.run(self._with_its_events(exchange))
        return Breaches(judge.one(whole, self.exchange_runner.tying.calls), self.telling)

    def settle(self, within: float | None = None) -> Breaches:
        """Wait for late events, and return the laws that they have broken.

        What comes after an exchange is no part of it: an event sent twice in the background, say. `latest` has it.

        Args:
            within: Seconds to wait at most, for events that are owed and for attempts after one that was not
                acknowledged; None: for attempts only where the contract promises them, and as long as it says.

        Raises:
            HarnessError: The world failed.
        """
        self.run(asyncio.sleep(LIMITS.settle))
        contexts, clock = self.exchange_runner.tying.law_contexts, self.testbed.clock
        if within is None:
            self.run(self._until(lambda: not self._late.awaited(contexts, clock.now())))
        else:
            self.run(self._until(lambda: not self._late.awaited(contexts), within))
        self._late.take([self.run(self.exchange_runner.tying.settle())])
        late = self._late.taken()
        late = [replace(one, late=tuple(e for e in one.late if e.case.operation)) for one in late]
        judged = [one for attributed in late for one in self.judge.batch(attributed, self.exchange_runner.tying.calls)]
        phantoms = [breach for attributed in late for breach in self.judge.phantoms(attributed)]
        return Breaches((*(breach for one in judged for breach in one.breaches), *phantoms), self.telling)

    def restart(self) -> None:
        """Stop the target, when it still runs, and start it again in the same world.

        Raises:
            TargetError: It could not be started.
        """
        self.run(self._restart())

    def _operation(self, name: str | None) -> Operation:
        known = self.contract.operations
        if name is None:
            return known[0]
        names = [each.id for each in known]
        if name not in names:
            raise ContractError(f"The contract has no operation {name!r}", expected=f"one of {', '.join(names)}")
        return self.contract.operation(name)

    @property
    def _of_httpx(self) -> Clients:
        if self._clients is None:
            try:
                from bothends.workbench.clients import Clients  # noqa: PLC0415 -- httpx is loaded for its users only
            except ModuleNotFoundError as error:
                raise HarnessError("Httpx is not installed", advice="pip install 'bothends[client]'") from error
            self._clients = Clients(self)
        return self._clients

    async def _with_its_events(self, exchange: Exchange) -> Exchange:
        """Return an exchange when what it lacks has come, or had its time on this machine."""
        testbed, tying = self.testbed, self.exchange_runner.tying
        pending = Pending[None].of_run(self.contract, tying.law_contexts, testbed.machine)
        attributed, _ = pending.take(Attributed((self.latest(exchange),)), None)
        if attributed.exchanges:
            return attributed.exchanges[0]
        whole: list[Exchange] = []

        def over() -> bool:
            latest = self.latest(exchange)
            if latest.deliveries:
                whole.extend(pending.take(Attributed((), late=(latest,)), None)[0].exchanges)
            return bool(whole) or (now := testbed.clock.now()) >= pending.due(now)

        await self._until(over)
        whole.extend(pending.rest(testbed.clock.now(), tying.faults, hangs=testbed.world.lets_deliveries_hang)[0])
        return whole[0]

    async def _until(self, over: Callable[[], bool], within: float | None = None) -> None:
        """Look at what comes, until something holds, the target has died or the time is up."""
        clock, target = self.testbed.clock, self.testbed.target
        began = clock.now()
        while True:
            self.observer.look()
            self._late.take(self.observer.taken())
            if over() or (within is not None and clock.now() - began >= within) or target.died() is not None:
                return
            await asyncio.sleep(LIMITS.look)

    async def _restart(self) -> None:
        await self.testbed.target.stop()
        await self.testbed.start()

    def submit(self, work: Coroutine[Any, Any, T]) -> Future[T]:
        """Begin some work in the thread in which the world lives.

        Raises:
            RuntimeError: The workbench is not open.
        """
        if self._background is None:
            work.close()
            raise RuntimeError(_CLOSED)
        return self._background.submit(work)

    def at_close(self, work: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Have something done before the target is stopped; nothing when the workbench is not open."""
        if self._background is not None:
            self._background.at_end(work)

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Do some work in the thread in which the world lives, and wait for it.

        Raises:
            RuntimeError: The workbench is not open.
        """
        return waited_for(self.submit(work))
