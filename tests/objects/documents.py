"""The documents of the table: operations of the service of things, with what each row declares of them."""

from __future__ import annotations

from copy import deepcopy
from typing import TYPE_CHECKING, Any

from tests.verdicts.rows import merged

if TYPE_CHECKING:
    from collections.abc import Mapping

TEXT: dict[str, Any] = {"type": "string"}
LABEL = {"type": "string", "maxLength": 40}


def content(**members: Any) -> dict[str, Any]:
    """Return the content of a message: a JSON object with just these members."""
    schema = {"type": "object", "additionalProperties": False, "required": [*members], "properties": members}
    return {"content": {"application/json": {"schema": schema}}}


_THING = {"id": TEXT, "label": TEXT, "note": TEXT, "status": TEXT}


def _body(**members: Any) -> dict[str, Any]:
    return {"requestBody": {"required": True, **content(**members)}}


def _thing(description: str = "The thing.", **more: Any) -> dict[str, Any]:
    return {"description": description, "headers": {"ETag": {"schema": TEXT}}, **content(**_THING, **more)}


def _act(receipt: bool = True) -> dict[str, Any]:  # noqa: FBT001, FBT002 -- whether there is one
    return {"responses": {"200": _thing("Done.", **({"receipt": TEXT} if receipt else {}))}}


_NAMED = {"description": "It.", **content(note=TEXT)}
_DONE = {"204": {"description": "Gone."}}
_PUT = {**_body(note=LABEL), "responses": {"200": _NAMED, "201": _NAMED}}
_CART = {"description": "The cart.", **content(id=TEXT)}
_JOB = content(id=TEXT, status={"enum": ["queued", "done"]})
_TOLD = {
    "x-when": True,
    "x-delivery": "acknowledged",
    "requestBody": content(id={**TEXT, "x-from": "answer.body#/id"}, thingId=TEXT),
    "responses": {"200": {"description": "Taken."}},
}

OPERATIONS: dict[str, tuple[str, str, dict[str, Any]]] = {
    "makeThing": ("post", "/things", {**_body(label=LABEL), "responses": {"201": _thing()}}),
    "listThings": (
        "get",
        "/things",
        {
            "responses": {
                "200": {"description": "Some.", **content(items={"type": "array", "items": {"type": "object"}})}
            }
        },
    ),
    "showThing": ("get", "/things/{thingId}", {"responses": {"200": _thing()}}),
    "changeThing": ("put", "/things/{thingId}", {**_body(note=LABEL), "responses": {"200": _thing()}}),
    "removeThing": ("delete", "/things/{thingId}", {"responses": _DONE}),
    "closeThing": ("post", "/things/{thingId}/close", _act()),
    "cancelThing": ("post", "/things/{thingId}/cancel", _act()),
    "packThing": ("post", "/things/{thingId}/pack", {**_body(country={"enum": ["CH", "NL"]}), **_act(receipt=False)}),
    "sendThing": ("post", "/things/{thingId}/send", _act()),
    "makePart": (
        "post",
        "/things/{thingId}/parts",
        {**_body(label=LABEL), "responses": {"201": {"description": "Made.", **content(id=TEXT, label=TEXT)}}},
    ),
    "showPart": (
        "get",
        "/things/{thingId}/parts/{partId}",
        {"responses": {"200": {"description": "It.", **content(id=TEXT, label=TEXT)}}},
    ),
    "removePart": ("delete", "/things/{thingId}/parts/{partId}", {"responses": _DONE}),
    "noteThing": (
        "post",
        "/notes",
        {
            **_body(thingId=TEXT, text=LABEL),
            "responses": {"201": {"description": "Noted.", **content(id=TEXT, thingId=TEXT)}},
            "callbacks": {"noted": {"{hooks}/notes": {"post": _TOLD}}},
        },
    ),
    "makeShelf": (
        "post",
        "/shelves",
        {**_body(label=LABEL), "responses": {"201": {"description": "Made.", **content(id=TEXT, label=TEXT)}}},
    ),
    "moveThing": (
        "post",
        "/moves",
        {
            **_body(thingId=TEXT, shelfId=TEXT),
            "responses": {"201": {"description": "Moved.", **content(id=TEXT, thingId=TEXT, shelfId=TEXT)}},
        },
    ),
    "putName": ("put", "/names/{name}", _PUT),
    "showName": ("get", "/names/{name}", {"responses": {"200": _NAMED}}),
    "dropName": ("delete", "/names/{name}", {"responses": _DONE}),
    "putSlot": ("put", "/slots/{row}/{column}", _PUT),
    "showSlot": ("get", "/slots/{row}/{column}", {"responses": {"200": _NAMED}}),
    "dropSlot": ("delete", "/slots/{row}/{column}", {"responses": _DONE}),
    "showConfig": ("get", "/config", {"responses": {"200": {**_NAMED, "headers": {"ETag": {"schema": TEXT}}}}}),
    "changeConfig": ("put", "/config", {**_body(note=LABEL), "responses": {"200": _NAMED}}),
    "openCart": ("post", "/carts", {"responses": {"201": _CART}}),
    "showCart": ("get", "/carts/{cartId}", {"responses": {"200": _CART}}),
    "dropCart": ("delete", "/carts/{cartId}", {"responses": _DONE}),
    "startJob": (
        "post",
        "/jobs",
        {**_body(label=LABEL), "responses": {"202": {"description": "Taken.", **_JOB}}},
    ),
    "showJob": ("get", "/jobs/{jobId}", {"responses": {"200": {"description": "It.", **_JOB}}}),
    "stopJob": ("delete", "/jobs/{jobId}", {"responses": _DONE}),
}
"""By the `operationId`: the method, the path, and what is declared of a success."""


def document(operations: Mapping[str, Mapping[str, Any]], patch: Mapping[str, Any]) -> dict[str, Any]:
    """Return the document of some operations.

    Args:
        operations: By the `operationId`: by a status, what its answer is given for (`x-given`; None: that is not said);
            by any other key, what the operation has: `x-needs`, `parameters`, `links` of its first answer.
        patch: What differs (RFC 7396).
    """
    paths: dict[str, Any] = {}
    for name, more in operations.items():
        method, path, own = OPERATIONS[name]
        item = paths.setdefault(path, {})
        names = [part[1:-1] for part in path.split("/") if part.startswith("{")]
        if names:
            item["parameters"] = [{"name": one, "in": "path", "required": True, "schema": TEXT} for one in names]
        operation = item[method] = {"operationId": name, **deepcopy(own)}
        first = next(iter(operation["responses"].values()))
        if "requestBody" in operation:
            more = {"400": None, **more}  # noqa: PLW2901 -- with what each of them has
        for key, value in more.items():
            if key.isdigit():
                said = {} if value is None else {"x-given": value}
                operation["responses"][key] = {**operation["responses"].get(key, {"description": "Refused."}), **said}
            elif key == "links":
                first["links"] = value
            else:
                operation[key] = value
    whole = {"openapi": "3.1.0", "info": {"title": "Things", "version": "1"}, "paths": paths}
    result: dict[str, Any] = merged(whole, patch)
    return result
