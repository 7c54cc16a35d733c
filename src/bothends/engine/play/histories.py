"""Plays what histories are made of: requests about one object, in rounds, before the reading that ends them.

Each request is a usual exchange, judged like any other. What arrives at the ingests meanwhile is heard as well, whoever
it is tied to: which events there were of the object is known by what they say of it.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from bothends.cases import changing, events_about, object_place, removes_object
from bothends.contract.requests import SAFE
from bothends.engine.counts import counted
from bothends.engine.play.batches import Batch
from bothends.engine.play.history_promises import promises_of
from bothends.engine.play.history_records import Seen, history_of, named_in, read_value
from bothends.engine.play.kills import KILLED, NOT_REACHED, REACHED, SENT_AFTER, Killer, was_refused
from bothends.engine.play.listening import heard_within, read_until
from bothends.engine.play.pending import LIMITS
from bothends.histories import history_to_json, promises_to_json
from bothends.launch import LaunchedTarget
from bothends.laws import LONGEST_WATCH, UNSAID_WATCH, LawContext, owed
from bothends.records import Recorded, json_equal

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from bothends.contract import Contract, EventContract
    from bothends.engine.counts import Counts
    from bothends.engine.play.known_objects import KnownObject
    from bothends.engine.play.object_pool import Pool
    from bothends.engine.play.object_roles import Roles
    from bothends.engine.testbed import TestBed
    from bothends.histories import Kill
    from bothends.records import Case, Delivery, Exchange, KillPoint

    Play = Callable[[Batch], Awaitable[Sequence[Exchange]]]

RECORDED = counted("histories", "operation", "outcome")
"""What became of the histories of the objects that an operation reads: one of the names below."""
JUDGED, NO_OBJECT, NOTHING_SHOWN, SENT_AGAIN = "judged", "no object", "nothing shown", "sent again"
NOT_LAUNCHED, AFTER_A_KILL = "not launched", "judged after a kill"
_MOST_HEARD = 4096
"""Deliveries that are kept of one history."""


@dataclass(slots=True)
class _Heard:
    """What was done to the object of a case, and what was heard meanwhile."""

    id: Any
    rounds: list[tuple[Exchange, ...]] = field(default_factory=list)
    deliveries: list[Delivery] = field(default_factory=list)
    kills: list[Kill] = field(default_factory=list)
    points: list[tuple[str, KillPoint]] = field(default_factory=list)
    killed: set[int] = field(default_factory=set)
    quiet: float = 0.0

    def hear(self, delivery: Delivery) -> None:
        if len(self.deliveries) < _MOST_HEARD and not was_refused(delivery):
            self.deliveries.append(delivery)


async def _round(some: tuple[Case, ...], known: KnownObject, play: Play) -> tuple[Exchange, ...]:
    """Send requests about an object at once, but those that read one after the other; return their exchanges."""
    changes = sum(one.request.method not in SAFE for one in some)
    about = (known,) * len(some)
    played = await play(Batch((), some, concurrency=changes + 1, about=about, overlaps=len(some) > 1))
    asked = {one.operation for one in some}
    return tuple(one for one in played if one.case.operation in asked)


class Histories:
    """The histories of one target that were played for cases."""

    def __init__(self, contract: Contract, roles: Roles, pool: Pool, testbed: TestBed | None, counts: Counts) -> None:
        """Begin with none.

        Args:
            contract: The contract.
            roles: What objects are for.
            pool: The objects that are known.
            testbed: Where events are heard; None: nobody hears them, and no history is played.
            counts: Where it is counted what became of them.
        """
        self._contract = contract
        self._operations = {operation.id: operation for operation in contract.operations}
        self._roles = roles
        self._pool = pool
        self._testbed = testbed
        self._counts = counts
        self._heard: dict[str, _Heard] = {}
        self._events: dict[str, tuple[EventContract, ...]] = {}
        self._played: tuple[Case, _Heard] | None = None
        self._limit = min(max(contract.settings.judged_time_limit_ms / 1000, LIMITS.awaited), LIMITS.pending)

    def start_anew(self) -> None:
        """Forget what was played: the target may have none of these objects."""
        self._heard.clear()

    async def stock(self, batch: Batch, play: Play) -> None:
        """Play what comes before the cases of a batch, each about the object that was made for it.

        Args:
            batch: What is to be played.
            play: Plays a batch, and returns its exchanges.
        """
        for case in batch.cases:
            if case.rounds and self._testbed is not None:
                await self._play(case, self._testbed, play)

    async def _play(self, case: Case, testbed: TestBed, play: Play) -> None:
        place = object_place(self._operations[case.operation])
        known = [] if place is None else self._pool.objects.get((place.leads, self._roles.of(case)), [])
        if place is None or not known:
            self._counts.add(RECORDED, case.operation, NO_OBJECT)
            return
        if case.kills and not isinstance(testbed.target, LaunchedTarget):
            self._counts.add(RECORDED, case.operation, NOT_LAUNCHED)
            return
        heard = _Heard(known[0].values[place.leads])
        before = {change.number for change in known[0].changes}
        testbed.world.recorder.heard.append(heard.hear)
        limit = self._limit if not case.kills else max(self._limit, self._after_a_kill(case))
        self._played = case, heard
        try:
            for some in case.rounds:
                if any(one.kill is not None for one in some):
                    await heard_within(testbed, lambda: self._lacks_none(case, heard), limit)
                heard.rounds.append(await _round(some, known[0], play))
                await self._until_shown(case, some, heard, known[0], play)
            await heard_within(testbed, lambda: self._lacks_none(case, heard), limit)
            if any(not one.succeeded for some in heard.rounds for one in some if one.sent.method not in SAFE):
                # What is refused owes no event: one that is sent all the same is not waited for.
                await heard_within(testbed, lambda: False, LIMITS.settle)
        finally:
            self._played = None
            testbed.world.recorder.heard.remove(heard.hear)
        heard.quiet = testbed.clock.now()
        # What came too late for this machine to judge is sent once more, and has the same values: who was last?
        after = {change.number for change in known[0].changes}
        if (after - before | heard.killed) - {one.number for some in heard.rounds for one in some}:
            self._counts.add(RECORDED, case.operation, SENT_AGAIN)
            return
        if case.kills and not heard.kills:
            return  # a usual history, of which others are played
        self._heard[case.label] = heard

    def _count_sent_after(self, heard: _Heard) -> None:
        """Count the kills after which an event came that had not been acknowledged before."""
        for kill, (operation, point) in zip(heard.kills, heard.points, strict=True):
            known = {one.identity for one in heard.deliveries if one.acknowledged and one.received <= kill.at}
            if any(one.received > kill.at and one.identity not in known for one in heard.deliveries):
                self._counts.add(KILLED, operation, point.value, SENT_AFTER)

    def _after_a_kill(self, case: Case) -> float:
        """Return how long events are waited for that a target sends after it was killed, seconds."""
        said = [event.delivery.retry_within_ms for event in self._about(case)]
        longest = max((UNSAID_WATCH if ms is None else UNSAID_WATCH + ms / 1000 for ms in said), default=UNSAID_WATCH)
        return min(longest, LONGEST_WATCH)

    async def _killed(self, point: KillPoint, send: Callable[[], Awaitable[Exchange]]) -> Exchange:
        """Make an exchange of the history that is played, and kill the target at a point of it."""
        if self._played is None or self._testbed is None or not isinstance(self._testbed.target, LaunchedTarget):
            return await send()
        case, heard = self._played
        killer = Killer(self._testbed, self._testbed.target, self._about(case), heard.id)
        exchange, kill = await killer.at(point, send)
        heard.killed.add(exchange.number)
        self._counts.add(KILLED, exchange.case.operation, point.value, NOT_REACHED if kill is None else REACHED)
        if kill is not None:
            heard.kills.append(kill)
            heard.points.append((exchange.case.operation, point))
        return exchange

    @staticmethod
    async def _until_shown(case: Case, some: tuple[Case, ...], heard: _Heard, known: KnownObject, play: Play) -> None:
        """Read again what one request has changed alone, until that is seen: a target may copy what it has first."""
        *_, before, changed, now = (), (), *heard.rounds
        reads = [one.operation for one in some] == [case.operation]
        if not reads or not (before and now) or len(changed) != 1 or not changed[0].succeeded:
            return
        was = read_value(before[-1])

        async def read() -> object:
            value = read_value(heard.rounds[-1][-1])
            if json_equal(value, was):
                heard.rounds[-1] += await _round(some, known, play)
            return read_value(heard.rounds[-1][-1])

        await read_until(read, lambda value: not json_equal(value, was))

    def _about(self, case: Case) -> tuple[EventContract, ...]:
        if case.operation not in self._events:
            self._events[case.operation] = tuple(events_about(self._contract, self._operations[case.operation]))
        return self._events[case.operation]

    def _lacks_none(self, case: Case, heard: _Heard) -> bool:
        """Whether as many events came as are owed, whichever they are."""
        owes = sum(self._owes(case, one) for some in heard.rounds for one in some)
        return owes <= len(named_in(heard.deliveries, self._about(case), heard.id))

    def _owes(self, case: Case, exchange: Exchange) -> int:
        """Return how many events about its object an exchange owes."""
        operation, about = self._operations[exchange.case.operation], self._about(case)
        context = LawContext(operation, seed=0, places=() if self._testbed is None else self._testbed.places)
        return sum(owed.count(event, exchange, context) for event in operation.events if event in about)

    async def around(self, case: Case, send: Callable[[], Awaitable[Exchange]]) -> Exchange:
        """Make the exchange of a case, with the history of its object.

        Args:
            case: The case.
            send: Makes the exchange.
        """
        if case.kill is not None:
            return await self._killed(case.kill, send)
        exchange, heard = await send(), self._heard.pop(case.label, None)
        if heard is None:
            return exchange
        if heard.kills and self._testbed is not None:
            # Whoever remembers what was made looks here: the target may have lost it.
            self._testbed.starts.append(self._testbed.clock.now())
        every = [one for some in heard.rounds for one in some]
        owes = {one.number: self._owes(case, one) for one in every}
        removers = frozenset(name for name, one in self._operations.items() if removes_object(one))
        seen = Seen(heard.id, heard.rounds, exchange, heard.deliveries, heard.quiet, owes, removers, heard.kills)
        history = history_of(seen, self._about(case))
        self._counts.add(RECORDED, case.operation, NOTHING_SHOWN if history is None else JUDGED)
        if history is None:
            return exchange
        if history.kills:
            self._counts.add(RECORDED, case.operation, AFTER_A_KILL)
            self._count_sent_after(heard)
        reader = self._operations[case.operation]
        promises = promises_of(
            reader, changing(self._contract, reader), self._about(case), self._contract.settings.target
        )
        return replace(exchange, recorded=Recorded(history_to_json(history), promises_to_json(promises)))
