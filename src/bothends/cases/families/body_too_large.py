"""`body-too-large`: a body that would be right, were it not over the declared limit."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from bothends.cases.families import bodies
from bothends.cases.families.refused import refused_cases

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bothends.contract.model import Contract, Operation
    from bothends.records import Case, Request

family = "body-too-large"


def cases(contract: Contract, operation: Operation) -> Iterator[Case]:
    """Yield bodies of one byte over the limit, and of twice the limit, by each way to frame them."""
    del contract
    limit = operation.body.max_bytes if operation.body else None
    right = bodies.admitted_request(operation)
    if limit is None or right is None or right.body is None:
        return
    yield from refused_cases(operation, family, _requests(right, right.body, limit))
    # Over the limit in bytes, and under it in characters, in UTF-16 too.
    wide = bodies.filled(operation, limit + limit // 4, "\u20ac")
    if wide is not None:
        requests = [("in-bytes-only", wide), ("in-bytes-only-chunked", replace(wide, framing="chunked"))]
        yield from refused_cases(operation, family, requests)


def _requests(right: Request, body: bytes, limit: int) -> Iterator[tuple[str, Request]]:
    # JSON allows white space at its end (RFC 8259 section 2), so the padded body is right but for its size.
    for name, size in (("one-over", limit + 1), ("twice", 2 * limit + 1)):
        padded = replace(right, body=body.ljust(size))
        yield name, padded
        yield f"{name}-chunked", replace(padded, framing="chunked")
