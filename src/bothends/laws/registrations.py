"""The laws of registrations: who has registered gets the events of requests that begin later, until it has ended.

What came to the address of a registration is with the exchange whose case has made it (`Registered`). Of what comes
after the end, only an event that is certainly of a request which began later accuses: others may have waited for
another attempt.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bothends.laws import owed
from bothends.laws.law import Law, LawContext, Scope, Violation, register
from bothends.laws.own_values import OWN, UNKNOWN, own_value
from bothends.laws.wording import format_value
from bothends.records import MISSING, Cause, count_of, find_tokens, json_equal

if TYPE_CHECKING:
    from bothends.contract import EventContract
    from bothends.records import CameAside, Exchange, Registered


def _events(exchange: Exchange, context: LawContext) -> list[EventContract]:
    """Return the events that were registered for, as far as a success owes them or has sent them to somebody."""
    own = exchange.case.registering
    if own is None or not exchange.registered or not exchange.succeeded or not context.declared(exchange):
        return []
    return [
        event
        for event in context.operation.events
        if event.callback in own.events and (owed.owes(event, exchange, context) or owed.of(event, exchange, context))
    ]


def _since(one: Registered, exchange: Exchange) -> list[CameAside]:
    return [each for each in one.came if each.received >= exchange.began]


# While it holds.


def _judge_at_each_address(exchange: Exchange, context: LawContext) -> list[Violation] | None:
    if not _events(exchange, context):
        return None
    holding = [one for one in exchange.registered if not one.ended]
    if not holding:
        return None
    others = sum(len(_since(one, exchange)) for one in exchange.registered)
    return [_missing(one, others, exchange, context) for one in holding if not _since(one, exchange)]


def _missing(one: Registered, elsewhere: int, exchange: Exchange, context: LawContext) -> Violation:
    own = exchange.case.registering
    changed = own is not None and own.then is not None and not own.ends
    kind = "held-up" if one.held_up else "not-moved" if changed else "none"
    told = "no event" if not elsewhere else f"no event, and {count_of(elsewhere, 'event')} at other such addresses"
    return Violation(
        cause=Cause(kind, about="" if own is None else own.makes[0].operation),
        summary=f"{context.operation.id} begins after a registration was made, and has no event at its address.",
        expected=f"an event at {one.url}, which {one.made} registered (x-registers)"
        + (", while the receiver of another one hangs (isolates_faults)" if one.held_up else ""),
        actual=told,
    )


EVENT_AT_EACH_ADDRESS = register(
    Law(
        name="event-at-each-address",
        demands="A request that begins while a registration holds has its event at the address of that registration.",
        source="the contract: x-registers of the operations; isolates_faults, where a receiver hangs",
        judge=_judge_at_each_address,
        scope=Scope.EXCHANGE,
        words={
            "none": "none at an address that {about} registered",
            "not-moved": "none at an address that was changed later",
            "held-up": "none while another receiver hangs",
        },
        is_case=lambda exchange, _: any(not one.ended for one in exchange.registered),
        lacks=lambda _, __: "no request had an event after a registration was made",
        yields_to=("event-for-success",),
    )
)


# After its end.


def _judge_after_its_end(exchange: Exchange, context: LawContext) -> list[Violation] | None:
    ended = [one for one in exchange.registered if one.ended]
    events = _events(exchange, context) if ended else []
    if not events:
        return None
    broken = []
    known = False
    for one in ended:
        before = [each.payload for each in one.came if each.received < exchange.began]
        # What came before comes once more: it is another attempt.
        after = [each for each in _since(one, exchange) if not any(json_equal(each.payload, was) for was in before)]
        own = [each for each in after if _is_own(each, one, events, exchange, context)]
        # Where nothing came before the end, it may be that nothing ever comes there.
        known = known or bool(own) or bool(before and not after)
        broken += [_unwanted(one, own[0], exchange, context)] if own else []
    return broken if known else None


def _unwanted(one: Registered, came: CameAside, exchange: Exchange, context: LawContext) -> Violation:
    own = exchange.case.registering
    moved = own is not None and not own.ends
    after = came.received - exchange.began
    what = "was given another address" if moved else "has ended"
    return Violation(
        cause=Cause("moved" if moved else "ended", about="" if own is None or own.then is None else own.then.operation),
        summary=f"{context.operation.id} begins after a registration {what}, and has an event at its former address.",
        expected=f"no event at {one.url}: {one.made} registered it, and {one.ended} was a success before (x-registers)",
        actual=f"{format_value(came.payload)}, {after * 1000:.0f} ms after the request began",
    )


def _is_own(
    came: CameAside, one: Registered, events: list[EventContract], exchange: Exchange, context: LawContext
) -> bool:
    """Return whether what came is certainly of an exchange, and not of another one that was sent before the end."""
    of_this = {("b", exchange.number), *(("s", call.number) for call in exchange.calls)}
    if any((token.kind, token.number) in of_this for token in find_tokens(context.seed, came.payload)):
        return True
    return any(_tells(event, came.payload, one.sent, exchange, context) for event in events)


def _tells(
    event: EventContract, payload: Any, earlier: tuple[Exchange, ...], exchange: Exchange, context: LawContext
) -> bool:
    """Return whether all values of an event are an exchange's own, and each earlier one has another of them."""
    if not earlier:
        return False
    claims = [claim for claim in event.provenance(payload) if claim.source.kind in OWN]

    def agrees(other: Exchange) -> bool:
        values = ((claim, own_value(claim.source, other, context.operation, like=claim.value)) for claim in claims)
        return all(own in (UNKNOWN, MISSING) or json_equal(own, claim.value) for claim, own in values)

    known = [own_value(claim.source, exchange, context.operation, like=claim.value) for claim in claims]
    sure = bool(known) and UNKNOWN not in known and MISSING not in known
    return sure and agrees(exchange) and not any(map(agrees, earlier))


NO_EVENT_AFTER_THE_END = register(
    Law(
        name="no-event-after-the-end",
        demands="A request that begins after a registration was ended, or given another address, has no event at the "
        "address that it had.",
        source="the contract: x-registers of the operations",
        judge=_judge_after_its_end,
        scope=Scope.EXCHANGE,
        words={"ended": "after {about}", "moved": "at the former address, after {about}"},
        is_case=lambda exchange, _: any(one.ended for one in exchange.registered),
        lacks=lambda _, __: "no event came to the address before its end, or none tells whose it is (x-from)",
    )
)
