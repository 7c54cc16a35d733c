"""Makes the record of a history of what was asked, answered and sent about one object.

Which member of a reading shows what a request sets is seen, and not declared: an operation changes the object twice
alone, with texts that nothing else has, and what the readings before and after it show tells which member is which.
What is not seen so is not judged.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from datetime import datetime
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from bothends.contract.messages import json_value
from bothends.histories import (
    Attempt,
    Event,
    History,
    HistoryObject,
    Kill,
    Outcome,
    Read,
    Write,
    WriteKind,
    records_of,
    value_key,
)
from bothends.laws import strong
from bothends.records import MISSING, Answer, join, json_equal, resolve, texts_and_numbers
from bothends.schemas import has_constants

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from bothends.contract import EventContract
    from bothends.records import Delivery, Exchange

OBJECT = "object"
"""What the one object of a history is called in it."""
_ALONE = 2
"""Times that an operation must have changed the object alone, for it to be known which member shows what it sets."""
_GONE = frozenset({HTTPStatus.NOT_FOUND, HTTPStatus.GONE})
_CALLER = "caller"
_READS = frozenset({"GET", "HEAD"})
_DEEPEST = 8
"""How deep a mark of a removal may lie in what is read."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What was seen of an object.

    Attributes:
        id: What events call it.
        rounds: The exchanges that were made about it, by their rounds.
        last: The reading when all was quiet.
        deliveries: What was sent meanwhile, whatever it is about.
        quiet: When its events had had their time; by the clock, seconds.
        owes: How many events each exchange owes, by its number.
        removers: The operations that remove an object, and not a part of it.
        kills: When the target was killed, and ready again.
    """

    id: Any
    rounds: Sequence[Sequence[Exchange]]
    last: Exchange
    deliveries: Sequence[Delivery]
    quiet: float
    owes: Mapping[int, int] = field(default_factory=dict)
    removers: frozenset[str] = frozenset()
    kills: Sequence[Kill] = ()


def history_of(seen: Seen, events: Sequence[EventContract]) -> History | None:
    """Return the history of an object; None: no member shows what was sent, or which event is of which callback."""
    shown = _members(seen, events)
    members = sorted({member for places in shown.values() for _, member in places})
    sent = _events(seen, events, members)
    if not members or sent is None:
        return None
    every = sorted((one for some in (*seen.rounds, (seen.last,)) for one in some), key=lambda one: one.began)
    marked = _marked(every, seen.removers)
    reads = [each for each in (_read(one, members, gone=one.number in marked) for one in every) if each is not None]
    first = next((each for each in reads if not each.absent), None)
    writes = tuple(
        replace(_write(one, shown, seen.removers), owes=seen.owes.get(one.number, 0))
        for one in every
        if one.sent.method not in _READS
    )
    writes = _doubted(writes)
    begun = min((write.begin for write in writes), default=0.0)
    if first is None or first.end > begun:
        return None  # nothing tells what it was before
    thing = HistoryObject(OBJECT, initial=first.shows, unjudged=_changed_otherwise(seen.rounds, shown, members))
    history = History((_CALLER,), (thing,), writes, tuple(reads), sent, kills=tuple(seen.kills), quiet=seen.quiet)
    return history if any(record.members for record in records_of(history)) else None


def _doubted(writes: Sequence[Write]) -> tuple[Write, ...]:
    """Return writes, with those in doubt that may have made anew what is gone, or changed what is marked as removed.

    A `PATCH` may make what is not there (RFC 5789, section 2); after one that finds nothing there, none does.
    """
    removals = [one for one in writes if one.kind is WriteKind.DELETE and one.outcome is Outcome.ACKNOWLEDGED]
    begun, removed = (min(at, default=math.inf) for at in ([o.begin for o in removals], [o.done for o in removals]))
    others = [one for one in writes if one.kind is not WriteKind.DELETE]
    none_does = any(one.begin > removed and one.status in _GONE for one in others)
    taken = [one for one in others if one.outcome is Outcome.ACKNOWLEDGED]
    later = {one.id for one in taken if one.begin > removed}
    beside = {one.id for one in taken if one.done > begun and not none_does}
    return tuple(
        replace(one, end=None, status=None, makes=True)
        if one.id in later
        else replace(one, makes=True if one.id in beside else one.makes)
        for one in writes
    )


def _members(seen: Seen, events: Sequence[EventContract]) -> dict[str, frozenset[tuple[str, str]]]:
    """Return by operation which member of its requests is which one of readings, both as JSON pointers.

    A reading shows that, or an event that shows the object as it is read.
    """
    rounds, told = seen.rounds, [*_told(seen, events)]
    found: dict[str, list[frozenset[tuple[str, str]]]] = {}
    for place, some in enumerate(rounds):
        alone = some[0] if len(some) == 1 else None
        if alone is None or alone.sent.method in _READS or not alone.succeeded or not 0 < place < len(rounds) - 1:
            continue
        if alone.case.kill is not None:
            continue  # what a killed target shows afterwards is what is to be judged
        before, after = _shown(rounds[place - 1]), _shown(rounds[place + 1])
        if before is MISSING or after is MISSING:
            continue
        was = dict(texts_and_numbers(before))
        set_ = dict(texts_and_numbers(_body(alone)))
        pairs = {
            (name, member)
            for member, value in (*texts_and_numbers(after), *told)
            for name, own in set_.items()
            if json_equal(own, value) and not json_equal(was.get(member, MISSING), value)
        }
        found.setdefault(alone.case.operation, []).append(frozenset(pairs))
    return {name: frozenset.intersection(*each) for name, each in found.items() if len(each) >= _ALONE}


def _changed_otherwise(
    rounds: Sequence[Sequence[Exchange]], shown: Mapping[str, object], members: Iterable[str]
) -> dict[str, str]:
    """Return the members that a request changes which does not set them, as one that takes a change back."""
    found: dict[str, str] = {}
    for before, some, after in zip(rounds, rounds[1:], rounds[2:], strict=False):
        was, now = _shown(before), _shown(after)
        if len(some) == 1 and some[0].case.operation not in shown and MISSING not in (was, now):
            changed = (each for each in members if not json_equal(resolve(was, each), resolve(now, each)))
            found |= dict.fromkeys(changed, "a request changes it that does not set it")
    return found


def _told(seen: Seen, events: Sequence[EventContract]) -> Iterator[tuple[str, Any]]:
    """Yield what events about the object show of it, each with the member that a reading has it at."""
    for delivery in seen.deliveries:
        for event in events:
            if event.state is not None and _is_of(event, delivery) and _names(event, delivery.event, seen.id):
                for at, member in (event.state.shows or {}).items():
                    yield from texts_and_numbers(resolve(delivery.event, at), member)


def _shown(some: Sequence[Exchange]) -> Any:
    """Return what the last of the readings of a round shows; MISSING: these are none, or it shows nothing."""
    if not some or any(one.sent.method not in _READS for one in some):
        return MISSING
    return read_value(some[-1])


def read_value(exchange: Exchange) -> Any:
    """Return what a reading shows, as JSON; MISSING: nothing."""
    answer = exchange.answer
    return json_value(answer.body) if isinstance(answer, Answer) and answer.success else MISSING


def _body(exchange: Exchange) -> Any:
    return json_value(exchange.sent.body or b"")


def _marked(every: Iterable[Exchange], removers: frozenset[str]) -> frozenset[int]:
    """Return the readings that show the mark of a removal, by their numbers: what is removed may be kept, and marked.

    A mark is seen, and not declared: a member that was the same in all readings before the removal, or in none, and is
    another one after it; or one that is no longer there. What each change changes is none, such as a version.
    """
    every = list(every)
    removals = [one for one in every if one.case.operation in removers and one.succeeded]
    begun = min((one.began for one in removals), default=math.inf)
    ended = min((one.ended for one in removals), default=math.inf)
    readings = [(one, dict(_leaves(value))) for one in every if (value := read_value(one)) is not MISSING]
    before = [leaves for one, leaves in readings if one.sent.method in _READS and one.ended < begun]
    return frozenset(
        one.number
        for one, leaves in readings
        if one.sent.method in _READS and one.began > ended and before and _is_marked(leaves, before)
    )


def _is_marked(leaves: Mapping[str, str], before: Sequence[Mapping[str, str]]) -> bool:
    for member in leaves.keys() | before[0].keys():
        was, now = {one.get(member) for one in before}, leaves.get(member)
        if now not in was and (len(was) == 1 or now is None):
            return True
    return False


def _leaves(value: Any, pointer: str = "", depth: int = 0) -> Iterator[tuple[str, str]]:
    """Yield the members of a value that have none themselves, with a text of each that equal ones share."""
    if isinstance(value, dict) and value and depth < _DEEPEST:
        for key, each in value.items():
            yield from _leaves(each, pointer + join(key), depth + 1)
    else:
        yield pointer, value_key(value)


def _write(exchange: Exchange, shown: Mapping[str, frozenset[tuple[str, str]]], removers: frozenset[str]) -> Write:
    body = _body(exchange)
    sets = {}
    for name, member in sorted(shown.get(exchange.case.operation, ())):
        value = MISSING if body is MISSING else resolve(body, name)
        if value is not MISSING:
            sets[member] = value
    answer = exchange.answer if isinstance(exchange.answer, Answer) else None
    method = exchange.sent.method
    kind = WriteKind.PUT if method == "PUT" else WriteKind.PATCH
    return Write(
        name_of(exchange),
        _CALLER,
        OBJECT,
        WriteKind.DELETE if exchange.case.operation in removers else kind,
        exchange.began,
        None if answer is None else exchange.ended,
        None if answer is None else answer.status,
        sets,
        if_match=strong(exchange.sent.header("if-match")),
        if_absent=exchange.sent.header("if-none-match") == "*",
        tag=None if answer is None else strong(answer.header("etag")),
    )


def _read(exchange: Exchange, members: Iterable[str], *, gone: bool) -> Read | None:
    answer = exchange.answer
    if exchange.sent.method not in _READS or not isinstance(answer, Answer):
        return None
    gone = gone or answer.status in _GONE
    body = json_value(answer.body) if answer.success else MISSING
    if not gone and body is MISSING:
        return None
    shows = {} if gone else _present(body, {member: member for member in members})
    return Read(
        name_of(exchange), _CALLER, OBJECT, exchange.began, exchange.ended, shows, gone, strong(answer.header("etag"))
    )


def name_of(exchange: Exchange) -> str:
    """Return what an exchange is called in a history."""
    return f"exchange {exchange.number}"


def _present(value: Any, places: Mapping[str, str]) -> dict[str, Any]:
    """Return what stands at places of a value, by what each is called; what is not there is left out."""
    found = {name: resolve(value, pointer) for name, pointer in places.items()}
    return {name: each for name, each in found.items() if each is not MISSING}


def named_in(deliveries: Iterable[Delivery], events: Sequence[EventContract], name: Any) -> set[str]:
    """Return the identities of the deliveries that are events about an object."""
    return {
        one.identity for one in deliveries for each in events if _is_of(each, one) and _names(each, one.event, name)
    }


def _events(seen: Seen, events: Sequence[EventContract], members: Iterable[str]) -> tuple[Event, ...] | None:
    """Return the events about an object, each with its attempts; None: which callback's one is is not known."""
    found: dict[str, tuple[EventContract, list[Delivery]]] = {}
    for delivery in seen.deliveries:
        may = [one for one in events if _is_of(one, delivery)]
        about = [one for one in may if _names(one, delivery.event, seen.id)]
        if not about:
            continue
        if any(one.state != about[0].state for one in about):
            return None
        found.setdefault(delivery.identity, (about[0], []))[1].append(delivery)
    return tuple(_event(name, event, attempts, members) for name, (event, attempts) in found.items())


def _is_of(event: EventContract, delivery: Delivery) -> bool:
    return delivery.ingest == event.ingest and delivery.event is not None and has_constants(event.body, delivery.event)


def _names(event: EventContract, body: Any, name: Any) -> bool:
    """Whether an event is about an object; what stood in a path may be a number in a body."""
    found = MISSING if event.state is None else resolve(body, event.state.id)
    return found is not MISSING and str(found) == str(name)


def _event(name: str, event: EventContract, attempts: Sequence[Delivery], members: Iterable[str]) -> Event:
    terms, body = event.state, attempts[0].event
    shows: dict[str, Any] = {}
    for at, shown in ({} if terms is None else terms.shows or {}).items():
        places = {one: at + one.removeprefix(shown) for one in members if one == shown or one.startswith(f"{shown}/")}
        shows |= _present(body, places)
    version = None if terms is None or terms.version is None else _number(resolve(body, terms.version))
    tries = tuple(Attempt(one.received, one.settled, one.stored, one.acknowledged) for one in attempts)
    return Event(name, OBJECT, tries, shows, version, ends=terms is not None and terms.ends)


def _number(value: Any) -> float | None:
    """Return a version as a number that grows: an integer, or a time."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return float(value)
    try:
        return datetime.fromisoformat(value).timestamp() if isinstance(value, str) else None
    except ValueError:
        return None
