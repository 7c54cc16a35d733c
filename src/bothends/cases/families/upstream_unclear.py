"""`upstream-unclear`: faults that are neither clearly wrong answers nor clearly a lack of one.

Connections that end before the answer does, answers that are no HTTP, the statuses that say "not now",
and answers that nobody can be asked to read whole: any answer that the spec declares for an
upstream's fault is right.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bothends.cases.families.faults import ANY_FAULT, fault_cases, upstreams_of
from bothends.records import Condition

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bothends.contract.model import Contract, Operation
    from bothends.records import Case

family = "upstream-unclear"
quick = (
    "*-resets",
    "*-resets-unread",
    "*-closes",
    "*-malformed-chunk",
    "*-breaks-off",
    "*-announces-more",
    "*-answers-429",
    "*-answers-503",
    "*-asks-to-wait-429",
    "*-deep",
)

_NOT_NOW = (408, 429, 502, 503, 504)
_STATES = {
    "resets": Condition.of("resets"),
    "resets-each-connection": Condition.of("resets-each-connection"),
    "resets-unread": Condition.of("resets-unread"),
    "closes": Condition.of("closes"),
    "speaks-no-http": Condition.of("speaks-no-http"),
    "malformed-chunk": Condition.of("malformed-chunk"),
    "breaks-off": Condition.of("breaks-off"),
    "announces-more": Condition.of("announces-more"),
    "announces-less": Condition.of("announces-less"),
    **{f"answers-{status}": Condition.of("answers-status", status=status) for status in _NOT_NOW},
    **{f"answers-page-{status}": Condition.of("answers-page", status=status) for status in (502, 503)},
    **{
        f"asks-to-wait-{status}": Condition.of("answers-and-asks-to-wait", status=status, seconds=3600)
        for status in (429, 503)
    },
    "gigabyte": Condition.of("answers-gigabyte"),
    "gzip-bomb": Condition.of("answers-bomb"),
}
_DEEP = {"deep": Condition.of("answers-deep", levels=100_000)}


def cases(contract: Contract, operation: Operation) -> Iterator[Case]:
    """Yield one case for each unclear fault, for each upstream and for the ingest."""
    yield from fault_cases(contract, operation, family, _STATES, ANY_FAULT)
    for name in upstreams_of(contract, operation):
        schema = contract.answers.get(name)
        if schema is None or not schema.is_valid([[[]]]):  # else it may be right, whoever can read it
            yield from fault_cases(contract, operation, family, _DEEP, ANY_FAULT, upstream=name)
