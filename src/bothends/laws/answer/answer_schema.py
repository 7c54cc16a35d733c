"""The answer's body matches its schema."""

from __future__ import annotations

import json
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from bothends.laws.law import Broken, Grounds, Law
from bothends.laws.wording import shown
from bothends.records import Answer

if TYPE_CHECKING:
    from bothends.contract import Schema
    from bothends.records import Exchange


def schema_of(exchange: Exchange, grounds: Grounds) -> Schema | None:
    """Return the schema that the contract declares for this very answer; None when there is none."""
    answer = exchange.answer
    if not isinstance(answer, Answer) or not grounds.declared(exchange):
        return None
    declared = grounds.operation.answer_for(answer.status)
    media_type = answer.media_type
    if declared is None or media_type is None or not media_type.endswith("json"):
        return None
    return next((s for d, s in declared.content.items() if fnmatchcase(media_type, d.lower())), None)


def _judge(exchange: Exchange, grounds: Grounds) -> list[Broken] | None:
    schema = schema_of(exchange, grounds)
    answer = exchange.answer
    if schema is None or not isinstance(answer, Answer):
        return None
    try:
        value = json.loads(answer.body)
    except (ValueError, RecursionError) as error:
        return [
            Broken(
                cause=f"{answer.status} is not JSON",
                summary=f"The body of the answer {answer.status} is not JSON.",
                expected="JSON, as its media type says",
                actual=f"{answer.body[:200]!r} ({error})",
            )
        ]
    first = next(iter(schema.errors(value)), None)
    if first is None:
        return []
    return [
        Broken(
            cause=f"{answer.status} at {first.pointer or '/'}: {first.schema_pointer}",
            summary=f"The body of the answer {answer.status} does not match its schema at {first.pointer or '/'}.",
            expected=first.message,
            actual=shown(value),
        )
    ]


LAW = Law(
    name="answer-schema",
    demands="An answer's body matches the schema that the contract declares for its status and media type.",
    source="OpenAPI 3.1 Media Type Object; JSON Schema 2020-12",
    judge=_judge,
    yields_to=("family-status", "declared-status"),
)
