"""Counts requests whose status may be due to what other requests had done: no law judged that.

A valid one may have been refused, as it had a value that an earlier one had taken. Of a generated case, that is a note:
its values are drawn, and an earlier request had shown the same one. Of any other, what it is about was not looked at.

Or others were under way, and did something to it. Then it is sent once more, alone.
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


class UnsettledTallies(Joined):
    """Takes exchanges as they are judged; its size does not grow with their number."""

    STATE: ClassVar[Mapping[str, Any]] = {
        "_refused": Counter[tuple[str, str]],
        "_disturbed": Counter[tuple[str, str]],
        "_in_vain": set[tuple[str, str]],
        "_disturbed_in_vain": set[tuple[str, str]],
        "_judged": set[tuple[str, str]],
    }

    def __init__(self, contract: Contract) -> None:
        """Begin with nothing counted."""
        self._contract = contract
        self._refused: Counter[tuple[str, str]] = Counter()
        self._disturbed: Counter[tuple[str, str]] = Counter()
        self._in_vain: set[tuple[str, str]] = set()
        self._disturbed_in_vain: set[tuple[str, str]] = set()
        self._judged: set[tuple[str, str]] = set()

    def handle(self, event: Event) -> None:
        """Take one event of a run."""
        if not isinstance(event, ExchangeJudged) or event.late:
            return
        case, answer = event.exchange.case, event.exchange.answer
        key = (case.operation, case.label)
        if not isinstance(answer, Answer):
            return
        if event.disturbed:
            self._disturbed[case.operation, str(answer.status)] += 1
            self._disturbed_in_vain.add(key)
            return
        self._disturbed_in_vain.discard(key)
        if event.taken:
            self._refused[case.operation, str(answer.status)] += 1
        if case.origin is None:
            (self._in_vain if event.taken else self._judged).add(key)

    def notes(self) -> Iterator[str]:
        """Yield, for a person, how many requests that was."""
        for operation in self._contract.operations:
            if self._statuses(operation, self._refused):
                yield (
                    f"{self._said(operation, self._refused, 'valid request')}, with a value of an earlier "
                    "request that had succeeded; no value was accepted there twice, so it may have to be unique"
                )
            if self._statuses(operation, self._disturbed):
                left = any(name == operation.id for name, _ in self._disturbed_in_vain)
                yield (
                    f"{self._said(operation, self._disturbed, 'request')} while others were under way, which may be "
                    f"the reason; {'most were' if left else 'each was'} sent once more, alone"
                )

    def _said(self, operation: Operation, counts: Counter[tuple[str, str]], what: str) -> str:
        statuses = self._statuses(operation, counts)
        count = sum(counts[operation.id, status] for status in statuses)
        subject = f"{count:,} {what}s to {operation.id} were" if count > 1 else f"1 {what} to {operation.id} was"
        return f"{subject} answered {' or '.join(statuses)}"

    def not_proven(self) -> Iterator[NotProven]:
        """Yield the operations with cases that were not judged by that: one line each."""
        for operation in self._contract.operations:
            yield from self._not_judged(
                operation,
                self._in_vain - self._judged,
                f"were answered {' or '.join(self._statuses(operation, self._refused))}, perhaps as a value in each "
                "had to be unique, and was taken",
                "a schema that leaves the value free, so that each request has one of its own",
            )
            yield from self._not_judged(
                operation,
                self._disturbed_in_vain,
                f"were answered {' or '.join(self._statuses(operation, self._disturbed))} while others were under way, "
                "which may be the reason, and are more than are sent once more, alone",
                "an operation that makes an object for each request, in place of one that setup makes for all",
            )

    def _not_judged(self, operation: Operation, cases: set[tuple[str, str]], why: str, add: str) -> Iterator[NotProven]:
        """Yield, in one line, those of some cases that are an operation's."""
        labels = sorted(label for name, label in cases if name == operation.id)
        if not labels:
            return
        more = len(labels) - _MOST_NAMED
        yield NotProven(
            f"cases of {operation.id}",
            f"{len(labels):,} {why}: {', '.join(labels[:_MOST_NAMED])}{f' and {more:,} more' if more > 0 else ''}.",
            where=str(self._contract.document.location(operation.pointer)),
            add=add,
            weight=Weight.ANSWERS,
        )

    def _statuses(self, operation: Operation, counts: Counter[tuple[str, str]]) -> list[str]:
        return [status for name, status in sorted(counts) if name == operation.id]
