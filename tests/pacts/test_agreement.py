"""A pact's examples are held against the spec: both places are named where they disagree."""

from __future__ import annotations

import os
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from bothends.pacts.comparison import format_value
from bothends.pacts.values import for_parts
from bothends.records import MISSING
from tests.pacts.agreeing import POST, changed, content, of, told
from tests.pacts.pact_files import (
    EVENT,
    PROBLEM,
    ROOT,
    SETTINGS,
    USER,
    V2,
    V3,
    exchange,
    message,
    pact_json,
    project_contract,
    signed_out,
    success,
    to_ingest,
    to_settings,
    wrapped,
)

if TYPE_CHECKING:
    from pathlib import Path

AGREEING = {
    "success": pact_json("route", success()),
    "signed out, a part of the problem": pact_json("route", signed_out()),
    "no body at all": pact_json("route", exchange({"method": "POST", "path": "/api/route"}, {"status": 503})),
    "malformed": pact_json(
        "route",
        exchange({"method": "POST", "path": "/api/route", "body": wrapped("{", "application/json")}, {"status": 400}),
    ),
    "another media type": pact_json(
        "route",
        exchange({"method": "POST", "path": "/api/route", "body": wrapped("x", "text/plain")}, {"status": 415}),
    ),
    "text without a media type": pact_json(
        "route",
        exchange({"method": "POST", "path": "/api/route", "body": {"content": "x"}}, {"status": 415}),
    ),
    "success, whatever its body": pact_json("route", exchange(success()["request"], {"status": 200})),
    "bytes": pact_json(
        "route",
        exchange(
            {"method": "POST", "path": "/api/route", "body": {"content": "/w==", "encoded": "base64"}}, {"status": 415}
        ),
    ),
    "V2": V2,
    "V3 message": V3,
    "whole message": pact_json("route", message(wrapped(EVENT))),
    "a part of the message": pact_json("route", message(wrapped({"data": {"appSettings": {"features": {}}}}))),
    "a message as bytes": pact_json(
        "route", message({"content": "eyJ2IjoiMSJ9", "contentType": "application/json", "encoded": "base64"})
    ),
    "a message of the ingest": pact_json("ingest", message(wrapped({"v": "1"}))),
    "to the ingest": pact_json("ingest", to_ingest()),
    "refused by the ingest": pact_json(
        "ingest", changed(to_ingest(), (("response",), {"status": 401, "body": wrapped({"error": "Event key"})}))
    ),
    "failed by the ingest": pact_json("ingest", changed(to_ingest(), (("response",), {"status": 503}))),
    "to the settings": pact_json("settings", to_settings()),
    "no settings": pact_json(
        "settings", changed(to_settings(), (("response",), {"status": 404, "body": wrapped({"error": "x"})}))
    ),
}


@pytest.mark.parametrize("name", AGREEING)
def test_what_agrees_is_let_be(tmp_path: Path, name: str) -> None:
    """A right pact disagrees with nothing, also where it names only a part."""
    assert [] == told(tmp_path, AGREEING[name])


SUCCESS_SCHEMA = "/components/schemas/Success/properties/success/const"

ROUTE: dict[str, tuple[Any, tuple[str, str, str, str, str]]] = {
    "boolean for text": (
        changed(success(), content("response", {"success": True})),
        (
            "/interactions/0/response/body/content/success",
            SUCCESS_SCHEMA,
            "The pact's example of the answer 200 does not match the spec at /success.",
            '"true" was expected',
            "true",
        ),
    ),
    "a key that is not there": (
        changed(success(), content("response", {"id": 1})),
        (
            "/interactions/0/response/body/content",
            "/components/schemas/Success/additionalProperties",
            "The pact's example of the answer 200 does not match the spec at /.",
            "Additional properties are not allowed ('id' was unexpected)",
            '{"id": 1}',
        ),
    ),
    "undeclared status": (
        changed(success(), (("response",), {"status": 201})),
        (
            "/interactions/0/response/status",
            f"{POST}/responses",
            "The spec declares no answer 201 of POST /api/route.",
            "one of 200, 400, 401, 413, 415, 422, 502, 503, 504",
            "201",
        ),
    ),
    "another media type": (
        changed(signed_out(), (("response", "headers"), {"content-type": "application/json; charset=utf-8"})),
        (
            "/interactions/0/response/headers",
            f"{POST}/responses/401/content",
            "The pact's answer 401 has a media type that the spec does not declare for it.",
            "application/problem+json",
            "application/json; charset=utf-8",
        ),
    ),
    "another media type of the body": (
        changed(signed_out(), (("response", "body"), wrapped(PROBLEM))),
        (
            "/interactions/0/response/body",
            f"{POST}/responses/401/content",
            "The pact's answer 401 has a media type that the spec does not declare for it.",
            "application/problem+json",
            "application/json",
        ),
    ),
    "another path": (
        changed(success(), (("request", "path"), "/api/other")),
        (
            "/interactions/0/request/path",
            "/paths",
            "The spec has no operation POST /api/other.",
            "POST /api/route",
            "POST /api/other",
        ),
    ),
    "another method": (
        changed(success(), (("request", "method"), "PUT")),
        (
            "/interactions/0/request/method",
            "/paths/~1api~1route",
            "The spec has no operation PUT /api/route.",
            "POST /api/route",
            "PUT /api/route",
        ),
    ),
    "a body that is refused": (
        changed(success(), content("request", {"dta": 1})),
        (
            "/interactions/0/request/body",
            f"{POST}/requestBody",
            "The answer is 200, but the spec refuses this request (invalid-body).",
            "a body that the spec allows",
            'application/json: {"dta": 1}',
        ),
    ),
    "a body that is not refused": (
        exchange({"method": "POST", "path": "/api/route", "body": wrapped({"data": 1})}, {"status": 422}),
        (
            "/interactions/0/request/body",
            f"{POST}/responses/422",
            "The answer is 422, but the spec does not refuse this request.",
            "a request of invalid-body",
            'application/json: {"data": 1}',
        ),
    ),
    "no body that is not refused": (
        exchange({"method": "POST", "path": "/api/route"}, {"status": 400}),
        (
            "/interactions/0/request",
            f"{POST}/responses/400",
            "The answer is 400, but the spec does not refuse this request.",
            "a request of malformed-body",
            "no body",
        ),
    ),
}


@pytest.mark.parametrize("name", ROUTE)
def test_a_pact_with_the_target_disagrees_with_an_operation(tmp_path: Path, name: str) -> None:
    """The target is the provider: operation, request, status, media type and body are the spec's."""
    value, expected = ROUTE[name]
    assert [expected] == told(tmp_path, pact_json("route", value))


RECEIVED = "/components/schemas/RouteRequested"

MESSAGES: dict[str, tuple[Any, tuple[str, str, str]]] = {
    "retyped": (
        {**EVENT, "v": 1},
        ("/interactions/0/contents/content/v", f"{RECEIVED}/properties/v/const", '"1" was expected'),
    ),
    "at the top": (
        {"appSettings": SETTINGS},
        (
            "/interactions/0/contents/content",
            f"{RECEIVED}/additionalProperties",
            "Additional properties are not allowed ('appSettings' was unexpected)",
        ),
    ),
    "renamed deep inside": (
        {"user": {"mail": "a"}},
        (
            "/interactions/0/contents/content/user",
            "/components/schemas/User/additionalProperties",
            "Additional properties are not allowed ('mail' was unexpected)",
        ),
    ),
}


@pytest.mark.parametrize("name", MESSAGES)
def test_a_message_disagrees_with_the_event(tmp_path: Path, name: str) -> None:
    """What a consumer names must be allowed at its place."""
    contents, expected = MESSAGES[name]
    (found,) = told(tmp_path, pact_json("route", message(wrapped(contents))))
    assert expected == (found[0], found[1], found[3])


def test_a_message_that_is_no_text_is_no_event(tmp_path: Path) -> None:
    """Bytes can't be what a schema describes; nor can a text that is not JSON."""
    (found,) = told(tmp_path, pact_json("route", message({"content": "/w==", "encoded": "base64"})))
    assert "The message is not text, so it is not JSON, but the event is." == found[2]
    assert [] != told(tmp_path, pact_json("route", message(wrapped("hello", "text/plain"))))


def test_both_files_are_named(tmp_path: Path) -> None:
    """A disagreement names file, line and pointer on both sides, and the interaction."""
    (found,) = of(tmp_path, pact_json("route", ROUTE["boolean for text"][0]))
    assert "web-route.json:36 /interactions/0/response/body/content/success" == str(found.pact).replace(
        f"{tmp_path}{os.sep}", ""
    )
    lines = (ROOT / "openapi.yaml").read_text("utf-8").splitlines()
    assert ROOT / "openapi.yaml" == found.spec.file
    assert found.spec.line is not None
    assert "const: 'true'" == lines[found.spec.line - 1].strip()
    assert "it works" == found.interaction


def test_long_values_are_cut(tmp_path: Path) -> None:
    """What is shown of an example fits a line of a report."""
    (found,) = of(tmp_path, pact_json("route", changed(success(), content("response", {"x" * 400: 1}))))
    assert found.actual.endswith("… (407 characters)")


def test_values_are_shown_as_json() -> None:
    """What is not there is said so."""
    assert ['{"ä": null}', "nothing"] == [format_value({"ä": None}), format_value(MISSING)]


def test_a_spec_without_events_has_no_message(tmp_path: Path) -> None:
    """A message, or a request to an ingest, that the spec says nothing of is a disagreement."""
    contract = project_contract()
    without = replace(contract, operations=(replace(contract.operations[0], events=()),))
    for value in (pact_json("route", message(wrapped({}))), pact_json("ingest", to_ingest())):
        assert ["The spec declares no event."] == [each.summary for each in of(tmp_path, value, without)]


def test_a_schema_for_parts_asks_for_nothing_that_is_absent() -> None:
    """Required keys, least numbers and conditions fall; types, constants and closed objects stay."""
    schema = project_contract().operations[0].events[0].body
    parts = for_parts(schema)
    assert parts is for_parts(schema)
    taken: list[Any] = [{}, {"user": {}}, {"user": USER, "v": "1"}]
    refused: list[Any] = [{"v": "2"}, {"user": {"id": 1}}]
    assert [True] * 3 == [parts.is_valid(value) for value in taken]
    assert [False] * 2 == [parts.is_valid(value) for value in refused]
    assert not schema.is_valid({})
