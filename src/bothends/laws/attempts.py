"""The laws of attempts: how often an event is sent, how soon, and what identifies it."""

from __future__ import annotations

import json
from collections import Counter
from http import HTTPStatus
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from bothends.conditions import sentence
from bothends.contract.terms import Tries, identity_of
from bothends.laws import owed
from bothends.laws.events import BY_USED_ID, ID_USED, SLACK
from bothends.laws.law import Law, LawContext, Scope, Violation, register
from bothends.laws.own_values import OWN
from bothends.laws.wording import format_value
from bothends.records import Answer, Cause, Claim, Severity, count_of, json_equal

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from bothends.contract import EventContract, Operation
    from bothends.records import Delivery, Exchange


# What is watched after an ingest has failed: until when, and what of it can be told.

LONGEST_WATCH = 30.0
"""Seconds that a run watches at most for another attempt."""
UNSAID_WATCH = 5.0
"""Seconds that it watches where the contract does not say how soon another attempt comes."""
ONCE_WATCH = 2.0
"""Seconds that it watches for an attempt that must not come. What comes later is judged as well, when it comes."""

_SHARE = 4


def grace(event: EventContract) -> float:
    """Return how much later than promised another attempt may come, seconds: a timer is late on a busy machine."""
    return 2 * SLACK + (event.delivery.retry_within_ms or 0) / 1000 / _SHARE


def watch_until(exchange: Exchange, context: LawContext) -> float:
    """Return until when what comes may decide of the attempts of an exchange; 0: all is decided."""
    if exchange.well is None:
        return 0.0
    return max((_watch(event, exchange, exchange.well, context) for event in context.operation.events), default=0.0)


def _watch(event: EventContract, exchange: Exchange, well: float, context: LawContext) -> float:
    if event.delivery.attempts == "once":
        return well + ONCE_WATCH
    if not event.delivery.retries or not lacking(event, exchange, context):
        return 0.0
    deliveries = owed.of(event, exchange, context)
    due = next_due(event, deliveries, exchange, context.time_limit)
    if due is None:
        return _base(deliveries, well) + UNSAID_WATCH
    return min(due + grace(event), well + LONGEST_WATCH)


def lacking(event: EventContract, exchange: Exchange, context: LawContext) -> int:
    """Return how many events of a callback are still to be attempted again, as far as the contract promises it.

    That is none where the ingest has stored what there is, or has said that it wants no more.
    """
    if owed.awaited(event) or not isinstance(exchange.answer, Answer) or not context.declared(exchange):
        return 0
    if owed.unclear(exchange, context) or (exchange.case.expect.refused and exchange.succeeded):
        return 0
    deliveries = owed.of(event, exchange, context)
    # Standard Webhooks: a receiver that answers 410 wants no more events.
    if any(delivery.status == HTTPStatus.GONE for delivery in deliveries):
        return 0
    stored = {delivery.identity for delivery in deliveries if delivery.stored}
    number = owed.count(event, exchange, context)
    if number:
        return max(0, number - len(stored))
    return int(bool(_failed(deliveries)) and not stored and owed.may_come(event, exchange, context))


def next_due(
    event: EventContract, deliveries: Sequence[Delivery], exchange: Exchange, time_limit: float
) -> float | None:
    """Return until when another attempt is promised; None: it is not, or nothing says how soon it comes.

    Args:
        event: The callback.
        deliveries: Its deliveries.
        exchange: What was witnessed.
        time_limit: How long an event has where nothing is known of its first attempt, seconds.
    """
    terms, well = event.delivery, exchange.well
    failed = _failed(deliveries)
    if well is None:
        return None
    base = _base(failed, well)
    soon = None if terms.retry_within_ms is None else base + terms.retry_within_ms / 1000
    if isinstance(terms.attempts, Tries):
        if not failed:
            return None  # how many of the tries have found nobody is unknown
        spent = max(Counter(delivery.identity for delivery in failed).values())
        last = failed[0].received + terms.attempts.within_ms / 1000
        if spent >= terms.attempts.tries or well >= last:
            return None
        return max(last if soon is None else min(last, soon), base)
    if soon is None or failed:
        return soon
    # Nothing shows that the first attempt has found nobody: it may be still to come.
    return max(soon, exchange.ended + (time_limit if terms.within_ms is None else terms.within_ms / 1000))


def again(deliveries: Sequence[Delivery], well: float) -> Delivery | None:
    """Return the first attempt after the ingest was well again; None: none has come."""
    return next((delivery for delivery in deliveries if delivery.received >= well and delivery.fault is None), None)


def _failed(deliveries: Iterable[Delivery]) -> list[Delivery]:
    return [delivery for delivery in deliveries if delivery.fault is not None and not delivery.stored]


def _base(deliveries: Iterable[Delivery], well: float) -> float:
    """Return from when on another attempt may be asked for: the ingest is well, and has not asked to wait longer."""
    return max((well, *(one.settled + (one.asked_to_wait or 0.0) for one in deliveries if one.fault is not None)))


def overdue(exchange: Exchange, operation: Operation, time_limit: float) -> Iterator[tuple[float, float, float]]:
    """Yield by how much attempts came later than promised, from when on they might have come, and when they did.

    Args:
        exchange: What was witnessed.
        operation: Its operation.
        time_limit: How long an event has where nothing is known of its first attempt, seconds.
    """
    single = len(operation.events) == 1
    for event in operation.events:
        deliveries = [one for one in exchange.declared if single or one.callback == event.name]
        late = _first_late(event, deliveries, exchange)
        if late > 0:
            yield late, exchange.ended, deliveries[0].received
        due = next_due(event, deliveries, exchange, time_limit) if event.delivery.retries else None
        if due is None or exchange.well is None:
            continue
        attempt = again(deliveries, exchange.well)
        came = exchange.watched if attempt is None else attempt.received
        if came > due and not (attempt is None and any(one.stored for one in deliveries)):
            yield came - due, _base(deliveries, exchange.well), came


# Where attempts are promised until the ingest acknowledges, another one follows each that failed.


def _judge_attempted_again(exchange: Exchange, context: LawContext) -> list[Violation] | None:
    if exchange.well is None or exchange.excuse:
        return None
    events = [event for event in context.operation.events if event.delivery.retries]
    found = [_not_again(event, exchange, exchange.well, context) for event in events]
    known = [one for one in found if one is not None]
    return [violation for one in known for violation in one] if known else None


def _not_again(
    event: EventContract, exchange: Exchange, well: float, context: LawContext
) -> tuple[Violation, ...] | None:
    deliveries = owed.of(event, exchange, context)
    number = lacking(event, exchange, context)
    due = next_due(event, deliveries, exchange, context.time_limit)
    attempt = again(deliveries, well)
    # What the ingest refuses though it is well has been attempted: that is another law's.
    number -= len({one.identity for one in deliveries if one.received >= well and one.fault is None and not one.stored})
    # Without an attempt that failed, one that comes may be the first.
    timely = attempt is not None and (due is None or not _failed(deliveries) or attempt.received <= due + grace(event))
    if timely and number <= 0:
        return ()
    if attempt is not None and due is not None and not timely:
        late = attempt.received - _base(deliveries, well)
        return (_violation("late", event, number, f"{late:.1f} s later", context),)
    if number <= 0:
        return () if deliveries else None
    if due is None or exchange.watched < due + grace(event):
        return None  # nothing says that it would have come by now
    seen = f"none in the {exchange.watched - well:.1f} s after the ingest worked again"
    return (_violation("lost", event, number, seen, context),)


def _violation(kind: str, event: EventContract, number: int, actual: str, context: LawContext) -> Violation:
    terms = event.delivery
    soon = "" if terms.retry_within_ms is None else f", {terms.retry_within_ms:,} ms after the ingest works again"
    if isinstance(terms.attempts, Tries):
        soon = f": {count_of(terms.attempts.tries, 'attempt')} within {terms.attempts.within_ms:,} ms{soon}"
    lost = "An event is" if number <= 1 else f"{number} events are"
    what = "lost after a failed attempt" if kind == "lost" else "attempted again too late"
    return Violation(
        cause=Cause(kind, callback=owed.named(event, context)),
        summary=f"{lost} {what}{owed.of_callback(event, context)}.",
        expected=f"another attempt{soon}",
        actual=actual,
        claim=Claim.LACKS if kind == "lost" else Claim.EACH,
    )


ATTEMPTED_AGAIN = register(
    Law(
        name="attempted-again",
        demands="If `x-delivery` promises it, another attempt follows a failed one in time, until the ingest has the "
        "event.",
        source="the contract: attempts and retry_within_ms in x-delivery of the callback; Jepsen total-queue, lost",
        judge=_judge_attempted_again,
        scope=Scope.EVENT,
        words={"lost": "lost after a failed attempt", "late": "attempted again too late"},
        explained_by=(BY_USED_ID,),
        needs_tie=True,
        yields_to=("own-event", "nothing-dropped", "right-address"),
    )
)


# Where one attempt is promised, there is no second one of an event.


def _judge_attempted_once(exchange: Exchange, context: LawContext) -> list[Violation] | None:
    events = [event for event in context.operation.events if event.delivery.attempts == "once"]
    found = [(event, owed.of(event, exchange, context)) for event in events]
    if not any(deliveries for _, deliveries in found):
        return None
    return [
        Violation(
            cause=Cause("again", callback=owed.named(event, context)),
            summary=f"An event{owed.of_callback(event, context)} was sent {times} times.",
            expected="at most one attempt, whatever the ingest does",
            actual=f"{times} attempts, the last one {seconds:.1f} s after the first",
            claim=Claim.EACH if sure else Claim.SURPLUS,
        )
        for event, deliveries in found
        for times, seconds, sure in _repeated(event, deliveries, exchange, context)
    ]


def _repeated(
    event: EventContract, deliveries: Sequence[Delivery], exchange: Exchange, context: LawContext
) -> Iterator[tuple[int, float, bool]]:
    """Yield how often an event was attempted, over how many seconds, and whether it is surely one; at most one."""
    times: dict[str, list[Delivery]] = {}
    for delivery in deliveries:
        times.setdefault(_same_event(delivery), []).append(delivery)
    # Two events of one request may be alike, byte for byte, where nothing identifies them.
    most = owed.most(event, exchange, context)
    for alike in times.values():
        attempts = alike if alike[0].identified else _posts(alike)
        sure = attempts[0].identified or (most is not None and len(deliveries) > most)
        if len(attempts) > 1 and sure:
            yield len(attempts), attempts[-1].received - attempts[0].received, attempts[0].identified
            return


def _posts(deliveries: Sequence[Delivery]) -> list[Delivery]:
    """Return one delivery of each request to an ingest: what comes twice in one list may be two events."""
    first: dict[int, Delivery] = {}
    for delivery in deliveries:
        first.setdefault(delivery.post, delivery)
    return [*first.values()]


def _same_event(delivery: Delivery) -> str:
    """Return what attempts of one event have in common: where nothing identifies it, what it says.

    An event that was acknowledged and comes again has another identity then, as it may be another one.
    """
    if delivery.identified or delivery.event is None:
        return delivery.identity
    try:
        return json.dumps(delivery.event, sort_keys=True)
    except RecursionError:
        return delivery.identity


ATTEMPTED_ONCE = register(
    Law(
        name="attempted-once",
        demands="If `x-delivery` promises one attempt, no event is sent twice.",
        source="the contract: attempts in x-delivery of the callback",
        judge=_judge_attempted_once,
        scope=Scope.EVENT,
        words={"again": "a second attempt"},
        needs_tie=True,
        as_check=True,
        yields_to=("own-event",),
    )
)


# What the contract calls the identity of an event is there, the same on each attempt, and new for each event.


def _judge_same_identity(exchange: Exchange, context: LawContext) -> list[Violation] | None:
    found: list[Violation] = []
    judged = False
    for event in context.operation.events:
        deliveries = [one for one in owed.of(event, exchange, context) if one.event is not None]
        if event.delivery.identity and deliveries:
            judged = True
            found += _wrong_identity(event, deliveries, exchange, context)
    return found if judged else None


def _wrong_identity(
    event: EventContract, deliveries: Sequence[Delivery], exchange: Exchange, context: LawContext
) -> Iterator[Violation]:
    where, callback = event.delivery.identity, owed.named(event, context)
    without = [one for one in deliveries if not identity_of(where, one.event, one.headers)]
    if without:
        yield Violation(
            cause=Cause("missing", location=where, callback=callback),
            summary=f"An event{owed.of_callback(event, context)} has no identity.",
            expected=f"a value at {where}",
            actual=format_value(without[0].event),
        )
        return
    most = owed.most(event, exchange, context)
    values = list(dict.fromkeys(one.identity for one in deliveries))
    # An event that was attempted again as itself has kept its identity: what is more is another event.
    last = {one.identity: index for index, one in enumerate(deliveries)}
    failed = any(not one.acknowledged and last[one.identity] == index for index, one in enumerate(deliveries[:-1]))
    if failed and most is not None and len(values) > most > 0:
        yield Violation(
            cause=Cause("changes", location=where, callback=callback),
            summary=f"Another attempt at an event{owed.of_callback(event, context)} has another identity.",
            expected=f"the same value at {where} on each attempt of one event",
            actual=", ".join(map(format_value, (identity_of(where, one.event, one.headers) for one in deliveries))),
            claim=Claim.SURPLUS,
        )
    used = next((one for one in deliveries if one.attempt > 1 and one.identity in _not_first(deliveries)), None)
    used = used or next(_of_others(event, deliveries), None)
    if used is not None and used.by_contract:
        yield Violation(
            cause=Cause(ID_USED, location=where, callback=callback),
            summary=f"An event{owed.of_callback(event, context)} has the identity of an earlier one.",
            expected=f"a new value at {where} for each event",
            actual=format_value(identity_of(where, used.event, used.headers)),
        )


def _not_first(deliveries: Sequence[Delivery]) -> set[str]:
    """Return the identities of which another exchange has made the first attempt."""
    least: dict[str, int] = {}
    for one in deliveries:
        least[one.identity] = min(least.get(one.identity, one.attempt), one.attempt)
    return {identity for identity, attempt in least.items() if attempt > 1}


def _of_others(event: EventContract, deliveries: Sequence[Delivery]) -> Iterator[Delivery]:
    """Yield what comes with the identity of an event that was acknowledged, and has values of another request.

    By its identity, it is tied to the request of that event. Attempts may differ in what they tell of the moment.
    """
    known: dict[str, Delivery] = {}
    for one in deliveries:
        before = known.get(one.identity)
        if before is not None and not _are_alike(_own_values(event, before), _own_values(event, one)):
            yield one
        elif one.acknowledged:
            known.setdefault(one.identity, one)


_OF_A_REQUEST = OWN | {"session"}
"""The kinds of source whose value is the same for each attempt at an event."""


def _own_values(event: EventContract, delivery: Delivery) -> dict[tuple[str, str], Any]:
    """Return the values of an event that come from its request, its caller or its answer, by their places."""
    claims = () if delivery.content is None else event.provenance(delivery.content)
    return {(claim.pointer, claim.source.text): claim.value for claim in claims if claim.source.kind in _OF_A_REQUEST}


def _are_alike(one: Mapping[tuple[str, str], Any], other: Mapping[tuple[str, str], Any]) -> bool:
    return all(json_equal(one[key], other[key]) for key in one.keys() & other.keys())


SAME_IDENTITY = register(
    Law(
        name="same-identity",
        demands="What `x-delivery` calls the identity of an event is there, equal on each attempt, and new for each "
        "event.",
        source="the contract: identity in x-delivery of the callback; Standard Webhooks, the id of a message",
        judge=_judge_same_identity,
        scope=Scope.EVENT,
        words={"missing": "no identity", "changes": "another identity on another attempt", ID_USED: "id used before"},
        needs_tie=True,
        as_check=True,
        yields_to=("own-event",),
    )
)


# The first attempt comes as soon after the answer as the contract says.


def _judge_first_attempt(exchange: Exchange, context: LawContext) -> list[Violation] | None:
    if exchange.excuse or not isinstance(exchange.answer, Answer):
        return None
    events = [event for event in context.operation.events if event.delivery.within_ms is not None]
    found = [(event, owed.of(event, exchange, context)) for event in events]
    found = [(event, came) for event, came in found if came and not owed.unwell(event, exchange, context.operation)]
    if not found:
        return None
    return [
        Violation(
            cause=Cause("late", callback=owed.named(event, context)),
            summary=f"An event{owed.of_callback(event, context)} came later than promised.",
            expected=f"the first attempt within {event.delivery.within_ms:,} ms after the answer",
            actual=f"an event {came[0].received - exchange.ended:.1f} s after the answer",
        )
        for event, came in found
        if _first_late(event, came, exchange) > 2 * SLACK
    ]


def _first_late(event: EventContract, deliveries: Sequence[Delivery], exchange: Exchange) -> float:
    """Return by how many seconds the first attempt came later than promised; none where nothing is promised."""
    if event.delivery.within_ms is None or not deliveries or exchange.unheard or deliveries[0].fault is not None:
        return 0.0
    return deliveries[0].received - exchange.ended - event.delivery.within_ms / 1000


FIRST_ATTEMPT_IN_TIME = register(
    Law(
        name="first-attempt-in-time",
        demands="If `x-delivery` says so, the first attempt follows the answer within `within_ms`, while the ingest "
        "works.",
        source="the contract: within_ms in x-delivery of the callback",
        judge=_judge_first_attempt,
        scope=Scope.EVENT,
        words={"late": "a late event"},
        needs_tie=True,
        yields_to=("own-event",),
    )
)


# An ingest that asks to wait is not asked again before.

_EARLY = 0.2
"""Seconds by which an attempt may come too early: clocks and timers are not that exact."""


def _judge_waits_as_asked(exchange: Exchange, context: LawContext) -> list[Violation] | None:
    found: list[Violation] = []
    judged = False
    for event in context.operation.events:
        if not event.delivery.retries:
            continue
        deliveries = owed.of(event, exchange, context)
        for one, following in pairwise(deliveries):
            # What another case's state has asked for is that case's to show: this one's says nothing of it.
            if one.asked_to_wait is None or one.fault not in exchange.case.given or one.identity != following.identity:
                continue
            judged = True
            waited = following.received - one.settled
            if waited < one.asked_to_wait - _EARLY:
                found.append(
                    Violation(
                        cause=Cause("early", callback=owed.named(event, context)),
                        summary=f"The ingest asked to wait, and the next attempt{owed.of_callback(event, context)} "
                        "came before.",
                        expected=f"no attempt for {one.asked_to_wait:g} s (Retry-After), as {sentence(one.fault)}",
                        actual=f"an attempt after {waited:.1f} s",
                    )
                )
    return found[:1] if judged else None


def _is_asked_to_wait(exchange: Exchange, context: LawContext) -> bool:
    asked = any(one.asked_to_wait is not None and one.fault in exchange.case.given for one in exchange.deliveries)
    return asked and any(event.delivery.retries for event in context.operation.events)


WAITS_AS_ASKED = register(
    Law(
        name="waits-as-asked",
        demands="After an answer with `Retry-After`, the next attempt comes no earlier.",
        source="RFC 9110 section 10.2.3; Standard Webhooks, deliverability",
        judge=_judge_waits_as_asked,
        scope=Scope.EVENT,
        words={"early": "before Retry-After"},
        is_case=_is_asked_to_wait,
        lacks=lambda _, __: "no other attempt followed while it was watched",
        severity=Severity.WARNING,
        needs_tie=True,
    )
)
