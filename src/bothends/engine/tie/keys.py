"""What of a request comes back in its event: a value, a mark in a text, the trace. By these keys, events are tied.

Nothing of it is taken on trust. Requests made one at a time show which keys come back, and how: unchanged, or altered
in a way that leaves them apart. A key that comes back otherwise ties nothing. The trace of another request in an event
is evidence; that there is none proves nothing, as a target may restart a trace (Trace Context, section 3.4).
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field, replace
from hashlib import blake2s
from typing import TYPE_CHECKING, Any

from bothends.cases import MARK
from bothends.laws import ANSWERED, OWN, UNKNOWN, value_in_request
from bothends.records import MISSING, find_tokens, json_equal
from bothends.schemas import has_constants, has_own_constants

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from bothends.contract import EventContract, Operation
    from bothends.contract.terms import Provenance
    from bothends.records import Delivery, Exchange, Request

TRACEPARENT = "traceparent"
OF_REQUESTS = OWN - ANSWERED
"""The kinds of source that a request holds."""

LEAST_SEEN = 2
"""Requests in whose events a key must have come back."""

_LEAST_CUT = 4
_TRACE = re.compile(r"[0-9a-f]{2}-([0-9a-f]{24})([0-9a-f]{8})-[0-9a-f]{16}-[0-9a-f]{2}")


def traceparent(seed: int, number: int) -> str:
    """Return the `traceparent` of an exchange's request (Trace Context, section 3.2)."""
    return f"00-{_trace_digest(seed, number)}{number:08x}-{_trace_digest(seed, number)[:16]}-01"


def with_trace(request: Request, seed: int, number: int) -> Request:
    """Return the request of an exchange with a trace of its own, unless it has one, or is raw bytes."""
    if request.raw is not None or request.header(TRACEPARENT) is not None:
        return request
    return replace(request, headers=(*request.headers, (TRACEPARENT, traceparent(seed, number))))


def _trace_digest(seed: int, number: int) -> str:
    return blake2s(f"{seed}/trace/{number}".encode(), digest_size=12).hexdigest()


def traced(seed: int, headers: Iterable[tuple[str, str]]) -> int | None:
    """Return the number of the exchange whose trace a delivery or a request belongs to; None: of none that is known."""
    for name, value in headers:
        # A higher version is read by its first 55 characters (section 4.3).
        match = _TRACE.match(value.strip()) if name.lower() == TRACEPARENT else None
        if match is not None and match[1] == _trace_digest(seed, int(match[2], 16)):
            return int(match[2], 16)
    return None


def marked(seed: int, delivery: Delivery) -> frozenset[int]:
    """Return the numbers of the exchanges whose marks an event has."""
    subject = delivery.event if delivery.event is not None else delivery.payload
    return frozenset(token.number for token in find_tokens(seed, subject) if token.kind == MARK)


@dataclass(frozen=True, slots=True)
class Alteration:
    """How a text comes back.

    Attributes:
        trimmed: Whether white space around it is gone.
        lower: Whether it is in lower case.
        length: To how many characters it is cut; None: it is not.
    """

    trimmed: bool = False
    lower: bool = False
    length: int | None = None

    def of(self, value: Any) -> Any:
        """Return a value as it comes back."""
        if not isinstance(value, str):
            return value
        value = value.strip() if self.trimmed else value
        value = value.lower() if self.lower else value
        return value if self.length is None else value[: self.length]

    def __str__(self) -> str:
        """Return it in words; empty where nothing is altered."""
        cut = "" if self.length is None else f"cut to {self.length} characters"
        words = ["trimmed" if self.trimmed else "", "in lower case" if self.lower else "", cut]
        return ", ".join(filter(None, words))


def alteration(sent: Any, got: Any) -> Alteration | None:
    """Return how a value came back; None: not at all, or so altered that it can't be told."""
    if json_equal(sent, got):
        return Alteration()
    if not isinstance(sent, str) or not isinstance(got, str):
        return None
    ways = [Alteration(trimmed, lower) for lower in (False, True) for trimmed in (False, True)]
    whole = next((way for way in ways if way.of(sent) == got), None)
    if whole is not None or len(got) < _LEAST_CUT:
        return whole
    cut = (Alteration(way.trimmed, way.lower, len(got)) for way in ways)
    return next((way for way in cut if way.of(sent) == got and len(sent) > len(got)), None)


@dataclass(frozen=True, slots=True)
class EventKeys:
    """How the events of one callback repeat their requests.

    Attributes:
        values: By the text of an `x-from`, how its value comes back.
        mark: Whether marks come back, each event having its own request's and no other's.
        trace: Whether the trace comes back.
    """

    values: Mapping[str, Alteration] = field(default_factory=dict)
    mark: bool = False
    trace: bool = False

    @property
    def any(self) -> bool:
        """Whether there is a key at all."""
        return bool(self.values) or self.mark or self.trace


def learned(operation: Operation, event: EventContract, probes: Sequence[Exchange], seed: int) -> EventKeys:
    """Return what requests that were made one at a time show of the events of a callback.

    Args:
        operation: The operation.
        event: The callback.
        probes: The exchanges, with the events that came while each was the only one.
        seed: The run's.
    """
    only = len(operation.events) == 1
    pairs = [
        (exchange, delivery)
        for exchange in probes
        for delivery in exchange.declared
        if delivery.callback == event.name or (only and not delivery.callback)
    ]
    if len({exchange.number for exchange, _ in pairs}) < LEAST_SEEN:
        return EventKeys()
    found: dict[str, set[Alteration | None]] = {}
    seen: dict[str, dict[int, str]] = {}
    for exchange, delivery in pairs:
        for claim in claims(event, delivery):
            if claim.source.kind in OF_REQUESTS:
                sent = value_in_request(claim.source, exchange.sent, operation, like=claim.value)
                way = None if sent is MISSING or sent is UNKNOWN else alteration(sent, claim.value)
                found.setdefault(claim.source.text, set()).add(way)
                seen.setdefault(claim.source.text, {})[exchange.number] = canonical(claim.value)
    values = {
        text: next(iter(ways))
        for text, ways in found.items()
        if len(ways) == 1 and len(seen[text]) >= LEAST_SEEN and len(set(seen[text].values())) == len(seen[text])
    }
    return EventKeys(
        values={text: way for text, way in values.items() if way is not None},
        mark=all(marked(seed, delivery) == {exchange.number} for exchange, delivery in pairs),
        trace=all(traced(seed, delivery.headers) == exchange.number for exchange, delivery in pairs),
    )


def claims(event: EventContract, delivery: Delivery) -> list[Provenance]:
    """Return the values of an event that must come from somewhere."""
    return event.provenance(delivery.event)


def canonical(value: Any) -> str:
    """Return a text that is the same for values that are equal as JSON."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return json.dumps(value, sort_keys=True, ensure_ascii=True)


def _is_of_another(operation: Operation, every: Iterable[Operation], delivery: Delivery) -> bool:
    """Return whether an event has the constants of another operation's callback, and of none of an operation's own."""
    if any(has_constants(event.body, delivery.content) for event in operation.events):
        return False
    others = (event for other in every if other is not operation for event in other.events)
    return any(has_own_constants(event.body, delivery.content) for event in others)


class Keys:
    """The keys of all operations, as far as they are known; begins with none."""

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._by_operation: dict[str, dict[str, EventKeys]] = {}

    def set(self, operation: str, events: Mapping[str, EventKeys]) -> None:
        """Take what is known of the events of an operation, by the names of their callbacks."""
        self._by_operation[operation] = dict(events)

    def of(self, operation: str) -> Mapping[str, EventKeys]:
        """Return what is known of the events of an operation."""
        return self._by_operation.get(operation, {})

    def altered(self, operation: str, text: str, value: Any) -> Any:
        """Return a value of a request, which an `x-from` names by its text, as an event has it."""
        for event in self.of(operation).values():
            if text in event.values:
                return event.values[text].of(value)
        return value

    def named(
        self, delivery: Delivery, operations: Mapping[int, str], contract: Mapping[str, Operation]
    ) -> tuple[int, ...]:
        """Return the exchanges that a delivery names by its trace and its marks, the surest first.

        What a request is about may have a text of the request that has made it, whose mark is in the event of the
        later one then: where operations have constants of their own in their events, these say whose it is.

        Args:
            delivery: The delivery.
            operations: The operation of each exchange that is known, by its number.
            contract: The operations by their ids.
        """
        if not self._by_operation:
            return ()
        found: list[int] = []
        trace = traced(self._seed, delivery.headers)
        if trace is not None and any(each.trace for each in self._of(trace, operations)):
            found.append(trace)
        marks = sorted(marked(self._seed, delivery), reverse=True)
        found += [
            number
            for number in marks
            if any(each.mark for each in self._of(number, operations))
            and not _is_of_another(contract[operations[number]], contract.values(), delivery)
        ]
        return tuple(dict.fromkeys(found))

    def has_mark(self, exchange: Exchange) -> bool:
        """Return whether the request of an exchange has a mark of its own."""
        text = (exchange.sent.body or b"").decode("utf-8", "replace")
        tokens = find_tokens(self._seed, [text, exchange.sent.target])
        return any(token.kind == MARK and token.number == exchange.number for token in tokens)

    def _of(self, number: int, operations: Mapping[int, str]) -> Collection[EventKeys]:
        return self.of(operations.get(number, "")).values()

    @property
    def any(self) -> bool:
        """Whether anything is known."""
        return any(each.any for events in self._by_operation.values() for each in events.values())

    @property
    def marks(self) -> bool:
        """Whether the marks of any operation come back."""
        return any(each.mark for events in self._by_operation.values() for each in events.values())


def parts_of_key(
    keys: Mapping[str, EventKeys], request: Request, operation: Operation, number: int, seed: int
) -> dict[str, str] | None:
    """Return what of a request its events are told by, by callback; None where one could not be told.

    Args:
        keys: What is known of those events that nothing else ties.
        request: The request as it is sent.
        operation: What it is a request of.
        number: The exchange's number.
        seed: The run's.
    """
    found: dict[str, str] = {}
    sources = {source.text: source for event in operation.events for source in event.walk.sources}
    for name, key in keys.items():
        if key.trace and traced(seed, request.headers) == number:
            found[name] = f"trace {number}"
            continue
        text = (request.body or b"").decode("utf-8", "replace")
        own = {token.number for token in find_tokens(seed, [text, request.target]) if token.kind == MARK}
        if key.mark and own == {number}:
            found[name] = f"mark {number}"
            continue
        values = [
            canonical(way.of(value))
            for each, way in key.values.items()
            if (value := value_in_request(sources[each], request, operation, like="")) is not MISSING
            and value is not UNKNOWN
            and value not in (None, "", True, False)
        ]
        if not values:
            return None
        found[name] = " ".join(values)
    return found
