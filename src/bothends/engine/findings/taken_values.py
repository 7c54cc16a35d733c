"""Tells which valid requests may have been refused as a value in them was taken: an earlier one had it, and succeeded.

A schema can't say that a name must be unique. So a second request with a name is valid, and rightly refused. Requests
have values of their own where the contract lets them; in a case that is about the value, it stays.

That a value is taken is believed of a member, or of a body as a whole, only as long as no value was accepted there
twice. A target that refuses a value always has refused it the first time, too: that is an error.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from hashlib import blake2b
from http import HTTPStatus
from itertools import islice
from typing import TYPE_CHECKING

from bothends.cases.unique_values import members
from bothends.records import Answer

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from bothends.contract import Operation
    from bothends.laws import LawContext
    from bothends.records import Exchange

BODY = "the body"
"""Stands in the place of a member for the body as a whole."""

_REFUSALS = frozenset(
    (
        *(HTTPStatus.BAD_REQUEST, HTTPStatus.CONFLICT),
        *(HTTPStatus.PRECONDITION_FAILED, HTTPStatus.UNPROCESSABLE_ENTITY),
    )
)
"""What a value may be refused with. Others speak of a caller, a media type, a size (RFC 9110, section 15.5)."""
_MOST_PLACES = 64
_MOST_VALUES = 4096
_MOST_MEMBERS = 16
_LONGEST = 1 << 14


@dataclass(slots=True)
class _Place:
    """What is known of one member of the requests of an operation.

    Attributes:
        first: The exchange that was first accepted with each value, its caller, and which start of the target it was.
        again: Whether one caller was accepted twice with a value.
        by_others: Whether several callers were accepted with the same value.
    """

    first: dict[bytes, tuple[int, str, int]] = field(default_factory=dict)
    again: bool = False
    by_others: bool = False


class TakenValues:
    """Remembers with which values requests were accepted; what it holds is bounded.

    Attributes:
        start: Counts the starts of the target: one that starts anew may have forgotten everything.
    """

    def __init__(self) -> None:
        """Begin with none."""
        self.start = 0
        self._places: dict[tuple[str, str], _Place] = {}

    def note(self, exchange: Exchange) -> None:
        """Take an exchange, once or several times."""
        if not exchange.succeeded or exchange.repeated:
            return
        caller = _caller(exchange)
        for pointer, value in _values(exchange):
            place = self._place(exchange.case.operation, pointer)
            if place is None or (place.again and place.by_others):
                continue
            known = place.first.get(value)
            if known is None:
                if len(place.first) == _MOST_VALUES:
                    del place.first[next(iter(place.first))]
                place.first[value] = exchange.number, caller, self.start
                continue
            number, who, start = known
            if number != exchange.number and start == self.start:
                place.again |= who == caller
                place.by_others |= who != caller

    def explains(self, exchange: Exchange, operation: Operation) -> bool:
        """Whether a valid request may have been refused as a value in it was taken."""
        return bool(self.places(exchange, operation))

    def places(self, exchange: Exchange, operation: Operation) -> tuple[str, ...]:
        """Return the members whose values may be why a valid request was refused, `BODY` for the body as a whole."""
        answer, expect = exchange.answer, exchange.case.expect
        if not isinstance(answer, Answer) or answer.status not in _REFUSALS or expect.any_answer or expect.refused:
            return ()
        valid = bool(expect.statuses) and expect.statuses <= operation.success_statuses
        credential = exchange.credential
        if not valid or (credential is not None and credential.right is False):
            return ()
        return tuple(pointer for pointer, value in _values(exchange) if self._is_taken(exchange, pointer, value))

    def _is_taken(self, exchange: Exchange, pointer: str, value: bytes) -> bool:
        place = self._places.get((exchange.case.operation, pointer))
        known = None if place is None else place.first.get(value)
        if place is None or known is None or known[0] == exchange.number:
            return False
        return not (place.again if known[1] == _caller(exchange) else place.by_others)

    def _place(self, operation: str, pointer: str) -> _Place | None:
        if (operation, pointer) not in self._places and len(self._places) >= _MOST_PLACES:
            return None
        return self._places.setdefault((operation, pointer), _Place())


def taken(known: TakenValues, exchanges: Sequence[Exchange], contexts: Mapping[str, LawContext]) -> frozenset[int]:
    """Return the numbers of those exchanges of a batch that may have been refused for a value that was taken."""
    for exchange in exchanges:
        known.note(exchange)
    operations = {name: context.operation for name, context in contexts.items()}
    return frozenset(one.number for one in exchanges if known.explains(one, operations[one.case.operation]))


def _values(exchange: Exchange) -> Iterator[tuple[str, bytes]]:
    """Yield the members of a request's body, each with a digest of its value, and the body as a whole."""
    sent = exchange.sent
    if not sent.body or len(sent.body) > _LONGEST:
        return
    yield BODY, _digest(sent.body)
    for pointer, value in islice(members(sent), _MOST_MEMBERS):
        yield pointer, _digest(f"{type(value).__name__} {value}".encode("utf-8", "surrogatepass"))


def _digest(value: bytes) -> bytes:
    return blake2b(value, digest_size=8).digest()


def _caller(exchange: Exchange) -> str:
    credential = exchange.credential
    return "" if credential is None else str(credential.caller or credential.token)
