"""Upstream calls of late: which exchange each is of, and which event carries its answer."""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING

from bothends.records import find_tokens

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from bothends.records import Delivery, Exchange, UpstreamCall

REMEMBERED_CALLS = 2048
"""Upstream calls that are remembered."""


class Calls:
    """Remembers upstream calls of late.

    Attributes:
        of_late: The calls, by their numbers.
        upstreams: The names of all upstreams that were called.
    """

    def __init__(self, seed: int) -> None:
        """Begin with none; by the seed of the run, tokens prove themselves."""
        self._seed = seed
        self.of_late: OrderedDict[int, UpstreamCall] = OrderedDict()
        self.upstreams: set[str] = set()

    def take(self, calls: Iterable[UpstreamCall]) -> None:
        """Take what was called; `cut` forgets what is too much, when those of one batch have been tied."""
        for call in calls:
            self.of_late[call.number] = call
            self.upstreams.add(call.upstream)

    def cut(self) -> None:
        """Forget the oldest ones, where there are too many."""
        while len(self.of_late) > REMEMBERED_CALLS:
            self.of_late.popitem(last=False)

    def used(self, deliveries: Sequence[Delivery]) -> frozenset[int]:
        """Return the numbers of the calls whose answers events carry."""
        tokens = (token for delivery in deliveries for token in find_tokens(self._seed, delivery.event))
        return frozenset(token.number for token in tokens if token.kind == "s")

    def caused(self, delivery: Delivery) -> float:
        """Return when the exchange that sent a delivery had begun, at the latest: its values had to be asked for."""
        known = (self.of_late[number] for number in self.used([delivery]) if number in self.of_late)
        return min([delivery.received, *(call.began for call in known)])


def shared_out(
    calls: Sequence[UpstreamCall], exchanges: Sequence[Exchange], used: Mapping[int, frozenset[int]]
) -> dict[int, list[UpstreamCall]]:
    """Give each exchange the calls that are known to be its own.

    An event tells whose call gave its values. Of the others, those of one exchange alone are its
    own; those of exchanges that should have made none go one to each, as there is a culprit for
    each; and in any other batch nobody can tell, and nobody need.
    """
    shares: dict[int, list[UpstreamCall]] = {exchange.number: [] for exchange in exchanges}
    users = {call: number for number, marks in used.items() for call in marks}
    for call in calls:
        known = users.get(call.number, call.exchange)
        if known in shares:
            shares[known].append(call)
            continue
        around = [e for e in exchanges if call.began <= e.ended and call.ended >= e.began]
        if around and (len(exchanges) == 1 or all(e.case.expect.refused for e in exchanges)):
            idle = next((e for e in around if not shares[e.number]), around[0])
            shares[idle.number].append(call)
    return shares
