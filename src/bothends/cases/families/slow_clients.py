"""`slow-clients`: clients that take their time, stop half-way, or close their half early.

A server may wait or give up. What it must not do is to execute what has not come in full, or to let
others wait.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from bothends.cases.families import bodies, expectations
from bothends.cases.families.raw_text import right_request
from bothends.contract.promises import ANSWERS_HALF_CLOSED
from bothends.records import Case

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bothends.contract.model import Contract, Operation
    from bothends.records import Request

family = "slow-clients"
quick = ("pieces-*",)

_A_FEW = 400
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
    answered = expectations.served_where_promised(whole.expect, operation, ANSWERS_HALF_CLOSED)
    yield replace(whole, name="half-closed", expect=answered, manner="the client half-closes")
    yield replace(whole, name="never-reads", manner="the client never reads")
    part = replace(whole, expect=expectations.never(_PART))
    yield replace(part, name="stops-in-head", manner="the client stops in the head")
    yield replace(part, name="stops-in-body", manner="the client stops in the body")
    yield replace(part, name="stops-in-chunks", request=in_chunks, manner="the client stops in the body")
    yield from _in_pieces(operation, right)
    served = replace(whole, expect=expectations.success(operation))
    yield replace(served, name="beside-stalled-clients", manner="other clients have stalled")
    yield replace(served, name="beside-idle-clients", manner="other clients are idle")


def _in_pieces(operation: Operation, right: Request) -> Iterator[Case]:
    """Yield bodies that the network cuts, at no slower a pace than it does: they are taken."""
    expect = expectations.success(operation)
    plain = Case(operation.id, family, "", right, expect=expect, manner="the body comes in pieces")
    yield replace(plain, name="pieces-of-a-body")
    wide = bodies.filled(operation, _A_FEW, "\u00e9\u20ac\U0001f600")
    if wide is not None:
        # In UTF-8 these take two, three and four bytes: each cut is within one.
        yield replace(plain, name="pieces-of-characters", request=wide)
        yield replace(plain, name="pieces-of-chunked-characters", request=replace(wide, framing="chunked"))
