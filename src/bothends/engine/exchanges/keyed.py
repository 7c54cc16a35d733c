"""Keyed faults: each is for the requests of one exchange alone, so that several are under way at once.

A fault of an ingest that acts on a request that was read can be played on those deliveries that tell their exchange.
So can a fault of an upstream on those calls that have the trace or the caller of theirs, where a target is seen to hand
them on; where it does not, one fault of an upstream follows the other. What waits after such a fault is mostly the
target, between its attempts; while it does, others may meet theirs. Faults at the door (refused, reset before a
request is read) are for everybody, and stay alone. So do crowds, clients with a behaviour of their own, what asks again
for what it asked before, and events that no answer waits for. Those that last until the target gives up wait beside
those of an upstream, which hold for everybody.

Nothing that is seen beside another exchange's fault accuses anybody: where an exchange breaks a law, or has not met its
fault, the batch is played again alone, and only what shows then is a finding.
"""

from __future__ import annotations

import asyncio
from collections import Counter, OrderedDict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from bothends.engine.attribution.untied import told_at_once
from bothends.engine.exchanges.batches import Batch, waiting_together
from bothends.engine.retries import too_busy
from bothends.laws import not_isolated, phantom
from bothends.records import MANY_IDLE, NotProven
from bothends.world.faults import FAULTS, Fault

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Sequence

    from bothends.contract import Contract, Operation
    from bothends.engine.exchanges.played import Played, Row, Rows
    from bothends.engine.findings.judge import Judged
    from bothends.records import Breach, Case, Cause

_REMEMBERED = 4096
"""Exchanges that were played beside others and are remembered."""

AT_MOST = 64
"""Faults of one group: when it is over, what has come for it is tied and judged."""

_FREE = 12
"""How many faults that are over at once are under way for each that holds a connection: the target waits, not they."""

TRIES = 3
"""How often faults are played beside each other again in a run, as this machine was busy."""

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


class Turns:
    """Lets so many faults be under way at once."""

    def __init__(self, at_once: int) -> None:
        """Begin with none.

        Args:
            at_once: How many of those that hold a connection; 1: one of all.
        """
        self._holding = asyncio.Semaphore(at_once)
        self._others = self._holding if at_once == 1 else asyncio.Semaphore(min(at_once * _FREE, _MOST_FREE))

    def of(self, batch: Batch) -> asyncio.Semaphore:
        """Return what a batch of one fault waits for until it may begin."""
        return self._holding if FAULTS.get(batch.given[0].name).holds else self._others


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
        waits = bool(batch.parallel_timeouts) and not beside
        held = (batch,) if waits else ()
        if not (waits or beside):
            yield batch
    yield from held


def _beside(one: Batch, other: Batch, may: Callable[[Batch], bool]) -> tuple[Batch, ...]:
    """Return the parallel timeouts of two batches with the first one's own beside the other's; nothing: there are none.

    Only where one answer is right for all of them: a target that begins anew calls the upstream once more.
    """
    own = [replace(part, own_fault=True) for part in one.parallel_timeouts if may(part)]
    others = other.parallel_timeouts
    if not (own and others) or any(map(may, others)) or not _alike([*own, *others]):
        return ()
    rest = tuple(part for part in one.parallel_timeouts if not may(part))
    return waiting_together((*own, *others)), *([waiting_together(rest)] if rest else [])


def _alike(parts: Sequence[Batch]) -> bool:
    cases = [case for part in parts for case in part.cases]
    right = frozenset.intersection(*(case.expect.statuses for case in cases))
    return bool(right) and len({case.operation for case in cases}) == 1


def unmet_faults_of_its_own(played: Played) -> bool:
    """Return whether an exchange has not met a fault of its own: its event may not have told whose it is."""
    parts = [part for part in played.batch.parallel_timeouts if part.own_fault]
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
    yield Batch(given, tuple(case for batch in batches for case in batch.cases), keyed=tuple(batches))


Broken = tuple[str, "Cause"]
"""A law that is broken, and by what: what tells findings apart."""


def what_breaks(breaches: Iterable[Breach]) -> frozenset[Broken]:
    """Return what breaches are of."""
    return frozenset((breach.law, breach.cause) for breach in breaches)


@dataclass(frozen=True, slots=True)
class Beside:
    """What one fault showed beside others, for which it is played again alone.

    Attributes:
        label: Its case.
        broken: What it broke; nothing: it was not met, or nobody knows what was executed, or who was late.
        known: Whether all of it is known but what is broken: then it need not be played again for what has shown alone.
        excused: Whether it was late, and this machine may be the reason.
    """

    label: str
    broken: frozenset[Broken]
    known: bool = False
    excused: bool = False

    @property
    def laws(self) -> frozenset[str]:
        """The laws that were broken."""
        return frozenset(law for law, _ in self.broken)


class Keying:
    """Whether faults are played side by side, and what was seen only when they were.

    Attributes:
        at_once: How many that hold a connection are under way at once; 1: none beside another.
        isolates: Whether the target guarantees that a fault of one request shows in no other.
        only_beside: What broke a law beside other faults, and not alone: the case, and the law.
        unknown: Cases that were late beside other faults each time, and never without this machine as a reason.
        tells: Whether calls to an upstream tell their exchanges, by the operation and the upstream, where it is known.
    """

    def __init__(self, at_once: int, *, isolates: bool = False) -> None:
        """Begin.

        Args:
            at_once: How many faults may be under way at once.
            isolates: Whether the target guarantees that a fault of one request shows in no other.
        """
        self.at_once = at_once
        self.isolates = isolates
        self.only_beside: dict[tuple[str, str], None] = {}
        self.unknown: dict[str, None] = {}
        self._tries = TRIES
        self.tells: dict[tuple[str, str], bool] = {}
        self._steps: OrderedDict[int, Batch] = OrderedDict()
        self._late: list[tuple[Batch, Beside]] = []

    def remember(self, step: Batch, row: Row) -> None:
        """Remember the exchanges of a batch that was played beside others: something may come late for them."""
        for played in row.played:
            self._steps.update((exchange.number, step) for exchange in played.attributed.exchanges)
        while len(self._steps) > _REMEMBERED:
            self._steps.popitem(last=False)

    def suspected(self, judged: Judged) -> bool:
        """Return whether an exchange that was played beside others breaks a law by what came late: then note it."""
        step = self._steps.get(judged.exchange.number) if judged.breaches else None
        if step is None:
            return False
        self._late.append((step, Beside(step.cases[0].label, what_breaks(judged.breaches))))
        return True

    def late_suspects(self) -> Sequence[tuple[Batch, Beside]]:
        """Return what must be played again alone for what came late, each once."""
        late, self._late = self._late, []
        return late

    @staticmethod
    def suspects(
        came: Rows,
        broken: Callable[[Played], frozenset[Broken] | None],
        late: Callable[[Played], bool] = lambda _: False,
    ) -> dict[int, Beside]:
        """Return what is not as it should be, by its place among the rows.

        Args:
            came: What came of faults that were played side by side.
            broken: Returns what the exchanges of one batch break; None: nobody knows.
            late: Whether one of them was late, and this machine may be the reason.
        """
        everywhere = what_breaks(map(phantom, came.rest.phantoms))
        found: dict[int, Beside] = {}
        for place, row in enumerate(came.rows):
            told = [broken(played) for played in row.played] if row.whole else [None]
            # Of a request that has not met its fault, any answer is right.
            every = everywhere if None in told else everywhere.union(*(one for one in told if one is not None))
            if every or None in told:
                label = row.played[0].batch.cases[0].label if row.played else ""
                found[place] = Beside(label, every, None not in told, excused=any(map(late, row.played)))
        return found

    def played_again(self, count: int, came: Rows, by: tuple[str, str] | None = None) -> None:
        """Take how many rows were played again alone.

        Where that is most of them, or a delivery told no single exchange, nothing is played side by side from then on:
        the events do not tell their exchanges, or it takes longer than one fault after the other. Of an upstream, that
        is so of its calls alone.

        Args:
            count: How many.
            came: What came of all.
            by: The operation and the upstream whose calls were to tell their exchanges; None: they are of an ingest.
        """
        if 2 * count <= len(came.rows) and not came.untold:
            return
        if by is None:
            self.at_once = 1
        else:
            self.tells[by] = False

    def compare(self, beside: Beside, alone: Collection[str]) -> list[Breach]:
        """Note what a fault has shown beside others only; return what of it breaks a guarantee.

        Args:
            beside: What it showed there.
            alone: The laws that were broken when it was played alone.
        """
        only = sorted(beside.laws.difference(alone))
        if only:
            self.at_once = 1
        self.only_beside.update(((beside.label, law), None) for law in only)
        return [not_isolated(beside.label, law) for law in only] if self.isolates else []

    def may_try_again(self) -> bool:
        """Return whether faults are played beside each other once more, as this machine was busy; count it."""
        self._tries -= 1
        return self._tries >= 0

    def not_proven(self) -> Iterator[NotProven]:
        """Yield what this machine was too busy to decide of a target that guarantees to isolate faults."""
        if self.unknown:
            yield replace(too_busy(self.unknown), what="time beside other faults")

    @property
    def told(self) -> tuple[tuple[str, str], ...]:
        """What was seen beside other faults only, as cases and laws; nothing, where that breaks a guarantee."""
        return () if self.isolates else tuple(self.only_beside)


def beside_not_proven(seen: Sequence[tuple[str, str]], explained: Collection[str]) -> Iterator[NotProven]:
    """Yield what was seen beside other faults only, and what to do.

    A case that breaks a law beside others which is found broken anyway shows nothing more: that requests at the same
    time disturb each other is the finding, and which of them meet is chance.

    Args:
        seen: The cases, and the laws.
        explained: The laws of the errors that break the contract, and those whose breach may follow from one of them.
    """
    known = {label for label, law in seen if law in explained}
    left = [f"{law} in {label}" for label, law in seen if label not in known]
    if not left:
        return
    more = f" and {len(left) - 3} more" if len(left) > 3 else ""  # noqa: PLR2004 -- as many as fit on a line
    yield NotProven(
        "only beside other faults",
        f"{', '.join(left[:3])}{more}: broken with other faults under way, and not alone; where requests share a "
        "circuit breaker or a connection, set faults_at_once = 1 in [target]",
    )
