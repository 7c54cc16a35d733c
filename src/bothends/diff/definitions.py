"""The schemas of one side of a comparison: the parts that they refer to, where each stands, and what checks values."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import jsonschema_rs

from bothends.records import join
from bothends.schemas import DIALECTS, LISTED, NAMED, SINGLE, also, definition_of, directly_in, references, subschemas

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

At = tuple[str, str]
"""Where a schema stands: the name of a part (empty: the schema itself), and a JSON pointer into it."""
NEVER: dict[str, Any] = {"not": {}}
"""The schema of no value, as a mapping."""
_MOST_VALIDATORS = 64
"""Validators that are kept: one has all parts that its schema leads to, hundreds of kilobytes in a large document."""
CONDITIONAL = ("anyOf", "oneOf", "if", "then", "else", "dependentSchemas")
"""Keywords whose schemas hold of some of the values only."""


class Definitions:
    """The parts that the schemas of one side refer to.

    Each part is looked at when it is first needed: a large document has thousands.
    """

    def __init__(
        self, parts: Mapping[str, Any], change: Callable[[Any], Any] | None = None, *, formats: bool = False
    ) -> None:
        """Take the parts.

        Args:
            parts: Each by its name, as the `$ref`s have it; the mapping may grow.
            change: Makes of a part what is compared; None: it is compared as it is.
            formats: Whether `format` is asserted.
        """
        self._formats = formats
        self._parts = parts
        self._change = change
        self._made: dict[str, Any] = {}
        self._holders: dict[int, tuple[str, Any]] = {}
        self._tops: list[Any] = []
        self._needed: dict[str, frozenset[str]] = {}
        self._asked: dict[int, Any] = {}
        self._validators: dict[int, Any] = {}

    def take(self, schema: Any) -> Any:
        """Return a schema that stands in no part, as it is compared, and note where everything in it stands."""
        made = schema if self._change is None else self._change(schema)
        self._tops.append(made)  # ids are of use only while what has them is there
        self._note(made, "")
        return made

    def target(self, reference: str) -> Any:
        """Return the schema that a `$ref` leads to."""
        return self.part(definition_of(reference))

    def part(self, name: str) -> Any:
        """Return the part of a name, as it is compared."""
        if name not in self._made:
            part = self._parts[name]
            self._made[name] = made = part if self._change is None else self._change(part)
            self._note(made, name)
        return self._made[name]

    def where(self, schema: Any) -> At | None:
        """Return where a schema stands; None: in no document."""
        name, holder = self._holders.get(id(schema), ("", None))
        pending = [(holder, "")]
        while pending:
            each, pointer = pending.pop()
            if isinstance(each, dict):
                if each is schema:
                    return name, pointer
                pending.extend((child, pointer + relative) for relative, child in subschemas(each))
        return None

    def _note(self, schema: Any, name: str) -> None:
        # No pointers: there are hundreds of thousands of schemas in a large document, and a few of them are shown.
        held = (name, schema)
        pending = [schema]
        while pending:
            each = pending.pop()
            if isinstance(each, dict):
                self._holders[id(each)] = held
                pending.extend(directly_in(each))

    def is_valid(self, schema: Any, value: Any) -> bool:
        """Return whether a value is one of a schema of this side, which may be one of its parts, or made of them."""
        return bool(self.validator(schema).is_valid(value))

    def validator(self, schema: Any) -> Any:
        """Return what checks the values of a schema of this side."""
        key = id(schema)
        found = self._validators.pop(key, None)
        if found is None:
            whole = self.alone(schema)
            found = jsonschema_rs.validator_for(whole, validate_formats=self._formats, offline=True)
            if len(self._validators) >= _MOST_VALIDATORS:
                del self._validators[next(iter(self._validators))]
        self._asked[key] = schema  # as long as others know it by its id
        self._validators[key] = found  # the last that was asked for stands at the end
        return found

    def alone(self, schema: Any) -> dict[str, Any]:
        """Return a schema that stands alone."""
        top = schema if isinstance(schema, dict) else ({} if schema else NEVER)
        parts = {name: self.part(name) for name in sorted(self._closure(frozenset(references(top))))}
        return {"$schema": DIALECTS[0], **top, **({"$defs": parts} if parts else {})}

    def _closure(self, names: frozenset[str]) -> frozenset[str]:
        found = set(names)
        pending = list(names)
        while pending:
            name = pending.pop()
            if name not in self._needed:
                self._needed[name] = frozenset(references(self.part(name)))
            fresh = self._needed[name] - found
            found |= fresh
            pending += fresh
        return frozenset(found)


# What a reader that passes by what it does not know makes of a schema.


def opened(schema: Any) -> Any:
    """Return a schema as a reader has it that passes by members which it does not know.

    An object may have more members than the schema names. A choice of one becomes a choice of some where its branches
    are told apart by that alone: each value of the schema is one of the result. What does not change is not copied.
    """
    if not isinstance(schema, dict):
        return schema
    closes = [key for key in ("additionalProperties", "unevaluatedProperties") if schema.get(key) in (False, NEVER)]
    made = _opened_inside({key: value for key, value in schema.items() if key not in closes} if closes else schema)
    if "oneOf" in made and made["oneOf"] is not schema["oneOf"]:
        branches = made.pop("oneOf")
        return also(made, {"anyOf": branches})
    return made


def _opened_inside(schema: dict[str, Any]) -> dict[str, Any]:
    changed: dict[str, Any] = {}
    for key in SINGLE:
        if key in schema and key not in ("not", "if"):
            changed[key] = opened(schema[key])
    for key in NAMED:
        if isinstance(schema.get(key), dict):
            inside = {name: opened(each) for name, each in schema[key].items()}
            same = all(each is schema[key][name] for name, each in inside.items())
            changed[key] = schema[key] if same else inside
    for key in LISTED:
        if isinstance(schema.get(key), list):
            branches = [opened(each) for each in schema[key]]
            same = all(each is before for each, before in zip(branches, schema[key], strict=True))
            changed[key] = schema[key] if same else branches
    return schema if all(each is schema[key] for key, each in changed.items()) else {**schema, **changed}


def pointer_of(at: At, *keys: str | int) -> str:
    """Return the pointer of a key of a schema, in the bundle in which its part is."""
    name, pointer = at
    return (join("$defs", name) if name else "") + pointer + join(*keys)
