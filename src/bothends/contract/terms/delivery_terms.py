"""What a callback says of its delivery: `x-when` and `x-delivery`."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import parse_qsl

from bothends.contract.messages import body_value, sent_path_value
from bothends.documents import DUPLICATE_KEY, read_json_text
from bothends.errors import did_you_mean, one_of
from bothends.records import MISSING, join, resolve, split
from bothends.schemas import Schema, described_at, may_differ

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from bothends.contract.messages import Moment
    from bothends.contract.terms.event_lists import Said
    from bothends.documents import Place
    from bothends.schemas import SchemaShelf


# What holds an extension to the JSON Schema that ships for it.


@cache
def extension_schema(name: str) -> Schema:
    """Return the JSON Schema of an extension's value: `x-when`, `x-delivery` or `x-sends`."""
    file = files("bothends.contract") / "extensions" / f"{name}.schema.json"
    raw: dict[str, Any] = json.loads(file.read_text("utf-8"))
    return Schema({key: value for key, value in raw.items() if key != "$id"})


def check_extension(place: Place, name: str, expected: str) -> None:
    """Check that an extension's value is what its schema asks for.

    Args:
        place: The value.
        name: `x-when`, `x-delivery` or `x-sends`.
        expected: What would be right, for a person to read.

    Raises:
        ContractError: It is not.
    """
    schema = extension_schema(name)
    wrong = schema.errors(place.value)
    if not wrong:
        return
    for at, known in _unknown_keys(place, schema.raw):
        key = split(at.pointer)[-1]
        advice = did_you_mean(key, known)
        raise at.error(f"{name} has no key '{key}' here.", expected=one_of(known), advice=advice)
    at, where = place, wrong[0].pointer
    for key in split(where):
        at = at.child(int(key) if isinstance(at.value, list) else key)
    raise at.error(f"{name} is wrong{where and f' at {where}'}: {wrong[0].message}.", expected=expected)


def _unknown_keys(place: Place, schema: Any) -> Iterator[tuple[Place, tuple[str, ...]]]:
    """Yield the keys that none of a schema's alternatives knows, each with those that are known there."""
    if not isinstance(schema, dict) or not isinstance(place.value, dict):
        return
    alternatives = [one for one in (schema, *schema.get("oneOf", ())) if isinstance(one.get("properties"), dict)]
    properties = {key: value for one in alternatives for key, value in one["properties"].items()}
    if not properties:
        return
    for key in place.value:
        if key not in properties:
            yield place.child(key), tuple(properties)
        else:
            yield from _unknown_keys(place.child(key), properties[key])


# `x-delivery`: what is promised of the delivery of a callback's event, by the spec or by the settings.

X_DELIVERY = "x-delivery"
_EXPECTED = (
    "acknowledged, at-least-once, at-most-once, or some of answer (after or any), attempts (once, until-acknowledged, "
    "or {tries, within_ms}), within_ms, retry_within_ms, identity, events (each or one) and survives (stop, kill or "
    "all)"
)
_SHORT: Mapping[str, dict[str, Any]] = {
    "acknowledged": {"answer": "after"},
    "at-least-once": {"attempts": "until-acknowledged"},
    "at-most-once": {"attempts": "once"},
}
_HEADER = "header."
_WORDS = "ce|event|message|msg|delivery|webhook|notification"
_IDENTIFYING = re.compile(rf"(?i)(?:(?:{_WORDS})[_-]?)?(?:id|uuid|guid)")
_IDENTIFYING_HEADER = re.compile(rf"(?i)(?:.*-)?(?:{_WORDS})-(?:id|uuid|guid)")
"""The names of what identifies an event; not of another object, such as `orderId`."""


@dataclass(frozen=True, slots=True)
class Tries:
    """A promise that an event is not lost, if its ingest is well again soon enough.

    Attributes:
        tries: How many attempts there are.
        within_ms: How long after the first attempt the last one comes at the latest, milliseconds.
    """

    tries: int
    within_ms: int


@dataclass(frozen=True, slots=True)
class DeliveryTerms:
    """What is promised of a delivery; what is absent is not demanded.

    Attributes:
        answer: `after`: a 2xx only once the event is acknowledged; `any`: in any order; None: nothing is said.
        attempts: `once`: at most one attempt; `until-acknowledged`: nothing is lost, each failed attempt is followed by
            another; `Tries`: nothing is lost if the ingest is well again soon enough; None: nothing is said.
        within_ms: How long after the answer the first attempt comes at the latest, if the ingest is well, milliseconds.
        retry_within_ms: How long after the ingest is well again the next attempt comes at the latest, milliseconds.
        identity: What identifies an event, equal on each attempt: a JSON pointer into it, or `header.Name`; empty:
            nothing is said.
        events: What a body that is a list is: `each` of its items an event, or `one` event; None: nothing is said.
        survives: What the events that are owed survive: a `stop`, a `kill`, or `all`, which is a kill with both or
            neither of what has no answer; None: nothing is said.
    """

    answer: Literal["after", "any"] | None = None
    attempts: Literal["once", "until-acknowledged"] | Tries | None = None
    within_ms: int | None = None
    retry_within_ms: int | None = None
    identity: str = ""
    events: Said | None = None
    survives: Literal["stop", "kill", "all"] | None = None

    def over(self, other: DeliveryTerms) -> DeliveryTerms:
        """Return these terms, and of other ones what these leave open."""
        return DeliveryTerms(
            self.answer or other.answer,
            self.attempts or other.attempts,
            self.within_ms or other.within_ms,
            self.retry_within_ms or other.retry_within_ms,
            self.identity or other.identity,
            self.events or other.events,
            self.survives or other.survives,
        )

    @property
    def retries(self) -> bool:
        """Whether a failed attempt is followed by another one."""
        return self.attempts is not None and self.attempts != "once"


def read_terms(place: Place) -> DeliveryTerms:
    """Return what the `x-delivery` at a place says, or raise a `ContractError`."""
    check_extension(place, X_DELIVERY, _EXPECTED)
    return _terms(place.value)


def terms_of_settings(value: Any) -> DeliveryTerms:
    """Return what `delivery` under `[callbacks.NAME]` says, which the schema of the settings has been asked about."""
    return _terms(value)


def _terms(value: Any) -> DeliveryTerms:
    said = _SHORT[value] if isinstance(value, str) else value
    attempts = said.get("attempts")
    return DeliveryTerms(
        said.get("answer"),
        Tries(attempts["tries"], attempts["within_ms"]) if isinstance(attempts, dict) else attempts,
        said.get("within_ms"),
        said.get("retry_within_ms"),
        said.get("identity", ""),
        said.get("events"),
        said.get("survives"),
    )


def identity_of(identity: str, event: Any, headers: Iterable[tuple[str, str]]) -> str:
    """Return the value by which an event is identified; empty: it has none.

    Args:
        identity: A JSON pointer into the event, or `header.Name`.
        event: The event, any JSON value.
        headers: The headers of the request, names in lower case.
    """
    if identity.startswith(_HEADER):
        name = identity.removeprefix(_HEADER).lower()
        return next((value for header, value in headers if header == name), "")
    value = resolve(event, identity)
    if isinstance(value, str):
        return value
    return "" if value is MISSING or value is None or isinstance(value, dict | list) else json.dumps(value)


def line_to_identify(body: Schema, headers: Iterable[str]) -> str:
    """Return the line by which an event is identified that nothing identifies yet.

    It names a member or a header whose name says so: of its own rather than one that comes from somewhere.

    Args:
        body: The schema of the event.
        headers: The names of the headers that it is declared to have.
    """
    own: list[str] = []
    taken: list[str] = []
    members = (name for part in described_at(body.raw, ()) for name in part.get("properties", {}))
    for name in dict.fromkeys(filter(_IDENTIFYING.fullmatch, members)):
        parts = described_at(body.raw, (name,))
        sources = [str(part["x-from"]) for part in parts if "x-from" in part]
        if may_differ(parts) and not any(source.startswith("session.") for source in sources):
            (taken if sources else own).append(join(name))
    named = [f"{_HEADER}{name}" for name in headers if _IDENTIFYING_HEADER.fullmatch(name)]
    found = next(iter((*own, *named, *taken)), "")
    line = f"x-delivery: {{identity: {found or '/NAME'}}}"
    return line if found else f"{line}, and a member NAME of the event that is another one in each"


# `x-when`: which answers owe the event of a callback, once each.

X_WHEN = "x-when"
_PARTS = ("status", "body", "query", "path", "header")
_EXPECTED_WHEN = (
    "true, false, or some of status, body, query, path and header, each a JSON Schema, and count, a number or a JSON "
    "pointer to a list in the request's body"
)
_SUCCESS = range(200, 300)  # RFC 9110 section 15.3


@dataclass(frozen=True, slots=True)
class When:
    """Which answers owe an event.

    Attributes:
        owed: Whether any does; false where the event of a subscription is declared.
        conditions: What must hold of the answer's status and of the parts of the request, each as a schema.
        count: How many events such an answer owes; or the JSON pointer to a list in the request's body, which has one
            item for each event.
    """

    owed: bool
    conditions: tuple[tuple[str, Schema], ...] = ()
    count: int | str = 1

    @property
    def single(self) -> bool:
        """Whether an answer that owes an event owes one, whatever was asked."""
        return self.count == 1

    def number(self, moment: Moment) -> int | None:
        """Return how many events an answer owes if its conditions hold; None: unknown, as no list is there to count.

        A list that the request leaves out has no items.
        """
        if isinstance(self.count, int):
            return self.count
        if moment.request.body is None:
            return 0
        text = read_json_text(moment.request.body)
        if not text.readable or DUPLICATE_KEY in text.doubts:
            return None  # the target may read another list in it
        listed = resolve(text.value, self.count)
        if listed is MISSING:
            return 0
        return len(listed) if isinstance(listed, list) else None

    def holds(self, status: int, moment: Moment) -> bool:
        """Return whether an answer owes the event."""
        asked = dict(self.conditions)
        if not self.owed or ("status" not in asked and status not in _SUCCESS):
            return False
        return all(_fits(part, schema, status, moment) for part, schema in self.conditions)

    def is_open(self, status: int, moment: Moment) -> bool:
        """Return whether it is not known if an answer owes the event: its condition is on a body that nobody can read.

        A body that is not there is none that such a schema speaks of: it is as an empty object, or unknown.
        """
        asked = dict(self.conditions)
        if not self.owed or "body" not in asked or ("status" not in asked and status not in _SUCCESS):
            return False
        others = ((part, schema) for part, schema in self.conditions if part != "body")
        if _body(moment) is not MISSING or not all(_fits(part, schema, status, moment) for part, schema in others):
            return False
        return bool(moment.request.body) or asked["body"].is_valid({})

    def met(self, status: int, moment: Moment) -> list[str]:
        """Return those of its conditions that hold of an answer, by the part that they are about."""
        return [part for part, schema in self.conditions if _fits(part, schema, status, moment)]


def read_when(place: Place, shelf: SchemaShelf) -> When:
    """Return what the `x-when` at a place says, or raise a `ContractError`."""
    check_extension(place, X_WHEN, _EXPECTED_WHEN)
    if isinstance(place.value, bool):
        return When(owed=place.value)
    return When(owed=True, conditions=tuple(_conditions(place, shelf)), count=place.value.get("count", 1))


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
            value = _body(moment)
            return value is not MISSING and schema.is_valid(value)
        case "query":
            texts = dict(parse_qsl(request.target.partition("?")[2], keep_blank_values=True))
        case "header":
            texts = {name.lower(): value for name, value in request.headers}
        case _:
            names = [piece.partition("}")[0] for piece in moment.path.split("{")[1:]]
            found = {name: sent_path_value(moment.path, request.target, name) for name in names}
            texts = {name: value for name, value in found.items() if isinstance(value, str)}
    return _holds_of_texts(schema, texts)


def _body(moment: Moment) -> Any:
    """Return what the body of a request says; MISSING: it has none, or none that can be read."""
    return body_value(moment.request.body, moment.request.header("content-type"), "")


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
