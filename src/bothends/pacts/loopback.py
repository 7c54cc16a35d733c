"""Who Pact's verifier talks to: it takes this for the provider, and this asks the real one.

A *part* is what is played for the length of one verification. The verifier's requests go to the part, its
changes of provider state are answered here: the states have been set before, by the caller that runs the exchange.
"""

from __future__ import annotations

import asyncio
import base64
import json
from typing import TYPE_CHECKING, Any, Protocol

from bothends.clock import Clock
from bothends.errors import HarnessError
from bothends.records import NoAnswer, Request
from bothends.world import Listener, Reply

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Collection, Mapping

    from bothends.records import Answer
    from bothends.world import Connection, Received

_HOST = "127.0.0.1"
_JSON = ("content-type", "application/json")
# They belong to one connection (RFC 9110 section 7.6.1), or say what the writer of the message says itself.
_NOT_PASSED_ON = frozenset(
    {
        "connection",
        "content-length",
        "expect",
        "host",
        "keep-alive",
        "proxy-connection",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
    }
)


def end_to_end(headers: tuple[tuple[str, str], ...]) -> tuple[tuple[str, str], ...]:
    """Return the headers that are meant for the other end, not for this connection."""
    return tuple((name, value) for name, value in headers if name.lower() not in _NOT_PASSED_ON)


class Part(Protocol):
    """What is played while one interaction is verified.

    Attributes:
        asked: Requests of the verifier so far.
    """

    asked: int

    def busy(self) -> bool:
        """Whether the verifier waits for this part at this moment."""
        ...

    def serve(self, received: Received, connection: Connection) -> None:
        """Begin to answer one request."""
        ...

    def stop(self) -> None:
        """Leave what is unfinished."""
        ...


class ProviderPart:
    """The provider of an HTTP interaction: each request is handed on, and the answer handed back.

    Args:
        ask: Sends a request to the real provider.
        named: The names of the headers that the pact itself gives. The verifier's own (`User-Agent`,
            `Accept-Encoding`, …) are no part of what the consumer sends.

    Attributes:
        asked: Requests of the verifier so far; only the first is handed on, since nothing is sent twice.
        answer: What came of it; None until then.
        failure: What asking raised; None when it did not.
    """

    def __init__(self, ask: Callable[[Request], Awaitable[Answer | NoAnswer]], named: Collection[str]) -> None:
        self.asked = 0
        self.answer: Answer | NoAnswer | None = None
        self.failure: Exception | None = None
        self._ask = ask
        self._named = frozenset(name.lower() for name in named)
        self._task: asyncio.Task[None] | None = None

    def busy(self) -> bool:
        """Whether the provider is being asked."""
        return self._task is not None and not self._task.done()

    def serve(self, received: Received, connection: Connection) -> None:
        """Ask the provider."""
        self.asked += 1
        if self._task is not None:
            connection.reset()
            return
        headers = tuple(pair for pair in end_to_end(received.headers) if pair[0] in self._named)
        request = Request(received.method, received.target, headers, received.body or None)
        self._task = asyncio.get_running_loop().create_task(self._pass_on(request, connection))

    def stop(self) -> None:
        """Ask no longer."""
        if self._task is not None:
            self._task.cancel()

    async def _pass_on(self, request: Request, connection: Connection) -> None:
        try:
            self.answer = await self._ask(request)
            if isinstance(self.answer, NoAnswer):
                connection.reset()
            else:
                connection.reply(Reply(self.answer.status, end_to_end(self.answer.headers), self.answer.body))
        except Exception as failure:  # noqa: BLE001 -- raised where the verification was asked for
            self.failure = failure
            connection.reset()


class MessagePart:
    """The provider of a message: whatever is asked, the message is the answer.

    Args:
        message: The message's bytes.
        content_type: Its media type.
        metadata: Its metadata.

    Attributes:
        asked: Requests of the verifier so far.
    """

    def __init__(self, message: bytes, content_type: str, metadata: Mapping[str, Any]) -> None:
        self.asked = 0
        # A header takes Latin-1 at most, so the protocol has the metadata as base64 of JSON.
        packed = base64.b64encode(json.dumps(dict(metadata)).encode("ascii")).decode("ascii")
        self._reply = Reply(200, (("content-type", content_type), ("pact-message-metadata", packed)), message)

    def busy(self) -> bool:
        """Whether the verifier waits: never, the message is there."""
        return False

    def serve(self, received: Received, connection: Connection) -> None:  # noqa: ARG002 -- as for each part
        """Answer with the message."""
        self.asked += 1
        connection.reply(self._reply)

    def stop(self) -> None:
        """Leave nothing: there is nothing unfinished."""


class _States:
    """Answers changes of provider state: done, and the values are the state's own parameters.

    A pact's generators may take values from what a state answers (`fromProviderState`).
    """

    def serve(self, received: Received, connection: Connection) -> None:
        change = json.loads(received.body)
        values = change.get("params") or {}
        connection.reply(Reply(200, (_JSON,), json.dumps(values).encode("ascii")))


class Loopback:
    """Two listeners: one for the provider that is being played, one for the changes of state.

    Attributes:
        part: What is played now; None between verifications.
    """

    def __init__(self) -> None:
        clock = Clock()
        self.part: Part | None = None
        self._provider = Listener("Pact's verifier", _HOST, None, service=self, clock=clock)
        self._states = Listener("Pact's states", _HOST, None, service=_States(), clock=clock)

    @property
    def port(self) -> int:
        """The port that the verifier takes for the provider's."""
        return self._provider.port.number

    @property
    def states(self) -> str:
        """The URL that takes the changes of state."""
        return f"{self._states.url}/states"

    def start(self) -> None:
        """Listen, or raise a `HarnessError` where no port is free."""
        self._provider.start()
        self._states.start()

    async def stop(self) -> None:
        """Listen no longer."""
        await self._provider.stop()
        await self._states.stop()

    def check(self) -> None:
        """Raise a `HarnessError` where a request could not be served."""
        failures = [*self._provider.failures, *self._states.failures]
        if failures:
            raise HarnessError(f"A request of Pact's verifier could not be served: {failures[0]}") from failures[0]

    def serve(self, received: Received, connection: Connection) -> None:
        """Hand a request to the part that is played."""
        if received.problem:
            connection.reply(Reply(received.status, (), received.problem.encode()))
        elif self.part is None:
            connection.reset()
        else:
            self.part.serve(received, connection)
