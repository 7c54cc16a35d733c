"""`odd-body`: JSON that a right target may take or refuse: beyond what a parser must take, or hard to tell.

Whatever it does, it is a declared answer and no server error, with the event that goes with it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bothends.cases.families import bodies, expectations
from bothends.cases.families.edges import edges
from bothends.cases.families.json_texts import DOUBTFUL, many_keys
from bothends.contract.admission import admission
from bothends.records import Case, Request

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bothends.contract.model import Contract, Operation

family = "odd-body"

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


def cases(contract: Contract, operation: Operation) -> Iterator[Case]:
    """Yield odd texts in a place where the operation takes anything, if it has one; else where it takes something."""
    del contract
    media_type = bodies.json_media_type(operation)
    if operation.body is None or media_type is None:
        return
    expect = expectations.anything_declared(operation)
    for name, body in _bodies(operation):
        request = bodies.request(operation, body, media_type)
        yield Case(operation.id, family, name, request, expect=expect)
    empty = bodies.request(operation, b"", media_type)
    yield Case(
        operation.id,
        family,
        "empty-in-chunks",
        Request(empty.method, empty.target, empty.headers, b"", "chunked"),
        expect=expect,
    )
    for name, value in edges(operation):
        request = bodies.request(operation, bodies.dump(value), media_type)
        if not admission(operation, request).certain:
            yield Case(operation.id, family, name, request, expect=expect)


def _bodies(operation: Operation) -> Iterator[tuple[str, bytes]]:
    limit = operation.body.max_bytes if operation.body else None
    for name, text in (*DOUBTFUL.items(), *many_keys(limit)):
        yield name, bodies.around(operation, text)
    right = next((bodies.dump(value) for _, value in bodies.admitted_values(operation)), b"{}")
    yield "byte-order-mark", _BYTE_ORDER_MARK + right
    if right.startswith(b'{"'):
        yield "member-twice", right[:-1] + b"," + right[1:]
