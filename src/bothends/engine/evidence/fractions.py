"""Counts the requests in which an integer is written as a fraction, `1.0`, and those of them that were refused."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, ClassVar

from bothends.contract.admission import AS_FRACTION, admission
from bothends.engine.events import ExchangeJudged
from bothends.engine.evidence.joining import Joined
from bothends.records import Answer

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from bothends.contract import Contract
    from bothends.engine.events import Event
    from bothends.records import Exchange

_REFUSALS = range(400, 500)


class FractionTallies(Joined):
    """Takes exchanges as they are judged; its size does not grow with their number."""

    STATE: ClassVar[Mapping[str, Any]] = {
        "_sent": Counter[str],
        "_refused": Counter[str],
        "_examples": dict[str, str],
    }

    def __init__(self, contract: Contract) -> None:
        """Begin with nothing counted."""
        self._operations = {operation.id: operation for operation in contract.operations}
        self._sent: Counter[str] = Counter()
        self._refused: Counter[str] = Counter()
        self._examples: dict[str, str] = {}

    def handle(self, event: Event) -> None:
        """Take one event of a run."""
        if isinstance(event, ExchangeJudged) and not event.late:
            self.note(event.exchange)

    def note(self, exchange: Exchange) -> None:
        """Take an exchange; only one that nothing else lets a target refuse counts, in a world where all is well."""
        case, answer = exchange.case, exchange.answer
        operation = self._operations.get(case.operation)
        if operation is None or case.of_the_world or case.request.raw is not None or not isinstance(answer, Answer):
            return
        if not case.expect.statuses & operation.success_statuses or b"." not in (case.request.body or b""):
            return
        verdict = admission(operation, case.request)
        if verdict.refusals or verdict.doubts != {AS_FRACTION}:
            return
        self._sent[operation.id] += 1
        if answer.status in _REFUSALS:
            self._refused[operation.id] += 1
            self._examples.setdefault(operation.id, case.label)

    def join(self, state: Mapping[str, Any]) -> None:
        """Take what another part has counted; the first example of each operation is enough."""
        super().join({**state, "_examples": {**state["_examples"], **self._examples}})

    def notes(self) -> Iterator[str]:
        """Yield, for a person, how many of these requests were refused."""
        for name, refused in self._refused.items():
            yield (
                f"{refused:,} of {self._sent[name]:,} requests to {name} with an integer that is written as a fraction "
                f"(1.0) were refused, such as {self._examples[name]}; to JSON Schema it is one, to many "
                "parsers it is none"
            )
