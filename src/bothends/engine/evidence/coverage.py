"""Measures how much of the contract a run sees; its size does not grow with the number of exchanges."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from bothends.contract.messages import best_match, is_json
from bothends.engine.counts import counted
from bothends.records import MISSING, Answer, Coverage, CoveragePoint, Kind, NotProven, some_of
from bothends.schemas import SchemaPoints

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from bothends.contract import DeclaredAnswer, EventContract, Operation
    from bothends.engine.counts import Counts
    from bothends.records import Exchange
    from bothends.schemas import Schema

_SEEN = counted("points of the contract", "operation", "point")
MOST_NAMED = 6
"""Points that a threshold names when it is missed; the reports have all of them."""


class CoverageMeter:
    """Takes exchanges, and counts what of the contract they have shown."""

    def __init__(self, counts: Counts, operations: Iterable[Operation]) -> None:
        """Find all that can be seen."""
        self._counts = counts
        self._meters = {operation.id: _OperationMeter(operation) for operation in operations}

    def note(self, operation: Operation, exchange: Exchange) -> None:
        """Take an exchange; what was sent with another method is not the operation's."""
        meter = self._meters[operation.id]
        if meter.note(exchange):
            for place, point in enumerate(meter.points()):
                if point.seen and not self._counts.number(_SEEN, operation.id, str(place)):
                    self._counts.add(_SEEN, operation.id, str(place))

    def coverage(self) -> Coverage:
        """Return all points, in the contract's order: those that were seen here, or in another part of the run."""
        return Coverage(
            tuple(
                replace(point, seen=bool(self._counts.number(_SEEN, operation, str(place))))
                for operation, meter in self._meters.items()
                for place, point in enumerate(meter.points())
            )
        )


def short_of(coverage: Coverage, threshold: float | None) -> list[NotProven]:
    """Return that a threshold was missed, or nothing.

    Args:
        coverage: What was seen.
        threshold: The minimum that must be seen, percent; None: no minimum.
    """
    if threshold is None or coverage.percent >= threshold:
        return []
    names = some_of([point.label for point in coverage.unseen], MOST_NAMED)
    return [
        NotProven(
            f"coverage of {threshold:g} %",
            f"{coverage.percent:g} % of the contract was seen, {coverage.seen} of {len(coverage.points)};"
            f" not seen: {names}.",
        )
    ]


class _OperationMeter:
    def __init__(self, operation: Operation) -> None:
        self._operation = operation
        self._answers = {answer.status: _AnswerMeter(answer) for answer in operation.answers}
        self._events = [_EventMeter(event) for event in operation.events]

    def note(self, exchange: Exchange) -> bool:
        """Take an exchange, and return whether it has shown anything new."""
        request = exchange.case.request
        if request.raw is None and request.method != self._operation.method:
            return False
        shown = [event.note(delivery.payload) for delivery in exchange.declared for event in self._events]
        answer = exchange.answer
        if isinstance(answer, Answer) and not (exchange.case.behaviour and exchange.case.expect.any_answer):
            declared = self._operation.answer_for(answer.status)
            if declared is not None:
                shown.append(self._answers[declared.status].note(answer))
        return any(shown)

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

    def note(self, answer: Answer) -> bool:
        known, self._seen = self._seen, True
        name = best_match(answer.media_type or "", self._media_types)
        if name is None:
            return not known
        known, self._media_types[name] = known and self._media_types[name], True
        points = self._schemas[name]
        if points is not None and not points.whole and answer.size == len(answer.body):
            value = _json(answer.body)
            if value is not MISSING:
                return _note(points, value) or not known
        return not known

    def points(self) -> Iterator[tuple[Kind, str, str, bool]]:
        yield Kind.ANSWER, self._status, "", self._seen
        for name, seen in self._media_types.items():
            where = f"{self._status} {name}"
            yield Kind.MEDIA_TYPE, where, "", seen
            yield from _seen_points(where, self._schemas[name])


class _EventMeter:
    def __init__(self, event: EventContract) -> None:
        self._name = f"event {event.name}"
        self._schema = event.whole
        self._seen = False
        self._points = SchemaPoints(event.whole)

    def note(self, payload: Any) -> bool:
        known = self._seen
        if not known:
            self._seen = self._schema.is_valid(payload)
        return _note(self._points, payload) or known != self._seen

    def points(self) -> Iterator[tuple[Kind, str, str, bool]]:
        yield Kind.EVENT, self._name, "", self._seen
        yield from _seen_points(self._name, self._points)


def _note(points: SchemaPoints, value: Any) -> bool:
    """Take a value, and return whether it has shown anything new."""
    before = points.seen.count(True)
    points.note(value)
    return points.seen.count(True) > before


def _points(media_type: str, schema: Schema | None) -> SchemaPoints | None:
    return SchemaPoints(schema) if schema is not None and is_json(media_type) else None


def _seen_points(where: str, points: SchemaPoints | None) -> Iterator[tuple[Kind, str, str, bool]]:
    if points is not None:
        for (field, name), seen in zip(points.names, points.seen, strict=True):
            yield Kind.FIELD if field else Kind.BRANCH, where, name, seen


def _json(body: bytes) -> Any:
    """Return a body's value; MISSING where it is none, of which a law tells."""
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return MISSING
