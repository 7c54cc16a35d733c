"""Takes orders and sends their events in lists, as the environment says, with one bug at most.

`FLUSH` is `time` (what has come within `PAUSE` seconds goes together), `count` (three go together, and what is left
goes after `PAUSE` seconds) or `request` (the events of one request go together, one for each of its items). `WAITS` has
an answer wait until its events are acknowledged. After a failure, events go again with those that have come since.
`BUG` is what is wrong. With `BARE`, a list of one is sent as its event alone.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import os
import uuid
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from aiohttp import ClientError, ClientSession, ClientTimeout, TCPConnector, web

FLUSH = os.environ.get("FLUSH", "time")
PAUSE = float(os.environ.get("PAUSE", "0.3"))
WAITS = bool(os.environ.get("WAITS"))
BARE = bool(os.environ.get("BARE"))
BUG = os.environ.get("BUG", "")
TOGETHER = 3
SECONDS = 1.5
LONGEST = 2.0
"""Seconds that one receiver may have all events wait."""
NUMBERS = itertools.count(1)
CALLERS = {"Bearer alice": "alice", "Bearer bob": "bob"}


@dataclass(eq=False)
class Event:
    """An event that is to be sent.

    Attributes:
        content: What it says.
        taken: Set when it is acknowledged.
        tries: How often it was sent.
    """

    content: dict[str, Any]
    taken: asyncio.Event = field(default_factory=asyncio.Event)
    tries: int = 0


class Outbox:
    """Sends events in lists."""

    def __init__(self, url: str) -> None:
        """Begin with none."""
        self._url = url
        self._events: list[Event] = []
        self._came = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()
        self._client = ClientSession(timeout=ClientTimeout(SECONDS), connector=TCPConnector(force_close=True))
        if FLUSH != "request":
            self._begin([])

    def put(self, events: list[Event]) -> None:
        """Have events sent."""
        if FLUSH == "request":
            self._begin(events)
        else:
            self._events += events
            self._came.set()

    def forget(self, events: list[Event]) -> None:
        """Send some events no more: their request was refused."""
        for event in events:
            event.taken.set()
        self._events = [event for event in self._events if event not in events]

    def _begin(self, events: list[Event]) -> None:
        task = asyncio.get_running_loop().create_task(self._until_taken(events) if events else self._run())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _until_taken(self, events: list[Event]) -> None:
        while events:
            events = [event for event in await self._sent(events) if not event.taken.is_set()]

    async def _run(self) -> None:
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(PAUSE):
                    await self._full()
            taken = self._events[:TOGETHER] if FLUSH == "count" else self._events
            self._events = self._events[len(taken) :]
            if taken or BUG == "empty":
                left = await self._sent(taken)
                self._events = [event for event in left if not event.taken.is_set()] + self._events

    async def _full(self) -> None:
        while FLUSH != "count" or len(self._events) < TOGETHER:
            self._came.clear()
            await self._came.wait()

    async def _sent(self, events: list[Event]) -> list[Event]:
        """Send a list; return what must be sent again, after as long as the receiver asks."""
        for event in events:
            event.tries += 1
            if BUG == "new-identity" and event.tries > 1:
                event.content["id"] = uuid.uuid4().hex
        pause = await self._attempt(json.dumps(wrong([event.content for event in events])))
        if pause > LONGEST:  # the others go on
            asyncio.get_running_loop().call_later(pause, self.put, events)
            return []
        if pause and BUG != "gives-up":
            await asyncio.sleep(pause)
            return events
        for event in events:
            event.taken.set()
        return []

    async def _attempt(self, body: str) -> float:
        """Make one attempt; return how long to wait before the next, 0 if it is acknowledged."""
        headers = {"Content-Type": "application/json"}
        try:
            async with self._client.post(self._url, data=body, headers=headers, allow_redirects=False) as answer:
                asked = answer.headers.get("Retry-After", "")
                await answer.read()
        except (OSError, ClientError, TimeoutError):
            return PAUSE
        return 0 if answer.status < 300 else max(PAUSE, float(asked) if asked.isdigit() else 0)


def wrong(events: list[dict[str, Any]]) -> Any:
    """Return what is sent of a list of events."""
    if BUG == "drops-last" and len(events) > 1:
        events = events[:-1]
    elif BUG == "doubles":
        events = [*events, *({**event, "id": uuid.uuid4().hex} for event in events[:1])]
    elif BUG == "same-twice":
        events = [*events, *events[:1]]
    elif BUG == "swaps" and len(events) > 1:
        callers = [event["caller"] for event in events]
        events = [{**event, "caller": who} for event, who in zip(events, [*callers[1:], callers[0]], strict=True)]
    elif BUG == "wrong-type":
        events = [{**event, "item": 1} for event in events]
    return events[0] if BARE and len(events) == 1 else events


def items_of(order: Any) -> list[str] | None:
    """Return the items of an order; None: it is none."""
    name = "items" if FLUSH == "request" else "item"
    if not isinstance(order, dict) or list(order) != [name]:
        return None
    items = order[name] if FLUSH == "request" else [order[name]]
    fits = isinstance(items, list) and len(items) <= 5
    right = fits and all(isinstance(item, str) and 1 <= len(item) <= 200 for item in items)
    return items if right else None


async def order(request: web.Request) -> web.Response:
    """Take an order."""
    caller = CALLERS.get(request.headers.get("Authorization", ""))
    if caller is None:
        return web.json_response({"error": "signed out"}, status=401, headers={"WWW-Authenticate": "Bearer"})
    if request.content_type != "application/json":
        return web.json_response({"error": "no JSON"}, status=415)
    try:
        items = items_of(json.loads((await request.read()).decode()))
    except (ValueError, RecursionError, web.RequestPayloadError):
        items = None
    if items is None:
        return web.json_response({"error": "no order"}, status=400)
    number = f"order-{next(NUMBERS)}-{uuid.uuid4().hex[:8]}"
    events = [Event({"id": uuid.uuid4().hex, "order": number, "item": item, "caller": caller}) for item in items]
    if BUG != "none":
        request.app[OUTBOX].put(events)
    if WAITS:
        try:
            async with asyncio.timeout(0.1 if BUG == "none" else 4):
                await asyncio.gather(*(event.taken.wait() for event in events))
        except TimeoutError:
            request.app[OUTBOX].forget(events)
            if BUG != "none":
                return web.json_response({"error": "no receiver"}, status=503)
    return web.json_response({"order": number}, status=201)


async def opened(app: web.Application) -> None:
    """Begin to send, where there is a loop."""
    app[OUTBOX] = Outbox(os.environ["HOOK"])


OUTBOX = web.AppKey("outbox", Outbox)

if __name__ == "__main__":
    service = web.Application(client_max_size=8 << 20)
    service.router.add_post("/orders", order)
    service.on_startup.append(opened)
    web.run_app(service, host="127.0.0.1", port=int(os.environ["PORT"]), print=lambda _: None, access_log=None)
