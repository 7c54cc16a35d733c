"""Which callbacks an operation has, by the events that arrived: their URLs, their content, and when they are owed."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

from bothends.records import MISSING, Answer, resolve
from bothends.records.pointers import join
from bothends.scaffold.observation import FAILS_ONCE, SLOW, SUCCESS
from bothends.scaffold.sources import clock_of, matching, named_values, same, varies

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from bothends.contract import Contract, Operation
    from bothends.records import Delivery
    from bothends.scaffold.observation import Observations, Seen

_TYPE_KEYS = ("type", "name", "event", "eventType", "event_type", "topic", "kind", "action")
_MOST_TYPES = 6
_WORDS = re.compile(r"[A-Za-z0-9]+")
_LONGEST_NAME = 60
_EARLY_SECONDS = 0.03
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
    """

    name: str
    url: str
    method: str
    events: tuple[Arrived, ...]
    is_sure: bool


@dataclass(frozen=True, slots=True)
class Described:
    """A part of a contract, and what is to be said beside it.

    Attributes:
        value: The part.
        notes: By JSON pointer into it: a comment.
    """

    value: Any
    notes: dict[str, str] = field(default_factory=dict)


def callbacks_of(operation: Operation, contract: Contract, found: Observations) -> list[SeenCallback]:
    """Return the callbacks that the events of an operation show; those that are declared are left out.

    Args:
        operation: The operation.
        contract: The contract.
        found: What was seen.
    """
    arrived = [
        Arrived(seen, delivery)
        for seen in found.seen.get(operation.id, ())
        if seen.family == SUCCESS and seen.exchange.succeeded
        for delivery in _first_attempts(seen.exchange.deliveries)
        if not (operation.events and delivery.right_address)
    ]
    names: set[str] = set()
    callbacks = []
    for url, method, events, is_sure in _by_address(arrived, operation, contract, found):
        for some in _by_type(events):
            name = _name(operation, some, names)
            names.add(name)
            callbacks.append(SeenCallback(name, url, method, tuple(some), is_sure))
    return callbacks


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
    named = [_expressions(each, operation, contract) for _, each in pairs]
    written, is_sure = "", len(pairs) > 1
    for index, part in enumerate(pairs[0][0]):
        values = [unquote(parts[index]) for parts, _ in pairs]
        if not varies(values):
            written += part
            continue
        rows = list(zip(values, named, strict=True))
        text = next(iter(matching(rows)), "")
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


def _expressions(one: Arrived, operation: Operation, contract: Contract) -> dict[str, str]:
    """Return the value of each runtime expression, as it stands in a URL."""
    found = {}
    for text, value in named_values(one.seen.exchange, operation, contract).items():
        for start, other in _AS_EXPRESSION:
            if text.startswith(start) and isinstance(value, str | int | float):
                found[other + text.removeprefix(start)] = value if isinstance(value, str) else json.dumps(value)
    return found


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
    return sorted(shared, key=lambda key: _TYPE_KEYS.index(key) if key in _TYPE_KEYS else len(_TYPE_KEYS))


def _name(operation: Operation, events: Sequence[Arrived], taken: set[str]) -> str:
    for key in _members_of_all(events):
        values = [event_of(each)[key] for each in events]
        words = _WORDS.findall(values[0])
        if key in _TYPE_KEYS and not varies(values) and words and len(values[0]) <= _LONGEST_NAME:
            return _free(words[0].lower() + "".join(word[0].upper() + word[1:] for word in words[1:]), taken)
    words = _WORDS.findall(operation.id)
    return _free(words[0] + "".join(word.capitalize() for word in words[1:]) + "Event", taken)


def _free(name: str, taken: set[str]) -> str:
    return name if name not in taken else f"{name}{len(taken) + 1}"


def event_of(one: Arrived) -> Any:
    """Return the event itself; of a body that is no JSON, None."""
    return one.delivery.event


# Content.


def body_of(callback: SeenCallback, operation: Operation, contract: Contract) -> Described | None:
    """Return the schema of an event's body, with an `x-from` at each value that was seen to come from somewhere.

    Args:
        callback: What was seen.
        operation: Its operation.
        contract: The contract.

    Returns:
        None where the bodies are no JSON.
    """
    if any(each.delivery.payload is None for each in callback.events):
        return None
    named = [named_values(each.seen.exchange, operation, contract) for each in callback.events]
    rows = [(event_of(each), names, each) for each, names in zip(callback.events, named, strict=True)]
    notes: dict[str, str] = {}
    schema = _schema(rows, "", notes)
    if all(isinstance(each.delivery.payload, list) for each in callback.events):
        notes = {"/items" + pointer: note for pointer, note in notes.items()}
        schema = {"type": "array", "minItems": 1, "items": schema}
    return Described(schema, notes)


_Row = tuple[Any, "Mapping[str, Any]", Arrived]


def _schema(rows: Sequence[_Row], pointer: str, notes: dict[str, str]) -> dict[str, Any]:
    values = [value for value, _, _ in rows]
    if all(value is None for value in values):
        return {"description": "Always null, as far as was seen."}
    schema: dict[str, Any] = {"type": _types(values)}
    source = _source(rows, pointer, notes) if pointer else ""
    if source:
        return {**schema, "x-from": source}
    objects = [row for row in rows if isinstance(row[0], dict)]
    if objects:
        _describe_members(objects, pointer, notes, schema)
    items = [(item, names, one) for value, names, one in rows if isinstance(value, list) for item in value]
    if items:
        # No x-from in lists: which item is which is not known.
        schema["items"] = _shape([item for item, _, _ in items])
    return schema


def _describe_members(rows: Sequence[_Row], pointer: str, notes: dict[str, str], schema: dict[str, Any]) -> None:
    keys = dict.fromkeys(key for value, _, _ in rows for key in value)
    required = [key for key in keys if all(key in value for value, _, _ in rows)]
    # Whether a member depends on another one of the request was tried with JSON only.
    if required and all(isinstance(_json(one.seen), dict) for _, _, one in rows):
        schema["required"] = required
    schema["properties"] = {
        key: _schema(
            [(value[key], names, one) for value, names, one in rows if key in value],
            f"{pointer}/properties{join(key)}",
            notes,
        )
        for key in keys
    }


def _shape(values: Sequence[Any]) -> dict[str, Any]:
    if all(value is None for value in values):
        return {}
    schema: dict[str, Any] = {"type": _types(values)}
    objects = [value for value in values if isinstance(value, dict)]
    if objects:
        keys = dict.fromkeys(key for value in objects for key in value)
        required = [key for key in keys if all(key in value for value in objects)]
        schema |= {"required": required} if required else {}
        schema["properties"] = {key: _shape([value[key] for value in objects if key in value]) for key in keys}
    items = [item for value in values if isinstance(value, list) for item in value]
    return schema | ({"items": _shape(items)} if items else {})


_NAMES = (
    (type(None), "null"),
    (bool, "boolean"),
    (int | float, "number"),  # what was whole each time need not always be
    (str, "string"),
    (list, "array"),
    (dict, "object"),
)


def _types(values: Sequence[Any]) -> str | list[str]:
    found = dict.fromkeys(next(name for kind, name in _NAMES if isinstance(value, kind)) for value in values)
    return next(iter(found)) if len(found) == 1 else list(found)


def _source(rows: Sequence[_Row], pointer: str, notes: dict[str, str]) -> str:
    """Return where the values at a place come from; empty where that is unknown, or not certain."""
    values = [value for value, _, _ in rows]
    clock = clock_of([(value, one.seen.exchange) for value, _, one in rows])
    if clock:
        notes[f"{pointer}/x-from"] = f"within the time of its request, in {_events(len(rows))}"
        return clock
    texts = list(matching([(value, names) for value, names, _ in rows]))
    if not texts:
        _note_constant(values, pointer, notes)
        return ""
    if not varies(values):
        also = f"; x-from: {texts[0]} would fit" if not isinstance(values[0], bool | None) else ""
        _note_constant(values, pointer, notes, also)
        return ""
    other = f", which was that of {', '.join(texts[1:3])}, too" if len(texts) > 1 else ""
    notes[f"{pointer}/x-from"] = f"the value of {texts[0]} in {_events(len(rows))}{other}"
    return texts[0]


def _note_constant(values: Sequence[Any], pointer: str, notes: dict[str, str], also: str = "") -> None:
    if len(values) > 1 and not varies(values) and isinstance(values[0], str | int | float):
        notes[f"{pointer}/type"] = f"unsure: always {json.dumps(values[0], ensure_ascii=False)}{also}"


def _events(count: int) -> str:
    return f"{count} event{'' if count == 1 else 's'}"


# When it is owed, and how it is delivered.


def owed(callback: SeenCallback, operation: Operation, found: Observations) -> tuple[Any, str]:
    """Return the `x-when` of a callback and why; MISSING where none says what was seen.

    Args:
        callback: What was seen.
        operation: Its operation.
        found: All that was seen.
    """
    asked = [each for each in found.seen[operation.id] if each.family == SUCCESS and each.exchange.succeeded]
    counts = {each.exchange.number: 0 for each in asked}
    for each in callback.events:
        counts[each.seen.exchange.number] += 1
    if all(count == 1 for count in counts.values()):
        return True, f"each of {len(asked)} successes sent one"
    if max(counts.values()) > 1:
        return MISSING, f"unsure: a success sent up to {max(counts.values())} of them"
    condition = _condition(asked, counts)
    sent = sum(counts.values())
    if condition is None:
        return MISSING, f"unsure: {sent} of {len(asked)} successes sent one"
    return {"body": condition}, f"{sent} of {len(asked)} successes sent one: those whose body is so"


def _condition(asked: Sequence[Seen], counts: Mapping[int, int]) -> dict[str, Any] | None:
    """Return the schema of a body that tells the requests that sent an event from those that sent none."""
    bodies = [(_json(each), bool(counts[each.exchange.number])) for each in asked]
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


def _json(seen: Seen) -> Any:
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
        contract: The contract.
        sources: By JSON pointer into the event: the `x-from` whose value it has.
        constants: By JSON pointer into the event: the text that is always there.
    """

    ingest: str
    operation: Operation
    contract: Contract
    sources: Mapping[str, str]
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
        return Described({}, {"": f"unsure: {len(early)} of {len(slow)} answers came before a slow acknowledgement"})
    terms["answer"] = "any" if early else "after"
    notes["/answer"] = (
        f"{len(slow)} of {len(slow)} answers came {'before' if early else 'after'} a slow acknowledgement"
    )
    again = [own for each, own in tried if each.family == FAILS_ONCE]
    repeated = [own for own in again if len(own) > 1]
    if again and len(repeated) == len(again):
        identity = _identity(again)
        named = f", identity: {identity}" if identity else ""
        notes["/answer"] += (
            f"; unsure: attempts: until-acknowledged{named} (after one failure it came again, {len(again)} of"
            f" {len(again)} times)"
        )
    elif again:
        came = f"{len(repeated)} of {len(again)}"
        notes["/answer"] += f"; unsure: attempts: once (after one failure it came again in {came})"
    return Described(terms, notes)


def ties_of(callback: SeenCallback, operation: Operation, contract: Contract) -> Ties:
    """Return what tells an event of one request from another's: values that differ, and are those of the request."""
    named = [named_values(each.seen.exchange, operation, contract) for each in callback.events]
    found: dict[str, str] = {}
    for pointer in _pointers(event_of(callback.events[0])):
        values = [resolve(event_of(each), pointer) for each in callback.events]
        rows = [(value, names) for value, names in zip(values, named, strict=True) if value is not MISSING]
        text = next(matching(rows), "") if rows and varies([value for value, _ in rows]) else ""
        if text:
            found[pointer] = text
    same_always = {
        pointer: value
        for pointer in _pointers(event_of(callback.events[0]))
        if isinstance(value := resolve(event_of(callback.events[0]), pointer), str)
        and not varies([resolve(event_of(each), pointer) for each in callback.events])
    }
    return Ties(callback.events[0].delivery.ingest, operation, contract, found, same_always)


def _pointers(value: Any, pointer: str = "") -> Iterator[str]:
    """Yield the pointer of each value in an object that is none itself."""
    if not isinstance(value, dict):
        yield pointer
        return
    for key, each in value.items():
        yield from _pointers(each, pointer + join(key))


def _own(seen: Seen, ties: Ties) -> list[Delivery]:
    """Return those events of a kind that are a request's own: one of an earlier request may have come late."""
    names = named_values(seen.exchange, ties.operation, ties.contract)
    return [
        delivery
        for delivery in seen.exchange.deliveries
        if delivery.ingest == ties.ingest
        and all(
            text not in names or same(resolve(delivery.event, pointer), names[text])
            for pointer, text in ties.sources.items()
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
    alike = all(isinstance(each, str) and same(each, some[0]) for some in values for each in some)
    return alike and len(set(firsts)) == len(firsts)
