"""`upstream-timeout`: an upstream that takes the request, and has not answered it when the time is up.

All that an upstream may do until then is tried: nothing, half an answer, a few bytes now and then. As
each of these takes the target's whole patience, those of one upstream are waited for together.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bothends.cases.families.faults import ANY_FAULT, fault_cases, is_ingest, taken_for, upstreams_of
from bothends.records import Condition

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bothends.contract.model import Contract, Operation
    from bothends.records import Case

family = "upstream-timeout"

_STATES = {
    "hangs": Condition.of("hangs"),
    "stalls-in-head": Condition.of("stalls-in-head"),
    "stalls-in-body": Condition.of("stalls-in-body"),
}
# The last: it acts on connections, and not on requests. What is never connected to may as well be unreachable.
_IGNORES = {"ignores-connections": Condition.of("ignores-connections")}
_STORED = {"stores-and-hangs": Condition.of("stores-and-hangs")}
_LONGEST_MS = 60_000  # what the state can say


def cases(contract: Contract, operation: Operation) -> Iterator[Case]:
    """Yield the cases of each upstream and of each ingest."""
    patience = contract.settings.world.upstream_timeout_ms
    states = dict(_STATES)
    if patience * 2 <= _LONGEST_MS:
        states["answers-late"] = Condition.of("answers-after", ms=patience * 2)
        # Never silent for long: it takes a limit on the whole, and not on each step.
        states["dribbles"] = Condition.of("answers-over", ms=min(patience * 4, _LONGEST_MS))
    for name in upstreams_of(contract, operation):
        of_name = {**states, **(_STORED if is_ingest(contract, name) else {})}
        for what, expect in ((of_name, taken_for(family)), (_IGNORES, ANY_FAULT)):
            yield from fault_cases(contract, operation, family, what, expect, upstream=name, in_vain=True)
