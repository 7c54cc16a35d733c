"""Ties events that name no caller to exchanges by the time alone, so that as many as can find a place of their own.

An event lies within the time of the exchange that sent it, from the call that gave its values to the acknowledgement.
Where several exchanges were under way, the one that is over first is taken; for points that are to lie in intervals,
that leaves the fewest without a place. What was acknowledged belongs to a success before it belongs to a failure.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bothends.records import Answer

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence

    from bothends.records import Delivery, Exchange


NEVER_SENT = "refused"
"""Why there is no answer where the target was not reached."""


@dataclass(frozen=True, slots=True)
class Send:
    """An event that names no caller, with all attempts to send it.

    Attributes:
        deliveries: Its attempts, in order of arrival.
        caused: When the exchange that sent it had begun, at the latest: its values had to be asked for. Seconds.
    """

    deliveries: Sequence[Delivery]
    caused: float

    @property
    def received(self) -> float:
        """When it first arrived."""
        return self.deliveries[0].received

    @property
    def settled(self) -> float:
        """When its last attempt was answered."""
        return self.deliveries[-1].settled

    @property
    def acknowledged(self) -> bool:
        """Whether an attempt was acknowledged."""
        return any(delivery.acknowledged for delivery in self.deliveries)


@dataclass(frozen=True, slots=True)
class Placed:
    """Where events without a name were put.

    Attributes:
        owners: The exchange of each event that has one, by the event's place among those that were given.
        guessed: Exchanges that an event may have been taken from, or given to, by mistake.
    """

    owners: Mapping[int, int]
    guessed: frozenset[int]


def is_due(exchange: Exchange) -> bool:
    """Whether an event may still come when an exchange is over: a success has none yet, or no answer ever came."""
    answer = exchange.answer
    if exchange.deliveries:
        return False
    return answer.success if isinstance(answer, Answer) else answer.kind != NEVER_SENT


def _expected(send: Send, exchange: Exchange) -> bool:
    return send.acknowledged == (isinstance(exchange.answer, Answer) and exchange.answer.success)


def _after(send: Send, exchange: Exchange) -> bool:
    # It may be sent in the background, when the answer is out.
    return exchange.began <= send.received


def _inside(send: Send, exchange: Exchange) -> bool:
    return exchange.began <= send.received <= exchange.ended


def _caused(send: Send, exchange: Exchange) -> bool:
    return exchange.began <= send.caused and send.received <= exchange.ended


def _in_order(send: Send, exchange: Exchange) -> bool:
    return exchange.began <= send.caused and send.settled <= exchange.ended


_FITS: tuple[tuple[bool, Callable[[Send, Exchange], bool]], ...] = (
    (True, _in_order),
    (True, _caused),
    (True, _inside),
    (False, _caused),
    (False, _inside),
    (True, _after),
    (False, _after),
)
"""How an event may fit an exchange, the best first: whether the answer is to be as expected, and when it was sent."""


def placed(sends: Sequence[Send], exchanges: Sequence[Exchange], named: Container[int]) -> Placed:
    """Put events that name no caller to exchanges.

    Args:
        sends: The events.
        exchanges: Those of the wave.
        named: Numbers of the exchanges that have an event by its name, and so are in no need of another.
    """
    free = sorted((e for e in exchanges if e.number not in named), key=lambda e: e.ended)
    guessed = frozenset(number for send in sends for number in _rivals(send, free))
    owners: dict[int, int] = {}
    waiting = sorted(range(len(sends)), key=lambda place: sends[place].caused)
    for expected, fits in _FITS:
        still: list[int] = []
        for place in waiting:
            found = next(_fitting(sends[place], free, fits, expected=expected), None)
            if found is None:
                still.append(place)
            else:
                free.remove(found)
                owners[place] = found.number
        waiting = still
    # What is more than there are exchanges without one was sent by one that has one.
    for place in waiting:
        found = next(
            (e for expected, fits in _FITS for e in _fitting(sends[place], exchanges, fits, expected=expected)), None
        )
        if found is not None:
            owners[place] = found.number
    return Placed(owners, guessed)


def _fitting(
    send: Send, exchanges: Iterable[Exchange], fits: Callable[[Send, Exchange], bool], *, expected: bool
) -> Iterator[Exchange]:
    return (e for e in exchanges if fits(send, e) and (not expected or _expected(send, e)))


def _rivals(send: Send, free: Iterable[Exchange]) -> list[int]:
    """Return the exchanges of which any may have sent an event; none where there is but one."""
    exchanges = list(free)
    inside = [e.number for e in exchanges if _inside(send, e)]
    possible = inside or [e.number for e in exchanges if _after(send, e)]
    return possible if len(possible) > 1 else []
