"""The laws on events: each way to break them is one breach, by its right cause."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from bothends.contract.terms import DeliveryTerms, StateTerms, When
from bothends.records import Cause, Credential, Exchange, NoAnswer, Severity
from bothends.schemas import Schema
from tests.laws import kept

DROPPED = ("/appSettings", "dropped: the event API knows no such top-level key")
HANGS = "the ingest hangs"
NOTIFIES = Schema({"type": "object", "required": ["notify"]})
LAWS = (
    "right-address",
    "nothing-dropped",
    "event-schema",
    "no-event-without-success",
    "event-for-success",
    "one-event",
    "acknowledged-first",
    "plain-acknowledgement",
    "no-secret-in-event",
)


def sent(*deliveries: Any, **changes: Any) -> Exchange:
    """Return the kept exchange with other deliveries."""
    return kept.exchange(deliveries=deliveries, **changes)


def event(**changes: Any) -> Exchange:
    """Return the kept exchange with another event."""
    return sent(kept.delivery(event=kept.event(**changes)))


WRONG_KEY = kept.unstored(right_address=False, path="/e/other", status=401, refusal="Event key not found")
WRONG_METHOD = kept.unstored(right_address=False, method="PUT", status=405)
REFUSED = kept.unstored(status=400, refusal="event name is empty")
LATE = kept.delivery(received=kept.BEGAN + 0.06, settled=kept.BEGAN + 0.07)
SECOND = kept.delivery(2, event=kept.event(id="event-2"), received=kept.BEGAN + 0.035)
EMPTY = kept.unstored(event=None, payload=[], identity="delivery 1", status=200)
NOT_JSON = kept.unstored(event=None, payload=None, identity="delivery 1", status=400, refusal="invalid character")
FORGOTTEN = kept.delivery(repeated=True)
ODDLY = "the ingest answers 202 as if all were well"
ODD = kept.delivery(acknowledged=False, acknowledged_oddly=True, status=202, fault=ODDLY)
OF_THE_INGEST: dict[str, Any] = {"given": ("the ingest breaks off in the body",), "family": "upstream-unclear"}
OF = "upstream-unclear of the ingest"

BROKEN: list[tuple[str, Exchange, str]] = [
    ("right-address", sent(WRONG_KEY), "POST"),
    ("right-address", sent(WRONG_METHOD), "PUT"),
    ("right-address", sent(kept.delivery(), WRONG_KEY), "POST"),
    ("right-address", sent(kept.delivery(right_address=False), family="without-a-setting"), "POST"),
    ("nothing-dropped", sent(kept.delivery(losses=(DROPPED,))), ": ".join(DROPPED)),
    ("nothing-dropped", sent(kept.delivery(losses=(DROPPED,)), kept.delivery(losses=(DROPPED,))), ": ".join(DROPPED)),
    ("nothing-dropped", sent(REFUSED), "event name is empty"),
    ("event-schema", event(v=1), "/$defs/RouteRequested/properties/v/const"),
    ("event-schema", event(extra=1), "/$defs/RouteRequested/additionalProperties"),
    ("event-schema", sent(kept.delivery(payload=[kept.event(), kept.event()])), "/oneOf/1/maxItems"),
    ("event-schema", sent(NOT_JSON), "not JSON"),
    ("no-event-without-success", kept.refused(deliveries=(kept.delivery(),)), "the session"),
    ("no-event-without-success", kept.failed(deliveries=(kept.delivery(),)), "the ingest"),
    (
        "no-event-without-success",
        kept.other_method("GET", 405, family="coverage", deliveries=(kept.delivery(),)),
        "methods",
    ),
    (
        "no-event-without-success",
        kept.other_method("GET", 200, family="coverage", deliveries=(kept.delivery(),)),
        "methods",
    ),
    ("event-for-success", sent(), "none"),
    ("event-for-success", sent(given=("the settings hangs",)), "none"),
    ("event-for-success", sent(EMPTY), "nothing in it"),
    ("event-for-success", sent(kept.unstored()), "not acknowledged: 500"),
    ("event-for-success", sent(kept.unstored(fault=HANGS, status=None)), "not acknowledged"),
    ("event-for-success", sent(kept.delivery(acknowledged=False), **OF_THE_INGEST), "fault of the ingest"),
    ("plain-acknowledgement", sent(ODD), "an undeclared acknowledgement"),
    ("plain-acknowledgement", sent(kept.unstored(), ODD), "an undeclared acknowledgement"),
    ("event-for-success", sent(kept.delivery(acknowledged=False)), "not acknowledged: 200"),
    ("event-for-success", sent(FORGOTTEN), "id used before"),
    ("one-event", sent(kept.delivery(), SECOND), "several events"),
    (
        "one-event",
        kept.failed(deliveries=(kept.delivery(acknowledged=False), SECOND)),
        "several events",
    ),
    ("acknowledged-first", sent(LATE), "answered first"),
    ("no-secret-in-event", event(data={"key": f"<{kept.KEY}>"}), "a key or secret of the target (/data/key)"),
    ("no-secret-in-event", event(**{kept.SECRET: 1}), "a key or secret of the target"),
    (
        "no-secret-in-event",
        event(data={"headers": [["cookie", kept.COOKIE]]}),
        "the caller's session cookie (/data/headers/0/0)",
    ),
    (
        "no-secret-in-event",
        replace(event(data={"key": kept.KEY}), credential=Credential(secrets=(kept.KEY,))),
        "the caller's credential (/data/key)",
    ),
]


@pytest.mark.parametrize(("law", "exchange", "cause"), BROKEN, ids=[f"{law}: {cause}" for law, _, cause in BROKEN])
def test_a_wrong_event_is_one_breach(law: str, exchange: Exchange, cause: str) -> None:
    """Each way to be wrong is told once, by the law that is about it."""
    assert [cause] == kept.causes(law, exchange)


# What each law has nothing to say about.
SILENT: list[tuple[str, Exchange]] = [
    *((law, sent()) for law in LAWS if law not in ("no-event-without-success", "event-for-success")),
    ("no-event-without-success", kept.exchange()),
    ("no-event-without-success", sent(kept.delivery(), answer=NoAnswer("reset"))),
    ("event-for-success", kept.refused()),
    ("event-for-success", kept.refused(answer=kept.answer(200))),
    ("event-for-success", sent(answer=NoAnswer("reset"))),
    ("event-for-success", kept.other_method("OPTIONS", 204)),
    ("plain-acknowledgement", sent(kept.unstored())),
    ("plain-acknowledgement", sent(answer=NoAnswer("reset"))),
    ("plain-acknowledgement", kept.failed(deliveries=(ODD,))),
    ("acknowledged-first", sent(kept.unstored())),
    ("acknowledged-first", sent(answer=NoAnswer("reset"))),
    ("acknowledged-first", kept.failed(deliveries=(LATE,))),
    ("no-secret-in-event", sent(NOT_JSON)),
]


@pytest.mark.parametrize(("law", "exchange"), SILENT)
def test_a_law_is_silent_on_what_it_is_not_about(law: str, exchange: Exchange) -> None:
    """None means that there was nothing to judge, so that no tally counts it as kept."""
    assert kept.judge(law, exchange) is None


@pytest.mark.parametrize("law", [law for law in LAWS if law != "no-secret-in-event"])
def test_an_operation_without_events_has_none_to_judge(law: str) -> None:
    """Where the contract declares no callback, these laws say nothing."""
    operation = replace(kept.operation(), events=())
    assert kept.judge(law, kept.exchange(), operation=operation) is None
    assert kept.judge(law, kept.failed(deliveries=(kept.delivery(),)), operation=operation) is None


# Near misses: judged, and right.
KEPT: list[tuple[str, Exchange]] = [
    # Who was given no key can't know where an event goes, and nobody took it.
    ("right-address", sent(WRONG_KEY, family="without-a-setting")),
    ("nothing-dropped", sent(WRONG_KEY)),
    ("nothing-dropped", sent(kept.unstored(refusal="overloaded", fault="the ingest answers 503"))),
    ("no-event-without-success", kept.failed(deliveries=(kept.delivery(acknowledged=False),))),
    ("no-event-without-success", kept.failed(deliveries=(kept.unstored(event=None, payload=[]),))),
    ("event-for-success", sent(kept.delivery(acknowledged=False), kept.delivery(repeated=True, attempt=2))),
    ("event-for-success", sent(kept.delivery(repeated=True, identified=False))),  # an ingest that drops nothing
    ("event-for-success", sent(kept.unstored(), kept.delivery(attempt=2))),
    ("event-for-success", sent(ODD)),
    ("no-event-without-success", kept.failed(deliveries=(ODD,))),
    ("plain-acknowledgement", sent(kept.delivery())),
    ("plain-acknowledgement", sent(ODD, kept.delivery(repeated=True, attempt=2))),
    ("one-event", sent(kept.delivery(), kept.delivery(repeated=True, attempt=2))),
    ("one-event", sent(kept.unstored(identity="delivery 1"), kept.delivery(identity="delivery 2"))),
    ("one-event", kept.failed(deliveries=(kept.delivery(acknowledged=False),))),
    ("acknowledged-first", sent(kept.delivery(settled=kept.BEGAN + 0.05))),
    ("acknowledged-first", sent(kept.delivery(), replace(LATE, repeated=True))),
    ("no-secret-in-event", event(data={"appSettings": {**kept.settings(), "theme": "dark"}})),
]


@pytest.mark.parametrize(("law", "exchange"), KEPT)
def test_a_near_miss_is_no_breach(law: str, exchange: Exchange) -> None:
    """What only looks wrong is judged, and found right."""
    assert [] == kept.judge(law, exchange)


def test_one_cause_for_all_callers() -> None:
    """What differs from caller to caller does not make another finding of the same fault."""
    causes = [
        kept.causes("event-schema", kept.exchange(n, deliveries=(kept.delivery(n, event=kept.event(n, v=f"{n}")),)))
        for n in (2, 3)
    ]
    assert [["/$defs/RouteRequested/properties/v/const"]] * 2 == causes


def test_whether_a_lost_acknowledgement_is_an_event_that_is_lost() -> None:
    """What is there and was not acknowledged is told apart from what is not there."""
    lost, doubted = (
        kept.judge("event-for-success", sent(delivery))
        for delivery in (kept.unstored(), kept.delivery(acknowledged=False))
    )
    assert "The answer is 200, but the event is lost." == (lost or [])[0].summary
    assert "The answer is 200, but the event is not acknowledged." == (doubted or [])[0].summary


def test_an_odd_acknowledgement_is_worth_a_warning() -> None:
    """What it means is for the target to say, so that a success on it breaks nothing."""
    breaches = kept.judge("plain-acknowledgement", sent(ODD))
    assert [Severity.WARNING] == [breach.severity for breach in breaches or ()]
    assert {"plain-acknowledgement"} == kept.broken(sent(ODD))


def test_each_loss_is_a_breach_of_its_own() -> None:
    """What is dropped and what is merged are two findings."""
    merged = ("/data", "merged with an earlier `data`")
    exchange = sent(kept.delivery(losses=(DROPPED, merged)))
    assert [": ".join(DROPPED), ": ".join(merged)] == kept.causes("nothing-dropped", exchange)


def test_what_is_dropped_in_many_places_is_one_breach() -> None:
    """Settings that are spread over an event are one bug, under whatever names they come."""
    what = DROPPED[1]
    two, many = ("/a", "/b"), tuple(f"/{number}" for number in range(9))
    for places, named in ((two, "/a and /b"), (many, "/0, /1, /2, /3 and 5 more")):
        exchange = sent(kept.delivery(losses=tuple((place, what) for place in places)))
        (breach,) = list(kept.judge("nothing-dropped", exchange) or ())
        assert Cause("lost", location="several", source=what) == breach.cause
        assert f"{named} do not reach the consumer as sent" in breach.summary


def test_what_is_altered_anywhere_is_one_cause() -> None:
    """Text that is not Unicode, or a number that is too long, is in another place of each event."""
    for what in ("what is not Unicode became U+FFFD", "precision is lost: 9007199254740993 became 9007199254740992"):
        causes = {
            cause
            for place in ("/data/a", "/user/name")
            for cause in kept.causes("nothing-dropped", sent(kept.delivery(losses=((place, what),)))) or ()
        }
        assert 1 == len(causes)


def test_an_event_as_deep_as_any_parser_reads_is_judged() -> None:
    """Depth must not stop the run."""
    deep: Any = kept.KEY
    for _ in range(20_000):
        deep = [deep]
    exchange = event(data={"appSettings": {**kept.settings(), "deep": deep}})
    assert {"no-secret-in-event", "provenance"} == kept.broken(exchange)
    place = "/data/appSettings/deep" + 5 * "/0"
    assert [f"a key or secret of the target ({place})"] == kept.causes("no-secret-in-event", exchange)
    while isinstance(deep, list):  # takes it apart by hand: freeing it at once may exhaust the stack
        deep = deep.pop()


def test_of_several_callbacks_any_may_be_the_one() -> None:
    """With two callbacks, an event is wrong when it matches neither."""
    operation = kept.operation()
    strict = replace(operation.events[0], body=kept.contract().answers["settings"])
    both = replace(operation, events=(strict, operation.events[0]))
    assert [] == kept.judge("event-schema", kept.exchange(), operation=both)
    assert ["/required (routeRequested)"] == kept.causes("event-schema", event(v=1), operation=both)


@pytest.mark.parametrize(("answer", "causes"), [("after", ["not acknowledged: 200"]), ("any", []), (None, [])])
def test_what_is_stored_is_not_lost_where_no_answer_waits_for_it(answer: Any, causes: list[str]) -> None:
    """A target that goes before it hears of that has sent what it owes."""
    operation = kept.operation()
    events = tuple(replace(each, delivery=DeliveryTerms(answer=answer)) for each in operation.events)
    stored = sent(kept.delivery(acknowledged=False))
    assert causes == kept.causes("event-for-success", stored, operation=replace(operation, events=events))


@pytest.mark.parametrize(("coalesces", "causes"), [(False, ["none"]), (True, None)])
def test_where_one_event_stands_for_several_requests_none_is_missed(
    coalesces: bool,  # noqa: FBT001 -- one of two
    causes: list[str] | None,
) -> None:
    """That of a later request about the object may be the one: which, an exchange by itself does not tell."""
    declared = kept.operation().events[0]
    state = StateTerms("/data/id", coalesces=coalesces)
    told = replace(declared, state=state, delivery=DeliveryTerms(answer="any"))
    operation = replace(kept.operation(), events=(told,))
    assert causes == kept.causes("event-for-success", sent(), operation=operation)


@pytest.mark.parametrize(
    ("mine", "others", "causes"),
    [
        ("any", "after", ["the ingest (mine)"]),
        (None, "after", ["the ingest (mine)"]),
        ("after", "after", None),
        ("any", "any", None),
        ("any", None, None),
    ],
)
def test_what_no_answer_waits_for_is_sent_when_all_that_it_waits_for_is_there(
    mine: Any, others: Any, causes: list[str] | None
) -> None:
    """Of two events that an answer waits for, one may be there when the other fails; nothing else comes before that."""
    declared = kept.operation().events[0]
    events = (
        replace(declared, name="mine", ingest="partner", delivery=DeliveryTerms(answer=mine)),
        replace(declared, name="other", delivery=DeliveryTerms(answer=others)),
    )
    deliveries = (kept.delivery(callback="mine"), kept.unstored(2, callback="other", fault="the ingest hangs"))
    exchange, operation = kept.failed(deliveries=deliveries), replace(kept.operation(), events=events)
    assert causes == kept.causes("no-event-without-success", exchange, operation=operation)


@pytest.mark.parametrize(
    ("when", "why"),
    [
        (None, ""),
        (When(owed=True, count=0), ": its x-when counts none here"),
        (When(owed=True, conditions=(("body", NOTIFIES),)), ": its x-when asks for another body"),
    ],
)
def test_why_a_success_has_no_event_is_told(when: When | None, why: str) -> None:
    """The contract says so with the condition of its callback, which is named; a refusal needs no reason."""
    operation = replace(kept.operation(), events=(replace(kept.operation().events[0], when=when),))
    exchange = kept.exchange() if why else kept.refused(deliveries=(kept.delivery(),))
    breaches = kept.judge("no-event-without-success", exchange, operation=operation) or ()
    assert [f"no event{why}"] == [breach.expected for breach in breaches]


def test_an_acknowledgement_in_the_moment_of_giving_up_is_in_doubt() -> None:
    """An ingest that was slow on purpose says so when the target may have gone; long before that, it was heard."""
    slow = kept.delivery(fault="the ingest answers after 2000 ms")
    assert [] == kept.judge("no-event-without-success", kept.failed(deliveries=(slow,)))
    heard = replace(slow, settled=slow.settled - 1)
    assert 1 == len(kept.judge("no-event-without-success", kept.failed(deliveries=(heard,))) or ())


def in_an_array(own: dict[str, Any]) -> Exchange:
    """Return the kept exchange whose event comes in one array, behind that of another caller."""
    delivery = kept.delivery(event=own)
    return sent(replace(delivery, payload=[kept.event(2), own]))


def test_the_events_of_other_callers_in_an_array_are_theirs() -> None:
    """Each is judged with the request that it is of."""
    assert [] == kept.judge("provenance", in_an_array(kept.event()))


def test_a_foreign_value_in_an_array_is_told_with_its_place_in_the_event() -> None:
    """The pointer is that of the event, which is shown: it came behind others by chance."""
    breaches = kept.judge("provenance", in_an_array(kept.event(user=kept.user(2)))) or []
    assert ["/user is not the user of the caller's session."] == [breach.summary for breach in breaches]
