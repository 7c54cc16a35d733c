"""Pact's library, loaded once for the tests, and what they say to it."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bothends.pacts import Interaction, Pact
from bothends.pacts.verifying import Verifying
from bothends.records import Answer, Request

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from bothends.pacts.matching import Mismatch
    from bothends.records import NoAnswer

    Ask = Callable[[Request], Awaitable[Answer | NoAnswer]]

PROBLEM_TYPE = "application/problem+json"


class Loaded:
    """A loop and what verifies in it, for tests that are not asynchronous themselves.

    Attributes:
        runner: Runs what is asynchronous.
        verifying: What is tested.
    """

    def __init__(self) -> None:
        self.runner = asyncio.Runner()
        self.verifying = Verifying()

    def answered(self, pact: Pact, answer: Answer | NoAnswer) -> list[Mismatch]:
        """Verify the pact's first interaction against one answer."""

        async def ask(_: Request) -> Answer | NoAnswer:
            return answer

        return self.asked(pact, ask)

    def asked(self, pact: Pact, ask: Ask) -> list[Mismatch]:
        """Verify the pact's first interaction against whoever answers."""
        return self.runner.run(self.verifying.verify_http(pact, pact.interactions[0], ask))

    def received(self, pact: Pact, message: Any, metadata: Mapping[str, Any] | None = None) -> list[Mismatch]:
        """Verify the pact's first interaction against a message, given as a JSON value."""
        call = self.verifying.verify_message(
            pact, pact.interactions[0], json.dumps(message).encode(), metadata=metadata
        )
        return self.runner.run(call)

    def sent(self, pact: Pact, request: Request) -> list[Mismatch]:
        """Match a request with the pact's first interaction."""
        return self.runner.run(self.verifying.match_request(pact, pact.interactions[0], request))


def made(*interactions: Mapping[str, Any], version: str = "4.0") -> Pact:
    """Return a pact that was read from no file; V3 messages are told from their contents."""
    plain_messages = version != "4.0" and "contents" in interactions[0]
    key = "messages" if plain_messages else "interactions"
    value = {
        "consumer": {"name": "web"},
        "provider": {"name": "route"},
        key: list(interactions),
        "metadata": {"pactSpecification": {"version": version}},
    }
    read = tuple(
        Interaction("http" if "request" in item else "message", item["description"], (), f"/{key}/{place}", item)
        for place, item in enumerate(interactions)
    )
    return Pact(Path("web-route.json"), "web", "route", version, read, value)


def answer(value: Any, status: int = 200, media_type: str = "application/json") -> Answer:
    """Return an answer with a JSON body."""
    body = json.dumps(value).encode()
    return Answer(status, (("content-type", media_type),), body, len(body))


def posted(value: Any, target: str = "/e/key", *headers: tuple[str, str]) -> Request:
    """Return a POST with a JSON body."""
    return Request("POST", target, (("content-type", "application/json"), *headers), json.dumps(value).encode())


def body(content: Any, media_type: str = "application/json", *, encoded: Any = False) -> dict[str, Any]:
    """Return a body as V4 wraps it."""
    return {"content": content, "contentType": media_type, "encoded": encoded}


def http(request: Mapping[str, Any], response: Mapping[str, Any], **more: Any) -> dict[str, Any]:
    """Return an interaction over HTTP, of V4."""
    named = {"type": "Synchronous/HTTP", "description": "it works", **more}
    return {
        **named,
        "request": {"method": "POST", "path": "/e/key", **request},
        "response": {"status": 200, **response},
    }


def message(content: Any, **more: Any) -> dict[str, Any]:
    """Return a message of V4."""
    return {"type": "Asynchronous/Messages", "description": "an event", "contents": body(content), **more}
