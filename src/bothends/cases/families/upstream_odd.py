"""`upstream-odd`: an upstream that is odd, or slow, and right. The request succeeds.

Slow is at most half of the time that the target has for it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bothends.cases.families import expectations
from bothends.cases.families.faults import fault_cases
from bothends.records import Condition

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bothends.contract.model import Contract, Operation
    from bothends.records import Case, Expectation

family = "upstream-odd"
quick = (
    "*-answers-as-text",
    "*-answers-in-chunks",
    "*-answers-in-16-kib",
)

_STATES = {
    "answers-as-text": Condition.of("answers-as", media_type="text/plain"),
    "answers-as-octets": Condition.of("answers-as", media_type="application/octet-stream"),
    "answers-as-json": Condition.of("answers-as", media_type="application/json;charset=UTF-8"),
    "answers-in-chunks": Condition.of("answers-in-chunks"),
    "answers-without-length": Condition.of("answers-without-length"),
    "sets-a-cookie": Condition.of("sets-cookie"),
}
_LONG = {"answers-in-16-kib": Condition.of("answers-at-length", kib=16)}
_SLOW = {"answers-slowly": "answers-after", "answers-in-drops": "answers-over"}
_PART = 4
"""One part in so many of a target's patience is slow, and in time on a busy machine too."""


def cases(contract: Contract, operation: Operation) -> Iterator[Case]:
    """Yield one case for each oddity, for each upstream and for the ingest."""
    ms = contract.settings.world.upstream_timeout_ms // _PART
    slow = {name: Condition.of(state, ms=ms) for name, state in _SLOW.items()}

    def right(operation: Operation, _upstream: str) -> Expectation:
        return expectations.success(operation)

    yield from fault_cases(contract, operation, family, _STATES, right)
    for name in contract.settings.world.upstreams:
        yield from fault_cases(contract, operation, family, _LONG, right, upstream=name)
    yield from fault_cases(contract, operation, family, slow, right, together="the slowness")
