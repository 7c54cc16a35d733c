"""A service that stores items, and sends the event of each before it answers; what it does for each is in its log.

It stores titles as texts, whatever they are, and sends them as they came. `FAULT` is what it does wrong beside that:
`early` sends the event before it looks at who asks and for what; `nobody` names no user in one event of three; `lose`
sends none for one success of three. Of each request it writes a line to `LOG`: its number, which is in the answer's
`X-Serial`, the status, the caller, and the events.
"""

from __future__ import annotations

import asyncio
import base64
import itertools
import json
import os
from pathlib import Path
from typing import Any

from aiohttp import ClientError, ClientSession, ClientTimeout, TCPConnector, web

FAULT, EVERY, FIRST = os.environ.get("FAULT", ""), 3, 5
STRICT = bool(os.environ.get("STRICT"))
NUMBERS, SUCCESSES = itertools.count(1), itertools.count(1)
CALLERS = {f"Basic {base64.b64encode(f'{name}:{name}-password'.encode()).decode()}": name for name in ("ada", "bob")}


async def take(request: web.Request) -> web.Response:
    """Answer a request, and send its event before."""
    serial = next(NUMBERS)
    scheme, _, shown = request.headers.get("authorization", "").partition(" ")
    caller = CALLERS.get(f"{scheme.capitalize()} {shown.strip()}")
    sent: list[Any] = []
    said = await read(request)
    status = 401 if caller is None else 400 if refused(said) else 200
    if FAULT == "early":
        taken = await send(request, said if isinstance(said, dict) else {}, caller, sent)
        status = status if taken else 502
    elif status == 200:
        number = next(SUCCESSES)
        wrong = FAULT if number > FIRST and number % EVERY == 0 else ""
        if wrong != "lose" and not await send(request, said, None if wrong == "nobody" else caller, sent):
            status = 502
    note(serial, status, caller, sent)
    stored = {"title": text_of(said["title"])} if status == 200 else {}
    return web.json_response({"data": stored}, status=status, headers={"X-Serial": str(serial)})


async def read(request: web.Request) -> Any:
    """Return what a body says; None if it says nothing."""
    try:
        text = (await request.read()).decode("utf-8", "replace")
        return json.loads(text) if request.content_type == "application/json" else None
    except (ValueError, RecursionError, web.RequestPayloadError):
        return None


def refused(said: Any) -> bool:
    """Whether a request is refused: it has no title, or one of another type, if this service is strict."""
    if not isinstance(said, dict) or said.get("title") is None:
        return True
    if STRICT:
        return not isinstance(said["title"], str) or len(said) > 1 or not _is_text(said["title"])
    return False


def _is_text(value: str) -> bool:
    try:
        value.encode()
    except UnicodeEncodeError:  # half of a surrogate pair is no text
        return False
    return True


def text_of(value: Any) -> str:
    """Return a title as it is stored."""
    return value if isinstance(value, str) else json.dumps(value)


async def send(request: web.Request, said: dict[str, Any], caller: str | None, sent: list[Any]) -> bool:
    """Send an event; return whether it was taken."""
    event: dict[str, Any] = {
        "event": "items.create",
        "payload": {k: v for k, v in said.items() if k == "title"},
        "user": str(caller),
    }
    # What may be too deep to be read again is noted by its type.
    told = {key: value if isinstance(value, str) else [type(value).__name__] for key, value in event["payload"].items()}
    sent.append({**event, "payload": told})
    try:
        async with request.app["client"].post(os.environ["HOOK"], json=event) as answer:
            await answer.read()
            return bool(answer.status < 300)
    except (ClientError, OSError, TimeoutError):
        return False


def note(serial: int, status: int, caller: str | None, sent: list[Any]) -> None:
    """Write a line of the log."""
    line = {"serial": serial, "status": status, "caller": caller, "sent": sent}
    with Path(os.environ["LOG"]).open("a", encoding="utf-8") as log:
        log.write(json.dumps(line) + "\n")


async def connected(app: web.Application) -> Any:
    """Have a client while the server runs."""
    async with ClientSession(timeout=ClientTimeout(3), connector=TCPConnector(force_close=True, limit=0)) as client:
        app["client"] = client
        yield


def main() -> None:
    """Serve."""
    app = web.Application(client_max_size=1 << 26)
    app.cleanup_ctx.append(connected)
    app.router.add_post("/items", take)
    app.router.add_get("/ready", lambda _: asyncio.sleep(0, web.Response()))
    web.run_app(app, host="127.0.0.1", port=int(os.environ["PORT"]), print=None, access_log=None)


if __name__ == "__main__":
    main()
