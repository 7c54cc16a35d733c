"""A service whose requests may be equal, and their events: what it does for each is in its log, and in no event.

`PLAN` is a file that says what it takes, what its events have, and when they are sent. Of each request it writes a line
to `LOG`: its number, which is in the answer's `X-Serial`, the status, and what went wrong with its event. `FAULT` is
`lose`, `double` or `swap`, of one success in `EVERY`, after the first ones.
"""

from __future__ import annotations

import asyncio
import base64
import itertools
import json
import os
import uuid
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import parse_qsl

import jsonschema_rs
from aiohttp import ClientError, ClientSession, ClientTimeout, TCPConnector, web
from aiohttp.http_exceptions import HttpProcessingError

PLAN: dict[str, Any] = json.loads(Path(os.environ["PLAN"]).read_text("utf-8"))
FAULT, EVERY, FIRST = os.environ.get("FAULT", ""), int(os.environ.get("EVERY", "3")), 5
NUMBERS, SUCCESSES = itertools.count(1), itertools.count(1)
SCHEMA = jsonschema_rs.validator_for(PLAN["body"] or {}, validate_formats=True)
CALLERS = {f"Basic {base64.b64encode(f'{name}:{name}-password'.encode()).decode()}": name for name in ("ada", "bob")}
TEXTS = ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data")
PARTNER_SECONDS = 0.08


class Work:
    """One request that is taken, and its event."""

    waiting: ClassVar[list[tuple[Work, asyncio.Future[Any]]]] = []

    def __init__(self, serial: int, said: Any, caller: str, part: str) -> None:
        """Take a request: its number, its body, who asks, and what its path names."""
        self.serial, self.said, self.caller = serial, said, caller
        number = next(SUCCESSES)
        self.wrong = FAULT if number > FIRST and number % EVERY == 0 else ""
        self.made = {"id": part if PLAN["same_id"] else uuid.uuid4().hex, "text": self.text}
        self.done = ""

    @property
    def text(self) -> Any:
        """The text of the request, if it has one."""
        return self.said.get("text", "") if isinstance(self.said, dict) else ""

    def contents(self) -> list[dict[str, Any]]:
        """Return what its events say."""
        items = self.said.get("items", []) if PLAN["list"] else [None]
        own = {"name": PLAN["name"]}
        for member in PLAN["event"]:
            own[member] = {"text": self.text, "user": self.caller, "id": self.made["id"], "kind": self._kind()}[member]
        return [own if item is None else {**own, "item": item} for item in items]

    def _kind(self) -> Any:
        return self.said.get("kind", "pen") if isinstance(self.said, dict) else "pen"

    async def send(self, client: ClientSession) -> None:
        """Send its events, or what is wrong in place of them."""
        found = self.contents()
        if FAULT == "swap" and PLAN["event"]:
            found = await self._exchanged(found)
        elif self.wrong and found:
            self.done = self.wrong
            found = found[1:] if self.wrong == "lose" else [*found, found[0]]
        for content in found:
            await post(client, content, self.serial)

    async def _exchanged(self, own: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Give a member of its content to another one that is under way, and return it with that one's."""
        if not self.wrong and not Work.waiting:
            return own
        if Work.waiting:
            other, told = Work.waiting.pop()
            theirs = other.contents()[0]
            member = next((one for one in PLAN["event"] if theirs[one] != own[0][one]), None)
            if told.done() or member is None:
                return own
            told.set_result({member: own[0][member]})
            self.done = other.done = "swap"
            return [{**each, member: theirs[member]} for each in own]
        told = asyncio.get_running_loop().create_future()
        Work.waiting.append((self, told))
        try:
            given = await asyncio.wait_for(told, PARTNER_SECONDS)
        except TimeoutError:
            Work.waiting.clear()
            return own
        return [{**each, **given} for each in own]


async def post(client: ClientSession, content: dict[str, Any], serial: int) -> None:
    """Make one attempt; the number of its request is in a header that no contract declares."""
    headers, identity = {"X-Serial": str(serial)}, uuid.uuid4().hex
    if PLAN["identity"] == "header.Event-Id":
        headers["Event-Id"] = identity
    elif PLAN["identity"]:
        content = {**content, "id": identity}
    try:
        async with client.post(os.environ["HOOK"], json=content, headers=headers) as answer:
            await answer.read()
            if answer.status >= 300 and PLAN["timing"] == "before":
                raise NotTakenError
    except (ClientError, OSError, TimeoutError):
        if PLAN["timing"] == "before":
            raise NotTakenError from None


class NotTakenError(Exception):
    """The receiver has not taken an event for which the answer waits."""


async def take(request: web.Request) -> web.Response:
    """Answer a request, and send its events before, beside or behind that."""
    serial = next(NUMBERS)
    status, work = await read(request, serial)
    client = request.app["client"]
    if work is not None and PLAN["timing"] == "before":
        try:
            await work.send(client)
        except NotTakenError:
            status = 502
    elif work is not None:
        task = asyncio.create_task(behind(client, work))
        request.app["tasks"].add(task)
        task.add_done_callback(request.app["tasks"].discard)
        if PLAN["timing"] == "with":
            await asyncio.sleep(0)
    if PLAN["timing"] == "before" or work is None:
        note(serial, status, work)
    body = work.made if work is not None and status < 300 and PLAN["answers"] else {}
    return web.json_response(body, status=status, headers={"X-Serial": str(serial)})


async def behind(client: ClientSession, work: Work) -> None:
    """Send the events of a request whose answer does not wait for them."""
    if PLAN["timing"] == "after":
        await asyncio.sleep(0.04)
    await work.send(client)
    note(work.serial, PLAN["status"], work)


def note(serial: int, status: int, work: Work | None) -> None:
    """Write a line of the log."""
    line = {"serial": serial, "status": status, "wrong": "" if work is None else work.done}
    with Path(os.environ["LOG"]).open("a", encoding="utf-8") as log:
        log.write(json.dumps(line) + "\n")


async def read(request: web.Request, serial: int) -> tuple[int, Work | None]:
    """Return the status of a request, and what it asks for where it is taken."""
    caller = CALLERS.get(credential_of(request)) if PLAN["callers"] else "nobody"
    part = request.match_info.get("id", "")
    if caller is None:
        return 401, None
    if part not in {"", "seven"}:
        return 404, None
    said: Any = None
    if PLAN["body"] is not None:
        media_type = request.content_type if "content-type" in request.headers else ""
        if media_type not in PLAN["media_types"]:
            return 415, None
        try:
            form = await request.post() if media_type == TEXTS[2] else {}
            said = value_of(b"" if form else await request.read(), media_type, form)
        except (ValueError, RecursionError, AssertionError, HttpProcessingError, web.RequestPayloadError):
            return 400, None
        if not SCHEMA.is_valid(said):
            return 400, None
    return PLAN["status"], Work(serial, said, caller, part)


def credential_of(request: web.Request) -> str:
    """Return what a caller shows; the name of a scheme has no case."""
    scheme, _, rest = request.headers.get("authorization", "").partition(" ")
    return f"{scheme.capitalize()} {rest.strip()}"


def value_of(body: bytes, media_type: str, form: Any) -> Any:
    """Return what a body says."""
    if media_type == TEXTS[0]:
        return {"text": body.decode()}
    if media_type == TEXTS[1]:
        pairs = parse_qsl(body.decode(), keep_blank_values=True, strict_parsing=bool(body))
        found = dict(pairs)
        if len(found) != len(pairs):
            raise ValueError(media_type)
        return found
    if media_type == TEXTS[2]:
        return {key: value.decode() if isinstance(value, bytes | bytearray) else value for key, value in form.items()}
    said = json.loads(body.decode(), parse_constant=no_number)
    json.dumps(said, ensure_ascii=False).encode()  # half of a surrogate pair is no text
    return said


def no_number(name: str) -> Any:
    """Refuse what JSON has not."""
    raise ValueError(name)


async def connected(app: web.Application) -> Any:
    """Have a client while the server runs."""
    app["tasks"] = set()
    async with ClientSession(timeout=ClientTimeout(2), connector=TCPConnector(force_close=True, limit=0)) as client:
        app["client"] = client
        yield


def main() -> None:
    """Serve."""
    app = web.Application()
    app.cleanup_ctx.append(connected)
    app.router.add_route(PLAN["method"], PLAN["path"], take)
    app.router.add_get("/ready", lambda _: asyncio.sleep(0, web.Response()))
    web.run_app(app, host="127.0.0.1", port=int(os.environ["PORT"]), print=None, access_log=None)


if __name__ == "__main__":
    main()
