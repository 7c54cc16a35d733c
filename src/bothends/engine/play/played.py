"""What came of batches that were played."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from bothends.records import NoAnswer

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bothends.engine.play.batches import Batch
    from bothends.engine.tie import Attributed
    from bothends.records import Condition, Delivery, Exchange, UpstreamCall


@dataclass(frozen=True, slots=True)
class Played:
    """A batch that was played.

    Attributes:
        batch: What was played.
        attributed: Its exchanges with what belongs to each.
        fired: How often each state of the world was met.
        left_out: Its cases that were not sent, as nothing before them was answered.
        dropped: Deliveries and calls that the world had no room for.
        began: When it began; by the clock, seconds.
        ended: When all that it caused was witnessed; by the clock, seconds.
    """

    batch: Batch
    attributed: Attributed
    fired: dict[Condition, int]
    left_out: int = 0
    dropped: int = 0
    began: float = 0.0
    ended: float = 0.0

    @property
    def has_reached(self) -> bool:
        """Whether a request was sent, and somebody was there to take it."""
        answers = (exchange.answer for exchange in self.attributed.exchanges)
        return any(not (isinstance(one, NoAnswer) and one.kind == "refused") for one in answers)


@dataclass(frozen=True, slots=True)
class Recording:
    """A batch whose exchanges are over, and what the world has witnessed meanwhile: nothing is tied yet.

    Attributes:
        batch: What was played.
        exchanges: Its exchanges.
        deliveries: What the ingests were sent.
        calls: How the upstreams were called.
        fired: How often each state of the world was met.
        left_out: Its cases that were not sent, as nothing before them was answered.
        dropped: Deliveries and calls that the world had no room for.
        began: When it began; by the clock, seconds.
        ended: When it was over, and the world well again; by the clock, seconds.
    """

    batch: Batch
    exchanges: tuple[Exchange, ...]
    deliveries: Sequence[Delivery]
    calls: Sequence[UpstreamCall]
    fired: dict[Condition, int]
    left_out: int
    dropped: int
    began: float
    ended: float

    def played(self, attributed: Attributed, waited: float = 0.0, dropped: int = 0) -> Played:
        """Return what came of it, `waited` seconds later; meanwhile the world had no room for what was `dropped`."""
        lost, ended = self.dropped + dropped, self.ended + waited
        return Played(self.batch, attributed, self.fired, self.left_out, lost, self.began, ended)


@dataclass(frozen=True, slots=True)
class Row:
    """What came of one fault that was played beside others.

    Attributes:
        played: The batch, and the good requests after it, in order; none, if it was left out, as those before it were
            not answered.
        whole: Whether all of it is known: the fault was met, and each request was executed once for certain.
    """

    played: tuple[Played, ...]
    whole: bool


@dataclass(frozen=True, slots=True)
class Rows:
    """What came of faults that were played side by side.

    Attributes:
        rows: What came of each, in order.
        rest: What belongs to none of them: what came late for exchanges before, and what nobody can have caused.
        untold: Deliveries that told no single exchange.
    """

    rows: tuple[Row, ...]
    rest: Attributed
    untold: int


def without_doubtful_calls(played: Played) -> Played:
    """Return what came of refused requests of several families, without the calls that may be those of any of them."""
    attributed = played.attributed
    exchanges = tuple(
        replace(e, calls=()) if e.calls and not (e.deliveries or e.succeeded) else e for e in attributed.exchanges
    )
    same = all(one is other for one, other in zip(exchanges, attributed.exchanges, strict=True))
    return played if same else replace(played, attributed=replace(attributed, exchanges=exchanges))


def numbered(played: Played, batch: int) -> Played:
    """Return what came of a batch that was played among others, as that of the batch of this number."""
    exchanges = tuple(replace(exchange, batch=batch) for exchange in played.attributed.exchanges)
    return replace(played, attributed=replace(played.attributed, exchanges=exchanges))
