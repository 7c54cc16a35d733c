"""What lies can be told of: one recorded exchange, with what its contract says of it and what others had instead."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

from bothends.contract.messages import best_match, is_json
from bothends.records import MISSING, join, resolve, with_value
from bothends.schemas import Descriptions
from bothends.score.ingests import Ingests
from bothends.score.lie import Lie, Place, Side
from bothends.score.recorded import differs

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from bothends.contract import Contract, DeclaredAnswer, EventContract, Operation
    from bothends.laws import LawContext
    from bothends.records import Answer, Delivery, Exchange
    from bothends.schemas import Described, Schema
    from bothends.score.recorded import Recorded, Recording


class Shared:
    """What is the same for all exchanges of a recording: it is made once.

    Attributes:
        recording: The exchanges.
        ingests: What reads events again.
    """

    def __init__(self, recording: Recording) -> None:
        """Take the exchanges."""
        self.recording = recording
        self.ingests = Ingests(recording.contract, recording.identities)
        self._descriptions: dict[int, tuple[Schema, Descriptions]] = {}

    def places(self, schema: Schema, value: Any) -> list[Described]:
        """Return each place of a value, with what a schema says of it."""
        known = self._descriptions.get(id(schema))
        if known is None:
            known = self._descriptions[id(schema)] = schema, Descriptions(schema)
        return list(known[1].places(value))


@dataclass(frozen=True, slots=True)
class Member:
    """A place of a body that lies can be told in, be it of an answer or of an event.

    Attributes:
        place: Where in the contract it is.
        schema: What describes the body.
        described: The place in the value, and what is said of it.
        told: Returns the exchange that has another body; None: nobody knows what would come of it.
        body: The body.
        others: Returns the bodies of other exchanges, each with its exchange: those of the same sort first.
        span: From when to when its exchange lasted, by the system's clock, seconds.
    """

    place: Place
    schema: Schema
    described: Described
    told: Callable[[Any], Exchange | None]
    body: Any
    others: Callable[[], Iterator[tuple[Any, Exchange]]]
    span: tuple[float, float]

    def becomes(self, value: Any) -> Exchange | None:
        """Return the exchange that has another value there."""
        return self.told(with_value(self.body, self.described.keys, value))

    def other_values(self) -> Iterator[tuple[Any, Exchange]]:
        """Yield what other exchanges had there and this one has not, each with its exchange."""
        pointer = join(*self.described.keys)
        for body, exchange in self.others():
            value = resolve(body, pointer)
            if differs(value, self.described.value):
                yield value, exchange


class Ground:
    """One recorded exchange, and what lies can be made of.

    Attributes:
        recorded: The exchange as it was judged.
    """

    def __init__(self, recorded: Recorded, shared: Shared) -> None:
        """Take the exchange, and what it shares with the others."""
        self.recorded = recorded
        self._shared = shared

    @property
    def exchange(self) -> Exchange:
        """The exchange."""
        return self.recorded.exchange

    @property
    def context(self) -> LawContext:
        """What it is judged by."""
        return self.recorded.context

    @property
    def operation(self) -> Operation:
        """What was asked."""
        return self.recorded.context.operation

    @property
    def contract(self) -> Contract:
        """The contract."""
        return self._shared.recording.contract

    @property
    def span(self) -> tuple[float, float]:
        """From when to when it lasted, by the system's clock, seconds."""
        exchange = self.exchange
        last = max((exchange.ended, *(delivery.received for delivery in exchange.deliveries)))
        return self.context.wall(exchange.began), self.context.wall(last)

    # Its answer.

    @property
    def answer(self) -> Answer:
        """Its answer."""
        return self.recorded.answer

    @property
    def declared(self) -> DeclaredAnswer | None:
        """What the contract says of its answer; None: it declares none of that status."""
        return self.operation.answer_for(self.answer.status)

    def place(self, side: Side, subject: str, member: str = "") -> Place:
        """Return a place in the contract."""
        return Place(self.operation.id, side, subject, member)

    @property
    def at_answer(self) -> Place:
        """The answer, as a place."""
        declared = self.declared
        return self.place(Side.ANSWER, str(self.answer.status) if declared is None else declared.status)

    def answered(self, **changes: Any) -> Exchange:
        """Return the exchange with another answer."""
        return replace(self.exchange, answer=replace(self.answer, **changes))

    def with_body(self, body: Any) -> Exchange:
        """Return the exchange with another JSON body of its answer."""
        content = json.dumps(body, ensure_ascii=False).encode("utf-8", "surrogatepass")
        length = str(len(content))
        headers = tuple((name, length if name == "content-length" else value) for name, value in self.answer.headers)
        return self.answered(body=content, size=len(content), headers=headers)

    @cached_property
    def schema(self) -> Schema | None:
        """What describes the body of its answer; None: nothing does."""
        declared, media_type = self.declared, self.answer.media_type
        if declared is None or media_type is None or not is_json(media_type):
            return None
        key = best_match(media_type, declared.content)
        return None if key is None else declared.content[key]

    # What members there are, of the answer and of its events.

    @cached_property
    def answer_members(self) -> list[Member]:
        """The places of the body of its answer."""
        body, schema = self.recorded.body, self.schema
        if body is MISSING or schema is None:
            return []
        others, span, at = self._other_answers, self.span, self.at_answer
        return [
            Member(replace(at, member=one.pointer), schema, one, self.with_body, body, others, span)
            for one in self._shared.places(schema, body)
        ]

    @cached_property
    def event_members(self) -> list[Member]:
        """The places of its events, of each that was delivered and acknowledged."""
        found: list[Member] = []
        for event, delivery in self.events:
            if delivery.event is None or not event.described:
                continue
            told, others = self._resending(delivery), self._other_events(event)
            for one in self._shared.places(event.body, delivery.event):
                place = self.place(Side.EVENT, event.name, one.pointer)
                found.append(Member(place, event.body, one, told, delivery.event, others, self.span))
        return found

    @cached_property
    def events(self) -> list[tuple[EventContract, Delivery]]:
        """Each callback of which an event was stored and acknowledged, with the first one."""
        found: dict[str, tuple[EventContract, Delivery]] = {}
        for delivery in self.exchange.declared:
            event = self.recorded.event_of(delivery)
            if event is not None and delivery.stored and delivery.acknowledged:
                found.setdefault(event.name, (event, delivery))
        return list(found.values())

    def resent(self, delivery: Delivery, change: Callable[[Any], Any], target: str = "") -> Exchange | None:
        """Return the exchange whose event was another one; None: nobody knows what would have come of it."""
        return self._shared.ingests.resent(self.exchange, delivery, self.context, change, target)

    def _resending(self, delivery: Delivery) -> Callable[[Any], Exchange | None]:
        return lambda event: self.resent(delivery, lambda _: event)

    def others(self, *, alike: bool = True) -> Iterator[Recorded]:
        """Yield other exchanges of the operation; with another answer only if not `alike`."""
        return self._shared.recording.others(self.recorded, alike=alike)

    def _other_answers(self) -> Iterator[tuple[Any, Exchange]]:
        return ((each.body, each.exchange) for each in self.others(alike=False))

    def _other_events(self, event: EventContract) -> Callable[[], Iterator[tuple[Any, Exchange]]]:
        def found() -> Iterator[tuple[Any, Exchange]]:
            for each in self.others(alike=False):
                for delivery in each.exchange.declared:
                    if each.event_of(delivery) is event and delivery.event is not None:
                        yield delivery.event, each.exchange

        return found

    def lie(self, place: Place, exchange: Exchange | None, change: str, **more: Any) -> Iterator[Lie]:
        """Yield a lie, unless nobody knows what would have come of it."""
        if exchange is not None:
            yield Lie(place, exchange, change, **more)

    def headers_without(self, name: str) -> tuple[tuple[str, str], ...]:
        """Return the headers of the answer without those of a name."""
        return tuple(pair for pair in self.answer.headers if pair[0] != name)

    @property
    def callers(self) -> Mapping[str, Any] | None:
        """Who the caller is; None: nobody is signed in, or it is not known."""
        return self.exchange.session
