"""The spec's examples, fit to be sent: the world's address where an event's URL is read, and no stranger's."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from bothends.contract.addresses import marked_value, value_nowhere
from bothends.contract.media_types import is_json
from bothends.contract.runtime_expressions import as_text
from bothends.records import json_equal

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from bothends.contract.addresses import RequestAddress
    from bothends.contract.model import BodyExample, BodyRule, Parameter


def marked_examples(
    examples: Iterable[BodyExample], body: BodyRule | None, places: Sequence[RequestAddress]
) -> Iterator[BodyExample]:
    """Yield the examples of a body; where none of them asks for an event, one first that does.

    Args:
        examples: As the spec has them.
        body: What the operation takes.
        places: Where its requests say to which URL an event is to go.
    """
    made = [replace(one, value=value_nowhere(marked_value(places, one.value))) for one in examples]
    asking = [place for place in places if place.expression.part == "body" and place.refused is None]
    if asking and not any(place.mark in as_text(one.value) for one in made for place in asking):
        yield from _called_back(made, body, asking)
    yield from made


def _called_back(
    examples: Iterable[BodyExample], body: BodyRule | None, places: Sequence[RequestAddress]
) -> Iterator[BodyExample]:
    for one in examples:
        if not is_json(one.media_type) or not isinstance(one.value, dict):
            continue
        value = marked_value(places, one.value, everywhere=True)
        schema = None if body is None else body.content.get(one.media_type.lower())
        if not json_equal(value, one.value) and (schema is None or schema.is_valid(value)):
            yield replace(one, name=f"{one.name}-with-callback", value=value)
            return


def marked_parameter(parameter: Parameter, places: Sequence[RequestAddress]) -> Parameter:
    """Return a parameter whose example is the world's address, where an event's URL is read from it."""
    for place in places:
        name, wanted = parameter.name, place.expression.name
        if parameter.location == "header":
            name, wanted = name.lower(), wanted.lower()
        if place.expression.part == parameter.location and name == wanted and place.refused is None:
            return replace(parameter, example=place.mark, always=True)
    example: Any = value_nowhere(parameter.example)
    return replace(parameter, example=example)
