"""The laws of events: for which answer there is one, of which caller, how often, and when."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from bothends.conditions import sentence
from bothends.laws import owed
from bothends.laws.law import Explanation, Law, LawContext, Precedence, Scope, Violation, cause_in, register
from bothends.laws.wording import area_alone, circumstances, describe, format_value, outcome
from bothends.records import INGEST, Answer, Cause, Claim, Severity, count_of, find_tokens

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from bothends.contract import EventContract
    from bothends.laws.law import Evidence, ExchangeTraits
    from bothends.records import Delivery, Exchange


# Families in which callers whose events may be mixed up are under way at once.

AT_ONCE = frozenset({"crowd", "disconnects", "around-stop", "in-flight-at-stop"})


# An answer that owes an event has one that the ingest stored, and acknowledged where it waits for that.

_MISSING = frozenset({"none", "too-few"})
ID_USED = "id-used"
"""What is wrong where events of several requests have the same id, whether or not the ingest has a fault."""


def _judge_event_for_success(exchange: Exchange, context: LawContext) -> list[Violation] | None:
    answer = exchange.answer
    if not context.operation.events or not isinstance(answer, Answer) or not context.declared(exchange):
        return None  # a success of another method is no success of this operation
    if exchange.case.expect.refused and answer.success:
        return None  # it should not have succeeded: the law on the family's status speaks of it
    asked = [event for event in context.operation.events if _is_asked(event, exchange, context)]
    if not asked or owed.unclear(exchange, context):
        return None
    return [broken for event in asked if (broken := _lost(event, exchange, answer, context)) is not None]


def _is_asked(event: EventContract, exchange: Exchange, context: LawContext) -> bool:
    """Whether an answer says that an event has arrived."""
    if owed.coalesces(event) and not owed.of(event, exchange, context):
        return False  # that of a later request may stand for it: the history of an object tells
    owes = owed.owes(event, exchange, context)
    if owed.awaited(event):
        # A 2xx only once the event is acknowledged: also of an event that need not have come.
        return owes or (exchange.succeeded and bool(owed.of(event, exchange, context)))
    return owes and not owed.unwell(event, exchange, context.operation)


def _lost(event: EventContract, exchange: Exchange, answer: Answer, context: LawContext) -> Violation | None:
    deliveries = owed.of(event, exchange, context)
    events = [d for d in deliveries if d.event is not None]
    # What an odd acknowledgement means is for the target to say: another law warns of it. Where no answer waits for it,
    # what is stored is not lost, whether the target has stayed to hear so or not.
    known = not owed.awaited(event)
    stored = [d for d in events if d.stored and (known or d.acknowledged or d.acknowledged_oddly)]
    # Where events have no identity, the like of one that was stored is none that the ingest drops.
    fresh = {d.identity for d in events if d.stored and not (d.repeated and d.identified)}
    number = max(1, owed.count(event, exchange, context))
    distinct = {d.identity for d in stored}
    if len(distinct) >= number and len(fresh) >= number:
        return None
    if stored and number == 1:
        cause, actual = Cause(ID_USED), _dropped(stored[-1])
    elif len(stored) >= number:
        cause, actual = Cause(ID_USED), f"{len(stored)} deliveries with {count_of(len(distinct), 'identity')}"
    elif stored:
        cause, actual = Cause("too-few"), f"{len(distinct)} of {number} events"
    elif events:
        last = events[-1]
        cause, actual = (
            Cause("not-acknowledged") if last.fault else Cause("refused", status=str(last.status)),
            describe(last),
        )
    elif deliveries:
        cause, actual = Cause("nothing-in-it"), "a POST without an event"
    else:
        cause, actual = Cause("none"), "no event"
    what = _what(events, number, len(distinct))
    done = "stored" if known else "acknowledged"
    wanted = "one event" if number == 1 else f"{number} events, each with an identity of its own,"
    return Violation(
        cause=replace(cause, callback=owed.named(event, context)),
        summary=f"The answer is {answer.status}, but {what}{owed.of_callback(event, context)}.",
        expected=f"{wanted} that the ingest {done}{owed.of_callback(event, context)}",
        actual=actual,
        claim=Claim.LACKS if cause.kind in _MISSING else Claim.EACH,
    )


def _what(events: list[Delivery], number: int, came: int) -> str:
    if number > 1:
        return f"{number - came} of {number} events {'is' if number - came == 1 else 'are'} lost"
    return "the event is not acknowledged" if any(d.in_doubt for d in events) else "the event is lost"


def _dropped(delivery: Delivery) -> str:
    if delivery.by_contract:
        return "an earlier event has the same identity"
    return "the ingest dropped it, because an earlier event has the same id"


def _cause(broken: Violation, seen: ExchangeTraits) -> Cause:
    if INGEST in seen.unwell and broken.cause.kind != ID_USED:
        return Cause("unwell", upstream=INGEST, callback=broken.cause.callback)
    return broken.cause


def _ids_mixed_up(one: Evidence, other: Evidence) -> bool:
    return one.cause.kind == ID_USED and other.exchanges <= one.exchanges


def _explains(one: Evidence, other: Evidence) -> bool:
    """Whether an event that seems lost is so by an id that was used before."""
    return one.law is other.law and _ids_mixed_up(one, other)


BY_ANOTHER_CALLER = Explanation("own-event", lambda _, other: other.families <= AT_ONCE, in_each=False)
"""One caller's event is taken for another's."""

BY_ONE_ID = Explanation("event-for-success", _ids_mixed_up, in_each=False)
"""Events of several requests have the same id, which also mixes up the requests that they belong to."""


BY_USED_ID = Explanation("same-identity", lambda one, _: one.cause.kind == ID_USED, in_each=False)
"""Events with the identity of another one are tied to the request of that: they are wrong there, and lost elsewhere."""


EVENT_FOR_SUCCESS = register(
    Law(
        name="event-for-success",
        demands="For each answer that owes an event (`x-when`), the ingest stored one. For each 2xx that waits for its "
        "event (`x-delivery`), the ingest acknowledged one, in every state of the ingest.",
        source="the contract: x-when and x-delivery of the callback; Jepsen total-queue, lost",
        judge=_judge_event_for_success,
        scope=Scope.EVENT,
        cause=_cause,
        explains=_explains,
        words={
            ID_USED: "id used before",
            "too-few": "too few events",
            "not-acknowledged": "not acknowledged",
            "refused": "not acknowledged: {status}",
            "unwell": "fault of {who}",
        },
        explained_by=(
            # An event that is sent after the answer is lost.
            Explanation("acknowledged-first", in_each=False),
            Explanation("own-event", lambda _, other: other.families <= AT_ONCE, in_each=False),
            BY_USED_ID,
        ),
        needs_tie=True,
        as_check=True,
        yields_to=(
            "own-event",
            "right-address",
            "nothing-dropped",
            "own-identity",
            "another-key",
            "key-scope",
            "key-of-its-caller",
        ),
    )
)


# One request causes at most one event of a callback.


def _judge_one_event(exchange: Exchange, context: LawContext) -> list[Violation] | None:
    if not context.operation.events or not exchange.declared:
        return None
    events = {event.name: event for event in context.operation.events}
    unique: dict[str, set[str]] = {}
    for event, delivery in owed.each(exchange, context):
        # Without a sure identity, two may be attempts of one.
        counts = delivery.stored and delivery.event is not None and delivery.identified
        # Of a subscription's events, there may be as many as there are.
        if counts and (event is None or event.when is None or event.when.owed):
            unique.setdefault("" if event is None else event.name, set()).add(delivery.identity)
    # Of events whose callback is unknown, each callback may have as many as it owes.
    every = {name: owed.most(event, exchange, context) for name, event in events.items()}
    return [
        Violation(
            cause=Cause("several", callback=owed.named(events.get(name), context)),
            summary=f"One request caused {_events(len(identities))}{owed.of_callback(events.get(name), context)}.",
            expected=_at_most(most),
            actual=f"{_events(len(identities))} with different identities",
            claim=Claim.SURPLUS,
        )
        for name, identities in unique.items()
        if (most := every[name] if name in every else _in_all(every.values())) is not None and len(identities) > most
    ]


def _in_all(counts: Iterable[int | None]) -> int | None:
    known = list(counts)
    return None if None in known else sum(filter(None, known))


def _events(number: int) -> str:
    return count_of(number, "event")


def _at_most(number: int) -> str:
    if number == 0:
        return "no event"
    return f"at most {'one event' if number == 1 else f'{number} events'}; each retry has the same identity"


ONE_EVENT = register(
    Law(
        name="one-event",
        demands="One request causes at most one event of a callback, or as many as `x-when` counts, for any answer; a "
        "retry has the same identity.",
        source="the contract: callbacks of the operation; Jepsen total-queue, duplicated",
        judge=_judge_one_event,
        scope=Scope.EVENT,
        words={"several": "several events"},
        explained_by=(BY_ANOTHER_CALLER,),
        needs_tie=True,
        as_check=True,
        yields_to=("own-event", "one-request", "one-event-per-key"),
    )
)


# One request is never taken for two.


def _judge_one_request(exchange: Exchange, _context: LawContext) -> list[Violation] | None:
    if not (exchange.further or exchange.case.request.raw):
        return None
    # What follows a request that was refused may be refused as well: that executes nothing.
    executed = [answer for answer in exchange.further if answer.success]
    if not executed:
        return []
    return [
        Violation(
            cause=Cause("several"),
            summary=f"One request was executed as {1 + len(executed)} requests ({exchange.case.label}).",
            expected="one request",
            actual=f"also {', '.join(str(answer.status) for answer in exchange.further)} over the same connection",
        )
    ]


ONE_REQUEST = register(
    Law(
        name="one-request",
        demands="One request is never read as two: no part of a body is executed as a request.",
        source="RFC 9112 section 11.2 (request smuggling); RFC 9112 section 6.1",
        judge=_judge_one_request,
        scope=Scope.EVENT,
        cause=area_alone,
        words={"area": "{about}"},
        by_area=True,
    )
)


# An answer that allows no event has none: if the contract says nothing else, each answer except a success.


def _too_late(delivery: Delivery, exchange: Exchange) -> bool:
    """Whether an ingest that was slow on purpose acknowledged when the target may have given up already."""
    return delivery.fault is not None and exchange.ended - delivery.settled < SLACK


def _judge_no_event_without_success(exchange: Exchange, context: LawContext) -> list[Violation] | None:
    answer = exchange.answer
    if not context.operation.events or not isinstance(answer, Answer):
        return None
    events = context.operation.events
    if all(owed.may_come(event, exchange, context) for event in events):
        return None
    unwell = [event for event in events if owed.unwell(event, exchange, context.operation)] if len(events) > 1 else []
    # What was stored without the target's knowing is in doubt: it can't be held against the target.
    wrong = [
        event
        for event, delivery in owed.each(exchange, context)
        if delivery.stored
        and delivery.acknowledged
        and delivery.event is not None
        and not _too_late(delivery, exchange)
        if not any(owed.may_come(one, exchange, context) for one in ([event] if event is not None else events))
        if not unwell or _comes_last(event, unwell)
    ]
    if not wrong:
        return None if unwell else []
    return [
        Violation(
            cause=Cause("event", status=str(answer.status), callback=owed.named(wrong[0], context)),
            summary=f"An event{owed.of_callback(wrong[0], context)} was sent for a request"
            f" that is answered {answer.status}.",
            expected=f"no event{owed.why_none(wrong[0], exchange, context)}",
            actual="an event that the ingest stored and acknowledged",
        )
    ]


def _comes_last(event: EventContract | None, unwell: Sequence[EventContract]) -> bool:
    """Return whether an event can be sent when all that may have failed is acknowledged.

    Of several events, one may be acknowledged before another one fails. But where the answer waits for those that
    failed, and not for this one, which the contract allows a success alone, this one can be sent last.
    """
    if event is None or event.when is None or owed.awaited(event):
        return False
    return all(owed.awaited(one) for one in unwell)


def _cause_no_event_without_success(broken: Violation, seen: ExchangeTraits) -> Cause:
    return replace(cause_in(seen.refused_for, "event"), callback=broken.cause.callback)


NO_EVENT_WITHOUT_SUCCESS = register(
    Law(
        name="no-event-without-success",
        demands="If an answer allows no event, none is acknowledged. Without `x-when`, only a 2xx allows one.",
        source="the contract: callbacks of the operation; Jepsen total-queue, unexpected",
        judge=_judge_no_event_without_success,
        scope=Scope.EVENT,
        cause=_cause_no_event_without_success,
        words={"event": "{about}"},
        # The first of two was acknowledged, the second was not.
        explained_by=(Explanation("one-event", lambda _, other: bool(other.unwell), in_each=False),),
        yields_to=("sign-in-demanded",),
        by_area=True,
        needs_tie=True,
        as_check=True,
    )
)


# What is no request of the operation sends no event: it is broken, incomplete, or of another path or method.


def _judge_not_executed(exchange: Exchange, context: LawContext) -> list[Violation] | None:
    expect = exchange.case.expect
    if not context.operation.events or not expect.refused or not expect.any_answer:
        return None
    if not any(d.stored and d.event is not None for d in exchange.declared):
        return []
    return [
        Violation(
            cause=Cause("event"),
            summary=f"An event was sent for a request that must not be executed ({exchange.case.label}).",
            expected=f"no event: {expect.why}",
            actual=f"an event that the ingest stored; the answer: {outcome(exchange.answer)}",
        )
    ]


NOT_EXECUTED = register(
    Law(
        name="not-executed",
        demands="A request that is broken, incomplete, or to another path or method causes no event, answered or not.",
        source="RFC 9112 sections 6.3, 7.1 and 8; RFC 9110 section 9.1",
        judge=_judge_not_executed,
        scope=Scope.EVENT,
        cause=area_alone,
        words={"area": "{about}"},
        precedence=Precedence.LAST,
        by_area=True,
        explained_by=(BY_ONE_ID,),
        needs_tie=True,
        yields_to=("no-event-without-success",),
    )
)


# Where the answer waits for an event, none is sent after it, nor after all who could wait have gone.

# An event that was on its way when the target gave up may be read after the answer, on a busy machine.
SLACK = 0.5


def _judge_in_time(exchange: Exchange, context: LawContext) -> list[Violation] | None:
    if exchange.excuse:
        return None
    waiting = [event for event in context.operation.events if owed.awaited(event)]
    received = [delivery.received for event in waiting for delivery in owed.of(event, exchange, context)]
    if not received:
        return None
    answered = isinstance(exchange.answer, Answer)
    # A client that sees no answer may have gone early: the target can finish, as long as it could have answered.
    latest = exchange.ended if answered else max(exchange.ended, exchange.began + context.time_limit)
    late = max(received) - latest
    if late <= SLACK:
        return []
    about = circumstances(exchange, context.operation)
    return [
        Violation(
            cause=Cause("late"),
            summary=f"An event was sent after the request had ended ({about}).",
            expected=f"no event after the answer {outcome(exchange.answer)}"
            if answered
            else f"no event after the time limit of {context.time_limit:g} s",
            actual=f"an event {late:.1f} s later",
        )
    ]


def _alike(one: Evidence, other: Evidence) -> bool:
    return one.unwell == other.unwell and other.families <= one.families


IN_TIME = register(
    Law(
        name="event-in-time",
        demands="If the answer waits for the event, no event is sent after the answer or after the time limit.",
        source="the contract: x-delivery of the callback, answer: after; time_limit_ms",
        judge=_judge_in_time,
        scope=Scope.EVENT,
        words={"late": "a late event"},
        # Just in time, by chance.
        explained_by=(Explanation("answered-in-time", _alike, in_each=False), BY_ONE_ID),
        needs_tie=True,
        as_check=True,
        yields_to=("own-event", "no-event-without-success", "event-for-success", "one-event"),
    )
)


# Where the answer waits for an event, a success is answered after its acknowledgement, not before.


def _judge_acknowledged_first(exchange: Exchange, context: LawContext) -> list[Violation] | None:
    answer = exchange.answer
    if not context.operation.events or not isinstance(answer, Answer) or not answer.success:
        return None
    waiting = [event for event in context.operation.events if owed.awaited(event)]
    acknowledged = [
        (event, min(times))
        for event in waiting
        if (times := [d.settled for d in owed.of(event, exchange, context) if d.acknowledged and d.event is not None])
    ]
    if not acknowledged:
        return None  # the law on lost events speaks of it
    return [
        Violation(
            cause=Cause("answered-first", callback=owed.named(event, context)),
            summary=f"The success was answered before the ingest acknowledged the event"
            f"{owed.of_callback(event, context)}.",
            expected="the acknowledgement, then the answer",
            actual=f"the acknowledgement came {(at - exchange.ended) * 1000:.0f} ms after the answer",
        )
        for event, at in acknowledged
        if at > exchange.ended
    ]


ACKNOWLEDGED_FIRST = register(
    Law(
        name="acknowledged-first",
        demands="If `x-delivery` says so, a 2xx is answered only after the ingest has acknowledged the event.",
        source="the contract: x-delivery of the callback, answer: after",
        judge=_judge_acknowledged_first,
        scope=Scope.EVENT,
        precedence=Precedence.FIRST,
        explained_by=(BY_ANOTHER_CALLER,),
        needs_tie=True,
        as_check=True,
        yields_to=("own-event",),
    )
)


# A success needs an acknowledgement that the callback declares, not an answer that may mean one.


def _judge_plain_acknowledgement(exchange: Exchange, context: LawContext) -> list[Violation] | None:
    answer = exchange.answer
    if context.promised(exchange):
        return None  # it is an error there
    if not context.operation.events or not isinstance(answer, Answer) or not answer.success:
        return None
    waiting = [event for event in context.operation.events if owed.awaited(event)]
    events = [d for event in waiting for d in owed.of(event, exchange, context) if d.event is not None and d.stored]
    if not events:
        return None  # the law on lost events speaks of it
    if any(d.acknowledged for d in events) or not any(d.acknowledged_oddly for d in events):
        return []
    return [
        Violation(
            cause=Cause("odd"),
            summary=f"The answer is {answer.status}, but the callback does not declare the acknowledgement.",
            expected="an acknowledgement that the callback declares; another one may not mean that the event is stored",
            actual="" if events[-1].fault is None else sentence(events[-1].fault),
        )
    ]


PLAIN_ACKNOWLEDGEMENT = register(
    Law(
        name="plain-acknowledgement",
        demands="If the answer waits for the event, the callback declares the acknowledgement.",
        source="the contract: the answers of the callback; Inngest event API, POST /e/{key}",
        judge=_judge_plain_acknowledgement,
        scope=Scope.EVENT,
        words={"odd": "an undeclared acknowledgement"},
        # A target that checks no acknowledgement accepts any.
        explained_by=(Explanation("event-for-success", in_each=False),),
        severity=Severity.WARNING,
    )
)


# The event for a caller's request has that caller's identity, and no other.


_MOST_NAMED = 3


def _numbers(exchanges: Sequence[int]) -> str:
    return f"request {', '.join(map(str, exchanges[:_MOST_NAMED]))} of this run"


def _judge_own_event(exchange: Exchange, context: LawContext) -> list[Violation] | None:
    partners = context.swapped.get(exchange.number)
    if partners:
        return [
            Violation(
                cause=Cause("swapped"),
                summary="The event for one caller's request has another caller's identity.",
                expected="one event for each caller, with the caller's own identity",
                actual=f"{count_of(len(exchange.deliveries), 'event')} for this caller, none for another "
                "concurrent caller"
                if exchange.deliveries
                else "no event for this caller, several for another concurrent caller",
                claim=Claim.SURPLUS if exchange.deliveries else Claim.LACKS,
            )
        ]
    mixed = context.mixed.get(exchange.number)
    if mixed is not None and mixed.traces:
        return [
            Violation(
                cause=Cause("mixed"),
                summary="The event for one request has the trace of another request.",
                expected="the trace of its own request",
                actual=f"that of {_numbers(mixed.traces)}",
            )
        ]
    if not exchange.declared or exchange.session is None:
        return None
    for delivery in exchange.declared:
        users = {t.number for t in find_tokens(context.seed, delivery.event) if t.kind == "u"}
        if users - {exchange.number}:
            return [
                Violation(
                    cause=Cause("values"),
                    summary="The event for one caller's request has values of another caller's session.",
                    expected=f"only {format_value(exchange.session)}",
                    actual=format_value(delivery.event),
                )
            ]
    return []


OWN_EVENT = register(
    Law(
        name="own-event",
        demands="An event has the identity of the caller whose request caused it, and no other identity.",
        source="the contract: x-from session.user; the history: mixed is empty",
        judge=_judge_own_event,
        scope=Scope.EVENT,
        words={
            "swapped": "another caller's event",
            "values": "another caller's values",
            "mixed": "another request's trace",
        },
        precedence=Precedence.FIRST,
        needs_tie=True,
        as_check=True,
    )
)


# That texts come back is learnt, and the contract does not say whose they are: an object that is told of as it is by
# then may have another request's. So it is shown, and accuses nobody; where there is an `x-from`, `provenance` does.


def _judge_own_text(exchange: Exchange, context: LawContext) -> list[Violation] | None:
    if not exchange.declared:
        return None
    mixed = context.mixed.get(exchange.number)
    if mixed is None or not mixed.texts:
        return []
    return [
        Violation(
            cause=Cause("mixed"),
            summary="The event for one request has a text of another request that was under way.",
            expected="its own request's texts, as when it is alone; the contract does not say whose (`x-from` does)",
            actual=f"what {_numbers(mixed.texts)} has sent",
        )
    ]


OWN_TEXT = register(
    Law(
        name="own-text",
        demands="An event has no text of another request that is under way, where it has its own when that is alone.",
        source="the history: mixed is empty",
        judge=_judge_own_text,
        scope=Scope.EVENT,
        words={"mixed": "another request's text"},
        yields_to=("own-event", "provenance"),
        needs_tie=True,
        severity=Severity.WARNING,
    )
)
