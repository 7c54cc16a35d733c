"""Reads `callbacks`: the events that an operation sends."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bothends.contract.content import media_types, read_content
from bothends.contract.event_walk import EventWalk
from bothends.contract.media_types import is_json
from bothends.contract.model import DeclaredAnswer, EventContract
from bothends.contract.pointers import join
from bothends.contract.provenance import Source, Sources, read_source
from bothends.contract.schema import SchemaShelf, walk
from bothends.contract.url_template import UrlTemplate, read_template

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from bothends.contract.references import Place


def read_events(
    operation: Place, shelf: SchemaShelf, sources: Sources, methods: Sequence[str], *, has_ingest: bool
) -> Iterator[EventContract]:
    """Yield the events that an operation's callbacks declare.

    Args:
        operation: The operation.
        shelf: The schemas so far.
        sources: What an `x-from` may name.
        methods: The keys of a path item that are operations.
        has_ingest: Whether there is a `[world.ingest]`.

    Raises:
        ContractError: A callback has no operation or no JSON body, or an extension in it is wrong.
    """
    callbacks = operation.get("callbacks")
    for name, callback in callbacks.members() if callbacks is not None else ():
        for key, item in callback.members():
            # The key is read where it is written, also when the path item is a `$ref`.
            template = read_template(callback.child(key), has_ingest=has_ingest)
            declared = [method for method in methods if method in item.mapping()]
            if not declared:
                raise item.error(f"The callback '{name}' has no operation.", expected="post, with a requestBody")
            for method in declared:
                yield _read_event(name, template, method.upper(), item.child(method), (shelf, sources))


def _read_event(
    name: str, template: UrlTemplate, method: str, place: Place, known: tuple[SchemaShelf, Sources]
) -> EventContract:
    shelf, sources = known
    body = place.get("requestBody")
    if body is None:
        problem = f"The callback '{name}' has no requestBody, so nothing says what the event is."
        raise place.error(problem, expected="requestBody: {content: {application/json: {schema: …}}}")
    for media_type, content in media_types(body):
        if is_json(media_type) and "schema" in content.mapping():
            schema, bundled = shelf.take_bundle(content.child("schema"))
            found: dict[str, Source] = {}
            for pointer, part in walk(schema.raw):
                if "x-from" in part:
                    source = read_source(bundled.origin(pointer + join("x-from")), sources)
                    found[source.text] = source
            walk_of_event = EventWalk(schema, found)
            answers = tuple(_answers(place, shelf))
            return EventContract(name, template, method, media_type, schema, place.pointer, walk_of_event, answers)
    problem = f"The callback '{name}' has no schema of a JSON body, so nothing says what the event is."
    raise body.error(problem, expected="content: {application/json: {schema: …}}")


def _answers(operation: Place, shelf: SchemaShelf) -> Iterator[DeclaredAnswer]:
    responses = operation.get("responses")
    for status, answer in responses.members() if responses is not None else ():
        yield DeclaredAnswer(status, answer.pointer, answer.text("description"), read_content(answer, shelf))
