"""Serves the mock on the world's listeners: requests are answered in order, and an end loses none that has begun."""

from __future__ import annotations

import asyncio
import socket
import time
from dataclasses import replace
from email.utils import formatdate
from functools import lru_cache
from typing import TYPE_CHECKING

from bothends.clock import Clock
from bothends.errors import ContractError, MachineError
from bothends.mock.destinations import is_of_this_machine
from bothends.world import Listener, Reply, origin_form

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from bothends.world import Connection, Received

    Handler = Callable[[Received], Awaitable[Reply]]
    Refusal = Callable[[int, str], Reply]

_MOST_CONNECTIONS = 768
"""More than a test of load opens; what the mock itself sends fits beside them into the 1,024 files of many systems."""
_LAST_SECONDS = 4.0
"""How long an end waits for clients that are slow to read their answers."""


class Server:
    """Listens on one port, at all addresses of a host.

    Args:
        handler: Answers a request.
        refusal: Answers what is not HTTP, given a status and why.
        failed: Is told of what a handler raises; the answer is 500.
    """

    def __init__(self, handler: Handler, refusal: Refusal, failed: Callable[[BaseException], None]) -> None:
        self._handler = handler
        self._refusal = refusal
        self._failed = failed
        self._tasks: set[asyncio.Task[None]] = set()
        self._listeners: list[Listener] = []
        self._host = ""
        self.reached_by_others = False

    async def start(self, host: str, port: int) -> None:
        """Listen.

        Raises:
            ContractError: The host is no address of this machine.
            MachineError: The port is in use.
        """
        self._host = host
        addresses = await _addresses(host)
        try:
            for address in addresses:
                listener = Listener(
                    "the mock",
                    address,
                    self._listeners[0].port.number if self._listeners else port,
                    service=self,
                    clock=Clock(),
                    strict=True,
                    most=_MOST_CONNECTIONS,
                    told=self._failed,
                )
                listener.start()
                self._listeners.append(listener)
        except MachineError as error:
            await asyncio.gather(*(listener.stop() for listener in self._listeners))
            advice = "Stop the program that uses the port, or give another --port"
            raise MachineError(error.problem, advice=advice) from error
        self.reached_by_others = not all(map(is_of_this_machine, addresses))

    @property
    def url(self) -> str:
        """The base URL."""
        host = f"[{self._host}]" if ":" in self._host else self._host
        return f"http://{host}:{self._listeners[0].port.number}"

    async def end(self) -> None:
        """Take no more connections, answer what has begun, and close the rest."""
        await asyncio.gather(*(listener.drain(_LAST_SECONDS) for listener in self._listeners))

    def serve(self, received: Received, connection: Connection) -> None:
        """Begin to answer one request."""
        if received.problem:
            connection.reply(_dated(self._refusal(received.status, received.problem)))
            return
        task = asyncio.get_running_loop().create_task(self._answer(received, connection))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _answer(self, received: Received, connection: Connection) -> None:
        if not received.target.startswith("/"):
            received = replace(received, target=origin_form(received.target))
        try:
            reply = await self._handler(received)
        except Exception as error:  # noqa: BLE001 -- told, and answered as what it is
            self._failed(error)
            reply = self._refusal(500, "the mock failed")
        connection.reply(_dated(reply))


async def _addresses(host: str) -> list[str]:
    try:
        found = await asyncio.get_running_loop().getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except socket.gaierror as error:
        problem = f"cannot listen on {host}: {error.strerror}"
        raise ContractError(problem, expected="an address of this machine, such as 127.0.0.1") from error
    return list(dict.fromkeys(str(address[0]) for *_, address in found))


def _dated(reply: Reply) -> Reply:
    """Return an answer as it is sent: with its date (RFC 9110 section 6.6.1), and what can be written in a header."""
    headers = tuple((name, value if value.isascii() else _in_latin_1(value)) for name, value in reply.headers)
    return Reply(reply.status, (("Date", _date(int(time.time()))), *headers), reply.body)


def _in_latin_1(value: str) -> str:
    return value.encode("latin-1", "replace").decode("latin-1")


@lru_cache(maxsize=1)
def _date(second: int) -> str:
    return formatdate(second, usegmt=True)
