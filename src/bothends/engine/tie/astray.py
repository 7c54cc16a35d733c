"""Events that came to the address of one exchange, and are another one's: a target used an address that it had kept.

The path that was made for an exchange names it, and as a rule nothing more is asked. But an event may have the answer
of another exchange, which lacks one, while the exchange of the address has its own event, or owes none. Then it is the
other one's, and went to a wrong address. Where the exchange of the address lacks its event, this is its own, with the
values of another.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bothends.engine.tie.matching import Match
from bothends.engine.tie.past import sends_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from bothends.contract import Operation
    from bothends.engine.tie.matching import Matching
    from bothends.engine.tie.past import Send
    from bothends.records import Delivery, Exchange


class Astray:
    """Finds whose events came to the addresses of others."""

    def __init__(
        self,
        known: Mapping[int, Exchange],
        matching: Matching,
        addressed: Callable[[Delivery], int | None],
        is_event_of: Callable[[Exchange, Send], bool],
    ) -> None:
        self._known = known  # those that may lack an event
        self._matching = matching
        self._addressed = addressed  # for which exchange an address was made; None: for none
        self._is_event_of = is_event_of  # is like an event that an exchange lacks

    def among(
        self, came: Mapping[int, Sequence[Delivery]], taken: Mapping[int, Sequence[Delivery]]
    ) -> Iterator[tuple[Send, int, int]]:
        """Yield what is another one's, with the exchange of its address, and the one that it is of.

        Args:
            came: What came now, by the exchange whose address or value it has.
            taken: All that was given to exchanges so far.
        """
        for number, deliveries in came.items():
            here = [one for one in deliveries if self._addressed(one) == number]
            exchange = self._known.get(number)
            if not here or exchange is None:
                continue
            every = sends_of(one for one in taken.get(number, ()) if self._addressed(one) == number)
            if len(every) < 2 and self._matching.expects(exchange):  # noqa: PLR2004 -- its own, and one more
                continue
            others = [send for send in every if self._is_of_another(send, exchange)]
            if len(others) == len(every) and self._matching.expects(exchange):
                continue
            for send in others:
                owner = self.owner(send, taken) if send[-1] in here else None
                if owner is not None:
                    yield send, number, owner

    def owner(self, send: Send, taken: Mapping[int, Sequence[Delivery]]) -> int | None:
        """Return the exchange that lacks an event and whose answer is in this one; None: none is, or several are."""
        traits = self._matching.traits(send[0])
        found = [
            exchange.number
            for exchange in self._known.values()
            if exchange.began <= send[0].received
            and not exchange.repeated
            and not any(self._addressed(one) == exchange.number for one in taken.get(exchange.number, ()))
            and self._matching.expects(exchange)
            and self._matching.match(traits, exchange) is Match.SURE
        ]
        one = found[0] if len(found) == 1 else None
        return one if one is not None and self._is_event_of(self._known[one], send) else None

    def _is_of_another(self, send: Send, exchange: Exchange) -> bool:
        return self._matching.contradicted(self._matching.traits(send[0]), exchange)


def have_own_addresses(operations: Iterable[Operation]) -> set[str]:
    """Return the operations whose events go to addresses that requests or answers name."""
    return {each.id for each in operations if any(event.url.expressions for event in each.events)}
