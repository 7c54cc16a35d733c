"""Ids that exist: taken from answers of the target before the requests that need them are sent.

Before a batch, objects are made for its cases, as far as there are none: by the operations whose answers give their
ids (`id_sources.py` of the contract says which, in which order). Each is a usual exchange, judged like any other.

- What only reads shares objects, and what writes shares others: no write changes what is read.
- What deletes, or may do so, has an object of its own for each request, made in this run. What a list gives is read,
  never changed.
- A finding is retried with an object that is as new as at first: then each request that writes has one of its own.
- A case that says by which case its object is made has one that was made by it, and reads it alone.
- An object is asked for by the caller who made it, but where another caller's is what the case is about.
- Where no id is known, one is made up, and that it is not there is a right answer.
- None is known any more when the target was started anew: it may have none of these objects.
"""

from __future__ import annotations

import contextlib
from collections import Counter, OrderedDict
from dataclasses import replace
from itertools import islice
from typing import TYPE_CHECKING, Any

from bothends.cases import calling_nobody, plain_cases
from bothends.contract.operations import values_of_answer, with_new_mark
from bothends.contract.requests import SAFE, IdPlace, IdSource, asks_for_theirs, marks_in
from bothends.engine.counts import Counts, counted
from bothends.engine.play.batches import Batch
from bothends.engine.play.known_objects import KnownObject
from bothends.records import Answer

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence

    from bothends.contract import Contract, Operation
    from bothends.records import Case, Exchange

    Play = Callable[[Batch], Awaitable[Sequence[Exchange]]]

KNOWN = counted("known ids", "operation")
GIVEN_BY = counted("known ids that an operation gave", "operation", "by")
KNOWN_ABSENT = counted("known ids that are not there", "operation")
GAVE = counted("answers that may give an id", "leads", "operation")
THEIRS = counted("ids of other callers", "operation")

_READ, _WRITE, _OWN, _DOUBTFUL, _NEW = "read", "write", "own", "doubtful", "new"
_SHARED = 2
"""Objects that cases share, where callers are signed in: of two, so that one caller's can be told from another's."""
_MOST_OF_ONE_BATCH = 8
_MOST = {_READ: 8, _WRITE: 12, _OWN: 64, _DOUBTFUL: 64, _NEW: 1024}
"""Objects of one kind that a run makes."""
_MOST_OF_ONE_CASE = 4
_TAKEN = frozenset({_OWN, _DOUBTFUL, _NEW})
"""Objects of which each is for one request."""
_IN_VAIN = 2
"""Times in a row that nothing gives an id, after which it is not asked for again."""
_REMEMBERED = 1024
_LOST = 3
"""Answers that an object is not there, after which another one is made."""
_MOST_WAYS = 4
"""Cases that are tried, one after the other, until one makes an object."""
_FOR_A_VALUE = frozenset({400, 409, 412, 422})
"""What a name may be refused with that another object has."""
_GONE = frozenset({404, 410})
_ERRORS = range(400, 600)
AGED = 2.0
"""Seconds after which an object that was made is there for every reader: a target may copy it to others first."""


class KnownIds:
    """The objects that one run knows on one target."""

    def __init__(
        self,
        contract: Contract,
        now: Callable[[], float],
        *,
        reads_only: bool = False,
        counts: Counts | None = None,
        starts: Sequence[float] = (),
    ) -> None:
        """Begin with none.

        Args:
            contract: The contract.
            now: The run's clock.
            reads_only: Whether only what reads is sent.
            counts: Where what becomes of them is counted; None: nowhere else.
            starts: When the target was started, seconds; what comes later may be added to it.
        """
        self._starts = starts
        self._known_starts = len(starts)
        self._contract = contract
        self._operations = {operation.id: operation for operation in contract.operations}
        self._now = now
        self._reads_only = reads_only
        self._objects: dict[tuple[str, str], list[KnownObject]] = {}
        self._chosen: OrderedDict[int, KnownObject | None] = OrderedDict()
        self._made: Counter[tuple[str, str]] = Counter()
        self._vain: Counter[tuple[str, str]] = Counter()
        self._making: set[tuple[str, str]] = set()
        self._anew = self._borrows = False
        self._makers: dict[str, Case] = {}
        self._ways: dict[str, list[Case]] = {}
        self._served: set[str] = set()
        self._counts = Counts() if counts is None else counts

    @property
    def needed(self) -> bool:
        """Whether requests have ids of objects."""
        return any(operation.id_places for operation in self._operations.values())

    # Making objects.

    async def stock(self, batch: Batch, play: Play) -> None:
        """Make the objects that the cases of a batch need, as far as the target gives any.

        Args:
            batch: What is to be played.
            play: Plays a batch, and returns its exchanges.
        """
        self._look_for_starts()
        needs: Counter[tuple[str, str]] = Counter()
        places: dict[tuple[str, str], IdPlace] = {}
        for case in batch.cases:
            place = self._main(case)
            if place is not None:
                key = (place.leads, self._role(case))
                places[key] = place
                needs[key] += 1
                if case.made_by is not None:
                    self._makers[key[1]] = case.made_by
        for key, count in needs.items():
            operations = {case.operation for case in batch.cases if self._main(case) is places[key]}
            signed_in = any(self._operations[name].security.usual is not None for name in operations)
            shared = _SHARED if signed_in and key[1] not in self._makers else 1
            wanted = min(count, _MOST_OF_ONE_BATCH) if key[1] in _TAKEN else shared
            while len(self._objects.get(key, ())) < wanted and self._may_make(key):
                await self._make(key, places[key], play)

    def _may_make(self, key: tuple[str, str]) -> bool:
        return (
            not self._borrows
            and key not in self._making
            and self._vain[key] < _IN_VAIN
            and self._made[key] < _MOST.get(key[1], _MOST_OF_ONE_CASE)
        )

    async def _make(self, key: tuple[str, str], place: IdPlace, play: Play) -> None:
        """Ask the sources of an id, one operation after the other, until one gives it."""
        self._making.add(key)
        try:
            maker = self._makers.get(key[1])
            for name in dict.fromkeys(source.operation for source in place.sources):
                if maker is not None and maker.operation != name:
                    continue
                found = await self._asked_for(self._operations[name], key, place, play)
                if found is not None:
                    self._objects.setdefault(key, []).append(found)
                    self._made[key] += 1
                    self._vain[key] = 0
                    return
            self._vain[key] += 1
        finally:
            self._making.discard(key)

    async def _asked_for(
        self, operation: Operation, key: tuple[str, str], place: IdPlace, play: Play
    ) -> KnownObject | None:
        changes = operation.method not in SAFE
        # What was there before this run is nobody's to change.
        if operation.security.unplayable or (self._reads_only if changes else key[1] != _READ):
            return None
        sources = [source for source in place.sources if source.operation == operation.id]
        maker, ways = self._makers.get(key[1]), self._ways_of(operation)
        for case in [*ways] if maker is None else [maker]:
            sent = replace(case, request=with_new_mark(operation, case.request))
            exchanges = await play(Batch((), (sent,), concurrency=1))
            own = [exchange for exchange in exchanges if exchange.case.operation == operation.id]
            made = next((exchange for exchange in own if exchange.succeeded), None)
            if made is not None:
                # What is refused for a name that an earlier one has taken is refused each time.
                ways.sort(key=lambda each: each is not case)
                self._counts.add(GAVE, place.leads, operation.id)
                return self._given(operation, place, sources, made)
            if not any(map(self._may_be_taken, own)):
                return None
        return None

    def _given(
        self, operation: Operation, place: IdPlace, sources: Sequence[IdSource], exchange: Exchange
    ) -> KnownObject | None:
        above = self._chosen.get(exchange.number)
        for source in sources:
            values = values_of_answer(operation, place, source, exchange)
            if values:
                maker = exchange.number if above is None else above.maker
                made = operation.method not in SAFE
                return KnownObject(values, operation.id, maker, self._now(), made=made)
        return None

    def _may_be_taken(self, exchange: Exchange) -> bool:
        """Return whether a request may have been refused for a name that an earlier one has."""
        known = exchange.case.operation in self._served
        return known and isinstance(exchange.answer, Answer) and exchange.answer.status in _FOR_A_VALUE

    def _ways_of(self, operation: Operation) -> list[Case]:
        """Return good cases of an operation, by which it gives an id: the usual one, and some that say little."""
        if operation.id not in self._ways:
            good = calling_nobody(self._contract, plain_cases(self._contract, "success"))
            cases = [case for case in good if case.operation == operation.id]
            ways: dict[bytes | None, Case] = {}
            for case in (*cases[:1], *sorted(cases[1:], key=lambda one: len(one.request.body or b""))):
                ways.setdefault(case.request.body, case)
            self._ways[operation.id] = [*islice(ways.values(), _MOST_WAYS)]
        return self._ways[operation.id]

    # Objects that nothing has changed yet.

    def can_be_used_up(self, case: Case) -> bool:
        """Return whether a case changes an object, so that another request may find it in another state."""
        return case.request.method not in SAFE and self._main(case) is not None

    @contextlib.contextmanager
    def new_for_each(self) -> Iterator[None]:
        """Give each request that may change an object one that was made for it, while this lasts."""
        self._anew = True
        try:
            yield
        finally:
            self._anew = False

    def _look_for_starts(self) -> None:
        """Know no objects any more where the target has started anew, and may have none of them."""
        if len(self._starts) != self._known_starts:
            self._known_starts = len(self._starts)
            self._objects.clear()
            self._vain.clear()

    # Objects of another target.

    def told(self) -> list[dict[str, Any]]:
        """Return the objects that are read, as plain data, for a run on another target."""
        self._look_for_starts()
        read = [
            (leads, known) for (leads, role), all_known in self._objects.items() if role == _READ for known in all_known
        ]
        return [{"leads": leads, "values": one.values, "by": one.by, "maker": one.maker} for leads, one in read]

    @contextlib.contextmanager
    def given(self, told: Sequence[Mapping[str, Any]]) -> Iterator[None]:
        """Know only the objects that another target has made, while this lasts: none is made here."""
        own, self._objects = self._objects, {}
        self._borrows = True
        for each in told:
            known = KnownObject(dict(each["values"]), each["by"], each["maker"], self._now(), made=True)
            self._objects[each["leads"], _READ] = [known] * _SHARED
        try:
            yield
        finally:
            self._objects, self._borrows = own, False

    # Which object a request is about.

    def _main(self, case: Case) -> IdPlace | None:
        """Return the place of a case's request that leads farthest; None: it needs no id."""
        operation = self._operations.get(case.operation)
        if operation is None or not operation.id_places or not may_share_callers(self._contract, operation):
            return None
        return max(marks_in(operation.id_places, case.request), key=depth, default=None)

    def _role(self, case: Case) -> str:
        if case.made_by is not None:
            return f"{_READ} {case.made_by.operation} {case.made_by.label}"
        if case.request.method in SAFE:
            return _READ
        if self._anew:
            return _NEW
        if case.request.method != "DELETE" or case.expect.refused:
            return _WRITE
        # Those that may be refused take none from those that delete: of each kind some are played.
        return _DOUBTFUL if any(status in _ERRORS for status in case.expect.statuses) else _OWN

    def of(self, number: int, case: Case, differs: Callable[[int], bool]) -> KnownObject | None:
        """Return the object that an exchange is about; None: none is known.

        Args:
            number: The exchange's.
            case: Its case.
            differs: Returns whether the caller of another exchange is another one than its own, by what they show.
        """
        if number not in self._chosen:
            self._chosen[number] = self._choose(number, case, differs)
            while len(self._chosen) > _REMEMBERED:
                self._chosen.popitem(last=False)
        return self._chosen[number]

    def share(self, number: int, others: Iterable[int]) -> None:
        """Let other exchanges be about the object of one: what is sent as one text has one path throughout.

        Args:
            number: The exchange's, whose object is chosen.
            others: The numbers of those whose requests follow its own in the text.
        """
        if number in self._chosen:
            self._chosen |= dict.fromkeys(others, self._chosen[number])

    def _choose(self, number: int, case: Case, differs: Callable[[int], bool]) -> KnownObject | None:
        place = self._main(case)
        if place is None:
            return None
        self._look_for_starts()
        role = self._role(case)
        objects = self._objects.get((place.leads, role), [])
        if role == _NEW and not objects:
            role, objects = _WRITE, self._objects.get((place.leads, _WRITE), [])
        known = objects
        if self.about_theirs(case):
            known = [one for one in objects if one.made and differs(one.maker)]
        if not known:
            return None
        chosen = known[0] if role in _TAKEN else known[number % len(known)]
        if role in _TAKEN:
            objects.remove(chosen)
        return chosen

    def about_theirs(self, case: Case) -> bool:
        """Return whether a case is about another caller's object."""
        operation = self._operations.get(case.operation)
        return operation is not None and asks_for_theirs(operation.id_places, case.request)

    def is_there(self, number: int, case: Case) -> bool:
        """Return whether the same operation has found the object of an exchange before, and it is no new one."""
        known = self._chosen.get(number)
        aged = known is not None and self._now() - known.since > AGED
        return known is not None and aged and self._role(case) == _READ and case.operation in known.found

    # What became of them.

    def note(self, exchange: Exchange) -> None:
        """Take what became of an exchange; each is taken once."""
        known = self._chosen.get(exchange.number)
        case, answer = exchange.case, exchange.answer
        self._served |= {case.operation} if exchange.succeeded else set()
        if known is None or not isinstance(answer, Answer):
            return
        if self.about_theirs(case):
            self._counts.add(THEIRS, case.operation)
            return
        if not exchange.known:
            return
        if answer.success:
            known.found.add(case.operation)
        if case.expect.refused or case.expect.any_answer:
            return
        self._counts.add(KNOWN, case.operation)
        self._counts.add(GIVEN_BY, case.operation, known.by)
        if answer.status in _GONE:
            self._counts.add(KNOWN_ABSENT, case.operation)
            known.lost += 1
            if known.lost >= _LOST:
                for objects in self._objects.values():
                    if known in objects:
                        objects.remove(known)


def may_share_callers(contract: Contract, operation: Operation) -> bool:
    """Whether several requests may have one caller: events and calls are not told by the caller."""
    told_by_caller = operation.events or contract.settings.world.upstreams
    return not (operation.security.mints_identities and told_by_caller)


def depth(place: IdPlace) -> tuple[bool, int]:
    """Return how far an id leads, to be compared."""
    return (place.part == "path", place.leads.count("{}"))
