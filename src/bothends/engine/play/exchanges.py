"""Makes the exchanges of slots: what one slot needs, how it is sent, and what its step waits for at its end."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING

from bothends.engine.play.batches import LARGEST, Scope
from bothends.engine.play.keyed import room_of
from bothends.engine.play.listening import read_until
from bothends.engine.play.looks import looked_at
from bothends.engine.play.pending import LIMITS, WaitBudget
from bothends.engine.play.repeater import Repeater
from bothends.engine.play.sender import Sender
from bothends.engine.play.slots import Claim, Room, Slot
from bothends.engine.play.steps import Step
from bothends.engine.play.timeouts import TimeoutBudget
from bothends.records import Answer, NoAnswer

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from bothends.contract import Operation
    from bothends.engine.play.arrivals import Arrivals
    from bothends.engine.play.batches import Batch
    from bothends.engine.play.own_keys import OwnKeys
    from bothends.engine.testbed import TestBed
    from bothends.records import Case, Condition, Credential, Exchange, Request

_MOST_MISSES = 10
"""Successes in a row without an event, after which it is no longer waited for between requests that run one by one."""

_BEGUN_TOGETHER = 0.1
"""Seconds in which those that began with a request are over without an answer as well: nothing is begun meanwhile."""

_GONE = frozenset({404, 410})


class Exchanges:
    """Makes the exchanges of slots on a test bed.

    Attributes:
        sender: Sends their requests, and numbers them.
        timeout_budget: What is left of it with a target that does not answer.
        pace: Whether the target gets slower.
        left_out: Slots that were not sent, as nothing before them was answered.
        met: How often states were met of a world that was made well before its batch was over.
    """

    def __init__(
        self,
        testbed: TestBed,
        operations: Sequence[Operation],
        *,
        concurrency: int,
        one_at_a_time: Collection[str] = (),
        own_keys: OwnKeys | None = None,
    ) -> None:
        """Take a test bed.

        Args:
            testbed: Where to send.
            operations: The contract's.
            concurrency: How many exchanges of a batch are under way at once.
            one_at_a_time: The operations whose events nothing ties to their requests but the time.
            own_keys: Gives the requests of others of them values of their own; None: they have none.
        """
        self._testbed = testbed
        self._concurrency = concurrency
        self._always_singly = frozenset(one_at_a_time)
        self._own_keys = own_keys
        self.sender = Sender(testbed, operations, own_keys)
        self._repeater = Repeater(testbed, self.sender, self)
        self._between = WaitBudget(most=_MOST_MISSES)
        self.timeout_budget = TimeoutBudget(len(operations))
        self.pace = self.sender.pace
        self.left_out = 0
        self._never_there: set[str] = set()
        self.met: dict[Condition, int] = {}

    def steps(self, batches: Sequence[Batch]) -> list[Step]:
        """Return what is played of batches together, with the numbers of their exchanges."""
        steps = [Step(place, one, [self.sender.next_number() for _ in one.cases]) for place, one in enumerate(batches)]
        if self.sender.ids is not None:
            for step in steps:
                self.sender.ids.bind(step.numbers, step.batch)
        return steps

    def slots(self, steps: Sequence[Step]) -> Iterator[Slot]:
        """Yield the slots of steps: those that must be alone are the last of their step."""
        singly = self._one_at_a_time
        place = 0
        for step in steps:
            batch, room = step.batch, Room(f"{step.place}", self._at_once(step.batch, singly))
            own = batch.scope is Scope.EXCHANGE
            state, services = ((), _services(batch)) if own else (batch.given, frozenset())
            last = frozenset() if len(batch.cases) == 1 or batch.overlaps else self._without_key(step, singly)
            places = range(len(batch.cases))
            for index in (*(one for one in places if one not in last), *sorted(last)):
                case = batch.cases[index]
                alone = index in last or (case.operation in singly and not batch.overlaps)
                claim = Claim(step.place, state, services, in_turn=own, alone=alone)
                yield Slot(place, case, claim, room, number=step.numbers[index])
                place += 1

    def rows(self, rows: Sequence[Sequence[Step]], at_once: int) -> Iterator[Slot]:
        """Yield the slots of steps of one case each, of which those of a row follow each other.

        Args:
            rows: The steps.
            at_once: How many rows whose faults hold a connection are under way at once, at most.
        """
        for row in rows:
            room, follows = room_of(row[0].batch, at_once), None
            for step in row:
                claim = Claim(step.place, own=_services(step.batch))
                yield Slot(step.place, step.batch.cases[0], claim, room, follows, step.numbers[0])
                follows = step.place

    def _at_once(self, batch: Batch, singly: Collection[str]) -> int:
        """Return how many exchanges of a batch are under way at once."""
        if any(case.operation in singly for case in batch.cases) and not batch.overlaps:
            return 1
        if batch.concurrency is not None:
            return batch.concurrency
        # A client with a behaviour of its own mostly waits: whether more comes, whether the connection is closed. Some
        # that are to be answered have seventy connections more, and servers are set up for a hundred.
        if all(case.behaviour for case in batch.cases):
            return LARGEST if all(case.expect.refused for case in batch.cases) else self._concurrency * 3 // 2
        return self._concurrency

    @property
    def _one_at_a_time(self) -> Collection[str]:
        """The operations whose requests run one at a time."""
        return self._always_singly if self._own_keys is None else {*self._always_singly, *self._own_keys.singly}

    def _without_key(self, step: Step, singly: Collection[str]) -> frozenset[int]:
        """Return the places of the cases that must be alone: without a key, or with another's."""
        if self._own_keys is None:
            return frozenset()
        requests = {
            index: self.sender.request(step.numbers[index], case)
            for index, case in enumerate(step.batch.cases)
            if self._own_keys.needs(case.operation) and case.operation not in singly
        }
        if not requests:
            return frozenset()
        cases = list(enumerate(step.batch.cases))
        _, rest = self._own_keys.first_and_rest(cases, requests, step.numbers[0])
        return frozenset(index for index, _ in rest)

    async def send(self, step: Step, slot: Slot) -> bool:
        """Make the exchange of a slot; return whether what follows it is to be played: others were answered."""
        if step.budget.gives_up(slot.case):
            self.left_out += 1
            return False
        before = self._testbed.world.recorder.waiting_at_a_callback
        step.made[slot.number] = exchange = await self._exchange(slot.number, slot.case, step)
        if slot.claim.alone:
            await self._event_of(exchange, before)
        step.budget.note(exchange)
        await self._note(exchange)
        return True

    async def _note(self, exchange: Exchange) -> None:
        self.timeout_budget.note(exchange)
        self.pace.note(exchange)
        patient = not exchange.case.behaviour  # others go of themselves
        if patient and isinstance(exchange.answer, NoAnswer) and exchange.answer.kind == "timeout":
            await asyncio.sleep(_BEGUN_TOGETHER)

    async def wait_for_event(self, exchange: Exchange, before: int) -> None:
        """Wait for the event of an exchange, where nothing but the time tells it from the next one's."""
        if exchange.case.operation in self._one_at_a_time:
            await self._event_of(exchange, before)

    async def _event_of(self, exchange: Exchange, before: int) -> None:
        """Wait a moment for the event of a success: nothing but the time tells it from the next request's."""
        if not exchange.succeeded or not self._between.of(LIMITS.settle):
            return
        for _ in range(round(LIMITS.settle / LIMITS.glance)):  # on a busy machine, they take longer
            if self._testbed.world.recorder.waiting_at_a_callback > before:
                self._between.renew()
                return
            await asyncio.sleep(LIMITS.glance)
        self._between.over(LIMITS.settle, vain=True)

    def make_well(self) -> None:
        """Make the world well, for the rest of a batch."""
        self.met |= self._testbed.world.state.fired()
        self._testbed.world.state.set(())

    async def _exchange(self, number: int, case: Case, step: Step) -> Exchange:
        """Make the exchange of a case; those that it has beside it are put into its step."""
        send, batch = self.sender, step.batch
        if case.behaviour:
            first, *others = await send.with_behaviour(number, case, batch)
            step.beside += others
            return first
        credential = send.signed_in(number, case, batch)
        if case.again:
            first, *others = await self._repeater.exchanges(number, case, batch, credential)
            step.beside += others
            return first
        request = send.request(number, case)

        async def sent() -> Exchange:
            fresh = case.kill is not None  # on one that was used before, nobody could tell whether it was executed
            return send.exchange(number, case, credential, await send.send(request, credential, case, fresh=fresh))

        async def looked() -> Exchange:
            return await looked_at(send, number, case, credential, sent)

        ids = send.ids

        async def heard() -> Exchange:
            return await (looked() if ids is None else ids.registrations.around(case, looked))

        exchange = await (heard() if ids is None else ids.histories.around(case, heard))
        return await self._looked_for_again(exchange, request, credential, batch)

    async def _looked_for_again(
        self, exchange: Exchange, request: Request, credential: Credential, batch: Batch
    ) -> Exchange:
        """Ask once more for an object that was found before, and is answered not to be there.

        What expires or is removed does not come back: one that is there before and after was there all the time. But
        what another request was to delete may have been made anew since, under the id that it had.
        """
        case, answer, ids = exchange.case, exchange.answer, self.sender.ids
        if ids is None or not exchange.known or not isinstance(answer, Answer) or answer.status not in _GONE:
            return exchange
        plain = request.method == "GET" and not (case.given or batch.given or case.expect.refused)
        if plain and case.operation not in self._never_there and ids.is_new(exchange.number, case):
            return await self._once_it_is_there(exchange, request, credential)
        if not plain or not ids.is_there(exchange.number, case) or self.sender.may_have_removed(request):
            return exchange
        again = (await self.sender.send(request, credential, case)).answer
        return replace(exchange, there_again=isinstance(again, Answer) and again.success)

    async def _once_it_is_there(self, exchange: Exchange, request: Request, credential: Credential) -> Exchange:
        """Ask for an object that was made just before until it is there: a target may copy it to where it is read."""

        async def read() -> Exchange:
            sent = await self.sender.send(request, credential, exchange.case)
            return self.sender.exchange(exchange.number, exchange.case, credential, sent)

        found = await read_until(read, lambda one: one.succeeded)
        if found.succeeded:
            return found
        self._never_there.add(exchange.case.operation)
        return exchange


async def until_there(step: Step, arrivals: Arrivals) -> None:
    """Wait, in a step's own state of the world, for what comes of it when its exchanges are over."""
    clock = asyncio.get_running_loop().time
    exchanges, over = step.exchanges, clock()
    there = await arrivals.of(exchanges, step.arrived)
    await arrivals.met(exchanges, () if step.batch.scope is Scope.EXCHANGE else step.batch.given, step.state)
    await arrivals.hold(exchanges, clock() if there else over)


def _services(batch: Batch) -> frozenset[str]:
    return frozenset(condition.subject for condition in batch.given)
