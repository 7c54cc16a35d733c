"""The laws of attempts: how often an event is sent, how soon, and what identifies it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from bothends.contract.terms import DeliveryTerms, Tries, When
from bothends.laws import attempts
from tests.laws import kept

if TYPE_CHECKING:
    from bothends.records import Delivery, Exchange

ONCE = DeliveryTerms(attempts="once")
UNTIL = DeliveryTerms(attempts="until-acknowledged", retry_within_ms=2000)
UNSAID = DeliveryTerms(attempts="until-acknowledged")
TRIES = DeliveryTerms(attempts=Tries(3, 4000))
BY_ID = replace(UNTIL, identity="/id")
ENDED = kept.exchange().ended
WELL = ENDED + 1.0
FAILS = "the ingest answers 500"
GONE = "the ingest answers 410"
ASKS = "the ingest answers 429 and asks to wait 2 s"


def failed(at: float = 0.0, **changes: Any) -> Delivery:
    """Return an attempt that failed, so many seconds after the answer."""
    of_it = {"received": ENDED + at, "settled": ENDED + at, "fault": FAILS, **changes}
    return kept.unstored(**of_it)


def came(after: float, **changes: Any) -> Delivery:
    """Return an attempt that was acknowledged, so many seconds after the ingest was well again."""
    of_it = {"number": 2, "post": 2, "attempt": 2, "received": WELL + after, "settled": WELL + after, **changes}
    return replace(kept.delivery(), **of_it)


def watched(seconds: float, *deliveries: Delivery, **changes: Any) -> Exchange:
    """Return an exchange whose ingest failed, and that was watched so long after that was over."""
    kept_too = {"well": WELL, "watched": WELL + seconds, "deliveries": deliveries, **changes}
    return kept.exchange(given=(FAILS,), **kept_too)


def causes(law: str, exchange: Exchange, terms: DeliveryTerms, when: When | None = None) -> list[str] | None:
    """Return what is wrong, where the contract promises this."""
    return kept.causes(law, exchange, operation=promising(terms, when))


def promising(terms: DeliveryTerms, when: When | None = None) -> Any:
    """Return the operation, with another promise."""
    operation = kept.operation()
    event = replace(operation.events[0], delivery=terms, when=when or operation.events[0].when)
    return replace(operation, events=(event,))


LOST, LATE = ["lost after a failed attempt"], ["attempted again too late"]


@pytest.mark.parametrize(
    ("terms", "exchange", "broken"),
    [
        pytest.param(UNTIL, watched(4.0, failed()), LOST, id="it never comes"),
        pytest.param(UNTIL, watched(1.0, failed()), None, id="it is not watched long enough"),
        pytest.param(UNTIL, watched(1.6, failed(), came(1.5)), [], id="it comes"),
        pytest.param(UNTIL, watched(3.4, failed(), came(3.3)), [], id="it comes within the tolerance"),
        pytest.param(UNTIL, watched(9.0, failed(), came(8.0)), LATE, id="it comes late"),
        pytest.param(UNSAID, watched(5.0, failed()), None, id="nothing says how soon"),
        pytest.param(UNSAID, watched(5.0, failed(), came(4.0)), [], id="nothing says how soon, and it comes"),
        pytest.param(UNTIL, watched(9.0, failed(status=410, fault=GONE)), [], id="it is gone"),
        pytest.param(UNTIL, watched(9.0, failed(stored=True)), [], id="it is stored"),
        pytest.param(UNTIL, watched(4.0, failed(asked_to_wait=5.0)), None, id="the ingest has asked to wait"),
        pytest.param(UNTIL, watched(9.0, failed(asked_to_wait=5.0)), LOST, id="it waits too long"),
        pytest.param(UNTIL, watched(9.0), None, id="an attempt that nobody saw may be still to come"),
        pytest.param(UNTIL, watched(14.0), LOST, id="unless it has had its time"),
        pytest.param(UNTIL, watched(4.0, failed(), excuse="busy"), None, id="the machine was busy"),
        pytest.param(UNTIL, watched(4.0, failed(), answer=kept.answer(502)), [], id="no answer owes it"),
        pytest.param(UNTIL, kept.exchange(deliveries=(failed(),)), None, id="it was not watched"),
        pytest.param(TRIES, watched(6.0, failed()), LOST, id="a try is left"),
        pytest.param(TRIES, watched(6.0, failed(), failed(0.1), failed(0.2)), None, id="no try is left"),
        pytest.param(TRIES, watched(6.0, failed(-4.0)), None, id="its time was over"),
        pytest.param(TRIES, watched(6.0), None, id="how many tries are left is unknown"),
        pytest.param(ONCE, watched(9.0, failed()), None, id="nothing is promised"),
        pytest.param(replace(UNTIL, answer="after"), watched(9.0, failed()), [], id="the answer waits for it"),
    ],
)
def test_another_attempt_follows_one_that_failed(
    terms: DeliveryTerms, exchange: Exchange, broken: list[str] | None
) -> None:
    """In the time that is promised, from when the ingest is well again; what was not seen accuses nobody."""
    assert broken == causes("attempted-again", exchange, terms)


def test_of_several_events_each_is_attempted_again() -> None:
    """One that comes does not stand for another."""
    when = When(owed=True, count=2)
    one, other = failed(), failed(identity="id other")
    both = (one, other, came(1.0), came(1.0, identity="id other"))
    assert [] == causes("attempted-again", watched(4.0, *both), UNTIL, when)
    assert LOST == causes("attempted-again", watched(4.0, *both[:3]), UNTIL, when)
    refused = (*both[:3], came(1.0, identity="id other", stored=False))
    assert [] == causes("attempted-again", watched(4.0, *refused), UNTIL, when)
    lost = watched(4.0, one, other)
    assert LOST == causes("attempted-again", lost, UNTIL, when)
    (breach,) = kept.judge("attempted-again", lost, operation=promising(UNTIL, when)) or []
    assert "2 events are lost after a failed attempt." == breach.summary


SECOND = ["a second attempt"]


@pytest.mark.parametrize(
    ("deliveries", "broken"),
    [
        pytest.param((failed(),), [], id="one attempt"),
        pytest.param((failed(), came(0.1)), SECOND, id="two attempts"),
        pytest.param((kept.delivery(), came(0.1)), SECOND, id="two, although the first was acknowledged"),
        pytest.param((failed(identified=False), came(0.1, identified=False)), SECOND, id="two by their content"),
        pytest.param(
            (kept.delivery(identified=False), came(0.1, identity="x", identified=False)),
            SECOND,
            id="two that say the same",
        ),
        pytest.param(
            (failed(identified=False), came(0.1, identity="x", identified=False, event={"name": "x"})),
            [],
            id="one event or two?",
        ),
        pytest.param((), None, id="no attempt was seen"),
    ],
)
def test_at_most_one_attempt(deliveries: tuple[Delivery, ...], broken: list[str] | None) -> None:
    """What is surely a second attempt of one event is wrong, whatever the ingest did."""
    assert broken == causes("attempted-once", watched(2.0, *deliveries), ONCE)


def test_two_events_that_are_alike_are_no_second_attempt() -> None:
    """Where two are owed and nothing identifies them, equal content is right."""
    alike = (failed(identified=False), came(0.1, identified=False))
    assert [] == causes("attempted-once", watched(2.0, *alike), ONCE, When(owed=True, count=2))
    assert SECOND == causes("attempted-once", watched(2.0, *alike, alike[1]), ONCE, When(owed=True, count=2))


def named(delivery: Delivery, identity: str, **changes: Any) -> Delivery:
    """Return a delivery whose identity is of the contract."""
    event = kept.event(id=identity) if identity else {"name": "a"}
    return replace(delivery, identity=f"paid {identity}", event=event, payload=event, by_contract=True, **changes)


def of_another(delivery: Delivery, identity: str) -> Delivery:
    """Return a delivery with an event of another caller."""
    event = kept.event(2, id=identity)
    return replace(named(delivery, identity), event=event, payload=event, consumed=event)


@pytest.mark.parametrize(
    ("deliveries", "broken"),
    [
        pytest.param((named(failed(), "1"), named(came(0.1), "1")), [], id="the same"),
        pytest.param(
            (named(failed(), "1"), named(came(0.1, attempt=1), "2")),
            ["another identity on another attempt (/id)"],
            id="another one",
        ),
        pytest.param(
            (named(failed(), "1"), named(failed(0.1), "2"), named(came(0.1), "1"), named(came(0.2), "2")),
            [],
            id="two events, each with its own",
        ),
        pytest.param((named(kept.delivery(), ""),), ["no identity (/id)"], id="none"),
        pytest.param(
            (named(kept.delivery(), "1", attempt=2),), ["id used before (/id)"], id="that of an earlier event"
        ),
        pytest.param(
            (named(kept.delivery(), "1"), of_another(came(0.1), "1")), ["id used before (/id)"], id="that of two events"
        ),
        pytest.param((named(failed(), "1"), of_another(came(0.1), "1")), [], id="an attempt that tells something else"),
        pytest.param((named(kept.delivery(), "1"), named(came(0.1), "1")), [], id="sent again all the same"),
        pytest.param((), None, id="no event"),
    ],
)
def test_an_event_has_one_identity(deliveries: tuple[Delivery, ...], broken: list[str] | None) -> None:
    """What the contract calls its identity is there, the same on each attempt, and new for each event."""
    assert broken == causes("same-identity", watched(2.0, *deliveries), BY_ID)
    assert None is causes("same-identity", watched(2.0, *deliveries), UNTIL)


@pytest.mark.parametrize(
    ("after", "changes", "broken"),
    [
        (0.4, {}, []),
        (1.4, {}, []),
        (3.0, {}, ["a late event"]),
        (3.0, {"excuse": "busy"}, None),
        (3.0, {"unheard": True}, None),
    ],
)
def test_how_soon_the_first_attempt_comes(after: float, changes: dict[str, Any], broken: list[str] | None) -> None:
    """From the end of the answer, with a tolerance; not if its ingest may have failed meanwhile."""
    delivery = replace(kept.delivery(), received=ENDED + after)
    exchange = kept.exchange(deliveries=(delivery,), **changes)
    assert broken == causes("first-attempt-in-time", exchange, DeliveryTerms(within_ms=500))


@pytest.mark.parametrize(("after", "broken"), [(0.5, ["before Retry-After"]), (1.9, []), (2.1, [])])
def test_an_ingest_that_asks_to_wait_is_not_asked_before(after: float, broken: list[str]) -> None:
    """An attempt that comes too early is a warning."""
    first = failed(asked_to_wait=2.0)
    again = replace(came(0.0), received=first.settled + after)
    assert broken == causes("waits-as-asked", watched(9.0, first, again), UNTIL)
    assert None is causes("waits-as-asked", watched(9.0, first, again), DeliveryTerms())


@pytest.mark.parametrize(("given", "told"), [(ASKS, True), (FAILS, False)], ids=["in its state", "in that of another"])
def test_who_asked_to_wait_is_named(given: str, told: bool) -> None:  # noqa: FBT001 -- a column
    """The finding names the fault whose wait was not kept; what asks in the case after it is nothing of this one."""
    first = failed(asked_to_wait=2.0, fault=ASKS, status=429)
    again = replace(came(0.0), received=first.settled + 0.5)
    exchange = kept.exchange(given=(given,), well=WELL, watched=WELL + 9.0, deliveries=(failed(-1.0), first, again))
    found = kept.judge("waits-as-asked", exchange, operation=promising(UNTIL)) or []
    wanted = "no attempt for 2 s (Retry-After), as the ingest answers 429 and asks to wait 2 s"
    assert [wanted] * told == [breach.expected for breach in found]


@pytest.mark.parametrize(
    ("terms", "deliveries", "seconds"),
    [
        pytest.param(UNTIL, (failed(),), 3.5, id="as long as promised, and longer"),
        pytest.param(UNTIL, (failed(), came(0.5)), 0.0, id="no longer than it takes"),
        pytest.param(UNSAID, (failed(),), attempts.UNSAID_WATCH, id="for some time"),
        pytest.param(ONCE, (failed(),), attempts.ONCE_WATCH, id="for a second attempt"),
        pytest.param(replace(UNTIL, retry_within_ms=10**6), (failed(),), attempts.LONGEST_WATCH, id="at most"),
        pytest.param(DeliveryTerms(), (failed(),), 0.0, id="nothing is promised"),
    ],
)
def test_how_long_is_watched(terms: DeliveryTerms, deliveries: tuple[Delivery, ...], seconds: float) -> None:
    """Until what comes, or does not, decides."""
    context = kept.law_context(operation=promising(terms))
    until = attempts.watch_until(watched(0.0, *deliveries), context)
    assert seconds == pytest.approx(until - WELL if until else 0.0)
    assert 0.0 == attempts.watch_until(kept.exchange(), context)


COUNTED = When(owed=True, count=2)
NONE_OWED = When(owed=True, count=0)


@pytest.mark.parametrize(
    ("when", "deliveries", "broken"),
    [
        pytest.param(COUNTED, ("1", "2"), set(), id="two of two"),
        pytest.param(COUNTED, ("1",), {"event-for-success"}, id="one of two"),
        pytest.param(COUNTED, (), {"event-for-success"}, id="none of two"),
        pytest.param(COUNTED, ("1", "1"), {"event-for-success"}, id="the same twice"),
        pytest.param(COUNTED, ("1", "2", "3"), {"one-event"}, id="three of two"),
        pytest.param(NONE_OWED, (), set(), id="none of none"),
        pytest.param(NONE_OWED, ("1",), {"one-event", "no-event-without-success"}, id="one of none"),
    ],
)
def test_as_many_events_as_the_contract_counts(when: When, deliveries: tuple[str, ...], broken: set[str]) -> None:
    """No fewer, and no more."""
    sent = tuple(kept.delivery(identity=f"id {name}", post=place) for place, name in enumerate(deliveries, 1))
    found = kept.broken(kept.exchange(deliveries=sent), operation=promising(DeliveryTerms("any"), when))
    assert broken == found & {"event-for-success", "one-event", "no-event-without-success"}
