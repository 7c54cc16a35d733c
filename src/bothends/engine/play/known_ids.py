"""Ids that exist: taken from answers of the target before the requests that need them are sent.

Before a batch, objects are made for its cases, as far as there are none (`object_making.py`); what they are for says
which requests share them (`object_roles.py`).

- An id that no object has is made of one that an object has.
- What a later answer gives of an object (its tag, say) is taken from each answer about it: it is that of its present
  state.
- An object is asked for by the caller who made it, but where another caller's is what the case is about.
- Where no id is known, one is made up, and that it is not there is a right answer.
- None is known any more when the target was started anew: it may have none of these objects.
- An object that a request has changed which was to be refused is asked for no more: a value that no request should have
  put there would break what is promised of each other request about it, and none of them is the cause.
"""

from __future__ import annotations

import contextlib
from collections import OrderedDict
from typing import TYPE_CHECKING, Any

from bothends.contract.requests import SAFE, variants_in
from bothends.engine.counts import Counts, counted
from bothends.engine.play.histories import Histories
from bothends.engine.play.known_objects import AGED, Known, KnownObject
from bothends.engine.play.object_making import SHARED, ObjectMaker
from bothends.engine.play.object_pool import REMEMBERED, Pool
from bothends.engine.play.object_roles import (
    NEW,
    READ,
    WRITE,
    Roles,
    is_of_one_operation,
    is_taken,
    role_beside,
)
from bothends.engine.play.registrations import Registrations
from bothends.engine.play.used_up import Change, UsedUp
from bothends.records import Answer

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Collection, Iterable, Iterator, Mapping, Sequence

    from bothends.contract import Contract
    from bothends.engine.play.batches import Batch
    from bothends.engine.testbed import TestBed
    from bothends.records import Case, Exchange, NotProven

    Play = Callable[[Batch], Awaitable[Sequence[Exchange]]]

KNOWN = counted("known ids", "operation")
GIVEN_BY = counted("known ids that an operation gave", "operation", "by")
KNOWN_ABSENT = counted("known ids that are not there", "operation")
THEIRS = counted("ids of other callers", "operation")
THEIRS_ANSWERED = counted("ids of other callers and what was answered", "operation", "status")
LACKED = counted("requests without an object of their own", "operation", "family")
CERTAIN = counted("requests about a certain object", "operation", "family", "known")
"""Whether it was known, `known` or empty: another caller's, one in a certain state, one like it that is not there."""

_CHANGES = 64
"""Changes of one object that are remembered: who was the last is among the last."""
_LOST = 3
"""Answers that an object is not there, after which another one is made."""
_GONE = frozenset({404, 410})


class KnownIds:
    """The objects that one run knows on one target.

    Attributes:
        roles: What objects are for, by what cases do with them.
        registrations: The registrations that were made for cases.
        histories: What was done to objects before cases.
    """

    def __init__(  # noqa: PLR0913 -- what it knows objects of, and where
        self,
        contract: Contract,
        now: Callable[[], float],
        *,
        reads_only: bool = False,
        counts: Counts | None = None,
        starts: Sequence[float] = (),
        testbed: TestBed | None = None,
        others: int = 0,
    ) -> None:
        """Begin with none.

        Args:
            contract: The contract.
            now: The run's clock.
            reads_only: Whether only what reads is sent.
            counts: Where what becomes of them is counted; None: nowhere else.
            starts: When the target was started, seconds; what comes later may be added to it.
            testbed: Where events of registrations are heard; None: none is made.
            others: How many values other than usual ones the target may have been sent before.
        """
        self._starts = starts
        self._known_starts = len(starts)
        self._operations = {operation.id: operation for operation in contract.operations}
        self._now = now
        self._counts = Counts() if counts is None else counts
        self._fresh: OrderedDict[int, None] = OrderedDict()
        self._spoilt: list[KnownObject] = []
        self._used_up = UsedUp(self._counts)
        self.roles = Roles(contract, self._used_up)
        self._pool = Pool(contract)
        self._maker = ObjectMaker(
            contract, self.roles, self._pool, now, self._counts, reads_only=reads_only, others=others
        )
        self.registrations = Registrations(contract, self._maker, testbed, reads_only=reads_only)
        self.histories = Histories(contract, self.roles, self._pool, None if reads_only else testbed, self._counts)

    @property
    def needed(self) -> bool:
        """Whether requests have ids of objects."""
        return any(operation.id_places for operation in self._operations.values())

    async def stock(self, batch: Batch, play: Play) -> None:
        """Make the objects that the cases of a batch need, as far as the target gives any."""
        self._look_for_starts()
        while self._spoilt:
            self._maker.replace(self._spoilt.pop())
        batch = await self.registrations.stock(batch, play)
        with self.registrations.kept():
            await self._maker.stock(batch, play)
        await self.histories.stock(batch, play)

    def not_proven(self) -> Iterator[NotProven]:
        """Yield the operations for which no object was made by the steps that they need, each with what failed."""
        yield from self._maker.not_proven()
        yield from self.registrations.not_proven()

    # Values that later answers give.

    def see(self, exchange: Exchange) -> None:
        """Take what an answer gives of the objects that it is about; a change ends what was known of their state.

        Args:
            exchange: An exchange, as soon as it is answered.
        """
        self.registrations.see(exchange)
        operation, known = self._operations.get(exchange.case.operation), self._pool.chosen.get(exchange.number)
        if operation is None or known is None:
            return
        if exchange.number in self._fresh and (name := self._used_up.settle(exchange)):
            self._pool.forget_changed(name)
        if not exchange.succeeded:
            return
        for one in known.objects:
            if operation.method not in SAFE:
                change = Change(operation.id, exchange.number, exchange.began, exchange.ended)
                one.changes[:] = [*one.changes, change][-_CHANGES:]
                for leads in self._pool.of_state.intersection(one.values):
                    one.former[leads] = one.values.pop(leads)
                if exchange.case.expect.refused:
                    self._spoilt.append(one)  # of its batch, others may be about it still
            self._pool.take(one, operation, exchange)

    def take_made(self, exchange: Exchange) -> None:
        """Let what an exchange is about be known together with the object that its answer gives, if it gives one."""
        known = self._pool.chosen.get(exchange.number)
        if known is not None:
            self._pool.take_made(known.main, exchange)

    def refused_for_state(self, exchanges: Iterable[Exchange], doubtful: Collection[int] = ()) -> frozenset[int]:
        """Return the numbers of those exchanges that may have been refused for what others had done to their object.

        Args:
            exchanges: Exchanges, as they were answered.
            doubtful: The numbers of those that may have been refused for another reason: they teach nothing.
        """
        found: set[int] = set()
        for exchange in exchanges:
            operation, known = self._operations.get(exchange.case.operation), self._pool.chosen.get(exchange.number)
            if operation is None or known is None or not exchange.known or exchange.number in self._fresh:
                continue
            if exchange.case.in_a_state or exchange.case.look is not None:
                continue  # what was done to its object is what it is about
            changes = sorted((one for each in known.objects for one in each.changes), key=lambda one: one.ended)
            teaches = exchange.number not in doubtful
            if self._used_up.suspects(exchange, operation, changes, known.by, teaches=teaches):
                found.add(exchange.number)
        return frozenset(found)

    # Objects that nothing has changed yet.

    @contextlib.contextmanager
    def new_for_each(self) -> Iterator[None]:
        """Give each request that may change an object one that was made for it, while this lasts."""
        self.roles.anew = True
        try:
            yield
        finally:
            self.roles.anew = False

    def _look_for_starts(self) -> None:
        """Know no objects any more where the target has started anew, and may have none of them."""
        if len(self._starts) != self._known_starts:
            self._known_starts = len(self._starts)
            self._pool.objects.clear()
            self._maker.start_anew()
            self.registrations.start_anew()
            self.histories.start_anew()

    # Objects of another target.

    def told(self) -> list[dict[str, Any]]:
        """Return the objects that are read, as plain data, for a run on another target."""
        self._look_for_starts()
        read = [
            (leads, known)
            for (leads, role), all_known in self._pool.objects.items()
            if role == READ
            for known in all_known
        ]
        return [{"leads": leads, "values": one.values, "by": one.by, "maker": one.maker} for leads, one in read]

    @contextlib.contextmanager
    def given(self, told: Sequence[Mapping[str, Any]]) -> Iterator[None]:
        """Know only the objects that another target has made, while this lasts: none is made here."""
        own, self._pool.objects = self._pool.objects, {}
        self._pool.borrows = True
        for each in told:
            known = KnownObject(dict(each["values"]), each["by"], each["maker"], self._now(), made=True)
            self._pool.objects[each["leads"], READ] = [known] * SHARED
        try:
            yield
        finally:
            self._pool.objects, self._pool.borrows = own, False

    # Which object a request is about.

    def bind(self, numbers: Sequence[int], batch: Batch) -> None:
        """Note the objects that the exchanges of a batch are about, where it says so.

        Args:
            numbers: Those of its exchanges, in order of its cases.
            batch: The batch.
        """
        self._pool.exchanges = max(self._pool.exchanges, *numbers, 0)
        for place, number in enumerate(numbers):
            if batch.anew:
                self._fresh[number] = None
                while len(self._fresh) > REMEMBERED:
                    self._fresh.popitem(last=False)
            case = batch.cases[place]
            bound = batch.bound(place) or self.registrations.caller_of(case) or self._caller_of_the_next(case)
            # A target that has started anew since may have none of them.
            if bound is not None and not (self._starts and bound.since < self._starts[-1]):
                self._pool.bind(number, bound)

    def _caller_of_the_next(self, case: Case) -> KnownObject | None:
        """Return what says that the caller of another operation's object sends a case that is about no object itself.

        The other operation's request comes after it, with its key. None: there is no such request, or no object.
        """
        others = () if self.roles.heads(case) else case.again
        for other in (again.other for again in others if again.other is not None):
            heads = self.roles.heads(other)
            known = self._pool.objects.get((heads[0].leads, self.roles.of(other)), []) if heads else []
            if known:
                return KnownObject({}, "", known[0].maker, self._now(), made=False)
        return None

    def is_bound(self, number: int) -> bool:
        """Return whether it is said which object an exchange is about."""
        return number in self._pool.bound

    def of(self, number: int, case: Case, differs: Callable[[int], bool]) -> Known | None:
        """Return what an exchange is about; None: no object is known.

        By `differs`, the caller of another exchange shows that it is another one than its own.
        """
        if number not in self._pool.chosen:
            self._pool.chosen[number] = self._choose(number, case, differs)
            while len(self._pool.chosen) > REMEMBERED:
                self._pool.chosen.popitem(last=False)
        return self._pool.chosen[number]

    def share(self, number: int, others: Iterable[int]) -> None:
        """Let others, whose requests follow in the text of one exchange, be about its object: one text has one path."""
        if number in self._pool.chosen:
            self._pool.chosen |= dict.fromkeys(others, self._pool.chosen[number])

    def keep_caller(self, number: int, of: int) -> None:
        """Let an exchange be about an object of the caller whose object another one is about, if one is known."""
        known = self._pool.chosen.get(of)
        if known is not None:
            self._pool.bind(number, KnownObject({}, "", known.main.maker, self._now(), made=False))

    def have_one_caller(self, number: int, other: int) -> bool:
        """Return whether two exchanges are about objects that were made by the same caller, or about none."""
        makers = [None if known is None else known.main.maker for known in map(self._pool.chosen.get, (number, other))]
        return makers[0] == makers[1]

    def are_apart(self, number: int, other: int) -> bool:
        """Return whether two exchanges are about two objects."""
        one, two = self._pool.chosen.get(number), self._pool.chosen.get(other)
        return one is not None and two is not None and one.main.values != two.main.values

    def _choose(self, number: int, case: Case, differs: Callable[[int], bool]) -> Known | None:
        bound = self._pool.bound.get(number)
        self._look_for_starts()
        role = self.roles.of(case, anew=number in self._fresh)
        maker = None if bound is None else bound.maker
        objects = [] if bound is None else [bound]
        for place, head in enumerate(self.roles.lacking(case, bound)):
            first = place == 0
            known = self._pool.objects.get((head.leads, role if first else role_beside(role)), [])
            if first and role == NEW and not known:
                role, known = WRITE, self._pool.objects.get((head.leads, WRITE), [])
                self._fresh.pop(number, None)  # it has none of its own
            theirs = self.roles.is_theirs(case, head)
            taken = is_taken(role if first else role_beside(role))
            owned = self.roles.about_theirs(case) and not theirs
            own = [one for one in known if not differs(one.maker)] if owned else []
            chosen = _one_of(own or known, 0 if taken else number, maker, differs if theirs else None)
            if chosen is None:
                if theirs:
                    return None
                if first:
                    break
                continue
            objects.append(chosen)
            maker = chosen.maker if maker is None and not theirs else maker
            if taken:
                known.remove(chosen)
        return Known(tuple(objects)) if objects else None

    def is_there(self, number: int, case: Case) -> bool:
        """Return whether the same operation has found the object of an exchange before, and it is no new one."""
        known = self._pool.chosen.get(number)
        aged = known is not None and self._now() - known.main.since > AGED
        return known is not None and aged and self.roles.of(case) == READ and case.operation in known.main.found

    def is_new(self, number: int, case: Case) -> bool:
        """Return whether the object of an exchange was made just before, and its operation has not found it yet.

        What another target has made is none: it is asked for to see that it is not here.
        """
        known = self._pool.chosen.get(number)
        if self._pool.borrows or known is None or not known.main.made or case.operation in known.main.found:
            return False
        return self.roles.of(case) == READ and self._now() - known.main.since <= AGED

    # What became of them.

    def note(self, exchange: Exchange) -> None:
        """Take what became of an exchange; each is taken once."""
        known = self._pool.chosen.get(exchange.number)
        case, answer = exchange.case, exchange.answer
        self._note_certain(exchange.number, case)
        if known is None and case.operation in self._operations and self.roles.heads(case):
            lacks = is_of_one_operation(self.roles.of(case)) and not case.in_a_state
            self._counts.add(LACKED, case.operation, case.family, times=lacks)
        if known is None or not isinstance(answer, Answer):
            return
        if self.roles.about_theirs(case) or (exchange.again is not None and exchange.again.theirs):
            self._counts.add(THEIRS, case.operation)
            self._counts.add(THEIRS_ANSWERED, case.operation, str(answer.status))
            return
        if not exchange.known:
            return
        if answer.success:
            for one in known.objects:
                one.found.add(case.operation)
        if case.expect.refused or case.expect.any_answer or case.in_a_state:
            return
        self._counts.add(KNOWN, case.operation)
        self._counts.add(GIVEN_BY, case.operation, known.by)
        if answer.status in _GONE:
            self._counts.add(KNOWN_ABSENT, case.operation)
            known.main.lost += 1
            if known.main.lost >= _LOST:
                self._pool.forget(known.main)

    def _note_certain(self, number: int, case: Case) -> None:
        operation = self._operations.get(case.operation)
        if operation is None or number not in self._pool.chosen:
            return
        others = bool(variants_in(operation.id_places, case.request))
        if others or self.roles.about_theirs(case) or case.after or case.look is not None:
            # An id may have nothing by which another one is certain to be like it: nobody could do more.
            there = "" if self._pool.chosen[number] is None else "known"
            self._counts.add(CERTAIN, case.operation, case.family, there)


def _one_of(
    known: Sequence[KnownObject], turn: int, maker: int | None, differs: Callable[[int], bool] | None
) -> KnownObject | None:
    """Return one of some objects: another caller's where that is asked for, else the caller's own before others."""
    if differs is not None:
        known = [one for one in known if one.made and differs(one.maker)]
    elif maker is not None:
        known = [one for one in known if one.maker == maker] or known
    return known[turn % len(known)] if known else None
