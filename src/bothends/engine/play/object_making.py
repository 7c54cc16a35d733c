"""Makes the objects of requests before these are sent: by the operations whose answers give their ids.

`id_sources.py` of the contract says which operations, in which order. Each request is a usual exchange, judged like any
other.

- Where the contract says by which steps an object is made (`x-needs`), each of them is played about it, in order.
- A request may name several objects: one in its path, others in its body. The others are those of the same caller,
  where one has been made for that.
- What a later answer gives of an object that was made (its tag, say) is asked for by another request about it.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from bothends.cases import calling_nobody, plain_cases
from bothends.contract import admission
from bothends.contract.messages import json_value
from bothends.contract.operations import values_of_answer, with_new_mark
from bothends.contract.requests import SAFE, IdPlace, IdSource, marks_in
from bothends.engine.counts import counted
from bothends.engine.play.batches import Batch
from bothends.engine.play.known_objects import REFUSALS, KnownObject
from bothends.engine.play.object_roles import (
    DOUBTFUL,
    NEW,
    OWN,
    READ,
    WRITE,
    Key,
    Roles,
    is_of_one_operation,
    is_taken,
    role_beside,
)
from bothends.engine.play.other_values import OtherValues
from bothends.records import MISSING, Answer, NotProven, Weight

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence

    from bothends.contract import Contract, Operation
    from bothends.contract.requests import Needs, Step
    from bothends.engine.counts import Counts
    from bothends.engine.play.object_pool import Pool
    from bothends.records import Case, Exchange

    Play = Callable[[Batch], Awaitable[Sequence[Exchange]]]

GAVE = counted("answers that may give an id", "leads", "operation")
GAVE_AGAIN = counted("answers that give the id of what is known", "leads", "operation")

SHARED = 2
"""Objects that cases share, where callers are signed in: of two, so that one caller's can be told from another's."""
_MOST_OF_ONE_BATCH = 8
_AT_FIRST, _SHARE = 128, 0.75
"""Exchanges that make objects for the requests of one operation alone: so many, and this share of all.

An object may take three of them, for the one request that is about it. They wait for nothing, and go side by side.
"""
_MOST = {READ: 8, WRITE: 12, OWN: 64, DOUBTFUL: 64, NEW: 1024}
"""Objects of one kind that a run makes."""
_MOST_OF_ONE_CASE = 4
_IN_VAIN = 2
"""Times in a row that nothing gives an id, after which it is not asked for again."""
_MOST_BYTES = 4096
"""What is kept of the answer to a step that failed."""
_AT_ONCE = 8
"""Objects that are made side by side: a target may be slow to make one."""
_AHEAD = 4
"""Objects for the requests of one operation that are made at once, though fewer are asked for: they may expire."""


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


class ObjectMaker:
    """Makes the objects of one target, as many as requests need and a run may make."""

    def __init__(  # noqa: PLR0913 -- what it makes, for whom, and where it is counted
        self,
        contract: Contract,
        roles: Roles,
        pool: Pool,
        now: Callable[[], float],
        counts: Counts,
        *,
        reads_only: bool,
        others: int = 0,
    ) -> None:
        """Begin with none.

        Args:
            contract: The contract.
            roles: What objects are for.
            pool: Where they are put.
            now: The run's clock.
            counts: Where what becomes of them is counted.
            reads_only: Whether only what reads is sent.
            others: How many values other than usual ones the target may have been sent before.
        """
        self._contract = contract
        self._operations = {operation.id: operation for operation in contract.operations}
        self._roles = roles
        self._pool = pool
        self._now = now
        self._counts = counts
        self._reads_only = reads_only
        self._made: Counter[Key] = Counter()
        self._vain: Counter[Key] = Counter()
        self._making: set[Key] = set()
        self._spent = 0
        self._makers: dict[str, Case] = {}
        self._steps: dict[str, tuple[Case, ...]] = {}
        self._other_values = OtherValues(others)
        self._flows: dict[Key, str] = {}
        self._failed: dict[Key, tuple[int, Exchange, str]] = {}
        self._cases: dict[str, Case | None] = {}

    def start_anew(self) -> None:
        """Forget what was tried in vain, and which objects were given: the target may have none of them."""
        self._vain.clear()
        self._other_values.start_anew()

    def replace(self, known: KnownObject) -> None:
        """Ask for an object no more, wherever others may be made in its place, and in the place of what is gone."""
        for key in [*self._pool.objects]:
            if self._may_make(key) and self._left(key) > SHARED:
                self._pool.forget(known, key)

    async def stock(self, batch: Batch, play: Play) -> None:
        """Make the objects that the cases of a batch need, as far as the target gives any.

        Args:
            batch: What is to be played.
            play: Plays a batch, and returns its exchanges.
        """
        wanted: dict[Key, _Wanted] = {}
        for place, case in enumerate(batch.cases):
            bound = batch.bound(place)
            self._want(wanted, case, bound, anew=batch.anew)
        for key, one in wanted.items():
            await self._stock(key, one, play)
        for key, one in wanted.items():
            if len(wanted) > 1 and is_of_one_operation(key[1]):
                await self._stock(key, one, play)  # those of another kind may have been made of these

        for case in batch.cases:
            for again in case.again:
                if again.other is not None:
                    await self._stock_beside(case, again.other, play)

    def _want(self, wanted: dict[Key, _Wanted], case: Case, bound: KnownObject | None, *, anew: bool = False) -> None:
        """Add what a case needs, beside the object that is bound to it."""
        heads = self._roles.lacking(case, bound)
        if not heads:
            return
        role = self._roles.of(case, anew=anew)
        one = wanted.setdefault((heads[0].leads, role), _Wanted(heads[0]))
        first = self._operations[_needing_first(case)]
        # From which state an operation is tried, its transitions say; what it makes something for has to be ready.
        makes = first.transitions is not None and bool(first.transitions.per)
        for needs in () if _is_of_transitions(case) and not makes else first.needs:
            head = _needing(needs, heads)
            if head is None:
                continue
            self._flows[head.leads, role if head is heads[0] else role_beside(role)] = _needing_first(case)
        one.take(case, heads, self._operations[case.operation])
        one.makers += [] if bound is None else [bound.maker]
        if case.made_by is not None:
            self._makers[role] = case.made_by
        self._steps[role] = case.after

    async def _stock_beside(self, case: Case, other: Case, play: Play) -> None:
        """Make the objects of a request of another operation, by the caller whose object a case will be about."""
        heads = self._roles.heads(case)
        known = self._pool.objects.get((heads[0].leads, self._roles.of(case)), []) if heads else []
        bound = KnownObject({}, "", known[0].maker, self._now(), made=False) if known else None
        wanted: dict[Key, _Wanted] = {}
        self._want(wanted, other, bound)
        for key, one in wanted.items():
            await self._stock(key, one, play)

    async def _stock(self, key: Key, wanted: _Wanted, play: Play) -> None:
        role = key[1]
        most = wanted.count if is_of_one_operation(role) else _MOST_OF_ONE_BATCH
        shared = SHARED if wanted.signed_in and role not in self._makers else 1
        count = min(wanted.count, most) if is_taken(role) else shared
        await self._make_for(key, wanted.place, play, Counter(wanted.makers))
        while (missing := count - len(self._pool.objects.get(key, ()))) > 0 and self._may_make(key):
            makers = () if is_taken(role) else self._another_than_the_first(key)
            await self._make(key, wanted.place, play, makers=makers, count=self._at_once(key, missing))
        objects = self._pool.objects.get(key, [])
        if wanted.pairs and is_taken(role):
            paired = [one.maker for one in objects[: wanted.pairs]]
            await self._make_for(key, wanted.place, play, Counter(paired + paired))
        for beside in wanted.beside.values():
            other = beside.leads, role_beside(role)
            await self._make_for(other, beside, play, Counter(one.maker for one in objects))
            # Who asks for it may not be able to make any.
            if not self._pool.objects.get(other) and self._may_make(other):
                await self._make(other, beside, play)
        removed = any(step.request.method == "DELETE" for step in self._steps.get(role, ()))
        for within in () if removed else wanted.within.values():
            pools = (
                objects,
                *(self._pool.objects.get((one.leads, role_beside(role)), ()) for one in wanted.beside.values()),
            )
            await self._complete(
                [one for pool in pools for one in pool if _lacks(self._operations, one, within)], within, play
            )

    def _another_than_the_first(self, key: Key) -> tuple[int, ...]:
        """Return by whose caller the next of the objects is made that cases share; none: by any.

        An object may take as many exchanges as there are callers: in turn, it would be the first one's again.
        """
        known = self._pool.objects.get(key, ())
        # Who is asked in vain may be one who can make none: the next one is asked then.
        return (known[0].maker + 1 + self._vain[key],) if known else ()

    async def _make_for(self, key: Key, place: IdPlace, play: Play, owners: Counter[int]) -> None:
        """Make objects for callers, as far as these have none: one for each request, or one for all of theirs.

        The owners are callers, by the number of an exchange of theirs, with how many requests ask for an object.
        """
        wanted = owners if is_taken(key[1]) else Counter(owners.keys())
        lacking = [*(wanted - Counter(one.maker for one in self._pool.objects.get(key, ()))).elements()]
        if lacking and self._may_make(key):
            await self._make(key, place, play, makers=lacking[: self._left(key)])

    def _at_once(self, key: Key, missing: int) -> int:
        """Return how many objects are made at once, where so many are missing."""
        if not self._made[key] or not is_taken(key[1]):
            return 1  # whether anything comes of it is known when one was made
        ahead = _AHEAD if is_of_one_operation(key[1]) else 1
        return min(max(missing, ahead), self._left(key))

    def _may_make(self, key: Key) -> bool:
        return not self._pool.borrows and key not in self._making and self._vain[key] < _IN_VAIN and self._left(key) > 0

    def _left(self, key: Key) -> int:
        """Return how many more objects a run makes of one kind."""
        kind, _, of = key[1].partition(" ")
        if is_of_one_operation(key[1]):
            return max(0, _AT_FIRST + int(self._pool.exchanges * _SHARE) - self._spent)
        return (_MOST_OF_ONE_CASE if of else _MOST[kind]) - self._made[key]

    async def _make(self, key: Key, place: IdPlace, play: Play, *, makers: Sequence[int] = (), count: int = 1) -> None:
        """Ask the sources of an id, one operation after the other, until one gives it.

        The callers of the exchanges that are `makers` make one each; where there are none, any caller makes `count`.
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
        self, key: Key, place: IdPlace, play: Play, makers: Sequence[int], count: int
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
        heads = self._roles.heads(case)
        # A step that is about nothing of theirs would be played about another object.
        objects = [one for one in objects if not heads or len(self._roles.lacking(case, one)) < len(heads)]
        if not objects or self._reads_only:
            return []
        for place in marks_in(self._operations[case.operation].id_places, case.request):
            if place.of_state:
                await self._complete([one for one in objects if _lacks(self._operations, one, place)], place, play)
        self._spent += len(objects)
        played = [(one, self._pool.bound.get(one.number)) for one in await play(_batch(case, objects))]
        found = [(one, each) for one, each in played if each is not None and one.succeeded]
        for one, each in found:
            self._pool.take_made(each, one)
        return [each for _, each in found]

    def _add(self, key: Key, found: Sequence[KnownObject]) -> None:
        self._pool.objects.setdefault(key, []).extend(found)
        self._made[key] += len(found)
        self._vain[key] = 0 if found else self._vain[key] + 1

    async def _by_steps(  # noqa: PLR0913, PLR0917 -- what is made, by whom, and how often
        self, needing: Operation, key: Key, place: IdPlace, play: Play, makers: Sequence[int], count: int
    ) -> list[KnownObject]:
        """Make objects by the steps that an operation needs; one of which a step fails is none."""
        needs = next((each for each in needing.needs if each.leads == key[0]), None)
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
                played = [(one, self._pool.bound.get(one.number)) for one in await play(_batch(case, objects))]
                objects = [each for one, each in played if each is not None and one.succeeded]
            last = number == len(needs.steps)
            for one, each in played:
                lacks = needs.lacks(_parsed(one)) if last and one.succeeded else ""
                if (not one.succeeded or lacks) and one.case.operation == operation.id:
                    self._failed.setdefault((needing.id, key[0]), (number, one, lacks))
                    objects = [other for other in objects if other is not each]
            if not objects:
                return []
        self._failed.pop((needing.id, key[0]), None)
        return objects

    def not_proven(self) -> Iterator[NotProven]:
        """Yield the operations for which no object was made by the steps that they need, each with what failed."""
        for (name, leads), (number, exchange, lacks) in self._failed.items():
            operation = self._operations[name]
            answer = exchange.answer
            answered = str(answer.status) if isinstance(answer, Answer) else f"not at all: {answer.kind}"
            answered = f"with {lacks}" if lacks else answered
            needs = next(each for each in operation.needs if each.leads == leads)
            yield NotProven(
                f"steps of {name}" + (f" for {needs.named}" if needs.of_parameter else ""),
                f"Step {number} of {needs.title}, {exchange.case.operation}, was answered {answered}. So no"
                f" object was ready, and the cases of {name} were played with an id that was made up.",
                where=str(needs.location or self._contract.document.location(operation.pointer)),
                add=f"what step {number} lacks: {{operation: {exchange.case.operation}, body: ..., parameters: ...}}",
                weight=Weight.ANSWERS,
                shown=exchange.cut(_MOST_BYTES),
            )

    async def _asked_for(  # noqa: PLR0913, PLR0917 -- what one is asked for, by whom, and how often
        self, operation: Operation, key: Key, place: IdPlace, play: Play, makers: Sequence[int], count: int
    ) -> list[KnownObject]:
        changes = operation.method not in SAFE
        case = self._makers.get(key[1]) or self._case(operation)
        # What was there before this run is nobody's to change.
        if case is None or operation.security.unplayable or (self._reads_only if changes else key[1] != READ):
            return []
        return (await self._asked(operation, case, key, place, play, makers, count))[1]

    async def _asked(  # noqa: PLR0913, PLR0917 -- what one is asked for, by whom, and how often
        self, operation: Operation, case: Case, key: Key, place: IdPlace, play: Play, makers: Sequence[int], count: int
    ) -> tuple[list[tuple[Exchange, KnownObject | None]], list[KnownObject]]:
        """Play a case that gives an id; return its exchanges, each with its object, and the objects."""
        case = replace(case, request=with_new_mark(operation, case.request))
        count = len(makers) or count
        cases = self._other_values.cases(operation, case, count)
        played = await self._played(operation, cases, key, place, play, makers)
        self._other_values.see(operation, played)
        return played, [given for _, given in played if given is not None][:count]

    async def _played(  # noqa: PLR0913, PLR0917 -- what is played, by whom, and for what
        self,
        operation: Operation,
        cases: tuple[Case, ...],
        key: Key,
        place: IdPlace,
        play: Play,
        makers: Sequence[int],
    ) -> list[tuple[Exchange, KnownObject | None]]:
        """Play cases that give an id; return their exchanges, each with its object."""
        sources = [source for source in place.sources if source.operation == operation.id]
        about = tuple(KnownObject({}, "", maker, self._now(), made=False) for maker in makers)
        batch = Batch((), cases, concurrency=min(len(cases), _AT_ONCE), about=about)
        if is_of_one_operation(key[1]):
            self._spent += len(cases)
        played: list[tuple[Exchange, KnownObject | None]] = []
        for exchange in await play(batch):
            given = None
            if exchange.case.operation == operation.id and exchange.succeeded:
                self._counts.add(GAVE, place.leads, operation.id)
                given = self.given(operation, place, sources, exchange)
                if given is not None and self._other_values.are_needed(given, operation, place, cases[0]):
                    given = None
                    self._counts.add(GAVE_AGAIN, place.leads, operation.id)
            if given is not None and (self._steps.get(key[1]) or "?" in place.leads):
                self._pool.take_all(given, operation, exchange)
            played.append((exchange, given))
            if given is not None and len(cases) == 1:
                break
        return played

    def given(
        self, operation: Operation, place: IdPlace, sources: Sequence[IdSource], exchange: Exchange
    ) -> KnownObject | None:
        """Return the object that an answer gives; None: it gives none.

        Args:
            operation: The exchange's.
            place: The place that asks for its id.
            sources: Where that operation's answers have the id.
            exchange: A success.
        """
        above = self._pool.chosen.get(exchange.number)
        for source in sources:
            values = values_of_answer(operation, place, source, exchange)
            if values:
                maker = exchange.number if above is None else above.maker
                made = operation.method not in SAFE
                known = KnownObject(values, operation.id, maker, self._now(), made=made)
                self._pool.take(known, operation, exchange)
                return known
        return None

    def caller_of(self, exchange: Exchange) -> KnownObject:
        """Return what says who has sent an exchange, and about which object: other requests may be bound to that."""
        above = self._pool.chosen.get(exchange.number)
        maker, values = (exchange.number, {}) if above is None else (above.maker, above.values)
        return KnownObject(values, "", maker, self._now(), made=False)

    async def _complete(self, objects: Sequence[KnownObject], place: IdPlace, play: Play) -> None:
        """Ask for objects so that the answers give a value of each."""
        key = place.leads, "within"
        readers = {reader.id: reader for one in objects for reader in _readers(self._operations, one, place)}
        for operation in readers.values():
            case = self._case(operation)
            lacking = [one for one in objects if place.leads not in one.values]
            if case is None or not lacking or self._vain[key] >= _IN_VAIN or self._pool.borrows:
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


def _batch(case: Case, objects: Sequence[KnownObject]) -> Batch:
    """Return the batch of one case about several objects, some of them at once."""
    return Batch((), (case,) * len(objects), concurrency=min(len(objects), _AT_ONCE), about=(*objects,))


def _is_of_transitions(case: Case) -> bool:
    """Return whether transitions say by which steps an object gets into the state that a case is about."""
    return (case.look is not None and not case.look.any_state) or any(one.step is not None for one in case.again)


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


def _lacks(operations: Mapping[str, Operation], known: KnownObject, place: IdPlace) -> bool:
    """Return whether an object has no value for a place, and somebody who reads it may give one."""
    return place.leads not in known.values and any(_readers(operations, known, place))


def _readers(operations: Mapping[str, Operation], known: KnownObject, place: IdPlace) -> Iterator[Operation]:
    for name in dict.fromkeys(source.operation for source in place.sources):
        operation = operations[name]
        heads = [one for one in operation.id_places if one.part == "path"]
        if operation.method in SAFE and heads and all(one.leads in known.values for one in heads):
            yield operation
