"""Counts the requests with a URL that leads nowhere, which a target may have to call, and those of them that failed."""

from __future__ import annotations

from collections import Counter
from itertools import islice
from typing import TYPE_CHECKING, Any, ClassVar

from bothends.contract.addresses import places_nowhere
from bothends.contract.admission import admission
from bothends.engine.events import ExchangeJudged
from bothends.engine.evidence.joining import Joined
from bothends.records import Answer, NotProven, Weight

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from bothends.contract import Contract
    from bothends.engine.events import Event
    from bothends.records import Exchange

_MOST_PLACES = 16
"""Places of one operation that are counted."""


class UrlTallies(Joined):
    """Takes exchanges as they are judged; its size does not grow with their number."""

    STATE: ClassVar[Mapping[str, Any]] = {"_counts": dict[str, dict[str, list[int]]], "_without": Counter[str]}

    def __init__(self, contract: Contract) -> None:
        """Begin with nothing counted."""
        self._contract = contract
        self._operations = {operation.id: operation for operation in contract.operations}
        self._counts: dict[str, dict[str, list[int]]] = {}
        self._without: Counter[str] = Counter()

    def handle(self, event: Event) -> None:
        """Take one event of a run."""
        if isinstance(event, ExchangeJudged):
            self.note(event.exchange)

    def note(self, exchange: Exchange) -> None:
        """Take an exchange whose request is certainly valid, in a world where all is well."""
        case, answer = exchange.case, exchange.answer
        operation = self._operations[case.operation]
        may_succeed = operation.success_statuses & case.expect.statuses
        if not may_succeed or case.of_the_world or not isinstance(answer, Answer):
            return
        read = {place.expression.text for place in operation.addresses}
        found = list(islice(places_nowhere(case.request), 1))
        self._without[case.operation] += answer.success and not found
        for place in found:
            verdict = admission(operation, case.request)
            if place in read or verdict.refusals or not verdict.certain:
                return
            places = self._counts.setdefault(case.operation, {})
            if place in places or len(places) < _MOST_PLACES:
                counts = places.setdefault(place, [0, 0])
                counts[0] += 1
                counts[1] += not answer.success

    def join(self, state: Mapping[str, Any]) -> None:
        """Take what another part has counted.

        Raises:
            ValueError: It can't be of this contract.
        """
        if not self._operations.keys() >= state["_counts"].keys():
            raise ValueError("an operation that is not under test")
        super().join(state)

    def not_proven(self) -> Iterator[NotProven]:
        """Yield the places whose URLs may be the reason why requests failed."""
        if self._contract.unusable:
            return  # a callback that can't be used may read them, and is told
        for name, places in self._counts.items():
            for place, (requests, failed) in places.items():
                if failed:
                    yield NotProven(
                        f"the URL {place} of {name}",
                        f"{failed:,} of {requests:,} requests with a URL there failed{self._reason(name)}",
                        where=str(self._contract.document.location(self._operations[name].pointer)),
                        add=f"callbacks: {{NAME: {{'{{{place}}}': {{post: {{requestBody: …, responses: …}}}}}}}}",
                        weight=Weight.EVENTS,
                    )

    def _reason(self, operation: str) -> str:
        """Return why requests with a URL failed, as far as others have shown it."""
        if self._without[operation]:
            return (
                f", and {self._without[operation]:,} without one succeeded: it leads nowhere, as no callback reads it, "
                "and the target may have to call it."
            )
        return ", and none without one succeeded: whether they failed for the URL was not tried."
