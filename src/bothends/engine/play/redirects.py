"""Which exchange a call is of that followed the redirect of an ingest: that of the event, whenever the call comes."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from bothends.engine.tie import Attributed
    from bothends.records import Exchange, UpstreamCall

_MOST = 1024
"""Events and calls that are remembered."""


class FollowedRedirects:
    """Gives calls that followed a redirect to the exchanges whose events were redirected."""

    def __init__(self) -> None:
        """Begin with none."""
        self._of: OrderedDict[int, Exchange] = OrderedDict()  # by the number of the request that was redirected
        self._calls: OrderedDict[int, UpstreamCall] = OrderedDict()

    def given(self, attributed: Attributed, calls: Sequence[UpstreamCall]) -> Attributed:
        """Return what was tied with the calls; an exchange of an earlier batch that gets one has come late.

        Args:
            attributed: What was tied.
            calls: Those that followed a redirect.
        """
        self._calls.update((call.post, call) for call in calls)
        if not self._calls:
            self._remember((*attributed.exchanges, *attributed.late))
            return attributed
        tied = replace(
            attributed,
            exchanges=tuple(map(self._with_calls, attributed.exchanges)),
            late=tuple(map(self._with_calls, attributed.late)),
        )
        here = {exchange.number for exchange in (*tied.exchanges, *tied.late)}
        before = {
            owner.number: owner
            for call in calls
            if (owner := self._of.get(call.post)) is not None and owner.number not in here
        }
        late = tuple(map(self._with_calls, before.values()))
        self._remember((*tied.exchanges, *tied.late, *late))
        return replace(tied, late=(*tied.late, *late))

    def _with_calls(self, exchange: Exchange) -> Exchange:
        known = {call.number for call in exchange.calls}
        own = [self._calls[post] for post in _redirected(exchange) if post in self._calls]
        new = tuple(call for call in own if call.number not in known)
        return replace(exchange, calls=(*exchange.calls, *new)) if new else exchange

    def _remember(self, exchanges: Sequence[Exchange]) -> None:
        self._of.update((post, exchange) for exchange in exchanges for post in _redirected(exchange))
        for known in (self._of, self._calls):
            while len(known) > _MOST:
                known.popitem(last=False)


def _redirected(exchange: Exchange) -> Iterator[int]:
    """Yield the requests to an ingest of which an exchange's events came while it had a fault."""
    yield from dict.fromkeys(delivery.post for delivery in exchange.deliveries if delivery.fault is not None)
