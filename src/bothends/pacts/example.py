"""Holds the example of an answer's body against the answer that the contract declares."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bothends.contract.media_types import best_match, is_json, parse_media_type
from bothends.pacts.bodies import json_or_text
from bothends.pacts.partial import for_parts
from bothends.records import MISSING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bothends.contract import DeclaredAnswer, Schema
    from bothends.pacts.disagreement import Comparison, Disagreement


def body_disagreements(comparison: Comparison, declared: DeclaredAnswer, what: str) -> Iterator[Disagreement]:
    """Yield where the answer of an interaction is of another media type or of another shape than is declared.

    Args:
        comparison: The interaction; its answer may name a part of the body.
        declared: The answer that is declared for its status.
        what: What it is, for the summaries: `answer 200`.
    """
    interaction = comparison.interaction
    if not declared.content:
        return
    media_type = interaction.response_media_type
    if media_type is None:
        key = next(filter(is_json, declared.content), next(iter(declared.content)))
    else:
        found = best_match(parse_media_type(media_type).essence, declared.content)
        if found is None:
            summary = f"The pact's {what} is of a media type that the spec does not declare for it."
            at = "/response/headers" if interaction.response_headers else "/response/body"
            yield comparison.at(at, f"{declared.pointer}/content", summary, " or ".join(declared.content), media_type)
            return
        key = found
    schema = declared.content[key]
    if schema is not None:
        pointer = interaction.body_pointer("response").removeprefix(interaction.pointer)
        value = json_value(interaction.response_body, for_parts(schema))
        if value is not MISSING:
            yield from comparison.by_schema(pointer, value, for_parts(schema), what)


def json_value(body: Any, schema: Schema) -> Any:
    """Return the value that a schema is to judge.

    A text may be JSON whatever its media type says (an ingest may say `text/plain`): it is read as what the
    schema takes, if it takes either.

    Args:
        body: An example of a body.
        schema: The schema.

    Returns:
        A JSON value; `MISSING` where there is none: no body, or bytes that are no text.
    """
    if not isinstance(body, str | bytes):
        return body
    if isinstance(body, str) and schema.is_valid(body):
        return body
    if isinstance(body, str):
        return json_or_text(body)
    try:
        value = json_or_text(body.decode())
    except UnicodeDecodeError:
        return MISSING  # no text, so no value that a schema could judge
    return value
