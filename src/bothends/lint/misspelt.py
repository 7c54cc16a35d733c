"""Rules of what is nearly a word of bothends: nobody reads it, and nothing would say so.

Theory of operation. OpenAPI lets anybody have extensions, and JSON Schema any keyword. So a key is complained of only
where one of ours could stand, if it is few letters away from that one and has a value of its kind.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bothends.contract.openapi import (
    EXTENSIONS,
    METHODS,
    X_CONSISTENCY,
    X_IDEMPOTENCY,
    X_NEEDS,
    X_NEW,
    X_PAGES,
    X_REGISTERS,
    X_SENDS,
    X_SHARED,
    X_STATE,
    X_TRANSITIONS,
)
from bothends.documents import member, members
from bothends.lint.rule import Level, rule
from bothends.lint.walks import answers, contents, parameters, schemas, schemas_below, written_in
from bothends.schemas import LISTED, NAMED, REFERENCES, SINGLE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from bothends.documents import Place
    from bothends.lint.rule import Found, Subject

_SHORT = 5
_FAR = 3


def distance(one: str, other: str) -> int:
    """Return how many letters are to be changed, put in, left out or swapped with their neighbour."""
    before: list[int] = []
    row = list(range(len(other) + 1))
    for i, letter in enumerate(one, 1):
        before, last, row = row, before, [i]
        for j, its in enumerate(other, 1):
            costs = [before[j] + 1, row[j - 1] + 1, before[j - 1] + (letter != its)]
            if i > 1 and j > 1 and (letter, its) == (other[j - 2], one[i - 2]):
                costs.append(last[j - 2] + 1)
            row.append(min(costs))
    return row[-1]


def _is_near(word: str, known: str) -> bool:
    """Return whether a word may be another one misspelt: one letter away, of a long one two."""
    most = 1 if len(known) <= _SHORT else 2
    return abs(len(word) - len(known)) < _FAR and distance(word, known) <= most


# Extensions.


@dataclass(frozen=True, slots=True)
class _Sort:
    """What an extension is.

    Attributes:
        places: Where it may stand.
        kinds: The types of its values.
        about: Whether a text may be its value.
    """

    places: Callable[[Subject], Iterator[Place]]
    kinds: tuple[type, ...]
    about: Callable[[str], bool] = bool


def _answers(subject: Subject) -> Iterator[Place]:
    yield from (place for _, place in answers(subject))


def _callbacks(subject: Subject) -> Iterator[Place]:
    """Yield the callbacks of the operations and the webhooks of the document, their path items and operations."""
    items = [item for _, item in members(member(subject.root, "webhooks"))]
    for operation in subject.operations:
        for _, callback in members(member(operation.place, "callbacks")):
            yield callback
            items += (item for _, item in members(callback))
    for item in items:
        yield item
        yield from _operations_of(item)


def _operations_of(item: Place) -> Iterator[Place]:
    yield from (item.child(method) for method in METHODS if isinstance(item.value.get(method), dict))


def _schemas(subject: Subject) -> Iterator[Place]:
    yield from (each.place for each in schemas(subject))
    for _, item in members(member(subject.root, "webhooks")):
        for operation in _operations_of(item):
            for _, content in contents(member(operation, "requestBody")):
                yield from schemas_below(content)


def _operations(subject: Subject) -> Iterator[Place]:
    yield from (each.place for each in subject.operations if isinstance(each.place.value, dict))


def _needing(subject: Subject) -> Iterator[Place]:
    yield from _operations(subject)
    yield from parameters(subject)


def _headers(subject: Subject) -> Iterator[Place]:
    yield from (place for place in parameters(subject) if place.value.get("in") == "header")


_SORTS = {
    "x-given": _Sort(_answers, (str, dict, list)),
    "x-from": _Sort(_schemas, (str,), lambda text: "." in text),
    "x-when": _Sort(_callbacks, (bool, dict)),
    "x-delivery": _Sort(_callbacks, (str, dict)),
    X_IDEMPOTENCY: _Sort(_headers, (bool, dict)),
    X_NEW: _Sort(_schemas, (bool,)),
    X_SENDS: _Sort(_operations, (list,)),
    X_NEEDS: _Sort(_needing, (dict,)),
    X_TRANSITIONS: _Sort(_operations, (dict,)),
    X_REGISTERS: _Sort(_operations, (dict,)),
    X_SHARED: _Sort(_operations, (bool,)),
    X_STATE: _Sort(_callbacks, (dict,)),
    X_CONSISTENCY: _Sort(_operations, (str, dict)),
    X_PAGES: _Sort(_operations, (dict,)),
}


def _letters(key: str) -> str:
    """Return what is compared of an extension's name: case, lines between words, and our own name are passed over."""
    letters = key.casefold().replace("_", "").replace("-", "")
    return letters.removeprefix("xbothends") if letters.startswith("xbothends") else letters[1:]


@rule(
    "near-extension",
    Level.WARNING,
    asks="No key is nearly an extension of bothends, where that one could stand.",
    why="A misspelt extension is somebody else's: nothing reads it, and what it was to promise is never demanded.",
)
def near_extension(subject: Subject) -> Found:
    """Yield each key that is few letters away from an extension."""
    told: set[tuple[str, str]] = set()
    for name, sort in _SORTS.items():
        for holder in sort.places(subject):
            for key, value in holder.value.items() if name not in holder.value else ():
                if not isinstance(key, str) or key in EXTENSIONS or not key.casefold().startswith("x"):
                    continue
                fits = isinstance(value, sort.kinds) and (not isinstance(value, str) or sort.about(value))
                place = holder.child(key)
                if fits and place.identity not in told and _is_near(_letters(key), _letters(name)):
                    told.add(place.identity)
                    yield (
                        place.location,
                        f"'{key}' is no extension of bothends: nothing reads it.",
                        f"Did you mean '{name}'? If it is another tool's, switch the rule off, with the reason.",
                    )


# Keywords of the conditions in `x-when`, which are JSON Schemas.

_KEYWORDS = (
    *(*SINGLE, *NAMED, *LISTED, "type", "enum", "const", "multipleOf", "maximum", "exclusiveMaximum", "minimum"),
    *("exclusiveMinimum", "maxLength", "minLength", "pattern", "maxItems", "minItems", "uniqueItems", "maxContains"),
    *("minContains", "maxProperties", "minProperties", "required", "dependentRequired", "format", *REFERENCES, "$defs"),
    *("contentEncoding", "contentMediaType", "title", "description", "default", "deprecated", "readOnly", "writeOnly"),
    *("examples", "example", "nullable", "discriminator", "$comment"),
)
_CONDITIONS = ("status", "body", "query", "path", "header")


def _inside(schema: Place) -> Iterator[Place]:
    """Yield a schema and those inside of it that are written there."""
    if isinstance(schema.value, dict):
        yield schema
        for each in written_in(schema):
            yield from _inside(each)


def _meant(key: str, known: Iterable[str]) -> str:
    """Return the word that was perhaps meant by a key; empty: none is near."""
    letters = key.casefold().replace("_", "").replace("-", "")
    return min((each for each in known if _is_near(letters, each.casefold())), key=len, default="")


@rule(
    "near-keyword",
    Level.WARNING,
    asks="Each key of a condition in `x-when` is a keyword of JSON Schema.",
    why="A schema may have any key (JSON Schema 2020-12, core, section 6.5): a misspelt one is passed over, so the "
    "condition holds where it should not.",
)
def near_keyword(subject: Subject) -> Found:
    """Yield each key of a condition that is few letters away from a keyword."""
    told: set[tuple[str, str]] = set()
    for holder in _callbacks(subject):
        when = holder.value.get("x-when")
        for condition in _CONDITIONS if isinstance(when, dict) else ():
            if not isinstance(when.get(condition), dict):
                continue
            for schema in _inside(holder.child("x-when").child(condition)):
                for key in schema.value:
                    place = schema.child(key)
                    if key in _KEYWORDS or not isinstance(key, str) or place.identity in told:
                        continue
                    told.add(place.identity)
                    meant = _meant(key, _KEYWORDS)
                    if meant and meant not in schema.value:
                        yield place.location, f"'{key}' is no keyword of JSON Schema.", f"Did you mean '{meant}'?"
