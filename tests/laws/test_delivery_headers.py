"""Headers of a delivery: those that the callback requires, each of its schema; and the media type of the body."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from bothends.contract import load
from tests.laws import kept
from tests.laws.test_sources import TOML

if TYPE_CHECKING:
    from bothends.contract import Operation

PARAMETERS = [
    {"name": "X-Event-Type", "in": "header", "required": True, "schema": {"const": "order.placed"}},
    {"name": "X-Version", "in": "header", "schema": {"type": "integer", "minimum": 2}},
    {"name": "X-Test", "in": "header", "schema": {"type": "boolean"}},
    {"name": "X-Note", "in": "header", "schema": {"type": "string", "maxLength": 3}},
]
SENT = {"parameters": PARAMETERS, "requestBody": {"content": {"application/json": {"schema": True}}}}
PLACED = {"{ingest}/e/{eventKey}": {"post": {**SENT, "responses": {"200": {"description": "Stored."}}}}}
ORDER = {"operationId": "place", "responses": {"200": {"description": "Placed."}}, "callbacks": {"placed": PLACED}}
SPEC = {"openapi": "3.1.0", "info": {"title": "Orders", "version": "1"}, "paths": {"/orders": {"post": ORDER}}}
TYPE = ("x-event-type", "order.placed")


@pytest.fixture(scope="module")
def operation(tmp_path_factory: pytest.TempPathFactory) -> Operation:
    """Return an operation whose callback declares headers."""
    folder = tmp_path_factory.mktemp("headers")
    (folder / "spec.json").write_text(json.dumps(SPEC), "utf-8")
    (folder / "bothends.toml").write_text(TOML, "utf-8")
    return load(folder / "bothends.toml").operations[0]


@pytest.mark.parametrize(
    ("headers", "wrong"),
    [
        ((TYPE,), []),
        ((TYPE, ("x-version", "2"), ("x-test", "true"), ("x-note", "abc")), []),
        ((), ["no X-Event-Type"]),
        ((("x-event-type", "order.cancelled"),), ["X-Event-Type"]),
        ((TYPE, ("x-version", "1")), ["X-Version"]),
        ((TYPE, ("x-version", "two")), ["X-Version"]),
        ((TYPE, ("x-test", "yes")), ["X-Test"]),
        ((TYPE, ("x-note", "12")), []),  # digits are a text as well
        ((TYPE, ("x-note", "1234")), ["X-Note"]),
        ((TYPE, ("x-version", "1"), ("x-version", "1")), []),  # a list, of which the schema says nothing
        ((("x-version", "1"),), ["no X-Event-Type", "X-Version"]),
    ],
)
def test_headers_are_as_the_callback_declares_them(
    operation: Operation, headers: tuple[tuple[str, str], ...], wrong: list[str]
) -> None:
    """A value is read as the text, the number or the flag that it may be; each header is a cause of its own."""
    exchange = replace(kept.exchange(), deliveries=(kept.delivery(headers=headers, callback="placed"),))
    assert wrong == kept.causes("event-headers", exchange, operation=operation)


def test_a_callback_without_headers_says_nothing_of_them() -> None:
    """What is not declared is not judged."""
    assert kept.causes("event-headers", kept.exchange()) is None


@pytest.mark.parametrize(
    ("said", "wrong"),
    [
        ("application/json", []),
        ("Application/JSON; charset=utf-8", []),
        ("application/vnd.order+json", []),
        ("text/plain;charset=UTF-8", ["text/plain"]),
        ("application/problem+json", ["application/problem+json"]),
        (None, ["None"]),
    ],
)
def test_an_event_has_a_media_type_of_its_callback(operation: Operation, said: str | None, wrong: list[str]) -> None:
    """Parameters of a media type don't count; one that is not there is none of those that are declared."""
    event = replace(operation.events[0], media_types=("application/json", "application/vnd.order+json"))
    headers = () if said is None else (("content-type", said),)
    exchange = replace(kept.exchange(), deliveries=(kept.delivery(headers=headers, callback="placed"),))
    assert wrong == kept.causes("event-media-type", exchange, operation=replace(operation, events=(event,)))


def test_all_media_types_of_a_callback_are_read(operation: Operation) -> None:
    """Each of its body's, in the order of the document."""
    assert ("application/json",) == operation.events[0].media_types


@pytest.mark.parametrize("declared", [(), ("application/json",)])
def test_a_delivery_without_a_body_has_no_media_type(operation: Operation, declared: tuple[str, ...]) -> None:
    """Nor is one asked for where the callback declares no body."""
    event = replace(operation.events[0], media_types=declared)
    sent = kept.delivery(headers=(), callback="placed", payload=None, event=None)
    exchange = replace(kept.exchange(), deliveries=(sent,))
    assert kept.causes("event-media-type", exchange, operation=replace(operation, events=(event,))) is None
