"""The two services behind the route: the settings, and the ingest that takes the event."""

import asyncio
from collections.abc import Awaitable
from contextlib import suppress
from typing import Any
from urllib.parse import quote

import aiohttp  # both calls of a request take a twentieth of the processor time that httpx needs for them
from jsonschema_rs import Draft202012Validator

from reference.contract import Contract, DeclaredError, dumps, loads


class Upstreams:
    """A client of both, which keeps its connections. `seconds` is how long a call may take, attempts and all."""

    def __init__(self, contract: Contract, settings: str, ingest: str, event_key: str, seconds: float) -> None:
        self._contract, self._settings_url, self._seconds = contract, settings, seconds
        self._event_url = contract.event_url.format(ingest=ingest.rstrip("/"), eventKey=quote(event_key, safe=""))

    async def open(self, *_: object) -> None:
        self.client = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=0),
            timeout=aiohttp.ClientTimeout(total=None),  # a call has one deadline as a whole instead
            # A cookie that comes with one caller's answer is nothing to send along with another's request.
            cookie_jar=aiohttp.DummyCookieJar(),
            # Asked for as it is, and never unpacked: a small answer can't become a big one.
            headers={"Accept-Encoding": "identity"},
            auto_decompress=False,
        )

    async def settings(self) -> Any:
        # aiohttp asks again by itself where a kept connection turns out to be closed: a GET is safe to repeat.
        return await self._call(self._attempt("GET", self._settings_url), self._contract.sources["upstream.settings"])

    async def send(self, event: dict[str, Any]) -> None:
        """Return when the ingest has acknowledged the event. When it did not, it may have stored it all the same."""
        said = await self._call(self._post(dumps(event)), self._contract.acknowledgement)
        # What counts are the ids: it answers 200 to no event at all, too.
        if said.get("error") or len(said["ids"]) != 1:
            raise DeclaredError("upstream-wrong", "no acknowledgement of one event")

    async def _call(self, attempts: Awaitable[tuple[int, bytes]], schema: Draft202012Validator) -> Any:
        try:
            async with asyncio.timeout(self._seconds):
                status, body = await attempts
        except TimeoutError as error:
            raise DeclaredError("upstream-timeout", "no answer in time") from error
        if status != 200:
            raise DeclaredError("upstream-wrong", f"status {status}")
        # Whatever media type it has: the ingest says text/plain of its JSON.
        value = loads(body, "upstream-wrong")
        if not schema.is_valid(value):
            raise DeclaredError("upstream-wrong", "not what the schema asks for")
        return value

    async def _post(self, event: bytes) -> tuple[int, bytes]:
        with suppress(DeclaredError):
            status, body = await self._attempt(self._contract.event_method, self._event_url, event)
            if status < 500:
                return status, body
        # Once more, with the same bytes, so the same id, by which the ingest stores the event once.
        await asyncio.sleep(0.05)
        return await self._attempt(self._contract.event_method, self._event_url, event)

    async def _attempt(self, method: str, url: str, event: bytes | None = None) -> tuple[int, bytes]:
        headers = {"Content-Type": self._contract.event_type} if event else {}
        try:
            async with self.client.request(method, url, data=event, headers=headers, allow_redirects=False) as answer:
                await answer.content.readexactly(1 << 20)  # more than that is not read, however much is sent
        except asyncio.IncompleteReadError as whole:
            return answer.status, whole.partial
        # No message holds the address: the event key is in it.
        except aiohttp.ClientConnectorError as error:
            raise DeclaredError("upstream-unreachable", "it can't be reached") from error
        except (aiohttp.ClientError, ValueError) as error:
            raise DeclaredError("upstream-wrong", "the connection broke, or the answer is not HTTP") from error
        raise DeclaredError("upstream-wrong", "an answer of more than a mebibyte")
