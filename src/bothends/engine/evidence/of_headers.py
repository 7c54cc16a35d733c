"""Says of answers to which headers of a request lead why one was not seen, and what helps: no `x-given` does.

A request has a condition on an object (RFC 9110, section 13.1) where the operation declares its header. Of `If-Match`
and `If-Unmodified-Since`, there are cases about an object as nobody has seen it. Any object that is there fits the `*`
of `If-None-Match` (section 13.1.2): it leads to 304 where the request reads, else to 412.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

from bothends.contract.requests import SAFE
from bothends.contract.terms import HEADERS_OF_STATUSES
from bothends.schemas import fits_schema

if TYPE_CHECKING:
    from bothends.contract import Operation, Parameter

_ANY = "*"
_IF_NONE_MATCH = "If-None-Match"
_SENT_ANYWAY = frozenset({"Accept"})


def unseen_of_headers(operation: Operation, status: int) -> tuple[str, str]:
    """Return why an answer was not seen, and the line to add; an empty one where none is known to help.

    Args:
        operation: What declares it.
        status: One of `HEADERS_OF_STATUSES`.
    """
    names = _leading(operation, status)
    declared = {one.name.lower(): one for one in operation.parameters if one.location == "header"}
    sent = [name for name in names if name in _SENT_ANYWAY or name.lower() in declared]
    if sent:
        why = f"It was never seen: no request with {' or '.join(sent)} was answered so."
        return why, _value_of(declared.get(_IF_NONE_MATCH.lower())) if sent == [_IF_NONE_MATCH] else ""
    if not names:
        return "It was never seen: HTTP has it for requests that read.", ""
    example = f', example: "{_ANY}"' if names[0] == _IF_NONE_MATCH else ""
    return (
        f"It was never seen: {' or '.join(names)} leads to it, and the operation declares none of them.",
        f"parameters: [{{name: {names[0]}, in: header, schema: {{type: string}}{example}}}]",
    )


def _leading(operation: Operation, status: int) -> list[str]:
    """Return the headers by which a request of an operation gets an answer (RFC 9110, section 13.2.2)."""
    reads = operation.method in SAFE
    if status == HTTPStatus.NOT_MODIFIED and not reads:
        return []
    never = {_IF_NONE_MATCH} if reads and status == HTTPStatus.PRECONDITION_FAILED else set()
    return [name for name in HEADERS_OF_STATUSES[status] if name not in never]


def _value_of(parameter: Parameter | None) -> str:
    """Return the line that gives `If-None-Match` a value which each object has; empty: it has it, or may not."""
    if parameter is None or parameter.example == _ANY or not fits_schema(parameter.schema, _ANY):
        return ""
    return f'example: "{_ANY}", on {parameter.name}'
