"""A rule of runtime expressions: whether the body that one reads declares the member that it names."""

from __future__ import annotations

import re
from enum import IntEnum
from typing import TYPE_CHECKING

from bothends.contract.messages import is_json, read_expression
from bothends.documents import followed, items, member, members
from bothends.errors import did_you_mean
from bothends.lint.rule import Level, rule
from bothends.lint.walks import contents, keys
from bothends.records import split
from bothends.schemas import CHOICES, all_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from bothends.contract.messages import Expression
    from bothends.contract.openapi import OperationPlace
    from bothends.documents import Place
    from bothends.lint.rule import Found, Subject

_GAP = re.compile(r"\{([^{}]+)\}")
_FORMS = frozenset({"application/x-www-form-urlencoded", "multipart/form-data"})
_DEEPEST = 30
"""Schemas that look at one value, one inside of the other; a circle of them has no end of its own."""


class _Said(IntEnum):
    """What a schema says of a member; what more is said counts more."""

    NOTHING = 0  # it declares no member at all
    OTHERS = 1  # it declares others
    ANY = 2  # it says that there may be any
    IT = 3


@rule(
    "callback-member",
    Level.WARNING,
    asks="A runtime expression in a callback's key names a member that its body declares.",
    why="A misspelt name is in no request: the event has no URL, and is sent to none (3.1.0, section 4.8.20.4).",
)
def callback_member(subject: Subject) -> Found:
    """Yield each key that reads a member which the body does not declare, where the body declares others."""
    told: set[tuple[str, str, str]] = set()
    for operation, name, place in keys(subject):
        for gap in _GAP.findall(split(place.pointer)[-1]):
            expression = read_expression(gap)
            if expression is None or expression.part != "body" or not expression.name:
                continue
            tokens = split(expression.name)
            found = [_looked_up(schema, tokens) for schema in _bodies(operation, expression)]
            if not found or max(said for said, _ in found) is not _Said.OTHERS:
                continue
            key = (*place.identity, gap)
            if key in told:
                continue
            told.add(key)
            known = dict.fromkeys(one for _, names in found for one in names)
            side = "request" if expression.of_request else "answer"
            advice = did_you_mean(tokens[-1], known) or f"Declare it: {expression.name} in the schema of the {side}."
            problem = f"The URL of '{name}' is read from {expression.name}, which no body of the {side} declares."
            yield place.location, problem, advice


def _bodies(operation: OperationPlace, expression: Expression) -> Iterator[Place | None]:
    """Yield the schema of each body that an expression may read; None: it has none, or no pointer leads into it."""
    holders = [member(operation.place, "requestBody")]
    if not expression.of_request:
        holders = [place for _, place in members(member(operation.place, "responses"))]
    for holder in holders:
        for media_type, content in contents(holder):
            read = is_json(media_type) or media_type.partition(";")[0].strip().lower() in _FORMS
            yield content.child("schema") if read and "schema" in content.value else None


def _looked_up(schema: Place | None, tokens: Sequence[str], depth: int = 0) -> tuple[_Said, tuple[str, ...]]:
    """Return what a schema says of a place in its value, and the names that it declares beside the last one."""
    if not tokens:
        return _Said.IT, ()
    if schema is None:
        return _Said.ANY, ()
    if not isinstance(schema.value, dict) or depth > _DEEPEST:
        return _Said.NOTHING, ()
    found = list(_direct(schema, tokens, depth))
    found += [_looked_up(part, tokens, depth + 1) for part in _parts(schema)]
    said = max((one for one, _ in found), default=_Said.NOTHING)
    return said, tuple(name for _, names in found for name in names)


def _direct(schema: Place, tokens: Sequence[str], depth: int) -> Iterator[tuple[_Said, tuple[str, ...]]]:
    """Yield what the keywords of a schema itself say of a place in its value."""
    value, first, rest = schema.value, tokens[0], tokens[1:]
    properties = value.get("properties")
    if isinstance(properties, dict) and properties:
        if first in properties:
            yield _looked_up(schema.child("properties").child(first), rest, depth + 1)
            return
        yield _Said.OTHERS, tuple(name for name in properties if isinstance(name, str))
    patterned = value.get("patternProperties")
    if isinstance(patterned, dict) and patterned:
        yield _Said.ANY, ()  # which names it is about is for a parser of its patterns to say
    additional = value.get("additionalProperties")
    if additional is True or isinstance(additional, dict):
        yield _Said.ANY, ()
    if "items" in value or "prefixItems" in value:
        index = "items" in value and first.isdigit()
        yield _looked_up(schema.child("items"), rest, depth + 1) if index else (_Said.NOTHING, ())


def _parts(schema: Place) -> Iterator[Place]:
    """Yield the schemas that look at the same value as one."""
    if schema.is_reference and (target := followed(schema)) is not None:
        yield target
    yield from all_of(schema)
    for key in CHOICES:
        yield from items(schema, key)
    yield from (schema.child(key) for key in ("if", "then", "else") if key in schema.value)
