"""Rows of what is removed, expires, or is not to be seen yet."""

from __future__ import annotations

from typing import Any

from tests.objects.rows import NOT_FOUND, WRONG_STATE, Row, Wrong

_FAMILIES = (NOT_FOUND, WRONG_STATE)
_NOBODY = {"404": NOT_FOUND}
_ALL: dict[str, dict[str, Any]] = {
    "makeThing": {},
    "showThing": _NOBODY,
    "changeThing": _NOBODY,
    "removeThing": {"404": [NOT_FOUND, WRONG_STATE]},
}
_SILENT: dict[str, dict[str, Any]] = {
    "makeThing": {},
    "showThing": {"404": None},
    "changeThing": {"404": None},
    "removeThing": {},
}
_UNKNOWN = Wrong("unknown-is-there", "family-status", "not-found/showThing.thingId")

ROWS = (
    Row(
        "removed-once",
        "A second removal finds nothing.",
        _ALL,
        wrong=(
            _UNKNOWN,
            Wrong("unknown-is-400", "family-status", "not-found/"),
            Wrong("gone-crashes", "family-status", "wrong-state/removeThing.after-removeThing"),
            Wrong("removes-nothing"),
        ),
    ),
    Row(
        "removed-again",
        "A second removal is answered as the first one.",
        {**_SILENT, "showThing": _NOBODY},
        "again=204",
        wrong=(Wrong("again-crashes", "family-status", "wrong-state/removeThing.after-removeThing"), _UNKNOWN),
    ),
    Row(
        "removed-again-undeclared",
        "A second removal is answered as the first one, and nothing says what anything gets.",
        {"makeThing": {}, "showThing": {}, "changeThing": {}, "removeThing": {}},
        "again=204",
        wrong=(Wrong("unknown-is-there"), Wrong("again-crashes", "family-status", "wrong-state/removeThing")),
    ),
    Row(
        "removed-is-410",
        "What was removed is gone for good, what never was is not found.",
        {**_ALL, "removeThing": {"404": NOT_FOUND, "410": WRONG_STATE}},
        "gone=410",
        wrong=(Wrong("gone-crashes", "family-status", "wrong-state/removeThing.after-removeThing"), _UNKNOWN),
    ),
    Row(
        "removed-is-410-undeclared",
        "What was removed is gone for good, and the contract does not say so.",
        _SILENT,
        "gone=410",
        wrong=(Wrong("unknown-is-there"), Wrong("gone-crashes", "family-status", "wrong-state/removeThing")),
    ),
    Row(
        "removed-but-shown",
        "What was removed is shown as removed, and can be changed no more.",
        {**_SILENT, "changeThing": {"404": NOT_FOUND, "409": WRONG_STATE}},
        "soft again=204",
        wrong=(Wrong("unknown-is-there", "family-status", "not-found/changeThing.thingId"),),
    ),
    Row(
        "expires-soon",
        "A thing is there for a second and a half.",
        _ALL,
        "expires=1.5",
        wrong=(_UNKNOWN, Wrong("unknown-is-400", "family-status", "not-found/")),
    ),
    Row(
        "expires-at-once",
        "A thing is there for a tenth of a second.",
        _SILENT,
        "expires=0.1 gone=410",
        wrong=(Wrong("unknown-is-there"),),
    ),
    Row(
        "read-three-times",
        "A thing can be read three times.",
        _ALL,
        "reads=3",
        wrong=(_UNKNOWN,),
    ),
    Row(
        "read-once",
        "A thing can be read once.",
        {"makeThing": {}, "showThing": {"404": NOT_FOUND}, "removeThing": {"404": NOT_FOUND}},
        "reads=1",
        wrong=(_UNKNOWN,),
    ),
    Row(
        "room-for-twenty",
        "Of twenty things and one more, the one is dropped that nobody has asked for.",
        _ALL,
        "cap=20",
        wrong=(_UNKNOWN,),
    ),
    Row(
        "room-for-three",
        "Of three things and one more, the one is dropped that nobody has asked for.",
        _ALL,
        "cap=3",
        wrong=(_UNKNOWN,),
    ),
    Row(
        "shown-later",
        "What is made or changed is shown a fifth of a second later.",
        _ALL,
        "lag=0.2",
    ),
    Row(
        "shown-later-by-its-tag",
        "What is changed is shown a fifth of a second later, its tag as well, by which it is changed.",
        {
            **_ALL,
            "showThing": {
                "404": NOT_FOUND,
                "links": {
                    "change": {
                        "operationId": "changeThing",
                        "parameters": {"thingId": "$request.path.thingId", "If-Match": "$response.header.ETag"},
                    }
                },
            },
            "changeThing": {
                "404": NOT_FOUND,
                "412": "precondition-failed",
                "parameters": [{"name": "If-Match", "in": "header", "schema": {"type": "string"}}],
            },
        },
        "lag=0.2",
        (*_FAMILIES, "precondition-failed"),
    ),
    Row(
        "listed-later",
        "What is made or removed is listed so half a second later.",
        {"listThings": {}, **_ALL},
        "list-lag=0.5",
        wrong=(_UNKNOWN,),
    ),
    Row(
        "listed-later-and-expires",
        "What is made is listed half a second later, and is gone two seconds later.",
        {"listThings": {}, "makeThing": {}, "showThing": {"404": NOT_FOUND}},
        "list-lag=0.5 expires=2",
        (NOT_FOUND,),
        wrong=(_UNKNOWN,),
    ),
    Row(
        "taken-for-later",
        "A job is accepted, and done some time later.",
        {"startJob": {}, "showJob": {"404": NOT_FOUND}, "stopJob": {"404": NOT_FOUND, "409": WRONG_STATE}},
        unseen=("stopJob 409",),
        wrong=(Wrong("job-is-there", "family-status", "not-found/showJob.jobId"),),
    ),
    Row(
        "made-later",
        "A job is accepted, and cannot be found before it is done.",
        {"startJob": {}, "showJob": {"404": NOT_FOUND}},
        "late takes=0.3",
        (NOT_FOUND,),
        wrong=(Wrong("job-is-there", "family-status", "not-found/showJob.jobId"),),
    ),
)
