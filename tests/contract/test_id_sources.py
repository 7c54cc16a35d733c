"""Which operations give the ids that others need, and what their answers give."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

import pytest

from bothends.contract import admission, load
from bothends.contract.operations import (
    about_theirs,
    query_of_location,
    values_of_answer,
    with_id_marks,
    with_query_of_location,
)
from bothends.contract.requests import asks_for_theirs, filled_with_ids, ids_named, ids_named_in, marks_in, with_marks
from bothends.records import Answer, Case, Exchange, Request

if TYPE_CHECKING:
    from pathlib import Path

    from bothends.contract import Contract, Operation

OK = {"200": {"description": "It."}}


def _id(name: str, **more: Any) -> dict[str, Any]:
    return {"name": name, "in": "path", "required": True, "schema": {"type": "string"}, **more}


def contract(folder: Path, paths: Any) -> Contract:
    """Return the contract of some paths."""
    document = {"openapi": "3.1.0", "info": {"title": "A service", "version": "1"}, "paths": paths}
    (folder / "openapi.json").write_text(json.dumps(document), "utf-8")
    (folder / "bothends.toml").write_text('spec = "openapi.json"\n', "utf-8")
    return load(folder / "bothends.toml")


def success(
    operation: Operation, target: str, body: Any = None, *headers: tuple[str, str], status: int = 201
) -> Exchange:
    """Return an exchange of an operation that succeeded."""
    request = Request(operation.method, target)
    answer = Answer(status, (("content-type", "application/json"), *headers), json.dumps(body).encode(), 2, "")
    return Exchange(1, Case(operation.id, "success", "x", request), None, request, answer, 0.0, 0.0)


def orders(**more: Any) -> dict[str, Any]:
    """Return the paths of an API for orders; its creating operation may have more."""
    return {
        "/orders": {
            "get": {"operationId": "list", "responses": OK},
            "post": {"operationId": "create", "responses": {"201": {"description": "Made.", **more}}},
        },
        "/orders/{orderId}": {"get": {"operationId": "get", "parameters": [_id("orderId")], "responses": OK}},
    }


LINKED = {"links": {"it": {"operationId": "get", "parameters": {"orderId": "$response.body#/made/number"}}}}
BY_REFERENCE = {
    "links": {
        "it": {
            "operationRef": "#/paths/~1orders~1{orderId}/get",
            "parameters": {"path.orderId": "$response.header.X-Order"},
        }
    }
}


@pytest.mark.parametrize(
    ("more", "how"),
    [
        ({}, ["location", "answer", "list"]),
        (LINKED, ["link", "location", "answer", "list"]),
        (BY_REFERENCE, ["link", "location", "answer", "list"]),
        ({"links": {"it": {"operationId": "other", "parameters": {"orderId": "$response.body#/id"}}}}, None),
        ({"links": {"it": {"operationId": "get", "parameters": {"orderId": "$nothing"}}}}, None),
        ({"links": {"it": {"operationId": "get", "parameters": {"orderId": "$request.query.x"}}}}, None),
        ({"links": {"it": {"operationId": "get"}}}, None),
    ],
)
def test_the_order_of_what_gives_an_id(tmp_path: Path, more: Any, how: list[str] | None) -> None:
    """Links come first, then `Location`, then the answer that creates, then the list; a link may give none."""
    (place,) = contract(tmp_path, orders(**more)).operation("get").id_places
    assert (how or ["location", "answer", "list"]) == [source.how for source in place.sources]
    assert ("path", "orderId", "/orders/{}") == (place.part, place.name, place.leads)


@pytest.mark.parametrize(
    ("more", "how", "body", "headers", "value"),
    [
        (LINKED, "link", {"made": {"number": 7}}, (), "7"),
        (BY_REFERENCE, "link", None, (("x-order", "a b"),), "a b"),
        ({}, "location", None, (("location", "/v1/orders/a%20b"),), "a b"),
        ({}, "location", None, (("location", "http://127.0.0.1/orders/7/lines?x=1"),), "7"),
        ({}, "location", None, (("location", "/customers/7"),), None),
        ({}, "location", None, (), None),
        ({}, "answer", {"orderId": "o", "id": "i"}, (), "o"),
        ({}, "answer", {"id": "i"}, (), "i"),
        ({}, "answer", {"data": {"id": 5}, "n": 1}, (), "5"),
        ({}, "answer", {"data": {"id": 5}, "more": {"id": 6}}, (), None),
        ({}, "answer", {"id": True}, (), None),
        ({}, "answer", {"id": ".."}, (), None),
        ({}, "answer", {"id": "x" * 513}, (), None),
        ({}, "answer", [1], (), None),
        ({}, "list", [{"id": "first"}, {"id": "second"}], (), "first"),
        ({}, "list", {"items": [{"orderId": "first"}], "total": 1}, (), "first"),
        ({}, "list", {"items": [{"id": 1}], "others": [{"id": 2}]}, (), None),
        ({}, "list", [], (), None),
    ],
)
def test_what_an_answer_gives(  # noqa: PLR0913, PLR0917 -- the columns of the table
    tmp_path: Path, more: Any, how: str, body: Any, headers: tuple[tuple[str, str], ...], value: str | None
) -> None:
    """The property of the parameter's name before `id`; what can be no id is none."""
    read = contract(tmp_path, orders(**more))
    (place,) = read.operation("get").id_places
    source = next(each for each in place.sources if each.how == how)
    maker = read.operation(source.operation)
    expected = {} if value is None else {"/orders/{}": value}
    assert expected == values_of_answer(maker, place, source, success(maker, "/v1/orders", body, *headers))


def test_what_an_answer_gives_is_for_others(tmp_path: Path) -> None:
    """Who puts a sheet under a name chooses it, though the answer gives the digest by which another one removes it."""
    removed_by = {"operationId": "remove", "parameters": {"sheet": "$response.header.Digest"}}
    answers = {"201": {"description": "Put.", "links": {"it": removed_by}}}
    sheet = {
        "put": {"operationId": "put", "parameters": [_id("sheet")], "responses": answers},
        "delete": {"operationId": "remove", "parameters": [_id("sheet")], "responses": OK},
    }
    read = contract(tmp_path, {"/sheets/{sheet}": sheet})
    assert ((), "sheet") == (read.operation("put").id_places, getattr(read.operation("put").new_place, "name", ""))
    assert [("put", "link")] == [(one.operation, one.how) for one in read.operation("remove").id_places[0].sources]


@pytest.mark.parametrize(
    ("target", "marked"),
    [
        ("/shops/other/orders/7", "/shops/mine/orders/{order}"),
        ("/shops/far-too-long/orders/7", "/shops/far-too-long/orders/{order}"),
    ],
)
def test_what_is_asked_for_is_below_the_example(tmp_path: Path, target: str, marked: str) -> None:
    """An object is made below the contract's example, so it is asked for there; what the contract refuses stays."""
    shop = {**_id("shop"), "schema": {"type": "string", "maxLength": 6}, "example": "mine"}
    made = {"201": {"description": "Made."}}
    paths = {
        "/shops/{shop}/orders": {"post": {"operationId": "create", "parameters": [shop], "responses": made}},
        "/shops/{shop}/orders/{order}": {
            "get": {"operationId": "get", "parameters": [shop, _id("order")], "responses": OK}
        },
    }
    get = contract(tmp_path, paths).operation("get")
    assert marked == ids_named(with_id_marks(get, Request("GET", target)).target)


def uploads(**state: Any) -> dict[str, Any]:
    """Return the paths of uploads, each of which is at a URL with a query."""
    answers = {"202": {"description": "Begun.", "headers": {"Location": {"schema": {"type": "string"}}}}}
    query = {"name": "state", "in": "query", "required": True, "schema": {"type": "string", "maxLength": 9}, **state}
    more = {"name": "step", "in": "query", "schema": {"type": "string"}}
    named = [_id("uploadId"), query, more]
    return {
        "/uploads": {"post": {"operationId": "begin", "responses": answers}},
        "/uploads/{uploadId}": {"patch": {"operationId": "add", "parameters": named, "responses": answers}},
        "/uploads/{uploadId}/parts": {"get": {"operationId": "parts", "parameters": named, "responses": OK}},
    }


@pytest.mark.parametrize(
    ("location", "found"),
    [
        ("/v1/uploads/7?state=a%20b%2B&step=", {"/uploads/{}?": {"state": "a b+", "step": ""}}),
        ("http://127.0.0.1/uploads/7/parts?state=c", {"/uploads/{}/parts?": {"state": "c"}}),
        ("/uploads/8?state=of-another", {}),
        ("/uploads/7", {}),
        ("/customers/7?state=x", {}),
        ("http://[/uploads/7?state=x", {}),
    ],
)
def test_what_a_location_has_in_its_query(tmp_path: Path, location: str, found: Any) -> None:
    """It goes with the object at the path of that URL, and with no other one."""
    begin = contract(tmp_path, uploads()).operation("begin")
    answered = success(begin, "/uploads", None, ("location", location), status=202)
    assert found == query_of_location(begin, {"/uploads/{}": "7"}, answered)


@pytest.mark.parametrize(
    ("state", "target", "sent"),
    [
        ({}, "/uploads/7?state=0", "/uploads/7?state=a+b%2B"),
        ({}, "/uploads/7?state=0&step=1", "/uploads/7?state=a+b%2B&step=1"),
        ({}, "/uploads/7", "/uploads/7"),
        ({}, "/uploads/7?state=longer-than-it-may-be", "/uploads/7?state=longer-than-it-may-be"),
        ({"example": "given"}, "/uploads/7?state=given", "/uploads/7?state=given"),
        ({"required": False}, "/uploads/7?state=0", "/uploads/7?state=0"),
    ],
)
def test_a_request_has_the_query_of_where_its_object_is(tmp_path: Path, state: Any, target: str, sent: str) -> None:
    """A parameter that it needs has the value; what the contract gives stays, and so does what it refuses."""
    add = contract(tmp_path, uploads(**state)).operation("add")
    known = {"/uploads/{}": "7", "/uploads/{}?": {"state": "a b+", "step": "2"}}
    assert sent == with_query_of_location(add, Request("PATCH", target), known).target


ORDER = {"type": "object", "required": ["id", "total"], "properties": {"id": {"type": "string"}}}
RIGHTS = {"type": "object"}
WRAPPED = {"type": "object", "required": ["data", "rights"], "properties": {"data": ORDER, "rights": RIGHTS}}
MADE = {"data": {"id": "o-7", "total": 1}, "rights": {"write": ["ada"]}}


@pytest.mark.parametrize(
    ("shown", "body", "value"),
    [
        (WRAPPED, MADE, "o-7"),
        (ORDER, MADE, "o-7"),
        (ORDER, {"rights": {}, "data": {"id": "o-7", "orderId": "o-8", "total": 1}}, "o-8"),
        (ORDER, {"data": {"number": 7, "total": 1}, "customer": {"id": "c-1"}}, None),
        (WRAPPED, {**MADE, "customer": {"id": "c-1"}}, None),
        (None, MADE, None),
    ],
    ids=["as a GET shows it", "alone", "by its name", "of another object", "of two", "nobody knows"],
)
def test_an_id_of_an_object_beside_others(tmp_path: Path, shown: Any, body: Any, value: str | None) -> None:
    """The only one that has an id is what was made, where a GET shows it or the whole; else nobody knows what it is."""
    paths = orders()
    if shown is not None:
        described = {"description": "It.", "content": {"application/json": {"schema": shown}}}
        paths["/orders/{orderId}"]["get"]["responses"] = {"200": described}
    read = contract(tmp_path, paths)
    (place,) = read.operation("get").id_places
    source, maker = next(each for each in place.sources if each.how == "answer"), read.operation("create")
    found = values_of_answer(maker, place, source, success(maker, "/orders", body))
    assert ({} if value is None else {"/orders/{}": value}) == found


def nested() -> dict[str, Any]:
    """Return the paths of orders with lines; the lines are found by a link that has all that leads to them."""
    lines = {"operationId": "addLine", "responses": {"201": {"description": "Made."}}}
    return {
        **orders(),
        "/orders/{id}/lines": {"parameters": [_id("id")], "post": lines},
        "/orders/{id}/lines/{n}": {
            "parameters": [_id("id"), _id("n")],
            "get": {"operationId": "getLine", "responses": OK},
        },
    }


def test_what_leads_to_an_object_belongs_together(tmp_path: Path) -> None:
    """A line has the order that it was added to, whatever the parameter is called, and whatever the base path is."""
    read = contract(tmp_path, nested())
    operation, maker = read.operation("getLine"), read.operation("addLine")
    order, line = operation.id_places
    assert ["/orders/{}", "/orders/{}/lines/{}"] == [order.leads, line.leads]
    assert {"create", "list"} == {source.operation for source in order.sources}
    source = next(each for each in line.sources if each.how == "answer")
    found = values_of_answer(maker, line, source, success(maker, "/v1/orders/o-7/lines", {"id": 3}))
    assert {"/orders/{}": "o-7", "/orders/{}/lines/{}": "3"} == found


@pytest.mark.parametrize(
    "given",
    [{"example": "o-1"}, {"schema": {"type": "string", "default": "o-1"}}, {"schema": {"enum": ["o-1", "o-2"]}}],
)
def test_a_value_of_the_contract_is_kept(tmp_path: Path, given: dict[str, Any]) -> None:
    """What the contract says of an id comes before what an answer gives."""
    paths = orders()
    paths["/orders/{orderId}"]["get"]["parameters"] = [_id("orderId", **given)]
    assert () == contract(tmp_path, paths).operation("get").id_places


def test_nothing_gives_an_id(tmp_path: Path) -> None:
    """A path that no other operation leads to has ids that are made up, as before."""
    paths = {"/orders/{orderId}": orders()["/orders/{orderId}"]}
    operation = contract(tmp_path, paths).operation("get")
    assert () == operation.id_places
    assert [""] == [parameter.mark for parameter in operation.parameters]


def test_a_query_has_an_id_by_a_link_alone(tmp_path: Path) -> None:
    """A required parameter of the query is an id where a link says so; no other."""
    query = [
        {"name": name, "in": "query", "required": True, "schema": {"type": "string"}} for name in ("order", "page")
    ]
    link = {"operationId": "find", "parameters": {"query.order": "$response.body#/id"}}
    paths = {
        **orders(links={"found": link}),
        "/lines": {"get": {"operationId": "find", "parameters": query, "responses": OK}},
    }
    (place,) = contract(tmp_path, paths).operation("find").id_places
    assert ("query", "order", ["link"]) == (place.part, place.name, [source.how for source in place.sources])


def test_marks_are_put_and_filled(tmp_path: Path) -> None:
    """A mark stands for an id in path, query and raw bytes, and reads as the parameter's name."""
    operation = contract(tmp_path, nested()).operation("getLine")
    order, line = operation.id_places
    request = with_id_marks(operation, Request("GET", "/orders/1/lines/2?x=3"))
    assert f"/orders/{order.mark}/lines/{line.mark}?x=3" == request.target
    assert "/orders/{id}/lines/{n}?x=3" == ids_named(request.target)
    assert [order, line] == marks_in(operation.id_places, request)
    values = {order.leads: "a/b"}
    assert "/orders/a%2Fb/lines/no?x=3" == filled_with_ids(operation.id_places, request, values, lambda _: "no").target
    raw = Request("GET", "/", raw=f"GET /orders/{order.mark}/lines/{line.mark} HTTP/1.1\r\n\r\n".encode())
    assert (
        b"GET /orders/a%2Fb/lines/no HTTP/1.1\r\n\r\n"
        == filled_with_ids(operation.id_places, raw, values, lambda _: "no").raw
    )
    theirs = about_theirs(operation, request)
    assert asks_for_theirs(operation.id_places, theirs)
    assert not asks_for_theirs(operation.id_places, request)
    assert "/orders/a%2Fb/lines/no?x=3" == filled_with_ids(operation.id_places, theirs, values, lambda _: "no").target


def jars(*methods: str, of_all: dict[str, Any] | None = None, name: dict[str, Any] | None = None) -> dict[str, Any]:
    """Return the paths of jars, each at its name."""
    own = {method: {"operationId": method, "responses": OK} for method in methods}
    return {"/jars/{name}": {"parameters": [name or _id("name")], **own}, **({"/jars": of_all} if of_all else {})}


def _of_all(method: str) -> dict[str, Any]:
    return {method: {"operationId": f"all-{method}", "responses": {"201": {"description": "It."}}}}


@pytest.mark.parametrize(
    ("paths", "expected"),
    [
        pytest.param(jars("put", "get", "delete"), [("put", "path")], id="others have the path"),
        pytest.param(
            jars("put", "get", of_all=_of_all("get")), [("put", "path"), ("all-get", "list")], id="a list too"
        ),
        pytest.param(
            jars("put", "get", of_all=_of_all("post")), [("all-post", "location"), ("all-post", "answer")], id="a POST"
        ),
        pytest.param(jars("put", "get", name=_id("name", schema={"type": "integer"})), [], id="a number"),
        pytest.param(jars("put", "get", name=_id("name", example="one")), [], id="an example"),
        pytest.param(jars("patch", "get"), [], id="no PUT"),
    ],
)
def test_what_is_put_under_a_name_of_its_caller(
    tmp_path: Path, paths: dict[str, Any], expected: list[tuple[str, str]]
) -> None:
    """A `PUT` that others go on from gives the name, where nothing else makes one; it asks nobody for one itself."""
    operations = {operation.id: operation for operation in contract(tmp_path, paths).operations}
    assert expected == [(one.operation, one.how) for place in operations["get"].id_places for one in place.sources]
    by_path = ("put", "path") in expected
    assert by_path == ("put" in operations and operations["put"].new_place is not None)
    if by_path:
        assert () == operations["put"].id_places
        [place] = operations["get"].id_places
        given = values_of_answer(operations["put"], place, place.sources[0], success(operations["put"], "/jars/a%20b"))
        assert {"/jars/{}": "a b"} == given


def test_what_leads_to_such_an_object_is_in_the_same_path(tmp_path: Path) -> None:
    """A shelf that nobody makes is the one on which the jar was put; a shelf by itself is not known by that."""
    names = [_id("shelf"), _id("name")]
    own = {method: {"operationId": method, "responses": OK} for method in ("put", "get")}
    paths = {
        "/shelves/{shelf}": {"get": {"operationId": "shelf", "parameters": names[:1], "responses": OK}},
        "/shelves/{shelf}/jars/{name}": {"parameters": names, **own},
    }
    operations = {operation.id: operation for operation in contract(tmp_path, paths).operations}
    assert [[], [], ["/shelves/{}", "/shelves/{}/jars/{}"]] == [
        [place.leads for place in operations[name].id_places] for name in ("shelf", "put", "get")
    ]
    given = success(operations["put"], "/shelves/a/jars/b")
    found = [values_of_answer(operations["put"], each, each.sources[0], given) for each in operations["get"].id_places]
    assert [{"/shelves/{}": "a", "/shelves/{}/jars/{}": "b"}] * 2 == found


def test_what_nobody_else_asks_for_may_be_the_id_of_a_transaction(tmp_path: Path) -> None:
    """Each request has a value of its own then, and no object is known by it."""
    [operation] = contract(tmp_path, jars("put")).operations
    assert (1, None, ()) == (len(operation.own_places), operation.new_place, operation.id_places)


def _body(**properties: Any) -> dict[str, Any]:
    schema = {"type": "object", "required": [*properties], "properties": properties}
    return {"required": True, "content": {"application/json": {"schema": schema}}}


def bookings(links: Any = None, **properties: Any) -> dict[str, Any]:
    """Return the paths of an API for bookings of rooms, which are made by others."""
    made = {"201": {"description": "Made.", "links": {"it": links} if links else {}}}
    room = {"get": {"operationId": "room", "parameters": [_id("roomId")], "responses": OK}}
    return {
        "/rooms": {"post": {"operationId": "addRoom", "responses": made}},
        "/rooms/{roomId}": room,
        "/bookings": {"post": {"operationId": "book", "requestBody": _body(**properties), "responses": made}},
    }


TEXT = {"type": "string"}
OF_ROOM = {"operationId": "book", "requestBody": {"stay": {"room": "{$response.body#/id}", "nights": 2}}}
IN_STAY = {"stay": {"type": "object", "properties": {"room": TEXT}}}
OF_TEXT = {"operationId": "book", "requestBody": {"at": "/rooms/{$response.body#/id}/{$response.header.X-Door}"}}


@pytest.mark.parametrize(
    ("links", "properties", "name", "value"),
    [
        (OF_ROOM, IN_STAY, "/stay/room", 7),
        (OF_TEXT, {"at": TEXT}, "/at", "/rooms/7/left"),
        ({"operationId": "book", "requestBody": ["$response.body#/id"]}, {"x": TEXT}, "/0", 7),
        ({"operationId": "book", "requestBody": "$response.body"}, {"x": TEXT}, None, None),
        ({"operationId": "book", "requestBody": {"x": "a constant"}}, {"x": TEXT}, None, None),
        ({"operationId": "book", "requestBody": {"x": "$request.body#/x"}}, {"x": TEXT}, None, None),
    ],
    ids=["a member", "in a text", "an item", "the whole body", "a constant", "of the request"],
)
def test_what_a_link_puts_into_a_body(
    tmp_path: Path, links: Any, properties: Any, name: str | None, value: Any
) -> None:
    """A value of the answer stands at its place, with its type; what is no such value is the case's to choose."""
    read = contract(tmp_path, bookings(links, **properties))
    operation = read.operation("book")
    assert ([] if name is None else [("body", name)]) == [(one.part, one.name) for one in operation.id_places]
    for place in operation.id_places:
        maker = read.operation("addRoom")
        given = success(maker, "/rooms", {"id": 7}, ("x-door", "left"))
        assert {place.leads: value} == values_of_answer(maker, place, place.sources[0], given)


def test_a_header_that_a_link_gives(tmp_path: Path) -> None:
    """Each request has it, whatever its example is, and it belongs to the object as it was seen."""
    paths = orders()
    tag = {"name": "If-Match", "in": "header", "schema": TEXT, "example": '"of another"'}
    paths["/orders/{orderId}"]["put"] = {"operationId": "put", "parameters": [_id("orderId"), tag], "responses": OK}
    given = {"orderId": "$request.path.orderId", "If-Match": "$response.header.ETag"}
    links = {"change": {"operationId": "put", "parameters": given}}
    paths["/orders/{orderId}"]["get"]["responses"] = {"200": {"description": "It.", "links": links}}
    read = contract(tmp_path, paths)
    operation = read.operation("put")
    order, place = operation.id_places
    assert (True, True, False) == (place.of_state, place.optional, order.of_state)
    (parameter,) = (one for one in operation.parameters if one.location == "header")
    assert (place.mark, True) == (parameter.mark, parameter.always)
    shown = success(read.operation("get"), "/orders/o-1", {}, ("etag", '"3"'), status=200)
    found = values_of_answer(read.operation("get"), place, place.sources[0], shown)
    assert {"/orders/{}": "o-1", place.leads: '"3"'} == found
    request = Request("PUT", f"/orders/{order.mark}", (("If-Match", place.mark),))
    assert (("If-Match", '"3"'),) == filled_with_ids(operation.id_places, request, found, lambda _: None).headers
    assert () == filled_with_ids(operation.id_places, request, {"/orders/{}": "o-1"}, lambda _: None).headers


@pytest.mark.parametrize(
    ("properties", "guessed"),
    [
        ({"roomId": TEXT}, True),
        ({"room_id": {"type": "integer"}}, True),
        ({"roomId": {**TEXT, "example": "r-1"}}, False),
        ({"roomId": {"enum": ["r-1"]}}, False),
        ({"roomId": {**TEXT, "readOnly": True}}, False),
        ({"roomId": {"allOf": [TEXT, {"readOnly": True}]}}, False),
        ({"roomId": {**TEXT, "writeOnly": True}}, True),
        ({"room": TEXT}, False),
        ({"id": TEXT}, False),
    ],
)
@pytest.mark.parametrize("required", [True, False])
def test_a_member_that_is_named_as_a_parameter(
    tmp_path: Path, properties: Any, *, guessed: bool, required: bool
) -> None:
    """It is taken for the id of what is there made, required or not, where the contract gives no value itself."""
    paths = bookings(**properties)
    if not required:
        del paths["/bookings"]["post"]["requestBody"]["content"]["application/json"]["schema"]["required"]
    places = contract(tmp_path, paths).operation("book").id_places
    assert ([("/rooms/{}", True)] if guessed else []) == [(one.leads, one.guessed) for one in places]
    for place in places:
        body = json.dumps({next(iter(properties)): place.mark}).encode()
        request = Request("POST", "/bookings", (("Content-Type", "application/json"),), body)
        sent = filled_with_ids(places, request, {"/rooms/{}": "7"}, lambda _: None)
        wanted = 7 if properties == {"room_id": {"type": "integer"}} else "7"
        assert [wanted] == place.read(sent)
        assert f'{{"{place.title}": "{{{place.title}}}"}}'.encode() == ids_named_in(request).body


def test_the_body_takes_the_mark(tmp_path: Path) -> None:
    """A request with the mark is a valid one, and what the contract refuses there stays as it is."""
    read = contract(tmp_path, bookings(OF_ROOM, **IN_STAY))
    operation = read.operation("book")
    (place,) = operation.id_places
    for value, stands in (("r-1", place.mark), (5, 5)):
        body = json.dumps({"stay": {"room": value}}).encode()
        request = Request("POST", "/bookings", (("Content-Type", "application/json"),), body)
        marked = with_marks([place], request, operation.path)
        assert [stands] == place.read(marked)
        assert (stands == 5) == bool(admission(operation, marked).refusals)


@pytest.mark.parametrize(
    ("schema", "many"),
    [
        ({"pattern": "^#[a-z0-9]{3,40}:host$"}, True),
        ({"pattern": "^[a-z]+$", "maxLength": 20}, True),
        ({"pattern": r"^[A-Z]{2}-\d{4}$"}, True),
        ({"pattern": r"^\d{3}$"}, False),
        ({"pattern": "^[a-z]{8}/[a-z]{8}$"}, False),
    ],
)
def test_a_name_with_a_pattern_is_another_one_in_each_request(tmp_path: Path, schema: Any, many: bool) -> None:  # noqa: FBT001 -- a case
    """It matches, and no two requests have one; where there are few, or one has several segments, none is made up."""
    paths = jars("put", "get", name=_id("name", schema={"type": "string", **schema}))
    operations = {operation.id: operation for operation in contract(tmp_path, paths).operations}
    place = operations["put"].new_place
    assert many == (place is not None)
    names = [] if place is None else [unquote(place.value("run", number)) for number in range(200)]
    assert len(names) == len(set(names))
    assert all(re.search(schema["pattern"], one) and len(one) <= schema.get("maxLength", 64) for one in names)
