"""Promises: an upstream, or the ingest, that answers in the words of a pact."""

from __future__ import annotations

import asyncio
from pathlib import Path

from bothends.client import Client
from bothends.clock import Clock
from bothends.contract import load
from bothends.records import Answer, Delivery, Request, UpstreamCall
from bothends.world import World
from bothends.world.http import Reply
from tests.in_words import condition

CONTRACT = load(Path(__file__).resolve().parents[2] / "bothends.toml")
JSON = (("content-type", "application/json"),)
EVENT = b'{"name":"app/route.requested","data":{}}'


def ask(name: str, reply: Reply, request: Request) -> tuple[Answer, list[Delivery], list[UpstreamCall]]:
    """Ask a world, in which a part has promised an answer; return that answer and what was witnessed."""

    async def asked() -> tuple[Answer, list[Delivery], list[UpstreamCall]]:
        clock = Clock()
        schemas = {"settings": CONTRACT.answer_schema("settings")}
        async with World(CONTRACT.settings.world, answer_schemas=schemas, seed=1, clock=clock) as world:
            base = world.variables()[f"world.{name}"].removesuffix("/settings")
            client = Client(base, clock=clock, time_limit=5)
            target = request.target.replace("KEY", world.variables()["world.event_key"])
            with world.state.promised(name, reply):
                sent = await client.send(Request(request.method, target, request.headers, request.body))
            after = await client.send(Request("GET", "/settings") if name == "settings" else Request("GET", "/health"))
            await client.close()
            assert isinstance(sent.answer, Answer)
            assert isinstance(after.answer, Answer)
            assert after.answer.body != reply.body
            deliveries, calls = world.take()
            return sent.answer, deliveries, calls

    return asyncio.run(asked())


def test_promised_success_is_what_the_upstream_has_given() -> None:
    """The value counts as a right answer of this call, so that an event may be made of it."""
    reply = Reply(200, JSON, b'{"appName":"as promised"}')
    answer, _, calls = ask("settings", reply, Request("GET", "/settings"))
    assert (200, reply.body) == (answer.status, answer.body)
    assert ({"appName": "as promised"}, None) == (calls[0].value, calls[0].fault)


def test_promised_failure_gives_no_value() -> None:
    """An error that is promised is a fault like any other."""
    answer, _, calls = ask("settings", Reply(503, JSON, b"{}"), Request("GET", "/settings"))
    assert (503, None, condition("the settings answers 503")) == (answer.status, calls[0].value, calls[0].fault)


def test_promised_success_that_is_no_json_gives_no_value() -> None:
    """What can't be read as JSON is nothing that an event could be made of."""
    _, _, calls = ask("settings", Reply(200, JSON, b"?"), Request("GET", "/settings"))
    assert (None, None) == (calls[0].value, calls[0].fault)


def test_promised_acknowledgement_stores_the_event() -> None:
    """The ingest does what it does, and says it in other words."""
    reply = Reply(200, JSON, b'{"ids":["a"],"status":200}')
    answer, deliveries, _ = ask("ingest", reply, Request("POST", "/e/KEY", JSON, EVENT))
    assert (200, reply.body) == (answer.status, answer.body)
    assert [(True, True, None)] == [(d.stored, d.acknowledged, d.fault) for d in deliveries]


def test_promised_refusal_stores_nothing() -> None:
    """An error that is promised is given without a look at the event."""
    answer, deliveries, _ = ask("ingest", Reply(401, JSON, b"{}"), Request("POST", "/e/KEY", JSON, EVENT))
    assert (401, [(False, condition("the ingest answers 401"))]) == (
        answer.status,
        [(d.stored, d.fault) for d in deliveries],
    )


def test_no_promise_covers_a_wrong_key() -> None:
    """What the ingest would refuse by itself it refuses, whatever is promised of right requests."""
    reply = Reply(200, JSON, b'{"ids":["a"],"status":200}')
    answer, deliveries, _ = ask("ingest", reply, Request("POST", "/e/other", JSON, EVENT))
    assert (401, [False]) == (answer.status, [d.stored for d in deliveries])
