"""Sees with which values of their exchanges the values of an event agree, where no `x-from` says where they come from.

What it finds is a proposal, and never a finding: a person decides whether a value has to come from there.
"""

from __future__ import annotations

import json
import re
from itertools import islice
from typing import TYPE_CHECKING, Any

from bothends.contract.forms import is_form, read_form
from bothends.contract.provenance import Source
from bothends.laws.own_values import UNKNOWN, own_value, read_json
from bothends.records import MISSING, Answer, json_equal, resolve
from bothends.records.pointers import join

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from bothends.contract import EventContract, Operation
    from bothends.contract.provenance import SourceKind
    from bothends.records import Exchange

_MOST_PLACES = 32
_MOST_SOURCES = 64
_DEEPEST = 4
_ENOUGH = 3
"""Different values that a place must have had: fewer may agree with something by chance."""
_LONGEST = 4096
_MOST_CALLERS = 64

_OF_SESSION = re.compile(r"(/[\w-]+)+")
_OF_PARAMETERS: tuple[tuple[SourceKind, str], ...] = (
    ("request-path", "path"),
    ("request-query", "query"),
    ("request-header", "header"),
)


class SeenSources:
    """Takes exchanges as they are judged; its size does not grow with their number."""

    def __init__(self) -> None:
        """Begin with nothing seen."""
        self._events: dict[tuple[str, str], _Event] = {}

    def note(self, operation: Operation, exchange: Exchange) -> None:
        """Take an exchange, each time that it is judged."""
        if exchange.guessed or not exchange.succeeded:
            return
        for event in operation.events:
            if event.described and not event.walk.kinds:
                seen = self._events.setdefault((operation.id, event.name), _Event())
                for delivery in exchange.posts:
                    if delivery.callback == event.name and delivery.payload is not None:
                        seen.note(delivery.payload, exchange, operation)

    def proposed(self, operation: Operation, event: EventContract) -> Mapping[str, str]:
        """Return the sources with which values of an event always agreed, by the pointers of these values."""
        seen = self._events.get((operation.id, event.name))
        return {} if seen is None else seen.proposed()

    def of_the_caller(self, operation: Operation, event: EventContract) -> tuple[str, ...]:
        """Return the pointers of values that follow the caller, where no session says who that is."""
        seen = self._events.get((operation.id, event.name))
        places = () if seen is None else seen.of_the_caller()
        proposed = self.proposed(operation, event)
        return tuple(pointer for pointer in places if pointer not in proposed)


class _Event:
    """What was seen of one event.

    Attributes:
        places: The sources that each value has always agreed with, in order; by its pointer.
        values: What stood there, up to a few.
        of_callers: What always stood there for each caller, as long as it is one value for each.
    """

    def __init__(self) -> None:
        self.places: dict[str, tuple[Source, ...]] = {}
        self.values: dict[str, set[str]] = {}
        self.of_callers: dict[str, dict[int, str] | None] = {}

    def note(self, payload: Any, exchange: Exchange, operation: Operation) -> None:
        found: tuple[Source, ...] | None = None
        for pointer, value in _texts_and_numbers(payload):
            if pointer not in self.places:
                if len(self.places) >= _MOST_PLACES:
                    continue
                found = tuple(islice(_sources(exchange, operation), _MOST_SOURCES)) if found is None else found
                self.places[pointer], self.values[pointer] = found, set()
                self.of_callers[pointer] = {}
            agreeing = (one for one in self.places[pointer] if _agrees(one, value, exchange, operation))
            self.places[pointer] = tuple(agreeing)
            text = json.dumps(value)[:_LONGEST]
            if len(self.values[pointer]) < _ENOUGH:
                self.values[pointer].add(text)
            self._note_caller(pointer, text, exchange)

    def _note_caller(self, pointer: str, text: str, exchange: Exchange) -> None:
        known, shown = self.of_callers[pointer], exchange.credential
        if known is None or shown is None or not shown.right or not shown.caller:
            return
        same = known.setdefault(shown.caller, text) == text
        self.of_callers[pointer] = known if same and len(known) <= _MOST_CALLERS else None

    def proposed(self) -> dict[str, str]:
        return {
            pointer: sources[0].text
            for pointer, sources in self.places.items()
            if sources and len(self.values[pointer]) >= _ENOUGH
        }

    def of_the_caller(self) -> tuple[str, ...]:
        """Return the places with a value that is one caller's, and another one's for another caller."""
        return tuple(
            pointer
            for pointer, known in self.of_callers.items()
            if known is not None and len(known) > 1 and len(set(known.values())) == len(known)
        )


def _agrees(source: Source, value: Any, exchange: Exchange, operation: Operation) -> bool:
    if source.kind == "session":
        identity = exchange.session
        return identity is not None and json_equal(resolve(dict(identity), source.pointer), value)
    held = own_value(source, exchange, operation, like=value)
    return held is not MISSING and held is not UNKNOWN and json_equal(held, value)


def _texts_and_numbers(value: Any, pointer: str = "", depth: int = 0) -> Iterator[tuple[str, Any]]:
    """Yield the texts and numbers of a JSON value with their pointers: what else there is agrees by chance too often.

    An array's items are not told apart by their number, so they are left out.
    """
    if isinstance(value, dict) and depth < _DEEPEST:
        for key, each in value.items():
            yield from _texts_and_numbers(each, pointer + join(key), depth + 1)
    elif isinstance(value, str | int | float) and not isinstance(value, bool) and pointer:
        yield pointer, value


def _sources(exchange: Exchange, operation: Operation) -> Iterator[Source]:
    """Yield the sources that an exchange has, those first that say most of whose event it is."""
    for pointer, _ in _texts_and_numbers(dict(exchange.session or {})):
        if _OF_SESSION.fullmatch(pointer):
            yield Source("session", "user", pointer, f"session.user{pointer.replace('/', '.')}")
    request, answer = exchange.sent, exchange.answer
    for pointer, _ in _texts_and_numbers(_read(request.body, request.header("content-type") or "")):
        yield Source("request-body", "", pointer, f"request.body#{pointer}")
    for kind, location in _OF_PARAMETERS:
        for name in (each.name for each in operation.parameters if each.location == location):
            named = name.lower() if location == "header" else name
            yield Source(kind, named, "", f"request.{location}.{name}")
    if isinstance(answer, Answer):
        for pointer, _ in _texts_and_numbers(_read(answer.body, answer.media_type or "")):
            yield Source("answer-body", "", pointer, f"answer.body#{pointer}")


def _read(body: bytes | None, content_type: str) -> Any:
    """Return the value of a JSON body or of a form; None where it is none that can be read."""
    if not body:
        return None
    if is_form(content_type):
        return read_form(body, content_type)
    try:
        return read_json(body)
    except ValueError:
        return None  # no value of it can be a source
