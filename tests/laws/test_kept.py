"""What is right breaks no law at all: a false alarm is worse than a bug that is missed."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from bothends.records import Answer, Exchange, NoAnswer
from tests.laws import kept

BODY = kept.answer().body
RESET = "the ingest resets the connection"


def twice(number: int = 1, **of_first: Any) -> tuple[Any, Any]:
    """Return two attempts of one event: the first one's acknowledgement was lost, the second is a repetition."""
    first = kept.delivery(number, **{"acknowledged": False, "status": None, "fault": RESET, **of_first})
    return first, kept.delivery(number, attempt=2, repeated=first.stored)


RIGHT: dict[str, Exchange] = {
    "the usual": kept.exchange(),
    "a retry with the same identity after a lost acknowledgement": kept.exchange(deliveries=twice()),
    "a retry after an attempt that was not stored": kept.exchange(deliveries=twice(stored=False, consumed=None)),
    "an event in doubt with 502": kept.failed(
        deliveries=(kept.delivery(acknowledged=False, status=None, fault=RESET),)
    ),
    "no event with 502": kept.failed(deliveries=()),
    "an attempt that the ingest failed, with 502": kept.failed(),
    "an array of one": kept.exchange(deliveries=(kept.delivery(payload=[kept.event()]),)),
    "a media type with parameters and in mixed case": kept.exchange(
        answer=kept.answer(media_type="Application/JSON; Charset=UTF-8")
    ),
    "an answer spelled with escapes and white space": kept.exchange(
        answer=kept.answer(body=b'\r\n{ "success" : "tr\\u0075e" }\t')
    ),
    "an answer with a byte order mark": kept.exchange(answer=kept.answer(body=b"\xef\xbb\xbf" + BODY)),
    "ts at the early edge": kept.exchange(
        deliveries=(kept.delivery(event=kept.event(ts=int(kept.BEGAN * 1000 - 1000))),)
    ),
    "ts at the late edge": kept.exchange(
        deliveries=(kept.delivery(event=kept.event(ts=int(kept.BEGAN * 1000 + 1030))),)
    ),
    "ts as a whole float": kept.exchange(deliveries=(kept.delivery(event=kept.event(ts=kept.BEGAN * 1000)),)),
    "numbers of another form": kept.exchange(
        deliveries=(kept.delivery(event=kept.event(data={"appSettings": {**kept.settings(), "limit": 1}})),)
    ),
    "keys in another order": kept.exchange(
        deliveries=(kept.delivery(event=dict(reversed(kept.event(user=dict(reversed(kept.user().items()))).items()))),)
    ),
    "an answer of the settings that another request began to wait for": kept.exchange(
        deliveries=(kept.delivery(event=kept.event(data={"appSettings": kept.settings(2)})),)
    ),
    "the caller's own cookie set once more": kept.exchange(
        answer=kept.answer(headers=(("content-type", "application/json"), ("set-cookie", f"{kept.COOKIE}; HttpOnly")))
    ),
    "the target's own address, whose port begins like an upstream's": kept.exchange(
        answer=kept.answer(headers=(("content-type", "application/json"), ("location", "http://127.0.0.1:41003/x")))
    ),
    "a body that was cut": kept.exchange(answer=kept.answer(body=BODY[:5], size=1 << 21)),
    "a packed body": kept.exchange(
        answer=kept.answer(
            body=b"\x1f\x8b\x08...", headers=(("content-type", "application/json"), ("content-encoding", "gzip"))
        )
    ),
    "a refusal": kept.refused(),
    "another refusal where several apply": kept.refused(status=422, statuses=frozenset({413, 422})),
    "problem details in their plainest words": kept.refused(
        answer=kept.answer(
            401, {"type": "about:blank", "title": "Unauthorized", "status": 401.0, "detail": "at line 3"}
        )
    ),
    "no expectation": kept.exchange(statuses=frozenset[int]()),
    "a declared error where any is right": kept.failed(statuses=frozenset[int]()),
    "HEAD": kept.other_method("HEAD", 405),
    "HEAD that is answered like GET": kept.other_method("HEAD", 200),
    "OPTIONS": kept.other_method("OPTIONS", 204),
    "another method with an answer of its own": kept.other_method(
        "GET", 200, answer=Answer(200, (("content-type", "text/html"),), b"<p>hello</p>", 12)
    ),
    "another method that is closed upon": kept.other_method("TRACE", 0, answer=NoAnswer("closed")),
    "recovery": kept.exchange(family="recovered", name="after the ingest hangs"),
}


@pytest.mark.parametrize("what", RIGHT)
def test_what_is_right_breaks_no_law(what: str) -> None:
    """No law finds anything, even without yielding to another."""
    calls = {1: kept.call(), 2: kept.call(2, began=kept.BEGAN - 5, ended=kept.BEGAN + 0.001)}
    assert set() == kept.broken(RIGHT[what], calls=calls)


@pytest.mark.parametrize("detail", [None, "4 bytes"])
def test_no_answer_and_an_event_is_in_doubt(detail: str | None) -> None:
    """Where nobody knows what the answer would have been, only its absence is a finding."""
    exchange = kept.exchange(answer=NoAnswer("reset", detail or ""))
    assert {"answered"} == kept.broken(exchange)


def test_settings_without_a_mark_are_compared_with_all_that_are_remembered() -> None:
    """Where the schema leaves no room for a mark, equality and time tell whose answer it was."""
    plain = {"appName": "", "environment": "staging", "locale": "", "features": {}}
    exchange = kept.exchange(deliveries=(kept.delivery(event=kept.event(data={"appSettings": plain})),))
    calls = {
        1: kept.call(value=None, fault="the settings hangs"),
        2: kept.call(2, value=plain, began=kept.BEGAN + 0.01),
    }
    assert set() == kept.broken(exchange, calls=calls)


def test_the_project_keeps_its_own_schema() -> None:
    """The kept exchange is what the contract says, so that what tests change is what breaks."""
    operation = kept.operation()
    assert operation.events[0].body.is_valid(kept.event())
    declared = operation.answer_for(200)
    assert declared is not None
    schema = declared.content["application/json"]
    assert schema is not None
    assert schema.is_valid(json.loads(BODY))


def test_a_method_of_no_body_has_none_to_judge() -> None:
    """Where the operation itself is HEAD, its answers are judged by their status alone."""
    operation = replace(kept.operation(), method="HEAD", events=())
    exchange = kept.exchange(method="HEAD", answer=kept.answer(body=b""), deliveries=())
    assert set() == kept.broken(exchange, operation=operation)
    bare = kept.exchange(method="HEAD", answer=Answer(200, (), b"", 0), deliveries=())
    assert set() == kept.broken(bare, operation=operation)
