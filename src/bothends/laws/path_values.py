"""Whether a refusal is right for the path of a request, as it was sent: which ids it has is known only then."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

from bothends.contract.messages import sent_path_value
from bothends.records import Answer
from bothends.schemas import fits_schema

if TYPE_CHECKING:
    from bothends.contract import Operation
    from bothends.records import Exchange


def refused_for_a_value(exchange: Exchange, operation: Operation) -> bool:
    """Return whether the answer is 422 to a path that has a value which the schema of its parameter refuses.

    RFC 9110, section 15.5.21, makes this right wherever the path is answered.
    """
    answer = exchange.answer
    if not isinstance(answer, Answer) or answer.status != HTTPStatus.UNPROCESSABLE_ENTITY:
        return False
    target = _target(exchange)
    named = (one for one in operation.parameters if one.location == "path")
    sent = ((one, sent_path_value(operation.path, target, one.name)) for one in named)
    return any(isinstance(value, str) and not fits_schema(one.schema, value, formats=True) for one, value in sent)


def _target(exchange: Exchange) -> str:
    """Return the target of a request; of one that was sent as raw bytes, what its first line says."""
    words: list[bytes] = (exchange.sent.raw or b"").partition(b"\r\n")[0].split(b" ")
    return words[1].decode("latin-1") if len(words) > 1 else str(exchange.sent.target)
