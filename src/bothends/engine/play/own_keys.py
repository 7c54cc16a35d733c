"""Keys for events that name no caller: requests get values of their own, and the first ones show which come back.

Only for operations with an event that nothing else ties to its request. Their requests run one at a time until it is
known that each event has a key of its request; from then on, as many run at once as have different keys.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bothends.cases import UniqueValues, plain_cases
from bothends.engine.tie import OF_REQUESTS, EventKeys, Keys, learned, parts_of_key, told_at_once, untied, with_trace

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

    from bothends.contract import Contract, Operation
    from bothends.contract.messages import RequestPlace
    from bothends.records import Case, Exchange, Request

_NONE = EventKeys()
PROBES = 3
"""Requests that show which keys come back: one could be like another by chance."""


class OwnKeys:
    """The keys of one run."""

    def __init__(self, contract: Contract, seed: int) -> None:
        """Find the operations that need keys, and the values of their requests that may be some.

        Args:
            contract: The contract.
            seed: The run's.
        """
        self._contract = contract
        self._seed = seed
        self._untied = untied(contract)
        self._operations = {operation.id: operation for operation in contract.operations}
        # The caller or the address of these tells nothing: requests with equal values would have equal events.
        alike = (one for one in contract.operations if one.events and not told_at_once(contract, one))
        self._values = {one.id: self._values_of(one) for one in alike}
        self.keys = Keys(seed)

    @property
    def singly(self) -> Mapping[str, tuple[str, ...]]:
        """The operations whose requests run one at a time, each with the callbacks that are the reason."""
        missing = {
            name: tuple(event for event in events if not self._of(name).get(event, _NONE).any)
            for name, events in self._untied.items()
        }
        return {name: events for name, events in missing.items() if events}

    def applied(self, request: Request, operation: str, number: int, second: int | None = None) -> Request:
        """Return the request of an exchange with values of its own; of an operation that needs none, as it is.

        Its addresses are not filled in yet. In raw bytes, the request of a second exchange may follow.
        """
        if operation not in self._values:
            return request
        request = self._values[operation].applied(request, number, second)
        traced = operation in self._untied and request.raw is None
        return with_trace(request, self._seed, number) if traced else request

    def places(self, operation: str) -> tuple[RequestPlace, ...]:
        """Return where requests of an operation may get values of their own."""
        return self._values[operation].places if operation in self._values else ()

    def leave(self, operation: str, places: Iterable[RequestPlace]) -> None:
        """Leave the usual value in some places of an operation's requests, and in no others, from now on."""
        self._values[operation].leave(places)

    def probes(self, operations: Collection[str]) -> Iterator[Case]:
        """Yield the cases that show which keys come back, each to be sent alone, and to succeed.

        Args:
            operations: The ids of those operations that are to be asked.
        """
        first: dict[str, Case] = {}
        for case in plain_cases(self._contract, "success") if self._untied else ():
            if case.operation in self._untied and case.operation in operations:
                first.setdefault(case.operation, case)
        for case in first.values():
            yield from [case] * PROBES

    def learn(self, exchanges: Iterable[Exchange]) -> None:
        """Take exchanges of which each was the only one under way."""
        by_operation: dict[str, list[Exchange]] = {}
        for exchange in exchanges:
            by_operation.setdefault(exchange.case.operation, []).append(exchange)
        for name, events in self._untied.items():
            operation = self._operations[name]
            probes = by_operation.get(name, [])
            found = {each.name: learned(operation, each, probes, self._seed) for each in operation.events}
            self.keys.set(name, {event: found[event] for event in events})

    def first_and_rest(
        self, cases: Sequence[tuple[int, Case]], requests: Mapping[int, Request], first: int
    ) -> tuple[list[tuple[int, Case]], list[tuple[int, Case]]]:
        """Return the cases that may run at once, and those that must run alone: without a key, or with another's.

        Args:
            cases: Each with its place in its batch.
            requests: What is sent of each case that needs a key, by its place.
            first: The number of the batch's first exchange.
        """
        at_once: list[tuple[int, Case]] = []
        alone: list[tuple[int, Case]] = []
        taken: set[tuple[str, str, str]] = set()
        for index, case in cases:
            if index not in requests:
                at_once.append((index, case))
                continue
            operation = self._operations[case.operation]
            parts = parts_of_key(self._of(operation.id), requests[index], operation, first + index, self._seed)
            own = None if parts is None else {(operation.id, *part) for part in parts.items()}
            if own is None or own & taken:
                alone.append((index, case))
            else:
                taken |= own
                at_once.append((index, case))
        return at_once, alone

    def needs(self, operation: str) -> bool:
        """Return whether the events of an operation are told by keys."""
        return operation in self._untied

    def notes(self) -> tuple[str, ...]:
        """Return, for a person, why requests run one at a time, and which keys come back altered."""
        slower = (
            f"requests to {name} run one at a time, which is slower: no value in {', '.join(events)} identifies the"
            f" request (add an x-from of {self._identifying(name)}, or a URL that the request names)"
            for name, events in self.singly.items()
        )
        altered = (
            f"{event} of {name} has {text} {way}: events are compared with that"
            for name in self._untied
            for event, keys in self._of(name).items()
            for text, way in keys.values.items()
            if str(way)
        )
        return (*slower, *altered)

    def _identifying(self, operation: str) -> str:
        # Callers who take turns identify no request: to add them is of no use.
        minted = self._operations[operation].security.mints_identities
        return f"{'session.user, ' if minted else ''}answer.body#/… or a text of request.body#/…"

    def _of(self, operation: str) -> Mapping[str, EventKeys]:
        return self.keys.of(operation)

    def _values_of(self, operation: Operation) -> UniqueValues:
        names = self._untied.get(operation.id) or tuple(event.name for event in operation.events)
        sources = {
            source.text: source
            for event in operation.events
            if event.name in names
            for source in event.walk.sources
            if source.kind in OF_REQUESTS
        }
        return UniqueValues(operation, sources.values(), self._seed)
