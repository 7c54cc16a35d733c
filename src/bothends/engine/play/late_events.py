"""Waits for events that are owed and have not come: what is late is not lost.

Four waits, one after the other. `Arrivals`, in `arrivals.py`: the events of a batch are awaited in its own state of the
world. `Overdue`: a target may send one event after the other, and wait out its timeout with the first; what a batch
still lacks is waited for at its end. `Outstanding`: events that no answer waits for are held open until the end of a
run. `Attempts`: where the contract says how often an event is attempted, what comes after a fault is watched.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from dataclasses import replace
from typing import TYPE_CHECKING, Generic, TypeVar

from bothends.contract.terms import REDELIVERY
from bothends.engine.testbed import SHARE, TOO_BUSY
from bothends.laws import SLACK, attempts, owed
from bothends.records import Answer, NotProven, Weight

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping, Sequence

    from bothends.contract import EventContract
    from bothends.engine.tie import Attributed
    from bothends.laws import LawContext
    from bothends.records import Exchange


# Events that are outstanding: owed by an answer that did not wait for them. *Lost* is said at the end.
#
# No contract says how long after its answer such an event may come. So an exchange that lacks one is not judged with
# its batch. It is judged when the event is there, or when the event has had its time: as long as the target has for an
# answer, and twice as long as any event of the run took that came later than that.
#
# In that time the ingests must have been well. An ingest that can't be reached sees no attempt; what is missing then
# may have been sent. Where one has let a delivery hang, and the target still waits for that, what is missing may come
# behind it. And what this machine kept the target waiting for a processor is no part of that time.

MOST = 4096
"""Exchanges that wait at once; of more than these, it is unknown whether the events of the first are lost."""

LONGEST_OUTSTANDING = 30.0
"""Seconds that an event has at most."""

MOST_BYTES = 1 << 26
"""Bytes of their answers' bodies that are kept meanwhile; beyond, as of those that are too many."""

_NEARLY = 0.01
_MOST_STEPS = 100
_MOST_NAMED = 3

Context = TypeVar("Context")


def lacking(exchange: Exchange, law_contexts: Mapping[str, LawContext]) -> Iterator[EventContract]:
    """Yield the callbacks whose event an answer owes, and that has not come."""
    known = law_contexts.get(exchange.case.operation)
    if known is None or exchange.repeated or not known.declared(exchange) or owed.unclear(exchange, known):
        return
    if exchange.case.expect.refused and exchange.succeeded:
        return  # it should not have succeeded, so nothing is missed
    for event in owed.owed(exchange, known):
        if owed.missing(event, exchange, known) and not owed.unwell(event, exchange, known):
            yield event


class Outstanding(Generic[Context]):
    """Holds exchanges until their events are there, or have had their time.

    Attributes:
        kept_waiting: The cases of what was let go last whose events had no time for want of a processor alone, and of
            what came too late since then for the same reason.
        behind: The cases whose events had not come while the target still waited for a delivery that hangs.
    """

    def __init__(
        self,
        law_contexts: Mapping[str, LawContext],
        seconds: float,
        *,
        waits: Callable[[float, float], float] = lambda _began, _ended: 0.0,
        attempt: float = 0.0,
    ) -> None:
        """Hold none.

        Args:
            law_contexts: The operations under test, by their ids.
            seconds: How long an event has, as long as none took longer.
            waits: Returns for how long the machine kept the target waiting between two times; by the clock, seconds.
            attempt: How long a target waits for a receiver until it gives up an attempt, about, seconds; 0: for ever.
        """
        self._attempt = attempt
        self.kept_waiting: tuple[str, ...] = ()
        self.behind: dict[str, None] = {}
        self._too_late: list[str] = []
        self._waits = waits
        self._law_contexts = law_contexts
        self._seconds = seconds
        self._exchanges: OrderedDict[int, tuple[Exchange, Context]] = OrderedDict()
        self._bytes = 0

    def __len__(self) -> int:
        """Return how many exchanges are held."""
        return len(self._exchanges)

    @property
    def seconds(self) -> float:
        """How long an event has, from the end of its answer."""
        return min(self._seconds, LONGEST_OUTSTANDING)

    @property
    def until(self) -> float:
        """When the last of them has had its time; by the clock, seconds. There must be one."""
        return max(exchange.ended for exchange, _ in self._exchanges.values()) + self.seconds

    def until_by(self, now: float) -> float:
        """Return when the last of them has had its time on this machine, as far as it is known now; there is an end."""
        last = self.until - self.seconds
        return min(self._end(last, self.seconds, now), max(self.until, last + LONGEST_OUTSTANDING))

    def take(self, attributed: Attributed, context: Context) -> tuple[Attributed, dict[int, Context]]:
        """Hold what lacks an event; return what can be judged, and the contexts of what was held until now.

        Args:
            attributed: Exchanges with what belongs to each. Of those that are held, what came late is taken.
            context: What to hand back with them.
        """
        now: list[Exchange] = []
        contexts: dict[int, Context] = {}
        for exchange in attributed.exchanges:
            if self._may_come(exchange):
                self._exchanges[exchange.number] = exchange, context
                self._bytes += _size(exchange)
            else:
                now.append(exchange)
        late = []
        for exchange in map(self._excused, attributed.late):
            if exchange.number not in self._exchanges:
                late.append(exchange)
                continue
            held, known = self._exchanges[exchange.number]
            # What is remembered of an exchange is less than is known of it here.
            whole = replace(held, deliveries=exchange.deliveries, guessed=exchange.guessed, excuse=exchange.excuse)
            whole = replace(whole, unheard=exchange.unheard, calls=held.calls_with(exchange))
            self._seconds = max(self._seconds, 2 * (max(d.received for d in whole.deliveries) - whole.ended))
            if self._may_come(whole):
                self._exchanges[whole.number] = whole, known
            else:
                del self._exchanges[whole.number]
                self._bytes -= _size(whole)
                now.append(whole)
                contexts[whole.number] = known
        while len(self._exchanges) > MOST or self._bytes > MOST_BYTES:
            number, (first, known) = self._exchanges.popitem(last=False)
            self._bytes -= _size(first)
            now.append(replace(first, unheard=True))
            contexts[number] = known
        return replace(attributed, exchanges=tuple(now), late=tuple(late)), contexts

    def rest(
        self, now: float, faults: Collection[float], *, hangs: bool = False
    ) -> tuple[tuple[Exchange, ...], dict[int, Context]]:
        """Let go of all that is held: return it with the contexts.

        What was not waited for long enough is `unheard`.

        Args:
            now: The time by the clock, seconds.
            faults: When an ingest was put out of order; by the clock, seconds.
            hangs: Whether the target still waits for a delivery that an ingest has let hang: what is missing may come
                behind that.
        """
        held = tuple(self._exchanges.values())
        self._exchanges.clear()
        self._bytes = 0
        had = {e.number: not hangs and self._had_its_time(e, now, faults) for e, _ in held}
        exchanges = tuple(replace(e, unheard=not had[e.number]) for e, _ in held)
        self.behind |= {e.case.label: None for e, _ in held if hangs}
        late = (e for e, _ in held if not (had[e.number] or hangs) and e.ended + self._time_of(e) <= now)
        no_time = (e.case.label for e in late if self._end(e.ended, self._time_of(e), now) > now or self._gave_up(e))
        self.kept_waiting, self._too_late = (*no_time, *self._too_late), []
        return exchanges, {exchange.number: context for exchange, context in held}

    def not_proven(self) -> Iterator[NotProven]:
        """Yield whose events may have waited behind a delivery that hangs."""
        if not self.behind:
            return
        names = list(self.behind)
        more = f" and {len(names) - _MOST_NAMED:,} more" if len(names) > _MOST_NAMED else ""
        yield NotProven(
            "events behind one that hangs",
            f"{', '.join(names[:_MOST_NAMED])}{more}: no event came in time, and the target still waited for a "
            "delivery that its receiver had let hang. Whether the event is lost, or waits behind that one, is unknown.",
            add="[target.env], with a shorter timeout for deliveries, if the target has one",
            weight=Weight.EVENTS,
        )

    def _excused(self, exchange: Exchange) -> Exchange:
        """Return an exchange whose event has come: excused where this machine is the reason that it is too late."""
        context = self._law_contexts.get(exchange.case.operation)
        if context is None or exchange.excuse:
            return exchange
        for seconds, began, ended in attempts.overdue(exchange, context.operation, context.time_limit):
            if seconds > SLACK and self._waits(began, ended) >= SHARE * seconds:
                self._too_late.append(exchange.case.label)
                return replace(exchange, excuse=TOO_BUSY)
        return exchange

    def _had_its_time(self, exchange: Exchange, now: float, faults: Collection[float]) -> bool:
        # What has longer than a run waits is lost at no time that is seen.
        if self._gave_up(exchange):
            return False
        end = self._end(exchange.ended, self._time_of(exchange), now)
        return end <= now and not any(exchange.ended <= fault < end for fault in faults)

    def _gave_up(self, exchange: Exchange) -> bool:
        """Whether the target may have given up an attempt that this machine let nobody take in time."""
        most = SHARE * self._attempt
        return most > 0 and self._waits(exchange.began, exchange.ended + self._attempt) >= most

    def _time_of(self, exchange: Exchange) -> float:
        return max(self.seconds, self._promised(exchange))

    def _end(self, began: float, seconds: float, now: float) -> float:
        """Return when some seconds are over in which the target was not kept waiting; later than now: they are not."""
        end = began + seconds
        for _ in range(_MOST_STEPS):
            later = began + seconds + self._waits(began, min(end, now))
            if later - end < _NEARLY or end > now:
                break
            end = later
        return end

    def _promised(self, exchange: Exchange) -> float:
        """Return how long the contract gives an event that is missing, seconds; 0: it does not say."""
        events = lacking(exchange, self._law_contexts)
        return max((event.delivery.within_ms or 0 for event in events), default=0) / 1000

    def _may_come(self, exchange: Exchange) -> bool:
        return any(not owed.awaited(event) for event in lacking(exchange, self._law_contexts))


def _size(exchange: Exchange) -> int:
    """Return how long the body of its answer is, bytes; an exchange that is held has an answer."""
    return len(exchange.answer.body) if isinstance(exchange.answer, Answer) else 0


LONGEST = 3.0
"""Seconds that are waited at most for what a batch is owed."""

IN_ALL = 20.0
"""Seconds that are waited at most in a whole run."""

MOST_MISSES = 4
"""Batches in a row that lack events for good, after which nothing is waited for any more."""

_SHORTER = 4
"""By how much less is waited each time that it was in vain: what is lost once is lost again, as a rule."""

_LOOK_SECONDS = 0.1


class Overdue:
    """Waits for what a batch is owed, unless that was in vain each time, or has taken long enough.

    Attributes:
        behind: Seconds that are waited at most for events that no answer waits for; None: they are not waited for.
    """

    def __init__(
        self,
        law_contexts: Mapping[str, LawContext],
        later: Callable[[], Attributed],
        *,
        behind: float | None = None,
        gone: Callable[[], bool] = lambda: False,
    ) -> None:
        """Take what owes events.

        Args:
            law_contexts: The operations under test and where the world is, by the operations' ids.
            later: Ties what has come since it was asked last.
            behind: Seconds that are waited at most for events that no answer waits for; None: they are not waited for.
            gone: Whether the target runs no more, so that nothing can come.
        """
        self._law_contexts = law_contexts
        self._later = later
        self.behind = behind
        self._gone = gone
        self._misses = 0
        self._left = IN_ALL

    async def of(self, attributed: Attributed) -> Attributed:
        """Return a batch with the events that came while they were waited for."""
        if self._misses >= MOST_MISSES or self._left <= 0 or not self._longest(attributed):
            return attributed
        clock = asyncio.get_running_loop().time
        began = clock()
        while (longest := self._longest(attributed)) and not self._gone():
            if clock() - began >= longest / _SHORTER**self._misses:
                break
            await asyncio.sleep(_LOOK_SECONDS)
            attributed = attributed.followed_by(self._later())
        self._left -= clock() - began
        self._misses = self._misses + 1 if longest else 0
        return attributed

    def _longest(self, attributed: Attributed) -> float:
        """Return how long is waited at most for what a batch lacks, seconds; 0: nothing is waited for."""
        events = [event for exchange in attributed.exchanges for event in lacking(exchange, self._law_contexts)]
        awaited = LONGEST * any(map(owed.awaited, events))
        return max(awaited, (self.behind or 0.0) * any(not owed.awaited(event) for event in events))


WATCH_IN_ALL = 180.0
"""Seconds that are watched at most in a whole run for other attempts."""

_WATCH_SECONDS = 0.05


class Attempts:
    """Watches, after a fault of an ingest, for other attempts at the events that met it.

    It watches until they have come, or until what does not come has broken a promise. That is some seconds of each
    fault for a target that breaks it, and as long as a retry takes for one that keeps it.
    """

    def __init__(
        self,
        law_contexts: Mapping[str, LawContext],
        later: Callable[[], Attributed],
        now: Callable[[], float],
        *,
        gone: Callable[[], bool] = lambda: False,
    ) -> None:
        """Take what promises attempts.

        Args:
            law_contexts: The operations under test, by their ids.
            later: Ties what has come since it was asked last.
            now: The run's clock, seconds.
            gone: Whether the target runs no more, so that nothing can come.
        """
        self._law_contexts = law_contexts
        self._later = later
        self._now = now
        self._gone = gone
        self._left = WATCH_IN_ALL

    @staticmethod
    def since_well(exchanges: Sequence[Exchange], well: float) -> list[Exchange]:
        """Return exchanges with when the ingest was well again, where their attempts are watched."""
        return [replace(e, well=well) if e.case.family == REDELIVERY else e for e in exchanges]

    async def of(self, attributed: Attributed) -> Attributed:
        """Return a batch with the attempts that came while they were watched for."""
        if not any(exchange.well is not None for exchange in attributed.exchanges):
            return attributed
        began = self._now()
        until = min(self._until(attributed), began + max(self._left, 0.0))
        while self._now() < until and not self._gone():
            await asyncio.sleep(_WATCH_SECONDS)
            attributed = attributed.followed_by(self._later())
            until = min(self._until(attributed), began + max(self._left, 0.0))
        ended = self._now()
        self._left -= ended - began
        watched = (replace(e, watched=ended) if e.well is not None else e for e in attributed.exchanges)
        return replace(attributed, exchanges=tuple(watched))

    def _until(self, attributed: Attributed) -> float:
        known = ((exchange, self._law_contexts.get(exchange.case.operation)) for exchange in attributed.exchanges)
        return max((attempts.watch_until(e, context) for e, context in known if context is not None), default=0.0)
