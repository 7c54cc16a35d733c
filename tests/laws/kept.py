"""An exchange that keeps every law, from which each test departs in one respect."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bothends.contract import load
from bothends.laws import LawContext, cause_in_words, judged_laws, law_of
from bothends.laws.law import FindingContext
from bothends.records import Answer, Case, Delivery, Exchange, Expectation, Request, UpstreamCall, mint
from tests.in_words import condition, conditions

if TYPE_CHECKING:
    from bothends.contract import Contract, Operation
    from bothends.records import Breach

SEED = 7
BEGAN = 1_700_000_000.0
"""When the first exchange began, seconds since the epoch; each one takes a tenth of a second."""

COOKIE = "next-auth.session-token=eyJhbGciOiJkaXIifQ..sealed"
KEY = "key-of-the-ingest"
SECRET = "secret-of-the-sessions"
PLACE = "127.0.0.1:4100"
ROOT = Path(__file__).parent.parent.parent


@cache
def contract() -> Contract:
    """Return the project's own contract."""
    return load(ROOT / "bothends.toml")


def operation() -> Operation:
    """Return the operation of the project's own contract."""
    return contract().operations[0]


def began(number: int) -> float:
    """Return when an exchange began: they are made one after the other."""
    return BEGAN + (number - 1) / 10


def user(number: int = 1) -> dict[str, Any]:
    """Return the user of an exchange."""
    token = mint(SEED, "u", number)
    return {"name": f"Zoë {token}", "email": f"{token}@example.com", "image": None}


def settings(number: int = 1) -> dict[str, Any]:
    """Return what a call to the settings was answered."""
    name = f"Läden {mint(SEED, 's', number)}"
    return {"appName": name, "environment": "staging", "locale": "de-CH", "features": {"dark": True}, "limit": 1.0}


def event(number: int = 1, **changes: Any) -> dict[str, Any]:
    """Return the event of an exchange."""
    kept = {
        "id": f"event-{number}",
        "name": "app/route.requested",
        "v": "1",
        "ts": int(began(number) * 1000) + 30,
        "user": user(number),
        "data": {"appSettings": settings(number)},
    }
    return {**kept, **changes}


def call(number: int = 1, **changes: Any) -> UpstreamCall:
    """Return the call to the settings within an exchange."""
    kept = UpstreamCall(
        upstream="settings",
        number=number,
        began=began(number) + 0.01,
        ended=began(number) + 0.02,
        status=200,
        value=settings(number),
        fault=None,
        request_line="GET /settings",
        headers=(),
        answered=True,
    )
    return replace(kept, **_in_words(changes))


def delivery(number: int = 1, **changes: Any) -> Delivery:
    """Return the delivery of an exchange; a change of the event is a change of the payload too."""
    sent = changes.pop("event", event(number))
    kept = Delivery(
        number=number,
        post=number,
        received=began(number) + 0.03,
        settled=began(number) + 0.04,
        method="POST",
        path=f"/e/{KEY}",
        headers=(("content-type", "application/json"),),
        right_address=True,
        payload=sent,
        event=sent,
        consumed=sent if isinstance(sent, dict) else None,
        losses=(),
        identity=f"id event-{number}",
        attempt=1,
        stored=True,
        repeated=False,
        acknowledged=True,
        status=200,
    )
    return replace(kept, **_in_words(changes))


def unstored(number: int = 1, **changes: Any) -> Delivery:
    """Return a delivery that the ingest did not store."""
    kept = {"stored": False, "acknowledged": False, "consumed": None, "status": 500}
    return delivery(number, **{**kept, **changes})


def answer(status: int = 200, body: Any = None, media_type: str | None = None, **changes: Any) -> Answer:
    """Return an answer; without a body, the one that the contract declares for its status."""
    if body is None:
        problem = {"type": "about:blank", "title": "No.", "status": status}
        body = {"success": "true"} if status == 200 else problem
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    media_type = media_type or ("application/json" if status == 200 else "application/problem+json")
    kept = Answer(status, (("content-type", media_type), ("server", "sanic")), content, len(content))
    return replace(kept, **changes)


def exchange(number: int = 1, **changes: Any) -> Exchange:
    """Return an exchange that keeps every law, with what a test changes of it, its case or its request.

    The states of its case are given as sentences.
    """
    of_request = {key: changes.pop(key) for key in ("method", "target", "headers", "body") if key in changes}
    request = replace(
        Request("POST", "/api/route", (("content-type", "application/json"),), b'{"data":"data"}'), **of_request
    )
    of_expect = {key: changes.pop(key) for key in ("statuses", "refused", "why") if key in changes}
    expect = replace(Expectation(frozenset({200})), **of_expect)
    of_case = {key: changes.pop(key) for key in ("family", "name", "given", "origin", "exclusive") if key in changes}
    if "given" in of_case:
        of_case["given"] = conditions(*of_case["given"])
    case = replace(Case(operation().id, "success", "usual", request, (), expect), **of_case)
    kept = Exchange(
        number=number,
        case=case,
        session=user(number),
        sent=replace(request, headers=(*request.headers, ("Cookie", COOKIE))),
        answer=answer(),
        began=began(number),
        ended=began(number) + 0.05,
        deliveries=(delivery(number),),
        calls=(call(number),),
        batch=1,
    )
    return replace(kept, **changes)


def _in_words(changes: dict[str, Any]) -> dict[str, Any]:
    """Return changes of a record, its fault told as a sentence."""
    fault = changes.get("fault")
    return changes if fault is None else {**changes, "fault": condition(fault)}


def refused(number: int = 1, status: int = 401, **changes: Any) -> Exchange:
    """Return an exchange whose request is refused, as it should be."""
    kept = {
        "family": "signed-out",
        "given": ("signed out",),
        "statuses": frozenset({status}),
        "refused": True,
        "session": None,
        "answer": answer(status),
        "deliveries": (),
        "calls": (),
    }
    return exchange(number, **{**kept, **changes})


def failed(number: int = 1, status: int = 502, **changes: Any) -> Exchange:
    """Return an exchange that fails as it should, as the ingest is at fault."""
    kept = {
        "family": "upstream-wrong",
        "given": ("the ingest answers 500",),
        "statuses": frozenset({502}),
        "answer": answer(status),
        "deliveries": (unstored(number, fault="the ingest answers 500"),),
    }
    return exchange(number, **{**kept, **changes})


def other_method(method: str, status: int, **changes: Any) -> Exchange:
    """Return an exchange of a method that the operation does not declare."""
    body = Answer(status, (("allow", "OPTIONS, POST"),), b"", 0)
    kept = {"method": method, "statuses": frozenset[int](), "answer": body, "deliveries": (), "calls": ()}
    return exchange(**{**kept, **changes})


def law_context(**changes: Any) -> LawContext:
    """Return what the kept exchange is judged by."""
    kept: dict[str, Any] = {
        "operation": operation(),
        "seed": SEED,
        "secrets": (KEY, SECRET),
        "places": (PLACE,),
        "finding_context": FindingContext.of(contract()),
        "calls": {number: call(number) for number in range(1, 4)},
    }
    return LawContext(**{**kept, **changes})


def judge(law: str, judged: Exchange, **changes: Any) -> list[Breach] | None:
    """Judge an exchange by one law."""
    return law_of(law).breaches(judged, law_context(**changes))


def causes(law: str, judged: Exchange, **changes: Any) -> list[str] | None:
    """Return the causes of the breaches of one law, in words; None when it has nothing to say."""
    breaches = judge(law, judged, **changes)
    return None if breaches is None else [cause_in_words(breach) for breach in breaches]


def broken(judged: Exchange, **changes: Any) -> set[str]:
    """Return the names of all laws that an exchange breaks, no law yielding to another."""
    return {law.name for law in judged_laws() if law.breaches(judged, law_context(**changes))}
