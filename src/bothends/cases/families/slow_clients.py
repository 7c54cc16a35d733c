"""`slow-clients`: clients that take their time, stop half-way, or close their half early.

A server may wait or give up. What it must not do is to execute what has not come in full, or to let
others wait.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from bothends.cases.families import expectations
from bothends.cases.families.raw_text import right_request
from bothends.records import Case

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bothends.contract.model import Contract, Operation

family = "slow-clients"
quick: tuple[str, ...] = ()

_WHOLE = "a whole request, if a slow one: answered, or given up"
_PART = "a request that never came in full (RFC 9112 section 8)"


def cases(contract: Contract, operation: Operation) -> Iterator[Case]:
    """Yield one case for each way to be slow."""
    del contract
    right = right_request(operation)
    if right is None:
        return
    in_chunks = replace(right, framing="chunked")
    whole = Case(operation.id, family, "", right, expect=expectations.odd(_WHOLE))
    yield replace(whole, name="head-in-drips", manner="the head comes in drips")
    yield replace(whole, name="body-in-drips", manner="the body comes in drips")
    yield replace(whole, name="chunks-in-drips", request=in_chunks, manner="the body comes in drips")
    yield replace(whole, name="half-closed", manner="the client half-closes")
    yield replace(whole, name="never-reads", manner="the client never reads")
    part = replace(whole, expect=expectations.never(_PART))
    yield replace(part, name="stops-in-head", manner="the client stops in the head")
    yield replace(part, name="stops-in-body", manner="the client stops in the body")
    yield replace(part, name="stops-in-chunks", request=in_chunks, manner="the client stops in the body")
    served = replace(whole, expect=expectations.success(operation), manner="other clients have stalled")
    yield replace(served, name="beside-stalled-clients")
