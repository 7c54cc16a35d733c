"""Whose a delivery is: which exchange it names, by a path, a caller, a trace, a mark or a value of its own."""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING
from urllib.parse import unquote

from bothends.cases import MARK
from bothends.engine.tie import canonical, claims
from bothends.laws import UNKNOWN, value_in_request
from bothends.records import MISSING, find_tokens

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bothends.contract import Contract, Operation
    from bothends.engine.tie import Keys
    from bothends.records import Delivery, Request

_MOST_VALUES = 1 << 18
"""Values that are remembered: an event comes soon after its request."""


class Names:
    """Finds the exchange that a delivery names."""

    def __init__(self, contract: Contract, seed: int, keys: Keys, operations: Mapping[int, str]) -> None:
        """Take what tells events apart: what of requests comes back, and the operation of each known exchange."""
        self._contract = {operation.id: operation for operation in contract.operations}
        self._events = tuple({event.name: event for o in contract.operations for event in o.events}.values())
        self._seed = seed
        self._keys = keys
        self._operations = operations
        self._values: OrderedDict[tuple[str, str], int] = OrderedDict()

    def remember(self, number: int, request: Request, operation: Operation) -> None:
        """Take the values of a request that its events have again, where nothing else tells whose they are."""
        sources = {source.text: source for event in operation.events for source in event.walk.sources}
        for key in self._keys.of(operation.id).values():
            for text, way in () if key.mark or key.trace else key.values.items():
                value = value_in_request(sources[text], request, operation, like="")
                if value is not MISSING and value is not UNKNOWN:
                    self._values[text, canonical(way.of(value))] = number
        while len(self._values) > _MOST_VALUES:
            self._values.popitem(last=False)

    def numbers(self, delivery: Delivery) -> list[int]:
        """Return the numbers of the exchanges that a delivery names, the surest first; none: it names none."""
        own = [token.number for token in find_tokens(self._seed, unquote(delivery.target)) if token.kind == "c"]
        if own:
            return own[:1]
        subject = delivery.event if delivery.event is not None else delivery.payload
        users = [token.number for token in find_tokens(self._seed, subject) if token.kind == "u"]
        return users or list(self._keys.named(delivery, self._operations, self._contract)) or self._by_values(delivery)

    def calls(self, delivery: Delivery) -> list[int]:
        """Return the numbers of the upstream calls whose answers a delivery has."""
        return [token.number for token in find_tokens(self._seed, delivery.event) if token.kind == "s"]

    def is_of_the_run(self, delivery: Delivery) -> bool:
        """Return whether a delivery has anything of the run in it, or in where it went."""
        subject = delivery.event if delivery.event is not None else delivery.payload
        tokens = find_tokens(self._seed, [subject, unquote(delivery.target)])
        return any(token.kind != MARK or self._keys.marks for token in tokens)

    def _by_values(self, delivery: Delivery) -> list[int]:
        if not self._values:
            return []
        found = (claim for event in self._events for claim in claims(event, delivery))
        numbers = (self._values.get((claim.source.text, canonical(claim.value))) for claim in found)
        return list(dict.fromkeys(number for number in numbers if number is not None))
