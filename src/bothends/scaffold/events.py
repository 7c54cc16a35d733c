"""Which callbacks an operation has, by the events that arrived: their URLs, their content, and when they are owed."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

from bothends.contract.messages import Moment, as_text, read_expression, value_of
from bothends.contract.terms import UPSTREAM_FAMILIES
from bothends.engine.evidence import agreeing, contradicts, sources, varies
from bothends.records import MISSING, Answer, count_of, join, resolve
from bothends.scaffold.observation import FAILS_ONCE, SLOW, SUCCESS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from bothends.contract import Contract, Operation
    from bothends.contract.terms import Source
    from bothends.engine.evidence import Row
    from bothends.records import Delivery
    from bothends.scaffold.observation import Observations, Seen

TYPE_KEYS = ("type", "name", "event", "eventType", "event_type", "topic", "kind", "action")
"""Members that mostly tell what an event is."""
_MOST_TYPES = 6
_CREATED = 201
_WORDS = re.compile(r"[A-Za-z0-9]+")
_WHOLE = re.compile(r"\{?(\$[^{}]+)")
"""The runtime expression that the key of a callback begins with."""
_LONGEST_NAME = 60
_EARLY_SECONDS = 0.03
_OF_OTHERS = frozenset({"clock", "upstream"})
"""Sources that do not say whose event it is."""
_MOST_MEMBERS = 12


@dataclass(frozen=True, slots=True)
class Arrived:
    """One event, with the request that caused it.

    Attributes:
        seen: The request.
        delivery: The event's first attempt.
    """

    seen: Seen
    delivery: Delivery


@dataclass(frozen=True, slots=True)
class SeenCallback:
    """Events of one kind that arrived for one operation.

    Attributes:
        name: A name for it.
        url: The key that its callback has.
        method: HTTP method, in lower case.
        events: Each of its events.
        is_sure: Whether each part of the URL is explained.
        word: The member that tells these events from others at the address, and its text; empty: none does.
    """

    name: str
    url: str
    method: str
    events: tuple[Arrived, ...]
    is_sure: bool
    word: tuple[str, str] = ("", "")


@dataclass(frozen=True, slots=True)
class Described:
    """A part of a contract, and what is to be said beside it.

    Attributes:
        value: The part.
        notes: By JSON pointer into it: a comment.
    """

    value: Any
    notes: dict[str, str] = field(default_factory=dict)


def _arrived(operation: Operation, found: Observations) -> list[Arrived]:
    """Return the events of an operation's successes, each once, however often it was attempted."""
    return [
        Arrived(seen, delivery)
        for seen in found.seen.get(operation.id, ())
        if seen.family == SUCCESS and seen.exchange.succeeded
        for delivery in _first_attempts(seen.exchange.deliveries)
    ]


def callbacks_of(operation: Operation, contract: Contract, found: Observations) -> list[SeenCallback]:
    """Return the callbacks that the events of an operation show; those that are declared are left out.

    Args:
        operation: The operation.
        contract: The contract.
        found: What was seen.
    """
    arrived = [each for each in _arrived(operation, found) if each.delivery.undeclared]
    names: set[str] = set()
    callbacks = []
    for url, method, events, is_sure in _by_address(arrived, operation, contract, found):
        for some in _by_type(events):
            name = _name(operation, some, names)
            names.add(name)
            # One of a kind that others at this address are not may be a late event of an earlier request.
            alone = len(some) < len(events) and len({each.seen.exchange.number for each in some}) == 1
            callbacks.append(SeenCallback(name, url, method, tuple(some), is_sure and not alone))
    return callbacks


def told_apart(callbacks: Sequence[tuple[Operation, SeenCallback]]) -> list[tuple[Operation, SeenCallback]]:
    """Return callbacks, with the word of their events where those of other operations at the address have another one.

    Without it, an event of a change would be taken for one of the creation, whose values it has. What changes an object
    gets none: it may send another word for another state, which was not seen.
    """
    return [
        (operation, replace(one, word=_word(one, others)))
        for operation, one in callbacks
        for others in ([each for by, each in callbacks if by.id != operation.id],)
    ]


def _word(one: SeenCallback, others: Sequence[SeenCallback]) -> tuple[str, str]:
    """Return the member whose text only the events of one callback have, and the text; empty: there is none."""
    if not all(each.seen.status == _CREATED for each in one.events):
        return "", ""
    beside = [each for other in others if (other.url, other.method) == (one.url, one.method) for each in other.events]
    for key in _members_of_all([*one.events, *beside]):
        own = {event_of(each)[key] for each in one.events}
        if key in TYPE_KEYS and beside and len(own) == 1 and not own & {event_of(each)[key] for each in beside}:
            return key, own.pop()
    return "", ""


def declared_of(operation: Operation, found: Observations) -> list[SeenCallback]:
    """Return what arrived of the events that an operation declares, by the names of its events.

    Args:
        operation: The operation.
        found: What was seen.
    """
    arrived = _arrived(operation, found)
    by_event = (
        (event, tuple(each for each in arrived if each.delivery.callback == event.name)) for event in operation.events
    )
    return [
        SeenCallback(event.name, event.url_template, event.method.lower(), events, is_sure=True)
        for event, events in by_event
        if events
    ]


def _first_attempts(deliveries: Iterable[Delivery]) -> Iterator[Delivery]:
    """Yield each event once: one that came again, byte for byte, is another attempt."""
    known: set[str] = set()
    for delivery in deliveries:
        content = json.dumps([delivery.target, delivery.payload], sort_keys=True)
        if content not in known and delivery.fault is None:
            known.add(content)
            yield delivery


# Addresses.

_Address = tuple[str, str, list[Arrived], bool]


def _by_address(
    arrived: Sequence[Arrived], operation: Operation, contract: Contract, found: Observations
) -> Iterator[_Address]:
    """Yield the key and the method of each callback's URL, its events, and whether each part of it is explained."""
    groups: dict[tuple[str, str, tuple[str, ...]], list[Arrived]] = {}
    for one in arrived:
        start, rest = _start(one, found)
        groups.setdefault((start, one.delivery.method, tuple(_parts(rest))), []).append(one)
    # What came to one address in one request only has something of that request in its address.
    single: dict[tuple[str, str, int], list[tuple[tuple[str, ...], Arrived]]] = {}
    for (start, method, parts), events in groups.items():
        if len({each.seen.exchange.number for each in events}) > 1:
            yield start + "".join(parts), method.lower(), events, True
        else:
            single.setdefault((start, method, len(parts)), []).extend((parts, each) for each in events)
    for (start, method, _), pairs in single.items():
        rest, is_sure = _with_expressions(pairs, operation, contract)
        yield start + rest, method.lower(), [each for _, each in pairs], is_sure


def _start(one: Arrived, found: Observations) -> tuple[str, str]:
    """Return what a URL begins with, as the key of a callback has it, and the rest of the URL."""
    delivery = one.delivery
    for expression, url in one.seen.urls.items():
        path = urlsplit(url).path
        if delivery.path == path or delivery.path.startswith(f"{path}/"):
            return f"{{{expression}}}", delivery.target[len(path) :]
    base = urlsplit(found.base_urls.get(delivery.ingest, "")).path.rstrip("/")
    rest = delivery.target.removeprefix(base)
    key = found.event_keys.get(delivery.ingest, "")
    return f"{{{delivery.ingest}}}", rest.replace(key, "{eventKey}") if key else rest


def _parts(rest: str) -> list[str]:
    return re.findall(r"[/?&=]|[^/?&=]+", rest)


def _with_expressions(
    pairs: Sequence[tuple[tuple[str, ...], Arrived]], operation: Operation, contract: Contract
) -> tuple[str, bool]:
    """Return the rest of a key, with a runtime expression in place of each part that differs between requests."""
    written, is_sure = "", len(pairs) > 1
    for index, part in enumerate(pairs[0][0]):
        values = [unquote(parts[index]) for parts, _ in pairs]
        if not varies(values):
            written += part
            continue
        text = _expression(values, [each for _, each in pairs], operation, contract)
        written += f"{{{text}}}" if text else part
        is_sure = is_sure and bool(text)
    return written, is_sure


_AS_EXPRESSION = (
    ("request.body#", "$request.body#"),
    ("request.path.", "$request.path."),
    ("request.query.", "$request.query."),
    ("request.header.", "$request.header."),
    ("answer.body#", "$response.body#"),
    ("answer.header.", "$response.header."),
)


def _expression(values: Sequence[str], events: Sequence[Arrived], operation: Operation, contract: Contract) -> str:
    """Return the runtime expression that has the texts which stand at one place of URLs; empty: none has."""
    moments = [Moment(operation.path, each.seen.exchange.sent, each.seen.exchange.answer) for each in events]
    for source in sources(events[0].seen.exchange, operation, contract):
        for start, other in _AS_EXPRESSION:
            expression = read_expression(other + source.text.removeprefix(start))
            if expression is None or not source.text.startswith(start):
                continue
            found = [value_of(expression, moment) for moment in moments]
            if all(isinstance(one, str | int | float) for one in found) and list(map(as_text, found)) == list(values):
                return expression.text
    return ""


# Kinds of events at one address.


def _by_type(events: Sequence[Arrived]) -> Iterator[list[Arrived]]:
    """Yield the events of one kind at a time: where one request sends several, a text in them tells which is which."""
    by_request: dict[int, list[Arrived]] = {}
    for each in events:
        by_request.setdefault(each.seen.exchange.number, []).append(each)
    if all(len(some) == 1 for some in by_request.values()):
        yield list(events)
        return
    for key in _members_of_all(events):
        kinds = {event_of(each).get(key) for each in events}
        apart = all(len({event_of(each)[key] for each in some}) == len(some) for some in by_request.values())
        if apart and 1 < len(kinds) <= _MOST_TYPES:
            for kind in sorted(kinds):
                yield [each for each in events if event_of(each)[key] == kind]
            return
    yield list(events)


def _members_of_all(events: Sequence[Arrived]) -> list[str]:
    """Return the members that have a text in each event, those first that mostly tell what an event is."""
    objects = [event_of(each) for each in events]
    if not all(isinstance(each, dict) for each in objects):
        return []
    shared = [key for key in objects[0] if all(isinstance(each.get(key), str) for each in objects)]
    return sorted(shared, key=lambda key: TYPE_KEYS.index(key) if key in TYPE_KEYS else len(TYPE_KEYS))


def _name(operation: Operation, events: Sequence[Arrived], taken: set[str]) -> str:
    for key in _members_of_all(events):
        values = [event_of(each)[key] for each in events]
        words = _WORDS.findall(values[0])
        if key in TYPE_KEYS and not varies(values) and words and len(values[0]) <= _LONGEST_NAME:
            return _free(words[0].lower() + "".join(word[0].upper() + word[1:] for word in words[1:]), taken)
    words = _WORDS.findall(operation.id)
    return _free(words[0] + "".join(word.capitalize() for word in words[1:]) + "Event", taken)


def _free(name: str, taken: set[str]) -> str:
    return name if name not in taken else f"{name}{len(taken) + 1}"


def event_of(one: Arrived) -> Any:
    """Return the event itself; of a body that is no JSON, None."""
    return one.delivery.event


# When it is owed, and how it is delivered.


def owed(callback: SeenCallback, operation: Operation, found: Observations) -> tuple[Any, str]:
    """Return the `x-when` of a callback and why; MISSING where none says what was seen.

    Args:
        callback: What was seen.
        operation: Its operation.
        found: All that was seen.
    """
    successes = [each for each in found.seen[operation.id] if each.family == SUCCESS and each.exchange.succeeded]
    asked = [each for each in successes if _names_receiver(callback, each, operation)]
    counts = {each.exchange.number: 0 for each in asked}
    for each in callback.events:
        counts[each.seen.exchange.number] += 1
    if all(count == 1 for count in counts.values()):
        return True, f"each of {count_of(len(asked), 'success')} sent one"
    if max(counts.values()) > 1:
        return MISSING, f"unsure: a success sent up to {max(counts.values())} of them"
    condition = _condition(asked, counts)
    sent = sum(counts.values())
    if condition is None:
        return MISSING, f"unsure: {sent} of {count_of(len(asked), 'success')} sent one"
    return {"body": condition}, f"{sent} of {count_of(len(asked), 'success')} sent one: those whose body is so"


def _names_receiver(callback: SeenCallback, seen: Seen, operation: Operation) -> bool:
    """Return whether a request says where events are to go, if it is what says so: else it owes none."""
    match = _WHOLE.match(callback.url)
    expression = None if match is None else read_expression(match[1])
    if expression is None or not expression.is_sent:
        return True
    moment = Moment(operation.path, seen.exchange.sent, seen.exchange.answer)
    value = value_of(expression, moment)
    return value is not MISSING and value is not None


def _condition(asked: Sequence[Seen], counts: Mapping[int, int]) -> dict[str, Any] | None:
    """Return the schema of a body that tells the requests that sent an event from those that sent none."""
    bodies = [(json_body(each), bool(counts[each.exchange.number])) for each in asked]
    objects = [(body, sent) for body, sent in bodies if isinstance(body, dict)]
    if len(objects) != len(bodies):
        return None
    sending = [body for body, sent in objects if sent]
    others = [body for body, sent in objects if not sent]
    required: list[str] = []
    properties: dict[str, Any] = {}
    for key in list(dict.fromkeys(key for body, _ in objects for key in body))[:_MOST_MEMBERS]:
        there = [body[key] for body in sending if key in body]
        if len(there) == len(sending) and any(key not in body for body in others):
            required.append(key)
        is_flag = there and all(isinstance(value, bool) and value is there[0] for value in there)
        if is_flag and any(key in body and body[key] is not there[0] for body in others):
            properties[key] = {"const": there[0]}
    explained = all(
        any(key not in body for key in required)
        or any(key in body and body[key] is not rule["const"] for key, rule in properties.items())
        for body in others
    )
    if not explained:
        return None
    return {**({"required": required} if required else {}), **({"properties": properties} if properties else {})}


def json_body(seen: Seen) -> Any:
    """Return the JSON body of a request; MISSING where it has none."""
    try:
        return json.loads(seen.exchange.sent.body or b"")
    except ValueError:
        return MISSING


@dataclass(frozen=True, slots=True)
class Ties:
    """What tells that an event is of one kind, and of one request.

    Attributes:
        ingest: Where it arrives.
        operation: The operation.
        sources: By JSON pointer into the event: the source whose value it has.
        constants: By JSON pointer into the event: the text that is always there.
    """

    ingest: str
    operation: Operation
    sources: Mapping[str, Source]
    constants: Mapping[str, str]


def delivery_of(ties: Ties, operation: Operation, found: Observations) -> Described:
    """Return the `x-delivery` of a callback, an empty one where nothing of it was tried, with comments.

    Args:
        ties: What its events are told by.
        operation: Its operation.
        found: All that was seen.
    """
    tried = [(each, own) for each in found.seen[operation.id] if each.part == ties.ingest and (own := _own(each, ties))]
    slow = [each for each in tried if each[0].family == SLOW]
    if not slow:
        return Described({}, {"": "unsure: nothing of the delivery was tried (bothends init --probe does)"})
    terms: dict[str, Any] = {}
    notes: dict[str, str] = {}
    early = [each for each in slow if _answered_early(*each)]
    if early and len(early) < len(slow):
        of = count_of(len(slow), "answer")
        return Described({}, {"": f"unsure: {len(early)} of {of} came before a slow acknowledgement"})
    broken = [
        each for each in found.seen[operation.id] if each.part == ties.ingest and each.family in UPSTREAM_FAMILIES
    ]
    despite = sum(each.exchange.succeeded for each in broken)
    # An answer that waits, and is the same whatever becomes of the event, says nothing of it.
    is_any = bool(early) or 0 < despite == len(broken)
    terms["answer"] = "any" if is_any else "after"
    notes["/answer"] = (
        f"{len(slow)} of {count_of(len(slow), 'answer')} came {'before' if early else 'after'} a slow acknowledgement"
    )
    if despite and not early:
        more = "; `after` makes an error of that" if is_any else ", which a run calls an error"
        notes["/answer"] += f"; {despite} of {count_of(len(broken), 'answer')} succeeded although it failed{more}"
    again = [own for each, own in tried if each.family == FAILS_ONCE]
    repeated = [own for own in again if len(own) > 1]
    if again and len(repeated) == len(again):
        identity = _identity(again)
        named = f", identity: {identity}" if identity else ""
        notes["/answer"] += (
            f"; unsure: attempts: until-acknowledged{named} (after one failure it came again, {len(again)} of"
            f" {count_of(len(again), 'time')})"
        )
    elif again:
        came = f"{len(repeated)} of {len(again)}"
        notes["/answer"] += f"; unsure: attempts: once (after one failure it came again in {came})"
    return Described(terms, notes)


def ties_of(callback: SeenCallback, operation: Operation, contract: Contract) -> Ties:
    """Return what tells an event of one request from another's: values that differ, and are those of the request."""
    found: dict[str, Source] = {}
    for pointer in _pointers(event_of(callback.events[0])):
        rows = [(value, one) for one in callback.events if (value := resolve(event_of(one), pointer)) is not MISSING]
        if rows and varies([value for value, _ in rows]):
            own = (each for each in agreeing(rows_of(rows), operation, contract) if each.kind not in _OF_OTHERS)
            found |= ((pointer, each) for each in islice(own, 1))
    same_always = {
        pointer: value
        for pointer in _pointers(event_of(callback.events[0]))
        if isinstance(value := resolve(event_of(callback.events[0]), pointer), str)
        and not varies([resolve(event_of(each), pointer) for each in callback.events])
    }
    return Ties(callback.events[0].delivery.ingest, operation, found, same_always)


def rows_of(values: Iterable[tuple[Any, Arrived]]) -> list[Row]:
    """Return values of events, as they are held against what their exchanges have."""
    return [(value, one.seen.exchange, one.delivery.received) for value, one in values]


def _pointers(value: Any, pointer: str = "") -> Iterator[str]:
    """Yield the pointer of each value in an object that is none itself."""
    if not isinstance(value, dict):
        yield pointer
        return
    for key, each in value.items():
        yield from _pointers(each, pointer + join(key))


def _own(seen: Seen, ties: Ties) -> list[Delivery]:
    """Return those events of a kind that are a request's own: one of an earlier request may have come late."""
    return [
        delivery
        for delivery in seen.exchange.deliveries
        if delivery.ingest == ties.ingest
        and not any(
            contradicts(source, resolve(delivery.event, pointer), seen.exchange, ties.operation)
            for pointer, source in ties.sources.items()
        )
        and all(resolve(delivery.event, pointer) == value for pointer, value in ties.constants.items())
    ]


def _answered_early(seen: Seen, own: Sequence[Delivery]) -> bool:
    settled = max(delivery.settled for delivery in own)
    return isinstance(seen.exchange.answer, Answer) and seen.exchange.ended < settled - _EARLY_SECONDS


def _identity(attempts: Sequence[Sequence[Delivery]]) -> str:
    """Return what is the same on each attempt of an event, and another for each event; empty: nothing is known."""
    headers = [name for name, _ in attempts[0][0].headers if name.lower().endswith(("id", "key"))]
    for name in headers:
        if _identifies([[dict(one.headers).get(name) for one in some] for some in attempts]):
            return f"header.{name}"
    first = attempts[0][0].event
    for key in first if isinstance(first, dict) else ():
        if _identifies([[resolve(one.event, join(key)) for one in some] for some in attempts]):
            return join(key)
    return ""


def _identifies(values: Sequence[Sequence[Any]]) -> bool:
    firsts = [some[0] for some in values]
    alike = all(isinstance(each, str) and each == some[0] for some in values for each in some)
    return alike and len(set(firsts)) == len(firsts)
