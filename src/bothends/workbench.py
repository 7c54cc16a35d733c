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
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self, TypeVar

from bothends.contract import load
from bothends.engine.by_hand import case_by_hand
from bothends.engine.interruption import Interruption
from bothends.engine.options import Options
from bothends.engine.player import Player
from bothends.engine.stage import judge_for, staged
from bothends.engine.waves import Wave
from bothends.records import Request

if TYPE_CHECKING:
    from collections.abc import Coroutine, Iterator, Mapping

    from bothends.contract import Contract, Operation
    from bothends.engine.judge import Judge
    from bothends.engine.stage import Stage
    from bothends.records import Breach, Exchange

T = TypeVar("T")

_NOTHING: Any = object()
_CLOSED = "open the workbench first, or use it in a `with` block"


class Workbench:
    """A contract with its world and its target, standing from `open` to `close`.

    Attributes:
        contract: What is verified.
        seed: What the world's users and answers are made from.
    """

    def __init__(
        self,
        config: Path | str = "bothends.toml",
        *,
        url: str | None = None,
        command: tuple[str, ...] | None = None,
        env: Mapping[str, str] | None = None,
        seed: int | None = None,
    ) -> None:
        """Load a contract.

        Args:
            config: The settings file.
            url: Base URL of a running target; overrides the file.
            command: Command to launch; overrides the file.
            env: Environment variables of the launched target, over those of the file.
            seed: What the world's users and answers are made from; None: a random one.

        Raises:
            ContractError: The contract is wrong.
        """
        self._options = Options(config=Path(config), url=url, command=command, env=env or {})
        self.contract: Contract = load(self._options.config)
        self.seed = secrets.randbits(32) if seed is None else seed
        self._given: tuple[str, ...] = ()
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
            entered = staged(self.contract, self._options, self.seed, Interruption())
            self._stage = self._await(self._stack.enter_async_context(entered))
        except BaseException:
            self.close()
            raise
        self._judge = judge_for(self.contract, self._stage)
        self._player = Player(self._stage, 1)

    def close(self) -> None:
        """Stop the target, then the world."""
        loop, thread = self._loop, self._thread
        if loop is None or thread is None:
            return
        try:
            self._await(self._stack.aclose())
        finally:
            self._stage = self._judge = self._loop = self._thread = None
            loop.call_soon_threadsafe(loop.stop)
            thread.join()
            loop.close()

    @property
    def addresses(self) -> dict[str, str]:
        """Where the world listens: `settings` and so on, and `target`."""
        stage = self._standing()
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

    def send(self, request: Request, *, as_user: Mapping[str, Any] | None = None) -> Exchange:
        """Send a request, and return all that was witnessed of it.

        Args:
            request: What is sent.
            as_user: Who signs in, `name`, `email`, `image`; None: a user who was not there before.

        Raises:
            ContractError: A state's sentence is unknown.
            HarnessError: The world failed.
        """
        stage = self._standing()
        case = case_by_hand(self._operation(), request, self._given, stage.upstreams)
        wave = Wave(stage.states_of(case), (case,), concurrency=1, user=as_user)
        return self._await(self._player.play(wave)).attributed.exchanges[0]

    def post(
        self,
        *,
        json: Any = _NOTHING,
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        as_user: Mapping[str, Any] | None = None,
    ) -> Exchange:
        """Send a request of the contract's operation.

        Args:
            json: Its body as a JSON value.
            body: Its body as bytes; with neither, there is none.
            headers: Its headers; with `json`, the media type is `application/json` unless they say otherwise.
            as_user: Who signs in, `name`, `email`, `image`; None: a user who was not there before.
        """
        operation = self._operation()
        fields = dict(headers or {})
        if json is not _NOTHING:
            body = json_text.dumps(json).encode()
            fields = {"Content-Type": "application/json", **fields}
        return self.send(Request(operation.method, operation.path, tuple(fields.items()), body), as_user=as_user)

    def check(self, exchange: Exchange) -> list[Breach]:
        """Return the laws that an exchange has broken; none when it has kept the contract."""
        if self._judge is None:
            raise RuntimeError(_CLOSED)
        return list(self._judge.one(exchange, self._player.calls))

    def _operation(self) -> Operation:
        return self.contract.operations[0]

    def _standing(self) -> Stage:
        if self._stage is None:
            raise RuntimeError(_CLOSED)
        return self._stage

    def _await(self, work: Coroutine[Any, Any, T]) -> T:
        if self._loop is None:
            work.close()
            raise RuntimeError(_CLOSED)
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()
