"""Sends a request several times on purpose: with the same idempotency key, at once or one after the other."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from http import HTTPStatus
from typing import TYPE_CHECKING, Protocol

from bothends.engine.play.looks import is_in_state, stays
from bothends.records import ERRORS, Answer, Expectation

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bothends.client import Sent
    from bothends.engine.play.batches import Batch
    from bothends.engine.play.sender import Sender
    from bothends.engine.testbed import TestBed
    from bothends.records import Again, Case, Credential, Exchange, NoAnswer, Request

_LOOK_SECONDS = 0.005
_AT_WORK_SECONDS = 2.0
"""How long a target is waited for until it is at work on a request, before the same is sent beside it."""


class Surroundings(Protocol):
    """What must be seen to between two requests."""

    async def wait_for_event(self, exchange: Exchange, before: int) -> None:
        """Wait for the event of an exchange, where nothing but the time tells it from the next one's.

        The world had witnessed so much `before` when the exchange began.
        """
        ...

    def make_well(self) -> None:
        """Make the world well, for the rest of a batch."""
        ...


class Repeater:
    """Makes the exchanges of cases that are sent several times."""

    def __init__(self, testbed: TestBed, sender: Sender, surroundings: Surroundings) -> None:
        """Take what it sends with."""
        self._testbed = testbed
        self._sender = sender
        self._surroundings = surroundings

    async def exchanges(self, number: int, case: Case, batch: Batch, credential: Credential) -> list[Exchange]:
        """Make the exchanges of a case that is sent several times on purpose, each on a connection of its own.

        Of those that are sent at once, one that is answered with success counts as the first: which of them the target
        has read first, nobody else knows.
        """
        if any(one.rivals for one in case.again):
            return await self._rivals(number, case, credential)
        before = self._testbed.world.recorder.waiting_at_a_callback
        keys = self._sender.two_keys(number, case)
        sends = self._sender.with_new_values(number, case) if any(one.anew for one in case.again) else case
        request = self._sender.request(number, sends, key=keys[0])
        beside = [one for one in case.again if one.at_once]
        same = [self._sender.request(number, _with_body(case, one), key=keys[0]) for one in beside]
        found = await self._sent_at_once(case, credential, [request, *same])
        every = sorted(found, key=lambda sent: not _succeeded(sent))
        main = self._sender.exchange(number, case, credential, every[0])
        made = [self._further(main, one, credential, sent) for one, sent in zip(beside, every[1:], strict=True)]
        for one in (one for one in case.again if not one.at_once):
            if not _is_due(one, main, made):
                continue
            await self._surroundings.wait_for_event(main, before)
            if one.well:
                self._surroundings.make_well()
            last = made[-1] if made else main
            after = self._free_again(main, one, last) if one.frees else self._after(main, one, batch, keys)
            made.append(await after)
        return [replace(main, repeats=tuple(one for one in made if one.repeated)), *made]

    async def _rivals(self, number: int, case: Case, credential: Credential) -> list[Exchange]:
        """Make the exchanges of requests that are sent at once about one object, of which one can succeed.

        Which of them the target has read first, nobody else knows: one that succeeds counts as the first.
        """
        sender, look = self._sender, case.look
        numbers = [number, *(sender.next_number() for _ in case.again)]
        requests = [sender.request(number, sender.with_new_values(number, case))]
        if sender.ids is not None:
            sender.ids.share(number, numbers[1:])
        requests += [sender.request(one, sender.with_new_values(one, case)) for one in numbers[1:]]
        there = look is None or await is_in_state(sender, number, look, credential)
        sent = await self._sent_at_once(case, credential, requests)
        order = sorted(range(len(sent)), key=lambda place: (not _succeeded(sent[place]), _accepted(sent[place])))
        # What the rest is to get depends on the state that the first one leaves.
        several = sum(_succeeded(one) and not _accepted(one) for one in sent) > 1
        doubt = "" if there else "the object was not in its state by then"
        made: dict[int, Exchange] = {}
        for rank, place in enumerate(order):
            expect = case.again[rank - 1].expect if rank else _with_its_success(case.expect, sent[place])
            now = replace(case, expect=_anything(doubt) if doubt else expect)
            made[place] = sender.exchange(numbers[place], now, credential, sent[place])
            if not rank and several and look is not None and not doubt:
                if sender.ids is not None:
                    sender.ids.take_made(made[place])
                if not await stays(sender, number, look, credential):
                    doubt = "the object goes on by itself, and may have been in another state meanwhile"
        return [made[place] for place in range(len(sent))]

    async def _sent_at_once(self, case: Case, credential: Credential, requests: Sequence[Request]) -> list[Sent]:
        """Send requests, each on a connection of its own: the first, and once the target is at work, all others."""
        first, *others = requests
        try:
            async with asyncio.TaskGroup() as group:
                sending = [group.create_task(self._sender.send(first, credential, case, fresh=True))]
                if others:
                    await self._at_work(case, sending[0])
                sending += [group.create_task(self._sender.send(one, credential, case, fresh=True)) for one in others]
        except BaseExceptionGroup as errors:
            raise errors.exceptions[0] from None
        return [task.result() for task in sending]

    async def _at_work(self, case: Case, sending: asyncio.Task[Sent]) -> None:
        """Wait until the target waits for a part of the world that is slow, if one is."""
        slow = [condition.subject for condition in case.of_the_world]
        clock = asyncio.get_running_loop().time
        until = clock() + _AT_WORK_SECONDS * bool(slow)
        while clock() < until and not sending.done():
            if any(self._testbed.world.services.in_progress(name) for name in slow):
                return
            await asyncio.sleep(_LOOK_SECONDS)

    async def _after(self, main: Exchange, again: Again, batch: Batch, keys: tuple[str | None, str | None]) -> Exchange:
        """Make the exchange of a request that is sent when the first is answered."""
        if main.credential is None:
            raise ValueError("a request that is sent again is signed in as the first was, or signed out as it was")
        case, first = main.case, main.credential
        if again.anew:
            return await self._anew(main, again, first)
        if again.theirs:
            return await self._theirs(main, again, first)
        if again.other is not None:
            return await self._elsewhere(main, again, again.other, batch, first)
        if again.repeats:
            request = self._sender.request(main.number, _with_body(case, again), key=keys[0])
            return self._further(main, again, first, await self._sender.send(request, first, case, fresh=True))
        number, ids = self._sender.next_number(), self._sender.ids
        if ids is not None and not again.another_caller:
            ids.keep_caller(number, main.number)
        credential = self._sender.signed_in(number, case, batch)
        while again.another_caller and credential.caller == first.caller > 0:
            number = self._sender.next_number()
            credential = self._sender.signed_in(number, case, batch)
        if not again.another_caller and first.caller:
            credential = first  # callers who take turns: it is the same one's turn again
        key = keys[1] if again.key else self._sender.key(main.number, case)
        sent = await self._sender.send(self._sender.request(number, case, key=key), credential, case, fresh=True)
        shared = ids is not None and not (again.another_caller or ids.have_one_caller(number, main.number))
        if shared or (again.elsewhere and not (ids is not None and ids.are_apart(number, main.number))):
            again = replace(again, expect=_anything("no other object of its caller is known"))
        return self._further(main, again, credential, sent, number=number)

    async def _elsewhere(self, main: Exchange, again: Again, other: Case, batch: Batch, first: Credential) -> Exchange:
        """Make the exchange of a request of another operation, with the key and the caller of the first."""
        number, ids = self._sender.next_number(), self._sender.ids
        if ids is not None:
            ids.keep_caller(number, main.number)
        credential = self._sender.signed_in(number, other, batch)
        if first.caller:
            credential = first  # callers who take turns: it is the same one's turn again
        key = self._sender.key(main.number, main.case)
        request = self._sender.request(number, other, key=key)
        sent = await self._sender.send(request, credential, other, fresh=True)
        expect = again.expect
        if not main.succeeded:
            expect = _anything("its key is of no request that succeeded")
        elif credential.session != first.session or (
            ids is not None and first.caller and not ids.have_one_caller(number, main.number)
        ):
            expect = _anything("no object of its caller is known")
        exchange = self._sender.exchange(number, replace(other, expect=expect), credential, sent)
        return replace(exchange, first=main, again=again)

    async def _theirs(self, main: Exchange, again: Again, first: Credential) -> Exchange:
        """Make the exchange of the request of another caller, about the object of the first."""
        number, credential = self._sender.another_caller(main.case, first)
        if self._sender.ids is not None:
            self._sender.ids.share(main.number, (number,))
        sent = await self._sender.send(self._sender.request(number, main.case), credential, main.case, fresh=True)
        return self._further(main, again, credential, sent, number=number)

    async def _anew(self, main: Exchange, again: Again, first: Credential) -> Exchange:
        """Make the exchange of a request by itself, with the values, the object and the caller of the first."""
        number = self._sender.next_number()
        if self._sender.ids is not None:
            self._sender.ids.share(main.number, (number,))
        none = _anything("nothing exists already: the first request did not succeed")
        case = replace(main.case, expect=again.expect if main.succeeded else none)
        sends = self._sender.with_new_values(main.number, case)
        request = self._sender.request(number, sends, like=main.number)
        return self._sender.exchange(number, case, first, await self._sender.send(request, first, case, fresh=True))

    async def _free_again(self, main: Exchange, again: Again, last: Exchange) -> Exchange:
        """Make the exchange of a request by itself, of the caller of the first and about its object."""
        if main.credential is None:
            raise ValueError("a request that is sent again is signed in as the first was, or signed out as it was")
        number = self._sender.next_number()
        if self._sender.ids is not None:
            self._sender.ids.share(main.number, (number,))
        # What has failed may have left something: with other values, a request by itself would show nothing of the key.
        like = None if again.step is not None else main.number
        key = None if again.fresh or again.step is not None else self._sender.key(main.number, main.case)
        given = tuple(one for one in main.case.given if not (again.well and one.subject))
        case = again.step or replace(main.case, request=again.request or main.case.request, given=given)
        case = replace(case, expect=again.expect)
        request = self._sender.request(number, case, key=key, like=like)
        sent = await self._sender.send(request, main.credential, case, fresh=True)
        exchange = self._sender.exchange(number, case, main.credential, sent)
        return replace(exchange, first=last if again.fresh else main, again=again)

    def _further(
        self, main: Exchange, again: Again, credential: Credential, sent: Sent, *, number: int = 0
    ) -> Exchange:
        none = _anything("its key is of no request that succeeded")
        case = replace(main.case, expect=again.expect if main.succeeded or again.body is None else none)
        if not number:
            number = self._sender.next_number()
            if self._sender.ids is not None:
                self._sender.ids.share(main.number, (number,))  # it is the same request
        return replace(self._sender.exchange(number, case, credential, sent), first=main, again=again)


def _is_due(again: Again, main: Exchange, made: Sequence[Exchange]) -> bool:
    """Return whether a request is to be sent after those before it, by what these were answered."""
    if again.frees and not _answered_so(main.answer, again.frees):
        return False
    if again.theirs and not all(one.succeeded for one in (main, *made)):
        return False
    return not (again.fresh and made and made[-1].succeeded)


def _answered_so(answer: Answer | NoAnswer, frees: str) -> bool:
    """Return whether an answer is one after which a key is to be free again."""
    kind = answer.status // 100 if isinstance(answer, Answer) else 0
    return kind == (5 if frees == ERRORS else 4)


def _anything(why: str) -> Expectation:
    return Expectation(any_answer=True, why=why)


def _with_body(case: Case, again: Again) -> Case:
    """Return a case as one of its further requests is sent."""
    return case if again.body is None else replace(case, request=replace(case.request, body=again.body))


def _with_its_success(expect: Expectation, sent: Sent) -> Expectation:
    """Return an expectation by which an answer that is a success is right: a finding is of another one than that."""
    answer = sent.answer
    own = {answer.status} if isinstance(answer, Answer) and answer.success else set()
    return replace(expect, statuses=expect.statuses | own)


def _accepted(sent: Sent) -> bool:
    """Return whether a request is accepted, and may be refused later (RFC 9110, section 15.3.3)."""
    return isinstance(sent.answer, Answer) and sent.answer.status == HTTPStatus.ACCEPTED


def _succeeded(sent: Sent) -> bool:
    return isinstance(sent.answer, Answer) and sent.answer.success
