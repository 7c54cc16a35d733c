"""The rows of the table that change a whole contract."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.diff.table import Edit, Json, event, operation, parameter

if TYPE_CHECKING:
    from collections.abc import Callable


def _body(contract: Json) -> Json:
    found: Json = event(contract)["requestBody"]["content"]["application/json"]["schema"]
    return found


def _members(contract: Json) -> Json:
    found: Json = _body(contract)["properties"]
    return found


def _sent(contract: Json) -> Json:
    found: Json = operation(contract)["requestBody"]["content"]["application/json"]["schema"]
    return found


def _got(contract: Json) -> Json:
    found: Json = operation(contract)["responses"]["201"]["content"]["application/json"]["schema"]
    return found


def _callbacks(contract: Json) -> Json:
    found: Json = operation(contract)["callbacks"]
    return found


def _drop(holder: Callable[[Json], Json], *names: str) -> Callable[[Json], None]:
    def change(contract: Json) -> None:
        for name in names:
            holder(contract).pop(name)

    return change


def _set(holder: Callable[[Json], Json], **values: Any) -> Callable[[Json], None]:
    def change(contract: Json) -> None:
        holder(contract).update(values)

    return change


def _move(holder: Callable[[Json], Json], old: str, new: str) -> Callable[[Json], None]:
    def change(contract: Json) -> None:
        table = holder(contract)
        table[new] = table.pop(old)

    return change


def _responses(contract: Json) -> Json:
    found: Json = operation(contract)["responses"]
    return found


def _headers(contract: Json) -> Json:
    found: Json = _responses(contract)["201"]["headers"]
    return found


def _delivery(contract: Json) -> Json:
    found: Json = event(contract)["x-delivery"]
    return found


def _state(contract: Json) -> Json:
    found: Json = event(contract)["x-state"]
    return found


def _reading(contract: Json) -> Json:
    found: Json = _item(contract)["get"]
    return found


def _parameters(contract: Json) -> list[Json]:
    found: list[Json] = operation(contract)["parameters"]
    return found


def _without_parameter(name: str) -> Callable[[Json], None]:
    def change(contract: Json) -> None:
        _parameters(contract).remove(parameter(contract, name))

    return change


def _with_parameter(**values: Any) -> Callable[[Json], None]:
    def change(contract: Json) -> None:
        _parameters(contract).append({"name": "fresh", "in": "query", "schema": {"type": "string"}, **values})

    return change


def _schemes(contract: Json) -> Json:
    found: Json = contract["components"]["securitySchemes"]
    return found


def _paths(contract: Json) -> Json:
    found: Json = contract["paths"]
    return found


def _item(contract: Json) -> Json:
    found: Json = contract["paths"]["/orders/{id}"]
    return found


def _rename_parameter(contract: Json) -> None:
    paths = _paths(contract)
    paths["/orders/{order}"] = paths.pop("/orders/{id}")
    for method in ("post", "get"):
        paths["/orders/{order}"][method]["parameters"][0]["name"] = "order"


def _add_path_parameter(contract: Json) -> None:
    paths = _paths(contract)
    paths["/orders/{id}/{lang}"] = paths.pop("/orders/{id}")
    for method in ("post", "get"):
        fresh = {"name": "lang", "in": "path", "required": True, "schema": {"type": "string"}}
        paths["/orders/{id}/{lang}"][method]["parameters"].append(fresh)


def _to_30(contract: Json) -> None:
    """Write the contract in OpenAPI 3.0, which has neither webhooks nor `const`."""
    contract["openapi"] = "3.0.3"
    members = _members(contract)
    members["kind"] = {"type": "string", "enum": [members["kind"]["const"]]}


E, C = "consumers", "callers"
EDITS = (
    # Events.
    Edit(
        "event-field-dropped",
        lambda c: (_members(c).pop("item"), _body(c)["required"].remove("item")),
        ("presence",),
        (),
        E,
    ),
    Edit("event-optional-field-dropped", _drop(_members, "note"), ("member-dropped",), (), E),
    Edit("event-field-optional", lambda c: _body(c)["required"].remove("item"), ("presence",), (), E),
    Edit("event-field-retyped", _set(_members, item={"type": "integer"}), ("type",), ("type",), E),
    Edit("event-field-nullable", _set(_members, item={"type": ["string", "null"]}), ("null",), (), E),
    Edit("event-enum-widened", _set(_members, state={"enum": ["new", "paid", "gone"]}), ("choice",), (), E),
    Edit("event-bound-widened", _set(_members, count={"type": "integer", "maximum": 10}), ("limit",), (), E),
    Edit("event-const-changed", _set(_members, kind={"const": "order.created"}), ("choice",), ("choice",), E),
    Edit(
        "event-media-type",
        _move(lambda x: event(x)["requestBody"]["content"], "application/json", "application/cloudevents+json"),
        ("media-type", "media-type"),
        ("media-type", "media-type"),
        E,
    ),
    Edit(
        "event-media-type-more",
        lambda c: event(c)["requestBody"]["content"].update({"application/xml": {}}),
        ("media-type",),
        (),
        E,
    ),
    Edit(
        "event-url",
        _move(lambda x: _callbacks(x)["orderPlaced"], "{$request.query.hook}", "{$request.query.hook}/v2"),
        ("event-url",),
        ("event-url",),
        E,
    ),
    Edit("callback-removed", _drop(_callbacks, "orderPlaced"), ("event-removed",), (), E),
    Edit("callback-renamed", _move(_callbacks, "orderPlaced", "placed"), (), (), E),
    Edit("webhook-removed", lambda c: c["webhooks"].pop("other"), ("event-removed",), (), E),
    Edit("webhook-no-longer-sent", lambda c: operation(c).pop("x-sends"), ("event-removed",), (), E),
    Edit(
        "webhook-field-dropped",
        lambda c: c["webhooks"]["audit"]["post"]["requestBody"]["content"]["application/json"]["schema"].update(
            required=[], properties={}
        ),
        ("presence",),
        (),
        E,
    ),
    Edit(
        "event-method",
        _move(lambda x: _callbacks(x)["orderPlaced"]["{$request.query.hook}"], "post", "put"),
        ("event-method",),
        ("event-method",),
        E,
    ),
    Edit("acknowledgement-status-removed", lambda c: event(c)["responses"].pop("202"), ("acknowledgement",), (), E),
    Edit(
        "acknowledgement-narrowed",
        lambda c: event(c)["responses"]["200"]["content"]["application/json"]["schema"]["properties"].update(
            ok={"const": True}
        ),
        ("choice",),
        (),
        E,
    ),
    Edit(
        "acknowledgement-media-type",
        lambda c: event(c)["responses"]["200"]["content"].update({"text/plain": {}}),
        (),
        ("media-type",),
        E,
    ),
    Edit("event-header-removed", lambda c: event(c).pop("parameters"), ("header",), (), E),
    Edit("event-header-optional", lambda c: event(c)["parameters"][0].update(required=False), ("header",), (), E),
    Edit(
        "event-header-renamed",
        lambda c: event(c)["parameters"][0].update(name="x-signature"),
        ("header",),
        ("header",),
        E,
    ),
    Edit(
        "event-credential-changed",
        lambda c: event(c).update(security=[{"bearer": []}]),
        ("event-credential",),
        ("event-credential",),
        E,
    ),
    Edit("event-credential-dropped", lambda c: event(c).pop("security"), ("event-credential",), (), E),
    Edit(
        "x-from-changed", lambda c: _members(c)["id"].update({"x-from": "request.path.id"}), ("x-from",), ("x-from",), E
    ),
    Edit("x-from-dropped", lambda c: _members(c)["id"].pop("x-from"), ("x-from",), (), E),
    Edit(
        "one-to-several",
        lambda c: event(c)["requestBody"]["content"]["application/json"].update(
            schema={"type": "array", "items": _body(c)}
        ),
        ("type",),
        ("type",),
        E,
    ),
    Edit(
        "one-to-several-by-count",
        lambda c: event(c).update({"x-when": {"count": "/items"}}),
        ("x-when-count",),
        ("x-when-count",),
        E,
    ),
    Edit("identity-dropped", _drop(_delivery, "identity"), ("identity",), (), E),
    Edit("identity-changed", _set(_delivery, identity="/item"), ("identity",), ("identity",), E),
    Edit("guarantee-answer", _set(_delivery, answer="any"), ("x-delivery",), (), E),
    Edit("guarantee-once", _set(_delivery, attempts="once"), ("x-delivery",), ("x-delivery",), E),
    Edit("guarantee-tries", _set(_delivery, attempts={"tries": 3, "within_ms": 60000}), ("x-delivery",), (), E),
    Edit("guarantee-late", _set(_delivery, within_ms=9000), ("x-delivery",), (), E),
    Edit("guarantee-retry-late", _drop(_delivery, "retry_within_ms"), ("x-delivery",), (), E),
    Edit("guarantee-lists", _set(_delivery, events="one"), ("x-delivery",), ("x-delivery",), E),
    Edit("guarantee-survives-less", _set(_delivery, survives="stop"), ("x-delivery",), (), E),
    Edit("guarantee-dropped", lambda c: event(c).pop("x-delivery"), ("x-delivery",) * 5 + ("identity",), (), E),
    Edit("x-state-dropped", lambda c: event(c).pop("x-state"), ("x-state",), (), E),
    Edit("x-state-without-order", _drop(_state, "order", "version"), ("x-state",) * 2, (), E),
    Edit("x-state-current", _set(_state, **{"as": "current"}), ("x-state",), (), E),
    Edit("x-state-change", _set(_state, **{"as": "change"}), ("x-state",), ("x-state",), E),
    Edit("x-state-coalesces", _set(_state, coalesces=True), ("x-state",), (), E),
    Edit("x-state-shows", _set(_state, shows="/data"), (), ("x-state",), E),
    Edit("x-consistency-dropped", _drop(_reading, "x-consistency"), ("x-consistency",)),
    Edit("x-consistency-older", lambda c: _reading(c)["x-consistency"].update(within_ms=900), ("x-consistency",)),
    Edit("x-consistency-strong", lambda c: _reading(c).update({"x-consistency": "strong"}), (), ("x-consistency",)),
    Edit(
        "x-consistency-own-writes",
        lambda c: _reading(c).update({"x-consistency": "own-writes"}),
        ("x-consistency",),
        ("x-consistency",),
    ),
    Edit("x-pages-not-stable", lambda c: _reading(c)["x-pages"].pop("stable"), ("x-pages",)),
    Edit("x-pages-elsewhere", lambda c: _reading(c)["x-pages"].update(items="/rows"), ("x-pages",), ("x-pages",)),
    Edit("x-when-dropped", lambda c: event(c).pop("x-when"), ("x-when",), (), E),
    Edit("x-when-never", lambda c: event(c).update({"x-when": False}), ("x-when",), ("x-when",), E),
    Edit(
        "x-when-narrowed",
        lambda c: event(c).update({"x-when": {"status": {"const": 201}}}),
        ("x-when",),
        ("x-when",),
        E,
    ),
    Edit("event-body-dropped", lambda c: event(c).pop("requestBody"), ("body-dropped",), (), E),
    Edit("event-body-optional", lambda c: event(c)["requestBody"].update(required=False), ("body-required",), (), E),
    Edit(
        "event-schema-dropped",
        lambda c: event(c)["requestBody"]["content"]["application/json"].pop("schema"),
        ("schema",),
        (),
        E,
    ),
    # Operations and their requests.
    Edit("operation-removed", lambda c: _item(c).pop("get"), ("operation-removed",)),
    Edit(
        "path-removed",
        lambda c: c["paths"].pop("/orders/{id}"),
        ("event-removed", "event-removed", "operation-removed", "operation-removed"),
        audience="callers and consumers",
    ),
    Edit(
        "path-moved",
        _move(_paths, "/orders/{id}", "/v2/orders/{id}"),
        ("operation-moved", "operation-moved"),
        ("operation-moved", "operation-moved"),
    ),
    Edit("method-changed", _move(_item, "get", "head"), ("operation-moved",), ("operation-moved",)),
    Edit("operation-id-changed", lambda c: operation(c).update(operationId="place")),
    Edit("path-parameter-renamed", _rename_parameter),
    Edit("server-removed", lambda c: c.update(servers=[{"url": "https://shop.invalid/v2"}]), ("server",), ("server",)),
    Edit("parameter-removed", _without_parameter("page"), ("parameter-removed",)),
    Edit("parameter-added", _with_parameter(), (), ("parameter-removed",)),
    Edit("parameter-added-required", _with_parameter(required=True), ("parameter-required",), ("parameter-removed",)),
    Edit(
        "parameter-added-required-with-default",
        _with_parameter(required=True, schema={"default": "a"}),
        ("parameter-required",),
        ("parameter-removed",),
    ),
    Edit("parameter-became-required", lambda c: parameter(c, "page").update(required=True), ("parameter-required",)),
    Edit(
        "parameter-moved",
        lambda c: parameter(c, "page").update({"in": "header"}),
        ("parameter-removed",),
        ("parameter-removed",),
    ),
    Edit(
        "parameter-type",
        lambda c: parameter(c, "page").update(schema={"type": "boolean", "default": 1}),
        ("type",),
        ("type",),
    ),
    Edit(
        "parameter-type-to-text",
        lambda c: parameter(c, "page").update(schema={"type": "string", "default": 1}),
        (),
        ("type",),
    ),
    Edit(
        "parameter-style",
        lambda c: parameter(c, "tags").update(style="pipeDelimited"),
        ("serialization",),
        ("serialization",),
    ),
    Edit(
        "parameter-default-changed",
        lambda c: parameter(c, "page")["schema"].update(default=2),
        ("default",),
        ("default",),
    ),
    Edit("parameter-default-dropped", lambda c: parameter(c, "page")["schema"].pop("default"), ("default",)),
    Edit(
        "x-idempotency-survives-less",
        lambda c: parameter(c, "Idempotency-Key")["x-idempotency"].update(survives="stop"),
        ("x-idempotency",),
    ),
    Edit("x-idempotency-dropped", lambda c: parameter(c, "Idempotency-Key").pop("x-idempotency"), ("x-idempotency",)),
    Edit(
        "x-idempotency-status",
        lambda c: parameter(c, "Idempotency-Key")["x-idempotency"].update(conflict=409),
        ("x-idempotency",),
        ("x-idempotency",),
    ),
    Edit(
        "x-idempotency-scope",
        lambda c: parameter(c, "Idempotency-Key")["x-idempotency"].update(scope=["operation", "path"]),
        (),
        ("x-idempotency", "x-idempotency"),
    ),
    Edit(
        "x-idempotency-free-again",
        lambda c: parameter(c, "Idempotency-Key")["x-idempotency"].update(errors="anew", refusals="anew"),
        (),
        ("x-idempotency", "x-idempotency"),
    ),
    Edit("x-new-added", lambda c: _got(c)["properties"]["id"].update({"x-new": True}), (), ("x-new",)),
    Edit("request-body-dropped", lambda c: operation(c).pop("requestBody"), ("body-dropped",)),
    Edit("request-body-required", lambda c: operation(c)["requestBody"].update(required=True), ("body-required",)),
    Edit(
        "request-media-type-removed",
        lambda c: operation(c)["requestBody"]["content"].pop("application/x-www-form-urlencoded"),
        ("media-type",),
    ),
    Edit(
        "request-schema-added",
        lambda c: operation(c)["requestBody"]["content"]["application/json"].pop("schema"),
        (),
        ("schema",),
    ),
    Edit(
        "request-field-added",
        lambda c: _sent(c)["properties"].update(colour={"type": "string"}),
        (),
        ("member-dropped",),
    ),
    Edit(
        "request-field-added-required",
        lambda c: (_sent(c)["properties"].update(colour={"type": "string"}), _sent(c)["required"].append("colour")),
        ("presence",),
        ("member-dropped",),
    ),
    Edit("request-field-required", lambda c: _sent(c)["required"].append("note"), ("presence",)),
    Edit("request-field-dropped", lambda c: _sent(c)["properties"].pop("note"), ("member-dropped",)),
    Edit(
        "request-field-refused",
        lambda c: (_sent(c)["properties"].pop("note"), _sent(c).update(additionalProperties=False)),
        ("members",),
    ),
    Edit("request-field-read-only", lambda c: _sent(c)["properties"]["note"].update(readOnly=True)),
    Edit(
        "path-parameter-added",
        _add_path_parameter,
        ("operation-moved",) * 2 + ("parameter-required",) * 2,
        ("operation-moved",) * 2 + ("parameter-removed",) * 2,
    ),
    Edit(
        "header-parameter-property-required",
        lambda c: parameter(c, "X-Opts")["schema"].update(required=["a"]),
        ("presence",),
    ),
    Edit(
        "request-body-added-required",
        lambda c: _item(c)["get"].update(requestBody={"required": True, "content": {"application/json": {}}}),
        ("body-required",),
        ("body-dropped",),
    ),
    Edit(
        "request-field-required-with-default",
        lambda c: (_sent(c)["properties"]["note"].update(default="a"), _sent(c)["required"].append("note")),
        ("presence",),
    ),
    Edit(
        "request-field-added-required-with-default",
        lambda c: (
            _sent(c)["properties"].update(colour={"type": "string", "default": "red"}),
            _sent(c)["required"].append("colour"),
        ),
        ("presence",),
        ("member-dropped",),
    ),
    # Answers.
    Edit("status-removed", _drop(_responses, "422"), ("status",)),
    Edit("success-status-removed", _move(_responses, "201", "200"), ("status",), ("status",)),
    Edit("status-added", _set(_responses, **{"409": {"description": "Twice."}}), (), ("status",)),
    Edit("status-by-its-class", _move(_responses, "422", "4XX"), (), ()),
    Edit(
        "response-field-added",
        lambda c: _got(c)["properties"].update(colour={"type": "string"}),
        (),
        ("member-dropped",),
    ),
    Edit("response-field-optional", lambda c: _got(c)["required"].remove("item"), ("presence",)),
    Edit(
        "response-field-dropped",
        lambda c: (_got(c)["properties"].pop("item"), _got(c)["required"].remove("item")),
        ("presence",),
    ),
    Edit("response-optional-field-dropped", lambda c: _got(c)["properties"].pop("note"), ("member-dropped",)),
    Edit("response-field-write-only", lambda c: _got(c)["properties"]["item"].update(writeOnly=True), ("presence",)),
    Edit(
        "response-media-type-removed", lambda c: _responses(c)["201"]["content"].pop("application/xml"), ("media-type",)
    ),
    Edit(
        "response-media-type-generalized",
        _move(lambda x: _responses(x)["201"]["content"], "application/json", "application/*"),
        ("media-type",),
        ("media-type",),
    ),
    Edit("response-body-dropped", lambda c: _responses(c)["201"].pop("content"), ("body-dropped",)),
    Edit(
        "response-schema-dropped",
        lambda c: _responses(c)["201"]["content"]["application/json"].pop("schema"),
        ("schema",),
    ),
    Edit("response-header-removed", _drop(_headers, "x-rate"), ("header",)),
    Edit("response-optional-header-removed", _drop(_headers, "x-page"), ("header",)),
    Edit("response-header-optional", lambda c: _headers(c)["x-rate"].update(required=False), ("header",)),
    Edit(
        "x-given-changed",
        _set(_responses, **{"422": {"description": "Refused.", "x-given": "malformed-body"}}),
        ("x-given",),
        ("x-given",),
    ),
    Edit(
        "x-given-listed",
        _set(_responses, **{"422": {"description": "Refused.", "x-given": ["invalid-body", "conflict"]}}),
        (),
        ("x-given",),
    ),
    Edit(
        "x-given-after",
        _set(_responses, **{"422": {"description": "Refused.", "x-given": {"family": "wrong-state", "after": "pay"}}}),
        ("x-given",),
        ("x-given",),
    ),
    Edit(
        "x-transitions-fewer",
        lambda c: operation(c)["x-transitions"].update({"from": ["open"]}),
        ("x-transitions",),
        (),
    ),
    Edit(
        "x-transitions-elsewhere",
        lambda c: operation(c)["x-transitions"].update(to=["paid", "due"]),
        ("x-transitions",),
    ),
    Edit(
        "x-transitions-others",
        lambda c: operation(c)["x-transitions"].update(others=422),
        ("x-transitions",),
        ("x-transitions",),
    ),
    Edit(
        "x-transitions-one-at-a-time",
        lambda c: operation(c)["x-transitions"].update(per="/item"),
        ("x-transitions",),
        (),
    ),
    Edit("x-shared-dropped", lambda c: operation(c).pop("x-shared"), ("x-shared",)),
    Edit("x-transitions-dropped", lambda c: operation(c).pop("x-transitions"), ("x-transitions",)),
    Edit("x-registers-dropped", lambda c: operation(c).pop("x-registers"), ("x-registers",)),
    Edit("x-registers-fewer", lambda c: operation(c)["x-registers"]["events"].remove("sent"), ("x-registers",)),
    Edit(
        "x-registers-elsewhere",
        lambda c: operation(c)["x-registers"].update(address="$request.body#/to"),
        ("x-registers",),
        ("x-registers",),
    ),
    Edit(
        "x-registers-other-values",
        lambda c: operation(c)["x-registers"]["body"].update(active=False),
        ("x-registers",),
        ("x-registers",),
    ),
    Edit("x-registers-any-values", lambda c: operation(c)["x-registers"].pop("body"), (), ("x-registers",)),
    Edit("x-needs-dropped", lambda c: operation(c).pop("x-needs"), ("x-needs",)),
    Edit("x-needs-another-step", lambda c: operation(c)["x-needs"]["steps"].append("payOrder"), ("x-needs",), ()),
    Edit("x-needs-another-order", lambda c: operation(c)["x-needs"]["steps"].reverse(), ("x-needs",), ("x-needs",)),
    Edit(
        "x-needs-other-values",
        lambda c: operation(c)["x-needs"]["steps"][1]["body"].update(currency="USD"),
        ("x-needs",),
        ("x-needs",),
    ),
    Edit(
        "x-needs-another-state",
        lambda c: operation(c)["x-needs"]["ready"].update({"is": "held"}),
        ("x-needs",),
        ("x-needs",),
    ),
    Edit("x-needs-fewer-values", lambda c: operation(c)["x-needs"]["steps"][1].pop("body"), (), ("x-needs",)),
    Edit("x-needs-any-state", lambda c: operation(c)["x-needs"].pop("ready"), (), ("x-needs",)),
    Edit(
        "x-needs-on-the-parameter",
        lambda c: parameter(c, "id").update({"x-needs": operation(c).pop("x-needs")}),
        (),
        (),
    ),
    Edit("x-given-limit", lambda c: _responses(c)["413"]["x-given"].update(bytes=500), ("x-given",)),
    # Credentials.
    Edit("security-added", lambda c: _item(c)["get"].update(security=[{"key": []}]), ("security",)),
    Edit("security-scheme-more", lambda c: operation(c).update(security=[{"key": [], "bearer": []}]), ("security",)),
    Edit(
        "security-alternative-dropped",
        lambda c: operation(c).update(security=[{"key": []}, {"bearer": []}]),
        (),
        ("security",),
    ),
    Edit(
        "security-scope-more",
        lambda c: operation(c).update(security=[{"sign": ["read", "write"]}, {"key": []}]),
        (),
        ("security",),
    ),
    Edit(
        "security-scheme-renamed",
        lambda c: (_move(_schemes, "key", "apiKey")(c), operation(c).update(security=[{"apiKey": []}])),
    ),
    Edit("credential-changed", lambda c: _schemes(c)["key"].update({"in": "query"}), ("credential",), ("credential",)),
    # What makes no difference.
    Edit("descriptions", lambda c: (_got(c).update(description="An order."), operation(c).update(summary="Place."))),
    Edit("openapi-3.0", _to_30),
)
