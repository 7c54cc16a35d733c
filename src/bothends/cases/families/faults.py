"""Cases of a right request while an upstream is in a faulty state."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bothends.cases.families import bodies, expectations
from bothends.records import Case

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from bothends.contract.model import Contract, Operation

INGEST = "ingest"


def upstreams_of(contract: Contract, operation: Operation) -> list[str]:
    """Return the names of all that the operation may call: the upstreams, and the ingest when it sends events.

    An operation that sends no event, and declares no answer for an upstream's fault, calls none; one
    whose faults all name their upstream calls those.
    """
    every = list(contract.settings.world.upstreams)
    if operation.events:
        return [*every, *([INGEST] if contract.settings.world.ingest is not None else [])]
    given = [answer.given for answer in operation.answers if answer.given is not None]
    named = {one.upstream for one in given if one.family in expectations.UPSTREAM_FAMILIES}
    return every if None in named else [name for name in every if name in named]


def fault_cases(  # noqa: PLR0913 -- each says another thing of the cases
    contract: Contract,
    operation: Operation,
    family: str,
    sentences: Mapping[str, str],
    taken_for: Sequence[str],
    *,
    recovers: bool = False,
) -> Iterator[Case]:
    """Yield one case for each sentence and each upstream that the operation may call.

    Args:
        contract: The contract.
        operation: The operation.
        family: The cases' family.
        sentences: Names, and sentences with `{upstream}` in them.
        taken_for: The families whose answers are right.
        recovers: Whether the upstream is well again after one call, so that a success is right too. Such
            a case is alone in its world: the call that failed must be its own.
    """
    request = bodies.admitted_request(operation)
    if request is None:
        return
    for upstream in upstreams_of(contract, operation):
        expect = (
            expectations.recovery(operation, upstream)
            if recovers
            else expectations.fault(operation, taken_for, upstream)
        )
        for name, sentence in sentences.items():
            given = (sentence.format(upstream=upstream),)
            yield Case(operation.id, family, f"{upstream}-{name}", request, given, expect, alone=recovers)
