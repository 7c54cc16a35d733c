"""Makes, changes and ends registrations before requests that send events, and hears what comes to their addresses.

Each request is a usual exchange, judged like any other, and each has an address of the world of its own. What is left
of the registrations of a case is ended before the next batch, where an operation ends one; so is what any other request
has made, unless it is an object of requests: an account may have a few alone, and each event goes to all of them.
"""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from bothends.cases import REGISTRATIONS, calling_nobody, plain_cases, with_new_values
from bothends.contract.messages import Moment, value_of
from bothends.engine.play.batches import LARGEST, Batch
from bothends.engine.play.listening import heard_within
from bothends.engine.play.pending import LIMITS
from bothends.engine.play.value_numbers import FOR_REGISTRATIONS
from bothends.records import Answer, NotProven, Registered, Weight

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator, Sequence

    from bothends.contract import Contract, Operation
    from bothends.engine.play.known_objects import KnownObject
    from bothends.engine.play.object_making import ObjectMaker
    from bothends.engine.testbed import TestBed
    from bothends.records import Case, Exchange, Registering

    Play = Callable[[Batch], Awaitable[Sequence[Exchange]]]

_LATER = 202  # RFC 9110 section 15.3.3: what is accepted may be done later
_PATIENCE = (1.0, 2.0, 4.0, 8.0, 16.0, 32.0)
"""Seconds between events that are caused until one comes to a new address: many keep receivers for a minute."""
_AT_ONCE = 8
"""Registrations that are ended side by side."""
_MOST_LEFT = 1024
"""Registrations that are remembered until they are ended."""
_MOST_BYTES = 4096
"""What is kept of the answer to a step that failed."""
_MOST_OF_EVENT = 1 << 16
"""What is kept of an answer whose values an event may have."""


@dataclass(slots=True)
class _Address:
    """The address of a registration.

    Attributes:
        url: The address.
        made: Which request named it, for a person to read.
        known: What it is known by; None: no answer has given an id.
        ended: Which request ended it; empty: it holds.
        held: Whether its receiver is to hang.
        sent: What was sent while it held, as far as the case has it sent.
    """

    url: str
    made: str
    known: KnownObject | None
    ended: str = ""
    held: bool = False
    sent: list[Exchange] = field(default_factory=list)

    @property
    def path(self) -> str:
        """The path of the address."""
        return urlsplit(self.url).path


@dataclass(slots=True)
class _Prepared:
    """The registrations of a case.

    Attributes:
        caller: What says that the caller who made them sends the case.
        addresses: Their addresses, in order.
    """

    caller: KnownObject | None = None
    addresses: list[_Address] = field(default_factory=list)


class _NotMadeError(Exception):
    """A request that was to make, change or end a registration did not do it."""

    def __init__(self, exchange: Exchange | None, why: str) -> None:
        super().__init__(why)
        self.exchange = exchange
        self.why = why


class Registrations:
    """The registrations of one target that were made for cases."""

    def __init__(self, contract: Contract, maker: ObjectMaker, testbed: TestBed | None, *, reads_only: bool) -> None:
        """Begin with none.

        Args:
            contract: The contract.
            maker: Knows the ids of objects.
            testbed: Where events are heard; None: nobody hears them, and no registration is made.
            reads_only: Whether only what reads is sent.
        """
        self._contract = contract
        self._operations = {operation.id: operation for operation in contract.operations}
        self._maker = maker
        self._testbed = None if reads_only else testbed
        self._prepared: dict[str, _Prepared] = {}
        self._left: list[tuple[Case, KnownObject]] = []
        self._endings = _endings(contract)
        self._stocks = False
        self._failed: dict[str, tuple[Case, _NotMadeError]] = {}
        self._busy = False
        self._patient = True
        # What had as long as an answer is late, and none is waited for longer than what is pending.
        self._limit = min(max(contract.settings.judged_time_limit_ms / 1000, LIMITS.awaited), LIMITS.pending)
        self._others = FOR_REGISTRATIONS

    def start_anew(self) -> None:
        """Forget all registrations: the target may have none of them."""
        self._prepared.clear()
        self._left.clear()

    def caller_of(self, case: Case) -> KnownObject | None:
        """Return what says that a case is sent by the caller of its registrations; None: it has none."""
        prepared = self._prepared.get(case.label) if case.registering is not None else None
        return None if prepared is None else prepared.caller

    async def stock(self, batch: Batch, play: Play) -> Batch:
        """Make the registrations of the cases of a batch; return it with their callers.

        Args:
            batch: What is to be played.
            play: Plays a batch, and returns its exchanges.
        """
        if self._busy or self._testbed is None:
            return batch
        self._busy = True
        try:
            await self._end_what_is_left(play)
            with self.kept():
                for case in batch.cases:
                    if case.registering is not None:
                        await self._prepare(case, case.registering, play)
        finally:
            self._busy = False
        callers = [self.caller_of(case) for case in batch.cases]
        if not any(callers):
            return batch
        about = (batch.bound(place) or caller for place, caller in enumerate(callers))
        return replace(batch, about=tuple(about))

    async def _prepare(self, case: Case, own: Registering, play: Play) -> None:
        prepared = _Prepared()
        try:
            for making in own.makes:
                await self._make(making, prepared, play)
            first = prepared.addresses[0]
            first.held = own.hangs
            if own.first is not None:
                await self._send_first(own, own.first, prepared, play)
            if own.then is not None:
                await self._lead_on(own, own.then, prepared, play)
        except _NotMadeError as error:
            self._failed[case.label] = (case, error)
            self._leave(own, prepared)
            return
        self._failed.pop(case.label, None)
        self._prepared[case.label] = prepared

    async def _make(self, case: Case, prepared: _Prepared, play: Play) -> None:
        exchange = await self._one(case, prepared.caller, play)
        if not _is_done(exchange):
            # Another one may have the same name, or whatever else is to be unique.
            self._others += 1
            other = with_new_values(self._operations[case.operation], case.request, self._others)
            if other is not None:
                exchange = await self._one(replace(case, request=other), prepared.caller, play)
        exchange = _done(exchange)
        known = self._known(exchange)
        if prepared.caller is None:
            prepared.caller = self._maker.caller_of(exchange)
        prepared.addresses.append(_Address(self._url(exchange), _told(exchange), known))
        self._listen(prepared.addresses[-1])

    async def _lead_on(self, own: Registering, case: Case, prepared: _Prepared, play: Play) -> None:
        first = prepared.addresses[0]
        if first.known is None:
            raise _NotMadeError(None, f"no answer of {own.makes[0].operation} gave the id of what it made")
        exchange = _done(await self._one(case, first.known, play))
        first.ended = _told(exchange)
        if not own.ends:
            prepared.addresses.append(_Address(self._url(exchange), _told(exchange), first.known))
            self._listen(prepared.addresses[-1])

    async def _send_first(self, own: Registering, case: Case, prepared: _Prepared, play: Play) -> None:
        """Cause an event while the first registration holds, until it comes there: who caches registrations has it."""
        address = prepared.addresses[0]
        waits = _PATIENCE if own.ends and self._patient else ()
        for pause in (*waits, 0.0):
            exchange = await self._one(case, prepared.caller, play)
            if exchange is None or not exchange.succeeded:
                return
            address.sent.append(exchange.cut(_MOST_OF_EVENT))
            if await self._heard(address, exchange.began, LIMITS.awaited):
                return
            await asyncio.sleep(pause)
        self._patient = self._patient and not waits

    async def _one(self, case: Case, about: KnownObject | None, play: Play) -> Exchange | None:
        batch = Batch((), (case,), concurrency=1, about=() if about is None else (about,))
        played = [one for one in await play(batch) if one.case.operation == case.operation]
        return played[-1] if played else None

    def _url(self, exchange: Exchange) -> str:
        operation = self._operations[exchange.case.operation]
        own = operation.registers
        found = own and own.address and value_of(own.address, Moment(operation.path, exchange.sent))
        if not isinstance(found, str):
            raise _NotMadeError(exchange, f"the request of {operation.id} names no address")
        return found

    def _known(self, exchange: Exchange) -> KnownObject | None:
        """Return what an answer says of the registration that it made, as far as other operations ask for that."""
        operation = self._operations[exchange.case.operation]
        for other in self._operations.values():
            own = other.registers
            if own is None or own.does == "makes":
                continue
            for place in other.id_places:
                sources = [source for source in place.sources if source.operation == operation.id]
                if place.leads == own.leads and sources:
                    return self._maker.given(operation, place, sources, exchange)
        return None

    def _listen(self, address: _Address) -> None:
        if self._testbed is not None:
            self._testbed.world.recorder.aside.listen(address.path)

    # What is left of them.

    def _leave(self, own: Registering, prepared: _Prepared) -> None:
        """Listen no more, and end what still holds when that can be done."""
        for address in prepared.addresses:
            if self._testbed is not None:
                self._testbed.world.recorder.aside.over(address.path)
            if own.last is not None and address.known is not None and not address.ended:
                self._left.append((own.last, address.known))

    @contextlib.contextmanager
    def kept(self) -> Iterator[None]:
        """Keep what is made while this lasts: it is made for requests, as an object of theirs."""
        before, self._stocks = self._stocks, True
        try:
            yield
        finally:
            self._stocks = before

    def see(self, exchange: Exchange) -> None:
        """Note a registration that nobody needs any more, to be ended.

        Args:
            exchange: An exchange, as soon as it is answered.
        """
        ending = self._endings.get(exchange.case.operation)
        if ending is None or self._stocks or self._testbed is None or not exchange.succeeded:
            return
        known = self._known(exchange)
        if known is not None:
            self._left = [*self._left, (ending, known)][-_MOST_LEFT:]

    async def _end_what_is_left(self, play: Play) -> None:
        """End registrations that are over, those of one operation side by side."""
        left, self._left = self._left, []
        endings: dict[str, tuple[Case, list[KnownObject]]] = {}
        for case, known in left:
            endings.setdefault(case.operation, (case, []))[1].append(known)
        for case, objects in endings.values():
            for at in range(0, len(objects), LARGEST):
                some = objects[at : at + LARGEST]
                await play(Batch((), (case,) * len(some), concurrency=_AT_ONCE, about=(*some,)))

    # What comes to their addresses.

    async def around(self, case: Case, send: Callable[[], Awaitable[Exchange]]) -> Exchange:
        """Make the exchange of a case, with what came to the addresses of its registrations.

        Args:
            case: The case.
            send: Makes the exchange.
        """
        own, prepared = case.registering, self._prepared.pop(case.label, None)
        if own is None or prepared is None or self._testbed is None:
            return await send()
        aside = self._testbed.world.recorder.aside
        held = [address for address in prepared.addresses if address.held]
        others = [address for address in prepared.addresses if not address.held]
        for address in held:
            aside.hold(address.path)
        try:
            exchange = await send()
            if exchange.succeeded:
                await self._hear(others, exchange)
        finally:
            for address in held:
                aside.let_go(address.path)
        registered = tuple(
            Registered(one.url, one.made, one.ended, aside.came(one.path), bool(held), tuple(one.sent))
            for one in others
        )
        self._leave(own, prepared)
        return replace(exchange, registered=registered)

    async def _hear(self, addresses: Sequence[_Address], exchange: Exchange) -> None:
        """Wait until an event has come to each address that is to have one, and a while for what comes to others."""
        for address in addresses:
            if not address.ended:
                await self._heard(address, exchange.began, self._limit)
        for address in addresses:
            if address.ended:
                await self._heard(address, exchange.began, self._time_after_the_end(address))

    def _time_after_the_end(self, address: _Address) -> float:
        """Return how long an event is waited for that must not come, seconds: twice as long as the one before took."""
        came = () if self._testbed is None else self._testbed.world.recorder.aside.came(address.path)
        took = came[-1].received - address.sent[-1].began if came and address.sent else 0.0
        return min(max(LIMITS.after_the_end, 2 * took), self._limit)

    async def _heard(self, address: _Address, since: float, seconds: float) -> bool:
        """Return whether something comes to an address since a time, within some seconds of this machine's."""
        testbed = self._testbed
        if testbed is None:
            return False
        aside = testbed.world.recorder.aside
        return await heard_within(
            testbed, lambda: any(one.received >= since for one in aside.came(address.path)), seconds
        )

    def not_proven(self) -> Iterator[NotProven]:
        """Yield the cases of which no registration was made as it has to be, each with what failed."""
        for case, error in self._failed.values():
            operation: Operation = self._operations[case.operation]
            exchange = error.exchange
            yield NotProven(
                f"{case.label}",
                f"The registration that it is about was not made so: {error.why}. So nothing is known of its events.",
                where=str(self._contract.document.location(operation.pointer)),
                add="body: … in x-registers has what such a request needs beside its usual members",
                weight=Weight.EVENTS,
                shown=None if exchange is None else exchange.cut(_MOST_BYTES),
            )


def _endings(contract: Contract) -> dict[str, Case]:
    """Return the request that ends what an operation makes, by the operation's ID."""
    found: dict[str, Case] = {}
    for case in calling_nobody(contract, plain_cases(contract, REGISTRATIONS)):
        own = case.registering
        if own is not None and own.last is not None:
            found.setdefault(own.makes[0].operation, own.last)
    return found


def _is_done(exchange: Exchange | None) -> bool:
    answer = None if exchange is None else exchange.answer
    return isinstance(answer, Answer) and answer.success and answer.status != _LATER


def _done(exchange: Exchange | None) -> Exchange:
    """Return the exchange of a request that has done what it was sent for.

    Raises:
        _NotMadeError: It has not, or does so later.
    """
    if exchange is None:
        raise _NotMadeError(None, "a request was not sent")
    answer = exchange.answer
    if not isinstance(answer, Answer):
        raise _NotMadeError(exchange, f"{_told(exchange)}, had no answer: {answer.kind}")
    if answer.status == _LATER:
        raise _NotMadeError(exchange, f"{_told(exchange)}, was answered 202: it is done later, nobody knows when")
    if not answer.success:
        raise _NotMadeError(exchange, f"{_told(exchange)}, was answered {answer.status}")
    return exchange


def _told(exchange: Exchange) -> str:
    """Return which request that was, for a person to read."""
    path = exchange.sent.target.partition("?")[0]
    return f"{exchange.sent.method} {path} (exchange {exchange.number})"
