"""What a service is seen to do: it is asked one thing at a time, and all that it does meanwhile is that request's.

Of a request that should be refused, only the answer counts, so several are sent side by side: there are a hundred of
them. What arrives then is nobody's.

Nothing is judged here. Each request is of one family; what the answers and the events of a family have in common is for
`proposals` to say.
"""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass, field, replace
from itertools import chain, islice
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from bothends.cases import NO_SESSION, admitted_request, json_media_type, plain_cases
from bothends.contract.requests import SAFE
from bothends.contract.terms import (
    BODY_TOO_LARGE,
    INVALID_BODY,
    MALFORMED_BODY,
    SIGNED_OUT,
    UNSUPPORTED_MEDIA_TYPE,
    UPSTREAM_TIMEOUT,
    UPSTREAM_UNREACHABLE,
    UPSTREAM_WRONG,
    FamilyRule,
)
from bothends.engine import Interruption
from bothends.engine.play import Batch, KnownIds, Sender
from bothends.engine.testbed import open_testbed
from bothends.engine.tie import CallbackMatcher
from bothends.records import Answer, Case, Condition
from bothends.scaffold.needs import keeps_receivers
from bothends.scaffold.objects import ObjectExplorer, key_of_its_own
from bothends.scaffold.request_values import asking_for_events, fullest, naming_receivers, shapes, turned, varied
from bothends.scaffold.seen_objects import SeenObjects

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from bothends.contract import Contract, Operation
    from bothends.engine import Options
    from bothends.engine.play import KnownObject
    from bothends.engine.testbed import TestBed
    from bothends.records import Credential, Delivery, Exchange, Request

NOBODY_SIGNS_IN = "was not asked: nobody can sign in"
"""Why an operation was not asked: the settings have no session of the scheme that it asks for."""
SUCCESS = "success"
SLOW = "slow"
FAILS_ONCE = "fails-once"

_SUCCESSES = 6
"""Values that are equal in as many requests, and differ from one to the next, are hardly so by chance."""

_SHAPED = 2
_MANY = 100
_REFUSALS = 8
_REFUSED = {MALFORMED_BODY: 16, INVALID_BODY: 16, UNSUPPORTED_MEDIA_TYPE: 32}
"""How many requests of a family are sent, of all its cases: media types are few, and targets differ in each of them."""
_FAULTS = (
    (UPSTREAM_WRONG, Condition.of("answers-status", status=500)),
    (UPSTREAM_WRONG, Condition.of("answers-status", status=400)),
    (UPSTREAM_WRONG, Condition.of("answers-garbage")),
    (UPSTREAM_UNREACHABLE, Condition.of("unreachable")),
    (UPSTREAM_UNREACHABLE, Condition.of("unreachable")),
    (UPSTREAM_TIMEOUT, Condition.of("hangs")),
    (UPSTREAM_TIMEOUT, Condition.of("stalls-in-head")),
)
_CLIENT_ERRORS = range(400, 500)
_SLOW_SHARE = 0.4
_ORDER = ("GET", "HEAD", "OPTIONS", "TRACE", "POST", "PUT", "PATCH", "DELETE")
"""Reading comes before writing, and creating before deleting."""

_ACTION = re.compile(r"\}/[^/{}]+$")
"""The end of a path that goes on behind an id: an action, or a collection of the object."""

_NOTHING = b"{}"

_READ_SECONDS = 0.3
_EVENT_SECONDS = 2.5
_LATE_SECONDS = 1.5
_TIMES_LONGEST = 5
_AGAIN_SECONDS = 4.0
_AGAIN = 2
_STILL_SECONDS = 0.15
_MOST_VAIN = 3
_LOOK_SECONDS = 0.02

_KEEPS = (
    "was not asked: it seems to register where events go, and each request would add one more receiver of all events"
)
_SIDE_BY_SIDE = 8
"""Requests at once: about as many as a browser sends, which no service refuses for their number."""
_FIRST_SIZE = 1 << 10
_LARGEST_SIZE = 1 << 24


@dataclass(frozen=True, slots=True)
class Seen:
    """One request, and all that the service did.

    Attributes:
        family: What it was about: a family of `x-given`, `success`, `slow` or `fails-once`.
        part: The part of the world that was out of order; empty: none.
        exchange: The request, the answer, the events and the calls.
        urls: By runtime expression: the URL that the request named there.
    """

    family: str
    part: str
    exchange: Exchange
    urls: Mapping[str, str]

    @property
    def status(self) -> int | None:
        """The status of the answer; None where there was none."""
        answer = self.exchange.answer
        return answer.status if isinstance(answer, Answer) else None


@dataclass(slots=True)
class Observations:
    """All that was seen.

    Attributes:
        seen: By operation, in the order of the requests.
        limits: By operation: the largest body that was not refused for its size, bytes, and the status of a larger one.
        base_urls: The base URL of each ingest.
        event_keys: The key of each ingest; empty where it has none.
        silent: The operations that were not asked, each with why.
        secrets: What must never be written down.
        objects: What was seen of objects.
    """

    seen: dict[str, list[Seen]] = field(default_factory=dict)
    limits: dict[str, tuple[int, int]] = field(default_factory=dict)
    base_urls: dict[str, str] = field(default_factory=dict)
    event_keys: dict[str, str] = field(default_factory=dict)
    silent: dict[str, str] = field(default_factory=dict)
    secrets: set[str] = field(default_factory=set)
    objects: SeenObjects = field(default_factory=SeenObjects)


@dataclass(frozen=True, slots=True)
class _Begun:
    """A request that is ready to be sent."""

    number: int
    case: Case
    credential: Credential
    request: Request


async def observe(  # noqa: PLR0913 -- as many as there are things to choose
    contract: Contract,
    options: Options,
    seed: int,
    *,
    probe: bool = False,
    reads_only: bool = False,
    told: Callable[[str], None] = lambda _: None,
) -> Observations:
    """Ask a service, and return what it does.

    Args:
        contract: Its contract as far as there is one.
        options: What the caller chose.
        seed: What the world's users and answers are made from.
        probe: Whether receivers of events are broken for a moment as well.
        reads_only: Whether nothing but GET and HEAD is sent.
        told: Hears, for a person, which operation is asked, and how many have their turn.

    Raises:
        ContractError: The settings are wrong.
        HarnessError: A port of the world's is in use.
        TargetError: The service could not be started or reached.
    """
    chosen = options.operations is not None
    settings = contract.settings.world
    is_called = bool(settings.ingests or settings.upstreams)
    keeping = frozenset(each.id for each in contract.operations if keeps_receivers(each) and not chosen)
    contract = asking_for_events(contract)
    is_called = is_called or any(each.addresses for each in contract.operations)
    async with open_testbed(contract, options, seed, Interruption(), log="init.log") as testbed:
        objects, before = SeenObjects(), 0
        if not reads_only:
            explorer = ObjectExplorer(contract, testbed, keeping, told)
            objects, contract, before = await explorer.explore(), explorer.contract, explorer.exchanges
            if is_called:
                await asyncio.sleep(_LATE_SECONDS)
                testbed.world.take()  # what came of that is nobody's
        observer = _Observer(contract, testbed, seed, probe=probe, is_called=is_called, told=told, before=before)
        observer.found.objects = objects
        turns = sorted(contract.operations, key=lambda each: _turn(each, contract.operations))
        for place, operation in enumerate(turns, 1):
            if reads_only and operation.method not in {"GET", "HEAD"}:
                observer.found.silent[operation.id] = (
                    "was not asked: it is not on this machine, and writes (see --allow-writes)"
                )
            elif operation.id in keeping:
                observer.found.silent[operation.id] = _KEEPS
            else:
                await observer.ask(operation, f"{place} of {len(turns)}")
        observer.found.secrets.update(testbed.world.secrets.hidden())
        return observer.found


def _turn(operation: Operation, operations: Sequence[Operation]) -> tuple[int, bool]:
    """Return when an operation is asked, as a key to sort by.

    What is done to an object, such as `POST /tasks/{id}/move`, may take it away from its path: all else that is about
    objects comes first, and only deleting after it.
    """
    is_action = (
        operation.method == "POST"
        and _ACTION.search(operation.path) is not None
        and not any(other.path.startswith(f"{operation.path}/{{") for other in operations)
    )
    return _ORDER.index("PATCH" if is_action else operation.method), is_action


def _with_answer_for(operation: Operation, family: str) -> Operation:
    """Return an operation as it is once an answer names a family: more requests are certainly refused then."""
    free = (each for each in operation.answers if each.status.startswith("4") and not each.family_rules)
    answer = None if operation.statuses_of(family) else next(free, None)
    if answer is None:
        return operation
    named = replace(answer, family_rules=(FamilyRule(family, None, None, answer.pointer),))
    return replace(operation, answers=tuple(named if each is answer else each for each in operation.answers))


class _Observer:
    def __init__(  # noqa: PLR0913 -- as many as there are things to know
        self,
        contract: Contract,
        testbed: TestBed,
        seed: int,
        *,
        probe: bool,
        is_called: bool,
        told: Callable[[str], None],
        before: int,
    ) -> None:
        self._contract = contract
        self._testbed = testbed
        self._sender = Sender(testbed, contract.operations, None)
        self._sender.count_from(before)
        self._ids = self._sender.ids = KnownIds(contract, testbed.clock.now, starts=testbed.starts, others=before)
        self._operations = {operation.id: operation for operation in contract.operations}
        self._matcher = CallbackMatcher(contract.operations, testbed.addresses)
        self._seed = seed
        self._probe = probe
        self._is_called = is_called
        self._told = told
        self._vain: dict[str, int] = {}
        self._longest = 0.0
        self._owners: dict[str, Seen | None] = {}
        self._pause_seconds = contract.settings.world.upstream_timeout_ms * _SLOW_SHARE / 1000
        world = testbed.world
        self.found = Observations(
            base_urls={name: stub.base_url for name, stub in world.services.ingests.items()},
            event_keys={name: stub.ingest.event_key for name, stub in world.services.ingests.items()},
        )

    async def ask(self, operation: Operation, turn: str) -> None:
        """Ask one operation all that there is to ask of it.

        Args:
            operation: The operation.
            turn: Which of them it is, for a person.
        """
        usual = admitted_request(operation)
        if operation.security.unplayable or usual is None:
            known = "was not asked: no request is known that it accepts"
            self.found.silent[operation.id] = NOBODY_SIGNS_IN if operation.security.unplayable else known
            return
        self._told(f"{turn}: {operation.method} {operation.path}")
        least = naming_receivers(operation, usual)
        usual = self._with_members(operation, least)
        await self._testbed.renew()
        successes = self.found.seen.setdefault(operation.id, [])
        wanted = [varied(operation, usual, number, self._seed) for number in range(_SUCCESSES)]
        wanted += [
            varied(operation, request, _MANY * (again + 1) + number, self._seed)
            for number, request in enumerate(shapes(operation, usual))
            for again in range(_SHAPED)
        ]
        wanted += [other for each in wanted[1:3] if (other := turned(operation, each)) is not None]
        await self._succeed(operation, wanted)
        if not any(each.exchange.succeeded for each in successes):
            usual = least
        for _ in range(_SHAPED if least.body != usual.body else 0):
            await self._send(operation, SUCCESS, least)
        if not any(each.exchange.succeeded for each in successes):
            status = successes[-1].status
            answer = "got no answer" if status is None else f"was answered {status}"
            self.found.silent[operation.id] = f"had no success: its usual request {answer}"
        refused = [Case(operation.id, each.family, "", each.request, each.given) for each in self._refused(operation)]
        await self._ask_side_by_side(operation, [each for each in refused if not each.of_the_world])
        for case in (each for each in refused if each.of_the_world):
            await self._send(operation, case.family, case.request, case.given)
        await self._find_limit(operation, usual)
        if any(each.exchange.succeeded for each in successes):
            await self._break(operation, usual)

    async def _succeed(self, operation: Operation, requests: Sequence[Request]) -> None:
        """Send requests that should succeed: one at a time, if what they send has to be told apart."""
        if not self._is_called:
            await self._ask_side_by_side(operation, [Case(operation.id, SUCCESS, "", each) for each in requests])
            return
        for request in requests:
            await self._send(operation, SUCCESS, request)

    def _with_members(self, operation: Operation, least: Request) -> Request:
        """Return a right request with all members there may be, where the least one has none: it changes nothing."""
        if json_media_type(operation) is None or least.body != _NOTHING:
            return least
        cases = plain_cases(replace(self._contract, operations=(operation,)), SUCCESS)
        return naming_receivers(operation, fullest(operation, [least, *(each.request for each in cases)]))

    def _refused(self, operation: Operation) -> Iterator[Case]:
        for family, most in _REFUSED.items():
            # What several families refuse says nothing of one of them.
            supposed = replace(self._contract, operations=(_with_answer_for(operation, family),))
            cases = [case for case in plain_cases(supposed, family) if case.expect.refused]
            yield from cases[:: -(-len(cases) // most)] if cases else ()
        one = replace(self._contract, operations=(operation,))
        if operation.security.demanded:
            states = (case for case in plain_cases(one, SIGNED_OUT) if case.repeat == 1)
            certain = (case for case in states if NO_SESSION in case.given or case.expect.refused)
            yield from islice(certain, _REFUSALS)

    async def _find_limit(self, operation: Operation, usual: Request) -> None:
        """Find the largest body that is accepted, where there is a limit that is told in one way."""
        if not usual.body or json_media_type(operation) is None:
            return

        async def statuses(sizes: Sequence[int]) -> list[int | None]:
            cases = [Case(operation.id, BODY_TOO_LARGE, "", usual)] * len(sizes)
            return [each.status for each in await self._ask_side_by_side(operation, cases, sizes)]

        (normal,) = await statuses([len(usual.body)])
        low, size = len(usual.body), max(_FIRST_SIZE, 1 << len(usual.body).bit_length())
        refusal = None
        while size <= _LARGEST_SIZE:
            (found,) = await statuses([size])
            if found != normal:
                refusal = found
                break
            low, size = size, size * 4
        if refusal is None or refusal not in _CLIENT_ERRORS:
            return
        high = size
        while high - low > 1:
            step = max(1, (high - low) // (_SIDE_BY_SIDE + 1))
            sizes = list(range(low + step, high, step))[:_SIDE_BY_SIDE]
            for one, found in zip(sizes, await statuses(sizes), strict=True):
                if found != normal:
                    high = one
                    break
                low = one
        self.found.limits[operation.id] = (low, refusal)

    async def _break(self, operation: Operation, usual: Request) -> None:
        """Break each part of the world that the operation has called, one after the other."""
        settings = self._contract.settings.world
        called = {call.upstream for each in self.found.seen[operation.id] for call in each.exchange.calls}
        received = {d.ingest for each in self.found.seen[operation.id] for d in each.exchange.deliveries}
        parts = [name for name in settings.upstreams if name in called]
        receivers = [name for name in settings.ingests if name in received] if self._probe else []
        for part in chain(parts, receivers):
            for number, (family, condition) in enumerate(_FAULTS):
                request = varied(operation, usual, _SUCCESSES + number, self._seed)
                seen = await self._send(operation, family, request, (condition.at(part),), part)
                if seen.status in _CLIENT_ERRORS:
                    await self._without_the_fault(operation, seen, request)
        for part in receivers:
            for family, condition in (
                (SLOW, Condition.of("answers-after", part, ms=int(self._pause_seconds * 1000))),
                (FAILS_ONCE, Condition.of("fails-times", part, count=1)),
            ):
                for number in range(_MOST_VAIN):
                    request = varied(operation, usual, 2 * _SUCCESSES + number, self._seed)
                    await self._send(operation, family, request, (condition,), part)

    async def _without_the_fault(self, operation: Operation, seen: Seen, request: Request) -> None:
        """Forget a request that is refused alike where no part is broken, as one for a value that is taken is."""
        again = await self._send(operation, SUCCESS, request)
        if again.status == seen.status:
            self.found.seen[operation.id].remove(seen)

    async def _make(self, batch: Batch) -> list[Exchange]:
        """Send the requests whose answers have the ids of objects that other requests are about."""
        made = [
            await self._send(self._operations[case.operation], SUCCESS, case.request, about=batch.bound(place))
            for place, case in enumerate(batch.cases)
        ]
        return [each.exchange for each in made]

    async def _ask_side_by_side(
        self, operation: Operation, cases: Sequence[Case], sizes: Sequence[int] = ()
    ) -> list[Seen]:
        """Send requests of which only the answers count, several at once; return what was seen, in their order.

        Args:
            operation: Their operation.
            cases: The requests; none of them breaks a part of the world.
            sizes: How large the body of each is, bytes; empty: as it is.
        """
        world, sender = self._testbed.world, self._sender
        made: list[Seen] = []
        for start in range(0, len(cases), _SIDE_BY_SIDE):
            some = cases[start : start + _SIDE_BY_SIDE]
            batch = Batch((), tuple(some))
            await self._ids.stock(batch, self._make)
            begun = [
                self._begun(case, batch, size)
                for case, size in zip(some, sizes[start : start + _SIDE_BY_SIDE] or [0] * len(some), strict=True)
            ]
            sent = await asyncio.gather(*(sender.send(each.request, each.credential, each.case) for each in begun))
            exchanges = [
                sender.exchange(each.number, each.case, each.credential, one)
                for each, one in zip(begun, sent, strict=True)
            ]
            longest = next((each for each in exchanges if each.succeeded), exchanges[0])
            await self._events(operation, longest, longest.case.family)
            await self._quiet()
            came = world.recorder.waiting > 0
            world.take()
            self._owners |= {
                urlsplit(url).path: None
                for each in exchanges
                for url in world.urls(operation.addresses, each.number).values()
            }
            if longest.succeeded:
                self._vain[operation.id] = 0 if came else self._vain.get(operation.id, 0) + 1
            made += [Seen(each.case.family, "", each, {}) for each in exchanges]
        self.found.seen.setdefault(operation.id, []).extend(made)
        return made

    async def _quiet(self) -> None:
        """Wait until no part of the world is called, where anything can be."""
        if self._is_called:
            await self._testbed.world.services.quiet(_EVENT_SECONDS)

    def _begun(self, case: Case, batch: Batch, size: int) -> _Begun:
        """Return a request that is ready to be sent, with a body of so many bytes; 0: as it is."""
        number = self._sender.next_number()
        if len(batch.cases) == 1:
            self._ids.bind([number], batch)
        self._sender.batches += 1
        credential = self._sender.signed_in(number, case, batch)
        self.found.secrets.update(credential.secrets)
        request = self._sender.request(number, case)
        request = key_of_its_own(self._operations[case.operation], request, number)
        if size:
            # Space behind a JSON text is a part of the body, and of nothing else (RFC 8259, section 2).
            request = replace(request, body=(request.body or b"").ljust(size))
        return _Begun(number, case, credential, request)

    async def _send(  # noqa: PLR0913, PLR0917 -- as many as there are parts to it
        self,
        operation: Operation,
        family: str,
        request: Request,
        given: Sequence[Condition] = (),
        part: str = "",
        size: int = 0,
        about: KnownObject | None = None,
    ) -> Seen:
        sender, world = self._sender, self._testbed.world
        case = Case(operation.id, family, "", request, tuple(given))
        batch = Batch(case.of_the_world, (case,), about=(about,))
        await self._ids.stock(batch, self._make)
        world.take()
        with world.state.given(*case.of_the_world):
            begun = self._begun(case, batch, size)
            sent = await sender.send(begun.request, begun.credential, case)
            exchange = sender.exchange(begun.number, case, begun.credential, sent)
            await self._events(operation, exchange, family)
        await self._quiet()
        arrived, calls = world.take()
        own = world.urls(operation.addresses, begun.number)
        urls = {place.expression.text: own[place.mark] for place in operation.addresses}
        deliveries = self._without_late(arrived, urls)
        if deliveries and exchange.succeeded:
            self._longest = max(self._longest, deliveries[0].received - exchange.ended)
        exchange = replace(exchange, deliveries=self._matcher.named(exchange, deliveries), calls=tuple(calls))
        seen = Seen(family, part, exchange, urls)
        self._owners |= {urlsplit(url).path: seen for url in urls.values()}
        self.found.seen.setdefault(operation.id, []).append(seen)
        if exchange.succeeded and not part:
            self._vain[operation.id] = 0 if deliveries else self._vain.get(operation.id, 0) + 1
        return seen

    def _without_late(self, arrived: Sequence[Delivery], urls: Mapping[str, str]) -> list[Delivery]:
        """Return the events that a request may have caused: one that came to a URL of an earlier one is that one's."""
        own = {urlsplit(url).path for url in urls.values()}
        kept = []
        for delivery in arrived:
            path = next((path for path in self._owners if delivery.path.startswith(path)), "")
            if not path or path in own:
                kept.append(delivery)
            elif (owner := self._owners[path]) is not None:
                exchange = owner.exchange
                named = self._matcher.named(exchange, (*exchange.deliveries, delivery))
                late = replace(owner, exchange=replace(exchange, deliveries=named))
                some = self.found.seen[exchange.case.operation]
                some[some.index(owner)] = late
                self._owners[path] = late
        return kept

    async def _events(self, operation: Operation, exchange: Exchange, family: str) -> None:
        """Wait for the events of a request, as long as there is hope of one."""
        if not self._is_called:
            return
        world = self._testbed.world
        hopeless = self._vain.get(operation.id, 0) >= _MOST_VAIN or not exchange.succeeded
        clock = asyncio.get_running_loop().time
        last, count = clock(), world.recorder.waiting
        while True:
            await asyncio.sleep(_LOOK_SECONDS)
            if world.recorder.waiting > count:
                last, count = clock(), world.recorder.waiting
            if family == FAILS_ONCE and count < _AGAIN:
                wait = _AGAIN_SECONDS
            elif family == SLOW:
                wait = _EVENT_SECONDS + self._pause_seconds
            else:
                wait = _STILL_SECONDS if count or hopeless else self._first_wait(operation)
            if clock() - last > wait:
                return

    def _first_wait(self, operation: Operation) -> float:
        """Return how long a first event is waited for, seconds: long, until it is known how long one takes."""
        # What comes late would be taken for an event of the next request: a busy machine has its time.
        late = _LATE_SECONDS if self._longest else _EVENT_SECONDS
        least = _READ_SECONDS if operation.method in SAFE else late
        return max(least, _TIMES_LONGEST * self._longest)
