"""Rows of conditions: tags, weak and strong, dates, and what is asked for without any (RFC 9110, section 13)."""

from __future__ import annotations

from typing import Any

from tests.objects.rows import NOT_FOUND, PRECONDITION, WRONG_STATE, Row, Wrong

_TEXT: dict[str, Any] = {"type": "string"}
_FAMILIES = (NOT_FOUND, PRECONDITION)
_NOBODY = {"404": NOT_FOUND}
_CASE = "precondition-failed/changeThing.if-match-"


def _header(name: str, *, required: bool = False) -> list[dict[str, Any]]:
    return [{"name": name, "in": "header", "required": required, "schema": _TEXT}]


def _linked(name: str, value: str) -> dict[str, Any]:
    """Return what shows a thing, with the value by which it is changed."""
    parameters = {"thingId": "$request.path.thingId", name: f"$response.header.{value}"}
    return {**_NOBODY, "links": {"change": {"operationId": "changeThing", "parameters": parameters}}}


def _by_tag(change: dict[str, Any], *, required: bool = False) -> dict[str, Any]:
    """Return the operations of a thing that is changed by its tag, with the answers that a change gives."""
    return {
        "makeThing": {},
        "showThing": _linked("If-Match", "ETag"),
        "changeThing": {**_NOBODY, **change, "parameters": _header("If-Match", required=required)},
    }


_STALE = Wrong("stale-is-taken", "family-status", f"{_CASE}its-tag-of-before")
_ANY = Wrong("any-tag", "family-status", f"{_CASE}another-tag")
_DATED = {
    "makeThing": {},
    "showThing": _linked("If-Unmodified-Since", "Last-Modified"),
    "changeThing": {**_NOBODY, "412": PRECONDITION, "parameters": _header("If-Unmodified-Since")},
}
_SHOWN = {"headers": {"ETag": None, "Last-Modified": {"schema": _TEXT}}}

ROWS = (
    Row(
        "changed-by-its-tag",
        "A thing is changed by its tag, if one is sent.",
        _by_tag({"412": PRECONDITION}),
        "",
        _FAMILIES,
        (
            _ANY,
            _STALE,
            Wrong("stale-is-409", "family-status", _CASE),
            Wrong("no-lists", "family-status", f"{_CASE}among-others"),
            Wrong("no-star", "family-status", f"{_CASE}any-tag"),
        ),
    ),
    Row(
        "changed-by-its-tag-undeclared",
        "A thing is changed by its tag, and the contract does not say what another tag gets.",
        _by_tag({"412": None}),
        "",
        _FAMILIES,
        (Wrong("any-tag"), Wrong("stale-is-taken"), Wrong("no-lists"), Wrong("no-star")),
    ),
    Row(
        "changed-by-its-tag-alone",
        "A thing is changed by its tag alone: who sends none is asked for one.",
        _by_tag({"412": PRECONDITION, "428": PRECONDITION}),
        "match=required",
        _FAMILIES,
        (Wrong("needs-no-tag", "family-status", "precondition-failed/changeThing.without-if-match"), _ANY, _STALE),
    ),
    Row(
        "changed-by-its-tag-alone-undeclared",
        "Who sends no tag is asked for one, and the contract has that answer, and no more of it.",
        _by_tag({"412": None, "428": None}),
        "match=required",
        _FAMILIES,
        (Wrong("needs-no-tag"),),
    ),
    Row(
        "tag-is-required",
        "A tag has to be sent with each change.",
        _by_tag({"412": PRECONDITION}, required=True),
        "match=required",
        _FAMILIES,
        (_ANY, _STALE),
        patch={"paths": {"/things/{thingId}": {"put": {"responses": {"428": {"description": "Required."}}}}}},
    ),
    Row(
        "tag-stays-for-nothing",
        "A change of nothing keeps the tag.",
        _by_tag({"412": PRECONDITION}),
        "noop",
        _FAMILIES,
        (_ANY, _STALE),
    ),
    Row(
        "tag-is-of-the-content",
        "A tag is the hash of the content: what is changed back has the tag of before.",
        _by_tag({"412": PRECONDITION}),
        "tags=content noop",
        _FAMILIES,
        (_ANY,),
    ),
    Row(
        "tag-is-weak",
        "All tags are weak, and compared as such.",
        _by_tag({"412": PRECONDITION}),
        "weak",
        _FAMILIES,
        (_ANY, _STALE),
    ),
    Row(
        "tag-is-weak-and-of-the-content",
        "All tags are weak, and of the content.",
        _by_tag({"412": PRECONDITION}),
        "weak tags=content",
        _FAMILIES,
        (_ANY,),
    ),
    Row(
        "tag-before-the-thing",
        "The tag is looked at before the thing: what is not there has none.",
        _by_tag({"412": PRECONDITION}),
        "order=412,404,422",
        _FAMILIES,
        (_ANY,),
        unseen=("changeThing 404",),
    ),
    Row(
        "tag-before-the-body",
        "The tag is looked at before the body.",
        _by_tag({"412": PRECONDITION, "422": "invalid-body", "400": "malformed-body"}),
        "order=404,412,422 bad=422",
        (*_FAMILIES, "invalid-body"),
        (_ANY,),
        unseen=("changeThing 400",),
        patch={"paths": {"/things": {"post": {"responses": {"422": {"description": "Refused."}}}}}},
    ),
    Row(
        "tag-of-what-is-removed",
        "What is removed has no tag any more.",
        {**_by_tag({"412": PRECONDITION}), "removeThing": {"404": [NOT_FOUND, WRONG_STATE]}},
        "",
        (*_FAMILIES, WRONG_STATE),
        (_STALE,),
    ),
    Row(
        "tag-and-expires",
        "A thing is gone after a second, with its tag.",
        _by_tag({"412": PRECONDITION}),
        "expires=1",
        _FAMILIES,
        (_ANY,),
    ),
    Row(
        "tag-of-a-removal",
        "A thing is removed by its tag as well.",
        {
            "makeThing": {},
            "showThing": {
                **_NOBODY,
                "links": {
                    name: {
                        "operationId": name,
                        "parameters": {"thingId": "$request.path.thingId", "If-Match": "$response.header.ETag"},
                    }
                    for name in ("changeThing", "removeThing")
                },
            },
            "changeThing": {**_NOBODY, "412": PRECONDITION, "parameters": _header("If-Match")},
            "removeThing": {"404": NOT_FOUND, "412": PRECONDITION, "parameters": _header("If-Match")},
        },
        "",
        (*_FAMILIES, WRONG_STATE),
        (_ANY, _STALE),
    ),
    Row(
        "changed-since",
        "A thing is changed if it was not since; its time has whole seconds.",
        _DATED,
        "dated",
        (NOT_FOUND, PRECONDITION),
        (Wrong("any-tag", "family-status", "precondition-failed/changeThing.if-unmodified-since-long-ago"),),
        patch={
            "paths": {
                "/things": {"post": {"responses": {"201": _SHOWN}}},
                "/things/{thingId}": {"get": {"responses": {"200": _SHOWN}}, "put": {"responses": {"200": _SHOWN}}},
            }
        },
    ),
    Row(
        "changed-since-undeclared",
        "A thing is changed if it was not since, and the contract does not say what is told else.",
        {**_DATED, "changeThing": {**_DATED["changeThing"], "412": None}},
        "dated",
        (NOT_FOUND, PRECONDITION),
        (Wrong("any-tag"),),
        patch={
            "paths": {
                "/things": {"post": {"responses": {"201": _SHOWN}}},
                "/things/{thingId}": {"get": {"responses": {"200": _SHOWN}}, "put": {"responses": {"200": _SHOWN}}},
            }
        },
    ),
)
