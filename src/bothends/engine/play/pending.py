"""Has the event come? A state for each exchange, and one table of what changes it.

            answer              lacks            time
    OPEN ─────────▶ ANSWERED ─────────▶ PENDING ─────────▶ LOST
      │                │  │  whole         │ │  whole
      │                │  └───────┐        │ └─────────▶ COMPLETE
      │ end            │ end      ▼        │ failed, crowd, end
      └───▶ UNHEARD ◀──┘      COMPLETE     └─────────▶ UNHEARD

What is lacking is owed by an answer; no contract says how long after its answer an event may come that no answer waits
for. So an exchange that lacks one is not judged with its batch. It is judged when the event is there, or when the event
had its time: as long as the target has for an answer, and twice as long as any event of the run took that came later
than that. Five things hold, and the table is made so that each can be seen in it:

1. Only TIME leads to LOST. It is signalled when the time is over, the ingests were well in it, and nothing of it was
   taken by this machine. So time alone accuses nobody while the machine is busy: BUSY leaves an exchange PENDING. (An
   answer that had to wait for its event accuses itself; time only says whether the event is late, or lost.)
2. An ingest that can't be reached sees no attempt, and behind a delivery that hangs others may wait: FAILED leads to
   UNHEARD. So does all that ends too early (END) or is too much to keep (CROWD). UNHEARD accuses nobody of a loss.
3. What has come is never lost. A delivery is taken in every state: of what is PENDING it is kept with the exchange, and
   what is over is handed back with it, to be judged once more.
4. Each state has an end, as END leads from all that are open to one that is final.
5. In which order deliveries come does not matter, as only what is lacking after them does.

`Pending` is pure: it has no clock and never sleeps. `due` says when to look again. Who drives it: the batch runner
holds what is pending and plays on, until its next barrier; the observer of other clients, until its run settles; a
soak, until all is known that had arrived in that time. `WaitBudget` says how long a wait may take that holds something
up: the end of a batch that lacks what an answer had to wait for, a barrier, a fault that is to be met.
"""

from __future__ import annotations

import math
from collections import OrderedDict
from dataclasses import dataclass, replace
from enum import Enum
from typing import TYPE_CHECKING, Generic, NamedTuple, Self, TypeVar

from bothends.engine.testbed import SHARE, TOO_BUSY
from bothends.laws import SLACK, attempts, owed
from bothends.records import Answer, NotProven, Weight, some_of

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping

    from bothends.contract import Contract, EventContract
    from bothends.engine.testbed import Measurements
    from bothends.engine.tie import Attributed
    from bothends.laws import LawContext
    from bothends.records import Exchange


@dataclass(frozen=True, slots=True)
class Limits:
    """Seconds that are waited for events. No other module has any: each is here with its reason."""

    look: float = 0.02
    """Between two looks at which events have come: each look ties them, so it is rarer than a look at their number."""
    glance: float = 0.005
    """Between two looks at how many have come: a count costs nothing, and requests one by one wait for each."""
    settle: float = 0.3
    """How long an event may still be under way when an answer that promised it is there without it."""
    first: float = 0.5
    """For the events of a batch, in its state of the world, before anything is known of how late they are."""
    batch: float = 12.0
    """At most for the events of a batch, however late others were: longer than most have for an answer."""
    in_vain: float = 0.05
    """For the events of a batch where those of several in a row did not come: that none is sent is likely by then."""
    shows_itself: float = 2.0
    """After the first answer that may bring an event: until then it is waited for, though it has never come."""
    never_seen: float = 3.0
    """After the last answer, at a run's end, for an event that may come, and has not come so far."""
    may_meet: float = 0.3
    """That a fault has to be met by an event that may come, and is not owed."""
    meet_in_all: float = 20.0
    """Of a whole run, for faults that are met by nothing: a target that sends nothing would take minutes."""
    hold: float = 0.3
    """At least, in which a fault lasts whose meetings nobody sees: a first attempt that it swallows tells nobody."""
    again: float = 0.1
    """At least, for what a target sends that has executed a request once more: its work differs by no more."""
    awaited: float = 3.0
    """That an event may be behind an answer that had to wait for it: a target may try once more after its timeout."""
    awaited_in_all: float = 20.0
    """Of a whole run, for such events: what is always late is known by then."""
    pending: float = 30.0
    """That an event has at most behind an answer that did not wait for it, as it holds up the end of a run."""
    taken: float = 15.0
    """At most, in place of what this machine has taken of that time: else what has all of it could never be lost."""
    attempts_in_all: float = 180.0
    """Of a whole run, for other attempts after a fault of an ingest: as long as a few slow retries take."""
    alone: float = 3.0
    """Until exchanges can send no event any more, before a request is repeated whose finding others may have caused."""
    alone_in_all: float = 40.0
    """Of a whole run, the same before a request is repeated alone of which nothing is known but a guess."""
    after_the_end: float = 1.5
    """In which an event shows that goes to an address whose registration has ended: most come within a moment."""
    at_once: float = 1.0
    """That an exchange of a soak without its events waits before it is tied: most come within it."""


LIMITS = Limits()

MOST = 4096
"""Exchanges of a run that are pending at once; of more than these, it is unknown whether the first ones' are lost."""

MOST_BYTES = 1 << 26
"""Bytes of their answers' bodies that are kept meanwhile; beyond, as of those that are too many."""

_NEARLY = 0.01
_MOST_STEPS = 100


class State(Enum):
    """What is known of the events of an exchange."""

    OPEN = "it has no answer yet"
    ANSWERED = "it has its answer, and what it has caused is not tied to it yet"
    PENDING = "it lacks an event, which may still come"
    COMPLETE = "it lacks none"
    LOST = "it lacks an event, which had its time"
    UNHEARD = "it lacks an event, and nobody can know whether that was sent"


class Signal(Enum):
    """What may change it."""

    ANSWER = "the answer is there, or it is clear that there is none"
    WHOLE = "deliveries are tied to it, and none is lacking after them"
    LACKS = "deliveries are tied to it, and one is lacking after them"
    TIME = "what is lacking had its time, in which all was well"
    BUSY = "that time is over by the clock, and this machine has taken a part of it"
    FAILED = "an ingest was out of order in that time, or a delivery hangs before what is lacking"
    CROWD = "too many are held"
    END = "nothing is waited for any more"


TRANSITIONS: Mapping[tuple[State, Signal], State] = {
    (State.OPEN, Signal.ANSWER): State.ANSWERED,
    (State.OPEN, Signal.END): State.UNHEARD,
    (State.ANSWERED, Signal.WHOLE): State.COMPLETE,
    (State.ANSWERED, Signal.LACKS): State.PENDING,
    (State.ANSWERED, Signal.END): State.UNHEARD,
    (State.PENDING, Signal.WHOLE): State.COMPLETE,
    (State.PENDING, Signal.LACKS): State.PENDING,
    (State.PENDING, Signal.TIME): State.LOST,
    (State.PENDING, Signal.BUSY): State.PENDING,
    (State.PENDING, Signal.FAILED): State.UNHEARD,
    (State.PENDING, Signal.CROWD): State.UNHEARD,
    (State.PENDING, Signal.END): State.UNHEARD,
}
"""From a state by a signal to the next state. What is not here can't happen; what leads nowhere is final."""


def lacking(exchange: Exchange, law_contexts: Mapping[str, LawContext]) -> Iterator[EventContract]:
    """Yield the callbacks whose event an answer owes, and that has not come."""
    known = law_contexts.get(exchange.case.operation)
    if known is None or exchange.repeated or not known.declared(exchange) or owed.unclear(exchange, known):
        return
    if exchange.case.expect.refused and exchange.succeeded:
        return  # it should not have succeeded, so nothing is missed
    for event in owed.owed(exchange, known):
        if owed.missing(event, exchange, known) and not owed.unwell(event, exchange, known.operation):
            yield event


@dataclass(slots=True)
class WaitBudget:
    """How long a wait may take when those before it were in vain: what is lost once is lost again, as a rule.

    Attributes:
        shorter: By how much less is waited each time that it was in vain.
        most: Waits in vain in a row, from which on nothing is waited for but `then`.
        then: Seconds.
        in_all: Seconds of a whole run.
        vain: Waits in vain in a row so far.
        waited: Seconds that were waited so far.
    """

    shorter: float = 1.0
    most: int | None = None
    then: float = 0.0
    in_all: float = math.inf
    vain: int = 0
    waited: float = 0.0

    def of(self, longest: float) -> float:
        """Return how long a wait may take that would take so long at most, seconds."""
        seconds = longest / self.shorter**self.vain
        if self.most is not None and self.vain >= self.most:
            seconds = min(self.then, longest)
        return min(seconds, self.left)

    @property
    def left(self) -> float:
        """Seconds that may be waited in all from now on."""
        return max(0.0, self.in_all - self.waited)

    def over(self, seconds: float, *, vain: bool) -> None:
        """Take note of a wait."""
        self.waited += seconds
        self.vain = self.vain + 1 if vain else 0

    def renew(self) -> None:
        """Take note that something came: it is worth waiting again."""
        self.vain = 0


Context = TypeVar("Context")


class _Entry(NamedTuple, Generic[Context]):
    """An exchange that is pending."""

    exchange: Exchange
    context: Context


class Pending(Generic[Context]):
    """The exchanges whose events may still come, each with what its driver wants to know of it again.

    Attributes:
        kept_waiting: The cases of what was let go last whose events had no time for want of a processor alone, and of
            what came too late since then for the same reason.
        behind: The cases whose events had not come while the target still waited for a delivery that hangs.
    """

    def __init__(  # noqa: PLR0913 -- its drivers differ in these
        self,
        law_contexts: Mapping[str, LawContext],
        seconds: float,
        *,
        waits: Callable[[float, float], float] = lambda _began, _ended: 0.0,
        attempt: float = 0.0,
        longest: float | None = None,
        awaited: bool = False,
        most: int = MOST,
    ) -> None:
        """Hold none.

        Args:
            law_contexts: The operations under test, by their ids.
            seconds: How long an event has, as long as none took longer.
            waits: Returns for how long the machine kept the target waiting between two times; by the clock, seconds.
            attempt: How long a target waits for a receiver until it gives up an attempt, about, seconds; 0: for ever.
            longest: How long an event has at most, seconds; None: as `LIMITS` says.
            awaited: Whether what an answer had to wait for is held as well; otherwise it was waited for before.
            most: How many are held at once.
        """
        self._law_contexts = law_contexts
        self._seconds = seconds
        self._waits = waits
        self._attempt = attempt
        self._longest = longest
        self._awaited = awaited
        self._most = most
        self._open: set[int] = set()
        self._answered: dict[int, Exchange] = {}
        self._pending: OrderedDict[int, _Entry[Context]] = OrderedDict()
        self._bytes = 0
        self.kept_waiting: tuple[str, ...] = ()
        self.behind: dict[str, None] = {}
        self._too_late: list[str] = []

    @classmethod
    def of_run(cls, contract: Contract, law_contexts: Mapping[str, LawContext], machine: Measurements) -> Self:
        """Hold none, in a run of a contract on a machine that is measured."""
        limit = contract.settings.judged_time_limit_ms / 1000
        promised = ((event.delivery.within_ms or 0) / 1000 + 2 * SLACK for event in contract.events)
        return cls(
            law_contexts,
            max((limit, *promised)),
            waits=lambda began, ended: min(machine.waits(began, ended).total, ended - began),
            attempt=contract.settings.world.upstream_timeout_ms / 1000,
        )

    def __len__(self) -> int:
        """Return how many exchanges are pending."""
        return len(self._pending)

    @property
    def under_way(self) -> int:
        """How many have no answer yet."""
        return len(self._open)

    @property
    def answered(self) -> Mapping[int, Exchange]:
        """Those that have their answers, and to which nothing was tied so far."""
        return self._answered

    @property
    def seconds(self) -> float:
        """How long an event has, from the end of its answer."""
        return min(self._seconds, LIMITS.pending if self._longest is None else self._longest)

    def state(self, number: int) -> State | None:
        """Return the state of an exchange; None: it is over, or was never begun."""
        if number in self._pending:
            return State.PENDING
        if number in self._answered:
            return State.ANSWERED
        return State.OPEN if number in self._open else None

    def begin(self, number: int) -> None:
        """Take note that a request is sent."""
        self._open.add(number)

    def answer(self, exchange: Exchange) -> None:
        """Take an exchange that has its answer, or is known to have none."""
        if self.state(exchange.number) is None:
            self.begin(exchange.number)
        if self._after(exchange.number, Signal.ANSWER) is State.ANSWERED:
            self._answered[exchange.number] = exchange

    def forget(self, number: int) -> None:
        """Wait no more for one exchange, of which nothing is to be said."""
        if self.state(number) is not None:
            self._after(number, Signal.END)

    def due(self, now: float, *, began: float = 0.0, budget: WaitBudget | None = None) -> float:
        """Return when all had their time on this machine, as far as it is known now; by the clock, seconds.

        Ask again then: what has come meanwhile gives the others more time, though not without end. A budget is of a
        wait that `began` then and holds something up.
        """
        if not self._pending:
            return 0.0
        last = max(held.exchange.ended for held in self._pending.values())
        due = min(self._end(last, self.seconds, now), last + max(self.seconds + LIMITS.taken, LIMITS.pending))
        return due if budget is None else min(due, began + budget.of(self.seconds + self._waits(began, now)))

    def take(self, attributed: Attributed, context: Context) -> tuple[Attributed, dict[int, Context]]:
        """Hold what lacks an event; return what can be judged, and the contexts of what was held until now.

        Args:
            attributed: Exchanges with what belongs to each. Of those that are held, what came late is taken.
            context: What to hand back with them.
        """
        now: list[Exchange] = []
        late: list[Exchange] = []
        contexts: dict[int, Context] = {}
        for exchange in attributed.exchanges:
            if self.state(exchange.number) in {None, State.OPEN}:
                self.answer(exchange)
            if not self._is_held(exchange, context):
                now.append(exchange)
        for exchange in map(self._excused, attributed.late):
            held = self._pending.get(exchange.number)
            if held is None:
                late.append(exchange)
                continue
            # What is remembered of an exchange is less than is known of it here.
            whole = replace(held.exchange, deliveries=exchange.deliveries, guessed=exchange.guessed)
            whole = replace(whole, excuse=exchange.excuse, unheard=exchange.unheard)
            whole = replace(whole, calls=held.exchange.calls_with(exchange))
            self._seconds = max(self._seconds, 2 * (max(d.received for d in whole.deliveries) - whole.ended))
            if not self._is_held(whole, held.context):
                now.append(whole)
                contexts[whole.number] = held.context
        while len(self._pending) > self._most or self._bytes > MOST_BYTES:
            number, held = next(iter(self._pending.items()))
            now.append(replace(held.exchange, unheard=self._after(number, Signal.CROWD) is State.UNHEARD))
            contexts[number] = held.context
        return replace(attributed, exchanges=tuple(now), late=tuple(late)), contexts

    def over(self, now: float) -> tuple[tuple[Exchange, ...], dict[int, Context]]:
        """Let go of what had its time, as all that came until now is known; return it with the contexts."""
        return self._let_go(now, (), hangs=False, all_of_it=False)

    def rest(
        self, now: float, faults: Collection[float], *, hangs: bool = False
    ) -> tuple[tuple[Exchange, ...], dict[int, Context]]:
        """Let go of all that is pending; return it with the contexts.

        The faults are when an ingest was put out of order. Where the target `hangs`, it still waits for a delivery that
        an ingest has let hang: what is missing may come behind that.
        """
        return self._let_go(now, faults, hangs=hangs, all_of_it=True)

    def _let_go(
        self, now: float, faults: Collection[float], *, hangs: bool, all_of_it: bool
    ) -> tuple[tuple[Exchange, ...], dict[int, Context]]:
        exchanges: list[Exchange] = []
        contexts: dict[int, Context] = {}
        no_time: list[str] = []
        for number, (exchange, context) in tuple(self._pending.items()):
            signal = self._signal(exchange, now, faults, hangs=hangs)
            state = State.PENDING if signal is None else self._after(number, signal)
            if state is State.PENDING:
                if not all_of_it:
                    continue
                no_time += [exchange.case.label] * (signal is Signal.BUSY)
                state = self._after(number, Signal.END)
            if hangs:
                self.behind[exchange.case.label] = None
            exchanges.append(replace(exchange, unheard=state is State.UNHEARD))
            contexts[number] = context
        self.kept_waiting, self._too_late = (*no_time, *self._too_late), []
        return tuple(exchanges), contexts

    def not_proven(self) -> Iterator[NotProven]:
        """Yield whose events may have waited behind a delivery that hangs."""
        if not self.behind:
            return
        yield NotProven(
            "events behind one that hangs",
            f"{some_of(list(self.behind))}: no event came in time, and the target still waited for a "
            "delivery that its receiver had let hang. Whether the event is lost, or waits behind that one, is unknown.",
            add="[target.env], with a shorter timeout for deliveries, if the target has one",
            weight=Weight.EVENTS,
        )

    def _after(self, number: int, signal: Signal) -> State:
        """Return the state of an exchange after a signal; it is no longer in the one before."""
        state = self.state(number)
        if state is None:
            raise ValueError(f"{signal} is of exchange {number}, which is over or was never begun")
        after = TRANSITIONS[state, signal]
        if after is not state:
            self._open.discard(number)
            self._answered.pop(number, None)
            held = self._pending.pop(number, None)
            self._bytes -= 0 if held is None else _size(held.exchange)
        return after

    def _is_held(self, exchange: Exchange, context: Context) -> bool:
        """Take what is tied to an exchange; return whether it lacks something still."""
        lacks = any(self._awaited or not owed.awaited(event) for event in lacking(exchange, self._law_contexts))
        before = self.state(exchange.number)
        if self._after(exchange.number, Signal.LACKS if lacks else Signal.WHOLE) is not State.PENDING:
            return False
        self._pending[exchange.number] = _Entry(exchange, context)
        self._bytes += 0 if before is State.PENDING else _size(exchange)
        return True

    def _signal(self, exchange: Exchange, now: float, faults: Collection[float], *, hangs: bool) -> Signal | None:
        """Return what the time that has passed says of an exchange that is pending; None: nothing yet."""
        if hangs:
            return Signal.FAILED
        events = list(lacking(exchange, self._law_contexts))
        if all(map(owed.awaited, events)):
            # Its answer accuses it, on any machine: what comes in this time only says that the event is late, not lost.
            return Signal.TIME if exchange.ended + LIMITS.awaited <= now else None
        # As long as the contract gives it, where that is longer.
        seconds = max(self.seconds, *((event.delivery.within_ms or 0) / 1000 for event in events))
        if exchange.ended + seconds > now:
            return None
        end = self._end(exchange.ended, seconds, now)
        # What has longer than a run waits is lost at no time that is seen.
        if end > now or self._gave_up(exchange):
            return Signal.BUSY
        return Signal.FAILED if any(exchange.ended <= fault < end for fault in faults) else Signal.TIME

    def _end(self, began: float, seconds: float, now: float) -> float:
        """Return when some seconds are over in which the target was not kept waiting; later than now: they are not."""
        end = began + seconds
        for _ in range(_MOST_STEPS):
            if end > now:
                break
            later = began + seconds + self._waits(began, end)
            if later - end < _NEARLY:
                break
            end = later
        return end

    def _gave_up(self, exchange: Exchange) -> bool:
        """Whether the target may have given up an attempt that this machine let nobody take in time."""
        most = SHARE * self._attempt
        return most > 0 and self._waits(exchange.began, exchange.ended + self._attempt) >= most

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


def _size(exchange: Exchange) -> int:
    """Return how long the body of its answer is, bytes; an exchange that is held has an answer."""
    return len(exchange.answer.body) if isinstance(exchange.answer, Answer) else 0
