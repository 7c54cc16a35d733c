"""Pacts held against another contract: several operations, several events, several files."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from bothends.contract import load
from bothends.pacts import Disagreement, disagreements
from tests.pacts.pact_files import exchange, message, pact_json, read, wrapped

if TYPE_CHECKING:
    from pathlib import Path

    from bothends.contract import Contract


def of(folder: Path, value: Any, contract: Contract) -> list[Disagreement]:
    """Return the disagreements of a pact."""
    return disagreements(read(folder, value), contract)


def orders(folder: Path, *, reference: bool = False) -> Contract:
    """Return a contract of several operations and events."""
    answer = (
        "    {responses: {'200': {description: ok}}, parameters: [{name: q, in: query, required: true, schema: {}}]}\n"
    )
    place = "    get:\n      operationId: getOrder\n" + OF_ORDERS
    (folder / "orders.yaml").write_text("order:\n" + place, "utf-8")
    held = "    $ref: 'orders.yaml#/order'\n" if reference else place
    spec = f"openapi: 3.1.0\ninfo: {{title: Orders, version: '1'}}\npaths:\n  /orders/{{id}}:\n{held}"
    spec += f"  /orders/all:\n    get:\n  {answer}" + EVENTS
    (folder / "openapi.yaml").write_text(spec, "utf-8")
    (folder / "bothends.toml").write_text(
        'spec = "openapi.yaml"\noperations = ["*"]\n[world.ingest]\n[world.upstreams.stock]\npath = "/stock"\n'
        'answer = "#/components/schemas/Stock"\n',
        "utf-8",
    )
    return load(folder / "bothends.toml")


OF_ORDERS = """\
      parameters: [{name: id, in: path, required: true, schema: {type: integer}}]
      responses:
        '200':
          description: ok
          content: {application/json: {schema: {type: object, properties: {id: {type: integer}}}}}
"""

EVENTS = """\
  /ship:
    post:
      operationId: ship
      requestBody: {content: {application/json: {schema: {type: object}}}}
      responses: {'204': {description: done}}
      callbacks:
        shipped:
          '{$request.body#/url}':
            post: {requestBody: {content: {application/json: {schema: {properties: {kind: {const: shipped}}}}}}}
        returned:
          'https://hooks.example.com/r/{eventKey}?x=1':
            post:
              requestBody: {content: {application/json: {schema: {properties: {kind: {const: returned}}}}}}
              responses: {default: {description: any, content: {text/plain: {schema: {type: string}}}}}
  /pay:
    post:
      operationId: pay
      requestBody: {content: {application/json: {schema: {type: object}}}}
      responses: {'204': {description: done}}
      callbacks:
        paid:
          '{$request.body#/url}':
            post: {requestBody: {content: {application/json: {schema: {properties: {kind: {const: paid}}}}}}}
components:
  schemas:
    Stock: {type: object, required: [count]}
"""


def test_paths_with_parameters_are_found(tmp_path: Path) -> None:
    """A path without parameters comes first, and a parameter that is missing is told."""
    contract = orders(tmp_path)
    got = exchange({"method": "GET", "path": "/orders/5"}, {"status": 200, "body": wrapped({"id": 5})})
    every = exchange({"method": "GET", "path": "/orders/all"}, {"status": 200}, description="all")
    worded = exchange({"method": "GET", "path": "/orders/x"}, {"status": 200}, description="x")
    found = of(tmp_path, pact_json("orders", got, every, worded), contract)
    assert [
        ("/interactions/1/request", "The answer is 200, but the query parameter 'q' is missing."),
        ("/interactions/2/request", "The answer is 200, but the path parameter 'id' does not match its schema."),
    ] == [(each.pact.pointer, each.summary) for each in found]


def test_a_body_that_nobody_promised_is_told(tmp_path: Path) -> None:
    """An answer that the spec declares without content has no body to rely on."""
    done = exchange({"method": "POST", "path": "/ship"}, {"status": 204, "body": wrapped({"id": 5})})
    (found,) = of(tmp_path, pact_json("orders", done), orders(tmp_path))
    assert ("/interactions/0/response/body", "/paths/~1ship/post/responses/204") == (
        found.pact.pointer,
        found.spec.pointer,
    )


def test_what_is_declared_in_another_file_is_found(tmp_path: Path) -> None:
    """A path item may stand in another file: its pointer is named."""
    got = exchange({"method": "GET", "path": "/orders/5"}, {"status": 200, "body": wrapped({"id": "5"})})
    (found,) = of(tmp_path, pact_json("orders", got), orders(tmp_path, reference=True))
    assert "/order/get/responses/200/content/application~1json/schema" == found.spec.pointer


def test_of_several_events_the_nearest_is_meant(tmp_path: Path) -> None:
    """A message may be any event of the spec, as long as its description names no operation."""
    contract = orders(tmp_path)
    kinds = [("a", "returned"), ("b", "lost"), ("after ship: c", "shipped"), ("after pay: d", "shipped")]
    pact = pact_json("orders", *(message(wrapped({"kind": kind}), description=name) for name, kind in kinds))
    assert ["b", "after pay: d"] == [each.interaction for each in of(tmp_path, pact, contract)]


@pytest.mark.parametrize(("path", "expected"), [("/r/k", []), ("/any/thing", ["/kind"]), ("/r/a/b", ["/kind"])])
def test_urls_of_callbacks_are_told_by_their_paths(tmp_path: Path, path: str, expected: list[str]) -> None:
    """Host and query are left aside; a runtime expression may be any URL."""
    request = {"method": "POST", "path": path, "body": wrapped({"kind": "returned"})}
    answer = {"status": 200, "body": wrapped("ok", "text/plain")}
    found = of(tmp_path, pact_json("ingest", exchange(request, answer)), orders(tmp_path))
    assert [f"/interactions/0/request/body/content{each}" for each in expected] == [e.pact.pointer for e in found]


def test_a_reference_within_the_spec_is_followed(tmp_path: Path) -> None:
    """The schema of an upstream's answer may be named from the settings file as `#/…`."""
    value = exchange({"method": "GET", "path": "/stock"}, {"status": 200, "body": wrapped({})})
    (found,) = of(tmp_path, pact_json("stock", value), orders(tmp_path))
    assert (tmp_path / "openapi.yaml", "/components/schemas/Stock/required") == (found.spec.file, found.spec.pointer)
