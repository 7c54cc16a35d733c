"""`lost-acknowledgement`: the ingest stores the event, and the target is not told so.

Such an event is in doubt: it may be there or not, and a failure is the right answer. What must not be is
a second event: whoever tries again must do so under the same identity.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bothends.cases.families import expectations
from bothends.cases.families.faults import ANY_FAULT, fault_cases, ingests_of
from bothends.records import Condition

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bothends.contract.model import Contract, Operation
    from bothends.records import Case

family = "lost-acknowledgement"
quick = (
    "*-resets",
    "*-answers-500",
    "*-fails-once",
    "*-resets-once",
)

_EACH_TIME = {
    "resets": Condition.of("stores-and-resets"),
    "closes": Condition.of("stores-and-closes"),
    **{f"answers-{status}": Condition.of("stores-and-answers", status=status) for status in (400, 500, 503)},
}
_ONCE = {
    "fails-once": Condition.of("stores-and-fails-once"),
    "resets-once": Condition.of("stores-and-resets-once"),
}


def cases(contract: Contract, operation: Operation) -> Iterator[Case]:
    """Yield one case for each way in which an acknowledgement is lost, for each ingest; none without an event."""
    for name in ingests_of(contract, operation):
        yield from fault_cases(contract, operation, family, _EACH_TIME, ANY_FAULT, upstream=name)
        yield from fault_cases(contract, operation, family, _ONCE, expectations.recovery, alone=True, upstream=name)
