"""How sure it is which request an event is of, and what a breach says of events."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Claim(StrEnum):
    """What a breach says of the events of an exchange."""

    EACH = "each"
    """Something is wrong with an event: it is so, whichever others there are."""
    LACKS = "lacks"
    """There are too few."""
    SURPLUS = "surplus"
    """There are too many."""
    NOTHING = "nothing"
    """Nothing: its answer is wrong, whichever events there are."""


class TiedBy(StrEnum):
    """What ties an event to its request."""

    ADDRESS = "address"
    """The request names a URL that no other one names."""
    CALLER = "caller"
    """The event names a caller that no other request has."""
    TRACE = "trace"
    """It has the trace of the request."""
    MARK = "mark"
    """It has a text that no other request has."""
    VALUES = "values"
    """It has values of this request or its answer, and those of each other request that could have sent it differ."""
    ONLY = "only"
    """No other request could have sent it."""
    CLASS = "class"
    """Several requests could have sent it, and the finding is true whichever of them has."""
    GUESS = "guess"
    """Several requests could have sent it, and the finding is not true of each of them."""


@dataclass(frozen=True, slots=True)
class Tie:
    """How sure it is that a breach is of its exchange.

    Attributes:
        by: What ties the events of the exchange to it: the weakest of what ties each.
        requests: How many requests could have sent them, this one among them.
        sent: Of the events that could be of these requests, how many came; 0: that does not matter.
        others: The numbers of a few of the other exchanges.
        beyond: Of a lack, how many events came beyond what other requests owe, with their values: one of these may be
            what is lacking, with values that are wrong.
        cases: Of a class of which each may have sent an event that is wrong, the labels of a few of the other cases.
    """

    by: TiedBy
    requests: int = 1
    sent: int = 0
    others: tuple[int, ...] = ()
    beyond: int = 0
    cases: tuple[str, ...] = ()

    @property
    def is_guess(self) -> bool:
        """Whether the exchange may be the wrong one: then it accuses nobody."""
        return self.by is TiedBy.GUESS
