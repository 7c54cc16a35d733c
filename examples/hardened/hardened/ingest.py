"""Sending the event, and knowing whether it was taken."""

from __future__ import annotations

import asyncio
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from hardened import json_text
from hardened.upstream import (
    BrokenError,
    TimedOutError,
    UnreachableError,
    Upstream,
    UpstreamAnswer,
    WrongAnswerError,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from jsonschema_rs import Draft202012Validator

    from hardened.spec import EventContract

PAUSE = 0.05
"""Before the second attempt, seconds."""


class FailedError(WrongAnswerError):
    """The ingest says that it failed (5xx): it may do better at once."""


class IngestClient(Upstream):
    """Sends events to the ingest."""

    def __init__(self, contract: EventContract, base_url: str, event_key: str, timeout: float) -> None:
        """Take the ingest's address.

        Args:
            contract: The event's contract.
            base_url: Base URL of the ingest.
            event_key: Its key.
            timeout: How long sending one event may take, the second attempt included, seconds.
        """
        super().__init__(contract.method, contract.url(base_url, event_key), timeout)
        self._headers = {"Content-Type": contract.media_type}
        self._acknowledgement: Draft202012Validator = contract.acknowledgement

    async def send(self, event: Mapping[str, Any]) -> str:
        """Send one event; return the id by which the ingest acknowledged it.

        A second attempt follows a connection that failed, and a 5xx: with the same bytes, so with the
        same id, by which the ingest stores it once.

        Raises:
            UpstreamError: It was not acknowledged. It may have been stored all the same.
        """
        payload = json_text.dumps(event)
        try:
            async with asyncio.timeout(self.timeout):
                try:
                    answer = await self._attempt(payload)
                except (UnreachableError, BrokenError, FailedError):
                    await asyncio.sleep(PAUSE)
                    answer = await self._attempt(payload)
        except TimeoutError as error:
            raise TimedOutError("no answer in time") from error
        return self._acknowledged(answer)

    async def _attempt(self, payload: bytes) -> UpstreamAnswer:
        answer = await self.attempt(payload, self._headers)
        if answer.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            raise FailedError(f"status {answer.status}")
        return answer

    def _acknowledged(self, answer: UpstreamAnswer) -> str:
        if answer.status != HTTPStatus.OK:
            raise WrongAnswerError(f"status {answer.status}")
        # The media type is not looked at: the real ingest says text/plain of its JSON.
        try:
            said = json_text.loads(answer.body)
        except json_text.NotJsonError as error:
            raise WrongAnswerError("no JSON") from error
        # The body's own status and error count, and so do the ids: it answers 200 to nothing at all too.
        if not isinstance(said, dict) or said.get("error") or not self._acknowledgement.is_valid(said):
            raise WrongAnswerError("no acknowledgement")
        match said.get("ids"):
            case [str(identity)] if identity:
                return identity
            case _:
                raise WrongAnswerError("no acknowledgement of one event")
