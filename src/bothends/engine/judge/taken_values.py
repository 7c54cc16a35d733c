"""Tells which valid requests may have been refused as a value in them was taken: an earlier one had it, and succeeded.

A schema can't say that a name must be unique. So a second request with a name is valid, and rightly refused. Requests
have values of their own where the contract lets them; in a case that is about the value, it stays.

That a value is taken is believed of a member, or of a body as a whole, only as long as no value was accepted there
twice: by requests that make objects, or by those of its own method. Who makes an object may be asked for a name that is
nobody's, where who changes one is not. A target that refuses a value always has refused it the first time, too: that is
an error. What it has accepted before it was started anew, it may have forgotten.

What makes an object and what changes one find the same values taken: the operations of a collection are looked at
together. A value is accepted twice only where two objects had it at the same time, as far as requests tell: what
changes the object at its path may set what that has already, and what changes or deletes one may give a value back. A
`PUT` may have put an object under the name in its path.

A 409 says that a request conflicts with what is there (RFC 9110, section 15.5.10), which may be of another collection:
an account has the email that an invitation is for. So a text that stands in the same member there is taken as well,
until one is accepted all the same. A text of a few that the schema lists tells no object from another, and is not.

Of a request that got no answer, or was answered with an error of the server, nobody knows whether it was executed. Its
values are perhaps taken: who is refused one of them is not accused of that. It is no sign that a value was accepted
twice. Who shows no credential where one is demanded, or a wrong one, makes nothing, whatever is answered.

A fault of an upstream is met by requests with values of their own as well. What the target answers then, in place of
what is promised for the fault, is judged unless a value may be taken, whichever status the upstream had: one that asks
an upstream and looks at its own values at the same time may answer 400 for either.

A `POST` to a collection may have no body: a caller has one cart, say. A second one is refused with 409 then, and with
nothing else.

What setup has sent is perhaps taken, too: the account that it has made is there when the same name is asked for again.

An error of the server is one, whatever the reason. That a value was taken may be the reason all the same: then a target
shows it only to who sends the earlier request as well.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from dataclasses import dataclass, field
from hashlib import blake2b
from http import HTTPStatus
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple, TypeVar
from urllib.parse import unquote

from bothends.cases import json_schema, members
from bothends.contract.operations import anonymous
from bothends.records import Answer, NoAnswer, join, split
from bothends.schemas import described_at, may_differ

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from bothends.contract import Operation
    from bothends.laws import LawContext
    from bothends.records import Case, Exchange, Request

BODY = "the body"
"""Stands in the place of a member for the body as a whole."""

_REFUSALS = frozenset(
    (
        *(HTTPStatus.BAD_REQUEST, HTTPStatus.CONFLICT),
        *(HTTPStatus.PRECONDITION_FAILED, HTTPStatus.UNPROCESSABLE_ENTITY),
    )
)
"""What a value may be refused with. Others speak of a caller, a media type, a size (RFC 9110, section 15.5)."""
_ERRORS_OF_SERVERS = range(500, 600)
_CHANGES = frozenset({"PUT", "PATCH"})
"""Methods that change the object at the path (RFC 9110, section 9.3.4, and RFC 5789), whatever that ends with."""
_MAKES = frozenset({"POST", *_CHANGES})
"""Methods after which an object may have the values of a body: who is answered `OPTIONS` with one has made nothing."""
_MOST_PLACES = 64
_Value = TypeVar("_Value")

_MOST_VALUES = 4096
_MOST_PERHAPS = 256
"""Values of requests that may have been executed, of one member: a run has few of these."""
_MOST_CALLERS = 8
_MOST_MEMBERS = 16
_LONGEST = 1 << 18
"""Bytes of a body that is looked into: each long text that a case has fits."""


@dataclass(frozen=True, slots=True)
class _Accepted:
    """A request that was accepted with a value.

    Attributes:
        number: Its exchange's.
        caller: Its caller.
        start: How often the target had been started when it began.
        began: When it began.
        method: Its method.
        path: The path of the object that it has changed; empty: it has made one, and nobody has looked where.
        case: What was sent.
    """

    number: int
    caller: str
    start: int
    began: float
    method: str
    path: str
    case: Case


class Earlier(NamedTuple):
    """What had succeeded before with values of a request.

    Attributes:
        places: The members that have these values, `BODY` for the body as a whole.
        case: What was sent then, the whole body of the request if it was the same.
    """

    places: tuple[str, ...]
    case: Case


@dataclass(slots=True)
class _Place:
    """What is known of one member of the requests of a collection.

    Attributes:
        first: The request that was first accepted with each value, as long as its object may have that.
        others: By the value and the caller, the first one of each other caller: it may be taken for each by itself.
        perhaps: The callers who sent each value in a request that may have been executed or not, or in the path of
            one: the last few.
        again: The methods by which one caller was accepted with a value that another object had.
        by_others: Those by which that was so with several callers.
        beside: Those by which a value was accepted that an object of another collection had.
    """

    first: dict[bytes, _Accepted] = field(default_factory=dict)
    others: dict[tuple[bytes, str], _Accepted] = field(default_factory=dict)
    perhaps: dict[bytes, tuple[str, ...]] = field(default_factory=dict)
    again: set[str] = field(default_factory=set)
    by_others: set[str] = field(default_factory=set)
    beside: set[str] = field(default_factory=set)

    def forgotten(self) -> _Place:
        """Return one that knows of no value, and what need not be unique."""
        return _Place(again=set(self.again), by_others=set(self.by_others), beside=set(self.beside))


class _Freed:
    """When objects of a collection were changed or deleted, so that values of theirs may be free."""

    def __init__(self) -> None:
        """Begin with no such time."""
        self._last = -math.inf
        self._of_path: dict[str, dict[int, float]] = {}

    def note(self, exchange: Exchange) -> None:
        """Take a request that changed or deleted an object, once or several times."""
        self._last = max(self._last, exchange.ended)
        path = _path(exchange)
        ends = self._of_path.pop(path, {}) | {exchange.number: exchange.ended}
        # One of two at least is another request than the one that is asked about.
        self._of_path[path] = dict(sorted(ends.items(), key=lambda each: each[1])[-2:])
        if len(self._of_path) > _MOST_VALUES:
            del self._of_path[next(iter(self._of_path))]

    def since(self, accepted: _Accepted) -> bool:
        """Return whether the value of a request that was accepted may have been given back since."""
        ends = self._of_path.get(accepted.path)
        if ends is None:
            return self._last > accepted.began  # what it has made may be any, or nothing is known of it any more
        return any(ended > accepted.began for number, ended in ends.items() if number != accepted.number)


class TakenValues:
    """Remembers with which values requests were accepted, or may have been; what it holds is bounded."""

    def __init__(self, starts: Sequence[float] = (), setup: Sequence[Request] = ()) -> None:
        self._starts = starts  # when the target was started, seconds; later starts may be added
        self._setup = setup  # what has prepared the target; more may be added
        self._of_setup: tuple[int, frozenset[tuple[str, bytes]]] = 0, frozenset()
        self._places: dict[str, dict[str, _Place]] = {}  # of each collection, by member
        self._freed: dict[str, _Freed] = {}

    def forgotten(self) -> TakenValues:
        """Return one that knows of no value, and still which members need not be unique: that is how the target is."""
        other = TakenValues(self._starts, self._setup)
        other._places = {
            pointer: {collection: one.forgotten() for collection, one in places.items()}
            for pointer, places in self._places.items()
        }
        return other

    def note(self, exchange: Exchange, operation: Operation) -> None:
        """Take an exchange of an operation, once or several times."""
        if exchange.repeated:
            return
        collection = _collection(operation)
        if _may_be_executed(exchange, operation):
            self._note_perhaps(collection, exchange, (*_all_values(exchange, operation), *_put_at(exchange, operation)))
        if not exchange.succeeded or exchange.sent.method not in _MAKES:
            return
        self._note_perhaps(collection, exchange, _put_at(exchange, operation))
        path = _path(exchange) if _changes_one(exchange) else ""
        # It may be judged only when the target has been started anew.
        start = bisect_right(self._starts, exchange.began)
        method = exchange.sent.method
        accepted = _Accepted(exchange.number, _caller(exchange), start, exchange.began, method, path, exchange.planned)
        for pointer, value in _all_values(exchange, operation):
            place = self._place(collection, pointer)
            if place is not None:
                self._accept(place, value, accepted, self._freed.get(collection))
                if method not in place.beside and self._is_beside(collection, pointer, value, accepted):
                    place.beside.add(method)

    def _note_perhaps(self, collection: str, exchange: Exchange, values: Iterable[tuple[str, bytes]]) -> None:
        """Take values of a request that the target has executed, or has not."""
        caller = _caller(exchange)
        for pointer, value in values:
            place = self._place(collection, pointer)
            if place is None:
                continue
            known = place.perhaps.pop(value, ())
            place.perhaps[value] = (*(one for one in known if one != caller), caller)[-_MOST_CALLERS:]
            if len(place.perhaps) > _MOST_PERHAPS:
                del place.perhaps[next(iter(place.perhaps))]

    def _is_beside(self, collection: str, pointer: str, value: bytes, accepted: _Accepted) -> bool:
        """Return whether an object of another collection had a value when a request was accepted with it."""
        for other, place in self._places[pointer].items():
            known = None if other == collection else place.first.get(value)
            if known is None or known.start != accepted.start or known.began >= accepted.began:
                continue
            freed = self._freed.get(other)
            if freed is None or not freed.since(known):
                return True
        return False

    def note_freed(self, exchange: Exchange, operation: Operation) -> None:
        """Take an exchange after which values may be free, once or several times; before any of its time is noted."""
        if exchange.succeeded and (exchange.sent.method == "DELETE" or _changes_one(exchange)):
            self._freed.setdefault(_collection(operation), _Freed()).note(exchange)

    def _accept(self, place: _Place, value: bytes, accepted: _Accepted, freed: _Freed | None) -> None:
        known = place.first.get(value, accepted)
        own = known.caller == accepted.caller
        if method := _taken_twice(place.first, value, accepted, freed):
            (place.again if own else place.by_others).add(method)
        if not own and (method := _taken_twice(place.others, (value, accepted.caller), accepted, freed)):
            place.again.add(method)

    def explains(self, exchange: Exchange, operation: Operation) -> bool:
        """Whether a valid request may have been refused as a value in it was taken."""
        return bool(self.places(exchange, operation))

    def places(self, exchange: Exchange, operation: Operation) -> tuple[str, ...]:
        """Return the members whose values may be why a valid request was refused, `BODY` for the body as a whole."""
        answer, case = exchange.answer, exchange.case
        if not isinstance(answer, Answer) or answer.status not in _REFUSALS or not _may_succeed(case, operation):
            return ()
        credential = exchange.credential
        if credential is not None and credential.right is False:
            return ()
        if answer.status != HTTPStatus.CONFLICT and not exchange.sent.body:
            return ()
        collection, sent = _collection(operation), tuple(_doubtful(exchange, operation))
        found = [(pointer, self._places.get(pointer, {}).get(collection), value) for pointer, value in sent]
        own = tuple(
            pointer
            for pointer, place, value in found
            if (place and _is_taken(place, value, exchange)) or self._may_be_of_setup(pointer, place, value, exchange)
        )
        if own or answer.status != HTTPStatus.CONFLICT:
            return own
        texts = frozenset(_free_texts(exchange, operation))
        return tuple(
            pointer
            for pointer, place, value in found
            if pointer in texts
            and not (place and exchange.sent.method in place.beside)
            and self._is_elsewhere(collection, pointer, value)
        )

    def _is_elsewhere(self, collection: str, pointer: str, value: bytes) -> bool:
        """Return whether an object of another collection has a value there, or may have it."""
        others = (one for name, one in self._places.get(pointer, {}).items() if name != collection)
        return any(value in one.first or value in one.perhaps for one in others)

    def _may_be_of_setup(self, pointer: str, place: _Place | None, value: bytes, exchange: Exchange) -> bool:
        """Return whether setup has sent a value there, by any path: what it made with that may be there since.

        Whose the object is then, nobody knows. So nothing speaks for the value being free but that one caller was
        accepted with another one twice.
        """
        number, values = self._of_setup
        if number != len(self._setup):
            values = frozenset(each for request in self._setup for each in _values(request))
            self._of_setup = len(self._setup), values
        return (pointer, value) in values and not (place and exchange.sent.method in place.again)

    def before_an_error(self, exchange: Exchange, operation: Operation) -> Earlier | None:
        """Return what may be why a request got an error of the server that may succeed; None: nothing of values is.

        Other than who is refused, it needs a value that is certainly taken: an earlier request has succeeded with it.
        """
        answer, case, credential = exchange.answer, exchange.case, exchange.credential
        if not isinstance(answer, Answer) or answer.status not in _ERRORS_OF_SERVERS or case.of_the_world:
            return None
        may_succeed = not case.expect.refused and bool(case.expect.statuses & operation.success_statuses)
        if not (may_succeed or case.expect.any_answer):
            return None
        if credential is not None and credential.right is False:
            return None
        found: dict[str, _Accepted] = {}
        for pointer, value in _values(exchange.sent):
            place = self._places.get(pointer, {}).get(_collection(operation))
            known = None if place is None else place.first.get(value)
            # Of two at once, either may have been the first.
            if place is None or known is None or known.number == exchange.number or known.began >= exchange.ended:
                continue
            if not _need_not_be_unique(place, known.caller, exchange):
                found[pointer] = known
        return Earlier(tuple(found), next(iter(found.values())).case) if found else None

    def _place(self, collection: str, pointer: str) -> _Place | None:
        known = self._places.get(pointer, {}).get(collection)
        if known is None and sum(map(len, self._places.values())) < _MOST_PLACES:
            known = self._places.setdefault(pointer, {}).setdefault(collection, _Place())
        return known


def _may_be_executed(exchange: Exchange, operation: Operation) -> bool:
    """Return whether a target may have executed a request that was not answered with a success."""
    answer, credential = exchange.answer, exchange.credential
    unknown = credential is not None and (credential.right is False or not _caller(exchange))
    if exchange.case.expect.refused or (unknown and operation.security.demanded):
        return False
    return isinstance(answer, NoAnswer) or answer.status in _ERRORS_OF_SERVERS


def _may_succeed(case: Case, operation: Operation) -> bool:
    """Return whether nothing but a success is right for a request, or HTTP asks for one: of two in a row, say."""
    expect = case.expect
    if expect.any_answer:
        return not expect.refused and bool(expect.statuses & operation.success_statuses)
    # Where a service has a fault, the request is a good one: it may be refused before that service is called.
    return bool(case.of_the_world) or (
        not expect.refused and bool(expect.statuses) and expect.statuses <= operation.success_statuses
    )


def _taken_twice(
    accepted_with: dict[_Value, _Accepted], value: _Value, accepted: _Accepted, freed: _Freed | None
) -> str:
    """Take a request that was accepted with a value; return the method of the later one where two objects have it.

    Args:
        accepted_with: The request that was accepted with each value, as long as its object may have that.
        value: The value.
        accepted: The request.
        freed: What may have freed the value.
    """
    known = accepted_with.setdefault(value, accepted)
    if len(accepted_with) > _MOST_VALUES:
        del accepted_with[next(iter(accepted_with))]
    if known.number == accepted.number:
        return ""
    # What came late for one may be noted when another one was.
    earlier, later = sorted((known, accepted), key=lambda one: one.began)
    if _is_over(earlier, later, freed):
        accepted_with[value] = later
        return ""
    return later.method if _are_two(earlier, later) else ""


def _is_over(earlier: _Accepted, later: _Accepted, freed: _Freed | None) -> bool:
    """Return whether the value of a request may have been free again when a later one was accepted with it."""
    return earlier.start != later.start or (freed is not None and freed.since(earlier))


def _are_two(earlier: _Accepted, later: _Accepted) -> bool:
    """Return whether two requests that were accepted with a value are of two objects."""
    return not later.path or bool(earlier.path and earlier.path != later.path)


def _is_taken(place: _Place, value: bytes, exchange: Exchange) -> bool:
    """Return whether another request has a value, or may have it, and nothing speaks for its being free for all."""
    every = (place.first.get(value), place.others.get((value, _caller(exchange))))
    # What has the value may be the very object that the request changes.
    own = _path(exchange) if _changes_one(exchange) else None
    callers = [one.caller for one in every if one and one.number != exchange.number and one.path != own]
    callers += place.perhaps.get(value, ())
    return any(not _need_not_be_unique(place, one, exchange) for one in callers)


def _need_not_be_unique(place: _Place, owner: str, exchange: Exchange) -> bool:
    """Return whether requests as this one were accepted with a value that an object of such an owner had.

    Where two objects were made with one value, it need not be unique for those who change them, either.
    """
    methods = place.again if owner == _caller(exchange) else place.by_others
    return exchange.sent.method in methods or bool(methods - _CHANGES)


def _free_texts(exchange: Exchange, operation: Operation) -> Iterator[str]:
    """Yield the members of a request's body that have a text, where the contract lists none."""
    for pointer, value in islice(members(exchange.sent, every=True), _MOST_MEMBERS):
        if isinstance(value, str) and may_differ(described_at(json_schema(operation), split(pointer))):
            yield pointer


def _collection(operation: Operation) -> str:
    """Return the path of what an operation is about, without the id of one object and the names of parameters."""
    return anonymous(operation.path).rstrip("/").removesuffix("/{}")


def _changes_one(exchange: Exchange) -> bool:
    """Return whether a request changes the object at its path, so that the same one changes nothing any more."""
    return exchange.sent.method in _CHANGES


def _put_at(exchange: Exchange, operation: Operation) -> Iterator[tuple[str, bytes]]:
    """Yield the name under which a request may have put an object, with the member that such a name would stand in."""
    path = operation.path.rstrip("/")
    if exchange.sent.method == "PUT" and path.endswith("}"):
        yield join(path[path.rindex("{") + 1 : -1]), _digest_of(unquote(_path(exchange).rstrip("/").rpartition("/")[2]))


def taken(known: TakenValues, exchanges: Sequence[Exchange], contexts: Mapping[str, LawContext]) -> frozenset[int]:
    """Return the numbers of those exchanges of a batch that may have been refused for a value that was taken."""
    operations = {name: context.operation for name, context in contexts.items()}
    for note in (known.note_freed, known.note):
        for exchange in exchanges:
            note(exchange, operations[exchange.case.operation])
    return frozenset(one.number for one in exchanges if known.explains(one, operations[one.case.operation]))


def _values(request: Request) -> Iterator[tuple[str, bytes]]:
    """Yield the members of a request's body, each with a digest of its value, and the body as a whole."""
    if not request.body or len(request.body) > _LONGEST:
        return
    yield BODY, _digest(request.body)
    # A name that is empty is taken as any other one is, where the contract lets it be empty.
    for pointer, value in islice(members(request, every=True), _MOST_MEMBERS):
        yield pointer, _digest_of(value)


def _all_values(exchange: Exchange, operation: Operation) -> Iterator[tuple[str, bytes]]:
    """Yield the members of a request's body and the body as a whole; of a `POST` to a collection, also that of none."""
    request = exchange.sent
    if not request.body and request.method == "POST" and "{" not in operation.path:
        yield BODY, _digest(request.target.encode())
    yield from _values(request)


def _doubtful(exchange: Exchange, operation: Operation) -> Iterator[tuple[str, bytes]]:
    """Yield the values for which a request may have been refused, without what its case names once more on purpose.

    Of that, `x-transitions` says when another object is made for it.
    """
    own = operation.transitions
    values = tuple(_all_values(exchange, operation))
    if own is None or not own.per or exchange.case.look is None:
        yield from values
        return
    named = {one.name for one in operation.id_places if one.part == "body" and own.per in {one.name, one.title}}
    left = [(pointer, value) for pointer, value in values if pointer not in named]
    yield from () if [pointer for pointer, _ in left] == [BODY] else left


def _path(exchange: Exchange) -> str:
    return str(exchange.sent.target.partition("?")[0])


def _digest_of(value: str | int) -> bytes:
    return _digest(f"{type(value).__name__} {value}".encode("utf-8", "surrogatepass"))


def _digest(value: bytes) -> bytes:
    return blake2b(value, digest_size=8).digest()


def _caller(exchange: Exchange) -> str:
    """Return who has sent a request, as its target can tell them apart: all who show nothing are one."""
    credential = exchange.credential
    if credential is None or not (credential.headers or credential.cookies or credential.query):
        return ""
    return str(credential.caller or credential.token)
