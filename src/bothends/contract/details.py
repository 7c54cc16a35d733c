"""Reads what an answer or an event looks like in detail: examples of its body, and its headers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bothends.contract.content import read_examples
from bothends.contract.model import BodyExample, Parameter

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bothends.documents import Place
    from bothends.schemas import SchemaShelf


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


def read_headers(answer: Place, shelf: SchemaShelf) -> tuple[Parameter, ...]:
    """Return the headers that an answer declares; `Content-Type` is none (OpenAPI 3.1.0, section 4.8.17.1)."""
    return tuple(_headers(answer, shelf))


def _headers(answer: Place, shelf: SchemaShelf) -> Iterator[Parameter]:
    declared = answer.get("headers")
    for name in declared.mapping() if declared is not None else ():
        if declared is None or name.lower() == "content-type":
            continue
        place = declared.child(name).follow()
        schema = place.child("schema") if "schema" in place.mapping() else None
        yield Parameter(
            name=name,
            location="header",
            required=place.value.get("required") is True,
            schema=None if schema is None else shelf.take(schema),
            example=parameter_example(place, schema),
            pointer=place.pointer,
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
            if described.get(key):
                return described[key][0]
    return None
