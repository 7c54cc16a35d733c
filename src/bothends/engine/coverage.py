"""Measures how much of the contract a run sees; its size does not grow with the number of exchanges."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from bothends.contract.media_types import best_match, is_json
from bothends.contract.schema_points import SchemaPoints
from bothends.engine.events import ExchangeJudged
from bothends.records import MISSING, Answer, Coverage, CoveragePoint, Kind, NotProven

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from bothends.contract import DeclaredAnswer, EventContract, Operation, Schema
    from bothends.engine.events import Event
    from bothends.records import Exchange

MOST_NAMED = 6
"""Points that a threshold names when it is missed; the reports have all of them."""


class CoverageMeter:
    """Takes exchanges, and tells what of the contract they have shown."""

    def __init__(self, operations: Iterable[Operation]) -> None:
        """Find all that can be seen.

        Args:
            operations: The operations under test.
        """
        self._meters = {operation.id: _OperationMeter(operation) for operation in operations}

    def handle(self, event: Event) -> None:
        """Take one event of a run."""
        if isinstance(event, ExchangeJudged):
            self.note(event.exchange)

    def note(self, exchange: Exchange) -> None:
        """Take an exchange; what was sent with another method is not the operation's."""
        self._meters[exchange.case.operation].note(exchange)

    def coverage(self) -> Coverage:
        """Return all points, in the contract's order."""
        return Coverage(tuple(point for meter in self._meters.values() for point in meter.points()))


def short_of(coverage: Coverage, threshold: float | None) -> list[NotProven]:
    """Return that a threshold was missed, or nothing.

    Args:
        coverage: What was seen.
        threshold: The least that must be seen, percent; None: anything will do.
    """
    if threshold is None or coverage.percent >= threshold:
        return []
    names = ", ".join(point.label for point in coverage.unseen[:MOST_NAMED])
    more = len(coverage.unseen) - MOST_NAMED
    return [
        NotProven(
            f"coverage of {threshold:g} %",
            f"{coverage.percent:g} % of the contract was seen, {coverage.seen} of {len(coverage.points)};"
            f" not seen: {names}{f' and {more:,} more' if more > 0 else ''}.",
        )
    ]


class _OperationMeter:
    def __init__(self, operation: Operation) -> None:
        self._operation = operation
        self._answers = {answer.status: _AnswerMeter(answer) for answer in operation.answers}
        self._events = [_EventMeter(event) for event in operation.events]

    def note(self, exchange: Exchange) -> None:
        request = exchange.case.request
        if request.raw is None and request.method != self._operation.method:
            return
        for delivery in exchange.declared:
            for event in self._events:
                event.note(delivery.payload)
        answer = exchange.answer
        if isinstance(answer, Answer) and not (exchange.case.manner and exchange.case.expect.any_answer):
            declared = self._operation.answer_for(answer.status)
            if declared is not None:
                self._answers[declared.status].note(answer)

    def points(self) -> Iterator[CoveragePoint]:
        meters: list[_AnswerMeter | _EventMeter] = [*self._answers.values(), *self._events]
        for meter in meters:
            for kind, where, what, seen in meter.points():
                yield CoveragePoint(self._operation.id, kind, where, what, seen)


class _AnswerMeter:
    def __init__(self, declared: DeclaredAnswer) -> None:
        self._status = declared.status
        self._seen = False
        self._media_types = dict.fromkeys(declared.content, False)
        self._schemas = {name: _points(name, schema) for name, schema in declared.content.items()}

    def note(self, answer: Answer) -> None:
        self._seen = True
        name = best_match(answer.media_type or "", self._media_types)
        if name is None:
            return
        self._media_types[name] = True
        points = self._schemas[name]
        if points is not None and not points.whole and answer.size == len(answer.body):
            value = _json(answer.body)
            if value is not MISSING:
                points.note(value)

    def points(self) -> Iterator[tuple[Kind, str, str, bool]]:
        yield Kind.ANSWER, self._status, "", self._seen
        for name, seen in self._media_types.items():
            where = f"{self._status} {name}"
            yield Kind.MEDIA_TYPE, where, "", seen
            yield from _told(where, self._schemas[name])


class _EventMeter:
    def __init__(self, event: EventContract) -> None:
        self._name = f"event {event.name}"
        self._schema = event.body
        self._seen = False
        self._points = SchemaPoints(event.body)

    def note(self, payload: Any) -> None:
        if not self._seen:
            self._seen = self._schema.is_valid(payload)
        self._points.note(payload)

    def points(self) -> Iterator[tuple[Kind, str, str, bool]]:
        yield Kind.EVENT, self._name, "", self._seen
        yield from _told(self._name, self._points)


def _points(media_type: str, schema: Schema | None) -> SchemaPoints | None:
    return SchemaPoints(schema) if schema is not None and is_json(media_type) else None


def _told(where: str, points: SchemaPoints | None) -> Iterator[tuple[Kind, str, str, bool]]:
    if points is not None:
        for (field, name), seen in zip(points.names, points.seen, strict=True):
            yield Kind.FIELD if field else Kind.BRANCH, where, name, seen


def _json(body: bytes) -> Any:
    """Return a body's value; MISSING where it is none, of which a law tells."""
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return MISSING
