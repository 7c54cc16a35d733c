"""The two services that the route calls: the settings, and the ingest that takes the event.

No message holds an address: the ingest's has the event key in it.
"""

from __future__ import annotations

import asyncio
import json
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import Any, NoReturn
from urllib.parse import quote

import httpx

MAX_ANSWER = 1 << 20
PAUSE_SECONDS = 0.05
ENVIRONMENTS = ("development", "staging", "production")


class UpstreamError(Exception):
    """An upstream did not do what was asked of it; `status` is what the caller is told."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(f"{status}: {reason}")
        self.status = status


class ConnectionFailedError(UpstreamError):
    """The connection failed: another attempt may do better."""


def new_client() -> httpx.AsyncClient:
    """Return a client for all calls."""
    return httpx.AsyncClient(
        # Each call has a deadline as a whole; httpx has them for single steps only.
        timeout=None,  # noqa: S113 -- see above
        limits=httpx.Limits(max_connections=None, max_keepalive_connections=20),
        # Asked for as it is: a small answer must not become a big one.
        headers={"Accept-Encoding": "identity"},
        # What an upstream sets for one caller's request is nothing to send along with another's.
        cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),
        # The upstreams are ours: no proxy is between.
        trust_env=False,
    )


async def call(client: httpx.AsyncClient, method: str, url: str, body: bytes | None = None) -> tuple[int, bytes]:
    """Make one call; return the status and the whole body.

    Raises:
        UpstreamError: There is no complete answer.
    """
    headers = {} if body is None else {"Content-Type": "application/json"}
    try:
        async with client.stream(method, url, content=body, headers=headers) as answer:
            received = bytearray()
            async for chunk in answer.aiter_raw():
                received += chunk
                if len(received) > MAX_ANSWER:
                    raise UpstreamError(502, "the answer is too long")
            return answer.status_code, bytes(received)
    except httpx.ConnectError as error:
        raise ConnectionFailedError(503, "it can't be reached") from error
    except (httpx.TransportError, AttributeError) as error:
        # anyio 4.16 fails with AttributeError where a connection is reset before httpx has sent anything.
        raise ConnectionFailedError(502, "the connection broke") from error


def parsed(answer: bytes) -> Any:
    """Return the JSON value of an answer.

    Raises:
        UpstreamError: It is no JSON.
    """
    try:
        return json.loads(answer.decode(), parse_constant=refuse_constant)
    except (ValueError, RecursionError) as error:
        raise UpstreamError(502, "the answer is not JSON") from error


def refuse_constant(name: str) -> NoReturn:
    """Refuse `NaN` and its like, which Python takes for JSON."""
    raise ValueError(name)


class Settings:
    """Reads the app settings."""

    def __init__(self, client: httpx.AsyncClient, url: str, seconds: float) -> None:
        self._client = client
        self._url = url
        self._seconds = seconds

    async def get(self) -> Any:
        """Return the settings as they are now.

        Raises:
            UpstreamError: There are none to be had.
        """
        try:
            async with asyncio.timeout(self._seconds):
                status, body = await self._get()
        except TimeoutError as error:
            raise UpstreamError(504, "the settings did not answer in time") from error
        if status != httpx.codes.OK:
            raise UpstreamError(502, f"the settings answer {status}")
        settings = parsed(body)
        if not is_settings(settings):
            raise UpstreamError(502, "the settings are not what they should be")
        return settings

    async def _get(self) -> tuple[int, bytes]:
        try:
            return await call(self._client, "GET", self._url)
        except ConnectionFailedError:
            # A kept connection may have been closed meanwhile, and a GET is safe to repeat.
            return await call(self._client, "GET", self._url)


def is_settings(value: Any) -> bool:
    """Whether a value is what the contract says of settings."""
    return (
        isinstance(value, dict)
        and isinstance(value.get("appName"), str)
        and value.get("environment") in ENVIRONMENTS
        and isinstance(value.get("locale"), str)
        and isinstance(value.get("features"), dict)
        and all(isinstance(feature, bool) for feature in value["features"].values())
    )


class Ingest:
    """Sends events."""

    def __init__(self, client: httpx.AsyncClient, base_url: str, event_key: str, seconds: float) -> None:
        self._client = client
        self._url = f"{base_url.rstrip('/')}/e/{quote(event_key, safe='')}"
        self._seconds = seconds

    async def send(self, event: dict[str, Any]) -> None:
        """Return when the event has been acknowledged.

        Raises:
            UpstreamError: It was not. It may have been stored all the same.
        """
        # The same bytes on each attempt, so the same id: a second attempt can't make a second event.
        payload = json.dumps(event).encode()
        try:
            async with asyncio.timeout(self._seconds):
                status, body = await self._post_twice(payload)
        except TimeoutError as error:
            raise UpstreamError(504, "the ingest did not answer in time") from error
        if status != httpx.codes.OK:
            raise UpstreamError(502, f"the ingest answers {status}")
        if not is_acknowledgement(parsed(body)):
            raise UpstreamError(502, "the ingest acknowledges nothing")

    async def _post_twice(self, payload: bytes) -> tuple[int, bytes]:
        try:
            status, body = await call(self._client, "POST", self._url, payload)
        except ConnectionFailedError:
            status, body = 0, b""
        if 0 < status < httpx.codes.INTERNAL_SERVER_ERROR:
            return status, body
        await asyncio.sleep(PAUSE_SECONDS)
        return await call(self._client, "POST", self._url, payload)


def is_acknowledgement(said: Any) -> bool:
    """Whether the ingest says that it has stored one event: it answers 200 to nothing at all, too."""
    if not isinstance(said, dict) or said.get("status") != httpx.codes.OK or said.get("error"):
        return False
    ids = said.get("ids")
    return isinstance(ids, list) and len(ids) == 1 and isinstance(ids[0], str) and ids[0] != ""
