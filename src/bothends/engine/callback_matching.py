"""Finds of which callback a delivery is, once it is known of which exchange.

1. Those whose method and address fit. 2. One left: that one, whatever its body. 3. Of several, those whose constants
agree. 4. Of several left, those whose schema it meets. 5. Still several, or none: as many callbacks as possible get one
event each; where it is met by none, the one whose schema it is nearest to. Where several ways are equally good, nothing
is said: the contract has no constant that tells them apart.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import unquote, urlsplit

from bothends.contract.constants import has_constants
from bothends.contract.runtime_expressions import Moment

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from bothends.contract import EventContract, Operation
    from bothends.records import Delivery, Exchange, Request


_OWN_PATH = re.compile(r"\d+-cx[0-9a-f]+x[0-9a-f]{8}-x*")


class Address(NamedTuple):
    """Where an ingest is.

    Attributes:
        base_url: Its base URL.
        event_key: The key that it knows; empty: it knows none.
    """

    base_url: str
    event_key: str


class CallbackMatcher:
    """Names the callbacks of deliveries."""

    def __init__(self, operations: Iterable[Operation], addresses: Mapping[str, Address]) -> None:
        """Take the contract's operations, and where each ingest is."""
        self._operations = {operation.id: operation for operation in operations}
        self._addresses = addresses

    def named(self, exchange: Exchange, deliveries: Sequence[Delivery]) -> tuple[Delivery, ...]:
        """Return the deliveries of an exchange with their callbacks, and whether their addresses are right.

        Args:
            exchange: The exchange.
            deliveries: All that belong to it.
        """
        operation = self._operations.get(exchange.case.operation)
        if operation is None or not operation.events or not deliveries:
            return tuple(deliveries)
        moment = Moment(operation.path, exchange.sent, exchange.answer)
        choices: dict[str, tuple[list[EventContract], bool]] = {}
        for delivery in deliveries:
            # Attempts of one event go to one callback.
            if delivery.identity not in choices:
                choices[delivery.identity] = self._choice(operation, delivery, moment)
        chosen = _assigned({identity: found for identity, (found, _) in choices.items()})
        return tuple(
            replace(one, callback=chosen[one.identity], right_address=choices[one.identity][1]) for one in deliveries
        )

    def _choice(self, operation: Operation, delivery: Delivery, moment: Moment) -> tuple[list[EventContract], bool]:
        """Return the callbacks that a delivery may be of, and whether its address is one of theirs."""
        fitting = [event for event in operation.events if self._fits(event, delivery, moment)]
        right = bool(fitting)
        candidates = fitting or list(operation.events)
        for narrower in (
            lambda event: has_constants(event.body, delivery.payload),
            lambda event: event.body.is_valid(delivery.payload),
        ):
            if len(candidates) > 1:
                candidates = [event for event in candidates if narrower(event)] or candidates
        if len(candidates) > 1 and not any(event.body.is_valid(delivery.payload) for event in candidates):
            wrong = [len(event.body.errors(delivery.payload)) for event in candidates]
            candidates = [event for event, count in zip(candidates, wrong, strict=True) if count == min(wrong)]
        return candidates, right

    def _fits(self, event: EventContract, delivery: Delivery, moment: Moment) -> bool:
        if event.method != delivery.method or event.ingest != delivery.ingest:
            return False
        address = self._addresses.get(event.ingest)
        if address is None or not event.url.expressions:
            # The kind knows how its own address may be spelt.
            return delivery.right_address and (address is None or self._is_at(event, delivery, address))
        url = event.url.url(moment, address.base_url, address.event_key)
        if url is None:
            # A body that can't be read here (too deep, say) may be read by the target.
            return event.url.whole is not None and _names(moment.request, delivery)
        wanted, own = urlsplit(url), urlsplit(address.base_url)
        if wanted.netloc.lower() != own.netloc.lower():
            return False
        return _same_target(wanted.path, wanted.query, delivery)

    @staticmethod
    def _is_at(event: EventContract, delivery: Delivery, address: Address) -> bool:
        if delivery.identified:
            return True
        wanted = urlsplit(event.url.fill(address.base_url, address.event_key))
        return _same_target(wanted.path, wanted.query, delivery)


def _same_target(path: str, query: str, delivery: Delivery) -> bool:
    """Return whether a delivery came to a path and query, however these are percent-encoded.

    A query is the sender's to add to a URL that has none.
    """
    return unquote(path or "/") == unquote(delivery.path) and (not query or unquote(query) == unquote(delivery.query))


def _names(request: Request, delivery: Delivery) -> bool:
    """Return whether the path that was made for an exchange stands in its request."""
    segments = [segment for segment in delivery.path.split("/") if _OWN_PATH.fullmatch(segment)]
    texts = (request.raw or b"", request.body or b"", request.target.encode("utf-8", "surrogatepass"))
    return any(segment.encode() in text for segment in segments for text in texts)


def _assigned(choices: Mapping[str, list[EventContract]]) -> dict[str, str]:
    """Return the name of the callback of each event; empty where several are equally good."""
    chosen = {identity: found[0].name for identity, found in choices.items() if len(found) == 1}
    taken = set(chosen.values())
    open_ = {identity: [e.name for e in found] for identity, found in choices.items() if len(found) > 1}
    while open_:
        identity, names = min(open_.items(), key=lambda item: len(set(item[1]) - taken))
        alike = [other for other, same in open_.items() if same == names]
        free = [name for name in names if name not in taken]
        if free and len(free) <= len(alike):
            # As many events as callbacks that lack one: which is which makes no difference.
            chosen[identity] = free[0]
            taken.add(free[0])
        else:
            chosen[identity] = ""
        del open_[identity]
    return chosen
