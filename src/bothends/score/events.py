"""Lies about an event as a whole: whether it comes, how often, where, of whom, when, and how it is signed."""

from __future__ import annotations

from dataclasses import asdict, replace
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

from bothends.contract.tables import MISSING as NOT_SIGNED
from bothends.contract.tables import WRONG
from bothends.contract.terms import line_to_identify
from bothends.records import MISSING, join, json_equal, resolve, with_value
from bothends.score.lie import Gap, Lie, Side
from bothends.score.operators import lie_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from bothends.contract import EventContract
    from bothends.records import Delivery, Exchange, SignatureCheck
    from bothends.score.ground import Ground

_LATER = 0.05
"""Seconds by which an event comes after the answer."""
_HOUR = 3600
_NEAR = 120
"""Seconds off the exchange within which a number is taken for its time."""
_NOT_OF_THE_CONTRACT = frozenset({"accept", "accept-encoding", "connection", "content-length", "host", "user-agent"})
"""Headers that an HTTP client sets by itself."""
_X_WHEN = {"x-when": True}


def _each(ground: Ground) -> Iterator[tuple[EventContract, Delivery, dict[str, Any]]]:
    """Yield each event that came, and what all lies about whether it comes have in common."""
    for event, delivery in ground.events:
        open_in_words = "x-when: false" if event.when is not None and not event.when.owed else ""
        yield event, delivery, {"place": ground.place(Side.EVENT, event.name), "said": open_in_words}


def _said(event: EventContract, words: Mapping[str, Any]) -> Gap:
    return Gap(event.pointer, words)


def _delivered(event: EventContract, **more: Any) -> Gap:
    """Return what `x-delivery` would have to say, with what it says already: a short word for that would be lost."""
    said = {name: value for name, value in asdict(event.delivery).items() if value}
    return Gap(event.pointer, {"x-delivery": {**said, **more}})


def _without(exchange: Exchange, delivery: Delivery) -> Exchange:
    kept = (
        one for one in exchange.deliveries if one.identity != delivery.identity or one.callback != delivery.callback
    )
    return replace(exchange, deliveries=tuple(kept))


def _with(exchange: Exchange, delivery: Delivery, **changes: Any) -> Exchange:
    changed = (replace(one, **changes) if one is delivery else one for one in exchange.deliveries)
    return replace(exchange, deliveries=tuple(changed))


def _next(exchange: Exchange) -> int:
    """Return a number that no delivery of an exchange has."""
    return max(one.number for one in exchange.deliveries) + 1_000_000


@lie_of("event-not-sent", "The event is not sent.", Side.EVENT)
def not_sent(ground: Ground) -> Iterator[Lie]:
    """Leave each event out."""
    for event, delivery, more in _each(ground):
        gap = _said(event, _X_WHEN) if event.when is None else None
        yield from ground.lie(exchange=_without(ground.exchange, delivery), change="no event comes", gap=gap, **more)


@lie_of("event-twice-anew", "The event is sent twice, the second time with an identity of its own.", Side.EVENT)
def twice_anew(ground: Ground) -> Iterator[Lie]:
    """Send each event once more as another one."""
    for event, delivery, more in _each(ground):
        number = _next(ground.exchange)
        other = replace(delivery, number=number, post=number, identity=f"{delivery.identity} anew", attempt=1)
        exchange = replace(ground.exchange, deliveries=(*ground.exchange.deliveries, other))
        yield from ground.lie(exchange=exchange, change="it comes twice", gap=_once(event), **more)


def _once(event: EventContract) -> Gap:
    if event.when is None:
        return _said(event, _X_WHEN)
    line = line_to_identify(event.body, [one.name for one in event.headers])
    return Gap(event.pointer, about=f"say what identifies an event: {line}")


@lie_of("event-twice-the-same", "The event is sent twice, with one identity, though it was acknowledged.", Side.EVENT)
def twice_the_same(ground: Ground) -> Iterator[Lie]:
    """Send each event once more as the same one."""
    for event, delivery, more in _each(ground):
        number = _next(ground.exchange)
        other = replace(delivery, number=number, post=number, attempt=delivery.attempt + 1, repeated=True)
        exchange = replace(ground.exchange, deliveries=(*ground.exchange.deliveries, other))
        gap = _delivered(event, attempts="once")
        yield from ground.lie(exchange=exchange, change="it comes twice", gap=gap, **more)


@lie_of("event-of-another-callback", "Another event of the operation is sent in its place.", Side.EVENT)
def of_another_callback(ground: Ground) -> Iterator[Lie]:
    """Send, in place of each event, one of another callback."""
    for event, delivery, more in _each(ground):
        found = (
            (other, one)
            for each in (ground.recorded, *ground.others(alike=False))
            for one in each.exchange.declared
            if (other := each.event_of(one)) is not None and other is not event and one.stored
        )
        other, one = next(found, (None, None))
        if other is not None and one is not None:
            number = _next(ground.exchange)
            made = replace(one, number=number, post=number, received=delivery.received, settled=delivery.settled)
            without = _without(ground.exchange, delivery)
            exchange = replace(without, deliveries=(*without.deliveries, made))
            yield from ground.lie(exchange=exchange, change=f"{other.name} comes in its place", gap=None, **more)


@lie_of("event-to-another-address", "The event is sent to another address.", Side.EVENT)
def to_another_address(ground: Ground) -> Iterator[Lie]:
    """Send each event to a path that nobody was told."""
    for _, delivery, more in _each(ground):
        path, _, query = delivery.target.partition("?")
        target = f"{path}/elsewhere{f'?{query}' if query else ''}"
        exchange = ground.resent(delivery, lambda event: event, target)
        if exchange is not None and path.encode() in (ground.exchange.sent.body or b""):
            # The request has named the address: at another one, nobody takes it for an event of this request.
            exchange = _without(ground.exchange, delivery)
        yield from ground.lie(exchange=exchange, change=f"{path} becomes {path}/elsewhere", gap=None, **more)


# What is in it.


def _instead(event: Any) -> Callable[[Any], Any]:
    return lambda _: event


def _texts(value: Any) -> set[str]:
    """Return the texts of a value that are not empty."""
    if isinstance(value, dict):
        return set().union(*map(_texts, value.values()))
    if isinstance(value, list):
        return set().union(*map(_texts, value))
    return {value} if isinstance(value, str) and value else set()


def _replaced(value: Any, swap: Callable[[Any], Any]) -> Any:
    """Return a value with others in it: what is replaced as a whole is not looked into."""
    new = swap(value)
    if new is value and isinstance(value, dict):
        return {name: _replaced(each, swap) for name, each in value.items()}
    return [_replaced(each, swap) for each in value] if new is value and isinstance(value, list) else new


@lie_of("event-of-another-caller", "The event has the user of another request.", Side.EVENT)
def of_another_caller(ground: Ground) -> Iterator[Lie]:
    """Put, in each event, another caller in place of its own."""
    own = ground.callers
    other = next((each.exchange for each in ground.others(alike=False) if _is_another(each.exchange, own)), None)
    if own is None or other is None or other.session is None:
        return
    names = {
        value: other.session[name]
        for name, value in own.items()
        if isinstance(value, str) and value and isinstance(other.session.get(name), str)
    }
    for event, delivery, more in _each(ground):
        changed = _replaced(delivery.content, lambda one: names.get(one, one) if isinstance(one, str) else one)
        if not json_equal(changed, delivery.content):
            exchange = ground.resent(delivery, _instead(changed))
            change = f"it has the user of exchange {other.number}"
            yield from ground.lie(
                exchange=exchange, change=change, gap=_unsourced(ground, event, delivery, own), **more
            )


def _is_another(exchange: Exchange, own: Mapping[str, Any] | None) -> bool:
    return exchange.session is not None and exchange.session != own


def _unsourced(ground: Ground, event: EventContract, delivery: Delivery, value: Any) -> Gap | None:
    """Return the first place in an event that has something of a value."""
    texts = _texts(value)
    for member in ground.event_members:
        described = member.described
        if member.place.subject == event.name and isinstance(described.value, str) and described.value in texts:
            return Gap(described.parts[0][0] if described.parts else "", {}, event.body, described.keys)
    return None if delivery.event is None else Gap("", {}, event.body, ())


@lie_of("event-stale", "The event has what an upstream answered before the request.", Side.EVENT)
def stale(ground: Ground) -> Iterator[Lie]:
    """Put, in each event, what an upstream answered an earlier request in place of what it answered this one."""
    for event, delivery, more in _each(ground):
        for call in ground.exchange.calls:
            earlier = (
                one
                for one in ground.context.calls.values()
                if one.upstream == call.upstream and one.value is not None and one.ended < ground.exchange.began
            )
            before = next(earlier, None)
            if call.value is None or before is None:
                continue
            changed = _with_other(delivery.content, call.value, before.value)
            if not json_equal(changed, delivery.content):
                exchange = ground.resent(delivery, _instead(changed))
                change = f"it has what {call.upstream} answered before"
                gap = _unsourced(ground, event, delivery, call.value)
                yield from ground.lie(exchange=exchange, change=change, gap=gap, **more)


def _with_other(value: Any, old: Any, new: Any) -> Any:
    """Return a value with another one where it has a first one, or with what that has where it has texts of that."""
    placed = ((text, resolve(new, pointer)) for pointer, text in _placed(old, ""))
    pairs = {text: other for text, other in placed if other is not MISSING}

    def swap(one: Any) -> Any:
        if json_equal(one, old):
            return new
        return pairs.get(one, one) if isinstance(one, str) else one

    return _replaced(value, swap)


def _placed(value: Any, pointer: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        for name, each in value.items():
            yield from _placed(each, pointer + join(name))
    elif isinstance(value, list):
        for at, each in enumerate(value):
            yield from _placed(each, pointer + join(at))
    elif isinstance(value, str) and value:
        yield pointer, value


# Times in it.


def _times(ground: Ground) -> Iterator[tuple[EventContract, Delivery, tuple[str, ...], str, Any, str, float]]:
    """Yield each value of an event that is the time of its exchange, and how it says that."""
    began = ground.context.wall(ground.exchange.began)
    for member in ground.event_members:
        described = member.described
        form = _form(described.value, began)
        if form:
            found = next(((event, one) for event, one in ground.events if event.name == member.place.subject), None)
            if found is not None:
                yield *found, described.keys, described.pointer, described.value, form, began


def _form(value: Any, began: float) -> str:
    """Return how a value says about when an exchange began: `ms`, `s` or `iso`; empty: it does not."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        forms = ((1, "s"), (1000, "ms"))
        return next((form for times, form in forms if abs(value / times - began) < _NEAR), "")
    if isinstance(value, str):
        try:
            moment = datetime.fromisoformat(value)
        except ValueError:
            return ""
        return "iso" if moment.tzinfo is not None and abs(moment.timestamp() - began) < _NEAR else ""
    return ""


def _retimed(ground: Ground, other: Callable[[Any, str], Any]) -> Iterator[Lie]:
    for event, delivery, keys, pointer, value, form, _ in _times(ground):
        new = other(value, form)
        if new is None:
            continue
        exchange = ground.resent(delivery, partial(with_value, keys=keys, new=new))
        place = ground.place(Side.EVENT, event.name, pointer)
        parts = next((one.described.parts for one in ground.event_members if one.place == place), ())
        gap = Gap(parts[0][0] if parts else "", {"x-from": f"clock.{form}"}, event.body)
        yield from ground.lie(place, exchange, "", gap=gap, was=value, becomes=new)


@lie_of(
    "event-time-in-another-unit",
    "A time is in seconds where it is in milliseconds, or the other way round.",
    Side.EVENT,
)
def another_unit(ground: Ground) -> Iterator[Lie]:
    """Change the unit of each time that is a number."""
    units: dict[str, Callable[[Any], Any]] = {"ms": lambda value: value // 1000, "s": lambda value: value * 1000}
    return _retimed(ground, lambda value, form: units[form](value) if form in units else None)


@lie_of("event-time-in-another-zone", "A time is that of another time zone, and says it is not.", Side.EVENT)
def another_zone(ground: Ground) -> Iterator[Lie]:
    """Shift each time by an hour."""
    return _retimed(ground, _shifted)


def _shifted(value: Any, form: str) -> Any:
    if form == "iso":
        moment = datetime.fromisoformat(value) + timedelta(hours=1)
        made = moment.isoformat(timespec="milliseconds" if "." in value else "seconds")
        return made.replace("+00:00", "Z") if value.endswith("Z") else made
    return value + (_HOUR * 1000 if form == "ms" else _HOUR)


# When it comes.


@lie_of("event-after-the-answer", "The event comes after the answer.", Side.EVENT)
def after_the_answer(ground: Ground) -> Iterator[Lie]:
    """Send each event once the answer is there."""
    ended = ground.exchange.ended
    for event, delivery, more in _each(ground):
        if delivery.settled > ended:
            continue
        exchange = _with(ground.exchange, delivery, received=ended + _LATER, settled=ended + 2 * _LATER)
        gap = _delivered(event, answer="after")
        yield from ground.lie(exchange=exchange, change="it comes after the answer", gap=gap, **more)


@lie_of("event-out-of-time", "The event comes long after the answer.", Side.EVENT)
def out_of_time(ground: Ground) -> Iterator[Lie]:
    """Send each event when its time is over."""
    for event, delivery, more in _each(ground):
        within = ground.context.time_limit if event.delivery.within_ms is None else event.delivery.within_ms / 1000
        received = ground.exchange.ended + within + 3
        exchange = _with(ground.exchange, delivery, received=received, settled=received + _LATER)
        gap = _delivered(event, within_ms=int(ground.context.time_limit * 1000))
        yield from ground.lie(exchange=exchange, change="it comes too late", gap=gap, **more)


# What is around it.


@lie_of("event-header-dropped", "The event lacks a header that it had.", Side.EVENT)
def header_dropped(ground: Ground) -> Iterator[Lie]:
    """Leave each header of the event's request out."""
    for event, delivery, more in _each(ground):
        for name in dict.fromkeys(name for name, _ in delivery.headers):
            if name in _NOT_OF_THE_CONTRACT:
                continue
            headers = tuple(pair for pair in delivery.headers if pair[0] != name)
            said = {"name": name, "in": "header", "required": True, "schema": {"type": "string"}}
            gap = None if name == "content-type" else _said(event, {"parameters": [said]})
            place = replace(more["place"], member=name)
            exchange = _with(ground.exchange, delivery, headers=headers)
            yield from ground.lie(place, exchange, f"{name} is left out", gap=gap, said=more["said"])


def _signed(ground: Ground, other: Callable[[SignatureCheck], SignatureCheck | None], change: str) -> Iterator[Lie]:
    for _, delivery, more in _each(ground):
        check = delivery.signature
        made = None if check is None or check.problem else other(check)
        if made is not None:
            yield from ground.lie(exchange=_with(ground.exchange, delivery, signature=made), change=change, **more)


@lie_of("event-media-type", "The event is of a media type that it should not have.", Side.EVENT)
def media_type(ground: Ground) -> Iterator[Lie]:
    """Call the body plain text."""
    for event, delivery, more in _each(ground):
        if event.media_type:
            kept = (pair for pair in delivery.headers if pair[0] != "content-type")
            exchange = _with(ground.exchange, delivery, headers=(("content-type", "text/plain"), *kept))
            yield from ground.lie(exchange=exchange, change=f"{event.media_type} becomes text/plain", **more)


@lie_of("event-not-signed", "The event is not signed.", Side.EVENT)
def not_signed(ground: Ground) -> Iterator[Lie]:
    """Leave the signature out; where the settings ask for none, nobody looks at it."""
    return _signed(ground, lambda one: replace(one, problem=NOT_SIGNED, timestamp=None), "it has no signature")


@lie_of("event-signed-wrongly", "The event has a signature of another content, or by another key.", Side.EVENT)
def signed_wrongly(ground: Ground) -> Iterator[Lie]:
    """Break the signature."""
    return _signed(ground, lambda one: replace(one, problem=WRONG, timestamp=None), "its signature is wrong")


@lie_of("event-signed-of-old", "The event has a signature whose time is long over.", Side.EVENT)
def signed_of_old(ground: Ground) -> Iterator[Lie]:
    """Sign at another time."""

    def older(check: SignatureCheck) -> SignatureCheck | None:
        if check.timestamp is None or not check.tolerance:
            return None
        return replace(check, timestamp=check.timestamp - check.tolerance - _HOUR)

    return _signed(ground, older, "its signature is old")
