"""Rows of callers: who is refused first for what, whose things they are, and whose keys."""

from __future__ import annotations

from itertools import permutations
from typing import Any

from tests.objects.rows import NOT_FOUND, PRECONDITION, WRONG_STATE, Row, Wrong
from tests.verdicts.rows import merged

_TEXT: dict[str, Any] = {"type": "string"}
_NOBODY = {"404": NOT_FOUND}
_OUT = {"401": "signed-out"}
_SIGNED = {
    "security": [{"key": []}],
    "components": {"securitySchemes": {"key": {"type": "apiKey", "in": "header", "name": "X-Key"}}},
}
_TWO = """[world.sessions.key]
kind = "static"
callers = [{headers = {X-Key = "alice"}}, {headers = {X-Key = "bob"}}]
wrong = [{headers = {X-Key = "nobody"}}]"""
_READER = _TWO.replace("]\nwrong", ', {headers = {X-Key = "reader"}, forbidden = ["changeThing"]}]\nwrong')
_IF_MATCH = [{"name": "If-Match", "in": "header", "schema": _TEXT}]
_CHANGED = {
    **_OUT,
    "403": "forbidden",
    "404": NOT_FOUND,
    "412": PRECONDITION,
    "422": ["invalid-body", "malformed-body"],
    "parameters": _IF_MATCH,
}
_BY_TAG = {
    "change": {
        "operationId": "changeThing",
        "parameters": {"thingId": "$request.path.thingId", "If-Match": "$response.header.ETag"},
    }
}
_REFUSED = ("signed-out", "forbidden", NOT_FOUND, "malformed-body", "invalid-body", PRECONDITION)


def order_row(order: tuple[str, ...], wrong: tuple[Wrong, ...] = ()) -> Row:
    """Return the row of a service that looks for reasons to refuse in an order of its own."""
    return Row(
        f"refuses-{'-'.join(order)}",
        f"Of several reasons to refuse, the first one of {', '.join(order)} is told.",
        {
            "makeThing": {"401": None, "422": None},
            "showThing": {"401": None, **_NOBODY, "links": _BY_TAG},
            "changeThing": _CHANGED,
        },
        f"signed shared bad=422 order={','.join(order)}",
        _REFUSED,
        wrong,
        patch=_SIGNED,
        settings=_READER,
        # What is not there has no tag, so no condition holds of it (RFC 9110, section 13.1.1).
        unseen=("changeThing 404",) if order.index("412") < order.index("404") else (),
    )


ORDERS = tuple(map(order_row, permutations(("401", "403", "404", "422", "412"))))
"""All orders; a few of them are rows of the table."""

_THINGS = {"makeThing": _OUT, "showThing": {**_OUT, **_NOBODY}, "changeThing": {**_OUT, **_NOBODY}}


def _key(**promised: Any) -> dict[str, Any]:
    """Return the header that is an idempotency key, with what is promised of it."""
    header = {"name": "Idempotency-Key", "in": "header", "required": True, "schema": _TEXT}
    return {"parameters": [{**header, "x-idempotency": promised or True}]}


def _ended(scope: tuple[str, ...]) -> dict[str, Any]:
    """Return the operations of a thing that is ended with a key."""
    promised = {"conflict": 422, **({"scope": [*scope]} if scope else {})}
    return {
        "makeThing": {"401": None},
        **{
            name: {"401": None, "404": None, "409": None, "422": None, **_key(**promised)}
            for name in ("closeThing", "cancelThing")
        },
    }


def _new(*operations: str) -> dict[str, Any]:
    """Return a patch by which each receipt of operations is a new value."""
    receipt = {"content": {"application/json": {"schema": {"properties": {"receipt": {"x-new": True}}}}}}
    return {
        **_SIGNED,
        "paths": {f"/things/{{thingId}}/{name}": {"post": {"responses": {"200": receipt}}} for name in operations},
    }


_NEW_ID = {
    "paths": {
        "/things": {
            "post": {
                "responses": {
                    "201": {"content": {"application/json": {"schema": {"properties": {"id": {"x-new": True}}}}}}
                }
            }
        }
    }
}
_KEYS = ("idempotency",)
_NOTHING = Wrong("key-is-nothing", "first-answer-again", "idempotency/")
_MADE = {"401": None, "409": None, "422": None}

ROWS = (
    order_row(
        ("401", "403", "404", "422", "412"),
        (
            Wrong("unknown-is-there", "family-status", "not-found/showThing"),
            Wrong("any-tag", "family-status", "precondition-failed/changeThing.if-match-another-tag"),
        ),
    ),
    order_row(("404", "422", "412", "401", "403")),
    order_row(("422", "401", "403", "404", "412")),
    order_row(
        ("412", "422", "404", "403", "401"), (Wrong("any-tag", "family-status", "precondition-failed/changeThing"),)
    ),
    order_row(("401", "422", "412", "403", "404")),
    Row(
        "theirs-is-hidden",
        "Another caller's thing is not found.",
        {**_THINGS, "showThing": {**_OUT, **_NOBODY, "403": "forbidden"}},
        "signed",
        ("signed-out", "forbidden", NOT_FOUND),
        (Wrong("theirs-is-there", "family-status", "forbidden/showThing"),),
        patch=_SIGNED,
        settings=_TWO,
        unseen=("showThing 403",),
    ),
    Row(
        "theirs-is-forbidden",
        "Another caller's thing is forbidden.",
        {
            **_THINGS,
            "showThing": {**_OUT, **_NOBODY, "403": "forbidden"},
            "changeThing": {**_OUT, **_NOBODY, "403": None},
        },
        "signed theirs=403",
        ("signed-out", "forbidden", NOT_FOUND),
        (Wrong("theirs-is-there", "family-status", "forbidden/showThing"),),
        patch=_SIGNED,
        settings=_TWO,
    ),
    Row(
        "theirs-is-undeclared",
        "Whose a thing is, nothing says.",
        _THINGS,
        "signed",
        ("signed-out", NOT_FOUND),
        (Wrong("theirs-is-there"),),
        patch=_SIGNED,
        settings=_TWO,
    ),
    Row(
        "things-of-all",
        "All callers have all things in common.",
        {**_THINGS, "removeThing": {**_OUT, "404": [NOT_FOUND, WRONG_STATE]}},
        "signed shared",
        ("signed-out", NOT_FOUND, WRONG_STATE),
        (Wrong("unknown-is-there", "family-status", "not-found/showThing.thingId"),),
        patch=_SIGNED,
        settings=_TWO,
    ),
    Row(
        "tenants-sign-in",
        "A header names the tenant, each of which has things of its own.",
        {"makeThing": {}, "showThing": _NOBODY, "changeThing": _NOBODY, "removeThing": {"404": NOT_FOUND}},
        "tenants",
        wrong=(Wrong("unknown-is-there", "family-status", "not-found/showThing.thingId"), Wrong("theirs-is-there")),
        patch={
            "security": [{"tenant": []}],
            "components": {"securitySchemes": {"tenant": {"type": "apiKey", "in": "header", "name": "X-Tenant"}}},
        },
        settings=_TWO.replace("key]", "tenant]").replace("X-Key", "X-Tenant").partition("\nwrong")[0],
    ),
    Row(
        "tenants-are-named",
        "A header names the tenant, and is a parameter like any other.",
        {"makeThing": {}, "showThing": _NOBODY, "changeThing": _NOBODY, "removeThing": {"404": NOT_FOUND}},
        "tenants",
        wrong=(Wrong("unknown-is-there", "family-status", "not-found/showThing.thingId"),),
        patch={
            "paths": {
                path: {
                    "parameters": [
                        *({"name": one, "in": "path", "required": True, "schema": _TEXT} for one in names),
                        {
                            "name": "X-Tenant",
                            "in": "header",
                            "required": True,
                            "schema": {**_TEXT, "enum": ["acme", "umbrella"]},
                        },
                    ]
                }
                for path, names in (("/things", ()), ("/things/{thingId}", ("thingId",)))
            }
        },
    ),
    Row(
        "keys-of-a-caller",
        "A request that comes again with its key is the same request, and one of another caller is not.",
        {"makeThing": {**_MADE, **_key()}},
        "signed keys",
        _KEYS,
        (
            _NOTHING,
            Wrong("key-any-caller", "key-of-its-caller", "idempotency/"),
            Wrong("key-cut", "another-key", "idempotency/"),
            Wrong("key-any-body"),
        ),
        patch=merged(_SIGNED, _NEW_ID),
        settings=_TWO,
    ),
    Row(
        "keys-with-a-body",
        "A key that comes again with another body is refused.",
        {"makeThing": {**_MADE, **_key(conflict=422)}},
        "signed keys",
        _KEYS,
        (_NOTHING, Wrong("key-any-body", "key-refusals", "idempotency/")),
        patch=_SIGNED,
        settings=_TWO,
    ),
    Row(
        "keys-under-way",
        "A key is refused as long as its first request is under way.",
        {"makeThing": {**_MADE, **_key(conflict=422, in_flight=409)}},
        "signed keys slow=0.05",
        _KEYS,
        (_NOTHING,),
        patch=_SIGNED,
        settings=_TWO,
    ),
    Row(
        "keys-for-a-second",
        "A key is kept for a second.",
        {"makeThing": {**_MADE, **_key(conflict=422)}},
        "signed keys kept=1",
        _KEYS,
        (_NOTHING,),
        patch=_SIGNED,
        settings=_TWO,
    ),
    Row(
        "keys-of-taken-names",
        "A label is taken once, and a key that comes again says nothing of that.",
        {"makeThing": {**_MADE, **_key(conflict=422)}},
        "signed keys taken",
        _KEYS,
        (Wrong("key-any-body", "key-refusals", "idempotency/"),),
        patch=_SIGNED,
        settings=_TWO,
    ),
    Row(
        "keys-of-an-operation-and-a-thing",
        "A key at another operation, or at another thing, is another one.",
        _ended(("operation", "path")),
        "signed keys=operation+path",
        _KEYS,
        (
            Wrong("key-any-operation", "key-scope", "idempotency/"),
            Wrong("key-any-path", "key-scope", "idempotency/"),
            Wrong("key-any-caller", "key-of-its-caller", "idempotency/"),
        ),
        patch=_new("close", "cancel"),
        settings=_TWO,
    ),
    Row(
        "keys-of-all-things",
        "A key counts for all operations and things of its caller: nothing says that it does not.",
        _ended(()),
        "signed keys",
        _KEYS,
        (Wrong("key-any-operation"), Wrong("key-any-path")),
        patch=_new("close", "cancel"),
        settings=_TWO,
    ),
    Row(
        "receipts-are-new",
        "Each success has a receipt of its own.",
        {"makeThing": {}, "closeThing": {"404": None, "409": None}, "cancelThing": {"404": None, "409": None}},
        "",
        (WRONG_STATE,),
        (Wrong("one-receipt", "new-value"),),
        patch={"paths": _new("close", "cancel")["paths"]},
    ),
    Row(
        "receipts-may-be-old",
        "Whether a receipt is a new one, nothing says.",
        {"makeThing": {}, "closeThing": {"404": None, "409": None}, "cancelThing": {"404": None, "409": None}},
        "",
        (WRONG_STATE,),
        (Wrong("one-receipt"),),
    ),
)
