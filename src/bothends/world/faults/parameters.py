"""Reads the parameters of faults' sentences."""

from __future__ import annotations

import json
from typing import Any

from bothends.errors import ContractError

_LONGEST = 12  # digits: more are no number that anybody means


def object_of(body: bytes) -> dict[str, Any]:
    """Return the members of an answer's body; none where it is no JSON object: an acknowledgement may be empty."""
    try:
        value = json.loads(body)
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}


def whole_number(text: str, most: int, unit: str) -> int:
    """Return a parameter that is a whole number.

    Args:
        text: The parameter.
        most: The greatest that makes sense.
        unit: What is counted, for messages.

    Raises:
        ContractError: It is none, or is too great.
    """
    if not (text.isascii() and text.isdigit() and len(text) <= _LONGEST and int(text) <= most):
        raise ContractError(f"`{text}` is no number of {unit} for a fault", expected=f"a whole number up to {most}")
    return int(text)


def status_of(text: str, first: int, last: int) -> int:
    """Return a parameter that is an HTTP status.

    Args:
        text: The parameter.
        first: The least that makes sense.
        last: The greatest that does.

    Raises:
        ContractError: It is none of these.
    """
    status = whole_number(text, last, "an HTTP status")
    if status < first:
        raise ContractError(f"no such fault: status {status}", expected=f"a status from {first} to {last}")
    return status


def json_text(text: str) -> bytes:
    """Return a parameter that is a JSON text, in UTF-8.

    Raises:
        ContractError: It is none.
    """
    try:
        json.loads(text)
        return text.encode()
    except (ValueError, RecursionError) as error:
        raise ContractError(f"`{text[:80]}` is no JSON for an upstream to answer", expected="a JSON text") from error
