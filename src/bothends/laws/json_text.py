"""JSON as it comes over the wire: read by the letter of RFC 8259."""

from __future__ import annotations

import json
from typing import Any

from bothends.records import MISSING


def read_json(text: bytes) -> Any:
    """Return the value of a JSON text; MISSING when it is too deep for bothends to read (RFC 8259, section 9).

    A byte order mark is passed over, as section 8.1 lets a reader do.

    Raises:
        ValueError: It is not JSON, or not UTF-8.
    """
    try:
        return json.loads(text.decode("utf-8-sig"), parse_constant=_refuse)
    except RecursionError:
        return MISSING


def _refuse(name: str) -> Any:
    # Python reads NaN and Infinity, which JSON has not (section 6).
    raise ValueError(f"{name} is no number that JSON has")
