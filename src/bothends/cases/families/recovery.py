"""`recovery`: an upstream that fails at first and is then well. Whether to try again is the target's choice."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bothends.cases.families import expectations
from bothends.cases.families.faults import fault_cases
from bothends.contract.promises import RETRIES_CLOSED
from bothends.records import Condition

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bothends.contract.model import Contract, Operation
    from bothends.records import Case, Expectation

family = "recovery"
quick = (
    "*-fails-once",
    "*-closes-idle-connections",
)

_STATES = {
    "fails-once": Condition.of("fails-once"),
    "fails-twice": Condition.of("fails-times", count=2),
    "fails-four-times": Condition.of("fails-times", count=4),
    "closes-idle-connections": Condition.of("closes-idle"),
}
_CLOSED = {"closes-a-kept-connection": Condition.of("closes-kept")}
_PART = 20


def cases(contract: Contract, operation: Operation) -> Iterator[Case]:
    """Yield the cases of each upstream and of the ingest, each alone: the call that failed must be its own."""
    ms = contract.settings.world.upstream_timeout_ms // _PART
    states = {**_STATES, "unreachable-at-first": Condition.of("unreachable-for", ms=ms)}
    yield from fault_cases(contract, operation, family, states, expectations.recovery, alone=True)
    yield from fault_cases(contract, operation, family, _CLOSED, _tried_again, alone=True)


def _tried_again(operation: Operation, upstream: str) -> Expectation:
    either = expectations.recovery(operation, upstream)
    return expectations.served_where_promised(either, operation, RETRIES_CLOSED)
