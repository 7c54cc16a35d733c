"""Bytes sent as they are, for what no well-behaved client sends: broken framing, smuggling, pipelining."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from bothends.records import Answer, NoAnswer
from bothends.target.address import Address
from bothends.target.connector import Connector
from bothends.target.responses import ResponsesReader

if TYPE_CHECKING:
    from bothends.clock import Clock


async def send_raw(  # noqa: PLR0913 -- where to, what, and the two ends of patience
    host: str, port: int, payload: bytes, *, clock: Clock, time_limit: float, quiet: float = 0.25
) -> list[Answer] | NoAnswer:
    """Send bytes on a connection of their own, and return each final answer that comes.

    Reading stops when the target closes, when an answer is there and nothing more came for a while,
    or at the time limit. After HEAD, which has no body to its answer, only the first answer is sure.

    Args:
        host: Name or IP address.
        port: TCP port.
        payload: What is sent.
        clock: The run's clock.
        time_limit: Seconds until reading stops in any case, connecting included.
        quiet: Seconds without a byte after an answer that end the reading.

    Raises:
        HarnessError: This machine is out of sockets.
    """
    method = payload.partition(b" ")[0].decode("latin-1")
    reader = ResponsesReader(method, clock)
    connector = Connector(Address(secure=False, host=host, port=port), clock=clock, time_limit=time_limit)
    connection = await connector.connect()
    if isinstance(connection, NoAnswer):
        return connection
    asking = asyncio.ensure_future(connection.ask(payload, reader, time_limit))
    try:
        seen = 0
        while not (await asyncio.wait({asking}, timeout=quiet))[0]:
            if reader.answers and reader.received == seen:
                connection.stop()
            seen = reader.received
        end = asking.result().answer
    finally:
        asking.cancel()
        await connector.close()
    answers = [answer for answer, _ in reader.answers]
    return answers if answers or isinstance(end, Answer) else end
