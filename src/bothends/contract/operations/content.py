"""Reads what a message has, as it is declared: the media types of a body, their schemas and examples; headers."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from bothends.contract.model import BodyExample, HeaderRule

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from bothends.documents import Place
    from bothends.schemas import Direction, Schema, SchemaShelf

_CLASS = re.compile(r"[1-5]xx")


def read_content(body: Place, shelf: SchemaShelf, direction: Direction = "") -> Mapping[str, Schema | None]:
    """Return the schema of each media type of a request body or an answer, keys in lower case.

    Raises:
        ContractError: A schema is none, or two keys differ in case only.
    """
    found: dict[str, Schema | None] = {}
    for media_type, place in media_types(body):
        key = media_type.lower()
        if key in found:
            raise place.error(f"The media type '{key}' is declared twice.")
        found[key] = shelf.take(place.child("schema"), direction) if "schema" in place.mapping() else None
    return found


def answers_of(operation: Place) -> Iterator[tuple[str, Place]]:
    """Yield the status and the place of each answer that is declared; `2xx` is `2XX`, as many documents have it."""
    responses = operation.get("responses")
    for status, answer in responses.members() if responses is not None else ():
        yield status.upper() if _CLASS.fullmatch(status) else status, answer


def media_types(body: Place) -> Iterator[tuple[str, Place]]:
    """Yield each media type of a body as written, and its place."""
    content = body.get("content")
    if content is not None:
        for media_type in content.mapping():
            yield media_type, content.child(media_type).follow()


def read_examples(body: Place) -> Iterator[tuple[str, str, Place]]:
    """Yield the media type, the name and the place of each example of a body.

    Those of the media type come before those of its schema (`example`, `examples`).
    """
    for media_type, place in media_types(body):
        if "example" in place.mapping():
            yield media_type, "example", place.child("example")
        examples = place.get("examples")
        for name, example in examples.members() if examples is not None else ():
            if "value" in example.mapping():
                yield media_type, name, example.child("value")
        schema = place.child("schema").follow() if "schema" in place.value else None
        if schema is None or not isinstance(schema.value, dict):
            continue
        if "example" in schema.value:
            yield media_type, "schema-example", schema.child("example")
        listed = schema.value.get("examples")
        for index in range(len(listed)) if isinstance(listed, list) else ():
            yield media_type, f"schema-example-{index + 1}", schema.child("examples").child(index)


def read_body_examples(body: Place) -> tuple[BodyExample, ...]:
    """Return the examples of a request body or an answer, each with a name of its own."""
    return tuple(_examples(body))


def _examples(body: Place) -> Iterator[BodyExample]:
    taken: set[str] = set()
    for media_type, name, example in read_examples(body):
        unique, number = name, 2
        while unique in taken:
            unique, number = f"{name}-{number}", number + 1
        taken.add(unique)
        yield BodyExample(unique, media_type, example.value, example.pointer)


def read_headers(answer: Place, shelf: SchemaShelf) -> tuple[HeaderRule, ...]:
    """Return the headers that an answer declares; `Content-Type` is none (OpenAPI 3.1.0, section 4.8.17.1)."""
    return tuple(_headers(answer, shelf))


def _headers(answer: Place, shelf: SchemaShelf) -> Iterator[HeaderRule]:
    declared = answer.get("headers")
    for name in declared.mapping() if declared is not None else ():
        if declared is None or name.lower() == "content-type":
            continue
        place = declared.child(name).follow()
        media_type, content = next(media_types(place), ("", place))
        schema = content.child("schema") if "schema" in content.mapping() else None
        yield HeaderRule(
            name=name,
            required=place.value.get("required") is True,
            schema=None if schema is None else shelf.take(schema, "answer"),
            example=parameter_example(content, schema),
            pointer=place.pointer,
            explode=place.value.get("explode") is True,
            media_type=media_type.lower(),
        )


def read_parameter_examples(place: Place) -> tuple[tuple[str, Any], ...]:
    """Return the examples of a parameter that have a name."""
    examples = place.get("examples")
    members = examples.members() if examples is not None else ()
    return tuple((name, example.value["value"]) for name, example in members if "value" in example.mapping())


def parameter_example(place: Place, schema: Place | None) -> Any:
    """Return the first example, default, constant or choice that the contract gives; None without one."""
    if "example" in place.value:
        return place.value["example"]
    examples = place.get("examples")
    for _, example in examples.members() if examples is not None else ():
        if "value" in example.mapping():
            return example.value["value"]
    described = schema.follow().value if schema is not None else {}
    if isinstance(described, dict):
        for key in ("example", "default", "const"):
            if key in described:
                return described[key]
        for key in ("examples", "enum"):
            if isinstance(described.get(key), list) and described[key]:
                return described[key][0]
    return None
