"""A workbench: one contract, its world and its target, to send a request and look at the exchange.

For notebooks and tests. It is synchronous, so that it works where an event loop runs already: the
world and the client live in a thread of their own.
"""

from __future__ import annotations

import contextlib
import secrets
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from bothends.display import Breaches, Telling, show_records
from bothends.engine import Options, asked_contract
from bothends.engine.play import Batch, manual_case, of_no_operation
from bothends.errors import HarnessError
from bothends.workbench.by_hand import NOTHING, checked_user, chosen_operation, request_of
from bothends.workbench.late import stored
from bothends.workbench.opened import Opened, open_in_background
from bothends.world import read

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import httpx

    from bothends.contract import Contract
    from bothends.records import Condition, Exchange, Request
    from bothends.workbench.clients import Clients


class Workbench:
    """A contract with its world and its target, standing from `open` to `close`.

    What needs it to be open raises a `RuntimeError` where it is not, and a `HarnessError` where the world has failed.

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
        """Load a contract; a running target's URL, or a command with its environment, override the settings file.

        Without a seed, from which the world's users and answers are made, there is a random one. The target's `log` is
        in the state folder. Workbenches with the same `turns` wait for each other where there is one process of the
        target at a time; an empty one is refused where another has the target.

        Raises:
            ContractError: The contract is wrong.
            TargetError: The target serves the spec, and can't be started or reached.
        """
        self._turns = turns
        self.options = Options(config=Path(config), url=url, command=command, env=env or {})
        self.contract: Contract = asked_contract(self.options, group=turns)
        self.seed = secrets.randbits(32) if seed is None else seed
        self._log = log
        self._given: tuple[str, ...] = ()
        self._clients: Clients | None = None
        self._opened: Opened | None = None

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
        self._opened = open_in_background(self.contract, self.options, self.seed, log=self._log, turns=self._turns)
        show_records(self.telling)

    def close(self) -> None:
        """Stop the target, then the world."""
        opened, self._opened = self._opened, None
        if opened is not None:
            opened.close()

    @property
    def opened(self) -> Opened:
        """What it has while it is open."""
        if self._opened is None:
            raise RuntimeError("Open the workbench first, or use it in a `with` block.")
        return self._opened

    @property
    def telling(self) -> Telling:
        """What is needed to tell of what was made here."""
        testbed = self.opened.testbed
        return Telling(frozenset(testbed.world.secrets.hidden()), testbed.target.base_url, self.options.config)

    @property
    def conditions(self) -> tuple[Condition, ...]:
        """What is given now; that a state's sentence is unknown is a `ContractError`."""
        testbed = self.opened.testbed
        return read(self._given, testbed.upstreams, testbed.world.settings.ingests)

    @property
    def addresses(self) -> dict[str, str]:
        """Where the world listens: `settings` and so on, and `target`."""
        testbed = self.opened.testbed
        known = {k.removeprefix("world."): v for k, v in testbed.world.variables().items() if "://" in v}
        return {"target": testbed.target.base_url, **known}

    @property
    def setup(self) -> dict[str, Any]:
        """What the target's setup has yielded, by name."""
        return dict(self.opened.testbed.world.setup.values)

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

        The user who signs in has `name`, `email`, `image`; None: one who was not there before. The operation that the
        request is of is named by its `operationId`; None: the contract's first.

        Raises:
            ContractError: A state's sentence is unknown, there is no such operation, or `as_user` is no user.
            RuntimeError: Requests of a client are under way.
        """
        chosen = chosen_operation(self.contract, operation)
        case = manual_case(chosen, request, self.conditions, self.opened.testbed.upstreams)
        batch = Batch(case.of_the_world, (case,), concurrency=1, user=checked_user(as_user))
        opened = self.opened
        attributed = opened.run(opened.observer.play(batch)).attributed
        if attributed.late or attributed.phantoms:
            opened.late.take([replace(attributed, exchanges=())])
        return opened.late.made(attributed.exchanges[0])

    def post(  # noqa: PLR0913 -- as many as there are parts to a request
        self,
        *,
        json: Any = NOTHING,
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        as_user: Mapping[str, Any] | None = None,
        operation: str | None = None,
        path: str | None = None,
    ) -> Exchange:
        """Send a request of an operation of the contract, with a body as a JSON value, or as bytes, or without one.

        With `json`, the media type is `application/json` unless the headers say otherwise. `path` has path and query as
        they are sent, where the operation's own has parameters in it. All else is as for `send`.
        """
        chosen = chosen_operation(self.contract, operation)
        request = request_of(chosen, json=json, body=body, headers=headers, path=path)
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

        All of its requests are of one caller, who was not there before unless one is named as for `send`, or of a user
        each: what requests at the same time cause is told apart by their users then. Each is sent in the state that is
        given at that time. `exchange` returns what was seen of it at both ends. The options are what `httpx.Client`
        takes beside: `timeout` (default: the target's time limit), `headers`, `follow_redirects` and so on.

        Raises:
            ContractError: `as_user` is no user, or is given beside `own_users`.
            HarnessError: httpx is not installed.
            TypeError: An option is one that the workbench itself gives: `base_url`, `transport`.
        """
        clients = self._of_httpx
        return clients.client(clients.caller(as_user, signed_out=signed_out, own_users=own_users), options)

    def async_client(
        self,
        *,
        as_user: Mapping[str, Any] | None = None,
        signed_out: bool = False,
        own_users: bool = False,
        **options: Any,
    ) -> httpx.AsyncClient:
        """Return the like of `client` for `async with` and `await`, in any event loop of asyncio."""
        clients = self._of_httpx
        return clients.async_client(clients.caller(as_user, signed_out=signed_out, own_users=own_users), options)

    def exchange(self, of: httpx.Response | httpx.Request | httpx.RequestError) -> Exchange:
        """Return the exchange of a response, or of the error in its place: answer, event deliveries and upstream calls.

        Of no request that a client of this workbench has sent to the target, this is a `ValueError`.
        """
        seen = self._of_httpx.exchange(of)
        return seen if self._opened is None else self._opened.late.made(seen)

    def latest(self, exchange: Exchange) -> Exchange:
        """Return an exchange with what was seen for it since: by `settle`, `wait_for_events` or a later request."""
        return exchange if self._opened is None else self._opened.late.latest(exchange)

    def wait_for_events(self, exchange: Exchange, count: int, *, within: float | None = None) -> Exchange:
        """Wait for events behind the answer, and return the exchange with all that has come for it.

        A consumer must have so many events, each counted once; with fewer after so many seconds (None: the time limit
        of the target), the exchange is returned as it is then.
        """
        seconds = self.opened.testbed.time_limit if within is None else within

        def have_come() -> bool:
            return len(stored(self.latest(exchange))) >= count

        self.opened.run(self.opened.until(have_come, seconds))
        return self.latest(exchange)

    def check(self, exchange: Exchange) -> Breaches:
        """Return the laws that an exchange has broken; none when it has kept the contract.

        An event that no answer waits for is lost when it had its time: until then it is waited for. What is late as the
        target, or bothends itself, had no processor meanwhile or was stopped, breaks no law. A path that the contract
        does not have is a `ContractError`.
        """
        opened = self.opened
        if not exchange.case.operation:
            raise of_no_operation(exchange.case.request, self.contract)
        whole = opened.excused(opened.run(opened.with_its_events(exchange)))
        return Breaches(opened.judge.one(whole, opened.exchange_runner.tying.calls), self.telling)

    def settle(self, within: float | None = None) -> Breaches:
        """Wait for late events, and return the laws that they have broken.

        What comes after an exchange is no part of it: an event sent twice in the background, say. `latest` has it. So
        many seconds at most are waited, for events that are owed and for attempts after one that was not acknowledged;
        None: for attempts only where the contract promises them, and as long as it says.
        """
        return Breaches(self.opened.run(self.opened.settled(within)), self.telling)

    def restart(self) -> None:
        """Stop the target, when it still runs, and start it again in the same world; a failure is a `TargetError`."""
        self.opened.run(self.opened.restart())

    @property
    def _of_httpx(self) -> Clients:
        if self._clients is None:
            try:
                from bothends.workbench.clients import Clients  # noqa: PLC0415 -- httpx is loaded for its users only
            except ModuleNotFoundError as error:
                raise HarnessError("Httpx is not installed", advice="pip install 'bothends[client]'") from error
            self._clients = Clients(self)
        return self._clients
