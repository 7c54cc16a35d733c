"""What is right where a fault was not met: of a request that met nothing, what is right in a healthy world."""

from __future__ import annotations

from collections import Counter, OrderedDict
from dataclasses import replace
from http import HTTPStatus
from typing import TYPE_CHECKING

from bothends.conditions import kind_of
from bothends.records import Answer

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from bothends.contract import Contract
    from bothends.engine.play import Played
    from bothends.engine.tie import Attributed
    from bothends.records import Condition, Exchange, UpstreamCall

_REMEMBERED = 512
"""Exchanges that met nothing and are remembered, as something may come late for them."""
_SEEN_WITHOUT = 2
"""Good requests without a call: one alone may have been answered from what the target still knew."""


class UnmetFaults:
    """Tells which faults were met, and by whom.

    No service sees a refused connection. There it counts whether the operation calls that part of the world
    at all: one that succeeds without a call, and was never seen to make one, has met nothing. One that succeeds without
    a call to an upstream at times may have kept what that answered, and may have met nothing.
    """

    def __init__(self, contract: Contract) -> None:
        """Begin with nothing seen."""
        world = contract.settings.world
        self._successes = {operation.id: operation.success_statuses for operation in contract.operations}
        self._upstreams = frozenset(world.upstreams)
        self._parts = frozenset((*world.upstreams, *world.ingests))
        self._newest = 0
        self._healthy: OrderedDict[int, None] = OrderedDict()
        self._calls: set[tuple[str, str]] = set()
        self._succeeds_without: Counter[tuple[str, str]] = Counter()
        self._fails: set[tuple[str, str]] = set()

    def take(self, played: Played, calls: Mapping[int, UpstreamCall]) -> Played:
        """Take a batch; return it, with a success being right as well for each request that met no fault."""
        self._note(played, calls)
        self._healthy.update(
            (e.number, None) for e in played.attributed.exchanges if self._met_nothing(e, played.fired)
        )
        while len(self._healthy) > _REMEMBERED:
            self._healthy.popitem(last=False)
        attributed = played.attributed
        exchanges, late = (tuple(map(self._as_met, every)) for every in (attributed.exchanges, attributed.late))
        return replace(played, attributed=replace(attributed, exchanges=exchanges, late=late))

    def _note(self, played: Played, calls: Mapping[int, UpstreamCall]) -> None:
        """Note what an operation calls, where no other one was under way."""
        # What the target calls as it starts, say, no operation does.
        new = (call for number, call in calls.items() if number > self._newest and call.began >= played.began)
        called = {call.upstream for call in new}
        self._newest = max((self._newest, *calls))
        operations = {case.operation for case in played.batch.cases}
        if len(operations) != 1:
            return
        operation = operations.pop()
        called |= set(_ingests(played.attributed))
        self._calls |= {(operation, part) for part in called}
        if not played.batch.given and any(exchange.succeeded for exchange in played.attributed.exchanges):
            self._succeeds_without.update((operation, part) for part in self._parts - called)
        failed = any(not _is_well(exchange) for exchange in played.attributed.exchanges)
        self._fails |= {(operation, condition.subject) for condition in played.batch.given if failed}

    def passes_by(self, operation: str, part: str) -> bool:
        """Return whether an operation does without a part: several have succeeded, none called it or failed for it."""
        key = (operation, part)
        return self._succeeds_without[key] >= _SEEN_WITHOUT and key not in self._calls | self._fails

    def _met_nothing(self, exchange: Exchange, fired: Mapping[Condition, int]) -> bool:
        case = exchange.case
        if not case.of_the_world or case.expect.refused or not case.expect.statuses:
            return False
        return not any(self._met(case.operation, condition, fired) for condition in case.of_the_world)

    def _as_met(self, exchange: Exchange) -> Exchange:
        if exchange.number not in self._healthy:
            return exchange
        case = exchange.case
        right = case.expect.statuses | self._successes[case.operation]
        return replace(exchange, case=replace(case, expect=replace(case.expect, statuses=right)))

    def _met(self, operation: str, condition: Condition, fired: Mapping[Condition, int]) -> bool:
        key = (operation, condition.subject)
        if not fired.get(condition):
            return False
        if key not in self._succeeds_without:
            return True
        may_be_kept = condition.subject in self._upstreams and kind_of(condition.name).unseen
        return key in self._calls and not may_be_kept


def _is_well(exchange: Exchange) -> bool:
    """Return whether an exchange was answered, and with no error of the target's own."""
    return isinstance(exchange.answer, Answer) and exchange.answer.status < HTTPStatus.INTERNAL_SERVER_ERROR


def _ingests(attributed: Attributed) -> Iterator[str]:
    for exchange in attributed.exchanges:
        yield from (delivery.ingest for delivery in exchange.deliveries)
    yield from (delivery.ingest for delivery in (*attributed.phantoms, *attributed.unexplained))
