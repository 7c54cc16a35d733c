"""Counts what came of requests that a contract refuses where it declares no refusal: nothing can be asked of these."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, ClassVar

from bothends.engine.events import ExchangeJudged
from bothends.engine.evidence.joining import Joined

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from bothends.contract import Contract
    from bothends.engine.events import Event
    from bothends.records import Exchange


class RefusalTallies(Joined):
    """Takes exchanges as they are judged; its size does not grow with their number."""

    STATE: ClassVar[Mapping[str, Any]] = {
        "_refused": Counter[str],
        "_accepted": Counter[str],
        "_examples": dict[str, str],
    }

    def __init__(self, contract: Contract) -> None:
        """Begin with nothing counted."""
        self._contract = contract
        self._refused: Counter[str] = Counter()
        self._accepted: Counter[str] = Counter()
        self._examples: dict[str, str] = {}

    def handle(self, event: Event) -> None:
        """Take one event of a run."""
        if isinstance(event, ExchangeJudged) and not event.late:
            self.note(event.exchange)

    def note(self, exchange: Exchange) -> None:
        """Take an exchange."""
        case = exchange.case
        if not case.expect.unpromised or self._contract.settings.strict_statuses:
            return
        self._refused[case.operation] += 1
        if exchange.succeeded:
            self._accepted[case.operation] += 1
            self._examples.setdefault(case.operation, case.label)

    def join(self, state: Mapping[str, Any]) -> None:
        """Take what another part has counted; the first example of each operation is enough."""
        super().join({**state, "_examples": {**state["_examples"], **self._examples}})

    def notes(self) -> Iterator[str]:
        """Yield, for a person, how many requests were accepted though the contract refuses them."""
        for operation in self._contract.operations:
            if accepted := self._accepted[operation.id]:
                yield (
                    f"{accepted:,} of {self._refused[operation.id]:,} requests to {operation.id} that the contract "
                    f"refuses were answered 2xx, such as {self._examples[operation.id]}; it declares no answer that "
                    "refuses one (add a 4xx to its responses)"
                )
