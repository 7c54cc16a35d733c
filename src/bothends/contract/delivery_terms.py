"""What a callback says of its delivery: `x-when` and `x-delivery`."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import parse_qsl

from bothends.contract.runtime_expressions import body_value, path_value
from bothends.contract.schema import Schema
from bothends.records import MISSING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from bothends.contract.documents import Place
    from bothends.contract.runtime_expressions import Moment
    from bothends.contract.schema import SchemaShelf


# What holds an extension to the JSON Schema that ships for it.


@cache
def extension_schema(name: str) -> Schema:
    """Return the JSON Schema of an extension's value.

    Args:
        name: `x-when` or `x-delivery`.
    """
    file = files("bothends.contract") / "extensions" / f"{name}.schema.json"
    raw: dict[str, Any] = json.loads(file.read_text("utf-8"))
    return Schema({key: value for key, value in raw.items() if key != "$id"})


def check_extension(place: Place, name: str, expected: str) -> None:
    """Check that an extension's value is what its schema asks for.

    Args:
        place: The value.
        name: `x-when` or `x-delivery`.
        expected: What would be right, for a person to read.

    Raises:
        ContractError: It is not.
    """
    wrong = extension_schema(name).errors(place.value)
    if wrong:
        raise place.error(f"{name} is wrong: {wrong[0].message}.", expected=expected)


# `x-delivery`: what is promised of the delivery of a callback's event, by the spec or by the settings.

NAME = "x-delivery"
_EXPECTED = "acknowledged, or {answer: after} or {answer: any}"
_SHORT: Mapping[str, dict[str, Any]] = {
    "acknowledged": {"answer": "after"},
    "at-least-once": {"attempts": "until-acknowledged"},
    "at-most-once": {"attempts": "once"},
}


@dataclass(frozen=True, slots=True)
class DeliveryTerms:
    """What is promised of a delivery; what is absent is not demanded.

    Attributes:
        answer: `after`: a 2xx only once the event is acknowledged; `any`: in any order; None: nothing is said.
        unjudged: Keys that are declared, and that bothends does not judge yet.
    """

    answer: Literal["after", "any"] | None = None
    unjudged: tuple[str, ...] = ()

    def over(self, other: DeliveryTerms) -> DeliveryTerms:
        """Return these terms, and of other ones what these leave open."""
        unjudged = tuple(dict.fromkeys((*self.unjudged, *other.unjudged)))
        return DeliveryTerms(self.answer or other.answer, unjudged)


def read_terms(place: Place) -> DeliveryTerms:
    """Return what the `x-delivery` at a place says.

    Raises:
        ContractError: It is none of what it may be.
    """
    check_extension(place, NAME, _EXPECTED)
    return _terms(place.value)


def terms_of_settings(value: Any) -> DeliveryTerms:
    """Return what `delivery` under `[callbacks.NAME]` says, which the schema of the settings has been asked about."""
    return _terms(value)


def _terms(value: Any) -> DeliveryTerms:
    said = _SHORT[value] if isinstance(value, str) else value
    return DeliveryTerms(said.get("answer"), tuple(key for key in said if key != "answer"))


# `x-when`: which answers owe the event of a callback, once each.

NAME_WHEN = "x-when"
_PARTS = ("status", "body", "query", "path", "header")
_EXPECTED_WHEN = "true, false, or some of status, body, query, path and header, each a JSON Schema"
_SUCCESS = range(200, 300)  # RFC 9110 section 15.3


@dataclass(frozen=True, slots=True)
class When:
    """Which answers owe an event.

    Attributes:
        owed: Whether any does; false where the event of a subscription is declared.
        conditions: What must hold of the answer's status and of the parts of the request, each as a schema.
    """

    owed: bool
    conditions: tuple[tuple[str, Schema], ...] = ()

    def holds(self, status: int, moment: Moment) -> bool:
        """Return whether an answer owes the event."""
        asked = dict(self.conditions)
        if not self.owed or ("status" not in asked and status not in _SUCCESS):
            return False
        return all(_fits(part, schema, status, moment) for part, schema in self.conditions)


def read_when(place: Place, shelf: SchemaShelf) -> When:
    """Return what the `x-when` at a place says.

    Raises:
        ContractError: It is none of what it may be.
    """
    if isinstance(place.value, dict) and "count" in place.value:
        raise place.child("count").error(
            "x-when declares a number of events, and bothends can't count events yet.",
            expected="no count: each answer owes one event",
        )
    check_extension(place, NAME_WHEN, _EXPECTED_WHEN)
    if isinstance(place.value, bool):
        return When(owed=place.value)
    return When(owed=True, conditions=tuple(_conditions(place, shelf)))


def _conditions(place: Place, shelf: SchemaShelf) -> Iterator[tuple[str, Schema]]:
    for part in _PARTS:
        if part in place.value:
            yield part, shelf.take(place.child(part))


def _fits(part: str, schema: Schema, status: int, moment: Moment) -> bool:
    request = moment.request
    match part:
        case "status":
            return schema.is_valid(status)
        case "body":
            value = body_value(request.body, request.header("content-type"), "")
            return value is not MISSING and schema.is_valid(value)
        case "query":
            texts = dict(parse_qsl(request.target.partition("?")[2], keep_blank_values=True))
        case "header":
            texts = {name.lower(): value for name, value in request.headers}
        case _:
            names = [piece.partition("}")[0] for piece in moment.path.split("{")[1:]]
            found = {name: path_value(moment.path, request.target, name) for name in names}
            texts = {name: value for name, value in found.items() if isinstance(value, str)}
    return _holds_of_texts(schema, texts)


def _holds_of_texts(schema: Schema, texts: Mapping[str, str]) -> bool:
    """Return whether a schema takes an object of texts, each read as the schema of its place reads it."""
    named = schema.raw.get("properties", {})
    return schema.is_valid({name: _reading(named.get(name), text) for name, text in texts.items()})


def _reading(schema: Any, text: str) -> Any:
    if not isinstance(schema, dict) or not _asks_for_no_text(schema):
        return text
    try:
        value = json.loads(text)
    except ValueError:
        return text
    return value if isinstance(value, bool | int | float) else text


def _asks_for_no_text(schema: Mapping[str, Any]) -> bool:
    """Return whether a schema is about a number or a truth value."""
    types = schema.get("type", ())
    names = {types} if isinstance(types, str) else set(types)
    if names:
        return "string" not in names and bool(names & {"integer", "number", "boolean"})
    values = [schema["const"]] if "const" in schema else schema.get("enum", ())
    if values:
        return not any(isinstance(value, str) for value in values)
    return not schema.keys().isdisjoint({"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"})
