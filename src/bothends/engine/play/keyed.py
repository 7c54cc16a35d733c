"""Keyed faults: each is for the requests of one exchange alone, so that several are under way at once.

A fault of an ingest that acts on a request that was read can be played on those deliveries that tell their exchange.
So can a fault of an upstream on those calls that have the trace or the caller of theirs, where a target is seen to hand
them on; where it does not, one fault of an upstream follows the other. What waits after such a fault is mostly the
target, between its attempts; while it does, others may meet theirs. Faults at the door (refused, reset before a
request is read) are for everybody, and stay alone. So do crowds, clients with a behaviour of their own, what asks again
for what it asked before, and events that no answer waits for. Those that last until the target gives up wait beside
those of an upstream, which hold for everybody.

`beside.py` says what comes of it.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

from bothends.engine.play.batches import Batch, Scope, waiting_together
from bothends.engine.play.slots import Room
from bothends.engine.tie import told_at_once
from bothends.records import MANY_IDLE
from bothends.world import FAULTS, Fault

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from bothends.contract import Contract, Operation
    from bothends.engine.play.played import Played
    from bothends.records import Case

AT_MOST = 64
"""Faults of one group: when it is over, what has come for it is tied and judged."""

_FREE = 12
"""How many faults that are over at once are under way for each that holds a connection: the target waits, not they."""

_MOST_FREE = MANY_IDLE * 3 // 4
"""Such faults under way at most: no more connections may be idle after them than a right target has."""


class Keyable:
    """Tells which faults may be for the requests of single exchanges alone."""

    def __init__(self, contract: Contract) -> None:
        """Take a contract: it says what tells the exchange of an event, and which answers wait for theirs."""
        self._parts = (*contract.settings.world.ingests, *contract.settings.world.upstreams)
        self._ingests = contract.settings.world.ingests
        self._awaited = {one.id for one in contract.operations if _all_awaited(one) and told_at_once(contract, one)}

    def fault(self, batch: Batch) -> bool:
        """Return whether a batch is one request with a fault that may be for it alone."""
        return len(batch.cases) == 1 and not batch.prelude and self._may(batch)

    def wait(self, batch: Batch) -> bool:
        """Return whether the fault of a part of parallel timeouts may be for its own exchanges: of an ingest."""
        return self._may(batch) and batch.given[0].subject in self._ingests

    def _may(self, batch: Batch) -> bool:
        if len(batch.given) != 1 or batch.user:
            return False
        (condition,) = batch.given
        if condition.subject not in self._parts or not all(self._plain(case, batch) for case in batch.cases):
            return False
        kind = FAULTS.get(condition.name)
        at_the_door = kind.begin is not Fault.begin or kind.met is not Fault.met
        return not (at_the_door or kind.outlasts or kind.of_connections)

    def _plain(self, case: Case, batch: Batch) -> bool:
        own = case.operation in self._awaited and case.given == batch.given
        odd = case.behaviour or case.again or case.request.raw is not None or case.expect.any_answer
        return own and not odd


def _all_awaited(operation: Operation) -> bool:
    """Whether each answer of an operation waits for its one event, whose attempts nobody counts."""
    plain = not (operation.id_places or operation.idempotency)
    return plain and all(
        event.when is not None
        and event.when.owed
        and event.when.single
        and event.delivery.answer == "after"
        and not event.delivery.retries
        and event.delivery.within_ms is None
        for event in operation.events
    )


def room_of(batch: Batch, at_once: int) -> Room:
    """Return with which others a batch of one fault shares its turns, `at_once` of those that hold a connection."""
    if at_once == 1 or FAULTS.get(batch.given[0].name).holds:
        return Room("faults that hold a connection", at_once)
    return Room("faults that are over at once", min(at_once * _FREE, _MOST_FREE))


def waiting_beside(batches: Iterable[Batch], may: Callable[[Batch], bool]) -> Iterator[Batch]:
    """Yield batches; parallel timeouts that may be for their own exchanges are with those of an upstream next to them.

    Args:
        batches: As they were planned.
        may: Tells whether the fault of one part of a batch of parallel timeouts may be for its own exchanges.
    """
    held: tuple[Batch, ...] = ()  # one at most
    for batch in batches:
        beside = [pair for one in held for pair in (_beside(one, batch, may) or _beside(batch, one, may))]
        yield from beside or held
        waits = batch.waits and not beside
        held = (batch,) if waits else ()
        if not (waits or beside):
            yield batch
    yield from held


def _beside(one: Batch, other: Batch, may: Callable[[Batch], bool]) -> tuple[Batch, ...]:
    """Return the parallel timeouts of two batches with the first one's own beside the other's; nothing: there are none.

    Only where one answer is right for all of them: a target that begins anew calls the upstream once more.
    """
    own = [replace(part, scope=Scope.EXCHANGE) for part in one.together if may(part)]
    others = other.together
    if not (own and others) or any(map(may, others)) or not _alike([*own, *others]):
        return ()
    rest = tuple(part for part in one.together if not may(part))
    return waiting_together((*own, *others)), *([waiting_together(rest)] if rest else [])


def _alike(parts: Sequence[Batch]) -> bool:
    cases = [case for part in parts for case in part.cases]
    right = frozenset.intersection(*(case.expect.statuses for case in cases))
    return bool(right) and len({case.operation for case in cases}) == 1


def unmet_faults_of_its_own(played: Played) -> bool:
    """Return whether an exchange has not met a fault of its own: its event may not have told whose it is."""
    parts = [part for part in played.batch.together if part.scope is Scope.EXCHANGE]
    due = Counter(part.given[0] for part in parts for _ in part.cases)
    return not played.left_out and any(played.fired.get(one, 0) < count for one, count in due.items())


def grouped(batches: Iterable[Batch], may: Callable[[Batch], bool]) -> Iterator[Batch]:
    """Yield batches; those whose faults may be keyed are in groups, each of one operation and one part of the world.

    A group stands before the batches in other states of the world that were planned among its own. All others keep
    their places.
    """
    waiting: dict[tuple[str, str], list[Batch]] = {}
    behind: list[Batch] = []
    for batch in batches:
        if may(batch):
            key = batch.cases[0].operation, batch.given[0].subject
            own = waiting.setdefault(key, [])
            own.append(batch)
            if len(own) == AT_MOST:
                yield from _group(waiting.pop(key))
        elif batch.given and waiting:
            behind.append(batch)
        else:
            yield from _flushed(waiting, behind)
            yield batch
    yield from _flushed(waiting, behind)


def _flushed(waiting: dict[tuple[str, str], list[Batch]], behind: list[Batch]) -> Iterator[Batch]:
    for batches in waiting.values():
        yield from _group(batches)
    yield from behind
    waiting.clear()
    behind.clear()


def _group(batches: Sequence[Batch]) -> Iterator[Batch]:
    if len(batches) < 2:  # noqa: PLR2004 -- one alone has nothing beside it
        yield from batches
        return
    given = tuple(dict.fromkeys(batch.given[0] for batch in batches))
    own = tuple(replace(batch, scope=Scope.EXCHANGE) for batch in batches)
    yield Batch(given, tuple(case for batch in batches for case in batch.cases), together=own)
