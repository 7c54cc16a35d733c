"""Sends the requests of cases, as a usual client does or as one with a behaviour of its own, and makes exchanges."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, replace
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import urlsplit

from bothends.cases import to_nobody, with_new_values
from bothends.client import callers, shows_credential
from bothends.contract.requests import filled_by_setup, filled_with_urls, variants_in
from bothends.engine.play.known_objects import (
    REFUSALS,
    REFUSED_FOR_STATE,
    Deletions,
    Puts,
    all_known,
    declared_as_absent,
    is_guessed,
    lacks_variant,
    may_be_refused,
    named_by_nobody,
    unlike_setup,
    with_ids,
)
from bothends.engine.play.own_calls import OwnCalls
from bothends.engine.play.pace import Pace
from bothends.engine.play.value_numbers import SENT_ANEW
from bothends.engine.tie import with_trace
from bothends.records import Exchange, Expectation

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bothends.client import Sent
    from bothends.contract import Operation
    from bothends.contract.requests import RequestAddress, SetupPlace
    from bothends.engine.play.batches import Batch
    from bothends.engine.play.known_ids import KnownIds
    from bothends.engine.play.known_objects import Known
    from bothends.engine.play.own_keys import OwnKeys
    from bothends.engine.testbed import TestBed
    from bothends.records import Case, Credential, Pairs, Request

PERHAPS_EXECUTED = "a reused connection ended before the first byte of the answer"
"""Why nothing is demanded of an exchange: whether the target has executed its request can't be known."""


class Addresses(Protocol):
    """What a world gives to requests."""

    def urls(self, places: Sequence[RequestAddress], number: int) -> dict[str, str]:
        """Return the URL of each mark in the request of an exchange."""
        ...


@dataclass(frozen=True, slots=True)
class OwnRequests:
    """Makes requests as they are sent, from those that cases have.

    Attributes:
        world: Gives the URLs that events go to.
        setup: What the target's setup has yielded, by name.
        places: `host:port` of all services of the world: no other host is called.
        own_keys: Gives requests values of their own; None: they have none.
        run: What the idempotency keys of a run, and the values of its own, go by.
    """

    world: Addresses
    setup: Mapping[str, Any]
    places: Sequence[str]
    own_keys: OwnKeys | None
    run: str

    def of(  # noqa: PLR0913 -- what tells one request from another
        self,
        operation: Operation,
        request: Request,
        number: int,
        *,
        second: int | None = None,
        key: str | None = None,
        known: Known | None = None,
        like: int | None = None,
    ) -> Request:
        """Return the request of an exchange.

        Args:
            operation: What it is a request of.
            request: As its case has it.
            number: The exchange's number.
            second: The number of a second exchange, whose request follows in raw bytes.
            key: The idempotency key; None: one that no other exchange has.
            known: What it is about; None: no object is known.
            like: The number of the exchange that has the same values; None: it has values of its own.
        """
        like = number if like is None else like
        request = to_nobody(operation, request, self.places)
        if self.own_keys is not None:
            request = self.own_keys.applied(request, operation.id, like, second)

        def own(one: int, like: int, key: str | None = None) -> dict[str, str]:
            keyed = operation.idempotency
            keys = {} if keyed is None else {keyed.mark: key or keyed.key(self.run, one)}
            values = {place.mark: place.value(self.run, like) for place in operation.all_own_places}
            return {**self.world.urls(operation.addresses, one), **keys, **values}

        later = None if second is None else own(second, second)
        request = filled_with_urls(request, own(number, like, key), later)
        request = with_ids(operation, request, known, f"{self.run}/{number}")

        def unlike(place: SetupPlace, value: Any) -> Any:
            other = unlike_setup(place, value, f"{self.run}/{number}")
            return value if other is None else other

        return filled_by_setup(request, operation.setup_places, self.setup, unlike)


class Sender:
    """Sends requests on a test bed, and numbers their exchanges.

    Attributes:
        exchanges: Exchanges begun so far.
        over: Exchanges that are over, answered or not; what they caused may still be under way.
        batches: Batches begun so far.
        ids: The objects that are known on the target; None: ids are made up.
        own_calls: Tells which exchange a call to an upstream is of, while it is asked to.
        pace: How long good requests take.
    """

    def __init__(self, testbed: TestBed, operations: Sequence[Operation], own_keys: OwnKeys | None) -> None:
        """Take a test bed.

        Args:
            testbed: Where to send.
            operations: The contract's.
            own_keys: Gives requests values of their own; None: they have none.
        """
        self._testbed = testbed
        self._operations = {operation.id: operation for operation in operations}
        self._own_keys = own_keys
        self.ids: KnownIds | None = None
        self.own_calls = OwnCalls(testbed.world.seed)
        self.pace = Pace(lambda began, ended: testbed.machine.waits(began, ended).total)
        self._run = secrets.token_hex(8)
        self._deletions = Deletions()
        self._puts = Puts(testbed.starts)
        self.exchanges = 0
        self.over = 0
        self.batches = 0

    def next_number(self) -> int:
        """Return the number of an exchange that begins."""
        self.exchanges += 1
        return self.exchanges

    def count_from(self, exchanges: int) -> None:
        """Number on from so many exchanges, if there were not as many."""
        self.exchanges = max(self.exchanges, exchanges)

    def leave_connections(self) -> None:
        """Begin connections anew, as a replay does: what a bug goes by may be what was sent before on the same one."""
        self._testbed.client.leave_kept()

    def pass_over(self, batch: Batch, more: int) -> None:
        """Number on as if a batch, and `more` of one exchange, were played: numbers are the same whoever plays them."""
        self.batches += 1 + more
        self.exchanges += sum(1 + len(case.again) for case in batch.cases) + more

    async def send(self, request: Request, credential: Credential, case: Case, *, fresh: bool = False) -> Sent:
        """Send the request of a case, signed in, on a connection that was used before or a fresh one."""
        self._testbed.machine.mark()
        signed = credential.applied(request)
        sent = await self._testbed.client.send(signed, credential.cookies, fresh=fresh, case=case)
        self.over += 1
        self._testbed.machine.mark()
        return sent

    def signed_in(self, number: int, case: Case, batch: Batch) -> Credential:
        """Return what a case is signed in with: by its batch's user, or one of its own; by nothing, where it is so."""
        operation = self._operations.get(case.operation)
        security = None if operation is None else operation.security
        credential = self._testbed.world.sign_in(number, case.given, batch.user, security)
        self.own_calls.take(number, credential)
        known = self._object(number, case)
        if known is None or security is None or security.usual is None or batch.user is not None:
            return credential
        if self.ids is None or self.ids.roles.about_theirs(case):
            return credential
        # Who has made an object may ask for it. Callers who take turns are told by nothing that is the exchange's own.
        makers = self._testbed.world.sign_in(known.maker, case.given, None, security)
        return makers if security.mints_identities else replace(makers, token=credential.token)

    def another_caller(self, case: Case, first: Credential) -> tuple[int, Credential]:
        """Return the number of an exchange whose caller is another one than that of a first, and what it shows.

        Whose turn it is says who it is, and not who has made the object: there are two callers at least.
        """
        operation = self._operations.get(case.operation)
        security = None if operation is None else operation.security
        while True:
            number = self.next_number()
            credential = self._testbed.world.sign_in(number, case.given, None, security)
            self.own_calls.take(number, credential)
            if not first.caller or credential.caller != first.caller:
                return number, credential

    def _object(self, number: int, case: Case) -> Known | None:
        """Return what an exchange is about; None: no object is known."""
        operation = self._operations.get(case.operation)
        if self.ids is None or operation is None or not (operation.id_places or self.ids.is_bound(number)):
            return None

        def shown(one: int) -> Pairs:
            signed = self._testbed.world.sign_in(one, case.given, None, operation.security)
            return (*signed.headers, *signed.cookies, *signed.query)

        return self.ids.of(number, case, lambda maker: shown(maker) != shown(number))

    def key(self, number: int, case: Case) -> str | None:
        """Return the idempotency key of an exchange; None: its operation has none."""
        operation = self._operations.get(case.operation)
        keyed = None if operation is None else operation.idempotency
        return None if keyed is None else keyed.key(self._run, number)

    def two_keys(self, number: int, case: Case) -> tuple[str | None, str | None]:
        """Return the keys of a case's first request and of a later one that has another; None: a usual one."""
        keyed = self._operations[case.operation].idempotency
        how = next((one.key for one in case.again if one.key), "")
        found = keyed.two_keys(how, self._run, number) if keyed is not None and how else None
        return found or (None, None)

    def with_new_values(self, number: int, case: Case) -> Case:
        """Return a case with texts in its body that no other exchange has, where the contract lets it."""
        operation = self._operations.get(case.operation)
        other = None if operation is None else with_new_values(operation, case.request, number + SENT_ANEW)
        return case if other is None else replace(case, request=other)

    def request(
        self, number: int, case: Case, second: int | None = None, key: str | None = None, like: int | None = None
    ) -> Request:
        """Return a case's request as it is sent: with the world's own URLs and a key of its own, calling no stranger.

        Args:
            number: The exchange's.
            case: What is sent.
            second: The number of a second exchange, whose request follows in raw bytes.
            key: The key; None: one that no other exchange has.
            like: The number of the exchange that has the same values; None: it has values of its own.
        """
        operation = self._operations.get(case.operation)
        if operation is None:
            return case.request
        world = self._testbed.world
        own = OwnRequests(world, world.setup.values, self._testbed.places, self._own_keys, self._run)
        known = self._object(number, case)
        request = own.of(operation, case.request, number, second=second, key=key, known=known, like=like)
        self._deletions.take(number, request)
        self._puts.take_request(request)
        return with_trace(request, world.seed, number) if self.own_calls.asked else request

    async def with_behaviour(self, number: int, case: Case, batch: Batch) -> list[Exchange]:
        """Make the exchanges of a case that is not sent as a good client does: one for each caller that it is of."""
        world = self._testbed.world
        upstreams = [name for name in self._testbed.upstreams if f"world.{name}" in world.variables()]
        numbers = [number, *(self.next_number() for _ in range(callers(case.request.raw or b"") - 1))]
        if self.ids is not None and self._object(number, case) is not None:
            self.ids.share(number, numbers[1:])  # who has made it asks for it, in each of them
        credentials = [self.signed_in(one, case, batch) for one in numbers]
        request = self.request(number, case, second=numbers[-1])
        # A target that waits for an upstream has begun to work on the request; of a slow one, when it waits for that.
        self._testbed.machine.mark()
        slow = [name for name in upstreams if any(one.subject == name for one in batch.given)]
        sent = await self._testbed.client.send_with_behaviour(
            case.behaviour,
            request,
            credentials,
            lambda: any(world.services.in_progress(name) for name in slow or upstreams),
            self.pace.least_wait,
        )
        self.over += len(sent)
        self._testbed.machine.mark()
        second = case.following or case.expect
        if self.ids is not None and self.ids.roles.can_be_used_up(case):
            second = replace(second, absent=second.absent | REFUSED_FOR_STATE)  # the first may have used up its object
        cases = [case, replace(case, expect=second)]
        wanted = [shown.applied(self.request(one, case)) for shown, one in zip(credentials, numbers, strict=True)]
        if (raw := case.request.raw) is not None:
            credentials = [
                one if shows_credential(raw, place) else _not_shown(one) for place, one in enumerate(credentials)
            ]
        # A second request is sent only when the first is answered.
        prefix = urlsplit(self._testbed.client.base_url).path
        own = [replace(one, request=_as_own(one.request, its, prefix)) for one, its in zip(sent, wanted, strict=False)]
        return [
            self.exchange(one, cases[place], credentials[place], result)
            for place, (one, result) in enumerate(zip(numbers, own, strict=False))
        ]

    def may_have_removed(self, request: Request) -> bool:
        """Return whether a request was to delete what another one asks for."""
        return self._deletions.may_have_removed(request)

    def exchange(self, number: int, case: Case, credential: Credential, sent: Sent) -> Exchange:
        """Return the exchange of a request that was sent."""
        operation, known = self._operations.get(case.operation), self._object(number, case)
        if self.ids is not None and known is None and self.ids.roles.about_theirs(case):
            # Of an object that nobody has made, there is nothing that a caller could be denied.
            case = replace(case, expect=Expectation(any_answer=True, why="no object of another caller is known"))
        if case.in_a_state and known is None:
            case = replace(case, expect=Expectation(any_answer=True, why="no object is known in that state"))
        has_ids = operation is not None and bool(operation.id_places) and all_known(operation, case.request, known)
        if operation is not None:
            there = has_ids or self._puts.had(sent.request, sent.began)
            case = _with_doubts(operation, case, sent.request.target, known, has_ids=there)
            case = case if there else _may_make(operation, case)
            values = self._testbed.world.setup.values
            unlike = [place for place in operation.setup_places if place.is_unlike(case.request)]
            if any(
                place.value not in values or unlike_setup(place, values[place.value], "") is None for place in unlike
            ):
                why = "nothing is known that the value of setup is unlike"
                case = replace(case, expect=Expectation(any_answer=True, why=why))
        idle = operation is not None and (
            self._deletions.is_idle(number, operation, case, known) or _asks_in_vain(operation, case)
        )
        exchange = Exchange(
            known=known.by if known is not None and has_ids else "",
            idle=idle,
            number=number,
            case=case,
            session=credential.session,
            sent=sent.request,
            answer=sent.answer,
            began=sent.began,
            ended=sent.ended,
            batch=self.batches,
            further=sent.further,
            excuse=PERHAPS_EXECUTED if sent.stale else "",
            credential=credential,
            former=sent.former,
        )
        self._puts.take(exchange)
        if self.ids is not None:
            self.ids.see(exchange)
        return exchange


def _with_doubts(operation: Operation, case: Case, path: str, known: Known | None, *, has_ids: bool) -> Case:
    """Return a case with what is right as well where it is not certain that what it names is there, or is not.

    Args:
        operation: Its operation.
        case: The case.
        path: The path of its request, as it was sent.
        known: What it is about; None: no object is known.
        has_ids: Whether each id in its request is of an object, or a `PUT` has put one there.
    """
    if lacks_variant(operation, case.request, known):
        return replace(case, expect=Expectation(any_answer=True, why="nothing is known that its value is unlike"))
    expect = case.expect
    if expect.of_known and not has_ids and not variants_in(operation.id_places, case.request):
        case = replace(case, expect=replace(expect, absent=expect.absent | operation.absent_statuses))
    if is_guessed(operation, case.request, path, known):
        case = _may_be_forbidden(operation, case)
    absent = declared_as_absent(operation)
    if absent and expect.statuses & operation.success_statuses and named_by_nobody(operation, case.request):
        case = replace(case, expect=replace(case.expect, absent=case.expect.absent | absent))
    if may_be_refused(operation, case.request, known):
        case = replace(case, expect=replace(case.expect, absent=case.expect.absent | REFUSALS))
    return case


def _may_make(operation: Operation, case: Case) -> Case:
    """Return a case by which a `PUT` for what is not there yet may make it: its condition holds (RFC 9110, 13.1.2)."""
    expect = case.expect
    if case.request.method != "PUT" or case.request.header("if-none-match") != "*" or not expect.of_known:
        return case
    statuses = expect.statuses | operation.success_statuses
    return replace(case, expect=replace(expect, statuses=statuses, refused=False))


def _asks_in_vain(operation: Operation, case: Case) -> bool:
    """Return whether a request is about what is not there, or not as it must be: a success may have changed nothing."""
    if all(status < HTTPStatus.BAD_REQUEST for status in case.expect.statuses):
        return False
    asks_for_none = any(kind == "never" for _, kind in variants_in(operation.id_places, case.request))
    return asks_for_none or case.in_a_state


def _may_be_forbidden(operation: Operation, case: Case) -> Case:
    """Return a case about what may not be there: nobody may do anything with that, if it is declared so."""
    absent = case.expect.absent
    if not absent or operation.answer_for(HTTPStatus.FORBIDDEN) is None:
        return case
    return replace(case, expect=replace(case.expect, absent=absent | {HTTPStatus.FORBIDDEN.value}))


def _not_shown(credential: Credential) -> Credential:
    """Return what a caller shows in a text that has none of it in its head: to the target, nobody has signed in."""
    return replace(credential, headers=(), cookies=(), query=(), session=None, caller=0, schemes=())


def _as_own(sent: Request, own: Request, prefix: str) -> Request:
    """Return a request as sent with what one caller of several has in it of its own: each names a URL of its own."""
    headers = {name.lower(): value for name, value in own.headers}
    kept = tuple((name, headers.get(name.lower(), value)) for name, value in sent.headers)
    return replace(sent, body=own.body, target=prefix + own.target, headers=kept)
