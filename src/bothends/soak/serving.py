"""The hub's world: it signs callers in, and hands on what arrives to the worker that has caused it."""

from __future__ import annotations

from bisect import bisect_right
from collections import OrderedDict
from typing import TYPE_CHECKING

from bothends.engine.play import OwnRequests
from bothends.errors import TargetError
from bothends.soak.plan import OperationsOf
from bothends.soak.routing import Names
from bothends.soak.totals import Phantoms

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bothends.contract import Contract
    from bothends.engine.play import OwnKeys
    from bothends.engine.testbed import TestBed
    from bothends.records import Credential, Delivery, UpstreamCall
    from bothends.soak.plan import Plan
    from bothends.soak.supply import Surroundings

_MOST_CALLS = 20_000
"""Upstream calls that are kept: an event that has the answer of one comes soon after it."""

Records = tuple[list["Delivery"], list["UpstreamCall"]]


class Blocks:
    """Which worker each exchange is of: blocks of numbers, one after the other.

    Attributes:
        next: The number of the next exchange.
        own: The last number of those that are of no worker, as the hub itself has made them.
    """

    def __init__(self, own: int) -> None:
        """Begin after some numbers."""
        self.own = own
        self.next = own + 1
        self._firsts: list[int] = []
        self._workers: list[str] = []

    def grant(self, worker: str, count: int) -> int:
        """Give a worker so many numbers; return the first."""
        first = self.next
        self._firsts.append(first)
        self._workers.append(worker)
        self.next += count
        return first

    def owner(self, number: int) -> str | None:
        """Return the worker that a number is of; None: of none."""
        place = bisect_right(self._firsts, number) - 1
        return self._workers[place] if place >= 0 and number < self.next else None


class Serving:
    """A world and a target for all workers.

    Attributes:
        phantoms: Deliveries of the run that belong to no worker.
        unexplained: Deliveries that have nothing of the run.
    """

    def __init__(  # noqa: PLR0913, PLR0917 -- what it combines
        self,
        contract: Contract,
        testbed: TestBed,
        plan: Plan,
        own_keys: OwnKeys,
        surroundings: Surroundings,
        blocks: Blocks,
    ) -> None:
        """Take what stands.

        Args:
            contract: The contract.
            testbed: The world and the target.
            plan: Which case an exchange is of.
            own_keys: What of requests comes back in events.
            surroundings: What companions are told.
            blocks: Which worker an exchange is of.
        """
        self._contract = contract
        self._testbed = testbed
        self._plan = plan
        self._blocks = blocks
        self._names = Names(contract, testbed.world.seed, own_keys.keys, OperationsOf(plan))
        self._own_keys = own_keys
        self._surroundings = surroundings
        self._by_value = frozenset(
            operation.id
            for operation in contract.operations
            if any(key.values and not (key.mark or key.trace) for key in own_keys.keys.of(operation.id).values())
        )
        self._calls: OrderedDict[int, UpstreamCall] = OrderedDict()
        self._has_ended = False
        self.phantoms = Phantoms()
        self.unexplained = 0

    @property
    def dropped(self) -> int:
        """How many records there was no room for."""
        return self._testbed.world.recorder.dropped

    async def callers(self, first: int, count: int) -> list[Credential]:
        """Return the callers of so many exchanges, from the first on; raises as `Preparation.renew`."""
        await self._testbed.renew()
        return [self._caller(number) for number in range(first, first + count)]

    def _caller(self, number: int) -> Credential:
        case, world = self._plan.case(number), self._testbed.world
        operation = self._contract.operation(case.operation)
        if case.operation in self._by_value:
            run, places = self._surroundings.run, self._surroundings.places
            requests = OwnRequests(world, world.setup.values, places, self._own_keys, run)
            self._names.remember(number, requests.of(operation, case.request, number), operation)
        return world.sign_in(number, case.given, None, operation.security)

    def check_target(self) -> None:
        """Look whether the target runs; that it does not is told once.

        Raises:
            TargetError: It has ended.
        """
        code = None if self._has_ended else self._testbed.target.died()
        if code is not None:
            self._has_ended = True
            raise TargetError(
                f"The target exited with code {code}.", advice="See its log, target.log in the state folder"
            )

    def look(self) -> Mapping[str, Records]:
        """Return what has arrived since the last time, by the worker that has caused it, in order.

        Raises:
            HarnessError: The world failed.
            TargetError: The target has overrun it.
        """
        deliveries, calls = self._testbed.world.take()
        for call in calls:
            self._calls[call.number] = call
        while len(self._calls) > _MOST_CALLS:
            self._calls.popitem(last=False)
        found: dict[str, Records] = {}
        for delivery in deliveries:
            worker = self._worker_of(delivery)
            if worker is not None:
                records = found.setdefault(worker, ([], []))
                records[0].append(delivery)
                told = (self._calls.get(number) for number in self._names.calls(delivery))
                records[1].extend(call for call in told if call is not None)
        return found

    def _worker_of(self, delivery: Delivery) -> str | None:
        numbers = self._names.numbers(delivery)
        if any(number <= self._blocks.own for number in numbers):
            return None  # of what the hub has asked itself, before all others
        owners = (self._blocks.owner(number) for number in numbers)
        worker = next((owner for owner in owners if owner is not None), None)
        if worker is None:
            if numbers or self._names.is_of_the_run(delivery):
                self.phantoms.take(delivery)
            else:
                self.unexplained += 1
        return worker
