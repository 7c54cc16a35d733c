"""What is asked of a pact once it is read."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

import pytest

from bothends.errors import ContractError
from bothends.pacts import Interaction, Pact, ProviderState, part_played
from bothends.records import MISSING
from tests.pacts.pact_files import exchange, message, pact_json, project_contract, read, signed_out, success, wrapped

GET = {"method": "get", "path": "/a"}


def http(request: Any, response: Any, *, fourth: bool = True) -> Interaction:
    """Return an interaction that was not read from a file."""
    value = exchange(request, response)
    if not fourth:
        del value["type"]
    return Interaction("http", "it works", (), "/interactions/0", value)


def event(contents: Any, **more: Any) -> Interaction:
    """Return a message that was not read from a file, of V4 unless it has no type."""
    value = {key: item for key, item in message(contents, **more).items() if item is not None}
    return Interaction("message", "an event", (), "/messages/0", value)


def test_a_request_and_its_answer_are_read() -> None:
    """Method, path, headers, status and bodies are those of the example."""
    request = {"method": "post", "path": "/api/route", "headers": {"X-A": ["1", "2"], "Y": "3"}, "body": wrapped([1])}
    made = http(
        request, {"status": 404, "headers": {"Content-Type": "text/plain"}, "body": wrapped("no", "text/plain")}
    )
    assert ("POST", "/api/route", [1]) == (made.method, made.path, made.request_body)
    assert (("X-A", "1"), ("X-A", "2"), ("Y", "3")) == made.request_headers
    assert (404, "no", (("Content-Type", "text/plain"),)) == (made.status, made.response_body, made.response_headers)
    assert ("application/json", "text/plain") == (made.request_media_type, made.response_media_type)


def test_what_is_not_said_is_what_pact_takes_it_for() -> None:
    """An answer is 200, and a body that is not there is no body."""
    made = http(GET, {}, fourth=False)
    assert (200, MISSING, MISSING) == (made.status, made.request_body, made.response_body)
    assert ((), (), None, None) == (
        made.request_headers,
        made.response_headers,
        made.request_media_type,
        made.response_media_type,
    )


@pytest.mark.parametrize(
    ("query", "expected", "target"),
    [
        (None, {}, "/a"),
        ("", {}, "/a"),
        ("a=1&b=%20&a=2", {"a": ("1", "2"), "b": (" ",)}, "/a?a=1&a=2&b=+"),
        ({"a": ["1", "2"], "b": "3", "c": [None]}, {"a": ("1", "2"), "b": ("3",), "c": ("",)}, "/a?a=1&a=2&b=3&c="),
    ],
)
def test_a_query_is_a_text_or_an_object(query: Any, expected: dict[str, Any], target: str) -> None:
    """V2 writes the query as a text, V3 and V4 as lists of values."""
    made = http({**GET, "query": query}, {})
    assert expected == made.query
    assert target == made.target


@pytest.mark.parametrize(
    ("body", "media_type", "expected"),
    [
        (None, None, MISSING),
        ("", None, MISSING),
        ({"content": 1}, None, {"content": 1}),
        ("[1]", "application/json", [1]),
        ("plain", "application/json", "plain"),
        ('{"a":1,"a":2}', "application/json", '{"a":1,"a":2}'),
        ('"\\ud800"', "application/json", '"\\ud800"'),
        ("1e999", "application/json", "1e999"),
        ("[1]", "text/plain", "[1]"),
        ("[1]", None, "[1]"),
    ],
)
def test_a_body_up_to_v3_stands_as_it_is(body: Any, media_type: str | None, expected: Any) -> None:
    """It is a JSON value; a text under a JSON media type may be the body's own text."""
    headers = {} if media_type is None else {"headers": {"content-type": media_type}}
    assert expected == http(GET, {"body": body, **headers}, fourth=False).response_body


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (None, MISSING),
        ({}, MISSING),
        (wrapped(""), MISSING),
        ({"content": None}, None),
        (wrapped({"a": 1}), {"a": 1}),
        (wrapped('{"a": 1}'), {"a": 1}),
        ({"content": '"x"', "contentType": "application/json", "encoded": "JSON"}, '"x"'),
        ({"content": "AAE=", "encoded": "base64"}, b"\x00\x01"),
        ({"content": "AAE=", "encoded": True}, b"\x00\x01"),
        (wrapped("text", "text/plain"), "text"),
    ],
)
def test_a_body_of_v4_is_unwrapped(body: Any, expected: Any) -> None:
    """`content` is the body, as `encoded` says."""
    assert expected == http(GET, {"body": body}).response_body


def test_a_message_is_read_in_each_version() -> None:
    """Contents are wrapped in V4 only; metadata were once spelt metaData."""
    assert {"a": 1} == event(wrapped({"a": 1})).contents
    assert {"a": 1} == event({"a": 1}, type=None).contents
    assert [1] == event("[1]", type=None, metaData={"contentType": "application/json"}).contents
    assert {"k": "v"} == event({}, metadata={"k": "v"}).metadata
    assert {} == event({}, metadata=None).metadata


@pytest.mark.parametrize(
    ("made", "expected"),
    [
        (http(GET, {}), "/interactions/0/response/body/content"),
        (http(GET, {}, fourth=False), "/interactions/0/response/body"),
    ],
)
def test_the_place_of_a_body_is_known(made: Interaction, expected: str) -> None:
    """The pointer leads to the example itself, past what V4 wraps it in."""
    assert expected == made.body_pointer("response")
    assert "/messages/0/contents/content" == event(wrapped({})).body_pointer("contents")


def test_a_place_has_its_line(tmp_path: Path) -> None:
    """A location names file, line and pointer; a pact that was made by hand has no lines."""
    pact = read(tmp_path, pact_json("route", success()))
    at = pact.location("/interactions/0/response/status")
    lines = pact.file.read_text("utf-8").splitlines()
    assert at.line is not None
    assert '"status": 200,' == lines[at.line - 1].strip()
    assert None is Pact(Path("a.json"), "web", "route", "4.0", (), {}).location("/interactions").line


def test_an_interaction_stands_alone(tmp_path: Path) -> None:
    """`only` keeps all of the file but the other interactions, and changes nothing in the pact itself."""
    value = pact_json("route", success(), {**signed_out(), "pending": True})
    pact = read(tmp_path, value)
    alone = pact.only(pact.interactions[1])
    assert {**value, "interactions": [signed_out()]} == alone
    assert value == pact.value


def test_messages_of_v3_stand_alone_too(tmp_path: Path) -> None:
    """A V3 file may have both lists: the library reads only one of them, so only one is given to it."""
    request = {"description": "b", "request": {"method": "GET", "path": "/"}, "response": {}}
    first = {"description": "a", "contents": {"x": 1}}
    pact = read(tmp_path, {**pact_json("route", request, version="3.0.0"), "messages": [first]})
    assert ["http", "message"] == [each.kind for each in pact.interactions]
    made = [pact.only(each) for each in pact.interactions]
    assert [([request], None), (None, [first])] == [(each.get("interactions"), each.get("messages")) for each in made]


@pytest.mark.parametrize(
    ("provider", "expected"), [("route", None), ("ingest", "ingest"), ("settings", "settings"), ("web", None)]
)
def test_roles_are_deduced_from_names(tmp_path: Path, provider: str, expected: str | None) -> None:
    """A part of the world as the provider makes the target the consumer; any other provider is the target."""
    pact = read(tmp_path, pact_json(provider))
    assert expected == part_played(pact, project_contract().settings.world)


@pytest.mark.parametrize("provider", ["Ingest", "SETTINGS", "settings "])
def test_a_name_that_is_nearly_a_parts_is_refused(provider: str, tmp_path: Path) -> None:
    """Taken for the target's, it would hold the target to what another promises."""
    pact = read(tmp_path, pact_json(provider))
    with pytest.raises(ContractError, match=r"/provider/name: The pact's provider .* differs only in case"):
        part_played(pact, project_contract().settings.world)


def test_states_are_plain_data() -> None:
    """A state can be made by hand."""
    assert {} == ProviderState("signed in").parameters


def test_a_type_before_v4_means_nothing() -> None:
    """Whatever a file up to V3 has under `type`, its bodies are not wrapped."""
    assert {"content": 1} == event({"content": 1}, type=["Asynchronous/Messages"]).contents


def test_base64_is_checked_strictly() -> None:
    """What is not base64 raises, so that reading can say where."""
    made = http(GET, {"body": {"content": base64.b64encode(b"x").decode() + "*", "encoded": "base64"}})
    with pytest.raises(ValueError, match="not base64"):
        _ = made.response_body
