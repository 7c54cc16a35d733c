"""POST /subscriptions: the mailer hears of a subscription before its caller does."""

import json
import os
import time
import uuid
from typing import NoReturn

import aiohttp
from aiohttp import web


async def subscribe(request: web.Request) -> web.Response:
    """Answer when the mailer has taken the event."""
    if request.content_type != "application/json":
        return web.Response(status=415)
    try:
        asked = json.loads((await request.read()).decode(), parse_constant=refuse)
    except web.HTTPRequestEntityTooLarge:
        return web.Response(status=413)
    except (ValueError, RecursionError, web.RequestPayloadError):
        return web.Response(status=400)
    email = asked.get("email") if isinstance(asked, dict) and set(asked) == {"email"} else None
    if not isinstance(email, str) or not 3 <= len(email) <= 254:
        return web.Response(status=422)
    subscription = {"id": f"sub_{uuid.uuid4().hex}", "email": email}
    failed = await tell_mailer({"type": "subscribed", "at": time.time_ns() // 1_000_000, **subscription})
    return web.Response(status=failed) if failed else web.json_response(subscription, status=201)


def refuse(name: str) -> NoReturn:
    """Refuse `NaN` and its like, which Python takes for JSON."""
    raise ValueError(name)


async def tell_mailer(event: dict[str, object]) -> int:
    """Return 0 when the mailer has taken the event, else the status that says why it has not."""
    limit = aiohttp.ClientTimeout(total=int(os.environ["TIMEOUT_MS"]) / 1000)
    # A connection of its own for each event: one that lay idle may be closed just now.
    connector = aiohttp.TCPConnector(force_close=True)
    try:
        async with (
            aiohttp.ClientSession(timeout=limit, connector=connector) as client,
            client.post(f"{os.environ['MAILER_URL']}/subscribed", json=event, allow_redirects=False) as answer,
        ):
            return 0 if answer.status == 204 else 502
    except TimeoutError:
        return 504
    except aiohttp.ClientConnectorError:
        return 503
    except aiohttp.ClientError:
        return 502


app = web.Application(client_max_size=10_000)
app.add_routes([web.post("/subscriptions", subscribe)])

if __name__ == "__main__":
    web.run_app(app, host="127.0.0.1", port=int(os.environ["PORT"]), print=None)
