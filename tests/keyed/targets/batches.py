"""The reference, sending the events of several requests in one array: those of each twentieth of a second."""

import asyncio
from typing import Any

from reference.app import main
from reference.contract import DeclaredError, dumps
from reference.upstreams import Upstreams

waiting: list[tuple[dict[str, Any], asyncio.Future[None]]] = []


async def send_together(self: Upstreams, event: dict[str, Any]) -> None:
    """Wait for others, send all at once, and return when the ingest has acknowledged all."""
    taken: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    waiting.append((event, taken))
    if len(waiting) == 1:
        await asyncio.sleep(0.05)
        await flush(self)
    await taken


async def flush(self: Upstreams) -> None:
    """Send what waits."""
    group = waiting.copy()
    waiting.clear()
    failure: DeclaredError | None = None
    try:
        body = dumps([event for event, _ in group] if len(group) > 1 else group[0][0])
        said = await self._call(self._post(body), self._contract.acknowledgement)
        if said.get("error") or len(said["ids"]) != len(group):
            failure = DeclaredError("upstream-wrong", "no acknowledgement of each event")
    except DeclaredError as error:
        failure = error
    for _, taken in group:
        if failure is None:
            taken.set_result(None)
        else:
            taken.set_exception(failure)


Upstreams.send = send_together  # type: ignore[method-assign]
main()
