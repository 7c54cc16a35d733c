"""A workbench: one contract, its world and its target, for whoever wants to send a request and look.

For notebooks and tests. It is synchronous, so that it works where an event loop runs already: the
world and the client live in a thread of their own.
"""

from __future__ import annotations

import asyncio
import contextlib
import json as json_text
import secrets
import threading
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self, TypeVar

from bothends.contract import load
from bothends.display import Breaches, Telling, show_records
from bothends.engine.by_hand import case_by_hand
from bothends.engine.interruption import Interruption
from bothends.engine.options import Options
from bothends.engine.player import SETTLE_SECONDS, Player
from bothends.engine.stage import judge_for, staged
from bothends.engine.waves import Wave
from bothends.errors import ContractError
from bothends.records import Request
from bothends.world import read

if TYPE_CHECKING:
    from collections.abc import Coroutine, Iterator, Mapping

    from bothends.contract import Contract, Operation
    from bothends.engine.attribution import Attributed
    from bothends.engine.judge import Judge
    from bothends.engine.stage import Stage
    from bothends.records import Exchange

T = TypeVar("T")

_NOTHING: Any = object()
_CLOSED = "open the workbench first, or use it in a `with` block"


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
    ) -> None:
        """Load a contract.

        Args:
            config: The settings file.
            url: Base URL of a running target; overrides the file.
            command: Command to launch; overrides the file.
            env: Environment variables of the launched target, over those of the file.
            seed: What the world's users and answers are made from; None: a random one.
            log: Name of the target's log in the state folder.

        Raises:
            ContractError: The contract is wrong.
        """
        self.options = Options(config=Path(config), url=url, command=command, env=env or {})
        self.contract: Contract = load(self.options.config)
        self.seed = secrets.randbits(32) if seed is None else seed
        self._log = log
        self._given: tuple[str, ...] = ()
        self._aside: list[Attributed] = []
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        self._stack = contextlib.AsyncExitStack()
        self._stage: Stage | None = None
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
            HarnessError: A port of the world's is in use.
            TargetError: The target could not be started or reached.
        """
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="bothends", daemon=True)
        self._thread.start()
        try:
            entered = staged(self.contract, self.options, self.seed, Interruption(), log=self._log)
            self._stage = self.run(self._stack.enter_async_context(entered))
        except BaseException:
            self.close()
            raise
        self._judge = judge_for(self.contract, self._stage)
        limit = self.contract.settings.judged_time_limit_ms / 1000
        self._player = Player(self._stage, 1, self.contract.operations, settle=0.0, behind=limit)
        show_records(self.telling)

    def close(self) -> None:
        """Stop the target, then the world."""
        loop, thread = self._loop, self._thread
        if loop is None or thread is None:
            return
        try:
            self.run(self._stack.aclose())
        finally:
            self._stage = self._judge = self._loop = self._thread = None
            loop.call_soon_threadsafe(loop.stop)
            thread.join()
            loop.close()

    @property
    def stage(self) -> Stage:
        """The world, the target and the client; they belong to the thread of `run`.

        Raises:
            RuntimeError: The workbench is not open.
        """
        if self._stage is None:
            raise RuntimeError(_CLOSED)
        return self._stage

    @property
    def telling(self) -> Telling:
        """What is needed to tell of what was made here.

        Raises:
            RuntimeError: The workbench is not open.
        """
        stage = self.stage
        return Telling(frozenset(stage.world.secrets()), stage.target.base_url, self.options.config)

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
    def player(self) -> Player:
        """Who makes exchanges here, and numbers them: there can be but one.

        Raises:
            RuntimeError: The workbench is not open.
        """
        if self._stage is None:
            raise RuntimeError(_CLOSED)
        return self._player

    @property
    def addresses(self) -> dict[str, str]:
        """Where the world listens: `settings` and so on, and `target`."""
        stage = self.stage
        known = {k.removeprefix("world."): v for k, v in stage.world.variables().items() if "://" in v}
        return {"target": stage.target.base_url, **known}

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
            ContractError: A state's sentence is unknown, or there is no such operation.
            HarnessError: The world failed.
        """
        stage = self.stage
        chosen = self._operation(operation)
        case = case_by_hand(
            chosen, request, read(self._given, stage.upstreams, stage.world.settings.ingests), stage.upstreams
        )
        wave = Wave(case.of_the_world, (case,), concurrency=1, user=as_user)
        attributed = self.run(self.player.play(wave)).attributed
        if attributed.late or attributed.phantoms:
            self._aside.append(replace(attributed, exchanges=()))
        return attributed.exchanges[0]

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

    def check(self, exchange: Exchange) -> Breaches:
        """Return the laws that an exchange has broken; none when it has kept the contract."""
        return Breaches(self.judge.one(exchange, self.player.calls), self.telling)

    def settle(self) -> Breaches:
        """Wait for what may still come, and return the laws that what came late has broken.

        What comes after an exchange is no part of it: an event sent twice in the background, say.

        Raises:
            HarnessError: The world failed.
        """
        self.run(asyncio.sleep(SETTLE_SECONDS))
        late = [*self._aside, self.run(self.player.settle())]
        self._aside.clear()
        judged = [one for attributed in late for one in self.judge.wave(attributed, self.player.calls)]
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
            raise ContractError(f"there is no operation {name!r}", expected=f"one of {', '.join(names)}")
        return self.contract.operation(name)

    async def _restart(self) -> None:
        await self.stage.target.stop()
        await self.stage.start()

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Do some work in the thread in which the world lives, and wait for it.

        Raises:
            RuntimeError: The workbench is not open.
        """
        if self._loop is None:
            work.close()
            raise RuntimeError(_CLOSED)
        future = asyncio.run_coroutine_threadsafe(work, self._loop)
        try:
            return future.result()
        except BaseException:
            future.cancel()  # Ctrl-C: what nobody waits for any longer must not go on
            raise
