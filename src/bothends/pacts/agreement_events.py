"""Messages, and requests to the ingest, held against the callbacks of the spec."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from bothends.contract.media_types import best_match, parse_media_type
from bothends.contract.nearest import one_of
from bothends.contract.pointers import join
from bothends.contract.runtime_expressions import EVENT_KEY
from bothends.pacts.example import body_disagreements, json_value
from bothends.pacts.partial import for_parts
from bothends.records import MISSING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bothends.contract import EventContract
    from bothends.contract.runtime_expressions import UrlTemplate
    from bothends.pacts.disagreement import Comparison, Disagreement

_ORIGIN = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://[^/]*")


def message_disagreements(comparison: Comparison) -> Iterator[Disagreement]:
    """Yield where a message is no part of an event that the spec declares, as its consumer receives it."""
    interaction = comparison.interaction
    events = _events(comparison)
    if not events:
        yield _no_event(comparison, "/contents")
        return
    pointer = interaction.body_pointer("contents").removeprefix(interaction.pointer)
    found: list[list[Disagreement]] = []
    for event in events:
        schema = for_parts(event.body)
        value = json_value(interaction.contents, schema)
        if value is MISSING:
            summary, expected = "The message is no text, and so no JSON, as the event is.", event.media_type
            found.append([comparison.at("/contents", event.body.pointer, summary, expected, "bytes")])
        else:
            found.append(list(comparison.by_schema(pointer, value, schema, "event")))
    # With several events, the message is the one that it comes nearest to.
    yield from min(found, key=len)


def ingest_disagreements(comparison: Comparison) -> Iterator[Disagreement]:
    """Yield where a request to the ingest, or its answer, is not what a callback declares."""
    interaction = comparison.interaction
    events = [event for operation in comparison.contract.operations for event in operation.events]
    if not events:
        yield _no_event(comparison, "/request")
        return
    actual = f"{interaction.method} {interaction.path}"
    fitting = [e for e in events if e.method == interaction.method and _fits(e.url, interaction.path)]
    if not fitting:
        expected = one_of(dict.fromkeys(f"{event.method} {event.url_template}" for event in events))
        summary = f"No callback of the spec is {actual}."
        yield comparison.at("/request/path", events[0].pointer, summary, expected, actual)
        return
    found = [list(_of_callback(comparison, event)) for event in fitting]
    yield from min(found, key=len)


def _of_callback(comparison: Comparison, event: EventContract) -> Iterator[Disagreement]:
    interaction = comparison.interaction
    media_type = interaction.request_media_type
    if media_type is not None and not best_match(parse_media_type(media_type).essence, [event.media_type]):
        summary = "The pact's event is of a media type that the callback does not declare."
        at = "/request/headers" if interaction.request_headers else "/request/body"
        yield comparison.at(at, f"{event.pointer}/requestBody/content", summary, event.media_type, media_type)
    value = json_value(interaction.request_body, event.body)
    pointer = interaction.body_pointer("request").removeprefix(interaction.pointer)
    if value is MISSING:
        summary = "The pact's request to the ingest holds no event."
        yield comparison.at("/request", event.body.pointer, summary, "the event that the callback declares", "no event")
    else:
        yield from comparison.by_schema(pointer, value, event.body, "event")
    yield from _of_answer(comparison, event)


def _of_answer(comparison: Comparison, event: EventContract) -> Iterator[Disagreement]:
    interaction = comparison.interaction
    if not event.answers:
        return  # the callback leaves open what the ingest answers
    declared = event.answer_for(interaction.status)
    if declared is None:
        summary = f"The callback declares no answer {interaction.status} of the ingest."
        expected = one_of([answer.status for answer in event.answers])
        spec = f"{event.pointer}/responses"
        yield comparison.at("/response/status", spec, summary, expected, str(interaction.status))
    else:
        # An answer without content is described in words only: nothing to hold a body against.
        yield from body_disagreements(comparison, declared, f"ingest's answer {interaction.status}")


def _events(comparison: Comparison) -> list[EventContract]:
    """Return the events that a message may be: those of the operation that its description names, else all."""
    operations = comparison.contract.operations
    words = re.findall(r"[\w.-]+", comparison.interaction.description)
    named = [operation for operation in operations if operation.events and operation.id in words]
    return [event for operation in named or operations for event in operation.events]


def _no_event(comparison: Comparison, pointer: str) -> Disagreement:
    summary = "The spec declares no event."
    expected = "a callback on an operation of the spec"
    return comparison.at(pointer, join("paths"), summary, expected, comparison.interaction.description)


def _fits(url: UrlTemplate, path: str) -> bool:
    """Return whether a path is one that a callback's URL may have; the ingest's base URL has none."""
    pattern = ""
    for number, (literal, gap) in enumerate(url.parts):
        if gap == EVENT_KEY:
            pattern += "[^/]+"
        elif gap.startswith("$"):
            pattern += ".*"
        else:
            pattern += re.escape(_ORIGIN.sub("", literal) if number == 0 else literal)
    return re.fullmatch(pattern.partition(re.escape("?"))[0], path) is not None
