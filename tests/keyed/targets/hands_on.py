"""The reference, which hands on to the settings what it is told: the `trace` of a request, or its `caller`.

With `unchecked` it takes any answer of the settings for right, and goes on with the last one that was.
"""

import asyncio
import sys
from typing import Any

import aiohttp
from sanic import Request

from reference.app import main
from reference.contract import DeclaredError
from reference.upstreams import Upstreams

HEADERS = {"trace": "traceparent", "caller": "cookie"}
HANDED_ON = [HEADERS[word] for word in sys.argv[1:] if word in HEADERS]
UNCHECKED = "unchecked" in sys.argv
_request = aiohttp.ClientSession.request
_settings = Upstreams.settings


def request(self: aiohttp.ClientSession, method: str, url: str, **more: Any) -> Any:
    """Ask the settings with what the caller has sent, and as slowly as others do."""
    asked = Request.get_current()
    own = {name: asked.headers[name] for name in HANDED_ON if name in asked.headers} if method == "GET" else {}
    return _request(self, method, url, **{**more, "headers": {**more.get("headers", {}), **own}})


async def settings(self: Upstreams) -> Any:
    """Return the settings, or the last that were right."""
    await asyncio.sleep(0.02)
    try:
        self.last = await _settings(self)  # type: ignore[attr-defined]
    except DeclaredError:
        if not UNCHECKED:
            raise
    return self.last  # type: ignore[attr-defined]


aiohttp.ClientSession.request = request  # type: ignore[method-assign,assignment]
Upstreams.settings = settings  # type: ignore[method-assign]
sys.argv[1:] = []
main()
