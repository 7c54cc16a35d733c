"""Rows of states: what uses a thing up, what leads from one state to the other, and what several things are for."""

from __future__ import annotations

from typing import Any

from tests.objects.rows import NOT_FOUND, WRONG_STATE, Row, Wrong

_NOBODY, _GONE = {"404": NOT_FOUND}, {"404": None}
_ONE = {"makeThing": {}, "showThing": _NOBODY}
_TRANSITIONS = ("transitions", WRONG_STATE)
_MADE = {"x-transitions": {"to": "open", "at": "/status"}}


def _ending(status: str, **more: Any) -> dict[str, Any]:
    """Return what ends a thing, with the status for one that has ended."""
    return {name: {**_NOBODY, status: WRONG_STATE, **more} for name in ("closeThing", "cancelThing")}


def _moves(**others: Any) -> dict[str, Any]:
    """Return the operations of a thing that is closed or cancelled once, with their transitions."""
    return {
        "makeThing": _MADE,
        "showThing": _GONE,
        "closeThing": {**_GONE, "409": None, "x-transitions": {"from": ["open"], "to": "closed", **others}},
        "cancelThing": {**_GONE, "409": None, "x-transitions": {"from": ["open"], "to": "cancelled", **others}},
    }


_WRONG_MOVES = (
    Wrong("closed-from-any", "family-status", "wrong-state/closeThing.from-"),
    Wrong("refused-closed-is-403", "family-status", "wrong-state/closeThing.from-"),
    Wrong("refused-closed-crashes", "family-status", "wrong-state/closeThing.from-"),
    Wrong("refused-closed-changes", "refused-changes-nothing", "wrong-state/closeThing.from-"),
    Wrong("closed-stays", "leads-to-its-state", "transitions/closeThing.from-open"),
    Wrong("cancelled-is-sent", "leads-to-its-state", "transitions/cancelThing.from-open"),
    Wrong("cancelled-never", unproven="success of cancelThing"),
)
_STEPS = {
    "steps": ["makeThing", {"operation": "packThing", "body": {"country": "NL"}}],
    "ready": {"at": "/status", "is": "ready"},
}
_BUNDLE = {"moveThing": {"operationId": "moveThing", "requestBody": {"thingId": "$response.body#/id"}}}
_SHELF = {"moveThing": {"operationId": "moveThing", "requestBody": {"shelfId": "$response.body#/id"}}}
_NOTED = {"noteThing": {"operationId": "noteThing", "requestBody": {"thingId": "$response.body#/id"}}}

ROWS = (
    Row(
        "used-up-is-409",
        "A thing is closed or cancelled once.",
        {**_ONE, **_ending("409")},
        wrong=(
            Wrong("refused-closed-crashes", "family-status", "wrong-state/closeThing.after-closeThing"),
            Wrong("refused-closed-is-403", "family-status", "wrong-state/closeThing.after-"),
            Wrong("closed-from-any"),
            Wrong("closed-never", unproven="success of closeThing"),
        ),
    ),
    Row("used-up-is-422", "A thing that is closed is refused by 422.", {**_ONE, **_ending("422")}, "wrong=422"),
    Row(
        "used-up-is-400",
        "A thing that is closed is refused by 400.",
        {**_ONE, **_ending("400")},
        "wrong=400",
        wrong=(Wrong("refused-closed-is-403", "family-status", "wrong-state/closeThing.after-"),),
    ),
    Row(
        "used-up-undeclared",
        "A thing is closed once, and nothing says how a second time is answered.",
        {"makeThing": {}, "showThing": {}, "closeThing": {}, "cancelThing": {}},
        wrong=(
            Wrong("closed-from-any"),
            Wrong("refused-closed-is-403"),
            Wrong("refused-closed-crashes", "family-status", "wrong-state/closeThing.after-closeThing"),
        ),
    ),
    Row(
        "cancelled-again",
        "What is cancelled can be cancelled again, with the same answer.",
        {
            **_ONE,
            "closeThing": {"404": NOT_FOUND, "409": WRONG_STATE},
            "cancelThing": {"404": NOT_FOUND, "409": WRONG_STATE},
        },
        "cancelled-again",
        wrong=(Wrong("refused-closed-crashes", "family-status", "wrong-state/closeThing.after-"),),
    ),
    Row(
        "cancelled-again-in-states",
        "What is cancelled can be cancelled again: its transitions say so.",
        {
            "makeThing": _MADE,
            "showThing": _GONE,
            "closeThing": {
                "404": None,
                "409": None,
                "x-transitions": {"from": ["open"], "to": "closed", "others": 409},
            },
            "cancelThing": {
                "404": None,
                "409": None,
                "x-transitions": {"from": ["open", "cancelled"], "to": "cancelled", "others": 409},
            },
        },
        "cancelled-again",
        _TRANSITIONS,
        wrong=(Wrong("cancelled-from-any", "family-status", "wrong-state/cancelThing.from-closed"),),
    ),
    Row("moves", "A thing is open, and closed or cancelled once.", _moves(others=409), "", _TRANSITIONS, _WRONG_MOVES),
    Row(
        "moves-undeclared",
        "A thing is closed once; by which status it is refused else, nothing says.",
        _moves(),
        "wrong=422",
        _TRANSITIONS,
        (
            Wrong("closed-from-any", "family-status", "wrong-state/closeThing.from-"),
            Wrong("refused-closed-changes", "refused-changes-nothing", "wrong-state/closeThing.from-"),
            Wrong("refused-closed-is-403", "family-status", "wrong-state/closeThing.from-"),
        ),
        patch={
            "paths": {
                f"/things/{{thingId}}/{name}": {"post": {"responses": {"422": {"description": "Refused."}}}}
                for name in ("close", "cancel")
            }
        },
    ),
    Row(
        "moves-in-time",
        "A thing that is open lapses after a second.",
        _moves(others=409),
        "lapses=1",
        _TRANSITIONS,
        (Wrong("closed-stays", "leads-to-its-state", "transitions/closeThing.from-open"),),
    ),
    Row(
        "moves-at-once",
        "A thing that is open lapses at once.",
        _moves(others=409),
        "lapses=0",
        _TRANSITIONS,
        failing=("cancelThing", "closeThing"),
    ),
    Row(
        "moves-and-expires",
        "A thing is gone after a second.",
        _moves(others=409),
        "expires=1",
        _TRANSITIONS,
        (Wrong("closed-stays", "leads-to-its-state", "transitions/closeThing.from-open"),),
    ),
    Row(
        "moves-later",
        "What has led to another state is shown so a fifth of a second later.",
        _moves(others=409),
        "lag=0.2",
        _TRANSITIONS,
    ),
    Row(
        "moves-when-done",
        "What is to lead to another state is accepted, and done.",
        {
            "makeThing": _MADE,
            "showThing": _GONE,
            "closeThing": {
                "404": None,
                "409": None,
                "x-transitions": {"from": ["open"], "to": "closed", "others": 409},
            },
        },
        "done=202",
        _TRANSITIONS,
        patch={
            "paths": {
                "/things/{thingId}/close": {
                    "post": {"responses": {"202": {"description": "Accepted."}, "200": {"description": "Done."}}}
                }
            }
        },
        wrong=(Wrong("closed-from-any", "family-status", "wrong-state/closeThing.from-closed"),),
    ),
    Row(
        "steps-that-are-needed",
        "What is sent has to be packed for the Netherlands before.",
        {
            "makeThing": {},
            "packThing": {"404": NOT_FOUND, "409": WRONG_STATE},
            "sendThing": {"404": NOT_FOUND, "409": WRONG_STATE, "x-needs": _STEPS},
        },
        wrong=(
            Wrong("never-ready", unproven="steps of sendThing"),
            Wrong("sent-never", unproven="success of sendThing"),
            Wrong("refused-sent-crashes", "family-status", "wrong-state/sendThing"),
        ),
    ),
    Row(
        "steps-that-nothing-says",
        "What is sent has to be packed for the Netherlands before, and nothing says so.",
        {"makeThing": {}, "packThing": {"404": None, "409": None}, "sendThing": {"404": None, "409": None}},
        failing=("sendThing",),
    ),
    Row(
        "steps-and-moves",
        "What is packed for the Netherlands is ready, and sent once.",
        {
            "makeThing": _MADE,
            "showThing": _GONE,
            "packThing": {
                "404": None,
                "409": None,
                "x-transitions": {"from": ["open", "ready"], "to": ["open", "ready"], "others": 409},
            },
            "sendThing": {
                "404": None,
                "409": None,
                "x-needs": _STEPS,
                "x-transitions": {"from": ["ready"], "to": "sent", "others": 409},
            },
        },
        "",
        _TRANSITIONS,
        (
            Wrong("sent-from-any", "family-status", "wrong-state/sendThing.from-"),
            Wrong("sent-stays", "leads-to-its-state", "transitions/sendThing.from-ready"),
        ),
    ),
    Row(
        "named-in-a-body",
        "A note is about a thing, which its body names.",
        {
            "makeThing": {"links": _NOTED},
            "showThing": _NOBODY,
            "noteThing": {"422": {"family": NOT_FOUND, "for": "thingId"}},
        },
        "",
        (NOT_FOUND,),
        (
            Wrong("unknown-is-taken", "family-status", "not-found/noteThing.thingId"),
            Wrong("unknown-has-an-event", "no-event-without-success", "not-found/noteThing.thingId"),
            Wrong("tells-nobody", "event-for-success"),
        ),
    ),
    Row(
        "named-in-a-body-undeclared",
        "A note is about a thing, which its body names; what one about none gets, nothing says.",
        {"makeThing": {"links": _NOTED}, "noteThing": {}},
        "unknown=404",
        (NOT_FOUND,),
        (
            Wrong("unknown-is-taken"),
            Wrong("unknown-has-an-event", "no-event-without-success", "not-found/noteThing.thingId"),
        ),
    ),
    Row(
        "named-in-a-body-by-its-name",
        "A note has a member that is called as the parameter of another path.",
        {"makeThing": {}, "showThing": _NOBODY, "noteThing": {"422": None}},
        "",
        (NOT_FOUND,),
        (Wrong("unknown-is-taken"), Wrong("tells-nobody", "event-for-success")),
    ),
    Row(
        "two-objects",
        "A thing is moved to a shelf: both are there.",
        {
            "makeThing": {"links": _BUNDLE},
            "makeShelf": {"links": _SHELF},
            "moveThing": {"422": {"family": NOT_FOUND}},
        },
        "",
        (NOT_FOUND,),
        (
            Wrong("any-shelf", "family-status", "not-found/moveThing.shelfId"),
            Wrong("unknown-shelf-crashes", "family-status", "not-found/moveThing.shelfId"),
        ),
    ),
    Row(
        "two-objects-undeclared",
        "A thing is moved to a shelf: what is not there may be moved, for all that the contract says.",
        {"makeThing": {"links": _BUNDLE}, "makeShelf": {"links": _SHELF}, "moveThing": {}},
        "",
        (NOT_FOUND,),
        (Wrong("any-shelf"), Wrong("unknown-shelf-crashes", "family-status", "not-found/moveThing.shelfId")),
    ),
    Row(
        "two-objects-once",
        "A thing is moved once.",
        {
            "makeThing": {"links": _BUNDLE},
            "makeShelf": {"links": _SHELF},
            "moveThing": {"422": {"family": NOT_FOUND}, "409": WRONG_STATE},
        },
        "once",
        (NOT_FOUND, WRONG_STATE),
        (Wrong("any-shelf", "family-status", "not-found/moveThing.shelfId"),),
    ),
)
