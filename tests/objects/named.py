"""Rows of ids: how they look, where they stand, and who chooses them."""

from __future__ import annotations

from typing import Any

from tests.objects.documents import content
from tests.objects.rows import CONFLICT, NOT_FOUND, PRECONDITION, WRONG_STATE, Row, Wrong

_TEXT: dict[str, Any] = {"type": "string"}
_NOBODY = {"404": NOT_FOUND}
_ALL: dict[str, dict[str, Any]] = {
    "makeThing": {},
    "showThing": _NOBODY,
    "changeThing": _NOBODY,
    "removeThing": {"404": NOT_FOUND},
}
_UNKNOWN = Wrong("unknown-is-there", "family-status", "not-found/showThing.thingId")
_BAD = Wrong("unknown-is-400", "family-status", "not-found/")


def _ids(schema: dict[str, Any]) -> dict[str, Any]:
    """Return a patch by which the id of a thing has a schema, in paths and in answers."""
    parameter = [{"name": "thingId", "in": "path", "required": True, "schema": schema}]
    shown = {"content": {"application/json": {"schema": {"properties": {"id": schema}}}}}
    return {
        "paths": {
            "/things": {"post": {"responses": {"201": shown}}},
            "/things/{thingId}": {
                "parameters": parameter,
                "get": {"responses": {"200": shown}},
                "put": {"responses": {"200": shown}},
            },
        }
    }


def _without_id(**headers: Any) -> dict[str, Any]:
    """Return a patch by which the answer that makes a thing has no id in its body."""
    answer = {"headers": headers, **content(label=_TEXT, note=_TEXT, status=_TEXT)}
    answer["content"]["application/json"]["schema"]["properties"]["id"] = None
    return {"paths": {"/things": {"post": {"responses": {"201": answer}}}}}


def _by_header(*names: str) -> dict[str, Any]:
    return {name: {"operationId": name, "parameters": {"thingId": "$response.header.X-Thing-Id"}} for name in names}


_NAMES: dict[str, dict[str, Any]] = {"putName": {}, "showName": _NOBODY, "dropName": {"404": [NOT_FOUND, WRONG_STATE]}}
_FREE = {"description": "Refused.", "x-given": PRECONDITION}
_IF_NONE = [{"name": "If-None-Match", "in": "header", "schema": _TEXT}]

ROWS = (
    Row(
        "ids-are-numbers",
        "Things are counted.",
        _ALL,
        "ids=number",
        wrong=(_UNKNOWN, _BAD),
        patch=_ids({"type": "integer"}),
    ),
    Row(
        "ids-are-uuids",
        "An id is a UUID.",
        _ALL,
        "ids=uuid",
        wrong=(_UNKNOWN,),
        patch=_ids({**_TEXT, "format": "uuid"}),
    ),
    Row(
        "ids-are-ulids",
        "An id is a ULID.",
        _ALL,
        "ids=ulid",
        wrong=(_UNKNOWN, _BAD),
        patch=_ids({**_TEXT, "pattern": "^[0-9A-HJKMNP-TV-Z]{26}$"}),
    ),
    Row("ids-are-slugs", "An id is the label and a number.", _ALL, "ids=slug", wrong=(_UNKNOWN,)),
    Row(
        "ids-are-labels",
        "An id is the label, which is taken then.",
        {**_ALL, "makeThing": {"409": None}},
        "ids=label taken",
    ),
    Row(
        "ids-have-slashes", "An id has a slash, which is escaped in a path.", _ALL, "ids=slash", wrong=(_UNKNOWN, _BAD)
    ),
    # Of so few digits in the middle of an id, no others are certainly nobody's.
    Row("ids-have-dots", "An id has a dot and a colon.", _ALL, "ids=dots", wrong=(Wrong("unknown-is-there"),)),
    Row("ids-in-any-case", "An id is the same in upper and lower case.", _ALL, "ids=folded", wrong=(_UNKNOWN,)),
    Row(
        "ids-with-a-sum",
        "An id has a checksum: one that is made up is a bad request, and the contract says so.",
        {
            name: {
                **said,
                **(
                    {}
                    if name == "makeThing"
                    else {"400": [NOT_FOUND, "invalid-body"] if name == "changeThing" else NOT_FOUND}
                ),
            }
            for name, said in _ALL.items()
        },
        "ids=sum",
        (NOT_FOUND, WRONG_STATE, "invalid-body"),
        wrong=(Wrong("gone-crashes", "family-status", "wrong-state/removeThing.after-removeThing"),),
    ),
    Row(
        "ids-with-a-sum-undeclared",
        "An id has a checksum: one that is made up is a bad request.",
        {
            "makeThing": {},
            "showThing": {"400": None, "404": None},
            "changeThing": {"404": None},
            "removeThing": {"400": None, "404": None},
        },
        "ids=sum",
        wrong=(Wrong("unknown-is-there"),),
    ),
    Row(
        "same-content-same-id",
        "What is made again of the same content has the id of before.",
        {**_ALL, "removeThing": {"404": None}},
        "ids=hash again=204",
        (NOT_FOUND, WRONG_STATE),
        wrong=(_UNKNOWN,),
    ),
    Row(
        "same-content-is-200",
        "What is made again of the same content is there already, and answered 200.",
        {**_ALL, "removeThing": {"404": None}, "makeThing": {"200": None}},
        "ids=hash same=200",
        (NOT_FOUND, WRONG_STATE),
        wrong=(_UNKNOWN,),
        patch={
            "paths": {
                "/things": {"post": {"responses": {"200": content(id=_TEXT, label=_TEXT, note=_TEXT, status=_TEXT)}}}
            }
        },
    ),
    Row(
        "shows-location-alone",
        "The id of what was made is in Location alone.",
        _ALL,
        "shows=location",
        wrong=(_UNKNOWN, _BAD),
        patch=_without_id(Location={"schema": _TEXT}),
    ),
    Row(
        "shows-in-a-header",
        "The id of what was made is in a header, and links say so.",
        {**_ALL, "makeThing": {"links": _by_header("showThing", "changeThing", "removeThing")}},
        "shows=header",
        wrong=(_UNKNOWN, _BAD),
        patch=_without_id(**{"X-Thing-Id": {"schema": _TEXT}}),
    ),
    Row(
        "within-another",
        "Parts belong to a thing: at another one, they are not there.",
        {
            "makeThing": {},
            "showThing": _NOBODY,
            "makePart": _NOBODY,
            "showPart": _NOBODY,
            "removePart": {"404": [NOT_FOUND, WRONG_STATE]},
        },
        wrong=(Wrong("part-is-there", "family-status", "not-found/showPart.partId"), _UNKNOWN),
    ),
    Row(
        "within-another-whichever",
        "Parts are found at any thing: nothing says that they are not.",
        {"makeThing": {}, "makePart": {"404": None}, "showPart": {"404": None}, "removePart": {"404": None}},
        wrong=(Wrong("part-of-any"), Wrong("part-is-there")),
    ),
    Row(
        "named-by-callers",
        "A PUT makes what is not there, under a name of its caller's.",
        _NAMES,
        wrong=(Wrong("name-is-there", "family-status", "not-found/showName.name"),),
    ),
    Row(
        "named-by-callers-is-200",
        "A PUT that makes is answered as one that changes, and a removal is always the same.",
        {"putName": {}, "showName": _NOBODY, "dropName": {}},
        "made=200 again=204",
        wrong=(Wrong("name-is-there", "family-status", "not-found/showName.name"),),
    ),
    Row(
        "named-in-any-case",
        "A name is the same in upper and lower case.",
        _NAMES,
        "folds",
        wrong=(Wrong("name-is-there", "family-status", "not-found/showName.name"),),
    ),
    Row(
        "written-once",
        "What is under a name stays: another value is refused.",
        {"putName": {"409": None}, "showName": _NOBODY},
        "written-once",
        (NOT_FOUND,),
        wrong=(Wrong("name-is-there", "family-status", "not-found/showName.name"),),
    ),
    Row(
        "made-if-none-is-there",
        "With If-None-Match: *, a PUT makes, and changes nothing.",
        {"putName": {"412": PRECONDITION, "parameters": _IF_NONE}, "showName": _NOBODY},
        "",
        (NOT_FOUND, PRECONDITION),
        wrong=(
            Wrong("made-twice", "family-status", "precondition-failed/putName.if-none-match-any-tag"),
            Wrong("made-is-409", "family-status", "precondition-failed/putName.if-none-match-any-tag"),
        ),
    ),
    Row(
        "made-if-none-is-there-undeclared",
        "With If-None-Match: *, a PUT makes, and nothing says what it gets else.",
        {"putName": {"412": None, "409": None, "parameters": _IF_NONE}, "showName": {"404": None}},
        "",
        (NOT_FOUND, PRECONDITION),
        wrong=(Wrong("made-twice"), Wrong("made-is-409")),
    ),
    Row(
        "two-names",
        "An object has two names together.",
        {"putSlot": {}, "showSlot": _NOBODY, "dropSlot": {"404": [NOT_FOUND, WRONG_STATE]}},
        wrong=(
            Wrong("name-is-there", "family-status", "not-found/showSlot.column"),
            Wrong("columns-are-one", "family-status", "not-found/showSlot.column"),
        ),
    ),
    Row(
        "one-of-its-kind",
        "There is one configuration, which all callers have in common.",
        {
            "showConfig": {},
            "changeConfig": {"412": None, "parameters": [{"name": "If-Match", "in": "header", "schema": _TEXT}]},
        },
        "",
        (PRECONDITION,),
        wrong=(Wrong("any-tag"),),
    ),
    Row(
        "one-of-its-kind-by-its-tag",
        "The one configuration is changed by its tag.",
        {
            "showConfig": {
                "links": {
                    "change": {"operationId": "changeConfig", "parameters": {"If-Match": "$response.header.ETag"}}
                }
            },
            "changeConfig": {
                "412": PRECONDITION,
                "parameters": [{"name": "If-Match", "in": "header", "required": True, "schema": _TEXT}],
            },
        },
        "",
        (PRECONDITION,),
        wrong=(Wrong("any-tag", "family-status", "precondition-failed/changeConfig.if-match-another-tag"),),
    ),
    Row(
        "taken-names",
        "A label is taken once.",
        {**_ALL, "makeThing": {"409": CONFLICT}},
        "taken",
        (NOT_FOUND, CONFLICT),
        wrong=(
            Wrong("taken-twice", "family-status", "conflict/makeThing.same-values"),
            Wrong("taken-is-400", "family-status", "conflict/makeThing.same-values"),
        ),
    ),
    Row(
        "taken-names-in-any-case",
        "A label is taken once, whatever the case of its letters.",
        {**_ALL, "makeThing": {"409": CONFLICT}},
        "taken folds",
        (NOT_FOUND, CONFLICT),
        wrong=(Wrong("taken-twice", "family-status", "conflict/makeThing.same-values"),),
    ),
    Row(
        "taken-names-undeclared",
        "A label is taken once, and the contract does not say which answer tells it.",
        {**_ALL, "makeThing": {"409": None}},
        "taken folds",
        (NOT_FOUND,),
        wrong=(Wrong("taken-twice"),),
    ),
    Row(
        "taken-is-422",
        "A label that is taken is refused like a wrong one.",
        {**_ALL, "makeThing": {"422": [CONFLICT, "invalid-body"]}},
        "taken=422 bad=422",
        (NOT_FOUND, CONFLICT, "invalid-body"),
        wrong=(Wrong("taken-twice", "family-status", "conflict/makeThing.same-values"),),
        patch={"paths": {"/things/{thingId}": {"put": {"responses": {"422": {"description": "Refused."}}}}}},
    ),
    Row(
        "one-cart-each",
        "A caller has one cart: a second one is refused until the first is gone.",
        {"openCart": {"409": CONFLICT}, "showCart": _NOBODY, "dropCart": {"404": NOT_FOUND}},
        "",
        (NOT_FOUND, CONFLICT),
        failing=("showCart", "dropCart"),
        wrong=(Wrong("any-cart"),),
    ),
    Row(
        "one-cart-each-again",
        "A caller has one cart: who opens it again gets that one.",
        {"openCart": {"200": None}, "showCart": _NOBODY, "dropCart": {"404": NOT_FOUND}},
        "cart=same",
        (NOT_FOUND,),
        wrong=(Wrong("any-cart", "family-status", "not-found/showCart.cartId"),),
        patch={"paths": {"/carts": {"post": {"responses": {"200": content(id=_TEXT)}}}}},
    ),
    Row(
        "room-for-ten",
        "There may be ten things at a time, and one more is one too many.",
        {**_ALL, "makeThing": {"429": None}},
        "quota=10",
        wrong=(_UNKNOWN,),
        failing=("changeThing", "removeThing"),
    ),
    Row(
        "room-for-all",
        "There may be any number of things.",
        _ALL,
        wrong=(Wrong("room-for-ten", "family-status", "success/makeThing"),),
    ),
)
