"""Webhooks: how they are signed (Standard Webhooks), and how often they are tried."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import json
import logging
import time
import uuid
from http import HTTPStatus
from typing import Any

import httpx

PAUSES = (0.1, 0.2, 0.4, 0.8, 1.0)
MOST_SECONDS = 24 * 3600
LAST_SECONDS = 5.0

log = logging.getLogger("checkout")


class DeliveryError(Exception):
    """A webhook was not taken; `retry_after` is how long the receiver asks to wait, seconds."""

    def __init__(self, reason: str, retry_after: float = 0.0) -> None:
        super().__init__(reason)
        self.retry_after = retry_after


class GoneError(DeliveryError):
    """The receiver wants no more."""


class Message:
    """One event for one receiver: the same id and the same bytes on each attempt."""

    def __init__(self, url: str, event: dict[str, Any], secret: str) -> None:
        self.url = url
        self._id = f"msg_{uuid.uuid4().hex}"
        self._body = json.dumps(event).encode()
        self._key = base64.b64decode(secret.removeprefix("whsec_"))

    def headers(self) -> dict[str, str]:
        """Return the headers of an attempt that is made now."""
        timestamp = str(int(time.time()))
        signed = f"{self._id}.{timestamp}.".encode() + self._body
        signature = base64.b64encode(hmac.new(self._key, signed, hashlib.sha256).digest()).decode()
        return {
            "Content-Type": "application/json",
            "webhook-id": self._id,
            "webhook-timestamp": timestamp,
            "webhook-signature": f"v1,{signature}",
        }

    async def attempt(self, client: httpx.AsyncClient) -> None:
        """Send it once.

        Raises:
            DeliveryError: It was not taken.
        """
        try:
            # What the receiver says beside its status is of no interest. A redirect is a failure.
            async with client.stream("POST", self.url, content=self._body, headers=self.headers()) as answer:
                status, retry_after = answer.status_code, answer.headers.get("retry-after", "")
        except (httpx.HTTPError, httpx.InvalidURL, ValueError, AttributeError) as error:
            # anyio 4.16 fails with AttributeError where a connection is reset before httpx has sent anything.
            raise DeliveryError("the connection broke") from error
        if status == HTTPStatus.GONE:
            raise GoneError("the receiver wants no more")
        if not 200 <= status < 300:
            raise DeliveryError(f"the receiver answers {status}", seconds_of(retry_after))


def seconds_of(retry_after: str) -> float:
    """Return how long a receiver asks to wait, seconds; a date is not heeded."""
    return float(retry_after) if retry_after.isascii() and retry_after.isdecimal() else 0.0


class Outbox:
    """Sends webhooks in the background, until they are taken."""

    def __init__(self, client: httpx.AsyncClient, seconds: float) -> None:
        self._client = client
        self._seconds = seconds
        self._tasks: set[asyncio.Task[None]] = set()

    def put(self, message: Message) -> None:
        """Send a webhook in the background, until it is taken."""
        task = asyncio.get_running_loop().create_task(self._deliver(message))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def end(self) -> None:
        """Give what is still to be sent a little time, when the process ends."""
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=LAST_SECONDS)

    async def _deliver(self, message: Message) -> None:
        began = time.monotonic()
        number = 0
        while time.monotonic() - began < MOST_SECONDS:
            try:
                async with asyncio.timeout(self._seconds):
                    await message.attempt(self._client)
            except GoneError:
                return
            except (DeliveryError, TimeoutError) as error:
                asked = error.retry_after if isinstance(error, DeliveryError) else 0.0
                await asyncio.sleep(max(asked, PAUSES[min(number, len(PAUSES) - 1)]))
                number += 1
            else:
                return
        log.warning("an event was not taken within a day")
