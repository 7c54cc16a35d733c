"""What a service is seen to do with objects: which requests succeed about a new one, and which after another request.

Each try has an object that was made for it, as a run makes it; each is made twice, as one may go wrong by chance. Only
the answers count here: events are asked for later, and by then the requests that lead to an object are known.
"""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING, Any
from uuid import UUID

from bothends.cases import calling_nobody, plain_cases, with_new_values
from bothends.contract.messages import json_value
from bothends.contract.operations import about_theirs, anonymous
from bothends.contract.requests import SAFE
from bothends.contract.terms import CONFLICT, FORBIDDEN, NOT_FOUND, PRECONDITION_FAILED, WRONG_STATE
from bothends.engine.play import Batch, KnownIds, Sender
from bothends.records import Answer, Case
from bothends.scaffold.flows import with_flows
from bothends.scaffold.seen_objects import TIMES, Refused, SeenObject, SeenObjects, Tried, states_in

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Sequence

    from bothends.contract import Contract, Operation
    from bothends.contract.requests import IdPlace
    from bothends.engine.testbed import TestBed
    from bothends.records import Exchange, Request
    from bothends.scaffold.seen_objects import History

_MOST_CHANGES = 8
_MOST_STATES = 8
_MOST_TRIES = 600
"""Of one kind of object: a document may have dozens of operations about one, and dozens of kinds."""
_LONGEST = 3
"""Steps of a way that is tried: a checkout is begun, has an address and a payment, and is completed."""
_MOST_OF_ALL = 3000
_TURNS = 3
"""How often it is tried until each is answered with no error of the service."""
_ERRORS = 500
_SIDE_BY_SIDE = 8
_ROUNDS = (TIMES, TIMES + 1, 2 * TIMES + 1)
"""Requests for objects of other callers, until enough of them were for one that is another's."""
_OTHERS = 1 << 50
"""Numbers of other values than usual ones: none is that of an exchange, by which requests have values, too."""
_KEY = "idempotency-key"
"""A header that makes two requests one (draft-ietf-httpapi-idempotency-key-header), whatever else is said of it."""


def key_of_its_own(operation: Operation, request: Request, number: int) -> Request:
    """Return a request with an idempotency key of its own where no word of the contract says that it has one."""
    names = {one.name.lower() for one in operation.parameters if one.location == "header"}
    if operation.idempotency is not None or _KEY not in names or request.header(_KEY) is None:
        return request
    key = str(UUID(int=(0xB07E << 112) + number, version=4))
    return replace(
        request, headers=tuple((name, key if name.lower() == _KEY else value) for name, value in request.headers)
    )


class ObjectExplorer:
    """Asks a service about its objects.

    Attributes:
        contract: Its contract, with the flows that were seen so far.
        found: What was seen so far.
    """

    def __init__(
        self, contract: Contract, testbed: TestBed, left_out: Collection[str], told: Callable[[str], None]
    ) -> None:
        """Take a service, its contract as far as there is one, and the operations that are not asked.

        `told` hears, for a person, which kind of objects has its turn.
        """
        self._told = told
        self._left_out = left_out
        self._sender = Sender(testbed, contract.operations, None)
        self._testbed = testbed
        self._cases: dict[str, Case | None] = {}
        self.found = SeenObjects()
        self._know(contract)

    def _know(self, contract: Contract) -> None:
        """Take a contract: objects are made as it says, and none is known yet."""
        self.contract = contract
        contract = _without_calls(contract)
        self._operations = {each.id: each for each in contract.operations}
        self._ids = self._sender.ids = KnownIds(
            contract, self._testbed.clock.now, starts=self._testbed.starts, others=self._sender.exchanges
        )

    @property
    def exchanges(self) -> int:
        """How many requests were sent so far."""
        return self._sender.exchanges

    async def explore(self) -> SeenObjects:
        """Ask about each kind of object."""
        kinds = list(_in_order(list(self._kinds())))
        for number, one in enumerate(kinds, 1):
            self._told(f"objects, {number} of {len(kinds)}: {', '.join(one.places)}")
            self.found.every.append(one)
            await self._explore(one)
            self._know(with_flows(self.contract, self.found))  # what makes the next one may need such an object
        for operation in self.contract.operations:
            if operation.id not in self._left_out:
                await self._ask_in_vain(operation)
                await self._ask_for_theirs(operation)
                await self._ask_twice(operation)
        return self.found

    def _kinds(self) -> Iterator[SeenObject]:
        """Yield the kinds of objects that operations make and change."""
        found: dict[str, SeenObject] = {}
        for operation in self.contract.operations:
            place = _object_place(operation)
            if place is None or operation.method in SAFE or operation.id in self._left_out:
                continue
            by = dict.fromkeys(source.operation for source in place.sources)
            makers = tuple(name for name in by if self._operations[name].method not in SAFE)
            if not makers or operation.id in makers or set(makers) & set(self._left_out):
                continue
            reading = (each for each in self.contract.operations if each.method == "GET")
            reader = next((each.id for each in reading if anonymous(each.path) == place.leads), "")
            one = found.setdefault(place.leads, SeenObject(place.leads, makers, reader, {}))
            if len(one.places) < _MOST_CHANGES and self._case(operation.id) is not None:
                one.places[operation.id] = place
        yield from (each for each in found.values() if each.places)

    # What succeeds about an object, and what after something else.

    async def _explore(self, one: SeenObject) -> None:
        waiting: list[History] = [()]
        states: list[Any] = []
        while waiting and len(one.tried) < _MOST_TRIES and self._sender.exchanges < _MOST_OF_ALL:
            before = waiting.pop(0)
            if one.reader:
                shown = await self._try(one, before, (one.reader,))
                state = tuple(sorted(states_in(shown)))
                if len(before) > 1 and (not state or state in states):
                    continue  # it is in a state that was tried before
                states.append(state)
            await self._try(one, before, tuple(one.places))
            if len(states) > _MOST_STATES:
                continue
            waiting += [(*before, name) for name in one.places if self._goes_on(one, before, name)]

    def _goes_on(self, one: SeenObject, before: History, name: str) -> bool:
        """Return whether it is tried what comes after a success of an operation.

        Without a state that can be read, longer ways are tried only while something has never succeeded.
        """
        if self._operations[name].method == "DELETE" or not one.all_succeed(before, name):
            return False
        never = any(not any(one.all_succeed(each, other) for each in one.histories()) for other in one.places)
        return not before or (len(before) < _LONGEST and (bool(one.reader) or (never and name not in before)))

    async def _try(self, one: SeenObject, before: History, names: Sequence[str]) -> list[Tried]:
        """Send requests about objects that have gone through something; return what came of those that had one."""
        made: list[Tried] = []
        for turn in range(_TURNS):
            lacking = [name for name in names if sum(each.operation == name for each in made) < TIMES]
            cases = [case for name in lacking for case in self._tries(before, name, turn)]
            for exchange in await self._sent(cases, anew=not before):
                answer = exchange.answer
                # An error may be the machine's: what is busy is late, and is asked once more.
                if exchange.known and isinstance(answer, Answer) and answer.status < _ERRORS:
                    body = json_value(answer.body)
                    made.append(Tried(before, exchange.case.operation, answer.status, body))
        one.tried += made
        return made

    def _tries(self, before: History, name: str, turn: int) -> Iterator[Case]:
        """Yield the cases of an operation, each of which has an object of its own that has gone through something."""
        case, steps = self._case(name), [self._case(each) for each in before]
        for number in range(TIMES):
            if case is not None and None not in steps:
                after = tuple(step for step in steps if step is not None)
                yield replace(
                    case, family=WRONG_STATE, name="-".join((name, "after", *before, f"{turn}.{number}")), after=after
                )

    def _case(self, name: str) -> Case | None:
        if name not in self._cases:
            operation = self._operations[name]
            good = () if operation.security.unplayable else plain_cases(_alone(self.contract, operation), "success")
            self._cases[name] = next(calling_nobody(self.contract, good), None)
        return self._cases[name]

    # What is not there, and what is another caller's.

    async def _ask_in_vain(self, operation: Operation) -> None:
        """Ask about ids that no object has, and about objects as nobody has seen them."""
        if self._case(operation.id) is None:
            return
        cases = [
            replace(case, name=f"{case.name}-{number}")
            for family in (NOT_FOUND, PRECONDITION_FAILED)
            for case in calling_nobody(self.contract, plain_cases(_alone(self.contract, operation), family))
            for number in range(TIMES)
            if family == NOT_FOUND or case.name in _WRONG_TAGS
        ]
        in_path = {place.title for place in operation.id_places if place.part == "path"}
        for exchange in await self._sent(cases, anew=True):
            case = exchange.case
            title = case.name.rpartition("-")[0]
            if case.family == NOT_FOUND and _names_nobody(exchange):
                self._refused(operation, Refused(NOT_FOUND, title, _status(exchange), title in in_path))
            elif case.family == PRECONDITION_FAILED and exchange.known:
                self._refused(operation, Refused(PRECONDITION_FAILED, title.removesuffix(_TAG), _status(exchange)))

    def _refused(self, operation: Operation, one: Refused) -> None:
        self.found.refused.setdefault(operation.id, []).append(one)

    async def _ask_for_theirs(self, operation: Operation) -> None:
        """Ask for objects of other callers, where it is known that these are there."""
        case = self._case(operation.id)
        if case is None or not operation.ids_in_target or operation.security.usual is None:
            return
        own = await self._sent([replace(case, name=f"own-{number}") for number in range(TIMES)], anew=True)
        if not all(each.known and each.succeeded for each in own):
            return
        request = about_theirs(operation, case.request)
        statuses: list[int | None] = []
        for many in _ROUNDS:
            # Whose turn it is to make the object, and to ask for it, goes by how many requests there were.
            names = [f"theirs-{many}-{number}" for number in range(many)]
            theirs = [replace(case, family=FORBIDDEN, name=name, request=request) for name in names]
            statuses += [_status(each) for each in await self._sent(theirs) if each.known]
            if len(statuses) >= TIMES:
                self.found.theirs[operation.id] = statuses
                return

    async def _ask_twice(self, operation: Operation) -> None:
        """Make objects, and ask for another one with the values of each: such a value may have to be unique."""
        case = self._case(operation.id)
        if case is None or operation.method in SAFE or operation.id_places or operation.all_own_places:
            return
        for number in range(TIMES):
            request = with_new_values(operation, case.request, _OTHERS + number) or case.request
            (first,) = await self._sent([replace(case, name=f"new-{number}", request=request)])
            if first.succeeded:
                (second,) = await self._sent([replace(case, family=CONFLICT, name=f"again-{number}", request=request)])
                self._refused(operation, Refused(CONFLICT, "", _status(second)))

    # How a request is sent.

    async def _sent(self, cases: Sequence[Case], *, anew: bool = False) -> list[Exchange]:
        """Make the objects of some cases, and send them."""
        found: list[Exchange] = []
        for start in range(0, len(cases), _SIDE_BY_SIDE):
            found += await self._play(Batch((), tuple(cases[start : start + _SIDE_BY_SIDE]), anew=anew))
        return found

    async def _play(self, batch: Batch) -> list[Exchange]:
        """Send the requests of a batch at once, each about an object that is made for it first."""
        sender = self._sender
        await self._ids.stock(batch, self._play)
        numbers = [sender.next_number() for _ in batch.cases]
        self._ids.bind(numbers, batch)
        begun = []
        for number, case in zip(numbers, batch.cases, strict=True):
            credential = sender.signed_in(number, case, batch)
            request = key_of_its_own(self._operations[case.operation], sender.request(number, case), number)
            begun.append((number, case, credential, request))
        sent = await asyncio.gather(*(sender.send(request, shown, case) for _, case, shown, request in begun))
        made = [
            sender.exchange(number, case, shown, one) for (number, case, shown, _), one in zip(begun, sent, strict=True)
        ]
        self._testbed.world.take()
        return made


def _without_calls(contract: Contract) -> Contract:
    """Return a contract in which nobody is told by a caller of his own, so that callers have objects of theirs."""
    world = replace(contract.settings.world, upstreams={})
    operations = tuple(replace(each, events=()) for each in contract.operations)
    return replace(contract, settings=replace(contract.settings, world=world), operations=operations)


def _in_order(kinds: list[SeenObject]) -> Iterator[SeenObject]:
    """Yield kinds of objects, each after those that an operation which makes it is about."""
    while kinds:
        waiting = {name for one in kinds for name in one.places}
        free = next((one for one in kinds if not (waiting - one.places.keys()) & set(one.makers)), kinds[0])
        kinds.remove(free)
        yield free


_TAG = "-another-tag"
_WRONG_TAGS = frozenset({f"if-match{_TAG}"})


def _names_nobody(exchange: Exchange) -> bool:
    """Return whether the id in a request is one that no object has for certain."""
    return not exchange.case.expect.any_answer


def _status(exchange: Exchange) -> int | None:
    answer = exchange.answer
    return answer.status if isinstance(answer, Answer) else None


def _alone(contract: Contract, operation: Operation) -> Contract:
    return replace(contract, operations=(operation,))


def _object_place(operation: Operation) -> IdPlace | None:
    """Return the place of the id of the object that an operation is about, in its path or in its body; None: none."""
    in_path = [place for place in operation.id_places if place.part == "path"]
    in_body = [place for place in operation.id_places if place.part == "body"]
    return max(in_path or in_body[:1], key=lambda place: place.leads.count("{}"), default=None)
