"""Counts valid requests that were refused, perhaps as a value in them was taken by an earlier one: no law judged that.

Of a generated case, that is a note: its values are drawn, and an earlier request had shown the same one. Of any other,
what the case is about was not looked at.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, ClassVar

from bothends.engine.events import ExchangeJudged
from bothends.engine.evidence.joining import Joined
from bothends.records import Answer, NotProven, Weight

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from bothends.contract import Contract, Operation
    from bothends.engine.events import Event

_MOST_NAMED = 6


class TakenTallies(Joined):
    """Takes exchanges as they are judged; its size does not grow with their number."""

    STATE: ClassVar[Mapping[str, Any]] = {
        "_refused": Counter[tuple[str, str]],
        "_in_vain": set[tuple[str, str]],
        "_judged": set[tuple[str, str]],
    }

    def __init__(self, contract: Contract) -> None:
        """Begin with nothing counted."""
        self._contract = contract
        self._refused: Counter[tuple[str, str]] = Counter()
        self._in_vain: set[tuple[str, str]] = set()
        self._judged: set[tuple[str, str]] = set()

    def handle(self, event: Event) -> None:
        """Take one event of a run."""
        if not isinstance(event, ExchangeJudged) or event.late:
            return
        case, answer = event.exchange.case, event.exchange.answer
        key = (case.operation, case.label)
        if event.taken and isinstance(answer, Answer):
            self._refused[case.operation, str(answer.status)] += 1
        if case.origin is None and isinstance(answer, Answer):
            (self._in_vain if event.taken else self._judged).add(key)

    def notes(self) -> Iterator[str]:
        """Yield, for a person, how many valid requests were refused so."""
        for operation in self._contract.operations:
            if statuses := self._statuses(operation):
                count = sum(self._refused[operation.id, status] for status in statuses)
                yield (
                    f"{count:,} valid request{'s' if count > 1 else ''} to {operation.id} "
                    f"{'were' if count > 1 else 'was'} answered {' or '.join(statuses)}, with a value of an earlier "
                    "request that had succeeded; no value was accepted there twice, so it may have to be unique"
                )

    def not_proven(self) -> Iterator[NotProven]:
        """Yield the operations with cases that were not judged by that: one line each."""
        for operation in self._contract.operations:
            labels = sorted(label for name, label in self._in_vain - self._judged if name == operation.id)
            if not labels:
                continue
            more = len(labels) - _MOST_NAMED
            yield NotProven(
                f"cases of {operation.id}",
                f"{len(labels):,} were answered {' or '.join(self._statuses(operation))}, perhaps as a value in each "
                f"had to be unique, and was taken: {', '.join(labels[:_MOST_NAMED])}"
                f"{f' and {more:,} more' if more > 0 else ''}.",
                where=str(self._contract.document.location(operation.pointer)),
                add="a schema that leaves the value free, so that each request has one of its own",
                weight=Weight.ANSWERS,
            )

    def _statuses(self, operation: Operation) -> list[str]:
        return [status for name, status in sorted(self._refused) if name == operation.id]
