"""Spans of time: of two members that say when something starts and ends, the end comes later.

No schema says so, and nearly each service that has both refuses what ends when it starts.
"""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from bothends.schemas.formats import FORMAT_EXAMPLES

if TYPE_CHECKING:
    from collections.abc import Collection

_WORDS = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")
_STARTS = frozenset({"start", "starts", "begin", "begins", "from", "since", "opens", "departure", "checkin"})
_ENDS = frozenset(
    {"end", "ends", "finish", "finishes", "to", "until", "till", "closes", "return", "arrival", "checkout"}
)
_LATER = {
    FORMAT_EXAMPLES["date-time"]: "2024-02-29T13:00:00Z",
    FORMAT_EXAMPLES["date"]: "2024-03-01",
    FORMAT_EXAMPLES["time"]: "13:00:00Z",
}


def in_order(members: dict[str, Any]) -> dict[str, Any]:
    """Return the members of an object, with a later time where one ends at the very time at which another one starts.

    Args:
        members: The object. A time that the contract gives is no value that was made here, and stays.
    """
    starts = {value for name, value in members.items() if isinstance(value, str) and _says(name, _STARTS)}
    return {
        name: _LATER.get(value, value)
        if isinstance(value, str) and value in starts and _says(name, _ENDS) and not _says(name, _STARTS)
        else value
        for name, value in members.items()
    }


def _says(name: str, some: Collection[str]) -> bool:
    words = [word.lower() for word in _WORDS.findall(name)]
    return any(word in some for word in (*words, *map("".join, pairwise(words))))
