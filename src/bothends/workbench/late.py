"""What comes behind the answers of exchanges that were made by hand."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import replace
from typing import TYPE_CHECKING

from bothends.contract.terms import DeliveryTerms, Tries
from bothends.laws import owed

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from bothends.contract import EventContract
    from bothends.engine.tie import Attributed
    from bothends.laws import LawContext
    from bothends.records import Delivery, Exchange

_MOST = 1024
"""Exchanges of late that are remembered."""
_MOST_BYTES = 1 << 16
"""Bytes of the body of an answer that are remembered: what came late is put beside the exchange that its maker has."""


def stored(exchange: Exchange) -> tuple[Delivery, ...]:
    """Return the events that a consumer receives because of an exchange, each once."""
    return tuple(one for one in exchange.deliveries if one.stored and not one.repeated and one.consumed is not None)


class Late:
    """The exchanges of late, with what has come for them since, and what of that is to be judged."""

    def __init__(self) -> None:
        """Begin with none."""
        self._exchanges: OrderedDict[int, Exchange] = OrderedDict()
        self._may_lack: set[int] = set()  # numbers of those that may lack something
        self._unjudged: list[Attributed] = []

    def made(self, exchange: Exchange) -> Exchange:
        """Take note of an exchange that was made."""
        known = self.latest(exchange)
        self._exchanges[exchange.number] = known.cut(_MOST_BYTES)
        self._may_lack.add(exchange.number)
        while len(self._exchanges) > _MOST:
            self._may_lack.discard(self._exchanges.popitem(last=False)[0])
        return known

    def take(self, late: Iterable[Attributed]) -> None:
        """Take what came late."""
        for attributed in late:
            if attributed.late or attributed.phantoms:
                self._unjudged.append(attributed)
            for exchange in attributed.late:
                known = self._exchanges.get(exchange.number)
                if known is not None:
                    self._exchanges[exchange.number] = _joined(known, exchange)
                    self._may_lack.add(exchange.number)

    def taken(self) -> list[Attributed]:
        """Return what came late since the last time."""
        unjudged, self._unjudged = self._unjudged, []
        return unjudged

    def latest(self, exchange: Exchange) -> Exchange:
        """Return an exchange with what has come for it."""
        known = self._exchanges.get(exchange.number)
        return exchange if known is None else _joined(exchange, known)

    def awaited(self, contexts: Mapping[str, LawContext], now: float | None = None) -> bool:
        """Return whether something may still come: an event that is owed, or another attempt at one.

        Args:
            contexts: The operations of the contract, by their ids.
            now: The time by the clock, seconds: then what has had its time is not awaited, nor an attempt that nothing
                promises; None: all is awaited that has not come.
        """
        found = False
        for number in tuple(self._may_lack):
            exchange = self._exchanges.get(number)
            context = None if exchange is None else contexts.get(exchange.case.operation)
            lacks = () if exchange is None or context is None else tuple(_awaited(exchange, context))
            if not lacks:
                self._may_lack.discard(number)
            found = found or any(now is None or (promised and now < until) for until, promised in lacks)
        return found


def _joined(exchange: Exchange, late: Exchange) -> Exchange:
    """Return an exchange with what came late: what is remembered of an earlier one is less than is known of it."""
    if len(late.deliveries) <= len(exchange.deliveries):
        return exchange
    return replace(exchange, deliveries=late.deliveries, calls=late.calls or exchange.calls, guessed=late.guessed)


def _awaited(exchange: Exchange, context: LawContext) -> Iterator[tuple[float, bool]]:
    """Yield until when each thing may come that an exchange lacks, by the clock, and whether it is promised to come."""
    if not (exchange.case.expect.refused and exchange.succeeded):
        for event in owed.owed(exchange, context):
            if owed.missing(event, exchange, context):
                # An attempt that could not reach its ingest was not seen.
                promised = event.delivery.retries or not owed.unwell(event, exchange, context.operation)
                yield _until(exchange.ended, exchange.ended, event, context), promised
    taken = {one.identity for one in exchange.deliveries if one.acknowledged}
    for of, one in owed.each(exchange, context):
        if one.identity not in taken:
            yield _until(one.received, one.settled, of, context), of is not None and of.delivery.retries


def _until(first: float, failed: float, event: EventContract | None, context: LawContext) -> float:
    """Return until when another attempt at an event may come, after the first and the last: by the clock, seconds."""
    terms = DeliveryTerms() if event is None else event.delivery
    if isinstance(terms.attempts, Tries):
        return first + terms.attempts.within_ms / 1000
    return failed + (context.time_limit if terms.retry_within_ms is None else terms.retry_within_ms / 1000)
