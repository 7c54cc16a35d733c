"""Observes the calls of a client that is not the run's own, and ties to each what the target does because of it.

There are no batches: a call begins, and it is over when its answer is there and what it caused has had its time. Calls
overlap as their client likes, so each delivery is given to a call by its caller, and waits until that call is over.

- A call whose caller is its own is tied alone, whatever else is under way.
- Calls that nothing but the time tells apart (one user for all, callers who take turns) are tied together, as soon as
  each of them has its answer.
- A call to an upstream has no identity. It belongs to the only call that is under way, or to the one whose event
  carries its answer.

All of it belongs to the thread of the world's event loop.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING
from urllib.parse import unquote
from weakref import WeakValueDictionary

from bothends.engine.play.exchange_runner import QUIET_SECONDS
from bothends.engine.play.overdue import Overdue
from bothends.engine.play.pending import LIMITS
from bothends.engine.tie import Attributed
from bothends.records import find_tokens

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from bothends.engine.play.batches import Batch
    from bothends.engine.play.exchange_runner import ExchangeRunner
    from bothends.engine.play.played import Played
    from bothends.engine.testbed import TestBed
    from bothends.records import Condition, Delivery, Exchange, UpstreamCall


@dataclass(eq=False)
class Call:
    """A call of another client.

    Attributes:
        number: The exchange's number.
        began: When it was about to be made; by the clock, seconds.
        apart: Whether its caller, or a path of its own, tells what it causes from what others cause.
        exchange: What was witnessed of it; None: it has no answer yet.
        accompanied: Whether another call was under way at the same time.
        tied: Whether what it caused was given to it.
    """

    number: int
    began: float
    apart: bool = True
    exchange: Exchange | None = None
    accompanied: bool = False
    tied: bool = False
    given: tuple[Condition, ...] = field(default=(), repr=False)


class Observer:
    """Sees both ends of calls that another client makes."""

    def __init__(self, testbed: TestBed, exchange_runner: ExchangeRunner, *, strangers: bool = False) -> None:
        """Look on.

        Args:
            testbed: Has the world and the clock.
            exchange_runner: Numbers exchanges, and ties them; it may play when no call is under way.
            strangers: Whether others may send requests that are no calls: an event without a mark accuses nobody then.
        """
        self._strangers = strangers
        self._testbed = testbed
        self._exchange_runner = exchange_runner
        self._calls: dict[int, Call] = {}
        self._known: WeakValueDictionary[int, Call] = WeakValueDictionary()
        self._deliveries: list[Delivery] = []
        self._upstream: list[UpstreamCall] = []
        self._given: tuple[Condition, ...] = ()
        self._overdue = Overdue(
            exchange_runner.tying.law_contexts, testbed.clock.now, gone=lambda: testbed.target.died() is not None
        )
        self._playing = False
        self._aside: list[Attributed] = []

    async def play(self, batch: Batch) -> Played:
        """Play a batch with the world's own client.

        Raises:
            RuntimeError: Calls are under way, which need the world as it is.
        """
        if self._calls:
            raise RuntimeError("requests of a client are under way: wait for their responses first")
        self._playing = True
        try:
            return await self._exchange_runner.play(batch)
        finally:
            self._playing = False

    def begin(self, *, number: int | None = None, apart: bool = True, given: Sequence[Condition] = ()) -> Call:
        """Take note that a call is about to be made.

        Args:
            number: The exchange's number; None: the next one.
            apart: Whether its caller, or a path of its own, tells what it causes from what others cause.
            given: The state of the world that it is made in; all calls that are under way have the same.

        Raises:
            RuntimeError: Calls in another state of the world are under way, or a batch is played.
            HarnessError: The world failed.
        """
        given = tuple(given)
        if self._playing:
            raise RuntimeError("the workbench sends a request of its own: wait for its exchange first")
        if self._calls and given != self._given:
            raise RuntimeError(
                "the world can't change its state while requests are under way: wait for their responses first"
            )
        # What has come since the last call is of one before, or of a request that no call was made for.
        self.look()
        if not self._calls and (given or self._given):
            self._testbed.world.state.set(given)
            self._given = given
        call = Call(number or self._exchange_runner.sender.next_number(), self._testbed.clock.now(), apart, given=given)
        for other in self._calls.values():
            other.accompanied = call.accompanied = True
        self._calls[call.number] = self._known[call.number] = call
        return call

    def forget(self, call: Call) -> None:
        """Take note that a call never came to be."""
        self._calls.pop(call.number, None)
        self._at_rest()

    async def end(self, call: Call, exchange: Exchange, *, behind: float | None = None) -> Attributed:
        """Take note that a call has its answer; wait for what it has caused, and return its exchange with that.

        The time of its end is filled in here. Events that no answer waits for are waited for `behind` seconds at most;
        None: what is not there in a moment is not waited for.

        Raises:
            HarnessError: The world failed.
        """
        call.exchange = replace(exchange, began=call.began, ended=self._testbed.clock.now())
        try:
            await self._caused(call)
            attributed = Attributed(()) if call.tied else self._tie(call)
            if behind is not None:
                await self._wait_for_overdue(call, behind)
        finally:
            self._calls.pop(call.number, None)
            self._at_rest()
        return replace(attributed, exchanges=(call.exchange,), late=(), phantoms=())

    def abandon(self, call: Call, exchange: Exchange) -> None:
        """Take note that the client of a call has gone: it waits for nothing any more."""
        call.exchange = replace(exchange, began=call.began, ended=self._testbed.clock.now())
        self._collect()
        self._tie(call)
        self.forget(call)

    def look(self) -> None:
        """Tie what has come, and is of no call that is under way, to calls before.

        Raises:
            HarnessError: The world failed.
        """
        self._collect()
        first = min((call.began for call in self._calls.values() if not call.tied), default=self._testbed.clock.now())
        before = [d for d in self._deliveries if not self._numbers(d) and d.received <= first]
        late = [d for d in self._deliveries if self._is_late(d)]
        calls = [call for call in self._upstream if call.ended <= first]
        self._deliveries = [d for d in self._deliveries if d not in before and d not in late]
        self._upstream = [call for call in self._upstream if call not in calls]
        ready = late if self._strangers else [*late, *before]
        if ready or calls:
            self._note(self._exchange_runner.tying.tie((), ready, calls))

    def taken(self) -> list[Attributed]:
        """Return what came late since the last time."""
        aside, self._aside = self._aside, []
        return aside

    def _at_rest(self) -> None:
        if not self._calls and self._given:
            self._testbed.world.state.set(())
            self._given = ()

    def _collect(self) -> None:
        deliveries, calls = self._testbed.world.take()
        self._deliveries += deliveries
        self._upstream += calls

    async def _caused(self, call: Call) -> None:
        """Wait for what a call has caused, as far as that can be told."""
        world, clock = self._testbed.world, self._testbed.clock
        if not call.accompanied:
            # The target may hold a call open to a faulty upstream, though it has answered.
            await world.services.quiet(QUIET_SECONDS if call.given else LIMITS.settle)
        until = clock.now() + (0.0 if call.given else LIMITS.settle)
        longest = call.began + self._testbed.client.time_limit
        self._collect()
        while not call.tied:
            waits = self._awaits_more(call) and clock.now() < until
            others = not call.apart and any(one.exchange is None for one in self._alike())
            if not waits and not (others and clock.now() < longest):
                return
            await asyncio.sleep(LIMITS.glance)
            self._collect()

    def _awaits_more(self, call: Call) -> bool:
        group = [call] if call.apart else self._alike()
        promised = sum(
            one.exchange is not None and self._exchange_runner.tying.owes_event(one.exchange) for one in group
        )
        numbers = {one.number for one in group}
        unmarked = not call.apart or not call.accompanied
        arrived = sum(d.acknowledged and self._is_of(d, numbers, unmarked=unmarked) for d in self._deliveries)
        return promised > arrived

    def _alike(self) -> list[Call]:
        """Return the calls that nothing but the time tells apart."""
        return [one for one in self._calls.values() if not one.apart and not one.tied]

    def _tie(self, call: Call) -> Attributed:
        """Tie what has come to a call, or to it and those that are like it, and keep what is of calls under way."""
        alike = [one for one in self._alike() if one.exchange is not None]
        group = [call] if call.apart else alike
        numbers = {one.number for one in group}
        elsewhere = any(one not in group and not one.tied for one in self._calls.values())
        alone = not elsewhere and not any(one.accompanied for one in group if one.apart)
        unmarked = alone if call.apart else not any(one.exchange is None for one in self._alike())
        ready = [d for d in self._deliveries if self._is_of(d, numbers, unmarked=unmarked) or self._is_late(d)]
        self._deliveries = [d for d in self._deliveries if d not in ready]
        used = {
            token.number for d in ready for token in find_tokens(self._testbed.world.seed, d.event) if token.kind == "s"
        }
        shared = self._upstream if not elsewhere and (len(group) > 1 or alone) else []
        calls = [one for one in self._upstream if one in shared or one.number in used]
        self._upstream = [one for one in self._upstream if one not in calls]
        exchanges = [one.exchange for one in group if one.exchange is not None]
        attributed = self._exchange_runner.tying.tie(exchanges, ready, calls)
        for one in group:
            one.tied = True
        self._note(attributed)
        return attributed

    def _note(self, attributed: Attributed) -> None:
        """Let calls know what was tied to them, and put aside what came late."""
        for exchange in (*attributed.exchanges, *attributed.late):
            call = self._known.get(exchange.number)
            if call is not None and call.exchange is not None:
                # What is remembered of an earlier exchange is less than is known of it here.
                calls = exchange.calls or call.exchange.calls
                call.exchange = replace(
                    call.exchange, deliveries=exchange.deliveries, calls=calls, guessed=exchange.guessed
                )
        waiting = {call.number for call in self._calls.values()}
        late = tuple(exchange for exchange in attributed.late if exchange.number not in waiting)
        if late or attributed.phantoms:
            self._aside.append(replace(attributed, exchanges=(), late=late))

    async def _wait_for_overdue(self, call: Call, behind: float) -> None:
        """Wait for events that are owed and have not come."""

        def seen() -> Attributed:
            return Attributed(() if call.exchange is None else (call.exchange,))

        def later() -> Attributed:
            self.look()
            return replace(seen(), exchanges=(), late=seen().exchanges)

        if self._overdue.seconds(seen(), behind):
            await self._overdue.of(seen(), later, behind=behind)
        else:  # calls are of many callers: one that lacks nothing, or is not waited for, says that others are worth it
            self._overdue.budget.renew()

    def _is_late(self, delivery: Delivery) -> bool:
        """Whether a delivery names exchanges, and none that waits for what it has caused."""
        numbers = self._numbers(delivery)
        return bool(numbers) and not any(n in self._calls and not self._calls[n].tied for n in numbers)

    def _is_of(self, delivery: Delivery, numbers: Iterable[int], *, unmarked: bool) -> bool:
        marks = self._numbers(delivery)
        return bool(marks.intersection(numbers)) if marks else unmarked

    def _numbers(self, delivery: Delivery) -> set[int]:
        """Return the exchanges that a delivery names: by the path that was made for one, else by their users."""
        seed = self._testbed.world.seed
        own = {token.number for token in find_tokens(seed, unquote(delivery.target)) if token.kind == "c"}
        subject = delivery.event if delivery.event is not None else delivery.payload
        return own or {token.number for token in find_tokens(seed, subject) if token.kind == "u"}
