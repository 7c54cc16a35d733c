"""Counts requests that could have succeeded but for the state of their object: what was refused so was not played."""

from __future__ import annotations

from collections import Counter
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, ClassVar

from bothends.engine.events import ExchangeJudged
from bothends.engine.evidence.joining import Joined
from bothends.records import Answer, NotProven, Weight

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from bothends.contract import Contract, Operation
    from bothends.engine.events import Event
    from bothends.records import Exchange

# RFC 9110 sections 15.5.10, 15.5.11 and 15.5.13: not now, no more, and not as the client believes it to be.
_STATES = frozenset({HTTPStatus.CONFLICT, HTTPStatus.GONE, HTTPStatus.PRECONDITION_FAILED})
# RFC 9110 sections 15.5.5 and 15.5.11: what setup has made was there, and is not any more.
_REMOVED = frozenset({HTTPStatus.NOT_FOUND, HTTPStatus.GONE})
_FEW = 10
"""A family of which fewer than one in so many requests got past the state of its object was not played."""
_MOST_NAMED = 6


class StateTallies(Joined):
    """Takes exchanges as they are judged; its size does not grow with their number."""

    STATE: ClassVar[Mapping[str, Any]] = {
        "_asked": Counter[tuple[str, str]],
        "_refused": Counter[tuple[str, str]],
        "_succeeded": Counter[tuple[str, str]],
        "_statuses": Counter[tuple[str, str]],
    }

    def __init__(self, contract: Contract) -> None:
        """Begin with nothing counted."""
        self._contract = contract
        self._operations = {operation.id: operation for operation in contract.operations}
        self._asked: Counter[tuple[str, str]] = Counter()
        self._refused: Counter[tuple[str, str]] = Counter()
        self._succeeded: Counter[tuple[str, str]] = Counter()
        self._statuses: Counter[tuple[str, str]] = Counter()

    def handle(self, event: Event) -> None:
        """Take one event of a run."""
        if isinstance(event, ExchangeJudged) and not event.late:
            self.note(event.exchange)

    def note(self, exchange: Exchange) -> None:
        """Take an exchange that asks for an object which is there."""
        case, answer, expect = exchange.case, exchange.answer, exchange.case.expect
        operation = self._operations[case.operation]
        asks = (bool(exchange.known) or _is_of_setup(operation)) and not (expect.refused or expect.any_answer)
        # Another declared answer may be what is asked for: only where a success, or a fault, is, is anything missed.
        may_pass = operation.success_statuses & expect.statuses or expect.server_error
        if not asks or not may_pass or not isinstance(answer, Answer) or case.request.method != operation.method:
            return
        key = (operation.id, case.family)
        self._asked[key] += 1
        self._succeeded[key] += answer.success
        if answer.status in (_STATES if exchange.known else _STATES | _REMOVED):
            self._refused[key] += 1
            self._statuses[operation.id, str(answer.status)] += 1

    def not_proven(self) -> Iterator[NotProven]:
        """Yield the operations with families that were not played, each with the numbers."""
        for operation in self._contract.operations:
            families = [
                family
                for (name, family), asked in self._asked.items()
                if name == operation.id and (asked - self._refused[name, family]) * _FEW < asked
            ]
            # Where none ever succeeds, the values of setup may lead nowhere: that is another statement.
            found = not _is_of_setup(operation) or any(name == operation.id for name, _ in +self._succeeded)
            if families and found:
                yield self._of(operation, families)

    def _of(self, operation: Operation, families: list[str]) -> NotProven:
        keys = [(operation.id, family) for family in families]
        asked, succeeded = sum(self._asked[key] for key in keys), sum(self._succeeded[key] for key in keys)
        refused = sum(self._refused[key] for key in keys)
        statuses = [status for (name, status) in sorted(self._statuses) if name == operation.id]
        more = len(families) - _MOST_NAMED
        named = ", ".join(
            f"{family} ({self._succeeded[operation.id, family]:,} of {self._asked[operation.id, family]:,} succeeded)"
            for family in families[:_MOST_NAMED]
        )
        return NotProven(
            f"cases of {operation.id}",
            f"{succeeded:,} of {asked:,} requests succeeded, and {refused:,} were answered {' or '.join(statuses)}: "
            f"the object {_what_became(statuses)}. So these were not played: {named}"
            f"{f' and {more:,} more' if more > 0 else ''}.",
            where=str(self._contract.document.location(operation.pointer)),
            add="an operation that creates the object, so that each request has one (links, or POST on the path before)"
            if _is_removed(statuses)
            else "[[target.setup]], with steps that lead to the right state, and x-from: setup.NAME",
            weight=Weight.ANSWERS,
        )


def _is_of_setup(operation: Operation) -> bool:
    """Whether the objects that requests ask for are those that setup has made, and none is made up."""
    return bool(operation.setup_places) and not operation.id_places


def _is_removed(statuses: Collection[str]) -> bool:
    return str(HTTPStatus.NOT_FOUND.value) in statuses


def _what_became(statuses: Collection[str]) -> str:
    if _is_removed(statuses):
        return "that setup has made was there, and is not any more: perhaps a request of another case has removed it"
    return "was there, in another state"
