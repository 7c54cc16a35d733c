"""What is wrong with a value of a request: where, by which rule, in words that repeat no value of the request."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from itertools import islice
from typing import TYPE_CHECKING, Any

import jsonschema_rs

from bothends.records import join
from bothends.schemas import to_the_point

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from bothends.schemas import Schema

MOST = 10
"""How many mistakes of one request are told."""
_LONGEST = 80
_SAID: Mapping[str, str] = {
    "minLength": "is shorter than {} characters",
    "maxLength": "is longer than {} characters",
    "minimum": "is less than {}",
    "maximum": "is more than {}",
    "exclusiveMinimum": "is not more than {}",
    "exclusiveMaximum": "is not less than {}",
    "multipleOf": "is no multiple of {}",
    "minItems": "has fewer than {} items",
    "maxItems": "has more than {} items",
    "minProperties": "has fewer than {} members",
    "maxProperties": "has more than {} members",
    "uniqueItems": "has an item twice",
    "pattern": "does not match the pattern {}",
    "format": "is not of the format {}",
    "contains": "has no item of the kind that it needs",
    "propertyNames": "has a member whose name is not allowed",
    "falseSchema": "is not allowed",
    "not": "is what it may not be",
    "anyOf": "fits none of its schemas",
    "oneOf": "does not fit exactly one of its schemas",
}
_OTHER = "is not what its schema asks for"
_CLOSED = frozenset({"additionalProperties", "unevaluatedProperties"})


@dataclass(frozen=True, slots=True)
class Mistake:
    """Something that is wrong.

    Attributes:
        path: Where it is: names and indices from the whole value.
        rule: The keyword that says so.
        said: What is wrong there, to be read behind its name: `is missing`.
        place: What it is in: `body`, `query`, `path`, `header`, `cookie`.
    """

    path: tuple[str | int, ...]
    rule: str
    said: str
    place: str = "body"

    @property
    def pointer(self) -> str:
        """Where it is: JSON pointer."""
        return join(*map(str, self.path))

    @property
    def field(self) -> str:
        """Where it is, as forms name their fields: `lines.0.count`."""
        return ".".join(map(str, self.path))

    def __str__(self) -> str:
        """Return it as a sentence without a full stop."""
        name = f"the {self.place}" if not self.path else self.pointer if self.place == "body" else self.field
        return f"{name} {self.said}"


@dataclass(frozen=True, slots=True)
class Judged:
    """A value of a request that its schema refused.

    Attributes:
        schema: The schema; None: there is none.
        values: The value; of a text all values that it may stand for; none: it is missing.
        place: What it is in.
        name: The name of a parameter; empty: it is the body.
        formats: Whether formats count; they do unless examples of the contract do not follow them.
    """

    schema: Schema | None
    values: tuple[Any, ...]
    place: str = "body"
    name: str = ""
    formats: bool = True


class Mistakes:
    """Tells what is wrong with values of one contract."""

    def __init__(self) -> None:
        """Begin with no schema."""
        self._validators: dict[tuple[int, bool], Any] = {}

    def of(self, judged: Judged | None) -> tuple[Mistake, ...]:
        """Return what is wrong with a value: one more than are told, if there are as many."""
        if judged is None:
            return ()
        path = (judged.name,) if judged.name else ()
        if not judged.values:
            return (Mistake(path, "required", "is missing", judged.place),)
        if judged.schema is None:
            return ()
        key = id(judged.schema), judged.formats
        if key not in self._validators:
            self._validators[key] = _validator_of(judged.schema, formats=judged.formats)
        found = [_mistakes_in(self._validators[key], value) for value in judged.values]
        # Of what a text may stand for, that is meant which is of the right type.
        meant = next((each for each in found if each and not any(one.rule == "type" for one in each)), found[0])
        return tuple(replace(each, path=(*path, *each.path), place=judged.place) for each in meant)


def _mistakes_in(validator: Any, value: Any) -> tuple[Mistake, ...]:
    """Return what is wrong with a value; nothing where it is too deep to tell."""
    try:
        return tuple(islice(_each(validator, value), MOST + 1))
    except ValueError:  # jsonschema-rs tells of no value that is more than 255 levels deep
        return ()


def _validator_of(schema: Schema, *, formats: bool) -> Any:
    return jsonschema_rs.validator_for(schema.raw, validate_formats=formats, offline=True)


def in_words(mistakes: Sequence[Mistake]) -> str:
    """Return mistakes as one text."""
    return "; ".join([*map(str, mistakes[:MOST]), *(["and more"] if len(mistakes) > MOST else [])])


def _each(validator: Any, value: Any) -> Iterator[Mistake]:
    for outer in validator.iter_errors(value):
        for error in to_the_point(outer):
            yield from _of(error)


def _of(error: jsonschema_rs.ValidationError) -> Iterator[Mistake]:
    kind: Any = error.kind
    path, rule = tuple(error.instance_path), str(kind.name)
    if any(isinstance(token, str) and len(token) > _LONGEST for token in path):
        yield Mistake((), rule, "has a member that is wrong")
    elif rule == "required":
        yield Mistake((*path, str(kind.property)), rule, "is missing")
    elif rule in _CLOSED:
        for name in kind.unexpected:
            if len(name) > _LONGEST:
                yield Mistake(path, rule, "has a member that is not allowed")
            else:
                yield Mistake((*path, str(name)), rule, "is not allowed")
    else:
        yield Mistake(path, rule, _said(rule, kind))


def _said(rule: str, kind: Any) -> str:
    if rule == "type":
        return f"is not of the type {' or '.join(kind.types)}"
    if rule == "const":
        return _listed("is not {}", [kind.expected_value], "is another value than the only one")
    if rule == "enum":
        return _listed("is none of {}", kind.options, "is none of the values that are allowed")
    shown = _shown(getattr(kind, "value", ""))
    return _SAID.get(rule, _OTHER).format(shown).replace(" 1 characters", " 1 character").replace(" 1 items", " 1 item")


def _listed(words: str, values: Sequence[Any], short: str) -> str:
    text = ", ".join(map(_shown, values))
    return words.format(text) if len(text) <= _LONGEST else short


def _shown(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
