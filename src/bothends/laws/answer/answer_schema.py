"""The answer's body matches its schema."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bothends.contract.media_types import best_match, is_json
from bothends.laws.json_text import read_json
from bothends.laws.law import Broken, Grounds, Law, Scope
from bothends.laws.registry import register
from bothends.laws.wording import shown
from bothends.records import MISSING, Answer, Cause

if TYPE_CHECKING:
    from bothends.contract import Schema
    from bothends.records import Exchange


def schema_of(exchange: Exchange, grounds: Grounds) -> Schema | None:
    """Return the schema that the contract declares for this very answer; None when there is none."""
    answer = exchange.answer
    if not isinstance(answer, Answer) or not grounds.answerable(exchange):
        return None
    declared = grounds.operation.answer_for(answer.status)
    media_type = answer.media_type
    if declared is None or media_type is None or not is_json(media_type) or not _whole(exchange, answer):
        return None
    key = best_match(media_type, declared.content)
    return None if key is None else declared.content[key]


def _whole(exchange: Exchange, answer: Answer) -> bool:
    """Whether the body is all there and as it was written: not cut, not packed, and not left out for HEAD."""
    packed = (answer.header("content-encoding") or "identity").lower() != "identity"
    return exchange.case.request.method != "HEAD" and not packed and answer.size == len(answer.body)


def _judge(exchange: Exchange, grounds: Grounds) -> list[Broken] | None:
    schema = schema_of(exchange, grounds)
    answer = exchange.answer
    if schema is None or not isinstance(answer, Answer):
        return None
    try:
        value = read_json(answer.body)
    except ValueError as error:
        return [
            Broken(
                cause=Cause("not-json"),
                summary=f"The body of the answer {answer.status} is not JSON.",
                expected="JSON, as its media type says",
                actual=f"{answer.body[:200]!r} ({error})",
            )
        ]
    if value is MISSING:
        return None
    first = next(iter(schema.errors(value)), None)
    if first is None:
        return []
    return [
        Broken(
            cause=Cause("schema", location=first.schema_pointer),
            summary=f"The body of the answer {answer.status} does not match its schema at {first.pointer or '/'}.",
            expected=first.message,
            actual=shown(value),
        )
    ]


LAW = register(
    Law(
        name="answer-schema",
        demands="An answer's body matches the schema that the contract declares for its status and media type.",
        source="OpenAPI 3.1 Media Type Object; JSON Schema 2020-12",
        judge=_judge,
        scope=Scope.ANSWER,
        words={"not-json": "is not JSON", "schema": "at {location}"},
        yields_to=("family-status", "declared-status"),
    )
)
