"""The endpoint is driven by its spec: what is edited there is what it does."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.reference.endpoint import COOKIE, ROOT, Endpoint, token
from tests.reference.stub import Stub, answers
from tests.yaml_files import read_yaml

if TYPE_CHECKING:
    from collections.abc import Iterator


def edited(spec: dict[str, Any]) -> dict[str, Any]:
    """Return the contract with every part changed that the endpoint reads."""
    paths, schemas = spec["paths"], spec["components"]["schemas"]
    item = paths["/v2/ask"] = paths.pop("/api/route")
    operation = item["put"] = item.pop("post")
    operation["requestBody"]["required"] = True
    operation["requestBody"]["content"] = {
        "application/vnd.ask+json": {"schema": {"type": "object", "required": ["why"]}}
    }
    responses = operation["responses"]
    responses["403"] = responses.pop("401") | {"description": "Who are you?"}
    responses["413"]["x-given"]["bytes"] = 100
    responses["201"] = responses.pop("200")
    responses["201"]["content"]["application/json"]["examples"]["success"]["value"] = {"success": "yes"}
    schemas["Success"]["properties"]["success"] = {"type": "string"}
    responses["599"] = responses["502"] | {"x-given": {"family": "upstream-wrong", "upstream": "ingest"}}
    callbacks = operation["callbacks"]["routeRequested"]
    sends = callbacks["{ingest}/events/{eventKey}/new"] = callbacks.pop("{ingest}/e/{eventKey}")
    sends["patch"] = sends.pop("post")
    event = schemas["RouteRequested"]
    event["properties"]["name"]["const"] = "app/asked"
    event["properties"]["v"]["const"] = {"major": 2}
    event["properties"]["kind"] = {"type": "object", "required": ["of"], "properties": {"of": {"const": [None]}}}
    event["required"].append("kind")
    schemas["AppSettings"]["required"] = ["tier"]
    schemas["Acknowledgement"]["properties"]["status"]["const"] = 7
    spec["components"]["securitySchemes"]["session"]["name"] = "sid"
    return spec


@pytest.fixture(scope="module")
def rewritten(
    tmp_path_factory: pytest.TempPathFactory, environment: dict[str, str], settings_stub: Stub, ingest_stub: Stub
) -> Iterator[Endpoint]:
    """An endpoint by the edited contract, with upstreams that keep it."""
    settings_stub.always = answers(200, {"tier": 1})
    ingest_stub.always = answers(200, {"ids": ["a"], "status": 7})
    file = tmp_path_factory.mktemp("spec") / "openapi.json"
    file.write_text(json.dumps(edited(read_yaml(ROOT / "openapi.yaml"))))
    with Endpoint({**environment, "OPENAPI_FILE": str(file)}) as endpoint:
        yield endpoint


def put(endpoint: Endpoint, body: bytes, media_type: str = "application/vnd.ask+json", name: str = "sid") -> Any:
    """Send the edited operation's request."""
    headers = (f"Content-Type: {media_type}", f"Cookie: {name}={token()}")
    return endpoint.ask(body, *headers, cookie="", path="/v2/ask", method="PUT")


def test_success_and_event_follow_the_spec(rewritten: Endpoint, ingest_stub: Stub) -> None:
    """Path, method, media type, cookie, success, and the event's URL, method and constants are the spec's."""
    ingest_stub.received.clear()
    answer = put(rewritten, b'{"why":1}')
    assert (201, {"success": "yes"}) == (answer.status, answer.json)
    (sent,) = ingest_stub.received
    event = sent.json
    assert sent.line.startswith("PATCH /events/")
    assert sent.line.endswith("/new HTTP/1.1")
    assert {"id", "name", "v", "ts", "user", "data", "kind"} == set(event)
    assert ("app/asked", {"major": 2}, {"of": [None]}) == (event["name"], event["v"], event["kind"])
    assert {"appSettings": {"tier": 1}} == event["data"]


@pytest.mark.parametrize(
    ("status", "body", "media_type", "name"),
    [
        (403, b'{"why":1}', "application/vnd.ask+json", COOKIE),
        (400, b"", "application/vnd.ask+json", "sid"),
        (415, b'{"why":1}', "application/json", "sid"),
        (413, b'{"why":"' + b"a" * 100 + b'"}', "application/vnd.ask+json", "sid"),
        (422, b"{}", "application/vnd.ask+json", "sid"),
    ],
)
def test_refusals_follow_the_spec(rewritten: Endpoint, status: int, body: bytes, media_type: str, name: str) -> None:
    """Statuses, the limit, the schema and whether a body is required are the spec's."""
    assert status == put(rewritten, body, media_type, name).status


def test_title_follows_the_spec(rewritten: Endpoint) -> None:
    """A problem's title is the answer's description."""
    assert "Who are you?" == put(rewritten, b"", name="other").json["title"]


def test_answer_for_one_upstream_goes_before_the_general_one(
    rewritten: Endpoint, settings_stub: Stub, ingest_stub: Stub
) -> None:
    """An `x-given` that names an upstream is about that one alone."""
    ingest_stub.next.append(answers(400))
    assert 599 == put(rewritten, b'{"why":1}').status
    settings_stub.next.append(answers(200, {"no": "tier"}))
    assert 502 == put(rewritten, b'{"why":1}').status


def test_old_path_is_gone(rewritten: Endpoint) -> None:
    """Nothing is left of what the spec no longer says."""
    assert 404 == rewritten.ask().status
