"""Ids that exist: taken from answers of the target before the requests that need them are sent.

Before a batch, objects are made for its cases, as far as there are none: by the operations whose answers give their
ids (`id_sources.py` of the contract says which, in which order). Each is a usual exchange, judged like any other.

- What only reads shares objects, and what writes shares others: no write changes what is read.
- What deletes, or may do so, has an object of its own for each request, made in this run. What a list gives is read,
  never changed.
- What uses up its object has one of its own for each request too, as soon as that was seen (`used_up.py`).
- Where the contract says by which steps an object is made (`x-needs`), each of them is played about it, in order.
- A finding is retried with an object that is as new as at first: then each request that writes has one of its own.
- A case that says by which case its object is made has one that was made by it, and reads it alone.
- A case that says after which cases its object is has one of its own, about which these were played.
- An id that no object has is made of one that an object has.
- A request may name several objects: one in its path, others in its body. The others are those of the same caller,
  where one has been made for that.
- What a later answer gives of an object that was made (its tag, say) is asked for by another request about it, and is
  taken from each answer about it: it is that of its present state. Who changes an object by its tag has one of its own.
- An object is asked for by the caller who made it, but where another caller's is what the case is about.
- Where no id is known, one is made up, and that it is not there is a right answer.
- None is known any more when the target was started anew: it may have none of these objects.
"""

from __future__ import annotations

import contextlib
from collections import Counter, OrderedDict
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from bothends.cases import calling_nobody, plain_cases, with_new_values
from bothends.contract import admission
from bothends.contract.messages import json_value
from bothends.contract.operations import anonymous, values_of_answer, with_new_mark
from bothends.contract.requests import SAFE, IdPlace, IdSource, asks_for_theirs, marks_in, variants_in
from bothends.engine.counts import Counts, counted
from bothends.engine.play.batches import Batch
from bothends.engine.play.known_objects import REFUSALS, Known, KnownObject
from bothends.engine.play.used_up import Change, UsedUp
from bothends.records import MISSING, Answer, NotProven, Weight

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Collection, Iterable, Iterator, Mapping, Sequence

    from bothends.contract import Contract, Operation
    from bothends.contract.requests import Needs, Step
    from bothends.records import Case, Exchange

    Play = Callable[[Batch], Awaitable[Sequence[Exchange]]]

KNOWN = counted("known ids", "operation")
GIVEN_BY = counted("known ids that an operation gave", "operation", "by")
KNOWN_ABSENT = counted("known ids that are not there", "operation")
GAVE = counted("answers that may give an id", "leads", "operation")
THEIRS = counted("ids of other callers", "operation")
LACKED = counted("requests without an object of their own", "operation", "family")

_READ, _WRITE, _OWN, _DOUBTFUL, _NEW, _AFTER = "read", "write", "own", "doubtful", "new", "after"
_SHARED = 2
"""Objects that cases share, where callers are signed in: of two, so that one caller's can be told from another's."""
_MOST_OF_ONE_BATCH = 8
_AT_FIRST, _SHARE = 128, 0.75
"""Exchanges that make objects for the requests of one operation alone: so many, and this share of all.

An object may take three of them, for the one request that is about it. They wait for nothing, and go side by side.
"""
_MOST = {_READ: 8, _WRITE: 12, _OWN: 64, _DOUBTFUL: 64, _NEW: 1024}
"""Objects of one kind that a run makes."""
_MOST_OF_ONE_CASE = 4
_TAKEN = frozenset({_OWN, _DOUBTFUL, _NEW, _AFTER})
"""Objects of which each is for one request."""
_IN_VAIN = 2
"""Times in a row that nothing gives an id, after which it is not asked for again."""
_FIRST_OTHER = 1 << 40
"""Numbers of other values than usual ones: none is that of an exchange, by which requests have values, too."""
_REMEMBERED = 1024
_MOST_BYTES = 4096
"""What is kept of the answer to a step that failed."""
_AT_ONCE = 8
"""Objects that are made side by side: a target may be slow to make one."""
_AHEAD = 4
"""Objects for the requests of one operation that are made at once, though fewer are asked for: they may expire."""
_CHANGES = 64
"""Changes of one object that are remembered: who was the last is among the last."""
_LOST = 3
"""Answers that an object is not there, after which another one is made."""
_GONE = frozenset({404, 410})
_ERRORS = range(400, 600)
AGED = 2.0
"""Seconds after which an object that was made is there for every reader: a target may copy it to others first."""


_Key = tuple[str, str]
"""What objects are for: the path that leads to them, and what becomes of them."""


@dataclass(slots=True)
class _Wanted:
    """What the cases of a batch need of one kind of object.

    Attributes:
        place: A place that needs one.
        count: How many requests do.
        pairs: How many more do, each of which is of the caller of one of these, and is no repeat of it.
        signed_in: Whether their callers are signed in.
        makers: The numbers of the exchanges whose callers ask for them, where that is said.
        beside: The places that need another object beside it, by how far each leads.
        within: The places that have a further value of these objects, by how far each leads.
    """

    place: IdPlace
    count: int = 0
    pairs: int = 0
    signed_in: bool = False
    makers: list[int] = field(default_factory=list)
    beside: dict[str, IdPlace] = field(default_factory=dict)
    within: dict[str, IdPlace] = field(default_factory=dict)

    def take(self, case: Case, heads: Sequence[IdPlace], operation: Operation) -> None:
        """Take what a case needs.

        Args:
            case: The case.
            heads: The places of its request that need an object each.
            operation: Its operation.
        """
        self.count += 1 + sum(again.another_caller for again in case.again)
        self.pairs += sum(bool(again.key) or again.elsewhere for again in case.again)
        self.signed_in |= operation.security.usual is not None
        self.beside |= {place.leads: place for place in heads[1:]}
        led = {head.leads for head in heads}
        marked = marks_in(operation.id_places, case.request)
        self.within |= {place.leads: place for place in marked if place.part != "path" and place.leads not in led}


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
        self._objects: dict[_Key, list[KnownObject]] = {}
        self._chosen: OrderedDict[int, Known | None] = OrderedDict()
        self._bound: OrderedDict[int, KnownObject] = OrderedDict()
        self._fresh: OrderedDict[int, None] = OrderedDict()
        self._made: Counter[_Key] = Counter()
        self._vain: Counter[_Key] = Counter()
        self._making: set[_Key] = set()
        places = [place for operation in contract.operations for place in operation.id_places if place.part != "path"]
        self._of_state = frozenset(place.leads for place in places if place.of_state)
        self._followed: dict[str, list[tuple[IdPlace, IdSource]]] = {}
        for place in places:
            for source in place.sources:
                if source.how == "link":
                    self._followed.setdefault(source.operation, []).append((place, source))
        self._anew = self._borrows = False
        self._exchanges = self._spent = 0
        self._makers: dict[str, Case] = {}
        self._steps: dict[str, tuple[Case, ...]] = {}
        self._renewed: set[str] = set()
        self._others = _FIRST_OTHER
        self._given_before: set[tuple[str, str]] = set()
        self._flows: dict[_Key, str] = {}
        self._failed: dict[str, tuple[int, Exchange, str]] = {}
        self._cases: dict[str, Case | None] = {}
        self._counts = Counts() if counts is None else counts
        self._used_up = UsedUp(self._counts)

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
        wanted: dict[_Key, _Wanted] = {}
        for place, case in enumerate(batch.cases):
            bound = batch.bound(place)
            self._want(wanted, case, bound, anew=batch.anew)
        for key, one in wanted.items():
            await self._stock(key, one, play)
        for key, one in wanted.items():
            if len(wanted) > 1 and _is_of_one_operation(key[1]):
                await self._stock(key, one, play)  # those of another kind may have been made of these

        for case in batch.cases:
            for again in case.again:
                if again.other is not None:
                    await self._stock_beside(case, again.other, play)

    def _want(self, wanted: dict[_Key, _Wanted], case: Case, bound: KnownObject | None, *, anew: bool = False) -> None:
        """Add what a case needs, beside the object that is bound to it."""
        heads = self._lacking(case, bound)
        if not heads:
            return
        role = self._role(case, anew=anew)
        one = wanted.setdefault((heads[0].leads, role), _Wanted(heads[0]))
        # From which state an operation is tried, its transitions say.
        needs = None if case.look is not None else self._operations[_needing_first(case)].needs
        if needs is not None and (head := _needing(needs, heads)) is not None:
            self._flows[head.leads, role if head is heads[0] else _beside(role)] = _needing_first(case)
        one.take(case, heads, self._operations[case.operation])
        one.makers += [] if bound is None else [bound.maker]
        if case.made_by is not None:
            self._makers[role] = case.made_by
        self._steps[role] = case.after

    async def _stock_beside(self, case: Case, other: Case, play: Play) -> None:
        """Make the objects of a request of another operation, by the caller whose object a case will be about."""
        heads = self._heads(case)
        known = self._objects.get((heads[0].leads, self._role(case)), []) if heads else []
        bound = KnownObject({}, "", known[0].maker, self._now(), made=False) if known else None
        wanted: dict[_Key, _Wanted] = {}
        self._want(wanted, other, bound)
        for key, one in wanted.items():
            await self._stock(key, one, play)

    async def _stock(self, key: _Key, wanted: _Wanted, play: Play) -> None:
        role = key[1]
        most = wanted.count if _is_of_one_operation(role) else _MOST_OF_ONE_BATCH
        shared = _SHARED if wanted.signed_in and role not in self._makers else 1
        count = min(wanted.count, most) if _is_taken(role) else shared
        await self._make_for(key, wanted.place, play, Counter(wanted.makers))
        while (missing := count - len(self._objects.get(key, ()))) > 0 and self._may_make(key):
            await self._make(key, wanted.place, play, count=self._at_once(key, missing))
        objects = self._objects.get(key, [])
        if wanted.pairs and _is_taken(role):
            paired = [one.maker for one in objects[: wanted.pairs]]
            await self._make_for(key, wanted.place, play, Counter(paired + paired))
        for beside in wanted.beside.values():
            other = beside.leads, _beside(role)
            await self._make_for(other, beside, play, Counter(one.maker for one in objects))
            # Who asks for it may not be able to make any.
            if not self._objects.get(other) and self._may_make(other):
                await self._make(other, beside, play)
        removed = any(step.request.method == "DELETE" for step in self._steps.get(role, ()))
        for within in () if removed else wanted.within.values():
            pools = (objects, *(self._objects.get((one.leads, _beside(role)), ()) for one in wanted.beside.values()))
            await self._complete([one for pool in pools for one in pool if self._lacks(one, within)], within, play)

    async def _make_for(self, key: _Key, place: IdPlace, play: Play, owners: Counter[int]) -> None:
        """Make objects for callers, as far as these have none: one for each request, or one for all of theirs.

        Args:
            key: What the objects are for.
            place: The place that needs them.
            play: Plays a batch.
            owners: By the number of an exchange by that caller, how many requests ask for one.
        """
        wanted = owners if _is_taken(key[1]) else Counter(owners.keys())
        lacking = [*(wanted - Counter(one.maker for one in self._objects.get(key, ()))).elements()]
        if lacking and self._may_make(key):
            await self._make(key, place, play, makers=lacking[: self._left(key)])

    def _at_once(self, key: _Key, missing: int) -> int:
        """Return how many objects are made at once, where so many are missing."""
        if not self._made[key] or not _is_taken(key[1]):
            return 1  # whether anything comes of it is known when one was made
        ahead = _AHEAD if _is_of_one_operation(key[1]) else 1
        return min(max(missing, ahead), self._left(key))

    def _may_make(self, key: _Key) -> bool:
        return not self._borrows and key not in self._making and self._vain[key] < _IN_VAIN and self._left(key) > 0

    def _left(self, key: _Key) -> int:
        """Return how many more objects a run makes of one kind."""
        kind, _, of = key[1].partition(" ")
        if _is_of_one_operation(key[1]):
            return max(0, _AT_FIRST + int(self._exchanges * _SHARE) - self._spent)
        return (_MOST_OF_ONE_CASE if of else _MOST[kind]) - self._made[key]

    async def _make(self, key: _Key, place: IdPlace, play: Play, *, makers: Sequence[int] = (), count: int = 1) -> None:
        """Ask the sources of an id, one operation after the other, until one gives it.

        Args:
            key: What the objects are for.
            place: The place that needs them.
            play: Plays a batch.
            makers: The numbers of the exchanges whose callers are to make one each; none: any caller.
            count: How many are made at once, where any caller may.
        """
        self._making.add(key)
        try:
            found = await self._first_made(key, place, play, makers, count)
            for step in self._steps.get(key[1], ()):
                found = await self._led_on(step, found, play)
            self._add(key, found)
        finally:
            self._making.discard(key)

    async def _first_made(
        self, key: _Key, place: IdPlace, play: Play, makers: Sequence[int], count: int
    ) -> list[KnownObject]:
        if key in self._flows:
            return await self._by_steps(self._operations[self._flows[key]], key, place, play, makers, count)
        only = self._makers.get(key[1])
        for name in dict.fromkeys(source.operation for source in place.sources):
            if only is not None and only.operation != name:
                continue
            found = await self._asked_for(self._operations[name], key, place, play, makers, count)
            if found:
                return found
        return []

    async def _led_on(self, case: Case, objects: Sequence[KnownObject], play: Play) -> list[KnownObject]:
        """Play a case about objects; return those about which it succeeded."""
        if not objects or self._reads_only:
            return []
        for place in marks_in(self._operations[case.operation].id_places, case.request):
            if place.of_state:
                await self._complete([one for one in objects if self._lacks(one, place)], place, play)
        self._spent += len(objects)
        played = [(one, self._bound.get(one.number)) for one in await play(_batch(case, objects))]
        return [each for one, each in played if each is not None and one.succeeded]

    def _add(self, key: _Key, found: Sequence[KnownObject]) -> None:
        self._objects.setdefault(key, []).extend(found)
        self._made[key] += len(found)
        self._vain[key] = 0 if found else self._vain[key] + 1

    async def _by_steps(  # noqa: PLR0913, PLR0917 -- what is made, by whom, and how often
        self, needing: Operation, key: _Key, place: IdPlace, play: Play, makers: Sequence[int], count: int
    ) -> list[KnownObject]:
        """Make objects by the steps that an operation needs; one of which a step fails is none."""
        needs = needing.needs
        if needs is None or self._reads_only:
            return []
        objects: list[KnownObject] = []
        for number, step in enumerate(needs.steps, 1):
            operation = self._operations[step.operation]
            case = self._case(operation)
            if case is None or operation.security.unplayable:
                return []
            if step.has_values:
                case = _with_values(operation, case, step, needing.id)
            if number == 1:
                played, objects = await self._asked(operation, case, key, place, play, makers, count)
            else:
                self._spent += len(objects)
                played = [(one, self._bound.get(one.number)) for one in await play(_batch(case, objects))]
                objects = [each for one, each in played if each is not None and one.succeeded]
            last = number == len(needs.steps)
            for one, each in played:
                lacks = needs.lacks(_parsed(one)) if last and one.succeeded else ""
                if (not one.succeeded or lacks) and one.case.operation == operation.id:
                    self._failed.setdefault(needing.id, (number, one, lacks))
                    objects = [other for other in objects if other is not each]
            if not objects:
                return []
        self._failed.pop(needing.id, None)
        return objects

    def not_proven(self) -> Iterator[NotProven]:
        """Yield the operations for which no object was made by the steps that they need, each with what failed."""
        for name, (number, exchange, lacks) in self._failed.items():
            operation = self._operations[name]
            answer = exchange.answer
            answered = str(answer.status) if isinstance(answer, Answer) else f"not at all: {answer.kind}"
            answered = f"with {lacks}" if lacks else answered
            where = operation.needs.location if operation.needs is not None else None
            yield NotProven(
                f"steps of {name}",
                f"Step {number} of x-needs, {exchange.case.operation}, was answered {answered}. So no object was ready,"
                f" and the cases of {name} were played with an id that was made up.",
                where=str(where or self._contract.document.location(operation.pointer)),
                add=f"what step {number} lacks: {{operation: {exchange.case.operation}, body: ..., parameters: ...}}",
                weight=Weight.ANSWERS,
                shown=exchange.cut(_MOST_BYTES),
            )

    async def _asked_for(  # noqa: PLR0913, PLR0917 -- what one is asked for, by whom, and how often
        self, operation: Operation, key: _Key, place: IdPlace, play: Play, makers: Sequence[int], count: int
    ) -> list[KnownObject]:
        changes = operation.method not in SAFE
        case = self._makers.get(key[1]) or self._case(operation)
        # What was there before this run is nobody's to change.
        if case is None or operation.security.unplayable or (self._reads_only if changes else key[1] != _READ):
            return []
        return (await self._asked(operation, case, key, place, play, makers, count))[1]

    async def _asked(  # noqa: PLR0913, PLR0917 -- what one is asked for, by whom, and how often
        self, operation: Operation, case: Case, key: _Key, place: IdPlace, play: Play, makers: Sequence[int], count: int
    ) -> tuple[list[tuple[Exchange, KnownObject | None]], list[KnownObject]]:
        """Play a case that gives an id; return its exchanges, each with its object, and the objects."""
        case = replace(case, request=with_new_mark(operation, case.request))
        count = len(makers) or count
        played = await self._played(operation, (case,) * count, key, place, play, makers)
        if _is_refused(played):
            self._renewed ^= {operation.id}  # values of other requests may be taken: the next one has others, in turn
        return played, [given for _, given in played if given is not None][:count]

    async def _played(  # noqa: PLR0913, PLR0917 -- what is played, by whom, and for what
        self,
        operation: Operation,
        cases: tuple[Case, ...],
        key: _Key,
        place: IdPlace,
        play: Play,
        makers: Sequence[int],
    ) -> list[tuple[Exchange, KnownObject | None]]:
        """Play cases that give an id; return their exchanges, each with its object."""
        sources = [source for source in place.sources if source.operation == operation.id]
        if operation.id in self._renewed:
            cases = self._with_new_values(operation, cases[0], len(cases)) or cases
        about = tuple(KnownObject({}, "", maker, self._now(), made=False) for maker in makers)
        batch = Batch((), cases, concurrency=min(len(cases), _AT_ONCE), about=about)
        if _is_of_one_operation(key[1]):
            self._spent += len(cases)
        played: list[tuple[Exchange, KnownObject | None]] = []
        for exchange in await play(batch):
            given = None
            if exchange.case.operation == operation.id and exchange.succeeded:
                self._counts.add(GAVE, place.leads, operation.id)
                given = self._given(operation, place, sources, exchange)
                given = None if given is not None and self._is_another_one(given, operation, place, cases[0]) else given
            played.append((exchange, given))
            if given is not None and len(cases) == 1:
                break
        return played

    def _is_another_one(self, known: KnownObject, operation: Operation, place: IdPlace, case: Case) -> bool:
        """Return whether an object is one that was given before, where other values may make another one.

        What has the hash of its content as its id is the same object each time that the same is asked for.
        """
        key = place.leads, str(known.values[place.leads])
        again = known.made and key in self._given_before and operation.id not in self._renewed
        self._given_before.add(key)
        if not again or with_new_values(operation, case.request, 0) is None:
            return False
        self._renewed.add(operation.id)
        return True

    def _with_new_values(self, operation: Operation, case: Case, count: int) -> tuple[Case, ...]:
        """Return a case several times, each with texts in its body that no other has; none where it can have none."""
        found: list[Case] = []
        for _ in range(count):
            self._others += 1
            request = with_new_values(operation, case.request, self._others)
            if request is None:
                return ()
            found.append(replace(case, request=request))
        return tuple(found)

    def _given(
        self, operation: Operation, place: IdPlace, sources: Sequence[IdSource], exchange: Exchange
    ) -> KnownObject | None:
        above = self._chosen.get(exchange.number)
        for source in sources:
            values = values_of_answer(operation, place, source, exchange)
            if values:
                maker = exchange.number if above is None else above.maker
                made = operation.method not in SAFE
                known = KnownObject(values, operation.id, maker, self._now(), made=made)
                self._take(known, operation, exchange)
                return known
        return None

    # Values that later answers give.

    def see(self, exchange: Exchange) -> None:
        """Take what an answer gives of the objects that it is about; a change ends what was known of their state.

        Args:
            exchange: An exchange, as soon as it is answered.
        """
        operation, known = self._operations.get(exchange.case.operation), self._chosen.get(exchange.number)
        if operation is None or known is None:
            return
        if exchange.number in self._fresh and (name := self._used_up.settle(exchange)):
            self._forget_changed(name)
        if not exchange.succeeded:
            return
        for one in known.objects:
            if operation.method not in SAFE:
                change = Change(operation.id, exchange.number, exchange.began, exchange.ended)
                one.changes[:] = [*one.changes, change][-_CHANGES:]
                for leads in self._of_state.intersection(one.values):
                    one.former[leads] = one.values.pop(leads)
            self._take(one, operation, exchange)

    def refused_for_state(self, exchanges: Iterable[Exchange], doubtful: Collection[int] = ()) -> frozenset[int]:
        """Return the numbers of those exchanges that may have been refused for what others had done to their object.

        Args:
            exchanges: Exchanges, as they were answered.
            doubtful: The numbers of those that may have been refused for another reason: they teach nothing.
        """
        found: set[int] = set()
        for exchange in exchanges:
            operation, known = self._operations.get(exchange.case.operation), self._chosen.get(exchange.number)
            if operation is None or known is None or not exchange.known or exchange.number in self._fresh:
                continue
            if exchange.case.after or exchange.case.look is not None:
                continue  # what was done to its object is what it is about
            changes = sorted((one for each in known.objects for one in each.changes), key=lambda one: one.ended)
            teaches = exchange.number not in doubtful
            if self._used_up.suspects(exchange, operation, changes, known.by, teaches=teaches):
                found.add(exchange.number)
        return frozenset(found)

    def _forget_changed(self, operation: str) -> None:
        """Ask no more for objects that an operation has used up."""
        for (_, role), objects in self._objects.items():
            if not role.startswith(f"{_AFTER} "):
                objects[:] = [one for one in objects if all(change.operation != operation for change in one.changes)]

    def _take(self, known: KnownObject, operation: Operation, exchange: Exchange) -> None:
        """Take the values of an answer that go with an object: all that leads to it is the same."""
        for place, source in self._followed.get(operation.id, ()):
            given = values_of_answer(operation, place, source, exchange)
            shared = [leads for leads in given if leads in known.values and "?" not in leads]
            if shared and all(given[leads] == known.values[leads] for leads in shared):
                known.values[place.leads] = given[place.leads]

    def _lacks(self, known: KnownObject, place: IdPlace) -> bool:
        """Return whether an object has no value for a place, and somebody who reads it may give one."""
        return place.leads not in known.values and any(self._readers(known, place))

    def _readers(self, known: KnownObject, place: IdPlace) -> Iterator[Operation]:
        for name in dict.fromkeys(source.operation for source in place.sources):
            operation = self._operations[name]
            heads = [one for one in operation.id_places if one.part == "path"]
            if operation.method in SAFE and heads and all(one.leads in known.values for one in heads):
                yield operation

    async def _complete(self, objects: Sequence[KnownObject], place: IdPlace, play: Play) -> None:
        """Ask for objects so that the answers give a value of each."""
        key = place.leads, "within"
        readers = {reader.id: reader for one in objects for reader in self._readers(one, place)}
        for operation in readers.values():
            case = self._case(operation)
            lacking = [one for one in objects if place.leads not in one.values]
            if case is None or not lacking or self._vain[key] >= _IN_VAIN or self._borrows:
                return
            await play(_batch(case, lacking))
            given = any(place.leads in one.values for one in lacking)
            self._vain[key] = 0 if given else self._vain[key] + 1

    def _case(self, operation: Operation) -> Case | None:
        """Return a good case of an operation, by which it gives an id."""
        if operation.id not in self._cases:
            good = calling_nobody(self._contract, plain_cases(self._contract, "success"))
            cases = (case for case in good if case.operation == operation.id)
            self._cases[operation.id] = next(cases, None)
        return self._cases[operation.id]

    # Objects that nothing has changed yet.

    def can_be_used_up(self, case: Case) -> bool:
        """Return whether a case changes an object, so that another request may find it in another state."""
        return case.request.method not in SAFE and bool(self._heads(case))

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
            self._given_before.clear()

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

    def _heads(self, case: Case) -> tuple[IdPlace, ...]:
        """Return the places of a case's request that need an object each: first the one that leads farthest."""
        operation = self._operations.get(case.operation)
        if operation is None or not operation.id_places or not may_share_callers(self._contract, operation):
            return ()
        heads: list[IdPlace] = []
        # The sort keeps the order of those that lead as far.
        for place in sorted(marks_in(operation.id_places, case.request), key=depth, reverse=True):
            if not place.of_state and not any(self._is_of(head, place) for head in heads):
                heads.append(place)
        return tuple(heads)

    def _is_of(self, head: IdPlace, place: IdPlace) -> bool:
        """Return whether the value of a place goes with the object of another one."""
        if head.leads.startswith(place.leads):
            return True
        return any(
            any(leads == head.leads for leads, _ in source.values)
            or ("?" not in head.leads and anonymous(self._operations[source.operation].path).startswith(head.leads))
            for source in place.sources
        )

    def _lacking(self, case: Case, bound: KnownObject | None) -> tuple[IdPlace, ...]:
        """Return the places of a case's request that need an object, and have none that is bound to it."""
        own = {} if bound is None else bound.values
        return tuple(head for head in self._heads(case) if head.leads not in own)

    def _role(self, case: Case, *, anew: bool = False) -> str:
        if case.made_by is not None:
            return f"{_READ} {case.made_by.operation} {case.made_by.label}"
        operation = self._operations[case.operation]
        if case.after or case.look is not None:
            return f"{_AFTER} {operation.id} {case.label}"
        if case.request.method in SAFE:
            return _READ if operation.needs is None else f"{_READ} {operation.id}"
        if any(again.beyond for again in case.again):
            return f"{_OWN} {operation.id}"  # the next one is to be about another
        if self._anew or anew:
            return _NEW if operation.needs is None else f"{_NEW} {operation.id}"
        return self._role_of_change(case, operation)

    def _role_of_change(self, case: Case, operation: Operation) -> str:
        """Return what objects are for that a case may change, where others share them."""
        ends = self._ends(case)
        if any(kind == "never" for _, kind in variants_in(operation.id_places, case.request)):
            return _WRITE
        if case.expect.of_known:
            return f"{_DOUBTFUL} {case.operation}"  # in another state, it may be refused for that
        if not (ends or case.request.method == "DELETE") or case.expect.refused:
            return _WRITE
        # Those that may be refused take none from those that do it: of each kind some are played.
        kind = _DOUBTFUL if any(status in _ERRORS for status in case.expect.statuses) else _OWN
        return f"{kind} {case.operation}" if ends else kind

    def _ends(self, case: Case) -> bool:
        """Return whether a success of a case, which deletes nothing, leaves its object to no other request of it."""
        operation = self._operations[case.operation]
        if case.request.method != operation.method:
            return False
        if operation.needs is not None or operation.method == "DELETE":
            return operation.needs is not None
        of_state = any(place.of_state for place in marks_in(operation.id_places, case.request))
        return of_state or operation.id in self._used_up.operations

    def bind(self, numbers: Sequence[int], batch: Batch) -> None:
        """Note the objects that the exchanges of a batch are about, where it says so.

        Args:
            numbers: Those of its exchanges, in order of its cases.
            batch: The batch.
        """
        self._exchanges = max(self._exchanges, *numbers, 0)
        for place, number in enumerate(numbers):
            if batch.anew:
                self._fresh[number] = None
                while len(self._fresh) > _REMEMBERED:
                    self._fresh.popitem(last=False)
            bound = batch.bound(place)
            # A target that has started anew since may have none of them.
            if bound is not None and not (self._starts and bound.since < self._starts[-1]):
                self._bind(number, bound)

    def _bind(self, number: int, known: KnownObject) -> None:
        self._bound[number] = known
        while len(self._bound) > _REMEMBERED:
            self._bound.popitem(last=False)

    def is_bound(self, number: int) -> bool:
        """Return whether it is said which object an exchange is about."""
        return number in self._bound

    def of(self, number: int, case: Case, differs: Callable[[int], bool]) -> Known | None:
        """Return what an exchange is about; None: no object is known.

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

    def keep_caller(self, number: int, of: int) -> None:
        """Let an exchange be about an object of the caller whose object another one is about, as far as one is known.

        Args:
            number: The exchange's.
            of: The number of the other one.
        """
        known = self._chosen.get(of)
        if known is not None:
            self._bind(number, KnownObject({}, "", known.main.maker, self._now(), made=False))

    def have_one_caller(self, number: int, other: int) -> bool:
        """Return whether two exchanges are about objects that were made by the same caller, or about none."""
        makers = [None if known is None else known.main.maker for known in map(self._chosen.get, (number, other))]
        return makers[0] == makers[1]

    def are_apart(self, number: int, other: int) -> bool:
        """Return whether two exchanges are about two objects."""
        one, two = self._chosen.get(number), self._chosen.get(other)
        return one is not None and two is not None and one.main.values != two.main.values

    def _choose(self, number: int, case: Case, differs: Callable[[int], bool]) -> Known | None:
        bound = self._bound.get(number)
        self._look_for_starts()
        role = self._role(case, anew=number in self._fresh)
        maker = None if bound is None else bound.maker
        objects = [] if bound is None else [bound]
        for place, head in enumerate(self._lacking(case, bound)):
            first = place == 0
            known = self._objects.get((head.leads, role if first else _beside(role)), [])
            if first and role == _NEW and not known:
                role, known = _WRITE, self._objects.get((head.leads, _WRITE), [])
                self._fresh.pop(number, None)  # it has none of its own
            theirs = first and self.about_theirs(case)
            taken = _is_taken(role if first else _beside(role))
            chosen = self._one_of(known, 0 if taken else number, maker, differs if theirs else None)
            if chosen is None:
                if first:
                    break
                continue
            objects.append(chosen)
            maker = chosen.maker if maker is None and not theirs else maker
            if taken:
                known.remove(chosen)
        return Known(tuple(objects)) if objects else None

    @staticmethod
    def _one_of(
        known: Sequence[KnownObject], turn: int, maker: int | None, differs: Callable[[int], bool] | None
    ) -> KnownObject | None:
        """Return one of some objects: another caller's where that is asked for, else the caller's own before others."""
        if differs is not None:
            known = [one for one in known if one.made and differs(one.maker)]
        elif maker is not None:
            known = [one for one in known if one.maker == maker] or known
        return known[turn % len(known)] if known else None

    def about_theirs(self, case: Case) -> bool:
        """Return whether a case is about another caller's object."""
        operation = self._operations.get(case.operation)
        return operation is not None and asks_for_theirs(operation.id_places, case.request)

    def is_there(self, number: int, case: Case) -> bool:
        """Return whether the same operation has found the object of an exchange before, and it is no new one."""
        known = self._chosen.get(number)
        aged = known is not None and self._now() - known.main.since > AGED
        return known is not None and aged and self._role(case) == _READ and case.operation in known.main.found

    # What became of them.

    def note(self, exchange: Exchange) -> None:
        """Take what became of an exchange; each is taken once."""
        known = self._chosen.get(exchange.number)
        case, answer = exchange.case, exchange.answer
        if known is None and case.operation in self._operations and self._heads(case):
            lacks = _is_of_one_operation(self._role(case)) and not (case.after or case.look)
            self._counts.add(LACKED, case.operation, case.family, times=lacks)
        if known is None or not isinstance(answer, Answer):
            return
        if self.about_theirs(case):
            self._counts.add(THEIRS, case.operation)
            return
        if not exchange.known:
            return
        if answer.success:
            for one in known.objects:
                one.found.add(case.operation)
        if case.expect.refused or case.expect.any_answer or case.after or case.look is not None:
            return
        self._counts.add(KNOWN, case.operation)
        self._counts.add(GIVEN_BY, case.operation, known.by)
        if answer.status in _GONE:
            self._counts.add(KNOWN_ABSENT, case.operation)
            known.main.lost += 1
            if known.main.lost >= _LOST:
                self._forget(known.main)

    def _forget(self, known: KnownObject) -> None:
        """Ask for an object no more."""
        for objects in self._objects.values():
            objects[:] = [one for one in objects if one is not known]


def _is_refused(played: Sequence[tuple[Exchange, KnownObject | None]]) -> bool:
    """Return whether a request that was to make an object was refused, and none was made."""
    refused = (isinstance(one.answer, Answer) and one.answer.status in REFUSALS for one, _ in played)
    return any(refused) and not any(given for _, given in played)


def _batch(case: Case, objects: Sequence[KnownObject]) -> Batch:
    """Return the batch of one case about several objects, some of them at once."""
    return Batch((), (case,) * len(objects), concurrency=min(len(objects), _AT_ONCE), about=(*objects,))


def _needing_first(case: Case) -> str:
    """Return the operation whose needs the object of a case has to meet first."""
    return case.after[0].operation if case.after else case.operation


def _needing(needs: Needs, heads: Sequence[IdPlace]) -> IdPlace | None:
    """Return the place of a request whose object is made by steps; None: its request has none."""
    return next((head for head in heads if head.leads == needs.leads), None)


def _with_values(operation: Operation, case: Case, step: Step, needing: str) -> Case:
    """Return a good case of an operation with the values of a step: what its schema refuses accuses nobody."""
    request = step.applied(case.request, operation.path)
    verdict = admission(operation, request)
    absent = case.expect.absent if verdict.certain and not verdict.refusals else case.expect.absent | REFUSALS
    expect = replace(case.expect, absent=absent)
    return replace(case, name=f"{case.name}-for-{needing}", request=request, expect=expect)


def _parsed(exchange: Exchange) -> Any:
    answer = exchange.answer
    return json_value(answer.body) if isinstance(answer, Answer) else MISSING


def _is_of_one_operation(role: str) -> bool:
    """Return whether objects of a role are for the requests of one operation, each for one."""
    kind, _, of = role.partition(" ")
    return bool(of) and kind in _TAKEN


def _is_taken(role: str) -> bool:
    """Return whether objects of a role are for one request each."""
    return role.partition(" ")[0] in _TAKEN


def _beside(role: str) -> str:
    """Return the role of what a request names beside its own object."""
    kind, _, operation = role.partition(" ")
    if kind == _READ or role == _NEW or (operation and kind in _TAKEN):
        return kind if kind == _READ else role
    return _WRITE


def may_share_callers(contract: Contract, operation: Operation) -> bool:
    """Whether several requests may have one caller: events and calls are not told by the caller."""
    told_by_caller = operation.events or contract.settings.world.upstreams
    return not (operation.security.mints_identities and told_by_caller)


def depth(place: IdPlace) -> tuple[bool, int]:
    """Return how far an id leads, to be compared."""
    return (place.part == "path", place.leads.count("{}"))
