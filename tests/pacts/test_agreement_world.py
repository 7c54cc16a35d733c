"""Pacts in which the target is the consumer, held against the callback and the upstreams."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.pacts.agreeing import CALLBACK, changed, content, told
from tests.pacts.pact_files import EVENT, SETTINGS, pact_json, to_ingest, to_settings, wrapped

if TYPE_CHECKING:
    from pathlib import Path


INGEST: dict[str, tuple[Any, tuple[str, str, str, str]]] = {
    "another path": (
        changed(to_ingest(), (("request", "path"), "/events/key")),
        ("/interactions/0/request/path", CALLBACK, "POST {ingest}/e/{eventKey}", "POST /events/key"),
    ),
    "another method": (
        changed(to_ingest(), (("request", "method"), "PUT")),
        ("/interactions/0/request/path", CALLBACK, "POST {ingest}/e/{eventKey}", "PUT /e/key"),
    ),
    "no event": (
        changed(to_ingest(), (("request",), {"method": "POST", "path": "/e/k"})),
        (
            "/interactions/0/request",
            f"{CALLBACK}/requestBody/content/application~1json/schema",
            "the event that the callback declares",
            "no event",
        ),
    ),
    "a part of the event": (
        changed(to_ingest(), content("request", [{**EVENT, "user": {"name": "a", "email": "b"}}])),
        (
            "/interactions/0/request/body/content/0/user",
            "/components/schemas/User/required",
            '"image" is a required property',
            '{"name": "a", "email": "b"}',
        ),
    ),
    "another media type": (
        changed(to_ingest(), (("request", "headers"), {"Content-Type": "application/x-ndjson"})),
        (
            "/interactions/0/request/headers",
            f"{CALLBACK}/requestBody/content",
            "application/json",
            "application/x-ndjson",
        ),
    ),
    "another media type of the body": (
        changed(to_ingest(), (("request", "body", "contentType"), "text/json")),
        ("/interactions/0/request/body", f"{CALLBACK}/requestBody/content", "application/json", "text/json"),
    ),
    "undeclared status": (
        changed(to_ingest(), (("response",), {"status": 202})),
        ("/interactions/0/response/status", f"{CALLBACK}/responses", "one of 200, 400, 401, 5XX", "202"),
    ),
    "ids that are numbers": (
        changed(to_ingest(), (("response", "body"), wrapped({"ids": [1]}))),
        (
            "/interactions/0/response/body/content/ids/0",
            "/components/schemas/Acknowledgement/properties/ids/items/type",
            '1 is not of type "string"',
            "1",
        ),
    ),
    "ids in a text": (
        changed(to_ingest(), content("response", '{"status":201}')),
        (
            "/interactions/0/response/body/content/status",
            "/components/schemas/Acknowledgement/properties/status/const",
            "200 was expected",
            "201",
        ),
    ),
}


@pytest.mark.parametrize("name", INGEST)
def test_a_pact_with_the_ingest_disagrees_with_the_callback(tmp_path: Path, name: str) -> None:
    """The target is the consumer: what it sends is whole, and the answers are declared ones."""
    value, expected = INGEST[name]
    (found,) = told(tmp_path, pact_json("ingest", value))
    assert expected == (found[0], found[1], found[3], found[4])


UPSTREAM: dict[str, tuple[Any, tuple[str, str, str, str]]] = {
    "another path": (
        changed(to_settings(), (("request", "path"), "/appsettings")),
        ("/interactions/0/request/path", "world.upstreams.settings.path", "/settings", "/appsettings"),
    ),
    "another method": (
        changed(to_settings(), (("request", "method"), "POST")),
        ("/interactions/0/request/method", "world.upstreams.settings.method", "GET", "POST"),
    ),
    "an unknown environment": (
        changed(to_settings(), content("response", {**SETTINGS, "environment": "test"})),
        (
            "/interactions/0/response/body/content/environment",
            "/components/schemas/AppSettings/properties/environment/enum",
            '"test" is not one of "development", "staging" or "production"',
            '"test"',
        ),
    ),
    "a part of the settings": (
        changed(to_settings(), content("response", {**SETTINGS, "x" * 400: 1, "features": None})),
        (
            "/interactions/0/response/body/content/features",
            "/components/schemas/AppSettings/properties/features/type",
            'null is not of type "object"',
            "null",
        ),
    ),
}


@pytest.mark.parametrize("name", UPSTREAM)
def test_a_pact_with_an_upstream_disagrees_with_its_settings(tmp_path: Path, name: str) -> None:
    """Method and path are those of bothends.toml; an answer that the world is to give must be whole."""
    value, expected = UPSTREAM[name]
    (found,) = told(tmp_path, pact_json("settings", value))
    assert expected == (found[0], found[1], found[3], found[4])
