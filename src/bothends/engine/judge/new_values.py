"""Remembers which values answers have made, where the contract says that each is new; what it holds is bounded."""

from __future__ import annotations

from bisect import bisect_right
from collections import OrderedDict
from hashlib import blake2b
from typing import TYPE_CHECKING

from bothends.laws import is_by_itself, new_values

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bothends.contract import Operation
    from bothends.records import Exchange

_MOST = 1 << 16
"""Values that are remembered of all operations together, the last ones."""

_Value = tuple[str, str, int, bytes]
"""The operation, the place, the start of the target, and a digest: after a start, a target may count anew."""


class NewValues:
    """The values that a target has made in one run."""

    def __init__(self, starts: Sequence[float] = ()) -> None:
        self._starts = starts  # when the target was started, seconds; later starts may be added
        self._first: OrderedDict[_Value, int] = OrderedDict()

    def given_before(self, exchange: Exchange, operation: Operation) -> dict[str, int]:
        """Return the places whose values an earlier request had made, each with the number of its exchange.

        Args:
            exchange: What is judged, once or several times.
            operation: What it is a request of.
        """
        if not any(answer.new_values for answer in operation.answers) or not is_by_itself(exchange, operation):
            return {}
        start = bisect_right(self._starts, exchange.began)
        found: dict[str, int] = {}
        for one in new_values(exchange, operation):
            text = f"{type(one.value).__name__} {one.value}".encode("utf-8", "surrogatepass")
            key = operation.id, one.pointer, start, blake2b(text, digest_size=8).digest()
            number = self._first.setdefault(key, exchange.number)
            if number != exchange.number:
                found[one.pointer] = number
            if len(self._first) > _MOST:
                self._first.popitem(last=False)
        return found
