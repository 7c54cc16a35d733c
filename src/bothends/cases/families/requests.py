"""The right request of an operation: its body, its target and its headers, and what is made of them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

from bothends.cases.families.expectations import refusal
from bothends.cases.families.values import SAMPLES, property_names
from bothends.contract import admission
from bothends.contract.messages import best_match, file_members, is_form, is_json, json_bytes, write_form
from bothends.contract.requests import SAFE, marked_value
from bothends.records import Case, Request, split
from bothends.schemas import sample_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from bothends.contract import Operation, Parameter
    from bothends.contract.requests import IdPlace
    from bothends.schemas import Schema


# Cases of requests that the contract certainly refuses, by what `admission` says of them.


def refused_cases(operation: Operation, family: str, requests: Iterable[tuple[str, Request]]) -> Iterator[Case]:
    """Yield a case for each named request that a family certainly refuses; answers of others that do are right too."""
    for name, request in requests:
        verdict = admission(operation, request)
        if verdict.certain and family in verdict.refusals:
            yield Case(operation.id, family, name, request, expect=refusal(operation, verdict.refusals))


# The request target of an operation and its headers, filled from the parameters' examples or schemas.

_FILLER = "1"  # for a parameter of which the contract gives no example: text and number alike


def target_of(operation: Operation, method: str = "") -> str:
    """Return path and query: each path parameter filled, and each query parameter given that requests have.

    Args:
        operation: The operation.
        method: The method of the request; empty: the operation's.
    """
    path, method = operation.path, method or operation.method
    query: list[tuple[str, str]] = []
    for parameter in operation.parameters:
        if parameter.location == "path":
            path = path.replace("{" + parameter.name + "}", quote(_text(parameter, method), safe=""))
        elif parameter.location == "query" and (parameter.required or parameter.always):
            query.append((parameter.name, _text(parameter, method)))
    return f"{path}?{urlencode(query)}" if query else path


def headers_of(operation: Operation) -> list[tuple[str, str]]:
    """Return the header parameters that requests have, and what they ask for where that is chosen by its name."""
    asked = [("Accept", operation.accept)] if operation.accept else []
    return asked + [
        (parameter.name, _text(parameter, operation.method))
        for parameter in operation.parameters
        if parameter.location == "header" and (parameter.required or parameter.always)
    ]


def _text(parameter: Parameter, method: str) -> str:
    return parameter.mark or made_up(parameter, method)


def made_up(parameter: Parameter, method: str) -> str:
    """Return a value of a parameter: the contract's example, else one that its schema takes.

    Args:
        parameter: The parameter.
        method: That of the request. One that writes gets an id that is hardly there: `1` may be a real object's.
    """
    if parameter.example_text is not None:
        return parameter.example_text
    is_id = parameter.location == "path" or parameter.mark
    value = _unlikely(parameter.schema) if is_id and method not in SAFE else None
    value = _made(parameter.schema) if value is None else value
    return value if isinstance(value, str) else json.dumps(value)


def made_up_member(place: IdPlace) -> Any:
    """Return a value of a place in a body, of whatever type: one that its schema takes, and that hardly exists."""
    value = _unlikely(place.schema)
    value = _made(place.schema) if value is None else value
    return place.fitting(value)


_UNLIKELY = "2147483629"  # as a number, it is one of 32 bits
_UNLIKELY_UUID = "9d3c5b7a-6f1e-4c28-8b9d-0e5a7c4f2b61"
_MOST_DIGITS = 64


def _unlikely(schema: Schema | None) -> Any:
    """Return an id that a schema takes, and that no object has but by chance; None where none is found."""
    if schema is None:
        return _UNLIKELY
    digits = [(_UNLIKELY * 7)[:length] for length in range(_MOST_DIGITS, 2, -1)]
    digits.sort(key=lambda each: abs(len(each) - len(_UNLIKELY)))
    for text in (_UNLIKELY, _UNLIKELY_UUID, *digits):
        if schema.is_valid_with_formats(text) or (text.isdigit() and schema.is_valid_with_formats(int(text))):
            return text
    largest = schema.raw.get("maximum")
    return largest if isinstance(largest, int) and schema.is_valid_with_formats(largest) else None


def _made(schema: Schema | None) -> Any:
    """Return the filler where a schema takes it, as text or as number, formats included; else what it may well take."""
    if schema is None or any(map(schema.is_valid_with_formats, (_FILLER, int(_FILLER)))):
        return _FILLER
    sample = sample_of(schema.raw)
    return _FILLER if sample is None else sample


# Requests with a body, made from the examples and the schema of an operation.
#
# Nothing here knows any one contract: bodies come from the spec's examples, or are built from what
# the schema names, and `admission` says which of them the contract lets in.

CONTENT_TYPE = "Content-Type"
_MARK = "\N{REPLACEMENT CHARACTER}here"


def request(operation: Operation, body: bytes | None = None, media_type: str | None = None) -> Request:
    """Return an operation's request, its required parameters filled from examples; without a body, without a type."""
    headers = headers_of(operation)
    if body is not None and media_type is not None:
        headers.append((CONTENT_TYPE, media_type))
    return Request(operation.method, target_of(operation), tuple(headers), body)


def json_media_type(operation: Operation) -> str | None:
    """Return the first JSON media type that the operation takes, or None; `application/json` where it takes a range."""
    if operation.body is None:
        return None
    named = next((name for name in operation.body.content if is_json(name)), None)
    return named or ("application/json" if best_match("application/json", operation.body.content) else None)


def json_schema(operation: Operation) -> Any:
    """Return the schema of a JSON body: one that stands alone; an empty one where the contract gives none."""
    media_type = json_media_type(operation)
    if operation.body is None or media_type is None:
        return {}
    schema = operation.body.content[best_match(media_type, operation.body.content) or media_type]
    return {} if schema is None else schema.raw


def examples(operation: Operation) -> Iterator[tuple[str, Request]]:
    """Yield each example of the spec as a request, with its name."""
    for example in operation.examples:
        if is_form(example.media_type) and isinstance(example.value, dict):
            yield example.name, form(operation, example.value, example.media_type)
        else:
            yield example.name, request(operation, _encode(example.value, example.media_type), example.media_type)


def form(operation: Operation, value: Mapping[str, Any], media_type: str) -> Request:
    """Return a request with a form, written as the contract says of a media type that it declares."""
    key = media_type.lower()
    schema = None if operation.body is None else operation.body.content.get(key)
    encodings = {} if operation.body is None else operation.body.encodings.get(key, {})
    body, content_type = write_form(value, media_type, encodings, file_members({} if schema is None else schema.raw))
    return request(operation, body, content_type)


def forms(operation: Operation) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Yield the right forms of an operation, one for each media type: its short name, the media type, the members."""
    content = {} if operation.body is None else operation.body.content
    for media_type, schema in content.items():
        if not is_form(media_type):
            continue
        given = (
            e.value for e in operation.examples if e.media_type.lower() == media_type and isinstance(e.value, dict)
        )
        made = None if schema is None else marked_value(operation.addresses, sample_of(schema.raw))
        for value in (*given, *([made] if isinstance(made, dict) else [])):
            if not admission(operation, form(operation, value, media_type)).refusals:
                yield media_type.partition("/")[2].removeprefix("x-www-"), media_type, value
                break


def admitted_values(operation: Operation) -> Iterator[tuple[str, Any]]:
    """Yield JSON values that the contract certainly admits as a body, named, the spec's examples first."""
    media_type = json_media_type(operation)
    if media_type is None:
        return
    for name, value in _candidates(operation):
        verdict = admission(operation, request(operation, json_bytes(value), media_type))
        if verdict.certain and not verdict.refusals:
            yield name, value


def right_value(operation: Operation) -> Any:
    """Return the first JSON value that the contract certainly admits as a body; None: there is none."""
    return operation.once(_right_value)


def _right_value(operation: Operation) -> Any:
    return next((value for _, value in admitted_values(operation)), None)


def is_admitted(operation: Operation, body: bytes, media_type: str | None = None) -> bool:
    """Return whether the contract certainly admits a body; None: it is of the type of JSON."""
    verdict = admission(operation, request(operation, body, media_type or json_media_type(operation)))
    return verdict.certain and not verdict.refusals


def admitted_request(operation: Operation) -> Request | None:
    """Return a request that the contract certainly admits, with a body if it can; None when none is known."""
    return operation.once(_admitted_request)


def _admitted_request(operation: Operation) -> Request | None:
    for _, found in examples(operation):
        if not admission(operation, found).refusals:
            return found
    media_type = json_media_type(operation)
    for _, value in admitted_values(operation):
        return request(operation, json_bytes(value), media_type)
    for _, form_type, members in forms(operation):
        return form(operation, members, form_type)
    bodiless = request(operation)
    return None if admission(operation, bodiless).refusals else bodiless


def around(operation: Operation, text: bytes) -> bytes:
    """Return a body with a text, JSON or not, where the operation takes anything; else in the first place named."""
    makers = operation.once(_places)
    return next((make for make in makers if _takes_anything(operation, make)), makers[0])(text)


def fitting(operation: Operation, text: bytes) -> bytes | None:
    """Return a body with a JSON text in it that the contract certainly admits; None where there is no place for it."""
    media_type = json_media_type(operation)
    for make in operation.once(_places):
        verdict = admission(operation, request(operation, make(text), media_type))
        if verdict.certain and not verdict.refusals:
            return make(text)
    return None


def _places(operation: Operation) -> list[Callable[[bytes], bytes]]:
    """Return what puts a text into a body: as a member of a right one, or as the whole."""
    return [*_members(operation), lambda text: text]


def _members(operation: Operation) -> Iterator[Callable[[bytes], bytes]]:
    base = right_value(operation)
    if isinstance(base, dict):
        called = {split(place.expression.name)[0] for place in operation.addresses if place.expression.name[:1] == "/"}
        # What setup or an answer has given stands there in each valid request, whatever is put into it.
        given = (*operation.setup_places, *operation.id_places)
        called |= {split(place.name)[0] for place in given if place.part == "body" and place.name}
        for name in (name for name in property_names(json_schema(operation)) if name not in called):
            before, _, after = json_bytes({**base, name: _MARK}).partition(json_bytes(_MARK))
            yield lambda text, before=before, after=after: before + text + after  # type: ignore[misc]  # of each round


def _takes_anything(operation: Operation, make: Callable[[bytes], bytes]) -> bool:
    media_type = json_media_type(operation)
    values: tuple[Any, ...] = (None, "", [], {})
    tried = (admission(operation, request(operation, make(json_bytes(value)), media_type)) for value in values)
    return not any(verdict.refusals for verdict in tried)


def filled(operation: Operation, size: int, characters: str) -> Request | None:
    """Return a right request whose body is filled up with some text, in the first property that takes it.

    Args:
        operation: The operation.
        size: The most bytes that the body may have; it has as many, but for less than one round of the characters.
        characters: What the text repeats.

    Returns:
        None when no property is known that takes a text of that length; the operation's own limit is left aside.
    """
    media_type = json_media_type(operation)
    base = next((value for _, value in admitted_values(operation) if isinstance(value, dict)), None)
    if media_type is None or base is None:
        return None
    each = len(json_bytes(characters)) - len(json_bytes(""))
    for name in property_names(json_schema(operation)):
        room = size - len(json_bytes({**base, name: ""}))
        body = json_bytes({**base, name: characters * (room // each)})
        found = request(operation, body, media_type)
        verdict = admission(operation, found)
        if verdict.certain and verdict.refusals <= {"body-too-large"}:
            return found
    return None


def _candidates(operation: Operation) -> Iterator[tuple[str, Any]]:
    """Yield values that may be right: examples, samples, a guess, and the first object with one property replaced."""
    schema = json_schema(operation)
    given = [(example.name, example.value) for example in operation.examples if is_json(example.media_type)]
    least = ("least", marked_value(operation.addresses, sample_of(schema)))
    called_back = marked_value(operation.addresses, least[1], everywhere=True)
    if called_back != least[1] and not given:
        yield "least-with-callback", called_back
        yield from (*SAMPLES.items(), least)
    else:
        yield from (*given, *SAMPLES.items(), least)
    base = next((value for _, value in (*given, least) if isinstance(value, dict)), {})
    for name in property_names(schema):
        yield from ((f"{name}-{kind}", {**base, name: sample}) for kind, sample in SAMPLES.items())


def _encode(value: Any, media_type: str) -> bytes:
    return value.encode() if isinstance(value, str) and not is_json(media_type) else json_bytes(value)


# Members that a body should not have: what a caller may hope to smuggle into the event, or past the session.

_SOMEBODY = {"id": "user-2", "name": "Mallory", "email": "mallory@example.com", "image": None}

# OWASP API3:2023, mass assignment; API1:2023, another's identity.
_MEMBERS: Mapping[str, Any] = {
    "unexpected": "x",
    "name": "other/event",
    "ts": 0,
    "id": "1",
    "v": "2",
    "user": _SOMEBODY,
    "userId": "user-2",
    "email": "mallory@example.com",
    "role": "admin",
    "meta": {},
    "__proto__": {"admin": True},
    "success": "false",
    "status": 500,
}


def with_more(operation: Operation) -> Iterator[tuple[str, Any]]:
    """Yield a right body with one member more, by the member's name.

    The names are those that such bodies have everywhere, and all that the operation's events have at
    their top: a target that copies the one into the other would pass them on.
    """
    base = right_value(operation)
    if not isinstance(base, dict):
        return
    of_events = (name for event in operation.events for name in property_names(event.body.raw))
    for name in dict.fromkeys((*_MEMBERS, *of_events)):
        if name not in base:
            yield name, {**base, name: _MEMBERS.get(name, "x")}
