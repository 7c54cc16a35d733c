"""Who calls: a platform, named by the URL of its profile, which says what it is called and where its webhooks go."""

from __future__ import annotations

import asyncio
import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import httpx
from starlette.exceptions import HTTPException

from shop.body import is_text, refuse_constant

if TYPE_CHECKING:
    from starlette.requests import Request

MOST_BYTES = 65_536
MOST_URL_CHARACTERS = 500
IS_NAME = is_text(1, 80)
AFTER_A_PREFIX = re.compile(r"([/?][!-~]*)?")


@dataclass(frozen=True)
class Place:
    """Addresses that may be called, and where they are reached from here.

    Attributes:
        public: What each of them begins with.
        private: What stands there instead when it is called: outgoing requests leave by a gateway.
    """

    public: str
    private: str

    @classmethod
    def parse(cls, text: str) -> Place:
        """Return the place that is written `PUBLIC=PRIVATE`."""
        public, _, private = text.partition("=")
        return cls(public, private)

    def has(self, url: str) -> bool:
        """Whether a URL is one of them."""
        rest = url.removeprefix(self.public)
        return rest != url and len(url) <= MOST_URL_CHARACTERS and AFTER_A_PREFIX.fullmatch(rest) is not None

    def reached(self, url: str) -> str:
        """Return the URL that is called in place of one of them."""
        return self.private + url.removeprefix(self.public)


@dataclass(frozen=True)
class Profile:
    """What a platform says of itself.

    Attributes:
        name: What it calls itself.
        webhook: Where its webhooks go.
    """

    name: str
    webhook: str


class Platforms:
    """Tells who calls, and reads profiles, anew each time: a platform that moves is called where it is now."""

    def __init__(self, client: httpx.AsyncClient, registry: Place, webhooks: Place, seconds: float) -> None:
        self._client = client
        self._registry = registry
        self._webhooks = webhooks
        self._seconds = seconds

    def caller(self, request: Request) -> str:
        """Return the platform that calls: the URL of its profile."""
        named = request.headers.getlist("x-platform")
        if len(named) != 1 or not self._registry.has(named[0]):
            raise HTTPException(403)
        return named[0]

    async def profile(self, platform: str) -> Profile:
        """Return the profile of a platform as it is now."""
        try:
            async with asyncio.timeout(self._seconds):
                status, body = await self._get_twice(self._registry.reached(platform))
        except TimeoutError:
            raise HTTPException(504) from None
        if status != httpx.codes.OK:
            raise HTTPException(502)
        return self._read(body)

    async def _get_twice(self, url: str) -> tuple[int, bytes]:
        try:
            return await self._get(url)
        except HTTPException:
            # A kept connection may have been closed meanwhile, and a GET is safe to repeat.
            return await self._get(url)

    async def _get(self, url: str) -> tuple[int, bytes]:
        try:
            async with self._client.stream("GET", url) as answer:
                received = bytearray()
                async for chunk in answer.aiter_raw():
                    received += chunk
                    if len(received) > MOST_BYTES:
                        raise HTTPException(502)
                return answer.status_code, bytes(received)
        except httpx.ConnectError:
            raise HTTPException(503) from None
        except (httpx.HTTPError, httpx.InvalidURL, ValueError, AttributeError):
            # anyio 4.16 fails with AttributeError where a connection is reset before httpx has sent anything.
            raise HTTPException(502) from None

    def _read(self, body: bytes) -> Profile:
        try:
            value = json.loads(body.decode(), parse_constant=refuse_constant)
        except (ValueError, RecursionError):
            raise HTTPException(502) from None
        said: Any = value if isinstance(value, dict) else {}
        name, webhook = said.get("name"), said.get("webhook")
        if not IS_NAME(name) or not isinstance(webhook, str) or not self._webhooks.has(webhook):
            raise HTTPException(502)
        return Profile(name, self._webhooks.reached(webhook))
