"""Requests with values that no other request has: by them, an event tells whose it is.

A value is replaced where the request has the usual one of its operation: a case that is about that value keeps its own.
The new value is one that the contract certainly admits, as like the old one as may be: a text that is free keeps its
beginning and gets a mark, a code like `AB-1234` gets other letters and digits, a number another number. Where the
contract admits none, the value stays.
"""

from __future__ import annotations

import re
import sys
import unicodedata
from dataclasses import dataclass, replace
from hashlib import blake2s
from itertools import islice
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from bothends.cases.families.requests import admitted_request
from bothends.contract import admission
from bothends.contract.messages import (
    MULTIPART,
    URL_ENCODED,
    Moment,
    RequestPlace,
    form_text,
    is_json,
    json_bytes,
    json_value,
    media_type_of,
    read_form,
)
from bothends.contract.terms import INVALID_BODY
from bothends.records import MISSING, join, mint, resolve, split, with_value

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

    from bothends.contract import Operation
    from bothends.contract.terms import Source
    from bothends.records import Request

MARK = "b"
"""The kind of token that stands in a request's own values."""

_MOST_PLACES = 8
_LEAST_CHOICE = 1 << 16
"""How many values there must be to choose from, so that no two requests of a run share one."""

_LARGEST_NUMBER = 1 << 53
_UUID = re.compile(r"(?i)[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_DATE = re.compile(r"(19|20)\d\d-?[01]\d-?[0-3]\d([T ].*)?|\d\d:\d\d.*")
_DIGITS = re.compile(r"[+-]?[0-9.]+")
_CLASSES = ("0123456789", "abcdefghijklmnopqrstuvwxyz", "ABCDEFGHIJKLMNOPQRSTUVWXYZ")
_HEX = "0123456789abcdef"
_STEPS = 16
"""How far the other number is away from a whole number, at most."""
_NEAR = 16
"""Characters next to one beyond ASCII that may stand for it."""


@dataclass(frozen=True, slots=True)
class _Place(RequestPlace):
    """A value of the usual request.

    Attributes:
        value: What stands there.
    """

    value: Any

    def is_usual(self, value: Any, *, as_text: bool) -> bool:
        """Return whether a value is the usual one, which as text may be a number."""
        usual = form_text(self.value) if as_text else self.value
        return bool(value == usual) and type(value) is type(usual)

    def is_in(self, request: Request) -> bool:
        """Return whether a request has the usual value there, and in its body no other of the same name."""
        found: list[bool] = []

        def note(value: Any, *, as_text: bool) -> Any:
            found.append(self.is_usual(value, as_text=as_text))
            return value

        self.changed(request, note)
        return any(found) and (self.part != "body" or len(found) == 1)

    def with_other(self, request: Request, other: Any) -> Request | None:
        """Return a request with another value in place of the usual one; None where that can't be done."""

        def change(value: Any, *, as_text: bool) -> Any:
            return other if self.is_usual(value, as_text=as_text) else value

        return self.changed(request, change)


class UniqueValues:
    """Makes values of one operation's requests unique."""

    def __init__(self, operation: Operation, sources: Iterable[Source], seed: int) -> None:
        """Find the values.

        Args:
            operation: The operation.
            sources: What its events repeat of a request. With none, any free text may be repeated.
            seed: The run's.
        """
        self._operation = operation
        self._seed = seed
        self._usual = usual = admitted_request(operation)
        # A URL that the world gives is another one in each request as it is, and so is a value of its own.
        urls = [address.mark for address in operation.addresses] + [place.mark for place in operation.own_places]
        fixed = _fixed(operation)

        def free(places: Iterable[_Place]) -> list[_Place]:
            return [
                place
                for place in places
                if (place.part, place.name) not in fixed and not any(url in str(place.value) for url in urls)
            ]

        places = [] if usual is None else free(_places(usual, sources))
        if usual is not None and not any(isinstance(place.value, str) for place in places):
            places += [place for place in free(_leaves(usual, "")) if isinstance(place.value, str)]
        # A text may be any text; a larger number may be more than there is.
        texts = [place for place in places if isinstance(place.value, str)]
        numbers = [place for place in places if not isinstance(place.value, str)]
        self._places = [tuple(islice(dict.fromkeys(each), _MOST_PLACES)) for each in (texts, numbers) if each]
        # What fitted once fits again, mostly.
        self._fitted: dict[_Place, int] = {}
        self._left: frozenset[RequestPlace] = frozenset()

    @property
    def places(self) -> tuple[RequestPlace, ...]:
        """Where a request may get a value of its own, the likeliest first."""
        return tuple(place for places in self._places for place in places)

    def leave(self, places: Iterable[RequestPlace]) -> None:
        """Leave the usual value in some places, and in no others, from now on."""
        self._left = frozenset(places)

    def applied(self, request: Request, number: int, second: int | None = None) -> Request:
        """Return the request of an exchange, with values of its own.

        Args:
            request: As its case has it, its addresses not yet filled in.
            number: The exchange's number.
            second: The number of a second exchange, whose request follows in raw bytes.
        """
        if not self._places:
            return request
        if request.raw is not None:
            return self._in_raw(request, request.raw, number, second)
        # Whether what is invalid is refused shows only where nothing else is a reason, such as a name that is taken.
        if admission(self._operation, request).refusals - {INVALID_BODY}:
            return request
        for places in self._places:
            changed = request
            for place in places:
                changed = changed if place in self._left else self._replaced(place, changed, number)
            if changed is not request:
                return changed
        return request

    def _in_raw(self, request: Request, raw: bytes, number: int, second: int | None) -> Request:
        """Return a request in raw bytes with values of its own in its body, where that is sent whole and as it is."""
        pieces = _around(raw, request.body or b"")
        numbers = (number, number if second is None else second)[: len(pieces)]
        if not pieces or len(pieces) > len(numbers):
            return request
        own = [self.applied(replace(request, raw=None), one) for one in numbers]
        if any(replace(one, body=request.body, raw=raw) != request for one in own):
            return request  # its own value is in its head, which is written oddly
        sent = (_framed(head, request.body or b"", one.body or b"") for head, one in zip(pieces, own, strict=True))
        return replace(request, body=own[0].body, raw=b"".join(sent))

    def _replaced(self, place: _Place, request: Request, number: int) -> Request:
        """Return a request with a value of its own in a place, where it has the usual one and the contract lets it."""
        if not place.is_in(request):
            return request
        verdict = admission(self._operation, request)
        made = list(self._made(place.value, number))
        first = self._fitted.get(place, 0)
        for index in sorted(range(len(made)), key=lambda each: each != first):
            changed = place.with_other(request, made[index])
            if changed is None or self._owing(changed) != self._owing(request):
                continue
            # A request that is refused anyhow does not tell a value that is one more reason.
            fits = not verdict.refusals or self._fits_usual(place, made[index])
            if fits and admission(self._operation, changed) == verdict:
                self._fitted[place] = index
                return changed
        return request

    def _fits_usual(self, place: _Place, value: Any) -> bool:
        """Return whether the usual request is still valid with a value in a place of its own."""
        changed = None if self._usual is None else place.with_other(self._usual, value)
        return changed is not None and not admission(self._operation, changed).refusals

    def _owing(self, request: Request) -> list[bool]:
        """Return which events a success owes: a condition may be about the very value."""
        moment = Moment(self._operation.path, request)
        conditional = [e.when for e in self._operation.events if e.when is not None and e.when.conditions]
        statuses = self._operation.success_statuses if conditional else ()
        return [when.holds(status, moment) for when in conditional for status in sorted(statuses)]

    def _made(self, value: Any, number: int) -> Iterator[Any]:
        """Yield values that may stand for one, the likest first."""
        if isinstance(value, int):
            candidates = (value + number, value * (number + 1), number)
            yield from (each for each in candidates if abs(each) < _LARGEST_NUMBER)
            return
        token = mint(self._seed, MARK, number)
        coded = self._coded(value, number)
        if _UUID.fullmatch(value) or _DIGITS.fullmatch(value):
            yield from coded
            return
        if "://" in value:
            yield f"{value.rstrip('/')}/{token}"
        elif "@" in value and not value.endswith("@"):
            yield f"{token}@{value.rpartition('@')[2]}"
        else:
            yield f"{value} {token}" if " " in value else f"{value}-{token}"
            yield token
        yield from coded

    def _coded(self, text: str, number: int) -> list[str]:
        """Return a text with other letters and digits in the same places; nothing where there are too few of them."""
        places: list[tuple[int, str]] = []
        choice = 1
        for index in reversed(range(len(text))):
            found = self._alphabet(text, index)
            if found and choice < _LARGEST_NUMBER:
                places.append((index, found))
                choice *= len(found)
        if choice < _LEAST_CHOICE:
            return []
        digest = blake2s(f"{self._seed}/value/{text}".encode(), digest_size=8).digest()
        rest, letters = (int.from_bytes(digest, "big") + number) % choice, list(text)
        for index, alphabet in places:
            rest, digit = divmod(rest, len(alphabet))
            letters[index] = alphabet[digit]
        return ["".join(letters)]

    @staticmethod
    def _alphabet(text: str, index: int) -> str:
        if _UUID.fullmatch(text):
            # Version and variant stand in the third and the fourth group (RFC 9562, section 4).
            return _HEX if index >= text.rindex("-") and text[index] != "-" else ""
        if index == 0 and text[0].isdigit():
            return ""  # a number begins with no zero
        return next((alphabet for alphabet in _CLASSES if text[index] in alphabet), "")


def _places(usual: Request, sources: Iterable[Source]) -> Iterator[_Place]:
    """Yield the values of the usual request that events repeat."""
    for source in sources:
        if source.kind == "request-body":
            yield from _leaves(usual, source.pointer)
        elif source.kind == "request-query":
            pairs = parse_qsl(usual.target.partition("?")[2], keep_blank_values=True)
            yield from (_Place("query", name, value) for name, value in pairs if name == source.name)
        elif source.kind == "request-header":
            yield from (_Place("header", n.lower(), v) for n, v in usual.headers if n.lower() == source.name)


def _fixed(operation: Operation) -> set[tuple[str, str]]:
    """Return the places whose value is the contract's, setup's or an answer's, by location and name: it stays.

    A constant of a schema stays anyhow, as no other value is admitted there.
    """
    places = {(place.part, place.name) for place in (*operation.setup_places, *operation.id_places)}
    places |= {(one.location, one.name) for one in operation.parameters if one.fixed}
    return {(location, name.lower() if location == "header" else name) for location, name in places}


def _leaves(usual: Request, pointer: str, *, every: bool = False) -> Iterator[_Place]:
    """Yield the texts and the whole numbers at a place of the usual request's body, or in what stands there.

    Args:
        usual: The request.
        pointer: The place.
        every: Whether also those that never give way to another one: an empty text, and a time.
    """
    pending = [(pointer, resolve(_body(usual), pointer))]
    while pending:
        at, value = pending.pop(0)
        if isinstance(value, dict):
            pending += [(at + join(key), each) for key, each in value.items()]
        elif isinstance(value, list):
            pending += [(at + join(index), each) for index, each in enumerate(value)]
        elif _may_be_another(value, whatever=every):
            yield _Place("body", at, value)


def members(request: Request, *, every: bool = False) -> Iterator[tuple[str, Any]]:
    """Yield the texts and the whole numbers of a request's body, each after the JSON pointer to it.

    With `every`, also those that never give way to another one: an empty text, and a time.
    """
    yield from ((place.name, place.value) for place in _leaves(request, "", every=every))


def json_body(request: Request) -> Any:
    """Return what a body in JSON says; MISSING where it is of another media type, or no JSON."""
    return json_value(request.body or b"") if is_json(media_type_of(request)) else MISSING


def with_others(operation: Operation, request: Request, pointers: Collection[str], number: int) -> Request | None:
    """Return a request with other values in some members of its JSON body, the same to the contract; None: none may be.

    Args:
        operation: The request's.
        request: A valid one.
        pointers: The members; none: any. The usual text gives way to one of the request's own, where the contract lets
            it, and any other one to one that is as long, with other letters and digits; a whole number to one near it.
        number: Makes the values other than those of other numbers, as far as there are so many.
    """
    body, own = json_body(request), json_body(UniqueValues(operation, (), seed=0).applied(request, number))
    if MISSING in (body, own) or request.body != json_bytes(body):
        return None
    verdict, other = admission(operation, request), request
    fixed = {name for part, name in _fixed(operation) if part == "body"}
    for pointer in pointers or [at for at, _ in members(request)]:
        old, text = resolve(body, pointer), resolve(own, pointer)
        made: list[Any] = []
        if isinstance(old, int) and not isinstance(old, bool):
            made = _near(old, number)
        # A URL may say where an event is to go, and other letters of it lead to somebody else.
        elif isinstance(old, str) and "://" not in old:
            made = [_shifted(old, number) if text == old else text]
        for value in made if pointer not in fixed else ():
            changed = replace(other, body=json_bytes(with_value(json_body(other), split(pointer), value)))
            if admission(operation, changed) == verdict:
                other = changed
                break
    return other if other.body != request.body else None


def has_others(operation: Operation, request: Request, pointer: str, number: int) -> bool:
    """Return whether the contract may let another text stand in a member of a body, however that is written.

    A body that is written oddly, as with white space between its members, is sent as it is, whatever its schema has.
    """
    body = json_body(request)
    if body is MISSING:
        return True
    return with_others(operation, replace(request, body=json_bytes(body)), (pointer,), number) is not None


def with_new_values(operation: Operation, request: Request, number: int) -> Request | None:
    """Return a request with other texts in its JSON body, but for the ids of objects; None where none may be others."""
    ids = {place.name for place in operation.id_places if place.part == "body"}
    free = [name for name, value in members(request) if isinstance(value, str) and name not in ids]
    return with_others(operation, request, free, number) if free else None


def _near(value: int, number: int) -> list[int]:
    """Return whole numbers near one, the likeliest to be right first: one far away may be more than there is."""
    step = 1 + number % _STEPS
    return [other for other in (value + step, value - step, value + 1, value - 1) if abs(other) < _LARGEST_NUMBER]


def _shifted(text: str, number: int) -> str:
    """Return a text with each letter, digit and symbol some places further on among its like."""

    def shifted(character: str) -> str:
        alphabet = next((each for each in _CLASSES if character in each), "") or _beyond_ascii(character)
        step = 1 + number % (len(alphabet) - 1) if alphabet else 0
        return alphabet[(alphabet.index(character) + step) % len(alphabet)] if alphabet else character

    return "".join(map(shifted, text))


def _beyond_ascii(character: str) -> str:
    """Return a character and those next to it that are of its kind, and as long in UTF-8; empty where it has none."""
    if character.isascii() or unicodedata.category(character)[0] not in "LNS":
        return ""
    near = map(chr, range(ord(character), min(ord(character) + _NEAR, sys.maxunicode)))
    alike = [one for one in near if unicodedata.category(one) == unicodedata.category(character)]
    found = "".join(one for one in alike if len(one.encode()) == len(character.encode()))
    return found if len(found) > 1 else ""


def _may_be_another(value: Any, *, whatever: bool) -> bool:
    """Return whether a value is a whole number, or a text that is no time, unless whatever it says is asked for."""
    if isinstance(value, str):
        return whatever or (bool(value) and not _DATE.fullmatch(value))
    return isinstance(value, int) and not isinstance(value, bool)


def _body(request: Request) -> Any:
    """Return what a body says; MISSING where it is neither JSON nor a form."""
    media_type = media_type_of(request)
    if not request.body:
        return MISSING
    if media_type == MULTIPART:
        form = read_form(request.body, request.header("content-type") or "")
        return MISSING if form is None else form
    if media_type == URL_ENCODED:
        pairs = parse_qsl(request.body.decode("utf-8", "replace"), keep_blank_values=True)
        names = [name for name, _ in pairs]
        return {name: value for name, value in pairs if names.count(name) == 1}
    return json_value(request.body) if not media_type or is_json(media_type) else MISSING


_LENGTH = re.compile(rb"(?i)(\r\ncontent-length: *)(\d+)(?=\r\n)")
_FRAMING = re.compile(rb"(?i)\r\n(?:content-length|transfer-encoding|content-encoding):")


def _around(raw: bytes, body: bytes) -> list[bytes]:
    """Return what stands before each whole body in raw bytes: the head of its request; nothing where it is not that."""
    *heads, rest = raw.split(body) if body else [raw]
    whole = not rest and all(
        head.count(b" HTTP/1.") == 1 and len(_FRAMING.findall(head)) == 1 and _tells(head, body) for head in heads
    )
    return heads if whole else []


def _tells(head: bytes, body: bytes) -> bool:
    """Whether a head says how long a body is, in the usual words."""
    found = _LENGTH.search(head)
    return found is not None and found[2] == b"%d" % len(body)


def _framed(head: bytes, old: bytes, new: bytes) -> bytes:
    """Return a body after its head, which tells its length in as many bytes as there are."""
    if len(old) == len(new):
        return head + new
    return _LENGTH.sub(lambda told: told[1] + b"%d" % len(new), head) + new
